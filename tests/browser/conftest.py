"""A portal that really serves, and browsers that are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.orm import Session

from portal.adapters.signing import PadesSigner, TestAuthority
from portal.cli import cast
from portal.extensions import Database
from tests.browser import screens, site
from tests.conftest import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests in this folder drive a browser."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return site.CHROMIUM


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {**site.CONTEXT, "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def portal_url(app: Flask, world: World) -> Iterator[str]:
    """The address of the small world of tests/conftest.py, being served."""
    with site.serve(app) as url:
        yield url


def new_page(context: BrowserContext) -> Page:
    context.set_default_timeout(site.PATIENCE)
    return context.new_page()


def sign_in(page: Page, url: str, email: str) -> None:
    """As a person does: at the front door, with the password of the cast."""
    page.goto(f"{url}/inloggen")
    page.get_by_label("E-mailadres").fill(email)
    page.get_by_label("Wachtwoord").fill(cast.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Inloggen").click()
    page.get_by_role("button", name="Uitloggen").wait_for()


@pytest.fixture
def person(browser: Browser, browser_context_args: dict[str, Any], portal_url: str) -> Iterator[Callable[..., Page]]:
    """`person()`: a browser of somebody's own on the small world; with an e-mail address, signed in."""
    contexts: list[BrowserContext] = []

    def make(email: str | None = None, **more: Any) -> Page:
        contexts.append(browser.new_context(**{**browser_context_args, **more}))
        page = new_page(contexts[-1])
        if email:
            sign_in(page, portal_url, email)
        return page

    yield make
    for context in contexts:
        context.close()


@dataclass
class Shown:
    """The demonstration, being served, with one browser per account that looks at it."""

    app: Flask
    url: str
    browser: Browser
    contexts: dict[tuple[str | None, str], BrowserContext]

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["database"]
        return found

    def reading(self) -> Session:
        return self.database.reading()

    def page(self, who: str | None, **more: Any) -> Page:
        """A new page of this account (none: a visitor). It signs in once per kind of browser."""
        key = who, repr(sorted(more.items()))
        if key not in self.contexts:
            self.contexts[key] = self.browser.new_context(**{**site.CONTEXT, **more})
            if who:
                page = new_page(self.contexts[key])
                sign_in(page, self.url, who)
                page.close()
        return new_page(self.contexts[key])


@pytest.fixture(scope="session")
def shown(browser: Browser, tmp_path_factory: pytest.TempPathFactory, test_authority: TestAuthority) -> Iterator[Shown]:
    """The demonstration, made once for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("demonstration")
    with site.demonstration(folder, signer=PadesSigner(test_authority)) as app, site.serve(app) as url:
        made = Shown(app, url, browser, {})
        with made.database.transaction() as db:
            screens.leave_links(db, site.PRESENT)
            screens.leave_concepts(db, site.PRESENT)
            screens.leave_parts(db, site.PRESENT)
        yield made
        for context in made.contexts.values():
            context.close()

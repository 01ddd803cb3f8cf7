"""Somebody who applies for the first time, with the papers on disk: how many pages that takes, with and without script.

The link in the mail is opened as it is
mailed: reading the mail happens elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.domain import calendar
from portal.models import Message, User
from portal.terms import DOCUMENT_KINDS
from tests.browser import steps
from tests.browser.looking import Loads
from tests.browser.steps import KIND_OF, Provider
from tests.conftest import World

MOST = 25
WANTED = {"Waakvlam": ["Vught"], "Dagbesteding basis": ["'s-Hertogenbosch", "Vught"]}


def mailed_link(world: World, email: str, portal_url: str) -> str:
    """The address in the newest mail to somebody, on the port that serves this test; once sent, the row forgets it."""
    with world.database.reading() as db:
        assert db.scalars(select(User).where(User.email == email)).one()
        mail = db.scalars(select(Message).where(Message.to == email).order_by(Message.created_at.desc())).first()
        assert mail is not None
        path = mail.facts["path"]
    world.work()
    return f"{portal_url}{path}"


def choose(page: Page, wanted: dict[str, list[str]]) -> None:
    for product, places in wanted.items():
        group = page.get_by_role("group", name=re.compile(product, re.IGNORECASE))
        for place in places:
            group.get_by_role("checkbox", name=place).check()
    steps.go(page.get_by_role("button", name="Keuzes bewaren"))


def add_papers(page: Page, provider: Provider) -> int:
    """Every paper that is asked, in one form; gives how many."""
    steps.go(page.get_by_role("link", name=re.compile("in één keer toevoegen")))
    fields = page.get_by_label(re.compile("^Bestand: ")).all()
    for field in fields:
        label = field.evaluate("input => input.labels[0].textContent.trim()").removeprefix("Bestand: ")
        kind = KIND_OF[label.split(" of ")[0]] if label.split(" of ")[0] in KIND_OF else KIND_OF[label]
        field.set_input_files(provider.file(kind))
        panel = field.locator("xpath=ancestor::fieldset[1]")
        if DOCUMENT_KINDS[kind].has_term or DOCUMENT_KINDS[kind].has_issue_date:
            panel.get_by_label("Datum van afgifte").fill(provider.issued_on.isoformat())
        if DOCUMENT_KINDS[kind].has_term:
            panel.get_by_label("Einddatum").fill(provider.expires_on.isoformat())
    page.get_by_role("button", name="Alle gekozen bestanden toevoegen").click()
    expect(page.get_by_role("status").filter(has_text="bij uw eisen")).to_be_visible()
    return len(fields)


def add_integrity(page: Page, provider: Provider) -> None:
    page.get_by_label("Upload: Bibob-vragenformulier").set_input_files(provider.file("bibob_form"))
    page.get_by_role("button", name="Uploaden").click()
    expect(page.get_by_role("button", name="Weghalen bibob-form.pdf")).to_be_visible()


def answer_the_rest(page: Page) -> int:
    """From task to task with 'Bewaren en verder', until the page to check and submit; gives how many."""
    count = 0
    while "/eisen/" in steps.path_of(page):
        main = page.get_by_role("main")
        for box in main.get_by_role("checkbox", name="Ja, dit verklaren wij.").all():
            box.check()
        for field in main.get_by_label("Uw beschrijving").all():
            field.fill(steps.TEXT)
        for field in main.locator("input[name^=clients-]").all():
            field.fill("4")
        steps.go(page.get_by_role("button", name="Bewaren en verder"))
        count += 1
    return count


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("lots", [1, 2], ids=["one lot", "two lots"])
def test_a_first_time_applicant_submits_the_meierij_application_in_few_page_loads(
    world: World,
    person: Callable[..., Page],
    portal_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    lots: int,
    has_script: bool,
) -> None:
    today: date = calendar.local_day(world.clock())
    provider = Provider(tmp_path, today)
    provider.issued_on = today - timedelta(days=40)
    page = person(java_script_enabled=has_script)
    loads = Loads.of(page)

    page.goto(f"{portal_url}/procedures/meierij/meierij-2020")
    page.get_by_role("link", name="Registreer uw organisatie").first.click()
    steps.fill_registration(page, provider)
    page.goto(mailed_link(world, provider.email, portal_url))
    page.get_by_role("main").get_by_role("button", name="E-mailadres bevestigen").click()
    steps.log_in(page, provider.email, provider.password)
    page.get_by_role("button", name=re.compile("Aanmelding beginnen.*Meierij")).first.click()
    choose(page, dict(list(WANTED.items())[:lots]))
    papers = add_papers(page, provider)
    page.get_by_role("link", name=re.compile("^Integriteitstoets")).first.click()
    add_integrity(page, provider)
    steps.go(page.get_by_role("navigation", name="Andere taken").get_by_role("link", name=re.compile("^Verder met")))
    answered = answer_the_rest(page)
    assert steps.gaps(page) == []
    steps.declare_and_submit(page)
    expect(page.get_by_role("heading", level=1, name="Wij hebben uw aanmelding ontvangen")).to_be_visible()

    count = len(loads.addresses)
    with capsys.disabled():
        print(f"\nfirst-time applicant, {lots} lot(s), script {has_script}: {count} page loads")  # noqa: T201 - the number itself is wanted
    assert papers == 11
    assert answered >= 3
    assert count <= MOST, "\n".join(loads.addresses)

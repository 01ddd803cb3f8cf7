"""Makes the pictures in docs/screenshots from the demonstration: `python -m tests.browser.screenshots`.

The clock stands still at `site.PRESENT`, so a picture only changes when the screen does. Needs Chromium,
pdftoppm (poppler-utils) and pngquant.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import screens, site
from tests.browser.conftest import new_page, sign_in
from tests.browser.screens import OLGA, SCREENS, WIL, Screen

OUT = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SIZES = {"desktop": {"width": 1280, "height": 900}, "mobiel": {"width": 390, "height": 844}}
SHOWN = {
    "a-home": "home",
    "b-taken": "task-list",
    "c-upload": "extract",
    "d-indienen": "submit-complete",
    "d2-ontvangst": "receipt",
    "e-wachtrij": "queue",
    "f-beoordelen": "dossier-with-advice",
    "g-dashboard": "dashboard",
    "h-register": "register",
    "i-ter-plaatse": "visit-in-the-field",
}
LARGEST = 300_000
"""Bytes of one picture, at most."""


@dataclass
class Camera:
    """Looks at the served demonstration; one browser context per account and size."""

    app: Flask
    url: str
    browser: Browser
    contexts: dict[tuple[str | None, str, str], BrowserContext]

    def open(self, screen: Screen, size: str, scheme: str = "light") -> Page:
        key = screen.who, size, scheme
        if key not in self.contexts:
            self.contexts[key] = self.browser.new_context(
                **site.CONTEXT, viewport=SIZES[size], color_scheme="dark" if scheme == "dark" else "light"
            )
            if screen.who:
                page = new_page(self.contexts[key])
                sign_in(page, self.url, screen.who)
                page.close()
        page = new_page(self.contexts[key])
        with self.app.extensions["database"].reading() as db:
            page.goto(self.url + screen.address(db), wait_until="networkidle")
        return page

    def take(self, screen: Screen, file: Path, size: str, scheme: str = "light") -> None:
        page = self.open(screen, size, scheme)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=file, full_page=True)
        page.close()

    def first_page(self, screen: Screen, path: str, file: Path) -> None:
        """The first page of a PDF that the portal gives this account."""
        page = self.open(screen, "desktop")
        content = page.request.get(self.url + path).body()
        page.close()
        subprocess.run(
            ["pdftoppm", "-png", "-r", "90", "-singlefile", "-", str(file.with_suffix(""))], input=content, check=True
        )


def pictures(camera: Camera) -> Iterator[tuple[str, Path]]:
    """Take each picture in turn; gives its name and where it was put for the moment."""
    by_name = {one.name: one for one in SCREENS}
    with tempfile.TemporaryDirectory(prefix="voordeur-") as name:
        folder = Path(name)
        for title, screen in SHOWN.items():
            for size in SIZES:
                camera.take(by_name[screen], folder / "picture.png", size)
                yield f"{title}-{size}", folder / "picture.png"
        camera.take(by_name["dashboard"], folder / "picture.png", "desktop", "dark")
        yield "g-dashboard-desktop-donker", folder / "picture.png"
        camera.take(Screen("other-region", OLGA, "/beoordelen"), folder / "picture.png", "desktop")
        yield "e-wachtrij-desktop-tweede-thema", folder / "picture.png"
        with camera.app.extensions["database"].reading() as db:
            letter = f"/aanmeldingen/{screens.application(db, 'Lantaarnpad', 0).id}/besluit"
            agreement = f"/overeenkomsten/{screens.agreement(db, 'Windwijzer').id}/bestand"
        lantaarnpad = Screen("overview", "hassan@lantaarnpad.example", "/aanmeldingen")
        camera.first_page(lantaarnpad, letter, folder / "picture.png")
        yield "brief", folder / "picture.png"
        camera.first_page(Screen("agreements", WIL, "/overeenkomsten"), agreement, folder / "picture.png")
        yield "overeenkomst", folder / "picture.png"


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=OUT, help="Where the pictures go.")
@click.option("--only", default="", help="Keep only the pictures whose name starts with this.")
def main(out: Path, only: str) -> None:
    """Take every picture and make it small."""
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="voordeur-") as folder,
        site.demonstration(Path(folder)) as app,
        site.serve(app) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**site.CHROMIUM)
        for name, file in pictures(Camera(app, url, browser, {})):
            if not name.startswith(only):
                continue
            small = out / f"{name}.png"
            subprocess.run(
                ["pngquant", "--force", "--strip", "--quality", "50-90", "--output", str(small), str(file)], check=True
            )
            size = small.stat().st_size
            click.echo(f"{small.name}: {size // 1000} kB")
            if size > LARGEST:
                raise click.ClickException(f"{small.name} is larger than {LARGEST // 1000} kB")
        browser.close()


if __name__ == "__main__":
    main()

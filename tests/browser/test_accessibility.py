"""Every screen with data in it: WCAG 2.2 AA by axe, reflow, structure, keyboard, and the content security policy."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Shown
from tests.browser.looking import violations
from tests.browser.screens import ANNA, OLGA, SCREENS, Screen

INLINE = re.compile(r"<[^>]+\s(?:style|on[a-z]+)=|<style\b|<script\b(?![^>]*\bsrc=)", re.IGNORECASE)
WIDTHS = (1280, 390)

each_screen = pytest.mark.parametrize("screen", [pytest.param(one, id=one.name) for one in SCREENS])
WALKED = (
    *("home", "procedure", "register", "sign-up", "task-list", "extract", "submit-complete", "documents"),
    *("queue", "dossier", "dashboard", "agreement-to-sign", "editor-concept", "editor-product", "editor-matrix"),
)
some_screens = pytest.mark.parametrize("name", WALKED)


def named(name: str) -> Screen:
    return next(one for one in SCREENS if one.name == name)


def look_at(shown: Shown, screen: Screen, **context: Any) -> tuple[Page, str]:
    """A page that shows the screen, wide, with nothing said by the console; and its source."""
    page = shown.page(screen.who, **context)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    with shown.reading() as db:
        answer = page.goto(shown.url + screen.address(db))
    assert answer is not None
    assert answer.status == screen.status
    # The browser itself notes that a page was not found; everything else would be a fault of ours.
    assert [text for text in said if "the server responded with a status of 404" not in text] == []
    return page, answer.text()


def faults(page: Page, source: str) -> list[str]:
    """Faults of structure, and of reflow at 320 px, that axe does not look for."""
    found = [f"inline: {one}" for one in INLINE.findall(source)]
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    found += [f"id twice: {one}" for one in sorted({one for one in ids if ids.count(one) > 1})]
    levels = page.evaluate(
        "[...document.querySelectorAll('main :is(h1, h2, h3, h4)')].map(one => Number(one.tagName[1]))"
    )
    if levels.count(1) != 1 or levels[0] != 1 or any(after - before > 1 for before, after in pairwise(levels)):
        found.append(f"headings: {levels}")
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > 320:
        found.append(f"reflow: {width} px")
    return found


@each_screen
def test_a_screen_has_no_faults_that_axe_or_we_can_find(shown: Shown, screen: Screen) -> None:
    page, source = look_at(shown, screen)

    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[f"axe at {width}"] = violations(page)
    found["structure"] = faults(page, source)
    page.close()

    assert {part: list_ for part, list_ in found.items() if list_} == {}


FOCUS = """() => {
  const element = document.activeElement, box = element.getBoundingClientRect(), style = getComputedStyle(element);
  const label = element.labels?.[0]?.getBoundingClientRect();
  const inline = style.display === 'inline';
  const seen = element.matches('input[type=checkbox], input[type=radio]') ? getComputedStyle(element) : style;
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 12));
  return {
    what: element.tagName === 'BODY' ? 'BODY' : element.outerHTML.slice(0, 120),
    text: element.textContent.trim(),
    // the calendar button inside a date field is the browser's own, and gets the browser's outline
    visible: seen.outlineStyle !== 'none' && parseFloat(seen.outlineWidth) >= 2
      || element.type === 'date' && !element.matches(':focus-visible'),
    large: inline || Math.max(box.height, label?.height ?? 0) >= 24,
    covered: Boolean(top) && box.y >= 0 && box.bottom <= innerHeight && box.width > 0
      && !element.contains(top) && !top.contains(element) && !(top.closest('label')?.control === element),
  };
}"""


@some_screens
def test_the_keyboard_reaches_everything_and_shows_where_it_is(shown: Shown, name: str) -> None:
    page, _ = look_at(shown, named(name))
    page.evaluate("document.activeElement.blur()")

    walked: list[dict[str, Any]] = []
    for _ in range(45):
        page.keyboard.press("Tab")
        walked.append(page.evaluate(FOCUS))
        if walked[-1]["what"] == "BODY":
            walked.pop()
            break
    page.close()

    assert walked[0]["text"] == "Naar de inhoud"
    assert len(walked) >= 8
    assert [one["what"] for one in walked if not one["visible"]] == []
    assert [one["what"] for one in walked if not one["large"]] == []
    assert [one["what"] for one in walked if one["covered"]] == []


def test_the_skip_link_leads_past_the_menu(shown: Shown) -> None:
    page, _ = look_at(shown, named("task-list"))

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.close()


def test_an_error_summary_has_the_focus_and_leads_to_the_field(shown: Shown) -> None:
    page, _ = look_at(shown, named("sign-up"))

    page.get_by_role("button", name="Registreren").click()
    page.wait_for_url("**/registreren")
    title, focused = page.title(), page.evaluate("document.activeElement.id")
    found = violations(page)
    page.get_by_role("alert").get_by_role("link").first.click()

    assert title.startswith("Fout:")
    assert focused == "error-summary"
    assert found == []
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    page.close()


def test_a_refused_declaration_keeps_what_was_ticked_and_says_what_is_missing(shown: Shown) -> None:
    page, _ = look_at(shown, named("submit-with-gaps"))

    page.get_by_role("checkbox", name="Alles wat ik indien, is juist en volledig.").check()
    page.get_by_role("button", name="Aanmelding indienen").click()
    page.get_by_role("alert").wait_for()

    assert page.title().startswith("Fout:")
    assert page.get_by_role("checkbox", name="Alles wat ik indien, is juist en volledig.").is_checked()
    assert page.locator("#ontbreekt").get_by_role("link").count() >= 5
    assert violations(page) == []
    page.close()


def test_colours_of_the_reader_keep_the_shapes_of_badges(shown: Shown) -> None:
    page = shown.page(ANNA)
    page.emulate_media(forced_colors="active")

    with shown.reading() as db:
        page.goto(shown.url + named("task-list").address(db))

    assert page.evaluate("getComputedStyle(document.querySelector('.portal-badge')).borderTopStyle") == "solid"
    page.close()


@pytest.mark.slow
@each_screen
def test_a_screen_in_the_dark_scheme_has_no_faults(shown: Shown, screen: Screen) -> None:
    page, _ = look_at(shown, screen, color_scheme="dark")

    found = violations(page)

    page.close()
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_second_theme_has_enough_contrast(shown: Shown, scheme: str) -> None:
    page, source = look_at(shown, Screen("other-region", OLGA, "/beoordelen"), color_scheme=scheme)

    assert "theme-de-waarden.css" in source
    assert violations(page) == []
    page.close()

"""The portal in English: the pages of who chose it, and nothing that is decided, signed or sent."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import select

from portal.models import Message
from portal.web import languages
from tests.conftest import Browser, World
from tests.web.test_apply import submit
from tests.web.test_uploads import pdf, put

Browse = Callable[[str], Browser]
ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "portal/translations/en/LC_MESSAGES/messages.po"
PAGE = "/procedures/meierij/meierij-2020"


def in_english(browser: Browser) -> Browser:
    assert browser.post("/taal/en").status_code == 303
    return browser


def test_who_chooses_english_goes_on_in_it_on_the_same_page_and_can_go_back(visitor: Browser) -> None:
    dutch = visitor.get(PAGE).text

    answer = visitor.post("/taal/en", headers={"Referer": f"http://localhost{PAGE}?gemeente=x"})
    english = visitor.get(answer.location).text
    visitor.post("/taal/nl")

    assert (answer.status_code, answer.location) == (303, f"{PAGE}?gemeente=x")
    assert ('<html lang="nl"' in dutch, '<html lang="en"' in english) == (True, True)
    assert ("Inloggen" in dutch, "Inloggen" in english, "Sign in" in english) == (True, False, True)
    assert visitor.get(PAGE).text.count("Inloggen") == dutch.count("Inloggen")


@pytest.mark.parametrize("before", ["/uitloggen", "/bestaat-niet", "https://elders.example/x", ""])
def test_who_was_on_no_page_of_ours_goes_on_at_the_start(visitor: Browser, before: str) -> None:
    referer = before if before.startswith("https:") or not before else f"http://localhost{before}"

    answer = visitor.post("/taal/en", headers={"Referer": referer} if referer else {})

    assert (answer.status_code, answer.location) == (303, "/")


def test_a_language_that_the_portal_does_not_speak_is_refused_and_a_strange_cookie_is_dutch(visitor: Browser) -> None:
    assert visitor.post("/taal/fr").status_code == 404

    visitor.client.set_cookie(languages.COOKIE, "../../en")

    assert '<html lang="nl"' in visitor.get("/").text


def test_the_choice_outlives_signing_in_and_out(browse: Browse) -> None:
    anna = in_english(browse("anna"))
    assert "Applications" in anna.get("/aanmeldingen").text

    anna.post("/uitloggen")

    assert "Sign in" in anna.get("/inloggen").text


def test_a_refusal_is_in_english_with_its_day_and_in_dutch_for_who_did_not_choose(world: World, browse: Browse) -> None:
    path = f"/aanmeldingen/{world.draft()}/eisen/T06/upload"
    world.close_round()
    anna = browse("anna")

    dutch = put(anna, path, pdf()).text
    english = put(in_english(anna), path, pdf()).text

    assert re.search(r"gesloten op \w+dag \d+ \w+ \d{4}, \d\d\.\d\d uur", dutch)
    assert re.search(r"closed on \w+day \d+ [A-Z]\w+ \d{4}, \d\d:\d\d", english)


@pytest.mark.parametrize(
    ("form", "value", "dutch", "english"),
    [
        ("day", date(2026, 3, 1), "1 maart 2026", "1 March 2026"),
        ("day", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "1 januari 2027", "1 January 2027"),
        ("short_day", date(2026, 3, 1), "1 mrt", "1 Mar"),
        ("month", date(2026, 8, 1), "augustus 2026", "August 2026"),
        ("moment", datetime(2026, 12, 16, 11, tzinfo=UTC), "woensdag 16 december 2026, 12.00 uur",
         "Wednesday 16 December 2026, 12:00"),
        ("second", datetime(2026, 7, 1, 10, 0, 5, tzinfo=UTC), "woensdag 1 juli 2026, 12.00.05 uur",
         "Wednesday 1 July 2026, 12:00:05"),
        ("clock", datetime(2026, 7, 1, 10, 5, tzinfo=UTC), "12.05", "12:05"),
        ("short_moment", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 okt 02.30 uur", "25 Oct 02:30"),
    ],
)  # fmt: skip
def test_days_and_instants_are_said_in_the_language_of_the_page(
    app: Flask, form: str, value: date, dutch: str, english: str
) -> None:
    said = {}
    for language in languages.NAMES:
        with app.test_request_context(headers={"Cookie": f"{languages.COOKIE}={language}"}):
            said[language] = getattr(languages, form)(value)

    assert said == {"nl": dutch, "en": english}


def test_a_mail_is_dutch_whatever_the_sender_reads(world: World, browse: Browse) -> None:
    application_id = world.complete()
    anna = in_english(browse("anna"))

    assert submit(anna, application_id).status_code == 303

    with world.database.reading() as db:
        receipt = db.scalars(select(Message).where(Message.template == "receipt")).one()
    assert re.search(r"\w+dag \d+ [a-z]+ \d{4}, \d\d\.\d\d\.\d\d uur", receipt.facts["moment"])


def test_a_file_that_goes_on_to_others_is_dutch_whoever_downloads_it(closed: Any) -> None:
    closed.declare("ineke")
    closed.judge("ineke")
    ineke = closed.browser("ineke")
    dutch = ineke.get("/beoordelen.csv").text

    english = in_english(ineke)

    assert "Review applications" in english.get("/beoordelen").text
    assert "voldoet" in dutch.lower()
    assert english.get("/beoordelen.csv").text == dutch


def test_every_text_has_its_english_with_the_same_facts(tmp_path: Path) -> None:
    marked = tmp_path / "messages.pot"
    take = ["extract", "-F", "pyproject.toml", "-k", "N_", "-o", str(marked), "."]
    subprocess.run([Path(sys.executable).with_name("pybabel"), "-q", *take], cwd=ROOT, check=True)
    with marked.open("rb") as file:
        dutch = {one.id for one in read_po(file) if one.id}
    with CATALOGUE.open("rb") as file:
        english = {one.id: one for one in read_po(file, locale="en") if one.id}

    def forms(said: str | tuple[str, ...]) -> tuple[str, ...]:
        return (said,) if isinstance(said, str) else said

    def fields(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)[sd]|%%|\{[^}]*\}|</?\w+[^>]*>", text))

    assert dutch == english.keys(), "run `make translations` and fill in what is empty"
    assert [id_ for id_, one in english.items() if "" in forms(one.string)] == []
    assert [id_ for id_, one in english.items() if list(one.check())] == []
    assert [
        id_ for id_, one in english.items() if isinstance(id_, str) and fields(id_) != fields(str(one.string))
    ] == []

"""The main steps of an applicant in a browser that runs no script at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from portal.cli import cast, sample_documents
from portal.domain import calendar
from tests.browser import steps
from tests.conftest import World


def test_an_application_is_filled_in_and_submitted_without_script(
    world: World, person: Callable[..., Page], portal_url: str, tmp_path: Path
) -> None:
    application = f"{portal_url}/aanmeldingen/{world.draft('anna')}"
    page = person(world.emails["anna"], java_script_enabled=False)
    issued_on = calendar.local_day(world.clock()) - timedelta(days=10)

    page.goto(f"{application}/indienen")
    steps.declare_and_submit(page)
    expect(page).to_have_title(re.compile("^Fout:"))
    assert len(steps.gaps(page)) >= 13

    page.goto(f"{application}/eisen/T06")
    file = tmp_path / "klachtenregeling.pdf"
    file.write_bytes(
        sample_documents.make("complaints_procedure", "Stichting De Linde", "12345678", issued_on, None, "KR-1")
    )
    page.get_by_label("Upload: Klachtenregeling").set_input_files(file)
    page.get_by_role("button", name="Uploaden").click()
    expect(page.get_by_text("klachtenregeling.pdf is ontvangen en gecontroleerd.")).to_be_visible()
    page.get_by_label("Toelichting bij het document").fill("Zie bladzijde 1.")
    page.get_by_role("button", name="Bewaren", exact=True).click()
    expect(page.get_by_label("Toelichting bij het document")).to_have_value("Zie bladzijde 1.")

    # The other answers are filled in behind the screen; test_journey does it by hand.
    cast.fill_in(world.stage, world.people["anna"], application.rpartition("/")[2], world.chance, skip=("T06",))
    page.goto(f"{application}/indienen")
    assert steps.gaps(page) == []
    steps.declare_and_submit(page)

    expect(page.get_by_role("heading", level=1, name="Wij hebben uw aanmelding ontvangen")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("klachtenregeling.pdf")


def test_a_file_that_is_no_document_is_refused_with_the_reason_without_script(
    world: World, person: Callable[..., Page], portal_url: str, tmp_path: Path
) -> None:
    application = f"{portal_url}/aanmeldingen/{world.draft('anna')}"
    page = person(world.emails["anna"], java_script_enabled=False)
    file = tmp_path / "klachtenregeling.pdf"
    file.write_bytes(b"This says that it is a PDF, and it is not.")

    page.goto(f"{application}/eisen/T06")
    page.get_by_label("Upload: Klachtenregeling").set_input_files(file)
    page.get_by_role("button", name="Uploaden").click()

    expect(page).to_have_title(re.compile("^Fout:"))
    expect(page.get_by_role("alert")).to_contain_text("De inhoud van dit bestand klopt niet met de naam")
    assert page.get_by_role("link", name="klachtenregeling.pdf", exact=True).count() == 0


def test_a_dossier_is_judged_without_script(world: World, person: Callable[..., Page], portal_url: str) -> None:
    world.submitted("karim")
    world.close_round()
    page = person(world.emails["ineke"], java_script_enabled=False)

    steps.menu(page, "Beoordelen")
    page.get_by_role("checkbox", name="Ik heb bij geen van deze aanbieders een belang").check()
    page.get_by_role("button", name="Verklaren en beoordelen").click()
    page.get_by_role("link", name="Zorgboerderij Het Erf B.V.").click()
    save = page.get_by_role("button", name=re.compile("^Oordeel bewaren"))
    key = save.inner_text().split()[-1]
    page.locator("label").filter(has_text=re.compile("^Voldoet niet$")).locator("visible=true").click()
    save.click()
    expect(page).to_have_title(re.compile("^Fout:"))
    page.get_by_label("Wat klopt er niet?").locator("visible=true").select_option("unsigned")
    page.get_by_label("Motivering").locator("visible=true").fill("De verklaring is niet getekend.")
    page.get_by_role("button", name=f"Oordeel bewaren {key}").click()

    expect(page.get_by_text(f"Oordeel over {key} is bewaard.")).to_be_visible()

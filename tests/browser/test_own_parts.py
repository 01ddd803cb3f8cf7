"""Two organisations apply together, each from its own vault, in browsers that run no script at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from portal.cli import cast
from portal.domain import calendar
from tests import partners
from tests.browser import steps
from tests.browser.steps import Provider
from tests.conftest import World


def button(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def invite(anna: Page, application: str, provider: Provider) -> None:
    """The lead adds its partner and asks it to fill in its own part."""
    anna.goto(f"{application}/samenwerking")
    anna.get_by_text("Een organisatie toevoegen", exact=True).click()
    anna.get_by_role("radio", name="Combinant").check()
    anna.get_by_label("Naam van de organisatie").fill(provider.name)
    anna.get_by_label("KvK-nummer").fill(provider.kvk_number)
    anna.get_by_label("Rechtsvorm").select_option(label="Stichting")
    button(anna, "Toevoegen")
    anna.get_by_role("link", name=re.compile("Zelf laten invullen")).click()
    anna.get_by_label(re.compile("E-mailadres van iemand")).fill(provider.email)
    button(anna, "Uitnodiging sturen")
    said(anna, "De uitnodiging aan sanne@nieuwepad.example is verstuurd.")


def join(sanne: Page, world: World, provider: Provider, url: str) -> None:
    """The partner follows the link in its mail, registers, comes back and takes up its part."""
    world.work()
    sanne.goto(f"{url}/ontwikkeling/mail")
    sanne.get_by_role("link", name="Uitnodiging van Stichting De Linde om mee te doen").first.click()
    sanne.get_by_role("main").get_by_role("link", name=re.compile("^http")).first.click()
    expect(sanne.get_by_role("heading", level=1, name="Stichting De Linde vraagt u om mee te doen")).to_be_visible()
    steps.register(sanne, provider)
    world.work()
    steps.follow_link_in_mail(sanne, "Bevestig uw e-mailadres")
    button(sanne, "E-mailadres bevestigen")
    steps.log_in(sanne, provider.email, provider.password)
    expect(sanne.get_by_text("U doet mee namens Stichting Het Nieuwe Pad")).to_be_visible()
    button(sanne, "Ja, wij vullen ons deel in")
    expect(
        sanne.get_by_role("heading", level=1, name="Uw deel in de aanmelding van Stichting De Linde")
    ).to_be_visible()


def fill_in(sanne: Page, provider: Provider) -> None:
    """Its own two places and its own form of the integrity check; then its signatory declares it ready."""
    sanne.get_by_role("link", name="U90 Eis U90").click()
    sanne.get_by_label("Uw beschrijving").fill("Wij bieden dit al tien jaar, in twee gemeenten.")
    button(sanne, "Bewaren en verder")
    sanne.get_by_label("Upload: Uittreksel").set_input_files(provider.file("kvk_extract", "uittreksel-pad"))
    button(sanne, "Uploaden")
    said(sanne, "uittreksel-pad.pdf is ontvangen en gecontroleerd.")
    sanne.get_by_label("Datum van afgifte").fill(provider.issued_on.isoformat())
    sanne.get_by_role("button", name=re.compile("Gegevens bewaren")).click()
    said(sanne, "De gegevens van uittreksel-pad.pdf zijn bewaard.")
    sanne.get_by_role("link", name="Naar uw deel").click()
    sanne.get_by_role("link", name="Integriteitstoets (Bibob)").click()
    sanne.get_by_label("Upload: Bibob").set_input_files(provider.file("bibob_form", "bibob-pad"))
    button(sanne, "Uploaden")
    said(sanne, "bibob-pad.pdf is ontvangen en gecontroleerd.")
    sanne.get_by_role("link", name="Naar uw deel").click()
    sanne.get_by_role("link", name="Controleren en gereed verklaren").click()
    for box in sanne.get_by_role("group", name="Uw verklaringen").get_by_role("checkbox").all():
        box.check()
    button(sanne, "Gereed verklaren")
    said(sanne, "Uw deel is gereed verklaard.")


def test_a_combination_of_two_applies_together_without_script(
    world: World, person: Callable[..., Page], portal_url: str, tmp_path: Path
) -> None:
    partners.publish(world)
    draft = world.draft("anna")
    application, provider = f"{portal_url}/aanmeldingen/{draft}", Provider(tmp_path, calendar.local_day(world.clock()))
    anna = person(world.emails["anna"], java_script_enabled=False)
    sanne = person(java_script_enabled=False)
    # The lead's own answers are filled in behind the screen; test_journey does that by hand.
    cast.fill_in(world.stage, world.people["anna"], draft, world.chance)
    invite(anna, application, provider)
    anna.goto(f"{application}/indienen")
    assert [text for text, _ in steps.gaps(anna)] == [
        "Stichting Het Nieuwe Pad is uitgenodigd om haar eigen deel in te vullen en heeft nog niet gereageerd."
    ]

    join(sanne, world, provider, portal_url)
    fill_in(sanne, provider)
    anna.goto(f"{application}/indienen")
    expect(anna.get_by_text("Niet met u gedeeld: Uittreksel Handelsregister (KvK).")).to_be_visible()
    steps.declare_and_submit(anna)

    expect(anna.get_by_role("heading", level=1, name="Wij hebben uw aanmelding ontvangen")).to_be_visible()
    expect(anna.get_by_text("uittreksel-pad.pdf")).to_have_count(0)
    world.work()
    sanne.goto(f"{portal_url}/ontwikkeling/mail")
    sanne.get_by_role("link", name="Uw deel is ingediend").first.click()
    sanne.get_by_role("main").get_by_role("link", name=re.compile("^http")).first.click()
    expect(sanne.get_by_role("heading", level=1, name="Uw deel is ingediend")).to_be_visible()
    expect(sanne.get_by_role("table")).to_contain_text("uittreksel-pad.pdf")
    expect(sanne.get_by_role("table")).to_contain_text("bibob-pad.pdf")

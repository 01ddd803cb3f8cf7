"""One admission, from registration to the public register, by five people with a browser each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, expect

from portal.cli import cast
from portal.domain import calendar
from portal.models import Round
from tests.browser import steps
from tests.browser.steps import Provider
from tests.conftest import World

PLACES = {
    *("T03", "T05", "T06", "T07", "T09", "T11", "T13", "E01"),
    *(f"{code}-{lot}" for lot in ("1A", "1B", "1C") for code in ("T01", "T04", "T08", "T10", "T12")),
    "T02-1C",
}
WANTED = {
    "Waakvlam": ["Vught"],
    "Dagbesteding basis": ["'s-Hertogenbosch", "Vught"],
    "Kortdurend verblijf basis": ["Vught"],
}
QUESTION = "In de meldcode ontbreekt stap 4. Stuur de volledige meldcode."


def main_button(page: Page, name: str) -> None:
    steps.go(page.get_by_role("main").get_by_role("button", name=name))


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def download(page: Page, role: str, name: str, folder: Path) -> Path:
    """Press what downloads; gives the file as it arrived."""
    with page.expect_download() as waiting:
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
    arrived = folder / waiting.value.suggested_filename
    waiting.value.save_as(arrived)
    return arrived


def choose(page: Page) -> None:
    for product, places in WANTED.items():
        group = page.get_by_role("group", name=re.compile(product, re.IGNORECASE))
        for place in places:
            group.get_by_role("checkbox", name=place).check()
    main_button(page, "Keuzes bewaren")


def apply(sanne: Page, world: World, provider: Provider, folder: Path) -> str:
    """Register, fill in, see what is missing, and submit; gives the path of the application."""
    steps.register(sanne, provider)
    world.work()
    steps.follow_link_in_mail(sanne, "Bevestig uw e-mailadres")
    main_button(sanne, "E-mailadres bevestigen")
    steps.log_in(sanne, provider.email, provider.password)

    for kind in ("hkz_certificate", "iso_9001_certificate", "kvk_extract"):
        steps.put_in_vault(sanne, provider, kind)

    steps.menu(sanne, "Aanmeldingen")
    steps.go(sanne.get_by_role("button", name=re.compile("Aanmelding beginnen.*Meierij")).first)
    choose(sanne)
    application = steps.path_of(sanne)

    steps.go(sanne.get_by_role("link", name="Controleren en indienen"))
    steps.declare_and_submit(sanne)
    missing = steps.gaps(sanne)
    assert sanne.title().startswith("Fout:")
    assert len(missing) >= len(PLACES)
    for _, address in (missing[0], missing[-1]):
        answer = sanne.request.get(sanne.url.split("/aanmeldingen")[0] + address.partition("#")[0])
        assert answer.status == 200

    sanne.goto(sanne.url.split("/aanmeldingen")[0] + application)
    steps.go(sanne.get_by_role("link", name=re.compile("^T03 ")))
    assert set(steps.answer_everything(sanne, provider)) == PLACES
    assert steps.path_of(sanne).endswith("/integriteit")
    sanne.get_by_label("Upload: Bibob-vragenformulier").set_input_files(provider.file("bibob_form"))
    sanne.get_by_role("button", name="Uploaden").click()
    expect(sanne.get_by_role("button", name="Weghalen bibob-form.pdf")).to_be_visible()
    steps.go(sanne.get_by_role("link", name="Naar de takenlijst"))

    steps.go(sanne.get_by_role("link", name="Controleren en indienen"))
    assert steps.gaps(sanne) == []
    steps.declare_and_submit(sanne)
    receipt = sanne.get_by_role("region", name="Wij hebben uw aanmelding ontvangen")
    expect(receipt).to_contain_text("maandag 15 juli 2019, 10.00.00 uur")
    expect(receipt).to_contain_text(f"{provider.person} namens {provider.name}")
    expect(receipt).to_contain_text(re.compile(r"([0-9a-f]{4} ){15}[0-9a-f]{4}"))
    world.work()
    sanne.reload()
    assert download(sanne, "link", "Ontvangstbewijs als PDF", folder).read_bytes().startswith(b"%PDF")
    return application


def close(late: Page, world: World, provider: Provider, address: str) -> None:
    """At the closing instant a page that was opened five minutes before no longer submits."""
    with world.database.reading() as db:
        closes_at = db.get_one(Round, world.rounds["2020-1"]).closes_at
    world.clock.set(closes_at - timedelta(minutes=5))
    late.goto(address)
    steps.log_in(late, provider.email, provider.password)
    late.goto(address)
    expect(late.get_by_text(re.compile("^nog [45] minuten"))).to_be_visible()
    world.clock.set(closes_at)
    with late.expect_navigation() as answer:
        steps.declare_and_submit(late)
    assert answer.value.status == 409
    expect(late.get_by_role("heading", level=1, name="Te laat om in te dienen")).to_be_visible()
    expect(late.get_by_text("dinsdag 1 oktober 2019, 12.00 uur").first).to_be_visible()
    world.work()


def check_integrity(bram: Page, provider: Provider, folder: Path) -> None:
    steps.menu(bram, "Integriteit")
    bram.get_by_role("link", name=provider.name).click()
    bram.get_by_label("Waarvoor opent u dit stuk?").fill("Beoordelen van het vragenformulier")
    assert download(bram, "button", "Openen bibob-form.pdf", folder).read_bytes().startswith(b"%PDF")
    main_button(bram, "Geen belemmering vastleggen")
    said(bram, "De uitkomst is vastgelegd")
    expect(bram.get_by_role("table", name="Openingen van verzegelde stukken")).to_contain_text("Bram Kuiper")


def declare(inkoper: Page, provider: Provider) -> None:
    """An inkoper sees no dossier before declaring."""
    steps.menu(inkoper, "Beoordelen")
    expect(inkoper.get_by_role("checkbox", name=provider.name)).to_be_visible()
    inkoper.get_by_role("checkbox", name="Ik heb bij geen van deze aanbieders een belang").check()
    main_button(inkoper, "Verklaren en beoordelen")
    inkoper.get_by_role("link", name=provider.name).click()


def judge(ineke: Page, verdicts: dict[str, tuple[str, str]]) -> int:
    """Give a verdict on each requirement that is open, in the order in which the page opens them; gives how many."""
    count = 0
    while True:
        save = ineke.get_by_role("button", name=re.compile("^Oordeel bewaren"))
        key = save.inner_text().split()[-1]
        verdict, reason = verdicts.get(key, ("Voldoet", ""))
        ineke.locator("label").filter(has_text=re.compile(f"^{verdict}$")).locator("visible=true").click()
        if reason:
            ineke.get_by_label("Wat klopt er niet?").locator("visible=true").select_option("incomplete")
        ineke.get_by_label("Motivering").locator("visible=true").fill(reason)
        steps.go(save)
        said(ineke, f"Oordeel over {key} is bewaard")
        count += 1
        if not ineke.get_by_text("Nog te doen", exact=True).count():
            return count


def see_page_image(ineke: Page) -> None:
    """Beside the checklist stands the page itself, as a picture that has loaded."""
    ineke.locator("summary").filter(has_text="T06").click()
    ineke.get_by_role("link", name="complaints-procedure.pdf").click()
    page = ineke.get_by_role("region", name="Voorbeeld van complaints-procedure.pdf")
    picture = page.locator("image")
    expect(picture).to_be_visible()
    load = "one.decode().then(() => one.naturalWidth)"
    shown = f"image => {{ const one = new Image(); one.src = image.href.baseVal; return {load}; }}"
    assert picture.evaluate(shown) == 1240
    expect(page.locator("text").first).to_be_attached()  # its text lies over it, to be selected and read aloud


def remedy(sanne: Page, application: str, provider: Provider) -> None:
    sanne.goto(sanne.url.split("/aanmeldingen")[0] + application)
    sanne.get_by_role("link", name="Bekijk wat wij vragen en antwoord").click()
    expect(sanne.get_by_text(QUESTION)).to_be_visible()
    sanne.get_by_label("Uw toelichting").fill("Dit is de volledige meldcode, met stap 4 op bladzijde 6.")
    steps.upload_here(sanne, provider)
    main_button(sanne, "Toelichting bewaren")
    main_button(sanne, "Herstel versturen")
    expect(sanne.get_by_text("U heeft uw herstel verstuurd")).to_be_visible()


def sign(page: Page, password: str) -> None:
    steps.menu(page, "Overeenkomsten")
    page.get_by_role("main").get_by_role("link", name=re.compile("^RO-")).click()
    page.get_by_role("checkbox", name=re.compile("^Ik heb de overeenkomst gelezen")).check()
    page.get_by_label("Uw wachtwoord").fill(password)
    main_button(page, "Ondertekenen")
    expect(page.get_by_text("De handtekening wordt in het document gezet")).to_be_visible()


def test_an_applicant_comes_from_registration_to_the_public_register(
    app: Flask, world: World, person: Callable[..., Page], portal_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "on-the-providers-disk"
    folder.mkdir()
    provider = Provider(folder, calendar.local_day(world.clock()))
    sanne = person()
    sanne.goto(portal_url)
    expect(sanne.get_by_text("dinsdag 1 oktober 2019, 12.00 uur").first).to_be_visible()

    application = apply(sanne, world, provider, folder)
    close(person(), world, provider, f"{portal_url}{application}/indienen")

    bram = person(world.emails["bram"])
    check_integrity(bram, provider, folder)
    ineke = person(world.emails["ineke"])
    declare(ineke, provider)
    see_page_image(ineke)
    ineke.goto(f"{portal_url}{steps.path_of(ineke)}")
    assert judge(ineke, {"T13": ("Herstel vragen", QUESTION)}) == len(PLACES)
    main_button(ineke, "Herstelverzoek klaarzetten")
    said(ineke, "Het herstelverzoek staat klaar")
    renske = person(world.emails["renske"])
    steps.menu(renske, "Rondes")
    renske.get_by_role("link", name="Ronde 2020-1").click()
    renske.get_by_role("link", name="Herstel in deze ronde").click()
    main_button(renske, "Gekozen verzoeken versturen")
    said(renske, "1 herstelverzoek is verstuurd")

    sanne.goto(f"{portal_url}/inloggen")
    steps.log_in(sanne, provider.email, provider.password)  # weeks have passed on the clock
    remedy(sanne, application, provider)
    ineke.reload()
    ineke.locator("summary").filter(has_text="T13").click()
    judge(ineke, {})
    main_button(ineke, "Besluit voorstellen")
    said(ineke, "Uw voorstel ligt bij een tweede inkoper")

    joris = person(world.emails["joris"])
    declare(joris, provider)
    main_button(joris, "Besluit vaststellen")
    said(joris, "Het besluit is vastgesteld")
    renske = person(world.emails["renske"])  # weeks have passed on the clock
    steps.menu(renske, "Rondes")
    renske.get_by_role("link", name="Ronde 2020-1").click()
    main_button(renske, "Besluiten bekendmaken")
    world.work()

    sanne.goto(portal_url + application)
    letter = download(sanne, "button", "Brief openen (PDF)", folder)
    assert letter.read_bytes().startswith(b"%PDF")
    world.clock.set(world.clock() + timedelta(minutes=5))
    world.work()
    sign(sanne, provider.password)
    world.work()
    wil = person(world.emails["wil"])
    sign(wil, cast.PASSWORD)
    world.work()

    wil.reload()
    agreement = download(wil, "link", "Downloaden Ondertekend door beide partijen", folder)
    verified = app.test_cli_runner().invoke(args=["agreements", "verify", str(agreement)])
    assert verified.exit_code == 0, verified.output
    assert verified.output.count("vertrouwd: ja") == 2
    visitor = person()
    visitor.goto(f"{portal_url}/register?op=2020-07-01")
    expect(visitor.get_by_role("main")).to_contain_text(provider.name)
    expect(visitor.get_by_role("main")).to_contain_text("1 aanbieder gevonden")

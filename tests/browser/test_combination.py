"""Two organisations apply together, for two lots, in two procedures of two authorities: one vault each, two receipts.

Each page that they come by is looked at once, by axe and at the width of a telephone, where it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.adapters import procedure_files, procedure_writer
from portal.cli.procedures import load_file
from portal.domain import calendar
from portal.models import Document, Organisation, Submission
from portal.terms import DOCUMENT_KINDS
from tests.browser import steps
from tests.browser.looking import Loads, violations
from tests.browser.steps import KIND_OF, Provider
from tests.conftest import World

SMALL = Path(__file__).parents[1] / "procedures" / "small.yaml"
MOST = 90
"""Page loads of both organisations in both procedures."""
TEXT = "Wij werken samen vanuit één team en verdelen de cliënten per wijk."
LEAD, PARTNER = "Stichting De Linde", Provider.name
CLOSE_AGAIN = "were => document.querySelectorAll('details').forEach((one, at) => one.open = were[at])"


@dataclass
class Applicant:
    """One person at a browser: what is pressed and followed, and each page on the way looked at once."""

    page: Page
    provider: Provider
    loads: Loads
    has_script: bool
    looked_at: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, page: Page, provider: Provider, *, has_script: bool) -> Applicant:
        return cls(page, provider, Loads.of(page), has_script)

    def open(self, address: str) -> None:
        self.page.goto(urljoin(self.page.url, address))
        self.look()

    def press(self, name: str) -> None:
        steps.go(self.page.get_by_role("main").get_by_role("button", name=name, exact=True))
        self.look()

    def follow(self, name: str | re.Pattern[str]) -> None:
        steps.go(self.page.get_by_role("main").get_by_role("link", name=name).first)
        self.look()

    def sees(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()

    def is_told(self, words: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=words)).to_be_visible()

    def upload(self, name: str) -> None:
        """Upload what this page asks for from the own disk, and copy the dates that stand on it."""
        file_field = self.page.get_by_label(re.compile("^Upload: ")).first
        label = file_field.evaluate("one => one.labels[0].firstChild.textContent.trim()")
        kind = KIND_OF[label.removeprefix("Upload: ")]
        file = self.provider.file(kind, name)
        file_field.set_input_files(file)
        file_field.locator("xpath=ancestor::form").get_by_role("button", name="Uploaden").click()
        expect(self.page.get_by_role("button", name=f"Weghalen {file.name}")).to_be_visible()
        self.look()
        if DOCUMENT_KINDS[kind].has_issue_date or DOCUMENT_KINDS[kind].has_term:
            self._date(kind)

    def choose_from_vault(self) -> None:
        group = self.page.get_by_role("group", name=re.compile("uit uw kluis", re.IGNORECASE))
        group.get_by_role("checkbox").first.check()
        steps.go(self.page.get_by_role("button", name=re.compile("^Gebruiken bij deze")))
        self.is_told("hoort nu bij")
        self.look()

    def _date(self, kind: str) -> None:
        if self.has_script:  # the page on which the file was dropped is still there, and leads to the form
            steps.go(self.page.get_by_role("link", name="Datums invullen"))
            self.look()
        self.page.get_by_label("Datum van afgifte").fill(self.provider.issued_on.isoformat())
        if DOCUMENT_KINDS[kind].has_term:
            self.page.get_by_label("Einddatum").fill(self.provider.expires_on.isoformat())
        steps.go(self.page.get_by_role("button", name=re.compile("^Gegevens bewaren")).locator("visible=true"))
        self.is_told("zijn bewaard")
        self.look()

    def fill_in(self, name: str = "") -> list[str]:
        """From one unfinished requirement to the next: what the vault has, else uploaded; gives the places."""
        places: list[str] = []
        while "/eisen/" in steps.path_of(self.page):
            places.append(steps.path_of(self.page).rpartition("/")[2])
            assert len(places) < 20, places
            if self.page.get_by_role("group", name="Kies uit uw kluis").count():
                self.choose_from_vault()
            elif self.page.get_by_text("Nodig:").count():
                self.upload(name)
            for one in self.page.get_by_label("Uw aantal").all():
                one.fill("12")
            for one in self.page.get_by_label("Uw beschrijving").all():
                one.fill(TEXT)
            self.press("Bewaren en verder")
        return places

    def look(self) -> None:
        """Look at this page, the first time one comes by it: at 320 pixels wide, and with axe."""
        self.page.wait_for_load_state()
        shape = re.sub(r"[a-z2-7]{26}|[\w-]{40,}|(?<=eisen/...)-.*", "*", steps.path_of(self.page))
        if shape in self.looked_at:
            return
        self.looked_at.add(shape)
        size = self.page.viewport_size
        assert size is not None
        self.page.set_viewport_size({"width": 320, "height": 640})
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            self.faults.append(f"{shape}: {width} px wide")
        self.page.set_viewport_size(size)
        if self.has_script:  # axe is a script itself, and the server sends the same page to both
            opened = self.page.evaluate("[...document.querySelectorAll('details')].map(one => one.open)")
            self.faults += [f"{shape}: {one}" for one in violations(self.page)]
            self.page.evaluate(CLOSE_AGAIN, opened)


def publish(world: World, folder: Path, slug: str, region: str, letter: str) -> str:
    """A procedure with two lots of an authority of its own, that asks things of the lead and of each party."""
    raw: dict[str, Any] = procedure_files.raw(SMALL.read_bytes())
    raw["title"], raw["slug"] = f"Toelating {region}", f"toelating-{slug}"
    raw["authority"] |= {"slug": slug, "name": f"Regio {region}", "mail": f"inkoop@{slug}.example"}
    raw["parties"] = {"forms": ["sole", "combination"]}
    raw["integrity"] = {
        "check": "bibob", "document": "bibob_form", "policy_rule": "Beleidsregel (voorbeeld)", "each_party": True,
    }  # fmt: skip
    certificate, experience = raw["requirements"]
    del experience["lots"]
    asked = {"kind": "suitability", "text": "Toon dit aan."}
    policy, extract = ({"type": "document", "evidence": {"kinds": [kind]}} for kind in ("insurance", "kvk_extract"))
    raw["requirements"] = [
        certificate,
        {**experience, "topic": "ervaring"},
        {**asked, **policy, "title": "Verzekering", "applies_to": "lot"},
        {**asked, "title": "Samenwerking", "type": "text", "applies_to": "party", "topic": "samenwerking"},
        {**asked, **extract, "title": "Uittreksel", "applies_to": "party"},
    ]
    for number, one in enumerate(raw["requirements"], start=1):
        one["code"] = f"{letter}{number:02}"
    file = folder / f"{slug}.yaml"
    file.write_bytes(procedure_writer.dump(raw))
    return load_file(world.database, file, world.clock(), start=date(2020, 1, 1))


def begin(anna: Applicant, region: str) -> str:
    """The lead begins in a procedure and chooses a product in each of its two lots; gives the path."""
    anna.open("/aanmeldingen")
    anna.page.get_by_role("button", name=re.compile(f"Aanmelding beginnen.*{region}")).click()
    anna.look()
    for product in ("Begeleiding", "Dag"):
        group = anna.page.get_by_role("group", name=re.compile(f"^{product}"))
        group.get_by_role("checkbox", name="Oost").check()
    anna.press("Keuzes bewaren")
    return steps.path_of(anna.page)


def invite(anna: Applicant, partner: Provider) -> None:
    anna.follow("Met wie u samenwerkt")
    anna.page.get_by_text("Een organisatie toevoegen", exact=True).click()
    anna.page.get_by_role("radio", name="Combinant").check()
    anna.page.get_by_label("Naam van de organisatie").fill(partner.name)
    anna.page.get_by_label("KvK-nummer").fill(partner.kvk_number)
    anna.page.get_by_label("Rechtsvorm").select_option(label="Stichting")
    anna.press("Toevoegen")
    anna.follow(re.compile("Zelf laten invullen"))
    anna.page.get_by_label(re.compile("E-mailadres van iemand")).fill(partner.email)
    anna.press("Uitnodiging sturen")
    anna.is_told(f"De uitnodiging aan {partner.email} is verstuurd.")


def open_mail(someone: Applicant, world: World, subject: str) -> None:
    """Follow the link in the newest mail with this subject."""
    world.work()
    someone.page.goto(urljoin(someone.page.url, "/ontwikkeling/mail"))
    someone.page.get_by_role("link", name=subject).first.click()
    someone.follow(re.compile("^http"))


def register(sanne: Applicant, world: World) -> None:
    """The partner has no account yet: it registers from the page of the invitation."""
    steps.register(sanne.page, sanne.provider)
    open_mail(sanne, world, "Bevestig uw e-mailadres")
    sanne.press("E-mailadres bevestigen")
    steps.log_in(sanne.page, sanne.provider.email, sanne.provider.password)


def accept(sanne: Applicant) -> str:
    """Take up the part; gives its path."""
    expect(sanne.page.get_by_text(f"U doet mee namens {sanne.provider.name}")).to_be_visible()
    sanne.press("Ja, wij vullen ons deel in")
    sanne.sees(f"Uw deel in de aanmelding van {LEAD}")
    return steps.path_of(sanne.page)


def declare_part(sanne: Applicant, part: str) -> None:
    sanne.open(part)
    sanne.follow("Controleren en gereed verklaren")
    for box in sanne.page.get_by_role("group", name="Uw verklaringen").get_by_role("checkbox").all():
        box.check()
    sanne.press("Gereed verklaren")
    sanne.is_told("Uw deel is gereed verklaard.")


def submit(anna: Applicant, app: Flask, world: World, application: str) -> str:
    """Check, submit, and download the receipt; gives its number. It holds, for whoever computes it again."""
    anna.open(f"{application}/indienen")
    assert steps.gaps(anna.page) == []
    expect(anna.page.get_by_text("Niet met u gedeeld: Uittreksel Handelsregister (KvK).")).to_be_visible()
    steps.declare_and_submit(anna.page)
    anna.sees("Wij hebben uw aanmelding ontvangen")
    world.work()
    anna.open(anna.page.url)
    address = anna.page.get_by_role("link", name="Ontvangstbewijs als PDF").get_attribute("href")
    assert address is not None
    file = anna.provider.folder / "ontvangstbewijs.pdf"
    file.write_bytes(anna.page.request.get(urljoin(anna.page.url, address)).body())
    verified = app.test_cli_runner().invoke(args=["receipts", "verify", str(file)])
    assert verified.exit_code == 0, verified.output
    return re.sub("^Kenmerk ", "", anna.page.get_by_text(re.compile("^Kenmerk ")).inner_text())


def see_own_receipt(sanne: Applicant, world: World, receipt: str) -> None:
    """The partner is told, and sees what of its own was handed in."""
    open_mail(sanne, world, "Uw deel is ingediend")
    sanne.sees("Uw deel is ingediend")
    expect(sanne.page.get_by_text(receipt)).to_be_visible()
    for file in ("uittreksel-pad.pdf", "bibob-pad.pdf"):
        expect(sanne.page.get_by_role("table")).to_contain_text(file)
    expect(sanne.page.get_by_role("table")).not_to_contain_text("polis")


def documents_of(world: World, organisation: str) -> list[str]:
    """The SHA-256 of each document that an organisation keeps."""
    with world.database.reading() as db:
        return list(db.scalars(select(Document.sha256).join(Organisation).where(Organisation.name == organisation)))


def handed_in(world: World, receipt: str) -> dict[str, Any]:
    """What an authority got: the manifest of a submission."""
    with world.database.reading() as db:
        found = db.scalars(select(Submission).where(Submission.receipt_number == receipt)).one()
        return dict(found.content)


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
def test_two_organisations_apply_together_with_two_authorities_from_one_vault_each(
    app: Flask,
    world: World,
    person: Callable[..., Page],
    portal_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    has_script: bool,
) -> None:
    publish(world, tmp_path, "waterland", "Waterland", "W")
    publish(world, tmp_path, "heuvelland", "Heuvelland", "H")
    provider = Provider(tmp_path, calendar.local_day(world.clock()))
    at_desk = person(world.emails["anna"], java_script_enabled=has_script)
    on_telephone = person(java_script_enabled=has_script, viewport={"width": 390, "height": 844})
    on_telephone.goto(portal_url)
    anna = Applicant.at(at_desk, provider, has_script=has_script)
    sanne = Applicant.at(on_telephone, provider, has_script=has_script)

    # The first authority: the lead uploads and uses its vault, then its partner does.
    first = begin(anna, "Waterland")
    invite(anna, provider)
    anna.open(first)
    anna.follow("W01 HKZ")
    assert anna.fill_in("polis") == ["W01", "W04", "W05", "W02-1", "W03-1", "W02-2", "W03-2"]
    anna.upload("bibob-linde")
    anna.follow("Naar de takenlijst")
    anna.follow("Controleren en indienen")
    assert [text for text, _ in steps.gaps(anna.page)] == [
        f"{PARTNER} is uitgenodigd om haar eigen deel in te vullen en heeft nog niet gereageerd."
    ]
    open_mail(sanne, world, f"Uitnodiging van {LEAD} om mee te doen")
    sanne.sees(f"{LEAD} vraagt u om mee te doen")
    register(sanne, world)
    part = accept(sanne)
    sanne.follow("W04 Samenwerking")
    assert sanne.fill_in("uittreksel-pad") == ["W04-P1", "W05-P1"]
    sanne.upload("bibob-pad")
    declare_part(sanne, part)
    anna.open(f"{first}/samenwerking")
    anna.follow(re.compile("Bekijk het deel"))
    expect(anna.page.get_by_text(TEXT)).to_be_visible()
    expect(anna.page.get_by_text("pad.pdf")).to_have_count(0)
    receipt = submit(anna, app, world, first)
    expect(anna.page.get_by_text("pad.pdf")).to_have_count(0)
    see_own_receipt(sanne, world, receipt)
    kept = documents_of(world, LEAD), documents_of(world, PARTNER)

    # The second: nothing is uploaded again, and the lead takes its answers over.
    second = begin(anna, "Heuvelland")
    invite(anna, provider)
    open_mail(sanne, world, f"Uitnodiging van {LEAD} om mee te doen")
    part = accept(sanne)
    sanne.follow("H04 Samenwerking")
    assert sanne.fill_in() == ["H04-P1", "H05-P1"]
    sanne.choose_from_vault()
    declare_part(sanne, part)
    anna.open(second)
    anna.follow("Bekijk wat er mee kan")
    anna.press("Overnemen uit Toelating Waterland, ronde 2020-1")
    anna.follow("H01 HKZ")
    while anna.page.get_by_role("button", name="Dit klopt nog").count():
        anna.press("Dit klopt nog")
    anna.choose_from_vault()
    other_receipt = submit(anna, app, world, second)
    see_own_receipt(sanne, world, other_receipt)

    loads = [one for each in (anna, sanne) for one in each.loads.addresses if " ontwikkeling/" not in one]
    with capsys.disabled():
        print(f"\ntwo organisations, two procedures, script {has_script}: {len(loads)} page loads")  # noqa: T201 - the number itself is wanted
    assert len(loads) <= MOST, "\n".join(loads)
    assert anna.faults + sanne.faults == []
    assert (documents_of(world, LEAD), documents_of(world, PARTNER)) == kept
    assert all(len(set(one)) == len(one) for one in kept)
    assert len(kept[1]) == 2
    for number, letter, other in ((receipt, "W", "Heuvelland"), (other_receipt, "H", "Waterland")):
        content = handed_in(world, number)
        assert {one["lot"] for one in content["selections"]} == {"1", "2"}
        named = {one["requirement"] for one in content["answers"] + content["files"]}
        assert named == {*(f"{letter}{number:02}" for number in range(1, 6)), None}
        assert len(content["files"]) == 7
        assert other not in json.dumps(content)
    for someone, table in ((anna, "Aanmeldingen van uw organisatie"), (sanne, "Aanmeldingen van anderen waarin")):
        someone.open("/aanmeldingen")
        shown = someone.page.get_by_role("table", name=re.compile(table))
        expect(shown).to_contain_text("Toelating Waterland")
        expect(shown).to_contain_text("Toelating Heuvelland")

"""What an applicant does in the browser, one step per function, by the words that stand on the screen."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from portal.cli import sample_documents
from portal.terms import DOCUMENT_KINDS

KIND_OF = {term.label: kind for kind, term in DOCUMENT_KINDS.items()}
TEXT = (
    "Wij werken met een vast team. Elk kwartaal kijken wij met de cliënt en de gemeentelijke toegang of de "
    "ondersteuning lichter kan. De afspraken daarover staan in ons kwaliteitshandboek."
)


class Provider:
    """A made-up organisation and the documents it makes for this portal."""

    name, kvk_number = "Stichting Het Nieuwe Pad", "99901014"
    person, email = "Sanne Visser", "sanne@nieuwepad.example"
    password = "drie woorden en een fiets"

    def __init__(self, folder: Path, today: date) -> None:
        self.folder, self.today = folder, today
        self.issued_on = today - timedelta(days=40)
        self.expires_on = today + timedelta(days=900)

    def file(self, kind: str, name: str = "") -> Path:
        """A PDF of this kind on the provider's own disk."""
        path = self.folder / f"{name or kind.replace('_', '-')}.pdf"
        expires_on = self.expires_on if DOCUMENT_KINDS[kind].has_term else None
        content = sample_documents.make(kind, self.name, self.kvk_number, self.issued_on, expires_on, path.stem)
        path.write_bytes(content)
        return path


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def go(control: Locator) -> None:
    """Press what leads to another page, and wait for it: `all`, `count` and the address take what is there now."""
    with control.page.expect_navigation(wait_until="domcontentloaded"):
        control.click()


def menu(page: Page, name: str) -> None:
    go(page.get_by_role("navigation", name="Hoofdmenu").get_by_role("link", name=name, exact=True))


def register(page: Page, provider: Provider) -> None:
    page.get_by_role("link", name="Registreer uw organisatie").click()
    fill_registration(page, provider)


def fill_registration(page: Page, provider: Provider) -> None:
    """The form to register, and the page that says to look in the mail."""
    page.get_by_label("KvK-nummer").fill(provider.kvk_number)
    page.get_by_label("Naam van de organisatie").fill(provider.name)
    page.get_by_label("Rechtsvorm").select_option(label="Stichting")
    page.get_by_label("Uw naam").fill(provider.person)
    page.get_by_label("Uw functie").fill("Bestuurder")
    page.get_by_label("E-mailadres").fill(provider.email)
    page.get_by_label("Wachtwoord").fill(provider.password)
    page.get_by_role("button", name="Registreren").click()
    expect(page.get_by_role("heading", level=1, name="Controleer uw mail")).to_be_visible()


def follow_link_in_mail(page: Page, subject: str) -> None:
    """Open the newest mail with this subject on the page of sent mail, and the link in it."""
    page.get_by_role("link", name="Bekijk de verzonden mail").click()
    page.get_by_role("link", name=subject).first.click()
    page.get_by_role("main").get_by_role("link", name=re.compile("^http")).first.click()


def log_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mailadres").fill(email)
    page.get_by_label("Wachtwoord").fill(password)
    page.get_by_role("main").get_by_role("button", name="Inloggen").click()
    expect(page.get_by_role("button", name="Uitloggen")).to_be_visible()


def put_in_vault(page: Page, provider: Provider, kind: str) -> None:
    """Upload to the vault, and copy the dates that stand on the document."""
    label = DOCUMENT_KINDS[kind].label
    menu(page, "Documenten")
    page.locator("summary").filter(has_text=label).click()
    page.get_by_label(label, exact=True).set_input_files(provider.file(kind))
    page.get_by_role("button", name="Uploaden").locator("visible=true").click()
    page.get_by_role("link", name="Gegevens invullen").click()
    page.get_by_label("Datum van afgifte").fill(provider.issued_on.isoformat())
    if DOCUMENT_KINDS[kind].has_term:
        page.get_by_label("Wie gaf dit document af?").fill("Voorbeeld Certificering")
        page.get_by_label("Einddatum").fill(provider.expires_on.isoformat())
    page.get_by_role("button", name="Gegevens bewaren").click()
    expect(page.get_by_role("status").filter(has_text="bewaard")).to_be_visible()


def upload_here(page: Page, provider: Provider, form: Locator | None = None) -> str:
    """Upload what this page asks for, and see the row with the progress before the bytes arrive; gives the name."""
    # The script comes after the page is loaded, and a form that is sent before it goes the plain way.
    page.wait_for_load_state("networkidle")
    field = (form or page.get_by_role("main")).get_by_label(re.compile("^Upload: ")).locator("visible=true").first
    label = field.evaluate("input => input.labels[0].firstChild.textContent.trim()")
    file = provider.file(KIND_OF[label.removeprefix("Upload: ")])
    field.set_input_files(file)
    held: list[Route] = []
    page.route("**/upload*", lambda route: held.append(route))
    field.locator("xpath=ancestor::form").get_by_role("button", name="Uploaden").click()
    expect(page.get_by_role("progressbar", name=f"Uploaden van {file.name}")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("link", name=file.name).first).to_be_visible()
    page.unroute_all()
    return file.name


def answer_here(page: Page, provider: Provider) -> None:
    """Fill in everything this page of a requirement asks, the evidence first; the answer is not saved yet."""
    main = page.get_by_role("main")
    in_vault = main.get_by_role("group", name="Kies uit uw kluis").get_by_role("checkbox")
    if in_vault.count():
        in_vault.first.check()
        go(main.get_by_role("button", name="Gebruiken bij deze eis"))
        expect(page.get_by_role("status").filter(has_text="hoort nu bij deze eis")).to_be_visible()
    elif main.get_by_text("Nodig:").count():
        upload_here(page, provider)
    for box in main.get_by_role("checkbox", name="Ja, dit verklaren wij.").all():
        box.check()
    for field in main.get_by_label("Uw beschrijving").all():
        field.fill(TEXT)
    for number, field in enumerate(main.locator("input[name^=clients-]").all(), start=4):
        field.fill(str(number))
    if main.get_by_label("Straat en huisnummer").count():
        main.get_by_label("Straat en huisnummer").fill("Voorbeeldstraat 12")
        main.get_by_label("Postcode").fill("5261 AA")
        main.get_by_label("Plaats").fill("Vught")
        main.get_by_label("Gemeente").select_option(label="Vught")


def answer_everything(page: Page, provider: Provider) -> list[str]:
    """From one unfinished requirement to the next, with the button that saves and goes on; gives the places."""
    seen = []
    while "/eisen/" in path_of(page):
        place = path_of(page).rpartition("/")[2]
        seen.append(place)
        answer_here(page, provider)
        go(page.get_by_role("button", name="Bewaren en verder"))
        expect(page.get_by_role("status").filter(has_text="Bewaard. Indienen doet u later")).to_be_visible()
    return seen


def declare_and_submit(page: Page) -> None:
    for box in page.get_by_role("group", name="Uw verklaringen").get_by_role("checkbox").all():
        box.check()
    go(page.get_by_role("button", name="Aanmelding indienen"))


def gaps(page: Page) -> list[tuple[str, str]]:
    """What is missing according to the page: text and address of each link."""
    found = page.locator("#ontbreekt").get_by_role("link").all()
    return [(link.inner_text(), link.get_attribute("href") or "") for link in found]

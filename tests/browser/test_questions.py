"""Questions and a clarification notice, from asking to reading, in browsers that run no script."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.conftest import World

FIRST = "Telt ervaring van onze onderaannemer mee? Stichting De Linde wil dat graag weten."
SECOND = "Mag de ervaring van een onderaannemer meetellen?"
PUBLISHED = "Telt de ervaring van een onderaannemer mee?"
ANSWER = "Ja, als u zijn verklaring bij uw aanmelding voegt."


def _ask(page: Page, url: str, text: str) -> None:
    page.goto(f"{url}/procedures/meierij/meierij-2020")
    page.get_by_role("link", name="Een vraag stellen").click()
    page.get_by_role("link", name="Stel een vraag").click()
    page.get_by_label("Waar gaat uw vraag over?").select_option("requirement:T01")
    page.get_by_label("Uw vraag", exact=True).fill(text)
    page.get_by_role("button", name="Bewaren en nalezen").click()
    page.get_by_role("button", name="Vraag versturen").click()
    expect(page.get_by_text("Uw vraag is verstuurd.")).to_be_visible()


def test_two_questions_become_one_published_answer_without_script(
    world: World, person: Callable[..., Page], portal_url: str
) -> None:
    anna, karim, ineke, joris, visitor = (
        person(world.emails.get(who), java_script_enabled=False) for who in ("anna", "karim", "ineke", "joris", "")
    )
    _ask(anna, portal_url, FIRST)
    expect(anna.get_by_text("Andere aanbieders lezen uw vraag")).to_be_visible()
    expect(anna.get_by_text("Stichting De Linde (naam van uw organisatie)")).to_be_visible()
    _ask(karim, portal_url, SECOND)

    steps.menu(ineke, "Vragen")
    for text in (FIRST, SECOND):
        ineke.get_by_role("checkbox", name=f"Kies deze vraag: {text[:40]}").check()
    ineke.get_by_role("button", name="Beantwoorden").click()
    ineke.get_by_role("button", name="Antwoord voorleggen").click()
    expect(ineke).to_have_title(re.compile("^Fout:"))  # nothing was answered, and the question names somebody
    ineke.get_by_label("De vraag in onze woorden").fill(PUBLISHED)
    ineke.get_by_label("Ons antwoord").fill(ANSWER)
    ineke.get_by_label("Over welke eis gaat het antwoord?").select_option("T01")
    ineke.get_by_role("button", name="Antwoord bewaren").click()
    steps.go(ineke.get_by_role("button", name="Antwoord voorleggen"))
    assert ineke.get_by_role("button", name="Akkoord geven").count() == 0

    steps.menu(joris, "Vragen")
    joris.get_by_role("table").get_by_role("link", name=PUBLISHED).click()
    joris.get_by_role("button", name="Akkoord geven").click()
    joris.get_by_role("link", name="Nota maken").click()
    joris.get_by_role("button", name="Nota publiceren of plannen").click()
    expect(joris.get_by_text("De nota is openbaar.")).to_be_visible()
    world.work()

    visitor.goto(f"{portal_url}/procedures/meierij/meierij-2020")
    visitor.get_by_role("link", name="Nota van inlichtingen 1").click()
    expect(visitor.get_by_text(PUBLISHED)).to_be_visible()
    expect(visitor.get_by_text(ANSWER)).to_be_visible()
    assert "Linde" not in visitor.get_by_role("main").inner_text()
    pdf = visitor.get_by_role("link", name="Nota als PDF").get_attribute("href")
    assert visitor.request.get(f"{portal_url}{pdf}").body().startswith(b"%PDF")

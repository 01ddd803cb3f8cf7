"""Two colleagues in one form: the second to save sees both texts, who and when, and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.domain import reviews
from portal.models import Answer, Document, Party, RemedyItem, Review, User
from tests import remedying
from tests.conftest import Browser, World
from tests.web.forms import Form, form
from tests.web.test_apply import colleague

QUIET = {"headers": {"Accept": "text/plain"}}
PARTY = {
    "role": "subcontractor", "name": "Thuiszorg Noord B.V.", "kvk_number": "22334455", "legal_form": "bv",
    "city": "Vught", "part": "Voert de dagbesteding uit.",
}  # fmt: skip


@pytest.fixture
def colleagues(world: World, browse: Callable[[str], Browser]) -> tuple[Browser, Browser]:
    """Anna and her colleague Eva."""
    return browse("anna"), browse(colleague(world, "Eva Smit", "editor"))


def send(browser: Browser, found: Form, **changed: str) -> object:
    return browser.client.post(found.action, data=found.data(**changed))


def both(world: World, colleagues: tuple[Browser, Browser], path: str, end: str, field: str, texts: tuple[str, str]):
    """Both open the form; Eva saves first, then Anna. Gives Anna's answer."""
    anna, eva = colleagues
    mine, hers = form(anna.get(path).text, end), form(eva.get(path).text, end)
    assert send(eva, hers, **{field: texts[0]}).status_code == 303
    return mine, send(anna, mine, **{field: texts[1]})


def check(world: World, colleagues: tuple[Browser, Browser], path: str, end: str, field: str) -> None:
    """Beside each other, with who and when; quiet saving is refused as well; and what is merged then is kept."""
    anna, _ = colleagues
    mine, answer = both(world, colleagues, path, end, field, ("De tekst van Eva hier.", "Mijn eigen tekst hier."))
    assert answer.status_code == 409
    assert "Nu bewaard" in answer.text
    assert "Door Eva Smit op" in answer.text
    assert answer.text.count("De tekst van Eva hier.") >= 1
    assert answer.text.count("Mijn eigen tekst hier.") >= 2
    assert "Dit laten staan en mijn tekst weggooien" in answer.text
    quiet = anna.client.post(mine.action, data=mine.data(**{field: "Mijn eigen tekst hier."}), **QUIET)
    assert (quiet.status_code, "Eva Smit heeft" in quiet.text) == (409, True)

    merged = form(answer.text, end)
    saved = anna.client.post(merged.action, data=merged.data(**{field: "Beide teksten samen."}), **QUIET)

    assert saved.status_code == 200
    assert saved.text.isdigit()


def test_an_answer(world, colleagues):
    path = f"/aanmeldingen/{world.draft()}/eisen/T06"

    check(world, colleagues, path, path, "note")

    with world.database.reading() as db:
        assert db.scalars(select(Answer)).one().value["note"] == "Beide teksten samen."


def test_the_data_of_a_document(world, colleagues):
    with world.database.reading() as db:
        organisation = db.get_one(User, world.people["anna"]).organisation_id
        document = db.scalars(
            select(Document).where(Document.kind == "hkz_certificate", Document.organisation_id == organisation)
        ).one()
    path = f"/documenten/{document.id}"

    check(world, colleagues, path, path, "issuer")

    with world.database.reading() as db:
        assert db.get_one(Document, document.id).issuer == "Beide teksten samen."


def test_the_data_of_a_party(world, colleagues):
    application_id = world.draft()
    list_ = f"/aanmeldingen/{application_id}/samenwerking"
    colleagues[0].post(list_, PARTY)
    with world.database.reading() as db:
        party_id = db.scalars(select(Party.id)).one()

    check(world, colleagues, f"{list_}/{party_id}", party_id, "part")

    with world.database.reading() as db:
        party = db.get_one(Party, party_id)
        assert (party.part, party.version) == ("Beide teksten samen.", 3)


def test_an_explanation_in_a_remedy(world, colleagues):
    application_id = world.submitted()
    world.close_round()
    with world.database.transaction() as db:
        review, ineke = db.scalars(select(Review)).one(), db.get_one(User, world.people["ineke"])
        item = next(one for one in reviews.items(review) if one.key == "T03")
        reviews.find(review, ineke, item, "remedy", "Stuur het juiste certificaat.", world.clock(), based_on=0)
        remedy = remedying.ask(review, ineke, world.clock())
        db.flush()
        remedy_id = remedy.id
    for one, who in zip(colleagues, ("anna", "eva smit"), strict=True):
        one.sign_in(who)  # weeks passed

    check(world, colleagues, f"/aanmeldingen/{application_id}/herstel/{remedy_id}", "/toelichting", "explanation")

    with world.database.reading() as db:
        assert db.scalars(select(RemedyItem.explanation)).one() == "Beide teksten samen."

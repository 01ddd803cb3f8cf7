"""The UEA page: taking a file over and along, in the browser."""

from __future__ import annotations

import io

import pytest
from lxml import etree
from sqlalchemy import select

from portal.adapters import espd as writer
from portal.adapters import espd_reader
from portal.models import Answer, Application, AuditEvent, EspdImport
from tests import published
from tests.conftest import Browser


@pytest.fixture
def draft(world):
    """A draft of Anna in a procedure with a ground for exclusion."""
    statement = {"statement": "Dit geldt niet voor ons.", "espd": ["fraud", "corruption"]}
    published.requirement(world, "U90", "declaration", kind="exclusion", settings=statement)
    return world.draft()


@pytest.fixture
def anna(app, world):
    return Browser(app, world).sign_in("anna")


def page(draft):
    return f"/aanmeldingen/{draft}/uea"


def send(browser, draft, content, name="uea.xml"):
    return browser.post(page(draft), {"uea": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def answered(xml: bytes, value: bytes = b"false") -> bytes:
    """The file of an empty draft, with every ground answered the same, as another portal would hand it back."""
    root = etree.fromstring(xml)
    names = {"cac": writer.CAC, "cbc": writer.CBC}
    first = root.find("cac:TenderingCriterionResponse", names)
    for one in root.findall(".//cac:TenderingCriterionProperty/cbc:ID", names):
        made = etree.fromstring(
            b'<cac:TenderingCriterionResponse xmlns:cac="%s" xmlns:cbc="%s"><cbc:ValidatedCriterionPropertyID/>'
            b"<cac:ResponseValue><cbc:ResponseIndicator>%s</cbc:ResponseIndicator></cac:ResponseValue>"
            b"</cac:TenderingCriterionResponse>" % (writer.CAC.encode(), writer.CBC.encode(), value)
        )
        made[0].text = one.text
        first.addprevious(made)
    return etree.tostring(root)


def test_a_draft_is_taken_along_as_xml(anna, draft):
    answer = anna.get(f"{page(draft)}.xml")

    read = espd_reader.read(answer.data)
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert {one.code for one in read.stated} >= {"fraud", "corruption", "trade-regist", "service-perform"}
    assert read.operator.kvk_number
    assert f'href="{page(draft)}"' in anna.get(f"/aanmeldingen/{draft}").text


def test_a_file_fills_the_draft_and_says_what_to_check(anna, draft, world):
    filled = answered(anna.get(f"{page(draft)}.xml").data)

    answer = send(anna, draft, filled)

    shown = anna.get(page(draft)).text
    assert (answer.status_code, answer.location) == (303, f"{page(draft)}#overgenomen")
    assert "overgenomen. Controleer" in shown
    assert f"/aanmeldingen/{draft}/eisen/U90" in shown
    assert "Overgenomen uit een UEA" in anna.get(f"/aanmeldingen/{draft}/eisen/U90").text
    with world.database.reading() as db:
        given = {one.requirement.code: one.value for one in db.scalars(select(Answer))}
        assert given["U90"] == {"agreed": True}
        assert db.scalars(select(AuditEvent).where(AuditEvent.act == "take_over_espd")).one()


def test_undoing_empties_it_again(anna, draft, world):
    send(anna, draft, answered(anna.get(f"{page(draft)}.xml").data))
    with world.database.reading() as db:
        taken = db.scalars(select(EspdImport.id)).one()

    answer = anna.post(f"{page(draft)}/{taken}/ongedaan-maken")

    assert answer.status_code == 303
    with world.database.reading() as db:
        assert not db.scalars(select(Answer)).all()
        assert not db.scalars(select(EspdImport)).all()


BOMB = b"<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><l>&b;</l>"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<half", "geen geldige XML"),
        (BOMB, "definities die een UEA niet heeft"),
        (b"<html/>", "geen UEA"),
        (b"%PDF-1.7 \xff", "geen UEA in XML"),
        (bytes(25_000_000), "te groot voor een UEA"),
    ],
    ids=["half", "bomb", "html", "pdf", "25 MB"],
)
def test_what_is_no_uea_is_refused_in_words_and_changes_nothing(anna, draft, world, content, words):
    answer = send(anna, draft, content)

    assert answer.status_code == 409
    assert words in answer.text
    with world.database.reading() as db:
        assert not db.scalars(select(EspdImport)).all()


def test_no_file_and_a_file_over_every_limit_are_refused_too(anna, draft):
    nothing = anna.post(page(draft), {}, content_type="multipart/form-data")
    huge = send(anna, draft, bytes(33_000_000))

    assert (nothing.status_code, huge.status_code) == (409, 413)
    assert "Kies eerst het XML-bestand" in nothing.text


def test_somebody_elses_draft_has_no_uea(app, world, draft):
    karim = Browser(app, world).sign_in("karim")

    assert karim.get(page(draft)).status_code == 404
    assert karim.get(f"{page(draft)}.xml").status_code == 404
    assert send(karim, draft, b"<a/>").status_code in (404, 409)


def test_after_the_closing_it_can_be_taken_along_but_not_over(anna, draft, world):
    filled = answered(anna.get(f"{page(draft)}.xml").data)
    with world.database.reading() as db:
        world.clock.set(db.get_one(Application, draft).round.closes_at)
    anna.sign_in("anna")

    assert "Een UEA overnemen" not in anna.get(page(draft)).text
    assert send(anna, draft, filled).status_code == 409
    assert anna.get(f"{page(draft)}.xml").status_code == 200

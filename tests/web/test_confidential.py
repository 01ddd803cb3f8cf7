"""Advice, hearing and decision over the pages: the officer and the decider on one side, who is checked on the other."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.adapters.scanner import ClamdScanner
from portal.cli import cast
from portal.cli.files import EVER
from portal.domain import decisions
from portal.models import IntegrityCheck, IntegrityPaper, IntegrityRead, Review, User
from tests import deciding
from tests.adapters.test_inspection import pdf_with
from tests.clamd import Wire

FOUND = "Uit vonnissen blijkt dat de bestuurder zorggeld voor andere doelen gebruikte."
WHY = "Een lichter middel neemt dit gevaar niet weg, omdat dezelfde mensen de zorg leveren."
REFUSE = {"danger": "serious", "consequence": "refuse", "reasoning": FOUND, "proportionality": WHY}


class Desk:
    """The pages of one file."""

    def __init__(self, closed, official):
        self.closed, self.official = closed, official
        with closed.world.database.reading() as db:
            self.file_id = db.get_one(IntegrityCheck, closed.check).files[0].id
        self.path = f"/integriteit/{closed.check}/{self.file_id}"
        self.own = f"/vertrouwelijk/{self.file_id}"
        self.bram, self.dina = official("bram"), official("dina")

    def do(self, who, act, fields=None, **more):
        who.post(f"{self.path}/openen", {"purpose": "Beoordeling van het dossier"})
        return who.post(f"{self.path}/{act}", fields or {}, **more)

    def research(self):
        return self.do(self.bram, "onderzoek", {"outcome-open": "noteworthy", "text-open": FOUND})

    def announce(self):
        self.research()
        return self.do(self.bram, "voornemen", REFUSE)

    def papers(self, who):
        return re.findall(rf'action="{self.own}/stukken/(\w+)"', who.get(self.own).text)


@pytest.fixture
def desk(closed, official):
    return Desk(closed, official)


@pytest.fixture
def anna(closed):
    return closed.browser("anna")


def test_the_whole_way_over_the_pages(desk, anna, closed):
    assert desk.announce().status_code == 303
    (intention,) = desk.papers(anna)
    opened = anna.post(f"{desk.own}/stukken/{intention}").text
    assert FOUND in opened
    assert WHY in opened
    assert anna.post(f"{desk.own}/zienswijze", {"view": "Dat is al tien jaar geleden."}).status_code == 303
    assert "Dat is al tien jaar geleden." in desk.bram.get(desk.path).text

    assert desk.do(desk.bram, "voorstel", REFUSE).status_code == 303
    assert desk.do(desk.dina, "besluit", {"own": "Ik volg het voorstel."}).status_code == 303

    page = desk.official("ineke").get(f"/beoordelen/{closed.review}").text
    assert "Besluit integriteit" in page
    for word in ("zorggeld", "tien jaar", "lichter middel"):
        assert word not in page


def test_a_page_shows_nothing_of_a_file_that_was_not_opened(desk):
    desk.research()
    assert FOUND in desk.bram.get(desk.path).text

    assert FOUND not in desk.dina.get(desk.path).text
    desk.closed.world.clock.advance(timedelta(minutes=31))
    assert FOUND not in desk.official("bram").get(desk.path).text


def test_opening_asks_what_for(desk):
    answer = desk.bram.post(f"{desk.path}/openen", {"purpose": "x"})

    assert answer.status_code == 422
    assert 'href="#purpose"' in answer.text


def test_what_was_typed_is_not_lost_and_nothing_is_kept_when_it_is_refused(desk, closed):
    desk.research()
    before = sorted(closed.world.services.files.keys("integrity/", EVER))

    answer = desk.do(desk.bram, "voornemen", {**REFUSE, "proportionality": ""})

    assert answer.status_code == 422
    assert 'href="#proportionality"' in answer.text
    assert FOUND in answer.text
    assert sorted(closed.world.services.files.keys("integrity/", EVER)) == before


def test_the_same_form_twice_is_one_act(desk, closed):
    desk.research()
    fields = {**REFUSE, "attempt": "de-zelfde"}

    codes = [desk.do(desk.bram, "voornemen", fields).status_code for _ in range(2)]

    assert codes == [303, 303]
    with closed.world.database.reading() as db:
        assert len(db.scalars(select(IntegrityPaper).where(IntegrityPaper.kind == "intention")).all()) == 1
    assert len(list(closed.world.services.files.keys("integrity/papers/", EVER))) == 2  # with the research


def test_of_advice_others_see_that_the_term_stands_still_and_the_person_concerned_what_for(desk, anna, closed):
    desk.research()
    desk.do(desk.bram, "advies", {"request": FOUND})

    ineke = desk.official("ineke")
    for page in (
        ineke.get(f"/beoordelen/{closed.review}").text,
        ineke.get("/beoordelen").text,
        anna.get(f"/aanmeldingen/{closed.application}").text,
    ):
        assert "staat stil" in page.lower()
        assert "Bureau" not in page
    assert "Landelijk Bureau Bibob" in anna.get(desk.own).text
    assert "staat stil" in desk.official("renske").get(f"/rondes/{closed.round}.csv").text


def test_the_advice_itself_is_sealed_and_goes_with_the_intention(desk, anna, closed):
    desk.research()
    desk.do(desk.bram, "advies", {"request": FOUND})
    desk.do(desk.bram, "advies/ontvangen", {"danger": "serious", "summary": FOUND})
    pdf = pdf_with()

    wrong = desk.do(
        desk.bram, "advies/afschrift", {"bestand": (io.BytesIO(b"geen pdf"), "advies.txt")},
        content_type="multipart/form-data",
    )  # fmt: skip
    answer = desk.do(
        desk.bram, "advies/afschrift", {"bestand": (io.BytesIO(pdf), "advies.pdf")}, content_type="multipart/form-data"
    )

    assert (wrong.status_code, answer.status_code) == (422, 303)
    with closed.world.database.reading() as db:
        kept = db.scalars(select(IntegrityPaper).where(IntegrityPaper.kind == "advice_copy")).one()
        assert closed.world.services.files.read(kept.storage_key)[:4] != b"%PDF"
        paper = kept.id
    assert desk.papers(anna) == []
    assert anna.post(f"{desk.own}/stukken/{paper}").status_code == 404
    desk.do(desk.bram, "voornemen", REFUSE)
    assert anna.post(f"{desk.own}/stukken/{paper}").data == pdf
    assert desk.do(desk.dina, f"stukken/{paper}").data == pdf
    assert desk.do(desk.dina, "stukken/bestaatniet").status_code == 404


def _enclose(who, desk, content, name="jaarrekening-geheim.pdf", **more):
    form = {"bestand": (io.BytesIO(content), name), **more}
    return who.post(f"{desk.own}/bijlagen", form, content_type="multipart/form-data")


def test_an_enclosure_goes_with_a_view_is_sealed_and_names_nothing(desk, anna, closed):
    desk.announce()
    pdf = pdf_with()
    early = _enclose(anna, desk, pdf)
    assert early.status_code == 422
    assert "Stuur eerst uw zienswijze" in early.text
    anna.post(f"{desk.own}/zienswijze", {"view": "Dat is al tien jaar geleden."})
    wrong = _enclose(anna, desk, b"geen pdf", "brief.txt")
    assert (wrong.status_code, 'href="#bestand"' in wrong.text) == (422, True)

    assert [_enclose(anna, desk, pdf, attempt="een").status_code for _ in range(2)] == [303, 303]

    with closed.world.database.reading() as db:
        kept = db.scalars(select(IntegrityPaper).where(IntegrityPaper.kind == "enclosure")).one()
        assert closed.world.services.files.read(kept.storage_key)[:4] != b"%PDF"
        paper = kept.id
    assert anna.post(f"{desk.own}/stukken/{paper}").data == pdf
    answer = desk.do(desk.bram, f"stukken/{paper}")
    assert answer.data == pdf
    assert "geheim" not in answer.headers["Content-Disposition"]
    assert "Bijlage 1 openen" in desk.bram.get(desk.path).text
    assert desk.do(desk.official("ineke"), f"stukken/{paper}").status_code in {403, 404}
    desk.closed.world.clock.advance(timedelta(days=20))
    assert _enclose(closed.browser("anna"), desk, pdf).status_code == 409


def test_an_enclosure_that_the_scanner_stops_is_opened_by_nobody(desk, anna, closed):
    desk.announce()
    anna.post(f"{desk.own}/zienswijze", {"view": "Dat is al tien jaar geleden."})
    _enclose(anna, desk, pdf_with())
    with closed.world.database.reading() as db:
        paper = db.scalars(select(IntegrityPaper.id).where(IntegrityPaper.kind == "enclosure")).one()
    wire = Wire().start()
    closed.app.extensions["services"] = replace(
        closed.app.extensions["services"], scanner=ClamdScanner(wire.address, timeout=0.3, pause=0)
    )

    wire.answer = b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
    stopped = desk.do(desk.bram, f"stukken/{paper}")
    wire.answer = b"stream: OK\0"
    clean = desk.do(desk.bram, f"stukken/{paper}")
    wire.stop()

    assert (stopped.status_code, clean.status_code) == (409, 200)
    assert "De virusscanner hield dit stuk tegen" in stopped.text


def test_the_decision_is_read_when_it_is_told_by_signatories_only(desk, anna, closed):
    desk.announce()
    anna.post(f"{desk.own}/zienswijze", {"view": "Dat is al tien jaar geleden."})
    desk.do(desk.bram, "voorstel", REFUSE)
    desk.do(desk.dina, "besluit")
    assert len(desk.papers(anna)) == 2
    closed.declare("ineke")
    closed.judge("ineke")
    with closed.world.database.transaction() as db:
        review, people = db.get_one(Review, closed.review), closed.world.people
        ineke, joris = (db.get_one(User, people[one]) for one in ("ineke", "joris"))
        decisions.propose(review, ineke, closed.world.clock())
        decisions.confirm(review, joris, closed.world.clock())
        deciding.tell(db, closed.world, review.application, "B-2019-1")
    closed.world.work()

    page = anna.get(f"/aanmeldingen/{closed.application}").text
    assert "De onderbouwing krijgt u apart" in page
    assert desk.own in page
    decision = desk.papers(anna)[-1]
    assert FOUND in anna.post(f"{desk.own}/stukken/{decision}").text
    lies = cast.colleague(closed.world.stage, closed.world.people["anna"], "Lies", "lies@a.example", ["editor"])
    closed.world.emails["lies"] = "lies@a.example"
    assert lies
    colleague = closed.browser("lies")
    assert colleague.get(desk.own).status_code == 403
    assert desk.own not in colleague.get(f"/aanmeldingen/{closed.application}").text
    del closed.world.emails["lies"]


def test_another_organisation_finds_nothing_there(desk, closed):
    desk.announce()

    karim = closed.browser("karim")

    assert karim.get(desk.own).status_code == 404
    assert karim.post(f"{desk.own}/zienswijze", {"view": "Ik ook niet."}).status_code == 404
    assert desk.file_id not in karim.get("/vertrouwelijk").text


def test_the_first_time_and_every_time_that_it_was_opened_is_kept(desk, anna, closed):
    desk.announce()
    (intention,) = desk.papers(anna)

    for _ in range(2):
        anna.post(f"{desk.own}/stukken/{intention}")

    with closed.world.database.reading() as db:
        assert len(db.scalars(select(IntegrityRead).where(IntegrityRead.paper_id == intention)).all()) == 2
    assert "Voor het eerst geopend" in desk.bram.get(desk.path).text

"""What a founded objection admits after all stands in the agreement: made later, or lying ready unsigned."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.cli import script
from portal.cli.script import Verdict
from portal.domain import agreements, calendar, case_file_facts, integrity
from portal.models import (
    Agreement,
    Application,
    Award,
    Finding,
    IntegrityCheck,
    Message,
    Objection,
    Procedure,
    Review,
    User,
)
from portal.queries import case_files
from portal.services import StoredFile

WHY = "De klachtenregeling noemt geen klachtenfunctionaris."
REASON = "In hoofdstuk 3 staat inderdaad de klachtenfunctionaris genoemd."
READY = "agreement_ready"


@pytest.fixture
def told(closed):
    """`told("T12-1B")`: those places failed, the others did not, and Anna was told. There is no standstill."""

    def tell(*fails):
        stage, people = closed.world.stage, closed.world.people
        script.judge(stage, people["ineke"], closed.application, {key: Verdict("fails", WHY) for key in fails})
        with stage.database.transaction() as db:
            check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == closed.application)).one()
            bram = db.get_one(User, people["bram"])
            integrity.record_outcome(check, bram, "no_objection", None, closed.world.clock())
        script.propose(stage, people["ineke"], closed.application)
        script.confirm(stage, people["joris"], closed.application)
        script.approve(stage, people["wil"], closed.application)
        script.tell(stage, people["renske"], closed.application)

    return tell


def _objected(closed, official):
    """Anna objected and Renske advised that she is right; gives the path of the case, and Ineke's browser."""
    with closed.world.database.reading() as db:
        failed = db.scalars(select(Finding.id).where(Finding.verdict == "fails")).all()
    argument = "In hoofdstuk 3 van de regeling staat de klachtenfunctionaris met naam."
    form = {f"argument-{one}": argument for one in failed}
    assert closed.browser("anna").post(f"/aanmeldingen/{closed.application}/bezwaar", form).status_code == 303
    with closed.world.database.reading() as db:
        path = f"/bezwaren/{db.scalars(select(Objection.id)).one()}"
    ineke = official("ineke")
    ineke.post(f"{path}/verslag", {"minutes": "De aanbieder wil geen hoorzitting."})
    closed.browser("renske").post(f"{path}/advies", {"outcome": "founded", "advice": REASON})
    return path, ineke


def _cells(closed, outcome="refused"):
    with closed.world.database.reading() as db:
        decided = db.get_one(Application, closed.application).decisions
        return sorted(f"{one.product_id}:{one.municipality_id}" for one in decided if one.outcome == outcome)


def _propose(closed, browser, path):
    return browser.post(f"{path}/voorstel", {"outcome": "founded", "reason": REASON, "cell": _cells(closed)})


def _found(closed, official):
    path, ineke = _objected(closed, official)
    assert _propose(closed, ineke, path).status_code == 303
    joris = official("joris")
    says = joris.get(path).text
    assert joris.post(f"{path}/vaststellen").status_code == 303
    return says


def _agreement(closed):
    with closed.world.database.reading() as db:
        one = db.scalars(select(Agreement)).one()
        lines = sorted(f"{each.product_id}:{each.municipality_id}" for each in one.lines)
        return one, lines


def _places(agreement):
    lots = json.loads(agreement.facts)["lots"]
    return {
        (product["code"], town) for lot in lots for product in lot["products"] for town in product["municipalities"]
    }


@pytest.mark.parametrize("fails", [("T12-1B",), ("T06",)], ids=["one lot", "everything"])
def test_an_agreement_made_after_a_founded_objection_holds_what_it_admits(closed, official, told, fails):
    told(*fails)

    says = _found(closed, official)
    closed.world.work()

    agreement, lines = _agreement(closed)
    assert "Dit komt in de overeenkomst, die na de opschortende termijn wordt gemaakt." in says
    assert (len(lines), agreement.state) == (3, "drawn_up")
    assert lines == _cells(closed, "admitted")
    assert len(_places(agreement)) == 3


def test_its_days_follow_from_the_last_decision(closed, official, told):
    told("T12-1B")
    with closed.world.database.transaction() as db:
        round_ = db.get_one(Application, closed.application).round
        round_.agreements_start_on = calendar.local_day(closed.world.clock()) + timedelta(days=10)
    path, ineke = _objected(closed, official)
    closed.world.clock.advance(timedelta(days=30))
    ineke = closed.browser("ineke")
    assert _propose(closed, ineke, path).status_code == 303
    official("joris").post(f"{path}/vaststellen")
    closed.world.work()

    agreement, _ = _agreement(closed)

    decided = calendar.local_day(closed.world.clock())
    assert agreement.starts_on == calendar.add_months(decided.replace(day=1), 1)


def test_one_that_lay_ready_unsigned_is_drawn_up_anew_after_the_new_standstill(closed, official, told):
    told("T12-1B")
    closed.world.work()
    before, few = _agreement(closed)
    with closed.world.database.transaction() as db:
        procedure = db.get_one(Procedure, closed.world.procedure_id)
        procedure.settings = {**procedure.settings, "terms": {**procedure.settings["terms"], "standstill_days": 20}}

    says = _found(closed, official)
    closed.world.work()
    waiting, many = _agreement(closed)
    closed.world.clock.advance(timedelta(days=22))
    closed.world.work()
    after, _ = _agreement(closed)

    assert "Die wordt opnieuw opgemaakt, met dit erbij." in says
    assert (len(few), len(many), many) == (2, 3, _cells(closed, "admitted"))
    assert (before.state, waiting.state, waiting.pdf_key, after.state) == ("drawn_up", "due", None, "drawn_up")
    assert (after.number, len(_places(before)), len(_places(after))) == (before.number, 2, 3)
    assert after.pdf_sha256 != before.pdf_sha256
    anna = closed.browser("anna")
    assert anna.get(f"/overeenkomsten/{after.id}/bestand").data[:5] == b"%PDF-"
    assert "DB-BASIS" in after.facts
    with closed.world.database.reading() as db:
        mails = db.scalars(select(Message).where(Message.template == READY)).all()
        assert len({one.reason for one in mails}) == 2, "who was told of the first is told of this one"
    stale = {"sha256": before.pdf_sha256, "agreed": "yes", "password": "irrelevant"}
    assert anna.post(f"/overeenkomsten/{after.id}/ondertekenen", stale).status_code >= 400
    script.sign(closed.world.stage, closed.world.people["anna"], closed.application)


def test_one_that_was_signed_stays_what_was_signed(closed, official, told):
    told("T12-1B")
    closed.world.work()
    script.sign(closed.world.stage, closed.world.people["anna"], closed.application)
    before, few = _agreement(closed)

    says = _found(closed, official)
    closed.world.work()

    after, lines = _agreement(closed)
    assert "De overeenkomst is al getekend en verandert niet." in says
    assert (lines, after.facts_digest) == (few, before.facts_digest)
    assert after.state == "provider_signed"


def test_a_document_of_before_is_not_put_under_an_agreement_that_changed(closed, official, told):
    told("T12-1B")
    closed.world.work()
    before, _ = _agreement(closed)
    old = StoredFile(key=before.pdf_key, sha256=before.pdf_sha256, size=1)
    with closed.world.database.transaction() as db:
        procedure = db.get_one(Procedure, closed.world.procedure_id)
        procedure.settings = {**procedure.settings, "terms": {**procedure.settings["terms"], "standstill_days": 20}}
    _found(closed, official)

    with closed.world.database.transaction() as db:
        agreement = db.get_one(Agreement, before.id)
        agreements.draw_up(agreement, old, closed.world.clock())

    assert _agreement(closed)[0].state == "due"


def test_after_an_award_it_is_refused_with_what_to_do_instead(closed, official, told):
    told("T12-1B")
    path, ineke = _objected(closed, official)
    with closed.world.database.transaction() as db:
        application = db.get_one(Application, closed.application)
        db.add(
            Award(
                authority_id=application.authority_id, round_id=application.round_id,
                lot_id=application.decisions[0].product.lot_id, sequence=1, state="proposed", contracts=1,
                justification="De inschrijving met de meeste punten krijgt de opdracht.", facts={},
                proposed_at=closed.world.clock(), proposed_by_id=closed.world.people["renske"],
            )
        )  # fmt: skip

    answer = _propose(closed, ineke, path)

    assert answer.status_code == 409
    assert "Er is al gegund. Een gegrond bezwaar vraagt een nieuwe gunning van het perceel." in answer.text
    assert _cells(closed, "refused")


def test_the_case_file_tells_what_was_decided_first_and_everything_that_came_after(closed, official, told):
    told("T06")
    first = len(_cells(closed))
    _found(closed, official)

    with closed.world.database.reading() as db:
        review = db.get_one(Review, closed.review)
        material = case_files.material(db, review, closed.world.people["ineke"])
        facts = case_file_facts.facts(material, "court", closed.world.clock(), redacted=False, has_annex=False)

    parts = {one["title"]: json.dumps(one["blocks"], ensure_ascii=False) for one in facts["parts"] if "blocks" in one}
    assert parts["Besluiten"].count('"Afgewezen"') == first
    assert parts["Besluiten"].count('"Toegelaten"') == first
    assert WHY in parts["Besluiten"]
    course = parts["Verloop"]
    order = [
        course.index(said)
        for said in (
            "Besluit voorgesteld", "Besluit vastgesteld", "Besluit goedgekeurd", "Besluit vrijgegeven",
            "Besluit bekendgemaakt", "ontvangen", "advies gegeven", "uitkomst voorgesteld", "gegrond, bekendgemaakt",
        )
    ]  # fmt: skip
    assert order == sorted(order)
    assert course.count("Besluit voorgesteld") == 1
    assert "bezwaar gemaakt" in parts["Logboek"]
    assert "besluit goedgekeurd" in parts["Logboek"]


def test_a_case_file_that_goes_out_tells_nothing_of_advice_and_outcome_before_they_are_told(closed, official, told):
    told("T06")
    path, ineke = _objected(closed, official)
    assert _propose(closed, ineke, path).status_code == 303

    def said(purpose):
        with closed.world.database.reading() as db:
            material = case_files.material(db, db.get_one(Review, closed.review), closed.world.people["ineke"])
            return json.dumps(
                case_file_facts.facts(material, purpose, closed.world.clock(), redacted=False, has_annex=False),
                ensure_ascii=False,
            )

    for word in (REASON, "advies gegeven", "uitkomst voorgesteld", "advies over het bezwaar"):
        assert word not in said("applicant"), word
        assert word in said("own"), word
    assert "bezwaar gemaakt" in said("applicant")

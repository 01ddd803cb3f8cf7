"""Objections: filed within the term, advised on by who did not decide, and a decision revised beside the old one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.cli import script
from portal.cli.script import Verdict
from portal.domain import calendar, integrity, objections, signing_blocks
from portal.errors import NotAllowed, Refused
from portal.models import (
    Agreement,
    Application,
    Decision,
    DecisionLetter,
    Finding,
    IntegrityCheck,
    Message,
    Objection,
    Procedure,
    Round,
    User,
)

WHY = "De klachtenregeling noemt geen klachtenfunctionaris."
ARGUMENT = "In hoofdstuk 3 van de regeling staat de klachtenfunctionaris met naam."
REASON = "In hoofdstuk 3 staat inderdaad de klachtenfunctionaris genoemd."


def _person(closed, db, who):
    return db.get_one(User, closed.world.people[who])


@pytest.fixture
def told(closed):
    """Of Anna's three products one was refused, in perceel 1B; she was told. There is no standstill here."""
    stage, people = closed.world.stage, closed.world.people
    fails = {"T12-1B": Verdict("fails", WHY)}
    script.judge(stage, people["ineke"], closed.application, fails)
    with stage.database.transaction() as db:
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == closed.application)).one()
        integrity.record_outcome(check, _person(closed, db, "bram"), "no_objection", None, closed.world.clock())
    script.propose(stage, people["ineke"], closed.application)
    script.confirm(stage, people["joris"], closed.application)
    script.approve(stage, people["wil"], closed.application)
    script.tell(stage, people["renske"], closed.application)
    return closed.application


def _finding(closed):
    with closed.world.database.reading() as db:
        return db.scalars(select(Finding.id).where(Finding.verdict == "fails")).one()


def _file(closed, browser, application_id, **more):
    form = {f"argument-{_finding(closed)}": ARGUMENT, **more}
    return browser.post(f"/aanmeldingen/{application_id}/bezwaar", form)


def _objection(closed):
    with closed.world.database.reading() as db:
        return db.scalars(select(Objection).order_by(Objection.filed_at.desc())).first()


def _advised(closed, official, application_id, outcome="founded"):
    """Filed, heard and advised on by Renske; gives the path of the case, and Ineke's and Joris's browsers."""
    _file(closed, closed.browser("anna"), application_id)
    path = f"/bezwaren/{_objection(closed).id}"
    ineke, joris = official("ineke"), official("joris")
    ineke.post(f"{path}/verslag", {"minutes": "De aanbieder wil geen hoorzitting."})
    answer = closed.browser("renske").post(f"{path}/advies", {"outcome": outcome, "advice": REASON})
    assert answer.status_code == 303
    return path, ineke, joris


def test_who_screens_the_round_as_a_shadow_decides_on_no_objection_and_reads_no_letter(closed, official, told):
    path, ineke, joris = _advised(closed, official, told, "unfounded")
    closed.browser("renske").post(f"/rondes/{closed.round}/schaduw", {"user": closed.world.people["joris"]})

    assert joris.post(f"{path}/voorstel", _outcome("unfounded", [])).status_code == 403
    assert ineke.post(f"{path}/voorstel", _outcome("unfounded", [])).status_code == 303
    assert joris.post(f"{path}/vaststellen").status_code == 403
    assert (joris.get(f"/besluiten/{told}").status_code, ineke.get(f"/besluiten/{told}").status_code) == (403, 200)


def test_an_applicant_argues_against_a_finding_and_hears_that_it_arrived(closed, told):
    anna = closed.browser("anna")
    page = anna.get(f"/aanmeldingen/{told}/bezwaar").text
    assert WHY in page

    empty = anna.post(f"/aanmeldingen/{told}/bezwaar", {"grounds": "nee"})
    assert (empty.status_code, "nee</textarea>" in empty.text) == (422, True)
    assert _file(closed, anna, told).status_code == 303
    assert _file(closed, anna, told).status_code == 303, "the same again is one objection"
    assert _file(closed, anna, told, grounds="Ook de procedure klopte niet.").status_code == 409

    found = _objection(closed)
    with closed.world.database.reading() as db:
        assert len(db.scalars(select(Objection)).all()) == 1
        mail = db.scalars(select(Message).where(Message.template == "objection_received")).one()
        assert [one.argument for one in db.get_one(Objection, found.id).points] == [ARGUMENT]
    assert (found.state, found.number, ARGUMENT in json.dumps(mail.facts)) == ("filed", "BZ-2019-0001", False)


@pytest.mark.parametrize(("late", "status"), [(timedelta(seconds=-1), 303), (timedelta(0), 409)])
def test_the_term_to_object_ends_with_its_last_day(closed, told, late, status):
    with closed.world.database.reading() as db:
        last = objections.last_day(db.scalars(select(DecisionLetter)).one())
    closed.world.clock.set(calendar.end_of_day(last) + late)

    answer = _file(closed, closed.browser("anna"), told)

    assert answer.status_code == status
    assert status == 303 or ARGUMENT in answer.text, "nothing typed is lost"


def test_a_letter_on_paper_is_entered_with_its_day_and_too_late_is_noted(closed, official, told):
    today, path = calendar.local_day(closed.world.clock()), f"/besluiten/{told}/bezwaar"
    closed.world.clock.advance(timedelta(days=40))
    ineke = official("ineke")

    early = ineke.post(path, {"received_on": str(today - timedelta(days=1)), "grounds": ARGUMENT})
    assert early.status_code == 422
    assert ineke.post(path, {"received_on": str(today + timedelta(days=30)), "grounds": ARGUMENT}).status_code == 303

    found = _objection(closed)
    assert (found.is_on_paper, found.is_late) == (True, True)
    assert "Na de termijn" in ineke.get(f"/rondes/{closed.round}/bezwaren").text


def test_who_decided_does_not_advise_and_who_advised_does_not_decide(closed, official, told):
    path, ineke, joris = _advised(closed, official, told)
    with closed.world.database.transaction() as db:
        one = db.get_one(Objection, path.rpartition("/")[2])
        for who in ("ineke", "joris", "wil"):
            with pytest.raises(NotAllowed):
                objections.advise(one, _person(closed, db, who), "founded", REASON, closed.world.clock())
    cells = _cells(closed)

    assert closed.browser("renske").post(f"{path}/voorstel", _outcome("founded", cells)).status_code == 403
    assert ineke.post(f"{path}/voorstel", _outcome("founded", cells)).status_code == 303
    assert ineke.post(f"{path}/vaststellen").status_code == 403
    assert closed.browser("renske").post(f"{path}/vaststellen").status_code == 403
    assert joris.post(f"{path}/vaststellen").status_code == 303
    for name, who in (("advised_by_who_did_not_decide", "joris"), ("adviser_does_not_decide", "ineke")):
        statement = update(Objection).values(advised_by_id=closed.world.people[who])
        if name == "adviser_does_not_decide":
            statement = update(Objection).values(
                proposer_id=closed.world.people["bram"], advised_by_id=closed.world.people[who]
            )
        with pytest.raises(IntegrityError, match=name), closed.world.database.transaction() as db:
            db.execute(statement)


def _cells(closed):
    with closed.world.database.reading() as db:
        found = db.scalars(select(Decision).where(Decision.outcome == "refused")).all()
        return [f"{one.product_id}:{one.municipality_id}" for one in found]


def _outcome(outcome, cells=()):
    return {"outcome": outcome, "reason": REASON, "cell": list(cells)}


def test_a_founded_objection_revises_the_decision_in_new_rows_with_a_letter_of_its_own(closed, official, told):
    path, ineke, joris = _advised(closed, official, told)
    cells, anna = _cells(closed), closed.browser("anna")
    with closed.world.database.reading() as db:
        first = db.scalars(select(DecisionLetter)).one().facts

    assert ineke.post(f"{path}/voorstel", _outcome("founded")).status_code == 422, "then it is unfounded"
    assert ineke.post(f"{path}/voorstel", _outcome("unfounded", cells)).status_code == 422
    assert ineke.post(f"{path}/voorstel", _outcome("founded", cells)).status_code == 303
    assert REASON not in anna.get(f"/aanmeldingen/{told}/bezwaar").text, "nothing before it is decided"
    assert joris.post(f"{path}/vaststellen").status_code == 303
    assert joris.post(f"{path}/vaststellen").status_code == 409

    with closed.world.database.reading() as db:
        old = db.scalars(select(Decision).where(Decision.superseded_at.is_not(None))).one()
        new = db.scalars(select(Decision).where(Decision.objection_id.is_not(None))).one()
        letters = db.scalars(select(DecisionLetter).order_by(DecisionLetter.sequence)).all()
        application = db.get_one(Application, told)
        assert (old.outcome, WHY in old.reason, old.told_at <= new.told_at) == ("refused", True, True)
        assert {one.outcome for one in application.decisions} == {"admitted"}
        assert [one.kind for one in letters] == ["decision", "objection"]
        assert letters[0].facts == first, "the old one stays as it was"
        assert len(json.loads(letters[1].facts)["revised"]) == 1
    closed.world.work()
    page = anna.get(f"/aanmeldingen/{told}/bezwaar").text
    assert ("Gegrond" in page, REASON in page) == (True, True)
    anna.post(f"/aanmeldingen/{told}/bezwaar/brief/openen")
    assert anna.get(f"/aanmeldingen/{told}/bezwaar/brief").data[:5] == b"%PDF-"
    shown = joris.get(f"/besluiten/{told}").text
    assert "Anna de Wit" in shown, "the first opening is kept of this letter too"


def test_an_unfounded_objection_leaves_the_decision_and_still_has_its_letter(closed, official, told):
    path, ineke, joris = _advised(closed, official, told, "unfounded")
    ineke.post(f"{path}/voorstel", _outcome("unfounded"))

    assert joris.post(f"{path}/teruggeven", {"back": "Licht hoofdstuk 3 nog toe."}).status_code == 303
    assert ineke.post(f"{path}/voorstel", _outcome("unfounded")).status_code == 303
    assert joris.post(f"{path}/vaststellen").status_code == 303

    with closed.world.database.reading() as db:
        assert db.scalars(select(Decision).where(Decision.superseded_at.is_not(None))).all() == []
        assert len(db.scalars(select(DecisionLetter)).all()) == 2
        assert len(db.scalars(select(Message).where(Message.template == "objection_decided")).all()) == 1


def test_while_an_objection_or_a_lawsuit_runs_no_agreement_is_made(closed, official, told):
    path, ineke, joris = _advised(closed, official, told, "unfounded")
    closed.world.work()
    assert _agreements(closed) == 0
    ineke.post(f"{path}/voorstel", _outcome("unfounded"))
    renske = closed.browser("renske")
    lawsuit = f"/rondes/{closed.round}/rechtszaak"
    served = {"stage": "served", "reason": "Dagvaarding van De Linde van 3 november."}
    assert renske.post(lawsuit, served).status_code == 422, "a summons has a court and a day"
    announced = {"stage": "announced", "reason": "De Linde kondigde een kort geding aan."}
    assert renske.post(lawsuit, announced).status_code == 303
    joris.post(f"{path}/vaststellen")
    closed.world.work()
    assert _agreements(closed) == 0

    court = {"court": "Rechtbank Oost-Brabant", "dated_on": "2019-11-20"}
    assert renske.post(f"{lawsuit}/dagvaarding", court).status_code == 303
    assert "Rechtbank Oost-Brabant" in renske.get(lawsuit).text
    renske.post(f"{lawsuit}/opheffen", {"reason": "De voorzieningenrechter wees de vordering af."})
    closed.world.work()
    assert _agreements(closed) == 1


def _agreements(closed):
    with closed.world.database.reading() as db:
        return len(db.scalars(select(Agreement)).all())


def test_signing_waits_for_an_objection_that_came_after_the_agreement_was_made(closed, told):
    closed.world.work()
    anna = closed.browser("anna")
    _file(closed, anna, told)
    with pytest.raises(Refused, match="bezwaar"):
        script.sign(closed.world.stage, closed.world.people["anna"], told)

    anna.post(f"/aanmeldingen/{told}/bezwaar/intrekken")
    anna.post(f"/aanmeldingen/{told}/bezwaar/intrekken")
    script.sign(closed.world.stage, closed.world.people["anna"], told)

    assert _objection(closed).state == "withdrawn"


def test_a_hearing_is_planned_told_and_minuted_after_it(closed, official, told):
    _file(closed, closed.browser("anna"), told)
    ineke, path = official("ineke"), f"/bezwaren/{_objection(closed).id}"

    assert ineke.post(f"{path}/hoorzitting", {"hearing_at": "2019-10-01"}).status_code == 422
    when = {"hearing_at": "2019-11-05", "hearing_time": "10:00", "hearing_place": "Stadhuis, kamer 3"}
    assert ineke.post(f"{path}/hoorzitting", when).status_code == 303
    minutes = {"minutes": "De bestuurder lichtte hoofdstuk 3 van de regeling toe."}
    assert ineke.post(f"{path}/verslag", minutes).status_code == 409, "it is still to come"
    assert "Stadhuis, kamer 3" in closed.browser("anna").get(f"/aanmeldingen/{told}/bezwaar").text
    closed.world.clock.advance(timedelta(days=9))
    assert closed.browser("ineke").post(f"{path}/verslag", minutes).status_code == 303

    assert _objection(closed).state == "heard"


def test_an_interest_and_another_organisation_hide_an_objection(closed, official, told):
    _file(closed, closed.browser("anna"), told)
    path = f"/bezwaren/{_objection(closed).id}"
    script.declare(
        closed.world.stage, closed.world.people["joris"], closed.round, {told: "Mijn zus werkt bij deze aanbieder."}
    )
    joris = closed.browser("joris")

    assert joris.get(path).status_code == 404
    assert "BZ-2019-0001" not in joris.get(f"/rondes/{closed.round}/bezwaren").text
    assert closed.browser("karim").get(f"/aanmeldingen/{told}/bezwaar").status_code == 404
    assert official("ineke").get(path).status_code == 200


def test_where_the_procedure_knows_no_objection_none_is_filed(closed, told):
    with closed.world.database.transaction() as db:
        procedure = db.get_one(Procedure, closed.world.procedure_id)
        terms = {**procedure.settings["terms"], "objection_days": 0}
        procedure.settings = {**procedure.settings, "terms": terms}

    assert _file(closed, closed.browser("anna"), told).status_code == 409
    with closed.world.database.reading() as db:
        assert signing_blocks.active(db.get_one(Round, closed.round)) is None

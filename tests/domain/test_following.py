"""An agreement in force: handed over by two, talked about, and with risks that keep their history."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from portal.domain import handovers, risks, talks
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import Handover, Procedure, Risk, Talk, UserRole
from tests.following import RULES, settle


@pytest.fixture
def running(world):
    return settle(world)


def _handed_over(running, db):
    ineke = running.person(db, "ineke")
    made = handovers.begin(running.agreement(db), ineke, running.now)
    db.add(made)
    for item in made.items:
        handovers.tick(item, ineke, True, "Staat in het dossier.", running.now)
    handovers.hand_over(made, ineke, running.now)
    return made


HELD = date(2021, 2, 10)


# --- handover ---


def test_a_handover_has_the_items_of_the_procedure_and_is_accepted_by_another(running):
    with running.world.database.transaction() as db:
        made = _handed_over(running, db)
        assert [(one.code, one.done_by.name) for one in made.items] == [("O1", "Ineke Bos"), ("O2", "Ineke Bos")]

        handovers.accept(made, running.person(db, "coen"), running.now)
        handovers.accept(made, running.person(db, "mila"), running.now)

        assert (made.state, made.accepted_by.name) == ("accepted", "Coen Smit")


def test_what_is_not_done_cannot_be_handed_over(running):
    with running.world.database.transaction() as db:
        ineke = running.person(db, "ineke")
        made = handovers.begin(running.agreement(db), ineke, running.now)
        db.add(made)
        handovers.tick(made.items[0], ineke, True, "", running.now)

        with pytest.raises(Refused, match="O2"):
            handovers.hand_over(made, ineke, running.now)


def test_nobody_accepts_what_they_handed_over(running):
    with running.world.database.transaction() as db:
        db.add(UserRole(user_id=running.world.people["ineke"], role="contract_manager"))
    with running.world.database.transaction() as db:
        made = _handed_over(running, db)
        with pytest.raises(NotAllowed, match="Een ander"):
            handovers.accept(made, running.person(db, "ineke"), running.now)
        key = made.id
    with pytest.raises(IntegrityError), running.world.database.transaction() as db:
        db.get_one(Handover, key).accepted_by_id = running.world.people["ineke"]


def test_a_handover_goes_back_with_a_reason_and_can_be_ticked_again(running):
    with running.world.database.transaction() as db:
        made = _handed_over(running, db)
        with pytest.raises(Refused):
            handovers.tick(made.items[0], running.person(db, "ineke"), False, "", running.now)
        with pytest.raises(Invalid):
            handovers.give_back(made, running.person(db, "coen"), "kort", running.now)

        handovers.give_back(made, running.person(db, "coen"), "Het telefoonnummer ontbreekt.", running.now)
        handovers.tick(made.items[0], running.person(db, "ineke"), False, "", running.now)

        assert (made.state, made.items[0].done_by) == ("open", None)


def test_only_a_buyer_begins_and_only_a_manager_accepts(running):
    with running.world.database.transaction() as db:
        with pytest.raises(NotAllowed):
            handovers.begin(running.agreement(db), running.person(db, "coen"), running.now)
        with pytest.raises(NotFound):
            handovers.begin(running.agreement(db), running.person(db, "olga"), running.now)
        made = _handed_over(running, db)
        with pytest.raises(NotAllowed):
            handovers.accept(made, running.person(db, "joris"), running.now)


# --- talks ---


@pytest.mark.parametrize(
    ("last", "planned"),
    [
        (None, date(2020, 4, 1)),
        (date(2020, 3, 30), date(2020, 7, 1)),
        (date(2020, 4, 20), date(2020, 7, 1)),
        (date(2020, 2, 1), date(2020, 4, 1)),
        (date(2020, 7, 2), date(2020, 10, 1)),
    ],
)
def test_the_next_talk_is_planned_from_the_start_of_the_agreement(last, planned):
    assert talks.next_on(date(2020, 1, 1), 3, last) == planned


def test_a_month_without_that_day_does_not_shift_the_plan():
    assert talks.next_on(date(2020, 1, 31), 1, date(2020, 3, 1)) == date(2020, 3, 31)


def _talk(running, db, kind="progress"):
    talk = talks.begin(
        running.agreement(db),
        running.person(db, "coen"),
        kind,
        date(2021, 2, 10),
        "Anna de Wit, directeur",
        running.now,
    )
    db.add(talk)
    return talk


def test_a_talk_has_the_fixed_topics_and_what_the_provider_promised(running):
    with running.world.database.transaction() as db:
        progress, evaluation = _talk(running, db), _talk(running, db, "evaluation")

        assert [(one["code"], one["group"]) for one in progress.topics] == [
            ("K1", "topic"),
            ("K2", "topic"),
            ("belofte-1", "promise"),
        ]
        assert "Binnen zes weken; 2021-06-30" in progress.topics[2]["text"]
        assert [one["code"] for one in evaluation.topics] == ["V1", "pijler-P1", "belofte-1"]


def test_a_talk_is_not_held_in_the_future_nor_before_the_agreement(running):
    with running.world.database.transaction() as db:
        agreement, coen = running.agreement(db), running.person(db, "coen")
        for day in (date(2021, 2, 16), date(2019, 12, 31), None):
            with pytest.raises(Invalid) as refusal:
                talks.begin(agreement, coen, "progress", day, "Anna de Wit", running.now)
            assert set(refusal.value.problems) == {"held_on"}
        assert talks.begin(agreement, coen, "progress", date(2021, 2, 15), "Anna de Wit", running.now).held_on


def test_who_saves_over_a_colleague_is_stopped_and_nothing_is_lost(running):
    with running.world.database.transaction() as db:
        key = _talk(running, db).id
    with running.world.database.transaction() as db:
        talk, day = db.get_one(Talk, key), date(2021, 2, 10)
        talks.save(talk, running.person(db, "mila"), day, talk.present, {"K1": ("Mila schreef dit", 0)}, running.now)
        coen = running.person(db, "coen")
        with pytest.raises(Stale) as stale:
            talks.save(talk, coen, day, "Anders", {"K1": ("Coen schreef dat", 0), "K2": ("Nieuw", 0)}, running.now)

        assert stale.value.theirs["K1"].text == "Mila schreef dit"
        assert [(one.topic, one.text, one.version) for one in talk.notes] == [("K1", "Mila schreef dit", 1)]
        assert talk.present == "Anna de Wit, directeur"


def test_a_personal_number_is_never_kept(running):
    with running.world.database.transaction() as db:
        talk = _talk(running, db)
        with pytest.raises(Invalid, match="burgerservicenummer"):
            talks.save(
                talk,
                running.person(db, "coen"),
                talk.held_on,
                talk.present,
                {"K1": ("Cliënt 111222333", 0)},
                running.now,
            )
        talks.save(
            talk, running.person(db, "coen"), talk.held_on, talk.present, {"K1": ("Zaak 123456789", 0)}, running.now
        )
        assert talk.notes[0].text == "Zaak 123456789"


def test_a_confirmed_report_only_gets_additions(running):
    with running.world.database.transaction() as db:
        talk, coen = _talk(running, db), running.person(db, "coen")
        with pytest.raises(Refused, match="leeg"):
            talks.confirm(talk, coen, running.now)
        with pytest.raises(Refused, match="concept"):
            talks.add(talk, coen, "Nog een aanvulling.", running.now)
        talks.save(talk, coen, talk.held_on, talk.present, {"K1": ("Twaalf inwoners", 0)}, running.now)
        talks.agree(talk, coen, "Wachtlijst sturen", "De Linde", date(2021, 3, 1), running.now)
        talks.confirm(talk, coen, running.now)
        talks.confirm(talk, coen, running.now)

        with pytest.raises(Refused, match="vastgesteld"):
            talks.save(talk, coen, talk.held_on, talk.present, {"K1": ("Anders", 1)}, running.now)
        with pytest.raises(Refused, match="vastgesteld"):
            talks.agree(talk, coen, "Nog iets", "De Linde", date(2021, 3, 1), running.now)
        talks.add(talk, coen, "De aanbieder belde nog.", running.now)
        talks.complete(talk.points[0], coen, "Ontvangen", running.now)

        assert [one.text for one in talk.addenda] == ["De aanbieder belde nog."]
        assert talk.points[0].done_note == "Ontvangen"


def test_an_action_point_is_not_due_before_the_talk(running):
    with running.world.database.transaction() as db:
        talk, coen = _talk(running, db), running.person(db, "coen")
        with pytest.raises(Invalid) as refusal:
            talks.agree(talk, coen, "Wachtlijst sturen", "De Linde", talk.held_on - timedelta(days=1), running.now)

        assert set(refusal.value.problems) == {"due_on"}
        assert talks.agree(talk, coen, "Wachtlijst sturen", "De Linde", talk.held_on, running.now).owner == "De Linde"


# --- risks ---


def test_the_risks_of_the_procedure_are_taken_over_once(running):
    with running.world.database.transaction() as db:
        procedure, coen = db.get_one(Procedure, running.world.procedure_id), running.person(db, "coen")
        seeded = risks.seed(procedure, coen, set(), running.now)
        again = risks.seed(procedure, coen, {one.code for one in seeded}, running.now)

        assert [(one.code, one.entries[0].likelihood, one.entries[0].impact) for one in seeded] == [
            ("R1", "medium", "high")
        ]
        assert seeded[0].entries[0].measure == RULES["risks"][0]["measure"]
        assert again == []


def test_a_risk_keeps_how_it_was_judged_and_why_it_was_closed(running):
    with running.world.database.transaction() as db:
        procedure, coen = db.get_one(Procedure, running.world.procedure_id), running.person(db, "coen")
        risk = risks.seed(procedure, coen, set(), running.now)[0]
        db.add(risk)
        made = risks.entry("high", "high", "Elke maand bellen.", "Coen", date(2021, 5, 1))
        risks.judge(risk, coen, made, 1, running.now)
        with pytest.raises(Stale):
            risks.judge(risk, coen, risks.entry("low", "low", "Niets meer doen.", "", None), 1, running.now)
        with pytest.raises(Invalid):
            risks.turn(risk, coen, "close", "", running.now)
        risks.turn(risk, coen, "close", "Er is weer genoeg personeel.", running.now)
        with pytest.raises(Refused):
            risks.turn(risk, coen, "close", "Er is weer genoeg personeel.", running.now)

        assert risk.state == "closed"
        assert [(one.likelihood, one.reason) for one in risk.entries] == [
            ("medium", ""),
            ("high", ""),
            ("high", "Er is weer genoeg personeel."),
        ]


def test_a_risk_needs_words_and_a_measure(running):
    with running.world.database.transaction() as db:
        procedure, coen = db.get_one(Procedure, running.world.procedure_id), running.person(db, "coen")
        bad = risks.entry("7", "high", "", "", None)
        with pytest.raises(Invalid) as refusal:
            risks.add(procedure, None, coen, "E1", "x", "", bad, running.now)
        assert set(refusal.value.problems) == {"likelihood", "measure", "title"}
        with pytest.raises(NotAllowed):
            risks.seed(procedure, running.person(db, "ineke"), set(), running.now)
        good = risks.entry("low", "high", "Elke maand bellen.", "", None)
        made = risks.add(procedure, running.agreement(db), coen, "O1", "Geldnood", "", good, running.now)
        assert isinstance(made, Risk)
        assert made.agreement_id == running.agreement_id

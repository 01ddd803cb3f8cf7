"""Gates of the planning hold rounds, and extra rounds are called on scarcity."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.domain import applications, choices, planning, procedures
from portal.errors import Invalid, NotAllowed, NotFound, Refused, RoundNotOpen
from portal.models import AuditEvent, Coverage, GateDecision, Message, Organisation, Procedure, Round, User

REASON = "De voorbereiding is op tijd klaar."
GATE = {
    "code": "G1", "title": "Besluit van het bestuur", "starts_on": "2019-06-03", "ends_on": "2019-06-20",
    "gate": {"question": "Zijn wij klaar om te starten?", "fallback": "Een jaar uitstel."},
}  # fmt: skip
LATER_GATE = {**GATE, "code": "G2", "title": "Besluit over de tweede ronde", "starts_on": "2019-12-02", "ends_on": None}


def plan(world: Any, *steps: dict[str, Any], opened: bool = False) -> None:
    """Give the procedure this planning, as an edition that is laid out would; nothing is decided yet."""
    with world.database.transaction() as db:
        db.execute(GateDecision.__table__.delete())
        procedure = db.get_one(Procedure, world.procedure_id)
        procedure.settings = {**procedure.settings, "planning": list(steps)}
        db.expire(procedure, ["gate_decisions"])
        planning.hold(procedure, procedure.rounds)


def decide(world: Any, code: str, outcome: str, who: str = "renske", reason: str = REASON) -> Any:
    with world.database.transaction() as db:
        procedure, actor = db.get_one(Procedure, world.procedure_id), db.get_one(User, world.people[who])
        return planning.decide_gate(procedure, actor, code, outcome, reason, world.clock())


def held(world: Any) -> dict[str, str]:
    with world.database.reading() as db:
        rounds = db.scalars(select(Round).where(Round.procedure_id == world.procedure_id).order_by(Round.opens_at))
        return {one.label: one.held_by for one in rounds}


def start(world: Any) -> None:
    with world.database.transaction() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        db.add(applications.start(round_, db.get_one(User, world.people["anna"]), world.clock()))


def test_a_round_waits_for_every_gate_before_it(world):
    plan(world, GATE, LATER_GATE)

    assert list(held(world).items())[:2] == [("2020-1", "G1"), ("2020-2", "G1")]
    decide(world, "G1", "go")
    assert list(held(world).items())[:3] == [("2020-1", ""), ("2020-2", "G2"), ("2021-1", "G2")]
    decide(world, "G2", "go")
    assert set(held(world).values()) == {""}


def test_nobody_can_apply_before_the_gate_is_decided_and_everybody_after(world):
    plan(world, GATE)
    with world.database.reading() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        assert (round_.is_open(world.clock()), round_.state(world.clock())) == (False, "held")
    with pytest.raises(RoundNotOpen, match="Besluit van het bestuur"):
        start(world)

    decide(world, "G1", "no_go")
    with pytest.raises(RoundNotOpen):
        start(world)
    decide(world, "G1", "go")
    start(world)


def test_a_round_that_opened_goes_on_whatever_is_decided_later(world):
    plan(world, GATE)
    decide(world, "G1", "go")

    decide(world, "G1", "no_go")

    assert list(held(world).items())[:2] == [("2020-1", ""), ("2020-2", "G1")]
    start(world)


def test_decisions_are_kept_and_the_last_one_counts(world):
    plan(world, GATE)

    for outcome in ("no_go", "go"):
        assert decide(world, "G1", outcome) is not None
    assert decide(world, "G1", "go") is None

    with world.database.reading() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        assert [(one.sequence, one.outcome) for one in procedure.gate_decisions] == [(1, "no_go"), (2, "go")]
        assert planning.last_decisions(procedure)["G1"].outcome == "go"
        events = db.scalars(select(AuditEvent).where(AuditEvent.act == "decide_gate", AuditEvent.actor_id.is_not(None)))
        assert [one.details["outcome"] for one in events] == ["no_go", "go"]


@pytest.mark.parametrize(
    ("outcome", "reason", "field"), [("misschien", REASON, "outcome"), ("go", "ja", "reason"), ("", "", "outcome")]
)
def test_a_gate_is_decided_with_an_outcome_and_a_reason(world, outcome, reason, field):
    plan(world, GATE)

    with pytest.raises(Invalid) as refusal:
        decide(world, "G1", outcome, reason=reason)

    assert field in refusal.value.problems
    assert held(world)["2020-1"] == "G1"


def test_who_may_decide_a_gate_and_which(world):
    plan(world, GATE, {"title": "Start", "starts_on": "2020-01-01", "code": "S1"})

    with pytest.raises(NotAllowed):
        decide(world, "G1", "go", who="ineke")
    with pytest.raises(NotFound):
        decide(world, "G1", "go", who="olga")
    with pytest.raises(NotFound):
        decide(world, "S1", "go")


def test_gates_that_are_past_when_a_procedure_comes_in_count_as_go(world):
    plan(world, GATE, LATER_GATE)

    with world.database.transaction() as db:
        planning.take_over(db.get_one(Procedure, world.procedure_id), world.clock())

    assert list(held(world).items())[:2] == [("2020-1", ""), ("2020-2", "G2")]
    with world.database.reading() as db:
        made = db.get_one(Procedure, world.procedure_id).gate_decisions
        assert [(one.step, one.outcome, one.decided_by) for one in made] == [("G1", "go", None)]


def test_a_gate_that_begins_on_the_day_a_round_opens_holds_it_and_a_day_later_does_not(world):
    plan(world, {**GATE, "starts_on": "2019-07-01", "ends_on": None})
    assert held(world)["2020-1"] == "G1"
    plan(world, {**GATE, "starts_on": "2019-07-02", "ends_on": None})
    assert held(world)["2020-1"] == ""


# --- extra rounds ---

OPENS, CLOSES = datetime(2019, 10, 7, 7, tzinfo=UTC), datetime(2019, 11, 11, 11, tzinfo=UTC)
"""Between the first and the second regular round."""
STARTS = date(2020, 1, 1)


def allow(world: Any, weeks: int = 4) -> None:
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        rounds = {
            **procedure.settings["rounds"],
            "extra_on_scarcity": {"text": "Bij te weinig aanbod.", "weeks": weeks},
        }
        procedure.settings = {**procedure.settings, "rounds": rounds}
        _, cells = scarce(db, world)
        db.execute(update(Coverage).where(Coverage.id.in_([one.id for one in cells])).values(state="scarce"))


def scarce(db: Any, world: Any) -> tuple[Procedure, list[Coverage]]:
    """IB-BASIS everywhere."""
    procedure = db.get_one(Procedure, world.procedure_id)
    return procedure, [
        cell for lot in procedure.lots for one in lot.products if one.code == "IB-BASIS" for cell in one.coverage
    ]


def call(world: Any, who: str = "renske", cells: slice = slice(1), **wrong: Any) -> str:
    with world.database.transaction() as db:
        procedure, found = scarce(db, world)
        made = procedures.call_extra_round(
            procedure,
            db.get_one(User, world.people[who]),
            found[cells],
            wrong.get("opens_at", OPENS),
            wrong.get("closes_at", CLOSES),
            wrong.get("starts_on", STARTS),
            wrong.get("reason", "Er is te weinig aanbod in deze gemeente."),
            db.scalars(select(Organisation)).all(),
            world.clock(),
        )
        return made.label


def test_an_extra_round_is_for_scarce_cells_alone_and_is_announced(world):
    allow(world)

    assert call(world) == "2020-E1"

    with world.database.reading() as db:
        made = db.scalars(select(Round).where(Round.kind == "extra")).one()
        assert (made.scope[0][0], len(made.scope), made.edition) == ("IB-BASIS", 1, 1)
        mails = db.scalars(select(Message).where(Message.template == "extra_round")).all()
        assert {one.to for one in mails} == {world.emails["anna"], world.emails["karim"]}


def test_calling_the_same_round_twice_is_calling_it_once(world):
    allow(world)

    assert call(world) == call(world)

    with world.database.reading() as db:
        assert len(db.scalars(select(Round).where(Round.kind == "extra")).all()) == 1
    assert call(world, cells=slice(1, 2)) == "2020-E2"


def test_in_an_extra_round_only_its_own_cells_can_be_chosen(world):
    allow(world)
    call(world)
    world.clock.set(OPENS + timedelta(hours=1))

    with world.database.transaction() as db:
        round_ = db.scalars(select(Round).where(Round.kind == "extra")).one()
        anna = db.get_one(User, world.people["anna"])
        application = applications.start(round_, anna, world.clock())
        db.add(application)
        _, cells = scarce(db, world)
        choices.choose(application, anna, [(cells[0].product, cells[0].municipality)], world.clock(), based_on=0)
        with pytest.raises(Refused, match="is niet open"):
            choices.choose(application, anna, [(cells[1].product, cells[1].municipality)], world.clock(), based_on=1)


def test_without_a_published_rule_there_is_no_extra_round(world):
    with pytest.raises(Refused, match="vooraf geen extra ronden"):
        call(world)


def test_a_tender_has_no_extra_rounds(world):
    allow(world)
    with world.database.transaction() as db:
        db.get_one(Procedure, world.procedure_id).kind = "tender"

    with pytest.raises(Refused):
        call(world)


def test_cells_that_are_not_scarce_have_no_extra_round(world):
    allow(world)
    with world.database.transaction() as db:
        db.execute(update(Coverage).values(state="open"))

    with pytest.raises(Invalid) as refusal:
        call(world)

    assert set(refusal.value.problems) == {"cells"}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("opens_at", {"opens_at": datetime(2019, 7, 1, 7, tzinfo=UTC)}),
        ("opens_at", {"opens_at": datetime(2019, 10, 5, 7, tzinfo=UTC)}),
        ("closes_at", {"closes_at": OPENS + timedelta(weeks=4, seconds=-1)}),
        ("starts_on", {"starts_on": date(2019, 11, 11)}),
        ("starts_on", {"starts_on": date(2099, 1, 1)}),
        ("reason", {"reason": "schaars"}),
    ],
)
def test_an_extra_round_has_possible_days_and_a_reason(world, field, wrong):
    allow(world)

    with pytest.raises(Invalid) as refusal:
        call(world, **wrong)

    assert field in refusal.value.problems


@pytest.mark.parametrize(
    ("opens_at", "is_possible"),
    [
        (datetime(2019, 10, 1, 10, tzinfo=UTC), True),
        (datetime(2019, 10, 1, 10, tzinfo=UTC) - timedelta(seconds=1), False),
    ],
)
def test_two_rounds_for_one_cell_are_never_open_together(world, opens_at, is_possible):
    allow(world)

    if is_possible:
        assert call(world, opens_at=opens_at) == "2020-E1"
    else:
        with pytest.raises(Refused, match=r"ronde 2020-1 al open"):
            call(world, opens_at=opens_at)


def test_only_a_round_manager_calls_an_extra_round(world):
    allow(world)

    with pytest.raises(NotAllowed):
        call(world, who="ineke")
    with pytest.raises(NotFound):
        call(world, who="olga")

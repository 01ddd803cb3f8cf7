"""Cells of the matrix change on a published ground, with a reason, and nobody who applied loses anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain import applications, coverage
from portal.domain.requirements import is_selectable
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Application, AuditEvent, Coverage, CoverageChange, Message, Procedure, User
from portal.queries import coverage as queries

GROUND = {
    "code": "VOL", "title": "Genoeg aanbod", "threshold": "Tien aanbieders.", "text": "Dan gaat het dicht.",
}  # fmt: skip
REASON = "De drempel van tien aanbieders is bereikt."


def set_rules(world: Any, kind: str = "open_house", **rules: Any) -> None:
    """What the procedure published about its coverage."""
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        before = procedure.settings.get("coverage") or {}
        procedure.kind, procedure.settings = kind, {**procedure.settings, "coverage": {**before, **rules}}


@pytest.fixture
def grounds(world: Any) -> None:
    set_rules(world, closing_grounds=[GROUND])


@pytest.fixture
def act(world: Any) -> Callable[..., list[CoverageChange]]:
    """`act("close", "IB-BASIS", "0796")`: Renske does this with the cells of a product in municipalities."""

    def work(name: str, product: str, *places: str, who: str = "renske", reason: str = REASON, **more: Any) -> Any:
        with world.database.transaction() as db:
            procedure = db.get_one(Procedure, world.procedure_id)
            products = [one.id for lot in procedure.lots for one in lot.products if one.code == product]
            towns = [one.id for one in procedure.authority.municipalities if one.code in places]
            cells = queries.cells(db, procedure.id, [], products, towns)
            actor = db.get_one(User, world.people[who])
            if name == "close":
                return coverage.close(
                    procedure,
                    cells,
                    actor,
                    more.get("ground", "VOL"),
                    reason,
                    more.get("reopens_on"),
                    queries.running(db, cells),
                    world.clock(),
                )
            return coverage.change(procedure, cells, name, actor, reason, world.clock())

    return work


def state(world: Any, product: str = "IB-BASIS", place: str = "0796") -> Coverage:
    with world.database.reading() as db:
        found = db.scalars(
            select(Coverage)
            .join(Coverage.product)
            .join(Coverage.municipality)
            .where(Coverage.authority_id == world.authority_id)
        )
        return next(one for one in found if one.product.code == product and one.municipality.code == place)


@pytest.mark.usefixtures("grounds")
def test_closing_keeps_the_ground_the_reason_and_the_day(world, act):
    act("close", "IB-BASIS", "0796", reopens_on=date(2020, 1, 1))

    cell = state(world)
    assert (cell.state, cell.ground, cell.since_on, cell.reopens_on) == (
        "closed", "VOL", date(2019, 7, 15), date(2020, 1, 1),
    )  # fmt: skip
    with world.database.reading() as db:
        change = db.scalars(select(CoverageChange)).one()
        assert (change.before, change.after, change.reason) == ("open", "closed", REASON)
        event = db.scalars(select(AuditEvent).where(AuditEvent.subject_type == "Coverage")).one()
        assert (event.act, event.details["ground"]) == ("close", "VOL")


@pytest.mark.usefixtures("grounds")
def test_closing_twice_is_closing_once(world, act):
    assert len(act("close", "IB-BASIS", "0796", "0865")) == 2
    assert act("close", "IB-BASIS", "0796", "0865") == []

    with world.database.reading() as db:
        assert len(db.scalars(select(CoverageChange)).all()) == 2


def test_an_open_house_that_published_no_grounds_closes_nothing(world, act):
    with pytest.raises(Refused, match="publiceerde geen gronden"):
        act("close", "IB-BASIS", "0796")

    assert state(world).state == "open"


def test_a_framework_without_grounds_may_close_with_its_own_reasons(world, act):
    set_rules(world, kind="framework")

    act("close", "IB-BASIS", "0796", ground="")

    assert (state(world).state, state(world).ground) == ("closed", coverage.OWN_GROUND)


@pytest.mark.usefixtures("grounds")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ground": "ANDERS"}, "ground"),
        ({"ground": ""}, "ground"),
        ({"reason": "vol"}, "reason"),
        ({"reopens_on": date(2019, 7, 15)}, "reopens_on"),
    ],
)
def test_what_is_not_grounded_is_refused_and_changes_nothing(world, act, wrong, field):
    with pytest.raises(Invalid) as refusal:
        act("close", "IB-BASIS", "0796", **wrong)

    assert set(refusal.value.problems) == {field}
    assert state(world).state == "open"


@pytest.mark.usefixtures("grounds")
@pytest.mark.parametrize("name", ["close", "call_scarce"])
def test_only_a_round_manager_of_this_authority_changes_cells(world, act, name):
    with pytest.raises(NotAllowed):
        act(name, "IB-BASIS", "0796", who="ineke")
    with pytest.raises(NotFound):
        act(name, "IB-BASIS", "0796", who="olga")

    assert state(world).state == "open"


def test_cells_of_another_procedure_do_not_exist_here(world):
    with world.database.transaction() as db:
        procedure, actor = db.get_one(Procedure, world.procedure_id), db.get_one(User, world.people["renske"])
        other = db.get_one(Procedure, world.other_procedure_id)
        cells = [cell for lot in other.lots for one in lot.products for cell in one.coverage]

        with pytest.raises(NotFound):
            coverage.change(procedure, cells, "call_scarce", actor, REASON, world.clock())


@pytest.mark.usefixtures("grounds")
def test_each_act_leads_where_it_says(world, act):
    for name, after in (
        ("call_scarce", "scarce"), ("phase_out", "phasing_out"), ("close", "closed"), ("reopen", "open"),
    ):  # fmt: skip
        act(name, "IB-BASIS", "0796")
        assert state(world).state == after

    assert (state(world).ground, state(world).reopens_on) == ("", None)


def test_a_cell_to_be_confirmed_becomes_bought_or_not(world, act):
    with world.database.transaction() as db:
        for cell in db.scalars(select(Coverage).where(Coverage.authority_id == world.authority_id)):
            db.execute(Coverage.__table__.update().where(Coverage.id == cell.id).values(state="to_be_confirmed"))

    act("confirm_open", "IB-BASIS", "0796")
    act("confirm_not_bought", "IB-BASIS", "0865")

    assert (state(world).state, state(world, place="0865").state) == ("open", "not_bought")
    with pytest.raises(Refused):
        act("confirm_open", "IB-BASIS", "0865")
    with pytest.raises(Invalid):
        act("join", "IB-BASIS", "0865")
    set_rules(world, opt_in={"text": "Elke gemeente sluit zelf aan."})
    act("join", "IB-BASIS", "0865")
    assert state(world, place="0865").state == "open"


def test_of_many_cells_those_change_that_can(world, act):
    act("call_scarce", "IB-BASIS", "0796")

    assert len(act("call_scarce", "IB-BASIS", "0796", "0865")) == 1
    with pytest.raises(Refused, match="Bij geen van deze"):
        act("confirm_open", "IB-BASIS", "0796", "0865")


@pytest.mark.usefixtures("grounds")
def test_who_chose_a_cell_before_it_closed_keeps_it_and_is_told_once(world, act):
    mine, other = world.complete("anna"), world.draft("karim", (("DB-BASIS", "0865"),))

    act("close", "IB-BASIS", "0796")
    act("close", "IB-BASIS", "0796")

    with world.database.reading() as db:
        mails = db.scalars(select(Message).where(Message.template == "cell_closed")).all()
        assert [one.to for one in mails] == [world.emails["anna"]]
        assert mails[0].facts["application"] == db.get_one(Application, mine).number
        assert len(mails[0].facts["cells"]) == 1
        application, late = db.get_one(Application, mine), db.get_one(Application, other)
        product, place = application.selections[0].product, application.selections[0].municipality
        assert is_selectable(application, product, place)
        assert not is_selectable(late, product, place)
    with world.database.transaction() as db:
        anna = db.get_one(User, world.people["anna"])
        submission = applications.submit(
            db.get_one(Application, mine), anna, world.clock(), attempt="1", accepted=applications.ACCEPTED
        )
        assert len(submission.content["selections"]) == 1


@pytest.mark.usefixtures("grounds")
def test_after_its_round_closed_an_application_is_not_told_any_more(world, act):
    world.submitted("anna")
    world.close_round()
    world.clock.set(world.clock() + timedelta(days=1))

    act("close", "IB-BASIS", "0796")

    with world.database.reading() as db:
        assert db.scalars(select(Message).where(Message.template == "cell_closed")).all() == []


def test_the_counts_are_of_closed_rounds_only(world):
    world.submitted("anna")
    with world.database.reading() as db:
        before = queries.counts(db, world.procedure_id, world.people["renske"], date(2019, 7, 15))
    world.close_round()
    with world.database.reading() as db:
        after = queries.counts(db, world.procedure_id, world.people["renske"], date(2019, 10, 2))

    assert before == {}
    assert [tuple(one) for one in after.values()] == [(0, 0, 1)]

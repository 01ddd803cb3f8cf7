"""A next edition held against the submissions of an earlier round: who would newly fall short, and why."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.adapters import procedure_files
from portal.domain import simulation
from portal.models import Application, Procedure, Round, Submission
from tests.conftest import MEIERIJ


@pytest.fixture
def handed_in(world):
    world.submitted("anna", (("IB-BASIS", "0796"),))
    world.submitted("karim", (("DB-BASIS", "0865"),))
    world.close_round()


def simulate(world, data):
    with world.database.reading() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        submissions = list(db.scalars(select(Submission).order_by(Submission.submitted_at)))
        outcome = simulation.simulate(round_, submissions, procedure_files.read(MEIERIJ), data)
        assert (list(db.new), list(db.dirty)) == ([], [])
    return outcome


def requirement(data, code):
    return next(one for one in data["requirements"] if one["code"] == code)


def counts(world):
    with world.database.reading() as db:
        return [db.scalar(select(func.count()).select_from(one)) for one in (Procedure, Application, Submission)]


def test_the_same_requirements_make_nobody_fail(world, handed_in):
    outcome = simulate(world, procedure_files.read(MEIERIJ))

    assert (outcome.submissions, outcome.newly, outcome.dropped) == (2, (), ())


def test_more_experience_makes_those_fail_who_had_less_and_says_where(world, handed_in):
    data = procedure_files.read(MEIERIJ)
    requirement(data, "T01")["settings"]["minimum"] = 1000

    outcome = simulate(world, data)

    assert {one.organisation: [place for place, _ in one.reasons] for one in outcome.newly} == {
        "Stichting De Linde": ["T01-1A"],
        "Zorgboerderij Het Erf B.V.": ["T01-1B"],
    }


def test_a_new_requirement_makes_everybody_fail_and_a_dropped_product_is_named(world, handed_in):
    data = procedure_files.read(MEIERIJ)
    data["requirements"].append({**requirement(data, "T03"), "code": "T99", "title": "Nieuw"})
    for lot in data["lots"][0]["lots"]:
        lot["products"] = [one for one in lot["products"] if one["code"] != "DB-BASIS"]

    outcome = simulate(world, data)

    assert outcome.dropped == ("DB-BASIS, 0865",)
    assert {place for one in outcome.newly for place, _ in one.reasons} == {"T99"}


def test_an_answer_that_names_a_municipality_is_known_again(world):
    world.submitted("anna", (("KDV-BASIS", "0796"),))
    world.close_round()

    outcome = simulate(world, procedure_files.read(MEIERIJ))

    assert (outcome.submissions, outcome.newly) == (1, ())


def test_a_simulation_leaves_no_trace(world, handed_in):
    with world.database.reading() as db:
        before = [db.scalar(select(func.count()).select_from(one)) for one in (Procedure, Application, Submission)]

    simulate(world, procedure_files.read(MEIERIJ))

    with world.database.reading() as db:
        assert before == [
            db.scalar(select(func.count()).select_from(one)) for one in (Procedure, Application, Submission)
        ]

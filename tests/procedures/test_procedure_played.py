"""A file loaded and played: what it says is what is planned, asked, compared and rehearsed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from portal.adapters import procedure_files, procedure_writer
from portal.cli import cast, rehearsal_count
from portal.cli.procedures import load_file
from portal.domain import offers, ranking, requirements
from portal.models import Answer, Application, Procedure, Round
from tests.conftest import World
from tests.procedures.examples import Changes, example

SMALL = Path(__file__).parent / "small.yaml"


def written(folder: Path, kind: str, changes: Changes | None = None) -> Path:
    path = folder / f"{kind}.yaml"
    path.write_bytes(procedure_writer.dump(example(kind, changes)))
    return path


# Groups


GROUP = "groups:\n  - {code: GR, title: Ervaren, at_least: 1, requirements: [T01, T02]}\nletters:\n"


def unanswered_in(world: World, tmp_path: Path, *lots: str) -> list[str]:
    """What blocks an application on both lots that answers T02 everywhere but there, and never gives T01."""
    path = tmp_path / "groep.yaml"
    path.write_text(SMALL.read_text("utf-8").replace('    lots: ["1"]\n', "").replace("letters:\n", GROUP), "utf-8")
    procedure_id = load_file(world.database, path, world.clock())
    with world.database.reading() as db:
        first = db.get_one(Procedure, procedure_id).rounds[0]
        round_id, opens_at = first.id, first.opens_at
    world.clock.set(opens_at)
    application_id = cast.start(world.stage, world.people["anna"], round_id, [("01A", "0001"), ("02A", "0001")])
    cast.fill_in(world.stage, world.people["anna"], application_id, world.chance, skip=("T01",))
    with world.database.transaction() as db:
        for answer in db.scalars(select(Answer).where(Answer.application_id == application_id)):
            if answer.lot is not None and answer.lot.code in lots:
                db.delete(answer)
    with world.database.reading() as db:
        found = requirements.gaps(db.get_one(Application, application_id), world.clock())
        return [gap.text for gap in found if gap.blocks]


def test_a_requirement_of_a_group_that_is_met_on_every_lot_counts(world: World, tmp_path: Path) -> None:
    assert unanswered_in(world, tmp_path) == []


@pytest.mark.parametrize("lot", ["1", "2"])
def test_a_requirement_of_a_group_that_is_open_on_one_lot_does_not_count(
    world: World, tmp_path: Path, lot: str
) -> None:
    assert unanswered_in(world, tmp_path, lot) == ["Ervaren: voldoe aan ten minste 1 van deze eisen: T01, T02."]


# Which municipalities an award is about


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("open", True),
        ("scarce", True),
        ("phasing_out", True),
        ("closed", False),
        ("to_be_confirmed", False),
        ("not_bought", False),
    ],
)
def test_an_award_is_about_the_municipalities_that_could_be_chosen(
    world: World, tmp_path: Path, state: str, counts: bool
) -> None:
    rows = [{"product": "C1", "states": {"0005": state}}]
    procedure_id = load_file(world.database, written(tmp_path, "tender", {"coverage.rows": rows}), world.clock())

    with world.database.reading() as db:
        round_ = db.scalars(select(Round).where(Round.procedure_id == procedure_id)).one()
        towns = {one.id: one.code for one in round_.authority.municipalities}
        lot = next(one for one in round_.lots if one.code == "P2")
        found = ranking.municipality_ids(round_, offers.segment_of(round_, lot))

    assert sorted(towns[key] for key in found) == (["0004", "0005"] if counts else ["0004"])


# What is checked can be loaded


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("open_house", {"lots.2.starts_on": "2027-12-31"}),
        ("open_house", {"lots.2.ends_on": "2027-07-01"}),
        ("open_house", {"lots.1.lots.1B.code": "04A01", "coverage.starts.0.lots": ["04A01"]}),
        ("consultation", {}),
        ("consultation", {"lots": example("framework")["lots"]}),
    ],
)
def test_what_is_in_order_can_be_loaded(world: World, tmp_path: Path, kind: str, changes: Changes) -> None:
    assert load_file(world.database, written(tmp_path, kind, changes), world.clock())


# Rehearsing


@pytest.mark.parametrize("cadence", ["quarterly", "half_yearly", "yearly", "once", "continuous", "announced"])
def test_as_many_rounds_are_planned_as_the_file_asks_for(world: World, tmp_path: Path, cadence: str) -> None:
    first = {"opens_at": "2026-08-03 09:00", "closes_at": "2026-10-01 12:00"}
    moments = {"moments": example("framework")["rounds"]["moments"]} if cadence == "announced" else {}
    path = written(tmp_path, "framework", {"rounds": {"cadence": cadence, "first": first, "until": "end"} | moments})
    must = {"quarterly": 16, "half_yearly": 8, "yearly": 4, "announced": 3}.get(cadence, 1)
    data = procedure_files.read(path)

    procedure_id = load_file(world.database, path, world.clock())

    assert rehearsal_count.rounds_in(data) == must
    assert rehearsal_count.other_rounds(world.stage, procedure_id, data) == []
    with world.database.transaction() as db:
        db.delete(db.get_one(Procedure, procedure_id).rounds[-1])
    assert rehearsal_count.other_rounds(world.stage, procedure_id, data) == [f"rounds: {must - 1} in plaats van {must}"]


def rehearsed(app: Flask, file: Path, out: Path, *more: str) -> Result:
    return app.test_cli_runner().invoke(args=["rehearse", str(file), "--out", str(out), "--json", *more])


def test_a_consultation_cannot_be_rehearsed(app: Flask, tmp_path: Path) -> None:
    answer = rehearsed(app, written(tmp_path, "consultation"), tmp_path / "uit")

    assert answer.exit_code == 2
    assert answer.stderr == "'waterland-consultatie' is een marktconsultatie: die heeft geen ronde om te oefenen.\n"
    assert not (tmp_path / "uit").exists()


def test_what_is_refused_during_a_rehearsal_is_a_problem_in_the_report(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "niets.yaml"
    path.write_text(SMALL.read_text("utf-8").replace("default: open", "default: to_be_confirmed"), "utf-8")

    answer = rehearsed(app, path, tmp_path / "uit", "--applicants", "2")

    report: dict[str, Any] = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert len(report["problems"]) == 1
    assert report["problems"][0].startswith("aanmelden: ")


def test_what_starts_later_than_the_agreement_counts_in_the_register_too(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "later.yaml"
    start = 'default: open\n  starts: [{municipality: "0002", starts_on: 2027-06-01}]'
    path.write_text(SMALL.read_text("utf-8").replace("default: open", start), "utf-8")

    answer = rehearsed(app, path, tmp_path / "uit", "--applicants", "4")

    assert json.loads(answer.stdout)["problems"] == []
    assert answer.exit_code == 0


@pytest.mark.slow
def test_a_tender_that_somebody_wrote_from_the_documentation_is_rehearsed(app: Flask, tmp_path: Path) -> None:
    answer = rehearsed(app, Path(__file__).parent / "stranger.yaml", tmp_path / "uit", "--applicants", "12")

    assert json.loads(answer.stdout)["problems"] == []
    assert answer.exit_code == 0

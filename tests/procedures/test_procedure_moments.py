"""Rounds, planning and consultations: moments that exist, in order, and never two rounds at once."""

from __future__ import annotations

from datetime import date

import pytest

from portal.adapters import procedure_files, procedure_moves
from portal.domain.calendar import local_day, schedule
from portal.errors import Invalid
from tests.procedures.examples import GONE, Changes, example, place, problems

FIRST = "consultations.C1"
MEETING = {
    "code": "B2",
    "title": "t",
    "starts_at": "2027-02-11 13:30",
    "ends_at": "2027-02-11 16:00",
    "place": "p",
    "seats": 5,
}
TWICE = "25-10-2026 om 02.30 uur komt twee keer voor: de klok gaat die nacht een uur terug. Kies een andere tijd."


@pytest.mark.parametrize(
    ("kind", "changes", "path", "message"),
    [
        (
            "open_house",
            {"rounds.moments": example("framework")["rounds"]["moments"]},
            "rounds.moments",
            "'moments' hoort bij 'announced'. Bij een ander ritme volgen de ronden vanzelf.",
        ),
        (
            "framework",
            {"rounds.moments.0.opens_at": "2026-10-01 11:59"},
            "rounds.moments.0.opens_at",
            "De ronde opent voordat de vorige sluit.",
        ),
        (
            "framework",
            {"rounds.moments.1.opens_at": "2027-05-03 11:00"},
            "rounds.moments.1.opens_at",
            "De ronde opent voordat de vorige sluit.",
        ),
        (
            "framework",
            {"rounds.moments.1.closes_at": "2029-03-01 09:00"},
            "rounds.moments.1.closes_at",
            "De ronde sluit voordat hij opent.",
        ),
        (
            "framework",
            {"rounds.moments.1.starts_on": "2030-12-31"},
            "rounds.moments.1.starts_on",
            "De ronde gaat niet in vóór 2030-12-31.",
        ),
        (
            "framework",
            {"rounds.moments.0.starts_on": "2027-05-03"},
            "rounds.moments.0.starts_on",
            "De ingangsdatum van de ronde ligt niet na de sluiting.",
        ),
        ("framework", {"rounds.moments.0.opens_at": "2026-10-25 02:30"}, "rounds.moments.0.opens_at", TWICE),
        (
            "open_house",
            {"rounds.first.opens_at": "2026-03-01 09:00"},
            "rounds.first.closes_at",
            "De ronde duurt langer dan de tijd tot de volgende ronde.",
        ),
        (
            "framework",
            {"rounds.until": "2031-01-01"},
            "rounds.until",
            "De ronden lopen door na 2030-12-31, het einde van een overeenkomst die niet stilzwijgend verlengt.",
        ),
        (
            "open_house",
            {"planning.0.code": GONE},
            "planning.0",
            "Een stap met een besluitmoment ('gate') heeft een 'code' nodig.",
        ),
        (
            "open_house",
            {"planning.1.ends_on": "2026-06-30"},
            "planning.1.ends_on",
            "De einddatum 2026-06-30 ligt vóór de begindatum 2026-07-01.",
        ),
        (
            "open_house",
            {"planning.1.code": "GO1"},
            "planning.1.code",
            "De code 'GO1' is al gebruikt bij 'planning' (nummer 1).",
        ),
        (
            "consultation",
            {f"{FIRST}.closes_at": "2027-02-01 09:00"},
            f"{FIRST}.closes_at",
            "De consultatie sluit voordat zij opent.",
        ),
        ("consultation", {f"{FIRST}.closes_at": "2026-10-25 02:30"}, f"{FIRST}.closes_at", TWICE),
        (
            "consultation",
            {f"{FIRST}.meetings.B1.ends_at": "2027-02-10 13:30"},
            f"{FIRST}.meetings.B1.ends_at",
            "De bijeenkomst is afgelopen voordat zij begint.",
        ),
        (
            "consultation",
            {f"{FIRST}.meetings.+": MEETING, f"{FIRST}.most_meetings": 1},
            f"{FIRST}.meetings",
            "Er staan 2 bijeenkomsten; ten hoogste 1 volgens 'most_meetings'.",
        ),
        (
            "consultation",
            {f"{FIRST}.meetings.+": MEETING | {"code": "B1"}},
            f"{FIRST}.meetings.1.code",
            "De code 'B1' is al gebruikt bij 'meetings' (nummer 1).",
        ),
        (
            "consultation",
            {f"{FIRST}.documents.D1.articles": [{"code": "A", "heading": "h", "text": "t"}] * 2},
            f"{FIRST}.documents.D1.articles.1.code",
            "De code 'A' is al gebruikt bij 'articles' (nummer 1).",
        ),
        (
            "consultation",
            {"consultations.+": example("consultation")["consultations"][0]},
            "consultations.1.code",
            "De code 'C1' is al gebruikt bij 'consultations' (nummer 1).",
        ),
        (
            "consultation",
            {"rounds": example("open_house")["rounds"]},
            "rounds.until",
            "'end' is de laatste dag van de overeenkomst, en die staat er niet.",
        ),
    ],
)
def test_moments_that_cannot_be_are_told(kind: str, changes: Changes, path: str, message: str) -> None:
    assert (place(example(kind, changes), path), message) in problems(kind, changes)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("framework", {"rounds.moments": GONE}),
        ("framework", {"rounds.moments.0.opens_at": "2026-10-01 12:00"}),
        ("framework", {"rounds.moments.1.starts_on": "2030-12-30"}),
        ("open_house", {"rounds.cadence": "announced"}),
        ("framework", {"rounds.until": "2030-12-31"}),
        ("framework", {"rounds.until": "2031-01-01", "agreement.renewal.tacit": True}),
        ("open_house", {"planning.0.gate": GONE, "planning.0.code": GONE}),
        ("consultation", {f"{FIRST}.closes_at": "2027-02-01 09:01"}),
        ("consultation", {f"{FIRST}.meetings.+": MEETING, f"{FIRST}.most_meetings": 2}),
        ("consultation", {f"{FIRST}.meetings.+": MEETING, f"{FIRST}.most_meetings": 0}),
        ("open_house", {"consultations": example("consultation")["consultations"]}),
    ],
)
def test_moments_that_can_be_are_not_told(kind: str, changes: Changes) -> None:
    assert problems(kind, changes) == []


def announced(until: date, changes: Changes | None = None) -> list[tuple[str, str, str, str]]:
    plan = procedure_files.loaded(example("framework", changes))["rounds"]
    first = plan["first"]
    moments = [(each["opens_at"], each["closes_at"], each["starts_on"]) for each in plan["moments"]]
    made = schedule("announced", first["opens_at"], first["closes_at"], until, first["starts_on"], moments)
    return [
        (each.label, str(local_day(each.opens_at)), str(local_day(each.closes_at)), str(each.starts_on))
        for each in made
    ]


def test_announced_rounds_are_the_ones_in_the_file() -> None:
    assert announced(date(2030, 12, 31)) == [
        ("2027-1", "2026-08-03", "2026-10-01", "2027-01-01"),
        ("2027-2", "2027-03-01", "2027-05-03", "2027-09-01"),
        ("2029-1", "2029-03-01", "2029-05-01", "2029-09-01"),
    ]


def test_an_announced_day_that_is_no_working_day_moves_like_any_other() -> None:
    changes = {"rounds.moments.0.opens_at": "2027-02-27 09:00"}

    assert announced(date(2030, 12, 31), changes)[1][1] == "2027-03-01"


def test_an_announced_round_does_not_start_on_or_after_the_end() -> None:
    assert len(announced(date(2029, 9, 2))) == 3
    with pytest.raises(Invalid) as caught:
        announced(date(2029, 9, 1))
    assert caught.value.problems == {"1.starts_on": "De ronde gaat niet in vóór 2029-09-01."}


def test_a_later_end_leaves_announced_rounds_alone() -> None:
    assert announced(date(2040, 1, 1)) == announced(date(2030, 12, 31))


def test_a_moved_procedure_moves_its_announced_rounds_too() -> None:
    moved = procedure_files.loaded(procedure_moves.moved(example("framework"), date(2028, 1, 1)))

    assert [str(each["starts_on"]) for each in moved["rounds"]["moments"]] == ["2028-08-31", "2030-09-01"]


def test_a_consultation_moves_by_its_first_opening() -> None:
    moved = procedure_files.loaded(procedure_moves.moved(example("consultation"), date(2026, 11, 30)))

    (one,) = moved["consultations"]
    assert (str(one["opens_at"]), str(one["closes_at"])) == ("2026-11-30 09:00:00", "2026-12-28 12:00:00")
    assert str(one["meetings"][0]["starts_at"]) == "2026-12-09 13:30:00"

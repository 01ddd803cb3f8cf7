"""The planning for everybody and as a feed; go and no-go by the round manager."""

from __future__ import annotations

from typing import Any

import pytest

from portal.domain import planning
from portal.models import GateDecision, Procedure
from tests.web.test_public import selects

PAGE = "/procedures/meierij/meierij-2020"
REASON = "De voorbereiding is op tijd klaar."
GATE = {
    "code": "G1", "title": "Besluit van het bestuur", "starts_on": "2019-06-03", "ends_on": "2019-06-20",
    "gate": {"question": "Zijn wij klaar om te starten?", "fallback": "Een jaar uitstel."},
}  # fmt: skip
START = {"code": "S1", "title": "Start, eindelijk", "starts_on": "2020-01-01", "text": "Voor iedereen."}
TALK = {
    "code": "C1", "title": "Consultatie", "kind": "market", "text": "Praat mee.", "opens_at": "2019-08-01 09:00:00",
    "closes_at": "2019-08-30 17:00:00", "meetings": [
        {"code": "M1", "title": "Bijeenkomst", "starts_at": "2019-08-20 10:00:00", "ends_at": "2019-08-20 12:00:00",
         "place": "Raadzaal; Vught", "seats": 20},
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def planned(world: Any) -> None:
    """A gate that nobody decided yet, a step, and a consultation with one meeting."""
    with world.database.transaction() as db:
        db.execute(GateDecision.__table__.delete())
        procedure = db.get_one(Procedure, world.procedure_id)
        procedure.settings = {**procedure.settings, "planning": [GATE, START], "consultations": [TALK]}
        planning.hold(procedure, procedure.rounds)


def decide(browser: Any, world: Any, code: str = "G1", **form: str) -> Any:
    return browser.post(f"/planning/{world.procedure_id}/besluit/{code}", {"outcome": "go", "reason": REASON, **form})


def test_everybody_reads_steps_rounds_meetings_and_what_was_decided(world, browse, visitor):
    page = visitor.get(f"{PAGE}/planning").text
    for words in (
        "Besluit van het bestuur",
        "Nog te besluiten",
        "Een jaar uitstel.",
        "Raadzaal; Vught",
        "12 november 2019",
    ):
        assert words in page
    assert "Wacht op: Besluit van het bestuur" in page

    decide(browse("renske"), world)

    page = visitor.get(f"{PAGE}/planning").text
    assert "Wacht op:" not in page
    assert REASON in page
    assert "Renske" not in page


def test_applying_is_possible_only_after_go(world, browse, visitor):
    anna, path = browse("anna"), f"/rondes/{world.rounds['2020-1']}/aanmelden"

    refused = anna.post(path)
    assert refused.status_code == 409
    assert "wacht op het besluit ‘Besluit van het bestuur’" in refused.text
    assert "Aanmelden voor ronde" not in anna.get(PAGE).text
    assert "wacht op het besluit om te starten" in visitor.get(PAGE).text
    assert visitor.get("/").status_code == 200
    assert decide(browse("renske"), world).status_code == 303
    assert anna.post(path).status_code == 303
    assert "Aanmelden voor ronde" in browse("karim").get(PAGE).text


@pytest.mark.parametrize(("wrong", "target"), [({"outcome": ""}, "outcome-G1"), ({"reason": "ja"}, "reason-G1")])
def test_a_decision_without_outcome_or_reason_is_refused_at_the_field(world, browse, wrong, target):
    renske = browse("renske")

    answer = decide(renske, world, **wrong)

    assert answer.status_code == 422
    assert f'href="#{target}"' in answer.text
    assert f'id="{target}"' in answer.text
    assert decide(renske, world).status_code == 303
    assert "Dit besluit lag er al." in renske.get(decide(renske, world).location).text


def test_a_step_without_a_gate_and_a_stranger_decide_nothing(world, browse):
    assert decide(browse("renske"), world, "S1").status_code == 404
    assert decide(browse("ineke"), world).status_code == 403
    assert browse("renske").get(f"/planning/{world.procedure_id}").status_code == 200


def test_the_feed_holds_the_same_and_says_what_waits(world, browse, visitor):
    answer = visitor.get(f"{PAGE}/planning.ics")
    text = answer.text.replace("\r\n ", "")

    assert answer.content_type == "text/calendar; charset=utf-8"
    for line in (
        "SUMMARY:Besluit van het bestuur", "DTSTART;VALUE=DATE:20190603", "DTEND;VALUE=DATE:20190621",
        "SUMMARY:Start\\, eindelijk", "SUMMARY:Sluiting ronde 2020-1", "DTSTART:20191001T100000Z",
        "SUMMARY:Bijeenkomst", "LOCATION:Raadzaal\\; Vught", "DTSTART:20190820T080000Z",
    ):  # fmt: skip
        assert line in text
    assert "Onder voorbehoud" in text
    uids = [line for line in text.split("\r\n") if line.startswith("UID:")]
    assert len(uids) == len(set(uids))

    decide(browse("renske"), world)
    assert "Onder voorbehoud" not in visitor.get(f"{PAGE}/planning.ics").text


def test_the_planning_page_asks_the_same_statements_for_one_decision_and_many(world, browse, visitor):
    renske = browse("renske")

    def count() -> int:
        with selects(world.database.engine) as seen:
            assert visitor.get(f"{PAGE}/planning").status_code == 200
        return len(seen)

    decide(renske, world)
    one = count()
    for outcome in ("no_go", "go", "no_go"):
        decide(renske, world, outcome=outcome)

    assert count() == one <= 5


def test_what_is_not_published_has_no_planning(visitor):
    assert visitor.get("/procedures/meierij/bestaat-niet/planning").status_code == 404
    assert visitor.get("/procedures/meierij/bestaat-niet/planning.ics").status_code == 404

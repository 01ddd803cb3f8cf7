"""The inspector reads along (Almelo): everything that was submitted, no verdict, no decision, never the Bibob file."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.cli import cast
from portal.models import Finding, Review

LINDE = "Stichting De Linde"


@pytest.fixture
def inspector(closed):
    world = closed.world
    world.emails["hanna"] = "hanna@meierij.example"
    world.people["hanna"] = cast.official(
        world.stage, world.authority_id, "Hanna Mulder", world.emails["hanna"], ["inspector"]
    )
    return closed.browser("hanna")


@pytest.fixture
def reading(closed, inspector):
    with closed.world.database.reading() as db:
        round_id = db.get_one(Review, closed.review).application.round_id
    answer = inspector.post(f"/beoordelen/rondes/{round_id}/belangen", {"none": "yes"})
    assert answer.status_code == 303
    return inspector


def test_an_inspector_declares_interests_before_the_first_view(closed, inspector):
    answer = inspector.get(f"/beoordelen/{closed.review}")

    assert answer.status_code == 303
    assert "/belangen" in answer.location


def test_an_inspector_reads_the_queue_and_a_dossier_and_finds_no_form_to_judge(closed, reading):
    assert LINDE in reading.get("/beoordelen").text

    page = reading.get(f"/beoordelen/{closed.review}").text

    assert "U leest mee als toezichthouder" in page
    assert "/oordeel/" not in page
    assert "/voorstel" not in page


@pytest.mark.parametrize("act", ["oordeel/T03", "herstel", "voorstel", "vaststellen", "teruggeven"])
def test_an_inspector_can_judge_nothing_and_decide_nothing(closed, reading, act):
    answer = reading.post(f"/beoordelen/{closed.review}/{act}", {"verdict": "meets", "based_on": "0"})

    assert answer.status_code == 403
    with closed.world.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Finding)) == 0


@pytest.mark.parametrize("page", ["/integriteit", "/rondes", "/gunning", "/contractbeheer"])
def test_an_inspector_comes_nowhere_else(reading, page):
    assert reading.get(page).status_code == 403

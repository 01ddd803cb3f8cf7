"""The calendar of a round for officials: what runs, what stands still, and a feed without names."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.cli import script
from portal.domain import suspensions
from portal.models import Application, Review, User

WHY = "Wij wachten op het uittreksel dat u aanvroeg."


@pytest.fixture
def screened(world):
    """De Linde is in review; Ineke declared that she has no interest. Gives the ids of round and review."""
    application_id = world.submitted("anna")
    world.close_round()
    script.declare(world.stage, world.people["ineke"], world.rounds["2020-1"])
    with world.database.reading() as db:
        review = db.scalars(select(Review).where(Review.application_id == application_id)).one()
        return world.rounds["2020-1"], review.id, review.application.number


def test_before_the_closing_a_round_has_no_terms_to_show(world, browse):
    world.submitted("anna")

    assert browse("renske").get(f"/rondes/{world.rounds['2020-1']}/termijnen").status_code == 409


def test_a_term_is_let_stand_still_with_a_reason_that_the_applicant_reads(world, browse, screened):
    round_id, review_id, number = screened
    ineke, anna = browse("ineke"), browse("anna")
    path = f"/beoordelen/{review_id}/termijnen"

    short = ineke.post(f"{path}/stilzetten", {"term": "decision", "kind": "applicant", "reason": "kort"})
    assert (short.status_code, "10 tekens" in short.text) == (422, True)
    assert ineke.post(f"{path}/stilzetten", {"kind": "integrity", "reason": WHY}).status_code == 422
    done = ineke.post(f"{path}/stilzetten", {"term": "decision", "kind": "applicant", "reason": WHY})

    assert done.status_code == 303
    page = ineke.get(f"/rondes/{round_id}/termijnen").text
    assert (number in page, "Staat stil" in page, WHY in page) == (True, True, True)
    with world.database.reading() as db:
        application_id = db.get_one(Review, review_id).application_id
    assert WHY in anna.get(f"/aanmeldingen/{application_id}").text
    again = ineke.post(f"{path}/hervatten", {"term": "decision", "kind": "applicant", "reason": WHY})
    assert again.status_code == 303
    assert "Staat stil" not in ineke.get(f"/rondes/{round_id}/termijnen").text


def test_of_an_integrity_suspension_everybody_else_sees_only_that_the_term_stands_still(world, browse, screened):
    round_id, review_id, _ = screened
    with world.database.transaction() as db:
        application = db.get_one(Review, review_id).application
        suspensions.suspend(application, "integrity", db.get_one(User, world.people["bram"]), WHY, world.clock())
        application_id = application.id

    for who, paths in {
        "ineke": (f"/rondes/{round_id}/termijnen", f"/beoordelen/{review_id}/termijnen", f"/beoordelen/{review_id}"),
        "renske": (f"/rondes/{round_id}/termijnen", f"/beoordelen/{review_id}/termijnen"),
        "anna": (f"/aanmeldingen/{application_id}",),
    }.items():
        for path in paths:
            page = browse(who).get(path).text
            assert re.search(r"staat stil", page, re.IGNORECASE), path
            assert [word for word in (WHY, "Bram", "Integriteitstoets:") if word in page.split("<h1")[1]][1:] == []
    refused = browse("ineke").post(f"/beoordelen/{review_id}/termijnen/hervatten", {"kind": "integrity"})
    assert refused.status_code == 409


def test_whoever_has_an_interest_sees_no_term_of_that_application_nor_its_feed(world, browse, screened):
    round_id, review_id, number = screened
    with world.database.reading() as db:
        application_id = db.get_one(Review, review_id).application_id
    joris = browse("joris")
    assert "Stichting De Linde" not in joris.get(f"/rondes/{round_id}/termijnen").text, "no names before declaring"
    script.declare(world.stage, world.people["joris"], round_id, {application_id: "Mijn zus werkt hier."})

    secret = re.search(r"/agenda/termijnen/([\w-]+)\.ics", joris.post(f"/rondes/{round_id}/termijnen/adres").text)
    assert secret
    assert number not in joris.get(f"/rondes/{round_id}/termijnen").text
    assert number not in joris.get(secret.group()).text
    assert joris.get(f"/beoordelen/{review_id}/termijnen").status_code == 404
    assert number in browse("ineke").get(f"/rondes/{round_id}/termijnen").text


def test_a_calendar_reads_the_terms_without_names_until_the_address_is_taken_back(world, browse, visitor, screened):
    round_id, _, number = screened
    ineke = browse("ineke")
    page = ineke.post(f"/rondes/{round_id}/termijnen/adres").text
    found = re.search(r"/agenda/termijnen/[\w-]+\.ics", page)
    assert found

    answer = visitor.get(found.group())

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (f"Beslistermijn {number}" in answer.text, "Linde" in answer.text) == (True, False)
    ineke.post(f"/rondes/{round_id}/termijnen/adres/intrekken")
    assert visitor.get(found.group()).status_code == 404
    assert visitor.get("/agenda/termijnen/niets.ics").status_code == 404


def test_the_terms_of_another_region_do_not_exist(world, browse, screened):
    round_id, review_id, _ = screened
    olga = browse("olga")

    assert olga.get(f"/rondes/{round_id}/termijnen").status_code == 404
    assert olga.get(f"/beoordelen/{review_id}/termijnen").status_code == 404
    with world.database.reading() as db:
        assert db.scalars(select(Application)).first() is not None

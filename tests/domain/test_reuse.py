"""Answers and documents of an earlier application in a draft: of another authority too, never over what is typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.cli import cast
from portal.domain import applications, carrying, requirements
from portal.domain.taking_over import FILLED, FORM_ANEW
from portal.errors import NotAllowed, NotFound, RoundClosed
from portal.models import Application, AuditEvent, CarryOver, Document, Requirement, User, new_id


@pytest.fixture
def pair(world):
    """Anna's complete application in the Meierij, and her draft for the same products with the other authority."""
    source = world.complete("anna", (("IB-BASIS", "0796"), ("DB-BASIS", "1948")))
    cells = (("IB-BASIS", "0796"),)
    target = cast.start(world.stage, world.people["anna"], world.other_rounds["2020-1"], cells)
    return source, target


def take(world, source, target, who="anna"):
    with world.database.transaction() as db:
        return carrying.reuse(
            db.get_one(Application, source), db.get_one(Application, target), db.get_one(User, world.people[who]),
            world.clock(),
        )  # fmt: skip


def places_of(application):
    return {place.key: place for place in requirements.places(application)}


def test_what_another_authority_asks_the_same_comes_along_and_each_place_is_to_be_checked(world, pair):
    source, target = pair

    taken = take(world, source, target)

    with world.database.reading() as db:
        made, before = db.get_one(Application, target), db.get_one(Application, source)
        assert taken == len(made.unchecked) > 5
        assert made.round.procedure_id != before.round.procedure_id
        here, there = places_of(made), places_of(before)
        for key in ("T10-1A", "T01-1A"):
            assert applications.answer_at(made, here[key]).value == applications.answer_at(before, there[key]).value
        used = {one.document_id for one in applications.evidence_at(made, here["T03"])}
        assert used == {one.document_id for one in applications.evidence_at(before, there["T03"])} != set()
        marked = [gap for gap in requirements.gaps(made, world.clock()) if "Overgenomen" in gap.message]
        assert {gap.place.key for gap in marked} == made.unchecked


def test_the_outlook_says_what_would_come_and_changes_nothing(world, pair):
    source, target = pair
    with world.database.reading() as db, db.no_autoflush:
        one, draft, anna = (
            db.get_one(Application, source), db.get_one(Application, target), db.get_one(User, world.people["anna"])
        )  # fmt: skip

        found = carrying.outlook(one, draft, anna, world.clock())

        assert not db.new
        assert not db.dirty
        assert draft.answers == draft.evidence == []
    take(world, source, target)
    with world.database.reading() as db:
        made = db.get_one(Application, target)
        assert (found.answers, found.documents) == (len(made.answers), len(made.evidence))
        assert any(why == FORM_ANEW for _, why in found.left)


def test_what_was_typed_here_is_left_alone_and_named(world, pair):
    source, target = pair
    with world.database.transaction() as db:
        draft, anna = db.get_one(Application, target), db.get_one(User, world.people["anna"])
        own = places_of(draft)["T10-1A"]
        applications.answer(draft, anna, own, {"text": "Mijn eigen tekst."}, world.clock(), based_on=0)

    take(world, source, target)

    with world.database.reading() as db:
        made, anna = db.get_one(Application, target), db.get_one(User, world.people["anna"])
        assert applications.answer_at(made, places_of(made)["T10-1A"]).value == {"text": "Mijn eigen tekst."}
        left = carrying.outlook(db.get_one(Application, source), made, anna, world.clock()).left
        assert any(what.startswith("T10") and why == FILLED for what, why in left)


def test_a_second_time_brings_nothing(world, pair):
    source, target = pair

    assert take(world, source, target) > 0
    assert take(world, source, target) == 0

    with world.database.reading() as db:
        assert len(db.scalars(select(CarryOver).where(CarryOver.application_id == target)).all()) == 1
        assert len(db.scalars(select(AuditEvent).where(AuditEvent.act == "reuse")).all()) == 1


def test_a_document_comes_along_in_its_newest_version(world, pair):
    source, target = pair
    with world.database.reading() as db:
        old = db.scalars(
            select(Document).join(User, User.id == world.people["anna"]).where(
                Document.organisation_id == User.organisation_id, Document.kind == "privacy_policy"
            )
        ).first().id  # fmt: skip
    newer = cast.sample(world.stage, world.people["anna"], "privacy_policy")
    with world.database.transaction() as db:
        before, after = db.get_one(Document, old), db.get_one(Document, newer)
        before.superseded_by_id = after.id

    take(world, source, target)

    with world.database.reading() as db:
        made = db.get_one(Application, target)
        assert [one.document_id for one in applications.evidence_at(made, places_of(made)["T11"])] == [newer]


@pytest.mark.parametrize("how", ["barred", "topic", "none"])
def test_what_the_procedure_wants_anew_or_does_not_ask_stays_behind_with_its_reason(world, pair, how):
    source, target = pair
    with world.database.transaction() as db:
        draft = db.get_one(Application, target)
        asked = next(one for one in draft.round.requirements if one.code == "T06")
        settings = {
            "barred": {"reuse": False},
            "topic": {"topic": "iets-anders"},
            "none": {"topic": "klachtenregeling"},
        }
        db.get_one(Requirement, asked.id).settings = {**asked.settings, **settings[how]}

    take(world, source, target)

    with world.database.reading() as db:
        made, anna = db.get_one(Application, target), db.get_one(User, world.people["anna"])
        came = applications.evidence_at(made, places_of(made)["T06"])
        left = dict(carrying.outlook(db.get_one(Application, source), made, anna, world.clock()).left)
        reason = left.get("T06 Klachtenregeling", "")
        assert bool(came) is (how == "none")
        assert ("elke keer opnieuw" in reason, "niet zo gevraagd" in reason) == (how == "barred", how == "topic")


def test_the_other_authority_learns_nothing_of_where_it_came_from(world, pair):
    source, target = pair

    take(world, source, target)

    with world.database.reading() as db:
        (carried,) = db.scalars(select(CarryOver).where(CarryOver.application_id == target))
        (event,) = db.scalars(select(AuditEvent).where(AuditEvent.act == "reuse"))
        assert carried.authority_id == event.authority_id == world.other_authority_id
        assert carried.left_behind == []
        assert set(event.details) == {"places"}


def test_of_the_same_procedure_the_choices_come_along_where_none_stand_yet(world):
    source = world.submitted("anna", (("IB-BASIS", "0796"), ("DB-BASIS", "1948")))
    world.close_round()
    with world.database.transaction() as db:
        round_ = db.get_one(type(db.get_one(Application, source).round), world.rounds["2020-2"])
        world.clock.set(round_.opens_at + timedelta(days=1))
        anna = db.get_one(User, world.people["anna"])
        made = applications.start(round_, anna, world.clock())
        db.add(made)
        target = made.id

    take(world, source, target)

    with world.database.reading() as db:
        made = db.get_one(Application, target)
        assert {(one.product.code, one.municipality.code) for one in made.selections} == {
            ("IB-BASIS", "0796"), ("DB-BASIS", "1948"),
        }  # fmt: skip
        assert not [gap for gap in requirements.gaps(made, world.clock()) if gap.blocks]


def test_only_the_own_organisation_takes_over_and_only_into_an_open_draft(world, pair):
    source, target = pair
    with pytest.raises((NotFound, NotAllowed)):
        take(world, source, target, "karim")
    foreign = world.draft("karim")
    with pytest.raises((NotFound, NotAllowed)):
        take(world, foreign, target)

    world.clock.set(world.clock() + timedelta(days=400))
    with pytest.raises(RoundClosed):
        take(world, source, target)


def test_no_row_of_another_application_is_touched(world, pair):
    source, target = pair
    with world.database.reading() as db:
        before = applications.canonical(applications.manifest(db.get_one(Application, source)))

    take(world, source, target)

    with world.database.reading() as db:
        assert applications.canonical(applications.manifest(db.get_one(Application, source))) == before


def test_the_page_offers_each_earlier_application_and_says_what_stays_behind(world, pair, browse):
    source, target = pair
    anna = browse("anna")

    offered = anna.get(f"/aanmeldingen/{target}").text
    page = anna.get(f"/aanmeldingen/{target}/overnemen").text
    first = anna.post(f"/aanmeldingen/{target}/overnemen/{source}")
    again = anna.post(f"/aanmeldingen/{target}/overnemen/{source}")
    unknown = anna.post(f"/aanmeldingen/{target}/overnemen/{new_id()}")

    assert "U vulde eerder al een aanmelding in" in offered
    assert "Meierij" in page
    assert "komen mee" in page
    assert "vult u voor elke procedure opnieuw in" in page
    assert (first.status_code, again.status_code, unknown.status_code) == (303, 303, 404)
    tasks = anna.get(f"/aanmeldingen/{target}").text
    assert "Controleer of dit nog klopt" in tasks
    with world.database.reading() as db:
        key = min(db.get_one(Application, target).unchecked)
    assert "Controleer dit: overgenomen uit" in anna.get(f"/aanmeldingen/{target}/eisen/{key}").text
    assert browse("karim").get(f"/aanmeldingen/{target}/overnemen").status_code == 404

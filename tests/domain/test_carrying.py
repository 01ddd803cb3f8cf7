"""A draft that was not submitted goes on in a later round, and what came too late is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from portal.domain import applications, carrying, late, requirements
from portal.errors import NotFound, Refused, RoundNotOpen
from portal.models import Application, AuditEvent, Coverage, Document, LateAttempt, Requirement, Round, User, new_id

CELLS = (("IB-BASIS", "0796"), ("IB-EXTRA", "0796"), ("DB-BASIS", "1948"))


@pytest.fixture
def left(world):
    """Anna's complete application was not submitted; the round closed and the next one is open."""
    application_id = world.complete("anna", CELLS)
    world.close_round()
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-2"]).opens_at + timedelta(days=1))
    return application_id


def carry(world, application_id, who="anna", label="2020-2"):
    with world.database.transaction() as db:
        source, actor = db.get_one(Application, application_id), db.get_one(User, world.people[who])
        made = carrying.carry_over(source, db.get_one(Round, world.rounds[label]), actor, world.clock())
        db.add(made)
        return made.id


def test_choices_answers_and_documents_come_along_and_only_checking_is_left(world, left):
    target = carry(world, left)

    with world.database.reading() as db:
        source, made = db.get_one(Application, left), db.get_one(Application, target)
        chosen = lambda one: {(each.product.code, each.municipality.code) for each in one.selections}  # noqa: E731
        assert chosen(made) == chosen(source) == set(CELLS)
        assert {one.spot: one.value for one in made.answers} == {one.spot: one.value for one in source.answers}
        used = lambda one: {(each.spot, each.document_id) for each in one.evidence}  # noqa: E731
        assert used(made) == used(source)
        gaps = requirements.gaps(made, world.clock())
        assert [gap.message for gap in gaps if gap.blocks] == []
        marked = [gap for gap in gaps if "Overgenomen" in gap.message]
        assert len(marked) == len(made.unchecked) > 5
        assert made.carry_overs[0].left_behind == []
        assert made.state == "draft"
        assert source.state == "lapsed"


def test_a_place_is_checked_by_saving_it_or_by_saying_that_it_holds(world, left):
    target = carry(world, left)
    with world.database.transaction() as db:
        made, anna = db.get_one(Application, target), db.get_one(User, world.people["anna"])
        first, second = [place for place in requirements.places(made) if place.key in made.unchecked][:2]
        answer = applications.answer_at(made, first)
        applications.answer(made, anna, first, {}, world.clock(), based_on=answer.version if answer else 0)
        carrying.confirm(made, anna, second.key, world.clock())
        carrying.confirm(made, anna, second.key, world.clock())

        assert {first.key, second.key}.isdisjoint(made.unchecked)
    with world.database.reading() as db:
        checked = db.scalars(select(AuditEvent).where(AuditEvent.act == "check_carried")).all()
        assert [one.details["place"] for one in checked] == [second.key]


def test_what_no_longer_exists_stays_behind_and_is_named(world, left):
    with world.database.transaction() as db:
        round_ = db.get_one(Round, world.rounds["2020-2"])
        product = next(one for lot in round_.lots for one in lot.products if one.code == "DB-BASIS")
        db.execute(update(Coverage).where(Coverage.product_id == product.id).values(state="not_bought"))
        changed = next(one for one in round_.requirements if one.code == "T01")
        db.execute(update(Requirement).where(Requirement.id == changed.id).values(code="T01-OUD"))
        document = db.scalars(select(Document).where(Document.kind == "privacy_policy")).first()
        document.removed_at = world.clock()
        filename = document.filename

    target = carry(world, left)

    with world.database.reading() as db:
        made = db.get_one(Application, target)
        named = dict(made.carry_overs[0].left_behind)
        assert any("1948" not in one and "in " in one for one in named)
        assert {one.product.code for one in made.selections} == {"IB-BASIS", "IB-EXTRA"}
        assert filename in named
        assert "staat niet meer in uw kluis" in named.values()


def test_an_eis_that_changed_is_asked_anew(world, left):
    with world.database.transaction() as db:
        procedure = db.get_one(Round, world.rounds["2020-2"]).procedure
        old = next(one for one in procedure.requirements if one.code == "T03")
        fields = {
            column.key: getattr(old, column.key)
            for column in Requirement.__table__.columns
            if column.key not in {"id", "version", "text", "from_edition"}
        }
        old.until_edition, number = 2, 2
        db.add(Requirement(**fields | {"until_edition": None}, version=2, text="Anders.", from_edition=number))
        db.get_one(Round, world.rounds["2020-2"]).edition = procedure.edition = 2

    target = carry(world, left)

    with world.database.reading() as db:
        made = db.get_one(Application, target)
        assert any(what.startswith("T03") and "gewijzigd" in why for what, why in made.carry_overs[0].left_behind)
        assert not any(one.requirement.code == "T03" for one in made.answers)


def test_what_was_submitted_or_is_still_open_is_not_carried_over(world):
    submitted, draft = world.submitted("anna"), world.draft("karim")
    with pytest.raises(Refused, match="nog open"):
        carry(world, draft, "karim")
    world.close_round()
    with pytest.raises(RoundNotOpen):
        carry(world, draft, "karim")
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-2"]).opens_at)
    with pytest.raises(Refused, match="is ingediend"):
        carry(world, submitted)
    with pytest.raises(NotFound):
        carry(world, draft, "anna")
    carry(world, draft, "karim")


def test_the_page_offers_one_click_and_the_second_click_leads_to_the_same(world, left, browse):
    anna = browse("anna")
    page = anna.get(f"/aanmeldingen/{left}").get_data(as_text=True)
    assert "Doorzetten naar ronde 2020-2" in page

    first = anna.post(f"/aanmeldingen/{left}/doorzetten")
    second = anna.post(f"/aanmeldingen/{left}/doorzetten")

    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    made = anna.get(first.location).get_data(as_text=True)
    assert "Overgenomen uit ronde 2020-1" in made
    assert "Controleer of dit nog klopt" in made
    with world.database.reading() as db:
        found = db.get_one(Application, first.location.rsplit("/", 1)[1])
        key = next(place.key for place in requirements.places(found) if place.key in found.unchecked)
    place = anna.get(f"{first.location}/eisen/{key}").get_data(as_text=True)
    assert "Dit klopt nog" in place
    on = anna.post(f"{first.location}/overgenomen", {"place": key})
    back = anna.post(f"{first.location}/overgenomen", {"place": key, "terug": "indienen"})
    assert on.location.startswith(f"{first.location}/eisen/")
    assert not on.location.endswith(f"/{key}")
    assert back.location == f"{first.location}/indienen"
    assert "Dit klopt nog" not in anna.get(f"{first.location}/eisen/{key}").get_data(as_text=True)


def test_while_no_round_is_open_one_can_ask_for_a_mail_and_gets_it_once(world, browse):
    from portal.models import Message

    draft = world.draft("karim")
    world.close_round()
    karim = browse("karim")
    page = karim.get(f"/aanmeldingen/{draft}").get_data(as_text=True)
    assert "Mail mij als een ronde opent" in page

    karim.post("/procedures/meierij/meierij-2020/volgen")
    assert "zodra een ronde opent" in karim.get(f"/aanmeldingen/{draft}").get_data(as_text=True)
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-2"]).opens_at)
    world.work()
    world.work()

    with world.database.reading() as db:
        told = db.scalars(select(Message).where(Message.template == "round_opened")).all()
        assert [one.to for one in told] == [world.emails["karim"]]


# --- too late ---


def try_late(world, application_id, browser, attempt="poging-1"):
    form = {"attempt": attempt, "accepted": ["complete", "represent", "terms"]}
    return browser.post(f"/aanmeldingen/{application_id}/indienen", form)


def test_at_the_instant_itself_one_is_too_late_and_gets_a_proof(world, browse):
    application_id = world.complete("anna")
    with world.database.reading() as db:
        closes_at = db.get_one(Round, world.rounds["2020-1"]).closes_at
    world.clock.set(closes_at)
    anna = browse("anna")

    answer = try_late(world, application_id, anna)
    again = try_late(world, application_id, anna)

    assert (answer.status_code, again.status_code) == (409, 409)
    with world.database.reading() as db:
        (kept,) = db.scalars(select(LateAttempt))
        assert (kept.tried_at, kept.closes_at) == (closes_at, closes_at)
        found = db.get_one(Application, application_id)
        assert len(kept.digest) == 64
        assert found.submissions == []
        assert [one.act for one in db.scalars(select(AuditEvent).where(AuditEvent.act == "submit_too_late"))] != []
    page = anna.get(f"/aanmeldingen/{application_id}/te-laat/{kept.id}")
    assert page.status_code == 200
    assert kept.number in page.get_data(as_text=True)
    assert "12.00.00 uur" in page.get_data(as_text=True)


def test_a_microsecond_earlier_is_on_time(world, browse):
    application_id = world.complete("anna")
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at - timedelta(microseconds=1))
    anna = browse("anna")

    assert try_late(world, application_id, anna).status_code == 303


def test_the_manager_sees_late_attempts_only_after_closing_and_others_never(world, browse):
    application_id = world.complete("anna")
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at)
    anna = browse("anna")
    try_late(world, application_id, anna)
    with world.database.reading() as db:
        (kept,) = db.scalars(select(LateAttempt))
    address = f"/rondes/{world.rounds['2020-1']}/sluiting"
    assert kept.number not in browse("renske").get(address).get_data(as_text=True)

    world.work()

    assert kept.number in browse("renske").get(address).get_data(as_text=True)
    assert kept.number in anna.get(f"/aanmeldingen/{application_id}").get_data(as_text=True)
    assert browse("karim").get(f"/aanmeldingen/{application_id}/te-laat/{kept.id}").status_code == 404
    assert browse("ineke").get(address).status_code == 403


def test_a_late_attempt_is_kept_as_it_was(world):
    application_id = world.complete("anna")
    world.close_round()
    with world.database.transaction() as db:
        found, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        db.add(late.record(found, anna, world.clock(), new_id()))

    for statement in ("UPDATE late_attempts SET digest = 'x'", "DELETE FROM late_attempts"):
        with pytest.raises(DatabaseError, match="kept"), world.database.transaction() as db:
            db.execute(text(statement))

"""Conversations: what was posted stays, who opened it is known, and mail only points to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from portal.cli import asking_script as script
from portal.domain import conversations
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Conversation, Message, Post, PostOpening, User
from portal.queries import conversations as queries

TEXT = "Ons certificaat komt volgende week. Mag dat nog?"


def begin(world, who="anna", about=None, **more):
    return script.converse(world.stage, world.people[who], about or world.draft(who), "Certificaat", TEXT, **more)


def seen_by(world, who):
    with world.database.reading() as db:
        return [one.id for one in queries.conversations(db, db.get_one(User, world.people[who]))[0]]


def pointed(world):
    with world.database.reading() as db:
        found = db.scalars(select(Message).where(Message.template == "posts_waiting").order_by(Message.created_at))
        return [(one.to, one.facts["count"]) for one in found]


def test_both_sides_see_who_opened_a_post_and_when(world):
    conversation_id = begin(world)
    world.clock.set(world.clock() + timedelta(hours=2))

    script.open_posts(world.stage, world.people["ineke"], conversation_id)
    script.open_posts(world.stage, world.people["ineke"], conversation_id)
    script.open_posts(world.stage, world.people["joris"], conversation_id)

    with world.database.reading() as db:
        found = db.scalars(select(PostOpening).order_by(PostOpening.opened_by_id)).all()
        assert {one.opened_by_id for one in found} == {world.people["ineke"], world.people["joris"]}
        assert {one.opened_at for one in found} == {world.clock()}
        assert db.get_one(Conversation, conversation_id).authority_waits_since is None


def test_who_writes_does_not_open_the_own_post(world):
    conversation_id = begin(world)

    script.open_posts(world.stage, world.people["anna"], conversation_id)

    with world.database.reading() as db:
        assert db.scalars(select(PostOpening)).all() == []
        assert db.get_one(Conversation, conversation_id).authority_waits_since is not None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE posts SET text = 'Iets anders'",
        "DELETE FROM posts",
        "UPDATE post_openings SET opened_by_id = opened_by_id",
        "DELETE FROM post_openings",
    ],
)
def test_posts_and_receipts_can_only_be_added(world, statement):
    script.open_posts(world.stage, world.people["ineke"], begin(world))

    with world.database.writing() as db, pytest.raises(DatabaseError, match="stays"):
        db.connection().exec_driver_sql(statement)


def test_another_organisation_and_another_authority_see_nothing(world):
    conversation_id = begin(world)

    assert seen_by(world, "anna") == seen_by(world, "ineke") == seen_by(world, "renske") == [conversation_id]
    assert seen_by(world, "karim") == seen_by(world, "olga") == []
    with world.database.writing() as db:
        conversation = db.get_one(Conversation, conversation_id)
        for who, refusal in (("karim", NotFound), ("olga", NotFound), ("bram", NotAllowed)):
            with pytest.raises(refusal):
                conversations.post(conversation, db.get_one(User, world.people[who]), TEXT, who, world.clock())


def test_an_official_with_an_interest_in_the_applicant_sees_none_of_its_conversations(world):
    application_id = world.submitted("anna")
    about_application = begin(world, about=application_id)
    about_procedure = begin(world, about=world.procedure_id, is_procedure=True)
    world.close_round()
    from portal.cli import script as screening

    screening.declare(
        world.stage, world.people["joris"], world.rounds["2020-1"], {application_id: "Mijn zus werkt er."}
    )
    screening.declare(world.stage, world.people["ineke"], world.rounds["2020-1"])

    assert set(seen_by(world, "ineke")) == {about_application, about_procedure}
    assert seen_by(world, "joris") == []
    before = len(pointed(world))
    world.clock.set(world.clock() + timedelta(hours=2))
    with world.database.transaction() as db:
        conversation, anna = db.get_one(Conversation, about_procedure), db.get_one(User, world.people["anna"])
        conversations.post(conversation, anna, TEXT, "nog een", world.clock())
    world.work()
    assert {to for to, _ in pointed(world)[before:]} == {world.emails["ineke"], world.emails["renske"]}


def test_an_inkoper_declares_interests_before_seeing_a_conversation_about_a_dossier(world):
    application_id = world.submitted("anna")
    conversation_id = begin(world, about=application_id)
    world.close_round()
    assert seen_by(world, "ineke") == []

    from portal.cli import script as screening

    screening.declare(world.stage, world.people["ineke"], world.rounds["2020-1"])

    assert seen_by(world, "ineke") == [conversation_id]


def test_an_official_begins_a_conversation_only_about_a_dossier_in_review(world):
    draft = world.draft("karim")
    submitted = world.submitted("anna")
    with pytest.raises(Refused, match="in beoordeling"):
        begin(world, "ineke", about=draft)
    world.close_round()

    conversation_id = begin(world, "ineke", about=submitted)

    assert seen_by(world, "anna") == [conversation_id]


def test_a_mail_points_to_posts_at_once_and_then_at_most_once_an_hour(world):
    begin(world, about=world.procedure_id, is_procedure=True)
    conversation_id = begin(world)
    world.work()
    first = pointed(world)
    assert sorted(first) == [(world.emails[who], 2) for who in ("ineke", "joris", "renske")]

    with world.database.transaction() as db:  # twice more within the hour
        conversation, anna = db.get_one(Conversation, conversation_id), db.get_one(User, world.people["anna"])
        for key in ("een", "twee"):
            conversations.post(conversation, anna, TEXT, key, world.clock() + timedelta(minutes=5))
    world.clock.set(world.clock() + timedelta(minutes=59))
    world.work()
    assert pointed(world) == first
    world.clock.set(world.clock() + timedelta(minutes=1))
    world.work()
    world.work()

    assert len(pointed(world)) == 6  # once more to each of the three
    assert TEXT not in str(pointed(world))


def test_what_is_opened_is_not_mailed_about_again(world):
    conversation_id = begin(world)
    script.open_posts(world.stage, world.people["ineke"], conversation_id)

    world.work()

    assert pointed(world) == []


@pytest.mark.parametrize(
    ("title", "text", "field"),
    [
        ("", TEXT, "title"),
        ("x" * 121, TEXT, "title"),
        ("Vraag", "  \n ", "text"),
        ("Vraag", "x" * 10_001, "text"),
        ("Vraag", "Het gaat om cliënt 111222333.", "text"),
    ],
)
def test_a_message_that_cannot_be_is_refused_at_its_field(world, title, text, field):
    application_id = world.draft("anna")
    with pytest.raises(Invalid) as refusal:
        script.converse(world.stage, world.people["anna"], application_id, title, text)

    assert list(refusal.value.problems) == [field]
    with world.database.reading() as db:
        assert db.scalars(select(Post)).all() == []

"""Consultations in the domain: reading the settings, reacting, seats, draws, and the note without names."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain import consultations, meetings, minutes, reaction_notes
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import AuditEvent, MeetingRegistration, Message, Organisation, Reaction, User, UserRole, new_id
from tests.consulting import DIALOGUE, MARKET, ask, asked, user

CLOSING = datetime(2019, 9, 30, 10, 0, tzinfo=UTC)
DRAW = datetime(2019, 8, 15, 11, 30, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def consultations_asked(world):
    ask(world)


@pytest.fixture
def db(world):
    with world.database.writing() as session:
        yield session


def save(world, db, who="anna", key="CO~1", text="Te laag.", reaction=None, based_on=0, now=None):
    talk = asked(world, db)
    form = {"text": text, "proposal": ""}
    kept = consultations.save(
        talk, talk.article(key), reaction, user(world, db, who), form, now or world.clock(), based_on=based_on
    )
    if kept is not None:
        db.add(kept)
    return kept


def another(db, number):
    """One more organisation with a colleague, for queues."""
    organisation = Organisation(
        kvk_number=f"{number:08}",
        name=f"Zorgbureau {number}",
        legal_form="bv",
        created_at=datetime(2019, 1, 1, tzinfo=UTC),
    )
    person = User(
        email=f"mens{number}@bureau.example",
        name=f"Mens {number}",
        password_hash="x",
        organisation=organisation,
        created_at=organisation.created_at,
        verified_at=organisation.created_at,
    )
    person.roles.append(UserRole(role="editor"))
    db.add_all([organisation, person])
    db.flush()
    return person


# --- what is asked ---


def test_the_wall_time_of_the_file_is_amsterdam_time_in_summer_and_winter():
    assert consultations.instant("2025-06-13 12:00:00") == datetime(2025, 6, 13, 10, tzinfo=UTC)
    assert consultations.instant("2024-12-02 09:00") == datetime(2024, 12, 2, 8, tzinfo=UTC)


def test_a_consultation_is_open_from_its_opening_until_and_not_at_its_closing(world, db):
    talk = asked(world, db)

    states = [talk.state(now) for now in (talk.opens_at - TICK, talk.opens_at, CLOSING - TICK, CLOSING)]

    assert states == ["planned", "open", "open", "closed"]


def test_a_procedure_without_consultations_has_none(world, db):
    talk = asked(world, db)
    talk.procedure.settings = {}

    assert consultations.of(talk.procedure) == []
    with pytest.raises(NotFound):
        consultations.find(talk.procedure, "D1")


def test_the_file_may_say_that_a_dialogue_gives_seats_in_order(world, db):
    ask(world, {**DIALOGUE, "selection": "first_come"})
    db.expire_all()

    assert asked(world, db).meeting("S1").draws_at is None


def test_lots_are_drawn_two_weeks_before_and_halfway_when_that_is_too_early(world, db):
    short = deepcopy(DIALOGUE)
    short["meetings"][0]["starts_at"] = "2019-07-11 09:00:00"
    short["meetings"][0]["ends_at"] = "2019-07-11 12:00:00"
    usual = asked(world, db).meeting("S1").draws_at
    procedure = asked(world, db).procedure
    procedure.settings = {"consultations": [short]}

    assert usual == DRAW
    assert asked(world, db).meeting("S1").draws_at == consultations.instant("2019-07-06 09:00:00")


# --- reacting ---


def test_sending_twice_sends_once_and_mails_once(world, db):
    kept = save(world, db)
    talk, anna = asked(world, db), user(world, db, "anna")

    first = consultations.send_all(talk, [kept], anna, world.clock())
    second = consultations.send_all(talk, [kept], anna, world.clock())

    assert ([len(one) for one in first], [len(one) for one in second]) == ([1, 0], [0, 0])
    assert len(db.scalars(select(Message).where(Message.template == "reactions_received")).all()) == 1
    assert len(db.scalars(select(AuditEvent).where(AuditEvent.act == "send")).all()) == 1


def test_what_was_sent_counts_until_it_is_sent_again(world, db):
    kept, anna = save(world, db), user(world, db, "anna")
    consultations.send_all(asked(world, db), [kept], anna, world.clock())

    save(world, db, text="Veel te laag.", reaction=kept, based_on=1)

    assert (kept.state, kept.sent_text, kept.is_changed) == ("sent", "Te laag.", True)
    consultations.send_all(asked(world, db), [kept], anna, world.clock())
    assert (kept.sent_text, kept.is_changed) == ("Veel te laag.", False)


def test_a_reaction_that_was_emptied_is_withdrawn_when_the_rest_is_sent(world, db):
    kept, other, anna = save(world, db), save(world, db, key="CO~2"), user(world, db, "anna")
    consultations.send_all(asked(world, db), [kept, other], anna, world.clock())
    save(world, db, text="", reaction=kept, based_on=1)

    sent, withdrawn = consultations.send_all(asked(world, db), [kept, other], anna, world.clock())

    assert (sent, withdrawn, kept.state) == ([], [kept], "withdrawn")


def test_saving_the_same_text_again_is_no_change_and_an_empty_one_is_nothing(world, db):
    kept = save(world, db)

    assert save(world, db, reaction=kept, based_on=0) is kept
    assert kept.version == 1
    assert save(world, db, key="CO~2", text="  ") is None


@pytest.mark.parametrize(("now", "accepted"), [(CLOSING - TICK, True), (CLOSING, False)])
def test_the_instant_of_closing_is_too_late_for_every_act(world, db, now, accepted):
    kept, anna = save(world, db), user(world, db, "anna")
    talk = asked(world, db)
    acts = (
        lambda: save(world, db, text="Anders.", reaction=kept, based_on=kept.version, now=now),
        lambda: consultations.send_all(talk, [kept], anna, now),
        lambda: consultations.withdraw(talk, kept, anna, now),
    )
    for act in acts:
        if accepted:
            act()
        else:
            with pytest.raises(Refused):
                act()


def test_another_organisation_and_an_official_are_kept_out(world, db):
    kept, talk = save(world, db), asked(world, db)
    karim, renske = user(world, db, "karim"), user(world, db, "renske")

    for actor in (karim, renske):
        with pytest.raises(NotFound):
            consultations.send_all(talk, [kept], actor, world.clock())
        with pytest.raises(NotFound):
            consultations.withdraw(talk, kept, actor, world.clock())
    with pytest.raises(NotFound):
        save(world, db, who="karim", reaction=kept, text="Overgenomen.", based_on=1)
    with pytest.raises(Stale):
        save(world, db, reaction=kept, text="Iets anders.", based_on=0)


# --- seats ---


def enter(world, db, person, names, everybody, code="B1", talk="M1", now=None):
    consultation = asked(world, db, talk)
    own = meetings.register(consultation, consultation.meeting(code), everybody, person, names, now or world.clock())
    if own not in everybody:
        everybody.append(own)
        db.add(own)
    return own


def test_seats_go_in_order_of_registering_and_a_free_one_to_the_next_that_fits(world, db):
    everybody = []
    first, second, third = (another(db, number) for number in (1, 2, 3))
    a = enter(world, db, first, ["A"], everybody)
    world.clock.set(world.clock() + timedelta(minutes=1))
    b = enter(world, db, second, ["B1", "B2"], everybody)
    world.clock.set(world.clock() + timedelta(minutes=1))
    c = enter(world, db, third, ["C"], everybody)
    assert [one.state for one in (a, b, c)] == ["invited", "waiting", "invited"]
    talk = asked(world, db, "M1")

    meetings.withdraw(talk, talk.meeting("B1"), everybody, third, world.clock())
    still = b.state
    meetings.withdraw(talk, talk.meeting("B1"), everybody, first, world.clock())
    meetings.withdraw(talk, talk.meeting("B1"), everybody, first, world.clock())

    assert (still, b.state, a.state) == ("waiting", "invited", "withdrawn")
    reasons = db.scalars(select(Message.reason).where(Message.reason.startswith(f"meeting:{b.id}"))).all()
    assert len(reasons) == 2


def test_a_meeting_takes_registrations_until_and_not_at_its_beginning(world, db):
    starts, anna = asked(world, db, "M1").meeting("B1").starts_at, user(world, db, "anna")

    with pytest.raises(Refused):
        enter(world, db, anna, ["Anna"], [], now=starts)

    assert enter(world, db, anna, ["Anna"], [], now=starts - TICK).state == "invited"


def test_names_change_freely_but_more_persons_need_a_new_registration(world, db):
    everybody, anna = [], user(world, db, "anna")
    own = enter(world, db, anna, ["Anna"], everybody)

    assert enter(world, db, anna, ["Bo"], everybody).names == ["Bo"]
    with pytest.raises(Refused):
        enter(world, db, anna, ["Bo", "Anna"], everybody)
    assert own.persons == 1


@pytest.mark.parametrize("form", [{}, {"name_1": "  "}, {"name_1": "a" * 101}])
def test_a_registration_needs_names_that_fit(form):
    with pytest.raises(Invalid):
        meetings.read_names(form)

    assert meetings.read_names({"name_1": "Anna", "name_3": " Bo "}) == ["Anna", "Bo"]


def test_the_draw_follows_from_its_seed_and_gives_late_ones_the_last_places(world, db):
    everybody = []
    for number in range(1, 6):
        enter(world, db, another(db, number), [f"Mens {number}"], everybody, "S1", "D1")
    late = enter(world, db, another(db, 9), ["Laat"], everybody, "S1", "D1", now=DRAW)
    talk = asked(world, db)
    with pytest.raises(Refused):
        meetings.draw(talk, talk.meeting("S1"), everybody, "ab12", DRAW - TICK)

    drawn = meetings.draw(talk, talk.meeting("S1"), everybody, "ab12", DRAW)

    by_hand = sorted(
        (one.number for one in everybody if one is not late),
        key=lambda number: hashlib.sha256(f"ab12:{number}".encode()).hexdigest(),
    )
    assert drawn.numbers == by_hand
    states = {one.number: one.state for one in everybody}
    assert [states[number] for number in by_hand] == ["invited"] * 3 + ["waiting"] * 2
    assert meetings.line(everybody)[-1] is late


def test_the_draw_looks_at_nothing_but_the_numbers():
    numbers = [f"B-{one}" for one in range(50)]

    assert meetings.drawn_order("s", numbers) == meetings.drawn_order("s", reversed(numbers))
    assert meetings.drawn_order("s", numbers) != meetings.drawn_order("t", numbers)


# --- meetings of officials ---

FORM = {"title": "Slotronde", "day": "2019-09-12", "from": "13:30", "until": "16:00", "place": "Vught", "seats": "20"}


def test_no_more_meetings_than_were_published(world, db):
    renske = user(world, db, "renske")
    db.add(meetings.add_meeting(asked(world, db), renske, FORM, world.clock()))
    db.flush()

    with pytest.raises(Refused, match="ten hoogste 2"):
        meetings.add_meeting(asked(world, db), renske, FORM, world.clock())
    assert [one.code for one in asked(world, db).meetings] == ["S1", "E1"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"day": "2019-08-04"}, "day"),
        ({"day": "morgen"}, "day"),
        ({"until": "13:30"}, "until"),
        ({"from": ""}, "from"),
        ({"title": "x"}, "title"),
        ({"place": ""}, "place"),
        ({"seats": "0"}, "seats"),
        ({"seats": "1001"}, "seats"),
        ({"day": "2020-03-29", "from": "02:30"}, "from"),
    ],
)
def test_a_meeting_with_a_mistake_is_refused_at_its_field(world, db, change, field):
    with pytest.raises(Invalid) as refusal:
        meetings.add_meeting(asked(world, db), user(world, db, "renske"), FORM | change, world.clock())

    assert field in refusal.value.problems


@pytest.mark.parametrize("who", ["bram", "wil", "anna", "olga"])
def test_other_roles_plan_no_meeting_and_begin_no_note(world, db, who):
    actor = user(world, db, who)

    with pytest.raises((NotAllowed, NotFound)):
        meetings.add_meeting(asked(world, db), actor, FORM, world.clock())
    with pytest.raises((NotAllowed, NotFound)):
        reaction_notes.begin(asked(world, db), actor, CLOSING)


def test_minutes_keep_every_version_and_only_the_last_one_is_published(world, db):
    talk, ineke = asked(world, db), user(world, db, "ineke")
    meeting, versions = talk.meeting("S1"), []
    now = meeting.starts_at
    for number, text in enumerate(("Eerste verslag van de sessie.", "Tweede verslag van de sessie.")):
        versions.append(minutes.save_minutes(talk, meeting, versions, ineke, text, now, based_on=number))
    db.add_all(versions)

    with pytest.raises(Stale):
        minutes.publish_minutes(talk, meeting, versions, 1, [], ineke, now)
    minutes.publish_minutes(talk, meeting, versions, 2, [], ineke, now)
    minutes.publish_minutes(talk, meeting, versions, 2, [], user(world, db, "joris"), now)

    assert [one.published_by_id for one in versions] == [None, ineke.id]
    assert [one.text[:6] for one in versions] == ["Eerste", "Tweede"]
    with pytest.raises(Refused):
        minutes.save_minutes(talk, meeting, [], ineke, "Veel te vroeg geschreven.", now - TICK, based_on=0)
    with pytest.raises(Invalid):
        minutes.save_minutes(talk, meeting, [], ineke, "Kort.", now, based_on=0)


# --- the note ---


@pytest.fixture
def closed(world, db):
    """Two organisations reacted to article 1, one to article 2; then it closed. Gives (consultation, reactions)."""
    found = [save(world, db, who, key) for who, key in (("anna", "CO~1"), ("karim", "CO~1"), ("anna", "CO~2"))]
    for one in found:
        person = user(world, db, "anna" if one is not found[1] else "karim")
        consultations.send_all(asked(world, db), [one], person, world.clock())
        world.clock.set(world.clock() + timedelta(seconds=1))
    db.flush()
    world.clock.set(CLOSING)
    return asked(world, db), found


def begun(world, db, closed):
    note = reaction_notes.begin(closed[0], user(world, db, "ineke"), CLOSING)
    db.add(note)
    return note


def answer(note, point, actor, **more):
    said = {"summary": "Het tarief is te laag.", "answer": "partly", "explanation": "Wij rekenen het na.", **more}
    reaction_notes.answer_point(note, point, actor, **said, now=CLOSING, based_on=point.version)


def test_only_reactions_to_the_same_article_are_taken_together(world, db, closed):
    note, ineke, (one, two, three) = begun(world, db, closed), user(world, db, "ineke"), closed[1]

    with pytest.raises(Refused):
        reaction_notes.take_together(note, ineke, [one, three], CLOSING)
    point = reaction_notes.take_together(note, ineke, [one], CLOSING)
    reaction_notes.take_together(note, ineke, [two], CLOSING, into=point)

    assert set(point.reactions) == {one, two}
    with pytest.raises(Invalid):
        reaction_notes.take_together(note, ineke, [], CLOSING)


def test_a_point_that_loses_its_last_reaction_goes(world, db, closed):
    note, ineke, (one, two, _) = begun(world, db, closed), user(world, db, "ineke"), closed[1]
    first = reaction_notes.take_together(note, ineke, [one], CLOSING)
    db.flush()

    second = reaction_notes.take_together(note, ineke, [one, two], CLOSING)

    assert note.points == [second]
    assert first not in note.points
    reaction_notes.split(note, second, ineke, CLOSING)
    db.flush()
    assert (note.points, one.point_id, two.point_id) == ([], None, None)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"answer": "misschien"}, "answer"),
        ({"explanation": "Nee."}, "explanation"),
        ({"summary": "Volgens de linde is het te laag."}, "summary"),
    ],
)
def test_an_answer_needs_its_parts_and_names_nobody(world, db, closed, said, field):
    note, ineke = begun(world, db, closed), user(world, db, "ineke")
    point = reaction_notes.take_together(note, ineke, closed[1][:1], CLOSING)

    with pytest.raises(Invalid) as refusal:
        answer(note, point, ineke, **said)

    assert set(refusal.value.problems) == {field}
    answer(note, point, ineke)
    assert point.answer == "partly"


def test_a_name_is_found_without_its_legal_form_and_not_inside_another_word(world, db, closed):
    assert reaction_notes.core_of("Zorgboerderij Het Erf B.V.") == "Zorgboerderij Het Erf"
    assert reaction_notes.names_in(["Dat wil zorgboerderij het erf."], closed[1]) == ["Zorgboerderij Het Erf B.V."]
    assert reaction_notes.names_in(["De lindelaan is lang."], closed[1]) == []


def test_the_note_is_published_by_a_second_person_and_then_stands(world, db, closed):
    note, ineke, joris = begun(world, db, closed), user(world, db, "ineke"), user(world, db, "joris")
    talk, sent = closed
    for group in (sent[:2], sent[2:]):
        answer(note, reaction_notes.take_together(note, ineke, group, CLOSING), ineke)
    with pytest.raises(Refused):
        reaction_notes.propose(note, ineke, sent, CLOSING)
    reaction_notes.introduce(note, ineke, "Dit doen wij ermee.", CLOSING, based_on=note.version)
    with pytest.raises(Refused):
        reaction_notes.publish(note, talk, joris, sent, CLOSING, based_on=note.version)

    reaction_notes.propose(note, ineke, sent, CLOSING)
    with pytest.raises(NotAllowed):
        reaction_notes.publish(note, talk, ineke, sent, CLOSING, based_on=note.version)
    with pytest.raises(Stale):
        reaction_notes.publish(note, talk, joris, sent, CLOSING, based_on=note.version - 1)
    with pytest.raises(Refused):
        reaction_notes.introduce(note, joris, "Toch anders.", CLOSING, based_on=note.version)
    reaction_notes.publish(note, talk, joris, sent, CLOSING, based_on=note.version)

    assert note.state == "published"
    assert '"organisations": 2' in note.facts
    assert not any(name in note.facts for name in ("Linde", "Erf", "Anna", "Karim"))
    for act in (
        lambda: reaction_notes.introduce(note, ineke, "Anders.", CLOSING, based_on=note.version),
        lambda: reaction_notes.split(note, note.points[0], ineke, CLOSING),
        lambda: reaction_notes.send_back(note, joris, CLOSING),
        lambda: reaction_notes.publish(note, talk, joris, sent, CLOSING, based_on=note.version),
    ):
        with pytest.raises(Refused):
            act()


def test_a_proposal_can_be_taken_back_and_then_changed(world, db, closed):
    note, ineke = begun(world, db, closed), user(world, db, "ineke")
    for group in (closed[1][:2], closed[1][2:]):
        answer(note, reaction_notes.take_together(note, ineke, group, CLOSING), ineke)
    reaction_notes.introduce(note, ineke, "Dit doen wij ermee.", CLOSING, based_on=note.version)
    reaction_notes.propose(note, ineke, closed[1], CLOSING)

    reaction_notes.send_back(note, user(world, db, "joris"), CLOSING)
    reaction_notes.introduce(note, ineke, "Dit doen wij er echt mee.", CLOSING, based_on=note.version)

    assert (note.state, note.proposed_by_id, note.introduction) == ("draft", None, "Dit doen wij er echt mee.")


def test_the_note_begins_at_the_closing_and_not_before(world, db):
    ineke = user(world, db, "ineke")

    with pytest.raises(Refused):
        reaction_notes.begin(asked(world, db), ineke, CLOSING - TICK)

    assert reaction_notes.begin(asked(world, db), ineke, CLOSING).state == "draft"


def test_market_meetings_have_no_draw(world, db):
    talk = asked(world, db, MARKET["code"])

    assert talk.meeting("B1").draws_at is None
    with pytest.raises(Refused):
        meetings.draw(talk, talk.meeting("B1"), [], new_id(), world.clock())
    assert db.scalars(select(MeetingRegistration)).all() == []
    assert db.scalars(select(Reaction)).all() == []

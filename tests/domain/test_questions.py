"""Questions and clarification notices: who asks is not known, two people answer, and what is published stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from portal.adapters import procedure_files
from portal.cli import asking_script as script
from portal.domain import clarification_notices, clarifications, deadlines, editions, questions, traces
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import (
    AuditEvent,
    Clarification,
    ClarificationNotice,
    DeadlineChange,
    Follower,
    Message,
    Organisation,
    Procedure,
    Question,
    Round,
    User,
)
from portal.queries import questions as queries

ASKED = "Telt ervaring van een onderaannemer mee bij deze eis?"
ANONYMOUS = "Telt de ervaring van een onderaannemer mee?"
ANSWER = "Ja, als u zijn verklaring bij uw aanmelding voegt."
UNTIL = datetime(2019, 9, 10, 10, 0, tzinfo=UTC)
"""21 days before the closing of round 2020-1, which is on 1 October 2019 at 12.00 hours in Amsterdam."""


def ask(world, who="anna", text=ASKED, subject="requirement:T01"):
    return script.ask(world.stage, world.people[who], world.rounds["2020-1"], text, subject)


def answered(world, *asked, writer="ineke", reader="joris", requirement=""):
    one = script.answer(world.stage, world.people[writer], asked, ANONYMOUS, ANSWER, requirement)
    if reader:
        script.approve(world.stage, world.people[reader], one)
    return one


def publish(world, *answers, at=None):
    return script.publish(world.stage, world.people["renske"], world.rounds["2020-1"], answers, at)


def published(world, who="anna"):
    return publish(world, answered(world, ask(world, who)))


def acting(world, db, who):
    return db.get_one(User, world.people[who])


def mails(world, template):
    with world.database.reading() as db:
        return {one.to: one.facts for one in db.scalars(select(Message).where(Message.template == template))}


# --- asking ---


def test_a_question_can_be_asked_until_the_published_day_and_not_at_that_instant(world):
    world.clock.set(UNTIL - timedelta(seconds=1))
    question_id = ask(world)
    late = script.write(world.stage, world.people["karim"], world.rounds["2020-1"], ASKED)

    world.clock.set(UNTIL)
    with pytest.raises(Refused, match=r"dinsdag 10 september 2019, 12\.00 uur.*Berichten"):
        ask(world, "karim")
    with world.database.writing() as db, pytest.raises(Refused, match="Vragen konden tot"):
        questions.send(db.get_one(Question, late), acting(world, db, "karim"), world.clock())

    with world.database.reading() as db:
        assert db.get_one(Question, question_id).state == "sent"


def test_a_question_is_not_asked_before_the_round_opens(world):
    with pytest.raises(Refused, match="nog niet open"):
        script.write(world.stage, world.people["anna"], world.rounds["2020-2"], ASKED)


def test_a_later_closing_takes_the_question_deadline_along(world):
    with world.database.writing() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        before = questions.ends_at(round_)
        round_.closes_at += timedelta(days=7)

        assert questions.ends_at(round_) == before + timedelta(days=7)


def test_in_a_round_that_is_too_short_asking_ends_halfway(world):
    with world.database.writing() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        round_.closes_at = round_.opens_at + timedelta(days=10)

        assert questions.ends_at(round_) == round_.opens_at + timedelta(days=5)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"text": "Kort?", "subject": ""}, "text"),
        ({"text": "x" * 5001, "subject": ""}, "text"),
        ({"text": "Mijn cliënt met nummer 111222333 wil dit weten.", "subject": ""}, "text"),
        ({"text": ASKED, "subject": "requirement:T99"}, "subject"),
        ({"text": ASKED, "subject": "lot:'; DROP"}, "subject"),
    ],
)
def test_a_question_that_cannot_be_is_refused_at_its_field(world, form, field):
    with pytest.raises(Invalid) as refusal:
        script.write(world.stage, world.people["anna"], world.rounds["2020-1"], form["text"], form["subject"])

    assert list(refusal.value.problems) == [field]


def test_an_official_asks_nothing_and_another_organisation_sees_nothing(world):
    question_id = ask(world)

    with pytest.raises(NotFound):
        ask(world, "ineke")
    with world.database.writing() as db:
        with pytest.raises(NotFound):
            questions.withdraw(db.get_one(Question, question_id), acting(world, db, "karim"), world.clock())
        assert queries.own_question(db, question_id, acting(world, db, "karim").organisation_id) is None


def test_two_colleagues_who_change_a_question_at_once_lose_nothing(world):
    question_id = script.write(world.stage, world.people["anna"], world.rounds["2020-1"], ASKED)
    with world.database.writing() as db:
        question, anna = db.get_one(Question, question_id), acting(world, db, "anna")
        questions.save(question, anna, {"text": "Telt dat ook mee?", "subject": ""}, world.clock(), based_on=1)
        with pytest.raises(Stale) as stale:
            questions.save(question, anna, {"text": "Iets heel anders.", "subject": ""}, world.clock(), based_on=1)

        assert stale.value.theirs.text == "Telt dat ook mee?"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Wij van Stichting  de Linde vragen dit.", {("name", "Stichting de Linde")}),
        ("Mag De Linde dit ook?", {("name", "De Linde")}),
        ("Ons nummer is 12 34 56 78.", {("kvk", "12 34 56 78")}),
        ("Mail naar a.de-wit@linde.example!", {("mail", "a.de-wit@linde.example")}),
        ("Bel 073 - 123 45 67 of +31 6 87654321.", {("phone", "073 - 123 45 67"), ("phone", "+31 6 87654321")}),
        ("Onze Anna wil dit weten.", {("person", "Anna")}),
        ("Dit vraagt anna de wit.", {("person", "anna de wit")}),
        ("Telt een lindeboom van 1234567890 euro mee voor anna's werk?", set()),
    ],
)
def test_what_gives_the_asker_away_is_found_with_the_words(world, words, expected):
    with world.database.reading() as db:
        organisation = db.scalars(select(Organisation).where(Organisation.kvk_number == "12345678")).one()

        assert {(one.kind, one.words) for one in traces.found(words, organisation)} == expected


def test_a_question_can_be_withdrawn_until_it_is_published(world):
    question_id = ask(world)
    kept = ask(world, "karim")
    answer_id = answered(world, question_id)
    notice_id = publish(world, answer_id, at=world.clock() + timedelta(days=2))
    with world.database.transaction() as db:
        question = db.get_one(Question, question_id)
        questions.withdraw(question, acting(world, db, "anna"), world.clock())
        questions.withdraw(question, acting(world, db, "anna"), world.clock())  # twice is once

    publish(world, answered(world, kept))
    world.clock.set(world.clock() + timedelta(days=2))
    world.work()

    with world.database.writing() as db:
        assert db.get_one(Question, question_id).state == "withdrawn"
        assert db.get_one(Clarification, answer_id).state == "draft"
        assert db.get_one(ClarificationNotice, notice_id).state == "cancelled"  # there was nothing left in it
        with pytest.raises(Refused, match="al beantwoord"):
            questions.withdraw(db.get_one(Question, kept), acting(world, db, "karim"), world.clock())


# --- answering ---


def test_questions_that_are_taken_together_get_one_answer_and_each_asker_is_told(world):
    first, second = ask(world), ask(world, "karim", "Mag de ervaring van mijn onderaannemer meetellen?")

    publish(world, answered(world, first, second))

    told = mails(world, "question_answered")
    assert told.keys() == {world.emails["anna"], world.emails["karim"]}
    assert {tuple(facts["answered"]) for facts in told.values()} == {(1,)}
    assert mails(world, "clarification_notice") == {}
    with world.database.reading() as db:
        assert {one.state for one in db.scalars(select(Question))} == {"published"}
        assert db.scalar(select(func.count()).select_from(Clarification)) == 1


def test_taking_the_same_questions_together_twice_is_once(world):
    asked = [ask(world), ask(world, "karim")]
    with world.database.transaction() as db:
        ineke, chosen = acting(world, db, "ineke"), queries.chosen(db, asked)
        first = clarifications.take_together(chosen[0].round, chosen, ineke, world.clock())
        db.add(first)
        db.flush()

        assert clarifications.take_together(chosen[0].round, chosen, ineke, world.clock()) is first


def test_a_draft_without_a_question_can_be_thrown_away_and_another_one_cannot(world):
    question_id = ask(world)
    answer_id = answered(world, question_id, reader="")
    with world.database.transaction() as db:
        one, ineke = db.get_one(Clarification, answer_id), acting(world, db, "ineke")
        clarifications.send_back(one, ineke, world.clock())
        with pytest.raises(Refused, match="hoort nog een vraag"):
            clarifications.discard(one, ineke, world.clock())
        clarifications.take_out(one, one.questions[0], ineke, world.clock())
        clarifications.discard(one, ineke, world.clock())
        db.delete(one)

    with world.database.reading() as db:
        assert db.get_one(Question, question_id).clarification is None


def test_a_draft_of_a_question_is_not_there_for_officials(world):
    draft = script.write(world.stage, world.people["anna"], world.rounds["2020-1"], ASKED)

    with world.database.reading() as db:
        found, more = queries.asked(db, queries.Wanted(round_id=world.rounds["2020-1"]))
        assert (found, more) == ([], False)
        assert queries.chosen(db, [draft]) == []


def test_who_wrote_an_answer_cannot_approve_it_and_neither_can_the_database(world):
    answer_id = answered(world, ask(world), reader="")

    with pytest.raises(NotAllowed, match="zelf voor"):
        script.approve(world.stage, world.people["ineke"], answer_id)
    with world.database.writing() as db, pytest.raises(IntegrityError, match="four_eyes"):
        db.connection().execute(
            text("UPDATE clarifications SET state = 'approved', approved_by_id = proposed_by_id WHERE id = :id"),
            {"id": answer_id},
        )

    script.approve(world.stage, world.people["joris"], answer_id)
    with world.database.reading() as db:
        assert db.get_one(Clarification, answer_id).state == "approved"


def test_an_answer_that_changed_after_it_was_read_is_not_approved(world):
    answer_id = answered(world, ask(world), reader="")
    with world.database.writing() as db, pytest.raises(Stale):
        clarifications.approve(
            db.get_one(Clarification, answer_id), acting(world, db, "joris"), world.clock(), based_on=1
        )


@pytest.mark.parametrize(
    ("question", "answer", "field"),
    [
        ("Mag Stichting De Linde dit ook?", ANSWER, "question"),
        ("Mail het antwoord naar anna@aanbieder.example.", ANSWER, "question"),
        (ANONYMOUS, "Ja, De Linde mag dat ook doen.", "question"),
        ("", ANSWER, "question"),
        (ANONYMOUS, "Ja.", "answer"),
    ],
)
def test_an_answer_that_names_the_asker_or_is_not_whole_is_not_put_before_a_colleague(world, question, answer, field):
    with pytest.raises(Invalid) as refusal:
        script.answer(world.stage, world.people["ineke"], [ask(world)], question, answer)

    assert list(refusal.value.problems) == [field]


def test_our_own_mail_address_may_stand_in_an_answer(world):
    text_with_mail = "Mail de stukken naar inkoop@meierij.example of bel 073 123 45 67."

    answer_id = script.answer(world.stage, world.people["ineke"], [ask(world)], ANONYMOUS, text_with_mail)

    with world.database.reading() as db:
        assert db.get_one(Clarification, answer_id).state == "proposed"


def test_only_an_inkoper_or_a_round_manager_of_this_authority_answers(world):
    question_id = ask(world)

    for who, refusal in (("bram", NotAllowed), ("olga", NotFound), ("anna", NotFound)):
        with pytest.raises(refusal):
            script.answer(world.stage, world.people[who], [question_id], ANONYMOUS, ANSWER)


def adopt_another(world, code):
    """Edition 2 of the procedure, in which one requirement is another one."""
    with world.database.transaction() as db:
        procedure, ineke = db.get_one(Procedure, world.procedure_id), acting(world, db, "ineke")
        concept = editions.draft(procedure, ineke, "Een vraag liet zien dat het strenger moet", world.clock())
        changed = [
            one | {"title": "Iets anders"} if one["code"] == code else one for one in concept.data["requirements"]
        ]
        data = {**concept.data, "requirements": changed}
        editions.save(concept, ineke, data, concept.version, world.clock())
        editions.propose(concept, ineke, 0, world.clock())
        editions.adopt(
            concept, acting(world, db, "renske"), procedure_files.loaded(data), "d" * 64, concept.version, world.clock()
        )


def test_an_answer_that_changes_a_requirement_names_the_edition_in_which_it_changed(world):
    answer_id = answered(world, ask(world), reader="")
    form = {"question": ANONYMOUS, "answer": ANSWER, "subject": "", "requirement": "T01"}
    adopt_another(world, "T01")
    with world.database.writing() as db:
        one, ineke = db.get_one(Clarification, answer_id), acting(world, db, "ineke")
        clarifications.send_back(one, ineke, world.clock())
        for wrong, field in (
            ({"edition": "1"}, "edition"),
            ({"edition": "9"}, "edition"),
            ({"edition": "2", "requirement": "T03"}, "edition"),
            ({"edition": "2", "requirement": ""}, "requirement"),
        ):
            with pytest.raises(Invalid) as refusal:
                clarifications.save(one, ineke, form | wrong, world.clock(), based_on=one.version)
            assert list(refusal.value.problems) == [field]

        clarifications.save(one, ineke, form | {"edition": "2"}, world.clock(), based_on=one.version)

        assert (one.requirement_code, one.edition) == ("T01", 2)
        assert [edition.number for edition in clarifications.later_editions(one.round)] == [2]


# --- publishing ---


def test_a_notice_tells_everybody_who_applied_asked_or_follows_once(world):
    world.draft("karim")
    with world.database.transaction() as db:
        db.add(
            Follower(
                authority_id=world.authority_id,
                procedure_id=world.procedure_id,
                user_id=world.people["karim"],
                since=world.clock(),
            )
        )

    published(world)

    assert mails(world, "question_answered").keys() == {world.emails["anna"]}
    assert mails(world, "clarification_notice").keys() == {world.emails["karim"]}
    assert "vraag" not in json.dumps(mails(world, "clarification_notice")).lower()


def test_notices_are_numbered_within_the_round_and_so_are_the_questions(world):
    published(world)
    published(world, "karim")

    with world.database.reading() as db:
        notices = db.scalars(select(ClarificationNotice).order_by(ClarificationNotice.number)).all()
        assert [one.number for one in notices] == [1, 2]
        assert [json.loads(one.facts)["clarifications"][0]["number"] for one in notices] == [1, 2]


def test_a_notice_says_nothing_of_who_asked_or_when(world):
    notice_id = published(world)

    with world.database.reading() as db:
        facts = db.get_one(ClarificationNotice, notice_id).facts
    assert ANONYMOUS in facts
    assert ASKED not in facts
    for word in ("Linde", "12345678", "Anna", world.emails["anna"], world.people["anna"]):
        assert word not in facts


def test_an_answer_without_a_second_person_is_not_published(world):
    answer_id = answered(world, ask(world), reader="")

    with pytest.raises(Refused, match="veranderd"):
        publish(world, answer_id)
    with world.database.writing() as db, pytest.raises(IntegrityError, match="approved_by_two"):
        db.connection().exec_driver_sql("UPDATE clarifications SET state = 'published', number = 1, notice_id = 'x'")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clarification_notices SET facts = '{}'",
        "UPDATE clarification_notices SET number = 9",
        "UPDATE clarification_notices SET state = 'planned', number = NULL, published_at = NULL",
        "DELETE FROM clarification_notices",
        "UPDATE clarifications SET answer = 'Nee.'",
        "DELETE FROM clarifications",
    ],
)
def test_what_was_published_never_changes(world, statement):
    published(world)
    with world.database.writing() as db, pytest.raises(DatabaseError, match="final"):
        db.connection().exec_driver_sql(statement)


def test_a_correction_is_a_new_notice_that_points_to_the_old_one(world):
    published(world)
    with world.database.transaction() as db:
        earlier = db.scalars(select(Clarification)).one()
        ineke = acting(world, db, "ineke")
        correction = clarifications.correct(earlier, ineke, world.clock())
        db.add(correction)
        db.flush()
        form = {"question": ANONYMOUS, "answer": "Nee, alleen uw eigen ervaring telt.", "subject": earlier.subject}
        clarifications.save(correction, ineke, form, world.clock(), based_on=1)
        clarifications.propose(correction, ineke, world.clock())
        correction_id = correction.id
    script.approve(world.stage, world.people["joris"], correction_id)

    notice_id = publish(world, correction_id)

    with world.database.reading() as db:
        [one] = json.loads(db.get_one(ClarificationNotice, notice_id).facts)["clarifications"]
        assert (one["number"], one["corrects"], one["corrects_notice"]) == (2, 1, 1)
        assert db.scalars(select(Clarification).where(Clarification.number == 1)).one().answer == ANSWER


def test_a_planned_notice_is_published_at_its_instant_by_the_worker_exactly_once(world):
    at = world.clock() + timedelta(days=1)
    notice_id = publish(world, answered(world, ask(world)), at=at)

    world.clock.set(at - timedelta(seconds=1))
    world.work()
    with world.database.reading() as db:
        assert db.get_one(ClarificationNotice, notice_id).state == "planned"
    world.clock.set(at)
    world.work()
    world.work()

    with world.database.reading() as db:
        notice = db.get_one(ClarificationNotice, notice_id)
        assert (notice.state, notice.number, notice.published_at) == ("published", 1, at)
        assert world.services.files.read(notice.pdf_key).startswith(b"%PDF")
        published_acts = select(func.count()).where(AuditEvent.subject_id == notice_id, AuditEvent.act == "publish")
        assert db.scalar(published_acts) == 1
    assert len(mails(world, "question_answered")) == 1


def test_a_planned_notice_can_be_cancelled_and_a_published_one_cannot(world):
    answer_id = answered(world, ask(world))
    notice_id = publish(world, answer_id, at=world.clock() + timedelta(days=1))
    with world.database.transaction() as db:
        notice, renske = db.get_one(ClarificationNotice, notice_id), acting(world, db, "renske")
        with pytest.raises(Refused, match="geplande nota"):
            clarifications.send_back(db.get_one(Clarification, answer_id), acting(world, db, "ineke"), world.clock())
        clarification_notices.cancel(notice, renske, world.clock())
    again = publish(world, answer_id)

    with world.database.writing() as db, pytest.raises(Refused, match="gepubliceerd"):
        clarification_notices.cancel(db.get_one(ClarificationNotice, again), acting(world, db, "renske"), world.clock())


@pytest.mark.parametrize(("days", "words"), [(-1, "voorbij"), (200, "al gesloten")])
def test_a_notice_is_not_planned_in_the_past_or_after_the_closing(world, days, words):
    answer_id = answered(world, ask(world))
    with pytest.raises(Invalid, match=words):
        publish(world, answer_id, at=world.clock() + timedelta(days=days))


def test_a_late_notice_makes_the_portal_propose_a_later_closing_that_two_people_decide_about(world):
    answer_id = answered(world, ask(world))
    world.clock.set(datetime(2019, 9, 27, 8, 0, tzinfo=UTC))  # four days before the closing; six are promised

    publish(world, answer_id)

    with world.database.transaction() as db:
        change = db.scalars(select(DeadlineChange)).one()
        assert (change.state, change.proposed_by_id) == ("proposed", None)
        assert change.new_closes_at == datetime(2019, 10, 3, 10, 0, tzinfo=UTC)
        assert "Nota van inlichtingen 1" in change.reason
        assert not deadlines.agree(change, acting(world, db, "renske"), world.clock())
        assert deadlines.agree(change, acting(world, db, "wil"), world.clock())
    assert mails(world, "deadline_proposed").keys() == {world.emails["renske"], world.emails["wil"]}


def test_a_notice_in_time_proposes_nothing(world):
    answer_id = answered(world, ask(world))
    world.clock.set(datetime(2019, 9, 25, 10, 0, tzinfo=UTC))  # six days before, to the second

    publish(world, answer_id)

    with world.database.reading() as db:
        assert db.scalars(select(DeadlineChange)).all() == []


def test_a_late_notice_does_not_push_aside_a_proposal_that_waits(world):
    answer_id = answered(world, ask(world))
    world.clock.set(datetime(2019, 9, 27, 8, 0, tzinfo=UTC))
    with world.database.transaction() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        later = datetime(2019, 10, 15, 10, 0, tzinfo=UTC)
        deadlines.propose(round_, acting(world, db, "renske"), later, "Bijlage 3 ontbrak een dag.", world.clock())

    publish(world, answer_id)

    with world.database.reading() as db:
        assert len(db.scalars(select(DeadlineChange)).all()) == 1

"""Steps of questions, clarification notices and conversations, for the demonstration and the tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.cli.cast import Stage
from portal.domain import clarification_notices, clarifications, conversations, questions
from portal.models import Application, Clarification, Conversation, Procedure, Round, User, new_id
from portal.queries import questions as queries


def write(stage: Stage, user_id: str, round_id: str, text: str, subject: str = "") -> str:
    """A draft of a question; gives its id."""
    form = {"text": text, "subject": subject}
    with stage.database.transaction() as db:
        user, round_ = db.get_one(User, user_id), db.get_one(Round, round_id)
        question = questions.begin(round_, user, new_id(), form, stage.services.now())
        db.add(question)
        return question.id


def ask(stage: Stage, user_id: str, round_id: str, text: str, subject: str = "") -> str:
    """Write a question and send it; gives its id."""
    question_id = write(stage, user_id, round_id, text, subject)
    with stage.database.transaction() as db:
        user = db.get_one(User, user_id)
        question = queries.own_question(db, question_id, user.organisation_id or "")
        assert question is not None  # noqa: S101 - written a moment ago
        questions.send(question, user, stage.services.now())
    return question_id


def answer(stage: Stage, user_id: str, asked: Sequence[str], question: str, text: str, requirement: str = "") -> str:
    """Take questions together, answer them in one, and put the answer before a colleague; gives its id."""
    with stage.database.transaction() as db:
        user, chosen = db.get_one(User, user_id), queries.chosen(db, asked)
        one = clarifications.take_together(chosen[0].round, chosen, user, stage.services.now())
        db.add(one)
        db.flush()
        form = {"question": question, "answer": text, "subject": one.subject, "requirement": requirement}
        clarifications.save(one, user, form, stage.services.now(), based_on=one.version)
        clarifications.propose(one, user, stage.services.now())
        return one.id


def approve(stage: Stage, user_id: str, clarification_id: str) -> None:
    """The second person agrees."""
    with stage.database.transaction() as db:
        one = db.get_one(Clarification, clarification_id)
        clarifications.approve(one, db.get_one(User, user_id), stage.services.now(), based_on=one.version)


def publish(
    stage: Stage, user_id: str, round_id: str, answers: Sequence[str], publish_at: datetime | None = None
) -> str:
    """A notice of these answers, now or at an instant; gives its id."""
    with stage.database.transaction() as db:
        queries.held(db, round_id)
        round_, moment = db.get_one(Round, round_id), stage.services.now()
        chosen = [db.get_one(Clarification, one) for one in answers]
        user = db.get_one(User, user_id)
        notice = clarification_notices.plan(round_, chosen, user, new_id(), publish_at, moment)
        db.add(notice)
        db.flush()
        told = queries.audience(db, round_)
        clarification_notices.publish(notice, *queries.last_numbers(db, round_id), told, moment)
        return notice.id


def converse(stage: Stage, user_id: str, about: str, title: str, text: str, *, is_procedure: bool = False) -> str:
    """Begin a conversation about an application or a procedure; gives its id."""
    with stage.database.transaction() as db:
        user = db.get_one(User, user_id)
        application = None if is_procedure else db.get_one(Application, about)
        procedure = application.round.procedure if application else db.get_one(Procedure, about)
        organisation = application.organisation if application else user.organisation
        assert organisation is not None  # noqa: S101 - about a procedure only applicants begin one
        begun = conversations.begin(
            procedure,
            application,
            organisation,
            user,
            title=title,
            text=text,
            attempt=new_id(),
            now=stage.services.now(),
        )
        db.add(begun)
        return begun.id


def open_posts(stage: Stage, user_id: str, conversation_id: str) -> None:
    """Read what is new."""
    with stage.database.transaction() as db:
        user, conversation = db.get_one(User, user_id), db.get_one(Conversation, conversation_id)
        conversations.open_posts(conversation, user, stage.services.now())


def reply(stage: Stage, user_id: str, conversation_id: str, text: str) -> None:
    """Read what is new, and write back."""
    open_posts(stage, user_id, conversation_id)
    with stage.database.transaction() as db:
        user, conversation = db.get_one(User, user_id), db.get_one(Conversation, conversation_id)
        conversations.post(conversation, user, text, new_id(), stage.services.now())

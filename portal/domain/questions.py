"""Asking about a round, until its question deadline. Who asks stays between the asker and the authority's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.domain import audit, calendar, following, wording
from portal.domain.kinds import KINDS
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_role
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import Organisation, Question, Round, User
from portal.terms import APPLICANT_ROLES, N_

MOST_CHARACTERS = 5_000
LEAST_CHARACTERS = 10
UNTIL_DAYS, NOTICE_DAYS = 10, 6
"""Where the file says nothing: asking ends so many days before the closing; in a tender the last notice comes so
many days before it (Aanbestedingswet art. 2.53: six days)."""


@dataclass(frozen=True)
class Rule:
    """What is published about questions. Days before the closing; `notice_days` 0: a late notice proposes nothing."""

    until_days: int
    notice_days: int
    text: str = ""
    source: str = ""
    own_addition: bool = False


@dataclass(frozen=True)
class Subject:
    """What a question can be about: 'requirement', 'lot' or 'product', its code and its name; '' for the whole."""

    kind: str
    code: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.code}" if self.kind else ""


def rule(round_: Round) -> Rule:
    """The rule of the edition that this round follows."""
    own: Mapping[str, Any] = (round_.settings.get("rounds") or {}).get("questions") or {}
    notice = NOTICE_DAYS if KINDS[round_.procedure.kind].has_award else 0
    return Rule(
        own.get("until_days", UNTIL_DAYS),
        own.get("notice_days", notice),
        own.get("text", ""),
        own.get("source", ""),
        own.get("own_addition", False),
    )


def days_before(instant: datetime, days: int) -> datetime:
    """The same time on the clock in Amsterdam, so many days earlier, in UTC."""
    local = instant.astimezone(calendar.AMSTERDAM)
    return (local - timedelta(days=days)).astimezone(UTC)


def ends_at(round_: Round) -> datetime:
    """The question deadline: strictly before this instant. A later closing takes it along.

    In a round that is too short for that it lies halfway.
    """
    deadline = days_before(round_.closes_at, rule(round_).until_days)
    if deadline > round_.opens_at:
        return deadline
    return round_.opens_at + (round_.closes_at - round_.opens_at) / 2


def is_open(round_: Round, now: datetime) -> bool:
    return round_.is_open(now) and now < ends_at(round_)


def subjects(round_: Round) -> list[Subject]:
    """Everything in this round that a question can be about, the whole first."""
    found = [Subject("", "", "")]
    found += [Subject("requirement", one.code, one.title) for one in round_.requirements]
    for lot in round_.lots:
        found.append(Subject("lot", lot.code, lot.name))
        found += [Subject("product", one.code, one.name) for one in lot.products]
    return found


def subject(round_: Round, key: str) -> Subject:
    """The subject with this key; one that is no longer there keeps its code as its name."""
    for one in subjects(round_):
        if one.key == key:
            return one
    kind, _, code = key.partition(":")
    return Subject(kind, code, code)


def require_asking(round_: Round, now: datetime) -> None:
    """The question deadline, in one place, with the way out for who is too late."""
    if round_.is_open(now) and now < ends_at(round_):
        return
    if now < round_.opens_at or (round_.held_by and now < round_.closes_at):
        raise Refused(N_("Deze ronde is nog niet open. Een vraag stellen kan zodra zij open is."))
    moment = wording.moment(ends_at(round_))
    if KINDS[round_.procedure.kind].has_vault:
        raise Refused(
            N_(
                "Vragen konden tot %(moment)s. Een nieuwe vraag komt niet meer in een nota van inlichtingen. "
                "Lukt indienen niet door een fout in het portaal? Bel of mail dan de regio."
            ),
            moment=moment,
        )
    raise Refused(
        N_(
            "Vragen konden tot %(moment)s. Een nieuwe vraag komt niet meer in een nota van inlichtingen. "
            "Gaat het over uw eigen aanmelding? Stuur dan een bericht: ga in het menu naar ‘Berichten’."
        ),
        moment=moment,
    )


def require_asker(actor: User) -> Organisation:
    """The organisation that the actor asks for. Raises `NotFound` for an official."""
    if actor.works_for is None:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *APPLICANT_ROLES)
    return actor.works_for


def require_own(question: Question, actor: User) -> None:
    if question.organisation_id != require_asker(actor).id:
        raise NotFound(N_("Dit bestaat niet."))


def checked(round_: Round, form: Mapping[str, str]) -> tuple[str, str]:
    """(subject, text) as they were typed. Raises `Invalid`."""
    text, key, problems = clean(form.get("text", "")), form.get("subject", ""), {}
    if len(text) < LEAST_CHARACTERS:
        problems["text"] = N_("Schrijf uw vraag op, in minstens 10 tekens.")
    elif len(text) > MOST_CHARACTERS:
        problems["text"] = N_("Deze vraag is te lang. Maak er ten hoogste 5.000 tekens van, of stel twee vragen.")
    elif following.has_personal_number(text):
        problems["text"] = N_(
            "Hier lijkt een burgerservicenummer te staan. Haal dat weg: het mag nooit in het portaal."
        )
    if all(one.key != key for one in subjects(round_)):
        problems["subject"] = N_("Kies waar de vraag over gaat, of kies ‘De hele ronde’.")
    if problems:
        raise Invalid(problems)
    return key, text


def clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def begin(round_: Round, actor: User, attempt: str, form: Mapping[str, str], now: datetime) -> Question:
    """A draft of a question; nobody but the own colleagues sees it. The caller looks for `attempt` first."""
    organisation = require_asker(actor)
    require_asking(round_, now)
    key, text = checked(round_, form)
    question = Question(
        authority_id=round_.authority_id,
        attempt=attempt,
        round=round_,
        round_id=round_.id,
        organisation=organisation,
        organisation_id=organisation.id,
        subject=key,
        state="draft",
        text=text,
        version=1,
        saved_at=now,
        saved_by=actor,
        saved_by_id=actor.id,
    )
    audit.record(question, "begin_question", actor, now, round=round_.label)
    return question


def save(question: Question, actor: User, form: Mapping[str, str], now: datetime, *, based_on: int) -> None:
    """Change a question that is not sent. Raises `Stale` when a colleague saved after version `based_on`."""
    require_own(question, actor)
    if question.state not in {"draft", "withdrawn"}:
        raise Refused(N_("Deze vraag is verstuurd. Trek haar eerst in als u iets wilt wijzigen."))
    require_asking(question.round, now)
    key, text = checked(question.round, form)
    if (key, text) == (question.subject, question.text):
        return
    if question.version != based_on:
        raise Stale(
            N_("Een collega heeft deze vraag net gewijzigd. Lees dat eerst en bewaar daarna opnieuw."), question
        )
    question.subject, question.text = key, text
    question.version += 1
    question.saved_at, question.saved_by, question.saved_by_id = now, actor, actor.id
    audit.record(question, "save_question", actor, now, version=question.version)


def send(question: Question, actor: User, now: datetime) -> None:
    """To the authority. Twice is once."""
    require_own(question, actor)
    if question.state in {"sent", "published"}:
        return
    require_asking(question.round, now)
    advance(question, "send", actor, now)
    question.sent_at, question.sent_by, question.sent_by_id = now, actor, actor.id


def withdraw(question: Question, actor: User, now: datetime) -> None:
    """Take a question back, until it is published; the text stays with the asker. Twice is once.

    An answer that is left without a question becomes a draft again and leaves its notice.
    """
    require_own(question, actor)
    if question.state == "withdrawn":
        return
    if question.state == "published":
        raise Refused(N_("Deze vraag is al beantwoord in een nota van inlichtingen. Intrekken kan niet meer."))
    advance(question, "withdraw", actor, now)
    answer, question.clarification = question.clarification, None
    if answer is not None and not answer.questions and answer.state != "draft":
        advance(answer, "send_back", None, now)
        answer.proposed_at = answer.proposed_by = answer.proposed_by_id = None
        answer.approved_at = answer.approved_by = answer.approved_by_id = None
        answer.notice = answer.notice_id = None

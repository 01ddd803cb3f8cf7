"""Answering questions: taking alike ones together, in words that name nobody, approved by a second official.

A published clarification never changes. Who wants to change what was said writes a correction, which goes out in the
next notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from portal.domain import audit, following, questions, traces
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.domain.traces import Trace
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import Clarification, Edition, Question, Round, User
from portal.terms import N_

ANSWERERS = ("inkoper", "round_manager")
MOST_CHARACTERS = 10_000
NAMING = frozenset({"name", "kvk", "mail", "phone"})
"""Traces of an asker that never go out; a name of a colleague may be a common word, so that only warns."""


def take_together(
    round_: Round, asked: Sequence[Question], actor: User, now: datetime, into: Clarification | None = None
) -> Clarification:
    """One answer for these questions, new or `into` a draft that is there.

    A draft that loses its last question this way stays, to be thrown away by hand (`discard`). Doing it again with the
    same questions gives the answer they have.
    """
    require_official(actor, round_, *ANSWERERS)
    if not asked:
        raise Invalid({"question": N_("Kies ten minste één vraag.")})
    for one in asked:
        if one.round_id != round_.id:
            raise Refused(N_("Neem alleen vragen over dezelfde ronde samen."))
        if one.state != "sent":
            raise Refused(N_("Een van deze vragen is ingetrokken of al beantwoord. Ververs de pagina."))
    there = {one.clarification for one in asked}
    if into is None and len(there) == 1 and (same := next(iter(there))) is not None:
        return same
    for held in there - {None, into}:
        _require_draft(held)  # type: ignore[arg-type]
    held_by = [one for one in there if one is not None]
    answer = into or min(held_by, key=lambda one: (one.made_at, one.id), default=None)
    if answer is None:
        answer = Clarification(
            authority_id=round_.authority_id,
            round=round_,
            round_id=round_.id,
            state="draft",
            subject=_shared_subject(asked),
            question=asked[0].text,
            answer="",
            requirement_code="",
            version=1,
            made_at=now,
        )
    else:
        if answer.round_id != round_.id:
            raise NotFound(N_("Dit bestaat niet."))
        _require_draft(answer)
        answer.version += 1
    for one in asked:
        if one.clarification is not answer:
            one.clarification = answer
    audit.record(answer, "take_questions_together", actor, now, questions=len(answer.questions))
    return answer


def _shared_subject(asked: Sequence[Question]) -> str:
    keys = {one.subject for one in asked}
    return keys.pop() if len(keys) == 1 else ""


def correct(earlier: Clarification, actor: User, now: datetime) -> Clarification:
    """A draft that mends a published clarification, beginning with what was said."""
    require_official(actor, earlier, *ANSWERERS)
    if earlier.state != "published":
        raise Refused(N_("Dit antwoord is nog niet gepubliceerd. U kunt het nog gewoon wijzigen."))
    correction = Clarification(
        authority_id=earlier.authority_id,
        round=earlier.round,
        round_id=earlier.round_id,
        state="draft",
        subject=earlier.subject,
        question=earlier.question,
        answer=earlier.answer,
        requirement_code=earlier.requirement_code,
        edition=earlier.edition,
        corrects=earlier,
        corrects_id=earlier.id,
        version=1,
        made_at=now,
    )
    audit.record(correction, "correct_clarification", actor, now, number=earlier.number)
    return correction


def take_out(answer: Clarification, question: Question, actor: User, now: datetime) -> None:
    """A question stands by itself again."""
    require_official(actor, answer, *ANSWERERS)
    _require_draft(answer)
    if question not in answer.questions:
        raise NotFound(N_("Dit bestaat niet."))
    question.clarification = None
    answer.version += 1
    audit.record(answer, "take_question_out", actor, now, questions=len(answer.questions))


def discard(answer: Clarification, actor: User, now: datetime) -> None:
    """Throw away a draft without a question; recorded, and the caller deletes the row."""
    require_official(actor, answer, *ANSWERERS)
    _require_draft(answer)
    if answer.questions:
        raise Refused(N_("Bij dit antwoord hoort nog een vraag. Maak die eerst los."))
    audit.record(answer.round, "discard_clarification", actor, now, clarification=answer.id)


def _require_draft(answer: Clarification) -> None:
    if answer.state == "published":
        raise Refused(N_("Dit antwoord is gepubliceerd. Er verandert niets meer aan; schrijf een correctie."))
    if answer.state != "draft":
        raise Refused(N_("Dit antwoord is al voorgelegd. Haal het eerst terug als u iets wilt wijzigen."))


def save(answer: Clarification, actor: User, form: Mapping[str, str], now: datetime, *, based_on: int) -> None:
    """The question in our words and the answer; saving always works, proposing looks whether it is whole.

    `form` has 'question', 'answer', 'subject', 'requirement' (a code or '') and 'edition' (a number: the edition that
    changes this requirement; '' when the answer changes nothing). Raises `Stale` after version `based_on`.
    """
    require_official(actor, answer, *ANSWERERS)
    _require_draft(answer)
    texts = {name: questions.clean(form.get(name, "")) for name in ("question", "answer")}
    problems = {
        name: N_("Deze tekst is te lang. Maak er ten hoogste 10.000 tekens van.")
        for name, text in texts.items()
        if len(text) > MOST_CHARACTERS
    } | {
        name: N_("Hier lijkt een burgerservicenummer te staan. Haal dat weg: het mag nooit in het portaal.")
        for name, text in texts.items()
        if following.has_personal_number(text)
    }
    subject, code, edition = form.get("subject", ""), form.get("requirement", ""), form.get("edition", "")
    if subject != answer.subject and all(one.key != subject for one in questions.subjects(answer.round)):
        problems["subject"] = N_("Kies waar de vraag over gaat, of kies ‘De hele ronde’.")
    if code and code != answer.requirement_code and all(one.code != code for one in answer.round.requirements):
        problems["requirement"] = N_("Kies een eis van deze ronde.")
    number = int(edition) if edition.isascii() and edition.isdigit() and len(edition) < 6 else None
    if edition and number is None:
        problems["edition"] = N_("Kies een uitgave van de procedure.")
    if number is not None and not code:
        problems["requirement"] = N_("Kies welke eis met deze uitgave is gewijzigd.")
    elif number is not None and number not in changing_editions(answer.round, code):
        problems["edition"] = N_("In deze uitgave is deze eis niet gewijzigd. Kies de uitgave waarin dat wel zo is.")
    if problems:
        raise Invalid(problems)
    typed = (texts["question"], texts["answer"], subject, code, number)
    if typed == (answer.question, answer.answer, answer.subject, answer.requirement_code, answer.edition):
        return
    if answer.version != based_on:
        raise Stale(
            N_("Een collega heeft dit antwoord net gewijzigd. Lees dat eerst en bewaar daarna opnieuw."), answer
        )
    answer.question, answer.answer, answer.subject, answer.requirement_code, answer.edition = typed
    answer.version += 1
    audit.record(answer, "save_clarification", actor, now, version=answer.version)


def changing_editions(round_: Round, code: str) -> list[int]:
    """The adopted editions, later than that of the round, in which this requirement is another one or is gone."""
    rows = [one for one in round_.procedure.every_requirement if one.code == code]
    numbers = {one.from_edition for one in rows} | {one.until_edition for one in rows if one.until_edition is not None}
    return sorted(number for number in numbers if number > round_.edition)


def later_editions(round_: Round) -> list[Edition]:
    """The adopted editions after the one that this round follows."""
    return [one for one in round_.procedure.editions if one.adopted_at is not None and one.number > round_.edition]


def found_traces(answer: Clarification) -> list[Trace]:
    """What in the words that will be published points to somebody who asked."""
    found: list[Trace] = []
    for organisation in {one.organisation for one in answer.questions}:
        found += traces.found(answer.question, organisation)
        # an answer may give a mail address or a telephone number: those are our own
        found += [one for one in traces.found(answer.answer, organisation) if one.kind not in {"mail", "phone"}]
    return sorted(set(found), key=lambda one: (one.kind, one.words))


def gaps(answer: Clarification) -> dict[str, str]:
    """What keeps it from being proposed, by field."""
    problems = {}
    if len(answer.question) < questions.LEAST_CHARACTERS:
        problems["question"] = N_("Schrijf de vraag op zoals anderen haar lezen, in minstens 10 tekens.")
    elif any(one.kind in NAMING for one in found_traces(answer)):
        problems["question"] = N_("De tekst wijst naar een aanbieder. Haal de gevonden woorden weg.")
    if len(answer.answer) < questions.LEAST_CHARACTERS:
        problems["answer"] = N_("Schrijf het antwoord op, in minstens 10 tekens.")
    return problems


def propose(answer: Clarification, actor: User, now: datetime) -> None:
    """Ready for a second pair of eyes. Raises `Invalid` with what is missing. Twice is once."""
    require_official(actor, answer, *ANSWERERS)
    if answer.state == "proposed" and answer.proposed_by_id == actor.id:
        return
    _require_draft(answer)
    if not answer.questions and answer.corrects is None:
        raise Refused(N_("De vraag bij dit antwoord is ingetrokken. Er is niets meer om te beantwoorden."))
    problems = gaps(answer)
    if problems:
        raise Invalid(problems)
    advance(answer, "propose", actor, now, version=answer.version)
    answer.proposed_at, answer.proposed_by, answer.proposed_by_id = now, actor, actor.id


def approve(answer: Clarification, actor: User, now: datetime, *, based_on: int) -> None:
    """A second official agrees with what was shown. Twice is once."""
    require_official(actor, answer, *ANSWERERS)
    if answer.state in {"approved", "published"} and answer.approved_by_id == actor.id:
        return
    if answer.state == "proposed" and answer.proposed_by_id == actor.id:
        raise NotAllowed(N_("U legde dit antwoord zelf voor. Een collega moet akkoord geven."))
    if answer.version != based_on:
        raise Stale(N_("Het antwoord is veranderd nadat u het opende. Lees het opnieuw."), answer)
    advance(answer, "approve", actor, now, version=answer.version)
    answer.approved_at, answer.approved_by, answer.approved_by_id = now, actor, actor.id


def send_back(answer: Clarification, actor: User, now: datetime) -> None:
    """Back to a draft, by whoever wrote it or by who read it; not while it waits in a planned notice."""
    require_official(actor, answer, *ANSWERERS)
    if answer.notice is not None and answer.state == "approved":
        raise Refused(N_("Dit antwoord staat in een geplande nota. Annuleer die nota eerst."))
    advance(answer, "send_back", actor, now)
    answer.proposed_at = answer.proposed_by = answer.proposed_by_id = None
    answer.approved_at = answer.approved_by = answer.approved_by_id = None

"""The file of one person concerned: own research, advice of the Bureau, hearing, proposal, decision.

What a paper says lies sealed; these functions get its storage key, and what they must know of it by keyword.
`attempt` is the key of the form: the same form sent twice is one act.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.deciding_words import UNEXPLAINED
from portal.domain import audit, calendar, suspensions
from portal.domain.integrity import add_paper, conclude, require_nothing_running, require_opened, settle
from portal.domain.lifecycle import advance
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.integrity_terms import CONSEQUENCES, DANGERS, FOLLOWS, FOR_THE_PERSON
from portal.models import IntegrityAdvice, IntegrityFile, IntegrityPaper, User
from portal.terms import N_

ADVICE_DAYS, EXTENSION_DAYS = 56, 28
"""Eight weeks, and once at most four more (Wet Bibob, art. 15, first and third paragraph)."""
HEARING_DAYS = 14
"""For a view on an intention, unless the procedure says otherwise (`integrity.hearing_days`)."""
LEAST = 30
"""Characters of a reasoning: less is no reasoning."""
MOST_ENCLOSURES = 10
FIELD = "bestand"
"""The field of a form that takes a file."""
OFFICER, DECIDER = "integrity_officer", "integrity_decider"


@dataclass(frozen=True)
class Assessment:
    """What somebody finds of one person: the danger, what follows from it, and why.

    `deviation` says why another danger than the Bureau's is assumed, `proportionality` why refusing is in proportion,
    `conditions` what must be done.
    """

    danger: str
    consequence: str
    reasoning: str
    deviation: str = ""
    proportionality: str = ""
    conditions: str = ""

    @property
    def result(self) -> str:
        """All that anybody else hears."""
        return "objection" if self.consequence == "refuse" else "no_objection"


def require_reasoned(found: Assessment, advised: str | None) -> None:
    """Everything that must be said, is (Awb 3:9 and 3:46, Wet Bibob art. 3). `advised`: the danger in the advice.

    Raises `Invalid` with all problems.
    """
    problems: dict[str, str] = {}
    if found.danger not in DANGERS:
        problems["danger"] = N_("Kies hoe groot het gevaar is.")
    elif found.consequence not in FOLLOWS[found.danger]:
        problems["consequence"] = N_("Dit gevolg kan niet bij deze mate van gevaar. Kies een ander gevolg.")
    if len(found.reasoning) < LEAST:
        problems["reasoning"] = N_("Geef uw eigen motivering, in minstens 30 tekens. Een advies alleen is niet genoeg.")
    if advised is not None and found.danger in DANGERS and found.danger != advised and len(found.deviation) < LEAST:
        problems["deviation"] = N_("U wijkt af van het advies. Leg in minstens 30 tekens uit waarom.")
    if found.consequence == "refuse" and len(found.proportionality) < LEAST:
        problems["proportionality"] = N_("Leg in minstens 30 tekens uit waarom afwijzen evenredig is.")
    if found.consequence == "conditions" and len(found.conditions) < LEAST:
        problems["conditions"] = N_("Schrijf de voorschriften op, in minstens 30 tekens.")
    if problems:
        raise Invalid(problems)


def made_before(file: IntegrityFile, attempt: str) -> IntegrityPaper | None:
    """The paper that this form made when it was sent before."""
    return next((one for one in file.papers if one.attempt == attempt), None)


def note_research(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    """What the own research found: the whole list, each time anew; the last one counts."""
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, OFFICER)
    if file.state == "decided":
        raise Refused(N_("Dit dossier is afgerond."))
    add_paper(file, actor, "research", key, attempt, now)
    audit.record(file, "note", actor, now)


def clear(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    """No danger, found by the officer alone: nobody was asked anything, and nothing bad follows."""
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, OFFICER)
    require_nothing_running(file)
    add_paper(file, actor, "note", key, attempt, now)
    conclude(file, actor, "clear", "no_objection", now)
    settle(file.check, actor, now)


# Advice of the Landelijk Bureau Bibob


def ask_advice(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    """Advice was asked: the term of the decision stands still from today; the person concerned hears of it (art. 32).

    Only after own research (art. 7a): the Bureau is the heaviest means.
    """
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, OFFICER)
    if file.last("research") is None:
        raise Refused(N_("Leg eerst uw eigen onderzoek vast. Advies vragen kan pas daarna."))
    if file.advice is not None:
        raise Refused(N_("Over deze betrokkene is al advies gevraagd."))
    advance(file, "ask", actor, now)
    today = calendar.local_day(now)
    file.advices.append(
        IntegrityAdvice(authority_id=file.authority_id, asked_on=today, due_on=today + timedelta(days=ADVICE_DAYS))
    )
    add_paper(file, actor, "request", key, attempt, now)
    application = file.check.application
    if suspensions.runs(application, "decision", now):
        suspensions.suspend(application, UNEXPLAINED, actor, "", now)
    tell(file, "asked", now)


def _running(file: IntegrityFile) -> IntegrityAdvice:
    advice = file.advice
    if advice is None or advice.received_on is not None:
        raise Refused(N_("Er loopt geen adviesaanvraag. Vraag eerst advies, of doe een voorstel."))
    return advice


def extend_advice(file: IntegrityFile, actor: User, now: datetime) -> None:
    """The Bureau needs more time: once, at most four weeks (art. 15, third paragraph). Twice is once."""
    require_opened(file, actor, now, OFFICER)
    advice = _running(file)
    if advice.extended_on is not None:
        return
    if advice.ended_on is not None:
        raise Refused(N_("De adviestermijn is voorbij. Verlengen kan niet meer."))
    advice.extended_on = calendar.local_day(now)
    advice.due_on += timedelta(days=EXTENSION_DAYS)
    audit.record(file, "extend", actor, now)


def pause_advice(file: IntegrityFile, actor: User, now: datetime) -> None:
    """The Bureau asked the person concerned for more: its term stands still until that came (art. 15, paragraph 2)."""
    require_opened(file, actor, now, OFFICER)
    advice = _running(file)
    if advice.ended_on is not None:
        raise Refused(N_("De adviestermijn is voorbij. U kunt verder zonder advies."))
    if advice.paused_on is None:
        advice.paused_on = calendar.local_day(now)
        audit.record(file, "pause", actor, now)


def continue_advice(file: IntegrityFile, actor: User, now: datetime) -> None:
    """What the Bureau asked came in: its term goes on, later by the days it waited. Twice is once."""
    require_opened(file, actor, now, OFFICER)
    _go_on(_running(file), calendar.local_day(now))
    audit.record(file, "continue", actor, now)


def _go_on(advice: IntegrityAdvice, day: date) -> None:
    if advice.paused_on is not None:
        advice.due_on += day - advice.paused_on
        advice.paused_on = None


def receive_advice(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    """The advice is in: the term runs on from today, or ran on already when the Bureau was too late."""
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, OFFICER)
    advice, today = _running(file), calendar.local_day(now)
    _go_on(advice, today)
    advice.received_on = today
    add_paper(file, actor, "advice", key, attempt, now)
    end_suspension(advice, now)
    advance(file, "receive", actor, now)


def go_on_without(file: IntegrityFile, actor: User, now: datetime) -> None:
    """The term of the Bureau is over without advice: the file goes on without."""
    require_opened(file, actor, now, OFFICER)
    advice = _running(file)
    if advice.ended_on is None:
        raise Refused(N_("De adviestermijn loopt nog. Wacht op het advies."))
    advice.received_on = advice.ended_on
    advance(file, "receive", actor, now)


def attach_advice_copy(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    """The advice itself, as a PDF: the person concerned gets a copy of it with the intention (art. 28, paragraph 3)."""
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, OFFICER)
    if file.last("advice") is None:
        raise Refused(N_("Leg eerst vast wat het advies zegt."))
    add_paper(file, actor, "advice_copy", key, attempt, now)
    audit.record(file, "attach", actor, now)


def end_suspension(advice: IntegrityAdvice, now: datetime) -> bool:
    """The suspension ends: with the advice, and at the latest with its term (art. 31). Whether this call did it."""
    if advice.ended_on is not None or advice.paused_on is not None:
        return False
    advice.ended_on = min(calendar.local_day(now), advice.due_on)
    application = advice.file.check.application
    others = (one.advice for one in advice.file.check.files if one is not advice.file)
    if not any(one is not None and one.ended_on is None for one in others):
        ended_at = min(now, calendar.end_of_day(advice.ended_on) - timedelta(microseconds=1))
        suspensions.resume(application, UNEXPLAINED, None, "", ended_at)
    return True


# Hearing


def announce(
    file: IntegrityFile, actor: User, key: str, attempt: str, found: Assessment, advised: str | None, now: datetime
) -> None:
    """The intention to attach conditions or to refuse: the person concerned may say what it thinks of it (art. 33)."""
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, OFFICER)
    require_reasoned(found, advised)
    if found.consequence == "proceed":
        raise Invalid({"consequence": N_("Een zienswijze vraagt u alleen bij voorschriften of een afwijzing.")})
    settings = file.check.application.round.settings.get("integrity") or {}
    days = int(settings.get("hearing_days", HEARING_DAYS))
    file.hearing_until = calendar.term_ends_on(calendar.local_day(now), days)
    file.heard_at = None
    add_paper(file, actor, "intention", key, attempt, now)
    advance(file, "announce", actor, now)
    tell(file, "announced", now)


def answer(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    """The person concerned gives its view: in time, and as often as it likes until then."""
    if made_before(file, attempt):
        return
    _require_hearing(file, actor, now)
    _heard(file, actor, key, attempt, now)


def enclose(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    """A PDF that goes with a view which was given already: an enclosure alone says nothing."""
    if made_before(file, attempt):
        return
    _require_hearing(file, actor, now)
    if file.last("view") is None:
        raise Invalid({FIELD: N_("Stuur eerst uw zienswijze. Daarna kunt u er een bijlage bij doen.")})
    if sum(one.kind == "enclosure" for one in file.papers) >= MOST_ENCLOSURES:
        raise Invalid({FIELD: N_("U stuurde al tien bijlagen. Voeg de rest samen in één PDF, of bel de regio.")})
    add_paper(file, actor, "enclosure", key, attempt, now)
    audit.record(file, "attach", actor, now)


def _require_hearing(file: IntegrityFile, actor: User, now: datetime) -> None:
    require_concerned(file, actor)
    if file.state != "hearing" or file.hearing_until is None or calendar.local_day(now) > file.hearing_until:
        raise Refused(
            N_("De termijn voor een zienswijze is voorbij. Wilt u toch iets laten weten? Bel of mail de regio.")
        )


def enter_view(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    """A view that came by letter or was spoken, entered by the officer."""
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, OFFICER)
    if file.state != "hearing":
        raise Refused(N_("Er is geen zienswijze gevraagd."))
    _heard(file, actor, key, attempt, now)


def _heard(file: IntegrityFile, actor: User, key: str, attempt: str, now: datetime) -> None:
    add_paper(file, actor, "view", key, attempt, now)
    file.heard_at = now
    audit.record(file, "hear", actor, now)


def was_heard(file: IntegrityFile, now: datetime) -> bool:
    """A view came in, or the term for one is over."""
    return file.hearing_until is not None and (
        file.heard_at is not None or calendar.local_day(now) > file.hearing_until
    )


# Proposal and decision


def propose(
    file: IntegrityFile,
    actor: User,
    key: str,
    attempt: str,
    found: Assessment,
    now: datetime,
    *,
    advised: str | None,
    announced: str | None,
) -> None:
    """The officer proposes to the decider. `announced` is the consequence in the last intention (None: there is none).

    Conditions and refusing only after a hearing about something at least as heavy.
    """
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, OFFICER)
    require_reasoned(found, advised)
    if found.consequence != "proceed":
        weight = list(CONSEQUENCES)
        if announced is None or weight.index(announced) < weight.index(found.consequence):
            raise Refused(N_("Vraag eerst een zienswijze op dit voornemen. Daarna kunt u het voorstellen."))
    if file.state == "hearing" and not was_heard(file, now):
        raise Refused(N_("De termijn voor de zienswijze loopt nog, en er kwam nog geen zienswijze."))
    file.proposed_at, file.proposed_by, file.proposed_by_id = now, actor, actor.id
    add_paper(file, actor, "proposal", key, attempt, now)
    advance(file, "propose", actor, now)


def decide(file: IntegrityFile, actor: User, key: str, attempt: str, found: Assessment, now: datetime) -> None:
    """The decider follows the proposal `found`. Another person than who proposed it, also in the database."""
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, DECIDER)
    if file.proposed_by_id == actor.id:
        raise NotAllowed(N_("U deed dit voorstel zelf. Een ander moet besluiten."))
    add_paper(file, actor, "decision", key, attempt, now)
    conclude(file, actor, "decide", found.result, now)
    settle(file.check, actor, now)


def send_back(file: IntegrityFile, actor: User, key: str, attempt: str, remark: str, now: datetime) -> None:
    """The decider does not follow: the officer looks again, with the remark (sealed)."""
    if made_before(file, attempt):
        return
    require_opened(file, actor, now, DECIDER)
    if len(remark) < LEAST:
        raise Invalid({"remark": N_("Leg in minstens 30 tekens uit waarom u het voorstel teruggeeft.")})
    add_paper(file, actor, "remark", key, attempt, now)
    advance(file, "send_back", actor, now)
    file.proposed_at = file.proposed_by = file.proposed_by_id = None


# The person concerned


def require_concerned(file: IntegrityFile, actor: User) -> None:
    """A signatory of the organisation that the file is about; for everybody else there is nothing."""
    if actor.mandate is not None or actor.works_for_id is None or actor.works_for_id != file.organisation_id:
        raise NotFound(N_("Dit bestaat niet."))
    if "signatory" not in actor.role_names:
        raise NotAllowed(N_("Alleen een tekenbevoegde van uw organisatie kan dit openen."))


def is_told(file: IntegrityFile) -> bool:
    """Whether the decision on the application was told: what was decided here comes out with it, not before."""
    decided = file.check.application.decisions
    return bool(decided) and all(one.told_at is not None for one in decided)


def readable(file: IntegrityFile) -> list[IntegrityPaper]:
    """What the person concerned may open now: the intention with the advice, its own views; once told, the decision.

    The advice comes with an intention only: before it nobody has to answer anything.
    """
    if file.destroyed_at is not None:
        return []
    shown = set(FOR_THE_PERSON | {"view"}) if file.last("intention") is not None else set()
    last = [paper for kind in ("advice_copy", "intention") if kind in shown and (paper := file.last(kind)) is not None]
    views = [one for one in file.papers if one.kind in {"view", "enclosure"} and "view" in shown]
    decision = file.last("proposal") if file.state == "decided" and is_told(file) else None
    return [*last, *views, *([decision] if decision is not None else [])]


def tell(file: IntegrityFile, what: str, now: datetime) -> None:
    """A mail to the signatories of whom the file is about. It says that something waits, not what."""
    application = file.check.application
    for user in file.organisation.users if file.organisation is not None else ():
        if user.verified_at is not None and user.disabled_at is None and "signatory" in user.role_names:
            audit.tell(
                file,
                f"confidential:{file.id}:{what}:{now.isoformat()}",
                user.email,
                "confidential_waiting",
                now,
                name=user.name,
                application=application.number,
                procedure=application.round.procedure.title,
                path=f"/vertrouwelijk/{file.id}",
            )

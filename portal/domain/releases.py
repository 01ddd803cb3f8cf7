"""From a confirmed decision to one that may be told: approved where that is asked, and released in one act.

Until it is told nothing of it reaches the applicant: not that it was decided, not what.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.domain import audit, equal_treatment, suspensions
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import Application, Decision, DecisionRelease, LetterDraft, Round, User
from portal.terms import N_, REASON_LENGTH

APPROVER = "authority_signatory"
ON_ITS_WAY = frozenset({"released", "told"})


def asks_approval(application: Application) -> bool:
    """Whether somebody beside the two inkopers approves before it goes out: `letters.approval` of the procedure.

    'refusals' (also where a procedure of before does not say): when something is refused; 'all'; or 'nobody'.
    """
    rule = application.round.settings["letters"].get("approval", "refusals")
    if rule == "refusals":
        return any(one.outcome == "refused" for one in application.decisions)
    return bool(rule == "all")


def waits_for(draft: LetterDraft) -> str:
    """What keeps a decision from being released: a key of `deciding_words.WAITS_FOR`, empty for nothing."""
    application = draft.application
    if any(one.outcome == "qualified" for one in application.decisions):
        return "award"
    if suspensions.stands_still(application, "decision"):
        return "suspension"
    if draft.state == "edited":
        return "reader"
    if draft.state != "approved" and asks_approval(application):
        return "approval"
    return ""


def deciders(application: Application) -> set[str]:
    """The ids of who proposed, confirmed or approved the decisions that stand."""
    return {
        one
        for decision in application.decisions
        for one in (decision.proposed_by_id, decision.confirmed_by_id, decision.approved_by_id)
        if one is not None
    }


def _require_third(actor: User, draft: LetterDraft) -> None:
    require_official(actor, draft, APPROVER)
    decided = {one for each in draft.application.decisions for one in (each.proposed_by_id, each.confirmed_by_id)}
    if actor.id in decided:
        raise NotAllowed(N_("U besliste zelf mee. Iemand anders moet dit besluit goedkeuren."))


def approve(draft: LetterDraft, actor: User, now: datetime) -> None:
    """Somebody who signs for the authority, and neither proposed nor confirmed, approves decision and letter.

    Twice is once. Refused while the award is not settled, a changed letter waits for its second reader, or the term
    stands still.
    """
    _require_third(actor, draft)
    if draft.state == "approved" and all(one.approved_by_id == actor.id for one in draft.application.decisions):
        return
    why = waits_for(draft)
    if why == "award":
        raise Refused(N_("De gunning is nog niet vastgesteld. Keur daarna goed."))
    if why == "reader":
        raise Refused(N_("Iemand wijzigde de brief. Eerst leest een tweede collega die na."))
    suspensions.require_running(draft.application)
    advance(draft, "approve", actor, now)
    for one in draft.application.decisions:
        one.approved_at, one.approved_by, one.approved_by_id = now, actor, actor.id


def decline(draft: LetterDraft, actor: User, reason: str, now: datetime) -> list[Decision]:
    """Whoever was to approve does not: the dossier goes back to the first inkoper, with the reason on record.

    Returns the decisions that the caller must delete, with the draft: they were never told.
    """
    _require_third(actor, draft)
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom u dit besluit niet goedkeurt.")})
    application = draft.application
    if draft.state in ON_ITS_WAY:
        raise Refused(N_("Dit besluit is al vrijgegeven."))
    if any(one.state != "sent_back" for one in application.round.awards):
        raise Refused(N_("Er ligt al een gunning waarin deze inschrijving meetelt. Geef eerst die terug."))
    review = application.review
    assert review is not None  # noqa: S101 - only a review leads to decisions; for the type checker
    advance(review, "reopen", actor, now, reason=reason.strip())
    advance(application, "reopen", actor, now)
    review.second_by = review.second_by_id = None
    return list(application.decisions)


def release(round_: Round, actor: User, drafts: Iterable[LetterDraft], now: datetime) -> DecisionRelease | None:
    """The round manager lets these decisions go out, in one act. Those that went out already are left alone.

    None when there was nothing left to release. All or nothing: raises `Refused` when one of them is not ready, with
    its number.
    """
    require_official(actor, round_, "round_manager")
    left = [one for one in drafts if one.state not in ON_ITS_WAY]
    for one in left:
        why = waits_for(one)
        if why == "award":
            raise Refused(N_("De gunning is nog niet vastgesteld. Maak daarna alle besluiten tegelijk bekend."))
        if why:
            raise Refused(
                N_("Aanmelding %(number)s kan nog niet worden bekendgemaakt. Kijk in de lijst waar die op wacht."),
                number=one.application.number,
            )
    if not left:
        return None
    equal_treatment.require_explained(round_)
    made = DecisionRelease(
        authority_id=round_.authority_id,
        round=round_,
        round_id=round_.id,
        released_at=now,
        released_by=actor,
        released_by_id=actor.id,
    )
    for one in left:
        one.release = made
        advance(one, "release", actor, now, release=made.id)
        for decision in one.application.decisions:
            decision.released_at = now
    audit.record(made, "release", actor, now, round=round_.label, applications=len(left))
    return made

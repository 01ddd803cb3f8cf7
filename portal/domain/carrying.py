"""Going on with what was filled in before: a draft in a later round, or answers of an earlier application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain import applications, audit, requirements
from portal.domain.permissions import require_applicant, require_filler
from portal.domain.requirement_types import integrity_key
from portal.domain.taking_over import Move
from portal.errors import NotFound, Refused
from portal.models import Answer, Application, CarriedPlace, CarryOver, Party, Round, User, attach, sketch
from portal.terms import APPLICANT_ROLES, N_

LEFT = frozenset({"draft", "withdrawn", "lapsed"})
"""States of an application that was not submitted."""


def may_carry(source: Application, now: datetime) -> bool:
    """Whether this application was not submitted in a round that is over."""
    return source.state in LEFT and now >= source.round.closes_at


def carry_over(source: Application, round_: Round, actor: User, now: datetime) -> Application:
    """A draft in `round_` with everything of `source` that still exists there. Refused while the old round is open,
    and for what was submitted.
    """
    require_applicant(actor, source, *APPLICANT_ROLES)
    if source.round.procedure_id != round_.procedure_id or source.round_id == round_.id:
        raise NotFound(N_("Dit bestaat niet."))
    if now < source.round.closes_at:
        raise Refused(N_("Deze ronde is nog open. U kunt uw aanmelding hier gewoon afmaken en indienen."))
    if source.state not in LEFT:
        raise Refused(N_("Deze aanmelding is ingediend. Doorzetten is voor wat niet is ingediend."))
    target = applications.start(round_, actor, now)
    attach(source, target)  # what is read below is read with it in place
    move = Move(source, target, actor, now)
    move.make()
    carried = mark(target, source, sorted(move.keys), actor, now)
    carried.left_behind = move.left
    audit.record(target, "carry_over", actor, now, source=source.round.label, places=len(carried.places))
    return target


def require_reusable(source: Application, target: Application, actor: User, now: datetime) -> None:
    """Only what is the own organisation's, into a draft that is still one's own to change."""
    require_applicant(actor, source, *APPLICANT_ROLES)
    applications.require_editable(target, actor, now)
    if source.id == target.id:
        raise NotFound(N_("Dit bestaat niet."))


@dataclass(frozen=True)
class Outlook:
    """What would come along from one application: how many answers and documents, and what would not (name, why)."""

    answers: int
    documents: int
    selections: int
    left: list[list[str]]

    @property
    def is_empty(self) -> bool:
        return not (self.answers or self.documents or self.selections)


def outlook(source: Application, target: Application, actor: User, now: datetime) -> Outlook:
    """What `reuse` would do. Nothing changes."""
    copy = sketch(target)
    move = Move(source, copy, actor, now)
    move.make()
    answers = sum(isinstance(one, Answer) for one in move.added)
    offered = len(copy.offer_texts) - len(target.offer_texts)
    added = len(copy.selections) - len(target.selections)
    return Outlook(answers + offered, len(move.added) - answers, added, move.left)


def reuse(source: Application, target: Application, actor: User, now: datetime) -> int:
    """Take answers and documents of an own application over into a draft; gives at how many places.

    They may be of another procedure, and of another authority: it is the organisation's own. Nothing that was filled
    in is overwritten, so a second time brings nothing. Of an application with another authority no name is kept here:
    authorities see nothing of each other.
    """
    require_reusable(source, target, actor, now)
    move = Move(source, target, actor, now)
    move.make()
    if not move.keys and not move.added:
        return 0
    carried = mark(target, source, sorted(move.keys), actor, now)
    if source.authority_id == target.authority_id:
        carried.left_behind = move.left
    target.saved_at = now
    audit.record_draft(target, "reuse", actor, now, places=len(move.keys))
    return len(move.keys)


def mark(target: Application, source: Application | None, keys: list[str], actor: User, now: datetime) -> CarryOver:
    """Note that these places were taken over and want a look. `source` None: from the own self-check."""
    source_id = source.id if source else None
    carried = next((one for one in target.carry_overs if one.source_id == source_id), None)
    if carried is None:
        carried = CarryOver(
            authority_id=target.authority_id,
            source=source,
            source_id=source_id,
            left_behind=[],
            carried_at=now,
            carried_by=actor,
            carried_by_id=actor.id,
        )
        target.carry_overs.append(carried)
    known = {one.place: one for one in carried.places}
    for key in keys:
        if key in known:
            known[key].checked_at = known[key].checked_by_id = None
        else:
            carried.places.append(CarriedPlace(authority_id=target.authority_id, place=key))
    return carried


def confirm(application: Application, actor: User, place: str, now: datetime) -> None:
    """Somebody looked at what came along at one place: it still holds. Twice is once."""
    require_filler(actor, application, _party_at(application, place), *APPLICANT_ROLES)
    applications.require_own(application, now)
    if place not in application.unchecked:
        return
    application.check_carried(place, actor, now)
    audit.record(application, "check_carried", actor, now, place=place)


def _party_at(application: Application, key: str) -> Party | None:
    """The party that the place with this key is about."""
    found = {one.key: one.party for one in requirements.places(application)}
    found |= {integrity_key(one): one for one in requirements.integrity_parties(application)}
    return found.get(key)

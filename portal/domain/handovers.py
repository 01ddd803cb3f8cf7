"""The buyer hands an agreement over to the contract manager, item by item; another person accepts it."""

from __future__ import annotations

from datetime import datetime

from portal.domain import audit, following
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import NotAllowed, Refused
from portal.models import Agreement, Handover, HandoverItem, User
from portal.terms import N_

BUYER = "inkoper"


def begin(agreement: Agreement, actor: User, now: datetime) -> Handover:
    """The checklist of one agreement, with the items the procedure names."""
    require_official(actor, agreement, BUYER)
    following.require_in_force(agreement)
    wanted = following.rules(agreement).get("handover") or []
    if not wanted:
        raise Refused(N_("Bij deze procedure hoort geen overdracht."))
    handover = Handover(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        state="open",
        began_at=now,
        items=[
            HandoverItem(
                authority_id=agreement.authority_id,
                code=one["code"],
                title=one["title"],
                text=one.get("text", ""),
                position=index,
                note="",
            )
            for index, one in enumerate(wanted)
        ],
    )
    audit.record(handover, "begin_handover", actor, now, agreement=agreement.number)
    return handover


def tick(item: HandoverItem, actor: User, is_done: bool, note: str, now: datetime) -> None:
    """Say that one item is done (or not after all), with a note for the contract manager."""
    handover = item.handover
    require_official(actor, handover, BUYER)
    if handover.state != "open":
        raise Refused(N_("De overdracht is al gedaan. De contractmanager kan haar teruggeven."))
    note = note.strip()
    following.refuse_personal_numbers(note, f"note-{item.code}")
    if (item.done_at is not None, item.note) == (is_done, note):
        return
    if is_done and item.done_at is None:
        item.done_at, item.done_by, item.done_by_id = now, actor, actor.id
    elif not is_done:
        item.done_at = item.done_by = item.done_by_id = None
    item.note = note
    audit.record(handover, "tick", actor, now, item=item.code, done=is_done)


def hand_over(handover: Handover, actor: User, now: datetime) -> None:
    """Every item is done: the contract manager is next. Doing it twice is doing it once."""
    require_official(actor, handover, BUYER)
    if handover.state == "handed_over":
        return
    missing = [one.code for one in handover.items if one.done_at is None]
    if missing:
        raise Refused(N_("Nog niet alles is overgedragen. Open staan: %(codes)s."), codes=", ".join(missing))
    advance(handover, "hand_over", actor, now, agreement=handover.agreement.number)
    handover.handed_over_at, handover.handed_over_by, handover.handed_over_by_id = now, actor, actor.id
    handover.returned_reason = ""


def give_back(handover: Handover, actor: User, reason: str, now: datetime) -> None:
    """Something is missing: back to the buyer, with the reason."""
    require_official(actor, handover, following.MANAGER)
    handover.returned_reason = following.written(reason)
    advance(handover, "return", actor, now)
    handover.handed_over_at = handover.handed_over_by = handover.handed_over_by_id = None


def accept(handover: Handover, actor: User, now: datetime) -> None:
    """The contract manager takes the agreement over; never the person who handed it over."""
    require_official(actor, handover, following.MANAGER)
    if handover.state == "accepted":
        return
    if handover.handed_over_by_id == actor.id:
        raise NotAllowed(N_("U droeg deze overeenkomst zelf over. Een ander moet haar aanvaarden."))
    advance(handover, "accept", actor, now, agreement=handover.agreement.number)
    handover.accepted_at, handover.accepted_by, handover.accepted_by_id = now, actor, actor.id

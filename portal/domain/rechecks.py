"""The yearly check of evidence that was given at admission; suspending new clients is its last step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from portal.domain import audit, calendar, documents, following, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official, require_provider
from portal.errors import Invalid, NotFound, Refused
from portal.models import (
    Agreement,
    Document,
    Recheck,
    RecheckDocument,
    RecheckItem,
    RecheckVerdict,
    Suspension,
    User,
)
from portal.terms import DOCUMENT_KINDS, N_

WORKING_DAYS = 20
"""The first term. What is asked again has the term of remedy, as published."""


def year_of(starts_on: date, today: date) -> int:
    """The year of the agreement that runs on `today`: 0 in the first year, 1 from its first birthday."""
    year = today.year - starts_on.year
    return max(0, year if calendar.add_months(starts_on, 12 * year) <= today else year - 1)


def ask(agreement: Agreement, actor: User, existing: Recheck | None, now: datetime) -> Recheck:
    """The request of this year, for every requirement the procedure names. Once a year: `existing` is given back."""
    following.require_manager(actor, agreement)
    if existing is not None:
        return existing
    codes = following.rules(agreement).get("yearly_recheck") or []
    today = following.today(now)
    year = year_of(agreement.starts_on, today)
    if not codes or year < 1:
        raise Refused(N_("Er is nu niets opnieuw te controleren. Dat kan na elk jaar van de overeenkomst."))
    by_code = {one.code: one for one in agreement.application.round.requirements}
    due_on = calendar.add_working_days(today, WORKING_DAYS)
    recheck = Recheck(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        year=year,
        asked_at=now,
        asked_by=actor,
        asked_by_id=actor.id,
        due_on=due_on,
        items=[
            RecheckItem(
                authority_id=agreement.authority_id,
                code=code,
                title=by_code[code].title,
                text=by_code[code].text,
                kinds=by_code[code].evidence.get("kinds", []),
                position=index,
                state="asked",
                due_on=due_on,
            )
            for index, code in enumerate(codes)
            if code in by_code
        ],
    )
    audit.record(recheck, "ask_recheck", actor, now, agreement=agreement.number, year=year, due_on=str(due_on))
    following.tell_provider(
        recheck,
        agreement,
        f"recheck:{agreement.id}:{year}",
        "recheck_asked",
        now,
        due_on=wording.day(due_on),
        requirements=[f"{one.code} {one.title}" for one in recheck.items],
    )
    return recheck


def hand_in(item: RecheckItem, actor: User, document: Document | None, note: str, now: datetime) -> None:
    """A document from the own vault for one requirement. Also after the term, until there is a verdict."""
    require_provider(actor, item.recheck.agreement)
    if document is None or document.removed_at is not None:
        raise Invalid({f"document-{item.code}": N_("Kies een document uit uw kluis.")})
    if document.organisation_id != actor.works_for_id or DOCUMENT_KINDS[document.kind].is_integrity:
        raise NotFound(N_("Dit bestaat niet."))
    documents.require_usable(document)
    if item.kinds and document.kind not in item.kinds:
        raise Invalid({f"document-{item.code}": N_("Dit soort document past niet bij deze eis.")})
    if item.state not in ("asked", "handed_in"):
        raise Refused(N_("Over deze eis is al een oordeel gegeven."))
    if any(one.document_id == document.id for one in item.documents) and item.state == "handed_in":
        return
    following.refuse_personal_numbers(note, f"note-{item.code}")
    earlier = next((one for one in item.documents if one.document_id == document.id), None)
    if earlier is None:
        item.documents.append(
            RecheckDocument(
                authority_id=item.authority_id,
                document=document,
                document_id=document.id,
                note=note.strip(),
                handed_in_at=now,
                handed_in_by=actor,
                handed_in_by_id=actor.id,
            )
        )
    advance(item, "hand_in", actor, now, requirement=item.code, document=document.id, sha256=document.sha256)


def is_overdue(item: RecheckItem, today: date) -> bool:
    return item.state == "asked" and item.due_on < today


def find(item: RecheckItem, actor: User, verdict: str, reason: str, now: datetime) -> None:
    """The verdict ('meets' or 'fails') with its reason. Nothing handed in is only a fail after the term."""
    require_official(actor, item, following.MANAGER)
    if verdict not in ("meets", "fails"):
        raise Invalid({f"verdict-{item.code}": N_("Kies een oordeel.")})
    reason = following.written(reason, f"reason-{item.code}")
    if item.state == "asked" and not is_overdue(item, following.today(now)):
        raise Refused(N_("De zorgaanbieder heeft nog niets ingeleverd en de termijn loopt nog."))
    advance(item, "approve" if verdict == "meets" else "reject", actor, now, requirement=item.code)
    item.verdicts.append(
        RecheckVerdict(
            authority_id=item.authority_id,
            verdict=verdict,
            reason=reason,
            found_at=now,
            found_by=actor,
            found_by_id=actor.id,
        )
    )
    if verdict == "fails":
        _tell(item, "recheck_failed", now, reason=reason)


def ask_again(item: RecheckItem, actor: User, now: datetime) -> None:
    """What failed is asked once more, with the published term of remedy."""
    require_official(actor, item, following.MANAGER)
    days = following.settings(item.recheck.agreement)["terms"]["remedy_working_days"]
    advance(item, "ask_again", actor, now, requirement=item.code)
    item.due_on = calendar.add_working_days(following.today(now), days)
    _tell(item, "recheck_again", now, reason=item.verdicts[-1].reason)


def _tell(item: RecheckItem, template: str, now: datetime, reason: str) -> None:
    following.tell_provider(
        item,
        item.recheck.agreement,
        f"{template}:{item.id}:{len(item.verdicts)}",
        template,
        now,
        requirement=f"{item.code} {item.title}",
        why=reason,
        due_on=wording.day(item.due_on),
    )


def may_suspend(items: Sequence[RecheckItem], today: date) -> bool:
    """Suspending is the last step: something was not met, or was not handed in within the term."""
    return any(one.state == "fails" or is_overdue(one, today) for one in items)


def suspend(
    agreement: Agreement,
    actor: User,
    items: Sequence[RecheckItem],
    running: Suspension | None,
    reason: str,
    now: datetime,
) -> Suspension:
    """No new clients until it is lifted. Clients that have care keep it. Twice is once."""
    following.require_manager(actor, agreement)
    if running is not None:
        return running
    if not may_suspend(items, following.today(now)):
        raise Refused(N_("Schorsen is de laatste stap: pas als een eis niet is aangetoond of de termijn voorbij is."))
    suspension = Suspension(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        reason=following.written(reason),
        suspended_at=now,
        suspended_by=actor,
        suspended_by_id=actor.id,
    )
    audit.record(suspension, "suspend", actor, now, agreement=agreement.number)
    following.tell_provider(
        suspension, agreement, f"suspended:{suspension.id}", "agreement_suspended", now, why=suspension.reason
    )
    return suspension


def lift(suspension: Suspension, actor: User, reason: str, now: datetime) -> None:
    """New clients may come again."""
    require_official(actor, suspension, following.MANAGER)
    if suspension.lifted_at is not None:
        return
    suspension.lifted_reason = following.written(reason)
    suspension.lifted_at, suspension.lifted_by, suspension.lifted_by_id = now, actor, actor.id
    audit.record(suspension, "lift_suspension", actor, now, agreement=suspension.agreement.number)
    following.tell_provider(
        suspension,
        suspension.agreement,
        f"lifted:{suspension.id}",
        "suspension_lifted",
        now,
        why=suspension.lifted_reason,
    )

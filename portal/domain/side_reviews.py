"""Own verdicts beside the reviewer: of a second who is blind until all are given, and of shadows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.domain import audit, reviewers, reviews
from portal.domain.permissions import require_official
from portal.domain.requirement_types import Spot
from portal.domain.reviews import Item
from portal.errors import Invalid, NotFound, Refused
from portal.models import Finding, JointVerdict, Review, Round, ShadowReviewer, SideReview, SideVerdict, User
from portal.terms import N_


def latest(side: SideReview | None) -> dict[Spot, SideVerdict]:
    """The own verdict that counts at each place: the last one."""
    return {one.spot: one for one in side.verdicts} if side is not None else {}


def seen_by(review: Review, actor: User) -> dict[Spot, SideVerdict] | None:
    """The verdicts that stand in place of the findings for who is blind here: the own ones. None: the findings do."""
    return latest(reviewers.own_side(review, actor)) if reviewers.is_blind(review, actor) else None


def give(
    review: Review,
    actor: User,
    item: Item,
    verdict: str,
    reason: str,
    now: datetime,
    *,
    product_codes: Iterable[str] = (),
) -> SideVerdict:
    """Give an own verdict beside the findings. The same twice is one; another one is added."""
    require_official(actor, review, "inkoper")
    if not reviewers.may_give(review, actor):
        raise Refused(N_("U kunt hier nu geen eigen oordeel geven: u rondde af, of een collega kijkt als tweede mee."))
    kind = reviewers.kind_for(review, actor)
    reason, narrowed = reason.strip(), sorted(set(product_codes)) if verdict == "fails" else []
    if not set(narrowed) <= reviews.products_at(review, item):
        raise NotFound(N_("Dit bestaat niet."))
    reviews.require_verdict(item, review.application.round, verdict, reason)
    side = next((one for one in review.sides if one.user_id == actor.id and one.kind == kind), None)
    if side is not None and side.ended_at is not None:  # an interest that was lifted: begin anew, with what was given
        side.ended_at = side.finished_at = None
    if side is None:
        side = SideReview(authority_id=review.authority_id, user_id=actor.id, user=actor, kind=kind, begun_at=now)
        review.sides.append(side)
    current = latest(side).get(item.spot)
    if current is not None and (current.verdict, current.reason, current.product_codes) == (verdict, reason, narrowed):
        return current
    made = SideVerdict(
        authority_id=review.authority_id,
        requirement_id=item.requirement.id,
        lot_id=item.lot_id,
        party_id=item.party.id if item.party else None,
        sequence=len(side.verdicts) + 1,
        verdict=verdict,
        reason=reason,
        product_codes=narrowed,
        given_at=now,
    )
    side.verdicts.append(made)
    audit.record(side, "give_verdict", actor, now, place=item.key, kind=kind)
    return made


def finish(review: Review, actor: User, now: datetime) -> SideReview:
    """Every own verdict is given: from now on they stand, and those of the reviewer are shown. Twice is once."""
    require_official(actor, review, "inkoper")
    side = reviewers.own_side(review, actor)
    if side is None:
        raise Refused(N_("Geef eerst bij elke eis uw eigen oordeel."))
    if side.finished_at is None:
        missing = sum(one.spot not in latest(side) for one in reviews.items(review))
        if missing:
            raise Refused(N_("Nog %(count)d eisen zonder uw eigen oordeel. Geef dat eerst."), count=missing)
        side.finished_at = now
        audit.record(side, "finish", actor, now, kind=side.kind)
    return side


@dataclass(frozen=True)
class Difference:
    """One place at which the two differ: the finding, the own verdict of the second, and what lies open."""

    item: Item
    finding: Finding
    own: SideVerdict
    proposed: JointVerdict | None


def differs(finding: Finding, own: SideVerdict) -> bool:
    """Another verdict, or the same about other products."""
    return (finding.verdict, list(finding.product_codes)) != (own.verdict, list(own.product_codes))


def differences(review: Review) -> list[Difference]:
    """Where the second reviewer saw it otherwise and no joint verdict stands yet, in published order."""
    side = reviewers.second(review)
    if side is None or side.finished_at is None:
        return []
    own, lies_open = latest(side), {one.spot: one for one in review.joint_verdicts if one.is_open}
    return [
        Difference(item, item.finding, own[item.spot], lies_open.get(item.spot))
        for item in reviews.items(review)
        if item.finding is not None
        and item.spot in own
        and differs(item.finding, own[item.spot])
        and item.finding.agreed_by_id is None
    ]


def require_settled(review: Review, actor: User) -> None:
    """Raises `Refused` when this official must give own verdicts first, or when the two still differ."""
    reviewers.require_no_shadow(review, actor)
    side = reviewers.second(review)
    if not reviewers.wants_second(review) and (side is None or side.finished_at is None):
        return
    if side is None or side.finished_at is None or side.user_id != actor.id:
        raise Refused(N_("Geef eerst bij elke eis uw eigen oordeel. Daarna ziet u dat van uw collega en stelt u vast."))
    left = len(differences(review))
    if left:
        raise Refused(N_("Bij %(count)d eisen verschilt u nog. Bepaal daar eerst samen het oordeel."), count=left)


def require_read(review: Review, actor: User) -> None:
    """Raises `Refused` when this official is still blind: what one has not read one does not send back."""
    reviewers.require_no_shadow(review, actor)
    if reviewers.is_blind(review, actor):
        raise Refused(N_("Geef eerst bij elke eis uw eigen oordeel. Daarna ziet u dat van uw collega."))


def name_shadow(round_: Round, actor: User, user: User, now: datetime) -> ShadowReviewer:
    """A round manager lets an inkoper screen a round without effect. Twice is once."""
    require_official(actor, round_, "round_manager")
    if user.authority_id != round_.authority_id or "inkoper" not in user.role_names or user.disabled_at is not None:
        raise Invalid({"user": N_("Kies een inkoper van uw regio.")})
    found = next((one for one in round_.shadow_reviewers if one.user_id == user.id), None)
    if found is not None and found.ended_at is None:
        return found
    if found is None:
        found = ShadowReviewer(
            authority_id=round_.authority_id,
            user=user,
            user_id=user.id,
            named_at=now,
            named_by=actor,
            named_by_id=actor.id,
        )
        round_.shadow_reviewers.append(found)
    else:
        found.ended_at, found.named_at, found.named_by, found.named_by_id = None, now, actor, actor.id
    audit.record(round_, "name_shadow", actor, now, user=user.name)
    return found


def end_shadow(shadow: ShadowReviewer, actor: User, now: datetime) -> None:
    """From now on this inkoper screens the round for real. Twice is once; the own verdicts stay without effect."""
    require_official(actor, shadow, "round_manager")
    if shadow.ended_at is None:
        shadow.ended_at = now
        audit.record(shadow.round, "end_shadow", actor, now, user=shadow.user.name)

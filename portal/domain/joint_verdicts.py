"""What two reviewers who differed find together: proposed by one, agreed to by the other, then a finding of both."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.domain import audit, decisions, reviewers, reviews, side_reviews
from portal.domain.permissions import require_official
from portal.domain.reviews import Item
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import Finding, JointVerdict, Review, SideReview, User
from portal.terms import N_, REASON_LENGTH, SATISFIED


def _require_either(review: Review, actor: User) -> SideReview:
    require_official(actor, review, "inkoper")
    reviewers.require_no_shadow(review, actor)
    side = reviewers.second(review)
    if side is None or side.finished_at is None or actor.id not in (review.first_by_id, side.user_id):
        raise NotAllowed(N_("Alleen de eerste en de tweede inkoper bepalen samen het oordeel, na hun eigen oordelen."))
    return side


def propose_joint(
    review: Review,
    actor: User,
    item: Item,
    verdict: str,
    reason: str,
    now: datetime,
    *,
    product_codes: Iterable[str] = (),
) -> JointVerdict:
    """Propose what the two find together, with a joint reason. An earlier proposal at this place is withdrawn."""
    _require_either(review, actor)
    if review.state != "proposed" or all(one.item.spot != item.spot for one in side_reviews.differences(review)):
        raise Refused(N_("Bij deze eis is er geen verschil (meer) om samen over te beslissen."))
    reason, narrowed = reason.strip(), sorted(set(product_codes)) if verdict == "fails" else []
    if not set(narrowed) <= reviews.products_at(review, item):
        raise NotFound(N_("Dit bestaat niet."))
    if verdict == "remedy":
        raise Invalid(
            {"verdict": N_("Moet de aanbieder herstellen? Geef het voorstel dan terug aan de eerste inkoper.")}
        )
    reviews.require_verdict(item, review.application.round, verdict, reason)
    if len(reason) < REASON_LENGTH:
        raise Invalid({"reason": N_("Schrijf in minstens 10 tekens waarom u samen tot dit oordeel komt.")})
    for one in review.joint_verdicts:
        if one.spot == item.spot and one.is_open:
            if (one.proposed_by_id, one.verdict, one.reason, one.product_codes) == (
                actor.id,
                verdict,
                reason,
                narrowed,
            ):
                return one
            one.withdrawn_at = now
    made = JointVerdict(
        authority_id=review.authority_id,
        requirement=item.requirement,
        requirement_id=item.requirement.id,
        lot_id=item.lot_id,
        party_id=item.party.id if item.party else None,
        verdict=verdict,
        reason=reason,
        product_codes=narrowed,
        proposed_at=now,
        proposed_by=actor,
        proposed_by_id=actor.id,
    )
    review.joint_verdicts.append(made)
    audit.record(review, "propose_joint", actor, now, place=item.key, verdict=verdict)
    return made


def agree(review: Review, actor: User, joint: JointVerdict, now: datetime) -> Finding:
    """The other of the two agrees: a finding that names both. The proposed decision follows it. Twice is once.

    Nobody agrees anew to what two agreed to before: one of those may have handed the dossier over since.
    """
    _require_either(review, actor)
    if joint.finding is not None and joint.agreed_by_id == actor.id:
        return joint.finding
    if joint.proposed_by_id == actor.id:
        raise NotAllowed(N_("U stelde dit zelf voor. Uw collega moet het ermee eens zijn."))
    if joint.agreed_at is not None:
        raise Refused(N_("Over deze eis is al samen een oordeel gegeven. Ververs de pagina en lees dat oordeel."))
    if joint.withdrawn_at is not None or review.state != "proposed":
        raise Stale(N_("Er ligt intussen een ander voorstel. Lees dat eerst."), theirs=joint)
    item = next(one for one in reviews.items(review) if one.spot == joint.spot)
    finding = Finding(
        authority_id=review.authority_id,
        requirement=joint.requirement,
        requirement_id=joint.requirement_id,
        lot=joint.lot,
        lot_id=joint.lot_id,
        party=joint.party,
        party_id=joint.party_id,
        sequence=len(review.findings) + 1,
        verdict=joint.verdict,
        reason=joint.reason,
        product_codes=list(joint.product_codes),
        defect=_defect(item, joint),
        after_remedy=reviews.was_mended(review, item),
        evidence_kinds=reviews.evidence_kinds(review, item),
        found_at=now,
        found_by=joint.proposed_by,
        found_by_id=joint.proposed_by_id,
        agreed_by=actor,
        agreed_by_id=actor.id,
    )
    review.findings.append(finding)
    joint.agreed_at, joint.agreed_by_id, joint.finding = now, actor.id, finding
    follows = {(one.product.id, one.municipality_id): one for one in decisions.outcomes(review)}
    for decision in review.application.decisions:
        now_so = follows[decision.product_id, decision.municipality_id]
        decision.outcome, decision.reason = now_so.outcome, now_so.reason
    audit.record(review, "agree_joint", actor, now, verdict=joint.verdict, proposed_by=joint.proposed_by.name)
    return finding


def _defect(item: Item, joint: JointVerdict) -> str:
    """What is wrong: as the first reviewer named it, else what the joint reason says. Nothing where it is met."""
    if joint.verdict in SATISFIED:
        return ""
    return (item.finding.defect if item.finding is not None else "") or "other"

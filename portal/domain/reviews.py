"""Screening: declare interests, find per requirement, and answer what is asked to be mended (`remedies` asks it)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.defects import DEFECTS
from portal.domain import audit, documents, procedures, remedy_rules, reviewers, screening, suspensions, wording
from portal.domain.interests import READERS as READERS
from portal.domain.interests import declare_interest as declare_interest
from portal.domain.interests import recuse as recuse
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_applicant, require_official
from portal.domain.requirement_types import Located, Spot, place_key
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import (
    Application,
    Document,
    Finding,
    Lot,
    Party,
    RemedyDocument,
    RemedyItem,
    RemedyRequest,
    Requirement,
    Review,
    Round,
    Submission,
    User,
)
from portal.terms import APPLICANT_ROLES, DOCUMENT_KINDS, N_, REASON_LENGTH, SATISFIED, VERDICTS


@dataclass(frozen=True)
class Item(Located):
    """One line of the checklist: a requirement (and lot, or party) as submitted, with its last finding, if any."""

    requirement: Requirement
    lot: Lot | None
    answer: dict[str, Any]
    finding: Finding | None
    party: Party | None = None


def take_in(application: Application, now: datetime) -> Review | None:
    """After closing: what was validly submitted goes into review, the rest lapses. Does nothing the second time.

    In a continuous round there is no closing to wait for: what is submitted goes into review at once, and what is not
    may still become so.
    """
    round_ = application.round
    if application.review is not None or application.state == "lapsed":
        return application.review
    if round_.closed_at is None and not (round_.is_continuous and application.state == "submitted"):
        return None
    submission = application.valid_submission
    if submission is None:
        advance(application, "lapse", None, now)
        template = "round_closed_not_submitted"
    else:
        review = Review(
            authority_id=application.authority_id,
            application_id=application.id,
            submission=submission,
            submission_id=submission.id,
            state="open",
            due_on=procedures.decided_by(round_, submission.submitted_at),
            created_at=now,
        )
        application.review = review
        advance(application, "take_in", None, now, receipt=submission.receipt_number)
        template = "taken_in" if round_.is_continuous else "round_closed_in_review"
    audit.tell_organisation(
        application,
        application.organisation.users,
        f"closed:{application.id}",
        template,
        now,
        application=application.number,
        round=round_.label,
        procedure=round_.procedure.title,
        decided_by=wording.day(procedures.decided_by(round_, submission.submitted_at if submission else None)),
        path=f"/aanmeldingen/{application.id}",
    )
    return application.review


def latest(review: Review) -> dict[Spot, Finding]:
    """The finding that counts at each place: the last one."""
    return {one.spot: one for one in review.findings}


def submitted(submission: Submission) -> dict[str, Any]:
    """The manifest of a submission, as it was frozen."""
    return submission.content


def items(review: Review, given: Mapping[Spot, Any] | None = None) -> list[Item]:
    """The checklist: every requirement and lot of the submission, in published order.

    With `given` the verdicts of somebody who screens beside the reviewer take the place of the findings.
    """
    round_ = review.application.round
    by_id = {one.id: one for one in round_.requirements}
    lots = {one.id: one for one in round_.lots}
    answers = submitted(review.submission)["answers"]
    is_together = any(one.get("party_id") for one in answers)
    parties = {one.id: one for one in review.application.every_party} if is_together else {}
    found = latest(review) if given is None else given
    return [
        Item(
            requirement=by_id[one["requirement_id"]],
            lot=lots[one["lot_id"]] if one["lot_id"] else None,
            answer=one,
            finding=found.get((one["requirement_id"], one["lot_id"], one.get("party_id"))),
            party=parties[one["party_id"]] if one.get("party_id") else None,
        )
        for one in answers
    ]


def products_at(review: Review, item: Item) -> set[str]:
    """The codes of the submitted products that a verdict at this place is about."""
    return {
        one["product"]
        for one in submitted(review.submission)["selections"]
        if item.lot is None or one["lot"] == item.lot.code
    }


def require_reviewer(review: Review, actor: User) -> None:
    """The actor is an inkoper, and nobody else began on this dossier (else `NotAllowed`)."""
    require_official(actor, review, "inkoper")
    if review.first_by_id not in (None, actor.id):
        raise NotAllowed(N_("Een andere inkoper beoordeelt deze aanmelding. U kunt wel meelezen."))
    reviewers.require_no_shadow(review, actor)


def require_verdict(item: Item, round_: Round, verdict: str, reason: str) -> None:
    """The verdict is one that was published for this requirement, and its reason is written out (else `Invalid`)."""
    if verdict not in VERDICTS:
        raise Invalid({"verdict": N_("Kies een oordeel.")})
    if verdict == "equivalent" and not item.requirement.equivalent_allowed:
        raise Invalid({"verdict": N_("Bij deze eis is ‘of gelijkwaardig’ niet gepubliceerd.")})
    if verdict == "remedy" and (excluded := remedy_rules.why_not(item.requirement, round_)):
        raise Invalid({"verdict": excluded})
    if verdict != "meets" and len(reason) < REASON_LENGTH:
        raise Invalid(
            {"reason": N_("Motiveer uw oordeel in minstens 10 tekens. De aanbieder leest deze tekst letterlijk.")}
        )
    screening.require_filled(reason)


def find(
    review: Review,
    actor: User,
    item: Item,
    verdict: str,
    reason: str,
    now: datetime,
    *,
    based_on: int,
    product_codes: Iterable[str] = (),
    seen: str | None = None,
    defect: str | None = None,
) -> Finding:
    """Record a verdict with its reason. Findings are only ever added; the last one counts.

    `based_on` is the sequence of the finding the form showed (0 for none). Raises `Stale` when there is a newer
    one. `seen` is the mark of the documents the form showed (`screening.mark`; None: not asked). Raises `Superseded`
    when others lie there now. A reason of at least ten characters is required, except when plainly met. `defect` is a
    key of `defects.DEFECTS`; who names none (None) at a refusal or remedy means 'other', that is: the reason.
    """
    require_reviewer(review, actor)
    if review.state not in {"open", "started"}:
        raise Refused(N_("Deze aanmelding is niet in beoordeling. Wacht op het herstel of vraag de zaak terug."))
    current = latest(review).get(item.spot)
    reason, narrowed = reason.strip(), sorted(set(product_codes)) if verdict == "fails" else []
    if not set(narrowed) <= products_at(review, item):
        raise NotFound(N_("Dit bestaat niet."))
    if defect is None:
        defect = "" if verdict in SATISFIED else "other"
    if current is not None and current.sequence != based_on:
        if (current.verdict, current.reason, current.defect) == (verdict, reason, defect):
            return current
        raise Stale(
            N_("%(name)s heeft hier net een oordeel bewaard. Lees dat eerst en bewaar daarna opnieuw."),
            theirs=current,
            name=current.found_by.name,
        )
    screening.require_current(review, item, seen)
    require_verdict(item, review.application.round, verdict, reason)
    _check_defect(verdict, defect, reason)
    finding = Finding(
        authority_id=review.authority_id,
        requirement=item.requirement,
        requirement_id=item.requirement.id,
        lot=item.lot,
        lot_id=item.lot_id,
        party=item.party,
        party_id=item.party.id if item.party else None,
        sequence=len(review.findings) + 1,
        verdict=verdict,
        reason=reason,
        product_codes=narrowed,
        defect=defect,
        after_remedy=was_mended(review, item),
        evidence_kinds=evidence_kinds(review, item),
        found_at=now,
        found_by=actor,
        found_by_id=actor.id,
    )
    review.findings.append(finding)
    if review.first_by_id is None:
        review.first_by, review.first_by_id = actor, actor.id
        reviewers.give_up(review, actor, now)  # who was to be the second is the first now
    advance(review, "start", actor, now, place=item.key, verdict=verdict)
    return finding


def _check_defect(verdict: str, defect: str, reason: str) -> None:
    if defect not in DEFECTS and (defect or verdict not in SATISFIED):
        raise Invalid({"defect": N_("Kies wat er niet klopt. Zo vinden wij gevallen die hetzelfde zijn.")})
    if verdict in SATISFIED and defect and len(reason) < REASON_LENGTH:
        raise Invalid(
            {
                "reason": N_(
                    "Leg in minstens 10 tekens uit waarom u dit gebrek aanvaardt, of maak ‘Wat klopt er niet?’ leeg."
                )
            }
        )


def was_mended(review: Review, item: Item) -> bool:
    """Whether remedy was asked here before."""
    return any(one.spot == item.spot for asked in review.remedies for one in asked.items)


def evidence_kinds(review: Review, item: Item) -> list[str]:
    """The kinds of document that lie at this place: submitted, or sent as remedy."""
    where = (
        item.requirement.code, item.lot.code if item.lot else None, item.party.position if item.party else None,
    )  # fmt: skip
    handed_in = {
        one["kind"]
        for one in submitted(review.submission)["files"]
        if (one["requirement"], one["lot"], one.get("party")) == where
    }
    sent = {
        one.document.kind
        for asked in review.remedies
        if asked.answered_at is not None
        for mended in asked.items
        if mended.spot == item.spot
        for one in mended.documents
    }
    return sorted(handed_in | sent)


def remedy_rounds(review: Review) -> int:
    """How often this procedure lets an applicant mend something."""
    return int(review.application.round.terms["remedy_rounds"])


def may_ask_remedy(review: Review) -> bool:
    """A remedy round is left."""
    return len(review.remedies) < remedy_rounds(review)


def may_find(review: Review, actor: User) -> bool:
    """This inkoper may give verdicts here now: nobody else began, and nothing is being waited for."""
    is_first = review.first_by_id in (None, actor.id) and "inkoper" in actor.role_names
    is_shadow = reviewers.is_shadow(review.application.round, actor)
    return review.state in {"open", "started"} and is_first and not is_shadow


def explain(
    remedy: RemedyRequest,
    actor: User,
    item: RemedyItem,
    explanation: str,
    now: datetime,
    *,
    based_on: int | None = None,
) -> None:
    """Save the applicant's explanation at one item, before the term ends.

    `based_on` is the version the form showed (None: whatever there is). Raises `Stale` with the item as it is now when
    somebody else saved in between; nothing is overwritten.
    """
    _require_pending(remedy, actor, now)
    text = explanation.replace("\r\n", "\n").strip()
    if based_on is not None and item.version != based_on and item.explanation != text:
        raise Stale(
            N_("%(name)s heeft deze toelichting net ook gewijzigd. Vergelijk de teksten en bewaar opnieuw."),
            theirs=item,
            name=item.explained_by.name if item.explained_by else N_("Uw collega"),
        )
    item.explanation = text
    item.version += 1
    item.explained_at, item.explained_by, item.explained_by_id = now, actor, actor.id
    audit.record(remedy, "explain", actor, now, requirement=place_key(item.requirement, item.lot, item.party))


def add_remedy_document(
    remedy: RemedyRequest, actor: User, item: RemedyItem, document: Document, now: datetime
) -> None:
    """Hand over a document for one item. It stands beside what was submitted and replaces nothing."""
    _require_pending(remedy, actor, now)
    if document.organisation_id != actor.works_for_id or DOCUMENT_KINDS[document.kind].is_integrity:
        raise NotFound(N_("Dit bestaat niet."))
    documents.require_usable(document)
    if all(one.document_id != document.id for one in item.documents):
        item.documents.append(
            RemedyDocument(
                authority_id=remedy.authority_id, document=document, document_id=document.id, attached_at=now
            )
        )
        audit.record(remedy, "attach", actor, now, document=document.id, sha256=document.sha256)


def answer_remedy(remedy: RemedyRequest, actor: User, now: datetime) -> None:
    """Send the remedy. Every item needs an explanation or a document; after this nothing changes."""
    if remedy.answered_at is not None:
        return
    _require_pending(remedy, actor, now)
    for item in remedy.items:
        if not item.explanation and not item.documents:
            raise Refused(
                N_("Geef bij eis %(code)s een toelichting of voeg een document toe."),
                code=place_key(item.requirement, item.lot, item.party),
            )
    remedy.answered_at, remedy.answered_by, remedy.answered_by_id = now, actor, actor.id
    advance(remedy.review, "end_remedy", actor, now, remedy=remedy.id)
    suspensions.move_due(remedy.review.application)


def expire_remedy(remedy: RemedyRequest, now: datetime) -> None:
    """The term is over and nothing was sent: screening goes on with what was submitted."""
    if not remedy.is_pending or not suspensions.remedy_is_over(remedy, now):
        return
    remedy.expired_at = now
    advance(remedy.review, "end_remedy", None, now, remedy=remedy.id, expired=True)
    suspensions.move_due(remedy.review.application)


def _require_pending(remedy: RemedyRequest, actor: User, now: datetime) -> None:
    require_applicant(actor, remedy.review.application, *APPLICANT_ROLES)
    if remedy.answered_at is not None:
        raise Refused(N_("U heeft dit herstel al verstuurd."))
    if remedy.expired_at is not None or suspensions.remedy_is_over(remedy, now):
        raise Refused(N_("De termijn voor herstel is voorbij. Wij beslissen met wat u eerder indiende."))


def is_complete(review: Review) -> bool:
    """Every place has a verdict, and none asks for remedy still."""
    return all(item.finding is not None and item.finding.verdict != "remedy" for item in items(review))


def failing(review: Review) -> list[Item]:
    """The places that are not met. Of a group (at least N of these) only when fewer than N are met."""
    checklist = items(review)
    failed = [one for one in checklist if one.finding is not None and one.finding.verdict not in SATISFIED]
    for group in review.application.round.settings.get("groups", []):
        members = {one.requirement.code for one in checklist if one.requirement.code in group["requirements"]}
        lost = {one.requirement.code for one in failed if one.requirement.code in members}
        if len(members) - len(lost) >= min(group["at_least"], len(members)):
            failed = [one for one in failed if one.requirement.code not in members]
    return failed

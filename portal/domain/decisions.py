"""Decisions: proposed from the findings, confirmed by another, then told in a reasoned letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain import (
    audit,
    awards,
    calendar,
    letters,
    procedures,
    requirements,
    reviewers,
    reviews,
    running_terms,
    side_reviews,
    site_visits,
    suspensions,
)
from portal.domain.applications import canonical
from portal.domain.lifecycle import advance, can
from portal.domain.permissions import require_applicant, require_official
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import Application, Decision, DecisionLetter, LetterDraft, Product, Review, User
from portal.terms import APPLICANT_ROLES, N_, OUTCOMES, REASON_LENGTH

INTEGRITY_REASON = N_("De integriteitstoets geeft een belemmering. De onderbouwing krijgt u apart, alleen voor u.")


@dataclass(frozen=True)
class Outcome:
    """What follows from the findings for one product in one municipality."""

    product: Product
    municipality_id: str
    outcome: str
    reason: str


def outcomes(review: Review) -> list[Outcome]:
    """Derive every decision from the findings: one bad lot does not sink the rest.

    A failing requirement refuses what it concerns: everything, a lot, some products, or one municipality where it is
    a threshold; a verdict narrowed to products only those. An integrity objection refuses everything. In a tender
    what meets the minimum is 'qualified': the award decides.
    """
    round_ = review.application.round
    products = {product.id: product for lot in round_.lots for product in lot.products}
    codes = {one.id: one.code for one in review.application.authority.municipalities}
    passed = "qualified" if procedures.KINDS[round_.procedure.kind].has_award else "admitted"
    failing = reviews.failing(review)
    check = review.application.integrity_check
    result = []
    for cell in reviews.submitted(review.submission)["selections"]:
        product = products[cell["product_id"]]
        against = [
            f"{item.requirement.code} {item.requirement.title}"
            f"{f' ({item.party.name})' if item.party else ''}: {item.finding.reason}"
            for item in failing
            if item.finding is not None
            and item.lot_id in (None, product.lot_id)
            and requirements.concerns(item.requirement, product, codes[cell["municipality_id"]])
            and (not item.finding.product_codes or product.code in item.finding.product_codes)
        ]
        if check is not None and check.outcome == "objection":
            against.append(INTEGRITY_REASON)
        result.append(Outcome(product, cell["municipality_id"], "refused" if against else passed, "\n".join(against)))
    return result


def propose(review: Review, actor: User, now: datetime) -> list[Decision]:
    """The first inkoper proposes what follows from the findings. Every place needs a final verdict first."""
    require_official(actor, review, "inkoper")
    if review.first_by_id not in (None, actor.id):
        raise NotAllowed(N_("Een andere inkoper beoordeelt deze aanmelding. U kunt wel meelezen."))
    reviewers.require_no_shadow(review, actor)
    open_items = [item for item in reviews.items(review) if item.finding is None or item.finding.verdict == "remedy"]
    if open_items:
        raise Refused(
            N_("Nog %(count)d eisen zonder eindoordeel. Geef eerst bij elke eis een oordeel."), count=len(open_items)
        )
    check = review.application.integrity_check
    if check is not None and check.outcome == "pending":
        raise Refused(N_("De integriteitstoets loopt nog. U kunt voorstellen zodra de uitkomst bekend is."))
    suspensions.require_running(review.application)
    site_visits.require_none_open(review)
    if review.first_by_id is None:  # whoever gave the verdicts has an interest by now: who proposes is the first
        review.first_by, review.first_by_id = actor, actor.id
        reviewers.give_up(review, actor, now)
    advance(review, "propose", actor, now)
    application = review.application
    for one in outcomes(review):
        application.decisions.append(
            Decision(
                authority_id=review.authority_id,
                product=one.product,
                product_id=one.product.id,
                municipality_id=one.municipality_id,
                outcome=one.outcome,
                reason=one.reason,
                proposed_at=now,
                proposed_by=actor,
                proposed_by_id=actor.id,
            )
        )
    return application.decisions


def confirm(review: Review, actor: User, now: datetime) -> None:
    """A second inkoper confirms what the first proposed (four eyes, also a constraint in the database)."""
    require_official(actor, review, "inkoper")
    decided = review.application.decisions
    if any(one.proposed_by_id == actor.id for one in decided):
        raise NotAllowed(N_("U stelde dit besluit zelf voor. Een andere inkoper moet het vaststellen."))
    suspensions.require_running(review.application)
    side_reviews.require_settled(review, actor)
    advance(review, "confirm", actor, now)
    review.second_by, review.second_by_id = actor, actor.id
    for one in decided:
        one.confirmed_at, one.confirmed_by, one.confirmed_by_id = now, actor, actor.id
    advance(review.application, "decide", actor, now, admitted=sum(one.outcome == "admitted" for one in decided))
    review.application.letter_draft = LetterDraft(authority_id=review.authority_id, state="composed")


def send_back(review: Review, actor: User, reason: str, now: datetime) -> list[Decision]:
    """The second inkoper does not agree: the proposal is taken away, with the reason on record.

    Returns the proposed decisions that the caller must delete: they were never decisions.
    """
    require_official(actor, review, "inkoper")
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom u het voorstel teruggeeft.")})
    proposed = list(review.application.decisions)
    if any(one.proposed_by_id == actor.id for one in proposed):
        raise NotAllowed(N_("U stelde dit besluit zelf voor. Een andere inkoper moet het beoordelen."))
    side_reviews.require_read(review, actor)
    advance(review, "send_back", actor, now, reason=reason.strip())
    reviewers.withdraw_joint(review, now)
    return proposed


def letter_facts(application: Application, number: str, now: datetime) -> dict[str, Any]:
    """Everything the decision letter says, frozen at the moment of telling."""
    procedure = application.round.procedure
    municipalities = {one.id: one.name for one in application.authority.municipalities}
    compares = procedures.KINDS[procedure.kind].has_award
    lots: dict[str, dict[str, Any]] = {}
    for one in sorted(application.decisions, key=lambda one: (one.product.lot.position, one.product.position)):
        lot = lots.setdefault(
            one.product.lot_id, {"code": one.product.lot.code, "name": one.product.lot.name, "products": {}}
        )
        product = lot["products"].setdefault(
            one.product.code,
            {"name": one.product.name, **{outcome: [] for outcome in OUTCOMES}, "reasons": []},
        )
        product[one.outcome].append(municipalities[one.municipality_id])
        if one.outcome == "refused" or not compares:  # the award has a part of the letter to itself
            product["reasons"] += [line for line in one.reason.splitlines() if line not in product["reasons"]]
    outcomes_seen = {one.outcome for one in application.decisions}
    return {
        **({"award": awards.letter_facts(application)} if compares else {}),
        "number": number,
        "date": str(calendar.local_day(now)),
        "outcome": outcomes_seen.pop() if len(outcomes_seen) == 1 else "mixed",
        "authority": {
            "name": application.authority.name,
            "mail": application.authority.mail,
            "phone": application.authority.phone,
        },
        "organisation": {
            "name": application.organisation.name,
            "kvk_number": application.organisation.kvk_number,
            "street": application.organisation.street,
            "postal_code": application.organisation.postal_code,
            "city": application.organisation.city,
        },
        "approved": any(one.approved_at is not None for one in application.decisions),
        "kind": procedure.kind,
        "procedure": procedure.title,
        "round": application.round.label,
        "application": application.number,
        "receipt": application.review.submission.receipt_number if application.review else "",
        "lots": [{**lot, "products": list(lot["products"].values())} for lot in lots.values()],
        "findings": [
            {
                "code": item.requirement.code,
                "title": item.requirement.title,
                "text": item.requirement.text,
                "version": item.requirement.version,
                "lot": item.lot.code if item.lot else "",
                "party": item.party.name if item.party else "",
                "verdict": item.finding.verdict,
                "reason": item.finding.reason,
            }
            for item in (reviews.items(application.review) if application.review else [])
            if item.finding is not None and item.finding.verdict != "meets"
        ],
        "remedy_clause": application.round.settings["letters"]["remedy_clause"],
        **{
            f"{term}_{name}": value
            for term in ("standstill", "objection")
            for full in [running_terms.length(application.round, term)]
            for name, value in (
                ("days", full.number),
                ("unit", full.unit),
                ("until", str(running_terms.after_telling(application, term, now))),
            )
        },
    }


def tell(application: Application, number: str, now: datetime) -> DecisionLetter:
    """A released decision reaches the applicant: the letter is frozen and they are told.

    Who released it did so with a right of their own (`releases.release`); telling only follows.
    """
    draft = application.letter_draft
    if draft is None or draft.state != "released" or draft.release is None:
        raise Refused(N_("Dit besluit is niet vrijgegeven, of al bekendgemaakt."))
    for one in application.decisions:
        one.told_at = now
    advance(draft, "tell", draft.release.released_by, now)
    facts = letter_facts(application, number, now)
    letter = DecisionLetter(
        authority_id=application.authority_id,
        application=application,
        application_id=application.id,
        number=number,
        facts=canonical(facts | {"passages": letters.passages(draft, facts)}),
        sent_at=now,
    )
    audit.record(application, "tell", draft.release.released_by, now, letter=number)
    audit.tell_organisation(
        application,
        application.organisation.users,
        f"decision:{application.id}",
        "decision",
        now,
        application=application.number,
        procedure=application.round.procedure.title,
        path=f"/aanmeldingen/{application.id}",
    )
    return letter


def open_letter(letter: DecisionLetter, actor: User, now: datetime) -> None:
    """The applicant opens the letter: the first time is kept, as proof that it arrived."""
    require_applicant(actor, letter.application, *APPLICANT_ROLES)
    if letter.opened_at is None:
        letter.opened_at = now
        audit.record(letter, "open", actor, now, letter=letter.number)


def may_confirm(review: Review, actor: User) -> bool:
    """Whether this inkoper is the second pair of eyes."""
    is_other = all(one.proposed_by_id != actor.id for one in review.application.decisions)
    return (
        can(review, "confirm")
        and is_other
        and "inkoper" in actor.role_names
        and not reviewers.is_shadow(review.application.round, actor)
    )

"""A plan and a price for one client, where no product fits (maatwerkofferte). No names, never a BSN."""

from __future__ import annotations

import re
from datetime import date, datetime

from portal.domain import audit, following, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official, require_provider
from portal.errors import Invalid, NotFound, Refused
from portal.models import Agreement, DeviationQuote, Document, Municipality, User
from portal.terms import DOCUMENT_KINDS, N_, UNITS


def ask(
    agreement: Agreement,
    actor: User,
    municipality: Municipality | None,
    reference: str,
    question: str,
    due_on: date | None,
    now: datetime,
) -> DeviationQuote:
    """Ask for a plan and a quote for one client, named by the own number of the municipality."""
    following.require_manager(actor, agreement)
    if not following.rules(agreement).get("deviation_quote"):
        raise Refused(N_("Deze procedure kent geen maatwerkofferte."))
    problems: dict[str, str] = {}
    reference = reference.strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9./-]{2,39}", reference):
        problems["reference"] = N_("Vul uw eigen zaaknummer in: letters, cijfers en streepjes. Geen naam, geen BSN.")
    if municipality is None or municipality.id not in {one.municipality_id for one in agreement.lines}:
        problems["municipality"] = N_("Kies een gemeente uit deze overeenkomst.")
    if due_on is None or due_on <= following.today(now):
        problems["due_on"] = N_("Kies een dag in de toekomst.")
    if problems or municipality is None or due_on is None:
        raise Invalid(problems)
    following.refuse_personal_numbers(reference, "reference")
    quote = DeviationQuote(
        authority_id=agreement.authority_id,
        agreement=agreement,
        agreement_id=agreement.id,
        municipality=municipality,
        municipality_id=municipality.id,
        reference=reference,
        question=following.written(question, "question"),
        state="asked",
        due_on=due_on,
        asked_at=now,
        asked_by=actor,
        asked_by_id=actor.id,
    )
    audit.record(quote, "ask_quote", actor, now, agreement=agreement.number)
    following.tell_provider(
        quote, agreement, f"quote:{quote.id}", "quote_asked", now,
        municipality=municipality.name, reference=reference, due_on=wording.day(due_on),
    )  # fmt: skip
    return quote


def answer(
    quote: DeviationQuote,
    actor: User,
    plan: str,
    amount_cents: int | None,
    unit: str,
    document: Document | None,
    now: datetime,
) -> None:
    """The provider's plan, its price in euro cents per unit, and a document from the vault if there is one."""
    require_provider(actor, quote.agreement)
    if quote.state != "asked":
        raise Refused(N_("U hebt deze offerte al verstuurd."))
    plan = following.written(plan, f"plan-{quote.id}")
    problems: dict[str, str] = {}
    if amount_cents is None or amount_cents < 0:
        problems[f"amount-{quote.id}"] = N_("Vul een bedrag in, zoals 74,60.")
    if unit not in UNITS:
        problems[f"unit-{quote.id}"] = N_("Kies waarvoor dit bedrag geldt.")
    if problems:
        raise Invalid(problems)
    if document is not None and (
        document.organisation_id != actor.works_for_id or DOCUMENT_KINDS[document.kind].is_integrity
    ):
        raise NotFound(N_("Dit bestaat niet."))
    advance(quote, "answer", actor, now, amount_cents=amount_cents, unit=unit)
    quote.plan, quote.amount_cents, quote.unit = plan, amount_cents, unit
    quote.document, quote.document_id = document, document.id if document else None
    quote.answered_at, quote.answered_by, quote.answered_by_id = now, actor, actor.id


def decide(quote: DeviationQuote, actor: User, decision: str, reason: str, now: datetime) -> None:
    """Accept or decline ('accept', 'decline'), with the reason the provider reads."""
    require_official(actor, quote, following.MANAGER)
    if decision not in ("accept", "decline"):
        raise Invalid({f"decision-{quote.id}": N_("Kies wat u besluit.")})
    reason = following.written(reason, f"reason-{quote.id}")
    advance(quote, decision, actor, now)
    quote.reason, quote.decided_at, quote.decided_by, quote.decided_by_id = reason, now, actor, actor.id
    following.tell_provider(
        quote, quote.agreement, f"quote-decided:{quote.id}", "quote_decided", now,
        reference=quote.reference, is_accepted=quote.state == "accepted", why=reason,
    )  # fmt: skip

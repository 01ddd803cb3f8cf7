"""The raamovereenkomst: made after the standstill, drawn up once, signed by the provider, then the authority."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

from portal.domain import audit, calendar, objections, running_terms, signing_blocks, suspensions
from portal.domain.applications import canonical
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official, require_provider
from portal.errors import Refused
from portal.models import Agreement, AgreementLine, Application, Decision, DirectoryEntry, Signature, User
from portal.services import StoredFile
from portal.terms import N_, UNITS

PROVIDER, AUTHORITY = "provider", "authority"


def standstill_ends_at(application: Application) -> datetime | None:
    """When agreements may be drawn up: at once for zero days, else at the end of the last local day.

    None while nothing was told, and while that term stands still: when it ends is not known then.
    """
    told = max((one.told_at for one in application.decisions if one.told_at), default=None)
    if told is None or suspensions.stands_still(application, "standstill"):
        return None
    if application.round.terms["standstill_days"] == 0:
        return told
    return calendar.end_of_day(standstill_day(application, told))


def standstill_day(application: Application, told: datetime) -> date:
    """The last day of the standstill of what was told at `told`."""
    return running_terms.after_telling(application, "standstill", told)


def period(application: Application, told_on: date) -> tuple[date, date]:
    """First and last day: from the round's starting day (or the first of the next month, when that is over).

    Where the first period is over, the end moves on by the tacit renewal.
    """
    procedure = application.round.procedure
    ends_on = procedure.agreement_ends_on
    if ends_on is None:
        raise Refused(N_("Bij deze procedure hoort geen overeenkomst."))
    planned = application.round.agreements_start_on
    starts_on = planned if planned > told_on else calendar.add_months(told_on.replace(day=1), 1)
    while ends_on <= starts_on:
        if not procedure.renewal_months:
            raise Refused(N_("De looptijd van deze procedure is voorbij: een nieuwe overeenkomst kan niet meer."))
        ends_on = calendar.add_months(ends_on, procedure.renewal_months)
    return starts_on, ends_on


def make(application: Application, number: str, now: datetime) -> Agreement:
    """The agreement with its number and its frozen facts, for everything that was admitted.

    Refused before the standstill is over, while a court case or an objection of this applicant holds signing back, and
    when nothing was admitted.
    """
    ends_at = standstill_ends_at(application)
    if ends_at is None or now < ends_at:
        raise Refused(N_("De opschortende termijn loopt nog. De overeenkomst volgt daarna."))
    signing_blocks.require_free(application.round)
    objections.require_none(application)
    admitted = [one for one in application.decisions if one.outcome == "admitted"]
    if not admitted:
        raise Refused(N_("Er is niets toegelaten, dus er komt geen overeenkomst."))
    procedure = application.round.procedure
    starts_on, ends_on = period(application, told_on(admitted))
    settings = application.round.settings["agreement"]
    agreement = Agreement(
        authority_id=application.authority_id,
        application=application,
        application_id=application.id,
        organisation=application.organisation,
        organisation_id=application.organisation_id,
        procedure=procedure,
        procedure_id=procedure.id,
        number=number,
        state="due",
        template=f"{settings.get('template', 'raamovereenkomst')}-{settings.get('template_version', 1)}",
        made_at=now,
        standstill_ends_at=ends_at,
        starts_on=starts_on,
        ends_on=ends_on,
        lines=[line(one, line_terms(one, admitted, starts_on, ends_on)) for one in admitted],
        directory=_directory(application),
    )
    freeze(agreement)
    audit.record(agreement, "make", None, now, number=number, facts_sha256=agreement.facts_digest)
    return agreement


def told_on(admitted: list[Decision]) -> date:
    """The day on which the last of these was told: an objection may have added to them."""
    return max(calendar.local_day(one.told_at) for one in admitted if one.told_at is not None)


def line_terms(decision: Decision, admitted: list[Decision], starts_on: date, ends_on: date) -> dict[str, Any]:
    """Tariff or budget, and the days of its own, of one of the admitted cells in an agreement of these days."""
    return {**_money(decision, admitted), **_line_period(decision, starts_on, ends_on)}


def line(decision: Decision, terms: dict[str, Any]) -> AgreementLine:
    """A line about a cell that was admitted, on these terms (see `line_terms`)."""
    return AgreementLine(
        authority_id=decision.authority_id,
        product=decision.product,
        product_id=decision.product_id,
        municipality=decision.municipality,
        municipality_id=decision.municipality_id,
        **terms,
    )


def freeze(agreement: Agreement) -> None:
    """Write down what the document says, and its SHA-256: the place of the document follows from it."""
    agreement.facts = canonical(facts(agreement))
    agreement.facts_digest = hashlib.sha256(agreement.facts.encode()).hexdigest()


def _money(decision: Decision, admitted: list[Decision]) -> dict[str, int | None]:
    """A tariff per unit, or what the award gave this provider of the budget of its lot in this municipality.

    The products of one lot share that budget: the first admitted product carries it, the others nothing more.
    """
    if decision.product.funding == "per_unit":
        return {"tariff_cents": decision.product.tariff_in(decision.municipality), "budget_cents": None}
    first = min(
        (
            one
            for one in admitted
            if (one.product.lot_id, one.municipality_id) == (decision.product.lot_id, decision.municipality_id)
            and one.product.funding != "per_unit"
        ),
        key=lambda one: one.product.position,
    )
    return {"tariff_cents": None, "budget_cents": (decision.budget_cents or 0) if first is decision else 0}


def _line_period(decision: Decision, starts_on: date, ends_on: date) -> dict[str, date | None]:
    """The days of a line, where they differ from those of the agreement: a staggered start, a product that ends."""
    cell = next(one for one in decision.product.coverage if one.municipality_id == decision.municipality_id)
    starts = max((one for one in (cell.starts_on, decision.product.starts_on) if one), default=None)
    ends = decision.product.ends_on
    return {
        "starts_on": starts if starts and starts_on < starts <= ends_on else None,
        "ends_on": ends if ends and starts_on <= ends < ends_on else None,
    }


def facts(agreement: Agreement) -> dict[str, Any]:
    """What the document says, as plain values: parties, lots, products, municipalities, tariffs (euro cents)."""
    procedure, organisation = agreement.procedure, agreement.organisation
    authority = agreement.application.authority
    lots: dict[str, dict[str, Any]] = {}
    ordered = sorted(
        agreement.lines, key=lambda one: (one.product.lot.position, one.product.position, one.municipality.name)
    )
    for line in ordered:
        lot = lots.setdefault(
            line.product.lot.code, {"code": line.product.lot.code, "name": line.product.lot.name, "products": {}}
        )
        days = (str(line.starts_on or ""), str(line.ends_on or ""))
        product = lot["products"].setdefault(
            (line.product.code, line.tariff_cents, days),
            {
                "code": line.product.code,
                "name": line.product.name,
                "category": line.product.category,
                "unit": UNITS[line.product.unit].label,
                "tariff_cents": line.tariff_cents,
                "tariff_is_fictitious": line.product.tariff_is_fictitious,
                "starts_on": days[0],
                "ends_on": days[1],
                "municipalities": [],
            },
        )
        product["municipalities"].append(line.municipality.name)
        if line.budget_cents:
            lot.setdefault("budgets", []).append({"municipality": line.municipality.name, "cents": line.budget_cents})
    settings = agreement.application.round.settings
    terms = settings["agreement"]
    return {
        "number": agreement.number,
        "template": agreement.template,
        "date": str(calendar.local_day(agreement.made_at)),
        "starts_on": str(agreement.starts_on),
        "ends_on": str(agreement.ends_on),
        "renewal_months": procedure.renewal_months,
        "notice_months": procedure.notice_months,
        "procedure": {
            "kind": procedure.kind,
            "title": procedure.title,
            "file_sha256": procedure.file_digest,
            "laws": procedure.laws,
        },
        "round": agreement.application.round.label,
        "application": agreement.application.number,
        "authority": {
            "name": authority.name,
            "mail": authority.mail,
            "phone": authority.phone,
            "municipalities": [one.name for one in authority.municipalities],
        },
        "organisation": {
            name: getattr(organisation, name) or ""
            for name in ("name", "kvk_number", "legal_form", "street", "postal_code", "city", "agb_code", "iban")
        },
        "lots": [{**lot, "products": list(lot["products"].values())} for lot in lots.values()],
        "volume": terms["volume"],
        "parties": [
            {name: one[name] for name in ("role", "name", "kvk_number", "city", "part")}
            for one in _decided_on(agreement.application).get("parties", [])
        ],
        "promises": _promises(agreement.application),
        "conditions": terms.get("conditions", []),
        "tariff_reasoning": settings["tariff_reasoning"]["text"],
    }


def _decided_on(application: Application) -> dict[str, Any]:
    """The manifest of the submission that was decided on."""
    submission = application.review.submission if application.review else application.valid_submission
    return submission.content if submission else {}


def _promises(application: Application) -> list[dict[str, Any]]:
    """The answers that become part of the agreement, from the submission that was decided on."""
    content = _decided_on(application)
    parties = {one["party_id"]: one["name"] for one in content.get("parties", [])}
    by_id = {one.id: one for one in application.round.requirements}
    goals = {one["code"]: one["title"] for one in application.round.settings.get("goals", [])}
    return [
        {
            "code": by_id[one["requirement_id"]].code,
            "title": by_id[one["requirement_id"]].title,
            "lot": one["lot"] or "",
            "party": parties.get(one.get("party_id"), ""),
            "text": one["value"].get("text", ""),
            "goals": [{"title": goals[code], **smart} for code, smart in one["value"].get("goals", {}).items()],
        }
        for one in content.get("answers", [])
        if by_id[one["requirement_id"]].settings.get("in_agreement")
    ]


def _directory(application: Application) -> list[DirectoryEntry]:
    """The choices by which the public register is searched, from the submission that was decided on."""
    submission = application.review.submission if application.review else application.valid_submission
    by_id = {one.id: one for one in application.round.requirements}
    found: dict[tuple[str, str], DirectoryEntry] = {}
    for one in submission.content["answers"] if submission else []:
        requirement = by_id[one["requirement_id"]]
        if not requirement.settings.get("in_directory"):
            continue
        labels = {option["key"]: option["label"] for option in requirement.settings["options"]}
        for key in one["value"].get("choices", []):
            entry = DirectoryEntry(
                authority_id=application.authority_id,
                code=requirement.code,
                question=requirement.title,
                key=key,
                label=labels[key],
                position=len(found),
            )
            found.setdefault((requirement.code, key), entry)
    return list(found.values())


def unsigned_key(agreement: Agreement) -> str:
    """The one place of the unsigned document; a second drawing up finds it there."""
    return f"agreements/{agreement.id}/{agreement.facts_digest[:16]}.pdf"


def signed_key(signature: Signature) -> str:
    """The one place of the document with this signature; a second placing finds it there."""
    return f"agreements/{signature.agreement_id}/{signature.party}-{signature.id}.pdf"


def draw_up(agreement: Agreement, stored: StoredFile, now: datetime) -> None:
    """The document is in place: it can be read and signed. Does nothing the second time, nor for facts of before."""
    if agreement.state != "due" or stored.key != unsigned_key(agreement):
        return
    agreement.pdf_key, agreement.pdf_sha256, agreement.drawn_up_at = stored.key, stored.sha256, now
    advance(agreement, "draw_up", None, now, number=agreement.number, sha256=stored.sha256)
    audit.tell_organisation(
        agreement,
        agreement.organisation.users,
        f"agreement:{agreement.id}:{agreement.facts_digest[:16]}",
        "agreement_ready",
        now,
        number=agreement.number,
        path=f"/overeenkomsten/{agreement.id}",
    )


def document_to_sign(agreement: Agreement) -> tuple[str, str]:
    """Key and SHA-256 of the document as it stands: the last signed one, else the unsigned one."""
    for signature in reversed(agreement.signatures):
        if signature.pdf_key and signature.pdf_sha256:
            return signature.pdf_key, signature.pdf_sha256
    if agreement.pdf_key is None or agreement.pdf_sha256 is None:
        raise Refused(N_("De overeenkomst wordt nog opgemaakt. Kijk over een minuut opnieuw."))
    return agreement.pdf_key, agreement.pdf_sha256


def sign(agreement: Agreement, actor: User, shown_sha256: str, now: datetime) -> Signature:
    """The actor signs the document that was shown (`shown_sha256`). The provider first, the authority last.

    Refused when the document shown is not the one that would be signed. Signing twice is signing once.
    """
    party = AUTHORITY if actor.authority_id is not None else PROVIDER
    if party == AUTHORITY:
        require_official(actor, agreement, "authority_signatory")
    else:
        require_provider(actor, agreement, "signatory")
    earlier = next((one for one in agreement.signatures if one.party == party), None)
    if earlier is not None:
        return earlier
    signing_blocks.require_free(agreement.application.round)
    objections.require_none(agreement.application)
    if now < agreement.standstill_ends_at:
        raise Refused(N_("De opschortende termijn loopt nog. Ondertekenen kan daarna."))
    expected = "drawn_up" if party == PROVIDER else "provider_signed"
    if agreement.state != expected:
        raise Refused(
            N_("U kunt deze overeenkomst nu niet ondertekenen: eerst tekent de zorgaanbieder, dan de gemeente.")
        )
    _, sha256 = document_to_sign(agreement)
    if shown_sha256 != sha256:
        raise Refused(N_("De overeenkomst is veranderd nadat u hem opende. Lees de nieuwste versie en teken opnieuw."))
    signature = Signature(
        authority_id=agreement.authority_id,
        agreement_id=agreement.id,
        party=party,
        signed_by=actor,
        signed_by_id=actor.id,
        signed_document_sha256=sha256,
        signatory_name=actor.name,
        signatory_function=actor.function or ("Tekenbevoegde" if party == PROVIDER else "Tekenbevoegde gemeente"),
        wanted_at=now,
    )
    agreement.signatures.append(signature)
    audit.record(agreement, "want_signature", actor, now, party=party, sha256=sha256)
    return signature


def place_signature(signature: Signature, stored: StoredFile, now: datetime) -> None:
    """The signature is in the bytes. Does nothing the second time."""
    if signature.placed_at is not None:
        return
    agreement = signature.agreement
    signature.placed_at, signature.pdf_key, signature.pdf_sha256 = now, stored.key, stored.sha256
    advance(agreement, f"sign_{signature.party}", signature.signed_by, now, sha256=stored.sha256)
    if agreement.state == "in_force":
        audit.tell_organisation(
            agreement,
            agreement.organisation.users,
            f"in_force:{agreement.id}",
            "agreement_in_force",
            now,
            number=agreement.number,
            path=f"/overeenkomsten/{agreement.id}",
        )

"""Applying: start, choose, answer, prove, submit, withdraw."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.domain import audit, offers, planning, procedures, requirements, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_applicant, require_role
from portal.domain.requirements import Place
from portal.errors import Incomplete, Invalid, NotFound, Refused, RoundClosed, RoundNotOpen, Stale
from portal.models import (
    Answer,
    Application,
    Document,
    Evidence,
    Municipality,
    Product,
    Round,
    Selection,
    Submission,
    User,
)
from portal.terms import APPLICANT_ROLES, DOCUMENT_KINDS, N_

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
ACCEPTED = ("complete", "represent", "terms")


def _code(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def require_open(round_: Round, now: datetime) -> None:
    """The deadline, in one place: strictly before the instant of closing."""
    if now < round_.opens_at:
        raise RoundNotOpen(
            N_("Deze ronde is nog niet open. U kunt beginnen vanaf %(moment)s."), moment=wording.moment(round_.opens_at)
        )
    if round_.held_by and now < round_.closes_at:
        raise RoundNotOpen(planning.HELD, title=planning.title_of(round_.procedure, round_.held_by))
    if not round_.is_open(now):
        raise RoundClosed(
            N_(
                "De ronde is gesloten op %(moment)s. Indienen en wijzigen kan niet meer. "
                "U kunt meedoen in de volgende ronde."
            ),
            moment=wording.moment(round_.closes_at),
        )


def start(round_: Round, actor: User, now: datetime) -> Application:
    """A draft of the actor's organisation in an open round. Numbers are random: they tell nobody how many applied."""
    require_role(actor, *APPLICANT_ROLES)
    if actor.organisation is None:
        raise NotFound(N_("Dit bestaat niet."))
    if not procedures.KINDS[round_.procedure.kind].has_admission:
        raise Refused(N_("Bij deze procedure kunt u zich niet aanmelden. Lees op de pagina ervan hoe u wel meedoet."))
    require_open(round_, now)
    application = Application(
        authority_id=round_.authority_id,
        number=f"A-{round_.label}-{_code(4)}-{_code(4)}",
        round=round_,
        round_id=round_.id,
        organisation=actor.organisation,
        organisation_id=actor.organisation.id,
        state="draft",
        created_at=now,
        saved_at=now,
    )
    audit.record(application, "start", actor, now, round=round_.label)
    return application


def _require_editable(application: Application, actor: User, now: datetime) -> None:
    require_applicant(actor, application, *APPLICANT_ROLES)
    require_open(application.round, now)


def choose(
    application: Application, actor: User, wanted: Iterable[tuple[Product, Municipality]], now: datetime
) -> None:
    """Set the products and municipalities, out of the cells that can be chosen (`requirements.is_selectable`)."""
    _require_editable(application, actor, now)
    cells = {(product.id, municipality.id): (product, municipality) for product, municipality in wanted}
    for product, municipality in cells.values():
        if product.lot.procedure_id != application.round.procedure_id or not product.lot.is_in(
            application.round.edition
        ):
            raise NotFound(N_("Dit bestaat niet."))
        if not requirements.is_selectable(application, product, municipality):
            raise Refused(
                N_("%(product)s is niet open voor %(municipality)s. Kies een andere gemeente."),
                product=product.name,
                municipality=municipality.name,
            )
    present = {(one.product_id, one.municipality_id): one for one in application.selections}
    for cell in present.keys() - cells.keys():
        application.selections.remove(present[cell])
    for cell in sorted(cells.keys() - present.keys()):
        product, municipality = cells[cell]
        application.selections.append(
            Selection(
                authority_id=application.authority_id,
                product=product,
                product_id=product.id,
                municipality=municipality,
                municipality_id=municipality.id,
            )
        )
    application.saved_at = now
    audit.record(application, "choose", actor, now, cells=len(cells))


def answer_at(application: Application, place: Place) -> Answer | None:
    return next((one for one in application.answers if one.spot == place.spot), None)


def evidence_at(application: Application, place: Place | None) -> list[Evidence]:
    """The documents used at a place; `None` is the integrity check."""
    spot = place.spot if place else (None, None, None)
    return [one for one in application.evidence if one.spot == spot]


def answer(
    application: Application,
    actor: User,
    place: Place,
    form: Mapping[str, str],
    now: datetime,
    *,
    based_on: int,
) -> list[requirements.Gap]:
    """Save an answer as far as it goes; returns what is still missing. Saving is never refused for gaps.

    `based_on` is the version the form showed (0 for none). Raises `Stale` with the stored answer when somebody
    else saved in between; nothing is overwritten.
    """
    _require_editable(application, actor, now)
    requirement = place.requirement
    value = requirements.TYPES[requirement.type].read(form, place)
    equivalent = requirement.equivalent_allowed and form.get("is_equivalent") == "yes"
    argument = form.get("argument", "").strip()
    current = answer_at(application, place)
    if current is not None and current.version != based_on:
        if (current.value, current.is_equivalent, current.argument) == (value, equivalent, argument):
            return requirements.place_gaps(place, current, evidence_at(application, place), application, now)
        raise Stale(
            N_("%(name)s heeft dit antwoord net ook gewijzigd. Vergelijk de teksten en bewaar opnieuw."),
            theirs=current,
            name=current.saved_by.name,
        )
    if current is None:
        current = Answer(
            authority_id=application.authority_id,
            requirement=requirement,
            requirement_id=requirement.id,
            lot=place.lot,
            lot_id=place.lot_id,
            party=place.party,
            party_id=place.party.id if place.party else None,
            version=0,
        )
        application.answers.append(current)
    current.value, current.is_equivalent, current.argument = value, equivalent, argument
    current.version += 1
    current.saved_at, current.saved_by, current.saved_by_id = now, actor, actor.id
    application.saved_at = now
    audit.record(application, "answer", actor, now, place=place.key, version=current.version)
    return requirements.place_gaps(place, current, evidence_at(application, place), application, now)


def attach_document(
    application: Application, actor: User, place: Place | None, document: Document, now: datetime
) -> Evidence:
    """Use a document of the own vault at a place, or for the integrity check (`place` None). Twice is once."""
    _require_editable(application, actor, now)
    if document.organisation_id != application.organisation_id or document.removed_at is not None:
        raise NotFound(N_("Dit bestaat niet."))
    if DOCUMENT_KINDS[document.kind].is_integrity != (place is None):
        raise Invalid({"document": N_("Het Bibob-formulier hoort alleen bij de integriteitstoets.")})
    present = next((one for one in evidence_at(application, place) if one.document_id == document.id), None)
    if present is not None:
        return present
    evidence = Evidence(
        authority_id=application.authority_id,
        requirement=place.requirement if place else None,
        requirement_id=place.requirement.id if place else None,
        lot=place.lot if place else None,
        lot_id=place.lot_id if place else None,
        party=place.party if place else None,
        party_id=place.party.id if place and place.party else None,
        document=document,
        document_id=document.id,
        attached_at=now,
        attached_by=actor,
        attached_by_id=actor.id,
    )
    application.evidence.append(evidence)
    application.saved_at = now
    audit.record(application, "attach", actor, now, place=place.key if place else "integrity", document=document.id)
    return evidence


def detach_document(application: Application, actor: User, evidence: Evidence, now: datetime) -> None:
    """Stop using a document here. It stays in the vault."""
    _require_editable(application, actor, now)
    application.evidence.remove(evidence)
    application.saved_at = now
    audit.record(application, "detach", actor, now, document=evidence.document_id)


def manifest(application: Application) -> dict[str, Any]:
    """What would be submitted now: organisation, choices, answers, and every file with its SHA-256.

    This is the whole of what reviewers see later, so it holds the ids of what it names.
    """
    organisation, round_ = application.organisation, application.round
    everywhere = requirements.places(application)
    answers = {one.spot: one for one in application.answers}
    # Only a tender has award criteria, so that only there a submission holds an offer.
    offered = {"offers": offers.manifest(application)} if procedures.KINDS[round_.procedure.kind].has_award else {}
    return {
        **offered,
        "application": application.number,
        "procedure": {
            "slug": round_.procedure.slug,
            "title": round_.procedure.title,
            "file_sha256": round_.procedure.file_digest,
        },
        "round": round_.label,
        "organisation": {
            "id": organisation.id,
            "kvk_number": organisation.kvk_number,
            "name": organisation.name,
            "legal_form": organisation.legal_form,
            "city": organisation.city,
        },
        "selections": sorted(
            (
                {
                    "lot": one.product.lot.code,
                    "product": one.product.code,
                    "product_id": one.product_id,
                    "municipality": one.municipality.code,
                    "municipality_id": one.municipality_id,
                }
                for one in application.selections
            ),
            key=lambda one: (one["lot"], one["product"], one["municipality"]),
        ),
        "parties": [
            {
                "position": one.position,
                "party_id": one.id,
                "role": one.role,
                "name": one.name,
                "kvk_number": one.kvk_number,
                "legal_form": one.legal_form,
                "city": one.city,
                "part": one.part,
            }
            for one in application.parties
        ],
        "answers": [
            {
                "requirement": place.requirement.code,
                "requirement_id": place.requirement.id,
                "requirement_version": place.requirement.version,
                "lot": place.lot.code if place.lot else None,
                "lot_id": place.lot_id,
                "party": place.party.position if place.party else None,
                "party_id": place.party.id if place.party else None,
                "value": found.value if found else {},
                "is_equivalent": bool(found and found.is_equivalent),
                "argument": found.argument if found else "",
            }
            for place in everywhere
            for found in [answers.get(place.spot)]
        ],
        "files": [
            {
                "requirement": place.requirement.code if place else None,
                "lot": place.lot.code if place and place.lot else None,
                "party": place.party.position if place and place.party else None,
                "document_id": one.document_id,
                "kind": one.document.kind,
                "filename": one.document.filename,
                "size": one.document.size,
                "sha256": one.document.sha256,
                "issued_on": str(one.document.issued_on or ""),
                "expires_on": str(one.document.expires_on or ""),
            }
            for place in [*everywhere, None]
            for one in sorted(evidence_at(application, place), key=lambda one: one.document.sha256)
        ],
    }


def canonical(value: Mapping[str, Any]) -> str:
    """One text for one value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def has_unsubmitted_changes(application: Application) -> bool:
    """Something was changed since the last valid submission, which still counts until a new one is made."""
    last = application.valid_submission
    return last is not None and last.manifest != canonical(manifest(application))


def submit(
    application: Application, actor: User, now: datetime, *, attempt: str, accepted: Iterable[str]
) -> Submission:
    """Submit, once per `attempt`: the same form sent twice gives the first submission back.

    `now` must be read after the round's lock was taken. Refused at or after the closing instant, without a
    signatory, without the three declarations, or with gaps (`Incomplete`).
    """
    require_applicant(actor, application, "signatory")
    earlier = next((one for one in application.submissions if one.attempt == attempt), None)
    if earlier is not None:
        return earlier
    require_open(application.round, now)
    missing = [name for name in ACCEPTED if name not in set(accepted)]
    if missing:
        raise Invalid({name: N_("Vink deze verklaring aan om in te dienen.") for name in missing})
    blocking = [gap for gap in requirements.gaps(application, now) if gap.blocks]
    if blocking:
        raise Incomplete(N_("Uw aanmelding is nog niet compleet. Los de punten hieronder op."), blocking)
    text = canonical(manifest(application))
    submission = Submission(
        authority_id=application.authority_id,
        sequence=len(application.submissions) + 1,
        attempt=attempt,
        receipt_number=f"OB-{application.round.label}-{_code(4)}-{_code(4)}-{_code(4)}",
        submitted_at=now,
        submitted_by=actor,
        submitted_by_id=actor.id,
        manifest=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    application.submissions.append(submission)
    advance(application, "submit", actor, now, receipt=submission.receipt_number, digest=submission.digest)
    audit.tell_organisation(
        application,
        application.organisation.users,
        f"receipt:{submission.id}",
        "receipt",
        now,
        receipt=submission.receipt_number,
        moment=wording.moment(now, seconds=True),
        submitter=actor.name,
        digest=submission.digest,
        path=f"/aanmeldingen/{application.id}/ontvangst/{submission.id}",
    )
    return submission


def withdraw(application: Application, actor: User, now: datetime) -> None:
    """Take back what was submitted, while the round is open. The draft stays and can be submitted again."""
    require_applicant(actor, application, "signatory")
    require_open(application.round, now)
    for submission in application.submissions:
        submission.withdrawn_at = submission.withdrawn_at or now
    advance(application, "withdraw", actor, now)


def late_attempt(application: Application, actor: User, now: datetime) -> None:
    """Somebody tried after closing. It is refused, and that it was tried is kept."""
    audit.record(application, "submit_too_late", actor, now, closes_at=application.round.closes_at.isoformat())

"""Applying: start, choose, answer, prove, submit, withdraw."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.domain import (
    audit,
    documents,
    integrity_forms,
    part_news,
    planning,
    procedures,
    requirements,
    sealing,
    wording,
)
from portal.domain.lifecycle import advance
from portal.domain.manifests import canonical as canonical
from portal.domain.manifests import evidence_at as evidence_at
from portal.domain.manifests import is_as_submitted
from portal.domain.manifests import manifest as manifest
from portal.domain.permissions import require_applicant, require_filler, require_mandate, require_role
from portal.domain.requirement_types import integrity_key
from portal.domain.requirements import Place
from portal.errors import Incomplete, Invalid, NotFound, Refused, RoundClosed, RoundNotOpen, Stale
from portal.models import (
    Answer,
    Application,
    Document,
    Evidence,
    Party,
    Round,
    Submission,
    User,
)
from portal.models.applications import TAKEN_IN
from portal.terms import APPLICANT_ROLES, DOCUMENT_KINDS, N_, SUBMIT_ROLES

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
ACCEPTED = ("complete", "represent", "terms")


def code(length: int) -> str:
    """Random characters that nobody reads as another: no 0, O, 1 or I."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def require_open(round_: Round, now: datetime) -> None:
    """The deadline, in one place: strictly before the instant of closing."""
    if now < round_.opens_at:
        raise RoundNotOpen(
            N_("Deze ronde is nog niet open. U kunt beginnen vanaf %(moment)s."), moment=wording.moment(round_.opens_at)
        )
    if round_.held_by == planning.VAULT and now < round_.closes_at:
        raise RoundNotOpen(planning.VAULT_HELD)
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


def require_own(application: Application, now: datetime) -> None:
    """The application is still the applicant's to change: its round is open, and it was not taken in."""
    require_open(application.round, now)
    if application.state in TAKEN_IN:
        raise Refused(N_("Wij beoordelen deze aanmelding al. U kunt haar niet meer wijzigen of intrekken."))


def start(round_: Round, actor: User, now: datetime, instalment: int = 1) -> Application:
    """A draft of the organisation that the actor acts for, in an open round.

    Its number is random: numbers tell nobody how many applied.
    `instalment` is more than 1 only in a continuous round, for who applies again after a decision.
    """
    require_role(actor, *APPLICANT_ROLES)
    if actor.works_for is None or not actor.covers(round_.id):
        raise NotFound(N_("Dit bestaat niet."))
    if not procedures.KINDS[round_.procedure.kind].has_admission:
        raise Refused(N_("Bij deze procedure kunt u zich niet aanmelden. Lees op de pagina ervan hoe u wel meedoet."))
    require_open(round_, now)
    application = Application(
        authority_id=round_.authority_id,
        number=f"A-{round_.label}-{code(4)}-{code(4)}",
        round=round_,
        round_id=round_.id,
        organisation=actor.works_for,
        organisation_id=actor.works_for.id,
        state="draft",
        created_at=now,
        saved_at=now,
        instalment=instalment if round_.is_continuous else 1,
    )
    audit.record(application, "start", actor, now, round=round_.label)
    return application


def require_editable(application: Application, actor: User, now: datetime, party: Party | None = None) -> None:
    """The draft can be changed: while the round is open, not while it is sealed, and by its own organisation. What is
    about a party that fills in its own part is for that party only, and locked once it was declared ready.
    """
    require_filler(actor, application, party, *APPLICANT_ROLES)
    require_mandate(actor, now)
    require_own(application, now)
    if application.sealed_at is not None:
        raise Refused(N_("Uw inschrijving ligt verzegeld in de kluis. Open haar eerst met uw heropencode."))
    if party is not None and party.own_part is not None and party.own_part.is_ready:
        raise Refused(N_("Uw deel is gereed verklaard. Neem dat eerst terug, dan kunt u weer wijzigen."))


def _record(
    application: Application, party: Party | None, act: str, actor: User, now: datetime, **details: Any
) -> None:
    # What a party does in its own part is not for the log that the lead reads.
    part = party.own_part if party is not None else None
    audit.record_draft(application, act, actor, now, about=part, **details)


def answer_at(application: Application, place: Place) -> Answer | None:
    return next((one for one in application.answers if one.spot == place.spot), None)


def answer(
    application: Application,
    actor: User,
    place: Place,
    form: Mapping[str, str],
    now: datetime,
    *,
    based_on: int,
) -> None:
    """Save an answer as far as it goes: it is never refused for what is still missing (`requirements.place_gaps`).

    `based_on` is the version the form showed (0 for none). Raises `Stale` with the stored answer when somebody
    else saved in between; nothing is overwritten.
    """
    require_editable(application, actor, now, place.party)
    requirement = place.requirement
    value = requirements.TYPES[requirement.type].read(form, place)
    equivalent = requirement.equivalent_allowed and form.get("is_equivalent") == "yes"
    argument = form.get("argument", "").strip()
    current = answer_at(application, place)
    if current is not None and current.version != based_on:
        if (current.value, current.is_equivalent, current.argument) == (value, equivalent, argument):
            return
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
    application.check_carried(place.key, actor, now)
    _record(application, place.party, "answer", actor, now, place=place.key, version=current.version)


def attach_document(
    application: Application,
    actor: User,
    place: Place | None,
    document: Document,
    now: datetime,
    party: Party | None = None,
) -> Evidence:
    """Use a document of the own vault at a place, or (`place` None) for the integrity check of the applicant or of
    `party`. Twice is once.
    """
    party = place.party if place else party
    require_editable(application, actor, now, party)
    if document.organisation_id != actor.works_for_id or document.is_gone:
        raise NotFound(N_("Dit bestaat niet."))
    documents.require_usable(document)
    if DOCUMENT_KINDS[document.kind].is_integrity != (place is None):
        raise Invalid({"document": N_("Het Bibob-formulier hoort alleen bij de integriteitstoets.")})
    present = next((one for one in evidence_at(application, place, party) if one.document_id == document.id), None)
    if present is not None:
        return present
    evidence = Evidence(
        authority_id=application.authority_id,
        requirement=place.requirement if place else None,
        requirement_id=place.requirement.id if place else None,
        lot=place.lot if place else None,
        lot_id=place.lot_id if place else None,
        party=party,
        party_id=party.id if party else None,
        document=document,
        document_id=document.id,
        attached_at=now,
        attached_by=actor,
        attached_by_id=actor.id,
    )
    application.evidence.append(evidence)
    application.saved_at = now
    where = place.key if place else integrity_key(party)
    application.check_carried(where, actor, now)
    _record(application, party, "attach", actor, now, place=where, document=document.id)
    return evidence


def detach_document(application: Application, actor: User, evidence: Evidence, now: datetime) -> None:
    """Stop using a document here. It stays in the vault."""
    require_editable(application, actor, now, evidence.party)
    application.evidence.remove(evidence)
    application.saved_at = now
    _record(application, evidence.party, "detach", actor, now, document=evidence.document_id)


def has_unsubmitted_changes(application: Application) -> bool:
    """Something was changed since the last valid submission, which still counts until a new one is made."""
    last = application.valid_submission
    if last is not None and last.is_sealed:
        # What was submitted cannot be compared, so saving something is what counts.
        reopened = application.reopened_at
        return application.sealed_at is None and reopened is not None and application.saved_at > reopened
    return last is not None and not is_as_submitted(last.manifest, application)


def submit(
    application: Application,
    actor: User,
    now: datetime,
    *,
    attempt: str,
    accepted: Iterable[str],
    sealer: sealing.Sealer | None = None,
) -> Submission:
    """Submit, once per `attempt`: the same form sent twice gives the first submission back.

    Where submissions are sealed, `sealer` puts this one and its draft in the vault of the round.

    `now` must be read after the round's lock was taken. Refused at or after the closing instant, without a
    signatory, without the three declarations, or with gaps (`Incomplete`).
    """
    require_applicant(actor, application, *SUBMIT_ROLES)
    earlier = next((one for one in application.submissions if one.attempt == attempt), None)
    if earlier is not None:
        return earlier
    require_editable(application, actor, now)
    missing = [name for name in ACCEPTED if name not in set(accepted)]
    if missing:
        raise Invalid({name: N_("Vink deze verklaring aan om in te dienen.") for name in missing})
    blocking = [gap for gap in requirements.gaps(application, now) if gap.blocks]
    if blocking:
        raise Incomplete(N_("Uw aanmelding is nog niet compleet. Los de punten hieronder op."), blocking)
    content = manifest(application, now)
    if sealing.has_vault(application.round):
        content["nonce"] = secrets.token_hex(16)  # so that nobody can guess a submission from its digest
    text, files = canonical(content), content["files"]
    submission = Submission(
        authority_id=application.authority_id,
        sequence=len(application.submissions) + 1,
        attempt=attempt,
        receipt_number=f"OB-{application.round.label}-{code(4)}-{code(4)}-{code(4)}",
        submitted_at=now,
        submitted_by=actor,
        submitted_by_id=actor.id,
        manifest=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    if sealing.has_vault(application.round):
        if sealer is None or planning.lacks_vault(application.round.procedure, application.round):
            raise RoundNotOpen(planning.VAULT_HELD)
        sealing.seal(application, submission, sealer, now)
    integrity_forms.freeze(application, content, now)
    former = application.valid_submission
    application.submissions.append(submission)
    advance(application, "submit", actor, now, receipt=submission.receipt_number, digest=submission.digest)
    _settle_sign_offs(application, actor, now)
    audit.tell_organisation(
        application,
        [*application.organisation.users, *([actor] if actor.mandate is not None else [])],
        f"receipt:{submission.id}",
        "receipt",
        now,
        receipt=submission.receipt_number,
        moment=wording.moment(now, seconds=True),
        is_sealed=submission.is_sealed,
        submitter=actor.name,
        digest=submission.digest,
        files=[] if submission.is_sealed else _told_files(files),
        is_continuous=application.round.is_continuous,
        path=f"/aanmeldingen/{application.id}/ontvangst/{submission.id}",
    )
    part_news.submitted(application, submission, former, now)
    return submission


def _settle_sign_offs(application: Application, actor: User, now: datetime) -> None:
    """What lay with the signatories was submitted. Where it is sealed, what colleagues wrote goes with the draft."""
    for one in application.sign_offs:
        if one.state == "asked":
            advance(one, "submit", actor, now)
            one.settled_at, one.settled_by, one.settled_by_id = now, actor, actor.id
        if application.sealed_at is not None:
            one.note = one.remark = ""


def _told_files(files: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What the mail says of each file. What is for the integrity check never stands in a mail."""
    return [{"filename": one["filename"], "sha256": one["sha256"]} for one in files if one["requirement"]]


def withdraw(application: Application, actor: User, now: datetime) -> None:
    """Take back what was submitted, while the round is open. The draft stays and can be submitted again."""
    require_applicant(actor, application, *SUBMIT_ROLES)
    require_mandate(actor, now)
    require_own(application, now)
    former = application.valid_submission
    for submission in application.submissions:
        submission.withdrawn_at = submission.withdrawn_at or now
    advance(application, "withdraw", actor, now)
    part_news.withdrawn(application, former, now)

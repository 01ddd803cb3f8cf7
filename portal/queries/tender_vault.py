"""Reads of the vault of a tender: who holds it, what lies in it, and the work that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models import (
    Application,
    AuditEvent,
    Evidence,
    HolderKey,
    LoginSession,
    OfferDocument,
    Round,
    SealedFile,
    SealedSubmission,
    Submission,
    TenderVault,
    User,
    UserRole,
    VaultHolder,
    VaultOpening,
)

BATCH = 200


def vault(db: Session, round_id: str) -> TenderVault | None:
    """The vault of a round, with its holders and the attempts to open it."""
    return db.scalar(
        select(TenderVault)
        .where(TenderVault.round_id == round_id)
        .options(
            joinedload(TenderVault.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True),
            selectinload(TenderVault.holders).options(
                joinedload(VaultHolder.user, innerjoin=True), joinedload(VaultHolder.key)
            ),
            selectinload(TenderVault.openings),
        )
    )


def held_by(db: Session, user_id: str) -> Sequence[TenderVault]:
    """The vaults that somebody holds, latest closing first."""
    return db.scalars(
        select(TenderVault)
        .join(VaultHolder, VaultHolder.vault_id == TenderVault.id)
        .join(Round, Round.id == TenderVault.round_id)
        .where(VaultHolder.user_id == user_id)
        .options(joinedload(TenderVault.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True))
        .order_by(Round.closes_at.desc())
    ).all()


def live_key(db: Session, user_id: str) -> HolderKey | None:
    """The personal key of somebody, unless it is lost."""
    return db.scalar(select(HolderKey).where(HolderKey.user_id == user_id, HolderKey.lost_at.is_(None)))


def officials(db: Session, authority_id: str) -> Sequence[User]:
    """The people of an authority who could be a holder, by name."""
    return db.scalars(
        select(User)
        .where(User.authority_id == authority_id, User.disabled_at.is_(None), User.verified_at.is_not(None))
        .order_by(User.name)
    ).all()


def round_managers(db: Session, authority_id: str) -> Sequence[User]:
    return db.scalars(
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.authority_id == authority_id, User.disabled_at.is_(None), UserRole.role == "round_manager")
        .order_by(User.name)
    ).all()


def is_used(db: Session, round_id: str) -> bool:
    """Something lies in the vault of this round."""
    return db.scalar(_in_round(round_id).limit(1)) is not None


def _in_round(round_id: str) -> Select[tuple[SealedSubmission]]:
    return (
        select(SealedSubmission)
        .join(Submission, Submission.id == SealedSubmission.submission_id)
        .join(Application, Application.id == Submission.application_id)
        .where(Application.round_id == round_id)
    )


def sealed(db: Session, round_id: str) -> Sequence[SealedSubmission]:
    """Everything that lies in the vault of a round, also what no longer counts, by time of submitting."""
    return db.scalars(
        _in_round(round_id)
        .options(
            joinedload(SealedSubmission.submission, innerjoin=True)
            .joinedload(Submission.application, innerjoin=True)
            .selectinload(Application.submissions),
            selectinload(SealedSubmission.files),
        )
        .order_by(Submission.submitted_at, Submission.receipt_number)
    ).all()


def counting(db: Session, round_id: str) -> list[SealedSubmission]:
    """What counts: per application the last submission that was not withdrawn."""
    return [one for one in sealed(db, round_id) if one.submission is one.submission.application.valid_submission]


def used_elsewhere(db: Session, application_id: str) -> set[str]:
    """The documents that some other application uses as well."""
    own = union(
        select(OfferDocument.document_id).where(OfferDocument.application_id == application_id),
        select(Evidence.document_id).where(Evidence.application_id == application_id),
    )
    return {
        document_id
        for model in (Evidence, OfferDocument)
        for document_id in db.scalars(
            select(model.document_id).where(model.application_id != application_id, model.document_id.in_(own))
        )
    }


def history(db: Session, round_id: str, vault_id: str) -> Sequence[AuditEvent]:
    """What happened to the vault of a round, newest first."""
    return db.scalars(
        select(AuditEvent)
        .where(
            or_(
                and_(AuditEvent.subject_type == "TenderVault", AuditEvent.subject_id == vault_id),
                and_(AuditEvent.subject_type == "Round", AuditEvent.subject_id == round_id),
            )
        )
        .order_by(AuditEvent.id.desc())
        .limit(100)
    ).all()


def logins(db: Session, vault: TenderVault) -> dict[str, LoginSession]:
    """The logins on which a vault was opened, by id."""
    ids = {one for opening in vault.openings for one in (opening.first_login_id, opening.second_login_id) if one}
    return {one.id: one for one in db.scalars(select(LoginSession).where(LoginSession.id.in_(ids)))}


# Work, found from the facts


def sealed_to_settle(db: Session, now: datetime) -> Sequence[str]:
    """What two people released and is not yet put back."""
    return db.scalars(
        select(SealedSubmission.id)
        .where(SealedSubmission.released_key != "", SealedSubmission.settled_at.is_(None))
        .order_by(SealedSubmission.id)
        .limit(BATCH)
    ).all()


def plain_to_remove(db: Session, now: datetime) -> Sequence[str]:
    """Files that lie sealed in the vault and still readable in the store."""
    return db.scalars(select(SealedFile.id).where(SealedFile.plain_removed_at.is_(None)).limit(BATCH)).all()


def openings_to_end(db: Session, now: datetime) -> Sequence[str]:
    """Attempts to open that were not completed in time."""
    return db.scalars(
        select(VaultOpening.id).where(VaultOpening.ended_at.is_(None), VaultOpening.expires_at <= now)
    ).all()


def drafts_to_close(db: Session, now: datetime) -> Sequence[str]:
    """Drafts that were taken out of the vault and not submitted again, in a closed round."""
    has_sealed = exists().where(
        Submission.application_id == Application.id,
        Submission.withdrawn_at.is_(None),
        SealedSubmission.submission_id == Submission.id,
    )
    return db.scalars(
        select(Application.id)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.state == "submitted",
            Application.reopened_at.is_not(None),
            Round.closed_at.is_not(None),
            has_sealed,
        )
        .limit(BATCH)
    ).all()


def records_to_freeze(db: Session, now: datetime) -> Sequence[str]:
    """Opened vaults of which everything is put back and the report is not yet made."""
    waiting = (
        exists()
        .where(SealedSubmission.released_key != "", SealedSubmission.settled_at.is_(None))
        .where(SealedSubmission.submission_id == Submission.id, Submission.application_id == Application.id)
        .where(Application.round_id == TenderVault.round_id)
    )
    return db.scalars(
        select(TenderVault.id).where(TenderVault.state == "opened", TenderVault.recorded_at.is_(None), ~waiting)
    ).all()


def records_to_draw_up(db: Session, now: datetime) -> Sequence[str]:
    return db.scalars(
        select(TenderVault.id).where(TenderVault.recorded_at.is_not(None), TenderVault.pdf_key.is_(None))
    ).all()


def is_sealed_file(db: Session, storage_key: str) -> bool:
    """Whether a stored object lies in a vault."""
    return db.scalar(select(SealedFile.id).where(SealedFile.storage_key == storage_key)) is not None


def unreadable() -> ColumnElement[bool]:
    """What keeps an application out of review: its vault is closed, or what it submitted is not (or cannot be) read."""
    unopened = exists().where(TenderVault.round_id == Application.round_id, TenderVault.state != "opened")
    unread = exists().where(
        Submission.application_id == Application.id,
        Submission.withdrawn_at.is_(None),
        SealedSubmission.submission_id == Submission.id,
        Submission.manifest == "",
        or_(SealedSubmission.released_key != "", SealedSubmission.settled_at.is_not(None)),
    )
    return or_(unopened, unread)

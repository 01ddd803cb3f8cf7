"""Reads of the parts that parties fill in themselves, and of the invitations to do so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from portal.models import (
    Application,
    AuditEvent,
    Organisation,
    OwnPart,
    Party,
    PartyInvitation,
    Procedure,
    Round,
    SealedPart,
    SealedSubmission,
    Submission,
)
from portal.models.applications import TAKEN_IN
from portal.queries.applications import WHOLE

BATCH = 200


def invitation(db: Session, token_digest: str) -> PartyInvitation | None:
    """The invitation behind a mailed link, also when it works no more."""
    return db.scalar(select(PartyInvitation).where(PartyInvitation.token_digest == token_digest).options(*_ABOUT))


def invitation_to(db: Session, invitation_id: str, email: str) -> PartyInvitation | None:
    """One invitation that was sent to this address."""
    return db.scalar(
        select(PartyInvitation)
        .where(PartyInvitation.id == invitation_id, PartyInvitation.email == email.lower())
        .options(*_ABOUT)
    )


_ABOUT = (
    joinedload(PartyInvitation.party, innerjoin=True)
    .joinedload(Party.application, innerjoin=True)
    .options(
        joinedload(Application.organisation, innerjoin=True),
        joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True),
    ),
)


def waiting_for(db: Session, email: str, now: datetime) -> Sequence[PartyInvitation]:
    """The invitations to this address that can be taken up now."""
    return db.scalars(
        select(PartyInvitation)
        .join(PartyInvitation.party)
        .join(Party.application)
        .join(Application.round)
        .where(
            PartyInvitation.email == email.lower(),
            PartyInvitation.accepted_at.is_(None),
            PartyInvitation.withdrawn_at.is_(None),
            PartyInvitation.expires_at > now,
            Party.removed_at.is_(None),
            Application.state.not_in(TAKEN_IN),
            Round.closed_at.is_(None),
            Round.closes_at > now,
        )
        .order_by(Round.closes_at)
        .options(*_ABOUT)
    ).all()


def of_organisation(db: Session, organisation_id: str) -> Sequence[OwnPart]:
    """The parts that this organisation fills in, and those that were frozen with a submission; latest closing first."""
    return db.scalars(
        select(OwnPart)
        .join(OwnPart.party)
        .join(Party.application)
        .join(Application.round)
        .where(OwnPart.organisation_id == organisation_id, OwnPart.ended_at.is_(None), Party.removed_at.is_(None))
        .order_by(Round.closes_at.desc(), OwnPart.id)
        .options(
            joinedload(OwnPart.party, innerjoin=True)
            .joinedload(Party.application, innerjoin=True)
            .options(
                joinedload(Application.organisation, innerjoin=True),
                joinedload(Application.round, innerjoin=True)
                .joinedload(Round.procedure, innerjoin=True)
                .joinedload(Procedure.authority, innerjoin=True),
            )
        )
    ).all()


_DOSSIER = (
    select(Application)
    .where(
        Application.id == bindparam("application_id"),
        exists().where(
            Party.application_id == Application.id,
            Party.removed_at.is_(None),
            OwnPart.party_id == Party.id,
            OwnPart.organisation_id == bindparam("organisation_id"),
            OwnPart.ended_at.is_(None),
        ),
    )
    .options(*WHOLE, joinedload(Application.organisation, innerjoin=True))
)


def application(db: Session, application_id: str, organisation_id: str) -> Application | None:
    """A dossier in which this organisation fills in its own part now. What it may see of it, the caller decides."""
    found = db.scalars(_DOSSIER, {"application_id": application_id, "organisation_id": organisation_id})
    return found.unique().one_or_none()


def application_id(db: Session, part_id: str, organisation_id: str) -> str | None:
    """The application of a part that this organisation fills in now."""
    return db.scalar(
        select(Party.application_id)
        .join(OwnPart, OwnPart.party_id == Party.id)
        .where(
            OwnPart.id == part_id,
            OwnPart.organisation_id == organisation_id,
            OwnPart.ended_at.is_(None),
            Party.removed_at.is_(None),
        )
    )


def part_with_submissions(db: Session, part_id: str, organisation_id: str) -> OwnPart | None:
    """A part of this organisation, also one that ended: what was submitted with it stays its own to read."""
    return db.scalar(
        select(OwnPart)
        .where(OwnPart.id == part_id, OwnPart.organisation_id == organisation_id)
        .options(
            joinedload(OwnPart.party, innerjoin=True)
            .joinedload(Party.application, innerjoin=True)
            .options(
                selectinload(Application.submissions),
                joinedload(Application.organisation, innerjoin=True).load_only(
                    Organisation.name, Organisation.kvk_number
                ),
                joinedload(Application.round, innerjoin=True).joinedload(Round.procedure, innerjoin=True),
            )
        )
    )


_SEALED = (
    select(SealedPart)
    .join(SealedPart.sealed)
    .join(SealedSubmission.submission)
    .join(Submission.application)
    .join(Application.round)
    .options(
        contains_eager(SealedPart.sealed)
        .contains_eager(SealedSubmission.submission)
        .contains_eager(Submission.application)
        .options(
            joinedload(Application.organisation, innerjoin=True),
            contains_eager(Application.round)
            .joinedload(Round.procedure, innerjoin=True)
            .joinedload(Procedure.authority, innerjoin=True),
        )
    )
)


_LATER = aliased(Submission)


def sealed_of_organisation(db: Session, organisation_id: str) -> list[SealedPart]:
    """The parts of this organisation that lie in a vault and nowhere else: per part in what was submitted last."""
    found = db.scalars(
        _SEALED.where(
            SealedPart.organisation_id == organisation_id,
            ~exists().where(OwnPart.id == SealedPart.own_part_id),
            ~exists().where(_LATER.application_id == Submission.application_id, _LATER.sequence > Submission.sequence),
        ).order_by(Round.closes_at.desc(), SealedPart.own_part_id)
    )
    return list(found.all())


def sealed_part(db: Session, part_id: str, organisation_id: str, submission_id: str | None = None) -> SealedPart | None:
    """A part of this organisation as it lies sealed in one submission, or (None) in the last one that holds it."""
    chosen = [Submission.id == submission_id] if submission_id is not None else []
    return db.scalars(
        _SEALED.where(SealedPart.own_part_id == part_id, SealedPart.organisation_id == organisation_id, *chosen)
        .order_by(Submission.sequence.desc())
        .limit(1)
    ).first()


def last_changes(db: Session, part_id: str) -> Sequence[AuditEvent]:
    """The last six things that were done in one part, newest first."""
    return db.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_type == "OwnPart", AuditEvent.subject_id == part_id)
        .order_by(AuditEvent.id.desc())
        .limit(6)
    ).all()


REMIND_WITHIN = timedelta(days=8)
"""A day more than the first reminder: which calendar day it is in Amsterdam, the task itself looks."""


def parties_to_remind(db: Session, now: datetime) -> Sequence[str]:
    """Parties of drafts in rounds that close soon, which were invited and did not declare their part ready.

    They stay here until they do; the task knows who was reminded already.
    """
    filling = exists().where(OwnPart.party_id == Party.id, OwnPart.state == "filling")
    invited = exists().where(
        PartyInvitation.party_id == Party.id,
        PartyInvitation.accepted_at.is_(None),
        PartyInvitation.withdrawn_at.is_(None),
    )
    return db.scalars(
        select(Party.id)
        .join(Party.application)
        .join(Application.round)
        .where(
            Party.removed_at.is_(None),
            or_(filling, invited),
            Application.state.not_in(TAKEN_IN),
            Round.held_by == "",
            Round.closed_at.is_(None),
            and_(Round.opens_at <= now, Round.closes_at > now, Round.closes_at <= now + REMIND_WITHIN),
        )
        .order_by(Round.closes_at, Party.id)
        .limit(BATCH)
    ).all()

"""Reads of applications: the overview, one dossier with what belongs to it, and what followed after closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload, lazyload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from portal.models import (
    Agreement,
    Application,
    AuditEvent,
    Authority,
    CarryOver,
    Decision,
    DecisionLetter,
    Document,
    Evidence,
    Lot,
    Municipality,
    OwnPart,
    Party,
    Procedure,
    Product,
    RemedyDocument,
    RemedyItem,
    RemedyRequest,
    Requirement,
    Review,
    Round,
    Selection,
    Submission,
    User,
)

OWN_ACTS = (
    "start", "choose", "answer", "attach", "detach", "add_party", "change_party", "remove_party",
    "invite_party", "remind_party", "take_over_part", "accept_part", "leave_part",
    "write_offer", "attach_offer", "detach_offer", "carry_over", "reuse", "take_self_check", "check_carried",
    "submit", "withdraw",
    "reopen", "begin_anew", "close_again", "take_over_espd", "undo_espd",
)  # fmt: skip
"""What applicants did themselves. What officials do with a dossier is never read here."""


@dataclass(frozen=True)
class ApplicationLine:
    """One application on the overview. `saved_at` later than `submitted_at`: something was saved afterwards."""

    id: str
    round_id: str
    number: str
    state: str
    saved_at: datetime
    submitted_at: datetime | None
    label: str
    opens_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    held_by: str
    procedure: str
    authority: str
    remedy_id: str | None
    remedy_due_at: datetime | None
    is_told: bool

    def is_open(self, now: datetime) -> bool:
        """As `Round.is_open`."""
        return self.closed_at is None and not self.held_by and self.opens_at <= now < self.closes_at


def _overview() -> Select[Any]:
    """The statement of `overview`."""
    submitted_at = (
        select(func.max(Submission.submitted_at))
        .where(Submission.application_id == Application.id, Submission.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    pending = (
        select(RemedyRequest.id)
        .join(Review, Review.id == RemedyRequest.review_id)
        .where(
            Review.application_id == Application.id,
            RemedyRequest.answered_at.is_(None),
            RemedyRequest.expired_at.is_(None),
        )
        .order_by(RemedyRequest.requested_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    due_at = select(RemedyRequest.due_at).where(RemedyRequest.id == pending).scalar_subquery()
    is_told = exists().where(DecisionLetter.application_id == Application.id)
    return (
        select(
            Application.id,
            Application.round_id,
            Application.number,
            Application.state,
            Application.saved_at,
            submitted_at,
            Round.label,
            Round.opens_at,
            Round.closes_at,
            Round.closed_at,
            Round.held_by,
            Procedure.title,
            Authority.name,
            pending,
            due_at,
            is_told,
        )
        .join(Round, Round.id == Application.round_id)
        .join(Procedure, Procedure.id == Round.procedure_id)
        .join(Authority, Authority.id == Application.authority_id)
        .where(Application.organisation_id == bindparam("organisation_id"))
        .order_by(Round.closes_at.desc(), Application.number)
    )


_OVERVIEW = _overview()


def overview(db: Session, organisation_id: str) -> list[ApplicationLine]:
    """Every application of one organisation, latest closing first: one statement."""
    rows = db.execute(_OVERVIEW, {"organisation_id": organisation_id})
    return [ApplicationLine(*row) for row in rows]


@dataclass(frozen=True)
class OpenRound:
    """A round that this organisation can still start in."""

    id: str
    label: str
    closes_at: datetime
    procedure: str
    authority: str


# In a continuous round one may apply again once the last application was decided and told.
_IS_OVER = and_(
    Round.kind == "continuous",
    exists().where(Decision.application_id == Application.id, Decision.told_at.is_not(None)),
)

_OPEN_ROUNDS = (
    select(Round.id, Round.label, Round.closes_at, Procedure.title, Authority.name)
    .join(Procedure, Procedure.id == Round.procedure_id)
    .join(Authority, Authority.id == Round.authority_id)
    .where(
        Procedure.published_at.is_not(None),
        Round.opens_at <= bindparam("now", type_=Round.opens_at.type),
        Round.closes_at > bindparam("now", type_=Round.opens_at.type),
        Round.closed_at.is_(None),
        Round.held_by == "",
        ~exists().where(
            Application.round_id == Round.id, Application.organisation_id == bindparam("organisation_id"), ~_IS_OVER
        ),
    )
    .order_by(Round.closes_at, Procedure.title)
)


def open_rounds(db: Session, organisation_id: str, now: datetime) -> list[OpenRound]:
    """Rounds of published procedures that are open at `now`, without an application of this organisation."""
    rows = db.execute(_OPEN_ROUNDS, {"organisation_id": organisation_id, "now": now})
    return [OpenRound(*row) for row in rows]


def published_round(db: Session, round_id: str) -> Round | None:
    """A round of a published procedure, with that procedure."""
    return db.scalar(
        select(Round)
        .join(Round.procedure)
        .where(Round.id == round_id, Procedure.published_at.is_not(None))
        .options(joinedload(Round.procedure, innerjoin=True))
    )


def next_round(db: Session, procedure_id: str, now: datetime) -> Round | None:
    """The round of a procedure to go on in: one that is open for everybody first, then the first that closes."""
    is_open = and_(Round.opens_at <= now, Round.held_by == "", Round.kind != "extra")
    return db.scalar(
        select(Round)
        .where(Round.procedure_id == procedure_id, Round.closes_at > now, Round.closed_at.is_(None))
        .order_by(case((is_open, 0), else_=1), Round.closes_at)
        .limit(1)
    )


def id_in_round(db: Session, round_id: str, organisation_id: str) -> str | None:
    """The application that this organisation already has in a round; in a continuous one only while it is running."""
    return db.scalar(
        select(Application.id)
        .join(Round, Round.id == Application.round_id)
        .where(Application.round_id == round_id, Application.organisation_id == organisation_id, ~_IS_OVER)
        .order_by(Application.instalment.desc())
        .limit(1)
    )


def next_instalment(db: Session, round_id: str, organisation_id: str) -> int:
    """The number of the next application of this organisation in a continuous round."""
    last = db.scalar(
        select(func.max(Application.instalment)).where(
            Application.round_id == round_id, Application.organisation_id == organisation_id
        )
    )
    return (last or 0) + 1


_ASKED = (
    joinedload(Application.round, innerjoin=True)
    .joinedload(Round.procedure, innerjoin=True)
    .selectinload(Procedure.requirements)
    .options(defer(Requirement.standard_reasons)),  # for those who screen
    joinedload(Application.carry_overs).selectinload(CarryOver.places),
    selectinload(Application.selections).options(
        joinedload(Selection.product, innerjoin=True)
        .joinedload(Product.lot, innerjoin=True)
        .selectinload(Lot.parent, recursion_depth=-1),  # one statement per level, not per lot
        joinedload(Selection.municipality, innerjoin=True),
    ),
    selectinload(Application.answers),
)
"""What decides, with the parties, what is asked of an applicant; and the answers."""

WHOLE = (
    *_ASKED,
    *(joinedload(one) for one in (Application.submissions, Application.espd_imports, Application.integrity_forms)),
    selectinload(Application.every_party).options(
        joinedload(Party.own_parts).joinedload(OwnPart.organisation, innerjoin=True), joinedload(Party.invitations)
    ),
    selectinload(Application.evidence).joinedload(Evidence.document, innerjoin=True).joinedload(Document.reading),
)
"""What every page and nearly every act about one dossier looks at."""

# Built once: every page and every act of an applicant begins with one of these.
_OWN = select(Application).where(
    Application.id == bindparam("application_id"), Application.organisation_id == bindparam("organisation_id")
)
_DOSSIER = _OWN.options(*WHOLE)
_ANSWERS = _OWN.options(*_ASKED, joinedload(Application.every_party).joinedload(Party.own_parts))


def application(db: Session, application_id: str, organisation_id: str, *, whole: bool = True) -> Application | None:
    """One own dossier with everything that its rules look at: seven statements. What answering one question looks at
    (not `whole`) takes five.

    Not loaded: the organisation, which came with the login, and who saved what.
    """
    one = _DOSSIER if whole else _ANSWERS
    found = db.scalars(one, {"application_id": application_id, "organisation_id": organisation_id})
    return found.unique().one_or_none()


def lock_round(db: Session, round_id: str) -> Round:
    """Hold the round still against closing, then read it anew; the clock is read after this.

    PostgreSQL locks the row, shared with other submitters. On SQLite the `BEGIN IMMEDIATE` of a writing session
    is the lock already.
    """
    return db.scalars(
        select(Round).where(Round.id == round_id).with_for_update(read=True).execution_options(populate_existing=True)
    ).one()


def round_of(db: Session, application_id: str, organisation_id: str) -> str | None:
    """The round of an own application, with the application's row locked: the same form sent twice waits its turn."""
    return db.scalar(
        select(Application.round_id)
        .where(Application.id == application_id, Application.organisation_id == organisation_id)
        .with_for_update()
    )


def offer(db: Session, round_: Round) -> Sequence[Lot]:
    """The lots of a round that have products, each with the lots above it and the coverage: three statements."""
    lots = db.scalars(
        select(Lot)
        .where(
            Lot.procedure_id == round_.procedure_id,
            Lot.from_edition <= round_.edition,
            or_(Lot.until_edition.is_(None), Lot.until_edition > round_.edition),
        )
        .order_by(Lot.position)
        .options(selectinload(Lot.products).selectinload(Product.coverage))
    ).all()
    by_id = {lot.id: lot for lot in lots}
    for lot in lots:  # every lot above one of these is here too: no statement for each
        set_committed_value(lot, "parent", by_id.get(lot.parent_id or ""))
    return [lot for lot in lots if lot.products]


def municipalities(db: Session, authority_id: str) -> Sequence[Municipality]:
    return db.scalars(
        select(Municipality).where(Municipality.authority_id == authority_id).order_by(Municipality.name)
    ).all()


class LastChange(NamedTuple):
    """One act of the applicants, as the log has it."""

    at: datetime
    act: str
    actor_name: str
    details: dict[str, Any]


_LAST_CHANGES = (
    select(AuditEvent.at, AuditEvent.act, AuditEvent.actor_name, AuditEvent.details)
    .where(
        AuditEvent.subject_type == "Application",
        AuditEvent.subject_id == bindparam("application_id"),
        AuditEvent.act.in_(OWN_ACTS),
        # whoever signs for the authority may reopen too: what was decided and not approved
        ~exists().where(User.id == AuditEvent.actor_id, User.authority_id.is_not(None)),
    )
    .order_by(AuditEvent.id.desc())
    .limit(6)
)


def last_changes(db: Session, application_id: str) -> list[LastChange]:
    """The last six things the applicants did in this application, newest first."""
    return [LastChange(*row) for row in db.execute(_LAST_CHANGES, {"application_id": application_id})]


def remedies(db: Session, application_id: str) -> Sequence[RemedyRequest]:
    """The remedy requests of an application, oldest first."""
    return db.scalars(
        select(RemedyRequest)
        .join(RemedyRequest.review)
        .where(Review.application_id == application_id)
        .order_by(RemedyRequest.requested_at)
    ).all()


def remedy(db: Session, application_id: str, remedy_id: str) -> RemedyRequest | None:
    """One remedy request of one application, with its items and documents and the submission it is about."""
    return db.scalar(
        select(RemedyRequest)
        .join(RemedyRequest.review)
        .where(RemedyRequest.id == remedy_id, Review.application_id == application_id)
        .options(
            joinedload(RemedyRequest.review, innerjoin=True).options(
                joinedload(Review.submission, innerjoin=True),
                joinedload(Review.application, innerjoin=True).joinedload(Application.round, innerjoin=True),
            ),
            joinedload(RemedyRequest.answered_by).options(lazyload(User.roles)),
            selectinload(RemedyRequest.items).options(
                joinedload(RemedyItem.requirement, innerjoin=True),
                joinedload(RemedyItem.lot),
                joinedload(RemedyItem.party),
                selectinload(RemedyItem.documents).joinedload(RemedyDocument.document, innerjoin=True),
            ),
        )
    )


@dataclass(frozen=True)
class ToldDecision:
    """One decision as the applicant may read it."""

    lot_code: str
    lot: str
    product: str
    municipality: str
    outcome: str
    reason: str


def told_decisions(db: Session, application_id: str) -> list[ToldDecision]:
    """The decisions that were told, in published order. What is not told yet is not read."""
    rows = db.execute(
        select(Lot.code, Lot.name, Product.name, Municipality.name, Decision.outcome, Decision.reason)
        .join(Product, Product.id == Decision.product_id)
        .join(Lot, Lot.id == Product.lot_id)
        .join(Municipality, Municipality.id == Decision.municipality_id)
        .where(
            Decision.application_id == application_id, Decision.told_at.is_not(None), Decision.superseded_at.is_(None)
        )
        .order_by(Lot.position, Product.position, Municipality.name)
    )
    return [ToldDecision(*row) for row in rows]


def agreement_id(db: Session, application_id: str) -> str | None:
    """The agreement that followed, once it is drawn up."""
    return db.scalar(
        select(Agreement.id).where(Agreement.application_id == application_id, Agreement.drawn_up_at.is_not(None))
    )

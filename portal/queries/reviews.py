"""Reads for screening: the queue, its counts, and what an official declared.

Whoever has an interest in an applicant does not see that dossier anywhere: `visible` is part of every query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.models import (
    Application,
    Conflict,
    Finding,
    IntegrityCheck,
    InterestDeclaration,
    Lot,
    Organisation,
    Procedure,
    Product,
    RemedyRequest,
    Review,
    Round,
    Selection,
    Submission,
    User,
    UserRole,
)
from portal.queries.standing_still import stands_still
from portal.terms import N_, REVIEW_STATES

PAGE = 50
UNASSIGNED = "geen"
_PLACE = '"requirement_version":'
"""Stands once per place in a canonical manifest; inside a text its quotes would be escaped."""


class Tray(NamedTuple):
    """A part of the queue: its label, and which reviews are in it for one official on one day."""

    label: str
    holds: Callable[[str, date], ColumnElement[bool]]


TRAYS: dict[str, Tray] = {
    "alle": Tray(N_("Alle"), lambda user_id, today: true()),
    "mij": Tray(
        N_("Door mij te beoordelen"),
        lambda user_id, today: and_(Review.first_by_id == user_id, Review.state.in_(("open", "started"))),
    ),
    "vrij": Tray(
        N_("Niet toegewezen"), lambda user_id, today: and_(Review.first_by_id.is_(None), Review.state == "open")
    ),
    "laat": Tray(
        N_("Over de termijn"),
        lambda user_id, today: and_(
            Review.due_on < today, Review.state != "confirmed", ~stands_still(Review.application_id, "decision")
        ),
    ),
    "tweede": Tray(
        N_("Wacht op mij als tweede"),
        lambda user_id, today: and_(Review.first_by_id != user_id, Review.state == "proposed"),
    ),
    "herstel": Tray(
        N_("Herstel ontvangen"),
        lambda user_id, today: and_(
            Review.state == "started",
            exists().where(RemedyRequest.review_id == Review.id, RemedyRequest.answered_at.is_not(None)),
        ),
    ),
}

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "termijn": Review.due_on,
    "naam": Organisation.name,
    "ingediend": Submission.submitted_at,
}


@dataclass(frozen=True)
class Wanted:
    """What the address of the queue asks for. Unknown values ask for nothing special."""

    tray: str = "alle"
    text: str = ""
    lot: str = ""
    state: str = ""
    reviewer: str = ""
    round_id: str = ""
    sort: str = "termijn"
    descending: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wanted:
        sort = query.get("sorteer", "")
        return cls(
            tray=query.get("bak", "") if query.get("bak", "") in TRAYS else "alle",
            text=query.get("q", "").strip()[:100],
            lot=query.get("perceel", ""),
            state=query.get("stand", "") if query.get("stand", "") in REVIEW_STATES else "",
            reviewer=query.get("inkoper", ""),
            round_id=query.get("ronde", ""),
            sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "termijn",
            descending=sort.startswith("-"),
        )


@dataclass(frozen=True)
class Page:
    """One page of the queue: rows, and the marks of the pages before and after it (None: there is none)."""

    rows: Sequence[Row[Any]]
    before: str | None
    after: str | None


def visible(user_id: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Not the reviews of applicants in whom this official has an interest."""
    return ~exists().where(Conflict.application_id == Review.application_id, Conflict.user_id == user_id)


def _conditions(wanted: Wanted, user_id: str, today: date) -> Iterator[ColumnElement[bool]]:
    yield visible(user_id)
    yield TRAYS[wanted.tray].holds(user_id, today)
    if wanted.text:
        found = or_(
            Organisation.name.icontains(wanted.text, autoescape=True),
            Organisation.kvk_number.startswith(wanted.text, autoescape=True),
            Application.number.icontains(wanted.text, autoescape=True),
        )
        yield Review.application_id.in_(select(Application.id).join(Application.organisation).where(found))
    if wanted.lot:
        cells = select(Selection.application_id).join(Selection.product).join(Product.lot)
        yield Review.application_id.in_(cells.where(Lot.code == wanted.lot))
    if wanted.round_id:
        yield Review.application_id.in_(select(Application.id).where(Application.round_id == wanted.round_id))
    if wanted.state:
        yield Review.state == wanted.state
    if wanted.reviewer == UNASSIGNED:
        yield Review.first_by_id.is_(None)
    elif wanted.reviewer:
        yield or_(Review.first_by_id == wanted.reviewer, Review.second_by_id == wanted.reviewer)


def ordered(wanted: Wanted, user_id: str, today: date) -> tuple[Select[Any], InstrumentedAttribute[Any]]:
    """The wanted reviews as (id, sort value), without an order yet. Joins only what the sort needs."""
    key = SORTS[wanted.sort]
    statement = select(Review.id.label("id"), key.label("mark"))
    if wanted.sort == "naam":
        statement = statement.join(Review.application).join(Application.organisation)
    elif wanted.sort == "ingediend":
        statement = statement.join(Review.submission)
    return statement.where(*_conditions(wanted, user_id, today)), key


def _mark(row: Row[Any]) -> str:
    value = row.mark.isoformat() if isinstance(row.mark, (date, datetime)) else row.mark
    return f"{row.id}~{value}"


def _unmark(mark: str, sort: str) -> tuple[Any, str] | None:
    review_id, _, value = mark.partition("~")
    readers: dict[str, Callable[[str], Any]] = {
        "termijn": date.fromisoformat,
        "ingediend": datetime.fromisoformat,
        "naam": str,
    }
    try:
        return readers[sort](value), review_id
    except ValueError:
        return None


def _details(ids: Sequence[str]) -> Select[Any]:
    """What a row of the queue shows, for these reviews: column tuples and aggregates, never entities."""
    first, second = aliased(User), aliased(User)
    # Tables instead of classes: `ids` were narrowed to the authority already, and a second condition on it makes
    # SQLite walk everything of the authority for each row shown.
    shown, applications = Review.__table__, Application.__table__
    cells, products, lots, findings = (one.__table__.c for one in (Selection, Product, Lot, Finding))
    codes = (
        select(func.aggregate_strings(lots.code, " "))
        .where(
            lots.id.in_(
                select(products.lot_id)
                .join(Selection.__table__, cells.product_id == products.id)
                .where(cells.application_id == applications.c.id)
                .correlate(applications)
            )
        )
        .correlate(applications)
        .scalar_subquery()
    )
    done = (
        select(
            func.count(
                func.distinct(
                    findings.requirement_id + func.coalesce(findings.lot_id, "") + func.coalesce(findings.party_id, "")
                )
            )
        )
        .where(findings.review_id == shown.c.id)
        .correlate(shown)
        .scalar_subquery()
    )
    without = func.length(func.replace(Submission.manifest, _PLACE, ""))
    return (
        select(
            shown.c.id,
            shown.c.state,
            shown.c.due_on,
            stands_still(shown.c.application_id, "decision").label("is_suspended"),
            applications.c.number,
            Organisation.name.label("organisation"),
            Submission.submitted_at,
            first.name.label("first_by"),
            second.name.label("second_by"),
            IntegrityCheck.outcome.label("integrity"),
            codes.label("lots"),
            done.label("done"),
            ((func.length(Submission.manifest) - without) // len(_PLACE)).label("places"),
        )
        .select_from(shown)
        .join(applications, applications.c.id == shown.c.application_id)
        .join(Organisation, Organisation.id == applications.c.organisation_id)
        .join(Submission, Submission.id == shown.c.submission_id)
        .outerjoin(first, first.id == shown.c.first_by_id)
        .outerjoin(second, second.id == shown.c.second_by_id)
        .outerjoin(IntegrityCheck, IntegrityCheck.application_id == shown.c.application_id)
        .where(shown.c.id.in_(ids))
    )


def page(db: Session, wanted: Wanted, user_id: str, today: date, *, after: str = "", before: str = "") -> Page:
    """Fifty rows of the queue after or before a mark (from `Page`).

    Two statements whatever the size: which reviews, then their rows. In one, a planner that starts at the wrong
    table computes the aggregates of every review.
    """
    statement, key = ordered(wanted, user_id, today)
    backwards = bool(before)
    place = _unmark(before or after, wanted.sort) if before or after else None
    upwards = wanted.descending == backwards
    if place is not None:
        value, review_id = place
        beyond = (key > value, Review.id > review_id) if upwards else (key < value, Review.id < review_id)
        statement = statement.where(or_(beyond[0], and_(key == value, beyond[1])))
    order = (key.asc(), Review.id.asc()) if upwards else (key.desc(), Review.id.desc())
    chosen = db.execute(statement.order_by(*order).limit(PAGE + 1)).all()
    more, shown = len(chosen) > PAGE, chosen[:PAGE]
    shown = shown[::-1] if backwards else shown
    details = {row.id: row for row in db.execute(_details([one.id for one in shown]))}
    has_before, has_after = (more, True) if backwards else (place is not None, more)
    return Page(
        [details[one.id] for one in shown],
        before=_mark(shown[0]) if shown and has_before else None,
        after=_mark(shown[-1]) if shown and has_after else None,
    )


def counts(db: Session, user_id: str, today: date) -> dict[str, int]:
    """How many visible reviews each tray holds, in one statement."""
    sums = [
        func.coalesce(func.sum(case((tray.holds(user_id, today), 1), else_=0)), 0).label(key)
        for key, tray in TRAYS.items()
    ]
    row = db.execute(select(*sums).select_from(Review).where(visible(user_id))).mappings().one()
    return {key: int(value) for key, value in row.items()}


def next_for(db: Session, user_id: str) -> str | None:
    """The review this official can best go on with: own work, then a proposal to confirm, then a free one."""
    first = case((Review.first_by_id == user_id, 0), (Review.state == "proposed", 1), else_=2)
    own = and_(Review.state.in_(("open", "started")), func.coalesce(Review.first_by_id, user_id) == user_id)
    second = and_(Review.state == "proposed", Review.first_by_id != user_id)
    return db.scalar(
        select(Review.id).where(visible(user_id), or_(own, second)).order_by(first, Review.due_on, Review.id).limit(1)
    )


def _is_taken_in() -> ColumnElement[bool]:
    """Closed, or continuous: there each application is taken in by itself."""
    return or_(Round.closed_at.is_not(None), Round.kind == "continuous")


def rounds_in_review(db: Session, user_id: str) -> Sequence[Row[tuple[str, str, str, bool]]]:
    """(id, label, procedure title, whether this official declared) of every round with reviews, newest first."""
    declared = exists().where(InterestDeclaration.round_id == Round.id, InterestDeclaration.user_id == user_id)
    in_review = exists().where(Application.round_id == Round.id, Review.application_id == Application.id)
    return db.execute(
        select(Round.id, Round.label, Procedure.title, declared.label("is_declared"))
        .join(Round.procedure)
        .where(_is_taken_in(), in_review)
        .order_by(Round.closes_at.desc())
    ).all()


def applicants(db: Session, round_id: str, user_id: str) -> Sequence[Row[tuple[str, str, str, str]]]:
    """(application id, organisation, KvK number, city) of what is in review in one closed round and not hidden."""
    return db.execute(
        select(Application.id, Organisation.name, Organisation.kvk_number, Organisation.city)
        .join(Application.organisation)
        .join(Application.review)
        .where(Application.round_id == round_id, visible(user_id))
        .order_by(Organisation.name)
    ).all()


def applications_in_review(db: Session, round_id: str, ids: Sequence[str], user_id: str) -> Sequence[Application]:
    """Of these applications, the ones in review in this round and not hidden."""
    wanted = (Application.round_id == round_id, Application.id.in_(ids), visible(user_id))
    return db.scalars(select(Application).join(Application.review).where(*wanted)).all()


def round_in_review(db: Session, round_id: str) -> Round | None:
    return db.scalar(select(Round).where(Round.id == round_id, _is_taken_in()))


def has_declared(db: Session, round_id: str, user_id: str) -> bool:
    return bool(
        db.scalar(
            select(
                exists().where(InterestDeclaration.round_id == round_id, InterestDeclaration.user_id == user_id)
            ).where(literal(1) == 1)
        )
    )


def inkopers(db: Session, authority_id: str) -> Sequence[Row[tuple[str, str]]]:
    """(id, name) of who can screen for this authority."""
    return db.execute(
        select(User.id, User.name)
        .join(User.roles)
        .where(User.authority_id == authority_id, UserRole.role == "inkoper")
        .order_by(User.name)
    ).all()


def lots(db: Session) -> Sequence[Row[tuple[str, str]]]:
    """(code, name) of every lot that has products, once per code."""
    return db.execute(
        select(Lot.code, func.min(Lot.name)).where(Lot.products.any()).group_by(Lot.code).order_by(Lot.code)
    ).all()

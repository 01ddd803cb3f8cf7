"""Reads for the dashboard of a round: its numbers, and the applications behind one of them.

A number and the list it leads to rest on the same condition, so they cannot differ. Whoever has an interest in an
applicant counts nothing of that dossier, and finds it in no list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, String, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy import union_all as together
from sqlalchemy.orm import Session

from portal.domain import calendar
from portal.models import (
    Agreement,
    Application,
    Conflict,
    Coverage,
    Decision,
    IntegrityCheck,
    Lot,
    Municipality,
    Objection,
    Organisation,
    Product,
    RemedyDraft,
    RemedyRequest,
    Review,
    Round,
    Selection,
    Signal,
    Submission,
    User,
)
from portal.queries.signals import has_signal, is_looked_at, seen_by
from portal.queries.standing_still import stands_still

SOON = timedelta(days=7)
"""A term that ends within so many days is named apart."""
NOBODY = "geen"
PAGE = 50

# Tables instead of classes in what hangs on an application: that one was narrowed to the authority already, and a
# second condition on it makes SQLite walk all decisions of the authority for each application.
DECISIONS = Decision.__table__
AGREEMENTS = Agreement.__table__


def visible(user_id: str) -> ColumnElement[bool]:
    """Not the applications of those in whom this official has an interest."""
    return ~exists().where(Conflict.application_id == Application.id, Conflict.user_id == user_id)


def is_told() -> ColumnElement[bool]:
    return exists().where(DECISIONS.c.application_id == Application.id, DECISIONS.c.told_at.is_not(None))


def number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _stands(outcome: str) -> ColumnElement[bool]:
    own = DECISIONS.c
    return exists().where(own.application_id == Application.id, own.outcome == outcome, own.superseded_at.is_(None))


def _is_ready() -> ColumnElement[bool]:
    """Everything is confirmed and nothing of it is told."""
    in_the_way = DECISIONS.alias().c
    return and_(
        Application.state == "decided",
        exists().where(DECISIONS.c.application_id == Application.id),
        ~exists().where(
            in_the_way.application_id == Application.id,
            or_(in_the_way.confirmed_at.is_(None), in_the_way.told_at.is_not(None)),
        ),
    )


def _agreement(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(AGREEMENTS.c.application_id == Application.id, *conditions)


def steps(user_id: str, today: date) -> dict[str, ColumnElement[bool]]:
    """What the dashboard counts, by the word in the address of its list: conditions on an application in review."""
    unfinished, still = Review.state != "confirmed", stands_still(Review.application_id, "decision")
    runs, confirmed = and_(unfinished, ~still), Review.state == "confirmed"
    return {
        "ingediend": Review.id.is_not(None),
        "open": Review.state.in_(("open", "started", "remedy")),
        "begonnen": Review.state != "open",
        "herstel": Review.state == "remedy",
        "voorgesteld": Review.state == "proposed",
        "vastgesteld": confirmed,
        "toegelaten": and_(confirmed, _stands("admitted")),
        "geheel": and_(confirmed, _stands("admitted"), ~_stands("refused")),
        "deels": and_(confirmed, _stands("admitted"), _stands("refused")),
        "afgewezen": and_(confirmed, ~_stands("admitted"), _stands("refused")),
        "klaar": _is_ready(),
        "bekend": and_(confirmed, is_told()),
        "overeenkomst": _agreement(),
        "getekend": _agreement(AGREEMENTS.c.state == "in_force"),
        "laat": and_(runs, Review.due_on < today),
        "spoed": and_(runs, Review.due_on >= today, Review.due_on <= today + SOON),
        "later": and_(runs, Review.due_on > today + SOON),
        "stil": and_(unfinished, still),
        "vrij": and_(Review.first_by_id.is_(None), Review.state == "open"),
        "integriteit": and_(unfinished, IntegrityCheck.outcome == "pending"),
        "signalen": has_signal(user_id, unseen=True),
    }


STEPS = tuple(steps("", date.min))


def figures(db: Session, round_id: str, user_id: str, today: date) -> Sequence[Row[Any]]:
    """How many were begun, and are at each of the steps, per first inkoper (id and name None: nobody yet)."""
    counted = [number_of(condition).label(key) for key, condition in steps(user_id, today).items()]
    return db.execute(
        select(User.id.label("reviewer"), User.name, func.count(Application.id).label("begun"), *counted)
        .select_from(Application)
        .outerjoin(Review, Review.application_id == Application.id)
        .outerjoin(User, User.id == Review.first_by_id)
        .outerjoin(IntegrityCheck, IntegrityCheck.application_id == Application.id)
        .where(Application.round_id == round_id, visible(user_id))
        .group_by(User.id, User.name)
        .order_by(User.name)
    ).all()


class Counted(NamedTuple):
    """What is counted beside the applications, each by its key.

    `hours` and `remedies` have hours in UTC ('2019-09-30 21'): of the submissions that count, and of the end of the
    terms of requests that wait for an answer. `signals` and `unseen` are by rule, `objections` by state.
    """

    hours: Mapping[str, int]
    remedies: Mapping[str, int]
    prepared: int
    signals: Mapping[str, int]
    unseen: Mapping[str, int]
    objections: Mapping[str, int]


def _hour(moment: Any) -> ColumnElement[str]:
    return func.substr(cast(moment, String), 1, 13)


def counted(db: Session, round_id: str, user_id: str) -> Counted:
    """The other numbers of a round, in one statement however much there is."""

    def many(what: str, key: Any, source: Select[Any]) -> Select[Any]:
        mine = (Application.round_id == round_id, visible(user_id))
        columns = (literal(what).label("what"), key.label("key"), func.count().label("number"))
        return source.with_only_columns(*columns).where(*mine).group_by(key)

    reviews = select(Review).join(Application, Application.id == Review.application_id)
    remedies = reviews.join(RemedyRequest, RemedyRequest.review_id == Review.id)
    waits = remedies.where(RemedyRequest.answered_at.is_(None), RemedyRequest.expired_at.is_(None))
    signals = reviews.join(Signal, Signal.review_id == Review.id).where(seen_by(user_id))
    rows = together(
        many("hours", _hour(Submission.submitted_at), reviews.join(Submission, Submission.id == Review.submission_id)),
        many("remedies", _hour(RemedyRequest.due_at), waits),
        many("prepared", RemedyDraft.review_id, reviews.join(RemedyDraft, RemedyDraft.review_id == Review.id)),
        many("signals", Signal.rule, signals),
        many("unseen", Signal.rule, signals.where(~is_looked_at())),
        many("objections", Objection.state, select(Objection).join(Objection.application)),
    ).subquery()
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for what, key, number in db.execute(select(rows.c.what, rows.c.key, rows.c.number)):
        found[what][key] = number
    return Counted(
        found["hours"], found["remedies"], found["prepared"].total(), found["signals"], found["unseen"],
        found["objections"],
    )  # fmt: skip


def _is_refused() -> ColumnElement[bool]:
    """The cell of a selection was refused."""
    own = DECISIONS.c
    return exists().where(
        own.application_id == Selection.application_id,
        own.product_id == Selection.product_id,
        own.municipality_id == Selection.municipality_id,
        own.outcome == "refused",
        own.superseded_at.is_(None),
    )


def _is_hopeful() -> ColumnElement[bool]:
    """For a selection and its application: in this cell it is admitted, or may still be."""
    return and_(Application.state.in_(("under_review", "decided")), ~_is_refused())


def coverage(db: Session, procedure_id: str, round_id: str, user_id: str) -> Sequence[Row[Any]]:
    """Per product and municipality: whether it is bought, and how many are admitted or may still be admitted.

    Counts the applications of this round in review, and what was decided as admitted in it.
    """
    edition = select(Round.edition).where(Round.id == round_id).scalar_subquery()
    hopeful = (
        select(Selection.product_id, Selection.municipality_id, func.count().label("number"))
        .join(Selection.application)
        .where(Application.round_id == round_id, visible(user_id), _is_hopeful())
        .group_by(Selection.product_id, Selection.municipality_id)
        .subquery()
    )
    return db.execute(
        select(
            Lot.code.label("lot"),
            Product.id.label("product_id"),
            Product.code.label("product_code"),
            Product.name.label("product"),
            Municipality.code.label("municipality_code"),
            Municipality.name.label("municipality"),
            Coverage.state,
            func.coalesce(hopeful.c.number, 0).label("number"),
        )
        .join(Coverage.product)
        .join(Product.lot)
        .join(Coverage.municipality)
        .outerjoin(
            hopeful,
            and_(hopeful.c.product_id == Coverage.product_id, hopeful.c.municipality_id == Coverage.municipality_id),
        )
        .where(
            Lot.procedure_id == procedure_id,
            Lot.from_edition <= edition,
            or_(Lot.until_edition.is_(None), Lot.until_edition > edition),
        )
        .order_by(Lot.position, Product.position, Municipality.name)
    ).all()


# --- the list behind a number ---


@dataclass(frozen=True)
class Wanted:
    """What the address of the list asks for. Unknown values ask for nothing special.

    `product` and `municipality` are codes and go together: the applications that count in that cell of the coverage.
    """

    step: str = "ingediend"
    reviewer: str = ""
    day: date | None = None
    product: str = ""
    municipality: str = ""
    number: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wanted:
        page, step = query.get("pagina", ""), query.get("stap", "")
        try:
            day = date.fromisoformat(query.get("dag", ""))
        except ValueError:
            day = None
        return cls(
            step=step if step in STEPS else "ingediend",
            reviewer=query.get("inkoper", ""),
            day=day,
            product=query.get("product", "")[:60],
            municipality=query.get("gemeente", "")[:60],
            number=max(1, int(page)) if page.isdigit() and len(page) < 6 else 1,
        )


class Page(NamedTuple):
    """Fifty rows; `total` is how many there are."""

    rows: Sequence[Row[Any]]
    total: int
    has_next: bool


def behind(db: Session, round_id: str, user_id: str, today: date, wanted: Wanted) -> Page:
    """The applications behind a number, by last day of the decision term. One statement."""
    found = (
        select(
            Review.id,
            Review.state,
            Review.due_on,
            stands_still(Review.application_id, "decision").label("is_suspended"),
            Application.number,
            Organisation.name.label("organisation"),
            Submission.submitted_at,
            User.name.label("first_by"),
            is_told().label("is_told"),
            func.count().over().label("total"),
        )
        .select_from(Review)
        .join(Review.application)
        .join(Application.organisation)
        .join(Review.submission)
        .outerjoin(User, User.id == Review.first_by_id)
        .outerjoin(IntegrityCheck, IntegrityCheck.application_id == Application.id)
        .where(Application.round_id == round_id, visible(user_id), steps(user_id, today)[wanted.step])
        .order_by(Review.due_on, Application.number)
        .offset((wanted.number - 1) * PAGE)
        .limit(PAGE)
    )
    if wanted.reviewer:
        found = found.where(
            Review.first_by_id.is_(None) if wanted.reviewer == NOBODY else Review.first_by_id == wanted.reviewer
        )
    if wanted.day:
        begin, end = calendar.end_of_day(wanted.day - timedelta(days=1)), calendar.end_of_day(wanted.day)
        found = found.where(Submission.submitted_at >= begin, Submission.submitted_at < end)
    if wanted.product or wanted.municipality:
        cell = (
            select(Selection.application_id)
            .join(Selection.product)
            .join(Selection.municipality)
            .where(Product.code == wanted.product, Municipality.code == wanted.municipality, ~_is_refused())
        )
        found = found.where(Review.application_id.in_(cell), Application.state.in_(("under_review", "decided")))
    rows = db.execute(found).all()
    total = rows[0].total if rows else 0
    return Page(rows, total, total > wanted.number * PAGE)


def cell_named(db: Session, procedure_id: str, wanted: Wanted) -> Row[tuple[str, str]] | None:
    """The names of the product and the municipality that the address asks for."""
    return db.execute(
        select(Product.name, Municipality.name)
        .select_from(Coverage)
        .join(Coverage.product)
        .join(Product.lot)
        .join(Coverage.municipality)
        .where(
            Lot.procedure_id == procedure_id,
            Product.code == wanted.product,
            Municipality.code == wanted.municipality,
        )
        .limit(1)
    ).first()

"""The queue of screening: what its address asks for, a page of it, and the counts of its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.models import (
    Application,
    Finding,
    IntegrityCheck,
    Lot,
    Organisation,
    Product,
    RemedyRequest,
    Review,
    Selection,
    Submission,
    User,
)
from portal.queries.reviews import visible
from portal.queries.signals import has_signal
from portal.queries.standing_still import stands_still
from portal.terms import N_, REVIEW_STATES

PAGE, CHOOSING = 50, 200
"""Rows of a page: to read, and to choose many from. So many dossiers are the most of one act."""
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


OVER = "voorbij"
WITHIN: dict[str, str] = {
    OVER: N_("Voorbij"),
    "3": N_("Binnen 3 dagen of voorbij"),
    "7": N_("Binnen 7 dagen of voorbij"),
    "14": N_("Binnen 14 dagen of voorbij"),
}
"""How soon a decision term ends: days from today. A term that stands still, or is met, does not end soon."""

SIGNALS: dict[str, str] = {
    "open": N_("Nog niet allemaal bekeken"),
    "ja": N_("Met signalen"),
    "nee": N_("Zonder signalen"),
}
REMEDIES: dict[str, str] = {
    "loopt": N_("Loopt bij de aanbieder"),
    "ontvangen": N_("Ontvangen"),
    "verlopen": N_("Verlopen zonder antwoord"),
    "nee": N_("Niet gevraagd"),
}


@dataclass(frozen=True)
class Wanted:
    """What the address of the queue asks for. Unknown values ask for nothing special.

    `is_choosing`: the rows can be ticked; no filter, and so no part of `address`.
    """

    tray: str = "alle"
    text: str = ""
    lot: str = ""
    state: str = ""
    reviewer: str = ""
    round_id: str = ""
    within: str = ""
    signals: str = ""
    remedy: str = ""
    sort: str = "termijn"
    descending: bool = False
    is_choosing: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wanted:
        sort = query.get("sorteer", "")

        def one_of(name: str, known: Mapping[str, Any]) -> str:
            value = query.get(name, "")
            return value if value in known else ""

        return cls(
            tray=one_of("bak", TRAYS) or "alle",
            text=query.get("q", "").strip()[:100],
            lot=query.get("perceel", "")[:60],
            state=one_of("stand", REVIEW_STATES),
            reviewer=query.get("inkoper", "")[:60],
            round_id=query.get("ronde", "")[:60],
            within=one_of("binnen", WITHIN),
            signals=one_of("signalen", SIGNALS),
            remedy=one_of("herstel", REMEDIES),
            sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "termijn",
            descending=sort.startswith("-"),
            is_choosing=query.get("kies", "") == "ja",
        )

    def address(self) -> dict[str, str]:
        """What is asked for, as the address says it; `read` gives it back. Without what asks for nothing special."""
        sort = f"{'-' if self.descending else ''}{self.sort}"
        named = {
            "bak": self.tray if self.tray != "alle" else "",
            "q": self.text,
            "perceel": self.lot,
            "stand": self.state,
            "inkoper": self.reviewer,
            "ronde": self.round_id,
            "binnen": self.within,
            "signalen": self.signals,
            "herstel": self.remedy,
            "sorteer": sort if sort != "termijn" else "",
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Page:
    """One page of the queue: rows, and the marks of the pages before and after it (None: there is none)."""

    rows: Sequence[Row[Any]]
    before: str | None
    after: str | None


def _ends_soon(within: str, today: date) -> ColumnElement[bool]:
    last = today - timedelta(days=1) if within == OVER else today + timedelta(days=int(within))
    return and_(Review.due_on <= last, Review.state != "confirmed", ~stands_still(Review.application_id, "decision"))


def _has_signals(wanted: str, user_id: str) -> ColumnElement[bool]:
    """With or without signals that this official may see, or with some that nobody looked at."""
    found = has_signal(user_id, unseen=wanted == "open")
    return ~found if wanted == "nee" else found


def _has_remedy(wanted: str) -> ColumnElement[bool]:
    asked = RemedyRequest.review_id == Review.id
    answered, expired = RemedyRequest.answered_at.is_not(None), RemedyRequest.expired_at.is_not(None)
    return {
        "loopt": exists().where(asked, ~answered, ~expired),
        "ontvangen": exists().where(asked, answered),
        "verlopen": exists().where(asked, expired),
        "nee": ~exists().where(asked),
    }[wanted]


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
    if wanted.within:
        yield _ends_soon(wanted.within, today)
    if wanted.signals:
        yield _has_signals(wanted.signals, user_id)
    if wanted.remedy:
        yield _has_remedy(wanted.remedy)


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
    """A page of the queue after or before a mark (from `Page`).

    Two statements whatever the size: which reviews, then their rows. In one, a planner that starts at the wrong
    table computes the aggregates of every review.
    """
    statement, key = ordered(wanted, user_id, today)
    size = CHOOSING if wanted.is_choosing else PAGE
    backwards = bool(before)
    place = _unmark(before or after, wanted.sort) if before or after else None
    upwards = wanted.descending == backwards
    if place is not None:
        value, review_id = place
        beyond = (key > value, Review.id > review_id) if upwards else (key < value, Review.id < review_id)
        statement = statement.where(or_(beyond[0], and_(key == value, beyond[1])))
    order = (key.asc(), Review.id.asc()) if upwards else (key.desc(), Review.id.desc())
    chosen = db.execute(statement.order_by(*order).limit(size + 1)).all()
    more, shown = len(chosen) > size, chosen[:size]
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

"""Reads of signals: what is to be computed, what is the same elsewhere, the signals of a dossier and of a round.

Who may not see a dossier sees none of its signals, and no signal that points to it: `seen_by` is part of every query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, lazyload, load_only, selectinload

from portal.domain import signals
from portal.domain.signal_rules import RULES
from portal.models import (
    Application,
    Conflict,
    Document,
    Evidence,
    Organisation,
    RemedyDocument,
    RemedyItem,
    RemedyRequest,
    Requirement,
    Review,
    Round,
    ScreenedDocument,
    Signal,
    SignalLook,
    SignalRun,
    User,
)
from portal.queries.reviews import visible
from portal.queries.work import BATCH

PATIENCE = timedelta(days=1)
"""So long a dossier waits until its documents have been read; then the rules do with what there is."""
PAGE = 50
COPIES = 20
"""To how many other dossiers a document points when it is looked at: who came first. Else a form that everybody sends,
of three hundred applicants, would give ninety thousand signals; now it is twelve thousand at most."""


# --- work ---


def _awaited() -> ColumnElement[bool]:
    """A document that has yet to be read, or to be scanned first."""
    return and_(
        Document.read_at.is_(None),
        Document.is_sealed.is_(False),
        Document.sealed_at.is_(None),
        Document.removed_at.is_(None),
        Document.scan_state != "infected",
    )


def reviews_to_signal(db: Session, now: datetime) -> Sequence[str]:
    """Dossiers in screening of which the documents were not held against the rules yet, or those of a remedy.

    Only when all of them have been read, or after a day.
    """
    submitted = exists().where(
        Evidence.application_id == Review.application_id,
        Evidence.requirement_id.is_not(None),
        Document.id == Evidence.document_id,
        _awaited(),
    )
    first = (
        select(Review.id)
        .where(
            Review.state != "confirmed",
            ~exists().where(SignalRun.review_id == Review.id),
            or_(~submitted, Review.created_at <= now - PATIENCE),
        )
        .order_by(Review.created_at)
        .limit(BATCH)
    )
    sent = exists().where(
        RemedyItem.remedy_id == RemedyRequest.id,
        RemedyDocument.item_id == RemedyItem.id,
        Document.id == RemedyDocument.document_id,
        _awaited(),
    )
    later = (
        select(RemedyRequest.review_id)
        .where(
            RemedyRequest.answered_at.is_not(None),
            ~exists().where(SignalRun.review_id == RemedyRequest.review_id, SignalRun.occasion == RemedyRequest.id),
            exists().where(SignalRun.review_id == RemedyRequest.review_id, SignalRun.occasion == signals.TAKEN_IN),
            or_(~sent, RemedyRequest.answered_at <= now - PATIENCE),
        )
        .order_by(RemedyRequest.answered_at)
        .limit(BATCH)
    )
    return list(dict.fromkeys([*db.scalars(first), *db.scalars(later)]))


def review_to_signal(db: Session, review_id: str) -> Review | None:
    """A review with all that the rules look at."""
    remedies = selectinload(Review.remedies).selectinload(RemedyRequest.items)
    return db.get(
        Review,
        review_id,
        options=[
            joinedload(Review.submission),
            joinedload(Review.application).joinedload(Application.organisation),
            remedies.selectinload(RemedyItem.documents).joinedload(RemedyDocument.document),
        ],
    )


def occasions(db: Session, review_id: str) -> set[str]:
    """The occasions on which this dossier was looked at."""
    return set(db.scalars(select(SignalRun.occasion).where(SignalRun.review_id == review_id)))


def read_documents(db: Session, documents: Mapping[str, Document]) -> Mapping[str, Document]:
    """These documents with what was read in them and whose they are, in one statement."""
    found = db.scalars(
        select(Document)
        .where(Document.id.in_(list(documents)))
        .options(joinedload(Document.reading), joinedload(Document.organisation))
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in found}


def copies(db: Session, review: Review, given: Sequence[ScreenedDocument]) -> list[signals.Copy]:
    """The same file or number in dossiers of other applicants of this authority. One row per document and dossier.

    Of each document the first `COPIES`, the same files before the same numbers.

    What comes from the vault of one organisation is no copy: a partner may take part in two applications.
    """
    numbers = {one for each in given for one in (each.number, each.read_number) if one}
    files = {one.sha256 for one in given}
    if not given:
        return []
    there = db.execute(
        select(ScreenedDocument, Review.application_id)
        .join(Review, Review.id == ScreenedDocument.review_id)
        .join(Application, Application.id == Review.application_id)
        .where(
            ScreenedDocument.authority_id == review.authority_id,
            Application.organisation_id != review.application.organisation_id,
            or_(
                ScreenedDocument.sha256.in_(files),
                ScreenedDocument.number.in_(numbers),
                ScreenedDocument.read_number.in_(numbers),
            ),
        )
        .order_by(ScreenedDocument.seen_at, ScreenedDocument.id)
    ).all()
    found: list[signals.Copy] = []
    for here in given:
        own = {here.number, here.read_number} - {""}
        elsewhere: dict[str, signals.Copy] = {}
        for other, application_id in there:
            is_file = other.sha256 == here.sha256
            shared = own & {other.number, other.read_number} if other.kind == here.kind else set()
            if other.owner_id == here.owner_id or not (is_file or shared):
                continue
            if application_id not in elsewhere or is_file:
                elsewhere[application_id] = signals.Copy(
                    here.document_id, other.review_id, application_id, other.document_id, is_file,
                    "" if is_file else min(shared),
                )  # fmt: skip
        found += sorted(elsewhere.values(), key=lambda one: not one.is_file)[:COPIES]
    return found


def fingerprints(db: Session, review_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Of these dossiers what was found already."""
    rows = db.execute(select(Signal.review_id, Signal.fingerprint).where(Signal.review_id.in_(review_ids)))
    return {(one.review_id, one.fingerprint) for one in rows}


def filenames(db: Session, ids: Sequence[str]) -> dict[str, str]:
    return {
        one.id: one.filename for one in db.execute(select(Document.id, Document.filename).where(Document.id.in_(ids)))
    }


# --- reading ---


def seen_by(user_id: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Not the signals that point to an applicant in whom this official has an interest."""
    hidden = exists().where(Conflict.application_id == Signal.other_application_id, Conflict.user_id == user_id)
    return or_(Signal.other_application_id.is_(None), ~hidden)


class OfReview(NamedTuple):
    """The signals of one dossier, and whether its documents were looked at."""

    signals: list[Signal]
    is_computed: bool


@cache
def _of_review() -> Select[tuple[str, Signal]]:
    other = aliased(Application)
    name_only = (load_only(User.name), lazyload(User.roles))
    seen = seen_by(bindparam("user_id", type_=User.id.type))
    return (
        select(SignalRun.id, Signal)
        .outerjoin(Signal, and_(Signal.review_id == SignalRun.review_id, seen))
        .outerjoin(other, other.id == Signal.other_application_id)
        .outerjoin(Organisation, Organisation.id == other.organisation_id)
        .outerjoin(Document, Document.id == Signal.document_id)
        .where(SignalRun.review_id == bindparam("review_id"), SignalRun.occasion == signals.TAKEN_IN)
        .options(
            contains_eager(Signal.document).load_only(Document.filename),
            contains_eager(Signal.other.of_type(other)).contains_eager(other.organisation),
            joinedload(Signal.looks).joinedload(SignalLook.looked_by).options(*name_only),
        )
    )


def of_review(db: Session, review_id: str, user_id: str) -> OfReview:
    """What stands out in one dossier, with who looked at it and what is on the other side. One statement."""
    rows = db.execute(_of_review(), {"review_id": review_id, "user_id": user_id}).unique().all()
    order = list(RULES)
    found = [one for _, one in rows if one is not None]
    return OfReview(sorted(found, key=lambda one: (order.index(one.rule), one.id)), bool(rows))


def signal(db: Session, review_id: str, signal_id: str, user_id: str) -> Signal | None:
    """One signal of a dossier that this official may see."""
    return db.scalar(select(Signal).where(Signal.id == signal_id, Signal.review_id == review_id, seen_by(user_id)))


def has_signal(user_id: str, *, unseen: bool = False) -> ColumnElement[bool]:
    """For a review: there is a signal that this official may see; with `unseen` one that nobody looked at.

    Tables instead of classes: the review was narrowed to the authority, and a second condition on its signals makes
    SQLite walk all signals of the authority for each review.
    """
    one, looks, conflicts = Signal.__table__.c, SignalLook.__table__.c, Conflict.__table__.c
    hidden = exists().where(conflicts.application_id == one.other_application_id, conflicts.user_id == user_id)
    conditions = [one.review_id == Review.id, or_(one.other_application_id.is_(None), ~hidden)]
    if unseen:
        conditions.append(~exists().where(looks.signal_id == one.id))
    return exists().where(*conditions)


@dataclass(frozen=True)
class Wanted:
    """What the address of the table asks for. Unknown values ask for nothing special."""

    rule: str = ""
    looked: str = ""
    text: str = ""
    number: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wanted:
        page = query.get("pagina", "")
        return cls(
            rule=query.get("regel", "") if query.get("regel", "") in RULES else "",
            looked=query.get("bekeken", "") if query.get("bekeken", "") in {"ja", "nee"} else "",
            text=query.get("q", "").strip()[:100],
            number=max(1, int(page)) if page.isdigit() and len(page) < 6 else 1,
        )


def is_looked_at() -> ColumnElement[bool]:
    """Somebody looked at the signal."""
    return exists().where(SignalLook.signal_id == Signal.id)


def _rows(round_id: str, user_id: str, wanted: Wanted) -> Select[Any]:
    other, theirs = aliased(Application), aliased(Organisation)
    last = aliased(SignalLook)
    newer = aliased(SignalLook)
    is_last = ~exists().where(newer.signal_id == last.signal_id, newer.id != last.id, newer.looked_at > last.looked_at)
    chosen = (
        select(
            Signal.id,
            Signal.review_id,
            Signal.rule,
            Signal.facts,
            Signal.page,
            Signal.found_at,
            Application.number,
            Organisation.name.label("organisation"),
            Document.filename,
            Document.id.label("document_id"),
            Requirement.code,
            other.number.label("other_number"),
            theirs.name.label("other_organisation"),
            func.min(last.looked_at).label("looked_at"),
            func.min(User.name).label("looked_by"),
            func.min(last.note).label("note"),
        )
        .select_from(Signal)
        .join(Review, Review.id == Signal.review_id)
        .join(Application, Application.id == Review.application_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
        .outerjoin(Document, Document.id == Signal.document_id)
        .outerjoin(Requirement, Requirement.id == Signal.requirement_id)
        .outerjoin(other, other.id == Signal.other_application_id)
        .outerjoin(theirs, theirs.id == other.organisation_id)
        .outerjoin(last, and_(last.signal_id == Signal.id, is_last))
        .outerjoin(User, User.id == last.looked_by_id)
        .where(Application.round_id == round_id, visible(user_id), seen_by(user_id))
        .group_by(Signal.id, Application.id, Organisation.id, Document.id, Requirement.id, other.id, theirs.id)
        .order_by(Organisation.name, Application.number, Signal.rule, Signal.id)
    )
    if wanted.rule:
        chosen = chosen.where(Signal.rule == wanted.rule)
    if wanted.looked:
        chosen = chosen.where(is_looked_at() if wanted.looked == "ja" else ~is_looked_at())
    if wanted.text:
        chosen = chosen.where(
            or_(
                Organisation.name.icontains(wanted.text, autoescape=True),
                Application.number.icontains(wanted.text, autoescape=True),
                Document.filename.icontains(wanted.text, autoescape=True),
            )
        )
    return chosen


class Page(NamedTuple):
    rows: Sequence[Row[Any]]
    has_next: bool


def page(db: Session, round_id: str, user_id: str, wanted: Wanted) -> Page:
    """Fifty signals of a round that this official may see, by applicant."""
    found = db.execute(_rows(round_id, user_id, wanted).offset((wanted.number - 1) * PAGE).limit(PAGE + 1)).all()
    return Page(found[:PAGE], len(found) > PAGE)


def every(db: Session, round_id: str, user_id: str, wanted: Wanted) -> Iterator[Row[Any]]:
    """The same, all of them, for an export."""
    yield from db.execute(_rows(round_id, user_id, wanted).execution_options(yield_per=500))


def counts(db: Session, round_id: str, user_id: str) -> dict[str, tuple[int, int]]:
    """Per rule how many signals this official may see, and how many of them somebody looked at."""
    looked = func.count().filter(is_looked_at())
    rows = db.execute(
        select(Signal.rule, func.count(), looked)
        .join(Review, Review.id == Signal.review_id)
        .join(Application, Application.id == Review.application_id)
        .where(Application.round_id == round_id, visible(user_id), seen_by(user_id))
        .group_by(Signal.rule)
    )
    return {rule: (number, seen) for rule, number, seen in rows}


def round_of(db: Session, round_id: str) -> Round | None:
    return db.get(Round, round_id)


def screened_ids(db: Session, review_id: str) -> set[str]:
    """The documents of a dossier that were looked at before."""
    return set(db.scalars(select(ScreenedDocument.document_id).where(ScreenedDocument.review_id == review_id)))

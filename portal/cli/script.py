"""Officials who act: screening, decisions, letters and signatures, through the same domain functions.

The counterpart of `cast`, which holds the applicants. Shared by the demonstration, the rehearsal and the tests;
each step is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import cast
from portal.cli.cast import Stage
from portal.domain import (
    agreements,
    calendar,
    decisions,
    objection_outcomes,
    objections,
    releases,
    remedies,
    reviews,
    saved_views,
)
from portal.models import (
    Agreement,
    Application,
    Document,
    LetterDraft,
    Objection,
    RemedyDraft,
    RemedyRequest,
    Review,
    Round,
    User,
    UserRole,
)
from portal.queries import letters, work
from portal.worker.telling import tell_application


class Verdict(NamedTuple):
    """What an inkoper finds at one place; `products` narrows a failure to some products."""

    verdict: str
    reason: str = ""
    products: tuple[str, ...] = ()
    defect: str | None = None


MEETS = Verdict("meets")


def declare(stage: Stage, user_id: str, round_id: str, conflicts: Mapping[str, str] | None = None) -> None:
    """Declare interests before the first view; `conflicts` maps an application's id to the reason."""
    with stage.database.transaction() as db:
        named = [(db.get_one(Application, key), reason) for key, reason in (conflicts or {}).items()]
        round_, user = db.get_one(Round, round_id), db.get_one(User, user_id)
        db.add(reviews.declare_interest(round_, user, named, stage.services.now()))


def save_view(stage: Stage, user_id: str, name: str, filters: Mapping[str, str], *, is_shared: bool) -> None:
    """Give filters of the queue a name."""
    with stage.database.transaction() as db:
        user = db.get_one(User, user_id)
        db.add(saved_views.save(user, name, filters, [], stage.services.now(), is_shared=is_shared))


def _review(db: Session, application_id: str) -> Review:
    return db.scalars(select(Review).where(Review.application_id == application_id)).one()


def judge(
    stage: Stage,
    user_id: str,
    application_id: str,
    verdicts: Mapping[str, Verdict] | None = None,
    *,
    places: int | None = None,
) -> None:
    """Give a verdict at every place: those in `verdicts` (by key, 'T03' or 'T08-1A'), the others are met.

    A place that has a verdict already is left alone unless it is named. `places` stops after so many.
    """
    named = verdicts or {}
    with stage.database.transaction() as db:
        review, user = _review(db, application_id), db.get_one(User, user_id)
        for item in reviews.items(review)[:places]:
            if item.finding is not None and item.key not in named:
                continue
            found = named.get(item.key, MEETS)
            reviews.find(
                review,
                user,
                item,
                found.verdict,
                found.reason,
                stage.services.now(),
                based_on=item.finding.sequence if item.finding else 0,
                product_codes=found.products,
                defect=found.defect,
            )


def ask_remedy(stage: Stage, user_id: str, application_id: str) -> str:
    """Put remedy ready where the last verdict says so, and let the round manager send it; gives the request's id."""
    prepare_remedy(stage, user_id, application_id)
    with stage.database.transaction() as db:
        review, now = _review(db, application_id), stage.services.now()
        return remedies.release(review.application.round, [_draft(review)], _manager(db, review), now)[0].id


def prepare_remedy(stage: Stage, user_id: str, application_id: str) -> None:
    """Put remedy ready; the applicant hears nothing yet."""
    with stage.database.transaction() as db:
        remedies.prepare(_review(db, application_id), db.get_one(User, user_id), stage.services.now())


def _draft(review: Review) -> RemedyDraft:
    if review.remedy_draft is None:
        raise LookupError(review.id)
    return review.remedy_draft


def _manager(db: Session, review: Review) -> User:
    """A round manager of the authority that reviews."""
    found = db.scalars(
        select(User)
        .join(User.roles)
        .where(User.authority_id == review.authority_id, UserRole.role == "round_manager")
        .order_by(User.email)
    ).first()
    if found is None:
        raise LookupError(review.authority_id)
    return found


def answer_remedy(stage: Stage, user_id: str, remedy_id: str, explanation: str) -> None:
    """The applicant hands over a new document where one is asked, explains, and sends.

    Raises what the domain raises.
    """
    with stage.database.reading() as db:
        kinds = {
            item.id: item.requirement.evidence.get("kinds", [])[:1]
            for item in db.get_one(RemedyRequest, remedy_id).items
        }
    handed_over = {
        item_id: [cast.sample(stage, user_id, kind, age_days=1) for kind in wanted] for item_id, wanted in kinds.items()
    }
    with stage.database.transaction() as db:
        remedy, user, moment = db.get_one(RemedyRequest, remedy_id), db.get_one(User, user_id), stage.services.now()
        for item in remedy.items:
            reviews.explain(remedy, user, item, explanation, moment)
            for document_id in handed_over[item.id]:
                reviews.add_remedy_document(remedy, user, item, db.get_one(Document, document_id), moment)
        reviews.answer_remedy(remedy, user, moment)


def propose(stage: Stage, user_id: str, application_id: str) -> None:
    """Propose what follows from the findings."""
    with stage.database.transaction() as db:
        decisions.propose(_review(db, application_id), db.get_one(User, user_id), stage.services.now())


def confirm(stage: Stage, user_id: str, application_id: str) -> None:
    """Confirm, as the second inkoper."""
    with stage.database.transaction() as db:
        decisions.confirm(_review(db, application_id), db.get_one(User, user_id), stage.services.now())


def approve(stage: Stage, user_id: str, application_id: str) -> None:
    """Approve the decision and its letter, as somebody who signs for the authority."""
    with stage.database.transaction() as db:
        releases.approve(_letter_draft(db, application_id), db.get_one(User, user_id), stage.services.now())


def _letter_draft(db: Session, application_id: str) -> LetterDraft:
    return db.scalars(select(LetterDraft).where(LetterDraft.application_id == application_id)).one()


def tell(stage: Stage, user_id: str, application_id: str) -> bool:
    """Release the decision, and tell it; says whether it was told now."""
    with stage.database.transaction() as db:
        draft, user = _letter_draft(db, application_id), db.get_one(User, user_id)
        releases.release(draft.application.round, user, [draft], stage.services.now())
    return tell_application(stage.database, stage.services, application_id)


def object_to(stage: Stage, user_id: str, application_id: str, grounds: str) -> str:
    """The applicant objects to the decision that was told; gives the objection's id."""
    with stage.database.transaction() as db:
        letter, moment = letters.of_decision(db, application_id), stage.services.now()
        assert letter is not None  # noqa: S101 - the script calls this for what was told only
        year = calendar.local_day(moment).year
        number = f"BZ-{year}-{work.next_number(db, letter.authority_id, f'objections-{year}'):04d}"
        made = objections.file(letter, db.get_one(User, user_id), number, grounds, {}, moment)
        return made.id


def decide_objection(stage: Stage, people: tuple[str, str, str], objection_id: str, reason: str) -> None:
    """Without a hearing; the adviser, the proposer and the confirmer of `people` find it unfounded, in a letter."""
    adviser, proposer, confirmer = people
    steps: tuple[Callable[[Objection, User, datetime], object], ...] = (
        lambda one, actor, now: objections.hear(one, actor, "De aanbieder wil geen hoorzitting.", now),
        lambda one, actor, now: objections.advise(one, actor, "unfounded", reason, now),
        lambda one, actor, now: objections.propose(one, actor, "unfounded", reason, [], now),
    )
    for who, step in zip((proposer, adviser, proposer), steps, strict=True):
        with stage.database.transaction() as db:
            step(db.get_one(Objection, objection_id), db.get_one(User, who), stage.services.now())
    with stage.database.transaction() as db:
        one, moment = db.get_one(Objection, objection_id), stage.services.now()
        year = calendar.local_day(moment).year
        number = f"B-{year}-{work.next_number(db, one.authority_id, f'letters-{year}'):04d}"
        agreement = work.agreement_of(db, one.application_id)
        db.add(objection_outcomes.confirm(one, db.get_one(User, confirmer), number, moment, agreement=agreement))


def sign(stage: Stage, user_id: str, application_id: str) -> None:
    """Sign the agreement of an application as it stands; the worker places the signature."""
    with stage.database.transaction() as db:
        agreement = db.scalars(select(Agreement).where(Agreement.application_id == application_id)).one()
        _, sha256 = agreements.document_to_sign(agreement)
        agreements.sign(agreement, db.get_one(User, user_id), sha256, stage.services.now())

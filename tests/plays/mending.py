"""What people try with remedy and with equal treatment, and what cannot be done at all."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain import applications, equal_treatment, remedies, reviews
from portal.errors import NotFound
from portal.models import Document, User
from portal.queries import applications as application_queries
from portal.queries import remedies as remedy_queries
from tests.plays.play import INKOPERS, MANAGERS, Play, move


@move(lambda view: view.state == "started" and view.wanted and not view.is_current and view.may_remedy, 7)
def prepare_remedy(play: Play, at: str) -> None:
    with play.act(play.first(at)) as desk:
        remedies.prepare(desk.review(play.dossiers[at][1]), desk.actor, desk.now)


@move(lambda view: view.prepared and view.state == "started", 1)
def rewrite_remedy(play: Play, at: str) -> None:
    with play.act(play.first(at)) as desk:
        draft = desk.review(play.dossiers[at][1]).remedy_draft
        if draft is None:
            raise NotFound("Er staat niets klaar.")
        version = draft.version if play.chance(0.9) else 0
        texts = {play.among(draft.questions): play.reason(play.say("vraag", at))}
        remedies.rewrite(draft, desk.actor, texts, desk.now, based_on=version)


@move(lambda view: view.prepared and view.state == "started", 0.3)
def withdraw_remedy(play: Play, at: str) -> None:
    with play.act(play.first(at)) as desk:
        remedies.withdraw(desk.review(play.dossiers[at][1]), desk.actor, desk.now)


@move(lambda view: view.is_current and view.state == "started" and view.may_remedy, 8)
def send_remedy(play: Play, at: str) -> None:
    """All that is prepared, or only this one."""
    sent = []
    with play.act(play.who(*MANAGERS)) as desk:
        drafts = list(remedy_queries.prepared(desk.db, desk.round_id, desk.actor))
        if play.chance(0.6):
            drafts = [one for one in drafts if one.review_id == play.dossiers[at][1]]
        asked = remedies.release(desk.round(), drafts, desk.actor, desk.now)
        sent = [item.question for one in asked for item in one.items]
    if play.changed:
        for one in sent:
            play.tell(one)


@move(lambda view: view.remedy, 5)
def explain_and_send(play: Play, at: str) -> None:
    """The applicant answers everything, or not all of it, with a document of the own vault or of another's."""
    view = play.view(at)
    who = play.applicant(at)
    with play.act(who) as desk:
        remedy = application_queries.remedy(desk.db, view.application, view.remedy)
        if remedy is None:
            raise NotFound("Er loopt geen herstel.")
        owner = play.world.people[who if play.chance(0.95) else play.among(("anna", "karim"))]
        vault = select(Document).where(
            Document.organisation_id == select(User.organisation_id).where(User.id == owner).scalar_subquery(),
            Document.is_sealed.is_(False), Document.superseded_by_id.is_(None),
        )  # fmt: skip
        documents = list(desk.db.scalars(vault.order_by(Document.kind, Document.uploaded_at)))
        for item in remedy.items:
            if play.chance(0.97):
                reviews.explain(remedy, desk.actor, item, play.say("antwoord", at), desk.now)
            if play.chance(0.5):
                reviews.add_remedy_document(remedy, desk.actor, item, play.among(documents), desk.now)
        if play.chance(0.9):
            reviews.answer_remedy(remedy, desk.actor, desk.now)


@move(lambda view: view.remedies and not view.remedy, 0.4, bad=True)
def answer_a_remedy_that_is_over(play: Play, at: str) -> None:
    """After the answer, or after the term, nothing changes any more."""
    with play.act(at) as desk:
        found = application_queries.remedies(desk.db, play.dossiers[at][0])
        if not found:
            raise NotFound("Er is geen herstel gevraagd.")
        reviews.explain(found[-1], desk.actor, found[-1].items[0], play.say("antwoord", at), desk.now)


# Equal treatment, and what an applicant may not do any more


@move(lambda view: view.prepared or view.letter in {"composed", "agreed", "approved"}, 0.5)
def explain_a_difference(play: Play, at: str) -> None:
    with play.act(play.who(*INKOPERS, *MANAGERS)) as desk:
        round_ = desk.round()
        found = [one for one in equal_treatment.differences(round_) if not one.is_explained]
        if not found:
            raise NotFound("Er is geen verschil.")
        chosen = play.among(found)
        seen = chosen.seen if play.chance(0.9) else "oud"
        text = play.reason(play.say("uitleg", at))
        equal_treatment.explain(round_, chosen, desk.actor, text, desk.now, seen=seen)


@move(lambda view: True, 0.15, bad=True)
def withdraw_the_application(play: Play, at: str) -> None:
    with play.act(at) as desk:
        applications.withdraw(desk.application(play.dossiers[at][0]), desk.actor, desk.now)


@move(lambda view: True, 0.25, bad=True)
def open_a_dossier_of_ones_own_relation(play: Play, at: str) -> None:
    """By its address, whatever one has an interest in; or as nobody who screens."""
    hidden = play.rows("SELECT user_id FROM conflicts WHERE application_id = ?", play.dossiers[at][0])
    who = play.names[play.among(hidden)[0]] if hidden else "olga"
    with play.act(who) as desk:
        review = desk.review(play.dossiers[at][1])
        reviews.find(review, desk.actor, reviews.items(review)[0], "meets", "", desk.now, based_on=0)

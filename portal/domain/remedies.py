"""Asking remedy: prepared per applicant, then sent by a second person, for many at once on the same terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from portal.domain import audit, calendar, equal_treatment, remedy_rules, reviews, running_terms, wording
from portal.domain.lifecycle import advance, can
from portal.domain.permissions import require_official
from portal.domain.reviews import Item
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import RemedyDraft, RemedyItem, RemedyRequest, Review, Round, User
from portal.terms import N_, REASON_LENGTH


def wanted(review: Review) -> list[Item]:
    """The places where the last verdict is 'remedy', in published order. Nothing else is ever asked."""
    return [item for item in reviews.items(review) if item.finding is not None and item.finding.verdict == "remedy"]


def _rests_on(review: Review) -> dict[str, int]:
    return {item.key: item.finding.sequence for item in wanted(review) if item.finding is not None}


def is_current(draft: RemedyDraft) -> bool:
    """Whether the verdicts are still the ones that the draft was prepared on."""
    return _rests_on(draft.review) == {key: one["finding"] for key, one in draft.questions.items()}


def prepare(review: Review, actor: User, now: datetime) -> RemedyDraft:
    """Put a request ready with every place where the last verdict is 'remedy'. Again: it follows the new verdicts.

    A question begins as the reason of its verdict. One that was rewritten stays, as long as its verdict does.
    """
    reviews.require_reviewer(review, actor)
    if not reviews.may_ask_remedy(review):
        _refuse_another(review)
    if not can(review, "ask_remedy"):
        raise Refused(N_("Deze aanmelding is niet in beoordeling. U kunt nu geen herstel vragen."))
    places = wanted(review)
    if not places:
        raise Refused(N_("Kies eerst bij minstens één eis ‘Herstel vragen’."))
    for item in places:
        if excluded := remedy_rules.why_not(item.requirement, review.application.round):
            raise Refused(N_("Bij eis %(code)s kan geen herstel: %(text)s"), code=item.key, text=excluded)
    draft = review.remedy_draft
    if draft is not None and is_current(draft):
        return draft
    before = draft.questions if draft is not None else {}
    questions = {
        item.key: before[item.key]
        if item.key in before and before[item.key]["finding"] == item.finding.sequence
        else {"text": item.finding.reason, "finding": item.finding.sequence}
        for item in places
        if item.finding is not None
    }
    if draft is None:
        draft = RemedyDraft(
            authority_id=review.authority_id,
            questions=questions,
            version=1,
            prepared_at=now,
            prepared_by=actor,
            prepared_by_id=actor.id,
            changed_at=now,
            changed_by=actor,
            changed_by_id=actor.id,
        )
        review.remedy_draft = draft
    else:
        draft.prepared_at, draft.prepared_by, draft.prepared_by_id = now, actor, actor.id
        _change(draft, questions, actor, now)
    audit.record(review, "prepare_remedy", actor, now, places=list(questions))
    return draft


def _change(draft: RemedyDraft, questions: dict[str, dict[str, object]], actor: User, now: datetime) -> None:
    draft.questions = questions
    draft.version += 1
    draft.changed_at, draft.changed_by, draft.changed_by_id = now, actor, actor.id


def _refuse_another(review: Review) -> None:
    allowed = reviews.remedy_rounds(review)
    raise Refused(N_("Herstel is al gevraagd. Deze procedure kent %(rounds)d herstelronde."), rounds=allowed)


def rewrite(draft: RemedyDraft, actor: User, texts: Mapping[str, str], now: datetime, *, based_on: int) -> None:
    """Change what will be asked, by the key of the place. Raises `Stale` when somebody changed it since `based_on`."""
    reviews.require_reviewer(draft.review, actor)
    unknown = set(texts) - set(draft.questions)
    if unknown:
        raise NotFound(N_("Dit bestaat niet."))
    cleaned = {key: text.replace("\r\n", "\n").strip() for key, text in texts.items()}
    changed = {key: text for key, text in cleaned.items() if text != draft.questions[key]["text"]}
    if not changed:
        return
    if draft.version != based_on:
        raise Stale(
            N_("%(name)s heeft dit verzoek net gewijzigd. Vergelijk de teksten en bewaar opnieuw."),
            theirs=draft,
            name=draft.changed_by.name,
        )
    short = {
        f"question-{key}": N_("Schrijf in minstens 10 tekens wat de aanbieder moet doen.")
        for key, text in changed.items()
        if len(text) < REASON_LENGTH
    }
    if short:
        raise Invalid(short)
    questions = {
        key: {"text": changed.get(key, one["text"]), "finding": one["finding"]} for key, one in draft.questions.items()
    }
    # whoever wrote the last word is who prepared it: somebody else must send it
    draft.prepared_at, draft.prepared_by, draft.prepared_by_id = now, actor, actor.id
    _change(draft, questions, actor, now)
    audit.record(draft.review, "rewrite_remedy", actor, now, places=sorted(changed))


def withdraw(review: Review, actor: User, now: datetime) -> None:
    """Take back what was prepared and not sent. Nobody was told, so nobody is told; twice is once."""
    reviews.require_reviewer(review, actor)
    if review.remedy_draft is not None:
        audit.record(review, "withdraw_remedy", actor, now, places=list(review.remedy_draft.questions))
        review.remedy_draft = None


def last_day(round_: Round, now: datetime) -> date:
    """The last day to answer of what is sent now: so many working days, the same for everybody of the round."""
    return running_terms.ends_on(round_, "remedy", calendar.local_day(now))


def release(round_: Round, drafts: Sequence[RemedyDraft], actor: User, now: datetime) -> list[RemedyRequest]:
    """The round manager sends what others prepared: for all of these at once, with one term that ends alike.

    All or none: when one cannot be sent, none is, and the refusal names it.
    """
    require_official(actor, round_, "round_manager")
    if not drafts:
        raise Refused(N_("Kies minstens één herstelverzoek. Of is alles al verstuurd?"))
    for draft in drafts:
        _require_releasable(round_, draft, actor)
    equal_treatment.require_explained(round_)
    return [_send(draft, actor, now, together=len(drafts)) for draft in drafts]


def _require_releasable(round_: Round, draft: RemedyDraft, actor: User) -> None:
    application = draft.review.application
    if application.round_id != round_.id:
        raise NotFound(N_("Dit bestaat niet."))
    if draft.prepared_by_id == actor.id:
        raise NotAllowed(
            N_("U zette het herstelverzoek van %(number)s zelf klaar. Een andere rondebeheerder moet het versturen."),
            number=application.number,
        )
    if not can(draft.review, "ask_remedy") or not reviews.may_ask_remedy(draft.review) or not is_current(draft):
        raise Refused(
            N_(
                "De oordelen bij %(number)s zijn veranderd sinds het herstelverzoek klaarstond. Er is niets verstuurd. "
                "Laat de inkoper het opnieuw klaarzetten, of verstuur de andere verzoeken eerst."
            ),
            number=application.number,
        )


def _send(draft: RemedyDraft, actor: User, now: datetime, *, together: int) -> RemedyRequest:
    review = draft.review
    application, day = review.application, last_day(review.application.round, now)
    remedy = RemedyRequest(
        authority_id=review.authority_id,
        requested_at=now,
        requested_by=draft.prepared_by,
        requested_by_id=draft.prepared_by_id,
        released_by=actor,
        released_by_id=actor.id,
        due_at=calendar.end_of_day(day),
        items=[
            RemedyItem(
                authority_id=review.authority_id,
                requirement=item.requirement,
                requirement_id=item.requirement.id,
                lot=item.lot,
                lot_id=item.lot_id,
                party=item.party,
                party_id=item.party.id if item.party else None,
                question=draft.questions[item.key]["text"],
            )
            for item in wanted(review)
        ],
    )
    review.remedies.append(remedy)
    places = list(draft.questions)
    review.remedy_draft = None
    advance(
        review, "ask_remedy", actor, now, places=places, due_at=remedy.due_at.isoformat(), together=together,
        prepared_by=remedy.requested_by_id,
    )  # fmt: skip
    audit.tell_organisation(
        review,
        application.organisation.users,
        f"remedy:{remedy.id}",
        "remedy_asked",
        now,
        application=application.number,
        procedure=application.round.procedure.title,
        due=wording.day(day),
        path=f"/aanmeldingen/{application.id}/herstel/{remedy.id}",
    )
    return remedy

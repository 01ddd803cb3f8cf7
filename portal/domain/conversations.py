"""Conversations between an applicant and the authority: posts that stay, and receipts of who opened them when.

Where submissions are sealed, nobody writes before the vault is open: a conversation would tell who applies. Questions
for everybody go by a clarification notice (`domain.questions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.domain import audit, following, questions
from portal.domain.kinds import KINDS
from portal.domain.permissions import require_applicant, require_official, require_role, require_works_for
from portal.errors import Invalid, Refused
from portal.models import Application, Conversation, Organisation, Post, PostOpening, PostPointer, Procedure, User
from portal.models.conversations import APPLICANT, AUTHORITY
from portal.terms import APPLICANT_ROLES, N_

WRITERS = ("inkoper", "round_manager")
MOST_CHARACTERS = 10_000
POINTING_EVERY = timedelta(hours=1)
"""A person hears at most so often, in one mail, that posts wait."""


def side_of(actor: User) -> str:
    return APPLICANT if actor.is_applicant else AUTHORITY


def other(side: str) -> str:
    return AUTHORITY if side == APPLICANT else APPLICANT


def is_secret(procedure: Procedure, application: Application | None) -> bool:
    """Whether officials may not know yet who applies, so that nobody writes here."""
    if not KINDS[procedure.kind].has_vault:
        return False
    vault = application.round.vault if application is not None else None
    return vault is None or vault.state != "opened"


def begin(
    procedure: Procedure,
    application: Application | None,
    organisation: Organisation,
    actor: User,
    *,
    title: str,
    text: str,
    attempt: str,
    now: datetime,
) -> Conversation:
    """The first post of a new conversation. An official begins one only about an application that was taken in.

    The caller looks for `attempt` first, and for an official whether the application is visible.
    """
    if actor.is_applicant:
        require_role(actor, *APPLICANT_ROLES)
        require_works_for(actor, organisation.id)
        if application is not None:
            require_applicant(actor, application, *APPLICANT_ROLES)
    else:
        require_official(actor, procedure, *WRITERS)
        if application is None or application.review is None:
            raise Refused(N_("U kunt een bericht sturen over een aanmelding die in beoordeling is."))
    if is_secret(procedure, application):
        raise Refused(
            N_(
                "Bij een aanbesteding kan een bericht pas als de kluis open is: anders ziet de regio te vroeg wie "
                "meedoet. Stel een vraag bij de procedure; die wordt zonder uw naam beantwoord."
            )
        )
    title, problems = " ".join(title.split()), {}
    if not 3 <= len(title) <= 120:
        problems["title"] = N_("Geef het gesprek een onderwerp van 3 tot 120 tekens.")
    try:
        text = checked(text)
    except Invalid as refusal:
        problems.update(refusal.problems)
    if problems:
        raise Invalid(problems)
    conversation = Conversation(
        authority_id=procedure.authority_id,
        procedure=procedure,
        procedure_id=procedure.id,
        application=application,
        application_id=application.id if application else None,
        organisation=organisation,
        organisation_id=organisation.id,
        title=title,
        begun_at=now,
        last_at=now,
        posts=[],
    )
    audit.record(conversation, "begin_conversation", actor, now)
    _add(conversation, actor, text, attempt, now)
    return conversation


def checked(text: str) -> str:
    """What somebody wrote, clean. Raises `Invalid`."""
    typed = questions.clean(text)
    if not typed:
        raise Invalid({"text": N_("Schrijf een bericht.")})
    if len(typed) > MOST_CHARACTERS:
        raise Invalid({"text": N_("Dit bericht is te lang. Maak er ten hoogste 10.000 tekens van.")})
    following.refuse_personal_numbers(typed, "text")
    return typed


def post(conversation: Conversation, actor: User, text: str, attempt: str, now: datetime) -> Post:
    """One more post. The caller looks for `attempt` first."""
    require_part(conversation, actor)
    return _add(conversation, actor, checked(text), attempt, now)


def require_part(conversation: Conversation, actor: User) -> None:
    """The actor takes part for the applicant or for the authority. Raises `NotFound` or `NotAllowed`."""
    if not actor.is_applicant:
        require_official(actor, conversation, *WRITERS)
        return
    require_works_for(actor, conversation.organisation_id)
    require_role(actor, *APPLICANT_ROLES)


def _add(conversation: Conversation, actor: User, text: str, attempt: str, now: datetime) -> Post:
    side = side_of(actor)
    written = Post(
        authority_id=conversation.authority_id,
        attempt=attempt,
        conversation_id=conversation.id,
        sequence=1 + max((one.sequence for one in conversation.posts), default=0),
        side=side,
        text=text,
        posted_at=now,
        posted_by=actor,
        posted_by_id=actor.id,
        openings=[],
    )
    conversation.posts.append(written)
    conversation.last_at = now
    if side == APPLICANT:
        conversation.authority_waits_since = now
    else:
        conversation.applicant_waits_since = now
    audit.record(conversation, "post", actor, now, sequence=written.sequence)
    return written


def unopened(conversation: Conversation, side: str) -> list[Post]:
    """The posts of the other side that nobody of this side opened yet."""
    return [one for one in conversation.posts if one.side != side and not one.openings]


def open_posts(conversation: Conversation, actor: User, now: datetime) -> int:
    """Read receipts: this person opens every post of the other side; gives how many were new to this person."""
    require_part(conversation, actor)
    side = side_of(actor)
    new = [
        one
        for one in conversation.posts
        if one.side != side and all(opening.opened_by_id != actor.id for opening in one.openings)
    ]
    for one in new:
        one.openings.append(
            PostOpening(
                authority_id=conversation.authority_id,
                post_id=one.id,
                opened_at=now,
                opened_by=actor,
                opened_by_id=actor.id,
            )
        )
    if new:
        if side == APPLICANT:
            conversation.applicant_waits_since = None
        else:
            conversation.authority_waits_since = None
        audit.record(conversation, "open_posts", actor, now, posts=len(new))
    return len(new)


def is_due(pointer: PostPointer | None, waiting: Sequence[Conversation], side: str, now: datetime) -> bool:
    """Whether this person is to be told: something came since the last mail, and that was long enough ago."""
    if pointer is None:
        return bool(waiting)
    newest = [moment for one in waiting if (moment := one.waits_since(side)) is not None]
    return any(moment > pointer.told_at for moment in newest) and pointer.told_at + POINTING_EVERY <= now


def point(
    user: User, pointer: PostPointer | None, waiting: Sequence[Conversation], now: datetime
) -> PostPointer | None:
    """Tell one person, in one mail without a word of what was written. None when there is nothing to tell yet."""
    if not is_due(pointer, waiting, side_of(user), now):
        return None
    if pointer is None:
        pointer = PostPointer(user=user, user_id=user.id, told_at=now)
    pointer.told_at = now
    audit.tell_organisation(
        waiting[0],
        [user],
        f"posts:{user.id}:{now.isoformat()}",
        "posts_waiting",
        now,
        count=len(waiting),
        path="/berichten",
    )
    return pointer

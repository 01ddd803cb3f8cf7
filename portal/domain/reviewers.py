"""Who screens a dossier, as what, and what one may see of the others: the first, the second, and shadows."""

from __future__ import annotations

from datetime import datetime

from portal.errors import NotAllowed
from portal.models import Review, Round, SideReview, User
from portal.models.side_reviews import SECOND, SHADOW
from portal.terms import N_

CONFIRMS, REFUSALS, ALL = "confirms", "refusals", "all"
"""What the procedure asks of a second reviewer (`terms.second_reviewer`): reads and confirms, or screens first."""


def mode(round_: Round) -> str:
    """What this round asks of the second reviewer."""
    return str(round_.terms.get("second_reviewer", CONFIRMS))


def is_shadow(round_: Round, actor: User) -> bool:
    """Whether this official screens the round without effect, now."""
    return any(one.user_id == actor.id and one.ended_at is None for one in round_.shadow_reviewers)


def require_no_shadow(review: Review, actor: User) -> None:
    """Raises `NotAllowed` for who screens this round without effect."""
    if is_shadow(review.application.round, actor):
        raise NotAllowed(N_("U beoordeelt deze ronde als schaduw: uw oordelen tellen niet mee in het besluit."))


def side_of(review: Review, actor: User, kind: str) -> SideReview | None:
    """The own verdicts of this official on this dossier, unless given up."""
    found = (one for one in review.sides if one.user_id == actor.id and one.kind == kind and one.ended_at is None)
    return next(found, None)


def second(review: Review) -> SideReview | None:
    """The own verdicts of the second reviewer, whoever that is."""
    return next((one for one in review.sides if one.kind == SECOND and one.ended_at is None), None)


def wants_second(review: Review) -> bool:
    """What was proposed takes own verdicts of a second reviewer before it can be confirmed."""
    wanted = mode(review.application.round)
    refuses = any(one.outcome == "refused" for one in review.application.decisions)
    return wanted == ALL or (wanted == REFUSALS and refuses)


def kind_for(review: Review, actor: User) -> str:
    """As what this official screens beside the reviewer here: 'shadow', 'second' or '' (not at all).

    A 'second' is every inkoper but the first as long as the second look is not over; whether one may begin is
    `may_give`. Who gave findings here and handed the dossier over is not blind any more, and so no second either.
    """
    if "inkoper" not in actor.role_names:
        return ""
    if is_shadow(review.application.round, actor):
        return SHADOW
    if (
        review.first_by_id in (None, actor.id)
        or review.state == "confirmed"
        or mode(review.application.round) == CONFIRMS
        or any(one.found_by_id == actor.id and one.agreed_by_id is None for one in review.findings)
    ):
        return ""
    return SECOND if review.state != "proposed" or wants_second(review) else ""


def own_side(review: Review, actor: User) -> SideReview | None:
    """The verdicts that this official gives here beside the reviewer, if that is what they do here."""
    return side_of(review, actor, kind_for(review, actor))


def is_blind(review: Review, actor: User) -> bool:
    """Whether this official sees no verdicts of others here: until every own verdict was given and finished."""
    if not kind_for(review, actor):
        return False
    side = own_side(review, actor)
    return side is None or side.finished_at is None


def may_give(review: Review, actor: User) -> bool:
    """Whether this official may give own verdicts here now. A second one begins when a decision was proposed."""
    kind = kind_for(review, actor)
    if not kind or not is_blind(review, actor):
        return False
    taken = second(review)
    return kind == SHADOW or (review.state == "proposed" and (taken is None or taken.user_id == actor.id))


def give_up(review: Review, official: User, now: datetime) -> None:
    """An interest came to light: the own verdicts of this official end, and another can be the second."""
    for one in review.sides:
        if one.user_id == official.id and one.ended_at is None:
            one.ended_at = now
            if one.kind == SECOND:
                withdraw_joint(review, now)


def withdraw_joint(review: Review, now: datetime) -> None:
    """What two reviewers were finding together ends: one of them is another now, or the first looks again."""
    for one in review.joint_verdicts:
        if one.is_open:
            one.withdrawn_at = now

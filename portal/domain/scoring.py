"""Scoring offers in a tender: a panel, individual points that stay hidden, then joint points with their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain import audit, offers
from portal.domain.offers import CriterionAt
from portal.domain.permissions import require_official
from portal.domain.procedures import KINDS
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import Application, Consensus, PanelMember, Round, Score, User
from portal.terms import N_, REASON_LENGTH

JUSTIFICATION_LENGTH = 30
CHAIR = "round_manager"
ASSESSOR = "assessor"


@dataclass(frozen=True)
class Step:
    """One step of the published scale."""

    points: int
    label: str
    text: str


@dataclass(frozen=True)
class Rules:
    """How offers are compared, as published. `rule` is 'half_up' or 'half_even'; see procedures/schema.json."""

    scale: tuple[Step, ...]
    decimals: int
    rule: str
    contracts_text: str
    least: int
    per_municipality: int
    reserve: bool
    anonymous: bool
    assessors: int
    ties: str

    @property
    def most_points(self) -> int:
        return max(one.points for one in self.scale)

    def label(self, points: int) -> str:
        return next(one.label for one in self.scale if one.points == points)


def require_award(round_: Round) -> None:
    """In a procedure that does not compare offers nothing of this exists."""
    if not KINDS[round_.procedure.kind].has_award:
        raise NotFound(N_("Dit bestaat niet."))


def rules(round_: Round) -> Rules:
    """The published rules of a round. Raises `NotFound` where offers are not compared."""
    require_award(round_)
    award = round_.settings["award"]
    return Rules(
        scale=tuple(Step(int(one["points"]), one["label"], one.get("text") or "") for one in award["scale"]),
        decimals=int(award["rounding"]["decimals"]),
        rule=award["rounding"]["rule"],
        contracts_text=award["contracts"]["text"],
        least=int(award["contracts"]["least"]),
        per_municipality=int(award["contracts"].get("per_municipality", 1)),
        reserve=bool(award.get("reserve", True)),
        anonymous=bool(award.get("anonymous", False)),
        assessors=int(award.get("assessors", 2)),
        ties=award.get("ties") or "",
    )


def panel(round_: Round) -> list[PanelMember]:
    """Who assesses now, without who left."""
    return [one for one in round_.panel if one.left_at is None]


def member(round_: Round, user: User) -> PanelMember | None:
    return next((one for one in panel(round_) if one.user_id == user.id), None)


def name_assessor(round_: Round, actor: User, user: User, now: datetime) -> PanelMember:
    """The chair names an assessor for this round. Twice is once; who left can come back."""
    require_official(actor, round_, CHAIR)
    require_award(round_)
    if user.authority_id != round_.authority_id or ASSESSOR not in user.role_names or user.disabled_at is not None:
        raise NotFound(N_("Dit bestaat niet."))
    if round_.vault is not None and any(one.user_id == user.id for one in round_.vault.holders):
        raise Refused(N_("Wie houder is van de kluis van deze ronde, kan hier niet beoordelen."))
    if any(one.state != "sent_back" for one in round_.awards):
        raise Refused(N_("Er ligt al een gunning voor. De groep beoordelaars verandert niet meer."))
    found = next((one for one in round_.panel if one.user_id == user.id), None)
    if found is not None and found.left_at is None:
        return found
    if found is None:
        found = PanelMember(
            authority_id=round_.authority_id,
            user=user,
            user_id=user.id,
            named_at=now,
            named_by=actor,
            named_by_id=actor.id,
        )
        round_.panel.append(found)
    found.left_at, found.left_reason = None, ""
    audit.record(round_, "name_assessor", actor, now, assessor=user.name)
    return found


def dismiss(found: PanelMember, actor: User, reason: str, now: datetime) -> None:
    """An assessor leaves the panel, with the reason. The points stay on record and no longer count."""
    require_official(actor, found, CHAIR)
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom deze beoordelaar stopt.")})
    if found.left_at is None:
        found.left_at, found.left_reason = now, reason.strip()
        audit.record(found.round, "dismiss_assessor", actor, now, assessor=found.user.name, reason=reason.strip())


def is_disclosed(round_: Round) -> bool:
    """Every named assessor has handed in, and there are enough of them: now the points may be seen."""
    members = panel(round_)
    return len(members) >= rules(round_).assessors and all(one.handed_in_at is not None for one in members)


def places(application: Application) -> list[CriterionAt]:
    """What can be scored of this offer: the minimum is met in at least one municipality, and that is confirmed.

    Before the review is confirmed there is nothing here: who does not meet the minimum is never scored.
    """
    round_, review = application.round, application.review
    if review is None or review.state != "confirmed":
        return []
    alive = {offers.segment_of(round_, one.product.lot).id for one in application.decisions if one.outcome != "refused"}
    written = offers.submitted(review.submission.content)
    return [
        place
        for segment in offers.segments(round_)
        if segment.id in alive
        for place in offers.criteria_of(round_, segment)
        if place.spot in written
    ]


def own_scores(application: Application, place: CriterionAt, assessor_id: str) -> list[Score]:
    """Every score of one assessor at one place, the one that counts last."""
    return [
        one for one in application.scores if (one.criterion, one.lot_id, one.assessor_id) == (*place.spot, assessor_id)
    ]


def scores_at(application: Application, place: CriterionAt) -> list[Score]:
    """The score that counts of each assessor in the panel. Only for who may see them: see `visible_scores`."""
    wanted = {one.user_id: one.user.name for one in panel(application.round)}
    latest = {
        one.assessor_id: one
        for one in application.scores
        if (one.criterion, one.lot_id) == place.spot and one.assessor_id in wanted
    }
    return sorted(latest.values(), key=lambda one: (wanted[one.assessor_id], one.assessor_id))


def visible_scores(application: Application, place: CriterionAt, viewer: User) -> list[Score]:
    """What this official may see: the own score, and those of all once everybody has handed in."""
    found = scores_at(application, place)
    return found if is_disclosed(application.round) else [one for one in found if one.assessor_id == viewer.id]


def _checked(round_: Round, points: int | None, justification: str) -> tuple[int, str]:
    problems: dict[str, str] = {}
    if points is None or points not in {one.points for one in rules(round_).scale}:
        problems["points"] = N_("Kies punten uit de gepubliceerde schaal.")
    if len(justification.strip()) < JUSTIFICATION_LENGTH:
        problems["justification"] = N_("Motiveer de punten in minstens 30 tekens. De inschrijver kan dit lezen.")
    if problems or points is None:
        raise Invalid(problems)
    return points, justification.strip()


def _require_place(application: Application, place: CriterionAt) -> None:
    if place.spot not in {one.spot for one in places(application)}:
        raise Refused(
            N_("Dit aanbod kunt u niet beoordelen: het minimum is nog niet vastgesteld, of er is niet aan voldaan.")
        )


def score(
    application: Application,
    actor: User,
    place: CriterionAt,
    points: int | None,
    justification: str,
    now: datetime,
    *,
    based_on: int,
) -> Score:
    """An assessor of the panel gives points out of the scale, with reasons. Every score is kept; the last one counts.

    `based_on` is the sequence of the own score that the form showed (0 for none).
    """
    require_official(actor, application, ASSESSOR)
    require_award(application.round)
    found = member(application.round, actor)
    if found is None:
        raise NotAllowed(N_("U bent voor deze ronde niet als beoordelaar aangewezen."))
    if found.handed_in_at is not None:
        raise Refused(N_("U heeft uw scores ingeleverd. Ze veranderen niet meer."))
    _require_place(application, place)
    points, justification = _checked(application.round, points, justification)
    earlier = own_scores(application, place, actor.id)
    current = earlier[-1] if earlier else None
    if current is not None and (current.points, current.justification) == (points, justification):
        return current
    if (current.sequence if current else 0) != based_on:
        raise Stale(N_("U bewaarde hier net een andere score. Lees die eerst en bewaar daarna opnieuw."), current)
    added = Score(
        authority_id=application.authority_id,
        criterion=place.code,
        lot=place.lot,
        lot_id=place.lot.id,
        assessor=actor,
        assessor_id=actor.id,
        sequence=based_on + 1,
        points=points,
        justification=justification,
        scored_at=now,
    )
    application.scores.append(added)
    audit.record(application, "score", actor, now, place=place.key, sequence=added.sequence)
    return added


def unscored(found: PanelMember, applications: Iterable[Application]) -> list[tuple[Application, CriterionAt]]:
    """Where this assessor has no score yet, among the offers that he or she may see."""
    return [
        (application, place)
        for application in applications
        for place in places(application)
        if not own_scores(application, place, found.user_id)
    ]


def hand_in(found: PanelMember, actor: User, applications: Sequence[Application], waiting: int, now: datetime) -> None:
    """The own scores are complete and fixed from now on.

    `applications` are the offers of the round without those in which the actor has an interest; `waiting` is how many
    applications are not through the review yet.
    """
    require_official(actor, found, ASSESSOR)
    if found.user_id != actor.id or found.left_at is not None:
        raise NotAllowed(N_("U bent voor deze ronde niet als beoordelaar aangewezen."))
    if found.handed_in_at is not None:
        return
    if waiting:
        raise Refused(
            N_("Van %(count)d inschrijvingen is nog niet vastgesteld of ze aan het minimum voldoen."), count=waiting
        )
    missing = unscored(found, applications)
    if missing:
        raise Refused(N_("U heeft nog %(count)d scores niet gegeven. Geef die eerst."), count=len(missing))
    found.handed_in_at = now
    audit.record(found.round, "hand_in_scores", actor, now, assessor=actor.name)


def consensus_at(application: Application, place: CriterionAt) -> Consensus | None:
    """The joint score that counts."""
    return next(
        (one for one in application.consensus if (one.criterion, one.lot_id) == place.spot and one.reopened_at is None),
        None,
    )


def history_at(application: Application, place: CriterionAt) -> list[Consensus]:
    """Every joint score at a place, reopened ones too, oldest first."""
    return [one for one in application.consensus if (one.criterion, one.lot_id) == place.spot]


def _require_unawarded(application: Application, place: CriterionAt) -> None:
    if any(one.lot_id == place.lot.id and one.state != "sent_back" for one in application.round.awards):
        raise Refused(N_("Voor dit perceel ligt al een gunning voor. Geef die eerst terug."))


def agree(
    application: Application, actor: User, place: CriterionAt, points: int | None, justification: str, now: datetime
) -> Consensus:
    """The chair records the joint points of the panel, with the reasons, once everybody has handed in."""
    require_official(actor, application, CHAIR)
    round_ = application.round
    require_award(round_)
    _require_place(application, place)
    if not is_disclosed(round_):
        raise Refused(N_("Nog niet alle beoordelaars hebben hun scores ingeleverd. Overleg kan pas daarna."))
    needed = rules(round_).assessors
    if len(scores_at(application, place)) < needed:
        raise Refused(
            N_("Voor dit aanbod zijn ten minste %(count)d scores nodig. Wijs een extra beoordelaar aan."), count=needed
        )
    _require_unawarded(application, place)
    points, justification = _checked(round_, points, justification)
    current = consensus_at(application, place)
    if current is not None:
        if (current.points, current.justification) == (points, justification):
            return current
        raise Stale(N_("Hier is al een gezamenlijke score. Heropen die eerst, met de reden."), current)
    added = Consensus(
        authority_id=application.authority_id,
        criterion=place.code,
        lot=place.lot,
        lot_id=place.lot.id,
        sequence=len(history_at(application, place)) + 1,
        points=points,
        justification=justification,
        recorded_at=now,
        recorded_by=actor,
        recorded_by_id=actor.id,
    )
    application.consensus.append(added)
    audit.record(application, "agree_score", actor, now, place=place.key, sequence=added.sequence)
    return added


def reopen(application: Application, actor: User, place: CriterionAt, reason: str, now: datetime) -> None:
    """The joint score no longer counts, with the reason; it stays on record. Not once an award was proposed."""
    require_official(actor, application, CHAIR)
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom u deze score heropent.")})
    _require_unawarded(application, place)
    current = consensus_at(application, place)
    if current is None:
        return
    current.reopened_at, current.reopened_by, current.reopened_by_id = now, actor, actor.id
    current.reopen_reason = reason.strip()
    audit.record(application, "reopen_score", actor, now, place=place.key, sequence=current.sequence)

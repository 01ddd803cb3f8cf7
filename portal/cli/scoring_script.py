"""Officials who compare offers: scores, joint scores and the award of one closed, reviewed round of a tender.

Beside `script`, for the kind of procedure that has an award. Each step is one transaction.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.cli.cast import Stage
from portal.domain import awards, offering, offers, ranking, reviews, scoring
from portal.models import Application, PanelMember, Round, User
from portal.queries import reviews as interests
from portal.queries import scoring as queries

TEXT = (
    "Wij werken met vaste teams per wijk. Elke maand bespreken wij met de gemeente en de andere aanbieders wat beter "
    "kan. Wij meten de resultaten per kwartaal en passen onze werkwijze daarop aan."
)
REASONS = (
    "Het aanbod is concreet en past bij de vraag.",
    "Het aanbod noemt wie wat doet, maar niet wanneer.",
    "De aanpak is volledig en met voorbeelden onderbouwd.",
)
AGREED = "Na overleg zijn de beoordelaars het hierover eens geworden."
NUMBER = "Met dit aantal heeft elke gemeente de toegezegde dekking."
DRAWN = "De notaris trok de naam uit de gelijk geëindigde inschrijvingen."


@dataclass(frozen=True)
class Officials:
    """Ids of users: the assessors (at least as many as the procedure asks), the chair, and who confirms."""

    assessors: Sequence[str]
    chair: str
    second: str


def write_offers(stage: Stage, user_id: str, application_id: str, chance: random.Random) -> None:
    """The applicant writes on every award criterion of the application; where there is none, nothing."""
    with stage.database.transaction() as db:
        application, user = db.get_one(Application, application_id), db.get_one(User, user_id)
        for place in offers.criteria_at(application):
            written = offers.text_at(application, place)
            text = f"{TEXT} In het eerste jaar bereiken wij {chance.randint(40, 400)} inwoners."
            version = written.version if written else 0
            offering.write(application, user, place, text[: place.max_length], stage.services.now(), based_on=version)


def name_panel(stage: Stage, round_id: str, officials: Officials) -> None:
    """The chair names the assessors, who have no interest in anybody."""
    with stage.database.transaction() as db:
        round_, chair, moment = db.get_one(Round, round_id), db.get_one(User, officials.chair), stage.services.now()
        for user_id in officials.assessors:
            user = db.get_one(User, user_id)
            scoring.name_assessor(round_, chair, user, moment)
            if not interests.has_declared(db, round_id, user_id):
                db.add(reviews.declare_interest(round_, user, [], moment))


def _member(db: Session, round_id: str, user_id: str) -> PanelMember:
    return next(one for one in scoring.panel(db.get_one(Round, round_id)) if one.user_id == user_id)


def score_all(stage: Stage, round_id: str, user_id: str, chance: random.Random) -> None:
    """One assessor scores every offer and hands in."""
    with stage.database.transaction() as db:
        found, user, moment = _member(db, round_id, user_id), db.get_one(User, user_id), stage.services.now()
        applications, steps = queries.offers(db, round_id, user_id), scoring.rules(found.round).scale
        for application, place in scoring.unscored(found, applications):
            points = chance.choice(steps).points
            scoring.score(application, user, place, points, chance.choice(REASONS), moment, based_on=0)
        scoring.hand_in(found, user, applications, queries.unreviewed(db, round_id), moment)


def agree_all(stage: Stage, round_id: str, user_id: str, chance: random.Random) -> None:
    """The chair records a joint score wherever there is none, out of those that were given."""
    with stage.database.transaction() as db:
        chair, moment = db.get_one(User, user_id), stage.services.now()
        for application in queries.all_offers(db, round_id):
            for place in scoring.places(application):
                if scoring.consensus_at(application, place) is None:
                    given = [one.points for one in scoring.scores_at(application, place)]
                    scoring.agree(application, chair, place, chance.choice(given), AGREED, moment)


def award_lot(stage: Stage, round_id: str, code: str, officials: Officials, extra: int = 0) -> int:
    """Propose the fewest contracts that keep the published promise, and `extra` more; the second official confirms.

    Gives the number of contracts; 0 when there is no offer.
    """
    with stage.database.transaction() as db:
        round_, moment = db.get_one(Round, round_id), stage.services.now()
        segment, applications = awards.find(round_, code), queries.all_offers(db, round_id)
        ranked, rules = ranking.standings(round_, segment, applications), scoring.rules(round_)
        if not ranked:
            return 0
        options = ranking.reach(ranked, ranking.municipality_ids(round_, segment), rules)
        contracts = min(ranking.fewest(options, rules) + extra, len(ranked))
        edge = awards.at_edge(ranked, contracts)
        left = contracts - sum(one.rank < edge[0].rank for one in ranked) if edge else 0
        tie = (
            awards.Tie(frozenset(one.application.id for one in edge[:left]), "drawn", DRAWN) if edge else awards.NO_TIE
        )
        chair = db.get_one(User, officials.chair)
        awards.propose(round_, segment, chair, applications, contracts, NUMBER, moment, tie=tie)
    with stage.database.transaction() as db:
        round_ = db.get_one(Round, round_id)
        award = awards.current(round_, awards.find(round_, code))
        assert award is not None  # noqa: S101 - proposed a moment ago
        applications = queries.all_offers(db, round_id)
        awards.confirm(award, db.get_one(User, officials.second), applications, stage.services.now())
    return contracts


def award_round(stage: Stage, round_id: str, officials: Officials, chance: random.Random) -> dict[str, int]:
    """From reviewed offers to confirmed awards; gives the number of contracts per lot."""
    name_panel(stage, round_id, officials)
    for user_id in officials.assessors:
        score_all(stage, round_id, user_id, chance)
    agree_all(stage, round_id, officials.chair, chance)
    with stage.database.reading() as db:
        codes = [one.code for one in offers.segments(db.get_one(Round, round_id))]
    return {code: award_lot(stage, round_id, code, officials) for code in codes}

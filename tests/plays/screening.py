"""What people try while a dossier is screened: interests, verdicts of one and of two, remedy, signals."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain import (
    interests,
    joint_verdicts,
    remedy_rules,
    reviewers,
    reviews,
    screening,
    side_reviews,
    signals,
)
from portal.domain.reviews import Item
from portal.errors import NotFound
from portal.models import Review, Signal, User, UserRole
from portal.queries import interests as interest_queries
from portal.queries import reviews as review_queries
from portal.queries import screening as screening_queries
from portal.queries import signals as signal_queries
from portal.worker import interests as detection
from tests.plays.play import INKOPERS, MANAGERS, Play, move
from tests.plays.view import View

SCREENING = frozenset({"open", "started"})
READERS = (*INKOPERS, "bram", "dina", "wil", "ingrid")


def _can_screen(view: View) -> bool:
    return view.state in SCREENING and view.inkopers


def _other(play: Play, at: str) -> str:
    """An inkoper who may be the second."""
    view = play.view(at)
    return play.who(*((view.second,) if view.second and play.chance(0.9) else play.inkopers(at, view.first)))


def _verdict(
    play: Play, at: str, item: Item, review: Review, *, good: float, odd: float = 0
) -> tuple[str, str, list[str], str | None]:
    """Verdict, reason, products and defect, as chance has it. `odd` is the share that must be refused."""
    round_ = review.application.round
    options = ["fails"] * 3
    if item.requirement.equivalent_allowed:
        options.append("equivalent")
    if not remedy_rules.why_not(item.requirement, round_) and reviews.may_ask_remedy(review):
        options += ["remedy"] * 4
    if play.chance(odd):
        options = ["remedy", "equivalent", "perhaps"]
    verdict = "meets" if play.chance(good) else play.among(options)
    if verdict == "meets":
        return verdict, "", [], None
    products = sorted(reviews.products_at(review, item))
    narrowed = [play.among(products)] if verdict == "fails" and products and play.chance(0.4) else []
    defect = play.among((None, None, "other", "expired", "missing")) if verdict != "equivalent" else None
    said = play.say("oordeel", at)
    return verdict, play.reason(said) if odd else said, narrowed, defect


# Interests


@move(lambda view: view.state == "open" or view.inkopers < 2, 1)
def declare(play: Play, at: str) -> None:
    """Before the first view; now and then with an interest."""
    undeclared = set(READERS) - {play.names[one] for (one,) in play.rows("SELECT user_id FROM interest_declarations")}
    if not undeclared:
        return
    who = play.among(undeclared & set(INKOPERS) or undeclared)
    with play.act(who) as desk:
        ids = [play.dossiers[at][0]] if play.chance(0.06) else []
        shown = review_queries.applications_in_review(desk.db, desk.round_id, ids, desk.actor.id)
        named = [(one, play.say("belang", at)) for one in shown]
        detection.declare(desk.db, desk.round(), desk.actor, named, desk.now)


@move(lambda view: view.state != "open" and not view.told, 0.25)
def recuse(play: Play, at: str) -> None:
    view = play.view(at)
    with play.act(play.who(*({view.first} - {""} or play.inkopers(at)), "joris", "bram", "wil")) as desk:
        application = desk.review(view.review).application
        detection.recuse(desk.db, application, desk.actor, play.reason(play.say("belang", at)), desk.now)


@move(lambda view: view.state != "open" and not view.told, 0.12)
def enter_former_employer(play: Play, at: str) -> None:
    """The portal finds the interest by itself."""
    number = play.one("SELECT kvk_number FROM organisations o JOIN applications a ON a.organisation_id = o.id"
                      " WHERE a.id = ?", play.dossiers[at][0])  # fmt: skip
    with play.act(play.who(*READERS)) as desk:
        made = interests.add_employer(desk.actor, {"name": "Vroegere baas", "kvk_number": number}, desk.now)
        desk.db.add(made)
        desk.db.flush()
        detection.detect_for(desk.actor, desk.now)


@move(lambda view: view.interests, 0.4)
def lift_interest(play: Play, at: str) -> None:
    with play.act(play.who(*MANAGERS)) as desk:
        found = interest_queries.found_in_round(desk.db, desk.round_id, desk.actor.id)
        if not found:
            raise NotFound("Er is geen belang.")
        conflict = interest_queries.conflict(desk.db, desk.round_id, play.among(found).id, desk.actor.id)
        if conflict is None:
            raise NotFound("Dit bestaat niet.")
        desk.db.add(interests.lift(conflict, desk.actor, play.reason(play.say("belang", at)), desk.now))
        desk.db.delete(conflict)


@move(lambda view: True, 0.15)
def revoke_a_role(play: Play, at: str) -> None:
    """Somebody loses the role, perhaps in the middle of something; or gets it back."""
    who, role = play.among([(one, "inkoper") for one in INKOPERS] + [("wil", "authority_signatory")])
    user = play.world.people[who]
    with play.act("bas", logged=False) as desk:
        found = desk.db.get(UserRole, (user, role))
        if found is not None and play.chance(0.4):
            desk.db.delete(found)
        elif found is None:
            desk.db.add(UserRole(user_id=user, role=role))


# Verdicts of the first


@move(lambda view: _can_screen(view) and view.left, 6)
def screen_the_rest(play: Play, at: str) -> None:
    """A verdict at every place that has none, one after another."""
    with play.act(play.first(at)) as desk:
        review = desk.review(play.dossiers[at][1])
        is_good = 1.0 if play.chance(0.25) else 0.88
        for item in reviews.items(review):
            if item.finding is None:
                verdict, reason, products, defect = _verdict(play, at, item, review, good=is_good)
                reviews.find(review, desk.actor, item, verdict, reason, desk.now, based_on=0, product_codes=products,
                             defect=defect, seen=screening.mark(review, item))  # fmt: skip
                play.memory["mark", at, item.spot] = screening.mark(review, item)


@move(lambda view: _can_screen(view) and view.wanted and view.remedies and not view.remedy, 8)
def screen_what_was_mended(play: Play, at: str) -> None:
    """After a remedy, also one without an answer: a final verdict where it was asked."""
    with play.act(play.first(at)) as desk:
        review = desk.review(play.dossiers[at][1])
        for item in reviews.items(review):
            if item.finding is not None and item.finding.verdict == "remedy":
                verdict = "meets" if play.chance(0.5) else "fails"
                reason = play.say("oordeel", at) if verdict == "fails" else ""
                reviews.find(review, desk.actor, item, verdict, reason, desk.now, based_on=item.finding.sequence,
                             seen=screening.mark(review, item))  # fmt: skip


@move(_can_screen, 0.9)
def find(play: Play, at: str) -> None:
    """One verdict; now and then on what the form showed before."""
    with play.act(play.first(at)) as desk:
        review = desk.review(play.dossiers[at][1])
        item = play.among(reviews.items(review))
        verdict, reason, products, defect = _verdict(play, at, item, review, good=0.4, odd=0.05)
        based_on = item.finding.sequence if item.finding is not None else 0
        if play.chance(0.08):
            based_on = max(based_on - 1, 0)
        if play.chance(0.04):
            products = ["XX-1"]
        reviews.find(review, desk.actor, item, verdict, reason, desk.now, based_on=based_on, product_codes=products,
                     defect=defect, seen=screening.mark(review, item))  # fmt: skip


@move(lambda view: _can_screen(view) and view.joint, 6)
def find_anew_what_is_disputed(play: Play, at: str) -> None:
    """The proposal went back while a joint verdict lay open; the first looks again there."""
    with play.act(play.first(at)) as desk:
        review = desk.review(play.dossiers[at][1])
        disputed = {one.spot for one in review.joint_verdicts if one.is_open}
        for item in reviews.items(review):
            if item.spot in disputed and item.finding is not None:
                verdict = play.among(("meets", "fails"))
                reason = play.say("oordeel", at) if verdict == "fails" else ""
                reviews.find(review, desk.actor, item, verdict, reason, desk.now, based_on=item.finding.sequence)


@move(lambda view: _can_screen(view) and view.remedies and not view.remedy, 1.5)
def find_on_what_was_superseded(play: Play, at: str) -> None:
    """The form was opened before the answer came: what lies there now is other than what was seen."""
    with play.act(play.view(at).first or "ineke") as desk:
        review = desk.review(play.dossiers[at][1])
        for item in reviews.items(review):
            seen = play.memory.get(("mark", at, item.spot))
            if seen is not None and seen != screening.mark(review, item):
                based_on = item.finding.sequence if item.finding is not None else 0
                reviews.find(review, desk.actor, item, "fails", play.say("oordeel", at), desk.now, based_on=based_on,
                             seen=seen)  # fmt: skip
                raise AssertionError("a verdict on documents that are no longer all there is")


@move(lambda view: view.state not in SCREENING, 0.3, bad=True)
def find_when_it_is_no_time(play: Play, at: str) -> None:
    with play.act(play.view(at).first or "ineke") as desk:
        review = desk.review(play.dossiers[at][1])
        item = play.among(reviews.items(review))
        based_on = item.finding.sequence if item.finding is not None else 0
        reviews.find(review, desk.actor, item, "fails", play.say("oordeel", at), desk.now, based_on=based_on)


@move(_can_screen, 0.2)
def write_a_draft(play: Play, at: str) -> None:
    with play.act(play.first(at), logged=False) as desk:
        review = desk.review(play.dossiers[at][1])
        item = play.among(reviews.items(review))
        found = screening_queries.draft(desk.db, review.id, desk.actor.id, item.key)
        made = screening.keep_draft(
            review, desk.actor, found, item, desk.now, verdict="fails", reason=play.say("concept", at),
            product_codes=[], defect="", based_on=0, seen=screening.mark(review, item),
        )  # fmt: skip
        if made is not None:
            desk.db.add(made)


@move(lambda view: not view.told, 0.2)
def look_at_a_signal(play: Play, at: str) -> None:
    with play.act(play.who(*play.inkopers(at))) as desk:
        review = desk.review(play.dossiers[at][1])
        found = signal_queries.of_review(desk.db, review.id, desk.actor.id).signals
        chosen = play.among(found).id if found and play.chance(0.9) else desk.db.scalar(select(Signal.id).limit(1))
        signal = signal_queries.signal(desk.db, review.id, chosen or "", desk.actor.id)
        if signal is None:
            raise NotFound("Dit bestaat niet.")
        signals.look(signal, desk.actor, play.say("signaal", at), desk.now)


# Verdicts of the second, and of both


@move(lambda view: view.state == "proposed" and view.wants_second and not view.second_done, 6)
def give_own_verdicts(play: Play, at: str) -> None:
    """At every place that has no own verdict yet."""
    with play.act(_other(play, at)) as desk:
        review = desk.review(play.dossiers[at][1])
        side = reviewers.side_of(review, desk.actor, reviewers.kind_for(review, desk.actor))
        own = side_reviews.latest(side)
        for item in reviews.items(review):
            if item.spot in own:
                continue
            same = item.finding is not None and item.finding.verdict != "remedy" and play.chance(0.9)
            if same and item.finding is not None:
                verdict, products = item.finding.verdict, list(item.finding.product_codes)
            else:
                verdict, products = play.among((("meets", []), ("fails", [])))
            reason = play.say("naast", at) if verdict != "meets" else ""
            side_reviews.give(review, desk.actor, item, verdict, reason, desk.now, product_codes=products)


@move(lambda view: view.state == "proposed" and view.second and not view.second_done, 6)
def finish_own_verdicts(play: Play, at: str) -> None:
    with play.act(_other(play, at)) as desk:
        side_reviews.finish(desk.review(play.dossiers[at][1]), desk.actor, desk.now)


@move(lambda view: view.state == "proposed" and view.differs, 8)
def propose_a_joint_verdict(play: Play, at: str) -> None:
    view = play.view(at)
    with play.act(play.who(view.first or "ineke", view.second or "joris")) as desk:
        review = desk.review(view.review)
        differences = side_reviews.differences(review)
        items = [one.item for one in differences] if play.chance(0.9) else reviews.items(review)
        if not items:
            raise NotFound("Er is geen verschil.")
        verdict = play.among(("meets", "fails", "fails", "remedy" if play.chance(0.1) else "meets"))
        reason = play.reason(play.say("samen", at))
        joint_verdicts.propose_joint(review, desk.actor, play.among(items), verdict, reason, desk.now)


@move(lambda view: view.state == "proposed" and view.joint, 6)
def agree_to_a_joint_verdict(play: Play, at: str) -> None:
    view = play.view(at)
    with play.act(play.who(*({view.first, view.second} - {view.joint, ""}))) as desk:
        review = desk.review(view.review)
        if not review.joint_verdicts:
            raise NotFound("Er is niets voorgesteld.")
        is_newest = play.chance(0.9)
        joint = review.joint_verdicts[-1] if is_newest else play.among(review.joint_verdicts)
        joint_verdicts.agree(review, desk.actor, joint, desk.now)


@move(lambda view: view.state == "open", 0.15)
def name_a_shadow(play: Play, at: str) -> None:
    with play.act(play.who(*MANAGERS)) as desk:
        side_reviews.name_shadow(desk.round(), desk.actor, desk.db.get_one(User, play.world.people["kees"]), desk.now)


@move(lambda view: view.state in SCREENING, 0.1)
def end_a_shadow(play: Play, at: str) -> None:
    with play.act(play.who(*MANAGERS)) as desk:
        for one in desk.round().shadow_reviewers:
            side_reviews.end_shadow(one, desk.actor, desk.now)

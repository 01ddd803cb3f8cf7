"""What people try with decisions: suspend, propose, confirm, change the letter, approve, release, tell; and object."""

from __future__ import annotations

from datetime import timedelta

from portal.domain import (
    calendar,
    decisions,
    letters,
    objection_outcomes,
    objections,
    releases,
    reviewers,
    suspensions,
)
from portal.errors import NotFound
from portal.models import LetterDraft, Objection
from portal.queries import letters as letter_queries
from portal.queries import objections as objection_queries
from portal.queries import releases as release_queries
from portal.queries import running_terms as term_queries
from portal.queries import work
from portal.worker import interests
from portal.worker.tasks import TASKS
from portal.worker.telling import tell_application
from tests.plays.play import INKOPERS, MANAGERS, Desk, Play, move
from tests.plays.view import View

ON_ITS_WAY = frozenset({"composed", "edited", "agreed", "approved"})
TICKED = (
    "remedies_to_expire", "suspensions_to_end", "rounds_to_alarm", "decisions_to_tell", "agreements_to_make",
    "reviews_to_signal",
)  # fmt: skip
"""What the worker does here. It draws up no PDF and sends no mail: that tells nothing that is not in the database."""


def _is_ready(view: View) -> bool:
    return view.state == "started" and not view.left and not view.wanted and view.check != "pending" and not view.still


# Terms


@move(lambda view: not view.told, 0.35)
def suspend_a_term(play: Play, at: str) -> None:
    view = play.view(at)
    term = play.among(("decision",) * 5 + ("remedy",) * (3 if view.remedy else 0) + ("objection",))
    kind, said = play.among(("applicant", "third_party", "other")), play.reason(play.say("stil", at))
    with play.act(play.who(*INKOPERS, *MANAGERS)) as desk:
        review = term_queries.review(desk.db, view.review, desk.actor.id)
        if review is None:
            raise NotFound("Dit bestaat niet.")
        suspensions.suspend(review.application, kind, desk.actor, said, desk.now, term=term)
    if play.changed:
        play.tell(said)


@move(lambda view: view.told, 0.15)
def suspend_a_term_after_telling(play: Play, at: str) -> None:
    suspend_a_term(play, at)


@move(lambda view: view.still, 4)
def resume_a_term(play: Play, at: str) -> None:
    application, review_id = play.dossiers[at]
    running = play.rows(
        "SELECT kind, term FROM term_suspensions WHERE application_id = ? AND ended_at IS NULL ORDER BY kind, term",
        application,
    )
    kind, term = play.among(running or [("other", "decision")])
    said = play.reason(play.say("stil", at))
    with play.act(play.who(*INKOPERS, *MANAGERS)) as desk:
        review = term_queries.review(desk.db, review_id, desk.actor.id)
        if review is None:
            raise NotFound("Dit bestaat niet.")
        suspensions.resume(review.application, kind, desk.actor, said, desk.now, term=term)
    if play.changed:
        play.tell(said)


@move(lambda view: True, 0.3)
def time_passes(play: Play, at: str) -> None:
    """Until something is over, or just some days."""
    view = play.view(at)
    days = play.among((1, 1, 3, 10, 45) if view.remedy or view.told else (1, 1, 3))
    play.world.clock.set(play.now + timedelta(days=days))


@move(lambda view: view.remedy, 0.8)
def the_term_of_a_remedy_passes(play: Play, at: str) -> None:
    """The applicant sends nothing, and the worker finds that out."""
    play.world.clock.set(play.now + timedelta(days=20))
    the_worker_works(play, at)


@move(lambda view: view.remedy or view.letter == "released", 2)
def the_worker_works(play: Play, at: str) -> None:
    told = play.rows("SELECT a.id FROM applications a JOIN letter_drafts d ON d.application_id = a.id"
                     " WHERE d.state = 'released'")  # fmt: skip
    texts = {one: _letter_texts(play, one) for (one,) in told}
    for task in TASKS:
        if task.name in TICKED:
            with play.world.database.reading() as db:
                due = list(task.find(db, play.now))
            for one in due:
                play.changed |= bool(task.handle(play.world.database, play.world.services, one))
    for application, said in texts.items():
        if play.one("SELECT id FROM decision_letters WHERE application_id = ?", application):
            play.tell(said)


def _letter_texts(play: Play, application: str) -> str:
    """What the letter will say that is not published: the verdicts that count and are not plainly met, the passages."""
    verdicts = play.rows(
        "SELECT f.requirement_id || coalesce(f.lot_id, '') || coalesce(f.party_id, ''), f.verdict, f.reason"
        " FROM findings f JOIN reviews r ON r.id = f.review_id WHERE r.application_id = ? ORDER BY f.sequence",
        application,
    )
    last = {place: (verdict, reason) for place, verdict, reason in verdicts}
    passages = play.one("SELECT passages FROM letter_drafts WHERE application_id = ?", application)
    return " ".join([*(reason for verdict, reason in last.values() if verdict != "meets"), str(passages)])


# Decisions


@move(_is_ready, 9)
def propose(play: Play, at: str) -> None:
    first = play.view(at).first
    with play.act(play.who(*((first,) if first else play.inkopers(at)))) as desk:
        decisions.propose(desk.review(play.dossiers[at][1]), desk.actor, desk.now)


@move(lambda view: view.remedy, 0.4, bad=True)
def propose_while_a_remedy_runs(play: Play, at: str) -> None:
    with play.act(play.view(at).first or "ineke") as desk:
        decisions.propose(desk.review(play.dossiers[at][1]), desk.actor, desk.now)


@move(lambda view: view.state == "proposed" and not view.differs and (view.second_done or not view.wants_second), 9)
def confirm(play: Play, at: str) -> None:
    view = play.view(at)
    others = play.inkopers(at, view.first)
    with play.act(play.who(*({view.second} if view.second and play.chance(0.9) else others))) as desk:
        decisions.confirm(desk.review(view.review), desk.actor, desk.now)


@move(lambda view: view.state == "proposed", 0.3, bad=True)
def confirm_what_one_proposed(play: Play, at: str) -> None:
    proposer = play.one("SELECT proposed_by_id FROM decisions WHERE application_id = ?", play.dossiers[at][0])
    with play.act(play.names.get(proposer, "ineke")) as desk:
        decisions.confirm(desk.review(play.dossiers[at][1]), desk.actor, desk.now)


@move(lambda view: view.state == "proposed", 1)
def send_a_proposal_back(play: Play, at: str) -> None:
    view = play.view(at)
    with play.act(play.who(*play.inkopers(at, view.first))) as desk:
        review = desk.review(view.review)
        for one in decisions.send_back(review, desk.actor, play.reason(play.say("terug", at)), desk.now):
            desk.db.delete(one)


# From confirmed to told


def _draft(desk: Desk, application: str) -> LetterDraft:
    found = release_queries.one(desk.db, application, desk.actor.id)
    if found is None:
        raise NotFound("Dit bestaat niet.")
    reviewers.require_no_shadow(found.application.review, desk.actor)
    return found


@move(lambda view: view.letter in ON_ITS_WAY, 1)
def change_the_letter(play: Play, at: str) -> None:
    with play.act(play.who(*INKOPERS, *MANAGERS)) as desk:
        draft = _draft(desk, play.dossiers[at][0])
        facts = decisions.letter_facts(draft.application, "", desk.now)
        typed = {"opening": play.say("brief", at)} if play.chance(0.85) else letters.compose(facts)
        if play.chance(0.05):
            typed = {"opening": "kort"}
        based_on = draft.version if play.chance(0.9) else draft.version - 1
        letters.edit(draft, desk.actor, facts, typed, desk.now, based_on=based_on)


@move(lambda view: view.letter == "edited", 6)
def read_the_change(play: Play, at: str) -> None:
    with play.act(play.who(*INKOPERS, *MANAGERS)) as desk:
        draft = _draft(desk, play.dossiers[at][0])
        letters.agree(draft, desk.actor, desk.now, version=draft.version if play.chance(0.9) else draft.version - 1)


@move(lambda view: view.letter in {"composed", "agreed"} and not view.is_ready, 9)
def approve(play: Play, at: str) -> None:
    with play.act(play.who("wil")) as desk:
        releases.approve(_draft(desk, play.dossiers[at][0]), desk.actor, desk.now)


@move(lambda view: view.letter in ON_ITS_WAY, 0.5)
def decline(play: Play, at: str) -> None:
    with play.act(play.who("wil")) as desk:
        draft = _draft(desk, play.dossiers[at][0])
        for one in releases.decline(draft, desk.actor, play.reason(play.say("terug", at)), desk.now):
            desk.db.delete(one)
        desk.db.delete(draft)
        interests.leave_on(desk.db, draft.application.review, desk.now)


@move(lambda view: view.is_ready, 9)
def release(play: Play, at: str) -> None:
    """All that are ready or only this one; told at once, or left to the worker."""
    released = []
    with play.act(play.who(*MANAGERS)) as desk:
        drafts = list(release_queries.whole(desk.db, desk.round_id))
        if play.chance(0.7):
            visible = {one.id for one in release_queries.in_round(desk.db, desk.round_id, desk.actor.id)}
            drafts = [one for one in drafts if one.application_id == play.dossiers[at][0] and one.id in visible]
        else:
            drafts = [one for one in drafts if not releases.waits_for(one)]
        releases.release(desk.round(), desk.actor, drafts, desk.now)
        released = [one.application_id for one in drafts]
    if play.changed and play.chance(0.6):
        for one in released:
            said = _letter_texts(play, one)
            tell_application(play.world.database, play.world.services, one)
            if play.one("SELECT id FROM decision_letters WHERE application_id = ?", one):
                play.tell(said)


@move(lambda view: view.letter in ON_ITS_WAY and not view.is_ready, 0.6, bad=True)
def release_what_is_not_ready(play: Play, at: str) -> None:
    with play.act(play.among(MANAGERS)) as desk:
        drafts = [one for one in release_queries.whole(desk.db, desk.round_id)
                  if one.application_id == play.dossiers[at][0]]  # fmt: skip
        if not drafts:
            raise NotFound("Dit bestaat niet.")
        releases.release(desk.round(), desk.actor, drafts, desk.now)


@move(lambda view: view.told, 0.3)
def open_the_letter(play: Play, at: str) -> None:
    with play.act(play.applicant(at)) as desk:
        letter = letter_queries.of_decision(desk.db, play.dossiers[at][0])
        if letter is None:
            raise NotFound("Er is nog geen besluit.")
        decisions.open_letter(letter, desk.actor, desk.now)


# Objections


def _objection(play: Play, desk: Desk, at: str) -> Objection:
    key = play.one("SELECT id FROM objections WHERE application_id = ? ORDER BY filed_at DESC", play.dossiers[at][0])
    found = objection_queries.one(desk.db, key or "", desk.actor.id)
    if found is None:
        raise NotFound("Dit bestaat niet.")
    return found


def _grounds(play: Play, at: str, desk: Desk) -> tuple[str, dict[str, str]]:
    found = objections.disputable(desk.application(play.dossiers[at][0]))
    points = {one.id: play.reason(play.say("grond", at)) for one in found if play.chance(0.7)}
    return play.reason(play.say("grond", at)), points


@move(lambda view: view.told and view.refused and not view.objection, 6)
def object_to_it(play: Play, at: str) -> None:
    with play.act(play.applicant(at)) as desk:
        letter = letter_queries.of_decision(desk.db, play.dossiers[at][0])
        if letter is None:
            raise NotFound("Er is nog geen besluit.")
        text, points = _grounds(play, at, desk)
        number = f"BZ-{work.next_number(desk.db, letter.authority_id, 'objections'):04d}"
        objections.file(letter, desk.actor, number, text, points, desk.now)


@move(lambda view: view.told and view.refused and not view.objection, 1)
def enter_an_objection_on_paper(play: Play, at: str) -> None:
    with play.act(play.who(*MANAGERS)) as desk:
        draft = _draft(desk, play.dossiers[at][0])
        letter = letter_queries.of_decision(desk.db, draft.application_id)
        if letter is None:
            raise NotFound("Er is nog geen besluit.")
        day = calendar.local_day(desk.now) - timedelta(days=play.among((0, 0, 1, 400)))
        number = f"BZ-{work.next_number(desk.db, letter.authority_id, 'objections'):04d}"
        text, points = _grounds(play, at, desk)
        objections.enter(letter, desk.actor, number, text, points, day, desk.now)


@move(lambda view: view.objection in {"filed", "hearing", "heard", "advised", "proposed"}, 0.3)
def withdraw_the_objection(play: Play, at: str) -> None:
    key = play.one("SELECT id FROM objections WHERE application_id = ? ORDER BY filed_at DESC", play.dossiers[at][0])
    with play.act(play.applicant(at)) as desk:
        own = [one for one in objection_queries.own(desk.db, play.dossiers[at][0]) if one.id == key]
        if not own:
            raise NotFound("Er is geen bezwaar.")
        objections.withdraw(own[0], desk.actor, desk.now)


@move(lambda view: view.objection == "filed", 2)
def plan_a_hearing(play: Play, at: str) -> None:
    with play.act(play.who(*MANAGERS)) as desk:
        when = desk.now + timedelta(days=play.among((1, 2, -1)))
        objections.plan_hearing(_objection(play, desk, at), desk.actor, when, "Stadhuis, kamer 2", desk.now)


@move(lambda view: view.objection in {"filed", "hearing"}, 4)
def hear(play: Play, at: str) -> None:
    if play.chance(0.7):
        play.world.clock.set(play.now + timedelta(days=2))
    with play.act(play.who(*MANAGERS)) as desk:
        objections.hear(_objection(play, desk, at), desk.actor, play.reason(play.say("verslag", at)), desk.now)


@move(lambda view: view.objection == "heard", 6)
def advise(play: Play, at: str) -> None:
    """Mostly by who did not decide; whoever did is refused."""
    outcome = play.among(("founded", "partly", "unfounded", "inadmissible", "no"))
    said = play.reason(play.say("advies", at))
    with play.act(play.who("ingrid", "ingrid", "rosa", *INKOPERS)) as desk:
        objections.advise(_objection(play, desk, at), desk.actor, outcome, said, desk.now)


@move(lambda view: view.objection == "heard", 0.8, bad=True)
def advise_on_what_one_decided(play: Play, at: str) -> None:
    decided = play.rows("SELECT proposed_by_id, confirmed_by_id FROM decisions WHERE application_id = ?",
                        play.dossiers[at][0])  # fmt: skip
    with play.act(play.names.get(play.among(play.among(decided or [(None,)])), "ineke")) as desk:
        objections.advise(_objection(play, desk, at), desk.actor, "unfounded", play.say("advies", at), desk.now)


@move(lambda view: view.objection == "advised", 6)
def propose_an_outcome(play: Play, at: str) -> None:
    refused = [tuple(one) for one in play.rows(
        "SELECT d.product_id, d.municipality_id FROM decisions d JOIN products p ON p.id = d.product_id"
        " WHERE d.application_id = ? AND d.outcome = 'refused' AND d.superseded_at IS NULL ORDER BY p.code",
        play.dossiers[at][0],
    )]  # fmt: skip
    outcome = play.among(("founded", "partly", "unfounded", "inadmissible"))
    cells = {"founded": refused, "partly": refused[:1]}.get(outcome, [])
    if play.chance(0.05):
        cells = refused[:1]
    with play.act(play.who(*MANAGERS, *INKOPERS)) as desk:
        said = play.reason(play.say("uitkomst", at))
        objections.propose(_objection(play, desk, at), desk.actor, outcome, said, cells, desk.now)


@move(lambda view: view.objection == "proposed", 0.7)
def send_an_outcome_back(play: Play, at: str) -> None:
    with play.act(play.who(*MANAGERS, *INKOPERS)) as desk:
        objections.send_back(_objection(play, desk, at), desk.actor, play.reason(play.say("terug", at)), desk.now)


@move(lambda view: view.objection == "proposed", 8)
def confirm_an_outcome(play: Play, at: str) -> None:
    with play.act(play.who(*MANAGERS, *INKOPERS)) as desk:
        one = _objection(play, desk, at)
        objections.require_second(one, desk.actor)
        number = f"B-2019-9{work.next_number(desk.db, one.authority_id, 'letters-of-objections'):03d}"
        agreement = work.agreement_of(desk.db, one.application_id)
        desk.db.add(objection_outcomes.confirm(one, desk.actor, number, desk.now, agreement=agreement))
    if play.changed:
        said = play.rows("SELECT reason, advice FROM objections WHERE application_id = ? AND state = 'decided'",
                         play.dossiers[at][0])  # fmt: skip
        play.tell(" ".join(each for row in said for each in row))

"""The file of one person concerned: who may do what, in which order, and what others hear of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.cli import integrity_script as act
from portal.domain import decisions, suspensions
from portal.domain import integrity_files as files
from portal.domain.integrity_files import Assessment
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Application, IntegrityCheck, IntegrityFile, IntegrityPaper, IntegrityRead, Message, Review
from portal.worker.tasks import TASKS
from tests import deciding
from tests.closing import close

FOUND = "Uit vonnissen blijkt dat de bestuurder zorggeld voor andere doelen gebruikte."
SERIOUS = act.serious(FOUND)
NONE = Assessment("none", "proceed", "In geen van de bronnen vonden wij iets dat op gevaar wijst.")


class Case:
    """One submitted application whose round is closed, with the file of the applicant."""

    def __init__(self, world):
        self.world = world
        self.application = world.submitted("anna")
        close(world, self.application)
        self.file = act.file_of(world.stage, self.application)
        self.bram, self.dina, self.anna = (world.people[one] for one in ("bram", "dina", "anna"))

    def state(self):
        with self.world.database.reading() as db:
            return db.get_one(IntegrityFile, self.file).state

    def outcome(self):
        with self.world.database.reading() as db:
            return db.get_one(IntegrityFile, self.file).check.outcome

    def do(self, who, function, *arguments, content=None, **more):
        act.opened(self.world.stage, who, self.file)
        if content is not None:
            return act.step(self.world.stage, who, self.file, content, function, **more)
        with self.world.database.transaction() as db:
            from portal.models import User

            function(db.get_one(IntegrityFile, self.file), db.get_one(User, who), *arguments, self.world.clock())
        return None

    def review(self):
        with self.world.database.reading() as db:
            return db.scalars(select(Review).where(Review.application_id == self.application)).one()

    def stands_still(self):
        with self.world.database.reading() as db:
            return suspensions.stands_still(db.get_one(Application, self.application), "decision")

    def work(self):
        task = next(one for one in TASKS if one.name == "suspensions_to_end")
        with self.world.database.reading() as db:
            ids = task.find(db, self.world.clock())
        for one in ids:
            task.handle(self.world.database, self.world.services, one)

    def ask(self):
        act.research(self.world.stage, self.bram, self.file, FOUND)
        self.do(self.bram, files.ask_advice, content={"text": FOUND})

    def receive(self, danger="serious"):
        self.do(self.bram, files.receive_advice, content={"danger": danger, "text": FOUND})


@pytest.fixture
def case(world):
    return Case(world)


def test_the_officer_proposes_and_another_person_decides_after_a_hearing(case):
    act.refuse(case.world.stage, case.bram, case.dina, case.anna, case.application, FOUND)

    assert (case.state(), case.outcome()) == ("decided", "objection")


def test_refusing_is_never_proposed_before_a_view_was_asked_about_it(case):
    act.research(case.world.stage, case.bram, case.file)

    with pytest.raises(Refused, match="zienswijze"):
        act.propose(case.world.stage, case.bram, case.file, SERIOUS, None, None)

    act.announce(case.world.stage, case.bram, case.file, SERIOUS)
    with pytest.raises(Refused, match="loopt nog"):
        act.propose(case.world.stage, case.bram, case.file, SERIOUS, None, "refuse")
    case.world.clock.advance(timedelta(days=20))
    act.opened(case.world.stage, case.bram, case.file)
    act.propose(case.world.stage, case.bram, case.file, SERIOUS, None, "refuse")
    assert case.state() == "proposed"


def test_what_was_announced_is_the_heaviest_that_may_follow(case):
    lesser = Assessment("lesser", "conditions", FOUND, conditions="Elk kwartaal een verklaring van een accountant.")
    act.research(case.world.stage, case.bram, case.file)
    act.announce(case.world.stage, case.bram, case.file, lesser)
    act.answer(case.world.stage, case.anna, case.file)

    with pytest.raises(Refused, match="Vraag eerst een zienswijze"):
        act.propose(case.world.stage, case.bram, case.file, SERIOUS, None, "conditions")

    act.propose(case.world.stage, case.bram, case.file, lesser, None, "conditions")
    act.decide(case.world.stage, case.dina, case.file, lesser)
    assert case.outcome() == "no_objection"


@pytest.mark.parametrize(
    ("found", "advised", "field"),
    [
        (Assessment("none", "proceed", "Kort."), None, "reasoning"),
        (Assessment("none", "refuse", FOUND, proportionality=act.PROPORTION), None, "consequence"),
        (Assessment("lesser", "refuse", FOUND, proportionality=act.PROPORTION), None, "consequence"),
        (Assessment("serious", "conditions", FOUND, conditions=FOUND), None, "consequence"),
        (Assessment("serious", "refuse", FOUND), None, "proportionality"),
        (Assessment("lesser", "conditions", FOUND), None, "conditions"),
        (Assessment("none", "proceed", FOUND), "serious", "deviation"),
        (Assessment("", "proceed", FOUND), None, "danger"),
    ],
)
def test_an_assessment_that_does_not_reason_what_it_must_is_refused(found, advised, field):
    with pytest.raises(Invalid) as refusal:
        files.require_reasoned(found, advised)

    assert set(refusal.value.problems) == {field}


def test_an_assessment_that_reasons_everything_is_accepted():
    files.require_reasoned(SERIOUS, "serious")
    files.require_reasoned(Assessment("none", "proceed", FOUND, deviation=FOUND), "serious")


def test_nobody_acts_on_a_file_that_was_not_opened_just_now(case):
    with pytest.raises(Refused, match="Open eerst"):
        act.step(case.world.stage, case.bram, case.file, {"items": {}}, files.note_research)

    act.opened(case.world.stage, case.bram, case.file)
    act.step(case.world.stage, case.bram, case.file, {"items": {}}, files.note_research)
    case.world.clock.advance(timedelta(minutes=30))
    with pytest.raises(Refused, match="Open eerst"):
        act.step(case.world.stage, case.bram, case.file, {"items": {}}, files.note_research)


def test_every_opening_is_kept_with_its_purpose(case):
    act.opened(case.world.stage, case.dina, case.file)

    with case.world.database.reading() as db:
        kept = db.scalars(select(IntegrityRead)).all()
        assert [(one.read_by_id, one.file_id, one.purpose) for one in kept] == [(case.dina, case.file, act.PURPOSE)]


@pytest.mark.parametrize("who", ["ineke", "renske", "bas", "wil"])
def test_nobody_else_opens_a_file(case, who):
    with pytest.raises(NotAllowed):
        act.opened(case.world.stage, case.world.people[who], case.file)


def test_the_officer_does_not_decide_and_the_decider_does_not_propose(case):
    act.research(case.world.stage, case.bram, case.file)
    act.opened(case.world.stage, case.dina, case.file)
    with pytest.raises(NotAllowed):
        act.propose(case.world.stage, case.dina, case.file, NONE, None, None)
    act.propose(case.world.stage, case.bram, case.file, NONE, None, None)

    with pytest.raises(NotAllowed):
        act.decide(case.world.stage, case.bram, case.file, NONE)

    act.decide(case.world.stage, case.dina, case.file, NONE)
    assert case.outcome() == "no_objection"


def test_the_decider_gives_a_proposal_back_with_a_reason(case):
    act.research(case.world.stage, case.bram, case.file)
    act.propose(case.world.stage, case.bram, case.file, NONE, None, None)
    act.opened(case.world.stage, case.dina, case.file)

    with pytest.raises(Invalid, match="30 tekens"):
        act.step(case.world.stage, case.dina, case.file, {"text": "Nee"}, files.send_back, remark="Nee")
    act.step(case.world.stage, case.dina, case.file, {"text": FOUND}, files.send_back, remark=FOUND)

    assert case.state() == "open"


def test_the_same_form_sent_twice_is_one_paper(case):
    act.opened(case.world.stage, case.bram, case.file)
    with case.world.database.transaction() as db:
        from portal.models import User

        file, bram = db.get_one(IntegrityFile, case.file), db.get_one(User, case.bram)
        for key in ("integrity/papers/a", "integrity/papers/b"):
            files.note_research(file, bram, key, "same", case.world.clock())

        assert [one.storage_key for one in file.papers] == ["integrity/papers/a"]


# Advice and the term


def test_advice_is_asked_after_own_research_only(case):
    act.opened(case.world.stage, case.bram, case.file)
    with pytest.raises(Refused, match="eigen onderzoek"):
        act.step(case.world.stage, case.bram, case.file, {"text": FOUND}, files.ask_advice)

    case.ask()
    assert case.state() == "suspended"


def test_the_term_of_the_decision_stands_still_until_the_advice_is_in(case):
    due_on = case.review().due_on
    case.ask()
    assert case.stands_still()
    assert case.review().due_on == due_on

    case.world.clock.advance(timedelta(days=30))
    case.receive()

    assert not case.stands_still()
    assert case.review().due_on == due_on + timedelta(days=30)


def test_the_suspension_ends_with_eight_weeks_whatever_the_bureau_does(case):
    due_on = case.review().due_on
    case.ask()
    case.world.clock.advance(timedelta(days=56))
    case.work()
    assert case.stands_still()  # the last day is still of the Bureau

    case.world.clock.advance(timedelta(days=9))
    case.work()
    assert (case.stands_still(), case.review().due_on) == (False, due_on + timedelta(days=56))

    case.do(case.bram, files.go_on_without)
    assert case.state() == "open"


def test_the_term_of_the_bureau_is_extended_once_by_four_weeks(case):
    case.ask()
    with case.world.database.reading() as db:
        before = db.get_one(IntegrityFile, case.file).advice.due_on

    case.do(case.bram, files.extend_advice)
    case.do(case.bram, files.extend_advice)

    with case.world.database.reading() as db:
        assert db.get_one(IntegrityFile, case.file).advice.due_on == before + timedelta(days=28)


def test_the_days_that_the_bureau_waits_for_an_answer_come_after_its_term(case):
    case.ask()
    with case.world.database.reading() as db:
        before = db.get_one(IntegrityFile, case.file).advice.due_on
    case.do(case.bram, files.pause_advice)
    case.world.clock.advance(timedelta(days=10))

    case.do(case.bram, files.continue_advice)

    with case.world.database.reading() as db:
        assert db.get_one(IntegrityFile, case.file).advice.due_on == before + timedelta(days=10)


def test_advice_about_which_nothing_runs_is_not_received(case):
    act.research(case.world.stage, case.bram, case.file)

    with pytest.raises(Refused, match="geen adviesaanvraag"):
        case.receive()


def test_after_advice_the_officer_alone_does_not_close_a_file(case):
    case.ask()
    case.receive("none")

    with pytest.raises(Refused, match="beslisser"):
        act.step(case.world.stage, case.bram, case.file, {"text": ""}, files.clear)
    with pytest.raises(Refused, match="beslisser"):
        act.clear(case.world.stage, case.bram, case.application)


# What the person concerned and others get


def test_only_signatories_hear_that_something_waits_and_the_mail_does_not_say_what(case):
    case.ask()

    with case.world.database.reading() as db:
        told = db.scalars(select(Message).where(Message.template == "confidential_waiting")).all()
        assert [one.to for one in told] == [case.world.emails["anna"]]
        subject, text = case.world.services.mail.render(told[0].template, {**told[0].facts, "portal_url": ""})
    for word in ("bibob", "integriteit", "advies", "bureau"):
        assert word not in (subject + text).lower()


def test_the_person_concerned_reads_the_decision_when_it_is_told_and_not_before(case, judge, person):
    act.refuse(case.world.stage, case.bram, case.dina, case.anna, case.application, FOUND)
    with case.world.database.transaction() as db:
        file = db.get_one(IntegrityFile, case.file)
        assert [one.kind for one in files.readable(file)] == ["intention", "view"]
        review = file.check.application.review
        judge(db, review, "ineke")
        decisions.propose(review, person(db, "ineke"), case.world.clock())
        decisions.confirm(review, person(db, "joris"), case.world.clock())
        deciding.tell(db, case.world, review.application)

        assert [one.kind for one in files.readable(file)] == ["intention", "view", "proposal"]


def test_a_view_is_of_a_signatory_of_that_organisation_in_time(case, person):
    act.research(case.world.stage, case.bram, case.file)
    act.announce(case.world.stage, case.bram, case.file, SERIOUS)

    with pytest.raises(NotFound):
        act.answer(case.world.stage, case.world.people["karim"], case.file)
    act.answer(case.world.stage, case.anna, case.file)
    case.world.clock.advance(timedelta(days=20))
    with pytest.raises(Refused, match="voorbij"):
        act.answer(case.world.stage, case.anna, case.file)


def test_an_objection_reaches_the_check_at_once_and_no_objection_only_when_everybody_was_looked_at(case):
    with case.world.database.transaction() as db:
        check = db.get_one(IntegrityFile, case.file).check
        check.files.append(
            IntegrityFile(authority_id=check.authority_id, position=1, state="open", result="", party_id=None)
        )
    act.research(case.world.stage, case.bram, case.file)
    act.step(case.world.stage, case.bram, case.file, {"text": ""}, files.clear)
    assert case.outcome() == "pending"

    other = act.file_of(case.world.stage, case.application, 1)
    act.opened(case.world.stage, case.bram, other)
    act.step(case.world.stage, case.bram, other, {"text": ""}, files.clear)

    assert case.outcome() == "no_objection"


def test_what_papers_say_is_in_no_column(case):
    act.refuse(case.world.stage, case.bram, case.dina, case.anna, case.application, FOUND)

    with case.world.database.reading() as db:
        kept = db.scalars(select(IntegrityPaper)).all()
        assert {one.kind for one in kept} == {"research", "intention", "view", "proposal", "decision"}
        assert all(one.storage_key.startswith("integrity/papers/") for one in kept)
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == case.application)).one()
        assert check.outcome == "objection"
    for one in kept:
        assert b"zorggeld" not in case.world.services.files.read(one.storage_key)

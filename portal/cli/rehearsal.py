"""What happens in a rehearsal: made-up applicants, each with a story, and officials who see every rule at work.

The stories are fixed by the number of applicants and the seed. What must come of them is written in `RESULTS`,
apart from the code under rehearsal; whatever differs is a problem, and the command says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select

from portal.adapters.clock import MovedClock
from portal.cli import applicants, cast, integrity_script, rehearsal_count, scoring_script, script, vault_script
from portal.cli.applicants import RESULTS, Applicant, Offer
from portal.cli.cast import Stage
from portal.cli.rehearsal_places import Place, place_of, sinking
from portal.cli.script import Verdict
from portal.domain import agreements, calendar, late, releases, reviews, running_terms, vault_opening
from portal.domain.procedures import KINDS
from portal.errors import NotAllowed, Refused, RoundClosed
from portal.models import Agreement, Application, Decision, Procedure, RemedyRequest, Review, User, new_id
from portal.worker import run_until_idle

INKOPERS = ("Ineke Bos", "Joris van Dam", "Esra Demir")
ASSESSORS = ("Nora Prins", "Stef van Loon", "Amir Kaya")
BATCHES = 5
"""Groups of applicants that fill in their applications on the same day."""

OBJECTS = "Wij voldoen wel aan deze eis: het stuk zat bij onze aanmelding."
HOLDS = "Het stuk dat is ingediend, bewijst niet dat aan de eis is voldaan."
FAILS = "Uit de stukken blijkt niet dat u aan deze eis voldoet."
ASKS = "Het stuk is niet volledig. Stuur het volledige stuk."
STILL_FAILS = "Wij vroegen het volledige stuk en kregen het niet binnen de termijn."


class Phases(Protocol):
    """Says what is going on: a phase of so many steps, and each step that is done."""

    def phase(self, name: str, steps: int) -> AbstractContextManager[None]: ...

    def step(self) -> None: ...


class Rehearsal:
    """One round, phase by phase. After `run`: `outcomes` (counts), `decisions` and `problems` (what did not add up)."""

    def __init__(
        self, stage: Stage, clock: MovedClock, procedure_id: str, count: int, seed: int, phases: Phases
    ) -> None:
        self.stage, self.clock, self.phases, self.seed = stage, clock, phases, seed
        self.outcomes: dict[str, int] = {}
        self.problems: list[str] = []
        self.decisions: list[dict[str, str]] = []
        self.receipts: list[dict[str, Any]] = []
        self.refusals: Counter[str] = Counter()
        with stage.database.reading() as db:
            procedure = db.get_one(Procedure, procedure_id)
            first = procedure.rounds[0]
            self.authority_id, self.round_id = procedure.authority_id, first.id
            self.opens_at, self.closes_at = first.opens_at, first.closes_at
            self.starts_on = first.agreements_start_on
            self.has_standstill = procedure.settings["terms"]["standstill_days"] > 0
            self.has_objections = running_terms.length_in(procedure.settings["terms"], "objection").number > 0
            self.has_integrity = procedure.asks_integrity_check
            self.has_award = KINDS[procedure.kind].has_award
            self.has_vault = KINDS[procedure.kind].has_vault
            self.offer = Offer(first)
        self.applicants = applicants.gather(count, seed, self.offer, has_integrity=self.has_integrity)
        self.people: dict[str, str] = {}

    def run(self) -> None:
        """Play the whole round."""
        size = len(self.applicants)
        for name, act, steps in (
            ("prepare", self._prepare, size),
            ("apply", self._apply, size),
            ("close", self._close, 1),
            ("screen", self._screen, size),
            ("remedy", self._remedy, 1),
            ("decide", self._decide, size),
            ("standstill", self._stand_still, 1),
            ("sign", self._sign, size),
            ("verify", self._verify, size),
        ):
            with self.phases.phase(name, steps):
                act()

    # Helpers of the phases

    def _told(self, *stories: str) -> list[Applicant]:
        return [one for one in self.applicants if one.story in stories]

    @property
    def _in_review(self) -> list[Applicant]:
        return [one for one in self.applicants if RESULTS[one.story] != "lapsed"]

    @property
    def _admitted(self) -> list[Applicant]:
        """Whoever has something to sign for, as decided: in a tender that follows from the award, not the story."""
        with self.stage.database.reading() as db:
            admitted = set(db.scalars(select(Decision.application_id).where(Decision.outcome == "admitted")))
        return [one for one in self.applicants if one.application_id in admitted]

    def _work(self) -> None:
        run_until_idle(self.stage.database, self.stage.services)

    @contextmanager
    def _refuses(self, what: str, error: type[Exception]) -> Iterator[None]:
        """What happens inside must be refused; being let through is a problem."""
        try:
            yield
        except error:
            self.refusals[what] += 1
        else:
            self.problems.append(f"{what}: dit had geweigerd moeten worden")

    def _places(self, one: Applicant) -> list[Place]:
        with self.stage.database.reading() as db:
            review = db.scalars(select(Review).where(Review.application_id == one.application_id)).one()
            grouped = {
                code for group in review.application.round.settings.get("groups", []) for code in group["requirements"]
            }
            return [place_of(item, grouped) for item in reviews.items(review)]

    # The phases

    def _prepare(self) -> None:
        """The day before the round opens: officials are appointed, organisations register, nobody can apply yet."""
        for index, name in enumerate(INKOPERS):
            self._appoint(f"inkoper{index}", name, "inkoper")
        self._appoint("manager", "Renske Vos", "round_manager")
        self._appoint("officer", "Bram Kuiper", "integrity_officer")
        self._appoint("decider", "Dina Mulder", "integrity_decider")
        self._appoint("signatory", "Wil de Haan", "authority_signatory")
        self._appoint("adviser", "Lotte Mees", "authority_signatory")
        if self.has_award:
            for index, name in enumerate(ASSESSORS):
                self._appoint(f"assessor{index}", name, "assessor")
        if self.has_vault:
            self._set_up_vault()
        for one in self.applicants:
            town = self.offer.towns[one.number % len(self.offer.towns)]
            form = cast.organisation_form(one.name, f"9980{one.number:04d}", town, one.chance)
            form["legal_form"] = one.legal_form
            email = f"bestuur@proefzorg{one.number + 1:03d}.example"
            one.user_id = cast.register(self.stage, form, f"Sam de Proef {one.number + 1:02d}", email)
            applicants.choose(one, self.offer)
            self.phases.step()
        early = self.applicants[0]
        with self._refuses("before_opening", Refused):
            cast.start(self.stage, early.user_id, self.round_id, early.cells)

    def _appoint(self, key: str, name: str, role: str) -> None:
        self.people[key] = cast.official(self.stage, self.authority_id, name, f"{key}@proefregio.example", [role])

    def _set_up_vault(self) -> None:
        """Two holders, none of whom assesses."""
        self._appoint("holder", "Lies Hofman", "authority_signatory")
        self.holders = self.people["inkoper0"], self.people["holder"]
        vault_script.set_up(self.stage, self.round_id, self.people["manager"], self.holders, cast.PASSWORD)

    def _open_vault(self) -> None:
        """Two people on two logins; one of them alone is refused, and so is the second after ten minutes."""
        first, second = self.holders
        login = vault_script.ask(self.stage, self.round_id, first, cast.PASSWORD)
        with self._refuses("opened_alone", NotAllowed):
            vault_script.complete(self.stage, self.round_id, first, cast.PASSWORD)
        self.clock.advance(vault_opening.WITHIN)
        with self._refuses("opened_too_late", Refused):
            vault_script.complete(self.stage, self.round_id, second, cast.PASSWORD)
        vault_script.ask(self.stage, self.round_id, first, cast.PASSWORD, login)
        vault_script.complete(self.stage, self.round_id, second, cast.PASSWORD)
        self._work()

    def _apply(self) -> None:
        """Everybody fills vault and application; most submit, one withdraws, one waits too long."""
        span = (self.closes_at - self.opens_at) / (BATCHES + 1)
        for batch in range(BATCHES):
            self.clock.set(self.opens_at + span * batch + timedelta(hours=2))
            for one in self.applicants[batch::BATCHES]:
                self._fill_in(one)
                self.phases.step()
        self.clock.set(self.closes_at - timedelta(days=2))
        for one in self._told("withdrawn"):
            cast.withdraw(self.stage, one.user_id, one.application_id)
        self._work()

    def _fill_in(self, one: Applicant) -> None:
        one.application_id = cast.start(self.stage, one.user_id, self.round_id, one.cells)
        applicants.join(self.stage, one)
        cast.fill_in(self.stage, one.user_id, one.application_id, one.chance)
        scoring_script.write_offers(self.stage, one.user_id, one.application_id, one.chance)
        if one.story not in {"late", "never_submitted"}:
            cast.submit(self.stage, one.user_id, one.application_id)

    def _close(self) -> None:
        """A microsecond before closing is in time; the instant itself is too late. Then the worker takes in."""
        self.clock.set(self.closes_at - timedelta(microseconds=1))
        for one in self._in_review[:1]:
            cast.submit(self.stage, one.user_id, one.application_id)
        self.clock.set(self.closes_at)
        for one in self._told("late"):
            with self._refuses("at_the_instant", RoundClosed):
                cast.submit(self.stage, one.user_id, one.application_id)
            with self.stage.database.transaction() as db:
                application, user = db.get_one(Application, one.application_id), db.get_one(User, one.user_id)
                db.add(late.record(application, user, self.clock(), new_id()))
        if self.has_vault:
            with self._refuses("opened_before_closing", Refused):
                vault_script.ask(self.stage, self.round_id, self.holders[0], cast.PASSWORD)
        self._work()
        if self.has_vault:
            self._open_vault()

    def _inkopers(self, one: Applicant) -> tuple[str, str]:
        """First and second inkoper. Nobody judges where they declared an interest."""
        able = [self.people[f"inkoper{index}"] for index in range(len(INKOPERS))]
        if self._in_review[:1] == [one]:
            return able[1], able[2]
        return able[one.number % 3], able[(one.number + 1) % 3]

    def _screen(self) -> None:
        """Interests, integrity outcomes and a verdict at every place."""
        self.clock.advance(timedelta(days=1))
        for index in range(len(INKOPERS)):
            conflicts = {one.application_id: "Een familielid werkt hier." for one in self._in_review[:1] if index == 0}
            script.declare(self.stage, self.people[f"inkoper{index}"], self.round_id, conflicts)
        if self.has_integrity:
            script.declare(self.stage, self.people["officer"], self.round_id)
        for one in self._in_review:
            self.clock.advance(timedelta(minutes=20))
            if self.has_integrity:
                officer, decider = self.people["officer"], self.people["decider"]
                if one.story == "objection":
                    note = "Verzonnen motivering van de proefronde."
                    integrity_script.refuse(self.stage, officer, decider, one.user_id, one.application_id, note)
                else:
                    integrity_script.clear(self.stage, officer, one.application_id)
            script.judge(self.stage, self._inkopers(one)[0], one.application_id, self._verdicts(one))
            self.phases.step()

    def _verdicts(self, one: Applicant) -> dict[str, Verdict]:
        places = self._places(one)
        if one.story == "refused":
            return dict.fromkeys(sinking(places), Verdict("fails", FAILS))
        if one.story in {"remedied", "remedied_late"}:
            return dict.fromkeys(sinking(places), Verdict("remedy", ASKS))
        if one.story == "refused_lot":
            lot = one.lots[-1]
            chosen = sorted({code for code, _ in one.cells if code in self.offer.lots[lot]})
            unwanted = tuple(chosen if len(one.lots) > 1 else chosen[-1:])
            whole = [place for place in places if place.is_whole]
            own = [place for place in whole if place.lot == lot] or [place for place in whole if place.lot is None]
            return {own[0].key: Verdict("fails", FAILS, unwanted)}
        return {}

    def _remedy(self) -> None:
        """One round of remedy: answered in time, or the term passes and an answer is refused."""
        asked = {
            one.number: script.ask_remedy(self.stage, self._inkopers(one)[0], one.application_id)
            for one in self._told("remedied", "remedied_late")
        }
        self.clock.advance(timedelta(days=1))
        for one in self._told("remedied"):
            script.answer_remedy(self.stage, one.user_id, asked[one.number], "Het volledige stuk zit erbij.")
        with self.stage.database.reading() as db:
            ends_at: datetime | None = db.scalar(select(func.max(RemedyRequest.due_at)))
        if ends_at is not None:
            self.clock.set(ends_at)
        for one in self._told("remedied_late"):
            with self._refuses("remedy_too_late", Refused):
                script.answer_remedy(self.stage, one.user_id, asked[one.number], "Het volledige stuk zit erbij.")
        self._work()
        self.clock.advance(timedelta(hours=10))
        for one in self._told("remedied", "remedied_late"):
            verdict = Verdict("meets") if one.story == "remedied" else Verdict("fails", STILL_FAILS)
            verdicts = dict.fromkeys(sinking(self._places(one)), verdict)
            script.judge(self.stage, self._inkopers(one)[0], one.application_id, verdicts)

    def _decide(self) -> None:
        """Proposed by one, confirmed by another, a refusal approved by a third; released and told in a letter."""
        for one in self._in_review:
            first, second = self._inkopers(one)
            script.propose(self.stage, first, one.application_id)
            with self._refuses("own_proposal", NotAllowed):
                script.confirm(self.stage, first, one.application_id)
            script.confirm(self.stage, second, one.application_id)
            self.phases.step()
        if self.has_award:
            self._award()
        self._approve()
        for one in self._in_review:
            self.clock.advance(timedelta(minutes=5))
            script.tell(self.stage, self.people["manager"], one.application_id)
        self._work()
        self._object()

    def _object(self) -> None:
        """One who was refused objects; who decided may not advise, and without a reason to it nothing changes."""
        for one in self._told("refused")[:1] if self.has_objections else ():
            first, second = self._inkopers(one)
            key = script.object_to(self.stage, one.user_id, one.application_id, OBJECTS)
            with self._refuses("own_advice", NotAllowed):
                script.decide_objection(self.stage, (first, self.people["manager"], second), key, HOLDS)
            script.decide_objection(self.stage, (self.people["adviser"], first, second), key, HOLDS)
            self._work()

    def _approve(self) -> None:
        """Nothing is refused before somebody who signs for the authority approves it."""
        for one in self._in_review:
            with self.stage.database.reading() as db:
                asks = releases.asks_approval(db.get_one(Application, one.application_id))
            if asks:
                with self._refuses("told_unapproved", Refused):
                    script.tell(self.stage, self.people["manager"], one.application_id)
                script.approve(self.stage, self.people["signatory"], one.application_id)

    def _award(self) -> None:
        """In a tender: what meets the minimum is scored and compared, and the award is settled by two people."""
        with self._refuses("told_before_award", Refused):
            script.tell(self.stage, self.people["manager"], self._told("admitted")[0].application_id)
        officials = scoring_script.Officials(
            assessors=[self.people[f"assessor{index}"] for index in range(len(ASSESSORS))],
            chair=self.people["manager"],
            second=self.people["signatory"],
        )
        scoring_script.award_round(self.stage, self.round_id, officials, cast.dice(self.seed))

    def _stand_still(self) -> None:
        """Until the last second of the standstill there is no agreement; from its end there are all."""
        with self.stage.database.reading() as db:
            ends = [
                agreements.standstill_ends_at(db.get_one(Application, one.application_id)) for one in self._admitted
            ]
        last = max((end for end in ends if end is not None), default=None)
        if last is None:
            return
        if self.has_standstill:
            self.clock.set(min(end for end in ends if end is not None) - timedelta(seconds=1))
            self._work()
            with self.stage.database.reading() as db:
                if db.scalar(select(func.count()).select_from(Agreement)):
                    self.problems.append("er is een overeenkomst gemaakt terwijl de opschortende termijn liep")
        self.clock.set(max(last, self.clock()))
        self._work()

    def _sign(self) -> None:
        """First the provider, then the authority; at the latest on the first day of the agreements."""
        first_day = calendar.local_instant(self.starts_on, time(9))
        self.clock.set(max(self.clock() + timedelta(days=1), first_day))
        for one in self._admitted:
            with self._refuses("authority_first", Refused):
                script.sign(self.stage, self.people["signatory"], one.application_id)
            script.sign(self.stage, one.user_id, one.application_id)
        self._work()
        self.clock.advance(timedelta(hours=1))
        for one in self._admitted:
            script.sign(self.stage, self.people["signatory"], one.application_id)
            self.phases.step()
        self._work()

    def _verify(self) -> None:
        """Count what there is, and compare it with what the stories promise."""
        self.outcomes = rehearsal_count.outcomes(self.stage, self.authority_id)
        self.outcomes |= {f"refused_{what}": count for what, count in sorted(self.refusals.items())}
        expected = Counter(RESULTS[one.story] for one in self.applicants)
        self.problems += rehearsal_count.differences(self.outcomes, expected, has_award=self.has_award)
        self.decisions = rehearsal_count.decisions(self.stage, {one.application_id: one for one in self.applicants})
        self.problems += rehearsal_count.unsigned(self.stage, self.phases.step)
        self.receipts = rehearsal_count.receipts_checked(self.stage, self.phases.step)
        self.problems += [f"ontvangstbewijs {one['number']} klopt niet" for one in self.receipts if not one["holds"]]

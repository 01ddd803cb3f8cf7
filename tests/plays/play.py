"""One play: people act on two dossiers in an order that chance chooses, each act as the portal does it.

Everything that chance decides comes from a seed, so a play can be played again (`running`).
"""

from __future__ import annotations

import dataclasses
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.errors import NotFound, PortalError, Refused
from portal.models import Application, IntegrityCheck, Review, Round, User
from portal.queries import dossiers, tenancy
from portal.queries import reviews as review_queries
from tests.plays.home import DECLARED, Home
from tests.plays.view import INKOPERS_NOW, LAST, OWN, VIEW, View

INKOPERS, MANAGERS = ("ineke", "joris", "kees"), ("renske", "rosa")
OFFICIALS = (*INKOPERS, *MANAGERS, "wil", "bram", "dina", "ingrid", "bas", "olga")
APPLICANTS = ("anna", "karim", "lies")
EVERYBODY = (*OFFICIALS, *APPLICANTS)
SECRET = re.compile(r"\b[a-z]+geheim\d+\b")


class Desk:
    """One transaction of one person: what it may load, it loads as the pages do."""

    def __init__(self, db: Session, actor: User, now: datetime, round_id: str) -> None:
        self.db, self.actor, self.now, self.round_id = db, actor, now, round_id

    def review(self, key: str) -> Review:
        """A dossier, by the address of its page: nothing for who has an interest, nothing before declaring."""
        found = dossiers.dossier(self.db, key, self.actor.id)
        if found is None:
            raise NotFound("Dit bestaat niet.")
        if not found.is_declared:
            raise Refused("Verklaar eerst uw belangen.")
        return found.review

    def round(self) -> Round:
        found = review_queries.round_in_review(self.db, self.round_id)
        if found is None:
            raise NotFound("Dit bestaat niet.")
        return found

    def application(self, key: str) -> Application:
        found = self.db.get(Application, key)
        if found is None:
            raise NotFound("Dit bestaat niet.")
        return found

    def check(self, key: str) -> IntegrityCheck:
        """The check of one application."""
        found = self.db.scalar(select(IntegrityCheck).where(IntegrityCheck.application_id == key))
        if found is None:
            raise NotFound("Dit bestaat niet.")
        return found


class Play:
    """A fresh world, the chance of this play, and what was said and done in it.

    `care` is the share of the steps after which also is held what takes long to look at.
    """

    def __init__(self, home: Home, seed: int, care: float = 0.2) -> None:
        self.home, self.seed, self.world, self.care = home, seed, home.world, care
        chance = random.Random(seed)
        self.mode = chance.choice(("confirms", "refusals", "all"))
        self.approval = chance.choice(("refusals", "refusals", "all", "nobody"))
        self.rounds = chance.choice((1, 1, 1, 2, 0))
        self.suspends = chance.random() < 0.5
        terms = {
            "second_reviewer": self.mode, "remedy_rounds": self.rounds, "remedy_suspends": self.suspends,
            "remedy_excluded": "Herstel is hier uitgesloten.",
        }  # fmt: skip
        declared = chance.choice((DECLARED,) * 8 + ((), ("ineke",)))
        home.begin(declared, terms=terms, letters={"approval": self.approval})
        self.watching = home.observer()
        self.names = {key: name for name, key in self.world.people.items()}
        self.dossiers = {
            self.names[who]: (application, review)
            for application, review, who in self.rows(
                "SELECT a.id, r.id, s.submitted_by_id FROM applications a JOIN reviews r ON r.application_id = a.id"
                " JOIN submissions s ON s.id = r.submission_id"
            )
        }
        (closed_at,) = self.rows("SELECT closes_at FROM rounds WHERE id = ?", self.world.rounds["2020-1"])[0]
        self.world.clock.set(datetime.fromisoformat(f"{closed_at}+00:00") + timedelta(hours=3))
        self.c = chance
        self.story: list[str] = []
        self.counts: Counter[str] = Counter()
        self.number = 0
        self.changed = False
        self.refusals: list[PortalError] = []
        self.memory: dict[Any, Any] = {}
        self.readable: set[str] = set()
        self.owner: dict[str, str] = {}

    def close(self) -> None:
        self.watching.close()

    # What a move asks

    def rows(self, sql: str, *values: Any, **named: Any) -> list[tuple[Any, ...]]:
        """What was committed, read beside the portal."""
        return self.watching.execute(sql, named or values).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        """The first value of the first row; None when there is none."""
        found = self.watching.execute(sql, values).fetchone()
        return found[0] if found else None

    @property
    def now(self) -> datetime:
        return self.world.clock()

    def chance(self, share: float) -> bool:
        return self.c.random() < share

    def among(self, options: Iterable[Any]) -> Any:
        return self.c.choice(sorted(options) if isinstance(options, (set, frozenset)) else list(options))

    def who(self, *right: str) -> str:
        """One of those who can do this; now and then somebody else tries."""
        return self.among(right if right and self.chance(0.93) else OFFICIALS)

    def first(self, at: str) -> str:
        """Who screens this dossier, or may begin."""
        first = self.view(at).first
        return self.who(*((first,) if first else self.inkopers(at)))

    def applicant(self, at: str) -> str:
        """The signatory of the dossier; now and then a colleague who only reads, or a competitor."""
        return at if self.chance(0.9) else self.among(APPLICANTS)

    def say(self, what: str, at: str = "", *, length: int = 1) -> str:
        """A text with a word of its own, by which it is found wherever it comes out. It is about the dossier `at`."""
        self.number += 1
        secret = f"{what}geheim{self.number}"
        self.owner[secret] = at
        return " ".join([f"Hierover schrijft men {secret}, met genoeg woorden."] * length)

    def reason(self, text: str) -> str:
        """A reason; now and then an empty or a short one, which is refused."""
        return text if self.chance(0.93) else self.among(("", "te kort", "   "))

    def tell(self, text: str) -> None:
        """What is said in `text` may be read by the applicant from now on."""
        self.readable.update(SECRET.findall(text))

    # Acting

    @contextmanager
    def act(self, who: str, *, logged: bool = True) -> Iterator[Desk]:
        """One transaction of one person. What is refused changes nothing; what changes something is in the log.

        `logged` False: the next save of what somebody is still writing, which is the same act going on.
        """
        version, last = self._version(), self.one("SELECT max(id) FROM audit_events")
        try:
            with self.world.database.transaction() as db:
                actor = db.get_one(User, self.world.people[who])
                if actor.authority_id not in (None, self.world.authority_id):
                    tenancy.narrow(db, actor.authority_id)  # for the others it would leave out nothing, at a price
                yield Desk(db, actor, self.now, self.world.rounds["2020-1"])
        except PortalError as error:
            self.refusals.append(error)
            self.counts[f"why {self.story[-1].split()[0]}: {str(error)[:70]}"] += 1
            self.story.append(f"    {who}: {type(error).__name__}: {error}")
            assert self._version() == version, "what was refused changed something"
            return
        is_changed = self._version() != version
        self.story.append(f"    {who}: {'done' if is_changed else 'nothing new'}")
        if is_changed and logged:
            assert self.one("SELECT max(id) FROM audit_events") > last, "a change that is in no log"
        self.changed |= is_changed

    def _version(self) -> int:
        return int(self.one("PRAGMA data_version"))

    def view(self, at: str) -> View:
        """How a dossier stands."""
        application, review = self.dossiers[at]
        row = self.rows(VIEW, application=application, review=review)[0]
        places = self.memory.setdefault(("places", at), self._places(at))
        last = {place: verdict for place, verdict, *_ in self.rows(LAST, review)}
        return View(
            application, review, row[0], self.names.get(row[1], ""), places - len(last),
            sum(one == "remedy" for one in last.values()), *row[2:10], bool(row[10]), bool(row[11]),
            self.names.get(row[12], ""), bool(row[13]),
            self.mode == "all" or (self.mode == "refusals" and bool(row[11])), self.names.get(row[14], ""),
            bool(row[13]) and self._differ(review), row[7] < self.rounds, bool(row[5]) and self._is_current(review),
            len(self.inkopers(at)),
            row[4] == "approved" or (row[4] in {"composed", "agreed"} and not self._asks_approval(bool(row[11]))),
            row[15],
        )  # fmt: skip

    def _asks_approval(self, is_refused: bool) -> bool:
        return self.approval == "all" or (self.approval == "refusals" and is_refused)

    def _is_current(self, review: str) -> bool:
        """Whether the remedy that is prepared rests on the verdicts of now."""
        questions = json.loads(self.one("SELECT questions FROM remedy_drafts WHERE review_id = ?", review))
        last = {place: (verdict, number) for place, verdict, _, _, number in self.rows(LAST, review)}
        wanted = {number for verdict, number in last.values() if verdict == "remedy"}
        return {one["finding"] for one in questions.values()} == wanted

    def _differ(self, review: str) -> bool:
        """Whether first and second reviewer still differ somewhere."""
        first = {place: (verdict, codes) for place, verdict, codes, agreed, _ in self.rows(LAST, review) if not agreed}
        own = {place: (verdict, codes) for place, verdict, codes in self.rows(OWN, review)}
        return any(own.get(place) != verdict for place, verdict in first.items())

    def inkopers(self, at: str, *besides: str) -> list[str]:
        """The inkopers who can screen this dossier now, without some."""
        found = self.rows(INKOPERS_NOW, application=self.dossiers[at][0])
        return sorted({self.names[one] for (one,) in found} - set(besides))

    def _places(self, at: str) -> int:
        manifest = self.one(
            "SELECT s.manifest FROM submissions s JOIN reviews r ON r.submission_id = s.id WHERE r.id = ?",
            self.dossiers[at][1],
        )
        return int(str(manifest).count('"requirement_version":'))


# Moves

Act = Callable[[Play, str], None]


@dataclasses.dataclass(frozen=True)
class Move:
    """Something that somebody can try. `likely` says when it may well succeed, `weight` how often that is chosen."""

    name: str
    act: Act
    likely: Callable[[View], Any]
    weight: float
    is_bad: bool


MOVES: dict[str, Move] = {}


def move(likely: Callable[[View], Any], weight: float = 1.0, *, bad: bool = False) -> Callable[[Act], Act]:
    """Add a move. A `bad` one must be refused whenever it is `likely`."""

    def add(act: Act) -> Act:
        MOVES[act.__name__] = Move(act.__name__, act, likely, weight, bad)
        return act

    return add

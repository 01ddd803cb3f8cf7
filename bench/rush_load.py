"""The people of the deadline rush: light HTTP clients, each act at its own moment, whatever the server makes of it.

The time of an act counts from the moment it was due, so a server that falls behind does not look faster for it.
"""

from __future__ import annotations

import hashlib
import http.client
import math
import os
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from bench.rush_ground import Person, Playground
from bench.upload import MB, document
from portal.adapters.clock import system_now
from portal.domain.applications import ACCEPTED

MEDIAN, P99 = 0.6 * MB, 12 * MB
SPREAD = math.log(P99 / MEDIAN) / 2.326
"""Sizes of files: log-normal, median 0.6 MB, one in a hundred over 12 MB."""

CLIENTS = 200
PATIENCE = 60.0
BODIES = 40
TEXT = "Wij werken met een vast team en evalueren elk kwartaal met de cliënt en de gemeentelijke toegang. "


@dataclass
class Seen:
    """What the clients saw: seconds per act, answers that were no good, and what was acknowledged."""

    times: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    busy: int = 0
    submitted: dict[str, str] = field(default_factory=dict)
    uploaded: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[datetime, datetime]] = field(default_factory=list)
    """Of who was told it was too late: when it was sent and when the answer came."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def note(self, act: str, due: float, problem: str = "") -> None:
        with self._lock:
            self.times[act].append((due, time.monotonic() - due))
            if problem:
                self.errors[act].append(problem)

    def quantile(self, act: str, part: float) -> float:
        """In milliseconds."""
        times = sorted(taken for _, taken in self.times[act])
        return times[min(len(times) - 1, int(len(times) * part))] * 1000 if times else math.nan


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str
    retry_after: int


class Crowd:
    """Everybody who acts, over one server at `port`."""

    def __init__(self, ground: Playground, port: int, seed: int) -> None:
        self.ground, self.port, self.seen = ground, port, Seen()
        self.chance = random.Random(seed)
        self._bodies = [document(size / MB) for size in self._sizes()]
        self._body_lock, self._version_lock = threading.Lock(), threading.Lock()
        drafts = list(ground.drafts)
        self.chance.shuffle(drafts)
        self.typists, self.uploaders, self.submitters = drafts[:40], drafts[40:80], drafts[80:]
        self._versions = {one.application_id: one.version for one in self.typists}
        self._typing = {one.application_id: threading.Lock() for one in self.typists}
        self._next, self.closes_at = 0, datetime.max.replace(tzinfo=UTC)

    @property
    def is_over(self) -> bool:
        """The round has closed, as far as this machine knows: being refused is right from here on."""
        return system_now() >= self.closes_at

    def _sizes(self) -> list[float]:
        chance = random.Random(2)
        return [min(24 * MB, max(20_000, chance.lognormvariate(math.log(MEDIAN), SPREAD))) for _ in range(BODIES)]

    def _ask(self, method: str, path: str, person: Person, body: object = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body, headers={"Cookie": person.cookie, **headers})  # type: ignore[arg-type]
            got = connection.getresponse()
            text = got.read().decode(errors="replace")
            return Answer(got.status, got.headers.get("Location", ""), text, int(got.headers.get("Retry-After", 0)))
        finally:
            connection.close()

    def _timed(self, act: str, due: float, wanted: tuple[int, ...], ask: Callable[[], Answer]) -> Answer | None:
        """Ask, again when the server says it is too busy and when to come back; note how long it took in all."""
        problem, answer = "", None
        try:
            answer = ask()
            while answer.status == 503 and answer.retry_after and time.monotonic() - due < PATIENCE:
                self.seen.busy += 1
                time.sleep(answer.retry_after)
                answer = ask()
            if answer.status not in wanted and not (answer.status == 409 and self.is_over):
                problem = str(answer.status)
        except (OSError, http.client.HTTPException) as error:
            problem = type(error).__name__
        self.seen.note(act, due, problem)
        return answer

    # The acts

    def browse(self, due: float) -> None:
        """A reviewer's next page: the list, the round, or one of the dossiers."""
        person = self.chance.choice(self.ground.reviewers)
        pages = ["/beoordelen", f"/rondes/{self.ground.closed_round_id}"]
        pages += [f"/beoordelen/{one}" for one in self.chance.sample(self.ground.review_ids, 4)]
        path = self.chance.choice(pages)
        # After the closing there is a round more to screen: a reviewer is first asked for its interests.
        wanted = (200, 303) if self.is_over else (200,)
        self._timed("page", due, wanted, lambda: self._ask("GET", path, person))

    def type(self, due: float) -> None:
        """One autosave. A person's saves follow each other, each on the version that the last one gave back."""
        draft = self.chance.choice(self.typists)
        with self._typing[draft.application_id]:
            form = {
                "csrf_token": draft.person.token,
                "text": TEXT * 4 + f"{due}",
                "based_on": self._versions[draft.application_id],
            }
            path = f"/aanmeldingen/{draft.application_id}/eisen/{draft.place}"
            answer = self._timed(
                "autosave", due, (200,), lambda: self._post(path, draft.person, form, Accept="text/plain")
            )
            if answer is not None and answer.status == 200:
                self._versions[draft.application_id] = int(answer.text)

    def _post(self, path: str, person: Person, form: dict[str, object], **headers: str) -> Answer:
        body = urlencode(form, doseq=True).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, person, body, **kind, **headers)

    def upload(self, due: float) -> None:
        draft = self.chance.choice(self.uploaders)
        with self._body_lock:
            body = bytearray(self.chance.choice(self._bodies))
        middle = len(body) // 2
        body[middle : middle + 16] = os.urandom(16)
        headers = {
            "X-CSRFToken": draft.person.token,
            "X-File-Name": "stuk.pdf",
            "Content-Type": "application/octet-stream",
        }
        digest = hashlib.sha256(body).hexdigest()
        put = lambda: self._ask("PUT", "/documenten/upload/other", draft.person, body, **headers)  # noqa: E731
        answer = self._timed("upload", due, (201,), put)
        if answer is not None and answer.status == 201:
            self.seen.uploaded.append((draft.application_id, digest))

    def submit(self, due: float) -> None:
        """The check page, then submitting, then the receipt. Too late is an answer, not an error."""
        with self._version_lock:
            draft, self._next = self.submitters[self._next % len(self.submitters)], self._next + 1
        path = f"/aanmeldingen/{draft.application_id}/indienen"
        page = self._timed("check page", due, (200,), lambda: self._ask("GET", path, draft.person))
        found = re.search(r'name="attempt" value="([^"]+)"', page.text) if page else None
        if found is None:
            return
        form = {"csrf_token": draft.person.token, "attempt": found.group(1), "accepted": list(ACCEPTED)}
        started, sent_at = time.monotonic(), system_now()
        answer = self._timed("submit", started, (303, 409), lambda: self._post(path, draft.person, form))
        if answer is None:
            return
        if answer.status == 303:
            self.seen.submitted[draft.application_id] = answer.location.rpartition("/")[2]
            due = time.monotonic()
            self._timed("receipt page", due, (200,), lambda: self._ask("GET", answer.location, draft.person))
        elif answer.status == 409:
            self.seen.refused.append((sent_at, system_now()))


@dataclass(frozen=True)
class Rates:
    """Acts per second of the peak minute: 60 submits and 150 uploads a minute, 10 autosaves a second, 25 reviewers."""

    submit: float = 1.0
    upload: float = 2.5
    type: float = 10.0
    browse: float = 5.0

    def times(self, factor: float) -> Rates:
        return Rates(self.submit * factor, self.upload * factor, self.type * factor, self.browse * factor)


def plan(rates: Rates, seconds: float, chance: random.Random) -> list[tuple[float, str]]:
    """When what is due: seconds from the start, each kind of act by chance at its rate."""
    moments = []
    for act, rate in vars(rates).items():
        at = chance.expovariate(rate)
        while at < seconds:
            moments.append((at, act))
            at += chance.expovariate(rate)
    return sorted(moments)


def play(crowd: Crowd, moments: list[tuple[float, str]]) -> None:
    """Do everything at its moment, then wait for what is still under way."""
    start = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        running: list[Future[None]] = []
        for at, act in moments:
            time.sleep(max(0.0, start + at - time.monotonic()))
            running.append(clients.submit(getattr(crowd, act), start + at))
        for one in running:
            one.result()


def one_by_one(crowd: Crowd, times: int) -> None:
    """Each act so many times, alone on the machine."""
    for _ in range(times):
        for act in ("submit", "upload", "type", "browse"):
            getattr(crowd, act)(time.monotonic())
            time.sleep(0.05)

"""`python -m bench.deadline_rush`: the last minutes before a deadline, on a real server, over the closing instant.

800 applicants with complete drafts; in the peak minute 60 of them submit and 150 files of 0.6 MB (one in a hundred
over 12 MB) come in, 10 answers are saved a second, and 25 reviewers work in another round. gunicorn (2 workers of 32
threads) and the worker run beside the clients on this machine. What was acknowledged is looked up afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from bench import measure
from bench.running import ROOT, Server
from bench.rush_ground import PLAYGROUNDS, Playground
from bench.rush_load import Crowd, Rates, Seen, one_by_one, plan, play
from portal.adapters.clock import system_now
from portal.adapters.files import open_files
from portal.models import Application, AuditEvent, Document, Message, Round, Submission

ACTS = ("check page", "submit", "receipt page", "upload", "autosave", "page")
OVERLOAD, OVERLOAD_SECONDS, RECOVERY_SECONDS, WINDOW = 3.0, 120.0, 60.0, 5.0
RESTS = 0.3
"""Seconds of CPU per window that a worker may take which has nothing to do."""
PATIENCE = 900.0
"""Seconds that the queue gets to empty."""


@dataclass
class Outcome:
    """What one run gave."""

    ground: str
    idle: dict[str, list[float]] = field(default_factory=dict)
    rush: dict[str, list[float]] = field(default_factory=dict)
    overload: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def _figures(seen: Seen) -> dict[str, list[float]]:
    """Number, p50, p95, p99 in milliseconds and errors, per act."""
    return {
        act: [len(seen.times[act]), *(seen.quantile(act, part) for part in (0.5, 0.95, 0.99)), len(seen.errors[act])]
        for act in ACTS
        if seen.times[act]
    }


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[int]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    log = Path(environment["INSTANCE"]) / "worker.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=said, stderr=said)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


class Scales:
    """Weighs the processes of the portal once a second; `peak` is the heaviest moment of all together, in MiB."""

    def __init__(self, roots: list[int], servers: list[int]) -> None:
        self._roots, self._servers, self._stop = roots, servers, threading.Event()
        self.peak = self.peak_servers = 0.0
        self._thread = threading.Thread(target=self._weigh, daemon=True)

    def __enter__(self) -> Scales:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _weigh(self) -> None:
        while not self._stop.wait(1):
            self.peak = max(self.peak, sum(_rss(pid) for root in self._roots for pid in _family(root)))
            self.peak_servers = max(self.peak_servers, sum(_rss(pid) for pid in self._servers))


def _family(pid: int) -> list[int]:
    """A process and everything it started."""
    try:
        children = [
            int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [pid, *(one for child in children for one in _family(child))]


def _rss(pid: int) -> float:
    try:
        return measure.memory(pid)["rss"] / 2**20
    except (OSError, KeyError):
        return 0.0


def _rest(worker: int) -> None:
    """Wait until the worker has done what was due at the start: an idle machine is one on which nothing runs."""
    used = -1.0
    while (now_used := measure.cpu(worker)) - used > RESTS:
        used = now_used
        time.sleep(WINDOW)


def _waiting(engine: Engine, round_id: str) -> dict[str, int]:
    """What the closing of this round still has to bring about."""
    with Session(engine) as db:
        return {
            "rounds": db.scalar(select(func.count()).where(Round.id == round_id, Round.closed_at.is_(None))) or 0,
            "applications": db.scalar(
                select(func.count()).where(
                    Application.round_id == round_id, Application.state.in_(("draft", "submitted", "withdrawn"))
                )
            )
            or 0,
            "receipts": db.scalar(select(func.count()).where(Submission.receipt_key.is_(None))) or 0,
            "mails": db.scalar(select(func.count()).where(Message.sent_at.is_(None), Message.refused_at.is_(None)))
            or 0,
        }


def _drain(engine: Engine, round_id: str, closes_at: datetime) -> float:
    """Seconds from the instant of closing until nothing is left to do."""
    while any(_waiting(engine, round_id).values()):
        if system_now() - closes_at > timedelta(seconds=PATIENCE):
            raise RuntimeError(f"the queue does not empty: {_waiting(engine, round_id)}")
        time.sleep(1)
    return (system_now() - closes_at) / timedelta(seconds=1)


def _ledger(ground: Playground, seen: Seen, closes_at: datetime) -> dict[str, Any]:
    """What the clients were told, looked up in the database and the store."""
    environment = ground.environment
    files = open_files(environment["STORAGE_URL"], (Path(environment["INSTANCE"]) / "keys/integrity.key").read_bytes())
    lost, damaged = [], []
    with Session(ground.engine) as db:
        there = {one.id: one for one in db.scalars(select(Submission))}
        for application_id, submission_id in seen.submitted.items():
            found = there.get(submission_id)
            if found is None or found.application_id != application_id:
                lost.append(submission_id)
            elif hashlib.sha256(found.manifest.encode()).hexdigest() != found.digest:
                damaged.append(submission_id)
        owner = {row[0]: row[1] for row in db.execute(select(Application.id, Application.organisation_id))}
        for application_id, digest in seen.uploaded:
            one = db.scalar(
                select(Document).where(Document.organisation_id == owner[application_id], Document.sha256 == digest)
            )
            if one is None:
                lost.append(digest)
            elif hashlib.sha256(files.read(one.storage_key)).hexdigest() != digest:
                damaged.append(digest)
        mine = select(Submission).join(Application).where(Application.round_id == ground.round_id)
        submissions = list(db.scalars(mine))
        late_acts = db.scalars(
            select(AuditEvent.at).where(AuditEvent.act == "submit_too_late", AuditEvent.at < closes_at)
        ).all()
        waits = [(closes_at - sent) / timedelta(seconds=1) for sent, _ in seen.refused if sent < closes_at]
        return {
            "acknowledged submissions": len(seen.submitted),
            "acknowledged uploads": len(seen.uploaded),
            "acknowledged and lost": len(lost),
            "acknowledged and damaged": len(damaged),
            "accepted at or after closing": sum(one.submitted_at >= closes_at for one in submissions),
            "refused before closing": len(late_acts) + sum(answered < closes_at for _, answered in seen.refused),
            "refused as too late": len(seen.refused),
            "sent before closing, at hand after it": len(waits),
            "of these, the longest before closing (s)": round(max(waits, default=0.0), 3),
            "submitted twice": len(submissions) - len({one.application_id for one in submissions}),
            "taken into review": db.scalar(
                select(func.count()).where(Application.round_id == ground.round_id, Application.state == "under_review")
            ),
        }


def _settled(seen: Seen, since: float, limits: dict[str, float], part: float) -> float | None:
    """Seconds after `since` from which on this part of each act, per window of 5 seconds, is within its limit again."""
    late = 0.0
    last = max((due for act in limits for due, _ in seen.times[act]), default=since)
    for act, limit in limits.items():
        windows: dict[int, list[float]] = defaultdict(list)
        for due, taken in seen.times[act]:
            if due >= since:
                windows[int((due - since) // WINDOW)].append(taken * 1000)
        for number, times in windows.items():
            if sorted(times)[min(len(times) - 1, int(len(times) * part))] > limit:
                late = max(late, (number + 1) * WINDOW)
    return late if since + late < last else None


def run(name: str, folder: Path, *, scale: float, minutes: float, overload: bool, seed: int, idle: int) -> Outcome:
    """Idle, then (if asked) three times too much and back, then the rush over the closing instant."""
    with PLAYGROUNDS[name](folder, max(160, int(800 * scale)), 25) as ground:
        outcome, chance = Outcome(ground.name), random.Random(seed)
        ground.close_at(system_now() + timedelta(hours=2))
        with Server("wsgi:app", ground.environment) as server, _worker(ground.environment) as worker:
            crowd = Crowd(ground, server.port, seed)
            roots = [server.pid, worker]
            one_by_one(crowd, 3)  # warm: both web processes have loaded what the acts need
            _rest(worker)
            crowd.seen = Seen(submitted=crowd.seen.submitted, uploaded=crowd.seen.uploaded)
            one_by_one(crowd, idle)
            outcome.idle = _figures(crowd.seen)
            with Scales(roots, ground.server_pids) as scales:
                if overload:
                    _overload(crowd, outcome, scale, chance)
                _rush(ground, crowd, outcome, scale, minutes, chance)
                outcome.facts["memory of the portal's processes at most (MiB)"] = round(scales.peak)
                if ground.server_pids:
                    outcome.facts["memory of PostgreSQL and the S3 store at most (MiB)"] = round(scales.peak_servers)
    return outcome


def _again(crowd: Crowd) -> None:
    """Start counting times anew; what was acknowledged stays on the list."""
    old = crowd.seen
    crowd.seen = Seen(submitted=old.submitted, uploaded=old.uploaded, refused=old.refused)


def _overload(crowd: Crowd, outcome: Outcome, scale: float, chance: random.Random) -> None:
    """Three times the model for two minutes, then the model itself: how long until it is as it was."""
    _again(crowd)
    start = time.monotonic()
    too_much = plan(Rates().times(OVERLOAD * scale), OVERLOAD_SECONDS, chance)
    after = [(OVERLOAD_SECONDS + at, act) for at, act in plan(Rates().times(scale), RECOVERY_SECONDS, chance)]
    play(crowd, too_much + after)
    outcome.overload = _figures(crowd.seen)
    limits = {act: 10 * outcome.idle[act][2] for act in ("submit", "autosave", "page", "upload")}
    end = start + OVERLOAD_SECONDS
    outcome.facts["asked to come back later (503) in the overload"] = crowd.seen.busy
    outcome.facts["seconds from the end of the overload until p95 of each act is within 10 x idle"] = _settled(
        crowd.seen, end, limits, 0.95
    )
    outcome.facts["and until every single one is (p95 of idle)"] = _settled(crowd.seen, end, limits, 1.0)


def _rush(
    ground: Playground, crowd: Crowd, outcome: Outcome, scale: float, minutes: float, chance: random.Random
) -> None:
    _again(crowd)
    seconds = minutes * 60
    closes_at = system_now() + timedelta(seconds=seconds * 0.8)
    ground.close_at(closes_at)
    crowd.closes_at = closes_at
    moments = plan(Rates().times(scale), seconds, chance)
    # Some stand with their finger on the button: in the last two seconds and the first one after.
    moments += [(seconds * 0.8 + chance.uniform(-2, 1), "submit") for _ in range(max(3, int(20 * scale)))]
    used, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    play(crowd, sorted(moments))
    now_used = resource.getrusage(resource.RUSAGE_SELF)
    busy = now_used.ru_utime + now_used.ru_stime - used.ru_utime - used.ru_stime
    outcome.rush = _figures(crowd.seen)
    outcome.facts |= {
        "share of the CPU that the clients took (%)": round(
            100 * busy / ((time.monotonic() - started) * (os.cpu_count() or 1))
        ),
        "asked to come back later (503) in the rush": crowd.seen.busy,
        "seconds from closing until the queue is empty": round(_drain(ground.engine, ground.round_id, closes_at), 1),
        **_ledger(ground, crowd.seen, closes_at),
        "kinds of errors": {act: sorted(set(many)) for act, many in crowd.seen.errors.items() if many},
    }


def table(outcome: Outcome) -> str:
    """One run as text."""
    lines = [f"Deadline rush on {outcome.ground}"]
    for title, part in (("idle", outcome.idle), ("overload", outcome.overload), ("rush", outcome.rush)):
        if not part:
            continue
        lines.append(f"  {title:<14}{'acts':>7}{'p50':>9}{'p95':>9}{'p99':>9}{'errors':>8}{'p95 : idle':>12}   (ms)")
        for act, (number, p50, p95, p99, errors) in part.items():
            ratio = f"{p95 / outcome.idle[act][2]:.1f}" if title != "idle" else ""
            lines.append(f"  {act:<14}{number:>7}{p50:>9.0f}{p95:>9.0f}{p99:>9.0f}{errors:>8}{ratio:>12}")
    lines += [f"  {name}: {value}" for name, value in outcome.facts.items()]
    return "\n".join(lines) + "\n"


def broken(outcome: Outcome) -> list[str]:
    """What may never be: these are not a matter of speed."""
    names = (
        "acknowledged and lost", "acknowledged and damaged", "accepted at or after closing", "refused before closing",
        "submitted twice",
    )  # fmt: skip
    found = [f"{name}: {outcome.facts[name]}" for name in names if outcome.facts[name]]
    errors = sum(int(row[4]) for row in outcome.rush.values())
    return found + ([f"errors in the rush: {errors}"] if errors else [])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.deadline_rush", description=__doc__)
    parser.add_argument("grounds", nargs="*", choices=[*PLAYGROUNDS, []], metavar="ground", help=", ".join(PLAYGROUNDS))
    parser.add_argument("--scale", type=float, default=1.0, help="of the model's people and rates")
    parser.add_argument("--minutes", type=float, default=3.0, help="of the rush; closing is at four fifths")
    parser.add_argument("--overload", action="store_true", help="first three times too much for two minutes")
    parser.add_argument("--idle", type=int, default=25, help="times that each act is done alone, to compare with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    wrong = []
    for name in asked.grounds or list(PLAYGROUNDS):
        with tempfile.TemporaryDirectory(prefix="rush-") as folder:
            Path(folder).chmod(0o755)  # PostgreSQL does not run as root, and wants to reach its folder
            outcome = run(
                name,
                Path(folder),
                scale=asked.scale,
                minutes=asked.minutes,
                overload=asked.overload,
                seed=asked.seed,
                idle=asked.idle,
            )
        print(json.dumps(asdict(outcome), indent=2) if asked.json else table(outcome), flush=True)
        wrong += broken(outcome)
    print(f"Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores. Seed {asked.seed}.")
    if wrong:
        sys.exit("; ".join(wrong))


if __name__ == "__main__":
    main()

"""Submitting an application whose documents are there already: the check page, the act, the receipt."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from bench import data, house, measure
from bench.house import House, signed_in
from bench.measure import Asker
from bench.report import Line, count, ratio
from portal.domain.applications import ACCEPTED
from portal.models import Application, User

SIZE = 200
PASSES = 4
EACH = 6
"""Applications that one pass submits. Each is submitted once: what was submitted makes the next time dearer."""


def _drafts(of: House) -> list[tuple[str, str]]:
    """(application id, user id) of every complete draft in the open round."""
    with of.app.extensions["database"].reading() as db:
        rows = db.execute(
            select(Application.id, User.id)
            .join(User, User.organisation_id == Application.organisation_id)
            .where(Application.round_id == of.ground.open_round_id, Application.state == "draft")
            .order_by(Application.id)
        )
        return [(row[0], row[1]) for row in rows]


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"the page has no {pattern}")
    return match.group(1)


def submit(asker: Asker, application_id: str) -> int:
    """Submit in the portal as a browser does; gives the number of requests."""
    path = f"/aanmeldingen/{application_id}/indienen"
    page = asker.get(path).text
    form = {
        "csrf_token": _found(r'name="csrf-token" content="([^"]+)"', page),
        "attempt": _found(r'name="attempt" value="([^"]+)"', page),
        "accepted": list(ACCEPTED),
    }
    answer = asker.post(path, form)
    if answer.status != 303:
        raise RuntimeError(f"submitting answered {answer.status}")
    asker.get(answer.location)
    return 3


def submit_on_floor(asker: Asker, application_id: str) -> int:
    """The same on the floor."""
    path = f"/indienen/{application_id}"
    page = asker.get(path).text
    answer = asker.post(path, {"attempt": _found(r'name="attempt" value="([^"]+)"', page), "accepted": list(ACCEPTED)})
    asker.get(answer.location)
    return 3


def run(folder: Path) -> list[Line]:
    """CPU of one submission beside the floor's, its statements and its requests."""
    ground = data.grown(data.prepare(folder / "start"), folder / "submit", SIZE)
    of = house.open_house(ground)
    drafts = _drafts(of)
    ours, floor = drafts[: PASSES * EACH + 2], drafts[PASSES * EACH + 2 :]
    askers = {application_id: Asker(of.app, signed_in(of.app, user_id)) for application_id, user_id in ours}

    submit(askers[ours[0][0]], ours[0][0])
    submit_on_floor(of.floor, floor[0][0])
    counted = ours[1][0]
    with measure.statements(of.engine) as seen:
        requests = submit(askers[counted], counted)
    with measure.statements(of.floor_engine) as seen_on_floor:
        submit_on_floor(of.floor, floor[1][0])

    best = {"ours": float("inf"), "floor": float("inf")}
    for number in range(PASSES):
        mine, theirs = (many[2 + number * EACH :][:EACH] for many in (ours, floor))
        best["ours"] = min(best["ours"], _timed(lambda one: submit(askers[one], one), mine))
        best["floor"] = min(best["floor"], _timed(lambda one: submit_on_floor(of.floor, one), theirs))
    of.close()
    return [
        ratio("submit: check page, act and receipt", best["ours"], best["floor"], 3, 2),
        count("SQL of these requests together", len(seen), 25, None, unit="statements", floor=len(seen_on_floor)),
        count("requests", requests, 4, None, unit="requests", floor=3),
    ]


def _timed(act: object, drafts: Sequence[tuple[str, str]]) -> float:
    """CPU milliseconds of one submission, over these drafts."""
    assert callable(act)
    start = time.process_time()
    for application_id, _ in drafts:
        act(application_id)
    return (time.process_time() - start) / len(drafts) * 1000

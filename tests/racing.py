"""One machine of several that submit around a closing instant: `python -m tests.racing <what to do, as JSON>`.

Its clock plays the day of the round: the portal's own clock for this database, moved by a fixed time. `skew` sets the
clock of this machine (not that of the database server) so many seconds off.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from portal import create_app
from portal.adapters import clock
from portal.domain.applications import ACCEPTED
from portal.models import new_id
from tests.conftest import Browser, _config


class Shifted:
    """A clock of real use, moved by a fixed time."""

    def __init__(self, real: Any, by: timedelta) -> None:
        self._real, self._by = real, by

    def __call__(self) -> datetime:
        return self._real() + self._by

    def certain(self) -> datetime:
        return self._real.certain() + self._by


def main(wanted: dict[str, Any]) -> list[tuple[float, float, int]]:
    """Submits until it is over; gives for each attempt when it began and ended (ticks) and the status."""
    system = clock.system_now
    clock.system_now = lambda: system() + timedelta(seconds=wanted["skew"])
    app = create_app(_config(Path(wanted["folder"])))
    services = app.extensions["services"]
    real = services.now

    def play(shift: float) -> None:
        app.extensions["services"] = replace(services, now=Shifted(real, timedelta(seconds=shift)))

    play(wanted["early"])
    if wanted["who"] == "worker":
        when = _wait_for_the_others()
        play(when["shift"])
        return _close(app, wanted["round"], when["ends"])
    browser = Browser(app, None)  # type: ignore[arg-type]
    sent = browser.client.post(
        "/inloggen",
        data={"csrf_token": browser.token(), "email": wanted["email"], "password": wanted["password"]},
    )
    assert sent.status_code == 303, sent.get_data(as_text=True)
    form = {"csrf_token": browser.token("/"), "accepted": list(ACCEPTED)}
    done = []
    when = _wait_for_the_others()
    play(when["shift"])
    while (began := clock.ticks()) < when["ends"]:
        answer = browser.client.post(
            f"/aanmeldingen/{wanted['application']}/indienen", data={**form, "attempt": new_id()}
        )
        done.append((began, clock.ticks(), answer.status_code))
    return done


def _wait_for_the_others() -> dict[str, Any]:
    """Says that this machine is ready; when all are, it hears when the race is."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    return dict(json.loads(sys.stdin.readline()))


def _close(app: Any, round_id: str, ends: float) -> list[tuple[float, float, int]]:
    """A worker that tries to close the round all the time; 200 is the one time that it did."""
    from portal.worker.tasks import close_round

    done = []
    while (began := clock.ticks()) < ends:
        if close_round(app.extensions["database"], app.extensions["services"], round_id):
            done.append((began, clock.ticks(), 200))
        time.sleep(0.005)
    return done


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))

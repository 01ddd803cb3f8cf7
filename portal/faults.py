"""Faults on purpose: marked sites where a test lets the process die, a call fail, or time pass.

A site is a call `fault("files.linked")` before or after a step that must not be lost. Without a plan it does
nothing. A plan comes from `FAULTS` in the environment of a process, or from a harness in the same process:

    FAULTS="kill=7"                                   SIGKILL at the seventh site that is passed
    FAULTS="kill=3;only=files."                       at the third site whose name starts with files.
    FAULTS="fail=0.05;only=files.;seed=11"            OSError (disk full) at one site in twenty, by chance
    FAULTS="delay=0.5;only=mail."                     half a second at each

The same plan passes the same sites the same way: the seed stands in the log.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Plan:
    """What happens at which sites. `seen` keeps the names of all sites that were passed."""

    kill: int = 0
    fail: float = 0.0
    delay: float = 0.0
    only: str = ""
    seed: int = 0
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - chance that can be had again, no secret
        self._lock = threading.Lock()
        self._passed = 0

    def meet(self, site: str) -> None:
        """One site is passed."""
        self.seen.append(site)
        if not site.startswith(self.only):
            return
        with self._lock:
            self._passed += 1
            is_last, fails = self._passed == self.kill, self.fail > 0 and self._chance.random() < self.fail
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.delay:
            time.sleep(self.delay)
        if fails:
            raise OSError(errno.ENOSPC, f"a fault on purpose at {site}")


def read_plan(text: str) -> Plan:
    """The plan that `text` describes, `name=value` parted by ';'. Raises ValueError for anything else."""
    kinds = {"kill": int, "fail": float, "delay": float, "only": str, "seed": int}
    given = dict(part.split("=", 1) for part in text.split(";") if part)
    if not given or given.keys() - kinds.keys():
        raise ValueError(f"FAULTS knows {', '.join(kinds)}")
    return Plan(**{name: kinds[name](value) for name, value in given.items()})


_plan: Plan | None = None


def arm(plan: Plan | None) -> None:
    """Follow `plan` from here on; None ends it."""
    global _plan
    _plan = plan


def fault(site: str) -> None:
    """Mark a site. Nothing happens unless a plan was armed."""
    if _plan is not None:
        _plan.meet(site)


if "FAULTS" in os.environ:
    arm(read_plan(os.environ["FAULTS"]))
    sys.stderr.write(f"faults on purpose: {_plan}\n")

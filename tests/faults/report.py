"""`docs/reliability.md`, from what the tests noted: `make reliability` writes it, an ordinary run does not."""

from __future__ import annotations

import os
import subprocess
from collections import defaultdict
from typing import Any

from portal.adapters.clock import system_now

HEAD = """# Reliability

What happens to the portal when a part of it dies, and how that was tried. **This page is written by the tests**
(`make reliability`); only the words in `tests/faults/report.py` are ours.

Made on {day}, commit {commit}, {cores} cores. Tried in all: **{points} kill points, {violations} violations**.

## Killed at every site

`portal.faults.fault("...")` marks a site before and after each step: receiving a body, writing, fsync, linking, the
database's flush and commit, the answer, claiming work, rendering, signing, stamping, sealing, scanning, sending mail.
For each command the process that runs it gets SIGKILL at its first site, its second, and so on until it passes. After
each kill the portal is started again on the same data, the worker recovers, leftovers are swept, the invariants are
checked, the client sends the same request again with the same key, and the invariants are checked once more.

| | what must hold |
| --- | --- |
| I1 | what was acknowledged is there, with its manifest, its receipt and its files, byte for byte |
| I2 | what was not acknowledged is absent, or finished once by the retry |
| I3 | no object without a row after a sweep (clock moved by more than an hour), no row without its object |
| I4 | the events explain every state; the database refuses to change or delete an event |
| I5 | one contract number, one agreement; no gap in the series |
| I6 | every state is one of the table of transitions |
| I7 | before closing an official sees no name of an applicant |
| I8 | every mail went out once or twice, under one Message-ID, with one text; the worker left nothing |
| I9 | the portal's own verifier (`flask receipts check`) finds no gap, and nothing is left to be made |

Seeds ({seeds}) choose who acts, the size of files, the answer that is changed, whether earlier work was still waiting,
and whether the worker follows in the same process. `points` adds the seeds up. {cut}

"""

TAIL = """
## Again

    make reliability                                   # everything above; writes this page
    make test-slow ARGS="tests/faults -k submit"       # one command
    FAULTS="kill=7" flask --app wsgi worker --once     # by hand: SIGKILL at the seventh site
    FAULTS="fail=0.05;only=files.;seed=11" gunicorn …  # one file act in twenty fails, the same ones each time
"""


def text(lines: list[dict[str, Any]]) -> str:
    """The page."""
    kills = [one for one in lines if one["kind"] == "kill"]
    grounds = sorted({one["ground"] for one in kills}, reverse=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    page = HEAD.format(
        day=f"{system_now():%d %B %Y}".lstrip("0"),
        commit=commit or "unknown",
        cores=os.cpu_count(),
        points=sum(one["points"] for one in kills),
        violations=sum(len(one["violations"]) for one in kills),
        cut=_cut(kills),
        seeds=", ".join(str(seed) for seed in sorted({one["seed"] for one in kills})),
    )
    page += _table(
        ["command", *(f"{ground}: points" for ground in grounds), "violations"],
        [
            [
                command,
                *(str(_points(kills, command, ground)) for ground in grounds),
                str(sum(len(one["violations"]) for one in kills if one["command"] == command)),
            ]
            for command in dict.fromkeys(one["command"] for one in kills)
        ]
        + [
            [
                "**all**",
                *(f"**{_points(kills, None, ground)}**" for ground in grounds),
                f"**{sum(len(one['violations']) for one in kills)}**",
            ]
        ],
    )
    sites: dict[str, int] = defaultdict(int)
    for one in kills:
        for site, number in one["sites"].items():
            sites[site] += number
    wrong = sorted({f"{one['command']}, {sentence}" for one in kills for sentence in one["violations"]})
    page += "".join(["\nWhat was not as it must be:\n\n", *(f"- {one}\n" for one in wrong)]) if wrong else ""
    page += "\nSites by name, and how often the commands passed them when nobody killed them: "
    page += ", ".join(f"{site} {number}" for site, number in sorted(sites.items())) + ".\n"
    others = [one for one in lines if one["kind"] == "fault"]
    if others:
        page += "\n## Other faults\n\n"
        page += _table(
            ["fault", "what was done", "what came of it"],
            [[one["fault"], one["done"], one["result"]] for one in sorted(others, key=lambda one: one["fault"])],
        )
    return page + TAIL


def _cut(kills: list[dict[str, Any]]) -> str:
    """Whether every site was tried, and which runs are missing from a table that adds up."""
    cut = sum(one.get("step", 1) > 1 for one in kills)
    tried = "Every site of every command was tried" if not cut else (
        f"In {cut} of {len(kills)} runs sites were left out, spread evenly over the command (`MOST`)"
    )  # fmt: skip
    per_seed = "; ".join(
        f"{ground}, seed {seed}: {len(found)} commands, {sum(one['points'] for one in found)} points"
        for ground in sorted({one["ground"] for one in kills}, reverse=True)
        for seed in sorted({one["seed"] for one in kills})
        if (found := [one for one in kills if (one["ground"], one["seed"]) == (ground, seed)])
    )
    return f"{tried}. {per_seed}."


def _points(kills: list[dict[str, Any]], command: str | None, ground: str) -> int:
    return sum(one["points"] for one in kills if one["ground"] == ground and command in (None, one["command"]))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines) + "\n"

"""Where an applicant goes from here: the task before, the task behind, and the next one that is not finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.domain import requirements
from portal.domain.permissions import filler_id
from portal.domain.requirement_types import Spot
from portal.models import Answer, Application, Evidence
from portal.web import task_list
from portal.web.applying import Desk, desks
from portal.web.context import now
from portal.web.task_list import Group, Task

UNFINISHED = frozenset({"not_started", "started", "action"})
UNTOUCHED = frozenset({"not_started", "started"})
"""What is asked again from the start of the list; 'action' (a doubt that does not stop) only once on the way down."""


@dataclass(frozen=True)
class Around:
    """A task in its list: its neighbours, what to do next (None: nothing of one's own), and how far the whole is."""

    before: Task | None
    behind: Task | None
    next_open: Task | None
    done: int
    total: int


def around(desk: Desk) -> Around:
    """The neighbourhood of a desk: of a party that fills in its own part, only that part."""
    if desk.part is None or desk.party is None:
        return on_the_way(desk.application, desk.url())
    gaps = requirements.part_gaps(desk.application, desk.party, now())
    return within([Group("", "", tasks=task_list.part_tasks(desk.application, desk.party, gaps))], desk.url())


def on_the_way(application: Application, here: str) -> Around:
    """The neighbourhood of the task at the address `here`, which may be none of the list."""
    return within(task_list.groups(application, requirements.gaps(application, now())), here)


def within(groups: Sequence[Group], here: str) -> Around:
    tasks = [task for group in groups for task in group.tasks]
    at = next((index for index, task in enumerate(tasks) if task.href == here), -1)
    coming = [task for task in tasks[at + 1 :] if task.status in UNFINISHED and not task.waits]
    earlier = [task for task in tasks[: max(at, 0)] if task.status in UNTOUCHED and not task.waits]
    return Around(
        before=tasks[at - 1] if at > 0 else None,
        behind=tasks[at + 1] if 0 <= at < len(tasks) - 1 else None,
        next_open=next(iter(coming + earlier), None),
        done=sum(task.status == "done" for task in tasks),
        total=len(tasks),
    )


def saved_by_lead(application: Application) -> list[tuple[datetime, Spot]]:
    """When and where something was filled in that is the applicant's own to fill in, not a party's in its own part."""
    saved: list[tuple[datetime, Answer | Evidence]] = [(one.saved_at, one) for one in application.answers]
    saved += [(one.attached_at, one) for one in application.evidence]
    lead = application.organisation_id
    return [(moment, one.spot) for moment, one in saved if filler_id(application, one.party) == lead]


def resume(application: Application, groups: Sequence[Group]) -> Task | None:
    """Where one was: the place that was saved last if it is not finished, else the next task that is not."""
    saved = saved_by_lead(application)
    spot = max(saved, key=lambda one: one[0])[1] if saved else None
    last = next((one.url() for one in desks(application) if one.spot == spot), "") if spot is not None else ""
    task = next((one for group in groups for one in group.tasks if one.href == last), None)
    return task if task is not None and task.status in UNTOUCHED else within(groups, last).next_open


def past(application: Application, here: str) -> str:
    """As `onward`, from a page that is no desk."""
    task = on_the_way(application, here).next_open
    return task.href if task else url_for("apply.submit", application_id=application.id)


def onward(desk: Desk) -> str:
    """Where 'Bewaren en verder' leads: the next unfinished task, else the page to check and submit (or declare)."""
    task = around(desk).next_open
    return task.href if task else desk.home("indienen")[0]

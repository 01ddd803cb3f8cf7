"""What each municipality buys, as it changes: cells are closed, opened, confirmed, called scarce or phased out.

Every change has a published reason and stays readable (`CoverageChange`). Who chose a cell before it closed keeps it
(`requirements.is_selectable`), and is told so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from portal.domain import audit, calendar, lifecycle
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotFound, Refused
from portal.models import Application, Coverage, CoverageChange, Procedure, User
from portal.terms import N_

OWN_GROUND = "eigen"
"""The ground of a closing in a procedure that published none; never in an open house."""
SHORTEST_REASON = 10


def closing_grounds(procedure: Procedure) -> dict[str, dict[str, Any]]:
    """The published grounds for closing, by code."""
    rules = procedure.settings.get("coverage") or {}
    return {one["code"]: one for one in rules.get("closing_grounds") or []}


def is_opt_in(procedure: Procedure) -> bool:
    """Whether it was published that municipalities join by themselves, also later."""
    return bool((procedure.settings.get("coverage") or {}).get("opt_in"))


def acts(procedure: Procedure) -> list[str]:
    """What can be done with cells of this procedure: keys of `terms.COVERAGE_ACTS`, in their order."""
    return [
        act
        for act in lifecycle.TRANSITIONS[Coverage]
        if not (act == "join" and not is_opt_in(procedure)) and not (act == "close" and not _may_close(procedure))
    ]


def _may_close(procedure: Procedure) -> bool:
    return procedure.kind != "open_house" or bool(closing_grounds(procedure))


def close(
    procedure: Procedure,
    cells: Iterable[Coverage],
    actor: User,
    ground: str,
    reason: str,
    reopens_on: date | None,
    running: Sequence[Application],
    now: datetime,
) -> list[CoverageChange]:
    """Close cells on a published ground. `running` are the applications that chose one and are not closed yet.

    An open house can only close on a ground that everybody could read beforehand: otherwise it would choose among
    providers after all (CJEU C-9/17 Tirkkonen).
    """
    require_official(actor, procedure, "round_manager")
    grounds, problems = closing_grounds(procedure), {}
    if not _may_close(procedure):
        raise Refused(
            N_("Deze procedure publiceerde geen gronden om dicht te zetten. Maak eerst een nieuwe uitgave met gronden.")
        )
    if grounds and ground not in grounds:
        problems["ground"] = N_("Kies een grond die bij deze procedure is gepubliceerd.")
    if reopens_on is not None and reopens_on <= calendar.local_day(now):
        problems["reopens_on"] = N_("Kies een dag na vandaag, of laat dit leeg.")
    changed = _change(
        procedure, cells, "close", actor, reason, now, problems, ground=ground if grounds else OWN_GROUND,
        reopens_on=reopens_on,
    )  # fmt: skip
    _tell(changed, running, reason.strip(), now)
    return changed


def change(
    procedure: Procedure, cells: Iterable[Coverage], act: str, actor: User, reason: str, now: datetime
) -> list[CoverageChange]:
    """Do anything but closing with cells: reopen, call scarce, phase out, confirm, or let a municipality join."""
    require_official(actor, procedure, "round_manager")
    if act == "close" or act not in acts(procedure):
        raise Invalid({"act": N_("Kies wat er met de combinaties gebeurt.")})
    return _change(procedure, cells, act, actor, reason, now, {})


def _change(
    procedure: Procedure,
    cells: Iterable[Coverage],
    act: str,
    actor: User,
    reason: str,
    now: datetime,
    problems: dict[str, str],
    *,
    ground: str = "",
    reopens_on: date | None = None,
) -> list[CoverageChange]:
    """One act on every cell that allows it; a cell that is there already is left as it is, so twice is once.

    Refused when not one of them allows it, and nothing is changed then.
    """
    cells, reason = list(cells), reason.strip()
    if not cells:
        problems["cells"] = N_("Kies minstens één product en één gemeente.")
    if len(reason) < SHORTEST_REASON:
        problems["reason"] = N_("Schrijf in minstens 10 tekens waarom. Wij publiceren deze reden.")
    if problems:
        raise Invalid(problems)
    if any(one.product.lot.procedure_id != procedure.id for one in cells):
        raise NotFound(N_("Dit bestaat niet."))
    target = lifecycle.TRANSITIONS[Coverage][act][1]
    able = [one for one in cells if lifecycle.can(one, act)]
    if not able and not any(one.state == target for one in cells):
        raise Refused(N_("Bij geen van deze combinaties kan dit. Kijk in de tabel hoe zij nu staan."))
    return [_change_one(one, act, actor, reason, ground, reopens_on, now) for one in able]


def _change_one(
    cell: Coverage, act: str, actor: User, reason: str, ground: str, reopens_on: date | None, now: datetime
) -> CoverageChange:
    before = cell.state
    lifecycle.advance(
        cell, act, actor, now, product=cell.product.code, municipality=cell.municipality.code, ground=ground
    )
    cell.ground, cell.since_on, cell.reopens_on = ground, calendar.local_day(now), reopens_on
    found = CoverageChange(
        authority_id=cell.authority_id,
        coverage_id=cell.id,
        before=before,
        after=cell.state,
        ground=ground,
        reason=reason,
        reopens_on=reopens_on,
        changed_at=now,
        changed_by=actor,
        changed_by_id=actor.id,
    )
    cell.changes.append(found)
    return found


def _tell(changed: list[CoverageChange], running: Sequence[Application], reason: str, now: datetime) -> None:
    """Who has a running application for one of these cells hears that it keeps its rights: one mail each."""
    cells = {(one.coverage.product_id, one.coverage.municipality_id) for one in changed}
    for application in running:
        chosen = [one for one in application.selections if (one.product_id, one.municipality_id) in cells]
        if not chosen:
            continue
        names = sorted(f"{one.product.name} ({one.municipality.name})" for one in chosen)
        audit.tell_organisation(
            application,
            application.organisation.users,
            f"cell_closed:{changed[0].id}:{application.id}",
            "cell_closed",
            now,
            application=application.number,
            procedure=application.round.procedure.title,
            cells=names,
            why=reason,
            path=f"/aanmeldingen/{application.id}",
        )

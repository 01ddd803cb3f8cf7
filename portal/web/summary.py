"""The check page's view of an application: everything that would be submitted now, with where to change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from portal.domain import applications, requirements
from portal.domain.requirements import Gap, Place
from portal.models import Application, Document
from portal.web import task_list
from portal.web.applying import place_url


@dataclass(frozen=True)
class SummaryRow:
    """One requirement on the check page."""

    place: Place | None
    title: str
    value: dict[str, Any]
    argument: str
    files: list[Document]
    href: str
    status: str
    product_names: dict[str, str]


@dataclass(frozen=True)
class Section:
    """The organisation, or one lot, on the check page."""

    key: str
    title: str
    hint: str
    rows: list[SummaryRow]
    status: str


def _row(application: Application, place: Place | None, gaps: Sequence[Gap]) -> SummaryRow:
    answer = applications.answer_at(application, place) if place else None
    title = f"{place.requirement.code} {place.requirement.title}" if place else gettext("Integriteitstoets (Bibob)")
    return SummaryRow(
        place=place,
        title=title,
        value=answer.value if answer else {},
        argument=answer.argument if answer and answer.is_equivalent else "",
        files=[one.document for one in applications.evidence_at(application, place)],
        href=place_url(application, place, terug="indienen"),
        status=task_list.place_status(application, place, gaps),
        product_names={product.code: product.name for product in place.products} if place else {},
    )


def sections(application: Application, gaps: Sequence[Gap]) -> list[Section]:
    """Everything that would be submitted now, in the order of the task list."""
    found, places = task_list.by_place(gaps), requirements.places(application)
    lots = [lot for lot, _ in requirements.chosen_lots(application).values()]
    wanted: list[tuple[str, str, str, list[Place | None]]] = [
        ("organisatie", gettext("Uw organisatie"), "", [place for place in places if place.lot is None])
    ]
    if application.round.procedure.asks_integrity_check:
        wanted[0][3].insert(0, None)
    for lot in lots:
        at_lot: list[Place | None] = [place for place in places if place.lot is not None and place.lot.id == lot.id]
        wanted.append((lot.code, task_list.lot_title(lot), task_list.lot_summary(application, lot), at_lot))
    result = []
    for key, title, hint, members in wanted:
        rows = [_row(application, place, found.get(place.key if place else None, [])) for place in members]
        complete = all(row.status in {"done", "action"} for row in rows)
        result.append(Section(key, title, hint, rows, "done" if complete else "started"))
    return result

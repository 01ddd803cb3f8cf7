"""The check page's view of an application: everything that would be submitted now, with where to change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext

from portal.domain import applications, offers, requirements
from portal.domain.requirements import Gap, Place
from portal.models import Application, Document
from portal.web import places, task_list
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
    notes: list[str]
    text: str = ""

    @property
    def about(self) -> str:
        """What the title leaves out, for who cannot see under which heading it stands."""
        return places.where(self.place) if self.place else ""


@dataclass(frozen=True)
class Section:
    """The organisation, one party or one lot on the check page. `is_lot`: chosen, so its hint says what."""

    key: str
    title: str
    hint: str
    rows: list[SummaryRow]
    status: str
    is_lot: bool


def _row(application: Application, place: Place | None, gaps: Sequence[Gap]) -> SummaryRow:
    answer = applications.answer_at(application, place) if place else None
    title = f"{place.requirement.code} {place.requirement.title}" if place else gettext("Integriteitstoets (Bibob)")
    return SummaryRow(
        notes=places.notes(place.requirement, application.round) if place else [],
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
    found, everywhere = task_list.by_place(gaps), requirements.places(application)
    lots = [lot for lot, _ in requirements.chosen_lots(application).values()]
    own: list[Place | None] = [place for place in everywhere if place.lot is None and place.party is None]
    wanted = [("organisatie", gettext("Uw organisatie"), "", own)]
    if application.round.procedure.asks_integrity_check:
        own.insert(0, None)
    for party in application.parties:
        at_party: list[Place | None] = [one for one in everywhere if one.party is not None and one.party.id == party.id]
        if at_party:
            wanted.append((f"partij-{party.position}", places.party_title(party), "", at_party))
    for lot in lots:
        at_lot: list[Place | None] = [one for one in everywhere if one.lot is not None and one.lot.id == lot.id]
        wanted.append((lot.code, task_list.lot_title(lot), task_list.lot_summary(application, lot), at_lot))
    result = []
    for key, title, hint, members in wanted:
        rows = [_row(application, place, found.get(place.key if place else None, [])) for place in members]
        complete = all(row.status in {"done", "action"} for row in rows)
        is_lot = key in {lot.code for lot in lots}
        result.append(Section(key, title, hint, rows, "done" if complete else "started", is_lot))
    return result + _offer(application)


def _offer(application: Application) -> list[Section]:
    """In a tender: what was written on each award criterion."""
    rows = []
    for place in offers.criteria_at(application):
        written = offers.text_at(application, place)
        rows.append(
            SummaryRow(
                place=None,
                title=gettext(
                    "%(code)s %(title)s (perceel %(lot)s)", code=place.code, title=place.title, lot=place.lot.code
                ),
                value={},
                argument="",
                files=[one.document for one in offers.documents_at(application, place)],
                href=url_for("apply.offer", application_id=application.id, key=place.key, terug="indienen"),
                status=task_list.offer_status(application, place),
                product_names={},
                notes=[],
                text=written.text if written else "",
            )
        )
    done = all(row.status == "done" for row in rows)
    return [Section("aanbod", gettext("Uw aanbod"), "", rows, "done" if done else "started", False)] if rows else []

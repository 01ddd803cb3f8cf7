"""The check page's view of an application: everything that would be submitted now, with where to change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext

from portal.domain import applications, offers, own_parts, requirements
from portal.domain.requirements import Gap, Place
from portal.models import Application, Document, Party
from portal.terms import DOCUMENT_KINDS
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
    kept: str = ""
    """What is there and not for who looks: that a party keeps its answer or its files to itself."""

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


def _row(application: Application, place: Place | None, gaps: Sequence[Gap], party: Party | None = None) -> SummaryRow:
    answer = applications.answer_at(application, place) if place else None
    title = f"{place.requirement.code} {place.requirement.title}" if place else gettext("Integriteitstoets (Bibob)")
    return SummaryRow(
        notes=places.notes(place.requirement, application.round) if place else [],
        place=place,
        title=title,
        value=answer.value if answer else {},
        argument=answer.argument if answer and answer.is_equivalent else "",
        files=[one.document for one in applications.evidence_at(application, place, party)],
        href=place_url(application, place, party, terug="indienen"),
        status=task_list.place_status(application, place, gaps, party),
        product_names={product.code: product.name for product in place.products} if place else {},
    )


def part_rows(party: Party, gaps: Sequence[Gap], *, for_lead: bool = False) -> list[SummaryRow]:
    """Everything in the part of one party; `gaps` are those of the part. For its lead, without what is not shared."""
    application, found = party.application, task_list.by_place(gaps)
    spots: list[Place | None] = [one for one in requirements.places(application) if one.party is party]
    if party in requirements.integrity_parties(application):
        spots.insert(0, None)
    rows = [_row(application, place, found.get(task_list.spot_key(place, party), []), party) for place in spots]
    return [_as_lead_sees(party, row) for row in rows] if for_lead and party.own_part else rows


def _as_lead_sees(party: Party, row: SummaryRow) -> SummaryRow:
    part, application = party.own_part, party.application
    sharing = own_parts.sharing_at(part, row.place.requirement.id if row.place else None)
    evidence = applications.evidence_at(application, row.place, party)
    open_ = [one.document for one in evidence if own_parts.may_read_file(part, one)]
    closed = [one.document for one in evidence if one.document not in open_]
    kinds = ", ".join(sorted({gettext(DOCUMENT_KINDS[one.kind].label) for one in closed}))
    is_silent = sharing == "nothing"
    kept = [gettext("Antwoord niet met u gedeeld.")] if is_silent and row.value else []
    kept += [gettext("Niet met u gedeeld: %(kinds)s.", kinds=kinds)] if closed else []
    return replace(
        row,
        value={} if is_silent else row.value,
        argument="" if is_silent else row.argument,
        files=open_,
        kept=" ".join(kept),
        status="done" if row.status == "action" else row.status,  # a doubt is the party's own business
        href=url_for("apply.party_part", application_id=application.id, party_id=party.id, terug="indienen"),
    )


def sections(application: Application, gaps: Sequence[Gap], moment: datetime) -> list[Section]:
    """Everything that would be submitted now, in the order of the task list."""
    found, everywhere = task_list.by_place(gaps), requirements.places(application)
    lots = [lot for lot, _ in requirements.chosen_lots(application).values()]
    own: list[Place | None] = [place for place in everywhere if place.lot is None and place.party is None]
    wanted = [("organisatie", gettext("Uw organisatie"), "", own)]
    if application.round.procedure.asks_integrity_check:
        own.insert(0, None)
    for lot in lots:
        at_lot: list[Place | None] = [one for one in everywhere if one.lot is not None and one.lot.id == lot.id]
        wanted.append((lot.code, task_list.lot_title(lot), task_list.lot_summary(application, lot), at_lot))
    result = []
    for key, title, hint, members in wanted:
        rows = [_row(application, place, found.get(place.key if place else None, [])) for place in members]
        complete = all(row.status in {"done", "action"} for row in rows)
        is_lot = key in {lot.code for lot in lots}
        result.append(Section(key, title, hint, rows, "done" if complete else "started", is_lot))
        if key == "organisatie":
            about = (_party(party, gaps, moment) for party in application.parties)
            result += [one for one in about if one.rows]
    return result + _offer(application)


def _party(party: Party, gaps: Sequence[Gap], moment: datetime) -> Section:
    """One party: what the applicant filled in about it, or what the party lets the applicant read of its own part."""
    part = party.own_part
    own_gaps = requirements.part_gaps(party.application, party, moment) if part else gaps
    rows = part_rows(party, own_gaps, for_lead=True)
    if part is not None or party.invitation is not None:
        status = task_list.part_status(party, gaps)
    else:
        status = "done" if all(row.status in {"done", "action"} for row in rows) else "started"
    return Section(f"partij-{party.position}", places.party_title(party), "", rows, status, False)


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

"""All letters that were released together, as one ZIP for whoever releases."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from portal.adapters import archive
from portal.adapters.archive import Entry
from portal.domain import calendar, wording
from portal.domain.archive_names import Names, safe
from portal.errors import NotFound
from portal.queries import releases as queries
from portal.queries import rounds as round_queries
from portal.terms import N_
from portal.web.context import db, now, person, release, services
from portal.web.downloads import attachment, cell
from portal.web.guards import audience
from portal.web.releases import blueprint

OVERVIEW = "overzicht.csv"


@blueprint.get("/rondes/<round_id>/bekendgemaakt/<release_id>.zip")
@audience("round_manager")
def batch(round_id: str, release_id: str) -> ResponseReturnValue:
    """The letters of one batch, with a list. One that is not drawn up yet stands in the list only."""
    round_, moment = round_queries.round_with_procedure(db(), round_id), now()
    letters = queries.letters_of(db(), round_id, release_id, person().id)
    if round_ is None or not letters:
        raise NotFound(N_("Dit bestaat niet."))
    name = safe(gettext("Brieven ronde %(label)s %(day)s.zip", label=round_.label, day=calendar.local_day(moment)))
    entries = _entries(letters)
    release()
    return attachment(stream_with_context(archive.stream(entries, moment)), name, "application/zip")


def _entries(letters: Sequence[Row[Any]]) -> list[Entry]:
    names, files, lines = Names(), services().files, list[tuple[Any, ...]]()
    names.path(OVERVIEW)
    entries = []
    for one in letters:
        path = names.path(f"{one.number} {one.organisation}.pdf") if one.pdf_key else ""
        if path:
            entries.append(Entry(path, partial(files.chunks, one.pdf_key)))
        lines.append(
            (
                one.number, one.organisation, one.application, wording.moment(one.sent_at),
                one.opened_at and wording.moment(one.opened_at), path or gettext("wordt nog gemaakt"),
            )
        )  # fmt: skip
    table = _table(lines)
    return [Entry(OVERVIEW, lambda: [table], is_packed=True), *entries]


def _table(lines: list[tuple[Any, ...]]) -> bytes:
    """As Dutch spreadsheets read it: semicolons, UTF-8 with a mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        (
            gettext("Brief"), gettext("Zorgaanbieder"), gettext("Aanmelding"), gettext("Bekendgemaakt"),
            gettext("Eerst geopend"), gettext("Bestand"),
        )
    )  # fmt: skip
    writer.writerows([cell(value) for value in line] for line in lines)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()

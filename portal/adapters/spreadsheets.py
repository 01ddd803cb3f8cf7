"""A table as an XLSX file (XlsxWriter), written row by row: what has been written is on disk, not in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter

LONGEST = 32_767
"""Characters that a cell can hold; a longer text is cut, with a mark."""
_PLAIN = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}


def write(
    out: IO[bytes],
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    widths: Sequence[int],
    at: datetime,
) -> None:
    """Write one sheet to `out`: a header that stays in sight and can be filtered, then a line for each row.

    Cells are text, whole numbers, days or empty; never a formula or a link, whatever they begin with. `widths` are in
    characters, `at` is when it was made.
    """
    book = xlsxwriter.Workbook(out, _PLAIN)
    book.set_properties({"title": title, "created": at.replace(tzinfo=None)})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd-mm-yyyy", "align": "left"})
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 1)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, date):
                sheet.write_datetime(last, column, value, day)
            elif isinstance(value, int):
                sheet.write_number(last, column, value)
            else:
                text = str(value)
                sheet.write_string(last, column, text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
    sheet.autofilter(0, 0, last, len(header) - 1)
    book.close()

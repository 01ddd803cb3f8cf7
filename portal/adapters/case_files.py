"""The PDF of a case file: evidence as pictures on pages of our own, bound with continuous numbers, links and bookmarks.

Nothing of a stranger's PDF comes in here: a page of evidence is a picture that the confined child drew
(`services.Sheet`), with the lines it read as unseen text. So what is covered in the picture is nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Page, Pdf, Stream

from portal.services import Sheet

A4 = (595, 842)
LEFT, ABOVE, BELOW = 30, 46, 34
"""Points left free around a picture: for what it is, and for the number of the page."""
FONT = Name("/VoordeurSans")
SCHEME = "blad:"
"""What a link of the index begins with; the number of the page follows."""


@dataclass(frozen=True)
class Bound:
    """One part, as it is bound: its file (None: it refers to page `start`), title, depth in the bookmarks.

    Without a title it goes on with the part before it.
    """

    path: Path | None
    title: str
    level: int
    start: int


def _said(text: str) -> bytes:
    plain = text.encode("cp1252", "replace")
    return plain.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")


def _font(pdf: Pdf) -> pikepdf.Object:
    return pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    )


def evidence(pages: Iterable[tuple[Sequence[str], Sheet | str]]) -> bytes:
    """Pages with a picture each: the lines above it, and the sheet; or a text where there is nothing to show."""
    pdf, out = Pdf.new(), BytesIO()
    font = _font(pdf)
    for above, shown in pages:
        is_wide = isinstance(shown, Sheet) and shown.width > shown.height
        across, down = (A4[1], A4[0]) if is_wide else A4
        page = pdf.add_blank_page(page_size=(across, down))
        drawing = [_line(LEFT, down - 20 - 10 * index, 8, text) for index, text in enumerate(above)]
        resources = Dictionary(Font=Dictionary({str(FONT): font}))
        if isinstance(shown, Sheet):
            resources.XObject = Dictionary({"/Picture": _picture(pdf, shown)})
            drawing += _placed(shown, across, down - 10 * max(0, len(above) - 2))
        else:
            drawing += [_line(LEFT, down - 90 - 16 * index, 11, text) for index, text in enumerate(_wrapped(shown))]
        page.obj.Resources = resources
        page.obj.Contents = pdf.make_stream(b"\n".join(drawing))
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _line(x: float, y: float, size: float, text: str) -> bytes:
    return b"BT /VoordeurSans %.1f Tf 0 g 1 0 0 1 %.1f %.1f Tm (%s) Tj ET" % (size, x, y, _said(text[:140]))


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > 85:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _picture(pdf: Pdf, sheet: Sheet) -> Stream:
    return Stream(
        pdf,
        sheet.picture,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=sheet.width,
        Height=sheet.height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )


def _placed(sheet: Sheet, across: float, down: float) -> list[bytes]:
    """The picture as large as fits, and its lines over it, unseen."""
    scale = min((across - 2 * LEFT) / sheet.width, (down - ABOVE - BELOW) / sheet.height)
    width, height = sheet.width * scale, sheet.height * scale
    x, y = (across - width) / 2, BELOW + (down - ABOVE - BELOW - height)
    drawing = [b"q %.3f 0 0 %.3f %.3f %.3f cm /Picture Do Q" % (width, height, x, y)]
    for line in sheet.lines:
        size = max(1.0, line.height * height / 10_000)
        # a letter of Helvetica is about half as wide as it is high; the line is stretched to where it stands
        stretch = 100 * (line.width * width / 10_000) / max(0.5 * size * len(line.text), 0.1)
        place = x + line.left * width / 10_000, y + height - (line.top + 0.8 * line.height) * height / 10_000
        drawing.append(
            b"BT 3 Tr /VoordeurSans %.2f Tf %.1f Tz 1 0 0 1 %.2f %.2f Tm (%s) Tj ET"
            % (size, min(stretch, 1000), *place, _said(line.text))
        )
    return drawing


def page_count(pdf: bytes) -> int:
    """How many pages a PDF of our own has."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        return len(opened.pages)


def bind(parts: Sequence[Bound], target: Path, *, title: str, made_at: datetime) -> int:
    """All parts as one PDF in `target`; gives how many pages. The links of the index lead to their pages."""
    with ExitStack() as stack:
        pdf = stack.enter_context(Pdf.new())
        for part in parts:
            if part.path is not None:
                pdf.pages.extend(stack.enter_context(pikepdf.open(part.path)).pages)
        font, total = _font(pdf), len(pdf.pages)
        for number, page in enumerate(pdf.pages, start=1):
            _number(pdf, page, font, f"blad {number} van {total}")
            _link(pdf, page)
        with pdf.open_outline() as outline:
            holder: OutlineItem | None = None
            for part in (one for one in parts if one.title):
                item = OutlineItem(part.title, part.start - 1, "Fit")
                if part.level == 1 or holder is None:
                    outline.root.append(item)
                    holder = item
                else:
                    holder.children.append(item)
                    holder.is_closed = True
        pdf.docinfo["/Title"], pdf.docinfo["/Producer"] = title, "Voordeur"
        pdf.docinfo["/CreationDate"] = f"D:{made_at:%Y%m%d%H%M%S}Z"
        pdf.Root.Lang = "nl"
        pdf.Root.PageMode = Name.UseOutlines
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return total


def _number(pdf: Pdf, page: Page, font: pikepdf.Object, text: str) -> None:
    resources = page.obj.get("/Resources")
    if resources is None:
        resources = page.obj.Resources = Dictionary()
    if "/Font" not in resources:
        resources.Font = Dictionary()
    resources.Font[FONT] = font
    left, _, right, _ = (float(edge) for edge in page.mediabox)
    bottom = float(page.mediabox[1])
    drawn = b"\nQ\n" + _line((left + right) / 2 - 2.1 * len(text), bottom + 14, 9, text)
    page.contents_add(pdf.make_stream(b"q\n"), prepend=True)
    page.contents_add(pdf.make_stream(drawn))
    if "/StructParents" in page.obj:
        del page.obj["/StructParents"]  # the tags stayed behind with the document they were of


def _link(pdf: Pdf, page: Page) -> None:
    """What was 'blad:12' leads to page 12."""
    for annotation in page.obj.get("/Annots", Array()):
        action = annotation.get("/A")
        address = str(action.get("/URI", "")) if action is not None else ""
        if address.startswith(SCHEME) and address.removeprefix(SCHEME).isdigit():
            goal = int(address.removeprefix(SCHEME))
            del annotation["/A"]
            if "/StructParent" in annotation:
                del annotation["/StructParent"]
            annotation.Dest = Array([pdf.pages[min(goal, len(pdf.pages)) - 1].obj, Name.Fit])

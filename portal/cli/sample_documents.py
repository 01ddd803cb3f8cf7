"""Evidence for demonstrations and rehearsals: small PDFs that look like the real thing and say they are not."""

from __future__ import annotations

import io
from datetime import date

from portal.domain import wording
from portal.terms import DOCUMENT_KINDS


def _text(line: str) -> bytes:
    escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return escaped.encode("cp1252", "replace")


Line = tuple[bytes, int, int, str]
"""Font, place on the page, and text."""


def _lines(
    kind: str, organisation: str, kvk_number: str, issued_on: date, expires_on: date | None, number: str
) -> list[Line]:
    label = DOCUMENT_KINDS[kind].label
    return [
        (b"/F2 20 Tf", 60, 700, label),
        (b"/F1 12 Tf", 60, 664, "Afgegeven aan"),
        (b"/F2 14 Tf", 60, 646, organisation),
        (b"/F1 12 Tf", 60, 626, f"KvK-nummer {kvk_number}"),
        (b"/F1 12 Tf", 60, 584, f"Nummer: {number}"),
        (b"/F1 12 Tf", 60, 564, f"Datum van afgifte: {wording.day(issued_on)}"),
        (b"/F1 12 Tf", 60, 544, f"Geldig tot en met: {wording.day(expires_on)}" if expires_on else ""),
        (b"/F1 11 Tf", 60, 480, "Dit document is verzonnen en dient alleen om het portaal te laten zien."),
        (b"/F1 11 Tf", 60, 464, "Er kunnen geen rechten aan worden ontleend."),
        (b"/F2 11 Tf", 60, 120, "Keurende instantie (voorbeeld)"),
        (b"/F1 9 Tf", 60, 60, "VOORBEELD - geen echt document"),
    ]


def text(kind: str, organisation: str, kvk_number: str, issued_on: date, expires_on: date | None, number: str) -> str:
    """The text layer of the same sample, as reading it gives."""
    lines = _lines(kind, organisation, kvk_number, issued_on, expires_on, number)
    return "\n".join(line for *_, line in lines if line)


def make(kind: str, organisation: str, kvk_number: str, issued_on: date, expires_on: date | None, number: str) -> bytes:
    """One A4 page: what the document is, of whom, its dates and number, and a clear 'VOORBEELD'."""
    lines = _lines(kind, organisation, kvk_number, issued_on, expires_on, number)
    drawing = [b"0.05 0.25 0.40 rg 60 760 28 46 re f 0.05 0.25 0.40 RG 1 w 60 140 160 0 re S 0 g"]
    drawing += [b"BT %s %d %d Td (%s) Tj ET" % (font, x, y, _text(line)) for font, x, y, line in lines if line]
    import pikepdf  # heavy, and the portal itself never makes a sample

    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    page.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(
            {
                name: pikepdf.Dictionary(
                    Type=pikepdf.Name.Font,
                    Subtype=pikepdf.Name.Type1,
                    BaseFont=base,
                    Encoding=pikepdf.Name.WinAnsiEncoding,
                )
                for name, base in (("/F1", pikepdf.Name.Helvetica), ("/F2", pikepdf.Name("/Helvetica-Bold")))
            }
        )
    )
    page.Contents = pdf.make_stream(b"\n".join(drawing))
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()

"""The clarification notice as PDF: archival, accessible, and with every question in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2

from portal.adapters.pdf import WeasyDocuments

MADE_AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def clarification(number: int, **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "subject": {"kind": "requirement", "code": "T01", "name": "Ervaring <b>"},
        "question": "Telt de ervaring van een onderaannemer mee?\n\nEn van een combinant?",
        "answer": "Ja, als u zijn verklaring bij uw aanmelding voegt.",
        "requirement": "",
        "requirement_title": "",
        "edition": None,
        "corrects": None,
        "corrects_notice": None,
        **more,
    }


def test_a_notice_is_archival_and_accessible_and_says_what_changes_and_what_is_corrected(
    documents: WeasyDocuments, faults: Callable[[bytes], list[str]]
) -> None:
    facts = {
        "made_at": MADE_AT,
        "authority": {"name": "Regio Proefpolder", "subtitle": "", "phone": "", "mail": "i@p.example"},
        "procedure": "Wmo Proefpolder",
        "round": "2027-1",
        "reference": "NVI-proef-2027-1-2",
        "number": 2,
        "published_at": MADE_AT.isoformat(),
        "closes_at": datetime(2026, 12, 20, 11, 0, tzinfo=UTC).isoformat(),
        "clarifications": [
            clarification(3, requirement="T01", requirement_title="Ervaring", edition=4),
            clarification(4, subject={"kind": "", "code": "", "name": ""}, corrects=1, corrects_notice=1),
        ],
    }

    pdf = documents.render(
        "clarification_notice", facts, identifier="n", attachments={"nota-van-inlichtingen.json": b"{}"}
    )

    assert faults(pdf) == []
    with pypdfium2.PdfDocument(pdf) as document:
        text = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    for words in (
        "Nota van inlichtingen 2",
        "dinsdag 1 december 2026, 10.00.00 uur",
        "Eis T01 Ervaring <b>",
        "En van een combinant?",
        "Dit wijzigt eis T01 Ervaring. De gewijzigde eis staat in uitgave 4",
        "Correctie: dit antwoord komt in de plaats van dat op vraag 1 in nota van inlichtingen 1",
    ):
        assert words in text
    with pikepdf.open(BytesIO(pdf)) as document:
        assert str(document.Root.AF[0].UF) == "nota-van-inlichtingen.json"

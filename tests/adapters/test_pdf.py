"""Documents of our own: archival, accessible, the same every time, and closed to the outside."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from jinja2 import UndefinedError
from weasyprint.urls import FatalURLFetchingError

from portal.adapters.pdf import WeasyDocuments


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_a_letter_is_archival_and_accessible(letter: bytes, faults: Callable[[bytes], list[str]]) -> None:
    assert faults(letter) == []


def test_an_attachment_keeps_a_document_archival_and_is_found_as_data(
    documents: WeasyDocuments, letter_facts: dict[str, Any], faults: Callable[[bytes], list[str]]
) -> None:
    data = json.dumps({"kenmerk": "PRF-2026-0042"}).encode()

    pdf = documents.render("proefbrief", letter_facts, identifier="1", attachments={"feiten.json": data})

    assert faults(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as document:
        specification = document.Root.AF[0]
        assert str(specification.UF) == "feiten.json"
        assert str(specification.AFRelationship) == "/Data"
        assert str(specification.EF.F.Subtype) == "/application/json"
        assert specification.EF.F.read_bytes() == data


def test_the_judge_of_archival_documents_sees_what_is_missing(
    letter: bytes, faults: Callable[[bytes], list[str]]
) -> None:
    target = BytesIO()
    with pikepdf.open(BytesIO(letter)) as document:
        del document.Root.Lang
        del document.pages[0].Tabs
        document.save(target)

    assert faults(target.getvalue()) == ["no language", "page without Tabs"]


def test_a_letter_shows_its_facts_as_text_and_never_as_markup(letter: bytes) -> None:
    text = text_of(letter)

    assert "Stichting Het Anker & Zn. <b>" in text
    assert "zondag 22 november 2026, 11.08.42 uur" in text
    assert "€ 1.234,56" in text
    assert "Kenmerk PRF-2026-0042" in text
    assert "Pagina 1 van 1" in text


def test_only_fonts_of_the_portal_are_used(letter: bytes) -> None:
    with pikepdf.open(BytesIO(letter)) as document:
        names = {
            str(thing.FontName).partition("+")[2]
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"
        }

    assert names
    assert all(name.startswith("Source-Sans-3") for name in names)


def test_the_file_carries_the_date_of_its_facts(letter: bytes) -> None:
    with pikepdf.open(BytesIO(letter)) as document:
        assert str(document.docinfo.CreationDate).startswith("D:20261122100842")
        assert str(document.docinfo.Title) == "Raamovereenkomst"


RENDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from portal.adapters.pdf import WeasyDocuments
facts = eval(sys.argv[2])
sys.stdout.buffer.write(WeasyDocuments(Path(sys.argv[1])).render("proefbrief", facts, identifier="1",
                        attachments={"feiten.json": b"{}"}))
"""


def test_another_process_makes_the_same_bytes(
    documents: WeasyDocuments, templates: Path, letter_facts: dict[str, Any]
) -> None:
    facts = repr(letter_facts).replace("datetime.datetime", "datetime")
    facts = facts.replace("datetime.timezone.utc", "UTC")
    documents.render("proefbrief", letter_facts, identifier="warm")

    here = documents.render("proefbrief", letter_facts, identifier="1", attachments={"feiten.json": b"{}"})
    there = subprocess.run(
        [sys.executable, "-c", RENDER, str(templates), facts],
        capture_output=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
        env={"PYTHONHASHSEED": "7"},
    ).stdout

    assert here == there


def test_another_identifier_or_fact_makes_other_bytes(
    documents: WeasyDocuments, letter: bytes, letter_facts: dict[str, Any]
) -> None:
    other_identifier = documents.render("proefbrief", letter_facts, identifier="PRF-2026-0043")
    other_fact = documents.render("proefbrief", letter_facts | {"tariffs": [123457, 5000]}, identifier="PRF-2026-0042")

    assert len({letter, other_identifier, other_fact}) == 3


def test_a_letter_is_laid_out_without_a_complaint(
    documents: WeasyDocuments, letter_facts: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    documents.render("proefbrief", letter_facts, identifier="1")

    assert [record.getMessage() for record in caplog.records if record.name.startswith("weasyprint")] == []


def test_a_missing_fact_stops_the_document(documents: WeasyDocuments, letter_facts: dict[str, Any]) -> None:
    del letter_facts["reference"]

    with pytest.raises(UndefinedError, match="reference"):
        documents.render("proefbrief", letter_facts, identifier="1")


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/passwd" alt="">',
        '<img src="../../secret.svg" alt="">',
        '<img src="http://127.0.0.1:1/x.svg" alt="">',
        '<img src="//127.0.0.1/x.svg" alt="">',
        '<img src="data:image/svg+xml,%3Csvg/%3E" alt="">',
        '<link rel="stylesheet" href="file:///etc/x.css">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<div style="background: url(base.html)">x</div>',
    ],
)
def test_a_document_fetches_nothing_but_packaged_assets(
    markup: str, templates: Path, letter_facts: dict[str, Any]
) -> None:
    (templates.parent / "secret.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (templates / "pdf" / "lek.html").write_text(
        '{% extends "base.html" %}{% block content %}' + markup + "{% endblock %}"
    )

    with pytest.raises(FatalURLFetchingError):
        WeasyDocuments(templates).render("lek", letter_facts, identifier="1")


def test_a_packaged_picture_is_fetched(
    templates: Path, letter_facts: dict[str, Any], faults: Callable[[bytes], list[str]]
) -> None:
    (templates / "pdf" / "wapen.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>"
    )
    (templates / "pdf" / "plaat.html").write_text(
        '{% extends "base.html" %}{% block content %}<img src="wapen.svg" alt="Wapen">{% endblock %}'
    )

    pdf = WeasyDocuments(templates).render("plaat", letter_facts, identifier="1")

    assert faults(pdf) == []


def test_a_folder_without_the_paper_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"base\.html"):
        WeasyDocuments(tmp_path)

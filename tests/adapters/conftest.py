"""What the adapters' tests share: a letter of our own, a test authority, and the judge of archival PDFs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from portal.adapters.pdf import WeasyDocuments
from portal.adapters.signing import PadesSigner, TestAuthority

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

LETTER = """{% extends "base.html" %}
{% block address %}<p class="name">{{ organisation }}</p><p>Havenkade 12</p>{% endblock %}
{% block details %}<tr><th scope="row">Contact</th><td>Inkoop</td></tr>{% endblock %}
{% block content %}
<p>Ontvangen op {{ made_at | amsterdam_moment }}.</p>
<h2>Toegelaten onderdelen</h2>
<table><caption>Tarieven</caption>
<thead><tr><th scope="col">Product</th><th scope="col" class="number">Tarief</th></tr></thead>
<tbody>{% for cents in tariffs %}<tr><th scope="row">Product {{ loop.index }}</th>
<td class="number">{{ cents | euro }}</td></tr>{% endfor %}</tbody></table>
<ol class="articles"><li><h2>Duur</h2><ol><li>De overeenkomst duurt een jaar.</li></ol></li></ol>
<p>Zie <a href="https://portaal.example/register">het register</a>.</p>
{% endblock %}"""


@pytest.fixture
def letter_facts() -> dict[str, Any]:
    return {
        "title": "Raamovereenkomst",
        "reference": "PRF-2026-0042",
        "made_at": datetime(2026, 11, 22, 10, 8, 42, tzinfo=UTC),
        "authority": {"name": "Regio Proefpolder", "subtitle": "Inkoop van zorg", "phone": "0800 1234"},
        "organisation": "Stichting Het Anker & Zn. <b>",
        "tariffs": [123456, 5000],
    }


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """The project's templates with a letter of the tests beside them."""
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES / "pdf", folder / "pdf")
    (folder / "pdf" / "proefbrief.html").write_text(LETTER)
    return folder


@pytest.fixture
def documents(templates: Path) -> WeasyDocuments:
    return WeasyDocuments(templates)


@pytest.fixture
def letter(documents: WeasyDocuments, letter_facts: dict[str, Any]) -> bytes:
    return documents.render("proefbrief", letter_facts, identifier="PRF-2026-0042")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority(tmp_path_factory.mktemp("authority") / "ca")


@pytest.fixture
def signer(authority: TestAuthority) -> PadesSigner:
    return PadesSigner(authority)


@pytest.fixture
def faults() -> Callable[[bytes], list[str]]:
    """What keeps a PDF from being PDF/A-3a and PDF/UA-1, as far as its structure shows."""
    return _faults


def _faults(pdf: bytes) -> list[str]:
    with pikepdf.open(BytesIO(pdf)) as document:
        root = document.Root
        metadata = root.Metadata.read_bytes()
        found = {
            "no PDF/A-3a identification": b'pdfaid:part="3"' not in metadata
            or b'pdfaid:conformance="A"' not in metadata,
            "no PDF/UA-1 identification": b'pdfuaid:part="1"' not in metadata,
            "not one rdf:RDF": metadata.count(b"<rdf:RDF") != 1,
            "no language": str(root.get("/Lang", "")) != "nl",
            "no title": not str(document.docinfo.get("/Title", "")),
            "title not shown": root.ViewerPreferences.get("/DisplayDocTitle") is not True,
            "not marked": root.MarkInfo.get("/Marked") is not True,
            "no output intent": [str(one.S) for one in root.OutputIntents] != ["/GTS_PDFA1"],
            "script": "/JavaScript" in root.get("/Names", {}) or "/OpenAction" in root,
            "encrypted": document.is_encrypted,
        }
        faults = [fault for fault, is_there in found.items() if is_there]
        for page in document.pages:
            faults += ["page without StructParents"] * ("/StructParents" not in page)
            faults += ["page without Tabs"] * (str(page.get("/Tabs", "")) != "/S")
            for annotation in page.get("/Annots", []):
                is_invisible = annotation.Subtype == "/Widget" and list(annotation.Rect) == [0, 0, 0, 0]
                faults += ["annotation without StructParent"] * ("/StructParent" not in annotation and not is_invisible)
        for thing in document.objects:
            if not isinstance(thing, pikepdf.Dictionary):
                continue
            if thing.get("/Type") == "/FontDescriptor":
                faults += ["font not embedded"] * (not {"/FontFile2", "/FontFile3"} & set(thing.keys()))
            if thing.get("/S") == "/TH":
                attributes = thing.get("/A", {})
                listed = attributes if isinstance(attributes, pikepdf.Array) else [attributes]
                faults += ["table heading without scope"] * (not any("/Scope" in one for one in listed))
            if thing.get("/S") == "/Figure":
                faults += ["figure without text"] * ("/Alt" not in thing)
            if thing.get("/Type") == "/Filespec":
                faults += ["attachment without relationship"] * ("/AFRelationship" not in thing)
        levels = _heading_levels(root.StructTreeRoot)
        skips = (after > before + 1 for before, after in zip([0, *levels], levels, strict=False))
        return faults + ["heading level skipped"] * any(skips)


def _heading_levels(element: Any) -> list[int]:
    """Heading levels in reading order."""
    levels, stack = [], [element]
    while stack:
        element = stack.pop()
        if not isinstance(element, pikepdf.Dictionary):
            continue
        kind = str(element.get("/S", ""))
        if len(kind) == 3 and kind.startswith("/H") and kind[2].isdigit():
            levels.append(int(kind[2]))
        children = element.get("/K", [])
        stack += reversed(list(children) if isinstance(children, pikepdf.Array) else [children])
    return levels

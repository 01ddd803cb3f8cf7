"""PDF documents of our own: WeasyPrint lays out HTML, hooks and pikepdf make it PDF/A-3a with PDF/UA-1.

A template extends `base.html`, whose first comment lists the facts it needs. The same template, facts and
identifier give the same bytes, so a document can be made again to check it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pikepdf
import pydyf
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.css import ColorProfile
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from portal.adapters.notation import FILTERS
from portal.faults import fault

_VARIANT = "pdf/a-3a"
_INTENT = "portal-srgb"
_ICC = "sRGB2014.icc"
_ASSETS = {".css": "text/css", ".ttf": "font/ttf", ".woff2": "font/woff2", ".svg": "image/svg+xml"}

# PDF/UA identification, and the extension schema that allows it inside PDF/A (ISO 19005-3, 6.6.2.3).
_PDF_UA = b"""
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="" pdfuaid:part="1"/>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
  xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">
 <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
  <pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
  <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
  <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
  <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
   <pdfaProperty:name>part</pdfaProperty:name>
   <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
   <pdfaProperty:category>internal</pdfaProperty:category>
   <pdfaProperty:description>Part of ISO 14289 this file follows</pdfaProperty:description>
  </rdf:li></rdf:Seq></pdfaSchema:property>
 </rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""


class WeasyDocuments:
    """`services.Documents` on `templates_folder`/pdf (templates, one stylesheet `pdf.css`, fonts)."""

    def __init__(self, templates_folder: Path) -> None:
        self._folder = (templates_folder / "pdf").resolve()
        if not (self._folder / "base.html").is_file():
            raise ValueError(f"there is no pdf/base.html in {templates_folder}")
        self._fetcher = _PackagedAssets(self._folder)
        self._templates = Environment(loader=FileSystemLoader(self._folder), undefined=StrictUndefined, autoescape=True)
        self._templates.filters |= FILTERS
        # Parsing the stylesheet and loading fonts cost more than a page of layout: kept warm, and WeasyPrint
        # does not promise that they may be shared between threads, so one document is made at a time.
        self._lock = threading.Lock()
        self._style: tuple[CSS, FontConfiguration, bytes] | None = None

    def render(
        self,
        template: str,
        facts: Mapping[str, Any],
        *,
        identifier: str,
        attachments: Mapping[str, bytes] | None = None,
        pictures: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """As the protocol says. `facts["made_at"]` (aware) dates the file and its attachments."""
        html = self._templates.get_template(f"{template}.html").render(facts)
        made_at: datetime = facts["made_at"]
        fault("pdf.render")
        with self._lock:
            self._fetcher.pictures = pictures or {}
            pdf = self._lay_out(html, identifier, made_at.astimezone(UTC), attachments or {})
        settled = _settle(pdf)
        fault("pdf.rendered")
        return settled

    def _lay_out(self, html: str, identifier: str, made_at: datetime, attachments: Mapping[str, bytes]) -> bytes:
        css, fonts, icc = self._warm()
        # WeasyPrint's own 'srgb' leaves this same file open. A profile is used once: it changes when written.
        colours = ColorProfile(BytesIO(icc), _ICC, "relative-colorimetric", (["r"], ["g"], ["b"]))
        page = HTML(string=html, base_url=self._folder.as_uri() + "/", url_fetcher=self._fetcher)
        document = page.render(
            stylesheets=[css],
            font_config=fonts,
            color_profiles={_INTENT: colours},
            pdf_variant=_VARIANT,
            output_intent=_INTENT,
        )
        original = document.metadata.generate_rdf_metadata
        # WeasyPrint writes one variant, and checkers read one rdf:RDF: the second standard goes inside it.
        document.metadata.generate_rdf_metadata = lambda *args: original(*args).replace(
            b"</rdf:RDF>", _PDF_UA + b"</rdf:RDF>"
        )
        document.metadata.attachments += [
            Attachment(
                string=data,
                name=name,
                description="Dezelfde gegevens, leesbaar voor computers",
                created=made_at,
                modified=made_at,
                relationship="Data",
            )
            for name, data in sorted(attachments.items())
        ]
        return document.write_pdf(
            pdf_variant=_VARIANT,
            output_intent=_INTENT,
            pdf_identifier=hashlib.sha256(identifier.encode()).digest()[:16],
            finisher=_add_table_scopes,
        )

    def _warm(self) -> tuple[CSS, FontConfiguration, bytes]:
        if self._style is None:
            fonts = FontConfiguration()
            css = CSS(filename=self._folder / "pdf.css", font_config=fonts, url_fetcher=self._fetcher)
            self._style = css, fonts, (files("weasyprint.pdf") / _ICC).read_bytes()
        return self._style


class _PackagedAssets(URLFetcher):
    """Fetches style, fonts and pictures below one folder. Anything else stops the document.

    Names of organisations and answers of applicants end up in these documents; no slip in a template may turn
    one into a request to a server or a look into a file (security design, T19).
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._folder = folder
        self.pictures: Mapping[str, bytes] = {}
        """Those of the document that is being made, by name."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        if parts.scheme == "picture" and parts.path in self.pictures:
            return URLFetcherResponse(url, self.pictures[parts.path], {"Content-Type": "image/jpeg"})
        path = Path(unquote(parts.path)).resolve()
        kind = _ASSETS.get(path.suffix)
        if parts.scheme != "file" or parts.netloc or not kind or not path.is_relative_to(self._folder):
            raise FatalURLFetchingError(f"a document may not fetch {url[:200]}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


def _add_table_scopes(document: Document, pdf: pydyf.PDF) -> None:
    """Say of each table heading what it heads (PDF/UA-1, 7.5); WeasyPrint 70 leaves that out."""
    by_reference = {item.reference: item for item in pdf.objects if hasattr(item, "reference")}
    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/TH":
            row = by_reference[item["P"]]
            section = by_reference[row["P"]]
            scope = "/Column" if section.get("S") == "/THead" else "/Row"
            attributes = pydyf.Dictionary({"O": "/Table", "Scope": scope})
            present = item.get("A")
            if isinstance(present, pydyf.Dictionary):
                present["Scope"] = scope
            elif isinstance(present, list):
                item["A"] = pydyf.Array([*present, attributes])
            else:
                item["A"] = attributes


def _settle(pdf: bytes) -> bytes:
    """Written again with small object streams: pyHanko checks WeasyPrint's large one in square time."""
    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        document.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            compress_streams=True,
        )
    return target.getvalue()

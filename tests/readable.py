"""Evidence as its issuers lay it out, as PDF with a real text layer: what the tests of reading read."""

from __future__ import annotations

from html import escape
from io import BytesIO

import pikepdf
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from weasyprint import HTML

STYLE = "body { font: 11pt sans-serif } td { padding: 1mm 6mm 1mm 0; vertical-align: top }"


def pdf(body: str) -> bytes:
    """HTML as PDF."""
    made = HTML(string=f'<html lang="nl"><style>{STYLE}</style><body>{body}</body></html>').write_pdf()
    assert isinstance(made, bytes)
    return made


def rows(pairs: dict[str, str]) -> str:
    lines = (f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in pairs.items())
    return f"<table>{''.join(lines)}</table>"


def kvk_extract(name: str = "Stichting De Linde", kvk: str = "12345678", made: str = "12-06-2019") -> str:
    return f"""<h2>Uittreksel Handelsregister Kamer van Koophandel</h2>
        {
        rows(
            {
                "KvK-nummer": kvk,
                "RSIN": "123456782",
                "Rechtsvorm": "Stichting",
                "Statutaire naam": name,
                "Statutaire zetel": "'s-Hertogenbosch",
                "Datum akte van oprichting": "03-02-1998",
            }
        )
    }
        <p>Uittreksel is vervaardigd op {made} om 13.37 uur.</p>
        <p>Dit uittreksel is gewaarmerkt door KvK.</p>"""


def gva() -> str:
    return """<p>Dienst Justis<br>Ministerie van Justitie en Veiligheid</p>
        <p>Datum 4 maart 2019<br>Ons kenmerk 2019-0098765/GVA</p><h1>Gedragsverklaring aanbesteden</h1>
        <p>De Minister verklaart dat op grond van zijn onderzoek geen bezwaren bestaan tegen Stichting De Linde,<br>
        ingeschreven bij de Kamer van Koophandel onder nummer 12345678.</p>"""


def certificate(name: str = "Stichting De Linde", until: str = "1 mei 2022") -> str:
    return f"""<h1>Certificaat</h1><p>Kiwa Nederland B.V. verklaart dat het kwaliteitsmanagementsysteem van</p>
        <p><b>{name}</b></p><p>voldoet aan de norm HKZ Zorg &amp; Welzijn.</p>
        {
        rows(
            {
                "Toegekend aan": name,
                "Certificaatnummer": "HKZ-20415/03",
                "Toepassingsgebied": "Het bieden van ambulante begeleiding en dagbesteding.",
                "Eerste datum van uitgifte": "1 mei 2013",
                "Datum van uitgifte": "2 mei 2019",
                "Geldig tot": until,
            }
        )
    }"""


def iso_certificate() -> str:
    return """<h1>Certificate of registration</h1><p>This is to certify that</p><p>Stichting De Linde</p>
        <p>operates a Quality Management System that complies with ISO 9001:2015.</p>
        <p>Scope: provision of day care and individual support</p><p>Certificate No. QMS 604512</p>
        <p>Original issue date: 3rd of June 2012</p><p>Issue date: June 3, 2018</p><p>Expiry date: 02-Jun-2021</p>
        <p>LRQA</p>"""


def vog() -> str:
    return """<p>Justis</p><p>Den Haag, 9 mei 2019</p><p>Kenmerk: 20190509-4711</p>
        <h1>Verklaring Omtrent het Gedrag</h1><p>Naam: Samira de Proef</p><p>Geboortedatum: 12-11-1991</p>"""


def tax_statement() -> str:
    return """<p>Belastingdienst</p><p>Dagtekening: 3 juni 2019</p><p>Kenmerk: 8123/VBN</p>
        <h1>Verklaring nakoming fiscale verplichtingen</h1><p>Naam: Stichting De Linde</p>
        <p>RSIN 123456782</p>"""


def insurance() -> str:
    return """<h1>Polis aansprakelijkheidsverzekering</h1>""" + rows(
        {
            "Polisnummer": "AVB-77.120.341",
            "Verzekeraar": "Onderlinge Zorgverzekering (voorbeeld)",
            "Verzekeringnemer": "Stichting De Linde",
            "Hoedanigheid": "Zorgaanbieder Wmo",
            "Ingangsdatum": "01-01-2019",
            "Einddatum": "31-12-2019",
        }
    )


def long_text() -> bytes:
    """One page with more than a million characters: it takes its reader a while."""
    drawing = (
        b"BT /F1 8 Tf 20 800 Td 10 TL " + b"".join(b"(%s) Tj T* " % (b"woord " * 100) for _ in range(2000)) + b"ET"
    )
    target = BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(drawing)
        pdf.save(target)
    return target.getvalue()


def edited(signed: bytes) -> bytes:
    """The same file with something written over its first page, after the signature."""
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    stream = writer.add_object(StreamObject(stream_data=b"BT /F1 30 Tf 60 60 Td (anders) Tj ET"))
    writer.add_stream_to_page(0, stream)
    target = BytesIO()
    writer.write(target)
    return target.getvalue()

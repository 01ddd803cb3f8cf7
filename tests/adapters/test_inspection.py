"""Uploaded files: good ones of every kind pass, hostile ones are refused with the rule and the way out."""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from portal import errors
from portal.adapters import inspection_child
from portal.adapters.inspection import SandboxedInspector
from portal.services import Inspection

INSPECTOR = SandboxedInspector()


def pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 65_536):
        yield data[start : start + 65_536]


def inspect(data: bytes, filename: str = "bewijs.pdf") -> Inspection:
    return INSPECTOR.inspect(pieces(data), filename)


def refusal(data: bytes, filename: str = "bewijs.pdf") -> errors.FileRefused:
    with pytest.raises(errors.FileRefused) as refused:
        inspect(data, filename)
    return refused.value


def pdf_with(change: Callable[[Pdf], None] = lambda pdf: None, pages: int = 1, **options: object) -> bytes:
    target = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        change(pdf)
        pdf.save(target, **options)
    return target.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 40), mode: str = "RGB") -> bytes:
    target = BytesIO()
    Image.new(mode, size).save(target, kind)
    return target.getvalue()


def action(**entries: object) -> Callable[[Pdf], None]:
    def add(pdf: Pdf) -> None:
        pdf.Root.OpenAction = Dictionary(**entries)

    return add


def deep_action(pdf: Pdf) -> None:
    """An action hidden in arrays in dictionaries of an annotation of the last page."""
    hidden = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    for _ in range(100):
        hidden = Array([Dictionary(Next=hidden)])
    pdf.pages[-1].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, A=hidden)])


def attachment(name: str, data: bytes, **entries: object) -> Callable[[Pdf], None]:
    def add(pdf: Pdf) -> None:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)
        for key, value in entries.items():
            pdf.attachments[name].obj[f"/{key}"] = value

    return add


# What is taken.


@pytest.mark.parametrize(
    ("data", "filename", "expected"),
    [
        (pdf_with(pages=3), "verklaring.pdf", Inspection("application/pdf", 3)),
        (pdf_with(), "VERKLARING.PDF", Inspection("application/pdf", 1)),
        (pdf_with(linearize=True), "a.b.pdf", Inspection("application/pdf", 1)),
        (pdf_with(force_version="1.3"), "oud.pdf", Inspection("application/pdf", 1)),
        (picture("JPEG"), "scan.jpg", Inspection("image/jpeg", 1)),
        (picture("JPEG"), "scan.jpeg", Inspection("image/jpeg", 1)),
        (picture("JPEG", mode="CMYK"), "scan.jpg", Inspection("image/jpeg", 1)),
        (picture("PNG", mode="RGBA"), "scan.png", Inspection("image/png", 1)),
        (picture("PNG", size=(4960, 7016), mode="L"), "a4-600dpi.png", Inspection("image/png", 1)),
    ],
)
def test_good_files_pass(data: bytes, filename: str, expected: Inspection) -> None:
    assert inspect(data, filename) == expected


def test_a_pdf_that_only_its_owner_may_change_passes() -> None:
    data = pdf_with(encryption=pikepdf.Encryption(owner="geheim", user=""))

    assert inspect(data) == Inspection("application/pdf", 1)


def test_links_forms_and_harmless_attachments_pass() -> None:
    def add(pdf: Pdf) -> None:
        uri = Dictionary(S=Name.URI, URI=String("https://gemeente.example"))
        pdf.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, A=uri)])
        text = Dictionary(FT=Name.Tx, T=String("naam"), V=String("Het Anker"))
        pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(text)]))
        attachment("tarieven.xlsx", b"PK\x03\x04")(pdf)

    assert inspect(pdf_with(add)) == Inspection("application/pdf", 1)


def test_a_document_of_the_portal_itself_passes(letter: bytes) -> None:
    assert inspect(letter) == Inspection("application/pdf", 1)


# What is refused, and what the person reads.


@pytest.mark.parametrize(
    ("data", "filename", "rule", "words"),
    [
        (b"", "leeg.pdf", "empty", "leeg"),
        (pdf_with(), "brief.docx", "type", "'docx'"),
        (pdf_with(), "brief", "type", "zonder naam"),
        (pdf_with(), ".pdf", "type", "PDF"),
        (pdf_with(), "brief.pdf.exe", "type", "'exe'"),
        (b"MZ\x90\x00" + bytes(500), "programma.pdf", "content", "naam eindigt op .pdf"),
        (b"<html><script>1</script>", "pagina.pdf", "content", "bewaar het als PDF"),
        (b"\n" + pdf_with(), "verschoven.pdf", "content", "klopt niet"),
        (picture("PNG"), "foto.jpg", "content", ".jpg"),
        (pdf_with(), "foto.png", "content", ".png"),
        (picture("GIF"), "foto.png", "content", ".png"),
        (b"%PDF-1.7\n" + bytes(300), "kapot.pdf", "unreadable", "beschadigd"),
        (pdf_with(pages=0), "niets.pdf", "unreadable", "beschadigd"),
        (picture("JPEG", size=(500, 500))[:700], "half.jpg", "broken", "afbeelding"),
        (picture("PNG", size=(500, 500))[:60], "half.png", "broken", "afbeelding"),
        (
            pdf_with(encryption=pikepdf.Encryption(owner="a", user="b")),
            "slot.pdf",
            "password",
            "zonder wachtwoord",
        ),
        (pdf_with(action(S=Name.JavaScript, JS=String("1"))), "a.pdf", "active", "JavaScript"),
        (pdf_with(action(S=Name.Launch, F=String("cmd.exe"))), "a.pdf", "active", "Launch"),
        (pdf_with(action(S=Name.ImportData, F=String("x.fdf"))), "a.pdf", "active", "ImportData"),
        (pdf_with(action(S=Name.SubmitForm, F=String("http://x"))), "a.pdf", "active", "SubmitForm"),
        (pdf_with(deep_action, pages=4), "a.pdf", "active", "JavaScript"),
        (pdf_with(pages=2001), "dik.pdf", "pages", "2001 bladzijden"),
    ],
)
def test_a_refusal_names_the_rule_and_the_way_out(data: bytes, filename: str, rule: str, words: str) -> None:
    refused = refusal(data, filename)

    assert refused.rule == rule
    assert words in str(refused)
    assert "%(" not in str(refused)


def test_a_pdf_of_exactly_the_most_pages_passes() -> None:
    assert inspect(pdf_with(pages=2000)) == Inspection("application/pdf", 2000)


def test_rich_media_is_refused() -> None:
    def add(pdf: Pdf) -> None:
        pdf.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.RichMedia)])

    assert refusal(pdf_with(add)).rule == "active"


def test_scripts_of_the_whole_document_are_refused() -> None:
    def add(pdf: Pdf) -> None:
        script = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=pdf.make_stream(b"app.alert(1)")))
        pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), script])))

    assert refusal(pdf_with(add)).rule == "active"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("factuur.exe", b"x"),
        ("factuur.pdf.js", b"x"),
        ("macro.docm", b"PK\x03\x04"),
        ("map.zip", b"PK\x03\x04"),
        ("zonderpunt", b"x"),
        ("gegevens.csv", b"MZ\x90\x00"),
        ("gegevens.txt", b"#!/bin/sh\n"),
        ("proef.txt", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}"),
    ],
)
def test_an_attachment_that_can_run_is_refused(name: str, data: bytes) -> None:
    refused = refusal(pdf_with(attachment(name, data)))

    assert refused.rule == "attachment"
    assert name in str(refused)


def test_an_attachment_with_two_names_is_judged_by_both() -> None:
    assert refusal(pdf_with(attachment("a.txt", b"x", F=String("a.exe")))).rule == "attachment"


def test_an_attachment_that_swells_is_looked_at_without_unpacking_it() -> None:
    def add(pdf: Pdf) -> None:
        attachment("groot.txt", b"")(pdf)
        stream = pdf.attachments["groot.txt"].obj.EF.F
        stream.write(zlib.compress(bytes(800_000_000), 9), filter=Name.FlateDecode)

    data = pdf_with(add, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)

    assert inspect(data) == Inspection("application/pdf", 1)


def test_bytes_that_are_also_an_archive_are_refused() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Main-Class: X")

    assert refusal(pdf_with() + archive.getvalue()).rule == "content"
    assert refusal(picture("PNG") + archive.getvalue(), "scan.png").rule == "content"


def test_a_page_larger_than_any_paper_is_refused() -> None:
    def widen(pdf: Pdf) -> None:
        pdf.pages[0].mediabox = Array([0, 0, 14_401, 10])

    assert refusal(pdf_with(widen)).rule == "page_size"


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(12_000, 12_000), (60_000, 60_000), (2_000_000_000, 1)])
def test_a_flood_of_pixels_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    refused = refusal(png_that_claims(*size), "bom.png")

    assert refused.rule == "pixels"
    assert "300 dpi" in str(refused)


def test_an_object_stream_that_swells_meets_the_limits_and_not_the_portal() -> None:
    swelling = zlib.compress(bytes(1_500_000_000), 9)
    body = (
        b"%PDF-1.5\n1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length "
        + str(len(swelling)).encode()
        + b">>\nstream\n"
        + swelling
        + b"\nendstream\nendobj\n"
    )
    table = b"".join(struct.pack(">BIH", *entry) for entry in [(0, 0, 65535), (1, 9, 0), (2, 1, 0), (1, len(body), 0)])
    body += (
        b"3 0 obj\n<</Type/XRef/Size 4/W[1 4 2]/Root 2 0 R/Length "
        + str(len(table)).encode()
        + b">>\nstream\n"
        + table
        + b"\nendstream\nendobj\nstartxref\n"
        + str(body.index(b"endobj\n") + 7).encode()
        + b"\n%%EOF\n"
    )

    assert refusal(body).rule in {"heavy", "unreadable"}


def test_a_file_that_takes_too_long_is_refused_and_the_inspector_lives_on() -> None:
    def add(pdf: Pdf) -> None:
        many = [pdf.make_indirect(Dictionary(A=Array([i, Dictionary(B=i)]))) for i in range(150_000)]
        pdf.Root.Veel = Array(many)

    impatient = SandboxedInspector(wall=0.5, at_once=1)

    with pytest.raises(errors.FileRefused) as refused:
        impatient.inspect(pieces(pdf_with(add)), "traag.pdf")

    assert refused.value.rule == "heavy"
    assert SandboxedInspector().inspect(pieces(pdf_with()), "goed.pdf").pages == 1


# Looking at pages and text.


def size_of(png: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(png), formats=("PNG",)) as image:
        return image.size


def test_a_page_is_drawn_at_the_width_asked(letter: bytes) -> None:
    png = INSPECTOR.page(pieces(letter), 1, 600)

    assert size_of(png)[0] == 600
    assert 845 <= size_of(png)[1] <= 852
    with Image.open(BytesIO(png)) as image:
        assert image.convert("L").getextrema()[0] < 100


def test_an_image_is_its_own_first_page_upright_and_on_white() -> None:
    target = BytesIO()
    sideways = Image.Exif()
    sideways[0x0112] = 6
    Image.new("RGB", (400, 200), "red").save(target, "JPEG", exif=sideways)

    upright = INSPECTOR.page(pieces(target.getvalue()), 1, 100)
    clear = INSPECTOR.page(pieces(picture("PNG", mode="RGBA")), 1, 60)

    assert size_of(upright) == (100, 200)
    with Image.open(BytesIO(clear)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_what_was_filled_in_on_a_form_is_drawn() -> None:
    def add(pdf: Pdf) -> None:
        black = pdf.make_stream(b"0 g 0 0 400 400 re f", BBox=Array([0, 0, 400, 400]), Subtype=Name.Form)
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T=String("a"),
                V=String("b"),
                F=4,
                Rect=Array([50, 50, 450, 450]),
                AP=Dictionary(N=black),
            )
        )
        pdf.pages[0].obj.Annots = Array([field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))

    with Image.open(BytesIO(INSPECTOR.page(pieces(pdf_with(add)), 1, 200))) as image:
        assert image.getpixel((80, 200)) == (0, 0, 0)


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_page_that_does_not_exist_is_refused(number: int) -> None:
    with pytest.raises(errors.FileRefused, match="2 bladzijde") as refused:
        INSPECTOR.page(pieces(pdf_with(pages=2)), number, 100)

    assert refused.value.rule == "no_page"


def test_a_ribbon_of_a_page_is_not_drawn_as_a_huge_picture() -> None:
    def stretch(pdf: Pdf) -> None:
        pdf.pages[0].mediabox = Array([0, 0, 3, 14_000])

    with pytest.raises(errors.FileRefused) as refused:
        INSPECTOR.page(pieces(pdf_with(stretch)), 1, 1200)

    assert refused.value.rule == "page_size"


@pytest.mark.parametrize("data", [b"%PDF-1.7\nkapot", b"geen bestand", b""])
def test_no_page_is_drawn_of_what_cannot_be_read(data: bytes) -> None:
    with pytest.raises(errors.FileRefused):
        INSPECTOR.page(pieces(data), 1, 100)


def test_the_lines_of_a_page_come_with_their_place_and_an_image_or_scan_has_none(letter: bytes) -> None:
    sheet = INSPECTOR.sheet(pieces(letter), 1, 1240)

    line = next(one for one in sheet.lines if "De overeenkomst duurt een jaar." in one.text)
    assert sheet.picture == INSPECTOR.page(pieces(letter), 1, 1240)  # text: PNG
    assert INSPECTOR.sheet(pieces(picture("PNG")), 1, 100).picture.startswith(b"\xff\xd8")
    assert 500 < line.left < line.left + line.width < 9_500
    assert 0 < line.top < 10_000
    assert line.height < 300
    assert INSPECTOR.sheet(pieces(picture("PNG")), 1, 100).lines == ()
    assert INSPECTOR.sheet(pieces(pdf_with()), 1, 100).lines == ()


def test_the_lines_of_a_page_that_is_turned_or_cropped_stand_where_they_are_seen(letter: bytes) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        page.rotate(90, relative=False)
        page.cropbox = [0, 300, 595, 842]

    out = BytesIO()
    with pikepdf.open(BytesIO(letter)) as pdf:
        change(pdf)
        pdf.save(out)

    sheet = INSPECTOR.sheet(pieces(out.getvalue()), 1, 800)

    image = Image.open(BytesIO(sheet.picture)).convert("L")
    for line in sheet.lines[:5]:
        box = [line.left * image.width, line.top * image.height]
        box += [(line.left + line.width) * image.width, (line.top + line.height) * image.height]
        dark = image.crop(tuple(one // 10_000 for one in box)).point(lambda one: 255 if one < 128 else 0)
        assert dark.getbbox(), line
        assert line.height > line.width  # the words run down


def test_what_is_covered_is_black_and_comes_along_neither_as_picture_nor_as_text(letter: bytes) -> None:
    line = next(one for one in INSPECTOR.sheet(pieces(letter), 1, 800).lines if len(one.text) > 20)
    box = (line.left, line.top, line.width, line.height)

    sheet = INSPECTOR.sheet(pieces(letter), 1, 800, form="JPEG", boxes=[box])

    image = Image.open(BytesIO(sheet.picture)).convert("L")
    left, top = line.left * image.width // 10_000, line.top * image.height // 10_000
    right, bottom = left + line.width * image.width // 10_000, top + line.height * image.height // 10_000
    assert sheet.picture.startswith(b"\xff\xd8\xff")
    assert image.crop((left + 2, top + 2, right - 2, bottom - 2)).getextrema()[1] < 40
    assert sheet.lines == ()


CONFINED = """
import runpy, sys
runpy.run_path(sys.argv[1])["confine"]()
caught = []
for name, act in {
    "memory": lambda: bytearray(1 << 30),
    "disk": lambda: open(sys.argv[2], "wb", buffering=0).write(b"x"),
}.items():
    try:
        act()
    except (MemoryError, OSError):
        caught.append(name)
print(*caught)
"""


def test_the_child_gets_no_more_memory_than_its_limit_and_writes_no_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED, inspection_child.__file__, str(tmp_path / "written")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["memory", "disk"]
    assert (tmp_path / "written").read_bytes() == b""


def test_the_child_gets_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A module put in PYTHONPATH or in the working folder must not become the reader of uploads."""
    (tmp_path / "pikepdf.py").write_text("raise SystemExit(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    assert inspect(pdf_with()) == Inspection("application/pdf", 1)


def test_whoever_waits_too_long_for_a_turn_hears_that_it_is_busy_and_the_next_is_served(letter: bytes) -> None:
    inspector = SandboxedInspector(at_once=1, patience=0.05)

    with inspector._places, pytest.raises(errors.Unavailable, match="nu erg druk"):
        inspector.inspect(pieces(letter), "bewijs.pdf")

    assert inspector.inspect(pieces(letter), "bewijs.pdf").content_type == "application/pdf"

"""Photographs that become one PDF, in the confined child: upright, on A4, and without what the camera wrote in them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from portal import errors
from portal.adapters.inspection import SandboxedInspector

INSPECTOR = SandboxedInspector()
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 65_536):
        yield data[start : start + 65_536]


def photo(colours: list[str], size: tuple[int, int] = (300, 400), turned: int = 1) -> bytes:
    """A JPEG in horizontal bands, as a telephone makes it: with its orientation, its maker and a place."""
    picture = Image.new("RGB", size)
    band = size[1] // len(colours)
    for number, colour in enumerate(colours):
        picture.paste(colour, (0, number * band, size[0], (number + 1) * band))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = turned, "GEHEIMTELEFOON"
    exif.get_ifd(GPS)[2] = (51.0, 42.0, 12.0)
    target = BytesIO()
    picture.save(target, "JPEG", exif=exif, quality=95)
    return target.getvalue()


def combine(*pictures: bytes) -> bytes:
    return INSPECTOR.combine([pieces(one) for one in pictures])


def colour(pdf: bytes, page: int, across: float, down: float) -> str:
    """Which of three colours a place on a page has; both places are shares of the page."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[page].render(scale=0.5).to_pil().convert("RGB")
    found = picture.getpixel((int(across * picture.width), int(down * picture.height)))
    assert isinstance(found, tuple)
    if min(found) > 200:
        return "white"
    return ("red", "green", "blue")[found.index(max(found))]


def test_photographs_become_pages_of_a4_in_their_order() -> None:
    lying = photo(["blue"], (400, 300))

    pdf = combine(photo(["red"]), photo(["lime"]), lying)

    with pikepdf.open(BytesIO(pdf)) as document:
        sizes = [[round(float(edge)) for edge in page.mediabox] for page in document.pages]
    assert sizes == [[0, 0, 595, 842], [0, 0, 595, 842], [0, 0, 842, 595]]
    assert [colour(pdf, page, 0.5, 0.5) for page in range(3)] == ["red", "green", "blue"]
    assert INSPECTOR.inspect(pieces(pdf), "fotos.pdf").pages == 3


@pytest.mark.parametrize(("turned", "top"), [(1, "red"), (3, "blue"), (6, "left"), (8, "right")])
def test_a_photograph_stands_as_the_camera_held_it(turned: int, top: str) -> None:
    pdf = combine(photo(["red", "blue"], turned=turned))

    seen = (colour(pdf, 0, 0.5, 0.3), colour(pdf, 0, 0.3, 0.5))
    # A quarter turn to the right brings what was above to the right, so blue comes left.
    assert seen[0 if turned in (1, 3) else 1] == {"red": "red", "blue": "blue", "left": "blue", "right": "red"}[top]


def test_nothing_of_what_the_camera_wrote_is_in_the_pdf() -> None:
    sent = photo(["red"])
    assert b"GEHEIMTELEFOON" in sent

    pdf = combine(sent)

    assert b"GEHEIMTELEFOON" not in pdf
    assert b"Exif" not in pdf
    with pikepdf.open(BytesIO(pdf)) as document:
        raw = document.pages[0].Resources.XObject.Photo.read_raw_bytes()
    with Image.open(BytesIO(raw)) as picture:
        assert dict(picture.getexif()) == {}


def test_a_large_photograph_becomes_a_readable_page_of_a_sensible_size() -> None:
    pdf = combine(photo(["red", "blue", "lime"], (3000, 4000)))

    with pikepdf.open(BytesIO(pdf)) as document:
        picture = document.pages[0].Resources.XObject.Photo
        assert (int(picture.Width), int(picture.Height)) == (1654, 2205)
    assert len(pdf) < 300_000


def test_a_see_through_png_lies_on_white() -> None:
    target = BytesIO()
    Image.new("RGBA", (300, 400), (0, 0, 0, 0)).save(target, "PNG")

    assert colour(combine(target.getvalue()), 0, 0.5, 0.5) == "white"


def test_the_same_photographs_give_the_same_bytes() -> None:
    one, other = photo(["red"]), photo(["blue"])

    assert combine(one, other) == combine(one, other)


@pytest.mark.parametrize("broken", [b"%PDF-1.7 no picture", photo(["red"])[:300], b""])
def test_what_is_no_photograph_is_refused(broken: bytes) -> None:
    with pytest.raises(errors.FileRefused):
        combine(photo(["red"]), broken)

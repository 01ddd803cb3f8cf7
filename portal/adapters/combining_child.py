"""The child process of `inspection.py` that makes one PDF of pictures, under the limits of `inspection_child.py`.

Arguments: `combine COUNT`. Standard input: so many pictures after each other, then their lengths (8 bytes each, the
most significant first). The answer is as that of the other child: one line of JSON, then the PDF.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

# In isolated mode a script does not find its neighbour. At the end of the path, so that it hides nothing.
sys.path.append(str(Path(__file__).resolve().parent))

from inspection_child import Broken, answer, confine, content_type, open_image
from inspection_child import load as load

A4 = (595.276, 841.890)  # points
A4_PIXELS = (1654, 2339)  # at 200 dpi: what is written on a page stays readable
QUALITY = 80  # of the JPEG on a page


def combine(data: bytes, count: int) -> bytes:
    import pikepdf

    tail = len(data) - 8 * count
    ends = data[tail:]
    target, at = BytesIO(), 0
    with pikepdf.new() as pdf:
        for number in range(count):
            length = int.from_bytes(ends[8 * number : 8 * number + 8], "big")
            jpeg, across, down, is_gray = sheet_of(data[at : at + length])
            at += length
            add_sheet(pdf, jpeg, across, down, is_gray)
        pdf.save(target, deterministic_id=True)
    return target.getvalue()


def sheet_of(data: bytes) -> tuple[bytes, int, int, bool]:
    """One picture as a new JPEG, at most 200 dpi on A4: upright, on white, without what the camera wrote in it."""
    from PIL import Image, ImageOps

    if content_type(data) not in ("image/jpeg", "image/png"):
        raise Broken("content")
    with open_image(data, largest=2 * max(A4_PIXELS)) as image:
        picture = ImageOps.exif_transpose(image)
        is_gray = picture.mode in ("1", "L", "LA", "I;16")
        if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
            paper = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(paper, picture.convert("RGBA"))
        picture = picture.convert("L" if is_gray else "RGB")
    box = A4_PIXELS if picture.height >= picture.width else A4_PIXELS[::-1]
    picture.thumbnail(box, Image.Resampling.LANCZOS)  # never makes it larger
    clean = Image.new(picture.mode, picture.size)  # the pixels and nothing else
    clean.paste(picture)
    target = BytesIO()
    clean.save(target, "JPEG", quality=QUALITY, optimize=True)
    return target.getvalue(), *clean.size, is_gray


def add_sheet(pdf: Any, jpeg: bytes, across: int, down: int, is_gray: bool) -> None:
    """A page of A4, lying where the picture lies, with the picture as large as fits in the middle."""
    import pikepdf

    width, height = A4 if down >= across else A4[::-1]
    page = pdf.add_blank_page(page_size=(width, height))
    picture = pdf.make_stream(jpeg)
    picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    picture.Width, picture.Height, picture.BitsPerComponent = across, down, 8
    picture.ColorSpace = pikepdf.Name.DeviceGray if is_gray else pikepdf.Name.DeviceRGB
    picture.Filter = pikepdf.Name.DCTDecode
    scale = min(width / across, height / down)
    shown = across * scale, down * scale
    place = f"{shown[0]:.3f} 0 0 {shown[1]:.3f} {(width - shown[0]) / 2:.3f} {(height - shown[1]) / 2:.3f}"
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Photo=picture))
    page.Contents = pdf.make_stream(f"q {place} cm /Photo Do Q".encode())


def main(task: str, count: str) -> None:
    confine()
    data = sys.stdin.buffer.read()
    try:
        if task == "combine":
            answer({}, combine(data, int(count)))
    except Broken as broken:
        answer({"refused": broken.rule, "facts": broken.facts})
    except MemoryError:
        answer({"refused": "heavy", "facts": {}})

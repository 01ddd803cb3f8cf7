"""The child process of `inspection.py`: reads one file from standard input, under limits, and answers once.

`forks_server.py` forks it: it must not import the portal, knows no setting and no Dutch, and gets an empty
environment. Arguments: `inspect SUFFIX`, `page NUMBER WIDTH`, `sheet NUMBER WIDTH FORMAT BOXES` or `attached NAME...`.

The answer is one line of JSON, for `page` and `sheet` followed by the bytes. `{"refused": rule, "facts": {}}`
when the file breaks a rule. No answer (a signal, an exit code) means that the file was too much for the
limits.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NoReturn

MEMORY = 1 << 30  # bytes of address space
CPU = 20  # seconds
MAX_PAGES = 2_000
MAX_OBJECTS = 1_000_000
MAX_PIXELS = 120_000_000  # a colour scan of A3 at 600 dpi has 70 million
MAX_PAGE_UNITS = 14_400  # ISO 32000-1, annex C
MAX_RENDERED = 40_000_000  # pixels of one page picture
MAX_LINES, MAX_LETTERS = 3_000, 60_000  # of the text layer of one page
WHOLE = 10_000  # a page is so many parts wide and high, wherever its lines and boxes are measured
MAX_ATTACHED = 5_000_000  # bytes of one attachment that is read, inflated

MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
EXPECTED = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
ACTIONS = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/RichMediaExecute"}
ATTACHMENTS = {"pdf", "jpg", "jpeg", "png", "txt", "csv", "xml", "json", "docx", "xlsx", "odt", "ods", "p7s"}
RUNS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"X5O!P%@AP")


class Broken(Exception):
    """A rule is broken: `rule` is its key, `facts` what the message needs."""

    def __init__(self, rule: str, **facts: Any) -> None:
        super().__init__(rule)
        self.rule, self.facts = rule, facts


def load() -> None:
    """Bring the libraries into memory, in the process that forks these children."""
    import pikepdf  # noqa: F401
    import PIL.Image
    import PIL.ImageOps
    import pypdfium2  # noqa: F401

    PIL.Image.preinit()


def confine() -> None:
    """Give up what reading a file does not need: limits everywhere, the network where Linux allows it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if sys.platform == "linux":
        # New user and network namespaces. Containers and some distributions forbid this; then the network of
        # the machine stays visible and the other limits must do.
        ctypes.CDLL(None).unshare(0x10000000 | 0x40000000)


def content_type(data: bytes) -> str | None:
    return next((kind for magic, kind in MAGIC if data.startswith(magic)), None)


def inspect(data: bytes, suffix: str) -> dict[str, Any]:
    if not data:
        raise Broken("empty")
    kind = content_type(data)
    if kind is None or kind != EXPECTED[suffix] or ends_as_archive(data):
        raise Broken("content")
    pages = inspect_pdf(data) if kind == "application/pdf" else inspect_image(data)
    return {"content_type": kind, "pages": pages}


def ends_as_archive(data: bytes) -> bool:
    """Whether the same bytes are also a ZIP or JAR: its directory closes the file, to the byte."""
    tail = data[-65_557:]
    at = tail.rfind(b"PK\x05\x06")
    return (
        at >= 0 and len(tail) - at >= 22 and int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail) - (at + 22)
    )


def inspect_image(data: bytes) -> int:
    with open_image(data) as image:
        image.load()
    return 1


def open_image(data: bytes, largest: int = 0) -> Any:
    """The picture, read. With `largest` a JPEG may be read smaller, but no side below so many pixels."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image = Image.open(BytesIO(data), formats=("JPEG", "PNG"))
        if largest:
            image.draft(None, (largest, largest))
        image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Broken("pixels") from None
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, struct.error, zlib.error):
        # The kinds Pillow's readers raise for a broken file.
        raise Broken("broken") from None
    return image


def inspect_pdf(data: bytes) -> int:
    import pikepdf

    try:
        pdf = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError:
        raise Broken("password") from None
    except (pikepdf.PdfError, ValueError, RecursionError):
        raise Broken("unreadable") from None
    with pdf:
        if len(pdf.objects) > MAX_OBJECTS:
            raise Broken("heavy")
        try:
            for thing in direct_parts(pdf):
                check_part(thing)
            pages = len(pdf.pages)
            if pages > MAX_PAGES:
                raise Broken("pages", pages=pages)
            for page in pdf.pages:
                box = [float(edge) for edge in page.mediabox]
                if max(abs(box[2] - box[0]), abs(box[3] - box[1])) > MAX_PAGE_UNITS:
                    raise Broken("page_size")
        except (pikepdf.PdfError, ValueError, TypeError, AttributeError, IndexError, KeyError):
            raise Broken("unreadable") from None
    # A second, independent reader: files on which readers disagree show different things to different people.
    with open_pdfium(data) as document:
        if not pages or len(document) != pages:
            raise Broken("unreadable")
    return pages


def direct_parts(pdf: Any) -> Iterator[Any]:
    """Every dictionary and stream in the file once, also the ones inside others; no recursion."""
    import pikepdf

    holders = (pikepdf.Dictionary, pikepdf.Stream, pikepdf.Array)
    seen = 0
    for indirect in pdf.objects:
        stack = [indirect] if isinstance(indirect, holders) else []
        while stack:
            thing = stack.pop()
            seen += 1
            if seen > 4 * MAX_OBJECTS:
                raise Broken("heavy")
            if isinstance(thing, pikepdf.Array):
                children = list(thing)
            else:
                yield thing
                children = [child for _, child in thing.items()]
            stack += [c for c in children if isinstance(c, holders) and not c.is_indirect]


def check_part(thing: Any) -> None:
    keys = set(thing.keys())
    if "/S" in keys and str(thing["/S"]) in ACTIONS:
        raise Broken("active", what=str(thing["/S"])[1:])
    if "/JS" in keys or "/JavaScript" in keys:
        raise Broken("active", what="JavaScript")
    if "/Subtype" in keys and str(thing["/Subtype"]) == "/RichMedia":
        raise Broken("active", what="RichMedia")
    if "/EF" in keys:
        check_attachment(thing)
    if "/Type" in keys and str(thing["/Type"]) == "/EmbeddedFile":
        check_can_run(thing, "")


def check_attachment(specification: Any) -> None:
    names = [str(specification[key]) for key in ("/UF", "/F") if key in specification]
    for name in names or [""]:
        suffix = name.rstrip(". ").rpartition(".")[2].lower() if "." in name else ""
        if suffix not in ATTACHMENTS:
            raise Broken("attachment", name=name[:80] or "zonder naam")
    for _, stream in specification["/EF"].items():
        check_can_run(stream, names[0])


def check_can_run(stream: Any, name: str) -> None:
    """Look at the first bytes only: an attachment may inflate to any size."""
    import pikepdf

    raw = stream.read_raw_bytes()
    filters = stream.get("/Filter", "")
    filters = " ".join(map(str, filters)) if isinstance(filters, pikepdf.Array) else str(filters)
    if filters in ("/FlateDecode", "/Fl"):
        try:
            raw = zlib.decompressobj().decompress(raw, 4096)
        except zlib.error:
            raise Broken("unreadable") from None
    elif filters:
        raise Broken("attachment", name=name[:80] or "zonder naam")
    if raw.lstrip().startswith(RUNS):
        raise Broken("attachment", name=name[:80] or "zonder naam")


def open_pdfium(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Broken("password" if "password" in str(error).lower() else "unreadable") from None


def page(data: bytes, number: int, width: int) -> bytes:
    return encoded(drawn(data, number, width)[0], "PNG")


def sheet(data: bytes, number: int, width: int, form: str, boxes: list[list[int]]) -> tuple[dict[str, Any], bytes]:
    """One page as a picture, with the lines of its text layer. With boxes these are black, and there are no lines."""
    picture, lines = drawn(data, number, width, with_lines=not boxes)
    if boxes:
        from PIL import ImageDraw

        pen = ImageDraw.Draw(picture)
        for left, top, across, down in boxes:
            edges = (left * picture.width, top * picture.height, (left + across) * picture.width)
            pen.rectangle([*(one // WHOLE for one in edges), (top + down) * picture.height // WHOLE], fill="black")
    # A page of text is small and sharp as PNG; a scan or a photograph would take a quarter of a second and megabytes.
    chosen = form if form != "ANY" else "PNG" if lines else "JPEG"
    return {"width": picture.width, "height": picture.height, "lines": lines}, encoded(picture, chosen)


def encoded(picture: Any, form: str) -> bytes:
    target = BytesIO()
    picture.save(target, form, **({"quality": 80} if form == "JPEG" else {}))
    return target.getvalue()


def drawn(data: bytes, number: int, width: int, *, with_lines: bool = False) -> tuple[Any, list[list[Any]]]:
    """A page of a PDF, or a picture, so many pixels wide; and its lines if they are asked."""
    from PIL import Image, ImageOps

    lines: list[list[Any]] = []
    if content_type(data) == "application/pdf":
        import pypdfium2

        with open_pdfium(data) as document:
            if not 1 <= number <= len(document):
                raise Broken("no_page", pages=len(document))
            document.init_forms()
            try:
                leaf = document[number - 1]
                across, down = leaf.get_size()
                check_picture(across, down, width)
                picture = leaf.render(scale=width / across).to_pil()
                lines = lines_of(leaf) if with_lines else []
            except pypdfium2.PdfiumError:
                raise Broken("unreadable") from None
    else:
        if number != 1:
            raise Broken("no_page", pages=1)
        with open_image(data, width) as image:
            picture = ImageOps.exif_transpose(image).convert("RGBA")
        check_picture(*picture.size, width)
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    height = max(1, round(picture.height * width / picture.width))
    picture = picture.convert("RGB")
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    return picture, lines


def lines_of(leaf: Any) -> list[list[Any]]:
    """The text layer of a page: `[text, left, top, width, height]` per line, as the page is shown (turned, cropped)."""
    import ctypes as c

    import pypdfium2.raw as raw

    def shown(x: float, y: float) -> tuple[int, int]:
        across, down = c.c_int(), c.c_int()
        raw.FPDF_PageToDevice(leaf, 0, 0, WHOLE, WHOLE, 0, x, y, c.byref(across), c.byref(down))
        return min(max(across.value, 0), WHOLE), min(max(down.value, 0), WHOLE)

    layer, found, letters = leaf.get_textpage(), [], 0
    for index in range(min(layer.count_rects(), MAX_LINES)):
        box = layer.get_rect(index)
        text = " ".join(layer.get_text_bounded(*box).split())
        (left, top), (right, bottom) = shown(box[0], box[3]), shown(box[2], box[1])
        left, right, top, bottom = min(left, right), max(left, right), min(top, bottom), max(top, bottom)
        letters += len(text)
        if letters > MAX_LETTERS:
            break
        if text and right > left and bottom > top:
            plain = text.encode("utf-8", "replace").decode()  # halves of an emoji are no text
            found.append([plain, left, top, right - left, bottom - top])
    return found


def check_picture(across: float, down: float, width: int) -> None:
    if across <= 0 or width * max(1.0, width * down / across) > MAX_RENDERED:
        raise Broken("page_size")


def attached(data: bytes, names: set[str]) -> dict[str, str]:
    """The attachments with these names, in base64. Only plain and deflated ones, each to a limit."""
    import pikepdf

    found: dict[str, str] = {}
    if content_type(data) != "application/pdf":
        raise Broken("content")
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            for name in names & set(pdf.attachments):
                stream = pdf.attachments[name].obj["/EF"]["/F"]
                found[name] = base64.b64encode(inflated(stream)).decode()
    except pikepdf.PasswordError:
        raise Broken("password") from None
    except (pikepdf.PdfError, ValueError, RecursionError, TypeError, AttributeError, IndexError, KeyError, zlib.error):
        raise Broken("unreadable") from None
    return found


def inflated(stream: Any) -> bytes:
    raw: bytes = stream.read_raw_bytes()
    filters = str(stream.get("/Filter", ""))
    if filters == "/FlateDecode":
        reader = zlib.decompressobj()
        raw = reader.decompress(raw, MAX_ATTACHED + 1)
    elif filters:
        raise ValueError("another filter")
    if len(raw) > MAX_ATTACHED:
        raise Broken("heavy")
    return raw


def answer(line: dict[str, Any], payload: bytes = b"") -> NoReturn:
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n" + payload)
    sys.stdout.buffer.flush()
    # Straight out: tearing down a half-read document may crash, and the answer has been given.
    os._exit(0)


def main(task: str, *arguments: str) -> None:
    confine()
    data = sys.stdin.buffer.read()
    try:
        if task == "inspect":
            answer(inspect(data, arguments[0]))
        if task == "page":
            answer({}, page(data, int(arguments[0]), int(arguments[1])))
        if task == "sheet":
            answer(*sheet(data, int(arguments[0]), int(arguments[1]), arguments[2], json.loads(arguments[3])))
        if task == "attached":
            answer({"attached": attached(data, set(arguments))})
    except Broken as broken:
        answer({"refused": broken.rule, "facts": broken.facts})
    except MemoryError:
        answer({"refused": "heavy", "facts": {}})

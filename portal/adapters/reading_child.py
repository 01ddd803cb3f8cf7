"""The child process of `reading.py`: the words and the signatures of one document, under limits.

Forked as `inspection_child.py` is, with its limits; the same things hold for it. Arguments: `words`, `signatures`.
For `signatures` the input begins with one line of JSON: `{"roots": [DER in base64], "now": ISO instant}`.

The answer is one line of JSON. `words`: `{"pages": [text], "total": 3, "is_signed": true, "properties": {...}}`.
`signatures`: `{"signatures": [...]}`, each as `services.ReadSignature`.
`{"refused": rule, "facts": {}}` when the file breaks a rule.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import runpy
import sys
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

SANDBOX: dict[str, Any] = {}
"""What `inspection_child.py` defines."""

MAX_PAGES = 60
MAX_TEXT = 200_000  # characters in all
MAX_SIGNATURES = 10
WRITTEN = re.compile(rb"^startxref\s", re.MULTILINE)
"""Ends each time that a PDF was written to."""
DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?([+\-Z])?(\d\d)?'?(\d\d)?")
SIGNED = b"/ByteRange"
"""Stands readable in every signed PDF: a signature cannot lie in a compressed part of the file."""


def words(data: bytes, sandbox: dict[str, Any]) -> dict[str, Any]:
    """The text layer, page by page, as far as the limits allow; nothing for a picture."""
    if sandbox["content_type"](data) != "application/pdf":
        return {"pages": [], "total": 1, "is_signed": False, "properties": {}}
    import pypdfium2

    pages: list[str] = []
    left = MAX_TEXT
    try:
        with sandbox["open_pdfium"](data) as document:
            total = len(document)
            for number in range(min(total, MAX_PAGES)):
                layer = document[number].get_textpage()
                count = min(layer.count_chars(), left)
                text = layer.get_text_range(0, count) if count > 0 else ""
                left -= count
                # halves of an emoji that was cut in two are no text; a database refuses them
                pages.append(text.encode("utf-8", "replace").decode())
                if left <= 0:
                    break
    except pypdfium2.PdfiumError:
        raise sandbox["Broken"]("unreadable") from None
    return {"pages": pages, "total": total, "is_signed": SIGNED in data, "properties": properties(data)}


def properties(data: bytes) -> dict[str, Any]:
    """With what and when the file says it was made, and how often it was written to; what is broken is left out."""
    import pikepdf

    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            about = pdf.docinfo
            return {
                "producer": said(about, "/Producer"),
                "creator": said(about, "/Creator"),
                "made_at": instant(said(about, "/CreationDate")),
                "changed_at": instant(said(about, "/ModDate")),
                # one made for the web has two tables of contents from the beginning
                "revisions": max(1, len(WRITTEN.findall(data)) - int(pdf.is_linearized)),
            }
    except (pikepdf.PdfError, ValueError, RecursionError, TypeError, AttributeError, KeyError):
        return {}


def said(about: Any, name: str) -> str:
    value = about.get(name)
    return str(value)[:200].encode("utf-8", "replace").decode() if value is not None else ""


def instant(text: str) -> str:
    """A date of PDF ('D:20190603101500+02'00'') in ISO form, UTC where it names no zone; '' for what is none."""
    found = DATE.match(text)
    if found is None:
        return ""
    year, *rest, sign, hours, minutes = found.groups()
    lowest = zip(rest, (1, 1, 0, 0, 0), strict=True)
    month, day, hour, minute, second = (int(part) if part else low for part, low in lowest)
    try:
        zone = timezone((-1 if sign == "-" else 1) * timedelta(hours=int(hours or 0), minutes=int(minutes or 0)))
        return datetime(int(year), month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return ""


async def signatures(data: bytes, roots: list[bytes], now: datetime) -> list[dict[str, Any]]:
    """Every signature of a person or an organisation, oldest first. Raises whatever pyHanko makes of a bad file."""
    from asn1crypto import x509
    from pyhanko.pdf_utils.reader import PdfFileReader

    logging.disable(logging.CRITICAL)
    reader = PdfFileReader(BytesIO(data), strict=False)
    if reader.encrypted:
        reader.decrypt("")  # a password to change is fine; one to open was refused at the upload
    trusted = [x509.Certificate.load(one) for one in roots]
    return [await one_signature(one, trusted, now) for one in reader.embedded_regular_signatures[:MAX_SIGNATURES]]


async def one_signature(signature: Any, roots: list[Any], now: datetime) -> dict[str, Any]:
    """Judged at the time of a time-stamp that is trusted; without one at `now`, since only the signer says when."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    stamped = next(
        (
            one["encap_content_info"]["content"].parsed["gen_time"].native.astimezone(UTC)
            for one in extract_tst_data_iter(signature.signer_info, signed=False)
        ),
        None,
    )
    status = await judged(signature, roots, stamped or now)
    stamp = status.timestamp_validity
    is_vouched = bool(stamped and stamp and stamp.valid and stamp.intact and stamp.trusted)
    if stamped and not is_vouched:
        status = await judged(signature, roots, now)
    certificate = signature.signer_cert
    subject, issuer = certificate.subject.native, certificate.issuer.native
    said = stamped or signature.self_reported_timestamp
    return {
        "signer": text_of(subject, "common_name"),
        "organisation": text_of(subject, "organization_name"),
        "issuer": text_of(issuer, "common_name") or text_of(issuer, "organization_name"),
        "signed_at": said.astimezone(UTC).isoformat() if said else "",
        "is_time_vouched": is_vouched,
        "is_trusted": bool(status.trusted),
        "is_whole": bool(status.intact and status.valid and is_untouched(status)),
    }


async def judged(signature: Any, roots: list[Any], moment: datetime) -> Any:
    """One signature against the roots at a moment. Nothing is fetched, so a withdrawn certificate is not noticed."""
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    def context() -> ValidationContext:
        return ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False)

    return await async_validate_pdf_signature(signature, context(), ts_validation_context=context())


def is_untouched(status: Any) -> bool:
    """Whether what was added after the signature changes nothing that a reader sees."""
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    level = status.modification_level
    is_harmless = level is not None and level <= ModificationLevel.FORM_FILLING
    return bool(status.coverage == SignatureCoverageLevel.ENTIRE_REVISION and status.docmdp_ok and is_harmless)


def text_of(name: dict[str, Any], part: str) -> str:
    found = name.get(part, "")
    return str(found[0] if isinstance(found, list) else found)[:200]


def load() -> None:
    """Bring the libraries into memory, in the process that forks these children."""
    import pyhanko.pdf_utils.reader
    import pyhanko.sign.diff_analysis
    import pyhanko.sign.validation  # noqa: F401

    SANDBOX.update(runpy.run_path(str(Path(__file__).with_name("inspection_child.py"))))
    SANDBOX["load"]()


def main(task: str) -> None:
    sandbox = SANDBOX
    sandbox["confine"]()
    answer = sandbox["answer"]
    data = sys.stdin.buffer.read()
    try:
        if task == "words":
            answer(words(data, sandbox))
        if task == "signatures":
            line, _, pdf = data.partition(b"\n")
            asked = json.loads(line)
            roots = [base64.b64decode(one) for one in asked["roots"]]
            found = asyncio.run(signatures(pdf, roots, datetime.fromisoformat(asked["now"])))
            answer({"signatures": found})
    except sandbox["Broken"] as broken:
        answer({"refused": broken.rule, "facts": broken.facts})
    except MemoryError:
        answer({"refused": "heavy", "facts": {}})
    except Exception:  # noqa: BLE001 - whatever a stranger's file makes the libraries raise is an answer, not a crash
        answer({"refused": "unreadable", "facts": {}})

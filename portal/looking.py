"""Looking at files of others, always in a confined child process: what is asked and what is answered. Leaf module.

Part of `services`, where the rest of the portal takes it from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Inspection:
    """What an uploaded file proved to be: content type from the bytes, number of pages (images: 1)."""

    content_type: str
    pages: int


Box = tuple[int, int, int, int]
"""A part of a page: left, top, width and height, each in ten-thousandths of the page as it is shown."""


@dataclass(frozen=True)
class Line:
    """A line of the text layer of a page, and where it stands, as `Box`."""

    text: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Sheet:
    """One page as a picture so many pixels wide and high, with the lines that can be read in it (a scan has none)."""

    picture: bytes
    width: int
    height: int
    lines: tuple[Line, ...] = ()


class Inspector(Protocol):
    """Looks at uploaded bytes in a child process with limits on memory, CPU time and wall time."""

    def inspect(self, data: Iterator[bytes], filename: str) -> Inspection:
        """Raises `errors.FileRefused` (a `Refused` with the rule and the way out, in Dutch)."""

    def page(self, data: Iterator[bytes], number: int, width: int) -> bytes:
        """Page `number` (from 1) of a PDF or image as PNG, `width` pixels wide. Raises `errors.FileRefused`."""

    def sheet(
        self, data: Iterator[bytes], number: int, width: int, *, form: str = "ANY", boxes: Sequence[Box] = ()
    ) -> Sheet:
        """Page `number` (from 1) `width` pixels wide, with its lines. Raises `errors.FileRefused`.

        `form` is 'PNG', 'JPEG' or 'ANY': what suits the page.

        What lies under `boxes` is black; then the sheet has no lines: what was covered must not come along as text.
        """

    def attached(self, data: Iterator[bytes], *names: str) -> dict[str, bytes]:
        """The attachments of a PDF with these names, as far as it has them. Raises `errors.FileRefused`."""

    def combine(self, pictures: Sequence[Iterator[bytes]]) -> bytes:
        """JPEG and PNG pictures as one PDF, a page of A4 each, upright and with nothing of what a camera adds (place,
        device, moment). The same pictures give the same bytes. Raises `errors.FileRefused`.
        """


@dataclass(frozen=True)
class ReadSignature:
    """A digital signature in somebody's document: who, since when, and what is true of it.

    `is_trusted`: issued under a certificate of the settings. `is_time_vouched`: a trusted time-stamp says when; else
    the signer does. `is_whole`: nothing that a reader sees was changed after it. Whether the certificate was withdrawn
    is not known: nothing is fetched.
    """

    signer: str
    organisation: str
    issuer: str
    signed_at: datetime | None
    is_time_vouched: bool
    is_trusted: bool
    is_whole: bool


@dataclass(frozen=True)
class ReadContent:
    """What stands in a document: the text of its first pages (a scan has none), and its signatures, oldest first.

    `total` counts all pages. `is_signed_unread`: there are signatures, and they could not be judged. `properties` is
    what a PDF says of itself: `producer`, `creator`, `made_at` and `changed_at` (ISO, '' where it says nothing), and
    `revisions`, how often it was written to; empty for a picture.
    """

    pages: tuple[str, ...]
    total: int
    signatures: tuple[ReadSignature, ...] = ()
    is_signed_unread: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)


class Reader(Protocol):
    """Reads documents in a child process with limits on memory, text, CPU time and wall time."""

    def read(self, data: Iterator[bytes], now: datetime) -> ReadContent:
        """Raises `errors.FileRefused` for what cannot be read and `errors.Unavailable` when it is too busy."""

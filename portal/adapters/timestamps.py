"""Trusted time (RFC 3161): of a time-stamp authority over HTTP, or of the test authority in this process.

A token is verified before it is given and again whenever somebody asks, at the moment that it names itself: the
certificate of an authority ends one day, the stamps that it placed before that day stay. Why this is enough here:
`docs/decisions/0025-close-certificate.md`.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit, urlunsplit

from asn1crypto import cms, pem, tsp, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from portal import errors
from portal.adapters.trust import OwnTimeStamper, TestAuthority, finished
from portal.faults import fault
from portal.services import Stamp

# pyHanko prints a traceback for every token that is refused; the refusal itself says why.
logging.getLogger("pyhanko.sign.validation.generic_cms").setLevel(logging.CRITICAL)

TIMEOUT = 10  # seconds for the whole answer of an authority

# What asn1crypto and pyHanko raise on bytes that are no token, or no good one.
_BROKEN = (
    SignatureValidationError, ValidationError, PathError,
    ValueError, KeyError, TypeError, AttributeError, IndexError, NotImplementedError,
)  # fmt: skip
_UNREADABLE = "Dit is geen leesbaar tijdstempel."


def _verified(token: bytes, digest: bytes, roots: Sequence[x509.Certificate]) -> tuple[datetime, str]:
    """Instant and authority of a token, after every check. Raises `errors.TokenRefused`."""
    try:
        response = tsp.TimeStampResp.load(token, strict=True)
        if response["status"]["status"].native not in ("granted", "granted_with_mods"):
            raise errors.TokenRefused("De tijdstempeldienst gaf geen tijdstempel.")
        signed: cms.SignedData = response["time_stamp_token"]["content"]
        said = signed["encap_content_info"]["content"].parsed
        at = said["gen_time"].native.astimezone(UTC)
        imprint = said["message_imprint"]
        if imprint["hash_algorithm"]["algorithm"].native != "sha256" or imprint["hashed_message"].native != digest:
            raise errors.TokenRefused("Dit tijdstempel hoort bij iets anders.")
        context = ValidationContext(
            trust_roots=list(roots), moment=at, time_tolerance=timedelta(0), allow_fetching=False
        )
        status = finished(validate_tst_signed_data(signed, context, lambda _algorithm: digest))
        name = str(status["signing_cert"].subject.native.get("common_name", ""))
    except _BROKEN as error:
        raise errors.TokenRefused(_UNREADABLE) from error
    if not (status["intact"] and status["valid"]):
        raise errors.TokenRefused("De handtekening onder dit tijdstempel klopt niet.")
    if status["trust_problem_indic"] is not None or not status["validation_path"]:
        raise errors.TokenRefused("Het certificaat van deze tijdstempeldienst is onbekend of was verlopen.")
    return at, name


async def _asked(stamper: TimeStamper, digest: bytes) -> bytes:
    """A token from `stamper`, as a whole response. Raises `errors.Unavailable` or `errors.TokenRefused`."""
    fault("stamp.ask")
    try:
        token = await stamper.async_timestamp(digest, "sha256")
        fault("stamp.given")
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())
    except TimestampRequestError as error:
        raise errors.TokenRefused("De tijdstempeldienst gaf geen goed antwoord: %(why)s", why=str(error)) from error
    except _BROKEN as error:
        raise errors.TokenRefused(_UNREADABLE) from error


class _Checked:
    """What both kinds of authority share: a token is verified against `roots`."""

    def __init__(self, roots: Sequence[x509.Certificate]) -> None:
        self._roots = roots

    def verify(self, token: bytes, digest: bytes) -> Stamp:
        return Stamp(*_verified(token, digest, self._roots))

    def anchors(self) -> bytes:
        return b"".join(pem.armor("CERTIFICATE", one.dump()) for one in self._roots)


class OwnTimestamps(_Checked):
    """`services.Timestamps` by the test authority: it says the portal's own time, so it proves nothing to others."""

    def __init__(self, authority: TestAuthority) -> None:
        super().__init__([x509.Certificate.load(authority.root.public_bytes(serialization.Encoding.DER))])
        self._authority = authority

    def stamp(self, digest: bytes, at: datetime) -> bytes:
        token = finished(_asked(OwnTimeStamper(self._authority.tsa, at.astimezone(UTC)), digest))
        self.verify(token, digest)
        return token


class HttpTimestamps(_Checked):
    """`services.Timestamps` by the authority at `url` (RFC 3161 over HTTP), trusted under `certificates` (PEM).

    A user name and password in the address are sent as HTTP Basic.
    """

    def __init__(self, url: str, certificates: bytes, *, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("TSA_URL: an address that starts with https:// or http://")
        try:
            roots = [x509.Certificate.load(der) for _, _, der in pem.unarmor(certificates, multiple=True)]
        except ValueError as error:
            raise ValueError("TSA_CERTIFICATES: no certificates in this file (PEM)") from error
        super().__init__(roots)
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
        self._headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._timeout = timeout

    def stamp(self, digest: bytes, at: datetime) -> bytes:
        stamper = _OverHttp(self._url, timeout=self._timeout, headers=dict(self._headers))
        token = finished(_asked(stamper, digest))
        self.verify(token, digest)
        return token


class _OverHttp(HTTPTimeStamper):
    """pyHanko's client, which tells an authority that is away from one that answers something wrong."""

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        try:
            return await super().async_request_tsa_response(req)
        except TimestampRequestError as error:
            raise errors.Unavailable("De tijdstempeldienst antwoordt niet.") from error

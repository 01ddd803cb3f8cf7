"""Public registers over HTTP: the Handelsregister (KvK Basisprofiel API v1) and the LRZa (a FHIR R4 directory).

One request per look-up, no redirects, no second try: somebody waits for it. An answer is read up to a limit and a
time, and anything that is not the documented form is "does not answer". A register that fails is left alone for a
while (`breaker`). Format: developers.kvk.nl, `GET /basisprofielen/{kvkNummer}`; hl7.org/fhir/R4, Organization.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
import urllib3

from portal.adapters.breaker import Breaker
from portal.domain import identifiers
from portal.errors import Unavailable
from portal.services import CareProvider, Company, Registers
from portal.terms import N_

log = structlog.get_logger("registers")

CONNECT, READ, WHOLE = 3.0, 5.0, 8.0
"""Seconds: to connect, without a byte, and for the whole answer."""
LARGEST = 1_000_000
"""Bytes of an answer; a Basisprofiel with a thousand branches stays below it."""

KVK_SYSTEM, AGB_SYSTEM = "http://fhir.nl/fhir/NamingSystem/kvk", "http://fhir.nl/fhir/NamingSystem/agb-z"
"""How a FHIR directory names a KvK number and an AGB code (NamingSystems of Nictiz and the ministry of health)."""

LEGAL_FORMS = (
    ("eenmanszaak", "eenmanszaak"),
    ("beslotenvennootschap", "bv"),
    ("naamlozevennootschap", "nv"),
    ("vennootschaponderfirma", "vof"),
    ("vof", "vof"),
    ("commanditairevennootschap", "cv"),
    ("maatschap", "maatschap"),
    ("stichting", "stichting"),
    ("cooperatie", "cooperatie"),
    ("onderlingewaarborgmaatschappij", "onderlinge"),
    ("kerkgenootschap", "kerkgenootschap"),
    ("publiekrechtelijke", "publiekrechtelijk"),
    ("buitenlandse", "buitenlands"),
    ("rechtspersooninoprichting", "anders"),
    ("europees", "europees"),
    ("europese", "europees"),
    ("vereniging", "vereniging"),
)
"""The first that the register's words begin with, in letters only ('Besloten Vennootschap' and 'BeslotenVennootschap'
are the same)."""


def open_registers(config: Mapping[str, Any]) -> Registers | None:
    """The registers of the settings; none is None. A mistake in them stops the start, not the first look-up."""
    kvk, key, lrza = (str(config.get(name, "")) for name in ("KVK_URL", "KVK_KEY", "LRZA_URL"))
    if bool(kvk) != bool(key):
        raise ValueError("KVK_URL and KVK_KEY: set both, or neither")
    for name, url in (("KVK_URL", kvk), ("LRZA_URL", lrza)):
        parts = urlsplit(url)
        if url and (parts.scheme not in ("https", "http") or not parts.hostname):
            raise ValueError(f"{name}: an address that starts with https://")
    if not kvk and not lrza:
        return None
    return HttpRegisters(kvk, key, lrza, certificates=str(config.get("KVK_CERTIFICATES", "")))


class HttpRegisters:
    """`services.Registers` over HTTP, for as far as an address is given. TLS certificates are always checked."""

    def __init__(self, kvk_url: str, kvk_key: str, lrza_url: str, *, certificates: str = "", whole: float = WHOLE):
        self._kvk = _Source("Handelsregister", kvk_url, {"apikey": kvk_key}, certificates, whole) if kvk_url else None
        self._lrza = _Source("LRZa", lrza_url, {}, "", whole) if lrza_url else None

    @property
    def has_companies(self) -> bool:
        return self._kvk is not None

    @property
    def has_care_providers(self) -> bool:
        return self._lrza is not None

    def company(self, kvk_number: str) -> Company | None:
        if self._kvk is None:
            return None
        said = self._kvk.ask(f"/basisprofielen/{quote(kvk_number, safe='')}", accept="application/hal+json")
        if said is None:
            return None
        try:
            return _company(said, kvk_number)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._kvk.misunderstood(error) from error

    def care_provider(self, kvk_number: str) -> CareProvider | None:
        if self._lrza is None:
            return None
        identifier = quote(f"{KVK_SYSTEM}|{kvk_number}", safe="")
        said = self._lrza.ask(f"/Organization?identifier={identifier}", accept="application/fhir+json")
        if said is None:
            return None
        try:
            return next(_providers(said, kvk_number), None)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._lrza.misunderstood(error) from error


class _Source:
    """One register: its address, and the patience with it."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str], certificates: str, whole: float) -> None:
        self._name, self._url, self._headers, self._whole = name, url.rstrip("/"), dict(headers), whole
        self._breaker = Breaker(self._away)
        self._pool = urllib3.PoolManager(
            cert_reqs="CERT_REQUIRED",
            ca_certs=certificates or None,
            timeout=urllib3.Timeout(connect=min(CONNECT, whole), read=min(READ, whole)),
            retries=False,
        )

    def _away(self) -> Unavailable:
        return Unavailable(N_("Het register (%(name)s) antwoordt nu niet."), name=self._name)

    def misunderstood(self, error: Exception) -> Unavailable:
        """What came was not the documented form."""
        self._breaker.failed()
        log.warning("a register said something that is not its form", register=self._name, kind=type(error).__name__)
        return self._away()

    def ask(self, path: str, *, accept: str) -> dict[str, Any] | None:
        """The JSON object at `path`; None for 'there is none' (404). Raises `errors.Unavailable`."""
        self._breaker.enter()
        try:
            status, body = self._read(path, accept)
            if status == 404:
                self._breaker.worked()
                return None
            if status != 200:
                raise ValueError(f"status {status}")
            said = json.loads(body)
            if not isinstance(said, dict):
                raise TypeError("no JSON object")
        except (urllib3.exceptions.HTTPError, OSError, ValueError, TypeError, RecursionError) as error:
            self._breaker.failed()
            # the words of an error may hold the address with the number; the log gets its kind
            log.warning("a register does not answer", register=self._name, kind=type(error).__name__)
            raise self._away() from error
        self._breaker.worked()
        return said

    def _read(self, path: str, accept: str) -> tuple[int, bytes]:
        until = time.monotonic() + self._whole
        headers = {**self._headers, "Accept": f"{accept}, application/json", "User-Agent": "Voordeur"}
        answer = self._pool.request(
            "GET", self._url + path, headers=headers, redirect=False, preload_content=False, decode_content=True
        )
        try:
            body = bytearray()
            while piece := answer.read1(16 * 1024):  # what has come, so that a slow drip meets the clock too
                body += piece
                if len(body) > LARGEST:
                    raise ValueError("the answer is too large")
                if time.monotonic() > until:
                    raise TimeoutError("the answer takes too long")
            return answer.status, bytes(body)
        except BaseException:
            answer.close()  # what is half read must not be used again
            raise
        finally:
            answer.release_conn()


def _text(value: Any) -> str:
    """A text of the register, on one line; anything else but a number or nothing is not its form."""
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise TypeError("a text was expected")
    return " ".join(str(value).split())


def _company(said: dict[str, Any], kvk_number: str) -> Company:
    if _text(said["kvkNummer"]) != kvk_number:
        raise ValueError("another number than was asked for")
    embedded = said.get("_embedded") or {}
    branch, owner = embedded.get("hoofdvestiging") or {}, embedded.get("eigenaar") or {}
    address = _address(branch.get("adressen") or owner.get("adressen") or [])
    name = _text(said.get("statutaireNaam")) or _text(said.get("naam")) or _text(branch.get("eersteHandelsnaam"))
    if not name:
        raise ValueError("no name")
    websites = branch.get("websites") or owner.get("websites") or []
    ended = _text((said.get("materieleRegistratie") or {}).get("datumEinde"))
    return Company(
        kvk_number=kvk_number,
        name=name,
        legal_form=legal_form(_text(owner.get("uitgebreideRechtsvorm")) or _text(owner.get("rechtsvorm"))),
        rsin=_text(owner.get("rsin")),
        branch_number=_text(branch.get("vestigingsnummer")),
        street=address.get("street", ""),
        postal_code=address.get("postal_code", ""),
        city=address.get("city", ""),
        website=_text(websites[0]) if websites else "",
        ended_on=_day(ended) if ended else None,
    )


def _address(addresses: list[dict[str, Any]]) -> dict[str, str]:
    """The visiting address as the form has it; nothing when it is hidden or abroad."""
    for one in addresses:
        if _text(one.get("type")).casefold() != "bezoekadres" or _text(one.get("indAfgeschermd")).casefold() == "ja":
            continue
        number = "".join(_text(one.get(part)) for part in ("huisnummer", "huisletter"))
        more = _text(one.get("huisnummerToevoeging"))
        street = _text(one.get("straatnaam"))
        whole = (
            f"{street} {number}{f' {more}' if more else ''}".strip() if street else _text(one.get("straatHuisnummer"))
        )
        return {"street": whole, "postal_code": _text(one.get("postcode")), "city": _text(one.get("plaats"))}
    return {}


def _day(text: str) -> date:
    """The register writes 20240131, and 20240000 when it does not know the day."""
    found = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})", text)
    if found is None:
        raise ValueError("a day was expected")
    year, month, day = (int(one) for one in found.groups())
    return date(year, max(month, 1), max(day, 1))


def legal_form(words: str) -> str:
    """The key in `terms.LEGAL_FORMS` of a legal form in the register's words; empty when it said nothing."""
    plain = unicodedata.normalize("NFD", words.casefold())
    plain = re.sub(r"[^a-z]", "", plain)
    if not plain:
        return ""
    return next((key for start, key in LEGAL_FORMS if plain.startswith(start)), "anders")


def _providers(said: dict[str, Any], kvk_number: str) -> Iterator[CareProvider]:
    """The active organisations with this number in a FHIR Bundle of a search."""
    if said.get("resourceType") != "Bundle":
        raise ValueError("no Bundle")
    for entry in said.get("entry") or []:
        one = entry["resource"]
        if one["resourceType"] != "Organization" or one.get("active") is False:
            continue
        numbers = {_text(each.get("system")): _text(each.get("value")) for each in one.get("identifier") or []}
        if numbers.get(KVK_SYSTEM) != kvk_number:
            continue
        code = numbers.get(AGB_SYSTEM, "")
        try:
            code = identifiers.agb(code) if code else ""
        except ValueError:
            code = ""
        yield CareProvider(_text(one["name"]), code)

"""Where in which kind of document which field stands: data for `reading_values`, with the words that people use."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from enum import Enum, auto


class Shape(Enum):
    """What follows the words of a rule."""

    DAY = auto()
    TERM = auto()
    """Two days, the first and the last one; the last one may be missing."""
    KVK = auto()
    NUMBER = auto()
    LINE = auto()
    """The rest of the line, after a colon or from the beginning of the line; else the next line."""
    PROSE = auto()
    """As LINE, with the lines after it that go on: those that begin with a small letter."""


@dataclass(frozen=True)
class Rule:
    """`phrases`: the words before a value, the surest first. A word of `not_after` just before them spoils it."""

    field: str
    shape: Shape
    phrases: tuple[str, ...]
    not_after: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        compiled = tuple(re.compile(rf"(?<!\w){re.escape(one)}(?!\w)", re.IGNORECASE) for one in self.phrases)
        object.__setattr__(self, "patterns", compiled)


@dataclass(frozen=True)
class Rules:
    """How one kind of document is read. `issuers`: who gives it, recognised by name; what is shown, what is looked for.

    `is_personal`: it stands in a person's name, which is no name of an organisation and is not read.
    """

    own: tuple[Rule, ...] = ()
    issuers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    is_personal: bool = False


FIRST = ("eerste", "eerdere", "oorspronkelijke", "initial", "first", "original", "vorige", "previous")
"""The first issue of a certificate that was issued anew since is another day."""

GENERAL: tuple[Rule, ...] = (
    Rule(
        "issued_on", Shape.DAY,
        ("datum van afgifte", "datum afgifte", "afgiftedatum", "afgegeven op", "datum van uitgifte", "datum uitgifte",
         "uitgiftedatum", "uitgegeven op", "dagtekening", "date of issue", "issue date", "issued on", "datum:"),
        FIRST,
    ),
    Rule(
        "starts_on", Shape.TERM,
        ("geldig van", "geldigheidsduur", "geldigheid", "looptijd", "verzekerde periode", "contractperiode",
         "period of validity", "validity", "valid from", "geldig vanaf", "geldig met ingang van", "ingangsdatum",
         "begindatum", "effective date", "start date"),
        FIRST,
    ),
    Rule(
        "expires_on", Shape.DAY,
        ("geldig tot en met", "geldig t/m", "geldig tot", "einddatum", "vervaldatum", "verloopdatum", "afloopdatum",
         "contractvervaldatum", "expiry date", "expiration date", "valid until", "valid to", "valid through",
         "expires on", "date of expiry"),
        FIRST,
    ),
    Rule(
        "number", Shape.NUMBER,
        ("certificaatnummer", "certificaat nummer", "certificaatnr", "certificaat nr", "certificate number",
         "certificate no", "registratienummer", "registration number", "documentnummer", "ons kenmerk", "kenmerk",
         "nummer:"),
    ),
    Rule(
        "holder_kvk_number", Shape.KVK,
        ("kvk-nummer", "kvk nummer", "kvknummer", "kvk-nr", "kvk nr", "kvk", "dossiernummer",
         "kamer van koophandel onder nummer", "kamer van koophandel nummer", "handelsregister onder nummer",
         "handelsregisternummer", "chamber of commerce number", "chamber of commerce"),
    ),
    Rule(
        "holder_name", Shape.LINE,
        ("afgegeven aan", "toegekend aan", "certificaathouder", "statutaire naam", "verzekeringnemer", "verzekerde",
         "naam organisatie", "naam onderneming", "naam rechtspersoon", "organisatie:", "organisation:", "awarded to",
         "issued to", "this is to certify that", "hierbij wordt verklaard dat", "handelsnaam", "handelsnamen", "naam:"),
    ),
    Rule("scope", Shape.PROSE, ("toepassingsgebied", "scope of certification", "scope", "reikwijdte")),
    Rule(
        "issuer", Shape.LINE,
        ("certificerende instelling", "certificatie-instelling", "certification body", "afgegeven door",
         "uitgegeven door", "issued by"),
    ),
)  # fmt: skip
"""For every kind, after its own rules."""

BODIES: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (shown, tuple(words))
    for shown, words in (
        ("DNV Business Assurance", ["DNV"]),
        ("Kiwa Nederland", ["Kiwa"]),
        ("LRQA", ["LRQA", "Lloyd's Register"]),
        ("DEKRA Certification", ["DEKRA"]),
        ("TÜV Nederland", ["TÜV", "TUV"]),
        ("Bureau Veritas Certification", ["Bureau Veritas"]),
        ("SGS", ["SGS"]),
        ("CIIO", ["CIIO"]),
        ("DigiTrust", ["DigiTrust"]),
        ("Perspekt", ["Perspekt", "PREZO"]),
        ("Brand Compliance", ["Brand Compliance"]),
        ("Qualicert", ["Qualicert"]),
    )
)
"""Certification bodies that are common in care."""

JUSTIS = (("Justis (ministerie van Justitie en Veiligheid)", ("Justis", "ministerie van Justitie en Veiligheid")),)
_CERTIFICATE = Rules(issuers=BODIES)
_EXTRACT = Rules(
    own=(
        Rule(
            "issued_on", Shape.DAY,
            ("uittreksel is vervaardigd op", "vervaardigd op", "datum uittreksel", "extract was made on"),
        ),
        Rule("holder_name", Shape.LINE, ("statutaire naam", "handelsnaam", "handelsnamen", "trade name")),
    ),
    issuers=(("Kamer van Koophandel", ("Kamer van Koophandel", "KVK", "Chamber of Commerce")),),
)  # fmt: skip
_CONDUCT = (
    Rule("issued_on", Shape.DAY, ("afgegeven te den haag op", "den haag,", "datum")),
    Rule("number", Shape.NUMBER, ("verklaringnummer", "ons kenmerk", "aanvraagnummer", "kenmerk")),
)
RULES: dict[str, Rules] = {
    "hkz_certificate": _CERTIFICATE,
    "iso_9001_certificate": _CERTIFICATE,
    "other_quality_certificate": _CERTIFICATE,
    "kvk_extract": _EXTRACT,
    "ubo_extract": _EXTRACT,
    "gva": Rules(own=_CONDUCT, issuers=JUSTIS),
    "vog_rp": Rules(own=_CONDUCT, issuers=JUSTIS),
    "vog_np": Rules(own=_CONDUCT, issuers=JUSTIS, is_personal=True),
    "register_extract": Rules(is_personal=True),
    "tax_statement": Rules(
        own=(Rule("issued_on", Shape.DAY, ("dagtekening", "datum")),),
        issuers=(("Belastingdienst", ("Belastingdienst",)),),
    ),
    "insurance": Rules(
        own=(
            Rule("number", Shape.NUMBER, ("polisnummer", "polisnr", "policy number")),
            Rule("holder_name", Shape.LINE, ("verzekeringnemer", "policyholder")),
            Rule("issuer", Shape.LINE, ("verzekeraar", "risicodrager", "insurer")),
            Rule("scope", Shape.PROSE, ("verzekerde hoedanigheid", "verzekerde activiteiten", "hoedanigheid")),
        ),
    ),
}
"""By kind of document; a kind that is not here has the general rules only."""


def rules_for(kind: str) -> tuple[Rules, tuple[Rule, ...]]:
    """The entry of a kind, and all rules that hold for it, its own first."""
    found = RULES.get(kind, Rules())
    rules = (*found.own, *GENERAL)
    return found, tuple(one for one in rules if not (found.is_personal and one.field.startswith("holder_")))

"""The numbers an organisation is known by, each checked by its public rule; and what looks like a citizen's number.

Each check takes what was typed and returns the number as it is stored, or raises `ValueError` with a Dutch message that
says the rule and the way out. Where python-stdnum knows the rule, it decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

from babel import Locale
from stdnum import exceptions, iban
from stdnum.iso7064 import mod_97_10
from stdnum.nl import bsn, btw, postcode

from portal.terms import N_

HOME = "NL"
SOLE_TRADER = "eenmanszaak"
LONGEST = 200
"""Characters in a name or a line of an address: what the columns hold."""

TOO_LONG = N_("Gebruik hoogstens 200 tekens. Kort de tekst in.")
NO_BSN = N_("Dit lijkt op een burgerservicenummer (BSN). Dat vragen en bewaren wij nooit. Haal het weg.")


@cache
def countries() -> dict[str, str]:
    """Dutch names of countries by their code of two letters, sorted by name."""
    no_country = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    names = Locale("nl").territories
    found = {code: name for code, name in names.items() if re.fullmatch(r"[A-Z]{2}", code) and code not in no_country}
    return dict(sorted(found.items(), key=lambda one: one[1]))


def kvk(value: str) -> str:
    """8 digits, leading zeros kept. There is no check digit."""
    number = re.sub(r"[\s.]", "", value)
    if number == "00000000":
        raise ValueError(
            N_("Acht nullen is geen KvK-nummer. Staat uw organisatie in het buitenland? Kies dan het land.")
        )
    if not re.fullmatch(r"[0-9]{8}", number):
        raise ValueError(N_("Vul het KvK-nummer in: 8 cijfers, bijvoorbeeld 12345678."))
    return number


def branch(value: str) -> str:
    """Vestigingsnummer: 12 digits, leading zeros kept."""
    number = re.sub(r"[\s.]", "", value)
    if not re.fullmatch(r"[0-9]{12}", number) or not number.strip("0"):
        raise ValueError(N_("Een vestigingsnummer heeft 12 cijfers. Het staat op het uittreksel van de KvK."))
    return number


def rsin(value: str, legal_form: str) -> str:
    """9 digits that pass the elfproef. Of a sole trader it would be the BSN, so it is refused whatever it is."""
    if legal_form == SOLE_TRADER:
        raise ValueError(N_("Laat het RSIN leeg: een eenmanszaak heeft er geen, en uw BSN vragen wij nooit."))
    try:
        return str(bsn.validate(value))
    except exceptions.ValidationError:
        raise ValueError(N_("Dit RSIN klopt niet: controleer de 9 cijfers.")) from None


def vat(value: str, legal_form: str) -> str:
    """Btw-id: NL, 9 digits, B, 2 digits; the elfproef over the nine or 97 over the whole. Elsewhere its own shape.

    The old number of a sole trader holds the BSN: only the elfproef fits it. The new one fits 97.
    """
    text = re.sub(r"[\s.\-]", "", value).upper()
    if (
        re.fullmatch(r"[A-Z]{2}[0-9A-Z+*]{2,13}", text)
        and not text.startswith(HOME)
        and text[:2] in {*countries(), "EL"}
    ):
        return text  # of another country; its own rule is not ours to know
    try:
        number = f"{HOME}{btw.validate(text)}"
    except exceptions.ValidationError:
        raise ValueError(N_("Dit btw-nummer klopt niet: het heeft de vorm NL123456789B01.")) from None
    if legal_form == SOLE_TRADER and not mod_97_10.is_valid(number):
        raise ValueError(
            N_("Dit is een oud btw-nummer: daar staat uw BSN in. Vul uw btw-id in; dat kreeg u van de Belastingdienst.")
        )
    return number


def account(value: str) -> str:
    """IBAN, any country: its length and 97."""
    try:
        return str(iban.validate(value))
    except exceptions.ValidationError:
        raise ValueError(N_("Dit IBAN klopt niet: controleer het rekeningnummer.")) from None


def agb(value: str) -> str:
    """AGB code: 8 digits, the first two the kind of care. No check digit is documented; Vektis keeps the register."""
    number = re.sub(r"[\s.\-]", "", value)
    if not re.fullmatch(r"[0-9]{8}", number) or number.startswith("00"):
        raise ValueError(N_("Een AGB-code heeft 8 cijfers. De eerste twee zijn de zorgsoort, bijvoorbeeld 73."))
    return number


def postal_code(value: str) -> str:
    """A Dutch postcode."""
    try:
        return str(postcode.validate(value))
    except exceptions.ValidationError:
        raise ValueError(N_("Vul een postcode in als 1234 AB.")) from None


def registration(form: Mapping[str, str], problems: dict[str, str]) -> str:
    """Who an organisation is, from a form: its KvK number, or country and number of a foreign register.

    `country` (two letters, none is NL), `kvk_number` and `registration_number`; a `kvk_number` that is a foreign
    registration already, such as 'DE HRB 12345', stays. What is wrong goes into `problems` at its field.
    """
    typed = " ".join((form.get("kvk_number") or "").split())
    country, number = (form.get("country") or "").strip().upper(), (form.get("registration_number") or "")
    if not country and is_foreign(typed):
        country, _, number = typed.partition(" ")
    if country in ("", HOME):
        return checked(kvk, typed, problems, "kvk_number") or ""
    number = " ".join(number.upper().split())
    if country not in countries():
        problems["country"] = N_("Kies het land waar uw organisatie is ingeschreven.")
    digits = re.sub(r"[^0-9]", "", number)
    if not re.fullmatch(r"[0-9A-Z][0-9A-Z ./\-]{1,39}", number) or not digits.strip("0"):
        problems["registration_number"] = N_(
            "Vul het nummer in van het handelsregister in dat land: letters en cijfers, niet alleen nullen."
        )
    return f"{country} {number}"


def checked(
    check: Callable[[str], str], value: str, problems: dict[str, str], field: str, *, optional: bool = False
) -> str | None:
    """The number as `check` stores it; or as typed, with the problem noted. None for an optional one left empty."""
    if optional and not value.strip():
        return None
    try:
        return check(value)
    except ValueError as refusal:
        problems[field] = str(refusal)
        return value


def is_foreign(number: str | None) -> bool:
    """Whether this stored registration is of another country's register."""
    return re.fullmatch(r"[A-Z]{2} .+", number or "") is not None


def registration_label(number: str | None) -> str:
    """For people: 'KvK 12345678', or 'Duitsland, HRB 12345'."""
    if not number or not is_foreign(number):
        return f"KvK {number or ''}".strip()
    country, _, rest = number.partition(" ")
    return f"{countries().get(country, country)}, {rest}"


def registered_in(number: str) -> str:
    """For a contract: where somebody is registered, so that a number can follow."""
    if not is_foreign(number):
        return "in het Handelsregister"
    return f"in het handelsregister van {countries().get(number[:2], number[:2])}"


def register_number(number: str) -> str:
    """For a contract: the number in that register, without the country."""
    return number.partition(" ")[2] if is_foreign(number) else number


_CONTROLS = ("Cc", "Cs")
_NINE = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{9}|[0-9]{4}[ .][0-9]{2}[ .][0-9]{3}|[0-9]{3}[ .][0-9]{3}[ .][0-9]{3})(?![0-9A-Za-z])"
)


def seems_bsn(text: str) -> bool:
    """Whether somewhere in `text` nine digits stand by themselves and pass the elfproef, as every BSN does."""
    return any(bsn.is_valid(found.group()) for found in _NINE.finditer(text))


def line(value: str, problems: dict[str, str], field: str, *, longest: int = LONGEST) -> str:
    """One line of text in any script. Too long, or with a BSN in it, is a problem; control characters go."""
    text = " ".join("".join(" " if unicodedata.category(sign) in _CONTROLS else sign for sign in value).split())
    if len(text) > longest:
        problems[field] = TOO_LONG if longest == LONGEST else N_("Deze tekst is te lang. Kort de tekst in.")
    elif seems_bsn(text):
        problems[field] = NO_BSN
    return text

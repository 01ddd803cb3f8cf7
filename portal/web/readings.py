"""What was read in a document, as the pages of its owner show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext, ngettext

from portal.domain import readings
from portal.models import Document
from portal.services import ReadSignature
from portal.web import languages
from portal.web.applying import Badge
from portal.web.languages import sentence


@dataclass(frozen=True)
class Offered:
    """A value beside its field: what was read, from which words, and whether the field says so already."""

    value: str
    words: str
    page: int
    is_taken: bool
    differs: bool


@dataclass(frozen=True)
class Signed:
    """A digital signature in words, with what is true of it."""

    text: str
    badges: list[Badge]


@dataclass(frozen=True)
class Shown:
    """`status`: what came of reading, in a sentence; '' when there is nothing to say. `offers` is by field."""

    status: str = ""
    is_waiting: bool = False
    offers: dict[str, Offered] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)

    @property
    def has_vacant(self) -> bool:
        """Something was read for a field that is empty."""
        return any(not one.is_taken and not one.differs for one in self.offers.values())


def shown(document: Document, today: date, *, is_judged: bool = False) -> Shown:
    """What to show of the reading of one own document. `is_judged`: the rules of a requirement speak of it as well."""
    offers = {
        name: Offered(
            readings.shown(one),
            one.words,
            one.page,
            is_taken=readings.is_same(document, one),
            differs=bool(readings.typed(document, name)) and not readings.is_same(document, one),
        )
        for name, one in readings.values(document).items()
    }
    return Shown(
        status=_status(document, offers),
        is_waiting=readings.is_awaited(document),
        offers=offers,
        doubts=[_in_words(one) for one in readings.doubts(document, today, is_judged=is_judged)],
        signed=[signed(one) for one in readings.signatures(document)],
    )


def _in_words(doubt: readings.Doubt) -> str:
    facts = dict(doubt.facts)
    if "field" in facts:
        facts["field"] = gettext(str(facts["field"])).rstrip("?")
    return sentence(doubt.message, facts)


def _status(document: Document, offers: dict[str, Offered]) -> str:
    if readings.is_awaited(document):
        return gettext("Wij lezen dit document nog. Ververs de pagina over een minuut, of vul de gegevens zelf in.")
    reading = document.reading
    if reading is None:
        return ""
    said = {
        "scan": gettext("Dit is een scan zonder tekst. Vul de gegevens zelf in."),
        "unreadable": gettext(
            "Wij konden dit document niet lezen. U kunt het gewoon gebruiken. Vul de gegevens zelf in."
        ),
        "text": gettext("Neem over wat klopt. Wat u zelf invulde, blijft staan.")
        if offers
        else gettext("In dit document vonden wij geen datums, nummers of namen. Vul de gegevens zelf in."),
    }[reading.outcome]
    if reading.outcome == "text" and reading.pages_read < reading.pages_there:
        said += " " + ngettext(
            "Wij lazen de eerste bladzijde.", "Wij lazen de eerste %(num)s bladzijden.", reading.pages_read
        )
    if reading.is_signed_unread:
        said += " " + gettext("Er staat een digitale handtekening in die wij niet konden controleren.")
    return said


def signed(one: ReadSignature) -> Signed:
    """A digital signature in words."""
    who = " – ".join(part for part in (one.signer, one.organisation) if part) or gettext("onbekend")
    text = gettext("Digitale handtekening van %(who)s", who=who)
    if one.signed_at is not None:
        text = gettext("%(text)s, gezet op %(moment)s", text=text, moment=languages.moment(one.signed_at))
        if not one.is_time_vouched:
            text = gettext("%(text)s (volgens de ondertekenaar zelf)", text=text)
    trusted = (gettext("Uitgever vertrouwd"), "positive", "check")
    unknown = (gettext("Uitgever niet bij ons bekend"), "neutral", "info-circle")
    whole = (gettext("Niet gewijzigd na ondertekening"), "positive", "check")
    changed = (gettext("Gewijzigd na ondertekening"), "negative", "alert-triangle")
    return Signed(text, [trusted if one.is_trusted else unknown, whole if one.is_whole else changed])


def taken_text(document: Document, taken: Sequence[str]) -> str:
    """What was just taken over."""
    names = ", ".join(gettext(readings.FIELD_NAMES[name]).rstrip("?") for name in taken)
    return gettext("Overgenomen in %(name)s: %(fields)s.", name=document.filename, fields=names)

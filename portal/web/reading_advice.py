"""What the portal read in a file that was handed in, for who reviews it: advice with its source, never a verdict.

Only of the very file that was handed in: a reading belongs to one version of a document.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import gettext

from portal.domain import readings
from portal.domain.reading_rules import rules_for
from portal.models import Document
from portal.terms import N_
from portal.web import languages
from portal.web.readings import Signed, signed

LABELS = {
    "issuer": N_("Afgegeven door"),
    "number": N_("Nummer"),
    "holder_name": N_("Op naam van"),
    "holder_kvk_number": N_("KvK-nummer"),
    "issued_on": N_("Afgegeven op"),
    "starts_on": N_("Geldig vanaf"),
    "expires_on": N_("Geldig tot en met"),
    "scope": N_("Toepassingsgebied"),
}
NOTHING_READ = {
    "scan": N_("Dit is een scan zonder tekst. Het portaal las er niets in."),
    "unreadable": N_("Het portaal kon dit stuk niet lezen. Dat zegt niets over het stuk."),
}


@dataclass(frozen=True)
class Read:
    """One value with the words and the page it comes from. `said`: what the applicant filled in, '' for nothing."""

    label: str
    value: str
    words: str
    page: int
    said: str
    is_same: bool

    @property
    def differs(self) -> bool:
        return bool(self.said) and not self.is_same


@dataclass(frozen=True)
class Advice:
    """What was read in one file, and what in it asks for a look. `status`: why nothing was read, '' otherwise."""

    status: str = ""
    read: tuple[Read, ...] = ()
    looks: tuple[str, ...] = ()
    signed: tuple[Signed, ...] = ()


def advice(stored: Document | None, sha256: str, handed_in: Document, holders: Collection[str]) -> Advice | None:
    """The advice about one file; None when it was not read.

    `stored` is the document with its reading, `sha256` that of the file as it was handed in, `handed_in` what the
    applicant said of it then. `holders`: the KvK numbers in whose name it may stand.
    """
    if stored is None or stored.reading is None or stored.sha256 != sha256:
        return None
    read = tuple(
        Read(
            gettext(LABELS[name]),
            readings.shown(one),
            one.words,
            one.page,
            _said(handed_in, name),
            readings.is_same(handed_in, one),
        )
        for name, one in readings.values(stored).items()
    )
    status = NOTHING_READ.get(stored.reading.outcome, "")
    return Advice(
        gettext(status) if status else "",
        read,
        (*_holder(stored, holders), *_changed(stored)),
        tuple(signed(one) for one in readings.signatures(stored)),
    )


def _said(document: Document, name: str) -> str:
    value = getattr(document, name)
    return languages.day(value) if name in readings.DAYS and value else str(value or "")


def _holder(stored: Document, holders: Collection[str]) -> list[str]:
    """In the name of somebody else than who answers here; a document about one person has no company."""
    number = readings.values(stored).get("holder_kvk_number")
    if number is None or number.value in holders or rules_for(stored.kind)[0].is_personal:
        return []
    text = gettext("In het stuk staat KvK-nummer %(number)s (bladzijde %(page)s). Dat is niet van wie hier antwoordt.")
    return [text % {"number": number.value, "page": number.page}]


def _changed(stored: Document) -> list[str]:
    return [
        gettext("Het stuk is gewijzigd nadat %(who)s het digitaal ondertekende.")
        % {"who": one.organisation or one.signer}
        for one in readings.signatures(stored)
        if not one.is_whole
    ]

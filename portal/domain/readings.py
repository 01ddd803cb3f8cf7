"""What the portal read in a document: values to take over, doubts, signatures. Advice with its source, never a verdict.

Nothing here stops anybody, and nothing overwrites what a person typed unless that person asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from portal.domain import audit, calendar, citizen_numbers, documents, health_data, wording
from portal.domain.reading_rules import rules_for
from portal.domain.reading_values import ReadValue, is_same_name, values_in
from portal.errors import NotFound, Refused
from portal.models import Document, DocumentReading, Organisation, User
from portal.services import ReadContent, ReadSignature
from portal.terms import N_

DAYS = ("issued_on", "starts_on", "expires_on")
FIELDS = ("issuer", "number", "holder_name", "holder_kvk_number", *DAYS, "scope")
"""What is read, in the order of the form."""
FEWEST_LETTERS = 20
"""A document with fewer letters has no text layer worth the name."""


@dataclass(frozen=True)
class Doubt:
    """Something to look at: what, and what to do. `message % facts` is what a person reads."""

    message: str
    facts: Mapping[str, object]
    field: str = ""


def is_awaited(document: Document) -> bool:
    """It will be read, and was not yet."""
    stopped = document.scan_state == "infected"
    return document.read_at is None and not document.is_sealed and not document.is_gone and not stopped


def names_of(organisation: Organisation) -> list[str]:
    """The names under which evidence of an organisation may stand: its own, and those that public registers gave."""
    said = (source.get("name") for source in (organisation.register_facts or {}).values())
    return list(dict.fromkeys([organisation.name, *(str(name) for name in said if name)]))


def keep(document: Document, content: ReadContent | None, now: datetime) -> bool:
    """Keep what was read; None: it could not be read. Whether this call did it: a document is read once.

    The text is left behind: only the values, their words, and the pages of suspected citizen numbers are kept.
    """
    if document.read_at is not None or document.is_sealed or document.sealed_at is not None:
        return False
    organisation = document.organisation
    pages = content.pages if content else ()
    is_text = sum(char.isalpha() for page in pages for char in page) >= FEWEST_LETTERS
    values = values_in(pages, document.kind, names_of(organisation), organisation.kvk_number) if is_text else []
    outcome = "unreadable" if content is None else "text" if is_text else "scan"
    document.reading = DocumentReading(
        document_id=document.id,
        outcome=outcome,
        found=[asdict(one) for one in values],
        signatures=[_stored(one) for one in content.signatures] if content else [],
        is_signed_unread=content.is_signed_unread if content else False,
        bsn_pages=_suspects(pages, _own_numbers(organisation)),
        properties=_said(content.properties) if content else {},
        health_pages=[number for number, text in enumerate(pages, start=1) if health_data.seems_there(text)],
        pages_read=len(pages),
        pages_there=max(content.total if content else 0, len(pages)),
        read_at=now,
    )
    document.read_at = now
    audit.record(document, "read", None, now, outcome=outcome)
    return True


def _stored(signature: ReadSignature) -> dict[str, Any]:
    said = asdict(signature)
    names = {name: citizen_numbers.masked(said[name])[:200] for name in ("signer", "organisation", "issuer")}
    return {**said, **names, "signed_at": signature.signed_at.isoformat() if signature.signed_at else ""}


def _said(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of itself, as it may be kept."""
    return {name: citizen_numbers.masked(one) if isinstance(one, str) else one for name, one in properties.items()}


def _own_numbers(organisation: Organisation) -> frozenset[str]:
    return citizen_numbers.known_to(organisation.rsin, organisation.vat_number)


def _suspects(pages: Sequence[str], known: frozenset[str]) -> list[dict[str, Any]]:
    found = ((number, citizen_numbers.likely(text, known)) for number, text in enumerate(pages, start=1))
    return [{"page": number, "is_likely": is_likely} for number, is_likely in found if is_likely is not None]


def signatures(document: Document) -> list[ReadSignature]:
    """The digital signatures in a document, oldest first."""
    kept = document.reading.signatures if document.reading else []
    return [
        ReadSignature(**{**one, "signed_at": datetime.fromisoformat(one["signed_at"]) if one["signed_at"] else None})
        for one in kept
    ]


# What was read, beside what was typed


def values(document: Document) -> dict[str, ReadValue]:
    """What was read, by field."""
    found = [ReadValue(**one) for one in document.reading.found] if document.reading else []
    return {one.field: one for one in found if one.field in FIELDS}


def typed(document: Document, field: str) -> str:
    """What a person wrote in a field, as text; a day in ISO form."""
    value = getattr(document, field)
    return "" if value is None else str(value)


def is_same(document: Document, read: ReadValue) -> bool:
    """Whether a field says what was read. Names and scopes may be written in more or fewer words."""
    said = typed(document, read.field)
    if read.field in ("holder_name", "issuer"):
        return bool(said) and is_same_name(said, read.value)
    first, second = ("".join(one.split()).casefold() for one in (said, read.value))
    return first == second or (read.field == "scope" and bool(first) and (first in second or second in first))


def shown(read: ReadValue) -> str:
    """A value as a person reads it."""
    return wording.day(date.fromisoformat(read.value)) if read.field in DAYS else read.value


def doubts(document: Document, today: date, *, is_judged: bool = False) -> list[Doubt]:
    """What speaks against a document, from what was read and what was typed.

    `is_judged`: the rules of a requirement (`validity`) look at it as well; a holder that was typed is then theirs.
    """
    read = values(document)
    is_theirs = is_judged and bool(document.holder_name or document.holder_kvk_number)
    return [
        *_citizen_numbers(document),
        *_health(document),
        *_differences(document, read.values()),
        *(_holders(document, read) if not is_theirs else ()),
        *_expired(document, read, today),
        *_signatures(document),
    ]


def _citizen_numbers(document: Document) -> Iterable[Doubt]:
    suspects = document.reading.bsn_pages if document.reading else []
    for is_likely, text in (
        (True, N_("Hier lijkt een burgerservicenummer in te staan (bladzijde %(pages)s). Upload een versie zonder.")),
        (
            False,
            N_("Op bladzijde %(pages)s staat een getal dat een burgerservicenummer kan zijn. Kijk dat na. "
               "Is het er een, upload dan een versie zonder."),
        ),
    ):  # fmt: skip
        pages = [str(one["page"]) for one in suspects if one["is_likely"] is is_likely]
        if pages:
            yield Doubt(text, {"pages": ", ".join(pages[:10])})
    known = _own_numbers(document.organisation)
    for field in ("issuer", "number", "holder_name", "scope"):
        if citizen_numbers.likely(typed(document, field), known) is not None:
            text = N_("Bij ‘%(field)s’ lijkt een burgerservicenummer te staan. Haal het weg als dat zo is.")
            yield Doubt(text, {"field": FIELD_NAMES[field]}, field)


def _health(document: Document) -> Iterable[Doubt]:
    pages = [str(one) for one in document.reading.health_pages] if document.reading else []
    if pages:
        text = N_(
            "Op bladzijde %(pages)s lijken gegevens over iemands gezondheid te staan. Die vragen wij niet. "
            "Upload een versie zonder, of maak ze onleesbaar."
        )
        yield Doubt(text, {"pages": ", ".join(pages[:10])})


FIELD_NAMES: dict[str, str] = {
    "issuer": N_("Wie gaf dit document af?"),
    "number": N_("Nummer op het document"),
    "holder_name": N_("Op wiens naam staat het?"),
    "holder_kvk_number": N_("KvK-nummer op het document"),
    "issued_on": N_("Datum van afgifte"),
    "starts_on": N_("Begindatum"),
    "expires_on": N_("Einddatum"),
    "scope": N_("Toepassingsgebied"),
}
"""The fields as the form calls them."""


def _differences(document: Document, read: Iterable[ReadValue]) -> Iterable[Doubt]:
    for one in read:
        if typed(document, one.field) and not is_same(document, one):
            said = typed(document, one.field)
            facts = {
                "field": FIELD_NAMES[one.field],
                "typed": wording.day(date.fromisoformat(said)) if one.field in DAYS else said,
                "read": shown(one),
                "page": one.page,
            }
            text = N_(
                "%(field)s: u vulde ‘%(typed)s’ in; in het document lezen wij ‘%(read)s’ (bladzijde %(page)s). "
                "Kijk na wat klopt."
            )
            yield Doubt(text, facts, one.field)


def _holders(document: Document, read: Mapping[str, ReadValue]) -> Iterable[Doubt]:
    """In somebody else's name. It may be right: the certificate of a partner or of a third party."""
    if rules_for(document.kind)[0].is_personal:
        return
    organisation = document.organisation
    number, name = read.get("holder_kvk_number"), read.get("holder_name")
    if number is not None and number.value != organisation.kvk_number:
        text = N_(
            "In het document staat KvK-nummer %(number)s (bladzijde %(page)s); uw organisatie heeft %(own)s. "
            "Is het niet van uw organisatie of van een partij met wie u samenwerkt? "
            "Upload dan het bewijs op de juiste naam."
        )
        facts = {"number": number.value, "page": number.page, "own": organisation.kvk_number}
        yield Doubt(text, facts, "holder_kvk_number")
    own = names_of(organisation)
    if number is None and name is not None and not any(is_same_name(one, name.value) for one in own):
        text = N_(
            "Het document staat op naam van ‘%(name)s’ (bladzijde %(page)s); uw organisatie heet %(own)s. "
            "Is het niet van uw organisatie of van een partij met wie u samenwerkt? "
            "Upload dan het bewijs op de juiste naam."
        )
        yield Doubt(text, {"name": name.value, "page": name.page, "own": own[0]}, "holder_name")


def _expired(document: Document, read: Mapping[str, ReadValue], today: date) -> Iterable[Doubt]:
    end = read.get("expires_on")
    if end is not None and document.expires_on is None and date.fromisoformat(end.value) < today:
        text = N_(
            "Volgens het document is het verlopen op %(day)s (bladzijde %(page)s). Vraag een nieuw aan "
            "en upload dat als nieuwe versie."
        )
        yield Doubt(text, {"day": shown(end), "page": end.page}, "expires_on")


def _signatures(document: Document) -> Iterable[Doubt]:
    for one in signatures(document):
        if not one.is_whole:
            text = N_(
                "Dit document is gewijzigd nadat %(who)s het digitaal ondertekende. "
                "Upload het bestand zoals u het kreeg, zonder het te bewerken of opnieuw te bewaren."
            )
            yield Doubt(text, {"who": one.organisation or one.signer})


# Taking over


def take_over(
    document: Document, actor: User, wanted: str, form: Mapping[str, str | date | None], now: datetime
) -> list[str]:
    """Write what was read in one field (`wanted`), or in every field that `form` leaves empty ('all').

    `form` is what stood in the form when the button was pressed: nothing that was typed is lost, and everything else
    is saved with it. Gives the fields that were taken over. Raises `Invalid` as `documents.describe` does.
    """
    read = values(document)
    if wanted == "all":
        taken = [field for field, one in read.items() if not form.get(field) and not _is_future(one, now)]
    elif wanted in read:
        taken = [wanted]
    else:
        raise NotFound(N_("Dit staat niet in het document."))
    if not taken:
        raise Refused(N_("Er is niets meer over te nemen: elk veld is al ingevuld."))
    told: dict[str, Any] = {**form, **{field: _as_typed(read[field]) for field in taken}}
    documents.describe(document, actor, now, **told)
    audit.record(document, "take_over", actor, now, fields=taken)
    return taken


def _is_future(read: ReadValue, now: datetime) -> bool:
    """A day of issue that has yet to come would make the form be refused as a whole."""
    return read.field == "issued_on" and date.fromisoformat(read.value) > calendar.local_day(now)


def _as_typed(read: ReadValue) -> str | date:
    return date.fromisoformat(read.value) if read.field in DAYS else read.value

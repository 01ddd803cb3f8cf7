"""Signals: hold the documents of a dossier against the rules, and keep who looked at what stood out.

Advice with its source, for who screens. Nothing here decides anything, and no applicant ever reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain import audit, calendar, manifests, readings, reviews, validity, wording
from portal.domain.permissions import require_official
from portal.domain.reading_rules import rules_for
from portal.domain.reading_values import ReadValue, is_same_name
from portal.domain.requirement_types import Located, Spot
from portal.domain.signal_rules import (
    CHANGED_DAYS,
    EARLIER_DAYS,
    EDITORS,
    LATER_DAYS,
    NUMBERED,
    SHORTEST_NUMBER,
    SIGNED_BY,
)
from portal.errors import Invalid
from portal.models import Document, Review, ScreenedDocument, Signal, SignalLook, SignalRun, User, attach
from portal.terms import N_

TAKEN_IN = "taken_in"
"""The first occasion on which the documents of a dossier are looked at; the others are remedies that were answered."""
NOWHERE: Spot = (None, None, None)
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Found:
    """Something that stands out. `facts` fill the text of the rule; without a document it is about the applicant."""

    rule: str
    document_id: str | None
    facts: Mapping[str, Any]
    spot: Spot = NOWHERE
    page: int | None = None
    detail: str = ""
    """Tells two findings of one rule at one place apart."""


@dataclass(frozen=True)
class Handed:
    """One document as it was handed over at one place. `frozen`: as the applicant described it at that moment."""

    document: Document
    frozen: Document
    place: Located
    at: datetime
    doubts: tuple[tuple[str, str], ...] | None
    """Key and text of what was found at submitting; None where the manifest does not say so."""


@dataclass(frozen=True)
class Copy:
    """The same file (`is_file`) or the same number in a dossier of another applicant of the same authority."""

    document_id: str
    other_review_id: str
    other_application_id: str
    other_document_id: str
    is_file: bool
    number: str = ""


def handed(review: Review, documents: Mapping[str, Document], occasion: str) -> list[Handed]:
    """What came with this occasion: at submitting, or as remedy."""
    if occasion == TAKEN_IN:
        return list(_submitted(review, documents))
    return [
        Handed(one.document, one.document, item, remedy.answered_at, None)
        for remedy in review.remedies
        if remedy.id == occasion and remedy.answered_at is not None
        for item in reviews.items(review)
        for asked in remedy.items
        if asked.spot == item.spot
        for one in asked.documents
        if one.document_id in documents
    ]


def _submitted(review: Review, documents: Mapping[str, Document]) -> Iterator[Handed]:
    files: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for one in reviews.submitted(review.submission)["files"]:
        files.setdefault((one["requirement"], one["lot"], one.get("party")), []).append(one)
    for item in reviews.items(review):
        lot, party = item.lot.code if item.lot else None, item.party.position if item.party else None
        for one in files.get((item.requirement.code, lot, party), []):
            if one["document_id"] in documents:
                said = one.get("validity")
                doubts = tuple((doubt["key"], doubt["text"]) for doubt in said["doubts"]) if said else None
                document = documents[one["document_id"]]
                yield Handed(document, manifests.document_of(one), item, review.submission.submitted_at, doubts)


def find(review: Review, given: Sequence[Handed]) -> list[Found]:
    """Everything that stands out in what was handed over, without comparing it with other dossiers."""
    found = list(_applicant(review))
    names, numbers = _taking_part(review)
    first: dict[str, Handed] = {}
    for one in given:
        first.setdefault(one.document.id, one)
        found += _validity(review, one)
    for one in first.values():
        found += _unreadable(one)
        found += _differences(one)
        found += _holder(one, names, numbers)
        found += _signatures(one)
        found += _properties(one)
    return found


def _taking_part(review: Review) -> tuple[list[str], set[str]]:
    """The names and KvK numbers of everybody in the application, as submitted and as registers know them."""
    content, organisation = reviews.submitted(review.submission), review.application.organisation
    parties = content.get("parties", [])
    said = content.get("organisation", {})
    names = [*readings.names_of(organisation), said.get("name", ""), *(one["name"] for one in parties)]
    numbers = {organisation.kvk_number, said.get("kvk_number", ""), *(one["kvk_number"] for one in parties)}
    return [one for one in names if one], numbers - {""}


def _applicant(review: Review) -> Iterator[Found]:
    organisation = review.application.organisation
    said = (organisation.register_facts or {}).get("kvk", {})
    number = f"KvK {organisation.kvk_number}"
    name = str(said.get("name", ""))
    if name and not is_same_name(name, organisation.name):
        yield Found("register_name", None, {"number": number, "read": name, "typed": organisation.name})
    if said.get("is_ended"):
        yield Found("register_ended", None, {"number": number})


def _validity(review: Review, one: Handed) -> Iterator[Found]:
    judged = validity.judge(one.frozen, one.place, review.application, one.at)
    doubts = one.doubts
    if doubts is None:
        doubts = tuple((doubt.key, doubt.text) for doubt in judged.doubts)
    for key, text in doubts:
        yield Found("validity", one.document.id, {"text": text}, one.place.spot, detail=key)
    end = readings.values(one.document).get("expires_on")
    if end is not None and one.frozen.expires_on is None and judged.day and date.fromisoformat(end.value) < judged.day:
        facts = {"file": one.document.filename, "day": readings.shown(end), "wanted": wording.day(judged.day)}
        yield Found("expired_as_read", one.document.id, facts, one.place.spot, end.page)


def _unreadable(one: Handed) -> Iterator[Found]:
    if one.document.reading is not None and one.document.reading.outcome == "unreadable":
        yield Found("unreadable", one.document.id, {"file": one.document.filename})


COMPARED = ("issued_on", "starts_on", "expires_on", "number", "holder_kvk_number")
"""Fields in which another value than the one that was read says something."""


def _differences(one: Handed) -> Iterator[Found]:
    for field, read in readings.values(one.document).items():
        said = readings.typed(one.frozen, field)
        if field not in COMPARED or not said or readings.is_same(one.frozen, read):
            continue
        facts = {
            "file": one.document.filename,
            "field": readings.FIELD_NAMES[field],
            "typed": wording.day(date.fromisoformat(said)) if field in readings.DAYS else said,
            "read": readings.shown(read),
        }
        yield Found("typed_differs", one.document.id, facts, page=read.page, detail=field)


def _holder(one: Handed, names: Sequence[str], numbers: Iterable[str]) -> Iterator[Found]:
    if rules_for(one.document.kind)[0].is_personal:
        return
    read: Mapping[str, ReadValue] = readings.values(one.document)
    number, name = read.get("holder_kvk_number"), read.get("holder_name")
    file = one.document.filename
    if number is not None and number.value not in numbers:
        yield Found("other_number", one.document.id, {"file": file, "read": number.value}, page=number.page)
    elif number is None and name is not None and not any(is_same_name(known, name.value) for known in names):
        yield Found("other_name", one.document.id, {"file": file, "read": name.value}, page=name.page)


def _signatures(one: Handed) -> Iterator[Found]:
    document = one.document
    reading, signed = document.reading, readings.signatures(document)
    if reading is None or reading.outcome == "unreadable":
        return
    facts = {"file": document.filename}
    if reading.is_signed_unread:
        yield Found("signature_unread", document.id, facts)
    for number, signature in enumerate(signed):
        if not signature.is_whole:
            signer = signature.organisation or signature.signer
            yield Found("changed_after_signing", document.id, {**facts, "signer": signer}, detail=str(number))
    issuer, words = SIGNED_BY.get(document.kind, ("", ()))
    if not issuer:
        return
    of_issuer = [
        signature
        for signature in signed
        if any(word in f"{signature.signer} {signature.organisation}".casefold() for word in words)
    ]
    if not signed and not reading.is_signed_unread:
        yield Found("unsigned", document.id, {**facts, "issuer": issuer})
    elif signed and not of_issuer:
        signer = signed[0].organisation or signed[0].signer
        yield Found("signed_by_other", document.id, {**facts, "issuer": issuer, "signer": signer})
    elif of_issuer and not any(signature.is_trusted for signature in of_issuer):
        signature = of_issuer[0]
        told = {**facts, "signer": signature.organisation or signature.signer, "cert": signature.issuer}
        yield Found("signer_unknown", document.id, told)


def _day(text: object) -> date | None:
    return calendar.local_day(datetime.fromisoformat(str(text))) if text else None


def _properties(one: Handed) -> Iterator[Found]:
    document, reading = one.document, one.document.reading
    if reading is None or not reading.properties:
        return
    said, file = reading.properties, document.filename
    programs = f"{said.get('producer', '')} {said.get('creator', '')}".casefold()
    editor = next((shown for shown, words in EDITORS if any(word in programs for word in words)), None)
    if editor is not None:
        yield Found("image_editor", document.id, {"file": file, "program": editor})
    revisions = int(said.get("revisions", 1))
    if revisions > 1 and not reading.signatures and not reading.is_signed_unread:
        yield Found("revised", document.id, {"file": file, "times": revisions - 1})
    made, changed = _day(said.get("made_at")), _day(said.get("changed_at"))
    if made is None:
        return
    issued = _issued(one)
    if issued is not None and reading.outcome == "text" and (made - issued).days > LATER_DAYS:
        facts = {"issued": wording.day(issued), "made": wording.day(made), "days": (made - issued).days}
        yield Found("made_later", document.id, {"file": file, **facts})
    if issued is not None and (issued - made).days > EARLIER_DAYS:
        facts = {"issued": wording.day(issued), "made": wording.day(made)}
        yield Found("made_earlier", document.id, {"file": file, **facts})
    if changed is not None and (changed - made).days > CHANGED_DAYS and not reading.signatures:
        facts = {"made": wording.day(made), "changed": wording.day(changed)}
        yield Found("changed_later", document.id, {"file": file, **facts})


def _issued(one: Handed) -> date | None:
    """The day of issue: as read, else as typed."""
    read = readings.values(one.document).get("issued_on")
    return date.fromisoformat(read.value) if read is not None else one.frozen.issued_on


# By what a document is recognised elsewhere


def number_key(kind: str, number: str) -> str:
    """A number as it is compared; '' when it does not tell documents of this kind apart."""
    plain = "".join(char for char in number.casefold() if char.isalnum())[:200]
    tells = kind in NUMBERED and len(plain) >= SHORTEST_NUMBER and any(char.isdigit() for char in plain)
    return plain if tells else ""


def screened(review: Review, given: Sequence[Handed], now: datetime) -> list[ScreenedDocument]:
    """By what each document that was handed over is recognised in other dossiers."""
    first = {one.document.id: one for one in reversed(given)}
    return [
        ScreenedDocument(
            authority_id=review.authority_id,
            review_id=review.id,
            document_id=one.document.id,
            owner_id=one.document.organisation_id,
            kind=one.document.kind,
            sha256=one.document.sha256,
            number=number_key(one.document.kind, one.frozen.number),
            read_number=number_key(one.document.kind, read.value if read is not None else ""),
            seen_at=now,
        )
        for one in first.values()
        for read in [readings.values(one.document).get("number")]
    ]


# Keeping


def made(review: Review, one: Found, now: datetime, *, copy: Copy | None = None) -> Signal:
    """The row of something that was found; with `copy`, of what is the same elsewhere."""
    other = copy.other_application_id if copy is not None else None
    parts = (one.rule, one.document_id, *one.spot, one.detail, other)
    return Signal(
        authority_id=review.authority_id,
        review_id=review.id,
        document_id=one.document_id,
        requirement_id=one.spot[0],
        lot_id=one.spot[1],
        party_id=one.spot[2],
        rule=one.rule,
        facts=dict(one.facts),
        page=one.page,
        fingerprint=":".join(part or "" for part in parts)[:200],
        other_application_id=other,
        found_at=now,
    )


def of_copy(copy: Copy, filename: str) -> Found:
    """What stands out in a document because of what is the same elsewhere."""
    if copy.is_file:
        return Found("same_file", copy.document_id, {"file": filename})
    return Found("same_number", copy.document_id, {"file": filename, "number": copy.number})


def ran(review: Review, occasion: str, documents: int, now: datetime) -> SignalRun:
    """These documents were held against the rules."""
    run = SignalRun(
        authority_id=review.authority_id,
        review_id=review.id,
        occasion=occasion,
        documents=documents,
        computed_at=now,
    )
    audit.record(review, "compute_signals", None, now, occasion=occasion, documents=documents)
    return run


def look(signal: Signal, actor: User, note: str, now: datetime) -> SignalLook | None:
    """A person looked at a signal, with a note if there is something to say. None: the same was kept a moment ago."""
    require_official(actor, signal, "inkoper")
    text = note.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_NOTE:
        raise Invalid({"note": N_("Uw notitie is te lang. Maak er hoogstens 2000 tekens van.")})
    last = signal.looks[-1] if signal.looks else None
    if last is not None and last.looked_by_id == actor.id and last.note == text:
        return None
    kept = SignalLook(
        authority_id=signal.authority_id,
        signal_id=signal.id,
        looked_at=now,
        looked_by_id=actor.id,
        note=text,
    )
    attach(signal, kept)
    audit.record(signal.review, "look_at_signal", actor, now, signal=signal.id, rule=signal.rule)
    return kept

"""The rows of a draft as values that can be sealed, and back: what of it goes into a vault with its submission."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from portal.models import (
    Answer,
    Application,
    Base,
    Document,
    EspdImport,
    Evidence,
    OfferDocument,
    OfferText,
    OwnPart,
    Party,
    PartyInvitation,
    Selection,
)
from portal.models.base import Moment

_ROWS: tuple[tuple[str, type[Base]], ...] = (
    ("every_party", Party),
    ("selections", Selection),
    ("answers", Answer),
    ("evidence", Evidence),
    ("offer_texts", OfferText),
    ("offer_documents", OfferDocument),
    ("espd_imports", EspdImport),
)
"""The lists of an application that make up its draft, what others refer to first."""

_PARTY_ROWS: tuple[tuple[str, type[Base]], ...] = (("own_parts", OwnPart), ("invitations", PartyInvitation))
"""The lists of a party that go with it."""

_OF_DOCUMENT = (
    "filename", "content_type", "pages", "size", "sha256", "issuer", "number", "scope", "holder_name",
    "holder_kvk_number", "issued_on", "starts_on", "expires_on", "about_on",
)  # fmt: skip


def values(application: Application) -> dict[str, list[dict[str, Any]]]:
    """Every row of the draft, by the name of its list."""
    of_parties = {
        name: [_values(one) for party in application.every_party for one in getattr(party, name)]
        for name, _ in _PARTY_ROWS
    }
    return {name: [_values(one) for one in getattr(application, name)] for name, _ in _ROWS} | of_parties


def wipe(application: Application) -> None:
    """The rows of the draft go. What lies in the vault is not touched."""
    for name, _ in reversed(_ROWS):
        getattr(application, name).clear()


def restore(application: Application, content: dict[str, Any]) -> None:
    """The rows of the draft as they were submitted. Wipe what is there first, and flush."""
    for name, model in _ROWS:
        getattr(application, name).extend(_made(model, one) for one in content["rows"][name])
    parties = {one.id: one for one in application.every_party}
    for name, model in _PARTY_ROWS:
        for one in content["rows"].get(name, ()):  # what was sealed earlier has none
            getattr(parties[one["party_id"]], name).append(_made(model, one))


def describe(document: Document, was: Mapping[str, Any]) -> None:
    """What a document was, by `of_document`, back on its row."""
    for field in was.keys() & set(_OF_DOCUMENT):  # what was sealed earlier knows fewer
        value = was[field]
        setattr(document, field, date.fromisoformat(value) if field.endswith("_on") and value else value)


def _values(row: Base) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else value

    return {one.key: plain(getattr(row, one.key)) for one in row.__mapper__.column_attrs}


def of_document(document: Document) -> dict[str, Any]:
    """What a document is beside its bytes: what a sealed file was called, and what its owner wrote of it."""

    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    return {name: plain(getattr(document, name)) for name in _OF_DOCUMENT}


def _made(model: type[Base], values: dict[str, Any]) -> Base:
    def typed(name: str, value: Any) -> Any:
        is_moment = isinstance(model.__mapper__.columns[name].type, Moment)
        return datetime.fromisoformat(value) if is_moment and value else value

    return model(**{name: typed(name, value) for name, value in values.items()})

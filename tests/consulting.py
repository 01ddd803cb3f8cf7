"""Consultations for tests: a dialogue and a market consultation of the world's procedure, and a play with them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from portal.domain import consultations
from portal.domain.consultations import Consultation
from portal.models import Procedure, User
from portal.queries import consultations as queries
from tests.conftest import World

DIALOGUE: dict[str, Any] = {
    "code": "D1",
    "title": "Dialoog over de conceptovereenkomst",
    "kind": "dialogue",
    "text": "U kunt per artikel reageren.\n\nMeedoen heeft geen invloed op uw toelating.",
    "opens_at": "2019-07-01 09:00:00",
    "closes_at": "2019-09-30 12:00:00",
    "most_meetings": 2,
    "source": "hoofdstuk 13",
    "documents": [
        {
            "code": "CO",
            "title": "Conceptovereenkomst",
            "articles": [
                {"code": "1", "heading": "Tarief", "text": "De gemeente betaalt een vast tarief."},
                {"code": "2", "heading": "Op- en afschalen", "text": "Wie complex biedt, biedt ook basis."},
            ],
        }
    ],
    "meetings": [
        {
            "code": "S1",
            "title": "Sessie 1, tarief",
            "starts_at": "2019-08-29 13:30:00",
            "ends_at": "2019-08-29 16:30:00",
            "place": "Gemeentehuis, zaal 2",
            "seats": 3,
            "text": "Over het tarief.",
        }
    ],
}
MARKET: dict[str, Any] = {
    "code": "M1",
    "title": "Marktconsultatie",
    "kind": "market",
    "text": "Wat is nodig?",
    "opens_at": "2019-07-01 09:00:00",
    "closes_at": "2019-07-31 17:00:00",
    "meetings": [
        {
            "code": "B1",
            "title": "Bijeenkomst met aanbieders",
            "starts_at": "2019-07-25 13:30:00",
            "ends_at": "2019-07-25 16:00:00",
            "place": "Vught",
            "seats": 2,
        }
    ],
}
PAGE = "/procedures/meierij/meierij-2020/consultaties"


def ask(world: World, *wanted: dict[str, Any]) -> None:
    """Give the procedure these consultations."""
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        procedure.settings = {**procedure.settings, "consultations": list(wanted or (DIALOGUE, MARKET))}


def asked(world: World, db: Session, code: str = "D1") -> Consultation:
    """One of them as the domain reads it."""
    procedure = db.get_one(Procedure, world.procedure_id)
    return consultations.find(procedure, code, queries.added_meetings(db, procedure.id))


def user(world: World, db: Session, who: str) -> User:
    return db.get_one(User, world.people[who])

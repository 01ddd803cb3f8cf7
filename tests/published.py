"""More in a published procedure than the file of the small world has: requirements of any type, other settings."""

from __future__ import annotations

from typing import Any

from portal.models import Application, Procedure, Requirement, Round
from tests.conftest import World


def requirement(world: World, code: str, type_: str, applies_to: str = "organisation", **more: Any) -> None:
    """Publish one more requirement, behind the others."""
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        fields = {
            "lot_codes": [],
            "product_codes": [],
            "municipality_codes": [],
            "evidence": {},
            "settings": {},
            "standard_reasons": [],
            "source": "",
            "equivalent_allowed": False,
            "title": f"Eis {code}",
            "text": f"De tekst van eis {code}.",
            "kind": "suitability",
            "position": 100 + len(procedure.requirements),
            **more,
        }
        db.add(
            Requirement(
                authority_id=world.authority_id,
                procedure_id=procedure.id,
                code=code,
                version=1,
                type=type_,
                applies_to=applies_to,
                **fields,
            )
        )


def settings(world: World, **blocks: Any) -> None:
    """Replace blocks of the settings; None takes a block away."""
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        kept = {**procedure.settings, **blocks}
        procedure.settings = {name: block for name, block in kept.items() if block is not None}


def scope(world: World, application_id: str, *cells: tuple[str, str]) -> None:
    """Make the round of an application an extra one, for these cells only."""
    with world.database.transaction() as db:
        round_ = db.get_one(Round, db.get_one(Application, application_id).round_id)
        round_.kind, round_.scope = "extra", [list(cell) for cell in cells]

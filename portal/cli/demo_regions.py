"""The other regions of the demonstration: every other procedure file, its first round open now, and its officials."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from portal.adapters import procedure_files
from portal.cli import cast, vault_script
from portal.cli.cast import Stage
from portal.cli.procedures import load_file
from portal.domain import calendar
from portal.domain.kinds import KINDS
from portal.models import Authority, Procedure, User

OPEN_SINCE = 12
"""Days ago that the first round of each of these opened."""

OFFICIALS = (
    ("inkoop", "Femke Zandstra", ["inkoper"]),
    ("inkoop2", "Theo Wessels", ["inkoper"]),
    ("ronde", "Mies Hartman", ["round_manager"]),
    ("ronde2", "Rutger Blok", ["round_manager", "authority_signatory"]),
    ("integriteit", "Iris Kamp", ["integrity_officer"]),
    ("integriteit2", "Daan Roos", ["integrity_decider"]),
    ("beoordelaar1", "Nora Prins", ["assessor"]),
    ("beoordelaar2", "Stef van Loon", ["assessor"]),
    ("toezicht", "Hanna Mulder", ["inspector"]),
    ("contract", "Job Terpstra", ["contract_manager"]),
    ("beheer", "Bas Hendriks", ["administrator"]),
)
"""First part of the address, name and roles; the rest of the address is the region's: 'inkoop@almelo.example'."""


def settle(stage: Stage, files: list[Path], today: date) -> None:
    """Load and publish each file, moved so that its first round is open today, and appoint its officials once."""
    for file in files:
        data = procedure_files.read(file)
        opens_on = data["rounds"]["first"]["opens_at"].date()
        lead: timedelta = data["agreement"]["starts_on"] - opens_on
        opening = calendar.next_working_day(today - timedelta(days=OPEN_SINCE))
        procedure_id = load_file(stage.database, file, stage.services.now(), start=opening + lead)
        with stage.database.reading() as db:
            region = db.get_one(Authority, db.get_one(Procedure, procedure_id).authority_id)
            authority_id, slug = region.id, region.slug
            known = len(db.scalars(select(Procedure.id).where(Procedure.authority_id == authority_id)).all()) > 1
        for address, name, roles in () if known else OFFICIALS:
            cast.official(stage, authority_id, name, f"{address}@{slug}.example", roles)
        if KINDS[data["kind"]].has_vault:
            _set_up_vault(stage, procedure_id, slug)


def _set_up_vault(stage: Stage, procedure_id: str, slug: str) -> None:
    """What is submitted in the first round of a tender is sealed: Femke and Rutger hold its vault."""
    with stage.database.reading() as db:
        round_id = db.get_one(Procedure, procedure_id).rounds[0].id
        people = {
            address: db.scalars(select(User.id).where(User.email == f"{address}@{slug}.example")).one()
            for address in ("ronde", "inkoop", "ronde2")
        }
    vault_script.set_up(stage, round_id, people["ronde"], (people["inkoop"], people["ronde2"]), cast.PASSWORD)

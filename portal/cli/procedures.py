"""`flask procedures check|load`: a procedure file is checked whole before anything is loaded."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select

from portal.adapters import procedure_files, procedure_moves
from portal.domain import editions, planning, procedures
from portal.errors import ProcedureFileError
from portal.extensions import Database
from portal.models import Procedure
from portal.queries import people

group = AppGroup("procedures", help="Check and load procedure files.")


def read(path: Path) -> dict[str, Any]:
    """The checked data of a file, file-shaped; ends the command with all errors and their lines, if any."""
    try:
        return procedure_files.raw(path.read_bytes())
    except ProcedureFileError as error:
        for line, text in error.errors:
            click.echo(f"{path}:{line}: {text}", err=True)
        raise click.exceptions.Exit(1) from None


def load_file(
    database: Database,
    path: Path,
    now: datetime,
    *,
    start: date | None = None,
    authority: str | None = None,
    standstill_days: int | None = None,
) -> str:
    """Load and publish a checked file, all dates moved so that agreements start on `start`; gives the procedure's id.

    `authority` loads it for another, existing authority; `standstill_days` replaces the file's term, as the
    demonstration does. Loading the same procedure twice is refused.
    """
    raw = read(path)
    if start is not None:
        raw = procedure_moves.moved(raw, start)
    if standstill_days is not None and "terms" in raw:
        raw = {**raw, "terms": {**raw["terms"], "standstill_days": standstill_days}}
    data, digest = procedure_files.loaded(raw), hashlib.sha256(path.read_bytes()).hexdigest()
    with database.transaction() as db:
        slug = authority or data["authority"]["slug"]
        owner = people.authority_by_slug(db, slug)
        if owner is None:
            if authority is not None:
                raise click.ClickException(f"er is geen regio met de naam '{authority}'")
            owner = editions.found_authority(data)
            db.add(owner)
        known = select(Procedure.id).where(Procedure.authority_id == owner.id, Procedure.slug == data["slug"])
        if db.scalar(known) is not None:
            raise click.ClickException(f"procedure '{data['slug']}' is al geladen voor '{slug}'; er is niets veranderd")
        procedure = editions.load(owner, data, digest, now, raw)
        planning.take_over(procedure, now)
        procedures.publish(procedure, now)
        db.add(procedure)
        return procedure.id


@group.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check every FILE and print every error with its line; exit code 1 when there is one."""
    wrong = False
    for file in files:
        try:
            data = procedure_files.raw(file.read_bytes())
        except ProcedureFileError as error:
            wrong = True
            for line, text in error.errors:
                click.echo(f"{file}:{line}: {text}", err=True)
        else:
            click.echo(f"{file}: in orde ({len(data.get('requirements', []))} eisen)")
    if wrong:
        raise click.exceptions.Exit(1)


@group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="Move all dates: agreements start on this day.")
@click.option("--authority", help="Load for this existing authority instead of the one in the file.")
@click.option("--standstill-days", type=click.IntRange(0, 90), help="Replace the standstill of the file.")
def load(file: Path, start: datetime | None, authority: str | None, standstill_days: int | None) -> None:
    """Load and publish the procedure in FILE. With an error in the file nothing is loaded."""
    database: Database = current_app.extensions["database"]
    now = current_app.extensions["services"].now()
    load_file(
        database,
        file,
        now,
        start=start.date() if start else None,
        authority=authority,
        standstill_days=standstill_days,
    )
    click.echo(f"{file}: geladen")


def register(app: Flask) -> None:
    app.cli.add_command(group)

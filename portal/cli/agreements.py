"""`flask agreements verify`: is this PDF an agreement of ours, and is it whole?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from portal.domain import wording
from portal.errors import FileRefused
from portal.extensions import Database
from portal.queries import agreements as queries
from portal.queries.agreements import KnownVersion
from portal.services import Services, SignatureReport

group = AppGroup("agreements", help="Look at agreements.")

VERSIONS = {
    "unsigned": "zonder handtekeningen",
    "provider": "ondertekend door de zorgaanbieder",
    "authority": "ondertekend door beide partijen",
}


def _is_whole(known: KnownVersion | None, signatures: Sequence[SignatureReport] | None) -> bool:
    # Bytes that are known are the bytes that were written; the signatures must say the same.
    return known is not None and signatures is not None and all(one.is_intact and one.covers_rest for one in signatures)


@group.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def verify(file: Path, as_json: bool) -> None:
    """Check FILE: ours (its SHA-256 is known), whole, and signed by whom. Exit code 0 when ours and whole, else 1."""
    content = file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    database: Database = current_app.extensions["database"]
    services: Services = current_app.extensions["services"]
    with database.reading() as db:
        known = queries.version_by_digest(db, sha256)
    signatures: Sequence[SignatureReport] | None
    try:
        signatures = services.signer.verify(content)
    except FileRefused:
        signatures = None
    whole = _is_whole(known, signatures)
    if as_json:
        click.echo(json.dumps(_answer(sha256, known, whole, signatures), ensure_ascii=False, indent=2))
    else:
        _tell(file, sha256, known, whole, signatures)
    raise click.exceptions.Exit(0 if whole else 1)


def _answer(
    sha256: str, known: KnownVersion | None, whole: bool, signatures: Sequence[SignatureReport] | None
) -> dict[str, object]:
    """`is_ours`, `is_whole`, number and version, and the signatures (None: they cannot be read)."""
    return {
        "sha256": sha256,
        "is_ours": known is not None,
        "is_whole": whole,
        "agreement": known.number if known else None,
        "version": known.version if known else None,
        "state": known.state if known else None,
        "signatures": None
        if signatures is None
        else [
            {
                "field": one.field,
                "name": one.name,
                "organisation": one.organisation,
                "signed_at": one.signed_at.isoformat(),
                "is_intact": one.is_intact,
                "is_trusted": one.is_trusted,
                "covers_rest": one.covers_rest,
            }
            for one in signatures
        ],
    }


def _tell(
    file: Path,
    sha256: str,
    known: KnownVersion | None,
    whole: bool,
    signatures: Sequence[SignatureReport] | None,
) -> None:
    click.echo(f"{file.name}\nSHA-256 {sha256}\n")
    if known is None:
        click.echo("Van ons:       nee, dit bestand kennen wij niet")
    else:
        click.echo(f"Van ons:       ja, overeenkomst {known.number}, {VERSIONS[known.version]}")
    click.echo(f"Ongeschonden:  {'ja' if whole else 'niet vast te stellen' if known is None else 'nee'}")
    if signatures is None:
        click.echo("Handtekeningen: niet te lezen")
        return
    click.echo(f"Handtekeningen: {len(signatures)}")
    for one in signatures:
        click.echo(f"  {one.field}: {one.name}, {one.organisation}")
        click.echo(f"    {wording.moment(one.signed_at, seconds=True)}")
        click.echo(
            f"    ongeschonden: {_yes(one.is_intact)}; alleen ondertekend daarna: {_yes(one.covers_rest)};"
            f" vertrouwd: {_yes(one.is_trusted)}"
        )


def _yes(value: bool) -> str:
    return "ja" if value else "nee"


def register(app: Flask) -> None:
    """Put the commands on `app`."""
    app.cli.add_command(group)

"""`flask receipts`: does this receipt hold, and does everything that is kept agree with itself?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from portal.domain import proofs, receipts
from portal.domain.proofs import Certified
from portal.domain.receipts import Card
from portal.errors import FileRefused
from portal.extensions import Database
from portal.queries import receipt_checks, verification
from portal.queries.receipt_checks import Report
from portal.services import Services
from portal.worker.certificates import LEAVES, STATEMENT, TOKEN

group = AppGroup("receipts", help="Check receipts and close certificates.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _services() -> Services:
    found: Services = current_app.extensions["services"]
    return found


def _no_receipt(why: str) -> NoReturn:
    click.echo(f"Geen ontvangstbewijs: {why}")
    raise click.exceptions.Exit(2)


@group.command("verify")
@click.argument("file", type=FILE)
@click.option("--certificate", "certificate_pdf", type=FILE, help="The PDF of the close certificate.")
@click.option("--contains", "contained", type=FILE, multiple=True, help="Is this file part of the receipt?")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def verify(file: Path, certificate_pdf: Path | None, contained: tuple[Path, ...], as_json: bool) -> None:
    """Check FILE: the PDF of a receipt, or a proof (JSON). Exit code 0 when it holds, 1 when not, 2: no receipt."""
    content = file.read_bytes()
    held = _certificate_in(certificate_pdf) if certificate_pdf else None
    if content.startswith(b"%PDF-"):
        report = _of_card(_card(content), held)
    else:
        report = _of_proof(content, held)
    for path in contained:
        with path.open("rb") as opened:
            receipt_checks.part_of(report, path.name, hashlib.file_digest(opened, "sha256").hexdigest())
    _tell(file, report, as_json)
    raise click.exceptions.Exit(0 if report.holds else 1)


def _of_card(card: Card, held: Certified | None) -> Report:
    """Compare with the certificate that came along, else with the database, if this machine has one."""
    timestamps = _services().timestamps
    if held is not None:
        return receipt_checks.of_card(None, timestamps, card, held)
    database: Database = current_app.extensions["database"]
    try:
        with database.reading() as db:
            return receipt_checks.of_card(db, timestamps, card)
    except SQLAlchemyError:
        return receipt_checks.of_card(None, timestamps, card)


def _of_proof(content: bytes, held: Certified | None) -> Report:
    report = Report()
    try:
        proof, certified = proofs.read_file(content)
    except ValueError:
        _no_receipt("kies de PDF van een ontvangstbewijs of een bewijs in JSON")
    if held is not None:
        report.add("Het bewijs hoort bij dit sluitingscertificaat", held.statement == certified.statement)
    receipt_checks.of_proof(_services().timestamps, proof, certified, report)
    return report


def _card(content: bytes) -> Card:
    try:
        return receipts.read_card(_services().inspector.attached(iter([content]), receipts.CARD, receipts.MANIFEST))
    except FileRefused as refusal:
        _no_receipt(str(refusal))
    except ValueError:
        _no_receipt("aan deze PDF hangen de gegevens van een ontvangstbewijs niet")


def _certificate_in(path: Path) -> Certified:
    """A close certificate from its PDF. Stops the command when it is none."""
    try:
        attached = _services().inspector.attached(iter([path.read_bytes()]), STATEMENT, TOKEN, LEAVES)
        return proofs.read_certificate(attached[STATEMENT], attached.get(TOKEN), attached[LEAVES])
    except (FileRefused, ValueError, KeyError) as error:
        raise click.ClickException(f"{path.name} is geen sluitingscertificaat") from error


def _tell(file: Path, report: Report, as_json: bool) -> None:
    if as_json:
        click.echo(receipt_checks.as_json(report, file.name))
        return
    click.echo(file.name)
    words = {True: "ja", False: "NEE", None: "niet te controleren"}
    for one in report.checks:
        click.echo(f"  {one.question}: {words[one.answer]}{f' ({one.why})' if one.why else ''}")
    click.echo("Dit ontvangstbewijs klopt." if report.holds else "Dit ontvangstbewijs klopt niet, of niet aantoonbaar.")


@group.command("check")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def check(as_json: bool) -> None:
    """Compare every receipt, file and close certificate with what is stored. Exit code 0 when nothing differs."""
    database: Database = current_app.extensions["database"]
    services = _services()
    with database.reading() as db:
        found = verification.verify(db, services.files, services.timestamps, services.now())
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        click.echo(
            f"ontvangstbewijzen: {found.receipts}\ndocumenten: {found.documents}\n"
            f"sluitingscertificaten: {found.certificates}\nnog te maken: {found.open}\nproblemen: {len(found.problems)}"
        )
        for one in found.problems:
            click.echo(f"  {one.kind}  {one.subject}  {one.text}")
    raise click.exceptions.Exit(0 if found.is_whole else 1)


def register(app: Flask) -> None:
    """Put the commands on `app`."""
    app.cli.add_command(group)

"""`flask receipts`: does this receipt hold, and does everything that is kept agree with itself?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from portal.domain import proofs, receipts, wording
from portal.domain.proofs import Certified, Proof
from portal.domain.receipts import Card
from portal.errors import FileRefused, TokenRefused
from portal.extensions import Database
from portal.models import CloseCertificate
from portal.queries import certificates as queries
from portal.queries import verification
from portal.services import Services
from portal.worker.certificates import LEAVES, STATEMENT, TOKEN

group = AppGroup("receipts", help="Check receipts and close certificates.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass
class Report:
    """What was checked, in order: the question, the answer (None: it could not be checked) and why."""

    checks: list[tuple[str, bool | None, str]] = field(default_factory=list)

    def add(self, question: str, answer: bool | None, why: str = "") -> None:
        self.checks.append((question, answer, why))

    @property
    def holds(self) -> bool:
        """Nothing was answered with no, and something was answered with yes."""
        answers = [answer for _, answer, _ in self.checks]
        return False not in answers and True in answers


def _services() -> Services:
    found: Services = current_app.extensions["services"]
    return found


def _no_receipt(why: str) -> NoReturn:
    click.echo(f"Geen ontvangstbewijs: {why}")
    raise click.exceptions.Exit(2)


@group.command("verify")
@click.argument("file", type=FILE)
@click.option("--certificate", "certificate_pdf", type=FILE, help="The PDF of the close certificate.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def verify(file: Path, certificate_pdf: Path | None, as_json: bool) -> None:
    """Check FILE: the PDF of a receipt, or a proof (JSON). Exit code 0 when it holds, 1 when not, 2: no receipt."""
    content, report = file.read_bytes(), Report()
    held = _certificate_in(certificate_pdf) if certificate_pdf else None
    if content.startswith(b"%PDF-"):
        _check_receipt(_card(content), held, report)
    else:
        try:
            proof, certified = proofs.read_file(content)
        except ValueError:
            _no_receipt("kies de PDF van een ontvangstbewijs of een bewijs in JSON")
        if held is not None:
            same = held.statement == certified.statement
            report.add("Het bewijs hoort bij dit sluitingscertificaat", same)
        _check_proof(proof, certified, report)
    _tell(file, report, as_json)
    raise click.exceptions.Exit(0 if report.holds else 1)


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


def _check_receipt(card: Card, held: Certified | None, report: Report) -> None:
    whole = None if card.manifest_digest is None else card.is_whole
    report.add("Het controlegetal past bij de inhoud", whole, card.digest)
    if held is None:
        held = _check_stored(card, report)
        if held is None:
            return
    said = held.said
    here = (said["authority"]["slug"], said["procedure"]["slug"], said["round"]["label"])
    if here != (card.authority, card.procedure, card.round):
        report.add("Het sluitingscertificaat is van deze ronde", False, f"het is van {here[1]}, ronde {here[2]}")
        return
    report.add("De vingerafdrukken geven het getal van het certificaat", proofs.root_holds(held), said["root"])
    found = proofs.proof_whatever(held.leaves, said["root"], card.receipt_number, card.digest, card.submitted_at)
    if found is None:
        report.add("Het ontvangstbewijs zit in het sluitingscertificaat", False)
        return
    _check_proof(found, held, report)


def _check_stored(card: Card, report: Report) -> Certified | None:
    """Compare with the database, if this machine has one that knows the receipt; gives the certificate of its round."""
    database: Database = current_app.extensions["database"]
    try:
        with database.reading() as db:
            stored = verification.submission_named(db, card.receipt_number)
            if stored is None:
                report.add("Het portaal kent dit ontvangstbewijs", False, card.receipt_number)
                return None
            same = (stored.digest, stored.submitted_at) == (card.digest, card.submitted_at)
            report.add("Het portaal bewaarde dezelfde indiening", same, card.receipt_number)
            certificate = queries.of_round(db, stored.application.round_id)
    except SQLAlchemyError:
        report.add("Het portaal kent dit ontvangstbewijs", None, "hier is geen database; gebruik --certificate")
        return None
    if certificate is None:
        report.add("De ronde heeft een sluitingscertificaat", None, "dat komt direct na het sluiten")
        return None
    return _held(certificate)


def _held(certificate: CloseCertificate) -> Certified:
    return Certified(certificate.statement, certificate.token, certificate.leaves)


def _check_proof(proof: Proof, certified: Certified, report: Report) -> None:
    label = {"counts": "telt mee", "superseded": "later vervangen", "withdrawn": "ingetrokken"}
    standing = label.get(proof.receipt.standing, proof.receipt.standing)
    report.add("Het ontvangstbewijs zit in het sluitingscertificaat", proof.holds, f"bij het sluiten: {standing}")
    if certified.token is None:
        report.add("Het tijdstempel klopt", None, "het tijdstempel volgt nog; het certificaat is niet definitief")
        return
    try:
        stamp = _services().timestamps.verify(certified.token, certified.digest)
    except TokenRefused as error:
        report.add("Het tijdstempel klopt", False, str(error))
        return
    closes_at = wording.instant_of(certified.said["closes_at"])
    in_time = stamp.at >= closes_at.replace(microsecond=0)
    report.add("Het tijdstempel klopt", True, f"{wording.second(stamp.at)}, {stamp.authority}")
    report.add("Het tijdstempel is van na het sluiten", in_time, wording.second(closes_at))


def _tell(file: Path, report: Report, as_json: bool) -> None:
    if as_json:
        checks = [{"check": question, "answer": answer, "why": why} for question, answer, why in report.checks]
        click.echo(
            json.dumps({"file": file.name, "holds": report.holds, "checks": checks}, ensure_ascii=False, indent=2)
        )
        return
    click.echo(file.name)
    words = {True: "ja", False: "NEE", None: "niet te controleren"}
    for question, answer, why in report.checks:
        click.echo(f"  {question}: {words[answer]}{f' ({why})' if why else ''}")
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

"""Does a receipt hold, and is a file part of it? What anybody may ask who has the PDF, or what is printed on it.

Every answer is a list of checks in words, so that the page, the command and the rehearsal say the same.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from portal.domain import proofs, wording
from portal.domain.proofs import Certified, Proof
from portal.domain.receipts import Card, Listed, listed_files
from portal.errors import TokenRefused
from portal.models import CloseCertificate, Submission
from portal.queries import certificates, verification
from portal.services import Timestamps
from portal.terms import STANDINGS


@dataclass(frozen=True)
class Check:
    """One question, its answer (None: it cannot be answered) and why. In Dutch."""

    question: str
    answer: bool | None
    why: str = ""


@dataclass
class Report:
    """What was checked, in order. `files` is what the receipt names, as far as that can be read."""

    checks: list[Check] = field(default_factory=list)
    files: tuple[Listed, ...] = ()

    def add(self, question: str, answer: bool | None, why: str = "") -> None:
        self.checks.append(Check(question, answer, why))

    @property
    def holds(self) -> bool:
        """Nothing was answered with no, and something was answered with yes."""
        answers = [one.answer for one in self.checks]
        return False not in answers and True in answers


def of_card(db: Session | None, timestamps: Timestamps, card: Card, held: Certified | None = None) -> Report:
    """A receipt by its PDF. `db` is None where this machine keeps none; `held` is a certificate that came along."""
    report = Report(files=card.files)
    whole = None if card.manifest_digest is None else card.is_whole
    report.add("Het controlegetal past bij de inhoud", whole, card.digest)
    if held is None and db is None:
        report.add("Het portaal kent dit ontvangstbewijs", None, "hier is geen database; gebruik --certificate")
        return report
    if held is None and db is not None:
        held = _stored(db, report, card.receipt_number, card.digest, card)
    if held is None:
        return report
    said = held.said
    here = (said["authority"]["slug"], said["procedure"]["slug"], said["round"]["label"])
    if here != (card.authority, card.procedure, card.round):
        report.add("Het sluitingscertificaat is van deze ronde", False, f"het is van {here[1]}, ronde {here[2]}")
        return report
    report.add("De vingerafdrukken geven het getal van het certificaat", proofs.root_holds(held), said["root"])
    found = proofs.proof_whatever(held.leaves, said["root"], card.receipt_number, card.digest, card.submitted_at)
    if found is None:
        report.add("Het ontvangstbewijs zit in het sluitingscertificaat", False)
        return report
    of_proof(timestamps, found, held, report)
    return report


def of_number(db: Session, timestamps: Timestamps, number: str, digest: str) -> Report:
    """A receipt by the number and the digest that are printed on it."""
    report = Report()
    held = _stored(db, report, number, digest, None)
    if held is None:
        return report
    stored = verification.submission_named(db, number)
    if stored is not None:
        moment = stored.submitted_at
        found = proofs.proof_whatever(held.leaves, held.said["root"], number, digest, moment)
        if found is None:
            report.add("Het ontvangstbewijs zit in het sluitingscertificaat", False)
        else:
            of_proof(timestamps, found, held, report)
    return report


def _stored(db: Session, report: Report, number: str, digest: str, card: Card | None) -> Certified | None:
    """Compare with what the portal kept; gives the certificate of the round, once there is one."""
    stored = verification.submission_named(db, number)
    if stored is None or (card is None and stored.digest != digest):
        # Who knows only a number learns nothing: a wrong digest and an unknown number get the same answer.
        report.add("Het portaal kent dit ontvangstbewijs", False, number)
        return None
    if card is None:
        moment = wording.moment(stored.submitted_at, seconds=True)
        report.add("Het portaal kent dit ontvangstbewijs", True, f"ontvangen op {moment}")
    else:
        same = (stored.digest, stored.submitted_at) == (digest, card.submitted_at)
        report.add("Het portaal bewaarde dezelfde indiening", same, number)
        if not same:
            return _certified(certificates.of_round(db, stored.application.round_id))
    if not stored.is_sealed:
        kept = hashlib.sha256(stored.manifest.encode()).hexdigest() == digest
        report.add("Wat het portaal bewaart, geeft hetzelfde controlegetal", kept)
        report.files = report.files or _files_of(stored)
    certificate = certificates.of_round(db, stored.application.round_id)
    if certificate is None:
        report.add("De ronde heeft een sluitingscertificaat", None, "dat komt direct na het sluiten")
    return _certified(certificate)


def _files_of(submission: Submission) -> tuple[Listed, ...]:
    return listed_files(submission.manifest.encode())


def _certified(certificate: CloseCertificate | None) -> Certified | None:
    return Certified(certificate.statement, certificate.token, certificate.leaves) if certificate else None


def of_proof(timestamps: Timestamps, proof: Proof, certified: Certified, report: Report) -> None:
    """Add what a proof of inclusion says, and the stamp of its certificate."""
    term = STANDINGS.get(proof.receipt.standing)
    standing = term.label.lower() if term else proof.receipt.standing
    report.add("Het ontvangstbewijs zit in het sluitingscertificaat", proof.holds, f"bij het sluiten: {standing}")
    if certified.token is None:
        report.add("Het tijdstempel klopt", None, "het tijdstempel volgt nog; het certificaat is niet definitief")
        return
    try:
        stamp = timestamps.verify(certified.token, certified.digest)
    except TokenRefused as error:
        report.add("Het tijdstempel klopt", False, str(error))
        return
    closes_at = wording.instant_of(certified.said["closes_at"])
    in_time = stamp.at >= closes_at.replace(microsecond=0)
    report.add("Het tijdstempel klopt", True, f"{wording.second(stamp.at)}, {stamp.authority}")
    report.add("Het tijdstempel is van na het sluiten", in_time, wording.second(closes_at))


def part_of(report: Report, name: str, sha256: str) -> None:
    """Add whether a file with this SHA-256 is one of those that the receipt names."""
    question = f"Het bestand {name} hoort bij dit ontvangstbewijs"
    if not report.holds:
        report.add(question, None, "het ontvangstbewijs zelf klopt niet of is niet te controleren")
        return
    if not report.files:
        report.add(question, None, "wat erbij hoort, ligt verzegeld of staat niet in deze PDF")
        return
    found = [one for one in report.files if one.sha256 == sha256]
    where = ", ".join(dict.fromkeys(f"{one.filename} ({one.where})" for one in found))
    report.add(question, bool(found), where or sha256)


def as_json(report: Report, name: str) -> str:
    """The report for machines."""
    checks = [{"check": one.question, "answer": one.answer, "why": one.why} for one in report.checks]
    return json.dumps({"file": name, "holds": report.holds, "checks": checks}, ensure_ascii=False, indent=2)

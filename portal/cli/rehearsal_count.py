"""Counting after a rehearsal: what is in the database, whether it adds up, and whether every signature holds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cli.applicants import Applicant
from portal.cli.cast import Stage
from portal.domain import calendar, receipts
from portal.models import (
    Agreement,
    AgreementLine,
    Application,
    Base,
    Conflict,
    Decision,
    DecisionLetter,
    Document,
    IntegrityCheck,
    Message,
    Procedure,
    RemedyRequest,
    Signature,
    Submission,
)
from portal.queries import agreements as register
from portal.queries import receipt_checks

RESULTS = ("admitted", "partly_admitted", "refused", "lapsed")


def outcomes(stage: Stage, authority_id: str) -> dict[str, int]:
    """Counts by name. The first four divide the applicants; the others count rows."""
    with stage.database.reading() as db:

        def count(model: type[Base], *conditions: object) -> int:
            return db.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]

        found = Counter(dict.fromkeys(RESULTS, 0))
        for application in db.scalars(select(Application)):
            decided = {one.outcome for one in application.decisions if one.told_at}
            found[_result(decided) if application.state == "decided" else application.state] += 1
        providers, lines = _registered(db, calendar.local_day(stage.services.now()))
        return dict(found) | {
            "submissions": count(Submission),
            "withdrawn": count(Submission, Submission.withdrawn_at.is_not(None)),
            "receipts": count(Submission, Submission.receipt_key.is_not(None)),
            "conflicts": count(Conflict),
            "objections": count(IntegrityCheck, IntegrityCheck.outcome == "objection"),
            "remedies_answered": count(RemedyRequest, RemedyRequest.answered_at.is_not(None)),
            "remedies_expired": count(RemedyRequest, RemedyRequest.expired_at.is_not(None)),
            "decisions_admitted": count(Decision, Decision.outcome == "admitted"),
            "decisions_refused": count(Decision, Decision.outcome == "refused"),
            "letters": count(DecisionLetter, DecisionLetter.pdf_key.is_not(None), DecisionLetter.kind == "decision"),
            "agreements": count(Agreement),
            "agreements_in_force": count(Agreement, Agreement.state == "in_force"),
            "signatures": count(Signature, Signature.placed_at.is_not(None)),
            "mails_sent": count(Message, Message.sent_at.is_not(None)),
            "mails_unsent": count(Message, Message.sent_at.is_(None)),
            "register_providers": len(providers),
            "register_lines": len(lines),
        }


def _registered(db: Session, today: date) -> tuple[set[str], set[tuple[Any, ...]]]:
    """The providers and lines that the public register shows today or on a day on which something of it starts.

    A product or municipality may start later than the agreement, or end before the last one has signed.
    """
    starts = {*db.scalars(select(AgreementLine.starts_on)), *db.scalars(select(Agreement.starts_on)), today}
    providers: set[str] = set()
    lines: set[tuple[Any, ...]] = set()
    for day in starts:
        if day is None:
            continue
        wanted, cursor = register.Wanted(on=day), register.Cursor()
        lines |= {tuple(row) for row in register.register_lines(db, wanted)}
        while cursor is not None:
            page = register.register(db, wanted, cursor)
            providers |= {one.id for one in page.providers}
            cursor = register.Cursor(page.after) if page.after else None
    return providers, lines


def rounds_in(data: Mapping[str, Any]) -> int:
    """How many rounds a loaded file asks for, counted apart from the schedule that is made of it."""
    plan = data["rounds"]
    step = calendar.CADENCES[plan["cadence"]]
    if step is None:
        return 1 + len(plan["moments"])
    number = 0
    while calendar.add_months(plan["first"]["starts_on"], number * step) < plan["until"]:
        number += 1
    return number


def other_rounds(stage: Stage, procedure_id: str, data: Mapping[str, Any]) -> list[str]:
    """In words, when other rounds were planned than the loaded file `data` asks for."""
    with stage.database.reading() as db:
        planned, must = len(db.get_one(Procedure, procedure_id).rounds), rounds_in(data)
    return [] if planned == must else [f"rounds: {planned} in plaats van {must}"]


def _result(decided: set[str]) -> str:
    """What became of an application, in one word, from the outcomes that were told."""
    if "admitted" in decided:
        return "admitted" if len(decided) == 1 else "partly_admitted"
    return next((one for one in ("reserve", "not_awarded", "refused") if one in decided), "untold")


def decisions(stage: Stage, applicants: Mapping[str, Applicant]) -> list[dict[str, str]]:
    """Every decision that was told: per application, lot, product and municipality, with its reason."""
    with stage.database.reading() as db:
        told = select(Decision).where(Decision.told_at.is_not(None))
        return sorted(
            (
                {
                    "application": one.application.number,
                    "organisation": one.application.organisation.name,
                    "form": applicants[one.application_id].form,
                    "legal_form": one.application.organisation.legal_form,
                    "lot": one.product.lot.code,
                    "product": one.product.code,
                    "municipality": one.municipality.name,
                    "outcome": one.outcome,
                    "reason": one.reason,
                }
                for one in db.scalars(told)
            ),
            key=lambda one: (one["organisation"], one["lot"], one["product"], one["municipality"]),
        )


def differences(found: Mapping[str, int], expected: Mapping[str, int], *, has_award: bool) -> list[str]:
    """In words, every count that is not what it must be.

    With an award the stories say who meets the minimum; which of those is awarded follows from the scores.
    """
    passed = expected["admitted"] + expected["partly_admitted"]
    admitted = found["admitted"] + found["partly_admitted"] if has_award else passed
    musts = {
        "refused": expected["refused"],
        "lapsed": expected["lapsed"],
        "receipts": found["submissions"],
        "letters": passed + expected["refused"],
        "agreements": admitted,
        "agreements_in_force": admitted,
        "signatures": 2 * admitted,
        "mails_unsent": 0,
        "register_providers": admitted,
        "register_lines": found["decisions_admitted"],
    }
    if has_award:
        awarded = sum(found.get(name, 0) for name in ("admitted", "partly_admitted", "reserve", "not_awarded"))
        if awarded != passed:
            return [f"{awarded} aanmeldingen voldeden en zijn gegund of niet gegund, in plaats van {passed}"]
    else:
        musts |= {name: expected[name] for name in ("admitted", "partly_admitted")}
    counted = {name: (found.get(name, 0), must) for name, must in musts.items()}
    problems = [f"{name}: {is_} in plaats van {must}" for name, (is_, must) in counted.items() if is_ != must]
    strange = sorted(set(found) & {"draft", "submitted", "under_review", "untold"})
    return problems + [f"{name}: {found[name]} aanmeldingen zijn blijven liggen" for name in strange]


def unsigned(stage: Stage, step: Callable[[], None]) -> list[str]:
    """In words, every agreement whose file does not carry exactly two whole and trusted signatures."""
    problems = []
    with stage.database.reading() as db:
        last = select(Signature).where(Signature.party == "authority", Signature.pdf_key.is_not(None))
        for signature in db.scalars(last):
            found = stage.services.signer.verify(stage.services.files.read(signature.pdf_key or ""))
            good = [one for one in found if one.is_intact and one.is_trusted and one.covers_rest]
            if len(found) != 2 or len(good) != 2:
                number = signature.agreement.number
                problems.append(f"{number}: {len(good)} van {len(found)} handtekeningen zijn in orde")
            step()
    return problems


def receipts_checked(stage: Stage, step: Callable[[], None]) -> list[dict[str, Any]]:
    """Every receipt as its holder would check it: the PDF, the certificate of its round, and each file it names.

    Per receipt its number, whether it `holds`, how many `files` it names, and the questions that got a `no`.
    """
    stamps, inspector = stage.services.timestamps, stage.services.inspector
    found = []
    with stage.database.reading() as db:
        for submission in db.scalars(select(Submission).order_by(Submission.receipt_number)):
            pdf = stage.services.files.read(submission.receipt_key or "")
            card = receipts.read_card(inspector.attached(iter([pdf]), receipts.CARD, receipts.MANIFEST))
            report = receipt_checks.of_card(db, stamps, card)
            files = len(report.files)
            for document in _documents_of(db, submission):
                sha256 = hashlib.sha256(_content(stage, document)).hexdigest()
                receipt_checks.part_of(report, document.filename, sha256)
            no = [one.question for one in report.checks if one.answer is False]
            found.append({"number": card.receipt_number, "holds": report.holds, "files": files, "no": no})
            step()
    return found


def _documents_of(db: Session, submission: Submission) -> list[Document]:
    """What it named, as far as it can be read: not what still lies in a vault."""
    ids = set() if submission.is_sealed else {one["document_id"] for one in submission.content["files"]}
    return [one for one in db.scalars(select(Document).where(Document.id.in_(ids))) if one.sealed_at is None]


def _content(stage: Stage, document: Document) -> bytes:
    files = stage.services.files
    return b"".join(files.unseal(document.storage_key) if document.is_sealed else files.chunks(document.storage_key))

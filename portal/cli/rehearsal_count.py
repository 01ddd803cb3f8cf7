"""Counting after a rehearsal: what is in the database, whether it adds up, and whether every signature holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from sqlalchemy import func, select

from portal.cli.cast import Stage
from portal.domain import calendar
from portal.models import (
    Agreement,
    Application,
    Base,
    Conflict,
    Decision,
    DecisionLetter,
    IntegrityCheck,
    Message,
    RemedyRequest,
    Signature,
    Submission,
)
from portal.queries import agreements as register

RESULTS = ("admitted", "partly_admitted", "refused", "lapsed")


def outcomes(stage: Stage, authority_id: str) -> dict[str, int]:
    """Counts by name. The first four divide the applicants; the others count rows."""
    with stage.database.reading() as db:

        def count(model: type[Base], *conditions: object) -> int:
            return db.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]

        found = Counter(dict.fromkeys(RESULTS, 0))
        for application in db.scalars(select(Application)):
            decided = {one.outcome for one in application.decisions if one.told_at}
            if application.state == "decided":
                found["partly_admitted" if len(decided) == 2 else next(iter(decided), "untold")] += 1
            else:
                found[application.state] += 1
        today = calendar.local_day(stage.services.now())
        wanted = register.Wanted(on=today)
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
            "letters": count(DecisionLetter, DecisionLetter.pdf_key.is_not(None)),
            "agreements": count(Agreement),
            "agreements_in_force": count(Agreement, Agreement.state == "in_force"),
            "signatures": count(Signature, Signature.placed_at.is_not(None)),
            "mails_sent": count(Message, Message.sent_at.is_not(None)),
            "mails_unsent": count(Message, Message.sent_at.is_(None)),
            "register_providers": register.register(db, wanted, register.Cursor()).total,
            "register_lines": len(list(register.register_lines(db, wanted))),
        }


def differences(found: Mapping[str, int], expected: Mapping[str, int]) -> list[str]:
    """In words, every count that is not what it must be."""
    admitted = expected["admitted"] + expected["partly_admitted"]
    musts = dict(expected) | {
        "receipts": found["submissions"],
        "letters": admitted + expected["refused"],
        "agreements": admitted,
        "agreements_in_force": admitted,
        "signatures": 2 * admitted,
        "mails_unsent": 0,
        "register_providers": admitted,
        "register_lines": found["decisions_admitted"],
    }
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

"""The report (proces-verbaal) of the opening of a vault: who, when, and whether everything came out as it went in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.domain import audit, sealing
from portal.errors import NotFound
from portal.models import LoginSession, SealedSubmission, TenderVault, User, VaultOpening
from portal.terms import N_


def opening_of(vault: TenderVault) -> VaultOpening:
    """The attempt that opened the vault. Raises `NotFound` while it is closed."""
    for one in vault.openings:
        if one.completed_at is not None:
            return one
    raise NotFound(N_("Deze kluis is nog niet geopend."))


def freeze(
    vault: TenderVault,
    sealed: Iterable[SealedSubmission],
    logins: Mapping[str, LoginSession],
    now: datetime,
) -> None:
    """Write the report once. It names officials and receipt numbers, and no applicant: all may read it."""
    if vault.recorded_at is not None:
        return
    opening = opening_of(vault)
    facts = {
        "procedure": vault.round.procedure.title,
        "round": vault.round.label,
        "authority": {
            "name": vault.authority.name,
            "mail": vault.authority.mail,
            "phone": vault.authority.phone,
        },
        "vault": vault.id,
        "closed_at": _iso(vault.round.closed_at),
        "closes_at": _iso(vault.round.closes_at),
        "set_up_at": _iso(vault.set_up_at),
        "opened_at": _iso(opening.completed_at),
        "holders": [{"name": one.user.name, "function": one.user.function} for one in vault.holders],
        "acts": [
            _act("asked", opening.first_by, opening.asked_at, logins.get(opening.first_login_id)),
            _act("completed", opening.second_by, opening.completed_at, logins.get(opening.second_login_id or "")),
        ],
        "by_escrow": opening.by_escrow,
        "reason": opening.reason,
        "ran_out": sum(one.completed_at is None for one in vault.openings),
        "submissions": [_line(one) for one in sealed],
    }
    vault.record = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    vault.recorded_at = now
    audit.record(vault, "record_opening", None, now, submissions=len(facts["submissions"]))  # type: ignore[arg-type]


def _act(what: str, user: User | None, at: datetime | None, login: LoginSession | None) -> dict[str, Any]:
    return {
        "what": what,
        "name": user.name if user else "",
        "function": user.function if user else "",
        "at": _iso(at),
        "login": login.id[:8] if login else "",
        "signed_in_at": _iso(login.created_at) if login else "",
    }


def _line(one: SealedSubmission) -> dict[str, Any]:
    submission = one.submission
    valid = submission.application.valid_submission
    standing = "counts" if submission is valid else "withdrawn" if submission.withdrawn_at else "replaced"
    return {
        "receipt": submission.receipt_number,
        "submitted_at": _iso(submission.submitted_at),
        "digest": submission.digest,
        "sealed": sealing.sealed_hashes(one),
        "standing": standing,
        "problem": one.problem,
    }


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""

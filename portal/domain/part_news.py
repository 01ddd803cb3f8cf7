"""What the parties that fill in their own part hear of the whole: submitted, withdrawn, opened again, closed again."""

from __future__ import annotations

from datetime import datetime

from portal.domain import audit, wording
from portal.models import Application, Organisation, OwnPart, Submission

Concerned = dict[str, tuple[str, Organisation]]
"""By id of an organisation: the id of its own part, and itself."""


def own_parts_of(application: Application) -> list[OwnPart]:
    """The parts that a party fills in itself now. None while the draft lies in the vault."""
    return [one.own_part for one in application.parties if one.own_part is not None]


def is_sealed_in(part_id: str, submission: Submission) -> bool:
    """Whether the part lies sealed in this submission."""
    return submission.sealed is not None and any(one.own_part_id == part_id for one in submission.sealed.parts)


def submitted(application: Application, submission: Submission, former: Submission | None, now: datetime) -> None:
    """What was submitted counts. Who was in what it replaces (`former`) and is not in this one, is told that too: where
    submissions are sealed its part may have gone with the draft.
    """
    present = _in(application, submission)
    _tell(
        application,
        present,
        f"part_submitted:{submission.id}",
        "part_submitted",
        now,
        path=f"/ontvangst/{submission.id}",
        receipt=submission.receipt_number,
        moment=wording.moment(now, seconds=True),
        digest=submission.digest,
        is_sealed=submission.is_sealed,
    )
    if former is not None and former.sealed is not None:
        gone = {key: one for key, one in _in(application, former).items() if key not in present}
        path = f"/ontvangst/{former.id}"
        _tell(application, gone, f"part_replaced:{submission.id}", "part_replaced", now, path=path)


def withdrawn(application: Application, former: Submission | None, now: datetime) -> None:
    """What was submitted (`former`) counts no more."""
    concerned = (_in(application, former) if former is not None else {}) | _in_draft(application)
    is_sealed = application.sealed_at is not None
    _tell(application, concerned, f"part_withdrawn:{now.isoformat()}", "part_withdrawn", now, is_sealed=is_sealed)


def reopened(application: Application, submission: Submission, now: datetime) -> None:
    """The lead took the draft out of the vault, their parts with it."""
    concerned = _in(application, submission)
    counts = submission.withdrawn_at is None
    _tell(application, concerned, f"part_reopened:{now.isoformat()}", "part_reopened", now, counts=counts)


def closed_again(application: Application, submission: Submission, now: datetime) -> None:
    """What was taken out is closed without submitting. Call it before the rows go: who joined since is told as well."""
    sealed = _in(application, submission)
    joined = {key: one for key, one in _in_draft(application).items() if key not in sealed}
    counts = submission.withdrawn_at is None
    _tell(application, sealed, f"part_closed:{now.isoformat()}", "part_closed", now, counts=counts)
    _tell(application, joined, f"part_ended:{now.isoformat()}", "part_ended", now, path=None)
    for invitation in (one.invitation for one in application.parties):
        if invitation is not None:
            audit.tell(
                application,
                f"party_uninvited:{invitation.id}",
                invitation.email,
                "party_uninvited",
                now,
                name=invitation.party.name,
                lead=application.organisation.name,
                procedure=application.round.procedure.title,
                path="/",
            )


def _in_draft(application: Application) -> Concerned:
    return {one.organisation_id: (one.id, one.organisation) for one in own_parts_of(application)}


def _in(application: Application, submission: Submission) -> Concerned:
    """Who has its own part in a submission: as it lies sealed, or as the draft that was submitted just now says."""
    if submission.sealed is None:
        return _in_draft(application)
    return {one.organisation_id: (one.own_part_id, one.organisation) for one in submission.sealed.parts}


def _tell(
    application: Application,
    concerned: Concerned,
    reason: str,
    template: str,
    now: datetime,
    *,
    path: str | None = "",
    **facts: object,
) -> None:
    """`path` comes after that of the part; None leads to the overview."""
    for part_id, organisation in concerned.values():
        audit.tell_organisation(
            application,
            organisation.users,
            f"{reason}:{part_id}",
            template,
            now,
            lead=application.organisation.name,
            procedure=application.round.procedure.title,
            round=application.round.label,
            closes=wording.moment(application.round.closes_at),
            path="/aanmeldingen" if path is None else f"/aanmeldingen/delen/{part_id}{path}",
            **facts,
        )

"""What a party does in the part it fills in itself: share, declare ready, take that back, leave; and being reminded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.domain import audit, calendar, part_news, parties, requirements, wording
from portal.domain.applications import require_editable, require_own
from portal.domain.lifecycle import advance
from portal.domain.party_invitations import registered
from portal.domain.permissions import require_part
from portal.domain.requirements import Gap, Place
from portal.errors import Incomplete, Invalid, Refused
from portal.models import Application, Document, Evidence, OwnPart, Party, Submission, User
from portal.terms import APPLICANT_ROLES, N_, SHARING

DECLARED = ("complete", "represent")
"""What the signatory of a party declares with its part."""


def places(application: Application, party: Party) -> list[Place]:
    """The places that are about one party, in published order."""
    return [one for one in requirements.places(application) if one.party is party]


def sharing_at(part: OwnPart, requirement_id: str | None) -> str:
    """What the lead may read at one place of this part: a key of `SHARING`. The integrity check (None): nothing."""
    return "nothing" if requirement_id is None else str(part.sharing.get(requirement_id, "answer"))


def may_read_file(part: OwnPart, evidence: Evidence) -> bool:
    """Whether the lead may see the name of this file, and open it. A file of the lead's own vault always."""
    is_own = evidence.document.organisation_id != part.organisation_id
    return is_own or (sharing_at(part, evidence.requirement_id) == "all" and not evidence.document.is_sealed)


def shared_document(application: Application, party: Party, document_id: str) -> Document | None:
    """A file of a party that its lead may open."""
    part = party.own_part
    for one in application.evidence:
        if part is not None and one.party_id == party.id and one.document_id == document_id:
            return one.document if may_read_file(part, one) else None
    return None


def share(part: OwnPart, actor: User, place: Place, choice: str, now: datetime) -> None:
    """The party says what its lead may read at one place. That may be said at any moment until the closing."""
    require_part(actor, part, *APPLICANT_ROLES)
    require_own(part.party.application, now)
    if choice not in SHARING:
        raise Invalid({"sharing": N_("Kies wat de penvoerder hier mag lezen.")})
    if sharing_at(part, place.requirement.id) == choice:
        return
    part.sharing = {**part.sharing, place.requirement.id: choice}
    audit.record_draft(part.party.application, "share", actor, now, about=part, place=place.key, sharing=choice)


def declare_ready(part: OwnPart, actor: User, accepted: Iterable[str], now: datetime) -> None:
    """The signatory of the party says that its part is ready; from then on it cannot be changed. Twice is once.

    Raises `Invalid` without the declarations and `Incomplete` with gaps.
    """
    require_part(actor, part, "signatory")
    application = part.party.application
    require_own(application, now)
    if part.is_ready:
        return
    missing = [name for name in DECLARED if name not in set(accepted)]
    if missing:
        raise Invalid({name: N_("Vink deze verklaring aan om uw deel gereed te verklaren.") for name in missing})
    blocking = [gap for gap in requirements.part_gaps(application, part.party, now) if gap.blocks]
    if not application.selections:
        raise Refused(
            N_("De penvoerder koos nog niet waarvoor u zich samen aanmeldt. Daarna ziet u wat er van u gevraagd wordt.")
        )
    if blocking:
        raise Incomplete(N_("Uw deel is nog niet compleet. Los de punten hieronder op."), blocking)
    fields = registered(part.organisation)
    if any(getattr(part.party, name) != value for name, value in fields.items()):
        parties.replace(application, part.party, fields, now)
    part.ready_at, part.ready_by, part.ready_by_id = now, actor, actor.id
    application.saved_at = now
    advance(part, "declare_ready", actor, now)
    tell_lead(part, "part_ready", now, by=actor.name)


def take_back(part: OwnPart, actor: User, now: datetime) -> None:
    """The part can be changed again; what was submitted stays what it is. Twice is once."""
    require_part(actor, part, *APPLICANT_ROLES)
    application = part.party.application
    require_own(application, now)
    if not part.is_ready:
        return
    advance(part, "take_back", actor, now)
    part.ready_at = part.ready_by = part.ready_by_id = None
    application.saved_at = now
    tell_lead(part, "part_taken_back", now, by=actor.name, is_submitted=is_submitted(part))


def leave(part: OwnPart, actor: User, now: datetime) -> None:
    """The party takes part no more in filling in. What it filled in goes out of the draft, not out of its vault.

    Refused while what counts was submitted with this part: only the lead can take that back.
    """
    require_part(actor, part, "signatory")
    application = part.party.application
    require_own(application, now)
    if is_submitted(part):
        raise Refused(
            N_("De aanmelding is ingediend met uw deel erin. Vraag %(lead)s om de indiening in te trekken."),
            lead=application.organisation.name,
        )
    parties.clear(application, parties.of_organisation(application, part.party, part.organisation_id))
    part.ended_at = application.saved_at = now
    advance(part, "leave", actor, now)
    audit.record_draft(application, "leave_part", actor, now, party=part.party.name)
    tell_lead(part, "part_left", now, by=actor.name)


def tell_lead(part: OwnPart, template: str, now: datetime, **facts: object) -> None:
    """The mail to everybody of the lead about one part."""
    application = part.party.application
    audit.tell_organisation(
        application,
        application.organisation.users,
        f"{template}:{part.id}:{now.isoformat()}",
        template,
        now,
        party=part.party.name,
        round=application.round.label,
        closes=wording.moment(application.round.closes_at),
        path=f"/aanmeldingen/{application.id}/samenwerking/{part.party.id}/deel",
        **facts,
    )


def remind(application: Application, actor: User, party: Party, now: datetime) -> None:
    """The lead asks a party once more, at most once a day. Raises `Refused` when there is nobody to remind."""
    require_editable(application, actor, now)
    if not needs_reminding(application, party, now):
        raise Refused(N_("%(name)s hoeft niets meer te doen."), name=party.name)
    if party.reminded_at is not None and calendar.local_day(party.reminded_at) == calendar.local_day(now):
        raise Refused(N_("U stuurde vandaag al een herinnering aan %(name)s."), name=party.name)
    party.reminded_at = now
    tell_party(application, party, f"part_reminded:{party.id}:{now.isoformat()}", now)
    audit.record_draft(application, "remind_party", actor, now, party=party.name)


def needs_reminding(application: Application, party: Party, now: datetime) -> bool:
    """Whether a party was invited and has yet to answer, or fills in its own part and is not ready."""
    return any(gap.step == "own_part" and gap.party is party for gap in requirements.gaps(application, now))


def tell_party(application: Application, party: Party, reason: str, now: datetime) -> None:
    """The reminder: to everybody of the party that fills in its own part, or to the address that was invited."""
    part, invitation = party.own_part, party.invitation
    facts = {
        "lead": application.organisation.name,
        "procedure": application.round.procedure.title,
        "closes": wording.moment(application.round.closes_at),
        "is_invited": part is None,
    }
    if part is not None:
        path = f"/aanmeldingen/delen/{part.id}"
        audit.tell_organisation(application, part.organisation.users, reason, "part_reminder", now, path=path, **facts)
    elif invitation is not None:
        path = f"/deelnemen/uitnodigingen/{invitation.id}"
        audit.tell(application, reason, invitation.email, "part_reminder", now, name=party.name, path=path, **facts)


def is_submitted(part: OwnPart) -> bool:
    """Whether the submission that counts holds this part."""
    submission = part.party.application.valid_submission
    if submission is None:
        return False
    return part_news.is_sealed_in(part.id, submission) or of_submission(part, submission) is not None


def of_submission(part: OwnPart, submission: Submission) -> dict[str, object] | None:
    """How a submission names the party that filled in this part; None when the part is not in it, or lies sealed."""
    if submission.is_sealed:
        return None
    named = submission.content.get("parties", [])
    return next((one for one in named if one.get("own_part_id") == part.id), None)


def gaps(part: OwnPart, now: datetime) -> list[Gap]:
    """What is missing or doubtful in this part."""
    return requirements.part_gaps(part.party.application, part.party, now)

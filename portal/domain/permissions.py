"""Who may do what: by role, and by whose the object is. Every check on a person's right is here."""

from __future__ import annotations

from datetime import datetime

from portal.errors import NotAllowed, NotFound
from portal.models import Agreement, Application, Organisation, OwnedByAuthority, OwnPart, Party, User
from portal.terms import N_, PROVIDER_ROLES

MANDATE_OVER = N_(
    "Uw machtiging van %(organisation)s geldt nu niet. Uw wijziging is niet bewaard. "
    "Kies bij Machtigingen namens wie u werkt, of vraag %(organisation)s om een nieuwe machtiging."
)


def require_role(actor: User, *roles: str) -> None:
    """Raises `NotAllowed` unless the actor has one of `roles`."""
    if not actor.role_names & set(roles):
        raise NotAllowed(N_("U heeft niet de rol die hiervoor nodig is. Vraag uw beheerder om deze rol."))


def require_official(actor: User, subject: OwnedByAuthority, *roles: str) -> None:
    """The actor works for the authority that owns `subject` (else `NotFound`) and has one of `roles`."""
    if actor.authority_id is None or actor.authority_id != subject.authority_id:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *roles)


def require_applicant(actor: User, application: Application, *roles: str) -> None:
    """The actor acts for the applying organisation, under a mandate only in its rounds (else `NotFound`).

    And has one of `roles`.
    """
    require_works_for(actor, application.organisation_id)
    if not actor.covers(application.round_id):
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *roles)


def filler_id(application: Application, party: Party | None) -> str:
    """The organisation that fills in what is about `party`: that party when it took its own part, else the lead."""
    part = party.own_part if party is not None else None
    return application.organisation_id if part is None else part.organisation_id


def require_filler(actor: User, application: Application, party: Party | None, *roles: str) -> None:
    """The actor acts for who fills in what is about `party` (else `NotFound`) and has one of `roles`."""
    require_works_for(actor, filler_id(application, party))
    if not actor.covers(application.round_id):
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *roles)


def require_part(actor: User, part: OwnPart, *roles: str) -> None:
    """The actor acts for the organisation that fills in this part (else `NotFound`) and has one of `roles`."""
    require_works_for(actor, part.organisation_id)
    if part.ended_at is not None or not actor.covers(part.party.application.round_id):
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *roles)


def require_provider(actor: User, agreement: Agreement, *roles: str) -> None:
    """The actor works for the contracted provider (else `NotFound`) and has one of `roles` (none: any)."""
    require_works_for(actor, agreement.organisation_id)
    require_role(actor, *(roles or PROVIDER_ROLES))


def require_works_for(actor: User, organisation_id: str) -> None:
    """The actor acts for this organisation now: as a colleague, or under a mandate that holds (else `NotFound`)."""
    if actor.works_for_id is None or actor.works_for_id != organisation_id:
        raise NotFound(N_("Dit bestaat niet."))


def require_mandate(actor: User, now: datetime) -> None:
    """A mandate, if the actor acts under one, holds at the very instant of the act (else `NotAllowed`)."""
    if actor.mandate is not None and not actor.mandate.holds(now):
        raise NotAllowed(MANDATE_OVER, organisation=actor.mandate.organisation.name)


def require_member(actor: User, organisation: Organisation) -> None:
    """The actor is a colleague of this organisation, not somebody with a mandate of it (else `NotFound`)."""
    if actor.mandate is not None or actor.works_for_id != organisation.id:
        raise NotFound(N_("Dit bestaat niet."))

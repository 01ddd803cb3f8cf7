"""Who may do what: by role, and by whose the object is. Every check on a person's right is here."""

from __future__ import annotations

from portal.errors import NotAllowed, NotFound
from portal.models import Agreement, Application, OwnedByAuthority, User
from portal.terms import APPLICANT_ROLES, N_


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
    """The actor works for the applying organisation (else `NotFound`) and has one of `roles`."""
    if actor.organisation_id is None or actor.organisation_id != application.organisation_id:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *roles)


def require_provider(actor: User, agreement: Agreement, *roles: str) -> None:
    """The actor works for the contracted provider (else `NotFound`) and has one of `roles` (none: any)."""
    if actor.organisation_id is None or actor.organisation_id != agreement.organisation_id:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *(roles or APPLICANT_ROLES))

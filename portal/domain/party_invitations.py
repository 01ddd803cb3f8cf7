"""Inviting a party to fill in its own part: a link that works once, for one address, for fourteen days."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from portal.domain import audit, parties, wording
from portal.domain.accounts import digest, email_problem
from portal.domain.applications import require_editable, require_own
from portal.domain.permissions import require_role
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import Application, Organisation, OwnPart, Party, PartyInvitation, User
from portal.terms import APPLICANT_ROLES, N_

LIFETIME = timedelta(days=14)
A_DAY = 5
"""How many invitations for one party may go out in 24 hours, so that no form fills a mailbox."""


def invite(application: Application, actor: User, party: Party, email: str, now: datetime) -> PartyInvitation:
    """Invite a party by mail, also anew; an earlier link stops working. Raises `Invalid` at 'email'."""
    require_editable(application, actor, now)
    if party.own_part is not None:
        raise Refused(N_("%(name)s vult haar eigen deel al in."), name=party.name)
    email = email.strip().lower()
    problem = email_problem(email) if len(email) <= 200 else N_("Dit e-mailadres is te lang.")
    if problem is None and any(one.email == email for one in application.organisation.users):
        problem = N_("Dit is het adres van een collega. Nodig iemand van de andere organisatie uit.")
    if problem is None and sum(one.sent_at > now - timedelta(days=1) for one in party.invitations) >= A_DAY:
        problem = N_("U stuurde vandaag al vijf uitnodigingen voor deze organisatie. Probeer het morgen opnieuw.")
    if problem is not None:
        raise Invalid({"email": problem})
    former, secret = party.invitation, secrets.token_urlsafe(32)
    if former is not None:
        former.withdrawn_at = now
    invitation = PartyInvitation(
        authority_id=application.authority_id,
        email=email,
        token_digest=digest(secret),
        sent_at=now,
        sent_by=actor,
        sent_by_id=actor.id,
        expires_at=now + LIFETIME,
        other_kvk_number="",
    )
    party.invitations.append(invitation)
    audit.record_draft(application, "invite_party", actor, now, party=party.name)
    audit.tell(
        application,
        f"party_invited:{invitation.id}",
        email,
        "party_invited",
        now,
        name=party.name,
        inviter=actor.name,
        lead=application.organisation.name,
        procedure=application.round.procedure.title,
        round=application.round.label,
        closes=wording.moment(application.round.closes_at),
        until=wording.moment(invitation.expires_at),
        path=f"/deelnemen/{secret}",
    )
    return invitation


def withdraw(application: Application, actor: User, party: Party, now: datetime) -> None:
    """The link that was mailed works no more; who got it is told. Twice is once."""
    require_editable(application, actor, now)
    if party.invitation is not None:
        parties.take_over(application, actor, party, now)


def require_usable(invitation: PartyInvitation, now: datetime) -> None:
    """Raises `Refused`, with the way out, for a link that was used, withdrawn or renewed, that expired, or that is for
    a party or a round that is no more.
    """
    party = invitation.party
    lead = party.application.organisation.name
    if invitation.accepted_at is not None:
        raise Refused(N_("Deze uitnodiging is al gebruikt. Log in: u vindt uw deel bij ‘Aanmeldingen’."))
    if invitation.withdrawn_at is not None or party.removed_at is not None:
        text = N_(
            "Deze uitnodiging is ingetrokken of door een nieuwere vervangen. Zoek de laatste mail, of bel %(lead)s."
        )
        raise Refused(text, lead=lead)
    if now >= invitation.expires_at:
        raise Refused(
            N_("Deze uitnodiging is verlopen op %(moment)s. Vraag %(lead)s om een nieuwe."),
            moment=wording.moment(invitation.expires_at),
            lead=lead,
        )
    require_own(party.application, now)


def require_addressee(invitation: PartyInvitation, actor: User) -> None:
    """Raises `NotAllowed` for somebody else than who was invited, and for who cannot take part."""
    lead = invitation.party.application.organisation
    if actor.works_for is None or actor.mandate is not None or actor.works_for_id == lead.id:
        raise NotAllowed(
            N_("Deze uitnodiging is voor een andere organisatie. Log uit en log in met het adres uit de mail.")
        )
    if actor.email.lower() != invitation.email:
        raise NotAllowed(
            N_(
                "Deze uitnodiging is aan iemand anders gestuurd. Log in met het adres waarop de mail kwam, of vraag "
                "%(lead)s om de uitnodiging naar uw eigen adres te sturen."
            ),
            lead=lead.name,
        )
    require_role(actor, *APPLICANT_ROLES)


def registered(organisation: Organisation) -> dict[str, str]:
    """What an organisation is registered as, by the names of the fields of a party."""
    return {name: getattr(organisation, name) for name in parties.REGISTERED}


def differences(party: Party, organisation: Organisation) -> dict[str, tuple[str, str]]:
    """Where what the lead typed is not what is registered: (typed, registered) by field. The place is no difference."""
    found = registered(organisation)
    return {
        name: (getattr(party, name), found[name])
        for name in ("kvk_number", "name", "legal_form")
        if getattr(party, name) != found[name]
    }


def accept(invitation: PartyInvitation, actor: User, now: datetime, *, agreed: bool) -> OwnPart | None:
    """The addressee takes up the part for the own organisation, whose registered data the party then has.

    None when the KvK number is another than the lead typed: nothing is taken up, and the lead is told. Another name or
    legal form needs `agreed` (else `Invalid` at 'agreed') and is told too. Taking it up twice is once.
    """
    require_addressee(invitation, actor)
    if invitation.accepted_by_id == actor.id and invitation.party.own_part is not None:
        return invitation.party.own_part
    require_usable(invitation, now)
    application, organisation = invitation.party.application, actor.works_for
    assert organisation is not None  # noqa: S101 - require_addressee asked
    differs = differences(invitation.party, organisation)
    if "kvk_number" in differs:
        _tell_of_number(invitation, organisation, actor, now)
        return None
    if differs and not agreed:
        raise Invalid({"agreed": N_("Vink aan dat de gegevens van uw organisatie gelden.")})
    typed = {name: was for name, (was, _) in differs.items()}
    party = parties.replace(application, invitation.party, registered(organisation), now)
    part = OwnPart(
        authority_id=application.authority_id,
        organisation=organisation,
        organisation_id=organisation.id,
        state="filling",
        typed=typed,
        sharing={},
        joined_at=now,
        joined_by=actor,
        joined_by_id=actor.id,
    )
    party.own_parts.append(part)
    invitation.accepted_at, invitation.accepted_by_id, application.saved_at = now, actor.id, now
    audit.record_draft(application, "accept_part", actor, now, party=party.name)
    audit.tell_organisation(
        application,
        application.organisation.users,
        f"part_accepted:{part.id}",
        "part_accepted",
        now,
        party=party.name,
        by=actor.name,
        typed=typed.get("name", ""),
        is_form_other="legal_form" in typed,
        path=f"/aanmeldingen/{application.id}/samenwerking/{party.id}/deel",
    )
    return part


def _tell_of_number(invitation: PartyInvitation, organisation: Organisation, actor: User, now: datetime) -> None:
    party, application = invitation.party, invitation.party.application
    if invitation.other_kvk_number == organisation.kvk_number:
        return
    invitation.other_kvk_number = organisation.kvk_number
    numbers = {"typed": party.kvk_number, "registered": organisation.kvk_number}
    audit.record_draft(application, "other_number", actor, now, about=invitation, **numbers)
    audit.tell_organisation(
        application,
        application.organisation.users,
        f"part_other_number:{invitation.id}:{organisation.kvk_number}",
        "part_other_number",
        now,
        party=party.name,
        typed=party.kvk_number,
        registered=organisation.kvk_number,
        path=f"/aanmeldingen/{application.id}/samenwerking/{party.id}/deel",
    )

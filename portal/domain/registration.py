"""Signing up: one form for an organisation and its first colleague, and what a stranger may learn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from portal.domain import audit
from portal.domain.accounts import person_fields
from portal.domain.organisations import organisation_fields
from portal.errors import Invalid
from portal.models import Organisation, User
from portal.terms import N_

REMIND = timedelta(hours=1)


def sign_up_fields(form: Mapping[str, str]) -> tuple[dict[str, str | None], dict[str, str]]:
    """The organisation and its first person from one form. Raises `Invalid` with the problems of both."""
    problems: dict[str, str] = {}
    organisation: dict[str, str | None] = {}
    person: dict[str, str] = {}
    try:
        organisation = organisation_fields(form)
    except Invalid as error:
        problems |= error.problems
    try:
        person = person_fields(form)
    except Invalid as error:
        problems |= error.problems
    if problems:
        raise Invalid(problems)
    return organisation, person


def require_unknown(organisation: Organisation | None) -> None:
    """An organisation registers once (the KvK number says which); after that its colleagues are invited.

    Raises `Invalid` at the KvK number. The Handelsregister is public, so this tells a stranger little.
    """
    if organisation is not None:
        text = N_(
            "De organisatie met dit KvK-nummer is al geregistreerd. Vraag een collega met de rol "
            "tekenbevoegde om een uitnodiging. Heeft u zelf al een account? Log dan in."
        )
        raise Invalid({"kvk_number": text})


def remind_of_account(user: User, reminded_at: datetime | None, now: datetime) -> None:
    """Somebody signed up with an address that has an account. Its owner hears so by mail, nobody on screen.

    At most one mail in an hour, so that the form cannot fill a stranger's mailbox.
    """
    if reminded_at is not None and now - reminded_at < REMIND:
        return
    reason = f"already_registered:{now.isoformat()}"
    audit.tell(user, reason, user.email, "already_registered", now, name=user.name, path="/inloggen")

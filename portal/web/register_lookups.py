"""Looking an organisation up in public registers, for the two forms that ask for its data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import session
from flask_babel import gettext

from portal.domain import identifiers, organisations
from portal.errors import Unavailable
from portal.models import User
from portal.web.context import now, release, services

REMEMBERED = "register_facts"
LARGEST = 2000
"""Characters: a cookie holds 4 kB, and more is in it."""


@dataclass
class Found:
    """What the registers said about a number (`said`, see `organisations.facts`), and what went wrong (`failures`)."""

    number: str
    said: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    def filled(self, form: Mapping[str, str]) -> dict[str, str]:
        """The form with what is found; with its button 'take_over' also where something else was typed."""
        return organisations.filled(form, self.said, take_over=form.get("take_over") == "yes")

    def differences(self, form: Mapping[str, str | None]) -> list[tuple[str, str, str]]:
        """Field, what is filled in, what the Handelsregister says."""
        return organisations.differences(form, self.said)


def ask(typed: str) -> Found:
    """Ask every register there is about a KvK number. No lock is held meanwhile; one that is away costs no other."""
    found = Found(typed)
    found.number = identifiers.checked(identifiers.kvk, typed, found.problems, "kvk_number") or typed
    registers = services().registers
    if found.problems or registers is None:
        return found
    release()
    company = provider = None
    try:
        company = registers.company(found.number)
        if company is None and registers.has_companies:
            found.failures.append(gettext("Het Handelsregister kent dit nummer niet. Controleer het KvK-nummer."))
    except Unavailable:
        found.failures.append(
            gettext("Het Handelsregister antwoordt nu niet. Wat u invulde, staat er nog: vul de rest zelf in.")
        )
    try:
        provider = registers.care_provider(found.number)
        if provider is None and registers.has_care_providers:
            found.failures.append(gettext("Het Landelijk Register Zorgaanbieders (LRZa) kent dit KvK-nummer niet."))
    except Unavailable:
        found.failures.append(gettext("Het Landelijk Register Zorgaanbieders (LRZa) antwoordt nu niet."))
    found.said = organisations.facts(company, provider)
    return found


def remember(found: Found) -> None:
    """Keep what was said in the signed cookie until the organisation registers."""
    if found.said and len(json.dumps(found.said)) < LARGEST:
        session[REMEMBERED] = [found.number, now().isoformat(), found.said]


def keep(user: User) -> None:
    """Keep what was remembered with a new organisation, if it was about this one."""
    number, at, said = session.pop(REMEMBERED, ("", "", {}))
    if user.organisation is not None and number == user.organisation.kvk_number:
        organisations.keep_facts(user.organisation, None, said, datetime.fromisoformat(at))

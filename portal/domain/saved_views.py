"""Naming a set of filters of the queue, and taking the name away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from portal.domain import audit
from portal.domain.permissions import require_role
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import SavedView, User
from portal.terms import N_

LONGEST = 60
"""Characters of a name."""
MOST = 30
"""Views of one official."""
SEARCHED = "q"
"""The filter that may hold the name of an applicant."""


def save(
    actor: User, name: str, address: Mapping[str, str], own: Sequence[SavedView], now: datetime, *, is_shared: bool
) -> SavedView:
    """Give these filters a name. The same twice is one: what is there already comes back.

    `own` are the views of the actor. A view with words searched for is not shared: it may name an applicant, and a
    colleague may have an interest there. Raises `Invalid` with what is wrong, `Refused` when there are too many.
    """
    require_role(actor, "inkoper", "inspector")
    name = " ".join(name.split())
    there = next((one for one in own if one.name == name), None)
    if there is not None and there.address == dict(address) and there.is_shared == is_shared:
        return there
    problems = {}
    if not 1 <= len(name) <= LONGEST:
        problems["weergave"] = N_("Geef de weergave een naam van ten hoogste 60 tekens.")
    elif there is not None:
        problems["weergave"] = N_(
            "U heeft al een weergave met deze naam. Kies een andere naam, of verwijder die eerst."
        )
    if is_shared and SEARCHED in address:
        problems["gedeeld"] = N_(
            "Een weergave met een zoekwoord kunt u niet delen: een collega kan bij die aanbieder een belang hebben. "
            "Maak het zoekveld leeg, of bewaar de weergave alleen voor uzelf."
        )
    if problems:
        raise Invalid(problems)
    if len(own) >= MOST:
        raise Refused(N_("U heeft al %(count)d weergaven. Verwijder er eerst een."), count=MOST)
    view = SavedView(
        authority_id=actor.authority_id or "",
        user_id=actor.id,
        user=actor,
        name=name,
        address=dict(address),
        is_shared=is_shared,
        made_at=now,
    )
    audit.record(view, "save_view", actor, now, shared=is_shared)
    return view


def remove(view: SavedView, actor: User, now: datetime) -> None:
    """Take a view away; the caller deletes it. Only its maker does."""
    if view.user_id != actor.id:
        raise NotAllowed(N_("Alleen wie een weergave bewaarde, kan haar verwijderen."))
    audit.record(view, "remove_view", actor, now)

"""How a place is named and explained on a page: the requirement, the lot or party it is about, threshold and group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from flask_babel import gettext

from portal.models import Lot, Party, Requirement, Round
from portal.terms import PARTY_ROLES


class Placed(Protocol):
    """Anything about one requirement at one spot: a place, an item of a checklist, an item of a remedy."""

    @property
    def requirement(self) -> Requirement: ...
    @property
    def lot(self) -> Lot | None: ...
    @property
    def party(self) -> Party | None: ...


def where(place: Placed) -> str:
    """The lot or the party that a place is about; '' for the applicant as a whole."""
    if place.party is not None:
        return place.party.name
    return gettext("perceel %(code)s", code=place.lot.code) if place.lot else ""


def title(place: Placed) -> str:
    """'U01 Geen fraude (Thuiszorg Noord)'."""
    name, about = f"{place.requirement.code} {place.requirement.title}", where(place)
    return f"{name} ({about})" if about else name


def party_title(party: Party) -> str:
    """'Thuiszorg Noord (onderaannemer)'."""
    role = gettext(PARTY_ROLES[party.role].label)
    return f"{party.name} ({role[0].lower()}{role[1:]})"


def notes(requirement: Requirement, round_: Round) -> list[str]:
    """What makes a requirement lighter or heavier for some: 'Drempel voor Almen.', 'Ten minste 2 van 3: …'."""
    found = []
    if requirement.municipality_codes:
        names = sorted(
            one.name for one in requirement.authority.municipalities if one.code in requirement.municipality_codes
        )
        found.append(gettext("Drempel voor %(places)s.", places=listing(names)))
    for group in round_.settings.get("groups", []):
        if requirement.code in group["requirements"]:
            text = gettext(
                "%(title)s: ten minste %(count)s van deze eisen is nodig: %(codes)s.",
                title=group["title"],
                count=group["at_least"],
                codes=listing(group["requirements"]),
            )
            found.append(text)
    return found


def listing(names: Iterable[str]) -> str:
    """'Almen, Baak en Eefde'."""
    *most, last = list(names) or [""]
    return gettext("%(most)s en %(last)s", most=", ".join(most), last=last) if most else last


def goal_titles(round_: Round) -> dict[str, str]:
    """The titles of the goals of the performance agreements, by code."""
    goals: list[dict[str, Any]] = round_.settings.get("goals", [])
    return {one["code"]: one["title"] for one in goals}

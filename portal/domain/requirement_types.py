"""How each type of requirement is asked: what is read from a form, and what may be missing in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.models import Lot, Party, Product, Requirement
from portal.terms import N_

Spot = tuple[str | None, str | None, str | None]
"""Ids of a requirement, a lot and a party; None where there is none."""


def place_key(requirement: Requirement, lot: Lot | None, party: Party | None) -> str:
    """The name of a place in pages, links and letters: 'T01', 'T01-1A' or 'T01-P2'."""
    if party is not None:
        return f"{requirement.code}-P{party.position}"
    return requirement.code if lot is None else f"{requirement.code}-{lot.code}"


def integrity_key(party: Party | None) -> str:
    """As `place_key`, for the form of the integrity check: the applicant's (None) or that of one party."""
    return "integrity" if party is None else f"integrity-P{party.position}"


class Located:
    """What is about one requirement at one spot of an application: for the organisation, one lot or one party."""

    requirement: Requirement
    lot: Lot | None
    party: Party | None

    @property
    def key(self) -> str:
        """The anchor of this place; see `place_key`."""
        return place_key(self.requirement, self.lot, self.party)

    @property
    def spot(self) -> Spot:
        """What an answer, a document, a verdict and a remedy have in common when they are about this place."""
        return (self.requirement.id, self.lot_id, self.party.id if self.party else None)

    @property
    def lot_id(self) -> str | None:
        return self.lot.id if self.lot else None


@dataclass(frozen=True)
class Place(Located):
    """A place where an application must answer, with the chosen products it counts for."""

    requirement: Requirement
    lot: Lot | None
    products: tuple[Product, ...]
    party: Party | None = None


Found = tuple[str, dict[str, Any], bool]
Reader = Callable[[Mapping[str, str], Place], dict[str, Any]]
Checker = Callable[[dict[str, Any], Place], Iterable[Found]]


@dataclass(frozen=True)
class RequirementType:
    """How an answer of this type is read from a form (always possible) and what may be missing in it."""

    read: Reader
    check: Checker


def _number(text: str) -> int | None:
    digits = text.strip().replace(".", "")
    return int(digits) if digits.isdigit() and len(digits) < 10 else None


def _check_declaration(value: dict[str, Any], place: Place) -> Iterable[Found]:
    if not value.get("agreed"):
        yield N_("Verklaar dat u aan deze eis voldoet."), {}, True


def _check_yes_no(value: dict[str, Any], place: Place) -> Iterable[Found]:
    wanted = place.requirement.settings.get("required_answer", "yes")
    if value.get("answer") not in {"yes", "no"}:
        yield N_("Kies ja of nee."), {}, True
    elif value["answer"] != wanted:
        yield N_("Met dit antwoord voldoet u niet aan de eis."), {}, False


def _check_text(value: dict[str, Any], place: Place) -> Iterable[Found]:
    minimum = int(place.requirement.settings.get("min_length", 20))
    if len(value.get("text", "").strip()) < minimum:
        yield N_("Beschrijf dit in minstens %(minimum)d tekens."), {"minimum": minimum}, True


def _check_number(value: dict[str, Any], place: Place) -> Iterable[Found]:
    minimum = int(place.requirement.settings.get("minimum", 0))
    if value.get("number") is None:
        yield N_("Vul een getal in."), {}, True
    elif value["number"] < minimum:
        yield N_("De eis is minstens %(minimum)d."), {"minimum": minimum}, False


def _read_reference(form: Mapping[str, str], place: Place) -> dict[str, Any]:
    return {"clients": {product.code: _number(form.get(f"clients-{product.code}", "")) for product in place.products}}


def _check_reference(value: dict[str, Any], place: Place) -> Iterable[Found]:
    minimum = int(place.requirement.settings.get("minimum", 1))
    clients = value.get("clients", {})
    for product in place.products:
        count = clients.get(product.code)
        if count is None:
            yield N_("Vul het aantal cliënten in voor %(product)s."), {"product": product.name}, True
        elif count < minimum:
            facts = {"minimum": minimum, "product": product.name}
            yield N_("De eis is minstens %(minimum)d cliënt voor %(product)s."), facts, False


def _read_location(form: Mapping[str, str], place: Place) -> dict[str, Any]:
    return {name: form.get(name, "").strip() for name in ("street", "postal_code", "city", "municipality")}


def _check_location(value: dict[str, Any], place: Place) -> Iterable[Found]:
    if not value.get("street") or not value.get("postal_code"):
        yield N_("Vul straat, huisnummer en postcode van de locatie in."), {}, True
    if not value.get("municipality"):
        yield N_("Kies in welke gemeente de locatie ligt."), {}, True
    elif value["municipality"] not in {one.name for one in place.requirement.authority.municipalities}:
        yield N_("Deze locatie ligt niet in een van de gemeenten van de regio. Dat is wel de eis."), {}, False


def _read_choice(form: Mapping[str, str], place: Place) -> dict[str, Any]:
    keys = [one["key"] for one in place.requirement.settings["options"]]
    return {"choices": [key for key in keys if form.get("choice") == key or form.get(f"choice-{key}") == "yes"]}


def _check_choice(value: dict[str, Any], place: Place) -> Iterable[Found]:
    settings, choices = place.requirement.settings, value.get("choices", [])
    if not choices:
        yield N_("Maak een keuze."), {}, True
    elif settings.get("accepted") and not set(choices) <= set(settings["accepted"]):
        yield N_("Met dit antwoord voldoet u niet aan de eis."), {}, False


def _read_register(form: Mapping[str, str], place: Place) -> dict[str, Any]:
    return {name: form.get(name, "").strip() for name in ("register", "registration", "holder")}


def _check_register(value: dict[str, Any], place: Place) -> Iterable[Found]:
    if value.get("register") not in place.requirement.settings["registers"]:
        yield N_("Kies het register waarin de registratie staat."), {}, True
    if not value.get("registration") or not value.get("holder"):
        yield N_("Vul het registratienummer in en op wiens naam het staat."), {}, True


SMART = ("result", "measured_by", "target", "by_when")


def _read_smart(form: Mapping[str, str], place: Place) -> dict[str, Any]:
    goals = place.requirement.settings["goals"]
    return {"goals": {goal: {part: form.get(f"{part}-{goal}", "").strip() for part in SMART} for goal in goals}}


def _check_smart(value: dict[str, Any], place: Place) -> Iterable[Found]:
    goals = value.get("goals", {})
    for goal in place.requirement.settings["goals"]:
        if not all(goals.get(goal, {}).get(part) for part in SMART):
            text = N_("Doel %(goal)s: vul het resultaat, de meting, de streefwaarde en de termijn in.")
            yield text, {"goal": goal}, True


def _nothing(value: dict[str, Any], place: Place) -> Iterable[Found]:
    return ()


def _read_note(form: Mapping[str, str], place: Place) -> dict[str, Any]:
    return {"note": form.get("note", "").strip()}


TYPES: dict[str, RequirementType] = {
    "declaration": RequirementType(lambda form, _: {"agreed": form.get("agreed") == "yes"}, _check_declaration),
    "yes_no": RequirementType(lambda form, _: {"answer": form.get("answer", "")}, _check_yes_no),
    "text": RequirementType(lambda form, _: {"text": form.get("text", "").strip()}, _check_text),
    "number": RequirementType(lambda form, _: {"number": _number(form.get("number", ""))}, _check_number),
    "document": RequirementType(_read_note, _nothing),
    "certificate": RequirementType(_read_note, _nothing),
    "reference": RequirementType(_read_reference, _check_reference),
    "location": RequirementType(_read_location, _check_location),
    "choice": RequirementType(_read_choice, _check_choice),
    "register": RequirementType(_read_register, _check_register),
    "smart": RequirementType(_read_smart, _check_smart),
}

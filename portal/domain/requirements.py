"""What each type of requirement asks, and where one application still falls short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain import calendar, wording
from portal.models import Answer, Application, Document, Evidence, Lot, Product, Requirement
from portal.terms import DOCUMENT_KINDS, N_


@dataclass(frozen=True)
class Place:
    """One requirement at one spot of one application: for the organisation (no lot) or for one lot."""

    requirement: Requirement
    lot: Lot | None
    products: tuple[Product, ...]

    @property
    def key(self) -> str:
        """'T01' or 'T01-1A': the anchor of this place in pages and links."""
        return self.requirement.code if self.lot is None else f"{self.requirement.code}-{self.lot.code}"

    @property
    def lot_id(self) -> str | None:
        return self.lot.id if self.lot else None


@dataclass(frozen=True)
class Gap:
    """Something missing (`blocks`) or doubtful at a place. `place` None: about the application as a whole.

    `step` names the page that mends it: 'choices', 'requirement' or 'integrity'.
    """

    message: str
    facts: Mapping[str, Any]
    blocks: bool
    step: str
    place: Place | None = None

    @property
    def text(self) -> str:
        return self.message % self.facts if self.facts else self.message


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
}


def chosen_lots(application: Application) -> dict[str, tuple[Lot, tuple[Product, ...]]]:
    """The lots of the chosen products, by id, each with its chosen products; in published order."""
    products = {selection.product_id: selection.product for selection in application.selections}
    lots: dict[str, list[Product]] = {}
    for product in sorted(products.values(), key=lambda one: (one.lot.position, one.position)):
        lots.setdefault(product.lot_id, []).append(product)
    return {lot_id: (chosen[0].lot, tuple(chosen)) for lot_id, chosen in lots.items()}


def places(application: Application) -> list[Place]:
    """Every place where this application must answer, in published order, the organisation's first."""
    lots = chosen_lots(application)
    everything = tuple(product for _, products in lots.values() for product in products)
    common: list[Place] = []
    per_lot: list[Place] = []
    for requirement in application.round.procedure.requirements:
        concerned = [
            (lot, products)
            for lot, products in lots.values()
            if not requirement.lot_codes or lot.code in requirement.lot_codes
        ]
        if requirement.applies_to == "lot":
            per_lot += [Place(requirement, lot, products) for lot, products in concerned]
        elif concerned or not requirement.lot_codes:
            common.append(Place(requirement, None, everything))
    per_lot.sort(key=lambda place: (place.lot.position if place.lot else 0, place.requirement.position))
    return common + per_lot


def reference_date(requirement: Requirement, application: Application, now: datetime) -> date:
    """The day on which a document must be valid, as the requirement says (default: closing of the round)."""
    validity = requirement.evidence.get("validity") or {}
    match validity.get("reference", "closing"):
        case "agreement_start":
            return application.round.agreements_start_on
        case "submission":
            submission = application.valid_submission
            is_final = submission is not None and application.state in {"under_review", "decided"}
            return calendar.local_day(submission.submitted_at if submission and is_final else now)
        case "today":
            return calendar.local_day(now)
        case _:
            return calendar.local_day(application.round.closes_at)


def oldest_allowed(requirement: Requirement, application: Application, now: datetime) -> date | None:
    """The earliest day of issue that still counts, or None when the requirement sets no age."""
    validity = requirement.evidence.get("validity") or {}
    if validity.get("rule") != "issued_within":
        return None
    return calendar.add_months(reference_date(requirement, application, now), -int(validity["months"]))


def doubts(document: Document, requirement: Requirement, application: Application, now: datetime) -> list[Found]:
    """What the dates of a document say against it: advice with its reason, never a verdict."""
    validity = requirement.evidence.get("validity") or {}
    found: list[Found] = []
    if validity.get("rule") == "valid_on":
        day = reference_date(requirement, application, now)
        if document.expires_on is None:
            found.append((N_("Vul de einddatum van ‘%(file)s’ in."), {"file": document.filename}, False))
        elif document.expires_on < day:
            facts = {"file": document.filename, "day": wording.day(day)}
            found.append((N_("‘%(file)s’ is niet meer geldig op %(day)s."), facts, False))
    elif (oldest := oldest_allowed(requirement, application, now)) is not None:
        facts = {"file": document.filename, "day": wording.day(oldest)}
        if document.issued_on is None:
            found.append((N_("Vul de datum van afgifte van ‘%(file)s’ in."), {"file": document.filename}, False))
        elif document.issued_on < oldest:
            found.append((N_("‘%(file)s’ is te oud: afgegeven op of na %(day)s is nodig."), facts, False))
    return found


def place_gaps(
    place: Place, answer: Answer | None, evidence: list[Evidence], application: Application, now: datetime
) -> list[Gap]:
    """What is missing or doubtful at one place."""
    requirement = place.requirement
    found = list(TYPES[requirement.type].check(answer.value if answer else {}, place))
    equivalent = answer is not None and answer.is_equivalent
    if answer is not None and equivalent and len(answer.argument.strip()) < 40:
        found.append((N_("Leg in minstens 40 tekens uit waarom uw bewijs gelijkwaardig is."), {}, True))
    wanted = requirement.evidence.get("kinds", [])
    if wanted:
        fitting = [one for one in evidence if equivalent or one.document.kind in wanted]
        missing = int(requirement.evidence.get("at_least", 1)) - len(fitting)
        if missing > 0:
            facts = {"kinds": N_(" of ").join(DOCUMENT_KINDS[kind].label for kind in wanted)}
            found.append((N_("Voeg toe: %(kinds)s."), facts, True))
        for one in fitting:
            found += doubts(one.document, requirement, application, now)
    return [Gap(message, facts, blocks, "requirement", place) for message, facts, blocks in found]


def gaps(application: Application, now: datetime) -> list[Gap]:
    """Everything that is missing (blocks submitting) or doubtful (does not) in one application."""
    if not application.selections:
        text = N_("Kies minstens één perceel met een categorie en een gemeente.")
        return [Gap(text, {}, True, "choices")]
    answers = {(one.requirement_id, one.lot_id): one for one in application.answers}
    evidence: dict[tuple[str | None, str | None], list[Evidence]] = {}
    for one in application.evidence:
        evidence.setdefault((one.requirement_id, one.lot_id), []).append(one)
    found: list[Gap] = []
    for place in places(application):
        spot = (place.requirement.id, place.lot_id)
        found += place_gaps(place, answers.get(spot), evidence.get(spot, []), application, now)
    if application.round.procedure.asks_integrity_check and not evidence.get((None, None)):
        found.append(Gap(N_("Voeg het Bibob-vragenformulier toe."), {}, True, "integrity"))
    return found

"""Where an application must answer, and where it still falls short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain import offers, validity
from portal.domain.identifiers import seems_bsn
from portal.domain.integrity_forms import form_of
from portal.domain.requirement_types import TYPES, Found, Place, Spot, integrity_key
from portal.models import (
    Answer,
    Application,
    Coverage,
    Evidence,
    Lot,
    Municipality,
    Party,
    Product,
    Requirement,
    Round,
)
from portal.terms import DOCUMENT_KINDS, LEGAL_FORMS, N_, PARTY_FORMS, PARTY_ROLES

__all__ = ["TYPES", "Found", "Gap", "Place", "Spot"]


@dataclass(frozen=True)
class Gap:
    """Something missing (`blocks`) or doubtful at a place. `place` None: about the application as a whole.

    `step` names the page that mends it: 'choices', 'parties', 'requirement', 'integrity', 'offer' (then `offer` is
    the key of the criterion) or 'own_part'. `party` is whose integrity check or own part it is about.
    """

    message: str
    facts: Mapping[str, Any]
    blocks: bool
    step: str
    place: Place | None = None
    offer: str = ""
    party: Party | None = None

    @property
    def about(self) -> Party | None:
        """The party that this is about; None for the applicant."""
        return self.place.party if self.place else self.party

    @property
    def text(self) -> str:
        return self.message % self.facts if self.facts else self.message


def chosen_lots(application: Application) -> dict[str, tuple[Lot, tuple[Product, ...]]]:
    """The lots of the chosen products, by id, each with its chosen products; in published order."""
    products = {selection.product_id: selection.product for selection in application.selections}
    lots: dict[str, list[Product]] = {}
    for product in sorted(products.values(), key=lambda one: (one.lot.position, one.position)):
        lots.setdefault(product.lot_id, []).append(product)
    return {lot_id: (chosen[0].lot, tuple(chosen)) for lot_id, chosen in lots.items()}


def lot_line(lot: Lot) -> set[str]:
    """The code of a lot and of every lot above it."""
    codes = {lot.code}
    while lot.parent is not None:
        lot = lot.parent
        codes.add(lot.code)
    return codes


def concerns(requirement: Requirement, product: Product, municipality_code: str) -> bool:
    """Whether a requirement counts for one product in one municipality: the threshold of one leaves others alone."""
    return (
        (not requirement.municipality_codes or municipality_code in requirement.municipality_codes)
        and (not requirement.product_codes or product.code in requirement.product_codes)
        and (not requirement.lot_codes or not lot_line(product.lot).isdisjoint(requirement.lot_codes))
    )


def _is_asked(place: Place, application: Application) -> bool:
    """A question that depends on another is asked once that one has the answer, there where both are about one lot
    or one party."""
    condition = place.requirement.settings.get("asked_when")
    return not condition or any(
        condition["answer"] in (one.value.get("answer"), *one.value.get("choices", []))
        for one in application.answers
        if one.requirement.code == condition["requirement"]
        and (place.lot is None or one.lot_id in (None, place.lot_id))
        and (place.requirement.applies_to != "party" or one.party_id in (None, place.spot[2]))
    )


def _parties(requirement: Requirement, application: Application) -> list[Party | None]:
    """Who answers a requirement to every party: the applicant itself (None) and the others, in their order."""
    roles = requirement.settings.get("parties") or []
    lead: list[Party | None] = [None] if not roles or "lead" in roles else []
    return lead + [one for one in application.parties if not roles or one.role in roles]


def places(application: Application, *, every: bool = False) -> list[Place]:
    """Every place where this application must answer, in published order, those of no lot first.

    `every`: also what is only asked after an answer that was not given (yet).
    """
    chosen = sorted(application.selections, key=lambda one: (one.product.lot.position, one.product.position))
    common: list[Place] = []
    per_lot: list[Place] = []
    for requirement in application.round.requirements:
        products = {
            one.product_id: one.product for one in chosen if concerns(requirement, one.product, one.municipality.code)
        }
        if not products:
            continue
        lots: dict[str, list[Product]] = {}
        for product in products.values():
            lots.setdefault(product.lot_id, []).append(product)
        if requirement.applies_to == "lot":
            per_lot += [Place(requirement, inside[0].lot, tuple(inside)) for inside in lots.values()]
        elif requirement.applies_to == "party":
            everything = tuple(products.values())
            common += [Place(requirement, None, everything, party) for party in _parties(requirement, application)]
        else:
            common.append(Place(requirement, None, tuple(products.values())))
    per_lot.sort(key=lambda place: (place.lot.position if place.lot else 0, place.requirement.position))
    return [place for place in common + per_lot if every or _is_asked(place, application)]


def place_gaps(
    place: Place, answer: Answer | None, evidence: list[Evidence], application: Application, now: datetime
) -> list[Gap]:
    """What is missing or doubtful at one place."""
    requirement = place.requirement
    found = list(TYPES[requirement.type].check(answer.value if answer else {}, place))
    equivalent = answer is not None and answer.is_equivalent
    if answer is not None and equivalent and len(answer.argument.strip()) < 40:
        found.append((N_("Leg in minstens 40 tekens uit waarom uw bewijs gelijkwaardig is."), {}, True))
    if answer is not None and requirement.type != "register" and any(map(seems_bsn, _texts(answer))):
        found.append((N_("In dit antwoord lijkt een burgerservicenummer (BSN) te staan. Haal het weg."), {}, False))
    stopped = [one for one in evidence if one.document.scan_state == "infected"]
    for one in stopped:
        text = N_("‘%(file)s’ is tegengehouden door de virusscanner. Haal het weg en voeg een schoon bestand toe.")
        found.append((text, {"file": one.document.filename}, True))
    wanted = requirement.evidence.get("kinds", [])
    if wanted:
        usable = [one for one in evidence if one not in stopped]
        fitting = [one for one in usable if equivalent or one.document.kind in wanted]
        missing = int(requirement.evidence.get("at_least", 1)) - len(fitting)
        if missing > 0:
            facts = {"kinds": N_(" of ").join(DOCUMENT_KINDS[kind].label for kind in wanted)}
            found.append((N_("Voeg toe: %(kinds)s."), facts, True))
        for one in fitting:
            found += validity.doubts(one.document, place, application, now)
    if answer is not None and any(one.places.get(place.key) == answer.version for one in application.espd_imports):
        found.append((N_("Overgenomen uit een UEA. Controleer of het klopt en bewaar het."), {}, False))
    return [Gap(message, facts, blocks, "requirement", place) for message, facts, blocks in found]


def _texts(answer: Answer) -> list[str]:
    return [answer.argument, *(str(value) for value in answer.value.values())]


def gaps(application: Application, now: datetime) -> list[Gap]:
    """Everything that is missing (blocks submitting) or doubtful (does not) in one application, as its lead sees it.

    A party that was invited to fill in its own part is one gap here until it is ready: what it lacks is its own
    business (`part_gaps`).
    """
    everything = _everything(application, now)
    seen = [
        gap for gap in everything if gap.about is None or (gap.about.own_part is None and gap.about.invitation is None)
    ]
    return seen + [gap for party in application.parties for gap in _unready(party, everything)]


def part_gaps(application: Application, party: Party, now: datetime) -> list[Gap]:
    """What is missing or doubtful in the part of one party."""
    return [gap for gap in _everything(application, now) if gap.about is party]


def _unready(party: Party, everything: list[Gap]) -> list[Gap]:
    """That a party which was invited is not ready, if so."""
    part = party.own_part
    if part is not None and not part.is_ready:
        text = N_("%(name)s heeft haar eigen deel nog niet gereed verklaard.")
    elif part is not None and any(gap.blocks and gap.about is party for gap in everything):
        text = N_("%(name)s moet haar deel aanvullen: er ontbreekt iets sinds zij het gereed verklaarde.")
    elif part is None and party.invitation is not None:
        text = N_("%(name)s is uitgenodigd om haar eigen deel in te vullen en heeft nog niet gereageerd.")
    else:
        return []
    return [Gap(text, {"name": party.name}, True, "own_part", party=party)]


def _everything(application: Application, now: datetime) -> list[Gap]:
    if not application.selections:
        text = N_("Kies minstens één perceel met een categorie en een gemeente.")
        return [Gap(text, {}, True, "choices")]
    answers = {one.spot: one for one in application.answers}
    evidence: dict[Spot, list[Evidence]] = {}
    for one in application.evidence:
        evidence.setdefault(one.spot, []).append(one)
    found = [*_uncoupled(application), *_parties_wrong(application)]
    everywhere = places(application)
    at_places = {
        place.spot: place_gaps(place, answers.get(place.spot), evidence.get(place.spot, []), application, now)
        for place in everywhere
    }
    found += _grouped(application, everywhere, at_places)
    for party in integrity_parties(application):
        if not evidence.get((None, None, party.id if party else None)):
            found += _form_gap(application, party)
    return found + _unoffered(application) + _carried(application, everywhere)


def _form_gap(application: Application, party: Party | None) -> list[Gap]:
    """Without a form that was uploaded, one that was filled in here and is complete does."""
    if not (application.round.settings.get("integrity") or {}).get("questionnaire"):
        return [Gap(N_("Voeg het Bibob-vragenformulier toe."), {}, True, "integrity", party=party)]
    form = form_of(application, party)
    if form is not None and form.is_complete:
        return []
    text = N_("Vul het Bibob-vragenformulier in, of voeg het toe.")
    begun = N_("Het Bibob-vragenformulier is nog niet helemaal ingevuld.")
    return [Gap(begun if form is not None else text, {}, True, "integrity", party=party)]


def integrity_parties(application: Application) -> list[Party | None]:
    """Whose form of the integrity check is asked: the applicant's (None), and of each party where the procedure says
    so (`integrity.each_party`).
    """
    if not application.round.procedure.asks_integrity_check:
        return []
    rules = application.round.settings.get("integrity") or {}
    return [None, *(application.parties if rules.get("each_party") else [])]


def _carried(application: Application, everywhere: list[Place]) -> list[Gap]:
    """What was taken over and nobody looked at yet."""
    unchecked, text = application.unchecked, N_("Overgenomen van eerder. Controleer of dit nog klopt.")
    found = [Gap(text, {}, False, "requirement", place) for place in everywhere if place.key in unchecked]
    checks = [one for one in integrity_parties(application) if integrity_key(one) in unchecked]
    found += [Gap(text, {}, False, "integrity", party=party) for party in checks]
    about = N_("%(code)s %(title)s (perceel %(lot)s): overgenomen van eerder. Controleer of dit nog klopt.")
    return found + [
        Gap(about, {"code": one.code, "title": one.title, "lot": one.lot.code}, False, "offer", offer=one.key)
        for one in (offers.criteria_at(application) if unchecked else [])
        if f"offer:{one.key}" in unchecked
    ]


def _unoffered(application: Application) -> list[Gap]:
    """In a tender: the award criteria on which nothing was written yet."""
    text = N_("%(code)s %(title)s (perceel %(lot)s): schrijf uw aanbod.")
    return [
        Gap(text, {"code": one.code, "title": one.title, "lot": one.lot.code}, True, "offer", offer=one.key)
        for one in offers.missing(application)
    ]


def _grouped(application: Application, everywhere: list[Place], at_places: dict[Spot, list[Gap]]) -> list[Gap]:
    """The gaps of every place; of a group (at least N of these) only as long as fewer than N are complete.

    A requirement of a group that is asked at several places (lots, parties) is complete when it is at all of them.
    """
    found: list[Gap] = []
    spared: set[str] = set()
    for group in application.round.settings.get("groups", []):
        asked = [place for place in everywhere if place.requirement.code in group["requirements"]]
        codes = {place.requirement.code for place in asked}
        open_codes = {place.requirement.code for place in asked if any(gap.blocks for gap in at_places[place.spot])}
        if codes and len(codes) - len(open_codes) < min(group["at_least"], len(codes)):
            facts = {"count": group["at_least"], "title": group["title"], "codes": ", ".join(group["requirements"])}
            text = N_("%(title)s: voldoe aan ten minste %(count)d van deze eisen: %(codes)s.")
            found.append(Gap(text, facts, True, "requirement", asked[0]))
        spared |= open_codes
    for place in everywhere:
        found += [gap for gap in at_places[place.spot] if not (gap.blocks and place.requirement.code in spared)]
    return found


def _uncoupled(application: Application) -> list[Gap]:
    """Products that were chosen without the products they are coupled with, in municipalities that buy those."""
    chosen = {(one.product.code, one.municipality_id) for one in application.selections}
    found = []
    for one in application.selections:
        for code in one.product.details.get("coupled_with", []):
            if (code, one.municipality_id) in chosen:
                continue
            other = next(
                (product for lot in application.round.lots for product in lot.products if product.code == code), None
            )
            if other is not None and is_selectable(application, other, one.municipality):
                facts = {"product": one.product.name, "other": other.name, "municipality": one.municipality.name}
                text = N_("Wie %(product)s aanbiedt in %(municipality)s, biedt daar ook %(other)s aan. Kies die erbij.")
                found.append(Gap(text, facts, True, "choices"))
    return found


SELECTABLE = frozenset({"open", "scarce", "phasing_out"})
"""States of a cell in which one may apply for it. What is still to be confirmed cannot be chosen yet."""


def is_in_scope(round_: Round, product: Product, municipality: Municipality) -> bool:
    """An extra round may be for some cells only; a product that ends before its agreements start is in none."""
    if round_.scope and [product.code, municipality.code] not in round_.scope:
        return False
    return product.ends_on is None or product.ends_on >= round_.agreements_start_on


def is_offered(round_: Round, product: Product, cell: Coverage) -> bool:
    """Whether an applicant who did not choose this cell before may choose it now."""
    return cell.state in SELECTABLE and is_in_scope(round_, product, cell.municipality)


def is_selectable(application: Application, product: Product, municipality: Municipality) -> bool:
    """Whether this cell may be chosen now. Who had chosen it before it closed keeps it (running applications)."""
    if any(one.product_id == product.id and one.municipality_id == municipality.id for one in application.selections):
        return True
    return any(
        one.municipality_id == municipality.id and is_offered(application.round, product, one)
        for one in product.coverage
    )


def admitted_roles(round_: Round) -> list[str]:
    """The roles (`terms.PARTY_ROLES`) in which others may take part; a procedure that says nothing admits all."""
    rules = round_.settings.get("parties")
    if not rules:
        return list(PARTY_ROLES)
    forms, reliance = rules.get("forms") or [], rules.get("reliance", True)
    return [one for one in PARTY_ROLES if (reliance if one == "third_party" else PARTY_FORMS[one] in forms)]


def _parties_wrong(application: Application) -> list[Gap]:
    """What the procedure says about who may take part, against who does."""
    rules = application.round.settings.get("parties") or {}
    roles, legal_forms = admitted_roles(application.round), rules.get("legal_forms") or []
    found = []
    if legal_forms and application.organisation.legal_form not in legal_forms:
        text = N_("Uw rechtsvorm (%(form)s) kan bij deze procedure niet meedoen.")
        found.append(Gap(text, {"form": LEGAL_FORMS[application.organisation.legal_form].label}, True, "parties"))
    for party in application.parties:
        facts = {"name": party.name, "role": PARTY_ROLES[party.role].label}
        if party.role not in roles:
            found.append(
                Gap(N_("%(name)s: meedoen als ‘%(role)s’ kan bij deze procedure niet."), facts, True, "parties")
            )
        if legal_forms and party.legal_form not in legal_forms:
            found.append(
                Gap(N_("%(name)s: deze rechtsvorm kan bij deze procedure niet meedoen."), facts, True, "parties")
            )
    return found

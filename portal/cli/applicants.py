"""The made-up applicants of a rehearsal: who they are, in what form they apply, for what, and what becomes of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.cli import cast
from portal.cli.cast import Stage
from portal.domain import parties, requirements
from portal.models import Application, Coverage, Lot, Product, Round, User
from portal.terms import LEGAL_FORMS, PARTY_FORMS

STORIES = (
    "admitted", "refused_lot", "remedied", "late", "refused", "admitted",
    "objection", "remedied_late", "withdrawn", "never_submitted", "admitted", "admitted",
)  # fmt: skip
RESULTS = {
    "admitted": "admitted",
    "remedied": "admitted",
    "refused_lot": "partly_admitted",
    "refused": "refused",
    "objection": "refused",
    "remedied_late": "refused",
    "late": "lapsed",
    "withdrawn": "lapsed",
    "never_submitted": "lapsed",
}
NAMES = ("Korenveld", "Lantaarn", "Zwaluwstaart", "Waterrad", "Boomgaard", "Zonnewijzer", "Kiezelpad", "Vlierbes")
PARTNERS = ("Haverland", "Regenboom", "Stuifzand")
FORMS = {"sole": "", **{form: role for role, form in PARTY_FORMS.items()}}
"""The forms of applying, each with the role of whoever joins in."""


@dataclass
class Applicant:
    """One made-up organisation. `cells`: (product code, municipality code), the lots in order of choosing."""

    number: int
    story: str
    form: str
    legal_form: str
    chance: random.Random
    cells: list[tuple[str, str]] = field(default_factory=list)
    lots: list[str] = field(default_factory=list)
    user_id: str = ""
    application_id: str = ""

    @property
    def name(self) -> str:
        return f"Proefzorg {NAMES[self.number % len(NAMES)]} {self.number + 1:02d}"


class Offer:
    """What can be applied for in a round, as plain values: lots with products, each with its municipalities."""

    def __init__(self, round_: Round) -> None:
        self.lots: dict[str, dict[str, list[str]]] = {}
        self.coupled: dict[str, list[str]] = {}
        self.towns = [one.name for one in round_.procedure.authority.municipalities]
        rules = round_.settings.get("parties") or {}
        allowed = rules.get("forms") or list(FORMS)
        self.forms = [form for form in FORMS if form in allowed] or ["sole"]
        self.legal_forms = rules.get("legal_forms") or list(LEGAL_FORMS)
        for lot in round_.lots:
            for product in lot.products:
                self._add(round_, lot, product)

    def _add(self, round_: Round, lot: Lot, product: Product) -> None:
        if product.ends_on is not None and product.ends_on < round_.agreements_start_on:
            return
        if places := [one.municipality.code for one in product.coverage if _is_open(one)]:
            self.lots.setdefault(lot.code, {})[product.code] = places
            self.coupled[product.code] = list(product.details.get("coupled_with", []))

    def size(self) -> int:
        """How many products there are."""
        return sum(len(products) for products in self.lots.values())

    def with_coupled(self, cells: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The cells, and those they are coupled with, as far as these can be chosen."""
        places = {code: towns for products in self.lots.values() for code, towns in products.items()}
        wanted = list(dict.fromkeys(cells))
        for code, town in wanted:
            for other in self.coupled.get(code, []):
                if town in places.get(other, []) and (other, town) not in wanted:
                    wanted.append((other, town))  # the loop comes by here too: a coupled product may be coupled again
        return wanted


def _is_open(cell: Coverage) -> bool:
    return cell.state in requirements.SELECTABLE


def gather(count: int, seed: int, offer: Offer, *, has_integrity: bool) -> list[Applicant]:
    """So many applicants, every story and every admitted form among them; the same seed gives the same ones."""
    chance = cast.dice(seed)
    stories = [STORIES[index % len(STORIES)] for index in range(count)]
    if not has_integrity:
        stories = ["admitted" if one == "objection" else one for one in stories]
    if offer.size() < 2:
        stories = ["refused" if one == "refused_lot" else one for one in stories]
    chance.shuffle(stories)
    found = []
    for index, story in enumerate(stories):
        form = offer.forms[index % len(offer.forms)]
        legal_form = offer.legal_forms[(index // len(offer.forms)) % len(offer.legal_forms)]
        if form == "cooperative" and "cooperatie" in offer.legal_forms:
            legal_form = "cooperatie"
        found.append(Applicant(index, story, form, legal_form, cast.dice(f"{seed}-{index}")))
    return found


def choose(one: Applicant, offer: Offer) -> None:
    """One or two lots, with some of their products and municipalities; two of something for 'refused_lot'."""
    chance = one.chance
    wanted = 2 if one.story == "refused_lot" else chance.randint(1, 2)
    one.lots = chance.sample(sorted(offer.lots), min(wanted, len(offer.lots)))
    if one.story == "refused_lot" and len(one.lots) == 1 and len(offer.lots[one.lots[0]]) < 2:
        one.lots = [max(offer.lots, key=lambda lot: len(offer.lots[lot]))]
    for lot in one.lots:
        products = offer.lots[lot]
        least = 2 if one.story == "refused_lot" and len(one.lots) == 1 else 1
        for code in chance.sample(sorted(products), chance.randint(least, max(least, min(2, len(products))))):
            places = products[code]
            one.cells += [(code, place) for place in chance.sample(places, chance.randint(1, len(places)))]
    one.cells = offer.with_coupled(one.cells)


def join(stage: Stage, one: Applicant) -> None:
    """Whoever takes part beside the applicant, in the role that goes with its form: one, or two in a cooperative."""
    role = FORMS[one.form]
    if not role:
        return
    with stage.database.transaction() as db:
        application, user = db.get_one(Application, one.application_id), db.get_one(User, one.user_id)
        for index in range(2 if role == "member" else 1):
            number = one.number * 3 + index
            form = {
                "role": role,
                "name": f"Deelzorg {PARTNERS[index]} {one.number + 1:02d}",
                "kvk_number": f"9970{number:04d}",
                "legal_form": one.legal_form if one.legal_form != "cooperatie" else "stichting",
                "city": "",
                "part": "Begeleiding in de avond en in het weekend.",
            }
            parties.add(application, user, form, stage.services.now())

"""A small tender beside the small world: three municipalities, two lots, four applicants, two assessors."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from portal.cli import cast, scoring_script, script, vault_script
from portal.cli.scoring_script import Officials
from portal.domain import editions, procedures, scoring
from portal.domain.kinds import KINDS
from portal.domain.offers import CriterionAt
from portal.models import Application, Authority, Edition, Procedure, Round, User
from portal.queries import scoring as queries
from tests.conftest import Browser, World

TOWNS = ("0796", "0865", "1948")
SCALE = [
    {"points": 0, "label": "Onvoldoende", "text": "Het aanbod gaat niet in op de vraag."},
    {"points": 4, "label": "Matig", "text": ""},
    {"points": 7, "label": "Goed", "text": ""},
    {"points": 10, "label": "Uitstekend", "text": ""},
]


def award(**changes: Any) -> dict[str, Any]:
    """The block `award` as the reader gives it."""
    return {
        "criteria": [
            {"code": "G1", "title": "Samenwerking", "text": "Hoe werkt u samen?", "weight": "60.00", "max_length": 500,
             "guidance": ["Met wie", "Hoe vaak"]},
            {"code": "G2", "title": "Lokale binding", "text": "Hoe bent u zichtbaar in de wijk?", "weight": "40.00",
             "max_length": 500},
        ],
        "scale": SCALE,
        "rounding": {"decimals": 2, "rule": "half_up"},
        "contracts": {"text": "Per perceel ten minste 1 contract.", "least": 1, "per_municipality": 1},
        "reserve": True,
        "anonymous": False,
        "assessors": 2,
        "ties": "Gelijke totalen hebben een gelijke rang; de notaris loot.",
    } | changes  # fmt: skip


def data(authority: Authority, **changes: Any) -> dict[str, Any]:
    """A whole tender, checked and converted."""

    def product(code: str, **more: Any) -> dict[str, Any]:
        return {"code": code, "name": f"Product {code}", "category": "", "unit": "month", **more}

    return {
        "slug": "gunning", "kind": "tender", "title": "Ambulante hulp", "summary": "Een aanbesteding.",
        "law": ["jeugdwet"], "source": {"title": "Bron"},
        "authority": {"municipalities": [
            {"code": one.code, "name": one.name} for one in authority.municipalities if one.code in TOWNS
        ]},
        "agreement": {
            "starts_on": date(2020, 1, 1), "ends_on": date(2023, 12, 31), "renewal": {"tacit": True, "months": 12},
            "notice_months": 3, "volume": "none", "template": "raamovereenkomst", "template_version": 1,
            "conditions": [],
        },
        "terms": {"standstill_days": 20, "remedy_working_days": 5, "remedy_rounds": 1, "decision_days": 42,
                  "holidays_apply": True},
        "rounds": {"cadence": "once", "until": "end", "first": {
            "opens_at": datetime.fromisoformat("2019-07-01 09:00"),
            "closes_at": datetime.fromisoformat("2019-10-01 12:00"),
            "starts_on": date(2020, 1, 1),
        }},
        "lots": [
            {"code": "1", "name": "Ambulant", "funding": "lumpsum", "lots": [
                {"code": "1A", "name": "Begeleiding", "products": [product("A1"), product("A2")],
                 "budgets": [{"municipality": "0796", "amount_cents": 100_001}]},
                {"code": "1B", "name": "Behandeling", "products": [
                    product("B1", funding="per_unit", tariff_cents=5000)]},
            ]},
            {"code": "2", "name": "Logeren", "products": [product("L1", tariff_cents=7000)]},
        ],
        "coverage": {"default": "open"},
        "requirements": [{
            "code": "M1", "title": "Minimum", "text": "U voldoet aan de minimumeis.", "kind": "minimum",
            "type": "yes_no", "applies_to": "organisation", "settings": {"required_answer": "yes"},
        }],
        "tariff_reasoning": {"text": "Zo zijn de tarieven gemaakt.", "elements": []},
        "letters": {"remedy_clause": "Binnen twintig dagen kunt u een kort geding beginnen."},
        "award": award(),
    } | changes  # fmt: skip


@dataclass
class Tender:
    """The tender in the world: `applicants` maps the key of a person to the id of the application."""

    world: World
    procedure_id: str
    round_id: str
    officials: Officials
    escrow: bytes = b""
    applicants: dict[str, str] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(3))

    def apply(self, who: str, cells: tuple[tuple[str, str], ...], *, offer: bool = True) -> str:
        stage, person = self.world.stage, self.world.people[who]
        self.applicants[who] = cast.start(stage, person, self.round_id, cells)
        cast.fill_in(stage, person, self.applicants[who], self.chance)
        if offer:
            scoring_script.write_offers(stage, person, self.applicants[who], self.chance)
        return self.applicants[who]

    def submit(self, who: str) -> str:
        return cast.submit(self.world.stage, self.world.people[who], self.applicants[who])

    @property
    def holders(self) -> tuple[str, str]:
        """Who holds the vault: Ineke and Wil."""
        return self.world.people["ineke"], self.world.people["wil"]

    def set_up_vault(self) -> None:
        stage, chair = self.world.stage, self.officials.chair
        self.escrow = vault_script.set_up(stage, self.round_id, chair, self.holders, cast.PASSWORD)

    def shut(self) -> None:
        """The round closes; its vault stays closed."""
        with self.world.database.reading() as db:
            self.world.clock.set(db.get_one(Round, self.round_id).closes_at)
        self.world.work()

    def open_vault(self) -> None:
        vault_script.open_vault(self.world.stage, self.round_id, self.holders, cast.PASSWORD)
        self.world.work()

    def close(self) -> None:
        """The round closes and the two holders open its vault, if it has one."""
        self.shut()
        if self.escrow:
            self.open_vault()

    def review(self, *failing: str) -> None:
        """Every application is reviewed and confirmed; those of `failing` miss the minimum."""
        stage, people = self.world.stage, self.world.people
        for who, application_id in self.applicants.items():
            verdict = script.Verdict("fails", "U voldoet niet aan deze minimumeis.") if who in failing else script.MEETS
            script.judge(stage, people["ineke"], application_id, {"M1": verdict})
            script.propose(stage, people["ineke"], application_id)
            script.confirm(stage, people["joris"], application_id)

    def name_panel(self) -> None:
        scoring_script.name_panel(self.world.stage, self.round_id, self.officials)

    def score(self, points: dict[str, dict[str, int]]) -> None:
        """Both assessors give these points ({person: {criterion: points}}) on every lot, and hand in."""
        for user_id in self.officials.assessors:
            with self.world.database.transaction() as db:
                user, moment = db.get_one(User, user_id), self.world.clock()
                for application, place, wanted in self._wanted(db, points):
                    text = f"Wij geven {wanted} punten, omdat het aanbod daarbij past."
                    scoring.score(application, user, place, wanted, text, moment, based_on=0)
            scoring_script.score_all(self.world.stage, self.round_id, user_id, self.chance)

    def agree(self, points: dict[str, dict[str, int]]) -> None:
        with self.world.database.transaction() as db:
            chair, moment = db.get_one(User, self.officials.chair), self.world.clock()
            for application, place, wanted in self._wanted(db, points):
                text = f"Samen geven wij {wanted} punten, met deze redenen."
                scoring.agree(application, chair, place, wanted, text, moment)

    def _wanted(self, db: Any, points: dict[str, dict[str, int]]) -> Iterator[tuple[Application, CriterionAt, int]]:
        keys = {application_id: who for who, application_id in self.applicants.items()}
        for application in queries.all_offers(db, self.round_id):
            for place in scoring.places(application):
                yield application, place, points[keys[application.id]][place.code]

    def scored(self, points: dict[str, dict[str, int]], *failing: str) -> None:
        """Closed, reviewed, scored and agreed on."""
        self.close()
        self.review(*failing)
        self.name_panel()
        self.score(points)
        self.agree(points)


ASKED_OF_PARTIES = [
    {"code": "U90", "title": "Werkwijze", "text": "Hoe werkt u?", "kind": "suitability", "type": "text",
     "applies_to": "party", "settings": {"min_length": 10}},
    {"code": "U91", "title": "Uittreksel", "text": "Voeg een uittreksel toe.", "kind": "suitability",
     "type": "document", "applies_to": "party", "evidence": {"kinds": ["kvk_extract"], "at_least": 1}},
    {"code": "U92", "title": "Plan", "text": "Voeg uw plan toe.", "kind": "suitability", "type": "document",
     "applies_to": "party", "evidence": {"kinds": ["plan_of_approach"], "at_least": 1}},
]  # fmt: skip
"""A text, a document of the own vault, and a plan, of every party."""


def load_together(world: World) -> Tender:
    """A tender that asks something of every party; Anna has a draft with an offer, and Karim a plan."""
    tender = load(world, requirements=[*data_of_requirements(world), *ASKED_OF_PARTIES])
    tender.apply("anna", EVERYWHERE)
    return tender


def data_of_requirements(world: World) -> list[dict[str, Any]]:
    with world.database.reading() as db:
        found: list[dict[str, Any]] = data(db.get_one(Authority, world.authority_id))["requirements"]
        return found


EVERYWHERE = tuple((product, town) for product in ("A1", "A2", "B1") for town in TOWNS)
POINTS = {
    "anna": {"G1": 10, "G2": 7},
    "karim": {"G1": 7, "G2": 7},
    "mila": {"G1": 4, "G2": 10},
    "noor": {"G1": 4, "G2": 4},
}
"""Totals 88.00, 70.00, 64.00 and 40.00."""


def load(world: World, **changes: Any) -> Tender:
    """Load the tender for the small world's authority, with its people."""
    stage, chance = world.stage, random.Random(11)
    people, emails = dict(world.people), dict(world.emails)
    for key, name, roles in (
        ("fatma", "Fatma Yilmaz", ["assessor"]),
        ("gert", "Gert Smit", ["assessor"]),
        ("sanne", "Sanne de Groot", ["round_manager"]),
    ):
        emails[key] = f"{key}@meierij.example"
        people[key] = cast.official(stage, world.authority_id, name, emails[key], roles)
    for key, name, organisation, kvk in (
        ("mila", "Mila Smits", "Huis Mila B.V.", "34567891"),
        ("noor", "Noor Bakker", "Stichting Noorderlicht", "45678912"),
    ):
        emails[key] = f"{key}@aanbieder.example"
        form = cast.organisation_form(organisation, kvk, "Vught", chance)
        people[key] = cast.register(stage, form, name, emails[key])
    world.people, world.emails = people, emails
    with world.database.transaction() as db:
        authority = db.get_one(Authority, world.authority_id)
        found = editions.load(authority, data(authority, **changes), "0" * 64, world.clock())
        db.add(found)
        procedures.publish(found, world.clock())
        procedure_id = found.id
    with world.database.reading() as db:
        round_id = db.scalars(select(Round.id).where(Round.procedure_id == procedure_id)).one()
    officials = Officials((people["fatma"], people["gert"]), people["renske"], people["sanne"])
    found = Tender(world, procedure_id, round_id, officials)
    if KINDS[changes.get("kind", "tender")].has_vault:
        found.set_up_vault()
    return found


@pytest.fixture
def tender(world: World) -> Tender:
    return load(world)


@pytest.fixture
def together(world: World) -> Tender:
    return load_together(world)


@pytest.fixture
def four(tender: Tender) -> Tender:
    """Four offers on lot 1; Mila serves one municipality only. Karim and Noor also offer lot 2."""
    tender.apply("anna", EVERYWHERE)
    tender.apply("karim", (*EVERYWHERE, ("L1", "0796")))
    tender.apply("mila", (("A1", "0796"), ("B1", "0796")))
    tender.apply("noor", (*EVERYWHERE, ("L1", "0796")))
    for who in tender.applicants:
        tender.submit(who)
    return tender


@pytest.fixture
def scored(four: Tender) -> Tender:
    four.scored(POINTS)
    return four


@pytest.fixture
def rules(tender: Tender) -> Any:
    """`rules(anonymous=True)`: change the published award of the tender before anything happens."""

    def change(**changes: Any) -> None:
        with tender.world.database.transaction() as db:
            procedure = db.get_one(Procedure, tender.procedure_id)
            procedure.settings = {**procedure.settings, "award": award(**changes)}
            db.scalars(select(Edition).where(Edition.procedure_id == procedure.id)).one().settings = procedure.settings

    return change


@pytest.fixture
def enter(app: Any) -> Any:
    """`enter(tender, "fatma")`: a browser of the tender's world."""
    return lambda tender, who: Browser(app, tender.world).sign_in(who)

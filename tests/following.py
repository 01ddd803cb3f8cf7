"""An agreement in force, with two contract managers, for what happens while it runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import cast
from portal.models import Agreement, AgreementLine, Application, Municipality, Product, Round, User
from tests.conftest import World

RULES = {
    "text": "De regio volgt de overeenkomst.",
    "quarterly_topics": [{"code": "K1", "title": "Aantal inwoners"}, {"code": "K2", "title": "Klachten"}],
    "evaluation_topics": [{"code": "V1", "title": "Nakomen van de overeenkomst"}],
    "pillars": [{"code": "P1", "title": "Kwaliteit", "text": "De kwaliteit van de ondersteuning."}],
    "talk_every_months": 3,
    "handover": [{"code": "O1", "title": "Getekende overeenkomst"}, {"code": "O2", "title": "Contactpersonen"}],
    "indicators": [{"code": "KG1", "title": "Klachten", "unit": "aantal"}],
    "risks": [
        {"code": "R1", "title": "Krapte op de arbeidsmarkt", "measure": "Elk gesprek bespreken.", "impact": "high"}
    ],
    "yearly_recheck": ["T03", "T05"],
    "deviation_quote": {"text": "Alleen als geen product past."},
}
OUTFLOW = {
    "fewer_clients_than": 3,
    "period_months": 3,
    "warning_days": 42,
    "hearing_days": 14,
    "exceptions": ["small", "specialist"],
    "per": "municipality",
    "products": [],
    "text": "Hebt u in drie maanden minder dan drie verschillende cliënten, dan kan uw overeenkomst eindigen.",
}
BRIDGING = {"most_months": 6, "text": "Zo hoeft een cliënt niet meteen van hulpverlener te wisselen."}
NOW = datetime(2021, 2, 15, 9, 0, tzinfo=UTC)
"""More than a year after the agreement began (1 January 2020), which ends on 31 December 2021."""
CELLS = (("IB-BASIS", "0796"), ("DB-BASIS", "0865"))


@dataclass
class Running:
    """The agreement of De Linde; `coen` and `mila` are contract managers, `ineke` hands over, `renske` confirms."""

    world: World
    agreement_id: str
    municipalities: dict[str, str]
    products: dict[str, str]

    def agreement(self, db: Session) -> Agreement:
        return db.get_one(Agreement, self.agreement_id)

    def person(self, db: Session, who: str) -> User:
        return db.get_one(User, self.world.people[who])

    @property
    def now(self) -> datetime:
        return self.world.clock()

    def deliver(self, clients: int, months: tuple[str, ...] = ("2020-11", "2020-12", "2021-01")) -> None:
        """The same number of clients in every month, for each line."""
        from portal.domain import counts
        from portal.queries import outflow

        with self.world.database.transaction() as db:
            found = self.agreement(db)
            rows = [
                counts.Count((one.product_id, one.municipality_id, month), clients)
                for one in found.lines
                for month in months
            ]
            current = outflow.current_counts(db, found.id)
            delivery = counts.deliver(found, self.person(db, "coen"), "aantallen.csv", rows, current, self.now)
            if delivery is not None:
                db.add(delivery)


def settle(world: World, **changes: Any) -> Running:
    """Give the procedure its rules, admit De Linde, and let both have signed (the documents are not drawn up)."""
    for who, name in (("coen", "Coen Smit"), ("mila", "Mila Jansen")):
        world.emails[who] = f"{who}@meierij.example"
        world.people[who] = cast.official(
            world.stage, world.authority_id, name, world.emails[who], ["contract_manager"]
        )
    application_id = world.submitted("anna", CELLS)
    world.clock.set(NOW)
    with world.database.transaction() as db:
        application = db.get_one(Application, application_id)
        procedure = db.get_one(Round, application.round_id).procedure
        settings = {**procedure.settings, "contract_management": RULES, "outflow": OUTFLOW, **changes}
        settings["agreement"] = {**settings["agreement"], "bridging": BRIDGING}
        procedure.settings = settings
        products = {one.code: one for one in db.scalars(select(Product)) if one.authority_id == world.authority_id}
        cities = {one.code: one for one in db.scalars(select(Municipality)) if one.authority_id == world.authority_id}
        made = add_agreement(application, "RO-2019-0001", [(products[code], cities[city]) for code, city in CELLS])
        db.add(made)
        return Running(
            world,
            made.id,
            {code: one.id for code, one in cities.items()},
            {code: one.id for code, one in products.items()},
        )


def add_agreement(application: Application, number: str, places: list[tuple[Product, Municipality]]) -> Agreement:
    """An agreement in force, as both parties signed it."""
    organisation, procedure = application.organisation, application.round.procedure
    facts = {
        "authority": {"name": "Regio", "municipalities": ["Vught"], "phone": "", "mail": ""},
        "organisation": {"name": organisation.name, "kvk_number": organisation.kvk_number},
        "procedure": {"title": procedure.title, "file_sha256": "0" * 64, "laws": ["wmo"]},
        "lots": [],
        "renewal_months": 12,
        "notice_months": 3,
        "round": "2020-1",
        "application": application.number,
        "promises": [
            {
                "code": "PL1",
                "title": "Doelen",
                "lot": "",
                "text": "Wij halen dit.",
                "goals": [{"title": "Wachttijd", "specific": "Binnen zes weken", "deadline": "2021-06-30"}],
            }
        ],
    }
    return Agreement(
        authority_id=application.authority_id,
        application_id=application.id,
        organisation_id=application.organisation_id,
        procedure_id=procedure.id,
        number=number,
        state="in_force",
        template="raamovereenkomst-1",
        facts=json.dumps(facts),
        facts_digest="0" * 64,
        made_at=NOW,
        standstill_ends_at=NOW,
        starts_on=date(2020, 1, 1),
        ends_on=date(2021, 12, 31),
        lines=[
            AgreementLine(
                authority_id=application.authority_id,
                product_id=product.id,
                municipality_id=city.id,
                tariff_cents=product.tariff_cents,
            )
            for product, city in places
        ],
    )

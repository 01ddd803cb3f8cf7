"""What the five procedures ask beyond the Meierij: thresholds, parties, couplings, groups, staggered starts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.cli import cast, integrity_script, scoring_script, script, vault_script
from portal.cli.procedures import load_file
from portal.cli.script import Verdict
from portal.domain import agreements, applications, parties, releases, requirements
from portal.errors import Refused
from portal.models import (
    Agreement,
    Application,
    Coverage,
    Decision,
    DecisionLetter,
    Document,
    Procedure,
    Round,
    User,
)
from tests.conftest import ROOT, World


@dataclass
class Scene:
    """One procedure of `procedures/` with its first round open and its own officials."""

    world: World
    round_id: str
    authority_id: str
    officials: dict[str, str]

    def draft(self, who, *cells):
        return cast.start(self.world.stage, self.world.people[who], self.round_id, cells)

    def fill_in(self, who, application_id, **more):
        cast.fill_in(self.world.stage, self.world.people[who], application_id, self.world.chance, **more)

    def submitted(self, who, *cells):
        application_id = self.draft(who, *cells)
        self.fill_in(who, application_id)
        cast.submit(self.world.stage, self.world.people[who], application_id)
        return application_id

    def keys(self, application_id):
        with self.world.database.reading() as db:
            return [one.key for one in requirements.places(db.get_one(Application, application_id))]

    def blocking(self, application_id):
        with self.world.database.reading() as db:
            gaps = requirements.gaps(db.get_one(Application, application_id), self.world.clock())
            return [gap.text for gap in gaps if gap.blocks]

    def close(self):
        with self.world.database.reading() as db:
            self.world.clock.set(db.get_one(Round, self.round_id).closes_at)
        self.world.work()
        for key in ("first", "second"):
            script.declare(self.world.stage, self.officials[key], self.round_id)
        with self.world.database.reading() as db:
            if db.get_one(Round, self.round_id).procedure.asks_integrity_check:
                script.declare(self.world.stage, self.officials["officer"], self.round_id)

    def decide(self, application_id, verdicts=None):
        stage = self.world.stage
        with self.world.database.reading() as db:
            asks = db.get_one(Application, application_id).round.procedure.asks_integrity_check
        if asks:
            integrity_script.clear(stage, self.officials["officer"], application_id)
        script.judge(stage, self.officials["first"], application_id, verdicts or {})
        script.propose(stage, self.officials["first"], application_id)
        script.confirm(stage, self.officials["second"], application_id)

    def outcomes(self, application_id):
        with self.world.database.reading() as db:
            found = db.scalars(select(Decision).where(Decision.application_id == application_id))
            return {(one.product.code, one.municipality.code): (one.outcome, one.reason) for one in found}

    def tell(self, application_id):
        """Approved where something is refused, released and told."""
        with self.world.database.reading() as db:
            asks = releases.asks_approval(db.get_one(Application, application_id))
        if asks:
            script.approve(self.world.stage, self.officials["signatory"], application_id)
        script.tell(self.world.stage, self.officials["manager"], application_id)

    def agreement(self, application_id):
        """Told, the standstill over, drawn up: the facts of the agreement."""
        self.tell(application_id)
        with self.world.database.reading() as db:
            ends = agreements.standstill_ends_at(db.get_one(Application, application_id))
        self.world.clock.set(ends)
        self.world.work()
        with self.world.database.reading() as db:
            found = db.scalars(select(Agreement).where(Agreement.application_id == application_id)).one()
            return json.loads(found.facts)


@pytest.fixture
def scene(world):
    def open_round(name):
        procedure_id = load_file(world.database, ROOT / "procedures" / f"{name}.yaml", world.clock())
        with world.database.reading() as db:
            round_ = db.get_one(Procedure, procedure_id).rounds[0]
            authority_id, round_id, opens_at = round_.authority_id, round_.id, round_.opens_at
        world.clock.set(max(world.clock(), opens_at + timedelta(hours=1)))
        if world.clock() > opens_at + timedelta(hours=1):
            world.clock.set(opens_at + timedelta(hours=1))
        officials = {
            key: cast.official(world.stage, authority_id, name_, f"{key}@{name}.example", [role])
            for key, name_, role in (
                ("first", "Femke Eerste", "inkoper"),
                ("second", "Theo Tweede", "inkoper"),
                ("manager", "Mies Ronde", "round_manager"),
                ("officer", "Iris Toets", "integrity_officer"),
                ("signatory", "Tom Teken", "authority_signatory"),
            )
        }
        return Scene(world, round_id, authority_id, officials)

    return open_round


def test_a_threshold_is_asked_only_of_who_chooses_its_municipality_and_product(scene):
    mijov = scene("mijov-wmo-2026")

    with_threshold = mijov.draft("anna", ("02A19", "0200"), ("02A16", "0200"))
    without = mijov.draft("karim", ("02A19", "0213"), ("02A16", "0213"))

    assert "D01-BI" in mijov.keys(with_threshold)
    assert "D01-BI" not in mijov.keys(without)


def test_failing_a_threshold_refuses_that_municipality_and_product_only_and_quotes_it(scene):
    mijov = scene("mijov-wmo-2026")
    cells = [(product, town) for product in ("02A16", "02A19") for town in ("0200", "0213")]
    application_id = mijov.submitted("anna", *cells)
    mijov.close()

    mijov.decide(application_id, {"D01-BI": Verdict("fails", "De verklaring noemt twee cliënten.")})

    outcomes = mijov.outcomes(application_id)
    assert {cell: outcome for cell, (outcome, _) in outcomes.items()} == {
        ("02A16", "0200"): "admitted",
        ("02A16", "0213"): "admitted",
        ("02A19", "0200"): "refused",
        ("02A19", "0213"): "admitted",
    }
    assert outcomes["02A19", "0200"][1] == (
        "D01 Drempel Apeldoorn: meer ervaring bij complexe begeleiding: De verklaring noemt twee cliënten."
    )


def test_a_coupled_product_must_be_chosen_too_where_it_can_be(scene):
    mijov = scene("mijov-wmo-2026")
    alone = mijov.draft("anna", ("02A19", "0213"))
    together = mijov.draft("karim", ("02A19", "0213"), ("02A16", "0213"))

    coupled = [text for text in mijov.blocking(alone) if "biedt daar ook" in text]
    assert len(coupled) == 1
    assert "Brummen" in coupled[0]
    assert [text for text in mijov.blocking(together) if "biedt daar ook" in text] == []


def test_a_cell_that_is_still_to_be_confirmed_cannot_be_chosen_and_its_neighbour_can(scene):
    mijov = scene("mijov-wmo-2026")
    with pytest.raises(Refused, match="is niet open voor"):
        mijov.draft("anna", ("04W01", "0200"))

    assert mijov.draft("anna", ("04W01", "0213"))


def test_who_had_chosen_a_cell_before_it_closed_keeps_it_and_nobody_else_gets_it(scene):
    mijov = scene("mijov-wmo-2026")
    early = mijov.draft("anna", ("02A16", "0213"))
    with mijov.world.database.transaction() as db:
        cells = select(Coverage).join(Coverage.product).join(Coverage.municipality)
        for cell in db.scalars(cells.where(Coverage.authority_id == mijov.authority_id)):
            if (cell.product.code, cell.municipality.code) == ("02A16", "0213"):
                cell.state, cell.ground = "closed", "DZ1"

    mijov.fill_in("anna", early)

    assert cast.submit(mijov.world.stage, mijov.world.people["anna"], early)
    with pytest.raises(Refused, match="is niet open voor"):
        mijov.draft("karim", ("02A16", "0213"))


def test_a_tariff_of_one_municipality_stands_beside_the_uniform_one_in_the_agreement(scene):
    mijov = scene("mijov-wmo-2026")
    application_id = mijov.submitted("anna", ("02A22", "0200"), ("02A22", "0213"))
    mijov.close()
    mijov.decide(application_id)

    products = mijov.agreement(application_id)["lots"][0]["products"]

    assert {one["tariff_cents"]: one["municipalities"] for one in products} == {5480: ["Apeldoorn"], 5820: ["Brummen"]}


def test_wmo_and_jeugd_are_two_procedures_and_one_vault(scene):
    wmo, youth = scene("mijov-wmo-2026"), None
    wmo.submitted("anna", ("02A16", "0213"))
    with wmo.world.database.reading() as db:
        before = db.scalar(select(func.count()).select_from(Document))
    procedure_id = load_file(wmo.world.database, ROOT / "procedures" / "mijov-jeugd-2026.yaml", wmo.world.clock())
    with wmo.world.database.reading() as db:
        round_ = db.get_one(Procedure, procedure_id).rounds[0]
        cell = next(
            one
            for lot in round_.lots
            for product in lot.products
            for one in product.coverage
            if one.state in requirements.SELECTABLE
        )
        chosen, round_id = (cell.product.code, cell.municipality.code), round_.id
        wmo.world.clock.set(round_.opens_at + timedelta(hours=1))
    youth = Scene(wmo.world, round_id, wmo.authority_id, wmo.officials)

    youth.submitted("anna", chosen)

    with wmo.world.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Document)) == before


def test_every_party_answers_for_itself_and_a_failing_subcontractor_is_named(scene):
    achterhoek = scene("achterhoek-2022")
    stage, holders = achterhoek.world.stage, (achterhoek.officials["first"], achterhoek.officials["second"])
    vault_script.set_up(stage, achterhoek.round_id, achterhoek.officials["manager"], holders, cast.PASSWORD)
    with achterhoek.world.database.reading() as db:
        round_ = db.get_one(Round, achterhoek.round_id)
        lot = next(one for one in round_.lots if one.products)
        cell = (lot.products[0].code, lot.products[0].coverage[0].municipality.code)
        asked = {one.code for one in round_.requirements if one.applies_to == "party"}
    application_id = achterhoek.draft("anna", cell)
    before = achterhoek.keys(application_id)
    with achterhoek.world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, achterhoek.world.people["anna"])
        form = {"role": "subcontractor", "name": "Klein Zorgbureau", "kvk_number": "34567890", "legal_form": "bv"}
        parties.add(application, anna, form | {"city": "Aalten", "part": "Nachtdienst"}, achterhoek.world.clock())

    assert set(achterhoek.keys(application_id)) - set(before) == {f"{code}-P1" for code in asked}
    achterhoek.fill_in("anna", application_id)
    chance = achterhoek.world.chance
    scoring_script.write_offers(stage, achterhoek.world.people["anna"], application_id, chance)
    cast.submit(stage, achterhoek.world.people["anna"], application_id)
    achterhoek.close()
    vault_script.open_vault(stage, achterhoek.round_id, holders, cast.PASSWORD)
    achterhoek.world.work()
    achterhoek.decide(application_id, {"T02-P1": Verdict("fails", "Het certificaat is verlopen.")})
    assert achterhoek.outcomes(application_id)[cell] == (
        "refused",
        "T02 Kwaliteitssysteem of gelijkwaardig (Klein Zorgbureau): Het certificaat is verlopen.",
    )


def test_one_proof_of_quality_is_enough_where_a_group_asks_one(scene):
    housing = scene("voorbeelden/beschermd-wonen")
    with housing.world.database.reading() as db:
        round_ = db.get_one(Round, housing.round_id)
        cell = next(
            (product.code, one.municipality.code)
            for lot in round_.lots
            for product in lot.products
            for one in product.coverage
            if one.state in requirements.SELECTABLE
        )
    none = housing.draft("anna", cell)
    housing.fill_in("anna", none, skip=("T07", "T08", "T09"))
    one_of_three = housing.draft("karim", cell)
    housing.fill_in("karim", one_of_three, skip=("T08", "T09"))

    group = [text for text in housing.blocking(none) if "ten minste 1 van" in text]

    assert len(group) == 1
    assert [text for text in housing.blocking(one_of_three) if "ten minste 1 van" in text] == []


def test_a_question_is_asked_after_the_answer_that_calls_for_it(scene):
    almelo = scene("almelo-2024")
    with almelo.world.database.reading() as db:
        round_ = db.get_one(Round, almelo.round_id)
        lot = next(one for one in round_.lots if one.products)
        cell = (lot.products[0].code, lot.products[0].coverage[0].municipality.code)
    application_id = almelo.draft("anna", cell)
    assert [key for key in almelo.keys(application_id) if key.startswith(("T03", "T04"))] == []

    def choose(option):
        with almelo.world.database.transaction() as db:
            application, anna = db.get_one(Application, application_id), db.get_one(User, almelo.world.people["anna"])
            place = next(one for one in requirements.places(application) if one.requirement.code == "T02")
            current = applications.answer_at(application, place)
            version = current.version if current else 0
            applications.answer(application, anna, place, {"choice": option}, almelo.world.clock(), based_on=version)

    choose("zelf")
    alone = [key for key in almelo.keys(application_id) if key.startswith(("T03", "T04"))]
    choose("samen")
    together = [key for key in almelo.keys(application_id) if key.startswith(("T03", "T04"))]

    assert [key.split("-")[0] for key in alone] == ["T03"]
    assert [key.split("-")[0] for key in together] == ["T04"]


def test_what_ends_before_the_agreement_has_its_own_last_day_in_it(scene):
    almelo = scene("almelo-2024")
    with almelo.world.database.reading() as db:
        round_ = db.get_one(Round, almelo.round_id)
        products = [one for lot in round_.lots for one in lot.products]
        ending = next(one for one in products if one.ends_on == date(2024, 12, 31))
        cell = (ending.code, ending.coverage[0].municipality.code)
    application_id = almelo.submitted("anna", cell)
    almelo.close()
    almelo.decide(application_id)

    facts = almelo.agreement(application_id)

    assert [one["ends_on"] for one in facts["lots"][0]["products"]] == ["2024-12-31"]
    assert facts["ends_on"] > "2024-12-31"


def test_a_municipality_that_joins_later_starts_later_in_the_same_agreement(scene):
    samen14 = scene("samen14-twente")
    with samen14.world.database.reading() as db:
        later = db.scalars(
            select(Coverage).where(
                Coverage.authority_id == samen14.authority_id,
                Coverage.starts_on.is_not(None),
                Coverage.state.in_(requirements.SELECTABLE),
            )
        ).first()
        product, town, starts_on = later.product.code, later.municipality.code, str(later.starts_on)
        other = next(
            one.municipality.code
            for one in later.product.coverage
            if one.starts_on is None and one.state in requirements.SELECTABLE
        )
    application_id = samen14.submitted("anna", (product, town), (product, other))
    samen14.close()
    samen14.decide(application_id)

    days = [one["starts_on"] for one in samen14.agreement(application_id)["lots"][0]["products"]]

    assert sorted(days) == ["", starts_on]


def test_a_refusal_quotes_the_version_that_was_published_before_the_round_opened(scene):
    mijov = scene("mijov-wmo-2026")
    application_id = mijov.submitted("anna", ("02A16", "0213"))
    mijov.close()
    mijov.decide(application_id, {"T02": Verdict("fails", "Het certificaat ontbreekt.")})

    mijov.tell(application_id)

    with mijov.world.database.reading() as db:
        letter = db.scalars(select(DecisionLetter).where(DecisionLetter.application_id == application_id)).one()
        round_ = db.get_one(Round, mijov.round_id)
        published = {one.code: one for one in round_.requirements}
        (finding,) = [one for one in json.loads(letter.facts)["findings"] if one["verdict"] == "fails"]
        assert (finding["text"], finding["version"]) == (published["T02"].text, published["T02"].version)
        assert published["T02"].is_in(round_.edition)
        assert round_.procedure.published_at < round_.opens_at

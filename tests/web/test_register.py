"""The public register: only who is contracted on the day, in nobody's favour, as page and as open data."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, update

from portal.models import Agreement, AgreementLine, Application, DirectoryEntry, Organisation, Procedure

DAY = "2020-02-03"


@pytest.fixture
def provider(world: Any) -> Callable[..., str]:
    """`provider("Zorg A", cells)`: a provider with an agreement over (product code, CBS code) cells; gives its id."""

    def make(
        name: str, cells: tuple[tuple[str, str], ...] = (("IB-BASIS", "0796"),), *, state: str = "in_force", **more: Any
    ) -> str:
        made_at = world.clock()
        with world.database.transaction() as db:
            procedure = db.get_one(Procedure, world.procedure_id)
            products = {one.code: one for lot in procedure.lots for one in lot.products}
            places = {one.code: one for one in procedure.authority.municipalities}
            count = db.query(Organisation).count()
            owner = Organisation(kvk_number=f"{70000000 + count}", name=name, legal_form="bv", created_at=made_at)
            own = {"authority_id": procedure.authority_id}
            application = Application(
                **own,
                number=f"A-{count}",
                round_id=world.rounds["2020-1"],
                organisation_id=owner.id,
                state="decided",
                created_at=made_at,
                saved_at=made_at,
            )
            agreement = Agreement(
                **own,
                application_id=application.id,
                organisation_id=owner.id,
                procedure_id=procedure.id,
                number=f"RO-{count}",
                state=state,
                template="raamovereenkomst-1",
                facts="{}",
                facts_digest="0" * 64,
                made_at=made_at,
                standstill_ends_at=made_at,
                starts_on=more.get("starts_on", procedure.agreement_starts_on),
                ends_on=procedure.agreement_ends_on,
            )
            for row in (owner, application, agreement):
                db.add(row)
                db.flush()
            for product, place in cells:
                db.add(
                    AgreementLine(
                        **own,
                        agreement_id=agreement.id,
                        product_id=products[product].id,
                        municipality_id=places[place].id,
                        tariff_cents=products[product].tariff_cents,
                        starts_on=more.get("line_starts_on"),
                    )
                )
            for position, label in enumerate(more.get("chosen", ())):
                db.add(
                    DirectoryEntry(
                        **own,
                        agreement_id=agreement.id,
                        code="T18",
                        question="Voor wie u er bent",
                        key=f"k{position}",
                        label=label,
                        position=position,
                    )
                )
            return owner.id

    return make


@pytest.fixture(autouse=True)
def february(world: Any) -> None:
    """The agreements of the first round have begun."""
    world.clock.set(datetime(2020, 2, 3, 9, 0, tzinfo=UTC))


def names(visitor: Any, path: str = "/register") -> list[str]:
    page = visitor.get(path).get_data(as_text=True)
    return re.findall(r'portal-provider__head"><h3[^>]*>([^<]*)</h3>', page)


def lines(visitor: Any, path: str) -> list[dict[str, str]]:
    text = visitor.get(path).data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_providers_stand_in_the_order_of_the_alphabet(visitor: Any, provider: Callable[..., str]) -> None:
    for name in ("Zonnehof", "appelgaard", "Berkenrode"):
        provider(name)

    assert names(visitor) == ["appelgaard", "Berkenrode", "Zonnehof"]
    assert "Op alfabet" in visitor.get("/register").get_data(as_text=True)


@pytest.mark.parametrize("state", ["due", "drawn_up", "provider_signed"])
def test_an_agreement_that_is_not_signed_by_both_is_not_in_the_register(
    visitor: Any, provider: Callable[..., str], state: str
) -> None:
    provider("Getekend")
    provider("Wacht nog", state=state)

    assert names(visitor) == ["Getekend"]
    assert {one["zorgaanbieder"] for one in lines(visitor, "/register.csv")} == {"Getekend"}


def test_an_agreement_counts_from_its_first_day_and_not_before(visitor: Any, provider: Callable[..., str]) -> None:
    provider("Vanaf januari")

    assert names(visitor, "/register?op=2019-12-31") == []
    assert names(visitor, "/register?op=2020-01-01") == ["Vanaf januari"]


def test_an_agreement_ends_unless_the_procedure_renews_it_tacitly(
    visitor: Any, world: Any, provider: Callable[..., str]
) -> None:
    provider("Loopt door")
    renewed = visitor.get("/register?op=2022-01-01").get_data(as_text=True)
    with world.database.transaction() as db:
        db.execute(update(Procedure).values(renewal_months=0))

    assert "31 december 2022" in renewed
    assert names(visitor, "/register?op=2021-12-31") == ["Loopt door"]
    assert names(visitor, "/register?op=2022-01-01") == []


def test_filters_on_municipality_product_and_name_narrow_the_register(
    visitor: Any, provider: Callable[..., str]
) -> None:
    provider("Aan de Maas", (("IB-BASIS", "0796"), ("DB-BASIS", "0865")))
    provider("Bij de Beek", (("IB-BASIS", "0865"),))

    assert names(visitor, "/register?gemeente=0796") == ["Aan de Maas"]
    assert names(visitor, "/register?gemeente=0865&product=IB-BASIS") == ["Bij de Beek"]
    assert names(visitor, "/register?q=beek") == ["Bij de Beek"]
    assert names(visitor, "/register?q=100%25") == []
    assert names(visitor, "/register?gemeente=0796&gemeente=0865") == ["Aan de Maas", "Bij de Beek"]


def test_a_day_that_is_no_day_is_refused_at_the_field(visitor: Any, provider: Callable[..., str]) -> None:
    answers = [visitor.get(f"/register{one}?op=morgen") for one in ("", ".csv", ".json")]

    assert [one.status_code for one in answers] == [422, 422, 422]
    page = answers[0].get_data(as_text=True)
    assert "<title>Fout:" in page
    assert 'href="#op"' in page


def test_csv_and_json_hold_the_same_lines(visitor: Any, provider: Callable[..., str]) -> None:
    provider("=Rekent", (("IB-BASIS", "0796"), ("DB-EXTRA", "1948")))

    rows = lines(visitor, "/register.csv")
    answer = visitor.get("/register.json").get_json()

    assert answer["op"] == DAY
    assert [one["zorgaanbieder"] for one in rows] == ["'=Rekent"] * 2
    assert [one["zorgaanbieder"] for one in answer["regels"]] == ["=Rekent"] * 2
    keys = ("productcode", "gemeentecode", "tarief_euro", "sinds", "tot_en_met")
    assert [[one[key] for key in keys] for one in rows] == [[one[key] for key in keys] for one in answer["regels"]]
    assert [rows[0][key] for key in keys] == ["IB-BASIS", "0796", "412.50", "2020-01-01", "2021-12-31"]


def test_an_official_sees_the_same_register_as_everybody(
    visitor: Any, browse: Any, provider: Callable[..., str]
) -> None:
    provider("Voor iedereen")

    assert names(browse("olga")) == names(visitor) == ["Voor iedereen"]


def test_the_register_turns_its_pages_at_the_same_four_statements(
    visitor: Any, world: Any, provider: Callable[..., str]
) -> None:
    seen: list[str] = []

    @event.listens_for(world.database.engine, "before_cursor_execute")
    def _note(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: Any) -> None:
        seen.append(statement) if statement.lstrip().upper().startswith("SELECT") else None

    provider("Zorg 000")
    seen.clear()
    visitor.get("/register")
    for_one = len(seen)
    for number in range(1, 61):
        provider(f"Zorg {number:03d}")
    seen.clear()

    page = visitor.get("/register").get_data(as_text=True)

    assert len(seen) == for_one <= 4
    assert "61 aanbieders gevonden" in page
    second = re.search(r'href="([^"]*na=[^"]*)"', page)
    assert second
    shown = names(visitor) + names(visitor, second.group(1).replace("&amp;", "&"))
    assert shown == [f"Zorg {number:03d}" for number in range(61)]


def test_a_resident_compares_by_specialisation_and_municipality_in_the_order_of_the_alphabet(
    visitor: Any, provider: Callable[..., str]
) -> None:
    provider("Zonnehof", chosen=("Autisme", "Dementie"))
    provider("Appelgaard", (("IB-BASIS", "0865"),), chosen=("Dementie",))
    provider("Berkenrode", chosen=("Autisme",))

    assert names(visitor, "/register?specialisatie=Dementie") == ["Appelgaard", "Zonnehof"]
    assert names(visitor, "/register?specialisatie=Dementie&gemeente=0796") == ["Zonnehof"]
    assert names(visitor, "/register?specialisatie=Dementie&specialisatie=Autisme") == [
        "Appelgaard", "Berkenrode", "Zonnehof",
    ]  # fmt: skip
    assert names(visitor, "/register?specialisatie=Bestaat+niet") == []
    page = visitor.get("/register?specialisatie=Dementie").text
    assert "Autisme, Dementie" in page
    assert "Voor wie u er bent" in page
    rows = lines(visitor, "/register.csv?specialisatie=Dementie")
    assert [(one["zorgaanbieder"], one["specialisaties"]) for one in rows] == [
        ("Appelgaard", "Dementie"), ("Zonnehof", "Autisme, Dementie"),
    ]  # fmt: skip


def test_without_specialisations_there_is_no_filter_for_them(visitor: Any, provider: Callable[..., str]) -> None:
    provider("Zonnehof")

    assert "Specialisatie" not in visitor.get("/register").text


def test_a_line_that_starts_later_is_in_the_register_from_that_day(visitor: Any, provider: Callable[..., str]) -> None:
    provider("Gefaseerd", line_starts_on=date(2020, 3, 1))

    assert names(visitor, "/register?op=2020-02-29") == []
    assert names(visitor, "/register?op=2020-03-01") == ["Gefaseerd"]
    assert lines(visitor, "/register.csv?op=2020-03-01")[0]["sinds"] == "2020-03-01"

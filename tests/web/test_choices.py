"""The page of the choices, and how requirements of every type and reach are asked."""

from __future__ import annotations

import itertools
import re
from datetime import date

import pytest
from sqlalchemy import select

from portal.models import Answer, Coverage, Lot, Municipality, Product, Selection
from tests import published
from tests.web.test_apply import cell, one


def change(world, product, municipality, **fields):
    """Change a cell of the matrix."""
    with world.database.transaction() as db:
        found = db.scalars(
            select(Coverage)
            .join(Coverage.product)
            .join(Coverage.municipality)
            .where(
                Product.code == product, Municipality.code == municipality, Coverage.authority_id == world.authority_id
            )
        ).one()
        for name, value in fields.items():
            setattr(found, name, value)


def change_product(world, code, **fields):
    with world.database.transaction() as db:
        product = db.scalars(
            select(Product).where(Product.code == code, Product.authority_id == world.authority_id)
        ).one()
        for name, value in fields.items():
            setattr(product, name, value)


def offer(page, product):
    """The text of one product on the page."""
    blocks = re.findall(r'<details class="portal-offer".*?</details>', page, re.DOTALL)
    found = next(block for block in blocks if f">{product}</span>" in block)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


@pytest.mark.parametrize(
    ("state", "code", "said"),
    [
        ("open", 303, "0 van 3 gekozen"),
        ("scarce", 303, "Schaarste: extra aanmelden kan."),
        ("phasing_out", 303, "Loopt af."),
        ("closed", 409, "Gesloten"),
        ("to_be_confirmed", 409, "Nog te bevestigen. Hier kunt u nog niet kiezen."),
        ("not_bought", 409, "Niet ingekocht."),
    ],
)
def test_the_state_of_a_cell_says_whether_it_can_be_chosen(world, browse, state, code, said):
    application_id, anna = world.draft(cells=()), browse("anna")
    change(world, "IB-BASIS", "0865", state=state)
    path = f"/aanmeldingen/{application_id}/keuzes"

    shown = anna.get(path).text
    answer = anna.post(path, {"cell": cell(world, "IB-BASIS", "0865")})

    assert said in offer(shown, "IB-BASIS")
    assert (f'value="{cell(world, "IB-BASIS", "0865")}"' in shown) == (code == 303)
    assert answer.status_code == code


def test_a_closed_cell_shows_its_ground_and_when_it_opens_again(world, browse):
    ground = {"code": "G01", "title": "Voldoende aanbod", "threshold": "x", "text": "x"}
    published.settings(world, coverage={"default": "open", "closing_grounds": [ground]})
    change(
        world, "IB-BASIS", "0865", state="closed", ground="G01", remark="Er is plaats genoeg.",
        since_on=date(2019, 6, 1), reopens_on=date(2020, 1, 1),
    )  # fmt: skip
    application_id = world.draft(cells=())

    text = offer(browse("anna").get(f"/aanmeldingen/{application_id}/keuzes").text, "IB-BASIS")

    assert "Vught: Gesloten sinds 1 juni 2019. Voldoende aanbod. Er is plaats genoeg. " in text
    assert "Gaat weer open op 1 januari 2020." in text


def test_who_chose_before_the_closing_keeps_the_choice_and_can_save_the_page(world, browse):
    application_id, anna = world.draft(), browse("anna")
    change(world, "IB-BASIS", "0796", state="closed", ground="G01", remark="Er is plaats genoeg.")
    path, ticked = f"/aanmeldingen/{application_id}/keuzes", cell(world, "IB-BASIS", "0796")

    shown = anna.get(path).text
    kept = anna.post(path, {"cell": ticked})
    given_up = anna.post(path, {"based_on": "1"})
    again = anna.post(path, {"cell": ticked, "based_on": "2"})

    assert "U koos dit voor de sluiting; uw aanmelding houdt haar rechten." in shown
    assert f'value="{ticked}" checked' in shown
    assert [answer.status_code for answer in (kept, given_up, again)] == [303, 303, 409]


def test_a_whole_row_takes_every_state_that_can_be_chosen_and_keeps_what_was_chosen(world, browse):
    application_id, anna = world.draft(), browse("anna")
    change(world, "IB-BASIS", "0796", state="closed")
    change(world, "IB-BASIS", "0865", state="scarce")
    change(world, "IB-BASIS", "1948", state="to_be_confirmed")
    ticked = cell(world, "IB-BASIS", "0796")

    form = {"cell": ticked, "all": ticked.split(":")[0], "based_on": "1"}
    answer = anna.post(f"/aanmeldingen/{application_id}/keuzes", form)

    assert answer.status_code == 303
    with world.database.reading() as db:
        assert {one.municipality.code for one in db.scalars(select(Selection))} == {"0796", "0865"}


def test_an_extra_round_shows_and_takes_only_its_own_cells(world, browse):
    application_id, anna = world.draft(cells=()), browse("anna")
    published.scope(world, application_id, ("IB-BASIS", "0865"))
    path = f"/aanmeldingen/{application_id}/keuzes"

    shown = anna.get(path).text

    assert "Dit is een extra ronde" in shown
    assert shown.count('class="portal-offer"') == 1
    assert "Niet in deze ronde." in offer(shown, "IB-BASIS")
    assert anna.post(path, {"cell": cell(world, "IB-BASIS", "0796")}).status_code == 409
    assert anna.post(path, {"cell": cell(world, "IB-BASIS", "0865")}).status_code == 303


def test_a_product_without_a_tariff_says_so_and_one_with_several_says_them_where_they_hold(world, browse):
    change_product(world, "IB-EXTRA", tariff_cents=None, funding="lumpsum")
    change_product(
        world, "IB-BASIS", tariff_cents=6800,
        details={"tariffs": {"0865": 7140}, "tariff_grounds": {"0865": "Vught koopt een ander onderdeel."}},
    )  # fmt: skip
    application_id = world.draft(cells=())

    shown = browse("anna").get(f"/aanmeldingen/{application_id}/keuzes").text.replace("\N{NO-BREAK SPACE}", " ")

    assert "budget per jaar, geen tarief" in offer(shown, "IB-EXTRA")
    assert "€ 68,00 tot € 71,40" in offer(shown, "IB-BASIS")
    assert "Vught Eigen tarief: € 71,40." in offer(shown, "IB-BASIS")
    assert "Vught: Eigen tarief. Vught koopt een ander onderdeel." in offer(shown, "IB-BASIS")


def test_codes_couplings_and_the_end_of_a_product_are_told(world, browse):
    change_product(
        world, "IB-BASIS", ends_on=date(2021, 6, 30),
        details={
            "codes": [{"code": "02A19", "use": "iWmo"}], "coupled_with": ["IB-EXTRA"], "phasing_out": True,
            "successor": {"code": "DB-BASIS", "text": ""},
        },
    )  # fmt: skip
    application_id = world.draft(cells=())

    text = offer(browse("anna").get(f"/aanmeldingen/{application_id}/keuzes").text, "IB-BASIS")

    for part in (
        "Ook: 02A19 (iWmo)",
        "kies dan in dezelfde gemeente ook",
        "wordt afgebouwd",
        "30 juni 2021",
        "(DB-BASIS)",
    ):
        assert part in text


def test_a_product_that_ends_before_the_agreements_start_cannot_be_chosen(world, browse):
    change_product(world, "IB-BASIS", ends_on=date(2019, 12, 31))
    application_id, anna = world.draft(cells=()), browse("anna")
    path = f"/aanmeldingen/{application_id}/keuzes"

    assert "Hier kunt u nu niet kiezen." in offer(anna.get(path).text, "IB-BASIS")
    assert anna.post(path, {"cell": cell(world, "IB-BASIS", "0796")}).status_code == 409


def test_the_lots_above_a_lot_are_headings(world, browse):
    with world.database.transaction() as db:
        lots = db.scalars(select(Lot).where(Lot.authority_id == world.authority_id).order_by(Lot.position)).all()
        parent = next(lot for lot in lots if not lot.parent_id)
        parent.description = "Alles over begeleiding."
    application_id = world.draft(cells=())

    page = browse("anna").get(f"/aanmeldingen/{application_id}/keuzes").text

    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.count("Alles over begeleiding.") == 1


# --- requirements of every type and reach ---

OPTIONS = [{"key": "geen", "label": "Geen winst", "text": "U keerde niets uit."}, {"key": "ja", "label": "Wel winst"}]


def answered(world, application_id, code):
    return one(
        world,
        select(Answer)
        .join(Answer.requirement)
        .where(Answer.application_id == application_id, Answer.requirement.has(code=code)),
    ).value


@pytest.mark.parametrize(
    ("type_", "settings", "form", "value", "shown"),
    [
        ("choice", {"options": OPTIONS}, {"choice": "ja"}, {"choices": ["ja"]}, "Wel winst"),
        (
            "choice", {"options": OPTIONS, "multiple": True}, {"choice-ja": "yes", "choice-geen": "yes"},
            {"choices": ["geen", "ja"]}, "Geen winst",
        ),
        (
            "register", {"registers": ["agb", "skj"]}, {"register": "skj", "registration": "123", "holder": "Linde"},
            {"register": "skj", "registration": "123", "holder": "Linde"}, "Kwaliteitsregister Jeugd (SKJ)",
        ),
        (
            "smart", {"goals": ["D1"]},
            {"result-D1": "Meer thuis", "measured_by-D1": "Cijfers", "target-D1": "80%", "by_when-D1": "2021"},
            {"goals": {"D1": {"result": "Meer thuis", "measured_by": "Cijfers", "target": "80%", "by_when": "2021"}}},
            "Veilig opgroeien",
        ),
    ],
)  # fmt: skip
def test_a_new_type_is_asked_saved_and_summarised(world, browse, type_, settings, form, value, shown):
    published.requirement(world, "N90", type_, settings=settings)
    published.settings(world, goals=[{"code": "D1", "title": "Veilig opgroeien"}])
    application_id, anna = world.draft(), browse("anna")
    path = f"/aanmeldingen/{application_id}/eisen/N90"
    page = anna.get(path).text
    fields = set(re.findall(r'name="([^"]+)"', page))

    assert set(form) <= fields
    assert anna.post(path, {**form, "based_on": "0"}).status_code == 303
    assert answered(world, application_id, "N90") == value
    again = anna.get(path).text
    assert "Dit is nog niet klaar" not in again
    assert shown in anna.get(f"/aanmeldingen/{application_id}/indienen").text
    checked = re.findall(r'name="([^"]+)" value="([^"]+)" checked', again)
    if type_ == "choice":
        assert dict(checked) == form


def test_a_question_that_hangs_on_another_comes_after_its_answer_and_goes_with_it(world, browse):
    published.requirement(world, "N90", "choice", settings={"options": OPTIONS})
    published.requirement(world, "N91", "text", settings={"asked_when": {"requirement": "N90", "answer": "ja"}})
    application_id, anna = world.draft(), browse("anna")
    path = f"/aanmeldingen/{application_id}/eisen"
    assert anna.get(f"{path}/N91").status_code == 404

    anna.post(f"{path}/N90", {"choice": "ja", "based_on": "0"})
    told = anna.get(f"{path}/N90").text
    asked = anna.get(f"{path}/N91").status_code
    anna.post(f"{path}/N90", {"choice": "geen", "based_on": "1"})

    assert "Door dit antwoord komt erbij: N91 Eis N91." in told
    assert asked == 200
    assert anna.get(f"{path}/N91").status_code == 404


def test_a_threshold_and_a_group_say_for_whom_and_how_many(world, browse):
    published.requirement(world, "D90", "text", municipality_codes=["0796", "0865"])
    published.requirement(world, "D91", "text", municipality_codes=["1948"])
    group = {"code": "K1", "title": "Kwaliteit", "at_least": 1, "requirements": ["D90", "T02"]}
    published.settings(world, groups=[group])
    application_id, anna = world.draft(), browse("anna")

    page = anna.get(f"/aanmeldingen/{application_id}/eisen/D90").text
    tasks = anna.get(f"/aanmeldingen/{application_id}").text

    assert "Drempel voor &#39;s-Hertogenbosch en Vught." in page
    assert "Kwaliteit: ten minste 1 van deze eisen is nodig: D90 en T02." in page
    assert "Drempel voor" in tasks
    assert anna.get(f"/aanmeldingen/{application_id}/eisen/D91").status_code == 404


def test_a_choice_that_was_not_offered_is_not_kept(world, browse):
    published.requirement(world, "N90", "choice", settings={"options": OPTIONS})
    application_id, anna = world.draft(), browse("anna")

    anna.post(f"/aanmeldingen/{application_id}/eisen/N90", {"choice": "anders", "based_on": "0"})

    assert answered(world, application_id, "N90") == {"choices": []}

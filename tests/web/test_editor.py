"""A round manager makes and changes a procedure in the portal; a colleague adopts it."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.adapters import procedure_files
from portal.cli import cast
from portal.domain import editions, requirements, reviews
from portal.errors import Refused, Stale
from portal.models import Application, AuditEvent, Authority, Edition, Message, Procedure, Review, Round, User
from portal.queries import procedures as public
from portal.queries import round_figures as dashboards
from tests.conftest import MEIERIJ, MORNING
from tests.procedures.examples import sources
from tests.web.forms import form, forms

HOME = "/procedurebeheer/"
LATE = datetime(2019, 12, 23, 9, 0, tzinfo=UTC)
"""Ten days before the second round opens."""


@pytest.fixture
def renske(browse):
    return browse("renske")


@pytest.fixture
def rob(world, browse):
    """A second round manager."""
    world.emails["rob"] = "rob@meierij.example"
    world.people["rob"] = cast.official(
        world.stage, world.authority_id, "Rob Maas", world.emails["rob"], ["round_manager"]
    )
    return browse("rob")


def make(browser, **fields: Any) -> str:
    """A new procedure by the form; gives its id."""
    data = {"way": "blank", "kind": "open_house", "title": "Begeleiding", "slug": "begeleiding", **fields}
    answer = browser.post(f"{HOME}nieuw", data, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location.rpartition("/")[2]


def example(browser, kind: str) -> str:
    """A whole procedure of this kind, from a file."""
    file = (io.BytesIO(sources()[kind].encode()), "procedure.yaml")
    return make(browser, way="file", title="", slug=f"proef-{kind.replace('_', '-')}", file=file)


def change(browser, procedure_id: str, path: str, act: str = "save", **fields: Any) -> Any:
    """Send the form of a part with other values; gives the answer."""
    address = f"{HOME}{procedure_id}/deel/{path}"
    sent = form(browser.get(address).text, f"/{path}").data(act=act, **fields)
    return browser.client.post(address, data=sent)


def stored(world, procedure_id: str) -> dict[str, Any]:
    with world.database.reading() as db:
        chosen = select(Edition).where(Edition.procedure_id == procedure_id).order_by(Edition.number.desc())
        return db.scalars(chosen).first().data


def new_edition(browser, world, **fields: Any) -> str:
    """The next edition of the running procedure, with another text of the first requirement; gives its id."""
    browser.post(f"{HOME}{world.procedure_id}/uitgave", {"reason": "Meer ervaring gevraagd"})
    answer = change(browser, world.procedure_id, "requirements/0", **{"text": "Een nieuwe tekst.", **fields})
    assert answer.status_code == 303
    return world.procedure_id


def propose(browser, procedure_id: str) -> Any:
    return browser.post(f"{HOME}{procedure_id}/voorstellen")


def adopt(browser, procedure_id: str, **fields: Any) -> Any:
    address = f"{HOME}{procedure_id}/vaststellen"
    page = browser.get(address).text
    sent = form(page).data(**fields) if any(not one.action for one in forms(page)) else {**fields}
    return browser.post(address, sent)


# --- beginning ---


@pytest.mark.parametrize("kind", ["open_house", "framework", "tender", "consultation"])
def test_a_blank_procedure_of_each_kind_is_a_concept_that_nobody_outside_sees(world, renske, visitor, kind):
    procedure_id = make(renske, kind=kind)

    page = renske.get(f"{HOME}{procedure_id}").text
    assert ("/deel/award" in page) is (kind == "tender")
    assert ("/deel/lots" in page) is (kind != "consultation")
    assert "punten kloppen nog niet" in page
    assert visitor.get("/procedures/meierij/begeleiding").status_code == 404
    assert "Begeleiding" not in visitor.get("/").text


def test_a_copy_takes_everything_over_and_starts_a_table_of_codes(world, renske):
    procedure_id = make(renske, way="copy", copy_of=world.procedure_id, title="Vervolg", slug="vervolg")

    data = stored(world, procedure_id)
    source = procedure_files.raw(MEIERIJ.read_bytes())
    assert data["requirements"] == source["requirements"]
    assert (data["slug"], data["title"]) == ("vervolg", "Vervolg")
    assert {"old": "IB-BASIS", "new": ["IB-BASIS"]} in data["conversions"]
    assert procedure_files.problems(data) == []


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"title": ""}, "Geef de procedure een titel."),
        ({"slug": "Niet Goed"}, "Gebruik kleine letters"),
        ({"slug": "meierij-2020"}, "Er is al een procedure met deze naam."),
        ({"kind": ""}, "Kies de soort procedure."),
        ({"way": "copy"}, "Kies welke procedure u kopieert."),
        ({"way": "file", "file": (io.BytesIO(b"kind: iets"), "x.yaml")}, "Regel 1:"),
    ],
)
def test_a_beginning_that_cannot_be_is_told_at_its_field(world, renske, fields, text):
    data = {"way": "blank", "kind": "tender", "title": "Mijn titel", "slug": "mijn-naam", **fields}
    answer = renske.post(f"{HOME}nieuw", data, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert text in answer.text
    assert "<title>Fout:" in answer.text
    with world.database.reading() as db:
        assert db.scalar(select(Procedure.id).where(Procedure.slug == "mijn-naam")) is None


def test_a_file_of_another_region_gets_the_own_region_and_municipalities(world, renske):
    procedure_id = example(renske, "tender")

    about = stored(world, procedure_id)["authority"]
    assert about["slug"] == "meierij"
    assert {one["code"] for one in about["municipalities"]} == {"0796", "0865", "1948"}
    assert "andere regio" in renske.get(f"{HOME}{procedure_id}").text


@pytest.mark.parametrize("kind", ["open_house", "framework"])
def test_a_whole_file_is_previewed_adopted_and_public_as_it_stands(world, browse, visitor, kind):
    raw = procedure_files.raw(sources()[kind].encode())
    slug = raw["authority"]["slug"]
    with world.database.transaction() as db:
        region = Authority(slug=slug, name="Regio", subtitle="", theme="meierij", phone="", mail="regio@regio.example")
        db.add(region)
        region_id = region.id
    for who in ("mara", "noud"):
        world.emails[who] = f"{who}@regio.example"
        cast.official(world.stage, region_id, who.title(), world.emails[who], ["round_manager"])
    mara, noud = browse("mara"), browse("noud")
    file = (io.BytesIO(sources()[kind].encode()), "procedure.yaml")
    procedure_id = make(mara, way="file", title="", slug="", file=file)

    preview = mara.get(f"{HOME}{procedure_id}/voorbeeld")
    propose(mara, procedure_id)
    adopt(noud, procedure_id)

    assert preview.status_code == 200
    assert raw["title"] in preview.text
    assert raw["title"] in visitor.get(f"/procedures/{slug}/{raw['slug']}").text


def test_a_concept_that_was_never_adopted_can_be_thrown_away_whole(world, renske):
    procedure_id = make(renske)

    assert renske.post(f"{HOME}{procedure_id}/weggooien").status_code == 303
    assert renske.get(f"{HOME}{procedure_id}").status_code == 404
    with world.database.reading() as db:
        acts = db.scalars(select(AuditEvent.act).where(AuditEvent.subject_id == procedure_id)).all()
        assert "discard_edition" in acts


# --- filling in ---


def test_what_is_wrong_stays_as_it_was_typed_with_the_way_out_beside_it(world, renske):
    procedure_id = make(renske)

    change(renske, procedure_id, "terms", standstill_days="veertien", decision_days="42")

    page = renske.get(f"{HOME}{procedure_id}/deel/terms").text
    assert stored(world, procedure_id)["terms"]["standstill_days"] == "veertien"
    assert 'value="veertien"' in page
    assert "Vul een heel getal in, alleen cijfers." in page
    assert "de sleutel" not in page


def test_amounts_are_written_as_people_write_them(world, renske):
    procedure_id = make(renske)
    change(renske, procedure_id, "lots", "add:")
    change(renske, procedure_id, "lots/0", "add:products")

    for typed, kept in (("412,5", "412.50"), ("1.250", "1250.00"), ("1.250,75", "1250.75"), ("veel", "veel")):
        change(renske, procedure_id, "lots/0/products/0", tariff=typed)
        assert stored(world, procedure_id)["lots"][0]["products"][0]["tariff"] == kept


def test_lots_and_products_are_added_moved_and_taken_out_with_their_contents_named_first(world, renske):
    procedure_id = make(renske)
    change(renske, procedure_id, "lots", "add:")
    change(renske, procedure_id, "lots/0", "add:products", code="1", name="Thuis")
    change(renske, procedure_id, "lots/0/products/0", "another", code="P1", name="Basis")
    change(renske, procedure_id, "lots/0/products/1", code="P2", name="Extra")
    change(renske, procedure_id, "lots/0", "up:products:1")
    change(renske, procedure_id, "requirements", "add:")
    change(renske, procedure_id, "requirements/0", code="T01", products=["P1"])
    assert [one["code"] for one in stored(world, procedure_id)["lots"][0]["products"]] == ["P2", "P1"]

    question = change(renske, procedure_id, "lots", "remove::0")
    assert question.status_code == 200
    assert "P2 Extra; P1 Basis" in question.text
    assert "T01" in question.text
    assert stored(world, procedure_id)["lots"] != []

    no, yes = (
        next(one for one in forms(question.text) if dict(one.pairs).get("act") == act) for act in ("save", "remove::0")
    )
    renske.client.post(f"{HOME}{procedure_id}/deel/lots", data=no.data())
    assert len(stored(world, procedure_id)["lots"]) == 1
    renske.client.post(f"{HOME}{procedure_id}/deel/lots", data=yes.data())
    assert "lots" not in stored(world, procedure_id)


def test_a_button_of_a_list_keeps_what_was_typed_beside_it(world, renske):
    procedure_id = make(renske)

    answer = change(renske, procedure_id, "agreement", "add:conditions", notice_months="3")

    assert answer.location.endswith("/deel/agreement/conditions/0")
    assert stored(world, procedure_id)["agreement"]["notice_months"] == 3


def test_a_requirement_asks_the_settings_of_its_type_only(world, renske):
    procedure_id = make(renske)
    change(renske, procedure_id, "requirements", "add:")
    page = renske.get(f"{HOME}{procedure_id}/deel/requirements/0").text
    assert "Kies eerst het type vraag" in page

    change(renske, procedure_id, "requirements/0", code="T01", type="number")

    page = renske.get(f"{HOME}{procedure_id}/deel/requirements/0").text
    assert 'name="settings.minimum"' in page
    assert 'name="settings.statement"' not in page
    assert "Instellingen" in page


def test_a_word_is_chosen_where_the_file_knows_it_and_typed_where_it_does_not(world, renske):
    procedure_id = make(renske)
    change(renske, procedure_id, "lots", "add:")
    change(renske, procedure_id, "lots/0", "add:products", code="1", name="Thuis")
    change(renske, procedure_id, "lots/0/products/0", "add:tariffs", code="P1", name="Basis")
    change(renske, procedure_id, "contract_management", "add:indicators")

    product, own, indicator = (
        renske.get(f"{HOME}{procedure_id}/deel/{path}").text
        for path in ("lots/0/products/0", "lots/0/products/0/tariffs/0", "contract_management/indicators/0")
    )

    assert re.search(r'<select[^>]*name="unit"', product)
    assert re.search(r'<select[^>]*name="successor.code"', product)
    assert re.search(r'<textarea[^>]*name="ground"', own)
    assert re.search(r'<select[^>]*name="municipality"', own)
    assert re.search(r'<input[^>]*name="unit"', indicator)


def test_a_part_that_is_taken_out_is_named_first(world, renske):
    procedure_id = make(renske)
    change(renske, procedure_id, "communication", text="Vragen stelt u per mail.")

    question = change(renske, procedure_id, "communication", "drop")
    assert question.status_code == 200
    sent = next(one for one in forms(question.text) if dict(one.pairs).get("act") == "drop")
    renske.client.post(f"{HOME}{procedure_id}/deel/communication", data=sent.data())

    assert "communication" not in stored(world, procedure_id)


@pytest.mark.parametrize(
    "path", ["award", "lots/0/budgets", "lots/9", "title", "format", "nergens", "coverage/rows/0/states"]
)
def test_an_open_house_has_no_page_and_no_post_for_what_does_not_exist(world, renske, path):
    procedure_id = make(renske)
    change(renske, procedure_id, "lots", "add:")

    assert renske.get(f"{HOME}{procedure_id}/deel/{path}").status_code == 404
    before = stored(world, procedure_id)
    assert renske.post(f"{HOME}{procedure_id}/deel/{path}", {"act": "add:", "version": "9"}).status_code == 404
    assert stored(world, procedure_id) == before


def test_an_open_house_has_no_field_that_compares_and_ignores_one_that_is_sent(world, renske):
    procedure_id = make(renske)
    change(renske, procedure_id, "lots", "add:")

    page = renske.get(f"{HOME}{procedure_id}/deel/lots/0").text.partition("<main")[2]
    change(renske, procedure_id, "lots/0", code="1", name="Thuis", funding="lumpsum", budget_is_fictitious="ja")

    assert [name for name in ("budget", "funding", "gunning") if name in page.lower()] == []
    assert stored(world, procedure_id)["lots"] == [{"code": "1", "name": "Thuis"}]
    assert change_fails(renske, procedure_id, "lots/0", "add:budgets")


def change_fails(browser, procedure_id, path, act):
    return change(browser, procedure_id, path, act).status_code == 404


def test_a_tender_has_them(world, renske):
    procedure_id = make(renske, kind="tender")
    change(renske, procedure_id, "lots", "add:")

    change(renske, procedure_id, "lots/0", "add:budgets", code="1", name="Thuis", funding="lumpsum")

    assert renske.get(f"{HOME}{procedure_id}/deel/award").status_code == 200
    assert stored(world, procedure_id)["lots"] == [
        {"code": "1", "name": "Thuis", "funding": "lumpsum", "budgets": [{}]}
    ]


def test_the_matrix_sets_states_and_follows_the_default_where_nothing_is_chosen(world, renske):
    procedure_id = make(renske, way="copy", copy_of=world.procedure_id, title="Vervolg", slug="vervolg")
    address = f"{HOME}{procedure_id}/matrix"
    sent = form(renske.get(address).text).data()
    sent["IB-BASIS|0796"], sent["IB-EXTRA|0865"] = ["not_bought"], ["to_be_confirmed"]

    assert renske.client.post(address, data=sent).status_code == 303

    cells = {
        (one["product"], one["municipality"]): one["state"]
        for one in procedure_files.loaded(stored(world, procedure_id))["coverage"]["cells"]
    }
    assert cells["IB-BASIS", "0796"] == "not_bought"
    assert cells["IB-EXTRA", "0865"] == "to_be_confirmed"
    assert ("IB-BASIS", "0865") not in cells


# --- two people at once ---


def test_who_saves_after_a_colleague_sees_both_texts_and_overwrites_only_knowingly(world, renske, rob):
    procedure_id = make(renske)
    address = f"{HOME}{procedure_id}/deel/algemeen"
    hers, his = (form(one.get(address).text, "/algemeen").data(act="save") for one in (renske, rob))
    rob.client.post(address, data=his | {"summary": ["Tekst van Rob"]})

    answer = renske.client.post(address, data=hers | {"summary": ["Tekst van Renske"]})

    assert answer.status_code == 409
    assert "Tekst van Renske</textarea>" in answer.text
    assert "Uw collega bewaarde hier:" in answer.text
    assert "Tekst van Rob" in answer.text
    assert stored(world, procedure_id)["summary"] == "Tekst van Rob"
    renske.client.post(address, data=form(answer.text, "/algemeen").data(act="save"))
    assert stored(world, procedure_id)["summary"] == "Tekst van Renske"


def test_two_colleagues_in_different_parts_do_not_hinder_each_other(world, renske, rob):
    procedure_id = make(renske)
    hers = form(renske.get(f"{HOME}{procedure_id}/deel/algemeen").text, "/algemeen").data(act="save")
    change(rob, procedure_id, "source", title="Beleidsplan")

    answer = renske.client.post(f"{HOME}{procedure_id}/deel/algemeen", data=hers | {"summary": ["Kort"]})

    assert answer.status_code == 303
    data = stored(world, procedure_id)
    assert (data["summary"], data["source"]) == ("Kort", {"title": "Beleidsplan"})


def test_a_list_that_a_colleague_changed_loses_nothing_that_was_not_shown(world, renske, rob):
    procedure_id = make(renske)
    for code in ("T01", "T02"):
        change(renske, procedure_id, "requirements", "add:")
        index = len(stored(world, procedure_id)["requirements"]) - 1
        change(renske, procedure_id, f"requirements/{index}", code=code)
    address = f"{HOME}{procedure_id}/deel/requirements"
    hers = form(renske.get(address).text, "/requirements").data(act="remove::0", bevestigd="ja")
    change(rob, procedure_id, "requirements", "up::1")

    answer = renske.client.post(address, data=hers)

    assert answer.status_code == 409
    assert [one["code"] for one in stored(world, procedure_id)["requirements"]] == ["T02", "T01"]


def test_a_matrix_that_a_colleague_changed_shows_both_choices(world, renske, rob):
    procedure_id = make(renske, way="copy", copy_of=world.procedure_id, title="Vervolg", slug="vervolg")
    address = f"{HOME}{procedure_id}/matrix"
    hers, his = (form(one.get(address).text).data() for one in (renske, rob))
    rob.client.post(address, data=his | {"IB-BASIS|0796": ["not_bought"]})

    answer = renske.client.post(address, data=hers | {"IB-EXTRA|0796": ["scarce"]})

    assert answer.status_code == 409
    assert "collega: Niet ingekocht" in answer.text
    assert renske.client.post(address, data=form(answer.text).data()).status_code == 303
    cells = procedure_files.loaded(stored(world, procedure_id))["coverage"]["cells"]
    assert ("IB-EXTRA", "0796", "scarce") in {(one["product"], one["municipality"], one["state"]) for one in cells}


@pytest.mark.parametrize("act", ["remove::5", "up::-1", "up::x", "add:nergens", "remove:award:0", "remove:code:0"])
def test_a_button_that_points_nowhere_changes_nothing(world, renske, act):
    procedure_id = make(renske)
    change(renske, procedure_id, "requirements", "add:")

    assert change(renske, procedure_id, "requirements", act).status_code == 404
    assert stored(world, procedure_id)["requirements"] == [{}]


def test_the_pages_cost_as_many_statements_for_more_procedures_and_blocks(world, renske):
    from sqlalchemy import event

    sent: list[str] = []
    event.listen(
        world.database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_more: sent.append(statement)
    )

    def costs() -> list[int]:
        found = []
        for address in (HOME, f"{HOME}{first}", f"{HOME}{first}/deel/requirements"):
            sent.clear()
            assert renske.get(address).status_code == 200
            found.append(len(sent))
        return found

    first = make(renske)
    change(renske, first, "requirements", "add:")
    few = costs()
    for number in range(4):
        make(renske, slug=f"begeleiding-{number}")
        change(renske, first, "requirements", "add:")

    assert costs() == few
    assert max(few) <= 12


def test_the_domain_refuses_a_save_on_an_older_version(world, renske):
    procedure_id = make(renske)
    with world.database.writing() as db:
        person = db.get_one(User, world.people["renske"])
        concept = db.scalars(select(Edition).where(Edition.procedure_id == procedure_id)).one()
        editions.save(concept, person, {**concept.data, "summary": "Eerst"}, 1, MORNING)

        with pytest.raises(Stale):
            editions.save(concept, person, {**concept.data, "summary": "Later"}, 1, MORNING)


# --- proposing and adopting ---


def test_a_concept_with_faults_is_not_proposed_and_a_whole_one_is(world, renske):
    broken = make(renske)
    whole = make(renske, way="copy", copy_of=world.procedure_id, title="Vervolg", slug="vervolg")

    assert propose(renske, broken).status_code == 409
    assert propose(renske, whole).status_code == 303
    assert renske.get(f"{HOME}{broken}/voorbeeld").status_code == 409
    assert "Voorbeeld. Dit is nog niet gepubliceerd." in renske.get(f"{HOME}{whole}/voorbeeld").text


def test_the_proposer_cannot_adopt_and_a_colleague_publishes(world, renske, rob, visitor):
    procedure_id = make(renske, way="copy", copy_of=world.procedure_id, title="Vervolg", slug="vervolg")
    propose(renske, procedure_id)

    assert adopt(renske, procedure_id, version="1").status_code == 403
    assert visitor.get("/procedures/meierij/vervolg").status_code == 404
    assert adopt(rob, procedure_id).status_code == 303

    assert visitor.get("/procedures/meierij/vervolg").status_code == 200
    with world.database.reading() as db:
        edition = db.scalars(select(Edition).where(Edition.procedure_id == procedure_id)).one()
        assert (edition.proposed_by.name, edition.adopted_by.name) == ("Renske Vos", "Rob Maas")
        assert db.scalars(select(Message).where(Message.template == "edition_adopted")).all() == []


def test_the_database_holds_the_four_eyes_too(world, renske):
    procedure_id = make(renske)

    with world.database.writing() as db:
        concept = db.scalars(select(Edition).where(Edition.procedure_id == procedure_id)).one()
        concept.proposed_by_id = concept.adopted_by_id = world.people["renske"]

        with pytest.raises(IntegrityError, match="four_eyes"):
            db.commit()


def test_a_proposal_falls_when_the_concept_changes_and_an_old_page_adopts_nothing(world, renske, rob):
    procedure_id = make(renske, way="copy", copy_of=world.procedure_id, title="Vervolg", slug="vervolg")
    propose(renske, procedure_id)
    change(renske, procedure_id, "algemeen", summary="Anders")
    assert adopt(rob, procedure_id, version="1").status_code == 409

    propose(renske, procedure_id)

    assert adopt(rob, procedure_id, version="1").status_code == 409
    assert adopt(rob, procedure_id).status_code == 303


@pytest.mark.parametrize(
    ("who", "status"), [("anna", 403), ("bram", 403), ("olga", 404), ("renske", 200), ("ineke", 200)]
)
def test_only_inkopers_and_round_managers_of_the_own_region_come_in(world, browse, who, status):
    browser = browse(who)

    for page in ("", "/deel/requirements"):
        found = browser.get(f"{HOME}{world.procedure_id}{page}").status_code
        assert found == (409 if page and status == 200 else status)
    if status != 200:
        assert browser.post(f"{HOME}{world.procedure_id}/uitgave").status_code == status
        assert browser.post(f"{HOME}{world.procedure_id}/voorstellen").status_code == status


def test_an_inkoper_proposes_but_does_not_adopt(world, browse, renske):
    procedure_id = make(renske, way="copy", copy_of=world.procedure_id, title="Vervolg", slug="vervolg")
    ineke = browse("ineke")

    assert propose(ineke, procedure_id).status_code == 303
    assert ineke.post(f"{HOME}{procedure_id}/vaststellen", {"version": "1"}).status_code == 403
    assert adopt(renske, procedure_id).status_code == 303


# --- a next edition ---


def test_what_was_adopted_is_not_edited(world, renske):
    answer = renske.get(f"{HOME}{world.procedure_id}/deel/algemeen")
    assert answer.status_code == 409
    assert "Maak een nieuwe uitgave: die geldt vanaf de volgende ronde." in answer.text

    with world.database.writing() as db:
        edition = db.scalars(select(Edition).where(Edition.procedure_id == world.procedure_id)).one()
        with pytest.raises(Refused, match="nieuwe uitgave"):
            editions.save(edition, db.get_one(User, world.people["renske"]), {}, 1, MORNING)


def test_the_open_round_keeps_the_old_text_everywhere_and_the_next_one_has_the_new(world, renske, rob, browse):
    application_id = world.submitted("anna")
    procedure_id = new_edition(renske, world)
    propose(renske, procedure_id)
    assert adopt(rob, procedure_id).status_code == 303

    old = procedure_files.raw(MEIERIJ.read_bytes())["requirements"][0]["text"]
    with world.database.reading() as db:
        rounds = {one.label: one for one in db.get_one(Procedure, procedure_id).rounds}
        texts = {label: one.requirements[0].text for label, one in rounds.items()}
        assert texts.pop("2020-1") == old
        assert set(texts.values()) == {"Een nieuwe tekst."}
        places = requirements.places(db.get_one(Application, application_id))
        assert {one.requirement.text for one in places if one.requirement.code == "T01"} == {old}
    world.close_round()
    with world.database.reading() as db:
        review = db.scalars(select(Review)).one()
        assert {one.requirement.version for one in reviews.items(review) if one.requirement.code == "T01"} == {1}


def test_an_adoption_is_told_to_who_applied_before_and_stands_on_a_public_page(world, renske, rob, visitor):
    world.submitted("anna")
    world.draft("karim")
    public = "/procedures/meierij/meierij-2020/wijzigingen"
    procedure_id = new_edition(renske, world)
    propose(renske, procedure_id)
    assert "Een nieuwe tekst." not in visitor.get(public).text

    adopt(rob, procedure_id)

    with world.database.reading() as db:
        told = db.scalars(select(Message).where(Message.template == "edition_adopted")).all()
        assert [one.to for one in told] == [world.emails["anna"]]
        assert told[0].facts["round"] == "2020-2"
        assert told[0].facts["path"] == public
    page = visitor.get(public).text
    assert "Meer ervaring gevraagd" in page
    assert "Een nieuwe tekst." in page
    assert "Rob Maas" not in page
    assert visitor.get("/procedures/meierij/nergens/wijzigingen").status_code == 404


def test_a_change_shortly_before_a_round_opens_needs_a_tick_and_offers_a_later_day(world, renske, rob):
    world.clock.set(LATE)
    renske.sign_in("renske")
    rob.sign_in("rob")
    procedure_id = new_edition(renske, world)
    propose(renske, procedure_id)

    page = rob.get(f"{HOME}{procedure_id}/vaststellen").text
    assert "De ronde opent binnen 14 dagen" in page
    assert "dinsdag 7 januari 2020" in page
    refused = adopt(rob, procedure_id)
    assert refused.status_code == 422
    assert "<title>Fout:" in refused.text
    assert adopt(rob, procedure_id, short_notice="1").status_code == 303


def test_a_round_that_is_no_longer_planned_goes_and_one_that_is_open_stays(world, renske, rob):
    renske.post(f"{HOME}{world.procedure_id}/uitgave", {"reason": "Nog één ronde"})
    change(renske, world.procedure_id, "rounds", cadence="once")
    propose(renske, world.procedure_id)

    assert adopt(rob, world.procedure_id).status_code == 303

    with world.database.reading() as db:
        labels = db.scalars(select(Round.label).where(Round.procedure_id == world.procedure_id)).all()
        assert labels == ["2020-1"]


def test_a_changed_matrix_does_not_touch_the_round_that_is_open(world, renske, rob):
    renske.post(f"{HOME}{world.procedure_id}/uitgave", {"reason": "Minder ingekocht"})
    address = f"{HOME}{world.procedure_id}/matrix"
    sent = form(renske.get(address).text).data()
    sent["IB-BASIS|0796"] = ["not_bought"]
    renske.client.post(address, data=sent)
    propose(renske, world.procedure_id)
    adopt(rob, world.procedure_id)

    def state(round_):
        cells = [cell for lot in round_.lots for one in lot.products if one.code == "IB-BASIS" for cell in one.coverage]
        return next(one.state for one in cells if one.municipality.code == "0796")

    with world.database.reading() as db:
        rounds = {one.label: one for one in db.get_one(Procedure, world.procedure_id).rounds}
        assert (state(rounds["2020-1"]), state(rounds["2020-2"])) == ("open", "not_bought")


def test_lots_of_an_older_edition_are_counted_by_its_own_rounds_only(world, renske, rob):
    renske.post(f"{HOME}{world.procedure_id}/uitgave", {"reason": "Andere naam"})
    change(renske, world.procedure_id, "lots/0/lots/0", name="Begeleiding thuis")
    propose(renske, world.procedure_id)
    assert adopt(rob, world.procedure_id).status_code == 303

    with world.database.reading() as db:
        shown = next(one for one in public.listings(db) if one.id == world.procedure_id)
        names = {
            label: {row.lot: row.product for row in dashboards.coverage(db, world.procedure_id, round_id, "nobody")}
            for label, round_id in world.rounds.items()
        }
        cells = len(dashboards.coverage(db, world.procedure_id, world.rounds["2020-1"], "nobody"))

    assert shown.lots == ["Begeleiding thuis", "Dagbesteding groep", "Kortdurend verblijf"]
    assert [list(one) for one in names.values()] == [["1A", "1B", "1C"]] * len(world.rounds)
    assert cells == 7 * 3


def test_the_list_of_changes_names_old_and_new(world, renske):
    procedure_id = new_edition(renske, world)

    page = renske.get(f"{HOME}{procedure_id}/wijzigingen").text

    assert "T01" in page
    assert "Een nieuwe tekst." in page
    assert renske.get(f"{HOME}{procedure_id}/wijzigingen?uitgave=9").status_code == 404
    assert renske.get(f"{HOME}{procedure_id}/bestand?uitgave=9").status_code == 404


# --- what it would do to the last round ---


def test_the_effects_on_a_closed_round_are_shown_and_go_along_as_csv(closed, official):
    renske = official("renske")
    world = closed.world
    new_edition(renske, world, settings__minimum="1000")

    page = renske.get(f"{HOME}{world.procedure_id}/gevolgen").text
    file = renske.get(f"{HOME}{world.procedure_id}/gevolgen.csv")

    assert "2 van 2 indieningen uit ronde 2020-1" in page
    rows = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0] == ["Ronde", "Nummer", "Zorgaanbieder", "Eis", "Waarom"]
    assert {row[2] for row in rows[1:]} == {"Stichting De Linde", "Zorgboerderij Het Erf B.V."}


def test_without_a_closed_round_there_is_nothing_to_hold_it_against(world, renske):
    procedure_id = new_edition(renske, world)

    assert "nog geen gesloten ronde" in renske.get(f"{HOME}{procedure_id}/gevolgen").text
    assert renske.get(f"{HOME}{procedure_id}/gevolgen.csv").status_code == 409

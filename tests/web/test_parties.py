"""Applying together: the page of the parties, and everything that is asked of one party, up to the decision."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import func, select

from portal.cli import cast, sample_documents
from portal.domain import parties, reviews
from portal.models import Answer, Application, Evidence, Party, RemedyRequest, Review, User
from tests import published, remedying
from tests.conftest import MORNING
from tests.web.test_apply import counted, submit
from tests.web.test_uploads import put

FORM = {
    "role": "subcontractor", "name": "Thuiszorg Noord B.V.", "kvk_number": "22334455", "legal_form": "bv",
    "city": "Vught", "part": "Voert de dagbesteding uit.",
}  # fmt: skip


@pytest.fixture
def draft(world):
    """A draft where each party declares something (U90) and hands over an extract (U91)."""
    published.requirement(world, "U90", "text", "party", settings={"min_length": 10})
    published.requirement(world, "U91", "document", "party", evidence={"kinds": ["kvk_extract"], "at_least": 1})
    return world.draft()


def party_of(world, application_id):
    with world.database.reading() as db:
        return db.scalars(select(Party).where(Party.application_id == application_id)).first()


def page(draft):
    return f"/aanmeldingen/{draft}/samenwerking"


def test_a_party_is_added_from_the_task_list_and_gets_tasks_of_its_own(world, browse, draft):
    anna = browse("anna")
    assert f'href="{page(draft)}"' in anna.get(f"/aanmeldingen/{draft}").text
    empty = anna.get(page(draft)).text
    assert "U meldt zich nu alleen aan." in empty
    assert "hoofdelijk aansprakelijk" in empty

    answer = anna.post(page(draft), FORM)

    assert (answer.status_code, answer.location) == (303, page(draft))
    assert "Thuiszorg Noord B.V." in anna.get(page(draft)).text
    tasks = anna.get(f"/aanmeldingen/{draft}").text
    assert f"/aanmeldingen/{draft}/eisen/U90-P1" in tasks
    assert "Thuiszorg Noord B.V. (onderaannemer)" in tasks
    assert "voegde Thuiszorg Noord B.V. toe aan de samenwerking" in tasks


def test_a_wrong_form_is_shown_again_with_what_was_typed(world, browse, draft):
    anna = browse("anna")

    answer = anna.post(page(draft), {**FORM, "kvk_number": "12"})

    assert answer.status_code == 422
    assert 'href="#kvk_number"' in answer.text
    assert 'id="kvk_number-error"' in answer.text
    assert 'value="Thuiszorg Noord B.V."' in answer.text
    assert "<details" in answer.text
    assert " open><summary>Een organisatie toevoegen" in answer.text
    assert party_of(world, draft) is None


def test_only_the_admitted_forms_are_offered(world, browse, draft):
    published.settings(world, parties={"forms": ["sole", "main_contractor"], "reliance": False})
    anna = browse("anna")

    some = anna.get(page(draft)).text
    published.settings(world, parties={"forms": ["sole"], "reliance": False})
    none = anna.get(page(draft)).text

    assert 'value="subcontractor"' in some
    assert 'value="partner"' not in some
    assert "Samenwerken met anderen kan hier niet." in none
    assert "Een organisatie toevoegen" not in none
    assert anna.post(page(draft), FORM).status_code == 409


def test_a_party_is_changed_and_a_wrong_change_is_shown_again(world, browse, draft):
    anna = browse("anna")
    anna.post(page(draft), FORM)
    one = f"{page(draft)}/{party_of(world, draft).id}"
    assert 'value="22334455"' in anna.get(one).text

    wrong = anna.post(one, {**FORM, "name": ""})
    right = anna.post(one, {**FORM, "name": "Zorg Noord"})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert 'id="name-error"' in wrong.text
    assert party_of(world, draft).name == "Zorg Noord"


def test_removing_says_what_goes_and_only_then_removes(world, browse, draft):
    anna = browse("anna")
    anna.post(page(draft), FORM)
    anna.post(f"/aanmeldingen/{draft}/eisen/U90-P1", {"text": "Wij kennen hen al tien jaar.", "based_on": "0"})
    document = cast.sample(world.stage, world.people["anna"], "kvk_extract", age_days=20)
    anna.post(f"/aanmeldingen/{draft}/eisen/U91-P1/documenten", {"document": document})
    one = f"{page(draft)}/{party_of(world, draft).id}/verwijderen"

    asked = anna.get(one).text
    kept = party_of(world, draft).removed_at
    gone = anna.post(one)

    assert "U90 Eis U90" in asked
    assert "hoort dan niet meer bij deze aanmelding" in asked
    assert kept is None
    assert (gone.status_code, gone.location) == (303, page(draft))
    assert anna.get(one).status_code == 404
    with world.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Answer)) == 0
        assert db.scalar(select(func.count()).select_from(Evidence)) == 0
    assert anna.get(f"/documenten/{document}/bestand").status_code == 200


def test_parties_of_another_organisation_do_not_exist(world, browse, draft):
    anna, karim = browse("anna"), browse("karim")
    anna.post(page(draft), FORM)
    one = f"{page(draft)}/{party_of(world, draft).id}"

    for path in (page(draft), one, f"{one}/verwijderen"):
        assert karim.get(path).status_code == 404
        assert karim.post(path, FORM).status_code == 404
    own = world.draft("karim")
    assert karim.get(f"/aanmeldingen/{own}/samenwerking/{party_of(world, draft).id}").status_code == 404


def test_after_closing_the_parties_can_be_read_and_not_changed(world, browse, draft):
    browse("anna").post(page(draft), FORM)
    world.close_round()
    anna = browse("anna")

    assert "Een organisatie toevoegen" not in anna.get(page(draft)).text
    assert anna.post(page(draft), {**FORM, "role": "partner"}).status_code == 409
    one = f"{page(draft)}/{party_of(world, draft).id}"
    assert anna.post(f"{one}/verwijderen").status_code == 409
    assert "De ronde is niet open" in anna.get(f"{one}/verwijderen").text


def test_everything_that_works_at_a_place_works_at_the_place_of_a_party(world, browse, draft):
    anna = browse("anna")
    anna.post(page(draft), FORM)
    path = f"/aanmeldingen/{draft}/eisen/U91-P1"
    content = sample_documents.make("kvk_extract", "Noord", "22334455", MORNING.date(), None, "N1")

    shown = anna.get(path)
    quiet = anna.post(path, {"note": "Zie bladzijde 2.", "based_on": "0"}, headers={"Accept": "text/plain"})
    bare = put(anna, f"{path}/upload?soort=kvk_extract", content, "noord.pdf")
    posted = anna.post(f"{path}/upload?soort=kvk_extract", {"bestand": (io.BytesIO(content), "noord.pdf")})

    assert "over Thuiszorg Noord B.V. (onderaannemer)" in shown.text
    assert (quiet.status_code, quiet.text) == (200, "1")
    assert bare.status_code == 201
    assert f"/aanmeldingen/{draft}/eisen/U91-P1/documenten/" in bare.text
    assert posted.status_code == 303
    with world.database.reading() as db:
        assert [one.spot[2] for one in db.scalars(select(Evidence))] == [party_of(world, draft).id]
    assert anna.get(f"/aanmeldingen/{draft}/eisen/U91-P2").status_code == 404


def test_the_check_page_and_its_gaps_name_the_party(world, browse, draft):
    anna = browse("anna")
    anna.post(page(draft), FORM)

    check = anna.get(f"/aanmeldingen/{draft}/indienen").text

    assert "U90 Eis U90 (Thuiszorg Noord B.V.): Beschrijf dit in minstens 10 tekens." in check
    assert "Thuiszorg Noord B.V. (KvK 22334455), onderaannemer" in check
    published.settings(world, parties={"forms": ["sole"], "reliance": False})
    wrong = anna.get(f"/aanmeldingen/{draft}/indienen").text
    assert f'href="{page(draft)}?terug=indienen"' in wrong
    assert "Actie nodig" in anna.get(f"/aanmeldingen/{draft}").text


@pytest.fixture
def reviewed(world, draft):
    """The draft, submitted with a subcontractor, and closed; gives the review's id."""
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        parties.add(application, anna, FORM, world.clock())
    cast.fill_in(world.stage, world.people["anna"], draft, world.chance)
    cast.submit(world.stage, world.people["anna"], draft)
    world.close_round()
    with world.database.transaction() as db:
        review = db.scalars(select(Review).where(Review.application_id == draft)).one()
        db.add(
            reviews.declare_interest(
                review.application.round, db.get_one(User, world.people["ineke"]), [], world.clock()
            )
        )
        return review.id


def test_the_reviewer_sees_who_takes_part_and_about_whom_each_line_is(world, browse, reviewed):
    ineke = browse("ineke")

    dossier = ineke.get(f"/beoordelen/{reviewed}?eis=U90-P1").text
    found = ineke.post(
        f"/beoordelen/{reviewed}/oordeel/U90-P1",
        {"verdict": "fails", "reason": "De uitleg over deze onderaannemer ontbreekt.", "based_on": "0"},
    )

    assert "Wie doen er mee?" in dossier
    assert "Eis U90 (Thuiszorg Noord B.V.)" in dossier
    assert "Over Thuiszorg Noord B.V.: onderaannemer." in dossier
    assert found.status_code == 303
    export = ineke.get("/beoordelen.csv").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(export), delimiter=";"))
    assert [(one["Eis"], one["Organisatie die meedoet"], one["Rol"]) for one in rows] == [
        ("U90", "Thuiszorg Noord B.V.", "Onderaannemer")
    ]


def test_a_remedy_asks_about_one_party_and_is_answered_there(world, browse, reviewed, draft):
    with world.database.transaction() as db:
        review, ineke = db.get_one(Review, reviewed), db.get_one(User, world.people["ineke"])
        for item in reviews.items(review):
            verdict, reason = ("remedy", "Stuur een nieuw uittreksel.") if item.key == "U91-P1" else ("meets", "")
            reviews.find(review, ineke, item, verdict, reason, world.clock(), based_on=0)
        remedy_id = remedying.ask(review, ineke, world.clock()).id
    anna, path = browse("anna"), f"/aanmeldingen/{draft}/herstel/{remedy_id}"
    with world.database.reading() as db:
        item_id = db.get_one(RemedyRequest, remedy_id).items[0].id

    shown = anna.get(path).text
    nothing = anna.post(f"{path}/versturen")
    anna.post(f"{path}/{item_id}/toelichting", {"explanation": "Zie het nieuwe uittreksel."})
    sent = anna.post(f"{path}/versturen")

    assert "Eis U91 (Thuiszorg Noord B.V.)" in shown
    assert shown.count("uittreksel-handelsregister") == 1
    assert (nothing.status_code, sent.status_code) == (409, 303)
    assert "U91-P1" in nothing.text
    assert "Zie het nieuwe uittreksel." in browse("ineke").get(f"/beoordelen/{reviewed}?eis=U91-P1").text


def test_the_receipt_names_who_takes_part(world, browse, reviewed, draft):
    with world.database.reading() as db:
        submission = db.get_one(Application, draft).submissions[0].id

    receipt = browse("anna").get(f"/aanmeldingen/{draft}/ontvangst/{submission}").text

    assert "Thuiszorg Noord B.V. (onderaannemer)" in receipt
    assert "U91 (Thuiszorg Noord B.V.)" in receipt


def test_more_parties_cost_no_more_statements(world, browse, draft):
    anna = browse("anna")
    costs = []

    for index in range(1, 6):
        anna.post(page(draft), {**FORM, "kvk_number": f"2233445{index}"})
        if index in {1, 5}:
            for path in ("", "/samenwerking", "/indienen"):
                with counted(world) as seen:
                    anna.get(f"/aanmeldingen/{draft}{path}")
                costs.append(len(seen))

    assert costs[:3] == costs[3:]
    assert max(costs) <= 15


def test_submitting_with_a_party_is_a_submission_with_that_party(world, browse, draft):
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        parties.add(application, anna, FORM, world.clock())
    cast.fill_in(world.stage, world.people["anna"], draft, world.chance)

    assert submit(browse("anna"), draft).status_code == 303
    with world.database.reading() as db:
        content = db.get_one(Application, draft).submissions[0].content
    assert [one["name"] for one in content["parties"]] == ["Thuiszorg Noord B.V."]
    assert {one["party"] for one in content["answers"] if one["requirement"] == "U90"} == {None, 1}

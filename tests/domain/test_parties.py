"""Who takes part beside the applicant: what is admitted, what stays true of what was submitted, what goes."""

from __future__ import annotations

import pytest

from portal.cli import cast
from portal.domain import applications, parties, requirements, reviews
from portal.errors import Invalid, NotFound, Refused, RoundClosed
from portal.models import Application, Party, User
from tests import published

FORM = {
    "role": "subcontractor", "name": "Thuiszorg Noord B.V.", "kvk_number": "2233 4455", "legal_form": "bv",
    "city": "Vught", "part": "Voert de dagbesteding uit.",
}  # fmt: skip


@pytest.fixture
def draft(world):
    """A draft with one place for the applicant and for each party: U90."""
    published.requirement(world, "U90", "declaration", "party")
    return world.draft()


def add(world, application_id, **changes):
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        return parties.add(application, anna, {**FORM, **changes}, world.clock()).id


def problems(world, application_id, **changes):
    with pytest.raises(Invalid) as refused:
        add(world, application_id, **changes)
    return set(refused.value.problems)


def test_a_party_answers_a_requirement_for_itself(world, draft):
    add(world, draft)

    with world.database.reading() as db:
        application = db.get_one(Application, draft)
        assert [(one.role, one.kvk_number, one.position) for one in application.parties] == [
            ("subcontractor", "22334455", 1)
        ]
        keys = [place.key for place in requirements.places(application)]
    assert {"U90", "U90-P1"} <= set(keys)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kvk_number": "1234567"}, {"kvk_number"}),
        ({"kvk_number": "00000000"}, {"kvk_number"}),
        ({"kvk_number": "12345678"}, {"kvk_number"}),
        ({"name": " "}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"legal_form": "ltd"}, {"legal_form"}),
        ({"role": "lead"}, {"role"}),
        ({"role": "", "name": "", "kvk_number": "", "legal_form": ""}, {"role", "name", "kvk_number", "legal_form"}),
    ],
)
def test_what_is_wrong_with_a_party_is_said_per_field(world, draft, changes, fields):
    assert problems(world, draft, **changes) == fields


def test_one_organisation_takes_part_once_in_one_role(world, draft):
    add(world, draft)

    assert problems(world, draft) == {"kvk_number"}
    add(world, draft, role="third_party")


def test_only_the_published_forms_of_working_together_are_admitted(world, draft):
    published.settings(world, parties={"forms": ["sole", "combination"], "reliance": False, "legal_forms": ["bv"]})

    assert problems(world, draft) == {"role"}
    assert problems(world, draft, role="third_party") == {"role"}
    assert problems(world, draft, role="partner", legal_form="vof") == {"legal_form"}
    add(world, draft, role="partner")


def test_where_everybody_applies_alone_nobody_is_added(world, draft):
    published.settings(world, parties={"forms": ["sole"], "reliance": False})

    with pytest.raises(Refused, match="alleen aan"):
        add(world, draft)


def test_a_file_that_says_nothing_about_parties_admits_every_form(world, draft):
    published.settings(world, parties=None)

    for role in ("partner", "subcontractor", "member", "third_party"):
        add(world, draft, role=role)


def test_a_form_that_is_no_longer_admitted_stops_submitting(world, draft):
    add(world, draft)
    published.settings(world, parties={"forms": ["sole"], "reliance": False})

    with world.database.reading() as db:
        gaps = [one for one in requirements.gaps(db.get_one(Application, draft), world.clock()) if one.blocks]
    assert [one.text for one in gaps if one.step == "parties"] == [
        "Thuiszorg Noord B.V.: meedoen als ‘Onderaannemer’ kan bij deze procedure niet."
    ]


def test_removing_a_party_takes_its_answers_and_documents_with_it_and_no_others(world, draft):
    add(world, draft)
    cast.fill_in(world.stage, world.people["anna"], draft, world.chance)

    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        before = len(application.answers)
        parties.remove(application, anna, application.parties[0], world.clock())
    with world.database.reading() as db:
        application = db.get_one(Application, draft)
        assert application.parties == []
        assert len(application.answers) == before - 1
        assert all(one.party_id is None for one in application.answers)
        assert "U90-P1" not in [place.key for place in requirements.places(application)]


def test_a_number_is_never_used_again(world, draft):
    first = add(world, draft)
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        parties.remove(application, anna, db.get_one(Party, first), world.clock())

    with world.database.reading() as db:
        assert db.get_one(Party, add(world, draft)).position == 2


def test_a_party_changes_in_the_draft_and_keeps_its_answers(world, draft):
    party_id = add(world, draft)
    cast.fill_in(world.stage, world.people["anna"], draft, world.chance)

    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        changed = parties.change(application, anna, application.parties[0], {**FORM, "name": "Noord"}, world.clock())
        assert (changed.id, changed.name) == (party_id, "Noord")
    with world.database.reading() as db:
        assert [one.party_id for one in db.get_one(Application, draft).answers if one.party_id] == [party_id]


@pytest.mark.parametrize("act", ["change", "remove"])
def test_what_was_submitted_about_a_party_stays_as_it_was(world, draft, act):
    party_id = add(world, draft)
    cast.fill_in(world.stage, world.people["anna"], draft, world.chance)
    cast.submit(world.stage, world.people["anna"], draft)

    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        if act == "change":
            parties.change(application, anna, application.parties[0], {**FORM, "name": "Anders"}, world.clock())
        else:
            parties.remove(application, anna, application.parties[0], world.clock())
    with world.database.reading() as db:
        application = db.get_one(Application, draft)
        assert applications.has_unsubmitted_changes(application)
        assert [one.name for one in application.parties] == (["Anders"] if act == "change" else [])
        mine = [one for one in application.answers if one.party_id]
        assert [one.party_id for one in mine] == [one.id for one in application.parties]
    world.close_round()
    with world.database.reading() as db:
        review = db.get_one(Application, draft).review
        assert {(one.key, one.party.name) for one in reviews.items(review) if one.party} == {
            ("U90-P1", "Thuiszorg Noord B.V.")
        }
        assert db.get_one(Party, party_id).name == "Thuiszorg Noord B.V."


def test_saving_the_same_again_changes_nothing(world, draft):
    add(world, draft)
    cast.fill_in(world.stage, world.people["anna"], draft, world.chance)
    cast.submit(world.stage, world.people["anna"], draft)

    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        parties.change(application, anna, application.parties[0], FORM, world.clock())
        assert not applications.has_unsubmitted_changes(application)


def test_after_closing_and_by_another_organisation_nothing_changes(world, draft):
    add(world, draft)
    with world.database.reading() as db:
        application, karim = db.get_one(Application, draft), db.get_one(User, world.people["karim"])
        with pytest.raises(NotFound):
            parties.add(application, karim, {**FORM, "role": "partner"}, world.clock())
        with pytest.raises(NotFound):
            parties.remove(application, karim, application.parties[0], world.clock())
    world.close_round()

    with pytest.raises(RoundClosed):
        add(world, draft, role="partner")


def test_a_question_that_depends_on_another_is_asked_for_the_same_lot_and_party_only(world):
    option = [{"key": "ja", "label": "Ja"}, {"key": "nee", "label": "Nee"}]
    published.requirement(world, "U90", "choice", "party", settings={"options": option})
    published.requirement(
        world, "U91", "text", "party", settings={"asked_when": {"requirement": "U90", "answer": "ja"}}
    )
    published.requirement(world, "L90", "choice", "lot", settings={"options": option})
    published.requirement(world, "L91", "text", "lot", settings={"asked_when": {"requirement": "L90", "answer": "ja"}})
    application_id = world.draft(cells=(("IB-BASIS", "0796"), ("DB-BASIS", "0796")))
    add(world, application_id)

    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        places = {place.key: place for place in requirements.places(application)}
        lots = sorted(key for key in places if key.startswith("L90"))
        for key in ("U90-P1", lots[0]):
            applications.answer(application, anna, places[key], {"choice": "ja"}, world.clock(), based_on=0)
        after = {place.key for place in requirements.places(application)} - places.keys()

    assert after == {"U91-P1", lots[0].replace("L90", "L91")}

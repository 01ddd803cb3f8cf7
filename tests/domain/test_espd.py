"""Taking a UEA (ESPD) over in a draft, and along: what is filled, what stays, what is only listed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.adapters import espd as writer
from portal.adapters import espd_reader
from portal.domain import applications, espd, espd_imports, requirements
from portal.domain.espd import INDICATOR, Espd, Item, Operator, Stated
from portal.errors import RoundClosed
from portal.models import Application, Document, Round, User
from tests import published
from tests.conftest import MORNING

CELLS = (("IB-BASIS", "0796"), ("DB-BASIS", "0865"))


@pytest.fixture(autouse=True)
def grounds(world):
    """Two grounds for exclusion and a yes or no, as other procedures ask them."""
    convicted = {"statement": "Dit geldt niet voor ons.", "espd": ["fraud", "corruption"]}
    bankrupt = {"required_answer": "no", "espd": ["bankruptcy"]}
    published.requirement(world, "U90", "declaration", kind="exclusion", settings=convicted)
    published.requirement(world, "U91", "yes_no", kind="exclusion", settings=bankrupt)
    published.requirement(world, "U92", "text", settings={"min_length": 5, "espd": ["indem-insu"]})


def foreign(*stated: Stated, kvk: str = "") -> Espd:
    """As another portal writes it."""
    operator = Operator("Stichting De Linde", kvk, "sole-tenderer")
    return Espd("X-1", MORNING, "PP-2019-1", "Iets anders", "Een gemeente", operator, (), stated)


def says(code: str, answer: bool) -> Stated:
    return Stated(code, code, "", (Item("", "Your answer", INDICATOR, answer),))


def take(world, application_id: str, document: Espd, who: str = "anna"):
    """Take it over; gives what stands on the import, and the answers by place."""
    with world.database.transaction() as db:
        application, actor = db.get_one(Application, application_id), db.get_one(User, world.people[who])
        organisation = application.organisation
        if not document.operator.kvk_number:
            document = replace(document, operator=replace(document.operator, kvk_number=organisation.kvk_number))
        vault = db.scalars(select(Document).where(Document.organisation_id == organisation.id)).all()
        sha256 = hashlib.sha256(repr(document).encode()).hexdigest()
        taken = espd_imports.take_over(
            application, actor, document, vault, world.clock(), filename="uea.xml", sha256=sha256
        )
        shown = {"places": dict(taken.places), "kept": taken.kept, "unknown": taken.unknown, "doubts": taken.doubts}
    return shown, answers(world, application_id)


def answers(world, application_id: str) -> dict:
    with world.database.reading() as db:
        application = db.get_one(Application, application_id)
        return {
            place.key: (found.value, found.is_equivalent, found.argument)
            for place in requirements.places(application)
            if (found := applications.answer_at(application, place)) is not None
        }


def of(world, application_id: str) -> Espd:
    """The UEA of a draft, after a journey through XML."""
    with world.database.reading() as db:
        made = espd.of_application(db.get_one(Application, application_id), None, "UEA-1", world.clock())
    return espd_reader.read(writer.write(made))


def test_out_and_into_an_empty_draft_gives_the_same_answers_and_evidence(world):
    first = world.complete("anna", CELLS)
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, first), db.get_one(User, world.people["anna"])
        for place in requirements.places(application):
            form = {"U90": {"agreed": "yes"}, "U91": {"answer": "no"}, "U92": {"text": "Tot 2 miljoen"}}
            if place.requirement.code in form:
                found = applications.answer_at(application, place)
                based_on = found.version if found else 0
                applications.answer(
                    application, anna, place, form[place.requirement.code], world.clock(), based_on=based_on
                )
        wanted = {place.key for place in requirements.places(application) if espd.criteria_of(place)}
    document, before = of(world, first), {key: one for key, one in answers(world, first).items() if key in wanted}
    with world.database.transaction() as db:
        application = db.get_one(Application, first)
        used = {(one.spot, one.document_id) for one in application.evidence if _key(application, one.spot) in wanted}
        application.answers.clear()
        application.evidence.clear()

    taken, after = take(world, first, document)

    said = {key: one for key, one in before.items() if any(one[0].values())}  # an empty note says nothing
    assert after == said
    assert set(taken["places"]) == set(said)
    assert {"U90", "U91", "U92", "T01-1A", "T01-1B"} <= set(before)
    assert (taken["unknown"], taken["doubts"]) == ([], [])
    with world.database.reading() as db:
        assert {(one.spot, one.document_id) for one in db.get_one(Application, first).evidence} == used


def _key(application, spot):
    return next((place.key for place in requirements.places(application) if place.spot == spot), "")


def test_the_file_of_another_portal_fills_what_it_says_and_lists_the_rest(world):
    draft = world.draft()

    taken, after = take(
        world,
        draft,
        foreign(says("fraud", False), says("corruption", False), says("bankruptcy", False), says("sme", True)),
    )

    assert after == {"U90": ({"agreed": True}, False, ""), "U91": ({"answer": "no"}, False, "")}
    assert [one["code"] for one in taken["unknown"]] == ["sme"]
    assert taken["unknown"][0]["answers"] == "Your answer: ja"


def test_a_ground_that_applies_or_is_left_out_fills_nothing_and_says_so(world):
    draft = world.draft()

    taken, after = take(world, draft, foreign(says("fraud", True), says("corruption", False)))
    silent, _ = take(world, draft, foreign(says("corruption", False)))

    assert after == {}
    assert "volgens het UEA geldt voor u: fraude" in taken["doubts"][0]
    assert "zegt niets over fraude" in silent["doubts"][0]


def test_an_answer_of_ones_own_is_never_overwritten(world):
    draft, says_no = world.draft(), foreign(says("fraud", False), says("corruption", False))
    take(world, draft, says_no)
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        place = next(one for one in requirements.places(application) if one.key == "U90")
        applications.answer(application, anna, place, {}, world.clock(), based_on=1)

    again, after = take(world, draft, says_no)

    assert again["kept"] == ["U90 Eis U90"]
    assert after["U90"] == ({"agreed": False}, False, "")


def test_the_same_file_sent_twice_is_taken_over_once(world):
    draft, says_no = world.draft(), foreign(says("fraud", False), says("corruption", False))
    first, _ = take(world, draft, says_no)

    second, _ = take(world, draft, says_no)

    assert second == first
    with world.database.reading() as db:
        assert len(db.get_one(Application, draft).espd_imports) == 1


def test_the_file_of_another_organisation_is_a_doubt(world):
    taken, _ = take(world, world.draft(), foreign(says("fraud", False), says("corruption", False), kvk="11223344"))

    assert "KvK 11223344" in taken["doubts"][0]
    assert "niet van uw organisatie" in taken["doubts"][0]


def test_what_came_along_is_marked_until_it_is_saved(world):
    draft = world.draft()
    take(world, draft, foreign(says("fraud", False), says("corruption", False)))

    def marked() -> list[str]:
        with world.database.reading() as db:
            found = requirements.gaps(db.get_one(Application, draft), world.clock())
            return [one.place.key for one in found if one.place and "UEA" in one.text and not one.blocks]

    before = marked()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        place = next(one for one in requirements.places(application) if one.key == "U90")
        applications.answer(application, anna, place, {"agreed": "yes"}, world.clock(), based_on=1)

    assert (before, marked()) == (["U90"], [])


def test_undoing_takes_away_what_nobody_saved_since(world):
    draft = world.draft()
    stated = foreign(says("fraud", False), says("corruption", False), says("bankruptcy", False))
    take(world, draft, stated)
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        place = next(one for one in requirements.places(application) if one.key == "U91")
        applications.answer(application, anna, place, {"answer": "yes"}, world.clock(), based_on=1)

    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        count = espd_imports.undo(application, anna, application.espd_imports[0], world.clock())

    assert count == 1
    assert answers(world, draft) == {"U91": ({"answer": "yes"}, False, "")}


def test_after_the_closing_nothing_is_taken_over(world):
    draft = world.draft()
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at)

    with pytest.raises(RoundClosed):
        take(world, draft, foreign(says("fraud", False)))


def test_what_was_submitted_can_be_taken_along_after_the_draft_changed(world):
    application_id = world.submitted("anna", CELLS)
    with world.database.transaction() as db:
        application = db.get_one(Application, application_id)
        application.answers.clear()

    with world.database.reading() as db:
        application = db.get_one(Application, application_id)
        made = espd.of_submission(application.valid_submission, None)

    assert made.number == application.valid_submission.receipt_number
    assert made.lots == ("1A", "1B")
    clients = [item for one in made.stated if one.code == "service-perform" for item in one.items]
    assert {item.key for item in clients} == {"clients/IB-BASIS", "clients/DB-BASIS"}

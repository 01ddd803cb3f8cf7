"""The raamovereenkomst: after the standstill, one number, two signatures, whatever happens to the worker."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from portal.domain import agreements, decisions
from portal.errors import NotAllowed, NotFound, Refused
from portal.models import Agreement, Procedure, Requirement, Review, Signature
from portal.worker import tasks
from tests.deciding import tell


@pytest.fixture
def told(world, review_id, judge, person):
    """Everything was admitted and told; no standstill."""
    with world.database.transaction() as db:
        review = db.get_one(Review, review_id)
        judge(db, review, "ineke")
        decisions.propose(review, person(db, "ineke"), world.clock())
        decisions.confirm(review, person(db, "joris"), world.clock())
        tell(db, world, review.application)
        return review.application_id


@pytest.fixture
def drawn_up(world, told):
    world.work()
    with world.database.reading() as db:
        return db.query(Agreement).one().id


def _sign(world, agreement_id, who, person):
    with world.database.transaction() as db:
        agreement = db.get_one(Agreement, agreement_id)
        _, sha256 = agreements.document_to_sign(agreement)
        return agreements.sign(agreement, person(db, who), sha256, world.clock()).id


def test_the_agreement_is_drawn_up_with_parties_lots_and_tariffs(world, drawn_up):
    with world.database.reading() as db:
        agreement = db.get_one(Agreement, drawn_up)
        facts = json.loads(agreement.facts)

        assert (agreement.number, agreement.state) == ("RO-2019-0001", "drawn_up")
        assert facts["organisation"]["name"] == "Stichting De Linde"
        assert {lot["code"]: [one["code"] for one in lot["products"]] for lot in facts["lots"]} == {
            "1A": ["IB-BASIS", "IB-EXTRA"],
            "1B": ["DB-BASIS"],
        }
        assert (agreement.starts_on, agreement.ends_on) == (date(2020, 1, 1), date(2021, 12, 31))
        assert world.services.files.read(agreement.pdf_key).startswith(b"%PDF-")


def test_what_the_register_is_searched_by_is_frozen_from_the_submission_that_was_decided_on(world, told):
    with world.database.transaction() as db:
        submission = db.query(Review).one().submission
        content = json.loads(submission.manifest)
        answer = content["answers"][0]
        answer["value"] = {"choices": ["dementie", "autisme"]}
        submission.manifest = json.dumps(content)
        requirement = db.get_one(Requirement, answer["requirement_id"])
        options = [{"key": key, "label": key.title()} for key in ("autisme", "dementie", "trauma")]
        requirement.settings = {**requirement.settings, "in_directory": True, "options": options}
        code, title = requirement.code, requirement.title

    world.work()

    with world.database.reading() as db:
        entries = [(one.code, one.question, one.key, one.label) for one in db.query(Agreement).one().directory]
        assert entries == [(code, title, "dementie", "Dementie"), (code, title, "autisme", "Autisme")]


def test_during_the_standstill_there_is_no_agreement_and_the_moment_after_there_is(world, told):
    with world.database.transaction() as db:
        procedure = db.get_one(Procedure, world.procedure_id)
        procedure.settings = {**procedure.settings, "terms": {**procedure.settings["terms"], "standstill_days": 20}}
    world.work()
    with world.database.reading() as db:
        assert db.query(Agreement).count() == 0

    # told on 1 October 2019: the twentieth day is Monday 21 October (the 20th is..., the term skips a Sunday)
    world.clock.set(world.clock() + timedelta(days=21))
    world.work()

    with world.database.reading() as db:
        assert db.query(Agreement).count() == 1


def test_the_provider_signs_first_then_the_authority_and_both_signatures_verify(world, drawn_up, person):
    with world.database.transaction() as db:
        agreement = db.get_one(Agreement, drawn_up)
        with pytest.raises(Refused, match="eerst tekent de zorgaanbieder"):
            agreements.sign(agreement, person(db, "wil"), agreement.pdf_sha256, world.clock())
    _sign(world, drawn_up, "anna", person)
    world.work()
    _sign(world, drawn_up, "wil", person)
    world.work()

    with world.database.reading() as db:
        agreement = db.get_one(Agreement, drawn_up)
        key, _ = agreements.document_to_sign(agreement)
        reports = world.services.signer.verify(world.services.files.read(key))
        assert agreement.state == "in_force"
        assert [(one.name, one.is_intact, one.is_trusted, one.covers_rest) for one in reports] == [
            ("Anna de Wit", True, True, True),
            ("Wil de Haan", True, True, True),
        ]


def test_only_the_document_that_was_shown_is_signed(world, drawn_up, person):
    with world.database.transaction() as db:
        agreement = db.get_one(Agreement, drawn_up)

        with pytest.raises(Refused, match="veranderd nadat u hem opende"):
            agreements.sign(agreement, person(db, "anna"), "0" * 64, world.clock())


def test_strangers_and_people_without_the_role_do_not_sign(world, drawn_up, person):
    with world.database.transaction() as db:
        agreement = db.get_one(Agreement, drawn_up)
        with pytest.raises(NotFound):
            agreements.sign(agreement, person(db, "karim"), agreement.pdf_sha256, world.clock())
        with pytest.raises(NotFound):
            agreements.sign(agreement, person(db, "olga"), agreement.pdf_sha256, world.clock())
        with pytest.raises(NotAllowed):
            agreements.sign(agreement, person(db, "ineke"), agreement.pdf_sha256, world.clock())


def test_signing_twice_is_signing_once(world, drawn_up, person):
    first = _sign(world, drawn_up, "anna", person)

    assert _sign(world, drawn_up, "anna", person) == first


def test_a_worker_killed_after_rendering_goes_on_without_a_second_number_or_file(world, told, monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks.agreements, "draw_up", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.work()
    with world.database.reading() as db:
        agreement = db.query(Agreement).one()
        assert agreement.state == "due"
        rendered = world.services.files.read(agreements.unsigned_key(agreement))

    world.work()

    with world.database.reading() as db:
        (agreement,) = db.query(Agreement).all()
        assert (agreement.number, agreement.state) == ("RO-2019-0001", "drawn_up")
        assert world.services.files.read(agreement.pdf_key) == rendered


def test_a_worker_killed_after_signing_uses_the_signature_that_is_there(world, drawn_up, person):
    signature_id = _sign(world, drawn_up, "anna", person)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks.agreements, "place_signature", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.work()
    with world.database.reading() as db:
        key = agreements.signed_key(db.get_one(Signature, signature_id))
        signed = world.services.files.read(key)

    world.work()

    with world.database.reading() as db:
        signature = db.get_one(Signature, signature_id)
        assert world.services.files.read(signature.pdf_key) == signed
        assert len(world.services.signer.verify(signed)) == 1

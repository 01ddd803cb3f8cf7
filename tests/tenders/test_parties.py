"""Applying together in a tender: each fills in its own part, and what is submitted lies in the vault with the rest."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.cli import cast, scoring_script, script, vault_script
from portal.domain import applications, choices, own_parts, requirements, sealed_rows, sealing
from portal.errors import Refused
from portal.models import (
    Answer,
    Application,
    Document,
    Evidence,
    Message,
    OwnPart,
    Party,
    PartyInvitation,
    SealedPart,
    Submission,
    User,
)
from portal.queries import tender_vault as queries
from tests import partners
from tests.tenders.conftest import EVERYWHERE

TEXT = "Wij van Het Erf werken altijd met twee begeleiders."


@pytest.fixture
def submitted(together):
    """Anna submitted with the part that Karim filled in; gives the tender and the id of that part."""
    part_id = _ready(together)
    together.submit("anna")
    return together, part_id


def _ready(tender):
    _, part_id = partners.ready(tender.world, tender.applicants["anna"])
    return part_id


def _answer(tender, part_id, words):
    """Karim takes his part back, answers anew and declares it ready."""
    world = tender.world
    world.clock.advance(timedelta(hours=1))
    with world.database.transaction() as db:
        part, karim = db.get_one(OwnPart, part_id), db.get_one(User, world.people["karim"])
        own_parts.take_back(part, karim, world.clock())
        application = part.party.application
        place = next(one for one in own_parts.places(application, part.party) if one.requirement.code == "U90")
        based_on = applications.answer_at(application, place).version
        applications.answer(application, karim, place, {"text": words}, world.clock(), based_on=based_on)
    partners.declare(world, part_id)


def _reopen(tender):
    stage, key = tender.world.stage, tender.applicants["anna"]
    vault_script.reopen(stage, tender.world.people["anna"], key, stage.codes[key])


def _told(tender, template):
    with tender.world.database.reading() as db:
        return [(one.to, one.facts) for one in db.scalars(select(Message).where(Message.template == template))]


def _submissions(tender):
    with tender.world.database.reading() as db:
        return db.get_one(Application, tender.applicants["anna"]).submissions


# Inviting and filling in, as anywhere


def test_in_a_tender_a_party_is_invited_from_the_page_and_takes_its_part_up(tender, enter):
    world = tender.world
    application_id = tender.apply("anna", EVERYWHERE)
    party_id = partners.add(world, application_id)
    about = f"/aanmeldingen/{application_id}/samenwerking/{party_id}"
    anna = enter(tender, "anna")

    assert 'name="email"' in anna.get(f"{about}/deel").text
    assert anna.post(f"{about}/uitnodigen", {"email": world.emails["anna"]}).status_code == 422
    assert anna.post(f"{about}/uitnodigen", {"email": world.emails["karim"]}).status_code == 303
    karim = enter(tender, "karim")
    link = re.search(r'href="(/deelnemen/uitnodigingen/\w+)"', karim.get("/aanmeldingen").text)
    assert link
    taken = karim.post(link[1], {})

    assert taken.status_code == 303
    assert "Uw deel in de aanmelding van Stichting De Linde" in karim.get(taken.location).text


def test_nothing_is_submitted_until_every_part_is_ready(together):
    _, part_id = partners.joined(together.world, together.applicants["anna"])

    with pytest.raises(Refused, match="nog niet compleet"):
        together.submit("anna")
    partners.fill(together.world, part_id)
    partners.declare(together.world, part_id)

    assert together.submit("anna")


def test_the_lead_sees_how_far_a_party_is_and_not_its_files(together, enter):
    party_id, part_id = partners.joined(together.world, together.applicants["anna"])
    page = f"/aanmeldingen/{together.applicants['anna']}/samenwerking/{party_id}/deel"
    anna = enter(together, "anna")
    before = anna.get(page).text
    partners.fill(together.world, part_id)
    with together.world.database.reading() as db:
        files = {one.document.filename for one in db.scalars(select(Evidence).where(Evidence.party_id == party_id))}

    partners.declare(together.world, part_id)
    after = anna.get(page).text

    assert "heeft haar eigen deel nog niet gereed verklaard" in before
    assert "verklaarde het gereed" in after
    assert len(files) == 2
    assert not any(one in after for one in files)


# Sealed


def test_at_submission_the_part_goes_into_the_vault_and_nobody_can_change_it(submitted):
    tender, part_id = submitted

    with tender.world.database.reading() as db:
        for model in (Party, OwnPart, PartyInvitation, Answer, Evidence):
            assert db.scalars(select(model)).all() == []
        plans = db.scalars(select(Document).where(Document.sealed_at.is_not(None))).all()
        assert "23456789" in {one.organisation.kvk_number for one in plans}
        (lies,) = db.scalars(select(SealedPart))
        assert (lies.own_part_id, lies.organisation.kvk_number) == (part_id, "23456789")
        extract = db.scalars(
            select(Document).where(Document.organisation_id == lies.organisation_id, Document.kind == "kvk_extract")
        ).first()
        assert not extract.is_gone  # its own vault is its own
    with pytest.raises(Exception, match="No row"):
        partners.fill(tender.world, part_id)


def test_the_party_gets_a_mail_and_a_receipt_that_covers_its_files_and_tells_no_content(submitted, enter):
    tender, part_id = submitted
    ((to, facts),) = _told(tender, "part_submitted")
    karim, submission = enter(tender, "karim"), _submissions(tender)[0]

    receipt = karim.get(facts["path"])

    assert (to, facts["receipt"]) == (tender.world.emails["karim"], submission.receipt_number)
    assert receipt.status_code == 200
    with tender.world.database.reading() as db:
        sealed = db.get_one(Submission, submission.id).sealed
        assert sealed.sha256 in receipt.text
        for one in sealed.files:
            assert (one.sha256 in receipt.text) == (one.document.organisation.kvk_number == "23456789")
        hashes = sealing.sealed_hashes(sealed)
    assert "plan" not in receipt.text.lower()
    overview = karim.get("/aanmeldingen").text
    assert "Ingediend, in de kluis" in overview
    to_receipt = karim.get(f"/aanmeldingen/delen/{part_id}")
    assert (to_receipt.status_code, to_receipt.location) == (303, facts["path"])
    of_the_lead = enter(tender, "anna").get(f"/aanmeldingen/{tender.applicants['anna']}/ontvangst/{submission.id}").text
    assert all(one in of_the_lead for one in hashes)


@pytest.mark.parametrize("who", ["anna", "mila", "ineke"])
def test_the_receipt_of_a_party_is_for_that_party_only(submitted, enter, who):
    tender, part_id = submitted
    path = f"/aanmeldingen/delen/{part_id}/ontvangst/{_submissions(tender)[0].id}"

    assert enter(tender, "karim").get(path).status_code == 200
    assert enter(tender, who).get(path).status_code in {403, 404}


def test_with_the_code_the_lead_reads_no_more_of_a_part_than_was_shared(submitted, enter):
    tender, _ = submitted
    application_id, submission = tender.applicants["anna"], _submissions(tender)[0]
    with tender.world.database.reading() as db:
        extracts = {
            one.filename
            for one in db.scalars(select(Document).where(Document.kind == "kvk_extract"))
            if one.organisation.kvk_number == "23456789"
        }
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}/ontvangst/{submission.id}"

    anna.post(f"{page}/inzien", {"code": tender.world.stage.codes[application_id]})
    shown = anna.get(page).text

    assert "Zorgboerderij Het Erf B.V." in shown
    assert "Uittreksel Handelsregister (KvK)" in shown
    assert extracts
    assert [one for one in extracts if one in shown] == []


# Opened again, closed again, submitted again


def test_after_the_lead_reopens_the_party_changes_its_part_and_what_was_submitted_counts_until_then(submitted):
    tender, part_id = submitted
    first = _submissions(tender)[0]

    _reopen(tender)
    assert [to for to, _ in _told(tender, "part_reopened")] == [tender.world.emails["karim"]]
    _answer(tender, part_id, TEXT)
    assert [one.id for one in _submissions(tender)] == [first.id]
    tender.submit("anna")
    tender.close()

    with tender.world.database.reading() as db:
        former, latter = db.get_one(Application, tender.applicants["anna"]).submissions
        assert former.is_sealed
        values = {one["requirement"]: one["value"] for one in latter.content["answers"] if one["party"] == 1}
        assert values["U90"] == {"text": TEXT}


def test_closing_again_drops_what_changed_and_tells_the_party(submitted):
    tender, part_id = submitted
    before = _submissions(tender)[0]
    _reopen(tender)
    _answer(tender, part_id, TEXT)

    with tender.world.database.transaction() as db:
        application, anna = (
            db.get_one(Application, tender.applicants["anna"]),
            db.get_one(User, tender.world.people["anna"]),
        )
        elsewhere = queries.used_elsewhere(db, application.id)
        sealing.close_again(application, anna, elsewhere, tender.world.clock())

    assert [to for to, _ in _told(tender, "part_closed")] == [tender.world.emails["karim"]]
    with tender.world.database.reading() as db:
        assert db.scalars(select(OwnPart)).all() == []
        plans = db.scalars(select(Document).where(Document.kind == "plan_of_approach")).all()
        mine = [one.filename for one in plans if one.organisation.kvk_number == "23456789"]
        assert mine == [sealing.WIPED_NAME]
    tender.close()
    with tender.world.database.reading() as db:
        submission = db.get_one(Submission, before.id)
        assert TEXT not in submission.manifest
        assert db.get_one(OwnPart, part_id).is_ready


def test_who_joined_after_the_reopening_hears_that_it_was_closed_again(submitted):
    tender, _ = submitted
    world, application_id = tender.world, tender.applicants["anna"]
    _reopen(tender)
    joins = partners.add(
        world,
        application_id,
        name="Huis Mila B.V.",
        kvk_number="34567891",
        legal_form=partners.legal_form(world, "mila"),
    )
    partners.take_up(world, partners.invite(world, joins, world.emails["mila"]), "mila")
    waits = partners.add(world, application_id, name="Nog iemand B.V.", kvk_number="55667788")
    partners.invite(world, waits, "iemand@elders.example")

    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        sealing.close_again(application, anna, queries.used_elsewhere(db, application_id), world.clock())

    assert [to for to, _ in _told(tender, "part_closed")] == [world.emails["karim"]]
    assert [to for to, _ in _told(tender, "part_ended")] == [world.emails["mila"]]
    assert [to for to, _ in _told(tender, "party_uninvited")] == ["iemand@elders.example"]


def test_the_party_cannot_leave_what_was_submitted_also_not_while_it_lies_open_and_can_once_withdrawn(submitted):
    tender, part_id = submitted
    world = tender.world
    _reopen(tender)

    def leave():
        with world.database.transaction() as db:
            own_parts.leave(db.get_one(OwnPart, part_id), db.get_one(User, world.people["karim"]), world.clock())

    with pytest.raises(Refused, match="ingediend met uw deel"):
        leave()
    cast.withdraw(world.stage, world.people["anna"], tender.applicants["anna"])
    leave()

    with world.database.reading() as db:
        assert db.get_one(OwnPart, part_id).state == "left"


def test_what_is_withdrawn_while_it_lies_sealed_is_told_to_the_party_and_shown_on_its_receipt(submitted, enter):
    tender, part_id = submitted
    submission = _submissions(tender)[0]
    path = f"/aanmeldingen/delen/{part_id}/ontvangst/{submission.id}"
    karim = enter(tender, "karim")
    assert "ingetrokken" not in karim.get(path).text

    cast.withdraw(tender.world.stage, tender.world.people["anna"], tender.applicants["anna"])

    ((to, facts),) = _told(tender, "part_withdrawn")
    assert (to, facts["is_sealed"]) == (tender.world.emails["karim"], True)
    assert "Deze indiening is ingetrokken" in karim.get(path).text
    _reopen(tender)
    tender.submit("anna")
    assert len(_told(tender, "part_submitted")) == 2


def test_who_is_left_out_of_what_replaces_a_submission_is_told_and_keeps_the_receipt(submitted, enter):
    tender, part_id = submitted
    world, application_id = tender.world, tender.applicants["anna"]
    first = _submissions(tender)[0]
    with world.database.transaction() as db:
        sealing.begin_anew(
            db.get_one(Application, application_id), db.get_one(User, world.people["anna"]), world.clock()
        )
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        assert application.parties == []
        products = [one for lot in application.round.lots for one in lot.products if one.code == "A1"]
        towns = application.authority.municipalities
        cells = [
            (one, town) for one in products for town in towns if requirements.is_selectable(application, one, town)
        ]
        choices.choose(application, anna, cells[:1], world.clock(), based_on=application.choices_version)
    cast.fill_in(world.stage, world.people["anna"], application_id, tender.chance)
    scoring_script.write_offers(world.stage, world.people["anna"], application_id, tender.chance)
    tender.submit("anna")

    ((to, facts),) = _told(tender, "part_replaced")
    assert (to, facts["path"]) == (world.emails["karim"], f"/aanmeldingen/delen/{part_id}/ontvangst/{first.id}")
    assert "door een latere vervangen" in enter(tender, "karim").get(facts["path"]).text
    tender.close()
    assert "door een latere vervangen" in enter(tender, "karim").get(facts["path"]).text


# Opened


def test_after_the_opening_everything_is_as_it_was_and_reviewers_read_the_part_with_its_files(submitted, enter):
    tender, part_id = submitted
    tender.close()
    world = tender.world

    with world.database.reading() as db:
        application = db.get_one(Application, tender.applicants["anna"])
        submission, part = application.submissions[0], db.get_one(OwnPart, part_id)
        assert hashlib.sha256(submission.manifest.encode()).hexdigest() == submission.digest
        (named,) = submission.content["parties"]
        assert (named["own_part_id"], named["ready_by"]) == (part_id, "Karim el Amrani")
        assert (part.state, part.party.name) == ("ready", "Zorgboerderij Het Erf B.V.")
        mine = [one for one in submission.content["files"] if one["party"] == 1]
        assert {one["kind"] for one in mine} == {"kvk_extract", "plan_of_approach"}
        for one in mine:
            key = db.get_one(Document, one["document_id"]).storage_key
            assert hashlib.sha256(world.services.files.read(key)).hexdigest() == one["sha256"]
        frozen = json.loads(submission.manifest)
        del frozen["nonce"]
        assert applications.is_as_submitted(json.dumps(frozen), application)
        review_id, names = application.review.id, {one["filename"] for one in mine}
        submission_id = submission.id
    script.declare(world.stage, world.people["ineke"], tender.round_id)
    read = enter(tender, "ineke").get(f"/beoordelen/{review_id}").text
    assert "Zorgboerderij Het Erf B.V." in read
    receipt = enter(tender, "karim").get(f"/aanmeldingen/delen/{part_id}/ontvangst/{submission_id}").text
    assert all(one in receipt for one in names)


def test_what_was_sealed_before_there_were_such_parts_is_put_back_as_well(tender):
    tender.apply("anna", EVERYWHERE)
    tender.submit("anna")
    with tender.world.database.transaction() as db:
        application = db.get_one(Application, tender.applicants["anna"])
        sealed, vault = application.submissions[0].sealed, tender.world.services.vault
        key = sealing.unlock(sealed.submission, tender.world.stage.codes[application.id], vault)
        content = sealing.read(sealed, key, vault)
        del content["rows"]["own_parts"], content["rows"]["invitations"]

        sealed_rows.restore(application, content)

        assert len(application.selections) == len(EVERYWHERE)


def test_a_stranger_to_the_part_finds_nothing_at_its_address(submitted, enter):
    tender, part_id = submitted

    assert enter(tender, "mila").get(f"/aanmeldingen/delen/{part_id}").status_code == 404
    assert enter(tender, "karim").get(f"/aanmeldingen/{tender.applicants['anna']}").status_code == 404

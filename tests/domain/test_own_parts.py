"""Parties that fill in their own part: who may what, what the lead learns of it, and what is frozen with it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.cli import cast
from portal.domain import (
    applications,
    carrying,
    choices,
    integrity,
    manifests,
    own_parts,
    parties,
    party_invitations,
    requirements,
)
from portal.domain.accounts import digest
from portal.errors import Incomplete, Invalid, NotAllowed, NotFound, Refused, RoundClosed
from portal.models import (
    Answer,
    Application,
    AuditEvent,
    Document,
    Evidence,
    IntegrityCheck,
    Message,
    OwnPart,
    Party,
    PartyInvitation,
    Round,
    User,
)
from tests import partners, published


@pytest.fixture
def draft(world) -> str:
    """A draft of De Linde in a round that asks a text (U90), an extract (U91) and a Bibob form of each party."""
    partners.publish(world)
    return world.draft("anna")


def told(world, template, who=None):
    with world.database.reading() as db:
        found = db.scalars(select(Message).where(Message.template == template).order_by(Message.created_at)).all()
        return [one for one in found if who is None or one.to == world.emails[who]]


def blocking(world, application_id):
    with world.database.reading() as db:
        return [
            one.text for one in requirements.gaps(db.get_one(Application, application_id), world.clock()) if one.blocks
        ]


def act(world, who, function, party_id, *more):
    """Ask something of the domain about one party, as somebody."""
    with world.database.transaction() as db:
        party = db.get_one(Party, party_id)
        return function(party.application, db.get_one(User, world.people[who]), party, *more, world.clock())


def part_act(world, who, function, part_id, *more):
    with world.database.transaction() as db:
        return function(db.get_one(OwnPart, part_id), db.get_one(User, world.people[who]), *more, world.clock())


# The invitation


def test_an_invitation_is_for_one_address_and_works_once(world, draft):
    path = partners.invite(world, partners.add(world, draft))

    with pytest.raises(NotAllowed, match="andere organisatie"):
        partners.take_up(world, path, "anna")
    part_id = partners.take_up(world, path)
    again = partners.take_up(world, path)

    assert again == part_id
    with world.database.reading() as db:
        part = db.get_one(OwnPart, part_id)
        assert (part.state, part.organisation.kvk_number, part.typed) == ("filling", "23456789", {})
    assert len(told(world, "part_accepted", "anna")) == 1


def test_a_colleague_of_who_was_invited_cannot_take_it_up(world, draft):
    path = partners.invite(world, partners.add(world, draft), "iemand@aanbieder.example")

    with pytest.raises(NotAllowed, match="aan iemand anders gestuurd"):
        partners.take_up(world, path)


def test_an_invitation_lives_fourteen_days_and_a_new_one_ends_the_former(world, draft):
    party_id = partners.add(world, draft)
    first = partners.invite(world, party_id)
    with world.database.reading() as db:
        until = db.scalars(select(PartyInvitation)).one().expires_at
    assert until == world.clock() + timedelta(days=14)

    world.clock.set(until)
    with pytest.raises(Refused, match="verlopen op"):
        partners.take_up(world, first)
    second = partners.invite(world, party_id)
    with pytest.raises(Refused, match="door een nieuwere vervangen"):
        partners.take_up(world, first)
    world.clock.set(world.clock() + timedelta(days=14, microseconds=-1))

    assert partners.take_up(world, second)


def test_a_withdrawn_invitation_and_one_for_a_party_that_was_removed_are_refused(world, draft):
    party_id = partners.add(world, draft)
    path = partners.invite(world, party_id)
    act(world, "anna", party_invitations.withdraw, party_id)
    act(world, "anna", party_invitations.withdraw, party_id)

    with pytest.raises(Refused, match="ingetrokken"):
        partners.take_up(world, path)
    assert len(told(world, "party_uninvited")) == 1
    again = partners.invite(world, party_id)
    act(world, "anna", parties.remove, party_id)
    with pytest.raises(Refused, match="ingetrokken"):
        partners.take_up(world, again)


def test_after_the_closing_nobody_is_invited_and_nothing_is_taken_up(world, draft):
    party_id = partners.add(world, draft)
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at - timedelta(hours=1))
    path = partners.invite(world, party_id)
    world.close_round()

    with pytest.raises(RoundClosed):
        partners.take_up(world, path)
    with pytest.raises(RoundClosed):
        partners.invite(world, party_id)


@pytest.mark.parametrize(("email", "words"), [("", "e-mailadres"), ("anna@aanbieder.example", "collega")])
def test_a_wrong_address_is_refused(world, draft, email, words):
    party_id = partners.add(world, draft)

    with pytest.raises(Invalid, match=words):
        act(world, "anna", party_invitations.invite, party_id, email)


def test_no_more_than_five_invitations_a_day_fill_a_mailbox(world, draft):
    party_id = partners.add(world, draft)
    for _ in range(5):
        partners.invite(world, party_id)

    with pytest.raises(Invalid, match="vijf"):
        partners.invite(world, party_id)
    world.clock.set(world.clock() + timedelta(days=1))
    partners.invite(world, party_id)


def test_another_number_takes_up_nothing_and_is_told_to_the_lead_once(world, draft):
    path = partners.invite(world, partners.add(world, draft, kvk_number="55667788"))

    assert partners.take_up(world, path) is None
    assert partners.take_up(world, path) is None

    with world.database.reading() as db:
        assert db.scalars(select(OwnPart)).all() == []
        assert db.scalars(select(PartyInvitation)).one().other_kvk_number == "23456789"
    (mail,) = told(world, "part_other_number")
    assert (mail.to, mail.facts["registered"]) == (world.emails["anna"], "23456789")


def test_after_the_lead_mends_the_number_the_same_link_works(world, draft):
    party_id = partners.add(world, draft, kvk_number="55667788")
    path = partners.invite(world, party_id)
    partners.take_up(world, path)

    act(world, "anna", parties.change, party_id, {**partners.ERF, "legal_form": partners.legal_form(world, "karim")})

    assert partners.take_up(world, path)


def test_another_name_needs_a_yes_and_then_the_registered_one_counts_for_both(world, draft):
    party_id = partners.add(world, draft, name="Het Erf")
    path = partners.invite(world, party_id)

    with pytest.raises(Invalid, match="gelden"):
        partners.take_up(world, path)
    part_id = partners.take_up(world, path, agreed=True)

    with world.database.reading() as db:
        part = db.get_one(OwnPart, part_id)
        assert (part.typed, part.party.name) == ({"name": "Het Erf"}, "Zorgboerderij Het Erf B.V.")
    assert told(world, "part_accepted")[0].facts["typed"] == "Het Erf"


def test_the_lead_cannot_change_what_a_party_is_registered_as(world, draft):
    party_id, _ = partners.joined(world, draft)

    act(world, "anna", parties.change, party_id, {**partners.ERF, "name": "Anders", "part": "Iets anders."})

    with world.database.reading() as db:
        party = db.get_one(Party, party_id)
        assert (party.name, party.part) == ("Zorgboerderij Het Erf B.V.", "Iets anders.")


# Whose places


def test_each_fills_in_its_own_places_from_its_own_vault(world, draft):
    _, part_id = partners.joined(world, draft)

    with world.database.transaction() as db:
        application = db.get_one(Application, draft)
        anna, karim = (db.get_one(User, world.people[one]) for one in ("anna", "karim"))
        places = {one.key: one for one in requirements.places(application)}
        extract = {
            who: db.scalars(
                select(Document).where(Document.organisation_id == user.organisation_id, Document.kind == "kvk_extract")
            ).first()
            for who, user in (("anna", anna), ("karim", karim))
        }
        now, form = world.clock(), {"text": "Wij doen dit al tien jaar."}
        for user, key in ((anna, "U90-P1"), (karim, "U90"), (karim, "T06")):
            with pytest.raises(NotFound):
                applications.answer(application, user, places[key], form, now, based_on=0)
        with pytest.raises(NotFound):
            applications.attach_document(application, karim, places["U91-P1"], extract["anna"], now)
        with pytest.raises(NotFound):
            applications.attach_document(application, anna, None, extract["anna"], now, application.parties[0])
        with pytest.raises(NotFound):
            choices.choose(application, karim, [], now, based_on=1)
        applications.answer(application, karim, places["U90-P1"], form, now, based_on=0)
        applications.attach_document(application, karim, places["U91-P1"], extract["karim"], now)
        applications.answer(application, anna, places["U90"], form, now, based_on=0)
        assert [one.text for one in requirements.part_gaps(application, application.parties[0], now)] == [
            "Vul het Bibob-vragenformulier in, of voeg het toe."
        ]
    with world.database.reading() as db:
        acts = db.scalars(select(AuditEvent).where(AuditEvent.subject_id == part_id).order_by(AuditEvent.id)).all()
        assert [(one.act, one.actor_name) for one in acts] == [
            ("answer", "Karim el Amrani"),
            ("attach", "Karim el Amrani"),
        ]


def test_the_lead_reads_of_a_party_that_it_is_not_ready_and_not_what_it_lacks(world, draft):
    party_id = partners.add(world, draft)
    before = [one for one in blocking(world, draft) if "Zorgboerderij" in one]
    path = partners.invite(world, party_id)
    invited = [one for one in blocking(world, draft) if "Zorgboerderij" in one]
    part_id = partners.take_up(world, path)
    filling = blocking(world, draft)
    partners.fill(world, part_id)
    partners.declare(world, part_id)

    assert before == []
    assert invited == [
        "Zorgboerderij Het Erf B.V. is uitgenodigd om haar eigen deel in te vullen en heeft nog niet gereageerd."
    ]
    assert [one for one in filling if "Zorgboerderij" in one] == [
        "Zorgboerderij Het Erf B.V. heeft haar eigen deel nog niet gereed verklaard."
    ]
    assert filling.count("Vul het Bibob-vragenformulier in, of voeg het toe.") == 1
    assert [one for one in blocking(world, draft) if "Zorgboerderij" in one] == []


def test_where_the_procedure_does_not_ask_it_a_party_needs_no_bibob_form(world):
    partners.publish(world, each_party=False)
    draft = world.draft("anna")
    partners.joined(world, draft)

    with world.database.reading() as db:
        application = db.get_one(Application, draft)
        found = requirements.part_gaps(application, application.parties[0], world.clock())
        assert {one.step for one in found} == {"requirement"}


# Ready, taken back, left


def test_only_a_complete_part_is_declared_ready_by_the_signatory_with_both_declarations(world, draft):
    _, part_id = partners.joined(world, draft)
    editor = cast.colleague(world.stage, world.people["karim"], "Eva", "eva@aanbieder.example", ["editor"])
    world.people["eva"] = editor

    with pytest.raises(Incomplete):
        partners.declare(world, part_id)
    partners.fill(world, part_id)
    with pytest.raises(NotAllowed):
        partners.declare(world, part_id, "eva")
    with pytest.raises(NotFound):
        partners.declare(world, part_id, "anna")
    with pytest.raises(Invalid):
        part_act(world, "karim", own_parts.declare_ready, part_id, ["complete"])
    partners.declare(world, part_id)
    partners.declare(world, part_id)

    with world.database.reading() as db:
        part = db.get_one(OwnPart, part_id)
        assert (part.state, part.ready_by.name, part.ready_at) == ("ready", "Karim el Amrani", world.clock())
    assert len(told(world, "part_ready", "anna")) == 1
    world.people.pop("eva")


def test_what_is_ready_is_locked_until_it_is_taken_back(world, draft):
    _, part_id = partners.ready(world, draft)

    with pytest.raises(Refused, match="gereed verklaard"):
        partners.fill(world, part_id)
    part_act(world, "karim", own_parts.take_back, part_id)
    partners.fill(world, part_id)

    assert any("nog niet gereed" in one for one in blocking(world, draft))
    assert len(told(world, "part_taken_back", "anna")) == 1


def test_what_the_lead_adds_later_makes_a_ready_part_incomplete_again(world):
    partners.publish(world)
    published.requirement(world, "U92", "declaration", "party", product_codes=["DB-BASIS"])
    draft = world.draft("anna")
    partners.ready(world, draft)
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        wanted = [(one.product, one.municipality) for one in application.selections]
        more = next(p for lot in application.round.lots for p in lot.products if p.code == "DB-BASIS")
        choices.choose(application, anna, [*wanted, (more, wanted[0][1])], world.clock(), based_on=1)

    assert any("er ontbreekt iets sinds zij het gereed verklaarde" in one for one in blocking(world, draft))


def test_another_role_or_description_undoes_ready_and_tells_the_party(world, draft):
    party_id, part_id = partners.ready(world, draft)

    act(world, "anna", parties.change, party_id, {**partners.ERF, "part": "Biedt ook het vervoer."})

    with world.database.reading() as db:
        assert db.get_one(OwnPart, part_id).state == "filling"
    assert len(told(world, "part_changed", "karim")) == 1


def test_who_leaves_takes_its_own_out_of_the_draft_and_keeps_its_vault(world, draft):
    party_id = partners.add(world, draft)
    with world.database.transaction() as db:  # the lead began before it invited
        application, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        place = next(one for one in requirements.places(application) if one.key == "U91-P1")
        applications.answer(application, anna, place, {"note": "Volgt."}, world.clock(), based_on=0)
    part_id = partners.take_up(world, partners.invite(world, party_id))
    with world.database.transaction() as db:
        application, karim = db.get_one(Application, draft), db.get_one(User, world.people["karim"])
        places = {one.key: one for one in requirements.places(application)}
        applications.answer(application, karim, places["U90-P1"], {"text": "Van ons zelf."}, world.clock(), based_on=0)
        vault = db.scalars(select(Document).where(Document.organisation == karim.organisation)).all()
        mine = next(one for one in vault if one.kind == "kvk_extract")
        applications.attach_document(application, karim, places["U91-P1"], mine, world.clock())

    part_act(world, "karim", own_parts.leave, part_id)

    with world.database.reading() as db:
        part = db.get_one(OwnPart, part_id)
        assert (part.state, part.party.own_part, part.party.removed_at) == ("left", None, None)
        assert [one.value for one in db.scalars(select(Answer).where(Answer.party_id == party_id))] == [
            {"note": "Volgt."}
        ]
        assert db.scalars(select(Evidence).where(Evidence.party_id == party_id)).all() == []
        assert len(vault) == len(
            db.scalars(select(Document).where(Document.organisation_id == part.organisation_id)).all()
        )
    assert len(told(world, "part_left", "anna")) == 1
    with pytest.raises(NotFound):
        partners.declare(world, part_id)


def test_who_is_in_what_was_submitted_cannot_leave_until_the_lead_withdraws_it(world):
    partners.publish(world)
    application_id, _, part_id = partners.complete(world)
    cast.submit(world.stage, world.people["anna"], application_id)

    with pytest.raises(Refused, match="ingediend met uw deel"):
        part_act(world, "karim", own_parts.leave, part_id)
    cast.withdraw(world.stage, world.people["anna"], application_id)
    part_act(world, "karim", own_parts.leave, part_id)

    assert len(told(world, "part_withdrawn", "karim")) == 1


@pytest.mark.parametrize("way", [parties.take_over, parties.remove])
def test_the_lead_takes_over_or_removes_and_the_party_is_told(world, draft, way):
    party_id, part_id = partners.ready(world, draft)

    act(world, "anna", way, party_id)

    with world.database.reading() as db:
        assert db.get_one(OwnPart, part_id).state == "ended"
        assert db.scalars(select(Evidence).where(Evidence.party_id == party_id)).all() == []
    assert len(told(world, "part_ended", "karim")) == 1
    with pytest.raises(NotFound):
        part_act(world, "karim", own_parts.take_back, part_id)


def test_a_party_invited_again_comes_back_to_its_place(world, draft):
    party_id, _ = partners.joined(world, draft)
    act(world, "anna", parties.take_over, party_id)

    part_id = partners.take_up(world, partners.invite(world, party_id))
    partners.fill(world, part_id)
    partners.declare(world, part_id)

    assert not any("Zorgboerderij" in one for one in blocking(world, draft))


def test_after_the_closing_nothing_of_a_part_changes(world, draft):
    party_id, part_id = partners.ready(world, draft)
    world.close_round()

    for function in (own_parts.take_back, own_parts.leave):
        with pytest.raises(RoundClosed):
            part_act(world, "karim", function, part_id)
    with pytest.raises(RoundClosed):
        act(world, "anna", parties.take_over, party_id)


# What the lead may read


def test_a_party_says_per_place_what_its_lead_reads_and_files_are_kept_by_default(world, draft):
    _, part_id = partners.joined(world, draft)
    partners.fill(world, part_id)

    def readable():
        with world.database.reading() as db:
            application, part = db.get_one(Application, draft), db.get_one(OwnPart, part_id)
            found = {one.requirement.code if one.requirement else "bibob": one for one in application.evidence}
            assert set(found) == {"U91", "bibob"}
            return {key for key, one in found.items() if own_parts.may_read_file(part, one)}

    def share(choice):
        with world.database.transaction() as db:
            part, karim = db.get_one(OwnPart, part_id), db.get_one(User, world.people["karim"])
            place = next(one for one in own_parts.places(part.party.application, part.party) if one.key == "U91-P1")
            own_parts.share(part, karim, place, choice, world.clock())

    assert readable() == set()
    share("all")
    assert readable() == {"U91"}
    share("nothing")
    assert readable() == set()
    with pytest.raises(Invalid):
        share("everything")


# What is frozen


@pytest.fixture
def submitted(world):
    """Both submitted together; gives the ids of application and part."""
    partners.publish(world)
    application_id, _, part_id = partners.complete(world)
    cast.submit(world.stage, world.people["anna"], application_id)
    return application_id, part_id


def test_the_manifest_names_who_filled_in_and_who_declared_it_ready(world, submitted):
    with world.database.reading() as db:
        content = db.get_one(Application, submitted[0]).submissions[0].content

    (party,) = content["parties"]
    assert (party["filled_in_by"], party["ready_by"], party["own_part_id"]) == (
        "party",
        "Karim el Amrani",
        submitted[1],
    )
    assert party["ready_at"] == world.clock().isoformat()
    mine = [one for one in content["files"] if one["party"] == 1]
    assert {one["kind"] for one in mine} == {"kvk_extract", "bibob_form"}
    assert all(len(one["sha256"]) == 64 for one in mine)


def test_the_lead_gets_kind_and_hash_of_what_is_kept_and_nothing_else(world, submitted):
    with world.database.reading() as db:
        content = db.get_one(Application, submitted[0]).submissions[0].content
    shown = manifests.for_lead(content)

    secret = {one["filename"] for one in content["files"] if one["party"] == 1}
    own = {one["filename"] for one in content["files"] if one["party"] is None}
    text = json.dumps(shown)
    assert [one["sha256"] for one in shown["files"]] == [one["sha256"] for one in content["files"]]
    assert {one["filename"] for one in shown["files"] if one["party"] == 1} == {
        "Uittreksel Handelsregister (KvK)",
        "Bibob-vragenformulier",
    }
    assert not any(name in text for name in secret - own)
    assert [one["value"] for one in shown["answers"]] == [one["value"] for one in content["answers"]]


def test_a_party_that_the_lead_fills_in_is_named_so_and_nothing_is_kept(world):
    partners.publish(world)
    application_id = world.draft("anna")
    partners.add(world, application_id)
    cast.fill_in(world.stage, world.people["anna"], application_id, world.chance)
    cast.submit(world.stage, world.people["anna"], application_id)

    with world.database.reading() as db:
        content = db.get_one(Application, application_id).submissions[0].content
    assert content["parties"][0]["filled_in_by"] == "lead"
    assert manifests.for_lead(content) == content


def test_nothing_a_party_does_later_changes_what_was_submitted(world, submitted):
    application_id, part_id = submitted
    with world.database.reading() as db:
        before = db.get_one(Application, application_id).submissions[0].manifest

    part_act(world, "karim", own_parts.take_back, part_id)
    partners.fill(world, part_id)

    with world.database.reading() as db:
        application = db.get_one(Application, application_id)
        assert application.submissions[0].manifest == before
        assert applications.has_unsubmitted_changes(application)
    assert any("nog niet gereed" in one for one in blocking(world, application_id))


def test_the_party_is_told_of_the_submission_with_the_way_to_its_own_receipt(world, submitted):
    (mail,) = told(world, "part_submitted")

    assert mail.to == world.emails["karim"]
    assert mail.facts["path"].startswith(f"/aanmeldingen/delen/{submitted[1]}/ontvangst/")


def test_the_integrity_officer_has_a_form_of_each_who_takes_part(world, submitted):
    world.close_round()

    with world.database.reading() as db:
        check = db.scalars(select(IntegrityCheck)).one()
        assert sorted(integrity.concerned(check).values()) == ["Stichting De Linde", "Zorgboerderij Het Erf B.V."]
        assert set(integrity.concerned(check)) == integrity.sealed_document_ids(check)


def test_an_organisation_that_was_renamed_after_joining_is_submitted_under_its_new_name(world, draft):
    _, part_id = partners.joined(world, draft)
    partners.fill(world, part_id)
    with world.database.transaction() as db:
        db.get_one(OwnPart, part_id).organisation.name = "Het Erf Zorg B.V."

    partners.declare(world, part_id)

    with world.database.reading() as db:
        assert db.get_one(OwnPart, part_id).party.name == "Het Erf Zorg B.V."


# Reminding, and going on


def test_a_party_that_does_not_answer_is_reminded_seven_and_two_days_before_and_its_lead_too(world, draft):
    party_id = partners.add(world, draft)
    with world.database.reading() as db:
        closes_at = db.get_one(Round, world.rounds["2020-1"]).closes_at
    world.clock.set(closes_at - timedelta(days=12))
    path = partners.invite(world, party_id)
    counts = []
    for days in (8, 7, 6, 2, 1):
        world.clock.set(closes_at - timedelta(days=days, hours=1))
        world.work()
        counts.append((len(told(world, "part_reminder")), len(told(world, "part_missing", "anna"))))
        if days == 6:
            assert partners.take_up(world, path)

    assert counts == [(0, 0), (1, 1), (1, 1), (2, 2), (2, 2)]
    first, second = told(world, "part_reminder")
    assert (first.facts["is_invited"], second.facts["is_invited"]) == (True, False)


def test_who_is_ready_is_not_reminded(world, draft):
    partners.ready(world, draft)
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at - timedelta(days=2))
    world.work()

    assert told(world, "part_reminder") == []


def test_the_lead_reminds_at_most_once_a_day_and_nobody_who_is_ready(world, draft):
    party_id, part_id = partners.joined(world, draft)

    act(world, "anna", own_parts.remind, party_id)
    with pytest.raises(Refused, match="vandaag al"):
        act(world, "anna", own_parts.remind, party_id)
    world.clock.set(world.clock() + timedelta(days=1))
    act(world, "anna", own_parts.remind, party_id)
    partners.fill(world, part_id)
    partners.declare(world, part_id)
    world.clock.set(world.clock() + timedelta(days=1))
    with pytest.raises(Refused, match="hoeft niets meer"):
        act(world, "anna", own_parts.remind, party_id)

    assert len(told(world, "part_reminder", "karim")) == 2


def test_a_part_goes_on_in_the_next_round_and_is_still_the_partys_own(world, draft):
    _, part_id = partners.ready(world, draft)
    world.close_round()
    with world.database.reading() as db:
        later = db.get_one(Round, world.rounds["2020-2"])
        world.clock.set(later.opens_at)
    with world.database.transaction() as db:
        source, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        made = carrying.carry_over(source, db.get_one(Round, world.rounds["2020-2"]), anna, world.clock())
        db.add(made)
        target = made.id

    with world.database.transaction() as db:
        application, karim = db.get_one(Application, target), db.get_one(User, world.people["karim"])
        part = application.parties[0].own_part
        assert (part.state, part.organisation_id) == ("filling", karim.organisation_id)
        assert part.id != part_id
        mine = parties.of_organisation(application, application.parties[0], karim.organisation_id)
        assert len(mine) == 4  # two answers, an extract and the form of the integrity check
        assert {"U90-P1", "U91-P1", "integrity-P1"} <= application.unchecked
        with pytest.raises(NotFound):
            carrying.confirm(application, db.get_one(User, world.people["anna"]), "U91-P1", world.clock())
        carrying.confirm(application, karim, "U91-P1", world.clock())
        carrying.confirm(application, karim, "integrity-P1", world.clock())
        assert application.unchecked & {"U90-P1", "U91-P1", "integrity-P1"} == {"U90-P1"}
    assert len(told(world, "part_carried", "karim")) == 1


def test_the_secret_of_an_invitation_is_nowhere_but_in_the_mail(world, draft):
    path = partners.invite(world, partners.add(world, draft))
    secret = path.rpartition("/")[2]
    world.work()

    with world.database.reading() as db:
        assert db.scalars(select(PartyInvitation)).one().token_digest == digest(secret)
        assert [one.facts for one in db.scalars(select(Message).where(Message.template == "party_invited"))] == [{}]
        assert not any(secret in json.dumps(one.details) for one in db.scalars(select(AuditEvent)))

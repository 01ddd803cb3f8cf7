"""The vault of a tender: sealed until two people open it, and nobody reads before."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.cli import cast, vault_script
from portal.domain import editions, logins, procedures, reviews, sealing, tender_vault, vault_opening
from portal.errors import Invalid, NotAllowed, NotFound, Refused, RoundNotOpen
from portal.models import (
    Application,
    AuditEvent,
    Authority,
    HolderKey,
    Message,
    Round,
    SealedFile,
    SealedSubmission,
    Submission,
    TenderVault,
    User,
    VaultOpening,
    new_id,
)
from portal.queries import tender_vault as queries
from portal.worker import run_until_idle
from tests.tenders.conftest import EVERYWHERE, data

PASSWORD = cast.PASSWORD


@pytest.fixture
def sealed(tender):
    """Anna submitted in the vault; the round is closed, the vault is not open."""
    tender.apply("anna", EVERYWHERE)
    tender.submit("anna")
    tender.shut()
    return tender


def _vault(tender, db):
    return queries.vault(db, tender.round_id)


def _state(tender):
    with tender.world.database.reading() as db:
        return _vault(tender, db).state


def _unprepared(world):
    """A second tender of which nobody set up the vault; gives the round's id."""
    with world.database.transaction() as db:
        authority = db.get_one(Authority, world.authority_id)
        found = editions.load(authority, data(authority, slug="tweede"), "1" * 64, world.clock())
        db.add(found)
        procedures.publish(found, world.clock())
        return found.rounds[0].id


# --- setting up ---


def test_a_round_of_a_tender_waits_for_its_vault_and_opens_once_it_is_set_up(tender):
    world, anna = tender.world, tender.world.people["anna"]
    round_id = _unprepared(world)

    with pytest.raises(RoundNotOpen, match="kluis"):
        cast.start(world.stage, anna, round_id, [])
    vault_script.set_up(world.stage, round_id, world.people["renske"], tender.holders, PASSWORD)
    assert cast.start(world.stage, anna, round_id, EVERYWHERE)


def _name(tender, round_id, manager, *holders):
    with tender.world.database.transaction() as db:
        people = [db.get_one(User, tender.world.people[who]) for who in holders]
        actor = db.get_one(User, tender.world.people[manager])
        tender_vault.name_holders(db.get_one(Round, round_id), actor, people, tender.world.clock(), is_used=False)


def test_two_different_officials_hold_a_vault_and_nobody_who_assesses(tender):
    round_id = _unprepared(tender.world)
    tender.name_panel()

    with pytest.raises(Invalid):
        _name(tender, round_id, "renske", "ineke")
    with pytest.raises(Invalid):
        _name(tender, tender.round_id, "renske", "ineke", "fatma")
    with pytest.raises(NotFound):
        _name(tender, round_id, "renske", "ineke", "olga")
    with pytest.raises(NotAllowed):
        _name(tender, round_id, "ineke", "ineke", "wil")
    _name(tender, round_id, "renske", "ineke", "wil")


def test_a_holder_cannot_become_an_assessor_of_the_same_round(tender):
    from portal.domain import scoring

    with tender.world.database.transaction() as db:
        fatma = db.get_one(User, tender.world.people["fatma"])
        round_ = db.get_one(Round, tender.round_id)
        round_.vault.holders[0].user_id = fatma.id
        db.flush()
        with pytest.raises(Refused, match="houder"):
            scoring.name_assessor(round_, db.get_one(User, tender.world.people["renske"]), fatma, tender.world.clock())


def test_a_vault_can_be_set_up_anew_until_somebody_submits(tender):
    stage, people = tender.world.stage, tender.world.people
    with tender.world.database.reading() as db:
        before = _vault(tender, db).public_key
    vault_script.set_up(stage, tender.round_id, people["renske"], (people["ineke"], people["joris"]), PASSWORD)
    with tender.world.database.reading() as db:
        vault = _vault(tender, db)
        assert vault.public_key != before
        assert [one.user.name for one in vault.holders] == ["Ineke Bos", "Joris van Dam"]

    tender.apply("anna", EVERYWHERE)
    tender.submit("anna")
    with pytest.raises(Refused, match="al ingediend"):
        vault_script.set_up(stage, tender.round_id, people["renske"], tender.holders, PASSWORD)


# --- opening ---


def test_two_holders_open_it_and_everything_is_as_it_was_submitted(sealed):
    with sealed.world.database.reading() as db:
        assert db.scalars(select(Submission)).one().is_sealed
        assert db.get_one(Application, sealed.applicants["anna"]).review is None

    sealed.open_vault()

    with sealed.world.database.reading() as db:
        submission = db.scalars(select(Submission)).one()
        assert hashlib.sha256(submission.manifest.encode()).hexdigest() == submission.digest
        assert [one["criterion"] for one in reviews.submitted(submission)["offers"]] == ["G1", "G2"]
        application = db.get_one(Application, sealed.applicants["anna"])
        assert application.state == "under_review"
        assert len(application.selections) == len(EVERYWHERE)
        assert len(application.offer_texts) == 2
        assert application.sealed_at is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_either_holder_may_begin(sealed, order):
    first, second = (sealed.holders[one] for one in order)

    vault_script.open_vault(sealed.world.stage, sealed.round_id, (first, second), PASSWORD)

    assert _state(sealed) == "opened"


def test_before_the_instant_it_stays_closed_also_a_microsecond_before(tender):
    tender.apply("anna", EVERYWHERE)
    tender.submit("anna")
    with tender.world.database.reading() as db:
        closes_at = db.get_one(Round, tender.round_id).closes_at
    tender.world.clock.set(closes_at - timedelta(microseconds=1))

    with pytest.raises(Refused, match="na de sluiting"):
        vault_script.ask(tender.world.stage, tender.round_id, tender.holders[0], PASSWORD)
    tender.world.clock.set(closes_at)
    with pytest.raises(Refused):  # the instant has passed, and the portal has not closed the round yet
        vault_script.ask(tender.world.stage, tender.round_id, tender.holders[0], PASSWORD)
    tender.world.work()
    assert vault_script.ask(tender.world.stage, tender.round_id, tender.holders[0], PASSWORD)


def test_one_holder_alone_cannot_open_it_on_the_same_or_on_another_login(sealed):
    stage, (first, second) = sealed.world.stage, sealed.holders
    login = vault_script.ask(stage, sealed.round_id, first, PASSWORD)

    with pytest.raises(NotAllowed, match="Een ander"):
        vault_script.complete(stage, sealed.round_id, first, PASSWORD, login)
    with pytest.raises(NotAllowed, match="Een ander"):
        vault_script.complete(stage, sealed.round_id, first, PASSWORD)
    assert _state(sealed) == "ready"
    vault_script.complete(stage, sealed.round_id, second, PASSWORD)
    assert _state(sealed) == "opened"


def test_the_second_person_needs_a_login_of_their_own(sealed):
    stage, (first, second) = sealed.world.stage, sealed.holders
    login = vault_script.ask(stage, sealed.round_id, first, PASSWORD)

    with pytest.raises(NotAllowed, match="eigen apparaat"):
        vault_script.complete(stage, sealed.round_id, second, PASSWORD, login)


def test_who_is_no_holder_can_do_neither(sealed):
    with pytest.raises(NotAllowed):
        vault_script.ask(sealed.world.stage, sealed.round_id, sealed.world.people["renske"], PASSWORD)
    vault_script.ask(sealed.world.stage, sealed.round_id, sealed.holders[0], PASSWORD)
    with pytest.raises(NotAllowed):
        vault_script.complete(sealed.world.stage, sealed.round_id, sealed.world.people["joris"], PASSWORD)


def test_nine_minutes_and_59_seconds_is_in_time_and_ten_minutes_is_not(sealed):
    stage, (first, second) = sealed.world.stage, sealed.holders
    vault_script.ask(stage, sealed.round_id, first, PASSWORD)
    sealed.world.clock.advance(timedelta(minutes=10))

    with pytest.raises(Refused, match="tien minuten"):
        vault_script.complete(stage, sealed.round_id, second, PASSWORD)
    sealed.world.work()
    with sealed.world.database.reading() as db:
        ended = db.scalars(select(VaultOpening)).one()
        assert (ended.share, ended.completed_at) == ("", None)
        assert ended.ended_at is not None
    vault_script.ask(stage, sealed.round_id, first, PASSWORD)
    sealed.world.clock.advance(timedelta(minutes=9, seconds=59))
    vault_script.complete(stage, sealed.round_id, second, PASSWORD)
    assert _state(sealed) == "opened"


def test_a_wrong_password_opens_nothing(sealed):
    with pytest.raises(Invalid) as refused:
        vault_script.ask(sealed.world.stage, sealed.round_id, sealed.holders[0], "dit is een ander wachtwoord")
    assert "password" in refused.value.problems

    vault_script.ask(sealed.world.stage, sealed.round_id, sealed.holders[0], PASSWORD)
    with pytest.raises(Invalid):
        vault_script.complete(sealed.world.stage, sealed.round_id, sealed.holders[1], "dit is een ander wachtwoord")
    assert _state(sealed) == "ready"


@pytest.mark.parametrize("change", ["same person", "same login", "too late"])
def test_the_database_itself_refuses_a_completed_opening_that_breaks_a_rule(sealed, change):
    vault_script.ask(sealed.world.stage, sealed.round_id, sealed.holders[0], PASSWORD)

    with sealed.world.database.writing() as db:
        one = db.scalars(select(VaultOpening)).one()
        values = {"second_by_id": sealed.holders[1], "second_login_id": new_id(), "completed_at": one.asked_at}
        if change == "same person":
            values["second_by_id"] = one.first_by_id
        elif change == "same login":
            values["second_login_id"] = one.first_login_id
        else:
            values["completed_at"] = one.expires_at
        with pytest.raises(IntegrityError):
            db.execute(update(VaultOpening).values(**values))


def test_an_empty_vault_is_opened_too_and_its_report_says_so(tender):
    tender.shut()

    tender.open_vault()

    with tender.world.database.reading() as db:
        assert json.loads(_vault(tender, db).record)["submissions"] == []


# --- the report ---


def test_the_report_lists_every_sealed_hash_and_names_no_applicant(sealed):
    sealed.open_vault()

    with sealed.world.database.reading() as db:
        vault, lies = _vault(sealed, db), db.scalars(select(SealedSubmission)).one()
        facts = json.loads(vault.record)
        assert [one["receipt"] for one in facts["submissions"]] == [lies.submission.receipt_number]
        assert facts["submissions"][0]["sealed"] == sealing.sealed_hashes(lies)
        assert facts["submissions"][0]["sealed"][0] == hashlib.sha256(lies.content).hexdigest()
        assert facts["submissions"][0]["problem"] == ""
        assert [one["name"] for one in facts["acts"]] == ["Ineke Bos", "Wil de Haan"]
        assert facts["acts"][0]["login"] != facts["acts"][1]["login"]
        assert "Linde" not in vault.record
        pdf = sealed.world.services.files.read(vault.pdf_key)
        assert hashlib.sha256(pdf).hexdigest() == vault.pdf_sha256
        assert [one.is_intact for one in sealed.world.services.signer.verify(pdf)] == [True]
        told = set(db.scalars(select(Message.to).where(Message.template == "vault_opened")))
        assert {sealed.world.emails[one] for one in ("anna", "ineke", "wil", "renske")} <= told


def test_a_changed_byte_is_found_and_the_others_open(four):
    four.shut()
    with four.world.database.transaction() as db:
        broken = db.scalars(
            select(SealedSubmission).join(Submission).where(Submission.application_id == four.applicants["karim"])
        ).one()
        broken.content = broken.content[:100] + bytes([broken.content[100] ^ 1]) + broken.content[101:]

    four.open_vault()

    _is_only_karims_damaged(four)
    with four.world.database.transaction() as db:  # what was damaged is put back from a back-up
        broken = db.scalars(select(SealedSubmission).where(SealedSubmission.problem != "")).one()
        broken.content = broken.content[:100] + bytes([broken.content[100] ^ 1]) + broken.content[101:]
        chair = db.get_one(User, four.officials.chair)
        vault_opening.try_again(_vault(four, db), chair, queries.counting(db, four.round_id), four.world.clock())
    four.world.work()
    with four.world.database.reading() as db:
        assert db.get_one(Application, four.applicants["karim"]).state == "under_review"


def _is_only_karims_damaged(four):
    with four.world.database.reading() as db:
        states = {who: db.get_one(Application, one).state for who, one in four.applicants.items()}
        assert states == {"anna": "under_review", "karim": "submitted", "mila": "under_review", "noor": "under_review"}
        problems = [one["problem"] for one in json.loads(_vault(four, db).record)["submissions"]]
        assert sorted(map(bool, problems)) == [False, False, False, True]


def test_a_damaged_key_does_not_stop_the_opening(four):
    four.shut()
    with four.world.database.transaction() as db:
        some = db.scalars(select(SealedSubmission).order_by(SealedSubmission.id)).first()
        some.wrapped_key = some.wrapped_key[:-8] + "AAAAAAA="

    four.open_vault()

    with four.world.database.reading() as db:
        assert sum(bool(one["problem"]) for one in json.loads(_vault(four, db).record)["submissions"]) == 1


def test_ciphertext_moved_to_another_submission_does_not_open(four):
    four.shut()
    with four.world.database.transaction() as db:
        one, other = db.scalars(select(SealedSubmission).limit(2)).all()
        one.content, other.content = other.content, one.content
        one.wrapped_key, other.wrapped_key = other.wrapped_key, one.wrapped_key

    four.open_vault()

    with four.world.database.reading() as db:
        assert sum(bool(one["problem"]) for one in json.loads(_vault(four, db).record)["submissions"]) == 2


# --- the keys of holders ---


def _change_password(tender, who, new, *, knows_old):
    world, vault = tender.world, tender.world.services.vault
    user_id = world.people[who]
    proven = vault_script.prove(world.stage, user_id, PASSWORD)
    with world.database.transaction() as db:
        user, key, now = db.get_one(User, user_id), queries.live_key(db, user_id), world.clock()
        if knows_old:
            again = vault.personal(new, proven.private)
            login = db.get_one(type(_login(db, user_id)), _login(db, user_id).id)
            logins.change_password(login, True, new, cast.hashed(new), [], now, holder_key=key, wrapped_again=again)
        else:
            from portal.domain import accounts

            token, _secret = accounts.new_token(user, "reset", now)
            db.add(token)
            logins.reset_password(token, new, cast.hashed(new), [], now, holder_key=key)


def _login(db, user_id):
    from portal.models import LoginSession

    return db.scalars(select(LoginSession).where(LoginSession.user_id == user_id)).first()


NEW = "een heel ander wachtwoord"


def test_changing_a_password_keeps_the_key(sealed):
    vault_script.sign_in(sealed.world.stage, sealed.holders[0])
    _change_password(sealed, "ineke", NEW, knows_old=True)

    with pytest.raises(Invalid):
        vault_script.ask(sealed.world.stage, sealed.round_id, sealed.holders[0], PASSWORD)
    vault_script.ask(sealed.world.stage, sealed.round_id, sealed.holders[0], NEW)
    vault_script.complete(sealed.world.stage, sealed.round_id, sealed.holders[1], PASSWORD)
    assert _state(sealed) == "opened"


def _escrow(tender, who, key, reason="Ineke is haar wachtwoord vergeten."):
    world = tender.world
    login_id = vault_script.sign_in(world.stage, world.people[who])
    with world.database.transaction() as db:
        from portal.models import LoginSession

        vault_opening.complete_by_escrow(
            _vault(tender, db),
            db.get_one(User, world.people[who]),
            db.get_one(LoginSession, login_id),
            key,
            reason,
            queries.counting(db, tender.round_id),
            world.services.vault,
            world.clock(),
        )


def test_a_reset_loses_the_key_and_the_escrow_key_takes_its_place_and_all_are_told(sealed):
    stage, (lost, present) = sealed.world.stage, sealed.holders
    _change_password(sealed, "ineke", NEW, knows_old=False)
    with sealed.world.database.reading() as db:
        assert db.scalars(select(HolderKey).where(HolderKey.user_id == lost)).one().wrapped == ""
        assert db.scalars(select(Message.to).where(Message.template == "vault_holder_lost")).all()
    with pytest.raises(Refused, match="verloren"):
        vault_script.ask(stage, sealed.round_id, lost, NEW)

    vault_script.ask(stage, sealed.round_id, present, PASSWORD)
    with pytest.raises(Invalid) as refused:
        _escrow(sealed, "renske", sealed.world.services.vault.pair().private)
    assert set(refused.value.problems) == {"escrow"}
    with pytest.raises(Invalid) as refused:
        _escrow(sealed, "renske", sealed.escrow, reason="zo")
    assert set(refused.value.problems) == {"reason"}
    with pytest.raises(NotAllowed):
        _escrow(sealed, "wil", sealed.escrow)  # Wil asked to open
    _escrow(sealed, "renske", sealed.escrow)
    sealed.world.work()

    with sealed.world.database.reading() as db:
        facts = json.loads(_vault(sealed, db).record)
        assert facts["by_escrow"]
        assert facts["reason"] == "Ineke is haar wachtwoord vergeten."
        assert db.get_one(Application, sealed.applicants["anna"]).state == "under_review"
        told = set(db.scalars(select(Message.to).where(Message.template == "vault_opened")))
        officials = {one.email for one in queries.officials(db, sealed.world.authority_id)}
        assert officials | {sealed.world.emails["anna"]} == told


def test_the_escrow_key_alone_opens_nothing_and_not_while_both_holders_are_there(sealed):
    vault = sealed.world.services.vault
    with sealed.world.database.reading() as db:
        for holder in _vault(sealed, db).holders:
            for context in (tender_vault.escrow_context(holder), tender_vault.share_context(holder)):
                for envelope in (holder.share, holder.escrow_share):
                    with pytest.raises(Exception, match="verzegeld"):
                        vault.open(sealed.escrow, envelope, context)
    with pytest.raises(Refused):
        _escrow(sealed, "renske", sealed.escrow)

    vault_script.ask(sealed.world.stage, sealed.round_id, sealed.holders[0], PASSWORD)
    with pytest.raises(Refused, match="alleen voor"):
        _escrow(sealed, "renske", sealed.escrow)


# --- killed between two steps ---


def test_a_worker_killed_between_any_two_steps_goes_on_without_a_second_ceremony(four, monkeypatch):
    four.shut()
    vault_script.open_vault(four.world.stage, four.round_id, four.holders, PASSWORD)
    from portal.worker import vault as work

    with four.world.database.reading() as db:
        ids = list(queries.sealed_to_settle(db, four.world.clock()))
    assert len(ids) == 4
    work.settle(four.world.database, four.world.services, ids[0])
    with monkeypatch.context() as killed:
        killed.setattr(sealing, "restore_documents", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            work.settle(four.world.database, four.world.services, ids[1])

    run_until_idle(four.world.database, four.world.services)
    run_until_idle(four.world.database, four.world.services)

    with four.world.database.reading() as db:
        assert {db.get_one(Application, one).state for one in four.applicants.values()} == {"under_review"}
        assert [one.released_key for one in db.scalars(select(SealedSubmission))] == [""] * 4
        assert not any(one["problem"] for one in json.loads(_vault(four, db).record)["submissions"])
        opened = db.scalars(select(AuditEvent).where(AuditEvent.act == "open")).all()
        assert len(opened) == 1


def test_a_submission_broken_off_leaves_only_what_the_sweep_takes(tender):
    tender.apply("anna", EVERYWHERE)
    plan = _attach_plan(tender)
    vault_script.prepare(tender.world.stage, tender.applicants["anna"])  # and then the process died
    files = tender.world.services.files
    assert len(_keys(files, "sealed/")) == 1

    tender.submit("anna")
    tender.world.work()
    from portal.worker import sweep
    from portal.worker.vault import EVER

    sweep(tender.world.database, tender.world.services, EVER)
    with tender.world.database.reading() as db:
        one = db.scalars(select(SealedFile)).one()
        assert one.document_id == plan
        assert _keys(files, "sealed/") == [one.storage_key]


def _keys(files, prefix):
    from portal.worker.vault import EVER

    return list(files.keys(prefix, EVER))


def _attach_plan(tender, who="anna"):
    from portal.domain import offering, offers
    from portal.models import Document

    plan = cast.sample(tender.world.stage, tender.world.people[who], "plan_of_approach")
    with tender.world.database.transaction() as db:
        application, user = db.get_one(Application, tender.applicants[who]), db.get_one(User, tender.world.people[who])
        place = offers.criteria_at(application)[0]
        offering.attach(application, user, place, db.get_one(Document, plan), tender.world.clock())
    return plan


def test_nothing_of_a_private_key_of_the_round_is_stored(tender):
    with tender.world.database.reading() as db:
        columns = set(TenderVault.__table__.columns.keys())
        assert not any("private" in one for one in columns)
        vault, crypto = _vault(tender, db), tender.world.services.vault
        proven = [vault_script.prove(tender.world.stage, one, PASSWORD) for one in tender.holders]
        shares = [
            crypto.open(key.private, one.share, tender_vault.share_context(one))
            for key, one in zip(proven, vault.holders, strict=True)
        ]
        assert not any(crypto.fits(one, vault.public_key) for one in shares)
        assert crypto.fits(crypto.join(*shares), vault.public_key)

"""The close certificate: every receipt under one root, once, with trusted time that may come later."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal import errors
from portal.adapters.clock import MovedClock
from portal.adapters.timestamps import HttpTimestamps
from portal.cli import cast
from portal.domain import applications, certificates, merkle, proofs
from portal.models import Application, AuditEvent, CloseCertificate, Round, User
from portal.queries import certificates as queries
from portal.worker.certificates import certify_round, stamp_certificate
from tests.conftest import MORNING
from tests.timestamping import serve


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"leaf %d" % number) for number in range(count)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.data())
def test_every_leaf_has_a_way_to_the_root_and_a_changed_one_has_none(count, data):
    hashes = leaves(count)
    root = merkle.root(hashes)

    for index in range(count):
        assert merkle.is_included(hashes[index], index, count, merkle.path(hashes, index), root)

    if count:
        index = data.draw(st.integers(0, count - 1))
        way = merkle.path(hashes, index)
        other = merkle.leaf_hash(b"another")
        assert not merkle.is_included(other, index, count, way, root)
        assert not merkle.is_included(hashes[index], index, count, [*way, other], root)
        assert merkle.root([*hashes[:index], other, *hashes[index + 1 :]]) != root
        assert merkle.root(hashes[:index] + hashes[index + 1 :]) != root
        if way:
            at = data.draw(st.integers(0, len(way) - 1))
            assert not merkle.is_included(hashes[index], index, count, [*way[:at], other, *way[at + 1 :]], root)
            assert not merkle.is_included(hashes[index], index, count, way[:-1], root)


@pytest.mark.parametrize("index", [-1, 3, 10])
def test_a_place_outside_the_tree_proves_nothing(index):
    hashes = leaves(3)

    assert not merkle.is_included(hashes[0], index, 3, merkle.path(hashes, 0), merkle.root(hashes))
    with pytest.raises(IndexError):
        merkle.path(hashes, index)


def test_a_node_does_not_pass_for_a_leaf():
    # whoever leaves out the lowest steps of a way shows a node, not a receipt
    hashes = leaves(4)
    left, right = merkle.root(hashes[:2]), merkle.root(hashes[2:])

    assert merkle.is_included(left, 0, 2, [right], merkle.root(hashes))
    assert not merkle.is_included(left, 0, 4, [right], merkle.root(hashes))


def test_the_roots_are_those_of_certificate_transparency():
    # the test vectors of the reference implementation (certificate-transparency-go, merkle/testonly)
    inputs = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243")]
    roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    ]

    hashes = [merkle.leaf_hash(one) for one in inputs]

    assert [merkle.root(hashes[:count]).hex() for count in range(6)] == roots


def certificate_of(world, db, label="2020-1") -> CloseCertificate:
    return db.scalars(select(CloseCertificate).where(CloseCertificate.round_id == world.rounds[label])).one()


def again(world, who: str, application_id: str) -> None:
    """Submit once more, after a changed answer."""
    world.clock.advance(timedelta(hours=1))
    cast.submit(world.stage, world.people[who], application_id)


def test_a_closed_round_gets_one_certificate_over_all_its_receipts(world):
    application_id = world.submitted("anna")
    again(world, "anna", application_id)
    withdrawn = world.submitted("karim")
    with world.database.transaction() as db:
        applications.withdraw(
            db.get_one(Application, withdrawn), db.get_one(User, world.people["karim"]), world.clock()
        )

    world.close_round()

    with world.database.reading() as db:
        found = certificate_of(world, db)
        receipts = queries.receipts(db, world.rounds["2020-1"])
        events = db.scalars(select(AuditEvent.act).where(AuditEvent.subject_id == found.id)).all()
        assert sorted(one.standing for one in receipts) == ["counts", "superseded", "withdrawn"]
        assert [one.receipt_number for one in receipts] == sorted(one.receipt_number for one in receipts)
        assert json.loads(found.statement)["receipts"] == len(found.leaves) == 3
        assert all(proofs.proof_in(found, one).holds for one in receipts)
        assert world.services.timestamps.verify(found.token, bytes.fromhex(found.digest)).at == found.stamped_at
        assert list(events) == ["certify", "stamp", "draw_up_certificate"]
        assert certify_round(world.database, world.services, found.round_id) is False


def test_a_round_without_submissions_gets_a_certificate_too(world):
    world.draft("anna")

    world.close_round()

    with world.database.reading() as db:
        found = certificate_of(world, db)
        assert (found.leaves, found.root) == ([], merkle.root([]).hex())
        assert found.is_final


def test_an_open_round_gets_no_certificate(world):
    world.submitted("anna")

    world.work()

    with world.database.reading() as db:
        assert db.scalars(select(CloseCertificate)).all() == []
        with pytest.raises(errors.Refused, match="sluit pas"):
            certificates.make(db.get_one(Round, world.rounds["2020-1"]), [], world.clock())


def test_the_proof_of_a_receipt_does_not_hold_for_another_standing_or_digest(world):
    world.submitted("anna")
    world.close_round()

    with world.database.reading() as db:
        found = certificate_of(world, db)
        receipt = queries.receipts(db, found.round_id)[0]

    assert proofs.proof_in(found, receipt).holds
    assert proofs.proof_in(found, replace(receipt, standing="withdrawn")) is None
    assert proofs.proof_in(found, replace(receipt, digest="0" * 64)) is None
    assert not replace(proofs.proof_in(found, receipt), receipt=replace(receipt, digest="0" * 64)).holds


@pytest.fixture
def tsa(world, tmp_path):
    """A real authority over HTTP that says the time of the world's clock; the world's worker asks it."""
    authority, stop = serve(tmp_path / "tsa", world.clock)
    timestamps = HttpTimestamps(authority.url, authority.certificates, timeout=2)
    world.stage = replace(world.stage, services=replace(world.services, timestamps=timestamps))
    yield authority
    stop()


@pytest.mark.parametrize("fault", ["error", "nonce", "imprint", "expired"])
def test_without_trusted_time_it_is_published_but_not_final_and_the_stamp_follows(world, tsa, fault):
    world.submitted("anna")
    tsa.fault = fault

    world.close_round()
    with world.database.reading() as db:
        before = certificate_of(world, db)
        text, next_try_at = before.statement, before.next_try_at
        assert (before.is_final, before.tries, before.pdf_key) == (False, 1, None)
        assert before.last_error
    tsa.fault = ""
    world.work()
    assert tsa.asked == 2  # for the rounds of two regions, once each
    world.clock.set(next_try_at)
    world.work()

    with world.database.reading() as db:
        after = certificate_of(world, db)
        assert (after.is_final, after.statement, after.stamped_at) == (True, text, next_try_at)
        assert (after.stamp_authority, after.last_error) == ("Proef TSA", "")
        assert after.pdf_key is not None


def test_a_stamp_from_before_the_closing_is_refused_and_one_at_the_instant_is_not(world, tsa):
    # then the clock of the portal runs ahead, and nobody may say that the round was closed in time
    world.submitted("anna")
    behind = MovedClock(MORNING)
    tsa.clock = behind

    world.close_round()
    with world.database.reading() as db:
        found = certificate_of(world, db)
        assert not found.is_final
        assert "vóór het sluiten" in found.last_error
        world.clock.set(found.next_try_at)
        behind.set(found.round.closes_at)
    world.work()

    with world.database.reading() as db:
        found = certificate_of(world, db)
        assert (found.is_final, found.stamped_at) == (True, found.round.closes_at)


def test_two_workers_make_one_certificate_and_one_stamp(world):
    world.submitted("anna")
    world.close_round()
    with world.database.reading() as db:
        found = certificate_of(world, db)
        before = (found.id, found.token)

    assert certify_round(world.database, world.services, world.rounds["2020-1"]) is False
    assert stamp_certificate(world.database, world.services, found.id) is False

    with world.database.reading() as db:
        after = certificate_of(world, db)
        assert (after.id, after.token) == before

"""The demonstration: every state, nothing in the future, built once, and never half."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal import terms
from portal.adapters import passwords, schema
from portal.adapters.assembly import build_services
from portal.adapters.clock import MovedClock
from portal.adapters.signing import PadesSigner, TestAuthority
from portal.cli.cast import Stage
from portal.cli.demo import ACCOUNTS, PASSWORD, build_demo
from portal.domain import applications, calendar, requirements
from portal.errors import Unavailable
from portal.extensions import Database, open_engine
from portal.models import (
    Agreement,
    Application,
    AuditEvent,
    Authority,
    Conflict,
    Decision,
    Document,
    IntegrityCheck,
    Mandate,
    Message,
    Organisation,
    Review,
    Round,
    Submission,
    User,
)
from portal.queries import agreements as register
from portal.services import StoredFile
from portal.worker import run_until_idle
from tests import backends

# A Saturday night after a row of holidays: what the demonstration counts back over is as uneven as it gets.
PRESENT = datetime(2027, 1, 2, 2, 30, tzinfo=UTC)


class FullDisk:
    """A store that takes nothing."""

    def sink(self, key: str, **_: Any) -> StoredFile:
        raise Unavailable("Er is geen ruimte meer.")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, test_authority: TestAuthority) -> Iterable[Stage]:
    folder = backends.prepare(tmp_path_factory.mktemp("demo"))
    database = Database(open_engine(backends.database_url(folder)))
    schema.migrate(database.engine)
    settings = {
        "INSTANCE": folder,
        "STORAGE_URL": backends.storage_url(folder),
        "MAIL_URL": f"folder:{folder / 'mail'}",
        "MAIL_SENDER": "Voordeur <voordeur@voordeur.example>",
        "PORTAL_URL": "http://portaal.test",
        "DEMO": True,
    }
    yield Stage(database, build_services(settings, now=MovedClock(PRESENT), signer=PadesSigner(test_authority)))
    backends.leave(database, folder)


@pytest.fixture(scope="module")
def demo(empty: Stage) -> Stage:
    """The demonstration, after a first build that was stopped by a full disk."""
    with pytest.raises(Unavailable):
        build_demo(empty.database, replace(empty.services, files=FullDisk()))  # type: ignore[arg-type]
    with empty.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Authority)) == 0
    assert build_demo(empty.database, empty.services)
    return empty


def _states(stage: Stage, column: Any) -> set[str]:
    with stage.database.reading() as db:
        return set(db.scalars(select(column).distinct()))


def test_a_build_that_was_stopped_leaves_an_empty_database_and_the_next_one_is_whole(demo: Stage) -> None:
    with demo.database.reading() as db:
        slugs = set(db.scalars(select(Authority.slug)))

    assert slugs == {"meierij", "de-waarden", "almelo", "samen14", "achterhoek", "mijov"}


def test_every_state_of_the_path_is_there(demo: Stage) -> None:
    assert _states(demo, Application.state) == set(terms.APPLICATION_STATES)
    assert _states(demo, Review.state) == set(terms.REVIEW_STATES)
    assert _states(demo, Agreement.state) == set(terms.AGREEMENT_STATES)
    assert _states(demo, IntegrityCheck.outcome) == set(terms.INTEGRITY_OUTCOMES)
    # The other outcomes are those of an award; the demonstration's tender is open for applications.
    assert _states(demo, Decision.outcome) == set(terms.OUTCOMES) - {"qualified", "reserve", "not_awarded"}


def test_one_round_is_closed_one_is_open_and_the_next_is_planned(demo: Stage) -> None:
    with demo.database.reading() as db:
        rounds = db.scalars(
            select(Round).join(Authority).where(Authority.slug == "meierij").order_by(Round.opens_at).limit(3)
        ).all()
        days_left = (calendar.local_day(rounds[1].closes_at) - PRESENT.date()).days

    assert [one.state(PRESENT) for one in rounds] == ["closed", "open", "planned"]
    assert 21 <= days_left <= 31


def test_no_review_is_late(demo: Stage) -> None:
    with demo.database.reading() as db:
        due = db.scalar(select(func.min(Review.due_on)).where(Review.state != "confirmed"))

    assert due is not None
    assert due > PRESENT.date()


def test_nothing_happens_in_the_future(demo: Stage) -> None:
    moments = (AuditEvent.at, Message.created_at, Document.uploaded_at, Submission.submitted_at, User.created_at)

    with demo.database.reading() as db:
        latest = [db.scalar(select(func.max(moment))) for moment in moments]

    assert all(one is not None and one < PRESENT for one in latest)


def test_drafts_are_empty_half_and_complete_and_one_submission_was_changed_afterwards(demo: Stage) -> None:
    with demo.database.reading() as db:
        drafts = db.scalars(select(Application).where(Application.state == "draft")).all()
        steps = sorted(len([gap for gap in requirements.gaps(one, PRESENT) if gap.blocks]) for one in drafts)
        empty_ones = [one for one in drafts if not one.selections]
        submitted = db.scalars(select(Application).where(Application.state == "submitted")).all()
        changed = [one for one in submitted if applications.has_unsubmitted_changes(one)]

    assert steps[:2] == [0, 1]  # complete; empty, which asks only to choose
    assert steps[2] > 3
    assert len(empty_ones) == 1
    assert len(changed) == 1
    assert len(submitted) == 2


def test_vaults_hold_an_expired_a_superseded_and_a_removed_document(demo: Stage) -> None:
    with demo.database.reading() as db:
        expired = db.scalars(select(Document).where(Document.expires_on < PRESENT.date())).all()
        superseded = db.scalars(select(Document).where(Document.superseded_by_id.is_not(None))).all()
        newer = [one.superseded_by for one in superseded]
        removed = db.scalars(select(Document).where(Document.removed_at.is_not(None))).all()

    assert [one.kind for one in expired] == ["hkz_certificate"]
    assert [one.version for one in newer if one is not None] == [2]
    assert len(removed) == 1


def test_an_interest_was_declared_and_the_dossier_is_not_judged_by_who_declared_it(demo: Stage) -> None:
    with demo.database.reading() as db:
        conflict = db.scalars(select(Conflict)).one()
        review = conflict.application.review

    assert review is not None
    assert review.first_by_id is None


def test_the_reasoning_behind_an_objection_is_a_sealed_file_and_two_people_decided_it(demo: Stage) -> None:
    with demo.database.reading() as db:
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.outcome == "objection")).one()
        (file,) = check.files
        proposal = file.last("proposal")
    assert proposal is not None
    assert file.proposed_by_id != file.decided_by_id

    said = b"".join(demo.services.files.unseal(proposal.storage_key)).decode()

    assert "Uit het formulier en open bronnen blijkt" in said
    assert b"formulier" not in demo.services.files.read(proposal.storage_key)


def test_every_account_can_sign_in_with_the_password_that_is_shown(demo: Stage) -> None:
    with demo.database.reading() as db:
        users = {one.email: one for one in db.scalars(select(User).where(User.email.in_(ACCOUNTS)))}

    assert users.keys() == ACCOUNTS.keys()
    assert all(one.verified_at is not None and one.disabled_at is None for one in users.values())
    assert passwords.matches(users["anna@delinde.example"].password_hash, PASSWORD)
    assert not passwords.matches(users["anna@delinde.example"].password_hash, PASSWORD + "!")


def test_anna_has_a_draft_in_the_open_round_and_an_agreement_to_sign(demo: Stage) -> None:
    with demo.database.reading() as db:
        anna = db.scalars(select(User).where(User.email == "anna@delinde.example")).one()
        own = select(Application.state).where(Application.organisation_id == anna.organisation_id)
        states = db.scalars(own.order_by(Application.created_at)).all()
        agreement = db.scalars(select(Agreement).where(Agreement.organisation_id == anna.organisation_id)).one()
        noor = db.scalars(select(User).where(User.email == "noor@delinde.example")).one()

    assert list(states) == ["decided", "draft"]
    assert agreement.state == "drawn_up"
    assert anna.role_names == {"editor", "signatory"}
    assert noor.role_names == {"editor"}


def test_a_consultant_of_no_organisation_fills_in_under_a_dated_mandate(demo: Stage) -> None:
    with demo.database.reading() as db:
        mandate = db.scalars(select(Mandate)).one()
        holder, event = mandate.holder, db.scalars(select(AuditEvent).where(AuditEvent.on_behalf_of != "")).first()
        round_ = db.get_one(Round, mandate.rounds[0].round_id)

        assert holder is not None
        assert (holder.email, holder.organisation_id) == ("sander@zorgadvies.example", None)
        assert (mandate.organisation.name, mandate.may_submit) == ("Stichting De Linde", False)
        assert mandate.holds(PRESENT)
        assert PRESENT < round_.closes_at < mandate.ends_at
        assert event is not None
        assert (event.act, event.actor_id, event.on_behalf_of) == ("answer", holder.id, "Stichting De Linde")


def test_the_public_register_shows_who_signed_and_nobody_else(demo: Stage) -> None:
    with demo.database.reading() as db:
        found = register.register(db, register.Wanted(on=calendar.local_day(PRESENT)), register.Cursor())

    assert [one.name for one in found.providers] == ["Dagcentrum Windwijzer", "Zorghoeve Kwikstaart B.V."]


def test_building_twice_is_building_once(demo: Stage) -> None:
    with demo.database.reading() as db:
        before = db.scalar(select(func.count()).select_from(Organisation))

    assert not build_demo(demo.database, demo.services)

    with demo.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Organisation)) == before


@pytest.mark.slow
def test_the_portals_own_worker_finishes_what_the_demonstration_leaves_to_it(demo: Stage) -> None:
    done = run_until_idle(demo.database, demo.services)

    with demo.database.reading() as db:
        without = db.scalar(select(func.count()).select_from(Submission).where(Submission.receipt_key.is_(None)))
        due = db.scalar(select(func.count()).select_from(Agreement).where(Agreement.state == "due"))
    assert done["receipts_to_draw_up"] == 20
    assert (without, due) == (0, 0)


def test_documents_are_stored_under_the_key_that_their_row_names(demo: Stage, tmp_path: Path) -> None:
    with demo.database.reading() as db:
        keys = db.scalars(select(Document.storage_key)).all()

    assert all(demo.services.files.exists(key) for key in keys)

"""Two authorities on one portal: neither sees the other's rows, whatever is asked."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.models import Base, OwnedByAuthority, Procedure, Review, Round
from portal.queries.tenancy import narrow

OWNED = sorted(
    (one.class_ for one in Base.registry.mappers if issubclass(one.class_, OwnedByAuthority)),
    key=lambda one: one.__name__,
)


def test_a_narrowed_session_sees_only_its_own_rows(world):
    world.submitted("anna")
    world.close_round()
    for model in OWNED:
        with world.database.reading() as db:
            everything = db.scalar(select(func.count()).select_from(model))
            own = select(func.count()).select_from(model).where(model.authority_id == world.other_authority_id)
            mine = db.scalar(own)
            narrow(db, world.other_authority_id)

            seen = db.scalars(select(model)).all()

            assert {one.authority_id for one in seen} <= {world.other_authority_id}, model
            assert len(seen) == mine <= everything, model


def test_loading_by_id_and_through_a_relationship_is_narrowed_too(world):
    world.submitted("anna")
    world.close_round()
    with world.database.reading() as db:
        review_id = db.scalars(select(Review.id)).one()
    with world.database.reading() as db:
        narrow(db, world.other_authority_id)

        assert db.get(Review, review_id) is None
        assert db.get(Procedure, world.procedure_id) is None
        assert {one.id for one in db.get_one(Procedure, world.other_procedure_id).rounds} == set(
            world.other_rounds.values()
        )


def test_columns_and_counts_are_narrowed_as_well(world):
    with world.database.reading() as db:
        narrow(db, world.authority_id)

        assert set(db.scalars(select(Round.id))) == set(world.rounds.values())
        assert db.scalar(select(func.count(Round.id))) == len(world.rounds)


def test_every_table_says_whose_it_is_or_why_not():
    shared = {
        "authorities",  # the owners themselves
        "organisations",  # an applicant belongs to itself and applies to many
        "users",
        "user_roles",
        "login_sessions",
        "mail_tokens",
        "documents",  # the vault is the organisation's; an authority sees what was submitted to it
        "uploads", "photos",  # on their way to that vault
        "document_readings",  # of a document in that vault; gone when it is sealed
        "erasures",  # of a document in that vault, by its owner's wish
        "calendar_feeds",  # of one person, about that vault
        "mandates", "mandate_rounds",  # from an organisation to a person, for rounds of any authority
        "post_pointers",  # that a person was pointed to new messages, not to which
        "alarms", "probes", "task_runs", "worker_beats",  # of the portal as a whole; no dossier in them
    }  # fmt: skip

    unowned = {table.name for table in Base.metadata.tables.values() if "authority_id" not in table.columns}

    assert unowned | {"users"} == shared

"""When the database cannot serve: locked, full, cut off, gone. A page that says so, and nothing kept by half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from portal.models import Answer, Organisation
from tests import backends
from tests.conftest import Browser, World

NEWCOMER = {
    "kvk_number": "34567890", "name": "De Brink", "legal_form": "bv", "person_name": "Noor Brink",
    "email": "noor@brink.example", "password": "drie appels en een peer",
}  # fmt: skip


@pytest.fixture
def settings(world: World) -> Callable[[str, str], None]:
    """`settings(for SQLite, for PostgreSQL)`: every connection from now on begins with this statement."""

    def use(sqlite: str, postgresql: str) -> None:
        engine = world.database.engine
        statement = sqlite if engine.dialect.name == "sqlite" else postgresql

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            if statement:
                with connection.cursor() if engine.dialect.name != "sqlite" else connection as one:
                    one.execute(statement)
                if engine.dialect.name != "sqlite":
                    connection.commit()

        engine.dispose()

    return use


def organisations(world: World) -> int:
    with world.database.reading() as db:
        return db.scalar(select(func.count()).select_from(Organisation)) or 0


def says_it_is_away(answer: Any) -> bool:
    page = answer.get_data(as_text=True)
    return (
        answer.status_code == 503
        and int(answer.headers["Retry-After"]) > 0
        and "Er is niets kwijt" in page
        and "Nadert een sluitingstijd?" in page
    )


def test_a_database_that_somebody_keeps_locked_is_said_and_the_same_form_works_afterwards(
    visitor: Browser, world: World, settings: Callable[[str, str], None]
) -> None:
    settings("PRAGMA busy_timeout=50", "SET lock_timeout = '50ms'")
    form = {"csrf_token": visitor.token("/"), **NEWCOMER}

    with world.database.transaction() as other:
        other.execute(text("SELECT 1"))
        refused = visitor.client.post("/registreren", data=form)
    again = visitor.client.post("/registreren", data=form)

    assert says_it_is_away(refused)
    assert "verstuur het opnieuw" in refused.text
    assert again.status_code < 400
    assert organisations(world) == 3


def test_a_visit_that_cannot_be_noted_does_not_change_the_answer(
    browse: Any, world: World, settings: Callable[[str, str], None]
) -> None:
    settings("PRAGMA busy_timeout=50", "SET lock_timeout = '50ms'")
    application_id, anna = world.draft(), browse("anna")
    form = {"csrf_token": anna.token("/"), "text": "Kort."}
    world.clock.set(world.clock() + timedelta(minutes=5))
    others: list[Any] = []

    @event.listens_for(world.database._writing, "after_rollback")
    def _somebody_else_begins(_session: Any) -> None:
        if not others:
            others.append(world.database.writing())
            others[0].execute(text("SELECT 1"))

    refused = anna.client.post(f"/aanmeldingen/{application_id}/eisen/T99", data=form, headers={"Accept": "text/plain"})
    others[0].close()

    assert (refused.status_code, refused.mimetype) == (404, "text/plain")


def test_a_full_disk_is_said_and_leaves_no_half(
    browse: Any, world: World, settings: Callable[[str, str], None]
) -> None:
    application_id, anna = world.draft(), browse("anna")
    path = f"/aanmeldingen/{application_id}/eisen/T10-1A"
    # longer than a page of the database, so it cannot be fitted in beside something else
    form = {"csrf_token": anna.token("/"), "text": "lang " * 2000, "based_on": "0"}
    if world.database.engine.dialect.name == "sqlite":
        settings("PRAGMA max_page_count=1", "")  # the file may not grow: SQLite says what it says on a full disk
    else:
        _refuse_rows(world)

    assert says_it_is_away(anna.client.post(path, data=form))

    assert anna.get(path).status_code == 200
    with world.database.reading() as db:
        assert not db.scalars(select(Answer).where(Answer.application_id == application_id)).all()


def _refuse_rows(world: World) -> None:
    """Storing an organisation ends as it does on a disk without room."""
    with world.database.transaction() as db:
        db.execute(
            text(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
            )
        )
        db.execute(text("CREATE TRIGGER full_disk BEFORE INSERT ON answers FOR EACH ROW EXECUTE FUNCTION full_disk()"))


def test_a_database_that_is_gone_costs_a_page_and_not_the_login(app: Flask, browse: Any, world: World) -> None:
    anna = browse("anna")
    assert anna.get("/aanmeldingen").status_code == 200

    comes_back = _take_away(app, world)
    pages = [anna.get(path) for path in ("/aanmeldingen", "/", "/inloggen")]
    health = anna.get("/healthz")
    comes_back()

    assert says_it_is_away(pages[0])
    assert says_it_is_away(pages[1])
    assert pages[2].status_code in (200, 503)
    assert health.status_code == 503
    assert anna.get("/aanmeldingen").status_code == 200


def _take_away(app: Flask, world: World) -> Callable[[], None]:
    if not backends.ON_SERVERS:
        from portal.extensions import Database, open_engine

        whole, app.extensions["database"] = app.extensions["database"], Database(open_engine("sqlite:////nergens/x.db"))
        return lambda: app.extensions.update(database=whole)
    name = world.database.engine.url.database
    backends.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    backends.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    return lambda: backends.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.skipif(not backends.ON_SERVERS, reason="SQLite has no connections that a server can end")
def test_connections_that_the_server_ended_are_made_anew_without_anybody_noticing(browse: Any, world: World) -> None:
    anna = browse("anna")
    name = world.database.engine.url.database

    backends.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    assert anna.get("/aanmeldingen").status_code == 200


def test_a_mistake_in_a_statement_is_no_absence(world: World) -> None:
    from sqlalchemy.exc import DBAPIError

    from portal.extensions import is_away

    with world.database.reading() as db, pytest.raises(DBAPIError) as error:
        db.execute(text("SELECT nothing FROM nowhere"))

    assert not is_away(error.value)

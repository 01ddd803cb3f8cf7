"""The administrator's page: every task, what fails, what was given up, and mail that does not go; and no dossier."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.models import AuditEvent, Message, TaskFailure
from tests.conftest import World
from tests.web.test_watching import reported
from tests.worker.test_failures import SECRET, broken_mail, is_sent, mend

PAGE = "/beheer/taken"


def give_up(world: World) -> str:
    """A mail that failed five times; gives the id of the failure."""
    broken_mail(world)
    for _ in range(5):
        reported(world)
        world.clock.advance(timedelta(minutes=20))
    with world.database.reading() as db:
        return db.scalars(select(TaskFailure.id)).one()


def test_the_page_shows_every_task_and_how_it_goes(browse, world):
    world.submitted()
    reported(world)

    page = browse("bas").get(PAGE).get_data(as_text=True)

    assert "Ontvangstbewijzen opmaken" in page
    assert "Berichten versturen" in page
    assert "Alles lukt." in page
    assert "Draait" in page


def test_what_was_given_up_shows_its_reason_and_is_tried_again_once(browse, world):
    failure = give_up(world)
    bas = browse("bas")
    page = bas.get(PAGE).get_data(as_text=True)
    assert "Opgegeven" in page
    assert "TemplateNotFound" in page
    assert SECRET not in page

    first = bas.post(f"{PAGE}/{failure}/opnieuw", follow_redirects=True).get_data(as_text=True)
    second = bas.post(f"{PAGE}/{failure}/opnieuw", follow_redirects=True).get_data(as_text=True)

    assert "De taak wordt opnieuw geprobeerd." in first
    assert "Deze taak wordt al opnieuw geprobeerd." in second
    with world.database.transaction() as db:
        message = db.scalars(select(Message.id).where(Message.reason == "broken-0")).one()
        assert len(db.scalars(select(AuditEvent).where(AuditEvent.act == "retry_task")).all()) == 1
    mend(world, message)
    reported(world)
    assert is_sent(world, message)
    gone = bas.post(f"{PAGE}/{failure}/opnieuw", follow_redirects=True).get_data(as_text=True)
    assert "intussen gelukt" in gone


def test_an_administrator_sees_only_the_own_region_and_of_the_rest_a_number(browse, world):
    failure = give_up(world)
    with world.database.transaction() as db:
        db.get_one(TaskFailure, failure).authority_id = world.other_authority_id

    bas = browse("bas")

    assert "Alles lukt." in bas.get(PAGE).get_data(as_text=True)
    assert bas.post(f"{PAGE}/{failure}/opnieuw").status_code == 404
    with world.database.transaction() as db:
        db.get_one(TaskFailure, failure).authority_id = None
    assert "Daarnaast lukt 1 taak niet" in bas.get(PAGE).get_data(as_text=True)
    assert bas.post(f"{PAGE}/{failure}/opnieuw").status_code == 404


def refused_mail(world: World, authority_id: str) -> str:
    with world.database.transaction() as db:
        message = Message(
            reason="refused", authority_id=authority_id, to="anna@verhuisd.example", template="password_changed",
            facts={"name": "Anna", "path": "/"}, created_at=world.clock(), next_try_at=world.clock(), tries=1,
            refused_at=world.clock(), last_error=SECRET,
        )  # fmt: skip
        db.add(message)
        return message.id


def test_a_refused_mail_is_sent_again_and_its_address_is_not_shown(browse, world):
    message = refused_mail(world, world.authority_id)
    bas = browse("bas")
    page = bas.get(PAGE).get_data(as_text=True)
    assert "@verhuisd.example" in page
    assert "anna@verhuisd.example" not in page
    assert SECRET not in page

    answers = [
        bas.post(f"/beheer/berichten/{message}/opnieuw", follow_redirects=True).get_data(as_text=True) for _ in range(2)
    ]

    assert "wordt opnieuw verstuurd" in answers[0]
    assert "al verstuurd of wordt al" in answers[1]
    world.work()
    assert is_sent(world, message)
    with world.database.reading() as db:
        assert len(db.scalars(select(AuditEvent).where(AuditEvent.act == "send_again")).all()) == 1


def test_mail_of_another_region_does_not_exist_here(browse, world):
    message = refused_mail(world, world.other_authority_id)
    bas = browse("bas")

    assert "verhuisd.example" not in bas.get(PAGE).get_data(as_text=True)
    assert bas.post(f"/beheer/berichten/{message}/opnieuw").status_code == 404
    assert bas.post("/beheer/berichten/onbekend/opnieuw").status_code == 404


def test_the_administrator_starts_here_and_sees_no_dossier(browse, world):
    application = world.submitted()
    bas = browse("bas")

    page = bas.get(PAGE).get_data(as_text=True)

    assert 'href="/beheer/taken"' in page
    assert bas.get("/beoordelen").status_code == 403
    assert bas.get(f"/aanmeldingen/{application}").status_code == 403
    assert browse("ineke").get(PAGE).status_code == 403


def test_an_administrator_has_no_other_role(world, app):
    appoint = ["officials", "appoint", "meierij", "b@m.example", "Bea", "--password", "een heel lang wachtwoord"]

    both = app.test_cli_runner().invoke(args=[*appoint, "--role", "administrator", "--role", "inkoper"])
    one = app.test_cli_runner().invoke(args=[*appoint, "--role", "administrator"])

    assert (both.exit_code, one.exit_code) == (1, 0)
    assert "mag geen andere rol hebben" in both.output

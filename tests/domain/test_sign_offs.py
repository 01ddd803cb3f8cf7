"""Sign-off: offered to the signatories, submitted or sent back; and no extra step for who may submit."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.cli import cast
from portal.domain import accounts, applications, sign_offs
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import Application, Message, SignOff, User


@pytest.fixture
def eva(world) -> str:
    """A colleague of Anna who fills in."""
    return cast.colleague(world.stage, world.people["anna"], "Eva Smit", "eva@aanbieder.example", ["editor"])


def ask(world, application_id: str, who: str, note: str = "") -> str:
    with world.database.transaction() as db:
        asked = sign_offs.ask(db.get_one(Application, application_id), db.get_one(User, who), note, world.clock())
        return asked.id


def told(world, template: str) -> list[str]:
    with world.database.reading() as db:
        return sorted(db.scalars(select(Message.to).where(Message.template == template)))


def state(world, sign_off_id: str) -> str:
    with world.database.reading() as db:
        return db.get_one(SignOff, sign_off_id).state


def submit(world, application_id: str, who: str) -> None:
    with world.database.transaction() as db:
        actor, application = db.get_one(User, who), db.get_one(Application, application_id)
        applications.submit(application, actor, world.clock(), attempt="a", accepted=applications.ACCEPTED)


def test_offering_tells_every_signatory_once_and_lies_there_once(world, eva):
    application_id = world.complete()

    first, again = ask(world, application_id, eva), ask(world, application_id, eva)

    assert first == again
    assert told(world, "sign_off_asked") == [world.emails["anna"]]


def test_submitting_is_one_act_of_the_signatory_and_settles_what_was_offered(world, eva):
    application_id = world.complete()
    asked = ask(world, application_id, eva)

    with pytest.raises(NotAllowed):
        submit(world, application_id, eva)
    submit(world, application_id, world.people["anna"])

    assert state(world, asked) == "submitted"


def test_a_signatory_who_fills_in_alone_submits_without_it_and_cannot_offer(world):
    application_id = world.complete()

    with pytest.raises(Refused, match="zelf indienen"):
        ask(world, application_id, world.people["anna"])
    submit(world, application_id, world.people["anna"])


def test_it_is_sent_back_with_a_remark_that_who_asked_hears_of(world, eva):
    application_id = world.complete()
    asked = ask(world, application_id, eva)

    def send_back(who, remark):
        with world.database.transaction() as db:
            application = db.get_one(Application, application_id)
            sign_offs.send_back(application, db.get_one(User, who), remark, world.clock())

    with pytest.raises(Invalid):
        send_back(world.people["anna"], " ")
    with pytest.raises(Invalid):
        send_back(world.people["anna"], "x" * 2001)
    with pytest.raises(NotAllowed):
        send_back(eva, "Nee")
    send_back(world.people["anna"], "Het certificaat is van de verkeerde vestiging.")

    assert state(world, asked) == "sent_back"
    assert told(world, "sign_off_sent_back") == ["eva@aanbieder.example"]
    with pytest.raises(Refused, match="niet meer bij u"):
        send_back(world.people["anna"], "Nog eens")
    assert ask(world, application_id, eva) != asked


def test_who_filled_in_takes_it_back_and_nothing_offered_is_nothing_to_take_back(world, eva):
    application_id = world.complete()
    asked = ask(world, application_id, eva)

    for _ in range(2):
        with world.database.transaction() as db:
            sign_offs.take_back(db.get_one(Application, application_id), db.get_one(User, eva), world.clock())

    assert state(world, asked) == "taken_back"


def test_without_a_signatory_who_has_access_there_is_nobody_to_offer_it_to(world, eva):
    application_id = world.complete()
    other = cast.colleague(world.stage, world.people["anna"], "Tom", "tom@aanbieder.example", ["signatory"])
    with world.database.transaction() as db:
        accounts.disable(db.get_one(User, world.people["anna"]), db.get_one(User, other), world.clock())
    assert ask(world, application_id, eva)
    with world.database.transaction() as db:
        sign_offs.take_back(db.get_one(Application, application_id), db.get_one(User, eva), world.clock())
        db.get_one(User, other).disabled_at = world.clock()

    with pytest.raises(Refused, match="nog geen tekenbevoegde"):
        ask(world, application_id, eva)

"""Mandates: dated, limited, over at once, and every act names the person and on whose behalf."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.cli import cast
from portal.domain import accounts, applications, choices, documents, mandates, organisations
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Application, AuditEvent, Document, LoginSession, Mandate, Message, Organisation, Round, User

FORM = {
    "person_name": "Sem Bakker",
    "email": "sem@advies.example",
    "may_submit": "no",
    "scope": "all",
    "starts_on": "2019-07-15",
    "ends_on": "2019-09-30",
}


def grant(world, who="anna", rounds=(), **changed) -> str:
    """A mandate of that person's organisation; gives its id."""
    with world.database.transaction() as db:
        actor = db.get_one(User, world.people[who])
        chosen = [db.get_one(Round, one) for one in rounds]
        wanted = mandates.fields(FORM | {"scope": "some" if rounds else "all"} | changed, chosen, world.clock())
        present = db.scalars(select(Mandate).where(Mandate.organisation_id == actor.organisation_id)).all()
        given = mandates.grant(actor.organisation, actor, wanted, chosen, present, world.clock())
        db.add(given)
        return given.id


def join(world, mandate_id: str, name: str = "Sem Bakker") -> str:
    """The consultant opens an account and accepts; gives the user's id."""
    person = {"name": name, "function": "Adviseur"}
    with world.database.transaction() as db:
        user = mandates.open_account(db.get_one(Mandate, mandate_id), person, cast.hashed(), world.clock())
        db.add(user)
        return user.id


def acting(db, world, user_id: str, mandate_id: str) -> User:
    """The consultant as a request sees it now."""
    user = db.get_one(User, user_id)
    user.act_under(db.get_one(Mandate, mandate_id), world.clock())
    return user


def test_under_a_mandate_one_fills_in_for_the_organisation_and_the_log_names_both(world):
    application_id = world.draft()
    mandate_id = grant(world)
    sem = join(world, mandate_id)

    with world.database.transaction() as db:
        application = db.get_one(Application, application_id)
        choices.choose(application, acting(db, world, sem, mandate_id), [], world.clock(), based_on=1)

    with world.database.reading() as db:
        event = db.scalars(select(AuditEvent).where(AuditEvent.act == "choose").order_by(AuditEvent.id.desc())).first()
        assert (event.actor_id, event.actor_name) == (sem, "Sem Bakker")
        assert (event.on_behalf_of, event.mandate_id) == ("Stichting De Linde", mandate_id)


def test_who_acts_for_oneself_acts_on_nobodys_behalf(world):
    world.draft()

    with world.database.reading() as db:
        assert db.scalar(select(func.count()).where(AuditEvent.on_behalf_of.is_not(None))) == 0


def test_filling_in_is_not_submitting_and_submitting_needs_a_mandate_that_says_so(world):
    application_id = world.complete()
    only_fills, submits = grant(world), grant(world, email="iris@advies.example", may_submit="yes")
    sem, iris = join(world, only_fills), join(world, submits, "Iris Mol")

    def submit(user_id, mandate_id):
        with world.database.transaction() as db:
            application, actor = db.get_one(Application, application_id), acting(db, world, user_id, mandate_id)
            accepted = applications.ACCEPTED
            made = applications.submit(application, actor, world.clock(), attempt="a", accepted=accepted)
            return made.submitted_by_id

    with pytest.raises(NotAllowed):
        submit(sem, only_fills)
    assert submit(iris, submits) == iris
    with world.database.reading() as db:
        told = set(db.scalars(select(Message.to).where(Message.template == "receipt")))
    assert "iris@advies.example" in told


@pytest.mark.parametrize("days", [-1, 0, 77, 78])
def test_a_mandate_holds_from_its_first_day_up_to_and_with_its_last(world, days):
    mandate_id = grant(world)
    join(world, mandate_id)

    with world.database.reading() as db:
        mandate = db.get_one(Mandate, mandate_id)
        at = mandate.starts_at + timedelta(days=days)
        assert mandate.holds(at) is (0 <= days < 78)
        assert not mandate.holds(mandate.ends_at)
        assert mandate.holds(mandate.ends_at - timedelta(microseconds=1))


def test_a_mandate_taken_back_is_over_for_who_works_under_it_now_and_leaves_not_even_the_own_organisation(world):
    application_id, own = world.draft(), world.draft("karim")
    mandate_id = grant(world, email=world.emails["karim"], person_name="Karim")
    with world.database.transaction() as db:
        mandates.accept(db.get_one(Mandate, mandate_id), db.get_one(User, world.people["karim"]), world.clock())
    with world.database.transaction() as db:
        mandates.end(db.get_one(Mandate, mandate_id), db.get_one(User, world.people["anna"]), world.clock())

    with world.database.transaction() as db:
        karim = acting(db, world, world.people["karim"], mandate_id)
        assert (karim.works_for_id, karim.role_names) == (None, frozenset())
        for one in (application_id, own):
            with pytest.raises(NotFound):
                choices.choose(db.get_one(Application, one), karim, [], world.clock(), based_on=1)
        karim.act_under(None, world.clock())
        choices.choose(db.get_one(Application, own), karim, [], world.clock(), based_on=1)


def test_a_mandate_that_ends_while_somebody_waits_for_the_lock_submits_nothing(world):
    application_id = world.complete()
    mandate_id = grant(world, may_submit="yes")
    sem = join(world, mandate_id)

    with world.database.transaction() as db:
        actor, application = acting(db, world, sem, mandate_id), db.get_one(Application, application_id)
        at = db.get_one(Mandate, mandate_id).ends_at
        with pytest.raises(NotAllowed, match="machtiging"):
            applications.submit(application, actor, at, attempt="a", accepted=applications.ACCEPTED)


def test_a_mandate_for_one_round_reaches_no_other(world):
    label = next(one for one in world.rounds if one != "2020-1")
    mandate_id = grant(world, rounds=[world.rounds[label]])
    application_id = world.draft()
    sem = join(world, mandate_id)

    with world.database.transaction() as db:
        actor = acting(db, world, sem, mandate_id)
        with pytest.raises(NotFound):
            choices.choose(db.get_one(Application, application_id), actor, [], world.clock(), based_on=1)
        with pytest.raises(NotFound):
            applications.start(db.get_one(Round, world.rounds["2020-1"]), actor, world.clock())


def test_two_clients_are_kept_apart(world):
    first, second = grant(world), grant(world, "karim")
    sem = join(world, first)
    with world.database.transaction() as db:
        mandates.accept(db.get_one(Mandate, second), db.get_one(User, sem), world.clock())
    theirs = world.draft("karim")

    with world.database.transaction() as db:
        actor = acting(db, world, sem, first)
        with pytest.raises(NotFound):
            choices.choose(db.get_one(Application, theirs), actor, [], world.clock(), based_on=1)
        document = db.scalars(
            select(Document).where(Document.organisation_id == db.get_one(User, world.people["karim"]).organisation_id)
        ).first()
        with pytest.raises(NotFound):
            documents.remove(document, actor, world.clock())


def test_under_a_mandate_nobody_changes_the_organisation_its_people_or_its_mandates(world):
    mandate_id = grant(world, may_submit="yes")
    sem = join(world, mandate_id)

    with world.database.transaction() as db:
        actor, linde = acting(db, world, sem, mandate_id), db.get_one(Mandate, mandate_id).organisation
        colleague = {"name": "X", "email": "x@x.example", "function": ""}
        with pytest.raises(NotAllowed):
            organisations.change_organisation(linde, actor, {"kvk_number": linde.kvk_number}, world.clock())
        with pytest.raises(NotAllowed):
            accounts.invite(linde, actor, colleague, ["signatory"], world.clock())
        wanted = mandates.fields(FORM | {"email": "b@b.example"}, [], world.clock())
        with pytest.raises(NotAllowed):
            mandates.grant(linde, actor, wanted, [], [], world.clock())
        with pytest.raises(NotAllowed):
            accounts.disable(db.get_one(User, world.people["anna"]), actor, world.clock())


def test_only_the_person_at_that_address_accepts_and_no_official_or_colleague(world):
    mandate_id = grant(world, email=world.emails["karim"])
    official = grant(world, email=world.emails["ineke"])

    with world.database.transaction() as db:
        mandate = db.get_one(Mandate, mandate_id)
        with pytest.raises(NotAllowed, match="ander e-mailadres"):
            mandates.accept(mandate, db.get_one(User, world.people["ineke"]), world.clock())
        with pytest.raises(NotAllowed, match="aanbestedende dienst"):
            mandates.accept(db.get_one(Mandate, official), db.get_one(User, world.people["ineke"]), world.clock())
        karim = db.get_one(User, world.people["karim"])
        mandates.accept(mandate, karim, world.clock())
        mandates.accept(mandate, karim, world.clock())
        assert mandate.holder_id == karim.id
    with world.database.reading() as db:
        assert db.scalar(select(func.count()).where(AuditEvent.act == "accept_mandate")) == 1


def test_a_colleague_needs_no_mandate_and_only_a_signatory_gives_one(world):
    with pytest.raises(Invalid) as refusal:
        grant(world, email=world.emails["anna"])
    assert list(refusal.value.problems) == ["email"]

    eva = cast.colleague(world.stage, world.people["anna"], "Eva", "eva@aanbieder.example", ["editor"])
    world.people = {**world.people, "eva": eva}
    with pytest.raises(NotAllowed):
        grant(world, "eva")


def test_giving_the_same_mandate_twice_is_giving_it_once_and_a_longer_one_is_another(world):
    assert grant(world) == grant(world)
    assert grant(world) != grant(world, ends_on="2019-10-31")

    with world.database.reading() as db:
        assert db.scalar(select(func.count()).where(Message.template == "mandate_granted")) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "geen adres"}, "email"),
        ({"person_name": ""}, "person_name"),
        ({"person_name": "😀" * 300}, "person_name"),
        ({"starts_on": "2019-02-30"}, "starts_on"),
        ({"ends_on": ""}, "ends_on"),
        ({"ends_on": "2019-07-14"}, "ends_on"),
        ({"starts_on": "2019-09-01", "ends_on": "2019-08-31"}, "ends_on"),
        ({"ends_on": "2021-07-16"}, "ends_on"),
        ({"scope": ""}, "scope"),
        ({"scope": "some"}, "rounds"),
    ],
)
def test_a_mandate_that_cannot_be_is_refused_at_its_field(world, changed, field):
    with pytest.raises(Invalid) as refusal:
        mandates.fields(FORM | changed, [], world.clock())
    assert list(refusal.value.problems) == [field]


def test_the_longest_mandate_is_two_years(world):
    assert mandates.fields(FORM | {"ends_on": "2021-07-15"}, [], world.clock())["all_rounds"] is True


def test_a_link_ends_after_fourteen_days_and_can_be_sent_again_once_an_hour(world):
    mandate_id = grant(world)
    with world.database.transaction() as db, pytest.raises(Refused):
        mandates.send_again(db.get_one(Mandate, mandate_id), db.get_one(User, world.people["anna"]), world.clock())
    world.clock.set(world.clock() + timedelta(days=14))
    with pytest.raises(Refused):
        join(world, mandate_id)

    with world.database.transaction() as db:
        mandates.send_again(db.get_one(Mandate, mandate_id), db.get_one(User, world.people["anna"]), world.clock())
    assert join(world, mandate_id)


def test_a_login_chooses_a_mandate_of_its_own_that_holds_and_no_other(world):
    mandate_id, later = grant(world), grant(world, "karim", starts_on="2019-08-01")
    sem = join(world, mandate_id)
    with world.database.transaction() as db:
        mandates.accept(db.get_one(Mandate, later), db.get_one(User, sem), world.clock())
        login, _ = accounts.sign_in(db.get_one(User, sem), world.clock())
        other, _ = accounts.sign_in(db.get_one(User, world.people["karim"]), world.clock())
        db.add_all([login, other])
        with pytest.raises(NotAllowed):
            mandates.choose(login, db.get_one(Mandate, later), world.clock())
        with pytest.raises(NotFound):
            mandates.choose(other, db.get_one(Mandate, mandate_id), world.clock())
        mandates.choose(login, db.get_one(Mandate, mandate_id), world.clock())
        key = login.id
    with world.database.reading() as db:
        assert db.get_one(LoginSession, key).mandate_id == mandate_id
        assert db.scalar(select(func.count(Organisation.id))) == 2

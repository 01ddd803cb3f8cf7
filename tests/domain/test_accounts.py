"""Organisations, colleagues and logins: what is accepted, and each refusal beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.cli import cast
from portal.domain import accounts, organisations
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import Organisation, User

GOOD = {"kvk_number": "12345678", "name": "Zorg B.V.", "legal_form": "bv"}


@pytest.mark.parametrize(
    ("field", "good", "stored", "bad"),
    [
        ("kvk_number", "1234 5678", "12345678", "1234567"),
        ("kvk_number", "01234567", "01234567", "00000000"),
        ("rsin", "123456782", "123456782", "123456789"),
        ("vat_number", "NL004495445B01", "NL004495445B01", "NL123456789B01"),
        ("vat_number", "NL000099998B57", "NL000099998B57", "NL000099998B58"),
        ("iban", "NL91 ABNA 0417 1643 00", "NL91ABNA0417164300", "NL91ABNA0417164301"),
        ("agb_code", "42421234", "42421234", "4242123"),
        ("postal_code", "5211ab", "5211 AB", "521 AB"),
    ],
)
def test_a_number_is_checked_by_its_public_rule(field, good, stored, bad):
    assert organisations.organisation_fields(GOOD | {field: good})[field] == stored
    with pytest.raises(Invalid) as refusal:
        organisations.organisation_fields(GOOD | {field: bad})
    assert list(refusal.value.problems) == [field]


def test_every_problem_is_told_at_once():
    with pytest.raises(Invalid) as refusal:
        organisations.organisation_fields({"kvk_number": "x", "name": "", "legal_form": "?", "iban": "NL00"})

    assert sorted(refusal.value.problems) == ["iban", "kvk_number", "legal_form", "name"]


def test_a_sole_trader_is_never_asked_for_an_rsin_because_that_is_the_bsn():
    with pytest.raises(Invalid, match="BSN vragen wij nooit"):
        organisations.organisation_fields(GOOD | {"legal_form": "eenmanszaak", "rsin": "123456782"})
    assert organisations.organisation_fields(GOOD | {"legal_form": "eenmanszaak"})["rsin"] is None


def test_a_password_needs_fifteen_characters():
    person = {"person_name": "Anna", "email": "anna@zorg.example"}
    assert accounts.person_fields(person | {"password": "vijftien tekens"})["email"] == "anna@zorg.example"
    with pytest.raises(Invalid) as refusal:
        accounts.person_fields(person | {"password": "veertien teken"})
    assert list(refusal.value.problems) == ["password"]


def test_a_confirmation_link_works_once_and_for_a_day(world):
    with world.database.transaction() as db:
        user, token = accounts.register(
            organisations.organisation_fields(GOOD | {"kvk_number": "87654321"}),
            {"name": "Bea", "email": "bea@zorg.example", "function": ""},
            cast.hashed(),
            world.clock(),
        )
        db.add_all([user, token])
        with pytest.raises(Refused, match="verlopen"):
            accounts.confirm_address(token, world.clock() + timedelta(hours=24))

        accounts.confirm_address(token, world.clock())

        assert user.verified_at == world.clock()
        with pytest.raises(Refused, match="al gebruikt"):
            accounts.confirm_address(token, world.clock())


@pytest.mark.parametrize(("purpose", "lives"), [("confirm", 24), ("invite", 168), ("reset", 1)])
def test_a_sixth_mail_of_one_kind_waits_for_the_first_to_be_a_day_old(world, purpose, lives):
    with world.database.reading() as db:
        anna = db.get_one(User, world.people["anna"])
        earlier = [accounts.new_token(anna, purpose, world.clock())[0] for _ in range(5)]
        assert {one.expires_at - world.clock() for one in earlier} == {timedelta(hours=lives)}

        assert accounts.may_mail(earlier[1:], purpose, world.clock())
        assert not accounts.may_mail(earlier, purpose, world.clock() + timedelta(hours=24, seconds=-1))
        assert accounts.may_mail(earlier, purpose, world.clock() + timedelta(hours=24))
        others = {"confirm", "invite", "reset"} - {purpose}
        assert all(accounts.may_mail(earlier, other, world.clock()) for other in others)


def test_a_password_is_not_the_own_name_or_address(world):
    with world.database.reading() as db:
        anna = db.get_one(User, world.people["anna"])
        accounts.require_password("zes eenden in de sloot", anna)

        for refused in ("Anna@aanbieder.example", "veertien teken"):
            with pytest.raises(Invalid) as refusal:
                accounts.require_password(refused, anna)
            assert list(refusal.value.problems) == ["password"]


def test_only_a_signatory_invites_a_colleague(world):
    person = {"name": "Cas", "email": "cas@aanbieder.example", "function": ""}
    with world.database.transaction() as db:
        anna = db.get_one(User, world.people["anna"])
        token = accounts.invite(anna.organisation, anna, person, ["editor"], world.clock())
        db.add(token)
        cas = accounts.join(token, "een lang wachtwoord", cast.hashed(), world.clock())

        assert cas.role_names == {"editor"}
        with pytest.raises(NotAllowed):
            accounts.invite(anna.organisation, cas, person | {"email": "d@x.example"}, ["editor"], world.clock())


def test_who_leaves_loses_every_right_at_once_and_nobody_locks_themselves_out(world):
    with world.database.transaction() as db:
        anna = db.get_one(User, world.people["anna"])
        login, _ = accounts.sign_in(anna, world.clock())
        assert accounts.is_alive(login, world.clock())

        with pytest.raises(Refused, match="eigen toegang"):
            accounts.disable(anna, anna, world.clock())
        anna.disabled_at = world.clock()

        assert not accounts.is_alive(login, world.clock())


@pytest.mark.parametrize(
    ("later", "alive"),
    [(timedelta(minutes=29), True), (timedelta(minutes=30), False), (timedelta(hours=12), False)],
)
def test_a_login_ends_after_half_an_hour_of_silence(world, later, alive):
    with world.database.transaction() as db:
        login, _ = accounts.sign_in(db.get_one(User, world.people["anna"]), world.clock())
        db.add(login)

        assert accounts.is_alive(login, world.clock() + later) is alive


def test_after_ten_wrong_passwords_the_account_rests_for_five_minutes(world):
    with world.database.transaction() as db:
        anna = db.get_one(User, world.people["anna"])
        for _ in range(9):
            accounts.fail_sign_in(anna, world.clock())
        assert accounts.may_try(anna, world.clock())

        accounts.fail_sign_in(anna, world.clock())

        assert not accounts.may_try(anna, world.clock())
        assert accounts.may_try(anna, world.clock() + timedelta(minutes=5))


def test_incompatible_roles_are_refused(world):
    person = {"name": "X", "email": "x@meierij.example"}
    with pytest.raises(Refused, match="integriteitsfunctionaris"):
        accounts.appoint_official(world.authority_id, person, "h", ["integrity_officer", "inkoper"], world.clock())
    with pytest.raises(Refused, match="niet namens de gemeente"):
        accounts.appoint_official(world.authority_id, person, "h", ["inkoper", "authority_signatory"], world.clock())
    both = accounts.appoint_official(world.authority_id, person, "h", ["inkoper", "round_manager"], world.clock())
    assert both.role_names == {"inkoper", "round_manager"}


def test_the_kvk_number_of_an_organisation_cannot_change(world):
    with world.database.transaction() as db:
        anna = db.get_one(User, world.people["anna"])
        organisation: Organisation = anna.organisation
        fields = organisations.organisation_fields(GOOD | {"name": "Stichting De Nieuwe Linde"})
        organisations.change_organisation(organisation, anna, fields, world.clock())
        assert organisation.name == "Stichting De Nieuwe Linde"

        with pytest.raises(Invalid, match="niet wijzigen"):
            organisations.change_organisation(organisation, anna, fields | {"kvk_number": "11111111"}, world.clock())

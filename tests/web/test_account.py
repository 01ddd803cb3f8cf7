"""Signing up, signing in, and managing an organisation, as a browser does it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.cli import cast
from portal.models import AuditEvent, LoginSession, Message, Organisation, User
from tests.conftest import Browser, World

WRONG = "horen niet bij elkaar"
FORM = {
    "kvk_number": "3456 7890",
    "name": "Buurtzorg De Brink",
    "legal_form": "stichting",
    "postal_code": "5211aa",
    "person_name": "Noor Bakker",
    "email": "Noor@Brink.example",
    "password": "drie appels en een peer",
}


def told(world: World, template: str) -> list[Message]:
    with world.database.reading() as db:
        return list(db.scalars(select(Message).where(Message.template == template).order_by(Message.created_at)))


def count(world: World, model: type) -> int:
    with world.database.reading() as db:
        return db.scalar(select(func.count()).select_from(model)) or 0


def user(world: World, email: str) -> User:
    with world.database.reading() as db:
        return db.scalars(select(User).where(User.email == email)).one()


def sign_in(visitor: Browser, email: str, password: str) -> Any:
    return visitor.post("/inloggen", {"email": email, "password": password})


# --- signing up ---


def test_a_provider_registers_confirms_and_is_at_its_applications(visitor: Browser, world: World) -> None:
    answer = visitor.post("/registreren", FORM)
    assert (answer.status_code, answer.location) == (303, "/registreren/controleer-uw-mail")
    assert "noor@brink.example" in visitor.get(answer.location).text

    path = told(world, "confirm_address")[-1].facts["path"]
    assert "E-mailadres bevestigen" in visitor.get(path).text
    assert user(world, "noor@brink.example").verified_at is None  # a GET confirms nothing
    assert visitor.post(path).location == "/inloggen"
    assert user(world, "noor@brink.example").verified_at == world.clock()

    assert sign_in(visitor, "noor@brink.example", FORM["password"]).location == "/aanmeldingen"
    assert user(world, "noor@brink.example").role_names == {"editor", "signatory"}


def test_a_confirmation_link_works_once(visitor: Browser, world: World) -> None:
    visitor.post("/registreren", FORM)
    path = told(world, "confirm_address")[-1].facts["path"]

    assert visitor.post(path).status_code == 303
    assert visitor.post(path).status_code == 409
    assert "Deze link werkt niet meer" in visitor.get(path).text


def test_a_confirmation_link_ends_after_24_hours_to_the_second(visitor: Browser, world: World) -> None:
    visitor.post("/registreren", FORM)
    path = told(world, "confirm_address")[-1].facts["path"]

    world.clock.set(world.clock() + timedelta(hours=24))
    assert visitor.post(path).status_code == 409
    world.clock.set(world.clock() - timedelta(seconds=1))
    assert visitor.post(path).status_code == 303


def test_an_unknown_link_does_not_exist(visitor: Browser) -> None:
    assert visitor.get("/bevestigen/verzonnen").status_code == 404
    assert visitor.get("/uitnodiging/verzonnen").status_code == 404


def test_every_wrong_field_is_named_at_once_and_nothing_is_lost_except_the_password(visitor: Browser) -> None:
    wrong = {**FORM, "kvk_number": "123", "legal_form": "", "email": "noor", "password": "te kort"}
    answer = visitor.post("/registreren", wrong)

    page = answer.text
    assert answer.status_code == 422
    assert "<title>Fout:" in page
    for name in ("kvk_number", "legal_form", "email", "password"):
        assert f'href="#{name}"' in page
        assert f'id="{name}-error"' in page
    assert 'value="Buurtzorg De Brink"' in page
    assert 'value="Noor Bakker"' in page
    assert "te kort" not in page


def test_registering_with_a_known_address_looks_the_same_and_tells_its_owner(visitor: Browser, world: World) -> None:
    fresh = visitor.post("/registreren", FORM)
    organisations = count(world, Organisation)
    known = visitor.post("/registreren", {**FORM, "kvk_number": "45678901", "email": world.emails["anna"]})

    assert (known.status_code, known.location) == (fresh.status_code, fresh.location)
    assert count(world, Organisation) == organisations
    assert [one.to for one in told(world, "already_registered")] == [world.emails["anna"]]


def test_the_owner_of_an_address_hears_so_at_most_once_an_hour(visitor: Browser, world: World) -> None:
    again = {**FORM, "email": world.emails["anna"]}
    visitor.post("/registreren", again)
    world.clock.set(world.clock() + timedelta(minutes=59))
    visitor.post("/registreren", again)
    assert len(told(world, "already_registered")) == 1

    world.clock.set(world.clock() + timedelta(minutes=1))
    visitor.post("/registreren", again)
    assert len(told(world, "already_registered")) == 2


@pytest.mark.parametrize("email", ["noor@brink.example", "anna@aanbieder.example"])
def test_a_known_kvk_number_is_refused_at_the_field_whoever_asks(visitor: Browser, world: World, email: str) -> None:
    answer = visitor.post("/registreren", {**FORM, "kvk_number": "12345678", "email": email})

    assert answer.status_code == 422
    assert 'id="kvk_number-error"' in answer.text
    assert "is al geregistreerd" in answer.text
    assert told(world, "already_registered") == []


# --- signing in ---


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("anna", "/aanmeldingen"),
        ("ineke", "/beoordelen"),
        ("bram", "/integriteit"),
        ("renske", "/rondes"),
        ("wil", "/overeenkomsten"),
    ],
)
def test_everybody_starts_at_the_own_work(visitor: Browser, world: World, who: str, home: str) -> None:
    assert sign_in(visitor, world.emails[who], cast.PASSWORD).location == home


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(visitor: Browser, world: World) -> None:
    unknown = sign_in(visitor, "niemand@aanbieder.example", "een heel verkeerd wachtwoord")
    wrong = sign_in(visitor, world.emails["anna"], "een heel verkeerd wachtwoord")

    assert unknown.status_code == wrong.status_code == 422
    assert WRONG in unknown.text
    assert WRONG in wrong.text
    assert user(world, world.emails["anna"]).failed_logins == 1


def test_after_ten_wrong_passwords_the_right_one_is_refused_for_five_minutes(visitor: Browser, world: World) -> None:
    for _ in range(10):
        sign_in(visitor, world.emails["anna"], "fout")

    refused = sign_in(visitor, world.emails["anna"], cast.PASSWORD)
    assert (refused.status_code, WRONG in refused.text) == (422, True)
    assert "vijf minuten niet inloggen" in refused.text
    world.clock.set(world.clock() + timedelta(minutes=5))
    assert sign_in(visitor, world.emails["anna"], cast.PASSWORD).status_code == 303


def test_nine_wrong_passwords_lock_nobody(visitor: Browser, world: World) -> None:
    for _ in range(9):
        sign_in(visitor, world.emails["anna"], "fout")

    assert sign_in(visitor, world.emails["anna"], cast.PASSWORD).status_code == 303
    assert user(world, world.emails["anna"]).failed_logins == 0


def test_the_right_password_of_an_unconfirmed_address_offers_another_mail_once(visitor: Browser, world: World) -> None:
    visitor.post("/registreren", FORM)
    assert "Stuur de mail opnieuw" not in visitor.get("/registreren/controleer-uw-mail").text

    answer = sign_in(visitor, "noor@brink.example", FORM["password"])
    assert answer.location == "/registreren/controleer-uw-mail"
    assert "Stuur de mail opnieuw" in visitor.get(answer.location).text
    assert visitor.post(answer.location).status_code == 303
    assert visitor.post(answer.location).status_code == 409

    first, second = told(world, "confirm_address")[-2:]
    assert first.facts["path"] != second.facts["path"]
    assert visitor.post(second.facts["path"]).status_code == 303
    assert sign_in(visitor, "noor@brink.example", FORM["password"]).location == "/aanmeldingen"


def test_a_wrong_password_of_an_unconfirmed_address_offers_nothing(visitor: Browser) -> None:
    visitor.post("/registreren", FORM)

    assert sign_in(visitor, "noor@brink.example", "een heel verkeerd wachtwoord").status_code == 422
    assert visitor.post("/registreren/controleer-uw-mail").status_code == 409


def test_signing_in_leads_to_where_one_was_going(visitor: Browser, world: World) -> None:
    assert visitor.get("/organisatie").location == "/inloggen"

    assert sign_in(visitor, world.emails["anna"], cast.PASSWORD).location.rstrip("?") == "/organisatie"


@pytest.mark.parametrize("aim", ["https://kwaad.example/", "//kwaad.example", "/\\kwaad.example", ""])
def test_signing_in_never_leads_to_another_host(visitor: Browser, world: World, aim: str) -> None:
    with visitor.client.session_transaction() as session:
        session["next"] = aim

    assert sign_in(visitor, world.emails["anna"], cast.PASSWORD).location == "/aanmeldingen"


def test_nothing_planted_in_the_cookie_survives_signing_in(visitor: Browser, world: World) -> None:
    with visitor.client.session_transaction() as session:
        session["login"], session["planted"] = "een-bekend-geheim", "ja"

    sign_in(visitor, world.emails["anna"], cast.PASSWORD)

    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session["login"] != "een-bekend-geheim"


def test_who_is_signed_in_goes_straight_home(browse: Any) -> None:
    assert browse("anna").get("/inloggen").location == "/aanmeldingen"


def test_a_cookie_kept_from_before_signing_out_opens_nothing(app: Flask, browse: Any, world: World) -> None:
    anna, thief = browse("anna"), Browser(app, world)
    cookie = anna.client.get_cookie("voordeur")
    assert cookie is not None
    thief.client.set_cookie("voordeur", cookie.value)
    assert thief.get("/organisatie").status_code == 200

    assert anna.post("/uitloggen").location == "/"

    thief.client.set_cookie("voordeur", cookie.value)
    assert thief.get("/organisatie").location == "/inloggen"
    assert anna.get("/organisatie").location == "/inloggen"
    with world.database.reading() as db:
        assert db.scalars(select(LoginSession)).one().ended_at == world.clock()


def test_signing_out_twice_harms_nobody(browse: Any) -> None:
    anna = browse("anna")

    assert anna.post("/uitloggen").status_code == 303
    assert anna.post("/uitloggen").status_code == 303


def test_a_form_without_the_token_of_its_page_changes_nothing(visitor: Browser, world: World) -> None:
    before = count(world, Organisation)

    assert visitor.client.post("/registreren", data=FORM).status_code == 400
    assert count(world, Organisation) == before


# --- a password forgotten or changed ---

CHOSEN = "zes eenden in de sloot"


def forget(visitor: Browser, email: str) -> Any:
    return visitor.post("/wachtwoord-vergeten", {"email": email})


def reset_path(visitor: Browser, world: World, email: str) -> str:
    forget(visitor, email)
    return str(told(world, "password_reset")[-1].facts["path"])


def invite_piet(browser: Browser) -> Any:
    return browser.post(
        "/organisatie/collegas", {"person_name": "Piet", "email": "piet@a.example", "roles": ["editor"]}
    )


@pytest.mark.parametrize(("who", "home"), [("anna", "/aanmeldingen"), ("ineke", "/beoordelen")])
def test_who_forgot_the_password_chooses_another_by_mail(visitor: Browser, world: World, who: str, home: str) -> None:
    assert 'href="/wachtwoord-vergeten"' in visitor.get("/inloggen").text
    answer = forget(visitor, f" {world.emails[who].upper()} ")
    assert (answer.status_code, answer.location) == (303, "/wachtwoord-vergeten/controleer-uw-mail")

    [mail] = told(world, "password_reset")
    assert mail.to == world.emails[who]
    assert 'id="password"' in visitor.get(mail.facts["path"]).text
    assert sign_in(visitor, world.emails[who], cast.PASSWORD).status_code == 303  # asking alone changes nothing
    visitor.post("/uitloggen")
    assert visitor.post(mail.facts["path"], {"password": CHOSEN}).location == "/inloggen"

    assert sign_in(visitor, world.emails[who], cast.PASSWORD).status_code == 422
    assert sign_in(visitor, world.emails[who], CHOSEN).location == home


def test_asking_for_a_password_looks_the_same_whether_or_not_there_is_an_account(
    browse: Any, visitor: Browser, world: World
) -> None:
    invite_piet(browse("anna"))
    browse("anna").post(f"/organisatie/collegas/{user(world, 'piet@a.example').id}/beeindigen")
    pages = set()
    for email in (world.emails["anna"], "niemand@aanbieder.example", "piet@a.example"):
        answer = forget(visitor, email)
        assert answer.status_code == 303
        pages.add(visitor.get(answer.location).text.replace(email, "ADRES"))

    assert len({page.split("<main")[1] for page in pages}) == 1
    assert [one.to for one in told(world, "password_reset")] == [world.emails["anna"]]
    assert len(told(world, "invitation")) == 1


def test_something_that_is_no_address_is_refused_at_the_field(visitor: Browser) -> None:
    answer = forget(visitor, "anna")

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert 'value="anna"' in answer.text


def test_a_link_for_a_password_works_once_and_kills_the_earlier_ones(visitor: Browser, world: World) -> None:
    first = reset_path(visitor, world, world.emails["anna"])
    second = reset_path(visitor, world, world.emails["anna"])
    assert first != second

    assert visitor.post(first, {"password": CHOSEN}).status_code == 303

    assert visitor.post(first, {"password": "een heel ander wachtwoord"}).status_code == 409
    assert visitor.post(second, {"password": "een heel ander wachtwoord"}).status_code == 409
    assert "Deze link werkt niet meer" in visitor.get(second).text
    assert sign_in(visitor, world.emails["anna"], CHOSEN).status_code == 303


def test_a_link_for_a_password_ends_after_an_hour_to_the_second(visitor: Browser, world: World) -> None:
    path = reset_path(visitor, world, world.emails["anna"])

    world.clock.set(world.clock() + timedelta(hours=1))
    assert visitor.post(path, {"password": CHOSEN}).status_code == 409
    world.clock.set(world.clock() - timedelta(seconds=1))
    assert visitor.post(path, {"password": CHOSEN}).status_code == 303


def test_a_link_is_for_one_purpose_only(browse: Any, visitor: Browser, world: World) -> None:
    invite_piet(browse("anna"))
    reset = reset_path(visitor, world, world.emails["anna"]).removeprefix("/wachtwoord/")
    invitation = told(world, "invitation")[-1].facts["path"].removeprefix("/uitnodiging/")

    assert visitor.post(f"/uitnodiging/{reset}", {"password": CHOSEN}).status_code == 409
    assert visitor.post(f"/bevestigen/{reset}").status_code == 409
    assert visitor.post(f"/wachtwoord/{invitation}", {"password": CHOSEN}).status_code == 409
    assert visitor.post("/wachtwoord/verzonnen", {"password": CHOSEN}).status_code == 404


@pytest.mark.parametrize("password", ["veertien teken", "Anna@Aanbieder.example"])
def test_a_password_that_may_not_be_chosen_leaves_the_link_as_it_was(
    visitor: Browser, world: World, password: str
) -> None:
    path = reset_path(visitor, world, world.emails["anna"])
    refused = visitor.post(path, {"password": password})

    assert refused.status_code == 422
    assert 'id="password-error"' in refused.text
    assert password not in refused.text
    assert visitor.post(path, {"password": CHOSEN}).status_code == 303


def test_a_new_password_by_mail_ends_every_login_and_opens_a_resting_account(
    browse: Any, visitor: Browser, world: World
) -> None:
    thief, laptop, ineke = browse("anna"), browse("anna"), browse("ineke")
    for _ in range(10):
        sign_in(visitor, world.emails["anna"], "fout")

    visitor.post(reset_path(visitor, world, world.emails["anna"]), {"password": CHOSEN})

    assert thief.get("/organisatie").location == "/inloggen"
    assert laptop.get("/organisatie").location == "/inloggen"
    assert ineke.get("/beoordelen").status_code != 302
    assert sign_in(visitor, world.emails["anna"], CHOSEN).status_code == 303
    with world.database.reading() as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.subject_id == world.people["anna"]))
        acts = {one.act: one.details for one in events}
    assert acts["forget_password"] == {}
    assert acts["reset_password"] == {"ended_logins": 2}


def test_one_address_gets_five_links_in_24_hours_and_the_answer_stays_the_same(visitor: Browser, world: World) -> None:
    answers = [forget(visitor, world.emails["anna"]) for _ in range(6)]
    assert {(one.status_code, one.location) for one in answers} == {(303, "/wachtwoord-vergeten/controleer-uw-mail")}
    assert len(told(world, "password_reset")) == 5

    forget(visitor, world.emails["karim"])
    assert len(told(world, "password_reset")) == 6  # another address has its own five

    start = world.clock()
    world.clock.set(start + timedelta(hours=24) - timedelta(seconds=1))
    forget(visitor, world.emails["anna"])
    assert len(told(world, "password_reset")) == 6
    world.clock.set(start + timedelta(hours=24))
    forget(visitor, world.emails["anna"])
    assert len(told(world, "password_reset")) == 7


def test_who_was_invited_and_has_no_password_yet_gets_the_invitation_again(
    browse: Any, visitor: Browser, world: World
) -> None:
    invite_piet(browse("anna"))
    world.clock.set(world.clock() + timedelta(days=8))

    forget(visitor, "piet@a.example")

    mail = told(world, "invitation")[-1]
    assert mail.facts["inviter"] == "Anna de Wit"
    assert told(world, "password_reset") == []
    assert visitor.post(mail.facts["path"], {"password": CHOSEN}).location == "/inloggen"
    assert sign_in(visitor, "piet@a.example", CHOSEN).status_code == 303


def test_nobody_is_invited_in_the_name_of_who_left(browse: Any, visitor: Browser, world: World) -> None:
    invite_piet(browse("anna"))
    with world.database.transaction() as db:
        db.get_one(User, world.people["anna"]).disabled_at = world.clock()

    assert forget(visitor, "piet@a.example").status_code == 303

    assert len(told(world, "invitation")) == 1


def test_who_did_not_confirm_the_address_gets_that_mail_again(visitor: Browser, world: World) -> None:
    visitor.post("/registreren", FORM)

    forget(visitor, "noor@brink.example")

    first, second = [one for one in told(world, "confirm_address") if one.to == "noor@brink.example"]
    assert first.facts["path"] != second.facts["path"]
    assert told(world, "password_reset") == []
    assert visitor.post(second.facts["path"]).status_code == 303


def test_five_confirmation_mails_a_day_and_no_more(visitor: Browser, world: World) -> None:
    visitor.post("/registreren", FORM)
    for _ in range(3):
        forget(visitor, "noor@brink.example")
    answers = []
    for _ in range(2):
        where = sign_in(visitor, "noor@brink.example", FORM["password"]).location
        answers.append(visitor.post(where).status_code)

    assert answers == [303, 409]
    assert len([one for one in told(world, "confirm_address") if one.to == "noor@brink.example"]) == 5


def test_five_invitations_a_day_for_one_colleague_and_no_more(browse: Any, world: World) -> None:
    anna = browse("anna")

    assert [invite_piet(anna).status_code for _ in range(6)] == [303] * 5 + [422]
    assert len(told(world, "invitation")) == 5


def test_the_link_for_a_password_is_forgotten_once_the_mail_is_gone(visitor: Browser, world: World) -> None:
    forget(visitor, world.emails["anna"])
    world.work()

    [mail] = told(world, "password_reset")
    assert (mail.sent_at, mail.facts) == (world.clock(), {})


@pytest.mark.parametrize(
    ("who", "page", "home"), [("anna", "/organisatie", "/aanmeldingen"), ("bram", "/integriteit", "/integriteit")]
)
def test_changing_the_password_keeps_this_login_and_ends_the_others(
    browse: Any, visitor: Browser, world: World, who: str, page: str, home: str
) -> None:
    here, there = browse(who), browse(who)
    link = reset_path(visitor, world, world.emails[who])
    assert 'id="current"' in here.get("/wachtwoord-wijzigen").text

    answer = here.post("/wachtwoord-wijzigen", {"current": cast.PASSWORD, "password": CHOSEN})

    assert (answer.status_code, answer.location) == (303, home)
    assert here.get(page).status_code == 200
    assert there.get(page).location == "/inloggen"
    assert visitor.post(link, {"password": "een heel ander wachtwoord"}).status_code == 409
    assert sign_in(visitor, world.emails[who], cast.PASSWORD).status_code == 422
    assert sign_in(visitor, world.emails[who], CHOSEN).status_code == 303


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"current": "fout", "password": CHOSEN}, ["current"]),
        ({"current": cast.PASSWORD, "password": "veertien teken"}, ["password"]),
        ({"current": "", "password": ""}, ["current", "password"]),
    ],
)
def test_a_refused_change_of_password_changes_nothing(
    browse: Any, world: World, form: dict[str, str], fields: list[str]
) -> None:
    here, there = browse("anna"), browse("anna")
    before = user(world, world.emails["anna"])

    answer = here.post("/wachtwoord-wijzigen", form)

    assert answer.status_code == 422
    assert [name for name in ("current", "password") if f'id="{name}-error"' in answer.text] == fields
    after = user(world, world.emails["anna"])
    assert after.password_hash == before.password_hash
    assert after.failed_logins == (1 if "current" in fields else 0)
    assert there.get("/organisatie").status_code == 200


def test_ten_wrong_current_passwords_lock_changing_for_five_minutes(browse: Any, world: World) -> None:
    anna = browse("anna")
    for _ in range(10):
        anna.post("/wachtwoord-wijzigen", {"current": "fout", "password": CHOSEN})

    right = {"current": cast.PASSWORD, "password": CHOSEN}
    assert "Wacht 5 minuten" in anna.post("/wachtwoord-wijzigen", right).text
    world.clock.set(world.clock() + timedelta(minutes=5))
    assert anna.post("/wachtwoord-wijzigen", right).status_code == 303


def test_only_who_is_signed_in_changes_a_password(browse: Any, visitor: Browser) -> None:
    assert browse("anna").get("/wachtwoord-wijzigen").status_code == 200
    assert visitor.get("/wachtwoord-wijzigen").location == "/inloggen"


# --- the organisation ---


def organisation_form(world: World, **changed: str) -> dict[str, str]:
    with world.database.reading() as db:
        own = db.scalars(select(Organisation).where(Organisation.kvk_number == "12345678")).one()
        names = ("kvk_number", "name", "legal_form", "iban", "agb_code", "rsin", "vat_number", "postal_code", "city")
        form = {name: getattr(own, name) or "" for name in names}
        return {**form, "version": str(own.version), **changed}


def test_an_organisation_changes_its_data(browse: Any, world: World) -> None:
    anna = browse("anna")

    assert anna.post("/organisatie", organisation_form(world, city="Vught")).status_code == 303
    assert 'value="Vught"' in anna.get("/organisatie").text


def test_wrong_data_is_refused_at_the_field_and_stays_in_the_form(browse: Any, world: World) -> None:
    answer = browse("anna").post("/organisatie", organisation_form(world, iban="NL00FOUT", city="Vught"))

    assert answer.status_code == 422
    assert 'id="iban-error"' in answer.text
    assert 'value="NL00FOUT"' in answer.text
    assert 'value="Vught"' in answer.text


def test_the_kvk_number_never_changes(browse: Any, world: World) -> None:
    answer = browse("anna").post("/organisatie", organisation_form(world, kvk_number="87654321"))

    assert answer.status_code == 422
    assert 'id="kvk_number-error"' in answer.text


def test_a_change_based_on_an_older_version_overwrites_nothing(browse: Any, world: World) -> None:
    anna, older = browse("anna"), organisation_form(world, city="Boxtel")
    anna.post("/organisatie", organisation_form(world, city="Vught"))

    answer = anna.post("/organisatie", older)

    assert answer.status_code == 409
    assert "Plaats: <b>Vught</b>" in answer.text
    assert 'value="Boxtel"' in answer.text
    assert organisation_form(world)["city"] == "Vught"
    assert anna.post("/organisatie", organisation_form(world, city="Boxtel")).status_code == 303


def test_a_refused_form_does_not_hold_up_the_database(browse: Any, world: World) -> None:
    anna = browse("anna")
    form = organisation_form(world, iban="NL00FOUT", csrf_token=anna.token("/"))
    world.clock.set(world.clock() + timedelta(minutes=2))  # so that this visit is written down as well

    assert anna.client.post("/organisatie", data=form).status_code == 422

    with world.database.reading() as db:
        assert db.scalars(select(LoginSession)).one().seen_at == world.clock()


def test_a_colleague_is_invited_joins_and_signs_in(browse: Any, visitor: Browser, world: World) -> None:
    invitation = {"person_name": "Piet Smit", "email": "Piet@aanbieder.example", "roles": ["editor"]}
    assert browse("anna").post("/organisatie/collegas", invitation).status_code == 303

    path = told(world, "invitation")[-1].facts["path"]
    assert "Stichting De Linde" in visitor.get(path).text
    assert visitor.post(path, {"password": "kort"}).status_code == 422
    assert visitor.post(path, {"password": "vier muizen op zolder"}).location == "/inloggen"
    assert visitor.post(path, {"password": "een ander lang wachtwoord"}).status_code == 409

    assert sign_in(visitor, "piet@aanbieder.example", "vier muizen op zolder").location == "/aanmeldingen"
    assert "Een collega uitnodigen" not in visitor.get("/organisatie").text


def test_who_may_only_fill_in_may_not_invite_or_end_access(browse: Any, visitor: Browser, world: World) -> None:
    browse("anna").post(
        "/organisatie/collegas", {"person_name": "Piet", "email": "piet@a.example", "roles": ["editor"]}
    )
    visitor.post(told(world, "invitation")[-1].facts["path"], {"password": "vier muizen op zolder"})
    sign_in(visitor, "piet@a.example", "vier muizen op zolder")

    other = {"person_name": "Eva", "email": "eva@a.example", "roles": ["editor"]}
    assert visitor.post("/organisatie/collegas", other).status_code == 403
    assert visitor.post(f"/organisatie/collegas/{world.people['anna']}/beeindigen").status_code == 403


def test_an_expired_invitation_is_sent_again(browse: Any, visitor: Browser, world: World) -> None:
    invitation = {"person_name": "Piet", "email": "piet@a.example", "roles": ["editor"]}
    browse("anna").post("/organisatie/collegas", invitation)
    world.clock.set(world.clock() + timedelta(days=7))
    expired = told(world, "invitation")[-1].facts["path"]
    assert "werkt niet meer" in visitor.get(expired).text
    assert visitor.post(expired, {"password": "vier muizen op zolder"}).status_code == 409

    assert browse("anna").post("/organisatie/collegas", invitation).status_code == 303

    fresh = told(world, "invitation")[-1].facts["path"]
    assert visitor.post(fresh, {"password": "vier muizen op zolder"}).status_code == 303


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "geen adres"}, "email"),
        ({"email": "karim@aanbieder.example"}, "email"),
        ({"email": "anna@aanbieder.example"}, "email"),
        ({"person_name": ""}, "person_name"),
        ({"roles": []}, "roles"),
        ({"roles": ["inkoper"]}, "roles"),
    ],
)
def test_a_wrong_invitation_is_refused_at_the_field(
    browse: Any, world: World, changed: dict[str, Any], field: str
) -> None:
    invitation = {"person_name": "Piet", "email": "piet@a.example", "roles": ["editor"], **changed}
    answer = browse("anna").post("/organisatie/collegas", invitation)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert told(world, "invitation") == []


def test_ended_access_ends_at_once(browse: Any, visitor: Browser, world: World) -> None:
    anna = browse("anna")
    anna.post("/organisatie/collegas", {"person_name": "Piet", "email": "piet@a.example", "roles": ["editor"]})
    visitor.post(told(world, "invitation")[-1].facts["path"], {"password": "vier muizen op zolder"})
    sign_in(visitor, "piet@a.example", "vier muizen op zolder")
    assert visitor.get("/organisatie").status_code == 200

    piet = user(world, "piet@a.example").id
    assert anna.post(f"/organisatie/collegas/{piet}/beeindigen").status_code == 303

    assert visitor.get("/organisatie").location == "/inloggen"
    assert sign_in(visitor, "piet@a.example", "vier muizen op zolder").status_code == 422


def test_nobody_ends_the_own_access_or_that_of_a_stranger(browse: Any, world: World) -> None:
    anna = browse("anna")

    assert anna.post(f"/organisatie/collegas/{world.people['anna']}/beeindigen").status_code == 409
    assert anna.post(f"/organisatie/collegas/{world.people['karim']}/beeindigen").status_code == 404
    assert anna.post(f"/organisatie/collegas/{world.people['ineke']}/beeindigen").status_code == 404


def test_an_official_has_no_organisation_page(browse: Any) -> None:
    assert browse("anna").get("/organisatie").status_code == 200
    assert browse("ineke").get("/organisatie").status_code == 403


def test_the_organisation_page_shows_no_colleagues_of_others(browse: Any) -> None:
    page = browse("anna").get("/organisatie").text

    assert "Anna de Wit" in page
    assert "Karim" not in page

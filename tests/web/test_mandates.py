"""Working for another: the link, the choice, what a mandate reaches, and what a reader may do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cli import cast
from portal.models import Agreement, Application, Document, Mandate, Message, Organisation, Party, Submission, User
from portal.web import guards
from tests.conftest import Browser, World

FORM = {
    "person_name": "Sem Bakker",
    "email": "sem@advies.example",
    "may_submit": "no",
    "scope": "all",
    "starts_on": "2019-07-15",
    "ends_on": "2019-09-30",
}
ACCOUNT = {"person_name": "Sem Bakker", "password": cast.PASSWORD}


def latest(world: World, template: str) -> str:
    """The path in the last mail of a kind."""
    with world.database.reading() as db:
        found = db.scalars(select(Message).where(Message.template == template).order_by(Message.created_at)).all()
        return str(found[-1].facts["path"])


def mandate_of(world: World, who: str) -> str:
    """The id of the last mandate that this person's organisation gave."""
    with world.database.reading() as db:
        organisation_id = db.get_one(User, world.people[who]).organisation_id
        query = select(Mandate.id).where(Mandate.organisation_id == organisation_id).order_by(Mandate.granted_at.desc())
        return str(db.scalars(query).first())


@pytest.fixture
def give(browse: Any, world: World) -> Any:
    """`give("anna")`: a mandate for Sem; gives its id."""

    def grant(who: str = "anna", **changed: Any) -> str:
        answer = browse(who).post("/machtigingen", FORM | changed)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return mandate_of(world, who)

    return grant


@pytest.fixture
def sem(app: Flask, world: World, give: Any) -> Browser:
    """A consultant with an account of no organisation and a mandate of De Linde, not chosen yet."""
    give()
    stranger = Browser(app, world)
    assert stranger.post(latest(world, "mandate_granted"), ACCOUNT).status_code == 303
    world.emails = {**world.emails, "sem": FORM["email"]}
    return Browser(app, world).sign_in("sem")


def work_for(browser: Browser, world: World, who: str = "anna") -> Browser:
    assert browser.post("/machtigingen/kiezen", {"mandate": mandate_of(world, who)}).status_code == 303
    return browser


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_a_consultant_accepts_with_an_own_account_and_works_under_a_clear_banner(sem: Browser, world: World) -> None:
    application_id = world.draft()
    home = sem.get("/machtigingen")
    assert "Stichting De Linde" in text(home)
    assert "U werkt namens" not in text(home)
    assert sem.get(f"/aanmeldingen/{application_id}").status_code == 403

    page = work_for(sem, world).get(f"/aanmeldingen/{application_id}")

    assert page.status_code == 200
    assert re.search(r"U werkt namens\s+<b>Stichting De Linde</b>, gemachtigd tot en met 30 september 2019", text(page))
    assert "De aanmeldingen van Stichting De Linde waarvoor u gemachtigd bent." in text(sem.get("/aanmeldingen"))
    assert "Dat doet een tekenbevoegde van Stichting De Linde" in text(
        sem.get(f"/aanmeldingen/{application_id}/indienen")
    )
    assert sem.get("/overeenkomsten").status_code == 403


def test_each_day_that_is_missing_is_told_by_its_name(browse: Any) -> None:
    page = text(browse("anna").post("/machtigingen", FORM | {"starts_on": "", "ends_on": "30 februari"}))

    assert "Vul de eerste dag in van de machtiging" in page
    assert "Vul de laatste dag in van de machtiging" in page


def test_the_mailed_link_names_the_procedure_of_each_round(world: World, give: Any, visitor: Browser) -> None:
    give(scope="some", rounds=world.rounds["2020-1"])

    page = text(visitor.get(latest(world, "mandate_granted")))

    assert "Wmo specialistische ondersteuning regio Meierij, ronde 2020-1" in page


def test_who_has_only_mandates_starts_at_them(app: Flask, sem: Browser, world: World) -> None:
    answer = Browser(app, world).post("/inloggen", {"email": FORM["email"], "password": cast.PASSWORD})

    assert answer.headers["Location"] == "/machtigingen"


def test_the_mailed_link_is_refused_for_somebody_else_and_says_the_way_out(
    browse: Any, world: World, give: Any, visitor: Browser
) -> None:
    give()
    path = latest(world, "mandate_granted")
    karim = browse("karim")

    page = karim.get(path)
    assert "Log uit en open de link" in text(page)
    assert FORM["email"] not in text(page)
    assert karim.post(path, ACCOUNT).status_code == 403
    assert "Maak een account en aanvaard" in text(visitor.get(path))


def test_a_link_to_an_address_with_an_account_leads_to_signing_in_and_accepting(
    browse: Any, world: World, give: Any, visitor: Browser
) -> None:
    mandate_id = give(email=world.emails["karim"])
    path = latest(world, "mandate_granted")
    assert "Inloggen en aanvaarden" in text(visitor.get(path))
    assert visitor.post(path, ACCOUNT).status_code == 422

    karim = browse("karim")
    assert karim.post(f"/machtigingen/{mandate_id}/aanvaarden").status_code == 303
    assert "Werk namens" in text(karim.get("/machtigingen"))


def test_a_wrong_password_for_a_new_account_keeps_the_rest_of_the_form(
    visitor: Browser, world: World, give: Any
) -> None:
    give()
    path = latest(world, "mandate_granted")

    answer = visitor.post(path, {"person_name": "Samira Bakker", "password": "kort"})

    assert answer.status_code == 422
    assert "Samira Bakker" in text(answer)


def test_an_invitation_of_a_colleague_opened_by_somebody_else_is_refused(
    browse: Any, world: World, visitor: Browser
) -> None:
    piet = {"person_name": "Piet", "email": "piet@a.example", "roles": ["reader"]}
    browse("anna").post("/organisatie/collegas", piet)
    path = latest(world, "invitation")
    karim = browse("karim")

    for answer in (karim.get(path), karim.post(path, {"password": cast.PASSWORD})):
        assert answer.status_code == 403
        assert "ander e-mailadres" in text(answer)
    assert visitor.post(path, {"password": cast.PASSWORD}).status_code == 303


@pytest.mark.parametrize("how", ["taken back", "past its end"])
def test_a_mandate_that_ends_ends_on_the_next_request_and_nothing_lands_elsewhere(
    browse: Any, world: World, give: Any, how: str
) -> None:
    mandate_id = give(email=world.emails["karim"])
    karim = browse("karim")
    karim.post(f"/machtigingen/{mandate_id}/aanvaarden")
    work_for(karim, world)
    application_id = world.draft()
    assert karim.get(f"/aanmeldingen/{application_id}").status_code == 200
    if how == "taken back":
        assert browse("anna").post(f"/machtigingen/{mandate_id}/beeindigen").status_code == 303
    else:
        with world.database.transaction() as db:
            db.get_one(Mandate, mandate_id).ends_at = world.clock()

    started = karim.post(f"/rondes/{world.rounds['2020-1']}/aanmelden")

    assert (karim.get(f"/aanmeldingen/{application_id}").status_code, started.status_code) == (403, 403)
    assert "geldt nu niet" in text(karim.get("/machtigingen"))
    with world.database.reading() as db:
        own = db.scalars(select(Organisation).where(Organisation.kvk_number == "23456789")).one()
        assert db.scalars(select(Application).where(Application.organisation_id == own.id)).all() == []
    karim.post("/machtigingen/kiezen", {"mandate": ""})
    assert karim.post(f"/rondes/{world.rounds['2020-1']}/aanmelden").status_code == 303


def test_a_page_opened_for_one_client_cannot_be_sent_for_another(sem: Browser, world: World, give: Any) -> None:
    second = give("karim")
    sem.post(f"/machtigingen/{second}/aanvaarden")
    old = work_for(sem, world).token("/aanmeldingen")
    work_for(sem, world, "karim")

    answer = sem.client.post(f"/rondes/{world.rounds['2020-1']}/aanmelden", data={"csrf_token": old})

    assert answer.status_code == 400
    assert "namens wie" in text(answer)


def test_a_mandate_for_one_round_shows_only_that_round(sem: Browser, world: World, browse: Any) -> None:
    application_id = world.draft()
    other = next(key for label, key in world.rounds.items() if label != "2020-1")
    browse("anna").post(f"/machtigingen/{mandate_of(world, 'anna')}/beeindigen")
    world.clock.set(world.clock() + timedelta(minutes=1))
    limited = browse("anna").post("/machtigingen", FORM | {"scope": "some", "rounds": [other]})
    assert limited.status_code == 303
    sem.post(f"/machtigingen/{mandate_of(world, 'anna')}/aanvaarden")
    work_for(sem, world)

    assert sem.get(f"/aanmeldingen/{application_id}").status_code == 404
    assert application_id not in text(sem.get("/aanmeldingen"))
    assert sem.post(f"/rondes/{world.rounds['2020-1']}/aanmelden").status_code == 404


def test_a_consultant_offers_for_signing_and_cannot_submit(sem: Browser, world: World, browse: Any) -> None:
    application_id = world.complete()
    work_for(sem, world)
    page = text(sem.get(f"/aanmeldingen/{application_id}/indienen"))
    assert "Ter ondertekening aanbieden" in page
    assert "Aanmelding indienen" not in page
    submit = {"accepted": ["complete", "represent", "terms"], "attempt": "a"}
    assert sem.post(f"/aanmeldingen/{application_id}/indienen", submit).status_code == 403

    assert sem.post(f"/aanmeldingen/{application_id}/ter-ondertekening", {"note": "Graag kijken"}).status_code == 303

    anna = browse("anna")
    assert "ligt ter ondertekening" in text(anna.get("/aanmeldingen"))
    page = text(anna.get(f"/aanmeldingen/{application_id}/indienen"))
    assert "Sem Bakker bood deze aanmelding aan" in page
    assert "Graag kijken" in page
    assert "Sindsdien is niets gewijzigd" in page
    assert anna.post(f"/aanmeldingen/{application_id}/indienen", submit).status_code == 303
    assert "Ligt ter ondertekening" not in text(anna.get(f"/aanmeldingen/{application_id}"))


def test_the_signatory_sees_what_changed_since_and_sends_it_back(sem: Browser, world: World, browse: Any) -> None:
    application_id = world.complete()
    work_for(sem, world).post(f"/aanmeldingen/{application_id}/ter-ondertekening")
    world.clock.set(world.clock() + timedelta(minutes=5))
    sem.post(f"/aanmeldingen/{application_id}/keuzes", {"cells": [], "based_on": "1"})
    anna = browse("anna")

    page = text(anna.get(f"/aanmeldingen/{application_id}/indienen"))
    assert "Sem Bakker wijzigde de gekozen percelen" in page
    empty = anna.post(f"/aanmeldingen/{application_id}/ter-ondertekening/teruggeven", {"remark": ""})
    assert empty.status_code == 422
    assert "Schrijf op wat er nog moet gebeuren" in text(empty)
    sent = anna.post(f"/aanmeldingen/{application_id}/ter-ondertekening/teruggeven", {"remark": "Perceel ontbreekt"})

    assert sent.status_code == 303
    assert "Perceel ontbreekt" in text(sem.get(f"/aanmeldingen/{application_id}"))


# --- every route with an id ---

OF_APPLICANTS = {"applicant", "provider", "signatory", "submitter", "agreement_party", "signed_in"}


def routes(app: Flask, audiences: set[str]) -> Iterator[tuple[Any, str]]:
    """Rules with an id, and a method to try on each."""
    for rule in app.url_map.iter_rules():
        if guards.audience_of(app, rule.endpoint) in audiences and rule.arguments:
            for method in sorted(rule.methods & {"GET", "POST", "PUT"}):
                yield rule, method


def address(rule: Any, values: dict[str, str]) -> str:
    def fill(found: re.Match[str]) -> str:
        return "1" if found[1] == "int" else values.get(found[2], "nothing")

    return re.sub(r"<(?:(\w+):)?(\w+)>", fill, rule.rule)


def send(browser: Browser, method: str, path: str) -> int:
    if method == "GET":
        return int(browser.get(path).status_code)
    if method == "POST":
        return int(browser.post(path).status_code)
    return int(browser.client.put(path, data=b"x", headers={"X-CSRFToken": browser.token("/")}).status_code)


def belongings(world: World, application_id: str) -> dict[str, str]:
    """Ids of what belongs to the applicant of this application, by the name in addresses."""
    with world.database.reading() as db:
        application = db.get_one(Application, application_id)
        organisation_id = application.organisation_id
        document = db.scalars(select(Document.id).where(Document.organisation_id == organisation_id)).first()
        submission = db.scalars(select(Submission.id).where(Submission.application_id == application_id)).first()
        user = db.scalars(select(User.id).where(User.organisation_id == organisation_id)).first()
        party = db.scalars(select(Party.id).where(Party.application_id == application_id)).first()
        agreement = db.scalars(select(Agreement.id).where(Agreement.organisation_id == organisation_id)).first()
    found = {
        "application_id": application_id,
        "document_id": document,
        "submission_id": submission,
        "user_id": user,
        "party_id": party,
        "agreement_id": agreement,
        "place_key": "T01",
        "evidence_id": "nothing",
    }
    return {name: value for name, value in found.items() if value}


NOBODYS = {"apply.start", "account.look_up_organisation"}
"""What is about a published round, not about an applicant."""


def test_a_consultant_reaches_nothing_of_another_client_by_any_address(
    app: Flask, sem: Browser, world: World, give: Any
) -> None:
    second = give("karim", email="iris@advies.example")
    theirs = belongings(world, world.submitted("karim")) | {"mandate_id": second}
    work_for(sem, world)
    reached = {}

    for rule, method in routes(app, OF_APPLICANTS):
        if rule.endpoint in NOBODYS or not rule.arguments & theirs.keys():
            continue
        code = send(sem, method, address(rule, theirs))
        if code not in (403, 404, 405):
            reached[f"{method} {rule.rule}"] = code

    assert reached == {}


def test_under_a_mandate_that_is_over_no_address_of_the_client_opens(
    app: Flask, sem: Browser, world: World, browse: Any
) -> None:
    own = belongings(world, world.submitted())
    work_for(sem, world)
    browse("anna").post(f"/machtigingen/{mandate_of(world, 'anna')}/beeindigen")
    reached = {}

    for rule, method in routes(app, OF_APPLICANTS - {"signed_in"}):
        code = send(sem, method, address(rule, own))
        if code != 403:
            reached[f"{method} {rule.rule}"] = code

    assert reached == {}


def test_a_reader_sees_everything_and_no_address_changes_anything(app: Flask, world: World, browse: Any) -> None:
    reader = cast.colleague(world.stage, world.people["anna"], "Lies Mol", "lies@aanbieder.example", ["reader"])
    world.people, world.emails = {**world.people, "lies": reader}, {**world.emails, "lies": "lies@aanbieder.example"}
    own = belongings(world, world.submitted())
    lies = browse("lies")
    changed = {}

    for rule, method in routes(app, OF_APPLICANTS - {"signed_in"}):
        code = send(lies, method, address(rule, own)) if method != "GET" else 403
        if code != 403:
            changed[f"{method} {rule.rule}"] = code

    assert changed == {}
    paths = ("/aanmeldingen", "/documenten", "/overeenkomsten", "/organisatie", "/machtigingen")
    application = f"/aanmeldingen/{own['application_id']}"
    more = (application, f"{application}/keuzes", f"{application}/indienen", f"{application}/eisen/T03")
    assert [(path, lies.get(path).status_code) for path in (*paths, *more)] == [(path, 200) for path in (*paths, *more)]
    assert "U leest mee" in text(lies.get(application))
    assert '<fieldset class="portal-reading" disabled>' in text(lies.get(f"{application}/eisen/T03"))


def test_only_a_signatory_gives_and_takes_back_and_nobody_touches_a_strangers_mandate(
    browse: Any, world: World, give: Any
) -> None:
    mandate_id = give()
    eva = cast.colleague(world.stage, world.people["anna"], "Eva", "eva@aanbieder.example", ["editor"])
    world.people, world.emails = {**world.people, "eva": eva}, {**world.emails, "eva": "eva@aanbieder.example"}

    assert browse("eva").post("/machtigingen", FORM).status_code == 403
    assert browse("eva").post(f"/machtigingen/{mandate_id}/beeindigen").status_code == 403
    assert browse("karim").post(f"/machtigingen/{mandate_id}/beeindigen").status_code == 404
    assert browse("ineke").post(f"/machtigingen/{mandate_id}/beeindigen").status_code == 404
    wrong = browse("anna").post("/machtigingen", FORM | {"ends_on": "2019-02-30"})
    assert wrong.status_code == 422
    assert 'value="sem@advies.example"' in text(wrong)

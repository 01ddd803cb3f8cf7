"""Interests that nobody declared: found by the portal, hidden at every route, lifted by a round manager only."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from portal.domain import integrity, interests
from portal.interest_words import GROUNDS, PUBLIC_MAIL
from portal.models import (
    Application,
    Conflict,
    Decision,
    Document,
    Evidence,
    Finding,
    FormerEmployer,
    IntegrityCheck,
    LiftedConflict,
    Message,
    Review,
    User,
    UserRole,
)
from portal.web.guards import AUDIENCES, audience_of

LINDE, ERF, KVK = "Stichting De Linde", "Zorgboerderij Het Erf", "12345678"
EMPLOYER = {"name": "De oude baas", "kvk_number": KVK, "left_on": "2018-06-30"}
LOOKING = {"inkoper", "inspector", "round_manager", "assessor"}
"""Roles of whom screens; the integrity officer may have no other role and is tried apart."""


def _conflicts(closed):
    with closed.world.database.reading() as db:
        return [(one.user.name, one.application.organisation.name, one.grounds) for one in db.scalars(select(Conflict))]


def _messages(closed, template):
    with closed.world.database.reading() as db:
        return db.scalars(select(Message).where(Message.template == template)).all()


# --- what is an interest ---


FOUND: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"kvk_number": KVK}, "", ["kvk"]),
    ({"kvk_number": "87654321"}, "", []),
    ({"name": "De Linde"}, "", ["employer"]),
    ({"name": "stichting de LINDE"}, "", ["employer"]),
    ({"name": "De Lindeboom"}, "", []),
    ({"kvk_number": KVK, "left_on": date(2017, 10, 29)}, "", ["kvk"]),
    ({"kvk_number": KVK, "left_on": date(2017, 10, 28)}, "", []),  # two years ago, to the day
    ({"kvk_number": KVK, "left_on": date(2019, 12, 31)}, "", ["kvk"]),
    ({}, "ineke@aanbieder.example", ["mail_domain"]),
    ({}, "ineke@Aanbieder.Example", ["mail_domain"]),
    ({}, "ineke@sub.aanbieder.example", []),
    ({"kvk_number": KVK, "name": "De Linde"}, "ineke@aanbieder.example", list(GROUNDS)),
]
"""What an official entered, the official's mail address, and the grounds that the portal finds at De Linde."""


def test_what_the_portal_takes_for_an_interest(closed):
    day, seen = interests.calendar.local_day(closed.world.clock()), []
    with closed.world.database.writing() as db:
        official, application = (
            db.get_one(User, closed.world.people["ineke"]),
            db.get_one(Application, closed.application),
        )
        own = official.email
        for employer, mail, _ in FOUND:
            official.email = mail or own
            entered = {"name": "Elders", "kvk_number": "", "left_on": None, **employer}
            ties = [FormerEmployer(**entered)] if employer else []
            seen.append((employer, mail, interests.found_grounds(official, ties, application, day)))
        db.rollback()

    assert seen == FOUND


def test_a_domain_where_anybody_has_an_address_says_nothing():
    assert {interests.domain_of(f"iemand@{one}") for one in PUBLIC_MAIL} == {""}
    assert interests.domain_of("iemand@delinde.example") == "delinde.example"


# --- found at once ---


def test_an_employer_that_was_entered_hides_the_dossier_at_every_route(closed, official):
    closed.declare("joris")
    with closed.world.database.transaction() as db:
        for role in sorted(LOOKING - {"inkoper"}):
            db.add(UserRole(user_id=closed.world.people["ineke"], role=role))
        document = db.scalars(
            select(Evidence.document_id)
            .join(Document)
            .where(Evidence.application_id == closed.application, Document.kind == "kvk_extract")
        ).first()
        number = db.get_one(Application, closed.application).number
        ids = {
            "review_id": closed.review, "application_id": closed.application, "document_id": document, "number": 1,
            "round_id": closed.round, "key": "T06", "procedure_id": closed.world.procedure_id, "check_id": closed.check,
        }  # fmt: skip
    browser = official("ineke")
    assert LINDE in browser.get("/beoordelen").text

    browser.post("/beoordelen/werkgevers", EMPLOYER)

    tried, leaks = [], []
    for rule in closed.app.url_map.iter_rules():
        roles = AUDIENCES[audience_of(closed.app, rule.endpoint) or "public"]
        if not roles or not roles & LOOKING or not rule.arguments <= ids.keys():
            continue
        with closed.app.test_request_context():
            from flask import url_for

            path = url_for(rule.endpoint, **{name: ids[name] for name in rule.arguments})
        is_dossier = bool(rule.arguments & {"review_id", "application_id"})
        methods = rule.methods & ({"GET", "POST"} if is_dossier else {"GET"})
        for method in sorted(methods):
            answer = browser.get(path) if method == "GET" else browser.post(path, {"reason": "Een reden van tien."})
            tried.append(rule.endpoint)
            text = answer.get_data().decode(errors="replace")
            # the number stands on the page where the official typed it
            names = (LINDE, number) if rule.endpoint == "interests.employers" else (LINDE, number, KVK)
            if (is_dossier and answer.status_code != 404) or any(one in text for one in names):
                leaks.append((method, rule.endpoint, answer.status_code))
    assert leaks == []
    assert {"review.dossier", "review.page", "review.file", "review.find", "review.keep_draft", "review.queue",
            "review.export", "rounds.dashboard", "rounds.export", "rounds.overview", "conversations.overview",
            "interests.of_round"} <= set(tried)  # fmt: skip
    for query in ("q=linde", f"q={KVK}", f"q={number}"):
        assert ERF not in browser.get(f"/beoordelen?{query}").text
    assert "<b>1</b> <span>Alle</span>" in browser.get("/beoordelen").text
    assert LINDE in closed.browser("joris").get("/beoordelen").text


def test_the_official_hears_that_something_is_hidden_and_why_but_not_what(closed, official):
    browser = official("ineke")

    browser.post("/beoordelen/werkgevers", EMPLOYER)

    queue = browser.get("/beoordelen").text
    assert "Een of meer dossiers ziet u niet" in queue
    assert GROUNDS["kvk"] in queue
    (mail,) = _messages(closed, "interest_detected")
    assert mail.to == closed.world.emails["ineke"]
    assert LINDE not in str(mail.facts)
    assert _conflicts(closed) == [("Ineke Bos", "Stichting De Linde", ["kvk"])]


def test_what_was_found_before_is_not_in_the_list_to_declare(closed):
    browser = closed.browser("ineke")
    declare = f"/beoordelen/rondes/{closed.round}/belangen"
    browser.post("/beoordelen/werkgevers", EMPLOYER)

    page = browser.get(declare).text
    answer = browser.post(
        declare, {"application": closed.application, f"reason-{closed.application}": "Mijn oude baas."}
    )

    assert LINDE not in page
    assert ERF in page
    assert answer.status_code == 303
    assert len(_conflicts(closed)) == 1


def test_a_new_colleague_of_the_applicant_with_the_same_mail_domain_is_found(closed, official):
    from portal.worker.interests import detect_for_colleague

    official("ineke")
    with closed.world.database.transaction() as db:
        anna = db.get_one(User, closed.world.people["anna"])
        colleague = User(
            email="bijbaan@meierij.example", name="Bij Baan", password_hash="x", created_at=closed.world.clock(),
            organisation_id=anna.organisation_id,
        )  # fmt: skip
        db.add(colleague)
        db.flush()
        detect_for_colleague(colleague, closed.world.clock())

    found = _conflicts(closed)
    assert {name for _, name, _ in found} == {"Stichting De Linde"}
    assert {"Ineke Bos", "Joris van Dam"} <= {official for official, *_ in found}
    assert {tuple(grounds) for *_, grounds in found} == {("mail_domain",)}


def test_who_declares_is_looked_at_too(closed):
    with closed.world.database.transaction() as db:
        db.get_one(User, closed.world.people["ineke"]).email = "ineke@aanbieder.example"
    closed.world.emails = {**closed.world.emails, "ineke": "ineke@aanbieder.example"}
    browser = closed.browser("ineke")

    browser.post(f"/beoordelen/rondes/{closed.round}/belangen", {"none": "yes"})

    assert [grounds for *_, grounds in _conflicts(closed)] == [["mail_domain"], ["mail_domain"]]
    assert LINDE not in browser.get("/beoordelen").text


# --- reassigned ---


def test_a_recusal_gives_the_review_to_a_colleague_who_is_told(closed, official):
    browser = official("ineke")
    closed.declare("joris")
    browser.post(f"/beoordelen/{closed.review}/oordeel/T06", {"based_on": "0", "verdict": "meets"})

    browser.post(f"/beoordelen/{closed.review}/belang", {"reason": "Mijn buurman werkt daar sinds kort."})

    with closed.world.database.reading() as db:
        assert db.get_one(Review, closed.review).first_by_id == closed.world.people["joris"]
    (mail,) = _messages(closed, "review_handed_over")
    assert mail.to == closed.world.emails["joris"]
    assert "buurman" not in str(mail.facts)


def test_a_proposal_of_somebody_with_an_interest_does_not_stand(closed, official):
    from tests.web.test_review import _no_objection

    browser = official("ineke")
    closed.declare("joris")
    closed.judge("ineke")
    _no_objection(closed)
    browser.post(f"/beoordelen/{closed.review}/voorstel")

    browser.post("/beoordelen/werkgevers", EMPLOYER)

    with closed.world.database.reading() as db:
        review = db.get_one(Review, closed.review)
        assert (review.state, review.first_by_id) == ("started", closed.world.people["joris"])
        assert db.scalar(select(func.count(Decision.id))) == 0
        assert db.scalar(select(func.count(Finding.id))) > 0
    assert closed.browser("joris").post(f"/beoordelen/{closed.review}/voorstel").status_code == 303


# --- lifted ---


def test_who_proposes_on_the_verdicts_of_somebody_with_an_interest_takes_the_dossier_over(closed, official):
    ineke = official("ineke")
    closed.judge("ineke")
    with closed.world.database.transaction() as db:
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == closed.application)).one()
        bram = db.get_one(User, closed.world.people["bram"])
        integrity.record_outcome(check, bram, "no_objection", None, closed.world.clock())
    dossier = f"/beoordelen/{closed.review}"
    ineke.post(f"{dossier}/belang", {"reason": "Mijn zus werkt daar sinds vandaag."})
    joris = official("joris")

    assert joris.post(f"{dossier}/voorstel").status_code == 303
    with closed.world.database.reading() as db:
        assert db.get_one(Review, closed.review).first_by_id == closed.world.people["joris"]
    joris.post(f"{dossier}/belang", {"reason": "Mijn zus werkt daar sinds vandaag."})
    with closed.world.database.reading() as db:
        review = db.get_one(Review, closed.review)
        assert (review.state, review.first_by_id, review.application.decisions) == ("started", None, [])


def test_a_round_manager_lifts_what_was_wrongly_found_with_a_reason_and_it_is_not_found_again(closed, official):
    browser = official("ineke")
    browser.post("/beoordelen/werkgevers", EMPLOYER)
    manager = closed.browser("renske")
    page = manager.get(f"/rondes/{closed.round}/belangen").text
    with closed.world.database.reading() as db:
        conflict_id = db.scalar(select(Conflict.id))
    lift = f"/rondes/{closed.round}/belangen/{conflict_id}/opheffen"

    by_oneself = browser.post(lift, {"reason": "Het is een andere stichting."})
    silent = manager.post(lift, {"reason": "nee"})
    lifted = manager.post(lift, {"reason": "Het is een andere stichting."})
    again = manager.post(lift, {"reason": "Het is een andere stichting."})
    browser.post("/beoordelen/werkgevers", {**EMPLOYER, "name": "Nog eens"})

    assert GROUNDS["kvk"] in page
    assert [one.status_code for one in (by_oneself, silent, lifted, again)] == [403, 422, 303, 404]
    assert _conflicts(closed) == []
    assert LINDE in browser.get("/beoordelen").text
    with closed.world.database.reading() as db:
        (one,) = db.scalars(select(LiftedConflict))
        assert (one.lifted_by.name, one.grounds) == ("Renske Vos", ["kvk"])
    assert [one.to for one in _messages(closed, "interest_lifted")] == [closed.world.emails["ineke"]]


def test_nobody_lifts_an_interest_of_oneself_and_what_was_declared_stands(closed, official):
    with closed.world.database.transaction() as db:
        db.add(UserRole(user_id=closed.world.people["ineke"], role="round_manager"))
    browser = official("ineke")
    browser.post(f"/beoordelen/{closed.other_review}/belang", {"reason": "Mijn zus is daar bestuurder."})
    browser.post("/beoordelen/werkgevers", EMPLOYER)
    with closed.world.database.reading() as db:
        ids = {bool(one.grounds): one.id for one in db.scalars(select(Conflict))}
    lift = {"reason": "Ik zie het probleem niet zo."}

    own = browser.post(f"/rondes/{closed.round}/belangen/{ids[True]}/opheffen", lift)
    declared = closed.browser("renske").post(f"/rondes/{closed.round}/belangen/{ids[False]}/opheffen", lift)

    assert (own.status_code, declared.status_code) == (403, 409)
    assert len(_conflicts(closed)) == 2


def test_an_employer_can_be_taken_off_the_list_and_what_is_hidden_stays_hidden(closed, official):
    browser, other = official("ineke"), official("joris")
    browser.post("/beoordelen/werkgevers", EMPLOYER)
    with closed.world.database.reading() as db:
        employer_id = db.scalar(select(FormerEmployer.id))
    path = f"/beoordelen/werkgevers/{employer_id}/verwijderen"

    other.post(path)
    browser.post("/beoordelen/werkgevers", {"name": "", "kvk_number": "123", "left_on": "gisteren"})
    with closed.world.database.reading() as db:
        assert db.scalar(select(func.count(FormerEmployer.id))) == 1
    browser.post(path)

    with closed.world.database.reading() as db:
        assert db.scalar(select(func.count(FormerEmployer.id))) == 0
    assert len(_conflicts(closed)) == 1

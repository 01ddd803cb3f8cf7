"""The pages of contract management: a neutral work list, and every act with its refusal beside its success."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.models import (
    Application,
    Bridging,
    ClientCount,
    DeviationQuote,
    Document,
    Handover,
    Municipality,
    OutflowCase,
    Product,
    Recheck,
    RecheckItem,
    Risk,
    Round,
    Talk,
    TalkNote,
)
from tests.following import add_agreement, settle


@pytest.fixture
def running(world):
    return settle(world)


@pytest.fixture
def base(running):
    return f"/contractbeheer/{running.agreement_id}"


@pytest.fixture
def side(running):
    return f"/overeenkomsten/{running.agreement_id}/uitvoering"


def _only(running, model):
    with running.world.database.reading() as db:
        return db.scalars(select(model)).one()


def _many(world, number):
    """More agreements in force, of Karim's organisation in as many rounds as needed."""
    application_id = world.draft("karim") if world.clock() < datetime(2019, 10, 1, tzinfo=UTC) else None
    with world.database.transaction() as db:
        first = db.get_one(Application, application_id) if application_id else db.scalars(select(Application)).first()
        product = db.scalars(select(Product).where(Product.authority_id == world.authority_id)).first()
        city = db.scalars(select(Municipality).where(Municipality.authority_id == world.authority_id)).first()
        template = db.get_one(Round, first.round_id)
        for index in range(number):
            round_ = Round(
                authority_id=template.authority_id, procedure_id=template.procedure_id, label=f"x-{index}",
                opens_at=template.opens_at, closes_at=template.closes_at, closed_at=template.closes_at,
                agreements_start_on=template.agreements_start_on,
            )  # fmt: skip
            db.add(round_)
            db.flush()
            application = Application(
                authority_id=first.authority_id, number=f"A-X-{index}", round_id=round_.id,
                organisation_id=first.organisation_id, state="decided", created_at=world.clock(),
                saved_at=world.clock(),
            )  # fmt: skip
            db.add(application)
            db.flush()
            db.add(add_agreement(application, f"RO-X-{index:04d}", [(product, city)]))


# --- the work list ---


def test_the_work_list_says_what_is_due_and_filters_in_the_address(running, browse):
    running.deliver(1)
    browser = browse("coen")

    page = browser.get("/contractbeheer").text
    labels = re.search(r"<td>(.*?)</td>", page[page.index("Stichting De Linde") :], re.DOTALL).group(1)

    assert re.findall(r"</svg>([^<]+)</span>", labels) == [
        "Overdracht open",
        "Gesprek te houden",
        "Hercontrole",
        "Weinig cliënten",
    ]
    assert "Stichting De Linde" in browser.get("/contractbeheer?wat=outflow").text
    assert "Stichting De Linde" not in browser.get("/contractbeheer?wat=suspended").text
    assert "Geen overeenkomst past" in browser.get("/contractbeheer?q=bestaat-niet").text
    assert "RO-2019-0001;Stichting De Linde" in browser.get("/contractbeheer.csv").text


def test_the_work_list_takes_as_many_statements_for_one_as_for_many(running, browse, statements):
    browser = browse("coen")
    statements.clear()
    browser.get("/contractbeheer")
    one = len(statements)
    _many(running.world, 20)
    statements.clear()

    page = browser.get("/contractbeheer").text

    assert page.count("RO-X-") == 20
    assert len(statements) == one <= 12


@pytest.mark.parametrize("part", ["", "/gesprekken", "/cijfers", "/risicos", "/hercontrole", "/uitstroom", "/maatwerk"])
def test_a_page_about_an_agreement_is_for_its_contract_manager(running, base, browse, part):
    assert browse("coen").get(f"{base}{part}").status_code == 200
    assert browse("ineke").get(f"{base}{part}").status_code == 403
    assert browse("anna").get(f"{base}{part}").status_code == 403
    assert browse("coen").get(f"/contractbeheer/bestaat-niet{part}").status_code == 404


def test_what_the_provider_promised_stands_on_the_page(running, base, browse):
    page = browse("coen").get(base).text

    assert "Wij halen dit." in page
    assert "Binnen zes weken" in page


# --- handover ---


def test_a_buyer_hands_over_and_the_manager_accepts(running, base, browse):
    buyer, form = browse("ineke"), {"done-O1": "1", "note-O1": "In het dossier"}

    assert "De Linde" in buyer.get("/overdracht").text
    assert buyer.post(f"{base}/overdracht", {**form, "afronden": "1"}).status_code == 409
    assert "In het dossier" in buyer.get(f"{base}/overdracht").text
    assert browse("coen").post(f"{base}/overdracht/aanvaarden").status_code == 409
    assert buyer.post(f"{base}/overdracht", {**form, "done-O2": "1", "afronden": "1"}).status_code == 303
    assert browse("coen").post(f"{base}/overdracht/teruggeven", {"reason": ""}).status_code == 422
    assert browse("coen").post(f"{base}/overdracht/aanvaarden").status_code == 303
    assert _only(running, Handover).state == "accepted"


# --- talks ---


def _begin(running, base, browser):
    form = {"kind": "progress", "held_on": "2021-02-10", "present": "Anna de Wit"}
    assert browser.post(f"{base}/gesprekken", form).status_code == 303
    return f"/contractbeheer/gesprekken/{_only(running, Talk).id}"


def test_a_report_is_filled_in_confirmed_and_added_to(running, base, browse):
    browser = browse("coen")
    wrong = browser.post(f"{base}/gesprekken", {"kind": "progress", "held_on": "2031-01-01", "present": "Anna de Wit"})
    assert (wrong.status_code, "Anna de Wit" in wrong.text, "<title>Fout:" in wrong.text) == (422, True, True)
    talk = _begin(running, base, browser)
    kept = {"held_on": "2021-02-10", "present": "Anna de Wit", "note-K1": "Twaalf inwoners", "version-K1": "0"}

    assert browser.post(talk, kept).status_code == 303
    assert browser.post(f"{talk}/afspraken", {"text": "Lijst sturen", "owner": "", "due_on": ""}).status_code == 422
    point = {"text": "Lijst sturen", "owner": "De Linde", "due_on": "2021-03-01"}
    assert browser.post(f"{talk}/afspraken", point).status_code == 303
    assert "Lijst sturen" in browser.get(base).text
    assert browser.post(f"{talk}/vaststellen").status_code == 303
    assert browser.post(talk, kept).status_code == 409
    assert browser.post(f"{talk}/aanvullen", {"addendum": "kort"}).status_code == 422
    assert browser.post(f"{talk}/aanvullen", {"addendum": "De aanbieder belde nog."}).status_code == 303
    page = browser.get(talk).text
    assert "De aanbieder belde nog." in page
    action = re.search(rf"{talk}/afspraken/\w+/klaar", page).group(0)
    assert browser.post(action, {"note": "Ontvangen"}).status_code == 303
    assert "Twaalf inwoners" in browser.get(f"{base}/gesprekken.csv").text


def test_a_report_that_a_colleague_changed_keeps_both_texts_on_the_page(running, base, browse):
    talk = _begin(running, base, browse("coen"))
    form = {"held_on": "2021-02-10", "present": "Anna de Wit", "version-K1": "0"}
    assert browse("mila").post(talk, {**form, "note-K1": "Mila schreef dit"}).status_code == 303

    answer = browse("coen").post(talk, {**form, "note-K1": "Coen schreef dat"})

    assert answer.status_code == 409
    assert "Mila schreef dit" in answer.text
    assert "Coen schreef dat" in answer.text
    assert _only(running, TalkNote).text == "Mila schreef dit"


# --- figures ---


def _file(text):
    return {"file": (io.BytesIO(text.encode()), "aantallen.csv")}


def test_a_file_of_the_provider_is_seen_by_the_manager_and_twice_is_once(running, base, side, browse):
    provider = browse("anna")
    text = "product;gemeente;maand;clienten\nIB-BASIS;0796;2021-01;1234\n"

    assert provider.post(f"{side}/cijfers", _file(text)).status_code == 303
    assert provider.post(f"{side}/cijfers", _file(text)).status_code == 303

    assert "hadden wij al" in provider.get(side).text
    assert ">1234<" in browse("coen").get(f"{base}/cijfers").text
    assert _only(running, ClientCount).clients == 1234
    assert "IB-BASIS;0796;2021-01;1234" in browse("coen").get(f"{base}/cijfers.csv").text


def test_a_wrong_file_shows_its_lines_and_leaves_nothing(running, base, browse):
    text = "product;gemeente;maand;clienten\nIB-BASIS;0796;2021-01;4\nXX;0796;2021-01;4\n"

    answer = browse("coen").post(f"{base}/cijfers", _file(text))

    assert answer.status_code == 422
    assert "Regel 3: product ‘XX’" in answer.text
    with running.world.database.reading() as db:
        assert db.query(ClientCount).count() == 0


def test_counts_and_indicators_can_be_typed_in(running, base, browse):
    browser = browse("coen")
    page = browser.get(f"{base}/cijfers").text
    first = re.search(r'name="(clients-\w+)"', page).group(1)

    assert browser.post(f"{base}/cijfers", {"month": "2021-01"}).status_code == 422
    assert browser.post(f"{base}/cijfers", {"month": "2021-01", first: "7"}).status_code == 303
    assert _only(running, ClientCount).clients == 7
    figure = {"code": "KG1", "period": "2020-Q4", "value": "veel"}
    assert browser.post(f"{base}/kengetallen", figure).status_code == 422
    assert browser.post(f"{base}/kengetallen", {**figure, "value": "2,5"}).status_code == 303
    assert "2,5" in browser.get(f"{base}/cijfers").text


def test_another_provider_finds_nothing(running, side, browse):
    assert browse("anna").get(side).status_code == 200
    assert browse("karim").get(side).status_code == 404
    assert browse("karim").post(f"{side}/cijfers", _file("x")).status_code == 404


# --- risks ---


def test_the_register_of_a_procedure_is_seeded_judged_and_closed(running, browse):
    browser, address = browse("coen"), f"/contractbeheer/procedures/{running.world.procedure_id}/risicos"
    assert "1 risico uit de procedure" in browser.get(address).text
    assert browser.post(f"{address}/overnemen").status_code == 303
    risk = f"/contractbeheer/risicos/{_only(running, Risk).id}"
    form = {"likelihood": "high", "impact": "high", "measure": "Elke maand bellen.", "based_on": "1"}

    assert browser.post(risk, {**form, "measure": ""}).status_code == 422
    assert browser.post(risk, form).status_code == 303
    assert browser.post(risk, form).status_code == 409
    assert browser.post(risk, {"stap": "close", "reason": ""}).status_code == 422
    assert browser.post(risk, {"stap": "close", "reason": "Er is weer personeel."}).status_code == 303
    assert "Er is weer personeel." in browser.get(address).text


def test_a_high_risk_of_an_agreement_shows_in_the_work_list(running, base, browse):
    browser = browse("coen")
    form = {"title": "Geldnood", "likelihood": "high", "impact": "high", "measure": "Jaarrekening opvragen."}

    assert browser.post(f"{base}/risicos", {**form, "title": ""}).status_code == 422
    assert "De Linde" not in browser.get("/contractbeheer?wat=risk").text
    assert browser.post(f"{base}/risicos", form).status_code == 303
    assert "De Linde" in browser.get("/contractbeheer?wat=risk").text


# --- the yearly check ---


def test_evidence_is_asked_handed_in_and_judged(running, base, side, browse):
    manager, provider = browse("coen"), browse("anna")
    assert manager.post(f"{base}/hercontrole").status_code == 303
    assert manager.post(f"{base}/hercontrole").status_code == 303
    with running.world.database.reading() as db:
        item = db.scalars(select(RecheckItem).where(RecheckItem.code == "T03")).one()
        owner = running.person(db, "anna").organisation_id
        document = db.scalars(
            select(Document).where(Document.organisation_id == owner, Document.kind == item.kinds[0])
        ).one()
    assert _only(running, Recheck).year == 1

    assert provider.post(f"{side}/hercontrole/{item.id}", {"document": ""}).status_code == 422
    assert manager.get(f"{base}/hercontrole/stukken/{document.id}").status_code == 404
    assert provider.post(f"{side}/hercontrole/{item.id}", {"document": document.id}).status_code == 303
    assert manager.get(f"{base}/hercontrole/stukken/{document.id}").data.startswith(b"%PDF")
    judged = f"{base}/hercontrole/{item.id}"
    assert manager.post(judged, {"verdict": "fails", "reason": ""}).status_code == 422
    assert manager.post(judged, {"verdict": "fails", "reason": "Het certificaat is verlopen."}).status_code == 303
    assert "Het certificaat is verlopen." in provider.get(side).text
    assert manager.post(f"{judged}/opnieuw").status_code == 303


def test_a_suspended_agreement_stands_so_in_the_public_register(running, base, browse, visitor):
    manager = browse("coen")
    manager.post(f"{base}/hercontrole")
    reason = {"reason": "Er is niets ingeleverd."}
    assert manager.post(f"{base}/opschorten", reason).status_code == 409
    assert "opgeschort" not in visitor.get("/register").text
    running.world.clock.set(datetime(2021, 3, 16, 9, tzinfo=UTC))

    manager = browse("coen")
    assert manager.post(f"{base}/opschorten", {"reason": ""}).status_code == 422
    assert manager.post(f"{base}/opschorten", reason).status_code == 303
    assert "opgeschort" in visitor.get("/register").text
    assert manager.post(f"{base}/opschorting-opheffen", {"reason": "Alles is aangetoond."}).status_code == 303
    assert "opgeschort" not in visitor.get("/register").text


# --- outflow ---


def test_from_signal_to_a_decision_of_two(running, base, side, browse):
    running.deliver(1)
    manager, city = browse("coen"), running.municipalities["0796"]
    assert "Minstens 1 en hoogstens 3" in manager.get(f"{base}/uitstroom").text
    assert manager.post(f"{base}/uitstroom/{city}", {"established": "x"}).status_code == 422
    assert manager.post(f"{base}/uitstroom/{city}", {"established": "2"}).status_code == 303
    assert manager.post(f"{base}/uitstroom/{city}", {"established": "2"}).status_code == 303
    one = _only(running, OutflowCase)
    case = f"/uitstroom/{one.id}"
    assert manager.post(f"{case}/zienswijze").status_code == 409
    running.world.clock.set(datetime(2021, 3, 30, 9, tzinfo=UTC))
    manager = browse("coen")
    assert manager.post(f"{case}/zienswijze").status_code == 303
    provider = browse("anna")
    view = f"{side}/zienswijze/{one.id}"
    assert provider.post(view, {"view": "nee"}).status_code == 422
    assert provider.post(view, {"view": "Wij zijn klein en nodig."}).status_code == 303
    end = {
        "outcome": "end", "reason": "De zienswijze is gewogen.", "ends_on": "2021-09-30",
        "continuity": "Cliënten houden hun begeleider tot de overdracht.",
    }  # fmt: skip
    assert manager.post(f"{case}/voorstel", end).status_code == 409
    running.world.clock.set(datetime(2021, 4, 14, 9, tzinfo=UTC))
    manager, second = browse("coen"), browse("renske")
    assert manager.post(f"{case}/voorstel", {**end, "ends_on": ""}).status_code == 422
    assert manager.post(f"{case}/voorstel", end).status_code == 303
    assert "Wij zijn klein en nodig." in second.get(case).text
    assert "Stichting De Linde" in second.get("/uitstroom").text
    assert manager.post(f"{case}/bevestigen").status_code == 403
    assert second.post(f"{case}/teruggeven", {"back": ""}).status_code == 422
    assert second.post(f"{case}/bevestigen").status_code == 303
    assert "Cliënten houden hun begeleider" in browse("anna").get(side).text


# --- beside the agreement ---


def test_a_quote_for_one_client_is_asked_answered_and_decided(running, base, side, browse):
    manager, provider = browse("coen"), browse("anna")
    form = {
        "municipality": "0796", "reference": "Z-2021-17", "question": "Nachtelijk toezicht is nodig.",
        "due_on": "2021-03-01",
    }  # fmt: skip
    assert manager.post(f"{base}/maatwerk", {**form, "reference": "111222333"}).status_code == 422
    assert manager.post(f"{base}/maatwerk", form).status_code == 303
    assert manager.post(f"{base}/maatwerk", form).status_code == 422
    quote = _only(running, DeviationQuote).id
    offer = {"plan": "Elke nacht iemand in huis.", "amount": "1.234,50", "unit": "day"}
    assert provider.post(f"{side}/maatwerk/{quote}", {**offer, "amount": "veel"}).status_code == 422
    assert provider.post(f"{side}/maatwerk/{quote}", offer).status_code == 303
    assert "€ 1.234,50" in manager.get(f"{base}/maatwerk").text
    assert manager.post(f"{base}/maatwerk/{quote}", {"decision": "accept"}).status_code == 422
    decision = {"decision": "accept", "reason": "Past bij de vraag."}
    assert manager.post(f"{base}/maatwerk/{quote}", decision).status_code == 303
    assert _only(running, DeviationQuote).state == "accepted"


def test_a_bridging_agreement_is_drawn_up_and_accepted_by_both(running, base, side, browse):
    manager = browse("coen")
    form = {"starts_on": "2022-01-01", "ends_on": "2022-06-30", "ground": "Twee cliënten zijn nog niet over."}
    assert manager.post(f"{base}/overbrugging", {**form, "ends_on": "2023-01-01"}).status_code == 422
    assert manager.post(f"{base}/overbrugging", form).status_code == 303
    one = _only(running, Bridging)
    assert one.number == "OB-2021-0001"
    assert manager.get(f"{base}/overbrugging/{one.id}/bestand").data.startswith(b"%PDF")
    signatory, wil = browse("anna"), browse("wil")
    assert signatory.get(f"{side}/overbrugging/{one.id}/bestand").data.startswith(b"%PDF")
    agreed = {"agreed": "yes", "sha256": one.pdf_sha256}
    assert wil.post(f"{base}/overbrugging/{one.id}", agreed).status_code == 409
    assert signatory.post(f"{side}/overbrugging/{one.id}", {"sha256": one.pdf_sha256}).status_code == 422
    assert signatory.post(f"{side}/overbrugging/{one.id}", agreed).status_code == 303
    assert wil.post(f"{base}/overbrugging/{one.id}", agreed).status_code == 303
    assert _only(running, Bridging).state == "in_force"

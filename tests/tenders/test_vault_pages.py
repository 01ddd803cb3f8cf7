"""The pages of the vault: holders set it up and open it, applicants keep a code, read and reopen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from portal.cli import cast
from portal.models import Application, OfferText, Round, Submission, User
from portal.queries import tender_vault as queries
from tests.conftest import Browser
from tests.tenders.conftest import EVERYWHERE
from tests.tenders.test_vault import _unprepared

PASSWORD = cast.PASSWORD
WRONG = "dit is het wachtwoord niet"
DECLARED = {"accepted": ["complete", "represent", "terms"]}


def _text(answer) -> str:
    return answer.get_data(as_text=True)


def _field(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def _submit(browser: Browser, application_id: str) -> tuple[str, str]:
    """Send the form of the check page; gives the address of the receipt and the code that it shows."""
    address = f"/aanmeldingen/{application_id}/indienen"
    form = _text(browser.get(address))
    sent = {"attempt": _field(form, "attempt"), "code": _field(form, "code"), **DECLARED}
    answer = browser.post(address, sent)
    assert answer.status_code == 303, _text(answer)
    return answer.location, sent["code"]


def _shown(code: str) -> str:
    return " ".join(code[at : at + 4] for at in range(0, 26, 4))


# --- the applicant ---


def test_the_receipt_shows_the_code_until_the_applicant_has_it_and_never_again(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    anna = enter(tender, "anna")

    receipt, code = _submit(anna, application_id)

    page = _text(anna.get(receipt))
    assert _shown(code) in page
    assert "Wat wij ontvingen" in page
    pdf = anna.get(f"{receipt}/heropencode.pdf")
    assert pdf.status_code == 200
    assert pdf.get_data().startswith(b"%PDF")
    assert anna.post(f"{receipt}/code-bewaard").status_code == 303
    page = _text(anna.get(receipt))
    assert _shown(code) not in page
    assert "verzegeld in de kluis" in page
    assert anna.get(f"{receipt}/heropencode.pdf").status_code == 404
    assert _shown(code) not in _text(enter(tender, "anna").get(receipt))


def test_the_same_form_sent_twice_is_one_submission_with_the_same_code(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    anna, address = enter(tender, "anna"), f"/aanmeldingen/{application_id}/indienen"
    form = _text(anna.get(address))
    sent = {"attempt": _field(form, "attempt"), "code": _field(form, "code"), **DECLARED}

    first, second = anna.post(address, sent), anna.post(address, sent)

    assert first.location == second.location
    assert _shown(sent["code"]) in _text(anna.get(second.location))
    with tender.world.database.reading() as db:
        assert db.query(Submission).count() == 1


def test_a_made_up_code_in_the_form_is_not_taken(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    anna, address = enter(tender, "anna"), f"/aanmeldingen/{application_id}/indienen"
    form = _text(anna.get(address))

    answer = anna.post(address, {"attempt": _field(form, "attempt"), "code": "abc", **DECLARED})

    page = _text(anna.get(answer.location))
    assert "abc" not in re.findall(r"<code[^>]*>([^<]*)</code>", page)


def test_reopening_with_the_code_shows_the_draft_and_a_second_submission_replaces_the_first(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}"
    _receipt, code = _submit(anna, application_id)
    assert "Open uw inschrijving om te wijzigen" in _text(anna.get(page))
    assert anna.get(f"{page}/aanbod/G1-1").status_code == 404
    assert anna.get(f"{page}/indienen").location == page

    assert anna.post(f"{page}/heropenen", {"code": "A" * 26}).status_code == 422
    assert anna.post(f"{page}/heropenen", {"code": _shown(code).lower()}).status_code == 303
    shown = _text(anna.get(f"{page}/aanbod/G1-1"))
    assert "vaste teams" in shown
    assert "Uw inschrijving ligt open" in _text(anna.get(page))
    assert "wijzigingen die nog niet zijn ingediend" not in _text(anna.get(page))

    tender.world.clock.advance(timedelta(minutes=5))
    version = _field(shown, "based_on")
    anna.post(f"{page}/aanbod/G1-1", {"based_on": version, "text": "Een nieuwe tekst over samenwerking."})
    assert "wijzigingen die nog niet zijn ingediend" in _text(anna.get(page))
    _receipt, second = _submit(anna, application_id)
    assert second != code
    tender.close()

    with tender.world.database.reading() as db:
        first, last = db.get_one(Application, application_id).submissions
        assert first.is_sealed
        assert "Een nieuwe tekst over samenwerking." in last.manifest


def test_a_reopened_draft_can_be_closed_again_and_closes_by_itself_at_the_deadline(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}"
    _receipt, code = _submit(anna, application_id)

    def _texts() -> int:
        with tender.world.database.reading() as db:
            return db.query(OfferText).count()

    anna.post(f"{page}/heropenen", {"code": code})
    assert _texts() == 2
    assert anna.post(f"{page}/weer-sluiten").status_code == 303
    assert _texts() == 0
    assert anna.post(f"{page}/weer-sluiten").status_code == 409
    anna.post(f"{page}/heropenen", {"code": code})
    assert _texts() == 2
    tender.shut()
    assert _texts() == 0
    tender.open_vault()
    with tender.world.database.reading() as db:
        assert db.get_one(Application, application_id).state == "under_review"


def test_without_the_code_the_submission_counts_and_one_can_begin_anew(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}"
    _submit(anna, application_id)

    assert anna.post(f"{page}/opnieuw-beginnen").status_code == 303
    assert "vaste teams" not in _text(anna.get(page))
    with tender.world.database.reading() as db:
        application = db.get_one(Application, application_id)
        assert (application.state, application.selections) == ("submitted", [])
    tender.close()
    with tender.world.database.reading() as db:
        application = db.get_one(Application, application_id)
        assert application.state == "under_review"
        assert len(application.selections) == len(EVERYWHERE)


def test_a_withdrawn_submission_stays_sealed_and_lapses(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}"
    _submit(anna, application_id)

    assert anna.post(f"{page}/intrekken").status_code == 303
    assert "U doet nu niet mee" in _text(anna.get(page))
    tender.close()

    with tender.world.database.reading() as db:
        application = db.get_one(Application, application_id)
        assert (application.state, application.submissions[0].is_sealed) == ("lapsed", True)


def test_somebody_elses_code_and_somebody_elses_dossier_open_nothing(tender, enter):
    tender.apply("anna", EVERYWHERE)
    tender.apply("karim", EVERYWHERE)
    _receipt, code = _submit(enter(tender, "anna"), tender.applicants["anna"])
    karim = enter(tender, "karim")
    _submit(karim, tender.applicants["karim"])

    assert karim.post(f"/aanmeldingen/{tender.applicants['karim']}/heropenen", {"code": code}).status_code == 422
    assert karim.post(f"/aanmeldingen/{tender.applicants['anna']}/heropenen", {"code": code}).status_code == 404


# --- the holders ---


def test_two_holders_set_up_a_vault_in_their_own_browsers_and_the_escrow_key_is_given_once(tender, enter):
    people, round_id = tender.world.people, _unprepared(tender.world)
    address = f"/rondes/{round_id}/kluis"
    renske, ineke, joris = (enter(tender, one) for one in ("renske", "ineke", "joris"))
    assert "De ronde wacht op deze kluis" in _text(renske.get(address))
    assert renske.post(f"{address}/houders", {"holder": [people["ineke"]]}).status_code == 422
    assert ineke.post(f"{address}/houders", {"holder": [people["ineke"], people["joris"]]}).status_code == 403
    assert renske.post(f"{address}/houders", {"holder": [people["ineke"], people["joris"]]}).status_code == 303
    assert renske.post(f"{address}/inrichten").status_code == 409

    assert "Maak uw sleutel" in _text(joris.get(address))
    assert joris.post(f"{address}/sleutel", {"password": WRONG}).status_code == 422
    assert joris.post(f"{address}/sleutel", {"password": PASSWORD}).status_code == 303
    assert ineke.post(f"{address}/sleutel", {"password": PASSWORD}).status_code == 303
    assert renske.post(f"{address}/sleutel", {"password": PASSWORD}).status_code == 403
    answer = renske.post(f"{address}/inrichten")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert re.search(r"^[A-Za-z0-9+/]{43}=$", _text(answer), re.MULTILINE)
    assert renske.post(f"{address}/inrichten").status_code == 409
    with tender.world.database.reading() as db:
        assert db.get_one(Round, round_id).held_by == ""
    assert "richtte de kluis in" in _text(renske.get(address))


@pytest.fixture
def shut(tender):
    tender.apply("anna", EVERYWHERE)
    tender.submit("anna")
    tender.shut()
    return tender


def test_two_holders_open_it_in_their_own_browsers(shut, enter):
    address = f"/rondes/{shut.round_id}/kluis"
    ineke, wil = enter(shut, "ineke"), enter(shut, "wil")
    assert wil.post(f"{address}/bevestigen", {"password": PASSWORD}).status_code == 409

    assert ineke.post(f"{address}/openen", {"password": WRONG}).status_code == 422
    assert ineke.post(f"{address}/openen", {"password": PASSWORD}).status_code == 303
    assert "nog 10 minuten" in _text(wil.get(address))
    assert ineke.post(f"{address}/bevestigen", {"password": PASSWORD}).status_code == 403
    assert wil.post(f"{address}/bevestigen", {"password": WRONG}).status_code == 422
    assert wil.post(f"{address}/bevestigen", {"password": PASSWORD}).status_code == 303
    shut.world.work()

    page = _text(wil.get(address))
    assert "Proces-verbaal (PDF)" in page
    assert "voltooide de opening" in page
    assert wil.get(f"{address}/proces-verbaal.pdf").get_data().startswith(b"%PDF")
    report = enter(shut, "anna").get(f"/aanmeldingen/{shut.applicants['anna']}/proces-verbaal.pdf")
    assert report.get_data().startswith(b"%PDF")
    assert enter(shut, "karim").get(f"/aanmeldingen/{shut.applicants['anna']}/proces-verbaal.pdf").status_code == 404


def test_before_closing_the_page_offers_no_opening_and_the_address_refuses(tender, enter):
    address = f"/rondes/{tender.round_id}/kluis"
    ineke = enter(tender, "ineke")

    assert "Opening vragen" not in _text(ineke.get(address))
    answer = ineke.post(f"{address}/openen", {"password": PASSWORD})

    assert answer.status_code == 409
    assert "na de sluiting" in _text(answer)


def test_ten_wrong_passwords_lock_the_opening_for_a_while(shut, enter):
    ineke, address = enter(shut, "ineke"), f"/rondes/{shut.round_id}/kluis/openen"
    for _ in range(10):
        assert ineke.post(address, {"password": WRONG}).status_code == 422

    answer = ineke.post(address, {"password": PASSWORD})
    assert answer.status_code == 422
    assert "Wacht 5 minuten" in _text(answer)
    shut.world.clock.advance(timedelta(minutes=5))
    assert ineke.post(address, {"password": PASSWORD}).status_code == 303


def test_changing_the_password_on_its_page_keeps_the_key_of_a_holder(shut, enter):
    new = "een nieuw wachtwoord voor Ineke"
    ineke = enter(shut, "ineke")
    assert ineke.post("/wachtwoord-wijzigen", {"current": PASSWORD, "password": new}).status_code == 303

    address = f"/rondes/{shut.round_id}/kluis/openen"
    assert ineke.post(address, {"password": PASSWORD}).status_code == 422
    assert ineke.post(address, {"password": new}).status_code == 303


def test_a_reset_by_mail_loses_the_key_and_the_page_asks_for_the_escrow_key(shut, enter, app):
    from portal.domain import accounts

    world = shut.world
    with world.database.transaction() as db:
        token, secret = accounts.new_token(db.get_one(User, world.people["ineke"]), "reset", world.clock())
        db.add(token)
    new = "ik was het andere vergeten"
    assert Browser(app, world).post(f"/wachtwoord/{secret}", {"password": new}).status_code == 303
    with world.database.reading() as db:
        assert queries.live_key(db, world.people["ineke"]) is None

    address = f"/rondes/{shut.round_id}/kluis"
    wil, renske = enter(shut, "wil"), enter(shut, "renske")
    assert "De noodsleutel is nodig" in _text(wil.get(address))
    assert wil.post(f"{address}/openen", {"password": PASSWORD}).status_code == 303
    assert "Open met de noodsleutel" in _text(renske.get(address))
    import base64

    key = base64.b64encode(shut.escrow).decode()
    form = {"escrow": f"Sleutel:\n\n{key}\n", "reason": "Ineke is haar wachtwoord kwijt.", "password": PASSWORD}
    assert renske.post(f"{address}/noodsleutel", {**form, "escrow": "niets"}).status_code == 422
    assert renske.post(f"{address}/noodsleutel", {**form, "password": WRONG}).status_code == 422
    assert renske.post(f"{address}/noodsleutel", form).status_code == 303
    world.work()
    assert "Ineke is haar wachtwoord kwijt." in _text(renske.get(address))


def test_who_holds_vaults_finds_them_and_others_do_not(tender, enter):
    assert "Ambulante hulp" in _text(enter(tender, "wil").get("/kluizen"))
    assert "geen enkele kluis" in _text(enter(tender, "joris").get("/kluizen"))
    assert enter(tender, "olga").get(f"/rondes/{tender.round_id}/kluis").status_code == 404


def test_where_nothing_is_compared_there_is_no_vault(world, browse):
    assert browse("renske").get(f"/rondes/{world.rounds['2020-1']}/kluis").status_code == 404

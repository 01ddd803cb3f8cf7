"""The pages of a tender: offer, scores, consensus, award; each refusal beside its success."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from sqlalchemy import event

from portal.cli import cast, scoring_script
from portal.domain import scoring
from portal.models import Application, Award, OfferText, Round, Score, User
from portal.queries import scoring as queries
from tests.conftest import Browser
from tests.tenders.conftest import EVERYWHERE, POINTS, Tender

WHY = "Het aanbod is concreet en past goed bij de vraag."
NUMBER = "Met dit aantal is er in elke gemeente voldoende aanbod."


def _text(answer) -> str:
    return answer.get_data(as_text=True)


@pytest.fixture
def reviewed(four):
    four.close()
    four.review()
    four.name_panel()
    return four


def _score_url(tender, who, key="G1-1"):
    return f"/gunning/aanmeldingen/{tender.applicants[who]}/{key}"


# --- the applicant ---


def test_an_applicant_writes_the_offer_and_finds_it_on_the_check_page(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE, offer=False)
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}"
    assert "Uw aanbod" in _text(anna.get(page))
    assert "schrijf uw aanbod" in _text(anna.get(f"{page}/indienen"))

    answer = anna.post(f"{page}/aanbod/G1-1", {"based_on": "0", "text": "Wij werken samen met de huisarts."})
    assert (answer.status_code, answer.location) == (303, f"{page}/aanbod/G1-1")
    shown = _text(anna.get(f"{page}/aanbod/G1-1"))
    assert "Wij werken samen met de huisarts." in shown
    assert "Met wie" in shown
    assert "Wij werken samen met de huisarts." in _text(anna.get(f"{page}/indienen"))


def test_a_text_that_is_too_long_or_stale_is_shown_again_and_not_kept(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE, offer=False)
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}/aanbod/G1-1"

    answer = anna.post(page, {"based_on": "0", "text": "b" * 501})
    assert answer.status_code == 422
    assert "b" * 501 in _text(answer)
    assert anna.post(page, {"based_on": "0", "text": "Eerste"}).status_code == 303
    answer = anna.post(page, {"based_on": "0", "text": "Tweede"})
    assert answer.status_code == 409
    assert "Eerste" in _text(answer)
    assert "Tweede" in _text(answer)
    with tender.world.database.reading() as db:
        assert [one.text for one in db.query(OfferText)] == ["Eerste"]


def test_autosave_answers_with_the_version(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE, offer=False)
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}/aanbod/G1-1"

    answer = anna.post(page, {"based_on": "0", "text": "Vanzelf"}, headers={"Accept": "text/plain"})
    assert (answer.status_code, _text(answer)) == (200, "1")
    answer = anna.post(page, {"based_on": "0", "text": "Anders"}, headers={"Accept": "text/plain"})
    assert answer.status_code == 409


def test_an_applicant_uploads_a_plan_and_takes_it_away_again(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    plan = cast.sample(tender.world.stage, tender.world.people["anna"], "plan_of_approach")
    anna, page = enter(tender, "anna"), f"/aanmeldingen/{application_id}/aanbod/G1-1"

    assert anna.post(f"{page}/documenten").status_code == 422
    assert anna.post(f"{page}/documenten", {"document": plan}).status_code == 303
    content = cast.sample_documents.make(
        "plan_of_approach", "Linde", "12345678", tender.world.clock().date(), None, "P"
    )
    upload = anna.post(f"{page}/upload", {"bestand": (io.BytesIO(content), "ons-plan.pdf")})
    assert upload.status_code == 303
    shown = _text(anna.get(page))
    assert "ons-plan.pdf" in shown
    used = re.search(r'action="([^"]+/documenten/\w+/weghalen)"', shown)
    assert anna.post(used[1]).status_code == 303
    tender.submit("anna")
    receipt = anna.get(f"/aanmeldingen/{application_id}").status_code
    assert receipt == 200


def test_the_offer_of_another_organisation_does_not_exist(tender, enter):
    application_id = tender.apply("anna", EVERYWHERE)
    karim = enter(tender, "karim")

    assert karim.get(f"/aanmeldingen/{application_id}/aanbod/G1-1").status_code == 404
    assert enter(tender, "anna").get(f"/aanmeldingen/{application_id}/aanbod/G9-1").status_code == 404


# --- the assessors ---


def test_an_assessor_declares_interests_before_the_first_view(four, enter):
    four.close()
    four.review()
    with four.world.database.transaction() as db:
        round_, chair = db.get_one(Round, four.round_id), db.get_one(User, four.world.people["renske"])
        scoring.name_assessor(round_, chair, db.get_one(User, four.world.people["fatma"]), four.world.clock())
    fatma, page = enter(four, "fatma"), f"/gunning/rondes/{four.round_id}"

    for address in (page, _score_url(four, "anna")):
        answer = fatma.get(address)
        assert (answer.status_code, answer.location) == (303, f"{page}/belangen")
    assert fatma.post(f"{page}/belangen").status_code == 422
    karim = four.applicants["karim"]
    fields = {"application": karim, f"reason-{karim}": "Mijn broer werkt bij deze aanbieder."}
    assert fatma.post(f"{page}/belangen", fields).location == page
    shown = _text(fatma.get(page))
    assert "Stichting De Linde" in shown
    assert "Zorgboerderij Het Erf" not in shown
    assert fatma.get(_score_url(four, "karim")).status_code == 404
    assert fatma.get(_score_url(four, "anna")).status_code == 200


def test_an_assessor_scores_with_reasons_and_hands_in(reviewed, enter):
    fatma, page = enter(reviewed, "fatma"), f"/gunning/rondes/{reviewed.round_id}"
    address = _score_url(reviewed, "anna")

    answer = fatma.post(address, {"based_on": "0", "points": "5", "justification": "kort"})
    assert answer.status_code == 422
    assert "gepubliceerde schaal" in _text(answer)
    assert "kort" in _text(answer)
    assert fatma.post(address, {"based_on": "0", "points": "7", "justification": WHY}).status_code == 303
    assert fatma.post(address, {"based_on": "0", "points": "4", "justification": WHY}).status_code == 409
    assert fatma.post(f"{page}/inleveren").status_code == 409
    with reviewed.world.database.reading() as db:
        assert [one.points for one in db.query(Score)] == [7]

    scoring_script.score_all(reviewed.world.stage, reviewed.round_id, reviewed.world.people["gert"], reviewed.chance)
    with reviewed.world.database.transaction() as db:
        user = db.get_one(User, reviewed.world.people["fatma"])
        for application in queries.offers(db, reviewed.round_id, user.id):
            for place in scoring.places(application):
                if not scoring.own_scores(application, place, user.id):
                    scoring.score(application, user, place, 4, WHY, reviewed.world.clock(), based_on=0)
    assert fatma.post(f"{page}/inleveren").status_code == 303
    assert "De scores naast elkaar" in _text(fatma.get(address))


def test_the_points_of_others_are_on_no_page_before_everybody_has_handed_in(reviewed, enter):
    with reviewed.world.database.transaction() as db:
        gert = db.get_one(User, reviewed.world.people["gert"])
        application = db.get_one(Application, reviewed.applicants["anna"])
        text = "Dit is geheim zolang niet iedereen klaar is."
        scoring.score(application, gert, scoring.places(application)[0], 10, text, reviewed.world.clock(), based_on=0)
    round_ = f"/gunning/rondes/{reviewed.round_id}"
    for who in ("fatma", "renske"):
        browser = enter(reviewed, who)
        for address in (_score_url(reviewed, "anna"), round_):
            assert "geheim" not in _text(browser.get(address))
    chair = enter(reviewed, "renske")
    assert "ziet u zodra elke beoordelaar" in _text(chair.get(f"{round_}/percelen/1"))
    assert chair.get(f"{round_}/scores.csv").status_code == 409
    assert "geheim" in _text(enter(reviewed, "gert").get(_score_url(reviewed, "anna")))


def test_where_offers_are_anonymous_an_assessor_reads_no_name_and_the_chair_does(reviewed, rules, enter):
    rules(anonymous=True)
    names = ("De Linde", "Het Erf", "Huis Mila", "Noorderlicht")
    page = f"/gunning/rondes/{reviewed.round_id}"
    assessor, chair = enter(reviewed, "fatma"), enter(reviewed, "renske")

    for address in (page, _score_url(reviewed, "anna"), _score_url(reviewed, "noor")):
        shown = _text(assessor.get(address))
        assert "Inschrijving" in shown
        assert [name for name in names if name in shown] == []
    assert all(name in _text(chair.get(page)) for name in names)


def test_an_assessor_who_was_not_named_sees_no_offer(four, enter):
    four.close()
    four.review()
    four.name_panel()
    with four.world.database.transaction() as db:
        round_, chair = db.get_one(Round, four.round_id), db.get_one(User, four.world.people["renske"])
        gert = scoring.member(round_, db.get_one(User, four.world.people["gert"]))
        scoring.dismiss(gert, chair, "Heeft geen tijd meer.", four.world.clock())
    gert = enter(four, "gert")

    assert "niet als beoordelaar aangewezen" in _text(gert.get(f"/gunning/rondes/{four.round_id}"))
    assert gert.get(_score_url(four, "anna")).status_code == 404
    assert gert.post(_score_url(four, "anna"), {"based_on": "0", "points": "7"}).status_code == 404


def test_the_chair_names_assessors_and_lets_one_stop_with_a_reason(four, enter):
    four.close()
    chair, page = enter(four, "renske"), f"/gunning/rondes/{four.round_id}"

    assert chair.post(f"{page}/beoordelaars", {"user": ""}).status_code == 422
    assert chair.post(f"{page}/beoordelaars", {"user": four.world.people["ineke"]}).status_code == 404
    assert chair.post(f"{page}/beoordelaars", {"user": four.world.people["fatma"]}).status_code == 303
    with four.world.database.reading() as db:
        member = scoring.panel(db.get_one(Round, four.round_id))[0].id
    assert chair.post(f"{page}/beoordelaars/{member}/stoppen", {"reason": "ziek"}).status_code == 422
    assert chair.post(f"{page}/beoordelaars/{member}/stoppen", {"reason": "Langdurig ziek."}).status_code == 303
    assert "nog geen beoordelaars" in _text(chair.get(page))


def test_a_plan_is_downloaded_under_a_name_that_tells_nothing(tender, enter):
    tender.apply("anna", EVERYWHERE)
    plan = cast.sample(tender.world.stage, tender.world.people["anna"], "plan_of_approach")
    anna = enter(tender, "anna")
    page = f"/aanmeldingen/{tender.applicants['anna']}/aanbod/G1-1"
    assert anna.post(f"{page}/documenten", {"document": plan}).status_code == 303
    tender.submit("anna")
    tender.close()
    tender.review()
    tender.name_panel()
    fatma = enter(tender, "fatma")

    answer = fatma.get(f"{_score_url(tender, 'anna')}/stukken/{plan}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=bijlage-G1-1-1.pdf"
    assert fatma.get(f"{_score_url(tender, 'anna', 'G2-1')}/stukken/{plan}").status_code == 404


# --- the chair ---


def test_the_chair_records_joint_scores_and_can_reopen_one(reviewed, enter):
    chair, address = enter(reviewed, "renske"), _score_url(reviewed, "anna")
    fields = {"joint-points": "7", "joint-justification": WHY}
    assert chair.post(f"{address}/samen", fields).status_code == 409
    reviewed.score(POINTS)

    assert "De scores naast elkaar" in _text(chair.get(address))
    assert chair.post(f"{address}/samen", {"joint-points": "7", "joint-justification": ""}).status_code == 422
    assert chair.post(f"{address}/samen", fields).status_code == 303
    assert chair.post(f"{address}/samen", {**fields, "joint-points": "4"}).status_code == 409
    assert chair.post(f"{address}/heropenen", {"reason": "fout"}).status_code == 422
    assert chair.post(f"{address}/heropenen", {"reason": "Wij lazen een bijlage niet."}).status_code == 303
    assert "Wij lazen een bijlage niet." in _text(chair.get(address))


def test_the_award_is_proposed_by_one_and_confirmed_by_another(scored, enter):
    page = f"/gunning/rondes/{scored.round_id}/percelen/1"
    chair, second = enter(scored, "renske"), enter(scored, "sanne")
    shown = _text(chair.get(page))
    assert "88,00" in shown
    assert "Het kleinste aantal dat hieraan voldoet" in shown

    assert chair.post(page, {"aantal": "9", "justification": NUMBER}).status_code == 422
    assert chair.post(page, {"aantal": "2", "justification": "kort"}).status_code == 422
    assert chair.post(page, {"aantal": "2", "justification": NUMBER}).status_code == 303
    assert chair.post(f"{page}/vaststellen").status_code == 403
    assert second.post(f"{page}/teruggeven", {"reason": "nee"}).status_code == 422
    assert second.post(f"{page}/vaststellen").status_code == 303
    shown = _text(chair.get(page))
    assert "Reservelijst" in shown
    assert "€ 500,01" in shown
    with scored.world.database.reading() as db:
        assert [one.state for one in db.query(Award)] == ["confirmed"]


def test_a_tie_at_the_edge_asks_how_it_was_told_apart(four, enter):
    four.scored({**POINTS, "mila": {"G1": 7, "G2": 7}})
    chair, page = enter(four, "renske"), f"/gunning/rondes/{four.round_id}/percelen/1"
    assert "Door loting" in _text(chair.get(f"{page}?aantal=2"))

    fields = {"aantal": "2", "justification": NUMBER}
    assert chair.post(page, fields).status_code == 422
    tie = {
        "tie": four.applicants["mila"],
        "tie_method": "drawn",
        "tie_reason": "De notaris trok op 3 november de naam.",
    }
    assert chair.post(page, {**fields, **tie}).status_code == 303


def test_a_tender_tells_everybody_at_once_after_every_award(scored, enter):
    chair, tell = enter(scored, "renske"), f"/rondes/{scored.round_id}/bekendmaken"
    assert chair.post(tell).status_code == 409
    for code in ("1", "2"):
        scoring_script.award_lot(scored.world.stage, scored.round_id, code, scored.officials)

    assert chair.post(tell).status_code == 303
    with scored.world.database.reading() as db:
        told = [one.told_at for key in scored.applicants.values() for one in db.get_one(Application, key).decisions]
    assert all(told)
    mila = _text(enter(scored, "mila").get(f"/aanmeldingen/{scored.applicants['mila']}"))
    assert "Op de reservelijst" in mila


def test_the_reserve_list_gives_the_next_one_a_place(scored, enter):
    for code in ("1", "2"):
        scoring_script.award_lot(scored.world.stage, scored.round_id, code, scored.officials)
    chair, page = enter(scored, "renske"), f"/gunning/rondes/{scored.round_id}/percelen/1"
    assert chair.post(f"/rondes/{scored.round_id}/bekendmaken").status_code == 303
    with scored.world.database.reading() as db:
        first = db.query(Award).first().facts["offers"]
    order = [one["application_id"] for one in first]
    won = sum(one["outcome"] == "admitted" for one in first)
    fields = {"leaver": order[0], "successor": order[won]}

    assert chair.post(f"{page}/reserve", {"leaver": "", "successor": ""}).status_code == 422
    assert chair.post(f"{page}/reserve", {**fields, "activate-reason": "kort"}).status_code == 422
    reason = {"activate-reason": "De aanbieder liet schriftelijk weten niet te tekenen."}
    assert chair.post(f"{page}/reserve", {**fields, **reason}).status_code == 303
    assert "kwam op" in _text(chair.get(page))


def test_a_court_case_is_recorded_and_lifted_with_a_reason(scored, enter):
    chair, page = enter(scored, "renske"), f"/rondes/{scored.round_id}/rechtszaak"

    assert chair.post(page, {"reason": "kort"}).status_code == 422
    assert chair.post(page, {"reason": "Dagvaarding, zaak C/05/1."}).status_code == 303
    assert "Ondertekenen kan nu niet" in _text(chair.get(page))
    assert chair.post(f"{page}/opheffen", {"reason": ""}).status_code == 422
    assert chair.post(f"{page}/opheffen", {"reason": "De vordering is afgewezen."}).status_code == 303
    assert "De vordering is afgewezen." in _text(chair.get(page))


# --- the export ---


def test_totals_and_ranks_follow_from_the_table_alone(scored, enter):
    answer = enter(scored, "renske").get(f"/gunning/rondes/{scored.round_id}/scores.csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    joint = [row for row in rows if row["Soort"] == "gezamenlijk" and row["Telt"] == "ja"]
    offers: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in joint:
        offers.setdefault((row["Perceel"], row["Aanmelding"]), []).append(row)

    totals = {}
    for key, mine in offers.items():
        exact = sum(
            Decimal(row["Gewicht"].replace(",", ".")) * int(row["Punten"]) / int(row["Hoogste punten"]) for row in mine
        )
        assert mine[0]["Afronding"] == "half_up"
        totals[key] = exact.quantize(Decimal(1).scaleb(-int(mine[0]["Decimalen"])), ROUND_HALF_UP)
    assert len(totals) == 6
    for (lot, number), mine in offers.items():
        rank = 1 + sum(other > totals[lot, number] for (at, _), other in totals.items() if at == lot)
        assert {row["Totaal"] for row in mine} == {str(totals[lot, number]).replace(".", ",")}
        assert {row["Rang"] for row in mine} == {str(rank)}
    assert sum(row["Soort"] == "individueel" for row in rows) == 2 * len(joint)
    assert all(len(row["Motivering"]) >= 30 for row in rows)


def test_the_export_as_values_has_the_same_scores(scored, enter):
    answer = enter(scored, "renske").get(f"/gunning/rondes/{scored.round_id}/scores.json")
    values = json.loads(answer.get_data())

    assert [(one["lot"], len(one["offers"])) for one in values["lots"]] == [("1", 4), ("2", 2)]
    assert values["rounding"] == {"decimals": 2, "rule": "half_up"}
    assert {one["total"] for one in values["lots"][0]["offers"]} == {"88.00", "70.00", "64.00", "40.00"}


# --- who may see what, and what it costs ---


@pytest.mark.parametrize("who", ["ineke", "bram", "anna"])
def test_who_does_not_compare_offers_is_refused_everywhere(scored, enter, who):
    browser, page = enter(scored, who), f"/gunning/rondes/{scored.round_id}"
    for address in ("/gunning", page, f"{page}/percelen/1", f"{page}/scores.csv", _score_url(scored, "anna")):
        assert browser.get(address).status_code == 403


def test_an_assessor_sees_no_ranks_and_no_export(scored, enter):
    fatma, page = enter(scored, "fatma"), f"/gunning/rondes/{scored.round_id}"

    assert [fatma.get(f"{page}{more}").status_code for more in ("/percelen/1", "/scores.csv", "/scores.json")] == [
        403
    ] * 3
    assert fatma.get("/gunning").status_code == 200


def _statements(tender: Tender, browser: Browser, address: str) -> int:
    sent: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    engine = tender.world.database.engine
    browser.get(address)
    event.listen(engine, "before_cursor_execute", keep)
    assert browser.get(address).status_code == 200
    event.remove(engine, "before_cursor_execute", keep)
    return len([one for one in sent if not one.startswith("BEGIN")])


def test_a_page_takes_as_many_statements_for_two_offers_as_for_four(four, enter, rules):
    four.scored(POINTS)
    chair, page = enter(four, "renske"), f"/gunning/rondes/{four.round_id}"
    many = [_statements(four, chair, one) for one in ("/gunning", page, f"{page}/percelen/1", f"{page}/percelen/2")]

    assert many[2] == many[3]
    assert max(many) <= 20

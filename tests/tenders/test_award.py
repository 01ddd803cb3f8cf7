"""The award: exact totals, equal ranks, coverage, two officials, reasons, budgets and the reserve list."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy.exc import IntegrityError

from portal.cli import scoring_script, script
from portal.domain import agreements, awards, ranking, reserve, scoring, signing_blocks
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Agreement, Application, Award, Decision, DecisionLetter, Message, Round, User
from portal.queries import scoring as queries
from tests.tenders.conftest import EVERYWHERE, POINTS

NUMBER = "Met dit aantal is er in elke gemeente voldoende aanbod."
REASON = "De aanbieder liet schriftelijk weten dat hij niet tekent."


@pytest.mark.parametrize(
    ("value", "decimals", "rule", "wanted"),
    [
        ("0.125", 2, "half_up", "0.13"),
        ("0.125", 2, "half_even", "0.12"),
        ("0.135", 2, "half_even", "0.14"),
        ("0.5", 0, "half_even", "0"),
        ("1.5", 0, "half_even", "2"),
        ("0.5", 0, "half_up", "1"),
        ("70", 2, "half_up", "70.00"),
        ("0.1249999999999999999999999999999999999", 2, "half_up", "0.12"),
    ],
)
def test_rounding_follows_the_published_rule(value, decimals, rule, wanted):
    assert str(ranking.rounded(Fraction(value), decimals, rule)) == wanted


def test_thirds_are_exact_until_the_one_rounding_at_the_end():
    parts = [(1, Decimal("50.00")), (1, Decimal("50.00"))]

    assert ranking.total(parts, 3, 2, "half_up") == Decimal("33.33")
    assert ranking.total([(2, Decimal("50.00")), (3, Decimal("50.00"))], 3, 4, "half_up") == Decimal("83.3333")


def _ranked(tender, db, code="1"):
    round_ = db.get_one(Round, tender.round_id)
    return ranking.standings(round_, awards.find(round_, code), queries.all_offers(db, tender.round_id))


def test_offers_rank_by_their_weighted_totals(scored):
    names = {application_id: who for who, application_id in scored.applicants.items()}
    with scored.world.database.reading() as db:
        found = [(names[one.application.id], str(one.total), one.rank) for one in _ranked(scored, db)]

    assert found == [("anna", "88.00", 1), ("karim", "70.00", 2), ("mila", "64.00", 3), ("noor", "40.00", 4)]


def test_equal_totals_have_an_equal_rank(four):
    four.scored({**POINTS, "mila": {"G1": 7, "G2": 7}})
    with four.world.database.reading() as db:
        assert [one.rank for one in _ranked(four, db)] == [1, 2, 2, 4]


def test_the_fewest_contracts_follow_from_the_coverage(four, rules):
    rules(contracts={"text": "Twee per gemeente.", "least": 1, "per_municipality": 2})
    four.scored({**POINTS, "mila": {"G1": 10, "G2": 10}})
    with four.world.database.reading() as db:
        round_ = db.get_one(Round, four.round_id)
        segment = awards.find(round_, "1")
        towns = {one.id: one.code for one in round_.authority.municipalities}
        ranked, published = _ranked(four, db), scoring.rules(round_)
        wanted = ranking.municipality_ids(round_, segment)
        options = ranking.reach(ranked, wanted, published)
        by_code = [{towns[key]: number for key, number in one.providers.items()} for one in options]

        assert {code: number for code, number in by_code[1].items() if number} == {"0796": 2, "0865": 1, "1948": 1}
        assert {towns[key] for key in options[2].gaps} & {"0796", "0865", "1948"} == set()
        assert ranking.fewest(options, published) == len(ranked) if options[2].gaps else 3


def _propose(tender, contracts=2, text=NUMBER, who="renske", code="1", **more):
    with tender.world.database.transaction() as db:
        round_ = db.get_one(Round, tender.round_id)
        user, found = db.get_one(User, tender.world.people[who]), queries.all_offers(db, tender.round_id)
        segment = awards.find(round_, code)
        return awards.propose(round_, segment, user, found, contracts, text, tender.world.clock(), **more).id


def _confirm(tender, award_id, who="sanne"):
    with tender.world.database.transaction() as db:
        user, found = db.get_one(User, tender.world.people[who]), queries.all_offers(db, tender.round_id)
        awards.confirm(db.get_one(Award, award_id), user, found, tender.world.clock())


def _outcomes(tender, code="1"):
    with tender.world.database.reading() as db:
        result = {}
        for who, application_id in tender.applicants.items():
            application = db.get_one(Application, application_id)
            segment = awards.find(application.round, code)
            result[who] = {one.outcome for one in ranking.decisions_in(application, segment)}
        return result


def test_a_number_that_breaks_the_published_rule_is_refused(scored):
    for contracts in (None, 0, 5):
        with pytest.raises(Invalid) as refusal:
            _propose(scored, contracts)
        assert set(refusal.value.problems) == {"contracts"}
    with pytest.raises(Invalid) as refusal:
        _propose(scored, 2, "te kort")
    assert set(refusal.value.problems) == {"justification"}
    with pytest.raises(NotAllowed):
        _propose(scored, who="fatma")

    assert _propose(scored)
    with pytest.raises(Refused, match="al een gunning"):
        _propose(scored)


def test_no_award_before_every_offer_has_its_joint_scores(four):
    four.close()
    with pytest.raises(Refused, match="minimum"):
        _propose(four)
    four.review()
    four.name_panel()
    four.score(POINTS)
    with pytest.raises(Refused, match="gezamenlijke score"):
        _propose(four)
    four.agree(POINTS)
    assert _propose(four)


def test_the_award_is_confirmed_by_another_and_then_each_cell_has_its_outcome(scored):
    award_id = _propose(scored)
    assert _outcomes(scored)["anna"] == {"qualified"}
    with pytest.raises(NotAllowed, match="zelf"):
        _confirm(scored, award_id, "renske")
    _confirm(scored, award_id)

    assert _outcomes(scored) == {
        "anna": {"admitted"}, "karim": {"admitted"}, "mila": {"reserve"}, "noor": {"reserve"},
    }  # fmt: skip
    with pytest.raises(Refused):
        _confirm(scored, award_id)


def test_four_eyes_is_held_by_the_database_too(scored):
    award_id = _propose(scored)
    with scored.world.database.writing() as db:
        award = db.get_one(Award, award_id)
        award.confirmed_by_id, award.confirmed_at = award.proposed_by_id, scored.world.clock()
        with pytest.raises(IntegrityError):
            db.flush()


def test_without_a_reserve_list_the_others_are_not_awarded(four, rules):
    rules(reserve=False)
    four.scored(POINTS)
    _confirm(four, _propose(four))

    assert _outcomes(four)["mila"] == {"not_awarded"}


def test_what_was_sent_back_changes_nothing_and_a_new_proposal_can_follow(scored):
    award_id = _propose(scored)
    with scored.world.database.transaction() as db:
        award, sanne = db.get_one(Award, award_id), db.get_one(User, scored.world.people["sanne"])
        with pytest.raises(Invalid):
            awards.send_back(award, sanne, "nee", scored.world.clock())
        awards.send_back(award, sanne, "Drie contracten is beter.", scored.world.clock())
    assert _outcomes(scored)["anna"] == {"qualified"}
    with pytest.raises(Refused):
        _confirm(scored, award_id)

    _confirm(scored, _propose(scored, 3))
    assert _outcomes(scored)["mila"] == {"admitted"}


def test_a_joint_score_is_not_reopened_under_an_award(scored):
    _propose(scored)
    with scored.world.database.transaction() as db:
        application = db.get_one(Application, scored.applicants["anna"])
        chair = db.get_one(User, scored.world.people["renske"])
        with pytest.raises(Refused, match="gunning"):
            scoring.reopen(
                application, chair, scoring.places(application)[0], "Een reden van lengte.", scored.world.clock()
            )


def test_equal_totals_at_the_edge_ask_for_a_recorded_choice_or_draw(four):
    four.scored({**POINTS, "mila": {"G1": 7, "G2": 7}})
    karim = four.applicants["karim"]
    for tie in (
        awards.NO_TIE,
        awards.Tie(frozenset({karim}), "drawn", "te kort"),
        awards.Tie(frozenset({karim}), "", REASON),
        awards.Tie(frozenset({karim, four.applicants["mila"]}), "drawn", REASON),
    ):
        with pytest.raises(Invalid):
            _propose(four, tie=tie)

    _confirm(four, _propose(four, tie=awards.Tie(frozenset({karim}), "drawn", REASON)))
    assert _outcomes(four) == {
        "anna": {"admitted"}, "karim": {"admitted"}, "mila": {"reserve"}, "noor": {"reserve"},
    }  # fmt: skip


def test_a_budget_is_divided_in_whole_cents_and_the_rest_goes_to_the_highest(scored):
    _confirm(scored, _propose(scored))
    with scored.world.database.reading() as db:
        found = {
            (one.application_id, one.product.code, one.municipality.code): one.budget_cents
            for one in db.query(Decision)
            if one.budget_cents is not None
        }

    anna, karim = scored.applicants["anna"], scored.applicants["karim"]
    assert found == {(anna, "A1", "0796"): 50_001, (karim, "A1", "0796"): 50_000}


def test_who_gets_no_contract_reads_the_own_points_and_those_of_the_last_winner_only(scored):
    _confirm(scored, _propose(scored))
    with scored.world.database.reading() as db:
        application = db.get_one(Application, scored.applicants["mila"])
        reason = application.decisions[0].reason
        winner = db.get_one(Application, scored.applicants["karim"]).organisation.name
        best = db.get_one(Application, scored.applicants["anna"])

        assert "rang 3 van 4, totaal 64,00 van 100" in reason
        assert (
            f"aan Stichting De Linde en {winner}; van hen heeft {winner} het laagste totaal: 70,00 (rang 2)." in reason
        )
        assert "G1 Samenwerking (weegt 60,00%): u kreeg 4 van de 10 punten (Matig)." in reason
        assert f"{winner} kreeg 7 punten (Goed)." in reason
        assert "Samen geven wij 4 punten" in reason
        assert "Samen geven wij 7 punten" not in reason
        assert "88,00" not in reason
        assert "laagste totaal" not in best.decisions[0].reason


def _whole(tender):
    """Lots 1 and 2 are awarded and told."""
    _confirm(tender, _propose(tender))
    scoring_script.award_lot(tender.world.stage, tender.round_id, "2", tender.officials)
    for application_id in tender.applicants.values():
        script.tell(tender.world.stage, tender.world.people["renske"], application_id)
    return tender


def test_nothing_is_told_before_every_lot_is_awarded(scored):
    _confirm(scored, _propose(scored))
    karim = scored.applicants["karim"]
    with pytest.raises(Refused, match="gunning"):
        script.tell(scored.world.stage, scored.world.people["renske"], karim)
    with scored.world.database.reading() as db:
        assert queries.without_decision(db, scored.round_id) == 2

    scoring_script.award_lot(scored.world.stage, scored.round_id, "2", scored.officials)
    with scored.world.database.reading() as db:
        assert queries.without_decision(db, scored.round_id) == 0
    assert script.tell(scored.world.stage, scored.world.people["renske"], karim)


def test_the_letter_holds_the_award_per_lot(scored):
    _whole(scored)
    with scored.world.database.reading() as db:
        letter = db.query(DecisionLetter).filter_by(application_id=scored.applicants["mila"]).one()
        facts = json.loads(letter.facts)["award"]
    assert [(one["lot"]["code"], one["rank"], one["total"], one["outcome"]) for one in facts] == [
        ("1", 3, "64.00", "reserve")
    ]
    assert [(one["points"], one["winner_points"]) for one in facts[0]["criteria"]] == [(4, 7), (10, 7)]
    assert "justification" in facts[0]["criteria"][0]
    assert all("winner_justification" not in one for one in facts[0]["criteria"])

    scored.world.work()
    with scored.world.database.reading() as db:
        letter = db.query(DecisionLetter).filter_by(application_id=scored.applicants["mila"]).one()
        assert scored.world.services.files.read(letter.pdf_key).startswith(b"%PDF-")


def test_a_standstill_of_twenty_days_comes_before_any_agreement(scored):
    _whole(scored)
    with scored.world.database.reading() as db:
        ends_at = agreements.standstill_ends_at(db.get_one(Application, scored.applicants["anna"]))
    scored.world.clock.set(ends_at - timedelta(seconds=1))
    scored.world.work()
    with scored.world.database.reading() as db:
        assert db.query(Agreement).count() == 0

    scored.world.clock.set(ends_at)
    scored.world.work()
    with scored.world.database.reading() as db:
        made = db.query(Agreement).filter_by(application_id=scored.applicants["anna"]).one()
        money = {(one.product.code, one.municipality.code): (one.tariff_cents, one.budget_cents) for one in made.lines}
    assert money["A1", "0796"] == (None, 50_001)
    assert money["A2", "0796"] == (None, 0)
    assert money["B1", "0796"] == (5000, None)


def _past_standstill(tender):
    with tender.world.database.reading() as db:
        ends = [agreements.standstill_ends_at(db.get_one(Application, one)) for one in tender.applicants.values()]
    tender.world.clock.set(max(ends))


def test_a_court_case_holds_back_making_and_signing_until_it_is_lifted(scored):
    _whole(scored)
    people = scored.world.people

    def act(work, reason):
        with scored.world.database.transaction() as db:
            work(db.get_one(Round, scored.round_id), db.get_one(User, people["renske"]), reason, scored.world.clock())

    with pytest.raises(Invalid):
        act(signing_blocks.block_signing, "kort")
    act(signing_blocks.block_signing, "Dagvaarding van 3 december, zaak C/05/1.")
    _past_standstill(scored)
    scored.world.work()
    with scored.world.database.transaction() as db:
        assert db.query(Agreement).count() == 0
        with pytest.raises(Refused, match="rechtszaak"):
            agreements.make(db.get_one(Application, scored.applicants["anna"]), "RO-1", scored.world.clock())
        db.rollback()

    act(signing_blocks.lift, "Vonnis: de vordering is afgewezen.")
    with scored.world.database.transaction() as db:
        made = agreements.make(db.get_one(Application, scored.applicants["anna"]), "RO-1", scored.world.clock())
        db.add(made)
        stored = scored.world.services.files.put(agreements.unsigned_key(made), b"%PDF-1.7")
        agreements.draw_up(made, stored, scored.world.clock())
    act(signing_blocks.block_signing, "Hoger beroep van 20 januari, zaak 200.1.")
    with pytest.raises(Refused, match="rechtszaak"):
        script.sign(scored.world.stage, people["anna"], scored.applicants["anna"])
    act(signing_blocks.lift, "Het hoger beroep is ingetrokken.")
    script.sign(scored.world.stage, people["anna"], scored.applicants["anna"])


def _activate(tender, leaver, successor, reason=REASON, who="renske"):
    with tender.world.database.transaction() as db:
        award = db.query(Award).filter_by(lot_id=awards.find(db.get_one(Round, tender.round_id), "1").id).one()
        gone, next_ = (db.get_one(Application, tender.applicants[one]) for one in (leaver, successor))
        user, agreement = db.get_one(User, tender.world.people[who]), queries.agreement(db, gone.id)
        return reserve.activate_reserve(award, user, gone, next_, agreement, reason, tender.world.clock()).id


def test_the_first_of_the_reserve_list_takes_a_place_that_came_free(scored):
    _confirm(scored, _propose(scored))
    with pytest.raises(Refused, match="bekendgemaakt"):
        _activate(scored, "karim", "mila")
    scoring_script.award_lot(scored.world.stage, scored.round_id, "2", scored.officials)
    for application_id in scored.applicants.values():
        script.tell(scored.world.stage, scored.world.people["renske"], application_id)
    _past_standstill(scored)
    for leaver, successor, reason, error in (
        ("karim", "noor", REASON, Refused),
        ("mila", "mila", REASON, Refused),
        ("karim", "mila", "te kort", Invalid),
    ):
        with pytest.raises(error):
            _activate(scored, leaver, successor, reason)
    with pytest.raises(NotAllowed):
        _activate(scored, "karim", "mila", who="fatma")

    _activate(scored, "karim", "mila")
    assert _outcomes(scored)["mila"] == {"admitted"}
    assert _outcomes(scored)["karim"] == {"not_awarded"}
    with scored.world.database.reading() as db:
        mila = db.get_one(Application, scored.applicants["mila"])
        assert [one.budget_cents for one in mila.decisions if one.product.code == "A1"] == [50_000]
        assert agreements.standstill_ends_at(mila) > scored.world.clock()
        assert db.query(Message).filter(Message.template == "reserve_activated").count() == 1
        award = db.query(Award).filter_by(lot_id=awards.find(mila.round, "1").id).one()
        assert [one["application_id"] for one in reserve.waiting(award)] == [scored.applicants["noor"]]


def test_an_offer_below_the_minimum_is_refused_and_never_ranked(four):
    four.close()
    four.review("anna")
    four.name_panel()
    four.score(POINTS)
    four.agree(POINTS)
    with four.world.database.reading() as db:
        assert four.applicants["anna"] not in {one.application.id for one in _ranked(four, db)}
        assert {one.outcome for one in db.get_one(Application, four.applicants["anna"]).decisions} == {"refused"}


def test_the_script_awards_a_whole_round_by_itself(tender):
    tender.apply("anna", EVERYWHERE)
    tender.apply("karim", (*EVERYWHERE, ("L1", "0796")))
    for who in tender.applicants:
        tender.submit(who)
    tender.close()
    tender.review()

    made = scoring_script.award_round(tender.world.stage, tender.round_id, tender.officials, tender.chance)

    assert set(made) == {"1", "2"}
    with tender.world.database.reading() as db:
        assert queries.without_decision(db, tender.round_id) == 0


def test_an_open_house_has_no_lot_to_award(world):
    with world.database.reading() as db:
        round_ = db.get_one(Round, world.rounds["2020-1"])
        with pytest.raises(NotFound):
            awards.find(round_, "1A")
        with pytest.raises(NotFound):
            scoring.rules(round_)

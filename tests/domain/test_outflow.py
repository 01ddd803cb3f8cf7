"""The outflow rule: only months that count, no signal on missing numbers, and never an end without two people."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.domain import outflow, outflow_cases, rechecks
from portal.domain.outflow import Case, Line, Stretch
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Coverage, CoverageChange, Message, OutflowCase, Suspension
from portal.queries import outflow as queries
from tests.following import OUTFLOW, settle

TODAY = date(2021, 2, 15)
RULE = {**OUTFLOW, "per": "municipality"}


def _case(clients, months=("2020-11", "2020-12", "2021-01"), **changes):
    line = {"starts_on": date(2020, 1, 1), "ends_on": date(2021, 12, 31), "closed": (), **changes}
    suspended = line.pop("suspended", [])
    return Case(
        [Line("p1", "P1", "vught", **line)],
        suspended,
        {("p1", "vught", month): clients for month in months},
    )


def _one(case, rule=RULE, today=TODAY):
    (signal,) = outflow.signals(rule, case, today)
    return signal


# --- which months, which numbers ---


def test_fewer_clients_than_published_in_every_month_is_a_signal():
    assert _one(_case(2)).is_signal
    assert not _one(_case(3)).is_signal


def test_monthly_numbers_give_two_bounds_and_only_the_highest_is_certain():
    signal = _one(_case(1))
    assert (signal.least, signal.most, signal.is_signal, signal.is_certain) == (1, 3, True, False)

    nobody = _one(_case(0))
    assert (nobody.least, nobody.most, nobody.is_certain) == (0, 0, True)


def test_the_running_month_does_not_count():
    assert _one(_case(0)).months == ["2020-11", "2020-12", "2021-01"]
    assert _one(_case(0), today=date(2021, 2, 1)).months[-1] == "2021-01"
    assert _one(_case(0), today=date(2021, 1, 31)).months[-1] == "2020-12"


def test_a_month_without_a_delivery_is_not_zero():
    signal = _one(_case(0, ("2020-11", "2021-01")))

    assert (signal.unknown, signal.is_signal) == (["2020-12"], False)
    assert _one(_case(0)).is_signal


def test_a_closed_month_is_skipped_and_an_earlier_one_counts_instead():
    months = ("2020-09", "2020-10", "2020-11", "2020-12", "2021-01")
    closed = (Stretch(date(2020, 12, 10), date(2020, 12, 20)),)

    signal = _one(_case(0, months, closed=closed))

    assert signal.months == ["2020-10", "2020-11", "2021-01"]
    assert signal.skipped == {"2020-12": "closed"}


def test_the_first_day_of_a_stretch_counts_and_its_end_does_not():
    touching = _one(_case(0, closed=(Stretch(date(2020, 11, 30), date(2020, 12, 1)),)))

    assert touching.skipped == {"2020-11": "closed"}


def test_a_suspended_month_is_skipped():
    signal = _one(_case(0, suspended=[Stretch(date(2021, 1, 31), None)]))

    assert signal.skipped == {"2021-01": "suspended"}
    assert "2020-10" in signal.months


@pytest.mark.parametrize(
    ("starts_on", "short"),
    [(date(2020, 11, 1), 0), (date(2020, 11, 2), 1), (date(2021, 1, 1), 2), (date(2021, 2, 1), 3)],
)
def test_with_too_few_months_there_is_no_signal(starts_on, short):
    signal = _one(_case(0, starts_on=starts_on))

    assert (signal.short, signal.is_signal) == (short, not short)


def test_a_cell_that_stays_closed_never_gives_a_signal():
    assert not _one(_case(0, closed=(Stretch(date(2019, 1, 1), None),))).is_signal


def test_for_a_region_people_in_two_municipalities_are_two_people():
    lines = [Line("p1", "P1", place, date(2020, 1, 1), date(2021, 12, 31)) for place in ("vught", "boxtel")]
    counts = {("p1", place, month): 2 for place in ("vught", "boxtel") for month in ("2020-11", "2020-12", "2021-01")}

    region = outflow.signals({**RULE, "per": "region"}, Case(lines, [], counts), TODAY)
    places = outflow.signals(RULE, Case(lines, [], counts), TODAY)

    assert [(one.municipality_id, one.least, one.is_signal) for one in region] == [(None, 4, False)]
    assert [one.is_signal for one in places] == [True, True]


def test_only_the_products_of_the_rule_count():
    assert outflow.signals({**RULE, "products": ["P2"]}, _case(0), TODAY) == []
    assert len(outflow.signals({**RULE, "products": ["P1"]}, _case(0), TODAY)) == 1


def test_the_history_of_a_cell_tells_when_it_took_no_clients():
    changes = [(date(2020, 5, 1), "open", "closed"), (date(2020, 8, 1), "closed", "scarce")]

    assert outflow.closed_stretches("scarce", None, changes, date(2020, 1, 1)) == [
        Stretch(date(2020, 5, 1), date(2020, 8, 1))
    ]
    assert outflow.closed_stretches("closed", None, changes[:1], date(2020, 1, 1)) == [Stretch(date(2020, 5, 1), None)]
    assert outflow.closed_stretches("open", None, changes[1:], date(2020, 1, 1)) == [
        Stretch(date(2020, 1, 1), date(2020, 8, 1))
    ]
    assert outflow.closed_stretches("open", None, [], date(2020, 1, 1)) == []
    assert outflow.closed_stretches("closed", None, [], date(2020, 1, 1)) == [Stretch(date(2020, 1, 1), None)]


# --- from the database ---


@pytest.fixture
def followed(world):
    made = settle(world)
    made.deliver(1)
    return made


def _signals(followed, db):
    case = queries.cases(db, followed.now.date(), agreement_id=followed.agreement_id)[followed.agreement_id]
    return {one.municipality_id: one for one in outflow.signals(OUTFLOW, case, followed.now.date())}


def test_the_rows_of_the_database_give_the_same_signal(followed):
    place = followed.municipalities["0796"]
    with followed.world.database.reading() as db:
        assert _signals(followed, db)[place].is_signal
    with followed.world.database.transaction() as db:
        cell = db.scalars(
            select(Coverage).where(
                Coverage.product_id == followed.products["IB-BASIS"], Coverage.municipality_id == place
            )
        ).one()
        db.add(
            CoverageChange(
                authority_id=followed.world.authority_id, coverage_id=cell.id, before="open", after="closed",
                ground="g1", reason="Genoeg aanbod hier.", reopens_on=None,
                changed_at=followed.now - timedelta(days=20), changed_by_id=followed.world.people["renske"],
            )
        )  # fmt: skip
    with followed.world.database.reading() as db:
        found = _signals(followed, db)
        assert found[place].skipped == {"2021-01": "closed"}
        assert found[place].unknown == ["2020-10"]
        assert not found[place].is_signal
        assert found[followed.municipalities["0865"]].is_signal


def test_a_suspension_takes_its_months_out(followed):
    with followed.world.database.transaction() as db:
        db.add(
            Suspension(
                authority_id=followed.world.authority_id, agreement_id=followed.agreement_id,
                reason="Een eis is niet aangetoond.", suspended_at=followed.now - timedelta(days=20),
                suspended_by_id=followed.world.people["coen"],
            )
        )  # fmt: skip
    with followed.world.database.reading() as db:
        assert {one.is_signal for one in _signals(followed, db).values()} == {False}


# --- from signal to decision ---


def _warn(followed, db, who="coen", established=2, running=None):
    place = followed.municipalities["0796"]
    found = followed.agreement(db)
    city = next(one.municipality for one in found.lines if one.municipality_id == place)
    signal = _signals(followed, db)[place]
    case = outflow_cases.warn(found, followed.person(db, who), signal, city, established, running, followed.now)
    db.add(case)
    return case


def test_a_warning_tells_the_facts_and_the_rule_and_starts_its_term(followed):
    with followed.world.database.transaction() as db:
        case = _warn(followed, db)
        again = _warn(followed, db, running=case)
        key = case.id

        assert again is case
        assert (case.state, case.established, case.facts["months"]) == ("warned", 2, ["2020-11", "2020-12", "2021-01"])
        assert case.warned_until == date(2021, 3, 29)
    with followed.world.database.reading() as db:
        mail = db.scalars(select(Message).where(Message.reason.startswith(f"outflow_warning:{key}"))).one()
        assert (mail.facts["clients"], mail.facts["limit"], mail.facts["rule"]) == (2, 3, OUTFLOW["text"])


def test_a_warning_needs_a_signal_and_a_number_that_was_checked(followed):
    with followed.world.database.transaction() as db:
        for number in (None, 0, 9):
            with pytest.raises(Invalid):
                _warn(followed, db, established=number)
        with pytest.raises(Refused, match="voldoet"):
            _warn(followed, db, established=3)
        with pytest.raises(NotAllowed):
            _warn(followed, db, who="renske")
        with pytest.raises(NotFound):
            _warn(followed, db, who="olga")
    followed.deliver(3)
    with followed.world.database.transaction() as db, pytest.raises(Refused, match="geen aanleiding"):
        _warn(followed, db, established=3)


def _at(followed, day):
    followed.world.clock.set(followed.now.replace(year=day.year, month=day.month, day=day.day))


def _heard(followed):
    """Warned, and asked for a view after the term of the warning."""
    with followed.world.database.transaction() as db:
        key = _warn(followed, db).id
    _at(followed, date(2021, 3, 30))
    with followed.world.database.transaction() as db:
        outflow_cases.hear(db.get_one(OutflowCase, key), followed.person(db, "coen"), followed.now)
    return key


def test_the_view_is_asked_only_after_the_term_of_the_warning(followed):
    with followed.world.database.transaction() as db:
        key = _warn(followed, db).id
    _at(followed, date(2021, 3, 29))
    with followed.world.database.transaction() as db, pytest.raises(Refused, match="29 maart 2021"):
        outflow_cases.hear(db.get_one(OutflowCase, key), followed.person(db, "coen"), followed.now)
    _at(followed, date(2021, 3, 30))
    with followed.world.database.transaction() as db:
        case = db.get_one(OutflowCase, key)
        outflow_cases.hear(case, followed.person(db, "coen"), followed.now)
        assert (case.state, case.heard_until) == ("hearing", date(2021, 4, 13))


def test_the_provider_gives_its_view_within_the_term_and_claims_a_published_exception(followed):
    key = _heard(followed)
    with followed.world.database.transaction() as db:
        case, anna = db.get_one(OutflowCase, key), followed.person(db, "anna")
        with pytest.raises(NotFound):
            outflow_cases.give_view(case, followed.person(db, "karim"), "Wij zijn klein.", "", "", followed.now)
        with pytest.raises(Invalid, match="gepubliceerde"):
            outflow_cases.give_view(case, anna, "Wij zijn erg goed.", "good", "Omdat het zo is.", followed.now)
        with pytest.raises(Invalid) as refusal:
            outflow_cases.give_view(case, anna, "Wij zijn een kleine aanbieder.", "small", "", followed.now)
        assert set(refusal.value.problems) == {"claim_reason"}
        outflow_cases.give_view(
            case, anna, "Wij zijn een kleine aanbieder.", "small", "Wij zijn met twee.", followed.now
        )
        assert (case.claim, case.viewed_by.name) == ("small", "Anna de Wit")
    _at(followed, date(2021, 4, 14))
    with followed.world.database.transaction() as db:
        case, anna = db.get_one(OutflowCase, key), followed.person(db, "anna")
        with pytest.raises(Refused):
            outflow_cases.give_view(case, anna, "Toch nog een keer.", "", "", followed.now)


def _propose(followed, db, key, outcome="end", who="coen", ends_on=date(2021, 9, 30), continuity=""):
    case = db.get_one(OutflowCase, key)
    outflow_cases.propose(
        case, followed.person(db, who), outcome, "De zienswijze is gewogen.", ends_on,
        continuity or "Cliënten houden hun begeleider tot de overdracht.", followed.now,
    )  # fmt: skip
    return case


def test_ending_waits_for_the_view_and_keeps_the_notice_and_the_care(followed):
    key = _heard(followed)
    with followed.world.database.transaction() as db, pytest.raises(Refused, match="13 april 2021"):
        _propose(followed, db, key)
    _at(followed, date(2021, 4, 14))
    with followed.world.database.transaction() as db:
        with pytest.raises(Invalid) as early:
            _propose(followed, db, key, ends_on=date(2021, 7, 14))
        with pytest.raises(Invalid) as careless:
            _propose(followed, db, key, continuity="nee")
        assert (set(early.value.problems), set(careless.value.problems)) == ({"ends_on"}, {"continuity"})
        assert _propose(followed, db, key, ends_on=date(2021, 7, 15)).state == "proposed"


def test_a_second_official_confirms_and_only_the_lines_there_end(followed):
    key = _heard(followed)
    _at(followed, date(2021, 4, 14))
    with followed.world.database.transaction() as db:
        case = _propose(followed, db, key)
        with pytest.raises(NotAllowed, match="Een ander"):
            outflow_cases.confirm(case, followed.person(db, "coen"), followed.now)
        with pytest.raises(NotAllowed):
            outflow_cases.confirm(case, followed.person(db, "ineke"), followed.now)
        assert {one.ends_on for one in followed.agreement(db).lines} == {None}

        outflow_cases.confirm(case, followed.person(db, "renske"), followed.now)
        outflow_cases.confirm(case, followed.person(db, "renske"), followed.now)

        ends = {one.municipality.code: one.ends_on for one in followed.agreement(db).lines}
        assert (case.state, ends) == ("ended", {"0796": date(2021, 9, 30), "0865": None})
        assert followed.agreement(db).ends_on == date(2021, 12, 31)


def test_the_database_itself_wants_two_people(followed):
    key = _heard(followed)
    _at(followed, date(2021, 4, 14))
    with followed.world.database.transaction() as db:
        _propose(followed, db, key)
    with pytest.raises(IntegrityError), followed.world.database.transaction() as db:
        db.get_one(OutflowCase, key).confirmed_by_id = followed.world.people["coen"]


def test_keeping_ends_nothing_and_a_proposal_can_be_sent_back(followed):
    with followed.world.database.transaction() as db:
        key = _warn(followed, db).id
        db.flush()
        with pytest.raises(Refused, match="zienswijze"):
            _propose(followed, db, key)
        case = _propose(followed, db, key, "keep")
        outflow_cases.send_back(case, followed.person(db, "mila"), "Leg het beter uit.", followed.now)
        assert (case.state, case.outcome) == ("warned", None)
        case = _propose(followed, db, key, "keep")
        outflow_cases.confirm(case, followed.person(db, "mila"), followed.now)
        assert (case.state, {one.ends_on for one in followed.agreement(db).lines}) == ("kept", {None})


def test_the_year_of_an_agreement_begins_on_its_birthday():
    assert [rechecks.year_of(date(2020, 2, 29), day) for day in (date(2021, 2, 27), date(2021, 2, 28))] == [0, 1]

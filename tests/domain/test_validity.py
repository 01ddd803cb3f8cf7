"""The validity engine: every kind of proof that gets old, each reference day, and the days around every limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from portal.domain import calendar, validity
from portal.domain.evidence_rules import OF_KIND
from portal.domain.requirement_types import Place
from portal.models import Application, Document, Organisation, Party, Requirement, Round, Submission
from portal.terms import DOCUMENT_KINDS

TODAY = date(2026, 10, 15)
CLOSES = date(2026, 11, 2)
STARTS = date(2027, 1, 1)


def _noon(day: date) -> datetime:
    return calendar.local_instant(day, time(12))


def _application(
    *, kind: str = "regular", closes: date = CLOSES, starts: date = STARTS, submitted: date | None = None
) -> Application:
    application = Application(
        state="draft" if submitted is None else "under_review",
        organisation=Organisation(name="Stichting De Linde", kvk_number="12345678", legal_form="stichting"),
        round=Round(
            kind=kind, opens_at=datetime(2026, 9, 1, tzinfo=UTC), closes_at=_noon(closes), agreements_start_on=starts
        ),
    )
    if submitted is not None:
        application.submissions.append(Submission(submitted_at=_noon(submitted), manifest="{}", digest=""))
    return application


def _place(kinds: list[str], rule: dict[str, object] | None = None, party: Party | None = None) -> Place:
    evidence: dict[str, object] = {"kinds": kinds}
    if rule:
        evidence["validity"] = rule
    return Place(Requirement(code="E01", evidence=evidence, source="Bijlage 2", settings={}), None, (), party)


def _document(kind: str, **said: object) -> Document:
    return Document(kind=kind, filename="stuk.pdf", **said)


def _keys(document: Document, place: Place, application: Application, today: date = TODAY) -> list[str]:
    return [one.key for one in validity.judge(document, place, application, _noon(today)).doubts]


DAY_OF = {"issued_within": "issued_on", "valid_on": "expires_on", "latest_year": "about_on"}

# kind, the last good or first good day, the day beside it that is wrong, and what is then said
USUAL = [
    ("hkz_certificate", date(2027, 1, 1), date(2026, 12, 31), "expired"),
    ("iso_9001_certificate", date(2027, 1, 1), date(2026, 12, 31), "expired"),
    ("iso_27001_certificate", date(2027, 1, 1), date(2026, 12, 31), "expired"),
    ("nen_7510_certificate", date(2027, 1, 1), date(2026, 12, 31), "expired"),
    ("other_quality_certificate", date(2027, 1, 1), date(2026, 12, 31), "expired"),
    ("insurance", date(2026, 11, 2), date(2026, 11, 1), "expired"),
    ("kvk_extract", date(2026, 4, 15), date(2026, 4, 14), "too_old"),
    ("ubo_extract", date(2026, 4, 15), date(2026, 4, 14), "too_old"),
    ("tax_statement", date(2026, 4, 15), date(2026, 4, 14), "too_old"),
    ("gva", date(2024, 10, 15), date(2024, 10, 14), "too_old"),
    ("vog_rp", date(2025, 10, 15), date(2025, 10, 14), "too_old"),
    ("experience_statement", date(2023, 10, 15), date(2023, 10, 14), "too_old"),
    ("annual_accounts", date(2025, 1, 1), date(2024, 12, 31), "older_year"),
]


@pytest.mark.parametrize(("kind", "good", "wrong", "said"), USUAL)
def test_what_is_usual_for_a_kind_holds_on_the_limit_and_not_a_day_beyond_it(kind, good, wrong, said):
    application, place = _application(), _place([kind])
    field = DAY_OF[OF_KIND[kind].rule.name]

    assert _keys(_document(kind, **{field: good}), place, application) == []
    assert _keys(_document(kind, **{field: wrong}), place, application) == [said]


def test_every_usual_rule_is_in_the_table_and_names_its_source():
    ruled = {kind for kind, usual in OF_KIND.items() if usual.rule is not None}

    assert ruled == {row[0] for row in USUAL} | {"vog_np"}
    assert ruled <= DOCUMENT_KINDS.keys()
    assert all(OF_KIND[kind].rule.source for kind in ruled)
    assert all(usual.longest_source for usual in OF_KIND.values() if usual.longest_months)


REFERENCES = [
    # reference, the day it is (not taken in), the day it is once submitted on 14 October and taken in
    ("submission", TODAY, date(2026, 10, 14)),
    ("closing", CLOSES, CLOSES),
    ("agreement_start", STARTS, STARTS),
    ("today", TODAY, TODAY),
]


@pytest.mark.parametrize(("reference", "before", "after"), REFERENCES)
def test_each_reference_is_one_day_and_after_taking_in_the_submission_counts(reference, before, after):
    draft, taken_in = _application(), _application(submitted=date(2026, 10, 14))

    assert validity.reference_date(reference, draft, _noon(TODAY)) == before
    assert validity.reference_date(reference, taken_in, _noon(TODAY)) == after


def test_in_a_continuous_round_the_closing_is_the_day_of_submitting():
    draft = _application(kind="continuous", closes=date(2030, 1, 1))
    taken_in = _application(kind="continuous", closes=date(2030, 1, 1), submitted=date(2026, 9, 30))

    assert validity.reference_date("closing", draft, _noon(TODAY)) == TODAY
    assert validity.reference_date("closing", taken_in, _noon(TODAY)) == date(2026, 9, 30)


def test_an_unknown_reference_is_a_mistake_and_no_day():
    with pytest.raises(ValueError, match="yesterday"):
        validity.reference_date("yesterday", _application(), _noon(TODAY))


@pytest.mark.parametrize("reference", ["submission", "closing", "agreement_start", "today"])
@pytest.mark.parametrize("months", [1, 3, 6, 12, 24, 36])
def test_a_requirement_says_how_old_and_the_day_itself_still_counts(reference, months):
    application = _application()
    place = _place(["kvk_extract"], {"rule": "issued_within", "months": months, "reference": reference})
    oldest = calendar.add_months(validity.reference_date(reference, application, _noon(TODAY)), -months)
    if oldest > TODAY:
        return  # cannot be issued yet: the upload refuses such a day

    assert _keys(_document("kvk_extract", issued_on=oldest), place, application) == []
    assert _keys(_document("kvk_extract", issued_on=date.fromordinal(oldest.toordinal() - 1)), place, application) == [
        "too_old"
    ]
    assert _keys(_document("kvk_extract", issued_on=date.fromordinal(oldest.toordinal() + 1)), place, application) == []


@pytest.mark.parametrize("reference", ["submission", "closing", "agreement_start", "today"])
def test_a_requirement_says_when_it_must_be_in_force_from_the_first_day_to_the_last(reference):
    application = _application()
    place = _place(["hkz_certificate"], {"rule": "valid_on", "reference": reference})
    day = validity.reference_date(reference, application, _noon(TODAY))
    before, after = date.fromordinal(day.toordinal() - 1), date.fromordinal(day.toordinal() + 1)

    assert _keys(_document("hkz_certificate", expires_on=before), place, application) == ["expired"]
    assert _keys(_document("hkz_certificate", starts_on=day, expires_on=day), place, application) == []
    assert _keys(_document("hkz_certificate", expires_on=after), place, application) == []
    assert _keys(_document("hkz_certificate", starts_on=after, expires_on=after), place, application) == ["not_yet"]


MONTH_ENDS = [
    # submitted on, months, the first day of issue that counts
    (date(2026, 8, 31), 6, date(2026, 2, 28)),  # February has no 31st
    (date(2028, 8, 31), 6, date(2028, 2, 29)),  # in a leap year
    (date(2028, 8, 29), 6, date(2028, 2, 29)),
    (date(2026, 8, 28), 6, date(2026, 2, 28)),
    (date(2028, 2, 29), 24, date(2026, 2, 28)),  # two years before a leap day
    (date(2028, 2, 29), 48, date(2024, 2, 29)),
    (date(2026, 5, 31), 3, date(2026, 2, 28)),
    (date(2026, 12, 31), 6, date(2026, 6, 30)),
    (date(2027, 1, 1), 6, date(2026, 7, 1)),  # over the turn of the year
    (date(2026, 12, 31), 12, date(2025, 12, 31)),
    (date(2027, 3, 31), 1, date(2027, 2, 28)),
]


@pytest.mark.parametrize(("submitted", "months", "oldest"), MONTH_ENDS)
def test_months_are_counted_back_to_the_same_day_or_the_last_of_the_month(submitted, months, oldest):
    application = _application(closes=date(2030, 1, 1))
    place = _place(["kvk_extract"], {"rule": "issued_within", "months": months, "reference": "submission"})
    the_day_before = date.fromordinal(oldest.toordinal() - 1)

    assert validity.judge(_document("kvk_extract"), place, application, _noon(submitted)).oldest == oldest
    assert _keys(_document("kvk_extract", issued_on=oldest), place, application, submitted) == []
    assert _keys(_document("kvk_extract", issued_on=the_day_before), place, application, submitted) == ["too_old"]


def test_the_day_is_the_one_in_amsterdam_also_in_the_last_hour_of_the_year():
    place, application = _place(["annual_accounts"]), _application()
    half_past_eleven_in_utc = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # 1 January in Amsterdam

    assert validity.judge(_document("annual_accounts"), place, application, half_past_eleven_in_utc).day == STARTS


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 5, 31), 2024),
        (date(2026, 6, 1), 2025),
        (date(2026, 12, 31), 2025),
        (date(2027, 1, 1), 2025),
        (date(2027, 5, 31), 2025),
        (date(2027, 6, 1), 2026),
    ],
)
def test_the_accounts_of_a_year_are_due_on_the_first_of_june_after_it(today, year):
    application, place = _application(closes=date(2030, 1, 1)), _place(["annual_accounts"])

    assert _keys(_document("annual_accounts", about_on=date(year, 12, 31)), place, application, today) == []
    assert _keys(_document("annual_accounts", about_on=date(year - 1, 12, 31)), place, application, today) == [
        "older_year"
    ]
    assert _keys(_document("annual_accounts"), place, application, today) == ["no_year"]


@pytest.mark.parametrize(
    ("first_day", "issued", "said"),
    [
        (date(2026, 9, 1), date(2026, 6, 1), []),
        (date(2026, 9, 1), date(2026, 5, 31), ["too_old"]),
        (date(2026, 5, 31), date(2026, 2, 28), []),
        (date(2026, 5, 31), date(2026, 2, 27), ["too_old"]),
        (date(2020, 1, 1), date(2019, 12, 1), []),  # years ago: the day somebody began is what counts
        (None, date(2026, 9, 1), ["no_first_day"]),
        (date(2026, 9, 1), None, ["no_issue"]),
    ],
)
def test_a_certificate_of_conduct_is_counted_from_the_first_working_day_not_from_the_application(
    first_day, issued, said
):
    found = _keys(_document("vog_np", about_on=first_day, issued_on=issued), _place(["vog_np"]), _application())

    assert found == said


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        (date(2026, 1, 1), date(2029, 1, 1), []),
        (date(2026, 1, 1), date(2029, 1, 2), ["too_long"]),
        (date(2024, 2, 29), date(2027, 2, 28), []),
        (date(2024, 2, 29), date(2027, 3, 1), ["too_long"]),
    ],
)
@pytest.mark.parametrize("field", ["starts_on", "issued_on"])
def test_a_certificate_that_runs_longer_than_three_years_is_probably_read_wrong(starts, ends, said, field):
    document = _document("hkz_certificate", **{field: starts}, expires_on=ends)

    assert _keys(document, _place(["hkz_certificate"]), _application()) == said


def test_a_day_that_is_needed_and_absent_is_asked_for():
    application = _application()

    assert _keys(_document("hkz_certificate"), _place(["hkz_certificate"]), application) == ["no_end"]
    assert _keys(_document("gva"), _place(["gva"]), application) == ["no_issue"]
    assert _keys(_document("experience_statement"), _place(["experience_statement"]), application) == []


def test_the_requirement_goes_before_what_is_usual():
    strict = _place(["gva"], {"rule": "issued_within", "months": 3, "reference": "submission"})
    document = _document("gva", issued_on=date(2026, 7, 14))

    assert _keys(document, _place(["gva"]), _application()) == []
    assert _keys(document, strict, _application()) == ["too_old"]


HOLDERS = [
    ({}, []),
    ({"holder_kvk_number": "12345678", "holder_name": "De Linde (oude naam)"}, []),
    ({"holder_kvk_number": "87654321"}, ["other_holder"]),
    ({"holder_name": "stichting de linde"}, []),
    ({"holder_name": "Zorggroep De Eik B.V."}, ["other_holder"]),
    ({"holder_kvk_number": "11112222"}, []),  # the subcontractor
]


@pytest.mark.parametrize(("said", "expected"), HOLDERS)
def test_a_document_of_somebody_who_does_not_take_part_is_a_doubt(said, expected):
    application = _application()
    application.every_party = [Party(position=1, role="subcontractor", name="De Beuk B.V.", kvk_number="11112222")]

    assert _keys(_document("kvk_extract", issued_on=TODAY, **said), _place(["kvk_extract"]), application) == expected


def test_where_a_party_answers_the_document_is_that_partys_own():
    party = Party(position=1, role="partner", name="De Beuk B.V.", kvk_number="11112222")
    place = _place(["kvk_extract"], party=party)

    own = _document("kvk_extract", issued_on=TODAY, holder_kvk_number="11112222")
    leads = _document("kvk_extract", issued_on=TODAY, holder_kvk_number="12345678")

    assert _keys(own, place, _application()) == []
    assert _keys(leads, place, _application()) == ["other_holder"]


def test_somebodys_own_certificate_of_conduct_is_in_a_persons_name_and_that_is_right():
    document = _document("vog_np", about_on=TODAY, issued_on=TODAY, holder_name="S. de Proef")

    assert _keys(document, _place(["vog_np"]), _application()) == []


@pytest.mark.parametrize(
    ("kind", "rule", "text"),
    [
        ("kvk_extract", None, "afgegeven op of na 15 april 2026, als u vandaag indient"),
        ("hkz_certificate", None, "geldig op 1 januari 2027"),
        ("annual_accounts", None, "over boekjaar 2025 of later"),
        ("vog_np", None, "afgegeven in de 3 maanden voor de eerste werkdag of later"),
        (
            "kvk_extract",
            {"rule": "issued_within", "months": 6, "reference": "closing"},
            "afgegeven op of na 2 mei 2026",
        ),
        (
            "hkz_certificate",
            {"rule": "valid_on", "reference": "today"},
            "geldig op 15 oktober 2026, als u vandaag indient",
        ),
    ],
)
def test_before_uploading_it_is_told_with_the_day_itself_what_will_do(kind, rule, text):
    place = _place([kind], rule)

    found = validity.allowed(place.requirement, [kind, "other"], _application(), _noon(TODAY))

    assert [one.text for one in found if kind in one.kinds] == [text]


def test_what_is_frozen_says_rule_day_and_outcome_in_plain_values():
    document = _document("kvk_extract", issued_on=date(2026, 4, 14))

    frozen = validity.judge(document, _place(["kvk_extract"]), _application(), _noon(TODAY)).frozen()

    assert frozen == {
        "rule": "issued_within",
        "months": 6,
        "reference": "submission",
        "source": "Aanbestedingswet 2012, artikel 2.89",
        "day": "2026-10-15",
        "oldest": "2026-04-15",
        "outcome": "doubt",
        "doubts": [
            {"key": "too_old", "text": "‘stuk.pdf’ is te oud: afgegeven op of na 15 april 2026 is nodig."},
        ],
    }
    other = validity.judge(_document("flow_plan"), _place(["flow_plan"]), _application(), _noon(TODAY)).frozen()
    assert (other["rule"], other["day"], other["outcome"], other["doubts"]) == ("", "", "no_rule", [])

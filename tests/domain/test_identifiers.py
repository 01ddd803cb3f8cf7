"""Numbers of organisations by their public rules, names in any script, and never a BSN."""

from __future__ import annotations

import pytest

from portal.domain import accounts, identifiers, organisations
from portal.errors import Invalid
from portal.services import Company

GOOD = {"kvk_number": "12345678", "name": "Stichting De Linde", "legal_form": "stichting"}


def refused(**changed: str) -> dict[str, str]:
    """The problems of a form, by field."""
    with pytest.raises(Invalid) as refusal:
        organisations.organisation_fields(GOOD | changed)
    return refusal.value.problems


def stored(**changed: str) -> dict[str, str | None]:
    return organisations.organisation_fields(GOOD | changed)


@pytest.mark.parametrize(
    ("field", "good", "kept", "bad"),
    [
        ("kvk_number", "0123.4567", "01234567", "123456789"),
        ("kvk_number", "12345678", "12345678", "1234567a"),
        ("branch_number", "0000 3717 8598", "000037178598", "00003717859"),
        ("branch_number", "000037178598", "000037178598", "000000000000"),
        ("rsin", "123456782", "123456782", "000000000"),
        ("rsin", "1234.56.782", "123456782", "12345678"),
        ("vat_number", "nl000099998b57", "NL000099998B57", "NL000099998B00"),
        ("vat_number", "NL004495445B01", "NL004495445B01", "004495445"),
        ("vat_number", "DE136695976", "DE136695976", "XX136695976"),
        ("iban", "NL91ABNA0417164300", "NL91ABNA0417164300", "NL91ABNA041716430"),
        ("iban", "BE71 0961 2345 6769", "BE71096123456769", "BE71096123456760"),
        ("agb_code", "73.730001", "73730001", "00730001"),
        ("agb_code", "73730001", "73730001", "737300012"),
        ("postal_code", "5211mh", "5211 MH", "0211 MH"),
    ],
)
def test_each_number_follows_its_own_rule_and_the_refusal_is_at_its_field(field, good, kept, bad):
    assert stored(**{field: good})[field] == kept
    assert list(refused(**{field: bad})) == [field]


def test_a_sole_traders_old_vat_number_holds_the_bsn_and_is_refused_and_the_new_one_is_not():
    assert "BSN" in refused(legal_form="eenmanszaak", vat_number="NL004495445B01")["vat_number"]

    assert stored(legal_form="eenmanszaak", vat_number="NL000099998B57")["vat_number"] == "NL000099998B57"
    assert stored(legal_form="bv", vat_number="NL004495445B01")["vat_number"] == "NL004495445B01"


@pytest.mark.parametrize("typed", ["123456782", "1234 56 782", "geen idee"])
def test_whatever_a_sole_trader_types_as_rsin_is_refused(typed):
    assert "eenmanszaak heeft er geen" in refused(legal_form="eenmanszaak", rsin=typed)["rsin"]


@pytest.mark.parametrize("field", ["name", "street", "city", "website"])
def test_a_bsn_in_any_line_is_refused_in_plain_words(field):
    assert "burgerservicenummer" in refused(**{field: "Jansen 123456782"})[field]
    assert stored(**{field: "Jansen 123456789"})[field] == "Jansen 123456789"


@pytest.mark.parametrize(
    ("text", "seems"),
    [
        ("123456782", True),
        ("nummer: 1234.56.782.", True),
        ("123 456 782", True),
        ("0123456782", False),
        ("NL123456782B01", False),
        ("123456789", False),
        ("000000000", False),
        ("tel. 0612345678", False),
        ("", False),
    ],
)
def test_nine_digits_by_themselves_that_pass_the_elfproef_seem_a_bsn(text, seems):
    assert identifiers.seems_bsn(text) is seems


@pytest.mark.parametrize("name", ["مؤسسة الرعاية", "護理之家", "Žaneta Çelik & Zn", "👨‍👩‍👧 Gezinshuis", "نی‌نی"])
def test_a_name_in_any_script_is_kept_as_it_was_typed(name):
    assert stored(name=name)["name"] == name


def test_a_name_of_three_hundred_emoji_is_refused_with_its_length_and_control_characters_go():
    assert "200 tekens" in refused(name="😀" * 300)["name"]

    assert stored(name="De\x00 Linde\u0007 ")["name"] == "De Linde"
    with pytest.raises(Invalid) as refusal:
        accounts.person_fields({"person_name": "😀" * 300, "email": "a@b.example", "password": "vijftien tekens"})
    assert list(refusal.value.problems) == ["person_name"]


def test_a_foreign_provider_is_known_by_country_and_number_and_needs_no_dutch_postcode():
    found = stored(
        kvk_number="", country="DE", registration_number=" hrb  12345 ", legal_form="buitenlands", postal_code="D-47533"
    )

    assert found["kvk_number"] == "DE HRB 12345"
    assert found["postal_code"] == "D-47533"
    assert identifiers.registration_label("DE HRB 12345") == "Duitsland, HRB 12345"
    assert identifiers.registration_label("01234567") == "KvK 01234567"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"country": "DE", "registration_number": ""}, "registration_number"),
        ({"country": "DE", "registration_number": "0000 0000"}, "registration_number"),
        ({"country": "DE", "registration_number": "é" * 10}, "registration_number"),
        ({"country": "QQ", "registration_number": "HRB 1"}, "country"),
        ({"country": "NL", "registration_number": "HRB 1", "kvk_number": ""}, "kvk_number"),
        ({"kvk_number": "00000000"}, "kvk_number"),
    ],
)
def test_a_foreign_registration_that_is_none_is_refused_at_its_field(changed, field):
    assert list(refused(**{"kvk_number": "", **changed})) == [field]


def test_what_a_register_said_fills_what_is_empty_and_leaves_what_was_typed():
    company = {"name": "Stichting De Linde", "city": "Vught", "rsin": "123456782"}
    said = {"kvk": company, "lrza": {"agb_code": "73730001"}}
    typed = {"name": "De Linde", "city": "", "rsin": "", "agb_code": "", "phone": "073"}

    filled = organisations.filled(typed, said)

    assert filled == {"name": "De Linde", "city": "Vught", "rsin": "123456782", "agb_code": "73730001", "phone": "073"}
    assert organisations.differences(filled, said) == [("name", "De Linde", "Stichting De Linde")]
    assert organisations.filled(typed, said, take_over=True)["name"] == "Stichting De Linde"


def test_of_a_sole_trader_nothing_is_kept_that_would_be_a_bsn():
    said = organisations.facts(Company("12345678", "Jansen", "eenmanszaak", rsin="123456782"), None)

    assert "rsin" not in said["kvk"]

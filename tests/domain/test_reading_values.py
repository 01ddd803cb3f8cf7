"""What is found in the text of each kind of evidence, and what is left alone."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.adapters.reading import SandboxedReader
from portal.domain import citizen_numbers, wording
from portal.domain.reading_days import days_in
from portal.domain.reading_rules import GENERAL, RULES
from portal.domain.reading_values import is_same_name, values_in
from portal.terms import DOCUMENT_KINDS
from tests import readable

NOW = datetime(2019, 7, 15, 8, 0, tzinfo=UTC)


def found_in(kind: str, *pages: str) -> dict[str, str]:
    return {one.field: one.value for one in values_in(pages, kind, ["Stichting De Linde"], "12345678")}


# --- the kinds, as their issuers lay them out ---

SAMPLES = {
    "kvk_extract": (
        readable.kvk_extract,
        {"issued_on": "2019-06-12", "holder_name": "Stichting De Linde", "holder_kvk_number": "12345678",
         "issuer": "Kamer van Koophandel"},
    ),
    "gva": (
        readable.gva,
        {"issued_on": "2019-03-04", "number": "2019-0098765/GVA", "holder_name": "Stichting De Linde",
         "holder_kvk_number": "12345678", "issuer": "Justis (ministerie van Justitie en Veiligheid)"},
    ),
    "hkz_certificate": (
        readable.certificate,
        {"issued_on": "2019-05-02", "expires_on": "2022-05-01", "number": "HKZ-20415/03",
         "holder_name": "Stichting De Linde", "issuer": "Kiwa Nederland",
         "scope": "Het bieden van ambulante begeleiding en dagbesteding."},
    ),
    "iso_9001_certificate": (
        readable.iso_certificate,
        {"issued_on": "2018-06-03", "expires_on": "2021-06-02", "number": "604512",
         "holder_name": "Stichting De Linde", "issuer": "LRQA",
         "scope": "provision of day care and individual support"},
    ),
    "vog_np": (
        readable.vog,
        {"issued_on": "2019-05-09", "number": "20190509-4711",
         "issuer": "Justis (ministerie van Justitie en Veiligheid)"},
    ),
    "tax_statement": (
        readable.tax_statement,
        {"issued_on": "2019-06-03", "number": "8123/VBN", "holder_name": "Stichting De Linde",
         "issuer": "Belastingdienst"},
    ),
    "insurance": (
        readable.insurance,
        {"starts_on": "2019-01-01", "expires_on": "2019-12-31", "number": "AVB-77.120.341",
         "holder_name": "Stichting De Linde", "issuer": "Onderlinge Zorgverzekering (voorbeeld)",
         "scope": "Zorgaanbieder Wmo"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_field_of_a_document_is_found_and_nothing_else(kind):
    make, expected = SAMPLES[kind]
    content = SandboxedReader().read(iter([readable.pdf(make())]), NOW)

    assert found_in(kind, *content.pages) == expected


def test_every_kind_with_rules_is_a_kind_of_document():
    assert RULES.keys() <= DOCUMENT_KINDS.keys()


def test_a_value_says_from_which_words_and_page_it_was_read():
    pages = ("Voorblad zonder gegevens", "Dit certificaat is geldig tot 31-12-2027, tenzij het wordt ingetrokken.")

    (value,) = values_in(pages, "hkz_certificate", ["Stichting De Linde"], "12345678")

    assert (value.field, value.value, value.page) == ("expires_on", "2027-12-31", 2)
    assert value.words == "geldig tot 31-12-2027"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Geldig van 1 mei 2019 tot en met 30 april 2022", {"starts_on": "2019-05-01", "expires_on": "2022-04-30"}),
        ("Valid from 1 May 2019", {"starts_on": "2019-05-01"}),
        ("Geldig t/m: 30-04-2022", {"expires_on": "2022-04-30"}),
        ("Eerste afgiftedatum: 1 mei 2013", {}),
        ("Geldig tot: 31-02-2022", {}),
        ("Geldig tot nader order. Gecontroleerd op de laatste vergadering van het bestuur op 3 mei 2019", {}),
        ("Geboortedatum: 1 mei 1990", {}),
        ("KvK: 1234 5678", {"holder_kvk_number": "12345678"}),
        ("KvK-nummer 123456789", {}),
        ("Chamber of Commerce number 87654321", {"holder_kvk_number": "87654321"}),
        ("Certificate No. 12", {}),
        ("Certificaatnummer 01-05-2019", {}),
        ("handelsnaam van een ander", {"holder_name": "van een ander"}),
        ("volgens de handelsnaam van een ander", {}),
    ],
)
def test_a_line_gives_what_stands_in_it(line, expected):
    assert found_in("other", line) == expected


def test_the_value_may_stand_on_the_next_line():
    assert found_in("other", "Certificaathouder:\nZorg & Zo B.V.\nVervaldatum\n1 januari 2030") == {
        "holder_name": "Zorg & Zo B.V.",
        "expires_on": "2030-01-01",
    }


def test_a_number_that_may_be_of_a_citizen_is_never_a_value_nor_quoted():
    values = values_in(
        ("Certificaatnummer: 111222333\nAfgegeven aan: J. Jansen, BSN 111222333",), "other", ["De Linde"], "12345678"
    )

    assert [one.field for one in values] == []


# --- days ---


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31-12-2027", date(2027, 12, 31)), ("31/12/2027", date(2027, 12, 31)), ("31.12.2027", date(2027, 12, 31)),
        ("2027-12-31", date(2027, 12, 31)), ("1 mei 2019", date(2019, 5, 1)), ("1e januari 2020", date(2020, 1, 1)),
        ("3 mrt. 2021", date(2021, 3, 3)), ("29 februari 2020", date(2020, 2, 29)), ("May 3, 2020", date(2020, 5, 3)),
        ("3rd of March 2021", date(2021, 3, 3)), ("02-JUN-2021", date(2021, 6, 2)), ("12 Okt 2020", date(2020, 10, 12)),
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(text, day):
    assert [one.day for one in days_in(f"op {text}.")] == [day]


@pytest.mark.parametrize(
    "text",
    ["31-02-2020", "29 februari 2021", "12/31/2027", "00-00-2020", "32 mei 2019", "1-5-19", "06-12345678", "1.2.3.2020",
     "31-12-1889", "mei 2019", "1 mei 20199", "NL20 2020 12 31"],
)  # fmt: skip
def test_what_is_no_day_is_passed_over(text):
    assert days_in(text) == []


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_that_the_portal_writes_is_read_back(day):
    assert [one.day for one in days_in(f"geldig tot {wording.day(day)}")] == [day]
    assert [one.day for one in days_in(f"({day:%d-%m-%Y})")] == [day]


# --- numbers of citizens ---


@pytest.mark.parametrize(
    ("text", "is_likely"),
    [
        ("Burgerservicenummer: 111222333", True),
        ("BSN 1112.22.333", True),
        ("Naam BSN functie\nJansen 111222333 begeleider", True),
        ("sofinummer 111 222 333", True),
        ("Het getal 111222333 staat hier", False),
        ("BSN 111222334", None),
        ("RSIN 111222333", None),
        ("RSIN: 123456782. Wij vragen nooit een BSN.", None),
        ("KvK-nummer 12345678", None),
        ("IBAN NL91ABNA0417164300", None),
        ("telefoon 0111222333", None),
        ("€ 111.222.333,00", None),
        ("", None),
    ],
)
def test_a_number_of_a_citizen_is_suspected_by_its_test_and_the_words_near_it(text, is_likely):
    assert citizen_numbers.likely(text) is is_likely


def test_the_organisations_own_number_is_no_number_of_a_citizen():
    known = citizen_numbers.known_to("111222333", "NL123456782B01", None)

    assert citizen_numbers.likely("111222333 en BSN 123456782", known) is None


# --- names ---


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Stichting De Linde", "De Linde", True),
        ("Zorgboerderij Het Erf B.V.", "ZORGBOERDERIJ HET ERF BV", True),
        ("Coöperatie Dichtbij U.A.", "Dichtbij", True),
        ("Stichting De Linde", "De Linde Zorg en Wonen", True),
        ("Stichting De Linde", "Stichting De Lindehof", False),
        ("Stichting De Linde", "Stichting Het Erf", False),
    ],
)
def test_names_are_compared_without_legal_form_and_capitals(one, other, is_same):
    assert is_same_name(one, other) is is_same


# --- a text that is meant to be slow ---

PHRASES = [phrase for rule in GENERAL for phrase in rule.phrases]


@pytest.mark.parametrize(
    "text",
    [
        "1" * 200_000, "1-" * 100_000, "1 " * 100_000, "1 mei " * 33_000, "\n".join(["1 2"] * 66_000),
        (" ".join(PHRASES) + " ") * 200, "\n".join(PHRASES * 180), "bsn 111222333 " * 14_000, " \t" * 100_000,
        "a" * 200_000, "🦽" * 100_000, "َ" * 200_000,
    ],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_reading_costs_seconds_at_most_whatever_the_text(text):
    began = time.process_time()

    values_in((text[:200_000],), "hkz_certificate", ["Stichting De Linde"], "12345678")
    citizen_numbers.likely(text[:200_000])

    assert time.process_time() - began < 5

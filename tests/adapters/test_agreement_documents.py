"""The agreement, the decision and the receipt in every model of procurement: what they print, and what never."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest

from portal.adapters.pdf import WeasyDocuments
from portal.domain import letters
from portal.terms import OUTCOMES

MADE_AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(pages).split())


def line(code: str, tariff: int | None, *places: str, starts_on: str = "", ends_on: str = "") -> dict[str, Any]:
    return {
        "code": code,
        "name": f"Product {code}",
        "category": "",
        "unit": "per uur",
        "tariff_cents": tariff,
        "tariff_is_fictitious": False,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "municipalities": list(places),
    }


def party(role: str, name: str) -> dict[str, Any]:
    return {"role": role, "name": name, "kvk_number": "22334455", "city": "Epe", "part": "Voert de dagbesteding uit."}


@pytest.fixture
def agreement() -> dict[str, Any]:
    """An open house: a tariff that differs in one municipality, and a product that starts later there."""
    return {
        "made_at": MADE_AT,
        "number": "RO-2026-0001",
        "template": "raamovereenkomst-1",
        "date": "2026-12-01",
        "starts_on": "2027-01-01",
        "ends_on": "2030-12-31",
        "renewal_months": 12,
        "notice_months": 3,
        "procedure": {"kind": "open_house", "title": "Wmo Proefpolder", "file_sha256": "a" * 64, "laws": ["wmo"]},
        "round": "2027-1",
        "application": "A-2027-1-AAAA-BBBB",
        "authority": {"name": "Regio Proefpolder", "mail": "i@p.example", "phone": "", "municipalities": ["A", "B"]},
        "organisation": {
            "name": "Stichting De Linde", "kvk_number": "12345678", "legal_form": "stichting", "street": "",
            "postal_code": "", "city": "Epe", "agb_code": "", "iban": "",
        },
        "lots": [
            {
                "code": "BI",
                "name": "Begeleiding",
                "products": [
                    line("02A22", 5820, "Brummen"),
                    line("02A22", 5480, "Apeldoorn", starts_on="2027-07-01", ends_on="2028-06-30"),
                ],
            }
        ],
        "volume": "none",
        "parties": [],
        "promises": [],
        "conditions": [],
        "tariff_reasoning": "",
    }  # fmt: skip


@pytest.fixture
def tender(agreement: dict[str, Any]) -> dict[str, Any]:
    """A tender with a budget, two who take part, and performance agreements."""
    facts = copy.deepcopy(agreement)
    facts["procedure"]["kind"] = "tender"
    facts["volume"] = "lumpsum"
    facts["lots"][0]["products"] = [line("IAJ", None, "Aalten", "Doetinchem"), line("02A22", 5820, "Aalten")]
    facts["lots"][0]["budgets"] = [
        {"municipality": "Doetinchem", "cents": 49_300_000},
        {"municipality": "Aalten", "cents": 22_950_000},
    ]
    facts["parties"] = [party("partner", "Coöperatie Samen Verder"), party("subcontractor", "Thuiszorg Noord")]
    goal = {"result": "Meer jeugd thuis", "measured_by": "Jaarcijfers", "target": "80 procent", "by_when": "Eind 2028"}
    facts["promises"] = [
        {
            "code": "T13",
            "title": "Afspraken",
            "lot": "BI",
            "party": "",
            "text": "",
            "goals": [{"title": "Thuis", **goal}],
        }
    ]
    return facts


@pytest.fixture
def made(documents: WeasyDocuments, faults: Callable[[bytes], list[str]]) -> Callable[..., str]:
    """The text of a document, which must be archival and accessible whatever it says."""

    def render(template: str, facts: dict[str, Any]) -> str:
        pdf = documents.render(template, facts, identifier="1")
        assert faults(pdf) == []
        return text_of(pdf)

    return render


def test_an_agreement_prints_every_tariff_of_a_product_with_its_municipalities_and_days(
    agreement: dict[str, Any], made: Callable[..., str]
) -> None:
    text = made("raamovereenkomst-1", agreement)

    assert "€ 58,20" in text
    assert "€ 54,80" in text
    assert "Apeldoorn vanaf 1 juli 2027 tot en met 30 juni 2028" in text


def test_an_open_house_promises_no_volume_and_prints_no_budget(
    agreement: dict[str, Any], made: Callable[..., str]
) -> None:
    agreement["lots"][0]["budgets"] = [{"municipality": "Brummen", "cents": 22_950_000}]

    text = made("raamovereenkomst-1", agreement)

    assert "Geen volume en geen garantie" in text
    assert "De gemeenten garanderen geen aantal inwoners, geen budget en geen omzet." in text
    assert "aanbieders worden niet met elkaar vergeleken" in text
    for never in ("229.500", "Budget per jaar", "budget per jaar", "gunnen", "Bijlage 5"):
        assert never not in text


def test_a_lumpsum_contract_prints_its_budgets_and_no_tariff_where_there_is_none(
    tender: dict[str, Any], made: Callable[..., str]
) -> None:
    text = made("raamovereenkomst-1", tender)

    assert "€ 229.500,00" in text
    assert "€ 493.000,00" in text
    assert "Geen volume en geen garantie" not in text
    assert "de opdracht aan de zorgaanbieder te gunnen" in text
    assert "None" not in text


def test_an_agreement_names_who_takes_part_and_what_was_promised(
    tender: dict[str, Any], made: Callable[..., str]
) -> None:
    text = made("raamovereenkomst-1", tender)

    assert "in combinatie met Coöperatie Samen Verder" in text
    assert "zijn ieder hoofdelijk aansprakelijk" in text
    assert "Bijlage 5: samenwerking" in text
    assert "Thuiszorg Noord" in text
    assert "Bijlage 6: prestatieafspraken" in text
    for part in ("Meer jeugd thuis", "Jaarcijfers", "80 procent", "Eind 2028"):
        assert part in text


def test_an_agreement_from_before_parties_and_budgets_is_made_again(
    agreement: dict[str, Any], made: Callable[..., str]
) -> None:
    now = made("raamovereenkomst-1", agreement)
    for name in ("volume", "parties", "promises"):
        del agreement[name]
    del agreement["procedure"]["kind"]
    for product in agreement["lots"][0]["products"][:1]:
        del product["starts_on"], product["ends_on"]

    assert made("raamovereenkomst-1", agreement) == now


def decision(kind: str, outcome: str, **places: list[str]) -> dict[str, Any]:
    product = {"name": "Ambulant", **{one: [] for one in OUTCOMES}, "reasons": [], **places}
    return {
        "made_at": MADE_AT, "number": "B-2026-1", "date": "2026-12-01", "kind": kind, "outcome": outcome,
        "authority": {"name": "Regio Proefpolder", "mail": "i@p.example", "phone": "088 123"},
        "organisation": {"name": "De Linde", "kvk_number": "12345678", "street": "", "postal_code": "", "city": "Epe"},
        "procedure": "Proef", "round": "2027-1", "application": "A-1", "receipt": "OB-1",
        "lots": [{"code": "1", "name": "Jeugd", "products": [product]}],
        "findings": [], "remedy_clause": "U kunt naar de rechter.",
        "standstill_days": 20, "standstill_until": "2026-12-21",
        "objection_days": 20, "objection_unit": "working", "objection_until": "2026-12-30",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("reserve", "U staat op de reservelijst."),
        ("not_awarded", "Wij gunnen de opdracht niet aan u."),
        ("admitted", "Wij gunnen de opdracht aan u."),
    ],
)
def test_a_letter_of_a_tender_says_what_the_award_means(made: Callable[..., str], outcome: str, said: str) -> None:
    facts = decision(
        "tender", outcome, **{outcome: ["Aalten"]}, reasons=["Uw plan kreeg minder punten dan vijf andere."]
    )

    text = made("decision_letter", facts | {"passages": letters.compose(facts)})

    assert said in text
    assert ("minder punten" in text) == (outcome != "admitted")
    assert ("staat de overeenkomst voor u klaar" in text.replace("\x02", "")) == (outcome == "admitted")
    assert "toegelaten" not in text.lower()


def test_a_letter_about_different_outcomes_without_an_award_promises_no_agreement(made: Callable[..., str]) -> None:
    reasons = ["T01 Ervaring: Er is geen bewijs.", "Uw plan kreeg minder punten dan vijf andere."]
    facts = decision("tender", "mixed", refused=["Aalten"], not_awarded=["Doetinchem"], reasons=reasons)

    text = made("decision_letter", facts | {"passages": letters.compose(facts)})

    assert "Wij gunnen de opdracht niet aan u." in text
    assert "voor een deel" not in text
    assert "staat de overeenkomst voor u klaar" not in text
    assert all(reason in text for reason in reasons)


def test_a_letter_on_an_objection_says_what_was_argued_advised_and_revised(made: Callable[..., str]) -> None:
    facts = decision("open_house", "partly") | {
        "first_letter": "B-2026-1", "first_date": "2026-12-01", "objection": "BZ-2026-1", "received_on": "2026-12-10",
        "is_late": False, "grounds": "Wij zijn niet gehoord.", "hearing": "dinsdag 5 januari 2027, 10.00 uur",
        "points": [{"code": "T06", "title": "Klachten", "text": "Er is een regeling.", "version": 2,
                    "finding": "De regeling ontbreekt.", "argument": "Zij zit bij bijlage 3."}],
        "advice": "De regeling zat er wel bij.", "advised_outcome": "founded", "reason": "Bijlage 3 is de regeling.",
        "revised": [{"lot": "1", "product": "Ambulant", "municipality": "Aalten"}],
    }  # fmt: skip

    text = made("objection_letter", facts)

    assert "Uw bezwaar is deels gegrond." in text
    for part in (
        "Zij zit bij bijlage 3.",
        "De regeling zat er wel bij.",
        "Bijlage 3 is de regeling.",
        "versie 2",
        "Aalten",
    ):
        assert part in text
    assert "U kunt naar de rechter." in text


def test_a_refused_applicant_reads_until_when_to_object_and_an_admitted_one_does_not(made: Callable[..., str]) -> None:
    for outcome in ("refused", "admitted"):
        facts = decision("open_house", outcome, **{outcome: ["Aalten"]}, reasons=[])

        text = made("decision_letter", facts | {"passages": letters.compose(facts)})

        assert ("binnen 20 werkdagen" in text) == (outcome == "refused")
        assert ("Bezwaar maken kan tot en met 30 december 2026" in text) == (outcome == "refused")


def test_a_letter_names_the_party_that_a_requirement_is_about(made: Callable[..., str]) -> None:
    reason = "U01 Geen fraude (Thuiszorg Noord): De verklaring is niet getekend."
    facts = decision("open_house", "refused", refused=["Aalten"], reasons=[reason])
    facts["findings"] = [
        {
            "code": "U01", "title": "Geen fraude", "text": "Er is geen fraude.", "version": 1, "lot": "",
            "party": "Thuiszorg Noord", "verdict": "fails", "reason": "De verklaring is niet getekend.",
        }
    ]  # fmt: skip

    text = made("decision_letter", facts | {"passages": letters.compose(facts)})

    assert "Eis U01: Geen fraude (Thuiszorg Noord)" in text
    assert text.count("De verklaring is niet getekend.") == 1
    assert "U bent niet toegelaten." in text


def test_a_receipt_names_who_takes_part_and_whose_file_it_is(made: Callable[..., str]) -> None:
    manifest = {
        "organisation": {"name": "De Linde", "kvk_number": "12345678", "city": "Epe"},
        "procedure": {"title": "Proef"}, "round": "2027-1", "answers": [],
        "selections": [{"lot": "1", "product": "IB", "municipality": "0796"}],
        "parties": [{"position": 2, "role": "subcontractor", "name": "Thuiszorg Noord", "kvk_number": "22334455"}],
        "files": [
            {"requirement": "T14", "lot": None, "party": 2, "filename": "kvk.pdf", "sha256": "b" * 64, "size": 1200}
        ],
    }  # fmt: skip
    facts = {
        "made_at": MADE_AT, "receipt": "OB-1", "submitted_at": MADE_AT.isoformat(), "submitter": "Anna",
        "application": "A-1", "digest": "c" * 64, "manifest": manifest,
    }  # fmt: skip

    text = made("receipt", facts)
    del manifest["parties"], manifest["files"][0]["party"]
    before = made("receipt", facts)

    assert "Thuiszorg Noord, onderaannemer, KvK 22334455" in text
    assert "T14, Thuiszorg Noord" in text
    assert "Thuiszorg" not in before

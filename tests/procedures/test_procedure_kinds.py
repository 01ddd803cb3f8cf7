"""What each kind of procedure needs, and what it may not have."""

from __future__ import annotations

import pytest

from portal.adapters import procedure_files
from portal.adapters.procedure_rules import KINDS
from portal.domain import procedures
from tests.procedures.examples import GONE, Changes, example, place, problems
from tests.procedures.examples import KINDS as NAMES

ADMISSION = ("agreement", "terms", "rounds", "lots", "coverage", "tariff_reasoning", "requirements", "letters")
WORDS = {"open_house": "toelatingsprocedure", "framework": "raamovereenkomst met instroom", "tender": "aanbesteding"}
SMALL_CRITERION = {"code": "K4", "title": "t", "text": "t", "weight": "0.01", "lots": ["P1"]}
LUMPSUM = "De bekostiging 'lumpsum' kan alleen bij een aanbesteding (tender)."


@pytest.mark.parametrize("kind", NAMES)
def test_each_example_is_a_good_file(kind: str) -> None:
    assert problems(kind, {}) == []


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("key", ADMISSION)
def test_an_admission_needs_all_eight_blocks(kind: str, key: str) -> None:
    message = f"Het bestand: de sleutel '{key}' ontbreekt. Een {WORDS[kind]} ({kind}) heeft die nodig."

    assert ((), message) in problems(kind, {key: GONE})


def test_a_consultation_needs_none_of_them() -> None:
    procedure = procedure_files.loaded(example("consultation"))

    assert [procedure[key] for key in ADMISSION] == [None, None, None, [], None, None, [], None]


def test_a_consultation_may_show_the_lots_it_is_about() -> None:
    lots = example("open_house")["lots"]

    assert problems("consultation", {"lots": lots, "law": ["wmo", "jeugdwet"]}) == []


def test_a_consultation_needs_a_consultation() -> None:
    message = "Een marktconsultatie (consultation) heeft ten minste één consultatie."

    assert problems("consultation", {"consultations": []}) == [(("consultations",), message)]
    assert [text for _, text in problems("consultation", {"consultations": GONE})] == [
        "Het bestand: de sleutel 'consultations' ontbreekt. Een marktconsultatie (consultation) heeft die nodig."
    ]


def test_a_tender_needs_an_award() -> None:
    assert problems("tender", {"award": GONE}) == [
        ((), "Het bestand: de sleutel 'award' ontbreekt. Een aanbesteding (tender) heeft die nodig.")
    ]


@pytest.mark.parametrize("kind", ["open_house", "framework", "consultation"])
@pytest.mark.parametrize("path", ["award", "authority.weight", "source.max_providers", "authority.budgets"])
def test_only_a_tender_has_keys_that_compare(kind: str, path: str) -> None:
    award = example("tender")["award"]
    found = problems(kind, {path: award})

    key = path.split(".")[-1]
    assert found[0][0] == place({}, path)
    assert found[0][1].startswith(f"De sleutel '{key}' kan niet: een {KINDS[kind].word} ({kind}) vergelijkt")


def test_in_a_tender_such_a_key_is_just_unknown_elsewhere() -> None:
    assert problems("tender", {"terms.weight": "1"}) == [
        (("terms", "weight"), "'terms': de sleutel 'weight' bestaat niet.")
    ]


@pytest.mark.parametrize(
    ("kind", "changes", "path", "message"),
    [
        ("open_house", {"lots.2.funding": "lumpsum"}, "lots.2.funding", LUMPSUM),
        ("open_house", {"lots.2.products.45A12.funding": "lumpsum"}, "lots.2.products.45A12.funding", LUMPSUM),
        ("framework", {"lots.A.funding": "lumpsum"}, "lots.A.funding", LUMPSUM),
        (
            "open_house",
            {"agreement.volume": "population"},
            "agreement.volume",
            "Een toelatingsprocedure (open_house) belooft geen volume: alleen 'none' kan.",
        ),
        (
            "framework",
            {"agreement.volume": "lumpsum"},
            "agreement.volume",
            "Een raamovereenkomst met instroom (framework) belooft geen volume: alleen 'none' kan.",
        ),
        (
            "tender",
            {"terms.standstill_days": 19},
            "terms.standstill_days",
            "Bij een aanbesteding is de opschortende termijn ten minste 20 dagen.",
        ),
        (
            "open_house",
            {"terms.remedy_excluded": "Wij beslissen in één keer.", "terms.remedy_rounds": 1},
            "terms.remedy_excluded",
            "Herstel is hier uitgesloten, maar 'remedy_rounds' is niet 0.",
        ),
        (
            "tender",
            {"award.criteria.K2.weight": "39.99"},
            "award.criteria",
            "De gewichten voor perceel 'P1' zijn samen 99.99. Dat moet 100.00 zijn.",
        ),
        (
            "tender",
            {"award.criteria.K1.weight": "70.00"},
            "award.criteria",
            "De gewichten voor perceel 'P1', 'P2' zijn samen 110.00. Dat moet 100.00 zijn.",
        ),
        (
            "tender",
            {"award.criteria.K2.lots": ["P1", "P9"]},
            "award.criteria.1.lots.1",
            "De perceelcode 'P9' bestaat niet. Bekend: P1, P2.",
        ),
        (
            "tender",
            {"award.criteria.K2.code": "K1"},
            "award.criteria.1.code",
            "De code 'K1' is al gebruikt bij 'criteria' (nummer 1).",
        ),
        (
            "tender",
            {"award.scale.1.points": 10},
            "award.scale.2.points",
            "De punten lopen op, de laagste eerst: 10 is niet meer dan 10.",
        ),
        (
            "open_house",
            {"parties.legal_forms": ["bv", "gmbh"]},
            "parties.legal_forms.1",
            "De rechtsvorm 'gmbh' bestaat niet. Bekend: bv, ",
        ),
        (
            "open_house",
            {"contract_management.yearly_recheck": ["T99"]},
            "contract_management.yearly_recheck.0",
            "De eis 'T99' bestaat niet. Bekend: U01, T01, ",
        ),
        (
            "open_house",
            {"conversions.0.new": ["02A16", "99"]},
            "conversions.0.new.1",
            "De perceel- of productcode '99' bestaat niet. Bekend: 1, 1A, ",
        ),
        (
            "open_house",
            {"contract_management.risks.+": {"code": "X1", "title": "x", "measure": "y"}},
            "contract_management.risks.1.code",
            "De code 'X1' is al gebruikt bij 'risks' (nummer 1).",
        ),
        (
            "open_house",
            {"authority.theme": "oranje"},
            "authority.theme",
            "De vormgeving 'oranje' bestaat niet. Bekend: de-waarden, meierij.",
        ),
        (
            "open_house",
            {"agreement.template": "dienst"},
            "agreement.template",
            "De modeltekst 'dienst' met versie 1 bestaat niet. Bekend: raamovereenkomst-1.",
        ),
        (
            "open_house",
            {"agreement.template_version": 2},
            "agreement.template",
            "De modeltekst 'raamovereenkomst' met versie 2 bestaat niet. Bekend: raamovereenkomst-1.",
        ),
        (
            "open_house",
            {"agreement.template": "overbrugging"},
            "agreement.template",
            "De modeltekst 'overbrugging' met versie 1 bestaat niet.",
        ),
        (
            "open_house",
            {"outflow.products": ["02A16", "1A"]},
            "outflow.products.1",
            "De productcode '1A' bestaat niet. Bekend: 02A16, ",
        ),
        ("open_house", {"title": "a\x07b"}, "title", "'title' bevat een teken dat niet te lezen is."),
    ],
)
def test_a_rule_of_the_kind_is_told_at_its_place(kind: str, changes: Changes, path: str, message: str) -> None:
    found = dict(problems(kind, changes))

    assert found[place(example(kind, changes), path)].startswith(message)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("open_house", {"terms.standstill_days": 0}),
        ("tender", {"terms.standstill_days": 21}),
        ("open_house", {"terms.remedy_excluded": "Wij beslissen in één keer.", "terms.remedy_rounds": 0}),
        ("open_house", {"requirements.T01.remedy_excluded": "Dit stuk moet er bij het indienen zijn."}),
        ("tender", {"agreement.volume": "none"}),
        ("tender", {"award.criteria.K2.weight": "39.99", "award.criteria.+": SMALL_CRITERION}),
        ("open_house", {"parties": GONE, "requirements.U01": GONE}),
        ("open_house", {"conversions.0.new": ["1A", "02A17"]}),
        ("open_house", {"authority.theme": "meierij"}),
        ("open_house", {"outflow.products": ["02A16"]}),
        ("open_house", {"contract_management.yearly_recheck": ["T02-W"]}),
    ],
)
def test_what_a_kind_allows_is_not_told(kind: str, changes: Changes) -> None:
    assert problems(kind, changes) == []


@pytest.mark.parametrize("weight", ["0.00", "100.01", "60", "60.0", "-1.00", "060.00", "60,00"])
def test_a_weight_is_a_percentage(weight: str) -> None:
    assert problems("tender", {"award.criteria.K1.weight": weight})[0] == (
        ("award", "criteria", 0, "weight"),
        (
            "'weight' klopt niet. Verwacht: een percentage tussen aanhalingstekens, met een punt en precies twee"
            ' decimalen, zoals "60.00".'
        ),
    )


def test_one_criterion_may_weigh_everything() -> None:
    criteria = [{"code": "K1", "title": "t", "text": "t", "weight": "100.00"}]

    assert problems("tender", {"award.criteria": criteria}) == []


def test_a_weight_counts_for_all_lots_below_the_one_it_names() -> None:
    award = example("tender")["award"] | {
        "criteria": [
            {"code": "K1", "title": "t", "text": "t", "weight": "100.00", "lots": ["1"]},
            {"code": "K2", "title": "t", "text": "t", "weight": "100.00", "lots": ["2"]},
        ]
    }

    assert problems("open_house", {"kind": "tender", "award": award}) == []
    narrower = award | {"criteria": [award["criteria"][0] | {"lots": ["1A"]}, award["criteria"][1]]}
    assert problems("open_house", {"kind": "tender", "award": narrower}) == [
        (("award", "criteria"), "De gewichten voor perceel '1B' zijn samen 0.00. Dat moet 100.00 zijn.")
    ]


def test_the_rules_know_every_kind() -> None:
    assert set(KINDS) == set(procedures.KINDS) == set(NAMES)


def test_a_block_that_is_refused_as_a_whole_is_told_once() -> None:
    half = {"criteria": [{"code": "K1", "weight": 60, "lots": ["P9"]}], "scale": [{"points": 1}, {"points": 1}]}

    ((at, text),) = problems("open_house", {"award": half})
    assert at == ("award",)
    assert text.startswith("De sleutel 'award' kan niet: een toelatingsprocedure (open_house) vergelijkt")
    assert len(problems("tender", {"award": half})) > 3

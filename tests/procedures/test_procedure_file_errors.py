"""Every error in a procedure file is told, all at once, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.adapters import procedure_files
from portal.errors import ProcedureFileError

SMALL = (Path(__file__).parent / "small.yaml").read_text("utf-8")


def errors(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ProcedureFileError) as caught:
        procedure_files.parse(text.encode())
    return caught.value.errors


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, "the test must change one place"
    return SMALL.replace(old, new)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        (
            "kind: open_house",
            "kind: veiling",
            "kind:",
            "'kind': 'veiling' kan niet. Kies uit: open_house, framework, tender, consultation.",
        ),
        ("format: 1", "format: 2", "format", "'format': '2' kan niet. Kies uit: 1."),
        ("slug: klein\n", "", "format", "Het bestand: de sleutel 'slug' ontbreekt."),
        (
            "title: Kleine",
            "titel: a\ntitle: K",
            "titel",
            "Het bestand: de sleutel 'titel' bestaat niet. Bedoelt u 'title'?",
        ),
        (
            "title: Kleine",
            "title: a\ntitle: K",
            "title: K",
            "De sleutel 'title' staat er twee keer: ook op regel 4.",
        ),
        ("title: Kleine toelating", "title: ''", "title: ''", "'title' mag niet leeg zijn."),
        ("law: [wmo]", "law: wmo", "law", "'law' moet een lijst zijn."),
        ("law: [wmo]", "law: []", "law", "'law' heeft te weinig regels: ten minste 1."),
        ("law: [wmo]", "law: [wmo, wmo]", "law", "'law' noemt iets twee keer."),
        (
            "law: [wmo]",
            "law: [wmo, zvw]",
            "law",
            "'law' (nummer 2): 'zvw' kan niet. Kies uit: wmo, jeugdwet.",
        ),
        ("notice_months: 3", "notice_months: 30", "notice", "'notice_months' moet ten hoogste 24 zijn."),
        ("notice_months: 3", "notice_months: 1.5", "notice", "'notice_months' moet een geheel getal zijn."),
        (
            "holidays_apply: true",
            "holidays_apply: ja",
            "holidays",
            "'holidays_apply' moet true of false zijn.",
        ),
        (
            'code: "0001"',
            "code: 0001",
            "code: 0001",
            ("'code' klopt niet. Verwacht: de CBS-gemeentecode, vier cijfers tussen aanhalingstekens, zoals \"0796\"."),
        ),
        (
            "name: Oost",
            "name: Oost, code: X",
            "name: Oost, c",
            "De sleutel 'code' staat er twee keer: ook op regel 16.",
        ),
        (
            'code: "0002"',
            'code: "0001"',
            'code: "0001", name: West',
            "De code '0001' is al gebruikt op regel 16.",
        ),
        (
            "starts_on: 2027-01-01",
            "starts_on: 2027-02-29",
            "starts_on",
            "'starts_on' klopt niet. Verwacht: een bestaande dag als JJJJ-MM-DD.",
        ),
        (
            "ends_on: 2028-12-31",
            "ends_on: 2026-12-31",
            "ends_on",
            "De einddatum 2026-12-31 ligt vóór de begindatum 2027-01-01.",
        ),
        (
            "closes_at: 2026-10-01 12:00",
            "closes_at: 2026-06-01 12:00",
            "closes_at",
            "De ronde sluit voordat hij opent.",
        ),
        (
            "closes_at: 2026-10-01 12:00",
            "closes_at: 2026-10-25 02:30",
            "closes_at",
            (
                "25-10-2026 om 02.30 uur komt twee keer voor: de klok gaat die nacht een"
                " uur terug. Kies een andere tijd."
            ),
        ),
        (
            "opens_at: 2026-07-01 09:00",
            "opens_at: 2026-03-29 02:30",
            "opens_at",
            ("29-03-2026 om 02.30 uur bestaat niet: de klok gaat die nacht een uur vooruit. Kies een andere tijd."),
        ),
        (
            "opens_at: 2026-07-01 09:00",
            "opens_at: 2026-07-01",
            "opens_at",
            "'opens_at' klopt niet. Verwacht: een bestaande dag en tijd als JJJJ-MM-DD UU:MM.",
        ),
        (
            "opens_at: 2026-07-01 09:00",
            "opens_at: 2026-01-01 09:00",
            "closes_at",
            "De ronde duurt langer dan de tijd tot de volgende ronde.",
        ),
        (
            "  until: end",
            "    starts_on: 2026-12-01\n  until: end",
            "starts_on: 2026-12",
            "De ingangsdatum van de ronde ligt vóór die van de raamovereenkomst.",
        ),
        (
            "until: end",
            "until: eind",
            "until",
            "'until' klopt niet. Verwacht: 'end' of een bestaande dag als JJJJ-MM-DD.",
        ),
        (
            "until: end",
            "until: 2026-06-30",
            "until",
            "Er is geen ronde: de eerste gaat niet in vóór 2026-06-30.",
        ),
        (
            'tariff: "412.50"',
            'tariff: "412.505"',
            'tariff: "412',
            (
                "'tariff' klopt niet. Verwacht: een bedrag boven nul tussen aanhalingstekens,"
                ' met een punt en precies twee decimalen, zoals "412.50".'
            ),
        ),
        (
            "unit: month",
            "unit: maand",
            "unit: maand",
            "De eenheid 'maand' bestaat niet. Bekend: month, hour, minute, day_part, night, need, day, trip, year.",
        ),
        (
            'code: "02A"',
            'code: "01A"',
            'code: "01A"\n        name: Dag',
            "De code '01A' is al gebruikt op regel 44.",
        ),
        (
            '  - code: "2"',
            '  - code: "1"',
            '  - code: "1"\n    name: Dag',
            "De code '1' is al gebruikt op regel 41.",
        ),
        ('lots: ["1"]', 'lots: ["1", "9"]', 'lots: ["1"', "De perceelcode '9' bestaat niet. Bekend: 1, 2."),
        (
            "default: open",
            'default: open\n  remarks: [{municipality: "0001", lots: ["1"], products: ["02A"], text: x}]',
            "remarks: [",
            "Het product '02A' hoort niet bij de percelen die hier staan.",
        ),
        (
            "default: open",
            'default: open\n  remarks: [{municipality: "0009", text: x}]',
            "remarks: [",
            "De gemeentecode '0009' bestaat niet. Bekend: 0001, 0002.",
        ),
        (
            "default: open",
            'default: open\n  cells: [{municipality: "0001", product: "09A", state: closed, remark: x}]',
            "cells: [",
            "De productcode '09A' bestaat niet. Bekend: 01A, 02A.",
        ),
        (
            "default: open",
            (
                "default: open\n  cells:\n"
                '    - {municipality: "0001", product: "01A", state: closed, remark: x}\n'
                '    - {municipality: "0001", product: "01A", state: open, remark: y}'
            ),
            '    - {municipality: "0001", product: "01A", state: open',
            "Over '01A' in gemeente '0001' staat op regel 64 al iets.",
        ),
        (
            "default: open",
            "default: dicht",
            "default",
            "De stand 'dicht' bestaat niet. Bekend: open, closed, not_bought, to_be_confirmed, scarce, phasing_out.",
        ),
        ("code: T02", "code: T01", "code: T01\n    title: Er", "De code 'T01' is al gebruikt op regel 68."),
        (
            "type: number",
            "type: getal",
            "type: getal",
            (
                "'type': 'getal' kan niet. Kies uit: declaration, yes_no, text, number,"
                " document, certificate, reference, location, choice, register, smart."
            ),
        ),
        (
            "applies_to: lot",
            "applies_to: organisation",
            "applies_to: organisation\n    lots",
            "Een eis aan de organisatie noemt geen 'lots'.",
        ),
        (
            "settings: {minimum: 1}",
            "settings: {minimum: 1, min_length: 9}",
            "settings",
            "De instelling 'min_length' hoort niet bij het type 'number'.",
        ),
        (
            "    settings: {minimum: 1}\n",
            "",
            "type: number",
            "Het type 'number' heeft in 'settings' een 'minimum' nodig.",
        ),
        (
            "type: number",
            "type: document",
            "type: document",
            "Bij dit type hoort 'evidence': welke stukken de eis bewijzen.",
        ),
        (
            "rule: valid_on",
            "rule: issued_within",
            "validity",
            "Bij 'issued_within' hoort 'months': hoeveel maanden oud een stuk mag zijn.",
        ),
        (
            "rule: valid_on",
            "rule: valid_on, months: 6",
            "validity",
            "'months' hoort bij 'issued_within', en alleen daarbij.",
        ),
        (
            "kinds: [hkz_certificate]",
            "kinds: [hkz_certificate, flow_plan]",
            "kinds",
            "Van 'flow_plan' vragen wij geen einddatum: 'valid_on' is niet te toetsen.",
        ),
        (
            "rule: valid_on",
            "rule: latest_year",
            "kinds",
            "Van 'hkz_certificate' vragen wij geen boekjaar: 'latest_year' is niet te toetsen.",
        ),
        (
            "rule: valid_on, reference: closing",
            "rule: issued_within, months: 3, reference: employment_start",
            "kinds",
            "Van 'hkz_certificate' vragen wij geen eerste werkdag: 'employment_start' is niet te toetsen.",
        ),
        (
            "reference: closing",
            "reference: employment_start",
            "validity",
            "'employment_start' hoort bij 'issued_within', en alleen daarbij.",
        ),
        (
            "letters:\n",
            "integrity: {check: bibob, document: other, policy_rule: Regel}\nletters:\n",
            "integrity",
            "'other' wordt niet verzegeld bewaard en kan geen stuk van de integriteitstoets zijn.",
        ),
        (
            "title: Kleine toelating",
            "title: &x Kleine toelating",
            "title",
            "Verwijzingen met & en * mogen niet. Schrijf de tekst voluit.",
        ),
    ],
)
def test_an_error_is_told_with_its_line(old: str, new: str, at: str, message: str) -> None:
    text = changed(old, new)

    assert (line_of(text, at), message) in errors(text)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("annual_accounts", "{rule: latest_year, reference: submission}"),
        ("vog_np", "{rule: issued_within, months: 3, reference: employment_start}"),
        ("insurance", "{rule: valid_on, reference: agreement_start}"),
        ("gva", "{rule: issued_within, months: 24, reference: submission}"),
    ],
)
def test_accounts_of_the_latest_year_and_a_first_working_day_can_be_asked(kind: str, rule: str) -> None:
    text = changed("kinds: [hkz_certificate]", f"kinds: [{kind}]").replace("{rule: valid_on, reference: closing}", rule)

    asked = procedure_files.parse(text.encode())["requirements"][0]["evidence"]
    assert asked["validity"]["rule"] in rule


def test_an_unknown_kind_of_document_is_told_with_the_known_ones() -> None:
    text = changed("kinds: [hkz_certificate]", "kinds: [hkz]")

    line, message = errors(text)[0]

    assert line == line_of(text, "kinds:")
    assert message.startswith("De soort document 'hkz' bestaat niet. Bekend: hkz_certificate, iso_9001_certificate,")


def test_an_integrity_document_cannot_be_evidence_for_a_reviewer() -> None:
    text = changed("kinds: [hkz_certificate]", "kinds: [bibob_form]")

    assert "'bibob_form' hoort bij 'integrity': beoordelaars mogen dit stuk niet zien." in [
        message for _, message in errors(text)
    ]


@pytest.mark.parametrize(
    "field",
    [
        "weight: 30",
        "score: 8",
        "ranking: true",
        "max_providers: 10",
        "budget: 1000",
        "award_criteria: [prijs]",
    ],
)
@pytest.mark.parametrize("after", ["title: HKZ", "title: Kleine toelating", "decision_days: 42"])
def test_an_open_house_has_no_field_that_compares_or_limits(field: str, after: str) -> None:
    indent = {"title: HKZ": "    ", "decision_days: 42": "  "}.get(after, "")
    text = changed(after, f"{after}\n{indent}{field}")
    key = field.split(":")[0]

    assert errors(text) == [
        (
            line_of(text, field),
            (
                f"De sleutel '{key}' kan niet: een toelatingsprocedure (open_house) vergelijkt aanbieders"
                " niet en begrenst hun aantal of omzet niet."
            ),
        )
    ]


def test_all_errors_come_at_once_in_the_order_of_the_file() -> None:
    text = (
        SMALL.replace("kind: open_house", "kind: veiling")
        .replace("title: Kleine toelating", "title: een\ntitle: twee")
        .replace("ends_on: 2028-12-31", "ends_on: 2025-12-31")
        .replace('tariff: "412.50"', "tariff: 412.505")
        .replace('lots: ["1"]', 'lots: ["7"]')
    )

    found = errors(text)

    assert [line for line, _ in found] == sorted(line for line, _ in found)
    assert {line for line, _ in found} == {
        line_of(text, part) for part in ("kind: veiling", "title: twee", "ends_on", "tariff: 412", 'lots: ["7"]')
    } | {line_of(text, "until: end")}


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        (b"", 1, "leeg"),
        (b"# alleen uitleg\n", 1, "leeg"),
        (b"- een\n- twee\n", 1, "blok met sleutels"),
        (b"format: 1\nslug: [a\nkind: b\n", 3, "geen geldige YAML"),
        (b"format: 1\n\tslug: a\n", 2, "geen geldige YAML"),
        (b"format: 1\n---\nformat: 1\n", 2, "geen geldige YAML"),
        (b"format: 1\nslug: \xff\n", 2, "UTF-8"),
        (b"format: 1\nslug: a\x00b\n", 2, "niet mag"),
        (b"format: 1\nslug: !!python/name:os.system x\n", 2, "label"),
        (b"[" * 5000, 1, "te diep"),
        (b"#" * 1_000_001, 1, "groter dan 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(source: bytes, line: int, words: str) -> None:
    with pytest.raises(ProcedureFileError) as caught:
        procedure_files.parse(source)

    assert any(at == line and words in message for at, message in caught.value.errors)


def test_a_file_that_repeats_itself_by_reference_is_refused_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert (1, "Verwijzingen met & en * mogen niet. Schrijf de tekst voluit.") in errors(bomb)

"""Requirements: what each type needs, when it is asked, of whom, and that a threshold only asks more."""

from __future__ import annotations

from typing import Any

import pytest

from portal.adapters import procedure_files, procedure_writer
from tests.procedures.examples import GONE, Changes, example, place, problems

STRICTER = "Deze eis is een strengere versie van 'T02', maar "
CERTIFICATE = "Deze eis is een strengere versie van 'T01', maar "
CHOICE = "Deze eis is een strengere versie van 'V01', maar "


def only(changes: Changes, path: str, message: str) -> None:
    assert problems("open_house", changes) == [(place(example("open_house", changes), path), message)]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"lots": ["9"]}, "lots.0", "De perceelcode '9' bestaat niet. Bekend: 1, 1A, 1B, 2."),
        (
            {"products": ["9"]},
            "products.0",
            "De productcode '9' bestaat niet. Bekend: 02A16, 02A17, 04A01, 45A12, 45A13.",
        ),
        (
            {"lots": ["1"], "products": ["04A01", "45A12"]},
            "products.1",
            "Het product '45A12' hoort niet bij de percelen van deze eis.",
        ),
        ({"municipalities": ["0009"]}, "municipalities.0", "De gemeentecode '0009' bestaat niet. Bekend: 0001, 0002."),
        ({"parties": ["lead"]}, "parties", "'parties' hoort bij 'applies_to: party', en alleen daarbij."),
        (
            {"type": "choice", "settings": GONE},
            "type",
            "Het type 'choice' heeft in 'settings' een 'options' nodig.",
        ),
        (
            {"type": "register", "settings": GONE},
            "type",
            "Het type 'register' heeft in 'settings' een 'registers' nodig.",
        ),
        ({"type": "smart", "settings": GONE}, "type", "Het type 'smart' heeft in 'settings' een 'goals' nodig."),
        (
            {"type": "text", "settings": {"in_directory": True}},
            "settings.in_directory",
            "De instelling 'in_directory' hoort niet bij het type 'text'.",
        ),
        (
            {"type": "smart", "settings": {"goals": ["D9"]}},
            "settings.goals.0",
            "De doelcode 'D9' bestaat niet. Bekend: D1.",
        ),
        (
            {"asked_when": {"requirement": "X9", "answer": "yes"}},
            "asked_when.requirement",
            "De eis 'X9' bestaat niet. Bekend: U01, T01, T02, T02-W, V01, V02, P01, R01, Z1.",
        ),
        (
            {"asked_when": {"requirement": "Z1", "answer": "yes"}},
            "asked_when.requirement",
            "De vraag 'Z1' staat niet eerder: zet die boven deze eis.",
        ),
        (
            {"asked_when": {"requirement": "T02", "answer": "yes"}},
            "asked_when.requirement",
            "'T02' is geen vraag met vaste antwoorden ('yes_no' of 'choice').",
        ),
        (
            {"asked_when": {"requirement": "V02", "answer": "ja"}},
            "asked_when.answer",
            "Het antwoord 'ja' bestaat niet bij 'V02'. Kies uit: yes, no.",
        ),
        (
            {"applies_to": "organisation", "asked_when": {"requirement": "V02", "answer": "yes"}},
            "asked_when.requirement",
            "'V02' wordt per perceel beantwoord; een eis aan de organisatie kan daar niet van afhangen.",
        ),
    ],
)
def test_a_requirement_that_cannot_be_is_told(changes: Changes, path: str, message: str) -> None:
    simple = {"code": "Z1", "title": "t", "text": "t", "kind": "minimum", "type": "declaration", "applies_to": "lot"}
    full = {key: value for key, value in (simple | changes).items() if value is not GONE}

    only({"requirements.+": full}, f"requirements.Z1.{path}", message)


@pytest.mark.parametrize(
    "changes",
    [
        {"lots": ["1", "1B"], "products": ["04A01"], "municipalities": ["0001"]},
        {"applies_to": "party"},
        {"applies_to": "party", "parties": ["lead", "subcontractor", "third_party"]},
        {"type": "text", "settings": {"in_agreement": True}},
        {"type": "register", "settings": {"registers": ["agb"]}},
        {"asked_when": {"requirement": "V02", "answer": "no"}},
        {"asked_when": {"requirement": "V01", "answer": "home"}},
    ],
)
def test_a_requirement_that_can_be_is_not_told(changes: Changes) -> None:
    simple = {"code": "Z1", "title": "t", "text": "t", "kind": "minimum", "type": "declaration", "applies_to": "lot"}

    assert problems("open_house", {"requirements.+": simple | changes}) == []


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {"requirements.V01.settings.accepted": ["home", "away"]},
            "requirements.V01.settings.accepted.1",
            "De keuze 'away' bestaat niet. Bekend: home, online.",
        ),
        (
            {"requirements.V01.settings.options.1.key": "home", "requirements.V02.asked_when": GONE},
            "requirements.V01.settings.options.1.key",
            "De code 'home' is al gebruikt bij 'options' (nummer 1).",
        ),
        (
            {"requirements.R01.settings.registers": ["skj", "golf"]},
            "requirements.R01.settings.registers.1",
            "De registersleutel 'golf' bestaat niet. Bekend: big, skj, ",
        ),
        (
            {"requirements.U01.parties": ["lead", "member"]},
            "requirements.U01.parties.1",
            "De rol 'member' komt niet voor: 'cooperative' staat niet bij 'forms' van 'parties'.",
        ),
        (
            {"requirements.U01.parties": ["third_party"], "parties.reliance": False},
            "requirements.U01.parties.0",
            "De rol 'third_party' komt niet voor: een beroep op derden ('reliance') mag niet.",
        ),
        (
            {"parties": GONE},
            "requirements.U01.applies_to",
            "Een eis aan elke partij kan alleen als 'parties' zegt wie samen mogen meedoen.",
        ),
        (
            {"groups.GR1.requirements": ["T01", "T99"]},
            "groups.GR1.requirements.1",
            "De eis 'T99' bestaat niet. Bekend: U01, T01, T02, T02-W, V01, V02, P01, R01.",
        ),
        ({"groups.GR1.at_least": 3}, "groups.GR1.at_least", "Ten minste 3 kan niet: de groep telt 2 eisen."),
        (
            {"groups.+": {"code": "GR1", "title": "t", "at_least": 1, "requirements": ["T01"]}},
            "groups.1.code",
            "De code 'GR1' is al gebruikt bij 'groups' (nummer 1).",
        ),
    ],
)
def test_a_choice_party_or_group_that_cannot_be_is_told(changes: Changes, path: str, message: str) -> None:
    ((at, text),) = problems("open_house", changes)

    assert at == place(example("open_house", changes), path)
    assert text.startswith(message)


@pytest.mark.parametrize(
    "changes",
    [
        {"requirements.V01.settings.accepted": ["home"]},
        {"groups.GR1.at_least": 2},
        {"parties.reliance": False},
        {"parties.forms": ["sole", "combination"]},
    ],
)
def test_a_choice_party_or_group_that_can_be_is_not_told(changes: Changes) -> None:
    assert problems("open_house", changes) == []


# Thresholds


def threshold(base: str, **own: Any) -> Changes:
    """A threshold for Westerveen, in place of the one in the example."""
    written = {"code": "W1", "stricter_than": base, "municipalities": ["0002"]} | own
    return {"requirements.T02-W": {key: value for key, value in written.items() if value is not GONE}}


def test_a_threshold_takes_over_what_it_does_not_say() -> None:
    loaded = procedure_files.loaded(example("open_house"))
    base, own = loaded["requirements"][2:4]

    differs = {"code", "text", "settings", "stricter_than", "municipalities"}
    assert {key for key in own if own[key] != base[key]} == differs
    assert (own["code"], own["settings"]) == ("T02-W", {"minimum": 10})


def test_a_threshold_takes_over_each_setting_by_itself_and_no_source() -> None:
    changes = {
        "requirements.T02.settings.in_agreement": True,
        "requirements.T02.source": "bron § 1",
        "requirements.T02.own_addition": True,
    }
    own = procedure_files.loaded(example("open_house", changes))["requirements"][3]

    assert own["settings"] == {"minimum": 10, "in_agreement": True}
    assert (own["source"], own["own_addition"]) == ("", False)


def test_the_file_keeps_only_what_was_written() -> None:
    assert set(example("open_house")["requirements"][3]) == {
        "code",
        "stricter_than",
        "municipalities",
        "text",
        "settings",
    }


def test_without_a_base_everything_must_be_written() -> None:
    found = problems("open_house", {"requirements.T02-W.stricter_than": GONE})

    assert {text for at, text in found if at == ("requirements", 3)} == {
        f"'requirements' (nummer 4): de sleutel '{key}' ontbreekt." for key in ("title", "kind", "type", "applies_to")
    }


KINDS = ["hkz_certificate", "other_quality_certificate"]


@pytest.mark.parametrize(
    "change",
    [
        threshold("T02", settings={"minimum": 6}),
        threshold("T02", settings={"minimum": 6}, municipalities=GONE, products=["02A16"]),
        threshold("T02", settings={"minimum": 6}, municipalities=GONE, lots=["1B"]),
        threshold("T02", evidence={"kinds": ["experience_statement"]}),
        threshold("T01", evidence={"kinds": ["hkz_certificate"]}),
        threshold("T01", evidence={"kinds": KINDS, "at_least": 2}),
        threshold("T01", text="U hebt ook een lokaal keurmerk."),
        threshold("V01", settings={"accepted": ["home"]}),
        threshold("R01", settings={"registers": ["skj"]}),
        threshold("U01", settings={"statement": "Ook niet in Westerveen."}),
    ],
)
def test_a_threshold_that_asks_more_is_good(change: Changes) -> None:
    assert problems("open_house", change) == []


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        (
            threshold("T02", settings={"minimum": 4}),
            "settings.minimum",
            STRICTER + "'minimum' is 4 en moet ten minste 5 zijn.",
        ),
        (threshold("T02", settings={"minimum": 5}), "stricter_than", "Deze eis vraagt niets meer dan 'T02'."),
        (threshold("T02", text="Anders."), "stricter_than", "Deze eis vraagt niets meer dan 'T02'."),
        (threshold("T01"), "stricter_than", "Deze eis vraagt niets meer dan 'T01'."),
        (
            threshold("T02", settings={"minimum": 9}, municipalities=GONE),
            "",
            "Een strengere eis noemt voor wie: 'municipalities', 'products', 'lots' of meer daarvan.",
        ),
        (
            threshold("T99"),
            "stricter_than",
            "De eis 'T99' bestaat niet. Bekend: U01, T01, T02, W1, V01, V02, P01, R01.",
        ),
        (threshold("W1"), "stricter_than", "Een eis kan niet strenger zijn dan zichzelf."),
        (
            threshold("T02", settings={"minimum": 9}, applies_to="organisation"),
            "applies_to",
            STRICTER + "'applies_to' is 'organisation' en moet 'lot' blijven.",
        ),
        (
            threshold("T02", type="number", settings={"minimum": 9}),
            "type",
            STRICTER + "'type' is 'number' en moet 'reference' blijven.",
        ),
        (
            threshold("T02", settings={"minimum": 9}, asked_when={"requirement": "U01", "answer": "yes"}),
            "asked_when",
            STRICTER + "'asked_when' moet gelijk blijven: de eis geldt even vaak.",
        ),
        (
            threshold("T02", settings={"minimum": 9}, municipalities=GONE, lots=["2"]),
            "lots",
            STRICTER + "perceel '2' valt er niet onder.",
        ),
        (
            threshold("T01", text="x", evidence={"kinds": [*KINDS, "iso_9001_certificate"]}),
            "evidence.kinds",
            CERTIFICATE + "'kinds' laat ook iso_9001_certificate toe.",
        ),
        (
            threshold("T01", text="x", evidence={"kinds": KINDS, "at_least": 0}),
            "evidence.at_least",
            CERTIFICATE + "'at_least' is 0 en moet ten minste 1 zijn.",
        ),
        (
            threshold("T01", text="x", equivalent_allowed=False),
            "equivalent_allowed",
            CERTIFICATE + "gelijkwaardig bewijs moet toegestaan blijven.",
        ),
        (
            threshold(
                "T01",
                text="x",
                evidence={"kinds": ["hkz_certificate"], "validity": {"rule": "valid_on", "reference": "today"}},
            ),
            "evidence.validity.reference",
            CERTIFICATE + "'reference' is 'today' en moet 'closing' blijven.",
        ),
        (
            threshold("R01", text="x", settings={"registers": ["skj", "agb"]}),
            "settings.registers",
            "Deze eis is een strengere versie van 'R01', maar 'registers' laat ook agb toe.",
        ),
        (
            threshold("V02", text="x", settings={"required_answer": "no"}),
            "settings.required_answer",
            "Deze eis is een strengere versie van 'V02', maar 'required_answer' moet gelijk blijven.",
        ),
        (
            threshold("U01", text="x", parties=["lead"]),
            "parties",
            "Deze eis is een strengere versie van 'U01', maar 'parties' vraagt het aan minder partijen.",
        ),
    ],
)
def test_a_threshold_that_asks_less_or_nothing_more_is_told(change: Changes, path: str, message: str) -> None:
    expected = (place(example("open_house", change), f"requirements.W1{'.' if path else ''}{path}"), message)

    assert expected in problems("open_house", change)


def measured(kind: str, base: dict[str, Any], own: dict[str, Any]) -> list[str]:
    """What is said of a threshold `own` on a requirement of this type with `base`."""
    region = {"code": "A1", "title": "t", "text": "t", "kind": "minimum", "type": kind, "applies_to": "organisation"}
    changes = threshold("A1", **own) | {"requirements.+": region | base}
    return [text for _, text in problems("open_house", changes)]


def test_a_longer_text_and_a_younger_document_are_stricter() -> None:
    extract = {"kinds": ["kvk_extract"]}

    def within(months: int) -> dict[str, Any]:
        return {"evidence": extract | {"validity": {"rule": "issued_within", "months": months, "reference": "closing"}}}

    assert measured("text", {"settings": {"min_length": 100}}, {"settings": {"min_length": 101}}) == []
    assert measured("document", within(6), within(5)) == []
    assert measured("text", {"settings": {"min_length": 100}}, {"text": "x", "settings": {"min_length": 99}}) == [
        "Deze eis is een strengere versie van 'A1', maar 'min_length' is 99 en moet ten minste 100 zijn."
    ]
    assert measured("document", within(6), within(7) | {"text": "x"}) == [
        "Deze eis is een strengere versie van 'A1', maar 'months' is 7 en mag ten hoogste 6 zijn."
    ]


def test_a_threshold_of_a_threshold_is_told_also_when_they_run_in_a_circle() -> None:
    second = {"code": "W2", "stricter_than": "T02-W", "municipalities": ["0002"], "settings": {"minimum": 11}}

    only(
        {"requirements.+": second},
        "requirements.W2.stricter_than",
        "'T02-W' is zelf al een strengere eis. Noem de eis van de regio.",
    )
    circle = {"requirements.+": second, "requirements.T02-W.stricter_than": "W2"}
    told = [text for _, text in problems("open_house", circle)]
    assert "'W2' is zelf al een strengere eis. Noem de eis van de regio." in told
    assert "'T02-W' is zelf al een strengere eis. Noem de eis van de regio." in told


def test_a_choice_that_accepts_more_is_told() -> None:
    changes = threshold("V01", text="x", settings={"accepted": ["home", "online"]})

    assert problems("open_house", changes | {"requirements.V01.settings.accepted": ["home"]}) == [
        (("requirements", 3, "settings", "accepted"), CHOICE + "'accepted' laat ook online toe.")
    ]


def test_a_threshold_whose_products_all_lie_outside_the_lots_it_takes_over_is_told() -> None:
    outside = threshold("T02", settings={"minimum": 6}, municipalities=GONE, products=["45A12"])
    base = {"requirements.T01.products": ["02A16", "45A12"]}

    message = "Geen product van deze eis hoort bij de percelen van deze eis."
    assert problems("open_house", outside) == [
        (place(example("open_house", outside), "requirements.W1.products"), message)
    ]
    inside = threshold("T02", settings={"minimum": 6}, municipalities=GONE, products=["02A16"])
    assert problems("open_house", inside) == []
    assert problems("open_house", base) == []


def test_absent_months_are_told_once_also_with_a_threshold_that_takes_them_over() -> None:
    validity = {"kinds": ["kvk_extract"], "validity": {"rule": "issued_within", "reference": "closing"}}
    base = {"evidence": validity}

    assert measured("document", base, {"text": "x", "evidence": {"kinds": ["kvk_extract"], "at_least": 2}}) == [
        "Bij 'issued_within' hoort 'months': hoeveel maanden oud een stuk mag zijn."
    ]


# Help, topic and reuse

HELP = {"asked": "Uw reglement.", "takes": "een week", "days": 7}


def test_help_topic_and_reuse_are_read_filled_in_and_written_back_the_same() -> None:
    changes = {"requirements.T01.help": HELP, "requirements.T01.topic": "kwaliteit", "requirements.U01.reuse": False}
    written = example("open_house", changes)

    assert problems("open_house", changes) == []
    assert procedure_files.raw(procedure_writer.dump(written)) == written
    loaded = {one["code"]: one for one in procedure_files.loaded(written)["requirements"]}
    assert loaded["T01"]["help"] == {"why": "", "example": "", "where": "", "own_addition": False} | HELP
    assert (loaded["T01"]["reuse"], loaded["U01"]["reuse"], loaded["T02"]["help"]) == (True, False, {})


def test_a_threshold_takes_over_the_help_and_the_topic_of_the_region() -> None:
    changes = {"requirements.T02.help": HELP, "requirements.T02.topic": "ervaring"}

    own = procedure_files.loaded(example("open_house", changes))["requirements"][3]

    assert (own["help"]["days"], own["topic"]) == (7, "ervaring")


@pytest.mark.parametrize(
    ("path", "value", "wrong", "message"),
    [
        ("help", {"takes": "een week"}, "help", "Bij 'takes' hoort 'days': met hoeveel kalenderdagen"),
        ("help", {"days": -1}, "help.days", "ten minste 0"),
        ("help", {"days": "week"}, "help.days", "een geheel getal"),
        ("help", {"waarom": "Daarom."}, "help.waarom", "bestaat niet"),
        ("topic", "Twee Woorden", "topic", "kleine letters"),
        ("reuse", "nooit", "reuse", "true of false"),
    ],
)
def test_help_that_cannot_be_used_is_told_with_its_place(path: str, value: Any, wrong: str, message: str) -> None:
    changes = {f"requirements.T01.{path}": value}

    found = problems("open_house", changes)

    assert [one for one, _ in found] == [place(example("open_house", changes), f"requirements.T01.{wrong}")]
    assert message in found[0][1]

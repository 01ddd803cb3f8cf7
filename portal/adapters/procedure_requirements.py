"""The requirements: what each type needs, what proves it, when it is asked, and of which groups it is part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.adapters.procedure_draft import Codes, Draft, Place
from portal.adapters.procedure_stricter import effective, stricter
from portal.adapters.procedure_tree import Tree
from portal.domain.espd_criteria import CRITERIA
from portal.domain.evidence_rules import OF_KIND, Rule
from portal.terms import DOCUMENT_KINDS, REGISTERS, DocumentKind

SETTINGS: dict[str, frozenset[str]] = {
    "declaration": frozenset({"statement", "in_agreement"}),
    "yes_no": frozenset({"required_answer", "in_agreement"}),
    "text": frozenset({"min_length", "in_agreement"}),
    "number": frozenset({"minimum", "in_agreement"}),
    "document": frozenset({"in_agreement"}),
    "certificate": frozenset({"in_agreement"}),
    "reference": frozenset({"minimum", "in_agreement"}),
    "location": frozenset({"in_agreement"}),
    "choice": frozenset({"options", "accepted", "multiple", "in_agreement", "in_directory"}),
    "register": frozenset({"registers", "in_agreement"}),
    "smart": frozenset({"goals", "in_agreement"}),
}
_NEEDS_SETTING = {
    "yes_no": "required_answer",
    "number": "minimum",
    "choice": "options",
    "register": "registers",
    "smart": "goals",
}
_NEEDS_EVIDENCE = ("document", "certificate")
# Which way of working together brings a party with this role.
_FORM_OF_ROLE = {"partner": "combination", "subcontractor": "main_contractor", "member": "cooperative"}


def codes(draft: Draft) -> Codes:
    """Each requirement's code with the place of its block. Tells nothing: `check` does."""
    found = Codes()
    for place, _ in draft.blocks("requirements"):
        code = draft.text(*place, "code")
        found.is_doubtful = found.is_doubtful or not code or code in found or (*place, "code") in draft.misshapen
        if code:
            found.setdefault(code, place)
    return found


def check(draft: Draft, tree: Tree, municipalities: Codes) -> None:
    """Add every broken rule of the requirements and their groups to `draft.problems`."""
    codes = draft.unique("requirements")
    goals = draft.unique("goals")
    for place, written in draft.blocks("requirements"):
        _scope(draft, place, tree, municipalities)
        base_place = codes.get(draft.text(*place, "stricter_than"))
        base = draft.get(*base_place) if base_place else None
        if "stricter_than" in written:
            stricter(draft, place, base, tree, codes)
        requirement = effective(written, base if base is not written else None)
        _outside(draft, place, requirement, tree)
        _organisation(draft, place, requirement)
        _settings(draft, place, requirement, goals)
        _proof(draft, place, requirement)
        _espd(draft, place, requirement)
        _party(draft, place, requirement)
        _asked_when(draft, place, requirement, codes)
        _help(draft, place)
    draft.unique("groups")
    for place, group in draft.blocks("groups"):
        draft.all_known((*place, "requirements"), codes, "eis")
        members, least = group.get("requirements"), group.get("at_least")
        if isinstance(members, list) and isinstance(least, int) and least > len(members):
            message = f"Ten minste {least} kan niet: de groep telt {len(members)} eisen."
            draft.wrong((*place, "at_least"), message)


def _scope(draft: Draft, place: Place, tree: Tree, municipalities: Codes) -> None:
    draft.all_known((*place, "lots"), tree.lots, "perceelcode")
    draft.all_known((*place, "products"), tree.products, "productcode")
    draft.all_known((*place, "municipalities"), municipalities, "gemeentecode")


def _known(written: Any, codes: Codes) -> list[str]:
    return [one for one in written if isinstance(one, str) and one in codes] if isinstance(written, list) else []


def _outside(draft: Draft, place: Place, requirement: Mapping[str, Any], tree: Tree) -> None:
    """Of lots and products both must fit. What a threshold takes over may be more than fits, but not nothing."""
    lots, products = _known(requirement.get("lots"), tree.lots), _known(requirement.get("products"), tree.products)
    outside = [code for code in products if not tree.within(tree.products[code], lots)]
    if not lots or not outside:
        return
    written = draft.get(*place)
    if "lots" in written and "products" in written:
        for inner, code in draft.words(*place, "products"):
            if code in outside:
                draft.wrong(inner, f"Het product '{code}' hoort niet bij de percelen van deze eis.")
    elif outside == products:
        key = "products" if "products" in written else "lots"
        draft.wrong((*place, key), "Geen product van deze eis hoort bij de percelen van deze eis.")


def _organisation(draft: Draft, place: Place, requirement: Mapping[str, Any]) -> None:
    if requirement.get("applies_to") == "organisation" and "lots" in requirement:
        draft.wrong((*place, "applies_to"), "Een eis aan de organisatie noemt geen 'lots'.")


def _settings(draft: Draft, place: Place, requirement: Mapping[str, Any], goals: Codes) -> None:
    kind, settings = requirement.get("type"), requirement.get("settings", {})
    if not isinstance(kind, str) or kind not in SETTINGS or not isinstance(settings, dict):
        return
    there = (*place, "settings")
    for key in sorted(settings.keys() - SETTINGS[kind], key=str):
        if any(key in keys for keys in SETTINGS.values()):
            draft.wrong((*there, key), f"De instelling '{key}' hoort niet bij het type '{kind}'.")
    needed = _NEEDS_SETTING.get(kind)
    if needed and needed not in settings:
        draft.wrong((*place, "type"), f"Het type '{kind}' heeft in 'settings' een '{needed}' nodig.")
    options = Codes()
    for inner, _ in draft.blocks(*there, "options"):
        draft.remember(options, inner, "key")
    if kind == "choice":
        draft.all_known((*there, "accepted"), options or _keys(settings), "keuze")
    draft.all_known((*there, "registers"), REGISTERS, "registersleutel")
    draft.all_known((*there, "goals"), goals, "doelcode")


def _keys(settings: Mapping[str, Any]) -> list[str]:
    """The keys of the options of a choice, also of one that takes them from another requirement."""
    options = settings.get("options")
    keys = [option.get("key") for option in options if isinstance(option, dict)] if isinstance(options, list) else []
    return [key for key in keys if isinstance(key, str)]


def _proof(draft: Draft, place: Place, requirement: Mapping[str, Any]) -> None:
    if requirement.get("type") in _NEEDS_EVIDENCE and not requirement.get("evidence"):
        draft.wrong((*place, "type"), "Bij dit type hoort 'evidence': welke stukken de eis bewijzen.")
    if requirement.get("equivalent_allowed") is True and not requirement.get("evidence"):
        draft.wrong((*place, "equivalent_allowed"), "Gelijkwaardig kan alleen bij een eis met 'evidence'.")
    evidence = requirement.get("evidence")
    if isinstance(evidence, dict) and draft.get(*place, "evidence") is not None:
        _evidence(draft, (*place, "evidence"), evidence)


def _espd(draft: Draft, place: Place, requirement: Mapping[str, Any]) -> None:
    """Grounds for exclusion and criteria for selection do not mix: the good answer to one is the bad one to another."""
    kinds = set()
    for inner, code in draft.words(*place, "espd"):
        if draft.known(inner, CRITERIA, "UEA-criterium"):
            kinds.add(CRITERIA[code].kind)
    if len(kinds) == 2 or (kinds and (requirement.get("kind") == "exclusion") is not ("exclusion" in kinds)):
        message = "Een uitsluitingsgrond van het UEA hoort bij een eis van de soort 'exclusion', en alleen daarbij."
        draft.wrong((*place, "espd"), message)
    if kinds and requirement.get("type") == "smart":
        draft.wrong((*place, "espd"), "Een SMART-afspraak staat niet in een UEA.")


def _evidence(draft: Draft, place: Place, evidence: Mapping[str, Any]) -> None:
    kinds = []
    for inner, key in draft.words(*place, "kinds"):
        if not draft.known(inner, DOCUMENT_KINDS, "soort document"):
            continue
        if DOCUMENT_KINDS[key].is_integrity:
            draft.wrong(inner, f"'{key}' hoort bij 'integrity': beoordelaars mogen dit stuk niet zien.")
        kinds.append((inner, key, DOCUMENT_KINDS[key]))
    validity = evidence.get("validity")
    if not isinstance(validity, dict):
        return
    rule, reference = validity.get("rule"), validity.get("reference")
    if rule == "issued_within" and "months" not in validity and draft.get(*place, "validity") is not None:
        draft.wrong((*place, "validity"), "Bij 'issued_within' hoort 'months': hoeveel maanden oud een stuk mag zijn.")
    if rule != "issued_within" and "months" in validity and draft.get(*place, "validity") is not None:
        draft.wrong((*place, "validity"), "'months' hoort bij 'issued_within', en alleen daarbij.")
    if rule != "issued_within" and reference == "employment_start" and draft.get(*place, "validity") is not None:
        draft.wrong((*place, "validity"), "'employment_start' hoort bij 'issued_within', en alleen daarbij.")
    for inner, key, kind in kinds:
        usual = OF_KIND[key].rule if key in OF_KIND else None
        if (missing := _untestable(rule, reference, kind, usual)) is not None:
            asked, word = missing
            draft.wrong(inner, f"Van '{key}' vragen wij geen {asked}: '{word}' is niet te toetsen.")


def _untestable(rule: Any, reference: Any, kind: DocumentKind, usual: Rule | None) -> tuple[str, str] | None:
    """The day that a rule needs and this kind of document does not have, and the word that needs it."""
    if rule == "valid_on" and not kind.has_term:
        return "einddatum", rule
    if rule == "issued_within" and not (kind.has_issue_date or kind.has_term):
        return "datum", rule
    if rule == "latest_year" and (usual is None or usual.name != "latest_year"):
        return "boekjaar", rule
    if reference == "employment_start" and (usual is None or usual.reference != "employment_start"):
        return "eerste werkdag", reference
    return None


def _party(draft: Draft, place: Place, requirement: Mapping[str, Any]) -> None:
    """Parties are asked only where the procedure says who may work together, and only in roles it admits."""
    if requirement.get("applies_to") != "party":
        if "parties" in requirement:
            draft.wrong((*place, "parties"), "'parties' hoort bij 'applies_to: party', en alleen daarbij.")
        return
    if not isinstance(draft.get("parties"), dict):
        message = "Een eis aan elke partij kan alleen als 'parties' zegt wie samen mogen meedoen."
        draft.wrong((*place, "applies_to"), message)
        return
    forms = [form for _, form in draft.words("parties", "forms")]
    for inner, role in draft.words(*place, "parties"):
        form = _FORM_OF_ROLE.get(role)
        if form and form not in forms:
            draft.wrong(inner, f"De rol '{role}' komt niet voor: '{form}' staat niet bij 'forms' van 'parties'.")
        if role == "third_party" and draft.get("parties", "reliance") is False:
            draft.wrong(inner, "De rol 'third_party' komt niet voor: een beroep op derden ('reliance') mag niet.")


def _asked_when(draft: Draft, place: Place, requirement: Mapping[str, Any], codes: Codes) -> None:
    there = (*place, "asked_when")
    if not isinstance(draft.get(*there), dict) or not draft.known((*there, "requirement"), codes, "eis"):
        return
    code = draft.text(*there, "requirement")
    other = codes[code]
    if other[-1] >= place[-1]:  # type: ignore[operator]  # both are numbers in the same list
        draft.wrong((*there, "requirement"), f"De vraag '{code}' staat niet eerder: zet die boven deze eis.")
        return
    question = _with_base(draft, other, codes)
    kind, settings = question.get("type"), question.get("settings", {})
    if kind not in ("yes_no", "choice"):
        draft.wrong((*there, "requirement"), f"'{code}' is geen vraag met vaste antwoorden ('yes_no' of 'choice').")
        return
    if requirement.get("applies_to") == "organisation" and question.get("applies_to") == "lot":
        message = f"'{code}' wordt per perceel beantwoord; een eis aan de organisatie kan daar niet van afhangen."
        draft.wrong((*there, "requirement"), message)
    answers = ["yes", "no"] if kind == "yes_no" else _keys(settings if isinstance(settings, dict) else {})
    answer = draft.text(*there, "answer")
    if answer and answer not in answers:
        message = f"Het antwoord '{answer}' bestaat niet bij '{code}'. Kies uit: {', '.join(answers)}."
        draft.wrong((*there, "answer"), message)


def _help(draft: Draft, place: Place) -> None:
    """How long something takes is told in words and in days: lists are sorted by the days."""
    there = (*place, "help")
    written = draft.get(*there)
    if isinstance(written, dict) and "takes" in written and "days" not in written:
        draft.wrong(there, "Bij 'takes' hoort 'days': met hoeveel kalenderdagen iemand moet rekenen.")


def _with_base(draft: Draft, place: Place, codes: Codes) -> Mapping[str, Any]:
    written = draft.get(*place)
    base = codes.get(draft.text(*place, "stricter_than"))
    return effective(written, draft.get(*base) if base and base != place else None)

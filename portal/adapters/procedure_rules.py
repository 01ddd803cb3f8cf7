"""What a procedure keeps to beside its schema: what its kind allows, and everything that crosses keys.

Each subject has a module: `procedure_tree` (lots, products, money), `procedure_requirements`, `procedure_stricter`,
`procedure_coverage`, `procedure_award` and `procedure_moments` (days, rounds, consultations). Here stand the kinds,
and who calls whom.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from portal.adapters import (
    bibob_forms,
    procedure_award,
    procedure_coverage,
    procedure_moments,
    procedure_requirements,
    procedure_tree,
)
from portal.adapters.procedure_draft import Draft, Place
from portal.terms import DOCUMENT_KINDS, LEGAL_FORMS

_ROOT = Path(__file__).parents[2]
_ADMISSION = (
    "agreement",
    "terms",
    "rounds",
    "lots",
    "coverage",
    "tariff_reasoning",
    "requirements",
    "letters",
)


@dataclass(frozen=True)
class KindRules:
    """What a kind of procedure is called in an error, which blocks it needs, and whether it compares offers."""

    word: str
    needs: tuple[str, ...]
    compares: bool = False


KINDS: dict[str, KindRules] = {
    "open_house": KindRules("toelatingsprocedure", _ADMISSION),
    "framework": KindRules("raamovereenkomst met instroom", _ADMISSION),
    "tender": KindRules("aanbesteding", (*_ADMISSION, "award"), compares=True),
    "consultation": KindRules("marktconsultatie", ("consultations",)),
}
# A tender lets whoever lost go to court before the agreement is signed (Aanbestedingswet 2012, art. 2.127).
SHORTEST_STANDSTILL_DAYS = 20

# An open house admits everyone who meets the requirements. A field that compares applicants, counts them or
# spreads turnover would make it a public contract (CJEU C-410/14 Falk Pharma, C-9/17 Tirkkonen).
_COMPARISON = re.compile(
    r"(^|_)(scor\w*|weight\w*|weging|rank\w*|rang(orde)?|points?|punten|shortlist|award\w*|gunning\w*|preference"
    r"|quota|ceiling|budgets?|max(imum)?_(providers|agreements|applicants)|number_of_(providers|agreements))($|_)"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")


@cache
def templates() -> tuple[str, ...]:
    """The texts an agreement can be drawn up from, as '<template>-<version>'. The one for bridging is no such text."""
    found = (path.stem for path in (_ROOT / "templates" / "pdf").glob("*-*.html"))
    return tuple(sorted(name for name in found if re.fullmatch(r"(?!overbrugging-)[a-z_-]+-[0-9]+", name)))


@cache
def themes() -> tuple[str, ...]:
    """The looks that were built, by name."""
    built = (_ROOT / "static" / "dist").glob("theme-*.css")
    return tuple(sorted(path.stem.removeprefix("theme-") for path in built))


def is_comparison(key: str) -> bool:
    """Whether a field of this name would compare applicants or limit their number."""
    return _COMPARISON.search(key.lower()) is not None


def refuses_comparison(draft: Draft, key: str) -> bool:
    """Whether `key` is refused because this kind of procedure compares nobody."""
    kind = KINDS.get(draft.text("kind"))
    return kind is not None and not kind.compares and is_comparison(key)


def check(draft: Draft) -> None:
    """Add every broken rule to `draft.problems`."""
    if not isinstance(draft.data, dict):
        return
    _walk(draft, (), draft.data)
    _kind(draft)
    municipalities = draft.unique("authority", "municipalities")
    tree = procedure_tree.check(draft, municipalities)
    procedure_requirements.check(draft, tree, municipalities)
    procedure_coverage.check(draft, tree, municipalities)
    procedure_award.check(draft, tree)
    procedure_moments.check(draft)
    _published(draft)
    draft.all_known(("parties", "legal_forms"), LEGAL_FORMS, "rechtsvorm")
    draft.all_known(("outflow", "products"), tree.products, "productcode")
    _integrity(draft)
    _contract_management(draft)
    for inner, conversion in draft.blocks("conversions"):
        if isinstance(conversion.get("new"), list):
            for there, _ in draft.words(*inner, "new"):
                tree.either(draft, there)


def _walk(draft: Draft, place: Place, value: Any) -> None:
    """Every key and every text, wherever it stands."""
    parts: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    elif isinstance(value, str) and _CONTROL.search(value):
        draft.wrong(place, f"{draft.name(place)} bevat een teken dat niet te lezen is.")
    for key, part in parts:
        if isinstance(key, str) and refuses_comparison(draft, key):
            kind = draft.text("kind")
            draft.refuse(
                (*place, key),
                f"De sleutel '{key}' kan niet: een {KINDS[kind].word} ({kind}) vergelijkt aanbieders"
                " niet en begrenst hun aantal of omzet niet.",
            )
        _walk(draft, (*place, key), part)


def _kind(draft: Draft) -> None:
    name = draft.text("kind")
    kind = KINDS.get(name)
    if kind is None:
        return
    for key in kind.needs:
        if key not in draft.data:
            draft.wrong((), f"Het bestand: de sleutel '{key}' ontbreekt. Een {kind.word} ({name}) heeft die nodig.")
    if "consultations" in kind.needs and draft.get("consultations") == []:
        draft.wrong(("consultations",), f"Een {kind.word} ({name}) heeft ten minste één consultatie.")
    volume = draft.text("agreement", "volume")
    if not kind.compares and volume in procedure_tree.DIVIDED:
        draft.wrong(("agreement", "volume"), f"Een {kind.word} ({name}) belooft geen volume: alleen 'none' kan.")
    rounds = draft.get("terms", "remedy_rounds")
    if draft.text("terms", "remedy_excluded") and isinstance(rounds, int) and rounds > 0:
        message = "Herstel is hier uitgesloten, maar 'remedy_rounds' is niet 0. Maak er 0 van, of laat de tekst weg."
        draft.wrong(("terms", "remedy_excluded"), message)
    days = draft.get("terms", "standstill_days")
    if kind.compares and isinstance(days, int) and days < SHORTEST_STANDSTILL_DAYS:
        draft.wrong(
            ("terms", "standstill_days"),
            f"Bij een aanbesteding is de opschortende termijn ten minste {SHORTEST_STANDSTILL_DAYS} dagen.",
        )


def _published(draft: Draft) -> None:
    """What the portal draws with: the text of the agreement and the look of the pages."""
    draft.known(("authority", "theme"), themes(), "vormgeving")
    name, version = draft.text("agreement", "template"), draft.get("agreement", "template_version")
    if name and isinstance(version, int) and f"{name}-{version}" not in templates():
        message = f"De modeltekst '{name}' met versie {version} bestaat niet. Bekend: {', '.join(templates())}."
        draft.wrong(("agreement", "template"), message)


def _integrity(draft: Draft) -> None:
    place = ("integrity", "document")
    kind = draft.get(*place)
    if draft.known(place, DOCUMENT_KINDS, "soort document") and not DOCUMENT_KINDS[kind].is_integrity:
        draft.wrong(place, f"'{kind}' wordt niet verzegeld bewaard en kan geen stuk van de integriteitstoets zijn.")
    _questionnaire(draft)


def _questionnaire(draft: Draft) -> None:
    """Only questions of an official model, and not where a submission with its draft goes into a vault."""
    place = ("integrity", "questionnaire")
    name, kind = draft.text(*place), KINDS.get(draft.text("kind"))
    if not name:
        if draft.get("integrity", "questions"):
            draft.wrong(("integrity", "questions"), "Kies ook uit welk model deze vragen komen ('questionnaire').")
        return
    if kind is not None and kind.compares:
        draft.wrong(place, "Waar inschrijvingen in een kluis liggen, kan het vragenformulier alleen geüpload worden.")
    elif draft.known(place, bibob_forms.models(), "vragenlijst"):
        draft.all_known(("integrity", "questions"), bibob_forms.model(name).codes, "vraag uit het officiële model")


def _contract_management(draft: Draft) -> None:
    about = "contract_management"
    for key in (
        "quarterly_topics",
        "access_topics",
        "pillars",
        "handover",
        "evaluation_topics",
        "indicators",
        "risks",
    ):
        draft.unique(about, key)
    if draft.get(about, "yearly_recheck") is not None:
        draft.all_known((about, "yearly_recheck"), procedure_requirements.codes(draft), "eis")

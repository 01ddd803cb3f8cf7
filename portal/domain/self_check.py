"""The anonymous self-check: the requirements as knock-out questions, for some lots and municipalities.

It says where somebody would get stuck and what can be done about it. It gives no score, no order and no verdict, keeps
nothing, and has no legal effect: only a decision has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.domain import audit, carrying, matching, requirement_help, requirements
from portal.domain.applications import answer_at, require_editable
from portal.domain.requirement_types import Place
from portal.models import Answer, Application, Product, Requirement, Round, User
from portal.terms import N_

YES, NO, LATER, EQUIVALENT = "yes", "no", "later", "equivalent"

_HAVE = ((YES, N_("Ja, dat hebben wij")), (LATER, N_("Nog niet, wij kunnen het krijgen")), (NO, N_("Nee")))
_PLAIN = ((YES, N_("Ja")), (NO, N_("Nee")))
OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "declaration": ((YES, N_("Ja, dat kunnen wij verklaren")), (NO, N_("Nee"))),
    "yes_no": _PLAIN,
    "reference": _PLAIN,
    "document": _HAVE,
    "certificate": _HAVE,
    "register": _HAVE,
    "location": _HAVE,
}
"""Answers per type of requirement. A number and a choice have their own; what is written freely is no question."""

SHARED = frozenset({"reference", "certificate", "number", "location", "register"})
"""What somebody who works along may bring in."""
WRITTEN = frozenset({"text", "smart"})


@dataclass(frozen=True)
class Question:
    """One requirement as a question. `options` (key, label) is empty for a number; `many`: several may be chosen."""

    requirement: Requirement
    options: tuple[tuple[str, str], ...]
    many: bool = False

    @property
    def code(self) -> str:
        return self.requirement.code


@dataclass(frozen=True)
class Remark:
    """What is to be said about one question: its requirement, and what can be done (message, facts)."""

    requirement: Requirement
    advice: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass
class Outcome:
    """Where one would get stuck, what wants attention, what was not answered, and what seems to fit."""

    stuck: list[Remark] = field(default_factory=list)
    attention: list[Remark] = field(default_factory=list)
    unanswered: list[Remark] = field(default_factory=list)
    fits: list[Remark] = field(default_factory=list)


Answers = Mapping[str, tuple[str, ...]]
"""By the code of a requirement: the keys that were chosen, or the number as text."""


def asked(round_: Round, lots: Iterable[str], towns: Iterable[str]) -> list[Requirement]:
    """The requirements that count for some products of these lots (codes) in one of these municipalities (codes)."""
    wanted, places = set(lots), set(towns)
    cells: list[tuple[Product, str]] = [
        (product, cell.municipality.code)
        for lot in round_.lots
        if lot.code in wanted
        for product in lot.products
        for cell in product.coverage
        if cell.municipality.code in places and requirements.is_offered(round_, product, cell)
    ]
    return [
        one
        for one in round_.requirements
        if any(requirements.concerns(one, product, municipality) for product, municipality in cells)
        and "lead" in (one.settings.get("parties") or ["lead"])
    ]


def questions(found: Iterable[Requirement]) -> list[Question]:
    """The ones with an answer that can be right or wrong, in published order."""
    result = []
    for one in found:
        if one.type in WRITTEN:
            continue
        options = OPTIONS.get(one.type, ())
        if one.type == "certificate" and one.equivalent_allowed:
            options = (*options[:1], (EQUIVALENT, N_("Wij hebben iets gelijkwaardigs")), *options[1:])
        elif one.type == "choice":
            options = tuple((each["key"], each["label"]) for each in one.settings["options"])
        result.append(Question(one, options, bool(one.settings.get("multiple"))))
    return result


def is_skipped(question: Question, answers: Answers) -> bool:
    """It is only asked after another answer than was given."""
    condition = question.requirement.settings.get("asked_when")
    return condition is not None and condition["answer"] not in answers.get(condition["requirement"], ())


def outcome(round_: Round, asked_: list[Question], answers: Answers, days_left: int | None) -> Outcome:
    """What the answers come to. `days_left` until the closing; None when no closing is known."""
    result = Outcome()
    goals: dict[str, list[Remark]] = {
        "stuck": result.stuck, "attention": result.attention, "unanswered": result.unanswered, "fits": result.fits,
    }  # fmt: skip
    spared = _spared(round_, asked_, answers)
    for question in asked_:
        if is_skipped(question, answers):
            continue
        standing = _standing(question, answers.get(question.code, ()))
        if standing == "stuck" and question.code in spared:
            standing = "attention"
        advice = _ADVICE[standing](question, round_, answers.get(question.code, ()), days_left)
        goals[standing].append(Remark(question.requirement, tuple(advice)))
    return result


def _standing(question: Question, given: tuple[str, ...]) -> str:
    requirement = question.requirement
    settings, first = requirement.settings, given[0] if given else ""
    if not first:
        return "unanswered"
    if requirement.type == "number":
        if not first.isdigit():
            return "unanswered"
        return "fits" if int(first) >= int(settings.get("minimum", 0)) else "stuck"
    if requirement.type == "choice":
        accepted = settings.get("accepted") or [key for key, _ in question.options]
        return "fits" if set(given) <= set(accepted) else "stuck"
    if requirement.type == "yes_no":
        return "fits" if first == settings.get("required_answer", YES) else "stuck"
    return {YES: "fits", NO: "stuck"}.get(first, "attention")


def _spared(round_: Round, asked_: list[Question], answers: Answers) -> set[str]:
    """Members of a group of which enough others seem to fit."""
    spared: set[str] = set()
    for group in round_.settings.get("groups", []):
        members = [one for one in asked_ if one.code in group["requirements"]]
        met = [one for one in members if _standing(one, answers.get(one.code, ())) in {"fits", "attention"}]
        if members and len(met) >= min(int(group["at_least"]), len(members)):
            spared |= {one.code for one in members}
    return spared


Remedy = tuple[str, Mapping[str, Any]]
Advice = list[Remedy]


def _nothing(question: Question, round_: Round, given: tuple[str, ...], days_left: int | None) -> Advice:
    return []


def _when_stuck(question: Question, round_: Round, given: tuple[str, ...], days_left: int | None) -> Advice:
    requirement, found = question.requirement, list[Remedy]()
    if requirement.type == "number":
        text = N_("De eis is minstens %(minimum)s. U vulde %(number)s in.")
        found.append((text, {"minimum": requirement.settings.get("minimum", 0), "number": given[0]}))
    if requirement.municipality_codes:
        towns = [one.name for one in requirement.authority.municipalities if one.code in requirement.municipality_codes]
        text = N_("Dit geldt alleen voor keuzes in %(places)s. Kiest u daar niets, dan geldt deze eis niet.")
        found.append((text, {"places": ", ".join(sorted(towns))}))
    if requirement.lot_codes:
        text = N_("Dit geldt alleen voor perceel %(lots)s. Een ander perceel kan wel passen.")
        found.append((text, {"lots": ", ".join(requirement.lot_codes)}))
    if requirement.equivalent_allowed:
        found.append((N_("Een gelijkwaardig bewijs mag ook, als u uitlegt waarom het hetzelfde aantoont."), {}))
    if requirement.type in SHARED and requirements.admitted_roles(round_):
        found.append((N_("U mag samenwerken met anderen of een beroep op hen doen. Lees bij wie dat kan."), {}))
    help_ = requirement_help.for_requirement(requirement)
    if help_.takes and help_.days and requirement.kind != "exclusion":
        found.append((N_("Het alsnog krijgen duurt meestal: %(takes)s."), {"takes": help_.takes}))
    if requirement.kind == "exclusion":
        found.append((N_("Twijfelt u of dit voor u geldt? Vraag het de regio voordat u zich aanmeldt."), {}))
    return found or [(N_("Lees de hele eis. Stel een vraag aan de regio als u denkt dat u toch kunt voldoen."), {})]


def _when_doubtful(question: Question, round_: Round, given: tuple[str, ...], days_left: int | None) -> Advice:
    if EQUIVALENT in given:
        return [(N_("Leg in uw aanmelding uit waarom uw bewijs hetzelfde aantoont."), {})]
    help_ = requirement_help.for_requirement(question.requirement)
    found: Advice = []
    if help_.where:
        found.append((N_("Waar: %(where)s"), {"where": help_.where}))
    if help_.takes:
        found.append((N_("Hoe lang: %(takes)s."), {"takes": help_.takes}))
    if days_left is not None and (help_.days or 0) > days_left:
        text = N_("De ronde sluit over %(days)s dagen. Begin vandaag, of reken op een latere ronde.")
        found.append((text, {"days": days_left}))
    if NO in given:
        found.append((N_("U voldoet aan genoeg andere eisen uit deze groep."), {}))
    return found


_ADVICE: dict[str, Callable[[Question, Round, tuple[str, ...], int | None], Advice]] = {
    "stuck": _when_stuck,
    "attention": _when_doubtful,
    "unanswered": _nothing,
    "fits": _nothing,
}


def take_over(application: Application, answers: Answers, actor: User, now: datetime) -> int:
    """Put answers of the self-check in a draft, each marked to be checked; gives at how many places.

    What stands there already is left alone; what the procedure wants answered anew is not filled in, nor is what a
    plain yes cannot answer (a document, a location, clients per product).
    """
    require_editable(application, actor, now)
    keys = []
    for place in requirements.places(application, every=True):
        found = _value(place, answers.get(place.requirement.code, ()))
        if found is None or place.party is not None or answer_at(application, place) is not None:
            continue
        value, is_equivalent = found
        application.answers.append(
            Answer(
                authority_id=application.authority_id,
                requirement=place.requirement,
                requirement_id=place.requirement.id,
                lot=place.lot,
                lot_id=place.lot_id,
                value=value,
                is_equivalent=is_equivalent,
                argument="",
                version=1,
                saved_at=now,
                saved_by=actor,
                saved_by_id=actor.id,
            )
        )
        keys.append(place.key)
    if keys:
        carrying.mark(application, None, keys, actor, now)
        application.saved_at = now
        audit.record_draft(application, "take_self_check", actor, now, places=len(keys))
    return len(keys)


def _value(place: Place, given: tuple[str, ...]) -> tuple[dict[str, Any], bool] | None:
    """The answer at a place that follows from the self-check, and whether it is about equivalent proof."""
    requirement = place.requirement
    if not given or not matching.may_be_reused(requirement):
        return None
    match requirement.type:
        case "declaration":
            return ({"agreed": True}, False) if given == (YES,) else None
        case "yes_no":
            return ({"answer": given[0]}, False)
        case "number":
            return ({"number": int(given[0])}, False) if given[0].isdigit() else None
        case "choice":
            known = [one["key"] for one in requirement.settings["options"]]
            return ({"choices": [key for key in known if key in given]}, False)
        case "certificate":
            return ({"note": ""}, True) if EQUIVALENT in given else None
    return None

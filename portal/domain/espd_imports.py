"""Taking a UEA (ESPD) over in a draft: what is recognised fills what is still empty, the rest is listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.domain import applications, audit, requirements
from portal.domain.espd import (
    DESCRIPTION,
    INDICATOR,
    QUANTITY,
    TOGETHER,
    YOUR_ANSWER,
    Espd,
    Item,
    Operator,
    Stated,
    Value,
    criteria_of,
    require_filled_here,
)  # fmt: skip
from portal.domain.espd_criteria import CRITERIA
from portal.domain.requirements import Place
from portal.errors import Refused
from portal.models import Application, Document, EspdImport, Party, User
from portal.terms import N_


@dataclass
class Taking:
    """What became of each part of an imported document, in Dutch words for people."""

    filled: dict[str, int] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    unknown: list[dict[str, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def take_over(
    application: Application,
    actor: User,
    espd: Espd,
    documents: Sequence[Document],
    now: datetime,
    *,
    filename: str,
    sha256: str,
) -> EspdImport:
    """Fill what is still empty from an ESPD. What is there already stays; what is not understood is listed.

    `documents` are those of the vault: one that the ESPD names by its SHA-256 is used as evidence again. The same file
    taken over twice is noted once, with what it left alone the last time. Every place that was filled is marked until
    somebody saves it.
    """
    applications.require_editable(application, actor, now)
    places = [place for place in requirements.places(application) if criteria_of(place)]
    party, taking = _whose(application, espd), Taking()
    require_filled_here(party)
    if party is None and espd.operator.kvk_number != application.organisation.kvk_number:
        taking.doubts.append(_other_organisation(espd.operator))
    own = [place for place in places if place.party is party]
    by_hash = {one.sha256: one for one in documents}
    used: set[int] = set()
    for place in own:
        found = _for_place(application, place, espd.stated)
        used |= {id(one) for one in found}
        if found:
            _fill(application, actor, place, found, by_hash, taking, now)
    alone = [one for one in espd.stated if one.code in TOGETHER and _answer(one) is False]
    taking.unknown += [_listed(one) for one in espd.stated if id(one) not in used and one.items and one not in alone]
    missing = [code for code in espd.lots if code not in {lot.code for lot in application.round.lots}]
    if missing and espd.procedure == application.round.procedure.slug:
        taking.doubts.append(f"Perceel {', '.join(missing)} uit het UEA bestaat hier niet.")
    made = next((one for one in application.espd_imports if one.sha256 == sha256), None)
    if made is None:
        made = EspdImport(authority_id=application.authority_id, filename=filename, sha256=sha256, places={})
        application.espd_imports.append(made)
    made.operator_name = espd.operator.name[:200]
    made.places = {**made.places, **taking.filled}
    made.kept = [title for key, title in taking.kept.items() if not _is_from(application, made, key)]
    made.unknown, made.doubts = taking.unknown, taking.doubts
    made.imported_at, made.imported_by, made.imported_by_id = now, actor, actor.id
    application.saved_at = now
    audit.record_draft(application, "take_over_espd", actor, now, filled=len(taking.filled), sha256=sha256)
    return made


def undo(application: Application, actor: User, taken: EspdImport, now: datetime) -> int:
    """Take away the answers that came from an ESPD and that nobody saved since; how many those were."""
    applications.require_editable(application, actor, now)
    if taken not in application.espd_imports:
        raise Refused(N_("Dit UEA is hier niet overgenomen."))
    gone = [one for one in application.answers if taken.places.get(_key_of(application, one.spot)) == one.version]
    for one in gone:
        application.answers.remove(one)
    application.espd_imports.remove(taken)
    application.saved_at = now
    audit.record_draft(application, "undo_espd", actor, now, answers=len(gone))
    return len(gone)


def _key_of(application: Application, spot: Any) -> str:
    return next((place.key for place in requirements.places(application) if place.spot == spot), "")


def _is_from(application: Application, taken: EspdImport, key: str) -> bool:
    """Whether the answer at this place came from this import, and nobody saved it since."""
    found = next((one for one in application.answers if _key_of(application, one.spot) == key), None)
    return found is not None and taken.places.get(key) == found.version


def _whose(application: Application, espd: Espd) -> Party | None:
    """The party that the document is of, by its number in the trade register; None: the applicant itself."""
    if espd.operator.kvk_number == application.organisation.kvk_number:
        return None
    return next((one for one in application.parties if one.kvk_number == espd.operator.kvk_number), None)


def _other_organisation(operator: Operator) -> str:
    number = f" (KvK {operator.kvk_number})" if operator.kvk_number else " (zonder KvK-nummer)"
    return f"Dit UEA is van {operator.name or 'een organisatie zonder naam'}{number}, niet van uw organisatie."


def _for_place(application: Application, place: Place, stated: Iterable[Stated]) -> list[Stated]:
    """What the document says about a place: by the place itself in a file of ours, else by the criterion."""
    codes, own = criteria_of(place), f"{application.round.procedure.slug}/{place.key}"
    exact = [one for one in stated if one.place == own and one.code in codes]
    if exact:
        return exact
    lot = place.lot.code if place.lot else None
    others = [one for one in stated if one.code in codes and not one.place.startswith(own.split("/")[0] + "/")]
    return [one for one in others if lot is None or not one.lots or lot in one.lots or one.lots == ("LOT-0000",)]


def _fill(
    application: Application,
    actor: User,
    place: Place,
    found: Sequence[Stated],
    by_hash: Mapping[str, Document],
    taking: Taking,
    now: datetime,
) -> None:
    for proof in {proof.sha256: proof for one in found for proof in one.proofs if proof.sha256 in by_hash}.values():
        document = by_hash[proof.sha256]
        if document.kind in place.requirement.evidence.get("kinds", []) or document.kind == "other":
            applications.attach_document(application, actor, place, document, now)
    if applications.answer_at(application, place) is not None:
        taking.kept[place.key] = f"{place.key} {place.requirement.title}"
        return
    applies = [CRITERIA[one.code].label for one in found if CRITERIA[one.code].is_exclusion and _answer(one) is True]
    if applies:
        named = ", ".join(applies).lower()
        taking.doubts.append(f"{place.key} {place.requirement.title}: volgens het UEA geldt voor u: {named}.")
        return
    silent = [code for code in criteria_of(place) if code not in {one.code for one in found if one.items}]
    if silent and any(CRITERIA[code].is_exclusion for code in silent):
        named = ", ".join(CRITERIA[code].label for code in silent).lower()
        taking.doubts.append(f"{place.key} {place.requirement.title}: het UEA zegt niets over {named}.")
        return
    form = _form(place, found[0])
    if form:
        applications.answer(application, actor, place, form, now, based_on=0)
        answer = applications.answer_at(application, place)
        taking.filled[place.key] = answer.version if answer else 0
    elif any(one.items for one in found):
        taking.unknown += [_listed(one) for one in found if one.items]


def _answer(one: Stated) -> bool | None:
    """The main yes or no of a criterion."""
    asked = [item for item in one.items if item.kind == INDICATOR]
    main = next((item for item in asked if item.label.lower().startswith(YOUR_ANSWER)), asked[0] if asked else None)
    return bool(main.value) if main else None


def _form(place: Place, one: Stated) -> dict[str, str]:
    """The answer as the form of this place would send it; empty when this says nothing that fits."""
    form, items = dict[str, str](), {item.key: item for item in one.items}
    answer = _answer(one)
    is_good = None if answer is None else answer is not CRITERIA[one.code].is_exclusion
    if place.requirement.type == "declaration":
        form |= {"agreed": "yes"} if is_good else {}
    elif place.requirement.type == "yes_no" and is_good is not None:
        wanted = place.requirement.settings.get("required_answer", "yes")
        form["answer"] = wanted if is_good else {"yes": "no", "no": "yes"}[wanted]
    elif one.place:
        form |= {_field(item): str(item.value) for item in one.items if "/" in item.key or item.kind != INDICATOR}
    else:
        form |= _plain_form(place.requirement.type, one)
    if place.requirement.equivalent_allowed and (argument := items.get("argument")):
        form |= {"is_equivalent": "yes", "argument": str(argument.value)}
    return form


def _field(item: Item) -> str:
    """The name of the field of a form that gives this leaf."""
    parts = item.key.split("/")
    match parts:
        case ["clients", product]:
            return f"clients-{product}"
        case ["choices", _]:
            return f"choice-{item.value}"
        case ["goals", goal, part]:
            return f"{part}-{goal}"
    return item.key


def _plain_form(type_: str, one: Stated) -> dict[str, str]:
    """What the file of another portal gives for a type of requirement: the first text, or the first number."""
    texts = [str(item.value) for item in one.items if item.kind == DESCRIPTION]
    numbers = [str(item.value) for item in one.items if item.kind == QUANTITY]
    if type_ == "text" and texts:
        return {"text": "\n".join(texts)}
    if type_ in ("document", "certificate") and texts:
        return {"note": "\n".join(texts)}
    return {"number": numbers[0]} if type_ == "number" and numbers else {}


def _listed(one: Stated) -> dict[str, str]:
    """A criterion that could not be taken over, for people to read."""
    criterion = CRITERIA.get(one.code)
    words = [f"{item.label}: {_spoken(item.value)}" for item in one.items]
    return {"code": one.code, "name": criterion.label if criterion else one.name, "answers": "; ".join(words)[:2000]}


def _spoken(value: Value) -> str:
    return {True: "ja", False: "nee"}[value] if isinstance(value, bool) else str(value)

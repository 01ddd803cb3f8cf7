"""The Uniform Europees Aanbestedingsdocument (UEA, ESPD) of an application. Taking one over is `espd_imports`.

Which requirement stands for which criterion is data (`espd` of a requirement). An answer travels as its leaves: each
has a key ('answer', 'clients/IB-BASIS'), a kind and a value. So our own file comes back as it went, and of the file of
another portal the plain answers are understood. How the file is written is `adapters.espd`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain import applications, requirements
from portal.domain.espd_criteria import CRITERIA
from portal.domain.requirements import Place
from portal.errors import Refused
from portal.models import Application, Organisation, Party, Submission
from portal.terms import N_

INDICATOR, QUANTITY, DESCRIPTION = "INDICATOR", "QUANTITY", "DESCRIPTION"

SOLE, LEAD = "sole-tenderer", "group-lead"
ROLES = {"partner": "group-mem", "member": "group-mem", "subcontractor": "subcont", "third_party": "oeron"}
"""The role of a party in the words of the EU authority table `eo-role-type` (20211208-0)."""

TOGETHER = frozenset({"eo-group", "relied", "subco-ent"})
"""The criteria about others that take part; here that is a page of its own."""

YOUR_ANSWER = ("your answer", "uw antwoord")

Value = bool | int | str


@dataclass(frozen=True)
class Item:
    """One leaf of an answer. `key` is where it is in the answer, `label` the question in words."""

    key: str
    label: str
    kind: str
    value: Value


@dataclass(frozen=True)
class Proof:
    """A document that is named as evidence; the file itself is not in an ESPD."""

    filename: str
    sha256: str
    number: str
    issuer: str
    issued_on: date | None = None


@dataclass(frozen=True)
class Stated:
    """One criterion with its answers. `place` is '<procedure>/<key>' of one of our places, else ''."""

    code: str
    name: str
    text: str
    items: tuple[Item, ...]
    lots: tuple[str, ...] = ()
    place: str = ""
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True)
class Operator:
    """The economic operator that the document is of."""

    name: str
    kvk_number: str
    role: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    phone: str = ""
    website: str = ""
    size: str = "sme"


@dataclass(frozen=True)
class Espd:
    """A whole response. `others` are those who take part as well, as 'name (KvK number, role)'."""

    number: str
    issued_at: datetime
    procedure: str
    title: str
    buyer: str
    operator: Operator
    lots: tuple[str, ...]
    stated: tuple[Stated, ...]
    group: str = ""
    others: tuple[tuple[str, str], ...] = ()


def criteria_of(place: Place) -> list[str]:
    """The criteria that the requirement at a place stands for."""
    return [str(one) for one in place.requirement.settings.get("espd", [])]


def is_offered(application: Application) -> bool:
    """Whether this procedure has anything that an ESPD speaks of."""
    return any(one.settings.get("espd") for one in application.round.requirements)


@dataclass(frozen=True)
class _Said:
    """What was answered at one place, in the draft or in what was submitted."""

    place: Place
    value: Mapping[str, Any]
    is_equivalent: bool
    argument: str
    proofs: tuple[Proof, ...]


def of_application(application: Application, party: Party | None, number: str, now: datetime) -> Espd:
    """What the applicant (or one of its parties) declared up to now in the draft."""
    require_filled_here(party)
    lots = tuple(lot.code for lot, _ in requirements.chosen_lots(application).values())
    return _made(application, party, number, now, lots, _in_draft(application))


def of_submission(submission: Submission, party: Party | None) -> Espd:
    """What the applicant (or one of its parties) declared in one submission. Not for one that lies sealed."""
    require_filled_here(party)
    application, content = submission.application, submission.content
    lots = tuple(sorted({str(one["lot"]) for one in content["selections"]}))
    said = _in_manifest(application, content)
    return _made(application, party, submission.receipt_number, submission.submitted_at, lots, said)


def require_filled_here(party: Party | None) -> None:
    """What a party filled in itself is its own to declare, and not for the lead to read."""
    if party is not None and party.own_parts:
        raise Refused(
            N_("%(party)s vult haar deel zelf in. Alleen zij kan haar UEA overnemen of meenemen."), party=party.name
        )


def _in_draft(application: Application) -> Iterator[_Said]:
    for place in requirements.places(application):
        answer, found = applications.answer_at(application, place), applications.evidence_at(application, place)
        proofs = tuple(
            Proof(one.filename, one.sha256, one.number, one.issuer, one.issued_on)
            for one in (used.document for used in found)
        )
        if answer is None:
            yield _Said(place, {}, False, "", proofs)
        else:
            yield _Said(place, answer.value, answer.is_equivalent, answer.argument, proofs)


def _in_manifest(application: Application, content: Mapping[str, Any]) -> Iterator[_Said]:
    asked = {one.id: one for one in application.round.requirements}
    lots = {one.id: one for one in application.round.lots}
    parties = {one.id: one for one in application.every_party}
    for one in content["answers"]:
        requirement = asked.get(one["requirement_id"])
        if requirement is None:
            continue
        place = Place(requirement, lots.get(one["lot_id"]), (), parties.get(one["party_id"]))
        proofs = tuple(
            Proof(file["filename"], file["sha256"], "", "")
            for file in content["files"]
            if (file["requirement"], file["lot"], file["party"]) == (one["requirement"], one["lot"], one["party"])
        )
        yield _Said(place, one["value"], one["is_equivalent"], one["argument"], proofs)


def _made(
    application: Application,
    party: Party | None,
    number: str,
    at: datetime,
    lots: tuple[str, ...],
    said: Iterable[_Said],
) -> Espd:
    procedure = application.round.procedure
    partners = [one for one in application.parties if one is not party]
    return Espd(
        number=number,
        issued_at=at,
        procedure=procedure.slug,
        title=f"{procedure.title}, {application.round.label}",
        buyer=application.authority.name,
        operator=_operator(application.organisation, party, bool(partners)),
        lots=lots,
        stated=tuple(one for each in said if each.place.party is party for one in _stated(procedure.slug, each, lots)),
        group=application.organisation.name if partners and party is None else "",
        others=tuple((ROLES[one.role], f"{one.name} (KvK {one.kvk_number})") for one in partners if party is None),
    )


def _operator(organisation: Organisation, party: Party | None, has_partners: bool) -> Operator:
    if party is not None:
        return Operator(party.name, party.kvk_number, ROLES[party.role], city=party.city)
    return Operator(
        name=organisation.name,
        kvk_number=organisation.kvk_number,
        role=LEAD if has_partners else SOLE,
        street=organisation.street,
        postal_code=organisation.postal_code,
        city=organisation.city,
        phone=organisation.phone,
        website=organisation.website,
    )


def _stated(slug: str, said: _Said, lots: tuple[str, ...]) -> Iterator[Stated]:
    place = said.place
    for code in criteria_of(place):
        yield Stated(
            code=code,
            name=CRITERIA[code].label,
            text=place.requirement.title,
            items=tuple(_items(place, said.value, said.is_equivalent, said.argument)),
            lots=(place.lot.code,) if place.lot else lots,
            place=f"{slug}/{place.key}",
            proofs=said.proofs,
        )


def _items(place: Place, value: Mapping[str, Any], is_equivalent: bool, argument: str) -> Iterator[Item]:
    applies = any(CRITERIA[code].is_exclusion for code in criteria_of(place))
    for key, leaf in _leaves(value, ""):
        if key in ("agreed", "answer"):
            good = leaf is True or (
                key == "answer" and leaf == place.requirement.settings.get("required_answer", "yes")
            )
            if good or leaf in ("yes", "no"):
                # A ground for exclusion asks whether it applies, where our declaration says that it does not.
                label = N_("Uw antwoord: is deze uitsluitingsgrond op u van toepassing?")
                yield Item(key, label if applies else N_("Uw antwoord: voldoet u?"), INDICATOR, good is not applies)
        elif isinstance(leaf, bool):
            yield Item(key, key, INDICATOR, leaf)
        elif isinstance(leaf, int):
            yield Item(key, key, QUANTITY, leaf)
        elif leaf:
            yield Item(key, key, DESCRIPTION, str(leaf))
    if is_equivalent:
        yield Item("is_equivalent", N_("Ik lever gelijkwaardig bewijs"), INDICATOR, True)
    if argument:
        yield Item("argument", N_("Waarom het gelijkwaardig is"), DESCRIPTION, argument)


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}/{name}".lstrip("/"))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{key}/{number}")
    elif value is not None:
        yield key, value


# Taking one over

"""The task list of one application: what is done, what is missing, and where to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from portal.domain import applications, offers, requirements
from portal.domain.offers import CriterionAt
from portal.domain.requirement_types import integrity_key
from portal.domain.requirements import Gap, Place
from portal.models import Application, Lot, Party
from portal.queries.applications import LastChange
from portal.terms import N_, PARTY_ROLES
from portal.web import languages, places
from portal.web.applying import place_url
from portal.web.languages import sentence


@dataclass(frozen=True)
class Task:
    """One line: a page to visit, and how far it is. `status` is a key of the `status` macro.

    `waits`: what is left to do here is for another organisation, so nobody is led to it.
    """

    name: str
    href: str
    status: str
    hint: str = ""
    status_text: str | None = None
    waits: bool = False


@dataclass(frozen=True)
class Group:
    """The tasks for the organisation, for one party or for one lot. `change`: where the choice behind it is made."""

    title: str
    hint: str
    change: str = ""
    tasks: list[Task] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.tasks)

    @property
    def done(self) -> int:
        return sum(task.status == "done" for task in self.tasks)

    @property
    def status(self) -> str:
        """The status of the whole group."""
        seen = {task.status for task in self.tasks}
        if seen <= {"done"}:
            return "done"
        if "action" in seen:
            return "action"
        return "not_started" if seen <= {"not_started"} else "started"


def gap_text(gap: Gap) -> str:
    """A gap in the visitor's language."""
    return sentence(gap.message, gap.facts)


def gap_label(gap: Gap) -> str:
    """A gap with the requirement it is about."""
    if gap.place is None:
        is_about = gap.step == "integrity" and gap.party is not None
        return f"{gap.party.name}: {gap_text(gap)}" if is_about else gap_text(gap)
    return f"{places.title(gap.place)}: {gap_text(gap)}"


def gap_url(application: Application, gap: Gap, **more: Any) -> str:
    """The page, and the spot on it, that mends a gap."""
    if gap.step == "offer":
        return url_for("apply.offer", application_id=application.id, key=gap.offer, **more)
    if gap.step == "choices":
        return url_for("apply.choices", application_id=application.id, **more)
    if gap.step == "own_part":
        return url_for("apply.party_part", application_id=application.id, party_id=gap.party.id, **more)
    if gap.step == "parties":
        return url_for("apply.parties", application_id=application.id, **more)
    files_first = gap.place is None or gap.place.requirement.type in {"document", "certificate"}
    return place_url(application, gap.place, gap.party, **more, _anchor="bewijs" if files_first else "invullen")


def links(application: Application, gaps: Iterable[Gap]) -> list[tuple[str, str]]:
    """Each gap with the page that mends it, from where one comes back to the check page."""
    return [(gap_label(gap), gap_url(application, gap, terug="indienen")) for gap in gaps]


def place_status(application: Application, place: Place | None, gaps: Sequence[Gap], party: Party | None = None) -> str:
    """How far one place is, from what is missing there."""
    if any(not gap.blocks for gap in gaps):
        return "action"
    if not gaps:
        return "done"
    answer = applications.answer_at(application, place) if place is not None else None
    touched = answer is not None or applications.evidence_at(application, place, party)
    return "started" if touched else "not_started"


def by_place(gaps: Iterable[Gap]) -> dict[str | None, list[Gap]]:
    """Gaps per place key; None is the integrity check of the applicant, 'integrity-P2' that of a party."""
    found: dict[str | None, list[Gap]] = {}
    for gap in gaps:
        if gap.step in {"requirement", "integrity"}:
            found.setdefault(spot_key(gap.place, gap.party), []).append(gap)
    return found


def spot_key(place: Place | None, party: Party | None) -> str | None:
    """How `by_place` names a place, or the integrity check of the applicant (None) or of a party."""
    if place is not None:
        return place.key
    return integrity_key(party) if party is not None else None


def place_task(application: Application, place: Place | None, gaps: Sequence[Gap], party: Party | None = None) -> Task:
    """The line of one place, or of the integrity check of the applicant or of `party`."""
    title = place.requirement.title if place else gettext("Integriteitstoets (Bibob)")
    code = f"{place.requirement.code} " if place else ""
    status = place_status(application, place, gaps, party)
    files = applications.evidence_at(application, place, party)
    hint = " ".join(places.notes(place.requirement, application.round)) if place else ""
    if status in {"action", "started"}:
        hint = gap_text(next((gap for gap in gaps if not gap.blocks), gaps[0]))
    elif status == "done" and files and not hint:
        hint = ngettext("%(num)s bestand", "%(num)s bestanden", len(files))
    return Task(f"{code}{title}", place_url(application, place, party), status, hint)


def _choices_task(application: Application) -> Task:
    lots = requirements.chosen_lots(application)
    hint = gettext("Kies voor welke producten en gemeenten u zich aanmeldt.")
    if lots:
        hint = ngettext("%(num)s perceel gekozen", "%(num)s percelen gekozen", len(lots))
    href = url_for("apply.choices", application_id=application.id)
    return Task(gettext("Percelen, producten en gemeenten"), href, "done" if lots else "not_started", hint)


def _parties_task(application: Application, gaps: Sequence[Gap]) -> Task:
    wrong = [gap for gap in gaps if gap.step == "parties"]
    if wrong:
        hint = gap_text(wrong[0])
    elif application.parties:
        hint = ", ".join(places.party_title(one) for one in application.parties)
    else:
        hint = gettext("U meldt zich alleen aan. Werkt u samen? Vul hier in met wie.")
    href = url_for("apply.parties", application_id=application.id)
    return Task(gettext("Met wie u samenwerkt"), href, "action" if wrong else "done", hint)


def lot_title(lot: Lot) -> str:
    return gettext("Perceel %(code)s %(name)s", code=lot.code, name=lot.name)


def lot_summary(application: Application, lot: Lot) -> str:
    """The chosen products of a lot, each with its municipalities."""
    chosen: dict[str, list[str]] = {}
    ordered = sorted(application.selections, key=lambda one: (one.product.position, one.municipality.name))
    for one in ordered:
        if one.product.lot_id == lot.id:
            chosen.setdefault(one.product.category or one.product.name, []).append(one.municipality.name)
    return "; ".join(f"{product}: {', '.join(names)}" for product, names in chosen.items())


def groups(application: Application, gaps: Sequence[Gap]) -> list[Group]:
    """The organisation's tasks, then those of each party and of each chosen lot."""
    found = by_place(gaps)
    everywhere = requirements.places(application)
    parties_task = _parties_task(application, gaps)
    common = Group(
        gettext("Uw organisatie"),
        gettext("Dit geldt voor alle percelen."),
        tasks=[_choices_task(application), parties_task],
    )
    if application.round.procedure.asks_integrity_check:
        gap = Gap(N_("Voeg het Bibob-vragenformulier toe."), {}, True, "integrity")
        missing = found.get(None, []) if applications.evidence_at(application, None) else [gap]
        common.tasks.append(place_task(application, None, missing))
    common.tasks.extend(
        place_task(application, place, found.get(place.key, []))
        for place in everywhere
        if place.lot is None and place.party is None
    )
    result = [common]
    for party in application.parties:
        tasks = _party_tasks(application, party, gaps)
        if tasks:
            role = gettext(PARTY_ROLES[party.role].label)
            result.append(Group(party.name, role, parties_task.href, tasks))
    choices = url_for("apply.choices", application_id=application.id)
    for lot, _ in requirements.chosen_lots(application).values():
        tasks = [
            place_task(application, place, found.get(place.key, []))
            for place in everywhere
            if place.lot is not None and place.lot.id == lot.id
        ]
        result.append(Group(lot_title(lot), lot_summary(application, lot), choices, tasks))
    offered = [_offer_task(application, place) for place in offers.criteria_at(application)]
    if offered:
        result.append(Group(gettext("Uw aanbod"), "", "", offered))
    return result


def _party_tasks(application: Application, party: Party, gaps: Sequence[Gap]) -> list[Task]:
    """What is to be done about one party: its places, or one line where it was asked to fill in its own part."""
    waiting = next((gap for gap in gaps if gap.step == "own_part" and gap.party is party), None)
    if party.own_part is not None or party.invitation is not None:
        href = url_for("apply.party_part", application_id=application.id, party_id=party.id)
        hint = gap_text(waiting) if waiting else gettext("Vult zelf in en is klaar.")
        name, status = gettext("Eigen deel van %(name)s", name=party.name), part_status(party, gaps)
        return [Task(name, href, status, hint, waits=waiting is not None)]
    return part_tasks(application, party, gaps)


def part_status(party: Party, gaps: Sequence[Gap]) -> str:
    """How far a party is that was asked to fill in its own part; `gaps` as the lead sees them."""
    waiting, part = any(gap.step == "own_part" and gap.party is party for gap in gaps), party.own_part
    if part is not None and part.is_ready:
        return "action" if waiting else "done"
    filled = [*party.application.answers, *party.application.evidence]
    return "started" if part is not None and any(one.party_id == party.id for one in filled) else "not_started"


def part_tasks(application: Application, party: Party, gaps: Sequence[Gap]) -> list[Task]:
    """The places about one party, its form of the integrity check first."""
    found = by_place(gaps)
    checks = [one for one in requirements.integrity_parties(application) if one is party]
    return [place_task(application, None, found.get(integrity_key(party), []), party) for _ in checks] + [
        place_task(application, place, found.get(place.key, []))
        for place in requirements.places(application)
        if place.party is party
    ]


def offer_status(application: Application, place: CriterionAt) -> str:
    """How far the text on one award criterion is."""
    written = offers.text_at(application, place)
    if f"offer:{place.key}" in application.unchecked:
        return "action"
    if written is not None and written.text:
        return "done"
    return "started" if written is not None or offers.documents_at(application, place) else "not_started"


def _offer_task(application: Application, place: CriterionAt) -> Task:
    files = offers.documents_at(application, place)
    hint = ngettext("%(num)s bestand", "%(num)s bestanden", len(files)) if files else ""
    return Task(
        gettext("%(code)s %(title)s (perceel %(lot)s)", code=place.code, title=place.title, lot=place.lot.code),
        url_for("apply.offer", application_id=application.id, key=place.key),
        offer_status(application, place),
        hint,
    )


ACTS: dict[str, str] = {
    "start": N_("begon deze aanmelding"),
    "choose": N_("wijzigde de gekozen percelen en gemeenten"),
    "answer": N_("bewaarde eis %(place)s"),
    "attach": N_("voegde een document toe bij eis %(place)s"),
    "detach": N_("haalde een document weg"),
    "add_party": N_("voegde %(party)s toe aan de samenwerking"),
    "change_party": N_("wijzigde de gegevens van %(party)s"),
    "remove_party": N_("haalde %(party)s uit de samenwerking"),
    "invite_party": N_("nodigde %(party)s uit om haar eigen deel in te vullen"),
    "remind_party": N_("herinnerde %(party)s aan haar eigen deel"),
    "take_over_part": N_("vult het deel van %(party)s voortaan zelf in"),
    "accept_part": N_("vult voortaan het deel van %(party)s in"),
    "leave_part": N_("stopte met invullen voor %(party)s"),
    "share": N_("wijzigde wat de penvoerder bij %(place)s mag lezen"),
    "declare_ready": N_("verklaarde het deel gereed"),
    "take_back": N_("nam de gereedverklaring terug"),
    "write_offer": N_("bewaarde het aanbod bij %(place)s"),
    "attach_offer": N_("voegde een document toe bij het aanbod %(place)s"),
    "detach_offer": N_("haalde een document weg bij het aanbod"),
    "carry_over": N_("zette deze aanmelding door uit ronde %(source)s"),
    "take_over_espd": N_("nam antwoorden over uit een UEA"),
    "undo_espd": N_("maakte het overnemen van een UEA ongedaan"),
    "reuse": N_("nam over wat eerder was ingevuld"),
    "take_self_check": N_("nam antwoorden uit de zelftest over"),
    "check_carried": N_("controleerde wat is overgenomen"),
    "submit": N_("diende in (ontvangstbewijs %(receipt)s)"),
    "withdraw": N_("trok de indiening in"),
    "reopen": N_("haalde de inschrijving uit de kluis om te wijzigen"),
    "begin_anew": N_("begon met een leeg formulier"),
    "close_again": N_("legde de inschrijving terug in de kluis"),
}
UNTRACED: dict[str, str] = {
    "answer": N_("bewaarde een antwoord"),
    "attach": N_("voegde een document toe"),
    "add_party": N_("voegde een partij toe aan de samenwerking"),
    "change_party": N_("wijzigde de gegevens van een partij"),
    "remove_party": N_("haalde een partij uit de samenwerking"),
    "write_offer": N_("bewaarde een deel van het aanbod"),
    "attach_offer": N_("voegde een document toe bij het aanbod"),
}
"""The same where the log does not keep what a draft was about."""
INTEGRITY_ATTACHED = N_("voegde het Bibob-vragenformulier toe")


@dataclass(frozen=True)
class Change:
    """Who did what, when."""

    who: str
    what: str
    when: str


def changes(events: Iterable[LastChange]) -> list[Change]:
    """The applicants' last acts in words."""
    result = []
    for event in events:
        message = ACTS[event.act] if event.details else UNTRACED.get(event.act, ACTS[event.act])
        if event.act == "attach" and str(event.details.get("place", "")).startswith("integrity"):
            message = INTEGRITY_ATTACHED
        text = gettext(message)
        what = text % event.details if "%(" in text else text
        result.append(Change(event.actor_name, what, languages.moment(event.at)))
    return result

"""Who takes part beside the applicant: partners, subcontractors, members of a cooperative, third parties."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.domain import audit
from portal.domain.accounts import kvk_number
from portal.domain.applications import require_editable
from portal.domain.requirements import admitted_roles
from portal.errors import Invalid, NotFound, Refused
from portal.models import Answer, Application, Evidence, Party, User
from portal.terms import LEGAL_FORMS, N_

LONGEST_NAME = 200
FIELDS = ("role", "name", "kvk_number", "legal_form", "city", "part")


def find(application: Application, party_id: str) -> Party:
    """One who takes part now. Raises `NotFound` for any other."""
    for party in application.parties:
        if party.id == party_id:
            return party
    raise NotFound(N_("Deze organisatie doet niet mee aan uw aanmelding."))


def _fields(application: Application, form: Mapping[str, str], current: Party | None) -> dict[str, str]:
    """What the form says, checked: the KvK number as at registration, and what the procedure admits."""
    problems: dict[str, str] = {}
    fields = {name: (form.get(name) or "").strip() for name in FIELDS}
    fields["kvk_number"] = kvk_number(fields["kvk_number"], problems)
    if not fields["name"] or len(fields["name"]) > LONGEST_NAME:
        problems["name"] = N_("Vul de naam van de organisatie in, zoals in het Handelsregister.")
    if len(fields["city"]) > LONGEST_NAME:
        problems["city"] = N_("Vul alleen de plaatsnaam in.")
    if fields["role"] not in admitted_roles(application.round):
        problems["role"] = N_("Kies hoe deze organisatie meedoet.")
    rules = application.round.settings.get("parties") or {}
    if fields["legal_form"] not in LEGAL_FORMS:
        problems["legal_form"] = N_("Kies de rechtsvorm van de organisatie.")
    elif rules.get("legal_forms") and fields["legal_form"] not in rules["legal_forms"]:
        problems["legal_form"] = N_("Met deze rechtsvorm kan een organisatie bij deze procedure niet meedoen.")
    if "kvk_number" not in problems:
        if fields["kvk_number"] == application.organisation.kvk_number:
            problems["kvk_number"] = N_("Dit is het KvK-nummer van uw eigen organisatie. U doet al mee.")
        elif any(
            (one.kvk_number, one.role) == (fields["kvk_number"], fields["role"])
            for one in application.parties
            if one is not current
        ):
            problems["kvk_number"] = N_("Deze organisatie staat er al in met deze rol.")
    if problems:
        raise Invalid(problems)
    return fields


def _new(application: Application, fields: Mapping[str, str]) -> Party:
    party = Party(
        authority_id=application.authority_id,
        position=1 + max((one.position for one in application.every_party), default=0),
        **fields,
    )
    application.every_party.append(party)
    return party


def add(application: Application, actor: User, form: Mapping[str, str], now: datetime) -> Party:
    """Somebody takes part, in a role that the procedure admits. Raises `Invalid` with the problems by field."""
    require_editable(application, actor, now)
    if not admitted_roles(application.round):
        raise Refused(N_("Bij deze procedure meldt u zich alleen aan. Samenwerken kan niet."))
    party = _new(application, _fields(application, form, None))
    application.saved_at = now
    audit.record_draft(application, "add_party", actor, now, party=party.name, role=party.role)
    return party


def change(application: Application, actor: User, party: Party, form: Mapping[str, str], now: datetime) -> Party:
    """Other data of a party; the answers stay. Nothing changed is nothing done.

    What was submitted names the party as it was. So that this stays true, a party in the submission that counts gets
    a successor, to which the answers and documents move.
    """
    require_editable(application, actor, now)
    fields = _fields(application, form, party)
    if all(getattr(party, name) == value for name, value in fields.items()):
        return party
    if _is_submitted(application, party):
        party.removed_at = now
        successor = _new(application, fields)
        for one in of_party(application, party):
            one.party, one.party_id = successor, successor.id
    else:
        successor = party
        for name, value in fields.items():
            setattr(party, name, value)
    application.saved_at = now
    audit.record_draft(application, "change_party", actor, now, party=successor.name, role=successor.role)
    return successor


def remove(application: Application, actor: User, party: Party, now: datetime) -> None:
    """A party takes part no more: its answers and the use of documents for it go too. The vault keeps the documents."""
    require_editable(application, actor, now)
    for one in of_party(application, party):
        (application.answers if isinstance(one, Answer) else application.evidence).remove(one)  # type: ignore[arg-type]
    party.removed_at = application.saved_at = now
    audit.record_draft(application, "remove_party", actor, now, party=party.name, role=party.role)


def of_party(application: Application, party: Party) -> list[Answer | Evidence]:
    """The answers about a party and the documents used for it."""
    everything: list[Answer | Evidence] = [*application.answers, *application.evidence]
    return [one for one in everything if one.party_id == party.id]


def _is_submitted(application: Application, party: Party) -> bool:
    submission = application.valid_submission
    if submission is not None and submission.is_sealed:
        return False  # what was sealed has rows of its own
    named = submission.content.get("parties", []) if submission else []
    return any(one["party_id"] == party.id for one in named)

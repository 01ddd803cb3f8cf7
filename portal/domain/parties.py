"""Who takes part beside the applicant: partners, subcontractors, members of a cooperative, third parties."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.domain import audit, identifiers
from portal.domain.applications import require_editable
from portal.domain.lifecycle import advance
from portal.domain.requirements import admitted_roles
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import Answer, Application, Evidence, OwnPart, Party, User
from portal.terms import LEGAL_FORMS, N_

LONGEST_NAME = 200
REGISTERED = ("name", "kvk_number", "legal_form", "city")
"""What a party that fills in its own part is registered as; its lead cannot change it."""
FIELDS = ("role", "name", "kvk_number", "legal_form", "city", "part")


def find(application: Application, party_id: str) -> Party:
    """One who takes part now. Raises `NotFound` for any other."""
    for party in application.parties:
        if party.id == party_id:
            return party
    raise NotFound(N_("Deze organisatie doet niet mee aan uw aanmelding."))


def _fields(application: Application, form: Mapping[str, str], current: Party | None) -> dict[str, str]:
    """What the form says, checked: the registration as at signing up, and what the procedure admits."""
    problems: dict[str, str] = {}
    fields = {name: (form.get(name) or "").strip() for name in FIELDS}
    if current is not None and current.own_part is not None:
        fields |= {name: getattr(current, name) for name in REGISTERED}  # these come from the organisation itself
    else:
        fields["kvk_number"] = identifiers.registration(form, problems)
        fields["name"] = identifiers.line(fields["name"], problems, "name")
    if not fields["name"]:
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
    if not {"kvk_number", "country", "registration_number"} & problems.keys():
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
        version=1,
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


def change(
    application: Application,
    actor: User,
    party: Party,
    form: Mapping[str, str],
    now: datetime,
    *,
    based_on: int | None = None,
) -> Party:
    """Other data of a party; the answers stay. Nothing changed is nothing done.

    `based_on` is the version the form showed (None: whatever there is). Raises `Stale` with the party as it is now when
    somebody else saved in between; nothing is overwritten.

    What was submitted names the party as it was. So that this stays true, a party in the submission that counts gets
    a successor, to which the answers and documents move.
    """
    require_editable(application, actor, now)
    fields = _fields(application, form, party)
    if all(getattr(party, name) == value for name, value in fields.items()):
        return party
    if based_on is not None and party.version != based_on:
        raise Stale(
            N_("%(name)s heeft deze gegevens net ook gewijzigd. Vergelijk ze en bewaar opnieuw."),
            theirs=party,
            name=party.saved_by.name if party.saved_by else N_("Uw collega"),
        )
    successor = replace(application, party, fields, now)
    successor.version = party.version + 1
    successor.saved_at, successor.saved_by, successor.saved_by_id = now, actor, actor.id
    part = successor.own_part
    if part is not None and part.is_ready:
        advance(part, "take_back", actor, now)
        part.ready_at = part.ready_by = part.ready_by_id = None
        _tell_part(application, part, "part_changed", now)
    application.saved_at = now
    audit.record_draft(application, "change_party", actor, now, party=successor.name, role=successor.role)
    return successor


def replace(application: Application, party: Party, fields: Mapping[str, str], now: datetime) -> Party:
    """The party with other data: itself, or a successor with all that is about it when what was submitted names it."""
    if not _is_submitted(application, party):
        for name, value in fields.items():
            setattr(party, name, value)
        return party
    party.removed_at = now
    successor = _new(application, {**{name: getattr(party, name) for name in FIELDS}, **fields})
    for one in of_party(application, party):
        one.party, one.party_id = successor, successor.id
    for moved in (party.own_part, party.invitation):
        if moved is not None:
            moved.party, moved.party_id = successor, successor.id
    return successor


def remove(application: Application, actor: User, party: Party, now: datetime) -> None:
    """A party takes part no more: its answers and the use of documents for it go too. The vault keeps the documents."""
    require_editable(application, actor, now)
    _end_own_part(application, actor, party, now)
    clear(application, of_party(application, party))
    party.removed_at = application.saved_at = now
    audit.record_draft(application, "remove_party", actor, now, party=party.name, role=party.role)


def take_over(application: Application, actor: User, party: Party, now: datetime) -> None:
    """The lead fills in this party's part itself from now on. What the party had filled in goes out of the draft; its
    documents stay in its own vault. Twice is once.
    """
    require_editable(application, actor, now)
    if party.own_part is None and party.invitation is None:
        return
    _end_own_part(application, actor, party, now)
    application.saved_at = now
    audit.record_draft(application, "take_over_part", actor, now, party=party.name)


def _end_own_part(application: Application, actor: User, party: Party, now: datetime) -> None:
    """An open invitation does not work any more, and a party that filled in its own part does so no longer."""
    part, invitation = party.own_part, party.invitation
    if invitation is not None:
        invitation.withdrawn_at = now
        audit.tell(
            application,
            f"party_uninvited:{invitation.id}",
            invitation.email,
            "party_uninvited",
            now,
            name=party.name,
            lead=application.organisation.name,
            procedure=application.round.procedure.title,
            path="/",
        )
    if part is not None:
        clear(application, of_organisation(application, party, part.organisation_id))
        part.ended_at = now
        advance(part, "end", actor, now)
        _tell_part(application, part, "part_ended", now)


def _tell_part(application: Application, part: OwnPart, template: str, now: datetime) -> None:
    audit.tell_organisation(
        application,
        part.organisation.users,
        f"{template}:{part.id}:{now.isoformat()}",
        template,
        now,
        lead=application.organisation.name,
        procedure=application.round.procedure.title,
        round=application.round.label,
        path="/aanmeldingen" if part.ended_at else f"/aanmeldingen/delen/{part.id}",
    )


def of_organisation(application: Application, party: Party, organisation_id: str) -> list[Answer | Evidence]:
    """What one organisation itself filled in about a party: its last word, and the documents of its own vault."""
    return [
        one
        for one in of_party(application, party)
        if organisation_id
        == (one.saved_by.organisation_id if isinstance(one, Answer) else one.document.organisation_id)
    ]


def clear(application: Application, content: list[Answer | Evidence]) -> None:
    """Take these answers and uses of documents out of the draft."""
    for one in content:
        (application.answers if isinstance(one, Answer) else application.evidence).remove(one)  # type: ignore[arg-type]


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

"""The data of an organisation: what it says about itself, and what public registers say about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.domain import audit, identifiers
from portal.domain.permissions import require_role
from portal.errors import Invalid, NotAllowed, Stale
from portal.models import Organisation, User
from portal.services import CareProvider, Company
from portal.terms import LEGAL_FORMS, N_

OWN_PEOPLE = ("editor", "signatory")
"""Who may change these data: colleagues, and nobody under a mandate."""

FROM_REGISTER = ("name", "legal_form", "rsin", "branch_number", "street", "postal_code", "city", "website")
"""Fields that the Handelsregister can fill."""


def organisation_fields(form: Mapping[str, str]) -> dict[str, str | None]:
    """The organisation's data from a form, each number checked by its public rule (`identifiers`).

    Raises `Invalid` with all problems, by field.
    """
    problems: dict[str, str] = {}

    def text(field: str) -> str:
        return (form.get(field) or "").strip()

    number = identifiers.registration(form, problems)
    name = identifiers.line(text("name"), problems, "name")
    if not name:
        problems["name"] = N_("Vul de naam van uw organisatie in, zoals in het Handelsregister.")
    legal_form = text("legal_form")
    if legal_form not in LEGAL_FORMS:
        problems["legal_form"] = N_("Kies de rechtsvorm van uw organisatie.")
    checks = {
        "rsin": lambda value: identifiers.rsin(value, legal_form),
        "branch_number": identifiers.branch,
        "vat_number": lambda value: identifiers.vat(value, legal_form),
        "iban": identifiers.account,
        "agb_code": identifiers.agb,
    }
    numbers = {
        field: identifiers.checked(check, text(field), problems, field, optional=True)
        for field, check in checks.items()
    }
    if identifiers.is_foreign(number):
        postal_code = identifiers.line(text("postal_code"), problems, "postal_code", longest=20)
    else:
        check = identifiers.postal_code
        postal_code = identifiers.checked(check, text("postal_code"), problems, "postal_code", optional=True) or ""
    lines = {
        field: identifiers.line(text(field), problems, field, longest=longest)
        for field, longest in (("street", 200), ("city", 200), ("phone", 30), ("website", 200))
    }
    if problems:
        raise Invalid(problems)
    return {
        "kvk_number": number,
        "name": name,
        "legal_form": legal_form,
        **numbers,
        "postal_code": postal_code,
        **lines,
    }


def change_organisation(
    organisation: Organisation,
    actor: User,
    fields: Mapping[str, str | None],
    now: datetime,
    *,
    version: int | None = None,
) -> None:
    """New data of the organisation. The KvK number is who they are and cannot change.

    `version` is the one the change was based on; when a colleague saved since then, `Stale` names the fields
    that now differ from `fields`, with what is stored.
    """
    require_own(organisation, actor)
    if version is not None and version != organisation.version:
        stored = {name: getattr(organisation, name) for name in fields}
        theirs = {name: value for name, value in stored.items() if value != fields[name]}
        text = N_("Een collega heeft deze gegevens intussen gewijzigd. Uw wijziging is niet bewaard.")
        raise Stale(text, theirs)
    if fields["kvk_number"] != organisation.kvk_number:
        text = N_("Het KvK-nummer kunt u niet wijzigen. Registreer de andere organisatie apart.")
        raise Invalid({"kvk_number": text})
    changed = [name for name, value in fields.items() if getattr(organisation, name) != value]
    for name in changed:
        setattr(organisation, name, fields[name])
    if changed:
        audit.record(organisation, "change", actor, now, fields=changed)


def may_change(organisation: Organisation, actor: User) -> bool:
    """Whether this person may change these data: a colleague, not somebody with a mandate."""
    own = actor.mandate is None and actor.works_for_id == organisation.id
    return own and bool(actor.role_names & set(OWN_PEOPLE))


def require_own(organisation: Organisation, actor: User) -> None:
    """Raises `NotAllowed` for who may not change these data."""
    if actor.works_for_id != organisation.id:
        raise NotAllowed(N_("U werkt niet voor deze organisatie."))
    if actor.mandate is not None:
        raise NotAllowed(N_("De gegevens van een organisatie wijzigt een collega die er zelf werkt. Vraag het daar."))
    require_role(actor, *OWN_PEOPLE)


# --- public registers ---


def facts(company: Company | None, provider: CareProvider | None) -> dict[str, Any]:
    """What the registers said, by source, as it is kept: fields of the organisation with their values.

    What an organisation may not hold is left out: of a sole trader the RSIN, which would be a BSN.
    """
    found: dict[str, Any] = {}
    if company is not None:
        said = {name: getattr(company, name) for name in ("kvk_number", *FROM_REGISTER)}
        if company.legal_form == identifiers.SOLE_TRADER:
            said["rsin"] = ""
        found["kvk"] = {name: value[: identifiers.LONGEST] for name, value in said.items() if value}
        found["kvk"]["is_ended"] = company.ended_on is not None
    if provider is not None:
        found["lrza"] = {"name": provider.name[: identifiers.LONGEST], "agb_code": provider.agb_code}
    return found


def filled(form: Mapping[str, str], said: Mapping[str, Any], *, take_over: bool = False) -> dict[str, str]:
    """The form with what the registers say in its empty fields; with `take_over` in the others too."""
    result = {name: form.get(name) or "" for name in form}
    for source in ("lrza", "kvk"):
        for name, value in said.get(source, {}).items():
            usable = name in FROM_REGISTER or (name == "agb_code" and value)
            if usable and ((take_over and source == "kvk") or not result.get(name)):
                result[name] = value
    return result


def differences(form: Mapping[str, str | None], said: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Where what was filled in differs from the Handelsregister: field, what is filled in, what the register says."""
    return [
        (name, form[name] or "", value)
        for name, value in said.get("kvk", {}).items()
        if name in FROM_REGISTER and form.get(name) and _plain(form[name] or "") != _plain(value)
    ]


def _plain(value: str) -> str:
    return "".join(value.split()).casefold()


def keep_facts(organisation: Organisation, actor: User | None, said: Mapping[str, Any], now: datetime) -> None:
    """Keep what the registers said, and when. It stands beside what the organisation says itself and changes nothing.

    `actor` None: at registering, where the act of registering says who.
    """
    if actor is not None:
        require_own(organisation, actor)
    organisation.register_facts, organisation.registers_asked_at = dict(said), now
    audit.record(organisation, "ask_registers", actor, now, sources=sorted(said))

"""The vault of a tender for officials: naming holders, making keys, setting it up, and opening it together."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.adapters import passwords
from portal.domain import accounts, vault_opening, wording
from portal.domain import tender_vault as domain
from portal.domain.vault_opening import Proven
from portal.errors import Invalid, NotFound
from portal.models import AuditEvent, Round, TenderVault
from portal.queries import rounds
from portal.queries import tender_vault as queries
from portal.services import PersonalKey
from portal.terms import N_
from portal.web.aftermath import download
from portal.web.context import authority_id, db, now, person, release, services
from portal.web.downloads import attachment
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("tender_vault", __name__)

ACTS: dict[str, str] = {
    "name_vault_holders": N_("benoemde de houders"),
    "accept_vault": N_("maakte de sleutel voor deze kluis"),
    "set_up": N_("richtte de kluis in"),
    "name_again": N_("begon het inrichten opnieuw"),
    "ask_opening": N_("vroeg om te openen"),
    "opening_ran_out": N_("sloot een opening af die niet op tijd werd bevestigd"),
    "open": N_("opende de kluis"),
    "draw_up_record": N_("maakte het proces-verbaal"),
}


class Act(NamedTuple):
    """One line of the history."""

    actor_name: str
    what: str
    at: object


def _round(round_id: str) -> Round:
    found = rounds.round_with_procedure(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    domain.require_vault(found)
    return found


def _vault(round_id: str) -> TenderVault:
    _round(round_id)
    found = queries.vault(db(), round_id)
    if found is None:
        raise NotFound(N_("Deze ronde heeft nog geen kluis. De rondebeheerder benoemt eerst twee houders."))
    return found


def _my_turn(vault: TenderVault | None) -> str:
    """What this person can do now: 'accept', 'ask', 'complete', 'escrow' or nothing."""
    if vault is None:
        return ""
    holder, opening = domain.holder_of(vault, person()), vault_opening.running(vault, now())
    if vault.state == "named":
        return "accept" if holder is not None and (holder.key is None or holder.key.lost_at is not None) else ""
    if vault.state != "ready" or vault.round.closed_at is None:
        return ""
    if opening is not None and opening.first_by_id != person().id:
        if opening.by_escrow:
            return "escrow" if holder is not None or domain.MANAGER in person().role_names else ""
        return "complete" if holder is not None else ""
    return "ask" if holder is not None and holder not in vault_opening.lost_holders(vault) else ""


def _page(round_: Round, errors: Mapping[str, str] | None = None) -> str:
    vault = queries.vault(db(), round_.id)
    is_manager = domain.MANAGER in person().role_names
    people = queries.officials(db(), authority_id()) if is_manager else []
    chosen = request.form.getlist("holder") or ([one.user_id for one in vault.holders] if vault else [])
    history = queries.history(db(), round_.id, vault.id if vault else "")
    return render_template(
        "rounds/vault.html",
        round=round_,
        vault=vault,
        my_turn=_my_turn(vault),
        running=vault_opening.running(vault, now()) if vault else None,
        lost=vault_opening.lost_holders(vault) if vault else [],
        ready=vault is not None and domain.is_ready(vault),
        is_manager=is_manager,
        may_see_round=bool(person().role_names & {"inkoper", "round_manager"}),
        is_used=queries.is_used(db(), round_.id) if is_manager else False,
        choices=[(one.id, one.name) for one in people],
        chosen=[*chosen, "", ""],
        damaged=[one for one in queries.counting(db(), round_.id) if one.problem] if _is_open(vault) else [],
        history=[_act(one) for one in history if one.act in ACTS],
        typed=request.form,
        errors=by_field(errors),
    )


def _is_open(vault: TenderVault | None) -> bool:
    return vault is not None and vault.state == "opened"


def _act(event: AuditEvent) -> Act:
    return Act(event.actor_name, gettext(ACTS[event.act]), event.at)


def _back(round_id: str, message: str) -> ResponseReturnValue:
    flash(message, "ok")
    return redirect(url_for("tender_vault.show", round_id=round_id), 303)


@blueprint.get("/kluizen")
@audience("official")
def overview() -> ResponseReturnValue:
    """The vaults that this person holds."""
    return render_template("rounds/vaults.html", vaults=queries.held_by(db(), person().id))


@blueprint.get("/rondes/<round_id>/kluis")
@audience("official")
def show(round_id: str) -> ResponseReturnValue:
    """Who holds the vault, how it stands, and what this person can do."""
    return _page(_round(round_id))


@blueprint.post("/rondes/<round_id>/kluis/houders")
@audience("round_manager")
def name(round_id: str) -> ResponseReturnValue:
    """Name two holders."""
    round_ = _round(round_id)
    wanted = [one for one in request.form.getlist("holder") if one]
    users = [one for one in queries.officials(db(), authority_id()) if one.id in wanted]
    try:
        domain.name_holders(round_, person(), users, now(), is_used=queries.is_used(db(), round_id))
    except Invalid as invalid:
        db().rollback()
        return _page(_round(round_id), invalid.problems), 422
    db().commit()
    return _back(round_id, gettext("De houders zijn benoemd. Zij krijgen een mail om hun sleutel te maken."))


@blueprint.post("/rondes/<round_id>/kluis/sleutel")
@audience("official")
def accept(round_id: str) -> ResponseReturnValue:
    """A holder makes the key, under the own password."""
    domain.require_holder(_vault(round_id), person())
    password, had_key = request.form.get("password", ""), queries.live_key(db(), person().id) is not None
    try:
        _require_password(password)
    except Invalid as invalid:
        return _page(_round(round_id), invalid.problems), 422
    made = None
    if not had_key:
        release()
        made = services().vault.personal(password)
    key = domain.accept(_vault(round_id), person(), queries.live_key(db(), person().id), made, now())
    db().add(key)
    db().commit()
    return _back(round_id, gettext("Uw sleutel voor deze kluis is klaar."))


@blueprint.post("/rondes/<round_id>/kluis/inrichten")
@audience("round_manager")
def set_up(round_id: str) -> ResponseReturnValue:
    """Make the keys of the vault. The answer is the file with the escrow key: it is nowhere else."""
    vault = _vault(round_id)
    escrow = domain.set_up(vault, person(), services().vault, now())
    text = render_template(
        "rounds/escrow.txt",
        round=vault.round,
        made_at=wording.moment(now()),
        key=base64.b64encode(escrow).decode(),
    )
    label = vault.round.label
    db().commit()
    return attachment([text.encode()], f"noodsleutel-{label}.txt", "text/plain; charset=utf-8")


@blueprint.post("/rondes/<round_id>/kluis/openen")
@audience("official")
def ask(round_id: str) -> ResponseReturnValue:
    """The first holder asks to open, with the password."""
    vault_opening.require_closed(_vault(round_id), now())
    domain.require_holder(_vault(round_id), person())
    try:
        proven = _prove(request.form.get("password", ""))
        vault_opening.ask_opening(_vault(round_id), person(), current_user.login, proven, services().vault, now())
    except Invalid as invalid:
        return _page(_round(round_id), invalid.problems), 422
    db().commit()
    return _back(round_id, gettext("Uw deel ligt klaar. De andere houder heeft nu tien minuten om te bevestigen."))


@blueprint.post("/rondes/<round_id>/kluis/bevestigen")
@audience("official")
def complete(round_id: str) -> ResponseReturnValue:
    """The other holder completes the opening, with the password."""
    vault_opening.require_second(_vault(round_id), person(), current_user.login, now())
    domain.require_holder(_vault(round_id), person())
    try:
        proven = _prove(request.form.get("password", ""))
        counting = queries.counting(db(), round_id)
        vault_opening.complete(
            _vault(round_id), person(), current_user.login, proven, counting, services().vault, now()
        )
    except Invalid as invalid:
        return _page(_round(round_id), invalid.problems), 422
    db().commit()
    return _back(round_id, gettext("De kluis is open. De inschrijvingen worden nu teruggezet."))


@blueprint.post("/rondes/<round_id>/kluis/noodsleutel")
@audience("official")
def complete_by_escrow(round_id: str) -> ResponseReturnValue:
    """In the place of a lost holder: the escrow key, the reason and the own password."""
    vault_opening.require_second(_vault(round_id), person(), current_user.login, now())
    form = request.form
    try:
        _require_password(form.get("password", ""))
        vault_opening.complete_by_escrow(
            _vault(round_id),
            person(),
            current_user.login,
            _escrow_key(form.get("escrow", "")),
            form.get("reason", ""),
            queries.counting(db(), round_id),
            services().vault,
            now(),
        )
    except Invalid as invalid:
        return _page(_round(round_id), invalid.problems), 422
    db().commit()
    return _back(round_id, gettext("De kluis is open. Iedereen krijgt bericht dat de noodsleutel is gebruikt."))


@blueprint.post("/rondes/<round_id>/kluis/opnieuw-proberen")
@audience("round_manager")
def try_again(round_id: str) -> ResponseReturnValue:
    """What was damaged is tried once more, after it was put back from a back-up."""
    vault = _vault(round_id)
    vault_opening.try_again(vault, person(), queries.counting(db(), round_id), now())
    db().commit()
    return _back(round_id, gettext("Wij proberen het opnieuw. Ververs de pagina over een minuut."))


def _escrow_key(text: str) -> bytes | None:
    found = re.search(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=", text)
    return base64.b64decode(found[0]) if found else None


@blueprint.get("/rondes/<round_id>/kluis/proces-verbaal.pdf")
@audience("official")
def record(round_id: str) -> ResponseReturnValue:
    """The report of the opening."""
    vault = _vault(round_id)
    if vault.pdf_key is None:
        raise NotFound(N_("Het proces-verbaal is er nog niet."))
    return download(vault.pdf_key, f"proces-verbaal-{vault.round.label}.pdf")


# Who it is


def _require_rested() -> None:
    if not accounts.may_try(person(), now()):
        text = N_("U vulde te vaak een verkeerd wachtwoord in. Wacht 5 minuten en probeer opnieuw.")
        raise Invalid({"password": text})


def _missed() -> Invalid:
    """A wrong password counts, as at signing in."""
    accounts.fail_sign_in(person(), now())
    db().commit()
    return Invalid({"password": N_("Dit wachtwoord klopt niet. Vul het wachtwoord in waarmee u inlogt.")})


def _require_password(password: str) -> None:
    _require_rested()
    hashed = person().password_hash
    release()  # comparing takes a tenth of a second, and nobody else should wait for it
    if not passwords.matches(hashed, password):
        raise _missed()


def _prove(password: str) -> Proven:
    """The holder's private key, by the password. Where there is no key any more the domain says so."""
    _require_rested()
    key = queries.live_key(db(), person().id)
    if key is None:
        return Proven("", None)
    key_id, stored = key.id, PersonalKey(key.public_key, key.salt, key.wrapped)
    release()
    private = services().vault.unlock(stored, password)
    if private is None:
        raise _missed()
    return Proven(key_id, private)

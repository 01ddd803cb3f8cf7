"""Mandates: giving and taking back, accepting, and choosing on whose behalf one works."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.adapters import passwords
from portal.domain import accounts, mandates
from portal.errors import Invalid, NotFound
from portal.models import Mandate, Organisation, User
from portal.queries import mandates as queries
from portal.queries import people
from portal.terms import N_
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("mandates", __name__)


@blueprint.get("/machtigingen")
@audience("signed_in")
def overview() -> ResponseReturnValue:
    """What one may do for others, and what others may do for the own organisation."""
    return _page()


@blueprint.post("/machtigingen")
@audience("signatory")
def grant() -> ResponseReturnValue:
    """Let somebody from outside act for the organisation."""
    own, form = db().get_one(Organisation, organisation_id()), request.form
    chosen = [one for one in queries.rounds_ahead(db(), now()) if one.id in form.getlist("rounds")]
    try:
        wanted = mandates.fields(form, chosen, now())
        given = mandates.grant(own, person(), wanted, chosen, queries.given_by(db(), own.id), now())
    except Invalid as error:
        return _page(form, error.problems), 422
    db().add(given)
    db().commit()
    flash(gettext("%(name)s is gemachtigd en kreeg een mail op %(email)s.", name=given.name, email=given.email), "ok")
    return redirect(url_for("mandates.overview") + "#given", 303)


@blueprint.post("/machtigingen/<mandate_id>/opnieuw-sturen")
@audience("signatory")
def send_again(mandate_id: str) -> ResponseReturnValue:
    """The mail again, with a new link."""
    mandates.send_again(_mandate(mandate_id), person(), now())
    db().commit()
    flash(gettext("De mail is opnieuw verstuurd. De link in de vorige mail werkt niet meer."), "ok")
    return redirect(url_for("mandates.overview") + "#given", 303)


@blueprint.post("/machtigingen/<mandate_id>/beeindigen")
@audience("signed_in")
def end(mandate_id: str) -> ResponseReturnValue:
    """Take back what was given, or give back what one holds. From now on it counts for nothing."""
    ended = _mandate(mandate_id)
    mandates.end(ended, person(), now())
    db().commit()
    flash(gettext("De machtiging voor %(name)s is beëindigd.", name=ended.organisation.name), "ok")
    return redirect(url_for("mandates.overview"), 303)


@blueprint.post("/machtigingen/<mandate_id>/aanvaarden")
@audience("signed_in")
def accept(mandate_id: str) -> ResponseReturnValue:
    """Accept what was given to the own address."""
    given = queries.mandate(db(), mandate_id)
    if given is None or not mandates.is_for(given, person()):
        raise NotFound(N_("Deze machtiging bestaat niet."))
    return _accepted(given)


def _accepted(given: Mandate) -> ResponseReturnValue:
    mandates.accept(given, person(), now())
    db().commit()
    flash(gettext("U heeft de machtiging van %(name)s aanvaard.", name=given.organisation.name), "ok")
    return redirect(url_for("mandates.overview"), 303)


@blueprint.post("/machtigingen/kiezen")
@audience("signed_in")
def choose() -> ResponseReturnValue:
    """On whose behalf one works from now on. Pages that were opened for another can not be sent any more."""
    wanted = request.form.get("mandate", "")
    chosen = _held(wanted) if wanted else None
    mandates.choose(current_user.login, chosen, now())
    db().commit()
    session.pop("csrf_token", None)
    if chosen is None:
        flash(gettext("U werkt weer voor uzelf."), "ok")
        return redirect(url_for("mandates.overview"), 303)
    flash(gettext("U werkt nu namens %(name)s.", name=chosen.organisation.name), "ok")
    return redirect(url_for("apply.overview"), 303)


# --- the mailed link ---


@blueprint.get("/machtiging/<token>")
@audience("public")
def link(token: str) -> ResponseReturnValue:
    """What is offered, and the way on: accept, sign in, or make an account."""
    return _link_page(_by_link(token), {})


@blueprint.post("/machtiging/<token>")
@audience("public")
def follow_link(token: str) -> ResponseReturnValue:
    """Accept with the account one is signed in with, or with a new one."""
    if current_user.is_authenticated:
        return _accepted(_by_link(token))
    hashed = passwords.hash(request.form.get("password", ""))
    given = _by_link(token)
    try:
        fields = accounts.person_fields({**request.form, "email": given.email})
        accounts.require_no_account(people.user_by_email(db(), given.email))
    except Invalid as error:
        return _link_page(given, error.problems), 422
    db().add(mandates.open_account(given, fields, hashed, now()))
    db().commit()
    session["next"] = url_for("mandates.overview")
    flash(gettext("Uw account is klaar en de machtiging is aanvaard. U kunt nu inloggen."), "ok")
    return redirect(url_for("account.sign_in"), 303)


def _by_link(token: str) -> Mandate:
    found = queries.by_link(db(), accounts.digest(token))
    if found is None:
        raise NotFound(N_("Deze link kennen wij niet. Controleer of u de hele link heeft overgenomen."))
    return found


def _link_page(given: Mandate, problems: Mapping[str, str]) -> str:
    visitor: User | None = current_user.person if current_user.is_authenticated else None
    return render_template(
        "mandates/link.html",
        mandate=given,
        works=mandates.link_works(given, now()),
        is_theirs=visitor is not None and mandates.is_for(given, visitor),
        visitor=visitor,
        has_account=people.user_by_email(db(), given.email) is not None,
        last_day=mandates.last_day(given),
        form=request.form,
        errors=by_field(problems),
    )


# --- the page ---


def _mandate(mandate_id: str) -> Mandate:
    """One that this person holds, or that the organisation gave which this person acts for."""
    found = queries.mandate(db(), mandate_id)
    who = person()
    if found is None or (found.holder_id != who.id and found.organisation_id != who.works_for_id):
        raise NotFound(N_("Deze machtiging bestaat niet."))
    return found


def _held(mandate_id: str) -> Mandate:
    found = _mandate(mandate_id)
    if found.holder_id != person().id:
        raise NotFound(N_("Deze machtiging bestaat niet."))
    return found


def _page(form: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None) -> str:
    who, moment = person(), now()
    gives = who.works_for is not None and who.mandate is None
    return render_template(
        "mandates/overview.html",
        me=who,
        moment=moment,
        held=queries.of_person(db(), who),
        given=queries.given_by(db(), organisation_id()) if gives else [],
        gives=gives,
        may_give="signatory" in who.role_names,
        rounds=[(one.id, f"{one.procedure.title}, {one.label}") for one in queries.rounds_ahead(db(), moment)],
        last_day=mandates.last_day,
        is_offered=mandates.is_offered,
        form=form or {},
        errors=by_field(problems),
    )

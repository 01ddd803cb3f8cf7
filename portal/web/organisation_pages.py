"""The organisation's own page: its data, what public registers say of them, and its colleagues."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import accounts, organisations
from portal.errors import Invalid, NotFound, Stale
from portal.models import Organisation
from portal.queries import accounts as account_reads
from portal.queries import logins as login_reads
from portal.queries import people
from portal.terms import N_
from portal.web import register_lookups
from portal.web.account import blueprint, field_labels, legal_forms
from portal.web.context import db, now, organisation_id, person, services
from portal.web.guards import audience
from portal.web.problems import by_field

FIELDS = (
    "kvk_number", "name", "legal_form", "rsin", "branch_number", "vat_number", "iban", "agb_code", "street",
    "postal_code", "city", "phone", "website",
)  # fmt: skip

SOURCES = {"kvk": N_("het Handelsregister"), "lrza": N_("het Landelijk Register Zorgaanbieders (LRZa)")}


@blueprint.get("/organisatie")
@audience("applicant")
def organisation() -> ResponseReturnValue:
    return _page(_own())


@blueprint.post("/organisatie")
@audience("applicant")
def change_organisation() -> ResponseReturnValue:
    """New data, unless a colleague saved since the form was opened."""
    own = _own()
    try:
        fields = organisations.organisation_fields(request.form)
        version = request.form.get("version", -1, type=int)
        organisations.change_organisation(own, person(), fields, now(), version=version)
    except Invalid as error:
        return _page(own, request.form, error.problems), 422
    except Stale as error:
        return _page(own, request.form, theirs=error.theirs), 409
    db().commit()
    flash(gettext("De gegevens van uw organisatie zijn bewaard."), "ok")
    return redirect(url_for("account.organisation"), 303)


@blueprint.post("/organisatie/handelsregister")
@audience("applicant")
def look_up_organisation() -> ResponseReturnValue:
    """Fill the form from the public registers. What they said is kept; the form is not saved yet."""
    organisations.require_own(_own(), person())
    found = register_lookups.ask(_own().kvk_number)
    own, form = _own(), {**found.filled(request.form)}
    is_latest = request.form.get("version", -1, type=int) == own.version
    if found.said:
        organisations.keep_facts(own, person(), found.said, now())
        db().commit()
    if is_latest:
        form["version"] = str(own.version)  # keeping what was said is no change that somebody has to compare
    return _page(own, form, found=found)


@blueprint.post("/organisatie/collegas")
@audience("signatory")
def invite() -> ResponseReturnValue:
    """Invite a colleague, or invite again who did not answer."""
    own, form = _own(), request.form
    try:
        somebody = accounts.person_fields(form, with_password=False)
        known = people.user_by_email(db(), somebody["email"])
        if known is None:
            token = accounts.invite(own, person(), somebody, form.getlist("roles"), now())
        else:
            token = accounts.invite_again(known, person(), now(), login_reads.mail_tokens(db(), known, now()))
    except Invalid as error:
        return _page(own, problems=error.problems, invitation=form), 422
    db().add(token)
    db().commit()
    flash(gettext("De uitnodiging aan %(email)s is verstuurd.", email=somebody["email"]), "ok")
    return redirect(url_for("account.organisation") + "#colleagues", 303)


@blueprint.post("/organisatie/collegas/<user_id>/beeindigen")
@audience("signatory")
def disable(user_id: str) -> ResponseReturnValue:
    colleague = account_reads.colleague(db(), organisation_id(), user_id)
    if colleague is None:
        raise NotFound(N_("Deze collega bestaat niet."))
    accounts.disable(colleague, person(), now())
    db().commit()
    flash(gettext("%(name)s heeft geen toegang meer.", name=colleague.name), "ok")
    return redirect(url_for("account.organisation") + "#colleagues", 303)


def _own() -> Organisation:
    return db().get_one(Organisation, organisation_id())


def _page(
    own: Organisation,
    form: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    *,
    invitation: Mapping[str, str] | None = None,
    theirs: Mapping[str, str | None] | None = None,
    found: register_lookups.Found | None = None,
) -> str:
    """The page with what is stored, or with what was sent (`form`, `invitation`) and what is wrong with it."""
    shown = {name: getattr(own, name) or "" for name in FIELDS} if form is None else form
    return render_template(
        "account/organisation.html",
        organisation=own,
        form=shown,
        invitation=invitation or {},
        errors=by_field(problems),
        theirs=theirs or {},
        colleagues=people.colleagues(db(), own.id),
        legal_forms=legal_forms(),
        registers=services().registers,
        found=found,
        labels=field_labels(),
        sources=[gettext(SOURCES[name]) for name in own.register_facts or {}],
        differences=organisations.differences(shown, own.register_facts or {}),
        may_change=organisations.may_change(own, person()),
        me=person(),
    )

"""Signing up, signing in and out, passwords, and who works for an organisation."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_user, logout_user

from portal.adapters import passwords
from portal.domain import accounts, logins, registration
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import LoginSession, MailToken, Organisation, User
from portal.queries import accounts as account_reads
from portal.queries import logins as login_reads
from portal.queries import people
from portal.terms import LEGAL_FORMS, N_
from portal.web.context import Visitor, db, now, organisation_id, person, release
from portal.web.guards import TOKEN, audience
from portal.web.problems import translated

blueprint = Blueprint("account", __name__)

HOMES = (
    ("editor", "apply.overview"),
    ("signatory", "apply.overview"),
    ("inkoper", "review.queue"),
    ("integrity_officer", "integrity.queue"),
    ("round_manager", "rounds.overview"),
    ("authority_signatory", "agreements.overview"),
    ("administrator", "work.overview"),
)
"""Where somebody starts, by role; the first role that fits."""

ORGANISATION_FIELDS = (
    "kvk_number", "name", "legal_form", "rsin", "vat_number", "iban", "agb_code", "street", "postal_code", "city",
    "phone", "website",
)  # fmt: skip


# --- signing up ---


@blueprint.get("/registreren")
@audience("public")
def sign_up() -> ResponseReturnValue:
    return _sign_up_page({}, {})


@blueprint.post("/registreren")
@audience("public")
def register() -> ResponseReturnValue:
    """A new organisation, or a mail to whoever has this address already: on screen they are the same."""
    form = request.form
    try:
        organisation, somebody = registration.sign_up_fields(form)
        hashed = passwords.hash(somebody["password"])
        registration.require_unknown(people.organisation_by_kvk(db(), organisation["kvk_number"] or ""))
    except Invalid as error:
        return _sign_up_page(form, error.problems), 422
    owner = people.user_by_email(db(), somebody["email"])
    if owner is None:
        db().add_all(accounts.register(organisation, somebody, hashed, now()))
    else:
        registration.remind_of_account(owner, account_reads.reminded_at(db(), owner.email), now())
    db().commit()
    session["mailed_to"] = somebody["email"]
    return redirect(url_for("account.check_mail"), 303)


def _sign_up_page(form: Mapping[str, str], problems: Mapping[str, str]) -> str:
    return render_template("account/sign_up.html", form=form, errors=in_words(problems), legal_forms=_legal_forms())


@blueprint.get("/registreren/controleer-uw-mail")
@audience("public")
def check_mail() -> ResponseReturnValue:
    mailed_to, can_resend = session.get("mailed_to"), "unconfirmed" in session
    return render_template("account/check_mail.html", email=mailed_to, can_resend=can_resend)


@blueprint.post("/registreren/controleer-uw-mail")
@audience("public")
def resend() -> ResponseReturnValue:
    """Another confirmation, once, for who just gave the right password."""
    user = db().get(User, session.pop("unconfirmed", ""))
    if user is None or user.verified_at is not None:
        raise Refused(N_("Log eerst in met uw wachtwoord. Daarna kunt u de mail opnieuw laten sturen."))
    db().add(accounts.resend_confirmation(user, now(), login_reads.mail_tokens(db(), user, now())))
    db().commit()
    flash(gettext("Wij hebben de mail opnieuw gestuurd."), "ok")
    return redirect(url_for("account.check_mail"), 303)


@blueprint.get("/bevestigen/<token>")
@audience("public")
def confirm(token: str) -> ResponseReturnValue:
    """Only a button: mail scanners open links, and the link works once."""
    found = mailed_token(token)
    return render_template("account/confirm.html", is_usable=accounts.is_usable(found, "confirm", now()))


@blueprint.post("/bevestigen/<token>")
@audience("public")
def confirm_address(token: str) -> ResponseReturnValue:
    accounts.confirm_address(mailed_token(token), now())
    db().commit()
    flash(gettext("Uw e-mailadres is bevestigd. U kunt nu inloggen."), "ok")
    return redirect(url_for("account.sign_in"), 303)


@blueprint.get("/uitnodiging/<token>")
@audience("public")
def join(token: str) -> ResponseReturnValue:
    return link_page("join", "invite", mailed_token(token), {})


@blueprint.post("/uitnodiging/<token>")
@audience("public")
def accept(token: str) -> ResponseReturnValue:
    """The invited colleague chooses a password."""
    password = request.form.get("password", "")
    hashed = passwords.hash(password)
    found = mailed_token(token)
    try:
        accounts.join(found, password, hashed, now())
    except Invalid as error:
        return link_page("join", "invite", found, error.problems), 422
    db().commit()
    flash(gettext("Uw account is klaar. U kunt nu inloggen."), "ok")
    return redirect(url_for("account.sign_in"), 303)


def link_page(page: str, purpose: str, token: MailToken, problems: Mapping[str, str]) -> str:
    """The form behind a mailed link, or that the link does not work any more."""
    is_usable = accounts.is_usable(token, purpose, now())
    return render_template(f"account/{page}.html", user=token.user, is_usable=is_usable, errors=in_words(problems))


def mailed_token(secret: str) -> MailToken:
    found = people.mail_token(db(), accounts.digest(secret))
    if found is None:
        raise NotFound(N_("Deze link kennen wij niet. Controleer of u de hele link heeft overgenomen."))
    return found


# --- signing in and out ---


@blueprint.get("/inloggen")
@audience("public")
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(home_of(person()), 303)
    return render_template("account/sign_in.html", email="", errors={})


@blueprint.post("/inloggen")
@audience("public")
def start_session() -> ResponseReturnValue:
    """One answer, in the same time, for an unknown address, a wrong password and an account that rests."""
    email = request.form.get("email", "").strip()
    proven = proven_hash(email, request.form.get("password", ""))
    user = people.user_by_email(db(), email)
    is_right = user is not None and user.password_hash == proven
    try:
        login = logins.try_sign_in(user, is_right, now())
    except Refused as refusal:
        session["unconfirmed"], session["mailed_to"] = user.id if user else "", email
        flash(translated(refusal), "warning")
        return redirect(url_for("account.check_mail"), 303)
    if login is not None:
        return _begin(*login)
    db().commit()
    text = gettext(
        "Dit e-mailadres en wachtwoord horen niet bij elkaar. Na tien keer kunt u vijf minuten niet inloggen."
    )
    return render_template("account/sign_in.html", email=email, errors={"email": text}), 422


def proven_hash(email: str, password: str) -> str | None:
    """The stored hash that `password` fits. Compare it again under the lock: the password may have changed since."""
    # Checking takes a tenth of a second and much memory: never while this request holds the write lock.
    user = people.user_by_email(db(), email)
    hashed = user.password_hash if user else None
    release()
    return hashed if passwords.matches(hashed, password) else None


def _begin(login: LoginSession, secret: str) -> ResponseReturnValue:
    """Start with an empty cookie, so that nothing planted in it before survives, and go where one was going."""
    aim = session.get("next", "")
    db().add(login)
    db().commit()
    session.clear()
    session[TOKEN] = secret
    login_user(Visitor(login))
    return redirect(aim if _is_local(aim) else home_of(login.user), 303)


@blueprint.post("/uitloggen")
@audience("public")
def sign_out() -> ResponseReturnValue:
    """Ends the login on the server; also fine for a login that had ended by itself."""
    if current_user.is_authenticated:
        logins.sign_out(current_user.login, now())
        db().commit()
    logout_user()
    session.clear()
    flash(gettext("U bent uitgelogd."), "ok")
    return redirect(url_for("public.home"), 303)


def _is_local(aim: str) -> bool:
    """A path of this portal, never another host ('//host', '/\\host')."""
    return aim.startswith("/") and not aim.startswith(("//", "/\\"))


def home_of(user: User) -> str:
    return next((url_for(endpoint) for role, endpoint in HOMES if role in user.role_names), url_for("public.home"))


# --- the organisation ---


@blueprint.get("/organisatie")
@audience("applicant")
def organisation() -> ResponseReturnValue:
    return _organisation_page(_own_organisation())


@blueprint.post("/organisatie")
@audience("applicant")
def change_organisation() -> ResponseReturnValue:
    """New data, unless a colleague saved since the form was opened."""
    own = _own_organisation()
    try:
        fields = accounts.organisation_fields(request.form)
        version = request.form.get("version", -1, type=int)
        accounts.change_organisation(own, person(), fields, now(), version=version)
    except Invalid as error:
        return _organisation_page(own, request.form, error.problems), 422
    except Stale as error:
        return _organisation_page(own, request.form, theirs=error.theirs), 409
    db().commit()
    flash(gettext("De gegevens van uw organisatie zijn bewaard."), "ok")
    return redirect(url_for("account.organisation"), 303)


@blueprint.post("/organisatie/collegas")
@audience("signatory")
def invite() -> ResponseReturnValue:
    """Invite a colleague, or invite again who did not answer."""
    own, form = _own_organisation(), request.form
    try:
        somebody = accounts.person_fields(form, with_password=False)
        known = people.user_by_email(db(), somebody["email"])
        if known is None:
            token = accounts.invite(own, person(), somebody, form.getlist("roles"), now())
        else:
            token = accounts.invite_again(known, person(), now(), login_reads.mail_tokens(db(), known, now()))
    except Invalid as error:
        return _organisation_page(own, problems=error.problems, invitation=form), 422
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


def _own_organisation() -> Organisation:
    return db().get_one(Organisation, organisation_id())


def _organisation_page(
    own: Organisation,
    form: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    *,
    invitation: Mapping[str, str] | None = None,
    theirs: Mapping[str, str | None] | None = None,
) -> str:
    """The page with what is stored, or with what was sent (`form`, `invitation`) and what is wrong with it."""
    return render_template(
        "account/organisation.html",
        organisation=own,
        form={name: getattr(own, name) or "" for name in ORGANISATION_FIELDS} if form is None else form,
        invitation=invitation or {},
        errors=in_words(problems or {}),
        theirs=theirs or {},
        colleagues=people.colleagues(db(), own.id),
        legal_forms=_legal_forms(),
        me=person(),
    )


def in_words(problems: Mapping[str, str]) -> dict[str, str]:
    return {name: gettext(text) for name, text in problems.items()}


def _legal_forms() -> list[tuple[str, str]]:
    return [(key, gettext(term.label)) for key, term in LEGAL_FORMS.items()]

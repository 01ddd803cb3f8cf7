"""Signing up, signing in and out, passwords, and who works for an organisation."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_user, logout_user

from portal.adapters import passwords
from portal.domain import accounts, identifiers, logins, registration
from portal.errors import Invalid, NotFound, Refused
from portal.models import LoginSession, MailToken, User
from portal.queries import accounts as account_reads
from portal.queries import logins as login_reads
from portal.queries import people
from portal.terms import LEGAL_FORMS, N_
from portal.web import register_lookups, typed
from portal.web.context import Visitor, db, now, person, release, services
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.worker import interests

blueprint = Blueprint("account", __name__)

HOMES = (
    ("reader", "apply.overview"),
    ("editor", "apply.overview"),
    ("signatory", "apply.overview"),
    ("inkoper", "review.queue"),
    ("integrity_officer", "integrity.queue"),
    ("integrity_decider", "integrity.queue"),
    ("round_manager", "rounds.overview"),
    ("authority_signatory", "agreements.overview"),
    ("administrator", "work.overview"),
)
"""Where somebody starts, by role; the first role that fits."""

# --- signing up ---


@blueprint.get("/registreren")
@audience("public")
def sign_up() -> ResponseReturnValue:
    return sign_up_page({}, {})


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
        return sign_up_page(form, error.problems), 422
    owner = people.user_by_email(db(), somebody["email"])
    if owner is None:
        user, token = accounts.register(organisation, somebody, hashed, now())
        db().add_all([user, token])
        register_lookups.keep(user)
    else:
        registration.remind_of_account(owner, account_reads.reminded_at(db(), owner.email), now())
    db().commit()
    session["mailed_to"] = somebody["email"]
    return redirect(url_for("account.check_mail"), 303)


@blueprint.post("/registreren/handelsregister")
@audience("public")
def look_up_new() -> ResponseReturnValue:
    """Fill the form from the public registers. Nothing is saved, and what was typed stays."""
    found = register_lookups.ask(request.form.get("kvk_number", ""))
    register_lookups.remember(found)
    return sign_up_page(found.filled(request.form), found.problems, found)


def sign_up_page(
    form: Mapping[str, str], problems: Mapping[str, str], found: register_lookups.Found | None = None
) -> str:
    return render_template(
        "account/sign_up.html",
        form=form,
        errors=by_field(problems),
        legal_forms=legal_forms(),
        countries=country_names(),
        registers=services().registers,
        found=found,
        labels=field_labels(),
    )


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
    interests.detect_for_colleague(accounts.confirm_address(mailed_token(token), now()), now())
    db().commit()
    flash(gettext("Uw e-mailadres is bevestigd. U kunt nu inloggen."), "ok")
    return redirect(url_for("account.sign_in"), 303)


@blueprint.get("/uitnodiging/<token>")
@audience("public")
def join(token: str) -> ResponseReturnValue:
    found = mailed_token(token)
    accounts.require_invited(found, _visitor())
    return link_page("join", "invite", found, {})


@blueprint.post("/uitnodiging/<token>")
@audience("public")
def accept(token: str) -> ResponseReturnValue:
    """The invited colleague chooses a password."""
    password = request.form.get("password", "")
    hashed = passwords.hash(password)
    found = mailed_token(token)
    accounts.require_invited(found, _visitor())
    try:
        interests.detect_for_colleague(accounts.join(found, password, hashed, now()), now())
    except Invalid as error:
        return link_page("join", "invite", found, error.problems), 422
    db().commit()
    flash(gettext("Uw account is klaar. U kunt nu inloggen."), "ok")
    return redirect(url_for("account.sign_in"), 303)


def _visitor() -> User | None:
    return person() if current_user.is_authenticated else None


def link_page(page: str, purpose: str, token: MailToken, problems: Mapping[str, str]) -> str:
    """The form behind a mailed link, or that the link does not work any more."""
    is_usable = accounts.is_usable(token, purpose, now())
    return render_template(f"account/{page}.html", user=token.user, is_usable=is_usable, errors=by_field(problems))


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
    carried = request.form.get("typed", "")
    return render_template("account/sign_in.html", email=email, errors={"email": text}, typed=carried), 422


def proven_hash(email: str, password: str) -> str | None:
    """The stored hash that `password` fits. Compare it again under the lock: the password may have changed since."""
    # Checking takes a tenth of a second and much memory: never while this request holds the write lock.
    user = people.user_by_email(db(), email)
    hashed = user.password_hash if user else None
    release()
    return hashed if passwords.matches(hashed, password) else None


def _begin(login: LoginSession, secret: str) -> ResponseReturnValue:
    """Start with an empty cookie, so that nothing planted in it before survives, and go where one was going."""
    aim, carried, checked = session.get("next", ""), request.form.get("typed", ""), session.get("self_check")
    typed.begin_anew(login, secret)
    if checked is not None:
        session["self_check"] = checked  # the own answers of a self-check, on their way to a draft
    db().add(login)
    db().commit()
    login_user(Visitor(login))
    if what := typed.opened(carried, login.user_id):
        return render_template("account/typed.html", typed=what)
    if carried:
        flash(gettext("Wat iemand anders op dit scherm typte, of lang geleden, tonen wij niet."), "info")
    return redirect(aim if _is_local(aim) else home_of(login.user), 303)


@blueprint.get("/ingelogd")
@audience("signed_in")
def signed_in_until() -> ResponseReturnValue:
    """Until when this login lives, for the script of the page. No visit: it does not lengthen anything."""
    return jsonify(until=logins.lives_until(current_user.login).isoformat(), who=person().id)


@blueprint.post("/ingelogd")
@audience("signed_in")
def stay_signed_in() -> ResponseReturnValue:
    """A visit and nothing else: the half hour begins again."""
    return jsonify(until=logins.lives_until(current_user.login, now()).isoformat(), who=person().id)


@blueprint.post("/uitloggen")
@audience("public")
def sign_out() -> ResponseReturnValue:
    """Ends the login on the server; also fine for a login that had ended by itself."""
    is_official = current_user.is_authenticated and current_user.person.authority_id is not None
    if current_user.is_authenticated:
        logins.sign_out(current_user.login, now())
        db().commit()
    logout_user()
    session.clear()
    flash(gettext("U bent uitgelogd."), "ok")
    answer = redirect(url_for("public.home"), 303)
    if is_official:  # what the checklist of a visit kept on this device goes, worker and all
        answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


def _is_local(aim: str) -> bool:
    """A path of this portal, never another host ('//host', '/\\host')."""
    return aim.startswith("/") and not aim.startswith(("//", "/\\"))


def home_of(user: User) -> str:
    beside = "mandates.overview" if user.is_applicant else "public.home"
    return url_for(next((endpoint for role, endpoint in HOMES if role in user.role_names), beside))


def legal_forms() -> list[tuple[str, str]]:
    return [(key, gettext(term.label)) for key, term in LEGAL_FORMS.items()]


def country_names() -> list[tuple[str, str]]:
    """The choice of a country: the own one first."""
    names = identifiers.countries()
    return [(identifiers.HOME, names[identifiers.HOME]), *(one for one in names.items() if one[0] != identifiers.HOME)]


def field_labels() -> dict[str, str]:
    """The names on screen of an organisation's data."""
    return {
        "kvk_number": gettext("KvK-nummer"),
        "name": gettext("Naam van de organisatie"),
        "legal_form": gettext("Rechtsvorm"),
        "rsin": gettext("RSIN"),
        "branch_number": gettext("Vestigingsnummer"),
        "vat_number": gettext("Btw-nummer"),
        "iban": gettext("IBAN"),
        "agb_code": gettext("AGB-code"),
        "street": gettext("Straat en huisnummer"),
        "postal_code": gettext("Postcode"),
        "city": gettext("Plaats"),
        "phone": gettext("Telefoonnummer"),
        "website": gettext("Website"),
    }

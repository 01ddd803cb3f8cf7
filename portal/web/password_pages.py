"""A password forgotten or changed; the key with which somebody holds a vault goes along with it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.adapters import passwords
from portal.domain import accounts, logins
from portal.errors import Invalid
from portal.queries import logins as login_reads
from portal.queries import people
from portal.queries import tender_vault as vaults
from portal.services import PersonalKey
from portal.web.account import blueprint, home_of, link_page, mailed_token, proven_hash
from portal.web.context import db, now, person, release, services
from portal.web.guards import audience
from portal.web.problems import by_field


@blueprint.get("/wachtwoord-vergeten")
@audience("public")
def forgot() -> ResponseReturnValue:
    return render_template("account/forgot.html", email="", errors={})


@blueprint.post("/wachtwoord-vergeten")
@audience("public")
def ask_reset() -> ResponseReturnValue:
    """The same answer for everybody; what helps goes by mail."""
    email = request.form.get("email", "").strip().lower()
    if problem := accounts.email_problem(email):
        errors = by_field({"email": problem})
        return render_template("account/forgot.html", email=email, errors=errors), 422
    user = people.user_by_email(db(), email)
    logins.forget(user, login_reads.mail_tokens(db(), user, now()), login_reads.inviter(db(), user), now())
    db().commit()
    session["forgot_for"] = email
    return redirect(url_for("account.forgot_sent"), 303)


@blueprint.get("/wachtwoord-vergeten/controleer-uw-mail")
@audience("public")
def forgot_sent() -> ResponseReturnValue:
    return render_template("account/forgot_sent.html", email=session.get("forgot_for"))


@blueprint.get("/wachtwoord/<token>")
@audience("public")
def reset(token: str) -> ResponseReturnValue:
    return link_page("reset", "reset", mailed_token(token), {})


@blueprint.post("/wachtwoord/<token>")
@audience("public")
def reset_password(token: str) -> ResponseReturnValue:
    """The link came by mail, so this is the owner of the address: every login of before ends."""
    mailed_token(token)  # an unknown link costs no hashing
    chosen = request.form.get("password", "")
    hashed = _hashed(chosen)
    found = mailed_token(token)
    try:
        ends, key = login_reads.open_ends(db(), found.user_id, now()), vaults.live_key(db(), found.user_id)
        logins.reset_password(found, chosen, hashed, ends, now(), holder_key=key)
    except Invalid as error:
        return link_page("reset", "reset", found, error.problems), 422
    db().commit()
    flash(gettext("Uw nieuwe wachtwoord is bewaard. U kunt er nu mee inloggen."), "ok")
    return redirect(url_for("account.sign_in"), 303)


@blueprint.get("/wachtwoord-wijzigen")
@audience("signed_in")
def password() -> ResponseReturnValue:
    return render_template("account/password.html", me=person(), errors={})


@blueprint.post("/wachtwoord-wijzigen")
@audience("signed_in")
def change_password() -> ResponseReturnValue:
    """The current password first; this login stays, the others of this person end."""
    proven, chosen = proven_hash(person().email, request.form.get("current", "")), request.form.get("password", "")
    hashed, again = _hashed(chosen), _wrapped_again(request.form.get("current", ""), chosen) if proven else None
    me = person()
    ends, key = login_reads.open_ends(db(), me.id, now()), vaults.live_key(db(), me.id)
    is_right = me.password_hash == proven
    try:
        logins.change_password(
            current_user.login, is_right, chosen, hashed, ends, now(), holder_key=key, wrapped_again=again
        )
    except Invalid as error:
        db().commit()  # a wrong password was counted
        return render_template("account/password.html", me=me, errors=by_field(error)), 422
    db().commit()
    flash(gettext("Uw wachtwoord is gewijzigd. Op andere apparaten bent u uitgelogd."), "ok")
    return redirect(home_of(me), 303)


def _wrapped_again(current: str, chosen: str) -> PersonalKey | None:
    """The key with which this person holds vaults, under the new password; None without such a key."""
    key = vaults.live_key(db(), person().id)
    stored = PersonalKey(key.public_key, key.salt, key.wrapped) if key else None
    release()
    private = services().vault.unlock(stored, current) if stored else None
    return services().vault.personal(chosen, private) if private else None


def _hashed(password: str) -> str:
    release()  # making a hash takes as long as checking one
    return passwords.hash(password)

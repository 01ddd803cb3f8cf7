"""Asking the password again before something that a session alone must not be able to do."""

from __future__ import annotations

from flask_babel import gettext

from portal.adapters import passwords
from portal.domain import accounts
from portal.web.context import db, now, person, release


def problem(password: str) -> str:
    """Why this password is not taken, in words; '' when it is that of who is signed in. A wrong one is counted."""
    if not accounts.may_try(person(), now()):
        return gettext("U vulde te vaak een verkeerd wachtwoord in. Wacht 5 minuten en probeer opnieuw.")
    hashed = person().password_hash
    release()  # comparing takes a tenth of a second, and nobody else should wait for it
    if passwords.matches(hashed, password):
        return ""
    accounts.fail_sign_in(person(), now())
    db().commit()
    return gettext("Dit wachtwoord klopt niet. Vul het wachtwoord in waarmee u inlogt.")

"""Logging in at the form and out again, and a password that was forgotten or is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from portal.domain import accounts, audit, tender_vault
from portal.errors import Invalid
from portal.models import HolderKey, LoginSession, MailToken, User, attach
from portal.services import PersonalKey
from portal.terms import N_


def try_sign_in(user: User | None, is_right: bool, now: datetime) -> tuple[LoginSession, str] | None:
    """A login as `sign_in` gives it, or None: an unknown address, a wrong password (`is_right` False), an
    account that rests and one that ended look the same to a stranger (ASVS 6.3.8).

    Raises `Refused` for the right password of an address that was not confirmed yet.
    """
    if user is None or user.disabled_at is not None or not accounts.may_try(user, now):
        return None
    if not is_right:
        accounts.fail_sign_in(user, now)
        return None
    return accounts.sign_in(user, now)


def lives_until(login: LoginSession, seen_at: datetime | None = None) -> datetime:
    """When this login ends by itself if nothing more is asked after `seen_at` (else after the visit that was noted)."""
    return min((seen_at or login.seen_at) + accounts.IDLE, login.created_at + accounts.ABSOLUTE)


def sign_out(login: LoginSession, now: datetime) -> None:
    """End this login everywhere the token is held."""
    login.ended_at = login.ended_at or now
    audit.record(login.user, "sign_out", login.user, now)


def forget(user: User | None, earlier: Sequence[MailToken], inviter: User | None, now: datetime) -> None:
    """Somebody says that this person forgot the password. What helps goes by mail; who asks learns nothing.

    Whoever was invited (`inviter` is who did it, or None) and has no password yet gets the invitation again, who did
    not confirm the address the confirmation, everybody else a link for a new password. Nothing goes to an unknown
    address or ended access, nor a sixth mail of its kind in 24 hours (`earlier`: the links this person got).
    """
    if user is None or user.disabled_at is not None:
        return
    purpose = _helps(user)
    if not accounts.may_mail(earlier, purpose, now):
        return
    if purpose == "reset":
        attach(user, _reset_link(user, now))
    elif purpose == "confirm":
        attach(user, accounts.resend_confirmation(user, now, earlier))
    elif inviter is not None and _may_invite(inviter, user):
        attach(user, accounts.invitation(user, inviter, now, asked_by=None))


def _helps(user: User) -> str:
    if user.verified_at is not None:
        return "reset"
    return "confirm" if user.password_hash else "invite"


def _may_invite(inviter: User, user: User) -> bool:
    # An invitation speaks for somebody, who by now may have left or have become an editor only.
    is_colleague = inviter.organisation_id == user.organisation_id and inviter.disabled_at is None
    return is_colleague and "signatory" in inviter.role_names


def _reset_link(user: User, now: datetime) -> MailToken:
    token, secret = accounts.new_token(user, "reset", now)
    audit.record(user, "forget_password", None, now)
    path = f"/wachtwoord/{secret}"
    audit.tell(user, f"reset:{token.id}", user.email, "password_reset", now, name=user.name, path=path)
    return token


def reset_password(
    token: MailToken,
    password: str,
    password_hash: str,
    open_ends: Iterable[LoginSession | MailToken],
    now: datetime,
    *,
    holder_key: HolderKey | None = None,
) -> User:
    """A new password by the mailed link, which works once and for an hour (ASVS 6.4.3).

    Every login and every other link of this person in `open_ends` ends with it. An account that rested after wrong
    passwords is open again. The key of a holder of a vault is lost: it opened with the old password only. Raises
    `Invalid` at `password`, `Refused` for a link that does not work any more.
    """
    accounts.require_password(password, token.user)
    accounts.use_token(token, "reset", now)
    user = token.user
    user.failed_logins, user.locked_until = 0, None
    _replace_password(user, "reset_password", password_hash, open_ends, now)
    if holder_key is not None:
        tender_vault.lose_key(holder_key, now)
    return user


def change_password(
    login: LoginSession,
    is_right: bool,
    password: str,
    password_hash: str,
    open_ends: Iterable[LoginSession | MailToken],
    now: datetime,
    *,
    holder_key: HolderKey | None = None,
    wrapped_again: PersonalKey | None = None,
) -> None:
    """A new password for who is signed in with `login`, which stays; the others of `open_ends` end.

    `is_right` says whether the current password was given. When not, `Invalid` is raised at `current` and the miss
    counts as one at signing in: commit then as well. `wrapped_again` is the `holder_key` of this person under the new
    password; without it that key is lost.
    """
    user, problems = login.user, {}
    if not accounts.may_try(user, now):
        problems["current"] = N_("U vulde te vaak een verkeerd wachtwoord in. Wacht 5 minuten en probeer opnieuw.")
    elif not is_right:
        accounts.fail_sign_in(user, now)
        problems["current"] = N_("Dit wachtwoord klopt niet. Vul het wachtwoord in waarmee u nu inlogt.")
    problem = accounts.password_problem(password, user.name, user.email)
    if problem:
        problems["password"] = problem
    if problems:
        raise Invalid(problems)
    user.failed_logins = 0
    others = [one for one in open_ends if one.id != login.id]
    _replace_password(user, "change_password", password_hash, others, now)
    if holder_key is not None and wrapped_again is not None and wrapped_again.public == holder_key.public_key:
        holder_key.salt, holder_key.wrapped = wrapped_again.salt, wrapped_again.wrapped
    elif holder_key is not None:
        tender_vault.lose_key(holder_key, now)


def _replace_password(
    user: User, act: str, password_hash: str, open_ends: Iterable[LoginSession | MailToken], now: datetime
) -> None:
    # Whoever took over a login or read an older mail must not stay or come back.
    user.password_hash = password_hash
    ended = 0
    for one in open_ends:
        if isinstance(one, LoginSession):
            one.ended_at, ended = now, ended + 1
        else:
            one.used_at = one.used_at or now
    audit.record(user, act, user, now, ended_logins=ended)
    reason = f"{act}:{user.id}:{now.isoformat()}"
    audit.tell(user, reason, user.email, "password_changed", now, name=user.name, path="/wachtwoord-vergeten")

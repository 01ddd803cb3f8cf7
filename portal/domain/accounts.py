"""Organisations, colleagues and logins."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from portal.domain import audit, identifiers
from portal.domain.permissions import require_role
from portal.errors import Invalid, NotAllowed, Refused
from portal.models import LoginSession, MailToken, Organisation, User, UserRole
from portal.terms import AUTHORITY_ROLES, COLLEAGUE_ROLES, N_

PASSWORD_LENGTH = 15
LIFETIMES = {"confirm": timedelta(hours=24), "invite": timedelta(days=7), "reset": timedelta(hours=1)}
"""How long a mailed link works, by what it is for."""
MAILS_A_DAY = 5
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
MAX_FAILURES = 10
LOCK = timedelta(minutes=5)


def digest(token: str) -> str:
    """What is stored of a secret token: SHA-256, 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def email_problem(email: str) -> str | None:
    """What is wrong with an address, if anything."""
    if len(email) > identifiers.LONGEST:
        return identifiers.TOO_LONG
    if "\0" not in email and re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+", email):
        return None
    return N_("Vul een e-mailadres in, bijvoorbeeld naam@organisatie.nl.")


def password_problem(password: str, name: str, email: str) -> str | None:
    """What is wrong with a chosen password, if anything. Length counts, not kinds of characters (NIST SP 800-63B)."""
    if len(password) < PASSWORD_LENGTH:
        return N_("Kies een wachtwoord van minstens 15 tekens. Een zin van een paar woorden is prima.")
    if password.lower() in {email, name.lower()}:
        return N_("Kies een wachtwoord dat niet uw naam of e-mailadres is.")
    return None


def person_fields(form: Mapping[str, str], *, with_password: bool = True) -> dict[str, str]:
    """Name, e-mail, function and password of a person. Raises `Invalid` with all problems."""
    password, email = form.get("password") or "", (form.get("email") or "").strip().lower()
    problems: dict[str, str] = {}
    name = identifiers.line(form.get("person_name") or "", problems, "person_name")
    function = identifiers.line(form.get("function") or "", problems, "function")
    if not name:
        problems["person_name"] = N_("Vul uw naam in.")
    checked = {"email": email_problem(email)}
    if with_password:
        checked["password"] = password_problem(password, name, email)
    problems |= {field: problem for field, problem in checked.items() if problem}
    if problems:
        raise Invalid(problems)
    return {"name": name, "email": email, "function": function, "password": password}


def new_token(user: User, purpose: str, now: datetime) -> tuple[MailToken, str]:
    """A link to mail: the row, and the secret (256 bits) in its path. `purpose` is a key of `LIFETIMES`."""
    secret, expires_at = secrets.token_urlsafe(32), now + LIFETIMES[purpose]
    token = MailToken(token_digest=digest(secret), purpose=purpose, user=user, user_id=user.id, expires_at=expires_at)
    return token, secret


def may_mail(earlier: Sequence[MailToken], purpose: str, now: datetime) -> bool:
    """Whether one more link for `purpose` may go out: at most five in 24 hours, so that no form fills a mailbox.

    `earlier` are the links this person got.
    """
    since = now - timedelta(days=1) + LIFETIMES[purpose]
    return sum(one.purpose == purpose and one.expires_at > since for one in earlier) < MAILS_A_DAY


def register(
    organisation: Mapping[str, str | None], person: Mapping[str, str], password_hash: str, now: datetime
) -> tuple[User, MailToken]:
    """A new organisation with its first colleague, who may fill in and sign. A mail asks to confirm the address.

    Returns the user and the token row, both to be added by the caller.
    """
    user = User(
        email=person["email"],
        name=person["name"],
        function=person["function"],
        password_hash=password_hash,
        created_at=now,
        roles=[UserRole(role=role) for role in ("editor", "signatory")],
    )
    owner = Organisation(**organisation, created_at=now, users=[user])
    user.organisation_id = owner.id
    audit.record(owner, "register", user, now, kvk_number=owner.kvk_number)
    return user, resend_confirmation(user, now)


def confirm_address(token: MailToken, now: datetime) -> User:
    """The address is theirs. The link works once and for 24 hours."""
    use_token(token, "confirm", now)
    token.user.verified_at = token.user.verified_at or now
    audit.record(token.user, "confirm_address", token.user, now)
    return token.user


def resend_confirmation(user: User, now: datetime, earlier: Sequence[MailToken] = ()) -> MailToken:
    """Another confirmation mail; the earlier link keeps working until it expires. Refused after five in a day."""
    if not may_mail(earlier, "confirm", now):
        raise Refused(N_("Wij stuurden u vandaag al vijf mails. Gebruik de link in de laatste of probeer het morgen."))
    token, secret = new_token(user, "confirm", now)
    audit.tell(
        user, f"confirm:{token.id}", user.email, "confirm_address", now, name=user.name, path=f"/bevestigen/{secret}"
    )
    return token


def invite(
    organisation: Organisation, actor: User, person: Mapping[str, str], roles: list[str], now: datetime
) -> MailToken:
    """A colleague is invited by mail with one or more roles. Only a signatory may invite."""
    if actor.works_for_id != organisation.id:
        raise NotAllowed(N_("U werkt niet voor deze organisatie."))
    require_role(actor, "signatory")
    if not roles or not set(roles) <= set(COLLEAGUE_ROLES):
        raise Invalid({"roles": N_("Kies minstens één rol.")})
    user = User(
        email=person["email"],
        name=person["name"],
        function=person["function"],
        password_hash="",
        created_at=now,
        organisation_id=organisation.id,
        roles=[UserRole(role=role) for role in roles],
    )
    organisation.users.append(user)
    return invitation(user, actor, now, asked_by=actor)


def invite_again(user: User, actor: User, now: datetime, earlier: Sequence[MailToken] = ()) -> MailToken:
    """A new invitation for a colleague who did not join yet. Raises `Invalid` for any other known address.

    Also after five invitations in a day; `earlier` are the links this colleague got.
    """
    require_role(actor, "signatory")
    if user.organisation_id != actor.works_for_id or user.disabled_at is not None:
        raise Invalid({"email": N_("Dit e-mailadres kunt u niet uitnodigen: er hoort al een account bij.")})
    if user.verified_at is not None:
        raise Invalid({"email": N_("Deze collega heeft al toegang.")})
    if not may_mail(earlier, "invite", now):
        raise Invalid({"email": N_("Deze collega kreeg vandaag al vijf uitnodigingen. Probeer het morgen opnieuw.")})
    return invitation(user, actor, now, asked_by=actor)


def invitation(user: User, inviter: User, now: datetime, *, asked_by: User | None) -> MailToken:
    """The mail that names `inviter`. `asked_by` is None when nobody signed in asked for it."""
    assert inviter.organisation is not None  # noqa: S101 - every caller asked whether the inviter works for one
    token, secret = new_token(user, "invite", now)
    audit.record(inviter.organisation, "invite", asked_by, now, invited=user.id, roles=sorted(user.role_names))
    audit.tell(
        inviter.organisation,
        f"invite:{token.id}",
        user.email,
        "invitation",
        now,
        name=user.name,
        inviter=inviter.name,
        organisation=inviter.organisation.name,
        path=f"/uitnodiging/{secret}",
    )
    return token


def join(token: MailToken, password: str, password_hash: str, now: datetime) -> User:
    """The invited colleague chooses a password; the address is confirmed by the same act."""
    require_password(password, token.user)
    use_token(token, "invite", now)
    token.user.password_hash = password_hash
    token.user.verified_at = now
    audit.record(token.user, "join", token.user, now)
    return token.user


def require_password(password: str, user: User) -> None:
    """Raises `Invalid` at the field `password` unless this person may choose it."""
    problem = password_problem(password, user.name, user.email)
    if problem:
        raise Invalid({"password": problem})


def is_usable(token: MailToken, purpose: str, now: datetime) -> bool:
    """Whether the link still does what it was sent for: once, before it expires, for who still has access."""
    is_fresh = token.used_at is None and now < token.expires_at
    return token.purpose == purpose and is_fresh and token.user.disabled_at is None


def use_token(token: MailToken, purpose: str, now: datetime) -> None:
    """Raises `Refused` unless the link is usable; then it was used."""
    if not is_usable(token, purpose, now):
        raise Refused(N_("Deze link is al gebruikt of verlopen. Vraag een nieuwe link aan."))
    token.used_at = now


def require_no_account(user: User | None) -> None:
    """Raises `Invalid` for an address that has an account already: its owner logs in and goes on from there."""
    if user is not None:
        raise Invalid({"email": N_("Bij dit adres hoort al een account. Log in en open de link daarna opnieuw.")})


def require_invited(token: MailToken, visitor: User | None) -> None:
    """An invitation is of one person. Raises `NotAllowed` for somebody else who is signed in, with the way out."""
    if visitor is not None and visitor.id != token.user_id:
        raise NotAllowed(
            N_(
                "Deze uitnodiging is voor een ander e-mailadres dan waarmee u bent ingelogd. Log uit en open de link "
                "opnieuw. Is zij voor u bedoeld? Vraag dan uw collega om u op uw eigen adres uit te nodigen."
            )
        )


def disable(user: User, actor: User, now: datetime) -> None:
    """A colleague leaves: every right ends at once. Nobody disables the own account."""
    if actor.works_for_id is None or actor.works_for_id != user.organisation_id:
        raise NotAllowed(N_("U werkt niet voor deze organisatie."))
    require_role(actor, "signatory")
    if actor.id == user.id:
        raise Refused(N_("U kunt uw eigen toegang niet beëindigen. Vraag een collega met de rol tekenbevoegde."))
    user.disabled_at = user.disabled_at or now
    audit.record(user, "disable", actor, now)


def appoint_official(
    authority_id: str, person: Mapping[str, str], password_hash: str, roles: list[str], now: datetime
) -> User:
    """An employee of an authority, with roles. Integrity officer and decider, and administrator, go with no other."""
    if not set(roles) <= set(AUTHORITY_ROLES):
        raise Invalid({"roles": N_("Deze rol bestaat niet.")})
    if "integrity_officer" in roles and len(roles) > 1:
        raise Refused(N_("De integriteitsfunctionaris mag geen andere rol hebben."))
    if "integrity_decider" in roles and len(roles) > 1:
        raise Refused(N_("De beslisser integriteit mag geen andere rol hebben."))
    if "administrator" in roles and len(roles) > 1:
        raise Refused(N_("De functioneel beheerder ziet geen dossiers en mag geen andere rol hebben."))
    if {"inkoper", "authority_signatory"} <= set(roles):
        raise Refused(N_("Wie beoordeelt, mag niet namens de gemeente tekenen."))
    user = User(
        email=person["email"],
        name=person["name"],
        function=person.get("function", ""),
        password_hash=password_hash,
        authority_id=authority_id,
        created_at=now,
        verified_at=now,
        roles=[UserRole(role=role) for role in roles],
    )
    audit.record(user, "appoint", None, now, roles=roles)
    return user


def may_try(user: User, now: datetime) -> bool:
    """False while the account is locked after too many wrong passwords."""
    return user.locked_until is None or now >= user.locked_until


def fail_sign_in(user: User, now: datetime) -> None:
    """Count a wrong password; after ten in a row the account rests for five minutes."""
    user.failed_logins += 1
    if user.failed_logins >= MAX_FAILURES:
        user.failed_logins, user.locked_until = 0, now + LOCK
        audit.record(user, "lock", user, now)
    audit.record(user, "sign_in_failed", user, now)


def sign_in(user: User, now: datetime) -> tuple[LoginSession, str]:
    """Start a login; returns the row and the secret token (256 bits) that the cookie carries."""
    if user.disabled_at is not None or user.verified_at is None:
        raise Refused(N_("Bevestig eerst uw e-mailadres met de link in de mail die u kreeg."))
    user.failed_logins, user.locked_until = 0, None
    secret = secrets.token_urlsafe(32)
    login = LoginSession(token_digest=digest(secret), user=user, user_id=user.id, created_at=now, seen_at=now)
    audit.record(user, "sign_in", user, now)
    return login, secret


def is_alive(login: LoginSession, now: datetime) -> bool:
    """Not ended, not idle for half an hour, not older than twelve hours, and the person still has access."""
    return (
        login.ended_at is None
        and now - login.seen_at < IDLE
        and now - login.created_at < ABSOLUTE
        and login.user.disabled_at is None
    )

"""Mandates: a signatory lets somebody from outside act for the organisation, from one day up to and with another."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from portal.domain import audit, calendar, identifiers, wording
from portal.domain.accounts import digest, email_problem
from portal.domain.permissions import MANDATE_OVER, require_role, require_works_for
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import LoginSession, Mandate, MandateRound, Organisation, Round, User
from portal.terms import N_

LONGEST_MONTHS = 24
LINK = timedelta(days=14)
BETWEEN_MAILS = timedelta(hours=1)
SCOPES = ("all", "some")


def fields(form: Mapping[str, str], rounds: Sequence[Round], now: datetime) -> dict[str, object]:
    """What a mandate is to be, from a form; `rounds` are the ones chosen. Raises `Invalid` with all problems."""
    problems: dict[str, str] = {}
    email = (form.get("email") or "").strip().lower()
    problem = email_problem(email)
    if problem:
        problems["email"] = problem
    name = identifiers.line(form.get("person_name") or "", problems, "person_name")
    if not name:
        problems["person_name"] = N_("Vul de naam in van wie u machtigt.")
    today = calendar.local_day(now)
    first = _day(form, problems, "starts_on", N_("Vul de eerste dag in van de machtiging, bijvoorbeeld 31-12-2026."))
    last = _day(form, problems, "ends_on", N_("Vul de laatste dag in van de machtiging, bijvoorbeeld 31-12-2026."))
    if last is not None and last < today:
        problems["ends_on"] = N_("Deze dag is al voorbij. Kies een dag vanaf vandaag.")
    elif first is not None and last is not None and last < first:
        problems["ends_on"] = N_("De laatste dag ligt vóór de eerste dag. Controleer beide dagen.")
    elif last is not None and last > calendar.add_months(max(first or today, today), LONGEST_MONTHS):
        problems["ends_on"] = N_("Een machtiging duurt hoogstens twee jaar. Kies een eerdere laatste dag.")
    scope = form.get("scope")
    if scope not in SCOPES:
        problems["scope"] = N_("Kies voor welke aanmeldingen de machtiging geldt.")
    elif scope == "some" and not rounds:
        problems["rounds"] = N_("Kies minstens één ronde, of machtig voor alle aanmeldingen.")
    if problems or first is None or last is None:
        raise Invalid(problems)
    return {
        "email": email,
        "name": name,
        "may_submit": form.get("may_submit") == "yes",
        "all_rounds": scope == "all",
        "starts_at": calendar.end_of_day(first - timedelta(days=1)),
        "ends_at": calendar.end_of_day(last),
    }


def _day(form: Mapping[str, str], problems: dict[str, str], field: str, missing: str) -> date | None:
    try:
        found = date.fromisoformat((form.get(field) or "").strip())
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2100:
        problems[field] = missing
        return None
    return found


def grant(
    organisation: Organisation,
    actor: User,
    wanted: Mapping[str, object],
    rounds: Iterable[Round],
    present: Sequence[Mandate],
    now: datetime,
) -> Mandate:
    """A mandate as `fields` gives it, told by mail. `present` are the mandates the organisation gave before.

    The same one, while it is not over, is not given twice. Raises `Invalid` for the address of a colleague.
    """
    require_works_for(actor, organisation.id)
    require_role(actor, "signatory")
    if any(one.email == wanted["email"] and one.disabled_at is None for one in organisation.users):
        raise Invalid({"email": N_("Dit is het adres van een collega. Een collega heeft geen machtiging nodig.")})
    chosen = [] if wanted["all_rounds"] else sorted({one.id for one in rounds})
    for one in present:
        same = all(getattr(one, name) == value for name, value in wanted.items())
        if same and not one.is_over(now) and sorted(each.round_id for each in one.rounds) == chosen:
            return one
    secret = secrets.token_urlsafe(32)
    mandate = Mandate(
        organisation=organisation,
        organisation_id=organisation.id,
        granted_at=now,
        granted_by=actor,
        granted_by_id=actor.id,
        link_digest=digest(secret),
        link_sent_at=now,
        link_ends_at=now + LINK,
        rounds=[MandateRound(round_id=one) for one in chosen],
        **wanted,
    )
    audit.record(
        mandate,
        "grant_mandate",
        actor,
        now,
        organisation=organisation.id,
        may_submit=mandate.may_submit,
        rounds=chosen or "all",
        starts_at=mandate.starts_at.isoformat(),
        ends_at=mandate.ends_at.isoformat(),
    )
    _tell(mandate, secret, now)
    return mandate


def last_day(mandate: Mandate) -> date:
    """The last day on which it holds, in Amsterdam."""
    return calendar.local_day(mandate.ends_at - timedelta(seconds=1))


def _tell(mandate: Mandate, secret: str, now: datetime) -> None:
    audit.tell(
        mandate,
        f"mandate:{mandate.id}:{now.isoformat()}",
        mandate.email,
        "mandate_granted",
        now,
        name=mandate.name,
        organisation=mandate.organisation.name,
        granter=mandate.granted_by.name,
        may_submit=mandate.may_submit,
        first=wording.day(calendar.local_day(mandate.starts_at)),
        last=wording.day(last_day(mandate)),
        path=f"/machtiging/{secret}",
    )


def send_again(mandate: Mandate, actor: User, now: datetime) -> None:
    """A new link for who did not accept yet; the earlier one stops working. At most one mail in an hour."""
    require_works_for(actor, mandate.organisation_id)
    require_role(actor, "signatory")
    if mandate.accepted_at is not None or mandate.is_over(now):
        raise Refused(N_("Deze machtiging is al aanvaard of voorbij. Er is niets te versturen."))
    if now - mandate.link_sent_at < BETWEEN_MAILS:
        raise Refused(N_("De mail is net verstuurd. Over een uur kunt u hem opnieuw versturen."))
    secret = secrets.token_urlsafe(32)
    mandate.link_digest, mandate.link_sent_at, mandate.link_ends_at = digest(secret), now, now + LINK
    audit.record(mandate, "send_mandate_again", actor, now)
    _tell(mandate, secret, now)


def is_offered(mandate: Mandate, now: datetime) -> bool:
    """Whether it can still be accepted."""
    return mandate.accepted_at is None and not mandate.is_over(now)


def link_works(mandate: Mandate, now: datetime) -> bool:
    """Whether the mailed link still leads somewhere."""
    return is_offered(mandate, now) and now < mandate.link_ends_at


def is_for(mandate: Mandate, user: User) -> bool:
    """Whether it was given to this person: the confirmed address says so."""
    return user.verified_at is not None and user.disabled_at is None and user.email.lower() == mandate.email


def accept(mandate: Mandate, user: User, now: datetime) -> None:
    """The holder accepts, with an own account: of another organisation, or of none. Twice is once.

    Refused for anybody else, for an official (who may not act for an applicant) and for a colleague.
    """
    if not is_for(mandate, user):
        raise NotAllowed(
            N_(
                "Deze machtiging is voor een ander e-mailadres dan waarmee u bent ingelogd. Log uit en open de link "
                "opnieuw, of vraag %(organisation)s om de machtiging op uw adres te zetten."
            ),
            organisation=mandate.organisation.name,
        )
    if user.authority_id is not None:
        raise NotAllowed(
            N_(
                "U werkt voor een aanbestedende dienst en kunt geen zorgaanbieder vertegenwoordigen. Laat dat weten "
                "aan wie u machtigde."
            )
        )
    if user.organisation_id == mandate.organisation_id:
        raise Refused(N_("U werkt zelf voor deze organisatie. U heeft geen machtiging nodig."))
    if mandate.holder_id == user.id and not mandate.is_over(now):
        return
    if not is_offered(mandate, now):
        raise Refused(N_("Deze machtiging is ingetrokken of voorbij. Vraag de organisatie om een nieuwe."))
    mandate.holder, mandate.holder_id, mandate.accepted_at = user, user.id, now
    audit.record(mandate, "accept_mandate", user, now)
    audit.tell(
        mandate,
        f"mandate_accepted:{mandate.id}",
        mandate.granted_by.email,
        "mandate_accepted",
        now,
        name=mandate.granted_by.name,
        holder=user.name,
        organisation=mandate.organisation.name,
        path="/machtigingen",
    )


def open_account(mandate: Mandate, person: Mapping[str, str], password_hash: str, now: datetime) -> User:
    """An account of somebody who works for no organisation here; the mailed link proves the address. Then accepted."""
    if not link_works(mandate, now):
        raise Refused(N_("Deze link werkt niet meer. Vraag de organisatie om hem opnieuw te sturen."))
    user = User(
        email=mandate.email,
        name=person["name"],
        function=person["function"],
        password_hash=password_hash,
        created_at=now,
        verified_at=now,
    )
    audit.record(user, "open_account", user, now, mandate=mandate.id)
    accept(mandate, user, now)
    return user


def end(mandate: Mandate, actor: User, now: datetime) -> None:
    """Taken back by a signatory, or given back by the holder: over at once, also for who works under it now."""
    is_holder = mandate.holder_id is not None and mandate.holder_id == actor.id
    if not is_holder:
        require_works_for(actor, mandate.organisation_id)
        require_role(actor, "signatory")
    if mandate.ended_at is not None:
        return
    mandate.ended_at, mandate.ended_by_id = now, actor.id
    audit.record(mandate, "end_mandate", actor, now)
    to, name = (mandate.granted_by.email, mandate.granted_by.name) if is_holder else (mandate.email, mandate.name)
    audit.tell(
        mandate,
        f"mandate_ended:{mandate.id}",
        to,
        "mandate_ended",
        now,
        name=name,
        actor=actor.name,
        organisation=mandate.organisation.name,
        is_given_back=is_holder,
        path="/machtigingen",
    )


def choose(login: LoginSession, mandate: Mandate | None, now: datetime) -> None:
    """From now on this login acts under `mandate`; None: for the own organisation."""
    user = login.user
    if mandate is not None and mandate.holder_id != user.id:
        raise NotFound(N_("Deze machtiging bestaat niet."))
    if mandate is not None and not mandate.holds(now):
        raise NotAllowed(MANDATE_OVER, organisation=mandate.organisation.name)
    login.mandate, login.mandate_id = mandate, mandate.id if mandate else None
    user.act_under(mandate, now)
    audit.record(user, "act_for", user, now)

"""Interests of officials: declared before the first view, found out later, or found by the portal; and lifted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from portal.domain import audit, calendar, reviewers, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.interest_words import EMPLOYER_YEARS, GROUNDS, LEGAL_WORDS, PUBLIC_MAIL
from portal.models import (
    Application,
    Conflict,
    Decision,
    FormerEmployer,
    InterestDeclaration,
    LiftedConflict,
    Review,
    Round,
    User,
    attach,
)
from portal.terms import CONTENT_ROLES, N_, REASON_LENGTH

READERS = ("inkoper", "integrity_officer", "integrity_decider", "assessor", "inspector", "authority_signatory")
"""Who sees what was submitted, and so declares an interest first. The inspector reads along and decides nothing."""


def declare_interest(
    round_: Round, actor: User, conflicts: Iterable[tuple[Application, str]], now: datetime
) -> InterestDeclaration:
    """Declare, before the first view, in which applicants one has an interest. Those dossiers are hidden at once."""
    require_official(actor, round_, *READERS)
    declaration = InterestDeclaration(
        authority_id=round_.authority_id,
        round=round_,
        round_id=round_.id,
        user=actor,
        user_id=actor.id,
        declared_at=now,
    )
    named = 0
    for application, reason in conflicts:
        recuse(application, actor, reason, now)
        named += 1
    audit.record(declaration, "declare_interest", actor, now, round=round_.label, conflicts=named)
    return declaration


def recuse(
    application: Application, actor: User, reason: str, now: datetime, *, colleague: User | None = None
) -> Conflict:
    """An interest in one applicant, found out later or declared at once. `colleague` takes the review over."""
    require_official(actor, application, *READERS)
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit welk belang u heeft.")})
    conflict = Conflict(
        authority_id=application.authority_id,
        application_id=application.id,
        user_id=actor.id,
        reason=reason.strip(),
        grounds=[],
        declared_at=now,
    )
    attach(application, conflict)
    audit.record(application, "recuse", actor, now)
    _hand_over(application, actor, colleague, now)
    return conflict


def taken_back(application: Application, official: User) -> list[Decision]:
    """What this official proposed and nobody confirmed: it cannot stand when the official has an interest.

    The caller deletes these rows before `recuse` or `detect`: they were never decisions.
    """
    review = application.review
    if review is None or review.state != "proposed":
        return []
    return [one for one in application.decisions if one.proposed_by_id == official.id]


def _hand_over(application: Application, official: User, colleague: User | None, now: datetime) -> None:
    """The review of somebody with an interest goes to a colleague, or to nobody yet; a proposal goes back first."""
    review = application.review
    if review is None:
        return
    if review.remedy_draft is not None and review.remedy_draft.prepared_by_id == official.id:
        review.remedy_draft = None
    reviewers.give_up(review, official, now)
    if review.first_by_id != official.id or review.state == "confirmed":
        return
    if review.state == "proposed":
        why = "De eerste inkoper heeft een belang bij deze aanbieder. Bekijk elk oordeel opnieuw."
        advance(review, "send_back", None, now, reason=why)
    leave_to(review, colleague, now)


def leave_to(review: Review, colleague: User | None, now: datetime) -> None:
    """The review of whoever began it goes to a colleague, who is told, or to nobody yet."""
    application, before = review.application, review.first_by_id
    reviewers.withdraw_joint(review, now)
    review.first_by, review.first_by_id = colleague, colleague.id if colleague else None
    if colleague is not None:
        reviewers.give_up(review, colleague, now)
    audit.record(review, "hand_over", None, now, to=colleague.name if colleague else "")
    if colleague is not None:
        audit.tell(
            review,
            f"handed_over:{review.id}:{before}:{now.isoformat()}",
            colleague.email,
            "review_handed_over",
            now,
            name=colleague.name,
            application=application.number,
            round=application.round.label,
            procedure=application.round.procedure.title,
            due=wording.day(review.due_on),
            path=f"/beoordelen/{review.id}",
        )


def domain_of(email: str) -> str:
    """The domain of a mail address; '' for one where anybody has an address."""
    domain = email.rpartition("@")[2].strip().lower()
    return "" if domain in PUBLIC_MAIL else domain


def plain_name(name: str) -> str:
    """A name to compare: small letters and digits, without legal forms and points."""
    words = re.findall(r"\w+", name.lower().replace(".", ""))
    return " ".join(one for one in words if one not in LEGAL_WORDS)


def is_recent(employer: FormerEmployer, day: date) -> bool:
    """Whether this employer still makes an interest on `day`: the day two years later it no longer does."""
    return employer.left_on is None or day < calendar.add_months(employer.left_on, 12 * EMPLOYER_YEARS)


def found_grounds(
    official: User, employers: Iterable[FormerEmployer], application: Application, day: date
) -> list[str]:
    """On which grounds (keys of `GROUNDS`) this official seems to have an interest in this application."""
    organisation = application.organisation
    parties = [(one.name, one.kvk_number) for one in application.parties]
    names = {plain_name(name) for name, _ in [(organisation.name, ""), *parties]}
    numbers = {number for _, number in [("", organisation.kvk_number), *parties]}
    people = {domain_of(one.email) for one in organisation.users if one.disabled_at is None} - {""}
    recent = [one for one in employers if is_recent(one, day)]
    held = {
        "kvk": any(one.kvk_number and one.kvk_number in numbers for one in recent),
        "employer": any(plain_name(one.name) and plain_name(one.name) in names for one in recent),
        "mail_domain": domain_of(official.email) in people,
    }
    return [ground for ground in GROUNDS if held[ground]]


def detect(
    application: Application, official: User, grounds: list[str], now: datetime, *, colleague: User | None = None
) -> Conflict:
    """Hide this dossier from an official who seems to have an interest; tells the official in general words."""
    if not official.role_names & set(CONTENT_ROLES) or official.authority_id != application.authority_id:
        raise NotFound(N_("Dit bestaat niet."))
    conflict = Conflict(
        authority_id=application.authority_id,
        application_id=application.id,
        user_id=official.id,
        reason="; ".join(GROUNDS[one] for one in grounds),
        grounds=grounds,
        declared_at=now,
    )
    attach(application, conflict)
    audit.record(application, "detect_interest", None, now, official=official.name, grounds=grounds)
    _hand_over(application, official, colleague, now)
    audit.tell(
        application,
        f"interest:{conflict.id}",
        official.email,
        "interest_detected",
        now,
        name=official.name,
        round=application.round.label,
        procedure=application.round.procedure.title,
        grounds=[GROUNDS[one] for one in grounds],
        path="/beoordelen/werkgevers",
    )
    return conflict


def lift(conflict: Conflict, actor: User, reason: str, now: datetime) -> LiftedConflict:
    """A round manager calls an interest that the portal found none, with the reason. The caller deletes `conflict`.

    What an official declared stands; and nobody lifts an interest of oneself.
    """
    require_official(actor, conflict, "round_manager")
    if conflict.user_id == actor.id:
        raise NotAllowed(N_("U kunt uw eigen belang niet opheffen. Vraag een andere rondebeheerder."))
    if not conflict.grounds:
        raise Refused(N_("Dit belang is door de medewerker zelf gemeld. Dat kan niet worden opgeheven."))
    if len(reason.strip()) < REASON_LENGTH:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom dit geen belang is.")})
    lifted = LiftedConflict(
        authority_id=conflict.authority_id,
        application_id=conflict.application_id,
        user_id=conflict.user_id,
        grounds=list(conflict.grounds),
        found_at=conflict.declared_at,
        reason=reason.strip(),
        lifted_at=now,
        lifted_by_id=actor.id,
    )
    audit.record(conflict.application, "lift_interest", actor, now, official=conflict.user.name, grounds=lifted.grounds)
    audit.tell(
        conflict.application,
        f"lifted:{lifted.id}",
        conflict.user.email,
        "interest_lifted",
        now,
        name=conflict.user.name,
        round=conflict.application.round.label,
        procedure=conflict.application.round.procedure.title,
        path="/beoordelen",
    )
    return lifted


def add_employer(actor: User, form: Mapping[str, str], now: datetime) -> FormerEmployer:
    """An official enters an employer: `name`, and when known `kvk_number` and `left_on`. Raises `Invalid`."""
    name, number, left = (form.get(one, "").strip() for one in ("name", "kvk_number", "left_on"))
    problems = {}
    if not 2 <= len(name) <= 200:
        problems["name"] = N_("Vul de naam van de werkgever in.")
    number = number.replace(" ", "")
    if number and not re.fullmatch(r"[0-9]{8}", number):
        problems["kvk_number"] = N_("Een KvK-nummer heeft 8 cijfers. Weet u het niet? Laat het veld dan leeg.")
    day = None
    if left:
        try:
            day = date.fromisoformat(left)
        except ValueError:
            problems["left_on"] = N_("Vul een datum in, zoals 31-12-2025.")
    if problems:
        raise Invalid(problems)
    employer = FormerEmployer(
        authority_id=actor.authority_id or "",
        user_id=actor.id,
        name=name,
        kvk_number=number,
        left_on=day,
        entered_at=now,
    )
    require_official(actor, employer, *CONTENT_ROLES)
    audit.record(employer, "add_employer", actor, now)
    return employer


def remove_employer(employer: FormerEmployer, actor: User, now: datetime) -> None:
    """Take an employer off the own list; the caller deletes it. What was hidden because of it stays hidden."""
    require_official(actor, employer, *CONTENT_ROLES)
    if employer.user_id != actor.id:
        raise NotAllowed(N_("U kunt alleen uw eigen werkgevers wijzigen."))
    audit.record(employer, "remove_employer", actor, now)

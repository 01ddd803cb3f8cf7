"""Objections: filed within the term, heard, advised on by somebody who did not decide, and decided by two.

Until it is decided the applicant sees that it was received and when the hearing is, and nothing of advice or outcome.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from portal.deciding_words import OBJECTION_OUTCOMES, REVISING
from portal.domain import audit, calendar, releases, reviewers, reviews, running_terms, suspensions, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_applicant, require_official
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Application, DecisionLetter, Finding, Objection, ObjectionPoint, User
from portal.terms import N_, SUBMIT_ROLES

HANDLERS = ("inkoper", "round_manager")
"""Who enters what came on paper, plans hearings, and decides."""
ADVISERS = ("inkoper", "round_manager", "inspector", "authority_signatory")
ARGUMENT_LENGTH, REASON_LENGTH = 10, 30
LONGEST = 20_000


def last_day(letter: DecisionLetter) -> date:
    """The last day to object to what this letter told."""
    return running_terms.after_telling(letter.application, "objection", letter.sent_at)


def can_be_filed(letter: DecisionLetter) -> bool:
    """Whether this procedure knows objections, and something was decided against the applicant in this letter."""
    has_term = running_terms.length(letter.application.round, "objection").number > 0
    return has_term and letter.kind == "decision" and is_against(letter.application)


def is_against(application: Application) -> bool:
    """Something was not given as asked."""
    return any(one.outcome != "admitted" for one in application.decisions)


def is_in_time(letter: DecisionLetter, day: date) -> bool:
    """Whether the term to object still runs on this day; it does while it stands still."""
    return day <= last_day(letter) or suspensions.stands_still(letter.application, "objection")


def disputable(application: Application) -> list[Finding]:
    """The findings that one may argue against: those that count and say 'does not meet', in published order."""
    review = application.review
    found = reviews.items(review) if review is not None else []
    return [one.finding for one in found if one.finding is not None and one.finding.verdict == "fails"]


def standing(letter: DecisionLetter) -> Objection | None:
    """The objection to this letter that was not withdrawn."""
    return next(
        (one for one in letter.application.objections if one.letter_id == letter.id and one.state != "withdrawn"),
        None,
    )


def file(
    letter: DecisionLetter, actor: User, number: str, grounds: str, arguments: Mapping[str, str], now: datetime
) -> Objection:
    """The applicant objects, in the portal, on or before the last day. The same text twice is one objection.

    `arguments` are by id of a finding that can be disputed. Raises `Invalid` by field ('grounds', 'argument-<id>').
    """
    require_applicant(actor, letter.application, *SUBMIT_ROLES)
    if not can_be_filed(letter):
        raise Refused(N_("Tegen dit besluit kunt u hier geen bezwaar maken. De brief zegt wat u wel kunt doen."))
    text, points = _argued(letter.application, grounds, arguments)
    earlier = standing(letter)
    if earlier is not None:
        if earlier.grounds == text and {one.finding_id: one.argument for one in earlier.points} == points:
            return earlier
        raise Refused(N_("U maakte al bezwaar tegen dit besluit. Trek dat in, of stuur een bericht met uw aanvulling."))
    if not is_in_time(letter, calendar.local_day(now)):
        raise Refused(
            N_(
                "De termijn om bezwaar te maken eindigde op %(day)s. Kon u niet eerder? Stuur de regio een bericht en "
                "leg uit waarom."
            ),
            day=wording.day(last_day(letter)),
        )
    made = _made(letter, actor, number, text, points, calendar.local_day(now), now)
    audit.record(made, "file", actor, now, number=number, points=len(points))
    _confirm_receipt(made, now)
    return made


def enter(
    letter: DecisionLetter,
    actor: User,
    number: str,
    grounds: str,
    arguments: Mapping[str, str],
    received_on: date | None,
    now: datetime,
) -> Objection:
    """An official enters a letter that came on paper, with the day it came in. Too late is noted, not refused."""
    require_official(actor, letter, *HANDLERS)
    if not can_be_filed(letter):
        raise Refused(N_("Tegen dit besluit is geen bezwaar mogelijk."))
    text, points = _argued(letter.application, grounds, arguments)
    sent, today = calendar.local_day(letter.sent_at), calendar.local_day(now)
    if received_on is None or not sent <= received_on <= today:
        raise Invalid({"received_on": N_("Vul de dag in waarop de brief binnenkwam: tussen ons besluit en vandaag.")})
    earlier = standing(letter)
    if earlier is not None:
        if earlier.is_on_paper and earlier.grounds == text and earlier.received_on == received_on:
            return earlier
        raise Refused(N_("Er is al bezwaar gemaakt tegen dit besluit."))
    made = _made(letter, actor, number, text, points, received_on, now)
    made.is_on_paper = True
    made.is_late = not is_in_time(letter, received_on)
    audit.record(made, "enter", actor, now, number=number, received_on=str(received_on))
    _confirm_receipt(made, now)
    return made


def _argued(application: Application, grounds: str, arguments: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The text and the points, tidied. One of both is needed."""
    known = {one.id for one in disputable(application)}
    points = {key: tidy(text) for key, text in arguments.items() if tidy(text)}
    if not points.keys() <= known:
        raise NotFound(N_("Dit bestaat niet."))
    text, problems = tidy(grounds), {}
    for key, one in points.items():
        if not ARGUMENT_LENGTH <= len(one) <= LONGEST:
            problems[f"argument-{key}"] = N_("Leg in 10 tot 20.000 tekens uit waarom dit oordeel niet klopt.")
    if not points and not ARGUMENT_LENGTH <= len(text) <= LONGEST:
        problems["grounds"] = N_("Leg in 10 tot 20.000 tekens uit waarom u het niet eens bent met het besluit.")
    if problems:
        raise Invalid(problems)
    return text, points


def tidy(text: str) -> str:
    """Line ends alike, nothing around it."""
    return text.replace("\r\n", "\n").strip()


def _made(
    letter: DecisionLetter,
    actor: User,
    number: str,
    grounds: str,
    points: Mapping[str, str],
    received_on: date,
    now: datetime,
) -> Objection:
    application = letter.application
    first = application.decisions[0]
    made = Objection(
        authority_id=application.authority_id,
        letter=letter,
        letter_id=letter.id,
        number=number,
        state="filed",
        grounds=grounds,
        received_on=received_on,
        filed_at=now,
        filed_by=actor,
        filed_by_id=actor.id,
        proposer_id=first.proposed_by_id,
        confirmer_id=first.confirmed_by_id,
        approver_id=first.approved_by_id,
    )
    made.points = [
        ObjectionPoint(
            authority_id=application.authority_id,
            finding=one,
            finding_id=one.id,
            argument=points[one.id],
            position=position,
        )
        for position, one in enumerate(disputable(application))
        if one.id in points
    ]
    application.objections.append(made)
    return made


def _confirm_receipt(made: Objection, now: datetime) -> None:
    tell(made, "received", "objection_received", now, received=wording.day(made.received_on))


def tell(one: Objection, what: str, template: str, now: datetime, **facts: Any) -> None:
    """A mail to the applicant that only points to the portal."""
    application = one.application
    audit.tell_organisation(
        one,
        application.organisation.users,
        f"objection:{one.id}:{what}",
        template,
        now,
        number=one.number,
        application=application.number,
        procedure=application.round.procedure.title,
        path=f"/aanmeldingen/{application.id}/bezwaar",
        **facts,
    )


def withdraw(one: Objection, actor: User, now: datetime) -> None:
    """The applicant takes it back, before it is decided. Twice is once."""
    require_applicant(actor, one.application, *SUBMIT_ROLES)
    if one.state == "withdrawn":
        return
    advance(one, "withdraw", actor, now, number=one.number)
    one.withdrawn_at = now


def plan_hearing(one: Objection, actor: User, at: datetime | None, place: str, now: datetime) -> None:
    """Invite the applicant; planning anew replaces what was planned, and tells so."""
    require_official(actor, one, *HANDLERS)
    problems = {}
    if at is None or at <= now:
        problems["hearing_at"] = N_("Kies een dag en een tijd die nog komen.")
    if len(place.strip()) < 3:
        problems["hearing_place"] = N_("Vul in waar de hoorzitting is, of hoe men online meedoet.")
    if problems or at is None:
        raise Invalid(problems)
    if one.state == "hearing" and (one.hearing_at, one.hearing_place) == (at, place.strip()[:200]):
        return
    advance(one, "plan_hearing", actor, now, at=at.isoformat())
    one.hearing_at, one.hearing_place = at, place.strip()[:200]
    tell(one, f"hearing:{at:%Y%m%d%H%M}", "objection_hearing", now, moment=wording.moment(at), place=one.hearing_place)


def hear(one: Objection, actor: User, minutes: str, now: datetime) -> None:
    """The hearing was held, or the applicant did not want one: `minutes` say what was said, or why there was none."""
    require_official(actor, one, *HANDLERS)
    if one.state == "hearing" and one.hearing_at is not None and now < one.hearing_at:
        raise Refused(N_("De hoorzitting moet nog komen. Leg daarna vast wat er is gezegd."))
    text = tidy(minutes)
    if not REASON_LENGTH <= len(text) <= LONGEST:
        raise Invalid(
            {"minutes": N_("Leg in minstens 30 tekens vast wat is gezegd, of waarom er geen hoorzitting is.")}
        )
    if one.state == "heard" and one.minutes == text:
        return
    advance(one, "hear" if one.state == "hearing" else "skip_hearing", actor, now)
    one.minutes, one.heard_at = text, now


def advise(one: Objection, actor: User, outcome: str, advice: str, now: datetime) -> None:
    """Somebody who did not decide advises. The database refuses one of those who did as well."""
    require_official(actor, one, *ADVISERS)
    if actor.id in _decided(one):
        raise NotAllowed(N_("U besliste mee over deze aanmelding. Iemand anders geeft het advies."))
    if one.state == "advised" and (one.advised_by_id, one.advice) == (actor.id, tidy(advice)):
        return
    _check(outcome, advice, "advice")
    advance(one, "advise", actor, now, outcome=outcome)
    one.advice, one.advised_outcome = tidy(advice), outcome
    one.advised_at, one.advised_by, one.advised_by_id = now, actor, actor.id


def _decided(one: Objection) -> set[str]:
    """Who decided what the objection is about, found anything of it, or awarded."""
    application = one.application
    review = application.review
    ids = {one.proposer_id, one.confirmer_id, one.approver_id or "", *releases.deciders(application)}
    ids |= {found.found_by_id for found in review.findings} if review is not None else set()
    ids |= {each for award in application.round.awards for each in (award.proposed_by_id, award.confirmed_by_id or "")}
    return ids - {""}


def may_advise(one: Objection, actor: User) -> bool:
    """Whether this official is free to advise now."""
    return one.state == "heard" and bool(actor.role_names & set(ADVISERS)) and actor.id not in _decided(one)


def _check(outcome: str, text: str, field: str) -> None:
    problems = {}
    if outcome not in OBJECTION_OUTCOMES:
        problems["outcome"] = N_("Kies een uitkomst.")
    if not REASON_LENGTH <= len(tidy(text)) <= LONGEST:
        problems[field] = N_("Motiveer in minstens 30 tekens. De aanbieder leest deze tekst.")
    if problems:
        raise Invalid(problems)


def propose(
    one: Objection, actor: User, outcome: str, reason: str, admitted: Collection[tuple[str, str]], now: datetime
) -> None:
    """The first official proposes the outcome; (partly) founded names the cells that are admitted after all.

    `admitted` are (product id, municipality id) of cells that were refused. Where the round was awarded an outcome
    revises nothing here: then the lot is awarded anew.
    """
    require_official(actor, one, *HANDLERS)
    _require_no_shadow(one, actor)
    if actor.id == one.advised_by_id:
        raise NotAllowed(N_("U gaf het advies. Iemand anders beslist."))
    _check(outcome, reason, "reason")
    refused = {
        (each.product_id, each.municipality_id) for each in one.application.decisions if each.outcome == "refused"
    }
    cells = sorted(set(admitted))
    if not set(cells) <= refused:
        raise NotFound(N_("Dit bestaat niet."))
    if outcome in REVISING and not cells:
        raise Invalid({"cells": N_("Kies wat u alsnog toelaat. Verandert er niets, dan is het bezwaar ongegrond.")})
    if outcome == "founded" and set(cells) != refused:
        raise Invalid({"cells": N_("Niet alles is gekozen. Kies alles, of kies ‘deels gegrond’.")})
    if outcome not in REVISING and cells:
        raise Invalid({"cells": N_("Bij deze uitkomst verandert er niets. Haal de vinkjes weg.")})
    if outcome in REVISING and one.application.round.awards:
        raise Refused(N_("Er is al gegund. Een gegrond bezwaar vraagt een nieuwe gunning van het perceel."))
    advance(one, "propose", actor, now, outcome=outcome)
    one.outcome, one.reason = outcome, tidy(reason)
    one.cells = [{"product_id": product, "municipality_id": town} for product, town in cells]
    one.proposed_at, one.proposed_by, one.proposed_by_id = now, actor, actor.id


def send_back(one: Objection, actor: User, reason: str, now: datetime) -> None:
    """The second official does not agree; the reason is on record and the outcome is proposed anew."""
    require_second(one, actor)
    if len(reason.strip()) < ARGUMENT_LENGTH:
        raise Invalid({"back": N_("Leg in minstens 10 tekens uit waarom u het voorstel teruggeeft.")})
    advance(one, "send_back", actor, now, reason=reason.strip())
    one.outcome, one.reason, one.cells = "", "", []
    one.proposed_at = one.proposed_by = one.proposed_by_id = None


def require_second(one: Objection, actor: User) -> None:
    """Somebody else than who proposed the outcome, and than who advised (else `NotAllowed`)."""
    require_official(actor, one, *HANDLERS)
    _require_no_shadow(one, actor)
    if actor.id == one.proposed_by_id:
        raise NotAllowed(N_("U stelde deze uitkomst zelf voor. Een collega stelt haar vast."))
    if actor.id == one.advised_by_id:
        raise NotAllowed(N_("U gaf het advies. Iemand anders beslist."))


def _require_no_shadow(one: Objection, actor: User) -> None:
    if one.application.review is not None:
        reviewers.require_no_shadow(one.application.review, actor)


def pending(application: Application) -> Objection | None:
    """The objection that waits for its outcome."""
    return next((one for one in application.objections if one.is_pending), None)


def require_none(application: Application) -> None:
    """No agreement is made or signed while an objection of this applicant is pending. Raises `Refused`."""
    found = pending(application)
    if found is not None:
        raise Refused(N_("Er loopt een bezwaar (%(number)s). Ondertekenen kan na de uitkomst."), number=found.number)

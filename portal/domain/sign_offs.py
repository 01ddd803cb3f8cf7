"""Sign-off: who may not submit offers the application to who may. Who may submit needs no such step."""

from __future__ import annotations

from datetime import datetime

from portal.domain import audit
from portal.domain.applications import require_editable
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_applicant
from portal.errors import Invalid, Refused
from portal.models import Application, SignOff, User
from portal.terms import N_, SUBMIT_ROLES

LONGEST = 2000


def open_one(application: Application) -> SignOff | None:
    """What lies with the signatories now."""
    return next((one for one in application.sign_offs if one.state == "asked"), None)


def _written(text: str, field: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > LONGEST:
        raise Invalid({field: N_("Gebruik hoogstens 2.000 tekens. Kort de tekst in.")})
    return text


def ask(application: Application, actor: User, note: str, now: datetime) -> SignOff:
    """Offer the application to the signatories; they get a mail. What lies there already stays there once.

    It can be changed meanwhile: the signatory sees what.
    """
    require_editable(application, actor, now)
    present = open_one(application)
    if present is not None:
        return present
    if actor.role_names & set(SUBMIT_ROLES):
        raise Refused(N_("U mag zelf indienen. Ter ondertekening aanbieden is niet nodig."))
    signatories = [one for one in application.organisation.users if _can_sign(one)]
    if not signatories:
        raise Refused(
            N_(
                "Uw organisatie heeft nog geen tekenbevoegde met toegang. "
                "Laat iemand die mag tekenen zich melden bij de hulp van het portaal."
            )
        )
    asked = SignOff(
        authority_id=application.authority_id,
        application_id=application.id,
        state="asked",
        asked_at=now,
        asked_by=actor,
        asked_by_id=actor.id,
        note=_written(note, "note"),
        remark="",
    )
    application.sign_offs.append(asked)
    audit.record(application, "ask_sign_off", actor, now)
    audit.tell_organisation(
        application,
        signatories,
        f"sign_off:{asked.id}",
        "sign_off_asked",
        now,
        asker=actor.name,
        application=application.number,
        organisation=application.organisation.name,
        path=f"/aanmeldingen/{application.id}/indienen",
    )
    return asked


def _can_sign(user: User) -> bool:
    has_access = user.verified_at is not None and user.disabled_at is None
    return has_access and any(one.role == "signatory" for one in user.roles)


def take_back(application: Application, actor: User, now: datetime) -> None:
    """Not ready after all. Without anything offered there is nothing to do."""
    require_editable(application, actor, now)
    present = open_one(application)
    if present is not None:
        _settle(present, "take_back", actor, now)


def send_back(application: Application, actor: User, remark: str, now: datetime) -> None:
    """The signatory says what must change first; who asked gets a mail. Raises `Invalid` without a remark."""
    require_applicant(actor, application, *SUBMIT_ROLES)
    require_editable(application, actor, now)
    remark, present = _written(remark, "remark"), open_one(application)
    if not remark:
        raise Invalid({"remark": N_("Schrijf op wat er nog moet gebeuren. Uw collega leest dit.")})
    if present is None:
        raise Refused(N_("Deze aanmelding ligt niet meer bij u: zij is al teruggegeven of ingediend."))
    _settle(present, "send_back", actor, now)
    present.remark = remark
    audit.tell_organisation(
        application,
        [present.asked_by],
        f"sign_off_back:{present.id}",
        "sign_off_sent_back",
        now,
        signatory=actor.name,
        application=application.number,
        organisation=application.organisation.name,
        path=f"/aanmeldingen/{application.id}",
    )


def _settle(sign_off: SignOff, act: str, actor: User, now: datetime) -> None:
    advance(sign_off, act, actor, now)
    sign_off.settled_at, sign_off.settled_by, sign_off.settled_by_id = now, actor, actor.id

"""The planning of a procedure: for everybody, as a feed for a calendar, and with the gates for the round manager."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.adapters.ical import Event, feed
from portal.domain import calendar, deadlines, planning, procedures
from portal.domain.planning import Step
from portal.errors import Invalid, NotFound
from portal.models import GateDecision, Procedure, Round
from portal.queries import deadlines as deadline_queries
from portal.queries import planning as queries
from portal.terms import N_
from portal.web import languages
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field
from portal.web.public import blueprint as public

blueprint = Blueprint("planning", __name__)


@dataclass(frozen=True)
class StepLine:
    """One step, whether it is past ('done'), now or ahead (''), and what was decided there, the last one first."""

    step: Step
    state: str
    decisions: list[GateDecision]

    @property
    def outcome(self) -> str:
        """'go', 'no_go', or '' while nothing is decided."""
        return self.decisions[0].outcome if self.decisions else ""


@dataclass(frozen=True)
class RoundLine:
    """One round with its computed days; `gate` is the step it waits for, empty when there is none."""

    round: Round
    decided_by: date
    gate: str


@dataclass(frozen=True)
class Meeting:
    """A meeting of a consultation, or (without an end) its opening or closing."""

    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    place: str = ""
    text: str = ""

    @property
    def until(self) -> str:
        """The end in words: only the clock when it is on the day of the start."""
        if self.ends_at is None:
            return ""
        day, words = calendar.local_day(self.starts_at), languages.moment(self.ends_at)
        return words if calendar.local_day(self.ends_at) != day else words.rpartition(", ")[2]


def step_lines(procedure: Procedure, today: date) -> list[StepLine]:
    """Every step of the planning with its decisions."""
    lines = []
    for step in planning.steps(procedure):
        state = "done" if step.last_day < today else "now" if step.starts_on <= today else ""
        decided = [one for one in reversed(procedure.gate_decisions) if step.is_gate and one.step == step.code]
        lines.append(StepLine(step, state, decided))
    return lines


def round_lines(procedure: Procedure) -> list[RoundLine]:
    """Every round in order of opening, with the last day of its decisions."""
    return [
        RoundLine(one, procedures.decided_by(one), planning.title_of(procedure, one.held_by) if one.held_by else "")
        for one in sorted(procedure.rounds, key=lambda one: one.opens_at)
    ]


def meetings(procedure: Procedure) -> list[Meeting]:
    """What the consultations have in store, in order."""
    found = []
    for one in procedure.settings.get("consultations") or []:
        found.append(Meeting(gettext("Opent: %(title)s", title=one["title"]), _moment(one["opens_at"])))
        found.append(Meeting(gettext("Sluit: %(title)s", title=one["title"]), _moment(one["closes_at"])))
        found += [
            Meeting(
                each["title"],
                _moment(each["starts_at"]),
                _moment(each["ends_at"]),
                each.get("place", ""),
                each.get("text", ""),
            )
            for each in one.get("meetings") or []
        ]
    return sorted(found, key=lambda one: one.starts_at)


def _moment(text: str) -> datetime:
    wall = datetime.fromisoformat(text)
    return calendar.local_instant(wall.date(), wall.time())


def _found(procedure: Procedure | None) -> Procedure:
    if procedure is None:
        raise NotFound(N_("Deze procedure bestaat niet of is nog niet gepubliceerd."))
    return procedure


def _page(procedure: Procedure, template: str, **more: Any) -> str:
    return render_template(
        template,
        procedure=procedure,
        steps=step_lines(procedure, calendar.local_day(now())),
        rounds=round_lines(procedure),
        meetings=meetings(procedure),
        **more,
    )


@public.get("/procedures/<authority_slug>/<slug>/planning")
@audience("public")
def planning_page(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Steps, rounds with their computed days, and what was decided at each gate."""
    procedure = _found(queries.published(db(), authority_slug, slug))
    is_following = (
        current_user.is_authenticated and deadline_queries.following(db(), procedure.id, person().id) is not None
    )
    return _page(procedure, "public/planning.html", is_following=is_following)


@public.get("/procedures/<authority_slug>/<slug>/planning.ics")
@audience("public")
def planning_feed(authority_slug: str, slug: str) -> ResponseReturnValue:
    """The same as a calendar to subscribe to (RFC 5545)."""
    procedure = _found(queries.published(db(), authority_slug, slug))
    address = url_for("public.planning_page", authority_slug=authority_slug, slug=slug, _external=True)
    text = feed(procedure.title, events(procedure, address), now())
    response = Response(text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{procedure.slug}.ics"'
    return response


def events(procedure: Procedure, address: str) -> Iterator[Event]:
    """The whole planning as events; a round that waits for a gate says so."""
    for number, step in enumerate(planning.steps(procedure)):
        uid = f"{procedure.id}-step-{step.code or number}@voordeur"
        yield Event(uid, step.title, step.starts_on, step.ends_on, step.text, url=address)
    for line in round_lines(procedure):
        one = line.round
        name = gettext("ronde %(label)s", label=one.label)
        note = gettext("Onder voorbehoud: deze ronde wacht op ‘%(gate)s’.", gate=line.gate) if line.gate else ""
        changed = deadlines.confirmed(one)
        history = (
            gettext(
                "De sluiting is verplaatst van %(before)s naar %(after)s. Reden: %(why)s",
                before=languages.moment(each.old_closes_at),
                after=languages.moment(each.new_closes_at),
                why=each.reason,
            )
            for each in changed
        )
        text = "\n".join(filter(None, (note, one.remark, *history)))
        marks: tuple[tuple[str, str, date | datetime], ...] = (
            ("opens", gettext("Opening %(round)s", round=name), one.opens_at),
            ("closes", gettext("Sluiting %(round)s", round=name), one.closes_at),
            ("decided", gettext("Uiterste dag besluiten %(round)s", round=name), line.decided_by),
            ("starts", gettext("Overeenkomsten van %(round)s gaan in", round=name), one.agreements_start_on),
        )
        for key, title, at in marks:
            if key == "decided" and one.is_continuous:
                continue  # every application has a term of its own
            uid = f"{one.id}-{key}@voordeur"
            yield Event(uid, title, at, None, text, url=address, sequence=len(changed))
    for number, meeting in enumerate(meetings(procedure)):
        uid = f"{procedure.id}-meeting-{number}@voordeur"
        yield Event(uid, meeting.title, meeting.starts_at, meeting.ends_at, meeting.text, meeting.place, address)


# --- for the round manager ---


@blueprint.get("/planning/<procedure_id>")
@audience("round_manager")
def manage(procedure_id: str) -> ResponseReturnValue:
    return _manage_page(_found(queries.own(db(), procedure_id)))


def _manage_page(procedure: Procedure, at: str = "", form: Mapping[str, str] | None = None, **errors: str) -> str:
    beyond = planning.beyond_decrees(procedure, now())
    return _page(procedure, "coverage/planning.html", at=at, form=form or {}, errors=errors, beyond=beyond)


@blueprint.post("/planning/<procedure_id>/besluit/<code>")
@audience("round_manager")
def decide(procedure_id: str, code: str) -> ResponseReturnValue:
    """Go or no-go at one gate."""
    procedure, form = _found(queries.own(db(), procedure_id)), request.form
    try:
        made = planning.decide_gate(procedure, person(), code, form.get("outcome", ""), form.get("reason", ""), now())
    except Invalid as error:
        problems = by_field(error)
        return _manage_page(procedure, code, form, **problems), 422
    db().commit()
    text = gettext("Het besluit is vastgelegd en gepubliceerd.") if made else gettext("Dit besluit lag er al.")
    flash(text, "ok" if made else "info")
    return redirect(url_for("planning.manage", procedure_id=procedure_id), 303)

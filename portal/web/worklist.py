"""Working through the queue with many at once: assigning, reminding, and views that somebody gave a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.domain import assigning, saved_views
from portal.errors import Invalid, NotFound
from portal.models import Review, User
from portal.queries import side_reviews, worklist
from portal.queries.queue import CHOOSING, Wanted
from portal.terms import N_
from portal.web import queue
from portal.web.context import authority_id, db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("worklist", __name__)

NAMED = 8
"""So many numbers a report names; of the rest it says how many there are."""


def _back() -> ResponseReturnValue:
    return redirect(queue.address(Wanted.read(request.args)), 303)


def _ticked() -> list[str]:
    return list(dict.fromkeys(request.form.getlist("id")))


def _refuse(error: Invalid, ticked: Sequence[str] = ()) -> ResponseReturnValue:
    return queue.show(by_field(error), ticked), 422


def _chosen() -> Sequence[Review]:
    """What was ticked, as far as this official may see it. Raises `Invalid` for nothing, or too much for one act."""
    ids = _ticked()
    if len(ids) > CHOOSING:
        raise Invalid({"aangekruist": N_("Kies ten hoogste 200 aanmeldingen tegelijk.")})
    found = worklist.chosen(db(), ids, person().id) if ids else []
    if not found:
        raise Invalid({"aangekruist": N_("Kruis een of meer aanmeldingen aan.")})
    return found


def _numbers(reviews: Sequence[Review]) -> str:
    named = ", ".join(one.application.number for one in reviews[:NAMED])
    left = len(reviews) - NAMED
    return named if left <= 0 else gettext("%(numbers)s en nog %(left)s", numbers=named, left=left)


def _report(left: Mapping[str, Sequence[Review]], words: Mapping[str, str], lead: str) -> None:
    """Why nothing was done with some: one line per reason, with the numbers."""
    for why, reviews in left.items():
        said = {"number": len(reviews), "why": gettext(words[why]), "numbers": _numbers(reviews)}
        flash(lead % said, "info" if why in ("same", "self", "today") else "warning")


@blueprint.post("/beoordelen/toewijzen")
@audience("inkoper")
def assign() -> ResponseReturnValue:
    """Put every ticked dossier in the name of one colleague; what cannot be is left alone and reported."""
    queue.declared_rounds()
    try:
        reviews, colleague = _chosen(), _colleague()
        done, left = _assign_each(reviews, colleague)
    except Invalid as error:
        return _refuse(error, _ticked())
    assigning.announce(done, person(), colleague, now())
    db().commit()
    if done and colleague is None:
        flash(ngettext("%(num)s aanmelding is vrijgegeven.", "%(num)s aanmeldingen zijn vrijgegeven.", len(done)), "ok")
    elif done and colleague is not None:
        text = ngettext(
            "%(num)s aanmelding staat op naam van %(name)s.",
            "%(num)s aanmeldingen staan op naam van %(name)s.",
            len(done),
            name=colleague.name,
        )
        flash(text, "ok")
    _report(left, assigning.REFUSALS, gettext("%(number)s niet toegewezen: %(why)s (%(numbers)s)."))
    return _back()


def _colleague() -> User | None:
    """Who gets them; None is nobody. Raises `Invalid` when nobody was chosen who can screen here."""
    chosen = request.form.get("collega", "")
    if chosen == queue.NOBODY:
        return None
    found = side_reviews.inkoper(db(), authority_id(), chosen)
    if found is None:
        raise Invalid({"collega": N_("Kies wie deze aanmeldingen krijgt.")})
    return found


def _assign_each(reviews: Sequence[Review], colleague: User | None) -> tuple[list[Review], Mapping[str, list[Review]]]:
    hidden = worklist.hidden_from(db(), colleague.id, reviews) if colleague is not None else set()
    take_over = request.form.get("overnemen") == "ja"
    done: list[Review] = []
    left: dict[str, list[Review]] = defaultdict(list)
    for one in reviews:
        has_interest = one.application_id in hidden
        why = assigning.assign(one, person(), colleague, now(), has_interest=has_interest, take_over=take_over)
        (left[why] if why else done).append(one)
    return done, left


@blueprint.post("/beoordelen/herinneren")
@audience("inkoper")
def remind() -> ResponseReturnValue:
    """One mail to each colleague for whom ticked dossiers wait; at most one a day for everybody."""
    queue.declared_rounds()
    try:
        reviews = _chosen()
    except Invalid as error:
        return _refuse(error, _ticked())
    waiting: dict[str, list[Review]] = defaultdict(list)
    people: dict[str, User] = {}
    left: dict[str, list[Review]] = defaultdict(list)
    for one in reviews:
        who = assigning.awaited(one, person())
        if isinstance(who, str):
            left[who].append(one)
        else:
            people[who.id] = who
            waiting[who.id].append(one)
    reasons = {one: assigning.reminder(people[one], now()) for one in waiting}
    told = worklist.told(db(), list(reasons.values()))
    for user_id, theirs in waiting.items():
        if reasons[user_id] in told:
            left["today"].extend(theirs)
        else:
            assigning.remind(theirs, person(), people[user_id], now())
    db().commit()
    names = ", ".join(sorted(people[one].name for one in waiting if reasons[one] not in told))
    if names:
        flash(gettext("Een herinnering gaat naar: %(names)s.", names=names), "ok")
    _report(left, assigning.SILENCES, gettext("%(number)s niet herinnerd: %(why)s (%(numbers)s)."))
    return _back()


@blueprint.post("/beoordelen/weergaven")
@audience("reading_along")
def save_view() -> ResponseReturnValue:
    """Give the filters of the address a name."""
    own = [one for one in worklist.saved_views(db(), person().id) if one.user_id == person().id]
    filters = Wanted.read(request.args).address()
    is_shared = request.form.get("gedeeld") == "ja"
    try:
        view = saved_views.save(person(), request.form.get("weergave", ""), filters, own, now(), is_shared=is_shared)
    except Invalid as error:
        return _refuse(error)
    db().add(view)
    db().commit()
    flash(gettext("De weergave ‘%(name)s’ staat boven de lijst.", name=view.name), "ok")
    return _back()


@blueprint.post("/beoordelen/weergaven/<view_id>/verwijderen")
@audience("reading_along")
def remove_view(view_id: str) -> ResponseReturnValue:
    view = worklist.own_view(db(), view_id, person().id)
    if view is None:
        raise NotFound(N_("Dit bestaat niet."))
    name = view.name
    saved_views.remove(view, person(), now())
    db().delete(view)
    db().commit()
    flash(gettext("De weergave ‘%(name)s’ is verwijderd.", name=name), "ok")
    return _back()

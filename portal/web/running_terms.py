"""The terms of a round: a page, a calendar feed, and letting a term of one application stand still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.adapters.ical import Event, feed
from portal.deciding_words import SUSPENSIONS, TERMS, UNEXPLAINED
from portal.domain import accounts, calendar, suspensions, term_feeds, term_lines, wording
from portal.domain.term_lines import Line
from portal.errors import Invalid, NotFound, Refused
from portal.models import Review, Round
from portal.queries import reviews as review_queries
from portal.queries import rounds as round_queries
from portal.queries import running_terms as queries
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("running_terms", __name__)

CHOICES = tuple(kind for kind in SUSPENSIONS if kind != UNEXPLAINED)
"""What is chosen on a dossier; the integrity officer suspends from the compartment."""


def _round(round_id: str) -> Round:
    found = round_queries.round_with_procedure(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    if found.closed_at is None and not found.is_continuous:
        raise Refused(N_("Deze ronde is nog niet gesloten. Namen en gegevens ziet u pas daarna."))
    return found


def _lines(round_id: str, user_id: str) -> list[Line]:
    """What runs in a round, for one official: what ends first on top, what stands still at the end."""
    found = [
        line
        for review in queries.in_round(db(), round_id, user_id)
        for line in term_lines.lines(review.application, now())
    ]
    return sorted(found, key=lambda one: (one.ends_on is None, one.planned_on, one.application.number, one.term))


def _page(round_: Round, secret: str = "") -> str:
    me, wanted = person(), request.args.get("termijn", "")
    lines = _lines(round_.id, me.id)
    counts = {key: sum(one.term == key for one in lines) for key in TERMS}
    return render_template(
        "rounds/terms.html",
        round=round_,
        lines=[one for one in lines if wanted not in TERMS or one.term == wanted],
        counts=counts,
        wanted=wanted if wanted in TERMS else "",
        words=TERMS,
        today=calendar.local_day(now()),
        # An inkoper reads names after declaring interests; a dossier is opened by whoever screens.
        shows_names="round_manager" in me.role_names or review_queries.has_declared(db(), round_.id, me.id),
        feed=queries.feed(db(), round_.id, me.id),
        address=url_for("running_terms.read_feed", secret=secret, _external=True) if secret else "",
    )


@blueprint.get("/rondes/<round_id>/termijnen")
@audience("screening")
def show(round_id: str) -> ResponseReturnValue:
    """Every term that runs in a round, or stands still."""
    return _page(_round(round_id))


@blueprint.post("/rondes/<round_id>/termijnen/adres")
@audience("screening")
def make_feed(round_id: str) -> ResponseReturnValue:
    """A new address for one's own calendar; the answer is the only page that ever shows it."""
    round_ = _round(round_id)
    made, secret = term_feeds.make(round_, person(), queries.feed(db(), round_id, person().id), now())
    db().flush()  # the old address gives way before the new one comes
    db().add(made)
    db().commit()
    return _page(round_, secret)


@blueprint.post("/rondes/<round_id>/termijnen/adres/intrekken")
@audience("screening")
def revoke_feed(round_id: str) -> ResponseReturnValue:
    """Stop one's own address."""
    found = queries.feed(db(), _round(round_id).id, person().id)
    if found is not None:
        term_feeds.revoke(found, person(), now())
        db().commit()
    flash(gettext("Het agenda-adres werkt niet meer."), "ok")
    return redirect(url_for("running_terms.show", round_id=round_id, _anchor="agenda-adres"), 303)


@blueprint.get("/agenda/termijnen/<secret>.ics")
@audience("public")
def read_feed(secret: str) -> ResponseReturnValue:
    """The same for a calendar, which cannot sign in (RFC 5545). It holds numbers, no names."""
    found = queries.feed_by_digest(db(), accounts.digest(secret))
    if found is None or not term_feeds.is_live(found):
        raise NotFound(N_("Dit agenda-adres bestaat niet of is ingetrokken."))
    name = gettext("Termijnen ronde %(label)s", label=found.round.label)
    text = feed(name, _events(found.round_id, found.user_id), now())
    response = Response(text, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = 'inline; filename="termijnen.ics"'
    return response


def _events(round_id: str, user_id: str) -> Iterator[Event]:
    address = url_for("running_terms.show", round_id=round_id, _external=True)
    for line in _lines(round_id, user_id):
        title = f"{gettext(TERMS[line.term].label)} {line.application.number}"
        if line.ends_on is None:
            title = gettext("%(term)s (staat stil)", term=title)
        number = len(line.application.term_suspensions)
        yield Event(f"{line.uid}@voordeur", title, line.planned_on, url=address, sequence=number)


# --- one application ---


def _review(review_id: str) -> Review:
    me = person()
    found = queries.review(db(), review_id, me.id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    if "round_manager" not in me.role_names and not review_queries.has_declared(
        db(), found.application.round_id, me.id
    ):
        raise Refused(N_("Verklaar eerst uw belangen in deze ronde."))
    return found


def _suspend_page(review: Review, errors: Mapping[str, str]) -> str:
    application, form = review.application, request.form
    return render_template(
        "review/terms.html",
        review=review,
        application=application,
        lines=list(term_lines.lines(application, now())),
        history=application.term_suspensions,
        words=TERMS,
        kinds=SUSPENSIONS,
        unexplained=UNEXPLAINED,
        choices=[(key, gettext(SUSPENSIONS[key].label)) for key in CHOICES],
        days_still=lambda one: suspensions.days_still(one, now()),
        typed=form,
        errors=errors,
    )


@blueprint.get("/beoordelen/<review_id>/termijnen")
@audience("screening")
def terms(review_id: str) -> ResponseReturnValue:
    """The terms of one application, and letting one stand still."""
    return _suspend_page(_review(review_id), {})


@blueprint.post("/beoordelen/<review_id>/termijnen/stilzetten")
@audience("screening")
def suspend(review_id: str) -> ResponseReturnValue:
    """Let one term stand still, with the reason."""
    review, form = _review(review_id), request.form
    term = form.get("term", "decision")
    try:
        if form.get("kind") == UNEXPLAINED:
            raise Invalid({"kind": N_("Kies waarom de termijn stilstaat.")})
        suspensions.suspend(
            review.application, form.get("kind", ""), person(), form.get("reason", ""), now(), term=term
        )
    except Invalid as error:
        return _suspend_page(review, by_field(error, term)), 422
    db().commit()
    flash(gettext("De termijn staat stil."), "ok")
    return redirect(url_for("running_terms.terms", review_id=review_id), 303)


@blueprint.post("/beoordelen/<review_id>/termijnen/hervatten")
@audience("screening")
def resume(review_id: str) -> ResponseReturnValue:
    """Let it run again."""
    review, form = _review(review_id), request.form
    kind, term = form.get("kind", ""), form.get("term", "decision")
    try:
        if kind == UNEXPLAINED:
            raise Refused(N_("Deze termijn staat niet door u stil. U kunt hem niet weer laten lopen."))
        suspensions.resume(review.application, kind, person(), form.get("reason", ""), now(), term=term)
    except Invalid as error:
        return _suspend_page(review, by_field(error, f"{term}-{kind}")), 422
    db().commit()
    day = wording.day(review.due_on)
    flash(gettext("De termijn loopt weer. Het besluit is er uiterlijk %(day)s.", day=day), "ok")
    return redirect(url_for("running_terms.terms", review_id=review_id), 303)

"""Taking part in a consultation: reacting per article, sending, and coming to a meeting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.domain import consultations as domain
from portal.domain import meetings
from portal.domain.consultations import Consultation
from portal.errors import Invalid, NotFound, Stale
from portal.models import Reaction
from portal.queries import consultations as queries
from portal.terms import N_
from portal.web import reaction_notes
from portal.web.consultations import PLACE, address, blueprint, crumbs, found
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated

__all__ = ["blueprint", "reaction_notes"]
"""One blueprint over four modules: naming the last of them here is what puts the pages of officials on it."""


def _reactions(asked: Consultation) -> dict[tuple[str, str], Reaction]:
    rows = queries.own_reactions(db(), asked.procedure.id, asked.code, organisation_id())
    return {one.spot: one for one in rows}


def _page(
    asked: Consultation,
    key: str = "",
    problems: Mapping[str, str] | None = None,
    stale: Stale | None = None,
) -> str:
    """The page with every article. After a refused save `key` is the article, and shows what was typed."""
    return render_template(
        "consultations/react.html",
        consultation=asked,
        state=asked.state(now()),
        reactions=_reactions(asked),
        typed={key: request.form} if key else {},
        errors=by_field(problems, key) | ({f"text-{key}": translated(stale)} if stale else {}),
        stale=stale.theirs if stale else None,
        crumbs=crumbs(asked, (gettext("Reageren"), "")),
    )


@blueprint.get(f"{PLACE}/reageren")
@audience("provider")
def react(authority_slug: str, slug: str, code: str) -> ResponseReturnValue:
    """Every article with what the organisation wrote about it."""
    return _page(found(authority_slug, slug, code))


@blueprint.post(f"{PLACE}/reageren/<key>")
@audience("provider")
def save(authority_slug: str, slug: str, code: str, key: str) -> ResponseReturnValue:
    """Keep what was written about one article."""
    asked = found(authority_slug, slug, code)
    article = asked.article(key)
    before = _reactions(asked).get(article.spot)
    shown = request.form.get("based_on", 0, type=int)
    try:
        saved = domain.save(asked, article, before, person(), request.form, now(), based_on=shown)
    except (Invalid, Stale) as refusal:
        if request.headers.get("Accept") == "text/plain":
            raise
        if isinstance(refusal, Stale):
            return _page(asked, key, stale=refusal), 409
        return _page(asked, key, refusal.problems), 422
    if saved is not None:
        db().add(saved)
    db().commit()
    if request.headers.get("Accept") == "text/plain":
        return str(saved.version if saved else 0), 200, {"Content-Type": "text/plain; charset=utf-8"}
    flash(gettext("Bewaard. Versturen doet u onder aan de pagina."), "ok")
    return redirect(address("react", asked, _anchor=f"artikel-{key}"), 303)


@blueprint.post(f"{PLACE}/versturen")
@audience("provider")
def send(authority_slug: str, slug: str, code: str) -> ResponseReturnValue:
    """Send everything that was written."""
    asked = found(authority_slug, slug, code)
    sent, withdrawn = domain.send_all(asked, list(_reactions(asked).values()), person(), now())
    db().commit()
    if sent or withdrawn:
        text = ngettext("%(num)s reactie is verstuurd.", "%(num)s reacties zijn verstuurd.", len(sent))
        flash(text + " " + gettext("U krijgt een ontvangstbevestiging per mail."), "ok")
    else:
        flash(gettext("Alles was al verstuurd. Er is niets veranderd."), "info")
    return redirect(address("react", asked, _anchor="versturen"), 303)


@blueprint.post(f"{PLACE}/reageren/<key>/intrekken")
@audience("provider")
def take_back(authority_slug: str, slug: str, code: str, key: str) -> ResponseReturnValue:
    """Withdraw one reaction that was sent."""
    asked = found(authority_slug, slug, code)
    reaction = _reactions(asked).get(asked.article(key).spot)
    if reaction is None:
        raise NotFound(N_("Dit bestaat niet."))
    domain.withdraw(asked, reaction, person(), now())
    db().commit()
    flash(gettext("De reactie is ingetrokken. Uw tekst staat hier nog; u kunt hem opnieuw versturen."), "ok")
    return redirect(address("react", asked, _anchor=f"artikel-{key}"), 303)


# --- meetings ---


def _register_page(asked: Consultation, meeting_code: str, errors: dict[str, str]) -> str:
    own = queries.own_registrations(db(), asked.procedure.id, asked.code, organisation_id()).get(meeting_code)
    meeting = asked.meeting(meeting_code)
    kept: list[Any] = own.names if own is not None and own.state != "withdrawn" else [person().name]
    names = [request.form.get(f"name_{number}", "") for number in (1, 2, 3)] if request.form else kept
    return render_template(
        "consultations/register.html",
        consultation=asked,
        meeting=meeting,
        own=own,
        names=names + [""] * (meetings.MOST_PERSONS - len(names)),
        standing=queries.standing(db(), asked.procedure.id, asked.code, asked.closes_at),
        errors=errors,
        crumbs=crumbs(
            asked,
            (meeting.title, address("meeting", asked, meeting_code=meeting_code)),
            (gettext("Aanmelden"), ""),
        ),
    )


@blueprint.get(f"{PLACE}/bijeenkomsten/<meeting_code>/aanmelden")
@audience("provider")
def registration(authority_slug: str, slug: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """The form with the persons who come."""
    return _register_page(found(authority_slug, slug, code), meeting_code, {})


@blueprint.post(f"{PLACE}/bijeenkomsten/<meeting_code>/aanmelden")
@audience("provider")
def register(authority_slug: str, slug: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """Register one to three persons, or change their names."""
    asked = found(authority_slug, slug, code)
    meeting, where = asked.meeting(meeting_code), (db(), asked.procedure.id, code, meeting_code)
    try:
        names = meetings.read_names(request.form)
    except Invalid as refusal:
        problems = by_field(refusal)
        return _register_page(asked, meeting_code, problems), 422
    own = meetings.register(asked, meeting, queries.registrations(*where), person(), names, now(), queries.draw(*where))
    db().add(own)
    db().commit()
    flash(_SAID[own.state](), "info" if own.state == "waiting" else "ok")
    return redirect(address("meeting", asked, meeting_code=meeting_code), 303)


_SAID = {
    "registered": lambda: gettext("U bent aangemeld voor de loting. U krijgt een mail met de uitkomst."),
    "invited": lambda: gettext("U bent aangemeld en uw plaats is zeker. U krijgt een mail."),
    "waiting": lambda: gettext("De bijeenkomst is vol. U staat op de wachtlijst en krijgt een mail als er plaats is."),
}


@blueprint.post(f"{PLACE}/bijeenkomsten/<meeting_code>/afmelden")
@audience("provider")
def unregister(authority_slug: str, slug: str, code: str, meeting_code: str) -> ResponseReturnValue:
    """Do not come after all."""
    asked = found(authority_slug, slug, code)
    everybody = queries.registrations(db(), asked.procedure.id, code, meeting_code)
    meetings.withdraw(asked, asked.meeting(meeting_code), everybody, person(), now())
    db().commit()
    flash(gettext("U bent afgemeld."), "ok")
    return redirect(address("meeting", asked, meeting_code=meeting_code), 303)

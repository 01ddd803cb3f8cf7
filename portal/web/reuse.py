"""Taking over from an earlier application of the own organisation, also with another authority: choose per source."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.domain import carrying
from portal.domain.carrying import Outlook
from portal.errors import NotFound
from portal.models import Application
from portal.queries import applications as applications_read
from portal.queries import reuse as queries
from portal.terms import APPLICATION_STATES, N_
from portal.web.applying import blueprint, closing, crumbs, own
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience


@dataclass(frozen=True)
class Source:
    """One earlier application, and what would come along from it. `outlook` None: it cannot be read now."""

    application: Application
    is_same: bool
    outlook: Outlook | None
    left: list[tuple[str, str]]

    @property
    def state(self) -> str:
        return gettext(APPLICATION_STATES[self.application.known_state].label)


def _source(one: Application, target: Application) -> Source:
    is_same = one.round.procedure_id == target.round.procedure_id
    if one.sealed_at is not None:
        return Source(one, is_same, None, [])
    found = carrying.outlook(one, target, person(), now())
    return Source(one, is_same, found, [(what, gettext(why)) for what, why in found.left])


@blueprint.get("/aanmeldingen/<application_id>/overnemen")
@audience("applicant")
def reuse(application_id: str) -> ResponseReturnValue:
    """Every earlier application with what would come along, and what would not."""
    found = own(application_id)
    with db().no_autoflush:
        sources = [_source(one, found) for one in queries.sources(db(), found)]
    return render_template(
        "apply/reuse.html",
        application=found,
        sources=[one for one in sources if one.outlook is None or one.application.answers or one.application.evidence],
        has_chosen=bool(found.selections),
        is_open=found.is_open(now()) and found.sealed_at is None,
        closing=closing(found.round),
        crumbs=crumbs(found, (gettext("Overnemen"), "")),
    )


@blueprint.post("/aanmeldingen/<application_id>/overnemen/<source_id>")
@audience("applicant")
def take_from(application_id: str, source_id: str) -> ResponseReturnValue:
    """Take over from one application. A second time brings nothing: what stands there is left alone."""
    target = own(application_id)
    source = applications_read.application(db(), source_id, organisation_id())
    if source is None:
        raise NotFound(N_("Deze aanmelding bestaat niet."))
    places = carrying.reuse(source, target, person(), now())
    db().commit()
    flash(_told(places), "ok" if places else "info")
    return redirect(url_for("apply.application", application_id=target.id), 303)


def _told(places: int) -> str:
    if not places:
        return gettext("Er was niets (meer) over te nemen. Wat u zelf invulde, is niet gewijzigd.")
    return ngettext(
        "%(num)s onderdeel is overgenomen. Controleer het voordat u indient.",
        "%(num)s onderdelen zijn overgenomen. Controleer ze voordat u indient.",
        places,
    )

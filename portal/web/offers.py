"""The page of one award criterion in a tender: the text of the offer, and the plans that go with it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import applications, offering, offers, scoring
from portal.domain.offers import CriterionAt
from portal.errors import Invalid, NotFound, RoundClosed, Stale
from portal.models import Application
from portal.queries import renewals, vault
from portal.terms import N_
from portal.web import carrying, task_list, task_order, uploads
from portal.web.answers import tell_kept
from portal.web.applying import blueprint, closing, crumbs, own
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.web.requests import wants_text


def _place(application: Application, key: str) -> CriterionAt:
    for place in offers.criteria_at(application):
        if place.key == key:
            return place
    raise NotFound(N_("Dit gunningscriterium hoort niet bij uw aanmelding."))


def _page(
    application: Application,
    place: CriterionAt,
    errors: dict[str, str] | None = None,
    stale: Stale | None = None,
    late: RoundClosed | None = None,
) -> str:
    written, files = offers.text_at(application, place), offers.documents_at(application, place)
    used = {one.document_id for one in files}
    usable = vault.usable(db(), application.organisation_id, [offers.KIND])
    return render_template(
        "apply/offer.html",
        application=application,
        place=place,
        lot_title=task_list.lot_title(place.lot),
        rules=scoring.rules(application.round),
        written=written,
        text=request.form.get("text", written.text if written else ""),
        stale=stale.theirs if stale else None,
        stale_text=translated(stale) if stale else "",
        files=files,
        newest=renewals.newest(db(), [one.document for one in files]),
        choosable=[one for one in usable if one.id not in used],
        kind=offers.KIND,
        around=task_order.on_the_way(application, _address(application, place)),
        late_text=translated(late) if late else "",
        **(carrying.way_on(application) if late else {"may_carry": False}),
        back=request.args.get("terug", ""),
        is_open=application.is_open(now()),
        closing=closing(application.round),
        crumbs=crumbs(application, (f"{place.code} {place.title}", "")),
        errors=errors or {},
    )


def _back() -> str | None:
    return "indienen" if request.args.get("terug") == "indienen" else None


def _to_page(application: Application, place: CriterionAt) -> ResponseReturnValue:
    goal = url_for("apply.offer", application_id=application.id, key=place.key, terug=_back(), _anchor="plannen")
    return redirect(goal, 303)


@blueprint.route("/aanmeldingen/<application_id>/aanbod/<key>", methods=["GET", "POST"])
@audience("applicant")
def offer(application_id: str, key: str) -> ResponseReturnValue:
    """Show or save the text on one award criterion."""
    application = own(application_id)
    place = _place(application, key)
    if request.method == "GET":
        return _page(application, place)
    shown, text = request.form.get("based_on", 0, type=int), request.form.get("text", "")
    try:
        saved = offering.write(application, person(), place, text, now(), based_on=shown)
    except (Invalid, Stale, RoundClosed) as error:
        return _not_saved(application, place, error)
    db().commit()
    if wants_text():
        return str(saved.version), 200, {"Content-Type": "text/plain; charset=utf-8"}
    flash(gettext("Bewaard. Indienen doet u later, als alles klaar is."), "ok")
    return redirect(_after_saving(application, place), 303)


def _not_saved(
    application: Application, place: CriterionAt, error: Invalid | Stale | RoundClosed
) -> ResponseReturnValue:
    """The page again with what was typed in it, and why it was not saved."""
    if wants_text():
        raise error
    if isinstance(error, Stale):
        return _page(application, place, stale=error), 409
    if isinstance(error, RoundClosed):
        return _page(application, place, late=error), 409
    return _page(application, place, by_field(error)), 422


def _address(application: Application, place: CriterionAt) -> str:
    return url_for("apply.offer", application_id=application.id, key=place.key)


def _after_saving(application: Application, place: CriterionAt) -> str:
    if _back():
        return url_for("apply.submit", application_id=application.id)
    if request.form.get("next"):
        return task_order.past(application, _address(application, place))
    return _address(application, place)


@blueprint.route("/aanmeldingen/<application_id>/aanbod/<key>/upload", methods=["PUT", "POST"])
@audience("applicant")
def upload_offer(application_id: str, key: str) -> ResponseReturnValue:
    """Take plans into the vault and let them go with the text."""
    application = own(application_id)
    _place(application, key)
    applications.require_own(application, now())
    batch = uploads.take(offers.KIND)
    application = own(application_id)  # receiving took time, in which nothing was locked: look again
    place = _place(application, key)
    kept = [uploads.keep(one, offers.KIND) for one in batch.received]
    used = [offering.attach(application, person(), place, one, now()) for one, *_ in kept]
    db().commit()
    if request.method == "PUT":
        shown = {"file": used[0], "application": application, "place": place, "newest": {}, "is_open": True}
        return render_template("apply/_offer_file.html", **shown), 201
    if batch.refusals:
        return _page(application, place, {"bestand": " ".join(translated(one) for one in batch.refusals)}), 409
    tell_kept(kept)
    return _to_page(application, place)


@blueprint.post("/aanmeldingen/<application_id>/aanbod/<key>/documenten")
@audience("applicant")
def attach_offer(application_id: str, key: str) -> ResponseReturnValue:
    """Let plans of the vault go with the text; `instead` names the one that they take the place of."""
    application = own(application_id)
    place = _place(application, key)
    chosen = request.form.getlist("document")
    if not chosen:
        return _page(application, place, {"kluis": gettext("Kies eerst een document uit uw kluis.")}), 422
    for document_id in chosen:
        document = vault.document(db(), document_id, organisation_id())
        if document is None:
            raise NotFound(N_("Dit document past hier niet of bestaat niet."))
        offering.attach(application, person(), place, document, now())
    instead = request.form.get("instead")
    for used in (one for one in offers.documents_at(application, place) if one.id == instead):
        if used.document_id not in chosen:
            offering.detach(application, person(), used, now())
    db().commit()
    flash(gettext("Het document hoort nu bij uw aanbod."), "ok")
    return _to_page(application, place)


@blueprint.post("/aanmeldingen/<application_id>/aanbod/<key>/documenten/<used_id>/weghalen")
@audience("applicant")
def detach_offer(application_id: str, key: str, used_id: str) -> ResponseReturnValue:
    """The plan no longer goes with the text; it stays in the vault."""
    application = own(application_id)
    place = _place(application, key)
    used = next((one for one in offers.documents_at(application, place) if one.id == used_id), None)
    if used is None:
        raise NotFound(N_("Dit document wordt hier niet gebruikt."))
    name = used.document.filename
    offering.detach(application, person(), used, now())
    db().commit()
    flash(gettext("%(name)s hoort niet meer bij uw aanbod. Het staat nog in uw kluis.", name=name), "ok")
    return _to_page(application, place)

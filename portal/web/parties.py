"""With whom an organisation applies: the page of the parties, adding, changing and removing one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import own_parts, parties, requirements
from portal.errors import Invalid, Stale
from portal.models import Answer, Application, Evidence, Party
from portal.terms import DOCUMENT_KINDS, LEGAL_FORMS, N_, PARTY_ROLES
from portal.web import places, task_list
from portal.web.account import country_names
from portal.web.applying import blueprint, closing, crumbs, own
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.languages import sentence
from portal.web.problems import by_field, translated
from portal.web.requests import wants_text

EXPLAINED = {
    "partner": N_(
        "U meldt zich samen aan als combinatie. Elke combinant is hoofdelijk aansprakelijk: de gemeenten kunnen ieder "
        "van u aanspreken voor de hele overeenkomst. Uw combinanten geven u een volmacht om namens hen te tekenen."
    ),
    "subcontractor": N_(
        "U bent hoofdaannemer. De onderaannemer voert een deel van de ondersteuning uit. U blijft verantwoordelijk "
        "voor alles wat de onderaannemer doet, en alleen u tekent de overeenkomst."
    ),
    "member": N_(
        "Uw coöperatie meldt zich aan voor haar leden. De leden bieden de ondersteuning. De coöperatie tekent en "
        "bewaakt de kwaliteit van haar leden."
    ),
    "third_party": N_(
        "U gebruikt kennis, ervaring of middelen van een andere organisatie om aan een eis te voldoen. U toont aan dat "
        "u daar tijdens de overeenkomst echt over kunt beschikken."
    ),
}
"""What taking part in each role means."""


def _page(
    application: Application,
    *,
    party: Party | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    stale: Stale | None = None,
) -> str:
    """The list with the form to add one; or, with `party`, the form of that one."""
    rules = application.round.settings.get("parties") or {}
    roles = requirements.admitted_roles(application.round)
    allowed = rules.get("legal_forms") or list(LEGAL_FORMS)
    gaps = requirements.gaps(application, now())
    back = url_for("apply.parties", application_id=application.id)
    return render_template(
        "apply/party.html" if party else "apply/parties.html",
        application=application,
        party=party,
        shown=typed if typed is not None else party,
        roles=[(one, gettext(PARTY_ROLES[one].label), gettext(EXPLAINED[one])) for one in roles],
        legal_forms=[(key, gettext(term.label)) for key, term in LEGAL_FORMS.items() if key in allowed],
        countries=country_names(),
        problems=[sentence(gap.message, gap.facts) for gap in gaps if gap.step == "parties"],
        standings={one.id: task_list.part_status(one, gaps) for one in application.parties},
        is_open=application.is_open(now()),
        back=request.args.get("terug", ""),
        closing=closing(application.round),
        crumbs=crumbs(application, (gettext("Met wie u samenwerkt"), back), (party.name, ""))
        if party
        else crumbs(application, (gettext("Met wie u samenwerkt"), "")),
        errors=by_field(errors) | ({"van-ander": translated(stale)} if stale else {}),
        stale=stale.theirs if stale else None,
        stale_text=translated(stale) if stale else "",
    )


def _file_name(party: Party, one: Evidence) -> str:
    """A file as the lead may read of it."""
    if party.own_part is None or own_parts.may_read_file(party.own_part, one):
        return one.document.filename
    return gettext(DOCUMENT_KINDS[one.document.kind].label)


def _to_list(application_id: str) -> ResponseReturnValue:
    back = request.args.get("terug")
    return redirect(url_for("apply.parties", application_id=application_id, terug=back), 303)


@blueprint.get("/aanmeldingen/<application_id>/samenwerking", endpoint="parties")
@audience("applicant")
def overview(application_id: str) -> ResponseReturnValue:
    """Who takes part, and who may."""
    return _page(own(application_id))


@blueprint.post("/aanmeldingen/<application_id>/samenwerking")
@audience("applicant")
def add_party(application_id: str) -> ResponseReturnValue:
    """Add one to those who take part."""
    application = own(application_id)
    try:
        party = parties.add(application, person(), request.form, now())
    except Invalid as invalid:
        return _page(application, typed=request.form, errors=invalid.problems), 422
    db().commit()
    flash(gettext("%(name)s doet mee. Kijk of er nieuwe eisen bij uw aanmelding staan.", name=party.name), "ok")
    return _to_list(application_id)


@blueprint.route("/aanmeldingen/<application_id>/samenwerking/<party_id>", methods=["GET", "POST"])
@audience("applicant")
def party(application_id: str, party_id: str) -> ResponseReturnValue:
    """Change the data of one that takes part."""
    application = own(application_id)
    found = parties.find(application, party_id)
    if request.method == "GET":
        return _page(application, party=found)
    shown = request.form.get("based_on", type=int)
    try:
        changed = parties.change(application, person(), found, request.form, now(), based_on=shown)
    except (Invalid, Stale) as refusal:
        if wants_text():
            raise
        if isinstance(refusal, Stale):
            return _page(application, party=found, typed=request.form, stale=refusal), 409
        return _page(application, party=found, typed=request.form, errors=refusal.problems), 422
    db().commit()
    if wants_text():
        return str(changed.version), 200, {"Content-Type": "text/plain; charset=utf-8"}
    flash(gettext("De gegevens van %(name)s zijn bewaard.", name=changed.name), "ok")
    return _to_list(application_id)


@blueprint.route("/aanmeldingen/<application_id>/samenwerking/<party_id>/verwijderen", methods=["GET", "POST"])
@audience("applicant")
def remove_party(application_id: str, party_id: str) -> ResponseReturnValue:
    """Say what goes with it and ask first; then take one out."""
    application = own(application_id)
    found = parties.find(application, party_id)
    if request.method == "POST":
        parties.remove(application, person(), found, now())
        db().commit()
        flash(gettext("%(name)s doet niet meer mee.", name=found.name), "ok")
        return _to_list(application_id)
    lost = parties.of_party(application, found)
    return render_template(
        "apply/remove_party.html",
        application=application,
        party=found,
        title=places.party_title(found),
        answers=sorted(f"{one.requirement.code} {one.requirement.title}" for one in lost if isinstance(one, Answer)),
        files=[_file_name(found, one) for one in lost if isinstance(one, Evidence)],
        is_open=application.is_open(now()),
        back=request.args.get("terug", ""),
        closing=closing(application.round),
        crumbs=crumbs(
            application,
            (gettext("Met wie u samenwerkt"), url_for("apply.parties", application_id=application.id)),
            (gettext("%(name)s verwijderen", name=found.name), ""),
        ),
    )

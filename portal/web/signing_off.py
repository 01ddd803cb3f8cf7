"""Offering an application to the signatories, taking it back, and sending it back."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import sign_offs
from portal.errors import Invalid
from portal.web.applying import blueprint, own
from portal.web.checking import check_page
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import by_field


@blueprint.post("/aanmeldingen/<application_id>/ter-ondertekening")
@audience("applicant")
def ask_sign_off(application_id: str) -> ResponseReturnValue:
    """Offer it to the signatories."""
    application = own(application_id)
    sign_offs.ask(application, person(), request.form.get("note", ""), now())
    db().commit()
    flash(gettext("Uw aanmelding ligt ter ondertekening. De tekenbevoegden kregen een mail."), "ok")
    return _back(application_id)


@blueprint.post("/aanmeldingen/<application_id>/ter-ondertekening/terugnemen")
@audience("applicant")
def take_back_sign_off(application_id: str) -> ResponseReturnValue:
    """Not ready after all."""
    sign_offs.take_back(own(application_id), person(), now())
    db().commit()
    flash(gettext("U heeft de aanmelding teruggenomen. Bied haar opnieuw aan als zij klaar is."), "ok")
    return _back(application_id)


@blueprint.post("/aanmeldingen/<application_id>/ter-ondertekening/teruggeven")
@audience("submitter")
def send_back_sign_off(application_id: str) -> ResponseReturnValue:
    """Send it back with a remark."""
    application = own(application_id)
    try:
        sign_offs.send_back(application, person(), request.form.get("remark", ""), now())
    except Invalid as invalid:
        return check_page(application, by_field(invalid)), 422
    db().commit()
    flash(gettext("De aanmelding is teruggegeven. Wie haar aanbood, kreeg een mail met uw opmerking."), "ok")
    return redirect(url_for("apply.application", application_id=application_id), 303)


def _back(application_id: str) -> ResponseReturnValue:
    return redirect(url_for("apply.submit", application_id=application_id), 303)

"""The owner of a certificate of conduct says whether it is destroyed after it was looked at."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import seen_certificates as domain
from portal.web.applying import blueprint, own_document
from portal.web.context import db, now, person
from portal.web.guards import audience


@blueprint.post("/documenten/<document_id>/wissen-na-inzien")
@audience("applicant")
def agree_to_erase(document_id: str) -> ResponseReturnValue:
    found, may_erase = own_document(document_id), request.form.get("may_erase") == "yes"
    domain.agree(found, person(), may_erase, now())
    db().commit()
    yes, no = gettext("Wij wissen dit stuk zodra het is ingezien."), gettext("Dit stuk blijft in uw kluis.")
    flash(yes if may_erase else no, "ok")
    return redirect(url_for("apply.document", document_id=document_id, _anchor="wissen"), 303)

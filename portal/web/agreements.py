"""The framework agreements of one organisation or one authority: read, download, sign."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import agreements as domain
from portal.errors import Invalid, NotFound
from portal.models import Agreement, User
from portal.queries import agreements as queries
from portal.queries.agreements import Cursor
from portal.terms import AGREEMENT_STATES, N_
from portal.web import step_up
from portal.web.context import db, moment, person, release, services
from portal.web.downloads import attachment
from portal.web.guards import audience
from portal.web.problems import by_field

blueprint = Blueprint("agreements", __name__)


class Version(NamedTuple):
    """One version of the document: 'unsigned', or the party that signed last; since when it is there."""

    name: str
    key: str
    sha256: str
    at: datetime | None


def versions(agreement: Agreement) -> list[Version]:
    """Every version of the document that is in place, oldest first."""
    rows = [("unsigned", agreement.pdf_key, agreement.pdf_sha256, agreement.drawn_up_at)]
    rows += [(one.party, one.pdf_key, one.pdf_sha256, one.placed_at) for one in agreement.signatures]
    return [Version(name, key, sha256, at) for name, key, sha256, at in rows if key and sha256]


def version_named(agreement: Agreement, name: str) -> Version:
    """The version called `name`, the latest when `name` is empty. Raises `NotFound`."""
    found = [one for one in versions(agreement) if name in ("", one.name)]
    if not found:
        raise NotFound(N_("Dit bestaat niet."))
    return found[-1]


def is_their_turn(agreement: Agreement, actor: User) -> bool:
    """Whether to show the form to sign. Whether signing is allowed is judged by the domain, when it is sent."""
    party = domain.PROVIDER if actor.is_applicant else domain.AUTHORITY
    role, state = ("signatory", "drawn_up") if actor.is_applicant else ("authority_signatory", "provider_signed")
    is_open = agreement.state == state and all(one.party != party for one in agreement.signatures)
    return is_open and role in actor.role_names


def cursor() -> Cursor:
    """Which page is asked: `na` an id, or `voor` an id to turn back."""
    before = request.args.get("voor", "")
    return Cursor(before or request.args.get("na", ""), bool(before))


def _own(agreement_id: str) -> Agreement:
    # An official has no organisation; the session is narrowed to the own authority.
    return queries.agreement(db(), agreement_id, person().works_for_id)


@blueprint.get("/overeenkomsten")
@audience("agreement_party")
def overview() -> ResponseReturnValue:
    """The agreements of the own organisation or authority, newest first."""
    state, text = request.args.get("stand", ""), request.args.get("q", "").strip()[:100]
    page = queries.overview(db(), person().works_for_id, cursor=cursor(), state=state, text=text)
    asked = {"stand": state, "q": text}
    return render_template(
        "agreements/overview.html",
        page=page,
        asked=asked,
        states=AGREEMENT_STATES,
        before=page.before and url_for(".overview", voor=page.before, **asked),
        after=page.after and url_for(".overview", na=page.after, **asked),
    )


@blueprint.get("/overeenkomsten/<agreement_id>")
@audience("agreement_party")
def agreement(agreement_id: str) -> ResponseReturnValue:
    """What the agreement says, its document in every version, the signatures, and the form to sign."""
    return _page(_own(agreement_id), {})


def _page(shown: Agreement, errors: Mapping[str, str]) -> str:
    return render_template(
        "agreements/agreement.html",
        agreement=shown,
        facts=json.loads(shown.facts),
        versions=versions(shown),
        signatures={one.party: one for one in shown.signatures},
        may_sign=is_their_turn(shown, person()),
        errors=by_field(errors),
    )


@blueprint.get("/overeenkomsten/<agreement_id>/bestand")
@audience("agreement_party")
def file(agreement_id: str) -> ResponseReturnValue:
    """One version of the document (`versie`, the latest without one), to read here or (`download`) to keep."""
    wanted = _own(agreement_id)
    version = version_named(wanted, request.args.get("versie", ""))
    release()
    name = f"{wanted.number}-{_VERSION_NAMES[version.name]}.pdf"
    content = services().files.chunks(version.key)
    if "download" in request.args:
        return attachment(content, name, "application/pdf")
    return Response(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


_VERSION_NAMES = {
    "unsigned": "niet-ondertekend",
    domain.PROVIDER: "ondertekend-door-zorgaanbieder",
    domain.AUTHORITY: "ondertekend",
}


@blueprint.post("/overeenkomsten/<agreement_id>/ondertekenen")
@audience("agreement_party")
def sign(agreement_id: str) -> ResponseReturnValue:
    """Sign the document that was shown, after the person proved once more who this is."""
    wanted = _own(agreement_id)
    try:
        _require_will(request.form)
    except Invalid as refusal:
        return _page(_own(wanted.id), refusal.problems), 422
    domain.sign(_own(wanted.id), person(), request.form.get("sha256", ""), moment())
    db().commit()
    flash(gettext("U hebt ondertekend. Wij zetten uw handtekening nu in het document."), "ok")
    return redirect(url_for(".agreement", agreement_id=wanted.id), 303)


def _require_will(form: Mapping[str, str]) -> None:
    """The person means it and is who signed in: a tick and the own password. Raises `Invalid`."""
    problems: dict[str, str] = {}
    if form.get("agreed") != "yes":
        problems["agreed"] = N_("Vink aan dat u de overeenkomst hebt gelezen en bevoegd bent om te ondertekenen.")
    if problem := step_up.problem(form.get("password", "")):
        problems["password"] = problem
    if problems:
        raise Invalid(problems)

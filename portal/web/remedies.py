"""Answering a remedy request: explain, hand over documents, send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import manifests, reviews, suspensions
from portal.domain.kinds import KINDS
from portal.errors import NotFound, Stale
from portal.models import Application, RemedyItem, RemedyRequest
from portal.queries import applications as queries
from portal.terms import N_
from portal.web import places, uploads
from portal.web.answers import tell_kept
from portal.web.applying import blueprint, chosen_kind, crumbs, last_day, own, term_badges, today
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.problems import translated
from portal.web.public import offset, time_left
from portal.web.requests import wants_text


@dataclass(frozen=True)
class Asked:
    """One requirement to mend, beside what was submitted for it."""

    item: RemedyItem
    code: str
    title: str
    value: dict[str, Any]
    files: list[dict[str, Any]]
    kinds: list[str]


def _request(application: Application, remedy_id: str) -> RemedyRequest:
    found = queries.remedy(db(), application.id, remedy_id)
    if found is None:
        raise NotFound(N_("Dit herstelverzoek bestaat niet."))
    return found


def _item(remedy: RemedyRequest, item_id: str) -> RemedyItem:
    for item in remedy.items:
        if item.id == item_id:
            return item
    raise NotFound(N_("Deze eis hoort niet bij dit herstelverzoek."))


def _kinds(item: RemedyItem) -> list[str]:
    return [*(str(one) for one in item.requirement.evidence.get("kinds", [])), "other"]


def _published_order(item: RemedyItem) -> tuple[int, int, int]:
    return item.requirement.position, item.lot.position if item.lot else -1, item.party.position if item.party else 0


def _where(one: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """How a manifest names the place of an answer or a file."""
    return one["requirement"], one["lot"], one.get("party")


def _asked(remedy: RemedyRequest) -> list[Asked]:
    content = manifests.for_lead(reviews.submitted(remedy.review.submission))
    result = []
    for item in sorted(remedy.items, key=_published_order):
        lot, party = item.lot.code if item.lot else None, item.party.position if item.party else None
        where = (item.requirement.code, lot, party)
        value: dict[str, Any] = next((one["value"] for one in content["answers"] if _where(one) == where), {})
        result.append(
            Asked(
                item=item,
                code=item.requirement.code,
                title=item.requirement.title + (f" ({places.where(item)})" if places.where(item) else ""),
                value=value,
                files=[one for one in content["files"] if _where(one) == where],
                kinds=_kinds(item),
            )
        )
    return result


def remedy_page(
    application: Application, remedy: RemedyRequest, errors: dict[str, str], stale: Stale | None = None
) -> str:
    """The page of one request. `errors` is by field: the upload field of an item has the id 'bestand-<item>'."""
    return render_template(
        "apply/remedy.html",
        application=application,
        remedy=remedy,
        asked=_asked(remedy),
        goal_titles=places.goal_titles(application.round),
        compares=KINDS[application.round.procedure.kind].has_award,
        can_answer=remedy.is_pending and not suspensions.remedy_is_over(remedy, now()),
        closing={
            "iso": offset(remedy.due_at),
            "text": last_day(remedy.due_at),
            "rest": time_left(remedy.due_at),
            "label": gettext("Herstellen kan tot en met"),
        },
        crumbs=crumbs(application, (gettext("Herstel"), "")),
        errors=errors,
        stale=stale,
    )


@blueprint.get("/aanmeldingen/<application_id>/herstel/<remedy_id>")
@audience("applicant")
def remedy(application_id: str, remedy_id: str) -> ResponseReturnValue:
    """What is asked, what was submitted, and what was answered so far."""
    application = own(application_id)
    return remedy_page(application, _request(application, remedy_id), {})


@blueprint.post("/aanmeldingen/<application_id>/herstel/<remedy_id>/<item_id>/toelichting")
@audience("applicant")
def explain(application_id: str, remedy_id: str, item_id: str) -> ResponseReturnValue:
    """Save the explanation at one requirement."""
    application = own(application_id)
    found = _request(application, remedy_id)
    item, text = _item(found, item_id), request.form.get("explanation", "")
    try:
        reviews.explain(found, person(), item, text, now(), based_on=request.form.get("based_on", type=int))
    except Stale as stale:
        if wants_text():
            raise
        return remedy_page(application, found, {"van-ander": translated(stale)}, stale=stale), 409
    db().commit()
    if wants_text():
        return str(item.version), 200, {"Content-Type": "text/plain; charset=utf-8"}
    flash(gettext("Uw toelichting is bewaard. Vergeet niet het herstel te versturen."), "ok")
    return redirect(_url(application_id, remedy_id, item_id), 303)


def _url(application_id: str, remedy_id: str, item_id: str | None = None) -> str:
    anchor = f"eis-{item_id}" if item_id else None
    return url_for("apply.remedy", application_id=application_id, remedy_id=remedy_id, _anchor=anchor)


@blueprint.route("/aanmeldingen/<application_id>/herstel/<remedy_id>/<item_id>/upload", methods=["PUT", "POST"])
@audience("applicant")
def remedy_upload(application_id: str, remedy_id: str, item_id: str) -> ResponseReturnValue:
    """Hand over a document for one requirement."""
    found = _request(own(application_id), remedy_id)
    kind = chosen_kind(_kinds(_item(found, item_id)), request.args.get("soort"))
    batch = uploads.take(kind)
    application = own(application_id)  # receiving took time, in which nothing was locked: look again
    found = _request(application, remedy_id)
    kept = [uploads.keep(one, kind) for one in batch.received]
    for document, *_ in kept:
        reviews.add_remedy_document(found, person(), _item(found, item_id), document, now())
    db().commit()
    if request.method == "PUT":
        badges = term_badges(kept[0][0], today())
        return render_template("apply/_file.html", badges=badges, **kept[0]._asdict()), 201
    if batch.refusals:
        errors = {f"bestand-{item_id}": " ".join(translated(one) for one in batch.refusals)}
        return remedy_page(application, found, errors), 409
    tell_kept(kept)
    return redirect(_url(application_id, remedy_id, item_id), 303)


@blueprint.post("/aanmeldingen/<application_id>/herstel/<remedy_id>/versturen")
@audience("applicant")
def send_remedy(application_id: str, remedy_id: str) -> ResponseReturnValue:
    """Send the remedy; after this nothing changes."""
    found = _request(own(application_id), remedy_id)
    reviews.answer_remedy(found, person(), now())
    db().commit()
    flash(gettext("Uw herstel is verstuurd. Wij beoordelen uw aanmelding nu verder."), "ok")
    return redirect(_url(application_id, remedy_id), 303)

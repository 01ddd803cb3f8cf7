"""Comparing offers in a tender: the panel, the points of each assessor, and the joint points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import awards, calendar, offers, scoring
from portal.domain.offers import CriterionAt
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import Application, Lot, Round
from portal.queries import reviews as interests
from portal.queries import scoring as queries
from portal.terms import N_
from portal.web import checklist, downloads, score_export
from portal.web.context import authority_id, db, now, person, release
from portal.web.guards import audience
from portal.web.problems import by_field, translated
from portal.worker.interests import declare as declare_interests

blueprint = Blueprint("scoring", __name__)


@dataclass(frozen=True)
class Line:
    """One offer on one lot: what it is called here, and per criterion the page and what stands there."""

    name: str
    application: Application
    cells: list[tuple[CriterionAt, str, str]]


@dataclass(frozen=True)
class Part:
    """One lot of the round, with the offers that are compared on it."""

    segment: Lot
    criteria: list[CriterionAt]
    lines: list[Line]


def closed_round(round_id: str) -> Round:
    """A closed round of a tender. Anything else does not exist here."""
    found = queries.closed_round(db(), round_id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def is_chair() -> bool:
    return scoring.CHAIR in person().role_names


def _declared(round_: Round) -> Round:
    """Who assesses declares interests before the first view of any offer."""
    if scoring.ASSESSOR in person().role_names and not interests.has_declared(db(), round_.id, person().id):
        abort(redirect(url_for("scoring.declare", round_id=round_.id), 303))
    return round_


def _opened(round_id: str) -> Round:
    return _declared(closed_round(round_id))


def names(round_: Round, applications: Sequence[Application]) -> dict[str, str]:
    """What each offer is called for this person: its number where assessors may not see names."""
    order = {one: index for index, one in enumerate(queries.ids_in_review(db(), round_.id), start=1)}
    if scoring.rules(round_).anonymous and (scoring.member(round_, person()) is not None or not is_chair()):
        return {one.id: gettext("Inschrijving %(number)d", number=order[one.id]) for one in applications}
    return {one.id: one.organisation.name for one in applications}


@blueprint.get("/gunning")
@audience("comparing")
def overview() -> ResponseReturnValue:
    """Every round in which offers are compared."""
    return render_template("scoring/overview.html", rows=queries.rounds(db()))


def _shown(application: Application, place: CriterionAt) -> str:
    """The own points for an assessor, the joint ones for the chair; empty where there are none yet."""
    me, joint = person(), scoring.consensus_at(application, place)
    if scoring.member(application.round, me) is not None and not scoring.is_disclosed(application.round):
        mine = scoring.own_scores(application, place, me.id)
        return str(mine[-1].points) if mine else ""
    return str(joint.points) if joint else ""


def _parts(round_: Round, applications: Sequence[Application], called: Mapping[str, str]) -> list[Part]:
    found = {one.id: scoring.places(one) for one in applications}
    parts = []
    for segment in offers.segments(round_):
        criteria = offers.criteria_of(round_, segment)
        lines = [
            Line(called[one.id], one, [(place, place.key, _shown(one, place)) for place in here])
            for one in applications
            for here in [[place for place in found[one.id] if place.lot.id == segment.id]]
            if here
        ]
        parts.append(Part(segment, criteria, sorted(lines, key=lambda one: (len(one.name), one.name))))
    return parts


@blueprint.get("/gunning/rondes/<round_id>")
@audience("comparing")
def round_page(round_id: str) -> ResponseReturnValue:
    """How the comparison stands: the panel, and each lot with its offers."""
    return _round_page(_opened(round_id))


def _round_page(round_: Round, errors: Mapping[str, str] | None = None) -> str:
    me, panel = person(), scoring.panel(round_)
    member = scoring.member(round_, me)
    may_see = member is not None or is_chair()
    applications = queries.offers(db(), round_.id, me.id) if may_see else []
    parts = _parts(round_, applications, names(round_, applications)) if may_see else []
    cells = [cell for part in parts for line in part.lines for cell in line.cells]
    return render_template(
        "scoring/round.html",
        round=round_,
        rules=scoring.rules(round_),
        panel=panel,
        member=member,
        is_chair=is_chair(),
        parts=parts,
        is_disclosed=scoring.is_disclosed(round_),
        handed_in=sum(one.handed_in_at is not None for one in panel),
        unreviewed=queries.unreviewed(db(), round_.id),
        filled=sum(bool(shown) for _, _, shown in cells),
        total=len(cells),
        awards={segment.id: awards.current(round_, segment) for segment in offers.segments(round_)},
        nameable=_nameable(round_) if is_chair() else [],
        errors=errors or {},
    )


def _nameable(round_: Round) -> list[tuple[str, str]]:
    present = {one.user_id for one in scoring.panel(round_)}
    return [(one.id, one.name) for one in queries.assessors(db(), authority_id()) if one.id not in present]


def _to_round(round_id: str, message: str, tone: str = "ok") -> ResponseReturnValue:
    flash(message, tone)
    return redirect(url_for("scoring.round_page", round_id=round_id), 303)


def _show_declare(round_: Round, errors: Mapping[str, str]) -> str:
    return render_template(
        "review/declare.html",
        round=round_,
        applicants=interests.applicants(db(), round_.id, person().id),
        chosen=request.form.getlist("application"),
        typed=request.form,
        errors=errors,
        is_declared=interests.has_declared(db(), round_.id, person().id),
        onward=url_for("scoring.round_page", round_id=round_.id),
    )


@blueprint.get("/gunning/rondes/<round_id>/belangen")
@audience("assessor")
def declare(round_id: str) -> ResponseReturnValue:
    return _show_declare(closed_round(round_id), {})


@blueprint.post("/gunning/rondes/<round_id>/belangen")
@audience("assessor")
def save_declaration(round_id: str) -> ResponseReturnValue:
    round_, form = closed_round(round_id), request.form
    errors = checklist.declaration_problems(form, form.getlist("application"))
    if errors:
        return _show_declare(round_, errors), 422
    if not interests.has_declared(db(), round_id, person().id):
        named = interests.applications_in_review(db(), round_id, form.getlist("application"), person().id)
        conflicts = [(one, form.get(f"reason-{one.id}", "")) for one in named]
        declare_interests(db(), round_, person(), conflicts, now())
        db().commit()
    return _to_round(round_id, gettext("Uw verklaring is bewaard."))


@blueprint.post("/gunning/rondes/<round_id>/beoordelaars")
@audience("round_manager")
def name_assessor(round_id: str) -> ResponseReturnValue:
    """Add an assessor to the panel."""
    round_ = closed_round(round_id)
    user = queries.colleague(db(), request.form.get("user", ""), authority_id())
    if user is None:
        return _round_page(round_, {"user": gettext("Kies een beoordelaar.")}), 422
    scoring.name_assessor(round_, person(), user, now())
    db().commit()
    return _to_round(round_id, gettext("%(name)s beoordeelt nu mee.", name=user.name))


@blueprint.post("/gunning/rondes/<round_id>/beoordelaars/<member_id>/stoppen")
@audience("round_manager")
def dismiss(round_id: str, member_id: str) -> ResponseReturnValue:
    """An assessor leaves the panel, with the reason."""
    round_ = closed_round(round_id)
    found = next((one for one in scoring.panel(round_) if one.id == member_id), None)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    try:
        scoring.dismiss(found, person(), request.form.get("reason", ""), now())
    except Invalid as error:
        return _round_page(round_, {f"reason-{member_id}": by_field(error)["reason"]}), 422
    db().commit()
    return _to_round(round_id, gettext("%(name)s beoordeelt niet meer mee.", name=found.user.name))


@blueprint.post("/gunning/rondes/<round_id>/inleveren")
@audience("assessor")
def hand_in(round_id: str) -> ResponseReturnValue:
    """The own scores are complete and fixed."""
    round_ = _opened(round_id)
    member = scoring.member(round_, person())
    if member is None:
        raise NotFound(N_("Dit bestaat niet."))
    applications = queries.offers(db(), round_id, person().id)
    scoring.hand_in(member, person(), applications, queries.unreviewed(db(), round_id), now())
    db().commit()
    return _to_round(round_id, gettext("Uw scores zijn ingeleverd. Ze veranderen niet meer."))


def _offer(application_id: str, key: str) -> tuple[Application, CriterionAt]:
    found = queries.offer(db(), application_id, person().id)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    round_ = _declared(closed_round(found.round_id))
    if scoring.member(round_, person()) is None and not is_chair():
        raise NotFound(N_("Dit bestaat niet."))
    for place in scoring.places(found):
        if place.key == key:
            return found, place
    raise NotFound(N_("Dit aanbod kunt u nu niet beoordelen."))


def _offer_page(
    application: Application,
    place: CriterionAt,
    errors: Mapping[str, str] | None = None,
    stale: str = "",
) -> str:
    round_, me = application.round, person()
    member, mine = scoring.member(round_, me), scoring.own_scores(application, place, me.id)
    written = offers.submitted(application.review.submission.content)[place.spot] if application.review else {}
    return render_template(
        "scoring/offer.html",
        round=round_,
        rules=scoring.rules(round_),
        application=application,
        name=names(round_, [application])[application.id],
        place=place,
        written=written,
        member=member,
        may_score=member is not None and member.handed_in_at is None,
        mine=mine,
        is_chair=is_chair(),
        is_disclosed=scoring.is_disclosed(round_),
        individual=scoring.visible_scores(application, place, me),
        joint=scoring.consensus_at(application, place),
        history=scoring.history_at(application, place),
        typed=request.form,
        errors=errors or {},
        stale=stale,
    )


@blueprint.get("/gunning/aanmeldingen/<application_id>/<key>")
@audience("scoring")
def offer(application_id: str, key: str) -> ResponseReturnValue:
    """The offer on one criterion, with the own score or the joint one."""
    return _offer_page(*_offer(application_id, key))


def _after(application: Application, place: CriterionAt, message: str) -> ResponseReturnValue:
    flash(message, "ok")
    goal = url_for("scoring.round_page", round_id=application.round_id, _anchor=f"perceel-{place.lot.code}")
    return redirect(goal, 303)


@blueprint.post("/gunning/aanmeldingen/<application_id>/<key>")
@audience("assessor")
def give(application_id: str, key: str) -> ResponseReturnValue:
    """Save the own score."""
    application, place = _offer(application_id, key)
    form, shown = request.form, request.form.get("based_on", 0, type=int)
    points, text = form.get("points", type=int), form.get("justification", "")
    try:
        scoring.score(application, person(), place, points, text, now(), based_on=shown)
    except Invalid as error:
        return _offer_page(application, place, by_field(error)), 422
    except Stale as error:
        return _offer_page(application, place, stale=translated(error)), 409
    db().commit()
    return _after(application, place, gettext("Uw score is bewaard."))


@blueprint.post("/gunning/aanmeldingen/<application_id>/<key>/samen")
@audience("round_manager")
def agree(application_id: str, key: str) -> ResponseReturnValue:
    """Record the joint score."""
    application, place = _offer(application_id, key)
    points, text = request.form.get("joint-points", type=int), request.form.get("joint-justification", "")
    try:
        scoring.agree(application, person(), place, points, text, now())
    except Invalid as error:
        problems = {f"joint-{name}": gettext(one) for name, one in error.problems.items()}
        return _offer_page(application, place, problems), 422
    except Stale as error:
        return _offer_page(application, place, stale=translated(error)), 409
    db().commit()
    return _after(application, place, gettext("De gezamenlijke score is bewaard."))


@blueprint.post("/gunning/aanmeldingen/<application_id>/<key>/heropenen")
@audience("round_manager")
def reopen(application_id: str, key: str) -> ResponseReturnValue:
    """Take the joint score back, with the reason."""
    application, place = _offer(application_id, key)
    try:
        scoring.reopen(application, person(), place, request.form.get("reason", ""), now())
    except Invalid as error:
        return _offer_page(application, place, {"reason": by_field(error)["reason"]}), 422
    db().commit()
    flash(gettext("De score is heropend. De vorige blijft bewaard."), "ok")
    return redirect(url_for("scoring.offer", application_id=application.id, key=place.key), 303)


@blueprint.get("/gunning/aanmeldingen/<application_id>/<key>/stukken/<document_id>")
@audience("scoring")
def file(application_id: str, key: str, document_id: str) -> ResponseReturnValue:
    """A plan that was submitted with the offer, under a name that does not tell whose it is."""
    application, place = _offer(application_id, key)
    assert application.review is not None  # noqa: S101 - `_offer` found a place in it; for the type checker
    files = offers.submitted(application.review.submission.content)[place.spot]["files"]
    document = queries.document(db(), application_id, document_id)
    at = next((index for index, one in enumerate(files, start=1) if one["document_id"] == document_id), 0)
    if document is None or not at:
        raise NotFound(N_("Dit bestaat niet."))
    release()
    name = f"bijlage-{place.key}-{at}.{document.filename.rpartition('.')[2]}"
    content = downloads.content_of(document)
    return downloads.attachment(content, name, document.content_type, document.size)


def _exported(round_id: str) -> tuple[Round, Sequence[Application]]:
    round_ = closed_round(round_id)
    if not scoring.is_disclosed(round_):
        raise Refused(N_("Nog niet alle beoordelaars hebben hun scores ingeleverd. Exporteren kan pas daarna."))
    return round_, queries.all_offers(db(), round_id)


@blueprint.get("/gunning/rondes/<round_id>/scores.csv")
@audience("round_manager")
def export_csv(round_id: str) -> ResponseReturnValue:
    """Every score with all that the totals follow from."""
    round_, applications = _exported(round_id)
    rows = list(score_export.rows(round_, applications))  # all of it now: the session ends before the last byte
    return downloads.table(f"scores-{round_.label}-{calendar.local_day(now())}.csv", score_export.HEADER, rows)


@blueprint.get("/gunning/rondes/<round_id>/scores.json")
@audience("round_manager")
def export_json(round_id: str) -> ResponseReturnValue:
    """The same as values."""
    round_, applications = _exported(round_id)
    name = f"scores-{round_.label}-{calendar.local_day(now())}.json"
    return downloads.attachment([score_export.as_json(round_, applications)], name, "application/json")

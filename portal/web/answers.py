"""The page of one requirement: the answer, its evidence, and the integrity check's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from portal.domain import applications, own_parts, requirement_help, requirements, validity
from portal.domain.integrity_forms import form_of
from portal.domain.requirements import Place
from portal.errors import NotFound, RoundClosed, Stale
from portal.models import Application, Document, Evidence
from portal.queries import applications as queries
from portal.queries import renewals, vault
from portal.terms import DOCUMENT_KINDS, N_
from portal.web import carrying, places, readings, task_list, task_order, uploads
from portal.web.applying import (
    Badge,
    Desk,
    blueprint,
    chosen_kind,
    closing,
    desk_at,
    kinds_at,
    term_badges,
    today,
)
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience
from portal.web.languages import sentence
from portal.web.problems import translated
from portal.web.questionnaire import model_of
from portal.web.requests import wants_text
from portal.web.uploads import Kept


@dataclass(frozen=True)
class UsedFile:
    """One document at a place, with what its dates say and what speaks against it."""

    evidence: Evidence
    document: Document
    badges: list[Badge]
    doubts: list[str]
    newer: Document | None
    reading: readings.Shown
    is_own: bool

    @property
    def lacks_date(self) -> bool:
        """A day that its kind needs is not filled in."""
        kind = DOCUMENT_KINDS[self.document.kind]
        return (kind.has_term and self.document.expires_on is None) or (
            kind.has_issue_date and self.document.issued_on is None
        )


def used_file(at: Desk, evidence: Evidence, newest: dict[str, Document]) -> UsedFile:
    """A file as the page and the answer to an upload show it."""
    application, place, document = at.application, at.place, evidence.document
    against = validity.doubts(document, place, application, now()) if place else []
    is_own = document.organisation_id == organisation_id()
    # What was read in a document is its owner's: the lead of an application sees no more of a party than it shares.
    reading = readings.shown(document, today(), is_judged=place is not None) if is_own else readings.Shown()
    return UsedFile(
        evidence=evidence,
        document=document,
        badges=term_badges(document, _reference(application, place, document)),
        doubts=[sentence(message, facts) for message, facts, _ in against] + reading.doubts,
        newer=newest.get(document.id) if is_own else None,
        reading=reading,
        is_own=is_own,
    )


def _reference(application: Application, place: Place | None, document: Document) -> date:
    """The day against which the page shows the end date of a document; without a rule, the closing."""
    if place is None:
        return today()
    rule = validity.rule_for(place.requirement, document.kind)
    reference = rule.reference if rule else "closing"
    return validity.reference_date(reference, application, now(), document) or today()


def allowed_at(application: Application, place: Place) -> list[tuple[str, str, str]]:
    """The rules about dates at this place, each with the kinds it is about ('' for all) and its source."""
    kinds = [str(one) for one in place.requirement.evidence.get("kinds", [])]
    lines = []
    for one in validity.allowed(place.requirement, kinds, application, now()):
        names = [] if set(one.kinds) == set(kinds) else [gettext(DOCUMENT_KINDS[kind].label) for kind in one.kinds]
        source = one.source if one.source != place.requirement.source else ""  # the page has that one already
        lines.append((", ".join(names), sentence(one.message, one.facts), gettext(source) if source else ""))
    return lines


def _form_value(place: Place, answer: Any) -> dict[str, Any]:
    """What the fields show: on a refused save what was typed, else what is stored."""
    if request.method == "POST" and "based_on" in request.form:
        typed = requirements.TYPES[place.requirement.type].read(request.form, place)
        return {
            "value": typed,
            "is_equivalent": request.form.get("is_equivalent") == "yes",
            "argument": request.form.get("argument", ""),
        }
    if answer is None:
        return {"value": {}, "is_equivalent": False, "argument": ""}
    return {"value": answer.value, "is_equivalent": answer.is_equivalent, "argument": answer.argument}


def requirement_page(
    desk: Desk,
    place: Place,
    *,
    errors: dict[str, str] | None = None,
    stale: Stale | None = None,
    late: RoundClosed | None = None,
) -> str:
    """The page of one place. After `stale` or `late` it shows what was typed, and nothing was saved."""
    application, back = desk.application, request.args.get("terug", "")
    answer, evidence = applications.answer_at(application, place), desk.evidence
    gaps = requirements.place_gaps(place, answer, evidence, application, now())
    kinds = kinds_at(application, place)
    usable = vault.usable(db(), organisation_id(), kinds)
    newest = renewals.newest(db(), [one.document for one in evidence])
    used = {one.document_id for one in evidence}
    return render_template(
        "apply/requirement.html",
        application=application,
        desk=desk,
        place=place,
        requirement=place.requirement,
        products=place.products,
        product_names={product.code: product.name for product in place.products},
        lot_title=task_list.lot_title(place.lot) if place.lot else "",
        about=_about(application, place),
        notes=places.notes(place.requirement, application.round),
        goal_titles=places.goal_titles(application.round),
        answer=answer,
        form=_form_value(place, answer),
        stale=stale.theirs if stale else None,
        stale_text=translated(stale) if stale else "",
        late_text=translated(late) if late else "",
        **(carrying.way_on(application) if late and not desk.part else {"may_carry": False}),
        municipalities=[one.name for one in _municipalities(application, place)],
        standing=task_list.place_status(application, place, gaps),
        gaps=[(task_list.gap_text(gap), gap.blocks) for gap in gaps],
        is_touched=answer is not None or bool(evidence),
        files=[used_file(desk, one, newest) for one in evidence],
        kinds=kinds,
        allowed=allowed_at(application, place),
        choosable=[one for one in usable if one.id not in used],
        around=task_order.around(desk),
        help=requirement_help.for_requirement(place.requirement),
        back=back,
        home=desk.home(back),
        sharing=own_parts.sharing_at(desk.part, place.requirement.id) if desk.part else "",
        is_open=desk.is_open,
        closing=closing(application.round),
        crumbs=desk.crumbs(places.title(place)),
        errors=errors or {},
    )


def _about(application: Application, place: Place) -> str:
    """For whom one answers at a place without a lot."""
    if place.party is not None and place.party.own_part is not None:
        return gettext("uw eigen deel, bij %(name)s", name=application.organisation.name)
    if place.party is not None:
        return gettext("over %(party)s", party=places.party_title(place.party))
    if place.requirement.applies_to == "party" and application.parties:
        return gettext("over uw eigen organisatie")
    return gettext("voor uw hele organisatie")


def _municipalities(application: Application, place: Place) -> Sequence[Any]:
    if place.requirement.type != "location":
        return ()
    return queries.municipalities(db(), application.authority_id)


@blueprint.route("/aanmeldingen/<application_id>/eisen/<place_key>", methods=["GET", "POST"])
@audience("applicant")
def requirement(application_id: str, place_key: str) -> ResponseReturnValue:
    """Show or save the answer at one place. Saving never needs a complete answer."""
    # What is saved while somebody types shows no files. It comes most often of all, and others wait to write.
    in_between = wants_text()
    at = desk_at(application_id, place_key, whole=not in_between)
    application, place = at.application, asked(at)
    if request.method == "GET":
        return requirement_page(at, place)
    before = set() if in_between else {one.key for one in at.places}
    try:
        shown = request.form.get("based_on", 0, type=int)
        applications.answer(application, person(), place, request.form, now(), based_on=shown)
    except (Stale, RoundClosed) as refusal:
        return _not_saved(at, place, refusal)
    db().commit()
    if in_between:
        saved = applications.answer_at(application, place)
        return str(saved.version if saved else 0), 200, {"Content-Type": "text/plain; charset=utf-8"}
    flash(gettext("Bewaard. Indienen doet u later, als alles klaar is."), "ok")
    _tell_of_new(at, before)
    return redirect(_after_saving(at), 303)


def asked(at: Desk) -> Place:
    """The place of a desk at which something is asked."""
    if at.place is None:
        raise NotFound(N_("Deze eis hoort niet bij uw aanmelding. Kijk of u het perceel nog heeft gekozen."))
    return at.place


def _not_saved(at: Desk, place: Place, refusal: Stale | RoundClosed) -> ResponseReturnValue:
    """The page again with what was typed in it, and why it was not saved."""
    if wants_text():
        raise refusal
    if isinstance(refusal, Stale):
        return requirement_page(at, place, stale=refusal), 409
    return requirement_page(at, place, late=refusal), 409


def _tell_of_new(at: Desk, before: set[str]) -> None:
    """Some questions are only asked after a certain answer to another one."""
    new = [places.title(one) for one in at.places if one.key not in before]
    if new:
        text = gettext("Door dit antwoord komt erbij: %(titles)s.", titles=places.listing(new))
        flash(text, "info")


def _after_saving(at: Desk) -> str:
    if request.args.get("terug") == "indienen":
        return at.home("indienen")[0]
    if request.form.get("next"):
        return task_order.onward(at)
    return at.url()


@blueprint.get("/aanmeldingen/<application_id>/integriteit")
@blueprint.get("/aanmeldingen/<application_id>/integriteit/<int:position>")
@audience("applicant")
def integrity(application_id: str, position: int = 0) -> ResponseReturnValue:
    """The integrity check of the applicant, or of the party with this number: its form, sealed, and who may open it."""
    key = f"{uploads.INTEGRITY}-P{position}" if position else uploads.INTEGRITY
    return integrity_page(desk_at(application_id, key), {})


def integrity_page(desk: Desk, errors: dict[str, str]) -> str:
    """The page of the integrity check."""
    application, back = desk.application, request.args.get("terug", "")
    kinds = kinds_at(application, None)
    usable = vault.usable(db(), organisation_id(), kinds)
    newest = renewals.newest(db(), [one.document for one in desk.evidence])
    used = {one.document_id for one in desk.evidence}
    return render_template(
        "apply/integrity.html",
        application=application,
        desk=desk,
        about=places.party_title(desk.party) if desk.party and not desk.part else "",
        settings=application.round.procedure.settings.get("integrity", {}),
        around=task_order.around(desk),
        help=requirement_help.for_kind(kinds[0]),
        files=[used_file(desk, one, newest) for one in desk.evidence],
        choosable=[one for one in usable if one.id not in used],
        kinds=kinds,
        model=model_of(application),
        form=form_of(application, desk.party),
        back=back,
        home=desk.home(back),
        is_open=desk.is_open,
        closing=closing(application.round),
        crumbs=desk.crumbs(gettext("Integriteitstoets (Bibob)")),
        errors=errors,
    )


@blueprint.route("/aanmeldingen/<application_id>/eisen/<place_key>/upload", methods=["PUT", "POST"])
@audience("applicant")
def upload(application_id: str, place_key: str) -> ResponseReturnValue:
    """Take files into the vault and use them here."""
    at = desk_at(application_id, place_key)
    kind = chosen_kind(kinds_at(at.application, at.place), request.args.get("soort"))
    applications.require_editable(at.application, person(), now(), at.party)
    batch = uploads.take(kind)
    at = desk_at(application_id, place_key)  # receiving took time, in which nothing was locked: look again
    kept = [uploads.keep(one, kind) for one in batch.received]
    evidence = [
        applications.attach_document(at.application, person(), at.place, one, now(), at.party) for one, *_ in kept
    ]
    db().commit()
    if request.method == "PUT":
        shown = used_file(at, evidence[0], {})
        shown_as = {"file": shown, "application": at.application, "desk": at}
        return render_template("apply/_file.html", **shown_as, **kept[0]._asdict()), 201
    if batch.refusals:
        errors = {"bestand": " ".join(translated(one) for one in batch.refusals)}
        return _page(at, errors), 409
    tell_kept(kept)
    return redirect(at.url(**_back()) + "#bewijs", 303)


def tell_kept(kept: Sequence[Kept]) -> None:
    """Say what became of each file."""
    for document, had_already, elsewhere in kept:
        if had_already:
            text = gettext("Dit bestand had u al: %(name)s. Wij gebruiken dat document.", name=document.filename)
        else:
            text = gettext("%(name)s is ontvangen en gecontroleerd.", name=document.filename)
        flash(text, "info" if had_already else "ok")
        if elsewhere is not None:
            flash(_is_elsewhere(elsewhere), "warning")


def _is_elsewhere(other: Document) -> Markup:
    """The vault holds the same file as another kind: it can be used, instead of keeping it twice."""
    text = gettext("Dit bestand staat ook al in uw kluis, als %(kind)s. Is dat dezelfde soort stuk? Gebruik dan dat:")
    address = url_for("apply.document", document_id=other.id)
    kind = gettext(DOCUMENT_KINDS[other.kind].label)
    return Markup('{} <a class="nl-link" href="{}">{}</a>').format(text % {"kind": kind}, address, other.filename)


def _page(at: Desk, errors: dict[str, str]) -> str:
    if at.place is None:
        return integrity_page(at, errors)
    return requirement_page(at, at.place, errors=errors)


def _back() -> dict[str, str]:
    return {"terug": "indienen"} if request.args.get("terug") == "indienen" else {}


@blueprint.post("/aanmeldingen/<application_id>/eisen/<place_key>/documenten")
@audience("applicant")
def attach(application_id: str, place_key: str) -> ResponseReturnValue:
    """Use documents of the vault here; `instead` names the use that they take the place of."""
    at = desk_at(application_id, place_key)
    chosen = request.form.getlist("document")
    if not chosen:
        return _page(at, {"kluis": gettext("Kies eerst een document uit uw kluis.")}), 422
    for document_id in chosen:
        document = vault.document(db(), document_id, organisation_id())
        if document is None or document.kind not in kinds_at(at.application, at.place):
            raise NotFound(N_("Dit document past hier niet of bestaat niet."))
        applications.attach_document(at.application, person(), at.place, document, now(), at.party)
    if request.form.get("instead"):
        applications.detach_document(at.application, person(), _evidence(at, request.form["instead"]), now())
    db().commit()
    flash(gettext("Het document hoort nu bij deze eis."), "ok")
    return redirect(at.url(**_back()) + "#bewijs", 303)


@blueprint.post("/aanmeldingen/<application_id>/eisen/<place_key>/documenten/<evidence_id>/weghalen")
@audience("applicant")
def detach(application_id: str, place_key: str, evidence_id: str) -> ResponseReturnValue:
    """Stop using a document here; it stays in the vault."""
    at = desk_at(application_id, place_key)
    evidence = _evidence(at, evidence_id)
    applications.detach_document(at.application, person(), evidence, now())
    db().commit()
    name = evidence.document.filename
    flash(gettext("%(name)s hoort niet meer bij deze eis. Het staat nog in uw kluis.", name=name), "ok")
    return redirect(at.url(**_back()) + "#bewijs", 303)


def _evidence(at: Desk, evidence_id: str) -> Evidence:
    for one in at.evidence:
        if one.id == evidence_id:
            return one
    raise NotFound(N_("Dit document wordt hier niet gebruikt."))

"""A new procedure in the portal: blank, from a file, or a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.adapters import procedure_files
from portal.adapters.procedure_rules import KINDS
from portal.domain import editions
from portal.errors import NotFound, ProcedureFileError
from portal.models import Authority
from portal.queries import editions as queries
from portal.terms import N_
from portal.web.context import db, now, person
from portal.web.editor import blueprint, crumbs
from portal.web.editor_places import is_slug, ordered
from portal.web.editor_words import VALUES
from portal.web.guards import audience

SHOWN_ERRORS = 30
"""Of a file with more errors than this, the first ones are told."""

BLANK: dict[str, Any] = {
    "agreement": {"volume": "none", "template": "raamovereenkomst", "template_version": 1},
    "coverage": {"default": "open"},
}
"""What every admission starts with."""


def _region(authority: Authority) -> dict[str, Any]:
    about = {
        "slug": authority.slug,
        "name": authority.name,
        "subtitle": authority.subtitle or authority.name,
        "phone": authority.phone,
        "mail": authority.mail,
        "theme": authority.theme,
        "municipalities": [{"code": one.code, "name": one.name} for one in authority.municipalities],
    }
    return {key: value for key, value in about.items() if value}


def _wanted(errors: dict[str, str], lines: list[str]) -> dict[str, Any] | None:
    """The file-shaped start that the form asks for, or None with what is wrong in `errors` by field.

    Of a file that is refused `lines` gets every error with its line.
    """
    way, given = request.form.get("way", ""), request.files.get("file")
    if way == "file":
        try:
            return procedure_files.raw(given.read() if given else b"")
        except ProcedureFileError as error:
            lines += [gettext("Regel %(line)s: %(text)s", line=line, text=text) for line, text in error.errors]
            errors["file"] = gettext("In het bestand staan fouten. Er is niets geladen.")
    elif way == "copy":
        source = queries.procedure(db(), request.form.get("copy_of", ""))
        if source is not None:
            return editions.copied(source.editions[-1].data)
        errors["copy_of"] = gettext("Kies welke procedure u kopieert.")
    elif request.form.get("kind") in KINDS:
        kind = request.form["kind"]
        return {"format": 1, "kind": kind, **{key: BLANK[key] for key in KINDS[kind].needs if key in BLANK}}
    else:
        errors["kind"] = gettext("Kies de soort procedure.")
    return None


@blueprint.get("/nieuw")
@audience("editing")
def new() -> ResponseReturnValue:
    """The ways to begin."""
    return _page({}, [])


@blueprint.post("/nieuw")
@audience("editing")
def begin() -> ResponseReturnValue:
    """A concept of a new procedure: nobody outside sees it until a second person adopts it."""
    errors: dict[str, str] = {}
    lines: list[str] = []
    raw = _wanted(errors, lines)
    slug = request.form.get("slug", "").strip() or (raw or {}).get("slug", "")
    title = " ".join(request.form.get("title", "").split()) or (raw or {}).get("title", "")
    is_from_file = request.form.get("way") == "file"
    if not title and not is_from_file:
        errors["title"] = gettext("Geef de procedure een titel.")
    elif len(title) > 200:
        errors["title"] = gettext("De titel is te lang: ten hoogste 200 tekens.")
    if not is_slug(slug) and (slug or not is_from_file):
        errors["slug"] = gettext("Gebruik kleine letters, cijfers en streepjes, bijvoorbeeld begeleiding-2027.")
    elif queries.with_slug(db(), person().authority_id or "", slug):
        errors["slug"] = gettext("Er is al een procedure met deze naam. Kies een andere.")
    if raw is None or errors:
        return _page(errors, lines), 422
    return _begun(raw, slug, title)


def _page(errors: Mapping[str, str], lines: list[str]) -> str:
    return render_template(
        "editor/new.html",
        kinds=[(key, gettext(VALUES[key])) for key in KINDS],
        procedures=queries.procedures(db()),
        errors=errors,
        lines=lines[:SHOWN_ERRORS],
        more=max(0, len(lines) - SHOWN_ERRORS),
        form=request.form,
        crumbs=crumbs(None, (gettext("Nieuwe procedure"), "")),
    )


def _begun(raw: Mapping[str, Any], slug: str, title: str) -> ResponseReturnValue:
    authority = person().authority
    if authority is None:
        raise NotFound(N_("Dit bestaat niet."))
    about = raw.get("authority", {})
    is_own = about.get("slug") == authority.slug
    start = ordered({**raw, "slug": slug, "title": title, "authority": about if is_own else _region(authority)})
    found = editions.begin(authority, start, start, person(), now())
    db().add(found)
    db().commit()
    flash(gettext("Het concept is gemaakt. Vul de delen hieronder in."), "ok")
    if about and not is_own:
        text = gettext("Het bestand is van een andere regio. Uw eigen regio en gemeenten staan nu in het concept.")
        flash(text, "warning")
    return redirect(url_for("editor.procedure", procedure_id=found.id), 303)

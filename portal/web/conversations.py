"""Messages inside the portal, for both sides: the list, one conversation, opening and writing."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import conversations as domain
from portal.errors import Invalid, NotFound
from portal.models import Application, Conversation, Procedure
from portal.queries import conversations as queries
from portal.terms import N_
from portal.web.context import db, now, organisation_id, person
from portal.web.guards import audience
from portal.web.problems import by_field
from portal.web.questions import attempt

blueprint = Blueprint("conversations", __name__)


@blueprint.app_template_filter("may_converse")
def may_converse(about: Application | Procedure) -> bool:
    """Whether officials may know that this organisation applies, so that it can write to them."""
    if isinstance(about, Application):
        return not domain.is_secret(about.round.procedure, about)
    return not domain.is_secret(about, None)


@blueprint.get("/berichten")
@audience("conversing")
def overview() -> ResponseReturnValue:
    """The conversations of one's side, the latest first; the filters stand in the address."""
    text, page = request.args.get("q", "").strip(), max(1, min(9999, request.args.get("pagina", 1, type=int)))
    is_unread = request.args.get("stand") == "nieuw"
    found, more = queries.conversations(db(), person(), unread=is_unread, text=text, page=page)
    return render_template(
        "conversations/overview.html",
        conversations=found,
        side=domain.side_of(person()),
        text=text,
        is_unread=is_unread,
        page=page,
        more=more,
    )


def _found(conversation_id: str) -> Conversation:
    found = queries.conversation(db(), conversation_id, person())
    if found is None:
        raise NotFound(N_("Dit bericht bestaat niet, of is niet voor u."))
    return found


def _page(conversation: Conversation, errors: dict[str, str]) -> str:
    side = domain.side_of(person())
    return render_template(
        "conversations/conversation.html",
        conversation=conversation,
        side=side,
        me=person(),
        unopened=domain.unopened(conversation, side),
        form=request.form,
        attempt=attempt(),
        errors=errors,
        crumbs=[(gettext("Berichten"), url_for("conversations.overview")), (conversation.title, "")],
    )


@blueprint.get("/berichten/<conversation_id>")
@audience("conversing")
def conversation(conversation_id: str) -> ResponseReturnValue:
    """What was written, and who opened it when. A post that nobody here opened asks to be opened first."""
    return _page(_found(conversation_id), {})


def _url(conversation_id: str, anchor: str) -> str:
    return url_for("conversations.conversation", conversation_id=conversation_id, _anchor=anchor)


@blueprint.post("/berichten/<conversation_id>/openen")
@audience("conversing")
def open_posts(conversation_id: str) -> ResponseReturnValue:
    """Read what is new; the other side sees that."""
    domain.open_posts(_found(conversation_id), person(), now())
    db().commit()
    return redirect(_url(conversation_id, "laatste"), 303)


@blueprint.post("/berichten/<conversation_id>")
@audience("conversing")
def post(conversation_id: str) -> ResponseReturnValue:
    """Write one more. The same form sent twice is one post."""
    found, key = _found(conversation_id), attempt()
    if queries.posted_with(db(), key, person().id) is None:
        try:
            domain.post(found, person(), request.form.get("text", ""), key, now())
        except Invalid as refusal:
            return _page(found, by_field(refusal)), 422
        db().commit()
        flash(gettext("Uw bericht is verstuurd."), "ok")
    return redirect(_url(conversation_id, "laatste"), 303)


# --- a new conversation ---


def _about(key: str) -> tuple[Procedure, Application | None]:
    """What a new conversation is about: 'aanmelding:' or 'procedure:' and an id. Raises `NotFound`, `Invalid`."""
    kind, _, found_id = key.partition(":")
    if not person().is_applicant:
        taken = queries.taken_in(db(), found_id, person())
        if taken is None:
            raise NotFound(N_("Deze aanmelding bestaat niet, of is niet in beoordeling."))
        return taken.round.procedure, taken
    if kind == "aanmelding":
        for one in queries.own_applications(db(), organisation_id()):
            if one.id == found_id:
                return one.round.procedure, one
    for procedure in queries.open_procedures(db()) if kind == "procedure" else ():
        if procedure.id == found_id:
            return procedure, None
    raise Invalid({"about": N_("Kies waar uw bericht over gaat.")})


def _options() -> list[tuple[str, str]]:
    """What an applicant can write about now; not what is still secret."""
    about = [
        (
            f"aanmelding:{one.id}",
            gettext("Aanmelding %(number)s, %(procedure)s", number=one.number, procedure=one.round.procedure.title),
        )
        for one in queries.own_applications(db(), organisation_id())
        if not domain.is_secret(one.round.procedure, one)
    ]
    about += [
        (f"procedure:{one.id}", f"{one.title}, {one.authority.name}")
        for one in queries.open_procedures(db())
        if not domain.is_secret(one, None)
    ]
    return about


def _new_page(errors: dict[str, str]) -> str:
    about = request.form.get("about", request.args.get("over", ""))
    is_applicant = person().is_applicant
    return render_template(
        "conversations/new.html",
        options=_options() if is_applicant else [],
        application=None if is_applicant else _about(about)[1],
        about=about,
        form=request.form,
        attempt=attempt(),
        errors=errors,
        crumbs=[(gettext("Berichten"), url_for("conversations.overview")), (gettext("Nieuw bericht"), "")],
    )


@blueprint.get("/berichten/nieuw")
@audience("conversing")
def new() -> ResponseReturnValue:
    """The form; `over` chooses what it is about."""
    return _new_page({})


@blueprint.post("/berichten/nieuw")
@audience("conversing")
def begin() -> ResponseReturnValue:
    """Begin a conversation. The same form sent twice is one conversation."""
    form, key = request.form, attempt()
    known = queries.posted_with(db(), key, person().id)
    if known is not None:
        return redirect(_url(known.conversation_id, "laatste"), 303)
    typed = {"title": form.get("title", ""), "text": form.get("text", "")}
    try:
        procedure, application = _about(form.get("about", ""))
        organisation = application.organisation if application else person().works_for
        assert organisation is not None  # noqa: S101 - without an application it is an applicant who writes
        begun = domain.begin(procedure, application, organisation, person(), **typed, attempt=key, now=now())
    except Invalid as refusal:
        return _new_page(by_field(refusal)), 422
    db().add(begun)
    db().commit()
    flash(gettext("Uw bericht is verstuurd."), "ok")
    return redirect(_url(begun.id, "laatste"), 303)

"""Inviting a party to fill in its own part: by the lead, and the page behind the link that was mailed."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from portal.domain import own_parts, parties, party_invitations, requirements
from portal.domain.accounts import digest
from portal.errors import Invalid, NotFound
from portal.models import Application, Party, PartyInvitation
from portal.queries import own_parts as queries
from portal.terms import N_
from portal.web import downloads, places, summary, task_list
from portal.web.applying import blueprint, closing, crumbs, own
from portal.web.context import db, now, person, release
from portal.web.guards import audience
from portal.web.problems import by_field

UNKNOWN = N_(
    "Deze uitnodiging kennen wij niet. Controleer of u de hele link heeft overgenomen. Nam u haar al aan? Log dan in: "
    "u vindt uw deel bij ‘Aanmeldingen’."
)


# The lead


@blueprint.get("/aanmeldingen/<application_id>/samenwerking/<party_id>/deel")
@audience("applicant")
def party_part(application_id: str, party_id: str) -> ResponseReturnValue:
    """How far one party is, what it lets its lead read, and what the lead can do: invite, remind, take over."""
    application = own(application_id)
    return _part_page(application, parties.find(application, party_id), {})


def _part_page(application: Application, party: Party, errors: dict[str, str]) -> str:
    gaps, part, invitation = requirements.gaps(application, now()), party.own_part, party.invitation
    return render_template(
        "apply/party_part.html",
        application=application,
        party=party,
        part=part,
        invitation=invitation,
        title=places.party_title(party),
        rows=summary.part_rows(party, requirements.part_gaps(application, party, now()), for_lead=True),
        standing=task_list.part_status(party, gaps),
        waiting=[task_list.gap_text(gap) for gap in gaps if gap.step == "own_part" and gap.party is party],
        is_asked=part is not None or invitation is not None,
        is_expired=invitation is not None and now() >= invitation.expires_at,
        goal_titles=places.goal_titles(application.round),
        typed=request.form.get("email", invitation.email if invitation else ""),
        back=request.args.get("terug", ""),
        is_open=application.is_open(now()),
        closing=closing(application.round),
        crumbs=crumbs(
            application,
            (gettext("Met wie u samenwerkt"), url_for("apply.parties", application_id=application.id)),
            (party.name, ""),
        ),
        errors=errors,
    )


def _to_part(application_id: str, party_id: str) -> ResponseReturnValue:
    return redirect(url_for("apply.party_part", application_id=application_id, party_id=party_id), 303)


@blueprint.post("/aanmeldingen/<application_id>/samenwerking/<party_id>/uitnodigen")
@audience("applicant")
def invite_party(application_id: str, party_id: str) -> ResponseReturnValue:
    """Ask a party by mail to fill in its own part; the same again renews the link."""
    application = own(application_id)
    party = parties.find(application, party_id)
    try:
        invitation = party_invitations.invite(application, person(), party, request.form.get("email", ""), now())
    except Invalid as invalid:
        return _part_page(application, party, by_field(invalid)), 422
    db().commit()
    flash(gettext("De uitnodiging aan %(email)s is verstuurd.", email=invitation.email), "ok")
    return _to_part(application_id, party_id)


@blueprint.post("/aanmeldingen/<application_id>/samenwerking/<party_id>/uitnodiging-intrekken")
@audience("applicant")
def uninvite_party(application_id: str, party_id: str) -> ResponseReturnValue:
    """The link works no more; the lead fills in this part itself."""
    application = own(application_id)
    party_invitations.withdraw(application, person(), parties.find(application, party_id), now())
    db().commit()
    flash(gettext("De uitnodiging is ingetrokken. U vult dit deel nu zelf in."), "ok")
    return _to_part(application_id, party_id)


@blueprint.post("/aanmeldingen/<application_id>/samenwerking/<party_id>/herinneren")
@audience("applicant")
def remind_party(application_id: str, party_id: str) -> ResponseReturnValue:
    """Ask a party once more, at most once a day."""
    application = own(application_id)
    party = parties.find(application, party_id)
    own_parts.remind(application, person(), party, now())
    db().commit()
    flash(gettext("%(name)s krijgt een herinnering per mail.", name=party.name), "ok")
    return _to_part(application_id, party_id)


@blueprint.route("/aanmeldingen/<application_id>/samenwerking/<party_id>/zelf-invullen", methods=["GET", "POST"])
@audience("applicant")
def take_over_part(application_id: str, party_id: str) -> ResponseReturnValue:
    """Ask first; then the lead fills in this part itself."""
    application = own(application_id)
    party = parties.find(application, party_id)
    if request.method == "POST":
        parties.take_over(application, person(), party, now())
        db().commit()
        flash(gettext("U vult het deel van %(name)s nu zelf in.", name=party.name), "ok")
        return _to_part(application_id, party_id)
    return render_template(
        "apply/take_over_part.html",
        application=application,
        party=party,
        title=places.party_title(party),
        is_open=application.is_open(now()),
        closing=closing(application.round),
        crumbs=crumbs(
            application,
            (gettext("Met wie u samenwerkt"), url_for("apply.parties", application_id=application.id)),
            (party.name, ""),
        ),
    )


@blueprint.get("/aanmeldingen/<application_id>/samenwerking/<party_id>/bestanden/<document_id>")
@audience("applicant")
def party_file(application_id: str, party_id: str, document_id: str) -> ResponseReturnValue:
    """A file that a party lets its lead read. Any other does not exist."""
    application = own(application_id)
    document = own_parts.shared_document(application, parties.find(application, party_id), document_id)
    if document is None:
        raise NotFound(N_("Dit bestand bestaat niet, of het is niet met u gedeeld."))
    content = downloads.content_of(document)
    release()
    return downloads.attachment(content, document.filename, document.content_type, document.size)


# Who was invited


@blueprint.get("/deelnemen/<token>")
@audience("public")
def invitation(token: str) -> ResponseReturnValue:
    """Who asks what, and a button: mail scanners open links, and the link works once."""
    found = _invitation(token)
    if not current_user.is_authenticated:
        session["next"] = request.path
        party_invitations.require_usable(found, now())
        return _invitation_page(found, "", {})
    return _invitation_page(found, url_for("apply.accept_invitation", token=token), {})


@blueprint.post("/deelnemen/<token>", endpoint="accept_invitation")
@audience("applicant")
def accept(token: str) -> ResponseReturnValue:
    """Take up the part for the own organisation."""
    return _accept(_invitation(token), url_for("apply.accept_invitation", token=token))


@blueprint.route("/deelnemen/uitnodigingen/<invitation_id>", methods=["GET", "POST"])
@audience("applicant")
def own_invitation(invitation_id: str) -> ResponseReturnValue:
    """The same for who is signed in with the address that was invited, and has the mail no more."""
    found = queries.invitation_to(db(), invitation_id, person().email)
    if found is None:
        raise NotFound(UNKNOWN)
    action = url_for("apply.own_invitation", invitation_id=invitation_id)
    return _accept(found, action) if request.method == "POST" else _invitation_page(found, action, {})


def _invitation(token: str) -> PartyInvitation:
    found = queries.invitation(db(), digest(token))
    if found is None:
        raise NotFound(UNKNOWN)
    return found


def _accept(found: PartyInvitation, action: str) -> ResponseReturnValue:
    try:
        part = party_invitations.accept(found, person(), now(), agreed=request.form.get("agreed") == "yes")
    except Invalid as invalid:
        return _invitation_page(found, action, by_field(invalid)), 422
    db().commit()
    if part is None:
        return _invitation_page(found, action, {}), 409
    flash(gettext("U vult uw eigen deel nu zelf in. Hieronder ziet u wat er van u gevraagd wordt."), "ok")
    return redirect(url_for("apply.part", part_id=part.id), 303)


def _invitation_page(found: PartyInvitation, action: str, errors: dict[str, str]) -> str:
    """The page for who is signed in (`action`: where the button goes), or for who has to do that first."""
    organisation = person().works_for if action else None
    if action:
        party_invitations.require_addressee(found, person())
    if action and found.accepted_at is None:
        party_invitations.require_usable(found, now())
    return render_template(
        "apply/invitation.html",
        invitation=found,
        party=found.party,
        application=found.party.application,
        lead=found.party.application.organisation,
        organisation=organisation,
        differs=party_invitations.differences(found.party, organisation) if organisation else {},
        part=found.party.own_part if found.accepted_at else None,
        action=action,
        closing=closing(found.party.application.round),
        errors=errors,
    )

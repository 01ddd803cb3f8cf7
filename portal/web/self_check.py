"""The self-check on the public page of a procedure: no account, nothing kept on the server, no legal effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from portal.domain import self_check
from portal.domain.self_check import Question
from portal.errors import NotFound
from portal.models import Application, Lot, Municipality, Procedure, Round
from portal.queries import procedures
from portal.terms import N_
from portal.web.applying import blueprint as apply
from portal.web.applying import own
from portal.web.context import db, now, person, read_only
from portal.web.guards import audience
from portal.web.public import blueprint

KEPT = "self_check"
"""Where the answers stay in the visitor's own cookie, from the result until they are in a draft."""
LONGEST = 40
"""Characters of one answer: a key of an option, or a number."""


@dataclass(frozen=True)
class Check:
    """One self-check: of which round, for what, and what was answered."""

    procedure: Procedure
    round: Round
    lots: list[str]
    towns: list[str]

    @property
    def every_lot(self) -> list[Lot]:
        return [one for one in self.round.lots if one.products]

    @property
    def every_town(self) -> list[Municipality]:
        cells = [cell for lot in self.every_lot for product in lot.products for cell in product.coverage]
        return sorted({cell.municipality for cell in cells}, key=lambda one: one.name)

    @property
    def questions(self) -> list[Question]:
        return self_check.questions(self_check.asked(self.round, self.lots, self.towns))

    @property
    def written(self) -> int:
        """How many requirements ask for a text of one's own: no question here."""
        return sum(one.type in self_check.WRITTEN for one in self_check.asked(self.round, self.lots, self.towns))

    @property
    def days_left(self) -> int | None:
        left = self.round.closes_at - now()
        return left.days if left > timedelta(0) else None


def _check(authority_slug: str, slug: str) -> Check:
    found = procedures.published(db(), authority_slug, slug)
    round_ = procedures.current_round(found.rounds, now()) if found else None
    if found is None or round_ is None or not found.requirements:
        raise NotFound(N_("Bij deze procedure is geen zelftest."))
    lots = [one.code for one in round_.lots if one.products]
    towns = {cell.municipality.code for lot in round_.lots for product in lot.products for cell in product.coverage}
    return Check(
        found,
        round_,
        [code for code in request.values.getlist("perceel") if code in lots],
        [code for code in request.values.getlist("gemeente") if code in towns],
    )


def _answers(check: Check) -> dict[str, tuple[str, ...]]:
    """What was answered, as far as it is an answer to a question that was asked."""
    given = {}
    for one in check.questions:
        keys, typed = {key for key, _ in one.options}, request.form.getlist(f"eis-{one.code}")
        kept = tuple(value.strip()[:LONGEST] for value in typed if value.strip() and (not keys or value in keys))
        if kept:
            given[one.code] = kept
    return given


def _page(check: Check, **more: Any) -> str:
    return render_template(
        "public/self_check.html",
        procedure=check.procedure,
        check=check,
        where={"authority_slug": check.procedure.authority.slug, "slug": check.procedure.slug},
        **{"answers": {}, "outcome": None, "incomplete": False, **more},
    )


@blueprint.get("/procedures/<authority_slug>/<slug>/zelftest")
@audience("public")
def self_check_page(authority_slug: str, slug: str) -> ResponseReturnValue:
    """First for what, then the questions. What one would apply for stands in the address; answers never do."""
    check = _check(authority_slug, slug)
    is_asked = "verder" in request.args
    return _page(check, incomplete=is_asked and not (check.lots and check.towns))


@blueprint.post("/procedures/<authority_slug>/<slug>/zelftest")
@audience("public")
def self_check_result(authority_slug: str, slug: str) -> ResponseReturnValue:
    """The result. The answers came with the form and go back into it; nothing is kept."""
    read_only()
    check = _check(authority_slug, slug)
    answers = _answers(check)
    outcome = self_check.outcome(check.round, check.questions, answers, check.days_left)
    return _page(check, answers=answers, outcome=outcome)


@blueprint.post("/procedures/<authority_slug>/<slug>/zelftest/meenemen")
@audience("public")
def keep_self_check(authority_slug: str, slug: str) -> ResponseReturnValue:
    """Keep the answers in the visitor's own cookie, for the draft that is begun next."""
    read_only()
    check = _check(authority_slug, slug)
    session[KEPT] = {
        "procedure": check.procedure.id, "lots": check.lots, "towns": check.towns, "answers": _answers(check),
    }  # fmt: skip
    flash(
        gettext("Uw antwoorden gaan mee. Zij staan alleen in uw eigen browser, tot u ze in een aanmelding zet."), "ok"
    )
    is_applicant = current_user.is_authenticated and current_user.person.is_applicant
    return redirect(url_for("apply.overview" if is_applicant else "account.sign_up"), 303)


def kept_for(application: Application) -> dict[str, Any] | None:
    """The self-check in the visitor's cookie, when it is about the procedure of this application."""
    found = session.get(KEPT)
    if not isinstance(found, dict) or found.get("procedure") != application.round.procedure_id:
        return None
    return found


@apply.post("/aanmeldingen/<application_id>/zelftest")
@audience("applicant")
def take_self_check(application_id: str) -> ResponseReturnValue:
    """The answers of the self-check in this draft, each to be checked."""
    application = own(application_id)
    found = kept_for(application) or {"answers": {}}
    answers = {code: tuple(given) for code, given in found["answers"].items()}
    places = self_check.take_over(application, answers, person(), now())
    db().commit()
    session.pop(KEPT, None)
    text = ngettext(
        "%(num)s antwoord uit uw zelftest staat er nu. Controleer het voordat u indient.",
        "%(num)s antwoorden uit uw zelftest staan er nu. Controleer ze voordat u indient.",
        places,
    )
    flash(text if places else gettext("Uit uw zelftest was niets over te nemen."), "ok" if places else "info")
    return redirect(url_for("apply.application", application_id=application.id), 303)

"""The page on which an applicant checks everything before submitting, and where it is on its way past a signatory."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from flask_babel import gettext

from portal.domain import applications, requirements, sealing
from portal.models import Application, SignOff, new_id
from portal.queries import people, sign_offs
from portal.terms import SUBMIT_ROLES
from portal.web import places, sealed, summary, task_list
from portal.web.applying import closing, crumbs
from portal.web.context import db, now, person


@dataclass(frozen=True)
class Standing:
    """The last time it was offered, and what changed since then."""

    sign_off: SignOff
    changes: list[task_list.Change]

    @property
    def is_asked(self) -> bool:
        return self.sign_off.state == "asked"


def standing(application: Application) -> Standing | None:
    """Where an open application is on its way past the signatories; None when it was never offered."""
    found = sign_offs.last(db(), application.id)
    if found is None:
        return None
    events = sign_offs.changes_since(db(), application.id, found.asked_at) if found.state == "asked" else []
    return Standing(found, task_list.changes(events))


def check_page(found: Application, errors: dict[str, str]) -> str:
    """Everything that would be submitted, what is missing, and who may submit."""
    gaps, may_submit = requirements.gaps(found, now()), bool(person().role_names & set(SUBMIT_ROLES))
    return render_template(
        "apply/submit.html",
        application=found,
        sections=summary.sections(found, gaps, now()),
        blocking=task_list.links(found, [gap for gap in gaps if gap.blocks]),
        doubts=task_list.links(found, [gap for gap in gaps if not gap.blocks]),
        goal_titles=places.goal_titles(found.round),
        lots=[lot for lot, _ in requirements.chosen_lots(found).values()],
        may_submit=may_submit,
        sign_off=standing(found),
        typed=request.form,
        signatories=[] if may_submit else people.signatories(db(), found.organisation_id),
        accepted=request.form.getlist("accepted"),
        attempt=request.form.get("attempt") or new_id(),
        has_vault=sealing.has_vault(found.round),
        code=sealed.form_code() if sealing.has_vault(found.round) else "",
        submission=found.valid_submission,
        is_changed=applications.has_unsubmitted_changes(found),
        is_open=found.is_open(now()),
        closing=closing(found.round),
        crumbs=crumbs(found, (gettext("Controleren en indienen"), "")),
        errors=errors,
    )

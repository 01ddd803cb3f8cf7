"""For the administrator: every task of the worker, what fails and what was given up, and mail that does not go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug import Response

from portal.domain import failures
from portal.domain.task_names import ALARM_ADVICE, ALARMS, TASKS
from portal.errors import NotFound
from portal.models import Message, TaskFailure
from portal.queries import waiting
from portal.terms import N_
from portal.web.context import authority_id, db, now, person
from portal.web.guards import audience
from portal.web.languages import short_moment
from portal.worker import watching

blueprint = Blueprint("work", __name__)


@blueprint.get("/beheer/taken")
@audience("administrator")
def overview() -> ResponseReturnValue:
    """Tasks with what waits for the own authority; how the worker goes is the same for everybody."""
    session, own, moment = db(), authority_id(), now()
    mails_waiting, oldest_mail = waiting.mails_of(session, own)
    queues = [
        # Mail is kept apart by hand: some of it is of no authority, so the session cannot narrow it.
        replace(one, waiting=mails_waiting, oldest=oldest_mail) if one.task.name == "messages_to_send" else one
        for one in watching.queues(session, moment)
    ]
    return render_template(
        "work/overview.html",
        queues=queues,
        runs=waiting.runs(session),
        tick=waiting.last_tick(session),
        is_silent=watching.is_silent(waiting.last_tick(session), moment),
        workers=waiting.beats(session),
        silent_after=watching.SILENT,
        failures=waiting.failures_of(session, own),
        mails=waiting.troubled_mails(session, own),
        mails_waiting=mails_waiting,
        elsewhere=waiting.failures_of_nobody(session),
        alarms=list(waiting.alarms_on(session).values()),
        names=TASKS,
        alarm_names=ALARMS,
        advice=ALARM_ADVICE,
        late=watching.LATE,
        short=short_moment,
        ago=_ago,
    )


def _ago(moment: datetime) -> str:
    """'8 seconden geleden', '3 minuten geleden', and from an hour on the moment itself."""
    seconds = max(0, int((now() - moment).total_seconds()))
    if seconds < 60:
        return ngettext("%(num)s seconde geleden", "%(num)s seconden geleden", seconds)
    if seconds < 3600:
        return ngettext("%(num)s minuut geleden", "%(num)s minuten geleden", seconds // 60)
    return short_moment(moment)


@blueprint.post("/beheer/taken/<failure_id>/opnieuw")
@audience("administrator")
def retry(failure_id: str) -> Response:
    """Try a failed task again now. Asked twice is asked once."""
    failure = db().get(TaskFailure, failure_id)
    if failure is None:
        flash(gettext("Deze taak is intussen gelukt of niet meer nodig."), "info")
    elif failures.retry(failure, person(), now()):
        db().commit()
        flash(gettext("De taak wordt opnieuw geprobeerd."), "ok")
    else:
        flash(gettext("Deze taak wordt al opnieuw geprobeerd."), "info")
    return redirect(url_for("work.overview"), 303)


@blueprint.post("/beheer/berichten/<message_id>/opnieuw")
@audience("administrator")
def send_again(message_id: str) -> Response:
    """Send a mail that was refused or waits. What was sent is not sent again."""
    message = db().get(Message, message_id)
    if message is None:
        raise NotFound(N_("Dit bericht bestaat niet."))
    if failures.send_again(message, person(), now()):
        db().commit()
        flash(gettext("Het bericht wordt opnieuw verstuurd."), "ok")
    else:
        flash(gettext("Dit bericht is al verstuurd of wordt al opnieuw geprobeerd."), "info")
    return redirect(url_for("work.overview"), 303)

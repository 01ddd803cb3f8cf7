"""`flask tasks list|retry` and `flask doctor`: how the work goes, for who has the machine and not the screen."""

from __future__ import annotations

import os

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from portal.domain import failures
from portal.domain.task_names import ALARM_ADVICE, ALARMS
from portal.domain.wording import moment
from portal.models import TaskFailure
from portal.queries import waiting
from portal.worker import readiness, watching

group = AppGroup("tasks", help="What the worker does, and what it gave up.")

ADVICE = {
    "database": "kijk of de database draait en of DATABASE_URL klopt",
    "schema": "draai 'flask migrate' met deze versie van het portaal",
    "store": "kijk of de opslag bereikbaar en beschrijfbaar is (STORAGE_URL, INSTANCE)",
    "clock": "kijk of NTP werkt: de klok van deze machine wijkt af",
    "worker": "start 'flask worker'",
}


@group.command("list")
def show() -> None:
    """Every task with what waits, then what fails, of all authorities."""
    database, services = current_app.extensions["database"], current_app.extensions["services"]
    with database.reading() as db:
        for queue in watching.queues(db, services.now()):
            since = f"sinds {moment(queue.oldest)}" if queue.oldest else ""
            click.echo(f"{queue.task.name:<30} {'-' if queue.is_standing else queue.waiting:>6} {since}".rstrip())
        for one in db.scalars(select(TaskFailure).order_by(TaskFailure.first_at)):
            state = "opgegeven" if one.dead_at else f"weer om {moment(one.next_try_at)}"
            click.echo(f"! {one.task} {one.subject_id}: {one.tries} pogingen, {state}: {one.reason}")


@group.command("retry")
@click.argument("subject_id", required=False)
@click.option("--all", "every", is_flag=True, help="Everything that fails.")
def retry(subject_id: str | None, every: bool) -> None:
    """Try again at once what failed for SUBJECT_ID (the code that `list` shows), or all of it."""
    if bool(subject_id) == every:
        raise click.UsageError("noem één kenmerk, of --all")
    database, services = current_app.extensions["database"], current_app.extensions["services"]
    chosen = select(TaskFailure) if every else select(TaskFailure).where(TaskFailure.subject_id == subject_id)
    with database.transaction() as db:
        found = db.scalars(chosen).all()
        if not found and not every:
            raise click.ClickException(f"er is geen taak die mislukt voor '{subject_id}'")
        again = sum(failures.retry(one, None, services.now()) for one in found)
    click.echo(f"opnieuw: {again}")


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check everything the portal needs and print what to do about what is wrong. Exit code 1 when something is."""
    database, services = current_app.extensions["database"], current_app.extensions["services"]
    bad = 0

    def say(name: str, good: bool, remark: str = "") -> None:
        nonlocal bad
        bad += not good
        click.echo(f"{'goed' if good else 'FOUT':<5} {name}{f': {remark}' if remark else ''}")

    parts = readiness.parts(database, services)
    for name, good in parts.items():
        say(name, good, "" if good else ADVICE[name])
    if parts["database"] and parts["schema"]:
        with database.reading() as db:
            tick, found = waiting.last_tick(db), watching.problems(db, services)
        say("worker", tick is not None, f"keek om {moment(tick)}" if tick else ADVICE["worker"])
        for kind, detail in found.items():
            say(f"{ALARMS[kind].label} ({detail})", good=False, remark=ALARM_ADVICE[kind])
    for folder, free in watching.disks(services):
        say(f"schijf van {folder}", free >= watching.DISK_FREE, f"{free:.0%} vrij")
    is_root = os.geteuid() == 0 and not current_app.config["DEMO"]
    say("eigen account", not is_root, "laat het portaal niet als root draaien" if is_root else "")
    say("alarmen per mail", True, "aan" if services.settings.get("alarm_mail") else "uit (ALARM_MAIL is leeg)")
    if bad:
        raise SystemExit(1)


def register(app: Flask) -> None:
    app.cli.add_command(group)
    app.cli.add_command(doctor)

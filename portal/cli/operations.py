"""Commands that run the portal: migrate, worker, start."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from portal.adapters import schema
from portal.worker import run_forever, run_until_idle
from portal.worker.reporting import Report

GIVES_WAY = 10
"""How much nicer a worker is than the web server beside it (nice(2)): whoever waits for a page goes first."""


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database to the schema of this version."""
    schema.migrate(current_app.extensions["database"].engine)
    click.echo("database: bijgewerkt")


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@click.option("--concurrency", type=click.IntRange(1, 16), default=1, help="On PostgreSQL: how many at once.")
@with_appcontext
def worker(once: bool, concurrency: int) -> None:
    """Close rounds, draw up documents, place signatures and send mail, as soon as each is due."""
    database, services = current_app.extensions["database"], current_app.extensions["services"]
    if once:
        report = Report(database, services)
        for name, count in sorted(run_until_idle(database, services, report=report).items()):
            click.echo(f"{name}: {count}")
        report.end()
        return
    os.nice(GIVES_WAY)
    if database.engine.dialect.name == "postgresql":
        from portal.worker import engine  # Procrastinate is not for one machine with SQLite

        engine.run(database, services, concurrency)
        return
    # Only a worker that runs on measures: in a rehearsal time jumps, and every jump would be an outage.
    services = replace(services, settings={**services.settings, "probing": current_app.config["PROBING"]})
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    run_forever(database, services, lambda: bool(stopping))


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _start_children(folder: Path, port: int) -> list[subprocess.Popen[bytes]]:
    """The web server (2 processes of 32 threads) and the worker."""
    python = [sys.executable, "-m"]
    server = [*python, "gunicorn", "-c", "deploy/gunicorn.py", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    worker = [*python, "flask", "--app", "wsgi", "worker"]
    # Two allocation arenas instead of eight per core: 32 threads would else keep a lot of freed memory.
    # And should a process ever crash inside a library, the log tells where each thread was.
    environment = {**os.environ, "MALLOC_ARENA_MAX": "2", "PYTHONFAULTHANDLER": "1"}
    # Where the web processes count for /metrics; each start counts from zero, as a restart does for Prometheus.
    counts = tempfile.mkdtemp(prefix="voordeur-metrics-")
    atexit.register(shutil.rmtree, counts, ignore_errors=True)
    environment["PROMETHEUS_MULTIPROC_DIR"] = counts
    return [subprocess.Popen(command, cwd=folder, env=environment) for command in (server, worker)]


def _welcome(port: int, *, with_demo: bool) -> None:
    from portal.cli.demo import ACCOUNTS, PASSWORD

    click.echo(f"\nportal at http://127.0.0.1:{port}\n")
    if with_demo:
        click.echo(f"Demo accounts (password: {PASSWORD}):")
        for email, who in ACCOUNTS.items():
            click.echo(f"  {email:<42} {who}")
        click.echo(f"  mail that was sent: http://127.0.0.1:{port}/ontwikkeling/mail\n")
    click.echo("Stop with Ctrl+C.")
    sys.stdout.flush()


@click.command("start")
@click.option("--demo/--no-demo", default=True, help="Load the demonstration when the database is empty.")
@with_appcontext
def start(demo: bool) -> None:
    """Migrate, load the demonstration into an empty database, and run web server and worker until stopped."""
    from portal.cli.demo import build_demo  # heavy, and only this command needs it

    app = current_app
    port = app.config["PORT"]
    schema.migrate(app.extensions["database"].engine)
    if demo and app.config["DEMO"]:
        build_demo(app.extensions["database"], app.extensions["services"])
    children = _start_children(Path(app.root_path).parent, port)

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        while not _answers(f"http://127.0.0.1:{port}/healthz"):
            if any(child.poll() is not None for child in children):
                raise click.ClickException(f"het portaal start niet; is poort {port} vrij? (PORT=8001 make run)")
            time.sleep(0.2)
        _welcome(port, with_demo=app.config["DEMO"])
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        raise click.ClickException("een onderdeel is gestopt; kijk hierboven waarom")
    except KeyboardInterrupt:
        click.echo("stopping")
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                os.kill(child.pid, signal.SIGKILL)


def register(app: Flask) -> None:
    for command in (migrate, worker, start):
        app.cli.add_command(command)

"""The floor: the least that shows the same content with Flask, SQLAlchemy and Jinja on the same database.

No accounts, guards, tenancy, translations or house style: column tuples, SQL aggregates, plain HTML. What the
portal costs above this is what its promises cost.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, render_template, request
from sqlalchemy import Engine, create_engine, event, func, select

from bench import floor_applying, floor_screening
from portal import terms
from portal.models import Application, Lot, Organisation, Procedure, Review, Round, Submission, User, new_id

PAGE = 50
MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")


def create_floor(url: str, now: datetime) -> Flask:
    """The floor on the database at `url`, at the time `now`."""
    app = Flask(__name__, template_folder=str(Path(__file__).with_name("templates")))
    app.jinja_env.filters |= {"day": _day, "moment": _moment}
    app.extensions["engine"] = engine = _engine(url)
    tables = (terms.REVIEW_STATES, terms.VERDICTS, terms.INTEGRITY_OUTCOMES)
    label = {key: term.label for table in tables for key, term in table.items()}

    @app.get("/lijst")
    def queue() -> str:
        with engine.connect() as db:
            states = dict(db.execute(select(Review.state, func.count()).group_by(Review.state)).all())
            statement = floor_screening.queue_rows()
            if request.args.get("q"):
                statement = statement.where(Application.number == request.args["q"])
            rows = db.execute(statement.limit(PAGE)).all()
            lots = db.execute(select(Lot.code, Lot.name).where(Lot.products.any()).order_by(Lot.code)).all()
            officials = db.execute(select(User.id, User.name).where(User.authority_id.is_not(None))).all()
        return render_template(
            "queue.html", states=states, rows=rows, lots=lots, officials=officials, today=now.date(), label=label
        )

    @app.get("/lijst.csv")
    def export() -> Response:
        return Response(floor_screening.export(engine, label), mimetype="text/csv")

    @app.get("/toets/<review_id>")
    def checklist(review_id: str) -> str:
        return render_template(
            "checklist.html", label=label, today=now.date(), **floor_screening.checklist(engine, review_id)
        )

    @app.get("/overzicht/<organisation_id>")
    def overview(organisation_id: str) -> str:
        return render_template("overview.html", now=now, **floor_applying.overview(engine, organisation_id, now))

    @app.get("/taken/<application_id>")
    def task_list(application_id: str) -> str:
        return render_template("task_list.html", **floor_applying.task_list(engine, application_id))

    @app.get("/indienen/<application_id>")
    def check(application_id: str) -> str:
        return render_template("submit.html", attempt=new_id(), **floor_applying.task_list(engine, application_id))

    @app.post("/indienen/<application_id>")
    def submit(application_id: str) -> Any:
        return redirect(
            f"/ontvangst/{floor_applying.submit(engine, application_id, request.form['attempt'], now)}", 303
        )

    @app.get("/ontvangst/<submission_id>")
    def receipt(submission_id: str) -> str:
        with engine.connect() as db:
            row = db.execute(
                select(
                    Submission.receipt_number, Submission.submitted_at, Submission.digest, Submission.manifest,
                    User.name, Organisation.name.label("organisation"), Organisation.kvk_number, Procedure.title,
                    Round.label, Round.closes_at,
                )
                .join(User, User.id == Submission.submitted_by_id)
                .join(Application, Application.id == Submission.application_id)
                .join(Organisation, Organisation.id == Application.organisation_id)
                .join(Round, Round.id == Application.round_id)
                .join(Procedure, Procedure.id == Round.procedure_id)
                .where(Submission.id == submission_id)
            ).one()  # fmt: skip
        return render_template("receipt.html", row=row, manifest=json.loads(row.manifest))

    @app.get("/ronde/<round_id>")
    def dashboard(round_id: str) -> str:
        return render_template("dashboard.html", label=label, **floor_screening.dashboard(engine, round_id))

    _public(app, engine, now)
    return app


def _public(app: Flask, engine: Engine, now: datetime) -> None:
    @app.get("/")
    def home() -> str:
        return render_template("home.html", now=now, **floor_applying.home(engine))

    @app.get("/procedure/<slug>")
    def procedure(slug: str) -> str:
        return render_template("procedure.html", now=now, terms=terms, **floor_applying.procedure(engine, slug))


def _engine(url: str) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _day(value: date | None) -> str:
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else ""


def _moment(value: datetime | None) -> str:
    return f"{_day(value)} {value:%H:%M}" if value else ""

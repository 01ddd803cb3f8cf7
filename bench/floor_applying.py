"""What the floor reads and writes for applicants and visitors: column tuples, never entities."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, insert, select, update

from bench.floor_screening import by_place
from portal import terms
from portal.models import (
    Answer,
    Application,
    AuditEvent,
    Authority,
    Coverage,
    DecisionLetter,
    Document,
    Evidence,
    Lot,
    Message,
    Municipality,
    Organisation,
    Procedure,
    Product,
    Requirement,
    Round,
    Selection,
    Submission,
    User,
    new_id,
)


def overview(engine: Engine, organisation_id: str, now: datetime) -> dict[str, Any]:
    submitted = (
        select(func.max(Submission.submitted_at))
        .where(Submission.application_id == Application.id, Submission.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    told = select(DecisionLetter.id).where(DecisionLetter.application_id == Application.id).exists()
    with engine.connect() as db:
        rows = db.execute(
            select(
                Application.id, Application.number, Application.state, Application.saved_at, Round.label,
                Round.closes_at, Procedure.title, Authority.name, submitted.label("submitted_at"), told.label("told"),
            )
            .join(Round, Round.id == Application.round_id)
            .join(Procedure, Procedure.id == Round.procedure_id)
            .join(Authority, Authority.id == Application.authority_id)
            .where(Application.organisation_id == organisation_id)
            .order_by(Round.closes_at.desc())
        ).all()  # fmt: skip
        rounds = db.execute(
            select(Round.id, Round.label, Round.closes_at, Procedure.title)
            .join(Procedure, Procedure.id == Round.procedure_id)
            .where(Round.opens_at <= now, Round.closes_at > now)
        ).all()
    return {"rows": rows, "rounds": rounds, "states": terms.APPLICATION_STATES}


def task_list(engine: Engine, application_id: str) -> dict[str, Any]:
    with engine.connect() as db:
        head = db.execute(
            select(Application.id, Application.number, Application.saved_at, Round.label, Round.closes_at,
                   Round.procedure_id, Procedure.title, Organisation.name)
            .join(Round, Round.id == Application.round_id)
            .join(Procedure, Procedure.id == Round.procedure_id)
            .join(Organisation, Organisation.id == Application.organisation_id)
            .where(Application.id == application_id)
        ).one()  # fmt: skip
        requirements = db.execute(
            select(Requirement.id, Requirement.code, Requirement.title, Requirement.applies_to,
                   Requirement.lot_codes, Requirement.evidence)
            .where(Requirement.procedure_id == head.procedure_id)
            .order_by(Requirement.position)
        ).all()  # fmt: skip
        cells = db.execute(
            select(Lot.id.label("lot_id"), Lot.code, Lot.name, Product.name.label("product"),
                   Municipality.name.label("municipality"))
            .select_from(Selection)
            .join(Product, Product.id == Selection.product_id)
            .join(Lot, Lot.id == Product.lot_id)
            .join(Municipality, Municipality.id == Selection.municipality_id)
            .where(Selection.application_id == application_id)
            .order_by(Lot.position, Product.position, Municipality.name)
        ).all()  # fmt: skip
        answers = by_place(
            db.execute(
                select(Answer.requirement_id, Answer.lot_id, Answer.value, Answer.saved_at, User.name)
                .join(User, User.id == Answer.saved_by_id)
                .where(Answer.application_id == application_id)
            )
        )
        files = by_place(
            db.execute(
                select(Evidence.requirement_id, Evidence.lot_id, Document.id, Document.filename, Document.kind,
                       Document.size, Document.sha256, Document.expires_on, Document.issued_on,
                       Document.uploaded_at)
                .join(Document, Document.id == Evidence.document_id)
                .where(Evidence.application_id == application_id)
            )
        )  # fmt: skip
        changes = db.execute(
            select(AuditEvent.at, AuditEvent.act, AuditEvent.actor_name)
            .where(AuditEvent.subject_type == "Application", AuditEvent.subject_id == application_id)
            .order_by(AuditEvent.id.desc())
            .limit(6)
        ).all()
    lots = {one.lot_id: one for one in cells}
    tasks = []
    for one in requirements:
        spots = lots.values() if one.applies_to == "lot" else [None]
        for lot in spots:
            if one.lot_codes and lot is not None and lot.code not in one.lot_codes:
                continue
            place = (one.id, lot.lot_id if lot else None)
            kinds = one.evidence.get("kinds", [])
            missing = place not in answers or (bool(kinds) and place not in files)
            tasks.append(
                {"requirement": one, "lot": lot, "missing": missing, "files": files.get(place, []),
                 "answer": answers.get(place)}
            )  # fmt: skip
    return {"head": head, "cells": cells, "tasks": tasks, "changes": changes}


def submit(engine: Engine, application_id: str, attempt: str, now: datetime) -> str:
    """One transaction: the same facts in the manifest, the submission, its event and its mail."""
    facts = task_list(engine, application_id)
    manifest = json.dumps(
        {
            "application": facts["head"].number, "round": facts["head"].label, "organisation": facts["head"].name,
            "selections": [[one.code, one.product, one.municipality] for one in facts["cells"]],
            "answers": [
                {"requirement": one["requirement"].code, "lot": one["lot"].code if one["lot"] else None,
                 "value": one["answer"][0].value}
                for one in facts["tasks"] if one["answer"]
            ],
            "files": [
                {"requirement": one["requirement"].code, "lot": one["lot"].code if one["lot"] else None,
                 "document_id": file.id, "kind": file.kind, "filename": file.filename, "size": file.size,
                 "sha256": file.sha256, "issued_on": str(file.issued_on or ""),
                 "expires_on": str(file.expires_on or "")}
                for one in facts["tasks"] for file in one["files"]
            ],
        }
    )  # fmt: skip
    submission_id = new_id()
    with engine.begin() as db:
        row = db.execute(
            select(Application.authority_id, Round.closes_at, User.id, User.email)
            .select_from(Application)
            .join(Round, Round.id == Application.round_id)
            .join(User, User.organisation_id == Application.organisation_id)
            .where(Application.id == application_id)
        ).first()
        assert row is not None
        assert now < row.closes_at
        db.execute(
            insert(Submission).values(
                id=submission_id, authority_id=row.authority_id, application_id=application_id,
                sequence=select(func.count() + 1).select_from(Submission)
                .where(Submission.application_id == application_id).scalar_subquery(),
                attempt=attempt, receipt_number=secrets.token_hex(8), submitted_at=now, submitted_by_id=row.id,
                manifest=manifest, digest=hashlib.sha256(manifest.encode()).hexdigest(),
            )
        )  # fmt: skip
        db.execute(update(Application).where(Application.id == application_id).values(state="submitted"))
        db.execute(
            insert(AuditEvent).values(
                at=now, authority_id=row.authority_id, actor_id=row.id, actor_name="floor", act="submit",
                subject_type="Application", subject_id=application_id, details={},
            )
        )  # fmt: skip
        db.execute(
            insert(Message).values(
                id=new_id(), reason=f"receipt:{submission_id}", authority_id=row.authority_id, to=row.email,
                template="receipt", facts={}, created_at=now, next_try_at=now, tries=0, last_error="",
            )
        )  # fmt: skip
    return submission_id


def home(engine: Engine) -> dict[str, Any]:
    with engine.connect() as db:
        rows = db.execute(
            select(Procedure.id, Procedure.slug, Procedure.title, Procedure.summary, Procedure.kind, Authority.name,
                   Round.label, Round.opens_at, Round.closes_at, Round.agreements_start_on, Round.remark)
            .join(Authority, Authority.id == Procedure.authority_id)
            .join(Round, Round.procedure_id == Procedure.id)
            .order_by(Round.closes_at)
        ).all()  # fmt: skip
        lots = db.execute(select(Lot.procedure_id, Lot.name).where(Lot.products.any()).order_by(Lot.position)).all()
        municipalities = db.scalars(select(Municipality.name).order_by(Municipality.name)).all()
    return {"rows": rows, "lots": lots, "municipalities": municipalities}


def procedure(engine: Engine, slug: str) -> dict[str, Any]:
    with engine.connect() as db:
        head = db.execute(
            select(Procedure.id, Procedure.title, Procedure.summary, Procedure.settings, Procedure.laws, Authority.name)
            .join(Authority, Authority.id == Procedure.authority_id)
            .where(Procedure.slug == slug)
        ).one()
        rounds = db.execute(
            select(Round.label, Round.opens_at, Round.closes_at, Round.agreements_start_on)
            .where(Round.procedure_id == head.id)
            .order_by(Round.closes_at)
        ).all()
        products = db.execute(
            select(Lot.code.label("lot"), Lot.name.label("lot_name"), Lot.description.label("lot_text"), Product.code,
                   Product.name, Product.description, Product.unit, Product.tariff_cents,
                   func.group_concat(Municipality.name, ", ").label("municipalities"),
                   func.group_concat(Coverage.remark, " ").label("remarks"))
            .join(Lot, Lot.id == Product.lot_id)
            .outerjoin(Coverage, (Coverage.product_id == Product.id) & (Coverage.state == "open"))
            .outerjoin(Municipality, Municipality.id == Coverage.municipality_id)
            .where(Lot.procedure_id == head.id)
            .group_by(Product.id)
            .order_by(Lot.position, Product.position)
        ).all()  # fmt: skip
        requirements = db.execute(
            select(Requirement.code, Requirement.title, Requirement.text, Requirement.kind, Requirement.applies_to,
                   Requirement.evidence, Requirement.source, Requirement.settings)
            .where(Requirement.procedure_id == head.id)
            .order_by(Requirement.position)
        ).all()  # fmt: skip
    lots: dict[str, list[Row[Any]]] = defaultdict(list)
    for one in products:
        lots[one.lot].append(one)
    kinds: dict[str, list[Row[Any]]] = defaultdict(list)
    for requirement in requirements:
        kinds[requirement.kind].append(requirement)
    return {"head": head, "rounds": rounds, "lots": lots, "kinds": kinds}

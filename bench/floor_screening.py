"""What the floor reads for screening: column tuples, never entities."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, Row, case, func, select
from sqlalchemy.orm import aliased

from portal import terms
from portal.models import (
    Agreement,
    Application,
    Decision,
    Document,
    Finding,
    IntegrityCheck,
    Lot,
    Organisation,
    Procedure,
    Product,
    RemedyRequest,
    Requirement,
    Review,
    Round,
    Selection,
    Submission,
    User,
)

CSV_HEADER = (
    "nummer", "aanbieder", "kvk", "ronde", "stand", "termijn", "ingediend", "eis", "titel", "perceel", "oordeel",
    "motivering", "door", "op",
)  # fmt: skip


def queue_rows() -> Any:
    first, second = aliased(User), aliased(User)
    lots = (
        select(func.group_concat(func.distinct(Lot.code)))
        .select_from(Selection)
        .join(Product, Product.id == Selection.product_id)
        .join(Lot, Lot.id == Product.lot_id)
        .where(Selection.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    done = (
        select(func.count(func.distinct(Finding.requirement_id + func.coalesce(Finding.lot_id, ""))))
        .where(Finding.review_id == Review.id)
        .correlate(Review)
        .scalar_subquery()
    )
    return (
        select(
            Review.id,
            Review.state,
            Review.due_on,
            Application.number,
            Organisation.name,
            Submission.submitted_at,
            first.name.label("first_by"),
            second.name.label("second_by"),
            IntegrityCheck.outcome.label("integrity"),
            lots.label("lots"),
            done.label("done"),
            func.json_array_length(Submission.manifest, "$.answers").label("places"),
        )
        .select_from(Review)
        .join(Application, Application.id == Review.application_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
        .join(Submission, Submission.id == Review.submission_id)
        .outerjoin(first, first.id == Review.first_by_id)
        .outerjoin(second, second.id == Review.second_by_id)
        .outerjoin(IntegrityCheck, IntegrityCheck.application_id == Application.id)
        .order_by(Review.due_on, Review.id)
    )


def export(engine: Engine, label: dict[str, str]) -> Iterator[str]:
    statement = (
        select(
            Application.number, Organisation.name, Organisation.kvk_number, Round.label, Review.state, Review.due_on,
            Submission.submitted_at, Requirement.code, Requirement.title, Lot.code, Finding.verdict, Finding.reason,
            User.name, Finding.found_at,
        )
        .select_from(Review)
        .join(Application, Application.id == Review.application_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
        .join(Round, Round.id == Application.round_id)
        .join(Submission, Submission.id == Review.submission_id)
        .outerjoin(Finding, Finding.review_id == Review.id)
        .outerjoin(Requirement, Requirement.id == Finding.requirement_id)
        .outerjoin(Lot, Lot.id == Finding.lot_id)
        .outerjoin(User, User.id == Finding.found_by_id)
        .order_by(Review.due_on, Review.id, Requirement.position)
        .execution_options(yield_per=500)
    )  # fmt: skip
    piece = io.StringIO()
    writer = csv.writer(piece, delimiter=";")
    writer.writerow(CSV_HEADER)
    with engine.connect() as db:
        for many in db.execute(statement).partitions(500):
            for row in many:
                writer.writerow([*row[:4], label[row[4]], *row[5:10], label.get(row[10], ""), *row[11:]])
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()


def by_place(rows: Any) -> dict[tuple[Any, Any], list[Row[Any]]]:
    found: dict[tuple[Any, Any], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[(row.requirement_id, row.lot_id)].append(row)
    return found


def checklist(engine: Engine, review_id: str) -> dict[str, Any]:
    first, second = aliased(User), aliased(User)
    with engine.connect() as db:
        head = db.execute(
            select(
                Review.id, Review.state, Review.due_on, Application.id.label("application_id"), Application.number,
                Organisation.name, Organisation.kvk_number, Round.label, Round.procedure_id, Submission.submitted_at,
                Submission.manifest, IntegrityCheck.outcome, first.name.label("first_by"),
                second.name.label("second_by"),
            )
            .select_from(Review)
            .join(Application, Application.id == Review.application_id)
            .join(Organisation, Organisation.id == Application.organisation_id)
            .join(Round, Round.id == Application.round_id)
            .join(Submission, Submission.id == Review.submission_id)
            .outerjoin(IntegrityCheck, IntegrityCheck.application_id == Application.id)
            .outerjoin(first, first.id == Review.first_by_id)
            .outerjoin(second, second.id == Review.second_by_id)
            .where(Review.id == review_id)
        ).one()  # fmt: skip
        manifest = json.loads(head.manifest)
        requirements = {
            one.id: one
            for one in db.execute(
                select(
                    Requirement.id, Requirement.code, Requirement.title, Requirement.text, Requirement.kind,
                    Requirement.version, Requirement.source, Requirement.standard_reasons,
                    Requirement.equivalent_allowed, Requirement.position,
                ).where(Requirement.procedure_id == head.procedure_id)
            )
        }  # fmt: skip
        products = db.execute(
            select(Product.code, Product.name, Product.id, Lot.code.label("lot"), Lot.name.label("lot_name"))
            .join(Lot, Lot.id == Product.lot_id)
            .where(Lot.procedure_id == head.procedure_id)
        ).all()
        findings = by_place(
            db.execute(
                select(
                    Finding.requirement_id, Finding.lot_id, Finding.sequence, Finding.verdict, Finding.reason,
                    Finding.found_at, User.name,
                )
                .join(User, User.id == Finding.found_by_id)
                .where(Finding.review_id == review_id)
                .order_by(Finding.sequence)
            )
        )  # fmt: skip
        documents = {
            one.id: one
            for one in db.execute(
                select(Document.id, Document.filename, Document.size, Document.pages, Document.sha256,
                       Document.kind, Document.uploaded_at)
                .where(Document.id.in_([one["document_id"] for one in manifest["files"] if one["requirement"]]))
            )
        }  # fmt: skip
        remedies = db.execute(
            select(RemedyRequest.id, RemedyRequest.requested_at).where(RemedyRequest.review_id == review_id)
        ).all()
        neighbours = db.execute(
            select(
                select(func.max(Review.id)).where(Review.id < review_id).scalar_subquery(),
                select(func.min(Review.id)).where(Review.id > review_id).scalar_subquery(),
            )
        ).one()
    files: dict[tuple[str, str | None], list[dict[str, Any]]] = defaultdict(list)
    for one in manifest["files"]:
        if one["requirement"]:
            files[(one["requirement"], one["lot"])].append(one)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for answer in manifest["answers"]:
        requirement = requirements[answer["requirement_id"]]
        found = findings.get((requirement.id, answer["lot_id"]), [])
        groups[requirement.kind].append(
            {
                "key": f"{requirement.code}-{answer['lot']}" if answer["lot"] else requirement.code,
                "requirement": requirement,
                "answer": answer,
                "finding": found[-1] if found else None,
                "files": files[(requirement.code, answer["lot"])],
                "products": [one for one in products if answer["lot"] in (None, one.lot)],
                "lot_name": next((one.lot_name for one in products if one.lot == answer["lot"]), ""),
            }
        )
    return {
        "head": head,
        "groups": groups,
        "documents": documents,
        "remedies": remedies,
        "neighbours": neighbours,
        "verdicts": terms.VERDICTS,
        "kinds": terms.REQUIREMENT_KINDS,
        "shown": next(iter(documents.values()), None),
    }


def dashboard(engine: Engine, round_id: str) -> dict[str, Any]:
    with engine.connect() as db:
        head = db.execute(
            select(Round.id, Round.label, Round.opens_at, Round.closes_at, Procedure.title)
            .join(Procedure, Procedure.id == Round.procedure_id)
            .where(Round.id == round_id)
        ).one()
        states = db.execute(
            select(Review.state, func.count(), func.min(Review.due_on))
            .join(Application, Application.id == Review.application_id)
            .where(Application.round_id == round_id)
            .group_by(Review.state)
        ).all()
        lots = db.execute(
            select(Lot.code, Lot.name, func.count(func.distinct(Selection.application_id)))
            .select_from(Selection)
            .join(Application, Application.id == Selection.application_id)
            .join(Product, Product.id == Selection.product_id)
            .join(Lot, Lot.id == Product.lot_id)
            .where(Application.round_id == round_id)
            .group_by(Lot.code, Lot.name)
        ).all()
        outcomes = db.execute(
            select(
                func.count(),
                func.sum(case((Decision.outcome == "admitted", 1), else_=0)),
                func.count(Decision.told_at),
            )
            .join(Application, Application.id == Decision.application_id)
            .where(Application.round_id == round_id)
        ).one()
        agreements = db.execute(
            select(Agreement.state, func.count())
            .join(Application, Application.id == Agreement.application_id)
            .where(Application.round_id == round_id)
            .group_by(Agreement.state)
        ).all()
    return {"head": head, "states": states, "lots": lots, "outcomes": outcomes, "agreements": agreements}

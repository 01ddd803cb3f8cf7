"""For everybody, without an account: does this receipt hold, and is this file part of it? Nothing is kept."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import receipts
from portal.queries import receipt_checks as queries
from portal.queries.receipt_checks import Report
from portal.web.certificates import DIGEST, digits, held
from portal.web.context import database, release, services
from portal.web.fingerprints import Fingerprint
from portal.web.guards import audience
from portal.web.public import blueprint

PAGE = receipts.CHECK_PATH
FIELDS = ("receipt_number", "digest", "file_digest")


@blueprint.get(PAGE)
@audience("public")
def receipt_check() -> ResponseReturnValue:
    """The question. A receipt's own page brings its number and digest along in the address."""
    typed = {name: request.args.get(name, "").strip()[:200] for name in FIELDS}
    return _page(typed, {}, None)


@blueprint.post(PAGE)
@audience("public")
def receipt_answer() -> ResponseReturnValue:
    """The answer, check by check. It changes nothing, so it takes no lock; nothing of what came in is stored."""
    release()
    typed = {name: request.form.get(name, "").strip()[:200] for name in FIELDS}
    asked, errors = held(typed)
    part, problem = _part(typed["file_digest"])
    if problem:
        errors["file_digest"] = problem
    if asked is None or errors:
        return _page(typed, errors, None), 422
    number, digest, card = asked
    with database().reading() as session:
        if card is not None:
            report = queries.of_card(session, services().timestamps, card)
        else:
            report = queries.of_number(session, services().timestamps, number, digest)
    receipt_holds = report.holds
    if part is not None:
        queries.part_of(report, *part)
    # Who has only what is printed on a receipt gets no list of what was handed in.
    files = card.files if card and receipt_holds else ()
    return _page(typed, {}, report, number=number, receipt_holds=receipt_holds, files=files)


def _part(typed: str) -> tuple[tuple[str, str] | None, str]:
    """Name and SHA-256 of the file to look for, if one was given; else what is wrong with it."""
    file = request.files.get("stuk")
    if file is not None and file.filename and isinstance(file.stream, Fingerprint):
        return (file.filename, file.stream.sha256), ""
    if not typed:
        return None, ""
    sha256 = digits(typed)
    if not DIGEST.fullmatch(sha256):
        return None, gettext("Vul het hele controlegetal van het bestand in: 64 cijfers en letters a tot en met f.")
    return (gettext("met dit controlegetal"), sha256), ""


def _page(typed: dict[str, str], errors: dict[str, str], report: Report | None, **answer: Any) -> str:
    return render_template("public/receipt_check.html", typed=typed, errors=errors, report=report, page=PAGE, **answer)

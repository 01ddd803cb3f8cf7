"""The mail that a demonstration sent, readable in the browser. Not there when mail really leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import unquote

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal.errors import NotFound
from portal.terms import N_
from portal.web.guards import audience

blueprint = Blueprint("development", __name__)

SHOWN = 200


@dataclass(frozen=True)
class Mail:
    """One mail in the folder; `parts` are runs of its text, each with the path it links to or none."""

    name: str
    to: str
    subject: str
    sent_at: datetime
    parts: list[tuple[str, str | None]]


@blueprint.get("/ontwikkeling/mail")
@audience("public")
def mail() -> ResponseReturnValue:
    """The newest mails first: their names start with the moment of sending."""
    names = sorted((file.name for file in _folder().glob("*.eml")), reverse=True)[:SHOWN]
    return render_template("development/mail.html", mails=[_read(_folder() / name) for name in names])


@blueprint.get("/ontwikkeling/mail/<name>")
@audience("public")
def letter(name: str) -> ResponseReturnValue:
    """One mail as plain text, with the portal's own addresses as links."""
    # Compared with what is there, so that no name can lead out of the folder.
    found = next((file for file in _folder().glob("*.eml") if file.name == name), None)
    if found is None:
        raise NotFound(N_("Deze mail bestaat niet."))
    return render_template("development/letter.html", mail=_read(found))


def _folder() -> Path:
    scheme, _, path = current_app.config["MAIL_URL"].partition(":")
    if scheme != "folder":
        raise NotFound(N_("Dit portaal verstuurt echte mail; hier is niets te lezen."))
    return Path(unquote(path))


def _read(file: Path) -> Mail:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
    text = message.get_content() if not message.is_multipart() else ""
    sent_at = datetime.strptime(file.name.split("-", 1)[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    parts = list(_linked(text, current_app.config["PORTAL_URL"]))
    return Mail(file.name, str(message["To"]), str(message["Subject"]), sent_at, parts)


def _linked(text: str, portal_url: str) -> Iterator[tuple[str, str | None]]:
    """'… http://portal/x …' as runs of text; the portal's addresses come with their path, '/x'."""
    end = 0
    for found in re.finditer(re.escape(portal_url) + r"(/[^\s<>\"]*)", text):
        yield text[end : found.start()], None
        yield found[0], found[1]
        end = found.end()
    yield text[end:], None

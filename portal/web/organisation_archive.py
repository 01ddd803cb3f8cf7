"""The archive of one organisation: which files are in it, what they are called, and how each gets its bytes.

The list is made in one reading session before anything is sent. Bytes come when it is the turn of their file, with a
session or a line to the store that is gone again before the first of them is on its way.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from flask import render_template
from flask_babel import gettext

from portal.adapters.archive import Entry
from portal.adapters.notation import FILTERS
from portal.domain import audit
from portal.domain.archive_names import Names
from portal.extensions import Database
from portal.models import Document
from portal.queries import my_data as queries
from portal.queries import my_words
from portal.services import Services
from portal.terms import DOCUMENT_KINDS
from portal.web.downloads import cell, stopped

Row = tuple[Any, ...]


@dataclass
class Listed:
    """One line of the index: a file with its sum (once that is known), or a note why there is none."""

    name: str
    path: str = ""
    sha256: str = ""
    note: str = ""


@dataclass
class Section:
    """One part of the index."""

    title: str
    lines: list[Listed] = field(default_factory=list)


@dataclass
class Archive:
    """Everything that goes into the archive of one organisation."""

    organisation: str
    database: Database
    services: Services
    organisation_id: str
    at: datetime
    entries: list[Entry] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    def add(self, section: Section, path: str, content: Any, name: str = "") -> None:
        """A text of our own, which is worth compressing."""
        self._list(section, Entry(path, content, is_packed=True), name, "")

    def add_file(self, section: Section, path: str, key: str, name: str, sha256: str) -> None:
        """A file from the store, as it lies there."""
        self._list(section, Entry(path, partial(self.services.files.chunks, key)), name, sha256)

    def _list(self, section: Section, entry: Entry, name: str, sha256: str) -> None:
        self.entries.append(entry)
        section.lines.append(Listed(name or entry.path.rpartition("/")[2], entry.path, sha256))


def plan(database: Database, services: Services, organisation_id: str, at: datetime) -> Archive:
    """The files of an organisation, in the order of the index, which comes first."""
    with database.reading() as db:
        own = queries.organisation(db, organisation_id)
        made = Archive(str(own["name"]), database, services, organisation_id, at)
        made.names.path("index.html")
        _organisation(made, own)
        _documents(made, queries.documents(db, organisation_id))
        for application_id, number in queries.application_ids(db, organisation_id):
            receipts = [receipt for receipt, _ in queries.manifests(db, application_id)]
            _application(made, application_id, number, receipts)
        _words(made, my_words.questions(db, organisation_id), my_words.conversations(db, organisation_id))
        _made(made, list(queries.made(db, organisation_id)))
        _records(made)
    index = render_template("my_data/index.html", archive=made, at=at).encode()
    made.entries.insert(0, Entry("index.html", lambda: [index], True))
    return made


def _section(made: Archive, title: str) -> Section:
    section = Section(title)
    made.sections.append(section)
    return section


def _organisation(made: Archive, own: dict[str, Any]) -> None:
    section = _section(made, gettext("Organisatie en mensen"))
    text = _json(own)
    made.add(section, made.names.path("organisatie", "organisatie.json"), lambda: [text])
    header = (
        gettext("Naam"),
        gettext("E-mail"),
        gettext("Functie"),
        gettext("Rollen"),
        gettext("Sinds"),
        gettext("Tot"),
    )
    rows = [
        (one["name"], one["email"], one["function"], ", ".join(one["roles"]), one["since"], one["ended_at"])
        for one in own["people"]
    ]
    table = b"".join(_table(header, rows))
    made.add(section, made.names.path("organisatie", "mensen.csv"), lambda: [table])


def _documents(made: Archive, documents: Any) -> None:
    section = _section(made, gettext("Documenten, elke versie"))
    rows: list[Row] = []
    for one in documents:
        label, note = gettext(DOCUMENT_KINDS[one.kind].label), _withheld(one)
        path = ""
        if note:
            section.lines.append(Listed(f"{label}: {one.filename}", note=note))
        else:
            stem, dot, suffix = one.filename.rpartition(".")
            name = f"{stem or one.filename} (versie {one.version}){dot if stem else ''}{suffix if stem else ''}"
            path = made.names.path("documenten", label, name)
            made.add_file(section, path, one.storage_key, name, one.sha256)
        rows.append(
            (
                label, one.filename, one.version, one.issuer, one.number, one.issued_on, one.expires_on,
                one.uploaded_at.isoformat(), one.uploaded_by.name, one.size, one.sha256, path or note,
            )
        )  # fmt: skip
    header = (
        gettext("Soort"), gettext("Bestand"), gettext("Versie"), gettext("Uitgever"), gettext("Nummer"),
        gettext("Afgegeven"), gettext("Geldig tot"), gettext("Geüpload"), gettext("Door"), gettext("Bytes"), "SHA-256",
        gettext("Waar"),
    )  # fmt: skip
    table = b"".join(_table(header, rows))
    made.add(section, made.names.path("documenten", "documenten.csv"), lambda: [table])


def _withheld(one: Document) -> str:
    """Why the bytes of a document are not in the archive; '' when they are."""
    if one.sealed_at is not None:
        return gettext("ligt met een inschrijving verzegeld in de kluis")
    if one.is_sealed:
        return gettext("versleuteld bewaard; alleen de integriteitsfunctionaris kan het openen")
    return stopped(one)


def _application(made: Archive, application_id: str, number: str, receipts: list[str]) -> None:
    section, folder = _section(made, gettext("Aanmelding %(number)s", number=number)), ("aanmeldingen", number)
    load = partial(_load, made, application_id)
    made.add(section, made.names.path(*folder, "aanmelding.html"), partial(_as_page, load))
    made.add(section, made.names.path(*folder, "aanmelding.json"), partial(_as_json, load))
    for receipt in receipts:
        path = made.names.path(*folder, f"manifest-{receipt}.json")
        made.add(section, path, partial(_manifest, made, application_id, receipt))


def _load(made: Archive, application_id: str) -> dict[str, Any]:
    with made.database.reading() as db:
        return queries.application(db, application_id, made.organisation_id)


def _as_json(load: Any) -> list[bytes]:
    return [_json(load())]


def _as_page(load: Any) -> list[bytes]:
    return [render_template("my_data/application.html", application=load(), clock=FILTERS["iso_moment"]).encode()]


def _manifest(made: Archive, application_id: str, receipt: str) -> list[bytes]:
    with made.database.reading() as db:
        return [dict(queries.manifests(db, application_id))[receipt].encode()]


def _words(made: Archive, questions: list[dict[str, Any]], conversations: list[tuple[str, str]]) -> None:
    """Each question, and each conversation on its own, to read and as values; no part where there are none."""
    if questions:
        section, load = _section(made, gettext("Vragen")), partial(list, questions)
        made.add(section, made.names.path("vragen", "vragen.html"), partial(_words_page, made, "questions", load))
        made.add(section, made.names.path("vragen", "vragen.json"), partial(_as_json, load))
    if conversations:
        section = _section(made, gettext("Gesprekken"))
        for number, (conversation_id, title) in enumerate(conversations, 1):
            stem, load = f"{number:03d} {title}"[:80], partial(_conversation, made, conversation_id)
            page = partial(_words_page, made, "conversation", load)
            made.add(section, made.names.path("gesprekken", f"{stem}.html"), page)
            made.add(section, made.names.path("gesprekken", f"{stem}.json"), partial(_as_json, load))


def _conversation(made: Archive, conversation_id: str) -> dict[str, Any]:
    with made.database.reading() as db:
        return my_words.conversation(db, conversation_id, made.organisation_id)


def _words_page(made: Archive, template: str, load: Any) -> list[bytes]:
    shown = {"content": load(), "organisation": made.organisation, "clock": FILTERS["iso_moment"]}
    return [render_template(f"my_data/{template}.html", **shown).encode()]


def _made(made: Archive, files: list[queries.Made]) -> None:
    section = _section(made, gettext("Ontvangstbewijzen, besluiten en overeenkomsten"))
    for one in files:
        path = made.names.path(*one.folder.split("/"), one.name)
        made.add_file(section, path, one.key, one.name, one.sha256)


def _records(made: Archive) -> None:
    section = _section(made, gettext("Berichten en logboek"))
    made.add(section, made.names.path("berichten", "berichten.txt"), partial(_messages, made))
    made.add(section, made.names.path("logboek", "logboek.csv"), partial(_acts, made))


def _messages(made: Archive) -> Iterator[bytes]:
    """Every mail as it was sent; of one that carried a key, or was forgotten, only that it was sent."""
    portal_url = made.services.settings.get("portal_url", "")
    with made.database.reading() as db:
        for one in queries.messages(db, made.organisation_id):
            subject, text = one.template, gettext("(de tekst van deze mail is niet bewaard)")
            if not audit.is_forgotten(one):
                subject, text = made.services.mail.render(one.template, {**one.facts, "portal_url": portal_url})
            sent = one.sent_at.isoformat() if one.sent_at else gettext("nog niet verzonden")
            yield f"Aan: {one.to}\nVerzonden: {sent}\nOnderwerp: {subject}\n\n{text}\n{'-' * 72}\n\n".encode()


def _acts(made: Archive) -> Iterator[bytes]:
    header = (
        gettext("Wanneer"),
        gettext("Wie"),
        gettext("Gebeurtenis"),
        gettext("Waarover"),
        gettext("Bijzonderheden"),
    )
    with made.database.reading() as db:
        rows = (
            (one.at.isoformat(), one.actor_name, one.act, one.subject_type, json.dumps(one.details, ensure_ascii=False))
            for one in queries.acts(db, made.organisation_id)
        )
        yield from _table(header, rows)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str).encode()


def _table(header: Row, rows: Any) -> Iterator[bytes]:
    """CSV as Dutch spreadsheets read it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    writer.writerow(header)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()

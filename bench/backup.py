"""How long a backup and a restore take, and how much memory: python -m bench.backup [--files N] [--rows N]

Rows and files are made up (events of the log, documents of 40 kB that do not compress). Each command runs in a process
of its own, as somebody would type it; its memory is the peak of that process.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from portal.adapters import schema
from portal.adapters.files import open_files
from portal.extensions import Database, open_engine
from portal.models import AuditEvent, Document, Organisation, User, new_id

ROOT = Path(__file__).resolve().parents[1]
SIZE = 40_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _fill(folder: Path, files: int, rows: int) -> None:
    database, store = (
        Database(open_engine(f"sqlite:///{folder}/voordeur.db")),
        open_files(f"{folder}/uploads", bytes(32)),
    )
    schema.migrate(database.engine)
    organisation = Organisation(name="Zorg", kvk_number="12345678", legal_form="bv", created_at=NOW)
    user = User(email="a@zorg.example", name="A", password_hash="-", created_at=NOW, organisation_id=organisation.id)
    documents = []
    for _ in range(files):
        name = new_id()
        stored = store.put(f"documents/{name[:2]}/{name}", secrets.token_bytes(SIZE))
        documents.append(
            {"id": name, "organisation_id": organisation.id, "kind": "other", "filename": "a.pdf", "pages": 1,
             "content_type": "application/pdf", "size": SIZE, "sha256": stored.sha256, "storage_key": stored.key,
             "is_sealed": False, "version": 1, "uploaded_at": NOW, "uploaded_by_id": user.id, "issuer": "",
             "number": ""}
        )  # fmt: skip
    event = {"at": NOW, "actor_name": "portaal", "act": "attach", "subject_type": "Application",
             "details": {"place": "T03", "document": new_id()}}  # fmt: skip
    with database.transaction() as db:
        db.add_all([organisation, user])
        db.flush()
        db.execute(insert(Document), documents)
        db.execute(insert(AuditEvent), [event | {"subject_id": new_id()} for _ in range(rows)])
    database.engine.dispose()


def _run(folder: Path, *words: str) -> tuple[float, float, float, str]:
    """Seconds, seconds of CPU, peak MiB and standard output of one command."""
    environment = {**os.environ, "INSTANCE": str(folder), "DATABASE_URL": f"sqlite:///{folder}/voordeur.db",
                   "STORAGE_URL": f"{folder}/uploads"}  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", *words], cwd=ROOT, env=environment,
                               text=True, stdout=subprocess.PIPE)  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)}: {said}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", type=int, default=5_000)
    options.add_argument("--rows", type=int, default=100_000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="voordeur-backup-") as made:
        place = Path(made)
        (place / "here").mkdir()
        (place / "there").mkdir()
        # In a process of its own: a child counts its parent's memory at the start as a peak of its own.
        filling = multiprocessing.get_context("spawn").Process(
            target=_fill, args=(place / "here", asked.files, asked.rows)
        )
        filling.start()
        filling.join()
        _run(place / "here", "backup-key", str(place / "private.json"))
        target = str(place / "target")
        restore = ("restore", target, "--key", str(place / "private.json"), "--json")
        print(f"{asked.rows:,} rows, {asked.files:,} files of {SIZE:,} bytes, SQLite and folders")
        for name, where, words in (
            ("first backup", "here", ("backup", target, "--json")),
            ("second backup", "here", ("backup", target, "--json")),
            ("verify, opened", "here", ("backup", target, "--verify", "--key", str(place / "private.json"))),
            ("restore and check", "there", restore),
        ):
            seconds, cpu, memory, said = _run(place / where, *words)
            copied = json.loads(said).get("copied", "-") if said.startswith("{") else "-"
            print(f"  {name:<20} {seconds:7.1f} s  {cpu:6.1f} s CPU  {memory:6.0f} MiB  copied: {copied}")


if __name__ == "__main__":
    main()

"""Putting a backup back in an empty portal, and proving that it is whole.

Files first, then the database in one transaction: schema of the backup, rows, comparison with the manifest,
migrations since, the mark. A restore that is broken off leaves no row; the next one goes on with the files there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete
from sqlalchemy.orm import Session

from portal.adapters import rows, schema
from portal.adapters.backup import decompressed, fingerprint, unpacked
from portal.adapters.backup_keys import PrivatePart
from portal.adapters.backup_store import FORMAT, LIMIT, BackupStore, lines
from portal.domain import recovery
from portal.errors import FileDamaged, FileMissing, Refused
from portal.models import LoginSession, MailToken
from portal.services import Files


@dataclass
class Restored:
    """What one restore did. `problems` names what could not be put back as the manifest says."""

    run: str
    rows: int = 0
    files: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Destination:
    """The portal that is filled. `write_key` puts one of the portal's own keys in place."""

    engine: Engine
    files: Files
    write_key: Callable[[str, bytes], None]
    integrity_key: bytes
    now: Callable[[], datetime]


def restore(store: BackupStore, run: str, key: PrivatePart, into: Destination, *, with_keys: bool = True) -> Restored:
    """Put `run` back. Raises `Refused` when the database has rows or the backup is of a newer portal.

    Files that cannot be opened are named and the rest goes on: rows are worth having without them.
    """
    manifest = store.manifest(run, key)
    _require_possible(manifest, into, with_keys=with_keys)
    secrets: dict[str, bytes] = {run: store.secret(key, run)}
    restored = Restored(run)
    if manifest["keys"] and with_keys:
        for name, value in unpacked(store.whole(manifest["keys"]["name"], secrets[run])).items():
            into.write_key(name, value)
    for entry in store.listed(f"backups/{run}/objects", secrets[run]):
        owner = entry["name"].split("/")[1]
        try:
            secrets[owner] = secrets.get(owner) or store.secret(key, owner)
            _put_back(store, entry, secrets[owner], into.files)
            restored.files += 1
        except (FileMissing, FileDamaged) as error:
            restored.problems.append(f"{entry['key']}: {error}")
    restored.problems += [f"{gap['key']}: ontbrak al in de reservekopie ({gap['why']})" for gap in manifest["gaps"]]
    with schema.unguarded(into.engine) as connection:
        restored.rows = _fill(connection, manifest, store.read(manifest["rows"]["name"], secrets[run]))
        schema.upgrade(connection)
        _mark(connection, manifest, into.now())
    return restored


def _require_possible(manifest: Mapping[str, Any], into: Destination, *, with_keys: bool) -> None:
    if manifest["format"] != FORMAT or not schema.knows(manifest["revision"]):
        raise Refused(
            "Deze reservekopie is van een andere versie van het portaal (schema %(revision)s). Zet hem terug met"
            " die versie of een nieuwere.",
            revision=manifest["revision"],
        )
    if not rows.is_empty(into.engine):
        raise Refused("De database is niet leeg. Terugzetten kan alleen in een lege database.")
    own = fingerprint(into.integrity_key)
    restores_key = with_keys and manifest["keys"]
    if manifest["integrity_key"] and not restores_key and own != manifest["integrity_key"]:
        raise Refused(
            "De sleutel integrity.key hier is niet die van de reservekopie. Zonder die sleutel kan niemand de"
            " Bibob-formulieren lezen. Leg de goede sleutel in <INSTANCE>/keys, of zet de sleutels mee terug."
        )


def _put_back(store: BackupStore, entry: Mapping[str, Any], secret: bytes, files: Files) -> None:
    """One file under its own key, read back afterwards. One that is there with the same bytes stays."""
    key = entry["key"]
    if files.exists(key) and _digest(files.chunks(key)) == entry["sha256"]:
        return
    sink = files.sink(key, limit=LIMIT)
    try:
        for piece in store.read(entry["name"], secret):
            sink.write(piece)
        sink.finish()
    except FileExistsError as error:
        raise FileDamaged("Bestand %(key)s bestaat hier al met een andere inhoud.", key=key) from error
    finally:
        sink.abandon()
    if _digest(files.chunks(key)) != entry["sha256"]:
        raise FileDamaged("Bestand %(key)s is niet meer zoals het is bewaard.", key=key)


def _digest(chunks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _fill(connection: Connection, manifest: Mapping[str, Any], packed: Iterator[bytes]) -> int:
    """The rows in the schema they had, compared with the manifest table by table. Raises `FileDamaged`."""
    if schema.revision(connection) != manifest["revision"]:
        schema.downgrade(connection)
        schema.upgrade(connection, manifest["revision"])
    rows.load(connection, lines(decompressed(packed)))
    found = {name: {"rows": one.rows, "digest": one.digest} for name, one in rows.Snapshot(connection).tally().items()}
    differing = [name for name, wanted in manifest["tables"].items() if found.get(name) != wanted]
    if differing or found.keys() != manifest["tables"].keys():
        raise FileDamaged("Na het terugzetten kloppen deze tabellen niet: %(tables)s.", tables=", ".join(differing))
    return sum(one["rows"] for one in manifest["tables"].values())


def _mark(connection: Connection, manifest: Mapping[str, Any], now: datetime) -> None:
    """Nobody is signed in, links to new passwords are void, mail is held, and the log says so."""
    with Session(connection, join_transaction_mode="rollback_only") as db:
        ended = db.execute(delete(LoginSession)).rowcount  # type: ignore[attr-defined]
        db.execute(delete(MailToken).where(MailToken.purpose == "password_reset"))
        db.add(
            recovery.event(
                recovery.RESTORED, now, backup=manifest["run"], made_at=manifest["made_at"], ended_logins=ended
            )
        )
        db.flush()


def key_writer(instance: Path, now: datetime) -> Callable[[str, bytes], None]:
    """Puts keys below `instance`. Another key that is there, made by an empty portal at its start, is set aside."""

    def write(name: str, value: bytes) -> None:
        path = instance / name
        if not path.resolve().is_relative_to(instance.resolve()):
            raise FileDamaged("De reservekopie noemt een vreemd pad: %(name)s.", name=name)
        if path.exists():
            if path.read_bytes() == value:
                return
            path.rename(path.with_name(f"{path.name}.voor-{now:%Y%m%dt%H%M%Sz}"))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(value)

    return write

"""Making, checking and clearing away backups while the portal runs.

First the database, in one snapshot; then the files that this snapshot names. Files never change under their key and
come before their row, so whatever the snapshot names is there. Only files that no finished backup has are copied.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine

from portal.adapters import rows, schema
from portal.adapters.backup_keys import PrivatePart, ServerPart
from portal.adapters.backup_store import FORMAT, BackupStore, Written, new_run, signed
from portal.errors import FileDamaged, FileMissing, PortalError
from portal.services import Files


@dataclass
class Gap:
    """A file that a row names and the store cannot give as the row describes it."""

    table: str
    row_id: str
    key: str
    why: str


@dataclass
class Made:
    """What one run did."""

    run: str
    manifest_sha256: str = ""
    rows: int = 0
    files: int = 0
    copied: int = 0
    copied_bytes: int = 0
    gaps: list[Gap] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """The portal that is backed up. `keys` is what goes along of its own keys: path below `INSTANCE` to bytes."""

    engine: Engine
    files: Files
    keys: Mapping[str, bytes]
    now: Callable[[], datetime]


def own_keys(instance: Path) -> dict[str, bytes]:
    """The keys that a restored portal needs: those of cookies and sealed files, and the test authority."""
    paths = [
        path
        for folder in ("keys", "test-ca")
        for path in sorted((instance / folder).rglob("*"))
        if path.is_file() and not path.name.startswith(("backup.", "."))
    ]
    return {str(path.relative_to(instance)): path.read_bytes() for path in paths}


def make(source: Source, store: BackupStore, key: ServerPart) -> Made:
    """Write one backup and read back every byte of it. Nothing counts before its manifest, which comes last."""
    moment = source.now()
    made = Made(new_run(moment))
    run, secret = made.run, secrets.token_bytes(32)
    store.files.put(f"runs/{run}/secret", key.wrap(secret, run))
    with tempfile.TemporaryFile() as references:
        with rows.snapshot(source.engine) as snapshot:
            revision = schema.revision(snapshot.connection)
            dump = _write(store, f"runs/{run}/rows", secret, _compressed(snapshot.lines()))
            for one in snapshot.references():
                references.write(json.dumps(asdict(one)).encode() + b"\n")
            tallies = snapshot.tallies
        kept = _write(store, f"runs/{run}/keys", secret, [_packed(source.keys)]) if source.keys else None
        listing = _write(store, f"backups/{run}/objects", secret, _copied(source, store, key, made, secret, references))
    _write(store, f"backups/{run}/own-objects", key.own_secret, store.read(listing.name, secret))
    made.rows = sum(one.rows for one in tallies.values())
    manifest = {
        "format": FORMAT,
        "run": run,
        "made_at": moment.isoformat(),
        "finished_at": source.now().isoformat(),
        "revision": revision,
        "database": source.engine.dialect.name,
        "tables": {name: {"rows": one.rows, "digest": one.digest} for name, one in tallies.items()},
        "rows": asdict(dump),
        "keys": asdict(kept) if kept else None,
        "integrity_key": fingerprint(source.keys.get("keys/integrity.key")),
        "objects": asdict(listing),
        "files": made.files,
        "gaps": [asdict(one) for one in made.gaps],
    }
    text = signed(manifest, key)
    made.manifest_sha256 = hashlib.sha256(text).hexdigest()
    _write(store, f"backups/{run}/own-manifest", key.own_secret, [text])
    _write(store, f"backups/{run}/manifest", secret, [text])
    return made


def fingerprint(integrity_key: bytes | None) -> str | None:
    """Tells one integrity key from another without giving it away."""
    return hashlib.sha256(b"voordeur backup" + integrity_key).hexdigest()[:16] if integrity_key else None


def _write(store: BackupStore, name: str, secret: bytes, chunks: Iterable[bytes]) -> Written:
    """Write, then read back: what comes out must be what went in."""
    written = store.write(name, secret, chunks)
    digest = hashlib.sha256()
    for piece in store.read(name, secret):
        digest.update(piece)
    if digest.hexdigest() != written.sha256:
        raise FileDamaged("%(name)s kwam anders terug dan het is geschreven.", name=name)
    return written


def _copied(
    source: Source, store: BackupStore, key: ServerPart, made: Made, secret: bytes, references: IO[bytes]
) -> Iterator[bytes]:
    """A line for every file of this backup; those that no earlier backup has are copied on the way."""
    earlier, there = _earlier(store, key), set(store.names("runs/"))
    listed: set[str] = set()
    references.seek(0)
    for line in references:
        one = rows.Reference(**json.loads(line))
        if one.key in listed:
            continue  # an agreement and its last signature name the same file
        entry = earlier.get(one.key)
        if entry is None or entry["name"] not in there or (one.sha256 and entry["plain"] not in ("", one.sha256)):
            try:
                entry = _copy(source.files, store, made, secret, one)
            except (FileMissing, FileDamaged) as error:
                made.gaps.append(Gap(one.table, one.row_id, one.key, str(error)))
                continue
        made.files += 1
        listed.add(one.key)
        yield json.dumps(entry).encode() + b"\n"


def _earlier(store: BackupStore, key: ServerPart) -> dict[str, dict[str, Any]]:
    """The files of the last backup that this portal can read the list of, by their key in the portal."""
    for run in reversed(store.backups()):
        try:
            store.own_manifest(run, key)
            return {one["key"]: one for one in store.listed(f"backups/{run}/own-objects", key.own_secret)}
        except PortalError:
            continue  # of another portal, or damaged: then the one before it, and in the end everything anew
    return {}


def _copy(files: Files, store: BackupStore, made: Made, secret: bytes, one: rows.Reference) -> dict[str, Any]:
    """One file as the store keeps it (a sealed one stays sealed), compared with what its row says."""
    chunks = iter(files.chunks(one.key))
    first = next(chunks, b"")
    is_sealed = is_sealed_file(first)
    written = _write(store, f"runs/{made.run}/objects/{secrets.token_hex(16)}", secret, chain([first], chunks))
    if one.sha256 and not is_sealed and written.sha256 != one.sha256:
        store.files.delete(written.name)
        raise FileDamaged("Bestand %(key)s is niet meer zoals het is bewaard.", key=one.key)
    made.copied += 1
    made.copied_bytes += written.size
    return {"key": one.key, "plain": one.sha256 or "", "sealed": is_sealed, **asdict(written)}


def is_sealed_file(first: bytes) -> bool:
    """A file of the integrity compartment, told from its first bytes."""
    return first.startswith(b"VDZEGEL")


def _compressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(6)
    for chunk in chunks:
        if piece := squeeze.compress(chunk):
            yield piece
    yield squeeze.flush()


def decompressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    swell = zlib.decompressobj()
    for chunk in chunks:
        if piece := swell.decompress(chunk):
            yield piece
    yield swell.flush()


def _packed(keys: Mapping[str, bytes]) -> bytes:
    return json.dumps({name: base64.b64encode(value).decode() for name, value in keys.items()}).encode()


def unpacked(data: bytes) -> dict[str, bytes]:
    return {name: base64.b64decode(value) for name, value in json.loads(data).items()}


@dataclass
class _Opening:
    """Looks at files of a backup; with the private part it opens them. `wrong` names what is not as it was written."""

    store: BackupStore
    key: ServerPart | PrivatePart
    wrong: list[str] = field(default_factory=list)
    _secrets: dict[str, bytes] = field(default_factory=dict)

    def look(self, entry: Mapping[str, Any]) -> None:
        name = entry["name"]
        try:
            if self.store.digest_of_stored(name) != entry["stored_sha256"]:
                self.wrong.append(f"{name}: andere bytes dan er zijn geschreven")
            elif isinstance(self.key, PrivatePart) and self._plain_digest(name, self.key) != entry["sha256"]:
                self.wrong.append(f"{name}: andere inhoud dan er is geschreven")
        except (FileMissing, FileDamaged) as error:
            self.wrong.append(f"{name}: {error}")

    def _plain_digest(self, name: str, key: PrivatePart) -> str:
        run = name.split("/")[1]
        self._secrets[run] = self._secrets.get(run) or self.store.secret(key, run)
        digest = hashlib.sha256()
        for piece in self.store.read(name, self._secrets[run]):
            digest.update(piece)
        return digest.hexdigest()


def verify(store: BackupStore, run: str, key: ServerPart | PrivatePart) -> list[str]:
    """What is wrong with a backup, one line each.

    With the server's part the bytes as they lie there are compared with the signed manifest; with the private part
    everything is opened as well. Raises `errors.FileDamaged` when the manifest itself cannot be believed.
    """
    if isinstance(key, PrivatePart):
        manifest = store.manifest(run, key)
        listing = store.listed(f"backups/{run}/objects", store.secret(key, run))
    else:
        manifest = store.own_manifest(run, key)
        listing = store.listed(f"backups/{run}/own-objects", key.own_secret)
    opening, count = _Opening(store, key), 0
    for part in ("rows", "keys", "objects"):
        if manifest[part]:
            opening.look(manifest[part])
    try:
        for count, entry in enumerate(listing, 1):  # noqa: B007 - the number is wanted after the loop
            opening.look(entry)
        if count != manifest["files"]:
            opening.wrong.append(f"de lijst noemt {count} bestanden, het manifest {manifest['files']}")
    except (FileMissing, FileDamaged) as error:
        opening.wrong.append(f"de lijst van bestanden: {error}")
    return opening.wrong


def clear_away(store: BackupStore, key: ServerPart, keep: timedelta, now: datetime) -> list[str]:
    """Remove backups older than `keep`, never the last, and the copied files that no other backup needs."""
    runs = store.backups()
    dated = {run: datetime.fromisoformat(store.own_manifest(run, key)["made_at"]) for run in runs}
    old = [run for run in runs[:-1] if now - dated[run] > keep]
    needed: set[str] = set()
    for run in set(runs) - set(old):
        needed |= {one["name"] for one in store.listed(f"backups/{run}/own-objects", key.own_secret)}
    for run in old:
        # The manifest first: a backup that is half removed must not look like one.
        for part in ("manifest", "own-manifest", "objects", "own-objects"):
            store.files.delete(f"backups/{run}/{part}")
    kept = set(runs) - set(old)
    opened = kept | {name.split("/")[1] for name in needed}
    younger = new_run(now - timedelta(days=1))  # of a run that may still be going on
    for name in [*store.names("runs/"), *store.names("backups/")]:
        folder, run, what = name.split("/")[:3]
        if folder == "runs" and what == "objects":
            stays = name in needed
        else:
            stays = run in (opened if what == "secret" else kept)
        if not stays and (run in runs or run < younger):
            store.files.delete(name)
    return old

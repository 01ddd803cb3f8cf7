"""Where the adapters are chosen: the only module that knows them all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.adapters.clock import in_doubt, open_clock, system_now
from portal.adapters.envelope import Envelopes
from portal.adapters.files import open_files
from portal.adapters.inspection import SandboxedInspector
from portal.adapters.mail import open_mail
from portal.adapters.probing import web_probe
from portal.adapters.reading import SandboxedReader
from portal.adapters.registers import open_registers
from portal.adapters.scanner import open_scanner
from portal.extensions import Database, is_away
from portal.models import AuditEvent
from portal.services import Documents, Files, Services, Signer, Timestamps

ROOT = Path(__file__).resolve().parents[2]


def _kept_secret(path: Path, size: int) -> bytes:
    """Random bytes made once and kept, readable by the owner only. Two processes that start at once agree."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(size))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()


def integrity_key(instance: Path) -> bytes:
    """What unlocks sealed files: made at first run."""
    return _kept_secret(instance / "keys" / "integrity.key", 32)


def secret_key(instance: Path) -> bytes:
    """What signs the cookie: made at first run."""
    return _kept_secret(instance / "keys" / "cookie.key", 32)


def files_at(url: str, instance: Path) -> Files:
    """The store at `url`, with the integrity key of this installation."""
    return open_files(url, integrity_key(instance))


class OnDemand:
    """Makes something heavy when it is first used: a web process that signs nothing need not carry pyHanko."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._made, self._lock = make, None, Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)


def _documents(templates: Path) -> Documents:
    from portal.adapters.pdf import WeasyDocuments

    return WeasyDocuments(templates)


def _signer(folder: Path) -> Signer:
    from portal.adapters.signing import PadesSigner, TestAuthority

    return PadesSigner(TestAuthority(folder))


def _reader(certificates: str) -> SandboxedReader:
    """A mistake in the setting stops the start."""
    if not certificates:
        return SandboxedReader()
    try:
        return SandboxedReader(Path(certificates).read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"SIGNATURE_CERTIFICATES: no file with certificates (PEM) at {certificates}") from error


def _timestamps(config: Mapping[str, Any], folder: Path) -> Timestamps:
    """The authority of the settings; a mistake in them stops the start, not the first closing."""
    url, certificates = config.get("TSA_URL", ""), config.get("TSA_CERTIFICATES", "")
    if bool(url) != bool(certificates):
        raise ValueError("TSA_URL and TSA_CERTIFICATES: set both, or neither")
    if certificates and not Path(certificates).is_file():
        raise ValueError(f"TSA_CERTIFICATES: there is no file {certificates}")

    def make() -> Timestamps:
        from portal.adapters.timestamps import HttpTimestamps, OwnTimestamps
        from portal.adapters.trust import TestAuthority

        return HttpTimestamps(url, Path(certificates).read_bytes()) if url else OwnTimestamps(TestAuthority(folder))

    return cast(Timestamps, OnDemand(make))


def local_folders(storage_url: str) -> tuple[Path, ...]:
    """The folder of a store on this machine; nothing for one elsewhere."""
    if storage_url.startswith("file:"):
        return (Path(unquote(urlsplit(storage_url).path)),)
    return () if "://" in storage_url else (Path(storage_url),)


def clock_of(database: Database) -> Callable[[], datetime]:
    """The clock that belongs to this database. It asks nothing before somebody asks the time."""

    def latest() -> datetime | None:
        try:
            with database.reading() as db:
                return db.scalar(select(AuditEvent.at).order_by(AuditEvent.id.desc()).limit(1))
        except DBAPIError as error:
            if is_away(error):
                raise in_doubt() from error
            return None  # a database without tables has nothing on record

    return open_clock(database.engine, latest)


def build_services(config: Mapping[str, Any], **replaced: Any) -> Services:
    """Services from the settings; a keyword replaces a field."""
    instance, templates = Path(config["INSTANCE"]), ROOT / "templates"
    makers = {
        "files": lambda: files_at(config["STORAGE_URL"], instance),
        "inspector": SandboxedInspector,
        "reader": lambda: _reader(config.get("SIGNATURE_CERTIFICATES", "")),
        "documents": lambda: OnDemand(lambda: _documents(templates)),
        "signer": lambda: OnDemand(lambda: _signer(instance / "test-ca")),
        "mail": lambda: open_mail(config["MAIL_URL"], config["MAIL_SENDER"], templates),
        "timestamps": lambda: _timestamps(config, instance / "test-ca"),
        "vault": lambda: Envelopes(_kept_secret(instance / "keys" / "vault.key", 32)),
        "now": lambda: system_now,
        "scanner": lambda: open_scanner(config.get("SCANNER_URL", "")),
        "registers": lambda: open_registers(config),
        "settings": lambda: {
            "portal_url": config["PORTAL_URL"],
            "demo": config["DEMO"],
            "alarm_mail": tuple(config.get("ALARM_MAIL", "").replace(",", " ").split()),
            "folders": (instance, *local_folders(config["STORAGE_URL"])),
        },
        "web_answers": lambda: web_probe(config["PORTAL_URL"]),
    }
    return Services(**{name: replaced[name] if name in replaced else make() for name, make in makers.items()})

"""Where the adapters are chosen: the only module that knows them all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from portal.adapters.clock import system_now
from portal.adapters.files import open_files
from portal.adapters.inspection import SandboxedInspector
from portal.adapters.mail import open_mail
from portal.services import Documents, Services, Signer

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


def secret_key(instance: Path) -> bytes:
    """What signs the cookie: made at first run."""
    return _kept_secret(instance / "keys" / "cookie.key", 32)


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


def build_services(config: Mapping[str, Any], **replaced: Any) -> Services:
    """Services from the settings; a keyword replaces a field."""
    instance, templates = Path(config["INSTANCE"]), ROOT / "templates"
    makers = {
        "files": lambda: open_files(config["STORAGE_URL"], _kept_secret(instance / "keys" / "integrity.key", 32)),
        "inspector": SandboxedInspector,
        "documents": lambda: OnDemand(lambda: _documents(templates)),
        "signer": lambda: OnDemand(lambda: _signer(instance / "test-ca")),
        "mail": lambda: open_mail(config["MAIL_URL"], config["MAIL_SENDER"], templates),
        "now": lambda: system_now,
        "settings": lambda: {"portal_url": config["PORTAL_URL"], "demo": config["DEMO"]},
    }
    return Services(**{name: replaced[name] if name in replaced else make() for name, make in makers.items()})

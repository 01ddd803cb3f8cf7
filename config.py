"""Settings, read from the environment once. Every one stands in docs/configuration.md."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent
INSTANCE = Path(os.environ.get("INSTANCE", ROOT / "instance"))


def _setting(name: str, default: str) -> str:
    """`name` from the environment, or from the file that `name`_FILE names: a secret need not be in the environment."""
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text(encoding="utf-8").strip() if path else os.environ.get(name, default)


class Config:
    """The embedded default: SQLite and local folders, for one machine."""

    INSTANCE = INSTANCE
    DATABASE_URL = _setting("DATABASE_URL", f"sqlite:///{INSTANCE / 'voordeur.db'}")
    STORAGE_URL = _setting("STORAGE_URL", f"file:{ROOT / 'uploads'}")
    MAIL_URL = _setting("MAIL_URL", f"folder:{INSTANCE / 'mail'}")
    MAIL_SENDER = os.environ.get("MAIL_SENDER", "Voordeur <voordeur@voordeur.example>")
    TSA_URL = os.environ.get("TSA_URL", "")
    TSA_CERTIFICATES = os.environ.get("TSA_CERTIFICATES", "")
    SIGNATURE_CERTIFICATES = os.environ.get("SIGNATURE_CERTIFICATES", "")
    SCANNER_URL = os.environ.get("SCANNER_URL", "")
    KVK_URL = os.environ.get("KVK_URL", "")
    KVK_KEY = _setting("KVK_KEY", "")
    KVK_CERTIFICATES = os.environ.get("KVK_CERTIFICATES", "")
    LRZA_URL = os.environ.get("LRZA_URL", "")
    PORT = int(os.environ.get("PORT", "8000"))
    PORTAL_URL = os.environ.get("PORTAL_URL", f"http://127.0.0.1:{PORT}")
    DEMO = os.environ.get("DEMO", "0") == "1"
    """A demonstration: fictitious data, a mail folder one can read, a test authority for signatures."""

    PROBING = os.environ.get("PROBING", "1") == "1"
    """The worker measures the portal every minute: the status page, and what an outage means for a closing."""

    TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
    """How many reverse proxies of our own stand in front and add to X-Forwarded-For and X-Forwarded-Proto."""

    ALARM_MAIL = os.environ.get("ALARM_MAIL", "")
    METRICS_FROM = os.environ.get("METRICS_FROM", "127.0.0.1/32 ::1/128")
    METRICS_TOKEN = _setting("METRICS_TOKEN", "")

    MAX_FORM_MEMORY_SIZE = 1_000_000
    MAX_CONTENT_LENGTH = 26_000_000
    BABEL_DEFAULT_LOCALE = "nl"
    WTF_CSRF_TIME_LIMIT = None  # a form that was open all evening must still save
    SESSION_COOKIE_NAME = "__Host-voordeur" if PORTAL_URL.startswith("https:") else "voordeur"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = PORTAL_URL.startswith("https:")

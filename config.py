"""Settings, read from the environment once. Every one stands in docs/configuration.md."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent
INSTANCE = Path(os.environ.get("INSTANCE", ROOT / "instance"))


class Config:
    """The embedded default: SQLite and local folders, for one machine."""

    INSTANCE = INSTANCE
    DATABASE_URL = os.environ.get("DATABASE_URL", f"sqlite:///{INSTANCE / 'voordeur.db'}")
    STORAGE_URL = os.environ.get("STORAGE_URL", f"file:{ROOT / 'uploads'}")
    MAIL_URL = os.environ.get("MAIL_URL", f"folder:{INSTANCE / 'mail'}")
    MAIL_SENDER = os.environ.get("MAIL_SENDER", "Voordeur <voordeur@voordeur.example>")
    PORT = int(os.environ.get("PORT", "8000"))
    PORTAL_URL = os.environ.get("PORTAL_URL", f"http://127.0.0.1:{PORT}")
    DEMO = os.environ.get("DEMO", "0") == "1"
    """A demonstration: fictitious data, a mail folder one can read, a test authority for signatures."""

    MAX_FORM_MEMORY_SIZE = 1_000_000
    MAX_CONTENT_LENGTH = 26_000_000
    BABEL_DEFAULT_LOCALE = "nl"
    WTF_CSRF_TIME_LIMIT = None  # a form that was open all evening must still save
    SESSION_COOKIE_NAME = "__Host-voordeur" if PORTAL_URL.startswith("https:") else "voordeur"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = PORTAL_URL.startswith("https:")

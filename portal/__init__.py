"""Voordeur: admission and tenders for Dutch care procurement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask

ROOT = Path(__file__).resolve().parent.parent


def create_app(config: dict[str, Any] | None = None, **replaced: Any) -> Flask:
    """The portal as a Flask application.

    `config` overrides settings; `replaced` overrides fields of `Services` by name, as tests do. Refuses to
    start when a route has no declared audience.
    """
    # Imported here, so that importing one layer (`portal.domain`, say) does not load the whole house.
    from portal import cli, web
    from portal.adapters.assembly import build_services, secret_key
    from portal.extensions import Database, configure_logs, open_engine

    configure_logs()
    app = Flask(
        __name__,
        static_folder=str(ROOT / "static/dist"),
        static_url_path="/static",
        template_folder=str(ROOT / "templates"),
    )
    app.config.from_object("config.Config")
    app.config.update(config or {})
    Path(app.config["INSTANCE"]).mkdir(parents=True, exist_ok=True)
    app.secret_key = app.config.get("SECRET_KEY") or secret_key(Path(app.config["INSTANCE"]))
    app.extensions["database"] = Database(open_engine(app.config["DATABASE_URL"]))
    app.extensions["services"] = build_services(app.config, **replaced)
    web.register(app)
    cli.register(app)
    return app

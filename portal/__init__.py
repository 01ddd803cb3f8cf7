"""Voordeur: admission and tenders for Dutch care procurement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from portal.extensions import Database

ROOT = Path(__file__).resolve().parent.parent


def create_app(config: dict[str, Any] | None = None, **replaced: Any) -> Flask:
    """The portal as a Flask application.

    `config` overrides settings; `replaced` overrides fields of `Services` by name, as tests do. Refuses to
    start when a route has no declared audience.
    """
    # Imported here, so that importing one layer (`portal.domain`, say) does not load the whole house.
    from portal import cli, web
    from portal.logs import configure_logs

    configure_logs()
    app = Flask(
        __name__,
        static_folder=str(ROOT / "static/dist"),
        static_url_path="/static",
        template_folder=str(ROOT / "templates"),
    )
    app.config.from_object("config.Config")
    app.config.update(config or {})
    if proxies := app.config["TRUSTED_PROXIES"]:
        # Only what our own proxies added, counted from the end; never the host, which PORTAL_URL says.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    connect(app, **replaced)
    web.register(app)
    cli.register(app)
    return app


def connect(app: Flask, database: Database | None = None, **replaced: Any) -> None:
    """Give `app` its database and its services, as its settings and `replaced` say; in place of those it had."""
    from portal.adapters.assembly import build_services, clock_of, secret_key
    from portal.extensions import Database, open_engine

    Path(app.config["INSTANCE"]).mkdir(parents=True, exist_ok=True)
    app.secret_key = app.config.get("SECRET_KEY") or secret_key(Path(app.config["INSTANCE"]))
    database = database or Database(open_engine(app.config["DATABASE_URL"]))
    app.extensions["database"] = database
    replaced.setdefault("now", clock_of(database))
    app.extensions["services"] = build_services(app.config, **replaced)

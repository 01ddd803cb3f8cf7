"""Commands: `flask --app wsgi COMMAND`. Every one stands in docs/commands.md."""

from __future__ import annotations

from flask import Flask

from portal.cli import agreements, backups, files, officials, operations, procedures, receipts, rehearse, tasks


def register(app: Flask) -> None:
    """Put every command on `app`."""
    officials.register(app)
    operations.register(app)
    procedures.register(app)
    agreements.register(app)
    receipts.register(app)
    rehearse.register(app)
    backups.register(app)
    files.register(app)
    tasks.register(app)

"""`flask files copy`: the stored files from this store to another, each compared after it was copied."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from portal.adapters.assembly import files_at
from portal.errors import PortalError
from portal.services import Files

EVER = datetime.max.replace(tzinfo=UTC)
group = AppGroup("files", help="The store of uploaded and made files.")


@group.command("copy")
@click.argument("target_url")
@with_appcontext
def copy(target_url: str) -> None:
    """Copy every file to TARGET_URL (a folder, file: or s3: URL). What is there already is compared, not copied."""
    services = current_app.extensions["services"]
    try:
        target = files_at(target_url, Path(current_app.config["INSTANCE"]))
    except ValueError as error:
        raise click.ClickException(str(error).replace("STORAGE_URL", "TARGET_URL")) from error
    copied = present = 0
    for key in services.files.keys("", EVER):
        try:
            if target.exists(key):
                present += 1
            else:
                _send(services.files, target, key)
                copied += 1
            if _digest(target, key) != _digest(services.files, key):
                raise click.ClickException(f"{key}: de kopie is niet gelijk aan het origineel")
        except PortalError as error:
            raise click.ClickException(f"{key}: {error}. Nog eens uitvoeren gaat verder waar het ophield.") from error
    click.echo(f"{copied} bestanden gekopieerd, {present} stonden er al; alle {copied + present} vergeleken")


def _send(source: Files, target: Files, key: str) -> None:
    # The bytes as they lie: what is sealed stays sealed, for the key in its seal is the same.
    sink = target.sink(key, limit=10**10)
    try:
        for piece in source.chunks(key):
            sink.write(piece)
        sink.finish()
    finally:
        sink.abandon()


def _digest(files: Files, key: str) -> str:
    digest = hashlib.sha256()
    for piece in files.chunks(key):
        digest.update(piece)
    return digest.hexdigest()


def register(app: Flask) -> None:
    app.cli.add_command(group)

"""Commands for losing nothing: backup, restore, mail held after a restore, and whether rows and files agree."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from portal.adapters import backup_keys
from portal.adapters import restore as restoring
from portal.adapters.assembly import files_at, integrity_key
from portal.adapters.backup import Made, Source, clear_away, make, own_keys
from portal.adapters.backup import verify as verify_backup
from portal.adapters.backup_keys import PrivatePart, ServerPart
from portal.adapters.backup_store import BackupStore
from portal.adapters.files import open_files
from portal.domain import recovery
from portal.errors import PortalError
from portal.extensions import Database
from portal.queries import verification
from portal.queries.recovery import mail_is_held, waiting_mail
from portal.services import Services

FILE = click.Path(dir_okay=False, path_type=Path)


def _parts() -> tuple[Database, Services, Path]:
    app = current_app
    return app.extensions["database"], app.extensions["services"], Path(app.config["INSTANCE"])


def _store(target: str) -> BackupStore:
    try:
        # The store seals nothing by itself here: what a backup holds is sealed before it gets there.
        return BackupStore(open_files(target, bytes(32)))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _server_part() -> ServerPart:
    return backup_keys.server_part(_parts()[2] / "keys" / "backup.key")


class Plainly(click.Command):
    """What is refused is said in words, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PortalError as error:
            raise click.ClickException(str(error)) from error


@click.command("backup-key", cls=Plainly)
@click.argument("file", type=FILE)
@with_appcontext
def backup_key(file: Path) -> None:
    """Make the key for backups: the private part in FILE, to keep elsewhere; the rest stays with the portal."""
    backup_keys.make(_parts()[2] / "keys" / "backup.key", file)
    click.echo(f"{file}: bewaar dit bestand buiten deze machine, op twee plaatsen, en haal het hier weg.")
    click.echo("Zonder dit bestand kan niemand een reservekopie terugzetten. Het portaal heeft het niet nodig.")


@click.command("backup", cls=Plainly)
@click.argument("target")
@click.option("--without-keys", is_flag=True, help="Leave out the portal's own keys. Then keep integrity.key yourself.")
@click.option("--keep", type=click.IntRange(min=1), help="Then remove backups older than this many days.")
@click.option("--list", "only_list", is_flag=True, help="List the backups in TARGET, and make none.")
@click.option("--verify", "only_verify", is_flag=True, help="Check a backup in TARGET, and make none.")
@click.option("--backup", "run", help="Which one to verify; the last when left out.")
@click.option("--key", "key_file", type=FILE, help="With --verify: the private part, to open everything too.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@with_appcontext
def backup(
    target: str,
    without_keys: bool,
    keep: int | None,
    only_list: bool,
    only_verify: bool,
    run: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Write an encrypted backup to TARGET (a folder or s3://bucket/prefix) while the portal runs."""
    database, services, instance = _parts()
    store = _store(target)
    key: ServerPart | PrivatePart = backup_keys.private_part(key_file) if key_file else _server_part()
    if only_list:
        return _list(store, key, as_json)
    if only_verify:
        return _verify(store, store.choose(run), key, as_json)
    if not isinstance(key, ServerPart):
        raise click.ClickException("--key hoort bij --verify; een reservekopie maken kan zonder.")
    source = Source(database.engine, services.files, {} if without_keys else own_keys(instance), services.now)
    made, removed, trouble = make(source, store, key), [], ""
    try:
        removed = clear_away(store, key, timedelta(days=keep), services.now()) if keep else []
    except PortalError as error:  # the backup is made; only what is old is still there
        trouble = f"oude reservekopieën zijn niet opgeruimd: {error}"
    if as_json:
        click.echo(json.dumps({**asdict(made), "removed": removed, "trouble": trouble}))
    else:
        _tell_made(made, removed, trouble)
        click.echo("sleutels: niet mee, bewaar integrity.key apart" if without_keys else "sleutels: mee, versleuteld")
    if made.gaps or trouble:
        raise click.exceptions.Exit(1)
    return None


def _tell_made(made: Made, removed: list[str], trouble: str) -> None:
    click.echo(f"reservekopie {made.run}: {made.rows} rijen, {made.files} bestanden, {made.copied} nieuw gekopieerd")
    click.echo(f"manifest (SHA-256): {made.manifest_sha256}")
    for one in removed:
        click.echo(f"verwijderd: {one}")
    for gap in made.gaps:
        click.echo(f"ontbreekt: {gap.key} ({gap.table} {gap.row_id}): {gap.why}", err=True)
    if trouble:
        click.echo(trouble, err=True)


def _list(store: BackupStore, key: ServerPart | PrivatePart, as_json: bool) -> None:
    found = []
    for run in store.backups():
        manifest = store.manifest(run, key) if isinstance(key, PrivatePart) else store.own_manifest(run, key)
        rows = sum(one["rows"] for one in manifest["tables"].values())
        found.append({"run": run, "made_at": manifest["made_at"], "rows": rows, "files": manifest["files"]})
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        click.echo(f"{one['run']}  {one['made_at']}  {one['rows']} rijen  {one['files']} bestanden")


def _verify(store: BackupStore, run: str, key: ServerPart | PrivatePart, as_json: bool) -> None:
    wrong = verify_backup(store, run, key)
    if as_json:
        click.echo(json.dumps({"run": run, "opened": isinstance(key, PrivatePart), "wrong": wrong}))
    else:
        for line in wrong:
            click.echo(line)
        how = "geopend en vergeleken" if isinstance(key, PrivatePart) else "vergeleken, niet geopend"
        click.echo(f"{run}: {'niet in orde' if wrong else 'in orde'} ({how})")
    if wrong:
        raise click.exceptions.Exit(1)


@click.command("restore", cls=Plainly)
@click.argument("source")
@click.option("--key", "key_file", type=FILE, required=True, help="The private part of the backup key.")
@click.option("--backup", "run", help="Which backup; the last when left out.")
@click.option("--without-keys", is_flag=True, help="Leave the portal's own keys as they are here.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@with_appcontext
def restore(source: str, key_file: Path, run: str | None, without_keys: bool, as_json: bool) -> None:
    """Put a backup from SOURCE in this portal, whose database is empty, and check all of it."""
    database, services, instance = _parts()
    store, key = _store(source), backup_keys.private_part(key_file)
    into = restoring.Destination(
        database.engine,
        services.files,
        restoring.key_writer(instance, services.now()),
        integrity_key(instance),
        services.now,
    )
    done = restoring.restore(store, store.choose(run), key, into, with_keys=not without_keys)
    # The store as it is with the restored key: only that one opens the sealed files.
    files = files_at(current_app.config["STORAGE_URL"], instance)
    with database.reading() as db:
        found = verification.verify(db, files, services.timestamps, services.now())
    if as_json:
        click.echo(json.dumps({**asdict(done), "check": asdict(found), "is_whole": found.is_whole}))
    else:
        for line in done.problems:
            click.echo(line, err=True)
        click.echo(f"teruggezet: {done.run}, {done.rows} rijen, {done.files} bestanden")
        _tell(found)
        click.echo("Iedereen moet opnieuw inloggen. Mail wordt vastgehouden tot: flask mail release")
    if done.problems or not found.is_whole:
        raise click.exceptions.Exit(1)


def _tell(found: verification.Verification) -> None:
    for one in found.problems:
        click.echo(f"{one.subject}: {one.text}")
    verdict = "in orde" if found.is_whole else "niet in orde"
    click.echo(
        f"{verdict}: {found.documents} bestanden, {found.receipts} indieningen en {found.certificates}"
        f" sluitingscertificaten nagekeken, {len(found.problems)} gebreken"
    )


mail = AppGroup("mail", help="Mail that waits, and mail that is held after a restore.")


@mail.command("waiting")
def waiting() -> None:
    """What has not been sent yet, and whether mail is held."""
    database, *_ = _parts()
    with database.reading() as db:
        for one in waiting_mail(db):
            click.echo(f"{one.created_at:%Y-%m-%d %H:%M}  {one.template}  {one.to}")
        click.echo("mail wordt vastgehouden" if mail_is_held(db) else "mail wordt verstuurd")


@mail.command("release")
@click.option("--discard", is_flag=True, help="Never send what waits now; only what comes later.")
def release(discard: bool) -> None:
    """Let mail go after a restore. Look first with: flask mail waiting"""
    database, services, _ = _parts()
    with database.transaction() as db:
        if not mail_is_held(db):
            raise click.ClickException("Mail wordt niet vastgehouden.")
        messages = waiting_mail(db)
        count = len(messages)
        if discard:
            recovery.discard(messages, services.now())
        db.add(recovery.event(recovery.RELEASED, services.now(), waiting=count, discarded=discard))
    click.echo(f"{count} mails {'worden niet verstuurd' if discard else 'gaan nu weg'}; nieuwe mail gaat weer gewoon.")


def register(app: Flask) -> None:
    for command in (backup_key, backup, restore, mail):
        app.cli.add_command(command)

"""Where the kill matrix plays: a database and a file store that can be put back to a saved state in an instant."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import boto3

from portal.extensions import open_engine
from tests import servers

KEPT, BUCKET = ("uploads", "mail", "keys"), "voordeur"


class Ground(Protocol):
    """A database and a store. Nothing of the portal may be open in them while they are saved or put back."""

    name: str
    folder: Path

    def config(self) -> dict[str, Any]: ...

    def save(self, name: str) -> None: ...

    def restore(self, name: str) -> None: ...


def _config(folder: Path, database_url: str, storage_url: str) -> dict[str, Any]:
    return {
        "TESTING": True,
        "DEMO": True,
        "INSTANCE": folder,
        "DATABASE_URL": database_url,
        "STORAGE_URL": storage_url,
        "MAIL_URL": f"folder:{folder / 'mail'}",
        "MAIL_SENDER": "Voordeur <voordeur@voordeur.example>",
        "PORTAL_URL": "http://portaal.test",
        "SECRET_KEY": b"only for tests",
        "SESSION_COOKIE_SECURE": False,
    }


def _copy_folders(source: Path, target: Path) -> None:
    """What the store and the mail hold: files that are never changed, so that a link is a copy."""
    for name in KEPT:
        shutil.rmtree(target / name, ignore_errors=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, copy_function=os.link)


class SqliteGround:
    """SQLite and a folder."""

    name = "SQLite, folder"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self._saved = folder / "saved"
        self.folder.mkdir(parents=True)

    def config(self) -> dict[str, Any]:
        url = f"sqlite:///{self.folder / 'portal.db'}"
        return _config(self.folder, url, f"file:{self.folder / 'uploads'}")

    def save(self, name: str) -> None:
        engine = open_engine(self.config()["DATABASE_URL"])
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        target = self._saved / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        shutil.copyfile(self.folder / "portal.db", target / "portal.db")
        _copy_folders(self.folder, target)

    def restore(self, name: str) -> None:
        for leftover in self.folder.glob("portal.db*"):
            leftover.unlink()
        shutil.copyfile(self._saved / name / "portal.db", self.folder / "portal.db")
        _copy_folders(self._saved / name, self.folder)


class PostgresGround:
    """PostgreSQL and an S3 bucket."""

    name = "PostgreSQL, S3"

    def __init__(self, folder: Path, server: servers.Postgres, bucket: Bucket) -> None:
        self.folder = folder / "work"
        self._saved, self._server, self._bucket = folder / "saved", server, bucket
        self.folder.mkdir(parents=True)
        server.execute("CREATE DATABASE work")

    def config(self) -> dict[str, Any]:
        return _config(self.folder, self._server.database("work"), self._bucket.url)

    def save(self, name: str) -> None:
        target = self._saved / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        _copy_folders(self.folder, target)
        self._bucket.save(name)
        self._copy("work", f"saved_{name}")

    def restore(self, name: str) -> None:
        _copy_folders(self._saved / name, self.folder)
        self._bucket.restore(name)
        self._copy(f"saved_{name}", "work")

    def _copy(self, source: str, target: str) -> None:
        self._server.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
        self._server.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY')


class Bucket:
    """A bucket whose contents can be put back. Objects are never changed, so their names tell all."""

    def __init__(self, url: str, client: Any, name: str) -> None:
        self.url, self._client, self._name = url, client, name
        self._saved: dict[str, dict[str, bytes]] = {}

    def save(self, name: str) -> None:
        self._saved[name] = {key: self._read(key) for key in self._keys()}

    def restore(self, name: str) -> None:
        wanted, there = self._saved[name], set(self._keys())
        for key in there - wanted.keys():
            self._client.delete_object(Bucket=self._name, Key=key)
        for key in wanted.keys() - there:
            self._client.put_object(Bucket=self._name, Key=key, Body=wanted[key])

    def _keys(self) -> Iterator[str]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name):
            for one in page.get("Contents", []):
                yield one["Key"]

    def _read(self, key: str) -> bytes:
        content: bytes = self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
        return content


@contextmanager
def sqlite_ground(folder: Path) -> Iterator[Ground]:
    yield SqliteGround(folder)


@contextmanager
def postgres_ground(folder: Path) -> Iterator[Ground]:
    with servers.postgres(folder / "postgres") as server, servers.object_store(folder / "store") as address:
        os.environ.update(servers.SECRET)
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        bucket = Bucket(f"s3://{BUCKET}/files?endpoint_url={address}", client, BUCKET)
        yield PostgresGround(folder / "ground", server, bucket)


GROUNDS = {"sqlite": sqlite_ground, "postgresql": postgres_ground}

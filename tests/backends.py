"""What the tests run on: one file and a folder, or (`BACKEND=server`) a real PostgreSQL and a real S3 store.

A world lives at a folder. With servers the folder keeps its mail and keys, and its name says which database and which
prefix of the bucket are its own.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import os
import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import psycopg
from botocore.config import Config

from portal.extensions import Database
from tests import servers

BUCKET = "voordeur"
ON_SERVERS = os.environ.get("BACKEND") == "server"


def start_postgres() -> str:
    """The address of a PostgreSQL for this run; started once, workers of the run inherit it."""
    if "TEST_POSTGRES" not in os.environ:
        server = _until_the_end(servers.postgres)
        os.environ["TEST_POSTGRES"] = server.database("{}")
    return os.environ["TEST_POSTGRES"]


def start_store() -> str:
    """The address of an S3 store with a bucket `BUCKET`, and who may come in; as for PostgreSQL."""
    if "TEST_S3" not in os.environ:
        os.environ["TEST_S3"] = _until_the_end(servers.object_store)
        os.environ.update(servers.SECRET)
        s3_client().create_bucket(Bucket=BUCKET)
    return os.environ["TEST_S3"]


def _until_the_end(server: Any) -> Any:
    """Enter `server(folder)`; it stops when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="voordeur-"))
    folder.chmod(0o755)  # for PostgreSQL, which does not run as root
    stack = ExitStack()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(stack.close)
    return stack.enter_context(server(folder / "server"))


@cache
def s3_client() -> Any:
    style = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    return boto3.session.Session(
        servers.SECRET["AWS_ACCESS_KEY_ID"], servers.SECRET["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1"
    ).client("s3", endpoint_url=os.environ["TEST_S3"], config=style)


def _name(folder: Path) -> str:
    return "t" + hashlib.sha256(str(folder).encode()).hexdigest()[:20]


def database_url(folder: Path) -> str:
    return start_postgres().format(_name(folder)) if ON_SERVERS else f"sqlite:///{folder / 'portal.db'}"


def storage_url(folder: Path) -> str:
    return s3_url(_name(folder)) if ON_SERVERS else f"file:{folder / 'uploads'}"


def s3_url(prefix: str) -> str:
    return f"s3://{BUCKET}/{prefix}?endpoint_url={start_store()}"


def prepare(folder: Path) -> Path:
    """An empty database for the world that will live at `folder`."""
    if ON_SERVERS:
        execute(f"CREATE DATABASE {_name(folder)}")
    return folder


def copy(source: Path, target: Path) -> None:
    """The database and the files of the world at `source` also at `target`. Nobody may be connected to `source`."""
    if not ON_SERVERS:
        _copy_file(source / "portal.db", target / "portal.db")
        if (source / "uploads").exists():
            # nothing is ever written in a stored file again, so a link is as good as a copy
            shutil.copytree(source / "uploads", target / "uploads", copy_function=_link, dirs_exist_ok=True)
        return
    _disconnect(source)
    drop(target)
    execute(f"CREATE DATABASE {_name(target)} TEMPLATE {_name(source)}")
    _copy_objects(_name(source), _name(target))


def stored(folder: Path) -> dict[str, bytes]:
    """Every file of the world at `folder` as it lies in the store, unfinished ones too, by its key."""
    if not ON_SERVERS:
        root = folder / "uploads"
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    client, start = s3_client(), f"{_name(folder)}/"
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=start)
    keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
    found = {}
    for key in keys:
        with closing(client.get_object(Bucket=BUCKET, Key=key)["Body"]) as body:
            found[key.removeprefix(start)] = body.read()
    return found


def leave(database: Database, folder: Path) -> None:
    """Close the connections to the world at `folder`, and forget its database when it is on a server."""
    if ON_SERVERS:
        gc.collect()  # a session that a test left open must not be found by the collector when its server is gone
    database.engine.dispose()
    drop(folder)


def drop(folder: Path) -> None:
    """Forget the database of the world at `folder`, also when somebody is connected."""
    if ON_SERVERS:
        execute(f"DROP DATABASE IF EXISTS {_name(folder)} WITH (FORCE)")


def _disconnect(folder: Path) -> None:
    execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_name(folder)}'")


def _copy_file(source: Path, target: Path) -> None:
    """All pages of one SQLite file into another, also while somebody uses either."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _link(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    os.link(source, target)


def _copy_objects(source: str, target: str) -> None:
    client = s3_client()
    start_store()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{source}/")
    keys = [found["Key"] for page in pages for found in page.get("Contents", ())]

    def one(key: str) -> None:
        client.copy_object(Bucket=BUCKET, Key=target + key[len(source) :], CopySource={"Bucket": BUCKET, "Key": key})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, keys))


@cache
def _connection() -> psycopg.Connection[Any]:
    parts = urlsplit(start_postgres())
    made = psycopg.connect(
        host=parts.hostname, port=parts.port or 5432, user=parts.username, dbname="postgres", autocommit=True
    )
    atexit.register(made.close)
    return made


def execute(statement: str) -> None:
    _connection().execute(statement)  # type: ignore[call-overload]

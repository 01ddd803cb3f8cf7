"""The steps of deploy/Dockerfile without a container: the same files, the same packages, a root nobody writes in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.conftest import ROOT
from tests.servers import free_port

pytestmark = pytest.mark.slow

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """What `COPY` and `RUN pip install` of the first stage leave: a folder with the code and its environment."""
    app = tmp_path_factory.mktemp("image") / "app"
    app.mkdir()
    for sources, target in re.findall(r"^COPY (?!--from)(.*) (\S+)$", DOCKERFILE, re.M):
        for source in sources.split():
            goal = app / (source if target == "./" else target)
            goal.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, goal, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(ROOT / source, goal)
    subprocess.run([sys.executable, "-m", "venv", app / ".venv"], check=True)
    (install,) = re.findall(r"(-m pip install .*)$", DOCKERFILE, re.M)
    subprocess.run([app / ".venv/bin/python", *install.split()], cwd=app, check=True, capture_output=True)
    return app


def _read_only(command: list[str], app: Path) -> list[str]:
    """The command in a file system of its own, where the code is read-only for everybody; only root can make one."""
    steps = ["mount --make-rprivate /", f"mount --bind {app} {app}", f"mount -o remount,ro,bind {app}"]
    words = " ".join(f"'{word}'" for word in command)
    return ["unshare", "--mount", "sh", "-ec", "; ".join([*steps, f"exec {words}"])]


def test_the_image_starts_on_code_that_it_cannot_write_and_answers(image, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    port = free_port()
    environment = {"PATH": f"{image}/.venv/bin:{os.environ['PATH']}", "PYTHONPATH": str(image), "FLASK_APP": "wsgi",
                   "INSTANCE": str(data), "STORAGE_URL": f"file:{data}/uploads", "PORT": str(port), "HOME": "/nowhere",
                   "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}  # fmt: skip
    (command,) = re.findall(r"^CMD \[(.*)\]$", DOCKERFILE, re.M)
    start = [word.strip(' "') for word in command.split(",")]
    if os.geteuid() == 0:
        start = _read_only(start, image)
    subprocess.run(["flask", "migrate"], cwd=image, env=environment, check=True, capture_output=True)
    before = {path: path.stat().st_mtime_ns for path in image.rglob("*")}

    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(start, cwd=image, env=environment, stdout=log, stderr=log)
    try:
        answers = {path: _answer(f"http://127.0.0.1:{port}{path}", server) for path in ("/healthz", "/readyz", "/")}
    finally:
        server.terminate()
        server.wait(60)

    assert answers["/healthz"] == answers["/"] == 200, (tmp_path / "log").read_text()
    assert {path: path.stat().st_mtime_ns for path in image.rglob("*")} == before
    assert server.returncode == 0


def _answer(url: str, server: subprocess.Popen[bytes], seconds: float = 240) -> int:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urlopen(url, timeout=10) as answer:
                return answer.status
        except HTTPError as error:
            return error.code
        except (URLError, TimeoutError):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)

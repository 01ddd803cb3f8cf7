"""The files in deploy/ agree with the code: settings, commands, probes, packages, and what may write where."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from config import Config

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
DOCUMENTED = (ROOT / "docs/configuration.md").read_text() + (ROOT / "docs/deployment.md").read_text()
OF_OTHERS = {"PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONFAULTHANDLER",
             "MALLOC_ARENA_MAX", "FLASK_APP"}  # fmt: skip
"""Variables of Python, Flask and the C library; everything else must stand in our documentation."""


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in YAML(typ="safe").load_all(path) if one]


def manifests() -> Iterator[dict[str, Any]]:
    for path in KUBERNETES:
        yield from documents(path)


def pods() -> dict[str, dict[str, Any]]:
    """The specification of every pod, by the name of what makes it."""
    found = {}
    for one in manifests():
        spec = one.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            found[one["metadata"]["name"]] = template["spec"]
    return found


def compose() -> dict[str, Any]:
    return documents(DEPLOY / "compose.yaml")[0]


def of_the_portal() -> dict[str, dict[str, Any]]:
    return {name: one for name, one in compose()["services"].items() if one["image"].startswith("voordeur")}


def settings_named() -> dict[str, set[str]]:
    """The variables that each file sets for the portal."""
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    environment = dockerfile.split("\nENV ", 1)[1].split("\nUSER")[0]
    units = "".join(path.read_text() for path in UNITS)
    literals = documents(DEPLOY / "kubernetes/kustomization.yaml")[0]["configMapGenerator"][0]["literals"]
    return {
        "Dockerfile": set(re.findall(r"([A-Z_]+)=", environment)),
        "compose.yaml": {name for one in of_the_portal().values() for name in one["environment"]},
        "kustomization.yaml": {one.split("=")[0] for one in literals},
        "systemd": set(re.findall(r"([A-Z_]+)=", "".join(re.findall(r"^Environment=(.*)$", units, re.M)))),
        "settings.example": set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "systemd/settings.example").read_text(), re.M)),
        "gunicorn.py": set(re.findall(r'os\.environ\.get\("([A-Z_]+)"', (DEPLOY / "gunicorn.py").read_text())),
    }


def commands() -> dict[str, list[str]]:
    """What each file runs, as words."""
    found = {f"compose {name}": one["command"] for name, one in of_the_portal().items() if "command" in one}
    found |= {f"kubernetes {name}": one["containers"][0]["command"] for name, one in pods().items()}
    for path in UNITS:
        for line in re.findall(r"^Exec(?:Start|StartPre)=(.*)$", path.read_text(), re.M):
            found[f"{path.name} {line.split()[3]}"] = line.split()[2:]
    return found


@pytest.mark.parametrize("where", sorted(settings_named()))
def test_every_setting_named_in_a_deployment_exists_and_is_documented(where):
    named = settings_named()[where]

    assert named
    for name in named - OF_OTHERS:
        assert f"`{name}`" in DOCUMENTED, name
        if name.endswith("_FILE") and not name.startswith("AWS_"):
            assert hasattr(Config, name.removesuffix("_FILE"))


def test_every_command_in_a_deployment_exists(app):
    ours = {name: words for name, words in commands().items() if words[0] == "flask"}

    assert {words[1] for words in ours.values()} == {"migrate", "worker", "backup"}
    for words in ours.values():
        command = app.cli.commands[words[1]]
        options = {option for one in command.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_every_server_runs_with_the_one_file_of_settings():
    servers = {name: words for name, words in commands().items() if words[0] == "gunicorn"}

    assert len(servers) == 2
    for words in [*servers.values(), re.findall(r"^CMD (.*)$", (DEPLOY / "Dockerfile").read_text(), re.M)]:
        assert "-c deploy/gunicorn.py wsgi:app" in " ".join(words).replace('", "', " ").replace('"]', "")


def test_garbage_is_collected_between_requests_and_never_while_one_is_served(tmp_path):
    program = """
import gc, sys, weakref
settings = {}
exec(open(sys.argv[1]).read(), settings)
settings["post_worker_init"](None)

class Circle:
    def __init__(self):
        self.me = self

def after(objects):
    first = weakref.ref(Circle())
    for _ in range(objects):
        Circle()
    is_there = first() is not None
    settings["post_request"](None, None, None, None)
    return is_there, first() is not None

print(gc.isenabled(), after(1_000), after(50_000))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(DEPLOY / "gunicorn.py")],
        capture_output=True, check=True, text=True, env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
    )  # fmt: skip

    # by itself never; after a small request not either; after many objects at the end of the request
    assert done.stdout.split("\n")[0] == "False (True, True) (True, False)"


def test_the_settings_of_the_web_server_are_ones_that_gunicorn_knows(monkeypatch, tmp_path):
    from gunicorn.config import Config as Known

    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    values: dict[str, Any] = {}
    exec((DEPLOY / "gunicorn.py").read_text(), values)
    known = Known()

    for name, value in values.items():
        if not name.startswith("_") and not isinstance(value, ModuleType):
            known.set(name, value)
    # nobody's headers are believed on the way in; the portal counts its own proxies
    assert known.forwarded_allow_ips == []
    assert known.timeout > 60


def test_probes_ask_addresses_that_anybody_may_ask(app, visitor):
    probes = {
        (kind, one["httpGet"]["path"])
        for spec in pods().values()
        for container in spec["containers"]
        for kind, one in container.items()
        if kind.endswith("Probe")
    }
    asked = {path for _, path in probes} | set(re.findall(r"(/\w+z)\b", (DEPLOY / "Dockerfile").read_text()))

    assert probes == {("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")}
    assert asked <= {rule.rule for rule in app.url_map.iter_rules()}
    assert visitor.get("/healthz").status_code == 200


@pytest.mark.parametrize("name", sorted(pods()))
def test_a_pod_runs_as_nobody_in_particular_on_a_root_it_cannot_write(name):
    spec = pods()[name]
    (container,) = spec["containers"]

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} == container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]
    volumes = {one["name"] for one in spec["volumes"]}
    assert {one["name"] for one in container["volumeMounts"]} == volumes
    keys = next(one for one in container["volumeMounts"] if one["mountPath"].endswith("/keys"))
    assert keys["readOnly"] is True


@pytest.mark.parametrize("name", sorted(of_the_portal()))
def test_a_container_of_the_portal_runs_as_nobody_in_particular_on_a_root_it_cannot_write(name):
    service = of_the_portal()[name]

    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_names_in_the_compose_file_refer_to_something():
    made = compose()
    for name, one in made["services"].items():
        assert set(one.get("secrets", ())) <= made["secrets"].keys(), name
        assert set(one.get("networks", ())) <= made["networks"].keys(), name
        assert set(one.get("depends_on", ())) <= made["services"].keys(), name
        named = {volume.split(":")[0] for volume in one.get("volumes", ())}
        assert {volume for volume in named if not volume.startswith(".")} <= made["volumes"].keys(), name
    described = (DEPLOY / "secrets/README.md").read_text()
    assert [name for name in made["secrets"] if f"`{name}`" not in described] == []


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_locked_in(path):
    lines = set(path.read_text().splitlines())

    assert lines >= {
        "User=voordeur",
        "ProtectSystem=strict",
        "ProtectHome=true",
        "PrivateTmp=true",
        "NoNewPrivileges=true",
        "CapabilityBoundingSet=",
        "SystemCallFilter=@system-service",
        "StateDirectory=voordeur",
        "UMask=0077",
    }


def test_the_image_holds_what_the_set_up_asks_and_never_runs_as_root():
    dockerfile, setup = (DEPLOY / "Dockerfile").read_text(), (ROOT / "bin/setup").read_text()
    final = dockerfile.split("\nFROM ")[-1]

    assert "--require-hashes -r requirements.txt" in dockerfile
    assert re.findall(r"^USER (.*)$", final, re.M) == ["10001:10001"]
    assert final.index("USER ") < final.index("CMD ")
    for package in re.findall(r"^  need (lib\S+)", setup, re.M):
        assert package in final, package
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile, re.M):
        for name in source.split():
            assert (ROOT / name).exists(), name
            allowed = (ROOT / ".dockerignore").read_text().splitlines()
            assert f"!{name}" in allowed, name


def test_the_proxy_limits_the_pages_where_passwords_are_tried(app):
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    nginx = (DEPLOY / "nginx.conf").read_text()
    limited = re.search(r"location ~ \^/\((.*?)\)\$ \{\s+limit_req zone=login", nginx)
    ingress = next(one for one in manifests() if one["metadata"]["name"] == "web-login")
    paths = {one["path"] for one in ingress["spec"]["rules"][0]["http"]["paths"]}

    assert limited
    assert {f"/{one}" for one in limited[1].split("|")} == paths
    assert paths <= routes
    # the largest request of the portal goes through
    assert Config.MAX_CONTENT_LENGTH < 27_000_000
    assert "client_max_body_size 27m" in nginx
    assert "X-Forwarded-For $remote_addr" in nginx


def test_python_of_the_image_is_one_that_the_portal_supports():
    # Debian 12 has Python 3.11, for which the requirements are compiled
    minimum = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["python_version"]

    assert minimum == "3.11"
    assert re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.M) == ["debian:12-slim"] * 2


@pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="only where kubectl is there; the other tests read the files"
)
def test_kustomize_builds_all_of_it():
    done = subprocess.run(["kubectl", "kustomize", DEPLOY / "kubernetes"], capture_output=True, text=True, check=True)

    built = [one for one in YAML(typ="safe").load_all(done.stdout) if one]
    assert {one["kind"] for one in built} == {one["kind"] for one in manifests()} - {"Kustomization"} | {"ConfigMap"}
    images = {spec["image"] for one in built for spec in _containers(one)}
    assert images == {"registry.example.nl/voordeur:latest"}


def _containers(one: dict[str, Any]) -> list[dict[str, Any]]:
    spec = one.get("spec", {})
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
    return template.get("spec", {}).get("containers", [])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="only where systemd is there")
def test_systemd_understands_the_units(tmp_path):
    # the programs are not at their place here, so others that are stand in for them
    for path in [*UNITS, *(DEPLOY / "systemd").glob("*.timer")]:
        text = path.read_text().replace("/opt/voordeur/.venv/bin/python", "/bin/true")
        (tmp_path / path.name).write_text(text)

    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")

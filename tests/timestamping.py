"""A real time-stamp authority over HTTP (certomancer), with faults that are switched on and off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import pem, tsp
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.serving import BaseWSGIServer, make_server

ENTITIES = ("root", "tsa")

PKI = """
keysets:
  keys:
    keys:
      root: {path: root.pem}
      tsa: {path: tsa.pem}
pki-architectures:
  proef:
    keyset: keys
    entity-defaults: {country-name: NL, organization-name: Proefpolder}
    entities:
      root: {common-name: Proef Root}
      tsa: {common-name: Proef TSA}
    certs:
      root:
        subject: root
        issuer: root
        validity: {valid-from: "2010-01-01T00:00:00+0000", valid-to: "2100-01-01T00:00:00+0000"}
        profiles: [{id: simple-ca, params: {max-path-len: 2}}]
      tsa: &tsa
        subject: tsa
        subject-key: tsa
        issuer: root
        validity: {valid-from: "2010-01-01T00:00:00+0000", valid-to: "2100-01-01T00:00:00+0000"}
        extensions:
          - {id: key_usage, critical: true, smart-value: {schema: key-usage, params: [digital_signature]}}
          - {id: extended_key_usage, critical: true, value: [time_stamping]}
      expired:
        <<: *tsa
        validity: {valid-from: "2010-01-01T00:00:00+0000", valid-to: "2015-01-01T00:00:00+0000"}
    services:
      time-stamping:
        good: {signing-cert: tsa}
        expired: {signing-cert: expired, signing-key: tsa}
"""

Respond = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class Authority:
    """The server: `fault` is '' or 'refuses', 'expired', 'nonce', 'imprint', 'garbage', 'error', 'hangs'."""

    server: BaseWSGIServer
    certificates: bytes
    clock: Callable[[], datetime]
    fault: str = ""
    asked: int = 0
    login: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/tijd"


class Service:
    """What answers: certomancer's own server, with a fault before or behind it."""

    def __init__(self, architecture: Any) -> None:
        self.inner = Animator(AnimatorArchStore({ArchLabel("proef"): architecture}), with_web_ui=False)
        self.authority: Authority
        self.released = threading.Event()

    def __call__(self, environ: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        authority, fault = self.authority, self.authority.fault
        authority.asked += 1
        authority.login = environ.get("HTTP_AUTHORIZATION", "")
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if fault == "hangs":
            self.released.wait(30)
        if fault == "error":
            respond("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"later"]
        if fault in ("garbage", "refuses"):
            respond("200 OK", [("Content-Type", "application/timestamp-reply")])
            said = tsp.PKIStatusInfo({"status": "rejection", "status_string": ["not today"]}).dump()
            return [b"nonsense" if fault == "garbage" else b"\x30" + bytes([len(said)]) + said]
        asked = tsp.TimeStampReq.load(body)
        if fault == "nonce":
            asked["nonce"] = asked["nonce"].native + 1
        if fault == "imprint":
            asked["message_imprint"]["hashed_message"] = b"\x07" * 32
        body = asked.dump(force=True)
        label = "expired" if fault == "expired" else "good"
        environ = {
            **environ,
            "PATH_INFO": f"/proef/tsa/{label}",
            "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_CERTOMANCER_FAKE_TIME": authority.clock().isoformat(),
        }
        return self.inner(environ, respond)


def serve(folder: Path, clock: Callable[[], datetime]) -> tuple[Authority, Callable[[], None]]:
    """Start an authority on a port of its own; gives it, and what stops it. It says the time of `clock`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ENTITIES:
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / f"{name}.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    architecture = CertomancerConfig.from_yaml(PKI, key_search_dir=str(folder)).get_pki_arch(ArchLabel("proef"))
    service = Service(architecture)
    server = make_server("127.0.0.1", 0, service, threaded=True)
    root = pem.armor("CERTIFICATE", architecture.get_cert(CertLabel("root")).dump())
    service.authority = Authority(server, root, clock)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def stop() -> None:
        service.released.set()
        server.shutdown()
        server.server_close()
        thread.join()

    return service.authority, stop

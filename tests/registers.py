"""A real HTTP server that speaks as the Handelsregister (KvK Basisprofiel v1) and as a FHIR directory, with faults."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "l7xx-for-tests"
KVK_SYSTEM = "http://fhir.nl/fhir/NamingSystem/kvk"
AGB_SYSTEM = "http://fhir.nl/fhir/NamingSystem/agb-z"


def profile(kvk: str, name: str, legal_form: str = "Stichting", **owner: Any) -> dict[str, Any]:
    """A Basisprofiel as the API documents it, with a head office in 's-Hertogenbosch."""
    return {
        "kvkNummer": kvk,
        "indNonMailing": "Nee",
        "naam": name,
        "formeleRegistratiedatum": "20150622",
        "materieleRegistratie": {"datumAanvang": "20150101"},
        "totaalWerkzamePersonen": 12,
        "statutaireNaam": name,
        "handelsnamen": [{"naam": name, "volgorde": 0}],
        "sbiActiviteiten": [
            {"sbiCode": "88101", "sbiOmschrijving": "Thuiszorg", "indHoofdactiviteit": "Ja"},
        ],
        "links": [{"rel": "self", "href": f"https://api.kvk.nl/api/v1/basisprofielen/{kvk}"}],
        "_embedded": {
            "hoofdvestiging": {
                "vestigingsnummer": "000037178598",
                "kvkNummer": kvk,
                "formeleRegistratiedatum": "20150622",
                "materieleRegistratie": {"datumAanvang": "20150101"},
                "eersteHandelsnaam": name,
                "indHoofdvestiging": "Ja",
                "indCommercieleVestiging": "Ja",
                "voltijdWerkzamePersonen": 8,
                "totaalWerkzamePersonen": 12,
                "deeltijdWerkzamePersonen": 4,
                "adressen": [
                    {
                        "type": "correspondentieadres",
                        "indAfgeschermd": "Nee",
                        "volledigAdres": "Postbus 200 5201AE 's-Hertogenbosch",
                        "postcode": "5201AE",
                        "postbusnummer": 200,
                        "plaats": "'s-Hertogenbosch",
                        "land": "Nederland",
                    },
                    {
                        "type": "bezoekadres",
                        "indAfgeschermd": "Nee",
                        "volledigAdres": "Hinthamerstraat 95 A 5211MH 's-Hertogenbosch",
                        "straatnaam": "Hinthamerstraat",
                        "huisnummer": 95,
                        "huisletter": "A",
                        "postcode": "5211MH",
                        "plaats": "'s-Hertogenbosch",
                        "land": "Nederland",
                    },
                ],
                "websites": ["www.delinde.example"],
            },
            "eigenaar": {"rsin": "123456782", "rechtsvorm": legal_form, "uitgebreideRechtsvorm": legal_form, **owner},
        },
    }


def bundle(kvk: str, name: str, agb: str, **more: Any) -> dict[str, Any]:
    """What a FHIR R4 directory answers to a search for an organisation."""
    identifiers = [{"system": KVK_SYSTEM, "value": kvk}, {"system": AGB_SYSTEM, "value": agb}]
    resource = {"resourceType": "Organization", "active": True, "identifier": identifiers, "name": name, **more}
    return {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [{"resource": resource}]}


@dataclass
class Registers:
    """The server.

    `fault`: '' or 'error', 'denied', 'slow', 'drip', 'truncated', 'large', 'no json', 'list', 'moved'.
    """

    companies: dict[str, Any] = field(default_factory=dict)
    providers: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    asked: list[str] = field(default_factory=list)
    address: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """The settings that lead here."""
        return {"KVK_URL": f"{self.address}/api/v1", "KVK_KEY": KEY, "LRZA_URL": f"{self.address}/fhir"}

    def answer(self, path: str, headers: Any) -> tuple[int, Any]:
        parts = urlsplit(path)
        if parts.path.startswith("/api/v1/basisprofielen/"):
            if headers.get("apikey") != KEY:
                return 401, {"fout": [{"code": "IPD9999", "omschrijving": "Geen toegang"}]}
            found = self.companies.get(parts.path.rpartition("/")[2])
            missing = {"fout": [{"code": "IPD0005", "omschrijving": "KVK-nummer niet gevonden"}]}
            return (200, found) if found is not None else (404, missing)
        if parts.path == "/fhir/Organization":
            system, _, number = parse_qs(parts.query)["identifier"][0].partition("|")
            empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
            return 200, self.providers.get(number, empty) if system == KVK_SYSTEM else empty
        return 404, {}


@contextmanager
def running() -> Iterator[Registers]:
    """The server at a free port, until the end of the block."""
    state = Registers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            status, said = state.answer(self.path, self.headers)
            body = json.dumps(said).encode()
            if state.fault == "slow":
                time.sleep(1.5)
            status = {"error": 503, "denied": 401, "moved": 302}.get(state.fault, status)
            body = {"no json": b"<html>Onderhoud", "list": b"[1, 2]", "large": b'"' + b"x" * 1_200_000 + b'"'}.get(
                state.fault, body
            )
            self.send_response(status)
            self.send_header("Content-Type", "application/hal+json")
            self.send_header("Content-Length", str(len(body) + (100 if state.fault == "truncated" else 0)))
            if state.fault == "moved":
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            try:
                if state.fault == "drip":
                    for one in body:
                        self.wfile.write(bytes([one]))
                        self.wfile.flush()
                        time.sleep(0.05)
                else:
                    self.wfile.write(body)
            except OSError:
                pass  # the portal had enough
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

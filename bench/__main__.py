"""`python -m bench [--json] [section ...]`: the measurements, each beside its floor. See docs/speed.md."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import tempfile
import time
from pathlib import Path

from bench.report import missed, table

SECTIONS = {
    "pages": "Pages: CPU of one request beside the floor on the same database",
    "submit": "Submitting, with the files already there",
    "upload": "Uploading: the request body beside raw write, SHA-256 and fsync",
    "agreements": "Agreements: drawn up and signed by both, beside bare WeasyPrint and pyHanko",
    "closing": "Closing a round of 1,000 submissions",
    "viewing": "The first page of a piece of evidence: dossier and picture, never drawn before",
    "server": "A server: from start to first answer, and its memory",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="section", help=", ".join(SECTIONS))
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    asked = parser.parse_args()
    chosen = asked.sections or list(SECTIONS)
    found = {}
    for name in chosen:
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found[name] = importlib.import_module(f"bench.{name}").run(Path(folder))
        if not asked.json:
            print(table(f"{SECTIONS[name]} ({time.monotonic() - start:.0f} s)", found[name]), flush=True)
    lines = [line for many in found.values() for line in many]
    if asked.json:
        measured = {name: [line.as_json() for line in many] for name, many in found.items()}
        print(json.dumps({"sections": measured, "missed": missed(lines), "load": os.getloadavg()[0]}, indent=2))
        return
    wanting = missed(lines)
    print(f"Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")
    print(
        f"Not reached ({len(wanting)}): {'; '.join(wanting)}" if wanting else "Every target that must be reached, is."
    )


if __name__ == "__main__":
    main()

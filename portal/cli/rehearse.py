"""`flask rehearse`: a whole round of a procedure on a moved clock, from publication to the public register.

It plays on a scratch database and store, through the same domain functions and worker tasks as in real use, and
leaves letters, receipts and signed agreements in a folder. What the applicants do is in `rehearsal`.
"""

from __future__ import annotations

import hashlib
import json
import re
import resource
import tempfile
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import time as wall_time
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from portal.adapters import procedure_files
from portal.adapters.assembly import build_services
from portal.adapters.clock import MovedClock
from portal.cli import cast, rehearsal_count
from portal.cli.cast import Stage
from portal.cli.procedures import load_file, read
from portal.cli.rehearsal import Rehearsal
from portal.domain import calendar
from portal.domain.procedures import KINDS
from portal.errors import PortalError
from portal.logs import only_warnings
from portal.models import Agreement, DecisionLetter, Signature, Submission

LABELS = {
    "prepare": "voorbereiden",
    "apply": "aanmelden",
    "close": "sluiten",
    "screen": "toetsen",
    "remedy": "herstel",
    "decide": "besluiten",
    "standstill": "opschorten",
    "sign": "ondertekenen",
    "verify": "narekenen",
    "write": "schrijven",
}


class Phases:
    """Says on a terminal what is going on, and keeps how long each phase took (seconds)."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self.running = ""
        self._progress = progress
        self._line: TaskID | None = None

    @contextmanager
    def phase(self, name: str, steps: int) -> Iterator[None]:
        """One phase of `steps` steps; see `step`."""
        self.running = LABELS[name]
        self._line = self._progress.add_task(self.running, total=steps)
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 2)
        self._progress.update(self._line, completed=steps)

    def step(self) -> None:
        """One step of the running phase is done."""
        if self._line is not None:
            self._progress.advance(self._line)


def _plain(name: str) -> str:
    """A name as part of a file name: small letters, digits and hyphens."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")


def _documents(stage: Stage) -> Iterator[tuple[str, str, str]]:
    """Readable name, kind and storage key of every document that was made."""
    with stage.database.reading() as db:
        for one in db.scalars(select(Submission).where(Submission.receipt_key.is_not(None))):
            yield f"ontvangstbewijs-{one.receipt_number}.pdf", "receipt", one.receipt_key or ""
        for letter in db.scalars(select(DecisionLetter).where(DecisionLetter.pdf_key.is_not(None))):
            name = _plain(letter.application.organisation.name)
            yield f"besluit-{letter.number}-{name}.pdf", "letter", letter.pdf_key or ""
        signed = select(Signature).where(Signature.party == "authority", Signature.pdf_key.is_not(None))
        for signature in db.scalars(signed.join(Agreement).order_by(Agreement.number)):
            name = _plain(signature.agreement.organisation.name)
            yield f"raamovereenkomst-{signature.agreement.number}-{name}.pdf", "agreement", signature.pdf_key or ""


def _write(stage: Stage, out: Path) -> list[dict[str, Any]]:
    files = []
    for name, kind, key in _documents(stage):
        content = stage.services.files.read(key)
        (out / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files.append({"name": name, "kind": kind, "sha256": digest, "size": len(content)})
    return sorted(files, key=lambda one: one["name"])


def rehearse(
    file: Path, applicants: int, out: Path, seed: int, phases: Phases, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Play the first round of the procedure in `file` and write its documents to `out`.

    Gives the report: procedure, seed, applicants, outcomes (counts), decisions (per lot, product and municipality),
    receipts (each with whether it holds, as its holder would check it), problems (what did not add up, or stopped the
    round), files, seconds per phase and peak memory (MiB). `config` gives the settings that a scratch portal does not
    replace.
    """
    data = procedure_files.loaded(read(file))
    if not KINDS[data["kind"]].has_admission:
        click.echo(f"'{data['slug']}' is een marktconsultatie: die heeft geen ronde om te oefenen.", err=True)
        raise click.exceptions.Exit(2)
    opens_on = data["rounds"]["first"]["opens_at"].date()
    clock = MovedClock(calendar.local_instant(opens_on - timedelta(days=1), wall_time(9)))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voordeur-")))
        scratch: dict[str, Any] = {
            **config,
            "INSTANCE": folder,
            "STORAGE_URL": (folder / "files").as_uri(),
            "MAIL_URL": f"folder:{folder / 'mail'}",
        }
        database = stack.enter_context(cast.scratch_database(folder))
        services = build_services(scratch, now=clock)
        stage = Stage(database, replace(services, inspector=cast.OncePerKind(services.inspector)))
        procedure_id = load_file(database, file, clock())
        play = Rehearsal(stage, clock, procedure_id, applicants, seed, phases)
        play.problems += rehearsal_count.other_rounds(stage, procedure_id, data)
        try:
            with only_warnings():
                play.run()
        except PortalError as error:
            play.problems.append(f"{phases.running}: {error}")
        with phases.phase("write", 1):
            out.mkdir(parents=True, exist_ok=True)
            files = _write(stage, out)
    return {
        "procedure": data["slug"],
        "seed": seed,
        "applicants": applicants,
        "outcomes": play.outcomes,
        "decisions": play.decisions,
        "receipts": play.receipts,
        "problems": play.problems,
        "files": files,
        "seconds": phases.seconds,
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _tell(report: Mapping[str, Any], out: Path) -> None:
    click.echo(f"Proefronde van {report['procedure']} met {report['applicants']} aanmelders (seed {report['seed']})")
    for name, count in report["outcomes"].items():
        click.echo(f"  {name:<24} {count:>5}")
    good = sum(one["holds"] for one in report["receipts"])
    click.echo(f"  ontvangstbewijzen die kloppen {good} van {len(report['receipts'])}")
    took = sum(report["seconds"].values())
    click.echo(f"{len(report['files'])} documenten in {out}; {took:.1f} s, {report['peak_memory_mib']} MiB")
    for problem in report["problems"]:
        click.echo(f"klopt niet: {problem}", err=True)


@click.command("rehearse")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--applicants", type=click.IntRange(1, 500), default=25, show_default=True, help="How many take part.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Empty or new folder for the PDFs."
)
@click.option("--json", "as_json", is_flag=True, help="Answer as one JSON object.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same number gives the same round.")
@with_appcontext
def command(file: Path, applicants: int, out: Path, as_json: bool, seed: int) -> None:
    """Rehearse a whole round of the procedure in FILE on a moved clock, on scratch data.

    Exit code 0 only when every count adds up and every agreement carries two valid signatures.
    """
    if out.exists() and any(out.iterdir()):
        raise click.ClickException(f"{out} is niet leeg; kies een nieuwe map voor de documenten")
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<14}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as progress:
        report = rehearse(file, applicants, out, seed, Phases(progress), current_app.config)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _tell(report, out)
    raise click.exceptions.Exit(1 if report["problems"] else 0)


def register(app: Flask) -> None:
    app.cli.add_command(command)

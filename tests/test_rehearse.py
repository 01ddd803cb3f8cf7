"""`flask rehearse`: a whole round from the outside, by what the command prints, writes and exits with."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import Result
from flask import Flask

from portal import create_app
from portal.cli import rehearsal_count
from tests import backends

ROOT = Path(__file__).resolve().parents[1]
MEIERIJ = ROOT / "procedures" / "meierij-2020.yaml"
SMALL = ROOT / "tests" / "procedures" / "small.yaml"


@dataclass
class Run:
    """One run of the command: its result, the report it printed, and the folder it wrote."""

    result: Result
    report: dict[str, Any]
    out: Path

    def files(self, kind: str) -> list[Path]:
        return [self.out / one["name"] for one in self.report["files"] if one["kind"] == kind]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("portal")
    backends.prepare(folder)
    return create_app(
        {
            "INSTANCE": folder,
            "DATABASE_URL": backends.database_url(folder),
            "STORAGE_URL": backends.storage_url(folder),
            "MAIL_URL": f"folder:{folder / 'mail'}",
            "DEMO": True,
        }
    )


def _rehearse(portal: Flask, file: Path, out: Path, *more: str) -> Run:
    result = portal.test_cli_runner().invoke(args=["rehearse", str(file), "--out", str(out), "--json", *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Run(result, json.loads(result.stdout) if result.stdout.startswith("{") else {}, out)


@pytest.fixture(scope="module")
def run(portal: Flask, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Four applicants: admitted, refused on one lot, remedied, and one who comes at the closing instant."""
    return _rehearse(portal, MEIERIJ, tmp_path_factory.mktemp("out"), "--applicants", "4")


def test_a_round_that_adds_up_ends_with_exit_code_0_and_says_nothing_on_stderr(run: Run) -> None:
    assert run.report["problems"] == []
    assert run.result.exit_code == 0
    assert run.result.stderr == ""


def test_every_applicant_comes_to_the_end_of_the_story(run: Run) -> None:
    outcomes = run.report["outcomes"]

    assert (run.report["procedure"], run.report["applicants"]) == ("meierij-2020", 4)
    assert [outcomes[name] for name in rehearsal_count.RESULTS] == [2, 1, 0, 1]
    assert outcomes["letters"] == 3
    assert outcomes["agreements_in_force"] == outcomes["register_providers"] == 3
    assert outcomes["signatures"] == 6
    assert outcomes["mails_unsent"] == 0


def test_the_instant_of_closing_is_too_late_and_the_microsecond_before_is_not(run: Run) -> None:
    outcomes = run.report["outcomes"]

    assert outcomes["refused_at_the_instant"] == 1
    assert outcomes["submissions"] == 4  # three in time, one of them again a microsecond before closing


def test_what_must_be_refused_was_tried_and_refused(run: Run) -> None:
    outcomes = run.report["outcomes"]

    assert outcomes["refused_before_opening"] == 1
    assert outcomes["refused_own_proposal"] == 3
    assert outcomes["refused_authority_first"] == 3


def test_every_file_in_the_report_is_a_pdf_with_that_name_size_and_digest(run: Run) -> None:
    kinds = sorted(one["kind"] for one in run.report["files"])

    assert kinds == ["agreement"] * 3 + ["letter"] * 3 + ["receipt"] * 4
    assert {one["name"] for one in run.report["files"]} == {path.name for path in run.out.iterdir()}
    for one in run.report["files"]:
        content = (run.out / one["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["size"], one["sha256"])
        with pikepdf.open(run.out / one["name"]) as pdf:
            assert len(pdf.pages) >= 1


def test_another_program_finds_two_valid_signatures_in_an_agreement_and_none_in_a_letter(run: Run) -> None:
    def valid(path: Path) -> int:
        found = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False)
        return len(re.findall(r"Signature Validation: Signature is Valid", found.stdout))

    assert valid(run.files("agreement")[0]) == 2
    assert valid(run.files("letter")[0]) == 0


def test_phases_are_timed_in_the_order_of_the_path(run: Run) -> None:
    assert list(run.report["seconds"]) == [
        "prepare", "apply", "close", "screen", "remedy", "decide", "standstill", "sign", "verify", "write",
    ]  # fmt: skip
    assert run.report["peak_memory_mib"] > 0


def test_the_portals_own_database_is_not_touched(run: Run, portal: Flask) -> None:
    folder = Path(portal.config["INSTANCE"])

    assert not (folder / "mail").exists() or not any((folder / "mail").iterdir())
    assert list(portal.extensions["services"].files.keys("agreements/", datetime.max.replace(tzinfo=UTC))) == []


def test_a_folder_that_holds_something_is_refused(portal: Flask, tmp_path: Path) -> None:
    (tmp_path / "brief.pdf").write_bytes(b"van vorige keer")

    answer = portal.test_cli_runner().invoke(args=["rehearse", str(MEIERIJ), "--out", str(tmp_path)])

    assert answer.exit_code == 1
    assert "niet leeg" in answer.stderr


def test_a_procedure_file_with_an_error_is_refused_with_its_line(portal: Flask, tmp_path: Path) -> None:
    broken = tmp_path / "kapot.yaml"
    broken.write_text(SMALL.read_text().replace("kind: open_house", "kind: loterij"))

    answer = portal.test_cli_runner().invoke(args=["rehearse", str(broken), "--out", str(tmp_path / "uit")])

    assert answer.exit_code == 1
    assert f"{broken}:3: " in answer.stderr
    assert not (tmp_path / "uit").exists()


def test_counts_that_differ_are_named() -> None:
    found = {
        "admitted": 2, "partly_admitted": 0, "refused": 1, "lapsed": 1, "submissions": 3, "receipts": 3, "letters": 3,
        "agreements": 2, "agreements_in_force": 2, "signatures": 4, "mails_unsent": 0, "register_providers": 2,
        "decisions_admitted": 5, "register_lines": 5,
    }  # fmt: skip
    expected = {"admitted": 2, "partly_admitted": 0, "refused": 1, "lapsed": 1}

    assert rehearsal_count.differences(found, expected, has_award=False) == []
    assert rehearsal_count.differences(found | {"signatures": 3}, expected, has_award=False) == [
        "signatures: 3 in plaats van 4"
    ]
    assert rehearsal_count.differences(found | {"under_review": 1}, expected, has_award=False) == [
        "under_review: 1 aanmeldingen zijn blijven liggen"
    ]


def test_a_procedure_without_integrity_check_is_rehearsed_as_well(portal: Flask, tmp_path: Path) -> None:
    small = _rehearse(portal, SMALL, tmp_path / "uit", "--applicants", "2")

    assert small.report["problems"] == []
    assert small.report["outcomes"]["objections"] == 0
    assert small.result.exit_code == 0


@pytest.mark.slow
def test_the_same_seed_gives_the_same_round_and_another_seed_another(portal: Flask, tmp_path: Path) -> None:
    once, again, other = (
        _rehearse(portal, MEIERIJ, tmp_path / name, "--applicants", "8", "--seed", seed).report
        for name, seed in (("a", "3"), ("b", "3"), ("c", "4"))
    )

    assert once["problems"] == again["problems"] == other["problems"] == []
    assert once["outcomes"] == again["outcomes"]
    assert once["outcomes"] != other["outcomes"]
    assert [once["outcomes"][name] for name in rehearsal_count.RESULTS] == [3, 1, 3, 1]


@pytest.mark.slow
def test_twelve_applicants_live_through_every_story(portal: Flask, tmp_path: Path) -> None:
    run = _rehearse(portal, MEIERIJ, tmp_path / "uit", "--applicants", "12")

    outcomes = run.report["outcomes"]
    assert run.result.exit_code == 0
    assert [outcomes[name] for name in rehearsal_count.RESULTS] == [5, 1, 3, 3]
    assert outcomes["withdrawn"] == outcomes["objections"] == outcomes["conflicts"] == 1
    assert outcomes["remedies_answered"] == outcomes["remedies_expired"] == outcomes["refused_remedy_too_late"] == 1


def test_every_receipt_of_the_round_verifies_with_each_of_its_files(run: Run) -> None:
    receipts = run.report["receipts"]

    assert len(receipts) == run.report["outcomes"]["submissions"] == 4
    assert {(one["holds"], tuple(one["no"])) for one in receipts} == {(True, ())}
    assert min(one["files"] for one in receipts) > 5


def test_a_receipt_that_names_a_file_the_store_does_not_have_as_it_was_is_found(
    portal: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = rehearsal_count._content
    monkeypatch.setattr(rehearsal_count, "_content", lambda stage, document: read(stage, document) + b"x")

    broken = _rehearse(portal, SMALL, tmp_path / "uit", "--applicants", "2")

    assert broken.result.exit_code == 1
    assert [one["holds"] for one in broken.report["receipts"]] == [False] * len(broken.report["receipts"])
    assert any("ontvangstbewijs" in one for one in broken.report["problems"])

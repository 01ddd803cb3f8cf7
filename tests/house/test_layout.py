"""Rules of the house that no linter knows: where the clock, commits and states may be touched."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import deciding_words, integrity_terms, site_visit_words, terms
from portal.domain import lifecycle, requirements
from portal.models import (
    Agreement,
    Application,
    Award,
    Bridging,
    Clarification,
    ClarificationNotice,
    Coverage,
    DeadlineChange,
    DeviationQuote,
    Document,
    Handover,
    IntegrityFile,
    LetterDraft,
    MeetingRegistration,
    Objection,
    OutflowCase,
    OwnPart,
    Question,
    Reaction,
    ReactionNote,
    RecheckItem,
    Review,
    Risk,
    SignOff,
    SitePhoto,
    SiteVisit,
    Talk,
    TenderVault,
)

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "portal").rglob("*.py"))


def _names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _calls(path: Path, attribute: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == attribute:
            yield node.lineno


@pytest.mark.parametrize("path", MODULES, ids=_names)
def test_no_module_is_longer_than_400_lines(path):
    assert len(path.read_text().splitlines()) <= 400


def test_only_web_cli_and_worker_commit():
    found = {_names(path) for path in MODULES if any(_calls(path, "commit"))}

    assert {name for name in found if not name.startswith(("portal/web/", "portal/cli/", "portal/worker/"))} == set()


def test_a_state_is_written_only_by_the_lifecycle():
    owners = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else []
            flat = [one for target in targets for one in (target.elts if isinstance(target, ast.Tuple) else [target])]
            if any(isinstance(one, ast.Attribute) and one.attr == "state" for one in flat):
                owners.append(_names(path))

    assert owners == ["portal/domain/lifecycle.py"]


def test_the_machines_clock_is_read_in_one_place():
    pattern = re.compile(r"datetime\.now\(|utcnow\(|date\.today\(|time\.time\(")

    assert [_names(path) for path in MODULES if pattern.search(path.read_text())] == ["portal/adapters/clock.py"]


def test_whom_somebody_acts_for_is_asked_in_one_way():
    # `organisation` is who employs somebody; under a mandate one works for another (docs/decisions/0037)
    pattern = re.compile(r"\b(actor|person\(\)|current_user\.person|who)\.organisation(_id)?\b")
    pages = [path for path in MODULES if path.parent.name in {"domain", "web"}]

    assert [_names(path) for path in pages if pattern.search(path.read_text())] == []


def test_nothing_is_called_utils():
    forbidden = {"utils", "helpers", "common", "manager", "misc"}

    assert [_names(path) for path in MODULES if path.stem in forbidden] == []


@pytest.mark.parametrize(
    ("model", "labels"),
    [
        (Application, terms.APPLICATION_STATES),
        (SignOff, terms.SIGN_OFF_STATES),
        (Review, terms.REVIEW_STATES),
        (IntegrityFile, integrity_terms.FILE_STATES),
        (Agreement, terms.AGREEMENT_STATES),
        (Award, terms.AWARD_STATES),
        (Objection, deciding_words.OBJECTION_STATES),
        (LetterDraft, deciding_words.LETTER_DRAFT_STATES),
        (DeadlineChange, terms.DEADLINE_STATES),
        (Reaction, terms.REACTION_STATES),
        (MeetingRegistration, terms.REGISTRATION_STATES),
        (ReactionNote, terms.NOTE_STATES),
        (Question, terms.QUESTION_STATES),
        (Clarification, terms.CLARIFICATION_STATES),
        (ClarificationNotice, terms.CLARIFICATION_NOTICE_STATES),
        (Handover, terms.HANDOVER_STATES),
        (Talk, terms.TALK_STATES),
        (Risk, terms.RISK_STATES),
        (RecheckItem, terms.RECHECK_STATES),
        (OutflowCase, terms.OUTFLOW_STATES),
        (OwnPart, terms.OWN_PART_STATES),
        (Bridging, terms.BRIDGING_STATES),
        (DeviationQuote, terms.QUOTE_STATES),
        (Coverage, terms.COVERAGE_STATES),
        (Document, terms.SCAN_STATES),
        (SiteVisit, site_visit_words.VISIT_STATES),
        (SitePhoto, terms.SCAN_STATES),
        (TenderVault, terms.VAULT_STATES),
    ],
)
def test_every_state_in_the_table_has_a_dutch_label(model, labels):
    steps = lifecycle.TRANSITIONS[model].values()
    states = {target for _, target in steps} | {source for sources, _ in steps for source in sources}

    assert states == set(labels)


@pytest.mark.parametrize("part", ["form", "summary"])
def test_every_requirement_type_has_its_templates(part):
    there = {path.name for path in (ROOT / "templates/requirements").glob(f"*_{part}.html")}

    assert there >= {f"{key}_{part}.html" for key in requirements.TYPES}


def test_every_mail_the_portal_sends_has_a_subject_and_a_text():
    source = "\n".join(path.read_text() for path in MODULES)
    folders = {path.name for path in (ROOT / "templates/mail").iterdir() if path.is_dir()}
    told = {name for name in folders if re.search(rf'"{name}"', source)}

    assert told == folders
    assert {name for name in folders if not (ROOT / "templates/mail" / name / "subject.txt").exists()} == set()
    assert {name for name in folders if not (ROOT / "templates/mail" / name / "body.txt").exists()} == set()


def test_every_setting_stands_in_the_documentation():
    from config import Config

    documented = (ROOT / "docs/configuration.md").read_text()
    missing = [name for name in vars(Config) if name.isupper() and f"`{name}`" not in documented]

    assert missing == []


def test_every_command_stands_in_the_documentation(app):
    documented = (ROOT / "docs/commands.md").read_text()
    ours = {
        "migrate", "worker", "start", "procedures", "agreements", "officials", "rehearse", "receipts", "tasks",
        "doctor", "backup", "backup-key", "restore", "files", "mail",
    }  # fmt: skip

    assert ours <= set(app.cli.commands)
    assert [name for name in sorted(ours) if f"flask {name}" not in documented] == []


def test_no_procedures_name_stands_in_the_code():
    slugs = {path.stem.split("-")[0] for path in (ROOT / "procedures").glob("*.yaml")}
    guilty = [
        _names(path)
        for path in MODULES
        if any(re.search(rf"\b{slug}\b", path.read_text(), re.IGNORECASE) for slug in slugs)
    ]

    # The demonstration is about one procedure, and the portal's own pages use that region's theme.
    assert {one for one in guilty if not one.startswith("portal/cli/demo")} == {"portal/web/shell.py"}

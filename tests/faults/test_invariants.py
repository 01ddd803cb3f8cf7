"""The judges of the kill matrix can find fault: each invariant is broken once, on purpose, and says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, text, update

from portal.faults import Plan, arm, fault, read_plan
from portal.models import Agreement, Application, Document, Message, NumberSeries, Round
from tests.faults import report
from tests.faults.invariants import broken
from tests.faults.scene import Scene


@pytest.fixture
def scene(scene_on: Callable[[str], Scene]) -> Scene:
    made = scene_on("sqlite")
    made.restore("drawn_up")
    return made


def _run(scene: Scene, *statements: object) -> None:
    with scene.database.transaction() as db:
        for statement in statements:
            db.execute(statement)  # type: ignore[call-overload]


def test_a_portal_that_nobody_disturbed_is_whole(scene: Scene) -> None:
    assert broken(scene) == []


@pytest.mark.parametrize(
    ("which", "change"),
    [
        ("I1", lambda: text("UPDATE submissions SET digest = 'x'")),
        ("I3", lambda: delete(Message).where(False)),
        ("I4", lambda: update(Application).values(state="lapsed")),
        ("I5", lambda: update(NumberSeries).where(NumberSeries.name.startswith("agreements-")).values(last=9)),
        ("I6", lambda: text("UPDATE reviews SET state = 'elsewhere'")),
        ("I8", lambda: update(Message).values(sent_at=None)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_broken_is_found(scene: Scene, which: str, change: Callable[[], object]) -> None:
    if which == "I3":
        scene.services.files.put("documents/aa/nobody", b"left behind")
    _run(scene, change())

    assert {sentence[:2] for sentence in broken(scene)} >= {which}


def test_an_object_that_is_gone_and_one_with_other_bytes_are_found(scene: Scene) -> None:
    with scene.database.reading() as db:
        first, second = db.query(Document).filter(Document.is_sealed.is_(False)).limit(2)
        pdf = db.query(Agreement).first()
        assert pdf is not None
    scene.services.files.delete(first.storage_key)
    _run(scene, update(Document).where(Document.id == second.id).values(sha256="0" * 64))

    found = broken(scene)

    assert f"I3: no object {first.storage_key}" in found
    assert f"I3: the object {second.storage_key} has other bytes than its row says" in found


def test_a_name_that_shows_before_closing_is_found(scene: Scene) -> None:
    scene.restore("submitted")
    assert broken(scene) == []

    _run(scene, update(Round).where(Round.id == scene.round_id).values(label="Stichting De Linde"))

    assert "I7: Stichting De Linde stands on" in " ".join(broken(scene))


def test_a_plan_counts_only_its_own_sites_and_the_same_seed_falls_the_same_way() -> None:
    def run() -> list[int]:
        failed = []
        arm(read_plan("fail=0.3;only=files.;seed=4"))
        for number in range(50):
            fault("mail.send")
            try:
                fault("files.kept")
            except OSError:
                failed.append(number)
        arm(None)
        return failed

    assert run() == run()
    assert 5 < len(run()) < 25


def test_without_a_plan_a_site_does_nothing_and_a_plan_that_is_not_understood_is_refused() -> None:
    fault("files.kept")

    assert Plan().seen == []
    with pytest.raises(ValueError, match="FAULTS knows"):
        read_plan("explode=1")


def test_the_report_adds_up_points_and_violations_and_shows_other_faults() -> None:
    line = {"kind": "kill", "command": "submit", "ground": "SQLite, folder", "points": 8, "sites": {"web.answer": 1}}
    other = {"kind": "fault", "fault": "a full disk", "done": "40 uploads", "result": "none torn"}

    page = report.text([{**line, "seed": 1, "violations": []}, {**line, "seed": 2, "violations": ["I1: gone"]}, other])

    assert "**16 kill points, 1 violations**" in page
    assert "| submit | 16 | 1 |" in page
    assert "| a full disk | 40 uploads | none torn |" in page

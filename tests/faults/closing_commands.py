"""The commands around a closing that are killed: the deadline, what comes too late, the certificate, the vault."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import func, select

from portal.cli import cast
from portal.domain import applications, calendar
from portal.models import (
    Application,
    CloseCertificate,
    DeadlineChange,
    Document,
    DocumentReading,
    LateAttempt,
    OwnPart,
    Round,
    SealedFile,
    SealedPart,
    SealedSubmission,
    Submission,
    TenderVault,
    User,
    VaultOpening,
    new_id,
)
from tests import partners
from tests.faults.commands import Act, Command, counted, one_of, rows
from tests.faults.scene import Scene
from tests.faults.situations import REASON, WEEK

# The deadline


def _propose(scene: Scene, chance: random.Random) -> Act:
    with scene.database.reading() as db:
        local = (db.get_one(Round, scene.round_id).closes_at + WEEK).astimezone(calendar.AMSTERDAM)
    form = {"day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}", "reason": f"{REASON} ({chance.randint(1, 99)})"}
    there = rows(DeadlineChange, DeadlineChange.reason == form["reason"])
    return Act(there, scene.post("renske", f"/rondes/{scene.round_id}/sluiting", form))


def _confirm(scene: Scene, chance: random.Random) -> Act:
    moved = select(func.count()).select_from(DeadlineChange).join(Round, Round.id == DeadlineChange.round_id)
    there = counted(moved.where(DeadlineChange.state == "confirmed", Round.closes_at == DeadlineChange.new_closes_at))
    path = f"/rondes/{scene.round_id}/sluiting/{scene.ids['change']}/bevestigen"
    return Act(there, scene.post("wil", path, {}))


def _late(scene: Scene, chance: random.Random) -> Act:
    who, attempt = one_of(chance), new_id()
    form = {"attempt": attempt, "accepted": list(applications.ACCEPTED)}
    there = rows(LateAttempt, LateAttempt.attempt == attempt)
    return Act(there, scene.post(who, f"/aanmeldingen/{scene.ids[who]}/indienen", form), refusal=409)


def _carry(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    organisation = select(User.organisation_id).where(User.id == scene.world.people[who]).scalar_subquery()
    later = scene.world.rounds["2020-2"]
    there = rows(Application, Application.organisation_id == organisation, Application.round_id == later)
    return Act(there, scene.post(who, f"/aanmeldingen/{scene.ids[who]}/doorzetten", {}))


# The certificate, the scanner and the reader


def _certify(scene: Scene, chance: random.Random) -> Act:
    there = rows(CloseCertificate, CloseCertificate.round_id == scene.round_id)
    return Act(there, tasks=("rounds_to_certify",))


def _stamp(scene: Scene, chance: random.Random) -> Act:
    stamped = CloseCertificate.stamped_at.is_not(None)
    there = rows(CloseCertificate, CloseCertificate.round_id == scene.round_id, stamped)
    return Act(there, tasks=("certificates_to_stamp",))


def _draw_up(scene: Scene, chance: random.Random) -> Act:
    drawn_up = CloseCertificate.pdf_key.is_not(None)
    there = rows(CloseCertificate, CloseCertificate.round_id == scene.round_id, drawn_up)
    return Act(there, tasks=("certificates_to_draw_up",))


def _scan(scene: Scene, chance: random.Random) -> Act:
    there = rows(Document, Document.id == scene.ids["document"], Document.scan_state == "clean")
    return Act(there, tasks=("documents_to_scan",))


def _read(scene: Scene, chance: random.Random) -> Act:
    one = DocumentReading.document_id == scene.ids["document"]
    there = rows(DocumentReading, one, DocumentReading.outcome == "text")
    return Act(there, tasks=("documents_to_read",))


# The vault


def _submit(scene: Scene, chance: random.Random) -> Act:
    who, attempt = one_of(chance), new_id()
    form = {"attempt": attempt, "accepted": list(applications.ACCEPTED), "code": scene.services.vault.code()}
    sealed = SealedSubmission.submission_id == Submission.id
    there = counted(select(func.count()).select_from(Submission).join(SealedSubmission, sealed).where(
        Submission.attempt == attempt
    ))  # fmt: skip
    return Act(there, scene.post(who, f"/aanmeldingen/{scene.ids[who]}/indienen", form))


def _submit_together(scene: Scene, chance: random.Random) -> Act:
    """Karim fills in his own part of Anna's offer; it is sealed with the rest, and no row of it is left."""
    attempt = new_id()
    _, part_id = partners.joined(scene.world, scene.ids["anna"])
    partners.declare(scene.world, part_id)
    form = {"attempt": attempt, "accepted": list(applications.ACCEPTED), "code": scene.services.vault.code()}
    sealed, left = rows(SealedPart, SealedPart.own_part_id == part_id), rows(OwnPart, OwnPart.id == part_id)

    def count(scene: Scene) -> int:
        assert sealed(scene) + left(scene) == 1
        return sealed(scene)

    return Act(count, scene.post("anna", f"/aanmeldingen/{scene.ids['anna']}/indienen", form))


def _remove_plain(scene: Scene, chance: random.Random) -> Act:
    left = rows(SealedFile, SealedFile.plain_removed_at.is_(None))
    return Act(lambda scene: int(left(scene) == 0), tasks=("plain_to_remove",))


def _ask_opening(scene: Scene, chance: random.Random) -> Act:
    running = rows(VaultOpening, VaultOpening.ended_at.is_(None))
    form = {"password": cast.PASSWORD}
    return Act(running, scene.post("ineke", f"/rondes/{scene.round_id}/kluis/openen", form))


def _complete_opening(scene: Scene, chance: random.Random) -> Act:
    def count(scene: Scene) -> int:
        done = VaultOpening.completed_at.is_not(None)
        return int(_opened(scene)) and rows(VaultOpening, done)(scene)

    form = {"password": cast.PASSWORD}
    path = f"/rondes/{scene.round_id}/kluis/bevestigen"
    return Act(count, scene.post("wil", path, form), is_refused_again=True)


def _opened(scene: Scene) -> int:
    return rows(TenderVault, TenderVault.state == "opened")(scene)


def _put_back(scene: Scene, chance: random.Random) -> Act:
    whole: Any = (SealedSubmission.settled_at.is_not(None), SealedSubmission.problem == "")
    return Act(lambda scene: rows(SealedSubmission, *whole)(scene) // 2, tasks=("sealed_to_settle",))


def _record(scene: Scene, chance: random.Random) -> Act:
    return Act(rows(TenderVault, TenderVault.recorded_at.is_not(None)), tasks=("records_to_freeze",))


def _draw_up_record(scene: Scene, chance: random.Random) -> Act:
    return Act(rows(TenderVault, TenderVault.pdf_key.is_not(None)), tasks=("records_to_draw_up",))


CLOSING: tuple[Command, ...] = (
    Command("propose a later closing", "submitted", _propose),
    Command("confirm a later closing", "deadline proposed", _confirm),
    Command("submit too late", "draft at closing", _late),
    Command("carry over to the next round", "later round", _carry),
    Command("make the certificate of a closing", "latched", _certify, is_worker=True),
    Command("stamp a certificate", "certified", _stamp, is_worker=True),
    Command("draw up a certificate", "stamped", _draw_up, is_worker=True),
    Command("scan a document", "waiting for the scanner", _scan, is_worker=True),
    Command("read a document", "waiting for the reader", _read, is_worker=True),
    Command("submit to a vault", "tender", _submit),
    Command("submit a party's part to a vault", "tender", _submit_together),
    Command("remove what lies sealed", "tender submitted", _remove_plain, is_worker=True),
    Command("ask to open a vault", "vault closed", _ask_opening),
    Command("complete the opening of a vault", "opening asked", _complete_opening),
    Command("put back what lay in a vault", "vault opened", _put_back, is_worker=True),
    Command("record the opening of a vault", "put back", _record, is_worker=True),
    Command("draw up the record of an opening", "opening recorded", _draw_up_record, is_worker=True),
)

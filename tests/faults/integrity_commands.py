"""The commands of the integrity compartment and of certificates that are forgotten, which are killed."""

from __future__ import annotations

import io
import random
from datetime import timedelta

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from portal.cli import cast, script
from portal.cli import integrity_script as act
from portal.cli.script import Verdict
from portal.domain import calendar, reviews, seen_certificates
from portal.domain import integrity_files as files
from portal.models import (
    Document,
    Erasure,
    IntegrityAdvice,
    IntegrityFile,
    IntegrityForm,
    IntegrityPaper,
    RemedyRequest,
    Review,
    SeenCertificate,
    User,
    new_id,
)
from tests.faults.commands import Act, Command, looked_at, multipart, one_of, pdf, rows
from tests.faults.scene import Scene

NOTE = "Verzonnen bevinding van deze proef, lang genoeg om een motivering te zijn."
FOUND = act.serious(NOTE)


def _fill_in(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    path = f"/aanmeldingen/{scene.ids[who]}/vragenformulier/0/1"
    form = {"based_on": 0, "1A-there": "1", "1A-0-0": f"Kenmerk {chance.randint(1, 999)}"}
    return Act(rows(IntegrityForm, IntegrityForm.version == 1), scene.post(who, path, form))


def _file(scene: Scene, chance: random.Random, *, until: str = "") -> tuple[str, str, str]:
    """Whose file it is, its id and its address; opened by officer and decider, and brought as far as `until`."""
    who = one_of(chance)
    stage, people = scene.stage, scene.world.people
    bram, dina = people["bram"], people["dina"]
    file_id = act.file_of(stage, scene.ids[who])
    with scene.database.reading() as db:
        path = f"/integriteit/{db.get_one(IntegrityFile, file_id).check_id}/{file_id}"
    scene.sign_in("dina")
    act.opened(stage, dina, file_id)
    act.research(stage, bram, file_id, NOTE)
    if until == "suspended":
        act.step(stage, bram, file_id, {"text": NOTE}, files.ask_advice)
    if until in {"hearing", "proposed"}:
        act.announce(stage, bram, file_id, FOUND)
    if until == "proposed":
        act.answer(stage, people[who], file_id)
        act.propose(stage, bram, file_id, FOUND, None, "refuse")
    return who, file_id, path


def _research(scene: Scene, chance: random.Random) -> Act:
    _, _, path = _file(scene, chance)
    form = {"attempt": new_id(), "outcome-open": "noteworthy", "text-open": NOTE}
    there = rows(IntegrityPaper, IntegrityPaper.attempt == form["attempt"])
    return Act(there, scene.post("bram", f"{path}/onderzoek", form))


def _ask_advice(scene: Scene, chance: random.Random) -> Act:
    _, file_id, path = _file(scene, chance)
    there = rows(IntegrityAdvice, IntegrityAdvice.file_id == file_id)
    return Act(there, scene.post("bram", f"{path}/advies", {"attempt": new_id(), "request": NOTE}))


def _receive_advice(scene: Scene, chance: random.Random) -> Act:
    _, file_id, path = _file(scene, chance, until="suspended")
    there = rows(IntegrityAdvice, IntegrityAdvice.file_id == file_id, IntegrityAdvice.received_on.is_not(None))
    form = {"attempt": new_id(), "danger": "lesser", "summary": NOTE}
    return Act(there, scene.post("bram", f"{path}/advies/ontvangen", form))


def _announce(scene: Scene, chance: random.Random) -> Act:
    _, file_id, path = _file(scene, chance)
    form = {"attempt": new_id(), **act.said(FOUND)}
    there = rows(IntegrityFile, IntegrityFile.id == file_id, IntegrityFile.state == "hearing")
    return Act(there, scene.post("bram", f"{path}/voornemen", form))


def _answer(scene: Scene, chance: random.Random) -> Act:
    who, file_id, _ = _file(scene, chance, until="hearing")
    there = rows(IntegrityPaper, IntegrityPaper.kind == "view", IntegrityPaper.file_id == file_id)
    form = {"attempt": new_id(), "view": act.VIEW}
    return Act(there, scene.post(who, f"/vertrouwelijk/{file_id}/zienswijze", form))


def _enclose(scene: Scene, chance: random.Random) -> Act:
    who, file_id, _ = _file(scene, chance, until="hearing")
    act.answer(scene.stage, scene.world.people[who], file_id)
    there = rows(IntegrityPaper, IntegrityPaper.kind == "enclosure", IntegrityPaper.file_id == file_id)
    content = pdf(chance)
    file = FileStorage(io.BytesIO(content), looked_at(scene, content, "stuk-7.pdf"))
    return Act(
        there, multipart(scene, who, f"/vertrouwelijk/{file_id}/bijlagen", {"attempt": new_id(), "bestand": file})
    )


def _propose(scene: Scene, chance: random.Random) -> Act:
    who, file_id, path = _file(scene, chance, until="hearing")
    act.answer(scene.stage, scene.world.people[who], file_id)
    there = rows(IntegrityFile, IntegrityFile.id == file_id, IntegrityFile.state == "proposed")
    return Act(there, scene.post("bram", f"{path}/voorstel", {"attempt": new_id(), **act.said(FOUND)}))


def _decide(scene: Scene, chance: random.Random) -> Act:
    _, file_id, path = _file(scene, chance, until="proposed")
    there = rows(IntegrityFile, IntegrityFile.id == file_id, IntegrityFile.result == "objection")
    return Act(there, scene.post("dina", f"{path}/besluit", {"attempt": new_id(), "own": NOTE}))


def _end_suspension(scene: Scene, chance: random.Random) -> Act:
    _, file_id, _ = _file(scene, chance, until="suspended")
    scene.clock.advance(timedelta(days=files.ADVICE_DAYS + 1))
    there = rows(IntegrityAdvice, IntegrityAdvice.file_id == file_id, IntegrityAdvice.ended_on.is_not(None))
    return Act(there, tasks=("suspensions_to_end",))


def _closed_file(scene: Scene, chance: random.Random) -> tuple[str, str]:
    """The id and the address of a file in which nothing was found, opened by the officer."""
    _, file_id, path = _file(scene, chance)
    act.step(scene.stage, scene.world.people["bram"], file_id, {"text": NOTE}, files.clear)
    return file_id, path


def _keep(scene: Scene, chance: random.Random) -> Act:
    file_id, path = _closed_file(scene, chance)
    day = calendar.local_day(scene.clock()) + timedelta(days=chance.randint(1, 900))
    there = rows(IntegrityFile, IntegrityFile.id == file_id, IntegrityFile.keep_until == day)
    return Act(there, scene.post("bram", f"{path}/bewaren", {"until": str(day)}))


def _destroy(scene: Scene, chance: random.Random) -> Act:
    file_id, path = _closed_file(scene, chance)
    scene.post("bram", f"{path}/bewaren", {"until": str(calendar.local_day(scene.clock()))})()
    scene.clock.advance(timedelta(days=2))
    there = rows(IntegrityFile, IntegrityFile.id == file_id, IntegrityFile.destroyed_at.is_not(None))
    return Act(there, tasks=("integrity_files_to_destroy",))


def _certificate(scene: Scene) -> tuple[str, str]:
    """A certificate of conduct that Anna sent as remedy; gives its id and the path of the look."""
    stage, people = scene.stage, scene.world.people
    remedy_at = {"T06": Verdict("remedy", "Stuur ook de verklaring omtrent het gedrag.")}
    script.judge(stage, people["ineke"], scene.ids["anna"], remedy_at, places=8)
    remedy_id = script.ask_remedy(stage, people["ineke"], scene.ids["anna"])
    document_id = cast.sample(stage, people["anna"], "vog_np")
    with scene.database.transaction() as db:
        remedy, anna = db.get_one(RemedyRequest, remedy_id), db.get_one(User, people["anna"])
        for item in remedy.items:
            reviews.add_remedy_document(remedy, anna, item, db.get_one(Document, document_id), scene.clock())
        reviews.answer_remedy(remedy, anna, scene.clock())
        seen_certificates.agree(db.get_one(Document, document_id), anna, True, scene.clock())
    with scene.database.reading() as db:
        review = db.scalars(select(Review.id).where(Review.application_id == scene.ids["anna"])).one()
    return document_id, f"/beoordelen/{review}/gezien/{document_id}"


def _look(scene: Scene, chance: random.Random) -> Act:
    document_id, path = _certificate(scene)
    there = rows(SeenCertificate, SeenCertificate.document_id == document_id)
    form = {"issued_on": "2019-05-02", "people": chance.randint(1, 20), "eis": "T06"}
    return Act(there, scene.post("ineke", path, form))


def _erase(scene: Scene, chance: random.Random) -> Act:
    document_id, path = _certificate(scene)
    scene.post("ineke", path, {"issued_on": "2019-05-02", "people": 1, "eis": "T06"})()
    there = rows(Erasure, Erasure.document_id == document_id)
    return Act(there, tasks=("certificates_to_forget", "documents_to_erase"))


INTEGRITY: tuple[Command, ...] = (
    Command("fill in the questionnaire", "complete", _fill_in),
    Command("note own research", "closed", _research),
    Command("ask advice", "closed", _ask_advice),
    Command("receive advice", "closed", _receive_advice),
    Command("announce an intention", "closed", _announce),
    Command("give a view", "closed", _answer),
    Command("enclose with a view", "closed", _enclose),
    Command("propose on integrity", "closed", _propose),
    Command("decide on integrity", "closed", _decide),
    Command("end a suspension", "closed", _end_suspension, is_worker=True),
    Command("keep an integrity file until a day", "closed", _keep),
    Command("destroy an integrity file", "closed", _destroy, is_worker=True),
    Command("note a look at a certificate", "closed", _look),
    Command("erase a certificate", "closed", _erase, is_worker=True),
)

"""The integrity compartment at work: a check without objection, and one that ends in refusing, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from portal.adapters import bibob_forms, compartment
from portal.cli.cast import Stage
from portal.domain import integrity
from portal.domain import integrity_files as domain
from portal.domain.integrity_files import Assessment
from portal.models import Document, IntegrityCheck, IntegrityFile, User, new_id

PURPOSE = "Beoordeling van het dossier"
PROPORTION = "Een minder zwaar middel neemt dit gevaar niet weg; de aard van de feiten raakt de uitvoering zelf."
VIEW = "Wij zijn het niet eens met dit voornemen: de feiten zijn oud en de bestuurder is weg."


def file_of(stage: Stage, application_id: str, position: int = 0) -> str:
    """The file of the applicant (0) or of the party at `position`; gives its id."""
    with stage.database.reading() as db:
        check = select(IntegrityCheck.id).where(IntegrityCheck.application_id == application_id).scalar_subquery()
        return db.scalars(
            select(IntegrityFile.id).where(IntegrityFile.check_id == check, IntegrityFile.position == position)
        ).one()


def clear(stage: Stage, officer_id: str, application_id: str) -> None:
    """Open every sealed form (the read is kept), and record that there is no objection about anybody."""
    with stage.database.transaction() as db:
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == application_id)).one()
        officer, moment = db.get_one(User, officer_id), stage.services.now()
        for document_id in sorted(integrity.sealed_document_ids(check)):
            document = db.get_one(Document, document_id)
            integrity.read_document(check, officer, document, "Beoordeling van het vragenformulier", moment)
        integrity.record_outcome(check, officer, "no_objection", None, moment)


def opened(stage: Stage, user_id: str, file_id: str) -> None:
    """Open a file, with a purpose."""
    with stage.database.transaction() as db:
        integrity.open_file(
            db.get_one(IntegrityFile, file_id), db.get_one(User, user_id), PURPOSE, stage.services.now()
        )


def step(
    stage: Stage, user_id: str, file_id: str, content: Mapping[str, Any], act: Callable[..., None], **more: Any
) -> None:
    """Seal a paper and do the act that it is for."""
    key, _ = compartment.seal(stage.services.files, compartment.PAPERS, content)
    with stage.database.transaction() as db:
        file, user = db.get_one(IntegrityFile, file_id), db.get_one(User, user_id)
        act(file, user, key, new_id(), now=stage.services.now(), **more)


def research(stage: Stage, officer_id: str, file_id: str, finding: str = "") -> None:
    """The own research, with one finding."""
    opened(stage, officer_id, file_id)
    items = {one.key: {"outcome": "clear", "text": ""} for one in bibob_forms.research()}
    items["open"] = {"outcome": "noteworthy" if finding else "clear", "text": finding}
    step(stage, officer_id, file_id, {"items": items}, domain.note_research)


def serious(note: str) -> Assessment:
    """Serious danger, and refusing."""
    return Assessment("serious", "refuse", note, proportionality=PROPORTION)


def said(found: Assessment) -> dict[str, str]:
    """An assessment as a paper holds it."""
    return {name: getattr(found, name) for name in found.__dataclass_fields__}


def announce(stage: Stage, officer_id: str, file_id: str, found: Assessment, advised: str | None = None) -> None:
    step(stage, officer_id, file_id, said(found), domain.announce, found=found, advised=advised)


def answer(stage: Stage, signatory_id: str, file_id: str, view: str = VIEW) -> None:
    step(stage, signatory_id, file_id, {"text": view}, domain.answer)


def propose(
    stage: Stage, officer_id: str, file_id: str, found: Assessment, advised: str | None, announced: str | None
) -> None:
    step(stage, officer_id, file_id, said(found), domain.propose, found=found, advised=advised, announced=announced)


def decide(stage: Stage, decider_id: str, file_id: str, found: Assessment, own: str = "") -> None:
    opened(stage, decider_id, file_id)
    step(stage, decider_id, file_id, {"text": own}, domain.decide, found=found)


def refuse(stage: Stage, officer_id: str, decider_id: str, signatory_id: str, application_id: str, note: str) -> str:
    """The whole way to an objection about the applicant; gives the file's id."""
    file_id, found = file_of(stage, application_id), serious(note)
    research(stage, officer_id, file_id, note)
    announce(stage, officer_id, file_id, found)
    answer(stage, signatory_id, file_id)
    propose(stage, officer_id, file_id, found, None, "refuse")
    decide(stage, decider_id, file_id, found)
    return file_id

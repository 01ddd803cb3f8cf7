"""The commands of preparing an application that are killed: papers, reuse, renewals, UEA, mandates, signing off."""

from __future__ import annotations

import hashlib
import io
import random
from datetime import timedelta

from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from portal.cli import cast
from portal.domain import calendar
from portal.models import (
    CarryOver,
    Document,
    EspdImport,
    Evidence,
    Mandate,
    Message,
    Requirement,
    SignOff,
)
from tests.faults.commands import Act, Command, Send, counted, looked_at, multipart, one_of, pdf, rows
from tests.faults.scene import CELLS, Scene


def _papers(scene: Scene, chance: random.Random) -> Act:
    who, content = one_of(chance), pdf(chance)
    key = cast.start(scene.stage, scene.world.people[who], scene.round_id, CELLS[:1])
    name, digest = looked_at(scene, content, "stuk-6.pdf"), hashlib.sha256(content).hexdigest()
    kind = "complaints_procedure"
    fields = {f"soort-{kind}": kind, f"bestand-{kind}": FileStorage(io.BytesIO(content), name), f"plek-{kind}": "T06"}
    used = select(func.count()).select_from(Evidence).join(Document, Evidence.document_id == Document.id)
    there = counted(used.where(Document.sha256 == digest, Evidence.application_id == key))
    return Act(there, multipart(scene, who, f"/aanmeldingen/{key}/bewijsstukken", fields))


def _newest(scene: Scene, chance: random.Random) -> Act:
    """A newer version lies in the vault; one button uses it wherever a draft has the old one."""
    who = one_of(chance)
    with scene.database.reading() as db:
        asked = select(Evidence).join(Requirement, Evidence.requirement_id == Requirement.id)
        asked = asked.where(Evidence.application_id == scene.ids[who], Requirement.code == "T06")
        old = db.scalars(asked).one().document_id
    new = cast.sample(scene.stage, scene.world.people[who], "complaints_procedure", replaces=old)
    there = rows(Evidence, Evidence.application_id == scene.ids[who], Evidence.document_id == new)
    return Act(there, scene.post(who, f"/aanmeldingen/{scene.ids[who]}/nieuwste-versies", {}))


def _new_draft(scene: Scene, who: str) -> str:
    return cast.start(scene.stage, scene.world.people[who], scene.world.rounds["2020-2"], CELLS)


def _reuse(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    key = _new_draft(scene, who)
    there = rows(CarryOver, CarryOver.application_id == key, CarryOver.source_id == scene.ids[who])
    return Act(there, scene.post(who, f"/aanmeldingen/{key}/overnemen/{scene.ids[who]}", {}))


def _espd(scene: Scene, who: str) -> tuple[str, Send]:
    """A new draft, and sending it the UEA of the one before."""
    key = _new_draft(scene, who)
    content = scene.ask(who, f"/aanmeldingen/{scene.ids[who]}/uea.xml").encode()
    return key, multipart(scene, who, f"/aanmeldingen/{key}/uea", {"uea": FileStorage(io.BytesIO(content), "uea.xml")})


def _take_espd(scene: Scene, chance: random.Random) -> Act:
    key, send = _espd(scene, one_of(chance))
    return Act(rows(EspdImport, EspdImport.application_id == key), send)


def _undo_espd(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    key, send = _espd(scene, who)
    send()
    with scene.database.reading() as db:
        taken = db.scalars(select(EspdImport.id).where(EspdImport.application_id == key)).one()
    left = rows(EspdImport, EspdImport.id == taken)
    path = f"/aanmeldingen/{key}/uea/{taken}/ongedaan-maken"
    return Act(lambda scene: 1 - left(scene), scene.post(who, path, {}), is_refused_again=True)


# Acting for another, and signing off


def _mandate_form(scene: Scene, chance: random.Random) -> dict[str, str]:
    today = calendar.local_day(scene.clock())
    return {
        "person_name": "Sem Bakker",
        "email": f"sem{chance.randint(1, 99)}@advies.example",
        "may_submit": "yes",
        "scope": "all",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=chance.randint(1, 300))).isoformat(),
    }


def _grant(scene: Scene, chance: random.Random) -> Act:
    form = _mandate_form(scene, chance)
    told = rows(Message, Message.template == "mandate_granted", Message.to == form["email"])
    given = rows(Mandate, Mandate.email == form["email"])
    return Act(lambda scene: max(told(scene), given(scene)), scene.post(one_of(chance), "/machtigingen", form))


def _given(scene: Scene, chance: random.Random) -> tuple[str, str, str]:
    """A mandate: who gave it, its id, and the path of the mailed link."""
    who, form = one_of(chance), _mandate_form(scene, chance)
    scene.post(who, "/machtigingen", form)()
    with scene.database.reading() as db:
        mandate = db.scalars(select(Mandate.id).where(Mandate.email == form["email"])).one()
        facts = db.scalars(select(Message.facts).where(Message.template == "mandate_granted")).all()
    return who, mandate, next(str(one["path"]) for one in facts if one)


def _accept(scene: Scene, chance: random.Random) -> Act:
    _, mandate, path = _given(scene, chance)
    account = {"person_name": "Sem Bakker", "password": cast.PASSWORD}
    there = rows(Mandate, Mandate.id == mandate, Mandate.accepted_at.is_not(None))
    return Act(there, scene.post("visitor", path, account), is_refused_again=True)


def _end(scene: Scene, chance: random.Random) -> Act:
    who, mandate, _ = _given(scene, chance)
    there = rows(Mandate, Mandate.id == mandate, Mandate.ended_at.is_not(None))
    return Act(there, scene.post(who, f"/machtigingen/{mandate}/beeindigen", {}))


def _editor(scene: Scene, who: str) -> str:
    """A colleague of `who` who may fill in and not submit, signed in."""
    person = scene.world.people[who]
    scene.world.people["els"] = cast.colleague(scene.stage, person, "Els Vos", "els@voorbeeld.example", ["editor"])
    scene.sign_in("els")
    return "els"


def _ask_sign_off(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    there = rows(SignOff, SignOff.application_id == scene.ids[who], SignOff.state == "asked")
    path = f"/aanmeldingen/{scene.ids[who]}/ter-ondertekening"
    return Act(there, scene.post(_editor(scene, who), path, {"note": "Klaar om te tekenen."}))


def _send_back(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    path = f"/aanmeldingen/{scene.ids[who]}/ter-ondertekening"
    scene.post(_editor(scene, who), path, {"note": ""})()
    there = rows(SignOff, SignOff.application_id == scene.ids[who], SignOff.state == "sent_back")
    return Act(there, scene.post(who, f"{path}/teruggeven", {"remark": "Vul de kwaliteit aan."}), is_refused_again=True)


APPLYING: tuple[Command, ...] = (
    Command("hand in papers", "open", _papers),
    Command("use the newest versions", "complete", _newest),
    Command("take over from an earlier application", "later round", _reuse),
    Command("take over a UEA", "later round", _take_espd),
    Command("undo a UEA", "later round", _undo_espd),
    Command("grant a mandate", "complete", _grant),
    Command("accept a mandate", "complete", _accept),
    Command("end a mandate", "complete", _end),
    Command("offer for signing", "complete", _ask_sign_off),
    Command("send back from signing", "complete", _send_back),
)

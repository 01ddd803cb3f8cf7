"""The commands that are killed: one row each, with what it starts from, what is sent, and how often it is there."""

from __future__ import annotations

import base64
import hashlib
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pikepdf
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.cli import cast, sample_documents, script
from portal.cli.script import Verdict
from portal.domain import applications, calendar
from portal.models import (
    Agreement,
    Answer,
    Application,
    Decision,
    DecisionLetter,
    Document,
    Evidence,
    Finding,
    IntegrityCheck,
    Message,
    Organisation,
    OwnPart,
    PartyInvitation,
    RemedyRequest,
    Review,
    Selection,
    Signature,
    Submission,
    User,
    new_id,
)
from tests import partners
from tests.conftest import World
from tests.faults.scene import CELLS, Scene

Send = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Act:
    """`send` asks it (None: the worker finds it by itself); `count` says how often it is there: 0 or 1.

    `is_refused_again`: whoever sends it twice is told that it was done already; else both get the same answer.
    `refusal`: the status of an answer that is a no, and yet an act. `tasks`: what the worker does; all when empty.
    """

    count: Callable[[Scene], int]
    send: Send | None = None
    is_refused_again: bool = False
    refusal: int = 0
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """One line of the matrix: the saved situation it starts from, and how to prepare it there."""

    name: str
    situation: str
    prepare: Callable[[Scene, random.Random], Act]
    is_worker: bool = False


def counted(statement: Any) -> Callable[[Scene], int]:
    """How many rows: `statement` selects one count."""

    def count(scene: Scene) -> int:
        with scene.database.reading() as db:
            return int(db.scalar(statement) or 0)

    return count


def rows(model: Any, *conditions: Any) -> Callable[[Scene], int]:
    """How many rows of `model` are so."""
    return counted(select(func.count()).select_from(model).where(*conditions))


def one_of(chance: random.Random) -> str:
    """The applicant who acts."""
    return chance.choice(("anna", "karim"))


# Registering


def _form(chance: random.Random) -> dict[str, str]:
    return {
        **cast.organisation_form("Stichting De Proef", f"{chance.randint(30000000, 39999999)}", "Vught", chance),
        "person_name": "Noor van den Brink",
        "email": "noor@proef.example",
        "function": "Bestuurder",
        "password": "een zin van een paar woorden",
    }


def _register(scene: Scene, chance: random.Random) -> Act:
    form = _form(chance)
    wanted = rows(Organisation, Organisation.kvk_number == form["kvk_number"])
    return Act(wanted, scene.post("visitor", "/registreren", form), is_refused_again=True)


def _confirm_address(scene: Scene, chance: random.Random) -> Act:
    form = _form(chance)
    scene.post("visitor", "/registreren", form)()
    with scene.database.reading() as db:
        facts = db.scalars(select(Message.facts).where(Message.template == "confirm_address")).all()
    path = next(one["path"] for one in facts if one)
    there = rows(User, User.email == form["email"], User.verified_at.is_not(None))
    return Act(there, scene.post("visitor", path, {}), is_refused_again=True)


# Documents


def multipart(scene: Scene, who: str, path: str, fields: dict[str, Any]) -> Send:
    """A form with files that can be sent more than once; encoded here, because the client keeps a large one open."""
    client, token = scene.clients[who]
    boundary, form = encode_multipart({"csrf_token": token, **fields})

    def send() -> dict[str, Any]:
        answer = client.post(path, data=form, content_type=f"multipart/form-data; boundary={boundary}")
        return {"status": answer.status_code, "location": answer.headers.get("Location", "")}

    return send


def pdf(chance: random.Random) -> bytes:
    """A valid PDF of a size that differs per seed: from a page to almost a megabyte."""
    content = sample_documents.make("other", "De Linde", "12345678", date(2019, 6, 3), None, f"P-{chance.random()}")
    opened, out = pikepdf.open(io.BytesIO(content)), io.BytesIO()
    opened.attachments["bijlage.txt"] = pikepdf.AttachedFileSpec(opened, chance.randbytes(chance.randint(1, 900_000)))
    opened.save(out)
    return out.getvalue()


def looked_at(scene: Scene, content: bytes, name: str) -> str:
    """Have one file of this name's kind inspected, so that the killed process and its retry take it on that word."""
    scene.inspector.inspect(iter([content]), name)
    return name


def _document(content: bytes) -> Callable[[Scene], int]:
    return rows(Document, Document.sha256 == hashlib.sha256(content).hexdigest(), Document.removed_at.is_(None))


def _upload_form(scene: Scene, chance: random.Random) -> Act:
    content = pdf(chance)
    fields = {"bestand": FileStorage(io.BytesIO(content), looked_at(scene, content, "stuk-1.pdf"))}
    return Act(_document(content), multipart(scene, one_of(chance), "/documenten/upload/other", fields))


def _upload_raw(scene: Scene, chance: random.Random) -> Act:
    content = pdf(chance)
    name = looked_at(scene, content, "stuk-2.pdf")
    return Act(_document(content), scene.put(one_of(chance), "/documenten/upload/other", name, content))


def _upload_pieces(scene: Scene, chance: random.Random) -> Act:
    """What is there of the file is asked first, as after a line that broke; then the rest goes, and it is taken in.

    The sweep after a kill takes what is not finished, because it looks a day later: then the sender begins again.
    """
    content, (client, token) = pdf(chance), scene.clients[one_of(chance)]
    name = looked_at(scene, content, "stuk-5.pdf")
    common = {"X-CSRFToken": token, "Tus-Resumable": "1.0.0"}
    about = {"filename": name, "kind": "other"}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in about.items())
    begun = {**common, "Upload-Length": str(len(content)), "Upload-Metadata": metadata}
    size = len(content) // 3 + 1

    def begin() -> str:
        return client.post("/documenten/in-delen", headers=begun).headers["Location"]

    first = begin()

    def send() -> dict[str, Any]:
        there, url = client.head(first, headers=common), first
        if there.status_code == 404:
            url = begin()
        offset = int(there.headers.get("Upload-Offset", 0))
        for at in range(offset, len(content), size):
            headers = {**common, "Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
            client.patch(url, data=content[at : at + size], headers=headers)
        taken = client.put("/documenten/upload/other", headers={**common, "X-Upload": url.rpartition("/")[2]})
        return {"status": taken.status_code, "location": ""}

    return Act(_document(content), send)


def _upload_sealed(scene: Scene, chance: random.Random) -> Act:
    content = pdf(chance)
    name = looked_at(scene, content, "stuk-3.pdf")
    return Act(_document(content), scene.put(one_of(chance), "/documenten/upload/bibob_form", name, content))


def _upload_evidence(scene: Scene, chance: random.Random) -> Act:
    who, content = one_of(chance), pdf(chance)
    name, digest = looked_at(scene, content, "stuk-4.pdf"), hashlib.sha256(content).hexdigest()
    used = select(func.count()).select_from(Evidence).join(Document, Evidence.document_id == Document.id)
    path = f"/aanmeldingen/{scene.ids[who]}/eisen/T06/upload"
    return Act(counted(used.where(Document.sha256 == digest)), scene.put(who, path, name, content))


# Applying


def _start(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    organisation = select(User.organisation_id).where(User.id == scene.world.people[who]).scalar_subquery()
    there = rows(Application, Application.organisation_id == organisation)
    return Act(there, scene.post(who, f"/rondes/{scene.round_id}/aanmelden", {}), is_refused_again=True)


def _choose(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    key = cast.start(scene.stage, scene.world.people[who], scene.round_id, CELLS[:1])
    with scene.database.reading() as db:
        application = db.get_one(Application, key)
        product = next(one for lot in application.round.lots for one in lot.products if one.code == CELLS[1][0])
        town = next(one for one in application.authority.municipalities if one.code == CELLS[1][1])
        form = {"cell": [f"{product.id}:{town.id}"], "based_on": application.choices_version}
    there = rows(Selection, Selection.application_id == key, Selection.product_id == product.id)
    return Act(there, scene.post(who, f"/aanmeldingen/{key}/keuzes", form))


def _answer(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    key, moment = scene.ids[who], scene.clock.advance(timedelta(seconds=1))
    with scene.database.reading() as db:
        place = chance.choice([one for one in db.get_one(Application, key).answers if one.lot_id is None])
        code, version, answer_id = place.requirement.code, place.version, place.id
        form = cast.answer_form(
            next(one for one in _places(db, key) if one.requirement.code == code),
            db.get_one(Application, key).organisation,
            chance,
        )
    there = rows(Answer, Answer.id == answer_id, Answer.version == version + 1, Answer.saved_at >= moment)
    path = f"/aanmeldingen/{key}/eisen/{code}"
    return Act(there, scene.post(who, path, {**form, "based_on": str(version)}))


def _places(db: Session, key: str) -> list[Any]:
    from portal.domain import requirements

    return requirements.places(db.get_one(Application, key))


def _submit(scene: Scene, chance: random.Random) -> Act:
    who, attempt = one_of(chance), new_id()
    form = {"attempt": attempt, "accepted": list(applications.ACCEPTED)}
    there = rows(Submission, Submission.attempt == attempt, Submission.withdrawn_at.is_(None))
    return Act(there, scene.post(who, f"/aanmeldingen/{scene.ids[who]}/indienen", form))


def _withdraw(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    there = rows(Application, Application.id == scene.ids[who], Application.state == "withdrawn")
    return Act(there, scene.post(who, f"/aanmeldingen/{scene.ids[who]}/intrekken", {}), is_refused_again=True)


# Applying together


def _partner(scene: Scene) -> tuple[World, str]:
    """Karim's organisation takes part in Anna's application; gives the world and the party's id."""
    world = replace(scene.world, stage=scene.stage, clock=scene.clock)
    return world, partners.add(world, scene.ids["anna"])


def _about(scene: Scene, party_id: str) -> str:
    return f"/aanmeldingen/{scene.ids['anna']}/samenwerking/{party_id}"


def _invite(scene: Scene, chance: random.Random) -> Act:
    _, party_id = _partner(scene)
    waiting = (PartyInvitation.accepted_at.is_(None), PartyInvitation.withdrawn_at.is_(None))
    there = rows(PartyInvitation, PartyInvitation.party_id == party_id, *waiting)
    form = {"email": f"noor{chance.randint(1, 99)}@elders.example"}
    return Act(there, scene.post("anna", f"{_about(scene, party_id)}/uitnodigen", form))


def _take_up(scene: Scene, chance: random.Random) -> Act:
    world, party_id = _partner(scene)
    path = partners.invite(world, party_id)
    return Act(rows(OwnPart, OwnPart.party_id == party_id), scene.post("karim", path, {}))


def _part(state: str, end: str, *, is_ready: bool = False, is_refused_again: bool = False) -> Callable[..., Act]:
    """One act of Karim in his own part of Anna's application, which leads to `state`."""

    def prepare(scene: Scene, chance: random.Random) -> Act:
        world, party_id = _partner(scene)
        part_id = partners.take_up(world, partners.invite(world, party_id)) or ""
        if is_ready:
            partners.declare(world, part_id)
        there = rows(OwnPart, OwnPart.id == part_id, OwnPart.state == state)
        form = {"accepted": partners.DECLARED}
        return Act(there, scene.post("karim", f"/aanmeldingen/delen/{part_id}/{end}", form), is_refused_again)

    return prepare


def _take_over(scene: Scene, chance: random.Random) -> Act:
    world, party_id = _partner(scene)
    partners.take_up(world, partners.invite(world, party_id))
    there = rows(OwnPart, OwnPart.party_id == party_id, OwnPart.state == "ended")
    return Act(there, scene.post("anna", f"{_about(scene, party_id)}/zelf-invullen", {}))


def _remind_party(scene: Scene, chance: random.Random) -> Act:
    world, party_id = _partner(scene)
    partners.take_up(world, partners.invite(world, party_id))
    there = rows(Message, Message.template == "part_reminder")
    return Act(there, scene.post("anna", f"{_about(scene, party_id)}/herinneren", {}), is_refused_again=True)


# After closing


def _receipts(scene: Scene, chance: random.Random) -> Act:
    return Act(lambda scene: int(rows(Submission, Submission.receipt_key.is_(None))(scene) == 0))


def _close(scene: Scene, chance: random.Random) -> Act:
    def count(scene: Scene) -> int:
        taken = rows(Review)(scene)
        return int(scene.is_closed and taken == 2) if taken <= 2 else taken

    return Act(count)


def _outcome(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance)
    with scene.database.reading() as db:
        check = db.scalars(select(IntegrityCheck.id).where(IntegrityCheck.application_id == scene.ids[who])).one()
    form = {"outcome": "no_objection", "note": "Verzonnen onderbouwing van deze proef."}
    there = rows(IntegrityCheck, IntegrityCheck.id == check, IntegrityCheck.outcome == "no_objection")
    return Act(there, scene.post("bram", f"/integriteit/{check}/uitkomst", form))


def _find(scene: Scene, chance: random.Random) -> Act:
    reason = f"Dit stuk is niet volledig ({chance.randint(1, 99)})."
    form = {"verdict": "remedy", "reason": reason, "based_on": "0"}
    there = rows(Finding, Finding.review_id == scene.ids["review"], Finding.reason == reason)
    path = f"/beoordelen/{scene.ids['review']}/oordeel/{_unjudged(scene, chance)}"
    return Act(there, scene.post("ineke", path, form))


def _unjudged(scene: Scene, chance: random.Random) -> str:
    from portal.domain import reviews

    with scene.database.reading() as db:
        items = reviews.items(db.get_one(Review, scene.ids["review"]))
        return chance.choice([one.key for one in items if one.finding is None and one.lot is None])


def wants_remedy(scene: Scene, chance: random.Random) -> str:
    """Ineke judges the whole dossier of Anna, with one place to mend; gives the key of that place."""
    key = _unjudged(scene, chance)
    verdict = Verdict("remedy", "Stuur het volledige stuk.")
    script.judge(scene.stage, scene.world.people["ineke"], scene.ids["anna"], {key: verdict}, places=None)
    return key


def _answer_remedy(scene: Scene, chance: random.Random) -> Act:
    wants_remedy(scene, chance)
    remedy = script.ask_remedy(scene.stage, scene.world.people["ineke"], scene.ids["anna"])
    with scene.database.reading() as db:
        (item,) = [one.id for one in db.get_one(RemedyRequest, remedy).items]
    path = f"/aanmeldingen/{scene.ids['anna']}/herstel/{remedy}"
    scene.post("anna", f"{path}/{item}/toelichting", {"explanation": "Het stuk zit erbij."})()
    there = rows(RemedyRequest, RemedyRequest.id == remedy, RemedyRequest.answered_at.is_not(None))
    return Act(there, scene.post("anna", f"{path}/versturen", {}))


def _expire_remedy(scene: Scene, chance: random.Random) -> Act:
    wants_remedy(scene, chance)
    remedy = script.ask_remedy(scene.stage, scene.world.people["ineke"], scene.ids["anna"])
    with scene.database.reading() as db:
        due = db.get_one(RemedyRequest, remedy).due_at
    scene.clock.set(due)
    return Act(rows(RemedyRequest, RemedyRequest.id == remedy, RemedyRequest.expired_at.is_not(None)))


def _propose(scene: Scene, chance: random.Random) -> Act:
    there = rows(Review, Review.id == scene.ids["review"], Review.state == "proposed")
    return Act(there, scene.post("ineke", f"/beoordelen/{scene.ids['review']}/voorstel", {}), is_refused_again=True)


def _confirm(scene: Scene, chance: random.Random) -> Act:
    there = rows(Review, Review.id == scene.ids["review"], Review.state == "confirmed")
    return Act(there, scene.post("joris", f"/beoordelen/{scene.ids['review']}/vaststellen", {}), is_refused_again=True)


def _tell(scene: Scene, chance: random.Random) -> Act:
    def count(scene: Scene) -> int:
        """Two applications are told, each in a transaction of its own: half-way is not yet there."""
        untold, letters = rows(Decision, Decision.told_at.is_(None))(scene), rows(DecisionLetter)(scene)
        return letters - 1 if letters > 2 else int(untold == 0 and letters == 2)

    return Act(count, scene.post("renske", f"/rondes/{scene.round_id}/bekendmaken", {}))


# Agreements


def _letters(scene: Scene, chance: random.Random) -> Act:
    return Act(lambda scene: int(rows(DecisionLetter, DecisionLetter.pdf_key.is_(None))(scene) == 0))


def _agreements(scene: Scene, chance: random.Random) -> Act:
    def count(scene: Scene) -> int:
        made, drawn_up = rows(Agreement)(scene), rows(Agreement, Agreement.state == "drawn_up")(scene)
        return made - 1 if made > 2 else int(drawn_up == 2)

    return Act(count)


def _sign(scene: Scene, who: str, owner: str, party: str) -> Act:
    with scene.database.reading() as db:
        agreement = db.scalars(select(Agreement).where(Agreement.application_id == scene.ids[owner])).one()
        signed = [one for one in agreement.signatures if one.pdf_sha256]
        shown = signed[-1].pdf_sha256 if signed else agreement.pdf_sha256
        agreement_id = agreement.id
    form = {"agreed": "yes", "password": cast.PASSWORD, "sha256": shown}
    there = rows(Signature, Signature.agreement_id == agreement_id, Signature.party == party)
    return Act(there, scene.post(who, f"/overeenkomsten/{agreement_id}/ondertekenen", form))


def _sign_provider(scene: Scene, chance: random.Random) -> Act:
    who = one_of(chance) if chance.random() < 0.5 else "karim"
    return _sign(scene, who, who, "provider")


def _sign_authority(scene: Scene, chance: random.Random) -> Act:
    return _sign(scene, "wil", "anna", "authority")


def _place_provider(scene: Scene, chance: random.Random) -> Act:
    script.sign(scene.stage, scene.world.people["karim"], scene.ids["karim"])
    return Act(lambda scene: _placed(scene, "provider") - 1)  # Anna's is there already


def _place_authority(scene: Scene, chance: random.Random) -> Act:
    script.sign(scene.stage, scene.world.people["wil"], scene.ids["anna"])
    return Act(lambda scene: _placed(scene, "authority"))


def _placed(scene: Scene, party: str) -> int:
    return rows(Signature, Signature.party == party, Signature.placed_at.is_not(None))(scene)


# Mail


def _mail(scene: Scene, chance: random.Random) -> Act:
    scene.post("visitor", "/registreren", _form(chance))()
    return Act(lambda scene: int(rows(Message, Message.sent_at.is_(None))(scene) == 0))


def _remind(scene: Scene, chance: random.Random) -> Act:
    with scene.database.reading() as db:
        closes_at = db.get_one(Application, scene.ids["anna"]).round.closes_at
    day = calendar.local_day(closes_at) - timedelta(days=chance.choice((14, 7, 2, 1)))
    scene.clock.set(scene.clock().replace(year=day.year, month=day.month, day=day.day))
    told = rows(Message, Message.template == "round_closing_soon")
    return Act(lambda scene: int(told(scene) == 2) if told(scene) <= 2 else told(scene))


COMMANDS: tuple[Command, ...] = (
    Command("register", "open", _register),
    Command("confirm the address", "open", _confirm_address),
    Command("upload by a form", "open", _upload_form),
    Command("upload by a raw PUT", "open", _upload_raw),
    Command("upload in pieces", "open", _upload_pieces),
    Command("upload of a sealed form", "open", _upload_sealed),
    Command("upload at a requirement", "complete", _upload_evidence),
    Command("start an application", "open", _start),
    Command("choose", "open", _choose),
    Command("answer", "complete", _answer),
    Command("invite a party", "complete", _invite),
    Command("take up one's own part", "complete", _take_up),
    Command("declare a part ready", "complete", _part("ready", "controleren")),
    Command("take back a part", "complete", _part("filling", "terugnemen", is_ready=True)),
    Command("leave a part", "complete", _part("left", "stoppen", is_refused_again=True)),
    Command("take over a part", "complete", _take_over),
    Command("remind a party", "complete", _remind_party),
    Command("submit", "complete", _submit),
    Command("submit again", "submitted", _submit),
    Command("withdraw", "submitted", _withdraw),
    Command("draw up receipts", "just_submitted", _receipts, is_worker=True),
    Command("remind", "complete", _remind, is_worker=True),
    Command("send mail", "open", _mail, is_worker=True),
    Command("close and take in", "at_closing", _close, is_worker=True),
    Command("record an integrity outcome", "closed", _outcome),
    Command("find", "begun", _find),
    Command("send a remedy", "begun", _answer_remedy),
    Command("let a remedy expire", "begun", _expire_remedy, is_worker=True),
    Command("propose a decision", "judged", _propose),
    Command("confirm a decision", "proposed", _confirm),
    Command("make decisions known", "confirmed", _tell),
    Command("draw up letters", "told", _letters, is_worker=True),
    Command("make and draw up agreements", "told", _agreements, is_worker=True),
    Command("sign by the provider", "drawn_up", _sign_provider),
    Command("place the provider's signature", "half_signed", _place_provider, is_worker=True),
    Command("sign by the authority", "half_signed", _sign_authority),
    Command("place the authority's signature", "half_signed", _place_authority, is_worker=True),
)

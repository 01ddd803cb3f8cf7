"""Situations around a closing, each made when a command first starts from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from portal.adapters.scanner import ClamdScanner
from portal.cli import cast, vault_script
from portal.domain import deadlines, documents, offering, offers
from portal.models import Application, Document, LoginSession, Round, User
from portal.queries import deadlines as deadline_queries
from tests.clamd import Wire
from tests.faults.scene import Scene
from tests.tenders.conftest import EVERYWHERE, load

WEEK = timedelta(days=7)
REASON = "Bijlage 3 stond een dag niet op de pagina."


def restore(scene: Scene, name: str) -> None:
    """Put this situation back; the first time it is made, from another."""
    if not scene.has(name):
        before, make = MADE_FROM[name]
        restore(scene, before)
        make(scene)
        scene.save(name)
    scene.restore(name)


def _past_closing(scene: Scene) -> None:
    with scene.database.reading() as db:
        scene.clock.set(db.get_one(Round, scene.round_id).closes_at)
    for who in ("anna", "karim"):
        scene.sign_in(who)


def _later_round(scene: Scene) -> None:
    scene.work()
    with scene.database.reading() as db:
        scene.clock.set(db.get_one(Round, scene.world.rounds["2020-2"]).opens_at + timedelta(days=1))
    for who in ("anna", "karim", "renske", "ineke"):
        scene.sign_in(who)


def _propose_deadline(scene: Scene) -> None:
    with scene.database.transaction() as db:
        round_ = deadline_queries.hold_round(db, scene.round_id)
        assert round_ is not None
        renske = db.get_one(User, scene.world.people["renske"])
        change = deadlines.propose(round_, renske, round_.closes_at + WEEK, REASON, scene.clock())
        scene.ids["change"] = change.id
    scene.sign_in("wil")


def _wait_for_scanner(scene: Scene) -> None:
    """A scanner was installed, and one document waits for it."""
    server = Wire().start()
    scene.at_end.append(server.stop)
    services = replace(scene.services, scanner=ClamdScanner(server.address, pause=0))
    scene.app.extensions["services"] = services
    with scene.database.transaction() as db:
        document = db.scalars(select(Document).where(Document.is_sealed.is_(False)).order_by(Document.id)).first()
        assert document is not None
        documents.await_scan(document, scene.clock(), has_scanner=True)
        scene.ids["document"] = document.id


def _wait_for_reader(scene: Scene) -> None:
    """One document was not read yet."""
    with scene.database.transaction() as db:
        document = db.scalars(select(Document).where(Document.read_at.is_not(None)).order_by(Document.id)).first()
        assert document is not None
        document.reading = document.read_at = None
        scene.ids["document"] = document.id


# A tender, whose submissions lie in a vault that Ineke and Wil hold


def _tender(scene: Scene) -> None:
    tender = load(scene.world)
    scene.ids["round"] = tender.round_id
    for who in ("anna", "karim"):
        scene.ids[who] = tender.apply(who, EVERYWHERE[:2])
        plan = cast.sample(scene.stage, scene.world.people[who], offers.KIND)
        with scene.database.transaction() as db:
            application, user = db.get_one(Application, scene.ids[who]), db.get_one(User, scene.world.people[who])
            place = offers.criteria_at(application)[0]
            offering.attach(application, user, place, db.get_one(Document, plan), scene.clock())
    scene.work()


def _tender_submitted(scene: Scene) -> None:
    for who in ("anna", "karim"):
        cast.submit(scene.stage, scene.world.people[who], scene.ids[who])


def _vault_closed(scene: Scene) -> None:
    scene.work()
    _past_closing(scene)
    scene.work()
    for who in ("anna", "karim", "ineke", "wil", "renske"):
        scene.sign_in(who)


def _opening_asked(scene: Scene) -> None:
    ineke = scene.world.people["ineke"]
    with scene.database.reading() as db:
        login = db.scalars(select(LoginSession.id).where(LoginSession.user_id == ineke)).first()
    vault_script.ask(scene.stage, scene.round_id, ineke, cast.PASSWORD, login or "")


def _vault_opened(scene: Scene) -> None:
    vault_script.complete(scene.stage, scene.round_id, scene.world.people["wil"], cast.PASSWORD)


MADE_FROM: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "draft at closing": ("complete", _past_closing),
    "later round": ("draft at closing", _later_round),
    "deadline proposed": ("submitted", _propose_deadline),
    "latched": ("at_closing", lambda scene: scene.work(("rounds_to_close",))),
    "certified": ("latched", lambda scene: scene.work(("rounds_to_certify",))),
    "stamped": ("certified", lambda scene: scene.work(("certificates_to_stamp",))),
    "waiting for the scanner": ("complete", _wait_for_scanner),
    "waiting for the reader": ("complete", _wait_for_reader),
    "tender": ("open", _tender),
    "tender submitted": ("tender", _tender_submitted),
    "vault closed": ("tender submitted", _vault_closed),
    "opening asked": ("vault closed", _opening_asked),
    "vault opened": ("opening asked", _vault_opened),
    "put back": ("vault opened", lambda scene: scene.work(("sealed_to_settle",))),
    "opening recorded": ("put back", lambda scene: scene.work(("records_to_freeze",))),
}
"""From which situation each is made, and how."""

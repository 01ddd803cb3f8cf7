"""A small world on a ground: the portal, its people signed in, and the saved states from which commands are tried."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal import create_app
from portal.adapters import schema
from portal.adapters.clock import MovedClock, system_now
from portal.adapters.inspection import SandboxedInspector
from portal.adapters.pdf import WeasyDocuments
from portal.adapters.signing import PadesSigner, TestAuthority
from portal.cli import cast, integrity_script, script
from portal.domain import accounts
from portal.extensions import Database
from portal.faults import fault
from portal.models import Application, Message, Organisation, Round, Submission, TaskFailure, User
from portal.services import Documents, Services
from portal.web.guards import TOKEN
from portal.worker import run_until_idle, sweep
from portal.worker.handling import due, handle
from portal.worker.reporting import Report
from portal.worker.tasks import TASKS
from tests.conftest import MORNING, ROOT, World, _world
from tests.faults.grounds import Ground

CELLS = (("IB-BASIS", "0796"), ("IB-EXTRA", "0796"), ("DB-BASIS", "0865"))


class OncePerTemplate:
    """Documents, of which one of each template is really laid out: seconds that say nothing about a kill.

    Whoever asks one again passes the same sites, and gets the PDF that was made before.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._made: dict[str, bytes] = {}

    def render(
        self,
        template: str,
        facts: Mapping[str, Any],
        *,
        identifier: str,
        attachments: Mapping[str, bytes] | None = None,
        pictures: Mapping[str, bytes] | None = None,
    ) -> bytes:
        if template in self._made:
            fault("pdf.render")
            fault("pdf.rendered")
        else:
            self._made[template] = self._documents.render(
                template, facts, identifier=identifier, attachments=attachments, pictures=pictures
            )
        return self._made[template]


class Scene:
    """The portal on a ground. One process plays in it at a time: the parent lets go before a child opens it."""

    def __init__(self, ground: Ground, authority: TestAuthority) -> None:
        self.ground, self.clock = ground, MovedClock(MORNING)
        # One sample of each kind is really looked at; a child process per upload would be most of what this costs.
        self.inspector = cast.OncePerKind(SandboxedInspector())
        self.app = create_app(
            ground.config(),
            now=self.clock,
            signer=PadesSigner(authority),
            inspector=self.inspector,
            documents=OncePerTemplate(WeasyDocuments(ROOT / "templates")),
        )
        self.mail_folder = Path(ground.config()["INSTANCE"]) / "mail"
        self.clients: dict[str, tuple[FlaskClient, str]] = {}
        self.ledger: dict[str, str] = {}
        self.hashes: dict[str, str] = {}
        self.world: World
        self.ids: dict[str, str] = {}
        self.at_end: list[Callable[[], object]] = []
        self._moments: dict[str, Any] = {}

    @property
    def database(self) -> Database:
        database: Database = self.app.extensions["database"]
        return database

    @property
    def services(self) -> Services:
        services: Services = self.app.extensions["services"]
        return services

    @property
    def stage(self) -> cast.Stage:
        return cast.Stage(self.database, self.services)

    @property
    def round_id(self) -> str:
        return self.ids.get("round", self.world.rounds["2020-1"])

    @property
    def applicant_names(self) -> list[str]:
        return ["Stichting De Linde", "Zorgboerderij Het Erf"]

    @property
    def is_closed(self) -> bool:
        with self.database.reading() as db:
            return db.get_one(Round, self.round_id).closed_at is not None

    def let_go(self) -> None:
        """Close every connection; what is used next opens its own. A child may not share those of its parent."""
        self.database.engine.dispose()
        client = getattr(self.services.files, "_client", None)
        if client is not None:
            client.close()

    def save(self, name: str) -> None:
        """Keep this state under `name`, with its moment, its people's cookies, and the receipts they hold."""
        with self.database.reading() as db:
            receipts = {one.receipt_number: one.digest for one in db.scalars(select(Submission))}
        self.let_go()
        self.ground.save(name)
        self._moments[name] = self.clock(), dict(self.clients), receipts, dict(self.ids), self.services

    def has(self, name: str) -> bool:
        return name in self._moments

    def restore(self, name: str) -> None:
        self.let_go()
        self.ground.restore(name)
        moment, clients, self.ledger, ids, self.app.extensions["services"] = self._moments[name]
        self.clock.set(moment)
        self.clients, self.ids = dict(clients), dict(ids)

    def recover(self) -> None:
        """What a restart does: the worker works off what is due, and leftovers of more than an hour are swept.

        A mail that somebody had taken is tried again minutes later, and so is what failed: the clock goes there.
        """
        for _ in range(3):
            self.work()
            later = self._next_try()
            if later is None:
                break
            self.clock.set(later)
        sweep(self.database, self.services, system_now() + timedelta(hours=1))

    def _next_try(self) -> Any:
        mail = select(func.max(Message.next_try_at)).where(Message.sent_at.is_(None), Message.refused_at.is_(None))
        task = select(func.max(TaskFailure.next_try_at)).where(TaskFailure.dead_at.is_(None))
        with self.database.reading() as db:
            moments = [moment for moment in (db.scalar(mail), db.scalar(task)) if moment is not None]
        return max((moment for moment in moments if moment > self.clock()), default=None)

    def work(self, tasks: Collection[str] = ()) -> None:
        """Let the worker do everything that is due, or one round of these tasks only."""
        if not tasks:
            run_until_idle(self.database, self.services)
            return
        report = Report(self.database, self.services)
        for task in TASKS:
            if task.name in tasks:
                with self.database.reading() as db:
                    ids = due(db, task, self.services.now(), {}, 200)
                for one in ids:
                    handle(self.database, self.services, task, one, report, has_failed=False)

    # People

    def sign_in(self, who: str) -> None:
        """A login row and its cookie, as signing in makes them, without the password."""
        user_id = self.world.people[who]
        with self.database.transaction() as db:
            login, secret = accounts.sign_in(db.get_one(User, user_id), self.clock())
            db.add(login)
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session[TOKEN] = user_id, True, secret
        self.clients[who] = client, self._token(client)

    def visitor(self) -> None:
        """Somebody who is not signed in, under the name 'visitor'."""
        client = self.app.test_client()
        self.clients["visitor"] = client, self._token(client)

    def _token(self, client: FlaskClient) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").get_data(as_text=True))
        assert found, "the page carries no CSRF token"
        return found.group(1)

    def ask(self, who: str, path: str) -> str:
        """The page that this person gets, whatever its status."""
        text: str = self.clients[who][0].get(path).get_data(as_text=True)
        return text

    def post(self, who: str, path: str, data: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        """A form that can be sent more than once: the same fields, the same token."""
        client, token = self.clients[who]

        def send() -> dict[str, Any]:
            answer = client.post(path, data={"csrf_token": token, **data})
            return {"status": answer.status_code, "location": answer.headers.get("Location", "")}

        return send

    def put(self, who: str, path: str, name: str, body: bytes) -> Callable[[], dict[str, Any]]:
        """A raw upload that can be sent more than once."""
        client, token = self.clients[who]
        headers = {"X-CSRFToken": token, "X-File-Name": name, "Content-Type": "application/octet-stream"}

        def send() -> dict[str, Any]:
            answer = client.put(path, data=body, headers=headers)
            return {"status": answer.status_code, "location": ""}

        return send


def build(ground: Ground, authority: TestAuthority) -> Scene:
    """The scene with every saved situation, from an open round to an agreement that the provider signed."""
    scene = Scene(ground, authority)
    schema.migrate(scene.database.engine)
    scene.world = _world(scene.stage, scene.clock)
    people, chance = scene.world.people, random.Random(3)
    for who in ("anna", "karim", "ineke", "renske"):
        scene.sign_in(who)
    scene.visitor()
    scene.work()
    scene.save("open")

    for who in ("anna", "karim"):
        scene.ids[who] = cast.start(scene.stage, people[who], scene.round_id, CELLS)
        cast.fill_in(scene.stage, people[who], scene.ids[who], chance)
    scene.save("complete")

    for who in ("anna", "karim"):
        cast.submit(scene.stage, people[who], scene.ids[who])
    scene.save("just_submitted")
    scene.work()
    scene.save("submitted")

    with scene.database.reading() as db:
        closes_at = db.get_one(Round, scene.round_id).closes_at
    scene.clock.set(closes_at)
    scene.save("at_closing")

    scene.work()
    scene.clock.advance(timedelta(days=1))
    for who in ("ineke", "joris", "bram"):
        script.declare(scene.stage, people[who], scene.round_id)
    for who in ("anna", "karim", "ineke", "joris", "bram", "renske", "wil"):
        scene.sign_in(who)
    scene.save("closed")

    for who in ("anna", "karim"):
        integrity_script.clear(scene.stage, people["bram"], scene.ids[who])
    script.judge(scene.stage, people["ineke"], scene.ids["karim"])
    with scene.database.reading() as db:
        review = db.get_one(Application, scene.ids["anna"]).review
        assert review is not None
        scene.ids["review"] = review.id
    script.judge(scene.stage, people["ineke"], scene.ids["anna"], places=1)
    scene.save("begun")

    script.judge(scene.stage, people["ineke"], scene.ids["anna"])
    scene.save("judged")
    for who in ("anna", "karim"):
        script.propose(scene.stage, people["ineke"], scene.ids[who])
    scene.save("proposed")
    for who in ("anna", "karim"):
        script.confirm(scene.stage, people["joris"], scene.ids[who])
    scene.save("confirmed")
    for who in ("anna", "karim"):
        script.tell(scene.stage, people["renske"], scene.ids[who])
    scene.save("told")
    scene.work()
    scene.save("drawn_up")
    script.sign(scene.stage, people["anna"], scene.ids["anna"])
    scene.work()
    scene.save("half_signed")
    return scene


def organisation_of(scene: Scene, who: str) -> str:
    with scene.database.reading() as db:
        organisation = db.get_one(User, scene.world.people[who]).organisation
        assert isinstance(organisation, Organisation)
        return organisation.id

"""The two that are compared, on one database: the portal with people signed in, and the floor."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from sqlalchemy import Engine, select

from bench.data import Ground, Unlooked
from bench.floor import create_floor
from bench.measure import Asker
from portal import create_app
from portal.domain import accounts
from portal.extensions import Database
from portal.models import Organisation, Review, User
from portal.web.guards import TOKEN


def signed_in(app: Flask, user_id: str) -> str:
    """The cookie of a login of this person: a row in the database, as signing in makes it, without the password."""
    database: Database = app.extensions["database"]
    with database.transaction() as db:
        login, secret = accounts.sign_in(db.get_one(User, user_id), app.extensions["services"].now())
        db.add(login)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = user_id
        session["_fresh"] = True
        session[TOKEN] = secret
    client.get("/")  # brings the CSRF token that a browser has too, so that no answer sets the cookie anew
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    if cookie is None:
        raise RuntimeError("signing in gave no cookie")
    return f"{name}={cookie.value}"


@dataclass(frozen=True)
class House:
    """The portal and the floor on the database of `ground`, and who asks their pages."""

    ground: Ground
    app: Flask
    floor_app: Flask
    visitor: Asker
    inkoper: Asker
    manager: Asker
    applicant: Asker
    floor: Asker
    organisation_id: str
    review_id: str

    @property
    def engine(self) -> Engine:
        """The portal's engine."""
        engine: Engine = self.app.extensions["database"].engine
        return engine

    @property
    def floor_engine(self) -> Engine:
        engine: Engine = self.floor_app.extensions["engine"]
        return engine

    def close(self) -> None:
        self.engine.dispose()
        self.floor_engine.dispose()


def open_house(ground: Ground) -> House:
    """Both applications on `ground`, the portal with an inkoper, a round manager and an applicant signed in."""
    app = create_app(ground.config(), now=lambda: ground.now, inspector=Unlooked(), signer=None)
    database: Database = app.extensions["database"]
    with database.reading() as db:
        organisation_id = db.scalars(
            select(Organisation.id)
            .join(User, User.organisation_id == Organisation.id)
            .where(User.id == ground.applicant_id)
        ).one()
        # A dossier on which this inkoper is at work: with a form at every requirement it is the longest page.
        at_work = select(Review.id).where(Review.state == "started", Review.first_by_id == ground.inkoper_id)
        review_id = db.scalar(at_work.order_by(Review.due_on, Review.id)) or ground.review_id
    floor_app = create_floor(ground.config()["DATABASE_URL"], ground.now)
    return House(
        ground=ground,
        app=app,
        floor_app=floor_app,
        visitor=Asker(app),
        inkoper=Asker(app, signed_in(app, ground.inkoper_id)),
        manager=Asker(app, signed_in(app, ground.manager_id)),
        applicant=Asker(app, signed_in(app, ground.applicant_id)),
        floor=Asker(floor_app),
        organisation_id=organisation_id,
        review_id=review_id,
    )

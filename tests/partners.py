"""Two organisations that apply together: De Linde leads, Het Erf is its partner and fills in its own part."""

from __future__ import annotations

from sqlalchemy import select

from portal.cli import cast
from portal.domain import applications, own_parts, parties, party_invitations
from portal.domain.accounts import digest
from portal.domain.requirements import integrity_parties
from portal.models import Application, Document, Message, OwnPart, Party, PartyInvitation, Procedure, User
from tests import published
from tests.conftest import World

ERF = {
    "role": "partner", "name": "Zorgboerderij Het Erf B.V.", "kvk_number": "23456789", "legal_form": "vof",
    "city": "Vught", "part": "Biedt de dagbesteding.",
}  # fmt: skip
DECLARED = list(own_parts.DECLARED)


def publish(world: World, *, each_party: bool = True) -> None:
    """Ask something of every party: a text (U90), an extract (U91), and a form of the integrity check of its own."""
    published.requirement(world, "U90", "text", "party", settings={"min_length": 10})
    published.requirement(world, "U91", "document", "party", evidence={"kinds": ["kvk_extract"], "at_least": 1})
    if each_party:
        with world.database.reading() as db:
            integrity = dict(db.get_one(Procedure, world.procedure_id).settings["integrity"])
        published.settings(world, integrity={**integrity, "each_party": True})


def legal_form(world: World, who: str) -> str:
    with world.database.reading() as db:
        organisation = db.get_one(User, world.people[who]).organisation
        assert organisation is not None
        return organisation.legal_form


def add(world: World, application_id: str, **changes: str) -> str:
    """The partner in the draft, with what it is registered as unless `changes` say otherwise; gives the party's id."""
    form = {**ERF, "legal_form": legal_form(world, "karim"), **changes}
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        return parties.add(application, anna, form, world.clock()).id


def invite(world: World, party_id: str, email: str = "") -> str:
    """Invite the party; gives the path in the mail."""
    with world.database.transaction() as db:
        party, anna = db.get_one(Party, party_id), db.get_one(User, world.people["anna"])
        made = party_invitations.invite(party.application, anna, party, email or world.emails["karim"], world.clock())
        invitation_id = made.id
    with world.database.reading() as db:
        reason = f"party_invited:{invitation_id}"
        facts = db.scalars(select(Message.facts).where(Message.reason.startswith(reason))).one()
        path: str = facts["path"]
        assert db.get_one(PartyInvitation, invitation_id).token_digest == digest(path.rpartition("/")[2])
        return path


def take_up(world: World, path: str, who: str = "karim", *, agreed: bool = False) -> str | None:
    """Take up an invitation; gives the id of the own part, or None when the number differs."""
    with world.database.transaction() as db:
        token = digest(path.rpartition("/")[2])
        invitation = db.scalars(select(PartyInvitation).where(PartyInvitation.token_digest == token)).one()
        part = party_invitations.accept(invitation, db.get_one(User, world.people[who]), world.clock(), agreed=agreed)
        return part.id if part else None


def joined(world: World, application_id: str) -> tuple[str, str]:
    """The partner in the draft, filling in its own part; gives the ids of party and part."""
    party_id = add(world, application_id)
    part_id = take_up(world, invite(world, party_id))
    assert part_id is not None
    return party_id, part_id


def fill(world: World, part_id: str, who: str = "karim") -> None:
    """The party answers everything in its own part, from its own vault."""
    with world.database.transaction() as db:
        part, user = db.get_one(OwnPart, part_id), db.get_one(User, world.people[who])
        application, organisation = part.party.application, part.organisation
        vault = {one.kind: one for one in db.scalars(select(Document).where(Document.organisation == organisation))}
        for place in own_parts.places(application, part.party):
            form = cast.answer_form(place, organisation, world.chance)
            current = applications.answer_at(application, place)
            based_on = current.version if current else 0
            applications.answer(application, user, place, form, world.clock(), based_on=based_on)
            for kind in place.requirement.evidence.get("kinds", [])[:1]:
                applications.attach_document(application, user, place, vault[kind], world.clock())
        if part.party in integrity_parties(application):
            applications.attach_document(application, user, None, vault["bibob_form"], world.clock(), part.party)


def declare(world: World, part_id: str, who: str = "karim") -> None:
    with world.database.transaction() as db:
        own_parts.declare_ready(
            db.get_one(OwnPart, part_id), db.get_one(User, world.people[who]), DECLARED, world.clock()
        )


def ready(world: World, application_id: str) -> tuple[str, str]:
    """The partner filled in its own part and declared it ready; gives the ids of party and part."""
    party_id, part_id = joined(world, application_id)
    fill(world, part_id)
    declare(world, part_id)
    return party_id, part_id


def complete(world: World) -> tuple[str, str, str]:
    """A draft of both that only waits to be submitted; gives the ids of application, party and part."""
    application_id = world.complete("anna")
    return application_id, *ready(world, application_id)

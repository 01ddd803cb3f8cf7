"""A plan at an award criterion that got a newer version: the draft is offered it, and what was not asked stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.cli import cast
from portal.domain import offering, offers
from portal.models import Application, AuditEvent, Document, OfferDocument, User
from tests.tenders.conftest import EVERYWHERE


def plan(tender, replaces=None):
    """A plan in the vault of Anna's organisation; gives its id."""
    return cast.sample(tender.world.stage, tender.world.people["anna"], offers.KIND, replaces=replaces)


@pytest.fixture
def renewed(tender):
    """A draft that uses a plan at two criteria, and then got a newer one: (application id, old id, new id)."""
    application_id, old = tender.apply("anna", EVERYWHERE), plan(tender)
    with tender.world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, tender.world.people["anna"])
        for place in offers.criteria_at(application):
            offering.attach(application, anna, place, db.get_one(Document, old), tender.world.clock())
    return application_id, old, plan(tender, replaces=old)


def used(tender):
    with tender.world.database.reading() as db:
        return sorted((one.criterion, one.document_id) for one in db.scalars(select(OfferDocument)))


def test_the_draft_is_offered_the_newer_plan_and_takes_it_over_with_one_button(tender, enter, renewed):
    application_id, old, new = renewed
    anna = enter(tender, "anna")
    page = anna.get(f"/aanmeldingen/{application_id}").text
    assert "Er is een nieuwere versie van 1 document" in page
    assert "G1 Samenwerking en G2 Lokale binding" in page
    assert used(tender) == [("G1", old), ("G2", old)]

    taken = anna.post(f"/aanmeldingen/{application_id}/nieuwste-versies")

    assert taken.status_code == 303
    assert used(tender) == [("G1", new), ("G2", new)]
    assert "nieuwere versie" not in anna.get(f"/aanmeldingen/{application_id}").text


def test_the_page_of_the_document_offers_it_too(tender, enter, renewed):
    application_id, _old, new = renewed
    anna = enter(tender, "anna")
    assert "G1 Samenwerking" in anna.get(f"/documenten/{new}").text

    anna.post(f"/documenten/{new}/overnemen", {"aanmelding": application_id})

    assert {document for _, document in used(tender)} == {new}


def test_at_one_criterion_only_where_that_is_wanted(tender, enter, renewed):
    application_id, old, new = renewed
    anna, path = enter(tender, "anna"), f"/aanmeldingen/{application_id}/aanbod/G1-1"
    assert "Nieuwste versie gebruiken" in anna.get(path).text
    with tender.world.database.reading() as db:
        instead = db.scalars(select(OfferDocument.id).where(OfferDocument.criterion == "G1")).one()

    answer = anna.post(f"{path}/documenten", {"document": new, "instead": instead})

    assert answer.status_code == 303
    assert used(tender) == [("G1", new), ("G2", old)]


def test_taking_over_twice_is_once_and_another_organisation_cannot(tender, enter, renewed):
    application_id, _old, new = renewed
    anna, karim = enter(tender, "anna"), enter(tender, "karim")

    other = karim.post(f"/aanmeldingen/{application_id}/nieuwste-versies")
    for _ in range(2):
        anna.post(f"/aanmeldingen/{application_id}/nieuwste-versies")

    assert other.status_code == 404
    assert used(tender) == [("G1", new), ("G2", new)]
    with tender.world.database.reading() as db:
        acts = [one.act for one in db.scalars(select(AuditEvent)) if one.act in ("attach_offer", "detach_offer")]
    assert acts.count("detach_offer") == 2

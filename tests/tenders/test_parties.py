"""Applying together in a tender: the lead fills in everything, because what is submitted lies sealed under its code."""

from __future__ import annotations

import pytest

from portal.domain import parties, party_invitations
from portal.errors import Refused
from portal.models import Application, Party, User
from tests import partners
from tests.tenders.conftest import EVERYWHERE


def test_where_submissions_are_sealed_nobody_is_invited_and_the_page_says_why(tender, enter):
    world = tender.world
    application_id = tender.apply("anna", EVERYWHERE)
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        party_id = parties.add(application, anna, partners.ERF, world.clock()).id
        party = db.get_one(Party, party_id)
        with pytest.raises(Refused, match="Uitnodigen kan dan niet"):
            party_invitations.invite(application, anna, party, "noor@elders.example", world.clock())
    anna_looks, about = enter(tender, "anna"), f"/aanmeldingen/{application_id}/samenwerking/{party_id}"

    page = anna_looks.get(f"{about}/deel").text
    refused = anna_looks.post(f"{about}/uitnodigen", {"email": "noor@elders.example"})

    assert "alleen u heeft de code" in page
    assert 'name="email"' not in page
    assert refused.status_code == 409
    assert tender.submit("anna")

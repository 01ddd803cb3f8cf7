"""In a tender nobody writes before the vault is open: a conversation would tell who applies."""

from __future__ import annotations

import pytest

from portal.cli import asking_script as script
from portal.domain import questions
from portal.errors import Refused
from portal.models import Round
from tests.tenders.conftest import EVERYWHERE, load


def test_before_the_vault_is_open_no_conversation_begins_about_a_tender(world):
    tender = load(world)
    application_id = tender.apply("anna", EVERYWHERE[:2])

    with pytest.raises(Refused, match="als de kluis open is"):
        script.converse(world.stage, world.people["anna"], application_id, "Certificaat", "Mag dat later nog?")
    with world.database.reading() as db:
        procedure_id = db.get_one(Round, tender.round_id).procedure_id
    with pytest.raises(Refused, match="als de kluis open is"):
        script.converse(
            world.stage, world.people["anna"], procedure_id, "Certificaat", "Mag dat later nog?", is_procedure=True
        )


def test_the_form_of_a_new_message_does_not_offer_a_tender(world, browse):
    tender = load(world)
    application_id = tender.apply("anna", EVERYWHERE[:2])

    page = browse("anna").get("/berichten/nieuw").get_data(as_text=True)

    assert f"aanmelding:{application_id}" not in page
    assert f"procedure:{world.procedure_id}" in page


def test_in_a_tender_who_is_too_late_with_a_question_is_not_sent_to_the_messages(world):
    tender = load(world)
    with world.database.reading() as db:
        round_ = db.get_one(Round, tender.round_id)
        assert questions.rule(round_).notice_days == 6
        world.clock.set(questions.ends_at(round_))

    with pytest.raises(Refused, match="Bel of mail dan de regio"):
        script.ask(world.stage, world.people["anna"], tender.round_id, "Telt dit ook mee?")

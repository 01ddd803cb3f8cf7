"""What may happen while an agreement runs: checked each year, suspended as a last step, bridged, and deviated from."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.domain import bridging, quotes, rechecks
from portal.errors import Invalid, NotAllowed, NotFound, Refused
from portal.models import Bridging, DeviationQuote, Document, Recheck, RecheckItem, Suspension
from portal.services import StoredFile
from tests.following import settle


@pytest.fixture
def running(world):
    return settle(world)


def _document(running, db, kind="hkz_certificate", who="anna"):
    owner = running.person(db, who).organisation_id
    return db.scalars(select(Document).where(Document.organisation_id == owner, Document.kind == kind)).first()


def _ask(running, db):
    recheck = rechecks.ask(running.agreement(db), running.person(db, "coen"), None, running.now)
    db.add(recheck)
    return recheck


def _later(running, *day):
    running.world.clock.set(datetime(*day, 9, 0, tzinfo=running.now.tzinfo))


# --- the yearly check ---


def test_after_a_year_the_requirements_of_the_procedure_are_asked_once(running):
    with running.world.database.transaction() as db:
        recheck = _ask(running, db)
        again = rechecks.ask(running.agreement(db), running.person(db, "coen"), recheck, running.now)

        assert again is recheck
        assert (recheck.year, recheck.due_on) == (1, date(2021, 3, 15))
        assert [(one.code, one.state) for one in recheck.items] == [("T03", "asked"), ("T05", "asked")]


def test_in_the_first_year_nothing_is_asked_again(running):
    _later(running, 2020, 12, 31)
    with running.world.database.transaction() as db, pytest.raises(Refused, match="elk jaar"):
        _ask(running, db)
    _later(running, 2021, 1, 1)
    with running.world.database.transaction() as db:
        assert _ask(running, db).year == 1


def test_a_provider_hands_in_a_fitting_document_of_its_own_vault(running):
    with running.world.database.transaction() as db:
        item, anna = _ask(running, db).items[0], running.person(db, "anna")
        fitting = _document(running, db, item.kinds[0])
        with pytest.raises(NotFound):
            rechecks.hand_in(item, running.person(db, "karim"), fitting, "", running.now)
        with pytest.raises(NotFound):
            rechecks.hand_in(item, anna, _document(running, db, item.kinds[0], "karim"), "", running.now)
        with pytest.raises(Invalid, match="past niet"):
            rechecks.hand_in(item, anna, _document(running, db, "kvk_extract"), "", running.now)
        with pytest.raises(Invalid, match="kluis"):
            rechecks.hand_in(item, anna, None, "", running.now)
        rechecks.hand_in(item, anna, fitting, "Verlengd.", running.now)
        rechecks.hand_in(item, anna, fitting, "Verlengd.", running.now)

        assert (item.state, [one.note for one in item.documents]) == ("handed_in", ["Verlengd."])


def test_a_verdict_needs_a_reason_and_a_document_or_a_term_that_is_over(running):
    with running.world.database.transaction() as db:
        item, coen = _ask(running, db).items[0], running.person(db, "coen")
        with pytest.raises(Refused, match="termijn loopt nog"):
            rechecks.find(item, coen, "fails", "Er is niets ingeleverd.", running.now)
        rechecks.hand_in(item, running.person(db, "anna"), _document(running, db, item.kinds[0]), "", running.now)
        with pytest.raises(Invalid):
            rechecks.find(item, coen, "meets", "ok", running.now)
        with pytest.raises(NotAllowed):
            rechecks.find(item, running.person(db, "ineke"), "meets", "Het certificaat is geldig.", running.now)
        rechecks.find(item, coen, "meets", "Het certificaat is geldig.", running.now)
        assert item.state == "meets"
        with pytest.raises(Refused):
            rechecks.find(item, coen, "fails", "Toch maar niet geldig.", running.now)


def test_what_failed_is_asked_once_more_with_the_term_of_remedy(running):
    with running.world.database.transaction() as db:
        key = _ask(running, db).items[0].id
    _later(running, 2021, 3, 16)
    with running.world.database.transaction() as db:
        item, coen = db.get_one(RecheckItem, key), running.person(db, "coen")
        with pytest.raises(Refused):
            rechecks.ask_again(item, coen, running.now)
        rechecks.find(item, coen, "fails", "Er is niets ingeleverd.", running.now)
        rechecks.ask_again(item, coen, running.now)

        assert (item.state, item.due_on, [one.verdict for one in item.verdicts]) == (
            "asked",
            date(2021, 3, 23),
            ["fails"],
        )


def test_suspending_is_the_last_step_and_can_be_lifted(running):
    with running.world.database.transaction() as db:
        key = _ask(running, db).id
        items, agreement = db.get_one(Recheck, key).items, running.agreement(db)
        with pytest.raises(Refused, match="laatste stap"):
            rechecks.suspend(agreement, running.person(db, "coen"), items, None, "Er is niets geleverd.", running.now)
    _later(running, 2021, 3, 16)
    with running.world.database.transaction() as db:
        items, agreement, coen = db.get_one(Recheck, key).items, running.agreement(db), running.person(db, "coen")
        with pytest.raises(Invalid):
            rechecks.suspend(agreement, coen, items, None, "nee", running.now)
        made = rechecks.suspend(agreement, coen, items, None, "Er is niets ingeleverd.", running.now)
        db.add(made)
        assert rechecks.suspend(agreement, coen, items, made, "Nog een keer dan.", running.now) is made
        rechecks.lift(made, coen, "Alles is alsnog aangetoond.", running.now)
        assert made.lifted_by is coen


def test_an_agreement_is_suspended_once_at_a_time(running):
    row = {
        "authority_id": running.world.authority_id,
        "agreement_id": running.agreement_id,
        "reason": "Er is niets ingeleverd.",
        "suspended_at": running.now,
        "suspended_by_id": running.world.people["coen"],
    }
    with running.world.database.transaction() as db:
        db.add(Suspension(**row))
    with pytest.raises(IntegrityError), running.world.database.transaction() as db:
        db.add(Suspension(**row))


# --- bridging ---


def _draft(
    running, db, starts_on=date(2022, 1, 1), ends_on=date(2022, 6, 30), ground="Twee cliënten zijn nog niet over."
):
    made = bridging.draft(
        running.agreement(db), running.person(db, "coen"), "OB-2021-0001", starts_on, ends_on, ground, running.now
    )
    db.add(made)
    return made


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [
        (date(2021, 12, 31), date(2022, 3, 1), "starts_on"),
        (date(2022, 7, 1), date(2022, 8, 1), "starts_on"),
        (date(2022, 1, 1), date(2022, 7, 1), "ends_on"),
        (date(2022, 1, 1), date(2022, 1, 1), "ends_on"),
        (None, None, "starts_on"),
    ],
)
def test_bridging_begins_after_the_end_and_is_no_longer_than_published(running, starts_on, ends_on, field):
    with running.world.database.transaction() as db:
        with pytest.raises(Invalid) as refusal:
            _draft(running, db, starts_on, ends_on)
        assert field in refusal.value.problems
        assert _draft(running, db).state == "offered"


def test_both_parties_accept_the_document_that_was_shown_the_provider_first(running):
    with running.world.database.transaction() as db:
        made = _draft(running, db)
        bridging.offer(made, running.person(db, "coen"), StoredFile("agreements/x.pdf", "a" * 64, 9), running.now)
        anna, wil = running.person(db, "anna"), running.person(db, "wil")
        with pytest.raises(Refused):
            bridging.accept(made, wil, "a" * 64, True, running.now)
        with pytest.raises(Refused, match="niet het document"):
            bridging.accept(made, anna, "b" * 64, True, running.now)
        with pytest.raises(Invalid):
            bridging.accept(made, anna, "a" * 64, False, running.now)
        with pytest.raises(NotFound):
            bridging.accept(made, running.person(db, "karim"), "a" * 64, True, running.now)
        bridging.accept(made, anna, "a" * 64, True, running.now)
        bridging.accept(made, anna, "a" * 64, True, running.now)
        with pytest.raises(NotAllowed):
            bridging.accept(made, running.person(db, "coen"), "a" * 64, True, running.now)
        bridging.accept(made, wil, "a" * 64, True, running.now)

        assert (made.state, made.provider_accepted_by, made.authority_accepted_by) == ("in_force", anna, wil)
        with pytest.raises(Refused):
            bridging.decline(made, anna, "Toch maar niet gedaan.", running.now)


def test_a_provider_may_decline_with_a_reason(running):
    with running.world.database.transaction() as db:
        made, anna = _draft(running, db), running.person(db, "anna")
        with pytest.raises(Invalid):
            bridging.decline(made, anna, "", running.now)
        bridging.decline(made, anna, "Wij hebben geen personeel meer.", running.now)
        assert db.get_one(Bridging, made.id).state == "declined"


# --- a quote for one client ---


def _quote(running, db, reference="Z-2021-17", question="Nachtelijk toezicht, past in geen product."):
    agreement = running.agreement(db)
    city = agreement.lines[0].municipality
    made = quotes.ask(agreement, running.person(db, "coen"), city, reference, question, date(2021, 3, 1), running.now)
    db.add(made)
    return made


@pytest.mark.parametrize("reference", ["Jan de Vries", "111222333", "ab", ""])
def test_a_quote_is_asked_under_a_number_and_never_a_name_or_bsn(running, reference):
    with running.world.database.transaction() as db:
        with pytest.raises(Invalid) as refusal:
            _quote(running, db, reference)
        assert set(refusal.value.problems) == {"reference"}
        assert _quote(running, db).state == "asked"


def test_a_question_with_a_bsn_is_refused(running):
    with running.world.database.transaction() as db:
        with pytest.raises(Invalid, match="burgerservicenummer"):
            _quote(running, db, question="Voor cliënt 1112.22.333 is meer nodig.")
        assert _quote(running, db).municipality is not None


def test_the_provider_answers_once_and_the_manager_decides_with_a_reason(running):
    with running.world.database.transaction() as db:
        quote, anna, coen = _quote(running, db), running.person(db, "anna"), running.person(db, "coen")
        with pytest.raises(Refused):
            quotes.decide(quote, coen, "accept", "Past bij de vraag.", running.now)
        with pytest.raises(NotFound):
            quotes.answer(quote, running.person(db, "karim"), "Een plan van aanpak.", 100, "hour", None, running.now)
        with pytest.raises(Invalid) as refusal:
            quotes.answer(quote, anna, "Een plan van aanpak.", None, "century", None, running.now)
        assert set(refusal.value.problems) == {f"amount-{quote.id}", f"unit-{quote.id}"}
        quotes.answer(quote, anna, "Een plan van aanpak.", 7460, "hour", _document(running, db), running.now)
        with pytest.raises(Refused):
            quotes.answer(quote, anna, "Een ander plan dan.", 1, "hour", None, running.now)
        with pytest.raises(Invalid):
            quotes.decide(quote, coen, "accept", "", running.now)
        quotes.decide(quote, coen, "decline", "Te duur voor deze vraag.", running.now)

        assert (quote.state, quote.amount_cents, quote.reason) == ("declined", 7460, "Te duur voor deze vraag.")
        assert db.get_one(DeviationQuote, quote.id).decided_by is coen

"""Applying: what is saved, what is refused, and that nothing is ever overwritten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.cli import cast
from portal.domain import applications, choices, documents, requirements
from portal.errors import Incomplete, Invalid, NotAllowed, NotFound, Refused, RoundClosed, RoundNotOpen, Stale
from portal.models import Application, AuditEvent, Document, Municipality, Product, Round, Submission, User
from portal.services import Inspection, StoredFile


def _place(application, code, lot=None):
    return next(
        one
        for one in requirements.places(application)
        if one.requirement.code == code and (one.lot.code if one.lot else None) == lot
    )


def _gaps(application, place, world):
    answer, files = applications.answer_at(application, place), applications.evidence_at(application, place)
    return requirements.place_gaps(place, answer, files, application, world.clock())


def _document(world, db, who, kind="hkz_certificate"):
    user = db.get_one(User, world.people[who])
    return db.query(Document).filter_by(organisation_id=user.organisation_id, kind=kind).one()


def test_an_application_starts_in_an_open_round_and_not_before_or_after(world):
    anna = world.people["anna"]
    with world.database.reading() as db:
        round_, user = db.get_one(Round, world.rounds["2020-1"]), db.get_one(User, anna)

        assert applications.start(round_, user, round_.opens_at).state == "draft"
        with pytest.raises(RoundNotOpen, match="nog niet open"):
            applications.start(round_, user, round_.opens_at - timedelta(microseconds=1))
        with pytest.raises(RoundClosed, match=r"gesloten op dinsdag 1 oktober 2019, 12\.00 uur"):
            applications.start(round_, user, round_.closes_at)


def test_application_numbers_tell_nobody_how_many_applied(world):
    with world.database.reading() as db:
        round_, user = db.get_one(Round, world.rounds["2020-1"]), db.get_one(User, world.people["anna"])

        numbers = {applications.start(round_, user, world.clock()).number for _ in range(50)}

    assert len(numbers) == 50


def test_choosing_keeps_what_stays_and_removes_what_goes(world):
    application_id = world.draft("anna", (("IB-BASIS", "0796"), ("DB-BASIS", "0865")))
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        kept = next(one.id for one in application.selections if one.product.code == "IB-BASIS")
        product = next(one.product for one in application.selections if one.product.code == "IB-BASIS")
        municipality = next(one.municipality for one in application.selections if one.municipality.code == "0796")

        choices.choose(application, anna, [(product, municipality)], world.clock(), based_on=1)

        assert [one.id for one in application.selections] == [kept]


def test_a_product_of_another_authority_cannot_be_chosen(world):
    application_id = world.draft()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        foreign = db.query(Product).filter(Product.authority_id == world.other_authority_id).first()
        municipality = db.query(Municipality).filter_by(authority_id=world.other_authority_id).first()

        with pytest.raises((NotFound, Refused)):
            choices.choose(application, anna, [(foreign, municipality)], world.clock(), based_on=1)


def test_saving_an_incomplete_answer_works_and_says_what_is_missing(world):
    application_id = world.draft()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])

        place = _place(application, "T10", "1A")
        applications.answer(application, anna, place, {"text": "Te kort"}, world.clock(), based_on=0)

        assert [gap.text for gap in _gaps(application, place, world) if gap.blocks] != []
        assert application.answers[0].value == {"text": "Te kort"}


def test_two_colleagues_who_save_at_once_both_keep_their_text(world):
    application_id = world.draft()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        place = _place(application, "T10", "1A")
        applications.answer(application, anna, place, {"text": "De eerste tekst"}, world.clock(), based_on=0)

        with pytest.raises(Stale, match="Anna de Wit") as refusal:
            applications.answer(application, anna, place, {"text": "De tweede tekst"}, world.clock(), based_on=0)

        assert refusal.value.theirs.value == {"text": "De eerste tekst"}
        applications.answer(application, anna, place, {"text": "Samen"}, world.clock(), based_on=1)
        assert applications.answer_at(application, place).value == {"text": "Samen"}


def test_the_same_text_saved_twice_is_saved_once(world):
    application_id = world.draft()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        place = _place(application, "T10", "1A")
        for _ in range(2):
            applications.answer(application, anna, place, {"text": "Dezelfde"}, world.clock(), based_on=0)

        assert applications.answer_at(application, place).version == 1


def test_a_complete_application_is_submitted_with_every_file_in_its_manifest(world):
    application_id = world.complete()

    submission_id = cast.submit(world.stage, world.people["anna"], application_id)

    with world.database.reading() as db:
        submission = db.get_one(Submission, submission_id)
        application = submission.application
        named = {one["sha256"] for one in applications.manifest(application)["files"]}
        assert named == {one.document.sha256 for one in application.evidence}
        assert submission.manifest == applications.canonical(
            applications.manifest(application, submission.submitted_at)
        )
        assert (application.state, application.valid_submission.id) == ("submitted", submission_id)


def test_submitting_with_gaps_is_refused_and_lists_each_gap(world):
    application_id = world.draft()
    cast.fill_in(world.stage, world.people["anna"], application_id, world.chance, skip={"T03", "T12"})
    with world.database.reading() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])

        with pytest.raises(Incomplete) as refusal:
            applications.submit(application, anna, world.clock(), attempt="a", accepted=applications.ACCEPTED)

    assert [gap.place.key for gap in refusal.value.gaps] == ["T03", "T12-1A"]


def test_the_same_form_sent_fifty_times_is_one_submission(world):
    application_id = world.complete()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])

        receipts = {
            applications.submit(
                application, anna, world.clock(), attempt="one form", accepted=applications.ACCEPTED
            ).receipt_number
            for _ in range(50)
        }

        assert (len(receipts), len(application.submissions)) == (1, 1)


@pytest.mark.parametrize("early", [timedelta(microseconds=1), timedelta(seconds=1)])
def test_just_before_the_closing_instant_a_submission_counts(world, early):
    application_id = world.complete()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        moment = application.round.closes_at - early

        submission = applications.submit(application, anna, moment, attempt="a", accepted=applications.ACCEPTED)

        assert submission.submitted_at == moment


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(hours=3)])
def test_at_and_after_the_closing_instant_nothing_is_accepted_even_before_the_worker_has_run(world, late):
    application_id = world.complete()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        moment = application.round.closes_at + late

        assert application.round.closed_at is None
        with pytest.raises(RoundClosed):
            applications.submit(application, anna, moment, attempt="a", accepted=applications.ACCEPTED)
        with pytest.raises(RoundClosed):
            applications.answer(application, anna, _place(application, "T12", "1A"), {}, moment, based_on=1)


def test_only_a_signatory_submits(world):
    application_id = world.complete()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        anna.roles = [role for role in anna.roles if role.role == "editor"]

        with pytest.raises(NotAllowed):
            applications.submit(application, anna, world.clock(), attempt="a", accepted=applications.ACCEPTED)


def test_the_three_declarations_are_asked_by_name(world):
    application_id = world.complete()
    with world.database.reading() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])

        with pytest.raises(Invalid) as refusal:
            applications.submit(application, anna, world.clock(), attempt="a", accepted=["terms"])

    assert sorted(refusal.value.problems) == ["complete", "represent"]


def test_what_was_submitted_stays_valid_while_the_draft_is_changed(world):
    application_id = world.submitted()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        first = application.valid_submission
        assert not applications.has_unsubmitted_changes(application)
        place = _place(application, "T10", "1A")

        applications.answer(application, anna, place, {"text": "Anders " * 9}, world.clock(), based_on=1)

        assert applications.has_unsubmitted_changes(application)
        assert application.valid_submission is first


def test_withdrawing_and_submitting_again_makes_a_second_submission(world):
    application_id = world.submitted()
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        applications.withdraw(application, anna, world.clock())
        assert (application.state, application.valid_submission) == ("withdrawn", None)

        again = applications.submit(application, anna, world.clock(), attempt="b", accepted=applications.ACCEPTED)

        assert (again.sequence, application.state) == (2, "submitted")


def test_somebody_elses_document_cannot_be_used(world):
    application_id = world.draft("anna")
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])

        with pytest.raises(NotFound):
            applications.attach_document(
                application, anna, _place(application, "T03"), _document(world, db, "karim"), world.clock()
            )
        assert application.evidence == []


def test_the_bibob_form_belongs_to_the_integrity_check_only(world):
    application_id = world.draft("anna")
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        document = _document(world, db, "anna", "bibob_form")

        with pytest.raises(Invalid, match="integriteitstoets"):
            applications.attach_document(application, anna, _place(application, "T03"), document, world.clock())
        assert applications.attach_document(application, anna, None, document, world.clock()).is_integrity


def test_an_expired_certificate_warns_and_does_not_block(world):
    application_id = world.draft()
    with world.database.transaction() as db:
        for one in db.query(Document).filter_by(kind="hkz_certificate"):
            one.expires_on = date(2019, 8, 1)
    cast.fill_in(world.stage, world.people["anna"], application_id, world.chance)
    with world.database.reading() as db:
        gaps = requirements.gaps(db.get_one(Application, application_id), world.clock())

    assert {(gap.place.key, gap.blocks) for gap in gaps} == {("T03", False)}
    assert "niet meer geldig op 1 oktober 2019" in gaps[0].text


def test_a_new_version_supersedes_and_the_old_one_stays(world):
    stored = StoredFile("documents/x/new-version", "0" * 64, 1000)
    with world.database.transaction() as db:
        anna, old = db.get_one(User, world.people["anna"]), _document(world, db, "anna")
        more = (anna.organisation, anna, "hkz_certificate", "nieuw.pdf", stored, Inspection("application/pdf", 1))

        new = documents.add(*more, world.clock(), replaces=old)
        db.add(new)
        db.flush()

        assert (new.version, old.superseded_by_id, old.removed_at) == (2, new.id, None)
        with pytest.raises(Refused, match="al vervangen"):
            documents.add(*more, world.clock(), replaces=old)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\map\\uittreksel.pdf", "uittreksel.pdf"),
        ("../../etc/passwd", "passwd"),
        ("fac‮fdp.exe", "facfdp.exe"),
        ("  twee   spaties.pdf ", "twee spaties.pdf"),
        ("", "bestand"),
        ("Справка Yılmaz 証明書.pdf", "Справка Yılmaz 証明書.pdf"),
    ],
)
def test_a_file_name_is_only_for_showing(given, shown):
    assert documents.display_name(given) == shown


def test_each_step_leaves_its_event_in_the_same_transaction(world):
    application_id = world.submitted()
    with world.database.reading() as db:
        acts = [one.act for one in db.query(AuditEvent).filter_by(subject_id=application_id).order_by(AuditEvent.id)]

    assert acts[:2] == ["start", "choose"]
    assert acts[-1] == "submit"


def test_a_location_outside_the_region_warns(world):
    application_id = world.complete("anna", (("KDV-BASIS", "0865"),))
    with world.database.transaction() as db:
        application, anna = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        place = _place(application, "T02", "1C")
        form = {"street": "Dorpsstraat 1", "postal_code": "5211 AA", "municipality": "elders"}

        applications.answer(application, anna, place, form, world.clock(), based_on=1)
        gaps = _gaps(application, place, world)
        assert [(gap.blocks, "niet in een van de gemeenten" in gap.text) for gap in gaps] == [(False, True)]

        applications.answer(application, anna, place, form | {"municipality": "Vught"}, world.clock(), based_on=2)
        assert _gaps(application, place, world) == []


def test_a_consultation_takes_no_applications(world):
    with world.database.writing() as db:
        round_, anna = db.get_one(Round, world.rounds["2020-1"]), db.get_one(User, world.people["anna"])
        round_.procedure.kind = "consultation"

        with pytest.raises(Refused, match="niet aanmelden"):
            applications.start(round_, anna, world.clock())

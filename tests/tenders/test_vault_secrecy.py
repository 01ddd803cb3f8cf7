"""Before the opening nobody finds what was submitted: not on a page, not in the database, not in the store."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from portal.cli import cast, script
from portal.domain import applications, audit, offering, offers, own_parts, readings, requirements
from portal.models import Application, AuditEvent, Document, DocumentReading, Message, OwnPart, User
from portal.services import ReadContent
from tests import backends, partners
from tests.tenders.conftest import EVERYWHERE, Tender

OFFER = "Kanarie-aanbod-7f3a: wij komen elke dinsdag."
PLAN = "Kanarie-plan-91bc"
FILENAME = "kanarie-bestand-5d2e.pdf"
PARTNER = "Kanariepartner Holding B.V."
ANSWER = "Kanarie-antwoord-c0de"
CANARIES = (OFFER, PLAN, FILENAME, PARTNER, ANSWER)


def _fill(tender: Tender) -> str:
    """Anna's application with something unmistakable in every corner; gives its id."""
    application_id = tender.apply("anna", EVERYWHERE)
    world, stage = tender.world, tender.world.stage
    content = cast.sample_documents.make("plan_of_approach", PLAN, "12345678", world.clock().date(), None, PLAN)
    plan = cast.upload(stage, world.people["anna"], "plan_of_approach", content, FILENAME, issuer=PLAN, number=PLAN)
    with world.database.transaction() as db:
        application, user = db.get_one(Application, application_id), db.get_one(User, world.people["anna"])
        place, now = offers.criteria_at(application)[0], world.clock()
        offering.write(application, user, place, OFFER, now, based_on=1)
        offering.attach(application, user, place, db.get_one(Document, plan), now)
        at = requirements.places(application)[0]
        answer = applications.answer_at(application, at)
        answer.argument = ANSWER
        application.every_party.append(_party(application))
    return application_id


def _party(application):
    from portal.models import Party

    return Party(
        authority_id=application.authority_id, position=1, role="partner", name=PARTNER, kvk_number="87654321",
        legal_form="bv", city="Vught", part="",
    )  # fmt: skip


def _database(tender) -> bytes:
    """Everything in the database, and the raw bytes of its files where the portal keeps those itself (SQLite)."""
    with tender.world.database.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        dump = "\n".join(str(row) for name in names for row in connection.execute(text(f'SELECT * FROM "{name}"')))
    folder = tender.world.services.settings["folders"][0]
    return dump.encode() + b"".join(one.read_bytes() for one in sorted(Path(folder).glob("portal.db*")))


def _store(tender, app) -> bytes:
    return b"".join(_texts(raw) for raw in backends.stored(app.config["INSTANCE"]).values())


def _texts(content: bytes) -> bytes:
    """The bytes, and the text of what is compressed in a PDF."""
    if content[:4] != b"%PDF":
        return content
    from io import BytesIO

    import pikepdf

    with pikepdf.open(BytesIO(content)) as pdf:
        streams = [one.read_bytes() for one in pdf.objects if isinstance(one, pikepdf.Stream)]
        return content + b"".join(streams) + str(pdf.docinfo).encode()


def _found(where: bytes, canaries: tuple[str, ...] = CANARIES) -> set[str]:
    return {one for one in canaries if one.encode() in where}


@pytest.fixture
def planted(tender):
    _fill(tender)
    return tender


def test_a_draft_is_readable_for_who_holds_the_database_and_what_is_submitted_is_not(planted, app):
    assert _found(_database(planted)) == set(CANARIES)
    before = _store(planted, app)

    planted.submit("anna")
    planted.world.work()

    assert _found(_database(planted)) == set()
    assert len(_store(planted, app)) != len(before)
    assert _found(_store(planted, app)) == set()
    planted.shut()
    assert _found(_database(planted)) == set()
    assert _found(_store(planted, app)) == set()
    planted.open_vault()
    assert _found(_database(planted)) == set(CANARIES)


def test_the_file_of_the_offer_leaves_the_store_and_comes_back_byte_for_byte(planted):
    world = planted.world
    with world.database.reading() as db:
        plan = db.query(Document).filter_by(filename=FILENAME).one()
        key, digest, size = plan.storage_key, plan.sha256, plan.size
        world.services.files.put(f"pages/{digest}/1-1240.png", b"a picture of the first page")
        plain = world.services.files.read(key)
    planted.submit("anna")
    world.work()
    assert not world.services.files.exists(key)
    assert not world.services.files.exists(f"pages/{digest}/1-1240.png")
    planted.shut()

    planted.open_vault()

    with world.database.reading() as db:
        plan = db.query(Document).filter_by(filename=FILENAME).one()
        assert (plan.sha256, plan.size) == (digest, size)
        assert world.services.files.read(plan.storage_key) == plain


def test_what_was_read_in_a_plan_leaves_with_it_and_is_read_anew_after_the_opening(planted):
    world = planted.world
    world.work()
    assert PLAN in _quoted(world)

    planted.submit("anna")
    with world.database.transaction() as db:
        sealed = db.scalars(select(Document).where(Document.sealed_at.is_not(None))).one()
        assert sealed.reading is None
        # a worker that was still reading when the plan was sealed has nothing to add
        assert not readings.keep(sealed, ReadContent((f"Afgegeven aan: {PLAN}",), 1), world.clock())
    world.work()
    assert PLAN not in _quoted(world)
    assert _found(_database(planted)) == set()
    planted.shut()
    planted.open_vault()
    world.work()

    assert PLAN in _quoted(world)


def _quoted(world) -> str:
    with world.database.reading() as db:
        return str([one.found for one in db.scalars(select(DocumentReading))])


def test_a_document_that_is_in_use_elsewhere_stays_readable_for_its_owner(planted):
    world = planted.world
    other = cast.start(world.stage, world.people["anna"], world.rounds["2020-1"], (("IB-BASIS", "0796"),))
    with world.database.transaction() as db:
        from portal.models import Evidence

        plan = db.query(Document).filter_by(filename=FILENAME).one()
        application = db.get_one(Application, other)
        application.evidence.append(
            Evidence(
                authority_id=application.authority_id,
                requirement_id=None,
                document_id=plan.id,
                attached_at=world.clock(),
                attached_by_id=world.people["anna"],
            )
        )

    planted.submit("anna")
    world.work()

    with world.database.reading() as db:
        plan = db.query(Document).filter_by(filename=FILENAME).one()
        assert world.services.files.exists(plan.storage_key)
    planted.shut()
    planted.open_vault()
    with world.database.reading() as db:
        assert db.get_one(Application, planted.applicants["anna"]).state == "under_review"


def test_the_log_does_not_say_what_a_draft_was_about(planted):
    with planted.world.database.reading() as db:
        from portal.models import AuditEvent

        events = db.query(AuditEvent).filter_by(subject_id=planted.applicants["anna"]).all()
        assert {one.act for one in events} >= {"answer", "choose", "write_offer", "attach_offer"}
        assert all(one.details == {} for one in events if one.act not in {"start"})


def test_the_receipt_as_pdf_holds_nothing_of_the_content(planted):
    planted.submit("anna")
    planted.world.work()

    with planted.world.database.reading() as db:
        submission = db.get_one(Application, planted.applicants["anna"]).submissions[0]
        pdf = planted.world.services.files.read(submission.receipt_key)
        assert _found(_texts(pdf)) == set()
        assert planted.world.services.signer.verify(pdf) is not None


def test_the_code_is_nowhere_in_the_database_or_in_the_mail(planted, app, tmp_path):
    planted.submit("anna")
    planted.world.work()

    code = planted.world.stage.codes[planted.applicants["anna"]]
    assert len(code) == 26
    assert code.encode() not in _database(planted)
    mails = [one.read_bytes() for one in (tmp_path / "mail").glob("*")]
    assert mails
    assert not any(code.encode() in one for one in mails)


# --- pages ---

EVERYBODY = ("ineke", "joris", "renske", "bram", "wil", "fatma", "gert", "sanne", "olga", "karim", None)


def _addresses(app, tender, **more: str) -> list[str]:
    """Every page that one can ask for, with the ids of this tender filled in."""
    with tender.world.database.reading() as db:
        application = db.get_one(Application, tender.applicants["anna"])
        submission_id = application.submissions[0].id
        documents = [one.id for one in db.query(Document)]
        authority = application.authority.slug
        slug = application.round.procedure.slug
    ids = {
        "application_id": tender.applicants["anna"], "round_id": tender.round_id, "submission_id": submission_id,
        "procedure_id": tender.procedure_id, "document_id": documents[-1], "key": "G1-1", "place_key": "M1",
        "review_id": tender.applicants["anna"], "authority": authority, "slug": slug, "lot_code": "1", "code": "1",
        "number": "1",
    } | more  # fmt: skip
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= set(ids):
            address = re.sub(r"<(?:\w+:)?(\w+)>", lambda one: ids[one[1]], rule.rule)
            found.append(address)
    return sorted(set(found))


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_page_shows_any_of_it_to_anybody_before_the_opening(planted, app, enter, visitor, who):
    planted.submit("anna")
    planted.world.work()
    if who in {"ineke", "renske"}:  # for them pages change when the round closes
        _look_everywhere(planted, app, enter(planted, who))
    planted.shut()
    _look_everywhere(planted, app, enter(planted, who) if who else visitor)


def _look_everywhere(planted, app, browser, canaries=CANARIES, **more):
    addresses = _addresses(app, planted, **more)
    assert len(addresses) > 60
    for address in addresses:
        answer = browser.get(address)
        body = answer.get_data()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        # beside a database with a clock of its own, the moved clock of these tests makes the portal say "not ready"
        assert answer.status_code < 500 or address == "/readyz", address
        assert _found(body, canaries) == set(), address


def test_its_own_applicant_does_not_read_it_either_without_the_code_and_does_with_it(planted, app, enter):
    planted.submit("anna")
    planted.world.work()
    anna, application_id = enter(planted, "anna"), planted.applicants["anna"]
    for address in _addresses(app, planted):
        assert _found(anna.get(address).get_data()) == set(), address
    with planted.world.database.reading() as db:
        submission_id = db.get_one(Application, application_id).submissions[0].id

    page = f"/aanmeldingen/{application_id}/ontvangst/{submission_id}"
    assert anna.post(f"{page}/inzien", {"code": "A" * 26}).status_code == 422
    answer = anna.post(f"{page}/inzien", {"code": planted.world.stage.codes[application_id]})
    assert answer.status_code == 303
    shown = anna.get(page).get_data(as_text=True)
    assert FILENAME in shown
    assert PARTNER in shown
    assert anna.post(f"{page}/code-bewaard").status_code == 303
    assert FILENAME not in anna.get(page).get_data(as_text=True)


def test_after_the_opening_the_inkoper_reads_it(planted, enter):
    planted.submit("anna")
    planted.close()
    with planted.world.database.reading() as db:
        review_id = db.get_one(Application, planted.applicants["anna"]).review.id
    script.declare(planted.world.stage, planted.world.people["ineke"], planted.round_id)

    page = enter(planted, "ineke").get(f"/beoordelen/{review_id}").get_data(as_text=True)

    assert PARTNER in page


def test_how_many_submitted_is_not_shown_before_closing(planted, enter):
    planted.submit("anna")

    page = enter(planted, "renske").get(f"/rondes/{planted.round_id}").get_data(as_text=True)
    overview = enter(planted, "renske").get("/rondes").get_data(as_text=True)

    assert "in de kluis" in overview
    assert "Hoeveel er zijn, ziet u pas na de sluiting." in page


# --- the part of a party ---

TYPED = "Kanarie-getypte-naam"
DOES = "Kanarie-taak-4b1d"
OF_PARTY = "Kanarie-deel-a77e"
PARTY_PLAN = "Kanarie-partijplan-03fa"
PARTY_FILE = "kanarie-partij-66c0.pdf"
OF_PART = (TYPED, DOES, OF_PARTY, PARTY_PLAN, PARTY_FILE)


@pytest.fixture
def planted_part(together):
    """Karim fills in his own part of Anna's tender, with something unmistakable in it; gives tender, party and part."""
    world, stage = together.world, together.world.stage
    party_id = partners.add(world, together.applicants["anna"], name=TYPED, part=DOES)
    part_id = partners.take_up(world, partners.invite(world, party_id), agreed=True)
    partners.fill(world, part_id)
    content = cast.sample_documents.make("plan_of_approach", "Plan", "23456789", world.clock().date(), None, PARTY_PLAN)
    plan = cast.upload(stage, world.people["karim"], "plan_of_approach", content, PARTY_FILE, issuer=PARTY_PLAN)
    with world.database.transaction() as db:
        part, karim = db.get_one(OwnPart, part_id), db.get_one(User, world.people["karim"])
        application, now = part.party.application, world.clock()
        at = {one.requirement.code: one for one in own_parts.places(application, part.party)}
        answer = {"text": OF_PARTY}
        applications.answer(application, karim, at["U90"], answer, now, based_on=1)
        for one in applications.evidence_at(application, at["U92"]):
            applications.detach_document(application, karim, one, now)
        applications.attach_document(application, karim, at["U92"], db.get_one(Document, plan), now)
        own_parts.share(part, karim, at["U92"], "nothing", now)
    partners.declare(world, part_id)
    return together, party_id, part_id


def test_of_the_part_of_a_party_only_ciphertext_is_left_until_the_opening(planted_part, app):
    tender, _, _ = planted_part
    assert _found(_database(tender), OF_PART) == set(OF_PART)
    assert _found(_store(tender, app), OF_PART) == {PARTY_PLAN}

    tender.submit("anna")
    tender.world.work()
    assert _found(_database(tender), OF_PART) == set()
    assert _found(_store(tender, app), OF_PART) == set()
    tender.shut()
    assert _found(_database(tender), OF_PART) == set()
    assert _found(_store(tender, app), OF_PART) == set()
    tender.open_vault()

    assert _found(_database(tender), OF_PART) == set(OF_PART)
    assert _found(_store(tender, app), OF_PART) == {PARTY_PLAN}


def test_the_log_and_the_mails_that_were_sent_do_not_say_what_a_part_was_about(planted_part):
    tender, party_id, part_id = planted_part
    tender.submit("anna")
    tender.world.work()

    with tender.world.database.reading() as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.subject_id.in_([party_id, part_id]))).all()
        assert {one.act for one in events} == {"answer", "attach", "detach", "share", "declare_ready"}
        assert all(one.details == {} for one in events if one.act != "declare_ready")
        of_parts = db.scalars(select(Message).where(Message.template.in_(audit.PARTY_MAILS | {"party_invited"}))).all()
        assert {one.template for one in of_parts} == {"party_invited", "part_accepted", "part_ready"}
        assert all(one.sent_at and one.facts == {} for one in of_parts)


@pytest.mark.parametrize("who", ["anna", "karim", "mila", "ineke", "renske", None])
def test_no_page_shows_any_of_a_part_before_the_opening_also_not_to_the_party_itself(
    planted_part, app, enter, visitor, who
):
    tender, party_id, part_id = planted_part
    tender.submit("anna")
    tender.world.work()
    browser = enter(tender, who) if who else visitor

    _look_everywhere(tender, app, browser, OF_PART, party_id=party_id, part_id=part_id)
    tender.shut()
    _look_everywhere(tender, app, browser, OF_PART, party_id=party_id, part_id=part_id)


def test_after_the_opening_the_inkoper_reads_the_part_and_its_file(planted_part, enter):
    tender, _, _ = planted_part
    tender.submit("anna")
    tender.close()
    with tender.world.database.reading() as db:
        review_id = db.get_one(Application, tender.applicants["anna"]).review.id
        plan = db.scalars(select(Document).where(Document.filename == PARTY_FILE)).one()
        content = tender.world.services.files.read(plan.storage_key)
    script.declare(tender.world.stage, tender.world.people["ineke"], tender.round_id)
    ineke = enter(tender, "ineke")

    page = ineke.get(f"/beoordelen/{review_id}?eis=U90-P1").text + ineke.get(f"/beoordelen/{review_id}").text

    assert OF_PARTY in page
    files = re.findall(rf'href="([^"]*{plan.id}[^"]*)"', page + ineke.get(f"/beoordelen/{review_id}?eis=U92-P1").text)
    assert any(ineke.get(one).data == content for one in files)

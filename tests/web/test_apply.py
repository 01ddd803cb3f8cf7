"""Applying, as a provider does it in the browser: choose, answer, prove, submit, mend, read the decision."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from portal.cli import cast, sample_documents
from portal.domain import decisions, integrity, requirements, reviews
from portal.models import (
    Answer,
    Application,
    AuditEvent,
    Coverage,
    DecisionLetter,
    Document,
    Evidence,
    Municipality,
    Product,
    RemedyRequest,
    Round,
    Selection,
    Submission,
    User,
    UserRole,
    new_id,
)
from tests import remedying
from tests.conftest import MORNING, Browser, World
from tests.deciding import tell

Browse = Callable[[str], Browser]

ACCEPTED = ["complete", "represent", "terms"]
LONG = "Wij schalen op en af in overleg met de cliënt en de gemeente. Elk kwartaal bespreken wij of het nog past."


def one(world: World, statement: Any) -> Any:
    with world.database.reading() as db:
        return db.scalars(statement).one()


def every(world: World, statement: Any) -> list[Any]:
    with world.database.reading() as db:
        return list(db.scalars(statement))


def cell(world: World, product: str, municipality: str) -> str:
    """The value of one tick box of the choices."""
    found = one(world, select(Product).where(Product.code == product, Product.authority_id == world.authority_id))
    place = one(
        world,
        select(Municipality).where(Municipality.code == municipality, Municipality.authority_id == world.authority_id),
    )
    return f"{found.id}:{place.id}"


def colleague(world: World, name: str, *roles: str) -> str:
    """A colleague of Anna with `roles`; gives the key to sign in with."""
    key = name.lower()
    with world.database.transaction() as db:
        anna = db.get_one(User, world.people["anna"])
        db.add(
            User(
                email=f"{key}@aanbieder.example",
                name=name,
                password_hash=cast.hashed(),
                organisation_id=anna.organisation_id,
                created_at=world.clock(),
                verified_at=world.clock(),
                roles=[UserRole(role=role) for role in roles],
            )
        )
    world.emails = {**world.emails, key: f"{key}@aanbieder.example"}
    return key


def submit(browser: Browser, application_id: str, **more: Any) -> Any:
    return browser.post(f"/aanmeldingen/{application_id}/indienen", {"accepted": ACCEPTED, "attempt": new_id(), **more})


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that the portal sends to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)


# --- starting and choosing ---


def test_an_application_is_started_once_per_round(world: World, browse: Browse) -> None:
    anna = browse("anna")
    assert "Aanmelding beginnen" in anna.get("/aanmeldingen").text

    first = anna.post(f"/rondes/{world.rounds['2020-1']}/aanmelden")
    again = anna.post(f"/rondes/{world.rounds['2020-1']}/aanmelden")

    application = one(world, select(Application))
    assert first.location == f"/aanmeldingen/{application.id}/keuzes"
    assert again.location == f"/aanmeldingen/{application.id}"
    assert application.number in anna.get("/aanmeldingen").text


def test_a_round_that_is_not_open_cannot_be_started(world: World, browse: Browse) -> None:
    anna = browse("anna")

    early = anna.post(f"/rondes/{world.rounds['2020-2']}/aanmelden")
    unknown = anna.post(f"/rondes/{new_id()}/aanmelden")

    assert (early.status_code, unknown.status_code) == (409, 404)
    assert every(world, select(Application)) == []


def test_choices_are_saved_and_changing_them_keeps_the_answers(world: World, browse: Browse) -> None:
    application_id, anna = world.complete(), browse("anna")
    path = f"/aanmeldingen/{application_id}/keuzes"
    answers = len(every(world, select(Answer)))

    cells = [cell(world, "DB-BASIS", "0865"), cell(world, "IB-EXTRA", "1948")]
    answer = anna.post(path, {"cell": cells, "based_on": "1"})

    assert (answer.status_code, answer.location) == (303, f"/aanmeldingen/{application_id}")
    assert len(every(world, select(Selection))) == 2
    assert len(every(world, select(Answer))) == answers
    assert anna.get(path).text.count(" checked") == 2


def test_a_whole_row_is_chosen_with_one_button(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(cells=()), browse("anna")
    product = cell(world, "IB-BASIS", "0796").split(":")[0]

    answer = anna.post(f"/aanmeldingen/{application_id}/keuzes", {"all": product})

    assert answer.location == f"/aanmeldingen/{application_id}/keuzes#product-{product}"
    assert len(every(world, select(Selection))) == 3


def test_a_closed_or_unknown_cell_cannot_be_chosen(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(cells=()), browse("anna")
    product, place = cell(world, "IB-BASIS", "0865").split(":")
    with world.database.transaction() as db:
        db.execute(
            update(Coverage)
            .where(Coverage.product_id == product, Coverage.municipality_id == place)
            .values(state="closed", remark="Tot nader order gesloten.")
        )
    path = f"/aanmeldingen/{application_id}/keuzes"

    closed = anna.post(path, {"cell": f"{product}:{place}"})
    unknown = anna.post(path, {"cell": f"{product}:{new_id()}"})
    row = anna.post(path, {"all": product})

    assert (closed.status_code, unknown.status_code, row.status_code) == (409, 404, 303)
    assert len(every(world, select(Selection))) == 2
    page = anna.get(path).text
    assert "Gesloten" in page
    assert "Tot nader order gesloten." in page


def test_another_organisation_sees_nothing_of_it(world: World, browse: Browse) -> None:
    application_id, karim = world.submitted("anna"), browse("karim")
    submission, document = one(world, select(Submission)), every(world, select(Document))[0]
    anna_owns = one(world, select(User).where(User.id == world.people["anna"])).organisation_id
    document = one(world, select(Document).where(Document.organisation_id == anna_owns, Document.kind == "kvk_extract"))

    for path in (
        f"/aanmeldingen/{application_id}",
        f"/aanmeldingen/{application_id}/keuzes",
        f"/aanmeldingen/{application_id}/eisen/T06",
        f"/aanmeldingen/{application_id}/indienen",
        f"/aanmeldingen/{application_id}/ontvangst/{submission.id}",
        f"/documenten/{document.id}",
        f"/documenten/{document.id}/bestand",
    ):
        assert karim.get(path).status_code == 404, path
        assert browse("anna").get(path).status_code == 200, path
    assert karim.post(f"/documenten/{document.id}/verwijderen").status_code == 404


# --- answering ---


def test_an_unfinished_answer_is_saved_and_the_page_says_what_is_missing(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(), browse("anna")
    path = f"/aanmeldingen/{application_id}/eisen/T10-1A"

    answer = anna.post(path, {"text": "Kort.", "based_on": "0"})

    assert (answer.status_code, answer.location) == (303, path)
    page = anna.get(path).text
    assert ">\nKort.</textarea>" in page
    assert "Beschrijf dit in minstens 100 tekens." in page
    assert "Bezig" in anna.get(f"/aanmeldingen/{application_id}").text


def test_every_place_has_a_page_that_opens_and_saves(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(cells=(("IB-BASIS", "0796"), ("KDV-BASIS", "0865"))), browse("anna")
    with world.database.reading() as db:
        keys = [place.key for place in requirements.places(db.get_one(Application, application_id))]

    for key in keys:
        path = f"/aanmeldingen/{application_id}/eisen/{key}"
        assert anna.get(path).status_code == 200, key
        assert anna.post(path, {"based_on": "0", "next": "1"}).status_code == 303, key

    assert len(every(world, select(Answer))) == len(keys)
    assert anna.get(f"/aanmeldingen/{application_id}/eisen/T99").status_code == 404
    assert anna.get(f"/aanmeldingen/{application_id}/eisen/T10-1B").status_code == 404


@pytest.mark.parametrize("kind", sorted(requirements.TYPES))
def test_every_type_has_its_two_partials(app: Any, kind: str) -> None:
    for part in ("form", "summary"):
        assert app.jinja_env.get_template(f"requirements/{kind}_{part}.html")


def test_two_colleagues_never_overwrite_each_other_unseen(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(), browse("anna")
    eva = browse(colleague(world, "Eva", "editor"))
    path = f"/aanmeldingen/{application_id}/eisen/T10-1A"
    anna.post(path, {"text": "Tekst van Anna.", "based_on": "0"})

    answer = eva.post(path, {"text": "Tekst van Eva.", "based_on": "0"})

    assert answer.status_code == 409
    assert "Anna de Wit heeft dit antwoord net ook gewijzigd" in answer.text
    assert "Tekst van Anna." in answer.text
    assert ">\nTekst van Eva.</textarea>" in answer.text
    assert one(world, select(Answer)).value == {"text": "Tekst van Anna."}
    version = re.search(r'name="based_on" value="(\d+)"', answer.text)
    assert version is not None
    assert eva.post(path, {"text": "Van ons beiden.", "based_on": version.group(1)}).status_code == 303
    assert one(world, select(Answer)).value == {"text": "Van ons beiden."}


def test_saving_by_itself_answers_with_the_new_version_and_does_not_get_in_its_own_way(
    world: World, browse: Browse
) -> None:
    application_id, anna = world.draft(), browse("anna")
    eva = browse(colleague(world, "Eva", "editor"))
    path, quiet = f"/aanmeldingen/{application_id}/eisen/T10-1A", {"headers": {"Accept": "text/plain"}}

    first = anna.post(path, {"text": "Een", "based_on": "0"}, **quiet)
    second = anna.post(path, {"text": "Een twee", "based_on": first.text}, **quiet)
    by_hand = anna.post(path, {"text": "Een twee drie", "based_on": second.text})
    eva.post(path, {"text": "Van Eva", "based_on": "3"})
    stale = anna.post(path, {"text": "Een twee drie vier", "based_on": "3"}, **quiet)

    assert [(one.status_code, one.text) for one in (first, second)] == [(200, "1"), (200, "2")]
    assert by_hand.status_code == 303
    assert (stale.status_code, stale.mimetype) == (409, "text/plain")
    assert "Eva heeft dit antwoord" in stale.text
    assert one(world, select(Answer)).value == {"text": "Van Eva"}


def test_the_equivalent_route_asks_for_an_argument(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(), browse("anna")
    path = f"/aanmeldingen/{application_id}/eisen/T03"

    anna.post(path, {"is_equivalent": "yes", "argument": "Kort.", "based_on": "0"})
    without = anna.get(path).text
    anna.post(path, {"is_equivalent": "yes", "argument": LONG, "based_on": "1"})

    assert "minstens 40 tekens uit waarom uw bewijs gelijkwaardig is" in without
    assert "minstens 40 tekens uit waarom uw bewijs gelijkwaardig is" not in anna.get(path).text
    assert one(world, select(Answer)).is_equivalent


def test_what_is_wrong_with_a_date_is_told_before_submitting_and_can_be_mended_there(
    world: World, browse: Browse
) -> None:
    application_id, anna = world.draft(), browse("anna")
    old = cast.sample(world.stage, world.people["anna"], "kvk_extract", age_days=300)
    path = f"/aanmeldingen/{application_id}/eisen/E01"

    attached = anna.post(f"{path}/documenten", {"document": old})
    page = anna.get(path).text
    task_list = anna.get(f"/aanmeldingen/{application_id}").text
    mended = anna.post(
        f"/documenten/{old}?aanmelding={application_id}&eis=E01", {"issued_on": "2019-06-01", "issuer": "KvK"}
    )

    assert attached.status_code == 303
    assert "is te oud: afgegeven op of na 15 januari 2019 is nodig" in page
    assert "Actie nodig" in task_list
    assert (mended.status_code, mended.location) == (303, f"{path}#bewijs")
    assert "is te oud" not in anna.get(path).text


def test_dates_that_cannot_be_are_refused_at_their_field(world: World, browse: Browse) -> None:
    document_id = cast.sample(world.stage, world.people["anna"], "hkz_certificate", age_days=100)
    anna = browse("anna")
    before = one(world, select(Document).where(Document.id == document_id)).expires_on

    wrong = anna.post(
        f"/documenten/{document_id}", {"issued_on": "2019-05-01", "expires_on": "2019-04-01", "issuer": ""}
    )
    nonsense = anna.post(f"/documenten/{document_id}", {"issued_on": "31-31-2019", "issuer": "Keur"})

    assert (wrong.status_code, nonsense.status_code) == (422, 422)
    assert 'id="expires_on-error"' in wrong.text
    assert 'value="2019-04-01"' in wrong.text
    assert 'id="issued_on-error"' in nonsense.text
    assert 'value="Keur"' in nonsense.text
    assert one(world, select(Document).where(Document.id == document_id)).expires_on == before


def test_a_document_is_attached_once_and_taken_away_without_leaving_the_vault(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(), browse("anna")
    document_id = cast.sample(world.stage, world.people["anna"], "complaints_procedure", age_days=11)
    foreign = cast.sample(world.stage, world.people["karim"], "complaints_procedure", age_days=12)
    path = f"/aanmeldingen/{application_id}/eisen/T06"

    anna.post(f"{path}/documenten", {"document": document_id})
    anna.post(f"{path}/documenten", {"document": document_id})
    evidence = one(world, select(Evidence))
    assert anna.post(f"{path}/documenten", {"document": foreign}).status_code == 404
    assert anna.post(f"{path}/documenten", {}).status_code == 422
    assert anna.post(f"/aanmeldingen/{application_id}/eisen/T07/documenten/{evidence.id}/weghalen").status_code == 404

    assert anna.post(f"{path}/documenten/{evidence.id}/weghalen").status_code == 303
    assert every(world, select(Evidence)) == []
    assert anna.get(f"/documenten/{document_id}/bestand").status_code == 200


# --- the vault ---


def test_a_new_version_supersedes_and_the_old_one_stays(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(), browse("anna")
    old = cast.sample(world.stage, world.people["anna"], "complaints_procedure", age_days=11)
    anna.post(f"/aanmeldingen/{application_id}/eisen/T06/documenten", {"document": old})
    content = sample_documents.make("other", "De Linde", "12345678", MORNING.date(), None, "V2")

    answer = anna.post(
        f"/documenten/upload/complaints_procedure?vervangt={old}", {"bestand": (io.BytesIO(content), "nieuw.pdf")}
    )

    new = one(world, select(Document).where(Document.filename == "nieuw.pdf"))
    assert (answer.location, new.version) == (f"/documenten/{new.id}", 2)
    assert "Eerdere versies" in anna.get(answer.location).text
    assert anna.get(f"/documenten/{old}/bestand").status_code == 200
    page = anna.get(f"/aanmeldingen/{application_id}/eisen/T06").text
    assert "Nieuwste versie gebruiken" in page
    evidence = one(world, select(Evidence))
    anna.post(f"/aanmeldingen/{application_id}/eisen/T06/documenten", {"document": new.id, "instead": evidence.id})
    assert one(world, select(Evidence)).document_id == new.id


def test_removing_a_document_can_be_undone(world: World, browse: Browse) -> None:
    anna = browse("anna")
    document = one(
        world,
        select(Document)
        .join(Document.uploaded_by)
        .where(Document.kind == "kvk_extract", User.id == world.people["anna"]),
    )

    anna.post(f"/documenten/{document.id}/verwijderen")
    removed = anna.get("/documenten").text
    anna.post(f"/documenten/{document.id}/terugzetten")

    assert f"/documenten/{document.id}/terugzetten" in removed
    assert f"/documenten/{document.id}/terugzetten" not in anna.get("/documenten").text


# --- submitting ---


def test_a_complete_application_is_submitted_with_a_receipt(world: World, browse: Browse) -> None:
    application_id, anna = world.complete(), browse("anna")
    assert "U heeft nog niet ingediend" in anna.get(f"/aanmeldingen/{application_id}").text

    answer = submit(anna, application_id)

    submission = one(world, select(Submission))
    assert (answer.status_code, answer.location) == (
        303, f"/aanmeldingen/{application_id}/ontvangst/{submission.id}",
    )  # fmt: skip
    page = anna.get(answer.location).text
    assert "10.00.00 uur" in page
    assert submission.receipt_number in page
    assert submission.digest[:4] in page
    for document in every(world, select(Document).join(Evidence, Evidence.document_id == Document.id)):
        assert document.sha256 in page
    assert anna.get(f"{answer.location}/ontvangstbewijs.pdf").status_code == 404
    world.work()
    receipt = anna.get(f"{answer.location}/ontvangstbewijs.pdf")
    assert (receipt.status_code, receipt.data[:5]) == (200, b"%PDF-")
    assert "U heeft ingediend" in anna.get(f"/aanmeldingen/{application_id}").text


def test_the_same_form_sent_twice_gives_one_receipt(world: World, browse: Browse) -> None:
    application_id, anna = world.complete(), browse("anna")
    attempt = new_id()

    first, second = (submit(anna, application_id, attempt=attempt) for _ in range(2))

    assert first.location == second.location
    assert len(every(world, select(Submission))) == 1
    assert submit(anna, application_id).location != first.location


def test_without_the_declarations_nothing_is_submitted_and_each_is_named(world: World, browse: Browse) -> None:
    application_id, anna = world.complete(), browse("anna")

    answer = submit(anna, application_id, accepted=["complete"])

    assert answer.status_code == 422
    assert 'href="#represent"' in answer.text
    assert 'id="terms-error"' in answer.text
    assert 'id="complete-error"' not in answer.text
    assert every(world, select(Submission)) == []


def test_with_gaps_the_page_links_to_each_of_them_and_back(world: World, browse: Browse) -> None:
    application_id, anna = world.draft(), browse("anna")

    answer = submit(anna, application_id)

    assert answer.status_code == 409
    link = f"/aanmeldingen/{application_id}/eisen/T10-1A?terug=indienen#invullen"
    assert link in answer.text
    assert every(world, select(Submission)) == []
    saved = anna.post(link.split("#")[0], {"text": LONG, "based_on": "0"})
    assert saved.location == f"/aanmeldingen/{application_id}/indienen"
    assert link not in anna.get(saved.location).text


def test_an_editor_sees_who_may_submit_and_cannot(world: World, browse: Browse) -> None:
    application_id = world.complete()
    eva = browse(colleague(world, "Eva", "editor"))

    page = eva.get(f"/aanmeldingen/{application_id}/indienen").text
    answer = submit(eva, application_id)

    assert "Anna de Wit" in page
    assert "Aanmelding indienen" not in page
    assert answer.status_code == 403
    assert every(world, select(Submission)) == []


def test_the_last_second_counts_and_the_closing_instant_does_not(world: World, browse: Browse) -> None:
    early, late = world.complete("anna"), world.complete("karim")
    closes_at = one(world, select(Round).where(Round.id == world.rounds["2020-1"])).closes_at
    anna, karim = browse("anna"), browse("karim")
    world.clock.set(closes_at - timedelta(hours=1))
    anna.get("/aanmeldingen"), karim.get("/aanmeldingen")

    world.clock.set(closes_at - timedelta(seconds=1))
    in_time = submit(browse("anna"), early)
    world.clock.set(closes_at)
    too_late = submit(browse("karim"), late)

    assert in_time.status_code == 303
    assert too_late.status_code == 409
    assert "Te laat om in te dienen" in too_late.text
    assert "dinsdag 1 oktober 2019, 12.00 uur" in too_late.text
    assert "2020-2" in too_late.text
    assert one(world, select(Submission)).application_id == early
    assert one(world, select(AuditEvent).where(AuditEvent.act == "submit_too_late")).subject_id == late


def test_changes_after_submitting_are_shown_until_they_are_submitted(world: World, browse: Browse) -> None:
    application_id, anna = world.submitted(), browse("anna")
    path = f"/aanmeldingen/{application_id}"

    anna.post(f"{path}/eisen/T10-1A", {"text": LONG, "based_on": "1"})
    changed = anna.get(path).text
    submit(anna, application_id)

    assert "U heeft wijzigingen die nog niet zijn ingediend" in changed
    assert "U heeft wijzigingen" not in anna.get(path).text
    first = min(every(world, select(Submission)), key=lambda one: one.sequence)
    assert "Er is later opnieuw ingediend" in anna.get(f"{path}/ontvangst/{first.id}").text


def test_withdrawing_asks_first_and_can_be_followed_by_submitting_again(world: World, browse: Browse) -> None:
    application_id, anna = world.submitted(), browse("anna")
    path = f"/aanmeldingen/{application_id}/intrekken"

    assert "Ja, indiening intrekken" in anna.get(path).text
    assert one(world, select(Submission)).withdrawn_at is None
    assert anna.post(path).status_code == 303

    assert one(world, select(Submission)).withdrawn_at == world.clock()
    assert "U heeft nog niet ingediend" in anna.get(f"/aanmeldingen/{application_id}").text
    assert "niets om in te trekken" in anna.get(path).text
    assert browse(colleague(world, "Eva", "editor")).get(path).status_code == 403
    assert submit(anna, application_id).status_code == 303


# --- after closing ---


def screened(world: World, application_id: str, *remedies: str) -> str:
    """Closed and screened; where `remedies` names a place, remedy is asked. Gives the request's id, if any."""
    world.close_round()
    with world.database.transaction() as db:
        application, ineke = db.get_one(Application, application_id), db.get_one(User, world.people["ineke"])
        review, moment = application.review, world.clock()
        assert review is not None
        reviews.declare_interest(application.round, ineke, [], moment)
        for item in reviews.items(review):
            verdict, reason = ("remedy", "Stuur een volledig exemplaar.") if item.key in remedies else ("meets", "")
            reviews.find(review, ineke, item, verdict, reason, moment, based_on=0)
        return remedying.ask(review, ineke, moment).id if remedies else ""


def test_a_remedy_is_explained_proven_and_sent_once(world: World, browse: Browse) -> None:
    application_id = world.submitted()
    remedy_id = screened(world, application_id, "T06")
    anna, path = browse("anna"), f"/aanmeldingen/{application_id}/herstel/{remedy_id}"
    with world.database.reading() as db:
        item_id = db.get_one(RemedyRequest, remedy_id).items[0].id
    assert path in anna.get("/aanmeldingen").text
    assert path in anna.get(f"/aanmeldingen/{application_id}").text
    assert "Stuur een volledig exemplaar." in anna.get(path).text
    assert "uiterlijk 8 oktober 2019" in anna.get("/aanmeldingen").text

    nothing = anna.post(f"{path}/versturen")
    content = sample_documents.make("other", "De Linde", "12345678", MORNING.date(), None, "HERSTEL")
    handed = anna.post(f"{path}/{item_id}/upload", {"bestand": (io.BytesIO(content), "volledig.pdf")})
    explained = anna.post(f"{path}/{item_id}/toelichting", {"explanation": "Nu met alle bladzijden."})
    sent = anna.post(f"{path}/versturen")
    again = anna.post(f"{path}/{item_id}/toelichting", {"explanation": "Toch anders."})

    assert [one.status_code for one in (nothing, handed, explained, sent, again)] == [409, 303, 303, 303, 409]
    page = anna.get(path).text
    assert "U heeft uw herstel verstuurd" in page
    assert "volledig.pdf" in page
    assert "Nu met alle bladzijden." in page
    assert browse("karim").get(path).status_code == 404


def test_a_remedy_after_its_term_is_refused(world: World, browse: Browse) -> None:
    application_id = world.submitted()
    remedy_id = screened(world, application_id, "T06")
    path = f"/aanmeldingen/{application_id}/herstel/{remedy_id}"
    with world.database.reading() as db:
        remedy = db.get_one(RemedyRequest, remedy_id)
        item_id, due_at = remedy.items[0].id, remedy.due_at

    world.clock.set(due_at - timedelta(seconds=1))
    assert browse("anna").post(f"{path}/{item_id}/toelichting", {"explanation": "Op tijd."}).status_code == 303
    world.clock.set(due_at)
    anna = browse("anna")

    assert anna.post(f"{path}/{item_id}/toelichting", {"explanation": "Te laat."}).status_code == 409
    assert anna.post(f"{path}/versturen").status_code == 409
    assert "De termijn voor herstel is voorbij" in anna.get(path).text


def test_a_decision_is_read_only_after_it_was_told_and_opening_the_letter_is_kept(world: World, browse: Browse) -> None:
    application_id = world.submitted()
    screened(world, application_id)
    moment = world.clock()
    with world.database.transaction() as db:
        ineke, joris, bram = (db.get_one(User, world.people[name]) for name in ("ineke", "joris", "bram"))
        review = db.get_one(Application, application_id).review
        assert review is not None
        check = review.application.integrity_check
        if check is not None:
            integrity.record_outcome(check, bram, "no_objection", None, moment)
        decisions.propose(review, ineke, moment)
        decisions.confirm(review, joris, moment)
    anna, path = browse("anna"), f"/aanmeldingen/{application_id}"
    before = anna.get(path).text
    assert anna.get(f"{path}/besluit").status_code == 404
    assert anna.post(f"{path}/besluit/openen").status_code == 404

    with world.database.transaction() as db:
        tell(db, world, db.get_one(Application, application_id))
    world.work()
    after = anna.get(path).text
    opened = anna.post(f"{path}/besluit/openen")
    first = one(world, select(DecisionLetter)).opened_at
    world.clock.advance(timedelta(minutes=5))
    anna.post(f"{path}/besluit/openen")

    assert "Toegelaten" not in before
    assert "Besluit genomen" not in before
    assert "Toegelaten" in after
    assert opened.location == f"{path}/besluit"
    assert anna.get(f"{path}/besluit").data[:5] == b"%PDF-"
    assert one(world, select(DecisionLetter)).opened_at == first


def test_what_was_not_submitted_lapses_and_names_the_next_round(world: World, browse: Browse) -> None:
    application_id = world.complete()
    world.close_round()
    anna = browse("anna")

    page = anna.get(f"/aanmeldingen/{application_id}").text

    assert "U heeft in deze ronde niet ingediend" in page
    assert "2020-2" in page
    assert anna.post(f"/aanmeldingen/{application_id}/eisen/T10-1A", {"text": LONG, "based_on": "1"}).status_code == 409


# --- what a page costs ---


def test_pages_ask_the_database_a_fixed_and_small_number_of_times(world: World, browse: Browse) -> None:
    small, anna = world.draft(cells=(("IB-BASIS", "0796"),)), browse("anna")
    large = world.submitted(
        "karim",
        tuple((code, town) for code in ("IB-BASIS", "DB-BASIS", "KDV-BASIS") for town in ("0796", "1948", "0865")),
    )
    karim = browse("karim")
    costs = {}

    for page, limit in {
        "": 15, "/keuzes": 15, "/eisen/T03": 15, "/eisen/T01-1A": 15, "/integriteit": 15, "/indienen": 15,
    }.items():  # fmt: skip
        for name, browser, application_id in (("small", anna, small), ("large", karim, large)):
            with counted(world) as seen:
                assert browser.get(f"/aanmeldingen/{application_id}{page}").status_code == 200
            costs[name] = len(seen)
        assert costs["large"] <= limit, (page, seen)
        assert abs(costs["large"] - costs["small"]) <= 2, page  # eager loads of nothing are not sent
    for path in ("/aanmeldingen", "/documenten"):
        with counted(world) as seen:
            assert karim.get(path).status_code == 200
        assert len(seen) <= 8, (path, seen)


def test_what_is_saved_while_somebody_types_takes_few_statements_and_reads_no_files(
    world: World, browse: Browse
) -> None:
    application_id, anna = world.complete(), browse("anna")
    path = f"/aanmeldingen/{application_id}/eisen/T10-1A"
    form = {"csrf_token": anna.token("/"), "text": "Anders " * 9, "based_on": "1"}

    with counted(world) as in_between:
        assert anna.client.post(path, data=form, headers={"Accept": "text/plain"}).status_code == 200
    with counted(world) as by_hand:
        assert anna.client.post(path, data=form | {"based_on": "2", "next": "1"}).status_code == 303

    assert len(in_between) <= 9
    assert not [one for one in in_between if "FROM evidence" in one]
    assert [one for one in by_hand if "FROM evidence" in one], "where one goes next depends on the files"

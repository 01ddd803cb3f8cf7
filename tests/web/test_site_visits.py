"""Visits to a location through the pages: planned, recorded without scripts, replied to, established, and evidence."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.adapters.scanner import ClamdScanner
from portal.cli import integrity_script, visit_script
from portal.cli.files import EVER
from portal.domain import case_file_facts, decisions, reviews, site_reports
from portal.errors import Refused
from portal.models import (
    AuditEvent,
    Message,
    Procedure,
    Review,
    SiteNote,
    SitePhoto,
    SiteVisit,
    User,
    new_id,
)
from portal.queries import case_files as case_file_queries
from portal.queries.verification import verify
from portal.worker.scanning import follow_settings
from portal.worker.tasks import TASKS
from tests import visiting
from tests.clamd import Wire
from tests.visiting import DAY, at, photo

SEEN = "De regeling hangt niet in de hal, maar ligt in een la."
REPLY = "De regeling hangt sinds gisteren in de hal."
FOUND = "De foto van gisteren laat zien dat zij nu hangt."
CONCLUSION = "De locatie is ingericht zoals opgegeven; de regeling hing er op de dag zelf niet."


@pytest.fixture
def visit(closed):
    """Ineke planned a visit to De Linde. Gives its id."""
    closed.declare("ineke", "joris")
    return visiting.planned(closed.world, closed.application)


def _rows(closed, model):
    with closed.world.database.reading() as db:
        return list(db.scalars(select(model)))


def _points(closed, visit_id):
    with closed.world.database.reading() as db:
        return [(one.id, one.position, one.text) for one in db.get_one(SiteVisit, visit_id).points]


def _on_the_day(closed):
    closed.world.clock.set(at(11))


def _work(closed, *names):
    for task in TASKS:
        if task.name in names:
            with closed.world.database.reading() as db:
                due = task.find(db, closed.world.clock())
            for one in due:
                task.handle(closed.world.database, closed.world.services, one)


def _recorded(closed, visit_id, picture=True):
    _on_the_day(closed)
    found = {2: ("does_not_hold", SEEN)}
    drawn = photo() if picture else None
    visit_script.record(closed.world.stage, closed.world.people["ineke"], visit_id, found, drawn)


def _sent(closed, visit_id):
    _recorded(closed, visit_id)
    visit_script.send(closed.world.stage, closed.world.people["ineke"], visit_id)


def _established(closed, visit_id):
    _sent(closed, visit_id)
    world = closed.world
    world.clock.advance(timedelta(days=2))
    visit_script.reply(world.stage, world.people["anna"], visit_id, {2: REPLY})
    visit_script.establish(world.stage, world.people["ineke"], visit_id, {2: ("holds", FOUND)}, CONCLUSION)
    _work(closed, "site_reports_to_draw_up")


def _form(closed, **changed):
    base = {
        "attempt": new_id(), "starts_on": str(DAY), "starts_time": "10:00", "place": "Dorpsstraat 12, Vught",
        "visitor": [closed.world.people["ineke"]], "have_ready": "Het rooster.", "place-key": ["T03", "T06"],
        "own": "T06: hangt de regeling in de hal?\nIs de hal schoon?",
    }  # fmt: skip
    return {**base, **changed}


# --- planning ---


def test_an_inkoper_plans_and_the_applicant_gets_a_mail_that_only_points(closed, official):
    ineke, form = official("ineke"), _form(closed)
    path = f"/beoordelen/{closed.review}/toetsingen/nieuw"

    page, answers = ineke.get(path).text, [ineke.post(path, form) for _ in range(2)]

    assert "HKZ" in page
    assert "4 november 2019" in page  # the first day that can be: five working days' notice
    assert [one.status_code for one in answers] == [303, 303]
    (made,) = _rows(closed, SiteVisit)
    assert [one[2] for one in _points(closed, made.id)] == ["", "hangt de regeling in de hal?", "Is de hal schoon?"]
    (mail,) = [one for one in _rows(closed, Message) if one.template == "site_visit"]
    subject, body = closed.world.services.mail.render("site_visit", {"portal_url": "http://p", **mail.facts})
    assert f"http://p/aanmeldingen/{closed.application}/toetsingen/{made.id}" in body
    for detail in ("Dorpsstraat", "november", "rooster", "hal"):
        assert detail not in subject + body
    anna = closed.browser("anna")
    assert "Dorpsstraat 12, Vught" in anna.get(f"/aanmeldingen/{closed.application}").text
    shown = anna.get(f"/aanmeldingen/{closed.application}/toetsingen/{made.id}").text
    for said in ("dinsdag 5 november 2019, 10.00 uur", "Het rooster.", "Ineke Bos", "hangt de regeling in de hal?"):
        assert said in shown


WRONG = (
    ({"starts_on": "2019-11-01"}, "Kies een latere dag"),
    ({"starts_on": "2019-11-09"}, "Kies een werkdag"),
    ({"starts_on": "2019-13-40"}, "Vul een dag en een tijd in"),
    ({"place": "hier"}, "Vul het adres"),
    ({"visitor": []}, "Kies wie er op bezoek gaat"),
    ({"visitor": ["nobody"]}, "Kies wie er op bezoek gaat"),
    ({"place-key": [], "own": "Is de hal schoon?"}, "Kies de gepubliceerde eisen"),
)


def test_what_is_missing_in_a_plan_is_told_and_nothing_typed_is_lost(closed, official):
    ineke = official("ineke")

    for changed, told in WRONG:
        answer = ineke.post(f"/beoordelen/{closed.review}/toetsingen/nieuw", _form(closed, **changed))

        assert answer.status_code == 422
        assert told in answer.text
        assert "Is de hal schoon?" in answer.text
    assert _rows(closed, SiteVisit) == []


@pytest.mark.slow
def test_the_notice_and_the_term_to_reply_are_data_of_the_procedure(closed, official):
    with closed.world.database.transaction() as db:
        procedure = db.get_one(Procedure, closed.world.procedure_id)
        terms = {**procedure.settings["terms"], "site_visit_notice_days": 1, "site_visit_reply_days": 3}
        procedure.settings = {**procedure.settings, "terms": terms}
    ineke = official("ineke")
    form = _form(closed, starts_on="2019-10-29")

    assert ineke.post(f"/beoordelen/{closed.review}/toetsingen/nieuw", form).status_code == 303

    (made,) = _rows(closed, SiteVisit)
    closed.world.clock.set(at(11, DAY.replace(month=10, day=29)))
    visit_script.record(closed.world.stage, closed.world.people["ineke"], made.id, {})
    visit_script.send(closed.world.stage, closed.world.people["ineke"], made.id)
    (sent,) = _rows(closed, SiteVisit)
    assert str(site_reports.last_day(sent)) == "2019-11-01"


@pytest.mark.slow
def test_a_visit_is_moved_and_cancelled_with_a_reason_that_the_applicant_reads(closed, official, visit):
    ineke, anna, path = closed.browser("ineke"), closed.browser("anna"), f"/toetsingen/{visit}"
    form = _form(closed, starts_on="2019-11-12", reason="kort")

    short = ineke.post(f"{path}/verplaatsen", form)
    moved = [ineke.post(f"{path}/verplaatsen", {**form, "reason": "De toezichthouder is ziek."}) for _ in range(2)]
    page = anna.get(f"/aanmeldingen/{closed.application}/toetsingen/{visit}").text
    cancelled = ineke.post(f"{path}/afzeggen", {"cancel-reason": "De aanbieder trok het product terug."})

    assert (short.status_code, [one.status_code for one in moved], cancelled.status_code) == (422, [303, 303], 303)
    assert "dinsdag 12 november 2019" in page
    assert "Eerst: dinsdag 5 november 2019" in page
    assert "De toezichthouder is ziek." in page
    after = anna.get(f"/aanmeldingen/{closed.application}/toetsingen/{visit}").text
    assert "De aanbieder trok het product terug." in after
    told = [one.facts["what"] for one in _rows(closed, Message) if one.template == "site_visit"]
    assert sorted(told) == ["cancelled", "moved", "planned"]
    again = ineke.post(f"{path}/verplaatsen", _form(closed, starts_on="2019-11-13", reason="Toch weer wel graag."))
    assert again.status_code == 409


# --- recording without scripts ---


def test_without_scripts_a_point_is_noted_twice_and_the_last_one_is_shown(closed, visit):
    other = visiting.planned(closed.world, closed.application, places=("T10-1A",), own="")
    _on_the_day(closed)
    ineke = closed.browser("ineke")
    point = _points(closed, visit)[1][0]
    path = f"/veld/{visit}/punten/{point}"

    page = ineke.get(f"/veld/{other}").text
    first = ineke.post(path, {"attempt": new_id(), "verdict": "not_seen", "note": "De hal was op slot."})
    again = {"attempt": new_id(), "verdict": "does_not_hold", "note": SEEN}
    second = [ineke.post(path, again) for _ in range(2)]

    assert "De aanbieder gaf op:" in page
    assert (first.status_code, [one.status_code for one in second]) == (303, [303, 303])
    assert [(one.verdict, one.note) for one in _rows(closed, SiteNote)] == [
        ("not_seen", "De hal was op slot."), ("does_not_hold", SEEN),
    ]  # fmt: skip
    after = ineke.get(f"/veld/{visit}").text
    assert after.index(SEEN) < after.index("Eerder genoteerd") < after.index("De hal was op slot.")
    states = {one.id: one.state for one in _rows(closed, SiteVisit)}
    assert states == {visit: "recorded", other: "planned"}


def test_a_note_that_came_in_late_stands_where_it_was_made(closed, visit):
    """One phone had no network for an hour; the other noted in between."""
    _on_the_day(closed)
    ineke, path = closed.browser("ineke"), f"/veld/{visit}/punten/{_points(closed, visit)[0][0]}"
    ineke.post(path, {"attempt": new_id(), "verdict": "holds", "note": "gezien in de kast"})
    closed.world.clock.advance(timedelta(minutes=25))

    late = {"attempt": new_id(), "verdict": "not_seen", "note": "kast nog dicht", "age": "3600"}
    assert ineke.post(path, late, headers={"Accept": "text/plain"}).status_code == 204
    ahead = {"attempt": new_id(), "verdict": "holds", "note": "na afloop", "age": "-500"}
    assert ineke.post(path, ahead, headers={"Accept": "text/plain"}).status_code == 204

    with closed.world.database.reading() as db:
        point = db.get_one(SiteVisit, visit).points[0]
        assert [one.note for one in point.notes] == ["kast nog dicht", "gezien in de kast", "na afloop"]
        assert point.notes[0].noted_at == at(11) - timedelta(minutes=35)
        assert point.latest.noted_at == closed.world.clock()


@pytest.mark.slow
def test_what_is_missing_in_a_note_is_told_at_its_point(closed, visit):
    _on_the_day(closed)
    ineke, point = closed.browser("ineke"), _points(closed, visit)[0][0]
    short = {"verdict": "does_not_hold", "note": "nee"}

    for form, told in (({"verdict": ""}, "Kies: klopt, klopt niet"), (short, "wat er niet klopt")):
        answer = ineke.post(f"/veld/{visit}/punten/{point}", {"attempt": new_id(), **form})

        assert answer.status_code == 422
        assert told in answer.text
    assert _rows(closed, SiteNote) == []


def test_nothing_is_noted_before_the_day_nor_after_the_report(closed, visit):
    ineke, path = closed.browser("ineke"), f"/veld/{visit}/punten/{_points(closed, visit)[0][0]}"
    form = {"attempt": new_id(), "verdict": "holds", "note": ""}

    early = ineke.post(path, form, headers={"Accept": "text/plain"})
    _sent(closed, visit)
    late = closed.browser("ineke").post(path, form, headers={"Accept": "text/plain"})

    assert (early.status_code, late.status_code) == (409, 409)
    assert "Vastleggen kan vanaf die dag" in early.text
    assert "al verstuurd" in late.text


def test_notes_are_only_added(closed, visit):
    _recorded(closed, visit)
    for statement in ("UPDATE site_notes SET note = 'anders'", "DELETE FROM site_notes"):
        with pytest.raises(DBAPIError), closed.world.database.transaction() as db:
            db.execute(text(statement))


def test_photographs_lose_where_they_were_made_and_stand_upright(closed, visit):
    _on_the_day(closed)
    ineke, point = closed.browser("ineke"), _points(closed, visit)[0][0]
    sent = photo()
    files = {"bestand": [(io.BytesIO(sent), "IMG_1.jpg"), (io.BytesIO(photo("tomato")), "IMG_2.jpg")]}
    path = f"/veld/{visit}/punten/{point}/fotos"

    answer = ineke.post(path, {"attempt": "phone-0001", **files}, content_type="multipart/form-data")

    assert answer.status_code == 303, answer.text
    assert visiting.PLACE_ON_EARTH in sent
    kept = _rows(closed, SitePhoto)
    assert len(kept) == 2
    stored = closed.world.services.files.read(kept[0].storage_key)
    shown = ineke.get(f"/toetsingen/{visit}/fotos/{kept[0].id}.jpg")
    assert shown.data == stored
    with Image.open(io.BytesIO(stored)) as picture:
        assert dict(picture.getexif()) == {}
        assert picture.height > picture.width
    assert visiting.PLACE_ON_EARTH not in stored
    # what came in is gone, and what is kept is known to the verifier
    named = {one.storage_key for one in kept}
    with closed.world.database.reading() as db:
        found = verify(db, closed.world.services.files, closed.world.services.timestamps, closed.world.clock())
    assert [one for one in found.problems if one.subject in named] == []
    fresh = [key for key in closed.world.services.files.keys("documents/", EVER) if key in named]
    assert len(fresh) == 2


def test_a_photograph_sent_twice_is_one_and_something_else_is_refused(closed, visit):
    _on_the_day(closed)
    ineke, point = closed.browser("ineke"), _points(closed, visit)[0][0]
    path = f"/veld/{visit}/punten/{point}/fotos"
    headers = {"X-CSRFToken": ineke.token("/"), "X-File-Name": "foto.jpg", "Content-Type": "application/octet-stream"}

    both = [ineke.client.put(f"{path}?sleutel=phone-0001&ouderdom=60", data=photo(), headers=headers) for _ in "12"]
    pdf = {**headers, "X-File-Name": "verslag.pdf"}
    wrong = ineke.client.put(f"{path}?sleutel=phone-0002", data=b"%PDF-1.4 not a photograph", headers=pdf)
    files = {"attempt": new_id(), "bestand": (io.BytesIO(b"GIF89a"), "plaatje.gif")}
    plain = ineke.post(path, files, content_type="multipart/form-data")

    assert [one.status_code for one in both] == [204, 204]
    assert (wrong.status_code, plain.status_code) == (409, 409)
    assert "JPEG of PNG" in plain.text
    (kept,) = _rows(closed, SitePhoto)
    assert kept.noted_at == at(11) - timedelta(minutes=1)


@pytest.mark.slow
def test_a_photograph_with_a_client_on_it_is_erased_as_long_as_the_report_is_not_sent(closed, visit):
    _recorded(closed, visit)
    (kept,) = _rows(closed, SitePhoto)
    ineke, path = closed.browser("ineke"), f"/toetsingen/{visit}/fotos/{kept.id}"

    answers = [ineke.post(f"{path}/weg") for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 303]
    assert not closed.world.services.files.exists(kept.storage_key)
    assert ineke.get(f"{path}.jpg").status_code == 404
    assert _rows(closed, SitePhoto)[0].sha256 == kept.sha256


@pytest.mark.slow
def test_the_scanner_looks_at_photographs_too(closed, visit):
    server = Wire().start()
    try:
        _recorded(closed, visit)
        services = closed.world.services
        (kept,) = _rows(closed, SitePhoto)
        object.__setattr__(services, "scanner", ClamdScanner(server.address, pause=0))
        ineke, path = closed.browser("ineke"), f"/toetsingen/{visit}/fotos/{kept.id}.jpg"
        unseen = ineke.get(path).status_code

        follow_settings(closed.world.database, services)
        _work(closed, "site_photos_to_scan")

        assert unseen == 409
        assert ineke.get(path).status_code == 200
        assert _rows(closed, SitePhoto)[0].scan_state == "clean"
    finally:
        server.stop()


# --- the report and the reply ---


def test_the_report_waits_for_a_note_at_every_point(closed, visit):
    _on_the_day(closed)
    ineke = closed.browser("ineke")
    ineke.post(f"/veld/{visit}/punten/{_points(closed, visit)[0][0]}", {"attempt": new_id(), "verdict": "holds"})

    answer = ineke.post(f"/toetsingen/{visit}/versturen")

    assert answer.status_code == 409
    assert "Nog 2 punten zonder notitie" in answer.text
    _recorded(closed, visit)
    assert [ineke.post(f"/toetsingen/{visit}/versturen").status_code for _ in range(2)] == [303, 303]
    assert "19 november 2019" in ineke.get(f"/toetsingen/{visit}").text  # ten working days


def test_the_applicant_reads_nothing_of_what_was_seen_before_it_is_sent(closed, visit):
    _recorded(closed, visit)
    anna, path = closed.browser("anna"), f"/aanmeldingen/{closed.application}/toetsingen/{visit}"
    (kept,) = _rows(closed, SitePhoto)

    before = anna.get(path).text
    hidden = anna.get(f"{path}/fotos/{kept.id}.jpg").status_code
    visit_script.send(closed.world.stage, closed.world.people["ineke"], visit)

    assert SEEN not in before
    assert "Gepland" in before
    assert hidden == 404
    assert SEEN in anna.get(path).text
    assert anna.get(f"{path}/fotos/{kept.id}.jpg").status_code == 200


def test_a_reply_is_kept_then_sent_and_officials_see_it_only_then(closed, visit):
    _sent(closed, visit)
    anna, ineke = closed.browser("anna"), closed.browser("ineke")
    path, second = f"/aanmeldingen/{closed.application}/toetsingen/{visit}", _points(closed, visit)[1][0]

    kept = anna.post(f"{path}/reactie", {f"reply-{second}": REPLY, "based_on": "0", "doe": "bewaren"})
    before = ineke.get(f"/toetsingen/{visit}").text
    late = anna.post(f"{path}/reactie", {f"reply-{second}": "Iets anders.", "based_on": "0", "doe": "bewaren"})
    sent = [
        anna.post(f"{path}/reactie", {f"reply-{second}": REPLY, "based_on": "1", "doe": "versturen"}) for _ in range(2)
    ]

    assert kept.status_code == 303
    assert REPLY not in before
    assert late.status_code == 409
    assert "Iets anders." in late.text
    assert REPLY in late.text
    assert [one.status_code for one in sent] == [303, 303]
    assert REPLY in ineke.get(f"/toetsingen/{visit}").text
    changed = anna.post(f"{path}/reactie", {f"reply-{second}": "Nog iets.", "based_on": "1", "doe": "versturen"})
    assert REPLY in closed.browser("ineke").get(f"/toetsingen/{visit}").text
    assert changed.status_code == 303  # sent by the same person: it is what it was


@pytest.mark.slow
def test_by_itself_saved_as_it_is_typed(closed, visit):
    _sent(closed, visit)
    anna, point = closed.browser("anna"), _points(closed, visit)[0][0]
    path = f"/aanmeldingen/{closed.application}/toetsingen/{visit}/reactie"

    answer = anna.post(path, {f"reply-{point}": REPLY, "based_on": "0"}, headers={"Accept": "text/plain"})

    assert (answer.status_code, answer.text) == (200, "1")


def test_after_the_term_there_is_no_reply_and_before_it_no_outcome(closed, visit):
    _sent(closed, visit)
    ineke = closed.browser("ineke")
    early = ineke.post(f"/toetsingen/{visit}/uitkomst", {"conclusion": CONCLUSION})
    closed.world.clock.set(_rows(closed, SiteVisit)[0].due_at)
    anna, ineke = closed.browser("anna"), closed.browser("ineke")
    path = f"/aanmeldingen/{closed.application}/toetsingen/{visit}"

    late = anna.post(f"{path}/reactie", {"doe": "versturen", "based_on": "0"})

    assert early.status_code == 409
    assert late.status_code == 409
    assert "Reactie versturen" not in anna.get(path).text
    form = {f"outcome-{one}": "holds" for one, _, _ in _points(closed, visit)}
    second = _points(closed, visit)[1][0]
    differs = ineke.post(f"/toetsingen/{visit}/uitkomst", {**form, "conclusion": CONCLUSION})
    assert differs.status_code == 422  # another outcome than was noted asks why
    assert f'href="#finding-{second}"' in differs.text
    assert CONCLUSION in differs.text
    whole = {**form, f"outcome-{second}": "does_not_hold", "conclusion": CONCLUSION}
    assert [ineke.post(f"/toetsingen/{visit}/uitkomst", whole).status_code for _ in range(2)] == [303, 303]


def test_the_outcome_answers_the_reply_and_only_a_visitor_establishes_it(closed, visit):
    _sent(closed, visit)
    world = closed.world
    visit_script.reply(world.stage, world.people["anna"], visit, {1: REPLY})
    form = {f"outcome-{one}": "holds" for one, _, _ in _points(closed, visit)}
    first, second, _ = (one for one, _, _ in _points(closed, visit))
    form |= {f"outcome-{second}": "does_not_hold", "conclusion": CONCLUSION}

    unanswered = closed.browser("ineke").post(f"/toetsingen/{visit}/uitkomst", form)
    by_another = closed.browser("joris").post(f"/toetsingen/{visit}/uitkomst", {**form, f"finding-{first}": FOUND})
    answered = closed.browser("ineke").post(f"/toetsingen/{visit}/uitkomst", {**form, f"finding-{first}": FOUND})

    assert (unanswered.status_code, by_another.status_code, answered.status_code) == (422, 403, 303)
    assert _rows(closed, SiteVisit)[0].established_by_id == world.people["ineke"]


# --- evidence ---


def test_the_established_report_stands_beside_its_requirement_and_gives_no_verdict(closed, visit):
    _sent(closed, visit)
    ineke = closed.browser("ineke")
    before = ineke.get(f"/beoordelen/{closed.review}?eis=T06").text
    world = closed.world
    visit_script.reply(world.stage, world.people["anna"], visit, {2: REPLY})
    visit_script.establish(world.stage, world.people["ineke"], visit, {2: ("holds", FOUND)}, CONCLUSION)
    _work(closed, "site_reports_to_draw_up")

    after = ineke.get(f"/beoordelen/{closed.review}?eis=T06").text

    place = after[after.index('id="eis-T06"') :]
    place = place[: place.index("</details>\n")] if "</details>\n" in place else place
    for said in (SEEN, REPLY, FOUND):
        assert said not in before
        assert said in after[after.index('id="eis-T06"') :]
    with world.database.reading() as db:
        assert db.get_one(Review, closed.review).findings == []
    assert ineke.get(f"/toetsingen/{visit}/verslag").status_code == 200


def test_the_report_is_a_tagged_pdf_with_what_was_frozen_and_the_photographs(closed, visit):
    _established(closed, visit)
    (kept,) = _rows(closed, SiteVisit)

    pdf = closed.browser("anna").get(f"/aanmeldingen/{closed.application}/toetsingen/{visit}/verslag").data

    with pypdfium2.PdfDocument(pdf) as document:
        said = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
        pictures = [one for page in document for one in page.get_objects() if one.type == 3]
    for one in (SEEN, REPLY, FOUND, CONCLUSION, "versie 1", "Ineke Bos", "geen oordeel"):
        assert one in said
    assert site_reports.facts_digest(kept)[:16] in said.replace(" ", "")
    assert len(pictures) == 1
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in opened.Root
    assert json.loads(kept.facts)["points"][1]["version"] == 1
    with closed.world.database.reading() as db:
        events = [one.act for one in db.scalars(select(AuditEvent).where(AuditEvent.subject_id == visit))]
    course = ["plan_visit", "record", "send", "reply", "establish", "draw_up_report"]
    assert [one for one in events if one in course] == course


def _case_file(closed, *, redacted):
    with closed.world.database.reading() as db:
        review = db.get_one(Review, closed.review)
        material = case_file_queries.material(db, review, closed.world.people["ineke"])
        now = closed.world.clock()
        return case_file_facts.facts(material, "own", now, redacted=redacted, has_annex=False)["parts"]


def test_it_is_in_the_case_file_in_its_place_and_where_that_is_redacted_without_names_or_photographs(closed, visit):
    _established(closed, visit)

    whole, redacted = _case_file(closed, redacted=False), _case_file(closed, redacted=True)

    titles = [one["title"] for one in whole]
    at_visit = titles.index("Toetsing ter plaatse TP-2019-0001")
    assert titles[at_visit + 1] == "Verslag TP-2019-0001"
    assert any(one.startswith("T13 ") for one in titles[:at_visit])
    assert titles[at_visit + 2] == "Logboek"
    course = json.dumps(next(one for one in whole if one["title"] == "Verloop"), ensure_ascii=False)
    order = ["gepland op", "Verslag van toetsing", "Reactie op toetsing", "Uitkomst van toetsing"]
    assert [course.index(one) for one in order] == sorted(course.index(one) for one in order)
    told = json.dumps(redacted, ensure_ascii=False)
    assert "Verslag TP-2019-0001" not in told
    for said in (SEEN, REPLY, FOUND):
        assert said in json.dumps(whole, ensure_ascii=False)
        assert said in told
    part = json.dumps(next(one for one in redacted if one["title"].startswith("Toetsing ter plaatse")))
    assert "Ineke Bos" not in part


def test_no_decision_is_proposed_while_a_visit_waits_for_its_outcome(closed, visit):
    world = closed.world
    closed.judge("ineke")
    closed.declare("bram")
    integrity_script.clear(world.stage, world.people["bram"], closed.application)

    def propose():
        with world.database.transaction() as db:
            decisions.propose(db.get_one(Review, closed.review), db.get_one(User, world.people["ineke"]), world.clock())

    with pytest.raises(Refused, match="toetsing ter plaatse"):
        propose()
    _established(closed, visit)
    propose()


# --- who ---


def test_who_has_an_interest_sees_nothing_of_it(closed, visit):
    _established(closed, visit)
    joris = closed.browser("joris")
    assert joris.get(f"/toetsingen/{visit}").status_code == 200
    with closed.world.database.transaction() as db:
        application, user = (
            db.get_one(Review, closed.review).application,
            db.get_one(User, closed.world.people["joris"]),
        )
        reviews.recuse(application, user, "Mijn zus is daar bestuurder.", closed.world.clock())
    (kept,) = _rows(closed, SitePhoto)

    codes = [
        joris.get(path).status_code
        for path in (
            f"/toetsingen/{visit}", f"/toetsingen/{visit}/verslag", f"/toetsingen/{visit}/fotos/{kept.id}.jpg",
            f"/veld/{visit}", f"/beoordelen/{closed.review}/toetsingen/nieuw",
        )
    ]  # fmt: skip

    assert codes == [404] * 5
    assert "De Linde" not in joris.get("/toetsingen").text
    ineke = closed.browser("ineke")
    assert "Joris" not in ineke.get(f"/beoordelen/{closed.review}/toetsingen/nieuw").text  # not to be sent either


@pytest.mark.slow
def test_interests_come_first(closed):
    closed.declare("ineke")
    visit = visiting.planned(closed.world, closed.application)

    answer = closed.browser("joris").get(f"/toetsingen/{visit}")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/beoordelen/rondes/{closed.round}/belangen")
    assert "De Linde" not in closed.browser("joris").get("/toetsingen").text


def test_a_second_reviewer_who_is_blind_sees_the_established_report_only(closed, visit):
    with closed.world.database.transaction() as db:
        procedure = db.get_one(Procedure, closed.world.procedure_id)
        terms = {**procedure.settings["terms"], "second_reviewer": "all"}
        procedure.settings = {**procedure.settings, "terms": terms}
    closed.judge("ineke")
    _sent(closed, visit)
    joris = closed.browser("joris")

    before = joris.get(f"/toetsingen/{visit}").status_code, joris.get(f"/beoordelen/{closed.review}").text
    plans = joris.get(f"/beoordelen/{closed.review}/toetsingen/nieuw").status_code
    world = closed.world
    visit_script.reply(world.stage, world.people["anna"], visit, {})
    visit_script.establish(world.stage, world.people["ineke"], visit, {}, CONCLUSION)

    assert (before[0], plans) == (404, 403)
    assert SEEN not in before[1]
    assert "TP-2019-0001" not in before[1]
    assert joris.get(f"/toetsingen/{visit}").status_code == 200
    assert SEEN in joris.get(f"/beoordelen/{closed.review}").text


def test_others_reach_none_of_it(closed, visit):
    _established(closed, visit)
    (kept,) = _rows(closed, SitePhoto)
    own = f"/aanmeldingen/{closed.application}/toetsingen/{visit}"
    official = f"/toetsingen/{visit}"

    karim, anna = closed.browser("karim"), closed.browser("anna")
    for path in (own, f"{own}/verslag", f"{own}/fotos/{kept.id}.jpg"):
        assert karim.get(path).status_code == 404
        assert anna.get(path).status_code == 200
    assert karim.get(f"/aanmeldingen/{closed.other_application}/toetsingen/{visit}").status_code == 404
    for browser, code in ((anna, 403), (closed.browser("renske"), 403), (closed.browser("olga"), 404)):
        assert browser.get(official).status_code == code
        assert browser.get(f"/veld/{visit}").status_code == code


def test_who_does_not_go_along_records_nothing(closed, visit):
    _on_the_day(closed)
    joris, point = closed.browser("joris"), _points(closed, visit)[0][0]

    assert joris.get(f"/veld/{visit}").status_code == 404
    note = joris.post(f"/veld/{visit}/punten/{point}", {"attempt": new_id(), "verdict": "holds"})

    assert note.status_code == 404
    assert joris.post(f"/toetsingen/{visit}/versturen").status_code == 403
    assert "De Linde" not in joris.get("/veld/").text
    assert "De Linde" in closed.browser("ineke").get("/veld/").text


# --- the installable page ---


def test_the_page_can_be_installed_below_its_own_path_only(closed, visit):
    ineke, visitor = closed.browser("ineke"), closed.app.test_client()

    manifest = visitor.get("/veld/manifest.webmanifest")
    worker = visitor.get("/veld/werker.js")
    page = ineke.get(f"/veld/{visit}")

    said = json.loads(manifest.text)
    assert (said["scope"], said["start_url"]) == ("/veld/", "/veld/")
    assert manifest.mimetype == "application/manifest+json"
    assert worker.mimetype == "text/javascript"
    assert "Service-Worker-Allowed" not in worker.headers
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "blob:" not in policy
    assert "worker-src 'self'" in policy
    assert "worker-src" not in ineke.get("/beoordelen").headers["Content-Security-Policy"]
    assert visitor.get("/veld/stand", headers={"Accept": "text/plain"}).status_code == 401
    standing = json.loads(ineke.get("/veld/stand", headers={"Accept": "text/plain"}).text)
    assert (standing["who"], standing["visits"]) == (closed.world.people["ineke"], [visit])


def test_signing_out_tells_the_browser_of_an_official_to_erase(closed):
    ineke, anna = closed.browser("ineke").post("/uitloggen"), closed.browser("anna").post("/uitloggen")

    assert ineke.headers["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in anna.headers
    assert re.match(r"/$", ineke.headers["Location"])

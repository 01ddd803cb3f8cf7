"""Screening through the pages: the queue, interests, verdicts, remedy, and two pairs of eyes."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select

from portal.domain import decisions, integrity, reviews
from portal.models import (
    Application,
    Conflict,
    Decision,
    Document,
    Evidence,
    Finding,
    IntegrityCheck,
    Organisation,
    Review,
    Selection,
    Submission,
    User,
    new_id,
)
from tests import remedying

LINDE, ERF = "Stichting De Linde", "Zorgboerderij Het Erf"


def _row(page, name):
    """The text of one row of the queue."""
    found = re.search(rf"<tr><th scope=row>(?:(?!<tr>).)*{name}.*?(?=<tr>|\n</tbody>)", page, re.DOTALL)
    assert found, f"{name} is not in the queue"
    return re.sub(r"<[^>]+>", " ", found.group(0))


def _find(browser, closed, key, **form):
    return browser.post(f"/beoordelen/{closed.review}/oordeel/{key}", {"based_on": "0", **form})


def _no_objection(closed):
    with closed.world.database.transaction() as db:
        bram, now = db.get_one(User, closed.world.people["bram"]), closed.world.clock()
        for check in db.scalars(select(IntegrityCheck)):
            integrity.record_outcome(check, bram, "no_objection", None, now)


def _document_id(closed, kind, application=None):
    with closed.world.database.reading() as db:
        return db.scalars(
            select(Document.id)
            .join(Evidence, Evidence.document_id == Document.id)
            .where(Evidence.application_id == (application or closed.application), Document.kind == kind)
        ).first()


# --- interests ---


def test_before_the_first_view_interests_are_declared(closed):
    browser = closed.browser("ineke")

    declare = f"/beoordelen/rondes/{closed.round}/belangen"
    for path in ("/beoordelen", "/beoordelen.csv", f"/beoordelen/{closed.review}"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, declare)
    assert LINDE in browser.get(declare).text


def test_who_has_no_interest_declares_that_and_comes_in(closed):
    browser = closed.browser("ineke")

    answer = browser.post(f"/beoordelen/rondes/{closed.round}/belangen", {"none": "yes"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/beoordelen")
    assert LINDE in browser.get("/beoordelen").text


def test_a_declaration_says_something(closed):
    browser = closed.browser("ineke")

    answer = browser.post(f"/beoordelen/rondes/{closed.round}/belangen", {})

    assert answer.status_code == 422
    assert "Fout:" in answer.text
    assert browser.get("/beoordelen").status_code == 303


def test_an_interest_needs_a_reason(closed):
    browser = closed.browser("ineke")

    answer = browser.post(f"/beoordelen/rondes/{closed.round}/belangen", {"application": closed.application})

    assert answer.status_code == 422
    assert f'href="#reason-{closed.application}"' in answer.text


def test_an_interest_that_was_written_down_but_not_ticked_is_not_lost(closed):
    browser = closed.browser("ineke")
    reason = {f"reason-{closed.application}": "Mijn zus is daar bestuurder."}

    answer = browser.post(f"/beoordelen/rondes/{closed.round}/belangen", {"none": "yes", **reason})

    assert answer.status_code == 422
    assert 'value="Mijn zus is daar bestuurder."' in answer.text
    assert browser.get("/beoordelen").status_code == 303


def test_a_dossier_with_an_interest_is_nowhere(closed):
    browser = closed.browser("ineke")

    browser.post(
        f"/beoordelen/rondes/{closed.round}/belangen",
        {"application": closed.application, f"reason-{closed.application}": "Mijn zus is daar bestuurder."},
    )

    queue = browser.get("/beoordelen").text
    assert ERF in queue
    assert "<b>1</b> <span>Alle</span>" in queue
    hidden = [
        queue,
        browser.get("/beoordelen?q=Linde").text,
        browser.get("/beoordelen.csv").text,
        browser.get(f"/rondes/{closed.round}.csv").text,
    ]
    assert [page for page in hidden if LINDE in page] == []
    assert browser.get(f"/beoordelen/{closed.review}").status_code == 404
    file = f"/beoordelen/{closed.review}/stukken/{_document_id(closed, 'kvk_extract')}"
    assert browser.get(file).status_code == 404


def test_an_interest_found_later_hides_the_dossier_and_frees_it(closed, official):
    closed.declare("ineke")
    closed.judge("ineke", {})
    browser = closed.browser("ineke")

    answer = browser.post(f"/beoordelen/{closed.review}/belang", {"reason": "Mijn buurman werkt daar sinds kort."})

    assert answer.status_code == 303
    assert browser.get(f"/beoordelen/{closed.review}").status_code == 404
    with closed.world.database.reading() as db:
        assert db.get_one(Review, closed.review).first_by_id is None
        assert db.scalar(select(Conflict.user_id)) == closed.world.people["ineke"]


def test_an_interest_found_later_needs_a_reason_too(closed, official):
    browser = official("ineke")

    answer = browser.post(f"/beoordelen/{closed.review}/belang", {"reason": "ja"})

    assert answer.status_code == 422
    assert browser.get(f"/beoordelen/{closed.review}").status_code == 200


# --- the queue ---


def test_the_queue_shows_what_there_is_to_do(closed, official):
    browser = official("ineke")
    _find(browser, closed, "T06", verdict="meets")

    row = _row(browser.get("/beoordelen").text, LINDE)

    assert "12 nov" in row
    assert "In beoordeling" in row
    assert "1A 1B" in row
    assert "1/18" in row
    assert "Integriteitstoets loopt" in row
    assert "Ineke Bos" in row
    assert "15 jul" in row


def test_a_term_that_is_over_is_said_in_days(closed, official):
    browser = official("ineke")
    closed.world.clock.set(closed.world.clock().replace(month=11, day=14))

    browser = closed.browser("ineke")

    assert "2 dagen te laat" in _row(browser.get("/beoordelen").text, LINDE)
    assert "<b>2</b> <span>Over de termijn</span>" in browser.get("/beoordelen").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=linde", [LINDE]),
        ("q=2345678", [ERF]),
        ("q=%25", []),
        ("perceel=1A", [LINDE, ERF]),
        ("perceel=1C", []),
        ("stand=started", [LINDE]),
        ("stand=confirmed", []),
        ("inkoper=geen", [ERF]),
        ("bak=mij", [LINDE]),
        ("bak=vrij", [ERF]),
        ("bak=onzin&stand=onzin&sorteer=onzin&na=onzin", [LINDE, ERF]),
    ],
)
def test_filters_in_the_address_narrow_the_queue(closed, official, query, found):
    browser = official("ineke")
    _find(browser, closed, "T06", verdict="meets")

    page = browser.get(f"/beoordelen?{query}").text

    assert [name for name in (LINDE, ERF) if name in page] == found


def test_the_queue_is_sorted_by_name_both_ways(closed, official):
    browser = official("ineke")

    up, down = browser.get("/beoordelen?sorteer=naam").text, browser.get("/beoordelen?sorteer=-naam").text

    assert up.index(LINDE) < up.index(ERF)
    assert down.index(ERF) < down.index(LINDE)


def test_the_export_holds_every_finding_and_no_formula(closed, official):
    browser = official("ineke")
    _find(browser, closed, "T06", verdict="fails", reason='=HYPERLINK("http://example.org")')

    answer = browser.get("/beoordelen.csv")

    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert {row["Zorgaanbieder"].split(" B.V.")[0] for row in rows} == {LINDE, ERF}
    told = next(row for row in rows if row["Eis"] == "T06")
    assert (told["Oordeel"], told["Motivering"]) == ("Voldoet niet", '\'=HYPERLINK("http://example.org")')


def _many(closed, number):
    """More applications like Karim's, straight into the database."""
    with closed.world.database.transaction() as db:
        like = db.get_one(Application, closed.other_application)
        review, cells = like.review, list(like.selections)
        for index in range(number):
            organisation = Organisation(
                kvk_number=str(40000000 + index),
                name=f"Aanbieder {index:04d}",
                legal_form="bv",
                created_at=like.created_at,
            )
            application = Application(
                authority_id=like.authority_id,
                number=f"A-{index:04d}-TEST",
                round_id=like.round_id,
                organisation=organisation,
                organisation_id=organisation.id,
                state="under_review",
                created_at=like.created_at,
                saved_at=like.saved_at,
            )
            submission = Submission(
                authority_id=like.authority_id,
                application_id=application.id,
                sequence=1,
                attempt=new_id(),
                receipt_number=f"OB-{index}",
                submitted_at=review.submission.submitted_at,
                submitted_by_id=review.submission.submitted_by_id,
                manifest=review.submission.manifest,
                digest=review.submission.digest,
            )
            db.add_all([organisation, application, submission])
            db.flush()
            db.add(
                Review(
                    authority_id=like.authority_id,
                    application_id=application.id,
                    submission_id=submission.id,
                    state="open",
                    due_on=review.due_on,
                    created_at=review.created_at,
                )
            )
            for cell in cells:
                db.add(
                    Selection(
                        authority_id=like.authority_id,
                        application_id=application.id,
                        product_id=cell.product_id,
                        municipality_id=cell.municipality_id,
                    )
                )


def test_pages_of_fifty_lead_through_everything_once_and_back(closed, official):
    _many(closed, 118)
    browser = official("ineke")

    seen, back = [], []
    page = browser.get("/beoordelen?sorteer=naam").text
    for _ in range(2):
        seen.append(re.findall(r"<th scope=row><a class=nl-link href=/beoordelen/(\w{26})>", page))
        page = browser.get(re.search(r'href="([^"]+)" rel="next"', page).group(1).replace("&amp;", "&")).text
    seen.append(re.findall(r"<th scope=row><a class=nl-link href=/beoordelen/(\w{26})>", page))
    back = browser.get(re.search(r'href="([^"]+)" rel="prev"', page).group(1).replace("&amp;", "&")).text

    rows = [re.findall(r"<th scope=row>", page) for page in (page, back)]
    assert [len(rows[0]), len(rows[1])] == [20, 50]
    assert 'rel="next"' not in page
    assert re.findall(r"nl-link href=/beoordelen/(\w{26})>", back) == seen[1][-50:]
    assert len({one for part in seen for one in part[-50:]}) == 120


def test_the_queue_costs_the_same_statements_for_many_and_its_rows_are_light(closed, official, statements):
    browser = official("ineke")
    statements.clear()
    browser.get("/beoordelen")
    few = len(statements)
    _many(closed, 198)
    statements.clear()

    page = browser.get("/beoordelen").text

    assert len(statements) == few <= 12
    rows = re.findall(r"<tr><th scope=row>.*?(?=<tr>|\n</tbody>)", page, re.DOTALL)
    assert len(rows) == 50
    assert sum(len(row.encode()) for row in rows) / 50 <= 350


def test_next_leads_to_own_work_first(closed, official):
    browser = official("ineke")
    browser.post(f"/beoordelen/{closed.other_review}/oordeel/T06", {"based_on": "0", "verdict": "meets"})

    link = f'href="/beoordelen/{closed.other_review}"><span class="nl-button__label">Volgende'
    assert link in browser.get("/beoordelen").text


# --- a dossier ---


def test_a_dossier_shows_what_was_asked_and_answered(closed, official, statements):
    browser = official("ineke")
    statements.clear()

    page = browser.get(f"/beoordelen/{closed.review}?eis=T03").text

    assert len(statements) <= 25
    assert "U bent HKZ-gecertificeerd" in page
    assert "Eis T03, versie 1." in page
    assert "hkz-certificaat-12345678.pdf" in page
    assert re.search(r'<details [^>]*id="eis-T03"[^>]* open>', page)
    assert len(re.findall(r'<details [^>]*name="eis"[^>]* open>', page)) == 1


def test_without_a_choice_the_first_place_without_a_verdict_is_open(closed, official):
    browser = official("ineke")
    page = browser.get(f"/beoordelen/{closed.review}").text
    first, second = re.findall(r'id="eis-([\w-]+)"', page)[:2]

    answer = _find(browser, closed, first, verdict="meets")

    assert answer.headers["Location"] == f"/beoordelen/{closed.review}?eis={second}#eis-{second}"
    assert re.search(rf'id="eis-{second}"[^>]* open>', browser.get(f"/beoordelen/{closed.review}").text)


def test_a_verdict_is_kept_with_its_reason(closed, official):
    browser = official("ineke")

    answer = _find(browser, closed, "T06", verdict="fails", reason="De regeling noemt geen termijn.")

    assert answer.status_code == 303
    with closed.world.database.reading() as db:
        finding = db.scalars(select(Finding)).one()
        assert (finding.verdict, finding.reason) == ("fails", "De regeling noemt geen termijn.")
        assert finding.found_by_id == closed.world.people["ineke"]


def test_a_negative_verdict_without_a_reason_is_asked_for_it(closed, official):
    browser = official("ineke")

    answer = _find(browser, closed, "T06", verdict="fails", reason="nee")

    assert answer.status_code == 422
    assert "<title>Fout:" in answer.text
    assert 'href="#reason-T06"' in answer.text
    assert ">\nnee</textarea>" in answer.text
    assert re.search(r'value="fails" checked', answer.text)


def test_equivalent_is_offered_only_where_it_was_published(closed, official):
    browser = official("ineke")

    page = browser.get(f"/beoordelen/{closed.review}").text
    refused = _find(browser, closed, "T06", verdict="equivalent", reason="Zou net zo goed kunnen zijn.")

    assert 'id="verdict-T03-equivalent"' in page
    assert 'id="verdict-T06-equivalent"' not in page
    assert refused.status_code == 422


def test_who_saves_second_sees_both_texts_and_loses_nothing(closed, official):
    browser = official("ineke")
    _find(browser, closed, "T06", verdict="meets", reason="Staat op bladzijde twee.")

    stale = _find(browser, closed, "T06", verdict="fails", reason="Op bladzijde twee staat niets.")

    assert stale.status_code == 409
    assert "Staat op bladzijde twee." in stale.text
    assert ">\nOp bladzijde twee staat niets.</textarea>" in stale.text
    assert 'name="based_on" value="1"' in stale.text
    again = _find(browser, closed, "T06", verdict="fails", reason="Op bladzijde twee staat niets.", based_on="1")
    assert again.status_code == 303


def test_a_standard_reason_is_added_to_what_was_typed_and_nothing_is_saved(closed, official):
    browser = official("ineke")

    answer = browser.post(
        f"/beoordelen/{closed.review}/oordeel/T06?reden=2",
        {"based_on": "0", "verdict": "fails", "reason": "Artikel 3 ontbreekt."},
    )

    assert answer.status_code == 200
    standard = "In de regeling staat niet binnen welke tijd u een klacht behandelt."
    assert f"Artikel 3 ontbreekt.\n{standard}</textarea>" in answer.text
    assert re.search(r'value="fails" checked', answer.text)
    with closed.world.database.reading() as db:
        assert db.scalars(select(Finding)).all() == []


def test_a_verdict_can_be_narrowed_to_one_product(closed, official):
    browser = official("ineke")

    _find(browser, closed, "T01-1A", verdict="fails", reason="Alleen basis is aangetoond.", product="IB-EXTRA")
    elsewhere = {"reason": "Een product uit een ander perceel.", "product": "DB-BASIS"}
    foreign = _find(browser, closed, "T01-1A", verdict="fails", based_on="1", **elsewhere)

    assert foreign.status_code == 404
    with closed.world.database.reading() as db:
        review = db.get_one(Review, closed.review)
        refused = {one.product.code for one in decisions.outcomes(review) if one.outcome == "refused"}
        assert refused == {"IB-EXTRA"}


def test_a_place_that_is_not_in_this_dossier_does_not_exist(closed, official):
    assert _find(official("ineke"), closed, "T01-1C", verdict="meets").status_code == 404


def test_another_inkoper_reads_along_and_cannot_judge(closed, official):
    first, second = official("ineke"), official("joris")
    _find(first, closed, "T06", verdict="meets")

    page = second.get(f"/beoordelen/{closed.review}").text
    refused = _find(second, closed, "T07", verdict="meets")

    assert "U leest mee." in page
    assert "Oordeel bewaren" not in page
    assert refused.status_code == 403


def test_an_inkoper_of_another_authority_finds_nothing(closed):
    browser = closed.browser("olga")

    queue = browser.get("/beoordelen")

    assert queue.status_code == 200
    assert "<b>0</b> <span>Alle</span>" in queue.text
    assert LINDE not in queue.text
    assert [
        browser.get(path).status_code
        for path in (
            f"/beoordelen/{closed.review}",
            f"/beoordelen/rondes/{closed.round}/belangen",
            f"/rondes/{closed.round}",
            f"/rondes/{closed.round}.csv",
        )
    ] == [404, 404, 404, 404]


# --- documents ---


def test_a_page_is_shown_as_a_picture_and_the_file_only_as_download(closed, official):
    browser, document = official("ineke"), _document_id(closed, "kvk_extract")

    picture = browser.get(f"/beoordelen/{closed.review}/stukken/{document}/1.png")
    file = browser.get(f"/beoordelen/{closed.review}/stukken/{document}")

    assert (picture.status_code, picture.content_type) == (200, "image/png")
    assert picture.data.startswith(b"\x89PNG")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Content-Security-Policy"].startswith("sandbox")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.data.startswith(b"%PDF")


@pytest.mark.parametrize("number", [0, 2, 999999])
def test_a_page_that_is_not_there_does_not_exist(closed, official, number):
    browser, document = official("ineke"), _document_id(closed, "kvk_extract")

    assert browser.get(f"/beoordelen/{closed.review}/stukken/{document}/{number}.png").status_code == 404


def test_the_text_of_a_page_lies_over_its_picture_and_can_be_read_below_it(closed, official):
    browser, document = official("ineke"), _document_id(closed, "kvk_extract")

    page = browser.get(f"/beoordelen/{closed.review}?stuk={document}").text

    picture = f"/beoordelen/{closed.review}/stukken/{document}/1.png"
    assert re.search(rf'<image href="{picture}" width="1240" height="1755"', page)
    assert re.search(r'<text x="[\d.]+" y="[\d.]+" [^>]*fill-opacity="0">KvK-nummer 12345678</text>', page)
    assert re.search(r"Tekst van deze pagina</summary>.*?KvK-nummer 12345678.*?</details>", page, re.DOTALL)
    assert browser.get(picture).data.startswith(b"\x89PNG")


def test_a_page_is_drawn_once_for_everybody_and_never_while_a_form_holds_the_lock(closed, official, monkeypatch):
    browser, document = official("ineke"), _document_id(closed, "kvk_extract")
    files, inspector = closed.world.services.files, closed.world.services.inspector
    asked = []
    drawn = type(inspector).sheet
    monkeypatch.setattr(type(inspector), "sheet", lambda *args, **more: asked.append(1) or drawn(*args, **more))

    form = {"based_on": "0", "verdict": "fails", "reason": "nee"}
    assert browser.post(f"/beoordelen/{closed.review}/oordeel/E01?stuk={document}", form).status_code == 422
    assert asked == []
    for _ in range(2):
        browser.get(f"/beoordelen/{closed.review}?stuk={document}")

    assert len(asked) == 1
    assert len(list(files.keys("pages/", closed.world.clock().replace(year=9999)))) == 2


def test_a_document_that_cannot_be_shown_says_so_and_offers_the_download(closed, official):
    browser, document = official("ineke"), _document_id(closed, "kvk_extract")
    with closed.world.database.transaction() as db:
        stored = db.get_one(Document, document)
        key = f"documents/{stored.organisation_id}/{new_id()}"
        broken = closed.world.services.files.put(key, b"%PDF-1.7 and then nothing that is a PDF")
        stored.storage_key, stored.sha256, stored.size = key, broken.sha256, broken.size

    page = browser.get(f"/beoordelen/{closed.review}?stuk={document}")

    assert page.status_code == 200
    assert "Deze pagina kunnen wij niet tonen" in page.text
    assert "<image " not in page.text
    file = f"/beoordelen/{closed.review}/stukken/{document}"
    assert page.text.count(f'href="{file}"') == 2
    assert browser.get(file).headers["Content-Security-Policy"].startswith("sandbox")


def test_sealed_and_foreign_files_do_not_exist_for_an_inkoper(closed, official):
    browser = official("ineke")
    sealed = _document_id(closed, "bibob_form")
    foreign = _document_id(closed, "kvk_extract", closed.other_application)

    codes = [
        browser.get(path).status_code
        for one in (sealed, foreign, "onbekend")
        for path in (
            f"/beoordelen/{closed.review}/stukken/{one}",
            f"/beoordelen/{closed.review}/stukken/{one}/1.png",
            f"/beoordelen/{closed.review}?stuk={one}",
        )
    ]

    assert set(codes) == {404}
    assert "bibob" not in browser.get(f"/beoordelen/{closed.review}").text


# --- remedy and decision ---


def test_remedy_is_put_ready_with_the_places_and_the_term(closed, official):
    closed.declare("ineke")
    closed.judge("ineke", {"T06": "remedy"})
    browser = closed.browser("ineke")

    page = browser.get(f"/beoordelen/{closed.review}").text
    asked = browser.post(f"/beoordelen/{closed.review}/herstel")

    assert "herstellen tot en met 4 november 2019" in page
    assert "Het stuk bij T06 is niet volledig." in page
    assert asked.status_code == 303
    assert "Dit herstelverzoek staat klaar" in browser.get(f"/beoordelen/{closed.review}").text


def test_nothing_to_mend_is_not_asked(closed, official):
    browser = official("ineke")
    _find(browser, closed, "T06", verdict="meets")

    assert browser.post(f"/beoordelen/{closed.review}/herstel").status_code == 409
    assert "Herstelverzoek klaarzetten" not in browser.get(f"/beoordelen/{closed.review}").text


def test_an_answered_remedy_stands_beside_what_was_submitted(closed, official):
    closed.declare("ineke")
    closed.judge("ineke", {"T06": "remedy"})
    browser, world = closed.browser("ineke"), closed.world
    with world.database.transaction() as db:
        remedying.ask(db.get_one(Review, closed.review), db.get_one(User, world.people["ineke"]), world.clock())
    document = _document_id(closed, "experience_statement")
    with world.database.transaction() as db:
        anna, remedy = db.get_one(User, world.people["anna"]), db.get_one(Review, closed.review).remedies[0]
        item = remedy.items[0]
        reviews.explain(remedy, anna, item, "De volledige regeling zit hierbij.", world.clock())
        reviews.add_remedy_document(remedy, anna, item, db.get_one(Document, document), world.clock())
    draft = browser.get(f"/beoordelen/{closed.review}?eis=T06").text
    with world.database.transaction() as db:
        anna = db.get_one(User, world.people["anna"])
        reviews.answer_remedy(db.get_one(Review, closed.review).remedies[0], anna, world.clock())

    sent = browser.get(f"/beoordelen/{closed.review}?eis=T06").text

    assert "De volledige regeling zit hierbij." not in draft
    assert "De volledige regeling zit hierbij." in sent
    assert "Stukken bij het herstel" in sent
    assert "Stukken bij de indiening" in sent
    assert "<b>1</b> <span>Herstel ontvangen</span>" in browser.get("/beoordelen").text


def test_a_decision_takes_two_inkopers(closed, official):
    closed.declare("ineke", "joris")
    closed.judge("ineke", {"T01-1B": "fails"})
    _no_objection(closed)
    first, second = closed.browser("ineke"), closed.browser("joris")

    before = first.get(f"/beoordelen/{closed.review}").text
    proposed = first.post(f"/beoordelen/{closed.review}/voorstel")
    own = first.post(f"/beoordelen/{closed.review}/vaststellen")
    waiting = second.get("/beoordelen?bak=tweede").text
    confirmed = second.post(f"/beoordelen/{closed.review}/vaststellen")

    assert "T01 Ervaring met elk product: Het stuk bij T01-1B is niet volledig." in before
    assert [proposed.status_code, own.status_code, confirmed.status_code] == [303, 403, 303]
    assert LINDE in waiting
    with closed.world.database.reading() as db:
        outcomes = {one.product.code: one.outcome for one in db.scalars(select(Decision))}
        assert outcomes == {"IB-BASIS": "admitted", "IB-EXTRA": "admitted", "DB-BASIS": "refused"}
        assert {one.confirmed_by_id for one in db.scalars(select(Decision))} == {closed.world.people["joris"]}
    assert "Vastgesteld" in _row(first.get("/beoordelen").text, LINDE)


def test_proposing_waits_for_every_verdict_and_for_the_integrity_check(closed, official):
    browser = official("ineke")
    _find(browser, closed, "T06", verdict="meets")
    early = browser.post(f"/beoordelen/{closed.review}/voorstel")
    closed.judge("ineke")

    pending = browser.post(f"/beoordelen/{closed.review}/voorstel")

    assert (early.status_code, pending.status_code) == (409, 409)
    assert "De integriteitstoets loopt nog." in browser.get(f"/beoordelen/{closed.review}").text
    _no_objection(closed)
    assert browser.post(f"/beoordelen/{closed.review}/voorstel").status_code == 303


def test_the_second_inkoper_gives_a_proposal_back_with_a_reason(closed, official):
    closed.declare("ineke", "joris")
    closed.judge("ineke")
    _no_objection(closed)
    first, second = closed.browser("ineke"), closed.browser("joris")
    first.post(f"/beoordelen/{closed.review}/voorstel")

    silent = second.post(f"/beoordelen/{closed.review}/teruggeven", {"reason": "nee"})
    given_back = second.post(f"/beoordelen/{closed.review}/teruggeven", {"reason": "Kijk nog eens naar T06."})

    assert silent.status_code == 422
    assert 'href="#send-back-reason"' in silent.text
    assert given_back.status_code == 303
    assert "Kijk nog eens naar T06." in first.get(f"/beoordelen/{closed.review}").text
    with closed.world.database.reading() as db:
        assert db.scalars(select(Decision)).all() == []
    assert first.post(f"/beoordelen/{closed.review}/voorstel").status_code == 303

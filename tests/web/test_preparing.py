"""Before and while applying: help, the preparation list, the self-check, papers on one page, and the next task."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.adapters import procedure_files
from portal.cli import cast, sample_documents
from portal.domain import applications, requirement_help, requirements, self_check
from portal.domain.help_kinds import BY_KIND
from portal.domain.requirement_types import TYPES
from portal.models import Application, AuditEvent, Document, Procedure, Round, User
from portal.terms import DOCUMENT_KINDS
from tests.conftest import ROOT
from tests.web.test_apply import counted, submit

PROCEDURES = sorted((ROOT / "procedures").rglob("*.yaml"))
PAGE = "/procedures/meierij/meierij-2020"
CELLS = (("IB-BASIS", "0796"),)


# --- help ---


def test_every_requirement_has_help_in_every_part(world):
    with world.database.reading() as db:
        for procedure in db.scalars(select(Procedure)):
            for one in procedure.requirements:
                found = requirement_help.for_requirement(one)
                assert all((found.asked, found.why, found.example, found.where)), one.code


def whole(found):
    return all((found.asked, found.why, found.example, found.where, found.takes)) and found.days is not None


@pytest.mark.parametrize("path", PROCEDURES, ids=lambda path: path.stem)
def test_each_kind_of_document_that_a_procedure_asks_has_help_of_its_own(path):
    asked = {kind for one in procedure_files.read(path)["requirements"] for kind in one["evidence"].get("kinds", [])}

    assert asked
    assert {kind for kind in asked if kind not in BY_KIND or not whole(BY_KIND[kind])} == set()


def test_each_kind_of_document_has_help_of_its_own_and_so_has_each_type():
    assert set(BY_KIND) == {name for name, kind in DOCUMENT_KINDS.items() if not kind.is_integrity}
    assert [name for name in DOCUMENT_KINDS if not whole(requirement_help.for_kind(name))] == []
    assert len({one.asked for one in BY_KIND.values()}) > len(BY_KIND) - 4  # certificates ask the same
    assert set(requirement_help.BY_TYPE) == set(TYPES)


def test_the_procedure_speaks_before_the_portal_and_what_it_leaves_out_is_filled_in(world):
    with world.database.reading() as db:
        asked = {one.code: one for one in db.get_one(Procedure, world.procedure_id).requirements}

        found = requirement_help.for_requirement(asked["T01"])

    assert found.days == 28
    assert "Zonder namen van cliënten" in found.example.replace("\n", " ")
    assert found.why == requirement_help.for_kind("experience_statement").why
    assert (found.is_own, found.own_addition) == (True, True)


def test_the_page_of_a_requirement_explains_it_without_script(world, browse):
    draft = world.draft("anna", CELLS)

    page = browse("anna").get(f"/aanmeldingen/{draft}/eisen/T03").text

    assert "Hulp bij deze eis" in page
    assert "certificerende instelling" in page
    assert "zes tot twaalf maanden" in page


def test_a_percent_sign_in_the_help_of_a_procedure_is_only_a_percent_sign(world, visitor):
    with world.database.transaction() as db:
        asked = next(one for one in db.get_one(Procedure, world.procedure_id).requirements if one.code == "T12")
        asked.settings = {
            **asked.settings,
            "help": {"takes": "100% %(x)s zelf", "example": "80% van de cliënten", "days": 9},
        }

    assert "80% van de cliënten" in visitor.get(PAGE).text
    assert "100% %(x)s zelf" in visitor.get(f"{PAGE}/voorbereiding").text
    assert "100% %(x)s zelf" in ask(visitor, {"T12": "no"}).text


def test_the_list_to_prepare_with_begins_with_what_takes_longest(world, visitor):
    page = visitor.get(f"{PAGE}/voorbereiding").text

    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', page, re.DOTALL)
    assert "HKZ" in rows[0][0]
    assert "Begin hier vandaag mee" in rows[0][0]
    assert "Handelsregister" in rows[-1][0]
    assert "Begin hier vandaag mee" not in rows[-1][0]
    assert "Hoe lang duurt het?" in visitor.get(PAGE).text


def test_a_month_before_the_closing_more_is_late_than_two_months_before(world, visitor):
    few = visitor.get(f"{PAGE}/voorbereiding").text.count("Begin hier vandaag mee</")
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at - timedelta(days=10))

    many = visitor.get(f"{PAGE}/voorbereiding").text.count("Begin hier vandaag mee</")

    assert many > few > 0


# --- the self-check ---


def ask(visitor, answers, lots=("1A",), towns=("0796",), path="zelftest"):
    form = {"perceel": list(lots), "gemeente": list(towns)} | {f"eis-{code}": given for code, given in answers.items()}
    return visitor.post(f"{PAGE}/{path}", form)


def test_the_self_check_asks_only_what_counts_for_what_was_chosen(visitor):
    chosen = visitor.get(f"{PAGE}/zelftest?perceel=1A&gemeente=0796&verder=1").text
    with_stay = visitor.get(f"{PAGE}/zelftest?perceel=1A&perceel=1C&gemeente=0796&verder=1").text
    nothing = visitor.get(f"{PAGE}/zelftest?verder=1").text

    assert "vraag-T03" in chosen
    assert "vraag-T02" not in chosen
    assert "vraag-T02" in with_stay
    assert "Kies minstens één perceel" in nothing
    assert "geen rechtsgevolg" in chosen


def test_the_result_says_where_one_gets_stuck_and_what_to_do_and_gives_no_score(visitor):
    good = dict.fromkeys(("T01", "T04", "T05", "T06", "T07", "T08", "T09", "T11", "T12", "T13", "E01"), "yes")

    fits = ask(visitor, {**good, "T03": "yes"}).text
    stuck = ask(visitor, {**good, "T03": "no"}).text
    later = ask(visitor, {**good, "T03": "later"}).text
    partly = ask(visitor, {"T03": "yes"}).text

    assert ">U lijkt te voldoen<" in fits
    assert "Hier loopt u vast, en dit kunt u doen" in stuck
    assert "gelijkwaardig bewijs mag ook" in stuck
    assert "let nog op dit" in later
    assert "Begin vandaag, of reken op een latere ronde" in later
    assert "U heeft nog niet alles beantwoord" in partly
    for page in (fits, stuck, later, partly):
        assert not re.search(r"\d+ ?(%|punten|van de \d+)", re.sub(r"<[^>]+>", " ", page).split("Deze zelftest")[1])


def test_the_self_check_leaves_nothing_behind_and_takes_no_lock(world, visitor):
    with world.database.reading() as db:
        before = db.scalar(select(func.count()).select_from(AuditEvent))

    with world.database.transaction() as db:  # somebody else holds the write lock all the while
        answer = ask(visitor, {"T03": "yes"})
        assert answer.status_code == 200
        assert db.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_an_answer_that_is_no_option_counts_as_none(visitor):
    page = ask(visitor, {"T03": "misschien"}, path="zelftest").text

    assert "U heeft nog niet alles beantwoord" in page
    assert "misschien" not in page


def test_the_answers_go_along_into_a_draft_and_are_to_be_checked_there(world, browse):
    anna = browse("anna")
    kept = ask(anna, {"T12": "yes", "T03": "equivalent", "T06": "yes"}, path="zelftest/meenemen")
    assert kept.status_code == 303
    start = anna.post(f"/rondes/{world.rounds['2020-1']}/aanmelden").location
    choices = anna.get(start).text
    assert "aangevinkt volgens uw zelftest" in choices
    draft = start.split("/")[2]
    cells = re.findall(r'name="cell" id="[^"]+" value="([^"]+)" checked', choices)
    assert cells
    anna.post(start, {"cell": cells})
    assert "U deed de zelftest" in anna.get(f"/aanmeldingen/{draft}").text

    anna.post(f"/aanmeldingen/{draft}/zelftest")
    again = anna.post(f"/aanmeldingen/{draft}/zelftest")

    assert again.status_code == 303
    with world.database.reading() as db:
        made = db.get_one(Application, draft)
        places = {place.key: place for place in requirements.places(made)}
        assert applications.answer_at(made, places["T12-1A"]).value == {"agreed": True}
        assert applications.answer_at(made, places["T03"]).is_equivalent
        assert applications.answer_at(made, places["T06"]) is None
        assert made.unchecked == {"T03", "T12-1A"}
    assert "uw zelftest" in anna.get(f"/aanmeldingen/{draft}/eisen/T03").text


def test_signing_in_keeps_the_answers_of_the_self_check_and_nothing_else(world, visitor):
    ask(visitor, {"T12": "yes"}, path="zelftest/meenemen")
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody"

    visitor.sign_in("anna")

    with visitor.client.session_transaction() as session:
        assert session["self_check"]["answers"] == {"T12": ("yes",)}
        assert "planted" not in session


def test_what_must_be_answered_anew_is_not_filled_in_from_the_self_check(world):
    draft = world.draft("anna", CELLS)
    with world.database.transaction() as db:
        made, anna = db.get_one(Application, draft), db.get_one(User, world.people["anna"])
        asked = next(one for one in made.round.requirements if one.code == "T12")
        asked.settings = {**asked.settings, "reuse": False}
        db.flush()

        assert self_check.take_over(made, {"T12": ("yes",)}, anna, world.clock()) == 0


# --- papers on one page ---


def sheet(kind, name):
    content = sample_documents.make(kind, "Stichting De Linde", "12345678", date(2019, 7, 1), None, name)
    return io.BytesIO(content), f"{name}.pdf"


def test_files_for_many_requirements_arrive_in_one_form(world, browse):
    draft, anna = world.draft("anna", (("IB-BASIS", "0796"), ("DB-BASIS", "1948"))), browse("anna")
    page = anna.get(f"/aanmeldingen/{draft}/bewijsstukken").text
    assert 'name="bestand-staff_overview"' in page

    answer = anna.post(
        f"/aanmeldingen/{draft}/bewijsstukken",
        {
            "soort-staff_overview": "staff_overview", "bestand-staff_overview": sheet("staff_overview", "personeel"),
            "plek-staff_overview": ["T08-1A", "T08-1B"],
            "soort-kvk_extract": "kvk_extract", "bestand-kvk_extract": sheet("kvk_extract", "kvk"),
            "plek-kvk_extract": ["E01"], "issued_on-kvk_extract": "2019-07-01",
        },
        content_type="multipart/form-data",
    )  # fmt: skip

    assert answer.status_code == 303
    with world.database.reading() as db:
        made = db.get_one(Application, draft)
        places = {place.key: place for place in requirements.places(made)}
        used = {key: applications.evidence_at(made, places[key]) for key in ("T08-1A", "T08-1B", "E01")}
        assert used["T08-1A"][0].document_id == used["T08-1B"][0].document_id
        assert used["E01"][0].document.issued_on.isoformat() == "2019-07-01"
        assert not applications.evidence_at(made, places["T06"])
    assert 'name="bestand-staff_overview"' not in anna.get(f"/aanmeldingen/{draft}/bewijsstukken").text


def test_one_refused_file_does_not_cost_the_others(world, browse):
    draft, anna = world.draft("anna", CELLS), browse("anna")

    answer = anna.post(
        f"/aanmeldingen/{draft}/bewijsstukken",
        {
            "soort-complaints_procedure": "complaints_procedure",
            "bestand-complaints_procedure": (io.BytesIO(b"geen pdf"), "klachten.pdf"),
            "plek-complaints_procedure": ["T06"],
            "soort-kvk_extract": "kvk_extract", "bestand-kvk_extract": sheet("kvk_extract", "kvk"),
            "plek-kvk_extract": ["E01"], "issued_on-kvk_extract": "2031-01-01",
        },
        content_type="multipart/form-data",
    )  # fmt: skip

    assert answer.status_code == 409
    assert "klachten.pdf" in answer.text
    assert "ligt in de toekomst" in answer.text
    with world.database.reading() as db:
        made = db.get_one(Application, draft)
        places = {place.key: place for place in requirements.places(made)}
        assert len(applications.evidence_at(made, places["E01"])) == 1
        assert applications.evidence_at(made, places["T06"]) == []


def test_what_is_in_the_vault_is_put_to_use_without_a_file_and_an_empty_form_says_so(world, browse):
    draft, anna = world.draft("anna", CELLS), browse("anna")
    with world.database.reading() as db:
        anna_row = db.get_one(User, world.people["anna"])
        own = db.scalars(
            select(Document.id).where(
                Document.organisation_id == anna_row.organisation_id, Document.kind == "privacy_policy"
            )
        ).first()

    empty = anna.post(f"/aanmeldingen/{draft}/bewijsstukken", {}, content_type="multipart/form-data")
    used = anna.post(
        f"/aanmeldingen/{draft}/bewijsstukken",
        {"kluis-privacy_policy": own, "plek-privacy_policy": "T11"},
        content_type="multipart/form-data",
    )

    assert empty.location.endswith("/bewijsstukken")
    assert used.location == f"/aanmeldingen/{draft}"
    assert browse("karim").get(f"/aanmeldingen/{draft}/bewijsstukken").status_code == 404


# --- the next task ---


def test_saving_and_going_on_leads_along_what_is_unfinished_and_then_to_submitting(world, browse):
    application_id, anna = world.complete("anna", CELLS), browse("anna")
    with world.database.transaction() as db:
        made = db.get_one(Application, application_id)
        places = {place.key: place for place in requirements.places(made)}
        for key in ("T12-1A", "T10-1A"):
            made.answers.remove(applications.answer_at(made, places[key]))
    text = "Wij schalen op en af in overleg met de cliënt en de gemeente. Elk kwartaal bespreken wij of het past."
    at = f"/aanmeldingen/{application_id}/eisen"

    resumed = anna.get(f"/aanmeldingen/{application_id}").text
    first = anna.post(f"{at}/T10-1A", {"based_on": 0, "text": text, "next": "1"})
    last = anna.post(f"{at}/T12-1A", {"based_on": 0, "agreed": "yes", "next": "1"})

    assert "Verder waar u was" in resumed
    assert first.location == f"{at}/T12-1A"
    assert last.location == f"/aanmeldingen/{application_id}/indienen"


def test_started_differs_from_not_started_and_the_counts_follow(world, browse):
    draft, anna = world.draft("anna", CELLS), browse("anna")
    before = anna.get(f"/aanmeldingen/{draft}").text

    anna.post(f"/aanmeldingen/{draft}/eisen/T10-1A", {"based_on": 0, "text": "Een begin."})

    page = anna.get(f"/aanmeldingen/{draft}").text
    assert page.count("</svg>Bezig<") > before.count("</svg>Bezig<")
    assert "Verder waar u was: T10" in page
    assert '<progress class="portal-progress"' in page


# --- not submitted yet, on every page ---


@pytest.mark.parametrize("path", ["/aanmeldingen", "/documenten", "/organisatie", "/overeenkomsten", "/", PAGE])
def test_every_page_says_that_nothing_was_submitted_until_it_is(world, browse, path):
    application_id, anna = world.complete("anna", CELLS), browse("anna")
    with counted(world) as seen:
        before = anna.get(path).text
    asked = [one for one in seen if "count(*) OVER" in one]

    submit(anna, application_id)
    after = anna.get(path).text

    assert 'aria-label="Nog niet ingediend"' in before
    assert "dinsdag 1 oktober 2019, 12.00 uur" in before
    assert len(asked) == 1
    assert 'aria-label="Nog niet ingediend"' not in after
    assert 'aria-label="Nog niet ingediend"' not in browse("karim").get(path).text


def test_the_nearest_closing_is_named_and_the_others_are_counted(world, browse):
    world.draft("anna", CELLS)
    cast.start(world.stage, world.people["anna"], world.other_rounds["2020-1"], CELLS)

    page = browse("anna").get("/documenten").text

    assert "En nog 1 aanmelding." in page


def test_after_withdrawing_and_after_closing_the_reminder_follows(world, browse):
    application_id, anna = world.submitted("anna", CELLS), browse("anna")
    anna.post(f"/aanmeldingen/{application_id}/intrekken")
    assert 'aria-label="Nog niet ingediend"' in anna.get("/documenten").text

    world.close_round()
    again = browse("anna")

    assert 'aria-label="Nog niet ingediend"' not in again.get("/documenten").text


# --- the deadline passes while typing ---


def test_the_deadline_passes_while_typing_and_the_text_and_the_way_on_are_shown(world, browse):
    draft, anna = world.draft("anna", CELLS), browse("anna")
    text = (
        "Wij schalen op en af in overleg met de cliënt. Dit typte ik vlak voor twaalf uur en het is nog niet bewaard."
    )
    with world.database.reading() as db:
        world.clock.set(db.get_one(Round, world.rounds["2020-1"]).closes_at - timedelta(minutes=1))
    fresh = browse("anna")
    token = fresh.token("/")
    world.clock.set(world.clock() + timedelta(minutes=2))

    answer = fresh.client.post(
        f"/aanmeldingen/{draft}/eisen/T10-1A", data={"csrf_token": token, "based_on": 0, "text": text}
    )

    assert anna is not fresh
    assert answer.status_code == 409
    assert text in answer.text
    assert "volgende ronde" in answer.text

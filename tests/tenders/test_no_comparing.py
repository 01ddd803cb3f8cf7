"""In a procedure that admits whoever meets the requirements nothing ranks, scores, shortlists or caps."""

from __future__ import annotations

import re

import pytest

from portal.domain import procedures, scoring
from portal.errors import NotFound
from portal.models import Base, Round
from portal.queries import queue
from portal.web import rounds
from tests.tenders.conftest import EVERYWHERE, load

COMPARING = {"offer_texts", "offer_documents", "panel_members", "scores", "consensus", "awards", "replacements"}
"""The tables that hold rows for tenders only."""

MERIT = re.compile(
    r"(^|_)(score\w*|rank\w*|points?|weight\w*|shortlist\w*|preference\w*|merit\w*|stars?|grade\w*|award\w*|quota\w*"
    r"|contracts|max_\w+|consensus|totals?)(_|$)"
)
WORDS = re.compile(
    r"\b(scores?|rangorde|rang|punten|gunning\w*|gunnen|shortlist|weging|consensus|reservelijst|beste aan\w+"
    r"|maximum aantal aanbieders|beoordelingsschaal)\b",
    re.IGNORECASE,
)


@pytest.fixture(params=["open_house", "framework"])
def admitting(request, world):
    """The same catalogue and people, in a procedure without an award; two applied, the round is closed."""
    found = load(world, kind=request.param, award=None)
    for who in ("anna", "karim"):
        found.apply(who, EVERYWHERE, offer=False)
        found.submit(who)
    found.close()
    return found


def _addresses(app, tender):
    """Every address about comparing, as it would be for this round."""
    values = {
        "round_id": tender.round_id,
        "application_id": tender.applicants["anna"],
        "key": "G1-1",
        "code": "1",
        "member_id": "nobody",
        "document_id": "nothing",
    }
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in {"scoring", "awards"} and rule.arguments:
            with app.test_request_context():
                address = app.url_map.bind("").build(rule.endpoint, {key: values[key] for key in rule.arguments})
            for method in sorted(rule.methods & {"GET", "POST"}):
                yield method, address


@pytest.mark.parametrize("who", ["fatma", "renske", "wil"])
def test_every_address_about_comparing_is_unknown_there(app, admitting, enter, who):
    browser, wrong = enter(admitting, who), []
    addresses = list(_addresses(app, admitting))
    for method, address in addresses:
        answer = browser.get(address) if method == "GET" else browser.post(address, {"user": "x"})
        # 403: this role has no part in comparing at all, wherever; what one may ask for is not there.
        if answer.status_code not in {404, 403}:
            wrong.append((method, address, answer.status_code))

    assert wrong == []
    assert len(addresses) >= 16


def test_every_address_about_comparing_is_404_for_who_may_compare(app, admitting, enter):
    people = {"scoring": "fatma", "awards": "renske"}
    answers = {
        (method, address): enter(admitting, people["awards" if "/percelen/" in address else "scoring"]).get(address)
        for method, address in _addresses(app, admitting)
        if method == "GET" and not address.endswith((".csv", ".json"))
    }
    chair = enter(admitting, "renske")
    exports = [f"/gunning/rondes/{admitting.round_id}/scores.{kind}" for kind in ("csv", "json")]

    assert {one.status_code for one in answers.values()} == {404}
    assert [chair.get(one).status_code for one in exports] == [404, 404]
    assert "Ronde" not in re.sub(r"(?s)<nav.*?</nav>", "", chair.get("/gunning").get_data(as_text=True))


def test_an_applicant_has_no_offer_to_write_there(admitting, enter):
    anna, page = enter(admitting, "anna"), f"/aanmeldingen/{admitting.applicants['anna']}"

    assert anna.get(f"{page}/aanbod/G1-1").status_code == 404
    assert anna.post(f"{page}/aanbod/G1-1", {"text": "x"}).status_code == 404
    assert "Uw aanbod" not in anna.get(page).get_data(as_text=True)


def test_the_rules_of_comparing_do_not_exist_there(admitting):
    with admitting.world.database.reading() as db:
        round_ = db.get_one(Round, admitting.round_id)
        assert "award" not in round_.settings
        assert not procedures.KINDS[round_.procedure.kind].has_award
        with pytest.raises(NotFound):
            scoring.rules(round_)


def test_no_page_or_export_there_speaks_of_points_or_ranks(app, admitting, enter):
    id_ = admitting.applicants["anna"]
    pages = {
        "anna": ["/aanmeldingen", f"/aanmeldingen/{id_}"],
        "ineke": ["/beoordelen.csv", "/beoordelen", f"/beoordelen/rondes/{admitting.round_id}/belangen"],
        "renske": ["/rondes", f"/rondes/{admitting.round_id}", f"/rondes/{admitting.round_id}.csv"],
    }
    from portal.cli import script

    script.declare(admitting.world.stage, admitting.world.people["ineke"], admitting.round_id)
    found = {}
    for who, addresses in pages.items():
        browser = enter(admitting, who)
        for address in addresses:
            answer = browser.get(address)
            assert answer.status_code == 200, address
            text = answer.get_data(as_text=True)
            main = re.search(r"(?s)<main.*</main>", text)
            words = WORDS.findall(re.sub(r"<[^>]+>", " ", main[0] if main else text))
            if words:
                found[address] = words
    public = enter(admitting, "anna")
    for address in ("/", "/register", "/register.csv", "/register.json"):
        answer = public.get(address)
        words = WORDS.findall(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))
        if words:
            found[address] = words

    assert found == {}


def test_only_the_tables_of_a_tender_have_a_column_that_compares():
    guilty = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        if table.name not in COMPARING
        for column in table.columns
        if MERIT.search(column.name)
    }

    # the point of a reaction note that answers a reaction; nobody gets points there
    # points of a text to react to, and of a checklist on site
    assert guilty == {"reactions.point_id", "site_notes.point_id", "site_photos.point_id"}
    assert set(Base.metadata.tables) >= COMPARING


def test_an_open_house_leaves_those_tables_empty(world):
    application_id = world.submitted()
    world.close_round()
    with world.database.reading() as db:
        counts = {name: db.execute(Base.metadata.tables[name].select()).all() for name in sorted(COMPARING)}

    assert application_id
    assert {name for name, rows in counts.items() if rows} == set()


def test_lists_sort_on_term_name_and_time_only():
    assert set(queue.SORTS) == {"termijn", "naam", "ingediend"}
    assert not any(WORDS.search(title) for title in rounds.CSV_HEADER)

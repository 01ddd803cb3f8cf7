"""Working through the queue: filters that combine, views with a name, many at once, the next one, and the export."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta

from lxml import etree
from sqlalchemy import select, update

from portal.domain import reviewers, side_reviews
from portal.models import (
    Application,
    AuditEvent,
    Finding,
    Message,
    Review,
    Round,
    SavedView,
    Signal,
    SignalLook,
    User,
    new_id,
)
from portal.queries import worklist
from tests import remedying
from tests.web.test_review import ERF, LINDE, _find, _many, _no_objection
from tests.web.test_two_reviewers import SECRET, _ask, _give, _proposed, _third

EXTRA = "Aanbieder 0000"
MARK = "xl/worksheets/sheet1.xml"


def _flashes(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def _follow(browser, answer):
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["Location"]).text


def _events(closed, act):
    with closed.world.database.reading() as db:
        return db.scalars(select(AuditEvent).where(AuditEvent.act == act).order_by(AuditEvent.id)).all()


def _mails(closed, template):
    with closed.world.database.reading() as db:
        return db.scalars(select(Message).where(Message.template == template)).all()


def _first_by(closed, review):
    with closed.world.database.reading() as db:
        return db.get_one(Review, review).first_by_id


def _number(closed, application=None):
    with closed.world.database.reading() as db:
        return db.get_one(Application, application or closed.application).number


def _assign(closed, browser, who, *reviews, **form):
    user = closed.world.people.get(who, who)
    return browser.post("/beoordelen/toewijzen?kies=ja", {"id": list(reviews), "collega": user, **form})


def _remind(browser, *reviews):
    return browser.post("/beoordelen/herinneren?kies=ja", {"id": list(reviews)})


def _another(closed):
    """One more dossier, of an applicant without documents: (id of the review, name)."""
    _many(closed, 1)
    with closed.world.database.reading() as db:
        return db.scalars(select(Review.id).where(Review.id.not_in([closed.review, closed.other_review]))).one(), EXTRA


def _look_at_all(closed, review):
    """Somebody looked at every signal of this dossier."""
    with closed.world.database.transaction() as db:
        for signal in db.scalars(select(Signal).where(Signal.review_id == review)):
            look = {"looked_at": closed.world.clock(), "looked_by_id": closed.world.people["ineke"], "note": ""}
            db.add(SignalLook(authority_id=signal.authority_id, signal_id=signal.id, **look))


# --- filters ---


def _shown(browser, query):
    page = browser.get(f"/beoordelen?{query}").text
    return [name for name in (LINDE, ERF, EXTRA) if name in page]


def test_the_queue_is_narrowed_to_terms_that_end_soon(closed, official):
    days = {4: ["binnen=7"], 5: ["binnen=7", "binnen=3"], 12: ["binnen=voorbij"], 13: ["binnen=voorbij", "binnen=3"]}
    found = {}

    for day, queries in days.items():
        closed.world.clock.set(datetime(2019, 11, day, 9, 0, tzinfo=UTC))
        browser = official("ineke") if day == 4 else closed.browser("ineke")
        found |= {(day, query): len(_shown(browser, query)) for query in queries}

    assert found == {
        (4, "binnen=7"): 0,  # the term ends on 12 November
        (5, "binnen=7"): 2,
        (5, "binnen=3"): 0,
        (12, "binnen=voorbij"): 0,
        (13, "binnen=voorbij"): 2,
        (13, "binnen=3"): 2,
    }
    assert _shown(browser, "binnen=onzin&signalen=onzin&herstel=onzin") == [LINDE, ERF]


def test_the_queue_is_narrowed_to_dossiers_with_signals_that_nobody_looked_at(closed, official):
    _another(closed)
    browser = official("ineke")
    _look_at_all(closed, closed.other_review)

    found = {one: _shown(browser, f"signalen={one}") for one in ("open", "ja", "nee")}

    assert found == {"open": [LINDE], "ja": [LINDE, ERF], "nee": [EXTRA]}
    _look_at_all(closed, closed.review)
    assert _shown(browser, "signalen=open") == []


def test_a_signal_that_points_to_a_hidden_dossier_is_not_counted_in_the_filter(closed, official):
    review, _ = _another(closed)
    with closed.world.database.transaction() as db:
        found = db.get_one(Review, review)
        db.add(
            Signal(
                authority_id=found.authority_id, review_id=review, rule="same_file", facts={},
                fingerprint=new_id(), other_application_id=closed.other_application, found_at=closed.world.clock(),
            )
        )  # fmt: skip
    joris = closed.browser("joris")
    reason = {f"reason-{closed.other_application}": "Mijn zus is daar bestuurder."}
    form = {"application": closed.other_application, **reason}
    joris.post(f"/beoordelen/rondes/{closed.round}/belangen", form)

    assert EXTRA in _shown(official("ineke"), "signalen=ja")
    assert EXTRA not in _shown(joris, "signalen=ja")
    assert EXTRA in _shown(joris, "signalen=nee")


def test_the_queue_is_narrowed_by_how_a_remedy_stands(closed, official):
    browser = official("ineke")
    closed.judge("ineke", {"T06": "remedy"})
    before = {one: _shown(browser, f"herstel={one}") for one in ("loopt", "nee")}
    with closed.world.database.transaction() as db:
        ineke = db.get_one(User, closed.world.people["ineke"])
        remedying.ask(db.get_one(Review, closed.review), ineke, closed.world.clock())
    asked = {one: _shown(browser, f"herstel={one}") for one in ("loopt", "nee", "verlopen")}
    closed.world.clock.advance(timedelta(days=9))
    closed.world.work()
    browser = closed.browser("ineke")

    assert before == {"loopt": [], "nee": [LINDE, ERF]}
    assert asked == {"loopt": [LINDE], "nee": [ERF], "verlopen": []}
    assert (_shown(browser, "herstel=loopt"), _shown(browser, "herstel=verlopen")) == ([], [LINDE])


# --- views with a name ---


def _save(browser, query="", **form):
    return browser.post(f"/beoordelen/weergaven?{query}", form)


def test_filters_with_a_name_are_found_again_above_the_list(closed, official):
    browser = official("ineke")

    page = _follow(browser, _save(browser, "stand=started&binnen=7&kies=ja&na=onzin", weergave="  Mijn   spoed "))

    link = re.search(r'<a class="nl-link" href="([^"]+)" aria-current="page">Mijn spoed</a>', page)
    assert html.unescape(link.group(1)) == "/beoordelen?stand=started&binnen=7"
    assert "Mijn spoed" in browser.get("/beoordelen").text
    assert "Mijn spoed" not in official("joris").get("/beoordelen").text
    assert [one.actor_name for one in _events(closed, "save_view")] == ["Ineke Bos"]


def test_a_shared_view_shows_a_colleague_what_the_colleague_may_see_and_nobody_elsewhere(closed, official):
    ineke = official("ineke")
    _save(ineke, "perceel=1A", weergave="Perceel 1A", gedeeld="ja")
    joris = closed.browser("joris")
    form = {"application": closed.application, f"reason-{closed.application}": "Mijn zus is daar bestuurder."}
    joris.post(f"/beoordelen/rondes/{closed.round}/belangen", form)

    page = joris.get("/beoordelen").text

    assert "Perceel 1A" in page
    assert "van Ineke Bos" in page
    assert "‘Perceel 1A’ verwijderen" not in page
    assert _shown(joris, "perceel=1A") == [ERF]
    assert "Perceel 1A" not in closed.browser("olga").get("/beoordelen").text


def test_a_view_without_a_name_is_asked_for_one_and_a_view_with_a_searched_word_stays_ones_own(closed, official):
    browser = official("ineke")

    nameless, too_long = _save(browser, "stand=open", weergave=" "), _save(browser, weergave="x" * 61)
    shared = _save(browser, "q=Linde", weergave="De Linde", gedeeld="ja")
    own = _save(browser, "q=Linde", weergave="De Linde")

    assert [one.status_code for one in (nameless, too_long, shared, own)] == [422, 422, 422, 303]
    assert 'href="#weergave"' in nameless.text
    assert "x" * 61 in too_long.text
    assert 'href="#gedeeld"' in shared.text
    assert 'value="De Linde"' in shared.text


def test_the_same_view_twice_is_one_and_another_one_takes_another_name(closed, official):
    browser = official("ineke")
    for _ in range(2):
        assert _save(browser, "stand=open", weergave="Nieuw").status_code == 303

    other = _save(browser, "stand=started", weergave="Nieuw")

    assert other.status_code == 422
    assert "U heeft al een weergave met deze naam." in other.text
    with closed.world.database.reading() as db:
        assert [one.address for one in db.scalars(select(SavedView))] == [{"stand": "open"}]


def test_nobody_keeps_more_than_thirty_views(closed, official):
    browser = official("ineke")
    for number in range(30):
        assert _save(browser, weergave=f"Nummer {number}").status_code == 303

    assert _save(browser, weergave="Nummer 30").status_code == 409


def test_a_view_is_removed_by_who_made_it_and_by_nobody_else(closed, official):
    ineke, joris = official("ineke"), official("joris")
    _save(ineke, "stand=open", weergave="Nieuw", gedeeld="ja")
    with closed.world.database.reading() as db:
        view = db.scalars(select(SavedView.id)).one()

    foreign = joris.post(f"/beoordelen/weergaven/{view}/verwijderen")
    own = ineke.post(f"/beoordelen/weergaven/{view}/verwijderen")

    assert (foreign.status_code, own.status_code) == (404, 303)
    assert len(_events(closed, "remove_view")) == 1
    with closed.world.database.reading() as db:
        assert db.scalars(select(SavedView)).all() == []


# --- assigning many ---


def test_the_boxes_are_there_for_who_asks_for_them_and_may_assign(closed, official):
    browser = official("ineke")

    reading, choosing = browser.get("/beoordelen").text, browser.get("/beoordelen?kies=ja").text
    ticked = browser.get("/beoordelen?kies=ja&alles=ja").text

    assert "type=checkbox name=id" not in reading
    assert choosing.count("type=checkbox name=id") == 2
    assert " checked><span class=portal-vh>" not in choosing
    assert ticked.count(" checked><span class=portal-vh>") == 2
    assert "weigeren" not in re.search(r'<div class="portal-bulk".*?</div>\n</div>', choosing, re.DOTALL).group(0)


def test_many_are_assigned_to_a_colleague_in_one_act_with_an_event_each_and_one_mail(closed, official):
    browser = official("ineke")

    page = _follow(browser, _assign(closed, browser, "joris", closed.review, closed.other_review))

    assert "2 aanmeldingen staan op naam van Joris van Dam." in page
    joris = closed.world.people["joris"]
    assert [_first_by(closed, one) for one in (closed.review, closed.other_review)] == [joris, joris]
    events = _events(closed, "assign")
    assert {one.subject_id for one in events} == {closed.review, closed.other_review}
    assert [(one.actor_name, one.details["to"]) for one in events] == [("Ineke Bos", "Joris van Dam")] * 2
    (mail,) = _mails(closed, "reviews_assigned")
    assert mail.to == closed.world.emails["joris"]
    assert [word for word in (LINDE, ERF, _number(closed)) if word in str(mail.facts)] == []


def test_assigning_the_same_again_changes_and_tells_nothing(closed, official):
    browser = official("ineke")
    _assign(closed, browser, "joris", closed.review)
    closed.world.clock.advance(timedelta(minutes=1))

    page = _follow(browser, _assign(closed, browser, "joris", closed.review))

    assert f"1 niet toegewezen: dat was al zo ({_number(closed)})." in _flashes(page)
    assert (len(_events(closed, "assign")), len(_mails(closed, "reviews_assigned"))) == (1, 1)


def test_nobody_is_told_of_what_one_took_oneself(closed, official):
    browser = official("ineke")

    _follow(browser, _assign(closed, browser, "ineke", closed.review))

    assert _first_by(closed, closed.review) == closed.world.people["ineke"]
    assert _mails(closed, "reviews_assigned") == []


def test_what_a_colleague_has_is_only_taken_over_by_who_says_so_and_the_findings_stay(closed, official):
    official("joris")
    closed.judge("joris")
    browser = official("ineke")

    page = _follow(browser, _assign(closed, browser, "ineke", closed.review, closed.other_review))

    assert f"1 niet toegewezen: een andere collega heeft deze aanmelding al ({_number(closed)})." in _flashes(page)
    assert _first_by(closed, closed.review) == closed.world.people["joris"]
    assert _first_by(closed, closed.other_review) == closed.world.people["ineke"]
    _follow(browser, _assign(closed, browser, "ineke", closed.review, overnemen="ja"))
    assert _first_by(closed, closed.review) == closed.world.people["ineke"]
    with closed.world.database.reading() as db:
        assert set(db.scalars(select(Finding.found_by_id))) == {closed.world.people["joris"]}
    assert _events(closed, "assign")[-1].details == {"to": "Ineke Bos", "before": "Joris van Dam"}


def test_who_has_an_interest_gets_nothing_and_nobody_is_told_which(closed, official):
    browser = official("ineke")
    joris = closed.browser("joris")
    form = {"application": closed.application, f"reason-{closed.application}": "Mijn zus is daar bestuurder."}
    joris.post(f"/beoordelen/rondes/{closed.round}/belangen", form)

    page = _follow(browser, _assign(closed, browser, "joris", closed.review, closed.other_review))

    assert "1 aanmelding staat op naam van Joris van Dam." in page
    said = f"1 niet toegewezen: deze collega heeft een belang bij de aanbieder ({_number(closed)})."
    assert said in _flashes(page)
    assert "zus" not in page
    assert _first_by(closed, closed.review) is None


def test_a_dossier_that_is_hidden_from_who_assigns_is_not_touched_and_not_named(closed, official):
    browser = closed.browser("ineke")
    form = {"application": closed.application, f"reason-{closed.application}": "Mijn zus is daar bestuurder."}
    browser.post(f"/beoordelen/rondes/{closed.round}/belangen", form)
    official("joris")

    only = _assign(closed, browser, "joris", closed.review)
    both = _follow(browser, _assign(closed, browser, "joris", closed.review, closed.other_review))

    assert only.status_code == 422
    assert "1 aanmelding staat op naam van Joris van Dam." in both
    assert _number(closed) not in both
    assert _first_by(closed, closed.review) is None


def test_who_screens_the_round_as_shadow_gets_nothing(closed, official):
    browser = official("ineke")
    with closed.world.database.transaction() as db:
        round_, renske = db.get_one(Round, closed.round), db.get_one(User, closed.world.people["renske"])
        joris = db.get_one(User, closed.world.people["joris"])
        side_reviews.name_shadow(round_, renske, joris, closed.world.clock())

    page = _follow(browser, _assign(closed, browser, "joris", closed.review))

    assert "1 niet toegewezen: deze collega beoordeelt de ronde als schaduw" in page
    assert _first_by(closed, closed.review) is None


def test_what_is_proposed_or_decided_stays_where_it_is(closed):
    first, second = _proposed(closed, "confirms")

    proposed = _follow(first, _assign(closed, first, "joris", closed.review, overnemen="ja"))
    second.post(f"/beoordelen/{closed.review}/vaststellen")
    decided = _follow(first, _assign(closed, first, "joris", closed.review, overnemen="ja"))

    assert "1 niet toegewezen: er ligt al een voorstel bij de tweede inkoper" in proposed
    assert "1 niet toegewezen: het besluit is al vastgesteld" in decided
    assert _first_by(closed, closed.review) == closed.world.people["ineke"]


def test_the_blind_second_reviewer_of_a_dossier_does_not_become_its_first(closed):
    first, _ = _proposed(closed)
    _give(closed, "joris", finish=False)
    kees = _third(closed)
    kees.post(f"/beoordelen/{closed.review}/teruggeven", {"reason": "Kijk nog eens naar T06."})
    with closed.world.database.transaction() as db:
        db.execute(update(Review).where(Review.id == closed.review).values(state="started"))

    joris = _follow(first, _assign(closed, first, "joris", closed.review))
    own = _follow(first, _assign(closed, first, "kees", closed.review))

    assert "1 niet toegewezen: deze collega geeft hier als tweede inkoper eigen oordelen" in joris
    assert "1 aanmelding staat op naam van Kees Mol." in own


def test_who_gave_findings_and_handed_over_is_no_blind_second_reviewer_any_more(closed, official):
    browser = official("ineke")
    official("joris")
    _ask(closed, "all")
    closed.judge("ineke", {"T06": "fails"})
    _assign(closed, browser, "joris", closed.review)

    with closed.world.database.reading() as db:
        review, ineke = db.get_one(Review, closed.review), db.get_one(User, closed.world.people["ineke"])
        assert review.first_by_id == closed.world.people["joris"]
        assert reviewers.kind_for(review, ineke) == ""
        assert not reviewers.may_give(review, ineke)
    assert SECRET in browser.get("/beoordelen.csv").get_data(as_text=True)
    assert SECRET not in _third(closed).get("/beoordelen.csv").get_data(as_text=True)


def test_assigning_asks_which_and_to_whom_and_keeps_what_was_ticked(closed, official):
    browser = official("ineke")

    none = _assign(closed, browser, "joris")
    nobody = _assign(closed, browser, "", closed.review)
    manager = _assign(closed, browser, "renske", closed.review)
    elsewhere = _assign(closed, browser, "olga", closed.review)
    too_many = _assign(closed, browser, "joris", *(new_id() for _ in range(201)))

    assert [one.status_code for one in (none, nobody, manager, elsewhere, too_many)] == [422] * 5
    assert 'href="#aangekruist"' in none.text
    assert 'href="#collega"' in nobody.text
    assert f"value={closed.review} checked" in nobody.text
    assert f"value={closed.other_review} checked" not in nobody.text
    assert _events(closed, "assign") == []


def test_a_dossier_is_given_back_to_nobody(closed, official):
    browser = official("ineke")
    _assign(closed, browser, "ineke", closed.review)

    page = _follow(browser, _assign(closed, browser, "geen", closed.review))

    assert "1 aanmelding is vrijgegeven." in page
    assert _first_by(closed, closed.review) is None


def test_who_is_no_inkoper_assigns_and_reminds_nobody(closed, official):
    renske = closed.browser("renske")

    assert _assign(closed, renske, "joris", closed.review).status_code == 403
    assert _remind(renske, closed.review).status_code == 403


def test_an_inkoper_of_another_authority_assigns_nothing_here(closed):
    olga = closed.browser("olga")

    assert _assign(closed, olga, "olga", closed.review).status_code == 422
    assert _first_by(closed, closed.review) is None


# --- reminding ---


def test_who_a_dossier_waits_for_is_reminded_once_a_day_without_a_name_of_an_applicant(closed, official):
    official("joris")
    browser, kees = official("ineke"), _third(closed)
    _assign(closed, browser, "joris", closed.review, closed.other_review)

    first = _follow(browser, _remind(browser, closed.review, closed.other_review))
    again = _follow(kees, _remind(kees, closed.review))

    assert "Een herinnering gaat naar: Joris van Dam." in first
    assert "1 niet herinnerd: deze collega kreeg vandaag al een herinnering" in again
    (mail,) = _mails(closed, "reviews_waiting")
    assert (mail.to, mail.facts["number"], mail.facts["path"]) == (
        closed.world.emails["joris"], 2, "/beoordelen/volgende",
    )  # fmt: skip
    assert [word for word in (LINDE, ERF, _number(closed)) if word in str(mail.facts)] == []
    assert len(_events(closed, "remind")) == 1
    closed.world.clock.advance(timedelta(days=1))
    browser = closed.browser("ineke")
    _follow(browser, _remind(browser, closed.review))
    assert len(_mails(closed, "reviews_waiting")) == 2


def test_the_reminder_says_how_many_and_leads_to_the_work(closed, official):
    official("joris")
    browser = official("ineke")
    _assign(closed, browser, "joris", closed.review)
    _remind(browser, closed.review)
    (mail,) = _mails(closed, "reviews_waiting")

    subject, text = closed.world.services.mail.render(mail.template, {**mail.facts, "portal_url": ""})

    assert subject.strip() == "1 aanmelding wacht op u"
    assert "/beoordelen/volgende" in text


def test_nobody_is_reminded_of_what_waits_for_nobody_or_for_oneself(closed, official):
    browser = official("ineke")
    _assign(closed, browser, "ineke", closed.review)

    page = _flashes(_follow(browser, _remind(browser, closed.review, closed.other_review)))
    none = _remind(browser)

    assert f"1 niet herinnerd: wacht op u zelf ({_number(closed)})." in page
    assert "1 niet herinnerd: nog niet toegewezen" in page
    assert none.status_code == 422
    assert _mails(closed, "reviews_waiting") == []


def test_a_proposal_waits_for_the_second_reviewer_who_began(closed):
    first, _ = _proposed(closed)
    nobody = _follow(first, _remind(first, closed.review))
    _give(closed, "joris", finish=False)

    begun = _follow(first, _remind(first, closed.review))

    assert "1 niet herinnerd: wacht op een tweede inkoper, en nog niemand begon" in nobody
    assert "Een herinnering gaat naar: Joris van Dam." in begun


# --- the next one ---


def _next(browser, after=""):
    return browser.get(f"/beoordelen/volgende?na={after}").headers["Location"].removeprefix("/beoordelen/")


def _due(closed, review, day):
    with closed.world.database.transaction() as db:
        db.get_one(Review, review).due_on = date(2019, 11, day)


def test_next_is_what_waits_for_me_oldest_term_first_and_then_what_nobody_has(closed, official):
    _many(closed, 1)
    with closed.world.database.reading() as db:
        known = (closed.review, closed.other_review)
        free = db.scalars(select(Review.id).where(Review.id.not_in(known))).one()
    browser = official("ineke")
    _assign(closed, browser, "ineke", closed.review, closed.other_review)
    for review, day in ((free, 1), (closed.other_review, 5), (closed.review, 9)):
        _due(closed, review, day)

    assert _next(browser) == closed.other_review
    assert _next(browser, closed.other_review) == closed.review
    assert _next(browser, closed.review) == closed.other_review  # from the end to the beginning
    assert _next(browser, free) == closed.other_review
    joris = official("joris")
    assert _next(joris) == free
    assert _follow(joris, joris.get(f"/beoordelen/volgende?na={free}")).count(
        "Er wacht nu geen (andere) aanmelding op u."
    )


def test_a_proposal_waits_for_a_second_until_one_took_it(closed):
    first, second = _proposed(closed, verdicts={"T06": "fails"})
    kees = _third(closed)
    with closed.world.database.reading() as db:
        waits = worklist.waits_for(closed.world.people["kees"])
        assert db.scalars(select(Review.id).where(waits)).all() == [closed.review]
    _give(closed, "joris", finish=False)

    assert _next(second) == closed.review
    assert _next(kees) == closed.other_review
    assert _next(first) == closed.other_review


def test_a_shadow_is_led_to_what_is_not_finished_and_never_to_free_work(closed, official):
    official("ineke")
    joris = official("joris")
    with closed.world.database.transaction() as db:
        round_, renske = db.get_one(Round, closed.round), db.get_one(User, closed.world.people["renske"])
        user = db.get_one(User, closed.world.people["joris"])
        side_reviews.name_shadow(round_, renske, user, closed.world.clock())
    _due(closed, closed.review, 1)
    assert _next(joris) == closed.review
    _give(closed, "joris")

    assert _next(joris) == closed.other_review


def test_a_hidden_dossier_is_never_the_next_one(closed):
    browser = closed.browser("ineke")
    form = {"application": closed.application, f"reason-{closed.application}": "Mijn zus is daar bestuurder."}
    browser.post(f"/beoordelen/rondes/{closed.round}/belangen", form)
    _due(closed, closed.review, 1)

    assert _next(browser) == closed.other_review
    assert _next(browser, closed.review) == closed.other_review


def test_before_the_next_one_interests_are_declared(closed):
    browser = closed.browser("ineke")

    assert browser.get("/beoordelen/volgende").headers["Location"] == f"/beoordelen/rondes/{closed.round}/belangen"


def test_every_page_of_a_dossier_leads_to_the_next_one(closed, official):
    page = official("ineke").get(f"/beoordelen/{closed.review}").text

    assert f'href="/beoordelen/volgende?na={closed.review}"' in page


# --- the export ---


def _csv(browser, query=""):
    content = browser.get(f"/beoordelen.csv{query}").get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content), delimiter=";"))


def _sheet(browser, query=""):
    """The rows of the workbook as the CSV gives them, and the XML of its sheet."""
    answer = browser.get(f"/beoordelen.xlsx{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
        xml = book.read(MARK)
    rows = []
    for row in etree.fromstring(xml).iter("{*}row"):
        cells = {}
        for cell in row.iter("{*}c"):
            column = re.sub(r"\d", "", cell.get("r"))
            at = 0
            for letter in column:
                at = at * 26 + ord(letter) - 64
            cells[at - 1] = "".join(cell.itertext())
        rows.append(cells)
    header = rows[0]
    return [{header[at]: row.get(at, "") for at in header} for row in rows[1:]], xml.decode()


def test_the_export_tells_every_finding_also_what_was_replaced_with_its_defect(closed, official):
    browser = official("ineke")
    _find(browser, closed, "T06", verdict="fails", reason="De regeling noemt geen termijn.", defect="incomplete")
    _find(browser, closed, "T06", verdict="meets", reason="Staat op bladzijde twee.", based_on="1")

    for rows in (_csv(browser), _sheet(browser)[0]):
        told = [row for row in rows if row["Eis"] == "T06"]
        assert [(row["Volgnummer"], row["Telt"], row["Oordeel"], row["Gebrek"]) for row in told] == [
            ("1", "nee", "Voldoet niet", "Stuk is niet volledig"),
            ("2", "ja", "Voldoet", ""),
        ]
        assert [row["Motivering"] for row in told] == ["De regeling noemt geen termijn.", "Staat op bladzijde twee."]
        assert [(row["Versie"], row["Beoordeeld door"]) for row in told] == [("1", "Ineke Bos")] * 2
        assert len([row for row in rows if row["Zorgaanbieder"].startswith(ERF)]) == 1


def test_the_workbook_holds_text_days_and_numbers_and_no_formula(closed, official):
    browser = official("ineke")
    _find(browser, closed, "T06", verdict="fails", reason='=HYPERLINK("http://example.org")')

    rows, xml = _sheet(browser)

    told = next(row for row in rows if row["Eis"] == "T06")
    assert told["Motivering"] == '\'=HYPERLINK("http://example.org")'
    assert told["Termijn"] == "43781"  # 12 November 2019, as spreadsheets count days
    assert "<f>" not in xml
    assert "<hyperlink" not in xml


def test_the_workbook_follows_the_filters_and_the_rules_of_who_reads(closed):
    _, second = _proposed(closed)
    joris = closed.browser("joris")

    blind, _ = _sheet(second)
    narrowed, _ = _sheet(joris, "?q=Erf")

    assert {row["Motivering"] for row in blind} == {""}
    assert {row["Zorgaanbieder"] for row in narrowed} == {"Zorgboerderij Het Erf B.V."}
    _give(closed, "joris")
    assert SECRET in {row["Motivering"] for row in _sheet(second)[0]}


def test_the_workbook_tells_nothing_of_a_hidden_dossier_and_is_for_who_screens(closed):
    browser = closed.browser("ineke")
    assert browser.get("/beoordelen.xlsx").status_code == 303
    form = {"application": closed.application, f"reason-{closed.application}": "Mijn zus is daar bestuurder."}
    browser.post(f"/beoordelen/rondes/{closed.round}/belangen", form)

    rows, xml = _sheet(browser)

    assert {row["Zorgaanbieder"] for row in rows} == {"Zorgboerderij Het Erf B.V."}
    assert LINDE not in xml
    assert closed.browser("renske").get("/beoordelen.xlsx").status_code == 403


def test_the_next_one_and_many_at_once_cost_the_same_statements_for_two_and_for_sixty(closed, official, statements):
    official("joris")
    browser = official("ineke")
    _no_objection(closed)

    def counts(ids):
        found = []
        for ask in (
            lambda: _next(browser),
            lambda: browser.get("/beoordelen?kies=ja&binnen=14&signalen=nee&herstel=nee").text,
            lambda: _assign(closed, browser, "joris", *ids),
            lambda: _remind(browser, *ids),
        ):
            statements.clear()
            ask()
            found.append(len([one for one in statements if not one.startswith("INSERT")]))
        return found

    few = counts([closed.review, closed.other_review])
    _many(closed, 58)
    with closed.world.database.reading() as db:
        new = db.scalars(select(Review.id).where(Review.first_by_id.is_(None))).all()
    many = counts(new)

    assert len(new) == 58
    assert max(few) <= 15
    assert [after <= before for before, after in zip(few, many, strict=True)] == [True] * 4

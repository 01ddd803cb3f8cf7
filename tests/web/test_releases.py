"""Decisions on their way out: approved by a third, released in one act, and nothing of it known before it is told."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.cli import cast, script
from portal.cli.cast import PASSWORD
from portal.cli.script import Verdict
from portal.domain import decisions, integrity, letters, releases
from portal.models import (
    Application,
    AuditEvent,
    Conflict,
    Decision,
    DecisionLetter,
    DecisionRelease,
    IntegrityCheck,
    LetterDraft,
    Message,
    Round,
    User,
)
from portal.web import guards
from portal.worker.telling import tell_application
from tests.conftest import Browser

WHY = "De klachtenregeling noemt geen klachtenfunctionaris."


def _confirm(closed, application_id, verdicts=None):
    stage, people = closed.world.stage, closed.world.people
    script.judge(stage, people["ineke"], application_id, verdicts or {})
    with stage.database.transaction() as db:
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == application_id)).one()
        integrity.record_outcome(check, db.get_one(User, people["bram"]), "no_objection", None, closed.world.clock())
    script.propose(stage, people["ineke"], application_id)
    script.confirm(stage, people["joris"], application_id)


@pytest.fixture
def refused(closed):
    """Anna's application fails one requirement; two inkopers confirmed it. Wil declared no interest."""
    _confirm(closed, closed.application, {"T06": Verdict("fails", WHY)})
    script.declare(closed.world.stage, closed.world.people["wil"], closed.round)
    return closed.application


def _state(closed, application_id):
    with closed.world.database.reading() as db:
        return db.scalars(select(LetterDraft).where(LetterDraft.application_id == application_id)).one().state


def _refused_by_database(closed, statement):
    with pytest.raises(IntegrityError) as refusal, closed.world.database.transaction() as db:
        db.execute(statement)
    return str(refusal.value)


def _letters(closed):
    with closed.world.database.reading() as db:
        return {one.application_id for one in db.scalars(select(DecisionLetter))}


def test_a_refusal_goes_out_only_after_somebody_who_signs_approved_it(closed, official, refused):
    renske, path = official("renske"), f"/rondes/{closed.round}/bekendmaken"
    _confirm(closed, closed.other_application)

    renske.post(path)
    assert _letters(closed) == {closed.other_application}, "an admission needs no approval here"
    assert "Wacht op goedkeuring" in renske.get(f"/rondes/{closed.round}/besluiten").text

    wil = official("wil")
    assert WHY in wil.get(f"/besluiten/{refused}").text
    assert official("ineke").post(f"/besluiten/{refused}/goedkeuren").status_code == 403
    assert wil.post(f"/besluiten/{refused}/goedkeuren").status_code == 303
    assert wil.post(f"/besluiten/{refused}/goedkeuren").status_code == 303, "twice is once"
    renske.post(path)

    assert _letters(closed) == {refused, closed.other_application}
    with closed.world.database.reading() as db:
        assert len(db.scalars(select(AuditEvent).where(AuditEvent.act == "approve")).all()) == 1


def test_who_approves_declares_interests_first_and_never_decided(closed, official):
    _confirm(closed, closed.application, {"T06": Verdict("fails", WHY)})
    wil = official("wil")

    first = wil.get(f"/besluiten/{closed.application}")
    assert (first.status_code, "/belangen" in first.location) == (303, True)
    sister = "Mijn zus werkt bij deze aanbieder."
    form = {"application": closed.application, f"reason-{closed.application}": sister}
    assert wil.post(first.location, form).location == f"/rondes/{closed.round}/besluiten"

    assert wil.get(f"/besluiten/{closed.application}").status_code == 404
    assert wil.post(f"/besluiten/{closed.application}/goedkeuren").status_code == 404
    assert "Stichting De Linde" not in wil.get(f"/rondes/{closed.round}/besluiten").text
    himself = {"approved_at": closed.world.clock(), "approved_by_id": closed.world.people["joris"]}
    assert "six_eyes" in _refused_by_database(closed, update(Decision).values(himself))


def test_what_is_not_approved_goes_back_to_the_first_inkoper_with_the_reason(closed, official, refused):
    wil, path = official("wil"), f"/besluiten/{refused}/niet-goedkeuren"

    assert wil.post(path, {"reason": "nee"}).status_code == 422
    assert wil.post(path, {"reason": "De klachtenregeling staat in bijlage 2."}).status_code == 303

    with closed.world.database.reading() as db:
        application = db.get_one(Application, refused)
        assert (application.state, application.review.state) == ("under_review", "started")
        assert (application.decisions, application.letter_draft) == ([], None)
    script.propose(closed.world.stage, closed.world.people["ineke"], refused)
    script.confirm(closed.world.stage, closed.world.people["joris"], refused)
    assert _state(closed, refused) == "composed"


def test_what_comes_back_goes_to_a_colleague_when_the_first_has_an_interest_by_now(closed, official, refused):
    ineke, joris = official("ineke"), official("joris")
    with closed.world.database.reading() as db:
        review = db.get_one(Application, refused).review.id

    assert (
        ineke.post(f"/beoordelen/{review}/belang", {"reason": "Mijn zus werkt daar sinds vandaag."}).status_code == 303
    )
    form = {"reason": "De klachtenregeling staat in bijlage 2."}
    assert official("wil").post(f"/besluiten/{refused}/niet-goedkeuren", form).status_code == 303

    with closed.world.database.reading() as db:
        assert db.get_one(Application, refused).review.first_by_id == closed.world.people["joris"]
        told = db.scalars(select(Message).where(Message.template == "review_handed_over")).all()
        assert [one.to for one in told] == [closed.world.emails["joris"]]
    assert joris.get(f"/beoordelen/{review}").status_code == 200
    assert ineke.get(f"/beoordelen/{review}").status_code == 404


def test_the_round_manager_picks_some_or_takes_all_in_one_act(closed, official):
    for one in (closed.application, closed.other_application):
        _confirm(closed, one)
    renske, path = official("renske"), f"/rondes/{closed.round}/bekendmaken"

    assert renske.post(path, {"welke": "gekozen"}).status_code == 422
    assert renske.post(path, {"welke": "gekozen", "application": closed.application}).status_code == 303
    assert _letters(closed) == {closed.application}
    renske.post(path, {"welke": "alles"})

    assert _letters(closed) == {closed.application, closed.other_application}
    with closed.world.database.reading() as db:
        assert [len(one.drafts) for one in db.scalars(select(DecisionRelease))] == [1, 1]


def test_what_was_released_is_told_once_whoever_comes_back_for_it(closed, official):
    _confirm(closed, closed.application)
    world = closed.world
    with world.database.transaction() as db:
        draft = db.scalars(select(LetterDraft)).one()
        releases.release(draft.application.round, db.get_one(User, world.people["renske"]), [draft], world.clock())
    assert _letters(closed) == set(), "killed between releasing and telling"

    world.work()
    assert _letters(closed) == {closed.application}, "the worker goes on"
    assert tell_application(world.database, world.services, closed.application) is False
    official("renske").post(f"/rondes/{closed.round}/bekendmaken")

    with world.database.reading() as db:
        assert len(db.scalars(select(Message).where(Message.template == "decision")).all()) == 1


def test_the_database_tells_nothing_that_was_not_released(closed):
    _confirm(closed, closed.application)

    assert "told_after_released" in _refused_by_database(closed, update(Decision).values(told_at=closed.world.clock()))


# --- nothing leaks ---

APPLICANTS = {"applicant", "provider", "signatory", "submitter"}
VARYING = re.compile(
    r'value="[a-z2-7]{26}"|[0-9]{3} · [0-9a-f]{16}'  # what a form is called, and a request
    r'|csrf[^>]*value="[^"]+"|name="csrf-token" content="[^"]+"|nonce="[^"]+"'
)


def _paths(closed):
    """Every address an applicant or a visitor can ask, with the ids of Anna's dossier in it."""
    with closed.world.database.reading() as db:
        application = db.get_one(Application, closed.application)
        submission = application.valid_submission
        known = {
            "application_id": application.id, "round_id": application.round_id, "submission_id": submission.id,
            "authority_slug": application.authority.slug, "slug": application.round.procedure.slug,
            "label": application.round.label, "procedure_id": application.round.procedure_id,
            "document_id": application.evidence[0].document_id,
        }  # fmt: skip
    audiences = {
        "public",
        "signed_in",
        "applicant",
        "provider",
        "signatory",
        "submitter",
        "agreement_party",
        "conversing",
    }
    adapter = closed.app.url_map.bind("portaal.test")
    for rule in sorted(closed.app.url_map.iter_rules(), key=lambda one: one.rule):
        is_theirs = guards.audience_of(closed.app, rule.endpoint) in audiences
        if is_theirs and "GET" in rule.methods and rule.arguments <= known.keys() and rule.endpoint != "static":
            yield adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})


def _seen(browser, paths):
    return {path: _text(browser.get(path)) for path in paths}


def _text(answer):
    """What an answer says: its text, or what lies in an archive, or how long another file is."""
    body, kind = answer.get_data(), answer.content_type
    if kind.startswith(("text/", "application/json")):
        return f"{answer.status} {VARYING.sub('', body.decode())}"
    if kind == "application/zip":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "".join(f"{one}: {archive.read(one).decode('latin-1')}\n" for one in sorted(archive.namelist()))
    return f"{answer.status} {kind} {len(body)}"


def test_until_it_is_told_an_applicant_sees_the_same_as_before_on_every_page(closed):
    anna = closed.browser("anna")
    paths = list(_paths(closed))
    script.judge(closed.world.stage, closed.world.people["ineke"], closed.application, {"T06": Verdict("fails", WHY)})
    before, public = _seen(anna, paths), _seen(Browser(closed.app, closed.world), paths)
    with closed.world.database.reading() as db:
        mails = len(db.scalars(select(Message)).all())

    with closed.world.database.transaction() as db:
        check = db.scalars(select(IntegrityCheck).where(IntegrityCheck.application_id == closed.application)).one()
        bram = db.get_one(User, closed.world.people["bram"])
        integrity.record_outcome(check, bram, "no_objection", None, closed.world.clock())
    script.propose(closed.world.stage, closed.world.people["ineke"], closed.application)
    script.confirm(closed.world.stage, closed.world.people["joris"], closed.application)
    script.approve(closed.world.stage, closed.world.people["wil"], closed.application)
    closed.world.work()
    with closed.world.database.transaction() as db:
        draft = db.scalars(select(LetterDraft)).one()
        renske = db.get_one(User, closed.world.people["renske"])
        releases.release(draft.application.round, renske, [draft], closed.world.clock())

    after = _seen(anna, paths)
    assert len(paths) > 40
    for path in paths:
        assert after[path] == before[path], path
    assert _seen(Browser(closed.app, closed.world), paths) == public
    assert [path for path in paths if WHY in after[path]] == []
    with closed.world.database.reading() as db:
        assert len(db.scalars(select(Message)).all()) == mails
    closed.world.work()
    assert WHY in anna.get(f"/aanmeldingen/{closed.application}").text, "and told it is there"


def test_neither_the_own_archive_nor_taking_over_says_that_something_was_decided(closed, refused):
    world = closed.world

    def said():
        anna = closed.browser("anna")
        archive = zipfile.ZipFile(io.BytesIO(anna.post("/mijn-gegevens/organisatie.zip", {"password": PASSWORD}).data))
        (kept,) = [one for one in archive.namelist() if one.endswith("/aanmelding.json") and number in one]
        page = anna.get(f"/aanmeldingen/{draft}/overnemen").text
        return json.loads(archive.read(kept))["state"], "In beoordeling" in page, "Besluit genomen" in page

    with world.database.reading() as db:
        number = db.get_one(Application, refused).number
        world.clock.set(db.get_one(Round, world.rounds["2020-2"]).opens_at + timedelta(hours=1))
    draft = cast.start(world.stage, world.people["anna"], world.rounds["2020-2"], (("IB-BASIS", "0796"),))

    assert said() == ("under_review", True, False)
    script.approve(world.stage, world.people["wil"], refused)
    script.tell(world.stage, world.people["renske"], refused)
    assert said() == ("decided", False, True)


# --- the letter ---


def _edit(browser, closed, application_id, **texts):
    page = browser.get(f"/besluiten/{application_id}").text
    based_on = re.search(r'name="based_on" value="(\d+)"', page)
    assert based_on
    return browser.post(f"/besluiten/{application_id}/brief", {"based_on": based_on.group(1), **texts})


NICER = "U hebt zich bij ons aangemeld. In deze brief leest u wat wij besloten, en waarom."


def test_a_changed_letter_waits_for_a_second_reader_and_shows_what_differs(closed, official, refused):
    ineke, joris, wil = official("ineke"), official("joris"), official("wil")
    wil.post(f"/besluiten/{refused}/goedkeuren")

    assert _edit(ineke, closed, refused, opening="Kort.").status_code == 422
    assert "Kort." in _edit(ineke, closed, refused, opening="Kort.").text, "nothing typed is lost"
    assert _edit(ineke, closed, refused, opening=NICER).status_code == 303

    assert _state(closed, refused) == "edited"
    page = joris.get(f"/besluiten/{refused}").text
    assert ("<del>" in page, "<ins>" in page) == (True, True)
    official("renske").post(f"/rondes/{closed.round}/bekendmaken")
    assert _letters(closed) == set()
    assert ineke.post(f"/besluiten/{refused}/brief/akkoord", {"version": "1"}).status_code == 403
    assert joris.post(f"/besluiten/{refused}/brief/akkoord", {"version": "0"}).status_code == 409
    assert joris.post(f"/besluiten/{refused}/brief/akkoord", {"version": "1"}).status_code == 303
    assert wil.post(f"/besluiten/{refused}/goedkeuren").status_code == 303, "who approved does so again"
    official("renske").post(f"/rondes/{closed.round}/bekendmaken")

    with closed.world.database.reading() as db:
        facts = json.loads(db.scalars(select(DecisionLetter)).one().facts)
    assert facts["passages"]["opening"] == NICER
    assert "bezwaar maken" in facts["passages"]["disagree"]


def test_two_who_change_a_letter_at_once_see_each_other_and_one_can_put_it_back(closed, official, refused):
    ineke, joris = official("ineke"), official("joris")
    _edit(ineke, closed, refused, opening=NICER)

    late = joris.post(f"/besluiten/{refused}/brief", {"based_on": "0", "opening": f"{NICER} Dank daarvoor."})
    assert (late.status_code, "Dank daarvoor" in late.text) == (409, True)
    with closed.world.database.reading() as db:
        draft = db.scalars(select(LetterDraft)).one()
        composed = letters.compose(decisions.letter_facts(draft.application, "", closed.world.clock()))
    assert _edit(joris, closed, refused, **composed).status_code == 303

    assert _state(closed, refused) == "composed"
    alone = update(LetterDraft).values(edited_by_id=closed.world.people["ineke"])
    assert "changed_by_two" in _refused_by_database(closed, alone)


def test_officials_see_that_the_mail_went_and_when_the_letter_was_first_opened(closed, official, refused):
    official("wil").post(f"/besluiten/{refused}/goedkeuren")
    renske = official("renske")
    renske.post(f"/rondes/{closed.round}/bekendmaken")
    assert "nog niet" in renske.get(f"/besluiten/{refused}").text
    closed.world.work()
    closed.browser("anna").post(f"/aanmeldingen/{refused}/besluit/openen")

    page = renske.get(f"/besluiten/{refused}").text
    assert ("afgegeven op" in page, "Anna de Wit" in page) == (True, True)
    with closed.world.database.reading() as db:
        letter = db.scalars(select(DecisionLetter)).one()
        mail = db.scalars(select(Message).where(Message.template == "decision")).one()
    assert renske.get(f"/besluiten/{refused}/brieven/{letter.id}.pdf").data[:5] == b"%PDF-"
    assert WHY not in json.dumps(mail.facts), "the mail only points to it"


def test_the_letters_of_a_batch_are_one_archive_for_who_releases(closed, official):
    renske, path = official("renske"), f"/rondes/{closed.round}"
    _confirm(closed, closed.application)
    renske.post(f"{path}/bekendmaken")
    closed.world.clock.advance(timedelta(minutes=1))
    _confirm(closed, closed.other_application)
    renske.post(f"{path}/bekendmaken")
    before = renske.get(f"{path}/besluiten").text
    closed.world.work()

    links = re.findall(r'href="(/rondes/[^"]+\.zip)"', renske.get(f"{path}/besluiten").text)
    archives = [zipfile.ZipFile(io.BytesIO(renske.get(one).get_data())) for one in links]

    assert before.count("1 brief wordt nog gemaakt") == 2
    assert [one.namelist() for one in archives] == [
        ["overzicht.csv", "B-2019-0002 Zorgboerderij Het Erf B.V.pdf", "sha256sums.txt"],
        ["overzicht.csv", "B-2019-0001 Stichting De Linde.pdf", "sha256sums.txt"],
    ]
    assert archives[1].read("B-2019-0001 Stichting De Linde.pdf")[:5] == b"%PDF-"
    assert "B-2019-0001;Stichting De Linde;A-" in archives[1].read("overzicht.csv").decode("utf-8-sig")
    assert official("ineke").get(links[0]).status_code == 403
    other_round = links[0].replace(closed.round, closed.world.rounds["2020-2"])
    assert renske.get(other_round).status_code == 404


def test_a_letter_that_is_not_drawn_up_stands_in_the_list_of_its_batch(closed, official):
    renske, path = official("renske"), f"/rondes/{closed.round}"
    _confirm(closed, closed.application)
    renske.post(f"{path}/bekendmaken")
    (link,) = re.findall(r'href="(/rondes/[^"]+\.zip)"', renske.get(f"{path}/besluiten").text)

    archive = zipfile.ZipFile(io.BytesIO(renske.get(link).get_data()))

    assert archive.namelist() == ["overzicht.csv", "sha256sums.txt"]
    assert "wordt nog gemaakt" in archive.read("overzicht.csv").decode("utf-8-sig")


def test_a_batch_holds_no_letter_of_who_one_has_an_interest_in(closed, official):
    renske, path = official("renske"), f"/rondes/{closed.round}"
    _confirm(closed, closed.application)
    _confirm(closed, closed.other_application)
    renske.post(f"{path}/bekendmaken")
    closed.world.work()
    with closed.world.database.transaction() as db:
        me, other = db.get_one(User, closed.world.people["renske"]), db.get_one(Application, closed.other_application)
        db.add(
            Conflict(
                authority_id=other.authority_id, application_id=other.id, user_id=me.id, grounds=[],
                reason="Mijn zus is daar bestuurder.", declared_at=closed.world.clock(),
            )
        )  # fmt: skip
    page = renske.get(f"{path}/besluiten").text
    (link,) = re.findall(r'href="(/rondes/[^"]+\.zip)"', page)

    archive = zipfile.ZipFile(io.BytesIO(renske.get(link).get_data()))

    assert re.search(r"Renske Vos</span></th><td[^>]*>1<", page)
    assert [one for one in archive.namelist() if "Erf" in one] == []
    assert "Erf" not in archive.read("overzicht.csv").decode()

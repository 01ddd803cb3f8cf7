"""Holding what must hold against a play: the laws, what never changes, and what reaches whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from portal.domain import calendar, case_file_facts, equal_treatment, term_lines
from portal.domain.decisions import INTEGRITY_REASON
from portal.models import Application, Base, Review, User
from portal.queries import (
    applications,
    case_files,
    dossiers,
    findings,
    integrity,
    interests,
    letters,
    my_data,
    objections,
    queue,
    releases,
    remedies,
    reviews,
    round_figures,
    rounds,
    running_terms,
    signals,
    worklist,
)
from portal.queries import equal_treatment as treatment_queries
from tests.plays.laws import FROZEN, LAWS
from tests.plays.play import INKOPERS, MANAGERS, SECRET, Play

OWN = ("antwoord", "grond")
"""What applicants say themselves."""
READS = (*INKOPERS, *MANAGERS, "wil", "bram", "dina", "ingrid")


def after_each_step(play: Play) -> None:
    """What holds always. Nothing can have come to break it in a step that changed nothing."""
    if not play.changed and play.counts["steps"]:
        return
    laws(play)
    frozen(play)
    refusals(play)
    if play.chance(play.care):
        applicant_reads(play)
    if play.chance(play.care):
        officials_read(play)


def after_all(play: Play) -> None:
    """At the end of a play: also what is slower to look at."""
    applicant_reads(play, whole=True)
    if play.chance(0.5):
        officials_read(play)
    compartment(play)
    case_file(play, play.among(play.dossiers))
    for state, number in play.rows("SELECT state, count(*) FROM reviews GROUP BY state"):
        play.counts[f"reviews {state}"] += number
    for what, sql in COUNTED.items():
        play.counts[what] += play.one(sql)


COUNTED = {
    "decided by two": "SELECT count(DISTINCT application_id) FROM decisions WHERE confirmed_at IS NOT NULL",
    "told": "SELECT count(*) FROM decision_letters WHERE kind = 'decision'",
    "refusals told": "SELECT count(DISTINCT application_id) FROM decisions WHERE told_at IS NOT NULL"
    " AND outcome = 'refused'",
    "remedies asked": "SELECT count(*) FROM remedy_requests",
    "remedies answered": "SELECT count(*) FROM remedy_requests WHERE answered_at IS NOT NULL",
    "remedies expired": "SELECT count(*) FROM remedy_requests WHERE expired_at IS NOT NULL",
    "suspensions": "SELECT count(*) FROM term_suspensions",
    "suspensions of the compartment": "SELECT count(*) FROM term_suspensions WHERE kind = 'integrity'",
    "objections filed": "SELECT count(*) FROM objections",
    "objections decided": "SELECT count(*) FROM objections WHERE state = 'decided'",
    "decisions revised": "SELECT count(DISTINCT application_id) FROM decisions WHERE sequence > 1",
    "joint verdicts": "SELECT count(*) FROM findings WHERE agreed_by_id IS NOT NULL",
    "second reviewers": "SELECT count(*) FROM side_reviews WHERE finished_at IS NOT NULL",
    "interests": "SELECT count(*) FROM conflicts",
    "objections of the compartment": "SELECT count(*) FROM integrity_checks WHERE outcome = 'objection'",
    "letters changed": "SELECT count(*) FROM letter_drafts WHERE state = 'told' AND passages <> '{}'",
    "differences explained": "SELECT count(*) FROM treatment_explanations",
}


# What stands in the database


def laws(play: Play) -> None:
    rules = {
        "mode": play.mode, "approval": play.approval, "rounds": play.rounds,
        "bram": play.world.people["bram"], "dina": play.world.people["dina"],
    }  # fmt: skip
    for law, sql in LAWS.items():
        broken = play.watching.execute(sql, rules).fetchall()
        assert not broken, f"{law}: {broken[:3]}"


def frozen(play: Play) -> None:
    known = play.memory.setdefault("frozen", {})
    for what, sql in FROZEN.items():
        rows = {one[0]: one for one in play.rows(sql)}
        for key, before in known.get(what, {}).items():
            assert rows.get(key) == before, f"{what} changed: {before} is now {rows.get(key)}"
        known[what] = rows


def refusals(play: Play) -> None:
    """Every refusal quotes a finding at a requirement of the edition that was submitted to, in its version.

    Or the integrity check, of which it says no more than that.
    """
    known = play.memory.setdefault("refusals", set())
    for key, application, reason in play.rows(
        "SELECT id, application_id, reason FROM decisions WHERE outcome = 'refused' AND sequence = 1"
    ):
        if (key, reason) in known:
            continue
        known.add((key, reason))
        quoted = [text for text, is_published in _quotable(play, application) if is_published and text in reason]
        is_integrity = INTEGRITY_REASON in reason and play.one(
            "SELECT outcome FROM integrity_checks WHERE application_id = ?", application
        ) == "objection"  # fmt: skip
        assert quoted or is_integrity, f"a refusal quotes no published requirement and finding: {reason!r}"
    for key, facts in play.rows("SELECT application_id, facts FROM decision_letters WHERE kind = 'decision'"):
        if (key, facts) in known:
            continue
        known.add((key, facts))
        _quoted_in_the_letter(play, key, json.loads(facts))
    for key, outcome in play.rows(
        "SELECT d.id, d.outcome FROM decisions d JOIN reviews r ON r.application_id = d.application_id"
        " JOIN (SELECT review_id, requirement_id, lot_id, party_id, max(sequence) AS last FROM findings"
        "   GROUP BY review_id, requirement_id, lot_id, party_id) l ON l.review_id = r.id"
        " JOIN findings f ON f.review_id = r.id AND f.sequence = l.last"
        " WHERE d.sequence = 1 AND f.verdict = 'fails' AND f.product_codes = '[]' AND f.lot_id IS NULL"
        "   AND f.requirement_id IN (SELECT id FROM requirements WHERE settings NOT LIKE '%municipalit%')"
    ):
        assert outcome == "refused", f"{key} is admitted while a requirement for everything is not met"


def _quotable(play: Play, application: str) -> list[tuple[str, bool]]:
    """Per finding that counts against: how a refusal quotes it, and whether requirement and version were published."""
    rows = play.rows(
        "SELECT q.id, q.code, q.title, q.version, p.name, f.reason, f.verdict, s.manifest FROM findings f"
        " JOIN reviews r ON r.id = f.review_id JOIN submissions s ON s.id = r.submission_id"
        " JOIN requirements q ON q.id = f.requirement_id LEFT JOIN parties p ON p.id = f.party_id"
        " WHERE r.application_id = ? AND f.sequence = (SELECT max(l.sequence) FROM findings l"
        "   WHERE l.review_id = f.review_id AND l.requirement_id = f.requirement_id AND l.lot_id IS f.lot_id"
        "   AND l.party_id IS f.party_id)",
        application,
    )
    found = []
    for key, code, title, version, party, reason, verdict, manifest in rows:
        if verdict not in {"meets", "equivalent"}:
            answers = json.loads(manifest)["answers"]
            published = {one["requirement_version"] for one in answers if one["requirement_id"] == key}
            about = f" ({party})" if party else ""
            found.append((f"{code} {title}{about}: {reason}", published == {version}))
    return found


def _quoted_in_the_letter(play: Play, application: str, facts: dict[str, Any]) -> None:
    reasons = [line for lot in facts["lots"] for product in lot["products"] for line in product["reasons"]]
    published = set(play.rows("SELECT code, version, text, title FROM requirements"))
    given = {
        f"{one['code']} {one['title']}{' (' + one['party'] + ')' if one['party'] else ''}: {one['reason']}"
        for one in facts["findings"]
        if (one["code"], one["version"], one["text"], one["title"]) in published
    } | {INTEGRITY_REASON}
    assert set(reasons) <= given, f"the letter gives reasons that quote nothing: {set(reasons) - given}"
    refused = any(product["refused"] for lot in facts["lots"] for product in lot["products"])
    assert refused == bool(reasons), f"a letter of {application} with refusals and reasons {reasons}"


# What reaches the applicant


def applicant_reads(play: Play, *, whole: bool = False) -> None:
    """Nothing that officials wrote before it was released, nothing of another's dossier, nothing of the compartment."""
    for at, (key, _) in play.dossiers.items():
        with play.world.database.reading() as db:
            user = db.get_one(User, play.world.people[at])
            organisation = user.organisation_id or ""
            told = letters.of_decision(db, key)
            application = db.get_one(Application, key)
            line = next(one for one in applications.overview(db, organisation) if one.id == key)
            decided = applications.told_decisions(db, key)
            assert line.is_told == (told is not None) == bool(decided), "an applicant sees that something was decided"
            said: list[Any] = [
                line.remedy_id, decided, told and told.facts,
                [(item.question, item.explanation) for one in applications.remedies(db, key) for item in one.items],
                list(term_lines.lines(application, play.now)),
                applications.last_changes(db, key),
                [one.facts for one in my_data.messages(db, organisation)],
                [(one.reason, one.advice) for one in objections.own(db, key) if one.state == "decided"],
                [(one.id, [paper.kind for paper in one.papers if paper.kind == "intention"])
                 for one in integrity.own_files(db, organisation)],
            ]  # fmt: skip
            for one in applications.last_changes(db, key):
                assert one.actor_name in {user.name, "Lies Smit", "portaal"}, f"an applicant reads that {one}"
            if whole:
                own = my_data.application(db, key, organisation)
                said.append(own)
                assert told is not None or own["state"] != "decided", "an applicant learns that something was decided"
        _nothing_hidden(play, at, repr(said))
        if whole and play.chance(play.care):
            _nothing_hidden(play, at, _pages(play, at))


def _nothing_hidden(play: Play, at: str, said: str) -> None:
    for secret in SECRET.findall(said):
        is_own = secret.startswith(OWN) and play.owner[secret] == at
        about = play.owner[secret]
        assert is_own or (secret in play.readable and about == at), f"the applicant {at} reads {secret} of {about}"


def _pages(play: Play, at: str) -> str:
    browser = play.home.browser(at)
    key = play.dossiers[at][0]
    pages = [browser.get(path) for path in ("/aanmeldingen", f"/aanmeldingen/{key}", f"/aanmeldingen/{key}/bezwaar")]
    assert [one.status_code for one in pages[:2]] == [200, 200]
    return "".join(one.text for one in pages)


# What reaches officials


def officials_read(play: Play) -> None:
    """Whoever has an interest finds nothing of that dossier; who is blind no verdict; nobody the compartment."""
    hidden = {play.names[one] for (one,) in play.rows("SELECT user_id FROM conflicts")}
    _officials_read(play, play.among(hidden if hidden and play.chance(0.8) else READS))


def _officials_read(play: Play, who: str) -> None:
    key = play.world.people[who]
    hidden = {one for (one,) in play.rows("SELECT application_id FROM conflicts WHERE user_id = ?", key)}
    blind = _blind_for(play, who)
    with play.world.database.reading() as db:
        user = db.get_one(User, key)
        said = " ".join(_said(db, play, user))
        if who in {"bram", "dina"}:
            said += " ".join(_of_the_compartment(db, play, user))
        for application, review in play.dossiers.values():
            if application in hidden:
                assert dossiers.dossier(db, review, key) is None, f"{who}, who has an interest, opens the dossier"
                assert dossiers.review_with_files(db, review, key) is None, f"{who} opens its files"
    for at, (application, review) in play.dossiers.items():
        name, number = play.rows(
            "SELECT o.name, a.number FROM applications a JOIN organisations o ON o.id = a.organisation_id"
            " WHERE a.id = ?", application,
        )[0]  # fmt: skip
        if application in hidden:
            for one in (name, number, application, review):
                assert one not in said, f"{who}, who has an interest, finds {one}"
        for secret in set(SECRET.findall(said)):
            assert play.owner[secret] != at or application not in hidden, f"{who}, with an interest, reads {secret}"
            is_verdict = secret.startswith(("oordeel", "samen")) and secret not in play.readable
            assert not (is_verdict and play.owner[secret] == at and at in blind), f"{who} is blind and reads {secret}"
            assert not secret.startswith("bibob"), f"{who} reads {secret} of the compartment"


def _blind_for(play: Play, who: str) -> set[str]:
    """The dossiers in which this inkoper may still become, or is, the second one who has not finished; or a shadow.

    Whoever gave findings there once and handed the dossier over can be the second one no more.
    """
    key = play.world.people[who]
    if not play.rows("SELECT 1 FROM user_roles WHERE user_id = ? AND role = 'inkoper'", key):
        return set()
    is_shadow = bool(play.rows("SELECT 1 FROM shadow_reviewers WHERE user_id = ? AND ended_at IS NULL", key))
    found = set()
    for at, (_, review) in play.dossiers.items():
        state, first = play.rows("SELECT state, first_by_id FROM reviews WHERE id = ?", review)[0]
        kinds = "('shadow')" if is_shadow else "('second')"
        done = play.rows(
            f"SELECT 1 FROM side_reviews WHERE review_id = ? AND user_id = ? AND kind IN {kinds}"
            " AND finished_at IS NOT NULL AND ended_at IS NULL", review, key,
        )  # fmt: skip
        was_first = play.rows(
            "SELECT 1 FROM findings WHERE review_id = ? AND found_by_id = ? AND agreed_by_id IS NULL", review, key
        )
        may_be_second = play.mode != "confirms" and first not in (None, key) and state != "confirmed"
        if (is_shadow or (may_be_second and not was_first)) and not done:
            found.add(at)
    return found


def _text(rows: Iterable[Any]) -> Iterator[str]:
    """Rows and objects as text: of an object its own columns."""
    for one in rows:
        for each in one if isinstance(one, Row) else [one]:
            if isinstance(each, Base):
                yield repr(
                    {name: value for name, value in each.__dict__.items() if not isinstance(value, (Base, list))}
                )
            else:
                yield repr(each)


def _said(db: Session, play: Play, user: User) -> Iterator[str]:
    """Everything that lists, searches, counts, exports and remembers say to this official."""
    round_id, today = play.world.rounds["2020-1"], calendar.local_day(play.now)
    seen = play.one(
        "SELECT count(*) FROM reviews r WHERE r.authority_id = ? AND NOT EXISTS (SELECT 1 FROM conflicts c"
        " WHERE c.application_id = r.application_id AND c.user_id = ?)", user.authority_id, user.id,
    )  # fmt: skip
    assert queue.counts(db, user.id, today)["alle"] == seen, "a hidden dossier is counted"
    for wanted in (queue.Wanted(), queue.Wanted(text=play.among(("De Linde", "Erf")), sort="naam")):
        yield from _text(queue.page(db, wanted, user.id, today).rows)
    yield from _text([worklist.next_for(db, user.id)])
    yield from _text(reviews.applicants(db, round_id, user.id))
    yield from _text(findings.of_many(db, queue.Wanted(), user, today))
    yield from _text(remedies.prepared(db, round_id, user))
    yield from _text(remedies.register(db, round_id, user))
    yield from _text(releases.in_round(db, round_id, user.id))
    yield from _text(objections.in_round(db, round_id, user.id))
    yield from _text(running_terms.in_round(db, round_id, user.id))
    yield from _text(signals.every(db, round_id, user.id, signals.Wanted()))
    yield from _text(rounds.rows_for_export(db, round_id, user.id))
    for step in round_figures.STEPS:
        yield from _text(round_figures.behind(db, round_id, user.id, today, round_figures.Wanted(step=step)).rows)
    yield from _text([round_figures.counted(db, round_id, user.id)])
    if user.role_names & {"inkoper", "round_manager"}:
        round_ = reviews.round_in_review(db, round_id)
        assert round_ is not None
        shown = treatment_queries.in_differences(db, equal_treatment.differences(round_), user)
        yield from _text(row for rows in shown.values() for row in rows)
    if "round_manager" in user.role_names:
        yield from _text(interests.found_in_round(db, round_id, user.id))
        yield from _text(interests.lifted_in_round(db, round_id, user.id))
    assert sum(one.ingediend for one in round_figures.figures(db, round_id, user.id, today)) == seen, "figures count it"
    for application, review in play.dossiers.values():
        yield from _text([releases.one(db, application, user.id), running_terms.review(db, review, user.id)])
        found = db.get_one(Review, review)
        around = dossiers.around(db, found, user.id)
        yield from _text([around.previous, around.following])
        round_ = found.application.round
        places = [one.id for one in round_.requirements]
        yield from _text(treatment_queries.at_others(db, found, places, user, opened_until=round_.opens_at))


def _of_the_compartment(db: Session, play: Play, user: User) -> Iterator[str]:
    """The list of checks, for who may come into the compartment."""
    yield from _text(integrity.page(db, user.id, "", "", "")[0])
    for application, _ in play.dossiers.values():
        key = play.one("SELECT id FROM integrity_checks WHERE application_id = ?", application)
        found = integrity.check(db, key, user.id)
        if found is not None:
            yield repr(found.application.number)


# What never comes out of the compartment


INSIDE = ("integrity_papers", "integrity_reads")


def compartment(play: Play) -> None:
    """No word of it stands in any other table: no log, no mail, no letter, no signal."""
    for (table,) in play.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"):
        if table not in INSIDE:
            for row in play.rows(f"SELECT * FROM {table}"):
                assert "bibobgeheim" not in repr(row), f"{table} tells of the compartment: {row}"


def case_file(play: Play, at: str) -> None:
    """A case file for inside holds all acts, and nothing of the compartment nor of somebody else's dossier."""
    with play.world.database.reading() as db:
        found = db.get_one(Review, play.dossiers[at][1])
        material = case_files.material(db, found, play.world.people["ineke"])
        facts = case_file_facts.facts(material, "own", play.now, redacted=False, has_annex=True)
        said = repr(facts)
        for one in found.findings:
            assert not one.reason or one.reason in said, "a finding is missing in the case file"
    for secret in set(SECRET.findall(said)):
        assert play.owner[secret] == at, f"the case file of {at} tells {secret} of {play.owner[secret]}"
        assert not secret.startswith(("bibob", "belang", "concept", "naast")), f"the case file tells {secret}"
    assert "integrity" not in said, "the case file tells of the integrity check"

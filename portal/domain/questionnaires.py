"""The Bibob questionnaire: which questions an authority chose from the official model, and what was answered.

Answers are `{place: {"choice": …, "rows": [[…]], "text": …}}`; a place is the code of a question ('1B'), or with the
key of a person where a chapter is filled in for each ('4A@p2'). They exist in memory and in a sealed file only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from portal.domain import audit
from portal.domain.applications import require_editable
from portal.domain.integrity_forms import form_of
from portal.domain.permissions import filler_id
from portal.domain.requirement_types import integrity_key
from portal.errors import Refused, Stale
from portal.models import Application, IntegrityForm, Party, User
from portal.terms import N_

YES_NO = {"no": N_("Nee"), "yes": N_("Ja")}
MOST_ROWS, MOST_PEOPLE, LONGEST = 30, 20, 4000

Answers = dict[str, dict[str, Any]]
Conditions = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """One question. `answer` is 'choice' (with a table of `fields` beside a yes), 'fields' (one row) or 'text'.

    `lists` are the fields that hold several names, and get more room.
    """

    code: str
    text: str
    note: str = ""
    answer: str = "choice"
    choices: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    asked_when: Conditions = field(default_factory=dict)
    is_optional: bool = False


@dataclass(frozen=True)
class Chapter:
    """Questions that belong together; with `each` they are asked once for every such person."""

    key: str
    title: str
    questions: tuple[Question, ...]
    each: str = ""
    asked_when: Conditions = field(default_factory=dict)


@dataclass(frozen=True)
class Questionnaire:
    """An official model: the only questions there are."""

    key: str
    title: str
    source: str
    remark: str
    words: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]

    @property
    def codes(self) -> list[str]:
        return [one.code for chapter in self.chapters for one in chapter.questions]

    def chosen(self, codes: Iterable[str]) -> Questionnaire:
        """With these questions only (none named: all). The first chapter says who it is and always stays."""
        wanted = set(codes)
        if not wanted:
            return self
        kept = [
            replace(one, questions=tuple(each for each in one.questions if each.code in wanted or index == 0))
            for index, one in enumerate(self.chapters)
        ]
        return replace(self, chapters=tuple(one for one in kept if one.questions))


@dataclass(frozen=True)
class Section:
    """One page: a chapter, for one person where it is filled in for each."""

    chapter: Chapter
    person: str = ""

    @property
    def key(self) -> str:
        return f"{self.chapter.key}-{self.person}" if self.person else self.chapter.key

    def place(self, question: Question) -> str:
        return f"{question.code}@{self.person}" if self.person else question.code


def _holds(model: Questionnaire, conditions: Conditions, answers: Answers) -> bool:
    by_code = {one.code: one for chapter in model.chapters for one in chapter.questions}
    for code, wanted in conditions.items():
        question = by_code.get(code)
        if question is None:
            continue
        if not _holds(model, question.asked_when, answers) or answers.get(code, {}).get("choice") not in wanted:
            return False
    return True


def people(content: Mapping[str, Any], chapter: Chapter) -> list[str]:
    """The keys of those for whom a chapter is filled in; always one at least."""
    return list(content.get("people", {}).get(chapter.key, [])) or ["p1"]


def sections(model: Questionnaire, content: Mapping[str, Any]) -> list[Section]:
    """The pages that are asked, given what was answered so far."""
    answers = content.get("answers", {})
    asked = [one for one in model.chapters if _holds(model, one.asked_when, answers)]
    return [Section(one, person) for one in asked for person in (people(content, one) if one.each else [""])]


def asked(model: Questionnaire, section: Section, answers: Answers) -> list[Question]:
    """The questions of a page, given what was answered so far."""
    return [one for one in section.chapter.questions if _holds(model, one.asked_when, answers)]


def _is_answered(question: Question, answer: Mapping[str, Any]) -> bool:
    rows = any(cell for row in answer.get("rows", []) for cell in row)
    if question.answer == "text":
        return question.is_optional or bool(answer.get("text"))
    if question.answer == "fields":
        return rows
    choice = answer.get("choice", "")
    return bool(choice) and (choice != "yes" or not question.fields or rows)


def missing(model: Questionnaire, content: Mapping[str, Any]) -> list[tuple[Section, Question]]:
    """What still has to be answered."""
    answers = content.get("answers", {})
    return [
        (section, one)
        for section in sections(model, content)
        for one in asked(model, section, answers)
        if not _is_answered(one, answers.get(section.place(one), {}))
    ]


def read(form: Mapping[str, str], section: Section, content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with what one page says. Nothing is refused; what is too long is cut off."""
    answers = dict(content.get("answers", {}))
    for one in section.chapter.questions:
        if f"{one.code}-there" in form:
            answers[section.place(one)] = {
                "choice": form.get(f"{one.code}-choice", "")[:20],
                "rows": [row for row in _rows(form, one) if any(row)],
                "text": form.get(f"{one.code}-text", "").strip()[:LONGEST],
            }
    return {**content, "answers": answers}


def _rows(form: Mapping[str, str], question: Question) -> Iterator[list[str]]:
    for number in range(MOST_ROWS):
        if f"{question.code}-{number}-0" in form:
            yield [
                form.get(f"{question.code}-{number}-{column}", "").strip()[:LONGEST]
                for column in range(len(question.fields))
            ]


def with_person(content: Mapping[str, Any], chapter: Chapter) -> tuple[dict[str, Any], str]:
    """One more person in a chapter; gives the key."""
    present = people(content, chapter)
    if len(present) >= MOST_PEOPLE:
        raise Refused(N_("Meer mensen kunt u hier niet invullen. Zet hen op een bijlage en upload die."))
    key = f"p{max(int(one[1:]) for one in present) + 1}"
    return {**content, "people": {**content.get("people", {}), chapter.key: [*present, key]}}, key


def without_person(content: Mapping[str, Any], section: Section) -> dict[str, Any]:
    """Without one person and the answers about that person."""
    left = [one for one in people(content, section.chapter) if one != section.person]
    answers = {
        place: one
        for place, one in content.get("answers", {}).items()
        if place.partition("@")[2] != section.person
        or place.partition("@")[0] not in {each.code for each in section.chapter.questions}
    }
    return {**content, "people": {**content.get("people", {}), section.chapter.key: left}, "answers": answers}


def texts(content: Mapping[str, Any]) -> Iterator[str]:
    """Everything that was typed."""
    for one in content.get("answers", {}).values():
        yield from (cell for row in one.get("rows", []) for cell in row)
        yield one.get("text", "")


def save(
    application: Application,
    actor: User,
    party: Party | None,
    key: str,
    sha256: str,
    now: datetime,
    *,
    model: str,
    is_complete: bool,
    based_on: int,
) -> str | None:
    """Keep a draft whose sealed bytes are in the store under `key`. Gives the key of what it takes the place of.

    `based_on` is the version the form showed (0 for none). Raises `Stale` when somebody else saved in between.
    """
    require_editable(application, actor, now, party)
    current = form_of(application, party)
    if current is not None and current.version != based_on:
        raise Stale(
            N_("%(name)s heeft dit formulier net ook gewijzigd. Vergelijk de antwoorden en bewaar opnieuw."),
            theirs=current,
            name=current.saved_by.name,
        )
    former = None
    if current is None or current.submitted_at is not None:
        current = IntegrityForm(
            authority_id=application.authority_id,
            party_id=party.id if party else None,
            organisation_id=filler_id(application, party),
            version=current.version if current is not None else 0,
        )
        application.integrity_forms.append(current)
    else:
        former = current.storage_key
    current.model, current.storage_key, current.sha256, current.is_complete = model, key, sha256, is_complete
    current.version += 1
    current.saved_at, current.saved_by, current.saved_by_id = now, actor, actor.id
    application.saved_at = now
    part = party.own_part if party is not None else None
    audit.record(part or application, "answer", actor, now, place=integrity_key(party), version=current.version)
    return former

"""A Bibob questionnaire as pages show it: with the answers beside the questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain import questionnaires
from portal.domain.questionnaires import Question, Questionnaire, Section


@dataclass(frozen=True)
class Line:
    """One question with its answer."""

    question: Question
    place: str
    choice: str
    rows: tuple[tuple[str, ...], ...]
    text: str

    @property
    def filled(self) -> tuple[tuple[str, ...], ...]:
        """The rows of the form: those that were filled in, and an empty one (one in all where more make no sense)."""
        empty = ("",) * len(self.question.fields)
        if self.question.answer == "fields":
            return self.rows[:1] or (empty,)
        return (*self.rows, empty)[: questionnaires.MOST_ROWS]


@dataclass(frozen=True)
class Page:
    """One page: a chapter, for one person where it is asked for each."""

    section: Section
    number: int
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        return f"{self.section.chapter.title} ({self.number})" if self.section.person else self.section.chapter.title


def page_of(model: Questionnaire, section: Section, content: Mapping[str, Any]) -> Page:
    answers = content.get("answers", {})
    lines = []
    for one in questionnaires.asked(model, section, answers):
        place = section.place(one)
        said = answers.get(place, {})
        width = len(one.fields)
        rows = tuple(tuple((*row, *[""] * width)[:width]) for row in said.get("rows", []))
        lines.append(Line(one, place, said.get("choice", ""), rows, said.get("text", "")))
    present = questionnaires.people(content, section.chapter)
    number = present.index(section.person) + 1 if section.person in present else 1
    return Page(section, number, tuple(lines))


def printed(model: Questionnaire, content: Mapping[str, Any]) -> list[Page]:
    """Every page that is asked."""
    return [page_of(model, one, content) for one in questionnaires.sections(model, content)]

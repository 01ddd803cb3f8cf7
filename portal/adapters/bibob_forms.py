"""The official models of the Bibob questionnaire, and the list of the own research: data files, read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from portal.domain.questionnaires import YES_NO, Chapter, Conditions, Question, Questionnaire

FOLDER = Path(__file__).resolve().parents[2] / "bibob"
RESEARCH = "eigen-onderzoek"


class ResearchItem(NamedTuple):
    """One thing to look at in the own research."""

    key: str
    title: str
    text: str


def models() -> list[str]:
    """The keys of the models there are."""
    return sorted(one.stem for one in FOLDER.glob("*.yaml") if one.stem != RESEARCH)


@lru_cache
def model(key: str) -> Questionnaire:
    """One model. Raises KeyError for a key that is not in `models()`, and for a file that is not what it must be."""
    if key not in models():
        raise KeyError(key)
    data = YAML(typ="safe").load(FOLDER / f"{key}.yaml")
    if data["key"] != key:
        raise KeyError(key)
    return Questionnaire(
        key=key,
        title=data["title"],
        source=data["source"],
        remark=data["remark"],
        words=tuple((one["term"], one["text"]) for one in data["words"]),
        chapters=tuple(_chapter(one, data["blocks"]) for one in data["chapters"]),
    )


def _chapter(data: dict[str, Any], blocks: dict[str, Any]) -> Chapter:
    who = data.get("who", "u")
    return Chapter(
        key=data["key"],
        title=data["title"],
        questions=tuple(
            _question(code, blocks[one] if isinstance(one, str) else one, who)
            for code, one in data["questions"].items()
        ),
        each=data.get("each", ""),
        asked_when=_when(data),
    )


def _question(code: str, data: dict[str, Any], who: str) -> Question:
    named = data["text"].replace("{who}", who)
    return Question(
        code=code,
        text=named[:1].upper() + named[1:],
        note=data.get("note", "").replace("{who}", who),
        answer=data.get("answer", "choice"),
        choices=data.get("choices", YES_NO),
        fields=tuple(data.get("fields", ())),
        lists=tuple(data.get("lists", ())),
        evidence=tuple(data.get("evidence", ())),
        asked_when=_when(data),
        is_optional=data.get("is_optional", False),
    )


def _when(data: dict[str, Any]) -> Conditions:
    return {code: tuple(wanted) for code, wanted in data.get("asked_when", {}).items()}


@lru_cache
def research() -> tuple[ResearchItem, ...]:
    """What the own research looks at, in order."""
    data = YAML(typ="safe").load(FOLDER / f"{RESEARCH}.yaml")
    return tuple(ResearchItem(one["key"], one["title"], one["text"]) for one in data["items"])

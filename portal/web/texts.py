"""The texts of the templates in the visitor's language: `_` and `ngettext` as Jinja calls them.

What Flask-Babel and Jinja install does the same, but looks up the translator and builds the marked text anew at
every text; a page has hundreds.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_babel import get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

_marked: dict[str, dict[str, Markup]] = {}
"""By locale: the marked text of each message without facts. Messages stand in the templates, so this ends."""


class Texts:
    """The translator of one request."""

    def __init__(self) -> None:
        self.translations: Any = get_translations()
        self.marked = _marked.setdefault(str(get_locale()), {})


def _texts() -> Texts:
    texts: Texts | None = g.get("texts")
    if texts is None:
        texts = g.texts = Texts()
    return texts


@pass_eval_context
def text(place: EvalContext, message: str, /, **facts: Any) -> str:
    """The message translated, with its facts filled in; escaped as the place asks. Always a format string."""
    texts = _texts()
    if facts or not place.autoescape:
        translated = str(texts.translations.ugettext(message))
        return (Markup(translated) if place.autoescape else translated) % facts  # noqa: S704 - the message is ours
    found = texts.marked.get(message)
    if found is None:
        found = Markup(texts.translations.ugettext(message)) % {}  # noqa: S704 - the message is ours
        if len(texts.marked) < 5_000:
            texts.marked[message] = found
    return found


@pass_eval_context
def number_text(place: EvalContext, one: str, many: str, number: int, /, **facts: Any) -> str:
    """As `text`, in the form for this number, which is the fact `num`."""
    translated = str(_texts().translations.ungettext(one, many, number))
    return (Markup(translated) if place.autoescape else translated) % {"num": number, **facts}  # noqa: S704


def register(app: Flask) -> None:
    """Put the texts where templates find them, after Flask-Babel put its own there."""
    app.jinja_env.globals.update(_=text, gettext=text, ngettext=number_text)

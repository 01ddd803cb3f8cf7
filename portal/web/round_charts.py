"""What the charts of a round show, as rows for the macros of `macros/charts.html`: value, share and where it leads.

Every number of the dashboard leads to the applications behind it: for who screens to the queue where that has the very
same list, else to `rounds.behind`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy import Row

from portal.domain import calendar
from portal.domain.signal_rules import RULES
from portal.models import Round
from portal.queries.round_figures import STEPS, Counted, Wanted
from portal.terms import N_
from portal.web import languages

LAST_DAYS = 3
TO_QUEUE: dict[str, dict[str, str]] = {
    "ingediend": {"bak": "alle"},
    "herstel": {"stand": "remedy"},
    "voorgesteld": {"stand": "proposed"},
    "vastgesteld": {"stand": "confirmed"},
    "laat": {"bak": "laat"},
    "vrij": {"bak": "vrij"},
}
"""The steps that the queue shows too, by what its address then says."""
LABELS: dict[str, str] = {
    "ingediend": N_("Ingediend"),
    "open": N_("Nog te beoordelen of in beoordeling"),
    "begonnen": N_("Beoordeling begonnen"),
    "herstel": N_("Herstel loopt"),
    "voorgesteld": N_("Wacht op tweede inkoper"),
    "vastgesteld": N_("Vastgesteld"),
    "toegelaten": N_("Toegelaten (geheel of deels)"),
    "geheel": N_("Geheel toegelaten"),
    "deels": N_("Deels toegelaten"),
    "afgewezen": N_("Geheel afgewezen"),
    "klaar": N_("Vastgesteld, nog niet bekend"),
    "bekend": N_("Bekendgemaakt"),
    "overeenkomst": N_("Overeenkomst gemaakt"),
    "getekend": N_("Overeenkomst ondertekend"),
    "laat": N_("Over de termijn"),
    "spoed": N_("Eindigt binnen een week"),
    "later": N_("Eindigt later"),
    "stil": N_("Termijn staat stil"),
    "vrij": N_("Niet toegewezen"),
    "integriteit": N_("Integriteitstoets loopt nog"),
    "signalen": N_("Met signalen die niemand bekeek"),
}


def total(per_inkoper: Sequence[Row[Any]]) -> dict[str, int]:
    """The counts of every inkoper, added up: of each step, and 'begun'."""
    return {key: sum(getattr(row, key) for row in per_inkoper) for key in ("begun", *STEPS)}


def first_day(hours: Mapping[str, int]) -> date | None:
    """The Amsterdam day on which the first of these terms is over: the last on which one can still act."""
    return min((calendar.local_day(_instant(hour) - timedelta(microseconds=1)) for hour in hours), default=None)


def _instant(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)


def described(wanted: Wanted, cell: Row[tuple[str, str]] | None, reviewer: str | None) -> str:
    """What the list behind a number holds, in words."""
    parts = [gettext(LABELS[wanted.step])]
    if wanted.day:
        parts = [gettext("Ingediend op %(day)s", day=languages.day(wanted.day))]
    if cell:
        parts = [
            gettext("Toegelaten of nog in beoordeling"),
            gettext("%(product)s in %(place)s", product=cell[0], place=cell[1]),
        ]
    if wanted.reviewer:
        parts.append(reviewer or gettext("Niet toegewezen"))
    return ": ".join(parts)


@dataclass(frozen=True)
class Charts:
    """The charts of one round. `screens`: whoever looks has a queue."""

    round: Round
    screens: bool

    def leads_to(self, step: str, **more: str) -> str:
        """The address of the list behind a number; of some steps (and, with `more`, of a part of those)."""
        if self.screens and step in TO_QUEUE and not more:
            return url_for("review.queue", **TO_QUEUE[step], ronde=self.round.id)
        return url_for("rounds.behind", round_id=self.round.id, stap=step, **more)

    def _bars(self, numbers: Mapping[str, int], tones: Mapping[str, str], whole: int) -> list[dict[str, Any]]:
        return [
            {
                "label": gettext(LABELS[step]),
                "value": numbers[step],
                "percent": 100 * numbers[step] / max(whole, 1),
                "tone": tone,
                "href": self.leads_to(step),
            }
            for step, tone in tones.items()
        ]

    def per_day(self, hours: Mapping[str, int], first: date, last: date) -> list[dict[str, Any]]:
        """Submissions per Amsterdam day, from the day before the first one.

        Every day up to `last` has its bar; the last days are marked.
        """
        counted: Counter[date] = Counter()
        for hour, number in hours.items():
            counted[calendar.local_day(_instant(hour))] += number
        first = max(first, min(counted, default=last - timedelta(days=LAST_DAYS)) - timedelta(days=1))
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        step = max(1, len(days) // 7)
        return [
            {
                "label": languages.day(day),
                "value": counted[day],
                "tick": languages.short_day(day) if n % step == 0 else None,
                "highlight": (last - day).days < LAST_DAYS,
                "href": self.leads_to("ingediend", dag=day.isoformat()),
            }
            for n, day in enumerate(days)
        ]

    def heat(self, cells: Sequence[Row[Any]]) -> tuple[list[str], list[dict[str, Any]]]:
        """The columns (municipalities) and rows (products) of the coverage table."""
        columns = sorted({one.municipality for one in cells})
        rows: dict[str, dict[str, Any]] = {}
        for one in cells:
            row = rows.setdefault(one.product_id, {"label": f"{one.lot} {one.product}", "by": {}})
            row["by"][one.municipality] = {
                "value": one.number,
                "href": self.leads_to("ingediend", product=one.product_code, gemeente=one.municipality_code),
            }
        return columns, [
            {"label": row["label"], "cells": [row["by"].get(name, {"value": 0}) for name in columns]}
            for row in rows.values()
        ]

    def funnel(self, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
        """From begun to agreement, as shares of what was begun. What was begun and not submitted has no list."""
        begun = {"label": gettext("Begonnen"), "value": numbers["begun"], "percent": 100, "tone": "info"}
        tones = {
            **dict.fromkeys(("ingediend", "begonnen", "vastgesteld"), "info"),
            **dict.fromkeys(("toegelaten", "bekend", "overeenkomst", "getekend"), "positive"),
        }
        return [begun, *self._bars(numbers, tones, numbers["begun"])]

    def terms(self, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
        """How soon the decision term ends of what is not confirmed."""
        tones = {"laat": "negative", "spoed": "warning", "later": "info", "stil": "info"}
        return self._bars(numbers, tones, sum(numbers[one] for one in tones))

    def decisions(self, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
        """What was confirmed, by how much of it was admitted."""
        tones = {"geheel": "positive", "deels": "positive", "afgewezen": "negative"}
        return self._bars(numbers, tones, numbers["vastgesteld"])

    def signals(self, counted: Counted) -> list[dict[str, Any]]:
        """The signals that nobody looked at, by rule, as shares of all of that rule."""
        return [
            {
                "label": gettext(rule.label),
                "note": gettext(rule.source),
                "value": counted.unseen[key],
                "percent": 100 * counted.unseen[key] / counted.signals[key],
                "tone": "warning",
                "href": url_for("signals.table", round_id=self.round.id, regel=key, bekeken="nee"),
            }
            for key, rule in RULES.items()
            if counted.signals[key]
        ]

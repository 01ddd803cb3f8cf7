"""A procedure file put in another time: every day and moment moved, nothing else touched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from portal.adapters.procedure_schema import inside, resolved, schema


def moved(data: Mapping[str, Any], start: date) -> dict[str, Any]:
    """File-shaped `data` with every day and moment moved so that the agreement starts on `start`.

    Without an agreement the first consultation opens on `start`. All move by the same number of whole days, so every
    interval stays. Times on the clock stay; texts are not touched. Nothing of `data` is changed.
    """
    agreement = data.get("agreement")
    first = agreement["starts_on"] if agreement else min(one["opens_at"] for one in data["consultations"])[:10]
    result: dict[str, Any] = _moved(data, schema(), start - date.fromisoformat(first))
    return result


def _moved(value: Any, rule: Mapping[str, Any], days: timedelta) -> Any:
    if isinstance(value, Mapping):
        return {key: _moved(part, inside(rule, key), days) for key, part in value.items()}
    if isinstance(value, list):
        return [_moved(part, inside(rule, index), days) for index, part in enumerate(value)]
    kinds = {resolved(one).get("format") for one in rule.get("anyOf", [rule])}
    if isinstance(value, str) and "date" in kinds and value != "end":
        return str(date.fromisoformat(value) + days)
    if isinstance(value, str) and "wall-time" in kinds:
        return f"{datetime.fromisoformat(value) + days:%Y-%m-%d %H:%M}"
    return value

"""What was measured, as a table and as JSON: ours beside the limit, the ratio beside the target."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

HEADROOM = 1.25
"""CPU ratios move with what else the machine does; counts and bytes do not."""


@dataclass(frozen=True)
class Line:
    """One measure. `floor` is the limit it stands beside; `judged` is what `must` and `goal` are about.

    `judged` is a ratio where there is a floor and a target for it, else the value itself. `is_cpu` gives the
    head-room, `is_least` turns the judgement round: more is better.
    """

    measure: str
    ours: float
    unit: str
    floor: float | None = None
    judged: float | None = None
    must: float | None = None
    goal: float | None = None
    is_cpu: bool = False
    is_least: bool = False
    remark: str = ""

    @property
    def verdict(self) -> str:
        """'goal', 'must', 'near' (CPU within the head-room), 'MISSED', or '' without a target."""
        if self.judged is None or self.must is None:
            return ""
        sign = -1 if self.is_least else 1
        judged = sign * self.judged
        if self.goal is not None and judged <= sign * self.goal:
            return "goal"
        if judged <= sign * self.must:
            return "must"
        room = HEADROOM if self.is_cpu else 1
        return "near" if self.is_cpu and judged <= sign * self.must * (room if sign > 0 else 1 / room) else "MISSED"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict}


def ratio(
    measure: str, ours: float, floor: float, must: float, goal: float, *, unit: str = "CPU ms", remark: str = ""
) -> Line:
    """CPU of ours beside CPU of the floor, both in milliseconds."""
    return Line(measure, ours, unit, floor, ours / floor, must, goal, is_cpu=True, remark=remark)


def count(measure: str, ours: float, must: float, goal: float | None, *, unit: str, floor: float | None = None) -> Line:
    """A number that does not move with load, judged as it is."""
    return Line(measure, ours, unit, floor, ours, must, goal)


def table(title: str, lines: list[Line]) -> str:
    """A section as text in columns."""
    rows = [("", "ours", "limit", "unit", "judged", "must", "goal", "verdict")]
    rows += [
        (
            one.measure,
            _number(one.ours),
            _number(one.floor),
            one.unit,
            _number(one.judged) + (" x" if one.floor is not None and one.judged not in (None, one.ours) else ""),
            _number(one.must),
            _number(one.goal),
            one.verdict,
        )
        for one in lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    text = [title]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        text.append("  " + "  ".join(cells).rstrip())
        if number and lines[number - 1].remark:
            text.append(f"      {lines[number - 1].remark}")
    return "\n".join(text) + "\n"


def missed(lines: list[Line]) -> list[str]:
    """The measures that do not reach what they must."""
    return [one.measure for one in lines if one.verdict in {"MISSED", "near"}]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1_000_000:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"

"""How a tender compares: weights that add up, points that rise, lots that exist."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from portal.adapters.procedure_draft import Draft
from portal.adapters.procedure_tree import Tree

_WHOLE = Decimal("100.00")
_CRITERIA = ("award", "criteria")


def check(draft: Draft, tree: Tree) -> None:
    """Add every broken rule of the award to `draft.problems`."""
    if not isinstance(draft.get("award"), dict):
        return
    draft.unique(*_CRITERIA)
    for place, _ in draft.blocks(*_CRITERIA):
        draft.all_known((*place, "lots"), tree.lots, "perceelcode")
    _scale(draft)
    _weights(draft, tree)


def _scale(draft: Draft) -> None:
    before: int | None = None
    for place, step in draft.blocks("award", "scale"):
        points = step.get("points")
        if not isinstance(points, int):
            continue
        if before is not None and points <= before:
            message = f"De punten lopen op, de laagste eerst: {points} is niet meer dan {before}."
            draft.wrong((*place, "points"), message)
        before = points


def _weights(draft: Draft, tree: Tree) -> None:
    """On each lot with products, the weights of the criteria that hold there are 100.00 together."""
    weights = []
    for place, _ in draft.blocks(*_CRITERIA):
        try:
            weights.append((Decimal(draft.text(*place, "weight")), [code for _, code in draft.words(*place, "lots")]))
        except InvalidOperation:
            return  # told by the schema
    if not weights:
        return
    totals: dict[Decimal, list[str]] = {}
    for code, place in tree.leaves().items():
        total = sum((weight for weight, lots in weights if not lots or tree.within(place, lots)), Decimal("0.00"))
        totals.setdefault(total, []).append(code)
    for total, lots in totals.items():
        if total != _WHOLE:
            named = ", ".join(f"'{code}'" for code in lots)
            draft.wrong(_CRITERIA, f"De gewichten voor perceel {named} zijn samen {total}. Dat moet {_WHOLE} zijn.")

"""One flat table: which act leads from which states to which state. The only door through which states change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.domain import audit
from portal.domain.audit import Actor
from portal.errors import Refused
from portal.models import Agreement, Application, Base, Review
from portal.terms import N_

TRANSITIONS: dict[type[Base], dict[str, tuple[frozenset[str], str]]] = {
    Application: {
        "submit": (frozenset({"draft", "submitted", "withdrawn"}), "submitted"),
        "withdraw": (frozenset({"submitted"}), "withdrawn"),
        "lapse": (frozenset({"draft", "withdrawn"}), "lapsed"),
        "take_in": (frozenset({"submitted"}), "under_review"),
        "decide": (frozenset({"under_review"}), "decided"),
    },
    Review: {
        "start": (frozenset({"open", "started"}), "started"),
        "ask_remedy": (frozenset({"started"}), "remedy"),
        "end_remedy": (frozenset({"remedy"}), "started"),
        "propose": (frozenset({"started"}), "proposed"),
        "send_back": (frozenset({"proposed"}), "started"),
        "confirm": (frozenset({"proposed"}), "confirmed"),
    },
    Agreement: {
        "draw_up": (frozenset({"due"}), "drawn_up"),
        "sign_provider": (frozenset({"drawn_up"}), "provider_signed"),
        "sign_authority": (frozenset({"provider_signed"}), "in_force"),
    },
}


def can(subject: Base, action: str) -> bool:
    """Whether `action` is in the table for the state `subject` is in."""
    return subject.state in TRANSITIONS[type(subject)][action][0]  # type: ignore[attr-defined]


def advance(subject: Any, action: str, actor: Actor, now: datetime, **details: Any) -> None:
    """Move `subject` along the table and record the act. Raises `Refused` when the table has no such step."""
    sources, target = TRANSITIONS[type(subject)][action]
    if subject.state not in sources:
        raise Refused(N_("Dit kan niet meer: de stand is veranderd. Ververs de pagina en kijk wat nu kan."))
    before, subject.state = subject.state, target
    audit.record(subject, action, actor, now, before=before, after=target, **details)

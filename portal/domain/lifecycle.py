"""One flat table: which act leads from which states to which state. The only door through which states change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.domain import audit
from portal.domain.audit import Actor
from portal.errors import Refused
from portal.models import (
    Agreement,
    Application,
    Award,
    Base,
    Bridging,
    Clarification,
    ClarificationNotice,
    Coverage,
    DeadlineChange,
    DeviationQuote,
    Document,
    Handover,
    IntegrityFile,
    LetterDraft,
    MeetingRegistration,
    Objection,
    OutflowCase,
    OwnPart,
    Question,
    Reaction,
    ReactionNote,
    RecheckItem,
    Review,
    Risk,
    SignOff,
    SitePhoto,
    SiteVisit,
    Talk,
    TenderVault,
)
from portal.terms import N_

TRANSITIONS: dict[type[Base], dict[str, tuple[frozenset[str], str]]] = {
    Application: {
        "submit": (frozenset({"draft", "submitted", "withdrawn"}), "submitted"),
        "withdraw": (frozenset({"submitted"}), "withdrawn"),
        "lapse": (frozenset({"draft", "withdrawn"}), "lapsed"),
        "take_in": (frozenset({"submitted"}), "under_review"),
        "decide": (frozenset({"under_review"}), "decided"),
        "reopen": (frozenset({"decided"}), "under_review"),
    },
    SignOff: {
        "submit": (frozenset({"asked"}), "submitted"),
        "send_back": (frozenset({"asked"}), "sent_back"),
        "take_back": (frozenset({"asked"}), "taken_back"),
    },
    OwnPart: {
        "declare_ready": (frozenset({"filling"}), "ready"),
        "take_back": (frozenset({"ready"}), "filling"),
        "leave": (frozenset({"filling", "ready"}), "left"),
        "end": (frozenset({"filling", "ready"}), "ended"),
    },
    Review: {
        "start": (frozenset({"open", "started"}), "started"),
        "ask_remedy": (frozenset({"started"}), "remedy"),
        "end_remedy": (frozenset({"remedy"}), "started"),
        "propose": (frozenset({"started"}), "proposed"),
        "send_back": (frozenset({"proposed"}), "started"),
        "confirm": (frozenset({"proposed"}), "confirmed"),
        "reopen": (frozenset({"confirmed"}), "started"),
    },
    LetterDraft: {
        "edit": (frozenset({"composed", "edited", "agreed", "approved"}), "edited"),
        "restore": (frozenset({"edited", "agreed", "approved"}), "composed"),
        "agree": (frozenset({"edited"}), "agreed"),
        "approve": (frozenset({"composed", "agreed"}), "approved"),
        "release": (frozenset({"composed", "agreed", "approved"}), "released"),
        "tell": (frozenset({"released"}), "told"),
    },
    Objection: {
        "plan_hearing": (frozenset({"filed", "hearing"}), "hearing"),
        "hear": (frozenset({"hearing"}), "heard"),
        "skip_hearing": (frozenset({"filed"}), "heard"),
        "advise": (frozenset({"heard"}), "advised"),
        "propose": (frozenset({"advised"}), "proposed"),
        "send_back": (frozenset({"proposed"}), "advised"),
        "confirm": (frozenset({"proposed"}), "decided"),
        "withdraw": (frozenset({"filed", "hearing", "heard", "advised", "proposed"}), "withdrawn"),
    },
    SiteVisit: {
        "move": (frozenset({"planned"}), "planned"),
        "record": (frozenset({"planned"}), "recorded"),
        "send": (frozenset({"recorded"}), "sent"),
        "reply": (frozenset({"sent"}), "sent"),
        "establish": (frozenset({"sent"}), "established"),
        "cancel": (frozenset({"planned", "recorded", "sent"}), "cancelled"),
    },
    IntegrityFile: {
        "ask": (frozenset({"open"}), "suspended"),
        "receive": (frozenset({"suspended"}), "open"),
        "announce": (frozenset({"open", "hearing"}), "hearing"),
        "propose": (frozenset({"open", "hearing"}), "proposed"),
        "send_back": (frozenset({"proposed"}), "open"),
        "decide": (frozenset({"proposed"}), "decided"),
        "clear": (frozenset({"open"}), "decided"),
    },
    Award: {
        "confirm": (frozenset({"proposed"}), "confirmed"),
        "send_back": (frozenset({"proposed"}), "sent_back"),
    },
    DeadlineChange: {
        "agree": (frozenset({"proposed"}), "agreed"),
        "confirm": (frozenset({"proposed", "agreed"}), "confirmed"),
        "send_back": (frozenset({"proposed", "agreed"}), "sent_back"),
    },
    TenderVault: {
        "set_up": (frozenset({"named"}), "ready"),
        "name_again": (frozenset({"ready"}), "named"),
        "open": (frozenset({"ready"}), "opened"),
    },
    Agreement: {
        "draw_up": (frozenset({"due"}), "drawn_up"),
        "sign_provider": (frozenset({"drawn_up"}), "provider_signed"),
        "sign_authority": (frozenset({"provider_signed"}), "in_force"),
    },
    Reaction: {
        "send": (frozenset({"draft", "sent", "withdrawn"}), "sent"),
        "withdraw": (frozenset({"sent"}), "withdrawn"),
    },
    MeetingRegistration: {
        "invite": (frozenset({"registered", "waiting"}), "invited"),
        "put_on_list": (frozenset({"registered"}), "waiting"),
        "withdraw": (frozenset({"registered", "waiting", "invited"}), "withdrawn"),
        "register_again": (frozenset({"withdrawn"}), "registered"),
    },
    ReactionNote: {
        "propose": (frozenset({"draft"}), "proposed"),
        "send_back": (frozenset({"proposed"}), "draft"),
        "publish": (frozenset({"proposed"}), "published"),
    },
    Question: {
        "send": (frozenset({"draft", "withdrawn"}), "sent"),
        "withdraw": (frozenset({"sent"}), "withdrawn"),
        "publish": (frozenset({"sent"}), "published"),
    },
    Clarification: {
        "propose": (frozenset({"draft"}), "proposed"),
        "approve": (frozenset({"proposed"}), "approved"),
        "send_back": (frozenset({"proposed", "approved"}), "draft"),
        "publish": (frozenset({"approved"}), "published"),
    },
    ClarificationNotice: {
        "publish": (frozenset({"planned"}), "published"),
        "cancel": (frozenset({"planned"}), "cancelled"),
    },
    Handover: {
        "hand_over": (frozenset({"open"}), "handed_over"),
        "return": (frozenset({"handed_over"}), "open"),
        "accept": (frozenset({"handed_over"}), "accepted"),
    },
    Talk: {"confirm": (frozenset({"draft"}), "confirmed")},
    Risk: {
        "close": (frozenset({"open"}), "closed"),
        "reopen": (frozenset({"closed"}), "open"),
    },
    RecheckItem: {
        "hand_in": (frozenset({"asked", "handed_in"}), "handed_in"),
        "approve": (frozenset({"handed_in"}), "meets"),
        "reject": (frozenset({"asked", "handed_in"}), "fails"),
        "ask_again": (frozenset({"fails"}), "asked"),
    },
    OutflowCase: {
        "hear": (frozenset({"warned"}), "hearing"),
        "propose": (frozenset({"warned", "hearing"}), "proposed"),
        "send_back": (frozenset({"proposed"}), "hearing"),
        "send_back_warned": (frozenset({"proposed"}), "warned"),
        "confirm_end": (frozenset({"proposed"}), "ended"),
        "confirm_keep": (frozenset({"proposed"}), "kept"),
    },
    Bridging: {
        "accept_provider": (frozenset({"offered"}), "accepted"),
        "accept_authority": (frozenset({"accepted"}), "in_force"),
        "decline": (frozenset({"offered"}), "declined"),
    },
    DeviationQuote: {
        "answer": (frozenset({"asked"}), "answered"),
        "accept": (frozenset({"answered"}), "accepted"),
        "decline": (frozenset({"answered"}), "declined"),
    },
    Document: {
        "await_scan": (frozenset({"none"}), "waiting"),
        "give_up_scan": (frozenset({"waiting"}), "none"),
        "find_clean": (frozenset({"waiting"}), "clean"),
        "find_infected": (frozenset({"waiting"}), "infected"),
    },
    SitePhoto: {
        "await_scan": (frozenset({"none"}), "waiting"),
        "give_up_scan": (frozenset({"waiting"}), "none"),
        "find_clean": (frozenset({"waiting"}), "clean"),
        "find_infected": (frozenset({"waiting"}), "infected"),
    },
    Coverage: {
        "close": (frozenset({"open", "scarce", "phasing_out"}), "closed"),
        "reopen": (frozenset({"closed", "scarce", "phasing_out"}), "open"),
        "call_scarce": (frozenset({"open", "closed"}), "scarce"),
        "phase_out": (frozenset({"open", "scarce"}), "phasing_out"),
        "confirm_open": (frozenset({"to_be_confirmed"}), "open"),
        "confirm_not_bought": (frozenset({"to_be_confirmed"}), "not_bought"),
        "join": (frozenset({"not_bought"}), "open"),
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

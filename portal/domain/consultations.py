"""Consultations: what is asked (read from the settings of the procedure), and reacting to it article by article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.domain import audit, calendar, wording
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_role
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import AddedMeeting, Organisation, Procedure, Reaction, User
from portal.terms import N_, PROVIDER_ROLES

MOST_CHARACTERS = 10_000
GENERAL = "algemeen"
"""The key of the place for a reaction to the whole."""


DRAW_BEFORE = timedelta(days=14)
"""How long before a meeting the lots are drawn."""


@dataclass(frozen=True)
class Article:
    """One piece that is reacted to; without codes it stands for the whole."""

    document_code: str
    code: str
    heading: str
    text: str

    @property
    def spot(self) -> tuple[str, str]:
        return self.document_code, self.code

    @property
    def key(self) -> str:
        """Its name in an address."""
        return f"{self.document_code}~{self.code}" if self.code else GENERAL


@dataclass(frozen=True)
class ConceptDocument:
    code: str
    title: str
    articles: tuple[Article, ...]


@dataclass(frozen=True)
class Meeting:
    """One meeting. `seats` are persons; `rule` ('draw' or 'first_come') says who gets them, never by merit.

    `opens_at` is when one can register; `draws_at` is None without a draw.
    """

    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    seats: int
    text: str
    rule: str
    opens_at: datetime
    is_added: bool = False

    @property
    def draws_at(self) -> datetime | None:
        """Fourteen days before it starts; halfway, when it was announced later than that."""
        if self.rule != "draw":
            return None
        return max(self.starts_at - DRAW_BEFORE, self.opens_at + (self.starts_at - self.opens_at) / 2)

    def takes_registrations(self, now: datetime) -> bool:
        return self.opens_at <= now < self.starts_at


@dataclass(frozen=True)
class Consultation:
    """One consultation of a procedure as it stands now, meetings that were added in the portal included.

    `rule` says who gets a seat at its meetings: a key of `terms.SEAT_RULES`. At a dialogue lots are drawn, unless
    the file says otherwise (`selection`).
    """

    procedure: Procedure
    code: str
    title: str
    kind: str
    text: str
    opens_at: datetime
    closes_at: datetime
    documents: tuple[ConceptDocument, ...]
    meetings: tuple[Meeting, ...]
    most_meetings: int
    rule: str
    source: str
    own_addition: bool

    def state(self, now: datetime) -> str:
        """A key of `terms.CONSULTATION_STATES`; strict, as a round: not at the instant of closing itself."""
        if now < self.opens_at:
            return "planned"
        return "open" if now < self.closes_at else "closed"

    @property
    def may_add_meeting(self) -> bool:
        return self.most_meetings == 0 or len(self.meetings) < self.most_meetings

    @property
    def articles(self) -> list[Article]:
        """Every place for a reaction, in order; the whole comes last."""
        return [one for document in self.documents for one in document.articles] + [Article("", "", "", "")]

    def article(self, key: str) -> Article:
        """Raises `NotFound`."""
        for one in self.articles:
            if one.key == key:
                return one
        raise NotFound(N_("Dit artikel hoort niet bij deze consultatie."))

    def meeting(self, code: str) -> Meeting:
        """Raises `NotFound`."""
        for one in self.meetings:
            if one.code == code:
                return one
        raise NotFound(N_("Deze bijeenkomst bestaat niet."))

    @property
    def path(self) -> str:
        """Where everybody reads it."""
        return f"/procedures/{self.procedure.authority.slug}/{self.procedure.slug}/consultaties/{self.code}"


def instant(wall: str) -> datetime:
    """The UTC instant of a wall time in Amsterdam as settings hold it: '2025-06-13 12:00:00'."""
    shown = datetime.fromisoformat(wall)
    return calendar.local_instant(shown.date(), shown.time())


def of(procedure: Procedure, added: Iterable[AddedMeeting] = ()) -> list[Consultation]:
    """The consultations of a procedure, in the order of its file."""
    extra = list(added)
    return [
        _read(procedure, one, [row for row in extra if row.consultation_code == one["code"]])
        for one in procedure.settings.get("consultations") or []
    ]


def find(procedure: Procedure, code: str, added: Iterable[AddedMeeting] = ()) -> Consultation:
    """Raises `NotFound`."""
    for one in of(procedure, added):
        if one.code == code:
            return one
    raise NotFound(N_("Deze consultatie bestaat niet."))


def _read(procedure: Procedure, data: Mapping[str, Any], added: Sequence[AddedMeeting]) -> Consultation:
    opens_at = instant(data["opens_at"])
    rule = data.get("selection") or ("draw" if data["kind"] == "dialogue" else "first_come")
    meetings = [
        Meeting(
            code=one["code"],
            title=one["title"],
            starts_at=instant(one["starts_at"]),
            ends_at=instant(one["ends_at"]),
            place=one["place"],
            seats=one["seats"],
            text=one.get("text", ""),
            rule=rule,
            opens_at=opens_at,
        )
        for one in data.get("meetings") or []
    ]
    for row in added:
        fields = {
            name: getattr(row, name) for name in ("code", "title", "starts_at", "ends_at", "place", "seats", "text")
        }
        meetings.append(Meeting(**fields, rule=rule, opens_at=max(opens_at, row.added_at), is_added=True))
    return Consultation(
        procedure=procedure,
        code=data["code"],
        title=data["title"],
        kind=data["kind"],
        text=data["text"],
        opens_at=opens_at,
        closes_at=instant(data["closes_at"]),
        documents=tuple(_document(one) for one in data.get("documents") or []),
        meetings=tuple(sorted(meetings, key=lambda one: one.starts_at)),
        most_meetings=data.get("most_meetings") or 0,
        rule=rule,
        source=data.get("source", ""),
        own_addition=data.get("own_addition", False),
    )


def _document(data: Mapping[str, Any]) -> ConceptDocument:
    articles = tuple(Article(data["code"], one["code"], one["heading"], one["text"]) for one in data["articles"])
    return ConceptDocument(data["code"], data["title"], articles)


# --- reacting ---


def require_organisation(actor: User) -> Organisation:
    """The organisation the actor may speak for. Raises `NotFound` for an official."""
    if actor.works_for is None:
        raise NotFound(N_("Dit bestaat niet."))
    require_role(actor, *PROVIDER_ROLES)
    return actor.works_for


def require_open(consultation: Consultation, now: datetime) -> None:
    """The deadline, in one place: strictly before the instant of closing."""
    state = consultation.state(now)
    if state == "planned":
        raise Refused(
            N_("Deze consultatie is nog niet open. Reageren kan vanaf %(moment)s."),
            moment=wording.moment(consultation.opens_at),
        )
    if state == "closed":
        raise Refused(
            N_("Deze consultatie is gesloten op %(moment)s. Reageren en wijzigen kan niet meer."),
            moment=wording.moment(consultation.closes_at),
        )


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def save(
    consultation: Consultation,
    article: Article,
    reaction: Reaction | None,
    actor: User,
    form: Mapping[str, str],
    now: datetime,
    *,
    based_on: int,
) -> Reaction | None:
    """Keep what was written about one article; nothing is sent yet. None: there was nothing to keep.

    `reaction` is what the organisation has there, `based_on` the version its form showed (0 for none). Raises
    `Stale` when a colleague saved in between; nothing is overwritten.
    """
    organisation = require_organisation(actor)
    require_open(consultation, now)
    typed = {name: _clean(form.get(name, "")) for name in ("text", "proposal")}
    too_long = N_("Deze tekst is te lang. Maak er ten hoogste 10.000 tekens van.")
    problems = {name: too_long for name, value in typed.items() if len(value) > MOST_CHARACTERS}
    if problems:
        raise Invalid(problems)
    if reaction is None:
        if not any(typed.values()):
            return None
        reaction = Reaction(
            authority_id=consultation.procedure.authority_id,
            procedure=consultation.procedure,
            procedure_id=consultation.procedure.id,
            consultation_code=consultation.code,
            document_code=article.document_code,
            article_code=article.code,
            organisation=organisation,
            organisation_id=organisation.id,
            state="draft",
            version=0,
        )
    elif reaction.organisation_id != organisation.id:
        raise NotFound(N_("Dit bestaat niet."))
    elif (reaction.text, reaction.proposal) == (typed["text"], typed["proposal"]):
        return reaction
    if reaction.version != based_on:
        raise Stale(
            N_("Een collega heeft deze reactie net gewijzigd. Lees dat eerst en bewaar daarna opnieuw."), reaction
        )
    reaction.text, reaction.proposal = typed["text"], typed["proposal"]
    reaction.version += 1
    reaction.edition = consultation.procedure.edition
    reaction.saved_at, reaction.saved_by, reaction.saved_by_id = now, actor, actor.id
    audit.record(reaction, "save_reaction", actor, now, place=article.key, version=reaction.version)
    return reaction


def send_all(
    consultation: Consultation, reactions: Sequence[Reaction], actor: User, now: datetime
) -> tuple[list[Reaction], list[Reaction]]:
    """Send everything that was written or changed; what was emptied is withdrawn. Gives (sent, withdrawn).

    `reactions` are those of the actor's organisation. Doing it again without a change does nothing.
    """
    organisation = require_organisation(actor)
    require_open(consultation, now)
    if any(one.organisation_id != organisation.id for one in reactions):
        raise NotFound(N_("Dit bestaat niet."))
    if not any(one.text or one.proposal or one.state == "sent" for one in reactions):
        raise Refused(N_("U hebt nog geen reactie geschreven. Schrijf bij ten minste één artikel een reactie."))
    sent = [one for one in reactions if one.is_changed and (one.text or one.proposal)]
    emptied = [one for one in reactions if one.state == "sent" and not (one.text or one.proposal)]
    for one in sent:
        one.sent_text, one.sent_proposal = one.text, one.proposal
        one.sent_at, one.sent_by, one.sent_by_id = now, actor, actor.id
        advance(one, "send", actor, now, version=one.version)
    for one in emptied:
        advance(one, "withdraw", actor, now)
    if sent or emptied:
        standing = [one for one in reactions if one.state == "sent"]
        audit.tell_organisation(
            consultation.procedure,
            organisation.users,
            f"reactions:{consultation.procedure.id}:{consultation.code}:{organisation.id}:{now.isoformat()}",
            "reactions_received",
            now,
            consultation=consultation.title,
            procedure=consultation.procedure.title,
            count=len(standing),
            moment=wording.moment(now, seconds=True),
            sender=actor.name,
            closing=wording.moment(consultation.closes_at),
            path=f"{consultation.path}/reageren",
        )
    return sent, emptied


def withdraw(consultation: Consultation, reaction: Reaction, actor: User, now: datetime) -> None:
    """Take back what was sent; the text stays with the organisation. Twice is once."""
    if reaction.organisation_id != require_organisation(actor).id:
        raise NotFound(N_("Dit bestaat niet."))
    require_open(consultation, now)
    if reaction.state != "withdrawn":
        advance(reaction, "withdraw", actor, now)

"""The editions of a procedure: written by one official, proposed, and adopted by another.

Adopting lays an edition out in rows (`domain.edition_rows`); what was published before stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.domain import audit, calendar, edition_rows, wording
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, Refused, Stale
from portal.models import Authority, Base, Edition, Organisation, Procedure, User
from portal.terms import N_

ANNOUNCED_DAYS = 14
"""So many days before a round opens, what changed in its rules is known; a later one wants a later opening."""

WRITERS = ("inkoper", "round_manager")
"""Who may write and propose an edition. Adopting is for a round manager, and never for who proposed it."""


def found_authority(data: Mapping[str, Any]) -> Authority:
    """The authority that a procedure file names, with its municipalities."""
    about = data["authority"]
    return Authority(
        slug=about["slug"],
        name=about["name"],
        subtitle=about.get("subtitle", ""),
        theme=about.get("theme", about["slug"]),
        phone=about.get("phone", ""),
        mail=about.get("mail", ""),
        municipalities=[],
    )


def load(
    authority: Authority, data: Mapping[str, Any], file_digest: str, now: datetime, raw: Mapping[str, Any] | None = None
) -> Procedure:
    """A new procedure from checked data (`adapters.procedure_files`), its first edition adopted, not yet published.

    `raw` is the same file before conversion: what the editor goes on with and the export gives back.
    """
    procedure = begin(authority, data, raw or {}, None, now)
    edition_rows.lay_out(procedure, procedure.editions[0], data, file_digest, now)
    audit.record(procedure, "load", None, now, slug=procedure.slug, file_sha256=file_digest)
    return procedure


def begin(
    authority: Authority, data: Mapping[str, Any], raw: Mapping[str, Any], actor: User | None, now: datetime
) -> Procedure:
    """A procedure with a concept of its first edition: nothing of it is laid out or published yet.

    Of `data` only slug, kind, title, summary and law are asked, which a file and its checked form say alike.
    """
    procedure = Procedure(
        authority_id=authority.id,
        authority=authority,
        slug=data["slug"],
        kind=data["kind"],
        title=data["title"],
        summary=data.get("summary", ""),
        laws=list(data.get("law", [])),
        edition=0,
        settings={},
        file_digest="",
        loaded_at=now,
        asks_integrity_check=False,
        renewal_months=0,
        notice_months=0,
    )
    procedure.editions.append(_concept(procedure, 1, raw, actor, now))
    return procedure


def _concept(
    procedure: Procedure, number: int, raw: Mapping[str, Any], actor: User | None, now: datetime, reason: str = ""
) -> Edition:
    return Edition(
        authority_id=procedure.authority_id,
        procedure=procedure,
        procedure_id=procedure.id,
        number=number,
        version=1,
        data=dict(raw),
        reason=reason,
        drafted_at=now,
        drafted_by=actor,
        drafted_by_id=actor.id if actor else None,
        saved_at=now,
    )


def copied(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A file-shaped copy to start another procedure from, with a row for each code that can be renumbered."""
    return {**raw, "conversions": [{"old": code, "new": [code]} for code in _codes(raw.get("lots"))]}


def _codes(blocks: Any) -> Iterator[str]:
    for block in blocks if isinstance(blocks, list) else []:
        if block.get("code"):
            yield block["code"]
        yield from _codes(block.get("products"))
        yield from _codes(block.get("lots"))


def concept(procedure: Procedure) -> Edition | None:
    """The edition that is being written, if any."""
    return next((one for one in procedure.editions if one.is_concept), None)


def draft(procedure: Procedure, actor: User, reason: str, now: datetime) -> Edition:
    """The concept of the next edition, made from the last one. There is one at a time: a second call gives it back."""
    require_official(actor, procedure, *WRITERS)
    found = concept(procedure)
    if found is not None:
        return found
    last = procedure.editions[-1]
    found = _concept(procedure, last.number + 1, last.data, actor, now, reason.strip())
    procedure.editions.append(found)
    audit.record(procedure, "draft_edition", actor, now, edition=found.number)
    return found


def save(edition: Edition, actor: User, raw: Mapping[str, Any], based_on: int, now: datetime) -> None:
    """Keep what was typed, right or wrong. Raises `Stale` when somebody saved after version `based_on`.

    A proposal is withdrawn by it: what is adopted is what was proposed. A procedure that was never adopted is called
    what its concept calls it.
    """
    require_official(actor, edition, *WRITERS)
    _require_concept(edition)
    if edition.version != based_on:
        raise Stale(
            N_("Een collega heeft dit concept net gewijzigd. Lees dat eerst en bewaar daarna opnieuw."), edition
        )
    if edition.data == raw:
        return
    edition.data = dict(raw)
    edition.version += 1
    edition.saved_at = now
    edition.proposed_at, edition.proposed_by, edition.proposed_by_id = None, None, None
    if edition.number == 1:
        edition.procedure.title = str(raw.get("title") or edition.procedure.title)[:200]
    audit.record(edition, "save_edition", actor, now, edition=edition.number, version=edition.version)


def _require_concept(edition: Edition) -> None:
    if not edition.is_concept:
        raise Refused(N_("Deze uitgave ligt vast. Maak een nieuwe uitgave: die geldt vanaf de volgende ronde."))


def propose(edition: Edition, actor: User, problems: int, now: datetime) -> None:
    """Ready for a second pair of eyes. `problems` is how many rules of its kind the concept still breaks."""
    require_official(actor, edition, *WRITERS)
    _require_concept(edition)
    if problems:
        raise Refused(N_("Het concept heeft nog %(count)d fouten. Los die eerst op."), count=problems)
    edition.proposed_at, edition.proposed_by, edition.proposed_by_id = now, actor, actor.id
    audit.record(edition, "propose_edition", actor, now, edition=edition.number, version=edition.version)


def next_opening(data: Mapping[str, Any], now: datetime) -> calendar.RoundDates | None:
    """The round of a checked procedure that opens first from now: the first one to follow a new edition."""
    return next((one for one in edition_rows.planned(data) if one.opens_at > now), None)


def is_short_notice(data: Mapping[str, Any], now: datetime) -> bool:
    """Whether the next round opens so soon that applicants hear of a change too late."""
    opening = next_opening(data, now)
    return opening is not None and opening.opens_at < now + timedelta(days=ANNOUNCED_DAYS)


def later_opening(opening: calendar.RoundDates, now: datetime) -> datetime:
    """The opening to propose instead: at the same time of day, on the first working day that leaves enough time."""
    day = calendar.local_day(now) + timedelta(days=ANNOUNCED_DAYS + 1)
    at = opening.opens_at.astimezone(calendar.AMSTERDAM).time()
    return calendar.local_instant(calendar.next_working_day(day), at)


def adopt(
    edition: Edition,
    actor: User,
    data: Mapping[str, Any],
    digest: str,
    based_on: int,
    now: datetime,
    *,
    accepts_short_notice: bool = False,
) -> None:
    """A second official adopts what another proposed; `data` is the concept, checked and converted.

    Rounds that did not open yet follow this edition from now on. Refused for the proposer, when the concept was
    changed after it was shown, and when a change comes less than `ANNOUNCED_DAYS` before a round opens, unless that
    is accepted. The first adoption publishes the procedure.
    """
    require_official(actor, edition, "round_manager")
    _require_concept(edition)
    if edition.proposed_at is None:
        raise Refused(N_("Dit concept is nog niet voorgesteld."))
    if edition.proposed_by_id == actor.id:
        raise NotAllowed(N_("U stelde deze uitgave zelf voor. Een collega moet hem vaststellen."))
    if edition.version != based_on:
        raise Stale(N_("Het concept is veranderd nadat u het opende. Lees het opnieuw."), edition)
    is_late = edition.number > 1 and is_short_notice(data, now)
    if is_late and not accepts_short_notice:
        raise Invalid(
            {"short_notice": N_("Kruis aan dat de ronde zo snel open mag, of geef haar eerst een latere dag.")}
        )
    edition.adopted_by, edition.adopted_by_id = actor, actor.id
    edition_rows.lay_out(edition.procedure, edition, data, digest, now)
    audit.record(edition, "adopt_edition", actor, now, edition=edition.number, file_sha256=digest, short_notice=is_late)


def announce(
    edition: Edition, data: Mapping[str, Any], organisations: Iterable[Organisation], path: str, now: datetime
) -> None:
    """Tell organisations that the rules changed, and from which round. Of a first edition there is nothing to tell."""
    if edition.number == 1:
        return
    opening = next_opening(data, now)
    for organisation in organisations:
        audit.tell_organisation(
            edition,
            organisation.users,
            f"edition:{edition.id}:{organisation.id}",
            "edition_adopted",
            now,
            procedure=edition.procedure.title,
            why=edition.reason,
            round=opening.label if opening else "",
            moment=wording.moment(opening.opens_at) if opening else "",
            path=path,
        )


def may_adopt(edition: Edition, actor: User) -> bool:
    """Whether this person is the second pair of eyes for a proposed concept."""
    return (
        edition.is_concept
        and edition.proposed_at is not None
        and edition.proposed_by_id != actor.id
        and "round_manager" in actor.role_names
    )


def discard(edition: Edition, actor: User, now: datetime) -> list[Base]:
    """Throw a concept away. Returns the rows that the caller must delete: they never were an edition.

    A procedure of which nothing was ever adopted goes with its concept.
    """
    require_official(actor, edition, *WRITERS)
    _require_concept(edition)
    audit.record(edition.procedure, "discard_edition", actor, now, edition=edition.number)
    return [edition] if edition.number > 1 else [edition, edition.procedure]

"""The reaction note: what we do with every reaction, point by point, published by a second official.

Nobody is named in it. After publication it never changes: page and PDF come from the frozen facts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from portal.domain import audit
from portal.domain.consultations import Consultation
from portal.domain.lifecycle import advance
from portal.domain.meetings import WRITERS
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from portal.models import NotePoint, Reaction, ReactionNote, User
from portal.terms import N_, NOTE_ANSWERS

LEAST_REASON = 10
"""Characters of an explanation, at least."""

_FORMS = re.compile(
    r"\b(stichting|vereniging|co[öo]peratie|maatschap|holding|b\.?v\.?|n\.?v\.?|v\.?o\.?f\.?)(?!\w)", re.IGNORECASE
)


def begin(consultation: Consultation, actor: User, now: datetime) -> ReactionNote:
    """An empty note, when reacting is over."""
    require_official(actor, consultation.procedure, *WRITERS)
    if consultation.state(now) != "closed":
        raise Refused(N_("De reactienota begint u als de consultatie is gesloten: tot dan kan een reactie veranderen."))
    note = ReactionNote(
        authority_id=consultation.procedure.authority_id,
        procedure=consultation.procedure,
        procedure_id=consultation.procedure.id,
        consultation_code=consultation.code,
        state="draft",
        version=1,
        begun_at=now,
        points=[],
    )
    audit.record(note, "begin_note", actor, now, consultation=consultation.code)
    return note


def _require_draft(note: ReactionNote, actor: User) -> None:
    require_official(actor, note, *WRITERS)
    if note.state == "proposed":
        raise Refused(N_("De nota is voorgesteld. Neem het voorstel eerst terug als u iets wilt wijzigen."))
    if note.state == "published":
        raise Refused(N_("De nota is gepubliceerd. Er verandert niets meer aan."))


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def introduce(note: ReactionNote, actor: User, text: str, now: datetime, *, based_on: int) -> None:
    """The introduction of the note. Raises `Stale` when the note changed after version `based_on`."""
    _require_draft(note, actor)
    typed = _clean(text)
    if len(typed) > 20_000:
        raise Invalid({"introduction": N_("Deze tekst is te lang. Maak er ten hoogste 20.000 tekens van.")})
    if typed == note.introduction:
        return
    if note.version != based_on:
        raise Stale(N_("Een collega heeft de nota net gewijzigd. Lees dat eerst en bewaar daarna opnieuw."), note)
    note.introduction = typed
    note.version += 1
    audit.record(note, "introduce_note", actor, now, version=note.version)


def take_together(
    note: ReactionNote, actor: User, reactions: Sequence[Reaction], now: datetime, into: NotePoint | None = None
) -> NotePoint:
    """Make one point of reactions about the same article, or add them to a point that is there.

    A point that is left without reactions goes.
    """
    _require_draft(note, actor)
    if not reactions:
        raise Invalid({"reaction": N_("Kies ten minste één reactie.")})
    spot = into.spot if into is not None else reactions[0].spot
    for one in reactions:
        if (one.procedure_id, one.consultation_code) != (note.procedure_id, note.consultation_code):
            raise NotFound(N_("Dit bestaat niet."))
        if one.spot != spot:
            raise Refused(N_("Neem alleen reacties op hetzelfde artikel samen."))
        if one.state != "sent":
            raise Refused(N_("Een reactie die niet is verstuurd, hoort niet in de nota."))
    if into is not None and into not in note.points:
        raise NotFound(N_("Dit bestaat niet."))
    point = into
    if point is None:
        point = NotePoint(
            authority_id=note.authority_id, document_code=spot[0], article_code=spot[1], version=1, made_at=now
        )
        note.points.append(point)
    for one in reactions:
        if one.point is not point:
            one.point = point
    for left in [one for one in note.points if one is not point and not one.reactions]:
        note.points.remove(left)
    note.version += 1
    audit.record(note, "take_together", actor, now, point=point.id, reactions=len(point.reactions))
    return point


def answer_point(
    note: ReactionNote,
    point: NotePoint,
    actor: User,
    *,
    summary: str,
    answer: str,
    explanation: str,
    now: datetime,
    based_on: int,
) -> None:
    """What organisations said in our words, what we do with it, and why. Raises `Stale` after version `based_on`."""
    _require_draft(note, actor)
    typed = {"summary": _clean(summary), "answer": answer, "explanation": _clean(explanation)}
    problems = {
        name: N_("Deze tekst is te lang. Maak er ten hoogste 10.000 tekens van.")
        for name in ("summary", "explanation")
        if len(typed[name]) > 10_000
    }
    if not typed["summary"]:
        problems["summary"] = N_("Vat in eigen woorden samen wat aanbieders zeggen.")
    if answer not in NOTE_ANSWERS:
        problems["answer"] = N_("Kies wat u met deze reactie doet.")
    if len(typed["explanation"]) < LEAST_REASON:
        problems["explanation"] = N_("Leg uit waarom, in ten minste 10 tekens.")
    named = names_in([typed["summary"], typed["explanation"]], point.reactions)
    if named:
        problems.setdefault("summary", N_("Noem geen organisaties: de nota is openbaar en zonder namen."))
    if problems:
        raise Invalid(problems)
    if all(getattr(point, name) == value for name, value in typed.items()):
        return
    if point.version != based_on:
        raise Stale(N_("Een collega heeft dit antwoord net gewijzigd. Lees dat eerst en bewaar daarna opnieuw."), point)
    point.summary, point.answer, point.explanation = typed["summary"], typed["answer"], typed["explanation"]
    point.version += 1
    note.version += 1
    audit.record(note, "answer_point", actor, now, point=point.id, answer=answer)


def split(note: ReactionNote, point: NotePoint, actor: User, now: datetime) -> None:
    """Undo a point: its reactions stand by themselves again, its answer goes."""
    _require_draft(note, actor)
    if point not in note.points:
        raise NotFound(N_("Dit bestaat niet."))
    audit.record(note, "split_point", actor, now, point=point.id, reactions=len(point.reactions))
    for one in list(point.reactions):
        one.point = None
    note.points.remove(point)
    note.version += 1


def core_of(name: str) -> str:
    """The name without its legal form: 'Zorgboerderij Het Erf' for 'Zorgboerderij Het Erf B.V.'."""
    return " ".join(_FORMS.sub(" ", name).split()).strip(" .,-")


def names_in(texts: Iterable[str], reactions: Iterable[Reaction]) -> list[str]:
    """The names of reacting organisations that stand in the texts."""
    whole = "\n".join(texts)
    names = {one.organisation.name for one in reactions}
    return sorted(
        name
        for name in names
        if any(
            len(wanted) > 3 and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", whole, re.IGNORECASE)
            for wanted in (name, core_of(name))
        )
    )


def gaps(note: ReactionNote, reactions: Iterable[Reaction]) -> list[tuple[str, dict[str, Any]]]:
    """What keeps the note from being proposed, as (message, facts); `reactions` are the sent ones."""
    sent = list(reactions)
    found: list[tuple[str, dict[str, Any]]] = []
    loose = sum(1 for one in sent if one.point is None)
    if loose:
        found.append((N_("Reacties die nog niet bij een punt horen: %(count)d."), {"count": loose}))
    open_points = sum(1 for one in note.points if not one.answer)
    if open_points:
        found.append((N_("Punten die nog geen antwoord hebben: %(count)d."), {"count": open_points}))
    if not note.introduction:
        found.append((N_("De inleiding is nog leeg."), {}))
    texts = [note.introduction, *(text for one in note.points for text in (one.summary, one.explanation))]
    for name in names_in(texts, sent):
        found.append((N_("De tekst noemt een organisatie: %(name)s."), {"name": name}))
    return found


def propose(note: ReactionNote, actor: User, reactions: Iterable[Reaction], now: datetime) -> None:
    """Ready for a second pair of eyes."""
    _require_draft(note, actor)
    missing = gaps(note, reactions)
    if missing:
        raise Refused(N_("De nota is nog niet klaar. Kijk bij ‘Wat nog moet’."))
    advance(note, "propose", actor, now, version=note.version)
    note.proposed_at, note.proposed_by, note.proposed_by_id = now, actor, actor.id


def send_back(note: ReactionNote, actor: User, now: datetime) -> None:
    """The proposal is taken back, by whoever proposed it or by who read it."""
    require_official(actor, note, *WRITERS)
    advance(note, "send_back", actor, now)
    note.proposed_at, note.proposed_by, note.proposed_by_id = None, None, None


def publish(
    note: ReactionNote,
    consultation: Consultation,
    actor: User,
    reactions: Sequence[Reaction],
    now: datetime,
    *,
    based_on: int,
) -> None:
    """A second official publishes what another proposed; everybody who reacted is told."""
    require_official(actor, note, *WRITERS)
    if note.state == "published":
        raise Refused(N_("De nota is al gepubliceerd."))
    if note.proposed_by_id == actor.id:
        raise NotAllowed(N_("U stelde deze nota zelf voor. Een collega moet haar publiceren."))
    if note.version != based_on:
        raise Stale(N_("De nota is veranderd nadat u haar opende. Lees haar opnieuw."), note)
    advance(note, "publish", actor, now, version=note.version)
    note.published_at, note.published_by, note.published_by_id = now, actor, actor.id
    note.facts = json.dumps(_facts(note, consultation, reactions, now), ensure_ascii=False, sort_keys=True)
    for organisation in {one.organisation_id: one.organisation for one in reactions}.values():
        audit.tell_organisation(
            note,
            organisation.users,
            f"reaction_note:{note.id}:{organisation.id}",
            "reaction_note_published",
            now,
            consultation=consultation.title,
            procedure=consultation.procedure.title,
            path=f"{consultation.path}/reactienota",
        )


def _facts(
    note: ReactionNote, consultation: Consultation, reactions: Sequence[Reaction], now: datetime
) -> dict[str, Any]:
    """All that the note says; counts of organisations, never their names."""
    authority = consultation.procedure.authority
    titles = {document.code: document.title for document in consultation.documents}
    places: list[dict[str, Any]] = []
    known = {article.spot: article for article in consultation.articles}
    spots = [*known, *sorted({one.spot for one in note.points} - known.keys())]
    for spot in spots:
        points = [one for one in note.points if one.spot == spot]
        if not points:
            continue
        article = known.get(spot)
        places.append(
            {
                "document": titles.get(spot[0], spot[0]),
                "code": spot[1],
                "heading": article.heading if article else "",
                "text": article.text if article else "",
                "points": [
                    {
                        "summary": one.summary,
                        "organisations": len({reaction.organisation_id for reaction in one.reactions}),
                        "answer": one.answer,
                        "explanation": one.explanation,
                    }
                    for one in points
                ],
            }
        )
    return {
        "authority": {
            "name": authority.name,
            "subtitle": authority.subtitle,
            "phone": authority.phone,
            "mail": authority.mail,
        },
        "procedure": consultation.procedure.title,
        "edition": consultation.procedure.edition,
        "consultation": consultation.title,
        "kind": consultation.kind,
        "number": f"RN-{consultation.procedure.slug}-{consultation.code}",
        "opened_at": consultation.opens_at.isoformat(),
        "closed_at": consultation.closes_at.isoformat(),
        "published_at": now.isoformat(),
        "introduction": note.introduction,
        "reactions": len(reactions),
        "organisations": len({one.organisation_id for one in reactions}),
        "answers": {key: sum(1 for one in note.points if one.answer == key) for key in NOTE_ANSWERS},
        "places": places,
    }

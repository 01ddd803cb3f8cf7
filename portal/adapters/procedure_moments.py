"""Days and moments in order: the agreement, the planning, the rounds, the consultations."""

from __future__ import annotations

from datetime import date, timedelta

from portal.adapters.procedure_draft import Draft, Place
from portal.domain import calendar
from portal.errors import Invalid

_FIRST: Place = ("rounds", "first")


def check(draft: Draft) -> None:
    """Add every broken rule about days and moments to `draft.problems`."""
    draft.in_order(("agreement",))
    draft.unique("planning")
    for place, step in draft.blocks("planning"):
        draft.in_order(place)
        if "gate" in step and not step.get("code"):
            draft.wrong(place, "Een stap met een besluitmoment ('gate') heeft een 'code' nodig.")
    _rounds(draft)
    draft.unique("consultations")
    for place, _ in draft.blocks("consultations"):
        _consultation(draft, place)


def _possible(draft: Draft, place: Place, *keys: str) -> bool:
    """Whether these moments are ones that exist; wrong when a clock change takes one away or doubles it."""
    possible = True
    for key in keys:
        wall = draft.wall_time(*place, key)
        try:
            if wall:
                calendar.local_instant(wall.date(), wall.time())
        except Invalid as error:
            draft.wrong((*place, key), str(error))
            possible = False
    return possible


def _starts_on(draft: Draft, place: Place) -> date | None:
    own = draft.day(*place, "starts_on")
    return own or draft.day("agreement", "starts_on") if place == _FIRST else own


def _rounds(draft: Draft) -> None:
    cadence, until = draft.text("rounds", "cadence"), draft.text("rounds", "until")
    places = [_FIRST, *(place for place, _ in draft.blocks("rounds", "moments"))]
    if cadence in calendar.CADENCES and cadence != "announced" and draft.get("rounds", "moments"):
        message = "'moments' hoort bij 'announced'. Bij een ander ritme volgen de ronden vanzelf."
        draft.wrong(("rounds", "moments"), message)
    if until == "end" and draft.get("agreement") is None:
        draft.wrong(("rounds", "until"), "'end' is de laatste dag van de overeenkomst, en die staat er niet.")
    _until(draft, draft.day("rounds", "until"))
    possible = [_possible(draft, place, "opens_at", "closes_at") for place in places]
    if cadence != "continuous":  # that one closes after its last day, whatever stands there
        _closing_hours(draft, places)
        _questions(draft, places)
    last = draft.day("agreement", "ends_on") if until == "end" else draft.day("rounds", "until")
    if cadence not in calendar.CADENCES or last is None or not all(possible):
        return
    complete = [_round(draft, place, cadence, last) for place in places]
    if all(complete):
        _scheduled(draft, cadence, places, last)


def _closing_hours(draft: Draft, places: list[Place]) -> None:
    """A round closes while somebody is there to help, unless the file says why not."""
    own = draft.get("rounds", "closing_hours")
    if own is not None and any(("rounds", "closing_hours", key) in draft.misshapen for key in ("earliest", "latest")):
        return
    try:
        earliest, latest = calendar.closing_hours(draft.get("rounds"))
    except (AttributeError, KeyError, TypeError, ValueError):
        return  # the schema tells what is wrong with it
    if latest < earliest:
        draft.wrong(("rounds", "closing_hours", "latest"), "Deze tijd ligt vóór 'earliest'.")
        return
    for place in places:
        closes = draft.wall_time(*place, "closes_at")
        if closes and not earliest <= closes.time() <= latest:
            message = f"Een ronde sluit tussen {earliest:%H:%M} en {latest:%H:%M} uur, als er iemand is om te helpen."
            if own is None:
                message += " Moet het anders, zeg dan waarom bij 'closing_hours'."
            draft.wrong((*place, "closes_at"), message)


def _questions(draft: Draft, places: list[Place]) -> None:
    """Questions can be asked while a round is open, and there is time to answer the last ones."""
    until, notice = draft.get("rounds", "questions", "until_days"), draft.get("rounds", "questions", "notice_days")
    if not isinstance(until, int) or not isinstance(notice, int):
        return  # no block, or the schema tells what is wrong with it
    if notice > until:
        message = f"De laatste nota komt {notice} dagen voor de sluiting, maar vragen kunnen tot {until} dagen ervoor."
        draft.wrong(("rounds", "questions", "notice_days"), message)
    for place in places:
        opens, closes = draft.wall_time(*place, "opens_at"), draft.wall_time(*place, "closes_at")
        if opens and closes and closes - timedelta(days=until) <= opens:
            message = f"Een ronde is korter dan {until} dagen open. Vragen zouden sluiten voordat zij opent."
            draft.wrong(("rounds", "questions", "until_days"), message)
            return


def _until(draft: Draft, until: date | None) -> None:
    """Rounds go on after the first term only where the agreement does so by itself."""
    ends_on = draft.day("agreement", "ends_on")
    if until and ends_on and until > ends_on and draft.get("agreement", "renewal", "tacit") is False:
        message = f"De ronden lopen door na {ends_on}, het einde van een overeenkomst die niet stilzwijgend verlengt."
        draft.wrong(("rounds", "until"), message)


def _round(draft: Draft, place: Place, cadence: str, last: date) -> bool:
    """Whether this round can be scheduled: it is complete and starts when its agreements may."""
    opens, closes = draft.wall_time(*place, "opens_at"), draft.wall_time(*place, "closes_at")
    starts_on, agreement = _starts_on(draft, place), draft.day("agreement", "starts_on")
    if not (opens and closes and starts_on):
        return False
    if agreement and starts_on < agreement:
        draft.wrong((*place, "starts_on"), "De ingangsdatum van de ronde ligt vóór die van de raamovereenkomst.")
    if cadence != "continuous" and starts_on <= closes.date():
        draft.wrong((*place, "starts_on"), "De ingangsdatum van de ronde ligt niet na de sluiting.")
    if place == _FIRST and (opens.date() > last or starts_on >= last):
        draft.wrong(("rounds", "until"), f"Er is geen ronde: de eerste gaat niet in vóór {last}.")
        return False
    return True


def _scheduled(draft: Draft, cadence: str, places: list[Place], last: date) -> None:
    rounds = []
    for place in places:
        opens, closes = draft.wall_time(*place, "opens_at"), draft.wall_time(*place, "closes_at")
        starts_on = _starts_on(draft, place)
        if opens and closes and starts_on:
            rounds.append((opens, closes, starts_on))
    (opens, closes, starts_on), moments = rounds[0], rounds[1:]
    try:
        calendar.schedule(cadence, opens, closes, last, starts_on, moments if cadence == "announced" else ())
    except Invalid as error:
        for key, message in error.problems.items():
            *index, field = key.split(".")
            place = ("rounds", "moments", int(index[0])) if index else _FIRST
            draft.wrong((*place, field if field != "at" else "closes_at"), message)


def _consultation(draft: Draft, place: Place) -> None:
    _span(draft, place, "opens_at", "closes_at", "De consultatie sluit voordat zij opent.")
    draft.unique(*place, "meetings")
    draft.unique(*place, "documents")
    for inner, _ in draft.blocks(*place, "documents"):
        draft.unique(*inner, "articles")
    meetings = list(draft.blocks(*place, "meetings"))
    for inner, _ in meetings:
        _span(draft, inner, "starts_at", "ends_at", "De bijeenkomst is afgelopen voordat zij begint.")
    most = draft.get(*place, "most_meetings")
    if isinstance(most, int) and 0 < most < len(meetings):
        message = f"Er staan {len(meetings)} bijeenkomsten; ten hoogste {most} volgens 'most_meetings'."
        draft.wrong((*place, "meetings"), message)


def _span(draft: Draft, place: Place, first: str, last: str, message: str) -> None:
    begins, ends = draft.wall_time(*place, first), draft.wall_time(*place, last)
    if _possible(draft, place, first, last) and begins and ends and ends <= begins:
        draft.wrong((*place, last), message)

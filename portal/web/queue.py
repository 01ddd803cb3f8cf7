"""The queue of screening: filters in its address, pages to read or choose from, the next dossier, the export."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal import terms
from portal.defects import DEFECTS
from portal.domain import calendar, wording
from portal.interest_words import GROUNDS as INTEREST_GROUNDS
from portal.queries import findings, worklist
from portal.queries import queue as queries
from portal.queries import reviews as review_queries
from portal.queries.interests import own_grounds
from portal.queries.queue import REMEDIES, SIGNALS, TRAYS, WITHIN, Wanted
from portal.web import downloads, languages
from portal.web.admitting import to_declare
from portal.web.context import authority_id, db, now, person
from portal.web.guards import audience
from portal.web.review import blueprint

NOBODY = queries.UNASSIGNED

HEADER = (
    "Nummer", "Zorgaanbieder", "KvK-nummer", "Ronde", "Stand", "Termijn", "Ingediend", "Eis", "Versie", "Titel",
    "Perceel", "Organisatie die meedoet", "Rol", "Volgnummer", "Telt", "Oordeel", "Gebrek", "Motivering", "Na herstel",
    "Alleen voor producten", "Beoordeeld door", "Samen met", "Beoordeeld op",
)  # fmt: skip
"""One row per finding. 'Telt': whether it is the last one at its place."""
WIDTHS = (20, 30, 12, 10, 16, 12, 22, 8, 7, 30, 8, 24, 16, 10, 6, 18, 24, 60, 10, 20, 20, 20, 18)


def short_day(day: date, today: date) -> str:
    """'13 nov', with the year when it is another one than today's."""
    return languages.short_day(day) if day.year == today.year else f"{languages.short_day(day)} {day.year}"


def declared_rounds() -> list[Any]:
    """The rounds in review; before the first view of any of them the interests come first."""
    rounds = list(review_queries.rounds_in_review(db(), person().id))
    for one in rounds:
        if not one.is_declared:
            abort(to_declare(one.id))
    return rounds


def address(wanted: Wanted, **changes: str) -> str:
    """The queue with these filters, on its first page, as it is now: to read or to choose."""
    kept = {**wanted.address(), **({"kies": "ja"} if wanted.is_choosing else {}), **changes}
    return url_for("review.queue", **{name: value for name, value in kept.items() if value})


def _options(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, gettext(label)) for key, label in labels.items()]


def _filter_options(rounds: list[Any]) -> dict[str, Any]:
    """The choices of the filters and the labels of the rows, translated once per page."""
    states = {key: (gettext(term.label), term.tone) for key, term in terms.REVIEW_STATES.items()}
    me = person()
    mine = (me.id, gettext("%(name)s (ik)", name=me.name))
    colleagues = [one for one in review_queries.inkopers(db(), authority_id()) if one.id != me.id]
    return {
        "states": states,
        "integrity": {
            None: gettext("Niet gevraagd"),
            **{key: gettext(term.label) for key, term in terms.INTEGRITY_OUTCOMES.items()},
        },
        "state_options": [(key, label) for key, (label, _) in states.items()],
        "lot_options": [(code, f"{code} {name}") for code, name in review_queries.lots(db())],
        "round_options": [(one.id, f"{one.label} {one.title}") for one in rounds],
        "reviewer_options": [
            (NOBODY, gettext("Niet toegewezen")), mine, *((one.id, one.name) for one in colleagues),
        ],
        "assign_options": [
            mine, *((one.id, one.name) for one in colleagues if one.has_access),
            (NOBODY, gettext("Niemand (vrijgeven)")),
        ],
        "within_options": _options(WITHIN),
        "signal_options": _options(SIGNALS),
        "remedy_options": _options(REMEDIES),
    }  # fmt: skip


def show(errors: Mapping[str, str] | None = None, ticked: Collection[str] = ()) -> str:
    """The page of the queue that the address asks for; after a refusal with what was ticked and typed."""
    rounds, me = declared_rounds(), person()
    wanted, today = Wanted.read(request.args), calendar.local_day(now())
    after, before = request.args.get("na", ""), request.args.get("voor", "")
    is_inkoper = "inkoper" in me.role_names
    return render_template(
        "review/queue.html",
        rounds=rounds,
        wanted=wanted,
        is_inkoper=is_inkoper,
        may_choose=wanted.is_choosing and is_inkoper,
        all_ticked=request.args.get("alles") == "ja",
        ticked=frozenset(ticked),
        today=today,
        short_day=lambda day: short_day(day, today),
        local_day=calendar.local_day,
        page=queries.page(db(), wanted, me.id, today, after=after, before=before),
        trays=TRAYS,
        counts=queries.counts(db(), me.id, today),
        views=worklist.saved_views(db(), me.id),
        me=me,
        typed=request.form,
        hidden_because=[INTEREST_GROUNDS[one] for one in own_grounds(db(), me.id)],
        link=lambda **changes: address(wanted, **changes),
        place={**wanted.address(), "kies": "ja", **({"na": after} if after else {"voor": before} if before else {})},
        errors=errors or {},
        **_filter_options(rounds),
    )


@blueprint.get("/beoordelen")
@audience("reading_along")
def queue() -> ResponseReturnValue:
    return show()


@blueprint.get("/beoordelen/volgende")
@audience("inkoper")
def next_dossier() -> ResponseReturnValue:
    """The dossier that waits for this inkoper and whose term ends first; `na` says from which one somebody comes."""
    declared_rounds()
    found = worklist.next_for(db(), person().id, request.args.get("na", "")[:26])
    if found is None:
        flash(gettext("Er wacht nu geen (andere) aanmelding op u."), "info")
        return redirect(url_for("review.queue"), 303)
    return redirect(url_for("review.dossier", review_id=found), 303)


def _rows(today: date) -> Iterator[tuple[Any, ...]]:
    """For `HEADER`: what the queue shows, in the order of terms."""
    states = {key: gettext(term.label) for key, term in terms.REVIEW_STATES.items()}
    verdicts = {key: gettext(term.label) for key, term in terms.VERDICTS.items()}
    defects = {key: gettext(one.label) for key, one in DEFECTS.items()}
    roles = {key: gettext(term.label) for key, term in terms.PARTY_ROLES.items()}
    suspended, words = gettext("staat stil"), {True: gettext("ja"), False: gettext("nee")}
    about: tuple[Any, ...] = ("",)
    for row in findings.of_many(db(), Wanted.read(request.args), person(), today):
        if row.number != about[0]:  # the same on every row of a dossier
            about = (
                row.number, row.organisation, row.kvk_number, row.round, states[row.state],
                suspended if row.is_suspended else row.due_on, wording.moment(row.submitted_at, seconds=True),
            )  # fmt: skip
        if row.sequence is None:
            yield about + (None,) * (len(HEADER) - len(about))
            continue
        yield (
            *about, row.code, row.version, row.title, row.lot, row.party, roles.get(row.role),
            row.sequence, words[bool(row.counts)], verdicts[row.verdict], defects.get(row.defect), row.reason,
            words[row.after_remedy], " ".join(row.product_codes), row.found_by, row.agreed_by,
            wording.moment(row.found_at),
        )  # fmt: skip


@blueprint.get("/beoordelen.csv")
@audience("reading_along")
def export() -> ResponseReturnValue:
    declared_rounds()
    today = calendar.local_day(now())
    return downloads.table(f"beoordelingen-{today}.csv", HEADER, _rows(today))


@blueprint.get("/beoordelen.xlsx")
@audience("reading_along")
def export_workbook() -> ResponseReturnValue:
    declared_rounds()
    today = calendar.local_day(now())
    return downloads.workbook(
        f"beoordelingen-{today}.xlsx", gettext("Beoordelingen"), HEADER, _rows(today), WIDTHS, now()
    )

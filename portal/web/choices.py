"""The page of the choices: per lot and product the municipalities where one can apply, and why not elsewhere."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from portal.domain import choices as domain
from portal.domain import requirements, wording
from portal.errors import NotFound, RoundClosed, Stale
from portal.models import Application, Coverage, Lot, Municipality, Product
from portal.queries import applications as queries
from portal.terms import COVERAGE_STATES, N_, UNITS
from portal.web import carrying, languages, self_check
from portal.web.applying import blueprint, closing, crumbs, own
from portal.web.context import db, now, person
from portal.web.guards import audience
from portal.web.places import listing
from portal.web.problems import translated
from portal.web.requests import wants_text

FUNDING = {
    "lumpsum": N_("budget per jaar, geen tarief"),
    "population": N_("budget voor een groep inwoners, geen tarief"),
}


@dataclass(frozen=True)
class Box:
    """One municipality that can be ticked at one product."""

    value: str
    name: str
    is_chosen: bool
    hint: str


@dataclass(frozen=True)
class Offer:
    """One product: what it pays, where it can be ticked, and what is to be known of some municipalities."""

    product: Product
    title: str
    price: str
    codes: str
    notes: list[str]
    boxes: list[Box]
    about_places: list[str]

    @property
    def chosen(self) -> int:
        return sum(box.is_chosen for box in self.boxes)


@dataclass(frozen=True)
class Part:
    """One lot with its products; `above` are the lots above it that have no heading yet."""

    lot: Lot
    level: int
    above: list[tuple[int, Lot]]
    notes: list[str]
    offers: list[Offer]
    remarks: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """Two people chose at once: what only the one or only the other has ticked, a line per product."""

    mine: list[str]
    theirs: list[str]
    both: int


class Choices:
    """What the page of one application shows: what is saved, or what was sent (`typed`) and not saved."""

    def __init__(
        self,
        application: Application,
        lots: Sequence[Lot],
        towns: Sequence[Municipality],
        suggested: Container[tuple[str, str]] = (),
        typed: Container[tuple[str, str]] | None = None,
    ) -> None:
        self._application = application
        self._round = application.round
        self._towns = towns
        self._suggested = suggested if not application.selections else ()
        self._chosen = domain.chosen(application)
        self._typed = typed
        self._names = {
            **{lot.code: lot.name for lot in lots},
            **{product.code: product.name for lot in lots for product in lot.products},
        }
        coverage = self._round.settings.get("coverage") or {}
        self._grounds = {one["code"]: one["title"] for one in coverage.get("closing_grounds", [])}

    def parts(self, lots: Sequence[Lot]) -> list[Part]:
        """Every lot with products that somebody can choose or see why not; an extra round shows only its own."""
        result, headed = [], set()
        for lot in lots:
            offers = [self._offer(product) for product in lot.products]
            if self._round.scope:
                offers = [one for one in offers if one.boxes]
            if not offers:
                continue
            above = _above(lot)
            new = [(level, one) for level, one in enumerate(above) if one.id not in headed]
            headed |= {one.id for one in above}
            result.append(Part(lot, len(above), new, self._lot_notes([*above, lot]), offers, self._remarks(lot)))
        return result

    def _offer(self, product: Product) -> Offer:
        cells = {cell.municipality_id: cell for cell in product.coverage}
        boxes, about = [], _About()
        for town in self._towns:
            cell = cells.get(town.id)
            is_chosen = (product.id, town.id) in self._chosen
            is_offered = cell is not None and requirements.is_offered(self._round, product, cell)
            if is_chosen or is_offered:
                hint = self._hint(product, town, cell, is_offered)
                if not is_offered:
                    about.add(gettext("Haalt u het vinkje weg, dan kunt u dit nu niet opnieuw kiezen."), town.name)
                if ground := product.details.get("tariff_grounds", {}).get(town.code):
                    about.add(gettext("Eigen tarief. %(ground)s", ground=ground), town.name)
                is_ticked = is_chosen or (product.lot.code, town.code) in self._suggested
                if self._typed is not None:
                    is_ticked = (product.id, town.id) in self._typed
                boxes.append(Box(f"{product.id}:{town.id}", town.name, is_ticked, hint))
            elif cell is not None:
                about.add(self._why_not(product, town, cell), town.name)
        return Offer(
            product=product,
            title=_title(product),
            price=_price(product),
            codes=", ".join(f"{one['code']} ({one['use']})" for one in product.details.get("codes", [])),
            notes=self._product_notes(product),
            boxes=boxes,
            about_places=about.lines(),
        )

    def _hint(self, product: Product, town: Municipality, cell: Coverage | None, is_offered: bool) -> str:
        """What is special about one municipality that can be ticked."""
        found = []
        if not is_offered:
            found.append(gettext("U koos dit voor de sluiting; uw aanmelding houdt haar rechten."))
        elif cell is not None and cell.state != "open":
            found.append(gettext(COVERAGE_STATES[cell.state].label) + ".")
        tariff = product.tariff_in(town)
        if tariff is not None and tariff != product.tariff_cents:
            found.append(gettext("Eigen tarief: %(amount)s.", amount=_amount(tariff)))
        if cell is not None and cell.starts_on:
            found.append(gettext("Begint op %(day)s.", day=languages.day(cell.starts_on)))
        return " ".join(found)

    def _why_not(self, product: Product, town: Municipality, cell: Coverage) -> str:
        """Why a municipality cannot be ticked, in sentences."""
        if cell.state in requirements.SELECTABLE:
            return gettext("Niet in deze ronde.")
        state = gettext(COVERAGE_STATES[cell.state].label)
        if cell.state == "to_be_confirmed":
            return gettext("%(state)s. Hier kunt u nog niet kiezen.", state=state)
        if cell.state == "closed" and cell.since_on:
            state = gettext("%(state)s sinds %(day)s", state=state, day=languages.day(cell.since_on))
        found = [
            f"{one.rstrip('. ')}." for one in (state, self._grounds.get(cell.ground, cell.ground), cell.remark) if one
        ]
        if cell.reopens_on:
            found.append(gettext("Gaat weer open op %(day)s.", day=languages.day(cell.reopens_on)))
        return " ".join(found)

    def _product_notes(self, product: Product) -> list[str]:
        found = []
        coupled = [self._names.get(code, code) for code in product.details.get("coupled_with", [])]
        if coupled:
            found.append(
                gettext("Kiest u dit product, kies dan in dezelfde gemeente ook %(others)s.", others=listing(coupled))
            )
        if product.details.get("phasing_out"):
            found.append(gettext("Dit product wordt afgebouwd: de gemeenten kopen er steeds minder van in."))
        if product.starts_on and product.starts_on > self._round.agreements_start_on:
            found.append(gettext("Begint op %(day)s.", day=languages.day(product.starts_on)))
        known = {lot.details.get("ends_on") for lot in [*_above(product.lot), product.lot]}
        ends_on = None if str(product.ends_on) in known else product.ends_on  # the heading of the lot says it
        return found + self._ending(ends_on, product.details)

    def _lot_notes(self, line: Iterable[Lot]) -> list[str]:
        found: list[str] = []
        for lot in line:
            ends_on = lot.details.get("ends_on")
            found += self._ending(date.fromisoformat(ends_on) if ends_on else None, lot.details)
        found += self._budgets(lot)
        return list(dict.fromkeys(found))

    def _budgets(self, lot: Lot) -> list[str]:
        names = {town.code: town.name for town in self._towns}
        amounts = [
            f"{names.get(one['municipality'], one['municipality'])} {_amount(one['amount_cents'])}"
            for one in lot.details.get("budgets", [])
        ]
        if not amounts:
            return []
        text = gettext("Budget per jaar voor alle aanbieders samen: %(amounts)s.", amounts=listing(amounts))
        made_up = gettext("Deze bedragen zijn verzonnen.") if lot.details.get("budget_is_fictitious") else ""
        return [f"{text} {made_up}".strip()]

    def _ending(self, ends_on: date | None, details: Mapping[str, Any]) -> list[str]:
        found = []
        if ends_on is not None:
            found.append(gettext("Loopt tot en met %(day)s.", day=languages.day(ends_on)))
        successor = details.get("successor") or {}
        if successor.get("code") or successor.get("text"):
            code = successor.get("code", "")
            names = [f"{self._names[code]} ({code})" if code in self._names else code, successor.get("text", "")]
            found.append(gettext("Opvolger: %(what)s.", what=". ".join(one.rstrip(". ") for one in names if one)))
        return found

    def _remarks(self, lot: Lot) -> list[tuple[str, str]]:
        """What municipalities remark about what can be chosen in a lot, each remark once: (name, remark)."""
        names = {one.id: one.name for one in self._towns}
        found = {
            (names[one.municipality_id], one.remark)
            for product in lot.products
            for one in product.coverage
            if one.remark and one.state in requirements.SELECTABLE and one.municipality_id in names
        }
        return sorted(found)


class _About:
    """Municipalities by what is to be known of them: one line for each text."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, text: str, name: str) -> None:
        self._names.setdefault(text, []).append(name)

    def lines(self) -> list[str]:
        return [f"{listing(names)}: {text}" for text, names in self._names.items()]


def _above(lot: Lot) -> list[Lot]:
    """The lots above a lot, the highest first."""
    found: list[Lot] = []
    while lot.parent is not None:
        lot = lot.parent
        found.insert(0, lot)
    return found


def _title(product: Product) -> str:
    if not product.category or product.category.lower() in product.name.lower():
        return product.name
    return f"{product.name}, {product.category}"


def _amount(cents: int) -> str:
    """An amount that stays on one line."""
    return wording.euro(cents).replace(" ", "\N{NO-BREAK SPACE}")


def _price(product: Product) -> str:
    """'€ 68,00 per uur', '€ 68,00 tot € 71,40 per uur', or that there is a budget instead."""
    if product.tariff_cents is None:
        return gettext(FUNDING.get(product.funding, FUNDING["lumpsum"]))
    amounts = sorted({product.tariff_cents, *(int(one) for one in product.details.get("tariffs", {}).values())})
    unit = gettext(UNITS[product.unit].label)
    if len(amounts) == 1:
        return f"{_amount(amounts[0])} {unit}"
    return gettext("%(low)s tot %(high)s %(unit)s", low=_amount(amounts[0]), high=_amount(amounts[-1]), unit=unit)


Cells = dict[tuple[str, str], tuple[Product, Municipality]]


def _wanted(found: Application, form: MultiDict[str, str]) -> Cells:
    """The ticked cells, and every cell on offer of the row whose button was pressed. Unknown cells do not exist."""
    places = {one.id: one for one in queries.municipalities(db(), found.authority_id)}
    products = {product.id: product for lot in queries.offer(db(), found.round) for product in lot.products}
    cells = {tuple(value.split(":", 1)) for value in form.getlist("cell")}
    row = products.get(form.get("all", ""))
    if row is not None:
        offered = (one for one in row.coverage if requirements.is_offered(found.round, row, one))
        cells |= {(row.id, one.municipality_id) for one in offered}
    try:
        return {(product, town): (products[product], places[town]) for product, town in cells}
    except (KeyError, ValueError) as error:
        raise NotFound(N_("Dit product of deze gemeente bestaat niet in deze procedure.")) from error


def _difference(found: Application, wanted: Cells) -> Difference:
    """What was sent beside what is saved now."""
    saved: Cells = {(one.product_id, one.municipality_id): (one.product, one.municipality) for one in found.selections}
    return Difference(
        mine=_lines(wanted[key] for key in wanted.keys() - saved.keys()),
        theirs=_lines(saved[key] for key in saved.keys() - wanted.keys()),
        both=len(wanted.keys() & saved.keys()),
    )


def _lines(cells: Iterable[tuple[Product, Municipality]]) -> list[str]:
    """'Dagbesteding: Vught en Boxtel', per product in the order of the page."""
    found: dict[Product, list[str]] = {}
    for product, town in sorted(cells, key=lambda one: (one[0].lot.position, one[0].position, one[1].name)):
        found.setdefault(product, []).append(town.name)
    return [f"{_title(product)}: {listing(names)}" for product, names in found.items()]


@blueprint.route("/aanmeldingen/<application_id>/keuzes", methods=["GET", "POST"])
@audience("applicant")
def choices(application_id: str) -> ResponseReturnValue:
    """What the organisation applies for: products by municipalities, per lot."""
    found = own(application_id)
    if request.method == "GET":
        if found.sealed_at is not None:
            return redirect(url_for("apply.application", application_id=application_id), 303)
        return _page(found)
    wanted, shown = _wanted(found, request.form), request.form.get("based_on", 0, type=int)
    try:
        domain.choose(found, person(), wanted.values(), now(), based_on=shown)
    except (Stale, RoundClosed, domain.NotOffered) as refusal:
        if wants_text():
            raise
        return _page(found, wanted, refusal), 409
    db().commit()
    if wants_text():
        return str(found.choices_version), 200, {"Content-Type": "text/plain; charset=utf-8"}
    flash(gettext("Uw keuzes zijn bewaard. Wat u eerder invulde, staat er nog."), "ok")
    return redirect(_after_choices(found), 303)


def _page(
    found: Application, typed: Cells | None = None, refusal: Stale | RoundClosed | domain.NotOffered | None = None
) -> str:
    """The matrix. After a refusal with what was ticked (`typed`), of which nothing was saved."""
    towns = queries.municipalities(db(), found.authority_id)
    lots = queries.offer(db(), found.round)
    suggested = set() if typed is not None or found.selections else _suggested(found)
    stale, late = isinstance(refusal, Stale), isinstance(refusal, RoundClosed)
    based_on = found.choices_version if typed is None or stale else request.form.get("based_on", 0, type=int)
    return render_template(
        "apply/choices.html",
        application=found,
        parts=Choices(found, lots, towns, suggested, typed).parts(lots),
        is_suggested=bool(suggested),
        is_extra=found.round.kind == "extra",
        remark=found.round.remark,
        back=request.args.get("terug"),
        based_on=based_on,
        refused=translated(refusal) if refusal else "",
        difference=_difference(found, typed) if stale and typed is not None else None,
        is_late=late,
        **(carrying.way_on(found) if late else {"may_carry": False}),
        is_open=found.is_open(now()),
        closing=closing(found.round),
        crumbs=crumbs(found, (gettext("Percelen, producten en gemeenten"), "")),
    )


def _suggested(found: Application) -> set[tuple[str, str]]:
    """Lots and municipalities (codes) of the visitor's own self-check: ticked beforehand, kept only when saved."""
    kept = self_check.kept_for(found) or {"lots": [], "towns": []}
    return {(lot, town) for lot in kept["lots"] for town in kept["towns"]}


def _after_choices(found: Application) -> str:
    if request.form.get("all"):
        goal = f"product-{request.form['all']}"
        return url_for("apply.choices", application_id=found.id, terug=request.args.get("terug"), _anchor=goal)
    page = "apply.submit" if request.args.get("terug") == "indienen" else "apply.application"
    return url_for(page, application_id=found.id)

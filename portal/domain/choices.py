"""What an application is for: products by municipalities, saved as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.domain import applications, audit, requirements
from portal.errors import NotFound, Refused, Stale
from portal.models import Application, Municipality, Product, Selection, User
from portal.terms import N_


class NotOffered(Refused):
    """A cell that cannot be chosen, or not any more."""


def chosen(application: Application) -> set[tuple[str, str]]:
    """The cells that are chosen now, as ids of product and municipality."""
    return {(one.product_id, one.municipality_id) for one in application.selections}


def choose(
    application: Application,
    actor: User,
    wanted: Iterable[tuple[Product, Municipality]],
    now: datetime,
    *,
    based_on: int,
) -> None:
    """Set the products and municipalities, out of the cells that can be chosen (`requirements.is_selectable`).

    `based_on` is the version of the choices the form showed (0 for none). Raises `Stale` with the application when
    somebody else saved other choices in between, and `NotOffered` for a cell that is not open; nothing changes then.
    Choosing what is chosen already changes nothing.
    """
    applications.require_editable(application, actor, now)
    cells = {(product.id, municipality.id): (product, municipality) for product, municipality in wanted}
    for product, _ in cells.values():
        if product.lot.procedure_id != application.round.procedure_id or not product.lot.is_in(
            application.round.edition
        ):
            raise NotFound(N_("Dit bestaat niet."))
    present = {(one.product_id, one.municipality_id): one for one in application.selections}
    if cells.keys() == present.keys():
        return
    if application.choices_version != based_on and application.chosen_by is not None:
        raise Stale(
            N_("%(name)s heeft de keuzes net ook gewijzigd. Vergelijk ze en bewaar opnieuw."),
            theirs=application,
            name=application.chosen_by.name,
        )
    for product, municipality in cells.values():
        if not requirements.is_selectable(application, product, municipality):
            raise NotOffered(
                N_("%(product)s is niet open voor %(municipality)s. Kies een andere gemeente."),
                product=product.name,
                municipality=municipality.name,
            )
    for cell in present.keys() - cells.keys():
        application.selections.remove(present[cell])
    for cell in sorted(cells.keys() - present.keys()):
        product, municipality = cells[cell]
        application.selections.append(
            Selection(
                authority_id=application.authority_id,
                product=product,
                product_id=product.id,
                municipality=municipality,
                municipality_id=municipality.id,
            )
        )
    application.mark_chosen(actor, now)
    application.saved_at = now
    audit.record_draft(application, "choose", actor, now, cells=len(cells), version=application.choices_version)

"""A draft that was not submitted goes on in a later round: what still exists there comes along, to be checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from portal.domain import applications, audit, offers, requirements
from portal.domain.offers import CriterionAt
from portal.domain.permissions import require_applicant
from portal.errors import NotFound, Refused
from portal.models import (
    Answer,
    Application,
    CarriedPlace,
    CarryOver,
    Document,
    Evidence,
    Lot,
    OfferDocument,
    OfferText,
    Party,
    Requirement,
    Round,
    Selection,
    User,
    attach,
)
from portal.terms import APPLICANT_ROLES, N_

LEFT = frozenset({"draft", "withdrawn", "lapsed"})
"""States of an application that was not submitted."""
INTEGRITY = "integrity"
NOT_CHOSEN = N_("hoort niet bij wat u in deze ronde kiest")


@dataclass
class _Move:
    """One draft on its way: from `source` to `target`, what came along and what did not (name, why)."""

    source: Application
    target: Application
    actor: User
    now: datetime
    left: list[list[str]] = field(default_factory=list)
    lots: dict[str, Lot] = field(default_factory=dict)
    asked: dict[str, Requirement] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)

    def leave(self, what: str, why: str) -> None:
        if [what, why] not in self.left:
            self.left.append([what, why])


def may_carry(source: Application, now: datetime) -> bool:
    """Whether this application was not submitted in a round that is over."""
    return source.state in LEFT and now >= source.round.closes_at


def carry_over(source: Application, round_: Round, actor: User, now: datetime) -> Application:
    """A draft in `round_` with everything of `source` that still exists there. Refused while the old round is open,
    and for what was submitted.
    """
    require_applicant(actor, source, *APPLICANT_ROLES)
    if source.round.procedure_id != round_.procedure_id or source.round_id == round_.id:
        raise NotFound(N_("Dit bestaat niet."))
    if now < source.round.closes_at:
        raise Refused(N_("Deze ronde is nog open. U kunt uw aanmelding hier gewoon afmaken en indienen."))
    if source.state not in LEFT:
        raise Refused(N_("Deze aanmelding is ingediend. Doorzetten is voor wat niet is ingediend."))
    target = applications.start(round_, actor, now)
    attach(source, target)  # what is read below is read with it in place
    move = _Move(
        source,
        target,
        actor,
        now,
        lots={lot.code: lot for lot in round_.lots},
        asked={one.code: one for one in round_.requirements},
    )
    _selections(move)
    _parties(move)
    _answers(move)
    _evidence(move)
    _offers(move)
    _keep_asked(move)
    carried = CarryOver(
        authority_id=target.authority_id,
        source=source,
        source_id=source.id,
        left_behind=move.left,
        carried_at=now,
        carried_by=actor,
        carried_by_id=actor.id,
        places=[CarriedPlace(authority_id=target.authority_id, place=key) for key in sorted(set(_keys(target)))],
    )
    target.carry_over = carried
    audit.record(target, "carry_over", actor, now, source=source.round.label, places=len(carried.places))
    return target


def _selections(move: _Move) -> None:
    products = {product.code: product for lot in move.lots.values() for product in lot.products}
    for one in move.source.selections:
        product, municipality = products.get(one.product.code), one.municipality
        offered = product is not None and any(
            cell.municipality_id == municipality.id and requirements.is_offered(move.target.round, product, cell)
            for cell in product.coverage
        )
        if product is None or not offered:
            move.leave(f"{one.product.name} in {municipality.name}", N_("is in deze ronde niet te kiezen"))
            continue
        move.target.selections.append(
            Selection(
                authority_id=move.target.authority_id,
                product=product,
                product_id=product.id,
                municipality=municipality,
                municipality_id=municipality.id,
            )
        )


def _parties(move: _Move) -> None:
    roles = requirements.admitted_roles(move.target.round)
    for one in move.source.parties:
        if one.role not in roles:
            move.leave(one.name, N_("kan in deze rol niet meer meedoen"))
            continue
        fields = {name: getattr(one, name) for name in ("role", "name", "kvk_number", "legal_form", "city", "part")}
        party = Party(authority_id=one.authority_id, position=1 + len(move.parties), **fields)
        move.target.every_party.append(party)
        move.parties[one.id] = party


def _place(move: _Move, one: Answer | Evidence) -> tuple[Requirement, Lot | None, Party | None] | None:
    """Where this belongs in the new round; None when the requirement changed or something of the place is gone."""
    if one.requirement is None:
        return None
    requirement = move.asked.get(one.requirement.code)
    name = f"{one.requirement.code} {one.requirement.title}"
    if requirement is None:
        move.leave(name, N_("wordt niet meer gevraagd"))
        return None
    if requirement.id != one.requirement_id:
        move.leave(name, N_("is gewijzigd: beantwoord deze eis opnieuw"))
        return None
    lot = move.lots.get(one.lot.code) if one.lot is not None else None
    party = move.parties.get(one.party_id) if one.party_id is not None else None
    if (one.lot is not None and lot is None) or (one.party_id is not None and party is None):
        move.leave(name, NOT_CHOSEN)
        return None
    return requirement, lot, party


def _answers(move: _Move) -> None:
    for one in move.source.answers:
        place = _place(move, one)
        if place is None:
            continue
        requirement, lot, party = place
        move.target.answers.append(
            Answer(
                authority_id=move.target.authority_id,
                requirement=requirement,
                requirement_id=requirement.id,
                lot=lot,
                lot_id=lot.id if lot else None,
                party=party,
                party_id=party.id if party else None,
                value=dict(one.value),
                is_equivalent=one.is_equivalent,
                argument=one.argument,
                version=1,
                saved_at=move.now,
                saved_by=move.actor,
                saved_by_id=move.actor.id,
            )
        )


def _newest(document: Document) -> Document | None:
    """The version of a document that is current now; None when it was taken out of the vault."""
    while document.superseded_by is not None:
        document = document.superseded_by
    return document if document.removed_at is None else None


def _evidence(move: _Move) -> None:
    for one in move.source.evidence:
        document = _newest(one.document)
        if document is None:
            move.leave(one.document.filename, N_("staat niet meer in uw kluis"))
            continue
        if one.is_integrity:
            place = None
            if not move.target.round.procedure.asks_integrity_check:
                continue
        else:
            place = _place(move, one)
            if place is None:
                continue
        requirement, lot, party = place or (None, None, None)
        move.target.evidence.append(
            Evidence(
                authority_id=move.target.authority_id,
                requirement=requirement,
                requirement_id=requirement.id if requirement else None,
                lot=lot,
                lot_id=lot.id if lot else None,
                party=party,
                party_id=party.id if party else None,
                document=document,
                document_id=document.id,
                attached_at=move.now,
                attached_by=move.actor,
                attached_by_id=move.actor.id,
            )
        )


def _offers(move: _Move) -> None:
    """Texts on award criteria that stand there unchanged, and the plans with them."""
    there = {(one.code, one.lot.code): one for one in offers.criteria_at(move.target)}
    before = {(one.code, one.lot.code): one for one in offers.criteria_at(move.source)}
    taken: set[tuple[str, str]] = set()
    for written in move.source.offer_texts:
        spot = written.criterion, written.lot.code
        place = _same(there.get(spot), before.get(spot))
        if place is None:
            move.leave(
                f"{written.criterion} (perceel {written.lot.code})", N_("wordt anders gevraagd of hoort er niet bij")
            )
            continue
        taken.add(spot)
        move.target.offer_texts.append(
            OfferText(
                authority_id=move.target.authority_id,
                criterion=place.code,
                lot=place.lot,
                lot_id=place.lot.id,
                text=written.text,
                version=1,
                saved_at=move.now,
                saved_by=move.actor,
                saved_by_id=move.actor.id,
            )
        )
    for used in move.source.offer_documents:
        spot, document = (used.criterion, used.lot.code), _newest(used.document)
        if document is None or spot not in taken:
            move.leave(used.document.filename, N_("hoort bij een onderdeel dat niet meekwam"))
            continue
        move.target.offer_documents.append(
            OfferDocument(
                authority_id=move.target.authority_id,
                criterion=there[spot].code,
                lot=there[spot].lot,
                lot_id=there[spot].lot.id,
                document=document,
                document_id=document.id,
                attached_at=move.now,
                attached_by=move.actor,
                attached_by_id=move.actor.id,
            )
        )


def _same(new: CriterionAt | None, old: CriterionAt | None) -> CriterionAt | None:
    """The criterion in the new round when it asks the same."""
    if new is None or old is None:
        return None
    asks = [(one.title, one.text, one.guidance, one.max_length) for one in (new, old)]
    return new if asks[0] == asks[1] else None


def _keep_asked(move: _Move) -> None:
    """Take away what came along and is asked nowhere in the new round: its product or municipality did not come."""
    spots = {place.spot for place in requirements.places(move.target)} | {(None, None, None)}
    everything: list[Answer | Evidence] = [*move.target.answers, *move.target.evidence]
    for one in everything:
        if one.spot in spots or one.requirement is None:
            continue
        move.leave(f"{one.requirement.code} {one.requirement.title}", NOT_CHOSEN)
        if isinstance(one, Answer):
            move.target.answers.remove(one)
        else:
            move.target.evidence.remove(one)


def _keys(target: Application) -> Iterator[str]:
    """The keys of the places at which something came along."""
    filled = {one.spot for one in target.answers} | {one.spot for one in target.evidence}
    yield from (place.key for place in requirements.places(target) if place.spot in filled)
    if (None, None, None) in filled:
        yield INTEGRITY
    yield from (f"offer:{one.key}" for one in offers.criteria_at(target) if offers.text_at(target, one))


def confirm(application: Application, actor: User, place: str, now: datetime) -> None:
    """Somebody looked at what came along at one place: it still holds. Twice is once."""
    require_applicant(actor, application, *APPLICANT_ROLES)
    applications.require_own(application, now)
    if place not in application.unchecked:
        return
    application.check_carried(place, actor, now)
    audit.record(application, "check_carried", actor, now, place=place)

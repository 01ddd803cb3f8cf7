"""Taking over what was filled in before: answers and documents of one application at the places of another.

Nothing that stands in the target is overwritten. Every place that gets something is marked to be checked, and what
does not come along is named with its reason (`domain.carrying` says when this may happen).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from portal.domain import audit, matching, offers, requirements
from portal.domain.offers import CriterionAt
from portal.domain.requirement_types import Place, Spot, integrity_key
from portal.models import (
    Answer,
    Application,
    Document,
    Evidence,
    OfferDocument,
    OfferText,
    OwnPart,
    Party,
    Selection,
    User,
)
from portal.terms import DOCUMENT_KINDS, N_

NOT_CHOSEN = N_("hoort niet bij wat u in deze ronde kiest")
FILLED = N_("heeft u hier zelf al ingevuld")
OTHER_PAPER = N_("is hier geen bewijsstuk")
NOT_IN_VAULT = N_("staat niet meer in uw kluis")
NOT_IN_THEIRS = N_("staat niet meer in haar kluis")
THEIR_OWN = N_("vult deze organisatie zelf in")
FORM_ANEW = N_("vult u voor elke procedure opnieuw in")


@dataclass
class Move:
    """From `source` to `target`, of the same organisation: what came along (`keys`) and what did not (name, why)."""

    source: Application
    target: Application
    actor: User
    now: datetime
    left: list[list[str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    parties: dict[str, Party] = field(default_factory=dict)
    joined: list[Party] = field(default_factory=list)
    givers: dict[Spot, Spot] = field(default_factory=dict)
    added: list[Answer | Evidence] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_same = self.source.round.procedure_id == self.target.round.procedure_id
        self.answered = {one.spot for one in self.target.answers}
        self.proven = {one.spot for one in self.target.evidence}

    def leave(self, what: str, why: str) -> None:
        if [what, why] not in self.left:
            self.left.append([what, why])

    def make(self) -> None:
        """Take over everything that fits. Choices and parties only of the same procedure, where none stand yet."""
        if self.is_same and not self.target.selections:
            self._selections()
        self._parties()
        # also what is only asked after a certain answer: that answer may come along as well
        self._places = {place.spot: place for place in requirements.places(self.target, every=True)}
        for answer in self.source.answers:
            self._answer(answer)
        for evidence in self.source.evidence:
            self._evidence(evidence)
        self._keep_asked()
        if self.is_same:
            self._offers()

    def _selections(self) -> None:
        lots = self.target.round.lots
        products = {product.code: product for lot in lots for product in lot.products}
        for one in self.source.selections:
            product, municipality = products.get(one.product.code), one.municipality
            offered = product is not None and any(
                cell.municipality_id == municipality.id and requirements.is_offered(self.target.round, product, cell)
                for cell in product.coverage
            )
            if product is None or not offered:
                self.leave(f"{one.product.name} in {municipality.name}", N_("is in deze ronde niet te kiezen"))
                continue
            self.target.selections.append(
                Selection(
                    authority_id=self.target.authority_id,
                    product=product,
                    product_id=product.id,
                    municipality=municipality,
                    municipality_id=municipality.id,
                )
            )
        if self.target.selections:
            self.target.mark_chosen(self.actor, self.now)

    def _parties(self) -> None:
        """Who takes part there: the same company where the target names it, else added where that is allowed."""
        known = {one.kvk_number: one for one in self.target.parties}
        roles = requirements.admitted_roles(self.target.round)
        for one in self.source.parties:
            if one.kvk_number in known:
                self.parties[one.id] = known[one.kvk_number]
            elif self.is_same and not known and one.role in roles:
                fields = {name: getattr(one, name) for name in ("role", "name", "kvk_number", "legal_form", "city")}
                party = Party(
                    authority_id=self.target.authority_id,
                    position=1 + len(self.target.every_party),
                    part=one.part,
                    **fields,
                )
                self.target.every_party.append(party)
                self.parties[one.id] = party
                if one.own_part is not None:
                    self._own_part(one.own_part, party)
            elif self.is_same:
                self.leave(one.name, N_("kan in deze rol niet meer meedoen"))

    def _own_part(self, former: OwnPart, party: Party) -> None:
        """A party that filled in its own part goes on with it here, and declares it ready anew."""
        part = OwnPart(
            authority_id=party.authority_id,
            organisation=former.organisation,
            organisation_id=former.organisation_id,
            state="filling",
            typed=dict(former.typed),
            sharing=dict(former.sharing),
            joined_at=self.now,
            joined_by=former.joined_by,
            joined_by_id=former.joined_by_id,
        )
        party.own_parts.append(part)
        self.joined.append(party)
        audit.tell_organisation(
            self.target,
            former.organisation.users,
            f"part_carried:{part.id}",
            "part_carried",
            self.now,
            lead=self.target.organisation.name,
            before=self.source.round.label,
            round=self.target.round.label,
            path=f"/aanmeldingen/delen/{part.id}",
        )

    def _is_theirs(self, one: Answer | Evidence, party: Party | None) -> bool:
        """It is of a party that filled in itself, or would go into the part of one: only that party takes it along."""
        was_own = one.party is not None and bool(one.party.own_parts)
        is_own = party is not None and party.own_part is not None
        return (was_own or is_own) and not (was_own and is_own and party in self.joined)

    def _by(self, party: Party | None, before: User) -> User:
        """Who stands with what came along: what a party filled in itself stays its own."""
        return before if party is not None and party.own_part is not None else self.actor

    def _spots(self, one: Answer | Evidence) -> list[Place]:
        """Where this belongs in the target; nowhere when it is not asked, asked otherwise, or not of what is chosen."""
        if one.requirement is None:
            return []
        name, asked = f"{one.requirement.code} {one.requirement.title}", self.target.round.requirements
        found = (matching.in_later_round if self.is_same else matching.elsewhere)(one.requirement, asked)
        if isinstance(found, str):
            self.leave(name, found)
            return []
        spots = [place for place in self._places.values() if place.requirement.id == found.id]
        spots = [place for place in spots if self._is_of(one, place)]
        if not spots:
            self.leave(name, NOT_CHOSEN)
        if any(self._is_theirs(one, place.party) for place in spots):
            self.leave(name, THEIR_OWN)
        return [place for place in spots if not self._is_theirs(one, place.party)]

    def _is_of(self, one: Answer | Evidence, place: Place) -> bool:
        """The same party; in the same procedure the same lot, elsewhere the first that fits serves every lot."""
        party = self.parties.get(one.party_id) if one.party_id else None
        if (one.party_id is not None and party is None) or (place.party is not party):
            return False
        if self.is_same:
            return (one.lot.code if one.lot else None) == (place.lot.code if place.lot else None)
        return self.givers.get(place.spot, one.spot) == one.spot

    def _answer(self, one: Answer) -> None:
        for place in self._spots(one):
            value = dict(one.value) if self.is_same else matching.fitting(one.value, place)
            name = f"{place.requirement.code} {place.requirement.title}"
            if place.spot in self.answered or value is None:
                self.leave(name, FILLED if value is not None else matching.OTHER_ANSWERS)
                continue
            is_equivalent = one.is_equivalent and place.requirement.equivalent_allowed
            by = self._by(place.party, one.saved_by)
            self._add(
                Answer(
                    authority_id=self.target.authority_id,
                    requirement=place.requirement,
                    requirement_id=place.requirement.id,
                    lot=place.lot,
                    lot_id=place.lot_id,
                    party=place.party,
                    party_id=place.party.id if place.party else None,
                    value=value,
                    is_equivalent=is_equivalent,
                    argument=one.argument if is_equivalent else "",
                    version=1,
                    saved_at=self.now,
                    saved_by=by,
                    saved_by_id=by.id,
                )
            )
            self.givers[place.spot] = one.spot
            self.keys.add(place.key)

    def _evidence(self, one: Evidence) -> None:
        document, name = newest(one.document), self._name(one)
        if document is None:
            is_own = one.document.organisation_id == self.source.organisation_id
            self.leave(name, NOT_IN_VAULT if is_own else NOT_IN_THEIRS)
            return
        if one.is_integrity:
            self._integrity(one, document, name)
            return
        for place in self._spots(one):
            equivalent = place.requirement.equivalent_allowed and one.document.kind == "other"
            if not self.is_same and document.kind not in place.requirement.evidence.get("kinds", []) and not equivalent:
                self.leave(name, OTHER_PAPER)
            elif place.spot in self.proven:
                self.leave(name, FILLED)
            else:
                self._attach(one, document, place, place.party)
                self.givers[place.spot] = one.spot
                self.keys.add(place.key)

    def _name(self, one: Evidence) -> str:
        """A file as the lead may read of it: of a party's own vault only the kind."""
        is_own = one.document.organisation_id == self.source.organisation_id
        return one.document.filename if is_own else DOCUMENT_KINDS[one.document.kind].label

    def _integrity(self, one: Evidence, document: Document, name: str) -> None:
        """The form of the integrity check is about one procedure of one authority, and about one organisation."""
        party = self.parties.get(one.party_id) if one.party_id else None
        if not self.is_same:
            self.leave(name, FORM_ANEW)
        elif (one.party_id is not None and party is None) or self._is_theirs(one, party):
            self.leave(name, THEIR_OWN if party else NOT_CHOSEN)
        elif (None, None, party.id if party else None) in self.proven:
            self.leave(name, FILLED)
        elif party in requirements.integrity_parties(self.target):
            self._attach(one, document, None, party)
            self.keys.add(integrity_key(party))

    def _attach(self, former: Evidence, document: Document, place: Place | None, party: Party | None) -> None:
        spot: Spot = place.spot if place else (None, None, party.id if party else None)
        if any(one.spot == spot and one.document_id == document.id for one in self.target.evidence):
            return  # two versions of it were used, and the newest stands there
        by = self._by(party, former.attached_by)
        self._add(
            Evidence(
                authority_id=self.target.authority_id,
                requirement=place.requirement if place else None,
                requirement_id=place.requirement.id if place else None,
                lot=place.lot if place else None,
                lot_id=place.lot_id if place else None,
                party=party,
                party_id=party.id if party else None,
                document=document,
                document_id=document.id,
                attached_at=self.now,
                attached_by=by,
                attached_by_id=by.id,
            )
        )

    def _add(self, one: Answer | Evidence) -> None:
        self.added.append(one)
        if isinstance(one, Answer):
            self.target.answers.append(one)
        else:
            self.target.evidence.append(one)

    def _keep_asked(self) -> None:
        """Take away what came along to a question that is not asked after all."""
        asked = {place.spot for place in requirements.places(self.target)}
        asked |= {(None, None, one.id if one else None) for one in requirements.integrity_parties(self.target)}
        for one in [one for one in self.added if one.spot not in asked]:
            place = self._places[one.spot]
            self.leave(f"{place.requirement.code} {place.requirement.title}", NOT_CHOSEN)
            self.keys.discard(place.key)
            if isinstance(one, Answer):
                self.target.answers.remove(one)
            else:
                self.target.evidence.remove(one)
            self.added.remove(one)

    def _offers(self) -> None:
        """Texts on award criteria that stand there unchanged, and the plans with them."""
        there = {(one.code, one.lot.code): one for one in offers.criteria_at(self.target)}
        before = {(one.code, one.lot.code): one for one in offers.criteria_at(self.source)}
        taken: set[tuple[str, str]] = set()
        for written in self.source.offer_texts:
            spot = written.criterion, written.lot.code
            place, name = same_criterion(there.get(spot), before.get(spot)), f"{spot[0]} (perceel {spot[1]})"
            if place is None:
                self.leave(name, N_("wordt anders gevraagd of hoort er niet bij"))
                continue
            if offers.text_at(self.target, place) is not None:
                self.leave(name, FILLED)
                continue
            taken.add(spot)
            self.keys.add(f"offer:{place.key}")
            self.target.offer_texts.append(
                OfferText(
                    authority_id=self.target.authority_id,
                    criterion=place.code,
                    lot=place.lot,
                    lot_id=place.lot.id,
                    text=written.text,
                    version=1,
                    saved_at=self.now,
                    saved_by=self.actor,
                    saved_by_id=self.actor.id,
                )
            )
        for used in self.source.offer_documents:
            spot, document = (used.criterion, used.lot.code), newest(used.document)
            if document is None or spot not in taken:
                self.leave(used.document.filename, N_("hoort bij een onderdeel dat niet meekwam"))
                continue
            self.target.offer_documents.append(
                OfferDocument(
                    authority_id=self.target.authority_id,
                    criterion=there[spot].code,
                    lot=there[spot].lot,
                    lot_id=there[spot].lot.id,
                    document=document,
                    document_id=document.id,
                    attached_at=self.now,
                    attached_by=self.actor,
                    attached_by_id=self.actor.id,
                )
            )


def newest(document: Document) -> Document | None:
    """The version of a document that is current now; None when it was taken out of the vault."""
    while document.superseded_by is not None:
        document = document.superseded_by
    return document if document.removed_at is None else None


def same_criterion(new: CriterionAt | None, old: CriterionAt | None) -> CriterionAt | None:
    """The criterion of the new round, when it asks the same as the old one."""
    if new is None or old is None:
        return None
    asks = [(one.title, one.text, one.guidance, one.max_length) for one in (new, old)]
    return new if asks[0] == asks[1] else None

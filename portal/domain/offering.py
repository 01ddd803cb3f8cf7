"""Writing an offer in a tender: a text on each award criterion, with plans from the vault."""

from __future__ import annotations

from datetime import datetime

from portal.domain import audit, documents, offers
from portal.domain.applications import require_editable
from portal.errors import Invalid, NotFound, Stale
from portal.models import Application, Document, OfferDocument, OfferText, User
from portal.terms import N_


def write(
    application: Application, actor: User, place: offers.CriterionAt, text: str, now: datetime, *, based_on: int
) -> OfferText:
    """Save the text as far as it goes, while the round is open.

    `based_on` is the version the form showed (0 for none). Raises `Stale` with the stored text when somebody else
    saved in between, and `Invalid` (field 'text') for a text that is too long; nothing is overwritten.
    """
    require_editable(application, actor, now)
    text = text.replace("\r\n", "\n").strip()
    if len(text) > place.max_length:
        raise Invalid({"text": N_("Uw tekst is langer dan hier mag. Kort de tekst in en bewaar opnieuw.")})
    current = offers.text_at(application, place)
    if current is not None and current.version != based_on:
        if current.text == text:
            return current
        raise Stale(
            N_("%(name)s heeft deze tekst net ook gewijzigd. Vergelijk de teksten en bewaar opnieuw."),
            theirs=current,
            name=current.saved_by.name,
        )
    if current is None:
        current = OfferText(
            authority_id=application.authority_id,
            criterion=place.code,
            lot=place.lot,
            lot_id=place.lot.id,
            version=0,
        )
        application.offer_texts.append(current)
    current.text = text
    current.version += 1
    current.saved_at, current.saved_by, current.saved_by_id = now, actor, actor.id
    application.saved_at = now
    application.check_carried(f"offer:{place.key}", actor, now)
    audit.record_draft(application, "write_offer", actor, now, place=place.key, version=current.version)
    return current


def attach(
    application: Application, actor: User, place: offers.CriterionAt, document: Document, now: datetime
) -> OfferDocument:
    """Let a plan of the own vault go with the text. Twice is once."""
    require_editable(application, actor, now)
    if document.organisation_id != application.organisation_id or document.is_gone:
        raise NotFound(N_("Dit bestaat niet."))
    if document.kind != offers.KIND:
        raise Invalid({"document": N_("Bij uw aanbod past alleen een plan van aanpak.")})
    documents.require_usable(document)
    present = next((one for one in offers.documents_at(application, place) if one.document_id == document.id), None)
    if present is not None:
        return present
    added = OfferDocument(
        authority_id=application.authority_id,
        criterion=place.code,
        lot=place.lot,
        lot_id=place.lot.id,
        document=document,
        document_id=document.id,
        attached_at=now,
        attached_by=actor,
        attached_by_id=actor.id,
    )
    application.offer_documents.append(added)
    application.saved_at = now
    audit.record_draft(application, "attach_offer", actor, now, place=place.key, document=document.id)
    return added


def detach(application: Application, actor: User, used: OfferDocument, now: datetime) -> None:
    """The document no longer goes with the text. It stays in the vault."""
    require_editable(application, actor, now)
    application.offer_documents.remove(used)
    application.saved_at = now
    audit.record_draft(application, "detach_offer", actor, now, document=used.document_id)

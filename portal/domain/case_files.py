"""Case files: asked, made by the worker, downloaded on record, removed later; and what is unreadable in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.domain import audit
from portal.domain.case_file_words import ALWAYS_REDACTED, GROUNDS, OWN, PURPOSES
from portal.domain.manifests import canonical
from portal.domain.permissions import require_official
from portal.errors import Invalid, Refused
from portal.models import CaseFile, Document, Redaction, Review, User, attach
from portal.services import Box, StoredFile
from portal.terms import N_

KEPT = timedelta(days=30)
WHOLE: Box = (0, 0, 10_000, 10_000)
CHUNK = 20
"""Pages of evidence that are drawn in one go; between two of these the worker may be stopped."""


def problems(review: Review, purpose: str, *, has_annex: bool) -> dict[str, str]:
    """Why this cannot be asked: by field of the form."""
    if purpose not in PURPOSES:
        return {"purpose": N_("Kies waarvoor u het procesdossier maakt.")}
    if has_annex and purpose != OWN:
        return {"annex": N_("De bijlage met signalen is intern. Kies ‘eigen gebruik’, of haal het vinkje weg.")}
    decided = review.application.decisions
    if purpose != OWN and (not decided or any(one.told_at is None for one in decided)):
        text = N_("Het besluit is nog niet bekendgemaakt. Tot dan kan het procesdossier alleen voor eigen gebruik.")
        return {"purpose": text}
    return {}


def is_redacted(purpose: str, *, wanted: bool) -> bool:
    """Whether marked parts become unreadable; for some purposes always."""
    return wanted or purpose in ALWAYS_REDACTED


def ask(
    review: Review,
    actor: User,
    attempt: str,
    purpose: str,
    facts: Mapping[str, Any],
    now: datetime,
    *,
    redacted: bool,
    has_annex: bool,
) -> CaseFile:
    """Ask for a case file with these frozen facts. Raises `Invalid`."""
    require_official(actor, review, "inkoper")
    found = problems(review, purpose, has_annex=has_annex)
    if found:
        raise Invalid(found)
    made = CaseFile(
        authority_id=review.authority_id,
        attempt=attempt,
        review=review,
        review_id=review.id,
        purpose=purpose,
        is_redacted=is_redacted(purpose, wanted=redacted),
        has_annex=has_annex,
        facts=canonical(facts),
        asked_at=now,
        asked_by=actor,
        asked_by_id=actor.id,
        units=sum(units(part) for part in facts["parts"]) + 1,
        expires_at=now + KEPT,
    )
    audit.record(review, "ask_case_file", actor, now, case_file=made.id, purpose=purpose, redacted=made.is_redacted)
    return made


def units(part: Mapping[str, Any]) -> int:
    """How many pieces a part is drawn in: a document one per so many pages; a text is made while binding."""
    return -(-int(part["pages"]) // CHUNK) if part["kind"] == "document" else 0


def progress(case_file: CaseFile, done: int) -> None:
    """So many units are in the store now."""
    case_file.units_done = max(case_file.units_done, done)


def finish(case_file: CaseFile, pdf: StoredFile, archive: StoredFile, pages: int, now: datetime) -> bool:
    """Both files are there. Whether this call did it."""
    if case_file.made_at is not None or case_file.removed_at is not None:
        return False
    case_file.pdf_key, case_file.pdf_sha256, case_file.pdf_size = pdf.key, pdf.sha256, pdf.size
    case_file.zip_key, case_file.zip_sha256, case_file.zip_size = archive.key, archive.sha256, archive.size
    case_file.pages, case_file.made_at, case_file.units_done = pages, now, case_file.units
    audit.record(case_file.review, "make_case_file", None, now, case_file=case_file.id, sha256=pdf.sha256, pages=pages)
    return True


def is_there(case_file: CaseFile, now: datetime) -> bool:
    """It was made and may still be downloaded."""
    return case_file.made_at is not None and case_file.removed_at is None and now < case_file.expires_at


def download(case_file: CaseFile, actor: User, form: str, now: datetime) -> tuple[str, int]:
    """Somebody downloads it as 'pdf' or 'zip': recorded before a byte is given. Gives the storage key and the size."""
    require_official(actor, case_file, "inkoper", "inspector")
    if not is_there(case_file, now):
        raise Refused(N_("Dit procesdossier is er niet (meer). Maak het opnieuw."))
    audit.record(case_file.review, "download_case_file", actor, now, case_file=case_file.id, form=form)
    key = case_file.pdf_key if form == "pdf" else case_file.zip_key
    size = case_file.pdf_size if form == "pdf" else case_file.zip_size
    return str(key), int(size or 0)


def remove(case_file: CaseFile, now: datetime) -> bool:
    """Its time is over and its files are gone."""
    if case_file.removed_at is not None or now < case_file.expires_at:
        return False
    case_file.removed_at, case_file.pdf_key, case_file.zip_key = now, None, None
    audit.record(case_file.review, "remove_case_file", None, now, case_file=case_file.id)
    return True


# What is unreadable


def redact(
    review: Review, document: Document, actor: User, page: int, boxes: Iterable[Box], ground: str, now: datetime
) -> list[Redaction]:
    """Mark parts of one page of a document as unreadable. Raises `Invalid` for an unknown ground, no part
    at all, or a part outside the page.
    """
    require_official(actor, review, "inkoper")
    wanted = list(boxes)
    _require_ground(ground)
    if not 1 <= page <= document.pages:
        raise Invalid({"page": N_("Deze bladzijde bestaat niet.")})
    if not wanted:
        raise Invalid({"what": N_("Kies regels, vul een vlak in, of kies de hele bladzijde.")})
    if any(not _is_on_page(box) for box in wanted):
        raise Invalid({"left": N_("Vul vier getallen in: een vlak dat binnen de bladzijde ligt en niet leeg is.")})
    made = [
        Redaction(
            authority_id=review.authority_id, review_id=review.id, document_id=document.id, page=page, left=box[0],
            top=box[1], width=box[2], height=box[3], ground=ground, marked_at=now, marked_by=actor,
            marked_by_id=actor.id,
        )
        for box in wanted
    ]  # fmt: skip
    for one in made:
        attach(review, one)
    audit.record(review, "redact", actor, now, document=document.id, page=page, parts=len(made), ground=ground)
    return made


def redact_text(review: Review, actor: User, section: str, ground: str, now: datetime) -> Redaction:
    """Mark one text of the dossier itself as unreadable."""
    require_official(actor, review, "inkoper")
    _require_ground(ground)
    made = Redaction(
        authority_id=review.authority_id, review_id=review.id, section=section, ground=ground, marked_at=now,
        marked_by=actor, marked_by_id=actor.id,
    )  # fmt: skip
    attach(review, made)
    audit.record(review, "redact", actor, now, section=section, ground=ground)
    return made


def lift(redaction: Redaction, actor: User, now: datetime) -> None:
    """A part may be read again in what is made from here on."""
    require_official(actor, redaction, "inkoper")
    if redaction.lifted_at is None:
        redaction.lifted_at, redaction.lifted_by_id = now, actor.id
        audit.record(redaction.review, "lift_redaction", actor, now, redaction=redaction.id)


def _require_ground(ground: str) -> None:
    if ground not in GROUNDS:
        raise Invalid({"ground": N_("Kies de grond waarop u dit onleesbaar maakt.")})


def _is_on_page(box: Box) -> bool:
    left, top, width, height = box
    return left >= 0 and top >= 0 and width > 0 and height > 0 and left + width <= 10_000 and top + height <= 10_000

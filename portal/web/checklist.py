"""The checklist of one review as its page shows it: per place the answer, files, advice, remedy and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from portal.domain import decisions, manifests, requirements, reviews, validity
from portal.domain.reviews import Item
from portal.errors import NotFound
from portal.models import Document, Finding, Product, RemedyItem, RemedyRequest, Review
from portal.terms import DOCUMENT_KINDS, N_, OUTCOMES, REASON_LENGTH
from portal.web import languages, places, reading_advice
from portal.web.languages import sentence


@dataclass(frozen=True)
class Evidence:
    """One file as it was handed over: its dates are those of that moment, whatever changed in the vault later."""

    id: str
    filename: str
    size: int
    pages: int
    sha256: str
    issued_on: date | None
    expires_on: date | None
    uploaded_at: datetime | None
    kind: str = ""
    advice: tuple[str, ...] = ()
    passport: tuple[tuple[str, str], ...] = ()
    """What stood on it when it was handed over, by label."""
    reading: reading_advice.Advice | None = None
    """What the portal read in this very file: advice."""


@dataclass(frozen=True)
class Remedy:
    """What was asked and answered at one place, with the files that came with it."""

    request: RemedyRequest
    item: RemedyItem
    files: tuple[Evidence, ...]


@dataclass(frozen=True)
class Line:
    """One place of the checklist."""

    item: Item
    products: tuple[Product, ...]
    notes: tuple[str, ...]
    files: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...]
    earlier: tuple[Finding, ...]

    @property
    def key(self) -> str:
        return self.item.key

    @property
    def title(self) -> str:
        """The title of the requirement, with the party or the lot it is about."""
        about = places.where(self.item)
        return f"{self.item.requirement.title} ({about})" if about else self.item.requirement.title

    @property
    def product_names(self) -> dict[str, str]:
        return {one.code: one.name for one in self.products}

    @property
    def all_files(self) -> tuple[Evidence, ...]:
        """Remedy first: what came last is looked at first."""
        return tuple(one for remedy in self.remedies for one in remedy.files) + self.files


@dataclass(frozen=True)
class Draft:
    """What the form of one place holds: what was stored, or what somebody just typed."""

    verdict: str = ""
    reason: str = ""
    product_codes: tuple[str, ...] = ()
    based_on: int = 0
    problems: Mapping[str, str] = field(default_factory=dict)
    theirs: Finding | None = None
    superseded: str = ""
    """Why it was not kept: other documents lie here now."""
    defect: str = ""


def _advice(dates: Document, item: Item, review: Review, at: datetime) -> tuple[str, ...]:
    found = validity.doubts(dates, item, review.application, at)
    return tuple(sentence(message, facts) for message, facts, _ in found)


def _passport(document: Document) -> tuple[tuple[str, str], ...]:
    holder = " ".join(one for one in (document.holder_name, document.holder_kvk_number) if one)
    about = DOCUMENT_KINDS[document.kind].about if document.kind in DOCUMENT_KINDS else ""
    shown = [
        (N_("Afgegeven door"), document.issuer),
        (N_("Nummer"), document.number),
        (N_("Op naam van"), holder),
        (N_("Geldig vanaf"), languages.day(document.starts_on) if document.starts_on else ""),
        (about, languages.day(document.about_on) if document.about_on else ""),
        (N_("Toepassingsgebied"), document.scope),
    ]
    return tuple((gettext(label), text) for label, text in shown if label and text)


def _holders(item: Item, review: Review) -> set[str]:
    """KvK numbers in whose name proof may stand: of the party that answers, else of the applicant and every party."""
    if item.party is not None:
        return {item.party.kvk_number}
    content = reviews.submitted(review.submission)
    return {content["organisation"]["kvk_number"], *(one["kvk_number"] for one in content.get("parties", []))}


def _frozen(file: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What was found at submitting; None in a manifest of before that was kept."""
    if "validity" not in file:
        return None
    return tuple(one["text"] for one in file["validity"]["doubts"])


def _submitted(one: dict[str, Any], item: Item, review: Review, documents: Mapping[str, Document]) -> Evidence:
    stored = documents.get(one["document_id"])
    frozen, said = manifests.document_of(one), _frozen(one)
    return Evidence(
        id=one["document_id"],
        filename=one["filename"],
        size=one["size"],
        pages=stored.pages if stored else 0,
        sha256=one["sha256"],
        issued_on=frozen.issued_on,
        expires_on=frozen.expires_on,
        uploaded_at=stored.uploaded_at if stored else None,
        kind=one["kind"],
        advice=_advice(frozen, item, review, review.submission.submitted_at) if said is None else said,
        passport=_passport(frozen),
        reading=reading_advice.advice(stored, one["sha256"], frozen, _holders(item, review)),
    )


def _sent(document: Document, item: Item, review: Review, at: datetime) -> Evidence:
    return Evidence(
        id=document.id,
        filename=document.filename,
        size=document.size,
        pages=document.pages,
        sha256=document.sha256,
        issued_on=document.issued_on,
        expires_on=document.expires_on,
        uploaded_at=document.uploaded_at,
        kind=document.kind,
        advice=_advice(document, item, review, at),
        passport=_passport(document),
        reading=reading_advice.advice(document, document.sha256, document, _holders(item, review)),
    )


def _remedies(review: Review, item: Item) -> tuple[Remedy, ...]:
    # Until the applicant sends it, a remedy is the applicant's draft: only the question is shown.
    return tuple(
        Remedy(
            request,
            one,
            tuple(_sent(sent.document, item, review, request.answered_at) for sent in one.documents)
            if request.answered_at
            else (),
        )
        for request in review.remedies
        for one in request.items
        if one.spot == item.spot
    )


def _submitted_place(item: reviews.Item) -> tuple[str, str | None, int | None]:
    """How a manifest names a place."""
    return item.requirement.code, item.lot.code if item.lot else None, item.party.position if item.party else None


def _products(item: Item, cells: list[tuple[Product, str]]) -> tuple[Product, ...]:
    """The chosen products that a verdict at this place is about, in published order."""
    found = {
        product.id: product
        for product, municipality in cells
        if item.lot_id in (None, product.lot_id) and requirements.concerns(item.requirement, product, municipality)
    }
    return tuple(found.values())


def lines(
    review: Review, documents: Mapping[str, Document], given: Mapping[reviews.Spot, Any] | None = None
) -> list[Line]:
    """Every place, in published order; with `given` the own verdicts of who screens beside, in place of findings."""
    manifest = reviews.submitted(review.submission)
    files: dict[tuple[str, str | None, int | None], list[dict[str, Any]]] = {}
    for one in manifest["files"]:
        files.setdefault((one["requirement"], one["lot"], one.get("party")), []).append(one)
    by_id = {one.id: one for lot in review.application.round.lots for one in lot.products}
    cells = [(by_id[one["product_id"]], one["municipality"]) for one in manifest["selections"]]
    cells.sort(key=lambda cell: (cell[0].lot.position, cell[0].position))
    return [
        Line(
            item=item,
            products=_products(item, cells),
            notes=tuple(places.notes(item.requirement, review.application.round)),
            files=tuple(_submitted(one, item, review, documents) for one in files.get(_submitted_place(item), [])),
            remedies=_remedies(review, item),
            earlier=tuple(one for one in review.findings if one.spot == item.spot and one is not item.finding)
            if given is None
            else (),
        )
        for item in reviews.items(review, given)
    ]


def has_forgotten(checklist: list[Line]) -> bool:
    """Whether a file is of a kind that is looked at once and then forgotten."""
    return any(DOCUMENT_KINDS[one.kind].is_forgotten for line in checklist for one in line.all_files)


def stored_draft(line: Line) -> Draft:
    """The form as the last finding left it. A request for remedy that was answered asks for a new verdict."""
    finding = line.item.finding
    if finding is None:
        return Draft()
    if finding.verdict == "remedy" and any(not one.request.is_pending for one in line.remedies):
        return Draft(based_on=finding.sequence)
    codes = tuple(finding.product_codes)
    defect = finding.defect if isinstance(finding, Finding) else ""  # an own verdict beside the findings names none
    return Draft(finding.verdict, finding.reason, codes, finding.sequence, defect=defect)


def typed_draft(
    form: Mapping[str, str],
    product_codes: tuple[str, ...],
    *,
    problems: Mapping[str, str] | None = None,
    theirs: Finding | None = None,
    superseded: str = "",
) -> Draft:
    """The form as it was sent. After somebody else's save it builds on theirs, so that one can save again."""
    based_on = form.get("based_on", "")
    return Draft(
        form.get("verdict", ""),
        form.get("reason", "").replace("\r\n", "\n"),  # without a script a browser sends both
        product_codes,
        theirs.sequence if theirs else int(based_on) if based_on.isdigit() else 0,
        problems or {},
        theirs,
        superseded,
        form.get("defect", ""),
    )


def opened(checklist: list[Line], key: str) -> Line | None:
    """The place that is open: the one asked for, else the first without a verdict, else the first."""
    named = next((one for one in checklist if one.key == key), None)
    undone = next((one for one in checklist if one.item.finding is None), None)
    return named or undone or (checklist[0] if checklist else None)


def named(checklist: list[Line], key: str) -> Line:
    """The place with this key. Raises `NotFound` when this review has no such place."""
    found = next((one for one in checklist if one.key == key), None)
    if found is None:
        raise NotFound(N_("Dit bestaat niet."))
    return found


def after(checklist: list[Line], key: str) -> str:
    """Where to go on after a verdict at `key`: the next place without one, else back to the first without one."""
    keys = [one.key for one in checklist]
    at = keys.index(key)
    undone = [one.key for one in checklist[at + 1 :] + checklist[:at] if one.item.finding is None]
    return undone[0] if undone else key


@dataclass(frozen=True)
class Viewed:
    """The document beside the checklist, and which of its pages."""

    document: Document
    number: int


def viewed(line: Line | None, documents: Mapping[str, Document], wanted: str, number: str) -> Viewed | None:
    """The document asked for, else the first one of the open place. Raises `NotFound` for one that is not here."""
    if wanted and wanted not in documents:
        raise NotFound(N_("Dit bestaat niet."))
    first = next((one.id for one in line.all_files if one.id in documents), "") if line else ""
    document = documents.get(wanted or first)
    if document is None:
        return None
    page = int(number) if number.isdigit() and len(number) < 5 else 1
    return Viewed(document, min(max(page, 1), document.pages))


@dataclass
class ProductOutcome:
    """What follows for one product: the municipalities by outcome, and the reasons against."""

    product: Product
    places: dict[str, list[str]] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


def outcome_columns(shown: list[ProductOutcome]) -> list[str]:
    """The outcomes with a column in the table: those that occur, and always the two of an admission."""
    seen = {outcome for one in shown for outcome in one.places}
    pair = {"admitted", "refused"} if seen <= {"admitted", "refused"} else {"refused"}
    return [one for one in OUTCOMES if one in seen | pair]


def outcomes(review: Review) -> list[ProductOutcome]:
    """The decisions as taken, else as they follow from the findings; per product, in published order."""
    municipalities = {one.id: one.name for one in review.authority.municipalities}
    by_product: dict[str, ProductOutcome] = {}
    for one in review.application.decisions or decisions.outcomes(review):
        product = by_product.setdefault(one.product.id, ProductOutcome(one.product))
        product.places.setdefault(one.outcome, []).append(municipalities[one.municipality_id])
        product.reasons += [text for text in one.reason.splitlines() if text not in product.reasons]
    return sorted(by_product.values(), key=lambda one: (one.product.lot.position, one.product.position))


def declaration_problems(form: Mapping[str, str], chosen: list[str]) -> dict[str, str]:
    """What is missing in a declaration of interests: a choice, or the reason of a choice, or the choice itself."""
    unchosen = [
        name
        for name, text in form.items()
        if name.startswith("reason-") and text.strip() and name.removeprefix("reason-") not in chosen
    ]
    if unchosen:
        text = gettext("U schreef hier een belang op. Zet ook het vinkje, of maak dit veld leeg.")
        return dict.fromkeys(unchosen, text)
    if not chosen and form.get("none") != "yes":
        return {"none": gettext("Kies de aanbieders met wie u een belang heeft, of verklaar dat u geen belang heeft.")}
    if chosen and form.get("none") == "yes":
        return {"none": gettext("U koos ook aanbieders. Haal dit vinkje weg, of de vinkjes bij de aanbieders.")}
    return {
        f"reason-{one}": gettext("Leg in minstens 10 tekens uit welk belang u heeft.")
        for one in chosen
        if len(form.get(f"reason-{one}", "").strip()) < REASON_LENGTH
    }

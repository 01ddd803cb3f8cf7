"""What is in a case file, in order, as frozen facts: texts in blocks, evidence by document, and references.

Left out, always: everything of the integrity check. Only inside: signals, interests, and who made which case file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.deciding_words import OBJECTION_OUTCOMES, OBJECTION_STATES
from portal.domain import case_file_course, case_file_visits, reviews, wording
from portal.domain.case_file_blocks import Block, at, heading, hidden, quote, rows, table, text
from portal.domain.case_file_blocks import said as answer_rows
from portal.domain.case_file_words import ACTS, GROUNDS, INSIDE, NEVER, OPEN_OBJECTION, OWN
from portal.domain.reviews import Item
from portal.domain.signal_rules import RULES
from portal.models import (
    AuditEvent,
    Clarification,
    Conversation,
    Decision,
    DecisionLetter,
    Document,
    Redaction,
    Review,
    Signal,
    User,
)
from portal.terms import DOCUMENT_KINDS, OUTCOMES, PARTY_ROLES, VERDICTS


@dataclass(frozen=True)
class Material:
    """Everything a case file is made of."""

    review: Review
    documents: Mapping[str, Document]
    clarifications: Sequence[Clarification]
    conversations: Sequence[Conversation]
    decisions: Sequence[Decision]
    letters: Sequence[DecisionLetter]
    events: Sequence[AuditEvent]
    signals: Sequence[Signal]
    redactions: Sequence[Redaction]


@dataclass
class _Writing:
    material: Material
    purpose: str
    is_redacted: bool
    has_annex: bool
    seen: dict[str, int] = field(default_factory=dict)
    parts: list[Block] = field(default_factory=list)

    @property
    def review(self) -> Review:
        return self.material.review

    def who(self, person: User | None) -> str:
        """A name; in what is redacted only for which side somebody acted."""
        if person is None:
            return "het portaal"
        if not self.is_redacted:
            return person.name
        application = self.review.application
        is_official = person.authority_id is not None
        return f"een medewerker van {application.authority.name if is_official else application.organisation.name}"

    def shut(self, section: str, blocks: list[Block]) -> list[Block]:
        """These blocks, or that they were made unreadable and why."""
        mark = next((one for one in self.material.redactions if one.section == section), None)
        if mark is None or not self.is_redacted:
            return blocks
        return [hidden(mark.ground)]

    def add(self, title: str, blocks: Iterable[Block], level: int = 1) -> None:
        self.parts.append({"kind": "text", "title": title, "level": level, "blocks": list(blocks)})

    def add_document(self, document_id: str, filename: str, sha256: str, kind: str, why: str) -> None:
        """One file, once; the next place refers to where it stands."""
        title = f"{DOCUMENT_KINDS[kind].label if kind in DOCUMENT_KINDS else kind}: {filename} ({why})"
        if document_id in self.seen:
            self.parts.append({"kind": "again", "title": title, "level": 2, "of": self.seen[document_id]})
            return
        document = self.material.documents.get(document_id)
        self.seen[document_id] = len(self.parts)
        marks = [one for one in self.material.redactions if one.document_id == document_id and self.is_redacted]
        self.parts.append(
            {
                "kind": "document",
                "title": title,
                "level": 2,
                "filename": filename,
                "sha256": sha256,
                "document_id": document_id,
                "key": document.storage_key if document is not None else "",
                "content_type": document.content_type if document is not None else "",
                "pages": document.pages if document is not None else 1,
                "marks": [
                    {"page": one.page, "box": [one.left, one.top, one.width, one.height],
                     "ground": GROUNDS[one.ground].label}
                    for one in marks
                ],
            }
        )  # fmt: skip


def facts(material: Material, purpose: str, now: datetime, *, redacted: bool, has_annex: bool) -> dict[str, Any]:
    """The whole of a case file, as it is frozen when somebody asks for it."""
    writing = _Writing(material, purpose, redacted, has_annex)
    application = material.review.application
    _application(writing)
    case_file_course.write(writing)
    _questions(writing)
    _messages(writing)
    for item in reviews.items(material.review):
        _place(writing, item)
    case_file_visits.write(writing)
    _decisions(writing)
    _objections(writing)
    _log(writing)
    if has_annex:
        _annex(writing)
    return {
        "title": f"Procesdossier {application.number}",
        "application": application.number,
        "organisation": application.organisation.name,
        "authority": {"name": application.authority.name},
        "purpose": purpose,
        "is_redacted": redacted,
        "has_annex": has_annex,
        "asked_at": now.isoformat(),
        "parts": writing.parts,
    }


# Sections


def _application(writing: _Writing) -> None:
    review, content = writing.review, reviews.submitted(writing.review.submission)
    application, submission = review.application, review.submission
    organisation = content.get("organisation", {})
    lots = {lot.code: lot.name for lot in application.round.lots}
    products = {product.code: product.name for lot in application.round.lots for product in lot.products}
    towns = {one.code: one.name for one in application.authority.municipalities}
    blocks = [
        rows(
            [
                ("Aanmelding", application.number),
                ("Aanbieder", organisation.get("name", application.organisation.name)),
                ("Inschrijving", organisation.get("kvk_number", application.organisation.kvk_number)),
                ("Procedure", application.round.procedure.title),
                ("Ronde", application.round.label),
                ("Ontvangen op", at(submission.submitted_at)),
                ("Ontvangstbewijs", submission.receipt_number),
                ("Ingediend door", writing.who(submission.submitted_by)),
                ("Controlegetal (SHA-256)", submission.digest),
            ]
        ),
        heading("Waarvoor is aangemeld"),
        table(
            ("Perceel", "Product", "Gemeente"),
            (
                (f"{one['lot']} {lots.get(one['lot'], '')}", products.get(one["product"], one["product"]),
                 towns.get(one["municipality"], one["municipality"]))
                for one in content["selections"]
            ),
        ),
    ]  # fmt: skip
    if content.get("parties"):
        blocks += [
            heading("Wie er meedoen"),
            table(
                ("Organisatie", "Inschrijving", "Rol", "Wat zij doet"),
                ((one["name"], one["kvk_number"], PARTY_ROLES[one["role"]].label, one["part"])
                 for one in content["parties"]),
            ),
        ]  # fmt: skip
    listed = [one for one in content["files"] if one["requirement"]]
    blocks += [
        heading("Ingediende stukken"),
        text("De integriteitstoets (Wet Bibob) staat niet in dit dossier. Van elk stuk staat hier het controlegetal."),
        table(("Eis", "Bestand", "SHA-256"), ((one["requirement"], one["filename"], one["sha256"]) for one in listed)),
    ]
    writing.add("Aanmelding en ontvangstbewijs", blocks)


def _questions(writing: _Writing) -> None:
    codes = {item.requirement.code for item in reviews.items(writing.review)}
    concerned = [one for one in writing.material.clarifications if one.requirement_code in {"", *codes}]
    if not concerned:
        return
    blocks = [text("Uit de nota’s van inlichtingen van deze ronde. Wie een vraag stelde, staat er niet bij.")]
    for one in concerned:
        notice = one.notice
        where = f"nota {notice.number}, {at(notice.published_at)}" if notice is not None else ""
        about = f", eis {one.requirement_code}" if one.requirement_code else ""
        blocks += [heading(f"Vraag {one.number} ({where}{about})"), quote(one.question), text(one.answer)]
    writing.add("Vragen en antwoorden over de procedure", blocks)


def _messages(writing: _Writing) -> None:
    blocks: list[Block] = []
    for conversation in writing.material.conversations:
        blocks.append(heading(conversation.title))
        for post in conversation.posts:
            said = [text(f"{at(post.posted_at)}, {writing.who(post.posted_by)}:"), quote(post.text)]
            blocks += writing.shut(f"post:{post.id}", said)
    if blocks:
        writing.add("Berichten over deze aanmelding", blocks)


def _place(writing: _Writing, item: Item) -> None:
    review, requirement = writing.review, item.requirement
    about = item.party.name if item.party else f"perceel {item.lot.code}" if item.lot else ""
    title = f"{item.key} {requirement.title}{f' ({about})' if about else ''}"
    blocks = [
        heading("Gepubliceerde eis"),
        quote(requirement.text),
        text(
            f"Eis {requirement.code}, versie {item.answer.get('requirement_version', requirement.version)}."
            f"{f' Bron: {requirement.source}.' if requirement.source else ''}"
        ),
        heading("Antwoord zoals ingediend"),
        *writing.shut(f"answer:{item.key}", list(_answer(item))),
    ]
    found = [one for one in review.findings if one.spot == item.spot]
    if found:
        blocks.append(heading("Oordelen"))
    told = [
        [text(f"{at(one.found_at)}, {writing.who(one.found_by)}: {VERDICTS[one.verdict].label}"
              f"{f' (alleen {chr(44).join(one.product_codes)})' if one.product_codes else ''}"),
         *([quote(one.reason)] if one.reason else [])]
        for one in found
    ]  # fmt: skip
    blocks += writing.shut(f"finding:{item.key}", [block for one in told for block in one]) if told else []
    asked = [(remedy, one) for remedy in review.remedies for one in remedy.items if one.spot == item.spot]
    for remedy, one in asked:
        blocks += [heading(f"Herstel, gevraagd op {at(remedy.requested_at)}"), quote(one.question)]
        if remedy.answered_at is not None:
            said = [text(f"Antwoord van {at(remedy.answered_at)}:"), quote(one.explanation or "Geen toelichting.")]
            blocks += writing.shut(f"remedy:{one.id}", said)
        elif remedy.expired_at is not None:
            blocks.append(text(f"De termijn verliep op {at(remedy.expired_at)} zonder antwoord."))
    writing.add(title, blocks)
    lot, party = item.lot.code if item.lot else None, item.party.position if item.party else None
    for file in reviews.submitted(review.submission)["files"]:
        if (file["requirement"], file["lot"], file.get("party")) == (requirement.code, lot, party):
            writing.add_document(file["document_id"], file["filename"], file["sha256"], file["kind"], "bij indiening")
    for remedy, one in asked:
        for sent in one.documents if remedy.answered_at is not None else ():
            document = sent.document
            if not document.is_sealed:
                writing.add_document(document.id, document.filename, document.sha256, document.kind, "bij herstel")


def _answer(item: Item) -> Iterator[Block]:
    said = [(label, value) for label, value in answer_rows(item.answer.get("value") or {}, item.requirement) if value]
    yield rows(said) if said else text("Geen antwoord bij de stukken.")
    if item.answer.get("is_equivalent"):
        yield text("Gelijkwaardig, want:")
        yield quote(item.answer.get("argument", ""))


def _decisions(writing: _Writing) -> None:
    """Every decision that there was, those that an objection revised as well."""
    decided = writing.material.decisions
    if decided:
        towns = {one.id: one.name for one in writing.review.authority.municipalities}
        lines = [
            (f"{one.product.lot.code} {one.product.name}", towns.get(one.municipality_id, ""),
             OUTCOMES[one.outcome].label, at(one.confirmed_at), at(one.told_at), at(one.superseded_at))
            for one in sorted(decided, key=lambda one: (one.product.lot.position, one.product.position, one.sequence))
        ]  # fmt: skip
        head = ("Product", "Gemeente", "Besluit", "Vastgesteld", "Bekendgemaakt", "Vervangen")
        reasons = dict.fromkeys(line for one in decided for line in one.reason.splitlines() if line)
        blocks = [table(head, lines), *([heading("Redenen")] if reasons else []), *(text(one) for one in reasons)]
        writing.add("Besluiten", writing.shut("decisions", blocks))
    for letter in writing.material.letters:
        title = f"Brief {letter.number}"
        if shut := writing.shut(f"letter:{letter.id}", []):
            writing.add(title, shut)
        elif letter.pdf_key is not None:
            name = f"besluit-{letter.number}.pdf"
            writing.parts.append({"kind": "own", "title": title, "level": 1, "key": letter.pdf_key, "filename": name})


def _objections(writing: _Writing) -> None:
    for one in writing.review.application.objections:
        is_shown = case_file_course.tells_outcome(writing.purpose, one)
        stand = OBJECTION_STATES[one.state].label if is_shown else "In behandeling"
        blocks = [
            rows([("Ontvangen", wording.day(one.received_on)), ("Stand", stand)]),
            quote(one.grounds),
        ]
        for point in one.points:
            blocks += [text(f"Bij eis {point.finding.requirement.code}:"), quote(point.argument)]
        if one.minutes:
            blocks += [heading("Hoorzitting"), text(one.minutes)]
        if one.advised_at is not None and is_shown:
            advised = OBJECTION_OUTCOMES[one.advised_outcome].label
            blocks += [heading("Advies"), text(f"{advised}. {writing.who(one.advised_by)}, {at(one.advised_at)}.")]
            blocks.append(text(one.advice))
        if one.confirmed_at is not None:
            outcome = OBJECTION_OUTCOMES[one.outcome].label
            blocks += [heading("Besluit op bezwaar"), text(f"{outcome}. {at(one.confirmed_at)}."), text(one.reason)]
        writing.add(f"Bezwaar {one.number}", writing.shut(f"objection:{one.id}", blocks))


def _log(writing: _Writing) -> None:
    waiting = {
        one.id
        for one in writing.review.application.objections
        if not case_file_course.tells_outcome(writing.purpose, one)
    }
    shown = [
        one
        for one in writing.material.events
        if NEVER not in one.act
        and (writing.purpose == OWN or one.act not in INSIDE)
        and not (one.subject_id in waiting and one.act not in OPEN_OBJECTION)
    ]
    lines = []
    for one in shown:
        by = "een medewerker" if writing.is_redacted and one.actor_id is not None else one.actor_name
        lines.append((at(one.at), ACTS.get(one.act, one.act), by, one.on_behalf_of or ""))
    writing.add("Logboek", [table(("Wanneer", "Wat", "Door wie", "Namens"), lines)])


def _annex(writing: _Writing) -> None:
    """Signals and who looked at them: only in what stays inside."""
    blocks = [text("Intern. Een signaal is advies met een bron, geen oordeel.")]
    for one in writing.material.signals:
        rule = RULES[one.rule]
        blocks += [heading(rule.label), text(rule.message % one.facts), text(f"Bron: {rule.source}.")]
        blocks += [
            text(f"Bekeken door {writing.who(look.looked_by)} op {at(look.looked_at)}. {look.note}")
            for look in one.looks
        ]
        if not one.looks:
            blocks.append(text("Niet bekeken."))
    writing.add("Interne bijlage: signalen", blocks)


def sections(
    review: Review, conversations: Sequence[Conversation], letters: Sequence[DecisionLetter]
) -> dict[str, str]:
    """The texts of a dossier that can be made unreadable: what marks name them by, and what people call them."""
    found: dict[str, str] = {}
    for conversation in conversations:
        for post in conversation.posts:
            found[f"post:{post.id}"] = f"Bericht van {at(post.posted_at)} ({conversation.title})"
    judged = {one.spot for one in review.findings}
    for item in reviews.items(review):
        title = f"{item.key} {item.requirement.title}"
        found[f"answer:{item.key}"] = f"Antwoord bij {title}"
        if item.spot in judged:
            found[f"finding:{item.key}"] = f"Oordelen over {title}"
        for remedy in review.remedies:
            for one in remedy.items:
                if one.spot == item.spot and remedy.answered_at is not None:
                    found[f"remedy:{one.id}"] = f"Antwoord op het herstelverzoek bij {title}"
    if review.application.decisions:
        found["decisions"] = "Besluiten en redenen"
    found |= {f"letter:{one.id}": f"Brief {one.number}" for one in letters}
    found |= {f"objection:{one.id}": f"Bezwaar {one.number}" for one in review.application.objections}
    return found | case_file_visits.sections(review)

"""An application (aanmelding): what is chosen, answered, proven and submitted."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, inspect
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.documents import Document
from portal.models.people import Municipality, Organisation, User
from portal.models.procedures import Lot, Product, Requirement, Round

if TYPE_CHECKING:
    from portal.models.deadlines import CarryOver
    from portal.models.decisions import Decision, LetterDraft
    from portal.models.espd import EspdImport
    from portal.models.integrity import IntegrityCheck, IntegrityForm
    from portal.models.objections import Objection
    from portal.models.offers import OfferDocument, OfferText
    from portal.models.own_parts import OwnPart, PartyInvitation
    from portal.models.reviews import Review
    from portal.models.running_terms import TermSuspension
    from portal.models.scoring import Consensus, Score
    from portal.models.sign_offs import SignOff
    from portal.models.tender_vaults import SealedSubmission


TAKEN_IN = frozenset({"under_review", "decided", "lapsed"})
"""States in which the authority has it, or nobody has."""


class Application(OwnedByAuthority, Base):
    """One dossier of one organisation in one round.

    `instalment` counts from 1 in a continuous round, where one may apply again once the last one is decided;
    elsewhere it stays 1. Where submissions are sealed, the draft goes into the vault with its submission: since
    `sealed_at` its rows are gone. `reopened_at` is when the applicant took it out again (or began anew) to change
    something. `choices_version` goes up with each save of the choices (`selections`), which names the version it was
    based on; `chosen_at` and `chosen_by` are of the last one.
    """

    __tablename__ = "applications"
    __table_args__ = (UniqueConstraint("round_id", "organisation_id", "instalment"),)

    id: Mapped[Id]
    number: Mapped[Key] = mapped_column(unique=True)
    round_id: Mapped[Reference] = mapped_column(ForeignKey("rounds.id"), index=True)
    organisation_id: Mapped[Reference] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[Key]
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    instalment: Mapped[int] = mapped_column(default=1)
    sealed_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    choices_version: Mapped[int] = mapped_column(default=0)
    chosen_at: Mapped[datetime | None]
    chosen_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))

    round: Mapped[Round] = relationship(back_populates="applications")
    organisation: Mapped[Organisation] = relationship()
    chosen_by: Mapped[User | None] = relationship()
    selections: Mapped[list[Selection]] = relationship(back_populates="application", cascade="all, delete-orphan")
    every_party: Mapped[list[Party]] = relationship(
        back_populates="application", order_by="Party.position", cascade="all, delete-orphan"
    )
    answers: Mapped[list[Answer]] = relationship(back_populates="application", cascade="all, delete-orphan")
    evidence: Mapped[list[Evidence]] = relationship(back_populates="application", cascade="all, delete-orphan")
    offer_texts: Mapped[list[OfferText]] = relationship(back_populates="application", cascade="all, delete-orphan")
    offer_documents: Mapped[list[OfferDocument]] = relationship(
        back_populates="application", order_by="OfferDocument.attached_at", cascade="all, delete-orphan"
    )
    submissions: Mapped[list[Submission]] = relationship(back_populates="application", order_by="Submission.sequence")
    review: Mapped[Review | None] = relationship(back_populates="application")
    decisions: Mapped[list[Decision]] = relationship(
        back_populates="application",
        primaryjoin="and_(Decision.application_id == Application.id, Decision.superseded_at.is_(None))",
    )
    objections: Mapped[list[Objection]] = relationship(back_populates="application", order_by="Objection.filed_at")
    letter_draft: Mapped[LetterDraft | None] = relationship(back_populates="application")
    integrity_check: Mapped[IntegrityCheck | None] = relationship(back_populates="application")
    integrity_forms: Mapped[list[IntegrityForm]] = relationship(
        back_populates="application", order_by="IntegrityForm.saved_at", cascade="all, delete-orphan"
    )
    scores: Mapped[list[Score]] = relationship(back_populates="application", order_by="Score.sequence")
    consensus: Mapped[list[Consensus]] = relationship(back_populates="application", order_by="Consensus.sequence")
    term_suspensions: Mapped[list[TermSuspension]] = relationship(
        back_populates="application", order_by="TermSuspension.begun_at"
    )
    sign_offs: Mapped[list[SignOff]] = relationship(back_populates="application", order_by="SignOff.asked_at")
    carry_overs: Mapped[list[CarryOver]] = relationship(
        back_populates="application", foreign_keys="CarryOver.application_id", order_by="CarryOver.carried_at"
    )
    espd_imports: Mapped[list[EspdImport]] = relationship(
        back_populates="application", order_by="EspdImport.imported_at", cascade="all, delete-orphan"
    )

    def is_open(self, now: datetime) -> bool:
        """Whether it is still the applicant's own to change: the round is open, and it was not taken in."""
        return self.round.is_open(now) and self.state not in TAKEN_IN

    @property
    def known_state(self) -> str:
        """The state as the applicant may know it: that something was decided is known once it was told."""
        is_told = any(one.told_at is not None for one in self.decisions)
        return "under_review" if self.state == "decided" and not is_told else self.state

    @property
    def unchecked(self) -> frozenset[str]:
        """Places (see `CarriedPlace`) with what was taken over and nobody looked at yet."""
        return frozenset(one.place for carried in self.carry_overs for one in carried.places if one.checked_at is None)

    def carried_from(self, place: str) -> CarryOver | None:
        """Where what stands at this place was taken over from."""
        return next((one for one in self.carry_overs if any(each.place == place for each in one.places)), None)

    def mark_chosen(self, by: User, now: datetime) -> None:
        """The choices are others than before: a form that shows the earlier ones is out of date."""
        self.choices_version += 1
        self.chosen_at, self.chosen_by, self.chosen_by_id = now, by, by.id

    def check_carried(self, place: str, by: User, now: datetime) -> None:
        """Somebody looked at what was taken over at this place, or saved something else there."""
        for one in (each for carried in self.carry_overs for each in carried.places):
            if one.place == place and one.checked_at is None:
                one.checked_at, one.checked_by_id = now, by.id

    @property
    def parties(self) -> list[Party]:
        """Who takes part now. A submission may name others: those stay in `every_party`."""
        return [one for one in self.every_party if one.removed_at is None]

    @property
    def valid_submission(self) -> Submission | None:
        """The last submission that was not withdrawn: what counts at closing."""
        return next((one for one in reversed(self.submissions) if one.withdrawn_at is None), None)


class Party(OwnedByAuthority, Base):
    """Someone who takes part in an application beside the applicant itself.

    `role` is 'partner' (combinant, jointly and severally liable), 'subcontractor', 'member' (of a cooperative) or
    'third_party' (relied on). `position` counts from 1 and is never used again: places and letters name it. Who was
    taken away keeps the row with `removed_at`, because what was submitted still names it. `version` goes up with each
    save; a save names the version it was based on. `reminded_at`: when the applicant last asked this party to finish
    its own part.
    """

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("application_id", "position"),)

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    position: Mapped[int]
    role: Mapped[Key]
    name: Mapped[Name]
    kvk_number: Mapped[Key]
    legal_form: Mapped[Key]
    city: Mapped[Name] = mapped_column(default="")
    part: Mapped[Prose] = mapped_column(default="")
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[Reference | None] = mapped_column(ForeignKey("users.id"))
    reminded_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="every_party")
    saved_by: Mapped[User | None] = relationship()
    own_parts: Mapped[list[OwnPart]] = relationship(
        back_populates="party", order_by="OwnPart.joined_at", cascade="all", passive_deletes=True
    )
    invitations: Mapped[list[PartyInvitation]] = relationship(
        back_populates="party", order_by="PartyInvitation.sent_at", cascade="all", passive_deletes=True
    )

    @property
    def own_part(self) -> OwnPart | None:
        """What this party fills in itself; None as long as the applicant does it."""
        return next((one for one in self.own_parts if one.ended_at is None), None)

    @property
    def invitation(self) -> PartyInvitation | None:
        """The invitation that waits for an answer, also when it has expired."""
        return next((one for one in reversed(self.invitations) if one.is_pending), None)


class Selection(OwnedByAuthority, Base):
    """The applicant wants to deliver this product in this municipality."""

    __tablename__ = "selections"
    __table_args__ = (UniqueConstraint("application_id", "product_id", "municipality_id"),)

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    product_id: Mapped[Reference] = mapped_column(ForeignKey("products.id"))
    municipality_id: Mapped[Reference] = mapped_column(ForeignKey("municipalities.id"))

    application: Mapped[Application] = relationship(back_populates="selections")
    product: Mapped[Product] = relationship()
    municipality: Mapped[Municipality] = relationship()


class Answer(OwnedByAuthority, Base):
    """The answer to one requirement, for the organisation (no lot, no party), for one lot or for one party.

    `version` goes up with each save; a save names the version it was based on.
    """

    __tablename__ = "answers"

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    requirement_id: Mapped[Reference] = mapped_column(ForeignKey("requirements.id"))
    lot_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    value: Mapped[dict[str, Any]]
    is_equivalent: Mapped[bool]
    argument: Mapped[Prose]
    version: Mapped[int]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship(back_populates="answers")
    requirement: Mapped[Requirement] = relationship()
    lot: Mapped[Lot | None] = relationship()
    party: Mapped[Party | None] = relationship()
    saved_by: Mapped[User] = relationship()

    @property
    def spot(self) -> tuple[str | None, str | None, str | None]:
        """Requirement, lot and party: the place this is about."""
        return (self.requirement_id, self.lot_id, self.party_id)


Index(
    "uq_answers_place",
    Answer.application_id,
    Answer.requirement_id,
    func.coalesce(Answer.lot_id, ""),
    func.coalesce(Answer.party_id, ""),
    unique=True,
)


class Evidence(OwnedByAuthority, Base):
    """The use of one document for one requirement (and lot, or party) in one application."""

    __tablename__ = "evidence"

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    requirement_id: Mapped[Reference | None] = mapped_column(ForeignKey("requirements.id"))
    lot_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    party_id: Mapped[Reference | None] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    document_id: Mapped[Reference] = mapped_column(ForeignKey("documents.id"), index=True)
    attached_at: Mapped[datetime]
    attached_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    application: Mapped[Application] = relationship(back_populates="evidence")
    requirement: Mapped[Requirement | None] = relationship()
    lot: Mapped[Lot | None] = relationship()
    party: Mapped[Party | None] = relationship()
    document: Mapped[Document] = relationship()
    attached_by: Mapped[User] = relationship()

    @property
    def spot(self) -> tuple[str | None, str | None, str | None]:
        """Requirement, lot and party: the place this is about; three times None is the integrity check."""
        return (self.requirement_id, self.lot_id, self.party_id)

    @property
    def is_integrity(self) -> bool:
        """Belongs to the integrity check, not to a requirement."""
        return self.requirement_id is None


Index(
    "uq_evidence_place",
    Evidence.application_id,
    func.coalesce(Evidence.requirement_id, ""),
    func.coalesce(Evidence.lot_id, ""),
    func.coalesce(Evidence.party_id, ""),
    Evidence.document_id,
    unique=True,
)


def sketch(application: Application) -> Application:
    """A copy of a draft that no session keeps, to see what an act would make of it."""
    copy = Application(
        id=application.id,
        authority_id=application.authority_id,
        round_id=application.round_id,
        organisation_id=application.organisation_id,
        state=application.state,
        choices_version=application.choices_version,
    )
    set_committed_value(copy, "round", application.round)
    set_committed_value(copy, "organisation", application.organisation)
    copy.every_party = [_copied(one, "own_parts") for one in application.every_party]
    copy.selections = [_copied(one, "product", "municipality") for one in application.selections]
    copy.answers = [_copied(one, "requirement", "lot") for one in application.answers]
    copy.evidence = [_copied(one, "requirement", "lot", "document") for one in application.evidence]
    copy.offer_texts = [_copied(one, "lot") for one in application.offer_texts]
    copy.integrity_forms = [_copied(one) for one in application.integrity_forms]
    return copy


def _copied(row: Any, *related: str) -> Any:
    """The columns of a row, and what it points at, in an object that is in no session."""
    made = type(row)(
        **{one.key: getattr(row, one.key) for one in inspect(type(row)).column_attrs if one.key != "application_id"}
    )
    for name in related:
        set_committed_value(made, name, getattr(row, name))
    return made


class Submission(OwnedByAuthority, Base):
    """One act of submitting, never changed. `manifest` is canonical JSON; `digest` its SHA-256.

    In a tender the manifest lies sealed (`sealed`) and is empty here until the vault has been opened.
    `attempt` is the key of the form that was sent: the same form sent twice is one submission.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("application_id", "sequence"),
        UniqueConstraint("application_id", "attempt"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= submitted_at", name="withdrawn_later"),
    )

    id: Mapped[Id]
    application_id: Mapped[Reference] = mapped_column(ForeignKey("applications.id"))
    sequence: Mapped[int]
    attempt: Mapped[Key]
    receipt_number: Mapped[Key] = mapped_column(unique=True)
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))
    manifest: Mapped[Prose]
    digest: Mapped[Digest]
    withdrawn_at: Mapped[datetime | None]
    receipt_key: Mapped[Name | None]
    receipt_sha256: Mapped[str | None] = mapped_column(String(64))

    application: Mapped[Application] = relationship(back_populates="submissions")
    submitted_by: Mapped[User] = relationship()
    sealed: Mapped[SealedSubmission | None] = relationship(back_populates="submission")

    @property
    def is_sealed(self) -> bool:
        """What was submitted cannot be read: it lies in the vault."""
        return self.manifest == ""

    @cached_property
    def content(self) -> dict[str, Any]:
        """The manifest as values. It is read once and never changed, so it is parsed once; do not write in it."""
        parsed: dict[str, Any] = json.loads(self.manifest)
        return parsed

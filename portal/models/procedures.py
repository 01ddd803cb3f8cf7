"""A procedure as rows: lots, products, coverage, requirements and rounds.

The rows of one edition never change. A later edition retires rows and adds others; a round keeps the edition that
was in force when it opened, so its rules are frozen by construction.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from portal.models.base import Base, Digest, Id, Key, Name, OwnedByAuthority, Prose, Reference
from portal.models.people import Municipality, User

if TYPE_CHECKING:
    from portal.models.applications import Application
    from portal.models.deadlines import DeadlineChange
    from portal.models.editions import Edition
    from portal.models.planning import GateDecision
    from portal.models.questions import ClarificationNotice
    from portal.models.scoring import Award, PanelMember, SigningBlock
    from portal.models.side_reviews import ShadowReviewer
    from portal.models.tender_vaults import TenderVault


class InEditions:
    """A row that holds from one edition of its procedure until another (exclusive; None: it still holds)."""

    from_edition: Mapped[int] = mapped_column(default=1)
    until_edition: Mapped[int | None] = mapped_column(default=None)

    def is_in(self, edition: int) -> bool:
        return self.from_edition <= edition and (self.until_edition is None or edition < self.until_edition)


class Procedure(OwnedByAuthority, Base):
    """One way of buying care, as published. What varies between procedures is in these rows, not in code.

    The columns and `settings` are those of the current edition; a round asks its own (`Round.settings`). Only a
    consultation has no agreement and so no days of one.
    """

    __tablename__ = "procedures"
    __table_args__ = (
        UniqueConstraint("authority_id", "slug"),
        CheckConstraint("agreement_starts_on < agreement_ends_on", name="agreement_period"),
    )

    id: Mapped[Id]
    slug: Mapped[Key]
    kind: Mapped[Key]
    title: Mapped[Name]
    summary: Mapped[Prose]
    laws: Mapped[list[str]]
    published_at: Mapped[datetime | None]
    agreement_starts_on: Mapped[date | None]
    agreement_ends_on: Mapped[date | None]
    renewal_months: Mapped[int]
    notice_months: Mapped[int]
    asks_integrity_check: Mapped[bool]
    edition: Mapped[int] = mapped_column(default=1)
    settings: Mapped[dict[str, Any]]
    file_digest: Mapped[Digest]
    loaded_at: Mapped[datetime]

    lots: Mapped[list[Lot]] = relationship(
        back_populates="procedure",
        order_by="Lot.position",
        primaryjoin="and_(Lot.procedure_id == Procedure.id, Lot.until_edition.is_(None))",
    )
    requirements: Mapped[list[Requirement]] = relationship(
        back_populates="procedure",
        order_by="Requirement.position",
        primaryjoin="and_(Requirement.procedure_id == Procedure.id, Requirement.until_edition.is_(None))",
    )
    every_lot: Mapped[list[Lot]] = relationship(viewonly=True, order_by="Lot.position")
    every_requirement: Mapped[list[Requirement]] = relationship(viewonly=True, order_by="Requirement.position")
    rounds: Mapped[list[Round]] = relationship(
        back_populates="procedure", order_by="Round.closes_at", cascade="all, delete-orphan"
    )
    editions: Mapped[list[Edition]] = relationship(back_populates="procedure", order_by="Edition.number")
    gate_decisions: Mapped[list[GateDecision]] = relationship(
        back_populates="procedure", order_by="GateDecision.sequence"
    )


class Lot(OwnedByAuthority, InEditions, Base):
    """A perceel: a node of a tree of any depth. Products hang on its leaves.

    `details` has what the file says beside its name: law, funding, starts_on, ends_on, successor, budgets.
    """

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("procedure_id", "code", "from_edition"),)

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    parent_id: Mapped[Reference | None] = mapped_column(ForeignKey("lots.id"))
    code: Mapped[Key]
    name: Mapped[Name]
    description: Mapped[Prose]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int]

    procedure: Mapped[Procedure] = relationship(
        back_populates="lots", foreign_keys=[procedure_id], primaryjoin="Lot.procedure_id == Procedure.id"
    )
    parent: Mapped[Lot | None] = relationship(remote_side="Lot.id")
    products: Mapped[list[Product]] = relationship(back_populates="lot", order_by="Product.position")


class Product(OwnedByAuthority, Base):
    """A prestatie in one category, with its uniform tariff in euro cents per unit.

    `funding` is 'per_unit' (a tariff), 'lumpsum' or 'population' (no tariff: the lot has budgets). `details` has what
    the file says beside that: codes, intensity, law, phasing_out, successor, coupled_with, tariffs (per municipality),
    elements, source. A product that changes gets a new row under a new row of its lot.
    """

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("lot_id", "code"),
        CheckConstraint("tariff_cents >= 0", name="tariff"),
        CheckConstraint("funding <> 'per_unit' OR tariff_cents IS NOT NULL", name="tariff_per_unit"),
        CheckConstraint("starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on", name="period"),
    )

    id: Mapped[Id]
    lot_id: Mapped[Reference] = mapped_column(ForeignKey("lots.id"), index=True)
    code: Mapped[Key]
    name: Mapped[Name]
    category: Mapped[Name]
    description: Mapped[Prose]
    unit: Mapped[Key]
    tariff_cents: Mapped[int | None]
    tariff_is_fictitious: Mapped[bool]
    funding: Mapped[Key] = mapped_column(default="per_unit")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int]

    lot: Mapped[Lot] = relationship(back_populates="products")
    coverage: Mapped[list[Coverage]] = relationship(back_populates="product")

    def tariff_in(self, municipality: Municipality) -> int | None:
        """Euro cents per unit in one municipality: its own tariff where the file gives one, else the uniform one."""
        own = self.details.get("tariffs", {}).get(municipality.code)
        return self.tariff_cents if own is None else int(own)


class Coverage(OwnedByAuthority, Base):
    """Whether one municipality buys one product: a cell of the matrix.

    `ground` is the code of the published ground of a closed cell; `starts_on` the first day of agreements in a
    staggered start. Every change is kept as a `CoverageChange`.
    """

    __tablename__ = "coverage"
    __table_args__ = (UniqueConstraint("product_id", "municipality_id"),)

    id: Mapped[Id]
    product_id: Mapped[Reference] = mapped_column(ForeignKey("products.id"), index=True)
    municipality_id: Mapped[Reference] = mapped_column(ForeignKey("municipalities.id"))
    state: Mapped[Key]
    remark: Mapped[Prose]
    ground: Mapped[Key] = mapped_column(default="")
    since_on: Mapped[date | None]
    reopens_on: Mapped[date | None]
    starts_on: Mapped[date | None]

    product: Mapped[Product] = relationship(back_populates="coverage")
    municipality: Mapped[Municipality] = relationship()
    changes: Mapped[list[CoverageChange]] = relationship(
        back_populates="coverage", order_by="CoverageChange.changed_at"
    )


class CoverageChange(OwnedByAuthority, Base):
    """A cell was closed, opened, confirmed or called scarce: published with its ground, never changed."""

    __tablename__ = "coverage_changes"
    __table_args__ = (
        CheckConstraint("before <> after", name="changes_something"),
        CheckConstraint("after <> 'closed' OR (ground <> '' AND length(reason) >= 10)", name="closing_grounded"),
    )

    id: Mapped[Id]
    coverage_id: Mapped[Reference] = mapped_column(ForeignKey("coverage.id"), index=True)
    before: Mapped[Key]
    after: Mapped[Key]
    ground: Mapped[Key] = mapped_column(default="")
    reason: Mapped[Prose]
    reopens_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[Reference] = mapped_column(ForeignKey("users.id"))

    coverage: Mapped[Coverage] = relationship(back_populates="changes")
    changed_by: Mapped[User] = relationship()


class Requirement(OwnedByAuthority, InEditions, Base):
    """An eis as published. `settings` holds what its type needs, asked_when, stricter_than, parties, help,
    topic and `reuse` (only when False).

    `applies_to` is 'organisation' (answered once), 'party' (by the applicant and each party) or 'lot' (for each chosen
    lot). Empty `lot_codes`, `product_codes` or `municipality_codes` mean every one; a lot stands for all below it.
    With `municipality_codes` it is a threshold (drempel): it only counts for choices there.
    """

    __tablename__ = "requirements"
    __table_args__ = (UniqueConstraint("procedure_id", "code", "version"),)

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    code: Mapped[Key]
    version: Mapped[int]
    title: Mapped[Name]
    text: Mapped[Prose]
    kind: Mapped[Key]
    type: Mapped[Key]
    applies_to: Mapped[Key]
    lot_codes: Mapped[list[str]]
    product_codes: Mapped[list[str]] = mapped_column(default=list)
    municipality_codes: Mapped[list[str]] = mapped_column(default=list)
    evidence: Mapped[dict[str, Any]]
    equivalent_allowed: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    standard_reasons: Mapped[list[str]]
    source: Mapped[Name]
    position: Mapped[int]

    procedure: Mapped[Procedure] = relationship(
        back_populates="requirements",
        foreign_keys=[procedure_id],
        primaryjoin="Requirement.procedure_id == Procedure.id",
    )


class Round(OwnedByAuthority, Base):
    """A toelatingsronde. Open or not follows from the clock; `closed_at` is the latch of the closing task.

    `kind` is 'regular', 'extra' (on scarcity), 'repair' (for everybody, after an outage across a closing) or
    'continuous': open for years, each application taken in when it is submitted. `scope` has the cells an extra round
    is for, as [product code, municipality code], and is empty for all. `edition` is the edition of the procedure it
    follows. `held_by` is the code of the go/no-go step of the planning that is in its way, or says that its vault is
    still missing (`domain.planning`); mostly empty. `announced_at`: when those who follow the procedure were told that
    it opened.
    """

    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("procedure_id", "label"),
        CheckConstraint("opens_at < closes_at", name="period"),
        CheckConstraint("closed_at IS NULL OR closed_at >= closes_at", name="closed_after_deadline"),
    )

    id: Mapped[Id]
    procedure_id: Mapped[Reference] = mapped_column(ForeignKey("procedures.id"), index=True)
    label: Mapped[Key]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    agreements_start_on: Mapped[date]
    remark: Mapped[Prose] = mapped_column(default="")
    kind: Mapped[Key] = mapped_column(default="regular")
    scope: Mapped[list[Any]] = mapped_column(default=list)
    edition: Mapped[int] = mapped_column(default=1)
    held_by: Mapped[Key] = mapped_column(default="")
    announced_at: Mapped[datetime | None]

    procedure: Mapped[Procedure] = relationship(back_populates="rounds")
    deadline_changes: Mapped[list[DeadlineChange]] = relationship(
        back_populates="round", order_by="DeadlineChange.sequence"
    )
    applications: WriteOnlyMapped[Application] = relationship(back_populates="round", passive_deletes=True)
    panel: Mapped[list[PanelMember]] = relationship(back_populates="round", order_by="PanelMember.named_at")
    vault: Mapped[TenderVault | None] = relationship(back_populates="round", passive_deletes=True)
    awards: Mapped[list[Award]] = relationship(back_populates="round", order_by="Award.sequence")
    signing_blocks: Mapped[list[SigningBlock]] = relationship(
        back_populates="round", order_by="SigningBlock.blocked_at"
    )

    shadow_reviewers: Mapped[list[ShadowReviewer]] = relationship(back_populates="round", passive_deletes=True)
    published_notices: Mapped[list[ClarificationNotice]] = relationship(
        primaryjoin="and_(ClarificationNotice.round_id == Round.id, ClarificationNotice.state == 'published')",
        order_by="ClarificationNotice.number",
        viewonly=True,
    )

    def is_open(self, now: datetime) -> bool:
        """Strict on both sides of the law: from the opening instant, and before the closing instant.

        A round that waits for a go/no-go is not open, whatever the clock says.
        """
        return self.closed_at is None and not self.held_by and self.opens_at <= now < self.closes_at

    @property
    def is_continuous(self) -> bool:
        """Each application has its own instalment: taken in and decided by itself, not at the closing."""
        return self.kind == "continuous"

    def state(self, now: datetime) -> str:
        """A key of `terms.ROUND_STATES`, never stored."""
        if now < self.opens_at:
            return "planned"
        if self.closed_at is not None or now >= self.closes_at:
            return "closed"
        return "held" if self.held_by else "open"

    @property
    def requirements(self) -> list[Requirement]:
        """The requirements of this round, in published order: those of its edition."""
        if self.edition == self.procedure.edition:
            return self.procedure.requirements
        return [one for one in self.procedure.every_requirement if one.is_in(self.edition)]

    @property
    def lots(self) -> list[Lot]:
        """The lots of this round, parents before children: those of its edition."""
        if self.edition == self.procedure.edition:
            return self.procedure.lots
        return [one for one in self.procedure.every_lot if one.is_in(self.edition)]

    @property
    def settings(self) -> dict[str, Any]:
        """What the file of its edition says beside rows: terms, agreement, letters and so on, days as ISO text."""
        if self.edition == self.procedure.edition:
            return self.procedure.settings
        return next(one.settings for one in self.procedure.editions if one.number == self.edition)

    @property
    def terms(self) -> dict[str, Any]:
        """The published terms; `domain.running_terms` reads them."""
        terms: dict[str, Any] = self.settings["terms"]
        return terms

"""Authorities, organisations and the people who work for them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Reference

if TYPE_CHECKING:
    from portal.models.mandates import Mandate

MANDATED, MAY_SUBMIT = "delegate", "submitter"
"""The roles that a mandate gives: filling in, and submitting as well. Nobody has them on an account."""


class Authority(Base):
    """An aanbestedende dienst or region: the buyer, the tenant."""

    __tablename__ = "authorities"

    id: Mapped[Id]
    slug: Mapped[Key] = mapped_column(unique=True)
    name: Mapped[Name]
    subtitle: Mapped[Name]
    theme: Mapped[Key]
    phone: Mapped[Key]
    mail: Mapped[Name]

    municipalities: Mapped[list[Municipality]] = relationship(back_populates="authority", order_by="Municipality.name")


class Municipality(OwnedByAuthority, Base):
    """A gemeente that takes part. `code` is the CBS code as text, four digits."""

    __tablename__ = "municipalities"
    __table_args__ = (UniqueConstraint("authority_id", "code"),)

    id: Mapped[Id]
    code: Mapped[Key]
    name: Mapped[Name]

    authority: Mapped[Authority] = relationship(back_populates="municipalities")


class Organisation(Base):
    """A zorgaanbieder. Owned by itself: an authority sees only what was submitted to it.

    `kvk_number` says which organisation it is: 8 digits of the Handelsregister, or of a foreign provider the country
    and the number in the register there, such as 'DE HRB 12345' (`domain.identifiers.registration`). What public
    registers said is in `register_facts`, by source, as it was at `registers_asked_at`.
    """

    __tablename__ = "organisations"

    id: Mapped[Id]
    kvk_number: Mapped[Key] = mapped_column(unique=True)
    name: Mapped[Name]
    legal_form: Mapped[Key]
    rsin: Mapped[Key | None]
    vat_number: Mapped[Key | None]
    iban: Mapped[Key | None]
    agb_code: Mapped[Key | None]
    branch_number: Mapped[Key | None]
    street: Mapped[Name] = mapped_column(default="")
    postal_code: Mapped[Key] = mapped_column(default="")
    city: Mapped[Name] = mapped_column(default="")
    phone: Mapped[Key] = mapped_column(default="")
    website: Mapped[Name] = mapped_column(default="")
    created_at: Mapped[datetime]
    register_facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    registers_asked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    users: Mapped[list[User]] = relationship(back_populates="organisation", order_by="User.name")

    __mapper_args__ = {"version_id_col": version}


class User(Base):
    """A person with an account: of one organisation, of one authority, or of neither (who only has mandates).

    Who acts for another organisation chose a mandate; `act_under` puts it on the person for this request. Then
    `works_for` is that organisation and the rights are those of the mandate, so a check on either is right for both.
    """

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("organisation_id IS NULL OR authority_id IS NULL", name="one_side"),)

    id: Mapped[Id]
    email: Mapped[Name] = mapped_column(unique=True)
    name: Mapped[Name]
    function: Mapped[Name] = mapped_column(default="")
    password_hash: Mapped[Name]
    organisation_id: Mapped[Reference | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    authority_id: Mapped[Reference | None] = mapped_column(ForeignKey("authorities.id"), index=True)
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship(back_populates="users")
    authority: Mapped[Authority | None] = relationship()
    roles: Mapped[list[UserRole]] = relationship(back_populates="user", cascade="all, delete-orphan", lazy="selectin")

    __allow_unmapped__ = True  # the two below are of one request, not of the row
    mandate: Mandate | None = None
    _mandate_holds: bool = False

    def act_under(self, mandate: Mandate | None, now: datetime) -> None:
        """Act for the organisation that gave `mandate`. Of one that does not hold at `now` nothing is left, also not
        the own organisation: what was meant for one must not land at another."""
        self.mandate = mandate
        self._mandate_holds = mandate is not None and mandate.holder_id == self.id and mandate.holds(now)

    @property
    def works_for(self) -> Organisation | None:
        """The organisation this person acts for now."""
        if self.mandate is None:
            return self.organisation
        return self.mandate.organisation if self._mandate_holds else None

    @property
    def works_for_id(self) -> str | None:
        if self.mandate is None:
            return self.organisation_id
        return self.mandate.organisation_id if self._mandate_holds else None

    @property
    def role_names(self) -> frozenset[str]:
        """What this person may do now: the own roles, or what the chosen mandate gives."""
        if self.mandate is None:
            return frozenset(role.role for role in self.roles)
        if not self._mandate_holds:
            return frozenset()
        return frozenset({MANDATED, MAY_SUBMIT} if self.mandate.may_submit else {MANDATED})

    def covers(self, round_id: str) -> bool:
        """Whether this person may work on applications in this round."""
        return self.mandate is None or (self._mandate_holds and self.mandate.covers(round_id))

    @property
    def is_applicant(self) -> bool:
        return self.authority_id is None


class UserRole(Base):
    """One role of one person."""

    __tablename__ = "user_roles"

    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Key] = mapped_column(primary_key=True)

    user: Mapped[User] = relationship(back_populates="roles")


class LoginSession(Base):
    """A login, kept on the server: ended here is ended everywhere. Only the token's SHA-256 is stored.

    `mandate` is the one this login acts under; none: for the own organisation or authority.
    """

    __tablename__ = "login_sessions"

    id: Mapped[Id]
    token_digest: Mapped[Name] = mapped_column(unique=True)
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    mandate_id: Mapped[Reference | None] = mapped_column(ForeignKey("mandates.id", name="fk_login_sessions_mandate_id"))

    user: Mapped[User] = relationship()
    mandate: Mapped[Mandate | None] = relationship()


class MailToken(Base):
    """A one-time proof that came by mail: confirming an address, or joining an organisation."""

    __tablename__ = "mail_tokens"

    id: Mapped[Id]
    token_digest: Mapped[Name] = mapped_column(unique=True)
    purpose: Mapped[Key]
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

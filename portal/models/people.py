"""Authorities, organisations and the people who work for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Key, Name, OwnedByAuthority, Reference


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
    """A zorgaanbieder. Owned by itself: an authority sees only what was submitted to it."""

    __tablename__ = "organisations"

    id: Mapped[Id]
    kvk_number: Mapped[Key] = mapped_column(unique=True)
    name: Mapped[Name]
    legal_form: Mapped[Key]
    rsin: Mapped[Key | None]
    vat_number: Mapped[Key | None]
    iban: Mapped[Key | None]
    agb_code: Mapped[Key | None]
    street: Mapped[Name] = mapped_column(default="")
    postal_code: Mapped[Key] = mapped_column(default="")
    city: Mapped[Name] = mapped_column(default="")
    phone: Mapped[Key] = mapped_column(default="")
    website: Mapped[Name] = mapped_column(default="")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    users: Mapped[list[User]] = relationship(back_populates="organisation", order_by="User.name")

    __mapper_args__ = {"version_id_col": version}


class User(Base):
    """A person with an account: of one organisation or of one authority, never both."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("(organisation_id IS NULL) <> (authority_id IS NULL)", name="one_side"),)

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

    @property
    def role_names(self) -> frozenset[str]:
        return frozenset(role.role for role in self.roles)

    @property
    def is_applicant(self) -> bool:
        return self.organisation_id is not None


class UserRole(Base):
    """One role of one person."""

    __tablename__ = "user_roles"

    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Key] = mapped_column(primary_key=True)

    user: Mapped[User] = relationship(back_populates="roles")


class LoginSession(Base):
    """A login, kept on the server: ended here is ended everywhere. Only the token's SHA-256 is stored."""

    __tablename__ = "login_sessions"

    id: Mapped[Id]
    token_digest: Mapped[Name] = mapped_column(unique=True)
    user_id: Mapped[Reference] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


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

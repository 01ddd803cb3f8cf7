"""The declarative base, the column types, and how an audit event finds its transaction."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from sqlalchemy import JSON, DateTime, ForeignKey, MetaData, String, Text, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from portal.models.people import Authority


def new_id() -> str:
    """A random identifier of 128 bits: 26 characters a-z and 2-7, safe in a URL and in a file name."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


class Moment(TypeDecorator[datetime]):
    """An instant: aware UTC in Python. A naive value is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[str, mapped_column(String(26), primary_key=True)]
Reference = Annotated[str, mapped_column(String(26))]
Key = Annotated[str, mapped_column(String(60))]
Name = Annotated[str, mapped_column(String(200))]
Prose = Annotated[str, mapped_column(Text)]
Digest = Annotated[str, mapped_column(String(64))]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
    }

    def __init__(self, **fields: Any) -> None:
        """Give the object its id at birth, so that an event can name it before the first flush."""
        if "id" in self.__mapper__.columns and self.__mapper__.columns["id"].type.python_type is str:
            fields.setdefault("id", new_id())
        for name, value in fields.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no field {name!r}")
            setattr(self, name, value)


class OwnedByAuthority:
    """A row that belongs to one authority (the tenant). Every query of an official is narrowed by it."""

    authority_id: Mapped[str] = mapped_column(String(26), ForeignKey("authorities.id"), index=True)

    @declared_attr
    def authority(cls) -> Mapped[Authority]:
        return relationship("Authority")


def attach(subject: Base, companion: Base) -> None:
    """Add `companion` to the session of `subject`, now or as soon as `subject` gets one.

    This is how domain functions, which know no session, put an audit event or a message in the transaction
    of the act itself.
    """
    session = Session.object_session(subject)
    if session is not None:
        session.add(companion)
    else:
        subject.__dict__.setdefault("_companions", []).append(companion)


@event.listens_for(Session, "after_attach")
def _bring_companions(session: Session, instance: Any) -> None:
    for companion in instance.__dict__.pop("_companions", ()):
        session.add(companion)


def succeed(holder: Base, name: str, rows: Sequence[Any]) -> None:
    """Give a list of `holder` these rows. A row that leaves it is not touched: it stays the holder's in the database.

    For a list that is a selection, such as the rows that hold now: what left it only fell out of the selection.
    """
    held = getattr(holder, name)
    held.extend(one for one in rows if one not in held)
    if any(one not in rows for one in held):
        set_committed_value(holder, name, list(rows))

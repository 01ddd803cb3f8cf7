"""What the portal measured about itself, minute by minute."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Name


class Probe(Base):
    """One minute. `minute` is the number of minutes since 1970 UTC; a minute without a row is a gap as well.

    Durations are milliseconds. `is_up` is the whole: database, file store and web server all answered.
    """

    __tablename__ = "probes"

    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    is_up: Mapped[bool]
    database_ms: Mapped[int | None]
    files_ms: Mapped[int | None]
    web_ms: Mapped[int | None]
    failed: Mapped[Name] = mapped_column(default="")

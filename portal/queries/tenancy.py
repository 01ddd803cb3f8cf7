"""One authority never sees another's rows: held in one place, under every query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, with_loader_criteria

from portal.models import OwnedByAuthority


def narrow(session: Session, authority_id: str) -> None:
    """From here on this session sees rows of one authority only, in every query and every lazy load."""
    # Built once per session: building it at every statement took as long as many of the statements.
    session.info["own_authority"] = with_loader_criteria(
        OwnedByAuthority, lambda cls: cls.authority_id == authority_id, include_aliases=True
    )


@event.listens_for(Session, "do_orm_execute")
def _only_own_authority(state: Any) -> None:
    own = state.session.info.get("own_authority")
    if own is not None and state.is_select:
        state.statement = state.statement.options(own)

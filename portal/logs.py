"""The log: one JSON object a line, with the request or the task it is about, and never what somebody filled in."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from portal.errors import PortalError

ROOT = Path(__file__).resolve().parents[1]
DEEPEST = 12
"""Frames of a traceback that are kept, from where it went wrong upwards."""


def configure_logs() -> None:
    """Once per process. JSON escapes line breaks, so nobody can write a line of their own into the log."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _error_without_content,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        # Looked up at each line: who runs the portal, or tests it, may put another stream in place.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


@contextmanager
def only_warnings() -> Iterator[None]:
    """For a while no line says what went well: for a command whose answer is all that is asked."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(wrapper_class=before)


def reason_of(error: BaseException) -> str:
    """What kind of error this is, for people who mend it. The text of an error may hold content; this never does.

    Our own errors give their message without the facts in it, the database its code, the system its words.
    """
    kind = type(error).__name__
    if isinstance(error, PortalError):
        return f"{kind}: {error.message}" if "%(" not in error.message and error.message else kind
    if isinstance(error, DBAPIError):
        original = error.orig
        code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None) or ""
        return f"{kind}: {type(original).__name__} {code}".strip()
    if isinstance(error, OSError) and error.strerror:
        return f"{kind}: {error.strerror}"
    frames = _frames(error.__traceback__)
    return f"{kind} in {frames[-1]}" if frames else kind


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def _short(path: str) -> str:
    """The part of a path that says which code it is, not on which machine."""
    for start in ("/site-packages/", f"{ROOT}/"):
        if start in path:
            return path.rpartition(start)[2]
    return path.rpartition("/lib/")[2]


def _error_without_content(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = reason_of(error)
        event["trace"] = _frames(error.__traceback__)[-DEEPEST:]
        cause = error.__cause__ or error.__context__
        if cause is not None:
            event["cause"] = reason_of(cause)
            event["cause_trace"] = _frames(cause.__traceback__)[-DEEPEST:]
    return event

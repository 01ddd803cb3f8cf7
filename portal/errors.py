"""What can be refused, and why. Messages are Dutch source texts; the web layer translates and shows them."""

from __future__ import annotations

from typing import Any


class PortalError(Exception):
    """Base of every error the portal raises on purpose. `message % facts` is what a person reads."""

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        return self.message % self.facts if self.facts else self.message


class Refused(PortalError):
    """The act is not possible now; the message says why and what to do instead (HTTP 409)."""


class NotAllowed(PortalError):
    """This person may not do this (HTTP 403)."""


class NotFound(PortalError):
    """There is no such thing for this person (HTTP 404)."""


class Invalid(PortalError):
    """What was filled in breaks a rule. `problems` maps a field name to its message (HTTP 422)."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


class RoundNotOpen(Refused):
    """Submitting before the round opens."""


class RoundClosed(Refused):
    """Submitting at or after the instant of closing."""


class Incomplete(Refused):
    """Submitting with gaps; `gaps` lists them (`requirements.Gap`)."""

    def __init__(self, message: str, gaps: list[Any]) -> None:
        super().__init__(message)
        self.gaps = gaps


class Stale(Refused):
    """Somebody else saved first; `theirs` is the text now stored, nothing was overwritten."""

    def __init__(self, message: str, theirs: Any, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.theirs = theirs


class Superseded(Refused):
    """A verdict on documents that are no longer all there is; the message says where."""


class FileRefused(Refused):
    """An uploaded file that we do not accept; `rule` is a stable key such as 'empty' or 'password'."""

    def __init__(self, rule: str, message: str, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.rule = rule


class FileTooLarge(FileRefused):
    """More bytes than the limit."""


class ChecksumMismatch(Refused):
    """A piece of a file that is not what its sender says it is; nothing of it is kept (HTTP 460, as tus asks)."""


class FileMissing(PortalError):
    """The store has nothing under this key."""


class FileDamaged(PortalError):
    """The stored bytes are not the ones that were written."""


class Unavailable(PortalError):
    """An outside service does not answer now; try again later (HTTP 503)."""


class TokenRefused(PortalError):
    """A time-stamp that is not to be trusted; the message says why."""


class MailRefused(PortalError):
    """The mail server refused this mail for good."""


class ProcedureFileError(PortalError):
    """A procedure file with errors; `errors` is a list of (line number, message)."""

    def __init__(self, errors: list[tuple[int, str]]) -> None:
        super().__init__("\n".join(f"regel {line}: {text}" for line, text in errors))
        self.errors = errors

"""Mail: by SMTP, or as .eml files in a folder for development, rehearsals and tests."""

from __future__ import annotations

import re
import secrets
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal import errors
from portal.adapters.clock import system_now
from portal.adapters.notation import FILTERS
from portal.faults import fault
from portal.services import Letter, Mail

_TIMEOUT = 20  # seconds for one answer of the mail server
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_MESSAGE_ID = re.compile(r"<?([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+)>?", re.ASCII)
_POLICY = policy.SMTP.clone(cte_type="7bit")


def open_mail(url: str, sender: str, templates_folder: Path, *, now: Callable[[], datetime] = system_now) -> Mail:
    """The mail that `url` names; `sender` is 'Name <address>', `templates_folder` holds `mail/`.

    `smtp://user:password@host:port` (STARTTLS when the server offers it), `smtps://…` (TLS from the first
    byte) or `folder:PATH`. Parts of the URL are percent-encoded. Raises ValueError for anything else.
    """
    name, address = parseaddr(sender)
    if "@" not in address or _CONTROL.search(sender):
        raise ValueError(f"MAIL_SENDER is no mail address: {sender!r}")
    composer = _Composer(Address(name, addr_spec=address), templates_folder, now)
    scheme, _, rest = url.partition(":")
    if scheme == "folder" and rest:
        return FolderMail(Path(unquote(rest)), composer)
    parts = urlsplit(url)
    if scheme in ("smtp", "smtps") and parts.hostname:
        return SmtpMail(parts, composer)
    raise ValueError("MAIL_URL starts with smtp://, smtps:// or folder:")


class _Composer:
    """Makes texts from templates and a mail from a letter; the same for every way of sending."""

    def __init__(self, sender: Address, templates_folder: Path, now: Callable[[], datetime]) -> None:
        self.sender, self.now = sender, now
        self._templates = Environment(
            loader=FileSystemLoader(templates_folder / "mail"),
            undefined=StrictUndefined,
            autoescape=False,  # plain text: escaping would put &amp; in names
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= FILTERS

    def render(self, template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
        subject = self._templates.get_template(f"{template}/subject.txt").render(facts)
        text = self._templates.get_template(f"{template}/body.txt").render(facts)
        return " ".join(subject.split()), text.strip() + "\n"

    def compose(self, letter: Letter) -> EmailMessage:
        for header in (letter.to, letter.subject, letter.message_id):
            if _CONTROL.search(header):
                raise errors.MailRefused("Het adres of onderwerp van deze mail bevat een regeleinde.")
        if not (message_id := _MESSAGE_ID.fullmatch(letter.message_id)):
            raise errors.MailRefused("Deze mail heeft geen geldig kenmerk (Message-ID).")
        message = EmailMessage(_POLICY)
        message["From"] = self.sender
        message["To"] = _recipient(letter.to)
        message["Subject"] = letter.subject
        message["Date"] = self.now()
        message["Message-ID"] = f"<{message_id[1]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = "nl"
        message.set_content(letter.text, cte="quoted-printable")
        return message


class SmtpMail:
    """`services.Mail` over SMTP, one connection per mail."""

    def __init__(self, server: SplitResult, composer: _Composer) -> None:
        self._host = server.hostname or ""
        self._is_tls = server.scheme == "smtps"
        self._port = server.port or (465 if self._is_tls else 587 if server.username else 25)
        self._user = unquote(server.username or "")
        self._password = unquote(server.password or "")
        self._composer = composer

    def render(self, template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
        return self._composer.render(template, facts)

    def send(self, letter: Letter) -> None:
        message = self._composer.compose(letter)
        try:
            fault("mail.connect")
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            # A refused password or certificate is our own setting: mail waits until it is put right.
            raise _away() from error
        try:
            fault("mail.send")
            server.send_message(message)
            fault("mail.sent")
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _refused() if all(code >= 500 for code in codes) else _away() from error
        except smtplib.SMTPDataError as error:
            raise _refused() if error.smtp_code >= 500 else _away() from error
        except smtplib.SMTPNotSupportedError as error:
            raise _refused() from error
        except (OSError, smtplib.SMTPException) as error:
            raise _away() from error
        finally:
            # The mail is handed over or not by now; a clumsy goodbye must not make it be sent again.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self._is_tls:
            server = smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT)
        try:
            server.ehlo_or_helo_if_needed()
            is_private = self._is_tls
            if not self._is_tls and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
                is_private = True
            if self._user:
                if not is_private and self._host not in ("localhost", "127.0.0.1", "::1"):
                    raise smtplib.SMTPException("the password is not sent over a connection without TLS")
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


class FolderMail:
    """`services.Mail` as files `<time>-<message id>.eml`, which sort in the order of sending."""

    def __init__(self, folder: Path, composer: _Composer) -> None:
        self._folder, self._composer = folder, composer

    def render(self, template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
        return self._composer.render(template, facts)

    def send(self, letter: Letter) -> None:
        message = self._composer.compose(letter)
        moment = f"{self._composer.now():%Y%m%dT%H%M%S%fZ}"
        name = re.sub(r"[^A-Za-z0-9.@_-]", "_", message["Message-ID"].strip("<>"))[:120]
        temporary = self._folder / f".{secrets.token_hex(8)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(message.as_bytes())
            fault("mail.send")
            temporary.replace(self._folder / f"{moment}-{name}.eml")
            fault("mail.sent")
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise _away() from error


def _recipient(address: str) -> Address:
    try:
        recipient = Address(addr_spec=address)
        domain = recipient.domain.encode("idna").decode("ascii")
    except (HeaderParseError, ValueError, IndexError) as error:
        raise _refused() from error
    if not recipient.username or ("." not in domain.strip(".") and domain != "localhost"):
        raise _refused()
    return Address(username=recipient.username, domain=domain)


def _refused() -> errors.MailRefused:
    return errors.MailRefused("Dit adres neemt geen mail aan. Controleer het adres.")


def _away() -> errors.Unavailable:
    return errors.Unavailable("De mailserver antwoordt nu niet. De mail wordt later opnieuw verstuurd.")

"""Mail, over a real SMTP server and into a folder: the same letter arrives, and nothing is smuggled along."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jinja2 import TemplateNotFound, UndefinedError

from portal import errors
from portal.adapters.clock import MovedClock
from portal.adapters.mail import open_mail
from portal.services import Letter, Mail

SENDER = "Portaal Proefpolder <portaal@proefpolder.example>"
LETTER = Letter(
    "bestuur@anker.example",
    "Uw aanmelding is ontvangen – café",
    "Beste mevrouw De Vries,\n\nOp het portaal staat een bericht: https://portaal.example/b?a=1&b=2\n"
    + "Een heel lange regel zonder einde. " * 40
    + "\n.\nslot\n",
    "<bericht-42@portaal.example>",
)
NOW = datetime(2026, 11, 22, 10, 8, 42, 5, tzinfo=UTC)


@dataclass
class Mailbox:
    """The handler of the real server: keeps what it took, refuses what it is told to refuse."""

    taken: list[Envelope] = field(default_factory=list)
    recipient_answer: str = "250 OK"
    data_answer: str = "250 OK"
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data_answer.startswith("250"):
            self.taken.append(envelope)
        return self.data_answer

    def login(self, server: SMTP, session: Session, envelope: Envelope, way: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"g@heim/1", handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    yield from served(mailbox)


def served(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def mail_templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates" / "mail" / "ontvangen"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("Ontvangen:\n  {{ organisation }}\n")
    (folder / "body.txt").write_text(
        "Beste {{ name }},\n\n{% if late %}\nTe laat.\n{% endif %}\nOp {{ at | amsterdam_moment }}.\n\n"
    )
    return tmp_path / "templates"


@pytest.fixture(params=["smtp", "folder"])
def mail_and_arrived(
    request: pytest.FixtureRequest, tmp_path: Path, mailbox: Mailbox, port: int, mail_templates: Path
) -> tuple[Mail, Any]:
    """Every implementation, and how to see what arrived."""
    url = {"smtp": f"smtp://127.0.0.1:{port}", "folder": f"folder:{tmp_path / 'post'}"}[request.param]

    def arrived() -> list[EmailMessage]:
        raw = [envelope.content for envelope in mailbox.taken]
        raw += [path.read_bytes() for path in sorted((tmp_path / "post").glob("*.eml"))]
        return [message_from_bytes(data, policy=policy.default) for data in raw]

    return open_mail(url, SENDER, mail_templates, now=MovedClock(NOW)), arrived


def test_a_letter_arrives_as_it_was_written(mail_and_arrived: tuple[Mail, Any]) -> None:
    mail, arrived = mail_and_arrived

    mail.send(LETTER)

    (message,) = arrived()
    assert message["To"] == LETTER.to
    assert message["From"] == SENDER
    assert message["Subject"] == LETTER.subject
    assert message["Message-ID"] == LETTER.message_id
    assert message["Date"].datetime == NOW.replace(microsecond=0)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert not list(message.iter_attachments())


def test_sending_again_keeps_the_message_id(mail_and_arrived: tuple[Mail, Any]) -> None:
    mail, arrived = mail_and_arrived

    mail.send(LETTER)
    mail.send(replace(LETTER, message_id=LETTER.message_id.strip("<>"), text="Opnieuw"))

    assert {message["Message-ID"] for message in arrived()} == {LETTER.message_id}


@pytest.mark.parametrize(
    "change",
    [
        {"to": "a@b.example\nBcc: dief@x.example"},
        {"to": "a@b.example\r\n"},
        {"to": "a@b.example, c@d.example"},
        {"to": "a@b.example>,<c@d.example"},
        {"to": "Naam <a@b.example>"},
        {"to": "geen adres"},
        {"to": "@b.example"},
        {"to": "a@"},
        {"to": ""},
        {"subject": "Hallo\nBcc: dief@x.example"},
        {"subject": "Hallo\r\n\r\nAndere tekst"},
        {"subject": "Hallo\u2028Bcc: dief@x.example"},
        {"message_id": "<a@b>\nBcc: dief@x.example"},
        {"message_id": "geen kenmerk"},
    ],
)
def test_a_header_cannot_be_smuggled_in(mail_and_arrived: tuple[Mail, Any], change: dict[str, str]) -> None:
    mail, arrived = mail_and_arrived

    with pytest.raises(errors.MailRefused):
        mail.send(replace(LETTER, **change))

    assert arrived() == []


def test_an_international_domain_is_written_in_ascii(mail_and_arrived: tuple[Mail, Any]) -> None:
    mail, arrived = mail_and_arrived

    mail.send(replace(LETTER, to="info@café.example"))

    assert [message["To"] for message in arrived()] == ["info@xn--caf-dma.example"]


def test_texts_come_from_templates_without_escaping(mail_and_arrived: tuple[Mail, Any]) -> None:
    mail, _ = mail_and_arrived
    facts = {"organisation": "Anker & Zn.", "name": "O'Brien <b>", "late": False, "at": NOW}

    assert mail.render("ontvangen", facts) == (
        "Ontvangen: Anker & Zn.",
        "Beste O'Brien <b>,\n\nOp zondag 22 november 2026, 11.08.42 uur.\n",
    )


def test_a_missing_fact_or_template_is_an_error(mail_and_arrived: tuple[Mail, Any]) -> None:
    mail, _ = mail_and_arrived

    with pytest.raises(UndefinedError, match="organisation"):
        mail.render("ontvangen", {})
    with pytest.raises(TemplateNotFound):
        mail.render("onbekend", {})


# SMTP.


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"recipient_answer": "550 no such user"}, errors.MailRefused),
        ({"recipient_answer": "451 try later"}, errors.Unavailable),
        ({"data_answer": "554 not wanted"}, errors.MailRefused),
        ({"data_answer": "452 disk full"}, errors.Unavailable),
    ],
)
def test_refused_for_good_and_refused_for_now_are_told_apart(
    answers: dict[str, str], error: type[Exception], mailbox: Mailbox, port: int, mail_templates: Path
) -> None:
    mail = open_mail(f"smtp://127.0.0.1:{port}", SENDER, mail_templates)
    for name, answer in answers.items():
        setattr(mailbox, name, answer)

    with pytest.raises(error):
        mail.send(LETTER)

    mailbox.recipient_answer = mailbox.data_answer = "250 OK"
    mail.send(LETTER)
    assert [envelope.rcpt_tos for envelope in mailbox.taken] == [[LETTER.to]]


def test_no_server_is_unavailable(port: int, mail_templates: Path) -> None:
    with pytest.raises(errors.Unavailable):
        open_mail("smtp://127.0.0.1:1", SENDER, mail_templates).send(LETTER)
    with pytest.raises(errors.Unavailable):
        open_mail(f"smtps://127.0.0.1:{port}", SENDER, mail_templates).send(LETTER)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that this machine trusts for the length of a test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(1))
        .not_valid_after(today + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "server.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture
def tls_port(tls: ssl.SSLContext, mailbox: Mailbox) -> Iterator[int]:
    yield from served(mailbox, tls_context=tls, require_starttls=True, authenticator=mailbox.login)


def test_starttls_and_the_password_are_used_when_offered(tls_port: int, mailbox: Mailbox, mail_templates: Path) -> None:
    mail = open_mail(f"smtp://portaal:g%40heim%2F1@127.0.0.1:{tls_port}", SENDER, mail_templates)

    mail.send(LETTER)

    assert mailbox.logins == [(b"portaal", b"g@heim/1")]
    assert len(mailbox.taken) == 1


def test_a_wrong_password_keeps_the_mail_waiting(tls_port: int, mailbox: Mailbox, mail_templates: Path) -> None:
    with pytest.raises(errors.Unavailable):
        open_mail(f"smtp://portaal:fout@127.0.0.1:{tls_port}", SENDER, mail_templates).send(LETTER)

    assert mailbox.taken == []


def test_a_server_with_an_unknown_certificate_gets_nothing(
    tls_port: int, mailbox: Mailbox, mail_templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(errors.Unavailable):
        open_mail(f"smtp://portaal:g%40heim%2F1@127.0.0.1:{tls_port}", SENDER, mail_templates).send(LETTER)

    assert (mailbox.taken, mailbox.logins) == ([], [])


# A folder.


def test_files_sort_in_the_order_of_sending_and_are_whole(tmp_path: Path, mail_templates: Path) -> None:
    clock = MovedClock(NOW)
    mail = open_mail(f"folder:{tmp_path / 'post'}", SENDER, mail_templates, now=clock)
    for number in (3, 1, 2):
        mail.send(replace(LETTER, message_id=f"<{number}@portaal.example>"))
        clock.advance(timedelta(milliseconds=1))

    names = sorted(path.name for path in (tmp_path / "post").iterdir())

    assert names == [
        "20261122T100842000005Z-3@portaal.example.eml",
        "20261122T100842001005Z-1@portaal.example.eml",
        "20261122T100842002005Z-2@portaal.example.eml",
    ]


def test_a_message_id_is_no_path(tmp_path: Path, mail_templates: Path) -> None:
    mail = open_mail(f"folder:{tmp_path / 'post'}", SENDER, mail_templates)

    mail.send(replace(LETTER, message_id="<../../weg@portaal.example>"))

    assert [path.name.partition("-")[2] for path in (tmp_path / "post").iterdir()] == [".._.._weg@portaal.example.eml"]


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path, mail_templates: Path) -> None:
    (tmp_path / "post").write_text("a file is in the way")

    with pytest.raises(errors.Unavailable):
        open_mail(f"folder:{tmp_path / 'post'}", SENDER, mail_templates).send(LETTER)


# Settings.


@pytest.mark.parametrize("url", ["", "smtp:", "smtp://", "http://host", "folder:", "post"])
def test_a_mail_url_of_another_kind_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MAIL_URL"):
        open_mail(url, SENDER, tmp_path)


@pytest.mark.parametrize("sender", ["", "Portaal", "Portaal <portaal@x.example>\nBcc: a@b.example"])
def test_a_sender_that_is_no_address_is_refused(sender: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MAIL_SENDER"):
        open_mail("folder:post", sender, tmp_path)

"""The outside world as one value: files, PDF, signatures, mail, inspection of uploads, and the clock.

Built once in `create_app` (or by a command), replaced in tests by keyword. The protocols below are all that
the rest of the portal may know of an adapter; the adapters themselves live in `portal.adapters`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from portal.looking import Box as Box
from portal.looking import Inspection as Inspection
from portal.looking import Inspector as Inspector
from portal.looking import Line as Line
from portal.looking import ReadContent as ReadContent
from portal.looking import Reader as Reader
from portal.looking import ReadSignature as ReadSignature
from portal.looking import Sheet as Sheet


@dataclass(frozen=True)
class StoredFile:
    """A file that is in place: storage key, SHA-256 (64 hex digits) of the plain bytes, size in bytes."""

    key: str
    sha256: str
    size: int


class Sink(Protocol):
    """A file being received. Nothing is visible under its key before `finish` returns."""

    def write(self, chunk: bytes) -> int:
        """Take the next bytes. Raises `errors.FileTooLarge` past the limit."""

    def finish(self) -> StoredFile:
        """fsync, rename, fsync the folder; then the file is there for good."""

    def abandon(self) -> None:
        """Forget what was received. Safe to call twice and after `finish`."""


class Files(Protocol):
    """The file store. Keys are made by the portal, never from a user's file name."""

    def sink(self, key: str, *, limit: int, sealed: bool = False) -> Sink:
        """A sink for `key`, at most `limit` bytes; `sealed` encrypts with the integrity key while writing."""

    def put(self, key: str, data: bytes) -> StoredFile:
        """Store `data` under `key` unless the key exists; then what is there stays and is described."""

    def exists(self, key: str) -> bool: ...

    def read(self, key: str) -> bytes:
        """All bytes of an unsealed file. Raises `errors.FileMissing`."""

    def chunks(self, key: str) -> Generator[bytes]:
        """The bytes of an unsealed file in pieces of at most 64 KiB. Raises `errors.FileMissing`.

        It may hold a connection: who does not read to the end closes it.
        """

    def unseal(self, key: str) -> Generator[bytes]:
        """The plain bytes of a sealed file, each segment verified before it is released.

        Only the integrity compartment calls this. Raises `errors.FileDamaged` when a byte was changed.
        """

    def delete(self, key: str) -> None: ...

    def sweep(self, older_than: datetime) -> int:
        """Remove what unfinished uploads left behind before `older_than`; how many files that were."""

    def keys(self, prefix: str, older_than: datetime) -> Iterator[str]:
        """The keys under a folder such as 'documents/' (empty: all) that are in place since before `older_than`."""


@dataclass(frozen=True)
class Verdict:
    """What a malware scanner said about a file: the name of what it found, '' when the file is clean."""

    finding: str

    @property
    def is_clean(self) -> bool:
        return not self.finding


class Scanner(Protocol):
    """Looks for known malware in a file."""

    def scan(self, chunks: Iterator[bytes]) -> Verdict:
        """The verdict on these bytes. Raises `errors.Unavailable` for any answer that is not a clear one."""


class Documents(Protocol):
    """Makes PDF documents of our own: letters, receipts, agreements."""

    def render(
        self,
        template: str,
        facts: Mapping[str, Any],
        *,
        identifier: str,
        attachments: Mapping[str, bytes] | None = None,
        pictures: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """`templates/pdf/<template>.html` with `facts` as PDF/A-3a + PDF/UA-1.

        `pictures` are JPEGs that the template shows as `picture:<name>`, and nothing else from outside. The same
        template, facts, pictures and `identifier` give the same bytes.
        """


@dataclass(frozen=True)
class Signatory:
    """Who signs: the person's name and function, and the organisation the person signs for."""

    name: str
    function: str
    organisation: str


@dataclass(frozen=True)
class SignatureReport:
    """One signature found in a PDF, as verified."""

    field: str
    name: str
    organisation: str
    signed_at: datetime
    is_intact: bool
    is_trusted: bool
    covers_rest: bool


class Signer(Protocol):
    """Places PAdES signatures, one incremental update each."""

    def sign(self, pdf: bytes, *, field: str, signatory: Signatory, at: datetime, final: bool) -> bytes:
        """`pdf` with one more signature in `field`; `final` locks the document (the municipality's)."""

    def verify(self, pdf: bytes) -> Sequence[SignatureReport]:
        """Every signature in `pdf`, oldest first; empty when there is none. Raises `errors.FileRefused`."""


@dataclass(frozen=True)
class Stamp:
    """What a verified time-stamp says: the instant (aware UTC), and the name of the authority that vouches for it."""

    at: datetime
    authority: str


class Timestamps(Protocol):
    """Trusted time (RFC 3161). Digests are SHA-256, 32 bytes; a token is a DER `TimeStampResp`, as in a .tsr file."""

    def stamp(self, digest: bytes, at: datetime) -> bytes:
        """A token over `digest`, verified before it is given. `at` is only for an authority without its own clock.

        Raises `errors.Unavailable` when the authority does not answer, `errors.TokenRefused` for a token that is
        not to be trusted (another digest or nonce, an expired or unknown certificate).
        """

    def verify(self, token: bytes, digest: bytes) -> Stamp:
        """What `token` says about `digest`. Raises `errors.TokenRefused`."""

    def anchors(self) -> bytes:
        """The certificates that are trusted here, as PEM: others need them to verify a token themselves."""


@dataclass(frozen=True)
class Letter:
    """One mail: plain text only, it points to the portal and carries no evidence."""

    to: str
    subject: str
    text: str
    message_id: str


class Mail(Protocol):
    def render(self, template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
        """Subject and text of `templates/mail/<template>/`."""

    def send(self, letter: Letter) -> None:
        """Hand over one mail. Raises `errors.MailRefused` for good, `errors.Unavailable` for now."""


@dataclass(frozen=True)
class KeyPair:
    """A public key (base64 text) and its private key (32 bytes, never stored)."""

    public: str
    private: bytes


@dataclass(frozen=True)
class PersonalKey:
    """A key pair of one person, as stored: the private key only opens with that person's password."""

    public: str
    salt: str
    wrapped: str


class Vault(Protocol):
    """The cryptography of the tender vault. A `context` binds a ciphertext to what it is of.

    What does not open raises `errors.FileDamaged`, except where None is a wrong password or code.
    """

    def pair(self) -> KeyPair: ...

    def fits(self, private: bytes, public: str) -> bool: ...

    def split(self, secret: bytes) -> tuple[bytes, bytes]:
        """Two shares that say nothing each; `join` makes them the secret again."""

    def join(self, first: bytes, second: bytes) -> bytes: ...

    def seal(self, public: str, secret: bytes, context: str) -> str: ...

    def open(self, private: bytes, sealed: str, context: str) -> bytes: ...

    def personal(self, password: str, private: bytes | None = None) -> PersonalKey:
        """A new key pair under a password, or `private` under another one. Slow on purpose (Argon2id)."""

    def unlock(self, key: PersonalKey, password: str) -> bytes | None:
        """The private key; None for a wrong password. As slow."""

    def code(self) -> str:
        """A random code to write down, 130 bits."""

    def seal_with_code(self, code: str, secret: bytes, context: str) -> str: ...

    def open_with_code(self, code: str, sealed: str, context: str) -> bytes | None: ...

    def keep(self, secret: bytes, context: str) -> str:
        """Under the portal's own key: only for what two people released."""

    def kept(self, sealed: str, context: str) -> bytes: ...

    def data_key(self) -> bytes: ...

    def encrypt(self, key: bytes, plain: bytes, context: str) -> bytes: ...

    def decrypt(self, key: bytes, sealed: bytes, context: str) -> bytes: ...

    def encrypt_pieces(self, key: bytes, pieces: Iterable[bytes], context: str) -> Iterator[bytes]: ...

    def decrypt_pieces(self, key: bytes, pieces: Iterable[bytes], context: str) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class Company:
    """What the Handelsregister says about one registration; a text is empty when it says nothing.

    `legal_form` is a key of `terms.LEGAL_FORMS`. A hidden address (afgeschermd) is empty.
    """

    kvk_number: str
    name: str
    legal_form: str = ""
    rsin: str = ""
    branch_number: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    website: str = ""
    ended_on: date | None = None


@dataclass(frozen=True)
class CareProvider:
    """What the Landelijk Register Zorgaanbieders (LRZa) says about one organisation."""

    name: str
    agb_code: str = ""


class Registers(Protocol):
    """Public registers that an organisation can be looked up in, by its KvK number of 8 digits.

    A look-up takes seconds: never under a lock. It raises `errors.Unavailable` when a register does not answer, or
    answers something that is not its documented form.
    """

    @property
    def has_companies(self) -> bool:
        """Whether the Handelsregister can be asked."""

    @property
    def has_care_providers(self) -> bool:
        """Whether the LRZa can be asked."""

    def company(self, kvk_number: str) -> Company | None:
        """The registration with this number; None when there is none, or the Handelsregister is not asked."""

    def care_provider(self, kvk_number: str) -> CareProvider | None:
        """The same of the LRZa."""


@dataclass(frozen=True)
class Services:
    """One field for each thing outside the portal."""

    files: Files
    inspector: Inspector
    reader: Reader
    documents: Documents
    signer: Signer
    mail: Mail
    timestamps: Timestamps
    vault: Vault
    now: Callable[[], datetime]
    scanner: Scanner | None = None
    registers: Registers | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    web_answers: Callable[[], bool] = lambda: True
    """Whether the web server of this portal answers a visitor."""

    def moment(self) -> datetime:
        """The time for an act that the moment decides, such as submitting, closing, deciding and signing.

        Read it after the lock. Raises `errors.Unavailable` while the clock is in doubt; `now` goes on then.
        """
        certain: Callable[[], datetime] = getattr(self.now, "certain", self.now)
        return certain()

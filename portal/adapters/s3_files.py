"""The file store in an S3 bucket, of Amazon or of any server that speaks the same protocol.

A file is received in a temporary file without a name, then sent in one request that names its SHA-256 and refuses to
overwrite. A store that is slow or away is waited for five seconds, three times; after three such acts in a row it is
left alone for a while, so that its absence does not tie up the portal.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from portal import errors
from portal.adapters.breaker import Breaker
from portal.adapters.intake import FileSink, checked, missing, no_room
from portal.adapters.sealing import PIECE, Seal, damaged
from portal.faults import fault
from portal.services import StoredFile
from portal.terms import N_

log = structlog.get_logger("files")

SECONDS, TRIES = 5, 3
"""How long one request may wait for the store, and how often it is tried."""

_CONNECTIONS = 40
_OWN_DIGEST, _TOKEN = "sha256", "token"
_SETTINGS = {"endpoint_url", "region", "addressing"}


def open_s3(url: str, integrity_key: bytes) -> S3Files:
    """The store `s3://bucket/prefix?endpoint_url=&region=&addressing=`, looked at once.

    Raises ValueError with words for the operator when the store refuses us or knows no such bucket. A store that does
    not answer is no reason not to start: pages without files work.
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if not parts.netloc or set(asked) - _SETTINGS:
        raise ValueError("STORAGE_URL: write s3://bucket/prefix?endpoint_url=...&region=...&addressing=path")
    named = {name: values[-1] for name, values in asked.items()}
    endpoint = named.get("endpoint_url", "")
    is_elsewhere = endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    style = named.get("addressing") or ("path" if is_elsewhere else "auto")
    region = named.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "")
    client = _client(endpoint, region or ("us-east-1" if is_elsewhere else ""), style)
    files = S3Files(client, parts.netloc, parts.path.strip("/"), integrity_key)
    files.check()
    return files


@lru_cache
def _client(endpoint: str, region: str, style: str) -> Any:
    """One client for each address in this process: making one takes a tenth of a second. Threads may share it."""
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": style},
        connect_timeout=SECONDS,
        read_timeout=SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        max_pool_connections=_CONNECTIONS,
        # We give the digest of the whole file ourselves; not every server knows the newer trailing checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3", endpoint_url=endpoint or None, region_name=region or None, config=config
    )


class S3Files:
    """`services.Files` in a bucket, all keys under one prefix (empty: the whole bucket)."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        prefix: str,
        integrity_key: bytes,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._bucket = client, bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._seal = Seal(integrity_key)
        self._breaker = Breaker(unavailable, ticks)

    def check(self) -> None:
        """Raise ValueError when the settings cannot work; log it when the store does not answer now."""
        where = f"STORAGE_URL: the bucket {self._bucket!r}"
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise ValueError(f"{where} needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") from error
        except ClientError as error:
            status = _status(error)
            if status in (301, 400, 401, 403):
                raise ValueError(
                    f"{where} refuses us (HTTP {status}): look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,"
                    " the region and the rights of this account"
                ) from error
            if status == 404:
                raise ValueError(f"{where} does not exist; make it first") from error
            log.error("the file store does not answer", bucket=self._bucket, status=status)
        except BotoCoreError as error:
            log.error("the file store does not answer", bucket=self._bucket, reason=str(error))

    def sink(self, key: str, *, limit: int, sealed: bool = False) -> _S3Sink:
        return _S3Sink(self._send, checked(key), limit, self._seal if sealed else None)

    def put(self, key: str, data: bytes) -> StoredFile:
        if self.exists(key):
            return self._describe(key)
        sink = self.sink(key, limit=len(data))
        sink.write(data)
        try:
            return sink.finish()
        except FileExistsError:
            return self._describe(key)

    def exists(self, key: str) -> bool:
        return self._head(key) is not None

    def read(self, key: str) -> bytes:
        return b"".join(self.chunks(key))

    def chunks(self, key: str) -> Generator[bytes]:
        """As the protocol says; raises FileDamaged at the end when the bytes are not those that were sent."""
        return _begun(self._pieces(key, self._get(key)))

    def unseal(self, key: str) -> Generator[bytes]:
        return _begun(self._plain(key, self.chunks(key)))

    def delete(self, key: str) -> None:
        fault("files.delete")
        with self._guarded():
            self._client.delete_object(Bucket=self._bucket, Key=self._at(key))
        fault("files.deleted")

    def sweep(self, older_than: datetime) -> int:
        """We send a file in one request; uploads in parts are what copying tools left behind."""
        removed = 0
        with self._guarded():
            for page in self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            ):
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"] < older_than:
                        self._client.abort_multipart_upload(
                            Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
                        removed += 1
        return removed

    def keys(self, prefix: str, older_than: datetime) -> Iterator[str]:
        folder, after = f"{self._at(prefix.rstrip('/'))}/" if prefix else self._prefix, ""
        while True:
            with self._guarded():
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=folder, StartAfter=after)
            for found in page.get("Contents", ()):
                after = found["Key"]
                if found["LastModified"] < older_than:
                    yield after[len(self._prefix) :]
            if not page.get("IsTruncated"):
                return

    def _at(self, key: str) -> str:
        return self._prefix + checked(key)

    def _head(self, key: str) -> dict[str, Any] | None:
        at = self._at(key)
        with self._guarded():
            try:
                found: dict[str, Any] = self._client.head_object(Bucket=self._bucket, Key=at)
            except ClientError as error:
                if _status(error) == 404:
                    return None
                raise
        return found

    def _get(self, key: str, start: int = 0, version: str = "") -> dict[str, Any]:
        """The answer of the store, its body still to be read, from byte `start` of that same `version`."""
        at, part = self._at(key), {"Range": f"bytes={start}-", "IfMatch": version} if start else {}
        with self._guarded():
            try:
                found: dict[str, Any] = self._client.get_object(Bucket=self._bucket, Key=at, **part)
            except ClientError as error:
                if _status(error) == 404:
                    raise missing(key) from error
                raise
        return found

    def _plain(self, key: str, pieces: Generator[bytes]) -> Generator[bytes]:
        """Nothing first, then the bytes that were sealed."""
        with closing(pieces):
            yield b""
            yield from self._seal.open(_Reader(pieces), key)

    def _pieces(self, key: str, found: dict[str, Any]) -> Generator[bytes]:
        """Nothing first, then all bytes in pieces of 64 KiB. Where the line is cut, it goes on from there."""
        digest, size, done, tries = hashlib.sha256(), found["ContentLength"], 0, 1
        version, wanted = found["ETag"], found["Metadata"].get(_OWN_DIGEST)
        try:
            yield b""
            body = _Reader(found["Body"].iter_chunks(PIECE))
            while done < size:
                try:
                    piece = body.read(PIECE)
                    if not piece:
                        raise EOFError("the store ended the body too early")
                except (BotoCoreError, OSError, EOFError) as error:
                    found["Body"].close()
                    if tries == TRIES:
                        self._breaker.failed()
                        raise unavailable() from error
                    tries += 1
                    log.warning("a file of the store was cut off", key=key, at=done, of=size)
                    found = self._get(key, done, version)
                    body = _Reader(found["Body"].iter_chunks(PIECE))
                    continue
                done += len(piece)
                digest.update(piece)
                if done == size and wanted and digest.hexdigest() != wanted:
                    raise damaged(key)
                yield piece
        finally:
            found["Body"].close()

    def _describe(self, key: str) -> StoredFile:
        digest, size = hashlib.sha256(), 0
        for piece in self.chunks(key):
            digest.update(piece)
            size += len(piece)
        return StoredFile(key, digest.hexdigest(), size)

    def _send(self, key: str, source: BinaryIO, size: int, digest: bytes) -> None:
        """Put the whole of `source` under `key`. Raises FileExistsError when something else is there."""
        token = secrets.token_hex(16)
        fault("files.send")
        try:
            with self._guarded():
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._at(key),
                    Body=source,
                    ContentLength=size,
                    ChecksumSHA256=base64.b64encode(digest).decode(),
                    IfNoneMatch="*",
                    Metadata={_OWN_DIGEST: digest.hex(), _TOKEN: token},
                )
        except _Taken as error:
            # When the answer to a first try was lost, the second try meets the file of the first.
            there = self._head(key)
            if there is None:
                raise no_room() from error
            if there["Metadata"].get(_TOKEN) != token:
                raise FileExistsError(key) from error
        fault("files.kept")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """One act on the store: what goes wrong becomes words for a person, and counts for the breaker."""
        self._breaker.enter()
        try:
            yield
        except ClientError as error:
            status = _status(error)
            if status in (409, 412):
                self._breaker.worked()
                raise _Taken(unavailable().message) from error
            self._breaker.failed()
            log.error("the file store refused an act", status=status, reason=str(error))
            raise unavailable() from error
        except (BotoCoreError, OSError) as error:
            self._breaker.failed()
            log.error("the file store does not answer", reason=str(error))
            raise unavailable() from error
        except errors.FileMissing:
            self._breaker.worked()
            raise
        self._breaker.worked()


class _Taken(errors.Unavailable):
    """There is something under this key, or somebody is just putting it there."""


class _S3Sink(FileSink):
    """A temporary file that has no name: what dies on the way leaves nothing to find."""

    def __init__(
        self, send: Callable[[str, BinaryIO, int, bytes], None], key: str, limit: int, seal: Seal | None
    ) -> None:
        self._send, self._key = send, key
        self._digest, self._size = hashlib.sha256(), 0
        try:
            file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the sink
        except OSError as error:
            raise no_room() from error
        super().__init__(file, _Hashing(file, self._keep), key, limit, seal)

    def _keep(self, data: bytes) -> None:
        self._digest.update(data)
        self._size += len(data)

    def _place(self, file: BinaryIO) -> None:
        file.seek(0)
        self._send(self._key, file, self._size, self._digest.digest())


class _Hashing:
    """Writes on to a file, and shows each byte that is really stored to `keep`."""

    def __init__(self, file: BinaryIO, keep: Callable[[bytes], None]) -> None:
        self._file, self._keep = file, keep

    def write(self, data: bytes, /) -> int:
        self._keep(data)
        return self._file.write(data)


def _begun(pieces: Generator[bytes]) -> Generator[bytes]:
    """Past the nothing that comes first: only what has begun runs its `finally` when somebody closes it."""
    next(pieces)
    return pieces


class _Reader:
    """Pieces of any size as a source that gives exactly what is asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._waiting = pieces, bytearray()

    def read(self, size: int, /) -> bytes:
        while len(self._waiting) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._waiting += piece
        found = bytes(self._waiting[:size])
        del self._waiting[:size]
        return found


def unavailable() -> errors.Unavailable:
    return errors.Unavailable(
        N_(
            "Wij kunnen nu niet bij de bestanden. Wat al bewaard was, is er nog. "
            "Probeer het over een paar minuten opnieuw."
        )
    )


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))

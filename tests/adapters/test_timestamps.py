"""Trusted time, of a real authority over HTTP and of the test authority: what is wrong is refused, never kept."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal import create_app, errors
from portal.adapters.clock import MovedClock
from portal.adapters.timestamps import HttpTimestamps, OwnTimestamps
from portal.adapters.trust import TestAuthority
from portal.services import Timestamps
from tests.conftest import _config
from tests.timestamping import Authority, serve

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = b'{"kind":"sluitingscertificaat"}'
DIGEST = hashlib.sha256(TEXT).digest()
OTHER = hashlib.sha256(b"another statement").digest()


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[Authority]:
    authority, stop = serve(tmp_path / "tsa", MovedClock(NOON))
    yield authority
    stop()


@pytest.fixture
def over_http(tsa: Authority) -> HttpTimestamps:
    return HttpTimestamps(tsa.url, tsa.certificates, timeout=2)


@pytest.fixture(params=["over HTTP", "in this process"])
def timestamps(request: pytest.FixtureRequest, authority: TestAuthority, over_http: HttpTimestamps) -> Timestamps:
    return over_http if request.param == "over HTTP" else OwnTimestamps(authority)


def test_a_stamp_says_when_and_by_whom(timestamps: Timestamps) -> None:
    stamp = timestamps.verify(timestamps.stamp(DIGEST, NOON), DIGEST)

    assert stamp.at == NOON
    assert "TSA" in stamp.authority


def test_a_stamp_belongs_to_one_digest(timestamps: Timestamps) -> None:
    token = timestamps.stamp(DIGEST, NOON)

    with pytest.raises(errors.TokenRefused, match="iets anders"):
        timestamps.verify(token, OTHER)


def test_a_changed_stamp_is_refused(timestamps: Timestamps) -> None:
    token = bytearray(timestamps.stamp(DIGEST, NOON))
    token[token.index(DIGEST) + 40] ^= 1  # behind the digest: the serial number and the time
    token[-5] ^= 1

    with pytest.raises(errors.TokenRefused):
        timestamps.verify(bytes(token), DIGEST)
    with pytest.raises(errors.TokenRefused, match="leesbaar"):
        timestamps.verify(b"no token at all", DIGEST)


def test_another_program_verifies_the_stamp_with_the_published_certificates(
    timestamps: Timestamps, tmp_path: Path
) -> None:
    # OpenSSL knows nothing of the portal; this is the line that stands on the public page
    names = ("verklaring.json", "tijdstempel.tsr", "certificaten.pem")
    paths = [tmp_path / name for name in names]
    for path, content in zip(paths, (TEXT, timestamps.stamp(DIGEST, NOON), timestamps.anchors()), strict=True):
        path.write_bytes(content)
    command = ["openssl", "ts", "-verify", "-data", paths[0], "-in", paths[1], "-CAfile", paths[2]]

    good = subprocess.run(command, capture_output=True, text=True, check=False)
    paths[0].write_bytes(TEXT + b" ")
    changed = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "Verification: OK" in good.stdout + good.stderr
    assert "Verification: FAILED" in changed.stdout + changed.stderr


@pytest.mark.parametrize("fault", ["nonce", "imprint", "expired", "garbage", "refuses"])
def test_what_an_authority_says_wrong_is_refused(tsa: Authority, over_http: HttpTimestamps, fault: str) -> None:
    tsa.fault = fault

    with pytest.raises(errors.TokenRefused):
        over_http.stamp(DIGEST, NOON)
    tsa.fault = ""

    assert over_http.verify(over_http.stamp(DIGEST, NOON), DIGEST).at == NOON


@pytest.mark.parametrize("fault", ["error", "hangs"])
def test_an_authority_that_does_not_answer_is_unavailable(tsa: Authority, fault: str) -> None:
    tsa.fault = fault
    impatient = HttpTimestamps(tsa.url, tsa.certificates, timeout=0.3)

    with pytest.raises(errors.Unavailable):
        impatient.stamp(DIGEST, NOON)


def test_an_authority_that_is_not_there_is_unavailable(tsa: Authority) -> None:
    nobody = HttpTimestamps("http://127.0.0.1:1/tijd", tsa.certificates)

    with pytest.raises(errors.Unavailable):
        nobody.stamp(DIGEST, NOON)


def test_an_authority_under_another_root_is_not_trusted(tsa: Authority, tmp_path: Path) -> None:
    other, stop = serve(tmp_path / "other", MovedClock(NOON))
    stop()

    with pytest.raises(errors.TokenRefused, match="onbekend"):
        HttpTimestamps(tsa.url, other.certificates).stamp(DIGEST, NOON)


def test_a_stamp_outlives_the_certificate_that_placed_it(tsa: Authority, over_http: HttpTimestamps) -> None:
    # the certificate of this service ended on 1 January 2015
    tsa.fault, tsa.clock = "expired", MovedClock(datetime(2014, 12, 31, tzinfo=UTC))
    token = over_http.stamp(DIGEST, NOON)

    assert over_http.verify(token, DIGEST).at == datetime(2014, 12, 31, tzinfo=UTC)
    tsa.clock = MovedClock(datetime(2015, 1, 1, tzinfo=UTC) + timedelta(seconds=1))
    with pytest.raises(errors.TokenRefused, match="verlopen"):
        over_http.stamp(DIGEST, NOON)


def test_a_name_and_password_in_the_address_are_sent_as_login(tsa: Authority) -> None:
    HttpTimestamps(tsa.url.replace("//", "//regio:ge%40heim@"), tsa.certificates).stamp(DIGEST, NOON)

    assert tsa.login == "Basic " + base64.b64encode(b"regio:ge@heim").decode()


@pytest.mark.parametrize(
    ("url", "certificates", "why"),
    [
        ("http://127.0.0.1:1/", "", "set both"),
        ("", "root.pem", "set both"),
        ("http://127.0.0.1:1/", "nowhere.pem", "no file"),
    ],
)
def test_half_a_setting_stops_the_portal_from_starting(tmp_path: Path, url: str, certificates: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        create_app({**_config(tmp_path), "TSA_URL": url, "TSA_CERTIFICATES": certificates})


@pytest.mark.parametrize(("url", "certificates"), [("ftp://tsa.example", b""), ("https://tsa.example", b"")])
def test_an_address_or_file_that_cannot_serve_is_refused(url: str, certificates: bytes, tsa: Authority) -> None:
    with pytest.raises(ValueError, match="TSA_"):
        HttpTimestamps(url, certificates or b"")


def test_the_portal_uses_the_authority_of_its_settings(tsa: Authority, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_bytes(tsa.certificates)
    settings = {**_config(tmp_path), "TSA_URL": tsa.url, "TSA_CERTIFICATES": str(tmp_path / "roots.pem")}

    app = create_app(settings)
    token = app.extensions["services"].timestamps.stamp(DIGEST, NOON)

    assert tsa.asked == 1
    assert app.extensions["services"].timestamps.verify(token, DIGEST).authority == "Proef TSA"
    app.extensions["database"].engine.dispose()

"""A test authority: a root, an issuing CA and a time-stamp authority (RFC 3161). Real cryptography, no legal force.

What replaces it for signatures: `docs/decisions/0005-pdf-signing.md`; for time-stamps: the setting `TSA_URL`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.faults import fault
from portal.services import Signatory

_Result = TypeVar("_Result")

_ORGANISATION = "VOORDEUR TEST CA – GEEN RECHTSKRACHT"
_FILES = ("root.crt", "issuing.crt", "issuing.key", "tsa.crt", "tsa.key")
# Fixed and wide, so that a rehearsal on a moved clock finds valid certificates too.
_VALID_FROM, _VALID_TO = datetime(2010, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
_LEAF_LIFE = timedelta(days=1)
_CLOCK_SKEW = timedelta(minutes=5)
# RFC 9336, and the older purpose by which common readers still recognise a signing certificate.
_SIGNING = [x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.EMAIL_PROTECTION]
_TSA_POLICY = "1.3.6.1.4.1.32473.1.1"  # example arc of RFC 5612: this is no real TSA
_LONGEST_NAME = 64  # upper bound of commonName and organizationName (RFC 5280), taken in bytes


class TestAuthority:
    """A root, an issuing CA and a TSA in `folder`, made at first use (P-256). All names say it is a test.

    The root's key is not kept: nothing is issued by the root after the first minute.
    """

    __test__ = False  # the name makes pytest think otherwise

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir() or not any(folder.iterdir()):
            _make_authority(folder)
        if missing := [name for name in _FILES if not (folder / name).is_file()]:
            raise ValueError(f"{folder} is no folder of a test authority: {', '.join(missing)} missing")
        self.root = _read_certificate(folder / "root.crt")
        self.issuing = _read_certificate(folder / "issuing.crt")
        self._issuing_key = _read_key(folder / "issuing.key")
        self.tsa = KeyInMemory(
            asn1(_read_certificate(folder / "tsa.crt")), _read_key(folder / "tsa.key"), [asn1(self.issuing)]
        )

    def signer_for(self, signatory: Signatory, at: datetime) -> KeyInMemory:
        """A new key with a certificate in the signatory's name, valid for a day around `at`."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [
            (NameOID.COUNTRY_NAME, "NL"),
            (NameOID.ORGANIZATION_NAME, signatory.organisation),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, _ORGANISATION),
            (NameOID.TITLE, signatory.function),
            (NameOID.COMMON_NAME, signatory.name),
        ]
        certificate = (
            _certificate(_name(names), key.public_key(), self.issuing.subject)
            .not_valid_before(at - _CLOCK_SKEW)
            .not_valid_after(at + _LEAF_LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage(_SIGNING), critical=False)
            .add_extension(_issued_by(self._issuing_key), critical=False)
            .sign(self._issuing_key, hashes.SHA256())
        )
        return KeyInMemory(asn1(certificate), key, [asn1(self.issuing)])


class KeyInMemory(Signer):
    """A pyHanko signer that holds the loaded P-256 key; pyHanko's own loads it for every signature."""

    def __init__(
        self,
        certificate: asn1_x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        chain: Sequence[asn1_x509.Certificate],
    ) -> None:
        registry = SimpleCertificateStore()
        registry.register_multiple(chain)
        super().__init__(signing_cert=certificate, cert_registry=registry, embed_roots=False)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if digest_algorithm != "sha256":
            raise SigningError(f"this key signs SHA-256 digests, not {digest_algorithm}")
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


class OwnTimeStamper(TimeStamper):
    """An RFC 3161 time-stamp authority in this process that says `at`."""

    def __init__(self, tsa: KeyInMemory, at: datetime) -> None:
        super().__init__()
        self._tsa, self._at = tsa, at

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        fault("sign.stamp")
        content = {
            "version": "v1",
            "policy": _TSA_POLICY,
            "message_imprint": req["message_imprint"],
            "serial_number": secrets.randbits(120),
            "gen_time": self._at,
            "nonce": req["nonce"],
            "tsa": asn1_x509.GeneralName("directory_name", self._tsa.signing_cert.subject),
        }
        token = await self._tsa.async_sign_general_data(
            cms.EncapsulatedContentInfo(
                {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(tsp.TSTInfo(content).dump()),
                }
            ),
            digest_algorithm="sha256",
            detached=False,
            use_cades=True,  # names the TSA's certificate in the signed attributes, as RFC 3161 asks
        )
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})


def _make_authority(folder: Path) -> None:
    """Make the authority beside `folder` and move it in place at once; who comes second uses the first's."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))  # mode 0700
    root_key, issuing_key, tsa_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root_name, issuing_name, tsa_name = (
        _name(
            [
                (NameOID.COUNTRY_NAME, "NL"),
                (NameOID.ORGANIZATION_NAME, _ORGANISATION),
                (NameOID.COMMON_NAME, f"VOORDEUR TEST {role} – GEEN RECHTSKRACHT"),
            ]
        )
        for role in ("ROOT CA", "CA", "TSA")
    )
    root = _authority_certificate(root_name, root_key, root_name, root_key, path_length=1)
    issuing = _authority_certificate(issuing_name, issuing_key, root_name, root_key, path_length=0)
    tsa = (
        _certificate(tsa_name, tsa_key.public_key(), issuing_name)
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_TO)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(_issued_by(issuing_key), critical=False)
        .sign(issuing_key, hashes.SHA256())
    )
    for name, certificate in (("root", root), ("issuing", issuing), ("tsa", tsa)):
        _write(fresh / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    for name, key in (("issuing", issuing_key), ("tsa", tsa_key)):
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(fresh / f"{name}.key", pem, 0o600)
    try:
        fresh.rename(folder)
    except OSError:
        shutil.rmtree(fresh)
        if not folder.is_dir():
            raise


def _authority_certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    path_length: int,
) -> x509.Certificate:
    return (
        _certificate(subject, key.public_key(), issuer)
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_TO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(_issued_by(issuer_key), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _certificate(subject: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _name(parts: Sequence[tuple[x509.ObjectIdentifier, str]]) -> x509.Name:
    cut = [(kind, value.strip().encode()[:_LONGEST_NAME].decode(errors="ignore")) for kind, value in parts]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in cut if value])


def asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _read_certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path.name} holds no elliptic curve key")
    return key


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as target:
        target.write(data)


def finished(work: Coroutine[Any, Any, _Result]) -> _Result:
    # In a thread of its own: whoever calls may be inside an event loop already, and loops do not nest.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()

"""The scheduled acts of closing for good: the certificate of a round, its trusted time, and its PDF."""

from __future__ import annotations

import json

import structlog

from portal.domain import certificates, wording
from portal.errors import TokenRefused, Unavailable
from portal.extensions import Database
from portal.models import CloseCertificate, Round
from portal.queries import certificates as queries
from portal.services import Services

log = structlog.get_logger("worker")

STATEMENT, TOKEN, LEAVES = "verklaring.json", "tijdstempel.tsr", "vingerafdrukken.json"
"""The files attached to the PDF; the same names as on the public page."""


def certify_round(database: Database, services: Services, round_id: str) -> bool:
    """The certificate of a closed round, once. It is published at once; the trusted time follows."""
    with database.transaction() as db:
        round_ = db.get_one(Round, round_id, with_for_update=True)
        if round_.closed_at is None or queries.has_certificate(db, round_id):
            return False
        db.add(certificates.make(round_, queries.receipts(db, round_id), services.now()))
    return True


def stamp_certificate(database: Database, services: Services, certificate_id: str) -> bool:
    """Ask the time-stamp over one certificate, with no transaction open. Who does not answer is asked again later."""
    with database.reading() as db:
        certificate = db.get_one(CloseCertificate, certificate_id)
        if certificate.token is not None:
            return False
        digest = bytes.fromhex(certificate.digest)
    try:
        token = services.timestamps.stamp(digest, services.now())
        stamp = services.timestamps.verify(token, digest)
        with database.transaction() as db:
            certificate = db.get_one(CloseCertificate, certificate_id, with_for_update=True)
            return certificates.place_stamp(certificate, token, stamp, services.now())
    except (Unavailable, TokenRefused) as error:
        log.warning("no time-stamp", certificate=certificate_id, why=str(error))
        with database.transaction() as db:
            certificates.postpone(db.get_one(CloseCertificate, certificate_id), str(error), services.now())
    return True


def draw_up_certificate(database: Database, services: Services, certificate_id: str) -> bool:
    """The final certificate as PDF, with what was stamped, the stamp and the leaves attached."""
    with database.reading() as db:
        certificate = db.get_one(CloseCertificate, certificate_id)
        if certificate.pdf_key is not None or certificate.token is None or certificate.stamped_at is None:
            return False
        said = json.loads(certificate.statement)
        authority = certificate.round.procedure.authority
        facts = {
            **said,
            "made_at": certificate.stamped_at,
            "closed_at": wording.instant_of(said["closed_at"]),
            "closes_at": wording.instant_of(said["closes_at"]),
            "stamped_at": certificate.stamped_at,
            "stamp_authority": certificate.stamp_authority,
            "digest": certificate.digest,
            "authority": {"name": authority.name, "mail": authority.mail, "phone": authority.phone},
        }
        attachments = {
            STATEMENT: certificate.statement.encode(),
            TOKEN: certificate.token,
            LEAVES: json.dumps(certificate.leaves, indent=1).encode(),
        }
    key = f"certificates/{certificate_id}.pdf"
    if services.files.exists(key):
        stored = services.files.put(key, b"")  # what is there stays, and is described
    else:
        identifier = str(facts["digest"])
        pdf = services.documents.render("close_certificate", facts, identifier=identifier, attachments=attachments)
        stored = services.files.put(key, pdf)
    with database.transaction() as db:
        certificates.draw_up(db.get_one(CloseCertificate, certificate_id), stored, services.now())
    return True

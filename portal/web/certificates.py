"""The close certificate of a round, for everybody: what it says, its files, and whether one receipt is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain import proofs, receipts, wording
from portal.domain.proofs import Proof
from portal.domain.receipts import Card
from portal.errors import FileRefused, NotFound, Refused
from portal.models import CloseCertificate, Round
from portal.queries import certificates as queries
from portal.terms import N_
from portal.web import downloads, languages
from portal.web.context import database, db, release, services
from portal.web.guards import audience
from portal.web.problems import translated
from portal.web.public import blueprint

PAGE = "/procedures/<authority_slug>/<slug>/rondes/<label>/sluitingscertificaat"

DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
NUMBER = re.compile(r"[A-Z0-9-]{6,60}", re.ASCII)


def _certified(session: Any, authority_slug: str, slug: str, label: str) -> CloseCertificate:
    round_ = queries.published_round(session, authority_slug, slug, label)
    if round_ is None:
        raise NotFound(N_("Deze ronde bestaat niet of is nog niet gepubliceerd."))
    certificate = queries.of_round(session, round_.id) if round_.closed_at is not None else None
    if certificate is None:
        raise Refused(
            N_("Het sluitingscertificaat van deze ronde is er nog niet. Het komt hier direct na het sluiten te staan.")
        )
    return certificate


def address(round_: Round) -> dict[str, str]:
    """What names a round in an address."""
    procedure = round_.procedure
    return {"authority_slug": procedure.authority.slug, "slug": procedure.slug, "label": round_.label}


def in_groups(hexadecimal: str) -> str:
    """A checksum in groups of four, as on a receipt."""
    return " ".join(hexadecimal[at : at + 4] for at in range(0, len(hexadecimal), 4))


def _page(certificate: CloseCertificate, **shown: Any) -> str:
    said = json.loads(certificate.statement)
    return render_template(
        "public/close_certificate.html",
        certificate=certificate,
        round=certificate.round,
        procedure=certificate.round.procedure,
        where=address(certificate.round),
        said=said,
        closes_at=languages.moment(wording.instant_of(said["closes_at"]), seconds=True),
        closed_at=languages.moment(wording.instant_of(said["closed_at"]), seconds=True),
        stamped_at=languages.moment(certificate.stamped_at, seconds=True) if certificate.stamped_at else "",
        in_groups=in_groups,
        **{"errors": {}, "answer": None, "typed": {}, **shown},
    )


@blueprint.get(PAGE)
@audience("public")
def certificate(authority_slug: str, slug: str, label: str) -> ResponseReturnValue:
    """What the certificate says, its files, and the question whether a receipt is in it."""
    return _page(_certified(db(), authority_slug, slug, label))


@blueprint.post(PAGE)
@audience("public")
def certificate_check(authority_slug: str, slug: str, label: str) -> ResponseReturnValue:
    """Whether a receipt is in it: by number and checksum, or by the PDF. It changes nothing, so it takes no lock."""
    release()
    typed = {name: request.form.get(name, "").strip()[:200] for name in ("receipt_number", "digest")}
    asked, errors = held(typed)
    with database().reading() as session:
        found = _certified(session, authority_slug, slug, label)
        if asked is None:
            return _page(found, errors=errors, typed=typed), 422
        number, digest, card = asked
        elsewhere = card is not None and (card.authority, card.procedure, card.round) != (authority_slug, slug, label)
        proof = None if elsewhere else _proof(session, found, number, digest)
        is_broken = card is not None and not card.is_whole
        answer = {"proof": proof, "number": number, "card": card, "elsewhere": elsewhere, "is_broken": is_broken}
        return _page(found, answer=answer, typed=typed)


def _proof(session: Any, certificate: CloseCertificate, number: str, digest: str) -> Proof | None:
    receipt = queries.receipt(session, certificate.round_id, number)
    if receipt is None or receipt.digest != digest:
        return None
    found = proofs.proof_in(certificate, receipt)
    return found if found is not None and found.holds else None


def digits(typed: str) -> str:
    """A checksum as it was typed: spaces may stand in it, and capitals."""
    return re.sub(r"\s", "", typed).lower()


def held(typed: dict[str, str]) -> tuple[tuple[str, str, Card | None] | None, dict[str, str]]:
    """Number, digest and (from a PDF) the card of what was asked; or nothing and what is wrong, by field."""
    file = request.files.get("bestand")
    if file is not None and file.filename:
        try:
            card = receipts.read_card(
                services().inspector.attached(_pieces(file.stream), receipts.CARD, receipts.MANIFEST)
            )
        except FileRefused as refusal:
            return None, {"bestand": translated(refusal)}
        except ValueError:
            text = gettext("Dit is geen ontvangstbewijs van dit portaal. Kies de PDF die u na het indienen kreeg.")
            return None, {"bestand": text}
        return (card.receipt_number, card.digest, card), {}
    number, digest = typed["receipt_number"].upper(), digits(typed["digest"])
    errors = {}
    if not NUMBER.fullmatch(number):
        errors["receipt_number"] = gettext("Vul het kenmerk in dat op uw ontvangstbewijs staat. Het begint met OB.")
    if not DIGEST.fullmatch(digest):
        errors["digest"] = gettext(
            "Vul het hele controlegetal in: 64 tekens, alleen cijfers en de letters a tot en met f. Spaties mogen."
        )
    return (None, errors) if errors else ((number, digest, None), {})


def _pieces(stream: Any) -> Iterator[bytes]:
    while piece := stream.read(65_536):
        yield piece


@blueprint.get(f"{PAGE}/<name>")
@audience("public")
def certificate_file(authority_slug: str, slug: str, label: str, name: str) -> ResponseReturnValue:
    """One of the files: what was stamped, the stamp, the leaves, whom we trust, or all of it as PDF."""
    found = _certified(db(), authority_slug, slug, label)
    stem = f"{slug}-{label}"
    if name == "sluitingscertificaat.pdf" and found.pdf_key is not None:
        content: Any = services().files.chunks(found.pdf_key)
        release()
        return downloads.attachment(content, f"sluitingscertificaat-{stem}.pdf", "application/pdf")
    plain = {
        "verklaring.json": lambda: (found.statement.encode(), "application/json"),
        "tijdstempel.tsr": lambda: (found.token, "application/timestamp-reply"),
        "vingerafdrukken.json": lambda: (json.dumps(found.leaves, indent=1).encode(), "application/json"),
        "certificaten.pem": lambda: (services().timestamps.anchors(), "application/x-pem-file"),
    }
    content, kind = plain[name]() if name in plain else (None, "")
    if content is None:
        raise NotFound(N_("Dit bestand is er niet, of nog niet. Het tijdstempel en de PDF komen kort na het sluiten."))
    return downloads.attachment([content], f"{stem}-{name}", kind, len(content))

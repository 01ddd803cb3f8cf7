"""Agreements: what the portal adds to laying out the HTML and placing two signatures."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_cms import Signer
from sqlalchemy import select
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from bench import data
from bench.data import Ground, Unlooked
from bench.report import Line, ratio
from portal import ROOT, create_app
from portal.adapters.notation import FILTERS
from portal.adapters.signing import PadesSigner, TestAuthority
from portal.domain import agreements, decisions, releases
from portal.extensions import Database
from portal.models import Agreement, Application, User
from portal.services import Services, Signatory
from portal.worker import tasks

SIZE = 50
PAPER = ROOT / "templates" / "pdf"


class Bare:
    """WeasyPrint and pyHanko as they come, with a warm stylesheet and a loaded key."""

    def __init__(self, signers: dict[str, Signer]) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(PAPER), undefined=StrictUndefined, autoescape=True, auto_reload=False
        )
        self._templates.filters |= FILTERS
        self._fonts = FontConfiguration()
        self._css = CSS(filename=PAPER / "pdf.css", font_config=self._fonts)
        self._signers = signers

    def render(self, agreement: Agreement) -> bytes:
        """The same HTML as tagged PDF/A, without what makes it PDF/UA too, and without attachment."""
        facts = {**json.loads(agreement.facts), "made_at": agreement.made_at}
        html = self._templates.get_template(f"{agreement.template}.html").render(facts)
        page = HTML(string=html, base_url=PAPER.as_uri() + "/")
        pdf: bytes = page.write_pdf(stylesheets=[self._css], font_config=self._fonts, pdf_variant="pdf/a-3a")
        return pdf

    def sign(self, pdf: bytes, field: str, *, final: bool) -> bytes:
        """One PAdES signature (B-B: no time-stamp) as an incremental update."""
        spec = SigFieldSpec(field, field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL) if final else None)
        metadata = PdfSignatureMetadata(
            field_name=field,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=not final,
            docmdp_permissions=MDPPerm.FILL_FORMS,
        )
        signer = PdfSigner(metadata, self._signers[field], new_field_spec=spec)
        signed = asyncio.run(signer.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf))))
        return bytes(signed.getvalue())


def _told(database: Database, services: Services, ground: Ground) -> list[str]:
    """Tell every confirmed decision; gives the applications to which an agreement is due."""
    with database.transaction() as db:
        manager, signatory = db.get_one(User, ground.manager_id), db.get_one(User, ground.signatory_id)
        found = db.scalars(
            select(Application)
            .where(Application.round_id == ground.round_id, Application.state == "decided")
            .order_by(Application.id)
        ).all()
        for number, application in enumerate(found):
            if (draft := application.letter_draft) is not None:
                if releases.waits_for(draft) == "approval":
                    releases.approve(draft, signatory, services.now())
                db.add(releases.release(application.round, manager, [draft], services.now()))
            db.add(decisions.tell(application, f"B-{number}", services.now()))
        return [application.id for application in found]


def _drawn_up(database: Database, services: Services, application_id: str) -> str:
    """Made and drawn up, as the worker does it; gives the agreement's id."""
    tasks.make_agreement(database, services, application_id)
    with database.reading() as db:
        agreement_id = db.scalars(select(Agreement.id).where(Agreement.application_id == application_id)).one()
    tasks.draw_up_agreement(database, services, agreement_id)
    return agreement_id


def _signed(database: Database, services: Services, agreement_id: str, user_id: str) -> None:
    """A person signs, and the worker places the signature."""
    with database.transaction() as db:
        agreement = db.get_one(Agreement, agreement_id)
        _, sha256 = agreements.document_to_sign(agreement)
        signature = agreements.sign(agreement, db.get_one(User, user_id), sha256, services.now())
        db.add(signature)
        signature_id = signature.id
    tasks.place_signature(database, services, signature_id)


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def run(folder: Path) -> list[Line]:
    """Every step of each agreement beside the bare one of the same facts, in turns; the least of each."""
    ground = data.grown(data.prepare(folder / "start"), folder / "agreements", SIZE)
    authority = TestAuthority(folder / "ca")
    app = create_app(ground.config(), now=lambda: ground.now, inspector=Unlooked(), signer=PadesSigner(authority))
    database: Database = app.extensions["database"]
    services: Services = app.extensions["services"]
    due = _told(database, services, ground)
    bare = Bare(
        {
            field: authority.signer_for(Signatory("Anna de Wit", "Bestuurder", "Stichting De Linde"), ground.now)
            for field in ("Zorgaanbieder", "Gemeente")
        }
    )
    best: dict[str, float] = {}
    pages = 0
    for application_id in due:
        measured, pages = _one(database, services, ground, bare, application_id)
        best = {name: min(value, best.get(name, value)) for name, value in measured.items()}
    database.engine.dispose()
    ours, limit = ({name: best[f"{who} {name}"] for name in ("drawn up", "signed")} for who in ("ours", "bare"))
    remark = (
        f"{len(due)} agreements of {pages} pages, domain, worker, files and database included; the least of each step"
    )
    return [
        ratio(
            "drawn up and signed by both", sum(ours.values()), sum(limit.values()), 1.2, 1.0, remark=remark
        ),
        Line("drawn up", ours["drawn up"], "CPU ms", limit["drawn up"], ours["drawn up"] / limit["drawn up"]),
        Line("signed by both (B-T beside B-B)", ours["signed"], "CPU ms", limit["signed"],
             ours["signed"] / limit["signed"]),
        Line("verified, revisions compared", best["verified"], "CPU ms"),
    ]  # fmt: skip


def _one(
    database: Database, services: Services, ground: Ground, bare: Bare, application_id: str
) -> tuple[dict[str, float], int]:
    """CPU milliseconds of each step of one agreement, ours and bare, and its number of pages."""
    made: list[str] = []
    measured = {"ours drawn up": _cpu(lambda: made.append(_drawn_up(database, services, application_id)))}
    with database.reading() as db:
        agreement = db.get_one(Agreement, made[0])
        people = agreement.organisation.users[0].id, ground.signatory_id
    files = [b""]

    def render() -> None:
        files[0] = bare.render(agreement)

    def sign() -> None:
        files[0] = bare.sign(bare.sign(files[0], "Zorgaanbieder", final=False), "Gemeente", final=True)

    measured["bare drawn up"] = _cpu(render)
    measured["ours signed"] = _cpu(lambda: [_signed(database, services, made[0], one) for one in people])
    measured["bare signed"] = _cpu(sign)
    with database.reading() as db:
        pdf = services.files.read(agreements.document_to_sign(db.get_one(Agreement, made[0]))[0])
    measured["verified"] = _cpu(lambda: services.signer.verify(pdf))
    with pikepdf.open(BytesIO(pdf)) as opened:
        return measured, len(opened.pages)

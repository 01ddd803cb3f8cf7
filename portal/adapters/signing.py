"""PAdES signatures with a test authority: technically real, without legal force.

Each signature gets a certificate in the signatory's own name, made for that one signature and valid for a
day, and an RFC 3161 time-stamp (PAdES B-T). Fields are invisible, because a visible one breaks PDF/UA or
makes the first signature look changed by the second. Why, and what replaces the test authority:
`docs/decisions/0005-pdf-signing.md`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation import EmbeddedPdfSignature, async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from portal import errors
from portal.adapters.trust import OwnTimeStamper, TestAuthority, asn1, finished
from portal.faults import fault
from portal.services import Signatory, SignatureReport
from portal.terms import N_

__all__ = ["PadesSigner", "TestAuthority"]

# What pyHanko raises on files that are no good PDF.
_BROKEN = (PdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, zlib.error)


class PadesSigner:
    """`services.Signer` with the test authority."""

    def __init__(self, authority: TestAuthority) -> None:
        self._authority = authority

    def sign(self, pdf: bytes, *, field: str, signatory: Signatory, at: datetime, final: bool) -> bytes:
        """As the protocol says. Raises `Refused` when `field` is signed already or the document is locked."""
        fault("sign.start")
        signed = finished(self._sign(pdf, field, signatory, at.astimezone(UTC), final))
        fault("sign.done")
        return signed

    async def _sign(self, pdf: bytes, field: str, signatory: Signatory, at: datetime, final: bool) -> bytes:
        try:
            writer = IncrementalPdfFileWriter(BytesIO(pdf))
            present = {one.field_name: one.fieldmdp for one in writer.prev.embedded_regular_signatures}
        except _BROKEN as error:
            raise _unreadable() from error
        if field in present:
            raise errors.Refused(N_("Deze overeenkomst is hier al ondertekend."))
        # pyHanko would sign on; readers would then report the final signature as broken.
        if any(locked and locked.action is FieldMDPAction.ALL for locked in present.values()):
            raise errors.Refused(N_("Deze overeenkomst is definitief ondertekend; er kan niets meer bij."))
        new_field = SigFieldSpec(field)
        if final:
            new_field = SigFieldSpec(
                field,
                field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL),
                doc_mdp_update_value=MDPPerm.NO_CHANGES,
            )
        metadata = PdfSignatureMetadata(
            field_name=field,
            name=signatory.name,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=not present,
            docmdp_permissions=MDPPerm.NO_CHANGES if final else MDPPerm.FILL_FORMS,
        )
        pdf_signer = PdfSigner(
            metadata,
            self._authority.signer_for(signatory, at),
            timestamper=OwnTimeStamper(self._authority.tsa, at),
            new_field_spec=new_field,
        )
        try:
            session = pdf_signer.init_signing_session(writer)
            session.system_time = at  # pyHanko's own short way to sign reads the machine's clock
            room = await session.estimate_signature_container_size(None)
            prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=room)
            output = BytesIO()
            digest, _ = prepared.digest_tbs_document(output=output)
            signed = await prepared.perform_signature(digest.document_digest, PdfCMSSignedAttributes(at))
            await signed.post_signature_processing(output)
        except SigningError as error:
            raise errors.Refused(N_("Aan dit document kan geen ondertekening meer worden toegevoegd.")) from error
        return output.getvalue()

    def verify(self, pdf: bytes) -> Sequence[SignatureReport]:
        """As the protocol says. Trusted: issued under our own root, with a time-stamp of our own TSA.

        Compares the revisions object by object: tenths of a second for a letter, seconds for a long
        agreement. Not for a web request on a file that somebody uploads.
        """
        try:
            signatures = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
        except _BROKEN as error:
            raise _unreadable() from error
        return finished(self._verify(signatures))

    async def _verify(self, signatures: Sequence[EmbeddedPdfSignature]) -> list[SignatureReport]:
        return [await self._verify_one(signature) for signature in signatures]

    async def _verify_one(self, signature: EmbeddedPdfSignature) -> SignatureReport:
        try:
            subject = signature.signer_cert.subject.native
            signed_at = _claimed_time(signature)
            # A certificate of one day has to be judged at the time that the TSA vouches for.
            context = ValidationContext(
                trust_roots=[asn1(self._authority.root)],
                other_certs=[asn1(self._authority.issuing)],
                moment=signed_at,
                allow_fetching=False,
            )
            status = await async_validate_pdf_signature(signature, context)
        except (SignatureValidationError, *_BROKEN) as error:
            raise _unreadable() from error
        stamp = status.timestamp_validity
        level = status.modification_level
        return SignatureReport(
            field=signature.field_name,
            name=str(subject.get("common_name", "")),
            organisation=str(subject.get("organization_name", "")),
            signed_at=signed_at,
            is_intact=bool(
                status.intact and status.valid and status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
            ),
            is_trusted=bool(status.trusted and stamp and stamp.valid and stamp.intact and stamp.trusted),
            covers_rest=bool(status.docmdp_ok and level is not None and level <= ModificationLevel.FORM_FILLING),
        )


def _claimed_time(signature: EmbeddedPdfSignature) -> datetime:
    """The time in the time-stamp, else the signatory's own word, which is not trusted."""
    for stamp in extract_tst_data_iter(signature.signer_info, signed=False):
        return stamp["encap_content_info"]["content"].parsed["gen_time"].native.astimezone(UTC)
    if own := signature.self_reported_timestamp:
        return own.astimezone(UTC)
    raise ValueError("a signature without a time")


def _unreadable() -> errors.FileRefused:
    return errors.FileRefused(
        "unreadable",
        N_("De ondertekeningen in deze PDF zijn niet te lezen. Upload het bestand zoals u het kreeg."),
    )

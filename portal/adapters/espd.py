"""An ESPD response as XML: `QualificationApplicationResponse` of UBL 2.3, as ESPD-EDM 4.1.0 uses it.

The order of the elements is that of the UBL schema; which of them must be there, the business rules of ESPD-EDM say.
Reading is in `espd_reader`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

from portal.domain.calendar import AMSTERDAM
from portal.domain.espd import DESCRIPTION, INDICATOR, LEAD, QUANTITY, Espd, Item, Proof, Stated
from portal.domain.espd_criteria import CRITERIA

VERSION, UBL = "4.1.0", "2.3"
AGENCY = "OP"
OURS = "VOORDEUR"
WHOLE = "LOT-0000"
"""The lot of a document that is about several lots; each criterion names its own."""

URN = "urn:oasis:names:specification:ubl:schema:xsd:"
ROOT, CAC, CBC = (
    f"{URN}{name}-2"
    for name in ("QualificationApplicationResponse", "CommonAggregateComponents", "CommonBasicComponents")
)
TABLE = "http://publications.europa.eu/resource/authority"

_NAMES = {None: ROOT, "cac": CAC, "cbc": CBC}
_root = ElementMaker(namespace=ROOT, nsmap=_NAMES)
_cac = ElementMaker(namespace=CAC, nsmap=_NAMES)
_cbc = ElementMaker(namespace=CBC, nsmap=_NAMES)

Element = Any  # lxml has no types

_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OWN_GROUP = uuid.UUID("3f0a7f0e-51a5-4b43-9a3c-6a6d1e1a9c52")
_OTHERS = {
    "group-mem": ("eo-group", "C59_OT_eo-group", "Samen met anderen"),
    "oeron": ("relied", "C60_OT_relied", "Beroep op anderen"),
    "subcont": ("subco-ent", "C61_OT_subco-ent", "Onderaannemers"),
}
"""The criterion about others that take part, by their role."""


def write(espd: Espd) -> bytes:
    """The document in UTF-8. The same `espd` gives the same bytes."""
    at = espd.issued_at.astimezone(AMSTERDAM)
    lot = espd.lots[0] if len(espd.lots) == 1 else WHOLE
    responses: list[Element] = []
    evidence: list[Element] = []
    criteria = [_criterion(number, one, responses, evidence) for number, one in enumerate(espd.stated, 1)]
    criteria += _others(espd, responses)
    document = _root.QualificationApplicationResponse(
        _cbc.UBLVersionID(UBL, schemeAgencyID="OASIS-UBL-TC"),
        _cbc.ProfileExecutionID(f"ESPD-EDMv{VERSION}", schemeAgencyID=AGENCY, schemeVersionID=VERSION),
        _cbc.ID(espd.number, schemeAgencyID=OURS),
        _cbc.CopyIndicator("false"),
        _cbc.UUID(
            str(uuid.uuid5(_OWN_GROUP, f"{espd.number} {at.isoformat()}")),
            schemeID="ISO/IEC 9834-8:2008 - 4UUID",
            schemeAgencyID=OURS,
            schemeVersionID=VERSION,
        ),
        _cbc.ContractFolderID(espd.procedure, schemeAgencyID=OURS),
        _cbc.IssueDate(at.date().isoformat()),
        _cbc.IssueTime(at.isoformat(timespec="seconds").partition("T")[2]),
        *([_cbc.EconomicOperatorGroupName(espd.group)] if espd.group else []),
        _cbc.VersionID(VERSION, schemeAgencyID=AGENCY, schemeVersionID=VERSION),
        _cac.ContractingParty(_cac.Party(_cac.PartyName(_cbc.Name(espd.buyer)))),
        _operator(espd),
        _cac.ProcurementProject(_cbc.Description(espd.title)),
        _cac.ProcurementProjectLot(_id(lot)),
        *criteria,
        *responses,
        *evidence,
    )
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _id(text: str) -> Element:
    return _cbc.ID(text, schemeID="Criterion", schemeAgencyID=OURS, schemeVersionID=VERSION)


def _code(name: str, text: str, list_id: str, version: str) -> Element:
    return getattr(_cbc, name)(text, listID=list_id, listAgencyID=AGENCY, listVersionID=version)


def _operator(espd: Espd) -> Element:
    one = espd.operator
    address = [
        *([_cbc.StreetName(one.street)] if one.street else []),
        *([_cbc.CityName(one.city)] if one.city else []),
        *([_cbc.PostalZone(one.postal_code)] if one.postal_code else []),
        _cac.Country(_code("IdentificationCode", "NLD", f"{TABLE}/country", "20250924-0")),
    ]
    return _cac.EconomicOperatorParty(
        _cac.EconomicOperatorRole(_code("RoleCode", one.role, f"{TABLE}/eo-role-type", "20211208-0")),
        _cac.Party(
            *([_cbc.WebsiteURI(one.website)] if one.website else []),
            _code("IndustryClassificationCode", one.size, f"{TABLE}/economic-operator-size", "20250924-0"),
            # The number in the Dutch trade register: a national identifier, whose scheme ISO 6523 knows as 0106.
            _cac.PartyIdentification(_cbc.ID(one.kvk_number, schemeID="NATIONAL", schemeAgencyID="KVK")),
            _cac.PartyName(_cbc.Name(one.name)),
            _cac.PostalAddress(*address),
            *([_cac.Contact(_cbc.Telephone(one.phone))] if one.phone else []),
        ),
    )


def _criterion(number: int, one: Stated, responses: list[Element], evidence: list[Element]) -> Element:
    """One criterion; its answers and its evidence join the lists that come later in the document."""
    known = CRITERIA[one.code]
    top = f"{one.place}/{one.code}"
    properties = []
    for index, item in enumerate(one.items, 1):
        property_id = f"{top}/Q{index}"
        properties.append(_question(property_id, item))
        responses.append(_response(property_id, _value(item)))
    groups = [
        _cac.TenderingCriterionPropertyGroup(
            _id(top), _always(), *(properties or [_unanswered(top, known.is_exclusion)])
        )
    ]
    if one.proofs:
        groups.append(_proofs(number, top, one.proofs, responses, evidence))
    references = [_cac.ProcurementProjectLotReference(_id(lot)) for lot in one.lots] if not known.is_exclusion else []
    law = []
    if known.article:
        law = [
            _cac.Legislation(
                _id(f"{top}/L1"),
                _cbc.Title("Aanbestedingswet 2012"),
                _cbc.JurisdictionLevel("NL"),
                _cbc.Article(known.article),
                _cbc.URI("https://wetten.overheid.nl/BWBR0032203"),
                _cac.Language(_code("LocaleCode", "NLD", f"{TABLE}/language", "20250618-0")),
            )
        ]
    return _cac.TenderingCriterion(
        _cbc.ID(known.uuid, schemeID="Criterion", schemeAgencyID=AGENCY, schemeVersionID=VERSION),
        _code("CriterionTypeCode", one.code, f"{TABLE}/criterion", "20240612-0"),
        _cbc.Name(one.name),
        _cbc.Description(one.text),
        *references,
        *law,
        *groups,
    )


def _always() -> Element:
    return _code("PropertyGroupTypeCode", "ON*", "property-group-type", VERSION)


def _question(property_id: str, item: Item) -> Element:
    return _property(property_id, item.key, item.label, item.kind)


def _unanswered(top: str, is_exclusion: bool) -> Element:
    asked = "Uw antwoord: is deze uitsluitingsgrond op u van toepassing?" if is_exclusion else "Uw antwoord: voldoet u?"
    return _property(f"{top}/Q1", "", asked, INDICATOR)


def _property(property_id: str, name: str, text: str, kind: str) -> Element:
    return _cac.TenderingCriterionProperty(
        _id(property_id),
        *([_cbc.Name(name)] if name else []),
        _cbc.Description(text),
        _code("TypeCode", "QUESTION", "criterion-element-type", VERSION),
        _code("ValueDataTypeCode", kind, "response-data-type", VERSION),
    )


def _value(item: Item) -> Element:
    if item.kind == INDICATOR:
        return _cbc.ResponseIndicator("true" if item.value else "false")
    if item.kind == QUANTITY:
        return _cbc.ResponseQuantity(str(item.value), unitCode="NUMBER")
    return _cbc.Description(_clean(str(item.value)))


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold; people paste them along with a text."""
    return _UNFIT.sub("", text)


def _response(property_id: str, value: Element) -> Element:
    return _cac.TenderingCriterionResponse(
        _id(f"{property_id}/R1"),
        _cbc.ValidatedCriterionPropertyID(
            property_id, schemeID="Criterion", schemeAgencyID=OURS, schemeVersionID=VERSION
        ),
        _cac.ResponseValue(_id(f"{property_id}/R1/RV"), value),
    )


def _proofs(
    number: int, top: str, proofs: tuple[Proof, ...], responses: list[Element], evidence: list[Element]
) -> Element:
    properties = []
    for index, proof in enumerate(proofs, 1):
        property_id, evidence_id = f"{top}/E{index}", f"EVIDENCE-{number}-{index}"
        properties.append(_property(property_id, proof.filename, "Bewijsstuk", "EVIDENCE_IDENTIFIER"))
        responses.append(
            _cac.TenderingCriterionResponse(
                _id(f"{property_id}/R1"),
                _cbc.ValidatedCriterionPropertyID(
                    property_id, schemeID="Criterion", schemeAgencyID=OURS, schemeVersionID=VERSION
                ),
                _cac.EvidenceSupplied(_cbc.ID(evidence_id, schemeAgencyID=OURS)),
            )
        )
        evidence.append(_evidence(evidence_id, proof))
    return _cac.TenderingCriterionPropertyGroup(_id(f"{top}/EVIDENCE"), _always(), *properties)


def _evidence(evidence_id: str, proof: Proof) -> Element:
    issuer = [_cac.IssuerParty(_cac.PartyName(_cbc.Name(_clean(proof.issuer))))] if proof.issuer else []
    return _cac.Evidence(
        _cbc.ID(evidence_id, schemeAgencyID=OURS),
        _code("ConfidentialityLevelCode", "CONFIDENTIAL", f"{TABLE}/access-right", "20250924-0"),
        _cac.DocumentReference(
            _cbc.ID(_clean(proof.number) or proof.sha256, schemeAgencyID=OURS),
            *([_cbc.IssueDate(proof.issued_on.isoformat())] if proof.issued_on else []),
            _cac.Attachment(
                _cac.ExternalReference(
                    _cbc.DocumentHash(proof.sha256),
                    _cbc.HashAlgorithmMethod("http://www.w3.org/2001/04/xmlenc#sha256"),
                    _cbc.FileName(_clean(proof.filename)),
                )
            ),
            *issuer,
        ),
    )


def _others(espd: Espd, responses: list[Element]) -> Iterator[Element]:
    """Who takes part beside the operator: one criterion per role."""
    if espd.operator.role not in (LEAD, "sole-tenderer"):
        return
    for role, (code, criterion_id, name) in _OTHERS.items():
        names = [who for found, who in espd.others if found == role]
        top, label = f"{OURS}/{code}", "Uw antwoord"
        first = Item("", label, INDICATOR, bool(names))
        responses.append(_response(f"{top}/Q1", _value(first)))
        inner = []
        if names:
            responses.append(_response(f"{top}/Q2", _cbc.Description(_clean("; ".join(names)))))
            inner = [
                _cac.SubsidiaryTenderingCriterionPropertyGroup(
                    _id(f"{top}/QSG1"),
                    _code("PropertyGroupTypeCode", "ONTRUE", "property-group-type", VERSION),
                    _property(f"{top}/Q2", "", "Wie doen er mee?", DESCRIPTION),
                )
            ]
        yield _cac.TenderingCriterion(
            _cbc.ID(criterion_id, schemeID="Criterion", schemeAgencyID=AGENCY, schemeVersionID=VERSION),
            _code("CriterionTypeCode", code, f"{TABLE}/criterion", "20240612-0"),
            _cbc.Name(name),
            _cbc.Description("Wie er verder meedoet in deze aanmelding."),
            _cac.TenderingCriterionPropertyGroup(
                _id(f"{top}/QG1"), _always(), _property(f"{top}/Q1", "", label, INDICATOR), *inner
            ),
        )

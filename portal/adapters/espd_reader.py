"""Reading an ESPD response that somebody brings: nothing in it is trusted, nothing outside it is looked at.

ESPD-EDM 2 to 4 write the same elements of UBL, so any of them is read. A document type or an entity is refused before
the parser sees it; the parser opens no file, asks no network and keeps its own limits on depth and size.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from lxml import etree

from portal.adapters.espd import CAC, CBC, ROOT
from portal.domain.espd import DESCRIPTION, INDICATOR, QUANTITY, Espd, Item, Operator, Proof, Stated, Value
from portal.errors import FileRefused
from portal.terms import N_

MOST = 6_000_000
"""Bytes. The largest published example is 1.1 MB."""

MOST_CRITERIA, MOST_ANSWERS, LONGEST = 1_000, 10_000, 10_000

_IN = {"cac": CAC, "cbc": CBC}
_OTHER_ROOTS = {
    "QualificationApplicationRequest": N_(
        "Dit is de vraag (ESPD Request) van een aanbestedende dienst. Kies het antwoord: het UEA dat u zelf invulde."
    ),
    "ESPDResponse": N_("Dit UEA is van versie 1. Maak het opnieuw met een dienst die versie 2 of hoger schrijft."),
}

Element = Any  # lxml has no types


def read(data: bytes) -> Espd:
    """The document as values. Raises `FileRefused`, with the rule and the way out, for anything that is none."""
    root = _parsed(data)
    properties = {_text(one, "cbc:ID"): one for one in _some(root, ".//cac:TenderingCriterionProperty", MOST_ANSWERS)}
    answers = _answers(root)
    proofs = {_text(one, "cbc:ID"): _proof(one) for one in _some(root, "cac:Evidence", MOST_ANSWERS)}
    stated = tuple(
        _stated(one, properties, answers, proofs) for one in _some(root, "cac:TenderingCriterion", MOST_CRITERIA)
    )
    if not stated:
        raise FileRefused("empty", N_("In dit UEA staan geen criteria. Kies het bestand dat u zelf hebt ingevuld."))
    lots = [_text(one, "cbc:ID") for one in _some(root, "cac:ProcurementProjectLot", MOST_CRITERIA)]
    lots += [code for one in stated for code in one.lots]
    return Espd(
        number=_text(root, "cbc:ID"),
        issued_at=_moment(root),
        procedure=_text(root, "cbc:ContractFolderID"),
        title=_text(root, "cac:ProcurementProject/cbc:Description"),
        buyer=_text(root, "cac:ContractingParty/cac:Party/cac:PartyName/cbc:Name"),
        operator=_operator(root),
        lots=tuple(dict.fromkeys(code for code in lots if code and code != "LOT-0000")),
        stated=stated,
        group=_text(root, "cbc:EconomicOperatorGroupName"),
    )


def _parsed(data: bytes) -> Element:
    if len(data) > MOST:
        raise FileRefused(
            "too_large", N_("Dit bestand is te groot voor een UEA. Kies het XML-bestand zelf, zonder bijlagen.")
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(
            "content", N_("Dit is geen UEA in XML. Kies het bestand met de naam die eindigt op .xml.")
        ) from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FileRefused(
            "active", N_("In dit bestand staan definities die een UEA niet heeft. Maak het UEA opnieuw en kies dat.")
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FileRefused(
            "content", N_("Dit bestand is geen geldige XML, of niet heel aangekomen. Maak het UEA opnieuw en kies dat.")
        ) from error
    name = etree.QName(root)
    if (name.namespace, name.localname) != (ROOT, "QualificationApplicationResponse"):
        raise FileRefused(
            "kind",
            _OTHER_ROOTS.get(
                name.localname,
                N_("Dit is XML, maar geen UEA (ESPD Response). Kies het bestand dat u bij het UEA hebt bewaard."),
            ),
        )
    return root


def _some(root: Element, path: str, most: int) -> list[Element]:
    found: list[Element] = root.findall(path, _IN)
    if len(found) > most:
        raise FileRefused("heavy", N_("In dit bestand staat meer dan in een UEA past. Maak het UEA opnieuw."))
    return found


def _text(one: Element, path: str) -> str:
    return (one.findtext(path, "", _IN) or "").strip()[:LONGEST]


def _moment(root: Element) -> datetime:
    with contextlib.suppress(ValueError):
        return datetime.combine(date.fromisoformat(_text(root, "cbc:IssueDate")), datetime.min.time(), UTC)
    return datetime.min.replace(tzinfo=UTC)


def _operator(root: Element) -> Operator:
    party = root.find("cac:EconomicOperatorParty", _IN)
    if party is None:
        raise FileRefused("kind", N_("In dit UEA staat niet van welke organisatie het is. Maak het opnieuw."))
    inside = "cac:Party/"
    digits = [
        "".join(filter(str.isdigit, (one.text or "")[:60]))
        for one in party.iterfind(f"{inside}cac:PartyIdentification/cbc:ID", _IN)
    ]
    return Operator(
        name=_text(party, f"{inside}cac:PartyName/cbc:Name")[:200],
        kvk_number=next((one for one in digits if len(one) == 8), ""),  # others write a VAT number here
        role=_text(party, "cac:EconomicOperatorRole/cbc:RoleCode"),
        street=_text(party, f"{inside}cac:PostalAddress/cbc:StreetName"),
        postal_code=_text(party, f"{inside}cac:PostalAddress/cbc:PostalZone"),
        city=_text(party, f"{inside}cac:PostalAddress/cbc:CityName"),
    )


def _answers(root: Element) -> dict[str, Element]:
    found = _some(root, "cac:TenderingCriterionResponse", MOST_ANSWERS)
    return {_text(one, "cbc:ValidatedCriterionPropertyID"): one for one in found}


def _stated(
    one: Element, properties: dict[str, Element], answers: dict[str, Element], proofs: dict[str, Proof]
) -> Stated:
    own = [_text(each, "cbc:ID") for each in one.iterfind(".//cac:TenderingCriterionProperty", _IN)]
    items, named = [], []
    for property_id in own:
        answer = answers.get(property_id)
        if answer is None:
            continue
        items += list(_items(properties[property_id], answer))
        named += [proofs[key] for key in [_text(answer, "cac:EvidenceSupplied/cbc:ID")] if key in proofs]
    group = _text(one, "cac:TenderingCriterionPropertyGroup/cbc:ID")
    code = _text(one, "cbc:CriterionTypeCode")[:60]
    return Stated(
        code=code,
        name=_text(one, "cbc:Name")[:200],
        text=_text(one, "cbc:Description"),
        items=tuple(items),
        lots=tuple(_text(each, "cbc:ID") for each in one.iterfind("cac:ProcurementProjectLotReference", _IN)),
        # Our own groups are called '<procedure>/<place>/<criterion>'.
        place=group.rpartition("/")[0] if group.count("/") == 2 and group.endswith(f"/{code}") else "",
        proofs=tuple(named),
    )


_VALUES = {
    "ResponseIndicator": INDICATOR,
    "ResponseQuantity": QUANTITY,
    "ResponseNumeric": QUANTITY,
    "Description": DESCRIPTION,
    "ResponseCode": DESCRIPTION,
    "ResponseID": DESCRIPTION,
    "ResponseDate": DESCRIPTION,
    "ResponseURI": DESCRIPTION,
    "ResponseAmount": DESCRIPTION,
}


def _items(question: Element, answer: Element) -> Iterator[Item]:
    key, label = _text(question, "cbc:Name")[:200], _text(question, "cbc:Description")[:500]
    for element in answer.iterfind("cac:ResponseValue/*", _IN):
        kind, text = _VALUES.get(etree.QName(element).localname), (element.text or "").strip()[:LONGEST]
        if kind and text:
            yield (
                Item(key, label, kind, _value(kind, text))
                if kind != QUANTITY or text.isdigit()
                else Item(key, label, DESCRIPTION, text)
            )


def _value(kind: str, text: str) -> Value:
    if kind == INDICATOR:
        return text.lower() in ("true", "1")
    return int(text[:9]) if kind == QUANTITY else text


def _proof(one: Element) -> Proof:
    external = "cac:DocumentReference/cac:Attachment/cac:ExternalReference/"
    return Proof(
        filename=_text(one, f"{external}cbc:FileName")[:200],
        sha256=_text(one, f"{external}cbc:DocumentHash").lower()[:64],
        number=_text(one, "cac:DocumentReference/cbc:ID")[:200],
        issuer=_text(one, "cac:DocumentReference/cac:IssuerParty/cac:PartyName/cbc:Name")[:200],
    )

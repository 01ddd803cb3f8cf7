"""ESPD as XML: valid by the published schemas, back as it went, and what is refused."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from portal.adapters import espd, espd_reader
from portal.domain.espd import DESCRIPTION, INDICATOR, LEAD, QUANTITY, SOLE, Espd, Item, Operator, Proof, Stated
from portal.domain.espd_criteria import CRITERIA
from portal.errors import FileRefused

SCHEMAS = Path(sys.prefix) / "schemas" / "odoo" / "addons" / "base_ubl" / "data" / "xsd-2.2"

LINDE = Operator("Stichting De Linde & Co", "12345678", SOLE, "Lindelaan 1", "5211 AA", "Vught", "073-1234567")
WHOLE = Espd(
    number="UEA-A-1",
    issued_at=datetime(2019, 7, 15, 8, 0, tzinfo=UTC),
    procedure="meierij-2020",
    title="Wmo Meierij, 2020-1",
    buyer="Regio Meierij",
    operator=LINDE,
    lots=("1A", "1B"),
    stated=tuple(
        Stated(
            code,
            one.label,
            "Een eis",
            (
                Item("agreed", "Uw antwoord", INDICATOR, not one.is_exclusion),
                Item("clients/IB-BASIS", "Cliënten", QUANTITY, 3),
                Item("argument", "Waarom", DESCRIPTION, "Regel 1\nmet <haken> & tekens ✓"),
            ),
            () if one.is_exclusion else ("1A", "1B"),
            f"meierij-2020/T{number:02}-1A",
            (Proof("verklaring.pdf", f"{number:02x}" * 32, "123", "KIWA", date(2019, 1, 31)),),
        )
        for number, (code, one) in enumerate(CRITERIA.items())
    ),
)


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """The published schema of UBL 2.2, with the one thing that we use of 2.3: a criterion names its lots.

    No package carries the schemas of 2.3. Minor versions of UBL only add, so all the rest is the same.
    """
    assert SCHEMAS.is_dir(), "the schemas are not there: run `make test` once, or bin/setup test"
    folder = tmp_path_factory.mktemp("ubl") / "xsd"
    shutil.copytree(SCHEMAS, folder)
    common = folder / "common" / "UBL-CommonAggregateComponents-2.2.xsd"
    tree = etree.parse(common)
    names = {"xsd": "http://www.w3.org/2001/XMLSchema"}
    criterion = tree.find(".//xsd:complexType[@name='TenderingCriterionType']", names)
    before = criterion.find(".//xsd:element[@ref='cac:SubTenderingCriterion']", names)
    added = etree.Element(f"{{{names['xsd']}}}element", ref="cac:ProcurementProjectLotReference")
    added.attrib.update({"minOccurs": "0", "maxOccurs": "unbounded"})
    before.addprevious(added)
    tree.write(common)
    return etree.XMLSchema(etree.parse(folder / "maindoc" / "UBL-QualificationApplicationResponse-2.2.xsd"))


@pytest.mark.parametrize(
    "document",
    [
        WHOLE,
        replace(WHOLE, lots=("1A",)),
        replace(
            WHOLE,
            operator=replace(LINDE, role=LEAD),
            group="De Linde en partners",
            others=(("group-mem", "Zuid (KvK 1)"), ("subcont", "Noord (KvK 2)"), ("oeron", "Oost (KvK 3)")),
        ),
        replace(WHOLE, operator=Operator("Noord", "22334455", "subcont")),
        replace(WHOLE, stated=tuple(replace(one, items=(), proofs=()) for one in WHOLE.stated[:2]), lots=()),
    ],
    ids=["alone", "one lot", "with others", "as subcontractor", "unanswered"],
)
def test_what_is_written_is_valid_by_the_published_schema(schema, document):
    written = etree.fromstring(espd.write(document))

    assert schema.validate(written), schema.error_log


def test_the_schema_can_say_no(schema):
    wrong = espd.write(WHOLE).replace(b"<cbc:IssueDate>2019-07-15<", b"<cbc:IssueDate>vandaag<")
    unknown = espd.write(WHOLE).replace(b"cbc:CopyIndicator", b"cbc:CopyPasta")

    assert not schema.validate(etree.fromstring(wrong))
    assert not schema.validate(etree.fromstring(unknown))


def test_the_rules_that_a_schema_cannot_say_are_kept():
    """BR-TCR-01, 03, 06, 09 and BR-LOT-10 of ESPD-EDM 4.1.0: one answer per question, each to a question that is
    there, each evidence once, one lot."""
    others = (("subcont", "Noord (KvK 2)"),)
    root = etree.fromstring(
        espd.write(replace(WHOLE, operator=replace(LINDE, role=LEAD), group="Groep", others=others))
    )
    found = lambda path: root.findall(path, {"cac": espd.CAC, "cbc": espd.CBC})  # noqa: E731

    questions = [one.text for one in found(".//cac:TenderingCriterionProperty/cbc:ID")]
    answered = [one.text for one in found("cac:TenderingCriterionResponse/cbc:ValidatedCriterionPropertyID")]
    assert len(set(questions)) == len(questions)
    assert sorted(answered) == sorted(questions)
    named = [one.text for one in found(".//cac:EvidenceSupplied/cbc:ID")]
    assert sorted(named) == sorted(one.text for one in found("cac:Evidence/cbc:ID"))
    assert len(found("cac:ProcurementProjectLot")) == 1


def test_what_is_written_reads_back_the_same():
    read = espd_reader.read(espd.write(WHOLE))

    assert read.operator == replace(LINDE, phone="")
    assert (read.procedure, read.lots, read.buyer) == ("meierij-2020", ("1A", "1B"), "Regio Meierij")
    said = [one for one in read.stated if one.code in CRITERIA]
    for one, back in zip(WHOLE.stated, said, strict=True):
        assert (back.code, back.items, back.lots, back.place) == (one.code, one.items, one.lots, one.place)
        assert [(proof.filename, proof.sha256) for proof in back.proofs] == [
            (proof.filename, proof.sha256) for proof in one.proofs
        ]


def test_characters_that_xml_cannot_hold_are_left_out():
    item = Item("text", "Uw antwoord", DESCRIPTION, "voor\x00\x0b\ufffena🙂")
    written = espd.write(replace(WHOLE, stated=(replace(WHOLE.stated[0], items=(item,)),)))

    assert espd_reader.read(written).stated[0].items[0].value == "voorna🙂"


BOMB = (
    b"<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><l>&j;</l>"
)
FILE_ENTITY = b"<!DOCTYPE l [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><l>&x;</l>"
GOOD = espd.write(WHOLE)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "content"),
        (b"%PDF-1.7", "content"),
        (GOOD[: len(GOOD) // 2], "content"),
        (b"\xff\xfe<\x00a\x00/\x00>\x00", "content"),
        (BOMB, "active"),
        (FILE_ENTITY, "active"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "content"),
        (bytes(25_000_000), "too_large"),
        (b"<html/>", "kind"),
        (b"<ESPDResponse xmlns='urn:grow:names:specification:ubl:schema:xsd:ESPDResponse-1'/>", "kind"),
        (b"<QualificationApplicationRequest xmlns='urn:x'/>", "kind"),
        (b"<QualificationApplicationResponse xmlns='%s'/>" % espd.ROOT.encode(), "empty"),
    ],
    ids=["empty", "pdf", "half", "utf-16", "bomb", "file", "deep", "25 MB", "html", "version 1", "request", "nothing"],
)
def test_what_is_no_answer_is_refused_with_a_rule(data, rule):
    with pytest.raises(FileRefused) as refused:
        espd_reader.read(data)

    assert refused.value.rule == rule

"""Every table of the portal, importable from one place."""

from portal.models.agreements import Agreement, AgreementLine, Signature
from portal.models.applications import Answer, Application, Evidence, Selection, Submission
from portal.models.base import Base, OwnedByAuthority, attach, new_id
from portal.models.decisions import Decision, DecisionLetter
from portal.models.documents import Document
from portal.models.integrity import IntegrityCheck, IntegrityRead
from portal.models.people import Authority, LoginSession, MailToken, Municipality, Organisation, User, UserRole
from portal.models.procedures import Coverage, Lot, Procedure, Product, Requirement, Round
from portal.models.records import AuditEvent, Message, NumberSeries
from portal.models.reviews import (
    Conflict,
    Finding,
    InterestDeclaration,
    RemedyDocument,
    RemedyItem,
    RemedyRequest,
    Review,
)

__all__ = [
    "Agreement",
    "AgreementLine",
    "Answer",
    "Application",
    "AuditEvent",
    "Authority",
    "Base",
    "Conflict",
    "Coverage",
    "Decision",
    "DecisionLetter",
    "Document",
    "Evidence",
    "Finding",
    "IntegrityCheck",
    "IntegrityRead",
    "InterestDeclaration",
    "LoginSession",
    "Lot",
    "MailToken",
    "Message",
    "Municipality",
    "NumberSeries",
    "Organisation",
    "OwnedByAuthority",
    "Procedure",
    "Product",
    "RemedyDocument",
    "RemedyItem",
    "RemedyRequest",
    "Requirement",
    "Review",
    "Round",
    "Selection",
    "Signature",
    "Submission",
    "User",
    "UserRole",
    "attach",
    "new_id",
]

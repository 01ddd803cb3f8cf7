"""Every table of the portal, importable from one place."""

from portal.models.agreements import Agreement, AgreementLine, DirectoryEntry, Signature
from portal.models.applications import Answer, Application, Evidence, Party, Selection, Submission
from portal.models.base import Base, OwnedByAuthority, attach, new_id, succeed
from portal.models.certificates import CloseCertificate
from portal.models.consultations import (
    AddedMeeting,
    MeetingDraw,
    MeetingRegistration,
    Minutes,
    NotePoint,
    Reaction,
    ReactionNote,
)
from portal.models.deadlines import CarriedPlace, CarryOver, DeadlineChange, Follower, LateAttempt
from portal.models.decisions import Decision, DecisionLetter
from portal.models.documents import Document
from portal.models.editions import Edition
from portal.models.integrity import IntegrityCheck, IntegrityRead
from portal.models.monitoring import ClientCount, CountDelivery, IndicatorFigure, Risk, RiskEntry
from portal.models.offers import OfferDocument, OfferText
from portal.models.outages import Probe
from portal.models.people import Authority, LoginSession, MailToken, Municipality, Organisation, User, UserRole
from portal.models.planning import GateDecision
from portal.models.procedures import Coverage, CoverageChange, Lot, Procedure, Product, Requirement, Round
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
from portal.models.scoring import Award, Consensus, PanelMember, Replacement, Score, SigningBlock
from portal.models.talks import ActionPoint, Handover, HandoverItem, Talk, TalkAddendum, TalkNote
from portal.models.tasks import Alarm, TaskFailure, TaskRun, WorkerBeat
from portal.models.tender_vaults import (
    HolderKey,
    SealedFile,
    SealedSubmission,
    TenderVault,
    VaultHolder,
    VaultOpening,
)
from portal.models.upkeep import (
    Bridging,
    DeviationQuote,
    OutflowCase,
    Recheck,
    RecheckDocument,
    RecheckItem,
    RecheckVerdict,
    Suspension,
)

__all__ = [
    "ActionPoint",
    "AddedMeeting",
    "Agreement",
    "AgreementLine",
    "Alarm",
    "Answer",
    "Application",
    "AuditEvent",
    "Authority",
    "Award",
    "Base",
    "Bridging",
    "CarriedPlace",
    "CarryOver",
    "ClientCount",
    "CloseCertificate",
    "Conflict",
    "Consensus",
    "CountDelivery",
    "Coverage",
    "CoverageChange",
    "DeadlineChange",
    "Decision",
    "DecisionLetter",
    "DeviationQuote",
    "DirectoryEntry",
    "Document",
    "Edition",
    "Evidence",
    "Finding",
    "Follower",
    "GateDecision",
    "Handover",
    "HandoverItem",
    "HolderKey",
    "IndicatorFigure",
    "IntegrityCheck",
    "IntegrityRead",
    "InterestDeclaration",
    "LateAttempt",
    "LoginSession",
    "Lot",
    "MailToken",
    "MeetingDraw",
    "MeetingRegistration",
    "Message",
    "Minutes",
    "Municipality",
    "NotePoint",
    "NumberSeries",
    "OfferDocument",
    "OfferText",
    "Organisation",
    "OutflowCase",
    "OwnedByAuthority",
    "PanelMember",
    "Party",
    "Probe",
    "Procedure",
    "Product",
    "Reaction",
    "ReactionNote",
    "Recheck",
    "RecheckDocument",
    "RecheckItem",
    "RecheckVerdict",
    "RemedyDocument",
    "RemedyItem",
    "RemedyRequest",
    "Replacement",
    "Requirement",
    "Review",
    "Risk",
    "RiskEntry",
    "Round",
    "Score",
    "SealedFile",
    "SealedSubmission",
    "Selection",
    "Signature",
    "SigningBlock",
    "Submission",
    "Suspension",
    "Talk",
    "TalkAddendum",
    "TalkNote",
    "TaskFailure",
    "TaskRun",
    "TenderVault",
    "User",
    "UserRole",
    "VaultHolder",
    "VaultOpening",
    "WorkerBeat",
    "attach",
    "new_id",
    "succeed",
]

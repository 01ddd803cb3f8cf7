"""Every table of the portal, importable from one place."""

from portal.models.agreements import Agreement, AgreementLine, DirectoryEntry, Signature
from portal.models.applications import Answer, Application, Evidence, Party, Selection, Submission, sketch
from portal.models.base import Base, OwnedByAuthority, attach, new_id, succeed
from portal.models.case_files import CaseFile, Redaction
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
from portal.models.conversations import Conversation, Post, PostOpening, PostPointer
from portal.models.deadlines import CarriedPlace, CarryOver, DeadlineChange, Follower, LateAttempt
from portal.models.decisions import Decision, DecisionLetter, DecisionRelease, LetterDraft
from portal.models.documents import CalendarFeed, Document
from portal.models.editions import Edition
from portal.models.equal_treatment import TreatmentExplanation
from portal.models.espd import EspdImport
from portal.models.integrity import (
    IntegrityAdvice,
    IntegrityCheck,
    IntegrityFile,
    IntegrityForm,
    IntegrityPaper,
    IntegrityRead,
)
from portal.models.interests import FormerEmployer, LiftedConflict
from portal.models.mandates import Mandate, MandateRound
from portal.models.monitoring import ClientCount, CountDelivery, IndicatorFigure, Risk, RiskEntry
from portal.models.objections import Objection, ObjectionPoint
from portal.models.offers import OfferDocument, OfferText
from portal.models.outages import Probe
from portal.models.own_parts import OwnPart, PartyInvitation
from portal.models.people import Authority, LoginSession, MailToken, Municipality, Organisation, User, UserRole
from portal.models.planning import GateDecision
from portal.models.procedures import Coverage, CoverageChange, Lot, Procedure, Product, Requirement, Round
from portal.models.questions import Clarification, ClarificationNotice, Question
from portal.models.readings import DocumentReading
from portal.models.records import AuditEvent, Message, NumberSeries
from portal.models.reviews import (
    Conflict,
    Finding,
    InterestDeclaration,
    RemedyDocument,
    RemedyDraft,
    RemedyItem,
    RemedyRequest,
    Review,
)
from portal.models.running_terms import TermFeed, TermSuspension
from portal.models.scoring import Award, Consensus, PanelMember, Replacement, Score, SigningBlock
from portal.models.screening import FindingDraft, ReasonText
from portal.models.seen import Erasure, SeenCertificate
from portal.models.side_reviews import JointVerdict, ShadowReviewer, SideReview, SideVerdict
from portal.models.sign_offs import SignOff
from portal.models.signals import ScreenedDocument, Signal, SignalLook, SignalRun
from portal.models.site_visits import SiteNote, SitePhoto, SitePoint, SiteVisit, SiteVisitor
from portal.models.talks import ActionPoint, Handover, HandoverItem, Talk, TalkAddendum, TalkNote
from portal.models.tasks import Alarm, TaskFailure, TaskRun, WorkerBeat
from portal.models.tender_vaults import (
    HolderKey,
    SealedFile,
    SealedPart,
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
from portal.models.uploads import Photo, Upload

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
    "CalendarFeed",
    "CarriedPlace",
    "CarryOver",
    "CaseFile",
    "Clarification",
    "ClarificationNotice",
    "ClientCount",
    "CloseCertificate",
    "Conflict",
    "Consensus",
    "Conversation",
    "CountDelivery",
    "Coverage",
    "CoverageChange",
    "DeadlineChange",
    "Decision",
    "DecisionLetter",
    "DecisionRelease",
    "DeviationQuote",
    "DirectoryEntry",
    "Document",
    "DocumentReading",
    "Edition",
    "Erasure",
    "EspdImport",
    "Evidence",
    "Finding",
    "FindingDraft",
    "Follower",
    "FormerEmployer",
    "GateDecision",
    "Handover",
    "HandoverItem",
    "HolderKey",
    "IndicatorFigure",
    "IntegrityAdvice",
    "IntegrityCheck",
    "IntegrityFile",
    "IntegrityForm",
    "IntegrityPaper",
    "IntegrityRead",
    "InterestDeclaration",
    "JointVerdict",
    "LateAttempt",
    "LetterDraft",
    "LiftedConflict",
    "LoginSession",
    "Lot",
    "MailToken",
    "Mandate",
    "MandateRound",
    "MeetingDraw",
    "MeetingRegistration",
    "Message",
    "Minutes",
    "Municipality",
    "NotePoint",
    "NumberSeries",
    "Objection",
    "ObjectionPoint",
    "OfferDocument",
    "OfferText",
    "Organisation",
    "OutflowCase",
    "OwnPart",
    "OwnedByAuthority",
    "PanelMember",
    "Party",
    "PartyInvitation",
    "Photo",
    "Post",
    "PostOpening",
    "PostPointer",
    "Probe",
    "Procedure",
    "Product",
    "Question",
    "Reaction",
    "ReactionNote",
    "ReasonText",
    "Recheck",
    "RecheckDocument",
    "RecheckItem",
    "RecheckVerdict",
    "Redaction",
    "RemedyDocument",
    "RemedyDraft",
    "RemedyItem",
    "RemedyRequest",
    "Replacement",
    "Requirement",
    "Review",
    "Risk",
    "RiskEntry",
    "Round",
    "Score",
    "ScreenedDocument",
    "SealedFile",
    "SealedPart",
    "SealedSubmission",
    "SeenCertificate",
    "Selection",
    "ShadowReviewer",
    "SideReview",
    "SideVerdict",
    "SignOff",
    "Signal",
    "SignalLook",
    "SignalRun",
    "Signature",
    "SigningBlock",
    "SiteNote",
    "SitePhoto",
    "SitePoint",
    "SiteVisit",
    "SiteVisitor",
    "Submission",
    "Suspension",
    "Talk",
    "TalkAddendum",
    "TalkNote",
    "TaskFailure",
    "TaskRun",
    "TenderVault",
    "TermFeed",
    "TermSuspension",
    "TreatmentExplanation",
    "Upload",
    "User",
    "UserRole",
    "VaultHolder",
    "VaultOpening",
    "WorkerBeat",
    "attach",
    "new_id",
    "sketch",
    "succeed",
]

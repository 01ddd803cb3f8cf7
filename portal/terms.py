"""The words of the field: every key that is stored, with its Dutch label. Leaf module, plain values only."""

from __future__ import annotations

from typing import NamedTuple

from portal.document_kinds import DOCUMENT_KINDS as DOCUMENT_KINDS
from portal.document_kinds import N_ as N_
from portal.document_kinds import DocumentKind as DocumentKind


class Term(NamedTuple):
    """A label on screen and the tone of its badge: neutral, info, positive, warning or negative."""

    label: str
    tone: str = "neutral"


REASON_LENGTH = 10
"""Least number of characters of a reason that somebody writes; the database asks as many."""

ROLES: dict[str, Term] = {
    "reader": Term(N_("Meelezer")),
    "editor": Term(N_("Invuller")),
    "signatory": Term(N_("Tekenbevoegde")),
    "delegate": Term(N_("Gemachtigde")),
    "submitter": Term(N_("Gemachtigde die mag indienen")),
    "inkoper": Term(N_("Inkoper")),
    "integrity_officer": Term(N_("Integriteitsfunctionaris")),
    "integrity_decider": Term(N_("Beslisser integriteit")),
    "round_manager": Term(N_("Rondebeheerder")),
    "authority_signatory": Term(N_("Tekenbevoegde gemeente")),
    "assessor": Term(N_("Beoordelaar gunning")),
    "inspector": Term(N_("Toezichthouder (leest mee)")),
    "contract_manager": Term(N_("Contractmanager")),
    "administrator": Term(N_("Functioneel beheerder")),
}
COLLEAGUE_ROLES = ("reader", "editor", "signatory")
"""What a colleague of an organisation can be. A reader sees everything and changes nothing."""
PROVIDER_ROLES = ("editor", "signatory")
"""Colleagues who change things: a mandate does not reach agreements."""
APPLICANT_ROLES = (*PROVIDER_ROLES, "delegate")
"""Who fills in an application: colleagues, and who has a mandate (`Mandate` gives 'delegate' and 'submitter')."""
SUBMIT_ROLES = ("signatory", "submitter")
"""Who may submit and withdraw."""
AUTHORITY_ROLES = (
    "inkoper", "integrity_officer", "integrity_decider", "round_manager", "authority_signatory", "assessor",
    "inspector", "contract_manager", "administrator",
)  # fmt: skip
CONTENT_ROLES = tuple(role for role in AUTHORITY_ROLES if role != "administrator")
"""The roles that may see dossiers; the administrator keeps the portal running and sees none."""

PARTY_ROLES: dict[str, Term] = {
    "partner": Term(N_("Combinant")),
    "subcontractor": Term(N_("Onderaannemer")),
    "member": Term(N_("Lid van de coöperatie")),
    "third_party": Term(N_("Derde op wie u een beroep doet")),
}
PARTY_FORMS = {"partner": "combination", "subcontractor": "main_contractor", "member": "cooperative"}
"""Which form of working together a party of this role belongs to."""

OWN_PART_STATES: dict[str, Term] = {
    "filling": Term(N_("Vult zelf in"), "info"),
    "ready": Term(N_("Gereed verklaard"), "positive"),
    "left": Term(N_("Doet niet meer mee"), "neutral"),
    "ended": Term(N_("Vult niet meer zelf in"), "neutral"),
}
SHARING: dict[str, Term] = {
    "answer": Term(N_("Wel het antwoord, niet de bestanden")),
    "all": Term(N_("Het antwoord en de bestanden")),
    "nothing": Term(N_("Niets: alleen of het klaar is")),
}
"""What the lead may read at one place of a party that fills in its own part. The integrity check: always nothing."""

LEGAL_FORMS: dict[str, Term] = {
    "bv": Term(N_("Besloten vennootschap (bv)")),
    "stichting": Term(N_("Stichting")),
    "cooperatie": Term(N_("Coöperatie")),
    "vereniging": Term(N_("Vereniging")),
    "vof": Term(N_("Vennootschap onder firma (vof)")),
    "maatschap": Term(N_("Maatschap")),
    "eenmanszaak": Term(N_("Eenmanszaak")),
    "nv": Term(N_("Naamloze vennootschap (nv)")),
    "cv": Term(N_("Commanditaire vennootschap (cv)")),
    "onderlinge": Term(N_("Onderlinge waarborgmaatschappij")),
    "kerkgenootschap": Term(N_("Kerkgenootschap")),
    "publiekrechtelijk": Term(N_("Publiekrechtelijke rechtspersoon")),
    "europees": Term(N_("Europese rechtsvorm (SE, SCE of EESV)")),
    "buitenlands": Term(N_("Buitenlandse rechtsvorm")),
    "anders": Term(N_("Andere rechtsvorm")),
}

PROCEDURE_KINDS: dict[str, Term] = {
    "open_house": Term(N_("Open house (toelatingsprocedure)")),
    "tender": Term(N_("Aanbesteding")),
    "framework": Term(N_("Raamovereenkomst met instroom")),
    "consultation": Term(N_("Marktconsultatie")),
}

REQUIREMENT_KINDS: dict[str, Term] = {
    "exclusion": Term(N_("Uitsluitingsgronden")),
    "suitability": Term(N_("Geschiktheidseisen")),
    "minimum": Term(N_("Minimumeisen")),
    "performance": Term(N_("Uitvoeringsvoorwaarden")),
}

ROUND_STATES: dict[str, Term] = {
    "planned": Term(N_("Gepland")),
    "held": Term(N_("Wacht op besluit"), "warning"),
    "open": Term(N_("Open"), "positive"),
    "closed": Term(N_("Gesloten"), "info"),
}

APPLICATION_STATES: dict[str, Term] = {
    "draft": Term(N_("Concept"), "neutral"),
    "submitted": Term(N_("Ingediend"), "positive"),
    "withdrawn": Term(N_("Ingetrokken"), "neutral"),
    "lapsed": Term(N_("Niet ingediend"), "neutral"),
    "under_review": Term(N_("In beoordeling"), "info"),
    "decided": Term(N_("Besluit genomen"), "info"),
}

SIGN_OFF_STATES: dict[str, Term] = {
    "asked": Term(N_("Ligt ter ondertekening"), "warning"),
    "submitted": Term(N_("Ondertekend en ingediend"), "positive"),
    "sent_back": Term(N_("Teruggegeven"), "warning"),
    "taken_back": Term(N_("Teruggenomen"), "neutral"),
}

STANDINGS: dict[str, Term] = {
    "counts": Term(N_("Telt mee"), "positive"),
    "superseded": Term(N_("Vervangen door een latere indiening"), "info"),
    "withdrawn": Term(N_("Ingetrokken"), "neutral"),
}
"""What a receipt was at the closing of its round."""

SCAN_STATES: dict[str, Term] = {
    "none": Term(N_("Niet op virussen gecontroleerd"), "neutral"),
    "waiting": Term(N_("Wordt gecontroleerd"), "info"),
    "clean": Term(N_("Gecontroleerd"), "positive"),
    "infected": Term(N_("Tegengehouden: virus"), "negative"),
}

READING_OUTCOMES: dict[str, Term] = {
    "text": Term(N_("Gelezen"), "positive"),
    "scan": Term(N_("Scan zonder tekst"), "neutral"),
    "unreadable": Term(N_("Niet te lezen"), "neutral"),
}
"""What came of reading a document."""

REVIEW_STATES: dict[str, Term] = {
    "open": Term(N_("Te beoordelen"), "neutral"),
    "started": Term(N_("In beoordeling"), "info"),
    "remedy": Term(N_("Herstel gevraagd"), "warning"),
    "proposed": Term(N_("Wacht op tweede inkoper"), "info"),
    "confirmed": Term(N_("Vastgesteld"), "positive"),
}

VERDICTS: dict[str, Term] = {
    "meets": Term(N_("Voldoet"), "positive"),
    "equivalent": Term(N_("Gelijkwaardig, voldoet"), "positive"),
    "remedy": Term(N_("Herstel vragen"), "warning"),
    "fails": Term(N_("Voldoet niet"), "negative"),
}
SATISFIED = frozenset({"meets", "equivalent"})

OUTCOMES: dict[str, Term] = {
    "admitted": Term(N_("Toegelaten"), "positive"),
    "refused": Term(N_("Afgewezen"), "negative"),
    "qualified": Term(N_("Voldoet, wacht op gunning"), "info"),
    "reserve": Term(N_("Op de reservelijst"), "warning"),
    "not_awarded": Term(N_("Niet gegund"), "negative"),
}

INTEGRITY_OUTCOMES: dict[str, Term] = {
    "pending": Term(N_("Integriteitstoets loopt"), "neutral"),
    "no_objection": Term(N_("Geen belemmering"), "positive"),
    "objection": Term(N_("Besluit integriteit"), "negative"),
}
"""All that anybody outside the compartment sees of it."""

AWARD_STATES: dict[str, Term] = {
    "proposed": Term(N_("Wacht op tweede ambtenaar"), "info"),
    "confirmed": Term(N_("Vastgesteld"), "positive"),
    "sent_back": Term(N_("Teruggegeven"), "warning"),
}

DEADLINE_STATES: dict[str, Term] = {
    "proposed": Term(N_("Voorstel"), "warning"),
    "agreed": Term(N_("Wacht op tweede bevestiging"), "warning"),
    "confirmed": Term(N_("Bevestigd"), "positive"),
    "sent_back": Term(N_("Teruggegeven"), "neutral"),
}

VAULT_STATES: dict[str, Term] = {
    "named": Term(N_("Nog niet ingericht"), "warning"),
    "ready": Term(N_("Gesloten"), "info"),
    "opened": Term(N_("Geopend"), "positive"),
}

AGREEMENT_STATES: dict[str, Term] = {
    "due": Term(N_("Wordt opgemaakt"), "neutral"),
    "drawn_up": Term(N_("Wacht op handtekening zorgaanbieder"), "warning"),
    "provider_signed": Term(N_("Wacht op handtekening gemeente"), "info"),
    "in_force": Term(N_("Ondertekend"), "positive"),
}

COVERAGE_STATES: dict[str, Term] = {
    "open": Term(N_("Open"), "positive"),
    "closed": Term(N_("Gesloten"), "negative"),
    "not_bought": Term(N_("Niet ingekocht")),
    "to_be_confirmed": Term(N_("Nog te bevestigen"), "warning"),
    "scarce": Term(N_("Schaarste: extra aanmelden kan"), "info"),
    "phasing_out": Term(N_("Loopt af"), "warning"),
}

COVERAGE_ACTS: dict[str, Term] = {
    "close": Term(N_("Dicht zetten")),
    "reopen": Term(N_("Weer openen")),
    "call_scarce": Term(N_("Schaars noemen")),
    "phase_out": Term(N_("Laten aflopen")),
    "confirm_open": Term(N_("Bevestigen: wordt ingekocht")),
    "confirm_not_bought": Term(N_("Bevestigen: wordt niet ingekocht")),
    "join": Term(N_("Gemeente sluit aan")),
}

GATE_OUTCOMES: dict[str, Term] = {
    "go": Term(N_("Go"), "positive"),
    "no_go": Term(N_("No-go"), "negative"),
}

INTENSITIES: dict[str, Term] = {
    "light": Term(N_("licht")),
    "middle": Term(N_("middel")),
    "heavy": Term(N_("zwaar")),
}

UNITS: dict[str, Term] = {
    "month": Term(N_("per maand")),
    "hour": Term(N_("per uur")),
    "minute": Term(N_("per minuut")),
    "day_part": Term(N_("per dagdeel")),
    "night": Term(N_("per etmaal")),
    "need": Term(N_("per behoefte")),
    "day": Term(N_("per dag")),
    "trip": Term(N_("per rit")),
    "year": Term(N_("per jaar")),
}

REGISTERS: dict[str, Term] = {
    "big": Term(N_("BIG-register")),
    "skj": Term(N_("Kwaliteitsregister Jeugd (SKJ)")),
    "agb": Term(N_("AGB-register")),
    "nip": Term(N_("Register van het Nederlands Instituut van Psychologen (NIP)")),
    "nvo": Term(N_("Register van de Nederlandse vereniging van pedagogen en onderwijskundigen (NVO)")),
}

CONSULTATION_KINDS: dict[str, Term] = {
    "market": Term(N_("Marktconsultatie")),
    "dialogue": Term(N_("Dialoog over het concept")),
}

CONSULTATION_STATES: dict[str, Term] = {
    "planned": Term(N_("Gepland")),
    "open": Term(N_("Open"), "positive"),
    "closed": Term(N_("Gesloten"), "info"),
}

REACTION_STATES: dict[str, Term] = {
    "draft": Term(N_("Concept"), "neutral"),
    "sent": Term(N_("Verstuurd"), "positive"),
    "withdrawn": Term(N_("Ingetrokken"), "neutral"),
}

REGISTRATION_STATES: dict[str, Term] = {
    "registered": Term(N_("Aangemeld, wacht op de loting"), "info"),
    "invited": Term(N_("Plaats zeker"), "positive"),
    "waiting": Term(N_("Op de wachtlijst"), "warning"),
    "withdrawn": Term(N_("Afgemeld"), "neutral"),
}

SEAT_RULES: dict[str, Term] = {
    "draw": Term(N_("Loting")),
    "first_come": Term(N_("Op volgorde van aanmelden")),
}

NOTE_STATES: dict[str, Term] = {
    "draft": Term(N_("Concept"), "neutral"),
    "proposed": Term(N_("Wacht op een tweede collega"), "info"),
    "published": Term(N_("Gepubliceerd"), "positive"),
}

NOTE_ANSWERS: dict[str, Term] = {
    "adopted": Term(N_("Overgenomen"), "positive"),
    "partly": Term(N_("Deels overgenomen"), "info"),
    "not_adopted": Term(N_("Niet overgenomen"), "neutral"),
}

QUESTION_STATES: dict[str, Term] = {
    "draft": Term(N_("Concept"), "neutral"),
    "sent": Term(N_("Verstuurd"), "info"),
    "withdrawn": Term(N_("Ingetrokken"), "neutral"),
    "published": Term(N_("Beantwoord"), "positive"),
}
CLARIFICATION_STATES: dict[str, Term] = {
    "draft": Term(N_("Concept"), "warning"),
    "proposed": Term(N_("Wacht op tweede collega"), "info"),
    "approved": Term(N_("Akkoord"), "positive"),
    "published": Term(N_("Gepubliceerd"), "positive"),
}
CLARIFICATION_NOTICE_STATES: dict[str, Term] = {
    "planned": Term(N_("Gepland"), "info"),
    "published": Term(N_("Gepubliceerd"), "positive"),
    "cancelled": Term(N_("Geannuleerd"), "neutral"),
}
TRACES: dict[str, Term] = {
    "name": Term(N_("naam van uw organisatie")),
    "kvk": Term(N_("KvK-nummer")),
    "mail": Term(N_("e-mailadres")),
    "phone": Term(N_("telefoonnummer")),
    "person": Term(N_("naam van een collega")),
}
"""What in a text may give away who wrote it."""

LEVELS: dict[str, Term] = {
    "low": Term(N_("Laag")),
    "medium": Term(N_("Midden"), "warning"),
    "high": Term(N_("Hoog"), "negative"),
}
HANDOVER_STATES: dict[str, Term] = {
    "open": Term(N_("Overdracht open"), "warning"),
    "handed_over": Term(N_("Overgedragen, nog niet aanvaard"), "info"),
    "accepted": Term(N_("Aanvaard"), "positive"),
}
TALK_KINDS: dict[str, Term] = {
    "progress": Term(N_("Voortgangsgesprek")),
    "evaluation": Term(N_("Evaluatiegesprek")),
}
TALK_STATES: dict[str, Term] = {
    "draft": Term(N_("Concept"), "warning"),
    "confirmed": Term(N_("Vastgesteld"), "positive"),
}
RISK_STATES: dict[str, Term] = {
    "open": Term(N_("Open"), "warning"),
    "closed": Term(N_("Gesloten"), "positive"),
}
RECHECK_STATES: dict[str, Term] = {
    "asked": Term(N_("Gevraagd"), "warning"),
    "handed_in": Term(N_("Te beoordelen"), "info"),
    "meets": Term(N_("Voldoet"), "positive"),
    "fails": Term(N_("Voldoet niet"), "negative"),
}
OUTFLOW_STATES: dict[str, Term] = {
    "warned": Term(N_("Gewaarschuwd"), "warning"),
    "hearing": Term(N_("Zienswijze gevraagd"), "info"),
    "proposed": Term(N_("Wacht op tweede medewerker"), "info"),
    "ended": Term(N_("Beëindigd"), "negative"),
    "kept": Term(N_("Blijft"), "positive"),
}
OUTFLOW_OUTCOMES: dict[str, Term] = {
    "end": Term(N_("Beëindigen"), "negative"),
    "keep": Term(N_("Laten doorlopen"), "positive"),
}
OUTFLOW_EXCEPTIONS: dict[str, Term] = {
    "small": Term(N_("Wij zijn een kleine aanbieder")),
    "specialist": Term(N_("Wij bieden gespecialiseerde ondersteuning")),
}
BRIDGING_STATES: dict[str, Term] = {
    "offered": Term(N_("Aangeboden"), "warning"),
    "accepted": Term(N_("Aanvaard door de zorgaanbieder"), "info"),
    "in_force": Term(N_("Door beide aanvaard"), "positive"),
    "declined": Term(N_("Niet aanvaard"), "neutral"),
}
QUOTE_STATES: dict[str, Term] = {
    "asked": Term(N_("Offerte gevraagd"), "warning"),
    "answered": Term(N_("Offerte ontvangen"), "info"),
    "accepted": Term(N_("Aanvaard"), "positive"),
    "declined": Term(N_("Afgewezen"), "negative"),
}

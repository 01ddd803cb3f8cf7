"""The words of the field: every key that is stored, with its Dutch label. Leaf module, plain values only."""

from __future__ import annotations

from typing import NamedTuple


def N_(text: str) -> str:
    """Mark a Dutch source text for gettext without translating it here."""
    return text


class Term(NamedTuple):
    """A label on screen and the tone of its badge: neutral, info, positive, warning or negative."""

    label: str
    tone: str = "neutral"


class DocumentKind(NamedTuple):
    """A kind of evidence in the vault.

    `has_term`: issue and end date are asked. `is_integrity`: sealed with the integrity key, opened only by the
    integrity officer (Wet Bibob art. 28).
    """

    label: str
    hint: str
    has_term: bool = False
    has_issue_date: bool = False
    is_integrity: bool = False


ROLES: dict[str, Term] = {
    "editor": Term(N_("Invuller")),
    "signatory": Term(N_("Tekenbevoegde")),
    "inkoper": Term(N_("Inkoper")),
    "integrity_officer": Term(N_("Integriteitsfunctionaris")),
    "round_manager": Term(N_("Rondebeheerder")),
    "authority_signatory": Term(N_("Tekenbevoegde gemeente")),
    "assessor": Term(N_("Beoordelaar gunning")),
    "inspector": Term(N_("Toezichthouder (leest mee)")),
    "contract_manager": Term(N_("Contractmanager")),
    "administrator": Term(N_("Functioneel beheerder")),
}
APPLICANT_ROLES = ("editor", "signatory")
AUTHORITY_ROLES = (
    "inkoper", "integrity_officer", "round_manager", "authority_signatory", "assessor", "inspector",
    "contract_manager", "administrator",
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

LEGAL_FORMS: dict[str, Term] = {
    "bv": Term(N_("Besloten vennootschap (bv)")),
    "stichting": Term(N_("Stichting")),
    "cooperatie": Term(N_("Coöperatie")),
    "vereniging": Term(N_("Vereniging")),
    "vof": Term(N_("Vennootschap onder firma (vof)")),
    "maatschap": Term(N_("Maatschap")),
    "eenmanszaak": Term(N_("Eenmanszaak")),
    "nv": Term(N_("Naamloze vennootschap (nv)")),
}

DOCUMENT_KINDS: dict[str, DocumentKind] = {
    "hkz_certificate": DocumentKind(
        N_("HKZ-certificaat"), N_("Met begin- en einddatum en het toepassingsgebied."), has_term=True
    ),
    "iso_9001_certificate": DocumentKind(
        N_("ISO 9001-certificaat"), N_("Met begin- en einddatum en het toepassingsgebied."), has_term=True
    ),
    "other_quality_certificate": DocumentKind(
        N_("Ander kwaliteitscertificaat"), N_("Bijvoorbeeld NEN-EN 15224 of Prezo."), has_term=True
    ),
    "kvk_extract": DocumentKind(
        N_("Uittreksel Handelsregister (KvK)"), N_("Niet ouder dan 6 maanden bij het indienen."), has_issue_date=True
    ),
    "bibob_form": DocumentKind(
        N_("Bibob-vragenformulier"),
        N_("Alleen de integriteitsfunctionaris kan dit stuk openen. Wij bewaren het versleuteld."),
        is_integrity=True,
    ),
    "experience_statement": DocumentKind(
        N_("Ervaringsverklaring of referentie"), N_("Van een opdrachtgever, met het aantal cliënten.")
    ),
    "location_proof": DocumentKind(N_("Bewijs van locatie"), N_("Bijvoorbeeld een huurcontract of koopakte.")),
    "professional_standards": DocumentKind(
        N_("Professionele standaarden"), N_("Welke (kwaliteits)standaarden u volgt.")
    ),
    "complaints_procedure": DocumentKind(N_("Klachtenregeling"), N_("De regeling zoals cliënten die krijgen.")),
    "messaging_statement": DocumentKind(
        N_("Verklaring berichtenverkeer"), N_("Dat u kunt werken met iWmo-berichten in de outputgerichte variant.")
    ),
    "staff_overview": DocumentKind(
        N_("Overzicht van personeel"), N_("Functies, opleiding en registraties. Geen namen en geen BSN.")
    ),
    "process_agreements": DocumentKind(N_("Procesafspraken"), N_("Hoe u collegiaal overlegt over complexe casussen.")),
    "flow_plan": DocumentKind(N_("Plan voor op- en afschalen"), N_("Hoe u de doorstroom van cliënten regelt.")),
    "privacy_policy": DocumentKind(N_("Privacybeleid (AVG)"), N_("Beleid, register en procedure voor datalekken.")),
    "domestic_violence_protocol": DocumentKind(N_("Meldcode huiselijk geweld"), N_("De meldcode met de vijf stappen.")),
    "cooperation_agreement": DocumentKind(
        N_("Samenwerkingsovereenkomst"), N_("Getekend, met wie welk deel van de ondersteuning biedt.")
    ),
    "governance_statement": DocumentKind(
        N_("Verklaring over bestuur en toezicht"), N_("Hoe bestuur en toezicht zijn geregeld, en wie beslist.")
    ),
    "annual_accounts": DocumentKind(N_("Jaarrekening"), N_("Van het laatste afgesloten boekjaar.")),
    "plan_of_approach": DocumentKind(N_("Plan van aanpak"), N_("Wat u doet, wanneer, en wie ervoor zorgt.")),
    "register_extract": DocumentKind(
        N_("Uittreksel uit een beroepsregister"),
        N_("Met de datum van afgifte. Geen burgerservicenummers."),
        has_issue_date=True,
    ),
    "other": DocumentKind(N_("Ander stuk"), N_("Een stuk dat niet in een andere soort past.")),
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
    "objection": Term(N_("Belemmering"), "negative"),
}

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

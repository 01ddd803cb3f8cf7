"""The kinds of document that prove something, each with its label. Everybody asks them of `terms`."""

from __future__ import annotations

from typing import NamedTuple


def N_(text: str) -> str:
    """Mark a Dutch source text for gettext without translating it here."""
    return text


class DocumentKind(NamedTuple):
    """A kind of evidence in the vault.

    `is_forgotten`: an official looks at it, notes that, and it is destroyed (certificates of conduct).
    `has_term`: issue and end date are asked. `about`: which other day is asked, in words. `is_integrity`: sealed with
    the integrity key, opened only by the integrity officer (Wet Bibob art. 28).
    """

    label: str
    hint: str
    has_term: bool = False
    has_issue_date: bool = False
    is_integrity: bool = False
    about: str = ""
    is_forgotten: bool = False


DOCUMENT_KINDS: dict[str, DocumentKind] = {
    "hkz_certificate": DocumentKind(N_("HKZ-certificaat"), N_("Met einddatum en toepassingsgebied."), has_term=True),
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
    "annual_accounts": DocumentKind(
        N_("Jaarrekening"), N_("Van het laatste afgesloten boekjaar."), about=N_("Laatste dag van het boekjaar")
    ),
    "plan_of_approach": DocumentKind(N_("Plan van aanpak"), N_("Wat u doet, wanneer, en wie ervoor zorgt.")),
    "register_extract": DocumentKind(
        N_("Uittreksel uit een beroepsregister"),
        N_("Met de datum van afgifte. Geen burgerservicenummers."),
        has_issue_date=True,
    ),
    "iso_27001_certificate": DocumentKind(N_("ISO 27001-certificaat"), N_("Met het toepassingsgebied."), has_term=True),
    "nen_7510_certificate": DocumentKind(N_("NEN 7510-certificaat"), N_("Met het toepassingsgebied."), has_term=True),
    "gva": DocumentKind(N_("Gedragsverklaring aanbesteden (GVA)"), N_("Van Justis; duurt weken."), has_issue_date=True),
    "tax_statement": DocumentKind(N_("Verklaring Belastingdienst"), N_("Over betalingsgedrag."), has_issue_date=True),
    "ubo_extract": DocumentKind(N_("Uittreksel UBO-register"), N_("Van uw eigen organisatie."), has_issue_date=True),
    "vog_np": DocumentKind(
        N_("VOG van een medewerker"),
        N_("Geen BSN. Na het inzien opent niemand van de regio dit stuk nog."),
        has_issue_date=True,
        about=N_("Eerste werkdag van deze persoon"),
        is_forgotten=True,
    ),
    "vog_rp": DocumentKind(
        N_("VOG van de organisatie (VOG RP)"), N_("Van Justis."), has_issue_date=True, is_forgotten=True
    ),
    "insurance": DocumentKind(N_("Verzekering"), N_("Polis of certificaat, met bedragen en einddatum."), has_term=True),
    "self_declaration": DocumentKind(N_("Eigen verklaring (UEA)"), N_("Getekend door wie uw organisatie mag binden.")),
    "parent_statement": DocumentKind(N_("Concernverklaring (K-verklaring)"), N_("Getekend door een bestuurder.")),
    "wtza_notification": DocumentKind(N_("Wtza-melding of -vergunning"), N_("Van het CIBG. Ook te zien in het LRZa.")),
    "other": DocumentKind(N_("Ander stuk"), N_("Een stuk dat niet in een andere soort past.")),
}

"""What the keys and fixed values of a procedure file are called on screen."""

from __future__ import annotations

from portal import terms
from portal.adapters import bibob_forms
from portal.domain.espd_criteria import CRITERIA
from portal.terms import N_

SECTIONS: dict[str, str] = {
    "algemeen": N_("Algemeen"),
    "source": N_("Bron"),
    "authority": N_("Regio en gemeenten"),
    "lots": N_("Percelen en producten"),
    "coverage": N_("Inkoop per gemeente"),
    "tariff_reasoning": N_("Tariefonderbouwing"),
    "requirements": N_("Eisen"),
    "groups": N_("Groepen van eisen"),
    "parties": N_("Wie mag meedoen"),
    "rounds": N_("Rondes"),
    "terms": N_("Termijnen"),
    "award": N_("Gunning"),
    "goals": N_("Doelen voor prestatieafspraken"),
    "agreement": N_("Overeenkomst"),
    "letters": N_("Brieven"),
    "integrity": N_("Integriteitstoets"),
    "outflow": N_("Uitstroomregel"),
    "contract_management": N_("Contractmanagement"),
    "consultations": N_("Consultaties"),
    "planning": N_("Planning"),
    "conversions": N_("Omnummering"),
    "communication": N_("Communicatie"),
    "guidance": N_("Toelichting voor aanbieders"),
    "out_of_scope": N_("Wat niet wordt ingekocht"),
}
"""The parts of a file."""

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Waar het over gaat"), ("algemeen", "authority", "source", "out_of_scope")),
    (N_("Wat u inkoopt"), ("lots", "coverage", "tariff_reasoning", "conversions")),
    (N_("Wat u vraagt"), ("requirements", "groups", "parties", "integrity", "award", "goals")),
    (N_("Wanneer"), ("planning", "consultations", "rounds", "terms")),
    (N_("De overeenkomst en daarna"), ("agreement", "letters", "outflow", "contract_management")),
    (N_("Uitleg en contact"), ("guidance", "communication")),
)
"""The parts in the order in which one makes a procedure."""

WITHOUT_ADMISSION = frozenset(
    {"algemeen", "authority", "source", "out_of_scope", "planning", "consultations", "guidance", "communication"}
)
"""The parts that matter when nobody is admitted; the others only show when something stands in them."""

KEYS: dict[str, str] = {
    "help": N_("Hulp bij deze eis"), "asked": N_("Wat u vraagt"), "why": N_("Waarom"),
    "example": N_("Voorbeeld"), "where": N_("Waar te krijgen"), "takes": N_("Hoe lang het duurt"),
    "help.days": N_("Hoe lang het duurt (dagen)"), "topic": N_("Onderwerp"),
    "reuse": N_("Mag uit een eerdere aanmelding komen"),
    "requirements.text": N_("Tekst van de eis"), "requirements.source": N_("Waar dit in de bron staat"),
    "requirements.kind": N_("Soort eis"), "requirements.lots": N_("Alleen voor deze percelen"),
    "requirements.products": N_("Alleen voor deze producten"), "evidence.kinds": N_("Welke stukken"),
    "requirements.municipalities": N_("Alleen voor deze gemeenten (drempel)"),
    "requirements.parties": N_("Alleen deze partijen"), "evidence.at_least": N_("Hoeveel stukken ten minste"),
    "validity.rule": N_("Wanneer het stuk geldig is"), "lots.lots": N_("Percelen hieronder"),
    "conditions.text": N_("Tekst van het artikel"), "products.source": N_("Waar dit in de bron staat"),
    "lots.source": N_("Waar dit in de bron staat"), "renewal.tacit": N_("Stilzwijgend verlengen"),
    "remarks.lots": N_("Alleen deze percelen"), "remarks.products": N_("Alleen deze producten"),
    "starts.lots": N_("Alleen deze percelen"), "criteria.lots": N_("Alleen deze percelen"),
    "outflow.products": N_("Alleen deze producten"), "rounds.until": N_("Rondes tot"),
    "accepted": N_("Keuzes die voldoen"), "access_topics": N_("Toetspunten van de toegang"),
    "agreement": N_("Overeenkomst"), "amount": N_("Bedrag"),
    "anonymous": N_("Beoordelaars zien geen namen"), "answer": N_("Antwoord"),
    "applies_to": N_("Wie antwoordt"), "articles": N_("Artikelen"), "asked_when": N_("Alleen vragen als"),
    "assessors": N_("Minste aantal beoordelaars"), "at_least": N_("Ten minste"), "authority": N_("Regio"),
    "award": N_("Gunning"), "bridging": N_("Overbruggingsovereenkomst"),
    "budget_is_fictitious": N_("Het budget is verzonnen"), "budgets": N_("Budget per gemeente"),
    "cadence": N_("Hoe vaak een ronde"), "category": N_("Categorie"), "cells": N_("Losse cellen"),
    "check": N_("Toets"), "closes_at": N_("Sluit op"), "closing_grounds": N_("Gronden om dicht te zetten"),
    "closing_hours": N_("Sluiten op een ander uur"), "earliest": N_("Niet eerder dan"), "latest": N_("Niet later dan"),
    "outage": N_("Bij een storing"), "minutes": N_("Minuten storing"), "hours": N_("Uren voor de sluiting"),
    "questions": N_("Vragen en nota van inlichtingen"), "until_days": N_("Vragen tot (dagen voor de sluiting)"),
    "notice_days": N_("Laatste nota (dagen voor de sluiting)"), "questions.text": N_("Toelichting"),
    "outage.text": N_("Toelichting"), "closing_hours.text": N_("Waarom een ander uur"),
    "code": N_("Code"), "codes": N_("Extra codes"), "communication": N_("Communicatie"),
    "conditions": N_("Voorwaarden"), "consultations": N_("Consultaties"),
    "contract_management": N_("Contractmanagement"), "contracts": N_("Aantal contracten"),
    "conversions": N_("Omnummering"), "coupled_with": N_("Gekoppeld aan producten"), "coverage": N_("Inkoop"),
    "criteria": N_("Gunningscriteria"), "decimals": N_("Decimalen"),
    "objection_days": N_("Bezwaartermijn (dagen)"), "decision_unit": N_("Beslistermijn telt"),
    "standstill_unit": N_("Opschortende termijn telt"), "objection_unit": N_("Bezwaartermijn telt"),
    "remedy_suspends": N_("Herstel zet de beslistermijn stil"),
    "approval": N_("Welke besluiten de tekenbevoegde goedkeurt"),
    "decision_days": N_("Beslistermijn (dagen)"), "default": N_("Stand als niets anders is gezegd"),
    "description": N_("Beschrijving"), "deviation_quote": N_("Maatwerkofferte voor één cliënt"),
    "document": N_("Document"), "documents": N_("Conceptstukken"),
    "each_party": N_("Ook van elke partij die meedoet"), "elements": N_("Kostprijselementen"),
    "ends_at": N_("Eindigt op"), "ends_on": N_("Laatste dag"),
    "equivalent_allowed": N_("Gelijkwaardig bewijs mag"), "evaluation_topics": N_("Onderwerpen evaluatiegesprek"),
    "espd": N_("UEA-criteria"), "evidence": N_("Bewijs"), "exceptions": N_("Uitzonderingen"),
    "extra_on_scarcity": N_("Extra ronde bij schaarste"), "fallback": N_("Wat bij een no-go"),
    "fewer_clients_than": N_("Minder cliënten dan"), "first": N_("Eerste ronde"), "forms": N_("Vormen"),
    "funding": N_("Bekostiging"), "gate": N_("Go/no-go-besluit"), "goals": N_("Doelen"),
    "ground": N_("Grond"), "groups": N_("Groepen"), "guidance": N_("Toelichting"),
    "handover": N_("Wat wordt overgedragen"), "heading": N_("Kop"),
    "hearing_days": N_("Termijn voor zienswijze (dagen)"), "holidays_apply": N_("Termijnen eindigen op een werkdag"),
    "impact": N_("Gevolg"), "in_agreement": N_("Antwoord komt in de overeenkomst"),
    "in_directory": N_("Antwoord is een filter in het register"), "indicators": N_("Kengetallen"),
    "integrity": N_("Integriteitstoets"), "intensity": N_("Intensiteit"), "key": N_("Sleutel"),
    "kind": N_("Soort"), "kinds": N_("Soorten documenten"), "label": N_("Naam op het scherm"),
    "law": N_("Wet"), "least": N_("Minste aantal per perceel"), "legal_forms": N_("Rechtsvormen"),
    "letters": N_("Brieven"), "likelihood": N_("Kans"), "lots": N_("Percelen"), "mail": N_("E-mailadres"),
    "max_length": N_("Grootste lengte (tekens)"), "measure": N_("Maatregel"), "meetings": N_("Bijeenkomsten"),
    "min_length": N_("Kleinste lengte (tekens)"), "minimum": N_("Minimum"), "moments": N_("Volgende rondes"),
    "months": N_("Maanden"), "most_meetings": N_("Ten hoogste zoveel bijeenkomsten"),
    "most_months": N_("Ten hoogste zoveel maanden"), "multiple": N_("Meer keuzes mogen"),
    "municipalities": N_("Gemeenten"), "municipality": N_("Gemeente"), "name": N_("Naam"),
    "needs_location": N_("Vraagt een locatie in de regio"), "new": N_("Nieuwe codes"),
    "notice_months": N_("Opzegtermijn (maanden)"), "old": N_("Oude code of naam"), "opens_at": N_("Opent op"),
    "opt_in": N_("Gemeente sluit zelf aan"), "options": N_("Keuzes"), "out_of_scope": N_("Buiten de inkoop"),
    "outflow": N_("Uitstroomregel"), "own_addition": N_("Eigen toevoeging: staat niet in de bron"),
    "parties": N_("Partijen"), "per": N_("Geteld per"),
    "per_municipality": N_("Minste aantal per gemeente"), "period_months": N_("Periode (maanden)"),
    "phasing_out": N_("Loopt af"), "phone": N_("Telefoon"), "pillars": N_("Pijlers"), "place": N_("Plaats"),
    "planning": N_("Planning"), "points": N_("Punten"), "policy_rule": N_("Beleidsregel"),
    "product": N_("Product"), "products": N_("Producten"), "quality_words": N_("Kwaliteitsbegrippen"),
    "quarterly_topics": N_("Onderwerpen kwartaalgesprek"), "question": N_("Vraag"),
    "questionnaire": N_("Vragenformulier in het portaal"), "integrity.questions": N_("Gekozen vragen"),
    "reference": N_("Peildatum"), "registers": N_("Beroepsregisters"),
    "reliance": N_("Beroep op derden mag"), "remark": N_("Opmerking"), "remarks": N_("Opmerkingen van gemeenten"),
    "remedy_clause": N_("Rechtsbescherming in de brief"), "remedy_rounds": N_("Aantal herstelronden"),
    "remedy_excluded": N_("Herstel uitgesloten, omdat"), "terms.remedy_excluded": N_("Geen herstel, omdat"),
    "remedy_working_days": N_("Hersteltermijn (werkdagen)"), "renewal": N_("Verlenging"),
    "reopens_on": N_("Gaat weer open op"), "required_answer": N_("Antwoord dat voldoet"),
    "requirement": N_("Eis"), "requirements": N_("Eisen"), "reserve": N_("Reservelijst"),
    "risks": N_("Risico's"), "rounding": N_("Afronding"), "rounds": N_("Rondes"),
    "rows": N_("Matrix per product"), "rule": N_("Regel"), "scale": N_("Beoordelingsschaal"),
    "seats": N_("Plaatsen"), "second_reviewer": N_("Tweede inkoper"), "selection": N_("Wie een plaats krijgt"),
    "settings": N_("Instellingen van het type"), "since_on": N_("Geldt sinds"),
    "slug": N_("Naam in het adres"), "source": N_("Bron"), "standard_reasons": N_("Standaardredenen"),
    "standstill_days": N_("Opschortende termijn (dagen)"), "starts": N_("Gefaseerde start"),
    "starts_at": N_("Begint op"), "starts_on": N_("Eerste dag"), "state": N_("Stand"),
    "statement": N_("Verklaring"), "states": N_("Stand per gemeente"),
    "stricter_than": N_("Scherper dan eis"), "subtitle": N_("Ondertitel"), "successor": N_("Opvolger"),
    "summary": N_("Samenvatting"), "tacit": N_("Stilzwijgend"),
    "talk_every_months": N_("Maanden tussen gesprekken"), "tariff": N_("Tarief"),
    "tariff_is_fictitious": N_("Het tarief is verzonnen"), "tariff_reasoning": N_("Tariefonderbouwing"),
    "tariffs": N_("Afwijkende tarieven"), "template": N_("Model"), "template_version": N_("Versie van het model"),
    "terms": N_("Termijnen"), "text": N_("Tekst"), "theme": N_("Uiterlijk"), "threshold": N_("Drempel"),
    "ties": N_("Bij gelijke totalen"), "title": N_("Titel"), "type": N_("Type vraag"), "unit": N_("Eenheid"),
    "until": N_("Tot en met"), "use": N_("Waarvoor"), "validity": N_("Geldigheid"),
    "verification": N_("Hoe wij dit toetsen"), "volume": N_("Volume"),
    "warning_days": N_("Termijn van de waarschuwing (dagen)"), "weeks": N_("Weken open"),
    "weight": N_("Weging (procent)"), "yearly_recheck": N_("Eisen van de jaarlijkse hercontrole"),
}  # fmt: skip

VALUES: dict[str, str] = {
    "confirms": N_("Leest mee en stelt vast"),
    "agreement_start": N_("Ingang van de overeenkomst"), "announced": N_("Op aangekondigde momenten"),
    "calendar": N_("Kalenderdagen"), "working": N_("Werkdagen"),
    "refusals": N_("Bij elke afwijzing"), "all": N_("Bij elk besluit"), "nobody": N_("Bij geen enkel besluit"),
    "bibob": N_("Bibob"), "certificate": N_("Certificaat"), "choice": N_("Keuze"),
    "closing": N_("Sluiting van de ronde"), "combination": N_("Combinatie"),
    "consultation": N_("Marktconsultatie"), "continuous": N_("Doorlopend"), "cooperative": N_("Coöperatie"),
    "declaration": N_("Verklaring"), "dialogue": N_("Dialoog"), "document": N_("Document"),
    "exclusion": N_("Uitsluitingsgrond"), "framework": N_("Raamovereenkomst met instroom"),
    "employment_start": N_("Eerste werkdag van de medewerker"), "latest_year": N_("Over het laatste boekjaar"),
    "draw": N_("Loting"), "first_come": N_("Op volgorde van aanmelden"),
    "half_even": N_("Halven naar het even cijfer"), "half_up": N_("Halven naar boven"),
    "half_yearly": N_("Elk half jaar"), "heavy": N_("Zwaar"), "high": N_("Groot"),
    "issued_within": N_("Niet ouder dan"), "jeugdwet": N_("Jeugdwet"), "lead": N_("De aanmelder zelf"),
    "light": N_("Licht"), "location": N_("Locatie"), "lot": N_("Per gekozen perceel"), "low": N_("Klein"),
    "lumpsum": N_("Lumpsum"), "main_contractor": N_("Hoofdaannemer met onderaannemers"),
    "market": N_("Marktconsultatie"), "medium": N_("Gemiddeld"), "member": N_("Lid van de coöperatie"),
    "middle": N_("Midden"), "minimum": N_("Minimumeis"), "municipality": N_("Per gemeente"), "no": N_("Nee"),
    "none": N_("Geen volume"), "number": N_("Getal"), "once": N_("Eén keer"),
    "open_house": N_("Toelatingsprocedure (open house)"), "organisation": N_("De aanmelder, één keer"),
    "partner": N_("Combinant"), "party": N_("De aanmelder en elke partij"),
    "per_unit": N_("Tarief per eenheid (p × q)"), "performance": N_("Uitvoeringsvoorwaarde"),
    "population": N_("Populatiegebonden"), "quarterly": N_("Elk kwartaal"), "reference": N_("Referentie"),
    "region": N_("Voor de hele regio"), "register": N_("Beroepsregister"), "small": N_("Kleine aanbieder"),
    "smart": N_("SMART prestatieafspraak"), "sole": N_("Zelfstandig"), "specialist": N_("Specialist"),
    "subcontractor": N_("Onderaannemer"), "submission": N_("Indiening"), "suitability": N_("Geschiktheidseis"),
    "tender": N_("Aanbesteding"), "text": N_("Tekst"), "third_party": N_("Derde"), "today": N_("Vandaag"),
    "valid_on": N_("Geldig op de peildatum"), "wmo": N_("Wmo"), "yearly": N_("Elk jaar"), "yes": N_("Ja"),
    "yes_no": N_("Ja of nee"),
}  # fmt: skip

TERMS: dict[str, dict[str, str]] = {
    "unit": {key: one.label for key, one in terms.UNITS.items()},
    "state": {key: one.label for key, one in terms.COVERAGE_STATES.items()},
    "default": {key: one.label for key, one in terms.COVERAGE_STATES.items()},
    "states": {key: one.label for key, one in terms.COVERAGE_STATES.items()},
    "kinds": {key: one.label for key, one in terms.DOCUMENT_KINDS.items() if not one.is_integrity},
    "document": {key: one.label for key, one in terms.DOCUMENT_KINDS.items() if one.is_integrity},
    "legal_forms": {key: one.label for key, one in terms.LEGAL_FORMS.items()},
    "registers": {key: one.label for key, one in terms.REGISTERS.items()},
    "espd": {key: one.label for key, one in CRITERIA.items()},
    "questionnaire": {key: bibob_forms.model(key).title for key in bibob_forms.models()},
}
"""Keys of a file whose values are keys of `terms`, with the labels."""


def key_label(key: str, about: str = "") -> str:
    """The name of a key on screen; `about` is the key of the block or list it stands in."""
    return KEYS.get(f"{about}.{key}") or KEYS.get(key) or SECTIONS.get(key) or key


def value_label(key: str, value: str) -> str:
    """The name of a fixed value of a key on screen."""
    return TERMS.get(key, {}).get(value) or VALUES.get(value) or value

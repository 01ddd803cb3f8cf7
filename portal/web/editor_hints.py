"""What a field of the editor asks for, and what is wrong with it, in the words of the screen."""

from __future__ import annotations

import re

from flask_babel import gettext

from portal.terms import N_
from portal.web.editor_words import KEYS, SECTIONS, TERMS, VALUES, key_label

HINTS: dict[str, str] = {
    "title": N_("Zoals aanbieders het lezen."),
    "summary": N_("In een paar zinnen: wat u inkoopt, voor wie, en hoe aanbieders kunnen meedoen."),
    "own_addition": N_("Kruis aan als u dit zelf toevoegt. Aanbieders zien dat erbij."),
    "remark": N_("Aanbieders lezen deze opmerking ook."),
    "source.title": N_("De naam van het beleidsdocument waaruit de procedure volgt."),
    "municipalities.code": N_("De CBS-code van vier cijfers, zoals 0796."),
    "agreement.notice_months": N_("Hoeveel maanden vóór het einde moet iemand opzeggen?"),
    "agreement.template": N_("De naam van het model in het portaal: raamovereenkomst."),
    "agreement.volume": N_("Alleen een aanbesteding kan een budget beloven."),
    "renewal.months": N_("Met hoeveel maanden per keer."),
    "bridging.most_months": N_("Hoe lang lopende zorg ten hoogste doorgaat."),
    "terms.standstill_days": N_("Dagen tussen de brief en het ondertekenen. Bij een aanbesteding minstens 20."),
    "terms.decision_days": N_("Dagen van de sluiting van de ronde tot het besluit."),
    "terms.objection_days": N_("Dagen na de brief waarin bezwaar kan, in het portaal. Nul: geen bezwaar. Anders: 20."),
    "terms.remedy_suspends": N_("De dagen van het herstel tellen dan niet mee in de beslistermijn."),
    "terms.remedy_rounds": N_("Hoe vaak een aanbieder een gebrek mag herstellen."),
    "terms.remedy_excluded": N_("Alleen als het aantal herstelronden nul is. Wij publiceren deze tekst."),
    "requirements.remedy_excluded": N_(
        "Leeg: herstel kan. Anders kan een beoordelaar hier geen herstel vragen. Wij publiceren deze tekst."
    ),
    "terms.holidays_apply": N_("Zoals in de Algemene termijnenwet."),
    "terms.site_visit_notice_days": N_("Zoveel werkdagen liggen er ten minste voor een bezoek. Anders: 5."),
    "terms.site_visit_reply_days": N_("Zoveel werkdagen kan een aanbieder op het verslag reageren. Anders: 10."),
    "terms.second_reviewer": N_(
        "Leest de tweede inkoper mee, of oordeelt die eerst zelf en blind: bij een afwijzing of altijd?"
    ),
    "rounds.cadence": N_(
        "Bij een vast ritme volgen de rondes vanzelf. Bij aangekondigde momenten vult u elke ronde in."
    ),
    "rounds.until": N_("Overeenkomsten uit een ronde gaan vóór deze dag in."),
    "rounds.closing_hours": N_("Zonder dit blok sluit een ronde op een werkdag tussen 9.00 en 17.00 uur."),
    "closing_hours.text": N_("De reden. Aanbieders lezen die."),
    "outage.minutes": N_("Duurt een storing zo lang, dan stelt het portaal een latere sluiting voor. Anders: 5."),
    "outage.hours": N_("Alleen storingen in deze laatste uren tellen. Anders: 24."),
    "rounds.questions": N_("Zonder dit blok kunnen vragen tot 10 dagen voor de sluiting."),
    "questions.until_days": N_("Zoveel dagen voor de sluiting eindigt het stellen van vragen."),
    "questions.notice_days": N_("Komt een nota later, dan stelt het portaal een latere sluiting voor. Nul: nooit."),
    "first.starts_on": N_("Leeg: de eerste dag van de overeenkomst."),
    "extra_on_scarcity.weeks": N_("Hoe lang een extra ronde open is."),
    "lots.code": N_("Kort, zoals 1A. Aanbieders en eisen noemen het perceel met deze code."),
    "products.code": N_("Zoals op de factuur. Eisen en de matrix noemen het product met deze code."),
    "lots.law": N_("Leeg: zoals de procedure."),
    "products.law": N_("Leeg: zoals de procedure."),
    "funding": N_("Leeg: zoals het perceel erboven. Met lumpsum of populatie verdeelt u een budget."),
    "lots.starts_on": N_("Leeg: met de overeenkomst."),
    "lots.ends_on": N_("Leeg: met de overeenkomst."),
    "products.category": N_("Het niveau, de intensiteit of de doelgroep."),
    "tariff": N_("In euro's per eenheid, zoals 412,50."),
    "tariff_is_fictitious": N_("Kruis aan zolang het bedrag verzonnen is. Dat staat erbij op de openbare pagina."),
    "needs_location": N_("De aanbieder levert op een eigen plek in de regio."),
    "phasing_out": N_("Nog ingekocht, maar steeds minder."),
    "coupled_with": N_("Wie dit kiest, kiest deze ook, in dezelfde gemeente."),
    "successor.code": N_("Een perceel of product van deze procedure."),
    "successor.text": N_("Als de opvolger ergens anders staat."),
    "tariffs.ground": N_("Waarom het tarief hier anders is."),
    "budgets.amount": N_("Euro's per jaar voor alle aanbieders samen."),
    "coverage.default": N_("Geldt overal waar de matrix of een losse cel niets anders zegt."),
    "cells.ground": N_("Nodig bij een gesloten cel: de grond die vooraf is gepubliceerd."),
    "cells.reopens_on": N_("Alleen bij een gesloten cel, als u het al weet."),
    "closing_grounds.threshold": N_("Wat u meet, en wanneer het genoeg is."),
    "requirements.code": N_("Zoals T01. Brieven en besluiten noemen de eis met deze code."),
    "requirements.text": N_("Schrijf wat de aanbieder moet doen of aantonen, in de u-vorm."),
    "requirements.type": N_(
        "Bepaalt hoe de aanbieder antwoordt. Bewaar na een wijziging: dan verschijnen de instellingen."
    ),
    "requirements.lots": N_("Niets aangekruist: alle percelen."),
    "requirements.products": N_("Niets aangekruist: alle producten."),
    "requirements.municipalities": N_("Alleen voor een drempel: de eis telt dan alleen voor keuzes in deze gemeenten."),
    "requirements.equivalent_allowed": N_(
        "De aanbieder mag ander bewijs geven en uitleggen waarom dat gelijkwaardig is."
    ),
    "requirements.espd": N_(
        "Wat deze eis in het UEA (ESPD) is. Dan kan een aanbieder het antwoord overnemen of meenemen."
    ),
    "requirements.verification": N_("Openbaar: zo weten aanbieders waar beoordelaars op letten."),
    "requirements.standard_reasons": N_("Zinnen waarmee een beoordelaar een afwijzing kan beginnen."),
    "requirements.stricter_than": N_(
        "Deze eis is een strengere versie van die eis. Wat u leeg laat, komt daarvandaan."
    ),
    "asked_when.answer": N_("ja is yes, nee is no; bij een keuze de sleutel van de keuze."),
    "requirements.parties": N_("Alleen als elke partij antwoordt. Niets aangekruist: iedereen."),
    "requirements.help": N_(
        "Aanbieders zien dit bij de eis. Wat u leeg laat, vult het portaal aan per soort document."
    ),
    "requirements.topic": N_(
        "Een woord voor wat u vraagt, zoals klachtenregeling. Heeft een eis van een andere procedure hetzelfde woord, "
        "dan kan een aanbieder zijn antwoord overnemen."
    ),
    "requirements.reuse": N_("Uit: aanbieders antwoorden elke keer opnieuw, zoals bij uitsluitingsgronden."),
    "help.takes": N_("In woorden, zoals ‘acht weken, soms zestien’."),
    "help.days": N_("Kalenderdagen om mee te rekenen. Zo weet een aanbieder waarmee hij vandaag moet beginnen."),
    "help.where": N_("De naam van de instantie of de persoon."),
    "evidence.at_least": N_("Leeg: één stuk. Nul: een stuk mag, maar hoeft niet."),
    "validity.months": N_("Alleen bij ‘Niet ouder dan’."),
    "settings.statement": N_("De zin waar de aanbieder akkoord op geeft."),
    "settings.minimum": N_("Het laagste getal dat voldoet. Bij een referentie: het aantal cliënten per product."),
    "settings.accepted": N_("Niets aangekruist: elke keuze voldoet."),
    "options.key": N_("Een kort woord in kleine letters. Aanbieders zien het niet."),
    "groups.at_least": N_("Aan zoveel van deze eisen moet iemand voldoen."),
    "parties.legal_forms": N_("Niets aangekruist: elke rechtsvorm mag."),
    "integrity.document": N_("Wordt verzegeld bewaard: inkopers zien het niet."),
    "integrity.questionnaire": N_("Een officieel model. Leeg: aanbieders uploaden het formulier."),
    "integrity.questions": N_("Codes uit het model, zoals 4J. Leeg: alle vragen. Eigen vragen toevoegen mag niet."),
    "remedy_clause": N_("Staat in elke brief met een afwijzing: wat iemand kan doen die het er niet mee eens is."),
    "criteria.weight": N_("Een percentage. Per perceel zijn de gewichten samen 100."),
    "criteria.guidance": N_("Waar beoordelaars naar kijken."),
    "criteria.max_length": N_("Leeg: 10.000 tekens."),
    "award.assessors": N_("Zoveel mensen beoordelen los van elkaar, voordat zij overleggen."),
    "scale.points": N_("De laagste punten eerst."),
    "outflow.fewer_clients_than": N_("Wie in de periode minder verschillende cliënten heeft, valt onder de regel."),
    "outflow.warning_days": N_("Kalenderdagen van de waarschuwing tot het gesprek."),
    "gate.fallback": N_("Wat u doet als het besluit ‘no go’ is."),
    "planning.ends_on": N_("Leeg: één dag."),
    "meetings.seats": N_("Plaatsen aan tafel."),
    "conversions.old": N_("De code of naam die aanbieders nog kennen."),
    "conversions.new": N_("Niets aangekruist: het bestaat niet meer."),
    "indicators.unit": N_("Waarin u meet, zoals dagen of procent."),
    "elements.amount": N_("Euro's of een percentage, zoals u het publiceert."),
}
"""What to fill in, by block and key or by key alone; where the name of a field says enough, nothing stands here."""

INTROS: dict[str, str] = {
    "authority": N_("De naam en het adres van uw regio staan vast. Hier zegt u welke gemeenten meedoen."),
    "lots": N_("Een perceel heeft producten, of percelen eronder. Aanbieders kiezen het onderste perceel."),
    "coverage": N_("Wat elke gemeente inkoopt. De hele tabel vult u in één keer in bij ‘Matrix’."),
    "tariff_reasoning": N_("Openbaar voordat de eerste ronde opent: zo kunnen aanbieders de tarieven narekenen."),
    "conversions": N_("Van oude codes naar de codes van deze procedure, voor wie de oude nog gebruikt."),
    "requirements": N_("In de volgorde waarin aanbieders ze lezen. Een vraag staat boven de eis die ervan afhangt."),
    "groups": N_("Van sommige eisen hoeft een aanbieder er maar een aantal te halen."),
    "parties": N_("Laat dit leeg als iedereen mag meedoen, in elke vorm."),
    "integrity": N_("In een eigen afdeling: inkopers zien het formulier en de uitkomst niet."),
    "award": N_("Hoe u inschrijvingen vergelijkt. Bestaat alleen bij een aanbesteding."),
    "goals": N_("Doelen waarover aanbieders SMART afspraken maken."),
    "planning": N_("Stappen voor en na de eerste ronde. Met een besluitmoment gaat een ronde pas open na een ‘go’."),
    "rounds": N_("Een ronde die open is of was, verandert niet meer."),
    "terms": N_("De procedure bepaalt deze termijnen zelf; zij gelden voor iedereen."),
    "agreement": N_("De looptijd en de artikelen, voor elke aanbieder gelijk."),
    "outflow": N_("Wanneer een aanbieder vertrekt omdat hij weinig cliënten heeft."),
    "contract_management": N_("Hoe u de overeenkomst volgt na de start."),
    "guidance": N_("Uitleg voor aanbieders, in korte stukken met een kop."),
    "communication": N_("Het ene kanaal tijdens de procedure, zodat iedereen hetzelfde weet."),
}
"""What a part is for; one or two sentences above its fields."""

SHAPES: dict[str, str] = {
    "letters, cijfers, punt, - en _, ten hoogste 30 tekens, zonder spaties": N_(
        "Letters, cijfers, punt, - en _. Geen spaties."
    ),
    "kleine letters, cijfers, - en _, ten hoogste 60 tekens": N_("Kleine letters, cijfers, - en _."),
}
"""What the schema says about the shape of a line, for people who fill in a form."""

EXPECTED: dict[str, str] = {
    "money": N_("Vul een bedrag boven nul in, zoals 412,50."),
    "day": N_("Kies een dag die bestaat."),
    "until": N_("Kies een dag die bestaat, of het einde van de overeenkomst."),
    "moment": N_("Kies een dag en een tijd die bestaan."),
    "number": N_("Vul een heel getal in, alleen cijfers."),
    "choice": N_("Kies één van de mogelijkheden."),
}
"""What to do when the shape of a field is wrong, by the kind of the field."""

_SHAPE = re.compile(r"klopt niet\. Verwacht: |moet een geheel getal zijn|kan niet\. Kies uit: ")
_PAIR = re.compile(r"'(\w+): (\w+)'")
_WORD = re.compile(r"(type |stand )?'(\w+)'")
_KNOWN = re.compile(r"(Kies uit: |Bekend: )([\w, ]+)\.")


def hint(about: str, key: str) -> str:
    """The hint for a key in a block, '' when its label says enough."""
    return HINTS.get(f"{about}.{key}") or HINTS.get(key, "")


def told(text: str, kind: str = "") -> str:
    """A problem as the rules tell it, in the words of the screen instead of those of the file.

    `kind` is the kind of the field it stands beside, '' when it stands in a list of problems.
    """
    if kind in EXPECTED and _SHAPE.search(text):
        return gettext(EXPECTED[kind])
    text = _KNOWN.sub(lambda found: f"{found[1]}{', '.join(_value(one) for one in found[2].split(', '))}.", text)
    text = _PAIR.sub(lambda found: f"‘{_key(found[1])}: {_value(found[2])}’", text)
    text = _WORD.sub(_quoted, text)
    return (
        text.replace("de sleutel", "het veld")
        .replace("Het bestand:", "De procedure:")
        .replace(" tussen aanhalingstekens", "")
    )


def _quoted(found: re.Match[str]) -> str:
    before, word = found[1] or "", found[2]
    return f"{before}‘{_value(word) if before else _key(word)}’"


def _key(word: str) -> str:
    is_key = word in SECTIONS or word in KEYS
    return gettext(key_label(word)) if is_key else _value(word)


def _value(word: str) -> str:
    known = next((labels[word] for labels in TERMS.values() if word in labels), None) or VALUES.get(word)
    return gettext(known) if known else word

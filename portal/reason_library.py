"""The portal's own standard texts for reasons, by type of requirement and verdict. Plain values only.

A text goes literally to the applicant. Between braces stands a field: one of `FIELDS` is filled from the dossier, and
any other name is for the reviewer to type over.
"""

from __future__ import annotations

from portal.document_kinds import N_

FIELDS: dict[str, str] = {
    "stuk": N_("de naam van het eerste bestand bij de eis"),
    "afgegeven": N_("de dag waarop dat stuk is afgegeven"),
    "einddatum": N_("de laatste dag waarop dat stuk geldig is"),
    "ingediend": N_("de dag van indienen"),
    "eis": N_("de code en de titel van de eis"),
    "aanbieder": N_("de naam van de zorgaanbieder"),
}
"""The fields that the dossier fills, with what they become."""

EVERY = ""
"""Texts that fit every type."""

LIBRARY: dict[str, dict[str, tuple[str, ...]]] = {
    EVERY: {
        "fails": (
            N_("Met wat u indiende laat u niet zien dat u voldoet aan eis {eis}: {wat ontbreekt}."),
            N_("Uw antwoord gaat niet over {aanbieder}, maar over een andere organisatie."),
        ),
        "remedy": (
            N_("Uw antwoord op eis {eis} is niet volledig. Vul het aan met: {wat ontbreekt}."),
            N_("{stuk} is niet goed leesbaar. Stuur hetzelfde stuk opnieuw, volledig en leesbaar."),
        ),
        "equivalent": (N_("Wat u indiende is gelijkwaardig aan wat eis {eis} vraagt, omdat {reden}."),),
    },
    "certificate": {
        "fails": (
            N_("{stuk} was geldig tot en met {einddatum}. Op de dag van indienen ({ingediend}) gold het niet meer."),
            N_("{stuk} staat niet op naam van {aanbieder}."),
            N_("Het toepassingsgebied van {stuk} noemt de gevraagde ondersteuning niet."),
        ),
        "remedy": (
            N_("Op {stuk} staat geen einddatum. Stuur het volledige certificaat, met begin- en einddatum."),
            N_("{stuk} noemt geen toepassingsgebied. Stuur de bijlage waarin het toepassingsgebied staat."),
        ),
        "equivalent": (
            N_("{stuk} is niet het gevraagde stuk, maar is gelijkwaardig: het stelt dezelfde eisen aan {onderwerp}."),
        ),
    },
    "document": {
        "fails": (
            N_("{stuk} is van {afgegeven} en daarmee ouder dan eis {eis} toestaat."),
            N_("In {stuk} staat niet: {wat ontbreekt}."),
        ),
        "remedy": (
            N_("In {stuk} ontbreekt: {wat ontbreekt}. Stuur een aangevuld stuk."),
            N_("{stuk} is niet ondertekend. Stuur hetzelfde stuk, ondertekend door wie uw organisatie mag binden."),
        ),
    },
    "reference": {
        "fails": (
            N_("U noemt {aantal} cliënten. Eis {eis} vraagt er meer."),
            N_("De ervaring die u noemt, gaat niet over het gevraagde product."),
        ),
        "remedy": (N_("Bij uw referentie ontbreekt de periode. Geef het begin en het einde van de ondersteuning."),),
    },
    "declaration": {
        "fails": (N_("U geeft de verklaring van eis {eis} niet of niet volledig af."),),
        "remedy": (N_("Uw verklaring is niet getekend door wie {aanbieder} mag binden. Stuur die getekend op."),),
    },
    "yes_no": {"fails": (N_("U antwoordt dat u niet voldoet aan eis {eis}."),)},
    "number": {"fails": (N_("Het aantal dat u noemt, is lager dan eis {eis} vraagt."),)},
    "choice": {"fails": (N_("Met uw keuze voldoet u niet aan eis {eis}."),)},
    "text": {
        "fails": (N_("U beschrijft niet {wat ontbreekt}. Eis {eis} vraagt dat wel."),),
        "remedy": (N_("U beschrijft niet {wat ontbreekt}. Licht dit toe."),),
    },
    "location": {
        "fails": (N_("Op het adres dat u noemt, is de locatie niet in gebruik op de dag van indienen ({ingediend})."),),
        "remedy": (N_("Geef van de locatie ook {wat ontbreekt}."),),
    },
    "register": {
        "fails": (N_("De medewerker die u noemt, staat niet in het register dat eis {eis} vraagt."),),
        "remedy": (N_("Het registratienummer dat u noemt, vinden wij niet in het register. Controleer het nummer."),),
    },
    "smart": {
        "fails": (N_("Uw prestatieafspraak is niet meetbaar: {wat ontbreekt}."),),
        "remedy": (N_("Uw prestatieafspraak noemt geen {onderdeel}. Vul dit aan."),),
    },
}  # fmt: skip

"""The portal's own help texts, per type of requirement and for the integrity check. Plain values only.

Those per kind of document are in `help_kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.terms import N_


@dataclass(frozen=True)
class Help:
    """Help beside one requirement; every part is Dutch text or '', `days` in calendar days (None: not known).

    `is_own`: the procedure says (some of) this itself; `own_addition`: and its source does not.
    """

    asked: str = ""
    why: str = ""
    example: str = ""
    where: str = ""
    takes: str = ""
    days: int | None = None
    is_own: bool = False
    own_addition: bool = False


INTEGRITY = Help(
    asked=N_("Het ingevulde Bibob-vragenformulier, met de bijlagen die het formulier noemt, in één PDF."),
    why=N_("De gemeente toetst de integriteit van partijen met wie zij een overeenkomst sluit (Wet Bibob)."),
    example=N_(
        "Bestuurders, aandeelhouders met hun percentages, en hoe uw organisatie is gefinancierd. Vul ook ‘niet van "
        "toepassing’ in: een leeg antwoord geeft vragen."
    ),
    where=N_("U vult het zelf in. Uw accountant of boekhouder heeft de jaarcijfers en de leningen."),
    takes=N_("een tot twee weken: u heeft gegevens van bestuurders en financiers nodig"),
    days=14,
)

_SELF = N_("U vult het zelf in.")

BY_TYPE: dict[str, Help] = {
    "declaration": Help(
        asked=N_("U leest de verklaring en vinkt haar aan als zij klopt."),
        why=N_("U belooft hiermee iets. Klopt het later niet, dan kan dat gevolgen hebben voor uw overeenkomst."),
        example=N_("Kunt u het niet verklaren? Vink dan niets aan en vraag eerst hoe u kunt voldoen."),
        where=_SELF,
        takes=N_("een paar minuten"),
        days=0,
    ),
    "yes_no": Help(
        asked=N_("U antwoordt met ja of nee."),
        why=N_("Aan uw antwoord is te zien of u aan de eis voldoet."),
        example=N_("Antwoord zoals het op de peildatum is, niet zoals u het later van plan bent."),
        where=_SELF,
        takes=N_("een paar minuten"),
        days=0,
    ),
    "text": Help(
        asked=N_("U beschrijft in uw eigen woorden hoe u dit doet."),
        why=N_("Zo kan een beoordelaar zien dat u aan de eis voldoet. De schoonheid van de tekst telt niet."),
        example=N_("Zeg wat u doet, wanneer, en wie dat doet. Een halve bladzijde is vaak genoeg."),
        where=_SELF,
        takes=N_("een uur"),
        days=1,
    ),
    "number": Help(
        asked=N_("U vult een getal in."),
        why=N_("De eis noemt een minimum, dat voor iedereen gelijk is."),
        example=N_("Een heel getal, zonder eenheid: 12."),
        where=_SELF,
        takes=N_("een paar minuten"),
        days=0,
    ),
    "document": Help(
        asked=N_("U voegt een document toe. Een toelichting mag, maar hoeft niet."),
        why=N_("Het document is het bewijs dat u aan de eis voldoet."),
        example=N_("Een leesbare PDF met naam en datum."),
        where=_SELF,
    ),
    "certificate": Help(
        asked=N_("U voegt een certificaat toe, of een gelijkwaardig bewijs als de eis dat toelaat."),
        why=N_("Het certificaat is het bewijs dat u aan de eis voldoet."),
        example=N_("Een leesbare PDF met begin- en einddatum en de naam van uw organisatie."),
        where=_SELF,
    ),
    "reference": Help(
        asked=N_("U vult per product in aan hoeveel cliënten u deze ondersteuning bood."),
        why=N_("Zo blijkt dat u ervaring heeft."),
        example=N_("Tel cliënten, geen uren. Ervaring bij een andere gemeente telt meestal mee."),
        where=N_("U telt het zelf, uit uw cliëntadministratie."),
        takes=N_("een uur"),
        days=1,
    ),
    "location": Help(
        asked=N_("U vult het adres in van de locatie in de regio."),
        why=N_("De ondersteuning gebeurt op een plek in de regio."),
        example=N_("Straat, huisnummer, postcode, plaats en de gemeente."),
        where=_SELF,
        takes=N_("een paar minuten als u de locatie heeft"),
        days=0,
    ),
    "choice": Help(
        asked=N_("U kiest wat op u past."),
        why=N_("Met uw keuze weten wij, en soms ook inwoners, wat u doet."),
        example=N_("Kies alleen wat u nu al kunt bieden."),
        where=_SELF,
        takes=N_("een paar minuten"),
        days=0,
    ),
    "register": Help(
        asked=N_("U vult in welk register het is, het nummer, en op wiens naam het staat."),
        why=N_("Zo kan een beoordelaar de registratie in het openbare register nagaan."),
        example=N_("Register SKJ, het registratienummer en de naam zoals die in het register staat."),
        where=N_("Het nummer staat op het bewijs van inschrijving en in het openbare register."),
        takes=N_("een paar minuten als u geregistreerd bent"),
        days=0,
    ),
    "smart": Help(
        asked=N_("U belooft bij elk doel een resultaat, hoe u meet, de streefwaarde en wanneer."),
        why=N_("Deze afspraken komen in de overeenkomst terug en in de gesprekken daarna."),
        example=N_("‘80% van de cliënten haalt het doel uit het plan, gemeten bij afsluiting, elk jaar.’"),
        where=_SELF,
        takes=N_("een halve dag"),
        days=2,
    ),
}
"""Per type of requirement (`domain.requirement_types.TYPES`): what to do, whatever proves it."""

"""The portal's own help texts, per kind of document and per type of requirement. Plain values only.

How long something takes is common knowledge of the field, not a rule: terms of the issuers themselves come first
(Justis for the GVA and the VOG, KVK, certifying bodies). `days` is what to plan with, in calendar days.
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

BY_KIND: dict[str, Help] = {
    "hkz_certificate": Help(
        asked=N_("Het certificaat zelf, met begin- en einddatum, het toepassingsgebied en de naam van uw organisatie."),
        why=N_("Het laat zien dat een onafhankelijke instelling uw kwaliteitssysteem heeft getoetst."),
        example=N_(
            "Een certificaat op naam van uw eigen organisatie (niet van een zusterorganisatie), waarvan het "
            "toepassingsgebied de ondersteuning noemt waarvoor u zich aanmeldt."
        ),
        where=N_("Bij een certificerende instelling die een contract met HKZ heeft. HKZ geeft zelf geen certificaten."),
        takes=N_("zes tot twaalf maanden als u nog geen certificaat heeft"),
        days=180,
    ),
    "iso_9001_certificate": Help(
        asked=N_("Het certificaat zelf, met begin- en einddatum, het toepassingsgebied en de naam van uw organisatie."),
        why=N_("Het laat zien dat een onafhankelijke instelling uw kwaliteitssysteem heeft getoetst."),
        example=N_("Een certificaat met het logo van de certificerende instelling en van de Raad voor Accreditatie."),
        where=N_("Bij een certificerende instelling die door de Raad voor Accreditatie is erkend."),
        takes=N_("drie tot negen maanden als u nog geen certificaat heeft"),
        days=150,
    ),
    "other_quality_certificate": Help(
        asked=N_("Het certificaat of keurmerk zelf, met begin- en einddatum en de naam van uw organisatie."),
        why=N_("Het laat zien dat iemand van buiten uw kwaliteit heeft getoetst."),
        example=N_("Een certificaat NEN-EN 15224 of een keurmerk van uw brancheorganisatie."),
        where=N_("Bij de instelling die het keurmerk beheert, of bij een certificerende instelling."),
        takes=N_("drie tot twaalf maanden als u nog niets heeft"),
        days=150,
    ),
    "kvk_extract": Help(
        asked=N_("Een uittreksel uit het Handelsregister van uw eigen organisatie."),
        why=N_("Zo zien wij de naam, het KvK-nummer, de rechtsvorm en wie mag tekenen."),
        example=N_("Het digitaal gewaarmerkte uittreksel: een PDF met de datum van afgifte erop."),
        where=N_("Bij de Kamer van Koophandel, via kvk.nl. U betaalt een klein bedrag."),
        takes=N_("een paar minuten"),
        days=0,
    ),
    "experience_statement": Help(
        asked=N_("Een verklaring van een opdrachtgever over de ondersteuning die u gaf."),
        why=N_("Zo blijkt dat u deze ondersteuning al eens heeft geboden."),
        example=N_(
            "Een brief van een gemeente of zorgkantoor: welk product, hoeveel cliënten, van wanneer tot wanneer, met "
            "naam en functie van wie tekent. Geen namen van cliënten."
        ),
        where=N_("Bij een opdrachtgever voor wie u werkte, bijvoorbeeld de contractmanager van een gemeente."),
        takes=N_("twee tot vier weken: een ander moet tekenen"),
        days=28,
    ),
    "location_proof": Help(
        asked=N_("Een stuk waaruit blijkt dat u over de locatie kunt beschikken."),
        why=N_("De ondersteuning gebeurt op een plek in de regio."),
        example=N_("Een getekend huurcontract of voorcontract, of een koopakte, met het adres en de ingangsdatum."),
        where=N_("Bij uw verhuurder, makelaar of notaris."),
        takes=N_("twee weken als u de locatie al heeft; een nieuwe locatie kost maanden"),
        days=14,
    ),
    "professional_standards": Help(
        asked=N_("Een stuk waarin staat welke standaarden en richtlijnen u volgt."),
        why=N_("Zo is te zien dat uw medewerkers werken zoals hun vak dat vraagt."),
        example=N_("Een of twee bladzijden: per doelgroep de richtlijn, en hoe u nagaat dat die wordt gevolgd."),
        where=N_("U schrijft het zelf. De richtlijnen vindt u bij uw beroeps- of brancheorganisatie."),
        takes=N_("een dag"),
        days=1,
    ),
    "complaints_procedure": Help(
        asked=N_("De klachtenregeling zoals cliënten die krijgen."),
        why=N_("Cliënten hebben recht op een klachtenregeling (Wmo 2015, Jeugdwet, Wkkgz)."),
        example=N_("Wie de klacht behandelt, binnen hoeveel weken, en welke onafhankelijke commissie er is."),
        where=N_("U schrijft haar zelf; brancheorganisaties hebben modellen. Een klachtencommissie spreekt u af."),
        takes=N_("een dag; twee weken als u zich nog bij een klachtencommissie moet aansluiten"),
        days=14,
    ),
    "messaging_statement": Help(
        asked=N_("Een verklaring dat uw administratie met de landelijke berichten (iWmo of iJw) kan werken."),
        why=N_("Toewijzing, start, einde en declaratie gaan alleen langs die weg."),
        example=N_("Een brief van uw softwareleverancier die de berichten en de uitvoeringsvariant noemt."),
        where=N_("Bij de leverancier van uw cliëntadministratie. Een aansluiting regelt u bij VECOZO."),
        takes=N_("een week; een nieuwe aansluiting duurt enkele weken"),
        days=7,
    ),
    "staff_overview": Help(
        asked=N_("Een overzicht van functies, opleidingen en registraties. Zonder namen en zonder BSN."),
        why=N_("Zo is te zien dat u voor elk product medewerkers met de juiste opleiding heeft."),
        example=N_("Een tabel: functie, aantal fte, opleidingsniveau, registratie (SKJ, BIG), voor welk product."),
        where=N_("U maakt het zelf, uit uw personeelsadministratie."),
        takes=N_("een dag"),
        days=1,
    ),
    "process_agreements": Help(
        asked=N_("De afspraken over hoe uw medewerkers overleggen en beslissen."),
        why=N_("Bij een ingewikkelde vraag moet niemand er alleen voor staan."),
        example=N_("Een bladzijde: wanneer er overleg is, wie erbij zit, wie beslist, en waar u het vastlegt."),
        where=N_("U schrijft het zelf."),
        takes=N_("een dag"),
        days=1,
    ),
    "flow_plan": Help(
        asked=N_("Hoe u merkt dat lichtere of zwaardere ondersteuning nodig is, en wat u dan doet."),
        why=N_("Inwoners krijgen niet langer of zwaarder ondersteuning dan nodig is."),
        example=N_("Vaste momenten van evaluatie, wie het besluit neemt en hoe u de toegang van de gemeente inlicht."),
        where=N_("U schrijft het zelf."),
        takes=N_("een dag"),
        days=1,
    ),
    "privacy_policy": Help(
        asked=N_("Uw beleid voor persoonsgegevens, met het register en de procedure voor datalekken."),
        why=N_("U bewaart gevoelige gegevens van inwoners (AVG)."),
        example=N_("Welke gegevens u bewaart, hoe lang, wie erbij kan, en wie een datalek binnen 72 uur meldt."),
        where=N_("U schrijft het zelf. De Autoriteit Persoonsgegevens heeft uitleg en voorbeelden."),
        takes=N_("een paar dagen"),
        days=3,
    ),
    "domestic_violence_protocol": Help(
        asked=N_("De meldcode van uw eigen organisatie, met de vijf stappen en het afwegingskader."),
        why=N_("Wie met cliënten werkt, moet een meldcode hebben (Wmo 2015, Jeugdwet, Wkkgz)."),
        example=N_("Het basismodel, met wie bij u de aandachtsfunctionaris is en hoe u Veilig Thuis bereikt."),
        where=N_("Het basismodel komt van de rijksoverheid; uw beroepsorganisatie heeft het afwegingskader."),
        takes=N_("een dag"),
        days=1,
    ),
    "cooperation_agreement": Help(
        asked=N_("Een overeenkomst die iedereen met wie u samenwerkt heeft getekend."),
        why=N_("Zo staat vast wie welk deel doet en wie aanspreekbaar is."),
        example=N_("Namen en KvK-nummers, wie penvoerder is, welk deel ieder doet en hoe u stopt met elkaar."),
        where=N_("U stelt haar samen op; elke partij laat de tekenbevoegde tekenen."),
        takes=N_("twee tot drie weken: anderen moeten tekenen"),
        days=21,
    ),
    "governance_statement": Help(
        asked=N_("Hoe bestuur en toezicht bij u zijn geregeld, en wie waarover beslist."),
        why=N_("Goed bestuur beschermt cliënten en publiek geld."),
        example=N_("De statuten of een verklaring van het bestuur die de code noemt en zegt waar u ervan afwijkt."),
        where=N_("Uw bestuur stelt het op; de statuten heeft uw notaris of de Kamer van Koophandel."),
        takes=N_("een week: het bestuur moet tekenen"),
        days=7,
    ),
    "annual_accounts": Help(
        asked=N_("De jaarrekening van het laatste afgesloten boekjaar."),
        why=N_("Zo is te zien dat uw organisatie gezond is en waar het geld naartoe gaat."),
        example=N_("Balans, winst-en-verliesrekening en toelichting. Nieuw? Dan een openingsbalans met een begroting."),
        where=N_("Bij uw accountant of boekhouder."),
        takes=N_("een week als zij klaar is; anders twee maanden"),
        days=7,
    ),
    "plan_of_approach": Help(
        asked=N_("Een plan: wat u doet, wanneer, en wie ervoor zorgt."),
        why=N_("Zo is na te gaan dat u op tijd klaar bent."),
        example=N_("Een tabel met stappen, data en namen van functies, met wat u doet als iets uitloopt."),
        where=N_("U schrijft het zelf."),
        takes=N_("een paar dagen"),
        days=3,
    ),
    "register_extract": Help(
        asked=N_("Een bewijs van inschrijving in het register, met de datum van afgifte."),
        why=N_("Zo blijkt dat uw professional of praktijk bevoegd is, of dat u kunt declareren."),
        example=N_("Een afdruk of uittreksel met het registratienummer. Geen burgerservicenummer."),
        where=N_("Bij het register zelf: SKJ, BIG-register (CIBG), NIP, NVO, of Vektis voor een AGB-code."),
        takes=N_("een dag als u al geregistreerd bent; een nieuwe registratie duurt weken"),
        days=1,
    ),
    "other": Help(
        asked=N_("Een stuk dat laat zien dat u aan de eis voldoet."),
        why=N_("De beoordelaar kan alleen kijken naar wat u meestuurt."),
        example=N_("Een leesbare PDF waarin duidelijk staat waar de eis over gaat, met naam en datum."),
        where=N_("Dat hangt af van het stuk. Twijfelt u? Stel een vraag bij de procedure."),
        takes=N_("reken op een week"),
        days=7,
    ),
}
"""Per kind of document. A kind without an entry gets that of 'other'."""

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

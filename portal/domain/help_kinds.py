"""The portal's own help texts per kind of document. Plain values only.

How long something takes is common knowledge of the field, not a rule: terms of the issuers themselves come first
(Justis for the GVA and the VOG, the Belastingdienst, KVK, certifying bodies). `days` is what to plan with, in calendar
days.
"""

from __future__ import annotations

from portal.domain.help_texts import Help
from portal.terms import N_

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
        where=N_(
            "U schrijft haar zelf; brancheorganisaties hebben modellen. Over een klachtencommissie maakt u afspraken."
        ),
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
    "iso_27001_certificate": Help(
        asked=N_("Het certificaat zelf, met begin- en einddatum en waar het over gaat."),
        why=N_("Het laat zien dat een onafhankelijke instelling uw informatiebeveiliging heeft getoetst."),
        example=N_(
            "Een certificaat dat de systemen noemt waarin u cliëntgegevens bewaart, met de verklaring van "
            "toepasselijkheid."
        ),
        where=N_("Bij een certificerende instelling die door de Raad voor Accreditatie is erkend."),
        takes=N_("zes tot twaalf maanden als u nog geen certificaat heeft"),
        days=180,
    ),
    "nen_7510_certificate": Help(
        asked=N_("Het certificaat zelf, met begin- en einddatum en waar het over gaat."),
        why=N_("Het laat zien dat u gegevens over gezondheid volgens de norm van de zorg beveiligt."),
        example=N_(
            "Een certificaat dat uw cliëntadministratie noemt, met de uitgave van de norm (NEN 7510:2017 of 2024)."
        ),
        where=N_("Bij een certificerende instelling die door de Raad voor Accreditatie is erkend."),
        takes=N_("zes tot twaalf maanden als u nog geen certificaat heeft"),
        days=180,
    ),
    "gva": Help(
        asked=N_("De gedragsverklaring aanbesteden van uw organisatie, niet ouder dan twee jaar als u indient."),
        why=N_("Zo blijkt dat er bij Justis geen bezwaar is om met u een overeenkomst te sluiten."),
        example=N_("De verklaring zelf: met uw naam, het KvK-nummer, het nummer en de datum. Een VOG is iets anders."),
        where=N_("Bij Justis, via justis.nl. Wie uw organisatie mag binden, vraagt haar aan."),
        takes=N_("tot acht weken, en soms nog eens acht; spoed kan niet"),
        days=112,
    ),
    "tax_statement": Help(
        asked=N_(
            "De ‘Verklaring betalingsgedrag nakoming fiscale verplichtingen’, niet ouder dan zes maanden als u indient."
        ),
        why=N_("Zo blijkt dat u aangifte doet en dat er geen belasting of premies openstaan."),
        example=N_(
            "De brief van de Belastingdienst met de naam en het RSIN van uw eigen organisatie. Een verklaring voor "
            "uitleners of onderaannemers is een andere."
        ),
        where=N_("Bij de Belastingdienst: met het formulier op belastingdienst.nl, online of op papier."),
        takes=N_("een tot twee weken; langer als er nog een aanslag openstaat"),
        days=14,
    ),
    "ubo_extract": Help(
        asked=N_("Een uittreksel uit het UBO-register van uw eigen organisatie."),
        why=N_("Zo is te zien wie er uiteindelijk eigenaar is of de zeggenschap heeft."),
        example=N_("De PDF met de datum van afgifte. Vaak mag zij niet ouder zijn dan zes maanden."),
        where=N_("Bij de Kamer van Koophandel, via kvk.nl. U vraagt het van uw eigen organisatie op."),
        takes=N_("een paar minuten; langer als de opgave nog niet klopt"),
        days=0,
    ),
    "vog_np": Help(
        asked=N_("De verklaring omtrent het gedrag van één medewerker, voor het werk dat die bij u doet. Zonder BSN."),
        why=N_(
            "Wie met jeugdigen of kwetsbare inwoners werkt, moet er een hebben. In de jeugdhulp is zij op de eerste "
            "werkdag niet ouder dan drie maanden (Jeugdwet, artikel 4.1.6)."
        ),
        example=N_(
            "De digitale VOG zoals Justis haar stuurde: die PDF heeft een eigen handtekening. Van een kopie van papier "
            "is de echtheid niet na te gaan."
        ),
        where=N_("U zet de aanvraag klaar bij Justis; de medewerker vraagt haar aan, online of bij de gemeente."),
        takes=N_("tot vier weken; tot acht als Justis iets moet afwegen"),
        days=28,
    ),
    "vog_rp": Help(
        asked=N_("De verklaring omtrent het gedrag van uw organisatie (VOG RP), niet die van een medewerker."),
        why=N_("Zo blijkt dat er bij Justis geen bezwaar is tegen uw organisatie en wie haar leiden."),
        example=N_(
            "De verklaring met naam en KvK-nummer van uw eigen organisatie. Zij heeft geen einddatum; een procedure "
            "vraagt vaak dat zij niet ouder is dan twaalf maanden."
        ),
        where=N_("Bij Justis, via justis.nl. Een bestuurder of vennoot vraagt haar aan."),
        takes=N_("tot acht weken; tot twaalf als Justis iets moet afwegen"),
        days=56,
    ),
    "insurance": Help(
        asked=N_("De polis of het certificaat van uw verzekering tegen aansprakelijkheid, met bedragen en einddatum."),
        why=N_("Krijgt een cliënt schade, dan moet die worden vergoed."),
        example=N_("Een verzekeringscertificaat: gedekt bedrag per gebeurtenis en per jaar, en tot wanneer."),
        where=N_("Bij uw verzekeraar of tussenpersoon."),
        takes=N_("een paar dagen; een nieuwe verzekering duurt een tot twee weken"),
        days=7,
    ),
    "self_declaration": Help(
        asked=N_("De eigen verklaring (UEA), ingevuld en getekend. Elke partij die meedoet, heeft er een."),
        why=N_("U verklaart in één keer dat er geen reden is om u uit te sluiten en dat u aan de eisen voldoet."),
        example=N_("Een PDF of XML met de naam van uw organisatie, getekend door wie haar mag binden."),
        where=N_("U vult haar zelf in. In dit portaal kunt u een UEA downloaden en inlezen."),
        takes=N_("een dag; langer als anderen ook moeten tekenen"),
        days=3,
    ),
    "parent_statement": Help(
        asked=N_("Een verklaring van de moedermaatschappij dat zij voor uw verplichtingen instaat."),
        why=N_("U gebruikt de draagkracht of de middelen van het concern."),
        example=N_("Wie instaat voor wie, waarvoor en hoe lang. Alleen een statutair bestuurder tekent haar."),
        where=N_("Bij het bestuur van uw moedermaatschappij."),
        takes=N_("twee tot drie weken: een ander bestuur moet tekenen"),
        days=21,
    ),
    "wtza_notification": Help(
        asked=N_("Het bewijs van uw Wtza-melding, of uw vergunning als u die nodig heeft."),
        why=N_("Wie zorg of jeugdhulp levert, meldt zich. Voor alleen Wmo-ondersteuning hoeft dat niet."),
        example=N_("De bevestiging van het CIBG, of een afdruk van uw vermelding in het LRZa."),
        where=N_("Bij het CIBG. Uw vermelding zoekt u op in het openbare register LRZa."),
        takes=N_("een melding een dag; een vergunning duurt weken tot maanden"),
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
"""Per kind of document (`terms.DOCUMENT_KINDS`), except that of the integrity check. Each has its own."""

"""What the signals say: for each rule its name, its text, its source and what may lie behind it. Plain data.

A rule never says that something is wrong: it says what stands out, and which innocent reasons there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.terms import N_


@dataclass(frozen=True)
class SignalRule:
    """`message % facts` is what a reviewer reads first; `explanation` what it may mean, and what to do."""

    label: str
    message: str
    source: str
    explanation: str


TYPED = N_("wat de aanbieder bij het stuk invulde, zoals ingediend")
READ = N_("wat het portaal in het stuk las")
PROPERTIES = N_("de eigenschappen van het bestand")
SIGNED = N_("de digitale handtekening in het bestand")
REGISTER = N_("het register, zoals de aanbieder dat in zijn account opvroeg")
OTHERS = N_("de andere aanmeldingen bij deze regio")

RULES: dict[str, SignalRule] = {
    "validity": SignalRule(
        N_("Geldigheid"),
        "%(text)s",
        TYPED,
        N_("Het stuk is gehouden naast de peildatum en de termijn van de eis. Kijk in het stuk zelf of de datums "
           "kloppen."),
    ),
    "expired_as_read": SignalRule(
        N_("Geldigheid"),
        N_("In ‘%(file)s’ lezen wij dat het geldig is tot en met %(day)s. De peildatum is %(wanted)s."),
        READ,
        N_("De aanbieder vulde geen einddatum in. Een datum kan verkeerd gelezen zijn: kijk op de genoemde bladzijde."),
    ),
    "typed_differs": SignalRule(
        N_("Ingevuld en gelezen verschillen"),
        N_("Bij ‘%(file)s’ vulde de aanbieder in: %(field)s %(typed)s. In het stuk lezen wij %(read)s."),
        READ,
        N_("Vaak een vergissing bij het invullen. Wat in het stuk staat, telt; kijk op de genoemde bladzijde."),
    ),
    "other_number": SignalRule(
        N_("Ander KvK-nummer"),
        N_("In ‘%(file)s’ staat KvK-nummer %(read)s. Aan deze aanmelding doet dat nummer niet mee."),
        READ,
        N_("Het stuk kan van een moeder- of zusterorganisatie zijn. Ga na of die organisatie de opdracht uitvoert."),
    ),
    "other_name": SignalRule(
        N_("Andere naam"),
        N_("‘%(file)s’ staat op naam van %(read)s. Zo heet geen organisatie in deze aanmelding."),
        READ,
        N_("Het kan een handelsnaam, een oude naam of een fusie zijn. Het register noemt alle namen."),
    ),
    "register_name": SignalRule(
        N_("Naam in het register"),
        N_("Het register kent %(number)s als %(read)s. De aanbieder meldt zich aan als %(typed)s."),
        REGISTER,
        N_("Het kan een handelsnaam zijn, of een naam die pas is gewijzigd. Vraag zo nodig een nieuw uittreksel."),
    ),
    "register_ended": SignalRule(
        N_("Uitgeschreven"),
        N_("Volgens het register is %(number)s uitgeschreven."),
        REGISTER,
        N_("Zoek het nummer zelf op in het Handelsregister: er kan een opvolger zijn, of een fout in het nummer."),
    ),
    "unsigned": SignalRule(
        N_("Geen handtekening van de afgever"),
        N_("In ‘%(file)s’ zit geen digitale handtekening van %(issuer)s."),
        SIGNED,
        N_("Een digitaal afgegeven stuk heeft er een. Wie het papier scande of het bestand opnieuw afdrukte, is hem "
           "kwijt. Vraag zo nodig het bestand zoals de aanbieder het kreeg."),
    ),
    "signed_by_other": SignalRule(
        N_("Handtekening van een ander"),
        N_("‘%(file)s’ is digitaal ondertekend door %(signer)s, niet door %(issuer)s."),
        SIGNED,
        N_("Een notaris of gemachtigde kan een afschrift ondertekenen. Open het bestand in een lezer die de "
           "handtekening controleert."),
    ),
    "signer_unknown": SignalRule(
        N_("Ondertekenaar niet te controleren"),
        N_("De handtekening van %(signer)s in ‘%(file)s’ hoort bij een certificaat dat wij niet kennen (%(cert)s)."),
        SIGNED,
        N_("De naam in een handtekening bewijst niets zolang de uitgever van het certificaat niet bekend is. Open het "
           "bestand in een lezer die de uitgever opzoekt."),
    ),
    "signature_unread": SignalRule(
        N_("Handtekening niet te lezen"),
        N_("In ‘%(file)s’ zit een digitale handtekening die wij niet konden beoordelen."),
        SIGNED,
        N_("Open het bestand in een lezer die handtekeningen controleert."),
    ),
    "changed_after_signing": SignalRule(
        N_("Gewijzigd na ondertekenen"),
        N_("‘%(file)s’ is gewijzigd nadat %(signer)s het digitaal ondertekende."),
        SIGNED,
        N_("Wat een lezer ziet, is niet meer wat ondertekend werd. Soms komt dat door opmerkingen of door opnieuw "
           "bewaren. Vraag het bestand zoals de aanbieder het kreeg."),
    ),
    "revised": SignalRule(
        N_("Later bijgewerkt"),
        N_("‘%(file)s’ is %(times)d keer bijgewerkt nadat het gemaakt was."),
        PROPERTIES,
        N_("Een bestand waarin iets is veranderd of toegevoegd, bewaart dat als bijwerking. Een ingevuld formulier, "
           "een opmerking of een stempel doet dat ook."),
    ),
    "image_editor": SignalRule(
        N_("Gemaakt met een bewerkprogramma"),
        N_("‘%(file)s’ is gemaakt of bewaard met %(program)s."),
        PROPERTIES,
        N_("Met dit programma kunt u een stuk bewerken. Veel organisaties maken er ook gewoon een scan of een "
           "samengevoegd bestand mee."),
    ),
    "made_later": SignalRule(
        N_("Datum van het bestand"),
        N_("‘%(file)s’ is afgegeven op %(issued)s en als bestand gemaakt op %(made)s, %(days)d dagen later."),
        PROPERTIES,
        N_("Bij een kopie uit een archief is dat gewoon. Het kan ook een nieuwe opmaak van het stuk zijn."),
    ),
    "made_earlier": SignalRule(
        N_("Datum van het bestand"),
        N_("‘%(file)s’ is afgegeven op %(issued)s, maar als bestand al gemaakt op %(made)s."),
        PROPERTIES,
        N_("Een afgever kan een stuk klaarzetten. Ook kan een eerder stuk een nieuwe datum hebben gekregen, of loopt "
           "een klok niet gelijk."),
    ),
    "changed_later": SignalRule(
        N_("Datum van het bestand"),
        N_("‘%(file)s’ is gemaakt op %(made)s en voor het laatst gewijzigd op %(changed)s."),
        PROPERTIES,
        N_("Opnieuw bewaren, samenvoegen en ondertekenen wijzigen deze datum ook."),
    ),
    "unreadable": SignalRule(
        N_("Niet te lezen"),
        N_("Wij konden ‘%(file)s’ niet lezen. Er is dus niets in gecontroleerd."),
        READ,
        N_("Bekijk het stuk zelf. Lukt dat niet, vraag dan een leesbaar bestand als herstel."),
    ),
    "same_file": SignalRule(
        N_("Zelfde bestand bij een ander"),
        N_("Hetzelfde bestand als ‘%(file)s’ zit ook bij een andere aanmelding."),
        OTHERS,
        N_("Bij een gezamenlijke onderaannemer, een koepel of een vast formulier is dat gewoon. Kijk op wiens naam het "
           "staat."),
    ),
    "same_number": SignalRule(
        N_("Zelfde nummer bij een ander"),
        N_("Het nummer %(number)s op ‘%(file)s’ staat ook op een stuk bij een andere aanmelding."),
        OTHERS,
        N_("Een certificaat kan voor een hele groep gelden; dan staan de namen erop. Een nummer kan ook verkeerd "
           "gelezen of ingevuld zijn."),
    ),
}  # fmt: skip
"""In the order in which they are shown."""

SIGNED_BY: dict[str, tuple[str, tuple[str, ...]]] = {
    "kvk_extract": ("de Kamer van Koophandel", ("kamer van koophandel", "kvk")),
    "ubo_extract": ("de Kamer van Koophandel", ("kamer van koophandel", "kvk")),
    "vog_rp": ("Justis", ("justis", "justitie en veiligheid")),
    "vog_np": ("Justis", ("justis", "justitie en veiligheid")),
}
"""Kinds whose issuer signs what it gives out digitally: what it is called, and words in the name of the signer."""

NUMBERED = frozenset({
    "hkz_certificate", "iso_9001_certificate", "iso_27001_certificate", "nen_7510_certificate",
    "other_quality_certificate", "insurance", "gva", "vog_rp", "vog_np",
})  # fmt: skip
"""Kinds of which one number is one document."""
SHORTEST_NUMBER = 5
"""Letters and digits; a shorter number is shared by chance."""

EDITORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Adobe Photoshop", ("photoshop",)),
    ("Adobe Illustrator", ("illustrator",)),
    ("GIMP", ("gimp",)),
    ("Affinity", ("affinity",)),
    ("Inkscape", ("inkscape",)),
    ("CorelDRAW", ("coreldraw", "corel draw")),
    ("Canva", ("canva",)),
    ("Pixelmator", ("pixelmator",)),
    ("LibreOffice Draw", ("draw libreoffice", "libreoffice draw")),
    ("PDFescape", ("pdfescape",)),
    ("Sejda", ("sejda",)),
    ("iLovePDF", ("ilovepdf",)),
    ("Smallpdf", ("smallpdf",)),
    ("PDF-XChange Editor", ("pdf-xchange editor", "pdf-xchange (editor)")),
    ("Foxit PDF Editor", ("foxit pdf editor", "foxit phantompdf")),
)
"""Programs with which one changes a page: what is shown, and the words by which a file names them."""

LATER_DAYS = 31
"""A text that was made as a file so many days after its issue stands out; a scan never does."""
EARLIER_DAYS = 7
CHANGED_DAYS = 2

"""Who is in the demonstration: accounts, officials and providers. Every name is made up."""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNTS = {
    "anna@delinde.example": "zorgaanbieder Stichting De Linde: invullen en tekenen",
    "noor@delinde.example": "zorgaanbieder Stichting De Linde: alleen invullen",
    "sander@zorgadvies.example": "adviseur buiten de organisatie: gemachtigd door De Linde, mag invullen",
    "tess@tafelronde.example": "zorgaanbieder Tafelronde Zorg: concept is compleet, nog niet ingediend",
    "ruben@bruggenhof.example": "zorgaanbieder Bruggenhof: er is herstel gevraagd",
    "ineke@regio-meierij.example": "inkoper, regio Meierij",
    "joris@regio-meierij.example": "inkoper, regio Meierij (tweede paar ogen)",
    "renske@regio-meierij.example": "rondebeheerder, regio Meierij",
    "bram@regio-meierij.example": "integriteitsfunctionaris, regio Meierij",
    "dina@regio-meierij.example": "beslisser integriteit, regio Meierij",
    "wil@regio-meierij.example": "tekenbevoegde van de gemeenten, regio Meierij",
    "coen@regio-meierij.example": "contractmanager, regio Meierij",
    "hanna@regio-meierij.example": "toezichthouder, regio Meierij: leest mee",
    "beheer@regio-meierij.example": "functioneel beheerder, regio Meierij: taken en berichten",
    "olga@dewaarden.example": "inkoper, Inkoopregio De Waarden",
    "fenna@dewaarden.example": "rondebeheerder, Inkoopregio De Waarden",
}

OFFICIALS = (
    ("ineke", "Ineke Bos", "inkoper", "Inkoper sociaal domein"),
    ("joris", "Joris van Dam", "inkoper", "Inkoper sociaal domein"),
    ("renske", "Renske Vos", "round_manager", "Coördinator inkoop"),
    ("bram", "Bram Kuiper", "integrity_officer", "Integriteitsfunctionaris"),
    ("dina", "Dina Mulder", "integrity_decider", "Beslisser integriteit"),
    ("wil", "Wil de Haan", "authority_signatory", "Directeur sociaal domein"),
    ("coen", "Coen Bakker", "contract_manager", "Contractmanager"),
    ("hanna", "Hanna Mulder", "inspector", "Toezichthouder kwaliteit"),
    ("beheer", "Bas Hendriks", "administrator", "Functioneel beheerder"),
)

NEIGHBOURS = (
    ("olga", "Olga Prins", "inkoper", "Inkoper"),
    ("fenna", "Fenna Blom", "round_manager", "Coördinator inkoop"),
)
"""The officials of the other region."""


@dataclass(frozen=True)
class Provider:
    """One made-up organisation, its first person, and the products and municipalities it wants."""

    name: str
    kvk_number: str
    city: str
    person: str
    email: str
    products: str
    municipalities: str

    @property
    def cells(self) -> list[tuple[str, str]]:
        return [(product, place) for product in self.products.split() for place in self.municipalities.split()]


DEN_BOSCH, MEIERIJSTAD, VUGHT = "0796", "1948", "0865"
EVERYWHERE = f"{DEN_BOSCH} {MEIERIJSTAD} {VUGHT}"
GUIDANCE, DAYS, STAY = "IB-WAAKVLAM IB-BASIS IB-EXTRA", "DB-BASIS DB-EXTRA", "KDV-BASIS KDV-EXTRA"
HOME = "'s-Hertogenbosch"

PROVIDERS = {
    "linde": Provider(
        "Stichting De Linde", "99900015", HOME, "Anna de Wit", "anna@delinde.example", GUIDANCE, EVERYWHERE
    ),
    "kwikstaart": Provider(
        "Zorghoeve Kwikstaart B.V.",
        "99900023",
        "Vught",
        "Karim el Amrani",
        "karim@kwikstaart.example",
        DAYS,
        EVERYWHERE,
    ),
    "windwijzer": Provider(
        "Dagcentrum Windwijzer", "99900031", "Veghel", "Lotte Smeets", "lotte@windwijzer.example", DAYS, MEIERIJSTAD
    ),
    "lantaarnpad": Provider(
        "Stichting Lantaarnpad",
        "99900049",
        HOME,
        "Hassan Yilmaz",
        "hassan@lantaarnpad.example",
        f"IB-BASIS {STAY}",
        f"{DEN_BOSCH} {VUGHT}",
    ),
    "korenbloem": Provider(
        "Maatwerk Korenbloem",
        "99900057",
        "Schijndel",
        "Pleun Evers",
        "pleun@korenbloem.example",
        "IB-BASIS",
        EVERYWHERE,
    ),
    "bruggenhof": Provider(
        "Coöperatie Bruggenhof U.A.",
        "99900065",
        HOME,
        "Ruben Claessen",
        "ruben@bruggenhof.example",
        f"{GUIDANCE} DB-BASIS",
        DEN_BOSCH,
    ),
    "emmer": Provider(
        "Dagatelier De Blauwe Emmer B.V.", "99900073", "Vught", "Sofie Maas", "sofie@blauweemmer.example", DAYS, VUGHT
    ),
    "wilgenwerf": Provider(
        "Stichting Wilgenwerf",
        "99900081",
        "Sint-Oedenrode",
        "Teun Hermans",
        "teun@wilgenwerf.example",
        "IB-BASIS DB-BASIS",
        MEIERIJSTAD,
    ),
    "noordster": Provider(
        "Begeleidingsbureau Noordster & Dochter",
        "99900099",
        HOME,
        "Mila Noordster",
        "mila@noordster.example",
        "IB-WAAKVLAM IB-BASIS",
        f"{DEN_BOSCH} {VUGHT}",
    ),
    "vossenhol": Provider(
        "Logeerhuis Het Vossenhol B.V.", "99900107", "Vught", "Dirk Peters", "dirk@vossenhol.example", STAY, EVERYWHERE
    ),
    "zevensprong": Provider(
        "Thuisteam Zevensprong B.V.", "99900115", HOME, "Yara Bakker", "yara@zevensprong.example", GUIDANCE, EVERYWHERE
    ),
    "ratel": Provider(
        "Zorgcollectief Ratel B.V.", "99900123", "Veghel", "Bas Willems", "bas@ratel.example", "IB-EXTRA", MEIERIJSTAD
    ),
    "oeverzwaluw": Provider(
        "Praktijk Oeverzwaluw", "99900131", HOME, "Nienke Vermeer", "nienke@oeverzwaluw.example", "IB-BASIS", DEN_BOSCH
    ),
    "kruk": Provider(
        "Stichting De Gouden Kruk", "99900149", "Vught", "Jan Cuijpers", "jan@goudenkruk.example", "DB-BASIS", VUGHT
    ),
    "klaproos": Provider(
        "Woonerf Klaproos B.V.", "99900156", "Schijndel", "Eva Goossens", "eva@klaproos.example", "", ""
    ),
    "tafelronde": Provider(
        "Stichting Tafelronde Zorg", "99900164", HOME, "Tess van Rooij", "tess@tafelronde.example", DAYS, DEN_BOSCH
    ),
    "kompasroos": Provider(
        "Ambulant Team Kompasroos B.V.",
        "99900172",
        HOME,
        "Omar Haddad",
        "omar@kompasroos.example",
        GUIDANCE,
        EVERYWHERE,
    ),
    "kracht": Provider(
        "De Stille Kracht Begeleiding",
        "99900180",
        "Vught",
        "Femke Jansen",
        "femke@stillekracht.example",
        "IB-BASIS IB-EXTRA",
        f"{MEIERIJSTAD} {VUGHT}",
    ),
}

# The places of the second region stand for those of the first.
OTHER_PLACES = {DEN_BOSCH: "9001", MEIERIJSTAD: "9002", VUGHT: "9003"}

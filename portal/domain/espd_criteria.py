"""The criteria of the ESPD (Uniform Europees Aanbestedingsdocument) that a requirement can stand for.

The codes are those of the EU authority table `criterion` (version 20240612-0), the ids those of ESPD-EDM 4.1.0. The
articles are of the Aanbestedingswet 2012. What is not here is about goods and works, or about the form itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.terms import N_

EXCLUSION, SELECTION = "exclusion", "selection"


@dataclass(frozen=True)
class Criterion:
    """One criterion: what it is called, whether it excludes or selects, its id in ESPD-EDM, and where it is law.

    The question of a ground for exclusion is whether it applies: there 'no' is the good answer.
    """

    label: str
    kind: str
    uuid: str
    article: str = ""

    @property
    def is_exclusion(self) -> bool:
        return self.kind == EXCLUSION


_MUST, _MAY = "art. 2.86", "art. 2.87"

CRITERIA: dict[str, Criterion] = {
    "crime-org": Criterion(
        N_("Deelname aan een criminele organisatie"), EXCLUSION, "005eb9ed-1347-4ca3-bb29-9bc0db64e1ab", _MUST
    ),
    "corruption": Criterion(N_("Omkoping"), EXCLUSION, "c27b7c4e-c837-4529-b867-ed55ce639db5", _MUST),
    "fraud": Criterion(N_("Fraude"), EXCLUSION, "297d2323-3ede-424e-94bc-a91561e6f320", _MUST),
    "terr-offence": Criterion(N_("Terrorisme"), EXCLUSION, "d486fb70-86b3-4e75-97f2-0d71b5697c7d", _MUST),
    "finan-laund": Criterion(
        N_("Witwassen of financieren van terrorisme"), EXCLUSION, "47112079-6fec-47a3-988f-e561668c3aef", _MUST
    ),
    "human-traffic": Criterion(
        N_("Kinderarbeid en mensenhandel"), EXCLUSION, "d789d01a-fe03-4ccd-9898-73f9cfa080d1", _MUST
    ),
    "tax-pay": Criterion(
        N_("Belastingen niet betaald"), EXCLUSION, "b61bbeb7-690e-4a40-bc68-d6d4ecfaa3d4", f"{_MUST} lid 4"
    ),
    "socsec-pay": Criterion(
        N_("Sociale premies niet betaald"), EXCLUSION, "7d85e333-bbab-49c0-be8d-c36d71a72f5e", f"{_MUST} lid 4"
    ),
    "envir-law": Criterion(
        N_("Milieurecht geschonden"), EXCLUSION, "a80ddb62-d25b-4e4e-ae22-3968460dc0a9", f"{_MAY} lid 1 a"
    ),
    "socsec-law": Criterion(
        N_("Sociaal recht geschonden"), EXCLUSION, "a261a395-ed17-4939-9c75-b9ff1109ca6e", f"{_MAY} lid 1 a"
    ),
    "labour-law": Criterion(
        N_("Arbeidsrecht geschonden"), EXCLUSION, "a34b70d6-c43d-4726-9a88-8e2b438424bf", f"{_MAY} lid 1 a"
    ),
    "bankruptcy": Criterion(N_("Faillissement"), EXCLUSION, "d3732c09-7d62-4edc-a172-241da6636e7c", f"{_MAY} lid 1 b"),
    "insolvency": Criterion(
        N_("Insolventie of liquidatie"), EXCLUSION, "396f288a-e267-4c20-851a-ed4f7498f137", f"{_MAY} lid 1 b"
    ),
    "cred-arran": Criterion(
        N_("Regeling met schuldeisers, surseance"), EXCLUSION, "68918c7a-f5bc-4a1a-a62f-ad8983600d48", f"{_MAY} lid 1 b"
    ),
    "bankr-nat": Criterion(
        N_("Vergelijkbare toestand volgens het nationale recht"),
        EXCLUSION,
        "daffa2a9-9f8f-4568-8be8-7b8bf306d096",
        f"{_MAY} lid 1 b",
    ),
    "liq-admin": Criterion(
        N_("Bezit onder beheer van een curator of bewindvoerder"),
        EXCLUSION,
        "8fda202a-0c37-41bb-9d7d-de3f49edbfcb",
        f"{_MAY} lid 1 b",
    ),
    "susp-act": Criterion(
        N_("Werkzaamheden gestaakt"), EXCLUSION, "166536e2-77f7-455c-b018-70582474e4f6", f"{_MAY} lid 1 b"
    ),
    "prof-misconduct": Criterion(
        N_("Ernstige beroepsfout"), EXCLUSION, "514d3fde-1e3e-4dcd-b02a-9f984d5bbda3", f"{_MAY} lid 1 c"
    ),
    "distorsion": Criterion(
        N_("Afspraken die de mededinging vervalsen"),
        EXCLUSION,
        "56d13e3d-76e8-4f23-8af6-13e60a2ee356",
        f"{_MAY} lid 1 d",
    ),
    "partic-confl": Criterion(
        N_("Belangenconflict"), EXCLUSION, "b1b5ac18-f393-4280-9659-1367943c1a2e", f"{_MAY} lid 1 e"
    ),
    "prep-confl": Criterion(
        N_("Betrokken bij de voorbereiding"), EXCLUSION, "61874050-5130-4f1c-a174-720939c7b483", f"{_MAY} lid 1 f"
    ),
    "sanction": Criterion(
        N_("Eerdere opdracht voortijdig beëindigd"),
        EXCLUSION,
        "3293e92b-7f3e-42f1-bee6-a7641bb04251",
        f"{_MAY} lid 1 g",
    ),
    "misrepresent": Criterion(
        N_("Valse verklaringen, iets achtergehouden"),
        EXCLUSION,
        "696a75b2-6107-428f-8b74-82affb67e184",
        f"{_MAY} lid 1 h",
    ),
    "nati-ground": Criterion(
        N_("Uitsluitingsgrond van alleen het nationale recht"), EXCLUSION, "63adb07d-db1b-4ef0-a14e-a99785cf8cf6"
    ),
    "prof-regist": Criterion(
        N_("Inschrijving in een beroepsregister"), SELECTION, "6ee55a59-6adb-4c3a-b89f-e62a7ad7be7f", "art. 2.98"
    ),
    "trade-regist": Criterion(
        N_("Inschrijving in het handelsregister"), SELECTION, "87b3fa26-3549-4f92-b8e0-3fd8f04bf5c7", "art. 2.98"
    ),
    "authorisation": Criterion(
        N_("Vergunning of toelating"), SELECTION, "9eeb6d5c-0eb8-48e8-a4c5-5087a7c095a4", "art. 2.98"
    ),
    "membership": Criterion(
        N_("Lidmaatschap van een organisatie"), SELECTION, "73f10e36-ed7a-412e-995c-aa76463e3776", "art. 2.98"
    ),
    "gen-year-to": Criterion(N_("Jaaromzet"), SELECTION, "499efc97-2ac1-4af2-9e84-323c2ca67747", "art. 2.91"),
    "finan-rat": Criterion(N_("Financiële ratio’s"), SELECTION, "e4d37adc-08cd-4f4d-a8d8-32b62b0a1f46", "art. 2.91"),
    "indem-insu": Criterion(
        N_("Beroepsaansprakelijkheidsverzekering"), SELECTION, "7604bd40-4462-4086-8763-a50da51a869c", "art. 2.91"
    ),
    "finan-requ": Criterion(
        N_("Andere financiële eisen"), SELECTION, "ab0e7f2e-6418-40e2-8870-6713123e41ad", "art. 2.91"
    ),
    "service-perform": Criterion(
        N_("Verrichte diensten (referenties)"), SELECTION, "5e506c16-26ab-4e32-bb78-b27f87dc0565", "art. 2.93"
    ),
    "qual-facil": Criterion(
        N_("Maatregelen om de kwaliteit te waarborgen"), SELECTION, "4bf996d9-439c-40c6-9ab9-980a48cb55a1", "art. 2.93"
    ),
    "qualification": Criterion(
        N_("Opleiding en beroepskwalificaties"), SELECTION, "07301031-2270-41af-8e7e-66fe0c777107", "art. 2.93"
    ),
    "year-manpower": Criterion(
        N_("Gemiddeld aantal medewerkers"), SELECTION, "1f49b3f0-d50f-43f6-8b30-4bafab108b9b", "art. 2.93"
    ),
    "suncont-port": Criterion(
        N_("Deel in onderaanneming"), SELECTION, "612a1625-118d-4ea4-a6db-413184e7c0a8", "art. 2.93"
    ),
    "qu-certif-indep": Criterion(
        N_("Certificaat van een kwaliteitssysteem"), SELECTION, "d726bac9-e153-4e75-bfca-c5385587766d", "art. 2.96"
    ),
    "envir-certif-indep": Criterion(
        N_("Certificaat van milieubeheer"), SELECTION, "8ed65e48-fd0d-444f-97bd-4f58da632999", "art. 2.97"
    ),
}

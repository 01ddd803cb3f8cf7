"""The words of the integrity compartment (Wet Bibob): every key that is stored or sealed, with its Dutch label."""

from __future__ import annotations

from portal.terms import N_, Term

FILE_STATES: dict[str, Term] = {
    "open": Term(N_("In onderzoek"), "info"),
    "suspended": Term(N_("Wacht op advies"), "warning"),
    "hearing": Term(N_("Zienswijze gevraagd"), "warning"),
    "proposed": Term(N_("Wacht op de beslisser"), "info"),
    "decided": Term(N_("Afgerond"), "positive"),
}
"""How far the file of one person concerned is. Nobody outside the compartment sees it."""

DANGERS: dict[str, Term] = {
    "none": Term(N_("Geen gevaar"), "positive"),
    "lesser": Term(N_("Mindere mate van gevaar"), "warning"),
    "serious": Term(N_("Ernstig gevaar"), "negative"),
}

CONSEQUENCES: dict[str, Term] = {
    "proceed": Term(N_("De aanmelding kan verder"), "positive"),
    "conditions": Term(N_("De aanmelding kan verder, met voorschriften"), "warning"),
    "refuse": Term(N_("De aanmelding wordt afgewezen"), "negative"),
}
"""Ordered: each weighs heavier than the one before it."""

FOLLOWS: dict[str, tuple[str, ...]] = {
    "none": ("proceed",),
    "lesser": ("proceed", "conditions"),
    "serious": ("proceed", "refuse"),
}
"""Which consequences a danger may have: conditions only with the lesser, refusing only with the serious (art. 3)."""

RESEARCH_OUTCOMES: dict[str, Term] = {
    "clear": Term(N_("Niets bijzonders"), "positive"),
    "noteworthy": Term(N_("Opvallend"), "warning"),
    "not_consulted": Term(N_("Niet geraadpleegd"), "neutral"),
}

PAPER_KINDS: dict[str, Term] = {
    "note": Term(N_("Onderbouwing")),
    "research": Term(N_("Eigen onderzoek")),
    "request": Term(N_("Adviesaanvraag")),
    "advice": Term(N_("Advies")),
    "advice_copy": Term(N_("Afschrift van het advies")),
    "intention": Term(N_("Voornemen")),
    "view": Term(N_("Zienswijze")),
    "enclosure": Term(N_("Bijlage bij de zienswijze")),
    "proposal": Term(N_("Voorstel")),
    "remark": Term(N_("Opmerking van de beslisser")),
    "decision": Term(N_("Besluit")),
}
FOR_THE_PERSON = frozenset({"advice_copy", "intention"})
"""What the person concerned may open before the decision is told (art. 28 and 33)."""

PDFS = {"advice_copy": "advies", "enclosure": "bijlage"}
"""Kinds of papers that are a PDF, with the name it is downloaded under."""

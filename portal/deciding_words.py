"""The words of terms, decisions on their way out, letters and objections. Leaf module, plain values only."""

from __future__ import annotations

from portal.terms import N_, Term

TERMS: dict[str, Term] = {
    "decision": Term(N_("Beslistermijn"), "info"),
    "remedy": Term(N_("Hersteltermijn"), "warning"),
    "standstill": Term(N_("Opschortende termijn"), "info"),
    "objection": Term(N_("Bezwaartermijn"), "neutral"),
}
"""The terms that run for one application."""

SUSPENSIONS: dict[str, Term] = {
    "integrity": Term(N_("Integriteitstoets")),
    "applicant": Term(N_("Op verzoek of door toedoen van de aanbieder")),
    "third_party": Term(N_("Wij wachten op een ander, zoals een register")),
    "other": Term(N_("Een andere reden")),
}
"""Why a term stands still. Of 'integrity' nobody outside the compartment reads that it is that."""
UNEXPLAINED = "integrity"
"""The one kind of which no reason is kept: what it is about lies in the integrity compartment."""

UNITS: dict[str, Term] = {
    "calendar": Term(N_("dagen")),
    "working": Term(N_("werkdagen")),
}

LETTER_DRAFT_STATES: dict[str, Term] = {
    "composed": Term(N_("Brief samengesteld"), "neutral"),
    "edited": Term(N_("Brief gewijzigd, wacht op tweede lezer"), "warning"),
    "agreed": Term(N_("Gewijzigde brief akkoord"), "info"),
    "approved": Term(N_("Goedgekeurd"), "positive"),
    "released": Term(N_("Vrijgegeven, gaat nu de deur uit"), "info"),
    "told": Term(N_("Bekendgemaakt"), "positive"),
}
"""Where a confirmed decision is on its way to the applicant, who sees none of it before 'told'."""

WAITS_FOR: dict[str, Term] = {
    "award": Term(N_("Wacht op de gunning"), "info"),
    "suspension": Term(N_("De termijn staat stil"), "warning"),
    "reader": Term(N_("Wacht op tweede lezer"), "warning"),
    "approval": Term(N_("Wacht op goedkeuring"), "warning"),
    "": Term(N_("Kan worden vrijgegeven"), "positive"),
}
"""What a confirmed decision still waits for before it can be released; empty: for nothing."""

PASSAGES: dict[str, Term] = {
    "opening": Term(N_("Begin van de brief")),
    "reasons": Term(N_("Voor de redenen")),
    "next": Term(N_("Hoe het verdergaat")),
    "disagree": Term(N_("Niet eens met het besluit")),
}
"""The passages of a letter that may be changed before it goes out."""

OBJECTION_STATES: dict[str, Term] = {
    "filed": Term(N_("Ontvangen"), "info"),
    "hearing": Term(N_("Hoorzitting gepland"), "info"),
    "heard": Term(N_("Wacht op advies"), "info"),
    "advised": Term(N_("Advies gegeven"), "info"),
    "proposed": Term(N_("Wacht op tweede collega"), "warning"),
    "decided": Term(N_("Beslist"), "positive"),
    "withdrawn": Term(N_("Ingetrokken"), "neutral"),
}
OBJECTION_OUTCOMES: dict[str, Term] = {
    "founded": Term(N_("Gegrond"), "positive"),
    "partly": Term(N_("Deels gegrond"), "info"),
    "unfounded": Term(N_("Ongegrond"), "negative"),
    "inadmissible": Term(N_("Niet-ontvankelijk"), "negative"),
}
REVISING = frozenset({"founded", "partly"})
"""The outcomes that revise something of the decision."""
LAWSUIT_STAGES: dict[str, Term] = {
    "announced": Term(N_("Kort geding aangekondigd"), "warning"),
    "served": Term(N_("Dagvaarding ontvangen"), "negative"),
}

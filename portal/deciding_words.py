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

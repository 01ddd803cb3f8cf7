"""How long each kind of document counts when a requirement says nothing: plain data, each with its source.

A requirement that states `evidence.validity` goes first, so every number here can be set in a procedure file. Add a
kind in `terms.DOCUMENT_KINDS`, and its line here where its proof gets old.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.terms import N_


@dataclass(frozen=True)
class Rule:
    """When a document counts.

    `name`: 'valid_on' (in force on the reference day), 'issued_within' (issued at most `months` months before it) or
    'latest_year' (about the last financial year of which the accounts were due on it).
    `reference`: 'submission', 'closing', 'agreement_start', 'today' or 'employment_start' (the first working day of
    the person a document is about). `is_default`: no requirement says so, it is what is usual.
    """

    name: str
    reference: str
    months: int = 0
    source: str = ""
    is_default: bool = True


@dataclass(frozen=True)
class Usual:
    """What is usual for one kind of document.

    `longest_months`: how long one can run at most. `review_months`: after so long its owner looks whether it still
    holds. `is_personal`: it stands in the name of a person, so another name than the organisation's is right.
    """

    rule: Rule | None = None
    longest_months: int = 0
    longest_source: str = ""
    review_months: int = 0
    is_personal: bool = False


PROCUREMENT_ACT = N_("Aanbestedingswet 2012, artikel 2.89")
CYCLE = N_("certificaten lopen in een cyclus van drie jaar")
YEARLY = 12


def _certificate(source: str = CYCLE) -> Usual:
    policy = N_("gebruikelijk: het certificaat geldt als de overeenkomst ingaat")
    return Usual(Rule("valid_on", "agreement_start", source=policy), 36, source)


def _issued_within(months: int, source: str, reference: str = "submission") -> Rule:
    return Rule("issued_within", reference, months, source)


OF_KIND: dict[str, Usual] = {
    "hkz_certificate": _certificate(N_("HKZ: een certificaat geldt ten hoogste drie jaar")),
    "iso_9001_certificate": _certificate(),
    "iso_27001_certificate": _certificate(),
    "nen_7510_certificate": _certificate(),
    "other_quality_certificate": _certificate(),
    "kvk_extract": Usual(_issued_within(6, PROCUREMENT_ACT)),
    "ubo_extract": Usual(_issued_within(6, N_("gebruikelijk bij zorgkantoren: zes maanden"))),
    "tax_statement": Usual(_issued_within(6, PROCUREMENT_ACT)),
    "gva": Usual(_issued_within(24, PROCUREMENT_ACT)),
    "vog_np": Usual(_issued_within(3, N_("Jeugdwet, artikel 4.1.6"), "employment_start"), is_personal=True),
    "vog_rp": Usual(_issued_within(12, N_("gebruikelijk in contracten: ten hoogste twaalf maanden"))),
    "insurance": Usual(Rule("valid_on", "closing", source=N_("de polis: gedekt tot de einddatum"))),
    "annual_accounts": Usual(Rule("latest_year", "submission", source=N_("jaarverantwoording: vóór 1 juni"))),
    "experience_statement": Usual(_issued_within(36, N_("Aanbestedingswet 2012, artikel 2.93: de laatste drie jaar"))),
    "register_extract": Usual(
        longest_months=60, longest_source=N_("herregistratie na vijf jaar (SKJ, BIG)"), is_personal=True
    ),
    "complaints_procedure": Usual(review_months=YEARLY),
    "privacy_policy": Usual(review_months=YEARLY),
    "governance_statement": Usual(review_months=YEARLY),
    "domestic_violence_protocol": Usual(review_months=YEARLY),
}

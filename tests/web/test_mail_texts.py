"""Every mail the portal can send: plain text, one link, no evidence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from portal.adapters.mail import open_mail

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PORTAL = "https://portaal.example"
NAME = {"name": "Anna de Wit", "portal_url": PORTAL}
ROUND = {"round": "2020-1", "procedure": "Wmo ondersteuning", "application": "A-2020-1-AB23-CD45"}
SOON = {"round": "2020-1", "procedure": "Wmo ondersteuning", "moment": "dinsdag 1 oktober 2019, 12.00 uur"}
TALK = {"consultation": "Dialoog over het concept", "procedure": "Wmo ondersteuning", "meeting": "Sessie 1"}
RUNNING = {"number": "RO-2020-0001", "due_on": "15 maart 2021", "why": "Het certificaat is verlopen."}
PLACE = {**RUNNING, "place": "Vught", "clients": 2, "limit": 3, "until": "29 maart 2021"}
ALARM = {"what": "Berichten komen niet weg", "detail": "drie wachten", "moment": SOON["moment"], "advice": "Kijk."}
LEAD = {"lead": "Stichting De Linde", "procedure": "Wmo ondersteuning", "round": "2020-1", "closes": SOON["moment"]}
PART = {"party": "Thuiszorg Noord B.V.", "by": "Noor Visser", "round": "2020-1", "closes": SOON["moment"]}
OBJECTION = {"number": "BZ-2019-0001", "application": "A-1", "procedure": "Wmo ondersteuning"}
FACTS: dict[str, dict[str, Any]] = {
    "alarm": ALARM,
    "alarm_over": ALARM,
    "confirm_address": {},
    "already_registered": {},
    "password_reset": {},
    "password_changed": {},
    "mandate_granted": {
        "organisation": "Het Erf & Zn",
        "granter": "Anna de Wit",
        "may_submit": True,
        "first": "1 juli 2019",
        "last": "31 december 2019",
    },
    "mandate_accepted": {"holder": "Sem Bakker", "organisation": "Het Erf & Zn"},
    "mandate_ended": {"actor": "Anna de Wit", "organisation": "Het Erf & Zn", "is_given_back": False},
    "sign_off_asked": {"asker": "Eva Smit", "application": "A-1", "organisation": "Het Erf & Zn"},
    "sign_off_sent_back": {"signatory": "Anna de Wit", "application": "A-1", "organisation": "Het Erf & Zn"},
    "invitation": {"inviter": "Karim el Amrani", "organisation": "Het Erf & Zn"},
    "party_invited": {**LEAD, "inviter": "Anna de Wit", "until": SOON["moment"]},
    "party_uninvited": LEAD,
    "part_accepted": {**PART, "typed": "Thuiszorg Noord", "is_form_other": True},
    "part_other_number": {**PART, "typed": "22334455", "registered": "55443322"},
    "part_ready": PART,
    "part_taken_back": {**PART, "is_submitted": True},
    "part_left": PART,
    "part_changed": LEAD,
    "part_ended": LEAD,
    "part_reminder": {**LEAD, "is_invited": True},
    "part_missing": PART,
    "part_submitted": {**LEAD, "receipt": "O-1", "moment": SOON["moment"], "digest": "ab" * 32},
    "part_withdrawn": LEAD,
    "part_reopened": {**LEAD, "counts": True},
    "part_closed": {**LEAD, "counts": True},
    "part_replaced": LEAD,
    "part_carried": {**LEAD, "before": "2019-2"},
    "receipt": {"receipt": "O-1", "moment": SOON["moment"], "submitter": "Anna de Wit", "digest": "ab" * 32},
    "round_closing_soon": {**SOON, "days": 3, "is_complete": False},
    "round_closed_not_submitted": ROUND,
    "round_closed_in_review": ROUND,
    "remedy_asked": {"application": "A-1", "procedure": "Wmo ondersteuning", "due": "10 november 2019"},
    "document_infected": {"filename": "hkz.pdf", "uploaded": SOON["moment"]},
    "confidential_waiting": {"application": "A-1", "procedure": "Wmo ondersteuning"},
    "decision": {"application": "A-1", "procedure": "Wmo ondersteuning"},
    "site_visit": {"what": "planned", "application": "A-1", "procedure": "Wmo ondersteuning"},
    "objection_received": {**OBJECTION, "received": "12 november 2019"},
    "objection_hearing": {**OBJECTION, "moment": SOON["moment"], "place": "Stadhuis, Vught"},
    "objection_decided": OBJECTION,
    "decision_term_ends": {"round": "2020-1", "procedure": "Wmo ondersteuning", "number": 2, "due": "3 december 2019"},
    "reserve_activated": {"application": "A-1", "procedure": "Wmo ondersteuning", "lot": "1 Ambulant"},
    "edition_adopted": {**SOON, "why": "Er komt een eis bij."},
    "agreement_ready": {"number": "RO-2020-0001"},
    "agreement_in_force": {"number": "RO-2020-0001"},
    "reactions_received": {**TALK, "count": 2, "moment": SOON["moment"], "sender": "Anna de Wit", "closing": "morgen"},
    "meeting_place": {**TALK, "state": "invited", "starts": "morgen", "where": "Epe", "draws": "", "number": "B-1"},
    "minutes_published": TALK,
    "reaction_note_published": TALK,
    "recheck_asked": {**RUNNING, "requirements": ["T03 HKZ-certificaat", "T05 Kwaliteitssysteem"]},
    "recheck_failed": {**RUNNING, "requirement": "T03 HKZ-certificaat"},
    "recheck_again": {**RUNNING, "requirement": "T03 HKZ-certificaat"},
    "agreement_suspended": RUNNING,
    "suspension_lifted": RUNNING,
    "outflow_warning": {**PLACE, "months": 12, "rule": "Minder dan 3 cliënten in twaalf maanden."},
    "outflow_hearing": PLACE,
    "outflow_ended": {**PLACE, "continuity": "Cliënten houden hun begeleider tot de overdracht."},
    "outflow_kept": PLACE,
    "bridging_offered": {**RUNNING, "bridging": "OB-2021-0001", "starts_on": "1 mei", "ends_on": "1 juni"},
    "quote_asked": {**RUNNING, "reference": "Z-2021-17", "municipality": "Vught"},
    "quote_decided": {**RUNNING, "reference": "Z-2021-17", "is_accepted": True},
    "cell_closed": {**ROUND, "cells": ["Basis (Vught)"], "why": "De drempel is bereikt."},
    "vault_holder": {**ROUND, "opens": SOON["moment"]},
    "vault_holder_lost": {**ROUND, "opens": SOON["moment"], "holder": "Ineke Bos"},
    "vault_opened": {**SOON, "number": 4, "damaged": 1, "by_escrow": True, "why": "Ineke is haar wachtwoord kwijt."},
    "extra_round": {
        "round": "2020-E1",
        "procedure": "Wmo ondersteuning",
        "cells": ["Basis (Vught)"],
        "opens": SOON["moment"],
        "closes": SOON["moment"],
        "why": "Er is te weinig aanbod.",
    },
    "taken_in": {**ROUND, "application": "A-1", "decided_by": "26 augustus 2019"},
    "round_opened": {**ROUND, "closes": SOON["moment"]},
    "deadline_changed": {**ROUND, "before": SOON["moment"], "after": SOON["moment"], "why": "Bijlage 3 ontbrak."},
    "deadline_proposed": {
        **ROUND,
        "before": SOON["moment"],
        "after": SOON["moment"],
        "why": "Bijlage 3 ontbrak.",
        "proposer": "Renske Vos",
        "kind": "extension",
    },
    "clarification_notice": {**ROUND, "number": 2},
    "question_answered": {**ROUND, "number": 2, "answered": [4, 7]},
    "posts_waiting": {"count": 2},
    "interest_detected": {**ROUND, "grounds": ["de naam is die van een ingevulde werkgever"]},
    "interest_lifted": ROUND,
    "review_handed_over": {**ROUND, "application": "A-1", "due": "12 november 2019"},
    "repair_round": {**ROUND, "before": "2020-1", "closes": SOON["moment"], "why": "Het portaal werkte niet."},
}


def rendered(template: str, **more: Any) -> tuple[str, str]:
    mail = open_mail("folder:nergens", "Voordeur <voordeur@voordeur.example>", TEMPLATES)
    return mail.render(template, {**NAME, "path": "/hier", **FACTS[template], **more})


def test_every_mail_with_a_text_is_tried_here() -> None:
    assert {folder.name for folder in (TEMPLATES / "mail").iterdir()} == set(FACTS)


@pytest.mark.parametrize("template", FACTS)
def test_a_mail_greets_by_name_has_one_link_and_a_short_subject(template: str) -> None:
    subject, text = rendered(template)

    assert text.startswith("Beste Anna de Wit,\n")
    assert re.findall(r"https?://\S+", text) == [f"{PORTAL}/hier"]
    assert 10 < len(subject) < 90
    assert "\n\n\n" not in text
    assert "&amp;" not in text


def test_the_reminder_says_what_stands_between_the_applicant_and_submitting() -> None:
    assert "nog niet compleet" in rendered("round_closing_soon", is_complete=False)[1]
    assert "als een tekenbevoegde haar indient" in rendered("round_closing_soon", is_complete=True)[1]


@pytest.mark.parametrize(("days", "words"), [(7, "over 7 dagen"), (1, "morgen"), (0, "vandaag")])
def test_the_reminder_counts_the_days(days: int, words: str) -> None:
    assert rendered("round_closing_soon", days=days)[0] == f"Ronde 2020-1 sluit {words}"


@pytest.mark.parametrize("name", ["decision", "objection_decided"])
def test_the_mail_about_a_decision_does_not_tell_the_outcome(name: str) -> None:
    subject, text = rendered(name)

    assert not re.search(r"toegelaten|afgewezen|geweigerd|gegrond|ontvankelijk", subject + text, re.IGNORECASE)

"""The words of case files: for whom one is made, why a part is unreadable, and what acts are called in it."""

from __future__ import annotations

from portal.terms import N_, Term

OWN = "own"
PURPOSES: dict[str, Term] = {
    "court": Term(N_("Voor de rechtbank (gaat ook naar de aanbieder)")),
    "woo": Term(N_("Voor een Woo-verzoek (altijd met onleesbaar gemaakte delen)")),
    "applicant": Term(N_("Voor de aanbieder, als inzage")),
    OWN: Term(N_("Voor eigen gebruik of de eigen advocaat")),
}
"""Only what stays inside may hold the annex with signals, or what was not told yet."""
ALWAYS_REDACTED = frozenset({"woo"})

GROUNDS: dict[str, Term] = {
    "woo_5_1_2_e": Term(N_("Woo 5.1 lid 2 e: persoonlijke levenssfeer")),
    "woo_5_1_1_c": Term(N_("Woo 5.1 lid 1 c: vertrouwelijke bedrijfs- en fabricagegegevens")),
    "woo_5_1_1_d": Term(N_("Woo 5.1 lid 1 d: bijzondere persoonsgegevens")),
    "woo_5_1_1_e": Term(N_("Woo 5.1 lid 1 e: nationaal identificatienummer")),
    "woo_5_1_2_b": Term(N_("Woo 5.1 lid 2 b: economische of financiële belangen van de overheid")),
    "woo_5_1_2_f": Term(N_("Woo 5.1 lid 2 f: concurrentiegevoelige bedrijfsgegevens")),
    "woo_5_1_2_i": Term(N_("Woo 5.1 lid 2 i: goed functioneren van de overheid")),
    "woo_5_2": Term(N_("Woo 5.2: persoonlijke beleidsopvatting in intern beraad")),
    "awb_8_29": Term(N_("Awb 8:29: gewichtige redenen")),
}

ACTS: dict[str, str] = {
    "start": N_("begonnen"),
    "choose": N_("keuzes bewaard"),
    "answer": N_("antwoord bewaard"),
    "detach": N_("stuk niet meer gebruikt"),
    "attach": N_("stuk gebruikt"),
    "submit": N_("ingediend"),
    "withdraw": N_("ingetrokken"),
    "take_in": N_("in beoordeling genomen"),
    "draw_up_receipt": N_("ontvangstbewijs opgemaakt"),
    "assign": N_("toegewezen"),
    "find": N_("oordeel gegeven"),
    "ask_remedy": N_("herstel gevraagd"),
    "explain": N_("toelichting bij herstel bewaard"),
    "end_remedy": N_("herstel beëindigd"),
    "propose": N_("besluit voorgesteld"),
    "send_back": N_("voorstel teruggegeven"),
    "confirm": N_("besluit vastgesteld"),
    "decide": N_("besluit genomen"),
    "tell": N_("besluit bekendgemaakt"),
    "draw_up_letter": N_("brief opgemaakt"),
    "open": N_("brief voor het eerst geopend"),
    "plan_visit": N_("toetsing ter plaatse gepland"),
    "move": N_("afspraak gewijzigd"),
    "record": N_("begonnen met vastleggen ter plaatse"),
    "note": N_("notitie ter plaatse"),
    "photograph": N_("foto ter plaatse"),
    "remove_photo": N_("foto ter plaatse gewist"),
    "send": N_("verslag van de toetsing verstuurd"),
    "save_reply": N_("reactie op het verslag bewaard"),
    "reply": N_("reactie op het verslag ontvangen"),
    "establish": N_("uitkomst van de toetsing vastgesteld"),
    "cancel": N_("toetsing gaat niet door"),
    "draw_up_report": N_("verslag opgemaakt"),
    "suspend_term": N_("termijn staat stil"),
    "resume_term": N_("termijn loopt weer"),
    "propose_joint": N_("gezamenlijk oordeel voorgesteld"),
    "agree_joint": N_("gezamenlijk oordeel vastgesteld"),
    "edit": N_("brief gewijzigd"),
    "restore": N_("brief teruggezet"),
    "agree": N_("gewijzigde brief akkoord"),
    "approve": N_("besluit goedgekeurd"),
    "release": N_("besluit vrijgegeven"),
    "reopen": N_("besluit heropend"),
    "file": N_("bezwaar gemaakt"),
    "enter": N_("bezwaar ingevoerd"),
    "plan_hearing": N_("hoorzitting gepland"),
    "hear": N_("hoorzitting gehouden"),
    "skip_hearing": N_("afgezien van horen"),
    "advise": N_("advies over het bezwaar"),
    "recuse": N_("een medewerker meldde een belang"),
    "compute_signals": N_("stukken naast de regels gelegd"),
    "look_at_signal": N_("signaal bekeken"),
    "ask_case_file": N_("procesdossier gevraagd"),
    "make_case_file": N_("procesdossier gemaakt"),
    "remove_case_file": N_("procesdossier verwijderd"),
    "download_case_file": N_("procesdossier gedownload"),
    "redact": N_("deel onleesbaar gemaakt"),
    "lift_redaction": N_("deel weer leesbaar gemaakt"),
}
"""What the log of a case file calls an act; another one stands in it under its own name."""

INSIDE = frozenset({
    "recuse", "compute_signals", "look_at_signal", "ask_case_file", "make_case_file", "remove_case_file",
    "download_case_file", "redact", "lift_redaction",
})  # fmt: skip
"""Acts that only a case file for inside tells."""
OPEN_OBJECTION = frozenset({"file", "enter", "plan_hearing", "hear", "skip_hearing", "withdraw"})
"""Acts on an objection that its applicant hears of before it is decided."""
NEVER = "integrity"
"""Acts with this word in their name are in no case file: the integrity compartment stays shut."""

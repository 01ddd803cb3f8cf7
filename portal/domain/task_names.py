"""What tasks and alarms are called on the screen, and what to do about an alarm."""

from __future__ import annotations

from portal.terms import N_, Term

TASKS: dict[str, Term] = {
    "rounds_to_close": Term(N_("Rondes sluiten")),
    "minutes_to_probe": Term(N_("Het portaal meten")),
    "rounds_to_weigh": Term(N_("Storingen bij een sluiting wegen")),
    "rounds_to_announce": Term(N_("Melden dat een ronde open is")),
    "rounds_to_certify": Term(N_("Sluitingscertificaten maken")),
    "certificates_to_stamp": Term(N_("Sluitingscertificaten laten stempelen")),
    "certificates_to_draw_up": Term(N_("Sluitingscertificaten opmaken")),
    "plain_to_remove": Term(N_("Leesbare bestanden wissen die in een kluis liggen")),
    "openings_to_end": Term(N_("Openingen van een kluis beëindigen die te lang duurden")),
    "drafts_to_close": Term(N_("Opengelegde inschrijvingen sluiten")),
    "sealed_to_settle": Term(N_("Inschrijvingen uit een geopende kluis terugzetten")),
    "records_to_freeze": Term(N_("Processen-verbaal van een opening vastleggen")),
    "records_to_draw_up": Term(N_("Processen-verbaal van een opening opmaken")),
    "documents_to_scan": Term(N_("Stukken op virussen controleren")),
    "site_photos_to_scan": Term(N_("Foto’s van toetsingen op virussen controleren")),
    "documents_to_read": Term(N_("Stukken lezen")),
    "reviews_to_signal": Term(N_("Stukken van een aanmelding naast de regels leggen")),
    "case_files_to_make": Term(N_("Procesdossiers maken")),
    "case_files_to_remove": Term(N_("Procesdossiers verwijderen na hun termijn")),
    "applications_to_take_in": Term(N_("Aanmeldingen in beoordeling nemen")),
    "rounds_to_remind": Term(N_("Herinneren aan de sluiting")),
    "parties_to_remind": Term(N_("Partijen herinneren aan hun eigen deel")),
    "rounds_to_alarm": Term(N_("Melden dat een beslistermijn eindigt")),
    "remedies_to_expire": Term(N_("Hersteltermijnen afsluiten")),
    "certificates_to_forget": Term(N_("Beelden wissen van VOG’s die zijn ingezien")),
    "documents_to_erase": Term(N_("VOG’s wissen die zijn ingezien")),
    "suspensions_to_end": Term(N_("Opgeschorte termijnen laten doorlopen")),
    "receipts_to_draw_up": Term(N_("Ontvangstbewijzen opmaken")),
    "decisions_to_tell": Term(N_("Vrijgegeven besluiten bekendmaken")),
    "letters_to_draw_up": Term(N_("Brieven opmaken")),
    "site_reports_to_draw_up": Term(N_("Verslagen van toetsingen ter plaatse opmaken")),
    "agreements_to_make": Term(N_("Overeenkomsten nummeren")),
    "agreements_to_draw_up": Term(N_("Overeenkomsten opmaken")),
    "signatures_to_place": Term(N_("Handtekeningen plaatsen")),
    "meetings_to_draw": Term(N_("Loten voor bijeenkomsten")),
    "notes_to_draw_up": Term(N_("Reactienota’s opmaken")),
    "notices_to_publish": Term(N_("Geplande nota’s van inlichtingen publiceren")),
    "notices_to_draw_up": Term(N_("Nota’s van inlichtingen opmaken")),
    "people_to_point": Term(N_("Melden dat er berichten wachten")),
    "messages_to_send": Term(N_("Berichten versturen")),
}
ALARMS: dict[str, Term] = {
    "worker_silent": Term(N_("De verwerking op de achtergrond staat stil"), "negative"),
    "task_dead": Term(N_("Een taak is opgegeven"), "negative"),
    "work_late": Term(N_("Werk blijft liggen"), "negative"),
    "mail_waiting": Term(N_("Berichten komen niet weg"), "warning"),
    "scanner_away": Term(N_("De virusscanner antwoordt niet"), "negative"),
    "timestamps_away": Term(N_("De tijdstempeldienst antwoordt niet"), "negative"),
    "clock_off": Term(N_("De klok loopt niet gelijk"), "negative"),
    "disk_full": Term(N_("De schijf raakt vol"), "negative"),
}
ALARM_ADVICE: dict[str, str] = {
    "worker_silent": N_("Kijk of ‘flask worker’ draait en start hem opnieuw. Rondes sluiten ook zonder hem op tijd."),
    "task_dead": N_("Lees de reden bij de taak, neem de oorzaak weg en kies ‘Opnieuw proberen’."),
    "work_late": N_("Kijk in het log van de verwerking waar hij mee bezig is. Zet zo nodig een tweede aan."),
    "mail_waiting": N_("Kijk of de mailserver bereikbaar is en of het wachtwoord nog klopt (MAIL_URL)."),
    "scanner_away": N_("Kijk of clamd draait. Stukken wachten tot hij terug is; indienen gaat door."),
    "timestamps_away": N_("Kijk of de tijdstempeldienst bereikbaar is. Het sluitingscertificaat volgt vanzelf."),
    "clock_off": N_("Kijk of NTP op alle machines werkt. Sluitingstijden volgen deze klok."),
    "disk_full": N_("Maak ruimte op de schijf, of geef het portaal een grotere."),
}
"""What to do about each alarm, in one or two sentences."""

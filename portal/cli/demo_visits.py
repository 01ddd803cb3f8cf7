"""Visits to locations in the demonstration: one that is evidence, one that asks a reply, and one of today."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from portal.cli import visit_script
from portal.domain import calendar

if TYPE_CHECKING:
    from portal.cli.demo_plot import Play

NOT_SEEN = "De kamer was bezet door cliënten. Wij zijn er niet naar binnen gegaan."
NOT_THERE = "De klachtenregeling hangt niet in de hal. Zij ligt in een la bij de receptie."
REPLY = "De regeling hing er tot de verbouwing. Sinds gisteren hangt zij weer naast de voordeur; zie onze foto."
FOUND = "Op de foto van de aanbieder hangt de regeling. Bij het bezoek hing zij er niet."
CONCLUSION = "De locatie is ingericht zoals opgegeven. De klachtenregeling hing er bij het bezoek niet, en nu wel."


def _picture() -> bytes:
    """A hall without a poster, as a drawing."""
    picture = Image.new("RGB", (1280, 960), "#d9d4c7")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 760, 1280, 960), fill="#8a7a63")
    pen.rectangle((760, 180, 1080, 780), fill="#5b4632")
    pen.rectangle((200, 260, 520, 520), outline="#b9b2a2", width=6)
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=80)
    return target.getvalue()


def plan(plot: Play) -> None:
    """Twelve working days ago: two visits, by who screens each dossier, and one today or on the last working day."""
    latest = 0 if calendar.is_working_day(plot.past.today) else -1
    for who, key, back, places, own in (
        ("joris", "emmer", -6, ("T06", "T03"), "T06: hangt de regeling waar cliënten haar zien?\nZijn de kamers er?"),
        ("ineke", "bruggenhof", -3, ("T06",), "Is er iemand aanwezig die de cliënten kent?"),
        ("joris", "vossenhol", latest, ("T03", "T06"), "Klopt het aantal plekken?"),
    ):
        starts_at = plot.past.moment(back, 9)
        plot.visits[key] = visit_script.plan(
            plot.stage, plot.people[who], plot.of(key), starts_at, places, own, place="Molenweg 4, Vught"
        )


def record_first(plot: Play) -> None:
    """Six working days ago Joris was there, and sent the report."""
    seen = {2: ("does_not_hold", NOT_THERE), 3: ("not_seen", NOT_SEEN)}
    plot.act(visit_script.record, "joris", plot.visits["emmer"], seen, _picture())
    plot.act(visit_script.send, "joris", plot.visits["emmer"])


def reply(plot: Play) -> None:
    plot.act(visit_script.reply, "emmer", plot.visits["emmer"], {2: REPLY})


def establish(plot: Play) -> None:
    plot.act(visit_script.establish, "joris", plot.visits["emmer"], {2: ("holds", FOUND)}, CONCLUSION)


def record_second(plot: Play) -> None:
    """Three working days ago Ineke was at another; the reply may still come."""
    plot.act(visit_script.record, "ineke", plot.visits["bruggenhof"], {2: ("not_seen", NOT_SEEN)})
    plot.act(visit_script.send, "ineke", plot.visits["bruggenhof"])

"""Visits to a location in tests: a moment on which one can be, and a photograph as a phone makes it."""

from __future__ import annotations

import io
from datetime import date, datetime, time

from PIL import Image

from portal.cli import visit_script
from portal.domain import calendar
from tests.conftest import World

DAY = date(2019, 11, 5)
"""A Tuesday, six working days after the world of the closed round stands still."""
PLACE_ON_EARTH = b"GPS-of-the-camera"


def at(hour: int = 10, day: date = DAY) -> datetime:
    return calendar.local_instant(day, time(hour))


def photo(colour: str = "steelblue", size: tuple[int, int] = (400, 300)) -> bytes:
    """A JPEG that lies on its side and says where on earth it was made."""
    picture = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010E] = PLACE_ON_EARTH.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 41.0, 0.0)
    target = io.BytesIO()
    picture.save(target, "JPEG", exif=exif)
    return target.getvalue()


def planned(world: World, application_id: str, who: str = "ineke", **more: object) -> str:
    """A visit about T06 and T03 with a point of its own; gives its id. Interests must be declared."""
    starts_at = more.pop("starts_at", at())
    own = more.pop("own", "T06: hangt de regeling in de hal?\nIs de hal schoon?")
    places = more.pop("places", ("T03", "T06"))
    return visit_script.plan(world.stage, world.people[who], application_id, starts_at, places, own, **more)

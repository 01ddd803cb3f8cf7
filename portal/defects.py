"""What can be wrong at a requirement: the short list a reviewer chooses from, so that like cases can be found.

Leaf module, plain values only. What does not fit is 'other': then the words of the reason say what it was.
"""

from __future__ import annotations

from typing import NamedTuple

from portal.document_kinds import N_


class Defect(NamedTuple):
    """The label on screen."""

    label: str


DEFECTS: dict[str, Defect] = {
    "missing": Defect(N_("Stuk of antwoord ontbreekt")),
    "incomplete": Defect(N_("Stuk is niet volledig")),
    "expired": Defect(N_("Niet geldig op de peildatum")),
    "too_old": Defect(N_("Te lang geleden afgegeven")),
    "wrong_holder": Defect(N_("Op naam van een ander")),
    "wrong_scope": Defect(N_("Toepassingsgebied past niet")),
    "unsigned": Defect(N_("Niet of niet goed ondertekend")),
    "unreadable": Defect(N_("Niet te lezen")),
    "below_minimum": Defect(N_("Haalt het minimum niet")),
    "not_shown": Defect(N_("Antwoord laat niet zien dat u voldoet")),
    "not_equivalent": Defect(N_("Gelijkwaardigheid niet aangetoond")),
    "other": Defect(N_("Anders, zie de motivering")),
}

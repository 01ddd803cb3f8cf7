"""Data about somebody's health: they have no business in what is submitted here, so their owner is warned in time."""

from __future__ import annotations

import re

HEALTH = re.compile(
    r"\b(?:diagnos[ei]\w*|medicatie\w*|medicijn\w*|dsm-?(?:5|iv|v)|ziektebeeld\w*|stoornis\w*"
    r"|behandelplan\w*|anamnes[ei]\w*|verstandelijke beperking|depressi\w+|autisme\w*|dementie\w*"
    r"|verslav\w+|zorgindicatie\w*)\b",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"\b(?:geboortedatum|geb\. ?datum|geboren op|cli[eë]ntnummer|pati[eë]ntnummer|bsn|burger ?service ?nummer"
    r"|naam (?:van de )?(?:cli[eë]nt|pati[eë]nt))\b",
    re.IGNORECASE,
)
"""Words that say that a text is about one person. Without them it is policy: care is about illness all day."""

NEAR = 600
"""Characters between the two: a form with the person at its head."""


def seems_there(text: str) -> bool:
    """Whether a word about health stands near one that says whose it is."""
    people = [match.start() for match in PERSON.finditer(text)]
    return bool(people) and any(abs(match.start() - at) <= NEAR for match in HEALTH.finditer(text) for at in people)

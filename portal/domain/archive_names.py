"""Names of files in an archive: as people wrote them, but such that every operating system can unpack them."""

from __future__ import annotations

import unicodedata

LONGEST = 100  # characters of one part of a path: many systems allow 255 bytes, and one character can be four
_FORBIDDEN = frozenset('<>:"/\\|?*')
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))})


def safe(name: str) -> str:
    """`name` as one part of a path: no separators, control or direction characters, no name that Windows keeps."""
    composed = unicodedata.normalize("NFC", name)
    # every kind of space and line end is a plain space: some systems show or compare the others otherwise
    composed = "".join(" " if unicodedata.category(one)[0] == "Z" else one for one in composed)
    plain = "".join(
        "_" if one in _FORBIDDEN else one
        for one in composed
        if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    stem, dot, suffix = plain.strip().rpartition(".")
    if not dot or not stem or len(suffix) > 10:
        stem, dot, suffix = plain.strip(), "", ""
    stem = stem[: LONGEST - len(dot) - len(suffix)].rstrip(" .")
    suffix = suffix.rstrip(" ")
    if not stem.strip("_. "):
        stem = "naamloos"
    if stem.lower().partition(".")[0] in _RESERVED:
        stem = f"_{stem}"
    return f"{stem.lstrip()}{dot if suffix else ''}{suffix}"


class Names:
    """Paths that were given out; a second one of the same name (in any case) gets a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def path(self, *parts: str) -> str:
        """A path of safe parts that nobody has yet: 'documenten/verklaring (2).pdf'."""
        folder, name = "/".join(safe(one) for one in parts[:-1]), safe(parts[-1])
        stem, dot, suffix = name.rpartition(".")
        if not dot:
            stem, suffix = name, ""
        number, found = 1, f"{folder}/{name}".lstrip("/")
        while found.casefold() in self._taken:
            number += 1
            found = f"{folder}/{stem} ({number}){dot}{suffix}".lstrip("/")
        self._taken.add(found.casefold())
        return found

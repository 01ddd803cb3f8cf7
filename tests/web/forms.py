"""A page's form as a browser would send it when nobody changes anything."""

from __future__ import annotations

from html.parser import HTMLParser

HEADER = ("/uitloggen", "/taal/")


class Form:
    """What one form sends: `pairs` of names and values, and the `buttons` (name, value) that can send it."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.pairs: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str]] = []

    def data(self, **changed: str | list[str] | None) -> dict[str, list[str]]:
        """The pairs by name; `changed` takes their place, None takes a name away. '__' in a name is a dot."""
        found: dict[str, list[str]] = {}
        for name, value in self.pairs:
            found.setdefault(name, []).append(value)
        for name, value in changed.items():
            key = name.replace("__", ".")
            if value is None:
                found.pop(key, None)
            else:
                found[key] = [value] if isinstance(value, str) else value
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.area: str | None = None
        self.text = ""
        self.select: tuple[str, list[str], list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "form" and (found.get("method") or "").lower() == "post":
            self.open = Form(found.get("action") or "")
            self.forms.append(self.open)
        elif self.open is None:
            return
        elif tag == "input" and found.get("type") in ("checkbox", "radio"):
            if "checked" in found:
                self.open.pairs.append((name, value))
        elif tag == "input" and found.get("type") != "file":
            self.open.pairs.append((name, value))
        elif tag == "button":
            self.open.buttons.append((name, value))
        elif tag == "textarea":
            self.area, self.text = name, ""
        elif tag == "select":
            self.select = (name, [], [])
        elif tag == "option" and self.select:
            self.select[1].append(value)
            if "selected" in found:
                self.select[2].append(value)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif self.open is None:
            return
        elif tag == "textarea" and self.area is not None:
            text = self.text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")
            self.open.pairs.append((self.area, text))
            self.area = None
        elif tag == "select" and self.select:
            name, options, chosen = self.select
            self.open.pairs += [(name, one) for one in (chosen or options[:1])[-1:]]
            self.select = None


def forms(page: str) -> list[Form]:
    """Every form on a page that posts."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def form(page: str, end: str = "") -> Form:
    """The form whose address ends with `end`; not those of the header."""
    return next(one for one in forms(page) if one.action.endswith(end) and not one.action.startswith(HEADER))

"""What any test may ask of a browser: how many pages it opened, and what axe finds on the one that stands there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Request

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe finds with every <details> open: rule, how often, and the first place."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(AXE)
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    firsts = [(one["id"], len(one["nodes"]), one["nodes"][0]) for one in found["violations"]]
    return [f"{rule} ({count}x): {one['html'][:200]} {one.get('failureSummary', '')}" for rule, count, one in firsts]


@dataclass
class Loads:
    """Counts the documents that a browser opens; a redirect is part of one."""

    addresses: list[str]

    @classmethod
    def of(cls, page: Page) -> Loads:
        made = cls([])
        page.on("request", made.note)
        return made

    def note(self, request: Request) -> None:
        if request.resource_type == "document" and request.redirected_from is None:
            self.addresses.append(f"{request.method} {request.url.split('/', 3)[-1]}")

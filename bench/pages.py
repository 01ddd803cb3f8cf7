"""The pages: CPU beside the floor, SQL statements, bytes, and how they grow with the number of applications."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import data, house, measure
from bench.house import House
from bench.measure import Answer
from bench.report import Line, count, ratio

SIZES = (200, 1_000, 5_000)
Ask = Callable[[House], Answer]


@dataclass(frozen=True)
class Page:
    """A page of the portal, the same content on the floor, and its targets: (must, goal)."""

    name: str
    ours: Ask
    floor: Ask
    sql: tuple[int, int]
    cpu: tuple[float, float] = (4, 2.5)


PAGES = (
    Page(
        "list, 50 rows (review.queue)",
        lambda of: of.inkoper.get("/beoordelen"),
        lambda of: of.floor.get("/lijst"),
        (12, 8),
    ),
    Page(
        "all rows as CSV (review.export)",
        lambda of: of.inkoper.get("/beoordelen.csv"),
        lambda of: of.floor.get("/lijst.csv"),
        (12, 8),
        (3, 2),
    ),
    Page(
        "checklist (review.dossier)",
        lambda of: of.inkoper.get(f"/beoordelen/{of.review_id}"),
        lambda of: of.floor.get(f"/toets/{of.review_id}"),
        (15, 13),
    ),
    Page(
        "applicant's dashboard (apply.overview)",
        lambda of: of.applicant.get("/aanmeldingen"),
        lambda of: of.floor.get(f"/overzicht/{of.organisation_id}"),
        (8, 5),
    ),
    Page(
        "task list (apply.application)",
        lambda of: of.applicant.get(f"/aanmeldingen/{of.ground.draft_id}"),
        lambda of: of.floor.get(f"/taken/{of.ground.draft_id}"),
        (15, 10),
    ),
    Page(
        "round dashboard (rounds.dashboard)",
        lambda of: of.manager.get(f"/rondes/{of.ground.round_id}"),
        lambda of: of.floor.get(f"/ronde/{of.ground.round_id}"),
        (6, 5),
    ),
    Page("home (public.home)", lambda of: of.visitor.get("/"), lambda of: of.floor.get("/"), (4, 2)),
    Page(
        "procedure (public.procedure)",
        lambda of: of.visitor.get("/procedures/meierij/meierij-2020"),
        lambda of: of.floor.get("/procedure/meierij-2020"),
        (4, 2),
    ),
)
LIST = PAGES[0]


def rows(answer: Answer) -> list[str]:
    """The rows of the list on a list page, as they stand in the HTML. A table before it may explain the keys."""
    tables = re.findall(r"<tbody>(.*?)</tbody>", answer.text, re.DOTALL)
    return re.findall(r"<tr>.*?(?=<tr>|$)", tables[-1], re.DOTALL) if tables else []


def bytes_per_row(answer: Answer) -> float:
    """Bytes of one row of a list page, before compression."""
    many = rows(answer)
    return sum(len(row.encode()) for row in many) / len(many)


def statements(of: House, page: Page) -> int:
    """How many statements one request of this page takes, everything included."""
    page.ours(of)
    with measure.statements(of.engine) as seen:
        page.ours(of)
    return len(seen)


def _working(of: House) -> tuple[list[Page], list[Line]]:
    """The pages that answer; the others become lines that say so, and the rest is measured all the same."""
    pages, broken = [], []
    for page in PAGES:
        try:
            page.ours(of)
        except RuntimeError as error:
            broken.append(Line(page.name, 1, "errors", judged=1, must=0, remark=str(error)))
        else:
            pages.append(page)
    return pages, broken


def run(folder: Path) -> list[Line]:
    """Every page at 1,000 applications beside the floor; the list, and every count, at 200 and 5,000 too."""
    ground = data.prepare(folder / "pages")
    houses = {}
    for size in SIZES:
        ground = data.grown(ground, folder / f"pages-{size}", size)
        houses[size] = house.open_house(ground)
    small, middle, large = (houses[size] for size in SIZES)
    works: dict[str, Callable[[], object]] = {}
    pages, broken = _working(middle)
    for page in pages:
        works[f"ours {page.name}"] = lambda page=page: page.ours(middle)
        works[f"floor {page.name}"] = lambda page=page: page.floor(middle)
    for size, of in houses.items():
        works[f"{size}"] = lambda of=of: LIST.ours(of)
    best = {name: seconds * 1000 for name, seconds in measure.least(works).items()}
    lines = [ratio(page.name, best[f"ours {page.name}"], best[f"floor {page.name}"], *page.cpu) for page in pages]
    growth = best["5000"] / best["200"]
    lines.append(Line("list at 5,000 beside 200", best["5000"], "CPU ms", best["200"], growth, 1.5, 1.2, is_cpu=True))
    few, many = (len(LIST.ours(of).body) for of in (small, large))
    lines.append(Line("list at 5,000 beside 200", many, "bytes", few, many / few, 1.1, 1.1))
    for page in pages:
        at_200, at_5000 = statements(small, page), statements(large, page)
        lines.append(count(f"SQL {page.name}", at_5000, *page.sql, unit="statements"))
        if at_200 != at_5000:
            lines.append(Line(f"SQL grows: {page.name}", at_5000, "statements", at_200, at_5000 / at_200, 1))
    lines.append(
        count("bytes per list row", bytes_per_row(LIST.ours(middle)), 350, 250, unit="bytes",
              floor=bytes_per_row(LIST.floor(middle)))
    )  # fmt: skip
    lines += [
        Line(f"size {page.name}", len(page.ours(middle).body), "bytes", len(page.floor(middle).body)) for page in pages
    ]
    for of in houses.values():
        of.close()
    return lines + broken

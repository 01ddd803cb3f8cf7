"""A server as `make run` starts it: seconds to its first answer, and the memory of its workers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import data, house, measure
from bench.report import Line
from bench.running import Server
from portal import create_app

SIZE = 1_000
STARTS = 3
WARM = 1_500
MORE = 1_000
CLIENTS = 4
NOISE = 2
"""MiB that a worker may differ after 1,000 requests without having grown: the allocator gives and takes."""


def run(folder: Path) -> list[Line]:
    """Start three times; then visit every page until the workers are warm, and 1,000 times more."""
    ground = data.grown(data.prepare(folder / "start", is_now=True), folder / "portal", SIZE)
    config = ground.config()
    names = ("INSTANCE", "DATABASE_URL", "STORAGE_URL", "MAIL_URL", "PORTAL_URL")
    environment = {name: str(config[name]) for name in names} | {"DEMO": "1"}
    seconds = []
    for _ in range(STARTS - 1):
        with Server("wsgi:app", environment) as server:
            seconds.append(server.seconds)
    app = create_app(config)
    inkoper, manager, applicant = (
        house.signed_in(app, one) for one in (ground.inkoper_id, ground.manager_id, ground.applicant_id)
    )
    app.extensions["database"].engine.dispose()
    pages = [
        ("/", ""),
        ("/procedures/meierij/meierij-2020", ""),
        ("/register", ""),
        ("/aanmeldingen", applicant),
        (f"/aanmeldingen/{ground.draft_id}", applicant),
        (f"/aanmeldingen/{ground.draft_id}/indienen", applicant),
        ("/documenten", applicant),
        ("/overeenkomsten", applicant),
        ("/beoordelen", inkoper),
        (f"/beoordelen/{ground.review_id}", inkoper),
        (f"/rondes/{ground.round_id}", manager),
    ]
    with Server("wsgi:app", environment) as server:
        seconds.append(server.seconds)
        first = _rss(server)
        failed = _visit(server, pages, WARM)
        server.get("/beoordelen.csv", inkoper)
        warm = _rss(server)
        failed |= _visit(server, pages, MORE)
        after = _rss(server)
    remark = f"pages that did not answer 200: {', '.join(sorted(failed))}" if failed else ""
    growth = max(after[pid] - warm[pid] for pid in warm)
    return [
        Line("start to first answer", min(seconds), "s", judged=min(seconds), must=3, goal=2, is_cpu=True),
        Line("a worker before its first page", max(first.values()), "MiB RSS"),
        Line("a worker after all pages", max(warm.values()), "MiB RSS", judged=max(warm.values()), must=150, goal=110,
             remark=remark),
        Line(f"growth over {MORE} requests", growth, "MiB", judged=growth, must=NOISE, goal=0),
    ]  # fmt: skip


def _rss(server: Server) -> dict[int, float]:
    return {pid: measure.memory(pid)["rss"] / 2**20 for pid in server.workers()}


def _visit(server: Server, pages: list[tuple[str, str]], times: int) -> set[str]:
    """So many requests in turn, from a few clients at once; gives the pages that did not answer 200."""

    def visit(number: int) -> str | None:
        path, cookie = pages[number % len(pages)]
        status, _ = server.get(path, cookie)
        return None if status == 200 else f"{path} ({status})"

    with ThreadPoolExecutor(CLIENTS) as clients:
        return {one for one in clients.map(visit, range(times)) if one}

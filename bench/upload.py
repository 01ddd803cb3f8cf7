"""Uploading over HTTP to a real server: speed beside the disk's own, memory over rest, bytes written."""

from __future__ import annotations

import hashlib
import io
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf

from bench import data, house, measure
from bench.report import Line
from bench.running import Server
from portal import create_app

MB = 1_000_000
LIMIT = 260 * MB
PIECE = 64 * 1024
TIMES = {20: 5, 200: 2}


def document(megabytes: int) -> bytearray:
    """A PDF of one page with a picture of noise: about so many megabytes that nothing can make smaller."""
    side = int((megabytes * MB / 3) ** 0.5)
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    picture = pdf.make_stream(os.urandom(side * side * 3))
    picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    picture.Width = picture.Height = side
    picture.ColorSpace, picture.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Noise=picture))
    page.Contents = pdf.make_stream(b"q 500 0 0 500 40 200 cm /Noise Do Q")
    out = io.BytesIO()
    pdf.save(out, compress_streams=False)
    return bytearray(out.getvalue())


def change(body: bytearray) -> None:
    """Other bytes of the same length: the same bytes again would be recognised and not kept."""
    middle = len(body) // 2
    body[middle : middle + 16] = os.urandom(16)


def raw(folder: Path, body: bytearray) -> float:
    """Seconds to write, hash and fsync these bytes in one process: what no upload can beat."""
    path, view = folder / "raw", memoryview(body)
    start = time.monotonic()
    digest = hashlib.sha256()
    with path.open("wb") as target:
        for at in range(0, len(body), PIECE):
            piece = view[at : at + PIECE]
            digest.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    taken = time.monotonic() - start
    path.unlink()
    return taken


def _raw_cpu(folder: Path, body: bytearray) -> float:
    start = time.process_time()
    raw(folder, body)
    return time.process_time() - start


def put(server: Server, cookie: str, token: str, body: bytearray) -> float:
    """Seconds from the first byte sent to the answer."""
    connection = server.connection()
    headers = {
        "Cookie": cookie,
        "X-CSRFToken": token,
        "X-File-Name": "stuk.pdf",
        "Content-Type": "application/octet-stream",
    }
    start = time.monotonic()
    connection.request("PUT", "/documenten/upload/other", body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    taken = time.monotonic() - start
    connection.close()
    if answer.status >= 400:
        raise RuntimeError(f"the upload answered {answer.status}: {text[:300]!r}")
    return taken


def run(folder: Path) -> list[Line]:
    """20 MB and 200 MB without inspection beside the raw limit, then 20 MB as it is, inspection included."""
    ground = data.prepare(folder / "portal")
    app = create_app(ground.config())
    cookie = house.signed_in(app, ground.applicant_id)
    app.extensions["database"].engine.dispose()
    environment = {"BENCH_FOLDER": str(ground.folder), "BENCH_MAX_BYTES": str(LIMIT)}
    lines = []
    with Server("bench.serve:app", environment | {"BENCH_UNLOOKED": "1"}) as server:
        token = _token(server, cookie)
        for megabytes, times in TIMES.items():
            lines += _compare(server, cookie, token, folder, megabytes, times)
    with Server("bench.serve:app", environment) as server:
        token = _token(server, cookie)
        body = document(20)
        put(server, cookie, token, document(1))
        limit, whole = _interleaved(lambda: raw(folder, body), lambda: put(server, cookie, token, body), body, 3)
    share = limit / whole
    remark = "The inspection reads the file in a process of its own, whose memory is limited and not counted here."
    lines.append(Line("20 MB with its inspection", 20 / whole, "MB/s", 20 / limit, share, remark=remark))
    return lines


def _token(server: Server, cookie: str) -> str:
    """The CSRF token of the page that offers to upload."""
    _, page = server.get("/documenten", cookie)
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.decode())
    if found is None:
        raise RuntimeError("the page carries no CSRF token")
    return found.group(1)


def _interleaved(
    limit: Callable[[], float], ours: Callable[[], float], body: bytearray, times: int
) -> tuple[float, float]:
    best = [float("inf"), float("inf")]
    for _ in range(times):
        change(body)
        best[0] = min(best[0], limit())
        best[1] = min(best[1], ours())
    return best[0], best[1]


def _compare(server: Server, cookie: str, token: str, folder: Path, megabytes: int, times: int) -> list[Line]:
    body = document(megabytes)
    with ThreadPoolExecutor(4) as senders:  # each worker receives a few before its rest is measured
        list(senders.map(lambda _: put(server, cookie, token, document(1)), range(16)))
    workers = server.workers()
    rest = {pid: measure.memory(pid)["rss"] for pid in workers}
    for pid in workers:
        measure.forget_peak(pid)
    before = sum(measure.written(pid) for pid in workers)
    busy = sum(measure.cpu(pid) for pid in workers)
    limit, ours = _interleaved(lambda: raw(folder, body), lambda: put(server, cookie, token, body), body, times)
    over = max(measure.memory(pid)["peak"] - rest[pid] for pid in workers)
    busy = (sum(measure.cpu(pid) for pid in workers) - busy) / times
    least = min(_raw_cpu(folder, body) for _ in range(3))
    written = (sum(measure.written(pid) for pid in workers) - before) / (len(body) * times)
    must, goal = (0.45, 0.6) if megabytes == 20 else (None, None)
    name = f"{megabytes} MB" if megabytes <= 25 else f"{megabytes} MB, limit lifted"
    return [
        Line(f"{name}, received and stored", megabytes / ours, "MB/s", megabytes / limit, limit / ours, must, goal,
             is_cpu=True, is_least=True),
        Line(f"{name}, CPU of the server", busy * 1000, "CPU ms", least * 1000, busy / least),
        Line(f"{name}, memory of a worker over rest", over / 2**20, "MiB", None, over / 2**20, 8, 4),
        Line(f"{name}, bytes written per byte", written, "bytes", None, round(written, 2), 1.0, 1.0),
    ]  # fmt: skip

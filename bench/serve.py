"""The portal as gunicorn serves it, with what the upload measurements change: see `BENCH_MAX_BYTES` below."""

from __future__ import annotations

import os
from pathlib import Path

from bench.data import Unlooked, settings
from portal import create_app
from portal.domain import documents

# The portal takes files of at most 25 MB. To see that memory does not grow with the file, the measurements
# lift this; it has to be done before the pages read it.
documents.MAX_BYTES = int(os.environ.get("BENCH_MAX_BYTES", documents.MAX_BYTES))
_replaced = {"inspector": Unlooked()} if os.environ.get("BENCH_UNLOOKED") else {}

app = create_app(
    settings(Path(os.environ["BENCH_FOLDER"])) | {"MAX_CONTENT_LENGTH": documents.MAX_BYTES + 1_000_000}, **_replaced
)

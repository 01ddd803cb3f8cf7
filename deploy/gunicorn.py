"""Settings of the web server: gunicorn -c deploy/gunicorn.py wsgi:app"""

import gc
import os
import pathlib
import shutil
import tempfile

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# Two processes with 32 threads each; WEB_CONCURRENCY asks for more processes (docs/deployment.md, sizing).
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 32

# A slow upload holds one thread, not a process; a process that answers nothing for two minutes is replaced.
timeout = 120
graceful_timeout = 30
# Longer than the proxy keeps its side open, so that the proxy never sends on a connection that is just being closed.
keepalive = 75

limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

# gunicorn believes nobody's headers; the portal believes as many proxies as TRUSTED_PROXIES says, and no more.
forwarded_allow_ips = ""
secure_scheme_headers = {}

# Nothing is written beside the code: the root file system may be read-only.
worker_tmp_dir = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None  # noqa: S108 - a file without a name
control_socket_disable = True

# The processes add up their counts for /metrics here; each start counts from zero.
_made = "" if "PROMETHEUS_MULTIPROC_DIR" in os.environ else tempfile.mkdtemp(prefix="voordeur-metrics-")
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", _made)


def on_exit(server):
    if _made:
        shutil.rmtree(_made, ignore_errors=True)


# Garbage in circles is collected between requests, never while one is served (docs/decisions/0067).
_LET_GO = 20_000
"""Objects made and not yet let go, after which the collector looks."""
_YOUNG = 20
"""Times that the collector looks at what is new, before it looks at what was there the time before; and so on."""


def post_worker_init(worker):
    gc.collect()
    gc.freeze()  # what is loaded by now stays, and is not looked at again
    gc.disable()


def post_request(worker, req, environ, resp):
    new, older, oldest = gc.get_count()
    if new > _LET_GO:
        gc.collect(2 if oldest > _YOUNG else 1 if older > _YOUNG else 0)


errorlog = "-"
loglevel = "warning"
raw_env = ["MALLOC_ARENA_MAX=2", "PYTHONFAULTHANDLER=1"]

"""The WSGI application, for gunicorn and for `flask --app wsgi`."""

import gc

from portal import create_app

app = create_app()

# What is loaded now stays: the collector need not look at it again and again. A page makes some 20,000 objects and lets
# go of nearly all of them by itself; looking every 700 took a tenth of its time (docs/speed.md).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)

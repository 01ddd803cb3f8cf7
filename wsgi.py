"""The WSGI application, for gunicorn and for `flask --app wsgi`."""

from portal import create_app

app = create_app()

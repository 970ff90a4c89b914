"""For a WSGI server: `gunicorn "dashboard.wsgi:create_server()"`."""

from __future__ import annotations

from flask import Flask

from dashboard.app import create_app
from etl.settings import load_settings


def create_server() -> Flask:
    """The dashboard over the settings of the environment and `frontdoor.toml`."""
    server: Flask = create_app(load_settings()).server
    return server

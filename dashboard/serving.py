"""Serving the dashboard to this machine."""

from __future__ import annotations

import socket
from typing import Any

from dashboard import terminal
from etl.settings import Settings

REQUESTS_AT_ONCE = 8


class PortTaken(RuntimeError):
    """Something else answers at the port; the message is for the person at the keyboard."""


def refuse_taken_port(settings: Settings) -> None:
    """Raise PortTaken when the dashboard could not listen, before any time is spent."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise PortTaken(
                f"Port {settings.port} is in use, perhaps by another dashboard: stop it, or choose another --port."
            ) from None


def serve_until_stopped(settings: Settings) -> None:
    """Serve on the loopback address of the settings; says when it is ready; returns after Ctrl-C."""
    refuse_taken_port(settings)
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in server_options(settings).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from dashboard.app import create_app

            return create_app(settings).server

    Server().run()


def server_options(settings: Settings) -> dict[str, Any]:
    """What gunicorn is told: one process of threads, this machine only, no control socket."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"{host}:{settings.port}"

    def ready(_worker: Any) -> None:
        terminal.out.print(f"Ready: http://{address}", highlight=False)

    return {
        "bind": [address],
        "worker_class": "gthread",
        "workers": 1,
        "threads": REQUESTS_AT_ONCE,
        "timeout": 120,
        "loglevel": "warning",
        "control_socket_disable": True,
        "post_worker_init": ready,
    }

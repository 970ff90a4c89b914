"""Headers on every answer, and errors that say nothing but a reference."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)
CALLBACKS = "/_dash-update-component"
LARGEST_BODY = 256 * 1024
YEAR = 31_536_000

POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'"
)
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
FILES = ("/_dash-component-suites/", "/assets/")
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


def secure(server: Flask, script_hashes: list[str]) -> None:
    """Headers, size limit, local names only, plain errors."""
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    policy = POLICY.format(hashes=" ".join(f"'{found}'" if found[0] != "'" else found for found in script_hashes))

    @server.before_request
    def only_this_machine() -> tuple[str, int] | None:
        # A page of another site may resolve its own name to this machine; the name in the request gives it away.
        name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        return None if name in LOCAL_NAMES else ("This server answers this machine only.", 421)

    @server.after_request
    def headers(response: Response) -> Response:
        response.headers.update({**HEADERS, "Content-Security-Policy": policy})
        response.headers["Cache-Control"] = _caching(response)
        return response

    server.register_error_handler(Exception, _answer_error)


def _caching(response: Response) -> str:
    """Data never; fingerprinted files for good; the library's other files (plotly.js weighs 5 MB) after asking."""
    if response.status_code not in (200, 304) or not request.path.startswith(FILES):
        return "no-store"
    is_fingerprinted = ".v" in request.path or "m" in request.args
    return f"public, max-age={YEAR}, immutable" if is_fingerprinted else "no-cache"


def _answer_error(error: Exception) -> tuple[Any, int]:
    """Plain words and a reference; what went wrong goes to the log by its type only, a crafted callback is a 400."""
    if isinstance(error, HTTPException) and error.code and error.code < 500:
        return _plain(error.name, error.code)
    reference = secrets.token_hex(4)
    if request.path == CALLBACKS and not _is_ours(error):
        log.warning("reference %s: a callback was refused (%s)", reference, type(error).__name__)
        return _plain(f"This request is not one of the dashboard's own. Reference: {reference}", 400)
    log.error("reference %s: %s", reference, type(error).__name__, exc_info=error)
    return _plain(f"Something went wrong. Reference: {reference}", 500)


def _plain(words: str, status: int) -> tuple[Any, int]:
    return (jsonify(error=words), status) if request.path.startswith("/_dash") else (words, status)


def _is_ours(error: Exception) -> bool:
    """The error comes from a page, not from reading the request."""
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("dashboard.pages"):
            return True
        trace = trace.tb_next
    return False

"""The request a browser sends when the URL's query changes, for tests and benchmarks without a browser."""

from __future__ import annotations

import json
from typing import Any

from dashboard.pages import today, volumes

PAGES = {page.PAGE.path: page for page in (today, volumes)}
ADDRESS = "/_dash-update-component"


def page_request(path: str, search: str) -> dict[str, Any]:
    """The body of the callback that fills the page `path` for the query `search`."""
    page = PAGES[path]
    name = page.PAGE.name
    plain = [{"id": f"{name}-{part}", "property": "children"} for part in ("sentence", "body")]
    controls = [{"id": {"key": key, "page": name, "type": "filter"}, "property": "value"} for key in page.CONTROLS]
    as_at = {"id": f"{name}-as-at", "property": "children"}
    wildcard = json.dumps({"key": ["ALL"], "page": name, "type": "filter"}, separators=(",", ":"))
    return {
        "output": f"..{name}-sentence.children...{name}-body.children...{wildcard}.value...{name}-as-at.children..",
        "outputs": [*plain, controls, as_at],
        "inputs": [{"id": "url", "property": "search", "value": search}],
        "changedPropIds": ["url.search"],
        "parsedChangedPropsIds": ["url.search"],
    }

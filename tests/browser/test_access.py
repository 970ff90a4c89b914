"""Everybody can use the pages: axe finds nothing in any state, the keyboard reaches all, no chart offers to share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NOW, RECIPE, Serve
from tests.snapshots import publish

pytestmark = pytest.mark.browser
SIZES = {"desk": {"width": 1440, "height": 900}, "telephone": {"width": 390, "height": 844}}
FEW = replace(RECIPE, rows=300, months=6)
State = Callable[[], str]


@pytest.fixture(scope="module")
def addresses(serve: Serve, warehouse: Path, site: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address of each state a page can be in."""
    made = {name: tmp_path_factory.mktemp("state") for name in ("no decisions", "refused", "nothing")}
    publish(made["no decisions"], replace(FEW, has_decisions=False))
    publish(made["refused"], replace(FEW, refused="It has no column received_at."))
    return {
        "today": f"{site}/",
        "today filtered": f"{site}/?urgency=Urgent&list=overdue",
        "volumes": f"{site}/volumes",
        "volumes as tables": f"{site}/volumes?period=all&table=month&table=district&unit=contact_children",
        "empty": f"{site}/volumes?from=1999-01-01&to=1999-01-31",
        "stale": f"{serve(warehouse, NOW + timedelta(days=3))}/",
        "not measurable": f"{serve(made['no decisions'])}/",
        "refused": f"{serve(made['refused'])}/",
        "no data": f"{serve(made['nothing'])}/",
        "unknown": f"{site}/nowhere",
    }


STATES = ("today", "today filtered", "volumes", "volumes as tables", "empty", "stale", "not measurable", "refused",
          "no data", "unknown")  # fmt: skip


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(page: Page, addresses: dict[str, str], state: str, size: str) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.goto(addresses[state])
    expect(page.locator("main h1")).to_be_visible()
    page.wait_for_timeout(700)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_axe_finds_nothing_with_filters_open(page: Page, site: str) -> None:
    page.goto(f"{site}/volumes")
    page.locator("summary", has_text="More filters").click()
    page.locator("summary", has_text="Consent status").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_menu_and_the_filters_open_on_a_telephone(page: Page, site: str) -> None:
    page.set_viewport_size(SIZES["telephone"])  # type: ignore[arg-type]
    page.goto(f"{site}/volumes")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Period", exact=True).select_option("all")
    expect(page).to_have_url(f"{site}/volumes?period=all")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Today").click()
    expect(page).to_have_url(f"{site}/?period=all")


def _walk(page: Page, steps: int) -> list[str]:
    seen = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("(document.activeElement.innerText || document.activeElement.id).trim()"))
    return seen


def test_the_keyboard_walks_in_reading_order(page: Page, site: str) -> None:
    page.goto(f"{site}/volumes?urgency=Urgent")
    expect(page.locator("#volumes-month")).to_be_visible()
    seen = _walk(page, 24)
    wanted = ["Skip to the page", "Today", "Volumes", "Dates", "Authority", "Urgency", "More filters", "Reset"]
    places = [seen.index(name) for name in wanted]
    assert places == sorted(places)
    assert places[-1] < next(place for place, text in enumerate(seen) if text.startswith("Table"))


def test_a_filter_can_be_set_by_keyboard_and_escape_closes_it(page: Page, site: str) -> None:
    page.goto(f"{site}/volumes")
    summary = page.locator("summary", has_text="Urgency")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page).to_have_url(f"{site}/volumes?urgency=Urgent")
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(page.get_by_role("checkbox", name="Urgent", exact=True)).to_be_hidden()


def test_the_skip_link_leads_to_the_page(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    expect(page.locator("main h1")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_no_chart_offers_to_share_or_upload(page: Page, site: str) -> None:
    page.goto(f"{site}/volumes")
    expect(page.locator(".js-plotly-plot").nth(9)).to_be_visible()
    assert page.locator(".modebar-btn, .modebar, input[type=file]").count() == 0
    assert page.get_by_text("Share chart").count() == 0
    configured = page.evaluate("[...document.querySelectorAll('.js-plotly-plot')].map(p => p._context)")
    assert len(configured) == 10
    assert all(one["showSendToCloud"] is False and one["plotlyServerURL"] == "" for one in configured)

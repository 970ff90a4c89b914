"""Today and Volumes in a real browser: what the URL says is what is shown, and the numbers are those of SQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import RECIPE, Counted, Serve
from tests.snapshots import publish

pytestmark = pytest.mark.browser
DEFAULT = "received_on BETWEEN DATE '2025-11-01' AND DATE '2026-10-31'"
TOTAL, SENTENCE = "#volumes-month h2", "#volumes-sentence"


def _click_bar(page: Page, panel: str, place: int) -> None:
    bar = page.locator(f"#volumes-{panel} .js-plotly-plot .point path").nth(place)
    bar.scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    box = bar.bounding_box()
    assert box
    page.mouse.click(box["x"] + min(4, box["width"] / 2), box["y"] + box["height"] / 2)


def test_numbers_are_those_of_sql(page: Page, site: str, counted: Counted) -> None:
    page.goto(f"{site}/volumes")
    expect(page.locator(TOTAL)).to_have_text(f"{counted(DEFAULT)} contact events")
    page.goto(f"{site}/volumes?unit=referrals&period=all&channel=phone&table=channel")
    phone = counted("channel = 'phone'", "referral")
    expect(page.locator(TOTAL)).to_have_text(f"{phone} referrals (one per child)")
    page.goto(f"{site}/")
    overdue = counted("decision_state = 'open, overdue'")
    expect(page.locator(".fd-kpi-value").first).to_contain_text(overdue)
    expect(page.locator(".fd-opening")).to_contain_text(f"{overdue} decisions are overdue")


def test_a_control_writes_the_url_and_the_url_sets_the_control(page: Page, site: str, counted: Counted) -> None:
    page.goto(f"{site}/volumes")
    page.locator("summary", has_text="Urgency").click()
    page.get_by_role("checkbox", name="Urgent", exact=True).check()
    expect(page).to_have_url(f"{site}/volumes?urgency=Urgent")
    urgent = counted(f"{DEFAULT} AND urgency = 'Urgent'")
    expect(page.locator(TOTAL)).to_have_text(f"{urgent} contact events")
    page.get_by_label("Period", exact=True).select_option("this-month")
    expect(page.locator(SENTENCE)).to_contain_text("Contacts received 1 to 25 November 2026")
    page.reload()
    expect(page.get_by_label("Period", exact=True)).to_have_value("this-month")
    expect(page.locator(SENTENCE)).to_contain_text("Urgency: Urgent")
    page.locator("summary", has_text="Urgency").click()
    expect(page.get_by_role("checkbox", name="Urgent", exact=True)).to_be_checked()


def test_dates_replace_the_period_and_the_period_the_dates(page: Page, site: str) -> None:
    page.goto(f"{site}/volumes?period=all")
    page.locator("summary", has_text="Dates").click()
    page.get_by_label("From").fill("2026-02-03")
    page.get_by_label("From").press("Enter")
    # The page is drawn anew for each change of a control; the next one is for its reader.
    expect(page.locator(SENTENCE)).to_contain_text("3 February")
    page.get_by_label("To", exact=True).fill("2026-03-04")
    page.get_by_label("To", exact=True).press("Enter")
    expect(page).to_have_url(f"{site}/volumes?from=2026-02-03&to=2026-03-04")
    expect(page.locator(SENTENCE)).to_contain_text("3 February to 4 March 2026")
    expect(page.get_by_label("Period", exact=True)).to_have_value("dates")
    page.get_by_label("Period", exact=True).select_option("last-3-months")
    expect(page).to_have_url(f"{site}/volumes?period=last-3-months")
    expect(page.get_by_label("From")).to_have_value("")


def test_a_bar_filters_twice_over_and_back_and_forward_restore(page: Page, site: str, counted: Counted) -> None:
    page.goto(f"{site}/volumes")
    expect(page.locator(TOTAL)).to_be_visible()
    _click_bar(page, "agency_group", 0)
    expect(page).to_have_url(f"{site}/volumes?agency_group=police")
    police = counted(f"{DEFAULT} AND agency_group = 'police'")
    expect(page.locator(TOTAL)).to_have_text(f"{police} contact events")
    _click_bar(page, "agency_group", 0)
    expect(page).to_have_url(f"{site}/volumes")
    expect(page.locator(SENTENCE)).not_to_contain_text("police")
    page.go_back()
    expect(page.locator(TOTAL)).to_have_text(f"{police} contact events")
    page.go_forward()
    expect(page.locator(SENTENCE)).not_to_contain_text("police")


def test_a_month_can_be_chosen_by_its_bar(page: Page, site: str, counted: Counted) -> None:
    page.goto(f"{site}/volumes?period=all")
    expect(page.locator(TOTAL)).to_be_visible()
    _click_bar(page, "month", 3)
    first = counted("received_month = DATE '2024-12-01'")
    expect(page).to_have_url(f"{site}/volumes?from=2024-12-01&to=2024-12-31")
    expect(page.locator(TOTAL)).to_have_text(f"{first} contact events")


def test_filters_are_kept_from_page_to_page_and_taken_out_one_by_one(page: Page, site: str) -> None:
    page.goto(f"{site}/volumes?urgency=Urgent&channel=phone")
    page.get_by_role("navigation").get_by_role("link", name="Today").click()
    expect(page).to_have_url(f"{site}/?urgency=Urgent&channel=phone")
    expect(page).to_have_title("Today – Front door")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_focused()
    page.get_by_role("link", name="Remove Channel: phone").click()
    expect(page).to_have_url(f"{site}/?urgency=Urgent")
    page.get_by_role("link", name="Reset").click()
    expect(page).to_have_url(f"{site}/")
    expect(page.get_by_role("link", name="Reset")).to_have_count(0)


def test_a_table_is_one_click_away_and_in_the_url(page: Page, site: str) -> None:
    page.goto(f"{site}/volumes")
    page.get_by_role("button", name="Table of District").click()
    expect(page).to_have_url(f"{site}/volumes?table=district")
    row = page.locator("#volumes-district tbody tr").first
    expect(row).to_be_visible()
    expect(page.get_by_role("button", name="Chart of District")).to_be_focused()
    label = row.locator("th").inner_text()
    count = row.locator("td").first.inner_text()
    row.get_by_role("link").click()
    expect(page.locator(SENTENCE)).to_contain_text(f"District: {label}")
    expect(page.locator(TOTAL)).to_have_text(f"{count} contact events")


def test_the_work_list_holds_what_the_number_says(page: Page, site: str, counted: Counted) -> None:
    page.goto(f"{site}/?rows=500")
    overdue = counted("decision_state = 'open, overdue'")
    page.get_by_role("link", name=f"View {overdue} →").first.click()
    expect(page.locator("#work-list tbody tr")).to_have_count(int(overdue))
    expect(page.locator("#work-list")).to_contain_text(f"{overdue} of {overdue} shown")


def test_what_the_link_says_wrongly_is_said(page: Page, site: str) -> None:
    page.goto(f"{site}/volumes?urgency=Tomorrow&colour=red")
    expect(page.locator("#volumes-body")).to_contain_text("a value in the link is not in this data")
    expect(page.locator("#volumes-body")).to_contain_text("1 part of the link is not known and left out.")


def test_an_unknown_page_says_so(page: Page, site: str) -> None:
    page.goto(f"{site}/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_a_new_version_is_shown_without_a_restart(page: Page, serve: Serve, tmp_path: Path) -> None:
    few = replace(RECIPE, rows=300, months=6)
    first = publish(tmp_path, few, "20261125T010000Z-aaaaaaaa")
    page.goto(f"{serve(tmp_path)}/volumes?period=all")
    expect(page.locator("#volumes-as-at")).to_contain_text(first)
    before = page.locator(TOTAL).inner_text()
    second = publish(tmp_path, replace(few, rows=600, salt=9), "20261125T020000Z-bbbbbbbb")
    page.get_by_label("Count").select_option("contact_children")
    expect(page.locator("#volumes-as-at")).to_contain_text(second)
    page.get_by_label("Count").select_option("contacts")
    expect(page.locator(TOTAL)).not_to_have_text(before)


def test_hostile_text_is_shown_and_executes_nothing(page: Page, serve: Serve, tmp_path: Path) -> None:
    hostile = (
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(2)'>x</a>",
        "';DROP TABLE contact;--",
        "&lt;b&gt;",
    )
    added = {**RECIPE.added, "district": hostile, "agency_type": hostile, "agency_name": hostile}
    publish(tmp_path, replace(RECIPE, rows=600, months=14, added=added, refused=hostile[0]))
    address = serve(tmp_path)
    for path in ("/?rows=500", "/volumes?more=yes", "/volumes?more=yes&table=district"):
        page.goto(address + path)
        expect(page.locator("main section").first).to_be_visible()
        page.wait_for_timeout(500)
        assert page.locator("main img, main a[href^='javascript']").count() == 0
    expect(page.locator("#volumes-district tbody")).to_contain_text(hostile[0])
    page.locator("#volumes-district tbody a").first.click()
    expect(page.locator(SENTENCE)).to_contain_text("District: ")
    page.reload()
    expect(page.locator(SENTENCE)).to_contain_text("District: ")

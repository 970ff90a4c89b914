"""Full extracts and increments: what is replaced, what is gone, what stays, compared with a model in plain Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.etl.loading import ACCOUNT, Loaded, csv_text, incremental_profiles, loaded
from tests.etl.oracle.deliveries import (
    Delivery,
    deliveries,
    good_children,
    good_contacts,
    left_of_children,
    left_of_contacts,
)

MODES = {"full": True, "increment": False}
DAY = "2026-06-{:02d}"
Records = dict[str, list[dict[str, str]]]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("is_sliced", [False, True])
def test_what_is_left_of_a_sequence_of_extracts(tmp_path: Path, mode: str, is_sliced: bool) -> None:
    delivered = deliveries(seed=5, files=6, pool=90, is_sliced=is_sliced)
    profiles = None if MODES[mode] else incremental_profiles(tmp_path)
    with loaded(tmp_path, files_of(delivered), profiles) as found:
        contacts = left_of_contacts(delivered, MODES[mode])
        children = left_of_children(delivered, MODES[mode])
        assert contacts_in(found) == {
            found.key_of("contact", ref): (number, row.channel, row.received_at)
            for ref, (number, row) in contacts.items()
        }
        assert children_in(found) == sorted(
            (found.key_of("child", row.child_ref), number, row.gender, key[0] not in contacts)
            for key, (number, row) in children.items()
        )
        assert accounts_in(found) == expected_accounts(delivered, contacts, children)


def files_of(delivered: list[Delivery]) -> dict[str, str]:
    files = {}
    for number, delivery in enumerate(delivered):
        day = DAY.format(number + 1)
        files[f"contacts_{day}.csv"] = csv_text([row.cells for row in delivery.contacts])
        files[f"children_{day}.csv"] = csv_text([row.cells for row in delivery.children])
    return files


NUMBER = "(day(extract_at) - 1)::INTEGER"


def contacts_in(found: Loaded) -> dict[str, tuple[int, str, object]]:
    rows = found.rows(
        f"SELECT contact_key::VARCHAR, {NUMBER}, channel::VARCHAR, received_at::TIMESTAMP "
        "FROM contact JOIN load_file USING (file_no)"
    )
    assert len(rows) == len({key for key, *_ in rows})
    return {key: (number, channel, received_at) for key, number, channel, received_at in rows}


def children_in(found: Loaded) -> list[tuple[object, ...]]:
    return found.rows(
        f"SELECT child_key::VARCHAR, {NUMBER}, gender::VARCHAR, is_orphan "
        "FROM contact_child JOIN load_file USING (file_no) ORDER BY ALL"
    )


def accounts_in(found: Loaded) -> dict[tuple[str, int], tuple[int, ...]]:
    return {row[:2]: row[2:] for row in found.rows(f"SELECT feed::VARCHAR, {NUMBER}, {ACCOUNT} FROM load_file")}


def expected_accounts(
    delivered: list[Delivery],
    contacts: dict[str, tuple[int, object]],
    children: dict[tuple[str, str], tuple[int, object]],
) -> dict[tuple[str, int], tuple[int, ...]]:
    found = {}
    for number, delivery in enumerate(delivered):
        for feed, rows, good, left in (
            ("contacts", delivery.contacts, good_contacts(delivery), contacts.values()),
            ("children", delivery.children, good_children(delivery), children.values()),
        ):
            kept = sum(place == number for place, _ in left)
            found[feed, number] = (len(rows) + 1, 1, kept, len(good) - kept, len(rows) - len(good))
    return found


def contact(ref: str, received: str, **cells: str) -> dict[str, str]:
    return {"contact_ref": ref, "received_at": received, "channel": "portal", **cells}


def child(contact_ref: str, child_ref: str, **cells: str) -> dict[str, str]:
    return {"contact_ref": contact_ref, "child_ref": child_ref, **cells}


def test_a_corrected_extract_replaces_what_it_corrects_and_what_it_lacks_is_gone(tmp_path: Path) -> None:
    files = {
        "contacts_2026-06-01.csv": [
            contact("A", "2026-05-01 09:00"), contact("B", "2026-05-02 09:00"), contact("C", "2026-05-03 09:00"),
        ],
        "children_2026-06-01.csv": [child("A", "1"), child("B", "2"), child("C", "3")],
        "contacts_2026-06-02.csv": [
            contact("B", "2026-05-02 10:00", channel="phone"), contact("D", "2026-05-04 09:00"),
        ],
        "children_2026-06-02.csv": [child("B", "2"), child("D", "4")],
    }  # fmt: skip
    with loaded(tmp_path, {name: csv_text(rows) for name, rows in files.items()}) as found:
        expected = {
            found.key_of("contact", ref): channel for ref, channel in (("A", "portal"), ("B", "phone"), ("D", "portal"))
        }
        assert dict(found.rows("SELECT contact_key::VARCHAR, channel::VARCHAR FROM contact")) == expected
        assert found.one("SELECT count(*) FILTER (NOT is_orphan) FROM contact_child") == 3
        assert found.one("SELECT count(*) FILTER (is_orphan) FROM contact_child") == 0


def test_the_children_of_a_contact_that_is_gone_are_gone_with_it(tmp_path: Path) -> None:
    files = {
        "contacts_2026-06-01.csv": [contact("A", "2026-05-02 09:00"), contact("B", "2026-05-03 09:00")],
        "children_2026-06-01.csv": [child("A", "1"), child("B", "2")],
        "contacts_2026-06-02.csv": [contact("Childless", "2026-05-01 09:00"), contact("B", "2026-05-03 09:00")],
        "children_2026-06-02.csv": [child("B", "2")],
    }
    with loaded(tmp_path, {name: csv_text(rows) for name, rows in files.items()}) as found:
        assert found.one("SELECT count(*) FROM contact") == 2
        assert found.rows("SELECT child_key::VARCHAR, is_orphan FROM contact_child") == [
            (found.key_of("child", "2"), False)
        ]


def test_an_earlier_month_that_is_exported_again_leaves_the_later_one(tmp_path: Path) -> None:
    may = [contact("A", "2026-05-01 09:00"), contact("B", "2026-05-20 09:00"), contact("C", "2026-05-31 09:00")]
    june = [contact("D", "2026-06-01 09:00"), contact("E", "2026-06-02 09:00")]
    files = {
        "contacts_2026-07-01.csv": may,
        "contacts_2026-07-02.csv": june,
        "contacts_2026-07-03.csv": [may[0], may[2]],
    }
    with loaded(tmp_path, {name: csv_text(rows) for name, rows in files.items()}) as found:
        keys = {(found.key_of("contact", ref),) for ref in "ACDE"}
        assert set(found.rows("SELECT contact_key::VARCHAR FROM contact")) == keys


def test_twins_are_errors_for_both_and_leave_an_earlier_row_in_an_increment(tmp_path: Path) -> None:
    twins = [contact("A", "2026-05-01 09:00", channel="email"), contact("a", "2026-05-01 09:00", channel="phone")]
    files = {"contacts_2026-06-01.csv": [contact("A", "2026-05-01 09:00")], "contacts_2026-06-02.csv": twins}
    texts = {name: csv_text(rows) for name, rows in files.items()}
    with loaded(tmp_path, texts, incremental_profiles(tmp_path)) as found:
        assert found.rows("SELECT channel::VARCHAR FROM contact") == [("portal",)]
        assert found.quarantine() == {(2, "twin_key", "contact_ref"), (3, "twin_key", "contact_ref")}

"""Which staged rows are records of the snapshot: without errors, twins, replaced, gone or erased ones.

Every staged row that is left out stands once in TEMP table `lost_<feed>` (rid, why): `blank`, `error`, `superseded`,
`erased`, `dropped`. Views `kept_<feed>` have the rest, with `rid`.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from etl.feeds import BY_NAME, Feed
from etl.steps import run_steps

Connection = duckdb.DuckDBPyConnection

KEYS = {
    "consultations": "consultation_key",
    "contacts": "contact_key",
    "children": "contact_ref, row_basis",
    "referrals": "referral_key",
}
MOMENTS = {"consultations": "requested_at", "contacts": "received_at", "referrals": "received_at"}
ERASING = {
    "consultations": ("consultation_key",),
    "contacts": ("contact_key",),
    "children": ("child_key",),
    "referrals": ("referral_key", "child_key"),
}


def settle(con: Connection, feed: Feed, full_files: Sequence[int], file_count: int) -> None:
    """Fill `lost_<feed>` and make `kept_<feed>`. `full_files`: numbers of files that are the whole truth of their span.

    Contacts are settled before children: a child's moment is its contact's.
    """
    con.execute(f"CREATE OR REPLACE TEMP TABLE lost_{feed.name} (rid BIGINT, why VARCHAR)")
    _lose_month_first(con, feed)
    _lose(con, feed, "SELECT rowid, CASE WHEN is_blank THEN 'blank' ELSE 'error' END FROM {stage} "
          "WHERE is_blank OR faults IS NOT NULL")  # fmt: skip
    _view(con, feed)
    if feed.name == "children":
        _name_the_nameless(con)
    _lose_twins(con, feed)
    if file_count > 1:
        _lose_gone(con, feed, full_files)
        _lose(con, feed, _REPLACED.format(key=KEYS[feed.name], kept=f"kept_{feed.name}"))
    if feed.name == "children":
        _drop_children_of_lost_lists(con)
    _lose_erased(con, feed)


def _view(con: Connection, feed: Feed) -> None:
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW kept_{feed.name} AS SELECT rowid AS rid, * FROM stage_{feed.name} AS staged "
        f"WHERE NOT EXISTS (SELECT 1 FROM lost_{feed.name} AS lost WHERE lost.rid = staged.rowid)"
    )


def _lose(con: Connection, feed: Feed, select: str) -> None:
    con.execute(f"INSERT INTO lost_{feed.name} " + select.format(stage=f"stage_{feed.name}"))


def _lose_month_first(con: Connection, feed: Feed) -> None:
    """In a file that has dates month first for certain, those that could be either are no longer sure."""
    con.execute(
        f"UPDATE stage_{feed.name} SET faults = 'month_first|' WHERE faults IS NULL AND is_either_order "
        f"AND file_no IN (SELECT file_no FROM stage_{feed.name} WHERE contains(faults, 'month_first'))"
    )


def _lose_twins(con: Connection, feed: Feed) -> None:
    key = KEYS[feed.name]
    named = "AND row_basis IS NOT NULL" if feed.name == "children" else ""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE twin AS SELECT file_no, {key} FROM kept_{feed.name} WHERE true {named} "
        "GROUP BY ALL HAVING count(*) > 1"
    )
    if not _number(con, "SELECT count(*) FROM twin"):
        return
    first = BY_NAME[feed.name].required[0]
    rows = f"SELECT rid FROM kept_{feed.name} SEMI JOIN twin USING (file_no, {key})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE twin_row AS {rows}")
    con.execute(f"UPDATE stage_{feed.name} SET faults = 'twin_key|{first}' WHERE rowid IN (SELECT rid FROM twin_row)")
    con.execute(f"INSERT INTO lost_{feed.name} SELECT rid, 'error' FROM twin_row")


_REPLACED = """
SELECT rid, 'superseded'
FROM {kept} AS kept
JOIN (SELECT {key}, max(file_no) AS newest FROM {kept} GROUP BY ALL) AS latest USING ({key})
WHERE kept.file_no < latest.newest
"""


def _lose_gone(con: Connection, feed: Feed, full_files: Sequence[int]) -> None:
    """Rows of older files in the span of a newer full file of the same feed: it repeats them, or they are gone.

    The span runs from the file's first moment to its last. Where it repeats half of an older file's rows or more, it
    is the same extract made later, and its span has no end: the last records can be gone too.
    """
    if not full_files:
        return
    con.execute("CREATE OR REPLACE TEMP TABLE full_file AS SELECT unnest(?::INTEGER[]) AS file_no", [list(full_files)])
    keys = KEYS[feed.name].split(", ")
    words = {
        "DATED": _DATED_CHILDREN if feed.name == "children" else _DATED.format(feed=feed.name),
        "KEY": KEYS[feed.name],
        "SAME": " AND ".join(f"again.{key} = dated.{key}" for key in keys),
        "MOMENT": MOMENTS.get(feed.name, "contact_received"),
    }
    run_steps(con, "spans", words)
    _lose(con, feed, "SELECT rid, 'superseded' FROM gone")
    if feed.name == "children":
        _lose(con, feed, _OF_GONE_CONTACTS)


_OF_GONE_CONTACTS = """
SELECT rid, 'superseded'
FROM kept_children SEMI JOIN (
  SELECT contact_ref
  FROM stage_contacts AS contact LEFT JOIN lost_contacts AS lost ON lost.rid = contact.rowid
  GROUP BY contact_ref
  HAVING arg_max_null(why, contact.rowid) = 'superseded'
) AS gone_contact USING (contact_ref)"""


_DATED = "SELECT kept.*, extract_at FROM kept_{feed} AS kept JOIN file_extract USING (file_no)"
# A child's moment is its contact's, whichever file gave that.
_DATED_CHILDREN = """
SELECT child.*, extract_at, contact.received_at AS contact_received
FROM kept_children AS child
JOIN file_extract USING (file_no)
LEFT JOIN (SELECT contact_ref, max_by(received_at, file_no) AS received_at FROM stage_contacts GROUP BY contact_ref)
  AS contact USING (contact_ref)"""


def _name_the_nameless(con: Connection) -> None:
    """A child that nothing tells from its siblings is known by its order among such rows of its contact.

    Those are rows without reference, name or date, and twins unborn or not yet named. Such a key leads nowhere
    beyond the contact.
    """
    con.execute("""
        CREATE OR REPLACE TEMP TABLE nameless AS
        SELECT rid, row_number() OVER (PARTITION BY file_no, contact_ref ORDER BY rid) AS place,
            count(*) OVER (PARTITION BY file_no, contact_ref, row_basis) AS alike, row_basis
        FROM kept_children
        WHERE row_basis IS NULL OR (child_ref IS NULL AND (date_of_birth IS NULL OR NOT is_named))""")
    con.execute("""
        UPDATE stage_children
        SET row_basis = coalesce(stage_children.row_basis, '') || chr(31) || place, child_key = NULL
        FROM nameless WHERE stage_children.rowid = nameless.rid AND (nameless.row_basis IS NULL OR alike > 1)""")


def _drop_children_of_lost_lists(con: Connection) -> None:
    """A child from Annex A list 1 is its contact's row, which is accounted for there: both are lost together."""
    con.execute(
        "INSERT INTO lost_children SELECT rid, 'dropped' FROM kept_children WHERE feed = 'annex_a' AND NOT EXISTS "
        "(SELECT 1 FROM kept_contacts WHERE kept_contacts.contact_ref = kept_children.contact_ref "
        "AND kept_contacts.file_no = kept_children.file_no)"
    )


def _lose_erased(con: Connection, feed: Feed) -> None:
    """Rows on the erasure list; the children and referrals of an erased contact go with it."""
    if not _number(con, "SELECT count(*) FROM erased_key"):
        return
    listed = " OR ".join(f"{column} IN (SELECT key FROM erased_key)" for column in ERASING[feed.name])
    if feed.name in ("children", "referrals"):
        listed += " OR contact_ref IN (SELECT contact_ref FROM erased_contact)"
    if feed.name == "contacts":
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE erased_contact AS SELECT contact_ref FROM stage_contacts WHERE {listed}"
        )
    _lose(con, feed, f"SELECT rid, 'erased' FROM kept_{feed.name} WHERE {listed}")
    if feed.name == "children":
        _lose(con, BY_NAME["contacts"], _LEFT_ALONE)


_LEFT_ALONE = """
SELECT contact.rid, 'erased'
FROM kept_contacts AS contact
WHERE EXISTS (SELECT 1 FROM stage_children AS child JOIN lost_children AS lost ON lost.rid = child.rowid
    WHERE lost.why = 'erased' AND child.contact_ref = contact.contact_ref)
  AND NOT EXISTS (SELECT 1 FROM kept_children AS child WHERE child.contact_ref = contact.contact_ref)
"""


def _number(con: Connection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0

"""Links from consultations to the requests that followed: quoted, inferred, and the placebo of the window before."""

from __future__ import annotations

import duckdb

from etl.steps import run_steps

NEAREST = """
INSERT INTO matched
WITH free AS (
  SELECT * FROM pool
  WHERE is_after = ?
    AND NOT EXISTS (SELECT 1 FROM matched WHERE matched.rid = pool.rid AND matched.is_after = pool.is_after)
    AND NOT EXISTS (SELECT 1 FROM matched WHERE matched.contact_rid = pool.contact_rid
      AND matched.is_after = pool.is_after)
)
SELECT rid, contact_rid, contact_key, seconds, is_after FROM free
QUALIFY row_number() OVER (PARTITION BY rid ORDER BY abs(seconds), contact_rid) = 1
  AND row_number() OVER (PARTITION BY contact_rid ORDER BY abs(seconds), rid) = 1
"""

LINK = """
CREATE OR REPLACE TEMP TABLE consultation_link AS
WITH first_quote AS (
  -- The first quote from the consultation on; one before it only when there is no other.
  SELECT rid, first.contact_key, first.received_at, first.requested_at
  FROM (
    SELECT rid, min_by(
      {'contact_key': contact_key, 'received_at': received_at, 'requested_at': requested_at},
      (received_at::DATE < requested_at::DATE, received_at, contact_rid)) AS first
    FROM quoted GROUP BY rid
  )
),
contest AS (
  SELECT rid, is_after, bool_or(by_consultation > 1 OR by_contact > 1) AS is_ambiguous
  FROM (SELECT rid, is_after, count(*) OVER (PARTITION BY rid, is_after) AS by_consultation,
    count(*) OVER (PARTITION BY contact_rid, is_after) AS by_contact FROM pool)
  GROUP BY ALL
)
SELECT
  consultation.rid,
  first_quote.contact_key AS quoted_contact_key,
  inferred.contact_key AS inferred_contact_key,
  placebo.contact_key AS placebo_contact_key,
  CASE WHEN first_quote.rid IS NOT NULL THEN 'quoted' WHEN inferred.rid IS NOT NULL THEN 'inferred' ELSE 'none' END
    AS rule,
  inferred.rid IS NOT NULL AND contest.is_ambiguous AS is_ambiguous,
  coalesce(epoch(first_quote.received_at - first_quote.requested_at), inferred.seconds) / 86400 AS days,
  first_quote.rid IS NOT NULL AND datediff('day', first_quote.requested_at, first_quote.received_at)
    BETWEEN 0 AND getvariable('consultation_window') AS is_converted_quoted
FROM kept_consultations AS consultation
LEFT JOIN first_quote USING (rid)
LEFT JOIN (FROM matched WHERE is_after) AS inferred USING (rid)
LEFT JOIN (FROM matched WHERE NOT is_after) AS placebo USING (rid)
LEFT JOIN (FROM contest WHERE is_after) AS contest USING (rid)
"""

CONTACT = """
CREATE OR REPLACE TEMP TABLE contact_consultation AS
SELECT contact_rid, min_by(consultation_key, rid) AS consultation_key, 'quoted' AS rule FROM quoted GROUP BY contact_rid
UNION ALL
SELECT contact_rid, consultation_key, 'inferred' FROM matched JOIN kept_consultations USING (rid) WHERE is_after
"""


def link_consultations(con: duckdb.DuckDBPyConnection) -> None:
    """Make TEMP tables `consultation_link` and `contact_consultation` from the kept rows.

    Pairs that are each other's nearest are matched, then those of the rest, until none is left: the same as taking
    all pairs by distance. The placebo does so with contacts before the consultation.
    """
    run_steps(con, "consultations")
    for is_after in (True, False):
        while _changed(con, NEAREST, is_after):
            pass
    con.execute(LINK)
    con.execute(CONTACT)


def _changed(con: duckdb.DuckDBPyConnection, sql: str, is_after: bool) -> int:
    row = con.execute(sql, [is_after]).fetchone()
    return int(row[0]) if row else 0

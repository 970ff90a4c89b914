-- Lists 2, 4 and 5 of Annex A: which rows of `stage_list` stay, and which referral they go to.

-- step: list_row: rows without faults; what newer workbooks replace (table `gone`) or repeat is superseded
CREATE OR REPLACE TEMP TABLE list_row AS
SELECT rowid AS rid, file_no, list, child_key, starts_on, ends_on,
  CASE
    WHEN child_key IN (SELECT key FROM erased_key) THEN 'erased'
    WHEN rowid IN (SELECT rid FROM gone) THEN 'superseded'
    WHEN file_no < max(file_no) OVER (PARTITION BY list, child_key, starts_on) THEN 'superseded'
  END AS why
FROM stage_list
WHERE faults IS NULL AND NOT is_blank;

-- step: list_referral: the latest referral of the child on or before the date; the earliest row of a list takes it
CREATE OR REPLACE TEMP TABLE list_referral AS
WITH referral AS (
  SELECT child_key, received_at::DATE AS received_on, max(rid) AS referral_rid
  FROM kept_referrals
  WHERE feed = 'annex_a'
  GROUP BY ALL
)
SELECT list_row.rid, list_row.list, list_row.starts_on, list_row.ends_on, referral_rid
FROM (FROM list_row WHERE why IS NULL AND list <> 'list_2') AS list_row
ASOF JOIN referral ON referral.child_key = list_row.child_key AND referral.received_on <= list_row.starts_on
QUALIFY row_number() OVER (PARTITION BY list_row.list, referral_rid ORDER BY list_row.starts_on, list_row.rid) = 1;

-- step: lost: rows that find no referral
UPDATE stage_list SET faults = 'no_referral|child_ref'
WHERE rowid IN (SELECT rid FROM list_row WHERE why IS NULL AND list <> 'list_2')
  AND rowid NOT IN (SELECT rid FROM list_referral);

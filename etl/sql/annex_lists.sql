-- Lists 2, 4 and 5 of Annex A. `stage_list` (file_no, list, feed's dates as starts_on and ends_on, faults) is filled.

-- step: uncertain: dates that could be either way round in a file that has some month first
UPDATE stage_list SET faults = 'month_first|'
WHERE faults IS NULL AND is_either_order
  AND file_no IN (SELECT file_no FROM stage_list WHERE contains(faults, 'month_first'));

-- step: twins: the same child and date twice in one list
UPDATE stage_list SET faults = 'twin_key|child_ref'
WHERE faults IS NULL AND NOT is_blank AND (file_no, child_key, starts_on) IN (
  SELECT (file_no, child_key, starts_on) FROM stage_list WHERE faults IS NULL AND NOT is_blank
  GROUP BY file_no, child_key, starts_on HAVING count(*) > 1);

-- step: newest: a later workbook is the whole truth from the earliest date of its list on
CREATE OR REPLACE TEMP TABLE list_row AS
WITH good AS (
  SELECT rowid AS rid, file_no, list, child_key, starts_on, ends_on FROM stage_list WHERE faults IS NULL AND NOT is_blank
),
span AS (SELECT file_no, list, min(starts_on) AS starts FROM good GROUP BY ALL)
SELECT *,
  CASE
    WHEN EXISTS (SELECT 1 FROM erased_key WHERE key = good.child_key) THEN 'erased'
    WHEN EXISTS (SELECT 1 FROM good AS later WHERE later.list = good.list AND later.file_no > good.file_no
      AND later.child_key = good.child_key AND later.starts_on = good.starts_on) THEN 'superseded'
    WHEN EXISTS (SELECT 1 FROM span WHERE span.list = good.list AND span.file_no > good.file_no
      AND span.starts <= good.starts_on) THEN 'superseded'
  END AS why
FROM good;

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

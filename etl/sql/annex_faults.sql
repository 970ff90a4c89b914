-- Lists 2, 4 and 5 of Annex A: what is wrong with rows of `stage_list` beside other rows of their file.

-- step: uncertain: dates that could be either way round in a file that has some month first
UPDATE stage_list SET faults = 'month_first|'
WHERE faults IS NULL AND is_either_order
  AND file_no IN (SELECT file_no FROM stage_list WHERE contains(faults, 'month_first'));

-- step: twins: the same child and date twice in one list
UPDATE stage_list SET faults = 'twin_key|child_ref'
WHERE faults IS NULL AND NOT is_blank AND (file_no, child_key, starts_on) IN (
  SELECT (file_no, child_key, starts_on) FROM stage_list WHERE faults IS NULL AND NOT is_blank
  GROUP BY file_no, child_key, starts_on HAVING count(*) > 1);

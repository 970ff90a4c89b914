-- The spans that newer full files of a feed cover of older ones. Words: DATED, KEY, SAME, MOMENT. Table: full_file.

-- step: dated: the kept rows with their moment and the moment of their extract
CREATE OR REPLACE TEMP TABLE dated AS DATED;

-- step: span: per newer and older file, from its first moment to its last; without end where it is the same extract
-- made later, which repeats half of the older rows or more
CREATE OR REPLACE TEMP TABLE span AS
WITH own AS (
  SELECT file_no, any_value(feed) AS feed, any_value(extract_at) AS extract_at, min(MOMENT) AS starts,
    max(MOMENT) AS ends
  FROM dated SEMI JOIN full_file USING (file_no)
  GROUP BY file_no
),
older AS (
  SELECT own.file_no, dated.file_no AS older_no, own.starts, own.ends,
    count(again.rid) >= count(*) / 2 AS is_same_extract
  FROM own
  JOIN dated
    ON dated.feed = own.feed AND dated.extract_at < own.extract_at AND coalesce(dated.MOMENT >= own.starts, true)
  LEFT JOIN (SELECT DISTINCT ON (file_no, KEY) file_no, KEY, rid FROM dated) AS again
    ON again.file_no = own.file_no AND SAME
  GROUP BY ALL
)
SELECT file_no, older_no, starts, CASE WHEN NOT is_same_extract THEN ends END AS ends
FROM older
WHERE starts IS NOT NULL;

-- step: gone
CREATE OR REPLACE TEMP TABLE gone AS
SELECT DISTINCT dated.rid
FROM dated
JOIN span ON span.older_no = dated.file_no
WHERE coalesce(
  dated.MOMENT >= span.starts AND (span.ends IS NULL OR dated.MOMENT <= span.ends), span.ends IS NULL);

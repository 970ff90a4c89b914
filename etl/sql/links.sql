-- Children, their contacts and their history; duplicates; referrals. Moments are local, as staged.
-- Variables: duplicate_days, resubmission_hours, near_days (the longest of these windows), referral_window (working days).

-- step: child_link: each child with its contact
CREATE OR REPLACE TEMP TABLE child_link AS
SELECT child.rid, child.child_key, contact.rid AS contact_rid, contact.contact_key, contact.received_at
FROM kept_children AS child
JOIN kept_contacts AS contact USING (contact_ref);

-- step: child_history: the same child's previous contact; a child named twice in one contact is no repeat
CREATE OR REPLACE TEMP TABLE child_history AS
SELECT link.rid, link.contact_rid, link.child_key, link.received_at, previous_contact_key, previous_at
FROM child_link AS link
JOIN (
  SELECT contact_rid, child_key, lag(contact_key) OVER before AS previous_contact_key,
    lag(received_at) OVER before AS previous_at
  FROM (SELECT DISTINCT contact_rid, contact_key, child_key, received_at FROM child_link WHERE child_key IS NOT NULL)
  WINDOW before AS (PARTITION BY child_key ORDER BY received_at, contact_rid)
) AS history USING (contact_rid, child_key)
WHERE previous_at IS NOT NULL;

-- step: duplicate_child: contacts of a child that repeat an earlier one
CREATE OR REPLACE TEMP TABLE duplicate_child AS
WITH near_rid AS (
  SELECT rid, contact_rid, child_key
  FROM child_history
  WHERE datediff('day', previous_at, received_at) <= getvariable('near_days')
),
link AS (
  SELECT child.rid, child.child_key, child.contact_rid, child.contact_key, contact.received_at,
    contact.received_at_has_time AS has_time, contact.primary_reason, contact.channel, contact.agency_type,
    contact.agency_name, contact.agency_hash, contact.person
  FROM (FROM child_link WHERE child_key IN (SELECT child_key FROM near_rid)) AS child
  JOIN kept_contacts AS contact ON contact.rid = child.contact_rid
),
pair AS (
  SELECT
    near.rid, earlier.rid AS of_rid, earlier.contact_key AS of_contact_key, earlier.received_at AS of_received_at,
    near.received_at - earlier.received_at AS apart,
    near.has_time AND earlier.has_time AS is_timed,
    near.agency_type = earlier.agency_type AND near.agency_hash IS NOT DISTINCT FROM earlier.agency_hash
      AND (near.person = earlier.person
        OR (near.person IS NULL AND earlier.person IS NULL AND near.agency_name NOT IN ('Unmapped', 'Not recorded')))
      AS is_same_sender,
    near.channel AS near_channel, earlier.channel AS earlier_channel,
    near.primary_reason = earlier.primary_reason AND near.primary_reason NOT IN ('Unmapped', 'Not recorded')
      AND datediff('day', earlier.received_at, near.received_at) <= getvariable('duplicate_days') AS is_same_incident
  FROM (FROM link WHERE rid IN (SELECT rid FROM near_rid)) AS near
  JOIN link AS earlier
    ON earlier.child_key = near.child_key AND earlier.contact_rid <> near.contact_rid
    AND (earlier.received_at < near.received_at
      OR (earlier.received_at = near.received_at AND earlier.contact_rid < near.contact_rid))
    AND datediff('day', earlier.received_at, near.received_at) <= getvariable('near_days')
),
ruled AS (
  SELECT rid, of_rid, of_contact_key, of_received_at,
    CASE
      WHEN is_timed AND is_same_sender AND near_channel = 'portal' AND earlier_channel = 'portal'
        AND apart <= to_hours(getvariable('resubmission_hours')) THEN 'resubmission'
      WHEN is_timed AND is_same_sender AND earlier_channel = 'phone' AND near_channel IN ('portal', 'email', 'letter')
        AND apart <= to_hours(48) THEN 'written confirmation'
      WHEN is_same_incident THEN 'same incident' END AS rule
  FROM pair
)
SELECT rid, nearest.of_rid, nearest.of_contact_key, nearest.rule
FROM (
  SELECT rid, max_by(
    {'of_rid': of_rid, 'of_contact_key': of_contact_key, 'rule': rule}, (of_received_at, of_rid)) AS nearest
  FROM ruled WHERE rule IS NOT NULL GROUP BY rid
);

-- step: marked: contacts that the file marks as duplicates; a mark that could close a circle is passed over
CREATE OR REPLACE TEMP TABLE marked AS
SELECT contact.rid, contact.contact_key, original.contact_key AS of_contact_key
FROM kept_contacts AS contact
LEFT JOIN kept_contacts AS original ON original.contact_ref = contact.duplicate_of
WHERE contact.duplicate_of IS NOT NULL AND contact.duplicate_of <> contact.contact_ref
  AND (original.rid IS NULL OR original.duplicate_of IS NULL
    OR original.received_at < contact.received_at
    OR (original.received_at = contact.received_at AND original.rid < contact.rid));

-- step: duplicate_edge: a child's row in a duplicate, and the row it leads to (null: in no file)
CREATE OR REPLACE TEMP TABLE duplicate_edge AS
WITH found AS (
  SELECT twin.rid, twin.of_rid, twin.of_contact_key, twin.rule
  FROM duplicate_child AS twin
  JOIN child_link AS link USING (rid)
  LEFT JOIN marked AS back ON back.contact_key = twin.of_contact_key AND back.of_contact_key = link.contact_key
  WHERE back.rid IS NULL
),
by_mark AS (
  SELECT link.rid, min(original.rid) AS of_rid, any_value(marked.of_contact_key) AS of_contact_key, 'marked' AS rule
  FROM marked
  JOIN child_link AS link ON link.contact_rid = marked.rid
  LEFT JOIN child_link AS original
    ON original.contact_key = marked.of_contact_key AND original.child_key = link.child_key
  GROUP BY link.rid, link.child_key
  HAVING of_rid IS NOT NULL OR of_contact_key IS NULL OR link.child_key IS NULL
)
FROM by_mark
UNION ALL
SELECT * FROM found WHERE rid NOT IN (SELECT rid FROM by_mark);

-- step: duplicate_contact: marked, or a duplicate for each of its children
CREATE OR REPLACE TEMP TABLE duplicate_contact AS
WITH whole AS (
  SELECT link.contact_rid AS rid, count(*) = count(edge.rid) AS is_whole,
    min_by({'of_contact_key': edge.of_contact_key, 'rule': edge.rule}, edge.rid) AS first
  FROM child_link AS link
  SEMI JOIN (SELECT DISTINCT contact_rid FROM child_link JOIN duplicate_edge USING (rid)) AS touched
    ON touched.contact_rid = link.contact_rid
  LEFT JOIN duplicate_edge AS edge USING (rid)
  GROUP BY link.contact_rid
)
SELECT rid, of_contact_key, 'marked' AS rule FROM marked
UNION ALL
SELECT rid, first.of_contact_key, first.rule FROM whole WHERE is_whole AND rid NOT IN (SELECT rid FROM marked);

-- step: referral_link: each referral with the contact it came from
CREATE OR REPLACE TEMP TABLE referral_link AS
WITH referral AS (
  SELECT rid, referral_key, child_key, contact_ref, received_at,
    CASE WHEN received_at_has_time THEN received_at ELSE received_at + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND END
      AS comparable_at
  FROM kept_referrals
),
explicit AS (
  SELECT referral.rid, contact.rid AS contact_rid, contact.contact_key
  FROM referral JOIN kept_contacts AS contact USING (contact_ref)
),
candidate AS (
  SELECT referral.rid, link.contact_rid, link.contact_key, link.received_at AS contact_at, referral.received_at
  FROM (FROM referral WHERE contact_ref IS NULL AND child_key IS NOT NULL) AS referral
  ASOF JOIN (FROM child_link WHERE child_key IS NOT NULL) AS link
    ON link.child_key = referral.child_key AND link.received_at <= referral.comparable_at
),
inferred AS (
  SELECT candidate.rid, contact_rid, contact_key
  FROM candidate
  JOIN local_calendar AS contacted ON contacted.day = candidate.contact_at::DATE
  JOIN local_calendar AS referred ON referred.day = candidate.received_at::DATE
  WHERE referred.working_day_number - contacted.working_day_number <= getvariable('referral_window')
)
SELECT
  referral.rid, referral.referral_key, referral.child_key, referral.received_at,
  coalesce(explicit.contact_rid, inferred.contact_rid) AS contact_rid,
  coalesce(explicit.contact_key, inferred.contact_key) AS contact_key,
  CASE WHEN explicit.rid IS NOT NULL THEN 'explicit' WHEN inferred.rid IS NOT NULL THEN 'inferred' ELSE 'none' END AS rule,
  referral.contact_ref IS NOT NULL AND explicit.rid IS NULL AS is_orphan
FROM referral
LEFT JOIN explicit USING (rid)
LEFT JOIN inferred USING (rid);

-- step: referral_child: the contact child a referral came from. A child is often given its reference with the
-- referral: where the contact names one child without a reference, an explicit referral is that child's.
CREATE OR REPLACE TEMP TABLE referral_child AS
WITH by_key AS (
  SELECT referral.rid AS referral_rid, min(link.rid) AS rid
  FROM referral_link AS referral
  JOIN child_link AS link ON link.contact_rid = referral.contact_rid AND link.child_key = referral.child_key
  GROUP BY referral.rid
),
without_reference AS (
  SELECT link.contact_rid, min(link.rid) AS rid
  FROM child_link AS link
  JOIN kept_children AS child USING (rid)
  WHERE child.child_ref IS NULL
  GROUP BY link.contact_rid
  HAVING count(*) = 1
),
unmatched AS (
  SELECT rid, contact_rid
  FROM referral_link
  WHERE rule = 'explicit' AND rid NOT IN (SELECT referral_rid FROM by_key)
),
by_elimination AS (
  SELECT min(unmatched.rid) AS referral_rid, without_reference.rid
  FROM unmatched
  JOIN without_reference USING (contact_rid)
  GROUP BY without_reference.rid
  HAVING count(*) = 1
)
SELECT referral.rid AS referral_rid, referral.referral_key, referral.received_at, found.rid
FROM (FROM by_key UNION ALL FROM by_elimination) AS found
JOIN referral_link AS referral ON referral.rid = found.referral_rid;

-- step: referral_history: the same child's previous referral
CREATE OR REPLACE TEMP TABLE referral_history AS
SELECT rid, lag(referral_key) OVER before AS previous_referral_key, (lag(received_at) OVER before)::DATE AS previous_on
FROM kept_referrals
WHERE child_key IS NOT NULL
WINDOW before AS (PARTITION BY child_key ORDER BY received_at, rid);

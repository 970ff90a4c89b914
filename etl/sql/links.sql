-- Children, their contacts and their history; duplicates; referrals. Moments are local, as staged.
-- Variables: duplicate_days, resubmission_hours, referral_window (working days), lookback (months).

-- step: child_link: each child with its contact
CREATE OR REPLACE TEMP TABLE child_link AS
SELECT child.rid, child.child_key, contact.rid AS contact_rid, contact.contact_key, contact.received_at
FROM kept_children AS child
JOIN kept_contacts AS contact USING (contact_ref);

-- step: child_history: the same child's previous contact
CREATE OR REPLACE TEMP TABLE child_history AS
SELECT rid, contact_rid, child_key, received_at, previous_contact_key, previous_at
FROM (
  SELECT rid, contact_rid, child_key, received_at, lag(contact_key) OVER before AS previous_contact_key,
    lag(received_at) OVER before AS previous_at
  FROM child_link
  WHERE child_key IS NOT NULL
  WINDOW before AS (PARTITION BY child_key ORDER BY received_at, contact_rid)
)
WHERE previous_at IS NOT NULL;

-- step: duplicate_child: contacts of a child that repeat an earlier one
CREATE OR REPLACE TEMP TABLE duplicate_child AS
WITH near_rid AS (
  SELECT rid, contact_rid, child_key
  FROM child_history
  WHERE datediff('day', previous_at, received_at) <= greatest(getvariable('duplicate_days'), 2)
),
link AS (
  SELECT child.rid, child.child_key, child.contact_rid, child.contact_key, contact.received_at,
    contact.received_at_has_time AS has_time, contact.primary_reason, contact.channel, contact.agency_type, contact.person
  FROM (FROM child_link WHERE child_key IN (SELECT child_key FROM near_rid)) AS child
  JOIN kept_contacts AS contact ON contact.rid = child.contact_rid
),
near AS (FROM link WHERE rid IN (SELECT rid FROM near_rid)),
pair AS (
  SELECT
    near.rid, earlier.rid AS of_rid, earlier.contact_key AS of_contact_key, earlier.received_at AS of_received_at,
    near.has_time AND earlier.has_time AND near.channel = 'portal' AND earlier.channel = 'portal'
      AND near.agency_type = earlier.agency_type AND near.person IS NOT DISTINCT FROM earlier.person
      AND near.received_at - earlier.received_at <= to_hours(getvariable('resubmission_hours')) AS is_resubmission,
    near.has_time AND earlier.has_time AND earlier.channel = 'phone' AND near.channel IN ('portal', 'email', 'letter')
      AND near.agency_type = earlier.agency_type AND near.person = earlier.person
      AND near.received_at - earlier.received_at <= to_hours(48) AS is_written_confirmation,
    near.primary_reason = earlier.primary_reason AND near.primary_reason NOT IN ('Unmapped', 'Not recorded')
      AND datediff('day', earlier.received_at, near.received_at) <= getvariable('duplicate_days') AS is_same_incident
  FROM near
  JOIN link AS earlier
    ON earlier.child_key = near.child_key AND earlier.contact_rid <> near.contact_rid
    AND (earlier.received_at < near.received_at
      OR (earlier.received_at = near.received_at AND earlier.contact_rid < near.contact_rid))
    AND datediff('day', earlier.received_at, near.received_at) <= greatest(getvariable('duplicate_days'), 2)
)
SELECT
  rid,
  max_by(of_rid, of_received_at) AS of_rid,
  max_by(of_contact_key, of_received_at) AS of_contact_key,
  max_by(CASE
    WHEN is_resubmission THEN 'resubmission'
    WHEN is_written_confirmation THEN 'written confirmation'
    ELSE 'same incident' END, of_received_at) AS rule
FROM pair
WHERE is_resubmission OR is_written_confirmation OR is_same_incident
GROUP BY rid;

-- step: marked: contacts that the file marks as duplicates
CREATE OR REPLACE TEMP TABLE marked AS
SELECT contact.rid, contact.contact_key, original.contact_key AS of_contact_key
FROM kept_contacts AS contact
LEFT JOIN kept_contacts AS original ON original.contact_ref = contact.duplicate_of AND original.rid <> contact.rid
WHERE contact.duplicate_of IS NOT NULL;

-- step: duplicate_contact: marked, or a duplicate for each of its children
CREATE OR REPLACE TEMP TABLE duplicate_contact AS
WITH found AS (
  SELECT
    link.contact_rid AS rid, count(*) = count(twin.rid) AS is_whole, min(twin.of_contact_key) AS of_contact_key,
    min(twin.rule) AS rule
  FROM (FROM child_link WHERE contact_rid IN (
    SELECT contact_rid FROM child_link JOIN duplicate_child USING (rid))) AS link
  LEFT JOIN duplicate_child AS twin USING (rid)
  GROUP BY link.contact_rid
)
SELECT rid, of_contact_key, 'marked' AS rule FROM marked
UNION ALL
SELECT rid, of_contact_key, rule FROM found WHERE is_whole AND rid NOT IN (SELECT rid FROM marked);

-- step: duplicate_edge: for a child, the row that its duplicate leads to
CREATE OR REPLACE TEMP TABLE duplicate_edge AS
SELECT link.rid, coalesce(twin.of_rid, original.rid) AS of_rid, twin.rid IS NULL AS is_marked_only
FROM child_link AS link
LEFT JOIN duplicate_child AS twin USING (rid)
LEFT JOIN marked ON marked.rid = link.contact_rid
LEFT JOIN child_link AS original
  ON twin.rid IS NULL AND original.contact_key = marked.of_contact_key AND original.child_key = link.child_key
WHERE twin.rid IS NOT NULL OR marked.rid IS NOT NULL;

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

-- step: referral_child: the contact child a referral came from
CREATE OR REPLACE TEMP TABLE referral_child AS
SELECT referral.rid AS referral_rid, referral.referral_key, referral.received_at, link.rid
FROM referral_link AS referral
JOIN child_link AS link ON link.contact_rid = referral.contact_rid AND link.child_key = referral.child_key;

-- step: referral_history: the same child's previous referral
CREATE OR REPLACE TEMP TABLE referral_history AS
SELECT rid, lag(referral_key) OVER before AS previous_referral_key, (lag(received_at) OVER before)::DATE AS previous_on
FROM kept_referrals
WHERE child_key IS NOT NULL
WINDOW before AS (PARTITION BY child_key ORDER BY received_at, rid);

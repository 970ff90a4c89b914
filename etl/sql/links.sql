-- Duplicates as whole contacts; referrals and the contacts they came from. Moments are local, as staged.
-- Variable: referral_window (working days).

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
  ASOF JOIN (
    SELECT child_key, received_at, max_by(contact_rid, rid) AS contact_rid, max_by(contact_key, rid) AS contact_key
    FROM child_link
    WHERE child_key IN (SELECT child_key FROM referral WHERE contact_ref IS NULL AND child_key IS NOT NULL)
    GROUP BY child_key, received_at
  ) AS link
    ON link.child_key = referral.child_key AND link.received_at <= referral.comparable_at
),
inferred AS (
  -- From the contact's counting day; a referral on a day off counts as the next working day's.
  SELECT candidate.rid, contact_rid, contact_key
  FROM candidate
  JOIN local_calendar AS contacted ON contacted.day = candidate.contact_at::DATE
  JOIN local_calendar AS referred ON referred.day = candidate.received_at::DATE
  WHERE next_working_day_number(referred.working_day_number, referred.is_working_day)
    - counting_day_number(to_moment(candidate.contact_at), contacted.closes_at, contacted.working_day_number)
    <= getvariable('referral_window')
)
SELECT
  referral.rid, referral.referral_key, referral.child_key, referral.received_at,
  coalesce(explicit.contact_rid, inferred.contact_rid) AS contact_rid,
  coalesce(explicit.contact_key, inferred.contact_key) AS contact_key,
  CASE WHEN explicit.rid IS NOT NULL THEN 'explicit' WHEN inferred.rid IS NOT NULL THEN 'inferred' ELSE 'none' END::link_rule
    AS rule,
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

-- Children with their contacts and history, and the contacts that repeat an earlier one. Moments are local, as staged.
-- Variables: duplicate_days, resubmission_hours, near_days (the longest of these windows).

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

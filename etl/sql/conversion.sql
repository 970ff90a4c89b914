-- step: converted: each contact child with its first referral; a referral from a duplicate counts for the original too
CREATE OR REPLACE TEMP TABLE converted AS
SELECT rid, min_by(referral_key, (received_at, referral_rid)) AS referral_key
FROM (
  FROM referral_child
  UNION ALL BY NAME
  SELECT child.referral_rid, child.referral_key, child.received_at, root.root_rid AS rid
  FROM referral_child AS child
  JOIN duplicate_root AS root USING (rid)
)
GROUP BY rid;

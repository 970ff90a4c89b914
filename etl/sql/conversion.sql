-- step: converted: each contact child with its first referral, those of its duplicates included
CREATE OR REPLACE TEMP TABLE converted AS
SELECT coalesce(root.root_rid, child.rid) AS rid, min_by(child.referral_key, child.received_at) AS referral_key
FROM referral_child AS child
LEFT JOIN duplicate_root AS root ON root.rid = child.rid
GROUP BY 1
UNION ALL
-- A duplicate shows its own referral too; it is not in the denominator.
SELECT child.rid, min_by(child.referral_key, child.received_at)
FROM referral_child AS child
JOIN duplicate_root AS root ON root.rid = child.rid AND root.root_rid <> child.rid
GROUP BY 1;

-- step: orphan: children whose contact is in no file; they have none of its dimensions
INSERT INTO contact_child BY NAME
SELECT
  authority_of() AS authority, child.child_key,
  coalesce(child.postcode_district, 'Not recorded') AS district,
  true AS is_orphan, false AS is_duplicate, child.position, 'unknown' AS age_band,
  child.date_of_birth_estimated = 'Yes' AS is_birth_date_estimated,
  child.gender, child.ethnicity, ethnicity_group_of(child.ethnicity) AS ethnicity_group,
  child.disability, child.open_case, child.unaccompanied,
  false AS is_converted, false AS is_in_conversion, false AS is_mature, false AS is_repeat_contact,
  false AS is_lookback_complete, child.file_no
FROM kept_children AS child
WHERE child.rid NOT IN (SELECT rid FROM child_link)
ORDER BY child.rid;

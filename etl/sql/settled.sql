-- What is derived once per case before clocks run. `moments_*` are the kept rows with moments in time zone.

-- step: settled_contact
CREATE OR REPLACE TEMP VIEW settled_contact AS
SELECT
  *, authority_of() AS authority,
  source_code_of(agency_type) AS source_code,
  is_professional_source(source_code_of(agency_type)) AS is_professional,
  has_decisions AND (decided_at IS NOT NULL OR last_decided_at IS NOT NULL
    OR decision NOT IN ('pending', 'Not recorded') OR last_decision NOT IN ('pending', 'Not recorded')) AS is_decided
FROM moments_contacts;

-- step: settled_consultation
CREATE OR REPLACE TEMP VIEW settled_consultation AS
SELECT *, authority_of() AS authority, requested_at AS received_at, requested_at_has_time AS received_at_has_time,
  completed_at IS NOT NULL AS is_decided
FROM moments_consultations;

-- step: referral_context: what the contact of a referral says of it
CREATE OR REPLACE TEMP TABLE referral_context AS
SELECT
  link.rid, contact.received_at AS initial_contact_at, contact.received_at_has_time AS initial_contact_at_has_time,
  contact.agency_type, contact.channel, contact.urgency, contact.primary_reason, contact.secondary_reason,
  contact.level_requested, contact.level_decided, contact.immediate_safeguarding_concern, contact.agreement_obtained,
  contact.parents_aware, contact.no_agreement_reason, contact.no_agreement_authorised_by,
  CASE WHEN contact.district = 'Not recorded' THEN coalesce(contact.postcode_district, contact.district)
    ELSE contact.district END AS contact_district
FROM stage_contacts AS contact
JOIN (SELECT rid, contact_rid FROM referral_link WHERE contact_rid IS NOT NULL) AS link
  ON link.contact_rid = contact.rowid;

-- step: referral_person: what the children file says of the child of a referral
CREATE OR REPLACE TEMP TABLE referral_person AS
SELECT link.referral_rid AS rid, child.date_of_birth, child.expected_date_of_birth, child.gender, child.ethnicity,
  child.unaccompanied, child.postcode_district
FROM stage_children AS child
JOIN (SELECT referral_rid, rid FROM referral_child) AS link ON link.rid = child.rowid;

-- step: referral_settled: a referral with both; local moments
CREATE OR REPLACE TEMP TABLE referral_settled AS
SELECT
  referral.* EXCLUDE (contact_ref, child_ref, referral_ref), link.contact_key, link.rule, link.is_orphan,
  context.* EXCLUDE (rid), person.* EXCLUDE (rid), authority_of() AS authority,
  has_decisions AND (decided_at IS NOT NULL OR disposal <> 'Not recorded' OR outcome <> 'Not recorded') AS is_decided,
  coalesce(
    CASE WHEN person.date_of_birth IS NULL THEN person.expected_date_of_birth IS NOT NULL
    ELSE person.date_of_birth > referral.received_at::DATE END, false) AS is_unborn
FROM kept_referrals AS referral
JOIN referral_link AS link ON link.rid = referral.rid
LEFT JOIN referral_context AS context ON context.rid = referral.rid
LEFT JOIN referral_person AS person ON person.rid = referral.rid;

-- step: settled_referral
CREATE OR REPLACE TEMP VIEW settled_referral AS
SELECT * REPLACE (REFERRAL_MOMENTS), received_at AS received_at_local
FROM referral_settled;

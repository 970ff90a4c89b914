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

-- step: referral_context: a referral with what its contact and its contact child say
CREATE OR REPLACE TEMP TABLE referral_context AS
SELECT
  link.rid, link.contact_key, link.rule, link.is_orphan, to_moment(contact.received_at) AS initial_contact_at,
  contact.received_at_has_time AS initial_contact_at_has_time, contact.agency_type, contact.channel, contact.urgency,
  contact.primary_reason, contact.secondary_reason, contact.level_requested, contact.level_decided,
  contact.immediate_safeguarding_concern, contact.agreement_obtained, contact.parents_aware,
  contact.no_agreement_reason, contact.no_agreement_authorised_by,
  CASE WHEN contact.district = 'Not recorded' THEN coalesce(contact.postcode_district, contact.district)
    ELSE contact.district END AS contact_district,
  child.rid AS child_rid
FROM referral_link AS link
LEFT JOIN kept_contacts AS contact ON contact.rid = link.contact_rid
LEFT JOIN referral_child AS child ON child.referral_rid = link.rid;

-- step: settled_referral
CREATE OR REPLACE TEMP VIEW settled_referral AS
SELECT
  referral.*, authority_of() AS authority,
  context.* EXCLUDE (rid),
  referral.has_decisions AND (decided_at IS NOT NULL OR disposal <> 'Not recorded' OR outcome <> 'Not recorded') AS is_decided,
  coalesce(
    CASE WHEN child.date_of_birth IS NULL THEN child.expected_date_of_birth IS NOT NULL
    ELSE child.date_of_birth > referral.received_at_local::DATE END, false) AS is_unborn,
  child.date_of_birth, child.expected_date_of_birth, child.gender, child.ethnicity, child.unaccompanied,
  child.postcode_district
FROM moments_referrals AS referral
LEFT JOIN referral_context AS context USING (rid)
LEFT JOIN stage_children AS child ON child.rowid = context.child_rid;

-- The case tables of one slice of time, sorted by the moment of receipt: a slice is what memory holds at once.

-- step: referral
INSERT INTO referral BY NAME
SELECT
  authority, referral_key, case_code, received_at,
  received_at_local::DATE AS received_on,
  CASE WHEN received_at_has_time THEN hour(received_at_local) END AS received_hour,
  isodow(received_at_local) AS received_weekday,
  date_trunc('month', received_at_local)::DATE AS received_month,
  received_at_has_time AS is_time_known,
  coalesce(accepted_at, received_at) AS accepted_at,
  accepted_by AS is_accepted_by_recorded,
  contact_key,
  rule AS link_rule,
  coalesce(is_orphan, false) AS is_orphan,
  child_key, initial_contact_at,
  CASE WHEN source_code = 'Not recorded' THEN source_code_of(agency_type) ELSE source_code END
    AS source_code,
  agency_group_of(CASE WHEN source_code = 'Not recorded' THEN source_code_of(agency_type)
    ELSE source_code END) AS agency_group,
  coalesce(agency_type, 'Not recorded') AS agency_type,
  coalesce(channel, 'Not recorded') AS channel,
  coalesce(urgency, 'Not recorded') AS urgency,
  coalesce(primary_reason, 'Not recorded') AS primary_reason,
  coalesce(secondary_reason, 'Not recorded') AS secondary_reason,
  coalesce(level_requested, 'Not recorded') AS level_requested,
  coalesce(level_decided, 'Not recorded') AS level_decided,
  consent_status_of(immediate_safeguarding_concern, agreement_obtained, parents_aware, no_agreement_reason,
    no_agreement_authorised_by) AS consent_status,
  coalesce(postcode_district, contact_district, 'Not recorded') AS district,
  age_band_of(date_of_birth, expected_date_of_birth, received_at_local::DATE) AS age_band,
  coalesce(gender, 'Not recorded') AS gender,
  coalesce(ethnicity_group_of(ethnicity), 'not obtained') AS ethnicity_group,
  coalesce(unaccompanied, 'Not recorded') AS unaccompanied,
  is_unborn, primary_need, no_further_action, disposal, outcome, decided_at,
  CASE WHEN has_decisions THEN is_decided END AS is_decided,
  strategy_discussion_at, strategy_record_distributed_at, section_47_at, conference_at, assessment_started_at,
  assessment_authorised_at, caf_started_at, feedback_at, family_informed_at,
  allocated_team AS is_team_recorded,
  closed_at,
  history.previous_referral_key,
  datediff('day', history.previous_on, received_at_local::DATE) AS days_since_previous,
  coalesce(received_at_local::DATE <= history.previous_on + to_months(getvariable('lookback_months')), false)
    AS is_rereferral,
  received_at_local::DATE >= getvariable('referrals_complete_on') AS is_lookback_complete,
  feed, file_no
FROM (FROM settled_referral WHERE is_in_slice(received_at_local)) AS referral
LEFT JOIN referral_history AS history USING (rid)
ORDER BY received_at, rid;

-- step: contact
INSERT INTO contact BY NAME
WITH child_count AS (
  SELECT contact_rid AS rid, count(*) AS children FROM child_link WHERE is_in_slice(received_at) GROUP BY contact_rid
),
decision AS (
  SELECT case_key, due_at, state
  FROM clock
  WHERE authority = authority_of() AND case_kind = 'contact' AND is_in_slice(started_on)
    AND clock_name IN (SELECT clock_name FROM decision_clock_name)
)
SELECT
  contact.authority, contact.contact_key, contact.case_code,
  contact.received_at,
  received_at_local::DATE AS received_on,
  CASE WHEN received_at_has_time THEN hour(received_at_local) END AS received_hour,
  isodow(received_at_local) AS received_weekday,
  date_trunc('month', received_at_local)::DATE AS received_month,
  received_at_has_time AS is_time_known,
  CASE
    WHEN NOT received_at_has_time THEN 'not measurable'
    WHEN contact.received_at >= day.opens_at AND contact.received_at < day.closes_at THEN 'in hours'
    ELSE 'out of hours' END AS hours,
  channel, received_by, urgency, immediate_safeguarding_concern, agency_type, source_code,
  agency_group_of(source_code) AS agency_group,
  agency_name_of(agency_name, agency_type) AS agency_name,
  is_professional,
  referrer.referrer_key,
  referrer_role AS is_referrer_role_recorded,
  anonymity_requested,
  coalesce(is_professional AND anonymity_requested = 'Yes', false) AS is_professional_anonymous,
  dsl_consulted, primary_reason, secondary_reason, parents_aware, agreement_obtained,
  agreement_given_by AS is_agreement_given_by_recorded,
  agreement_on,
  no_agreement_reason AS is_no_agreement_reason_recorded,
  no_agreement_authorised_by AS is_no_agreement_authorised,
  consent_status_of(immediate_safeguarding_concern, agreement_obtained, parents_aware, no_agreement_reason,
    no_agreement_authorised_by) AS consent_status,
  (level_requested = '4' OR level_decided = '4') AND agreement_obtained = 'No'
    AND immediate_safeguarding_concern <> 'Yes'
    AND (returned_at IS NOT NULL OR decision = 'returned: insufficient information' OR coalesce(has_decisions AND NOT is_decided
      AND getvariable('data_as_at') > contact.received_at + (decision.due_at - contact.received_at) / 2, false))
    AS is_level_4_held_for_consent,
  open_access_registration, family_difficulties_asked, level_requested, level_decided,
  CASE
    WHEN level_requested NOT IN ('1', '2', '3', '4') OR level_decided NOT IN ('1', '2', '3', '4') THEN 'not comparable'
    WHEN level_decided > level_requested THEN 'stepped up'
    WHEN level_decided < level_requested THEN 'stepped down'
    ELSE 'as requested' END AS level_step,
  CASE WHEN district = 'Not recorded' THEN coalesce(postcode_district, district) ELSE district END AS district,
  other_agencies, attachments, written_confirmation_at, acknowledged_at, decided_at,
  decided_at_local::DATE AS decided_on,
  decision,
  CASE WHEN has_decisions THEN is_decided END AS is_decided,
  CASE WHEN has_decisions THEN NOT is_decided END AS is_open,
  decision_authorised_by AS is_decision_authorised,
  coalesce(last_decided_at, decided_at) AS last_decided_at,
  CASE WHEN last_decision = 'Not recorded' THEN decision ELSE last_decision END AS last_decision,
  returned_at, destination, caf_started_at,
  least(contact.feedback_at, told.feedback_at) AS feedback_at,
  least(contact.family_informed_at, told.family_informed_at) AS family_informed_at,
  crime_suspected, police_notified_at,
  CASE
    WHEN crime_suspected <> 'Yes' OR source_code = '6' OR channel = 'police notification' THEN 'not applicable'
    WHEN police_notified_at IS NOT NULL THEN 'told'
    WHEN list_contains(getvariable('police_files'), contact.file_no) THEN 'not told'
    ELSE 'not applicable' END AS police_told,
  CASE WHEN received_at_has_time AND police_notified_at_has_time
    THEN datediff('minute', contact.received_at, police_notified_at) END AS minutes_to_police,
  other_authority,
  decision.due_at AS decision_due_at,
  decision.state AS decision_state,
  CASE WHEN received_at_has_time AND decided_at_has_time
    THEN datediff('minute', contact.received_at, decided_at) END AS minutes_to_decision,
  duplicate.rid IS NOT NULL AS is_duplicate,
  duplicate.of_contact_key AS duplicate_of_key,
  coalesce(duplicate.rule, 'none') AS duplicate_rule,
  consultation_ref IS NOT NULL AS is_consultation_quoted,
  consulted.consultation_key,
  coalesce(consulted.rule, 'none') AS consultation_link_rule,
  coalesce(child_count.children, 0) AS children,
  fields_relevant, fields_filled, contact.feed, contact.file_no
FROM (FROM settled_contact WHERE is_in_slice(received_at_local)) AS contact
LEFT JOIN local_calendar AS day ON day.day = received_at_local::DATE
LEFT JOIN decision ON decision.case_key = contact.contact_key
LEFT JOIN referrer ON referrer.person = contact.person
LEFT JOIN told ON told.contact_key = contact.contact_key
LEFT JOIN duplicate_contact AS duplicate ON duplicate.rid = contact.rid
LEFT JOIN contact_consultation AS consulted ON consulted.contact_rid = contact.rid
LEFT JOIN child_count ON child_count.rid = contact.rid
ORDER BY contact.received_at, contact.rid;

-- step: contact_child
INSERT INTO contact_child BY NAME
SELECT
  authority_of() AS authority,
  contact.* EXCLUDE (authority, district),
  child.child_key,
  coalesce(child.postcode_district, contact.district) AS district,
  false AS is_orphan,
  edge.rid IS NOT NULL AS is_duplicate,
  child.position,
  age_band_of(child.date_of_birth, child.expected_date_of_birth, contact.received_on) AS age_band,
  child.date_of_birth_estimated = 'Yes' AS is_birth_date_estimated,
  child.gender, child.ethnicity,
  ethnicity_group_of(child.ethnicity) AS ethnicity_group,
  child.disability, child.open_case, child.unaccompanied,
  converted.referral_key,
  converted.referral_key IS NOT NULL AS is_converted,
  coalesce(contact.is_decided AND edge.rid IS NULL AND contact.last_decision <> 'passed to allocated worker', false)
    AS is_in_conversion,
  coalesce(counting_day_number(contact.received_at, day.closes_at, day.working_day_number)
    + getvariable('referral_window') < getvariable('data_working_day'), false) AS is_mature,
  history.previous_contact_key,
  datediff('day', history.previous_at::DATE, contact.received_on) AS days_since_previous,
  coalesce(contact.received_on <= (history.previous_at::DATE + to_months(getvariable('lookback_months'))), false)
    AS is_repeat_contact,
  coalesce(contact.received_on >= getvariable('contacts_complete_on'), false) AS is_lookback_complete,
  child.file_no
FROM kept_children AS child
JOIN (FROM child_link WHERE is_in_slice(received_at)) AS link USING (rid)
JOIN (
  SELECT authority, contact_key, SHARED_COLUMNS, district
  FROM contact
  WHERE authority = authority_of() AND is_in_slice(received_on)
) AS contact ON contact.contact_key = link.contact_key
LEFT JOIN local_calendar AS day ON day.day = contact.received_on
LEFT JOIN (FROM child_history WHERE is_in_slice(received_at)) AS history ON history.rid = child.rid
LEFT JOIN duplicate_edge AS edge ON edge.rid = child.rid
LEFT JOIN converted ON converted.rid = child.rid
ORDER BY contact.received_at, child.rid;

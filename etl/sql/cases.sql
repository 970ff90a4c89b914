-- What the case tables share, and the consultations. States are evaluated at data as at.

-- step: told: feedback and information that referrals of a contact record
CREATE OR REPLACE TEMP TABLE told AS
SELECT contact_key, to_moment(min(feedback_at)) AS feedback_at, to_moment(min(family_informed_at)) AS family_informed_at
FROM referral_settled
WHERE contact_key IS NOT NULL AND (feedback_at IS NOT NULL OR family_informed_at IS NOT NULL)
GROUP BY contact_key;

-- step: referrer: referrers are few, so their pseudonyms are made once each
CREATE OR REPLACE TEMP TABLE referrer AS
SELECT person, pseudonym(prefix_of('referrer'), person) AS referrer_key
FROM (SELECT DISTINCT person FROM kept_contacts WHERE person IS NOT NULL);

-- step: consultation
INSERT INTO consultation BY NAME
SELECT
  consultation.authority, consultation.consultation_key, consultation.case_code, requested_at AS received_at,
  requested_at_local::DATE AS received_on,
  CASE WHEN requested_at_has_time THEN hour(requested_at_local) END AS received_hour,
  isodow(requested_at_local) AS received_weekday,
  date_trunc('month', requested_at_local)::DATE AS received_month,
  requested_at_has_time AS is_time_known,
  CASE line.state WHEN 'in time' THEN 'in hours' WHEN 'late' THEN 'out of hours' ELSE 'not measurable' END AS hours,
  channel, agency_type,
  source_code_of(agency_type) AS source_code,
  agency_group_of(source_code_of(agency_type)) AS agency_group,
  agency_name_of(agency_name, agency_type) AS agency_name,
  CASE WHEN person IS NOT NULL THEN pseudonym(prefix_of('consultee'), person) END AS consultee_key,
  consultee_role AS is_consultee_role_recorded,
  dsl_consulted, primary_reason, secondary_reason, level_view, district, known_open_case, request_already_made,
  significant_harm, consent_given,
  CASE
    WHEN NOT getvariable('consultations_need_consent') OR significant_harm = 'Yes' THEN 'not required'
    WHEN consent_given = 'Yes' THEN 'agreed'
    WHEN consent_given = 'No' THEN 'gap'
    ELSE 'not recorded' END AS consent_status,
  advice, called_back_at, completed_at, confirmation_sent_at,
  CASE WHEN requested_at_has_time AND called_back_at_has_time
    THEN datediff('minute', requested_at, called_back_at) END AS minutes_to_call_back,
  notes AS is_notes_recorded,
  CASE line.state WHEN 'in time' THEN false WHEN 'late' THEN true END AS is_out_of_hours,
  dsl_consulted = 'No' AS is_dsl_not_consulted,
  request_already_made = 'Yes' AS is_request_already_made,
  significant_harm = 'Yes' AS is_significant_harm,
  known_open_case = 'Yes' AS is_case_already_open,
  CASE WHEN requested_at_local::DATE >= getvariable('confirmations_from')
      AND list_contains(getvariable('confirmation_files'), file_no)
    THEN completed_at IS NOT NULL AND confirmation_sent_at IS NULL END AS is_confirmation_missing,
  link.quoted_contact_key, link.inferred_contact_key,
  coalesce(link.rule, 'none') AS link_rule,
  coalesce(link.is_ambiguous, false) AS is_link_ambiguous,
  link.days AS link_days,
  link.placebo_contact_key,
  requested_at_local::DATE >= getvariable('placebo_complete_on') AS is_placebo_complete,
  consultation_matures_on(requested_at_local) < getvariable('data_on') AS is_mature,
  consultation_matures_on(requested_at_local) AS matures_on,
  coalesce(link.is_converted_quoted, false) AS is_converted_quoted,
  coalesce(link.inferred_contact_key IS NOT NULL, false) AS is_converted_inferred,
  file_no
FROM settled_consultation AS consultation
LEFT JOIN consultation_link AS link ON link.rid = consultation.rid
LEFT JOIN (
  SELECT case_key, state
  FROM clock
  WHERE authority = authority_of() AND case_kind = 'consultation' AND clock_name IN (SELECT clock_name FROM line_clock_name)
) AS line ON line.case_key = consultation.consultation_key
ORDER BY consultation.received_at, consultation.rid;

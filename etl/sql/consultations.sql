-- Consultation to request: quoted first; what is left is inferred by agency and consultee, one to one, nearest first.
-- Variable: consultation_window (days).

-- step: quoted: the first contact that quotes a consultation's number
CREATE OR REPLACE TEMP TABLE quoted AS
SELECT consultation.rid, contact.rid AS contact_rid, contact.contact_key, contact.received_at,
  consultation.requested_at, consultation.consultation_key
FROM kept_consultations AS consultation
JOIN kept_contacts AS contact USING (consultation_ref);

-- step: pool: consultations and contacts left for inference
CREATE OR REPLACE TEMP TABLE pool AS
SELECT
  consultation.rid, contact.rid AS contact_rid, contact.contact_key,
  epoch(contact.comparable_at - consultation.requested_at) AS seconds,
  contact.comparable_at >= consultation.requested_at AS is_after
FROM (FROM kept_consultations WHERE person IS NOT NULL AND rid NOT IN (SELECT rid FROM quoted)) AS consultation
JOIN (
  -- A contact of which only the day is known counts as its end: it is not before a consultation of that day.
  SELECT *, CASE WHEN received_at_has_time THEN received_at ELSE received_at + INTERVAL 86399 SECOND END
    AS comparable_at
  FROM kept_contacts
  WHERE person IS NOT NULL AND rid NOT IN (SELECT contact_rid FROM quoted)
) AS contact
  ON contact.person = consultation.person AND contact.agency_type = consultation.agency_type
  AND contact.agency_hash IS NOT DISTINCT FROM consultation.agency_hash
  AND abs(datediff('day', consultation.requested_at, contact.received_at)) <= getvariable('consultation_window');

-- step: nearest_pairs
CREATE OR REPLACE TEMP TABLE matched (rid BIGINT, contact_rid BIGINT, contact_key UUID, seconds DOUBLE, is_after BOOLEAN);

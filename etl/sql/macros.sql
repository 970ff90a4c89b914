-- What is derived in the same way for every authority.

-- step: is_professional_source
CREATE OR REPLACE TEMP MACRO is_professional_source(code) AS
CASE WHEN code IN ('1A', '1B', '1C', '1D', '9') THEN false
  WHEN code IN ('10', 'Unmapped', 'Not recorded') THEN NULL::BOOLEAN ELSE true END;

-- step: agency_group_of
CREATE OR REPLACE TEMP MACRO agency_group_of(code) AS
CASE
  WHEN code IN ('1A', '1B', '1C', '1D') THEN 'individuals'
  WHEN code IN ('2A', '2B') THEN 'schools and education'
  WHEN code IN ('3A', '3B', '3C', '3D', '3E', '3F') THEN 'health'
  WHEN code = '4' THEN 'housing'
  WHEN code IN ('5A', '5B', '5C', '5D') THEN 'local authority'
  WHEN code = '6' THEN 'police'
  WHEN code = '7' THEN 'legal'
  WHEN code = '8' THEN 'other agency'
  ELSE 'anonymous or unknown' END;

-- step: consent_status_of: the first that fits
CREATE OR REPLACE TEMP MACRO consent_status_of(immediate, agreement, aware, is_reason_filled, is_authoriser_filled) AS
CASE
  WHEN immediate = 'Yes' THEN 'not required'
  WHEN agreement = 'Yes' THEN 'agreed'
  WHEN aware = 'Yes' AND agreement = 'No' AND is_reason_filled THEN 'refused, proceeding'
  WHEN aware = 'No' AND is_reason_filled AND is_authoriser_filled THEN 'not sought, authorised'
  WHEN aware = 'No' OR agreement = 'No' THEN 'gap'
  ELSE 'not recorded' END;

-- step: age_band_of: by full years on the day of receipt
CREATE OR REPLACE TEMP MACRO age_band_of(born_on, expected_on, received_on) AS
CASE
  WHEN received_on IS NULL THEN 'unknown'
  WHEN born_on > received_on THEN 'unborn'
  -- Expected, and no birth recorded: unborn, unless that day is long past.
  WHEN born_on IS NULL AND expected_on + INTERVAL 1 MONTH >= received_on THEN 'unborn'
  WHEN born_on IS NULL THEN 'unknown'
  WHEN born_on > received_on - INTERVAL 1 YEAR THEN 'under 1'
  WHEN born_on > received_on - INTERVAL 5 YEAR THEN '1–4'
  WHEN born_on > received_on - INTERVAL 10 YEAR THEN '5–9'
  WHEN born_on > received_on - INTERVAL 16 YEAR THEN '10–15'
  WHEN born_on > received_on - INTERVAL 18 YEAR THEN '16–17'
  ELSE '18 and over' END;

-- step: ethnicity_group_of
CREATE OR REPLACE TEMP MACRO ethnicity_group_of(code) AS
CASE
  WHEN code IN ('WBRI', 'WIRI', 'WOTH', 'WIRT', 'WROM') THEN 'White'
  WHEN code IN ('MWBC', 'MWBA', 'MWAS', 'MOTH') THEN 'Mixed'
  WHEN code IN ('AIND', 'APKN', 'ABAN', 'AOTH') THEN 'Asian'
  WHEN code IN ('BCRB', 'BAFR', 'BOTH') THEN 'Black'
  WHEN code IN ('CHNE', 'OOTH') THEN 'Other'
  ELSE 'not obtained' END;

-- step: consultation_matures_on: the last day of the window for a request
CREATE OR REPLACE TEMP MACRO consultation_matures_on(requested_local) AS
requested_local::DATE + getvariable('consultation_window');

-- step: counting_day_number: the working day a moment counts from: its own before closing, else the next
CREATE OR REPLACE TEMP MACRO counting_day_number(moment, closes_at, number) AS
number + CASE WHEN moment < closes_at THEN 0 ELSE 1 END;

-- step: next_working_day_number: a working day's own number, a day off's that of the next
CREATE OR REPLACE TEMP MACRO next_working_day_number(number, is_working_day) AS
number + CASE WHEN is_working_day THEN 0 ELSE 1 END;

-- step: is_in_slice: the slice of local time that is being written
CREATE OR REPLACE TEMP MACRO is_in_slice(received) AS
received >= getvariable('slice_from') AND received < getvariable('slice_to');

"""The tables of cases: consultation, contact, contact_child, referral, clock."""

from __future__ import annotations

from etl.contract.column import Column, Table


def _at(name: str, comment: str) -> Column:
    return Column(name, "TIMESTAMPTZ", comment)


def _is(name: str, comment: str) -> Column:
    return Column(name, "BOOLEAN", comment)


def _key(name: str, comment: str) -> Column:
    return Column(name, "UUID", comment)


def _one_of(name: str, vocabulary: str, comment: str) -> Column:
    return Column(name, f"enum:{vocabulary}", comment)


def _answer(name: str, comment: str) -> Column:
    return _one_of(name, "answer", comment)


AUTHORITY = _one_of("authority", "authority", "Authority the row belongs to (code of its profile)")
CASE_CODE = Column("case_code", "VARCHAR", "Short case code: first 10 base32 characters of the case's pseudonym")
FILE_NO = Column("file_no", "INTEGER", "File the row was loaded from (`load_file.file_no`)")

RECEIPT = (
    _at("received_at", "Moment of receipt; local midnight when the file gives a date only"),
    Column("received_on", "DATE", "Local day of receipt"),
    Column("received_hour", "UTINYINT", "Local hour of receipt, 0 to 23; null when the file gives a date only"),
    Column("received_weekday", "UTINYINT", "ISO weekday of receipt, 1 = Monday"),
    Column("received_month", "DATE", "First day of the month of receipt"),
    _is("is_time_known", "The file gives the time of receipt, not only the date"),
)
AGENCY = (
    _one_of("agency_type", "agency_type", "Type of the agency as the authority names it"),
    _one_of("source_code", "source_code", "DfE referral source code of the agency type"),
    _one_of("agency_group", "agency_group", "DfE referral sources, grouped"),
    _one_of("agency_name", "agency_name", "Agency when it is on the profile's list, else `Other (type)`"),
)
REASONS = (
    _one_of("primary_reason", "reason", "Referrer's primary reason (not DfE's primary need)"),
    _one_of("secondary_reason", "reason", "Referrer's secondary reason"),
)

CONSULTATION = Table(
    "consultation",
    "One row per consultation: a professional asks a social worker for advice. Not a request, not a referral.",
    (
        AUTHORITY,
        _key("consultation_key", "Pseudonym of the consultation"),
        CASE_CODE,
        *RECEIPT,
        _one_of("hours", "hours", "Requested inside the authority's consultation hours"),
        _one_of("channel", "channel", "How the consultation was asked for"),
        *AGENCY,
        _key(
            "consultee_key",
            "Pseudonym of the professional who asked; null when neither email nor name is filled",
        ),
        _is("is_consultee_role_recorded", "The consultee's role is filled"),
        _answer("dsl_consulted", "The consultee spoke to their own safeguarding lead first"),
        *REASONS,
        _one_of("level_view", "level", "Level of need as the consultee sees it"),
        _one_of("district", "district", "District as given"),
        _answer("known_open_case", "The child is already open to the authority"),
        _answer("request_already_made", "A request had already been made"),
        _answer("significant_harm", "Significant harm was indicated"),
        _answer("consent_given", "Consent where the authority's line works with consent"),
        _one_of("consent_status", "consent_status", "Consent status; `not required` for a no-named consultation"),
        _one_of("advice", "advice", "Advice given"),
        _at("called_back_at", "Call back by a social worker"),
        _at("completed_at", "Consultation completed"),
        _at("confirmation_sent_at", "Unique number emailed to the consultee"),
        Column("minutes_to_call_back", "INTEGER", "Minutes from request to call back; null without both times"),
        _is("is_notes_recorded", "Notes are filled"),
        _is("is_out_of_hours", "Exception: requested outside consultation hours; null when not measurable"),
        _is("is_dsl_not_consulted", "Exception: safeguarding lead not consulted first"),
        _is("is_request_already_made", "Exception: a request had already been made"),
        _is("is_significant_harm", "Exception: significant harm indicated (an urgent request is due instead)"),
        _is("is_case_already_open", "Exception: the case is open to an allocated worker"),
        _is(
            "is_confirmation_missing", "Exception: completed, and no number issued; null where none is due or recorded"
        ),
        _key("quoted_contact_key", "First contact that quotes this consultation's number"),
        _key("inferred_contact_key", "Contact inferred by agency and consultee (one-to-one, nearest first)"),
        _one_of("link_rule", "link_rule", "quoted, inferred or none"),
        _is("is_link_ambiguous", "More than one contact or consultation competed for the inferred link"),
        Column("link_days", "DOUBLE", "Days from the consultation to the linked contact"),
        _key("placebo_contact_key", "Contact found by the same matching in the window before the consultation"),
        _is("is_placebo_complete", "The contacts reach back over the whole window before"),
        _is("is_mature", "The whole window for a request has passed at data as at"),
        Column("matures_on", "DATE", "Day on which the window for a request has passed"),
        _is("is_converted_quoted", "A contact quotes this consultation within the window"),
        _is("is_converted_inferred", "A contact is inferred from this consultation (never also quoted)"),
        FILE_NO,
    ),
    key="consultation_key",
    sorted_by="received_at",
)

CONTACT = Table(
    "contact",
    "One row per contact event: anything the front door receives about one or more children.",
    (
        AUTHORITY,
        _key("contact_key", "Pseudonym of the contact"),
        CASE_CODE,
        *RECEIPT,
        _one_of("hours", "hours", "Received inside office hours on a working day"),
        _one_of("channel", "channel", "How the contact arrived"),
        _one_of("received_by", "received_by", "Day or out-of-hours service"),
        _one_of("urgency", "urgency", "Urgent or Standard, as the referrer chose"),
        _answer("immediate_safeguarding_concern", "The referrer marks an immediate safeguarding concern"),
        *AGENCY,
        _is("is_professional", "The referrer is a professional (by agency type); null when not known"),
        _key("referrer_key", "Pseudonym of the referrer; null when neither email nor name is filled"),
        _is("is_referrer_role_recorded", "The referrer's role is filled"),
        _answer("anonymity_requested", "The referrer asks for anonymity"),
        _is("is_professional_anonymous", "A professional recorded as anonymous (004 §4: never possible)"),
        _answer("dsl_consulted", "The referrer's safeguarding lead was consulted"),
        *REASONS,
        _answer("parents_aware", "Parents or carers are aware of the contact"),
        _answer("agreement_obtained", "Agreement to engage was obtained"),
        _is("is_agreement_given_by_recorded", "Who gave the agreement is filled"),
        Column("agreement_on", "DATE", "Day the agreement was given"),
        _is("is_no_agreement_reason_recorded", "The reason for going on without agreement is filled"),
        _is("is_no_agreement_authorised", "Who authorised going on without agreement is filled"),
        _one_of("consent_status", "consent_status", "Consent status, the first rule that fits (domain §3)"),
        _is(
            "is_level_4_held_for_consent",
            "Level 4, agreement = No, not immediate, and open past half its clock, or returned",
        ),
        _answer("open_access_registration", "Consent to register for open access"),
        _answer(
            "family_difficulties_asked",
            "Asked about domestic abuse, mental illness, substance misuse, learning",
        ),
        _one_of("level_requested", "level", "Level the referrer asks for"),
        _one_of("level_decided", "level", "Level the front door decides"),
        _one_of("level_step", "level_step", "Level decided against level requested"),
        _one_of("district", "district", "District as given, else by the postcode's outward part"),
        _answer("other_agencies", "Other agencies are named"),
        Column("attachments", "INTEGER", "Number of attachments"),
        _at("written_confirmation_at", "Written confirmation of a phone contact received"),
        _at("acknowledged_at", "Receipt acknowledged to the referrer"),
        _at("decided_at", "First decision"),
        Column("decided_on", "DATE", "Local day of the first decision"),
        _one_of("decision", "decision", "First decision"),
        _is("is_decided", "A decision is recorded; null where the feed carries none"),
        _is("is_open", "No decision yet; null where the feed carries none"),
        _is("is_decision_authorised", "Who authorised the decision is filled"),
        _at("last_decided_at", "Last decision of a reopened contact (equals the first when not reopened)"),
        _one_of("last_decision", "decision", "Last decision of a reopened contact, else the first"),
        _at("returned_at", "Returned to the referrer for more information"),
        _one_of("destination", "destination", "Early Help Unit or Children's Social Work Team"),
        _at("caf_started_at", "Common assessment started"),
        _at("feedback_at", "Feedback to the referrer (the earlier of the contact's and its referrals')"),
        _at(
            "family_informed_at",
            "Child and family informed (the earlier of the contact's and its referrals')",
        ),
        _answer("crime_suspected", "A crime is suspected"),
        _at("police_notified_at", "Police notified"),
        _one_of("police_told", "police_told", "Told, not told, or not applicable"),
        Column(
            "minutes_to_police", "INTEGER", "Minutes from receipt to the police being told; null without both times"
        ),
        _answer("other_authority", "The contact concerns another authority"),
        _at("decision_due_at", "Moment the first decision is due"),
        _one_of(
            "decision_state",
            "clock_state",
            "State of the decision clock at data as at; null without such a clock",
        ),
        Column("minutes_to_decision", "INTEGER", "Elapsed minutes to the first decision; null without both times"),
        _is("is_duplicate", "Repeats an earlier contact: marked so, or for each of its children"),
        _key("duplicate_of_key", "Contact it repeats, when it is in the snapshot"),
        _one_of("duplicate_rule", "duplicate_rule", "Rule that made it a duplicate"),
        _is("is_consultation_quoted", "The request quotes a consultation number"),
        _key("consultation_key", "Consultation it is linked to"),
        _one_of("consultation_link_rule", "link_rule", "quoted, inferred or none"),
        Column("children", "USMALLINT", "Children named in the contact (contact_child rows)"),
        Column("fields_relevant", "UTINYINT", "Form fields that count for this channel"),
        Column("fields_filled", "UTINYINT", "Of those, how many are filled"),
        _one_of("feed", "feed", "Feed the row came from"),
        FILE_NO,
    ),
    key="contact_key",
    sorted_by="received_at",
)

SHARED_WITH_CONTACT = (
    "received_at", "received_on", "received_hour", "received_weekday", "received_month", "is_time_known", "hours",
    "channel", "urgency", "agency_type", "source_code", "agency_group", "agency_name", "primary_reason",
    "secondary_reason", "consent_status", "level_requested", "level_decided", "decision", "is_decided", "is_open",
    "decision_state", "last_decision",
)  # fmt: skip
"""Columns of `contact` that `contact_child` repeats, so that a page counts children with one scan."""

CONTACT_CHILD = Table(
    "contact_child",
    "One row per child named in a contact. Repeats the contact's dimensions; an orphan has none of them.",
    (
        AUTHORITY,
        _key("contact_key", "Contact it belongs to; null for an orphan"),
        _key("child_key", "Pseudonym of the child; null when the file names nothing to know the child by"),
        *(column for column in CONTACT.columns if column.name in SHARED_WITH_CONTACT),
        _one_of("district", "district", "District of the child's postcode, else the contact's"),
        _is("is_orphan", "The contact is in no file"),
        _is("is_duplicate", "For this child the contact repeats an earlier one"),
        _one_of("position", "position", "Key child, same address, other address"),
        _one_of("age_band", "age_band", "Age at receipt"),
        _is("is_birth_date_estimated", "The birth date is marked as estimated"),
        _one_of("gender", "gender", "Gender as recorded"),
        _one_of("ethnicity", "ethnicity", "DfE ethnicity code"),
        _one_of("ethnicity_group", "ethnicity_group", "Ethnicity group"),
        _answer("disability", "A disability is recorded"),
        _answer("open_case", "The child has an open case"),
        _answer("unaccompanied", "Unaccompanied asylum-seeking child"),
        _key("referral_key", "First referral that came from this contact child"),
        _is("is_converted", "A referral came from it"),
        _is(
            "is_in_conversion",
            "Counts in conversion: decided, no duplicate, not passed to an allocated worker",
        ),
        _is("is_mature", "The window for a referral has passed at data as at"),
        _key("previous_contact_key", "The same child's previous contact"),
        Column("days_since_previous", "INTEGER", "Days since the same child's previous contact"),
        _is("is_repeat_contact", "The same child had another contact in the 12 months before"),
        _is("is_lookback_complete", "The data reach 12 months back before this contact"),
        FILE_NO,
    ),
    sorted_by="received_at",
)

REFERRAL = Table(
    "referral",
    "One row per referral: a contact a manager has accepted as meeting the threshold, one per child.",
    (
        AUTHORITY,
        _key("referral_key", "Pseudonym of the referral"),
        CASE_CODE,
        *RECEIPT,
        _at("accepted_at", "Accepted by a manager; the receipt when the file leaves it blank"),
        _is("is_accepted_by_recorded", "Who accepted it is filled"),
        _key("contact_key", "Contact it came from"),
        _one_of("link_rule", "link_rule", "explicit, inferred or none"),
        _is("is_orphan", "The file names a contact that is in no file"),
        _key("child_key", "Pseudonym of the child"),
        _at("initial_contact_at", "Receipt of the contact it came from"),
        _one_of("source_code", "source_code", "DfE referral source code as given, else the contact's"),
        _one_of("agency_group", "agency_group", "DfE referral sources, grouped"),
        _one_of("agency_type", "agency_type", "Agency type of the contact"),
        _one_of("channel", "channel", "Channel of the contact"),
        _one_of("urgency", "urgency", "Urgency of the contact"),
        *REASONS,
        _one_of("level_requested", "level", "Level requested in the contact"),
        _one_of("level_decided", "level", "Level decided for the contact"),
        _one_of("consent_status", "consent_status", "Consent status of the contact"),
        _one_of("district", "district", "District of the child in the contact"),
        _one_of("age_band", "age_band", "Age at the referral's receipt"),
        _one_of("gender", "gender", "Gender as recorded in the contact"),
        _one_of("ethnicity_group", "ethnicity_group", "Ethnicity group as recorded in the contact"),
        _answer("unaccompanied", "Unaccompanied asylum-seeking child"),
        _is("is_unborn", "The child was unborn at receipt"),
        _one_of("primary_need", "primary_need", "DfE primary need, given by the authority"),
        _answer("no_further_action", "Closed with no further action"),
        _one_of("disposal", "disposal", "Disposal (Norfolk)"),
        _one_of("outcome", "outcome", "Outcome of the referral"),
        _at("decided_at", "Disposal or next step decided"),
        _is(
            "is_decided",
            "A disposal, outcome or decision moment is recorded; null where the feed carries none",
        ),
        _at("strategy_discussion_at", "Strategy discussion held"),
        _at("strategy_record_distributed_at", "Record of the strategy discussion distributed"),
        _at("section_47_at", "Section 47 enquiry started"),
        _at("conference_at", "Initial child protection conference"),
        _at("assessment_started_at", "Assessment started"),
        _at("assessment_authorised_at", "Assessment authorised"),
        _at("caf_started_at", "Common assessment started"),
        _at("feedback_at", "Feedback to the referrer"),
        _at("family_informed_at", "Child and family informed"),
        _is("is_team_recorded", "The allocated team is filled"),
        _at("closed_at", "Closed"),
        _key("previous_referral_key", "The same child's previous referral"),
        Column("days_since_previous", "INTEGER", "Days since the same child's previous referral"),
        _is(
            "is_rereferral",
            "Within 12 months of the same child's previous referral (same day a year later included)",
        ),
        _is("is_lookback_complete", "The data reach 12 months back before this referral"),
        _one_of("feed", "feed", "Feed the row came from"),
        FILE_NO,
    ),
    key="referral_key",
    sorted_by="received_at",
)

CLOCK = Table(
    "clock",
    "One row per case and clock that applies to it. States are evaluated at data as at.",
    (
        AUTHORITY,
        _one_of("case_kind", "case_kind", "consultation, contact or referral"),
        _key("case_key", "Key of the case in its own table"),
        CASE_CODE,
        _one_of("clock_name", "clock_name", "Clock of the profile (`clock_rule.clock_name`)"),
        _at("started_at", "Moment the clock started; local midnight when only a date is known"),
        Column("started_on", "DATE", "Local day the clock started"),
        _at("due_at", "Moment it is due; null when not measurable"),
        _at("stopped_at", "Moment it stopped; null while open"),
        _one_of("state", "clock_state", "State at data as at"),
    ),
)

TABLES = (CONSULTATION, CONTACT, CONTACT_CHILD, REFERRAL, CLOCK)

"""What stands in each cell of the four files: one SQL expression per column of the input format."""

from __future__ import annotations

from etl.synthetic.people import first_name, surname

CONTACT_FIELDS = ("concern", "complicating_factors", "strengths", "needs_to_change", "other_information")


def moment(column: str, dated: str = "false") -> str:
    """SQL for a local moment to the minute, or its date alone where `dated` holds."""
    return f"left(({column})::VARCHAR, CASE WHEN {dated} THEN 10 ELSE 16 END)"


def yes(condition: str) -> str:
    """SQL for Yes where the condition holds, else No."""
    return f"CASE WHEN {condition} THEN 'Yes' ELSE 'No' END"


def numbered(prefix: str, number: str) -> str:
    """SQL for a reference: prefix, hyphen, seven digits; blank for a blank or negative number."""
    return f"CASE WHEN {number} >= 0 THEN '{prefix}-' || lpad(({number})::VARCHAR, 7, '0') END"


def name(person: str) -> str:
    """SQL for a full name that belongs to one person number only."""
    number = f"(CASE WHEN {person} < 0 THEN 700000 - ({person}) ELSE {person} END)"
    return f"{first_name(number)} || ' ' || {surname(number)}"


def email(person: str) -> str:
    """SQL for an address in the reserved domain."""
    return f"'person' || CASE WHEN {person} < 0 THEN 'x' ELSE '' END || abs({person}) || '@example.org'"


def level(column: str) -> str:
    """SQL for a level, blank for 0."""
    return f"nullif({column}, 0)::VARCHAR"


def consultations(prefix: str) -> dict[str, str]:
    """Column → SQL over the registered consultations."""
    return {
        "consultation_ref": numbered(f"{prefix}NN", "row"),
        "requested_at": moment("requested_at"),
        "channel": "'phone'",
        "agency_type": "agency_type",
        "agency_name": "agency",
        "consultee_name": name("person"),
        "consultee_email": f"CASE WHEN person % 20 <> 7 THEN {email('person')} END",
        "consultee_role": "role",
        "dsl_consulted": "dsl_consulted",
        "primary_reason": "reason",
        "secondary_reason": "secondary_reason",
        "level_view": level("level"),
        "district": "district",
        "known_open_case": "known_open_case",
        "request_already_made": "request_already_made",
        "significant_harm": "significant_harm",
        "consent_given": "consent_given",
        "advice": "advice",
        "called_back_at": moment("called_back_at"),
        "completed_at": moment("completed_at"),
        "confirmation_sent_at": moment("confirmation_sent_at"),
        "notes": "notes",
    }


def contacts(prefix: str) -> dict[str, str]:
    """Column → SQL over the registered contact events."""
    known = "person % 20 <> 7 AND grp <> 4"
    return {
        "contact_ref": "CASE dirt WHEN 2 THEN NULL ELSE "
        + numbered(f"{prefix}C", "CASE WHEN dirt = 5 THEN row - 1 ELSE row END") + " END",
        "received_at": f"CASE WHEN dirt = 4 THEN '0202' || substr({moment('received_at', 'dated')}, 5) "
        f"ELSE {moment('received_at', 'dated')} END",
        "channel": "channel",
        "received_by": "CASE WHEN by_day THEN 'day service' ELSE 'out-of-hours service' END",
        "urgency": "CASE WHEN urgent THEN 'Urgent' ELSE 'Standard' END",
        "immediate_safeguarding_concern": "immediate_safeguarding_concern",
        "agency_type": "agency_type",
        "agency_name": "agency",
        "referrer_name": f"CASE WHEN NOT nameless THEN {name('person')} END",
        "referrer_email": f"CASE WHEN NOT nameless AND {known} THEN {email('person')} END",
        "referrer_role": "role",
        "anonymity_requested": f"CASE WHEN grp = 4 THEN {yes('anonymous')} WHEN channel = 'portal' THEN 'No' END",
        "dsl_consulted": "dsl_consulted",
        "consultation_ref": numbered(f"{prefix}NN", "CASE WHEN consultation >= 0 THEN consultation + 1 END"),
        "primary_reason": "CASE WHEN dirt = 1 THEN 'Worries (see note)' ELSE reason END",
        "secondary_reason": "secondary_reason",
        "parents_aware": "parents_aware",
        "agreement_obtained": "agreement_obtained",
        "agreement_given_by": f"CASE WHEN agreement_obtained = 'Yes' THEN {name('family + 500000')} END",
        "agreement_on": "CASE WHEN agreement_obtained = 'Yes' THEN left((received_at - to_days(agreed_days::INTEGER))"
        "::VARCHAR, 10) END",
        "no_agreement_reason": "CASE WHEN no_agreement_reason THEN text_reason END",
        "no_agreement_authorised_by": f"CASE WHEN no_agreement_authorised_by THEN {name('person + 7')} END",
        "open_access_registration": "open_access_registration",
        "family_difficulties_asked": "family_difficulties_asked",
        "level_requested": level("level_requested"),
        "district": "district",
        "postcode": "postcode",
        **{field: field for field in CONTACT_FIELDS},
        "other_agencies": "other_agencies",
        "attachments": "attachments::VARCHAR",
        "written_confirmation_at": moment("written_confirmation_at"),
        "acknowledged_at": moment("acknowledged_at", "dated"),
        "decided_at": f"CASE WHEN dirt = 3 THEN {moment('received_at - to_days(2)')} "
        f"ELSE {moment('decided_at', 'dated')} END",
        "decision": "decision",
        "level_decided": level("level_decided"),
        "decision_authorised_by": f"CASE WHEN decided_at IS NOT NULL THEN {name('900000 + row % 24')} END",
        "last_decided_at": moment("last_decided_at", "dated"),
        "last_decision": "last_decision",
        "returned_at": moment("returned_at", "dated"),
        "destination": "destination",
        "caf_started_at": moment("caf_started_at", "dated"),
        "feedback_at": moment("feedback_at", "dated"),
        "family_informed_at": moment("family_informed_at", "dated"),
        "duplicate_of": numbered(f"{prefix}C", "CASE WHEN marked THEN origin + 1 END"),
        "crime_suspected": "crime_suspected",
        "police_notified_at": moment("police_notified_at", "dated"),
        "other_authority": "other_authority",
    }  # fmt: skip


def children(prefix: str) -> dict[str, str]:
    """Column → SQL over the registered child rows."""
    return {
        "contact_ref": numbered(f"{prefix}C", "event + 1"),
        "child_ref": child_reference("CASE WHEN has_reference THEN person END"),
        "position": "position",
        "first_name": f"CASE WHEN nameless THEN NULL WHEN unborn THEN 'Unborn' ELSE {first_name('person')} END",
        "last_name": f"CASE WHEN nameless THEN NULL WHEN has_reference OR unborn THEN {surname('family')} "
        f"ELSE {surname('person')} END",
        "date_of_birth": "CASE WHEN NOT unborn THEN left(born::VARCHAR, 10) END",
        "date_of_birth_estimated": "estimated",
        "expected_date_of_birth": "CASE WHEN unborn AND NOT nameless THEN left(born::VARCHAR, 10) END",
        "gender": "gender",
        "ethnicity": "ethnicity",
        "disability": "disability",
        "nhs_number": "CASE WHEN numbered THEN '999' || lpad((person % 10000000)::VARCHAR, 7, '0') END",
        "upn": "CASE WHEN at_school AND numbered THEN 'Z999' || lpad((person % 1000000000)::VARCHAR, 9, '0') END",
        "school": "CASE WHEN at_school THEN school END",
        "postcode": "postcode",
        "open_case": "open_case",
        "unaccompanied": "unaccompanied",
    }


def referrals(prefix: str) -> dict[str, str]:
    """Column → SQL over the registered referrals."""
    later = ("strategy_discussion_at", "strategy_record_distributed_at", "section_47_at", "conference_at",
             "assessment_started_at", "assessment_authorised_at", "caf_started_at", "feedback_at",
             "family_informed_at")  # fmt: skip
    given = "CASE WHEN event = -2 THEN 9000000 + row WHEN quoted THEN event + 1 END"
    return {
        "referral_ref": numbered(f"{prefix}R", "row"),
        "contact_ref": numbered(f"{prefix}C", given),
        "child_ref": child_reference("person"),
        "received_at": moment("received_at"),
        "accepted_at": moment("accepted_at"),
        "accepted_by": name("900000 + row % 24"),
        "source_code": "source",
        "primary_need": "need",
        "no_further_action": "nfa",
        "disposal": "disposal",
        "outcome": "outcome",
        "decided_at": moment("decided_at"),
        **{column: moment(column) for column in later},
        "allocated_team": "CASE WHEN outcome IS NOT NULL OR disposal IS NOT NULL THEN 'Sample team ' || row % 9 END",
        "closed_at": moment("closed_at"),
    }


def child_reference(number: str) -> str:
    """SQL for a child's own reference, blank where the number is blank."""
    return f"(2000000 + {number})::VARCHAR"


def query(table: str, cells: dict[str, str], *, total_row: bool = False) -> str:
    """SQL for all cells of a file in the order of the registered rows, and a total row at the end if wanted."""
    listed = ", ".join(f'{sql} AS "{column}"' for column, sql in cells.items())
    select = f"SELECT {listed} FROM {table}"
    if not total_row:
        return select
    first, second, *rest = cells
    blanks = "".join(f', NULL AS "{column}"' for column in rest)
    count = f"(SELECT count(*) FROM {table})::VARCHAR"
    return f'{select} UNION ALL SELECT \'Total\' AS "{first}", {count} AS "{second}"{blanks}'

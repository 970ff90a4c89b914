"""The feed of consultations: a professional asks for advice."""

from __future__ import annotations

from etl.feeds.field import Feed, answers, coded, filled, moment, moments, persons, reference

CONSULTATIONS = Feed(
    "consultations",
    "consultation",
    (
        reference("consultation_ref", is_required=True),
        moment("requested_at", is_required=True),
        coded("channel"),
        coded("agency_type"),
        coded("agency_name"),
        *persons("consultee_name", "consultee_email"),
        *filled("consultee_role"),
        *answers("dsl_consulted"),
        coded("primary_reason", "reason"),
        coded("secondary_reason", "reason"),
        coded("level_view", "level"),
        coded("district"),
        *answers("known_open_case", "request_already_made", "significant_harm", "consent_given"),
        coded("advice"),
        *moments("called_back_at", "completed_at", "confirmation_sent_at"),
        *filled("notes"),
    ),
    orders=(
        ("requested_at", "called_back_at"),
        ("requested_at", "completed_at"),
        ("requested_at", "confirmation_sent_at"),
        ("called_back_at", "completed_at"),
    ),
)

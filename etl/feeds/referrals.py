"""The feed of referrals: contacts accepted as meeting the threshold, one per child."""

from __future__ import annotations

from etl.feeds.field import Feed, answers, coded, filled, moment, moments, reference

REFERRALS = Feed(
    "referrals",
    "referral",
    (
        reference("referral_ref", is_required=True),
        reference("contact_ref"),
        reference("child_ref", is_required=True),
        moment("received_at", is_required=True),
        *moments("accepted_at"),
        *filled("accepted_by"),
        coded("source_code"),
        coded("primary_need"),
        *answers("no_further_action"),
        coded("disposal"),
        coded("outcome"),
        *moments(
            "decided_at",
            "strategy_discussion_at",
            "strategy_record_distributed_at",
            "section_47_at",
            "conference_at",
            "assessment_started_at",
            "assessment_authorised_at",
            "caf_started_at",
            "feedback_at",
            "family_informed_at",
        ),
        *filled("allocated_team"),
        *moments("closed_at"),
    ),
    orders=(
        ("received_at", "accepted_at"),
        ("received_at", "decided_at"),
        ("strategy_discussion_at", "strategy_record_distributed_at"),
        ("strategy_discussion_at", "conference_at"),
        ("received_at", "assessment_started_at"),
        ("assessment_started_at", "assessment_authorised_at"),
        ("received_at", "closed_at"),
    ),
)

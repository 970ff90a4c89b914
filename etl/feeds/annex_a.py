"""Ofsted's Annex A workbook: which list feeds what, by the column names found in the field.

Lists 1 and 3 are cases; lists 4 and 5 add dates to the referrals of list 3; list 2 (early help) is counted.
It carries dates without times and no reason, level, urgency, consent or decision: what needs those is not available
for it. Its "number of referrals in last 12 months" repeats on every row of a child and is not read: re-referrals are
computed from dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CHILD = ("child unique id", "child id")
GENDER = ("gender", "sex")
ETHNICITY = ("ethnicity",)
BIRTH = ("date of birth",)
# "q) 6: Police" gives 6; a text without a code is looked up as it stands.
SOURCE_CODE = (
    r"coalesce(nullif(regexp_extract(lower({0}), '(?:^|\))\s*([0-9]{{1,2}}[a-f]?)\s*(?:[:–-]|$)', 1), ''), {0})"
)


@dataclass(frozen=True)
class AnnexList:
    """A list: the feeds its rows go to, and for each column its header names in plain form.

    The reference of a row, which the workbook lacks, is made of the columns in `identity`.
    """

    feeds: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    identity: tuple[str, ...]
    reference: str


LISTS: dict[str, AnnexList] = {
    "list_1": AnnexList(
        ("contacts", "children"),
        {
            "child_ref": CHILD,
            "gender": GENDER,
            "ethnicity": ETHNICITY,
            "date_of_birth": BIRTH,
            "received_at": ("date of contact",),
            "agency_type": ("contact source", "source of contact"),
        },
        ("child_ref", "received_at", "agency_type"),
        "contact_ref",
    ),
    "list_3": AnnexList(
        ("referrals",),
        {
            "child_ref": CHILD,
            "received_at": ("date of referral",),
            "source_code": ("referral source", "source of referral"),
            "no_further_action": ("referral nfa?", "referral nfa"),
        },
        ("child_ref", "received_at", "source_code"),
        "referral_ref",
    ),
}


@dataclass(frozen=True)
class AddedList:
    """A list that fills moments of the child's referral: (moment, header's plain name) of its two dates.

    `fills`: referral moment → "starts" or "ends"; empty where the list is counted and no more.
    """

    starts: tuple[str, str]
    ends: tuple[str, str]
    fills: Mapping[str, str]


ADDED: dict[str, AddedList] = {
    "list_2": AddedList(
        ("started_on", "assessment start date"),
        ("completed_on", "assessment completion date"),
        {},
    ),
    "list_4": AddedList(
        ("assessment_started_at", "continuous assessment start date"),
        ("assessment_authorised_at", "continuous assessment date of authorisation"),
        {"assessment_started_at": "starts", "assessment_authorised_at": "ends"},
    ),
    "list_5": AddedList(
        ("section_47_at", "strategy discussion initiating section 47 enquiry start date"),
        ("conference_at", "date of initial child protection conference"),
        {"strategy_discussion_at": "starts", "section_47_at": "starts", "conference_at": "ends"},
    ),
}
HEADER_NAMES = (
    *(name for annex_list in LISTS.values() for names in annex_list.columns.values() for name in names),
    *(name for added in ADDED.values() for name in (added.starts[1], added.ends[1])),
    "allocated team",
    "allocated worker",
    "age",
    "age of child (years)",
)

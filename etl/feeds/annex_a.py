"""Ofsted's Annex A workbook: which list feeds what, by the column names found in the field.

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
SOURCE_CODE = r"regexp_extract(lower({0}), '([0-9]{{1,2}}[a-e]?)\s*(:|$)', 1)"


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
HEADER_NAMES = tuple(
    name for annex_list in LISTS.values() for names in annex_list.columns.values() for name in names
) + ("allocated team", "allocated worker", "age", "age of child (years)")

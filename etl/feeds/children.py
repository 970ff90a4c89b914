"""The feed of children named in contacts."""

from __future__ import annotations

from etl.feeds.field import Feed, Field, answers, coded, persons, reference

CHILDREN = Feed(
    "children",
    "contact_child",
    (
        reference("contact_ref", is_required=True),
        reference("child_ref"),
        coded("position"),
        *persons("first_name", "last_name"),
        Field("date_of_birth", "day", is_birth=True),
        *answers("date_of_birth_estimated"),
        Field("expected_date_of_birth", "day", may_be_future=True),
        coded("gender"),
        coded("ethnicity"),
        *answers("disability"),
        *(Field(name, "filled", is_kept=False) for name in ("nhs_number", "upn", "school")),
        *persons("postcode"),
        *answers("open_case", "unaccompanied"),
    ),
)

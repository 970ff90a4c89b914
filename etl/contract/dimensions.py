"""The dimensions a page may group and filter by: a name, a title, the column, and the tables that carry it."""

from __future__ import annotations

from dataclasses import dataclass

from etl.contract import tables


@dataclass(frozen=True)
class Dimension:
    """A way to group cases: `name` is the ENUM column of the case tables and the key in a URL."""

    name: str
    title: str

    def is_in(self, table: str) -> bool:
        """Whether that table carries the dimension."""
        return self.name in tables.BY_NAME[table].names

    @property
    def vocabulary(self) -> str:
        """The vocabulary of its values."""
        for table in tables.CASE_TABLES:
            if self.name in table.names:
                return table.column(self.name).type.removeprefix("enum:")
        raise KeyError(self.name)


DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("authority", "Authority"),
    Dimension("primary_reason", "Primary reason"),
    Dimension("secondary_reason", "Secondary reason"),
    Dimension("level_requested", "Level requested"),
    Dimension("level_decided", "Level decided"),
    Dimension("level_view", "Level in the consultee's view"),
    Dimension("urgency", "Urgency"),
    Dimension("consent_status", "Consent status"),
    Dimension("agency_group", "Agency group"),
    Dimension("agency_type", "Agency type"),
    Dimension("agency_name", "Agency"),
    Dimension("district", "District"),
    Dimension("channel", "Channel"),
    Dimension("received_by", "Received by"),
    Dimension("hours", "In or out of hours"),
    Dimension("decision", "Decision"),
    Dimension("destination", "Destination"),
    Dimension("decision_state", "Decision clock"),
    Dimension("advice", "Advice given"),
    Dimension("age_band", "Age at receipt"),
    Dimension("gender", "Gender"),
    Dimension("ethnicity_group", "Ethnicity group"),
    Dimension("unaccompanied", "Unaccompanied"),
    Dimension("outcome", "Referral outcome"),
    Dimension("disposal", "Disposal"),
    Dimension("primary_need", "Primary need"),
)
BY_NAME = {dimension.name: dimension for dimension in DIMENSIONS}

"""The measures: each defined once. Pages, exports, the definitions page, SQL views and tests take it from here."""

from __future__ import annotations

from dataclasses import dataclass

from etl.contract import tables


@dataclass(frozen=True)
class Measure:
    """A measure over one table.

    `numerator` and `denominator` are SQL conditions over the columns of `grain`; a count has no denominator.
    `needs` names the columns of input files without which it is not available, as feed.column.
    """

    name: str
    title: str
    grain: str
    unit: str
    definition: str
    trap: str
    questions: str
    source: str
    numerator: str = "true"
    denominator: str | None = None
    needs: tuple[str, ...] = ()
    higher_is: str = "neutral"

    @property
    def count_sql(self) -> str:
        """SQL aggregate of the numerator: a BIGINT."""
        condition = self.numerator if self.denominator is None else f"({self.denominator}) AND ({self.numerator})"
        return "count(*)" if condition == "true" else f"count(*) FILTER ({condition})"

    @property
    def base_sql(self) -> str | None:
        """SQL aggregate of the denominator: a BIGINT, or None for a count."""
        return None if self.denominator is None else f"count(*) FILTER ({self.denominator})"

    @property
    def unit_table(self) -> tables.Table:
        """The table whose rows are counted."""
        return tables.BY_NAME[self.grain]


def _volume(name: str, title: str, grain: str, unit: str, needs: tuple[str, ...]) -> Measure:
    return Measure(
        name, title, grain, unit,
        definition=f"Number of {unit} received in the period.",
        trap="An unfinished month is marked and never compared. Workload is counted in events, conversion in children.",
        questions="Is the change in one agency, one district or one reason? Did the form or the recording change?",
        source="domain §5",
        needs=needs,
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    _volume("contacts", "Contacts", "contact", "contact events", ("contacts.received_at",)),
    _volume("contact_children", "Children in contacts", "contact_child", "contact children", ("children.contact_ref",)),
    _volume("consultations", "Consultations", "consultation", "consultations", ("consultations.requested_at",)),
    _volume("referrals", "Referrals", "referral", "referrals (one per child)", ("referrals.received_at",)),
    Measure(
        "decision_in_time", "Decided in time", "contact", "contact events",
        definition="Contacts decided within the authority's decision clock, of those decided in time, decided late, or "
        "open and overdue at data as at. Open contacts not yet due and contacts not measurable are left out.",
        trap="Leaving overdue open contacts out of the denominator makes the figure look good.",
        questions="Which agencies' contacts wait longest? Are late decisions about missing information?",
        source="003 §2; 004 §10",
        numerator="decision_state = 'in time'",
        denominator="decision_state IN ('in time', 'late', 'open, overdue')",
        needs=("contacts.received_at", "contacts.decided_at"),
        higher_is="better",
    ),
    Measure(
        "contact_to_referral", "Contact to referral", "contact_child", "contact children",
        definition="Of the decided contact children received in the period, the share with a referral from it. "
        "Duplicates and children passed to an allocated worker are left out.",
        trap="Not the referrals of a month over the contacts of that month.",
        questions="Did the mix of agencies or levels change? Is the window for a referral over for the last weeks?",
        source="domain §5",
        numerator="is_converted",
        denominator="is_in_conversion",
        needs=("contacts.decision", "children.contact_ref", "referrals.referral_ref"),
    ),
    Measure(
        "consultation_to_request_quoted", "Consultation to request, quoted", "consultation", "consultations",
        definition="Of the consultations whose whole window has passed, the share whose number a request quotes.",
        trap="A lower bound. Low conversion is not failure: advice may be to do something else.",
        questions="Do agencies know to quote the number?",
        source="000; domain §5",
        numerator="is_converted_quoted",
        denominator="is_mature",
        needs=("consultations.consultation_ref", "contacts.consultation_ref"),
    ),
    Measure(
        "consultation_to_request", "Consultation to request, quoted or inferred", "consultation", "consultations",
        definition="Of the consultations whose whole window has passed, the share with a request that quotes its "
        "number or is inferred from the same agency and consultee within the window.",
        trap="An upper bound, to be read with the placebo rate: the same matching in the window before.",
        questions="How high is the placebo rate beside it?",
        source="000; domain §5",
        numerator="is_converted_quoted OR is_converted_inferred",
        denominator="is_mature",
        needs=("consultations.consultation_ref", "contacts.received_at"),
    ),
    Measure(
        "consultation_placebo", "Placebo matches", "consultation", "consultations",
        definition="Of the consultations whose whole window has passed, the share matched to a request in the same "
        "window before the consultation, which cannot have come from it.",
        trap="Shows how often the matching finds a request by chance.",
        questions="Is the inferred share well above it?",
        source="domain §5",
        numerator="placebo_contact_key IS NOT NULL",
        denominator="is_mature AND is_placebo_complete",
        needs=("consultations.consultation_ref", "contacts.received_at"),
    ),
    Measure(
        "rereferral", "Re-referrals", "referral", "referrals (one per child)",
        definition="Referrals within 12 months of the same child's previous referral (the same day a year later "
        "included), of referrals with 12 months of data before them.",
        trap="Of referrals, not of children: a different figure. Not complete in the first 12 months of the data.",
        questions="Did the earlier referral close with no further action?",
        source="domain §5; DfE",
        numerator="is_rereferral",
        denominator="is_lookback_complete AND child_key IS NOT NULL",
        needs=("referrals.received_at", "referrals.child_ref"),
        higher_is="worse",
    ),
    Measure(
        "repeat_contact", "Repeat contacts", "contact_child", "contact children",
        definition="Contact children with another contact in the 12 months before, of those with 12 months of data "
        "before them and something to know the child by.",
        trap="Duplicates of the same incident are left out; the first 12 months of the data are not complete.",
        questions="What was decided the time before?",
        source="domain §5",
        numerator="is_repeat_contact",
        denominator="is_lookback_complete AND child_key IS NOT NULL AND NOT is_duplicate",
        needs=("contacts.received_at", "children.child_ref"),
    ),
    Measure(
        "police_told", "Police told", "contact", "contact events",
        definition="Contacts where a crime is suspected and that did not come from the police: the share where "
        "the police were told.",
        trap="A blank is not a no: contacts where the question was not answered are not in the denominator.",
        questions="How soon were they told?",
        source="003 §5; 004 §9",
        numerator="police_told = 'told'",
        denominator="police_told IN ('told', 'not told')",
        needs=("contacts.crime_suspected", "contacts.police_notified_at"),
        higher_is="better",
    ),
)  # fmt: skip
BY_NAME = {measure.name: measure for measure in MEASURES}

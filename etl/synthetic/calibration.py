"""Numbers the generated data is calibrated on: national figures of 2024/25 where they exist, plain assumptions else.

Sources: DfE children in need statistics (referrals, re-referrals, no further action, sources of referral). Contacts
have no national collection: 75,000 contact events a year stand for Kent, others in proportion to their referrals.
"""

from __future__ import annotations

from dataclasses import dataclass

from etl.profile import Profile

KENT_EVENTS_A_YEAR = 75_000
KENT_REFERRALS_A_YEAR = 24_035
ENGLAND_REFERRALS_PER_10000 = 519
CHILDREN_PER_CONTACT = 1.7
STEP = 1.16
QUOTED_SHARE = 0.12
CONVERTING_SHARE = 0.34
SAME_CONSULTEE_SHARE = 0.95
CONSULTATIONS_PER_EVENT = 0.12
DIRECT_REFERRAL_SHARE = 0.01
GROUPS = ("police", "schools", "health", "local authority", "individuals", "other", "arrivals")
GROUP_SHARES = (0.30, 0.19, 0.15, 0.13, 0.08, 0.15)
ARRIVALS = 6
ARRIVALS_FROM_POLICE = 0.5
ARRIVALS_CONVERTING = 0.95
SOURCE_WEIGHTS: tuple[dict[str, float], ...] = (
    {"6": 1.0},
    {"2A": 0.93, "2B": 0.07},
    {"3A": 0.2, "3B": 0.2, "3C": 0.08, "3D": 0.07, "3E": 0.25, "3F": 0.2},
    {"5A": 0.15, "5B": 0.35, "5C": 0.25, "5D": 0.25},
    {"1A": 0.55, "1B": 0.2, "1C": 0.1, "1D": 0.15},
    {"4": 0.2, "7": 0.2, "8": 0.4, "9": 0.12, "10": 0.08},
    {"6": ARRIVALS_FROM_POLICE, "8": 1 - ARRIVALS_FROM_POLICE},
)
CHANNELS = ("portal", "phone", "email", "police notification", "letter", "other")
CHANNEL_WEIGHTS = (
    (0.02, 0.05, 0.05, 0.88, 0.0, 0.0),
    (0.90, 0.08, 0.02, 0.0, 0.0, 0.0),
    (0.72, 0.15, 0.08, 0.0, 0.05, 0.0),
    (0.50, 0.15, 0.30, 0.0, 0.0, 0.05),
    (0.15, 0.70, 0.10, 0.0, 0.05, 0.0),
    (0.55, 0.20, 0.20, 0.0, 0.0, 0.05),
    (0.20, 0.40, 0.40, 0.0, 0.0, 0.0),
)
COMMON_REASONS = {
    "Child/Young person is at risk of exploitation/harm outside the family home": 7.0,
    "Behaviour of Child/Young Person": 8.0,
    "Physical abuse": 10.0,
    "Emotional abuse": 9.0,
    "Sexual abuse": 4.0,
    "Neglect": 12.0,
    "Domestic abuse": 16.0,
    "Parental mental health": 8.0,
    "Parental substance misuse": 6.0,
    "Parental disability or illness": 2.0,
    "Child mental health or self-harm": 7.0,
    "Child's disability": 3.0,
    "Family in acute stress": 5.0,
    "Missing": 3.0,
    "Homelessness or housing": 2.0,
    "Young carer": 1.0,
    "Absent parenting": 1.0,
    "Radicalisation": 0.5,
    "Other": 3.0,
}
ARRIVAL_REASON = "Unaccompanied asylum-seeking child"
BIRTH_REASON = "Pre-birth concern"
REASON_FACTORS: tuple[dict[str, float], ...] = (
    {"Domestic abuse": 3.5, "Missing": 4.0, "Parental substance misuse": 1.5, "Young carer": 0.1},
    {"Behaviour of Child/Young Person": 2.0, "Neglect": 1.4, "Physical abuse": 1.5, "Domestic abuse": 0.4},
    {"Parental mental health": 2.2, "Child mental health or self-harm": 2.5, "Child's disability": 1.8},
    {"Homelessness or housing": 3.0, "Family in acute stress": 1.8, "Young carer": 2.0},
    {"Neglect": 2.0, "Emotional abuse": 1.4, "Missing": 0.3},
    {"Homelessness or housing": 4.0, "Domestic abuse": 1.3},
    {},
)
NEEDS = {
    "Physical abuse": "N1", "Emotional abuse": "N1", "Sexual abuse": "N1", "Neglect": "N1", "Domestic abuse": "N1",
    "Child's disability": "N2", "Parental disability or illness": "N3", "Family in acute stress": "N4",
    "Parental mental health": "N5", "Parental substance misuse": "N5", "Behaviour of Child/Young Person": "N6",
    "Homelessness or housing": "N7", "Absent parenting": "N8", ARRIVAL_REASON: "N8",
}  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """What differs between authorities. Shares are 0–1, volumes a year at scale 1."""

    events_a_year: float
    referrals_a_year: float
    rereferral_share: float
    nfa_share: float
    arrivals_share: float = 0.012
    decided_in_time: float = 0.87
    elapsed_decision_clock: bool = False
    names_with_consent: bool = False


_BY_AUTHORITY = {
    "kent": (24_035, 0.216, 0.005, 0.136, False),
    "medway": (5_015, 0.248, 0.120, 0.012, False),
    "norfolk": (5_986, 0.179, 0.013, 0.012, True),
}


def calibration(profile: Profile) -> Calibration:
    """The figures for an authority; one that is not known gets England's rates for its latest population."""
    known = _BY_AUTHORITY.get(profile.code)
    referrals, again, nfa, arrivals, norfolk = known or (_by_population(profile), 0.226, 0.065, 0.012, False)
    events = referrals * KENT_EVENTS_A_YEAR / KENT_REFERRALS_A_YEAR
    return Calibration(events, referrals, again, nfa, arrivals, 0.87, norfolk, norfolk)


def _by_population(profile: Profile) -> float:
    latest = max(profile.population, key=lambda entry: entry.year, default=None)
    return (latest.aged_0_17 if latest else 100_000) * ENGLAND_REFERRALS_PER_10000 / 10_000

"""The vocabularies of the front door: each list of values once, in the words of the procedures.

A vocabulary becomes an ENUM type of the snapshot and rows of its `dictionary` table. Values an authority may add
(reasons, agencies, districts) come from its profile; they are marked `is_open`.
Sources are the numbers of the founding documents and sections: 002 Kent portal, 003 Norfolk, 004 Kent & Medway.
"""

from __future__ import annotations

from dataclasses import dataclass

UNMAPPED = "Unmapped"
NOT_RECORDED = "Not recorded"


@dataclass(frozen=True)
class Value:
    """One value of a vocabulary; `synonyms` are other spellings found in files (compared without case or spaces)."""

    label: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """A closed list of values (`is_open`: an authority's profile adds its own), with the source it comes from.

    `reads_input` is false for lists that are derived and never read from a file: they have no `Unmapped`.
    """

    name: str
    title: str
    source: str
    values: tuple[Value, ...]
    is_open: bool = False
    reads_input: bool = True

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in their order; those read from files end with `Unmapped` and `Not recorded`."""
        own = tuple(value.label for value in self.values)
        return (*own, UNMAPPED, NOT_RECORDED) if self.reads_input else own


def _plain(*labels: str) -> tuple[Value, ...]:
    return tuple(Value(label) for label in labels)


ANSWER = Vocabulary(
    "answer",
    "Yes or No",
    "input format",
    (Value("Yes", synonyms=("y", "true", "1")), Value("No", synonyms=("n", "false", "0"))),
)
CHANNEL = Vocabulary(
    "channel",
    "Channel",
    "002; 004 §7",
    _plain("portal", "phone", "email", "police notification", "letter", "other"),
)
RECEIVED_BY = Vocabulary("received_by", "Received by", "004 §8", _plain("day service", "out-of-hours service"))
URGENCY = Vocabulary("urgency", "Urgency", "002", _plain("Urgent", "Standard"))
LEVEL = Vocabulary(
    "level",
    "Level of need",
    "001; 003 §1",
    (
        Value("1", "Universal", ("level 1", "universal", "1 universal", "1 - universal", "l1")),
        Value("2", "Additional", ("level 2", "additional", "2 additional", "2 - additional", "l2")),
        Value("3", "Intensive", ("level 3", "intensive", "3 intensive", "3 - intensive", "l3")),
        Value("4", "Specialist", ("level 4", "specialist", "4 specialist", "4 - specialist", "l4")),
    ),
)
REASON = Vocabulary(
    "reason",
    "Reason for support",
    "002 (two attested values); the rest illustrative",
    _plain(
        "Child/Young person is at risk of exploitation/harm outside the family home",
        "Behaviour of Child/Young Person",
        "Physical abuse",
        "Emotional abuse",
        "Sexual abuse",
        "Neglect",
        "Domestic abuse",
        "Parental mental health",
        "Parental substance misuse",
        "Parental disability or illness",
        "Child mental health or self-harm",
        "Child's disability",
        "Family in acute stress",
        "Missing",
        "Homelessness or housing",
        "Young carer",
        "Unaccompanied asylum-seeking child",
        "Pre-birth concern",
        "Absent parenting",
        "Radicalisation",
        "Other",
    ),
    is_open=True,
)
CONSENT_STATUS = Vocabulary(
    "consent_status",
    "Consent status",
    "002; 003 §5; 004 §6",
    (
        Value("not required", "an immediate safeguarding concern, or a consultation that names no child"),
        Value("agreed", "agreement to engage was obtained"),
        Value("refused, proceeding", "parents aware, agreement not given, the reason for proceeding recorded"),
        Value("not sought, authorised", "parents not aware; reason and authoriser recorded"),
        Value("gap", "a No without the record that should stand beside it"),
        Value("not recorded", "the questions were not answered"),
    ),
    reads_input=False,
)
SOURCE_CODE = Vocabulary(
    "source_code",
    "DfE referral source",
    "DfE children in need census",
    (
        Value("1A", "family, relative or carer"),
        Value("1B", "acquaintance"),
        Value("1C", "self"),
        Value("1D", "other individual"),
        Value("2A", "school"),
        Value("2B", "education service"),
        Value("3A", "GP"),
        Value("3B", "health visitor"),
        Value("3C", "school nurse"),
        Value("3D", "other primary health"),
        Value("3E", "A&E"),
        Value("3F", "other health"),
        Value("4", "housing"),
        Value("5A", "adult social care"),
        Value("5B", "other internal"),
        Value("5C", "other authority"),
        Value("5D", "early help"),
        Value("6", "police"),
        Value("7", "courts, probation or other legal"),
        Value("8", "other (voluntary, children's centre)"),
        Value("9", "anonymous"),
        Value("10", "unknown"),
    ),
)
AGENCY_GROUP = Vocabulary(
    "agency_group",
    "Agency group",
    "DfE referral source, grouped",
    _plain("individuals", "schools and education", "health", "housing", "local authority", "police", "legal",
           "other agency", "anonymous or unknown"),
    reads_input=False,
)  # fmt: skip
AGENCY_NAME = Vocabulary("agency_name", "Agency", "profile", (), is_open=True)
AGENCY_TYPE = Vocabulary("agency_type", "Agency type", "profile (local labels)", (), is_open=True)
DISTRICT = Vocabulary("district", "District", "profile", (), is_open=True)
ADVICE = Vocabulary(
    "advice",
    "Advice given",
    "000",
    (
        Value("submit a request"),
        Value("submit an urgent request"),
        Value("early help / level 2 support"),
        Value("universal services"),
        Value("manage within own agency"),
        Value(
            "speak to the allocated worker",
            "the case is open",
            ("speak to the allocated worker (open case)",),
        ),
        Value("no further action"),
    ),
)
DECISION = Vocabulary(
    "decision",
    "Contact decision",
    "003 §2; 004 §10",
    (
        Value(
            "statutory social work (referral)",
            "accepted as a referral",
            ("statutory social work", "referral"),
        ),
        Value("strategy discussion / section 47", "", ("strategy discussion", "section 47")),
        Value("Early Help Unit (intensive)", "", ("early help unit",)),
        Value("level 1–2 signposting", "", ("level 1-2 signposting",)),
        Value("information and advice"),
        Value("passed to allocated worker"),
        Value("another authority"),
        Value("returned: insufficient information", "", ("returned",)),
        Value("no further action", "", ("nfa",)),
        Value("pending", "no decision yet"),
    ),
)
DESTINATION = Vocabulary(
    "destination",
    "Destination",
    "001",
    (Value("Early Help Unit"), Value("Children's Social Work Team", "", ("childrens social work team",))),
)
OUTCOME = Vocabulary(
    "outcome",
    "Referral outcome",
    "004 §10",
    _plain(
        "child and family assessment",
        "emergency protective action",
        "section 47 / new assessment on a known child",
        "another agency / advice",
        "no further action",
    ),
)
DISPOSAL = Vocabulary(
    "disposal",
    "Referral disposal",
    "003 §6",
    (
        Value("not in need", "advice, signposting or no further action"),
        Value("moderate need", "may be assessed"),
        Value("high need", "must be assessed"),
        Value("significant harm", "assessment, strategy discussion, section 47"),
    ),
)
PRIMARY_NEED = Vocabulary(
    "primary_need",
    "Primary need",
    "DfE children in need census",
    (
        Value("N1", "abuse or neglect"),
        Value("N2", "child's disability or illness"),
        Value("N3", "parent's disability or illness"),
        Value("N4", "family in acute stress"),
        Value("N5", "family dysfunction"),
        Value("N6", "socially unacceptable behaviour"),
        Value("N7", "low income"),
        Value("N8", "absent parenting"),
        Value("N9", "cases other than children in need"),
        Value("N0", "not stated"),
    ),
)
POSITION = Vocabulary(
    "position", "Position in the request", "002", _plain("key child", "same address", "other address")
)
GENDER = Vocabulary(
    "gender",
    "Gender",
    "domain",
    (
        Value("female", synonyms=("f", "girl", "2", "b) female")),
        Value("male", synonyms=("m", "boy", "1", "a) male")),
        Value("other", synonyms=("x", "9", "indeterminate", "d) other", "c) other")),
        Value("unknown", synonyms=("u", "not known", "not stated", "0", "c) not stated/recorded")),
    ),
)
_ETHNICITY_CODES = (
    ("WBRI", "A1"), ("WIRI", "A2"), ("WOTH", "A3"), ("WIRT", "A4"), ("WROM", "A5"), ("MWBC", "B1"), ("MWBA", "B2"),
    ("MWAS", "B3"), ("MOTH", "B4"), ("AIND", "C1"), ("APKN", "C2"), ("ABAN", "C3"), ("AOTH", "C4"), ("BCRB", "D1"),
    ("BAFR", "D2"), ("BOTH", "D3"), ("CHNE", "E1"), ("OOTH", "E2"), ("REFU", "E3"), ("NOBT", "E4"),
)  # fmt: skip
ETHNICITY = Vocabulary(
    "ethnicity",
    "Ethnicity",
    "DfE codes; the portal's A1 to E4",
    tuple(Value(code, synonyms=(portal,)) for code, portal in _ETHNICITY_CODES),
)
ETHNICITY_GROUP = Vocabulary(
    "ethnicity_group",
    "Ethnicity group",
    "by code letter",
    _plain("White", "Mixed", "Asian", "Black", "Other", "not obtained"),
    reads_input=False,
)
AGE_BAND = Vocabulary(
    "age_band",
    "Age at receipt",
    "domain",
    _plain("unborn", "under 1", "1–4", "5–9", "10–15", "16–17", "18 and over", "unknown"),
    reads_input=False,
)
CLOCK_STATE = Vocabulary(
    "clock_state",
    "State of a clock at data as at",
    "domain §4",
    _plain("in time", "late", "open, in time", "open, overdue", "not measurable"),
    reads_input=False,
)
CASE_KIND = Vocabulary(
    "case_kind", "Kind of case", "domain §1", _plain("consultation", "contact", "referral"), reads_input=False
)
LINK_RULE = Vocabulary(
    "link_rule",
    "How a link was made",
    "domain §5",
    (
        Value("quoted", "the consultation's number is on the request"),
        Value("explicit", "the file gives the reference"),
        Value("inferred", "same child, or same agency and consultee, within the profile's window"),
        Value("none", "no link"),
    ),
    reads_input=False,
)
DUPLICATE_RULE = Vocabulary(
    "duplicate_rule",
    "Why a contact counts as a duplicate",
    "domain §5",
    (
        Value("marked", "the file names the contact it repeats"),
        Value("resubmission", "the same portal request sent again within the profile's hours"),
        Value("written confirmation", "the written form of a phone contact, within 48 hours"),
        Value("same incident", "same child and primary reason within the profile's days"),
        Value("none", "not a duplicate"),
    ),
    reads_input=False,
)
FEED = Vocabulary(
    "feed", "Feed", "input format", _plain("consultations", "contacts", "children", "referrals", "annex_a"),
    reads_input=False,
)  # fmt: skip
SEVERITY = Vocabulary(
    "severity",
    "Severity of a finding",
    "validation",
    (Value("error", "the record is quarantined"), Value("warning", "loaded, and counted")),
    reads_input=False,
)
HOURS = Vocabulary(
    "hours",
    "In or out of office hours",
    "profile",
    _plain("in hours", "out of hours", "not measurable"),
    reads_input=False,
)
LEVEL_STEP = Vocabulary(
    "level_step",
    "Level decided against level requested",
    "domain §5",
    _plain("stepped up", "as requested", "stepped down", "not comparable"),
    reads_input=False,
)
AVAILABILITY = Vocabulary(
    "availability",
    "Availability of a measure",
    "domain §4",
    _plain("available", "not available"),
    reads_input=False,
)
POLICE_TOLD = Vocabulary(
    "police_told",
    "Police told of a suspected crime",
    "003 §5; 004 §9",
    (
        Value("told"),
        Value("not told"),
        Value("not applicable", "no crime suspected, or the contact came from the police"),
    ),
    reads_input=False,
)

VOCABULARIES: tuple[Vocabulary, ...] = (
    ANSWER, CHANNEL, RECEIVED_BY, URGENCY, LEVEL, REASON, CONSENT_STATUS, SOURCE_CODE, AGENCY_GROUP, AGENCY_NAME,
    AGENCY_TYPE, DISTRICT, ADVICE, DECISION, DESTINATION, OUTCOME, DISPOSAL, PRIMARY_NEED, POSITION, GENDER, ETHNICITY,
    ETHNICITY_GROUP, AGE_BAND, CLOCK_STATE, CASE_KIND, LINK_RULE, DUPLICATE_RULE, FEED, SEVERITY, HOURS, LEVEL_STEP,
    AVAILABILITY, POLICE_TOLD,
)  # fmt: skip
BY_NAME = {vocabulary.name: vocabulary for vocabulary in VOCABULARIES}

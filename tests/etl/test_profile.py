"""Profiles: what is shipped, what is refused and how it says so, and that a fourth authority is one more file."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from etl.contract.vocabularies import BY_NAME
from etl.profile import Clock, Profile, ProfileError, load_profile, load_profiles
from tests.etl.oracle.clock_oracle import Moment
from tests.etl.oracle.settled import Case, connection_with_calendar, timed

SHIPPED = Path(__file__).parents[2] / "data" / "profiles"
FENMARK = """\
closures = [{ on = 2026-12-24, reason = "Staff day", source = "invented" }]
agencies = [{ name = "Invented Example School", source_code = "2A" }]
districts = [{ name = "North Fen", outward = ["ZZ1", "ZZ2"] }, { name = "South Fen", outward = ["ZZ2", "ZZ3"] }]

[authority]
name = "Fenmark"
ons_code = "E99999999"
region = "Nowhere"
region_code = "E99999998"
freshness_hours = 26

[levels]
1 = "Universal"

[feeds.contacts]
mode = "increment"
encoding = "windows-1252"
columns = { "Date received" = "received_at" }
values.channel = { "Web form" = "portal" }

[windows]
consultation_to_request_days = 28
contact_to_referral_working_days = 10
duplicate_days = 3
resubmission_hours = 24
lookback_months = 12
source = "invented"

[[office_hours]]
days = [1, 2, 3, 4, 5]
opens = "08:00"
closes = "16:00"
starts_on = 2020-01-01
source = "invented"

[[clocks]]
name = "contact decision"
title = "Decided within two working days"
case = "contact"
kind = "working_days"
limit = 2
starts = "received_at"
stops = "decided_at"
applies_when = { channel = ["portal", "phone"] }
starts_on = 2020-01-01
source = "invented"

[completeness]
portal.fields = ["primary_reason"]

[[outcomes]]
label = "no further action"
starts_on = 2020-01-01
source = "invented"
"""
TABLE = {
    "kent": {
        "consultation in hours": ("consultation", "in_hours", None),
        "contact decision": ("contact", "working_days", 1),
        "acknowledgement": ("contact", "working_days", 1),
        "written confirmation": ("contact", "elapsed_hours", 48),
        "strategy record distributed": ("referral", "working_days", 1),
        "pre-birth CAF": ("referral", "calendar_months", 1),
        "assessment": ("referral", "working_days", 45),
        "initial child protection conference": ("referral", "working_days", 15),
    },
    "norfolk": {
        "contact decision": ("contact", "elapsed_hours", 24),
        "referral disposal": ("referral", "working_days", 1),
        "assessment": ("referral", "working_days", 45),
        "initial child protection conference": ("referral", "working_days", 15),
    },
}
TABLE["medway"] = {name: rule for name, rule in TABLE["kent"].items() if name != "consultation in hours"}
TABLE["medway"]["referral decision"] = ("referral", "working_days", 1)


@pytest.fixture(scope="module")
def shipped() -> dict[str, Profile]:
    return load_profiles(SHIPPED)


def written(folder: Path, text: str = FENMARK) -> Path:
    path = folder / "fenmark.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, old: str, new: str) -> ProfileError:
    assert old in FENMARK
    with pytest.raises(ProfileError) as caught:
        load_profile(written(folder, FENMARK.replace(old, new, 1)))
    return caught.value


def test_three_authorities_are_shipped(shipped: dict[str, Profile]) -> None:
    assert {code: profile.authority.ons_code for code, profile in shipped.items()} == {
        "kent": "E10000016",
        "medway": "E06000035",
        "norfolk": "E10000020",
    }


@pytest.mark.parametrize("code", TABLE)
def test_the_clocks_are_those_of_the_procedures(code: str, shipped: dict[str, Profile]) -> None:
    clocks = {clock.name: (clock.case, clock.kind, clock.limit) for clock in shipped[code].clocks}
    assert clocks == TABLE[code]


@pytest.mark.parametrize(
    ("code", "name", "starts", "stops"),
    [
        ("norfolk", "referral disposal", "initial_contact_at", "decided_at"),
        ("medway", "referral decision", "received_at", "decided_at"),
        ("kent", "strategy record distributed", "strategy_discussion_at", "strategy_record_distributed_at"),
        ("kent", "initial child protection conference", "strategy_discussion_at", "conference_at"),
    ],
)
def test_clocks_start_and_stop_where_the_procedures_say(
    code: str, name: str, starts: str, stops: str, shipped: dict[str, Profile]
) -> None:
    assert {(clock.starts, clock.stops) for clock in _named(shipped[code], name)} == {(starts, stops)}


def test_the_referrer_chases_an_acknowledgement_after_three_working_days(shipped: dict[str, Profile]) -> None:
    assert {clock.chase_after for code in ("kent", "medway") for clock in _named(shipped[code], "acknowledgement")} == {
        3
    }


def test_kent_changes_in_october_2018_and_june_2026(shipped: dict[str, Profile]) -> None:
    kent = shipped["kent"]
    days = [(clock.starts_on, clock.ends_on) for clock in _named(kent, "consultation in hours")]
    assert days == [
        (date(2010, 1, 1), date(2018, 9, 30)),
        (date(2018, 10, 1), date(2026, 5, 31)),
        (date(2026, 6, 1), None),
    ]
    assert {event.on for event in kent.events if event.rebases} == {date(2018, 10, 1), date(2026, 6, 1)}


def test_office_hours_are_marked_as_an_assumption(shipped: dict[str, Profile]) -> None:
    assert all(hours.is_assumption for profile in shipped.values() for hours in profile.office_hours)


def test_population_is_the_published_one(shipped: dict[str, Profile]) -> None:
    found = {code: {row.year: row.aged_0_17 for row in profile.population} for code, profile in shipped.items()}
    assert (found["kent"][2024], found["medway"][2024], found["norfolk"][2024]) == (355_390, 68_774, 171_830)
    assert [sorted(years) for years in found.values()] == [list(range(2012, 2025))] * 3


def test_the_two_attested_reasons_are_the_forms_own_and_the_rest_is_marked(shipped: dict[str, Profile]) -> None:
    for profile in shipped.values():
        attested = [reason.label for reason in profile.reasons if reason.is_attested]
        assert attested == [
            "Child/Young person is at risk of exploitation/harm outside the family home",
            "Behaviour of Child/Young Person",
        ]
        assert all(reason.is_illustrative != reason.is_attested for reason in profile.reasons)
        assert {reason.label for reason in profile.reasons} <= set(BY_NAME["reason"].labels)


def test_every_source_code_has_a_local_label_and_no_target_is_shipped(shipped: dict[str, Profile]) -> None:
    codes = set(BY_NAME["source_code"].labels) - {"Unmapped", "Not recorded"}
    assert [{kind.source_code for kind in profile.agency_types} for profile in shipped.values()] == [codes] * 3
    assert not any(profile.targets for profile in shipped.values())


def test_an_outward_code_in_two_districts_is_unmapped(tmp_path: Path) -> None:
    districts = load_profile(written(tmp_path)).outward_districts()
    assert districts == {"ZZ1": "North Fen", "ZZ2": "Unmapped", "ZZ3": "South Fen"}


def test_kent_has_twelve_districts(shipped: dict[str, Profile]) -> None:
    assert len(shipped["kent"].districts) == 12
    assert shipped["kent"].outward_districts()["CT11"] == "Thanet"


def test_a_feed_that_is_not_mentioned_is_full_and_utf_8(tmp_path: Path) -> None:
    profile = load_profile(written(tmp_path))
    assert (profile.feed("referrals").mode, profile.feed("referrals").encoding) == ("full", "utf-8")
    assert (profile.feed("contacts").mode, profile.feed("contacts").encoding) == ("increment", "cp1252")


def test_a_profile_cannot_be_changed(shipped: dict[str, Profile]) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        shipped["kent"].authority.name = "Sussex"


def test_the_version_follows_the_bytes_of_the_file(tmp_path: Path) -> None:
    first = load_profile(written(tmp_path)).version
    assert first == load_profile(written(tmp_path)).version
    assert first != load_profile(written(tmp_path, FENMARK + "\n")).version


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("freshness_hours = 26", "freshness_hours = 26\nmayor = 1", "authority.mayor", "unknown key"),
        ("[windows]", "[colours]\nred = 1\n[windows]", "colours", "unknown key"),
        ("freshness_hours = 26\n", "", "authority.freshness_hours", "is missing"),
        ("freshness_hours = 26", 'freshness_hours = "26"', "authority.freshness_hours", "integer"),
        ("closures =", 'version = "1"\nclosures =', "version", "unknown key"),
        ('"08:00"', '"8 am"', "office_hours.1.opens", "HH:MM"),
        ('"08:00"', '"24:00"', "office_hours.1.opens", "HH:MM"),
        ('"16:00"', '"07:00"', "office_hours.1", "opens must be before closes"),
        ("[1, 2, 3, 4, 5]", "[0]", "office_hours.1.days.1", "greater than or equal to 1"),
        ("[1, 2, 3, 4, 5]", "[]", "office_hours.1.days", "too few"),
        ('kind = "working_days"', 'kind = "moon_days"', "clocks.1.kind", "elapsed_hours"),
        ('kind = "working_days"', 'kind = "in_hours"', "clocks.1", "neither limit nor stops"),
        ("limit = 2\n", "", "clocks.1", "needs limit and stops"),
        ("limit = 2", "limit = 0", "clocks.1.limit", "greater than or equal to 1"),
        ("limit = 2", "limit = true", "clocks.1.limit", "integer"),
        ('case = "contact"', 'case = "telegram"', "clocks.1.case", "consultation"),
        ('starts = "received_at"', 'starts = "recieved_at"', "clocks.1.starts", "has no such moment; it has"),
        ('stops = "decided_at"', 'stops = "closed_at"', "clocks.1.stops", "has no such moment; it has"),
        ('stops = "decided_at"', 'stops = "received_at"', "clocks.1.stops", "is the moment that starts the clock"),
        ("limit = 2", 'limit = 2\nneeds = ["strategy_discussion_at"]', "clocks.1.needs", "has no such moment"),
        ('channel = ["portal", "phone"]', 'weather = ["wet"]', "clocks.1.applies_when.weather", "no such column"),
        ('"portal", "phone"', '"portal", "fax"', "clocks.1.applies_when.channel", "portal, phone, email"),
        ('channel = ["portal", "phone"]', "channel = []", "clocks.1.applies_when.channel", "wants a list"),
        ('channel = ["portal", "phone"]', 'is_professional = ["yes"]', "clocks.1.applies_when.is_professional", "True"),
        ("starts_on = 2020-01-01\nsource", "starts_on = 2020-02-30\nsource", "file", "is not TOML"),
        ("starts_on = 2020-01-01", 'starts_on = "soon"', "office_hours.1.starts_on", "date"),
        (
            "starts_on = 2020-01-01",
            "starts_on = 2020-01-01\nends_on = 2019-12-31",
            "office_hours.1",
            "before starts_on",
        ),
        ('source = "invented"\n\n[[clocks]]', "\n[[clocks]]", "office_hours.1.source", "is missing"),
        ('"ZZ1", "ZZ2"', '"ZZ1", "ZZ1"', "districts.1.outward", "twice"),
        ('"ZZ1", "ZZ2"', '"ZZ1 2AB"', "districts.1.outward.1", "pattern"),
        ('"South Fen"', '"north fen"', "districts", "given twice"),
        ('source_code = "2A"', 'source_code = "2Z"', "agencies.1.source_code", "'1A'"),
        ("[feeds.contacts]", "[feeds.contracts]", "feeds.contracts", "consultations"),
        ('"windows-1252"', '"klingon"', "feeds.contacts.encoding", "encoding"),
        ('"Web form" = "portal"', '"Web form" = "web"', "feeds.contacts.values.channel", "portal, phone"),
        (
            '"Date received" = "received_at"',
            'a = "received_at", b = "received_at"',
            "feeds.contacts.columns",
            "2 local",
        ),
        ("portal.fields", "pigeon.fields", "completeness.pigeon", "is not a channel"),
        ('label = "no further action"', 'label = "a stern look"', "outcomes.1.label", "is not one of"),
        ("1 = ", "5 = ", "levels.5", "'1', '2', '3' or '4'"),
    ],
)
def test_a_wrong_profile_is_refused_with_file_key_and_reason(
    old: str, new: str, key: str, reason: str, tmp_path: Path
) -> None:
    error = refusal(tmp_path, old, new)
    assert (error.file, error.key) == ("fenmark.toml", key)
    assert reason in error.reason
    assert str(error) == f"fenmark.toml: {key}: {error.reason}"


def test_rules_of_a_clock_may_not_overlap(tmp_path: Path) -> None:
    clock = FENMARK[FENMARK.index("[[clocks]]") : FENMARK.index("[completeness]")]
    later = clock.replace("starts_on = 2020-01-01", "starts_on = 2026-01-01")
    error = refusal(tmp_path, clock, clock + later)
    assert (error.key, error.reason) == (
        "clocks.2.starts_on",
        'overlaps an earlier rule of the clock "contact decision"',
    )
    ended = clock.replace("starts_on = 2020-01-01", "starts_on = 2020-01-01\nends_on = 2025-12-31")
    assert len(load_profile(written(tmp_path, FENMARK.replace(clock, ended + later))).clocks) == 2


def test_rules_that_no_case_can_meet_both_may_overlap(tmp_path: Path) -> None:
    clock = FENMARK[FENMARK.index("[[clocks]]") : FENMARK.index("[completeness]")]
    other = clock.replace('["portal", "phone"]', '["letter"]')
    assert len(load_profile(written(tmp_path, FENMARK.replace(clock, clock + other))).clocks) == 2


def test_hours_may_not_overlap_on_a_weekday(tmp_path: Path) -> None:
    hours = FENMARK[FENMARK.index("[[office_hours]]") : FENMARK.index("[[clocks]]")]
    error = refusal(tmp_path, hours, hours + hours)
    assert (error.key, error.reason) == ("office_hours.2.starts_on", "overlaps earlier hours on the same weekday")
    saturday = hours.replace("[1, 2, 3, 4, 5]", "[6]")
    assert len(load_profile(written(tmp_path, FENMARK.replace(hours, hours + saturday))).office_hours) == 2


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    error = refusal(tmp_path, 'freshness_hours = 26\n\n[levels]\n1 = "Universal"', "mayor = 1\n[levels]\n5 = 5")
    assert {key for key, _ in error.problems} >= {"authority.mayor", "authority.freshness_hours", "levels.5"}
    assert len(str(error).splitlines()) == len(error.problems)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"[authority\n", "is not TOML"), (b"name = '\xff'\n", "is not UTF-8"), (None, "cannot be read")],
)
def test_a_file_that_is_no_profile_is_refused(content: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProfileError, match=reason) as caught:
        load_profile(path)
    assert (caught.value.file, caught.value.key) == ("broken.toml", "file")
    assert caught.value.__cause__ is None


def test_a_file_name_that_is_no_code_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path).rename(tmp_path / "Fen Mark.toml")
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert caught.value.key == "code"


def test_adding_an_authority_is_adding_a_file(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    written(tmp_path)
    profiles = load_profiles(tmp_path)
    assert list(profiles) == ["fenmark", "kent", "medway", "norfolk"]

    received = Moment(at=datetime(2026, 12, 22, 16, 30, tzinfo=UTC))
    moments = {"received_at": received, "decided_at": Moment(at=received.instant + timedelta(days=8))}
    dimensions = {"channel": "phone", "is_professional": False}
    cases = [
        Case(number, code, moments=moments, dimensions=dimensions) for number, code in enumerate(("fenmark", "kent"))
    ]
    con = connection_with_calendar(profiles, date(2026, 1, 1), date(2026, 12, 31))
    rows = timed(con, profiles, cases, dict.fromkeys(profiles, datetime(2027, 1, 31, tzinfo=UTC)))
    # Fenmark closes at four and on Christmas Eve: counted from the 23rd, due on the second working day after it.
    due = {row.number: row.due_at for row in rows}
    assert due == {
        0: datetime(2026, 12, 30, 23, 59, 59, tzinfo=UTC),
        1: datetime(2026, 12, 23, 23, 59, 59, tzinfo=UTC),
    }


def _named(profile: Profile, name: str) -> list[Clock]:
    return [clock for clock in profile.clocks if clock.name == name]

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from etl.profile import Profile
from etl.synthetic import FEEDS, Generated, generate
from tests.etl.synthetic.reading import UNTIL, Frames, read, read_csv

REQUIRED = {
    "consultations": ["consultation_ref", "requested_at"],
    "contacts": ["contact_ref", "received_at"],
    "children": ["contact_ref"],
    "referrals": ["referral_ref", "child_ref", "received_at"],
}


@pytest.mark.parametrize("file_format", ["csv", "parquet", "xlsx"])
def test_the_same_call_writes_the_same_bytes(kent: Profile, tmp_path: Path, file_format: str) -> None:
    first, second = (
        generate(kent, tmp_path / name, months=6, contacts=120, until=UNTIL, file_format=file_format)
        for name in ("first", "second")
    )
    for feed in FEEDS:
        assert first.files[feed].read_bytes() == second.files[feed].read_bytes()
    assert first.truths == second.truths


def test_another_seed_writes_other_bytes(kent: Profile, tmp_path: Path) -> None:
    first, second = (
        generate(kent, tmp_path / str(seed), months=6, contacts=120, until=UNTIL, seed=seed) for seed in (7, 8)
    )
    for feed in FEEDS:
        assert first.files[feed].read_bytes() != second.files[feed].read_bytes()


@pytest.mark.parametrize("file_format", ["parquet", "xlsx"])
def test_every_format_holds_the_same_cells(kent: Profile, tmp_path: Path, file_format: str) -> None:
    plain, other = (
        read(generate(kent, tmp_path, months=6, contacts=120, until=UNTIL, file_format=each))
        for each in ("csv", file_format)
    )
    for feed in FEEDS:
        assert list(plain[feed].columns) == list(other[feed].columns)
        assert (plain[feed].to_numpy() == other[feed].to_numpy()).all()


def test_files_are_named_by_the_extract_moment(kent: Profile, tmp_path: Path) -> None:
    made = generate(kent, tmp_path, months=3, contacts=60, until=datetime(2026, 6, 30, 5, 10, tzinfo=UTC))
    assert made.extract_at == datetime(2026, 6, 30, 6, 10)
    assert made.files["contacts"] == tmp_path / "kent" / "contacts_2026-06-30T0610.csv"
    assert (read_csv(made.files["contacts"])["received_at"] <= "2026-06-30 06:10").all()


def test_without_until_the_data_ends_now(kent: Profile, tmp_path: Path) -> None:
    made = generate(kent, tmp_path, months=3, contacts=600)
    latest = datetime.fromisoformat(read_csv(made.files["contacts"])["received_at"].max())
    assert abs((datetime.now(ZoneInfo("Europe/London")).replace(tzinfo=None) - made.extract_at).total_seconds()) < 600
    assert (made.extract_at - latest).days < 4


@pytest.mark.parametrize("feed", FEEDS)
def test_columns_are_those_of_the_input_format(frames: Frames, feed: str) -> None:
    document = {
        "consultations": 22,
        "contacts": 51,
        "children": 17,
        "referrals": 23,
    }
    assert frames[feed].shape[1] == document[feed]
    for column in REQUIRED[feed]:
        assert (frames[feed][column] != "").all()


def test_keys_are_unique_and_rows_sorted_by_receipt(frames: Frames) -> None:
    for feed, moment in (("consultations", "requested_at"), ("contacts", "received_at"), ("referrals", "received_at")):
        assert frames[feed].iloc[:, 0].is_unique
        assert frames[feed][moment].str[:10].is_monotonic_increasing


def test_nothing_lies_after_the_extract_or_in_the_wrong_order(frames: Frames) -> None:
    for frame in frames.values():
        for column in (name for name in frame.columns if name.endswith("_at")):
            assert (frame[column] <= "2026-09-30 23:59").all()
    for feed in ("contacts", "referrals"):
        decided = frames[feed][frames[feed]["decided_at"] != ""]
        assert (decided["decided_at"] >= decided["received_at"]).all()


def test_people_are_plainly_invented(frames: Frames) -> None:
    mails = [*frames["contacts"]["referrer_email"], *frames["consultations"]["consultee_email"]]
    numbers, postcodes = frames["children"]["nhs_number"], frames["children"]["postcode"]
    assert all(mail.endswith("@example.org") for mail in mails if mail)
    assert numbers[numbers != ""].str.startswith("999").all()
    assert postcodes[postcodes != ""].str.contains(" 9Z").all()


def test_narrative_has_the_wanted_length(kent: Profile, tmp_path: Path) -> None:
    made = generate(kent, tmp_path, months=3, contacts=400, until=UNTIL, narrative_characters=300)
    contacts = read_csv(made.files["contacts"])
    for field in ("concern", "complicating_factors", "strengths", "needs_to_change", "other_information"):
        filled = contacts[field][contacts[field] != ""]
        assert (filled.str.len() == 300).all() and len(filled) > 20
    assert contacts["concern"].str.contains("\n").any() and contacts["concern"].str.contains('"').any()


def test_mistakes_are_planted_and_counted(kent: Profile, tmp_path: Path) -> None:
    made = generate(kent, tmp_path, months=12, contacts=2000, until=UNTIL, dirt=0.01)
    counts = made.truths["truths"]["planted_mistakes"]["value"]
    contacts = read_csv(made.files["contacts"])
    body, last = contacts.iloc[:-1], contacts.iloc[-1]
    assert last["contact_ref"] == "Total" and last["received_at"] == "2000"
    assert (body["contact_ref"] == "").sum() == counts["missing key"] > 0
    assert body["received_at"].str.startswith("0202").sum() == counts["year 0202"] > 0
    assert (body["primary_reason"] == "Worries (see note)").sum() == counts["unmapped reason"] > 0
    late = (body["decided_at"] != "") & (body["decided_at"] < body["received_at"]) & (body["received_at"] > "1")
    assert late.sum() == counts["decided before received"] > 0
    twins = body["contact_ref"].duplicated(keep=False) & (body["contact_ref"] != "")
    assert twins.sum() == 2 * counts["twin key"] > 0


def test_truths_are_written_with_the_data(kent: Profile, tmp_path: Path) -> None:
    made = generate(kent, tmp_path, months=3, contacts=60, until=UNTIL, truths=tmp_path / "deep" / "truths.json")
    written = json.loads((tmp_path / "deep" / "truths.json").read_text(encoding="utf-8"))
    assert written == made.truths
    assert all(truth.keys() == {"value", "is_exact", "tolerance", "definition"} for truth in written["truths"].values())


def test_steps_are_reported(kent: Profile, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    generate(
        kent, tmp_path, months=3, contacts=60, until=UNTIL, progress=lambda step, share: told.append((step, share))
    )
    assert told[-1] == ("done", 1.0)
    assert [share for _, share in told] == sorted(share for _, share in told)


@pytest.mark.parametrize(
    "wrong",
    [{"months": 0}, {"scale": 0.0}, {"contacts": 3}, {"dirt": 0.5}, {"file_format": "doc"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_wrong_orders_are_refused(kent: Profile, tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        generate(kent, tmp_path, until=UNTIL, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["kent", "medway", "norfolk"])
def test_every_authority_has_its_own_volumes(profiles: dict[str, Profile], tmp_path: Path, code: str) -> None:
    contacts = {"kent": 75_000, "medway": 15_649, "norfolk": 18_679}[code]
    referrals = {"kent": 24_035, "medway": 5_015, "norfolk": 5_986}[code]
    made: Generated = generate(profiles[code], tmp_path, months=24, scale=0.1, until=UNTIL)
    files = read(made)
    assert len(files["contacts"]) == pytest.approx(contacts * 0.1 * 2, abs=1)
    assert len(files["referrals"]) == pytest.approx(referrals * 0.1 * 2, rel=0.05)
    assert (files["referrals"]["disposal"] != "").any() == bool(profiles[code].disposals)
    assert (files["consultations"]["consent_given"] != "").any() == (code == "norfolk")


def test_a_bare_profile_and_a_short_span_are_enough(kent: Profile, tmp_path: Path) -> None:
    bare = kent.model_copy(
        update={"code": "shire", "agencies": (), "agency_types": (), "districts": (), "reasons": (), "population": ()}
    )
    made = generate(bare, tmp_path, months=1, contacts=40, until=UNTIL)
    files = read(made)
    assert len(files["contacts"]) == 40 and (files["contacts"]["agency_name"] == "").all()
    assert made.truths["truths"]["date_only_month"]["value"] == {"month": None, "contacts": 0}

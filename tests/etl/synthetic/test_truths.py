"""Every truth is counted again from the files, with pandas and without the generator's code."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from etl.synthetic import Generated, generate
from tests.etl.synthetic.reading import Frames, read

END = pd.Timestamp("2026-09-30 23:59")


@pytest.fixture
def truth(made: Generated) -> dict[str, Any]:
    return {name: entry["value"] for name, entry in made.truths["truths"].items()}


@pytest.fixture
def named(frames: Frames) -> pd.DataFrame:
    """Child rows beside their contact, in order of receipt, with one identity per child."""
    children, contacts = frames["children"].copy(), frames["contacts"]
    unreferenced = children["child_ref"] == ""
    named = children["first_name"] + children["last_name"] + children["date_of_birth"]
    alone = unreferenced & (children["date_of_birth"] == "")
    children["child"] = children["child_ref"].where(~unreferenced, named)
    children["child"] = children["child"].where(~alone, "alone" + children.index.astype(str))
    joined = children.merge(contacts, on="contact_ref", suffixes=("", "_contact"), validate="many_to_one")
    joined["at"] = pd.to_datetime(joined["received_at"], format="mixed")
    assert len(joined) == len(children)
    return joined.sort_values("at", kind="stable")


def months(moments: pd.Series) -> dict[str, int]:
    return {str(month): int(count) for month, count in moments.str[:7].value_counts().items()}


def within(frame: pd.DataFrame, keys: list[str], window: pd.Timedelta) -> pd.Series:
    return frame["at"] - frame.groupby(keys)["at"].shift() <= window


def test_volumes(truth: dict[str, Any], frames: Frames, named: pd.DataFrame) -> None:
    for feed in frames:
        assert truth[feed] == len(frames[feed])
    assert truth["contacts_by_month"] == months(frames["contacts"]["received_at"])
    assert truth["children_by_month"] == months(named["received_at"])
    assert truth["referrals_by_month"] == months(frames["referrals"]["received_at"])
    assert truth["consultations_by_month"] == months(frames["consultations"]["requested_at"])
    assert truth["children_per_contact"] == pytest.approx(1.7, abs=0.001)


def test_the_step_can_be_seen(truth: dict[str, Any], made: Generated) -> None:
    step = truth["referrals_step"]
    by_month = truth["referrals_by_month"]
    ratio = sum(by_month[month] for month in step["after"]) / sum(by_month[month] for month in step["before"])
    assert ratio == pytest.approx(step["ratio"], abs=0.0001)
    assert ratio == pytest.approx(1.16, rel=made.truths["truths"]["step_factor"]["tolerance"])
    assert truth["step_month"] == step["after"][0] == "2023-06"


def test_schools_are_almost_silent_in_august(truth: dict[str, Any], profiles: Any, frames: Frames) -> None:
    labels = [kind.label for kind in profiles["kent"].agency_types if kind.source_code in ("2A", "2B")]
    schools = frames["contacts"][frames["contacts"]["agency_type"].isin(labels)]
    by_month = months(schools["received_at"])
    assert {month: count for month, count in truth["school_contacts_by_month"].items() if count} == by_month
    august = [count for month, count in truth["school_contacts_by_month"].items() if month.endswith("-08")]
    assert sum(august) == truth["school_contacts_in_august"]
    assert sum(august) / len(august) < 0.15 * len(schools) / 60


def test_unaccompanied_children_peak_in_late_summer(truth: dict[str, Any], named: pd.DataFrame) -> None:
    alone = named[named["unaccompanied"] == "Yes"]
    by_month = truth["unaccompanied_children_by_month"]
    assert {month: count for month, count in by_month.items() if count} == months(alone["received_at"])
    late = sum(count for month, count in by_month.items() if month[-2:] in ("08", "09"))
    assert late / len(alone) > 0.25
    assert truth["unaccompanied_referral_share"] == pytest.approx(0.136, abs=0.02)


def test_consent(truth: dict[str, Any], frames: Frames) -> None:
    contacts = frames["contacts"]
    worst = truth["agency_with_unrecorded_consent"]
    assert consent(contacts).value_counts().to_dict() == truth["consent_status"]
    theirs = consent(contacts[contacts["agency_name"] == worst["agency"]])
    assert theirs.value_counts().to_dict() == worst["by_status"]
    assert worst["by_status"]["not recorded"] / worst["contacts"] > 0.4


def consent(contacts: pd.DataFrame) -> pd.Series:
    """The first that fits, from the last to the first."""
    aware, agreed = contacts["parents_aware"], contacts["agreement_obtained"]
    reason, by = contacts["no_agreement_reason"] != "", contacts["no_agreement_authorised_by"] != ""
    status = pd.Series("not recorded", index=contacts.index)
    status[(aware == "No") | (agreed == "No")] = "gap"
    status[(aware == "No") & reason & by] = "not sought, authorised"
    status[(aware == "Yes") & (agreed == "No") & reason] = "refused, proceeding"
    status[agreed == "Yes"] = "agreed"
    status[contacts["immediate_safeguarding_concern"] == "Yes"] = "not required"
    return status


def test_open_and_dated_contacts(truth: dict[str, Any], frames: Frames) -> None:
    contacts = frames["contacts"]
    open_ones = contacts[contacts["decided_at"] == ""]
    assert truth["open_contacts"] == len(open_ones) >= truth["open_overdue_contacts"]
    assert truth["open_overdue_contacts"] >= truth["planted_overdue_contacts"] == 15
    assert truth["pending_contacts"] == (contacts["decision"] == "pending").sum()
    dated = contacts["received_at"].str.len() == 10
    assert truth["date_only_month"] == {
        "month": contacts[dated]["received_at"].str[:7].unique()[0],
        "contacts": dated.sum(),
    }
    old = pd.to_datetime(open_ones["received_at"], format="mixed") < END - pd.Timedelta(days=10)
    assert truth["planted_overdue_contacts"] <= old.sum()


def test_decisions_in_time(truth: dict[str, Any], frames: Frames) -> None:
    from holidays import country_holidays

    contacts = frames["contacts"]
    timed = contacts[(contacts["received_at"].str.len() > 10) & (contacts["decided_at"] != "")]
    free = list(country_holidays("GB", subdiv="ENG", years=range(2021, 2028)))
    day = pd.offsets.CustomBusinessDay(holidays=free)
    received, decided = (pd.to_datetime(timed[name]) for name in ("received_at", "decided_at"))
    counting = (received + pd.Timedelta(hours=7)).dt.normalize().map(lambda at: day.rollforward(at))
    due = counting.map(lambda at: at + day) + pd.Timedelta(hours=24)
    assert truth["decided_with_time"] == len(timed)
    assert truth["decided_in_time"] == (decided < due).sum()
    assert truth["decided_in_time"] / len(timed) == pytest.approx(0.88, abs=0.03)


def test_children_who_come_back(truth: dict[str, Any], named: pd.DataFrame, frames: Frames) -> None:
    before = named.groupby("child")["at"].shift().dt.normalize()
    again = named["at"].dt.normalize() <= before + pd.DateOffset(months=12)
    assert truth["repeat_contact_rows"] == again.sum()
    assert truth["children_who_come_back"] == named[again]["child"].nunique()
    assert truth["children_without_reference"] == (named["child_ref"] == "").sum()
    nameless = (named["child_ref"] == "") & (named["first_name"] == "")
    assert truth["children_known_by_order"] == nameless.sum() > 0
    assert truth["unborn_children"] == (named["expected_date_of_birth"] != "").sum() > 0
    childless = ~frames["contacts"]["contact_ref"].isin(named["contact_ref"])
    assert truth["contacts_without_child"] == childless.sum() > 0


def marked_rows(named: pd.DataFrame) -> pd.Series:
    """Rows of marked contacts whose child the original names too, or whom nothing tells from another."""
    pairs = set(zip(named["contact_ref"], named["child"], strict=True))
    repeats = [pair in pairs for pair in zip(named["duplicate_of"], named["child"], strict=True)]
    nameless = (named["child_ref"] == "") & (named["first_name"] == "")
    return (named["duplicate_of"] != "") & (pd.Series(repeats, index=named.index) | nameless)


def duplicates(named: pd.DataFrame) -> dict[str, pd.Series]:
    """By rule, the child rows it finds."""
    reason = named[named["primary_reason"] != ""]
    portal = named[(named["channel"] == "portal") & (named["received_at"].str.len() > 10)]
    close = within(reason, ["child", "primary_reason"], pd.Timedelta(days=3))
    again = within(portal, ["child", "agency_type", "referrer_name", "referrer_email"], pd.Timedelta(hours=24))
    found = {
        "duplicates_marked": named["duplicate_of"] != "",
        "marked_rows": marked_rows(named),
        "duplicates_same_reason": close.reindex(named.index, fill_value=False),
        "duplicates_resubmitted": again.reindex(named.index, fill_value=False),
    }
    return found | {"any": found["marked_rows"] | found["duplicates_same_reason"] | found["duplicates_resubmitted"]}


def test_duplicates(truth: dict[str, Any], named: pd.DataFrame) -> None:
    found = duplicates(named)
    for name in ("duplicates_marked", "duplicates_same_reason", "duplicates_resubmitted"):
        assert truth[name] == named[found[name]]["contact_ref"].nunique() > 0
    assert truth["duplicate_child_rows"] == found["any"].sum()
    whole = (found["any"] | found["duplicates_marked"]).groupby(named["contact_ref"]).all()
    assert truth["duplicate_contacts"] == whole.sum()
    assert truth["planted_duplicates"] == round(0.03 * truth["contacts"])


def test_conversion(truth: dict[str, Any], named: pd.DataFrame, frames: Frames) -> None:
    referrals = frames["referrals"]
    decided = named[named["decided_at"] != ""]
    counted = decided[
        ~duplicates(named)["any"].loc[decided.index] & (decided["decision"] != "passed to allocated worker")
    ]
    blank = referrals[(referrals["contact_ref"] == "") & referrals["child_ref"].isin(named["child_ref"])]
    single = named[named["child_ref"] != ""].drop_duplicates("child_ref", keep=False)
    only = single.set_index("child_ref")["contact_ref"]
    inferred = set(zip(blank["child_ref"].map(only), blank["child_ref"], strict=True))
    pairs = {*zip(referrals["contact_ref"], referrals["child_ref"], strict=True), *inferred}
    converted = [pair in pairs for pair in zip(counted["contact_ref"], counted["child_ref"], strict=True)]
    assert truth["decided_children"] == len(decided)
    assert truth["decided_children_counted"] == len(counted)
    assert truth["converted_children"] == sum(converted)
    assert truth["referrals_linked_by_child"] == len(blank) > 0
    assert truth["referrals_linked_by_reference"] == referrals["contact_ref"].isin(named["contact_ref"]).sum()


def test_rereferrals(truth: dict[str, Any], frames: Frames) -> None:
    referrals = frames["referrals"].assign(on=pd.to_datetime(frames["referrals"]["received_at"]).dt.normalize())
    before = referrals.groupby("child_ref")["on"].shift()
    again = referrals["on"] <= before + pd.DateOffset(months=12)
    known = referrals["on"] >= "2022-10-01"
    assert truth["rereferrals"] == again.sum()
    assert truth["rereferrals_with_history"] == {"referrals": known.sum(), "rereferrals": (again & known).sum()}
    assert truth["children_rereferred"] == referrals[again]["child_ref"].nunique()
    assert truth["rereferral_share"] == pytest.approx(0.216, abs=0.025)
    assert truth["no_further_action"] == (referrals["no_further_action"] == "Yes").sum()
    assert truth["no_further_action"] / len(referrals) == pytest.approx(0.005, abs=0.001)


def test_police_told(truth: dict[str, Any], profiles: Any, frames: Frames) -> None:
    contacts = frames["contacts"]
    police = [kind.label for kind in profiles["kent"].agency_types if kind.source_code == "6"]
    suspected = contacts[(contacts["crime_suspected"] == "Yes") & ~contacts["agency_type"].isin(police)]
    assert truth["crime_suspected"] == len(suspected)
    assert truth["police_told"] == (suspected["police_notified_at"] != "").sum()


def test_consultations(truth: dict[str, Any], frames: Frames) -> None:
    contacts, consultations = frames["contacts"], frames["consultations"]
    quoted = consultations["consultation_ref"].isin(contacts["consultation_ref"])
    assert truth["quoted_consultations"] == quoted.sum() == round(0.12 * len(consultations))
    requested = pd.to_datetime(consultations["requested_at"])
    assert truth["mature_consultations"] == (requested + pd.Timedelta(days=28) <= END).sum()
    assert truth["consultations_followed"] == (
        truth["quoted_consultations"] + truth["followed_unquoted_same_consultee"] + truth["followed_unquoted_colleague"]
    )
    joined = contacts[contacts["consultation_ref"] != ""].merge(consultations, on="consultation_ref")
    lag = (
        pd.to_datetime(joined["received_at"])
        - requested.set_axis(consultations["consultation_ref"]).loc[joined["consultation_ref"]].to_numpy()
    )
    assert (joined["agency_name_x"] == joined["agency_name_y"]).all()
    assert lag.between(pd.Timedelta(0), pd.Timedelta(days=28)).all()


def test_hours_and_weekdays_are_those_of_each_sender(frames: Frames) -> None:
    contacts = frames["contacts"][frames["contacts"]["received_at"].str.len() > 10]
    moments = pd.to_datetime(contacts["received_at"])
    weekend, night = moments.dt.day_of_week >= 5, (moments.dt.hour < 7) | (moments.dt.hour >= 19)
    police, school = contacts["agency_type"] == "Police", contacts["agency_type"] == "School"
    assert weekend[police].mean() > 2 / 7 > weekend[school].mean()
    assert night[police].mean() > 0.3 > 0.05 > night[school].mean()
    asked = pd.to_datetime(frames["consultations"]["requested_at"])
    assert asked.dt.hour.between(10, 15).mean() == pytest.approx(0.96, abs=0.03)


def test_senders_of_referrals_are_near_the_published_shares(truth: dict[str, Any]) -> None:
    by_source, total = truth["referrals_by_source"], truth["referrals"]
    groups = {"6": 0.30, "2": 0.19, "3": 0.15, "5": 0.13, "1": 0.08}
    for first, share in groups.items():
        codes = [code for code in by_source if code[0] == first and code != "10"]
        assert sum(by_source[code] for code in codes) / total == pytest.approx(share, abs=0.03)


def test_breakdowns(truth: dict[str, Any], frames: Frames, named: pd.DataFrame, profiles: Any) -> None:
    contacts = frames["contacts"].replace("", "Not recorded")
    for name in ("channel", "urgency", "primary_reason", "level_requested", "received_by", "decision"):
        assert truth[f"contacts_by_{name}"] == contacts[name].value_counts().to_dict()
    outward = frames["contacts"]["postcode"].str.split(" ").str[0]
    by_outward = profiles["kent"].outward_districts()
    mapped = outward.map(lambda code: by_outward.get(code, "Unmapped") if code else "Not recorded")
    district = frames["contacts"]["district"].where(frames["contacts"]["district"] != "", mapped)
    assert truth["contacts_by_district"] == district.value_counts().to_dict()
    assert truth["children_by_gender"] == named["gender"].value_counts().to_dict()


def test_age_bands(truth: dict[str, Any], named: pd.DataFrame) -> None:
    born = pd.to_datetime(named["date_of_birth"])
    early = named["at"].dt.strftime("%m%d") < born.dt.strftime("%m%d")
    age = named["at"].dt.year - born.dt.year - early
    names = ["under 1", "1–4", "5–9", "10–15", "16–17", "18 and over"]
    band = pd.cut(age, [-1, 0, 4, 9, 15, 17, 99], labels=names).astype(object).fillna("unborn")
    band[(named["date_of_birth"] == "") & (named["expected_date_of_birth"] == "")] = "unknown"
    assert truth["children_by_age_band"] == band.value_counts().to_dict()


def test_the_last_day_is_alive(kent: Any, tmp_path: Any) -> None:
    made = generate(kent, tmp_path, months=2, scale=0.5, until=datetime(2026, 11, 25, 10, 30))
    received = pd.to_datetime(read(made)["contacts"]["received_at"], format="mixed")
    today = received[received >= "2026-11-25"]
    usual = (received.dt.day < 25).sum() / 55
    assert 0 < len(today) < usual
    assert (today.dt.hour >= 7).mean() > 0.4

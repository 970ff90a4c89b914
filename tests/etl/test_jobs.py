from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from etl import erasures, jobs, references
from etl.order import JobError, Order, Progress
from etl.pseudonymise import KeyProblem, PseudonymKey, case_code, new_key_file
from etl.publish import Warehouse, WarehouseBusy, WarehouseError
from etl.settings import Settings, shipped_profiles
from etl.verify import open_snapshot
from tests.etl.tiny_build import build


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    new_key_file(tmp_path / "pseudonyms.hex")
    for code in ("kent", "medway"):
        (tmp_path / "inbox" / code).mkdir(parents=True)
    return Settings(
        inbox=tmp_path / "inbox",
        warehouse=tmp_path / "warehouse",
        state=tmp_path / "state",
        profiles=shipped_profiles(),
        key_file=tmp_path / "pseudonyms.hex",
    )


def put(settings: Settings, authority: str, references: range, day: int = 1) -> None:
    lines = [f"C-{number:05d},2026-01-01 10:00" for number in references]
    path = settings.inbox / authority / f"contacts_2026-10-{day:02d}T0610.csv"
    path.write_text("\n".join(["contact_ref,received_at", *lines]) + "\n")


def load(settings: Settings, **options: object) -> jobs.LoadReport:
    return jobs.load(settings, builder=build, **options)  # type: ignore[arg-type]


def rows(settings: Settings) -> dict[str, int]:
    """Contacts by authority in the version that serves."""
    warehouse = Warehouse(settings.warehouse)
    current = warehouse.current()
    assert current is not None
    with open_snapshot(warehouse.path(current.version), threads=1, memory_limit_mb=200) as con:
        found = con.execute("SELECT authority::VARCHAR, count(*) FROM contact GROUP BY 1").fetchall()
    told = {code: tables["contact"] for code, tables in current.authority_rows.items() if "contact" in tables}
    assert told == dict(found)
    return dict(found)


def versions(settings: Settings) -> list[str]:
    return [sidecar.version for sidecar in jobs.history(settings)[0]]


def test_a_load_publishes_what_lies_in_the_inbox(settings: Settings) -> None:
    put(settings, "kent", range(60))
    put(settings, "medway", range(20))
    report = load(settings)
    assert report.is_new
    assert rows(settings) == {"kent": 60, "medway": 20}
    (kent, medway) = report.files
    assert (kent.authority, kent.records, kent.header_and_blank, kent.loaded) == ("kent", 61, 1, 60)
    assert medway.loaded == 20
    (sidecar,), current = jobs.history(settings)
    assert current == report.version == sidecar.version
    assert {(source.authority, source.feed) for source in sidecar.sources} == {
        ("kent", "contacts"),
        ("medway", "contacts"),
    }
    assert set(sidecar.data_as_at) == set(sidecar.profiles) == {"kent", "medway"}


def test_nothing_identifiable_stays_in_the_warehouse(settings: Settings) -> None:
    put(settings, "kent", range(3))
    load(settings)
    assert not [path for path in settings.warehouse.rglob("*") if path.is_dir() or path.suffix == ".csv"]


def test_unchanged_files_publish_nothing_unless_forced(settings: Settings) -> None:
    put(settings, "kent", range(60))
    first = load(settings)
    again = load(settings)
    assert not again.is_new
    assert again.version == first.version
    assert again.files == first.files
    assert load(settings, force=True).version != first.version
    assert len(versions(settings)) == 2


def test_a_new_file_publishes_a_new_version(settings: Settings) -> None:
    put(settings, "kent", range(60))
    first = load(settings)
    put(settings, "kent", range(60, 70), day=2)
    assert load(settings).version != first.version
    assert rows(settings)["kent"] == 70


def test_the_other_authorities_are_carried_over(settings: Settings) -> None:
    put(settings, "kent", range(60))
    put(settings, "medway", range(20))
    load(settings)
    put(settings, "kent", range(60, 65), day=2)
    put(settings, "medway", range(20, 25), day=2)
    load(settings, authority="kent")
    assert rows(settings) == {"kent": 65, "medway": 20}
    assert not load(settings, authority="kent").is_new
    load(settings)
    assert rows(settings) == {"kent": 65, "medway": 25}


def test_a_fall_of_rows_stops_unless_accepted(settings: Settings) -> None:
    put(settings, "kent", range(100))
    first = load(settings)
    put(settings, "kent", range(59))
    with pytest.raises(JobError, match=r"Nothing was published.*kent: contact has 59 rows and had 100"):
        load(settings)
    assert versions(settings) == [first.version]
    assert rows(settings) == {"kent": 100}
    load(settings, accept_fall=True)
    assert rows(settings) == {"kent": 59}


def test_a_build_that_fails_leaves_the_version_and_no_trace(settings: Settings) -> None:
    put(settings, "kent", range(60))
    load(settings)
    before = sorted(path.name for path in settings.warehouse.iterdir())

    def broken(order: Order, into: Path, scratch: Path, progress: Progress) -> None:
        build(order, into, scratch, progress)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        jobs.load(settings, force=True, builder=broken)
    assert sorted(path.name for path in settings.warehouse.iterdir()) == before
    assert rows(settings) == {"kent": 60}


def test_a_snapshot_that_does_not_verify_is_not_published(settings: Settings) -> None:
    put(settings, "kent", range(60))

    def leaky(order: Order, into: Path, scratch: Path, progress: Progress) -> None:
        build(order, into, scratch, progress)
        with duckdb.connect(str(into)) as con:
            con.execute("UPDATE load_file SET name = 'from testy@example.org'")

    with pytest.raises(JobError, match=r"load_file\.name holds a text that looks like an email address"):
        jobs.load(settings, builder=leaky)
    assert versions(settings) == []


def test_another_key_than_the_last_versions_is_refused(settings: Settings, tmp_path: Path) -> None:
    put(settings, "kent", range(3))
    load(settings)
    new_key_file(tmp_path / "other.hex")
    with pytest.raises(JobError, match="is not the one the last version was made with"):
        load(settings.model_copy(update={"key_file": tmp_path / "other.hex"}))


def test_no_key_and_a_short_key_are_refused(settings: Settings, tmp_path: Path) -> None:
    put(settings, "kent", range(3))
    with pytest.raises(KeyProblem, match="No key file is set"):
        load(settings.model_copy(update={"key_file": None}))
    (tmp_path / "short.hex").write_text("00" * 16)
    with pytest.raises(KeyProblem, match="too short"):
        load(settings.model_copy(update={"key_file": tmp_path / "short.hex"}))
    assert versions(settings) == []


def test_an_inbox_that_cannot_be_loaded_is_named(settings: Settings) -> None:
    with pytest.raises(JobError, match="nothing to load"):
        load(settings)
    with pytest.raises(JobError, match="no folder"):
        load(settings, authority="norfolk")
    with pytest.raises(JobError, match="no profile for 'atlantis'"):
        load(settings, authority="atlantis")
    with pytest.raises(JobError, match="no inbox"):
        load(settings.model_copy(update={"inbox": settings.inbox / "none"}))


def test_a_second_load_is_refused(settings: Settings) -> None:
    put(settings, "kent", range(3))
    with Warehouse(settings.warehouse).lock(), pytest.raises(WarehouseBusy):
        load(settings)


def test_rollback_lets_an_older_version_serve(settings: Settings) -> None:
    put(settings, "kent", range(60))
    first = load(settings)
    put(settings, "kent", range(60, 70), day=2)
    load(settings)
    assert jobs.rollback(settings, first.version) == first.version
    assert rows(settings) == {"kent": 60}
    with pytest.raises(WarehouseError, match="no version"):
        jobs.rollback(settings, "20200101T000000Z-00000000")


def erase(settings: Settings, tmp_path: Path, *lines: str) -> int:
    (tmp_path / "refs.csv").write_text("\n".join(["kind,reference", *lines]) + "\n")
    return references.erase(settings, tmp_path / "refs.csv", authority="kent")


def test_what_is_erased_is_gone_from_the_next_load_though_no_file_changed(settings: Settings, tmp_path: Path) -> None:
    put(settings, "kent", range(60))
    load(settings)
    assert erase(settings, tmp_path, "contact,C-00007", "contact,c-00008") == 2
    report = load(settings)
    assert report.is_new
    assert rows(settings) == {"kent": 58}
    assert (report.files[0].loaded, report.files[0].superseded) == (58, 2)
    assert not load(settings).is_new


def test_a_rollback_does_not_bring_back_what_was_erased(settings: Settings, tmp_path: Path) -> None:
    put(settings, "kent", range(60))
    first = load(settings)
    erase(settings, tmp_path, "contact,C-00007")
    served = jobs.rollback(settings, first.version)
    assert served != first.version
    assert rows(settings) == {"kent": 59}
    key = PseudonymKey.load(settings.key_file).pseudonym("contact", "kent", "C-00007")
    with open_snapshot(Warehouse(settings.warehouse).path(served), threads=1, memory_limit_mb=200) as con:
        assert con.execute("SELECT count(*) FROM contact WHERE contact_key = ?", [str(key)]).fetchone() == (0,)
        assert con.execute("SELECT version FROM snapshot").fetchone() == (served,)
    assert jobs.rollback(settings, served) == served, "a version that has applied the list serves as it is"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("cat,C-00001", "refs.csv, row 3, column kind"),
        ("contact,", "refs.csv, row 3, column reference: it is blank"),
    ],
)
def test_a_wrong_line_erases_nothing(settings: Settings, tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(JobError, match=said):
        erase(settings, tmp_path, "contact,C-00001", line)
    assert erasures.read(settings.warehouse) == ()


def test_a_case_code_leads_back_to_the_reference_where_key_and_inbox_are(settings: Settings) -> None:
    put(settings, "kent", range(60))
    put(settings, "medway", range(60))
    code = case_code(PseudonymKey.load(settings.key_file).pseudonym("contact", "kent", "C-00042"))
    (located,) = references.locate(settings, code.lower())
    assert (located.authority, located.kind, located.reference) == ("kent", "contact", "C-00042")
    assert references.locate(settings, "AAAAAAAAAA") == []
    with pytest.raises(JobError, match="not a case code"):
        references.locate(settings, "C-00042")


def test_a_disk_that_is_short_is_refused_before_the_build(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    put(settings, "kent", range(3))
    monkeypatch.setattr("etl.order.SPARE_BYTES", 2**62)
    with pytest.raises(WarehouseError, match="make room"):
        load(settings)
    assert versions(settings) == []

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard import cli, serving, terminal
from etl import jobs
from etl.pseudonymise import PseudonymKey, case_code, new_key_file
from etl.publish import Warehouse
from etl.settings import Settings, SettingsError, load_settings
from tests.etl.tiny_build import build


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a key named in the environment, and a small build in place of the real one."""
    monkeypatch.chdir(tmp_path)
    new_key_file(tmp_path / "pseudonyms.hex")
    monkeypatch.setenv("FRONTDOOR_KEY_FILE", "pseudonyms.hex")
    monkeypatch.setattr(terminal.out, "_width", 200)
    monkeypatch.setattr(jobs, "_builder", lambda: build)
    (tmp_path / "data" / "inbox" / "kent").mkdir(parents=True)
    return tmp_path


def frontdoor(*words: str) -> Result:
    return CliRunner().invoke(cli.app, list(words))


def put(place: Path, rows: int, day: int = 1) -> None:
    """A file of ``rows`` contacts that no other day's file has."""
    path = place / "data" / "inbox" / "kent" / f"contacts_2026-10-{day:02d}T0610.csv"
    lines = [f"C-{day:02d}{number:04d},2026-09-30 10:00" for number in range(rows)]
    path.write_text("\n".join(["contact_ref,received_at", *lines]) + "\n")


def current(place: Path) -> str:
    sidecar = Warehouse(place / "data" / "warehouse").current()
    assert sidecar is not None
    return sidecar.version


def test_load_ends_with_the_records_of_each_file(place: Path) -> None:
    put(place, 1234)
    done = frontdoor("load")
    assert done.exit_code == 0, done.output
    heading, row = (line for line in done.stdout.splitlines() if "Quarantined" in line or "kent" in line)
    names = ["Authority", "File", "Records", "Header and blank", "Loaded", "Superseded", "Quarantined"]
    assert [cell.strip() for cell in heading.strip("┃").split("┃")] == names
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["kent", "contacts", "1,235", "1", "1,234", "0", "0"]
    assert f"Version {current(place)} is published." in done.stdout
    assert "no file has changed" in frontdoor("load").stdout


def test_load_takes_folders_from_the_command_line(place: Path) -> None:
    put(place, 3)
    (place / "data" / "inbox").rename(place / "elsewhere")
    assert frontdoor("load", "--inbox", "elsewhere", "--warehouse", "published").exit_code == 0
    assert (place / "published" / "CURRENT").exists()
    assert not (place / "data" / "warehouse").exists()


def test_a_load_beside_another_exits_75(place: Path) -> None:
    put(place, 3)
    with Warehouse(place / "data" / "warehouse").lock():
        done = frontdoor("load")
    assert done.exit_code == 75
    assert done.stderr.strip() == "Another load is running. Wait for it to end, then try again."


def test_a_load_that_publishes_nothing_exits_1_with_a_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = frontdoor("load")
    assert done.exit_code == 1
    assert done.stderr.startswith("There is nothing to load in data/inbox")
    monkeypatch.delenv("FRONTDOOR_KEY_FILE")
    done = frontdoor("load")
    assert done.exit_code == 1
    assert "frontdoor key new" in done.stderr
    assert "Traceback" not in done.output


def test_trouble_that_nobody_foresaw_is_told_without_its_words(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("could not convert 'Testy McTestface'")

    put(place, 3)
    monkeypatch.setattr(jobs, "_builder", lambda: broken)
    done = frontdoor("load")
    assert done.exit_code == 1
    assert done.stderr.startswith("This should not happen: ValueError in etl.jobs, line ")
    assert "Testy" not in done.output


def test_history_and_rollback(place: Path) -> None:
    assert "Nothing has been published yet" in frontdoor("history").stdout
    put(place, 5)
    frontdoor("load")
    first = current(place)
    put(place, 7, day=2)
    frontdoor("load")
    told = frontdoor("history").stdout
    assert told.index(f"{current(place)} (serves)") < told.index(first)
    for words in (
        "kent: data as at",
        "rows: ",
        "contact 5,",
        "contact 12,",
        "extract of 01/10/2026 06:10",
        "extract of 02/10/2026",
    ):
        assert words in told
    done = frontdoor("rollback", first)
    assert done.exit_code == 0
    assert done.stdout.strip() == f"Version {first} serves."
    assert current(place) == first
    assert frontdoor("rollback", "latest").exit_code == 1


def test_erase_then_load_then_locate(place: Path) -> None:
    put(place, 5)
    frontdoor("load")
    (place / "refs.csv").write_text("authority,kind,reference\nkent,contact,C-010003\n")
    assert frontdoor("erase", "--ref-file", "refs.csv").stdout.startswith("1 new on the erasure list.")
    assert frontdoor("load").exit_code == 0
    with_key = PseudonymKey.load(place / "pseudonyms.hex")
    code = case_code(with_key.pseudonym("contact", "kent", "C-010004"))
    assert frontdoor("locate", code).stdout.strip() == "kent · contact · C-010004 · contacts_2026-10-01T0610.csv"
    nowhere = frontdoor("locate", "AAAAAAAAAA")
    assert (nowhere.exit_code, nowhere.stderr.strip()) == (1, "No file of the inbox has a case with this code.")


def test_key_new_makes_a_private_key_and_never_overwrites(place: Path) -> None:
    assert frontdoor("key", "new", "secret/none.hex").exit_code == 1
    done = frontdoor("key", "new", "second.hex")
    assert done.exit_code == 0
    assert stat.S_IMODE((place / "second.hex").stat().st_mode) == 0o400
    secret = (place / "second.hex").read_text()
    assert secret.strip() not in done.output
    again = frontdoor("key", "new", "second.hex")
    assert (again.exit_code, again.stderr.strip()) == (1, "second.hex exists already and is not overwritten.")
    assert (place / "second.hex").read_text() == secret


@pytest.mark.parametrize("folder", ["data/inbox", "data/inbox/kent", "data/warehouse", "data/state", "data/x/../state"])
def test_key_new_refuses_a_place_beside_the_data(place: Path, folder: str) -> None:
    (place / folder.replace("x/../", "")).mkdir(parents=True, exist_ok=True)
    done = frontdoor("key", "new", f"{folder}/pseudonyms.hex")
    assert done.exit_code == 1
    assert "a key beside the data protects nothing" in done.stderr


def test_generate_writes_the_four_files_where_it_is_told(place: Path) -> None:
    done = frontdoor(
        "generate", "--authority", "kent", "--months", "2", "--scale", "0.01", "--seed", "7",
        "--until", "2026-09-30", "--truths", "truths.json", "out",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    written = sorted(path.name.split("_")[0] for path in (place / "out" / "kent").iterdir())
    assert written == ["children", "consultations", "contacts", "referrals"]
    assert (place / "truths.json").exists()
    assert frontdoor("generate", "--authority", "atlantis", "out").exit_code == 1


def test_demo_makes_its_own_key_and_data_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRONTDOOR_KEY_FILE")
    settings = cli.prepare_demo(load_settings())
    assert settings.key_file == Path("data/state/demo.key")
    files = sorted((place / "data" / "inbox" / "kent").iterdir())
    assert len(files) == 4
    secret = settings.key_file.read_bytes()
    assert cli.prepare_demo(load_settings()) == settings
    assert sorted((place / "data" / "inbox" / "kent").iterdir()) == files
    assert settings.key_file.read_bytes() == secret


def test_the_dashboard_is_served_to_this_machine_only(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = serving.server_options(Settings(port=8051))
    assert options["bind"] == ["127.0.0.1:8051"]
    assert (options["worker_class"], options["workers"], options["control_socket_disable"]) == ("gthread", 1, True)
    monkeypatch.setenv("FRONTDOOR_HOST", "0.0.0.0")
    done = frontdoor("serve")
    assert done.exit_code == 1
    assert "FRONTDOOR_HOST" in done.stderr
    assert "'0.0.0.0'" in done.stderr


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_told_before_anything_is_done(place: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = frontdoor(command, "--port", str(port))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Port {port} is in use")
    assert not (place / "data" / "warehouse").exists()


def test_a_wrong_setting_is_named_with_its_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"FRONTDOOR_PORT.*'70000'|FRONTDOOR_PORT.*70000"):
        load_settings(port=70000)
    (tmp_path / "frontdoor.toml").write_text('inbocks = "x"\n')
    with pytest.raises(SettingsError, match=r"'inbocks' is not a setting; known are .*inbox"):
        load_settings()
    (tmp_path / "frontdoor.toml").write_text('inbox = "exports"\nport = 8051\n')
    monkeypatch.setenv("FRONTDOOR_PORT", "8052")
    assert (load_settings().inbox, load_settings().port) == (Path("exports"), 8052)

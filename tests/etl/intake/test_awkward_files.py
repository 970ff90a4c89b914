"""Files that others collected because they break readers: each opens, or is refused in plain words."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl.intake.names import NamedFile
from etl.intake.opened import OpenedSheet, open_file, open_slowly
from etl.intake.refusals import RefusedFile
from tests.etl.intake.reading import is_accounted, named, rows_of

PROJECT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("FRONTDOOR_TEST_FILES", PROJECT.parent / "shared"))
EXTENSIONS = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xls": "xlsx", ".ods": "xlsx"}
EXPECTED = 333
CANARY = "Canary7391"


def awkward_files() -> Iterator[NamedFile]:
    workbook = FOLDER / "samples" / "annex_a.xlsx"
    for path in [*sorted((FOLDER / "bad-inputs").rglob("*")), workbook]:
        if path.is_file() and path.suffix in EXTENSIONS:
            feed = "annex_a" if path == workbook else "contacts"
            yield named(path, feed, EXTENSIONS[path.suffix])


def staged(sheet: OpenedSheet, file: NamedFile, scratch: Path) -> OpenedSheet:
    """What a load does: another count or an error sends a CSV file down the slow path."""
    try:
        if len(rows_of(sheet)) == sheet.rows:
            return sheet
    except duckdb.Error:
        assert not sheet.is_normalised
    return open_slowly(file, scratch=scratch)


def outcomes(file: NamedFile, scratch: Path) -> list[str]:
    try:
        sheets = [staged(sheet, file, scratch) for sheet in open_file(file, scratch=scratch)]
    except RefusedFile as error:
        assert error.refusal.message.startswith(error.refusal.file)
        return [error.refusal.code]
    for sheet in sheets:
        assert is_accounted(sheet), file.path
        assert len(rows_of(sheet)) == sheet.rows, file.path
        assert [sheet.record_of(k) for k in range(sheet.rows)] == sorted(
            {sheet.record_of(k) for k in range(sheet.rows)}
        )
    return ["opened" for _ in sheets]


def test_each_awkward_file_opens_or_is_refused(tmp_path: Path) -> None:
    if not (FOLDER / "bad-inputs").is_dir():
        pytest.skip(f"FRONTDOOR_TEST_FILES names no folder with bad-inputs: {EXPECTED} files not read")
    found = Counter(outcome for file in awkward_files() for outcome in outcomes(file, tmp_path))
    assert found["opened"] > 150
    assert found["bad_encoding"] + found["wrong_delimiter"] + found["old_workbook"] > 50


@pytest.mark.parametrize(
    "content",
    [
        f"{CANARY},b\n1,2\n",
        f"{CANARY},{CANARY}\n1,2\n",
        f"{CANARY};contact_ref\n",
        f"contact_ref,channel,{CANARY},{CANARY}\n1,2\n",
        f"contact_ref,channel\n{CANARY},2,{CANARY}\n{CANARY}\n",
        f'contact_ref,channel\n"{CANARY}"x,2\n{CANARY},{CANARY}',
        f'contact_ref,channel\n1,"{CANARY}',
        f"contact_ref,channel\n{CANARY}\0,2\n",
        f"contact_ref,channel\n{CANARY}\x81é,2\n",
    ],
)
@pytest.mark.parametrize("has_names", [True, False])
def test_no_message_holds_what_a_cell_holds(tmp_path: Path, content: str, has_names: bool) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(content.encode("latin-1"))
    names = ("contact_ref", "channel") if has_names else ()
    try:
        sheet = open_slowly(named(path), scratch=tmp_path, header_names=names)
    except RefusedFile as error:
        said = f"{error} {error.refusal}"
    else:
        said = f"{sheet.rejected} {sheet.notices}"
    assert CANARY not in said

"""The fast path (scanner and DuckDB) and the slow one (record by record) must tell the same story."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etl.intake.opened import OpenedSheet, open_file, open_slowly
from etl.intake.refusals import RefusedFile
from etl.intake.scan import scan
from tests.etl.intake.reading import is_accounted, named, rows_of

CELLS = st.text(alphabet='ab1",;\n\r é\u2028\x0b', max_size=6)
TABLES = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width)))
FRAGMENTS = st.lists(
    st.sampled_from(["a", "b,c", ",", '"', '""', "\n", "\r\n", "\r", "1,2\n", '"x\ny",2\n', " ", "é", "\0", "\x1a"])
)
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def as_csv(rows: list[list[str]], line_end: str, style: int, blanks: set[int], is_ended: bool) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if style else csv.QUOTE_MINIMAL, lineterminator=line_end)
    for number, row in enumerate(rows):
        # the writer leaves a carriage return unquoted
        writer.writerow([cell if style else cell.replace("\r", "") for cell in row])
        out.write(line_end if number in blanks else "")
    text = out.getvalue()
    return text if is_ended else text.removesuffix(line_end)


def read_both(content: bytes) -> tuple[OpenedSheet, OpenedSheet, list[tuple[str | None, ...]] | None] | None:
    """(fast, slow, rows of the fast one or None when DuckDB gave up), or None when both refuse."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "contacts.csv")
        path.write_bytes(content)
        try:
            (fast,) = open_file(named(path), scratch=Path(folder))
        except RefusedFile:
            return None
        try:
            slow = open_slowly(named(path), scratch=Path(folder))
        except RefusedFile:
            return None
        assert rows_of(slow) is not None and len(rows_of(slow)) == slow.rows
        assert is_accounted(fast) and is_accounted(slow)
        try:
            rows = rows_of(fast)
        except duckdb.Error:
            return fast, slow, None
        assert len(rows) != fast.rows or rows == rows_of(slow)
        return fast, slow, rows


@RELAXED
@given(
    rows=TABLES.filter(bool),
    line_end=st.sampled_from(["\n", "\r\n"]),
    style=st.integers(0, 1),
    blanks=st.sets(st.integers(0, 5)),
    is_ended=st.booleans(),
    has_mark=st.booleans(),
)
def test_well_written_files_are_read_alike(
    rows: list[list[str]], line_end: str, style: int, blanks: set[int], is_ended: bool, has_mark: bool
) -> None:
    header = [f"h{index}" for index in range(len(rows[0]))]
    text = as_csv([header, *rows], line_end, style, blanks, is_ended)
    read = read_both((b"\xef\xbb\xbf" if has_mark else b"") + text.encode())
    assert read is not None
    fast, slow, found = read
    assert found is not None and len(found) == fast.rows == slow.rows == len(rows)
    assert (fast.records, fast.header_and_blank) == (slow.records, slow.header_and_blank)
    assert [fast.record_of(k) for k in range(fast.rows)] == [slow.record_of(k) for k in range(slow.rows)]
    assert slow.rejected == ()


@RELAXED
@given(FRAGMENTS)
@example(["\n", "b,c", ' "', "x", '"\n'])
def test_any_text_is_read_alike_or_handed_to_the_slow_path(fragments: list[str]) -> None:
    read = read_both(b"a,b\n" + "".join(fragments).encode())
    if read is not None and read[2] is not None and len(read[2]) == read[0].rows:
        fast, slow, _ = read
        assert (fast.records, fast.rows) == (slow.records, slow.rows)
        assert [fast.record_of(k) for k in range(fast.rows)] == [slow.record_of(k) for k in range(slow.rows)]


@RELAXED
@given(FRAGMENTS, st.integers(1, 7))
def test_the_scan_does_not_depend_on_where_blocks_end(tmp_path: Path, fragments: list[str], chunk: int) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes("".join(fragments).encode())
    whole, pieces = scan(path), scan(path, chunk)
    assert pieces.is_clean == whole.is_clean
    assert pieces.sha256 == whole.sha256
    if whole.is_clean:
        assert (pieces.records, pieces.longest, pieces.tail_at) == (whole.records, whole.longest, whole.tail_at)
        assert pieces.empty.tolist() == whole.empty.tolist()

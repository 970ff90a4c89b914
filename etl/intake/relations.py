"""The text of a DuckDB table function that reads a file as columns c0…cN-1 of VARCHAR."""

from __future__ import annotations

import re
from pathlib import Path

_GLOB = re.compile(r"([*?\[])")
_DEFAULT_LINE = 2_000_000


def quoted(path: Path) -> str:
    """A path as an SQL string that DuckDB takes literally, not as a pattern."""
    pattern = _GLOB.sub(r"[\1]", str(path.absolute()))
    return "'" + pattern.replace("'", "''") + "'"


def csv_relation(path: Path, columns: int, *, skip: int = 0, longest: int = 0, has_returns: bool = False) -> str:
    """`read_csv` with nothing left to guess but which of two line ends.

    `skip`: records before the first row; `longest`: bytes of a record; `has_returns`: lines end with CR LF.
    """
    names = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(columns))
    # left to itself it takes a return in the first row's quotes for a line's end; told CR LF, it drops a row
    line_end = "" if has_returns else "new_line='\\n', "
    line = f", max_line_size={longest + 1024}" if longest > _DEFAULT_LINE - 1024 else ""
    return (
        f"read_csv({quoted(path)}, auto_detect=false, header=false, skip={skip}, columns={{{names}}}, "
        f"delim=',', quote='\"', escape='\"', comment='', nullstr='', {line_end}strict_mode=true, "
        "null_padding=false, ignore_errors=false, hive_partitioning=false, compression='none', "
        f"encoding='utf-8'{line})"
    )

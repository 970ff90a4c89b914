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


def csv_relation(path: Path, columns: int, *, skip: int = 0, longest: int = 0) -> str:
    """`read_csv` with nothing left to guess. `skip`: records before the first row; `longest`: bytes."""
    names = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(columns))
    line = f", max_line_size={longest + 1024}" if longest > _DEFAULT_LINE - 1024 else ""
    return (
        f"read_csv({quoted(path)}, auto_detect=false, header=false, skip={skip}, columns={{{names}}}, "
        "delim=',', quote='\"', escape='\"', comment='', nullstr='', strict_mode=true, null_padding=false, "
        f"ignore_errors=false, hive_partitioning=false, compression='none', encoding='utf-8'{line})"
    )

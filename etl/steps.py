"""SQL as files of named steps: `-- step: name` begins one, a semicolon at a line's end closes a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

import duckdb

_STEP = re.compile(r"^-- step: (?P<name>\w+).*$", re.MULTILINE)


def steps_of(name: str, words: Mapping[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """(step, statement) of `etl/sql/<name>.sql` in order; `words` replaces names in capitals by SQL."""
    text = (files("etl") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    for word, sql in (words or {}).items():
        text = text.replace(word, sql)
    marks = list(_STEP.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        yield mark["name"], text[mark.end() : end].strip().removesuffix(";")


def run_steps(con: duckdb.DuckDBPyConnection, name: str, words: Mapping[str, str] | None = None) -> None:
    """Run the steps of a file."""
    for _, statement in steps_of(name, words):
        con.execute(statement)

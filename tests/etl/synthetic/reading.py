"""Reads generated files back as text, in each format, without the generator's code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from etl.synthetic import Generated

UNTIL = date(2026, 9, 30)
Frames = dict[str, pd.DataFrame]


def read(generated: Generated) -> Frames:
    """The four files as text, a blank cell as an empty one."""
    readers = {"csv": read_csv, "parquet": read_parquet, "xlsx": read_xlsx}
    return {feed: readers[path.suffix[1:]](path) for feed, path in generated.files.items()}


def read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def read_parquet(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path).fillna("").astype(str)


def read_xlsx(path: Path) -> pd.DataFrame:
    sheet = path.name.split("_")[0]
    return pd.read_excel(path, sheet_name=sheet, dtype=str, keep_default_na=False, engine="calamine")

from __future__ import annotations

import bisect

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl.intake.ordinals import RecordOrdinals


@given(first=st.integers(1, 4), gaps=st.sets(st.integers(0, 30)))
def test_ordinals_and_runs_agree_with_counting(first: int, gaps: set[int]) -> None:
    ordinals = RecordOrdinals(first, np.array(sorted(first + gap for gap in gaps), dtype=np.int64))
    counted = [number for number in range(first, first + 60) if number - first not in gaps][:25]
    runs = ordinals.runs()
    starts = [row for row, _ in runs]
    joined = [k + runs[bisect.bisect_right(starts, k) - 1][1] for k in range(25)]
    assert [ordinals.record_of(k) for k in range(25)] == counted == joined

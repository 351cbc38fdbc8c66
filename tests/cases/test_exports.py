"""Downloads that no spreadsheet executes, and that lose nothing."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from city_brain.cases.exports import as_csv, as_parquet, harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =HYPERLINK(1)"])
def test_a_formula_is_quoted(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("value", ["路灯不亮", "a=b", "", None, 3, -3.5])
def test_anything_else_stays(value: object) -> None:
    assert harmless(value) == value


def test_csv_and_parquet_keep_rows_and_words() -> None:
    cases = pd.DataFrame({"case_id": ["A-1", "A-2"], "description": ["=cmd|' /C calc'!A0", "井盖缺失"], "reports": [1, 2]})
    text = as_csv(cases)
    assert text.startswith(b"\xef\xbb\xbf"), "a spreadsheet opens it in the right encoding"
    back = pd.read_csv(io.BytesIO(text))
    assert back["description"].tolist() == ["'=cmd|' /C calc'!A0", "井盖缺失"]
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(as_parquet(cases))), cases, check_dtype=False)

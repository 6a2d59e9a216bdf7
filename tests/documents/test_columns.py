"""How wide the columns of a table on paper are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.documents.columns import BESIDE, LEAST, MOST, breadth, widths


@pytest.mark.parametrize(("text", "wide"), [("", 0), ("abc", 3), ("案卷", 4), ("a\n案卷b", 5), ("…", 1)])
def test_what_is_written_in_squares_is_two_wide(text: str, wide: int) -> None:
    assert breadth(text) == wide


def test_a_number_gets_little_and_a_hash_not_everything() -> None:
    number, what, digest = widths(["No.", "What", "Digest"], [["1", "issued the notice", "0" * 64]])
    assert number == round(100 * LEAST / (LEAST + BESIDE + 17 + MOST), 2)
    assert number < what < digest


@given(st.lists(st.lists(st.text(max_size=80), min_size=3, max_size=3), max_size=5), st.booleans())
def test_the_columns_fill_the_table(rows: list[list[str]], has_head: bool) -> None:
    found = widths(["a", "b", "c"] if has_head else [], rows)
    assert len(found) == (3 if rows or has_head else 0)
    assert not found or abs(sum(found) - 100) < 0.1
    assert all(each >= 100 * LEAST / (LEAST + 2 * MOST) - 0.01 for each in found)

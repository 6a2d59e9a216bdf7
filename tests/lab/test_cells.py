"""A slip is said at the cell in which it stands, and all slips of a row at once."""

from __future__ import annotations

import pytest

from quality.lab.cells import wrong_cells
from quality.lab.entries import ResultEntry


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"value": "5,3", "uncertainty": "0.6"}, {"value"}),
        ({"value": "5.3", "uncertainty": "1,2"}, {"uncertainty"}),
        ({"value": "5,3", "uncertainty": "1,2"}, {"value", "uncertainty"}),
        ({"value": "5.3", "uncertainty": "0.6", "lod": "=A1"}, {"lod"}),
        ({"value": "5.3", "uncertainty": "0.6", "loq": "1×100"}, {"loq"}),
        ({"value": "5.3", "uncertainty": "0.6", "unit": "=A1"}, {"unit"}),
        ({"value": "=1+1", "uncertainty": "=A1", "lod": "-1"}, {"value", "uncertainty", "lod"}),
        ({"value": "5.3", "uncertainty": "0.6", "lod": "0", "loq": "0"}, {"lod", "loq"}),
        ({"value": "5.3"}, {"uncertainty"}),
    ],
)
def test_where_it_stands(cells, wrong):
    entry = ResultEntry("铅", **({"unit": "mg/kg"} | cells))
    assert set(wrong_cells(entry, limit="≤5.0 mg/kg", rule="non_binary")) == wrong

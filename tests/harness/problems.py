"""What was wrong with what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from quality.core.errors import Invalid


@contextmanager
def invalid(*wanted: tuple[str, str]) -> Iterator[None]:
    """The block is `Invalid` for exactly these fields and codes, in any order, and each says what to do."""
    with pytest.raises(Invalid) as refused:
        yield
    assert sorted((problem.field, problem.code) for problem in refused.value.problems) == sorted(wanted)
    assert all(str(problem.text) for problem in refused.value.problems)

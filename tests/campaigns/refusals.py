"""What a test says when bad input must be refused by the name of its field and a code."""

from contextlib import contextmanager

import pytest

from quality.core.errors import Invalid


@contextmanager
def refuses(*problems):
    """Inside, `Invalid` is raised and names these problems (`field: code`) among its own."""
    with pytest.raises(Invalid) as refused:
        yield refused
    named = [f"{problem.field}: {problem.code}" for problem in refused.value.problems]
    assert [problem for problem in problems if problem not in named] == [], named
    assert str(refused.value)

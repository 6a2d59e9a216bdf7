"""Saying no: what is refused leaves nothing behind, and says why by its code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, Refused


def assert_refused(session: Session, code: str, deed: Callable[..., Any], *args: Any, **named: Any) -> Refused:
    """`deed(session, …)` is refused with this code. All before it is kept, and it is undone."""
    session.commit()
    with pytest.raises(Refused) as no:
        deed(session, *args, **named)
    session.rollback()
    assert no.value.code == code, no.value
    assert str(no.value.reason)
    return no.value


def assert_invalid(
    session: Session, problems: set[tuple[str, str]], deed: Callable[..., Any], *args: Any, **named: Any
):
    """`deed(session, …)` names exactly these problems, each as (field, code)."""
    session.commit()
    with pytest.raises(Invalid) as no:
        deed(session, *args, **named)
    session.rollback()
    assert {(p.field, p.code) for p in no.value.problems} == problems
    assert all(str(p.text) for p in no.value.problems)

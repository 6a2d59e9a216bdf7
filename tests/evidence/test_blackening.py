"""What a person blacks out is gone from the copy, to the last pixel, and the copy leads to nobody any more."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotPermitted
from quality.core.events import Access, Event
from quality.evidence.blackening import (
    COLUMNS,
    ROWS,
    Box,
    black_out,
    blacked_out,
    boxes_in,
    pixels_of,
    with_its_grid,
)
from quality.evidence.models import EvidenceKind, Exhibit
from quality.evidence.queries import that_lead_to_the_buyer
from quality.people.looks import LookReason
from quality.purchases.models import TaskStatus
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import task_at, vault

FOR: dict[str, Any] = {"why": "给平台看", "reason": LookReason.EVIDENCE}


@pytest.mark.parametrize(
    ("typed", "boxes"),
    [
        ("B2", [Box(1, 1, 1, 1)]), ("b2:e4", [Box(1, 1, 4, 3)]), ("E4-B2", [Box(1, 1, 4, 3)]),
        ("Ａ１，Ｐ24", [Box(0, 0, 0, 0), Box(15, 23, 15, 23)]), (" A1 、 A2; A3 ", [Box(0, n, 0, n) for n in range(3)]),
    ],
)  # fmt: skip
def test_fields_are_read_as_people_write_them(typed: str, boxes: list[Box]) -> None:
    assert boxes_in(typed) == boxes
    assert boxes_in(", ".join(map(str, boxes))) == boxes


@pytest.mark.parametrize("typed", ["", " , ", "Q1", "A0", "A25", "A1:Z9", "1A", "B2:", "A1," * 61, "\u0000", "A１00"])
def test_what_is_no_field_is_named(typed: str) -> None:
    with pytest.raises(Invalid, match="fields"):
        boxes_in(typed)


@given(
    width=st.integers(1, 400), height=st.integers(1, 400),
    column=st.integers(0, len(COLUMNS) - 1), row=st.integers(0, ROWS - 1),
)  # fmt: skip
def test_the_fields_of_the_grid_cover_a_picture_of_any_size(width: int, height: int, column: int, row: int) -> None:
    left, top, right, bottom = pixels_of(Box(column, row, column, row), width, height)
    assert 0 <= left <= right < width
    assert 0 <= top <= bottom < height
    assert pixels_of(Box(0, 0, len(COLUMNS) - 1, ROWS - 1), width, height) == (0, 0, width - 1, height - 1)
    if column + 1 < len(COLUMNS):  # no pixel between two fields is in neither
        assert pixels_of(Box(column + 1, row, column + 1, row), width, height)[0] <= right + 1


def test_what_is_painted_over_is_black_and_the_rest_is_as_it_was() -> None:
    copy = Image.open(io.BytesIO(blacked_out(Image.new("RGB", (320, 240), "white"), boxes_in("B2:E4"))))
    inside, outside = (copy.convert("L").getpixel(at) for at in ((40, 20), (300, 200)))
    assert isinstance(inside, int) and isinstance(outside, int)
    assert inside < 8
    assert outside > 247
    assert not copy.getexif()
    assert Image.open(io.BytesIO(with_its_grid(Image.new("RGB", (2000, 900), "white")))).width == 1000


@on_sqlite
def test_the_copy_is_evidence_of_its_own_and_what_was_hidden_is_on_record(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ORDERED)
    secret = session.scalars(sa.select(Exhibit).where(Exhibit.kind == EvidenceKind.PAYMENT)).one()
    session.commit()
    copy = black_out(session, vault(), secret, "A1:P6", by=cast.coordinator, **FOR)
    assert (copy.subject_id, copy.kind, copy.holding.kind) == (task.id, EvidenceKind.REDACTED, EvidenceKind.REDACTED)
    assert copy.holding.sha256 != secret.holding.sha256
    assert that_lead_to_the_buyer(session, [secret, copy]) == {secret.id}
    [event] = session.scalars(sa.select(Event).filter_by(action="black_out"))
    assert event.details == {"of": f"exhibit:{secret.id}", "fields": ["A1:P6"], "sha256": copy.holding.sha256}
    [look] = session.scalars(sa.select(Access).where(Access.what == f"evidence:{secret.id}"))
    assert (look.reason, look.why) == ("evidence", "给平台看")
    for stranger in (cast.buyer, cast.reviewer, cast.desk):
        with pytest.raises(NotPermitted):
            black_out(session, vault(), secret, "A1", by=stranger, **FOR)
    with invalid(("fields", "no_such_field")):
        black_out(session, vault(), secret, "Z9", by=cast.coordinator, **FOR)

"""The labels of controls are printed with those of any other sample, and nothing on the sheet tells which is which."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.controls.queries import one_to_label, to_label
from quality.core.errors import NotFound
from quality.documents.models import Document, Language
from quality.purchases.operations.papers import ask_for_label_sheet, ask_for_labels
from tests.harness.controls import registered, sent_unit
from tests.harness.lab import portion_to_test, sent_sample, take_in
from tests.harness.people import Cast
from tests.harness.purchases import sealed_sample


def test_they_are_offered_to_who_keeps_controls_until_a_laboratory_has_it(session: Session, sent: Cast) -> None:
    waiting = sealed_sample(session, sent)
    unit = sent_unit(session, sent, registered(session, sent, sent_sample(session, sent)))
    offered = {who: list(to_label(session, who, most=9)) for who in (sent.coordinator, sent.buyer)}
    assert offered == {sent.coordinator: [unit.sample, waiting], sent.buyer: [waiting]}
    numbers = [unit.sample.number, waiting.number]
    assert [one_to_label(session, sent.coordinator, each).number for each in numbers] == numbers
    for stranger in (sent.buyer, sent.reviewer):
        with pytest.raises(NotFound):
            one_to_label(session, stranger, unit.sample.number)

    ask_for_labels(session, [unit.sample, waiting], by=sent.coordinator)
    ask_for_label_sheet(session, unit.sample, Language.ZH, by=sent.coordinator)

    many, alone = session.scalars(sa.select(Document).where(Document.kind == "label_sheet").order_by(Document.id))
    for paper in (many, alone):
        assert not re.search(r"\bQ-", f"{paper.number} {paper.says}")  # a blind number's own letters may end in Q
    assert len({each["product"] for each in many.says["many"]}) == 1
    take_in(session, portion_to_test(unit.sample), sent)
    assert list(to_label(session, sent.coordinator, most=9)) == [waiting]

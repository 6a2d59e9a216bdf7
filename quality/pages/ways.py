"""What was tried where nothing proved in time that a platform has a notice, when, and what it brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.delivery.calling import CALL
from quality.delivery.falling_back import ISSUE
from quality.delivery.models import EVENT, Delivery, Fallback, Medium, Message, MessageType, Receipt
from quality.delivery.queries import Told, receipts_of, told_of
from quality.notices.models import Notice, Way
from quality.pages.moments import moment
from quality.pages.words import Tone, word
from quality.pages.words.delivery import Standing, of_delivery


class Tried(NamedTuple):
    """One way. `came` says what it brought; `is_letter`: its sheet stands among the papers."""

    step: Fallback
    way: Text
    at: datetime
    passed_over: list[Text]
    came: list[Standing]
    is_letter: bool


def fallbacks_of(session: Session, notice: Notice) -> Sequence[Fallback]:
    return session.scalars(sa.select(Fallback).where(Fallback.notice_id == notice.id).order_by(Fallback.id)).all()


def ways_tried(session: Session, notice: Notice) -> list[Tried]:
    """The newest first; mostly there is none."""
    steps = fallbacks_of(session, notice)
    if not steps:
        return []
    told, receipts = told_of(session, notice), receipts_of(session, notice)
    ends = [each.at for each in steps[1:]] + [None]
    found = [tried(step, until, told, receipts) for step, until in zip(steps, ends, strict=True)]
    return found[::-1]


def tried(step: Fallback, until: datetime | None, told: Sequence[Told], receipts: Sequence[Receipt]) -> Tried:
    proofs = [each for each in receipts if each.received_at >= step.at and (until is None or each.received_at < until)]
    came = [of_delivery(each) for each in deliveries_of(step, told)] if step.way != Way.LETTER else []
    if proofs:
        said = _("Then received: %(how)s, %(at)s", how=word("channel", proofs[0].channel),
                 at=moment(proofs[0].received_at))  # fmt: skip
        came.append(Standing(said, Tone.OK))
    else:
        came.append(Standing(_("No proof so far") if until is None else _("No proof came of it"), Tone.WARN))
    over = [_("%(way)s: %(why)s", way=word("way", way), why=word("unfit", why)) for way, why in step.passed_over]
    return Tried(step, word("way", step.way), step.at, over, came, step.way == Way.LETTER)


def deliveries_of(step: Fallback, told: Sequence[Told]) -> list[Delivery]:
    """By which it went: of the mail that was written for it, or of the webhook message that was sent once more."""
    return [delivery for message, deliveries in told if is_of(step, message) for delivery in deliveries]


def is_of(step: Fallback, message: Message) -> bool:
    if step.way == Way.EMAIL:
        return message.cause == f"{CALL}:{step.id}"
    is_asked = (
        message.type == MessageType.ISSUED if step.asked_in == ISSUE else message.cause == f"{EVENT}{step.asked_in}"
    )
    return message.medium == Medium.WEBHOOK and is_asked

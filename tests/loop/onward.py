"""As it should go: the next step of a notice on its way to its end, so that a play gets far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from quality.notices.models import ItemStatus, Notice, NoticeItem, NoticeStatus

if TYPE_CHECKING:
    from tests.loop.machine import Loop

BY_THE_AGENCY = {
    NoticeStatus.DRAFT: ("coordinator", "submit"),
    NoticeStatus.IN_REVIEW: ("reviewer", "approve"),
    NoticeStatus.APPROVED: ("coordinator", "issue"),
}


def go_on(play: Loop, n: int) -> None:
    notice = play.stage.notice(n)
    position = [each.id for each in play.stage.notices].index(notice.id)
    desk = play.stage.desk_of(notice)
    match notice.status:
        case NoticeStatus.DRAFT | NoticeStatus.IN_REVIEW | NoticeStatus.APPROVED:
            play.review(position, *BY_THE_AGENCY[notice.status])
        case NoticeStatus.ISSUING:
            play.seal()
        case NoticeStatus.ISSUED:
            play.opens(position, desk, True)
        case NoticeStatus.SERVED:
            play.acknowledges(position, desk)
        case NoticeStatus.ACKNOWLEDGED | NoticeStatus.REOPENED:
            play.answers(n=position, who=desk, mask=31, outcome="removed", ago=0, proof="own")
        case NoticeStatus.ANSWERED:
            see_to(play, position, notice)


def see_to(play: Loop, position: int, notice: Notice) -> None:
    """Look at the next listing that was answered for, and verify it; close the notice when there is none."""
    claimed = next((item.id for item in notice.items if item.status == ItemStatus.CLAIMED), None)
    if claimed is None:
        play.closes(position, "coordinator")
        return
    items = play.stage.session.scalars(sa.select(NoticeItem.id).order_by(NoticeItem.id)).all()
    for who in ("coordinator", "second_coordinator")[: 2 if play.watcher.listings[claimed].is_drawn else 1]:
        play.looks(items.index(claimed), who, True, 0, "new")
    play.verifies(items.index(claimed), "coordinator")

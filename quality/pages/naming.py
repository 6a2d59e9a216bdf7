"""Naming in public, the last step of a platform's ladder: it leads to a publication with what is known, and no further.

The program proposes and fills in. One person proposes the publication, another publishes it, as any other; or somebody
writes down why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.clocks.models import Clock
from quality.clocks.queries import clocks_of_all
from quality.core import clock
from quality.core.words import Text, _, in_language
from quality.lab.models import Finding
from quality.notices.models import REMOVAL_RULES, ItemStatus, Notice, NoticeItem
from quality.pages.moments import full_day
from quality.people.actor import Actor
from quality.permissions import Can

SETTLED = (ItemStatus.VERIFIED, ItemStatus.EXCUSED)
MOST = 20  # publications that a step leads to


class Lead(NamedTuple):
    text: Text
    address: str


def leads(notice: Notice, item: NoticeItem | None, me: Actor) -> list[Lead]:
    """To the publication about each finding whose listings are not settled; of one listing, to its own."""
    if not me.can(Can.RESULT_PROPOSE) or not me.stands_over(notice):
        return []
    waiting = [each for each in ([item] if item else notice.items) if each.status not in SETTLED]
    found = {each.finding.number: each for each in waiting}
    return [
        Lead(
            _("Propose the publication of %(finding)s", finding=f"{number} {each.snapshot['product']['name']}"),
            url_for("desk.sheet", kind="finding", number=number, name="propose_result", late=notice.number),
        )
        for number, each in list(found.items())[:MOST]
    ]


def as_remark(session: Session, notice: Notice, finding: Finding) -> str:
    """What a publication about `finding` may say of a platform that is late with `notice`, in 中文 like the papers;
    empty where it is not late with this finding's listings."""
    named = [item for item in notice.items if item.finding_id == finding.id]
    waiting = [item for item in named if item.status not in SETTLED]
    late = over(session, notice, waiting)
    if not waiting or not late or notice.served_at is None:
        return ""
    first = min(late, key=lambda each: each.due_on)
    with in_language("zh"):
        text = _(
            "%(platform)s has had disposal notice %(number)s since %(served)s. The time to act ended on %(due)s; "
            "of this product, %(count)s of %(many)s listings are not settled on %(today)s.",
            platform=notice.platform.name, number=notice.number, served=full_day(notice.served_at),
            due=full_day(first.due_on), count=len(waiting), many=len(named), today=full_day(clock.now()),
        )  # fmt: skip
        return str(text)


def over(session: Session, notice: Notice, items: Sequence[NoticeItem]) -> list[Clock]:
    now = clock.now()
    running = [each for each in clocks_of_all(session, [notice, *items]) if each.is_running]
    return [each for each in running if each.rule in REMOVAL_RULES and each.is_overdue(now)]

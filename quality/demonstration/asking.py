"""What stands out in a platform's reports is asked about by itself; the one that answers by rote says why."""

from __future__ import annotations

import sqlalchemy as sa

from quality.demonstration.days import moment
from quality.demonstration.stage import Stage
from quality.demonstration.timeline import Story
from quality.notices.operations import answer_to
from quality.notices.thread import ThreadEntry
from quality.permissions import Role
from quality.statistics.models import Inquiry
from quality.statistics.suspicions import Sign

SAYS_WHY = "销量由仓储系统按批次汇总，各链接填报的是同一批次的合计数。今后按链接分别填报。"


def story(stage: Stage) -> Story:
    yield moment(stage.almanac.working(-1), 12, "asking")
    stage.after("ask")
    yield moment(stage.almanac.working(-1), 16, "saying why")
    asked = sa.select(ThreadEntry).join(Inquiry, Inquiry.entry_id == ThreadEntry.id)
    for question in stage.session.scalars(asked.where(Inquiry.sign == Sign.FLAT_LINE)).all():
        answer_to(stage.session, question, SAYS_WHY, by=stage.at(question.notice.platform, Role.PLATFORM))

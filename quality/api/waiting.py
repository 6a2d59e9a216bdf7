"""What waits for who asks, across every kind, the most pressing first: the worklist of the pages."""

from __future__ import annotations

from datetime import datetime

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import CAMPAIGNS
from quality.api.cases import Collection, address_of
from quality.api.door import door, takes, told
from quality.api.lab import REPORTS as LAB_REPORTS
from quality.api.lab import SAMPLES as LAB_SAMPLES
from quality.api.notices import NOTICES, RESULTS
from quality.api.platform import NOTICES as PLATFORM_NOTICES
from quality.api.reading import asked
from quality.api.samples import FINDINGS, OBJECTIONS, REPORTS, SAMPLES
from quality.api.shapes import Asked, DayEnds, Told, Words
from quality.api.tasks import TASKS
from quality.core.db import db
from quality.pages.worklist import MOST, worklist
from quality.people.access import acting, me
from quality.permissions import Sees

OF_THE_AGENCY = (CAMPAIGNS, TASKS, SAMPLES, REPORTS, FINDINGS, OBJECTIONS, NOTICES, RESULTS)
AT: dict[Sees, tuple[Collection, ...]] = {  # where each reader finds its cases
    Sees.AGENCY: OF_THE_AGENCY,
    Sees.LABORATORY: (LAB_SAMPLES, LAB_REPORTS),
    Sees.PLATFORM: (PLATFORM_NOTICES,),
}
waiting = door("waiting", tag="worklist", about="What waits for you, the most pressing first")
DOORS = [waiting]


class WorklistFilter(Asked):
    campaign: str = Field("", max_length=40)


class Waiting(Told):
    kind: str
    number: str
    status: str
    version: int
    title: Words
    to_do: Words
    group: str = Field(description="`overdue`, `today`, `later`, `undated`")
    due_at: DayEnds | None
    rule: str | None = Field(description="The clock that presses first")
    address: str


class Worklist(Told):
    items: list[Waiting] = Field(description=f"At most {MOST} of each kind")


@waiting.get("/worklist", summary="What waits for you", responses={200: Worklist})
@acting
@takes(query=WorklistFilter)
def what_waits() -> ResponseReturnValue:
    wanted = asked(WorklistFilter)
    found = worklist(db.session(), me, campaign=wanted.campaign)
    at = {one.kind.name: one for one in AT[me.sees]}
    items = [
        Waiting(
            kind=line.kind.name,
            number=at[line.kind.name].called(line.case),
            status=line.case.status,
            version=line.case.version,
            title=str(line.kind.heading(line.case)),
            to_do=str(line.to_do),
            group=group,
            due_at=line.sort[1] if isinstance(line.sort[1], datetime) else None,
            rule=line.deadline.rule if line.deadline else None,
            address=address_of(at[line.kind.name], line.case),
        )
        for group, lines in found.groups
        for line in lines
        if line.kind.name in at
    ]
    return told(Worklist(items=items))

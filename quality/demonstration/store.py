"""The store of the demonstration: its places, who puts what there, and one hand-over that waits for its other side."""

from __future__ import annotations

from functools import cache
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.demonstration.days import spread
from quality.demonstration.life import Life
from quality.demonstration.stage import Stage
from quality.purchases.models import PortionKind, Sample, SampleStatus
from quality.purchases.operations import Seen, pass_on
from quality.purchases.operations.storage import add_place
from quality.purchases.queries import photos_of
from quality.purchases.seals import issue_seals, numbers_from, set_series

SHELVES = {"A-01": "一架上层", "A-02": "一架下层", "B-01": "二架上层"}
ROOM = "留样室"
SEALS = "YZ"  # what the agency's own begin with
ROLL = 1_000  # of them, printed on the first day
BUYERS = ("buyer", "buyer2")


def furnish(stage: Stage) -> None:
    for code, shelf in SHELVES.items():
        add_place(stage.session, by=stage.coordinator, code=code, room=ROOM, shelf=shelf)
    add_place(stage.session, by=stage.coordinator, code="C-01", room="冷藏室", least_tenths=20, most_tenths=80)
    set_series(stage.session, SEALS, False, edition=0, by=stage.coordinator)
    issue_seals(stage.session, ROLL, by=stage.coordinator)


@cache
def roll() -> list[str]:
    """The numbers on the seals, in their order."""
    return list(islice(numbers_from(SEALS, 1), ROLL))


def put_away(life: Life) -> None:
    """The backup portion goes to its shelf when the test portion leaves."""
    sample, codes = life.sample, list(SHELVES)
    code = codes[spread(f"{life.number}, shelf", len(codes))]
    pass_on(
        life.stage.session,
        sample,
        PortionKind.BACKUP,
        by=life.buyer,
        taken_by=f"store:{code}",
        at=clock.now(),
        seal_no=sample.portion(PortionKind.BACKUP).seal_no,
        seal_intact=True,
        place=ROOM,
        condition="包装完好",
        seen=with_its_seal(life.stage.session, sample, PortionKind.BACKUP),
    )


def with_its_seal(session: Session, sample: Sample, kind: PortionKind) -> Seen:
    """The picture of the sealing once more: here nobody holds a camera."""
    first = next(step for step in sample.hand_overs if step.portion.kind == kind)
    return Seen([each.exhibit.holding.sha256 for each in photos_of(session, [first])])


def give_to_the_coordinator(stage: Stage) -> None:
    """The newest sealed sample: its buyer gave the test portion to the coordinator, who has not confirmed yet."""
    asked = sa.select(Sample).where(Sample.status == SampleStatus.SEALED).order_by(Sample.id.desc()).limit(1)
    sample = stage.session.scalars(asked).first()
    if sample is None:  # a short history: nothing is sealed at the end
        return
    pass_on(
        stage.session,
        sample,
        PortionKind.TEST,
        by=next(each for each in map(stage.who, BUYERS) if each.id == sample.buyer_id),
        taken_by=f"person:{stage.coordinator.id}",
        at=clock.now(),
        seal_no=sample.portion(PortionKind.TEST).seal_no,
        seal_intact=True,
        place="二楼送样窗口",
        condition="包装完好",
        seen=with_its_seal(stage.session, sample, PortionKind.TEST),
    )

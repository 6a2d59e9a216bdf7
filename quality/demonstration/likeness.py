"""What is like a tested product elsewhere: found in two frames, some of it confirmed and drafted, the rest waiting.

The other frames are left to the jobs of the program that starts: it shows how far they have come.
"""

from __future__ import annotations

import sqlalchemy as sa

from quality.campaigns.operations import known_platforms
from quality.core import clock
from quality.demonstration.days import moment
from quality.demonstration.stage import Stage
from quality.demonstration.takedowns import ANSWER_TO, BASIS, HOW_TO_OBJECT
from quality.demonstration.timeline import Story
from quality.lab.models import Finding
from quality.likeness.jobs import look_in
from quality.likeness.matching import Kind
from quality.likeness.models import Alike, Decision
from quality.likeness.queries import not_looked_through
from quality.notices import operations as notices
from quality.notices.operations.alike import stands_open_on

FRAMES = 2
CONFIRMED, LEFT_WAITING = 6, 2
REASONS = "下列商品与经检验不合格的商品为同款。你单位作为平台经营者，应当对其采取与受检商品相同的处置措施。"
SAME = "品牌、型号、生产者一致，商品主图与受检商品相同。"
OTHER = "店铺相同，但为另一品类款式，与受检商品无关。"


def story(stage: Stage) -> Story:
    yield moment(stage.almanac.working(-1), 14, "likeness, look")
    stage.after("look")
    yield moment(stage.almanac.working(-1), 15, "likeness, decide")
    decide(stage)


def look(stage: Stage) -> None:
    """All findings in the frames that the newest of them waits for."""
    with stage.sessions() as session:
        waiting: dict[str, list[int]] = {}
        for finding, frame in session.execute(not_looked_through().order_by(Finding.id.desc())):
            waiting.setdefault(str(frame), []).append(finding)
        platforms = known_platforms(session)
    for frame, findings in sorted(waiting.items())[:FRAMES]:
        look_in(stage.sessions, stage.settings.frames_folder, frame, findings, platforms=platforms, now=clock.now())


def decide(stage: Stage) -> None:
    """Of the finding that has the most of its product elsewhere: some are confirmed, and of these some drafted."""
    session, by = stage.session, stage.coordinator
    free = ~stands_open_on().exists()  # tested itself and on a notice already, it cannot go on another
    many = sa.select(Alike.finding_id).where(Alike.kind == Kind.SAME_PRODUCT, free).group_by(Alike.finding_id)
    most = session.scalars(many.order_by(sa.func.count().desc(), Alike.finding_id).limit(1)).first()
    if most is None:
        return  # a small demonstration may have none
    there = sa.select(Alike).where(Alike.finding_id == most).order_by(Alike.id)
    same = session.scalars(there.where(Alike.kind == Kind.SAME_PRODUCT, free)).all()[:CONFIRMED]
    other = session.scalars(there.where(Alike.kind == Kind.SAME_SELLER)).all()[:1]
    for chosen, decision, reason in ((same, Decision.CONFIRMED, SAME), (other, Decision.REJECTED, OTHER)):
        if chosen:
            choices = [notices.Choice(each, each.version) for each in chosen]
            notices.decide(session, choices, decision, by=by, reason=reason)
    if not same[LEFT_WAITING:]:
        return  # a small demonstration has few
    notices.draft_notices(
        session,
        [],
        by=by,
        kind="notice",
        legal_basis=BASIS,
        reasons=REASONS,
        answer_to=ANSWER_TO,
        how_to_object=HOW_TO_OBJECT,
        alike=same[LEFT_WAITING:],
    )

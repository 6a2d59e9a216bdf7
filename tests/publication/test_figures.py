"""A campaign is counted when it is closed, again with what changes it, and by a job where nobody has."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.campaigns.models import DrawnStratum
from quality.documents.models import Document, DocumentKind
from quality.publication.counting import StratumCount
from quality.publication.figures import all_counted, count_what_is_missing, counted_of
from quality.publication.jobs import end_time_in_public
from quality.publication.models import PublicFigures, Result, ResultStatus
from quality.publication.operations import withdraw
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.publication import closed_campaign
from tests.harness.purchases import settings


@pytest.fixture
def campaign(session, concluded):
    return closed_campaign(session, concluded)


def test_a_closed_campaign_is_counted_from_the_draw_to_what_was_seen_gone(session, campaign):
    found = counted_of(session, campaign.number)

    assert found is not None
    assert (found.kind, found.category, found.title) == ("probability", "儿童玩具", campaign.title)
    assert [found.sum(name) for name in ("size", "drawn", "bought", "tested", "nonconforming")] == [12, 4, 4, 4, 3]
    assert (found.told, found.said, found.seen) == (3, 3, 3)
    assert [(each.stratum, each.size, each.tested) for each in found.strata] == [
        ("棠梨商城/儿童玩具", 6, 2), ("青禾集市/儿童玩具", 6, 2),
    ]  # fmt: skip
    assert sorted(found.platforms) == sorted(each.platform for each in found.strata)
    assert [(each.region, each.tested) for each in found.regions] == [("", 2), ("", 2)]  # the frame says nothing of it


@on_sqlite
def test_what_is_taken_back_counts_as_tested_no_more(session, campaign, concluded):
    result = session.scalars(sa.select(Result).where(Result.finding_id == concluded.bad[0].id)).one()
    withdraw(session, result, "检验方法有误", by=concluded.cast.reviewer)

    found = counted_of(session, campaign.number)
    assert (found.sum("tested"), found.sum("nonconforming"), found.untested) == (3, 2, {"not_in_force": 1})


@on_sqlite
def test_the_announcement_has_the_figures_of_its_day(session, campaign, concluded):
    asked = sa.select(Document).where(Document.kind == DocumentKind.ANNOUNCEMENT, Document.language == "zh")
    first = session.scalars(asked).one().says["figures"]
    result = session.scalars(sa.select(Result).where(Result.finding_id == concluded.bad[0].id)).one()
    withdraw(session, result, "检验方法有误", by=concluded.cast.reviewer)
    session.expire_all()
    again = session.scalars(asked.order_by(Document.edition)).all()

    assert (first["tested"], first["nonconforming"], first["why_not"]) == ("4", "3", "too_few")
    assert "rate" not in first  # of four
    assert [each.says["figures"]["tested"] for each in again] == ["4", "3"]


def test_what_was_closed_before_is_counted_by_a_job(session, campaign):
    before = all_counted(session)
    session.execute(sa.delete(PublicFigures))
    session.execute(sa.delete(DrawnStratum))
    session.commit()

    frames = settings().frames_folder
    assert run(session, lambda sessions, now: count_what_is_missing(sessions, frames, now)) == 1
    assert all_counted(session) == before
    assert run(session, lambda sessions, now: count_what_is_missing(sessions, frames, now)) == 0


@on_sqlite
def test_without_its_frame_a_campaign_is_counted_and_its_sizes_are_not_known(session, campaign, tmp_path):
    session.execute(sa.delete(PublicFigures))
    session.execute(sa.delete(DrawnStratum))
    session.commit()

    run(session, lambda sessions, now: count_what_is_missing(sessions, tmp_path, now))
    assert [each.size for each in counted_of(session, campaign.number).strata] == [0, 0]


def test_a_stratum_that_was_not_drawn_from_is_counted_with_nothing() -> None:
    from quality.publication.counting import stratum_count

    assert stratum_count("S", "TL", 7, None, (0, 0)) == StratumCount("S", "TL", 7, 0, 0, 0, 0, 0, 0, {}, 0)


@on_sqlite
def test_what_is_public_no_longer_since_its_time_is_over_stays_counted(session, campaign, clock):
    before = counted_of(session, campaign.number)
    clock.moment += timedelta(days=400 * 4)

    assert run(session, end_time_in_public) >= 1
    session.expire_all()
    assert session.scalars(sa.select(Result).where(Result.status == ResultStatus.EXPIRED)).all()
    assert counted_of(session, campaign.number) == before

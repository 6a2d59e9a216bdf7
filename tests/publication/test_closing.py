"""A sample closes when nothing is left to do about it, and a campaign when nothing is left to do in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.campaigns.models import CampaignStatus, Drawn
from quality.clocks.queries import running
from quality.core import clock
from quality.core.errors import NotPermitted, Refused
from quality.lab.queries import following
from quality.notices.models import NoticeStatus
from quality.notices.operations import reopen
from quality.objections.models import Decision, Ground, Objection, ObjectionStatus, Party
from quality.objections.operations import decide, refuse
from quality.people.actor import SYSTEM
from quality.publication.closing import SAMPLE_IS_FINISHED, finished_samples
from quality.publication.jobs import close_finished_samples, close_one, take_back_what_was_overturned
from quality.publication.models import ResultStatus
from quality.publication.operations import close_campaign, close_sample, take_back
from quality.publication.operations import withdraw as withdraw_result
from quality.publication.queries import one_public
from quality.purchases.models import SampleStatus
from tests.harness.databases import on_sqlite
from tests.harness.lab import GOOD
from tests.harness.notices import notice_at, run, seen, taken_back
from tests.harness.objections import admitted_objection, reinspected_objection
from tests.harness.publication import proposed, published, taken_down

CONCLUDED, CLOSED = SampleStatus.CONCLUDED, SampleStatus.CLOSED


def objected(session, finding, status) -> Objection:
    """Written down directly: what an objection does on its way is another room's test."""
    objection = Objection(
        number=f"O-{finding.number}",
        status=status,
        agency_id=finding.agency_id,
        finding_id=finding.id,
        party=Party.SELLER,
        ground=Ground.PROCEDURE,
        items=[],
        result_received_at=clock.now(),
        received_at=clock.now(),
    )
    session.add(objection)
    session.flush()
    return objection


def stands_in_the_way(session, sample) -> list[str]:
    reasons = [condition(sample, SYSTEM) for condition in SAMPLE_IS_FINISHED]
    codes = [reason.code for reason in reasons if reason]
    assert (sample.id in session.scalars(finished_samples()).all()) == (not codes), "the job asks what the move asks"
    return codes


def test_a_good_sample_closes_once_its_result_is_published(session, concluded):
    sample = concluded.good.sample
    assert run(session, close_finished_samples) == 0
    published(session, concluded.cast, concluded.good)

    assert run(session, close_finished_samples) == 1

    assert sample.status == CLOSED
    kept = running(session, sample, "records")[0]
    assert kept.started_at == clock.now()
    assert kept.due_at > clock.now() + timedelta(days=729)
    assert run(session, close_finished_samples) == 0


@on_sqlite
def test_a_bad_sample_closes_once_its_listings_are_settled_too(session, concluded):
    finding, cast = concluded.bad[0], concluded.cast
    published(session, cast, finding)
    assert stands_in_the_way(session, finding.sample) == ["listings_open"]

    notice = notice_at(session, cast, NoticeStatus.ANSWERED, finding)
    assert stands_in_the_way(session, finding.sample) == ["listings_open"]
    taken_back(session, cast, notice, "批次写错")
    assert stands_in_the_way(session, finding.sample) == ["listings_open"]

    taken_down(session, cast, finding)
    assert stands_in_the_way(session, finding.sample) == []
    assert run(session, close_finished_samples) == 1
    assert finding.sample.status == CLOSED


@on_sqlite
def test_a_listing_that_is_back_keeps_the_sample_open(session, concluded):
    finding, cast = concluded.bad[0], concluded.cast
    published(session, cast, finding)
    item = taken_down(session, cast, finding).items[0]
    seen(session, cast, item, gone=False)
    reopen(session, item, by=cast.coordinator)

    assert stands_in_the_way(session, finding.sample) == ["listings_open"]


@on_sqlite
def test_only_an_objection_that_is_open_keeps_the_sample_open(session, concluded):
    published(session, concluded.cast, concluded.good)
    session.commit()
    for status in ObjectionStatus:
        is_open = status in ("received", "admitted", "in_reinspection")
        session.execute(sa.text("PRAGMA ignore_check_constraints = ON"))  # the row's other facts are not asked here
        objected(session, concluded.good, status)

        assert stands_in_the_way(session, concluded.good.sample) == (["objections_open"] if is_open else [])
        session.rollback()


@on_sqlite
def test_a_withdrawn_result_keeps_the_sample_open(session, concluded):
    result = published(session, concluded.cast, concluded.good)
    withdraw_result(session, result, "登记有误", by=concluded.cast.reviewer)

    assert stands_in_the_way(session, concluded.good.sample) == ["not_published"]


@on_sqlite
def test_a_sample_that_conforms_after_all_closes_once_that_is_published(session, concluded):
    finding, cast = concluded.bad[0], concluded.cast
    session.info["confirmed"] = [finding]
    result = published(session, cast, finding)
    notice = notice_at(session, cast, NoticeStatus.ISSUED, finding)
    objection = reinspected_objection(session, cast, GOOD[:1])
    assert stands_in_the_way(session, finding.sample) == ["listings_open", "objections_open"]
    decide(session, objection, Decision.UPHELD, by=cast.reviewer)
    assert stands_in_the_way(session, finding.sample) == ["listings_open", "not_published"]
    taken_back(session, cast, notice, "检验结论已被推翻")

    assert run(session, take_back_what_was_overturned) == 1

    assert (result.status, run(session, take_back_what_was_overturned)) == (ResultStatus.WITHDRAWN, 0)
    assert objection.number in result.reason
    assert one_public(session, result.number).reason == result.reason
    assert stands_in_the_way(session, finding.sample) == ["not_published"]
    last = following(session, finding)
    again = published(session, cast, last, "复检合格，更正结论")
    assert (again.number, again.edition, again.copy["verdict"]) == (result.number, 2, "conforming")
    assert {line["laboratory"] for line in again.copy["items"]} == {cast.laboratory.name, cast.second_laboratory.name}
    assert run(session, close_finished_samples) == 1
    assert (finding.sample.status, finding.sample.exit_reason) == (CLOSED, None)


@on_sqlite
def test_a_sample_whose_finding_fell_with_the_procedure_closes_and_says_so(session, concluded):
    finding, cast = concluded.bad[0], concluded.cast
    offered = proposed(session, cast, finding)
    objection = admitted_objection(session, cast, finding, ground=Ground.PROCEDURE)
    decide(session, objection, Decision.UPHELD, by=cast.reviewer, reason="封样前未核对批号")
    other = objected(session, finding, ObjectionStatus.RECEIVED)
    assert stands_in_the_way(session, finding.sample) == ["objections_open", "not_published"]
    refuse(session, other, "结论已被推翻，无可异议", by=cast.coordinator)

    assert run(session, take_back_what_was_overturned) == 1
    assert (offered.status, stands_in_the_way(session, finding.sample)) == (ResultStatus.WITHDRAWN, [])

    assert run(session, close_finished_samples) == 1
    assert (finding.sample.status, finding.sample.exit_reason) == (CLOSED, "overturned")


@on_sqlite
def test_only_what_was_overturned_is_taken_back(session, concluded):
    result = published(session, concluded.cast, concluded.good)
    session.commit()

    with pytest.raises(Refused, match="finding_stands"):
        take_back(session, result, by=SYSTEM)
    session.rollback()
    with pytest.raises(NotPermitted):
        take_back(session, result, by=concluded.cast.reviewer)


@on_sqlite
def test_a_coordinator_may_close_a_finished_sample_and_no_other(session, concluded):
    cast, sample = concluded.cast, concluded.good.sample
    session.commit()
    with pytest.raises(Refused, match="not_published"):
        close_sample(session, sample, by=cast.coordinator)
    session.rollback()
    published(session, cast, concluded.good)
    session.commit()
    with pytest.raises(NotPermitted):
        close_sample(session, sample, by=cast.reviewer)
    session.rollback()

    close_sample(session, sample, by=cast.coordinator, version=sample.version)

    assert sample.status == CLOSED


@on_sqlite
def test_of_two_jobs_the_second_closes_nothing(session, concluded):
    published(session, concluded.cast, concluded.good)
    session.commit()
    sessions = sessionmaker(session.get_bind())

    assert [close_one(sessions, concluded.good.sample_id) for _run in range(2)] == [True, False]


def test_a_campaign_closes_when_every_sample_has_ended(session, concluded):
    cast = concluded.cast
    campaign = concluded.good.sample.task.campaign
    findings = [*concluded.bad, concluded.elsewhere]
    for finding in (*findings, concluded.good):
        published(session, cast, finding)
    taken_down(session, cast, *concluded.bad)
    session.commit()
    with pytest.raises(Refused, match="samples_open"):
        close_campaign(session, campaign, by=cast.coordinator)
    session.rollback()

    taken_down(session, cast, concluded.elsewhere)
    assert run(session, close_finished_samples) == len(findings) + 1
    close_campaign(session, campaign, by=cast.coordinator, version=campaign.version)

    assert campaign.status == CampaignStatus.CLOSED


@on_sqlite
def test_a_campaign_stays_open_while_a_purchase_is_under_way(session, concluded):
    task = concluded.good.sample.task
    session.execute(sa.text("UPDATE task SET status = 'assigned' WHERE id = :id"), {"id": task.id})

    with pytest.raises(Refused, match="tasks_open") as refused:
        close_campaign(session, task.campaign, by=concluded.cast.coordinator)
    assert str(refused.value.reason).endswith(str(task.number))


@on_sqlite
def test_a_campaign_stays_open_while_a_drawn_unit_has_no_disposition(session, concluded):
    """Of a unit of the main sample no task was made: nothing else would name it."""
    cast, campaign = concluded.cast, concluded.good.sample.task.campaign
    for finding in (*concluded.bad, concluded.elsewhere, concluded.good):
        published(session, cast, finding)
    taken_down(session, cast, *concluded.bad)
    taken_down(session, cast, concluded.elsewhere)
    run(session, close_finished_samples)
    reserve = session.scalars(sa.select(Drawn).filter_by(campaign_id=campaign.id, role="reserve").limit(1)).one()
    reserve.role, reserve.rank = "main", 99
    session.commit()

    with pytest.raises(Refused, match="units_open") as refused:
        close_campaign(session, campaign, by=cast.coordinator)

    assert str(refused.value.reason).endswith(reserve.listing_id)

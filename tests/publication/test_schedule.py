"""A result that was approved to be public at a moment is nobody's to read before, and public then by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.core import clock
from quality.core.errors import Invalid, NotFound, NotPermitted
from quality.core.events import Event
from quality.core.workflow import perform
from quality.lab.workflow import OVERTURN
from quality.objections.models import Decision, Ground
from quality.objections.operations import decide
from quality.people.actor import SYSTEM, Actor
from quality.permissions import Role
from quality.publication.jobs import catch_up_with_objections, publish_what_is_due, take_back_what_was_overturned
from quality.publication.listing import public_results
from quality.publication.models import ResultStatus
from quality.publication.operations import publish, withdraw
from quality.publication.queries import one_public, one_with_hash, public_editions
from quality.publication.schedule import hold_back, release, schedule, schedule_all
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.objections import admitted_objection
from tests.harness.publication import proposed, published
from tests.harness.refusals import assert_refused

PROPOSED, SCHEDULED, PUBLISHED = ResultStatus.PROPOSED, ResultStatus.SCHEDULED, ResultStatus.PUBLISHED
A_DAY = timedelta(days=1)


def scheduled(session, concluded, finding=None, after=A_DAY):
    result = proposed(session, concluded.cast, finding or concluded.good)
    schedule(session, result, clock.now() + after, by=concluded.cast.reviewer)
    session.commit()
    return result


def assert_unseen(session, result) -> None:
    assert public_results(session).results == public_editions(session, result.number) == []
    assert one_with_hash(session, result.copy_sha256) is None
    with pytest.raises(NotFound):
        one_public(session, result.number, result.edition)


def test_a_result_is_public_at_its_moment_and_to_nobody_before(session, concluded):
    cast = concluded.cast
    result = scheduled(session, concluded)
    assert_unseen(session, result)
    assert run(session, publish_what_is_due) == 0
    assert_refused(session, "embargoed", release, result, by=SYSTEM)

    cast.clock.advance(days=1)
    assert_unseen(session, result)  # whatever the clock says: the job publishes it, and nothing else
    assert (run(session, publish_what_is_due), run(session, publish_what_is_due)) == (1, 0)

    assert one_public(session, result.number) is result
    assert (result.status, result.published_at, result.approved_by_id) == (PUBLISHED, clock.now(), cast.reviewer.id)
    told = session.scalars(sa.select(Event).where(Event.subject_type == "result").order_by(Event.id)).all()
    assert [(each.action, each.actor) for each in told] == [
        ("create", cast.coordinator.signature), ("schedule", cast.reviewer.signature), ("release", SYSTEM.signature),
    ]  # fmt: skip


@on_sqlite
def test_a_scheduled_correction_takes_the_place_of_the_edition_in_force_at_its_moment(session, concluded):
    cast = concluded.cast
    first = published(session, cast, concluded.good)
    second = proposed(session, cast, concluded.good, "更正规格型号")
    schedule(session, second, clock.now() + A_DAY, by=cast.reviewer)
    session.commit()
    assert_refused(session, "already_proposed", proposed, cast, concluded.good, "再更正")
    assert one_public(session, first.number) is first

    cast.clock.advance(days=1)
    run(session, publish_what_is_due)

    assert one_public(session, first.number) is second
    assert (first.status, first.ended_at) == (ResultStatus.SUPERSEDED, second.published_at)


@on_sqlite
def test_a_moment_is_in_the_future_and_not_too_far(session, concluded):
    result = proposed(session, concluded.cast, concluded.good)
    for moment, code in ((clock.now(), "in_the_past"), (clock.now() + timedelta(days=400), "too_far")):
        with pytest.raises(Invalid) as invalid:
            schedule(session, result, moment, by=concluded.cast.reviewer)
        assert [(each.field, each.code) for each in invalid.value.problems] == [("not_before", code)]


@on_sqlite
def test_another_person_schedules_and_what_was_set_is_changed_or_lifted_on_the_record(session, concluded):
    cast = concluded.cast
    result = proposed(session, cast, concluded.good)
    session.commit()
    with pytest.raises(NotPermitted):
        schedule(session, result, clock.now() + A_DAY, by=cast.coordinator)
    session.rollback()
    same_person = Actor(cast.coordinator.person, cast.agency, Role.REVIEWER)
    assert_refused(session, "same_person", schedule, result, clock.now() + A_DAY, by=same_person)
    schedule(session, result, clock.now() + A_DAY, by=cast.reviewer)
    schedule(session, result, clock.now() + 2 * A_DAY, by=cast.reviewer)
    hold_back(session, result, "样品照片再核对", by=cast.reviewer)
    assert (result.status, result.not_before, result.approved_by_id) == (PROPOSED, None, None)
    schedule(session, result, clock.now() + A_DAY, by=cast.reviewer)

    publish(session, result, by=cast.reviewer)

    told = session.scalars(sa.select(Event).where(Event.subject_type == "result").order_by(Event.id)).all()
    assert [each.action for each in told] == ["create", "schedule", "schedule", "hold_back", "schedule", "publish"]
    assert told[2].details["before"] == told[1].details["not_before"]
    assert told[3].note_digest
    assert result.status == PUBLISHED


def test_what_is_contested_or_fell_is_not_published_at_its_moment(session, concluded):
    cast, [fell, contested], denied = concluded.cast, concluded.bad, concluded.elsewhere
    results = [scheduled(session, concluded, each) for each in (fell, contested, denied)]
    perform(session, fell, OVERTURN, by=cast.reviewer)
    admitted_objection(session, cast, contested, ground=Ground.PROCEDURE)
    decide(
        session,
        admitted_objection(session, cast, denied, ground=Ground.AUTHENTICITY),
        Decision.UPHELD,
        reason="防伪码为他人使用",
        by=cast.reviewer,
    )
    session.commit()
    cast.clock.advance(days=1)

    assert run(session, publish_what_is_due) == 0
    assert_refused(session, "objection_open", release, results[1], by=SYSTEM)
    assert (run(session, take_back_what_was_overturned), run(session, catch_up_with_objections)) == (1, 1)

    assert [each.status for each in results] == [ResultStatus.WITHDRAWN, SCHEDULED, ResultStatus.WITHDRAWN]
    assert public_results(session).results == []


@on_sqlite
def test_a_scheduled_result_can_be_withdrawn_and_was_never_public(session, concluded):
    result = scheduled(session, concluded)
    withdraw(session, result, "不公布", by=concluded.cast.reviewer)
    concluded.cast.clock.advance(days=1)

    assert run(session, publish_what_is_due) == 0
    assert_unseen(session, result)


@on_sqlite
def test_one_moment_for_all_that_is_proposed_about_a_campaign(session, concluded):
    cast = concluded.cast
    mine = Actor(cast.coordinator.person, cast.agency, Role.REVIEWER)
    offered = [proposed(session, cast, each) for each in (*concluded.bad, concluded.good)]
    contested = admitted_objection(session, cast, concluded.bad[0], ground=Ground.PROCEDURE)
    campaign = concluded.good.sample.task.campaign
    session.commit()

    said = schedule_all(session, campaign, clock.now() + A_DAY, by=cast.reviewer)

    assert said.done == [each.number for each in offered[1:]]
    assert [(each.number, each.why.code) for each in said.refused] == [(offered[0].number, "objection_open")]
    assert contested.number in str(said.refused[0].why.reason)
    assert (offered[0].status, {each.status for each in offered[1:]}) == (PROPOSED, {SCHEDULED})
    session.commit()
    cast.clock.advance(days=1)
    assert run(session, publish_what_is_due) == len(offered) - 1
    nobody = schedule_all(session, campaign, clock.now() + A_DAY, by=mine)
    assert ([each.why.code for each in nobody.refused], nobody.done, nobody.more) == (["same_person"], [], False)

"""A result is frozen when it is proposed, published by another person, corrected by a new edition, withdrawn."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from quality.core import clock
from quality.core.db import canonical
from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.core.workflow import perform
from quality.lab.workflow import OVERTURN
from quality.notices.models import NoticeStatus
from quality.people.actor import Actor
from quality.permissions import Role
from quality.publication.listing import public_results
from quality.publication.models import ResultStatus
from quality.publication.operations import propose, publish, withdraw
from quality.publication.queries import Gone, one_public, one_visible, taken_from_the_public, visible_to
from tests.harness.databases import on_sqlite
from tests.harness.notices import drafted, notice_at
from tests.harness.people import hire
from tests.harness.publication import proposed, published, taken_down

PUBLISHED, SUPERSEDED, WITHDRAWN = ResultStatus.PUBLISHED, ResultStatus.SUPERSEDED, ResultStatus.WITHDRAWN


@on_sqlite
def test_a_copy_says_what_the_public_may_know(session, concluded):
    finding = concluded.bad[0]
    drawn = finding.sample.task.drawn
    taken_down(session, concluded.cast, finding)

    copy = published(session, concluded.cast, finding).copy

    assert (copy["number"], copy["edition"], copy["verdict"]) == ("R-YZ-2026-0001", "1", "nonconforming")
    assert copy["agency"] == {"code": "YZ", "name": "云州市市场监督管理局"}
    assert copy["campaign"] == {
        "number": "C-YZ-2026-0001",
        "title": "2026年云州市网络销售儿童玩具质量监督抽检",
        "kind": "probability",
        "category": "儿童玩具",
    }
    assert copy["platform"]["code"] == drawn.platform.code
    assert copy["seller"] == {"shop": "小满童品旗舰店", "uscc": "", "region": ""}
    assert copy["producer"] == {"name": "云州市童乐玩具厂", "address": "云州市东湖区工业路8号"}
    assert copy["product"] == {"name": "磁力棒", "spec": "64件装", "brand": "小满", "batch": "20260801"}
    assert [(i["item"], i["value"], i["limit"], i["verdict"], i["laboratory"]) for i in copy["items"]] == [
        ("磁通量指数", "386", "＜50 kG²mm²", "fail", "云州市产品质量检验院"),
        ("可迁移元素：铅", "8.5", "≤90 mg/kg", "pass", "云州市产品质量检验院"),
    ]
    assert (copy["laboratory"], copy["producer_denies"], copy["withheld"]) == ("云州市产品质量检验院", False, [])


@on_sqlite
def test_what_the_platform_says_stands_apart_from_what_we_have_seen(session, concluded):
    finding, elsewhere = concluded.bad[0], concluded.elsewhere
    notice_at(session, concluded.cast, NoticeStatus.ANSWERED, finding)
    taken_down(session, concluded.cast, elsewhere)

    claimed = proposed(session, concluded.cast, finding).copy["takedown"]
    verified = proposed(session, concluded.cast, elsewhere).copy["takedown"]

    assert claimed["state"] == "claimed"
    assert claimed["listings"][0]["platform_says"]["outcome"] == "removed"
    assert claimed["listings"][0]["we_have_seen"] is None
    assert verified["state"] == "verified"
    assert verified["listings"][0]["we_have_seen"]["gone"] is True


@on_sqlite
def test_a_notice_that_is_not_issued_yet_is_not_told_of(session, concluded):
    drafted(session, concluded.cast, concluded.bad[0])

    assert proposed(session, concluded.cast, concluded.bad[0]).copy["takedown"] == {
        "state": "not_asked",
        "listings": [],
    }


@on_sqlite
def test_a_good_result_needs_no_takedown(session, concluded):
    result = published(session, concluded.cast, concluded.good)

    assert result.copy["takedown"] == {"state": "not_needed", "listings": []}
    assert result.status == PUBLISHED


@on_sqlite
def test_the_copy_is_frozen_and_hashed_when_it_is_proposed(session, concluded):
    result = proposed(session, concluded.cast, concluded.bad[0])
    session.commit()
    frozen, text = result.copy_sha256, canonical(result.copy)

    notice_at(session, concluded.cast, NoticeStatus.ANSWERED, concluded.bad[0])
    publish(session, result, by=concluded.cast.reviewer)
    session.commit()

    assert hashlib.sha256(text.encode()).hexdigest() == frozen == result.copy_sha256
    assert canonical(result.copy) == text
    assert json.loads(text)["takedown"]["state"] == "not_asked"


@on_sqlite
def test_another_person_publishes(session, concluded):
    cast = concluded.cast
    result = proposed(session, cast, concluded.good)
    session.commit()
    same_person = Actor(cast.coordinator.person, cast.agency, Role.REVIEWER)
    with pytest.raises(Refused, match="same_person"):
        publish(session, result, by=same_person)
    session.rollback()
    with pytest.raises(NotPermitted):
        publish(session, result, by=cast.coordinator)
    session.rollback()
    with pytest.raises(Stale):
        publish(session, result, by=cast.reviewer, version=result.version - 1)
    session.rollback()

    publish(session, result, by=cast.reviewer)

    assert (result.approved_by_id, result.published_at) == (cast.reviewer.id, clock.now())
    session.commit()
    with pytest.raises(Refused, match="wrong_status"):
        publish(session, result, by=cast.reviewer)


@on_sqlite
def test_only_coordinators_of_the_own_agency_propose(session, concluded):
    cast = concluded.cast
    for stranger in (cast.reviewer, cast.desk, hire(session, cast.above, Role.COORDINATOR)):
        with pytest.raises(NotPermitted):
            propose(session, concluded.good, by=stranger)


@on_sqlite
def test_nothing_is_proposed_or_published_about_a_finding_that_fell(session, concluded):
    cast = concluded.cast
    result = proposed(session, cast, concluded.bad[0])
    perform(session, concluded.bad[0], OVERTURN, by=cast.reviewer)
    session.commit()

    with pytest.raises(Refused, match="finding_not_standing"):
        publish(session, result, by=cast.reviewer)
    session.rollback()
    with pytest.raises(Refused, match="finding_not_standing"):
        proposed(session, cast, concluded.bad[0])


@on_sqlite
def test_one_result_about_a_sample_is_proposed_at_a_time(session, concluded):
    proposed(session, concluded.cast, concluded.good)

    with pytest.raises(Refused, match="already_proposed"):
        proposed(session, concluded.cast, concluded.good)


def test_a_correction_is_a_new_edition_that_says_what_changed(session, concluded):
    cast = concluded.cast
    first = published(session, cast, concluded.good)
    session.commit()
    with pytest.raises(Invalid) as invalid:
        proposed(session, cast, concluded.good)
    assert [(p.field, p.code) for p in invalid.value.problems] == [("reason", "missing")]
    session.rollback()
    cast.clock.advance(days=3)

    second = published(session, cast, concluded.good, "更正规格型号")

    assert (second.number, second.edition) == (first.number, 2)
    assert second.copy["changed"] == "更正规格型号"
    assert (first.status, first.ended_at, second.status) == (SUPERSEDED, clock.now(), PUBLISHED)
    assert first.copy["edition"] == "1"
    told = session.scalars(sa.select(Event).where(Event.action == "supersede")).one()
    assert int(told.details["by_edition"]) == second.edition


@on_sqlite
def test_the_public_reads_the_edition_in_force_or_any(session, concluded):
    cast = concluded.cast
    first = published(session, cast, concluded.good)
    second = published(session, cast, concluded.good, "更正规格型号")
    proposed(session, cast, concluded.good, "再更正")

    assert one_public(session, first.number) is second
    assert one_public(session, first.number, 1) is first
    for number, edition in ((first.number, 3), ("R-YZ-2026-9999", None)):
        with pytest.raises(NotFound):
            one_public(session, number, edition)


@on_sqlite
def test_a_withdrawn_result_leaves_its_day_and_reason(session, concluded):
    cast = concluded.cast
    first = published(session, cast, concluded.good)
    second = published(session, cast, concluded.good, "更正规格型号")
    session.commit()
    with pytest.raises(Refused, match="no_reason"):
        withdraw(session, second, " ", by=cast.reviewer)
    session.rollback()
    cast.clock.advance(days=1)

    withdraw(session, second, "样品登记有误", by=cast.reviewer)

    gone = Gone(first.number, 2, WITHDRAWN, clock.now(), "样品登记有误")
    for edition in (None, 1, 2):  # nor is an old version read any more
        assert one_public(session, first.number, edition) == gone
    assert taken_from_the_public(session) == [second]
    assert public_results(session).results == []
    third = published(session, cast, concluded.good, "重新公布")
    assert one_public(session, first.number) is third
    assert (one_public(session, first.number, 1), taken_from_the_public(session)) == (first, [])
    assert one_public(session, first.number, 2) == gone._replace(is_replaced=True)


@on_sqlite
def test_a_proposal_that_is_withdrawn_was_never_public(session, concluded):
    cast = concluded.cast
    result = proposed(session, cast, concluded.good)
    withdraw(session, result, "不公布", by=cast.reviewer)

    with pytest.raises(NotFound):
        one_public(session, result.number)
    again = proposed(session, cast, concluded.good)
    assert (again.number, again.edition, again.reason) == (result.number, 2, "")


@on_sqlite
def test_a_public_reason_holds_no_personal_data(session, concluded):
    cast = concluded.cast
    result = published(session, cast, concluded.good)

    for reason in ("店主：王小明来电", "长" * 2001):
        with pytest.raises(Invalid) as invalid:
            withdraw(session, result, reason, by=cast.reviewer)
        assert [problem.field for problem in invalid.value.problems] == ["reason"]
    with pytest.raises(Invalid) as invalid:
        proposed(session, cast, concluded.good, "长" * 2001)
    assert [problem.code for problem in invalid.value.problems] == ["too_long"]


def test_the_public_list_goes_on_behind_the_last_one_shown(session, concluded):
    cast = concluded.cast
    shown = [published(session, cast, finding) for finding in (*concluded.bad, concluded.elsewhere)]
    session.commit()
    first = public_results(session, limit=2)
    cast.clock.advance(hours=1)
    newer = published(session, cast, concluded.good)

    assert [r.id for r in first.results] == [shown[2].id, shown[1].id]  # of one moment: the later row first
    rest = public_results(session, after=first.next, limit=2)
    assert [r.id for r in rest.results] == [shown[0].id]
    assert rest.next is None
    assert public_results(session).results[0] is newer


@on_sqlite
def test_an_agency_sees_its_own_results_and_those_below(session, concluded):
    cast = concluded.cast
    result = published(session, cast, concluded.good)
    above, below = (hire(session, agency, Role.COORDINATOR) for agency in (cast.above, cast.below))

    assert one_visible(session, above, result.number) is result
    assert one_visible(session, cast.reviewer, result.number, 1) is result
    with pytest.raises(NotFound):
        one_visible(session, cast.reviewer, result.number, 2)
    for stranger in (below, cast.desk, cast.buyer, cast.analyst):
        assert session.scalars(visible_to(stranger)).all() == []
        with pytest.raises(NotFound):
            one_visible(session, stranger, result.number)


@on_sqlite
def test_a_place_in_the_list_needs_a_day(session, concluded):
    cast = concluded.cast
    result = published(session, cast, concluded.good)
    cast.clock.advance(days=1)

    assert public_results(session, after=None, limit=1).next is None
    assert result.published_at == clock.now() - timedelta(days=1)

"""What is like a tested listing is decided by a person, and goes on a notice to its own platform, once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event, Note
from quality.likeness.models import Alike, Decision
from quality.notices.models import ItemKind, NoticeItem
from quality.notices.operations import Choice, add_alike, decide, draft_notices, submit, take_off
from quality.notices.operations.alike import waiting_for_a_notice
from quality.notices.operations.grouping import Grouping
from tests.harness.databases import on_sqlite
from tests.harness.likeness import alike_to
from tests.harness.notices import TEXTS, taken_back

CONFIRMED, REJECTED = Decision


@pytest.fixture
def found(session, concluded):
    return alike_to(session, concluded.cast, concluded.bad[0])


def say(session, decision, *chosen, by, reason="", version=1):
    decide(session, [Choice(each, version) for each in chosen], decision, by=by, reason=reason)


def draft(session, concluded, findings=(), **told):
    return draft_notices(session, findings, by=concluded.cast.coordinator, **(TEXTS | told))


def test_who_decided_when_and_why_is_kept_and_stands_in_the_record(session, concluded, found):
    by, finding, before = concluded.cast.coordinator, concluded.bad[0], concluded.bad[0].version
    say(session, CONFIRMED, found["A1"], found["A3"], by=by, reason="同一货号")
    say(session, REJECTED, found["A4"], by=by, reason="重名的另一家店")
    told = session.scalars(sa.select(Event).where(Event.subject_type == "finding", Event.seq > before)).all()
    assert [(each.action, each.details) for each in told] == [
        ("confirm_alike", {"alike": sorted([str(found["A1"].id), str(found["A3"].id)])}),
        ("reject_alike", {"alike": [str(found["A4"].id)]}),
    ]
    assert session.get_one(Note, told[1].note_digest).text == "重名的另一家店"
    kept = [(each.decision, each.decided_by_id, each.reason, each.version) for each in found.values()]
    assert kept == [
        (CONFIRMED, by.id, "同一货号", 2),
        (None, None, "", 1),
        (CONFIRMED, by.id, "同一货号", 2),
        (REJECTED, by.id, "重名的另一家店", 2),
    ]
    assert finding.version == before + 2


@on_sqlite
def test_what_cannot_be_decided_is_told_at_its_field(session, concluded, found):
    one = [Choice(found["A1"], 1)]
    for chosen, decision, reason, field in (
        (one, REJECTED, " ", "reason"),
        (one, REJECTED, "长" * 501, "reason"),
        (one, "maybe", "", "decision"),
        ([], CONFIRMED, "", "chosen"),
    ):
        with pytest.raises(Invalid) as wrong:
            decide(session, chosen, decision, by=concluded.cast.coordinator, reason=reason)
        assert [each.field for each in wrong.value.problems] == [field]


@on_sqlite
def test_who_saw_an_earlier_version_is_told_and_nothing_of_theirs_is_kept(session, concluded, found):
    by = concluded.cast.reviewer
    say(session, CONFIRMED, found["A2"], by=by)
    session.commit()
    with pytest.raises(Stale):
        say(session, REJECTED, found["A1"], found["A2"], by=by, reason="不是")
    session.rollback()
    assert found["A1"].decision is None
    with pytest.raises(Refused, match="decided_already"):
        say(session, CONFIRMED, found["A2"], by=by, version=2)
    session.rollback()
    say(session, REJECTED, found["A2"], by=by, version=2, reason="看错了")
    assert found["A2"].decision == REJECTED


@on_sqlite
def test_only_who_stands_over_the_finding_decides(session, concluded, found):
    for by in (concluded.cast.desk, concluded.cast.buyer, concluded.cast.analyst):
        with pytest.raises(NotPermitted):
            say(session, CONFIRMED, found["A1"], by=by)


def test_one_finding_acts_on_every_platform(session, concluded, found):
    cast, finding = concluded.cast, concluded.bad[0]
    say(session, CONFIRMED, *found.values(), by=cast.coordinator)
    assert len(session.scalars(waiting_for_a_notice(cast.coordinator)).all()) == len(found)
    notices = draft(session, concluded, [finding], alike=list(found.values()))
    assert {notice.platform_id for notice in notices} == {each.platform_id for each in found.values()}
    items = {item.listing_id: item for notice in notices for item in notice.items}
    assert {name: items[name].kind for name in found} == {
        "A1": ItemKind.SAME_PRODUCT,
        "A2": ItemKind.SAME_PRODUCT,
        "A3": ItemKind.SAME_PRODUCT,
        "A4": ItemKind.SAME_SELLER,
    }
    assert items["A3"].snapshot["alike"] == {"why": ["brand_model_producer"], "sure": "likely"}
    assert items["A3"].snapshot["listing"]["title"] == "磁力积木"
    assert items["A3"].snapshot["finding"] == finding.number
    assert items["A3"].snapshot["results"]
    told = session.scalars(sa.select(Event).where(Event.action.in_(["put_on_notice", "put_alike_on_notice"]))).all()
    assert {each.details["notice"] for each in told} == {notice.reference for notice in notices}
    assert session.scalars(waiting_for_a_notice(cast.coordinator)).all() == []


def test_what_stands_on_a_notice_is_not_put_on_another_until_it_is_taken_off(session, concluded, found):
    cast = concluded.cast
    say(session, CONFIRMED, found["A1"], found["A3"], by=cast.coordinator)
    [notice] = draft(session, concluded, alike=[found["A1"], found["A3"]])
    session.commit()
    with pytest.raises(Refused, match="already_on_notice"):
        draft(session, concluded, alike=[found["A1"]])
    session.rollback()
    with pytest.raises(Refused, match="on_notice"):
        say(session, REJECTED, found["A1"], by=cast.coordinator, version=2, reason="不是")
    session.rollback()
    take_off(session, notice, [notice.items[0].id], by=cast.coordinator)
    assert session.scalars(waiting_for_a_notice(cast.coordinator)).all() == [found["A1"]]
    taken_back(session, cast, notice, "另行拟稿")
    assert len(session.scalars(waiting_for_a_notice(cast.coordinator)).all()) == 2


@on_sqlite
def test_a_draft_that_is_there_gets_what_is_like_its_findings(session, concluded, found):
    cast, finding = concluded.cast, concluded.bad[0]
    [notice] = draft(session, concluded, [finding])
    here = next(each for each in (found["A1"], found["A2"]) if each.platform_id == notice.platform_id)
    there = next(each for each in (found["A1"], found["A2"]) if each.platform_id != notice.platform_id)
    say(session, CONFIRMED, here, there, by=cast.coordinator)
    session.commit()
    for chosen in ([], [there], [here, here]):
        with pytest.raises(Invalid, match="alike: "):
            add_alike(session, notice, chosen, by=cast.coordinator)
    add_alike(session, notice, [here], by=cast.coordinator)
    assert [(item.listing_id, item.kind) for item in notice.items][1:] == [(here.listing_id, ItemKind.SAME_PRODUCT)]
    assert session.scalars(waiting_for_a_notice(cast.coordinator)).all() == [there]
    session.commit()
    with pytest.raises(Refused, match="already_on_notice"):
        add_alike(session, notice, [here], by=cast.coordinator)
    session.rollback()
    submit(session, notice, by=cast.coordinator)
    with pytest.raises(Refused, match="wrong_status"):
        add_alike(session, notice, [here], by=cast.coordinator)


@on_sqlite
def test_what_nobody_confirmed_goes_on_no_notice(session, concluded, found):
    say(session, REJECTED, found["A4"], by=concluded.cast.coordinator, reason="不是")
    for each in (found["A1"], found["A4"]):
        with pytest.raises(Refused, match="not_confirmed"):
            draft(session, concluded, alike=[each])
        session.rollback()


@on_sqlite
def test_a_listing_that_is_tested_itself_or_like_two_is_named_once(session, concluded, found):
    """The other findings of the same product find the same shelf, and the tested listings themselves."""
    cast = concluded.cast
    every = session.scalars(sa.select(Alike)).all()
    say(session, CONFIRMED, *every, by=cast.coordinator)
    findings = [*concluded.bad, concluded.elsewhere]
    notices = draft(session, concluded, findings, alike=every)
    named = [(notice.platform_id, item.listing_id) for notice in notices for item in notice.items]
    assert len(named) == len(set(named)) > len(findings)
    kinds = {(notice.platform_id, item.listing_id): item.kind for notice in notices for item in notice.items}
    for finding in findings:
        drawn = finding.sample.purchase.drawn
        assert kinds[drawn.platform_id, drawn.listing_id] == ItemKind.TESTED
    assert session.scalars(waiting_for_a_notice(cast.coordinator)).all() == []


def test_the_coordinator_chooses_one_notice_a_platform_or_one_a_finding(session, concluded):
    findings = [*concluded.bad, concluded.elsewhere]
    notices = draft(session, concluded, findings, grouping=Grouping.FINDING)
    assert [[item.finding_id for item in notice.items] for notice in notices] == [
        [finding.id] for finding in sorted(findings, key=lambda each: (each.sample.purchase.drawn.platform_id, each.id))
    ]
    assert session.scalars(sa.select(sa.func.count()).select_from(NoticeItem)).one() == len(findings)
    with pytest.raises(Invalid, match="grouping: "):
        draft(session, concluded, findings, grouping="region")

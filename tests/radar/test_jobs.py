"""The job that compares each later frame with what was taken down, and what people say of the hits."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event
from quality.likeness.matching import Sure
from quality.likeness.models import Alike, Decision
from quality.notices.models import Excuse, ItemStatus
from quality.notices.operations import Choice, excuse, verify
from quality.notices.operations import decide as decide_alike
from quality.radar.models import Fingerprint, Hit, Said, Swept
from quality.radar.operations import decide
from quality.radar.queries import one_visible, visible_to
from tests.harness.databases import on_sqlite
from tests.harness.likeness import look, shelve
from tests.harness.notices import answered, reopened, seen
from tests.harness.purchases import settings
from tests.harness.radar import back_on_sale, hits, relisted, taken_down, watch


def test_a_later_frame_in_which_it_is_back_gives_hits_that_say_why(session, concluded, clock):
    cast = concluded.cast
    notice, found = relisted(session, cast, clock, concluded.bad[0])
    [kept] = session.scalars(sa.select(Fingerprint)).all()
    assert (kept.item_id, kept.verified_at) == (notice.items[0].id, notice.items[0].settled_at)
    itself, other = found[notice.items[0].listing_id], found["R2"]
    assert (itself.is_itself, itself.sure, itself.why[0]) == (True, Sure.CERTAIN, "listing_id")
    assert (other.is_itself, other.sure, other.why) == (False, Sure.CERTAIN, ["barcode"])
    assert set(found) == {itself.listing_id, "R2"}
    [swept] = session.scalars(sa.select(Swept)).all()  # and not the frame from which it was drawn
    assert (swept.agency_id, swept.rows, swept.compared, swept.hits, swept.left_out) == (cast.agency.id, 3, 1, 2, 0)
    assert watch(session) == 0
    shelve(session, cast, back_on_sale(notice.items[0]))  # the same file for another campaign
    assert watch(session) == 1
    assert len(hits(session)) == 2  # what waits is not asked twice


@on_sqlite
def test_a_frame_from_before_the_takedown_was_verified_is_not_compared(session, concluded):
    cast = concluded.cast
    shelve(session, cast)
    taken_down(session, cast, concluded.bad[0])
    assert watch(session) == 0
    assert session.scalars(sa.select(Swept)).all() == []
    assert session.scalars(sa.select(sa.func.count()).select_from(Fingerprint)).one() == 1


@on_sqlite
def test_a_frame_that_is_gone_keeps_no_other_waiting_and_is_tried_again(session, concluded, clock, caplog):
    notice = taken_down(session, concluded.cast, concluded.bad[0])
    clock.advance(days=1)
    shelve(session, concluded.cast, back_on_sale(notice.items[0]))
    shelve(session, concluded.cast, [*back_on_sale(notice.items[0]), {"listing_id": "R4", "platform": "青禾集市"}])
    newest = max(settings().frames_folder.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)
    there = newest.read_bytes()
    newest.unlink()
    assert watch(session) == 1
    assert "was not compared" in caplog.text
    newest.write_bytes(there)
    assert (watch(session), watch(session)) == (1, 0)


@on_sqlite
def test_the_listing_itself_is_decided_on_by_a_look_and_what_follows_is_the_notices(session, concluded, clock):
    cast = concluded.cast
    notice, found = relisted(session, cast, clock, concluded.bad[0])
    item, itself = notice.items[0], found[notice.items[0].listing_id]
    with pytest.raises(Refused, match="look_first"):
        decide(session, [itself], Said.SAME, by=cast.coordinator)
    session.rollback()
    reopened(session, cast, item)
    watch(session)
    assert (itself.decision, itself.decided_by_id) == (Said.SAME, cast.coordinator.id)
    assert item.status == ItemStatus.REOPENED
    # Taken down again, and seen to be: from now on only frames that are imported after that say anything.
    answered(session, cast, notice)
    seen(session, cast, item)
    verify(session, item, by=cast.coordinator)
    watch(session)
    assert session.scalars(sa.select(Fingerprint.verified_at)).one() == item.settled_at
    clock.advance(days=1)
    shelve(session, cast, back_on_sale(item)[:1])
    assert watch(session) == 1
    assert session.scalars(sa.select(Hit).where(Hit.decision.is_(None), Hit.is_itself)).one().item_id == item.id


@on_sqlite
def test_a_look_that_finds_it_gone_says_so_and_a_later_frame_asks_again(session, concluded, clock):
    cast = concluded.cast
    notice, found = relisted(session, cast, clock, concluded.bad[0])
    seen(session, cast, notice.items[0])
    watch(session)
    itself = found[notice.items[0].listing_id]
    assert (itself.decision, itself.decided_by_id) == (Said.GONE, cast.coordinator.id)
    clock.advance(days=1)
    shelve(session, cast, back_on_sale(notice.items[0])[:1])
    watch(session)
    assert session.scalars(sa.select(sa.func.count()).select_from(Hit).where(Hit.is_itself)).one() == 2


@on_sqlite
def test_another_listing_of_the_same_goods_is_confirmed_as_alike_and_ruled_out_as_such(session, concluded, clock):
    cast = concluded.cast
    notice, found = relisted(session, cast, clock, concluded.bad[0])
    with pytest.raises(Invalid) as wrong:
        decide(session, [found["R2"]], Said.OTHER, by=cast.reviewer, reason=" ")
    assert {problem.field for problem in wrong.value.problems} == {"reason"}
    with pytest.raises(Invalid):
        decide(session, [], "gone", by=cast.reviewer)
    decide(session, [found["R2"]], Said.SAME, by=cast.reviewer, reason="同一条码")
    session.commit()
    alike = session.scalars(sa.select(Alike).where(Alike.listing_id == "R2")).one()
    assert (alike.decision, alike.finding_id, alike.why) == (Decision.CONFIRMED, concluded.bad[0].id, ["barcode"])
    with pytest.raises(Refused, match="R2"):
        decide(session, [found["R2"]], Said.OTHER, by=cast.coordinator, reason="不是")
    session.rollback()
    itself = found[notice.items[0].listing_id]
    decide(session, [itself], Said.OTHER, by=cast.coordinator, reason="链接已换成其他商品")
    session.commit()
    last = session.scalars(sa.select(Event).where(Event.subject_type == "notice").order_by(Event.id.desc())).first()
    assert (last.action, last.part) == ("rule_out_relisting", f"notice_item:{notice.items[0].id}")
    assert itself.decision == Said.OTHER
    clock.advance(days=1)
    shelve(session, cast, back_on_sale(notice.items[0])[1:])
    watch(session)
    assert len(session.scalars(sa.select(Hit)).all()) == 2  # that R2 is the same was said


@on_sqlite
def test_what_is_decided_among_what_is_alike_is_decided_here_too(session, concluded, clock):
    cast = concluded.cast
    _notice, found = relisted(session, cast, clock, concluded.bad[0])
    look(session)
    alike = session.scalars(
        sa.select(Alike).where(Alike.listing_id == "R2", Alike.finding_id == concluded.bad[0].id)
    ).one()
    decide_alike(session, [Choice(alike, 1)], Decision.REJECTED, by=cast.reviewer, reason="赠品")
    watch(session)
    assert (found["R2"].decision, found["R2"].reason) == (Said.OTHER, "赠品")
    assert found["R2"].decided_by_id == cast.reviewer.id


@on_sqlite
def test_nobody_else_sees_a_hit_or_decides_on_it(session, concluded, clock):
    cast = concluded.cast
    _notice, found = relisted(session, cast, clock, concluded.bad[0])
    assert session.scalars(visible_to(cast.desk)).all() == []
    assert one_visible(session, cast.reviewer, found["R2"].id) is found["R2"]
    with pytest.raises(NotPermitted):
        decide(session, [found["R2"]], Said.SAME, by=cast.desk)


@on_sqlite
def test_what_waits_goes_when_the_finding_no_longer_stands(session, concluded, clock):
    cast = concluded.cast
    notice, _found = relisted(session, cast, clock, concluded.bad[0])
    item = notice.items[0]
    reopened(session, cast, item)
    excuse(session, item, Excuse.FINDING_OVERTURNED, by=cast.reviewer, note="复检合格")
    watch(session)
    assert {hit.decision for hit in hits(session).values()} == set()
    clock.advance(days=1)
    shelve(session, cast, back_on_sale(item))
    watch(session)
    assert hits(session) == {}

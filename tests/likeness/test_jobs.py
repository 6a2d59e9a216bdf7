"""The job that looks through frames: each finding once in each frame, again when either is new."""

from __future__ import annotations

import sqlalchemy as sa

from quality.lab.models import Finding
from quality.likeness.matching import Kind, Sure
from quality.likeness.models import Alike, LookedThrough
from quality.likeness.queries import of_finding, progress_of
from tests.harness.databases import on_sqlite
from tests.harness.likeness import SHELF, alike_to, look, shelve
from tests.harness.purchases import settings

ALL = Finding.id.is_not(None)


@on_sqlite
def test_a_finding_is_looked_for_on_every_platform_and_each_hit_says_why(session, concluded):
    found = alike_to(session, concluded.cast, concluded.bad[0])
    assert {name: (each.kind, each.sure, each.why) for name, each in found.items()} == {
        "A1": (Kind.SAME_PRODUCT, Sure.CERTAIN, ["barcode"]),
        "A2": (Kind.SAME_PRODUCT, Sure.CERTAIN, ["barcode"]),
        "A3": (Kind.SAME_PRODUCT, Sure.LIKELY, ["brand_model_producer"]),
        "A4": (Kind.SAME_SELLER, Sure.POSSIBLE, ["shop_name"]),
    }
    assert {found["A1"].platform.name, found["A2"].platform.name} == {"青禾集市", "棠梨商城"}
    assert all(each.decision is None and each.agency_id == concluded.cast.agency.id for each in found.values())


def test_a_second_run_does_nothing_and_a_later_frame_is_looked_through_by_itself(session, concluded):
    cast, finding = concluded.cast, concluded.bad[0]
    first = look(session)  # the frame it was drawn from
    assert first == len([*concluded.bad, concluded.elsewhere])
    assert look(session) == 0
    shelve(session, cast)
    assert progress_of(session, ALL)[:2] == (first, first)
    assert look(session) == first
    assert progress_of(session, ALL).waiting == 0
    rows = session.scalars(sa.select(Alike.id)).all()
    shelve(
        session,
        cast,
        [*SHELF, {"listing_id": "A6", "platform": "棠梨商城", "brand": "小满", "model": "cl64", "title": "新上架"}],
    )
    assert look(session) == first
    new = session.scalars(sa.select(Alike).where(Alike.id.not_in(rows), Alike.finding_id == finding.id)).all()
    assert [each.listing_id for each in new] == ["A6"]  # those of the earlier frame stand as they were


@on_sqlite
def test_a_frame_that_is_gone_keeps_no_other_waiting_and_is_tried_again(session, concluded, caplog):
    shelve(session, concluded.cast)
    lost = next(file for file in settings().frames_folder.glob("*.parquet") if file.stat().st_size)
    there = lost.read_bytes()
    lost.unlink()
    made = look(session)
    assert "was not looked through" in caplog.text
    lost.write_bytes(there)
    assert made == look(session) > 0
    assert look(session) == 0


@on_sqlite
def test_no_conforming_and_no_overturned_finding_is_looked_for(session, concluded):
    look(session)
    looked = set(session.scalars(sa.select(LookedThrough.finding_id)))
    assert looked == {each.id for each in (*concluded.bad, concluded.elsewhere)}
    assert of_finding(session, concluded.good) == []

"""What else a file may tell of: conforming rows, several items, a confirmed forgery, a shop that bears a name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.campaigns.models import Drawn
from quality.core import clock as real_clock
from quality.core.db import db
from quality.core.record import verify
from quality.lab.models import Finding
from quality.notices.models import NoticeItem
from quality.objections.models import Decision, Ground, Objection, Party
from quality.publication.models import Result
from quality.purchases.models import Sample, Task
from quality.walk import Progress, walk
from quality.walk.doors import open_doors
from tests.harness.apps import made, running
from tests.harness.clock import HeldClock
from tests.harness.databases import settings_for
from tests.harness.press import quickly
from tests.walk.conftest import hold_all_clocks
from tests.walk.files import ANNOUNCED, CONFORMING, DENIED, GOOD, SECOND, write

OF_TWO = GOOD | {"row": "182", "item": "过氧化值", "value": "0.10g/100g", "limit": "≤0.25g/100g", "remark": "易碎"}
OTHER_BATCH = GOOD | {"row": "183", "batch": "2019/2/2", "limit": "≤10mg/g"}
FORGED = ANNOUNCED[1] | {"reinspection_lab": SECOND}
OF_A_PERSON = ANNOUNCED[4] | {"shop_name": "王小明的小店", "remark": "店主电话 13912345678"}


@pytest.fixture(scope="module")
def walked(sqlite_template, compiled_templates, tmp_path_factory):
    """All of it walked once; the tests only read."""
    folder = tmp_path_factory.mktemp("walk")
    settings = settings_for(f"sqlite:///{folder}/mingcha.db", folder)
    (folder / "mingcha.db").write_bytes(sqlite_template.read_bytes())
    path = write(folder / "kinds.csv", [GOOD, CONFORMING, OF_TWO, OTHER_BATCH, FORGED, OF_A_PERSON])
    with pytest.MonkeyPatch.context() as patched, quickly(), running(made(settings, compiled_templates)) as app:
        clock, told = HeldClock(), []
        patched.setattr(real_clock, "by_the_machine", clock.now)
        hold_all_clocks(clock, patched)
        progress, sessions = Progress(lambda *stage: told.append(stage)), sessionmaker(db.engine)
        with open_doors(app, sessions, settings) as doors:
            seen = walk(path, sessions, settings, progress=progress, doors=doors)
        yield SimpleNamespace(seen=seen, answer=seen.answer, session=db.session(), settings=settings, told=told)


def result_of(walked, product, limit):
    [result] = [
        result
        for result in walked.answer["results"]
        if result["product_name"] == product and result["items"][0]["limit"] == limit
    ]
    return result


def copy_of(walked, product):
    number = next(r["number"] for r in walked.answer["results"] if r["product_name"] == product)
    return walked.session.scalars(sa.select(Result).where(Result.number == number)).one().copy


def test_every_row_is_accounted_for_and_the_record_is_whole(walked):
    answer = walked.answer
    assert walked.seen.problems == []
    assert (answer["rows"], answer["samples"], answer["nonconforming"], answer["items_verified"]) == (6, 5, 3, 3)
    assert answer["by_status"]["campaigns"] == {"closed": 1}
    assert answer["by_status"]["samples"] == {"closed": 5}
    seen = verify(walked.session, walked.settings.roots_folder)
    assert (seen.broken, seen.roots) == (None, 1)


def test_a_conforming_row_ends_with_a_public_result_and_no_notice(walked):
    result = result_of(walked, "乳蜜", "不得检出")
    assert (result["status"], result["verdict"]) == ("published", "conforming")
    named = sa.select(NoticeItem.id).join(NoticeItem.finding).where(Finding.verdict == "conforming")
    assert walked.session.scalars(named).all() == []
    about = sa.select(Objection.id).join(Objection.finding).where(Finding.verdict == "conforming")
    assert walked.session.scalars(about).all() == []  # nothing to re-inspect, though the row names a laboratory


def test_rows_of_one_listing_and_batch_are_one_sample_and_one_failing_item_fails_it(walked):
    result = result_of(walked, "芝麻饼", "≤5mg/g")
    assert result["verdict"] == "nonconforming"
    assert [(item["item"], item["verdict"]) for item in result["items"]] == [
        ("酸价（以脂肪计）", "fail"),
        ("过氧化值", "pass"),
    ]
    remarks = walked.session.scalars(sa.select(Sample.remark).where(Sample.product_name == "芝麻饼")).all()
    assert sorted(remarks) == ["", "易碎"]


def test_another_batch_of_a_listing_is_a_sample_of_its_own_held_to_its_own_limit(walked):
    assert result_of(walked, "芝麻饼", "≤10mg/g")["verdict"] == "conforming"
    ids = sa.select(Drawn.listing_id).join(Task).join(Sample).where(Sample.product_name == "芝麻饼")
    own, made = sorted(walked.session.scalars(ids))
    assert own == "529094391099"
    assert made.startswith("H")


def test_a_forgery_is_the_producers_objection_upheld_and_the_copy_says_so(walked):
    of = sa.select(Objection).join(Objection.finding).join(Finding.sample).where(Sample.product_name == "圣女果干")
    heard = {objection.ground: objection for objection in walked.session.scalars(of)}
    assert {ground: (o.party, o.decision) for ground, o in heard.items()} == {
        Ground.RESULT: (Party.SELLER, Decision.DISMISSED),  # the second laboratory confirmed
        Ground.AUTHENTICITY: (Party.PRODUCER, Decision.UPHELD),
    }
    copy = copy_of(walked, "圣女果干")
    assert (copy["producer_denies"], copy["remark"], copy["verdict"]) == (True, DENIED, "nonconforming")
    assert copy["items"][0]["laboratory"] == SECOND
    assert not copy_of(walked, "荔枝蜜")["producer_denies"]


def test_personal_data_is_withheld_where_it_stands_and_a_note_says_so(walked):
    assert [(note.field, note.code) for note in walked.seen.notes] == [
        ("row 7 (row=168), remark", "withheld"),
        ("row 7 (row=168), seller.shop", "withheld"),
    ]
    copy = copy_of(walked, "荔枝蜜")
    assert (copy["seller"]["shop"], copy["remark"]) == ("", "")
    assert copy["withheld"] == ["remark", "seller.shop"]
    assert copy["producer"]["name"] == OF_A_PERSON["producer_name"]


def test_every_stage_is_told_from_nothing_to_all(walked):
    stages = [stage for stage, _done, _of in walked.told]
    assert list(dict.fromkeys(stages)) == ["buy and test", "dispose", "publish"]
    assert [told[1:] for told in walked.told if told[0] == "publish"] == [(done, 5) for done in range(6)]

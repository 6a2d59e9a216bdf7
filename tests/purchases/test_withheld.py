"""What leads to the buyer is written down nowhere else by anybody of the house, and no paper and no message says it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.redaction import MARK
from quality.core.withholding import CODE, withheld
from quality.documents.models import Language
from quality.purchases.models import Sample, TaskStatus
from quality.purchases.operations import refund, show_identity
from quality.purchases.operations.custody import dispatch
from quality.purchases.operations.identity import Secret
from quality.purchases.operations.papers import ask_for_sampling_sheet
from quality.purchases.withheld import needles_of, parents, tasks_behind
from tests.harness.beginnings import Served
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import BY_COURIER, FACTS, PURCHASE, cipher, sealed_sample, task_at


def behind(session: Session, table: str, key: int) -> set[int]:
    asked = tasks_behind(table, [key])
    assert asked is not None
    return set(session.scalars(asked))


@pytest.mark.parametrize(
    ("kind", "value", "looked_for"),
    [
        (Secret.TELEPHONE, "+86 199-0000-7788", ["19900007788"]),
        (Secret.TELEPHONE, "12345", []),
        (Secret.ADDRESS, "云州市柳荫巷六号院三单元", ["云州市柳荫巷6号院3单元", "柳荫巷6号院3单元"]),
        (Secret.ADDRESS, "东街", []),
        (Secret.RECIPIENT, "丁香玉", ["丁香玉"]),
        (Secret.RECIPIENT, "丁香", []),  # two characters stand in the name of any shop
        (Secret.ACCOUNT, "Tangli-User-7788", ["tangliuser7788"]),
        (Secret.ACCOUNT, "abc", []),
        (Secret.PAID_AT, "2026-08-13T03:07:00+08:00", []),
    ],
)
def test_each_value_is_looked_for_in_its_way(kind: str, value: str, looked_for: list[str]) -> None:
    assert [each.folded for each in needles_of(kind, value)] == looked_for


@on_sqlite
def test_every_table_that_came_of_a_purchase_leads_back_to_it(session: Session, served: Served) -> None:
    [item, *_more] = served.notice.items
    sample = item.finding.sample
    assert sample.task_id
    for table, key in (
        ("task", sample.task_id), ("sample", sample.id), ("portion", sample.portions[0].id),
        ("report", item.finding.report_id), ("finding", item.finding_id), ("notice_item", item.id),
    ):  # fmt: skip
        assert behind(session, table, key) == {sample.task_id}, table
    assert behind(session, "notice", served.notice.id) == {i.finding.sample.task_id for i in served.notice.items}
    assert tasks_behind("campaign", [sample.campaign.id]) is None
    assert {"transfer", "correction", "result", "objection", "letter", "hand_over"} <= parents().keys()


@on_sqlite
def test_nobody_of_the_agency_writes_it_down_elsewhere(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ORDERED)
    session.commit()
    with invalid(("note", CODE)):
        refund(session, task, refunded_fen=100, by=cast.buyer, note="卖家打了 1990000 7788 来问")
    session.rollback()
    with invalid(("why", CODE)):
        show_identity(session, task, by=cast.coordinator, cipher=cipher(), why=f"核对{PURCHASE['account']}")


@on_sqlite
def test_a_sheet_and_a_hand_over_are_refused_with_it_and_the_field_is_named(session: Session, cast: Cast) -> None:
    with invalid(("remark", CODE)):
        sealed_sample(session, cast, replace(FACTS, remark=f"收货人{PURCHASE['recipient']}"))
    session.rollback()
    sample = sealed_sample(session, cast)
    session.commit()
    with invalid(("place", CODE)):
        dispatch(
            session, sample, cast.laboratory, by=cast.coordinator,
            way=BY_COURIER._replace(place="柳荫巷6号院3单元门口"),
        )  # fmt: skip


@on_sqlite
def test_what_came_in_before_is_taken_out_of_papers(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    session.commit()
    session.execute(sa.update(Sample).values(product_name="磁力棒 19900007788").where(Sample.id == sample.id))
    session.expire_all()
    paper = ask_for_sampling_sheet(session, sample, Language.ZH, by=cast.coordinator)
    assert "7788" not in json.dumps(paper.says, ensure_ascii=False)
    assert paper.says["product"]["name"] == f"磁力棒 {MARK}"


@on_sqlite
def test_a_party_writes_what_it_likes_and_gets_its_own_words_back(session: Session, served: Served) -> None:
    told = withheld(session, served.notice, {"reasons": "号1990000-7788", "claim": {"reason": "号1990000-7788"}})
    assert told == {"reasons": f"号{MARK}", "claim": {"reason": "号1990000-7788"}}

"""The entry grid: what is wrong is said at its cell, nothing typed is lost, and sixty items are as good as two."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import CampaignItem
from quality.lab.models import Report, TestOrder, TestResult
from quality.lab.operations import send_back
from quality.lab.workbook.writing import open_rows
from quality.pages.kinds.report import number
from quality.purchases.models import Portion
from quality.standards.models import StandardItem, StandardLimit
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import OPEN as UNREAD
from tests.harness.lab import portion_to_test, reported_sample, sample_at_lab
from tests.harness.people import Cast
from tests.harness.standards import a_standard
from tests.pages.test_worklist import statements

pytestmark = pytest.mark.usefixtures("sent")

GOOD = {
    "value_1": "12.4", "unit_1": "kG²mm²", "value_2": "8.5", "unit_2": "mg/kg", "uncertainty_2": "1.2", "lod_2": "0.5",
    "loq_2": "1.5", "method_2": "GB 6675.4", "report_no": "WT-2026-1",
}  # fmt: skip
SLIPS = [
    ({"value_2": "Infinity"}, "value_2", "cannot be read: Infinity"),
    ({"value_2": "1e400"}, "value_2", "cannot be read: 1e400"),
    ({"value_2": "💡"}, "value_2", "cannot be read: 💡"),
    ({"value_2": "字" * 300}, "value_2", "cannot be read: 字字"),
    ({"value_2": ""}, "value_2", "Enter the value"),
    ({"value_2": "符合"}, "value_2", "needs a number"),
    ({"value_2": "未检出", "lod_2": "", "loq_2": ""}, "lod_2", "below what?"),
    ({"unit_2": "mL"}, "unit_2", "do not measure the same"),
    ({"unit_2": "x" * 300}, "unit_2", "Keep to 50 characters"),
    ({"unit_2": "💡"}, "unit_2", "cannot be read"),
    ({"unit_2": ""}, "unit_2", "No unit is given"),
    ({"uncertainty_2": "-1.2"}, "uncertainty_2", "cannot be negative"),
    ({"uncertainty_2": "Infinity"}, "uncertainty_2", "cannot be read"),
    ({"uncertainty_2": ""}, "uncertainty_2", "needs the uncertainty"),
    ({"lod_2": "3"}, "lod_2", "is above the LOQ"),
    ({"lod_2": "-1"}, "lod_2", "above zero"),
    ({"loq_2": "0"}, "loq_2", "above zero"),
    ({"loq_2": "1e400"}, "loq_2", "cannot be read"),
    ({"method_2": "法" * 300}, "method_2", "Keep to 200 characters"),
    ({"method_2": "a\u202eb"}, "method_2", "cannot be shown"),
]


@pytest.fixture
def portion(session: Session, cast: Cast) -> Portion:
    assert cast.analyst.person
    give_password(session, cast.analyst.person)
    found = portion_to_test(sample_at_lab(session, cast))
    session.commit()
    return found


def grid(portion: Portion) -> str:
    return f"/desk/portion/{portion.blind_no}/report"


def sent(cast: Cast, portion: Portion, **typed: str) -> dict[str, Any]:
    assert cast.analyst.person
    head = {"version": portion.version, "draft_version": "0", "analyst": cast.analyst.person.email}
    return {**head, **GOOD, **typed}


def control(page: Any, name: str) -> tuple[str, str]:
    """Its tag, and what stands in it."""
    area = re.search(rf'(<textarea[^>]* name="{name}"[^>]*>)\n?([^<]*)<', page.text)
    if area:
        return area[1], unescape(area[2])
    line = re.search(rf'<input[^>]* name="{name}"[^>]*>', page.text)
    assert line, name
    value = re.search(r'value="([^"]*)"', line[0])
    return line[0], unescape(value[1]) if value else ""


def said_at(page: Any, name: str) -> str:
    tag, _value = control(page, name)
    tied = re.search(r'aria-describedby="([^"]+)"', tag)
    assert tied, f"{name} has nothing said at it"
    assert 'aria-invalid="true"' in tag
    text = re.search(rf'id="{tied[1]}">([^<]*)<', page.text)
    assert text
    return unescape(text[1])


@on_sqlite
@pytest.mark.parametrize("slip", SLIPS, ids=[f"{f}={c[f][:9]}" for c, f, _ in SLIPS])
def test_a_slip_is_said_at_its_cell_and_everything_typed_is_kept(
    app: Flask, session: Session, cast: Cast, portion: Portion, slip: tuple[dict[str, str], str, str]
) -> None:
    changed, cell, said = slip
    typed = sent(cast, portion, **changed)

    answer = sign_in(app, cast.analyst).post(grid(portion), data=typed)

    assert answer.status_code == 422
    assert said in said_at(answer, cell)
    assert f'<a href="#{cell}">' in answer.text
    kept = {name: control(answer, name)[1] for name in GOOD}
    assert kept == {name: typed[name].replace("\u202e", control(answer, name)[1][1:-1]) for name in GOOD}
    assert session.scalars(sa.select(Report.id)).all() == []


@on_sqlite
def test_all_slips_of_all_rows_are_said_at_once(app: Flask, session: Session, cast: Cast, portion: Portion) -> None:
    slips = {"value_1": "💡", "value_2": "💡", "unit_2": "mL", "uncertainty_2": "-1", "lod_2": "x", "loq_2": "0"}

    answer = sign_in(app, cast.analyst).post(grid(portion), data=sent(cast, portion, **slips))

    assert answer.status_code == 422
    said = [
        "cannot be read",
        "cannot be read",
        "do not measure the same",
        "cannot be negative",
        "cannot be",
        "above zero",
    ]
    assert [part in said_at(answer, cell) for part, cell in zip(said, slips, strict=True)] == [True] * 6
    assert [f'<a href="#{cell}">' in answer.text for cell in slips] == [True] * 6


@on_sqlite
def test_what_is_missing_is_not_asked_for_where_it_may_only_seem_so(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    typed = sent(cast, portion, value_2="💡", uncertainty_2="", lod_2="")

    answer = sign_in(app, cast.analyst).post(grid(portion), data=typed)

    assert "cannot be read" in said_at(answer, "value_2")
    assert 'aria-invalid="true"' not in control(answer, "uncertainty_2")[0], "未检出 would need none"


@on_sqlite
def test_full_width_digits_are_digits(app: Flask, session: Session, cast: Cast, portion: Portion) -> None:
    typed = sent(cast, portion, value_2="８．５", uncertainty_2="１．２", method_2="GB 6675.4\r\n第2法")

    assert sign_in(app, cast.analyst).post(grid(portion), data=typed).status_code == 302
    [report] = session.scalars(sa.select(Report))
    lead = next(result for result in report.results if result.item == "可迁移元素：铅")
    assert (lead.verdict, lead.value, lead.method) == ("pass", "８．５", "GB 6675.4 第2法")


@on_sqlite
def test_what_is_meant_as_it_is_written_is_handed_in_and_stays_undecided(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    client, typed = sign_in(app, cast.analyst), sent(cast, portion, value_2="见附件")
    told = client.post(grid(portion), data=typed)
    assert (told.status_code, 'name="as_written" value="yes"' in told.text) == (422, True)
    assert 'name="as_written"' not in client.get(grid(portion)).text

    assert client.post(grid(portion), data=typed | {"as_written": "yes"}).status_code == 302
    [report] = session.scalars(sa.select(Report))
    assert {result.verdict for result in report.results} == {"pass", "undecided"}


@on_sqlite
def test_judging_without_handing_in_says_it_at_the_cell_too(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    typed = sent(cast, portion, lod_2="9", check="1")

    page = sign_in(app, cast.analyst).post(grid(portion), data=typed)

    assert page.status_code == 200
    assert "is above the LOQ" in said_at(page, "lod_2")
    assert control(page, "lod_2")[1] == "9"


@on_sqlite
def test_five_hundred_items_of_the_library_take_less_than_twenty_statements(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    """As a re-inspection is ordered: item by item. LOD and LOQ are proposed as the campaign's edition has them."""
    a_standard(session, cast.coordinator)
    limit = session.scalars(sa.select(StandardLimit).join(StandardItem).where(StandardItem.lod != "")).first()
    assert limit
    campaign = portion.sample.task.campaign
    facts = {"campaign_id": campaign.id, "limit": "≤90 mg/kg", "method": "", "standard_limit_id": limit.id}
    session.execute(sa.insert(CampaignItem), [facts | {"item": f"第{n}号"} for n in range(3, 501)])
    keys = session.scalars(sa.select(CampaignItem.id).where(CampaignItem.campaign_id == campaign.id))
    session.execute(sa.insert(TestOrder), [{"portion_id": portion.id, "campaign_item_id": key} for key in keys])
    session.commit()
    client = sign_in(app, cast.analyst)
    shown: list[Any] = []

    assert statements(client, grid(portion), shown) < 20

    assert {(row["lod"], row["loq"]) for row in open_rows(session, cast.analyst) if row["item"] == "第500号"} == {
        (limit.of.lod, limit.of.loq)
    }, "and in the workbook"
    [page] = shown
    assert page.text.count('name="value_') == 500
    assert [control(page, f"{name}_500")[1] for name in ("lod", "loq")] == [limit.of.lod, limit.of.loq]


@on_sqlite
def test_sixty_items_are_typed_judged_and_handed_in_at_once(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    client = sign_in(app, cast.analyst)
    assert control(client.get(grid(portion)), "unit_1")[1] == "kG²mm²"
    few = statements(client, grid(portion))
    campaign = portion.sample.task.campaign
    session.add_all(
        CampaignItem(
            campaign_id=campaign.id,
            item=f"可迁移元素：第{n}号，名称很长的检验项目",
            limit="≤90 mg/kg",
            method="GB 6675.4—2014 玩具安全 第4部分：特定元素的迁移",
            rule="simple",
        )
        for n in range(3, 61)
    )
    session.commit()

    assert statements(client, grid(portion)) == few
    page = client.get(grid(portion))
    assert page.text.count('name="value_') == 60
    assert "玩具安全 第4部分：特定元素的迁移" in control(page, "method_60")[1]
    typed = (
        sent(cast, portion) | {f"value_{n}": "<1" for n in range(3, 61)} | {f"unit_{n}": "mg/kg" for n in range(3, 61)}
    )
    lacking = client.post(grid(portion), data=typed | {"value_60": ""})
    assert "Enter the value" in said_at(lacking, "value_60")
    assert control(lacking, "value_59")[1] == "<1"
    assert client.post(grid(portion), data=typed).status_code == 302
    [report] = session.scalars(sa.select(Report))
    assert [result.verdict for result in report.results] == ["pass"] * 60


@on_sqlite
def test_a_report_that_was_sent_back_is_named_as_the_one_that_the_new_one_replaces(
    app: Flask, session: Session, cast: Cast
) -> None:
    assert cast.analyst.person
    give_password(session, cast.analyst.person)
    sample = reported_sample(session, cast, UNREAD)
    cast.clock.advance(hours=1)
    send_back(session, sample, "读不出", by=cast.coordinator)
    session.commit()
    client, portion = sign_in(app, cast.analyst), portion_to_test(sample)

    page = client.get(grid(portion))
    proposed = control(page, "supersedes")[1]

    assert proposed == session.scalars(sa.select(Report.report_no)).one()
    first = session.scalars(sa.select(TestResult).order_by(TestResult.id)).first()
    assert first
    assert control(page, "value_1")[1] == first.value, "who corrects one value types no other anew"
    typed = sent(cast, portion, supersedes=proposed, report_no="WT-2026-2")
    silent = client.post(grid(portion), data=typed)
    assert (silent.status_code, "Say why the report in force is replaced" in silent.text) == (422, True)
    assert client.post(grid(portion), data=typed | {"change_reason": "抄录有误"}).status_code == 302
    new = session.scalars(sa.select(Report).where(Report.report_no == "WT-2026-2")).one()
    assert "抄录有误" in client.get(f"/desk/report/{number(new)}").text


@on_sqlite
def test_a_grid_that_cannot_be_handed_in_says_so_before_anything_is_typed(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    client = sign_in(app, cast.analyst)
    assert client.post(grid(portion), data=sent(cast, portion)).status_code == 302

    page = client.get(grid(portion)).text

    assert "Report WT-2026-1 on this sample is not authorised yet" in page
    assert re.search(r"<button[^>]* disabled [^>]*>Hand in to the signatory</button>", page)
    again = client.post(grid(portion), data=sent(cast, portion, report_no="WT-2026-2", version=str(portion.version)))
    assert again.status_code == 409

"""Results that are not handed in yet: kept as they were typed, for the laboratory alone, and never lost silently."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.events import Event
from quality.lab.models import Report, ReportDraft
from quality.purchases.models import Portion
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import portion_to_test, sample_at_lab, sent_sample
from tests.harness.people import Cast, hire

pytestmark = pytest.mark.usefixtures("sent")

TYPED = {
    "value_1": "12.4",
    "unit_1": "kG²mm²",
    "value_2": "Infinity",
    "unit_2": "苹果",
    "uncertainty_2": "-1.2",
    "method_2": "法" * 300,
    "method_note": "先看\n再说 💡",
    "report_no": "",
    "analyst": "",
}


@pytest.fixture
def portion(session: Session, cast: Cast) -> Portion:
    for actor in (cast.coordinator, cast.analyst, cast.second_analyst, cast.signatory):
        assert actor.person
        give_password(session, actor.person, f"人{actor.person.id}")
    found = portion_to_test(sample_at_lab(session, cast))
    session.commit()
    return found


def colleague_of(session: Session, cast: Cast) -> Any:
    colleague = hire(session, cast.laboratory, cast.analyst.role)
    assert colleague.person
    give_password(session, colleague.person, "何书宁")
    session.commit()
    return colleague


def grid(portion: Portion) -> str:
    return f"/desk/portion/{portion.blind_no}/report"


def shown(page: Any, name: str) -> str:
    """What stands in the control of this name."""
    if area := re.search(rf'<textarea[^>]* name="{name}"[^>]*>\n?([^<]*)<', page.text):
        return unescape(area[1]).replace("\r\n", "\n")
    control = re.search(rf'<input[^>]* name="{name}"[^>]*>', page.text)
    assert control, name
    value = re.search(r'value="([^"]*)"', control[0])
    return unescape(value[1]) if value else ""


def keep(client: Any, portion: Portion, seen: str, **typed: str) -> Any:
    return client.post(f"{grid(portion)}/draft", data={"draft_version": seen, **typed})


def test_what_was_typed_is_kept_whether_it_fits_or_not_and_nothing_is_judged(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    client = sign_in(app, cast.analyst)
    events = session.scalars(sa.select(sa.func.count(Event.id))).one()

    answer = keep(client, portion, shown(client.get(grid(portion)), "draft_version"), **TYPED)

    assert (answer.status_code, answer.location) == (302, grid(portion))
    page = client.get(grid(portion))
    assert {name: shown(page, name) for name in TYPED} == TYPED
    assert f"Draft kept by {cast.analyst.person.name}, " in page.text
    assert session.scalars(sa.select(Report.id)).all() == []
    assert session.scalars(sa.select(sa.func.count(Event.id))).one() == events
    assert f"Draft kept by {cast.analyst.person.name}, " in client.get("/desk/portion/").text


def test_a_newer_draft_of_a_colleague_is_named_and_stays_until_one_presses_again(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    mine, theirs = sign_in(app, cast.analyst), sign_in(app, colleague_of(session, cast))
    seen = shown(mine.get(grid(portion)), "draft_version")
    assert keep(theirs, portion, seen, value_1="7.7").status_code == 302

    told = keep(mine, portion, seen, value_1="8.8", method_note="我的")

    assert told.status_code == 422
    assert "何书宁 kept a draft after you opened this page" in told.text
    assert (shown(told, "value_1"), shown(told, "method_note")) == ("8.8", "我的")
    assert shown(theirs.get(grid(portion)), "value_1") == "7.7"
    assert keep(mine, portion, shown(told, "draft_version"), value_1="8.8").status_code == 302
    assert shown(theirs.get(grid(portion)), "value_1") == "8.8"


def test_handing_in_does_not_end_a_draft_that_the_sender_has_not_seen(
    app: Flask, session: Session, cast: Cast, portion: Portion
) -> None:
    mine, theirs = sign_in(app, cast.analyst), sign_in(app, colleague_of(session, cast))
    page = mine.get(grid(portion))
    assert keep(theirs, portion, "0", value_1="7.7").status_code == 302
    facts = {"report_no": "WT-1", "analyst": cast.analyst.person.email, "version": shown(page, "version")}
    facts |= {"value_1": "12.4", "unit_1": "kG²mm²", "value_2": "8.5", "unit_2": "mg/kg", "uncertainty_2": "1.2"}

    told = mine.post(grid(portion), data=facts | {"draft_version": "0"})

    assert told.status_code == 422
    assert "何书宁 kept a draft" in told.text
    assert session.scalars(sa.select(ReportDraft.portion_id)).all() == [portion.id]
    done = mine.post(grid(portion), data=facts | {"draft_version": shown(told, "draft_version")})
    assert done.status_code == 302, done.text
    assert session.scalars(sa.select(Report.report_no)).all() == ["WT-1"]
    assert session.scalars(sa.select(ReportDraft.portion_id)).all() == []
    assert keep(theirs, portion, "1", value_1="7.7").status_code == 422


@on_sqlite
def test_nobody_else_keeps_or_reads_a_draft(app: Flask, session: Session, cast: Cast, portion: Portion) -> None:
    assert keep(sign_in(app, cast.analyst), portion, "0", method_note="夜里再看").status_code == 302

    for actor, refused in ((cast.second_analyst, 404), (cast.coordinator, 404), (cast.signatory, 403)):
        assert keep(sign_in(app, actor), portion, "1", value_1="1").status_code == refused
        assert "夜里再看" not in sign_in(app, actor).get(grid(portion)).text
    page = sign_in(app, cast.coordinator).get(f"/desk/sample/{portion.sample.number}")
    assert page.status_code == 200
    assert "夜里再看" not in page.text


@on_sqlite
@pytest.mark.parametrize("odd", ["", "-1", "x", "9" * 40, "１"])
def test_a_version_that_is_none_overwrites_nothing(
    app: Flask, session: Session, cast: Cast, portion: Portion, odd: str
) -> None:
    client = sign_in(app, cast.analyst)
    assert keep(client, portion, "0", value_1="7.7").status_code == 302

    assert keep(client, portion, odd, value_1="8.8").status_code == 422
    assert shown(client.get(grid(portion)), "value_1") == "7.7"


@on_sqlite
def test_a_portion_that_is_not_here_yet_has_no_draft(app: Flask, session: Session, cast: Cast) -> None:
    assert cast.analyst.person
    give_password(session, cast.analyst.person)
    portion = portion_to_test(sent_sample(session, cast))
    session.commit()

    assert keep(sign_in(app, cast.analyst), portion, "0", value_1="1").status_code == 409

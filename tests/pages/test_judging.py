"""What a result says in words beside its bar, and what becomes of an item that is undecided."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.lab.operations import confirm_finding, withdraw_report
from quality.lab.queries import report_in_force
from quality.pages.judging import Row, row_of
from quality.purchases.models import SampleStatus
from quality.standards.judgement import judge
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import OPEN, portion_to_test, proposed_finding, reported_sample
from tests.harness.people import Cast


@pytest.fixture(autouse=True)
def speaking(sqlite_app: Flask) -> Any:
    with sqlite_app.test_request_context("/desk/?lang=en"):
        yield


def row(value: str, limit: str, unit: str = "mg/kg", **more: str) -> Row:
    verdict = judge(value, unit, limit, **more).verdict.value
    return row_of({"item": "铅", "value": value, "unit": unit, "limit": limit, "verdict": verdict, **more})


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("guard_band", "up to 4.4 mg/kg, with a guard band of 0.6 before the limit"),
        ("non_binary", "up to 5 mg/kg; conditional within ±0.6 of the limit"),
        ("enforcement", "up to 5.6 mg/kg"),
        ("simple", "up to 5 mg/kg"),
    ],
)
def test_the_words_of_a_bar_say_uncertainty_rule_and_what_is_accepted(rule: str, said: str) -> None:
    found = row("4.7", "≤5.0 mg/kg", uncertainty="0.6", rule=rule)

    assert str(found.accepted) == said
    for part in ("4.7 mg/kg", "U: ±0.6", "limit ≤5.0 mg/kg", str(found.rule), said, str(found.verdict)):
        assert part in str(found.aria)


def test_what_is_not_there_is_said_and_never_drawn_as_nothing() -> None:
    words = row("符合", "符合", "")

    assert str(row("4.2", "≥4 mg/kg").accepted) == "from 4 mg/kg"
    assert str(row("12", "10～15 mg/kg").accepted) == "from 10 to 15 mg/kg"
    assert (str(words.accepted), words.is_undecided) == ("", False)
    assert "U: not given" in str(words.aria)


@pytest.mark.parametrize(
    ("found", "decides"),
    [
        (("0", "不得检出"), "gives the detection limit"),
        (("未检出", "≤5.0 mg/kg"), "gives the detection limit"),
        (("<9", "≤5.0 mg/kg"), "measures down to the limit"),
        (("4.7 mL", "≤5.0 mg/kg", ""), "converted into the limit"),
        (("见附件", "≤5.0 mg/kg"), "a value that can be read"),
        (("4.7", "适量"), "No report helps"),
    ],
)
def test_an_undecided_item_says_what_decides_it(found: tuple[str, ...], decides: str) -> None:
    made = row(*found)

    assert made.is_undecided
    assert decides in str(made.resolved_by)
    assert str(made.reason)


def test_a_rule_that_needs_an_uncertainty_and_has_none_asks_for_it() -> None:
    assert "uncertainty U" in str(row("4.7", "≤5.0 mg/kg", rule="guard_band").resolved_by)


@on_sqlite
def test_a_sample_with_an_undecided_item_shows_why_and_is_ended_on_its_page(
    app: Flask, session: Session, cast: Cast
) -> None:
    sample = reported_sample(session, cast, OPEN)
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    client, where = sign_in(app, cast.coordinator), f"/desk/sample/{sample.number}"

    page = client.get(where).text
    panel = page[page.index("Undecided items") :].split("</section>")[0]
    assert "见附件" in panel
    assert "可迁移元素" not in panel
    assert "Send the report back" in panel
    assert re.search(r"<button[^>]* disabled [^>]*>Propose the finding</button>", page)
    door = re.search(r'<a href="([^"]+/impossible)">End as impossible to test', panel)
    assert door

    typed = {"version": sample.version, "cause": "undecided"}
    told = client.post(door[1], data=typed | {"reason": " "})
    assert (told.status_code, "Enter the reason" in told.text) == (422, True)
    assert client.post(door[1], data=typed | {"reason": "实验室无法补正"}).status_code == 302
    session.refresh(sample)
    assert sample.status == SampleStatus.TEST_IMPOSSIBLE


@on_sqlite
def test_a_sample_whose_finding_waits_for_a_reviewer_says_so_and_leads_there(
    app: Flask, session: Session, cast: Cast
) -> None:
    finding = proposed_finding(session, cast)
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    client, where = sign_in(app, cast.coordinator), f"/desk/sample/{finding.sample.number}"

    page = client.get(where).text
    for move in ("Propose the finding", "Send the report back"):
        assert re.search(rf"<button[^>]* disabled [^>]*>{move}</button>", page)
    assert f'<a href="/desk/finding/{finding.number}">Confirm or reject the finding</a>' in page

    confirm_finding(session, finding, by=cast.reviewer)
    session.commit()
    assert f'<a href="/desk/finding/{finding.number}">Tell the result to the seller' in client.get(where).text
    assert "Tell the result to the seller" in client.get(f"/desk/finding/{finding.number}").text


@on_sqlite
def test_a_sample_whose_report_was_withdrawn_is_sent_back(app: Flask, session: Session, cast: Cast) -> None:
    sample = reported_sample(session, cast)
    report = report_in_force(session, portion_to_test(sample))
    assert report
    withdraw_report(session, report, "校准失效", by=cast.signatory)
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()

    page = sign_in(app, cast.coordinator).get(f"/desk/sample/{sample.number}").text
    assert "No report is in force: send it back to the laboratory</p>" in page
    assert re.search(r"<button[^>]* disabled [^>]*>Propose the finding</button>", page)

"""The main road: announced cases in, verified takedowns and published results out, on both databases."""

from __future__ import annotations

import json
from collections import Counter

import sqlalchemy as sa

from quality.core.events import Event
from quality.delivery import signing
from quality.delivery.models import Channel, Endpoint, Receipt
from quality.delivery.signing import headers
from quality.documents.models import Document, DocumentKind
from quality.documents.queries import open_document
from quality.documents.readers import Reader
from quality.evidence.vault import vault_from
from quality.people.models import Key
from tests.documents.reading import read
from tests.harness.databases import on_sqlite
from tests.harness.press import real_press
from tests.walk.files import ANNOUNCED, CONFORMING, GOOD, MOUNTAIN, PEAR, RIVER, write

FULL = {
    "rows": 6,
    "samples": 6,
    "nonconforming": 6,
    "notices": 3,
    "items_verified": 6,
    "by_status": {
        "campaigns": {"closed": 1},
        "tasks": {"sealed": 6},
        "samples": {"closed": 6},
        "reports": {"authorised": 9},
        "findings": {"confirmed": 6},
        "objections": {"decided": 4},
        "notices": {"closed": 3},
        "items": {"verified": 6},
        "results": {"published": 6},
    },
}


def test_six_announced_cases_end_verified_and_published_and_a_second_walk_changes_nothing(mingcha, at, tmp_path):
    path = write(tmp_path / "cases.csv", ANNOUNCED)

    status, printed, said = mingcha("walk", path, "--json")

    assert (status, said) == (0, "")
    [line] = printed.splitlines()
    answer = json.loads(line)
    results = answer.pop("results")
    assert answer == FULL
    assert list(answer) == list(FULL)
    assert [list(result) for result in results] == [
        ["number", "status", "verdict", "platform", "product_name", "items", "address"]
    ] * 6
    assert {result["product_name"]: result["items"] for result in results}["荔枝蜜"] == [
        {"item": "菌落总数", "value": "5.8×103CFU/g", "limit": "≤1000 CFU/g", "verdict": "fail"}
    ]
    assert Counter(result["platform"] for result in results) == {PEAR: 3, MOUNTAIN: 2, RIVER: 1}
    assert {(result["status"], result["verdict"]) for result in results} == {("published", "nonconforming")}
    for result in results:
        assert result["address"] == f"http://127.0.0.1:8000/results/{result['number']}"
    events = mingcha("record", "verify")[1]
    assert "The record is whole" in events

    assert mingcha("walk", path, "--json") == (0, printed, "")
    assert mingcha("record", "verify")[1] == events

    status, shown, said = mingcha("walk", path)
    assert (status, said) == (0, "")
    assert shown.startswith("rows 6  samples 6  nonconforming 6  notices 3  items_verified 6\n  campaigns: closed 1\n")
    assert "nonconforming  青岚优选  荔枝蜜  菌落总数 5.8×103CFU/g (≤1000 CFU/g) fail\n" in shown


HTTP = {"take_in", "enter_report", "authorise", "acknowledge", "claim"}  # what laboratories and platforms do


@on_sqlite
def test_laboratories_and_platforms_come_by_http_with_keys_that_end_with_the_walk(walked, session, tmp_path):
    assert walked(write(tmp_path / "cases.csv", [GOOD])).problems == []
    done = {(event.action, event.actor.split(" via ")[-1][:4]) for event in session.scalars(sa.select(Event))}
    assert {how for action, how in done if action in HTTP} == {"key:"}
    assert {action for action, _how in done} >= HTTP - {"enter_report"}
    assert session.scalars(sa.select(Receipt.channel).order_by(Receipt.id)).first() == Channel.WEBHOOK
    assert session.scalars(sa.select(Endpoint).where(Endpoint.removed_at.is_(None))).all() == []
    assert session.scalars(sa.select(Key).where(Key.revoked_at.is_(None))).all() == []


@on_sqlite
def test_a_webhook_that_is_not_signed_as_it_must_be_is_not_believed(walked, session, tmp_path, monkeypatch):
    monkeypatch.setattr(signing, "headers", forged)
    seen = walked(write(tmp_path / "cases.csv", [GOOD]))
    assert {problem.code for problem in seen.problems} == {"webhook_missing"}
    assert seen.answer["items_verified"] == 0


def forged(webhook_id, moment, body, _secrets):
    return headers(webhook_id, moment, body, [signing.new_secret()])


@on_sqlite
def test_a_database_with_other_cases_is_left_alone_unless_told_otherwise(mingcha, at, tmp_path):
    first, second = write(tmp_path / "first.csv", [CONFORMING]), write(tmp_path / "second.csv", [GOOD])
    assert mingcha("walk", first)[0] == 0
    events = mingcha("record", "verify")[1]

    status, printed, said = mingcha("walk", second, "--json")

    assert (status, printed) == (1, "")
    assert said == "The database holds other cases; with --into the walk is added to them\n"
    assert mingcha("record", "verify")[1] == events

    status, printed, said = mingcha("walk", second, "--json", "--into")
    assert (status, said) == (0, "")
    answer = json.loads(printed)
    assert (answer["rows"], answer["items_verified"], len(answer["results"])) == (1, 1, 1)  # of this file alone
    assert mingcha("walk", first, "--into")[0] == 0


@on_sqlite
@real_press
def test_the_notices_and_the_announcement_of_a_walk_are_printed_as_in_life(walked, session, settings, tmp_path):
    walked(write(tmp_path / "cases.csv", [GOOD, CONFORMING]))

    papers = session.scalars(sa.select(Document)).all()

    assert Counter(paper.kind for paper in papers) == {DocumentKind.DISPOSAL_NOTICE: 2, DocumentKind.ANNOUNCEMENT: 2}
    vault = vault_from(settings.evidence_url)
    for paper in papers:
        with open_document(vault, paper, Reader.AGENCY) as kept:
            text = read(kept.read()).text
        assert paper.code in text
        assert paper.number in text

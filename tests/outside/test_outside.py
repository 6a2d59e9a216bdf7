"""A laboratory and a platform that know only docs/api.md and the OpenAPI document, against a running program."""

from __future__ import annotations

import ast
import hashlib
import queue
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from quality.core.workflow import perform
from quality.lab.models import Finding
from quality.lab.operations import confirm_finding, propose_finding
from quality.notices.models import Notice
from quality.notices.operations import close, draft_notices, issue, send_back, submit
from quality.notices.workflow import APPROVE
from quality.purchases.models import PortionKind, Sample
from tests.harness.notices import TEXTS, seen, verified
from tests.harness.papers_of_labs import report_pdf
from tests.outside import laboratory, platform
from tests.outside.asking import Wrong, ask, do
from tests.outside.conftest import present

STRANGERS = ["asking.py", "characters.py", "laboratory.py", "platform.py", "regulator.py"]
MAY_KNOW = {"httpx", "svix", "tests.outside", "tests.outside.asking", "tests.outside.platform"}
GOOD = {
    "磁通量指数": {"value": "12.4", "unit": "kG²mm²"},
    "可迁移元素：铅": {"value": "未检出", "unit": "mg/kg", "lod": "0.5"},
}
BAD = GOOD | {"磁通量指数": {"value": "386", "unit": "kG²mm²"}}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_strangers_program_knows_nothing_of_ours(name):
    tree = ast.parse((Path(__file__).parent / name).read_text(encoding="utf-8"))
    known = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    known += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]

    theirs = {module for module in known if module.split(".")[0] not in {*sys.stdlib_module_names, "httpx", "svix"}}

    assert theirs <= MAY_KNOW


@pytest.mark.real_press
def test_from_the_sealed_sample_to_the_verified_takedown(outside):
    cast, agency = outside.cast, outside.agency
    analyst, signatory = outside.program(cast.analyst), outside.program(cast.signatory)

    tested = laboratory_works(outside, analyst, signatory)
    for sample in tested:
        finding = agency(lambda session, sample=sample: propose_finding(session, sample, by=cast.coordinator))
        agency(lambda session, finding=finding: confirm_finding(session, finding, by=cast.reviewer))
    findings = outside.session.scalars(sa.select(Finding).order_by(Finding.id)).all()

    with platform.inbox() as inbox:
        notice = max(agency(draft_notices, findings, by=cast.coordinator, **TEXTS), key=lambda made: len(made.items))
        assert len(notice.items) >= 2
        desk = cast.desk if notice.platform_id == cast.platform.id else cast.other_desk
        program, person = outside.program(notice.platform), outside.program(desk)
        endpoint = platform.subscribe(program, person, inbox)
        agency(submit, notice, by=cast.coordinator)
        agency(perform, notice, APPROVE, by=cast.reviewer)
        agency(issue, notice, by=cast.coordinator)
        platform_works(outside, program, notice, inbox, endpoint)

    used = {each.split(" ", 1)[1].removeprefix("/api/v1/").split("/")[0] for each in outside.document.asked}
    assert used == {"lab", "platform", "evidence"}


def laboratory_works(outside, analyst, signatory) -> list[Sample]:
    """One is turned away, two are reported one by one, the last by a table; the bad ones."""
    name = outside.cast.analyst.person.name
    numbers = laboratory.on_its_way(analyst)
    assert len(numbers) == 4
    refused, first, second, third = numbers
    now = present().isoformat()

    assert laboratory.turn_away(analyst, refused, "封条断裂")["status"] == "refused_by_lab"
    for blind_no in (first, second, third):
        seal = laboratory.sample(analyst, blind_no)["seal_no"]
        taken = laboratory.take_in(analyst, blind_no, seal_no=seal, received_at=now)
        assert taken == laboratory.take_in(analyst, blind_no, seal_no=seal, received_at=now), "an answer that was lost"
        assert taken["status"] == "at_lab"
    assert laboratory.on_its_way(analyst) == []

    verdicts = laboratory.report(analyst, first, "WT-1", GOOD, tested_by=name)
    assert set(verdicts.values()) == {"pass"}
    refuses(409, "report_pending", laboratory.report, analyst, first, "WT-2", BAD, tested_by=name)
    refuses(403, "role_may_not", laboratory.authorise, analyst, "WT-1")
    assert laboratory.authorise(signatory, "WT-1")["status"] == "authorised"
    refuses(409, "report_in_force", laboratory.report, analyst, first, "WT-2", BAD, tested_by=name)
    verdicts = laboratory.report(analyst, first, "WT-2", BAD, tested_by=name, supersedes="WT-1")
    assert verdicts["磁通量指数"] == "fail"
    pdf = report_pdf("WT-2", first)
    assert laboratory.attach(analyst, "WT-2", pdf) == hashlib.sha256(pdf).hexdigest()
    laboratory.authorise(signatory, "WT-2")
    assert ask(analyst, "/lab/reports/WT-1")["status"] == "superseded"

    wrong = refuses(422, "invalid", laboratory.report, analyst, second, "WT 3", BAD, tested_by="Nobody")
    assert {each["field"]: each["code"] for each in wrong.errors} == {
        "report_no": "bad_report_no",
        "analyst": "unknown_analyst",
    }
    laboratory.report(analyst, second, "WT-3", BAD, tested_by=name)
    refuses(409, "stale", do, signatory, "/lab/reports/WT-3/authorise", {"version": 99})
    laboratory.withdraw(signatory, "WT-3", "typed wrongly")
    laboratory.report(analyst, second, "WT-4", BAD, tested_by=name)
    laboratory.authorise(signatory, "WT-4")

    by_table(analyst, third, name)
    laboratory.authorise(signatory, "WT-5")
    outside.session.rollback()
    return [
        sample
        for sample in outside.session.scalars(sa.select(Sample).order_by(Sample.id))
        if sample.portion(PortionKind.TEST).blind_no != refused
    ]


def by_table(analyst, blind_no: str, name: str) -> None:
    flux = [blind_no, "WT-5", "磁通量指数", "386", "kG²mm²", "9", "", name, "ours"]
    lead = [blind_no, "WT-5", "可迁移元素：铅", "3月5日", "mg/kg", "", "0.5", name, ""]
    sheet = laboratory.table([flux, lead])

    looked = laboratory.look_at_table(analyst, sheet)
    assert looked["unread"] == ["实验室备注"]
    assert [row["state"] for row in looked["rows"]] == ["held", "wrong"]
    assert [(why["column"], why["code"]) for why in looked["rows"][1]["reasons"]] == [("value", "date")]
    refuses(422, "invalid", laboratory.enter_table, analyst, sheet)
    assert laboratory.enter_table(analyst, sheet, confirm="good") == []

    lead[3] = "未检出"
    sheet = laboratory.table([flux, lead])
    assert [row["state"] for row in laboratory.look_at_table(analyst, sheet)["rows"]] == ["good", "good"]
    assert laboratory.enter_table(analyst, sheet) == ["WT-5"]
    assert laboratory.enter_table(analyst, sheet) == [], "the same table twice changes nothing"


def platform_works(outside, program, notice: Notice, inbox: platform.Inbox, endpoint: str) -> None:
    cast, agency = outside.cast, outside.agency
    issued = inbox.next("notice.issued")
    number = issued["number"]
    assert number in platform.to_answer(program)
    read = platform.read(program, number)
    assert set(read) - {"moves", "clocks"} <= set(issued), "the message says all that the API says"
    assert [each["listing_id"] for each in issued["items"]] == [each["listing_id"] for each in read["items"]]
    pdf = platform.document(program, number)
    assert pdf.startswith(b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == read["document_sha256"] == issued["document_sha256"]

    assert platform.acknowledge(program, number, "REG-118")["status"] == "acknowledged"
    assert platform.read(program, number)["platform_reference"] == "REG-118"
    proof = platform.prove(program, "removed.txt", b"delisted by duty desk")
    now = present().isoformat()
    removed = [
        {"listing_id": item["listing_id"], "outcome": "removed", "acted_at": now, "units_sold": 61, "evidence": [proof]}
        for item in read["items"]
    ]
    told = platform.answer(program, number, [*removed, {"listing_id": "nobody's", "outcome": "never_found"}])
    assert [each["ok"] for each in told] == [*[True] * len(removed), False]
    assert told[-1]["code"] == "unknown_listing"
    assert platform.read(program, number)["status"] == "answered"

    old = platform.rotate(program, endpoint, inbox)
    item = agency(lambda session: session.get_one(Notice, notice.id)).items[0]
    agency(seen, cast, item, gone=False)
    agency(send_back, item, by=cast.coordinator)
    returned = inbox.next("notice.returned")
    assert inbox.signatures == 2 and old != inbox.secret
    assert returned["listing_id"] == item.listing_id
    [again] = platform.listings(platform.read(program, number), "returned")
    assert again["look"]["reason"] == returned["reason"]
    [anew] = platform.answer(program, number, [removed[0] | {"reason": "with all its sizes"}])
    assert anew["ok"] and anew["status"] == "claimed"

    for item in notice.items:
        agency(verified, cast, item)
    agency(close, notice, by=cast.coordinator)
    assert inbox.next("notice.closed")["status"] == "closed"
    assert {item["status"] for item in platform.read(program, number)["items"]} == {"verified"}
    assert number not in platform.to_answer(program)

    kinds = [message["type"] for message in platform.messages(program, endpoint)]
    assert kinds == ["notice.closed", "notice.returned", "notice.issued", "webhook.test"]
    assert platform.recover(program, endpoint, "2026-01-01T00:00:00Z") == 3
    with pytest.raises(queue.Empty):
        inbox.messages.get(timeout=1)
    assert inbox.refused == 0
    platform.unsubscribe(program, endpoint)
    refuses(404, "not_found", platform.messages, program, endpoint)


def refuses(status: int, code: str, step, *what, **how) -> Wrong:
    with pytest.raises(Wrong) as told:
        step(*what, **how)
    assert (told.value.status, told.value.code) == (status, code)
    return told.value

"""A laboratory's system: it takes samples in, enters reports and has them authorised, and sends tables of results."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.clock import rfc3339
from quality.core.events import Event
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.lab.workbook import jobs, uploads
from quality.people import keys
from quality.people.actor import SYSTEM
from quality.people.models import Key
from quality.permissions import Role
from quality.purchases.models import Portion, PortionStatus, SampleStatus
from tests.api.conftest import Keyed
from tests.evidence.files import little_picture
from tests.harness.api import Program, wrong
from tests.harness.databases import on_sqlite
from tests.harness.lab import GOOD, portion_to_test, sample_at_lab, sent_sample
from tests.harness.papers_of_labs import report_pdf
from tests.harness.people import Cast
from tests.harness.purchases import settings
from tests.lab.test_workbook import book, named, rows_of, text

pytestmark = pytest.mark.usefixtures("in_field")

PDF = report_pdf("WT-2026-7", "of a sample whose number nobody wrote")


@pytest.fixture
def coming(session: Session, cast: Cast) -> Portion:
    portion = portion_to_test(sent_sample(session, cast))
    session.commit()
    return portion


@pytest.fixture
def here(session: Session, cast: Cast) -> Portion:
    portion = portion_to_test(sample_at_lab(session, cast))
    session.commit()
    return portion


@pytest.fixture
def lims(cast: Cast, keyed: Keyed) -> Program:
    return keyed(cast.analyst)


@pytest.fixture
def signatory(cast: Cast, keyed: Keyed) -> Program:
    return keyed(cast.signatory)


def report_on(portion: Portion, cast: Cast, **changed: Any) -> dict[str, Any]:
    assert cast.analyst.person
    results = [{name: value for name, value in each._asdict().items() if value} for each in GOOD]
    return {
        "blind_no": portion.blind_no,
        "report_no": "WT-2026-7",
        "analyst": cast.analyst.person.email,
        "results": results,
    } | changed


def test_a_sample_goes_from_the_door_to_an_authorised_report(
    session: Session, cast: Cast, coming: Portion, lims: Program, signatory: Program
) -> None:
    address = f"/lab/samples/{coming.blind_no}"
    [line] = lims.get("/lab/samples?status=dispatched").get_json()["items"]
    assert (line["number"], line["due_at"], line["address"]) == (coming.blind_no, None, f"/api/v1{address}")
    seen = lims.get(address).get_json()
    assert {"receive", "refuse"} <= {move["name"] for move in seen["moves"] if move["allowed"]}
    assert [item["item"] for item in seen["items"]] == [each.item for each in GOOD]

    taken = {"seal_intact": True, "condition": "完好", "received_at": rfc3339(clock.now())}
    assert lims.post(f"{address}/receive", taken).get_json()["status"] == "at_lab"
    seen = lims.get(address).get_json()
    assert [one["rule"] for one in seen["clocks"]] == ["lab_report"]
    assert lims.get("/lab/samples").get_json()["items"][0]["due_at"] == seen["clocks"][0]["due_at"]

    answer = lims.post("/lab/reports", report_on(coming, cast))
    assert answer.status_code == 201
    entered = answer.get_json()
    assert [(each["item"], each["verdict"]) for each in entered["judgement"]] == [
        ("磁通量指数", "pass"),
        ("可迁移元素：铅", "pass"),
    ]
    assert all(each["reason"] and each["code"] for each in entered["judgement"])
    assert lims.post("/lab/reports/WT-2026-7/authorise").status_code == 403
    done = signatory.post("/lab/reports/WT-2026-7/authorise", {"version": entered["version"]}).get_json()
    assert done["status"] == "authorised"
    whole = signatory.get("/lab/reports/WT-2026-7").get_json()
    assert [(r["value"], r["verdict"]) for r in whole["results"]] == [("12.4", "pass"), ("8.5", "pass")]
    assert [event["action"] for event in signatory.get("/lab/reports/WT-2026-7/events").get_json()["items"]] == [
        "create",
        "authorise",
    ]
    session.expire_all()
    assert (coming.status, coming.sample.status) == (PortionStatus.TESTED, SampleStatus.REPORTED)


@on_sqlite
def test_a_version_may_be_left_out_and_is_checked_where_it_is_given(coming: Portion, lims: Program) -> None:
    taken = {"seal_intact": True, "received_at": rfc3339(clock.now())}
    late = lims.post(f"/lab/samples/{coming.blind_no}/receive", taken | {"version": coming.version + 5})
    assert (late.status_code, late.get_json()["code"]) == (409, "stale")
    assert lims.post(f"/lab/samples/{coming.blind_no}/receive", taken).status_code == 200


@on_sqlite
def test_what_comes_as_another_parcel_is_held_and_not_taken_in(coming: Portion, lims: Program) -> None:
    address = f"/lab/samples/{coming.blind_no}"
    taken = {"seal_intact": True, "parcel_no": "SD-8", "received_at": rfc3339(clock.now())}
    held = lims.post(f"{address}/receive", taken)
    assert (held.status_code, held.get_json()["status"]) == (202, "held")
    assert lims.get(address).get_json()["held"] == ["Sent as parcel SD-7, arrived as SD-8"]
    no = lims.post(f"{address}/receive", taken)
    assert (no.status_code, no.get_json()["code"]) == (409, "custody_gap")


@on_sqlite
def test_a_broken_or_another_seal_is_only_refused_in_writing(session, coming: Portion, lims: Program) -> None:
    address, now = f"/lab/samples/{coming.blind_no}", rfc3339(clock.now())
    for seal in ({"seal_intact": False}, {"seal_intact": True, "seal_no": "ANOTHER"}):
        no = lims.post(f"{address}/receive", seal | {"received_at": now})
        assert (no.status_code, no.get_json()["code"]) == (409, "seal_broken")
    assert wrong(lims.post(f"{address}/refuse")) == {"reason": "missing"}
    told = lims.post(f"{address}/refuse", {"reason": "封条撕裂", "cause": "seal_broken"}).get_json()
    assert told["status"] == "refused_by_lab"
    session.expire_all()
    assert coming.sample.status == SampleStatus.REFUSED_BY_LAB


@on_sqlite
def test_everything_wrong_with_a_report_is_told_at_once(cast: Cast, here: Portion, lims: Program) -> None:
    results = [{"item": "砷", "value": ""}, {"item": GOOD[0].item, "value": "12.4"}]
    no = lims.post("/lab/reports", report_on(here, cast, report_no="检 7", analyst="无此人", results=results))
    assert wrong(no) == {
        "report_no": "bad_report_no",
        "analyst": "unknown_analyst",
        "results 1, item": "unknown_item",
        "results 1, value": "missing",
        "results": "missing_item",
    }
    unknown = lims.post("/lab/reports", report_on(here, cast, colour="red"))
    assert wrong(unknown) == {"colour": "unknown_field"}


@on_sqlite
def test_what_cannot_be_judged_is_undecided_and_said_so(cast: Cast, here: Portion, lims: Program) -> None:
    results = [{"item": GOOD[0].item, "value": "见附件"}, GOOD[1]._asdict()]
    told = lims.post("/lab/reports", report_on(here, cast, results=results)).get_json()
    assert [each["verdict"] for each in told["judgement"]] == ["undecided", "pass"]


@on_sqlite
def test_another_laboratory_learns_nothing_and_an_agency_has_no_business_here(
    cast: Cast, here: Portion, keyed: Keyed
) -> None:
    stranger = keyed(cast.second_analyst)
    for address in (f"/lab/samples/{here.blind_no}", "/lab/samples/MY-2345-6789"):
        assert stranger.get(address).status_code == 404
        assert stranger.post(f"{address}/receive").status_code == 404
    assert wrong(stranger.post("/lab/reports", report_on(here, cast))) == {"blind_no": "unknown_blind_no"}
    assert stranger.get("/lab/samples").get_json()["items"] == []
    agency = keyed(cast.coordinator)
    assert agency.get("/lab/samples").status_code == 404
    assert agency.post("/lab/reports", report_on(here, cast)).status_code == 403


@on_sqlite
def test_an_organisations_program_enters_reports_and_authorises_none(
    app, session: Session, cast: Cast, here: Portion, signatory: Program
) -> None:
    programs = []
    for role in (Role.ANALYST, Role.SIGNATORY):
        membership = keys.program_of(session, cast.laboratory, role, by=SYSTEM)
        programs.append(Program(app, keys.make(session, membership, name="LIMS", by=SYSTEM)[1]))
    session.commit()
    enters, signs = programs
    assert enters.post("/lab/reports", report_on(here, cast)).status_code == 201
    assert signs.post("/lab/reports/WT-2026-7/authorise").status_code == 403
    assert signatory.post("/lab/reports/WT-2026-7/authorise").status_code == 200


@on_sqlite
def test_the_signed_report_is_kept_as_a_pdf_and_its_numbers_are_looked_for(
    session, cast: Cast, here: Portion, lims: Program, signatory: Program
) -> None:
    lims.post("/lab/reports", report_on(here, cast))
    address = "/lab/reports/WT-2026-7/file"
    raw = lims.open("PUT", address, data=PDF, content_type="application/pdf")
    assert raw.status_code == 200, raw.text
    as_form = lims.open("PUT", address, data={"file": (io.BytesIO(PDF), "report.pdf")})
    assert as_form.get_json() == raw.get_json()
    from quality.lab.models import Report

    report = session.query(Report).one()
    [shown] = exhibits_of(session, report)
    assert (shown.kind, shown.holding.sha256) == (EvidenceKind.LAB_REPORT, raw.get_json()["sha256"])
    no = lims.open("PUT", address, data=b"PK\x03\x04 no pdf", content_type="application/pdf")
    assert wrong(no) == {"file": "no_pdf"}
    locked = lims.open("PUT", address, data=report_pdf(locked=True), content_type="application/pdf")
    assert wrong(locked) == {"file": "encrypted"}

    told = raw.get_json()
    assert (told["legible"], told["has_report_no"], told["has_blind_no"]) == ("read", True, False)
    assert signatory.post("/lab/reports/WT-2026-7/authorise").get_json()["code"] == "numbers_missing"
    assert lims.post("/lab/reports/WT-2026-7/accept_file").status_code == 403
    assert signatory.post("/lab/reports/WT-2026-7/accept_file", {"note": "见第3页"}).status_code == 200
    assert signatory.get("/lab/reports/WT-2026-7").get_json()["file"]["accepted_at"]
    assert signatory.post("/lab/reports/WT-2026-7/authorise").status_code == 200


@on_sqlite
def test_suspected_goods_are_stopped_with_what_shows_it_and_wait_for_the_agency(
    session, cast: Cast, here: Portion, lims: Program, keyed: Keyed
) -> None:
    address = f"/lab/samples/{here.blind_no}"
    picture = {"kind": "suspicion", "file": (io.BytesIO(little_picture(5)), "marks.png")}
    sha256 = lims.open("POST", "/evidence", data=picture).get_json()["sha256"]
    assert wrong(lims.post(f"{address}/stop", {"kind": "counterfeit"})) == {"reason": "missing"}
    said = {"kind": "counterfeit", "reason": "商标印刷与正品不符", "evidence": [sha256]}
    assert lims.post(f"{address}/stop", said).get_json()["status"] == "stopped"
    assert lims.post("/lab/reports", report_on(here, cast)).get_json()["code"] == "stopped"
    done = [each["action"] for each in lims.get(f"{address}/events").get_json()["items"]]
    assert {"stop", "clock_pause"} <= set(done)

    agency, sample = keyed(cast.coordinator), f"/samples/{here.sample.number}"
    seen = agency.get(sample).get_json()
    [suspicion] = seen["suspicions"]
    assert (suspicion["kind"], suspicion["reason"], suspicion["outcome"]) == ("counterfeit", said["reason"], None)
    assert "suspicion" in [each["kind"] for each in agency.get(f"{sample}/evidence").get_json()["items"]]
    decided = {"version": seen["version"], "reason": "权利人确认为正品"}
    assert agency.post(f"{sample}/go_on", decided).status_code == 200
    told = lims.get(address).get_json()
    assert (told["status"], told["suspicions"][0]["answer"]) == ("at_lab", "权利人确认为正品")


@on_sqlite
def test_a_report_is_withdrawn_with_its_reason(cast: Cast, here: Portion, lims: Program, signatory: Program) -> None:
    lims.post("/lab/reports", report_on(here, cast))
    assert wrong(signatory.post("/lab/reports/WT-2026-7/withdraw")) == {"reason": "missing"}
    told = signatory.post("/lab/reports/WT-2026-7/withdraw", {"reason": "编号有误"}).get_json()
    assert told["status"] == "withdrawn"


def sent(lims: Program, content: bytes, name: str = "results.xlsx", ask: str = "", **more: Any) -> Any:
    return lims.open("POST", f"/lab/workbooks{ask}", data={"file": (io.BytesIO(content), name)}, **more)


@on_sqlite
def test_a_table_is_looked_at_and_entered_once(cast: Cast, here: Portion, lims: Program) -> None:
    content = book(named(rows_of(here), cast.analyst))
    looked = sent(lims, content).get_json()
    assert [(row["row"], row["state"], row["verdict"], row["reasons"]) for row in looked["rows"]] == [
        (2, "good", "pass", []), (3, "good", "pass", []),
    ]  # fmt: skip
    assert looked["entered"] == []
    assert lims.get("/lab/reports").get_json()["items"] == []
    headers = {"Idempotency-Key": "batch-7"}
    entered = sent(lims, content, ask="?confirm=all", headers=headers)
    assert entered.get_json()["entered"] == ["WT-1"]
    assert sent(lims, content, ask="?confirm=all", headers=headers).data == entered.data
    again = sent(lims, content, ask="?confirm=all").get_json()
    assert (again["entered"], {row["state"] for row in again["rows"]}) == ([], {"already"})
    assert len(lims.get("/lab/reports").get_json()["items"]) == 1


@on_sqlite
def test_wrong_rows_are_all_named_and_the_good_reports_are_entered_where_asked(
    session: Session, cast: Cast, here: Portion, lims: Program
) -> None:
    other = portion_to_test(sample_at_lab(session, cast))
    rows = [*named(rows_of(here), cast.analyst), *named(rows_of(other, "WT-2", value="见附件"), cast.analyst)]
    session.commit()
    no = sent(lims, book(rows), ask="?confirm=all")
    assert wrong(no) == {"only_good": "wrong_rows", "row 4, value": "cannot_be_judged", "row 5": "held"}
    assert lims.get("/lab/reports").get_json()["items"] == []
    assert sent(lims, book(rows), ask="?confirm=good").get_json()["entered"] == ["WT-1"]
    rest = sent(lims, text(rows), "results.csv", ask="?confirm=all&undecided=true").get_json()
    assert rest["entered"] == ["WT-2"]


@pytest.fixture
def look(session: Session, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Every table is a big one; the job, once."""
    monkeypatch.setattr(uploads, "SOON", {".xlsx": 0, ".csv": 0})
    place, sessions = settings().frames_folder, sessionmaker(session.get_bind())
    return lambda: jobs.look_at_what_waits(sessions, place, clock.now(), str)


@on_sqlite
def test_a_big_table_is_left_to_the_job_and_entered_when_that_is_said(
    session: Session, cast: Cast, here: Portion, keyed: Keyed, look: Callable[[], int]
) -> None:
    lims = keyed(cast.analyst)
    other = portion_to_test(sample_at_lab(session, cast))
    rows = [*named(rows_of(here), cast.analyst), *named(rows_of(other, "WT-2", value="见附件"), cast.analyst)]
    session.commit()
    big = sent(lims, book(rows))
    assert (big.status_code, big.get_json()["state"], big.get_json()["step"]) == (202, "waiting", "")
    address = big.get_json()["address"].removeprefix("/api/v1")
    assert lims.post(f"{address}/enter", {}).status_code == 404, "not looked at yet"
    assert look() == 1

    looked = lims.get(address).get_json()
    assert (looked["state"], looked["states"], looked["reports"], looked["problems"]) == (
        "looked_at",
        {"good": 2, "wrong": 1, "held": 1},
        1,
        [],
    )
    assert [(row["row"], row["report_no"]) for row in looked["rows"]] == [(4, "WT-2"), (5, "WT-2")]
    assert load_workbook(io.BytesIO(lims.get(f"{address}/file").data))["results"]["N4"].value
    assert keyed(cast.signatory).get(address).status_code == 404, "the sender's own"
    assert wrong(lims.post(f"{address}/enter", {})) == {"only_good": "wrong_rows"}
    assert lims.post(f"{address}/enter", {"only_good": True}).get_json() == {"entered": ["WT-1"]}
    assert lims.post(f"{address}/enter", {"only_good": True}).get_json() == {"entered": []}
    told = lims.get(address).get_json()
    assert (told["state"], told["entered"], told["states"]["already"]) == ("entered", ["WT-1"], 2)

    bad = sent(lims, b"a,b\n1,2\n", "x.csv").get_json()["address"].removeprefix("/api/v1")
    assert look() == 1
    told = lims.get(bad).get_json()
    assert (told["state"], told["problems"][0]["column"]) == ("unusable", "blind_no")


def test_a_big_table_that_was_sent_with_confirm_is_entered_by_the_job(
    session: Session, cast: Cast, here: Portion, keyed: Keyed, look: Callable[[], int]
) -> None:
    """The same call does the same, whatever the size; the record names the key."""
    lims = keyed(cast.analyst)
    other = portion_to_test(sample_at_lab(session, cast))
    rows = [*named(rows_of(here), cast.analyst), *named(rows_of(other, "WT-2", value="见附件"), cast.analyst)]
    session.commit()

    def done(content: bytes, ask: str) -> dict[str, Any]:
        address = sent(lims, content, ask=ask).get_json()["address"].removeprefix("/api/v1")
        assert look() == 1
        told: dict[str, Any] = lims.get(address).get_json()
        return told | {"problems": [problem["code"] for problem in told["problems"]]}

    none = done(book(rows), "?confirm=all")
    assert (none["state"], none["problems"], none["entered"]) == ("looked_at", ["wrong_rows"], [])
    some = done(book(rows), "?confirm=good")
    assert (some["state"], some["problems"], some["entered"]) == ("entered", [], ["WT-1"])
    assert (none["verdicts"], some["verdicts"]) == ({"pass": 2}, {})
    assert some["states"] == {"already": 2, "wrong": 1, "held": 1}
    rest = done(book(rows), "?confirm=all&undecided=true")
    assert (rest["state"], rest["entered"]) == ("entered", ["WT-2"])
    assert (done(book(rows), "?confirm=all&undecided=true"))["entered"] == []
    made = session.scalars(sa.select(Event.actor).where(Event.subject_type == "report")).all()
    assert len(made) == 2 and all(" via key:" in actor for actor in made)


@on_sqlite
def test_what_a_key_sent_that_was_taken_back_meanwhile_is_not_entered(
    session: Session, cast: Cast, here: Portion, keyed: Keyed, look: Callable[[], int]
) -> None:
    lims, again = keyed(cast.analyst), keyed(cast.analyst)
    address = sent(lims, book(named(rows_of(here), cast.analyst)), ask="?confirm=all").get_json()["address"]
    key = session.scalars(sa.select(Key).order_by(Key.id)).all()[0]
    keys.revoke(session, key, by=cast.analyst)
    session.commit()
    assert look() == 1
    told = again.get(address.removeprefix("/api/v1")).get_json()
    assert (told["state"], told["entered"]) == ("unusable", [])
    assert "not in force" in told["problems"][0]["reason"]
    assert again.get("/lab/reports").get_json()["items"] == []


@on_sqlite
def test_what_is_no_table_is_refused(lims: Program) -> None:
    assert wrong(sent(lims, b"", "x.pdf")) == {"file": "unknown_table"}
    assert wrong(sent(lims, book([]), "x.csv")) == {"file": "other_kind"}
    assert wrong(sent(lims, b"", ask="?confirm=perhaps")) == {"confirm": "bad_choice"}
    assert wrong(lims.open("POST", "/lab/workbooks", data={"other": "x"}, content_type="multipart/form-data"))
    assert lims.post("/lab/workbooks").status_code == 415

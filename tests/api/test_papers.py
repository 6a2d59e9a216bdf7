"""The papers of a case by API: asked for, made by a job, fetched; the same as on its page."""

from __future__ import annotations

import hashlib

import pytest

from quality.core import clock
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.purchases.models import PortionKind
from quality.purchases.operations.storage import add_place
from tests.harness.api import program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.notices import run
from tests.harness.press import making

pytestmark = on_sqlite


@pytest.fixture
def agency(app, session, concluded):
    return program_of(app, session, concluded.cast.coordinator)


def test_a_program_has_a_test_order_made_and_its_laboratory_fetches_the_same(app, session, concluded, agency):
    sample = concluded.bad[0].sample
    portion = sample.portion(PortionKind.TEST)
    papers = f"/samples/{sample.number}/papers"
    wanted = {"kind": "test_order", "blind_no": portion.blind_no}

    asked = agency.post(papers, wanted)
    assert (asked.status_code, asked.json["state"], asked.json["address"]) == (202, "being_made", None)
    run(session, making)

    [told] = [each for each in agency.get(papers).json["items"] if each["state"] == "made"]
    pdf = agency.get(told["address"].removeprefix("/api/v1"))
    assert (pdf.status_code, pdf.mimetype) == (200, "application/pdf")
    assert hashlib.sha256(pdf.data).hexdigest() == told["sha256"]
    assert latest_of(session, portion, DocumentKind.TEST_ORDER).code == told["code"]

    laboratory = program_of(app, session, concluded.cast.analyst)
    [theirs] = [
        each
        for each in laboratory.get(f"/lab/samples/{portion.blind_no}/papers").json["items"]
        if each["state"] == "made"
    ]
    assert laboratory.get(theirs["address"].removeprefix("/api/v1")).data == pdf.data
    assert theirs["blind_no"] is None
    assert laboratory.get(told["address"].removeprefix("/api/v1")).status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "disposal_notice"}, "kind"),
        ({"kind": "poem"}, "kind"),
        ({"kind": "label_sheet", "language": "en"}, "language"),
        ({"kind": "sampling_sheet", "language": "fr"}, "language"),
        ({"kind": "label"}, "blind_no"),
        ({"kind": "label", "blind_no": "MY-0000-0000"}, "blind_no"),
    ],
)
def test_what_cannot_be_had_is_told_by_its_field(concluded, agency, sent, field):
    answer = agency.post(f"/samples/{concluded.bad[0].sample.number}/papers", sent)

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == [field]


def test_a_program_has_the_labels_of_several_samples_on_one_sheet(app, session, concluded, agency):
    numbers = [concluded.bad[0].sample.number, concluded.good.sample.number]
    for samples, code in (([], "missing"), (["S-NO-1"], "unknown")):
        assert wrong(agency.post("/label-sheets", {"samples": samples})) == {"samples": code}
    asked = agency.post("/label-sheets", {"samples": numbers})
    assert (asked.status_code, asked.json["state"], asked.json["samples"]) == (201, "being_made", numbers)
    here = asked.json["address"].removeprefix("/api/v1")
    assert agency.get(here).status_code == 404
    run(session, making)
    assert [each["state"] for each in agency.get("/label-sheets").json["items"]] == ["made"]
    assert agency.get(here).mimetype == "application/pdf"
    assert program_of(app, session, concluded.cast.reviewer).get(here).status_code in (403, 404)


def test_a_program_writes_down_what_a_place_was_measured_at(session, concluded, agency):
    place = add_place(session, by=concluded.cast.coordinator, code="C-1", room="冷库", least_tenths=20, most_tenths=80)
    session.commit()
    body = {"place": place.id, "version": 1, "temperature": "-3.5", "at": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"}
    assert wrong(agency.post("/storage-places/readings", body)) == {"note": "missing"}
    told = agency.post("/storage-places/readings", body | {"note": "门未关严，已关"})
    assert (told.status_code, told.json["temperature"], told.json["outside"]) == (201, "-3.5", True)
    assert agency.post("/storage-places/readings", body | {"note": "再记"}).status_code == 409

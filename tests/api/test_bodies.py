"""Bodies of clumsy and of hostile programs: cut off, compressed, doubled, with characters that cannot be kept."""

from __future__ import annotations

import gzip
import io
import json
from datetime import timedelta

import pytest

from quality.api.door import JSON_AT_MOST
from quality.core import clock
from quality.core.clock import rfc3339
from quality.notices.models import NoticeStatus
from quality.purchases.models import PortionKind
from tests.harness.api import wrong
from tests.harness.databases import on_sqlite
from tests.harness.lab import portion_to_test, sent_sample, take_in
from tests.harness.notices import notice_at

pytestmark = pytest.mark.usefixtures("sent")

JSON = {"Content-Type": "application/json"}
ACKNOWLEDGED = b'{"reference": "REG-1"}'


@pytest.fixture
def notice(session, cast):
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    session.commit()
    return notice


@pytest.fixture
def desk(cast, notice, keyed):
    return keyed(next(each for each in (cast.desk, cast.other_desk) if each.organisation_id == notice.platform_id))


@pytest.fixture
def address(notice):
    return f"/platform/notices/{notice.number}"


@on_sqlite
def test_a_body_of_untold_length_is_taken_whole_or_not_at_all(desk, address):
    def pour(body: bytes) -> tuple[int, str]:
        """As a server gives it that takes chunks: no length, and an end."""
        told = {"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(body)}
        answer = desk.open("POST", f"{address}/acknowledge", headers=JSON, environ_overrides=told)
        return answer.status_code, answer.get_json().get("code", "")

    assert pour(ACKNOWLEDGED + b" " * JSON_AT_MOST) == (413, "too_large")
    assert pour(b'{"reference": "' + b"a" * JSON_AT_MOST) == (413, "too_large")
    assert pour(ACKNOWLEDGED) == (200, "")


@on_sqlite
def test_a_compressed_body_is_told_what_is_taken(desk, address):
    headers = JSON | {"Content-Encoding": "gzip"}
    packed = gzip.compress(ACKNOWLEDGED)
    answer = desk.open("POST", f"{address}/acknowledge", headers=headers, data=packed)
    assert answer.status_code == 415
    assert "not compressed" in answer.get_json()["detail"]


@on_sqlite
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"reference": "REG-1", "reference": "REG-2"}', "reference"),
        (b'{"outcomes": [{"listing_id": "1", "listing_id": "2"}]}', "listing_id"),
    ],
)
def test_a_field_that_stands_twice_is_refused(desk, address, body, field):
    move = "acknowledge" if b"reference" in body else "outcomes"
    answer = desk.open("POST", f"{address}/{move}", headers=JSON, data=body)
    assert wrong(answer) == {field: "doubled_field"}


def test_what_is_wrong_with_one_answer_is_said_of_that_one(desk, address):
    [listing] = desk.get(address).get_json()["items"]
    good = {"listing_id": listing["listing_id"], "outcome": "removed", "acted_at": rfc3339(clock.now())}
    outcomes = [
        {"listing_id": "a\0b", "outcome": "never_found"},
        {"listing_id": "half \ud800", "outcome": "never_found"},
        {"listing_id": "c", "outcome": "refused", "reason": "d\0"},
        good | {"evidence": ["0" * 64]},
    ]
    for bad in outcomes:
        body = json.dumps({"outcomes": [bad]}).encode()
        [told] = desk.open("POST", f"{address}/outcomes", headers=JSON, data=body).get_json()["items"]
        assert not told["ok"]
    assert told["errors"][0]["field"] == "evidence 1"
    body = json.dumps({"outcomes": [*outcomes[:3], good]}).encode()
    told = desk.open("POST", f"{address}/outcomes", headers=JSON, data=body).get_json()["items"]
    assert [each["code"] for each in told] == ["bad_sign", "bad_sign", "bad_sign", None]


def test_who_comes_from_outside_is_not_told_what_was_done_before_it_was_theirs(desk, notice, address):
    late = desk.post(f"{address}/acknowledge", {"reference": "REG-1", "version": 1})
    assert (late.status_code, late.get_json()["code"]) == (409, "stale")
    assert late.get_json()["present"] == {"status": "served", "version": notice.version}
    assert late.get_json()["since"] == []


def test_a_laboratory_cannot_tell_from_the_record_that_a_sample_was_tested_before(session, cast, keyed):
    """Its record is counted from 1, and does not name which of the sample's portions this is."""
    sample = sent_sample(session, cast)
    portion = portion_to_test(sample)
    cast.clock.moment += timedelta(hours=1)
    take_in(session, portion, cast)
    session.commit()
    assert portion.kind == PortionKind.TEST
    lims, address = keyed(cast.analyst), f"/lab/samples/{portion.blind_no}/events"

    first = lims.get(f"{address}?limit=1").get_json()
    second = lims.get(f"{address}?limit=1&cursor={first['next']}").get_json()

    lines = first["items"] + second["items"]
    assert [(line["seq"], line["action"], line["part"]) for line in lines] == [(1, "send", None), (2, "take_in", None)]
    assert second["next"] is None

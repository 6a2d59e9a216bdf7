"""Evidence by the API: sent, described, read back by who holds it, and unknown to everybody else."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quality.api.door import JSON_AT_MOST
from quality.evidence.models import Arrival
from quality.evidence.operations import attach
from quality.permissions import Role
from quality.purchases.models import TaskStatus
from quality.web.bounds import WITH_FILES
from tests.api.conftest import Keyed
from tests.evidence.files import FILES, photograph
from tests.evidence.test_checks import archive
from tests.harness.api import Program, wrong
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.purchases import task_at

PICTURE = photograph()
NAME = hashlib.sha256(PICTURE).hexdigest()


def send(program: Program, data: bytes = PICTURE, kind: str = "other", once: str = "", **more: Any) -> TestResponse:
    sent = {"file": (io.BytesIO(data), "IMG_0001.csv"), "kind": kind, **more}
    return program.open("POST", "/evidence", data=sent, headers={"Idempotency-Key": once} if once else {})


def test_a_file_is_answered_for_with_what_its_bytes_say(cast: Cast, keyed: Keyed) -> None:
    answer = send(keyed(cast.desk), kind="platform_proof")
    assert (answer.status_code, answer.get_json()) == (
        201,
        {
            "sha256": NAME,
            "kind": "platform_proof",
            "media_type": "image/jpeg",
            "bytes": len(PICTURE),
            "taken_at": "2026-09-01T02:15:30Z",
        },
    )


def test_the_same_again_gives_the_same_answer_with_and_without_a_key(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.desk)
    first = send(program, once="k1").get_json()
    again = send(program, once="k1")
    assert (again.get_json(), again.headers.get("Idempotency-Replayed")) == (first, "true")
    assert send(program).get_json() == first
    assert wrong(send(program, FILES["image/png"], once="k1")) == {"Idempotency-Key": "key_reused"}


@on_sqlite
@pytest.mark.parametrize(
    ("data", "kind", "named"),
    [
        (b"", "other", {"file": "empty"}),
        (PICTURE, "selfie", {"kind": "unknown_kind"}),
        ("封条完好".encode(), "seal_test", {"file": "wrong_media_type"}),
        (archive("xl/workbook.xml"), "other", {"file": "unknown_media_type"}),
        (PICTURE + archive(), "other", {"file": "two_in_one"}),
        (PICTURE[: len(PICTURE) // 2], "other", {"file": "damaged"}),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "other", {"file": "unknown_media_type"}),
    ],
)
def test_what_cannot_be_evidence_is_said_at_its_field_and_not_held(
    cast: Cast, keyed: Keyed, data: bytes, kind: str, named: dict[str, str]
) -> None:
    program = keyed(cast.coordinator)
    assert wrong(send(program, data, kind)) == named
    assert program.get(f"/evidence/{hashlib.sha256(data).hexdigest()}").status_code == 404


@on_sqlite
def test_what_its_device_says_is_kept_as_it_was_said(session: Session, cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    moments: dict[str, Any] = {"taken_at": "2026-09-01T10:15:30+08:00", "phone_now": "2026-09-01T10:20:00+08:00"}
    assert send(program, **moments, zone_minutes="480", source="camera").status_code == 201
    [held] = session.scalars(sa.select(Arrival))
    assert (held.said_taken_at, held.phone_now) == tuple(map(datetime.fromisoformat, moments.values()))
    assert (held.zone_minutes, held.source) == (480, "camera")
    assert wrong(send(program, zone_minutes="1440")).keys() == {"zone_minutes"}
    assert wrong(send(program, source="scanner")).keys() == {"source"}
    assert wrong(send(program, phone_now="yesterday")).keys() == {"phone_now"}


@on_sqlite
def test_a_form_without_a_file_and_with_more_than_we_know_is_said(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    fields = {"data": {"kind": "other", "file": "text"}, "content_type": "multipart/form-data"}
    assert wrong(program.open("POST", "/evidence", **fields)) == {"file": "one_file"}
    assert wrong(send(program, note="x")) == {"note": "unknown_field"}
    assert program.post("/evidence", {"kind": "other"}).status_code == 415


@on_sqlite
def test_a_file_may_be_larger_than_a_body_of_json_and_not_larger_than_a_file(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    said = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    large = (
        said % (b'file"; filename="talk.txt', b"text " * (JSON_AT_MOST // 4))
        + said % (b"kind", b"other")
        + b"--x--\r\n"
    )
    told: dict[str, Any] = {"content_type": "multipart/form-data; boundary=x"}
    assert program.open("POST", "/evidence", input_stream=io.BytesIO(large), **told).status_code == 201
    told["environ_overrides"] = {"CONTENT_LENGTH": str(WITH_FILES + 1)}
    answer = program.open("POST", "/evidence", input_stream=io.BytesIO(large), **told)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")


def test_who_holds_a_file_reads_it_back_in_any_part(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.desk)
    told = send(program).get_json()
    assert program.get(f"/evidence/{NAME}").get_json() == told
    whole = program.get(f"/evidence/{NAME}/file")
    assert (whole.data, whole.mimetype) == (PICTURE, "application/octet-stream")
    assert whole.headers["Content-Disposition"].startswith("attachment")
    part = program.get(f"/evidence/{NAME}/file", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, PICTURE[10:20])
    beyond = program.get(f"/evidence/{NAME}/file", headers={"Range": "bytes=999999-"})
    assert beyond.status_code == 416


def test_another_organisation_learns_nothing(session: Session, cast: Cast, keyed: Keyed) -> None:
    send(keyed(cast.desk))
    stranger = keyed(cast.coordinator)
    for address in (f"/evidence/{NAME}", f"/evidence/{NAME}/file", f"/evidence/{'0' * 64}", "/evidence/nonsense"):
        assert stranger.get(address).status_code == 404
    assert send(stranger, kind="look").get_json()["kind"] == "look"


def test_what_leads_to_a_buyer_is_read_back_by_who_sent_it_alone(session: Session, cast: Cast, keyed: Keyed) -> None:
    task, colleague = task_at(session, cast, TaskStatus.ASSIGNED), hire(session, cast.agency, Role.COORDINATOR)
    sender, other = keyed(cast.coordinator), keyed(colleague)
    send(sender, kind="order")
    openly = send(sender, FILES["image/png"], kind="product_page").get_json()["sha256"]
    assert (sender.get(f"/evidence/{NAME}").status_code, other.get(f"/evidence/{NAME}").status_code) == (200, 404)
    assert other.get(f"/evidence/{openly}/file").status_code == 200
    attach(session, task, openly, "parcel", by=cast.coordinator)  # now it is called so
    session.commit()
    assert other.get(f"/evidence/{openly}/file").status_code == 404


@on_sqlite
def test_a_file_that_changed_on_its_way_is_refused_and_one_that_did_not_is_held(cast: Cast, keyed: Keyed) -> None:
    program = keyed(cast.coordinator)
    assert wrong(send(program, sha256="0" * 64)) == {"file": "changed_on_the_way"}
    assert program.get(f"/evidence/{NAME}").status_code == 404
    assert send(program, sha256=NAME).status_code == 201

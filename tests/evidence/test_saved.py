"""A page that a browser saved is kept as it came and read as text; nothing in it runs, here or at who fetches it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.evidence.page_text import LONGEST, read
from quality.evidence.saved import text_of
from quality.purchases.models import TaskStatus
from tests.evidence.files import FILES, PAGE, SAVED_WHOLE
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import task_at, vault

SAID = {"title": "磁力棒 - 商城", "text": "64件装\n¥89.00\n立即购买\n小满童品旗舰店"}


@pytest.mark.parametrize(
    "saved",
    [
        PAGE.encode(),
        SAVED_WHOLE,
        PAGE.replace("<head>", '<head><meta charset="gb18030">').encode("gb18030"),
        PAGE.replace("<head>", '<head><meta charset="nonsense">').encode(),
    ],
    ids=["html", "mhtml", "gb18030", "unknown charset"],
)
def test_what_can_be_read_is_read(saved: bytes) -> None:
    assert read(saved) == SAID


def test_it_is_read_by_a_program_of_its_own() -> None:
    assert text_of(io.BytesIO(SAVED_WHOLE)) == f"{SAID['title']}\n\n{SAID['text']}\n"


@given(st.binary(max_size=300))
def test_no_bytes_stop_it(end: bytes) -> None:
    for begin in (b"<html>", SAVED_WHOLE[:170], b"Content-Type: multipart/related\n\n"):
        said = read(begin + end)
        assert len(said["text"]) <= LONGEST


@on_sqlite
def test_its_text_stands_on_a_page_and_its_file_opens_as_none(app: Any, session: Session, in_field: Cast) -> None:
    cast, kind = in_field, EvidenceKind.PRODUCT_PAGE
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    for data in (PAGE.encode(), SAVED_WHOLE):
        attach(session, task, take_in(session, vault(), data, kind=kind, by=cast.buyer).sha256, kind, by=cast.buyer)
    said = take_in(session, vault(), FILES["text/plain"], kind=EvidenceKind.OTHER, by=cast.buyer)
    attach(session, task, said.sha256, EvidenceKind.OTHER, by=cast.buyer)
    with invalid(("file", "wrong_media_type")):
        take_in(session, vault(), FILES["application/json"], kind=kind, by=cast.buyer)
    with invalid(("file", "wrong_media_type")):
        take_in(session, vault(), SAVED_WHOLE, kind=EvidenceKind.SEAL_TEST, by=cast.buyer)
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()

    client = sign_in(app, cast.coordinator)
    page = client.get(f"/desk/task/{task.number}").text
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    texts = [each for each in links if each.endswith("/text")]
    assert len(texts) == 2
    for address in texts:
        answer = client.get(address)
        assert answer.mimetype == "text/plain" and "¥89.00" in answer.text and "alert" not in answer.text
        file = client.get(address.removesuffix("text") + "original")
        assert file.mimetype == "text/plain" and "attachment" in file.headers["Content-Disposition"]
    [plain] = [
        each for each in links if each.endswith("/original") and f"{each.removesuffix('original')}text" not in texts
    ]
    assert client.get(f"{plain.removesuffix('original')}text").status_code == 404

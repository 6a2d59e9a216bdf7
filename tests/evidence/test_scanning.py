"""Files before a real clamd: what it finds lies apart, and one that is away refuses nothing."""

from __future__ import annotations

import hashlib
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.errors import Refused
from quality.core.events import Event
from quality.evidence import scanning
from quality.evidence.arrivals import facts_of
from quality.evidence.clamd import Away, Outcome, Scanned, scanned
from quality.evidence.findings import findings
from quality.evidence.models import Arrival, CopyKind, EvidenceKind, Holding, Quarantine, Scan, Verdict
from quality.evidence.operations import attach, judge, show, take_in
from tests.evidence.files import photograph
from tests.harness.clamd import EICAR, MOST, NAME, running_clamd
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import received_task, vault

K = EvidenceKind
INFECTED = photograph() + EICAR
NOBODY = "unix:///nowhere/clamd"
SHA256 = hashlib.sha256(INFECTED).hexdigest()


@pytest.fixture(scope="module")
def clamd() -> Iterator[str]:
    with running_clamd() as url:
        yield url


@pytest.fixture
def told(session: Session) -> Iterator[Any]:
    yield scanning.use
    scanning.use(None)


def send(session: Session, by: Any, data: bytes, kind: EvidenceKind = K.MARKS) -> Holding:
    return take_in(session, vault(), data, kind=kind, by=by)


def later(session: Session, url: str) -> int:
    session.commit()
    done = scanning.scan_what_waits(sessionmaker(session.get_bind()), vault(), url)
    session.expire_all()
    return done


def test_clamd_says_what_is_in_a_file(clamd: str) -> None:
    assert scanned(clamd, io.BytesIO(photograph()), 20) == Scanned(Outcome.CLEAN)
    assert scanned(clamd, io.BytesIO(EICAR), 20) == Scanned(Outcome.FOUND, NAME)
    assert scanned(clamd, io.BytesIO(INFECTED), 20) == Scanned(Outcome.FOUND, NAME)
    assert scanned(clamd, io.BytesIO(bytes(MOST + 1024)), 20) == Scanned(Outcome.TOO_LARGE)


def test_what_clamd_finds_lies_apart_with_its_record(session: Session, cast: Cast, clamd: str, told: Any) -> None:
    session.commit()
    told(clamd)
    with invalid(("file", "infected")):
        send(session, cast.buyer, INFECTED)

    found = session.scalars(sa.select(Quarantine)).one()
    assert (found.sha256, found.doubt, found.signature, found.sent_by_id) == (SHA256, "infected", NAME, cast.buyer.id)
    assert (vault().size(SHA256), vault().apart().size(SHA256)) == (None, len(INFECTED))
    [event] = session.scalars(sa.select(Event).filter_by(subject_type="quarantine"))
    assert (event.action, event.actor) == ("create", cast.buyer.signature)
    judge(session, vault(), found, Verdict.RELEASED, why="测试文件", by=cast.reviewer)
    assert send(session, cast.buyer, INFECTED).sha256 == SHA256


@on_sqlite
def test_what_is_clean_comes_in_and_says_so(session: Session, cast: Cast, clamd: str, told: Any) -> None:
    told(clamd)
    held = send(session, cast.buyer, photograph())
    assert session.get_one(Scan, held.sha256).outcome == Outcome.CLEAN
    assert "scanned" in codes(session, held)


def codes(session: Session, held: Holding) -> set[str]:
    arrival = session.scalars(sa.select(Arrival).where(Arrival.holding_id == held.id)).one()
    scan = session.get(Scan, held.sha256)
    return {
        each.code for each in findings(facts_of(arrival, held.media_type, held.kind, scan.outcome if scan else None))
    }


def test_a_file_that_comes_while_clamd_is_away_is_kept_and_looked_at_later(
    session: Session, cast: Cast, clamd: str, told: Any
) -> None:
    told(NOBODY)
    held = send(session, cast.buyer, photograph())
    assert "not_scanned" in codes(session, held)
    assert later(session, NOBODY) == 0
    assert later(session, clamd) == 1
    assert "scanned" in codes(session, held)
    assert later(session, clamd) == 0


def test_what_is_found_later_is_held_back_until_a_person_has_judged_it(
    session: Session, cast: Cast, clamd: str, told: Any
) -> None:
    task = received_task(session, cast)
    told(NOBODY)
    held = send(session, cast.buyer, INFECTED)
    exhibit = attach(session, task, held.sha256, K.MARKS, by=cast.buyer)
    send(session, cast.desk, INFECTED)
    waiting = session.scalar(sa.select(sa.func.count()).select_from(Scan).where(Scan.outcome == Outcome.WAITING))
    assert later(session, clamd) == waiting

    found = session.scalars(sa.select(Quarantine).order_by(Quarantine.organisation_id)).all()
    assert {each.organisation_id for each in found} == {cast.agency.id, cast.platform.id}
    assert "infected" in codes(session, held)
    assert vault().size(SHA256) == vault().apart().size(SHA256) == len(INFECTED)
    with pytest.raises(Refused, match="held_back"):
        show(session, vault(), exhibit, by=cast.coordinator)
    with show(session, vault(), exhibit, by=cast.coordinator, copy=CopyKind.READABLE).file as copy:
        assert EICAR not in copy.read()

    ours = next(each for each in found if each.organisation_id == cast.agency.id)
    judge(session, vault(), ours, Verdict.RELEASED, why="测试文件", by=cast.reviewer)
    with show(session, vault(), exhibit, by=cast.coordinator).file as original:
        assert original.read() == INFECTED


def talking(folder: Path, said: bytes) -> str:
    """A program that listens, says this, and knows no protocol."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(str(folder / "door"))
    door.listen()

    def answer() -> None:
        line, _ = door.accept()
        with line, door:
            line.recv(10)
            line.sendall(said)

    threading.Thread(target=answer, daemon=True).start()
    return f"unix://{folder}/door"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400\r\n\r\n", b"stream: Can't open file ERROR\0"])
def test_what_is_no_clamd_is_away(tmp_path: Path, said: bytes) -> None:
    with pytest.raises(Away):
        scanned(talking(tmp_path, said), io.BytesIO(photograph()), 5)


def test_one_that_does_not_answer_in_time_is_away(tmp_path: Path) -> None:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with door:
        door.bind(str(tmp_path / "door"))
        door.listen()
        with pytest.raises(Away):
            scanned(f"unix://{tmp_path}/door", io.BytesIO(photograph()), 0.2)

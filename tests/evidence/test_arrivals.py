"""How a file came: what its sender said first is kept, and other bytes than were announced are refused."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image, ImageDraw
from sqlalchemy.orm import Session, sessionmaker

from quality.evidence.arrivals import arrivals_of, facts_of
from quality.evidence.findings import findings
from quality.evidence.jobs import (
    LISTED_AFTER,
    REMOVED_AFTER,
    let_go_of_listed_files,
    list_files_without_a_case,
    make_missing_copies,
)
from quality.evidence.models import Arrival, CopyKind, Derived, EvidenceKind, Holding
from quality.evidence.operations import attach, show, take_in
from quality.evidence.said import UNSAID, Said, Source, heard
from quality.purchases.models import TaskStatus
from tests.evidence.files import photograph
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import task_at, vault
from tests.harness.races import at_once

K = EvidenceKind
PICTURE = photograph()
NAME = hashlib.sha256(PICTURE).hexdigest()
NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
SAID = Said(NAME, NOON, NOON + timedelta(minutes=5), 480, Source.CAMERA)


def send(session: Session, by: Any, said: Said = UNSAID) -> Holding:
    return take_in(session, vault(), PICTURE, kind=K.MARKS, by=by, said=said)


def test_what_is_said_first_stays_and_each_sender_says_it_for_themselves(
    session: Session, cast: Cast, clock: HeldClock
) -> None:
    held = send(session, cast.buyer, SAID)
    send(session, cast.buyer, UNSAID)
    send(session, cast.coordinator)

    first, second = session.scalars(sa.select(Arrival).order_by(Arrival.id))
    assert (first.holding_id, first.sent_by_id, first.at) == (held.id, cast.buyer.id, clock.now())
    said = (first.said_sha256, first.said_taken_at, first.phone_now, first.zone_minutes, first.source)
    assert Said(*said) == SAID
    assert (second.holding_id, second.sent_by_id, second.said_sha256) == (held.id, cast.coordinator.id, None)
    assert arrivals_of(session, [held.id]) == {held.id: first}


def test_who_sends_it_twice_at_once_has_sent_it_once(app: Flask, session: Session, cast: Cast) -> None:
    session.commit()
    at_once(app, [cast.buyer] * 3, lambda own, actor: send(own, actor, SAID).id)
    assert session.scalar(sa.select(sa.func.count(Arrival.id))) == 1


@on_sqlite
def test_a_file_that_changed_while_it_was_sent_is_refused_and_not_kept(session: Session, cast: Cast) -> None:
    with invalid(("file", "changed_on_the_way")):
        send(session, cast.buyer, Said(sha256="0" * 64))
    assert vault().size(NAME) is None
    assert session.scalars(sa.select(Arrival)).all() == []


def test_what_nobody_refers_to_goes_with_how_it_came(session: Session, cast: Cast, clock: HeldClock) -> None:
    send(session, cast.buyer, SAID)
    session.commit()
    sessions = sessionmaker(session.get_bind())
    for wait in (LISTED_AFTER, REMOVED_AFTER):
        clock.moment += wait
        list_files_without_a_case(sessions, clock.now())
        let_go_of_listed_files(sessions, clock.now())
    session.expire_all()
    assert session.scalars(sa.select(Arrival)).all() == []
    assert session.scalars(sa.select(Holding)).all() == []


@pytest.mark.parametrize(
    ("told", "is_heard"),
    [
        ({}, UNSAID),
        ({"sha256": NAME.upper(), "taken_at": "2026-09-01T12:00:00+08:00"}, Said(NAME, NOON)),
        ({"phone_now": "2026-09-01T04:00:00Z", "zone_minutes": 480, "source": "camera"},
         Said(phone_now=NOON, zone_minutes=480, source=Source.CAMERA)),
        ({"sha256": "no", "taken_at": "2026-09-01T12:00:00", "zone_minutes": "480", "source": "moon"}, UNSAID),
        ({"sha256": 7, "taken_at": 7, "phone_now": [], "zone_minutes": True, "source": []}, UNSAID),
        ({"zone_minutes": 100_000, "taken_at": "0001-01-01T00:00:00+14:00"}, UNSAID),
    ],
)  # fmt: skip
def test_what_makes_no_sense_counts_as_unsaid(told: dict[str, Any], is_heard: Said) -> None:
    assert heard(told) == is_heard


def a_screenshot() -> Image.Image:
    page = Image.new("RGB", (1080, 2340), "white")
    pen = ImageDraw.Draw(page)
    for line in range(40, 2300, 90):
        pen.rectangle((0, line, 1079 - line % 7 * 90, line + 40), (line % 200, 90, 120))
    return page


@on_sqlite
def test_a_screenshot_of_a_screenshot_is_known_from_its_pixels(session: Session, cast: Cast) -> None:
    whole, around = a_screenshot(), Image.new("RGB", (1080, 2340), "black")
    around.paste(whole.resize((864, 1872)), (108, 234))
    told = []
    for each in (whole, around):
        file = io.BytesIO()
        each.save(file, "PNG")
        held = take_in(session, vault(), file.getvalue(), kind=K.ORDER, by=cast.buyer)
        arrival = arrivals_of(session, [held.id])[held.id]
        found = findings(facts_of(arrival, held.media_type, K.MARKS, None))
        told.append({each.code for each in found if each.stands_out})
    assert told == [{"screenshot"}, {"screenshot", "framed"}]


def test_of_a_large_picture_the_readable_copy_comes_for_the_first_who_asks_or_by_a_job(
    session: Session, cast: Cast
) -> None:
    task, held = task_at(session, cast, TaskStatus.ASSIGNED), []
    for colour in ("red", "green"):
        file, exif = io.BytesIO(), Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (2600, 1800), colour).save(file, "JPEG", exif=exif)
        held.append(take_in(session, vault(), file.getvalue(), kind=K.MARKS, by=cast.buyer))
    asked = attach(session, task, held[0].sha256, K.MARKS, by=cast.buyer)
    kinds = sa.select(Derived.kind).order_by(Derived.kind)
    assert set(session.scalars(kinds.where(Derived.original == held[0].sha256))) == {CopyKind.THUMBNAIL}

    with show(session, vault(), asked, by=cast.coordinator, copy=CopyKind.READABLE).file as copy:
        assert Image.open(copy).size == (1800, 2600)
    session.commit()
    assert make_missing_copies(sessionmaker(session.get_bind()), vault()) == 1
    for each in held:
        sizes = session.execute(sa.select(Derived.width, Derived.height).where(Derived.original == each.sha256))
        assert sorted(map(tuple, sizes)) == [(144, 208), (1800, 2600)]

"""Evidence is looked at on the page of its case: in full by who sent it, bare of metadata by others, or not at all."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from quality.core.clock import BEIJING
from quality.core.events import Access
from quality.evidence.models import LEADS_TO_THE_BUYER, EvidenceKind, Exhibit, Holding
from quality.evidence.operations import attach, take_in
from quality.evidence.queries import may_have_the_original
from quality.evidence.said import Said
from quality.notices.models import NoticeStatus
from quality.people.actor import Actor
from tests.evidence.files import film, heic, photograph
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import notice_at, seen
from tests.harness.people import Cast
from tests.harness.purchases import received_task, vault

pytestmark = on_sqlite


@pytest.fixture
def clients(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.reviewer, cast.buyer, cast.desk, cast.other_desk):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return lambda actor: sign_in(app, actor)


def a_photograph(session: Session, by: Actor, kind: EvidenceKind) -> str:
    return take_in(session, vault(), photograph(), kind=kind, by=by).sha256


def exhibits(session: Session, subject: str, kinds: Any) -> list[Exhibit]:
    asked = sa.select(Exhibit).where(Exhibit.subject_type == subject, Exhibit.kind.in_(kinds)).order_by(Exhibit.id)
    return list(session.scalars(asked))


def test_what_leads_to_the_buyer_shows_itself_only_when_asked_and_the_look_is_recorded(
    clients: Any, session: Session, cast: Cast
) -> None:
    task = received_task(session, cast)
    session.commit()
    [secret, *_more] = exhibits(session, "task", LEADS_TO_THE_BUYER)
    address = f"/desk/task/{task.number}/evidence/{secret.id}"
    coordinator = clients(cast.coordinator)
    page = coordinator.get(f"/desk/task/{task.number}").text

    assert f"{address}/thumbnail" not in page
    assert coordinator.get(address).status_code == 404
    assert coordinator.get(f"{address}/thumbnail").status_code == 404
    assert coordinator.post(address, data={"why": " "}).status_code == 422
    looks = sa.select(sa.func.count(Access.id)).where(Access.what == f"evidence:{secret.id}")
    assert session.scalars(looks).one() == 0
    shown = coordinator.post(address, data={"reason": "payment", "why": "核对金额"})
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    original = coordinator.post(address, data={"reason": "payment", "why": "核对金额", "original": "1"})
    assert (original.status_code, original.mimetype) == (200, secret.holding.media_type)
    assert hashlib.sha256(original.data).hexdigest() == secret.holding.sha256
    assert coordinator.get(f"{address}/original").status_code == 404
    session.rollback()
    assert session.scalars(looks).one() == 2
    assert clients(cast.reviewer).post(address, data={"reason": "other", "why": "看看"}).status_code == 404


def test_the_buyer_looks_at_the_own_pictures_without_asking(clients: Any, session: Session, cast: Cast) -> None:
    task = received_task(session, cast)
    session.commit()
    buyer = clients(cast.buyer)
    addresses = set(re.findall(r'src="([^"]+/thumbnail)"', buyer.get(f"/desk/task/{task.number}").text))

    assert len(addresses) == len(exhibits(session, "task", EvidenceKind))
    for address in addresses:
        answer = buyer.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_platform_gets_a_copy_of_what_we_saw_and_another_platform_nothing(
    clients: Any, session: Session, cast: Cast
) -> None:
    notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    seen(session, cast, notice.items[0], evidence=[a_photograph(session, cast.coordinator, EvidenceKind.LOOK)])
    session.commit()
    [look, *_more] = exhibits(session, "notice", [EvidenceKind.LOOK])
    address = f"/desk/notice/{notice.number}/evidence/{look.id}"
    theirs, stranger = (
        (cast.desk, cast.other_desk) if notice.platform_id == cast.platform.id else (cast.other_desk, cast.desk)
    )

    answer = clients(theirs).get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert dict(picture.getexif()) == {}
    assert clients(stranger).get(address).status_code == 404
    assert clients(theirs).get(f"{address}/original").status_code == 404


def test_what_a_platform_sends_as_a_file_the_agency_reads_and_a_laboratory_never_what_the_agency_sent(
    clients: Any, session: Session, cast: Cast
) -> None:
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    desk = cast.desk if notice.platform_id == cast.platform.id else cast.other_desk
    proof = take_in(session, vault(), b"taken down at 09:52", kind=EvidenceKind.PLATFORM_PROOF, by=desk)
    there = attach(session, notice, proof.sha256, EvidenceKind.PLATFORM_PROOF, by=desk)
    session.commit()
    address = f"/desk/notice/{notice.number}/evidence/{there.id}/original"
    coordinator = clients(cast.coordinator)
    assert coordinator.get(address).data == b"taken down at 09:52"
    assert f'href="{address}"' in coordinator.get(f"/desk/notice/{notice.number}").text
    assert not any(
        may_have_the_original(cast.analyst, Exhibit(kind=kind, holding=Holding(organisation_id=cast.agency.id)))
        for kind in EvidenceKind
    )


def test_who_holds_a_file_fetches_it_as_it_came_in_any_part_and_it_opens_nowhere_near_us(
    clients: Any, session: Session, cast: Cast
) -> None:
    task, page = received_task(session, cast), b"<!doctype html><script>alert(1)</script>"
    held = take_in(session, vault(), page, kind=EvidenceKind.OTHER, by=cast.coordinator)
    exhibit = attach(session, task, held.sha256, EvidenceKind.OTHER, by=cast.coordinator)
    session.commit()
    for address in (f"/desk/task/{task.number}/evidence/{exhibit.id}{end}" for end in ("", "/original")):
        answer = clients(cast.coordinator).get(address)
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/plain", page)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        part = clients(cast.coordinator).get(address, headers={"Range": "bytes=2-8"})
        assert (part.status_code, part.data, part.headers["Content-Range"]) == (
            206,
            page[2:9],
            f"bytes 2-8/{len(page)}",
        )
        assert clients(cast.reviewer).get(address).status_code == 200  # of the same agency


def test_evidence_that_the_vault_has_lost_is_not_there(clients: Any, session: Session, cast: Cast) -> None:
    task = received_task(session, cast)
    marks = attach(
        session,
        task,
        a_photograph(session, cast.coordinator, EvidenceKind.MARKS),
        EvidenceKind.MARKS,
        by=cast.coordinator,
    )
    session.commit()
    vault().remove(marks.holding.sha256)
    address = f"/desk/task/{task.number}/evidence/{marks.id}"
    assert clients(cast.coordinator).get(f"{address}/original").status_code == 404
    assert clients(cast.coordinator).get(address).status_code == 200  # the copy is a file of its own


def test_how_a_file_came_is_said_to_the_agency_and_its_device_to_nobody_else(
    clients: Any, session: Session, cast: Cast, clock: HeldClock
) -> None:
    task = received_task(session, cast)
    taken = heic((clock.now() - timedelta(days=3)).astimezone(BEIJING).strftime("%Y:%m:%d %H:%M:%S"))
    held = take_in(session, vault(), taken, kind=EvidenceKind.MARKS, by=cast.buyer, said=Said(phone_now=clock.now()))
    film_ = take_in(session, vault(), film(None), kind=EvidenceKind.OPENING, by=cast.buyer)
    for each in (held, film_):
        exhibit = attach(session, task, each.sha256, each.kind, by=cast.buyer)
    session.commit()
    address = f"/desk/task/{task.number}"
    to_coordinator, to_buyer = (clients(each).get(address).text for each in (cast.coordinator, cast.buyer))

    to_agency = ("Taken 3 days before it was sent", "clock agrees with ours", "TheModel")
    assert [said in to_coordinator for said in to_agency] == [True] * 3
    assert [said in to_buyer for said in to_agency] == [False] * 3
    assert "no index (moov)" in to_coordinator and "no index (moov)" in to_buyer
    assert to_coordinator.index("Taken 3 days") < to_coordinator.index(f"{address}/evidence/{exhibit.id - 2}")


def test_of_a_heic_others_see_a_copy_without_place_and_device_and_the_original_stays_as_it_came(
    clients: Any, session: Session, cast: Cast
) -> None:
    data = heic()
    look = take_in(session, vault(), data, kind=EvidenceKind.LOOK, by=cast.coordinator)
    notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    seen(session, cast, notice.items[0], evidence=[look.sha256])
    session.commit()
    [shown, *_more] = exhibits(session, "notice", [EvidenceKind.LOOK])
    address = f"/desk/notice/{notice.number}/evidence/{shown.id}"
    copy = clients(cast.desk if notice.platform_id == cast.platform.id else cast.other_desk).get(address)

    assert (copy.status_code, copy.mimetype) == (200, "image/jpeg")
    assert [said in data for said in (b"TheMaker", b"TheModel", b"Exif")] == [True] * 3
    assert [said in copy.data for said in (b"TheMaker", b"TheModel", b"Exif", b"GPS")] == [False] * 4
    with Image.open(io.BytesIO(copy.data)) as picture:
        assert (picture.size, picture.info.keys() - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}) == (
            (48, 64), set(),
        )  # fmt: skip
    assert clients(cast.coordinator).get(f"{address}/original").data == data


def test_a_copy_is_blacked_out_by_the_fields_of_a_grid_and_then_shows_itself(
    clients: Any, session: Session, cast: Cast
) -> None:
    task = received_task(session, cast)
    session.commit()
    [secret, *_more] = exhibits(session, "task", LEADS_TO_THE_BUYER)
    coordinator, here = clients(cast.coordinator), f"/desk/task/{task.number}/evidence/{secret.id}/black-out"
    assert here in coordinator.get(f"/desk/task/{task.number}").text
    assert coordinator.post(here, data={"why": "给平台看"}).status_code == 422
    asked = {"reason": "evidence", "why": "给平台看"}
    assert "data:image/jpeg;base64," in coordinator.post(here, data=asked).text
    wrong = coordinator.post(f"{here}/keep", data=asked | {"fields": "Q9"})
    assert (wrong.status_code, "is no field" in wrong.text) == (422, True)
    assert "data:image" not in wrong.text  # no look is recorded with what is refused
    assert 'value="Q9"' in wrong.text
    assert coordinator.post(f"{here}/keep", data=asked | {"fields": "A1:P9"}).status_code == 302
    [copy] = exhibits(session, "task", [EvidenceKind.REDACTED])
    assert f"/evidence/{copy.id}/thumbnail" in clients(cast.reviewer).get(f"/desk/task/{task.number}").text
    assert clients(cast.buyer).post(here, data=asked).status_code == 403
    assert clients(cast.reviewer).post(here, data=asked).status_code == 404

"""What proves a case, by the API: as much as its page shows, and what leads to the buyer not at all."""

from __future__ import annotations

import hashlib
import io

from PIL import Image
from sqlalchemy.orm import Session

from quality.evidence.models import LEADS_TO_THE_BUYER, EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.notices.models import NoticeStatus
from tests.api.conftest import Keyed
from tests.evidence.files import photograph
from tests.harness.databases import on_sqlite
from tests.harness.notices import notice_at, seen
from tests.harness.people import Cast
from tests.harness.purchases import received_task, vault

pytestmark = on_sqlite


def test_an_agency_reads_what_proves_a_purchase_but_not_what_leads_to_the_buyer(
    session: Session, cast: Cast, keyed: Keyed
) -> None:
    task = received_task(session, cast)
    text = take_in(session, vault(), b"what the shop said", kind=EvidenceKind.OTHER, by=cast.coordinator)
    attach(session, task, text.sha256, EvidenceKind.OTHER, by=cast.coordinator)
    session.commit()
    program, address = keyed(cast.coordinator), f"/tasks/{task.number}/evidence"
    items = program.get(address).get_json()["items"]
    secret = [each for each in items if each["leads_to_the_buyer"]]
    assert {each["kind"] for each in secret} <= {kind.value for kind in LEADS_TO_THE_BUYER}
    for each in secret:
        assert (each["file"], program.get(f"{address}/{each['id']}/file").status_code) == (None, 404)
    openly = {each["kind"]: program.get(each["file"].removeprefix("/api/v1")) for each in items if each["file"]}
    assert openly["other"].data == b"what the shop said"
    assert openly["product_page"].data[:3] == b"\xff\xd8\xff"  # a JPEG: the copy
    assert len(secret) + len(openly) == len(items)
    assert program.get(f"{address}/999999/file").status_code == 404


def test_a_platform_gets_the_copy_of_a_look_and_only_of_its_own_notice(
    session: Session, cast: Cast, keyed: Keyed
) -> None:
    notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    data = photograph()
    look = take_in(session, vault(), data, kind=EvidenceKind.LOOK, by=cast.coordinator).sha256
    seen(session, cast, notice.items[0], evidence=[look])
    session.commit()
    desks = [cast.desk, cast.other_desk]
    desks.sort(key=lambda desk: desk.organisation_id != notice.platform_id)
    theirs, stranger = map(keyed, desks)
    address = f"/platform/notices/{notice.number}/evidence"
    [told] = [each for each in theirs.get(address).get_json()["items"] if each["sha256"] == look]
    assert (told["own"], told["kind"]) == (False, "look")
    copy = theirs.get(told["file"].removeprefix("/api/v1")).data
    assert hashlib.sha256(copy).hexdigest() != look
    with Image.open(io.BytesIO(copy)) as picture:
        assert dict(picture.getexif()) == {}
    assert stranger.get(address).status_code == 404
    assert stranger.get(told["file"].removeprefix("/api/v1")).status_code == 404

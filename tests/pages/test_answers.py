"""A platform answers for its listings on one page; one bad answer loses neither the others nor what was typed."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.delivery.operations import acknowledge
from quality.delivery.operations import answer as answer_first
from quality.notices.models import ItemStatus, Notice, NoticeStatus
from tests.evidence.files import photograph
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import confirmed_finding
from tests.harness.notices import desk_of, notice_at, of_one_platform, removed, seen, verified
from tests.harness.people import Cast
from tests.pages.test_worklist import statements

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def notice(session: Session, cast: Cast) -> Notice:
    """Served, with two listings that wait."""
    assert cast.desk.person
    give_password(session, cast.desk.person)
    findings = [confirmed_finding(session, cast) for _two in range(2)]
    made = notice_at(session, cast, NoticeStatus.SERVED, *findings)
    cast.clock.advance(hours=2)
    session.commit()
    return made


@pytest.fixture
def desk(app: Flask, session: Session, cast: Cast, notice: Notice) -> Any:
    return sign_in(app, cast.desk)


def typed(notice: Notice, **of_each: Any) -> dict[str, Any]:
    """`outcome=["removed", "refused"]`: the first is said of the first listing, the second of the second."""
    sent: dict[str, Any] = {f"version-{item.id}": str(item.version) for item in notice.items}
    for name, values in of_each.items():
        for item, value in zip(notice.items, values, strict=True):
            if value is not None:
                sent[f"listing-{item.id}-{name}"] = value
    return sent


def now() -> str:
    return f"{clock.now().astimezone(BEIJING):%Y-%m-%dT%H:%M}"


def proof() -> tuple[io.BytesIO, str]:
    return io.BytesIO(photograph()), "proof.jpg"


def send(client: Any, notice: Notice, sent: dict[str, Any]) -> Any:
    address = f"/desk/notice/{notice.number}/answers"
    return client.post(address, data=sent, content_type="multipart/form-data")


def test_all_listings_are_answered_at_once(desk: Any, session: Session, notice: Notice) -> None:
    assert desk.get(f"/desk/notice/{notice.number}/answers").status_code == 200

    answer = send(
        desk,
        notice,
        typed(
            notice,
            outcome=["removed", "never_found"],
            acted_at=[now(), None],
            units_sold=["１２", None],
            evidence=[proof(), proof()],
        ),
    )

    assert answer.status_code == 302, answer.text
    session.expire_all()
    assert [item.status for item in notice.items] == [ItemStatus.CLAIMED] * 2
    assert notice.items[0].claims[0].units_sold == 12
    assert notice.status == NoticeStatus.ANSWERED


@on_sqlite
def test_one_bad_answer_does_not_lose_the_other(desk: Any, session: Session, notice: Notice) -> None:
    bad, good = notice.items[0], notice.items[1]
    answer = send(
        desk,
        notice,
        typed(
            notice,
            outcome=["removed", "removed"],
            acted_at=[now(), now()],
            units_sold=["12.5", "3"],
            swept=["https://tangli.example/g/1", None],
            evidence=[proof(), proof()],
        ),
    )

    assert answer.status_code == 200
    assert "Answers recorded: 1." in answer.text
    assert f'href="#listing-{bad.id}-units_sold"' in answer.text
    assert 'value="12.5"' in answer.text
    assert "https://tangli.example/g/1" in answer.text
    session.expire_all()
    assert (bad.status, good.status) == (ItemStatus.OPEN, ItemStatus.CLAIMED)


@on_sqlite
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("units_sold", "-1"),
        ("units_sold", "Infinity"),
        ("acted_at", "2062-01-01T00:00"),
        ("acted_at", "99999-13-45"),
        ("swept", "javascript:alert(1)"),
        ("swept", "not an address"),
        ("outcome", "vanished"),
        ("reason", "字" * 20_000),
    ],
)
def test_what_is_wrong_stands_at_its_field(desk: Any, session: Session, notice: Notice, field: str, value: str) -> None:
    item = notice.items[0]
    said = {"outcome": ["removed", None], "acted_at": [now(), None], "evidence": [proof(), None]}

    answer = send(desk, notice, typed(notice, **(said | {field: [value, None]})))

    assert answer.status_code == 422
    assert f'id="listing-{item.id}-{field}-e"' in answer.text
    session.expire_all()
    assert item.status == ItemStatus.OPEN


@on_sqlite
def test_who_says_nothing_is_asked_to(desk: Any, notice: Notice) -> None:
    answer = send(desk, notice, typed(notice))

    assert answer.status_code == 422
    assert "Say what became of at least one listing" in answer.text


def test_a_colleague_who_was_first_is_named_by_what_changed(
    desk: Any, session: Session, notice: Notice, cast: Cast
) -> None:
    old = typed(notice, outcome=["removed", None], acted_at=[now(), None], evidence=[proof(), None])
    answer_first(session, notice, [removed(notice.items[0])], by=cast.desk)
    session.commit()
    version = notice.items[0].version

    answer = send(desk, notice, old)

    assert answer.status_code == 422
    assert "Somebody else changed this listing" in answer.text
    session.expire_all()
    assert notice.items[0].version == version


@on_sqlite
def test_another_platform_finds_nothing(app: Flask, session: Session, cast: Cast, notice: Notice) -> None:
    assert cast.other_desk.person
    give_password(session, cast.other_desk.person)
    session.commit()
    other = sign_in(app, cast.other_desk)
    assert other.get(f"/desk/notice/{notice.number}/answers").status_code == 404


@on_sqlite
def test_the_page_of_the_notice_itself_has_the_form_while_a_listing_waits(
    app: Flask, desk: Any, session: Session, notice: Notice, cast: Cast
) -> None:
    address = f"/desk/notice/{notice.number}"
    page = desk.get(address)
    assert f'action="{address}/answers"' in page.text
    for item in notice.items:
        assert page.text.count(f'name="listing-{item.id}-outcome"') == 1
    sent = dict(re.findall(r'name="(version-\d+)" value="(\d+)"', page.text))
    first, second = notice.items
    sent |= {f"listing-{first.id}-outcome": "never_found"}
    assert send(desk, notice, sent).status_code == 302

    page = desk.get(address)
    assert f'name="listing-{second.id}-outcome"' in page.text
    assert f'name="listing-{first.id}-outcome"' not in page.text
    send(desk, notice, {f"version-{second.id}": str(second.version), f"listing-{second.id}-outcome": "never_found"})
    assert f'action="{address}/answers"' not in desk.get(address).text


@on_sqlite
def test_the_agency_is_offered_no_answer(app: Flask, session: Session, notice: Notice, cast: Cast) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    page = sign_in(app, cast.coordinator).get(f"/desk/notice/{notice.number}")
    assert page.status_code == 200
    assert "/answers" not in page.text


@on_sqlite
def test_the_deadline_on_top_is_that_of_who_has_the_notice(
    app: Flask, desk: Any, session: Session, notice: Notice, cast: Cast
) -> None:
    """A later look of the agency may be due before, and is no business of the platform."""
    acknowledge(session, notice, "TL-118", by=cast.desk)
    answer_first(session, notice, [removed(notice.items[0])], by=cast.desk)
    verified(session, cast, notice.items[0])
    session.commit()

    top = desk.get(f"/desk/notice/{notice.number}").text.split('class="mc-court')[1].split("</section>")[0]

    assert "Platform removes and answers" in top


@on_sqlite
def test_statements_do_not_grow_with_the_listings(app: Flask, session: Session, cast: Cast) -> None:
    for actor in (cast.coordinator, cast.desk, cast.other_desk):
        assert actor.person
        give_password(session, actor.person)
    counted = []
    for many in (2, 4):
        notice = notice_at(session, cast, NoticeStatus.ANSWERED, *of_one_platform(session, cast, many))
        assert len(notice.items) == many
        for item in notice.items[1:]:
            seen(session, cast, item)  # looked at, and not decided yet
        verified(session, cast, notice.items[0])
        session.commit()
        readers = [sign_in(app, actor) for actor in (cast.coordinator, desk_of(cast, notice))]
        counted.append([statements(reader, f"/desk/notice/{notice.number}") for reader in readers])
    assert counted[0] == counted[1]

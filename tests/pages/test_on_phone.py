"""What a telephone may keep, what it is told, and what makes the site an app."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageChops
from sqlalchemy.orm import Session

from quality.pages.due import Stop, board
from quality.pages.views.on_phone import is_in_the_field
from quality.purchases.models import Sample, SampleStatus, Task, TaskStatus
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.icons import ICONS, drawn, path_of
from tests.harness.people import Cast
from tests.harness.purchases import sealed_sample, task_at

TODAY = date(2026, 10, 9)
KEEP = {"Mingcha-Keep": "1"}


@pytest.fixture
def buyer(session: Session, in_field: Cast, sign_in: Any) -> Any:
    assert in_field.buyer.person
    give_password(session, in_field.buyer.person, "许清和")
    return sign_in(in_field.buyer)


@on_sqlite
def test_a_kept_page_holds_no_name_no_token_and_no_picture(session: Session, in_field: Cast, buyer: Any) -> None:
    task = task_at(session, in_field, TaskStatus.RECEIVED)
    sealed_sample(session, in_field)
    session.commit()
    kept = buyer.get("/desk/field/kept").get_json()
    addresses = [each["address"] for each in kept["pages"]]
    assert f"/desk/task/{task.number}" in addresses
    assert any(each.endswith("/dispatch") for each in addresses)
    for address in addresses:
        shown = buyer.get(address, headers=KEEP)
        assert (shown.status_code, shown.headers["Mingcha-Kept"]) == (200, "1")
        assert "许清和" not in shown.text
        assert "evidence/" not in shown.text
        assert 'name="csrf_token" value=""' in shown.text or "csrf_token" not in shown.text
        assert "Without network" in shown.text


@on_sqlite
def test_only_what_is_meant_for_it_is_made_to_be_kept(session: Session, in_field: Cast, buyer: Any) -> None:
    number = task_at(session, in_field, TaskStatus.ORDERED).number
    session.commit()
    assert "Mingcha-Kept" not in buyer.get(f"/desk/task/{number}").headers
    for address in ("/account/", f"/desk/task/{number}/identity", "/desk/covers/", "/desk/field/kept"):
        shown = buyer.get(address, headers=KEEP)
        assert "Mingcha-Kept" not in shown.headers
    shown = buyer.post(f"/desk/task/{number}/identity/show", headers=KEEP)
    assert "Mingcha-Kept" not in shown.headers


@on_sqlite
def test_a_page_is_kept_anew_when_its_case_has_moved(session: Session, in_field: Cast, buyer: Any) -> None:
    task = task_at(session, in_field, TaskStatus.SHIPPED)
    session.commit()

    def as_of() -> dict[str, str]:
        return {each["address"]: each["as_of"] for each in buyer.get("/desk/field/kept").get_json()["pages"]}

    before = as_of()
    assert as_of() == before
    task_at(session, in_field, TaskStatus.ASSIGNED)
    session.commit()
    after = as_of()
    assert after["/desk/field/"] != before["/desk/field/"]
    assert after[f"/desk/task/{task.number}"] == before[f"/desk/task/{task.number}"]


@on_sqlite
def test_the_steps_to_come_are_on_the_page_for_who_loses_the_network(
    session: Session, in_field: Cast, buyer: Any
) -> None:
    task = task_at(session, in_field, TaskStatus.ASSIGNED)
    session.commit()
    page = buyer.get(f"/desk/task/{task.number}").text
    steps = [
        name
        for name in ("order", "ship", "receive", "check_label", "seal", "dispatch")
        if f'data-step="{name}"' in page
    ]
    assert steps == ["order", "ship", "receive", "check_label", "seal", "dispatch"]
    assert "What is due where" in buyer.get("/desk/field/").text
    assert task.number in buyer.get("/desk/field/").text


def test_the_board_holds_what_is_in_the_field() -> None:
    assert {each for each in TaskStatus if not is_in_the_field(Task(status=each))} == {TaskStatus.PLANNED}
    in_the_field = {each for each in SampleStatus if is_in_the_field(Sample(status=each))}
    assert in_the_field == {SampleStatus.SEALED, SampleStatus.DISPATCHED}


@on_sqlite
def test_the_app_is_named_and_its_worker_is_a_script(client: FlaskClient) -> None:
    manifest = client.get("/manifest.webmanifest?lang=en")
    told = manifest.get_json()
    assert manifest.mimetype == "application/manifest+json"
    assert (told["start_url"], told["display"], told["lang"]) == ("/desk/", "standalone", "en")
    assert {each["purpose"] for each in told["icons"]} == {"any", "maskable"}
    for icon in told["icons"]:
        assert client.get(icon["src"]).mimetype == "image/png"
    worker = client.get("/worker.js")
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in worker.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("purpose", "size"), ICONS)
def test_an_icon_is_drawn_from_the_brand(purpose: str, size: int) -> None:
    kept = Image.open(path_of(purpose, size)).convert("RGB")
    assert kept.size == (size, size)
    _least, most = zip(*ImageChops.difference(kept, drawn(purpose, size)).getextrema(), strict=True)
    assert max(most) < 40  # fewer colours are kept than were drawn


def stop(number: str, step: int, due: date | None, place: str = "With you") -> Stop:
    return Stop(number, number, f"/desk/task/{number}", step, place, "Seal it", due)


def test_places_stand_in_the_order_of_the_way_and_days_on_one_scale() -> None:
    shown = board(
        [
            stop("T-3", 4, TODAY + timedelta(days=10)),
            stop("T-1", 1, TODAY, "At the shop"),
            stop("T-2", 4, TODAY - timedelta(days=4)),
            stop("T-4", 4, None),
        ],
        TODAY,
    )
    assert [place.name for place in shown.places] == ["At the shop", "With you"]
    assert [each.number for each in shown.places[1].stops] == ["T-2", "T-3", "T-4"]
    assert (shown.first, shown.last) == (TODAY - timedelta(days=4), TODAY + timedelta(days=10))
    late, later = shown.places[1].marks
    assert (late.x, late.is_late) == (Decimal("3.0"), True)
    assert (later.x, later.is_late) == (Decimal("97.0"), False)
    assert shown.places[0].marks[0].x == shown.today


def test_what_is_due_on_one_day_is_one_mark_and_what_is_far_stands_at_the_end() -> None:
    shown = board([stop("T-1", 1, TODAY + timedelta(days=400)), stop("T-2", 1, TODAY + timedelta(days=400))], TODAY)
    [mark] = shown.places[0].marks
    assert (mark.many, mark.x) == (2, Decimal("97.0"))
    assert board([], TODAY).places == []

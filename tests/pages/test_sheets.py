"""Moves that are forms: what is asked, what comes back when something is wrong, and that nothing is half done."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.events import Access, Event
from quality.notices.models import NoticeStatus
from quality.pages.forms.fields import Form, Moment, Whole, Yuan
from quality.pages.forms.purchases import Shipment
from quality.purchases.models import HandOver, Portion, Sample, TaskStatus
from tests.evidence.files import little_picture
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import notice_at
from tests.harness.purchases import PURCHASE, sealed_sample, task_at

PICTURE = little_picture(1)
S = TaskStatus
SENT_TO = {"recipient": "丁香", "address": "云州市", "telephone": "＋８６ 199-0000-1122"}


@pytest.fixture
def cast(session, in_field):
    for actor in (in_field.coordinator, in_field.buyer, in_field.analyst, in_field.reviewer):
        give_password(session, actor.person)
    return in_field


def at(case, name):
    return f"/desk/{case.__tablename__}/{case.number}/{name}"


def minute(moment):
    return f"{moment.astimezone(BEIJING):%Y-%m-%dT%H:%M}"


def send(client, case, name, **typed):
    return client.post(at(case, name), data={"version": case.version, **typed})


def prove(client, case, *kinds):
    for number, kind in enumerate(kinds):
        picture = PICTURE + f"{case.number} {number} {kind}".encode()
        answer = send(client, case, "evidence", kind=kind, file=(io.BytesIO(picture), f"{kind}.png"))
        assert answer.status_code == 302, answer.text


@on_sqlite
def test_a_buyer_goes_from_the_order_to_the_sealed_sample_on_pages(session, sign_in, cast):
    task = task_at(session, cast, S.ASSIGNED)
    cast.clock.advance(hours=1)
    buyer, today = sign_in(cast.buyer), clock.now()

    prove(buyer, task, "seller", "product_page", "order", "payment")
    typed = {
        "order_number": "20260903-118",
        "account": "丁香",
        "paid_fen": "１２８．５０元",
        "quantity": "２",
    } | SENT_TO
    assert send(buyer, task, "order", **typed, paid_at=minute(today)).status_code == 302
    assert send(buyer, task, "ship", delivery_number="SF-10001", shipped_at=minute(today)).status_code == 302
    assert send(buyer, task, "receive", received_at=minute(today)).status_code == 302
    assert send(buyer, task, "check_label", problems=["warnings"]).status_code == 302
    prove(buyer, task, "parcel", "packaging", "marks", "seal_test", "seal_backup")
    sealed = {"product_name": "磁力棒", "test_seal_no": "YZ-7-A", "test_quantity": "2件"}
    answer = send(buyer, task, "seal", **sealed, backup_seal_no="YZ-7-B", backup_quantity="1件")

    assert answer.status_code == 302, answer.text
    assert (task.status, task.paid_fen, task.quantity, task.label_problems) == (S.SEALED, 12850, 2, ["warnings"])
    portions = session.scalars(sa.select(Portion).join(Sample).where(Sample.task_id == task.id).order_by(Portion.id))
    assert {portion.seal_no for portion in portions} == {"YZ-7-A", "YZ-7-B"}


@on_sqlite
def test_a_coordinator_assigns_dispatches_and_a_laboratory_receives(session, sign_in, cast):
    sample = sealed_sample(session, cast)
    coordinator, analyst = sign_in(cast.coordinator), sign_in(cast.analyst)
    laboratory = str(cast.analyst.organisation_id)

    assert send(coordinator, sample, "dispatch", laboratory="", courier="").status_code == 422
    way = {"laboratory": laboratory, "courier": "顺达 1", "parcel_no": "1", "no_photo": "无", "no_scan": "无"}
    assert send(coordinator, sample, "dispatch", **way).status_code == 302
    cast.clock.advance(hours=1)  # a form knows minutes only
    portion = sample.portions[0]
    door = f"/desk/portion/{portion.blind_no}/take_in"
    came = {
        "version": portion.version,
        "seal_no": portion.seal_no,
        "condition": "完好",
        "received_at": minute(clock.now()),
        "no_photo": "未带相机",
    }
    refused = analyst.post(door, data=came)
    assert "Choose one of the list" in refused.text
    slipped = analyst.post(door, data=came | {"seal_no": "YZ-0", "seal_state": "broken", "parcel_no": "7"})
    assert "It was sent as parcel 1. Read it once more" in slipped.text
    assert slipped.status_code == 422
    assert f"sent with the seal {portion.seal_no}" in slipped.text
    assert "broken seal is not taken in" in slipped.text
    another = {"parcel_no": "7", "parcel_state": "another"}
    assert analyst.post(door, data=came | {"seal_state": "intact"} | another).status_code == 302
    assert (sample.status, portion.status) == ("dispatched", "held")
    there = f"/desk/portion/{portion.blind_no}"
    assert "It stands at your door" in (page := analyst.get(there).text)
    assert "Sent as parcel 1, arrived as 7" in page
    here = f"/desk/sample/{sample.number}"
    assert "Sent as parcel 1, arrived as 7" in coordinator.get(here).text
    assert sample.number in coordinator.get("/desk/").text, "it is the coordinator's now"
    told = send(coordinator, sample, "explain_gap", step=sample.hand_overs[-1].id, reason="快递换了面单")
    assert (told.status_code, portion.status) == (302, "dispatched")
    again = came | {"version": portion.version, "seal_state": "intact"}
    assert "parcel_no" not in analyst.get(door).text, "as what it came is written down already"
    assert analyst.post(door, data=again).status_code == 302
    assert (sample.status, portion.status) == ("at_lab", "at_lab")


WRONG = [
    ({"paid_fen": "12.345"}, "paid_fen", "at most two decimals"),
    ({"paid_fen": "Infinity"}, "paid_fen", "at most two decimals"),
    ({"paid_fen": "-1"}, "paid_fen", "at most two decimals"),
    ({"paid_fen": "0"}, "paid_fen", "Enter a whole number from 1"),
    ({"quantity": "1.5"}, "quantity", "Enter a whole number"),
    ({"quantity": "0"}, "quantity", "Enter a whole number from 1"),
    ({"order_number": "  "}, "order_number", "Enter the order number"),
    ({"order_number": "号" * 300}, "order_number", "Keep to 100 characters"),
    ({"account": "a\u202eb"}, "account", "cannot be shown"),
    ({"telephone": "1380000"}, "telephone", "11 digits"),
    ({"paid_at": "2062-01-01T10:00"}, "paid_at", "lies in the future"),
    ({"paid_at": "2001-01-01T10:00"}, "paid_at", "before the campaign"),
    ({"paid_at": "yesterday"}, "paid_at", "Enter day and time"),
]


@on_sqlite
@pytest.mark.parametrize("wrong", WRONG, ids=[f"{f}={next(iter(c.values()))[:12]}" for c, f, _ in WRONG])
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(session, sign_in, cast, wrong):
    changed, field, said = wrong
    task = task_at(session, cast, S.ASSIGNED)
    buyer = sign_in(cast.buyer)
    prove(buyer, task, "seller", "product_page", "order", "payment")
    events = session.scalars(sa.select(sa.func.count(Event.id))).one()
    good = SENT_TO | {
        "order_number": "118-丁",
        "account": "丁香",
        "paid_fen": "128.50",
        "quantity": "2",
        "paid_at": minute(clock.now()),
    }

    answer = send(buyer, task, "order", **good | changed)

    assert answer.status_code == 422
    control = re.search(rf'<input[^>]* name="{field}"[^>]*>', answer.text)[0]
    assert 'aria-invalid="true"' in control
    told = re.search(r'aria-describedby="([^"]+)"', control)[1].split()[-1]
    assert said in re.search(rf'id="{told}">([^<]*)<', answer.text)[1]
    assert f'<a href="#{field}">' in answer.text
    for name, value in (good | changed).items():
        assert f'name="{name}"' in answer.text
        assert value in re.search(rf'<input[^>]* name="{name}"[^>]*>', answer.text)[0]
    assert session.scalars(sa.select(sa.func.count(Event.id))).one() == events
    assert task.status == S.ASSIGNED


@on_sqlite
def test_what_a_buyer_filled_in_on_the_page_of_the_task_comes_back_on_it(session, sign_in, cast):
    task = task_at(session, cast, S.ASSIGNED)
    buyer = sign_in(cast.buyer)

    nothing = send(buyer, task, "evidence", kind="order", in_place="1")
    assert nothing.status_code == 422
    assert "What to buy" in nothing.text
    assert '<a href="#file-order">' in nothing.text
    assert 'aria-describedby="file-order-e"' in nothing.text

    prove(buyer, task, "seller", "product_page", "order", "payment")
    answer = send(buyer, task, "order", in_place="1", order_number="118-丁", paid_fen="12.345")
    assert answer.status_code == 422
    assert "What to buy" in answer.text
    assert 'role="alert" tabindex="-1"' in answer.text
    assert '<a href="#paid_fen">' in answer.text
    for typed in ('value="118-丁"', 'value="12.345"', f'name="version" value="{task.version}"'):
        assert typed in answer.text
    assert task.status == S.ASSIGNED


@on_sqlite
def test_a_price_over_the_cap_is_refused_with_what_to_do(session, sign_in, cast):
    task = task_at(session, cast, S.ASSIGNED)
    buyer = sign_in(cast.buyer)
    cast.clock.advance(hours=1)
    prove(buyer, task, "seller", "product_page", "order", "payment")
    typed = {
        "order_number": "1",
        "account": "丁香",
        "paid_fen": "999999",
        "quantity": "1",
        "paid_at": minute(clock.now()),
    }

    answer = send(buyer, task, "order", **typed)

    assert answer.status_code == 422
    assert "Over the price cap by" in answer.text
    assert 'href="#paid_fen"' in answer.text


@on_sqlite
def test_a_break_in_the_chain_of_custody_is_said_where_it_is(session, sign_in, cast):
    sample = sealed_sample(session, cast)
    coordinator, where = sign_in(cast.coordinator), f"/desk/sample/{sample.number}"
    assert "It was with" not in coordinator.get(where).text
    way = {"seal_no": sample.portions[0].seal_no, "seal_intact": True, "at": clock.now()}
    step = HandOver(sample=sample, portion=sample.portions[0], given_by="courier:EMS", taken_by="store:B-12", **way)
    session.add(step)
    session.commit()

    page = coordinator.get(where).text

    assert re.search("It was with [^<]* and was given by EMS", page)
    assert "person:" not in page


@on_sqlite
def test_a_buyer_sees_step_by_step_what_is_shown_and_what_is_missing(session, sign_in, cast):
    task = task_at(session, cast, S.ASSIGNED)
    buyer, where = sign_in(cast.buyer), f"/desk/task/{task.number}"
    page, _ahead, later = buyer.get(where).text.partition("data-steps=")
    assert 'name="delivery_number"' in later, "a telephone without network goes on with the next step"
    assert "capture=" not in page, "what stands on a screen is chosen among the screenshots"
    assert "4 pieces are required, 0 are there" in page
    assert "information, product page, order page, payment record" in later
    assert 'name="order_number"' not in page, "what is typed would be lost with the next picture"

    sent = {"version": task.version, "kind": "product_page", "file": (io.BytesIO(PICTURE), "page.png")}
    assert buyer.post(f"{where}/evidence", data=sent).status_code == 302
    assert "4 pieces are required, 1 are there" in buyer.get(where).text
    prove(buyer, task, "seller", "order", "payment")
    page, _ahead, later = buyer.get(where).text.partition("data-steps=")
    assert "Add evidence first" not in page + later
    assert 'name="order_number"' in page
    assert f"{where}/unobtainable" in later
    assert "mc-sticky" not in sign_in(cast.coordinator).get(where).text
    received = task_at(session, cast, S.RECEIVED)
    assert 'capture="environment"' in buyer.get(f"/desk/task/{received.number}").text


@on_sqlite
def test_the_identity_is_shown_to_its_buyer_and_the_coordinator_when_asked_and_each_look_is_recorded(
    session, sign_in, cast
):
    task = task_at(session, cast, S.ORDERED)
    door = f"/desk/task/{task.number}/identity"
    looks = sa.select(sa.func.count(Access.id)).where(Access.what.startswith("identity:"))
    buyer, coordinator = sign_in(cast.buyer), sign_in(cast.coordinator)

    for reader in (buyer, coordinator):
        for page in (f"/desk/task/{task.number}", door):
            assert PURCHASE["address"] not in reader.get(page).text
    assert coordinator.post(door, data={"why": " "}).status_code == 422
    assert session.scalar(looks) == 0
    assert PURCHASE["address"] in buyer.post(door).text
    assert session.scalar(looks) > 0
    assert PURCHASE["telephone"] in coordinator.post(door, data={"reason": "order", "why": "核对"}).text
    session.rollback()
    assert sign_in(cast.reviewer).get(door).status_code == 403
    assert sign_in(cast.analyst).post(door, data={"why": "x"}).status_code == 404


@on_sqlite
def test_a_form_sent_twice_is_recorded_once_and_the_second_is_told(session, sign_in, cast):
    task = task_at(session, cast, S.ORDERED)
    buyer, version = sign_in(cast.buyer), task.version
    cast.clock.advance(hours=1)
    typed = {"version": version, "delivery_number": "SF-10077", "shipped_at": minute(clock.now())}

    first, second = (buyer.post(at(task, "ship"), data=typed) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 409)
    assert "<dd>SF-10077</dd>" in second.text
    assert f"<dd>{typed['shipped_at'].replace('T', ' ')}</dd>" in second.text
    asked = sa.select(sa.func.count(Event.id)).where(Event.subject_type == "task", Event.action == "ship")
    assert session.scalars(asked.where(Event.subject_id == task.id)).one() == 1


@on_sqlite
def test_a_form_is_not_opened_by_who_may_not_or_when_it_is_refused(session, sign_in, cast):
    task = task_at(session, cast, S.ASSIGNED)

    assert sign_in(cast.buyer).get(at(task, "seal")).status_code == 409
    assert sign_in(cast.coordinator).get(at(task, "order")).status_code == 403
    assert sign_in(cast.analyst).get(at(task, "order")).status_code == 404
    assert sign_in(cast.buyer).get(at(task, "no_such_move")).status_code == 404
    assert sign_in(cast.coordinator).get(at(task, "evidence")).status_code in {200, 403}


@on_sqlite
def test_a_file_that_is_none_or_of_an_unknown_kind_is_named(session, sign_in, cast):
    task = task_at(session, cast, S.ASSIGNED)
    buyer = sign_in(cast.buyer)

    nothing = send(buyer, task, "evidence", kind="order")
    odd = send(buyer, task, "evidence", kind="order", file=(io.BytesIO(b"MZ\x90\x00" * 40), "page.png"))

    assert (nothing.status_code, "Choose at least one file" in nothing.text) == (422, True)
    assert (odd.status_code, "Send a picture" in odd.text) == (422, True)


class Odd(Form):
    yuan = Yuan("yuan")
    whole = Whole("whole")
    moment = Moment("moment")


@pytest.mark.parametrize(
    ("typed", "read"),
    [("128.5", 12850), ("￥1,280", 128000), ("０.０５", 5), ("7元", 700), ("1e3", None), ("", None), ("1.234", None)],
)
def test_money_is_read_in_fen(typed, read):
    form = Odd()
    form.yuan.process(FormData(yuan=typed))
    assert form.yuan.data == read if read is not None else form.yuan.process_errors


def test_what_is_empty_is_asked_for_with_the_first_thing_that_is_wrong(sqlite_app):
    typed = {"delivery_number": "", "shipped_at": "yesterday"}
    with sqlite_app.test_request_context():
        form = Shipment(FormData(typed))
        assert (form.validate(), set(form.errors)) == (False, {"delivery_number", "shipped_at"})
        assert Shipment(FormData(typed | {"shipped_at": "2026-10-09T09:52"})).validate(), "the operation says it better"


class FormData(dict):
    def getlist(self, name):
        return [self[name]] if name in self else []


def file(seed):
    return io.BytesIO(PICTURE + seed.encode()), f"{seed}.png"


@on_sqlite
def test_a_platform_answers_and_the_agency_looks_verifies_and_closes_on_pages(session, sign_in, cast):
    give_password(session, cast.desk.person)
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    [item, *_more] = notice.items
    desk, coordinator = sign_in(cast.desk), sign_in(cast.coordinator)
    listing = f"/desk/notice/{notice.number}/{item.id}"
    cast.clock.advance(hours=1)

    assert send(desk, notice, "acknowledge", reference="TL-REG-1").status_code == 302
    said = {"outcome": "removed", "acted_at": minute(clock.now()), "units_sold": "２１４", "reason": "", "swept": ""}
    wrong = desk.post(f"{listing}/claim", data={"version": item.version, **said, "swept": "not-an-address"})
    assert (wrong.status_code, "Write the address of a listing in full" in wrong.text) == (422, True)
    answered = desk.post(f"{listing}/claim", data={"version": item.version, **said, "evidence": file("proof")})
    assert answered.status_code == 302, answered.text
    assert (item.status, item.claims[-1].units_sold, len(item.claims[-1].evidence)) == ("claimed", 214, 1)

    cast.clock.advance(hours=1)
    looked = {"version": item.version, "seen": "gone", "seen_at": minute(clock.now()), "reason": ""}
    refused = coordinator.post(f"{listing}/look", data=looked | {"evidence": file("proof")})
    assert "This file is the platform&#39;s proof" in refused.text
    assert coordinator.post(f"{listing}/look", data=looked | {"evidence": file("look")}).status_code == 302
    assert coordinator.post(f"{listing}/verify", data={"version": item.version}).status_code == 302
    assert item.status == "verified"


@on_sqlite
def test_each_opens_only_the_forms_of_a_listing_that_are_theirs(session, sign_in, cast):
    give_password(session, cast.desk.person)
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    listing = f"/desk/notice/{notice.number}/{notice.items[0].id}"

    desk, coordinator, buyer = sign_in(cast.desk), sign_in(cast.coordinator), sign_in(cast.buyer)
    assert [desk.get(f"{listing}/{name}").status_code for name in ("claim", "look", "excuse")] == [200, 403, 403]
    assert [coordinator.get(f"{listing}/{name}").status_code for name in ("claim", "look", "gone")] == [403, 200, 404]
    assert buyer.get(f"{listing}/look").status_code == 404
    assert desk.get(f"/desk/notice/{notice.number}/999999/claim").status_code == 404


@on_sqlite
def test_files_that_a_browser_does_not_keep_are_named_when_the_form_comes_back(session, sign_in, cast):
    task = task_at(session, cast, S.ASSIGNED)
    answer = send(sign_in(cast.buyer), task, "evidence", kind="", file=(io.BytesIO(PICTURE), "订单 <1>.png"))
    assert answer.status_code == 422
    assert "Choose these files again: 订单 &lt;1&gt;.png" in answer.text

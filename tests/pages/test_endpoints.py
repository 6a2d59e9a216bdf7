"""The platform's pages for its endpoints: add, test, confirm, change the secret, see what was sent, send it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.config import Settings
from quality.core.workflow import record
from quality.delivery import endpoints
from quality.delivery.jobs import fall_back
from quality.delivery.models import Delivery, Endpoint, Message
from quality.delivery.sending import WAITS
from quality.notices.models import NoticeStatus
from quality.people.actor import SYSTEM
from quality.permissions import Role
from tests.harness import desk
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import hire
from tests.harness.receiver import Receiver, Reply, receiver
from tests.harness.sending import Way
from tests.pages.conftest import SignIn

pytestmark = on_sqlite
HERE = "/desk/endpoints/"
PUBLIC = "https://8.8.8.8/notices"  # needs no name server


@pytest.fixture
def system() -> Iterator[Receiver]:
    with receiver() as here:
        yield here


@pytest.fixture
def way(session: Session, concluded: Concluded, settings: Settings, system: Receiver) -> Way:
    way = Way.begin(session, concluded, settings, system)
    for actor in (way.desk, way.stranger, way.cast.coordinator):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return way


@pytest.fixture
def client(way: Way, sign_in: SignIn) -> Any:
    return sign_in(way.desk)


def version_of(page: str) -> str:
    return str(re.findall(r'name="version" value="(\d+)"', page)[0])


def press(client: Any, path: str, name: str, **more: str) -> Any:
    return client.post(f"{path}/{name}", data={"version": version_of(client.get(path).text)} | more)


def path_of(endpoint: Endpoint) -> str:
    return f"{HERE}{endpoint.handle}"


def test_a_desk_begins_without_an_endpoint_and_is_told_what_one_is_for(client: Any) -> None:
    page = client.get(HERE).text

    assert "No endpoint yet" in page
    assert HERE in client.get("/desk/").text


def test_where_no_mail_is_set_the_page_says_so_and_offers_none(client: Any, app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url=None)

    page = client.get(HERE).text

    assert "This installation sends no mail" in page
    assert "Mailbox of your desk" not in page


def test_a_desk_says_where_it_reads_its_mail(client: Any) -> None:
    for bad in (
        "desk",
        "a@b.example, c@d.example",
        "a@b.example\nBcc: x@y.example",
        "<a@b.example>",
        "a" * 250 + "@b.cn",
    ):
        answer = client.post(f"{HERE}contact", data={"email": bad})
        assert answer.status_code == 422, bad
    assert client.post(f"{HERE}contact", data={"email": " desk@tl.example "}).status_code == 302
    assert 'value="desk@tl.example"' in client.get(HERE).text
    assert client.post(f"{HERE}contact", data={"email": ""}).status_code == 302
    assert "desk@tl.example" not in client.get(HERE).text


def test_an_endpoint_is_added_and_its_secret_is_shown_this_once(client: Any, session: Session) -> None:
    answer = client.post(f"{HERE}new", data={"url": PUBLIC})

    secret = re.findall(r'value="(whsec_[^"]+)"', answer.text)
    assert (answer.status_code, len(secret)) == (200, 1)
    endpoint = session.scalars(sa.select(Endpoint)).one()
    assert secret[0] not in endpoint.secret
    page = client.get(path_of(endpoint)).text
    assert PUBLIC in page
    assert "whsec_" not in page + client.get(HERE).text


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "Enter the address"),
        ("market", "Write the whole address"),
        ("http://8.8.8.8/", "Only https is sent to"),
        ("https://127.0.0.1/", "not on the public network"),
        ("https://[::ffff:10.0.0.1]/", "not on the public network"),
        ("https://169.254.169.254/latest", "not on the public network"),
        ("https://2130706433/", "not on the public network"),
        ("https://0x7f.1/", "not on the public network"),
        ("https://user:word@8.8.8.8/", "without a name or password"),
        ("https://nowhere.invalid/", "not known on the internet"),
    ],
)
def test_an_address_that_will_not_do_comes_back_with_what_to_do(client: Any, url: str, says: str) -> None:
    answer = client.post(f"{HERE}new", data={"url": url})

    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{url}"' in answer.text


def test_an_address_is_added_once_and_not_too_many(client: Any) -> None:
    assert client.post(f"{HERE}new", data={"url": PUBLIC}).status_code == 200
    assert "with this address already" in client.post(f"{HERE}new", data={"url": PUBLIC}).text
    for place in range(endpoints.MOST - 1):
        assert client.post(f"{HERE}new", data={"url": f"{PUBLIC}/{place}"}).status_code == 200
    assert "Remove an endpoint first" in client.post(f"{HERE}new", data={"url": f"{PUBLIC}/x"}).text
    assert f"{endpoints.MOST} are the most" in client.get(HERE).text


def test_the_code_of_a_test_confirms_that_somebody_read_it(client: Any, way: Way) -> None:
    endpoint, _secret = way.added()
    path = path_of(endpoint)
    assert "Confirm that it arrived" not in client.get(path).text
    assert press(client, path, "confirm", code="7F3K-92QD-4B8M").status_code == 422
    press(client, path, "test")
    assert "On its way" in client.get(path).text
    way.send()
    assert "Taken by your system" in client.get(path).text
    code = way.system.taken[0].said["data"]["code"]
    message = way.session.scalars(sa.select(Message)).one()
    for shown in (client.get(path).text, client.get(f"/desk/messages/{message.webhook_id}").text):
        assert code not in shown
    assert client.get(f"/desk/messages/{message.webhook_id}/body").status_code == 404
    wrong = press(client, path, "confirm", code="7F3K")
    assert wrong.status_code == 422
    assert "Enter the code that stands in the test" in wrong.text
    assert 'value="7F3K"' in wrong.text

    assert press(client, path, "confirm", code=f" {code.lower()} ").status_code == 302

    assert "In use; what it takes is a receipt" in client.get(path).text
    assert press(client, path, "confirm", code=code).status_code == 409


def test_a_system_that_says_the_code_back_gives_it_to_nobody(client: Any, way: Way) -> None:
    endpoint, _secret = way.added()
    way.system.answers = lambda taken: Reply(200, body=taken.body)
    press(client, path_of(endpoint), "test")
    way.send()
    message = way.session.scalars(sa.select(Message)).one()

    page = client.get(f"/desk/messages/{message.webhook_id}").text

    assert "webhook.test" in page
    assert way.system.taken[0].said["data"]["code"] not in page


def test_a_changed_secret_is_shown_once_and_the_old_one_goes_on_for_a_day(client: Any, way: Way) -> None:
    endpoint, old = way.added()
    path = path_of(endpoint)
    new = re.findall(r'value="(whsec_[^"]+)"', press(client, path, "rotate").text)
    assert len(new) == 1
    assert new[0] != old
    assert "both secrets sign until" in client.get(path).text
    assert press(client, path, "rotate").status_code == 409
    way.cast.clock.advance(hours=25)
    client = desk.sign_in(client.application, way.desk)
    assert "Change the secret" in client.get(path).text


def test_an_endpoint_is_stopped_started_and_removed(client: Any, way: Way) -> None:
    endpoint, _secret = way.added()
    path = path_of(endpoint)
    assert press(client, path, "stop").status_code == 302
    assert "Stopped by a person" in client.get(path).text
    assert press(client, path, "test").status_code == 409
    assert press(client, path, "stop").status_code == 409
    assert press(client, path, "start").status_code == 302
    assert press(client, path, "start").status_code == 409
    old = version_of(client.get(path).text)
    press(client, path, "test")
    assert client.post(f"{path}/remove", data={"version": old}).status_code == 409
    assert client.post(f"{path}/remove", data={}).status_code == 422
    assert press(client, path, "remove").location == HERE
    assert client.get(path).status_code == 404
    assert way.send() == 0


def test_messages_are_shown_with_their_tries_and_sent_again(client: Any, way: Way) -> None:
    endpoint, _secret = way.added()
    page = "<script>alert(1)</script>系统错误".encode()
    way.system.answers = lambda _taken: Reply(500, {"Content-Type": "text/html"}, page)
    notice = way.told()
    for wait in [*WAITS, WAITS[0]]:
        way.send()
        way.cast.clock.moment += wait
    client = desk.sign_in(client.application, way.desk)

    shown = client.get(path_of(endpoint)).text
    assert "Given up" in shown
    assert str(notice.number) in shown
    assert "gave up on delivering a message" in shown
    home = client.get("/desk/").text
    assert "Messages given up after all tries: 1." in home
    at_the_agency = desk.sign_in(client.application, way.cast.coordinator).get("/desk/").text
    assert "Given up after all tries, last" in at_the_agency
    assert f'<a class="mc-no" href="/desk/notice/{notice.number}">' in at_the_agency
    [delivery] = way.session.scalars(sa.select(Delivery))
    tries = client.get(f"/desk/messages/{delivery.message.webhook_id}").text
    assert tries.count("系统错误") == len(WAITS) + 1
    assert "<script>alert" not in tries

    way.system.answers = lambda _taken: Reply()
    assert client.post(f"{path_of(endpoint)}/resend/{delivery.id}").status_code == 302
    way.send()
    assert "Taken: a sign of life" in client.get(path_of(endpoint)).text
    assert "given up after all tries" not in client.get("/desk/").text
    assert list(way.system.ids().values()) == [len(WAITS) + 2]


def test_an_endpoint_that_is_gone_rings_the_platforms_people(client: Any, way: Way) -> None:
    endpoint, _secret = way.added()
    way.system.answers = lambda _taken: Reply(410)
    way.told()
    way.send()

    assert "it answered 410, gone" in client.get("/desk/").text
    assert "Stopped: it answered 410" in client.get(path_of(endpoint)).text
    assert "Waits: the endpoint is stopped" in client.get(path_of(endpoint)).text


def test_everything_since_a_moment_is_sent_again(client: Any, way: Way) -> None:
    way.told()
    way.cast.clock.advance(minutes=1)
    endpoint, _secret = way.added()
    path = path_of(endpoint)

    assert "Enter since when" in press(client, path, "recover", since="").text
    assert "Enter day and time" in press(client, path, "recover", since="gestern").text
    assert "lies in the future" in press(client, path, "recover", since="2099-01-01T00:00").text
    assert press(client, path, "recover", since="2026-01-01T00:00").status_code == 302
    assert way.send() == 1


def test_long_histories_are_paged(client: Any, way: Way) -> None:
    endpoint, _secret = way.added()
    for _ in range(31):
        endpoints.send_test(way.session, endpoint, by=way.desk)
    way.session.commit()
    first = client.get(path_of(endpoint)).text
    older = re.findall(r'href="([^"]+before=\d+)"', first)
    assert len(older) == 1
    assert "To the newest" in client.get(older[0].replace("&amp;", "&")).text


def test_both_sides_read_what_was_sent_byte_for_byte(client: Any, way: Way, sign_in: SignIn, app: Flask) -> None:
    way.added()
    notice = way.told()
    way.send()
    [taken] = way.system.taken
    for reader in (client, sign_in(way.cast.coordinator)):
        dossier = reader.get(f"/desk/notice/{notice.number}").text
        assert "Sent to the platform" in dossier
        assert f"/desk/messages/{taken.id}" in dossier
        assert way.system.url in reader.get(f"/desk/messages/{taken.id}").text
        body = reader.get(f"/desk/messages/{taken.id}/body")
        assert (body.data, body.mimetype) == (taken.body, "application/json")
        assert taken.id in body.headers["Content-Disposition"]


def test_who_keeps_an_endpoint_reads_what_came_of_each_try_and_not_what_a_notice_says(
    way: Way, sign_in: SignIn, session: Session
) -> None:
    endpoint, _secret = way.added()
    endpoints.send_test(way.session, endpoint, by=way.desk)
    notice = way.told()
    way.send()
    assert way.desk.organisation
    engineering = hire(session, way.desk.organisation, Role.PLATFORM_ENGINEER)
    assert engineering.person
    give_password(session, engineering.person)
    session.commit()
    engineer = sign_in(engineering)
    page = engineer.get(path_of(endpoint)).text
    assert f"/desk/notice/{notice.number}" not in page
    for taken in way.system.taken:
        assert f"/desk/messages/{taken.id}" in page
        told = engineer.get(f"/desk/messages/{taken.id}").text
        assert "204" in told
        assert f"/desk/notice/{notice.number}" not in told
        assert engineer.get(f"/desk/messages/{taken.id}/body").status_code == 404


def test_an_endpoint_that_a_person_stopped_rings_both_sides_while_messages_wait(
    client: Any, way: Way, sign_in: SignIn
) -> None:
    endpoint, _secret = way.added()
    stopped = "An endpoint is stopped by a person"
    assert press(client, path_of(endpoint), "stop").status_code == 302
    assert stopped not in client.get("/desk/").text, "nothing waits for it yet"
    notice = way.told()

    assert stopped in client.get("/desk/").text
    ring = f"The system of {notice.platform.name} is stopped since"
    coordinator = sign_in(way.cast.coordinator)
    assert ring in coordinator.get("/desk/").text
    assert press(client, path_of(endpoint), "start").status_code == 302
    assert stopped not in client.get("/desk/").text
    assert ring not in coordinator.get("/desk/").text


def test_nobody_else_sees_an_endpoint_or_a_message(way: Way, sign_in: SignIn) -> None:
    endpoint, _secret = way.added()
    way.told()
    way.send()
    [taken] = way.system.taken
    stranger, coordinator = sign_in(way.stranger), sign_in(way.cast.coordinator)
    assert endpoint.url not in stranger.get(HERE).text
    assert coordinator.get(HERE).status_code == 403
    for client in (stranger, coordinator):
        assert client.get(path_of(endpoint)).status_code == 404
        assert client.post(f"{path_of(endpoint)}/test").status_code == 404
    for path in (f"/desk/messages/{taken.id}", f"/desk/messages/{taken.id}/body", "/desk/messages/msg_none"):
        assert stranger.get(path).status_code == 404


def test_a_notice_without_proof_after_a_day_rings_the_coordinator(way: Way, sign_in: SignIn) -> None:
    notice = way.told()
    coordinator = sign_in(way.cast.coordinator)
    rings = "No proof that the platform has it"
    for days in (0, 1):
        way.cast.clock.advance(days=days)
        way.tell(fall_back)
        assert rings not in coordinator.get("/desk/?kind=notice").text
    way.cast.clock.advance(days=3)
    way.tell(fall_back)
    coordinator = sign_in(way.cast.coordinator)

    assert rings in coordinator.get("/desk/?kind=notice").text
    page = coordinator.get(f"/desk/notice/{notice.number}").text
    assert rings in page
    for said in ("Letter by post", "Webhook: no endpoint that runs", "Mail: no mailbox known", "No proof so far"):
        assert said in page
    assert "Cover letter for the post" in page, "it is printed"
    assert notice.status == NoticeStatus.ISSUED
    record(way.session, notice, "touch", by=SYSTEM)


def test_a_desk_says_in_which_order_it_is_reached_and_where_its_post_goes(client: Any, way: Way) -> None:
    page = client.get(HERE).text
    assert "Webhook, Mail, Letter by post" in page
    wanted = {"order": "email,webhook,letter", "recipient": "法务部", "address": "云州市云山路1号 310000"}
    assert client.post(f"{HERE}reach", data=wanted).status_code == 302
    page = client.get(HERE).text
    assert 'value="云州市云山路1号 310000"' in page
    assert '<option value="email,webhook,letter" selected>' in page

    for wrong, says in (({"address": ""}, "Enter the postal address too"), ({"order": "letter"}, "Choose one of")):
        came_back = client.post(f"{HERE}reach", data=wanted | wrong)
        assert (came_back.status_code, says in came_back.text, "法务部" in came_back.text) == (422, True, True)

"""A person's deadlines in their calendar: a secret address, RFC 5545, and nothing that leads to goods or people."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from quality.clocks.feeds import Entry, folded, written
from quality.core.workflow import record
from quality.notices.models import NoticeStatus
from quality.people.actor import themselves
from quality.purchases.models import Sample
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import notice_at

NOW = datetime(2026, 9, 1, 1, tzinfo=UTC)


def read(body: bytes) -> list[dict[str, str]]:
    """As RFC 5545 reads a calendar: unfold, take lines apart, undo what was escaped. The events, property by name."""
    assert all(len(line) <= 75 for line in body.split(b"\r\n")) and b"\n" not in body.replace(b"\r\n", b"")
    lines = re.sub("\r\n[ \t]", "", body.decode()).split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""] and "VERSION:2.0" in lines
    events: list[dict[str, str]] = []
    for line in lines:
        name, _colon, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events:
            plain = re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)
            events[-1].setdefault(name.partition(";")[0], plain)
    assert all({"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= each.keys() for each in events)
    return events


def test_what_is_written_is_read_again_whatever_signs_are_in_it():
    says = "平台按责令处置并反馈；" * 9 + "a, b; c\\d\ne"
    body = written("期限", [Entry(7, date(2026, 12, 31), says, "", "https://x/y")], host="m.example", now=NOW)
    (event,) = read(body)
    assert event["SUMMARY"] == says
    assert (event["DTSTART"], event["DTEND"]) == ("20261231", "20270101")
    assert (event["UID"], event["DTSTAMP"]) == ("clock-7@m.example", "20260901T010000Z")
    assert list(folded("x" * 75)) == ["x" * 75] and len(list(folded("x" * 76))) == 2


@on_sqlite
def test_the_address_reads_ones_own_clocks_until_it_is_taken_away(app, session, cast, sent, sign_in):
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    desk = cast.desk if notice.platform_id == cast.platform.id else cast.other_desk
    give_password(session, desk.person)
    session.commit()
    client, nobody = sign_in(desk), app.test_client()

    def make() -> str:
        return str(re.findall(r"/calendar/[\w-]{43}\.ics", client.post("/account/calendar/").text)[0])

    first = make()
    answer = nobody.get(first)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.headers["Cache-Control"] == "private, no-store"
    events = read(answer.data)
    assert len(events) == 2 and all(notice.number in each["SUMMARY"] for each in events)
    assert all(each["URL"].endswith(f"/desk/notice/{notice.number}") for each in events)
    listing, sample = notice.items[0].snapshot["listing"], session.query(Sample).first()
    for secret in (listing["title"], notice.items[0].listing_id, sample.product_name, sample.number):
        assert secret and secret not in answer.text

    second = make()
    assert nobody.get(first).status_code == 404 and nobody.get(second).status_code == 200
    assert "There is an address" in client.get("/account/calendar/").text
    assert client.post("/account/calendar/end").status_code == 302
    assert nobody.get(second).status_code == 404
    assert client.post("/account/calendar/end").status_code == 302
    third = make()
    record(session, desk.person, "suspend", by=themselves(desk.person), facts={"active": False})
    session.commit()
    assert nobody.get(third).status_code == 404

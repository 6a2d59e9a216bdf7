"""The calendar's pages: a year typed, what it would move, entered by another, and the list read later."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.clocks.entering import draft_year
from quality.clocks.jobs import work_off_lists
from quality.clocks.models import CalendarDraft, Redating
from quality.clocks.operations import start
from quality.permissions import Role
from tests.clocks.test_years import OFF, WORKED, january
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import hire

pytestmark = on_sqlite
TYPED = {
    "year": "2027",
    "source": "国办发明电〔2026〕99号",
    "off_days": "\n".join(map(str, OFF)),
    "worked_days": " ; ".join(map(str, WORKED)),
}


def test_a_year_is_drafted_looked_at_entered_and_read_again(session, cast, sign_in):
    begun = start(session, planned(session, cast), "to_lab", january(28))
    drafter, reviewer = (hire(session, cast.above, role) for role in (Role.COORDINATOR, Role.REVIEWER))
    for actor in (drafter, reviewer, cast.coordinator):
        give_password(session, actor.person)
    session.commit()
    writing, reading, below = sign_in(drafter), sign_in(reviewer), sign_in(cast.coordinator)
    assert "enters the calendar for all" in below.get("/desk/calendar/").text
    wrong = writing.post("/desk/calendar/", data=TYPED | {"off_days": "2027-02-30"})
    assert wrong.status_code == 422 and "2027-02-30" in wrong.text and TYPED["source"] in wrong.text

    there = writing.post("/desk/calendar/", data=TYPED).location
    page = writing.get(there).text
    assert "4 Feb 2027" in page and "3 Feb 2027" in page and "Enter it" not in page
    key = session.scalars(sa.select(CalendarDraft.id)).one()
    assert there in reading.get("/desk/calendar/").text
    assert there in reading.get("/desk/").text and there not in writing.get("/desk/").text
    assert "Enter it" in reading.get(there).text
    assert reading.post("/desk/calendar/decide", data={"draft": str(key)}).status_code == 422
    assert reading.post("/desk/calendar/decide", data={"draft": "99", "decision": "enter"}).status_code == 404
    listed = reading.post("/desk/calendar/decide", data={"draft": str(key), "decision": "enter"}).location
    growing = reading.get(listed)
    assert "0 deadlines have moved so far" in growing.text and growing.headers["Refresh"]
    assert "still being dated anew" in below.get("/desk/calendar/").text
    work_off_lists(sessionmaker(session.get_bind()))
    assert "Refresh" not in reading.get(listed).headers
    session.expire_all()
    assert begun.due_on.isoformat() == "2027-02-03"

    kept = f"/desk/calendar/moved?list={session.scalars(sa.select(Redating.id)).one()}"
    assert kept in below.get("/desk/calendar/").text
    assert "4 Feb 2027" in below.get(kept).text
    assert "It was entered" in writing.get(there).text


def test_a_draft_of_the_command_line_is_put_away_by_who_may_enter_it(session, cast, sign_in, capsys, tmp_path):
    start(session, planned(session, cast), "to_lab", january(28))
    actors = [hire(session, cast.above, role) for role in (Role.COORDINATOR, Role.REVIEWER)]
    for actor in actors:
        give_password(session, actor.person)
    writing, reading = map(sign_in, actors)
    file = tmp_path / "2027.txt"
    file.write_text("off " + ", ".join(map(str, OFF)) + "\nworked " + ", ".join(map(str, WORKED)), encoding="utf-8")
    draft_year(session, 2027, file, "更正")
    session.commit()
    assert "2027-02-04 → 2027-02-03" in capsys.readouterr().out
    key = session.scalars(sa.select(CalendarDraft.id)).one()
    data = {"draft": str(key), "decision": "take_back"}
    assert writing.post("/desk/calendar/decide", data=data).status_code == 403
    assert reading.post("/desk/calendar/decide", data=data).status_code == 302
    assert "It was put away" in reading.get(f"/desk/calendar/draft?draft={key}").text

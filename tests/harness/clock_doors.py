"""The forms about deadlines and the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from quality.clocks.calendar import festivals
from quality.clocks.changing import Change, change
from quality.clocks.models import ChangeKind, ClockRung
from quality.clocks.operations import Allowed, start
from quality.core import clock
from quality.people.actor import Actor
from quality.permissions import Role
from tests.harness.campaigns import planned
from tests.harness.desk import give_password
from tests.harness.people import Cast, hire

Fits = dict[str, Any]


def of_clocks(session: Session, cast: Cast) -> Iterator[tuple[str, Actor, str, Fits, str]]:
    changed, asked = (planned(session, cast) for _two in range(2))  # no notice: that would take days
    clocks = [start(session, each, "remove_by_notice", clock.now()) for each in (changed, asked)]
    why = {"reason": "台风停运", "allowed_by": "方知行", "decision_no": "云延3号"}
    here = f"/desk/campaign/{changed.number}/deadlines"
    yield "deadline", cast.coordinator, here, {"clock": str(clocks[0].id), "kind": "extend", "days": "2"} | why, here
    wanted = Change(ChangeKind.EXTEND, why["reason"], Allowed(why["allowed_by"]), 2)
    request = change(session, clocks[1], wanted, by=cast.coordinator)
    assert request
    here = f"/desk/campaign/{asked.number}/deadlines"
    answer = {"request": str(request.id), "decision": "grant"}
    yield "deadline_answer", cast.reviewer, f"{here}/answer", answer, here
    late = planned(session, cast)
    passed = start(session, late, "remove_by_notice", clock.now() - timedelta(days=20))
    session.add(ClockRung(clock_id=passed.id, step=3, deed="talk", reached_at=clock.now(), recorded_at=clock.now()))
    here, step = f"/desk/campaign/{late.number}/deadlines", {"clock": str(passed.id), "step": "3", "note": "已约谈"}
    yield "deadline_step", cast.coordinator, f"{here}/step", step, here
    above = hire(session, cast.above, Role.COORDINATOR)
    assert above.person
    give_password(session, above.person)
    year = {"year": "2028", "source": "放假通知", "off_days": "\n".join(map(str, sorted(festivals(2028))))}
    yield "calendar", above, "/desk/calendar/", year, "/desk/calendar/"

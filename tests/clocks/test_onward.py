"""No clock runs backward, whatever is done with it and in whatever moment, one and the same moment too."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.clocks.models import Clock
from quality.clocks.operations import extend, pause, resume, start, stop
from quality.clocks.queries import clocks_of_all, running
from quality.core.errors import Refused
from quality.people.actor import SYSTEM
from tests.harness.databases import on_sqlite

RULE = "remove_by_order"
DEEDS = st.lists(
    st.tuples(st.sampled_from(["start", "start_again", "stop", "pause", "resume", "extend"]), st.integers(0, 60)),
    min_size=2,
    max_size=12,
)


@on_sqlite
@given(DEEDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_clock_runs_backward(session, new_case, clock, deeds):
    subject, first, due = new_case(), clock.now(), {}
    for deed, hours in deeds:
        now = clock.advance(hours=hours)
        with suppress(Refused):
            match deed:
                case "start":
                    assert start(session, subject, RULE, now).is_running
                case "start_again":  # from a moment that is long past, and may have been stopped since
                    assert start(session, subject, RULE, first).is_running
                case "stop":
                    stop(session, subject, RULE, now, by=SYSTEM)
                case _:
                    change(session, deed, running(session, subject, RULE), now)
        for one in clocks_of_all(session, [subject]):
            assert one.started_at < one.due_at
            assert one.stopped_at is None or one.stopped_at >= one.started_at
            assert one.due_at >= due.setdefault(one.id, one.due_at), "what is granted is never less"
            due[one.id] = one.due_at
            if one.stopped_at:
                assert one.outcome == "done" and one.paused_at is None


def change(session, deed: str, there: list[Clock], now) -> None:
    for one in there[:1]:
        match deed:
            case "pause":
                pause(session, one, now, reason="停", by=SYSTEM)
            case "resume":
                resume(session, one, now, reason="续", by=SYSTEM)
            case _:
                extend(session, one, now, days=1, reason="延", by=SYSTEM)

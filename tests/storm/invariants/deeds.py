"""What people outside remember, held against the record: nothing acknowledged is lost, nothing refused was done.

An actor's deeds are one after the other, and the record names who did what when. So each event of an actor must fall
into the time of a request of theirs that was done, or of one that got no answer; and each request that was done must
have an event.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from quality.api.idempotency import KEPT
from quality.api.models import Answered
from quality.evidence.models import Holding, Quarantine
from quality.notices.models import Notice
from quality.purchases.models import Sample, Task
from quality.workflows import WORKFLOWS
from tests.storm.invariants.ground import Check, Place
from tests.storm.journal import Came, Entry

LATE = timedelta(seconds=90)  # a request without an answer may still be waiting for its turn
# a deed that leaves no event of its own: it is looked for elsewhere, or changes nothing
WITHOUT_EVENT = {"evidence", "sign in", "task/identity", "webhooks/test", *(f"{k}/document" for k in WORKFLOWS)}
TROUBLE_LASTS = timedelta(seconds=40)  # after a fault, until everything that was killed is back


def groups(place: Place) -> list[list[Entry]]:
    """Requests under one key are one deed, with what came of it at last; others stand alone."""
    by_key: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    alone = []
    for entry in place.journal.entries:
        if entry.key:
            by_key[entry.who, entry.key].append(entry)
        else:
            alone.append([entry])
    return [*by_key.values(), *alone]


def outcome(group: list[Entry]) -> Came:
    """Done, if any was; refused, if the last answer refused; a call that is still under way tells nothing."""
    if any(entry.came is Came.DONE for entry in group):
        return Came.DONE
    last = group[-1]
    if last.came is Came.REFUSED and last.code not in {"in_progress", "key_reused"} and last.status != 429:
        return Came.REFUSED
    return Came.UNKNOWN if any(entry.came is Came.UNKNOWN for entry in group) else Came.REFUSED


Windows = dict[str, list[tuple[datetime, datetime]]]


def windows(place: Place, *wanted: Came) -> Windows:
    """When each actor was at such a deed, in order."""
    found: Windows = defaultdict(list)
    for group in groups(place):
        came = outcome(group)
        if came not in wanted:
            continue
        for entry in group:
            late = LATE if entry.came is Came.UNKNOWN else timedelta(0)
            found[entry.who] += [(began, ended + late) for began, ended in entry.spans]
    return {who: sorted(spans) for who, spans in found.items()}


def events_of_actors(place: Place) -> dict[str, list[Any]]:
    who = {entry.who for entry in place.journal.entries}
    found: dict[str, list[Any]] = defaultdict(list)
    for event in sorted(place.events, key=lambda event: event.id):
        if event.actor in who:
            found[event.actor].append(event)
    return found


def first_moment(place: Place) -> datetime:
    return min((entry.began for entry in place.journal.entries), default=place.now)


def refused_and_done(place: Place) -> list[str]:
    explained = windows(place, Came.DONE, Came.UNKNOWN)
    begin = first_moment(place)
    wrong = []
    for who, events in events_of_actors(place).items():
        spans = explained.get(who, [])
        for event in events:
            if event.at >= begin and not falls_into(event.at, spans):
                subject = f"{event.subject_type}:{event.subject_id}"
                wrong.append(f"{who} did {event.action} to {subject} at {event.at}; {nearest(place, who, event.at)}")
    return wrong


def nearest(place: Place, who: str, at: datetime) -> str:
    """What the actor was answered around that moment, for who must find out."""
    own = sorted((e for e in place.journal.entries if e.who == who), key=lambda e: abs(e.began - at))[:3]
    return "; ".join(f"{e.deed} {e.began:%H:%M:%S}–{e.ended:%H:%M:%S} {e.status} {e.code}" for e in own)


def falls_into(at: datetime, spans: list[tuple[datetime, datetime]]) -> bool:
    until = bisect_right(spans, (at, datetime.max.replace(tzinfo=at.tzinfo)))
    return any(began <= at <= ended for began, ended in spans[:until])


def acknowledged_and_lost(place: Place) -> list[str]:
    """But for the same file once more: it is there already, and nothing comes of it."""
    first: dict[str, Entry] = {}
    for entry in place.journal.entries:
        if entry.sha256 and entry.came is not Came.REFUSED:
            first.setdefault(entry.sha256, entry)
    moments = {who: sorted(e.at for e in events) for who, events in events_of_actors(place).items()}
    wrong = []
    for entry in place.journal.of(Came.DONE):
        if entry.replayed or entry.jumped or entry.deed in WITHOUT_EVENT or not changes_something(entry):
            continue
        if entry.sha256 and first[entry.sha256] is not entry:
            continue
        mine = moments.get(entry.who, [])
        at = bisect_right(mine, entry.ended) - 1
        if at < 0 or mine[at] < entry.began:
            wrong.append(
                f"{entry.who}: {entry.deed} {entry.address} was answered {entry.status} at {entry.ended}, no event"
            )
    return wrong


def changes_something(entry: Entry) -> bool:
    """A page that is only shown again has done nothing, nor has an answer that took down none of the listings."""
    if entry.door == "page":
        return entry.status == 302
    if entry.deed in {"platform/notices/outcomes", "platform/outcomes"}:
        return any(item.get("ok") for item in entry.told.get("items", []))
    return True


def numbers_were_told_and_are_gone(place: Place) -> list[str]:
    """The version that an answer named is an event of that actor."""
    own = {(e.subject_type, e.subject_id, e.seq): e.actor for e in place.events}
    ids = {name: ids_of(place, *columns) for name, columns in CALLED.items()}
    wrong = []
    for entry in place.journal.of(Came.DONE):
        collection = entry.deed.partition("/")[0]
        if entry.replayed or collection not in CALLED or "/items/" in entry.address or "version" not in entry.told:
            continue
        number, version = entry.told["number"], entry.told["version"]
        key, table = ids[collection].get(number), CALLED[collection][0].class_.__tablename__
        if key is None:
            wrong.append(f"{entry.deed} was told of {number}, which is not there")
        elif own.get((table, key, version)) != entry.who:
            wrong.append(f"{entry.deed} was told version {version} of {number}, not in the record")
    return wrong


# the numbers by which an address of the API may name a case
CALLED: dict[str, list[Any]] = {
    "tasks": [Task.number],
    "samples": [Sample.number],
    "notices": [Notice.reference, Notice.number],
}


def ids_of(place: Place, *columns: Any) -> dict[str, int]:
    asked = [sa.select(column, column.class_.id).where(column.is_not(None)) for column in columns]
    return {number: key for query in asked for number, key in place.session.execute(query)}


def files_were_taken_and_are_gone(place: Place) -> list[str]:
    there = set(place.session.scalars(sa.select(Holding.sha256))) | set(
        place.session.scalars(sa.select(Quarantine.sha256))
    )
    if any(event.action == "let_go_of_file" for event in place.events):
        return []  # the clock leapt so far that what no case referred to was let go, as it must be
    done = (e for e in place.journal.of(Came.DONE) if e.sha256 and (e.door == "api" or e.status == 302))
    return [f"{e.deed}: {e.sha256} was answered {e.status}, nobody holds it" for e in done if e.sha256 not in there]


def done_twice(place: Place) -> list[str]:
    """Under one key one deed: one answer that is no replay, and every answer the same."""
    wrong = []
    for group in groups(place):
        done = [entry for entry in group if entry.came is Came.DONE]
        if not group[0].key or not done:
            continue
        first = [entry for entry in done if not entry.replayed]
        if len(first) > 1:
            wrong.append(
                f"{group[0].who}: {group[0].deed} {group[0].address} was done {len(first)} times under one key"
            )
        told = [{k: v for k, v in entry.told.items()} for entry in done]
        if any(each != told[0] for each in told):
            wrong.append(f"{group[0].who}: {group[0].deed} {group[0].address} was answered differently under one key")
    return wrong


def answers_are_not_kept(place: Place) -> list[str]:
    """What was answered under a key is kept for who asks again, as long as it is promised."""
    kept = {
        key
        for (key,) in place.session.execute(
            sa.select(Answered.idempotency_key).where(Answered.answer_status.is_not(None))
        )
    }
    young = place.now - KEPT
    wrong = []
    for group in groups(place):
        done = [entry for entry in group if entry.came is Came.DONE and entry.key]
        if done and done[0].began > young and done[0].key not in kept:
            wrong.append(f"{done[0].who}: the answer to {done[0].deed} {done[0].address} is not kept")
    return wrong


def answered_500(place: Place) -> list[str]:
    """Whatever happens, nobody gets a bare error: who cannot be served is told so, and when to come again."""
    wrong = [(what, status, text) for _at, what, status, text in place.journal.errors if status != 503]
    named = sorted((what.split("?")[0], status, " ".join(text.split())[:80]) for what, status, text in wrong)
    return [f"{what}: {status} {text} ({len(list(same))} times)" for (what, status, text), same in groupby(named)]


def turned_away_in_calm_weather(place: Place) -> list[str]:
    """A 503 or a connection that broke is explained by a fault that was there, or had just been."""
    silent = [(e.ended, f"{e.deed} {e.address}") for e in place.journal.entries if e.status is None and not e.jumped]
    busy = [(at, what) for at, what, status, _text in place.journal.errors if status == 503]
    spans = [(began, ended + TROUBLE_LASTS) for began, ended in place.troubles]
    return [f"{what} at {at}" for at, what in silent + busy if not any(began <= at <= ended for began, ended in spans)]


OF_DEEDS = {
    "kept": Check("whatever was answered 2xx is in the database", acknowledged_and_lost),
    "versions": Check(
        "every version that was answered is in the record, by who did it", numbers_were_told_and_are_gone
    ),
    "files": Check("every file that was answered 2xx is held", files_were_taken_and_are_gone),
    "refused": Check("nothing that was refused has happened", refused_and_done),
    "once": Check("under one Idempotency-Key nothing was done twice", done_twice),
    "answers": Check("every answer under a key is kept with its deed", answers_are_not_kept),
    "no 500": Check("nobody was answered 500", answered_500),
    "calm": Check("nobody was turned away (503) or cut off without a fault", turned_away_in_calm_weather),
}

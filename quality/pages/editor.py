"""The editor's desk: what waits before it is public, or before it leaves; each list in the order of its urgency.

A list is walked by keys, a page at a time, and never counted. What stands in the way is asked of a whole page at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager

from quality.campaigns.models import Campaign
from quality.clocks.calendar import Calendar
from quality.clocks.queries import calendar, over_for
from quality.core import clock
from quality.core.events import Event
from quality.core.words import Text, _, ngettext
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.pages.moments import day
from quality.pages.walking import Place, Way, page_of
from quality.pages.words import Tone, word
from quality.people.actor import Actor, within
from quality.permissions import Can
from quality.publication.copies import NAMES
from quality.publication.models import LIVE, Entry, Reply, ReplyStatus, Result, ResultStatus, WithdrawalRequest
from quality.publication.obstacles import WITH_ITS_GRAPH, Heard, heard, open_objections, personal_in
from quality.publication.queries import visible_to
from quality.publication.terms import TERMS, ends_on
from quality.publication.withdrawing import open_requests
from quality.purchases.models import Sample, SampleStatus, Task

SOON = timedelta(days=30)  # before the end, as a warning
LATE = timedelta(days=7)  # behind the end, for what the job has not taken yet
A_FEW, A_PAGE = 5, 25
SLOW = 10  # days after which what waits for a person is marked


class Waits(StrEnum):
    """For what somebody waits, the most pressing first."""

    WITHDRAWAL = "withdrawal"  # what is public, and is said not to be right
    CORRECTION = "correction"
    PROPOSED = "proposed"
    REPLY = "reply"
    SCHEDULED = "scheduled"
    FINAL = "final"  # a verdict that nobody has proposed yet
    LEAVING = "leaving"


class Why(NamedTuple):
    """Something to mind. `stops`: nothing is proposed, or published, before it is out of the way."""

    text: Text
    stops: bool


class Line(NamedTuple):
    """One thing that waits. `since`: from when; `due`: its moment, or its last day. `key`: of its row, the cursor."""

    key: int
    finding: Finding
    verdict: Text
    result: Result | None = None
    reply: Reply | None = None
    since: datetime | None = None
    due: datetime | date | None = None
    is_mine: bool = True  # I may do the second step
    whys: tuple[Why, ...] = ()
    reason: str = ""

    @property
    def number(self) -> str:
        return self.result.number if self.result else self.finding.number

    @property
    def days(self) -> int:
        return (clock.now() - self.since).days if self.since else 0

    @property
    def age(self) -> Text:
        return ngettext("%(count)s day", "%(count)s days", self.days) if self.days else _("today")

    @property
    def tone(self) -> Tone:
        """Of its age: what waits long for a person is marked, and said in words beside."""
        return Tone.WARN if self.days >= SLOW else Tone.IDLE


class Listed(NamedTuple):
    lines: list[Line]
    older: int | None = None
    further: int | None = None


class Narrowed(NamedTuple):
    """What the desk is narrowed to: a campaign's number, a verdict; empty: to nothing."""

    campaign: str = ""
    verdict: str = ""

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """On a select in which the finding, its sample and its task are joined."""
        said: list[sa.ColumnElement[bool]] = []
        if self.campaign:
            mine = sa.select(Campaign.id).where(Campaign.number == self.campaign).scalar_subquery()
            said.append(Task.campaign_id == mine)
        if self.verdict:
            said.append(Finding.verdict == Verdict(self.verdict))
        return said

    def in_the_address(self) -> dict[str, str]:
        return {name: value for name, value in self._asdict().items() if value}


NO_FILTER = Narrowed()
Found = tuple[sa.Select[Any], Way]
EARLIER = aliased(Result)
WAS_PUBLIC = (
    sa.select(EARLIER.id)
    .where(EARLIER.number == Result.number, EARLIER.published_at.is_not(None))
    .correlate(Result)
    .exists()
)
SAID_OF_IT = sa.select(Result.id).where(
    Result.finding_id == Finding.id, Result.status.in_((*LIVE, ResultStatus.EXPIRED))
)


def results(me: Actor, wanted: Narrowed) -> sa.Select[Result]:
    """With the finding, its sample and its task joined."""
    return visible_to(me).join(Result.finding).join(Finding.sample).join(Sample.task).where(*wanted.conditions())


def with_samples(asked: sa.Select[Any], of: Any) -> sa.Select[Any]:
    """What was joined is loaded."""
    return asked.options(contains_eager(of.finding).contains_eager(Finding.sample).contains_eager(Sample.task))


def walked_by(asked: sa.Select[Any], of: Any, *keys: Any) -> Found:
    return with_samples(asked, of), Way(asked, keys, keys, is_down=False)


def proposals(me: Actor, wanted: Narrowed, *, corrects: bool) -> Found:
    asked = results(me, wanted).where(
        Result.status == ResultStatus.PROPOSED, WAS_PUBLIC if corrects else sa.not_(WAS_PUBLIC)
    )
    return walked_by(asked, Result, Result.id)


def scheduled(me: Actor, wanted: Narrowed) -> Found:
    asked = results(me, wanted).where(Result.status == ResultStatus.SCHEDULED)
    return walked_by(asked, Result, Result.not_before, Result.id)


def withdrawals(me: Actor, wanted: Narrowed) -> Found:
    asked = results(me, wanted).join(WithdrawalRequest, WithdrawalRequest.result_id == Result.id)
    asked = asked.where(WithdrawalRequest.ended_at.is_(None), Result.status == ResultStatus.PUBLISHED)
    return walked_by(asked, Result, WithdrawalRequest.asked_at, Result.id)


def replies(me: Actor, wanted: Narrowed) -> Found:
    asked = sa.select(Reply).join(Reply.finding).join(Finding.sample).join(Sample.task)
    asked = asked.where(Reply.status == ReplyStatus.RECEIVED, within(Reply, me), *wanted.conditions())
    return walked_by(asked, Reply, Reply.received_at, Reply.id)


def final(me: Actor, wanted: Narrowed) -> Found:
    """Confirmed findings of samples that are not closed, about which nothing is said. The oldest sample first."""
    asked = sa.select(Finding).join(Finding.sample).join(Sample.task).where(*wanted.conditions())
    asked = asked.where(
        Sample.status == SampleStatus.CONCLUDED,
        Finding.status == FindingStatus.CONFIRMED,
        within(Finding, me) if me.can(Can.FINDING_READ) else sa.false(),
        ~SAID_OF_IT.exists(),
    )
    walked = sa.select(Sample.id).where(Sample.status == SampleStatus.CONCLUDED, within(Sample, me))
    return asked.options(*WITH_ITS_GRAPH), Way(walked, [Sample.id], [Sample.id], is_down=False)


# fmt: off
LISTS: Mapping[Waits, Callable[[Actor, Narrowed], Found]] = {
    Waits.WITHDRAWAL: withdrawals,
    Waits.CORRECTION: lambda me, wanted: proposals(me, wanted, corrects=True),
    Waits.PROPOSED:   lambda me, wanted: proposals(me, wanted, corrects=False),
    Waits.REPLY:      replies,
    Waits.SCHEDULED:  scheduled,
    Waits.FINAL:      final,
}
# fmt: on


def listed(
    session: Session,
    me: Actor,
    what: Waits,
    wanted: Narrowed = NO_FILTER,
    *,
    after: int | None = None,
    limit: int = A_PAGE,
) -> Listed:
    """A page of one list, behind the row with the key `after`; one that is not there any more begins anew."""
    if what is Waits.LEAVING:
        return leaving(session, me, wanted, after, limit)
    asked, way = LISTS[what](me, wanted)
    page = page_of(session, asked, way, place_in(session, way, after), limit, is_sparse=what is Waits.FINAL)
    return Listed(in_lines(session, me, what, page.rows), page.older, page.further)


def place_in(session: Session, way: Way, after: int | None) -> Place | None:
    if after is None:
        return None
    if len(way.keys) == 1:
        return Place([after])
    edge = session.execute(way.walked.with_only_columns(*way.keys).where(way.keys[-1] == after)).first()
    return Place(edge) if edge else None


# --- what is about to leave ---


def leaving(session: Session, me: Actor, wanted: Narrowed, after: int | None, limit: int) -> Listed:
    """The first to leave first: each class has a term of its own, so that two walks are put together by their days."""
    now, known = clock.now(), calendar(session)
    edge = session.scalars(visible_to(me).where(Result.id == after)).one_or_none() if after else None
    behind = (ends_on(edge, known), edge.public_since, edge.id) if edge and edge.public_since else None
    found: list[tuple[date, datetime, int, Result]] = []
    for verdict, rule in TERMS.items():
        if wanted.verdict in ("", verdict):
            asked = results(me, wanted._replace(verdict="")).join(Entry, Entry.result_id == Result.id)
            asked = asked.where(
                Result.status == ResultStatus.PUBLISHED,
                Entry.verdict == verdict.value,
                Result.public_since >= over_for(rule, known, now - LATE),
                Result.public_since < over_for(rule, known, now + SOON),
            )
            if behind is not None:
                asked = asked.where(comes_after(rule, known, behind))
            few = session.scalars(with_samples(asked, Result).order_by(Result.public_since, Result.id).limit(limit + 1))
            found += [(ends_on(each, known), each.public_since, each.id, each) for each in few if each.public_since]
    found.sort(key=lambda one: one[:3])
    lines = [Line(key, each.finding, verdict_of(each), each, due=on) for on, _since, key, each in found[:limit]]
    return Listed(lines, lines[-1].key if len(found) > limit else None)


def comes_after(rule: str, known: Calendar, behind: tuple[date, datetime, int]) -> sa.ColumnElement[bool]:
    """A later last day than that of `behind`; or the same, and published later."""
    last_day, since, key = behind
    midnight = datetime.combine(last_day, datetime.min.time(), clock.BEIJING)
    same_day, later = (over_for(rule, known, midnight + timedelta(days=days)) for days in (0, 1))
    on_that_day = sa.and_(
        Result.public_since >= same_day,
        sa.or_(Result.public_since > since, sa.and_(Result.public_since == since, Result.id > key)),
    )
    return sa.or_(Result.public_since >= later, on_that_day)


# --- a page in lines, with what stands in the way ---


def in_lines(session: Session, me: Actor, what: Waits, rows: Sequence[Any]) -> list[Line]:
    if not rows:
        return []
    if what is Waits.REPLY:
        return [reply_line(each, me) for each in rows]
    if what is Waits.FINAL:
        return final_lines(session, rows)
    return result_lines(session, me, what, rows)


def reply_line(reply: Reply, me: Actor) -> Line:
    may = me.can(Can.REPLY_DECIDE) and me.stands_over(reply) and reply.entered_by_id != me.id
    late = (Why(_("It came after its time"), stops=False),) if reply.is_late else ()
    return Line(
        reply.id, reply.finding, word("finding_verdict", reply.finding.verdict), reply=reply,
        since=reply.received_at, is_mine=may, whys=late,
    )  # fmt: skip


def final_lines(session: Session, findings: Sequence[Finding]) -> list[Line]:
    contested = open_objections(session, [each.id for each in findings])
    known, personal = heard(session, findings), personal_in(session, findings)
    lines = []
    for each in findings:
        whys = []
        if number := contested.get(each.id):
            whys.append(Why(_("Objection %(number)s is not decided yet", number=number), stops=True))
        if fields := personal[each.id]:
            named = "、".join(str(NAMES.get(path, path)) for path in fields)
            whys.append(
                Why(_("Personal data is refused: leave it out, or withhold %(fields)s", fields=named), stops=True)
            )
        whys += [*periods(known[each.id])]
        verdict = word("finding_verdict", each.verdict)
        lines.append(Line(each.sample_id, each, verdict, since=each.confirmed_at, whys=tuple(whys)))
    return sorted(
        lines, key=lambda line: (line.since or clock.now(), line.key)
    )  # of samples in the order of their numbers


def periods(known: Heard) -> list[Why]:
    """What runs, and keeps nobody from proposing: an editor may wait for it."""
    if not known.is_told:
        return [Why(_("No party is known to have received the result"), stops=False)]
    found = []
    if known.objects_until:
        text = _("A party may object until %(day)s", day=day(known.objects_until))
        found.append(Why(text, stops=False))
    if known.replies_until:
        text = _("A reply may come until %(day)s", day=day(known.replies_until))
        found.append(Why(text, stops=False))
    return found


def result_lines(session: Session, me: Actor, what: Waits, rows: Sequence[Result]) -> list[Line]:
    asks = withdrawals_of(session, rows) if what is Waits.WITHDRAWAL else proposals_of(session, rows)
    contested = {} if what is Waits.WITHDRAWAL else open_objections(session, [each.finding_id for each in rows])
    may = me.can(Can.RESULT_APPROVE)
    return [
        Line(
            each.id, each.finding, verdict_of(each), each, since=asks[each.id].at, due=each.not_before,
            is_mine=may and me.stands_over(each) and asks[each.id].by_id != me.id,
            whys=tuple(in_the_way(each, contested)), reason=asks[each.id].reason,
        )
        for each in rows
    ]  # fmt: skip


def in_the_way(result: Result, contested: Mapping[int, str]) -> list[Why]:
    whys = []
    if result.finding.status != FindingStatus.CONFIRMED:
        whys.append(Why(_("The finding is not confirmed; nothing can be published about it"), stops=True))
    if number := contested.get(result.finding_id):
        whys.append(Why(_("Objection %(number)s is not decided yet", number=number), stops=True))
    if result.not_before and result.not_before <= clock.now() and whys:
        whys.insert(0, Why(_("Its moment has come, and it is kept back"), stops=True))
    return whys


class Proposal(NamedTuple):
    """Who asks for a second person, since when and why."""

    at: datetime
    by_id: int
    reason: str


def proposals_of(session: Session, results: Sequence[Result]) -> dict[int, Proposal]:
    """By the result's id; the moment is that of its first event."""
    of = sa.select(Event.subject_id, Event.at).where(Event.subject_type == Result.__tablename__, Event.seq == 1)
    began = session.execute(of.where(Event.subject_id.in_([each.id for each in results])))
    at = {key: moment for key, moment in began}
    return {each.id: Proposal(at[each.id], each.proposed_by_id, each.reason) for each in results}


def withdrawals_of(session: Session, results: Sequence[Result]) -> dict[int, Proposal]:
    found = open_requests(session, [each.id for each in results])
    return {key: Proposal(each.asked_at, each.asked_by_id, each.reason) for key, each in found.items()}


def verdict_of(result: Result) -> Text:
    return word("finding_verdict", result.copy["verdict"])

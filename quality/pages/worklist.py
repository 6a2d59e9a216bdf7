"""What waits for me, by its clock; and what waits for others. Every count is bounded: what is past 99 is "99+"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.campaigns.models import Campaign
from quality.clocks.calendar import Calendar
from quality.clocks.days import day_of
from quality.clocks.ladder import Deed
from quality.clocks.models import Clock, ClockRung
from quality.clocks.queries import calendar, shown
from quality.core import clock as time
from quality.core.words import Text, _
from quality.delivery.queries import dead_letters, dead_mail, rings, unreached
from quality.informing.several import long_untold
from quality.notices.models import NoticeItem
from quality.pages.besides import waits_for_my_word
from quality.pages.deadlines import Deadline, deadline
from quality.pages.escalation import late_platforms
from quality.pages.kinds import Kind, kinds_for
from quality.pages.listing import campaigns_of
from quality.pages.moments import day
from quality.pages.progress import under_way
from quality.pages.radar import hits_waiting
from quality.pages.rechecks import SOON
from quality.pages.requested import clock_requests, drafted_by_others, years_to_enter
from quality.pages.talk import questions_for
from quality.pages.words import STATUSES, Party, Tone
from quality.people.actor import OWNERS, Actor
from quality.permissions import Can, Sees
from quality.purchases.alarms import alarms_waiting
from quality.purchases.declines import waiting_for_another
from quality.purchases.operations.storage import KEEPING
from quality.purchases.sightings import near_a_limit
from quality.purchases.tallies import short_of_reserve

MOST = 100  # of one kind; a hundredth says that there are more than 99
RECHECKS = ("recheck_1", "recheck_7", "recheck_30")
CORRECTING = ("correction_recheck", "second_recheck", "transfer_receipt")

ON_THE_WAY = ("shipment", "parcel")  # the buyer's first, the coordinators' once the ladder says so
# whose time each legal clock counts
HEARING = "platform_objection"
RULES: dict[Party, tuple[str, ...]] = {
    Party.COORDINATOR: (
        "to_lab", "result_told", "objection_admission", "reinspection_formalities", "reinspection_lab", "verify_claim",
        HEARING, *RECHECKS, *KEEPING, *CORRECTING, *ON_THE_WAY,
    ),
    Party.BUYER: ("to_lab", *ON_THE_WAY),
    Party.LABORATORY: ("lab_report",),
    Party.PLATFORM: ("acknowledge", "remove_by_order", "remove_by_notice"),
}  # fmt: skip
# what presses a party though the case is another's: a reviewer decides while the platform still removes
ALSO: dict[Party, tuple[str, ...]] = {Party.REVIEWER: (HEARING,)}
TO_DO: dict[str, Text] = {  # where the clock says more than the status
    "to_lab": _("See that the sample reaches the laboratory"),
    "reinspection_formalities": _("See to the formalities of the re-inspection"),
    "reinspection_lab": _("Choose the laboratory of the re-inspection"),
    "lab_report": _("Enter the results and authorise the report"),
    "result_told": _("Conclude, and tell the result to the seller and the producer"),
    HEARING: _("The platform objects: answer it, and have a reviewer decide"),
    "verify_claim": _("See for yourself what the platform says"),
    "shipment": _("The seller has not shipped in time: ask the buyer how it stands"),
    "parcel": _("The parcel is late: ask the buyer where it is, or have it reported as lost"),
    "correction_recheck": _("Re-check the correction once the party has reported, or its time is over"),
    "second_recheck": _("Re-check the correction a second time, once the window is open"),
    **dict.fromkeys(KEEPING, _("The time to keep the backup portion is over: propose its disposal")),
    **dict.fromkeys(RECHECKS, _("Look again whether the listing stays down")),
}
WERE_TOLD = sa.exists().where(ClockRung.clock_id == Clock.id, ClockRung.deed == Deed.COORDINATOR)
SAYS_MORE = {"result_told", "verify_claim", HEARING, *RECHECKS, *KEEPING}  # whoever has the case


class Group(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"
    UNDATED = "undated"


class Line(NamedTuple):
    """One case that waits. `deadline` is the clock that presses first; `sort` puts the lines in order."""

    kind: Kind
    case: Any
    to_do: Text
    deadline: Deadline | None
    group: Group
    sort: tuple[bool, datetime | int]

    @property
    def number(self) -> str:
        return self.kind.called(self.case) if self.kind.called else self.kind.number(self.case)


class Others(NamedTuple):
    """How many cases another party has, up to 100, and when the first of them is due."""

    party: Party
    many: int
    due: datetime | None


class Worklist(NamedTuple):
    groups: list[tuple[Group, list[Line]]]
    tabs: list[tuple[Kind, int]]
    many: int


def bounded(count: int) -> str:
    return f"{MOST - 1}+" if count >= MOST else str(count)


def party_of(me: Actor) -> Party:
    return next((party for party in Party if me.role in party.roles), Party.NOBODY)


def rules_of(me: Actor) -> tuple[str, ...]:
    """The clocks that count my time."""
    party = party_of(me)
    return (*RULES.get(party, ()), *ALSO.get(party, ()))


def mine(kind: Kind, me: Actor) -> list[str]:
    """The statuses in which a case of this kind waits for this role: it has it, and there is something it may do.

    Whom it stays with is to open it, which is no move.
    """
    moves, stays = kind.life.transitions, party_of(me) in kind.stays_with
    return [
        status
        for status, about in STATUSES[kind.name].items()
        if me.role in about.has_it.roles
        and (stays or any(status in move.sources and me.can(cast(Can, move.by)) for move in moves))
    ]


def own(kind: Kind, me: Actor) -> sa.ColumnElement[bool]:
    """Mine to move: not what stands below my agency, which I may only read."""
    if me.sees is Sees.OWN_WORK:
        return sa.and_(kind.model.buyer_id == me.id)
    return sa.and_(getattr(kind.model, OWNERS[me.sees]) == me.organisation_id)


def of_campaign(kind: Kind, number: str) -> sa.ColumnElement[bool]:
    """The cases of one campaign, or all where none is asked for."""
    if not number:
        return sa.true()
    if kind.model is Campaign:
        return sa.and_(Campaign.number == number)
    return kind.narrowed_by["campaign"].holds(number) if "campaign" in kind.narrowed_by else sa.false()


def worklist(session: Session, me: Actor, only: str | None = None, campaign: str = "") -> Worklist:
    """Everything that waits for `me`, most pressing first; with `only`, of one kind. At most 100 of each kind."""
    known = calendar(session)
    asked = [(kind, own(kind, me) & kind.falls_to(me) & of_campaign(kind, campaign)) for kind in kinds_for(me)]
    lines = [line for each in asked for line in to_be_confirmed(session, each, me, known)]
    counts = Counter(line.kind.name for line in lines)
    shown_now = sorted((line for line in lines if only in {None, line.kind.name}), key=lambda line: line.sort)
    groups = [(group, [line for line in shown_now if line.group is group]) for group in Group]
    return Worklist(
        groups=[(group, found) for group, found in groups if found],
        tabs=[(kind, counts[kind.name]) for kind in kinds_for(me) if counts[kind.name]],
        many=len(lines),
    )


def with_party(kind: Kind, party: Party, statuses: Sequence[str]) -> sa.ColumnElement[bool]:
    """By its status, unless more than the status says who has it."""
    elsewhere = sa.or_(sa.false(), *(there for other, there in kind.turned_to.items() if other is not party))
    here = kind.turned_to.get(party, sa.false())
    return sa.or_(sa.and_(kind.model.status.in_(statuses), sa.not_(elsewhere)), here)


def to_be_confirmed(
    session: Session, asked_for: tuple[Kind, sa.ColumnElement[bool]], me: Actor, known: Calendar
) -> Iterator[Line]:
    """What waits, and what waits for my word whoever has it: a sample's hand-over, a notice's next edition."""
    kind, meant = asked_for
    lines = waiting(session, asked_for, me, known)
    if (besides := waits_for_my_word(kind, me)) is None:
        yield from lines
        return
    which, to_do, is_first = besides
    asked = kind.visible_to(me).where(meant, which).options(*kind.shown_with)
    left = {case.id: case for case in session.scalars(asked.limit(MOST))}
    for line in lines:
        yield line._replace(to_do=to_do) if left.pop(line.case.id, None) and is_first else line
    for case in left.values():
        yield Line(kind, case, to_do, None, Group.UNDATED, (True, case.id))


def waiting(
    session: Session, asked_for: tuple[Kind, sa.ColumnElement[bool]], me: Actor, known: Calendar
) -> Iterator[Line]:
    kind, meant = asked_for
    timed = list(pressed(session, kind, meant, me))
    seen = {case.id for case, _clock in timed}
    for case, running in timed:
        yield line_of(session, (kind, case, running), known, me)
    statuses = mine(kind, me)
    if not statuses and party_of(me) not in kind.turned_to:
        return
    stays = party_of(me) in kind.stays_with
    here = kind.model.status.in_(statuses) if stays else with_party(kind, party_of(me), statuses)
    asked = kind.visible_to(me).where(meant, here)
    asked = asked.options(*kind.shown_with).order_by(None).order_by(kind.model.id)
    for case in session.scalars(asked.limit(MOST)):
        if case.id not in seen:
            yield line_of(session, (kind, case, None), known, me)


def pressed(session: Session, kind: Kind, meant: sa.ColumnElement[bool], me: Actor) -> Iterator[tuple[Any, Clock]]:
    """Cases of mine with a running clock that counts my time, each with the first of these."""
    rules = rules_of(me)
    if not rules:
        return
    running = clocks_on(session, kind, meant, me, rules)
    if kind.name == "notice":  # its listings have clocks of their own
        running += clocks_on(session, kind, meant, me, rules, of_listings=True)
        running.sort(key=lambda found: (found[1].due_at, found[1].id))
    seen: set[int] = set()
    for case, one in running:
        if case.id not in seen:
            seen.add(case.id)
            yield case, one


def open_clocks(session: Session, me: Actor) -> Iterator[tuple[Kind, Any, Clock]]:
    """Every running clock that counts my time, those due first of each kind first; at most 100 of a kind."""
    rules = rules_of(me)
    for kind in kinds_for(me) if rules else ():
        for of_listings in (False, True) if kind.name == "notice" else (False,):
            for case, one in clocks_on(session, kind, own(kind, me), me, rules, of_listings=of_listings):
                yield kind, case, one


def clocks_on(
    session: Session,
    kind: Kind,
    meant: sa.ColumnElement[bool],
    me: Actor,
    rules: Sequence[str],
    *,
    of_listings: bool = False,
) -> list[tuple[Any, Clock]]:
    """Those due first, on the cases or on their listings: asked of both at once, a planner reads every clock."""
    asked = sa.select(kind.model, Clock)
    if of_listings:
        asked = asked.join(NoticeItem, NoticeItem.notice_id == kind.model.id)
    table, key = (NoticeItem.__tablename__, NoticeItem.id) if of_listings else (kind.model.__tablename__, kind.model.id)
    if kind.clocked:
        table, key, theirs = kind.clocked
        rules = [each for each in rules if each in theirs]
    visible = kind.visible_to(me).whereclause
    asked = (
        asked.join(Clock, sa.and_(Clock.subject_type == table, Clock.subject_id == key))
        .where(meant, *([] if visible is None else [visible]))
        .where(Clock.stopped_at.is_(None), Clock.rule.in_(rules))
        .where(sa.or_(Clock.rule.not_in(KEEPING), Clock.due_at <= time.now()))
        .where(sa.or_(Clock.rule.not_in(ON_THE_WAY), sa.literal(me.sees is Sees.OWN_WORK), WERE_TOLD))
        .where(sa.or_(Clock.rule.not_in(RECHECKS), Clock.due_at <= time.now() + SOON))
        .options(*kind.shown_with, selectinload(Clock.changes))
        .order_by(Clock.due_at, Clock.id)
        .limit(MOST)
    )
    return [(case, one) for case, one in session.execute(asked)]


def line_of(session: Session, found: tuple[Kind, Any, Clock | None], known: Calendar, me: Actor) -> Line:
    kind, case, running = found
    turned = None if party_of(me) in kind.stays_with else kind.turn(case, None)
    status = turned or STATUSES[kind.name][case.status]
    if running is None:
        return Line(kind, case, status.to_do, None, Group.UNDATED, (True, case.id))
    is_mine = me.role in status.has_it.roles
    said = status.to_do if is_mine and running.rule not in SAYS_MORE else TO_DO.get(running.rule, status.to_do)
    drawn = deadline(session, shown(running, time.now()), known)
    return Line(kind, case, said, drawn, group_of(running), (False, running.due_at))


def group_of(running: Clock) -> Group:
    now = time.now()
    if running.is_overdue(now):
        return Group.OVERDUE
    return Group.TODAY if running.due_on <= day_of(now) else Group.LATER


# --- what waits for others ---


def with_others(session: Session, me: Actor) -> list[Others]:
    """In one statement, whatever is there: a bounded count for each kind and party, and the first day due."""
    asked = [each for kind in kinds_for(me) for each in questions(kind, me)]
    if not asked:
        return []
    found: dict[Party, Others] = {}
    for name, count, due in session.execute(sa.union_all(*asked)):
        party = Party(name)
        before = found.get(party, Others(party, 0, None))
        first = min((each for each in (before.due, due) if each is not None), default=None)
        found[party] = Others(party, min(MOST, before.many + count), first)
    return [found[party] for party in Party if party in found and found[party].many]


def questions(kind: Kind, me: Actor) -> Iterator[sa.Select[Any]]:
    statuses: dict[Party, list[str]] = {party: [] for party in kind.turned_to}
    for status, about in STATUSES[kind.name].items():
        statuses.setdefault(about.has_it, []).append(status)
    for party, there in statuses.items():
        if party in {party_of(me), Party.NOBODY, Party.PROGRAM}:
            continue
        some = kind.visible_to(me).where(own(kind, me), with_party(kind, party, there)).order_by(None)
        few = some.with_only_columns(kind.model.id).limit(MOST).subquery()
        due = (
            sa.select(sa.func.min(Clock.due_at))
            .where(Clock.subject_type == kind.model.__tablename__, Clock.stopped_at.is_(None))
            .where(Clock.rule.in_(set(RULES.get(party, ())) - set(KEEPING)), Clock.subject_id.in_(sa.select(few.c.id)))
            .scalar_subquery()
        )
        count = sa.select(sa.func.count()).select_from(few).scalar_subquery()
        yield sa.select(sa.literal(party.value), count, sa.type_coerce(due, Clock.due_at.type))
        if kind.timed_parts is not None and set(kind.timed_parts.rules) & set(RULES.get(party, ())):
            part, case_id, its_rules, _named = kind.timed_parts
            own_time = (
                sa.select(sa.func.min(Clock.due_at))
                .join(part, sa.and_(Clock.subject_type == part.__tablename__, Clock.subject_id == part.id))
                .where(Clock.stopped_at.is_(None), Clock.rule.in_(its_rules), case_id.in_(sa.select(few.c.id)))
                .scalar_subquery()
            )
            yield sa.select(sa.literal(party.value), sa.literal(0), sa.type_coerce(own_time, Clock.due_at.type))


HEADINGS: dict[Group, Text] = {
    Group.OVERDUE: _("Overdue"),
    Group.TODAY: _("Due today"),
    Group.LATER: _("Due later"),
    Group.UNDATED: _("Without a deadline"),
}


def due_tag(due: datetime | None) -> tuple[Tone, Text]:
    """When the first of them is due, as a tag says it."""
    if due is None:
        return Tone.IDLE, _("no deadline")
    if time.now() >= due:
        return Tone.BAD, _("Overdue")
    last = day_of(due - timedelta(microseconds=1))
    return (Tone.WARN, _("today")) if last <= day_of(time.now()) else (Tone.IDLE, day(last))


def context(session: Session, me: Actor, args: Mapping[str, str]) -> dict[str, Any]:
    """For the template of the first page. What is asked for and is not there is as if it were not asked."""
    asked, kinds = args.get("kind"), kinds_for(me)
    only = asked if asked in {kind.name for kind in kinds} else None
    campaigns = campaigns_of(session, me) if me.can(Can.CAMPAIGN_READ) else {}
    campaign = args.get("campaign", "")
    campaign = campaign if campaign in campaigns else ""
    found = worklist(session, me, only, campaign)
    return {
        "campaigns": campaigns,
        "campaign": campaign,
        "progress": under_way(session, me),
        "due_tag": due_tag,
        "work": found,
        "rings": rings(session, me),
        "clock_requests": clock_requests(session, me),
        "drafted": drafted_by_others(session, me),
        "questions": questions_for(session, me),
        "late_platforms": late_platforms(session, me),
        "relistings": hits_waiting(session, me),
        "alarms": alarms_waiting(session, me),
        "near_covers": near_a_limit(session, me),
        "declined": waiting_for_another(session, me),
        "untold": long_untold(session, me),
        "short_of_reserve": short_of_reserve(session, me),
        "missing_years": years_to_enter(session, me),
        "dead_letters": dead_letters(session, me),
        "unreached": unreached(session, me),
        "dead_mail": dead_mail(session, me),
        "headings": HEADINGS,
        "others": with_others(session, me),
        "only": only,
        "bounded": bounded,
    }

"""What each step of the tour shows: a case that is there at this moment, and who of the demonstration may open it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus
from quality.campaigns.queries import newest_announced
from quality.core.words import Text, _
from quality.core.workflow import Transition
from quality.demonstration.sign_ins import SignIn
from quality.lab.models import Report, ReportStatus, Verdict
from quality.lab.workflow import AUTHORISE
from quality.notices.models import ItemStatus, Notice, NoticeItem, NoticeStatus
from quality.notices.workflow import APPROVE
from quality.pages.kinds import KINDS
from quality.permissions import Role
from quality.publication.listing import public_results
from quality.publication.search import Wanted
from quality.purchases.models import Portion, PortionStatus, Task, TaskStatus

A_FEW = 20


class Sought(NamedTuple):
    """A case for one role: the newest for which the first of the conditions holds that holds for any.

    Where its visitor is to do a `deed`, one in which nothing stands against it comes before newer ones.
    """

    role: Role
    kind: str
    says: Text  # what to look at there
    conditions: Sequence[sa.ColumnElement[bool]]
    deed: Transition[Any] | None = None


class Place(NamedTuple):
    says: Text
    address: str  # of the page
    title: Text  # of what stands there
    number: str = ""  # of the case; empty: none such is left, and the address is of the list
    who: SignIn | None = None  # None: anybody


def newest_draw(session: Session) -> Place | None:
    """Of a campaign that is closed, if there is one: only then is everything told."""
    campaigns = newest_announced(session, A_FEW)
    if not campaigns:
        return None
    one = next((each for each in campaigns if each.status == CampaignStatus.CLOSED), campaigns[0])
    is_closed = one.status == CampaignStatus.CLOSED
    says = _("A draw that everybody can repeat") if is_closed else _("What everybody may know of a draw by now")
    return Place(says, url_for("public.draw", number=one.number), _("The draw"), one.number)


def newest_result(session: Session) -> Place | None:
    """One that did not conform, if there is one: it tells of the takedown as well."""
    nonconforming = public_results(session, Wanted(verdict=Verdict.NONCONFORMING), limit=1).results
    results = nonconforming or public_results(session, limit=1).results
    if not results:
        return None
    number = results[0].number
    return Place(_("What everybody reads in the end"), url_for("public.result", number=number), _("Result"), number)


def with_a_listing(*statuses: ItemStatus) -> sa.ColumnElement[bool]:
    return sa.exists().where(NoticeItem.notice_id == Notice.id, NoticeItem.status.in_(statuses))


def in_status(column: Any, *statuses: str) -> list[sa.ColumnElement[bool]]:
    return [column == status for status in statuses]


Part = Sought | Callable[[Session], Place | None]
IS_DRAWN, IS_ISSUED = Campaign.drawn_at.is_not(None), Notice.issued_at.is_not(None)
STEPS: dict[str, tuple[Part, ...]] = {  # their words stand in templates/tour/walk.html
    "coordinator": (
        Sought(
            Role.COORDINATOR,
            "campaign",
            _("A campaign that was drawn: its design, its frame, and how far it has come"),
            [sa.and_(IS_DRAWN, Campaign.kind == CampaignKind.PROBABILITY), IS_DRAWN],
        ),
        newest_draw,
    ),
    "buyer": (
        Sought(
            Role.BUYER,
            "task",
            _("A task that waits for you"),
            in_status(Task.status, TaskStatus.ASSIGNED, TaskStatus.RECEIVED, TaskStatus.ORDERED, TaskStatus.SEALED),
        ),
    ),
    "analyst": (
        Sought(
            Role.ANALYST,
            "portion",
            _("A portion that is on its way: take it in, or refuse it"),
            in_status(Portion.status, PortionStatus.DISPATCHED, PortionStatus.AT_LAB, PortionStatus.TESTED),
        ),
    ),
    "signatory": (
        Sought(
            Role.SIGNATORY,
            "report",
            _("A report that waits for a signature"),
            in_status(Report.status, ReportStatus.ENTERED, ReportStatus.AUTHORISED),
            AUTHORISE,
        ),
    ),
    "reviewer": (
        Sought(
            Role.REVIEWER,
            "notice",
            _("A notice that waits for approval"),
            [*in_status(Notice.status, NoticeStatus.IN_REVIEW), IS_ISSUED],
            APPROVE,
        ),
    ),
    "platform": (
        Sought(
            Role.PLATFORM,
            "notice",
            _("A notice with listings that wait for an answer"),
            [with_a_listing(ItemStatus.RETURNED), with_a_listing(ItemStatus.OPEN, ItemStatus.REOPENED), IS_ISSUED],
        ),
    ),
    "public": (
        Sought(
            Role.COORDINATOR,
            "notice",
            _("A notice with a claim that waits: look for yourself, then verify it or send it back"),
            [with_a_listing(ItemStatus.CLAIMED), with_a_listing(ItemStatus.VERIFIED)],
        ),
        newest_result,
    ),
}


def places(session: Session, accounts: Sequence[SignIn]) -> dict[str, list[Place]]:
    """For each step, what there is to look at. Nothing where no demonstration is loaded."""
    return {
        name: [place for part in parts if accounts and (place := place_of(session, part, accounts))]
        for name, parts in STEPS.items()
    }


def place_of(session: Session, part: Part, accounts: Sequence[SignIn]) -> Place | None:
    return found(session, part, accounts) if isinstance(part, Sought) else part(session)


def found(session: Session, sought: Sought, accounts: Sequence[SignIn]) -> Place | None:
    """As many queries as there are conditions and people of that role, at most; and what a deed asks of a few."""
    players = [one for one in accounts if one.actor.role == sought.role]
    kind = KINDS[sought.kind]
    for condition in sought.conditions:
        for who in players:
            newest = kind.visible_to(who.actor).where(condition).order_by(None).order_by(kind.model.id.desc())
            cases: Sequence[Any] = session.scalars(newest.limit(A_FEW if sought.deed else 1)).all()
            if cases:
                case = next((each for each in cases if sought.deed and may(sought.deed, each, who)), cases[0])
                return Place(sought.says, plain(kind.address(case)), kind.title, kind.number(case), who)
    listed = plain(url_for("desk.cases", kind=kind.name))
    return Place(sought.says, listed, kind.title, who=players[0]) if players else None


def may(deed: Transition[Any], case: Any, who: SignIn) -> bool:
    return deed.refusal(case, who.actor) is None


def plain(address: str) -> str:
    """Without a language: behind the door it is the person's own."""
    return urlsplit(address).path

"""The page of a listing as the buyer saw it: what is typed of it once, and a capture by our own browser."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from quality.captures.comparing import Beside, Listing, Page, laid_beside
from quality.captures.models import PageCapture, PageFacts
from quality.captures.proxy import is_allowed
from quality.captures.queries import hosts_of
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import Reason, _
from quality.core.workflow import record
from quality.delivery.guard import parts_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Task, TaskStatus

CAPTURED_IN = frozenset({TaskStatus.ASSIGNED, TaskStatus.ORDERED})  # later the page is another one
TYPED_IN = frozenset({TaskStatus.ASSIGNED, TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED})
LONGEST = {"title": 300, "seller": 200}
WAITS = _("A capture is under way; look again in a minute")


def url_of(task: Task) -> str:
    return str(task.drawn.listing.get("url") or "")


def not_named(session: Session, task: Task) -> Reason | None:
    """Why our browser does not go to the listing's page; None where it may."""
    parts = parts_of(url_of(task))
    if parts is None:
        return Reason("no_address", _("The frame has no address of this listing that a browser could open"))
    if not is_allowed(parts.host, hosts_of(session, task.agency_id)):
        text = _("Your agency has not named %(host)s among the hosts that are captured", host=parts.host)
        return Reason("host_not_named", text)
    return None


def waiting_of(session: Session, task: Task) -> PageCapture | None:
    asked = sa.select(PageCapture).where(PageCapture.task_id == task.id, PageCapture.made_at.is_(None))
    return session.scalars(asked).one_or_none()


def ask_capture(session: Session, task: Task, *, by: Actor, version: int | None = None) -> None:
    """A job goes there within a minute. Nothing is moved by it."""
    if not by.can(Can.TASK_ASSIGN) or not by.stands_over(task):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=_("Capture the page")))
    if task.status not in CAPTURED_IN:
        raise Refused("wrong_status", _("A page is captured from the assignment until the parcel is on its way"))
    if why := not_named(session, task):
        raise Refused.because(why)
    record(session, task, "ask_capture", by=by, version=version, details={"url": url_of(task)})
    if waiting_of(session, task):
        raise Refused("capture_waits", WAITS)
    session.add(PageCapture(task_id=task.id, asked_at=clock.now(), asked_by_id=by.id, tries=0))
    session.flush()


def captures_of_task(session: Session, task: Task) -> list[PageCapture]:
    """The newest first."""
    asked = sa.select(PageCapture).where(PageCapture.task_id == task.id).order_by(PageCapture.id.desc())
    return list(session.scalars(asked.limit(5)))


def facts_of(session: Session, task: Task) -> PageFacts | None:
    return session.get(PageFacts, task.id)


def state_facts(
    session: Session,
    task: Task,
    *,
    title: str,
    price_fen: int,
    seller: str,
    licence: str = "",
    by: Actor,
    version: int | None = None,
) -> PageFacts:
    """What the page says, by who buys there. Typed again it is put right; the record has each."""
    if not by.can(Can.TASK_BUY) or not by.stands_over(task) or by.id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=_("Type what the page says")))
    if task.status not in TYPED_IN:
        raise Refused("wrong_status", _("What the page says is typed while the purchase is under way"))
    typed = {"title": title.strip(), "price_fen": price_fen, "seller": seller.strip()}
    typed["licence"] = uscc.compact(licence)
    if problems := wrong(typed):
        raise Invalid(*problems)
    record(session, task, "page_facts", by=by, version=version, details=typed)
    found = facts_of(session, task)
    if found is None:
        session.add(found := PageFacts(task_id=task.id))
    for name, value in typed.items():
        setattr(found, name, value)
    found.typed_at, found.typed_by_id = clock.now(), by.id
    session.flush()
    return found


def wrong(typed: dict[str, Any]) -> list[FieldProblem]:
    problems = []
    for name, most in LONGEST.items():
        if not typed[name]:
            problems.append(FieldProblem(name, "missing", _("Type it as it stands on the page")))
        elif len(typed[name]) > most:
            problems.append(FieldProblem(name, "too_long", _("Keep to %(most)s characters", most=most)))
    if typed["price_fen"] <= 0:
        problems.append(FieldProblem("price_fen", "not_positive", _("Enter what one piece costs on the page")))
    if typed["licence"] and not uscc.is_valid(typed["licence"]):
        text = _(
            "This is no unified social credit code: its 18 signs hold a check digit, which is wrong. Read it again"
        )
        problems.append(FieldProblem("licence", "check_digit", text))
    return problems


def page_beside(session: Session, task: Task) -> list[Beside]:
    """What was typed, against the frame and the newest capture; nothing where nothing was typed."""
    typed = facts_of(session, task)
    if typed is None:
        return []
    met = next((each for each in captures_of_task(session, task) if each.sha256), None)
    listing = task.drawn.listing
    framed = Listing(
        title=str(listing.get("title") or ""),
        price_fen=task.drawn.price_fen,
        seller=str(listing.get("shop_name") or ""),
        licence=str(listing.get("shop_uscc") or ""),
    )
    page = Page(typed.title, typed.price_fen, typed.seller, typed.licence)
    return laid_beside(page, framed, f"{met.title}\n{met.text}" if met else None)

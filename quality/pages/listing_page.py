"""The listing's page beside its purchase: what was typed, what the frame said, what our browser met."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.captures.comparing import Beside, Said
from quality.captures.models import PageCapture
from quality.captures.pages import captures_of_task, facts_of, page_beside
from quality.core.words import Text, _
from quality.evidence.models import Exhibit
from quality.evidence.queries import visible_exhibits
from quality.pages.moments import yuan
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Sees
from quality.purchases.models import Task

LABELS: dict[Said, Text] = {
    Said.TITLE: _("Title"),
    Said.PRICE: _("Price of one piece"),
    Said.SELLER: _("Seller"),
    Said.LICENCE: _("Licence number"),
}


class SaidLine(NamedTuple):
    label: Text
    typed: Text
    framed: Text
    differs: bool
    captured: Text  # whether our browser read it there; empty where nothing was captured
    was_not_read: bool


class CaptureLine(NamedTuple):
    at: datetime
    says: Text
    title: str
    sha256: str | None
    picture: str | None  # its address
    text: str | None


class ListingPage(NamedTuple):
    lines: list[SaidLine]
    typed_at: datetime | None
    captures: list[CaptureLine]


def listing_page(session: Session, task: Task, me: Actor) -> ListingPage:
    typed = facts_of(session, task)
    captures = [] if me.sees is Sees.OWN_WORK else captures_of_task(session, task)
    exhibits = {each.holding.sha256: each for each in visible_exhibits(session, me, task)} if captures else {}
    return ListingPage(
        [said(each) for each in page_beside(session, task)],
        typed.typed_at if typed else None,
        [captured(task, each, exhibits) for each in captures],
    )


def said(each: Beside) -> SaidLine:
    if each.was_read is None:
        captured: Text = ""
    else:
        captured = _("stands in the capture") if each.was_read else _("does not stand in the capture")
    framed = _("nothing") if each.framed is None else written(each.framed)
    return SaidLine(
        LABELS[each.what], written(each.typed), framed, each.differs, captured, was_not_read=each.was_read is False
    )


def written(value: str | int) -> Text:
    return yuan(value) if isinstance(value, int) else value or _("none is shown")


def captured(task: Task, each: PageCapture, exhibits: dict[str, Exhibit]) -> CaptureLine:
    def address(sha256: str | None, endpoint: str) -> str | None:
        found = exhibits.get(sha256 or "")
        return url_for(endpoint, kind="task", number=task.number, exhibit=found.id) if found else None

    if each.problem:
        says = _("Not captured: %(why)s", why=word("capture_problem", each.problem))
    elif each.sha256:
        says = _("Captured, HTTP %(status)s", status=each.http_status or "")
    else:
        says = _("Waits for the browser")
    picture, text = address(each.sha256, "exhibits.show"), address(each.text_sha256, "exhibits.original")
    return CaptureLine(each.made_at or each.asked_at, says, each.title, each.sha256, picture, text)

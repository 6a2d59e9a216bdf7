"""The panels of a notice's page. Each has a template of its own (templates/desk/notice/) and says what that draws.

A new one is a template, a function that reads what stands in it, and a line in MAIN or BESIDE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.delivery.queries import receipts_of, told_of
from quality.notices.models import Notice, NoticeStatus
from quality.notices.versions import since_last_review
from quality.pages.editions import editions, in_words
from quality.pages.forms.answers import Said, unsaid, waiting
from quality.pages.kinds.notice.genuine import genuine, hash_of
from quality.pages.kinds.notice.listings import listings, number
from quality.pages.rechecks import rounds
from quality.pages.reviewing import Review, review
from quality.pages.ways import ways_tried
from quality.pages.words.delivery import MESSAGES, of_delivery
from quality.people.actor import Actor
from quality.permissions import Can

ENDED = {NoticeStatus.CLOSED, NoticeStatus.WITHDRAWN}


class Opened(NamedTuple):
    """A notice before its reader, with its listings read (`read_what_was_said`)."""

    session: Session
    notice: Notice
    me: Actor
    answering: list[Said]  # the forms of the listings that wait for this reader's answer


def said(opened: Opened, *, something: bool) -> Any:
    """Above the listings where something was said; else only how to begin, below them."""
    from quality.pages.talk import panel  # noqa: PLC0415 - it names every kind of case, this one among them

    found = panel(opened.session, opened.notice, opened.me)
    return found if found and bool(found.talks) == something else None


class Panel(NamedTuple):
    """`read` gives what the template finds as `it`; what is false is not drawn."""

    template: str
    read: Callable[[Opened], Any]


class Drawn(NamedTuple):
    template: str
    it: Any


def drawn(panels: Sequence[Panel], opened: Opened) -> list[Drawn]:
    return [Drawn(f"desk/notice/{panel.template}.html", it) for panel in panels if (it := panel.read(opened))]


def opened(session: Session, notice: Notice, me: Actor) -> Opened:
    return Opened(session, notice, me, answering(notice, me))


def answering(notice: Notice, me: Actor) -> list[Said]:
    """The forms of the listings that wait for this reader's answer."""
    may = me.can(Can.ITEM_ANSWER) and me.stands_over(notice) and notice.status not in ENDED
    return unsaid(waiting(notice)) if may else []


def reviewed(session: Session, notice: Notice) -> Review | None:
    """What the draft is compared with, and the differences; None where there is nothing to review any more."""
    if notice.status not in {NoticeStatus.DRAFT, NoticeStatus.IN_REVIEW}:
        return None
    found = since_last_review(session, notice)
    return review("draft", found, in_words, is_first=notice.status == NoticeStatus.IN_REVIEW)


def document(opened: Opened) -> dict[str, Any]:
    return {"address": url_for("drafts.preview", number=number(opened.notice))}


def by_listing(opened: Opened) -> dict[str, Any]:
    session, notice, me, answering = opened
    found = listings(session, notice, me)
    return {
        "listings": found,
        "is_issued": notice.issued_at is not None,
        "tally": Counter(listing.status for listing in found.values()),
        "answering": answering,
        "answered_here": {each.item.id for each in answering},
    }


def told(opened: Opened) -> dict[str, Any] | None:
    there = told_of(opened.session, opened.notice)
    return {"told": there, "of_delivery": of_delivery, "words": MESSAGES} if there else None


# fmt: off
MAIN = (  # in the middle of the page, from the top
    Panel("document", document),
    Panel("changes",  lambda o: reviewed(o.session, o.notice)),
    Panel("editions", lambda o: editions(o.session, o.notice, o.me)),
    Panel("rechecks", lambda o: None if o.answering else rounds(o.session, o.notice, o.me)),
    Panel("messages", lambda o: said(o, something=True)),
    Panel("listings", by_listing),
    Panel("rechecks", lambda o: rounds(o.session, o.notice, o.me) if o.answering else None),  # after what is to answer
    Panel("messages", lambda o: said(o, something=False)),
)
BESIDE = (  # below facts and deadlines, above who has had it and what happened
    Panel("receipts", lambda o: receipts_of(o.session, o.notice)),
    Panel("ways",     lambda o: ways_tried(o.session, o.notice)),
    Panel("told",     told),
    Panel("genuine",  lambda o: genuine(o.notice, hash_of(o.session, o.notice))),
)
# fmt: on

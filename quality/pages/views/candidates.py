"""The page of a worklist of candidates, as alike.py and radar.py have one: looked through and decided on, many at once.

Whatever stands in the way of a decision, the page comes back with what was ticked and typed, and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale
from quality.core.words import Text, _
from quality.pages.candidates import C, Candidates, Line, asked_of, facets_of, is_number, platforms_of, walked
from quality.pages.forms.fields import shown
from quality.people.access import me
from quality.people.actor import Actor
from quality.people.kept import not_recorded
from quality.permissions import Can

A_PAGE = 30
SIGNS = 600  # of a reason as it is given back
GONE = _("One of these is no longer there. Nothing was recorded; look at the list as it is now")


@dataclass(frozen=True)
class Desk(Generic[C]):
    """What one worklist has of its own."""

    of: Candidates[C]
    lines_of: Callable[[Session, Sequence[C], Actor], Sequence[Line]]
    template: str
    queue: str  # its endpoint
    parts: int  # of what a line is decided on by: its id, and then which version of it was seen
    decide: Callable[[Sequence[Sequence[int]], str, str], None]  # those that were chosen, the decision, the reason
    confirms: str  # the decision that says yes
    beside: Callable[[], Mapping[str, Any]]  # what else the page shows


def drawn(desk: Desk[C], wrong: Sequence[Text] = ()) -> str:
    session = db.session()
    platforms = platforms_of(session, desk.of, me)
    asked = asked_of(desk.of, request.args, platforms)
    found, last = walked(session, desk.of, asked, me, A_PAGE)
    return render_template(
        desk.template,
        queue=desk.queue,
        asked=asked,
        lines=desk.lines_of(session, found, me),
        facets=facets_of(session, desk.of, asked, me, platforms),
        next=last,
        wrong=wrong,
        chosen=set(chosen()),
        every=bool(request.form.get("every")),
        reason=shown(request.form.get("reason", ""))[:SIGNS],
        may_decide=me.can(Can.ALIKE_DECIDE),
        may_draft=me.can(Can.NOTICE_DRAFT),
        **desk.beside(),
    )


def chosen() -> list[str]:
    """What was ticked, or all that the page showed; nothing twice."""
    return list(dict.fromkeys(request.form.getlist("shown" if request.form.get("every") else "chosen")))


def decided(desk: Desk[C]) -> ResponseReturnValue:
    """All of those that were chosen, or none."""
    if why := not_recorded():
        return make_response(drawn(desk, why), 422)
    these, decision = [read(each, desk.parts) for each in chosen()], request.form.get("decision", "")
    try:
        desk.decide(these, decision, request.form.get("reason", ""))
    except Invalid as wrong:
        return refused(desk, 422, *(problem.text for problem in wrong.problems))
    except NotPermitted:
        raise
    except Refused as no:
        return refused(desk, 409, in_the_way(no))
    many = len(these)
    yes = decision == desk.confirms
    flash(str(_("Confirmed: %(count)s", count=many) if yes else _("Ruled out: %(count)s", count=many)), "success")
    asked = asked_of(desk.of, request.args, platforms_of(db.session(), desk.of, me))
    return redirect(url_for(desk.queue, **asked.in_the_address()))


def refused(desk: Desk[C], status: int, *why: Text) -> ResponseReturnValue:
    db.session.rollback()
    return make_response(drawn(desk, why), status)


def in_the_way(no: Refused) -> Text:
    """Which of them it was, for whoever has thirty before them and somebody beside them who decides as well."""
    if isinstance(no, NotFound):  # a job took it away meanwhile; of what others have nobody learns more
        return GONE
    if isinstance(no, Stale):
        return _(
            "Somebody else decided on %(listing)s meanwhile. Nothing was recorded; look at the list as it is now",
            listing=no.more["listing"],
        )
    return no.reason


def read(text: str, parts: int) -> list[int]:
    """`17:1` is listing 17 as its version 1 was seen. What is no such thing is not there."""
    numbers = text.split(":")
    if len(numbers) != parts or not all(map(is_number, numbers)):
        raise NotFound(text[:40])
    return [int(number) for number in numbers]

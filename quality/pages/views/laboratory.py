"""The laboratory's own list: what is to be received, tested, authorised, and what is done."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.lab.stages import Stage
from quality.pages.inbox import grouped, what_is_open
from quality.pages.kinds import kind_for
from quality.pages.listing import active, asked_of, listed, offered
from quality.pages.words import STATUSES
from quality.people.access import acting, me

laboratory = Blueprint("laboratory", __name__, url_prefix="/desk/portion")


@laboratory.get("/")
@acting
def portions() -> ResponseReturnValue:
    """Unasked: all that is open, and the newest of what is done. Asked for something: what matches, a page of it."""
    session, found = db.session(), kind_for(me, "portion")
    asked = asked_of(found, request.args)
    choices = offered(session, found, me)
    filters = active(found, asked, choices)
    is_first = not filters and asked.before is None and asked.after is None
    paging = asked._replace(stage=Stage.DONE.value) if is_first else asked
    page = listed(session, found, paging, me)
    groups = (what_is_open(session, me) if is_first else []) + grouped(session, page.rows, me)
    return render_template(
        "desk/portions.html",
        kind=found,
        asked=asked,
        paging=paging,
        page=page,
        groups=groups,
        active=filters,
        offered=choices,
        statuses=STATUSES[found.name],
        beginning=None,
    )

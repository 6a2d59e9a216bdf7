"""The whole record of a case, a page at a time, the newest first: as much as the reader may know of it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.pages.kinds import kind_for
from quality.pages.timeline import page_of_record
from quality.people.access import acting, me

record = Blueprint("record", __name__, url_prefix="/desk")
DIGITS = 9  # of an event's number


@record.get("/<kind>/<number>/record", endpoint="pages")
@acting
def pages(kind: str, number: str) -> ResponseReturnValue:
    session, found = db.session(), kind_for(me, kind)
    case = found.one_visible(session, me, number)
    before = request.args.get("before", "")
    edge = int(before) if before.isascii() and before.isdigit() and len(before) <= DIGITS else None
    return render_template(
        "desk/record.html",
        kind=found,
        number=number,
        case=case,
        own=found.heading(case),
        page=page_of_record(session, case, me, found.told(session, case, me), before=edge),
    )

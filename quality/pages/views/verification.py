"""All listings that wait for the agency's own look, whichever notice they stand on (核查队列)."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.pages.verification import WHAT, asked_of, page, platforms_of
from quality.pages.worklist import HEADINGS
from quality.people.access import me, needs
from quality.permissions import Can

looks = Blueprint("looks", __name__, url_prefix="/desk/verification")


@looks.get("")
@needs(Can.ITEM_VERIFY)
def queue() -> ResponseReturnValue:
    session = db.session()
    platforms = platforms_of(session, me)
    asked = asked_of(request.args, platforms)
    return render_template(
        "desk/verification.html",
        asked=asked,
        page=page(session, asked, me),
        platforms=platforms,
        what=WHAT,
        headings=HEADINGS,
    )

"""The page of what waits for its moment, and of what is about to leave the public."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.pages.publishing import SOON, schedule_of
from quality.people.access import me, needs
from quality.permissions import Can

publishing = Blueprint("publishing", __name__, url_prefix="/desk/publishing")


@publishing.get("")
@needs(Can.RESULT_READ)
def schedule() -> ResponseReturnValue:
    return render_template("desk/publishing.html", found=schedule_of(db.session(), me), soon=SOON.days)

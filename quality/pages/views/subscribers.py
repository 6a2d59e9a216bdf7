"""Who is told by mail of what becomes public, in numbers: how many, what waits, whom an announcement reaches."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.pages.subscribers import panel_of
from quality.people.access import me, needs
from quality.permissions import Can

subscribers = Blueprint("subscribers", __name__, url_prefix="/desk/subscribers")


@subscribers.get("")
@needs(Can.RESULT_READ)
def show() -> ResponseReturnValue:
    return render_template("desk/subscribers.html", told=panel_of(db.session(), me))

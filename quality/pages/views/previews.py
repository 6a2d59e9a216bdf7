"""Previews for the editor: pages as the public will see them, and what stands in the place of a withdrawn result."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Refused
from quality.core.words import _
from quality.pages.as_read import as_it_will_be, as_it_would_be_gone
from quality.pages.kinds import kind_for
from quality.pages.previewing import of_a_result, on_a_phone, previewed
from quality.people.access import acting, me
from quality.publication.models import Result
from quality.publication.workflow import request_of

previews = Blueprint("previews", __name__, url_prefix="/desk")


def seen(number: str) -> Result:
    """The last edition: what waits, where something does."""
    found: Result = kind_for(me, "result").one_visible(db.session(), me, number)
    return found


@previews.get("/result/<number>/preview")
@acting
def result(number: str) -> ResponseReturnValue:
    found = seen(number)
    preview = of_a_result(found.number, found.edition)
    return previewed("public/result.html", preview, **as_it_will_be(db.session(), found))


@previews.get("/result/<number>/preview/phone")
@acting
def phone(number: str) -> ResponseReturnValue:
    found = seen(number)
    as_it_will_be(db.session(), found)  # what has no preview is told here, and not in a frame
    back = of_a_result(found.number, found.edition).back
    return on_a_phone(_("On a telephone"), back, "previews.result", number=number)


@previews.get("/result/<number>/preview/withdrawn")
@acting
def withdrawn(number: str) -> ResponseReturnValue:
    """With the reason that was proposed."""
    session, found = db.session(), seen(number)
    asked = request_of(session, found)
    if asked is None:
        raise Refused("nothing_proposed", _("No withdrawal of this result is proposed"))
    preview = of_a_result(found.number, found.edition)
    says = _("Preview of what stands at the address of %(number)s once it is withdrawn.", number=number)
    drawn = as_it_would_be_gone(session, found, asked.reason)
    return previewed("public/gone.html", preview._replace(says=says), **drawn)

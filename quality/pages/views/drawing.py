"""The page of a draw: before it what will be drawn and from what, after it the seed and how anybody repeats it."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.models import Campaign
from quality.campaigns.queries import one_visible, seed_of
from quality.core.db import db
from quality.core.errors import NotFound, Refused
from quality.pages.draws import command, design_json, frame_csv
from quality.pages.forms.campaigns import drawn_from
from quality.pages.kinds import kind_for
from quality.pages.views.desk import Asked
from quality.people.access import acting, me
from quality.permissions import Can

drawing = Blueprint("drawing", __name__, url_prefix="/desk/campaign/<number>/draw")


@drawing.get("")
@acting
def page(number: str) -> ResponseReturnValue:
    """The form is on it once the draw is due; until then why it is not. Looking at the seed is logged."""
    session, kind = db.session(), kind_for(me, "campaign")
    campaign = the_campaign(number)
    asked, before = (Asked(kind, campaign, campaign, kind.life, name, kind.sheets[name]) for name in ("draw", "freeze"))
    form = freezing = None
    with suppress(Refused):
        asked.refuse_unless_due()
        form = asked.form()
    with suppress(Refused):
        before.refuse_unless_due()
        freezing = url_for("desk.sheet", kind="campaign", number=campaign.number, name="freeze")
    about = drawn_from(session, campaign, form) | {
        "seed": seed_of(session, campaign, me),
        "command": command(campaign),
        "freezing": freezing,
    }
    return render_template("desk/draw.html", asked=asked, form=form, loose=(), version=campaign.version, **about)


@drawing.get("/frame.csv", endpoint="frame")
@acting
def frame(number: str) -> ResponseReturnValue:
    """As it is hashed: what anybody may have once the campaign is closed."""
    campaign = the_campaign(number)
    if campaign.frame_sha256 is None:
        raise NotFound(number)
    return frame_csv(campaign)


@drawing.get("/design", endpoint="design")
@acting
def design(number: str) -> ResponseReturnValue:
    return design_json(the_campaign(number))


def the_campaign(number: str) -> Campaign:
    """One of the reader's own agency: what is drawn from is not for those above it."""
    campaign = one_visible(db.session(), me, number)
    if not me.can(Can.CAMPAIGN_READ) or not me.stands_over(campaign):
        raise NotFound(number)
    return campaign

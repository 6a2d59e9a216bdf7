"""Money of a campaign, by stratum: what the plan costs, what is committed and spent, and what is left."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.pages.money import money_shown
from quality.pages.quotas import quotas
from quality.pages.views.fielding import of_the_own_agency
from quality.people.access import acting

money = Blueprint("money", __name__, url_prefix="/desk/campaign/<number>/money")


@money.get("")
@acting
def page(number: str) -> ResponseReturnValue:
    session, campaign = db.session(), of_the_own_agency(number)
    shown = money_shown(session, campaign, quotas(session, campaign))
    return render_template("desk/money.html", campaign=campaign, shown=shown)

"""How the buying of a campaign goes: what became of each drawn unit by stratum, and its tasks as a workbook."""

from __future__ import annotations

import io

from flask import Blueprint, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.models import Campaign
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.words import _
from quality.pages.asking import cursor_of
from quality.pages.book import XLSX
from quality.pages.dispositions import stratum_shown, task_list
from quality.pages.kinds import kind_for
from quality.pages.words import STATUSES
from quality.people.access import acting, me
from quality.purchases.tallies import in_all, substitutions, tallies

fielding = Blueprint("fielding", __name__, url_prefix="/desk/campaign/<number>")
A_PAGE = 100  # substitutions


@fielding.get("/dispositions")
@acting
def dispositions(number: str) -> ResponseReturnValue:
    session, campaign = db.session(), of_the_own_agency(number)
    found = tallies(session, campaign)
    stood_in = substitutions(session, campaign, after=cursor_of(request.args.get("after", "")) or 0, most=A_PAGE)
    older = stood_in[A_PAGE - 1].unit.id if len(stood_in) > A_PAGE else None
    return render_template(
        "desk/dispositions.html",
        campaign=campaign,
        rows=[stratum_shown(each) for each in found],
        total=stratum_shown(in_all(found)),
        substitutions=stood_in[:A_PAGE],
        statuses=STATUSES["task"],
        older=url_for("fielding.dispositions", number=number, after=older) if older else None,
    )


@fielding.get("/tasks.xlsx")
@acting
def tasks(number: str) -> ResponseReturnValue:
    campaign = of_the_own_agency(number)
    name = str(_("Tasks of %(campaign)s.xlsx", campaign=campaign.number))
    content = io.BytesIO(task_list(db.session(), campaign))
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=name))


def of_the_own_agency(number: str) -> Campaign:
    """What was drawn is secret until closing, from the agency above too."""
    kind = kind_for(me, "campaign")
    campaign: Campaign = kind.one_visible(db.session(), me, number)
    if not me.stands_over(campaign):
        raise NotFound(number)
    return campaign

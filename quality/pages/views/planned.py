"""Planning across campaigns: their calendar with its loads, and the allocation of one as a workbook."""

from __future__ import annotations

import io

from flask import Blueprint, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.words import _
from quality.pages.allocation_book import allocation_book
from quality.pages.book import XLSX
from quality.pages.campaign_calendar import calendar_of, leads_to, name_of, read_period, week_of
from quality.pages.views.fielding import of_the_own_agency
from quality.pages.words import STATUSES
from quality.people.access import acting, me, needs
from quality.permissions import Can

planned = Blueprint("planned", __name__, url_prefix="/desk")


@planned.get("/campaigns/calendar")
@needs(Can.CAMPAIGN_READ)
def calendar() -> ResponseReturnValue:
    asked = read_period(request.args)
    earlier, later = leads_to(db.session(), me, asked.period)
    page = render_template(
        "desk/campaign_calendar.html",
        asked=asked,
        shown=calendar_of(db.session(), me, asked.period),
        statuses=STATUSES["campaign"],
        name_of=name_of,
        week_of=week_of,
        earlier=earlier,
        later=later,
    )
    return page, 422 if asked.problems else 200


@planned.get("/campaign/<number>/allocation.xlsx")
@acting
def allocation(number: str) -> ResponseReturnValue:
    campaign = of_the_own_agency(number)
    name = str(_("Allocation of %(campaign)s.xlsx", campaign=campaign.number))
    content = io.BytesIO(allocation_book(db.session(), campaign))
    return make_response(send_file(content, XLSX, as_attachment=True, download_name=name))

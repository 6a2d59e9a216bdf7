"""The laboratory's own pages: what is to be received, tested, authorised; and results that are not handed in yet."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import _
from quality.lab.stages import Stage
from quality.pages.asking import ORDERS, asked_of
from quality.pages.forms.laboratory import keep
from quality.pages.forms.sheet import put_beside
from quality.pages.inbox import grouped, what_is_open
from quality.pages.kinds import kind_for
from quality.pages.listing import active, listed, offered
from quality.pages.scanning import code_on_paper
from quality.pages.views.desk import Asked, sheet_page
from quality.pages.walking import LOOKED, Page
from quality.pages.words import STATUSES
from quality.people import kept
from quality.people.access import acting, me
from quality.people.kept import comes_back

laboratory = Blueprint("laboratory", __name__, url_prefix="/desk/portion")


@laboratory.get("/")
@acting
def portions() -> ResponseReturnValue:
    """Unasked: all that is open, and the newest of what is done. Asked for something: what matches, a page of it."""
    session, found = db.session(), kind_for(me, "portion")
    if code := code_on_paper(request.args.get("q", "")):  # a label was scanned into the field
        return redirect(url_for("papers.lead", code=code))
    asked = asked_of(found, request.args)
    choices = offered(session, found, me)
    filters = active(found, asked, choices)
    is_first = not (filters or asked.order or asked.problems) and asked.before is None and asked.after is None
    paging = asked._replace(stage=Stage.DONE.value) if is_first else asked
    page = Page([]) if asked.problems else listed(session, found, paging, me)
    groups = (what_is_open(session, me) if is_first else []) + grouped(session, page.rows, me)
    shown = render_template(
        "desk/portions.html",
        kind=found,
        asked=asked,
        paging=paging,
        page=page,
        groups=groups,
        active=filters,
        offered=choices,
        statuses=STATUSES[found.name],
        orders=ORDERS,
        has_days=False,
        looked=LOOKED,
        beginning=None,
        across=found.across(me),
    )
    return make_response(shown, 422 if asked.problems else 200)


@laboratory.post("/<number>/report/draft")
@comes_back
@acting
def keep_results(number: str) -> ResponseReturnValue:
    """What was typed into the grid so far, valid or not; nothing is judged and nothing handed in."""
    session, found = db.session(), kind_for(me, "portion")
    portion = found.one_visible(session, me, number)
    asked = Asked(found, portion, portion, found.life, "report", found.sheets["report"])
    asked.refuse_unless_due()
    form = asked.form()
    form.process(request.form)
    if said := kept.not_recorded():
        return make_response(sheet_page(asked, form, portion.version, said), 422)
    try:
        keep(session, portion, form, me)
    except Invalid as wrong:
        session.rollback()
        return make_response(sheet_page(asked, form, portion.version, put_beside(form, wrong.problems)), 422)
    flash(str(_("Kept as a draft; nothing was judged or handed in.")), "success")
    return redirect(url_for("desk.sheet", kind="portion", number=portion.blind_no, name="report"))

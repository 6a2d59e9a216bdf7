"""Giving out the tasks of a campaign, several at once: each with the version that was seen, and each answered for."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from quality.campaigns.models import Campaign, Drawn
from quality.campaigns.queries import one_visible
from quality.core.db import db
from quality.core.words import Text, _, ngettext
from quality.pages.kinds import kind_for
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back, not_recorded
from quality.permissions import Can
from quality.purchases import operations
from quality.purchases.declines import declined_of
from quality.purchases.models import Task, TaskStatus
from quality.purchases.prices import DESPITE_CAP, over_the_cap_by
from quality.purchases.queries import buyers_of

assigning = Blueprint("assigning", __name__, url_prefix="/desk/campaign/<number>/assign")
A_PAGE = 50


@assigning.get("")
@needs(Can.TASK_ASSIGN, once_found=True)
def form(number: str) -> ResponseReturnValue:
    return page(the_campaign(number))


@assigning.post("", endpoint="send")
@comes_back
@needs(Can.TASK_ASSIGN, once_found=True)
def send(number: str) -> ResponseReturnValue:
    """What somebody else changed meanwhile stays as it is, and is named; the rest is assigned."""
    campaign, session = the_campaign(number), db.session()
    buyers = {str(person.id): person for person, _load in buyers_of(session, campaign.agency_id)}
    buyer = buyers.get(request.form.get("buyer", ""))
    chosen = {int(each) for each in request.form.getlist("task") if each.isascii() and each.isdigit()}
    problems: list[tuple[str, Text]] = [("tasks", said) for said in not_recorded()]
    if buyer is None:
        problems.append(("buyer", _("Choose a buyer")))
    if not chosen:
        problems.append(("tasks", _("Choose at least one task")))
    if buyer is None or problems:
        return make_response(page(campaign, problems), 422)
    asked = sa.select(Task).where(Task.campaign_id == campaign.id, Task.id.in_(chosen)).order_by(Task.id)
    found = list(session.scalars(asked.limit(A_PAGE)))
    fresh = [task for task in found if request.form.get(f"version-{task.id}") == str(task.version)]
    late = [task.number for task in found if task not in fresh]
    asked_before = {key for key, some in declined_of(session, [task.id for task in fresh]).items()
                    if any(each.person_id == buyer.id for each in some)}  # fmt: skip
    refused = [task.number for task in fresh if task.id in asked_before]
    fresh = [task for task in fresh if task.id not in asked_before]
    despite_cap = DESPITE_CAP in request.form
    dear = [task.number for task in fresh if over_the_cap_by(task) and not despite_cap]
    fresh = [task for task in fresh if task.number not in dear]
    for task in fresh:
        operations.assign(session, task, buyer, by=me, version=task.version, despite_cap=despite_cap)
    if late:
        said = _("Somebody else changed these meanwhile; look at them again: %(numbers)s", numbers=", ".join(late))
        flash(str(said), "error")
    if refused:
        said = _("%(name)s declined these before; choose another buyer: %(numbers)s",
                 name=buyer.name, numbers=", ".join(refused))  # fmt: skip
        flash(str(said), "error")
    if dear:
        said = _("Over the price cap, as the frame lists them, and not given out: %(numbers)s. Tick that the buyer "
                 "looks whether they cost less by now, or cancel them", numbers=", ".join(dear))  # fmt: skip
        flash(str(said), "error")
    if fresh:
        given = ngettext(
            "%(count)s task is assigned to %(name)s", "%(count)s tasks are assigned to %(name)s",
            len(fresh), name=buyer.name,
        )  # fmt: skip
        flash(str(given), "success")
    return redirect(url_for("assigning.form", number=number))


def the_campaign(number: str) -> Campaign:
    kind_for(me, "campaign")
    campaign = one_visible(db.session(), me, number)
    require_for(campaign)
    return campaign


def page(campaign: Campaign, problems: Sequence[tuple[str, Text]] = ()) -> str:
    session = db.session()
    after = request.args.get("after", default=0, type=int)
    planned = (
        sa.select(Task)
        .join(Task.drawn)
        .where(Task.campaign_id == campaign.id, Task.status == TaskStatus.PLANNED, Task.id > min(after, 2**31 - 1))
        .options(joinedload(Task.drawn).joinedload(Drawn.platform), joinedload(Task.campaign))
        .order_by(Task.id)
    )
    tasks = list(session.scalars(planned.limit(A_PAGE + 1)))
    return render_template(
        "desk/assign.html",
        campaign=campaign,
        tasks=tasks[:A_PAGE],
        declined=declined_of(session, [task.id for task in tasks[:A_PAGE]]),
        over={task.id: over for task in tasks[:A_PAGE] if (over := over_the_cap_by(task))},
        despite_cap=DESPITE_CAP in request.form,
        more=tasks[A_PAGE - 1].id if len(tasks) > A_PAGE else None,
        buyers=buyers_of(session, campaign.agency_id),
        problems=problems,
        chosen=set(request.form.getlist("task")),
        buyer=request.form.get("buyer", ""),
    )

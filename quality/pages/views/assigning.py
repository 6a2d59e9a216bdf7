"""Giving out the tasks of a campaign: as proposed, as somebody changed it, or what is ticked to one buyer.

Each goes with the version that was seen, and each is answered for: what somebody else changed meanwhile stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns.models import Campaign
from quality.campaigns.queries import one_visible
from quality.core.db import db
from quality.core.words import Text, _, ngettext
from quality.pages.kinds import kind_for
from quality.pages.proposing import row_of
from quality.people.access import me, needs, require_for
from quality.people.kept import comes_back, not_recorded
from quality.permissions import Can
from quality.purchases.operations import Given, Outcome, assign_many
from quality.purchases.prices import DESPITE_CAP
from quality.purchases.profiles import buyers_there
from quality.purchases.proposing import Proposed, proposed_for

assigning = Blueprint("assigning", __name__, url_prefix="/desk/campaign/<number>/assign")
A_PAGE = 100
LARGEST = 2**31
REASONS, NAMED = 4, 8  # that are told after it


@assigning.get("")
@needs(Can.TASK_ASSIGN, once_found=True)
def form(number: str) -> ResponseReturnValue:
    return page(the_campaign(number))


@assigning.post("", endpoint="send")
@comes_back
@needs(Can.TASK_ASSIGN, once_found=True)
def send(number: str) -> ResponseReturnValue:
    """Each row to the buyer that stands in it (`way` is `shown`), or what is ticked to one."""
    campaign, session = the_campaign(number), db.session()
    as_shown = request.form.get("way") == "shown"
    rows = list(rows_as_shown() if as_shown else rows_ticked())
    problems: list[tuple[str, Text]] = [("tasks", said) for said in not_recorded()]
    problems += not_offered(campaign)
    if not as_shown and number_sent("buyer") is None:
        problems.append(("buyer", _("Choose a buyer")))
    if not (request.form.getlist("task") if not as_shown else rows):
        problems.append(("tasks", _("Choose at least one task")))
    if problems:
        return make_response(page(campaign, problems), 422)
    say(assign_many(session, campaign, rows, by=me, despite_cap=DESPITE_CAP in request.form))
    return redirect(url_for("assigning.form", number=number))


def not_offered(campaign: Campaign) -> Iterator[tuple[str, Text]]:
    """What was chosen, and no list of this page offers: it is no row and no buyer, and not left out in silence."""
    buyers = {str(each.person.id) for each in buyers_there(db.session(), campaign.agency_id)} | {""}
    for name, sent in request.form.items():
        if (name == "buyer" or name.startswith("buyer-")) and sent not in buyers:
            yield name, _("Choose a buyer")
    if not all(map(is_number, request.form.getlist("task"))):
        yield "tasks", _("Choose at least one task")


def rows_as_shown() -> Iterator[Given]:
    for name in request.form:
        task = name.removeprefix("buyer-")
        version, buyer = number_sent(f"version-{task}"), number_sent(name)
        if task != name and is_number(task) and version is not None and buyer is not None:
            yield Given(int(task), version, buyer)


def rows_ticked() -> Iterator[Given]:
    buyer = number_sent("buyer")
    for task in request.form.getlist("task"):
        if buyer is not None and is_number(task):
            yield Given(int(task), number_sent(f"version-{task}") or 0, buyer)


def number_sent(name: str) -> int | None:
    sent = request.form.get(name, "")
    return int(sent) if is_number(sent) else None


def is_number(sent: str) -> bool:
    return sent.isascii() and sent.isdigit() and int(sent) < LARGEST


def say(outcome: Outcome) -> None:
    if outcome.late:
        late = some(outcome.late)
        said = _("Somebody else changed these meanwhile; look at them again: %(numbers)s", numbers=late)
        flash(str(said), "error")
    why: dict[str, list[str]] = {}
    for each in outcome.refused:
        why.setdefault(str(each.text), []).append(each.number)
    for text, numbers in list(why.items())[:REASONS]:
        flash(str(_("%(why)s. Not assigned: %(numbers)s", why=text, numbers=some(numbers))), "error")
    if len(why) > REASONS:
        rest = sum(len(numbers) for numbers in list(why.values())[REASONS:])
        flash(str(_("Not assigned for other reasons: %(many)s; they are still below", many=rest)), "error")
    for name, many in by_buyer(outcome.given):
        given = ngettext(
            "%(count)s task is assigned to %(name)s", "%(count)s tasks are assigned to %(name)s",
            many, name=name,
        )  # fmt: skip
        flash(str(given), "success")


def some(numbers: Sequence[str]) -> str:
    """What is told stands in a cookie, which holds little."""
    return ", ".join([*numbers[:NAMED], "…"] if len(numbers) > NAMED else numbers)


def by_buyer(given: Iterable[tuple[str, str]]) -> Sequence[tuple[str, int]]:
    many: dict[str, int] = {}
    for _number, name in given:
        many[name] = many.get(name, 0) + 1
    return sorted(many.items())


def the_campaign(number: str) -> Campaign:
    kind_for(me, "campaign")
    campaign = one_visible(db.session(), me, number)
    require_for(campaign)
    return campaign


def page(campaign: Campaign, problems: Sequence[tuple[str, Text]] = ()) -> str:
    found = proposed_for(db.session(), campaign)
    after = request.args.get("after", default=0, type=int)
    tasks = [task for task in found.tasks if task.id > after]
    shown = tasks[:A_PAGE]
    there = {"buyer", *(f"buyer-{task.id}" for task in shown)}
    return render_template(
        "desk/assign.html",
        campaign=campaign,
        rows=[row_of(task, found, request.form.get(f"buyer-{task.id}")) for task in shown],
        more=shown[-1].id if len(tasks) > A_PAGE else None,
        waiting=len(found.tasks),
        beyond=found.more,
        buyers=found.buyers,
        despite_cap=DESPITE_CAP in request.form,
        proposed=proposed_of(found, [task.id for task in shown]),
        problems=[(field if field in there else "tasks", said) for field, said in problems],
        chosen=set(request.form.getlist("task")),
        buyer=request.form.get("buyer", ""),
    )


def proposed_of(found: Proposed, tasks: Iterable[int]) -> int:
    return sum(found.proposals[task].buyer is not None for task in tasks)

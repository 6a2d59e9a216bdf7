"""Laboratories as an agency chooses among them: certificates, load against capacity, pace, late reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.clocks.days import day_of
from quality.competence import queries
from quality.competence.models import Capacity, Certificate
from quality.competence.operations import state_capacity
from quality.core import clock
from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.lab.workload import ItemPace, Late, Pace, late_reports, loads, paces, paces_by_item
from quality.pages.forms.capacity import CapacityForm
from quality.pages.forms.sheet import put_beside
from quality.pages.kinds.certificate import ending
from quality.pages.words import STATUSES, Tone
from quality.people.access import me, needs, require_for
from quality.people.actor import Actor
from quality.people.kept import comes_back
from quality.people.models import Organisation
from quality.permissions import Can, Sees

competence = Blueprint("competence", __name__, url_prefix="/desk/competence")
NO_PACE = Pace(0, 0, None)


class Line(NamedTuple):
    """A laboratory on the list. `counting`: certificates that stand and have not expired."""

    laboratory: Organisation
    counting: int
    first_end: tuple[Tone, Text] | None
    load: int
    per_week: int | None
    pace: Pace
    days: int | None
    late: int


class OfItem(NamedTuple):
    """What a laboratory says of a test item, and what its reports say."""

    item: str
    per_week: int | None
    days: int | None
    pace: Pace


@competence.get("/")
@needs(Can.CERTIFICATE_READ)
def listed() -> ResponseReturnValue:
    if me.sees is not Sees.AGENCY:
        assert me.organisation, "whoever reads certificates works somewhere"
        return redirect(url_for("competence.one", laboratory=me.organisation.code))
    session, today = db.session(), day_of(clock.now())
    late = late_reports(session, me)
    return make_response(
        render_template(
            "desk/competence.html",
            lines=lines(late),
            ending=[(each, ending(each)) for each in queries.running_out(session, me, today)],
            late=late,
            may_propose=me.can(Can.CERTIFICATE_PROPOSE),
            may_read_controls=me.can(Can.CONTROL_READ),
        )
    )


def lines(late: Sequence[Late]) -> list[Line]:
    session, there = db.session(), queries.laboratories(db.session())
    ids = [each.id for each in there]
    carried, capacities, found = loads(session, me, ids), queries.capacities_of(session, ids), paces(session, me)
    standing: dict[int, list[Certificate]] = {}
    for each in queries.standing_certificates(session, me):
        standing.setdefault(each.laboratory_id, []).append(each)
    return [
        line_of(each, standing.get(each.id, []), capacities.get(each.id, []))._replace(
            load=carried.get(each.id, 0),
            pace=found.get(each.id, NO_PACE),
            late=sum(one.portion.laboratory_id == each.id for one in late),
        )
        for each in there
    ]


def line_of(laboratory: Organisation, standing: Sequence[Certificate], said: Sequence[Capacity]) -> Line:
    first = min(standing, key=lambda each: each.valid_until, default=None)
    of_all = next((each for each in said if not each.item_key), None)
    per_week, days = (of_all.per_week, of_all.days) if of_all else (None, None)
    counting = sum(each.valid_until >= today() for each in standing)
    return Line(laboratory, counting, ending(first) if first else None, 0, per_week, NO_PACE, days, 0)


def today() -> date:
    return day_of(clock.now())


@competence.get("/<laboratory>")
@needs(Can.CERTIFICATE_READ, once_found=True)
def one(laboratory: str) -> ResponseReturnValue:
    found = queries.one_laboratory(db.session(), me, laboratory)
    said = queries.capacities_of(db.session(), [found.id]).get(found.id, [])
    of_all = next((each for each in said if not each.item_key), None)  # an empty form would take it back
    proposed = {"per_week": of_all.per_week, "days": of_all.days} if of_all else {}
    return make_response(page(found, CapacityForm(data=proposed)))


@competence.post("/<laboratory>/capacity", endpoint="state")
@comes_back
@needs(Can.CAPACITY_STATE, once_found=True)
def state(laboratory: str) -> ResponseReturnValue:
    """What is left empty is not said any more."""
    session = db.session()
    found = queries.one_laboratory(session, me, laboratory)
    require_for(OfLaboratory(found.id))
    form = CapacityForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        said = {"item": form.item.data or "", "per_week": form.per_week.data, "days": form.days.data}
        state_capacity(session, found.id, by=me, **said)
    except Invalid as wrong:
        session.rollback()
        return make_response(page(found, form, put_beside(form, wrong.problems)), 422)
    flash(str(_("Kept: coordinators read it when they choose a laboratory.")), "success")
    return redirect(url_for("competence.one", laboratory=laboratory))


class OfLaboratory(NamedTuple):
    """Whose page it is, as `stands_over` asks."""

    laboratory_id: int


def page(laboratory: Organisation, form: CapacityForm, loose: Sequence[Text] = ()) -> str:
    session = db.session()
    said = queries.capacities_of(session, [laboratory.id]).get(laboratory.id, [])
    known = queries.certificates_of(session, me, laboratory.id)
    return render_template(
        "desk/laboratory.html",
        laboratory=laboratory,
        certificates=[(each, ending(each)) for each in known],
        readable=queries.readable(session, me, known),
        statuses=STATUSES["certificate"],
        of_all=next((each for each in said if not each.item_key), None),
        items=of_items(said, paces_by_item(session, me, laboratory.id)),
        load=loads(session, me, [laboratory.id]).get(laboratory.id, 0),
        pace=paces(session, me).get(laboratory.id, NO_PACE),
        late=late_reports(session, me, laboratory.id),
        may_state=may_state(laboratory, me),
        may_propose=me.can(Can.CERTIFICATE_PROPOSE),
        form=form,
        loose=loose,
    )


def of_items(said: Sequence[Capacity], by_item: dict[str, ItemPace]) -> list[OfItem]:
    """The most tested first."""
    stated = {each.item_key: each for each in said if each.item_key and (each.per_week or each.days)}
    found = []
    for key in {**by_item, **stated}:
        one, paced = stated.get(key), by_item.get(key)
        item = one.item if one else paced.item if paced else key
        per_week, days = (one.per_week, one.days) if one else (None, None)
        found.append(OfItem(item, per_week, days, paced.pace if paced else NO_PACE))
    return sorted(found, key=lambda each: (-each.pace.reports, each.item))


def may_state(laboratory: Organisation, actor: Actor) -> bool:
    return actor.can(Can.CAPACITY_STATE) and actor.organisation_id == laboratory.id

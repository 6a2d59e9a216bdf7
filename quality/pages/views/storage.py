"""The store of an agency: its named places, and what lies where."""

from __future__ import annotations

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.controls.queries import control_of
from quality.core import clock
from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import _
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.storage import Measuring, PlaceForm
from quality.pages.views.desk import version_read
from quality.pages.words import STATUSES
from quality.people import kept
from quality.people.access import me, needs
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.publication.search import visible
from quality.purchases.cold import degrees
from quality.purchases.custody import range_of
from quality.purchases.models import Sample
from quality.purchases.operations.storage import add_place, close_place, read_temperature
from quality.purchases.queries import lying_in, one_place, places_of, readings_of

storage = Blueprint("storage", __name__, url_prefix="/desk/storage")
A_PAGE = 50
READINGS = 20
LARGEST = 2**31


@storage.get("/")
@needs(Can.STORAGE_READ)
def places() -> ResponseReturnValue:
    return page(PlaceForm())


@storage.post("/", endpoint="add")
@comes_back
@needs(Can.STORAGE_KEEP)
def add() -> ResponseReturnValue:
    form, loose = PlaceForm(request.form), []
    try:
        if not form.validate():
            raise Invalid
        place = add_place(
            db.session(),
            by=me,
            code=form.code.data or "",
            room=form.room.data or "",
            shelf=form.shelf.data or "",
            least_tenths=form.least.data,
            most_tenths=form.most.data,
        )
    except Invalid as wrong:
        db.session().rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(page(form, loose), 422)
    flash(str(_("The place %(code)s can be used from now on", code=place.code)), "success")
    return redirect(url_for("storage.places"))


@storage.post("/close")
@needs(Can.STORAGE_KEEP)
def close() -> ResponseReturnValue:
    kept.refuse()
    place = one_place(db.session(), me, key_sent())
    close_place(db.session(), place, by=me, version=version_read())
    flash(str(_("Nothing more is put into %(code)s", code=place.code)), "success")
    return redirect(url_for("storage.places"))


@storage.post("/read", endpoint="read")
@comes_back
@needs(Can.STORAGE_KEEP)
def read() -> ResponseReturnValue:
    """What was measured in a place."""
    place, form = one_place(db.session(), me, key_sent()), Measuring(request.form)
    try:
        if not form.validate():
            raise Invalid
        said, tenths = form.note.data or "", form.temperature.data
        reading = read_temperature(db.session(), place, tenths, form.at.data, by=me, note=said, version=version_read())
    except Invalid as wrong:
        db.session().rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(lying_page(place.code, form, loose), 422)
    said_of = _("It is a deviation, and recorded as one") if reading.is_outside else _("It is within the range")
    flash(str(said_of), "success")
    return redirect(url_for("storage.lying", place=place.code))


def key_sent() -> int:
    key = request.form.get("place", type=int)
    if key is None or not 0 < key < LARGEST:
        abort(422)
    return key


@storage.get("/lying")
@needs(Can.STORAGE_READ)
def lying() -> ResponseReturnValue:
    """What lies in one place, the last that was put there first, and what was measured there."""
    return lying_page(visible(request.args.get("place", ""))[:40], Measuring(data={"at": clock.now()}))


def lying_page(code: str, form: Measuring, loose: object = ()) -> str:
    session = db.session()
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < LARGEST else None
    found = lying_in(session, me, f"store:{code}", before=before, most=A_PAGE)
    named = next((each for each in places_of(session, me.organisation_id) if each.code == code), None)
    return render_template(
        "desk/lying.html",
        code=code,
        place=named,
        kept_at=range_of(named) if named else None,
        steps=[(step, case_of(step.portion.sample)) for step in found[:A_PAGE]],
        older=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        before=before,
        sample_statuses=STATUSES["sample"],
        form=form,
        loose=loose,
        readings=[(each, degrees(each.tenths_celsius)) for each in readings_of(session, named, most=READINGS)]
        if named
        else [],
        may_keep=me.can(Can.STORAGE_KEEP),
    )


def case_of(sample: Sample) -> str:
    """Where it is written down: a sample's page, or that of the control it is a portion of."""
    if sample.was_bought:
        return url_for("desk.dossier", kind="sample", number=sample.number)
    return url_for("desk.dossier", kind="control", number=control_of(sample))


def page(form: PlaceForm, loose: object = ()) -> str:
    found = places_of(db.session(), me.organisation_id)
    assert me.organisation, "whoever may read the store works in an agency"
    return render_template(
        "desk/storage.html",
        places=[(each, range_of(each)) for each in found],
        unnamed=me.organisation.code,
        form=form,
        loose=loose,
        may_keep=me.can(Can.STORAGE_KEEP),
    )

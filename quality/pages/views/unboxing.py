"""Unboxing and sealing on the phone, one thing a page; then the labels, scanned on their portions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.core.db import db
from quality.core.errors import Invalid, NotFound, Refused
from quality.core.words import Text, _
from quality.evidence.operations import attach
from quality.pages.exhibits import tiles
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Form
from quality.pages.forms.purchases import LabelCheck, check_label
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.unboxing import SAMPLE_STEPS, TASK_STEPS, Pictures
from quality.pages.keeping import can_be_unboxed_later, is_to_keep
from quality.pages.kinds import KINDS, kind_for
from quality.pages.mending import as_typed_on_the_phone, mended
from quality.pages.scanning import read_picture
from quality.pages.scans import codes_of
from quality.pages.stages import first_left, stages
from quality.pages.unboxing import SAYS, SENT_AS, SHOWS, Page, after
from quality.pages.views.desk import version_read
from quality.people.access import acting, me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.purchases import seals
from quality.purchases.models import Sample, Task, TaskStatus
from quality.purchases.operations.unboxing import labelled
from quality.purchases.unboxing import typed_of

unboxing = Blueprint("unboxing", __name__, url_prefix="/desk")
NAMED = ", ".join(f'"{page.value}"' for page in Page)
TYPED_ON = frozenset(SENT_AS)


def the_task(number: str) -> Task:
    """With its parcel open before the buyer; else the refusal that says what comes first.

    A telephone keeps the pages of a parcel that is still on its way: it may come where no network is.
    """
    task: Task = kind_for(me, "task").one_visible(db.session(), me, number)
    require_for(task)
    if task.status is not TaskStatus.RECEIVED and not (is_to_keep() and can_be_unboxed_later(task)):
        text = _("It is unboxed once the parcel is recorded, and until it is sealed")
        raise Refused("wrong_status", text)
    return task


@unboxing.get("/task/<number>/unboxing")
@needs(Can.TASK_BUY, once_found=True)
def begin(number: str) -> ResponseReturnValue:
    task = the_task(number)
    page = first_left(stages(db.session(), task))
    return redirect(url_for("unboxing.show", number=number, page=page))


@unboxing.get(f"/task/<number>/unboxing/<any({NAMED}):page>")
@needs(Can.TASK_BUY, once_found=True)
def show(number: str, page: str) -> ResponseReturnValue:
    found: Task = kind_for(me, "task").one_visible(db.session(), me, number)
    if found.sample is not None and me.stands_over(found):  # sealed meanwhile, by what a telephone sent
        return redirect(url_for("unboxing.labels", number=found.sample.number))
    task, named = the_task(number), Page(page)
    form = form_of(task, named)
    loose = as_typed_on_the_phone(db.session(), me, form, request.args.get("piece", type=int)) if form else ()
    return make_response(drawn(task, named, form, loose))


def form_of(task: Task, page: Page) -> Form | None:
    if page is Page.LABEL:
        return LabelCheck(data={"problems": task.label_problems or []})
    return TASK_STEPS[SENT_AS[page]].form(db.session(), task, me) if page in TYPED_ON else None


def drawn(task: Task, page: Page, form: Form | None, loose: Sequence[Text] = (), pictures: Form | None = None) -> str:
    session = db.session()
    found = stages(session, task)
    kind = SHOWS.get(page)
    shown = [] if is_to_keep() or not kind else tiles(session, KINDS["task"], task, me)
    return render_template(
        "desk/unboxing.html",
        task=task,
        page=page,
        stages=found,
        stage=next(each for each in found if each.page is page),
        says=SAYS[page],
        form=form,
        pictures=pictures or (Pictures() if kind else None),
        kind=kind,
        exhibits=[each for each in shown if each.exhibit.kind == kind],
        typed=typed_of(session, task),
        lacking={each.page for each in found if each.page is not Page.SEAL and (each.lacks or not each.is_done)},
        next=after(page),
        version=task.version,
        loose=loose,
        seals=seals.rule_of(session, task.agency_id) if page in {Page.SEAL_TEST, Page.SEAL_BACKUP} else None,
        seals_say=seals.SAYS,
    )


@unboxing.post(f"/task/<number>/unboxing/<any({NAMED}):page>")
@comes_back
@needs(Can.TASK_BUY, once_found=True)
def keep(number: str, page: str) -> ResponseReturnValue:
    """Pictures are sent, or something is typed: what is sent says which."""
    task, named = the_task(number), Page(page)
    if "pictures" in request.form and named in SHOWS:
        return pictures_sent(task, named)
    form = form_of(task, named)
    if form is None:
        raise NotFound(page)
    form.process(CombinedMultiDict((request.form, request.files)))
    if "read" in request.form:
        return read_off(task, named, form, request.form["read"])
    try:
        if not form.validate():
            raise Invalid
        DONE.get(named, kept)(task, named, form)
    except Invalid as wrong:
        db.session.rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(drawn(the_task(number), named, form, loose), 422)
    mended(db.session(), me, request.args.get("piece", type=int))
    return onward(task, named)


def pictures_sent(task: Task, page: Page) -> ResponseReturnValue:
    session, form, number = db.session(), Pictures(request.files), task.number
    kind = SHOWS[page]
    try:
        if not form.validate():
            raise Invalid
        for sha256 in taken_in(session, form.file.data, kind, by=me):
            attach(session, task, sha256, kind, by=me)
    except Invalid as wrong:
        session.rollback()
        put_beside(form, [each._replace(field="file") for each in wrong.problems])
        again = the_task(number)
        return make_response(drawn(again, page, form_of(again, page), pictures=form), 422)
    flash(str(_("Kept.")), "success")
    return redirect(url_for("unboxing.show", number=number, page=page))


def read_off(task: Task, page: Page, form: Form, name: str) -> ResponseReturnValue:
    """A number is filled in from a picture of it; nothing is recorded."""
    if name not in form:
        raise NotFound(name)
    wrong = read_picture(db.session(), form, name, request.files.get(f"{name}-picture"), labels=False)
    if wrong:
        form[name].errors = [str(wrong)]
    return make_response(drawn(task, page, form), 422 if wrong else 200)


def onward(task: Task, page: Page) -> ResponseReturnValue:
    """To the next page; from the last to the labels of what is sealed now."""
    if page is not Page.SEAL:
        return redirect(url_for("unboxing.show", number=task.number, page=after(page)))
    session = db.session()
    session.flush()
    sample = session.get_one(Task, task.id).sample
    assert sample is not None, f"{task.number} was sealed"
    said = _("Sealed: %(number)s. Print both labels, stick them on, and scan them.", number=sample.number)
    flash(str(said), "success")
    return redirect(url_for("unboxing.labels", number=sample.number))


def label_checked(task: Task, _page: Page, form: Any) -> None:
    check_label(db.session(), task, form, me, version_read())


def sealed(task: Task, page: Page, form: Any) -> None:
    TASK_STEPS[SENT_AS[page]].act(db.session(), task, form, me, version_read())


def kept(task: Task, page: Page, form: Any) -> None:
    TASK_STEPS[SENT_AS[page]].act(db.session(), task, form, me, task.version)


DONE = {Page.LABEL: label_checked, Page.SEAL: sealed}


# --- what comes after, and what may not come before ---


@unboxing.route("/task/<number>/dispatch", methods=["GET", "POST"])
@acting
def dispatch(number: str) -> ResponseReturnValue:
    """Of what is not sealed yet nothing is dispatched; of what is, its sample."""
    task: Task = kind_for(me, "task").one_visible(db.session(), me, number)
    if task.sample is None:
        text = _("Nothing is dispatched before it is sealed: seal both portions first")
        raise Refused("not_sealed", text)
    return redirect(url_for("desk.sheet", kind="sample", number=task.sample.number, name="dispatch"))


@unboxing.get("/sample/<number>/labels")
@needs(Can.SAMPLE_DISPATCH, once_found=True)
def labels(number: str) -> ResponseReturnValue:
    sample = the_sample(number)
    form = scanning(sample)
    loose = as_typed_on_the_phone(db.session(), me, form, request.args.get("piece", type=int))
    return make_response(labels_page(sample, form, loose))


def scanning(sample: Sample) -> Form:
    return SAMPLE_STEPS["scan_label"].form(db.session(), sample, me)


def the_sample(number: str) -> Sample:
    sample: Sample = kind_for(me, "sample").one_visible(db.session(), me, number)
    require_for(sample)
    return sample


def labels_page(sample: Sample, form: Form, loose: Sequence[Text] = ()) -> str:
    session = db.session()
    return render_template(
        "desk/label_scan.html",
        sample=sample,
        form=form,
        loose=loose,
        labelled=labelled(session, sample),
        codes=codes_of(session, [sample]),
    )


@unboxing.post("/sample/<number>/labels", endpoint="scan")
@comes_back
@needs(Can.SAMPLE_DISPATCH, once_found=True)
def scan(number: str) -> ResponseReturnValue:
    session, sample = db.session(), the_sample(number)
    form = scanning(sample)
    form.process(CombinedMultiDict((request.form, request.files)))
    if "read" in request.form:
        wrong = read_picture(session, form, "label", request.files.get("label-picture"), labels=False)
        if wrong:
            form["label"].errors = [str(wrong)]
        return make_response(labels_page(sample, form), 422 if wrong else 200)
    try:
        if not form.validate():
            raise Invalid
        SAMPLE_STEPS["scan_label"].act(session, sample, form, me, sample.version)
    except Invalid as wrong:
        session.rollback()
        put_beside(form, wrong.problems)
        return make_response(labels_page(the_sample(number), form), 422)
    mended(session, me, request.args.get("piece", type=int))
    flash(str(_("The label is on the right portion.")), "success")
    return redirect(url_for("unboxing.labels", number=number))

"""Unboxing and sealing on the phone, one thing a page; then the labels, scanned on their portions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import Text, _
from quality.evidence.operations import attach
from quality.pages.exhibits import tiles
from quality.pages.forms.exhibits import taken_in
from quality.pages.forms.fields import Form
from quality.pages.forms.purchases import Sealing, sealing
from quality.pages.forms.purchases import seal as seal_it
from quality.pages.forms.sheet import put_beside
from quality.pages.forms.unboxing import (
    BackupSeal,
    LabelCheck,
    Pictures,
    Portions,
    Rest,
    ScannedLabel,
    TestSeal,
    begun,
)
from quality.pages.kinds import KINDS, kind_for
from quality.pages.scanning import read_picture
from quality.pages.unboxing import (
    SAYS,
    SHOWS,
    Page,
    after,
    first_left,
    labelled,
    no_seal,
    portion_scanned,
    stages,
    wrong_seal,
)
from quality.pages.views.desk import version_read
from quality.people.access import acting, me, needs, require_for
from quality.people.kept import comes_back
from quality.permissions import Can
from quality.purchases.models import Sample, Task, TaskStatus
from quality.purchases.operations import check_label
from quality.purchases.operations.unboxing import scan_label
from quality.purchases.unboxing import keep_typed, typed_of

unboxing = Blueprint("unboxing", __name__, url_prefix="/desk")
NAMED = ", ".join(f'"{page.value}"' for page in Page)
FORMS: dict[Page, type[Form]] = {
    Page.LABEL: LabelCheck,
    Page.PORTIONS: Portions,
    Page.SEAL_TEST: TestSeal,
    Page.SEAL_BACKUP: BackupSeal,
    Page.SEAL: Rest,
}


def the_task(number: str) -> Task:
    """With its parcel open before the buyer; else the refusal that says what comes first."""
    task: Task = kind_for(me, "task").one_visible(db.session(), me, number)
    require_for(task)
    if task.status is not TaskStatus.RECEIVED:
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
    task, named = the_task(number), Page(page)
    return make_response(drawn(task, named, form_of(task, named)))


def form_of(task: Task, page: Page) -> Form | None:
    if page not in FORMS:
        return None
    if page is Page.LABEL:
        return LabelCheck(data={"problems": task.label_problems or []})
    return begun(FORMS[page], typed_of(db.session(), task), sealing(db.session(), task, me))


def drawn(task: Task, page: Page, form: Form | None, loose: Sequence[Text] = (), pictures: Form | None = None) -> str:
    session = db.session()
    found = stages(session, task)
    kind = SHOWS.get(page)
    return render_template(
        "desk/unboxing.html",
        task=task,
        page=page,
        stages=found,
        stage=next(each for each in found if each.page is page),
        says=SAYS[page],
        form=form,
        pictures=pictures or (Pictures() if kind else None),
        exhibits=[each for each in tiles(session, KINDS["task"], task, me) if each.exhibit.kind == kind],
        typed=typed_of(session, task),
        lacking=[each for each in found if each.page is not Page.SEAL and (each.lacks or not each.is_done)],
        next=after(page),
        version=task.version,
        loose=loose,
    )


@unboxing.post(f"/task/<number>/unboxing/<any({NAMED}):page>")
@comes_back
@needs(Can.TASK_BUY, once_found=True)
def keep(number: str, page: str) -> ResponseReturnValue:
    """Pictures are sent, or something is typed: what is sent says which."""
    task, named = the_task(number), Page(page)
    if "pictures" in request.form and named in SHOWS:
        return pictures_sent(task, named)
    if named not in FORMS:
        raise NotFound(page)
    form = FORMS[named](CombinedMultiDict((request.form, request.files)))
    if "read" in request.form:
        return read_off(task, named, form, request.form["read"])
    try:
        if not form.validate():
            raise Invalid
        return DONE[named](task, named, form)
    except Invalid as wrong:
        db.session.rollback()
        loose = put_beside(form, wrong.problems)
        return make_response(drawn(the_task(number), named, form, loose), 422)


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
    return redirect(url_for("unboxing.show", number=task.number, page=after(page)))


def label_checked(task: Task, page: Page, form: Any) -> ResponseReturnValue:
    check_label(db.session(), task, form.problems.data or [], by=me, version=version_read())
    return onward(task, page)


def typed_on(task: Task, page: Page, form: Any) -> ResponseReturnValue:
    """What may not stay empty is asked for here already; all else is looked at when it is sealed."""
    empty = [each.name for each in form if not each.optional and not (each.data or "").strip()]
    if empty:
        raise Invalid(*(FieldProblem(name, "missing", _("Fill this in")) for name in empty))
    keep_typed(db.session(), task, {each.name: each.data or "" for each in form}, by=me)
    return onward(task, page)


def seal_typed(task: Task, page: Page, form: Any) -> ResponseReturnValue:
    [field] = list(form)
    session, number = db.session(), field.data or ""
    if wrong := no_seal(session, field.name, number) or wrong_seal(session, task, field.name, number):
        raise Invalid(wrong)
    return typed_on(task, page, form)


def sealed(task: Task, page: Page, form: Any) -> ResponseReturnValue:
    """Everything that was typed, through the form of sealing; what is wrong comes back here."""
    session, number = db.session(), task.number
    typed = typed_of(session, task) | {"remark": form.remark.data or ""}
    whole = Sealing(data={each.name: typed.get(each.name, "") for each in Sealing()})
    try:
        seal_it(session, task, whole, me, version_read())
    except Invalid as wrong:
        named = {each.name: each.label.text for each in whole}
        said = [FieldProblem("", each.code, at_its_field(named, each)) for each in wrong.problems]
        raise Invalid(*said) from wrong
    session.flush()
    sample = session.get_one(Task, task.id).sample
    assert sample is not None, f"{number} was sealed"
    flash(
        str(_("Sealed: %(number)s. Print both labels, stick them on, and scan them.", number=sample.number)), "success"
    )
    return redirect(url_for("unboxing.labels", number=sample.number))


def at_its_field(named: dict[str, Any], problem: FieldProblem) -> Text:
    field = named.get(problem.field.replace(".", "_"))
    return _("%(field)s: %(error)s", field=field, error=problem.text) if field else problem.text


DONE = {
    Page.LABEL: label_checked,
    Page.PORTIONS: typed_on,
    Page.SEAL_TEST: seal_typed,
    Page.SEAL_BACKUP: seal_typed,
    Page.SEAL: sealed,
}


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
    return make_response(labels_page(the_sample(number), ScannedLabel()))


def the_sample(number: str) -> Sample:
    sample: Sample = kind_for(me, "sample").one_visible(db.session(), me, number)
    require_for(sample)
    return sample


def labels_page(sample: Sample, form: Form) -> str:
    return render_template("desk/label_scan.html", sample=sample, form=form, labelled=labelled(db.session(), sample))


@unboxing.post("/sample/<number>/labels", endpoint="scan")
@comes_back
@needs(Can.SAMPLE_DISPATCH, once_found=True)
def scan(number: str) -> ResponseReturnValue:
    session, sample = db.session(), the_sample(number)
    form = ScannedLabel(CombinedMultiDict((request.form, request.files)))
    if "read" in request.form:
        wrong = read_picture(session, form, "label", request.files.get("label-picture"), labels=False)
        if wrong:
            form.label.errors = [str(wrong)]
        return make_response(labels_page(sample, form), 422 if wrong else 200)
    try:
        if not form.validate():
            raise Invalid
        found = portion_scanned(session, sample, form.label.data or "", me)
        if found.wrong:
            raise Invalid(found.wrong)
        assert found.portion is not None, "it is one or the other"
        if found.portion.kind not in labelled(session, sample):
            scan_label(session, found.portion, by=me)
    except Invalid as wrong:
        session.rollback()
        put_beside(form, wrong.problems)
        return make_response(labels_page(the_sample(number), form), 422)
    flash(str(_("The label is on the right portion.")), "success")
    return redirect(url_for("unboxing.labels", number=number))

"""What a buyer types while unboxing, one thing a page; together it is what sealing asks (forms/purchases.py)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.pages.forms.fields import Files, Form, Line, Paragraph, Scanned
from quality.pages.forms.purchases import LabelCheck, Sealing, seal, sealing
from quality.pages.forms.sheet import Sheet
from quality.pages.scans import no_seal, portion_scanned, wrong_seal
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample, Task, TaskStatus
from quality.purchases.operations.unboxing import labelled, scan_label
from quality.purchases.unboxing import keep_typed, typed_of

SEEN = "image/*,video/*"
OF_THE_PRODUCT = ("product_name", "spec", "brand", "model", "barcode", "batch", "producer_name", "producer_address")


class Pictures(Form):
    file = Files(_("Pictures or a video"), accept=SEEN)


class Portions(Form):
    """What the label says, and how the goods are parted."""

    product_name = Line(_("Product name"), _("As the label has it"))
    spec = Line(_("Specification"), optional=True)
    brand = Line(_("Brand"), optional=True)
    model = Line(_("Model"), _("As the listing has it; take it out if the goods do not bear it"), optional=True)
    barcode = Line(_("Barcode"), _("The digits below the bars, as the package has them"), optional=True)
    batch = Line(_("Batch or date of production"), optional=True)
    producer_name = Line(_("Nominal producer"), optional=True)
    producer_address = Line(_("Address of the producer"), optional=True)
    test_quantity = Line(_("Quantity of the test portion"), _("With its unit, such as 2 pieces"))
    backup_quantity = Line(_("Quantity of the backup portion"), _("With its unit, such as 1 piece"))


class TestSeal(Form):
    test_seal_no = Scanned(_("Seal number of the test portion"))


class BackupSeal(Form):
    backup_seal_no = Scanned(_("Seal number of the backup portion"))


class Rest(Form):
    remark = Paragraph(_("Remark"), optional=True)


class ScannedLabel(Form):
    label = Scanned(_("Label on the portion"), _("Scan its QR code, or type the blind number below it"))


def begun(form: type[Form], typed: Mapping[str, Any], proposed: Sealing) -> Form:
    """With what was typed before; else with what the listing said, to be compared with the goods."""
    data = {each.name: typed.get(each.name, each.data or "") for each in proposed}
    return form(data=data)


# --- what is done with it: on the page, and by what a telephone sends ---


def beginning(session: Session, task: Task, me: Actor, form: type[Form]) -> Form:
    return begun(form, typed_of(session, task), sealing(session, task, me))


def keep_step(session: Session, task: Task, form: Any, me: Actor, _version: int) -> None:
    """What may not stay empty is asked for here already; all else is looked at when it is sealed."""
    empty = [each.name for each in form if not each.optional and not (each.data or "").strip()]
    if empty:
        raise Invalid(*(FieldProblem(name, "missing", _("Fill this in")) for name in empty))
    keep_typed(session, task, {each.name: each.data or "" for each in form}, by=me)


def keep_seal(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    [field] = list(form)
    number = field.data or ""
    if wrong := no_seal(session, field.name, number) or wrong_seal(session, task, field.name, number):
        raise Invalid(wrong)
    keep_step(session, task, form, me, version)


def seal_as_typed(session: Session, task: Task, form: Any, me: Actor, version: int) -> None:
    """Everything that was typed, through the form of sealing; each thing that is wrong names its field."""
    typed = typed_of(session, task) | {"remark": form.remark.data or ""}
    whole = Sealing(data={each.name: typed.get(each.name, "") for each in Sealing()})
    try:
        seal(session, task, whole, me, version)
    except Invalid as wrong:
        named = {each.name: each.label.text for each in whole}
        said = [FieldProblem("", each.code, at_its_field(named, each)) for each in wrong.problems]
        raise Invalid(*said) from wrong


def at_its_field(named: Mapping[str, Any], problem: FieldProblem) -> Text:
    field = named.get(problem.field.replace(".", "_"))
    return _("%(field)s: %(error)s", field=field, error=problem.text) if field else problem.text


def compare_label(session: Session, sample: Sample, form: Any, me: Actor, _version: int) -> None:
    """Twice is once."""
    found = portion_scanned(session, sample, form.label.data or "", me)
    if found.wrong:
        raise Invalid(found.wrong)
    assert found.portion is not None, "it is one or the other"
    if found.portion.kind not in labelled(session, sample):
        scan_label(session, found.portion, by=me)


def step(form: type[Form], act: Any, label: Text) -> Sheet:
    made = partial(beginning, form=form)
    return Sheet(made, act, label=label, by=Can.TASK_BUY, is_due=lambda task: task.status is TaskStatus.RECEIVED)


# by the names under which a telephone sends them; nobody is offered them beside the sequence
TASK_STEPS = {
    "unbox_portions": step(Portions, keep_step, _("Product and portions")),
    "unbox_seal_test": step(TestSeal, keep_seal, _("Seal of the test portion")),
    "unbox_seal_backup": step(BackupSeal, keep_seal, _("Seal of the backup portion")),
    "unbox_seal": step(Rest, seal_as_typed, _("Look once more, and seal")),
}
SAMPLE_STEPS = {
    "scan_label": Sheet(
        lambda _session, _sample, _me: ScannedLabel(), compare_label, label=_("Label on the portion"),
        by=Can.SAMPLE_DISPATCH,
    ),
}  # fmt: skip
__all__ = [
    "SAMPLE_STEPS", "TASK_STEPS", "BackupSeal", "LabelCheck", "Pictures", "Portions", "Rest", "ScannedLabel",
    "Sealing", "TestSeal", "begun",
]  # fmt: skip

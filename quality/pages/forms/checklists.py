"""What purchases have to show, as people type it: a line for each kind, with how many pieces and by which step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind
from quality.evidence.words import WORDS
from quality.pages.forms.fields import Choice, Form, Line, Unseen, Whole
from quality.purchases.checklists import EARLIEST, KINDS, STEPS, Need, Shape, Step, usual

STEP_WORDS: dict[Step, Text] = {
    Step.ORDER: _("the order"),
    Step.SHIP: _("the shipment"),
    Step.RECEIVE: _("the parcel"),
    Step.CHECK_LABEL: _("the label check"),
    Step.SEAL: _("sealing"),
}
COLUMNS = ("least", "videos", "step", "hint_zh", "hint")


class Row(NamedTuple):
    """One kind, with its fields in the order of COLUMNS."""

    kind: EvidenceKind
    word: Text
    fields: list[Any]


def field_name(column: str, kind: EvidenceKind) -> str:
    return f"{column}_{kind.value}"


def fields_of(kind: EvidenceKind) -> Iterator[tuple[str, Any]]:
    name = {"kind": WORDS[kind]}
    yield field_name("least", kind), Whole(_("%(kind)s: pieces", **name), optional=True)
    yield field_name("videos", kind), Whole(_("%(kind)s: of them videos", **name), optional=True)
    yield field_name("step", kind), Choice(_("%(kind)s: before", **name), optional=True)
    yield field_name("hint_zh", kind), Line(_("%(kind)s: hint in Chinese", **name), optional=True)
    yield field_name("hint", kind), Line(_("%(kind)s: hint in English", **name), optional=True)


class ChecklistForm(Form):
    category = Unseen()
    version = Unseen()  # of what waits for another person, that the page showed

    @property
    def rows(self) -> list[Row]:
        return [Row(kind, WORDS[kind], [self[field_name(column, kind)] for column in COLUMNS]) for kind in KINDS]


for _kind in KINDS:
    for _name, _field in fields_of(_kind):
        setattr(ChecklistForm, _name, _field)


def checklist_form(needs: Iterable[Need], category: str, version: int | None, sent: Any = None) -> ChecklistForm:
    form = ChecklistForm(sent, data=as_typed(needs) | {"category": category, "version": str(version or "")})
    for kind in KINDS:
        steps = STEPS[STEPS.index(EARLIEST[kind]) :]
        cast(Choice, form[field_name("step", kind)]).offer({step.value: STEP_WORDS[step] for step in steps})
    return form


def as_typed(needs: Iterable[Need]) -> dict[str, Any]:
    """What stands in each field; of a kind that is not asked for its usual step."""
    typed: dict[str, Any] = {field_name("step", need.kind): need.step.value for need in usual()}
    for need in needs:
        column = "videos" if need.shape is Shape.VIDEO else "least"
        typed |= {field_name(column, need.kind): need.least, field_name("step", need.kind): need.step.value}
        if need.hint or need.hint_zh:
            typed |= {field_name("hint", need.kind): need.hint, field_name("hint_zh", need.kind): need.hint_zh}
    return typed


def needs_sent(form: ChecklistForm) -> list[Need]:
    return [need for kind in KINDS for need in needs_of_kind(form, kind)]


def needs_of_kind(form: ChecklistForm, kind: EvidenceKind) -> Iterator[Need]:
    """None where both numbers stay empty: it is not on the list."""
    least, videos, step, hint_zh, hint = (form[field_name(column, kind)].data for column in COLUMNS)
    if least is None and not videos:
        return
    by, hints = Step(step) if step else usual_step(kind), (hint or "", hint_zh or "")
    if least is not None:
        yield Need(kind, by, least, Shape.ANY, *hints)
    if videos:
        yield Need(kind, by, videos, Shape.VIDEO, *(hints if least is None else ()))


def usual_step(kind: EvidenceKind) -> Step:
    return next(need.step for need in usual() if need.kind is kind)


def at_fields(problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """What is wrong with a need, at the field where it was typed."""
    at = {"too_early": "step", "one_language": "hint", "too_long": "hint"}
    found = []
    for each in problems:
        kind, _sign, shape = each.field.partition("-")
        if kind in set(KINDS):
            column = at.get(each.code, "videos" if shape else "least")
            found.append(each._replace(field=field_name(column, EvidenceKind(kind))))
        else:
            found.append(each)
    return found

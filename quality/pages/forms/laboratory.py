"""What a laboratory is asked at its door: the seal it reads, and the state of what came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple, cast

from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Reason, Text, _
from quality.lab import operations
from quality.lab.cells import problem, unit_of, wrong_cells
from quality.lab.entries import ResultEntry
from quality.lab.judging import judged
from quality.lab.models import Refusal, Report, ReportDraft
from quality.lab.operations.rules import typed_day, why_not_here
from quality.lab.queries import draft_of, items_to_test, report_in_force, why_no_report_now
from quality.pages.accreditation import of_portion
from quality.pages.deadlines import deadlines
from quality.pages.forms.fields import (
    LINES,
    Choice,
    Choices,
    Form,
    Line,
    Moment,
    Paragraph,
    Scanned,
    shown,
)
from quality.pages.forms.photos import (
    SEAL_STATES,
    Photographed,
    no_photo,
    photo,
    seen,
    temperature,
    without_needless_temperature,
)
from quality.pages.forms.sheet import Sheet
from quality.pages.judging import TONES
from quality.pages.words import Tone, word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.blind import as_written
from quality.purchases.custody import stands_at_the_door, steps_of
from quality.purchases.models import Portion, PortionStatus
from quality.standards.limits import Kind as LimitKind
from quality.standards.limits import read_limit
from quality.standards.queries import sources


class Receipt(Photographed):
    """A number that was read wrong is mended on the spot; one that is another is a reason to turn the portion away."""

    came: Portion
    seal_no = Scanned(_("Seal number that you read"))
    seal_state = Choice(_("Seal"))
    temperature = temperature()
    condition = Line(_("Condition"), _("Packaging, temperature, what can be seen"))
    parcel_no = Line(_("Parcel number"), _("Where a courier brought it"), optional=True)
    parcel_state = Choices(_("Another parcel"), {"another": _("It came under another number than it was sent under")})
    received_at = Moment(_("Received at"), _("Beijing time"))
    photo = photo(_("The portion as it came, with its seal"))
    no_photo = no_photo()

    def validate_parcel_no(self, field: Any) -> None:
        """Another number is a gap that the agency has to explain: a slip of the finger is told before."""
        sent = sent_as(self.came)
        if sent and field.data and as_written(field.data) != sent and not self["parcel_state"].data:
            text = _(
                "It was sent as parcel %(sent)s. Read it once more; if it came otherwise, mark it below", sent=sent
            )
            raise ValidationError(str(text))

    def validate_seal_no(self, field: Any) -> None:
        if field.data and not operations.is_its_seal(self.came, field.data):
            text = _(
                "It was sent with the seal %(seal)s. Read it once more; if there is another one on it, turn it away",
                seal=self.came.seal_no,
            )
            raise ValidationError(str(text))

    def validate_seal_state(self, field: Any) -> None:
        if field.data == "broken":
            raise ValidationError(str(_("A portion with a broken seal is not taken in; turn it away")))


def sent_as(portion: Portion) -> str:
    """The number of the parcel that it left in, as whoever sent it wrote it down."""
    steps = steps_of(portion)
    return steps[-1].parcel_no if steps and steps[-1].taken_by.startswith("courier:") else ""


def receipt(_session: Session, portion: Portion, _me: Actor) -> Form:
    form = Receipt(data={"received_at": clock.now()})
    form.came = portion
    if not sent_as(portion):
        del form["parcel_state"]
    if stands_at_the_door(steps_of(portion)):
        del form["parcel_no"]  # as what it came is written down already
    form.seal_state.offer(SEAL_STATES)
    return without_needless_temperature(form, portion.sample.campaign.category)


def receive(session: Session, portion: Portion, form: Any, me: Actor, version: int) -> None:
    operations.receive(
        session,
        portion,
        by=me,
        seen=seen(session, form, me),
        seal_no=form.seal_no.data,
        seal_intact=form.seal_state.data == "intact",
        condition=form.condition.data,
        received_at=form.received_at.data,
        parcel_no=form.data.get("parcel_no") or "",
        version=version,
    )


class TurningAway(Photographed):
    cause = Choice(_("Cause"))
    reason = Paragraph(_("What you saw"))
    seal_no = Scanned(_("Seal number that you read"), optional=True)
    received_at = Moment(_("Received at"), _("Beijing time"))
    photo = photo(_("What shows why it is turned away"))
    no_photo = no_photo()


def turning_away(_session: Session, _portion: Portion, _me: Actor) -> TurningAway:
    form = TurningAway(data={"received_at": clock.now()})
    form.cause.offer({cause.value: word("sample_exit", cause.value) for cause in Refusal})
    return form


def refuse(session: Session, portion: Portion, form: Any, me: Actor, version: int) -> None:
    operations.refuse(
        session,
        portion,
        form.reason.data,
        by=me,
        cause=Refusal(form.cause.data),
        seal_no=form.seal_no.data,
        received_at=form.received_at.data,
        seen=seen(session, form, me),
        version=version,
    )


DIGITS, NEVER = 9, -1  # of a version; one that no draft ever has

ENTERED = {
    "value": _("Value"),
    "unit": _("Unit"),
    "uncertainty": _("Expanded uncertainty"),
    "lod": _("Detection limit"),
    "loq": _("Quantification limit"),
    "method": _("Method"),
}


class Wrapped(Line):
    """One line that is drawn on several: a break in it is a space."""

    also = LINES

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = " ".join((self.data or "").split())


class LineOfDay(Line):
    """A day that is kept as it was typed, in a draft too."""

    drawn_as = "day"


def day_typed(form: Any) -> date | None:
    """The last day of testing; None where none is typed, or what is typed is none."""
    return typed_day(form.tested_on.data or "")[0]


class Entry(Form):
    report_no = Line(_("Report number"))
    analyst = Line(_("Tested by"), _("Name or e-mail of who tested"))
    method_note = Paragraph(_("Note on the method"), optional=True)
    supersedes = Line(_("Replaces report"), _("The report in force that this one corrects"), optional=True)
    change_reason = Paragraph(
        _("Why it is replaced"), _("Whoever reads the new report reads this too"), rows=2, optional=True
    )
    tested_on = LineOfDay(_("Last day of testing"), _("A certificate must count on it; empty: today"), optional=True)
    as_written = Choices(
        _("Cells that cannot be judged"),
        {"yes": _("Hand in as written; what cannot be judged stays undecided")},
    )
    draft_version = Line("", optional=True)  # of the draft that the page showed; 0 where there was none


def entry(session: Session, portion: Portion, me: Actor) -> Entry:
    """With six fields for each item that was ordered, named as problems name them: value_1, lod_1 …

    Method and unit are proposed as they were ordered; LOD and LOQ as the campaign's edition of the library has them;
    all of it as in the report that is corrected, where there is one.
    """
    wanted = items_to_test(session, portion)
    of_the_library = sources(session, [ordered.standard_limit_id for ordered in wanted])
    fields: dict[str, Any] = {}
    proposed: dict[str, Any] = {"analyst": me.person.email} if me.person else {}
    for row, ordered in enumerate(wanted, 1):
        for name, word_of in ENTERED.items():
            label = _("%(item)s, %(field)s", item=ordered.item, field=word_of)
            drawn = Wrapped if name == "method" else Line
            fields[f"{name}_{row}"] = drawn(label, optional=name != "value")
        proposed |= {f"method_{row}": ordered.method, f"unit_{row}": unit_of(ordered.limit)}
        if source := of_the_library.get(ordered.standard_limit_id or 0):
            proposed |= {f"lod_{row}": source.item.lod, f"loq_{row}": source.item.loq}
    if present := report_in_force(session, portion):
        proposed |= {"supersedes": present.report_no} | as_it_stands(present, [each.item for each in wanted])
    draft = draft_of(session, portion)
    proposed |= draft.typed if draft else {}
    made: Entry = type("Entries", (Entry,), fields)(data=proposed | {"draft_version": version_of(draft)})
    return made


def as_it_stands(report: Report, items: Sequence[str]) -> dict[str, str]:
    """What a report that is corrected says: who corrects one value types no other anew."""
    there = {each.item: each for each in report.results}
    rows = [(row, there[item]) for row, item in enumerate(items, 1) if item in there]
    return {f"{name}_{row}": getattr(found, name) or "" for row, found in rows for name in ENTERED}


def version_of(draft: ReportDraft | None) -> str:
    return str(draft.version if draft else 0)


def version_seen(form: Any) -> int:
    typed = form.draft_version.data
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < DIGITS else NEVER


def keep(session: Session, portion: Portion, form: Any, me: Actor) -> None:
    """What was typed, whether it fits or not: nothing is read into it before it is handed in."""
    typed = {f.name: f.written() for f in form if isinstance(f, Line) and f.name != "draft_version"}
    with naming_the_newest(session, portion, form):
        operations.keep_draft(session, portion, typed, by=me, seen=version_seen(form))


@contextmanager
def naming_the_newest(session: Session, portion: Portion, form: Any) -> Iterator[None]:
    """Whoever is told of a newer draft has seen it then: pressing once more is meant."""
    try:
        yield
    except Invalid:
        newest = version_of(draft_of(session, portion))
        form.draft_version.raw_data, form.draft_version.data = [newest], newest
        raise


class GridRow(NamedTuple):
    """One item of the grid: its fields by name, and how it would be judged as it stands."""

    item: str
    limit: str
    is_qualitative: bool  # words only: unit, uncertainty and detection limits do not apply
    fields: Mapping[str, Line]
    tone: Tone
    verdict: Text
    reason: Text
    wrong: Mapping[str, Text]  # what is said at a cell before anything is handed in


def grid(session: Session, portion: Portion, form: Any) -> list[GridRow]:
    """The rows as they stand on the page, each judged as it would be if it were handed in now."""
    rows = []
    for row, ordered in enumerate(items_to_test(session, portion), 1):
        fields = {name: form[f"{name}_{row}"] for name in ENTERED}
        typed = typed_in(form, row, ordered.item)
        read = read_limit(ordered.limit)
        words_only = not isinstance(read, Reason) and read.kind is LimitKind.QUALITATIVE
        tone, verdict, reason = Tone.IDLE, _("Not judged yet"), cast(Text, "")
        wrong: dict[str, Text] = {}
        if typed.value.strip():
            would_be = judged(typed, limit=ordered.limit, rule=ordered.rule)
            tone, verdict = TONES[would_be.verdict], word("verdict", would_be.verdict)
            wrong = wrong_cells(typed, limit=ordered.limit, rule=ordered.rule)
            reason = "" if wrong else would_be.reason.text
        rows.append(GridRow(ordered.item, ordered.limit, words_only, fields, tone, verdict, reason, wrong))
    return rows


def typed_in(form: Any, row: int, item: str) -> ResultEntry:
    return ResultEntry(item, **{name: shown(form[f"{name}_{row}"].data or "") for name in ENTERED})


def slips(session: Session, portion: Portion, form: Any) -> list[FieldProblem]:
    """What keeps results from being judged and can be mended in a cell; nothing where it is meant as it is written."""
    if form.as_written.data:
        return []
    rows = enumerate(items_to_test(session, portion), 1)
    typed = [(row, ordered, typed_in(form, row, ordered.item)) for row, ordered in rows]
    found = [(row, wrong_cells(e, limit=o.limit, rule=o.rule)) for row, o, e in typed if e.value.strip()]
    return [problem(row, cell, text) for row, wrong in found for cell, text in wrong.items()]


def enter(session: Session, portion: Portion, form: Any, me: Actor, _version: int) -> None:
    with naming_the_newest(session, portion, form):
        operations.refuse_if_drafted_since(session, portion, version_seen(form))
    results = [
        ResultEntry(ordered.item, **{name: form[f"{name}_{row}"].data for name in ENTERED})
        for row, ordered in enumerate(items_to_test(session, portion), 1)
    ]
    head = {name: form[name].data for name in ("report_no", "analyst", "method_note", "supersedes", "change_reason")}
    tested_on, no_day = typed_day(form.tested_on.data or "")
    cells = slips(session, portion, form) + no_day
    try:
        operations.enter_report(session, by=me, blind_no=portion.blind_no, results=results, tested_on=tested_on, **head)
    except Invalid as wrong:
        told = {each.field for each in wrong.problems}
        raise Invalid(*wrong.problems, *(each for each in cells if each.field not in told)) from wrong
    if cells:
        raise Invalid(*cells)


HERE = {PortionStatus.AT_LAB, PortionStatus.TESTED, PortionStatus.STOPPED}


def is_not_stopped(portion: Portion, _actor: Actor) -> Reason | None:
    return why_not_here(portion.status)


PORTION_SHEETS = {
    "report": Sheet(
        entry,
        enter,
        _("What is entered is judged at once; a signatory authorises the report."),
        label=_("Enter the results"),
        by=Can.REPORT_ENTER,
        is_due=lambda portion: portion.status in HERE,
        also=[is_not_stopped],
        template="desk/grid.html",
        shown=lambda session, portion, form: {
            "rows": grid(session, portion, form),
            "draft": draft_of(session, portion),
            "stopped": why_no_report_now(session, portion),
            "due": next((each for each in deadlines(session, [portion]) if not each.ended), None),
            "accredited": of_portion(session, portion, form, day_typed(form)),
        },
    ),
    "take_in": Sheet(receipt, receive, _("Read the seal yourself; where it is broken, turn the portion away.")),
    "turn_away": Sheet(turning_away, refuse, _("What you write goes to the agency with the portion's record.")),
}

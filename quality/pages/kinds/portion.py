"""What a laboratory sees of a sample: a blind number, a seal, what to test. Nothing here says where it comes from."""

from __future__ import annotations

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload

from quality.core.events import Event
from quality.core.words import _
from quality.core.workflow import name_of
from quality.lab.queries import as_shown_to_the_laboratory, one_portion, portions_visible_to, why_held
from quality.lab.stages import Stage, in_stage
from quality.pages.forms.laboratory import PORTION_SHEETS
from quality.pages.forms.suspicion import STOP_SHEETS
from quality.pages.kinds.custody import custody_rows
from quality.pages.kinds.narrowing import Narrowing
from quality.pages.kinds.shape import Dossier, Fact, Kind, link
from quality.pages.suspicions import suspected
from quality.people.actor import Actor
from quality.permissions import Can, Role
from quality.purchases.models import HandOver, Portion, Sample, Task
from quality.purchases.workflow import PORTION_LIFE


def shown_from(session: Session, portion: Portion, _me: Actor) -> int:
    """Not even whether it is a first test or a re-inspection: what was done before it was sent is left out."""
    sent = sa.select(sa.func.min(Event.seq)).where(
        Event.subject_type == "sample", Event.part == name_of(portion), Event.action == "send"
    )
    return session.scalars(sent).one() or 1


def describe(session: Session, portion: Portion, me: Actor) -> Dossier:
    shown = as_shown_to_the_laboratory(session, portion)
    facts = [
        Fact(_("Blind number"), shown.blind_no, is_code=True),
        Fact(_("Seal"), shown.seal_no, is_code=True),
        Fact(_("Quantity"), shown.quantity),
        Fact(_("Category"), shown.category),
    ]
    code = me.organisation.code if me.organisation else ""
    facts += [
        Fact(_("Report"), number, link(me, Can.REPORT_READ, "report", f"{code}:{number}"), is_code=True)
        for number in shown.report_nos
    ]
    mine = sa.select(HandOver).where(HandOver.portion_id == portion.id).order_by(HandOver.id)
    way = [step for step in session.scalars(mine) if not step.taken_by.startswith("store:")]
    return Dossier(
        heading=_("Sample %(blind)s", blind=shown.blind_no),
        facts=facts,
        is_counted=False,
        more={
            "items": shown.items,
            "custody": custody_rows(session, way, me),
            "suspected": suspected(session, [portion], me),
            "at_the_door": why_held(portion),
        },
    )


def falls_to(me: Actor) -> sa.ColumnElement[bool]:
    """What waits for a signature falls to the signatory, and stands there as the report; what is stopped to no one."""
    if me.role == Role.SIGNATORY:
        return sa.false()
    return sa.not_(sa.or_(in_stage(Stage.AUTHORISE), in_stage(Stage.STOPPED)))


PORTION = Kind(
    name="portion",
    title=_("Blind samples"),
    read=Can.PORTION_READ,
    life=PORTION_LIFE,
    model=Portion,
    visible_to=portions_visible_to,
    one_visible=one_portion,
    number=lambda portion: portion.blind_no,
    heading=lambda portion: portion.blind_no,
    describe=describe,
    shown_from=shown_from,
    shown_with=(
        joinedload(Portion.sample).options(
            joinedload(Sample.task).joinedload(Task.campaign), joinedload(Sample.made_for)
        ),
    ),
    falls_to=falls_to,
    has_clock=True,
    numbers=(Portion.blind_no, Portion.seal_no),
    narrowed_by={"stage": Narrowing(lambda stage: sa.select(Portion.id).where(in_stage(stage)), in_stage)},
    sheets=PORTION_SHEETS | STOP_SHEETS,
    follows=frozenset({"hold", "release", "use", "go_on", "hand_on"}),
    across=lambda me: (_("Results by workbook"), url_for("workbooks.begin")) if me.can(Can.REPORT_ENTER) else None,
)

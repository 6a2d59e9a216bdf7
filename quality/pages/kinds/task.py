"""The dossier of a sampling task. Who bought is a code; by what the platform could tell is not here at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Drawn
from quality.campaigns.strata import stratum_called
from quality.core.words import Text, _, ngettext
from quality.evidence.models import EvidenceKind
from quality.expenses.queries import expenses_of
from quality.pages.addresses import outside
from quality.pages.ahead import steps_ahead
from quality.pages.checklist import (
    WAIVER_MAKES,
    checklist,
    names_of,
    overview,
    waivers_shown,
)
from quality.pages.forms.exhibits import evidence_sheet
from quality.pages.forms.fields import Form
from quality.pages.forms.listing_page import CAPTURE, PAGE_SHEET
from quality.pages.forms.purchases import TASK_SHEETS
from quality.pages.forms.unboxing import TASK_STEPS
from quality.pages.forms.waivers import GO_WITHOUT
from quality.pages.keeping import is_to_keep
from quality.pages.kinds.narrowing import About, Narrowing, in_campaign
from quality.pages.kinds.shape import Dossier, Fact, Kind, link
from quality.pages.listing_page import listing_page
from quality.pages.moments import moment, yuan
from quality.pages.timeline import name_for
from quality.pages.words import STATUSES, word
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can, Sees
from quality.purchases.alarms import Alarm, alarms_of
from quality.purchases.checklists import KINDS
from quality.purchases.declines import declined_of
from quality.purchases.deliveries import DeliveryNote, DeliveryState, states_of
from quality.purchases.labels import WORDS, LabelProblem
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import may_not_read
from quality.purchases.operations.following import is_on_its_way
from quality.purchases.prices import buyer_looks, listed_fen, over_the_cap_by, what_to_do
from quality.purchases.queries import one_visible_task, visible_tasks
from quality.purchases.waivers import UNDER_WAY, WAIVER_LIFE, step_of, waivers_of
from quality.purchases.workflow import TASK_LIFE

SHOWN = (*KINDS, EvidenceKind.OTHER)  # what a buyer has to show, in the order in which it comes up


class Parcel(NamedTuple):
    """Where it is, as somebody wrote it down, the last first."""

    states: Sequence[DeliveryNote]
    advice: Text | None
    address: str | None  # where that is written down


ADVICE: dict[DeliveryState, Text] = {
    DeliveryState.DELIVERED: _("The courier says that it was delivered: record the parcel, or that it is lost."),
    DeliveryState.REFUSED: _("It was refused: report the listing as unobtainable, or follow the parcel further."),
    DeliveryState.LOST: _("It is lost: report the listing as unobtainable; a reserve takes its place."),
}


def parcel_of(session: Session, task: Task, me: Actor) -> Parcel | None:
    states, is_sent = states_of(session, task.id), is_on_its_way(task)
    if not states and not is_sent:
        return None
    follows = is_sent and me.can(Can.TASK_FOLLOW) and me.stands_over(task)
    address = url_for("desk.sheet", kind="task", number=task.number, name="delivery") if follows else None
    advice = ADVICE.get(task.delivery) if task.delivery and is_sent else None
    return Parcel(states[::-1], advice, address)


class Rung(NamedTuple):
    """An alarm, with whom its page names."""

    alarm: Alarm
    by: Text
    seen_by: Text


def rung(session: Session, task: Task, me: Actor) -> list[Rung]:
    return [
        Rung(each, name_for(session, each.by_id, me), name_for(session, each.seen_by_id, me))
        for each in alarms_of(session, task)
    ]


class NextStep(NamedTuple):
    """What the buyer writes down next, on the page of the task itself once nothing stands in its way."""

    name: str
    label: Text
    form: Form | None
    says: Text
    refusal: Text | None


def next_step(session: Session, task: Task, me: Actor) -> NextStep:
    name = step_of(task)
    assert name is not None, "only of a purchase under way"
    move, sheet = TASK_LIFE[name], TASK_SHEETS[name]
    refusal = move.refusal(task, me, sheet.also)
    form = None if refusal else sheet.form(session, task, me)
    return NextStep(name, move.label or name, form, sheet.says, refusal.reason if refusal else None)


def in_place(page: Mapping[str, Any], name: str, form: Form) -> Mapping[str, Any] | None:
    """What the buyer typed comes back in the step; a file that could not be read, at its piece of the checklist."""
    step: NextStep | None = page.get("step")
    if step is None or name not in {step.name, "evidence"}:
        return None
    if name == step.name:
        return {"step": step._replace(form=form), "wrong_form": form}
    shot = next((each for each in page["checklist"].shots if each.kind == form["kind"].data), None)
    if shot is None:
        return None
    form["file"].id = f"file-{shot.name}"
    return {"wrong_form": form, "wrong_shot": form}


def heading(task: Task) -> str:
    return str(task.drawn.listing.get("title") or task.drawn.listing_id)


def pieces(task: Task) -> Text | None:
    return None if task.quantity is None else ngettext("%(count)s piece", "%(count)s pieces", task.quantity)


def describe(session: Session, task: Task, me: Actor) -> Dossier:
    drawn, listing = task.drawn, task.drawn.listing
    campaign, stands_over_it = task.campaign, me.stands_over(task)
    facts = [
        Fact(_("Campaign"), campaign.title, link(me, Can.CAMPAIGN_READ, "campaign", campaign.number)),
        Fact(
            _("Stratum"),
            stratum_called(drawn.stratum, campaign.design),
            beside=_("%(role)s, rank %(rank)s", role=word("drawn_role", drawn.role), rank=drawn.rank),
        ),
        Fact(_("Platform"), drawn.platform.name),
        Fact(_("Shop"), str(listing.get("shop_name") or "—")),
        Fact(_("Listing"), str(listing.get("url") or drawn.listing_id), outside(listing.get("url")), is_code=True),
        Fact(_("Pieces to buy"), str(campaign.pieces)),
        capped(task),
        listed(task, me),
    ]
    if not is_to_keep():
        facts.append(Fact(_("Buyer"), name_for(session, task.buyer_id, me), beside=_("The identity is protected")))
    if task.paid_fen is not None:
        facts.append(Fact(_("Paid"), yuan(task.paid_fen), beside=shares(task)))
    if task.refunded_fen:
        facts.append(Fact(_("Given back"), yuan(task.refunded_fen)))
    if task.returned_at is not None:
        facts.append(Fact(_("Goods went back"), moment(task.returned_at)))
    if task.received_at is not None:
        facts.append(Fact(_("Parcel received"), moment(task.received_at)))
    if task.label_checked_at is not None:
        problems = [WORDS[LabelProblem(code)] for code in task.label_problems or []]
        facts.append(
            Fact(
                _("Label"),
                "; ".join(map(str, problems)) or _("Nothing is missing"),
                beside=moment(task.label_checked_at),
            )
        )
    if me.sees is not Sees.OWN_WORK:
        facts += declines(session, task, me)
    if task.exit_reason is not None:
        facts.append(Fact(_("Reason"), word("unobtainable", task.exit_reason)))
    if task.sample is not None:
        number = task.sample.number
        facts.append(Fact(_("Sample"), number, link(me, Can.SAMPLE_READ, "sample", number), is_code=True))
    shown = checklist(session, task, me) if me.sees == Sees.OWN_WORK else None
    more: dict[str, object] = {"checklist": shown, **(steps(session, task, me) if shown else {"step": None})}
    more["parcel"], more["alarms"] = parcel_of(session, task, me), rung(session, task, me)
    more["expenses"] = [(each, STATUSES["expense"][each.status]) for each in expenses_of(session, me, task)]
    more["listing_page"] = listing_page(session, task, me)
    asked = waivers_of(task) if stands_over_it else []
    more["pieces"] = overview(task) if stands_over_it else []
    more["waivers"] = waivers_shown(session, asked, me)
    more["waiver_statuses"] = STATUSES["waiver"]
    more["can_read_identity"] = may_not_read(task, me) is None and task.ordered_at is not None
    return Dossier(heading=heading(task), facts=facts, parts=asked, part_names=names_of(asked), more=more)


def steps(session: Session, task: Task, me: Actor) -> dict[str, object]:
    """The present step, and those that a telephone has of its page where no network is."""
    step = next_step(session, task, me)
    return {"step": step, "ahead": steps_ahead(session, task, me, with_present=step.form is None)}


def capped(task: Task) -> Fact:
    """The cap of today; once it is bought, what it was then."""
    now = task.campaign.cap_of(task.drawn.stratum)
    if task.cap_fen is None or task.cap_fen == now:
        return Fact(_("Price cap"), yuan(now))
    return Fact(_("Price cap"), yuan(task.cap_fen), beside=_("when it was ordered; %(cap)s by now", cap=yuan(now)))


def shares(task: Task) -> Text | None:
    """Beside what was paid: how many pieces, and of what it is made."""
    said = [pieces(task)]
    if task.shipping_fen:
        said.append(_("shipping %(amount)s", amount=yuan(task.shipping_fen)))
    if task.discount_fen:
        said.append(_("less %(amount)s of discounts", amount=yuan(task.discount_fen)))
    return "; ".join(str(each) for each in said if each) or None


def listed(task: Task, me: Actor) -> Fact:
    """What it cost when the frame was made: over the cap, with what can be done by who reads it."""
    over, beside = over_the_cap_by(task), None
    if over and task.status in (TaskStatus.PLANNED, TaskStatus.ASSIGNED):
        is_buyer = me.sees is Sees.OWN_WORK
        beside = buyer_looks(over) if is_buyer else what_to_do(over)
    return Fact(_("Listed at"), yuan(listed_fen(task)), beside=beside)


def declines(session: Session, task: Task, me: Actor) -> Iterator[Fact]:
    for each in declined_of(session, [task.id]).get(task.id, []):
        why, note = word("declining", each.reason), each.note if me.stands_over(task) else ""
        said = _("%(reason)s: %(note)s", reason=why, note=note) if note else why
        yield Fact(_("Declined"), said, beside=f"{name_for(session, each.person_id, me)}, {moment(each.at)}")


def with_code(code: str) -> sa.ScalarSelect[int]:
    return sa.select(Organisation.id).where(Organisation.code == code).scalar_subquery()


TASK = Kind(
    name="task",
    title=_("Purchases"),
    read=Can.TASK_READ,
    life=TASK_LIFE,
    model=Task,
    visible_to=visible_tasks,
    one_visible=one_visible_task,
    number=lambda task: task.number,
    heading=heading,
    beside=lambda task: task.drawn.platform.name,
    describe=describe,
    numbers=(Task.number,),
    narrowed_by={
        "campaign": in_campaign(Task),
        "platform": Narrowing(
            lambda code: sa.select(Task.id).join(Task.drawn).where(Drawn.platform_id == with_code(code)),
            lambda code: Task.drawn.has(Drawn.platform_id == with_code(code)),
        ),
    },
    about=About(Task, Task.id, Task.id.in_, Can.TASK_READ),
    has_clock=True,
    shown_with=(joinedload(Task.drawn).joinedload(Drawn.platform),),
    deeds={"ask_capture": CAPTURE},
    part_life=WAIVER_LIFE,
    parts=waivers_of,
    part_makes=WAIVER_MAKES,
    sheets={
        **TASK_SHEETS,
        "page_facts": PAGE_SHEET,
        "go_without": GO_WITHOUT,
        "evidence": evidence_sheet(SHOWN, lambda task: task.status in UNDER_WAY),
    },
    steps=TASK_STEPS,
    in_place=in_place,
)

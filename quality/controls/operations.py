"""Controls are registered with what is known of them, sent like any sample, and their books closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.items import items_meant, names_of
from quality.campaigns.models import Campaign, CampaignItem, CampaignStatus
from quality.controls.models import Control, ControlContent, ControlKind, ControlStatus, ControlUnit
from quality.controls.queries import made_by_form, reports_of
from quality.controls.workflow import WITHDRAW
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.numbers import next_number
from quality.core.words import Reason, Text, _
from quality.core.workflow import begin, perform, record
from quality.lab.cells import unit_of
from quality.lab.entries import unfit
from quality.lab.models import TestOrder, Verdict
from quality.lab.operations.asking import given, require
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Can
from quality.purchases.fitness import outside, said_of, standings_to
from quality.purchases.items import items_for
from quality.purchases.models import PortionKind, Sample
from quality.purchases.operations import UNSEEN, SealedPortion, Seen, Way, dispatch, seal_a_control
from quality.purchases.operations.custody import check_way
from quality.purchases.workflow import SETTLE
from quality.standards.judgement import Verdict as ItemVerdict
from quality.standards.judgement import judge
from quality.standards.names import item_key
from quality.standards.reading import Field, Unreadable, normalised, read_number

LENGTHS = {"product_name": 200, "material": 300}
LONGEST_NUMBER = 50


class ContentText(NamedTuple):
    """What somebody typed about one test item: all of it may be empty, where nothing is known."""

    item: str
    expected: str = ""  # conforming, nonconforming, or what follows from the value
    assigned: str = ""
    unit: str = ""  # "": that of the limit
    sigma: str = ""
    uncertainty: str = ""


def items_of(campaign: Campaign, product_name: str) -> list[CampaignItem]:
    """What a laboratory is asked to test of such a product of the campaign."""
    return items_meant(names_of(product_name, "", {}), campaign.items)


def register(
    session: Session,
    campaign: Campaign,
    *,
    by: Actor,
    product_name: str,
    material: str,
    contents: Sequence[ContentText],
    like: Sample | None = None,
    sent_as: str | None = None,
) -> Control:
    """A material of known content, which goes to laboratories in the flow of `campaign`.

    It is tested for what its product is tested for; `like` is the sample it passes for, where one was chosen.
    `sent_as` names the form that it came by: the second time it is refused as `sent_twice`.
    """
    require(by, Can.CONTROL_KEEP, campaign)
    items = items_for(like) if like else items_of(campaign, product_name)
    read, problems = read_contents(contents, items)
    problems = [*wrong_texts(product_name, material), *problems]
    if not any(each.expected for each in read):
        text = _("Say of at least one item what is known: a value, or whether it conforms")
        problems.append(FieldProblem("contents", "nothing_known", text))
    if problems:
        raise Invalid(*problems)
    return made(
        session,
        campaign,
        ControlKind.KNOWN,
        by=by,
        product_name=product_name,
        material=material,
        contents=read,
        sent_as=sent_as,
    )


def register_split(
    session: Session, sample: Sample, *, by: Actor, material: str, sent_as: str | None = None
) -> Control:
    """More of a sample that was bought, for another laboratory. What it contains is not known: reports are compared."""
    require(by, Can.CONTROL_KEEP, sample)
    if not sample.was_bought:
        raise Refused("not_bought", _("Only a sample that was bought is split"))
    if sample.laboratory_id is None:
        raise Refused("not_sent", _("Dispatch the sample first: the other portion goes to another laboratory"))
    if problems := list(wrong_texts(sample.product_name, material)):
        raise Invalid(*problems)
    read = [ControlContent(campaign_item_id=item.id) for item in items_for(sample)]
    return made(
        session,
        sample.campaign,
        ControlKind.SPLIT,
        by=by,
        product_name=sample.product_name,
        material=material,
        contents=read,
        split_of=sample,
        sent_as=sent_as,
    )


def made(
    session: Session,
    campaign: Campaign,
    kind: ControlKind,
    *,
    by: Actor,
    product_name: str,
    material: str,
    contents: Sequence[ControlContent],
    split_of: Sample | None = None,
    sent_as: str | None = None,
) -> Control:
    number = next_number(session, campaign.agency.code, "Q")  # from here on nobody else registers in this agency
    if sent_as and (there := made_by_form(session, sent_as)):
        raise Refused("sent_twice", _("This form was sent before: it made %(number)s", number=there.number))
    control = Control(
        number=number,
        sent_as=sent_as,
        agency_id=campaign.agency_id,
        kind=kind,
        campaign_id=campaign.id,
        split_of_id=split_of.id if split_of else None,
        product_name=product_name.strip(),
        material=material.strip(),
        made_by_id=by.id,
        made_at=clock.now(),
    )
    begin(session, control, by=by, details={"campaign": campaign.id, "kind": kind})
    for each in contents:
        each.control_id = control.id
    session.add_all(contents)
    session.flush()
    return control


def send(
    session: Session,
    control: Control,
    laboratory: Organisation,
    *,
    by: Actor,
    test: SealedPortion,
    backup: SealedPortion,
    way: Way,
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> ControlUnit:
    """Seal two portions of it, as of any sample, and send the one to test. The other is the agency's to keep."""
    require(by, Can.CONTROL_KEEP, control)
    check_way(laboratory, way)
    seen.must_fit()
    record(session, control, "send", by=by, version=version, details={"laboratory": laboratory.id})
    if reason := why_not_there(control, laboratory):
        raise Refused.because(reason)
    sample = seal_a_control(
        session,
        control.campaign,
        by=by,
        number=f"{control.number}-{len(control.units) + 1}",
        product_name=control.product_name,
        test=test,
        backup=backup,
        seen=seen,
    )
    portion = sample.portion(PortionKind.TEST)
    session.add_all(
        TestOrder(portion_id=portion.id, campaign_item_id=each.campaign_item_id) for each in control.contents
    )
    asked = [each.item for each in control.contents]
    if reason := said_of(outside(standings_to(session, sample, [laboratory.id], asked)[laboratory.id])):
        raise Refused.because(reason)  # else the agency would have to answer for it, and the laboratory would notice
    unit = ControlUnit(control_id=control.id, sample_id=sample.id)
    session.add(unit)
    session.flush()
    dispatch(session, sample, laboratory, by=by, way=way, seen=seen)
    return unit


def why_not_there(control: Control, laboratory: Organisation) -> Reason | None:
    """What stands in the way of a portion to this laboratory. A split sample is tested once in each."""
    if reason := why_not_now(control):
        return reason
    been = {unit.sample.laboratory_id for unit in control.units}
    first = control.split_of.laboratory_id if control.split_of else None
    if control.kind == ControlKind.SPLIT and laboratory.id in been | {first}:
        return Reason("same_laboratory", _("This laboratory has it already; choose another"))
    return None


def why_not_now(control: Control) -> Reason | None:
    if control.status != ControlStatus.IN_USE:
        return Reason("withdrawn", _("This control is withdrawn; nothing more of it is sent"))
    if control.campaign.status != CampaignStatus.IN_FIELD:
        text = _("Its campaign is not in the field: no other sample of it goes out, and the laboratory would notice")
        return Reason("not_in_field", text)
    return None


def settle(session: Session, unit: ControlUnit, *, by: Actor, version: int | None = None) -> None:
    """Close the books on a reported portion, as a conclusion does on a sample: its report changes no more."""
    require(by, Can.CONTROL_KEEP, unit.control)
    record(session, unit.control, "settle", by=by, version=version, details={"sample": unit.sample_id})
    if not reports_of(session, [unit.sample_id]):
        raise Refused("no_report_in_force", _("No report is in force yet; wait for the laboratory"))
    perform(session, unit.sample, SETTLE, by=by)


def take_for(session: Session, control: Control, deed: str, sample: Sample, *, by: Actor, version: int) -> None:
    """Before a deed of the store on one of its portions: of two who do it at once the second is told."""
    require(by, Can.CONTROL_KEEP, control)
    record(session, control, deed, by=by, version=version, details={"sample": sample.id})


def withdraw(session: Session, control: Control, reason: str, *, by: Actor, version: int | None = None) -> None:
    """It was not what it was taken for: nothing that came of it counts any more. Its laboratories learn nothing."""
    perform(session, control, WITHDRAW, by=by, version=version, note=given(reason))


# --- what was typed about its content ---


def wrong_texts(product_name: str, material: str) -> Iterator[FieldProblem]:
    asks = {"product_name": _("Enter the product it passes for"), "material": _("Enter what it is, and who vouches")}
    for name, text in (("product_name", product_name), ("material", material)):
        if not text.strip():
            yield FieldProblem(name, "missing", asks[name])
        yield from unfit(name, text, LENGTHS[name])


def read_contents(
    contents: Sequence[ContentText], items: Sequence[CampaignItem]
) -> tuple[list[ControlContent], list[FieldProblem]]:
    """A row for each item that is tested, and what is wrong with what was typed of it."""
    said = {item_key(each.item): (row, each) for row, each in enumerate(contents, 1)}
    there = {item_key(item.item) for item in items}
    problems = [
        FieldProblem(f"contents {row}, item", "unknown_item", _("%(item)s is not tested here", item=each.item))
        for key, (row, each) in said.items()
        if key not in there
    ]
    if not items:
        problems.append(FieldProblem("product_name", "no_items", _("The campaign tests nothing in this product")))
    read = []
    for item in items:
        row, typed = said.get(item_key(item.item), (0, ContentText(item.item)))
        content, wrong = read_content(typed, item)
        read.append(content)
        problems += [FieldProblem(f"contents {row}, {name}", code, text) for name, code, text in wrong]
    return read, problems


Wrong = tuple[str, str, Text]  # field, code, what to do


def read_content(typed: ContentText, item: CampaignItem) -> tuple[ControlContent, list[Wrong]]:
    wrong: list[Wrong] = []
    numbers: dict[str, Decimal] = {}
    for name in ("assigned", "sigma", "uncertainty"):
        if not (text := getattr(typed, name).strip()):
            continue
        number = plain_number(text)
        if number is None:
            wrong.append((name, "no_number", _("Enter a plain number, such as 4.25; the unit has its own field")))
        elif name != "assigned" and number <= 0:
            wrong.append((name, "not_positive", _("Enter a number above zero, or leave it empty")))
        else:
            numbers[name] = number
    for name in ("sigma", "uncertainty"):
        if name in numbers and not typed.assigned.strip():
            wrong.append((name, "of_no_value", _("This belongs to a value: enter the assigned value too")))
    unit = typed.unit.strip() or (unit_of(item.limit) if typed.assigned.strip() else "")
    wrong += [("unit", each.code, each.text) for each in unfit("unit", unit, LONGEST_NUMBER)]
    expected, against = expectation(typed, numbers.get("assigned"), unit, item)
    if against:
        wrong.append(("expected", "contradicts", against))
    kept: Mapping[str, str] = {name: str(number) for name, number in numbers.items()}
    return ControlContent(campaign_item_id=item.id, expected=expected, unit=unit, **kept), wrong


def expectation(
    typed: ContentText, assigned: Decimal | None, unit: str, item: CampaignItem
) -> tuple[Verdict | None, Text | None]:
    """What the item is: as it was said, or as its value says of itself; and what is wrong with that."""
    if typed.expected and typed.expected not in set(Verdict):
        return None, _("Choose whether it conforms")
    told = Verdict(typed.expected) if typed.expected else None
    if assigned is None:
        return told, None
    judgement = judge(str(assigned), unit, item.limit)
    if judgement.verdict == ItemVerdict.UNDECIDED:
        if told:
            return told, None
        return None, _("Say whether it conforms; the value does not say it: %(why)s", why=judgement.reason.text)
    follows = Verdict.CONFORMING if judgement.verdict.conforms else Verdict.NONCONFORMING
    if told and told != follows:
        return None, _("The assigned value says otherwise against the limit %(limit)s", limit=item.limit)
    return follows, None


def plain_number(text: str) -> Decimal | None:
    """A number and nothing behind it, written as laboratories write it."""
    try:
        read = read_number(normalised(text, Field.VALUE), Field.VALUE)
    except Unreadable:
        return None
    return None if read.rest or not read.number.is_finite() or len(text) > LONGEST_NUMBER else read.number

"""The label is checked, the goods become a sample in two sealed portions, and each portion gets its blind number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.numbers import next_number
from quality.core.words import _
from quality.core.workflow import begin, perform
from quality.people.actor import Actor
from quality.purchases import blind, fields, seals
from quality.purchases.barcodes import digits_of
from quality.purchases.labels import LabelProblem
from quality.purchases.models import Portion, PortionKind, Sample, Task
from quality.purchases.operations.custody import hand_over
from quality.purchases.operations.photos import UNSEEN, Seen, show_the_sealing
from quality.purchases.unboxing import forget_typed
from quality.purchases.workflow import CHECK_LABEL, SEAL

LONGEST_REMARK = 2_000


@dataclass(frozen=True, kw_only=True)
class ProductFacts:
    """The product as its label names it. What the label does not bear stays empty."""

    product_name: str
    spec: str = ""
    brand: str = ""
    model: str = ""
    barcode: str = ""
    batch: str = ""
    producer_name: str = ""
    producer_address: str = ""
    remark: str = ""


@dataclass(frozen=True)
class SealedPortion:
    """One portion as it was sealed; `quantity` as the sampling sheet has it: "2 件"."""

    seal_no: str
    quantity: str


def check_label(
    session: Session, task: Task, problems: Sequence[LabelProblem | str], *, by: Actor, version: int | None = None
) -> None:
    """Write down what the label lacks, or that it lacks nothing. It can be done again until the goods are sealed."""
    if set(problems) - set(LabelProblem):
        text = _("Choose from these problems: %(codes)s", codes=", ".join(LabelProblem))
        raise Invalid(FieldProblem("problems", "unknown_problem", text))
    found = [code.value for code in LabelProblem if code in problems]
    facts = {"label_checked_at": clock.now(), "label_problems": found}
    perform(session, task, CHECK_LABEL, by=by, version=version, facts=facts, details={"problems": found})


def seal(
    session: Session,
    task: Task,
    *,
    by: Actor,
    facts: ProductFacts,
    test: SealedPortion,
    backup: SealedPortion,
    version: int | None = None,
) -> Sample:
    """Make the sample: two portions, each sealed, numbered blind, and in the agency's store. The way to the
    laboratory has its clock from now."""
    sealed = {PortionKind.TEST: normal(test), PortionKind.BACKUP: normal(backup)}
    sealed = as_issued(session, task.agency_id, sealed)
    if problems := [*what_is_wrong_with(facts), *what_is_wrong_with_seals(session, sealed, task.agency_id)]:
        raise Invalid(*problems)
    perform(session, task, SEAL, by=by, version=version)
    sample = Sample(
        number=next_number(session, task.campaign.agency.code, "S"),
        agency_id=task.agency_id,
        task_id=task.id,
        buyer_id=task.buyer_id,
        sealed_at=clock.now(),
        **{name: value.strip() for name, value in asdict(facts).items()} | {"barcode": digits_of(facts.barcode)},
    )
    begin(session, sample, by=by, details={"task": task.id})
    put_into_store(session, sample, sealed, by=by, task=task)
    forget_typed(session, task)
    clocks.start(session, sample, "to_lab", sample.sealed_at)
    return sample


def seal_a_control(
    session: Session,
    campaign: Campaign,
    *,
    by: Actor,
    number: str,
    product_name: str,
    test: SealedPortion,
    backup: SealedPortion,
    seen: Seen = UNSEEN,
) -> Sample:
    """The same of what was not bought: a control of the room `controls`, in the flow of `campaign`.

    Whoever seals it stands in the buyer's place, and has no part in the laboratory. It has no clocks of its own.
    """
    sealed = {PortionKind.TEST: normal(test), PortionKind.BACKUP: normal(backup)}
    sealed = as_issued(session, campaign.agency_id, sealed)
    if problems := [*what_is_wrong_with_seals(session, sealed, campaign.agency_id)]:
        raise Invalid(*problems)
    sample = Sample(
        number=number,
        agency_id=campaign.agency_id,
        campaign_id=campaign.id,
        buyer_id=by.id,
        product_name=product_name,
        sealed_at=clock.now(),
    )
    begin(session, sample, by=by, details={"campaign": campaign.id})
    put_into_store(session, sample, sealed, by=by, seen=seen)
    return sample


def put_into_store(
    session: Session,
    sample: Sample,
    sealed: dict[PortionKind, SealedPortion],
    *,
    by: Actor,
    task: Task | None = None,
    seen: Seen = UNSEEN,
) -> None:
    store, at = f"store:{sample.campaign.agency.code}", sample.sealed_at
    for kind, one in shuffled(sealed):
        portion, seal = begin_portion(session, sample, kind, one, by=by), one.seal_no
        step = hand_over(session, portion, by=by, taken_by=store, at=at, seal_no=seal, seal_intact=True, seen=seen)
        if task is not None:
            show_the_sealing(session, step, task)


def shuffled(sealed: dict[PortionKind, SealedPortion]) -> list[tuple[PortionKind, SealedPortion]]:
    """In an order that their seals give and no laboratory can work out: it sees only one of the two.

    Else the order in which its list goes on would tell which is the backup.
    """
    return sorted(sealed.items(), key=lambda named: hashlib.sha256(named[1].seal_no.encode()).digest())


def begin_portion(session: Session, sample: Sample, kind: PortionKind, sealed: SealedPortion, *, by: Actor) -> Portion:
    portion = Portion(
        sample_id=sample.id,
        kind=kind,
        blind_no=unused_blind_number(session),
        seal_no=sealed.seal_no,
        quantity=sealed.quantity,
    )
    try:
        begin(session, portion, by=by, details={"kind": kind, "seal_no": sealed.seal_no})
    except IntegrityError as conflict:
        if "seal_no" not in str(conflict.orig):
            raise
        raise Invalid(used(kind)) from conflict  # by someone who sealed at the same moment
    return portion


def unused_blind_number(session: Session) -> str:
    while True:
        number = blind.new_blind_number()
        if session.scalars(sa.select(Portion.id).where(Portion.blind_no == number)).one_or_none() is None:
            return number


def normal(portion: SealedPortion) -> SealedPortion:
    return SealedPortion(blind.as_written(portion.seal_no), portion.quantity.strip())


def what_is_wrong_with(facts: ProductFacts) -> Iterator[FieldProblem]:
    for name, value in asdict(facts).items():
        ask = _("Enter the product's name") if name == "product_name" else None
        most = LONGEST_REMARK if name == "remark" else getattr(Sample, name).type.length
        if name != "barcode":
            yield from fields.text(name, value, most=most, ask=ask)
    if facts.barcode.strip() and not digits_of(facts.barcode):
        text = _("Enter the 8, 12, 13 or 14 digits below the bars: one of these is wrong. Or leave it empty")
        yield FieldProblem("barcode", "bad_barcode", text)


def as_issued(
    session: Session, agency_id: int, sealed: dict[PortionKind, SealedPortion]
) -> dict[PortionKind, SealedPortion]:
    """Numbers of the agency's own series as they are kept, with their hyphens."""
    rule = seals.rule_of(session, agency_id)
    return {kind: SealedPortion(seals.as_issued(one.seal_no, rule), one.quantity) for kind, one in sealed.items()}


def what_is_wrong_with_seals(
    session: Session, sealed: dict[PortionKind, SealedPortion], agency_id: int
) -> Iterator[FieldProblem]:
    for kind, portion in sealed.items():
        most = Portion.seal_no.type.length, Portion.quantity.type.length
        yield from fields.text(f"{kind}.seal_no", portion.seal_no, most=most[0], ask=_("Enter the seal number"))
        yield from fields.text(f"{kind}.quantity", portion.quantity, most=most[1], ask=_("Enter the quantity"))
        yield from seals.what_is_wrong(session, agency_id, portion.seal_no, f"{kind}.seal_no")
        if session.scalars(sa.select(Portion.id).where(Portion.seal_no == portion.seal_no)).one_or_none():
            yield used(kind)
    numbers = {portion.seal_no for portion in sealed.values()}
    if len(numbers) < len(sealed) and "" not in numbers:
        text = _("Seal the backup portion with a number of its own")
        yield FieldProblem(f"{PortionKind.BACKUP}.seal_no", "same_seal", text)


def used(kind: PortionKind) -> FieldProblem:
    return FieldProblem(f"{kind}.seal_no", "used_seal", _("This seal number was used before; check it"))

"""The dossier of a transfer: what goes to which authority, and the receipt that says it is there."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.core.words import _
from quality.corrections.models import Transfer
from quality.corrections.operations import send_transfer, withdraw_transfer
from quality.corrections.queries import one_transfer, transfers_visible_to
from quality.corrections.workflow import TRANSFER_LIFE
from quality.lab.models import Finding
from quality.pages.forms.corrections import TRANSFER_SHEETS, region_told
from quality.pages.kinds.narrowing import About, in_campaign
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, link
from quality.pages.moments import day, moment
from quality.pages.timeline import name_for
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample


def facts_of(session: Session, transfer: Transfer, me: Actor) -> Iterator[Fact]:
    finding, correction = transfer.finding, transfer.correction
    yield Fact(_("Finding"), finding.number, link(me, Can.FINDING_READ, "finding", finding.number), is_code=True)
    if correction is not None:
        there = link(me, Can.CORRECTION_READ, "correction", correction.number)
        yield Fact(_("Correction"), correction.number, there, is_code=True)
    yield Fact(word("objecting_party", transfer.party), transfer.addressee)
    yield Fact(_("To the authority"), transfer.authority)
    yield Fact(_("Region"), region_told(transfer.region))
    yield Fact(_("Proposed by"), name_for(session, transfer.proposed_by_id, me))
    if transfer.sent_at is not None:
        yield Fact(_("Sent by"), name_for(session, transfer.sent_by_id, me), beside=moment(transfer.sent_at))
    if transfer.received_on is not None:
        yield Fact(_("Number of the receipt"), transfer.receipt_no, is_code=True)
        yield Fact(_("Received there on"), day(transfer.received_on))


def describe(session: Session, transfer: Transfer, me: Actor) -> Dossier:
    finding = transfer.finding
    return Dossier(
        heading=_("Transfer to %(authority)s", authority=transfer.authority),
        facts=list(facts_of(session, transfer, me)),
        crumbs=[(finding.number, link(me, Can.FINDING_READ, "finding", finding.number))],
        is_sealed=transfer.sent_at is not None,
    )


TRANSFER = Kind(
    name="transfer",
    title=_("Transfers to other regions"),
    read=Can.TRANSFER_READ,
    life=TRANSFER_LIFE,
    model=Transfer,
    visible_to=transfers_visible_to,
    one_visible=one_transfer,
    number=lambda transfer: transfer.number,
    heading=lambda transfer: transfer.finding.sample.product_name,
    beside=lambda transfer: transfer.authority,
    describe=describe,
    has_clock=True,
    numbers=(Transfer.number,),
    narrowed_by={"campaign": in_campaign(Transfer, Transfer.finding, Finding.sample, Sample.task)},
    about=About(
        Sample,
        sa.select(Finding.sample_id).where(Finding.id == Transfer.finding_id).scalar_subquery(),
        lambda ids: Transfer.finding_id.in_(sa.select(Finding.id).where(Finding.sample_id.in_(ids))),
        Can.SAMPLE_READ,
    ),
    shown_with=(joinedload(Transfer.finding).joinedload(Finding.sample),),
    sheets=TRANSFER_SHEETS,
    makes={
        "send": Made(
            lambda session, transfer, by, version, _note: send_transfer(session, transfer, by=by, version=version)
        ),
        "withdraw": Made(
            lambda session, transfer, by, version, note: withdraw_transfer(
                session, transfer, note, by=by, version=version
            ),
            _("Why the transfer is withdrawn"),
            must=True,
        ),
    },
)

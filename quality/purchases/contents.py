"""What the papers of a sample say: the sampling sheet, its labels, the sheet that travels with a portion.

Nothing here reads what belongs to the buyer: no order, payment, parcel, account or name. What goes to a laboratory
names neither shop, platform nor product, and not whether a portion is tested first or again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Drawn
from quality.clocks.days import day_of
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.core.clock import BEIJING
from quality.people.models import Organisation
from quality.purchases.models import HandOver, Portion, Sample

NAMED = ("laboratory", "door", "platform", "agency")  # hands that are organisations of ours


def sampling_sheet(sample: Sample) -> dict[str, Any]:
    """抽样单: what was taken from which listing, how it was divided and sealed. It bears no blind number."""
    task, campaign = sample.purchase, sample.campaign
    return {
        "campaign": {
            "number": campaign.number,
            "title": campaign.title,
            "basis": campaign.basis,
            "category": campaign.category,
        },
        "platform": task.drawn.platform.name,
        "listing": listing_as_drawn(task.drawn),
        "product": product_as_sealed(sample),
        "quantity": task.quantity,
        "portions": [
            {"kind": portion.kind, "seal_no": portion.seal_no, "quantity": portion.quantity}
            for portion in sample.portions
        ],
        "label_problems": list(task.label_problems or ()),
        "sealed_at": sample.sealed_at,
    }


def sampling_notice(sample: Sample) -> dict[str, Any]:
    """抽样告知书: that goods of this listing were taken as a sample, and what follows.

    Nothing of the purchase: not when it was ordered, nor what was paid. No seal either: whoever knows it knows the
    portion again in the laboratory.
    """
    task, campaign = sample.purchase, sample.campaign
    listing = listing_as_drawn(task.drawn)
    return {
        "to": [listing["shop"] or listing["shop_id"] or listing["listing_id"], task.drawn.platform.name],
        "campaign": {"number": campaign.number, "title": campaign.title, "basis": campaign.basis},
        "platform": task.drawn.platform.name,
        "listing": listing,
        "product": product_as_sealed(sample),
        "portions": [{"kind": portion.kind, "quantity": portion.quantity} for portion in sample.portions],
        "sealed_on": sample.sealed_at.astimezone(BEIJING).date(),
        "objection": period_of("objection"),
    }


def period_of(code: str) -> dict[str, Any]:
    """How long somebody has for something, in the unit in which the law counts it."""
    rule = rule_on(code, day_of(clock.now()))
    return {"length": rule.length, "unit": rule.unit}


def label(portion: Portion) -> dict[str, Any]:
    """样品标签: the blind number and the seal that a hand-over compares it with. It lies open on every box: it tells
    nothing else, not even what kind of product is inside."""
    return {"blind_no": portion.blind_no, "seal_no": portion.seal_no}


def label_sheet(sample: Sample, codes: dict[int, str]) -> dict[str, Any]:
    """The labels of both portions on one sheet, with the codes of the labels by the portions' ids. It stays here."""
    return {
        "labels": [label(portion) | {"kind": portion.kind, "code": codes[portion.id]} for portion in sample.portions]
    }


def labels_of_many(samples: Sequence[Sample], codes: dict[int, str]) -> dict[str, Any]:
    """One label of each portion, with the product beside it. The sheet is cut, and what is left stays.

    Not the sample's number: that of a control would say what it is, to a buyer who sees what is left.
    """
    return {
        "many": [
            label(portion) | {"kind": portion.kind, "code": codes[portion.id], "product": sample.product_name}
            for sample in samples
            for portion in sample.portions
        ]
    }


def custody_sheet(session: Session, portion: Portion) -> dict[str, Any]:
    """样品流转单: each hand-over so far. What went into our own store before it was sent is our own affair."""
    asked = sa.select(HandOver).where(HandOver.portion_id == portion.id).order_by(HandOver.id)
    steps = [step for step in session.scalars(asked) if not step.taken_by.startswith("store:")]
    hands = {hand for step in steps for hand in (step.given_by, step.taken_by)}
    keys = {int(rest) for kind, _colon, rest in (hand.partition(":") for hand in hands) if kind in NAMED}
    names = {each.id: each.name for each in session.scalars(sa.select(Organisation).where(Organisation.id.in_(keys)))}
    return label(portion) | {
        "quantity": portion.quantity,
        "category": portion.sample.campaign.category,
        "hand_overs": [
            {
                "at": step.at,
                "given_by": hand_of(step.given_by, names),
                "taken_by": hand_of(step.taken_by, names),
                "seal_no": step.seal_no,
                "seal_intact": step.seal_intact,
                "seal_unread": step.seal_unread,
                "place": "" if step.given_by.startswith("person:") else step.place,
                "condition": step.condition,
            }
            for step in steps
        ],
    }


def hand_of(hand: str, names: dict[int, str]) -> dict[str, str]:
    """Whose hand it was, never which person's: `{"kind": "courier", "name": "雁回速运"}`."""
    kind, _colon, rest = hand.partition(":")
    if kind in NAMED:
        return {"kind": kind, "name": names[int(rest)]}
    return {"kind": kind, "name": rest if kind in ("courier", "authority") else ""}


def listing_as_drawn(drawn: Drawn) -> dict[str, Any]:
    return listing_of(drawn.listing_id, drawn.listing)


def listing_of(listing_id: str, listing: Mapping[str, Any]) -> dict[str, Any]:
    """The frame's row of a listing, as papers name it."""
    return {
        "listing_id": listing_id,
        "url": listing.get("url") or "",
        "title": listing.get("title") or "",
        "shop": listing.get("shop_name") or "",
        "shop_id": listing.get("shop_id") or "",
        "uscc": listing.get("shop_uscc") or "",
    }


def product_as_sealed(sample: Sample) -> dict[str, Any]:
    """What the label bore when it was sealed, as papers name it."""
    return {
        "name": sample.product_name,
        "spec": sample.spec,
        "brand": sample.brand,
        "model": sample.model,
        "barcode": sample.barcode,
        "batch": sample.batch,
        "producer": sample.producer_name,
        "producer_address": sample.producer_address,
    }

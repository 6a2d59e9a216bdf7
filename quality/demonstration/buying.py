"""The deeds of a purchase, from the task to the sealed sample on its way to the laboratory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from quality.core import clock
from quality.demonstration.assigning import cover_for
from quality.demonstration.certificates import why_there
from quality.demonstration.days import spread
from quality.demonstration.life import Deed, Life, life_of, story_of
from quality.demonstration.plans import PIECES
from quality.demonstration.store import put_away, roll, with_its_seal
from quality.evidence.models import EvidenceKind as K
from quality.purchases import operations as purchases
from quality.purchases.labels import LabelProblem
from quality.purchases.models import Cancelled, PortionKind, Task, Unobtainable, Untested

TYPING = timedelta(minutes=4)  # from paying to writing it down
COURIERS = ("雁回速运", "听澜快递", "鹭洲速递")
NAMES = ("林晚", "陈知白", "苏念", "程书意")
ROADS = ("东湖区湖滨路", "西陵区梧桐街", "东湖区书院巷", "西陵区观山路")
GONE = (Unobtainable.OUT_OF_STOCK, Unobtainable.DELISTED)


def assign(life: Life) -> None:
    person = life.buyer.person
    assert person is not None
    purchases.assign(life.stage.session, life.task, person, by=life.stage.coordinator)


def order(life: Life) -> None:
    listing, number = life.listing, order_number(life)
    fen = int(listing["price_fen"]) * PIECES
    amount = f"¥{fen / 100:.2f}"
    life.stage.show(
        life.task,
        K.SELLER,
        life.buyer,
        listing["shop_name"],
        listing["shop_uscc"] or f"个人店，店铺号{listing['shop_id']}",
    )
    life.show(K.PRODUCT_PAGE, listing["title"], f"¥{int(listing['price_fen']) / 100:.2f}", listing["listing_id"])
    life.show(K.ORDER, listing["title"], f"订单号 {number}", f"2件，合计 {amount}")
    life.show(K.PAYMENT, amount, f"商户单号 {number}", listing["shop_name"])
    place, cover = spread(life.number, 900), cover_for(life.stage, life.number, life.platform)
    typed: dict[str, Any] = {
        "account": f"mm_{spread(f'{life.number}, account', 10**6):06}",
        "recipient": NAMES[place % len(NAMES)],
        "address": f"云州市{ROADS[place % len(ROADS)]}{place}号",
        "telephone": f"1390000{place:04}",
    }
    purchases.order(
        life.stage.session,
        life.task,
        by=life.buyer,
        cipher=life.stage.cipher,
        order_number=number,
        cover=cover,
        **(typed if cover is None else dict.fromkeys(typed, "")),
        paid_fen=fen,
        paid_at=clock.now() - TYPING,
        quantity=PIECES,
    )


def order_number(life: Life) -> str:
    return f"{clock.now():%Y%m%d}{spread(f'{life.number}, order', 10**10):010}"


def ship(life: Life) -> None:
    purchases.ship(
        life.stage.session, life.task, by=life.buyer, cipher=life.stage.cipher, delivery_number=parcel_number(life)
    )


def parcel_number(life: Life) -> str:
    return f"SF{spread(f'{life.number}, parcel', 10**12):012}"


def receive(life: Life) -> None:
    life.show(K.PARCEL, parcel_number(life), f"自 {life.listing['shop_name']}")
    purchases.receive(life.stage.session, life.task, by=life.buyer, received_at=clock.now())


def seal(life: Life) -> None:
    listing, session, seals = life.listing, life.stage.session, seals_of(life)
    made = clock.now() - timedelta(days=60 + spread(f"{life.number}, batch", 150))
    batch = f"{made:%Y%m%d}"
    named = listing["title"]
    life.show(K.PACKAGING, named, listing["brand"], life.number)
    life.show(K.MARKS, named, listing["producer_name"], listing["producer_address"], f"批号 {batch}")
    life.show(K.SEAL_TEST, seals[0], named)
    life.show(K.SEAL_BACKUP, seals[1], named)
    lacks = [LabelProblem.WARNINGS] if spread(f"{life.number}, label", 9) == 0 else []
    purchases.check_label(session, life.task, lacks, by=life.buyer)
    sample = purchases.seal(
        session,
        life.task,
        by=life.buyer,
        facts=purchases.ProductFacts(
            product_name=named,
            spec=f"{listing['model']}，{listing['spec']}",
            brand=listing["brand"],
            model=listing["model"],
            barcode=listing.get("barcode", ""),
            batch=batch,
            producer_name=listing["producer_name"],
            producer_address=listing["producer_address"],
        ),
        test=purchases.SealedPortion(seals[0], "1 件"),
        backup=purchases.SealedPortion(seals[1], "1 件"),
    )
    life.sample_id = sample.id
    if has_its_labels_scanned(life):
        for portion in sample.portions:
            purchases.scan_label(session, portion, by=life.buyer)


def has_its_labels_scanned(life: Life) -> bool:
    return spread(f"{life.number}, label scan", 12) > 0


def seals_of(life: Life) -> tuple[str, str]:
    """Two strips of one roll, that follow each other."""
    first = 2 * life.task_id
    return roll()[first], roll()[first + 1]


def dispatch(life: Life) -> None:
    courier = COURIERS[spread(f"{life.number}, courier", len(COURIERS))]
    parcel = f"{spread(f'{life.number}, parcel', 10**12):012}"
    put_away(life)
    purchases.dispatch(
        life.stage.session,
        life.sample,
        life.laboratory(),
        by=life.buyer,
        way=purchases.Way(f"courier:{courier}", parcel),
        despite=why_there(life),
        no_scan=None if has_its_labels_scanned(life) else "标签已贴好，手机摄像头损坏，无法扫码",
        seen=with_its_seal(life.stage.session, life.sample, PortionKind.TEST),
    )


# --- the exits ---


def give_up(life: Life) -> None:
    """The next reserve of the stratum takes its place, and begins a story of its own."""
    was_ordered = life.task.ordered_at is not None
    reason = Unobtainable.SELLER_CANCELLED if was_ordered else GONE[spread(life.number, len(GONE))]
    go_on(life, purchases.give_up(life.stage.session, life.task, reason, by=life.buyer))


def go_on(life: Life, replacing: Task | None) -> None:
    if replacing is not None:
        life.stage.begin(story_of(life_of(life.stage, life.campaign, replacing), life.stage.deeds))


def hand_on(life: Life) -> None:
    life.show(K.PACKAGING, life.listing["title"], "无厂名厂址", life.number)
    life.show(K.MARKS, life.listing["title"], "未标注生产者")
    lacks = [LabelProblem.PRODUCER_NAME, LabelProblem.PRODUCER_ADDRESS, LabelProblem.DATE_OR_BATCH]
    purchases.check_label(life.stage.session, life.task, lacks, by=life.buyer)
    purchases.hand_on(life.stage.session, life.task, Untested.NO_PRODUCER, by=life.buyer)


def cancel(life: Life) -> None:
    note = "同款6个月内已由本局抽检，不重复购样。"
    by = life.stage.coordinator
    go_on(life, purchases.cancel(life.stage.session, life.task, Cancelled.SAME_PRODUCT, by=by, note=note))


DEEDS: dict[str, Deed] = {
    "assign": assign,
    "order": order,
    "ship": ship,
    "receive": receive,
    "seal": seal,
    "dispatch": dispatch,
    "give_up": give_up,
    "hand_on": hand_on,
    "cancel": cancel,
}

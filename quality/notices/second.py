"""Which claims a second person looks at, and what the second one is not told before having looked. Decision 0039.

Nobody chooses them. A claim is drawn by the digest of its own event in the record and its id: the digest holds the
moment to the microsecond and all that happened to the notice before, so that nobody can know it before the claim is
made, and everybody who may read the record can repeat it afterwards.
"""

from __future__ import annotations

import hashlib

from quality.core.words import Reason, _
from quality.notices.models import Claim, ItemStatus, Look, NoticeItem
from quality.people.actor import Actor

ALL = 100  # per cent
BOTH = 2


def is_drawn(digest: str, claim_id: int, percent: int) -> bool:
    """Whether this claim is one of the share: sha256 of `DIGEST,CLAIM` as a fraction of all there are, below it."""
    drawn = hashlib.sha256(f"{digest},{claim_id}".encode()).digest()
    return int.from_bytes(drawn, "big") * ALL < percent << 256


def drawn_claim(item: NoticeItem) -> Claim | None:
    """The claim by which two look at this listing, until it is settled: answering anew draws nobody out again."""
    if item.status != ItemStatus.CLAIMED:
        return None
    return next((claim for claim in item.claims if claim.is_drawn and is_of_now(item, claim)), None)


def is_of_now(item: NoticeItem, claim: Claim) -> bool:
    return item.settled_at is None or claim.received_at >= item.settled_at


def looks_since_the_claim(item: NoticeItem) -> list[Look]:
    since = item.claims[-1].received_at if item.claims else None
    return [look for look in item.looks if since and look.seen_at >= since]


def who_saw_it_gone(item: NoticeItem) -> set[int]:
    """Persons, since the claim and since anybody last found it there. A program's account is no person."""
    found: set[int] = set()
    for look in looks_since_the_claim(item):
        if not look.gone:
            found.clear()
        elif not look.by.is_program:
            found.add(look.by_id)
    return found


def lacks_a_second(item: NoticeItem) -> bool:
    return drawn_claim(item) is not None and len(who_saw_it_gone(item)) < BOTH


def is_kept_from(item: NoticeItem, reader: int | None) -> bool:
    """Whether what was seen since the claim is kept from this reader, who has not looked: until two persons have."""
    if drawn_claim(item) is None:
        return False
    looks = looks_since_the_claim(item)
    persons = {look.by_id for look in looks if not look.by.is_program}
    return bool(looks) and len(persons) < BOTH and reader not in {look.by_id for look in looks}


def looks_told(item: NoticeItem, reader: int | None) -> list[Look]:
    """The looks that this reader may know of, the last one last."""
    if not is_kept_from(item, reader):
        return list(item.looks)
    kept = looks_since_the_claim(item)
    return [look for look in item.looks if look not in kept]


def looked_before_deciding(item: NoticeItem, actor: Actor) -> Reason | None:
    if not is_kept_from(item, actor.id):
        return None
    return Reason(
        "look_first", _("This claim was drawn for a second look: look yourself before you read what was seen")
    )


def two_saw_it_gone(item: NoticeItem, actor: Actor) -> Reason | None:
    if not lacks_a_second(item):
        return None
    return Reason("second_look", _("This claim was drawn for a second look: another person must see it gone as well"))

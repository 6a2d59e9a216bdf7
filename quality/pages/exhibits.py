"""Evidence as tiles: what it shows, whether it can be looked at here, and who sent it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.core.workflow import Part
from quality.evidence.blackening import may_not_black_out
from quality.evidence.kinds import PAGES
from quality.evidence.models import Exhibit
from quality.evidence.queries import may_have_the_original, that_lead_to_the_buyer, visible_exhibits, with_copies
from quality.pages.arrivals import UNKNOWN, Came, arrivals_for
from quality.pages.kinds import KINDS, Kind
from quality.pages.resemblances import NONE, Looks, looks_of, shortened
from quality.people.actor import Actor
from quality.permissions import Sees


class Tile(NamedTuple):
    exhibit: Exhibit
    address: str
    thumbnail: str | None
    is_said: bool  # sent by others than the agency whose case it is
    is_protected: bool  # it leads to the buyer: shown only when asked for, and each look is recorded
    can_be_opened: bool
    is_picture: bool  # there is a copy to look at
    can_be_blacked_out: bool  # by this reader, so that a copy can be shown to others
    original: str | None  # where it is fetched as it came, by who may have it
    text: str | None = None  # what can be read in a saved page
    looks: Looks = NONE  # other pictures that it resembles
    came: Came = UNKNOWN


def tiles(session: Session, kind: Kind, case: Any, me: Actor) -> list[Tile]:
    """Of the case, and of those that it came from, as far as `me` reads such."""
    others = [(KINDS[name], other) for name, other in kind.proved_by(case) if me.can(KINDS[name].read)]
    drawn = []
    for each, subject in [(kind, case), *others]:
        found = exhibits(session, each, subject, me)
        secret = protected(session, found, me)
        copied = with_copies(session, found)
        drawn += [
            tile(each, subject, exhibit, me, is_protected=exhibit.id in secret, picture=exhibit.id in copied)
            for exhibit in found
        ]
    shown = [each.exhibit for each in drawn]
    looks = looks_of(session, shown, me)
    came = arrivals_for(session, shown, {each.exhibit.id for each in drawn if each.is_protected}, me)
    beside = [
        each._replace(looks=shortened(looks.get(each.exhibit.id, [])), came=came.get(each.exhibit.id, UNKNOWN))
        for each in drawn
    ]
    return sorted(beside, key=lambda each: not each.came.out)  # first what stands out; else in the order it was added


def exhibits(session: Session, kind: Kind, case: Any, me: Actor) -> list[Exhibit]:
    """Of the case, or of the rows that stand on its page and have none of their own."""
    found: list[Exhibit] = []
    for each in kind.shown_by(case):
        whole, part = (each.whole, each) if isinstance(each, Part) else (each, None)
        found += visible_exhibits(session, me, whole, part)
    kept = kind.kept_from(case, me)
    return [each for each in found if each.id not in kept]


def tile(kind: Kind, case: Any, exhibit: Exhibit, me: Actor, *, is_protected: bool, picture: bool) -> Tile:
    def address(endpoint: str) -> str:
        return url_for(endpoint, kind=kind.name, number=kind.number(case), exhibit=exhibit.id)

    return Tile(
        exhibit=exhibit,
        address=address("exhibits.show"),
        thumbnail=address("exhibits.thumbnail") if picture and not is_protected else None,
        is_said=exhibit.holding.organisation_id != case.agency_id,
        is_protected=is_protected,
        can_be_opened=picture or may_have_the_original(me, exhibit),
        is_picture=picture,
        can_be_blacked_out=is_protected and picture and may_not_black_out(exhibit, me) is None,
        text=address("exhibits.text") if is_saved_page(exhibit, me) and not is_protected else None,
        original=address("exhibits.original") if may_have_the_original(me, exhibit) and not is_protected else None,
    )


def is_saved_page(exhibit: Exhibit, me: Actor) -> bool:
    return exhibit.holding.media_type in PAGES and may_have_the_original(me, exhibit)


def protected(session: Session, found: Collection[Exhibit], me: Actor) -> set[int]:
    """Ids of those that show themselves only when asked. The buyer's own pictures are no secret to the buyer."""
    return set() if me.sees is Sees.OWN_WORK else that_lead_to_the_buyer(session, found)


def is_own(exhibit: Exhibit, me: Actor) -> bool:
    return exhibit.holding.organisation_id == me.organisation_id

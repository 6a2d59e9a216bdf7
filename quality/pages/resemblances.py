"""What a picture resembles, said beside it: facts for who judges a case of the agency, and no accusation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from quality.core.words import Text, _
from quality.evidence.models import EvidenceKind, Exhibit, Holding
from quality.evidence.perceptual import BITS
from quality.evidence.queries import may_be_shown_to, that_lead_to_the_buyer
from quality.evidence.resembling import Alike, noted
from quality.pages.kinds import KINDS, Kind
from quality.pages.moments import moment
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Sees
from quality.purchases.models import Portion, Sample, Task
from quality.purchases.shops import shop_key

SEALS = {EvidenceKind.SEAL_TEST, EvidenceKind.SEAL_BACKUP}
UNFOLDED = 10  # named behind a line of usual ones
SHOWN = 3  # beside one picture; how many more there are is said
MOST = 500  # exhibits that are gone through: an empty form may prove something in thousands of cases
Case = tuple[str, int]  # its table and id


class Usual(StrEnum):
    """Why it is no wonder that two pictures are alike: such stand together in one line."""

    OWN_CASE = "own_case"  # of the same purchase, what is photographed again on its way
    SAME_SHOP = "same_shop"  # the shop's own licence, in each purchase from it


class Side(NamedTuple):
    """One of two pictures: what it proves, of which purchase, from which shop ("" where nothing says it)."""

    kind: EvidenceKind
    purchase: Case
    shop: str


def usual(one: Side, other: Side) -> Usual | None:
    """None: it is worth a look. Each seal has a picture of its own, so that one for both is no usual one."""
    if one.purchase == other.purchase:
        return None if {one.kind, other.kind} == SEALS else Usual.OWN_CASE
    if one.kind == other.kind == EvidenceKind.SELLER and one.shop and one.shop == other.shop:
        return Usual.SAME_SHOP
    return None


class Look(NamedTuple):
    """Another exhibit that looks like this one, and the case that it proves."""

    exhibit: Exhibit
    kind: Kind
    case: Any
    bits: int  # of 64 that differ
    is_turned: bool
    is_same_file: bool
    usual: Usual | None = None

    @property
    def number(self) -> str:
        return self.kind.number(self.case)

    @property
    def address(self) -> str:
        return self.kind.address(self.case)

    @property
    def says(self) -> Text:
        told = {
            "number": self.number,
            "what": word("evidence", self.exhibit.kind),
            "when": moment(self.exhibit.holding.taken_at or self.exhibit.holding.sent_at),
        }
        if self.is_same_file:
            return _("The same file as in %(number)s: %(what)s, %(when)s", **told)
        told |= {"bits": self.bits, "of": BITS}
        if self.is_turned:
            return _("Turned, resembles %(number)s: %(what)s, %(when)s; distance %(bits)s of %(of)s", **told)
        return _("Resembles %(number)s: %(what)s, %(when)s; distance %(bits)s of %(of)s", **told)


class Folded(NamedTuple):
    """What is alike for a usual reason: one line, with those behind it."""

    says: Text
    looks: list[Look]
    more: int


class Looks(NamedTuple):
    """What is worth a look, the nearest first, and how many more there are; then a line for each usual reason."""

    shown: list[Look]
    more: int
    folded: Sequence[Folded] = ()


def looks_of(session: Session, exhibits: Collection[Exhibit], me: Actor) -> dict[int, list[Look]]:
    """By exhibit, the nearest first, as far as `me` may know of the other's case. For agencies only.

    Not what stands in the same case as proof of the same thing: of one parcel people take several pictures.
    """
    if me.sees is not Sees.AGENCY or not exhibits:
        return {}
    near = noted(session, {each.holding_id for each in exhibits})
    others = others_of(session, near.keys() | {each.holding_id for found in near.values() for each in found}, me)
    cases = visible_cases(session, [*exhibits, *(each for found in others.values() for each in found)], me)
    looks: dict[int, list[Look]] = {}
    for exhibit in exhibits:
        mine = side_of(exhibit, cases)
        beside = [(Alike(exhibit.holding_id, 0, is_turned=False), True)]
        beside += [(each, False) for each in near[exhibit.holding_id]]
        looks[exhibit.id] = [
            Look(
                other, *cases[case_of(other)], alike.bits, alike.is_turned, is_same,
                usual(mine, side_of(other, cases)),
            )
            for alike, is_same in beside
            for other in others.get(alike.holding_id, [])
            if case_of(other) in cases and is_another(exhibit, other)
        ]  # fmt: skip
    return looks


def side_of(exhibit: Exhibit, cases: Mapping[Case, tuple[Kind, Any]]) -> Side:
    """A sample and its portions are what their purchase brought."""
    own = case_of(exhibit)
    _kind, case = cases.get(own, (None, None))
    if isinstance(case, Portion):
        case = case.sample
    if isinstance(case, Sample):
        return Side(exhibit.kind, ("task", case.task_id) if case.task_id else own, "")
    if isinstance(case, Task):
        return Side(exhibit.kind, own, shop_key(case.drawn.platform_id, case.drawn.listing) or "")
    return Side(exhibit.kind, own, "")


def case_of(exhibit: Exhibit) -> Case:
    return exhibit.subject_type, exhibit.subject_id


def is_another(exhibit: Exhibit, other: Exhibit) -> bool:
    """Whether it is worth saying: of another case, or in this one as proof of another thing."""
    return case_of(exhibit) != case_of(other) or exhibit.kind != other.kind


def others_of(session: Session, holding_ids: Collection[int], me: Actor) -> dict[int, list[Exhibit]]:
    asked = sa.select(Exhibit).join(Exhibit.holding).options(contains_eager(Exhibit.holding))
    found = session.scalars(asked.where(Holding.id.in_(holding_ids)).order_by(Exhibit.id.desc()).limit(MOST)).all()
    secret = that_lead_to_the_buyer(session, found)
    by_holding: dict[int, list[Exhibit]] = defaultdict(list)
    for each in found:
        if may_be_shown_to(me, each, each.id in secret):
            by_holding[each.holding_id].append(each)
    return by_holding


def visible_cases(session: Session, exhibits: Iterable[Exhibit], me: Actor) -> dict[Case, tuple[Kind, Any]]:
    """One question for each kind of case."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for each in exhibits:
        wanted[each.subject_type].add(each.subject_id)
    found: dict[Case, tuple[Kind, Any]] = {}
    for kind in KINDS.values():
        table = kind.model.__tablename__
        if keys := wanted.get(table) if me.can(kind.read) else None:
            asked = kind.visible_to(me).where(kind.model.id.in_(keys)).options(*kind.shown_with)
            found |= {(table, case.id): (kind, case) for case in session.scalars(asked).unique()}
    return found


def shortened(looks: list[Look]) -> Looks:
    odd = [look for look in looks if look.usual is None]
    folded = [fold(reason, some) for reason in Usual if (some := [look for look in looks if look.usual is reason])]
    return Looks(odd[:SHOWN], max(0, len(odd) - SHOWN), folded)


def fold(reason: Usual, looks: list[Look]) -> Folded:
    return Folded(SAYS[reason](len(looks)), looks[:UNFOLDED], max(0, len(looks) - UNFOLDED))


SAYS: dict[Usual, Callable[[int], Text]] = {
    Usual.OWN_CASE: lambda many: _("Of this purchase too, pictures alike: %(count)s", count=many),
    Usual.SAME_SHOP: lambda many: _("The shop's licence, alike in other purchases from it: %(count)s", count=many),
}


NONE = Looks([], 0)

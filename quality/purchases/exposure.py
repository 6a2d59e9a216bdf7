"""How often an account, an address or a telephone number was seen, and whether once more is too often. Pure.

Counted are orders of the last `cover_period` days, those of the day on which the period began left out; on each
platform and at each shop apart. A limit of 0 is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from quality.core.words import Text, _
from quality.purchases.rules import Limits

COUNTED: dict[str, Text] = {  # kinds of values; a name is borne by many, and is not counted
    "account": _("The account"),
    "address": _("The address"),
    "telephone": _("The telephone number"),
}
ON_PLATFORM, IN_SHOP = "cover_on_platform", "cover_in_shop"


class Use(NamedTuple):
    """One order with a value."""

    kind: str
    platform: int
    shop: str | None
    on: date


class Over(NamedTuple):
    """A value that may not be used there before `until`, because `many` orders reach a limit."""

    kind: str
    rule: str  # cover_on_platform, cover_in_shop
    many: int
    limit: int
    days: int
    until: date

    @property
    def text(self) -> Text:
        told = {"what": COUNTED[self.kind], "many": self.many, "days": self.days, "until": self.until}
        if self.rule == IN_SHOP:
            return _(
                "%(what)s was seen at this shop within %(days)s days, orders: %(many)s; "
                "not again there before %(until)s",
                **told,
            )
        return _(
            "%(what)s was seen on this platform within %(days)s days, orders: %(many)s; "
            "not again there before %(until)s",
            **told,
        )


class Seen:
    """The days of the orders with the values of one identity, by kind and platform and by kind and shop."""

    def __init__(self, uses: Iterable[Use], limits: Limits, today: date) -> None:
        self._days: dict[tuple[str, int | str], list[date]] = {}
        for use in sorted(uses, key=lambda use: use.on):
            if use.kind in COUNTED and use.on > today - timedelta(days=limits.cover_period):
                self._add(use.kind, use.platform, use.shop, use.on)

    def again(self, platform: int, shop: str | None, on: date) -> None:
        """One more order there, with all of its values."""
        for kind in COUNTED:
            self._add(kind, platform, shop, on)

    def _add(self, kind: str, platform: int, shop: str | None, on: date) -> None:
        self._days.setdefault((kind, platform), []).append(on)
        if shop is not None:
            self._days.setdefault((kind, shop), []).append(on)

    def there(self, kind: str, place: int | str | None) -> Sequence[date]:
        """The oldest first, on a platform (its id) or at a shop (its key)."""
        return [] if place is None else self._days.get((kind, place), [])

    def times(self, platform: int) -> int:
        """With whichever of the values was seen there most often."""
        return max(len(self.there(kind, platform)) for kind in COUNTED)

    @property
    def platforms(self) -> set[int]:
        return {place for _kind, place in self._days if isinstance(place, int)}


def over_used(seen: Seen, platform: int, shop: str | None, limits: Limits) -> Over | None:
    """The limit that stands longest in the way of one more order there with these values; None where none does."""
    found = []
    for kind in COUNTED:
        found += at_its_limit(kind, ON_PLATFORM, seen.there(kind, platform), limits.cover_on_platform, limits)
        found += at_its_limit(kind, IN_SHOP, seen.there(kind, shop), limits.cover_in_shop, limits)
    return max(found, key=lambda over: (over.until, over.rule), default=None)


def at_its_limit(kind: str, rule: str, days: Sequence[date], limit: int, limits: Limits) -> list[Over]:
    """`days` of the orders, the oldest first: as many must leave the period as are more than one below the limit."""
    if not limit or len(days) < limit:
        return []
    until = days[len(days) - limit] + timedelta(days=limits.cover_period)
    return [Over(kind, rule, len(days), limit, limits.cover_period, until)]

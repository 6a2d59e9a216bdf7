"""By what a list of cases can be narrowed and its cases found: their campaign, their platform, the words about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from quality.campaigns.models import Campaign
from quality.permissions import Can
from quality.purchases.models import Task


class Narrowing(NamedTuple):
    """A filter, twice: `ids` finds its cases by an index, where they are few; `holds` asks it of each case in turn."""

    ids: Callable[[str], sa.Select[Any]]
    holds: Callable[[str], sa.ColumnElement[bool]]


class About(NamedTuple):
    """The case of the index whose words these cases are found by, by who may read what it says of shop and product."""

    model: Any
    key: Any  # of each case: the id of that one
    of: Callable[[Any], sa.ColumnElement[bool]]  # the cases about those with these ids
    read: Can


def in_campaign(model: Any, *path: InstrumentedAttribute[Any]) -> Narrowing:
    """`path` leads from the case to its task."""

    def numbered(number: str) -> sa.ColumnElement[bool]:
        return sa.and_(Task.campaign_id == sa.select(Campaign.id).where(Campaign.number == number).scalar_subquery())

    def ids(number: str) -> sa.Select[Any]:
        asked = sa.select(model.id).where(numbered(number))
        for step in path:
            asked = asked.join(step)
        return asked

    def holds(number: str) -> sa.ColumnElement[bool]:
        condition = numbered(number)
        for step in reversed(path):
            condition = sa.and_(step.any(condition) if step.property.uselist else step.has(condition))
        return condition

    return Narrowing(ids, holds)

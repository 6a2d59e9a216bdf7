"""How a file came, said beside it: facts for who judges a case of the agency; to its sender only what they can mend."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.evidence.arrivals import arrivals_of, facts_of
from quality.evidence.findings import Facts, Finding, findings
from quality.evidence.models import Arrival, Exhibit
from quality.evidence.queries import may_have_the_original
from quality.evidence.scanning import scans_of
from quality.evidence.traits import Traits
from quality.pages.moments import moment
from quality.people.actor import Actor
from quality.permissions import Sees


class Fact(NamedTuple):
    label: Text
    value: Text | str


class Came(NamedTuple):
    """What stands out, what does not, and what the file says of itself."""

    out: list[Finding]
    other: list[Finding]
    says: list[Fact]


def arrivals_for(session: Session, shown: Collection[Exhibit], secret: Collection[int], me: Actor) -> dict[int, Came]:
    """By exhibit. `secret`: ids of those that lead to the buyer; what took them is said of none of these."""
    known = arrivals_of(session, {each.holding_id for each in shown})
    scans = scans_of(session, {each.holding.sha256 for each in shown})
    came = {}
    for each in shown:
        arrival = known.get(each.holding_id)
        if arrival is None:
            continue
        scan = scans.get(each.holding.sha256)
        facts = facts_of(arrival, each.holding.media_type, each.kind, scan.outcome if scan else None)
        if me.sees is Sees.AGENCY and may_have_the_original(me, each):
            came[each.id] = of_all(facts, is_secret=each.id in secret)
        elif told := for_sender(facts, arrival, me):
            came[each.id] = Came(told, [], [])
    return came


def of_all(facts: Facts, *, is_secret: bool) -> Came:
    found = findings(facts)
    says = said_of_sending(facts) + said_in_it(facts.traits) + ([] if is_secret else said_of_device(facts.traits))
    return Came([f for f in found if f.stands_out], [f for f in found if not f.stands_out], says)


def for_sender(facts: Facts, arrival: Arrival, me: Actor) -> list[Finding]:
    if arrival.sent_by_id is None or arrival.sent_by_id != me.id:
        return []
    return [each for each in findings(facts) if each.is_for_sender]


def said_of_sending(facts: Facts) -> list[Fact]:
    said = facts.said
    rows = (
        (said.taken_at, _("Taken, by the phone")),
        (said.phone_now, _("The phone's clock")),
    )
    return [Fact(label, moment(value)) for value, label in rows if value]


def said_in_it(traits: Traits) -> list[Fact]:
    size = f"{traits.width} × {traits.height}" if traits.width else ""
    rows = (
        (" ".join(filter(None, [traits.taken, traits.offset])), _("Taken, by the camera")),
        (traits.created, _("Made, by the file")),
        (traits.modified, _("Changed, by the file")),
        (size, _("Pixels")),
    )
    return [Fact(label, value) for value, label in rows if value]


def said_of_device(traits: Traits) -> list[Fact]:
    rows = (
        (" ".join(filter(None, [traits.make, traits.model])), _("Device")),
        (traits.software, _("Program")),
    )
    told = [Fact(label, value) for value, label in rows if value]
    place = _("named in the original; copies do not say it")
    return [*told, Fact(_("Place"), place)] if traits.has_place else told


UNKNOWN = Came([], [], [])

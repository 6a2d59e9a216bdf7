"""What counts how much in a score, where its bands lie, and how many are drawn of each by lot alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from quality.campaigns.design import Design
from quality.campaigns.floor import SCORE, spread_equally
from quality.campaigns.frame.bands import Band
from quality.core.differences import Change
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.targeting.risk.scores import Part

MOST = 1_000  # points of one part
MOST_FLOOR = 1_000
MOST_EDGES = 9
LONGEST_SAID = 40  # characters of what is no number
BAND = "risk_band"  # the stratum that a design makes of a score
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")


class Weights(NamedTuple):
    """One edition. `points` of each part at most; `edges` are the scores at which bands begin, rising; `floor` is how
    many listings of each stratum are drawn at the least, those of the lowest band too."""

    points: Mapping[Part, int]
    edges: tuple[int, ...]
    floor: int

    @property
    def most(self) -> int:
        return sum(self.points.values())

    @property
    def band(self) -> Band:
        return Band(SCORE, self.edges)

    def told(self) -> dict[str, Any]:
        """As JSON."""
        points = {part.value: self.points[part] for part in Part}
        return {"points": points, "edges": list(self.edges), "floor": self.floor}


# Where nobody has set others. What was found weighs most: it alone was seen by the agency itself.
FIRST = Weights(
    {Part.FINDINGS: 40, Part.COMPLAINTS: 25, Part.PRICE: 15, Part.SALES: 10, Part.NEWNESS: 10}, edges=(20, 40), floor=1
)


def from_told(told: Mapping[str, Any]) -> Weights:
    """As `told` wrote it. A part that did not exist then has no weight."""
    points = {part: int(told["points"].get(part.value, 0)) for part in Part}
    return Weights(points, tuple(map(int, told["edges"])), int(told["floor"]))


def read_weights(points: Mapping[str, Any], edges: Sequence[Any], floor: Any) -> Weights:
    """What somebody typed or sent, or `Invalid` with every field that is wrong: the parts by name, `edges`, `floor`."""
    reading = _Reading()
    found = {part: reading.number(part.value, points.get(part.value), MOST) for part in Part}
    for name in sorted(map(str, points.keys() - {part.value for part in Part})):
        reading.wrong(name[:100], "unknown_part", _("Remove %(name)s: a score has no such part", name=name[:100]))
    lines = [reading.number("edges", edge, MOST * len(Part)) for edge in edges]
    read = Weights(found, tuple(lines), reading.number("floor", floor, MOST_FLOOR))
    if not reading.problems:
        reading.whole(read)
    if reading.problems:
        raise Invalid(*reading.problems)
    return read


def seen(typed: str) -> str:
    """What was typed, as a page can say it back."""
    return "".join(c if c.isprintable() else "\ufffd" for c in typed[:LONGEST_SAID])


class _Reading:
    """Collects what is wrong, so that one answer names it all."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def wrong(self, field: str, code: str, text: Text) -> None:
        if all(each.field != field for each in self.problems):
            self.problems.append(FieldProblem(field, code, text))

    def number(self, field: str, given: Any, most: int) -> int:
        written = "" if given is None or isinstance(given, bool) else str(given).strip()
        if not written:
            self.wrong(field, "missing", _("Enter a whole number"))
        elif not WHOLE_NUMBER.fullmatch(written):
            self.wrong(field, "not_a_number", _("Enter a whole number, not %(given)s", given=seen(written)))
        elif int(written) < 0:
            self.wrong(field, "negative", _("Enter 0 or more: nothing that is known of a listing makes it safer"))
        elif int(written) > most:
            self.wrong(field, "too_much", _("Enter at most %(most)s", most=most))
        else:
            return int(written)
        return 0

    def whole(self, read: Weights) -> None:
        if not read.most:
            self.wrong("findings", "no_weight", _("Give at least one part some points: else every score is 0"))
        if not read.edges or len(read.edges) > MOST_EDGES:
            self.wrong("edges", "missing", _("Name one to %(most)s scores at which a band begins", most=MOST_EDGES))
        elif list(read.edges) != sorted(set(read.edges)) or read.edges[0] < 1:
            self.wrong("edges", "not_rising", _("List the edges of the band: whole numbers above 0, rising"))
        elif read.edges[-1] > read.most:
            text = _("No score is above %(most)s, the sum of all points: let the last band begin there or below",
                     most=read.most)  # fmt: skip
            self.wrong("edges", "too_high", text)
        if read.floor < 1:
            text = _("Draw at least one listing of each stratum and band by lot: who is never looked at is never found")
            self.wrong("floor", "no_floor", text)


def targeted(design: Design, weights: Weights) -> Design:
    """The design with the bands of the scores as its last strata, and the floor as the least of each.

    The same number of each stratum and band: the few with high scores are drawn densely, the many with low ones thinly.
    What was asked of each stratum before was asked of other strata, and is left out; a plan that had the same bands
    before keeps its allocation.
    """
    had = dict(design.bands).get(BAND) == weights.band and BAND in design.strata
    kept = design if had else spread_equally(design)
    return replace(
        kept,
        strata=(*(column for column in design.strata if column != BAND), BAND),
        bands=tuple(sorted({**dict(design.bands), BAND: weights.band}.items())),
        min_per_stratum=max(kept.min_per_stratum, weights.floor),
    )


def changes(old: Weights, new: Weights) -> Iterator[Change]:
    """From one edition to the next."""
    for part in Part:
        if old.points[part] != new.points[part]:
            yield Change(part.value, str(old.points[part]), str(new.points[part]))
    if old.edges != new.edges:
        yield Change("edges", ", ".join(map(str, old.edges)), ", ".join(map(str, new.edges)))
    if old.floor != new.floor:
        yield Change("floor", str(old.floor), str(new.floor))

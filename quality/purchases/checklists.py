"""What a step of a purchase has to show: how many pieces of which kind, of what shape, before it can be finished.

Pure. The usual list is data (checklist.csv); an agency may write its own, and one more for a category, which can only
ask for more (`together`). Source of the usual list: the account of the procedure, "photos or video of seller, product
page, order, payment, parcel, packaging, marks, seals"; how many of each is local practice.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from quality.clocks.rules import InBoth
from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.evidence.kinds import FILMS, MAY_BE
from quality.evidence.models import EvidenceKind as K
from quality.evidence.words import WORDS

MOST = 20  # pieces of one kind
LONGEST_HINT = 200


class Step(StrEnum):
    """The moves of a task that can wait for evidence, in their order."""

    ORDER = "order"
    SHIP = "ship"
    RECEIVE = "receive"
    CHECK_LABEL = "check_label"
    SEAL = "seal"


class Shape(StrEnum):
    ANY = "any"  # whatever may prove it (evidence/kinds.py)
    VIDEO = "video"


STEPS = tuple(Step)
EARLIEST: dict[K, Step] = {  # when there is something to hold a camera at; in the order in which it comes up
    K.SELLER: Step.ORDER,
    K.PRODUCT_PAGE: Step.ORDER,
    K.ORDER: Step.ORDER,
    K.PAYMENT: Step.ORDER,
    K.PARCEL: Step.RECEIVE,
    K.OPENING: Step.CHECK_LABEL,
    K.PACKAGING: Step.CHECK_LABEL,
    K.MARKS: Step.CHECK_LABEL,
    K.SEAL_TEST: Step.CHECK_LABEL,
    K.SEAL_BACKUP: Step.CHECK_LABEL,
}
KINDS = tuple(EARLIEST)
SEALS = frozenset({K.SEAL_TEST, K.SEAL_BACKUP})  # custody begins with them: nothing stands in for their pictures
ON_A_SCREEN = frozenset({K.SELLER, K.PRODUCT_PAGE, K.ORDER, K.PAYMENT})


class Need(NamedTuple):
    """`least` pieces of a kind before `step` is finished; 0: not required, good to have."""

    kind: K
    step: Step
    least: int
    shape: Shape = Shape.ANY
    hint: str = ""
    hint_zh: str = ""

    @property
    def name(self) -> str:
        """Unique in a list, and good for an address: `opening`, `opening-video`."""
        return str(self.kind) if self.shape is Shape.ANY else f"{self.kind}-{self.shape}"

    @property
    def says(self) -> Text:
        return InBoth(self.hint, self.hint_zh)


class Piece(NamedTuple):
    """A file that a task refers to, as something. `file` is the same for the same bytes."""

    kind: K
    media_type: str
    file: int


class Standing(NamedTuple):
    """How it stands with one need. `excused`: a coordinator has accepted why the rest is not there."""

    need: Need
    there: int
    excused: bool = False
    asked: bool = False  # why, and nobody has answered yet

    @property
    def lacks(self) -> int:
        return 0 if self.excused else max(0, self.need.least - self.there)


@cache
def usual() -> tuple[Need, ...]:
    with files("quality.purchases").joinpath("checklist.csv").open(encoding="utf-8") as table:
        return tuple(read_need(row) for row in csv.DictReader(table, strict=True))


def read_need(row: Mapping[str, Any]) -> Need:
    """As it is kept in the database, and in the table: numbers as text."""
    return Need(K(row["kind"]), Step(row["step"]), int(row["least"]), Shape(row["shape"]), row["hint"], row["hint_zh"])


def kept(need: Need) -> dict[str, Any]:
    return {**need._asdict(), "kind": need.kind.value, "step": need.step.value, "shape": need.shape.value}


def together(base: Iterable[Need], more: Iterable[Need]) -> tuple[Need, ...]:
    """What both ask: of the same kind and shape the greater number at the earlier step, in the order of KINDS.

    Never less than either: where one asks for a video and the other for anything, the video is both.
    """
    found: dict[tuple[K, Shape], Need] = {}
    for need in (*base, *more):
        before = found.get((need.kind, need.shape))
        found[need.kind, need.shape] = need if before is None else stricter(before, need)
    return tuple(sorted((each for each in found.values() if not is_met_by_another(each, found)), key=place))


def stricter(before: Need, more: Need) -> Need:
    required = [each for each in (before, more) if each.least]
    step = min((each.step for each in required or (before, more)), key=STEPS.index)
    hint = more if more.hint or more.hint_zh else before
    return Need(before.kind, step, max(before.least, more.least), before.shape, hint.hint, hint.hint_zh)


def is_met_by_another(need: Need, found: Mapping[tuple[K, Shape], Need]) -> bool:
    """Of any shape, where as many videos are asked for, and no later."""
    if need.shape is not Shape.ANY:
        return False
    film = found.get((need.kind, Shape.VIDEO))
    if film is None or not film.least or film.least < need.least:
        return False
    return STEPS.index(film.step) <= STEPS.index(need.step)


def place(need: Need) -> tuple[int, int]:
    return KINDS.index(need.kind), tuple(Shape).index(need.shape)


def standing(
    needs: Iterable[Need], pieces: Sequence[Piece], excused: Iterable[str] = (), asked: Iterable[str] = ()
) -> list[Standing]:
    """`excused` and `asked` are names of needs."""
    without, open_ = frozenset(excused), frozenset(asked)
    return [Standing(each, there_of(each, pieces), each.name in without, each.name in open_) for each in needs]


def there_of(need: Need, pieces: Iterable[Piece]) -> int:
    """The same bytes sent twice are one piece."""
    return len({each.file for each in pieces if each.kind == need.kind and fits(need.shape, each.media_type)})


def fits(shape: Shape, media_type: str) -> bool:
    return shape is Shape.ANY or media_type in FILMS


def can_be_taken(need: Need, step: Step) -> bool:
    """Whether there is something to hold a camera at by this step."""
    return STEPS.index(EARLIEST[need.kind]) <= STEPS.index(step)


def shown_at(need: Need, step: Step) -> bool:
    """Whether it can be taken at this step already, and still counts."""
    return can_be_taken(need, step) and STEPS.index(step) <= STEPS.index(need.step)


def said_of(lacking: Sequence[Standing]) -> Text:
    return Lacking(tuple(lacking))


class Lacking(NamedTuple):
    """What is missing, one after the other, in the language in which it is shown."""

    each: tuple[Standing, ...]

    def __str__(self) -> str:
        return str(_(", ")).join(str(called(one.need, one.lacks)) for one in self.each)


def called(need: Need, many: int) -> Text:
    name = WORDS[need.kind]
    if need.shape is Shape.VIDEO:
        name = _("%(what)s (video)", what=name)
    return name if many == 1 else _("%(what)s: %(count)s more", what=name, count=many)


# --- what is wrong with a list ---


def problems_of(needs: Sequence[Need], category: str) -> Iterator[FieldProblem]:
    """By the names of needs. Of an agency's own list; that of a category only adds to it."""
    names = [need.name for need in needs]
    for need in needs:
        if names.count(need.name) > 1:
            yield FieldProblem(need.name, "twice", _("This stands here twice; say it once"))
        yield from problems_of_one(need)
    if not category:
        lost = [kind for kind in KINDS if kind in SEALS and not any(n.kind == kind and n.least for n in needs)]
        for kind in lost:
            text = _("A seal is always shown by a picture: custody begins with it")
            yield FieldProblem(kind, "seal_unseen", text)


def problems_of_one(need: Need) -> Iterator[FieldProblem]:
    if not 0 <= need.least <= MOST:
        yield FieldProblem(need.name, "out_of_range", _("Enter a whole number from 0 to %(most)s", most=MOST))
    if need.kind not in EARLIEST or STEPS.index(need.step) < STEPS.index(EARLIEST[need.kind]):
        yield FieldProblem(need.name, "too_early", _("There is nothing to show at this step yet; choose a later one"))
    elif need.shape is Shape.VIDEO and not MAY_BE[need.kind] & FILMS:
        yield FieldProblem(need.name, "no_video", _("This is not shown by a video"))
    if len(need.hint) > LONGEST_HINT or len(need.hint_zh) > LONGEST_HINT:
        yield FieldProblem(need.name, "too_long", _("Keep to %(most)s characters", most=LONGEST_HINT))
    if bool(need.hint) != bool(need.hint_zh):
        yield FieldProblem(need.name, "one_language", _("Write the hint in both languages, or in none"))

"""Whose portions a form is about: those of one sample, or of all samples that one control went out as.

What is done with a sealed portion is the same for both. A control's forms say which sample it is, and take the control.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text
from quality.pages.words import word
from quality.people.actor import Actor
from quality.purchases.models import Portion, Sample

Which = Callable[[Sample], list[Portion]]


def as_read(_session: Session, _case: Any, _deed: str, _sample: Sample, *, by: Actor, version: int) -> int | None:
    """The case is the sample: the operation itself takes it."""
    return version


class Held(NamedTuple):
    samples: Callable[[Any], Sequence[Sample]]
    key: Callable[[Portion], str]  # by which a form names it
    called: Callable[[Portion], Text]
    # before a deed on one of the samples: the version of it that was read, or none where the case was taken instead
    take: Callable[..., int | None] = as_read
    goes_to_colleagues: bool = True

    def portions(self, case: Any, which: Which) -> list[Portion]:
        return [portion for sample in self.samples(case) for portion in which(sample)]

    def offer(self, form: Any, portions: Sequence[Portion]) -> Any:
        named = {self.key(each): self.called(each) for each in portions}
        form.portion.offer(named)
        form.portion.data = next(iter(named), "")
        return form

    def chosen(self, case: Any, form: Any) -> Portion:
        every = self.portions(case, lambda sample: sample.portions)
        return next(each for each in every if self.key(each) == form.portion.data)


ONE_SAMPLE = Held(
    lambda sample: [sample], lambda portion: portion.kind.value, lambda portion: word("portion_kind", portion.kind)
)

"""The addresses of the program, without the wait: werkzeug writes two small programs for each as it is added."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from werkzeug.routing import IntegerConverter, Map, Rule

LARGEST = 2**31 - 1  # that a row's number can be


class PatientRule(Rule):
    """Learns to write its address when it is first asked to. A start asks for a few of three hundred."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        learned = cache(super()._compile_builder)

        def write(rule: PatientRule, /, **values: Any) -> tuple[str, str]:
            return learned(append_unknown)(rule, **values)

        return write


class RowNumber(IntegerConverter):
    """What stands at `<int:…>`. PostgreSQL refuses a number that no row can have; here it is of no page."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST)

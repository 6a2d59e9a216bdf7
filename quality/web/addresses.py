"""The addresses of the program, without the wait: werkzeug writes two small programs for each as it is added."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from werkzeug.routing import Rule


class PatientRule(Rule):
    """Learns to write its address when it is first asked to. A start asks for a few of three hundred."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        learned = cache(super()._compile_builder)

        def write(rule: PatientRule, /, **values: Any) -> tuple[str, str]:
            return learned(append_unknown)(rule, **values)

        return write

"""The `mingcha` command, a line or two per verb. Each verb fetches its room when it is called."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

from quality.cli import demonstration, keeping, people, planning, proving, rules, running  # noqa: F401 - adds verbs
from quality.cli.verbs import mingcha, speaking
from quality.core.words import chosen_language

__all__ = ["main", "mingcha", "speaking"]

SELDOM = 50_000, 20, 20  # while all is fetched nothing becomes free: looking through it took a sixth of a verb's start


def main(words: Sequence[str] | None = None, *, beside: dict[str, Any] | None = None) -> None:
    """`beside` is what `serve` is told by who began it (start.py)."""
    if words is None:
        words = sys.argv[1:]
        gc.set_threshold(*SELDOM)
    with speaking(chosen_language(words, os.environ)):
        mingcha(words, prog_name="mingcha", obj=beside or {})

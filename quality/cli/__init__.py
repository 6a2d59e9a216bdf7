"""The `mingcha` command, a line or two per verb. Each verb fetches its room when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from quality.cli import demonstration, keeping, people, planning, rules, running  # noqa: F401 - each adds its verbs
from quality.cli.verbs import mingcha, speaking
from quality.core.words import chosen_language

__all__ = ["main", "mingcha", "speaking"]


def main(words: Sequence[str] | None = None, *, beside: dict[str, Any] | None = None) -> None:
    """`beside` is what `serve` is told by who began it (start.py)."""
    words = sys.argv[1:] if words is None else words
    with speaking(chosen_language(words, os.environ)):
        mingcha(words, prog_name="mingcha", obj=beside or {})

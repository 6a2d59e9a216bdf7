"""Which characters no text in 繁體 has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources

WRITTEN_IN_BOTH = set("台着秘")  # which OpenCC's table has in a form of their own that few write


def simplified_only() -> set[str]:
    """Each has one other form in 繁體, and is none itself."""
    tables = resources.files("opencc").joinpath("dictionary")
    kept = (line.split("\t") for line in tables.joinpath("STCharacters.txt").read_text("utf-8").splitlines())
    return {short for short, forms in kept if short not in forms.split()} - WRITTEN_IN_BOTH


SIMPLIFIED = simplified_only()
ONE = re.compile(f"[{''.join(sorted(SIMPLIFIED))}]")


def simplified_in(text: str) -> Iterator[tuple[str, str]]:
    """Each such character with the one before it, and with the one behind it."""
    for found in ONE.finditer(text):
        at = found.start()
        yield text[max(at - 1, 0) : at + 1], text[at : at + 2]

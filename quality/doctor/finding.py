"""What was looked at, how it is, and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from quality.core.words import Text


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"  # it runs, and somebody will be sorry
    FAULT = "fault"  # it does not run, or loses something


class Finding(NamedTuple):
    """`about` is a stable word for programs; `remedy` says what to do next."""

    about: str
    level: Level
    said: Text
    remedy: Text | None = None


def ok(about: str, said: Text) -> Finding:
    return Finding(about, Level.OK, said)


def warning(about: str, said: Text, remedy: Text) -> Finding:
    return Finding(about, Level.WARNING, said, remedy)


def fault(about: str, said: Text, remedy: Text) -> Finding:
    return Finding(about, Level.FAULT, said, remedy)

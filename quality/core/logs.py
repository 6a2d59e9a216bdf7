"""What happened, for who runs the program: without names, addresses, tokens, or anything else that somebody typed.

An exception is told by its kind and by where it came from, never by its message: a database says the value that was
refused, a parser the text that it could not read. Other people's messages are told before anything is filled in.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from quality.core import clock
from quality.core.surroundings import CHECKOUT

OURS = ("mingcha", "_granian")  # whose messages hold no more than numbers and our own words
DEEPEST = 12  # frames, of ours and of libraries, nearest to what went wrong
TOLD_BY_THE_DRIVER = ("sqlstate", "sqlite_errorname", "errno", "code")  # stable words and numbers


def set_up(log_format: str) -> None:
    """Everything goes to standard error. Requests that went well are told to machines only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mingcha").setLevel(logging.INFO if log_format == "json" else logging.WARNING)
    logging.captureWarnings(capture=True)


class JsonLines(logging.Formatter):
    """One object a line. `extra={"told": {…}}` of a call becomes members of it."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(members_of(record), ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = members_of(record)
        error = told.pop("error", None)
        head = f"{told.pop('time')} {told.pop('level').upper()} {told.pop('logger')}: {told.pop('message')}"
        more = " ".join(f"{name}={value}" for name, value in told.items() if name != "pid")
        lines = [f"{head} ({more})" if more else head]
        if error:
            lines += [f"    {place}" for place in error.pop("where")]
            lines.append("    " + " ".join(f"{name}={value}" for name, value in error.items()))
        return "\n".join(lines)


def members_of(record: logging.LogRecord) -> dict[str, Any]:
    told = {
        "time": clock.rfc3339(clock.now()),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": message_of(record),
        "pid": record.process,
        **getattr(record, "told", {}),
    }
    if record.exc_info and record.exc_info[1] is not None:
        told["error"] = about(record.exc_info[1])
    return told


def message_of(record: logging.LogRecord) -> str:
    if record.name.split(".")[0] in OURS:
        return record.getMessage()
    return str(record.msg) if record.args else f"{record.module}, line {record.lineno}"


def about(error: BaseException) -> dict[str, Any]:
    """Kinds, from what was raised to what began it; what a driver says in stable words; where it came from."""
    chain = list(causes(error))
    told: dict[str, Any] = {"type": name_of(error)}
    if len(chain) > 1:
        told["caused_by"] = [name_of(each) for each in chain[1:]]
    for each in chain:
        for name in TOLD_BY_THE_DRIVER:
            value = getattr(each, name, None)
            if isinstance(value, int) or (isinstance(value, str) and value.replace("_", "").isalnum()):
                told.setdefault(name, value)
        if constraint := getattr(getattr(each, "diag", None), "constraint_name", None):
            told["constraint"] = constraint
    told["where"] = [place for each in reversed(chain) for place in places(each.__traceback__)][-DEEPEST:]
    return told


def causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        yield here
        here = here.__cause__ or getattr(here, "orig", None) or here.__context__


def name_of(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        file = code.co_filename.removeprefix(f"{CHECKOUT}/")
        yield f"{file.rpartition('site-packages/')[2]}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next

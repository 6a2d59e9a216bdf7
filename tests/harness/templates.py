"""Watches which templates the tests show, and fails a whole run in which one was never shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
import pytest
from flask import Flask

from quality.core.surroundings import CHECKOUT

shown: set[str] = set()


def watch(app: Flask) -> None:
    """Note every template that this app loads: pages, and what they extend, include and import."""
    environment = app.jinja_env
    load = environment.loader.load

    def noted(environment: jinja2.Environment, name: str, *rest: Any) -> jinja2.Template:
        shown.add(name)
        return load(environment, name, *rest)

    environment.loader.load = noted  # type: ignore[method-assign]


def never_shown(shown: Iterable[str], folder: Path = CHECKOUT / "templates") -> list[str]:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return sorted(there - set(shown))


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FromWorkers())


class FromWorkers:
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        shown.update(getattr(node, "workeroutput", {}).get("templates", ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if hasattr(config, "workerinput"):
        config.workeroutput["templates"] = sorted(shown)  # type: ignore[attr-defined]
    elif exitstatus == pytest.ExitCode.OK and is_whole(config) and never_shown(shown):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if is_whole(config) and (missed := never_shown(shown)):
        terminalreporter.section("templates that no test shows", red=True)
        terminalreporter.line("\n".join(missed))


def is_whole(config: pytest.Config) -> bool:
    """Whether this run is of all tests: of a part, nothing can be said."""
    option = config.option
    partial = option.keyword or option.markexpr or getattr(option, "lf", False) or option.collectonly
    return not partial and config.args_source == pytest.Config.ArgsSource.TESTPATHS

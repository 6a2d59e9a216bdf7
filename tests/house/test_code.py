"""The house rules that the text of a file shows. Each rule is tried on an example of its own, so that it can fail."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

from quality.core.surroundings import CHECKOUT

LAYOUT = {
    "app.py", "pyproject.toml", "README.md", "quality", "templates", "migrations", "tests", "Makefile", "docs",
    "requirements.lock", "requirements-spark.lock",
}  # fmt: skip
TEXT = {".py", ".md", ".toml", ".lock", ".html", ".css", ".js", ".po", ".csv", ".txt", ".json", ".ini", ".svg", ""}
LONGEST = 400


def files(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in CHECKOUT.glob(pattern) if path.is_file())


CODE = files("app.py", "quality/**/*.py")
ALL_CODE = [*CODE, *files("tests/**/*.py", "migrations/**/*.py")]


def named(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


# --- rules over the syntax tree ---


def assigns_a_status(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="status", ctx=ast.Store()):
            return True
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="status"), _]):
            return True
        case ast.Call(func=ast.Attribute(attr="values"), keywords=keywords):  # update(Notice).values(status=…)
            return any(keyword.arg == "status" for keyword in keywords)
    return False


def asks_the_time(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="now" | "utcnow" | "today", value=asked)):
            return not (isinstance(asked, ast.Name) and asked.id in {"clock", "time"})  # as the clocks room calls ours
        case ast.Call(func=ast.Attribute(attr="time" | "time_ns", value=ast.Name(id="time"))):
            return True
        case ast.ImportFrom(module="quality.core.clock", names=names):  # a name of its own cannot be held still
            return any(name.name == "now" for name in names)
    return False


def commits(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"


def says_what_cannot_be_translated(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str())]):
            return False
        case ast.Call(func=ast.Name(id="ngettext"), args=[ast.Constant(), ast.Constant(), _]):
            return False
        case ast.Call(func=ast.Name(id="_" | "ngettext")):
            return True
    return False


def is_unfinished(node: ast.AST) -> bool:
    match node:
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case ast.Attribute(attr="skip" | "skipif" | "xfail"):
            return True
    return False


class Rule(NamedTuple):
    is_broken_by: Callable[[ast.AST], bool]
    but_not_in: list[str]
    example: str


ENGINE = ["quality/core/workflow.py", "quality/core/errors.py"]  # and Stale, which only tells it
RULES = [
    Rule(assigns_a_status, ENGINE, "notice.status, notice.number = CLOSED, 1"),
    Rule(assigns_a_status, ENGINE, "update(Notice).values(status='closed')"),
    Rule(asks_the_time, ["quality/core/clock.py"], "datetime.now(UTC)"),
    Rule(asks_the_time, ["quality/core/clock.py"], "from quality.core.clock import now"),
    Rule(
        commits,
        ["quality/web/transactions.py", "quality/*jobs.py", "quality/cli/*", "quality/walk*", "quality/demonstr*"],
        "db.session.commit()",
    ),
    Rule(says_what_cannot_be_translated, [], "_(f'{number} is closed')"),
    Rule(is_unfinished, [], "raise NotImplementedError"),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.is_broken_by.__name__}: {rule.example}")
def test_a_rule_of_the_code_is_kept_and_can_be_broken(rule: Rule) -> None:
    assert list(breaches(rule, ast.walk(ast.parse(rule.example))))
    kept_in = [path for path in CODE if not any(fnmatch(named(path), but) for but in rule.but_not_in)]
    assert [f"{named(path)}:{line}" for path in kept_in for line in breaches(rule, nodes(path))] == []


def breaches(rule: Rule, nodes: Iterable[ast.AST]) -> Iterator[int]:
    return (node.lineno for node in nodes if rule.is_broken_by(node))  # type: ignore[attr-defined]


TREES: dict[Path, ast.Module] = {}
NODES: dict[Path, list[ast.AST]] = {}


def nodes(path: Path) -> list[ast.AST]:
    """Of its tree, as they are walked: once for all rules, for the way takes longer than looking."""
    if path not in NODES:
        NODES[path] = list(ast.walk(tree(path)))
    return NODES[path]


def tree(path: Path) -> ast.Module:
    if path not in TREES:
        TREES[path] = ast.parse(path.read_text())
    return TREES[path]


# --- rules over the text ---


def test_no_python_file_is_longer_than_400_lines() -> None:
    assert [named(path) for path in ALL_CODE if len(path.read_text().splitlines()) > LONGEST] == []


def test_every_module_says_in_its_first_line_what_is_in_the_room() -> None:
    assert [named(path) for path in CODE if not ast.get_docstring(tree(path))] == []


REGISTRY = r"pypi\.[o]rg|python[h]osted|registry\.[n]pmjs|deb\.[d]ebian\.org"
MACHINE = r"(?<![\w.])/(?:[h]ome|[r]oot|[U]sers|[w]ork)/\w"
UNFINISHED = r"\b(?:TO[D]O|FIX[M]E|XX[X])\b|pragma: no [c]over"


@pytest.mark.parametrize(
    ("written", "example"),
    [
        (REGISTRY, "https://pypi." + "org/simple"),
        (MACHINE, "file:///" + "home/someone/mingcha"),
        (UNFINISHED, "# TO" + "DO"),
    ],
    ids=["address of a package registry", "path of one machine", "unfinished"],
)
def test_no_file_holds(written: str, example: str) -> None:
    assert re.search(written, example)
    everywhere = [path for name in (*LAYOUT, ".ci", ".gitignore") for path in files(name, f"{name}/**/*")]
    texts = [path for path in everywhere if path.suffix in TEXT]
    assert [named(path) for path in texts if re.search(written, path.read_text(errors="replace"))] == []


def test_nothing_else_stands_beside_app_py() -> None:
    there = {path.name for path in CHECKOUT.iterdir() if not path.name.startswith((".", "__"))}
    assert there <= LAYOUT


def test_everything_imported_is_named_in_pyproject() -> None:
    """What another package happens to bring along may be gone with its next version."""
    given = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    extras = given["project"]["optional-dependencies"].values()
    written = [*given["project"]["dependencies"], *given["dependency-groups"]["dev"], *chain(*extras)]
    named_there = {re.split(r"[\[~<>=!;]", line)[0].strip().lower() for line in written}
    brought_by = packages_distributions()
    imported = {name for path in ALL_CODE for name in imports(tree(path))} - sys.stdlib_module_names
    distributions = {name: {d.lower() for d in brought_by.get(name, [name])} for name in imported - HOUSE}
    assert {name for name, brought in distributions.items() if not brought & named_there} <= BROUGHT_ALONG | PEERS


HOUSE = {"app", "quality", "tests"}
BROUGHT_ALONG = {
    "werkzeug",
    "jinja2",
    "markupsafe",
    "itsdangerous",
    "blinker",
    "pydantic_core",
}  # by Flask, by pydantic
PEERS = {
    "django",
    "django_domain_events",
    "django_outbound_webhooks",
    "numpy",
    "pandas",
    "samplics",
}  # in environments of their own


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


ASSERTS = re.compile(r"Assert\(|raises|expect|assert_|verify")


def test_every_test_asserts_something() -> None:
    """Itself, or by calling a function of the tests that does."""
    functions = [
        (path, f) for path in files("tests/**/*.py") for f in ast.walk(tree(path)) if isinstance(f, ast.FunctionDef)
    ]
    speaking = {f.name for _path, f in functions if ASSERTS.search(ast.dump(f))}
    silent = [
        f"{named(path)}:{f.lineno} {f.name}"
        for path, f in functions
        if f.name.startswith("test_") and f.name not in speaking
        if not any(isinstance(node, ast.Name) and node.id in speaking for node in ast.walk(f))
    ]
    assert silent == []

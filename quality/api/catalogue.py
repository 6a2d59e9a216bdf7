"""The catalogue of problems: every code that the program may refuse with, read from its own code, for docs/api.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from quality.core.surroundings import CHECKOUT
from quality.web.errors import code_of

BEGINS, ENDS = "<!-- the catalogue begins -->", "<!-- the catalogue ends -->"
PAGE = CHECKOUT / "docs" / "api.md"
CODE_AT = {  # the status that each class becomes, and which argument is its code and its sentence
    "Refused": (409, 0, 1),
    "Reason": (409, 0, 1),
    "NotPermitted": (403, 0, 1),
    "FieldProblem": (422, 1, 2),
}
ELSEWHERE = [  # those that no such class makes
    (400, "not_json", "The body is no JSON in UTF-8"),
    (400, "checksum_algorithm", "Only sha256 and sha1 are checked: `Upload-Checksum: sha256 …`"),
    (412, "tus_version", "Speak tus 1.0.0: send `Tus-Resumable: 1.0.0`"),
    (415, "no_offset_stream", "Send the bytes as application/offset+octet-stream"),
    (
        460,
        "checksum_mismatch",
        "The bytes are others than their checksum says; nothing of them was kept. Send them again",
    ),
    (401, "unauthorized", "Send your key: `Authorization: Bearer KEY`"),
    (401, "bad_key", "This key opens nothing: it is wrong, has expired or was revoked"),
    (404, "not_found", "There is nothing here that you may see"),
    (409, "stale", "Someone else changed this after you opened it. Nothing of yours was recorded."),
    (422, "invalid", "Some of what was sent cannot be used: `errors` names each field"),
    (503, "busy", "The database is busy; nothing was recorded. Try again in a moment"),
    (
        503,
        "outcome_unknown",
        "The connection to the database broke at the last moment. Look whether it was recorded, then try again",
    ),
]


class Known(NamedTuple):
    status: int
    code: str
    sentence: str


@cache
def known() -> tuple[Known, ...]:
    """Each once, by its status and code; of several sentences the first that the code has."""
    found = {(status, code): Known(status, code, said) for status, code, said in ELSEWHERE}
    for one in said_of_statuses():
        found.setdefault((one.status, one.code), one)
    for path in sorted((CHECKOUT / "quality").rglob("*.py")):
        for one in said_in(path):
            before = found.get((one.status, one.code))
            if before is None or not before.sentence:
                found[one.status, one.code] = one
    return tuple(sorted(found.values()))


def said_of_statuses() -> Iterator[Known]:
    """What web/errors.py says where the framework refuses."""
    code = ast.parse((CHECKOUT / "quality" / "web" / "errors.py").read_text(encoding="utf-8"))
    [table] = [
        node.value for node in code.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SAYS"
    ]
    assert isinstance(table, ast.Dict)
    for status, said in zip(table.keys, table.values, strict=True):
        assert isinstance(status, ast.Constant)
        number = int(ast.literal_eval(status))
        yield Known(number, code_of(number), sentence_of(said))


def said_in(path: Path) -> Iterator[Known]:
    text = path.read_text(encoding="utf-8")
    if not any(f"{name}(" in text for name in CODE_AT):  # most files refuse nothing, and to parse one takes longest
        return
    code = ast.parse(text)
    named = sentences_of(code)
    for node in ast.walk(code):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CODE_AT:
            status, place, sentence_at = CODE_AT[node.func.id]
            if len(node.args) > sentence_at and isinstance(node.args[place], ast.Constant):
                said = node.args[sentence_at]
                sentence = last_before(named, said.id, node.lineno) if isinstance(said, ast.Name) else sentence_of(said)
                yield Known(status, str(ast.literal_eval(node.args[place])), sentence)


def sentences_of(code: ast.Module) -> list[tuple[str, int, str]]:
    """The names that were given to sentences, and in which lines."""
    given = [node for node in ast.walk(code) if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    return [(node.targets[0].id, node.lineno, sentence_of(node.value)) for node in given]  # type: ignore[attr-defined]


def last_before(named: list[tuple[str, int, str]], name: str, line: int) -> str:
    """What a name meant in a line: a constant of the module may stand below it."""
    found = [(at < line, at, said) for each, at, said in named if each == name and said]
    return max(found)[2] if found else ""


def sentence_of(node: ast.expr) -> str:
    """What stands in `_("…")`, or of many in `ngettext`; of one that is made elsewhere, nothing."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return ""
    said = node.args[{"_": 0, "ngettext": 1}[node.func.id] :] if node.func.id in {"_", "ngettext"} else []
    return str(ast.literal_eval(said[0])).replace("%%", "%") if said and isinstance(said[0], ast.Constant) else ""


def as_markdown() -> str:
    """One table a status, for the page."""
    lines: list[str] = []
    found = known()
    for status in sorted({one.status for one in found}):
        rows = [f"| `{one.code}` | {one.sentence.replace('|', '¦')} |" for one in found if one.status == status]
        lines += [f"### {status}", "", "| code | says |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def page() -> str:
    """docs/api.md with the catalogue as the code has it now."""
    before, _begins, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    _old, _ends, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n\n{as_markdown()}\n{ENDS}{after}"


def draw_the_page() -> None:
    drawn = page()
    PAGE.write_text(drawn, encoding="utf-8")

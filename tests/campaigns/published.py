"""The programs of a draw's public page, as somebody takes them from it and runs them on what is published."""

import html
import re
import runpy
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from unittest import mock

import duckdb

from quality.core.surroundings import CHECKOUT

PROGRAM = CHECKOUT / "templates" / "public" / "draw.py.txt"  # nothing is filled in


def taken_from(page: str, name: str) -> str:
    """The text of one program of a page."""
    found = re.search(rf'<pre[^>]* id="{name.replace(".", "-")}"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found, f"the page shows no {name}"
    return html.unescape(found[1])


def drawn_by_python(program: str, frame: Path, design: Path, seed: str) -> bytes:
    """By an interpreter that has nothing but its own library."""
    (design.parent / "draw.py").write_text(program, encoding="utf-8")
    words = [sys.executable, "-I", "draw.py", frame.name, design.name, seed, "by-python.csv"]
    subprocess.run(words, cwd=design.parent, check=True, timeout=60)
    return (design.parent / "by-python.csv").read_bytes()


def drawn_in_here(frame: Path, design: Path, seed: str) -> bytes:
    """The same program, much quicker to begin."""
    out = design.parent / "in-here.csv"
    with mock.patch.object(sys, "argv", ["draw.py", str(frame), str(design), seed, str(out)]):
        runpy.run_path(str(PROGRAM))
    return out.read_bytes()


def drawn_by_sql(sql: str, folder: Path) -> bytes:
    (folder / "drawn.csv").unlink(missing_ok=True)
    with chdir(folder), duckdb.connect() as con:
        con.execute(sql)
    return (folder / "drawn.csv").read_bytes()

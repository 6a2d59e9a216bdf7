"""Of two Pythons the set-up takes the quicker one: what it measures them by must tell them apart."""

from __future__ import annotations

import subprocess
import sys

from quality.core.surroundings import CHECKOUT

MEASURED = """eval "$(sed -n '/^of_calls()/,/^}/p' .ci/set-up)"; of_calls "$1" """


def test_how_quick_a_python_is_is_known_to_the_hundredth() -> None:
    command = ["sh", "-euc", MEASURED, "sh", sys.executable]
    said = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert 100 < int(said) < 1_000_000, "microseconds for three thousand calls"

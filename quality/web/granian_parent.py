"""granian with the program fetched before its workers divide: they share it in memory, and a start fetches it once.

What is open when a process divides hangs in the child; so the program opens nothing while it is made.
"""

from __future__ import annotations

import gc
import multiprocessing

gc.disable()  # as app.py says; here granian comes first

from granian.cli import entrypoint  # noqa: E402

import app  # noqa: E402, F401


def main() -> None:
    multiprocessing.set_start_method("fork")
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()

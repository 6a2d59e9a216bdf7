"""What axe has looked at in this run, in whichever worker: nobody need look twice."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path


class LookedAt:
    """Each in a line of one file, which the workers append to and read on."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.file: Path | None = None
        self.read = 0

    def kept_in(self, file: Path) -> None:
        self.file, self.read = file, 0
        file.touch()

    def lacks(self, seen: Iterable[object]) -> bool:
        assert self.file, "the browser was not asked for by its fixture"
        with self.file.open("rb") as lines:
            lines.seek(self.read)
            self.known.update(line.decode() for line in lines.read().split())
            self.read = lines.tell()
        return not self.known.issuperset(map(digest, seen))

    def add(self, seen: Iterable[object]) -> None:
        assert self.file
        new = {digest(one) for one in seen} - self.known
        with self.file.open("ab", buffering=0) as lines:
            lines.write("".join(f"{one}\n" for one in new).encode())  # at once: nothing of another worker comes between


def digest(one: object) -> str:
    return blake2b(repr(one).encode(), digest_size=12).hexdigest()


LOOKED_AT = LookedAt()

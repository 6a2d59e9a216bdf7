"""The tree over the record's heads: every leaf has a path to the root, and a neighbour's hash tells nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.core.db import canonical
from quality.core.merkle import SIZE, Leaf, blind_of, hash_of_leaf, hashes_of, levels_of, merkle_root, root_from
from quality.core.tree import KEPT, Stands, lay_out, stands

SECRET = b"a secret of the day"
KINDS = ["campaign", "result", "sample"]


def heads(campaigns: int, results: int, samples: int) -> list[Leaf]:
    counts = zip(KINDS, (campaigns, results, samples), strict=True)
    return [(kind, 3 * n, n, f"{n:064x}") for kind, count in counts for n in range(1, count + 1)]


def signed(folder: Path, leaves: list[Leaf], day: str = "2026-11-27", secret: bytes = SECRET) -> None:
    lines = [canonical({"secret": secret.hex()})] if secret else []
    text = "\n".join([*lines, *map(canonical, leaves)])
    (folder / f"{day}.heads.gz").write_bytes(gzip.compress(text.encode()))
    (folder / f"{day}.json").write_text(json.dumps({"heads": f"{day}.heads.gz"}))


def test_a_leaf_is_hashed_as_its_canonical_json_is() -> None:
    leaf = ("result", 7, 3, "ab" * 32)
    blind = blind_of(SECRET, "result", 7)
    assert hashes_of([leaf], SECRET) == hash_of_leaf([*leaf, blind])
    assert hashes_of([leaf], b"") == hash_of_leaf(leaf), "as it was before leaves were blinded"
    assert hashes_of([leaf], SECRET) != hashes_of([leaf], b"another day")


@given(st.integers(0, 9), st.integers(1, 20), st.integers(0, 9))
def test_every_result_has_a_path_to_the_root(
    tmp_path_factory: pytest.TempPathFactory, campaigns: int, results: int, samples: int
) -> None:
    folder, leaves = tmp_path_factory.mktemp("roots"), heads(campaigns, results, samples)
    signed(folder, leaves)
    assert lay_out(folder, "result")
    root = merkle_root(leaves, SECRET)
    for kind, key, seq, digest in leaves[campaigns : campaigns + results]:
        found = stands(folder, "result", key)
        assert found
        assert (found.day, found.seq, found.digest) == ("2026-11-27", seq, digest)
        assert root_from(hash_of_leaf((kind, key, seq, digest, found.blind)), found.path) == root
    assert (stands(folder, "result", 1), stands(folder, "result", 3 * results + 1)) == (None, None)


def test_where_there_is_none_of_a_kind_none_is_found(tmp_path: Path) -> None:
    assert (lay_out(tmp_path, "result"), stands(tmp_path, "result", 3)) == (None, None)
    signed(tmp_path, heads(2, 0, 3))
    assert lay_out(tmp_path, "result")
    assert stands(tmp_path, "result", 3) is None


def test_a_root_over_leaves_that_could_be_guessed_proves_nothing(tmp_path: Path) -> None:
    signed(tmp_path, heads(2, 2, 2), secret=b"")
    assert lay_out(tmp_path, "result") is None
    assert stands(tmp_path, "result", 3) is None


def test_the_newest_tree_is_asked_and_old_ones_go(tmp_path: Path) -> None:
    for day in range(1, 5):
        signed(tmp_path, heads(day, day, 0), f"2026-11-0{day}")
        assert lay_out(tmp_path, "result")
        assert lay_out(tmp_path, "result") is None, "it is there"
        found = stands(tmp_path, "result", 3)
        assert isinstance(found, Stands)
        assert found.day == f"2026-11-0{day}"
    assert len(list(tmp_path.glob(".*.tree"))) == KEPT
    assert not list(tmp_path.glob("*.part")), "nothing half made"


def test_what_has_no_neighbour_moves_up_as_it_is() -> None:
    levels = levels_of(hashes_of(heads(0, 5, 0), SECRET))
    assert [len(level) // SIZE for level in levels] == [5, 3, 2, 1]
    assert levels[0][-SIZE:] == levels[1][-SIZE:] == levels[2][-SIZE:]

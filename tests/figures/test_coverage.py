"""That the published interval holds the true rate as often as it says; `make bench` asks it of 2,000 samples."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.intervals import held, samples

GROUPS = 100


def test_it_holds_the_rate_in_95_of_100_samples_that_the_program_drew(tmp_path: Path) -> None:
    """The same samples each time; at one rate five of a hundred may be too many by chance, at all together one."""
    counts = held(list(samples(tmp_path, GROUPS, 1)))

    for market, count in counts.items():
        assert count / GROUPS >= 0.89, market
    assert 0.94 <= sum(counts.values()) / GROUPS / len(counts) <= 0.965

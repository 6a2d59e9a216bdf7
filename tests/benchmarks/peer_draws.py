"""`peer_draws.py pandas|samplics FRAME.csv SEED OUT`: draw about 4,000 by strata, in proportion, at least 2 in each.

By a Python that has pandas and samplics. pandas draws by the digests that this program draws by; samplics as it does.
It knows nothing of this program.
"""

# mypy: ignore-errors
from __future__ import annotations

import hashlib
import sys
from fractions import Fraction
from pathlib import Path

import pandas as pd

N, LOW = 4000, 2


def shares(sizes: dict[str, int]) -> dict[str, int]:
    """In proportion, whole numbers by the largest remainder; who would have fewer than two is settled first."""
    settled, rest = {}, N
    while True:
        left = [name for name in sizes if name not in settled]
        total = sum(sizes[name] for name in left)
        quota = {name: Fraction(rest * sizes[name], total) for name in left}
        few = [name for name in left if quota[name] < LOW]
        if not few:
            break
        settled |= dict.fromkeys(few, LOW)
        rest -= LOW * len(few)
    whole = {name: int(quota[name]) for name in left}
    order = sorted(left, key=lambda name: (whole[name] - quota[name], name))
    for name in order[: rest - sum(whole.values())]:
        whole[name] += 1
    return settled | whole


def main() -> None:
    peer, source, seed, out = sys.argv[1:]
    frame = pd.read_csv(source, dtype=str)
    frame["stratum"] = frame["platform"] + "/" + frame["category"]
    taken = shares(frame["stratum"].value_counts().to_dict())
    if peer == "pandas":
        frame["digest"] = [hashlib.sha256(f"{seed},{listing}".encode()).hexdigest() for listing in frame["listing_id"]]
        frame = frame.sort_values(["stratum", "digest"])
        drawn = frame[frame.groupby("stratum").cumcount() < frame["stratum"].map(taken)]["listing_id"]
    else:
        from samplics import SampleSelection, SelectMethod

        design = SampleSelection(method=SelectMethod.srs_wor, strat=True, wr=False)
        drawn = design.select(
            samp_unit=frame["listing_id"].to_numpy(), samp_size=taken, stratum=frame["stratum"].to_numpy(),
            to_dataframe=True, sample_only=True,
        )["_samp_unit"]  # fmt: skip
    Path(out).write_text("\n".join(map(str, drawn)), encoding="utf-8")


if __name__ == "__main__":
    main()

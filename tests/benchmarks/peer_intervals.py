"""By a Python that has samplics: how many of its intervals hold the true rate, and seconds for one. Samples on stdin.

It knows nothing of this program.
"""

# mypy: ignore-errors
from __future__ import annotations

import json
import sys
import time

import numpy as np
from samplics import PopParam, TaylorEstimator


def main() -> None:
    told = json.load(sys.stdin)
    sizes, drawn = np.array(told["sizes"]), np.array(told["drawn"])
    stratum, weight = np.repeat(np.arange(len(drawn)), drawn), np.repeat(sizes / drawn, drawn)
    left = dict(enumerate(1 - drawn / sizes))
    held, began = 0, time.perf_counter()
    for counts in told["counts"]:
        hits = np.concatenate([np.repeat([1, 0], [x, n - x]) for x, n in zip(counts, drawn, strict=True)])
        estimate = TaylorEstimator(PopParam.prop)
        estimate.estimate(y=hits, samp_weight=weight, stratum=stratum, fpc=left)
        held += estimate.lower_ci[1] <= told["true"] <= estimate.upper_ci[1]
    print(held, (time.perf_counter() - began) / len(told["counts"]))


if __name__ == "__main__":
    main()

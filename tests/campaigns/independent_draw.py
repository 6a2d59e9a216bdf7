"""The draw once more, by someone who knows only the public description: csv, hashlib, json, fractions."""

import csv
import hashlib
import io
import json
from fractions import Fraction
from math import isqrt


def independent_draw(frame_text, design_text, seed):
    """The bytes of OUT.csv for a sound frame and design, or None where the description says: exit 2."""
    design = json.loads(design_text, parse_float=str)
    rows = list(csv.DictReader(io.StringIO(frame_text, newline="")))
    units = {}
    for row in rows:
        units.setdefault("/".join(row[column] for column in design["strata"]), []).append(row["listing_id"])
    numbers = numbers_per_stratum({name: len(ids) for name, ids in units.items()}, design["allocation"])
    if numbers is None:
        return None
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["stratum", "role", "rank", "listing_id", "digest"])
    for name in sorted(units, key=lambda name: name.encode("utf-8")):
        digests = sorted((hashlib.sha256(f"{seed},{i}".encode()).hexdigest(), i) for i in units[name])
        for rank, (digest, i) in enumerate(digests[: numbers[name] + design.get("reserve", 0)], 1):
            writer.writerow([name, "main" if rank <= numbers[name] else "reserve", rank, i, digest])
    return out.getvalue().encode("utf-8")


def numbers_per_stratum(sizes, how):
    if how["method"] == "fixed":
        asked = {name: how["fixed"].get(name, 0) for name in sizes}
        too_many = any(asked[name] > sizes[name] for name in sizes)
        return None if too_many or any(n and name not in sizes for name, n in how["fixed"].items()) else asked
    weight = {
        "proportional": lambda name: Fraction(sizes[name]),
        "equal": lambda name: Fraction(1),
        "neyman": lambda name: sizes[name] * Fraction(how["S"][name]) / root(how.get("cost", {}).get(name, "1")),
    }[how["method"]]
    low = {name: min(how.get("min_per_stratum", 0), size) for name, size in sizes.items()}
    if how["n"] > sum(sizes.values()) or how["n"] < sum(low.values()):
        return None
    result, open_strata, rest = {}, set(sizes), how["n"]
    while open_strata:
        sum_w = sum(weight(name) for name in open_strata)
        q = {name: rest * weight(name) / sum_w for name in open_strata}
        settled = {name: sizes[name] for name in open_strata if q[name] > sizes[name]}
        if not settled:
            settled = {name: low[name] for name in open_strata if q[name] < low[name]}
        if not settled:
            whole = {name: q[name].numerator // q[name].denominator for name in open_strata}
            order = sorted(open_strata, key=lambda name: (-(q[name] - whole[name]), name.encode("utf-8")))
            for name in order[: rest - sum(whole.values())]:
                whole[name] += 1
            return result | whole
        result |= settled
        open_strata -= set(settled)
        rest -= sum(settled.values())
    return result


def root(cost):
    """The square root, cut after twenty decimals."""
    return Fraction(isqrt(int(Fraction(cost) * 10**40)), 10**20)

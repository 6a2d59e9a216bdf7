"""What is said of one campaign: the figures of DOMAIN §4, and why there may be none."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest

from quality.core.db import canonical
from quality.figures import unequal
from quality.publication.counting import UnitCount, as_kept, from_kept
from quality.publication.estimates import WhyNot, estimated, rate_of, said_of
from tests.harness.figures import DOMAIN, counted

ANNOUNCED = [  # nonconforming, tested, percent, handed over untested
    (29, 224, "12.9", 54), (386, 1_749, "22.1", 313), (687, 5_573, "12.3", 0), (373, 2_204, "16.9", 0),
    (1_827, 19_440, "9.4", 0), (8, 60, "13.3", 0),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "tested", "percent", "untested"), ANNOUNCED)
def test_a_detection_rate_is_of_what_was_tested(bad: int, tested: int, percent: str, untested: int) -> None:
    """DOMAIN §4: 29 of 224 is 12.9 %, of 278 that were bought."""
    reasons = {"transferred_untested": untested} if untested else {}
    found = counted([("TL", 10**6, tested, bad)], untested=reasons)
    rate = rate_of(found)

    assert (rate.hits, rate.of) == (bad, tested)
    assert rate.value is not None
    assert str(round(rate.value * 100, 1)) == percent
    assert found.sum("bought") == tested + untested
    assert found.untested == reasons


def test_the_estimate_is_the_one_of_the_domain() -> None:
    said = said_of(counted(DOMAIN), 5)

    assert said.estimate is not None
    assert (round(said.estimate.value, 6), round(said.estimate.error, 7)) == (Decimal("0.827948"), Decimal("0.0243448"))
    assert (said.rate.value, said.why_not, said.listings) == (Decimal("0.76"), None, 6194)


def test_what_did_not_belong_takes_its_share_of_the_weight_and_is_said() -> None:
    found = counted(DOMAIN)
    half = found._replace(strata=(found.strata[0]._replace(out_of_scope=100), *found.strata[1:]))
    said, before = said_of(half, 5), said_of(found, 5)

    assert said.estimate is not None and before.estimate is not None
    assert (said.listings, said.out_of_scope, before.out_of_scope) == (round(4421 / 2 + 1018 + 755), 100, 0)
    assert said.rate == before.rate, "the detection rate is of what was tested"
    weighed = (Decimal(4421) / 2 * 91 / 100 + 1018 * 35 / Decimal(50) + 755 * 26 / Decimal(50)) / said.listings
    assert said.estimate.value == pytest.approx(weighed, abs=Decimal("0.0002"))
    assert from_kept(json.loads(canonical(as_kept(half)))) == half
    kept = json.loads(canonical(as_kept(found)))
    for each in kept["strata"]:
        del each["out_of_scope"]  # as it was kept before
    assert from_kept(kept) == found


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (counted(DOMAIN, kind="risk_targeted"), WhyNot.RISK_TARGETED),
        (counted([("TL", 90, 4, 1)]), WhyNot.TOO_FEW),
        (counted([("TL", 0, 40, 1)]), WhyNot.NO_SIZES),
        (counted([("TL", 90, 40, 1), ("LM", 90, 1, 0)]), WhyNot.THIN_STRATUM),
        (counted([("TL", 90, 40, 1), ("LM", 90, 0, 0)]), WhyNot.THIN_STRATUM),
    ],
)
def test_where_nothing_speaks_for_the_whole_it_is_said_why(found, why) -> None:
    said = said_of(found, 5)
    assert (said.estimate, said.why_not) == (None, why)


def test_unequal_chances_are_weighed_by_themselves() -> None:
    units = [UnitCount("TL", "1/10", 6, 3), UnitCount("TL", "1", 4, 0)]
    found = estimated(counted([("TL", 64, 10, 3)], units=units))

    assert found is not None
    assert found.value == Decimal(30) / 64
    by_hand = [unequal.Unit(Fraction(1, 10), n < 3, "TL") for n in range(6)] + [unequal.Unit(Fraction(1), False)] * 4
    assert found.error == unequal.rate(by_hand).error


def test_one_platform_has_the_rate_of_its_own_strata() -> None:
    alone = estimated(counted([("LM", 1018, 50, 35)]))
    assert estimated(counted(DOMAIN), "LM") == alone


def test_counts_come_back_as_they_were_kept() -> None:

    found = counted(DOMAIN, units=[UnitCount("TL", "3/8", 2, 1)], untested={"refused_by_lab": 3})
    assert from_kept(json.loads(canonical(as_kept(found)))) == found

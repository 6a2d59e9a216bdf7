"""How rates and scores are written."""

from __future__ import annotations

from decimal import Decimal

from quality.figures.rates import Rate
from quality.pages.grading import shown, signed


def test_how_rates_and_scores_are_written() -> None:
    assert (shown(Rate(0, 5)).percent, shown(Rate(4, 4)).percent, shown(Rate(0, 0)).percent) == ("0.0%", "", "")
    written = [signed(Decimal(score)) for score in ("0.001", "-1.5", "2.994", "2.9969", "2.0049", "-3")]
    assert written == ["0.00", "−1.50", "+2.99", "+2.9969", "+2.0049", "−3.00"], "none looks better or worse than it is"

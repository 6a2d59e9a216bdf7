"""What follows from two reports on one sample: pure. The second one has the last word on the items that it tested.

Source: DOMAIN 2.7 (a sample is nonconforming if any item fails) and 2.8 (the re-inspection's conclusion is final).
"""

from __future__ import annotations

from collections.abc import Iterable

from quality.objections.models import Decision
from quality.standards.judgement import OneResult, Verdict, conclusion, in_force


def what_the_reports_say(first: Iterable[OneResult], second: Iterable[OneResult]) -> Decision | None:
    """Upheld if the sample conforms after all; dismissed if an item fails still. None while an item is undecided.

    An item that was not disputed and failed keeps the sample nonconforming, whatever the second laboratory found.
    """
    match conclusion(Verdict(result.verdict) for result in in_force(first, second)):
        case "conforming":
            return Decision.UPHELD
        case "nonconforming":
            return Decision.DISMISSED
        case _undecided:
            return None

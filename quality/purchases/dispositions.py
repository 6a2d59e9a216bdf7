"""What became of a drawn unit: every one ends in a disposition (DOMAIN §2.2), which follows from what is recorded.

Nothing is kept beside the task and the sample: they say it already, and two tables would come to differ.
"""

from __future__ import annotations

from enum import StrEnum

from quality.campaigns.sampling import DrawRole
from quality.purchases.models import SampleStatus, TaskStatus


class Disposition(StrEnum):
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    SEALED = "sealed"  # bought, and not concluded
    TESTED = "tested"
    LABEL_ONLY = "label_only"  # concluded on its label by the agency: no laboratory has tested it
    UNOBTAINABLE = "unobtainable"
    TRANSFERRED_UNTESTED = "transferred_untested"
    REFUSED_BY_LAB = "refused_by_lab"
    TEST_IMPOSSIBLE = "test_impossible"
    CANCELLED = "cancelled"
    RESERVE_UNUSED = "reserve_unused"


D, T, S = Disposition, TaskStatus, SampleStatus
IS_NO_END = frozenset({D.PLANNED, D.UNDER_WAY, D.SEALED})
WAS_BOUGHT = frozenset({D.SEALED, D.TESTED, D.LABEL_ONLY, D.TRANSFERRED_UNTESTED, D.REFUSED_BY_LAB, D.TEST_IMPOSSIBLE})
OF_TASKS = {
    T.PLANNED: D.PLANNED,
    T.UNOBTAINABLE: D.UNOBTAINABLE,
    T.TRANSFERRED_UNTESTED: D.TRANSFERRED_UNTESTED,
    T.CANCELLED: D.CANCELLED,
}
OF_SAMPLES = {
    S.CONCLUDED: D.TESTED,
    S.CLOSED: D.TESTED,
    S.REFUSED_BY_LAB: D.REFUSED_BY_LAB,
    S.TEST_IMPOSSIBLE: D.TEST_IMPOSSIBLE,
    S.TRANSFERRED_UNTESTED: D.TRANSFERRED_UNTESTED,
}


def disposition_of(
    role: str, task: TaskStatus | None, sample: SampleStatus | None, label_only: bool = False
) -> Disposition:
    """Of a unit that was drawn in `role`, by the status of its task and of the sample that came of it, if they are.

    `label_only`: what was concluded of the sample rests on its label, and on no test.
    """
    if task is None:
        return D.RESERVE_UNUSED if role == DrawRole.RESERVE else D.PLANNED
    if task == T.SEALED:
        came = D.SEALED if sample is None else OF_SAMPLES.get(sample, D.SEALED)
        return D.LABEL_ONLY if label_only and came is D.TESTED else came
    return OF_TASKS.get(task, D.UNDER_WAY)


# for whoever asks the database which units have none yet
TASKS_WITHOUT_END = frozenset(each for each in T if each != T.SEALED and OF_TASKS.get(each, D.UNDER_WAY) in IS_NO_END)
SAMPLES_WITHOUT_END = frozenset(each for each in S if OF_SAMPLES.get(each, D.SEALED) in IS_NO_END)

"""Whether what a platform reports can be believed as it stands: five tests, and the cases behind each.

A suspicion is no verdict: a program that answers by itself draws flat lines, one screenshot may rightly show two
listings. It is a reason to ask, and names what the question is about. Each test says how many it looked at, so that
"nothing found" and "nothing to look at" are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from quality.figures.binomial import at_least
from quality.notices.models import Outcome
from quality.statistics.rows import DONE, Listing, Said, Told, listings_of

# fmt: off
RUN = 5                           # equal values in a row are a flat line
SLOW = timedelta(minutes=10)      # what is answered sooner is answered by a program, and always at once
TO_THE = timedelta(minutes=1)     # delays are compared
LAST = Decimal("0.05")            # of a period: its last minute
FEWEST = 5                        # answers, below which nothing is said of a habit
CHANCE = Decimal("0.001")         # that so many fall there by chance: less is a habit
# fmt: on
SAYS_GONE = frozenset({Outcome.REMOVED, Outcome.ALREADY_GONE, Outcome.NEVER_FOUND})


class Sign(StrEnum):
    FLAT_LINE = "flat_line"
    SAME_FILE = "same_file"
    IMPOSSIBLE_TIME = "impossible_time"
    CONTRADICTED = "contradicted"
    LAST_MINUTE = "last_minute"


class Why(StrEnum):
    """What a case shows; `said` and `against` of it are of the kind that stands beside each."""

    SAME_UNITS = "same_units"  # units sold
    SAME_DELAY = "same_delay"  # from the proven receipt to the answer
    SAME_FILE = "same_file"  # sha256
    BEFORE_ISSUE = "before_issue"  # when it was removed; when the notice was issued
    BEFORE_REACH = "before_reach"  # when it was removed; when the notice first reached them
    WHILE_SEEN = "while_seen"  # when it was removed; when we saw it there after that
    UNREAD = "unread"  # when it was answered; when the notice first reached them
    STILL_THERE = "still_there"  # when it was answered; when we saw it there
    LAST_MINUTE = "last_minute"  # when it was answered; when the period was over


class Instance(NamedTuple):
    """One case behind a suspicion. `listing` is None where it is about the notice as a whole."""

    notice: Told
    listing: Listing | None
    at: datetime  # when they said so
    why: Why
    said: datetime | timedelta | int | str
    against: datetime | None = None

    @property
    def known_at(self) -> datetime:
        """From when on it could be asked about."""
        return self.against if self.why is Why.STILL_THERE and self.against else self.at


class Suspicion(NamedTuple):
    """What one test found. `of`: how many it looked at. `chance`: of so many or more, where that decides."""

    sign: Sign
    cases: list[Instance]
    of: int
    chance: Decimal | None = None

    @property
    def is_raised(self) -> bool:
        if self.sign == Sign.LAST_MINUTE:
            return self.of >= FEWEST and self.chance is not None and self.chance <= CHANCE
        return bool(self.cases)


def suspicions(told: list[Told]) -> list[Suspicion]:
    """All five, of what one platform said in one period."""
    return [flat_lines(told), same_files(told), impossible_times(told), contradicted(told), last_minutes(told)]


# --- flat lines ---


def flat_lines(told: list[Told]) -> Suspicion:
    """Five or more answers in a row with the same number of units sold, or exactly as long after the receipt.

    Of each listing the last answer, of each notice the first one that was whole. A delay below ten minutes is a
    program's; longer ones are compared to the minute.
    """
    units = [
        Instance(notice, listing, said.received_at, Why.SAME_UNITS, said.units_sold)
        for notice, listing, said in last_words(told)
        if said.units_sold is not None
    ]
    delays = [
        Instance(notice, None, answer.stopped_at, Why.SAME_DELAY, (answer.took // TO_THE) * TO_THE)
        for notice in told
        for answer in answers_of(notice)[:1]
        if answer.took >= SLOW
    ]
    return Suspicion(Sign.FLAT_LINE, runs(units) + runs(delays), len(units) + len(delays))


def last_words(told: list[Told]) -> list[tuple[Told, Listing, Said]]:
    return [(notice, listing, listing.claims[-1]) for notice, listing in listings_of(told) if listing.claims]


def runs(cases: Iterable[Instance]) -> list[Instance]:
    """Those in an unbroken row of equal values, in the order in which they were said."""
    ordered = sorted(cases, key=lambda case: (case.at, case.notice.id, case.listing.id if case.listing else 0))
    found = [list(run) for _value, run in groupby(ordered, key=lambda case: case.said)]
    return [case for run in found if len(run) >= RUN for case in run]


# --- the same file twice ---


def same_files(told: list[Told]) -> Suspicion:
    """One file, by its sha256, as evidence for two listings or more. The same again for one listing is none."""
    shown: dict[str, dict[int, Instance]] = {}
    with_files = 0
    for notice, listing in listings_of(told):
        with_files += any(said.evidence for said in listing.claims)
        for said in listing.claims:
            for sha256 in said.evidence:
                case = Instance(notice, listing, said.received_at, Why.SAME_FILE, sha256)
                shown.setdefault(sha256, {}).setdefault(listing.id, case)
    twice = [list(cases.values()) for cases in shown.values() if len(cases) > 1]
    return Suspicion(Sign.SAME_FILE, [case for cases in twice for case in cases], with_files)


# --- impossible times ---


def impossible_times(told: list[Told]) -> Suspicion:
    """Removed before the notice was issued or had reached them; removed, but seen there between that and the answer;
    answered before it had reached them. Of claims of removal that name their moment."""
    timed = [
        (notice, listing, said, said.acted_at)
        for notice, listing in listings_of(told)
        for said in listing.claims
        if said.outcome == Outcome.REMOVED and said.acted_at
    ]
    cases = [case for each in timed if (case := impossible(*each))]
    return Suspicion(Sign.IMPOSSIBLE_TIME, cases, len(timed))


def impossible(notice: Told, listing: Listing, said: Said, acted_at: datetime) -> Instance | None:
    """The first thing that cannot be."""

    def case(why: Why, what: datetime, against: datetime) -> Instance:
        return Instance(notice, listing, said.received_at, why, what, against)

    if acted_at < notice.issued_at:
        return case(Why.BEFORE_ISSUE, acted_at, notice.issued_at)
    if notice.reached_at and acted_at < notice.reached_at:
        if said.received_at < notice.reached_at:
            return case(Why.UNREAD, said.received_at, notice.reached_at)
        return case(Why.BEFORE_REACH, acted_at, notice.reached_at)
    between = (each for each in listing.looks if acted_at < each.seen_at < said.received_at)
    there = next((each for each in between if not each.gone), None)
    return case(Why.WHILE_SEEN, acted_at, there.seen_at) if there else None


# --- claims that our looks contradict ---


def contradicted(told: list[Told]) -> Suspicion:
    """Said to be gone, and there when we looked after that, before they answered again and before we had verified it.

    What comes back after it was verified is on sale again, and no such case. Of claims that were looked at.
    """
    cases, looked_at = [], 0
    for notice, listing in listings_of(told):
        for place, said in enumerate(listing.claims):
            if said.outcome not in SAYS_GONE:
                continue
            later = [each.received_at for each in listing.claims[place + 1 :]]
            later += [each.at for each in listing.decided("verify") if each.at >= said.received_at]
            until = min(later, default=None)
            looks = [
                each
                for each in listing.looks
                if each.seen_at >= said.received_at and (until is None or each.seen_at <= until)
            ]
            looked_at += bool(looks)
            there = next((each for each in looks if not each.gone), None)
            if there:
                cases.append(
                    Instance(notice, listing, said.received_at, Why.STILL_THERE, said.received_at, there.seen_at)
                )
    return Suspicion(Sign.CONTRADICTED, cases, looked_at)


# --- always in the last minute ---


class Answer(NamedTuple):
    """One answer, within the period that ran for it."""

    started_at: datetime
    due_at: datetime
    stopped_at: datetime

    @property
    def took(self) -> timedelta:
        return self.stopped_at - self.started_at

    @property
    def is_in_the_last_minute(self) -> bool:
        """In time, and after 95 % of the period."""
        whole = self.due_at - self.started_at
        return self.stopped_at < self.due_at and self.took >= whole * float(1 - LAST)


def answers_of(notice: Told, also: Sequence[Listing] = ()) -> list[Answer]:
    """When the notice was answered whole; and `also`, for listings that were asked again. One deed is one answer."""
    periods = [*notice.remove, *(each for listing in also for each in listing.asked_again)]
    answered = {
        each.stopped_at: Answer(each.started_at, each.due_at, each.stopped_at)
        for each in periods
        if each.stopped_at and each.outcome == DONE
    }
    return [answered[moment] for moment in sorted(answered)]


def last_minutes(told: list[Told]) -> Suspicion:
    """How many answers came in the last 5 % of their period, against the 5 % that chance would put there.

    An exact one-sided binomial test. Deadlines make everybody slower than chance, so only what chance gives in one of
    a thousand counts, and five answers at least.
    """
    answers = [(notice, each) for notice in told for each in answers_of(notice, notice.listings)]
    cases = [
        Instance(notice, None, each.stopped_at, Why.LAST_MINUTE, each.stopped_at, each.due_at)
        for notice, each in answers
        if each.is_in_the_last_minute
    ]
    chance = at_least(len(cases), len(answers), LAST) if answers else None
    return Suspicion(Sign.LAST_MINUTE, cases, len(answers), chance)

"""What a run has shown so far: each check follows from what was sent, what came back, and what was called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from quality.conformance.models import Trial
from quality.core.words import Text, _

WAIT = timedelta(seconds=10)  # asked for by our 429
QUIET = timedelta(seconds=10)  # after the second delivery of one message nothing more is answered
TOO_MANY = 429


class State(StrEnum):
    WAITS = "waits"
    PASSED = "passed"
    FAILED = "failed"


class Tried(NamedTuple):
    """One delivery of a sample: when, and with what the platform answered; None: not at all."""

    at: datetime
    status: int | None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    @property
    def is_refused(self) -> bool:
        return self.status is not None and 400 <= self.status < 500 and self.status != TOO_MANY  # noqa: PLR2004


class Called(NamedTuple):
    """One call of the platform's program about a sample."""

    at: datetime
    deed: str
    listings: Sequence[str]
    status: int

    @property
    def is_taken(self) -> bool:
        return self.status < 400  # noqa: PLR2004


class Shown(NamedTuple):
    """What is known of one sample."""

    number: str
    listings: Sequence[str]
    tries: Sequence[Tried]
    calls: Sequence[Called]

    def answers(self) -> list[Called]:
        return [call for call in self.calls if call.deed == "outcomes" and call.is_taken]


class Check(NamedTuple):
    code: str
    name: Text
    state: State
    waits_for: Text
    seen: Text
    mend: Text = ""  # where it failed


def checks(shown: Mapping[Trial, Shown], now: datetime) -> list[Check]:
    """In the order in which they are told of."""
    return [
        took_a_signed_one(shown[Trial.SIGNED]),
        refused_a_forged_one(shown[Trial.FORGED]),
        answered_once(shown[Trial.SIGNED], now),
        took_the_retry(shown[Trial.RETRIED]),
        answered_in_part(shown[Trial.PARTIAL]),
        waited_when_told(shown[Trial.BUSY]),
        objected(shown[Trial.OBJECTED]),
    ]


def passed(found: Sequence[Check]) -> bool:
    return all(check.state is State.PASSED for check in found)


def statuses(tries: Sequence[Tried]) -> Text:
    if not tries:
        return _("Nothing was sent yet")
    told = ", ".join(str(each.status) if each.status is not None else str(_("no answer")) for each in tries)
    return _("Your system answered: %(statuses)s", statuses=told)


def took_a_signed_one(of: Shown) -> Check:
    is_taken, is_refused = any(each.is_taken for each in of.tries), any(each.is_refused for each in of.tries)
    state = State.PASSED if is_taken else State.FAILED if is_refused else State.WAITS
    return Check(
        "signature",
        _("Takes a rightly signed notice"),
        state,
        _("A 2xx to %(number)s", number=of.number),
        statuses(of.tries),
        _("Verify with the secret that was shown, over id, timestamp and the body as it came, unparsed"),
    )


def refused_a_forged_one(of: Shown) -> Check:
    is_taken, is_refused = any(each.is_taken for each in of.tries), any(each.is_refused for each in of.tries)
    state = State.FAILED if is_taken else State.PASSED if is_refused else State.WAITS
    return Check(
        "forgery",
        _("Refuses a wrongly signed notice"),
        state,
        _("A 4xx to %(number)s, which another secret signed", number=of.number),
        statuses(of.tries),
        _("Verify the signature before anything else, and answer 400 or 401 where it does not hold"),
    )


def answered_once(of: Shown, now: datetime) -> Check:
    taken, answers = [each for each in of.tries if each.is_taken], of.answers()
    state = State.WAITS
    if len(answers) > 1:
        state = State.FAILED
    elif answers and len(taken) > 1 and now - taken[1].at >= QUIET:
        state = State.PASSED
    return Check(
        "duplicate",
        _("Answers once what it got twice"),
        state,
        _("One answer to %(number)s; then it is sent again under the same webhook-id, and not answered again",
          number=of.number),
        _("Taken %(taken)s times, answered %(answered)s times", taken=len(taken), answered=len(answers)),
        _("Keep each webhook-id, and answer 2xx without doing anything where you know it"),
    )  # fmt: skip


def took_the_retry(of: Shown) -> Check:
    state = State.WAITS
    if of.tries and of.tries[0].is_taken:
        state = State.FAILED
    elif len(of.tries) > 1 and any(each.is_taken for each in of.tries[1:]):
        state = State.PASSED
    return Check(
        "retry",
        _("Takes what is sent again after its failure"),
        state,
        _("A 503 to the first delivery of %(number)s, and a 2xx to a later one", number=of.number),
        statuses(of.tries),
        _("Let your system answer 503 the first time, as if it were overloaded; we try again after 5 seconds"),
    )


def answered_in_part(of: Shown) -> Check:
    answers = of.answers()
    state = State.WAITS
    if answers:
        state = State.PASSED if len(set(answers[0].listings)) < len(of.listings) else State.FAILED
    return Check(
        "partial",
        _("Answers listing by listing"),
        state,
        _("Outcomes for one of the two listings of %(number)s, the other later", number=of.number),
        _("Listings in the first answer: %(count)s", count=len(set(answers[0].listings)) if answers else 0),
        _("Send what is done at once, and do not wait for the last listing"),
    )


def waited_when_told(of: Shown) -> Check:
    calls = [call for call in of.calls if call.deed == "outcomes"]
    early = [
        later for told, later in pairwise(calls)
        if told.status == TOO_MANY and later.at - told.at < WAIT
    ]  # fmt: skip
    state = State.FAILED if early else State.PASSED if of.answers() else State.WAITS
    return Check(
        "too_many",
        _("Waits as long as a 429 says"),
        state,
        _("Outcomes for %(number)s: the first call is answered 429, the next comes when Retry-After is over",
          number=of.number),
        _("Calls: %(calls)s, of which too early: %(early)s", calls=len(calls), early=len(early)),
        _("Read Retry-After, in seconds, and call again no sooner"),
    )  # fmt: skip


def objected(of: Shown) -> Check:
    there = [call for call in of.calls if call.deed == "objection" and call.is_taken]
    return Check(
        "objection",
        _("Objects through the API"),
        State.PASSED if there else State.WAITS,
        _("A message of the kind objection about %(number)s", number=of.number),
        _("Objections: %(count)s", count=len(there)),
    )

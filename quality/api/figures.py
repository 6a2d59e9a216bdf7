"""How platforms act on notices, in figures, and what stands out in their reports: for agencies, and for themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.controls import RateTold, rate_told
from quality.api.door import door, takes, told
from quality.api.reading import asked
from quality.api.shapes import Asked, Moment, Organisation, Page, Told, Words, organisation, rfc3339
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.db import db
from quality.core.errors import Invalid
from quality.figures.ranking import Place
from quality.notices.models import Notice
from quality.notices.queries import visible_to
from quality.pages.scorecards import in_words
from quality.people.access import me, needs
from quality.people.models import Organisation as House
from quality.permissions import Can
from quality.statistics.durations import MEDIAN, Times
from quality.statistics.period import Period, period_of
from quality.statistics.queries import Question, history, one_platform, platforms_of, questions
from quality.statistics.scorecards import Scorecard, Share, by_month, places, scorecard
from quality.statistics.suspicions import Instance, Suspicion, suspicions

MOST_CASES = 200  # of one sign


class WhichDays(Asked):
    first: date | None = Field(None, alias="from", description="Notices issued from this day of Beijing on; left out: "
                               "the year until `to`")  # fmt: skip
    last: date | None = Field(None, alias="to", description="And until this day; left out: until today")


class TimesTold(Told):
    """Elapsed seconds, nights and holidays included. What waits is not in the median."""

    done: int
    median: int | None = Field(description="The shortest time within which half of those done were done")
    low: int | None = Field(description="Of the median's 95 % interval, by order statistics; null: too few")
    high: int | None
    ninetieth: int | None = Field(description="The shortest time within which nine in ten of those done were done")
    waiting: int = Field(description="How many are not done yet")
    longest_waiting: int | None


class ShareTold(Told):
    known: RateTold = Field(description="Of the listings of which it is known")
    all: RateTold = Field(description="Of all listings on the notices")


class FiguresTold(Told):
    notices: int = Field(description="Issued in the period and not withdrawn")
    listings: int
    acknowledge: TimesTold = Field(description="From the proven receipt")
    remove: TimesTold = Field(description="From the proven receipt to a removal that was found to be true")
    own_acknowledge: TimesTold = Field(description="`acknowledge` without the time for which its period stood")
    own_remove: TimesTold = Field(
        description="`remove` without the time for which its period stood, as by a pause that was granted"
    )
    verify: TimesTold = Field(description="From the claim to the agency's decision: the agency's own time")
    at_first_look: ShareTold = Field(
        description="Gone at the first look after the first claim; known: verified or sent back"
    )
    returned: ShareTold = Field(description="A claim was sent back; known: verified or sent back")
    relisted: ShareTold = Field(description="On sale again after it was verified; known: verified at least once")


class CaseTold(Told):
    """One case behind what stands out."""

    notice: str = Field(description="Its number")
    listing_id: str | None = Field(description="Null: it is about the notice as a whole")
    at: Moment = Field(description="When the platform said so")
    why: str = Field(description="`same_units`, `same_delay`, `same_file`, `before_issue`, `before_reach`, "
                     "`while_seen`, `unread`, `still_there` or `last_minute`")  # fmt: skip
    said: str = Field(description="Units, seconds, a sha256 or a moment, as `why` has it")
    against: Moment | None = Field(description="The moment that it does not agree with")
    text: Words


class SignTold(Told):
    """What one test found. It is a reason to ask, and no verdict."""

    sign: str = Field(description="`flat_line`, `same_file`, `impossible_time`, `contradicted` or `last_minute`")
    raised: bool = Field(description="Whether it stands out")
    cases: int
    of: int = Field(description="How many were looked at")
    chance: str | None = Field(description="Of `last_minute`: how likely so many are by chance")


class SaidInReply(Told):
    at: Moment
    text: str | None = Field(description="Null where it was blanked")


class QuestionTold(Told):
    """Asked by itself, on the thread of a notice."""

    notice: str
    message: int = Field(description="The `id` of the question among the notice's messages")
    asked_at: Moment
    settled: bool
    replies: list[SaidInReply] = Field(description="What the platform said to it")


class SignWithCases(SignTold):
    instances: list[CaseTold] = Field(description=f"The first {MOST_CASES}; none where it does not stand out")
    questions: list[QuestionTold] = Field(description="Asked about it by itself, the newest first")


class RankTold(Told):
    """Between which places it stands by `at_first_look`: where 95 % intervals overlap, places are shared."""

    first: int
    last: int
    of: int


class PlatformFigures(Told):
    platform: Organisation
    first: date = Field(serialization_alias="from", description="Day of Beijing")
    last: date = Field(serialization_alias="to")
    counted_after: Moment | None = Field(
        description="There is more than is counted at once: only what was issued after this"
    )
    figures: FiguresTold
    place: RankTold | None = Field(description="Null where there are too few to rank")
    signs: list[SignTold]


class MonthTold(Told):
    month: str = Field(description="`2026-11`, of Beijing: of the notices issued in it")
    figures: FiguresTold


class OnePlatform(Told):
    platform: Organisation
    first: date = Field(serialization_alias="from", description="Day of Beijing")
    last: date = Field(serialization_alias="to")
    counted_after: Moment | None = Field(
        description="There is more than is counted at once: only what was issued after this"
    )
    figures: FiguresTold
    signs: list[SignWithCases]
    months: list[MonthTold] = Field(description="The newest first")


figures = door("figures", tag="figures", about="How platforms act on notices, and what stands out in their reports")
DOORS = [figures]


@figures.get("/platforms/figures", summary="Platforms in figures", responses={200: Page[PlatformFigures]})
@needs(Can.PLATFORM_READ)
@takes(query=WhichDays)
def platform_figures() -> ResponseReturnValue:
    """Of every platform that got a notice of your agency, or of one below it, in the period."""
    period, now = days(), clock.now()
    found = history(db.session(), visible_to(me), period)
    cards = {key: scorecard(notices, now) for key, notices in found.told.items()}
    ranked = places({key: card.at_first_look.of_known for key, card in cards.items()})
    items = [
        PlatformFigures(
            platform=organisation(house),
            first=period.first,
            last=period.last,
            counted_after=found.cut,
            figures=figures_told(cards[house.id]),
            place=place_told(ranked.get(house.id)),
            signs=[SignTold(**sign_told(each)) for each in suspicions(found.told[house.id])],
        )
        for house in platforms_of(db.session(), list(found.told))
    ]
    return told(Page[PlatformFigures](items=items, next=None))


@figures.get("/platforms/<platform>/figures", summary="One platform in figures", responses={200: OnePlatform})
@needs(Can.PLATFORM_READ, once_found=True)
@takes(query=WhichDays)
def one_platforms_figures(platform: str) -> ResponseReturnValue:
    """With the months, and the cases behind what stands out."""
    house = one_platform(db.session(), me, platform)
    return told(one_told(house, days()))


@figures.get("/platform/standing", summary="Your platform in figures", responses={200: OnePlatform})
@needs(Can.STANDING_READ)
@takes(query=WhichDays)
def own_figures() -> ResponseReturnValue:
    """The same that agencies read of you: facts from your answers and from what was seen."""
    assert me.organisation, "whoever works for a platform works somewhere"
    return told(one_told(me.organisation, days()))


def days() -> Period:
    wanted = asked(WhichDays)
    period, problems = period_of(wanted.first, wanted.last, day_of(clock.now()))
    if problems:
        raise Invalid(*problems)
    return period


def one_told(house: House, period: Period) -> OnePlatform:
    seen, now = visible_to(me).where(Notice.platform_id == house.id), clock.now()
    found = history(db.session(), seen, period)
    notices = found.told.get(house.id, [])
    asked_about = questions(db.session(), seen, house.id)
    return OnePlatform(
        platform=organisation(house),
        first=period.first,
        last=period.last,
        counted_after=found.cut,
        figures=figures_told(scorecard(notices, now)),
        signs=[with_cases(each, asked_about.get(each.sign, [])) for each in suspicions(notices)],
        months=[
            MonthTold(month=f"{first:%Y-%m}", figures=figures_told(scorecard(some, now)))
            for first, some in by_month(notices)
        ],
    )


def figures_told(card: Scorecard) -> FiguresTold:
    return FiguresTold(
        notices=card.notices,
        listings=card.listings,
        acknowledge=times_told(card.acknowledge),
        remove=times_told(card.remove),
        own_acknowledge=times_told(card.own_acknowledge),
        own_remove=times_told(card.own_remove),
        verify=times_told(card.verify),
        at_first_look=share_told(card.at_first_look),
        returned=share_told(card.returned),
        relisted=share_told(card.relisted),
    )


def times_told(times: Times) -> TimesTold:
    between = times.between(MEDIAN)
    return TimesTold(
        done=len(times.done),
        median=seconds(times.median),
        low=seconds(between.low),
        high=seconds(between.high),
        ninetieth=seconds(times.ninetieth),
        waiting=len(times.waiting),
        longest_waiting=seconds(times.longest_waiting),
    )


def seconds(time: timedelta | None) -> int | None:
    return None if time is None else time // timedelta(seconds=1)


def share_told(share: Share) -> ShareTold:
    return ShareTold(known=rate_told(share.of_known), all=rate_told(share.of_all))


def place_told(place: Place | None) -> RankTold | None:
    return RankTold(**place._asdict()) if place else None


def sign_told(found: Suspicion) -> dict[str, Any]:
    return {
        "sign": found.sign.value,
        "raised": found.is_raised,
        "cases": len(found.cases),
        "of": found.of,
        "chance": None if found.chance is None else f"{found.chance:.2g}",
    }


def with_cases(found: Suspicion, asked_about: list[Question]) -> SignWithCases:
    cases = found.cases[:MOST_CASES] if found.is_raised else []
    return SignWithCases(
        **sign_told(found),
        instances=[case_told(each) for each in cases],
        questions=[
            QuestionTold(
                notice=each.number,
                message=each.message,
                asked_at=each.asked_at,
                settled=each.is_settled,
                replies=[SaidInReply(at=reply.at, text=reply.text) for reply in each.replies],
            )
            for each in asked_about
        ],
    )


def case_told(case: Instance) -> CaseTold:
    return CaseTold(
        notice=case.notice.number,
        listing_id=case.listing.listing_id if case.listing else None,
        at=case.at,
        why=case.why,
        said=as_text(case.said),
        against=case.against,
        text=str(in_words(case)),
    )


def as_text(said: datetime | timedelta | int | str) -> str:
    match said:
        case datetime():
            return rfc3339(said)
        case timedelta():
            return str(seconds(said))
        case _:
            return str(said)

"""Scorecards of platforms as pages draw them: figures with their intervals, and what stands out in the reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from babel.dates import format_date

from quality.core.words import Text, _, in_each_language, made_of, sentence
from quality.figures.ranking import Place
from quality.figures.rates import Rate
from quality.pages.grading import HUNDREDTH, RateShown, shown
from quality.pages.held import lasting
from quality.pages.moments import language_now, moment, short_hash
from quality.pages.words import Tone
from quality.pages.words.trust import SIGNS, WHYS
from quality.people.models import Organisation
from quality.statistics.durations import MEDIAN, Times
from quality.statistics.queries import Question
from quality.statistics.scorecards import Scorecard, Share
from quality.statistics.suspicions import Instance, Sign, Suspicion, Why

MONTH = {"zh": "y年M月", "en": "MMM y"}
MOST_CASES = 50  # of one sign, on a page; the API has more
NAMED_CASES = 12  # in a question
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class TimesShown(NamedTuple):
    """The median with its interval, the 90th percentile, what still waits; and the same as a bar from 0 to `scale`."""

    median: Text
    between: Text
    ninetieth: Text
    many: int  # done
    waiting: Text
    low: Decimal | None  # %
    high: Decimal | None
    at: Decimal | None
    far: Decimal | None  # the 90th percentile
    aria: Text
    with_pauses: Text = ""  # the same with the time for which periods stood, where that is another


class ShareShown(NamedTuple):
    known: RateShown
    all: RateShown


class CardShown(NamedTuple):
    notices: int
    listings: int
    acknowledge: TimesShown
    remove: TimesShown
    verify: TimesShown
    at_first_look: ShareShown
    returned: ShareShown
    relisted: ShareShown

    @property
    def times(self) -> list[tuple[Text, Text, TimesShown]]:
        return [
            (_("To acknowledge"), _("from the proven receipt, without granted pauses"), self.acknowledge),
            (
                _("To remove"),
                _("from the proven receipt to a removal that we found to be true, without granted pauses"),
                self.remove,
            ),
            (_("To verify"), _("from the claim to our decision: the agency's own time"), self.verify),
        ]

    @property
    def shares(self) -> list[tuple[Text, Text, ShareShown]]:
        return [
            (
                _("Verified at first look"),
                _("listings that our first look after the first claim found gone ÷ listings verified or sent back"),
                self.at_first_look,
            ),
            (
                _("Sent back"),
                _("listings of which a claim was sent back at least once ÷ listings verified or sent back"),
                self.returned,
            ),
            (
                _("On sale again"),
                _("listings on sale again after they were verified, by a look or later frame ÷ listings ever verified"),
                self.relisted,
            ),
        ]


def scale_of(cards: Iterable[Scorecard]) -> timedelta:
    """The longest time that is drawn: one for all kinds, so that bars can be compared."""
    ends = [each for card in cards for times in drawn(card) for each in ends_of(times)]
    return max(ends, default=DAY) or DAY


def drawn(card: Scorecard) -> tuple[Times, Times, Times]:
    return card.own_acknowledge, card.own_remove, card.verify


def ends_of(times: Times) -> Iterable[timedelta]:
    return filter(None, (times.between(MEDIAN).high, times.ninetieth))


def card_shown(card: Scorecard, scale: timedelta) -> CardShown:
    return CardShown(
        card.notices,
        card.listings,
        own_shown(card.own_acknowledge, card.acknowledge, scale),
        own_shown(card.own_remove, card.remove, scale),
        times_shown(card.verify, scale),
        share_shown(card.at_first_look),
        share_shown(card.returned),
        share_shown(card.relisted),
    )


def own_shown(own: Times, elapsed: Times, scale: timedelta) -> TimesShown:
    """What the platform took itself; and beside it what passed with all that its periods stood, if they did."""
    made, median, ninetieth = times_shown(own, scale), elapsed.median, elapsed.ninetieth
    if own == elapsed:
        return made
    if median is None or ninetieth is None:
        return made._replace(with_pauses=_("granted pauses are left out of what waits"))
    text = _(
        "with granted pauses: median %(median)s, nine in ten within %(ninetieth)s",
        median=lasting(median), ninetieth=lasting(ninetieth),
    )  # fmt: skip
    return made._replace(with_pauses=text)


def share_shown(share: Share) -> ShareShown:
    return ShareShown(shown(share.of_known), shown(share.of_all))


def times_shown(times: Times, scale: timedelta) -> TimesShown:
    median, ninetieth, between = times.median, times.ninetieth, times.between(MEDIAN)
    waiting: Text = ""
    if times.longest_waiting is not None:
        waiting = _(
            "%(count)s still wait, the longest %(long)s", count=len(times.waiting), long=lasting(times.longest_waiting)
        )
    if median is None or ninetieth is None:
        return TimesShown("", _("none yet"), "", 0, waiting, None, None, None, None, _("none yet"))

    def place(time: timedelta | None) -> Decimal | None:
        return None if time is None else (100 * Decimal(time / scale)).quantize(HUNDREDTH)

    said = said_between(between.low, between.high)
    aria = _(
        "median %(median)s, %(between)s; nine in ten within %(ninetieth)s",
        median=lasting(median), between=said, ninetieth=lasting(ninetieth),
    )  # fmt: skip
    return TimesShown(
        median=lasting(median),
        between=said,
        ninetieth=lasting(ninetieth),
        many=len(times.done),
        waiting=waiting,
        low=place(between.low),
        high=place(between.high),
        at=place(median),
        far=place(ninetieth),
        aria=aria,
    )


def said_between(low: timedelta | None, high: timedelta | None) -> Text:
    if low is None or high is None:
        return _("too few for an interval")
    return _("95%% interval %(low)s to %(high)s", low=lasting(low), high=lasting(high))


# --- the table of platforms ---


class PlatformShown(NamedTuple):
    """One line. `place` says between which places it stands, or why it is not ranked."""

    code: str
    name: str
    card: CardShown
    place: Text
    signs: list[Text]


def platform_shown(
    platform: Organisation, card: CardShown, found: Sequence[Suspicion], place: Place | None, rate: Rate
) -> PlatformShown:
    signs = [SIGNS[each.sign].name for each in found if each.is_raised]
    return PlatformShown(platform.code, platform.name, card, place_shown(place, rate), signs)


def place_shown(place: Place | None, rate: Rate) -> Text:
    if not rate.is_enough:
        return _("too few to rank")
    if place is None:
        return _("nobody to be ranked with")
    if place.first == place.last:
        return _("place %(first)s of %(of)s", first=place.first, of=place.of)
    return _("place %(first)s to %(last)s of %(of)s: chance decides", first=place.first, last=place.last, of=place.of)


# --- one platform ---


class CaseShown(NamedTuple):
    number: str
    listing: str
    at: datetime
    what: Text


class SignShown(NamedTuple):
    """One test: what it looks at, how many, what it found. `more` cases are not drawn."""

    sign: Sign
    name: Text
    looks_at: Text
    may_be: Text
    tone: Tone
    said: Text
    chance: Text
    cases: list[CaseShown]
    more: int
    questions: Sequence[Question]


def sign_shown(found: Suspicion, asked: Sequence[Question]) -> SignShown:
    words, many = SIGNS[found.sign], len(found.cases)
    tone, said = Tone.OK, _("nothing found in %(of)s", of=found.of)
    if found.is_raised:
        tone, said = Tone.WARN, _("%(many)s of %(of)s", many=many, of=found.of)
    elif not found.of:
        tone, said = Tone.IDLE, _("nothing to look at yet")
    elif many:
        said = _("%(many)s of %(of)s: chance may do so", many=many, of=found.of)
    cases = found.cases if found.is_raised else []
    return SignShown(
        sign=found.sign,
        name=words.name,
        looks_at=words.looks_at,
        may_be=words.may_be,
        tone=tone,
        said=said,
        chance="" if found.chance is None else _("by chance: p = %(p)s", p=f"{found.chance:.2g}"),
        cases=[case_shown(each) for each in cases[:MOST_CASES]],
        more=max(0, len(cases) - MOST_CASES),
        questions=asked,
    )


def case_shown(case: Instance) -> CaseShown:
    what = in_words(case)
    return CaseShown(case.notice.number, case.listing.listing_id if case.listing else "", case.at, what)


def in_words(case: Instance) -> Text:
    english, _none = made_of(WHYS[case.why])
    return sentence(english, {"said": value(case.why, case.said), "against": moment(case.against)})


def value(why: Why, said: datetime | timedelta | int | str) -> Text:
    match said:
        case datetime():
            return moment(said)
        case timedelta():
            return _("%(hours)s h %(minutes)s min", hours=said // HOUR, minutes=said % HOUR // MINUTE)
        case str() if why is Why.SAME_FILE:
            return short_hash(said)
        case _:
            return str(said)


def month(first: date) -> str:
    return format_date(first, MONTH[language_now()], locale=language_now())


# --- the question that is asked by itself ---


def question_of(found: Suspicion) -> str:
    """In both languages: nobody is there to choose one."""
    said = [in_each_language(each) for each in sentences(found)]
    return "\n\n".join("\n".join(each[language] for each in said) for language in ("zh", "en"))


def sentences(found: Suspicion) -> list[Text]:
    words, cases = SIGNS[found.sign], found.cases[:NAMED_CASES]
    lines: list[Text] = [
        _("Asked by the system: this stands out in what you answered in the last year: %(name)s.", name=words.name),
        words.looks_at,
        *(
            _(
                "%(number)s %(listing)s: %(what)s",
                number=each.notice.number,
                listing=each.listing.listing_id if each.listing else "",
                what=in_words(each),
            )
            for each in cases
        ),
    ]
    if (more := len(found.cases) - len(cases)) > 0:
        lines.append(_("And %(count)s more: they stand under “Our figures”.", count=more))
    return [*lines, words.may_be, _("Please tell us what is behind it.")]

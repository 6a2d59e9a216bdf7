"""An answer of the planner as its page says it: figures with their sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.precision import Point
from quality.campaigns.strata import stratum_called
from quality.campaigns.what_if import HARDEST, Money, Wish
from quality.core.words import Text, _, ngettext
from quality.pages.moments import day, full_day, yuan
from quality.pages.precision import ASKED, Precision, drawn
from quality.pages.what_if import Answer, Load
from quality.pages.words import Tone, word
from quality.targeting.history import Earlier, in_all

NEARLY = Decimal("0.999")  # what is more likely is said to be more
HARDLY = Decimal("0.001")
NAMED = 5  # strata, where many are meant


class Figure(NamedTuple):
    """`tone` and `verdict`: whether it is well so; None where nothing is to be held against it."""

    name: Text
    value: Text
    lines: list[Text]
    tone: Tone | None = None
    verdict: Text = ""


class MethodLine(NamedTuple):
    name: Text
    is_asked: bool
    half_width: str
    total: Text
    why_not: Text = ""


def shown(found: Answer) -> dict[str, Any]:
    """What the template draws."""
    outcome = found.outcome
    figures = [
        *of_interval(found),
        of_chance(found),
        of_money(outcome.money, found.design, found.has_fee),
        *of_weeks(found),
    ]
    return {
        "figures": figures,
        "methods": methods(found),
        "plot": plot_of(found),
        "sentences": sentences(found),
        "rows": outcome.rows,
        "total": outcome.total,
        "compares_intervals": found.is_estimate and not found.design.size,
        "has_intervals": any(row.half_width is not None for row in outcome.rows),
        "summary": summary(figures),
        "beside": {stratum: beside(each) for stratum, each in found.earlier.items()},
        "width": width,
        "chance": chance,
        "share": share,
    }


def width(of: Decimal | None, places: int = 1) -> str:
    """`±4.3`, in percentage points."""
    return "—" if of is None else f"±{of * 100:.{places}f}"


def chance(of: Decimal) -> Text:
    if NEARLY < of < 1:
        return _("over %(percent)s", percent=share(NEARLY))
    if 0 < of < HARDLY:
        return _("under %(percent)s", percent=share(HARDLY))
    return share(of)


def share(of: Decimal) -> str:
    return f"{of * 100:.1f}%"


def of_interval(found: Answer) -> list[Figure]:
    total = found.outcome.total
    if found.is_estimate and found.design.size:
        said = _("Drawn by size, at a rate of %(rate)s everywhere: of the whole only", rate=share(total.rate))
        value = "—" if total.half_width is None else _("%(width)s points", width=width(total.half_width, 2))
        return [Figure(_("Half-width of the interval"), value, [said])]
    if found.is_estimate and total.half_width is None:
        few = [stratum_called(row.stratum, found.design) for row in found.outcome.rows if row.half_width is None]
        said = _("Fewer than two are bought in: %(strata)s", strata=named(few))
        return [Figure(_("Half-width of the interval"), "—", [said], Tone.WARN, _("No interval"))]
    if not found.is_estimate:
        return [Figure(_("Half-width of the interval"), "—", [_("Risk-targeted: counts only, not representative")])]
    at = _("At an expected rate of %(rate)s, the 95%% interval that is published", rate=share(total.rate))
    return [Figure(_("Half-width of the interval"), _("%(width)s points", width=width(total.half_width, 2)), [at])]


def of_chance(found: Answer) -> Figure:
    total = found.outcome.total
    said = _(
        "If %(rate)s of the %(size)s listings are nonconforming (hypergeometric)",
        rate=share(total.rate),
        size=f"{total.size:,}",
    )
    lines = [said, _("As if all listings of a stratum had the same chance")] if found.design.size else [said]
    return Figure(_("Chance to find at least one nonconforming"), chance(total.chance), lines)


def of_money(money: Money, design: Design, has_fee: bool) -> Figure:
    both = {"purchases": yuan(money.purchases), "tests": yuan(money.tests)}
    tested = _("Purchases %(purchases)s, laboratory %(tests)s", **both)
    lines = [tested if has_fee else _("Purchases only: no laboratory fee is given")]
    if money.unpriced:
        lines.append(
            _(
                "Not counted, without a price: %(strata)s",
                strata=named([stratum_called(name, design) for name in money.unpriced]),
            )
        )
    if money.at_most is not None:
        lines.append(_("At most %(amount)s, if each costs as much as it may", amount=yuan(money.at_most)))
    figure = Figure(_("Money committed"), yuan(money.total), lines)
    if money.over is None:
        return figure
    if money.over > 0:
        return figure._replace(tone=Tone.BAD, verdict=_("Over the budget by %(amount)s", amount=yuan(money.over)))
    return figure._replace(tone=Tone.OK, verdict=_("Within the budget, %(amount)s left", amount=yuan(-money.over)))


def beside(of: Earlier) -> str:
    """What the rate of a stratum rests on: `5 / 42, 30 Sep`."""
    return f"{of.found.hits} / {of.found.of}, {day(of.last_on)}"


def of_weeks(found: Answer) -> list[Figure]:
    lab_missing = _("Choose a laboratory that states what it takes, or give a number")
    buyers_missing = _("Say in the profiles of the buyers, or here, how many they buy in a week")
    return [
        of_load(_("Weeks of the laboratory"), found.laboratory, found.weeks, lab_missing, lab_waits),
        of_load(_("Weeks of the buyers"), found.buyers, found.weeks, buyers_missing, buyers_wait),
    ]


def lab_waits(count: int) -> Text:
    return _("With %(count)s portions that are there already", count=count)


def buyers_wait(count: int) -> Text:
    return _("With %(count)s tasks that are not ordered yet", count=count)


def of_load(name: Text, load: Load | None, there: int, missing: Text, waiting: Callable[[int], Text]) -> Figure:
    if load is None:
        return Figure(name, "—", [missing])
    many = ngettext("%(count)s week", "%(count)s weeks", load.weeks)
    lines = [_("%(count)s a week", count=load.per_week)]
    if load.item:
        lines = [_("%(count)s a week; the slowest item is %(item)s", count=load.per_week, item=load.item)]
    if load.waiting:
        lines.append(waiting(load.waiting))
    if load.days:
        lines.append(_("A report takes %(count)s days after the last receipt", count=load.days))
    has_room = load.weeks <= there
    fits = _("The campaign has %(count)s weeks", count=there)
    return Figure(name, many, lines, Tone.OK if has_room else Tone.WARN, fits)


def methods(found: Answer) -> list[MethodLine]:
    return [
        MethodLine(
            word("method", each.method),
            place == 0,
            width(each.half_width, 2),
            "—" if each.total_fen is None else yuan(each.total_fen),
            "" if each.fits else why_not(each.method),
        )
        for place, each in enumerate(found.outcome.methods)
    ]


def why_not(method: Method) -> Text:
    return _("needs S of each stratum") if method is Method.NEYMAN else _("not with this many")


def plot_of(found: Answer) -> Precision | None:
    points = found.outcome.points
    if not points or found.design.n is None:
        return None
    if found.earlier:  # the line is of rates that differ: it is called by what they are together
        mean = float(round(found.outcome.total.rate, 3))
        points = [Point(n, dict(zip((mean, HARDEST), widths.values(), strict=False))) for n, widths in points]
    rates = tuple(points[0].half_widths)
    return drawn(points, found.design.n, rates, rates, ASKED)


def sentences(found: Answer) -> list[Text]:
    outcome = found.outcome
    said = [of_wish(outcome.wish)] if outcome.wish else []
    if found.is_estimate and found.design.method is Method.FIXED:
        said.append(_("Each stratum has a number of its own: no other size can be worked out for the whole"))
    if found.asks_history and not found.earlier:
        said.append(_("No earlier probability sample of this category has these strata: the one rate is assumed."))
    if outcome.affordable:
        n, half = outcome.affordable
        if not n:
            said.append(_("The budget does not buy even the fewest that the plan allows."))
        elif half is None:
            said.append(_("The budget buys %(n)s in all.", n=n))
        else:
            said.append(_("The budget buys %(n)s in all, %(width)s points.", n=n, width=width(half)))
    return said


def of_wish(wish: Wish) -> Text:
    """The sentence for whoever would like to know more, and has to pay for it."""
    given = {"width": width(wish.half_width), "n": wish.n, "more": yuan(abs(wish.more_fen))}
    if wish.more_fen <= 0:
        return _("For %(width)s points %(n)s suffice, %(more)s less.", **given)
    if wish.over_fen is not None and wish.over_fen > 0:
        return _(
            "For %(width)s points it takes %(n)s, %(more)s more: over the budget by %(over)s.",
            over=yuan(wish.over_fen),
            **given,
        )
    return _("For %(width)s points it takes %(n)s, %(more)s more.", **given)


def summary(figures: list[Figure]) -> Text:
    """For whoever hears the page: what has changed with what was moved."""
    return _("Recomputed: %(figures)s", figures="; ".join(f"{each.name} {each.value}" for each in figures))


def named(strata: list[str]) -> str:
    return "、".join(strata[:NAMED]) + ("…" if strata[NAMED:] else "")


def why_so(found: Answer, rate: Decimal) -> Text | None:
    """Where S is from, for the plan that takes it; None where the plan had it already, or asks for none."""
    whole = in_all(found.earlier.values())
    if found.design.method is not Method.NEYMAN or not found.has_new_deviations or whole.last_on is None:
        return None
    unknown = [
        stratum_called(row.stratum, found.design) for row in found.outcome.rows if row.stratum not in found.earlier
    ]
    said = {"hits": whole.found.hits, "of": whole.found.of, "day": full_day(whole.last_on)}
    if not unknown:
        return _(
            "S from earlier probability samples of this category: %(hits)s of %(of)s tested were nonconforming, the "
            "last on %(day)s",
            **said,
        )
    return _(
        "S from earlier probability samples of this category: %(hits)s of %(of)s tested were nonconforming, the last "
        "on %(day)s; of an assumed rate of %(rate)s where nothing is known: %(strata)s",
        rate=share(rate),
        strata=named(unknown),
        **said,
    )

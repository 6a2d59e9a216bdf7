"""Moments, days and money as people read them: in Beijing, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date
from flask_babel import format_decimal

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.words import Text, _, heard

PATTERNS = {  # (this year, another year)
    "zh": ("M月d日", "y年M月d日"),
    "en": ("d MMM", "d MMM y"),
}


def local(moment: datetime) -> datetime:
    return moment.astimezone(BEIJING)


def day(value: date | datetime | None) -> str:
    """`9月3日`, with its year when it is another than ours."""
    if value is None:
        return "—"
    on = local(value).date() if isinstance(value, datetime) else value
    language = language_now()
    this_year, another = PATTERNS[language]
    pattern = this_year if on.year == local(clock.now()).year else another
    return format_date(on, pattern, locale=language)


def full_day(value: date | datetime) -> str:
    """With its year always: on pages that are read years later."""
    on = local(value).date() if isinstance(value, datetime) else value
    return _full_day(on, language_now())


@lru_cache(4096)  # a list shows one for each row, and Babel reads its pattern anew each time
def _full_day(on: date, language: str) -> str:
    return format_date(on, PATTERNS[language][1], locale=language)


def time_of_day(moment: datetime) -> str:
    return f"{local(moment):%H:%M}"


def moment(value: datetime | None) -> str:
    """`9月3日 09:48` in Beijing."""
    return "—" if value is None else f"{day(value)} {time_of_day(value)}"


def this_moment() -> str:
    return moment(clock.now())


def last_day(due_at: datetime) -> date:
    """The last day of a deadline, which becomes overdue at 00:00 of the day after."""
    return (local(due_at) - timedelta(seconds=1)).date()


def today_in_words() -> str:
    """`2026年10月9日，周五` or `Friday, 9 October 2026`."""
    pattern = "y年M月d日，EEE" if language_now() == "zh" else "EEEE, d MMMM y"
    return format_date(local(clock.now()).date(), pattern, locale=language_now())


def machine(value: date | datetime) -> str:
    """For `datetime=` of a <time>."""
    return local(value).isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()


def yuan(fen: int | None) -> Text:
    if fen is None:
        return "—"
    return _("%(amount)s yuan", amount=format_decimal(Decimal(fen) / 100, format="#,##0.00"))


def language_now() -> str:
    """What decides how a sentence is put together: 繁體 is 中文 here."""
    locale = heard()
    return "zh" if locale is None or locale.language == "zh" else "en"


def gap() -> str:
    """What stands between two words: nothing in 中文."""
    return "" if language_now() == "zh" else " "


def apart() -> str:
    """Between things of a list that have commas in them."""
    return "；" if language_now() == "zh" else "; "


def short_hash(digest: str) -> str:
    return f"{digest[:6]}…{digest[-4:]}"

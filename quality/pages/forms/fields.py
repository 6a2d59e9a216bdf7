"""Fields of forms. Each keeps what was typed, as it was typed, beside what is wrong with it and what to do.

They only read; what a value may be, the operations of the rooms say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from werkzeug.datastructures import FileStorage
from wtforms import Field, MultipleFileField, StringField
from wtforms import Form as WTForm
from wtforms.validators import ValidationError

from quality.core.clock import BEIJING
from quality.core.words import Text, _
from quality.people import kept

__all__ = [
    "LINES",
    "Choice",
    "Choices",
    "Day",
    "Degrees",
    "Files",
    "Form",
    "Line",
    "Moment",
    "Paragraph",
    "Percent",
    "Scanned",
    "Unseen",
    "Whole",
    "Yuan",
    "chosen",
    "readable",
    "shown",
]  # fmt: skip

YUAN = re.compile(r"[¥￥]?\s*(\d+)(?:\.(\d{1,2}))?\s*元?")
DEGREES = re.compile(r"(-)?(\d{1,3})(?:\.(\d))?\s*(?:°C|C|度)?")  # ℃ is °C once it is normal
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%?")
WHOLE = re.compile(r"\d+")
MOST_DIGITS = 9
WHOLE_SHARE = 100  # percent
SHOWN = "image/*,video/*,application/pdf,text/plain"  # what a page can show
Words = Any  # Text; WTForms would be told str, and only draws it


TURNS = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}  # turn the direction of writing (UAX 9)
LINES = "\t\n\r"


def readable(text: str, also: str = "") -> str:
    """The same, or `ValueError`: what cannot be shown hides what was typed, and PostgreSQL keeps no NUL."""
    if any(c in TURNS or (unicodedata.category(c) in {"Cc", "Cs"} and c not in also) for c in text):
        raise ValueError(_("Remove the sign that cannot be shown"))
    return text


def shown(text: str) -> str:
    """What was typed, as a page can hold it: without the signs that no page may."""
    return "".join(c for c in text if c in LINES or unicodedata.category(c) not in {"Cc", "Cs"})


class Form(WTForm):
    """Fits only where the request may be recorded. What is wrong with no field stands in `form_errors`."""

    def validate(self, *given: Any, **more: Any) -> bool:
        fits: bool = super().validate(*given, **more)
        if not fits:  # no operation sees it then, to ask for what is empty: it is asked for at once
            for each in self:
                if isinstance(each, Line) and not (each.optional or each.data or each.errors):
                    each.errors = [str(_("Fill this in"))]
        said = kept.not_recorded()
        self.form_errors.extend(map(str, said))
        return fits and not said


class Typed(Field):
    """Read from one line that a person typed; full-width digits count as digits."""

    drawn_as: ClassVar[str] = "line"
    keyboard: ClassVar[str] = ""

    def __init__(self, label: Words, hint: Words = "", *, optional: bool = False, **given: Any) -> None:
        super().__init__(label, description=hint, **given)
        self.optional = optional

    def process_formdata(self, values: list[str]) -> None:
        typed = readable(unicodedata.normalize("NFKC", values[0]).strip()) if values else ""
        self.data = self.read(typed) if typed or not self.optional else None

    def read(self, typed: str) -> Any:
        return typed

    def written(self) -> str:
        """What stands in the control: what was typed, or what is proposed."""
        return shown(str(self.raw_data[0])) if self.raw_data else self.write(self.data)

    def write(self, value: Any) -> str:
        return "" if value is None else str(value)


def refuse_beyond_bounds(digits: str) -> None:
    if len(digits.lstrip("0")) > MOST_DIGITS:
        raise ValueError(_("Enter less than %(most)s", most=f"{10**MOST_DIGITS:,}"))


class Yuan(Typed):
    """An amount of money: typed in yuan, read in fen."""

    keyboard = "decimal"

    def read(self, typed: str) -> int:
        found = YUAN.fullmatch(typed.replace(",", ""))
        if found is None:
            raise ValueError(_("Enter the amount in yuan with at most two decimals, such as 128.50"))
        refuse_beyond_bounds(found[1])
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))

    def write(self, value: int | None) -> str:
        return "" if value is None else f"{value // 100}.{value % 100:02}"


class Whole(Typed):
    keyboard = "numeric"

    def read(self, typed: str) -> int:
        if not WHOLE.fullmatch(typed):
            raise ValueError(_("Enter a whole number, such as 2"))
        refuse_beyond_bounds(typed)
        return int(typed)


class Percent(Typed):
    """A share: typed in percent, read as a number from 0 to 1. Of a width in percentage points the same."""

    keyboard = "decimal"

    def read(self, typed: str) -> Decimal:
        found = PERCENT.fullmatch(typed)
        if found is None or Decimal(found[1]) > WHOLE_SHARE:
            raise ValueError(_("Enter a number from 0 to 100 with at most four decimals, such as 12.5"))
        return Decimal(found[1]) / WHOLE_SHARE

    def write(self, value: Decimal | None) -> str:
        return "" if value is None else f"{(value * WHOLE_SHARE).normalize():f}"


class Degrees(Typed):
    """A temperature: typed in degrees Celsius, read in tenths of one."""

    keyboard = "text"  # a telephone's keys for numbers have no minus

    def read(self, typed: str) -> int:
        found = DEGREES.fullmatch(typed.replace("−", "-"))
        if found is None:
            raise ValueError(_("Enter the temperature in °C with at most one decimal, such as -18.5"))
        tenths = int(found[2]) * 10 + int(found[3] or "0")
        return -tenths if found[1] else tenths

    def write(self, value: int | None) -> str:
        return "" if value is None else f"{value / 10:.1f}".removesuffix(".0")


class Moment(Typed):
    """A day and a time in Beijing, to the minute."""

    drawn_as = "moment"

    def read(self, typed: str) -> datetime:
        try:
            return datetime.fromisoformat(typed).replace(tzinfo=BEIJING)
        except ValueError:
            raise ValueError(_("Enter day and time, such as 2026-10-09 09:52")) from None

    def write(self, value: datetime | None) -> str:
        return "" if value is None else f"{value.astimezone(BEIJING):%Y-%m-%dT%H:%M}"


class Day(Typed):
    """A day of the calendar."""

    drawn_as = "day"

    def read(self, typed: str) -> date:
        try:
            return date.fromisoformat(typed)
        except ValueError:
            raise ValueError(_("Enter a day, such as 2026-10-09")) from None

    def write(self, value: date | None) -> str:
        return "" if value is None else value.isoformat()


class Line(StringField):
    """One line of text. Spaces at its ends say nothing."""

    drawn_as = "line"
    keyboard = ""
    also: ClassVar[str] = ""  # signs that have no shape and yet may stand in it

    def __init__(self, label: Words, hint: Words = "", *, optional: bool = False, **given: Any) -> None:
        super().__init__(label, description=hint, **given)
        self.optional = optional

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0].strip() if valuelist else ""
        readable(self.data, self.also)

    def written(self) -> str:
        return shown(str(self.raw_data[0])) if self.raw_data else self.data or ""


class Unseen(Line):
    """What the page was made from, and nobody types: it goes with the form."""

    drawn_as = "unseen"

    def __init__(self, **given: Any) -> None:
        super().__init__("", optional=True, **given)


class Scanned(Line):
    """A number that stands on a seal or a label: typed, scanned by hand, or read out of a picture (static/scan.js)."""

    drawn_as = "scan"
    was_read = False  # just now, out of a picture: whoever took it goes on from here


class Paragraph(Line):
    drawn_as = "paragraph"
    also = LINES

    def __init__(self, label: Words, hint: Words = "", *, rows: int = 4, **given: Any) -> None:
        super().__init__(label, hint, **given)
        self.rows = rows


class Choice(Line):
    """One of a few. What the list is may depend on the case: `offer` it when the form is made."""

    drawn_as = "choice"
    offered: Mapping[str, Text] = MappingProxyType({})

    def offer(self, words: Mapping[str, Text]) -> None:
        self.offered = words

    def written(self) -> str:
        return str(self.offered.get(self.data or "", ""))

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data not in self.offered and not (self.optional and not self.data):
            raise ValidationError(str(_("Choose one of the list")))


class Choices(Field):
    """Any of a few, or none: a list of boxes."""

    drawn_as = "choices"
    optional = True

    def __init__(self, label: Words, offered: Mapping[Any, Text], hint: Words = "", **given: Any) -> None:
        super().__init__(label, description=hint, **given)
        self.offered = {str(code): word for code, word in offered.items()}

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(valuelist)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if not set(self.data or []) <= self.offered.keys():
            raise ValidationError(str(_("Choose of the list only")))


def chosen(sent: Iterable[Any]) -> list[FileStorage]:
    """An empty control sends a file without a name."""
    return [each for each in sent if isinstance(each, FileStorage) and each.filename]


class Files(MultipleFileField):
    """Pictures, films, documents. A browser does not keep them when the page comes back: the page says so."""

    drawn_as = "files"

    def __init__(
        self,
        label: Words,
        hint: Words = "",
        *,
        optional: bool = False,
        accept: str = SHOWN,
        many: bool = True,
        **given: Any,
    ) -> None:
        super().__init__(label, description=hint, **given)
        self.optional, self.accept, self.many = optional, accept, many

    def process_formdata(self, valuelist: Iterable[Any]) -> None:
        self.data = chosen(valuelist)
        if not self.data and not self.optional:
            raise ValueError(_("Choose at least one file"))

"""What a standard says, as plain values: what must be right in it, and what is different between two editions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from quality.core.db import canonical
from quality.core.differences import Change
from quality.core.errors import FieldProblem
from quality.core.words import Reason, Text, _
from quality.standards.limits import Kind, read_limit, signed
from quality.standards.models import Edition, Severity
from quality.standards.rules import Rule

HEAD_LENGTHS = {"number": 60, "title": 200, "published": 100, "succeeded_by": 60}
ITEM_LENGTHS = {"item": 200, "aliases": 200, "method": 200, "unit": 50, "lod": 50, "loq": 50, "rule_reason": 300}
LIMIT_LENGTHS = {"category": 100, "limit": 200, "clause": 200}
REASON_LENGTH = 500
MOST_ITEMS, MOST_LIMITS = 500, 200  # of one standard; of one item
DASHES = dict.fromkeys(map(ord, "—–−‒―"), "-")
DIVIDED = re.compile(r"\s*[;；、|]\s*")  # no commas: 1,2-二氯乙烷


class LimitText(NamedTuple):
    """`category` "" means every product that the standard speaks of."""

    limit: str
    category: str = ""
    clause: str = ""


class ItemText(NamedTuple):
    """A test item with its limits. `aliases` are divided by ；"""

    item: str
    limits: tuple[LimitText, ...] = ()
    aliases: str = ""
    method: str = ""
    unit: str = ""
    lod: str = ""
    loq: str = ""
    severity: str = Severity.MAJOR.value
    rule: str = Rule.SIMPLE.value
    rule_reason: str = ""


class Contents(NamedTuple):
    """Everything that one edition says."""

    title: str
    published: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    succeeded_by: str = ""
    items: tuple[ItemText, ...] = ()


def contents_of(edition: Edition) -> Contents:
    return Contents(
        title=edition.title,
        published=edition.published,
        valid_from=edition.valid_from,
        valid_until=edition.valid_until,
        succeeded_by=edition.succeeded_by,
        items=tuple(
            ItemText(
                limits=tuple(LimitText(each.limit, each.category, each.clause) for each in item.limits),
                severity=item.severity.value,
                **{name: getattr(item, name) for name in (*ITEM_LENGTHS, "rule")},
            )
            for item in edition.items
        ),
    )


def tidied(contents: Contents) -> Contents:
    """Without blanks at the ends; the same name is spelt one way."""
    return contents._replace(
        title=contents.title.strip(),
        published=contents.published.strip(),
        succeeded_by=one_number(contents.succeeded_by),
        items=tuple(tidied_item(item) for item in contents.items),
    )


def tidied_item(item: ItemText) -> ItemText:
    aliases = "；".join(dict.fromkeys(name for name in DIVIDED.split(item.aliases.strip()) if name))
    plain = {name: getattr(item, name).strip() for name in (*ITEM_LENGTHS, "severity", "rule")}
    limits = tuple(
        LimitText(each.limit.strip(), one_spelling(each.category), each.clause.strip()) for each in item.limits
    )
    return item._replace(**(plain | {"aliases": aliases, "limits": limits}))


def one_spelling(name: str) -> str:
    """A name as it is compared: full-width letters and doubled blanks say nothing."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def one_number(number: str) -> str:
    """Of a standard: with any of the dashes that people write before the year."""
    return one_spelling(number.translate(DASHES))


def digest_of(contents: Contents) -> str:
    """What the record keeps of an edition: SHA-256 of everything that it says."""
    told = contents._asdict() | {
        "valid_from": day_text(contents.valid_from),
        "valid_until": day_text(contents.valid_until),
        "items": [item._asdict() | {"limits": [each._asdict() for each in item.limits]} for item in contents.items],
    }
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def day_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def limit_with_unit(limit: str, unit: str) -> str:
    """A limit as a campaign takes it: `≤ 0.1` of an item that is measured in mg/kg becomes `≤ 0.1 mg/kg`.

    `≥3-4` is no limit without its unit, and behind `90以下` a unit would be in the way: that becomes `≤90 mg/kg`.
    """
    read = read_limit(limit)
    if not unit or (not isinstance(read, Reason) and (read.unit or read.kind is not Kind.BOUNDS)):
        return limit
    ways = (f"{limit} {unit}", f"{signed(limit)} {unit}")
    return next((each for each in ways if not isinstance(read_limit(each), Reason)), limit)


# --- what must be right ---


def wrong_head(number: str, contents: Contents) -> list[FieldProblem]:
    problems = too_long({"number": number} | contents._asdict(), HEAD_LENGTHS)
    if not number.strip():
        problems.append(FieldProblem("number", "missing", _("Enter the number of the standard")))
    if not contents.title.strip():
        problems.append(FieldProblem("title", "missing", _("Enter the title")))
    if contents.valid_from and contents.valid_until and contents.valid_until < contents.valid_from:
        problems.append(FieldProblem("valid_until", "before_start", _("It ends before it begins to be valid")))
    if contents.succeeded_by and contents.succeeded_by == one_number(number):
        problems.append(FieldProblem("succeeded_by", "succeeds_itself", _("A standard does not succeed itself")))
    return problems


def wrong_item(item: ItemText) -> list[FieldProblem]:
    """Of one item. What is wrong with its third limit stands at `limits 3, limit`."""
    problems = too_long(item._asdict(), ITEM_LENGTHS)
    if not item.item.strip():
        problems.append(FieldProblem("item", "missing", _("Enter the test item")))
    if item.severity not in set(Severity):
        text = _("Choose how severe it is: %(known)s", known=", ".join(Severity))
        problems.append(FieldProblem("severity", "unknown_severity", text))
    if item.rule not in set(Rule):
        text = _("Choose a decision rule: %(rules)s", rules=", ".join(Rule))
        problems.append(FieldProblem("rule", "unknown_rule", text))
    elif item.rule != Rule.SIMPLE and not item.rule_reason.strip():
        problems.append(FieldProblem("rule_reason", "missing", _("Say by which provision this rule is used")))
    if not item.limits:
        problems.append(FieldProblem("limits 1, limit", "missing", _("Enter the limit, such as ≤ 90 mg/kg")))
    if len(item.limits) > MOST_LIMITS:
        problems.append(FieldProblem("item", "too_many", _("Keep to %(most)s limits of one item", most=MOST_LIMITS)))
    return problems + wrong_limits(item)


def wrong_limits(item: ItemText) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    seen: set[str] = set()

    def wrong(row: int, field: str, code: str, text: Text) -> None:
        problems.append(FieldProblem(f"limits {row}, {field}", code, text))

    for row, each in enumerate(item.limits, 1):
        for field, code, text in too_long(each._asdict(), LIMIT_LENGTHS):
            wrong(row, field, code, text)
        if each.category in seen:
            wrong(row, "category", "doubled", _("This category stands twice"))
        seen.add(each.category)
        with_unit = limit_with_unit(each.limit, item.unit)
        read = read_limit(with_unit)
        if isinstance(read, Reason):
            wrong(row, "limit", read.code, read.text)
        elif len(with_unit) > LIMIT_LENGTHS["limit"]:
            wrong(row, "limit", "too_long", _("Keep to %(most)s characters", most=LIMIT_LENGTHS["limit"]))
    return problems


def wrong_names(items: Sequence[ItemText]) -> list[FieldProblem]:
    """Of all items together; the second of two that are called alike stands at `items 2, item`."""
    problems = []
    seen: set[str] = set()
    for place, item in enumerate(items, 1):
        if one_spelling(item.item) in seen:
            text = _("%(item)s stands twice", item=item.item)
            problems.append(FieldProblem(f"items {place}, item", "doubled", text))
        seen.add(one_spelling(item.item))
    if len(items) > MOST_ITEMS:
        problems.append(FieldProblem("items", "too_many", _("Keep to %(most)s items of one standard", most=MOST_ITEMS)))
    return problems


def wrong_reason(reason: str) -> list[FieldProblem]:
    if not reason.strip():
        return [FieldProblem("reason", "missing", _("Say why it is written down or changed"))]
    return too_long({"reason": reason}, {"reason": REASON_LENGTH})


def too_long(values: Mapping[str, object], lengths: dict[str, int]) -> list[FieldProblem]:
    return [
        FieldProblem(name, "too_long", _("Keep to %(most)s characters", most=most))
        for name, most in lengths.items()
        if len(str(values[name])) > most
    ]


# --- what is different ---

HEAD = ("title", "published", "valid_from", "valid_until", "succeeded_by")
OF_AN_ITEM = ("aliases", "method", "unit", "lod", "loq", "severity", "rule", "rule_reason")


def changes(old: Contents | None, new: Contents) -> Iterator[Change]:
    """Line by line: of the head, then item by item and limit by limit, each by its name. Of a first edition nothing."""
    if old is None:
        return
    for field in HEAD:
        before, after = text_of(getattr(old, field)), text_of(getattr(new, field))
        if before != after:
            yield Change(field, before, after)
    there, now = {item.item: item for item in old.items}, {item.item: item for item in new.items}
    for name in [*there, *(name for name in now if name not in there)]:
        if name not in now:
            yield Change("item", name, None)
        elif name not in there:
            yield Change("item", None, name)
        else:
            yield from changes_of_item(there[name], now[name])


def changes_of_item(old: ItemText, new: ItemText) -> Iterator[Change]:
    for field in OF_AN_ITEM:
        if getattr(old, field) != getattr(new, field):
            yield Change(field, getattr(old, field), getattr(new, field), new.item)
    before, after = ({each.category: each for each in item.limits} for item in (old, new))
    for category in [*before, *(category for category in after if category not in before)]:
        was, now, of = before.get(category), after.get(category), " / ".join(filter(None, (new.item, category)))
        if (was and was.limit) != (now and now.limit):
            yield Change("limit", was.limit if was else None, now.limit if now else None, of)
        if was and now and was.clause != now.clause:
            yield Change("clause", was.clause, now.clause, of)


def text_of(value: str | date | None) -> str:
    return value.isoformat() if isinstance(value, date) else value or ""

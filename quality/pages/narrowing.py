"""What the list of results can be narrowed by, as a page offers it: lists to choose from, links, and a way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.core.words import Text, _, in_script, tongue_now
from quality.pages.forms.search import Search
from quality.pages.freshness import alike
from quality.pages.words import word
from quality.pages.words.regions import REGIONS
from quality.publication.facets import WHOLE
from quality.publication.finding import COUNTED, Way
from quality.publication.listing import platforms_named, producer_named
from quality.publication.narrowing import Narrowed, found_nowhere, found_without, narrowed
from quality.publication.search import Wanted
from quality.publication.tally import Counts, counts

OFFERED = 60  # values in one list to choose from
LINKED = 6  # of one filter, beside each other
NOTHING_TYPED = Search({}, Wanted(), None, [])
LIMITS = {"words": ("q",), "days": ("from", "to")}  # the fields behind a limit; of the others it is one of that name
NAMES: dict[str, Text] = {
    "q": _("Search"),
    "platform": _("Platform"),
    "category": _("Category"),
    "region": _("Region"),
    "verdict": _("Conclusion"),
    "campaign": _("Campaign"),
    "producer": _("Nominal producer"),
    "from": _("Published from"),
    "to": _("Published until"),
    "words": _("Search"),
    "days": _("Published"),
    "year": _("Published"),
}


class Choice(NamedTuple):
    value: str
    label: Text
    many: int | None  # results that the list would show; None: not counted
    asked: dict[str, str]  # the whole address that chooses it


class Limit(NamedTuple):
    """One thing that the list is limited to, and the address without it. `many`: what would be there then."""

    name: Text
    value: Text
    kept: dict[str, str]
    many: int | None = None


class Offer(NamedTuple):
    """`lists`: of each filter what can be chosen. `links`: of those that still tell results apart, the commonest.
    `cut`: filters with more values than are offered."""

    many: int | None
    lists: dict[str, list[Choice]]
    links: dict[str, list[Choice]]
    cut: list[str]


def offer(session: Session, search: Search, along: Sequence[Way] | None = None) -> Offer:
    """What one was offered, the next is offered too, where few ask: see `asked_by_many`."""
    many_ask = asked_by_many(session, search)
    if many_ask is None:
        return offered(session, search, along)
    return alike(("offer", tongue_now(), *many_ask), lambda: offered(session, search, along))


def asked_by_many(session: Session, search: Search) -> tuple[str, str] | None:
    """What the list is limited to, if that is nothing or one value that results have; None for what somebody typed."""
    if search.problems or len(search.typed) > 1:
        return None
    name, value = next(iter(search.typed.items()), WHOLE)
    return (name, value) if not name or value in counted(session, *WHOLE).get(name, {}) else None


def offered(session: Session, search: Search, along: Sequence[Way] | None) -> Offer:
    found = narrowed(session, search.wanted, along, partial(counted, session))
    platforms = names_of_platforms(session, [*found.options["platform"], search.typed.get("platform", "")])
    lists, links, cut = {}, {}, []
    for name, options in found.options.items():
        is_chosen = name in search.typed
        if options and not is_chosen and all(many is None for many in options.values()):  # the same for every search
            find = partial(uncounted, found, name, platforms)
            lists[name] = alike(("uncounted", name, tongue_now()), find)
        else:
            choices = choices_of(found, name, search, platforms)
            lists[name], links[name] = listed(name, choices), linked(choices, found.many, is_chosen)
        if len(options) + (is_chosen and search.typed[name] not in options) > OFFERED:
            cut.append(name)
    if search.wanted.year:
        links["year"] = []
    return Offer(found.many, lists, {name: some for name, some in links.items() if some}, cut)


def uncounted(found: Narrowed, name: str, platforms: Mapping[str, str]) -> list[Choice]:
    return listed(name, choices_of(found, name, NOTHING_TYPED, platforms))


def listed(name: str, choices: Sequence[Choice]) -> list[Choice]:
    """So many of them, as somebody looks for one."""
    if name == "verdict":
        return sorted(choices[:OFFERED], key=lambda choice: choice.value)
    return sorted(choices[:OFFERED], key=lambda choice: in_order(str(choice.label)), reverse=name == "year")


def counted(session: Session, of: str, value: str) -> Counts:
    """As they are kept, asked once in each state. Of a value that nothing has nothing is noted."""
    whole = alike(WHOLE, lambda: counts(session, *WHOLE))
    if (of, value) == WHOLE or value not in whole.get(of, {}):
        return {} if of else whole
    return alike((of, value), lambda: counts(session, of, value))


def names_of_platforms(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Those of which there are results are asked for once in each state."""
    whole = counted(session, *WHOLE).get("platform", {})
    known = alike("platforms", lambda: platforms_named(session, whole))
    others = [code for code in codes if code not in known]
    return known | platforms_named(session, others) if any(others) else known


def choices_of(found: Narrowed, name: str, search: Search, platforms: Mapping[str, str]) -> list[Choice]:
    """The commonest first; what is chosen is among them, whether or not the list has it."""
    offered = found.options[name]
    if name in search.typed:
        offered = {search.typed[name]: 0, **offered}
    counted = sorted(offered.items(), key=lambda each: (each[0] != search.typed.get(name), -(each[1] or 0), each[0]))
    return [Choice(value, said(name, value, platforms), many, asked(search, name, value)) for value, many in counted]


def asked(search: Search, name: str, value: str) -> dict[str, str]:
    if name == "year":
        return search.without("from", "to") | {"from": f"{value}-01-01", "to": f"{value}-12-31"}
    return search.typed | {name: value}


def linked(choices: list[Choice], count: int | None, is_chosen: bool) -> list[Choice]:
    """Those that would make the list shorter."""
    if is_chosen or any(choice.many is None for choice in choices):
        return []
    return [choice for choice in choices if choice.many != count][:LINKED]


def said(name: str, value: str, platforms: Mapping[str, str]) -> Text:
    if name == "verdict":
        return word("finding_verdict", value)
    if name == "region":
        return REGIONS.get(value, in_script(value))
    if name == "category":
        return in_script(value)
    return platforms.get(value, value) if name == "platform" else value


def in_order(label: str) -> bytes:
    """As a dictionary stands: the common characters of GB 18030 are in the order of their sounds."""
    return label.encode("gb18030", errors="replace")


# --- what the list is limited to ---


def limits(session: Session, search: Search) -> list[Limit]:
    """Each field that is filled in."""
    return [limit(session, search, (field,)) for field in search.typed]


def limit(session: Session, search: Search, fields: tuple[str, ...], count: int | None = None) -> Limit:
    typed = [field for field in fields if field in search.typed]
    label = NAMES["days"] if len(typed) > 1 else NAMES[typed[0]]
    values = [value_said(session, field, search.typed[field]) for field in typed]
    return Limit(label, " – ".join(map(str, values)), search.without(*fields), count)


def value_said(session: Session, field: str, text: str) -> Text:
    if field == "producer":
        return producer_named(session, text) or text
    return said(field, text, names_of_platforms(session, [text]) if field == "platform" else {})


class NothingLeft(NamedTuple):
    """Why a list is empty: limits that nothing meets at all, or limits that shut each other out."""

    nowhere: list[Limit]
    without: list[Limit]


def nothing_left(session: Session, search: Search) -> NothingLeft:
    def shown(name: str, count: int | None) -> Limit:
        return limit(session, search, LIMITS.get(name, (name,)), count)

    wanted = search.wanted
    return NothingLeft(
        [shown(name, 0) for name in found_nowhere(session, wanted)],
        [shown(each.limit, each.many) for each in found_without(session, wanted)],
    )


def many_said(many: int | None) -> Text:
    return _("more than %(most)s", most=f"{COUNTED:,}") if many is None else f"{many:,}"

"""Every sentence in the code has its 中文, with the same things to fill in."""

from __future__ import annotations

import re

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from quality.core.surroundings import CHECKOUT

CATALOGUE = CHECKOUT / "quality" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
WORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
Said = str | tuple[str, ...]  # the second: of one and of many
FILLED_IN = re.compile(r"%\((\w+)\)s")


def test_every_sentence_has_its_chinese() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    assert sorted(untranslated(said_in_the_code(), catalogue)) == []


def test_every_chinese_sentence_fills_in_the_same_things() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    said = [pair for message in catalogue if message.id for pair in pairs_of(message)]
    assert [
        english for english, chinese in said if set(FILLED_IN.findall(english)) != set(FILLED_IN.findall(chinese))
    ] == []


def pairs_of(message: Message) -> list[tuple[str, str]]:
    """Each English sentence with its 中文; of one that says how many, both."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))] if message.string else []
    assert message.string, "what says how many is translated too"
    return [(english, message.string[0]) for english in message.id]


def test_a_missing_and_a_doubtful_sentence_are_found() -> None:
    catalogue = Catalog(locale="zh")
    catalogue.add("Enter the price", "请填写价格")
    catalogue.add("Enter the day", "请填写", flags=["fuzzy"])
    catalogue.add("%(count)s day", "%(count)s天")
    catalogue.add(("%(count)s month", "%(count)s months"), ("%(count)s个月",))
    said: set[Said] = {"Enter the price", "Enter the day", "Enter a name", ("%(count)s day", "%(count)s days"),
                       ("%(count)s month", "%(count)s months")}  # fmt: skip
    assert untranslated(said, catalogue) == {"Enter the day", "Enter a name", "%(count)s day"}, (
        "its plural is not there"
    )


def said_in_the_code() -> set[Said]:
    places = [("quality", [("**.py", "python")]), ("templates", [("**.html", "jinja2")])]
    return {
        message[:2] if isinstance(message, tuple) else message
        for folder, methods in places
        for _file, _line, message, _notes, _context in extract_from_dir(CHECKOUT / folder, methods, keywords=WORDS)
    }


def untranslated(said: set[Said], catalogue: Catalog) -> set[str]:
    """What says how many must stand there with its plural: else the English is shown."""
    there = {m.id if isinstance(m.id, str) else tuple(m.id) for m in catalogue if m.string and not m.fuzzy}
    either = {each if isinstance(each, str) else each[0] for each in there}  # a sentence may be said both ways
    missing = {each for each in said if each not in (either if isinstance(each, str) else there)}
    return {each if isinstance(each, str) else each[0] for each in missing}

"""Reading a page as a browser does: its forms with what they would send, and what refers to what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import html5lib
from html5lib.html5parser import ParseError

REFERS = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "list")
SENT = {"input", "select", "textarea"}
NEVER_SENT_BACK = {"hidden", "file", "password", "submit"}
TEXT = re.compile(r">([^<]+)")
ATTRIBUTE = re.compile(r'(?<=\s)([\w:-]+)="([^"]*)"')
MAY_BE_WRONG = re.compile(r"&[^\s;]*;?|[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")  # in any text


class Control(NamedTuple):
    """Something of a form that has a name; `values` is what the page would send of it as it stands."""

    element: Element
    name: str
    type: str  # of an input; else its tag
    values: Sequence[str]
    offered: Sequence[str]  # of a list, what may be chosen


@dataclass(frozen=True)
class Page:
    tree: Element
    _around: dict[Element, Element] = field(default_factory=dict)

    @cached_property
    def elements(self) -> list[Element]:
        return [each for each in self.tree.iter() if isinstance(each.tag, str)]

    @cached_property
    def around(self) -> dict[Element, Element]:
        return {inner: outer for outer in self.tree.iter() for inner in outer}

    @cached_property
    def ids(self) -> Counter[str]:
        return Counter(each.attrib["id"] for each in self.elements if "id" in each.attrib)

    def of_class(self, name: str) -> Iterator[Element]:
        return (each for each in self.elements if name in each.get("class", "").split())

    def outside(self, element: Element) -> Iterator[Element]:
        """The element, what it lies in, and so on."""
        here: Element | None = element
        while here is not None:
            yield here
            here = self.around.get(here)

    def form(self, address: str) -> Element:
        """The form that goes there when it is sent, of the page at `address` or elsewhere."""
        forms = [each for each in self.elements if each.tag == "form" and each.get("method") == "post"]
        return next(each for each in forms if address in goes_to(each, address))

    def controls(self, address: str) -> list[Control]:
        return [control(each) for each in self.form(address).iter() if each.tag in SENT and each.get("name")]

    def sent(self, address: str) -> dict[str, list[str]]:
        """What a browser would send of this form, without its files."""
        found: dict[str, list[str]] = {}
        for each in self.controls(address):
            if each.type not in {"file", "submit"}:
                found.setdefault(each.name, []).extend(each.values)
        return found


@lru_cache(maxsize=256)  # reading takes longer than making the page
def read_strictly(text: str) -> Page:
    """Whatever is not well-formed raises `ParseError`."""
    return Page(html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text))


def read(text: str) -> Page:
    """As a browser does, which forgives."""
    try:
        return read_strictly(text)
    except ParseError:
        return Page(html5lib.parse(text, namespaceHTMLElements=False))


def shape_of(text: str) -> str:
    """The page without what its rows say. Of two pages of one shape both are well-formed and refer alike, or neither.

    Text is left out but for what may be wrong in it; values too, and ids are numbered in their order.
    """
    ids: dict[str, int] = {}

    def attribute(found: re.Match[str]) -> str:
        name, value = found.groups()
        if name == "id" or name in REFERS or (name == "href" and value.startswith("#")):
            kept = " ".join(str(ids.setdefault(each, len(ids))) for each in value.removeprefix("#").split())
        else:
            kept = "".join(MAY_BE_WRONG.findall(value))
        return f'{name}="{kept}"'

    def words(found: re.Match[str]) -> str:
        return ">" + "t" * (not found[1].isspace()) + "".join(MAY_BE_WRONG.findall(found[1]))

    return ATTRIBUTE.sub(attribute, TEXT.sub(words, text))


def control(element: Element) -> Control:
    name, kind = element.attrib["name"], str(element.tag)
    if kind == "select":
        options = list(element.iter("option"))
        chosen = [each for each in options if "selected" in each.attrib] or options[:1]
        return Control(element, name, kind, values(chosen), values(options))
    if kind == "textarea":
        typed = said(element).removeprefix("\n")  # which the tree of html5lib keeps in the cell of a table
        return Control(element, name, kind, [typed], [])
    kind = element.get("type", "text")
    value = element.get("value", "on" if kind in {"checkbox", "radio"} else "")
    if kind in {"checkbox", "radio"}:
        return Control(element, name, kind, [value] if "checked" in element.attrib else [], [value])
    return Control(element, name, kind, [value], [])


def goes_to(form: Element, itself: str) -> set[str]:
    return {form.get("action") or itself, *(each.get("formaction", "") for each in form.iter("button"))}


def values(options: Sequence[Element]) -> list[str]:
    return [each.get("value", said(each)) for each in options]


def said(element: Element) -> str:
    return "".join(element.itertext())


def broken_references(page: Page) -> list[str]:
    """An id that is there twice, or one that something refers to and is not there."""
    found = [f"id {name} is there {times} times" for name, times in page.ids.items() if times > 1]
    for each in page.elements:
        named = [name for attribute in REFERS for name in each.get(attribute, "").split()]
        if each.get("href", "").startswith("#"):
            named.append(each.attrib["href"][1:])
        found += [f"{each.tag} refers to {name}" for name in named if name not in page.ids]
    return found


def does_nothing(page: Page) -> list[str]:
    """Of the controls: a file that its form would not send, and a number that no script would scan."""
    scripts = {each.get("src", "").split("?")[0].rpartition("/")[2] for each in page.elements if each.tag == "script"}
    found = []
    for each in page.elements:
        forms = [around for around in page.outside(each) if around.tag == "form"]
        if each.get("type") == "file" and any(form.get("enctype") != "multipart/form-data" for form in forms):
            found.append(f"the form of {each.get('name')} sends no file")
        if "data-scan" in each.attrib and not any(name.startswith("scan.") for name in scripts):
            found.append(f"{each.get('name')} is scanned by nothing")
    return found


def not_linked(page: Page) -> list[str]:
    """Of what is wrong on a page: what is not tied to its reason, or not led to from the list of what is wrong."""
    summaries = list(page.of_class("mc-errors"))
    led_to = {a.get("href", "")[1:] for summary in summaries for a in summary.iter("a")}
    wrong = list(page.of_class("is-invalid"))
    led = {each.get("name") for each in wrong if led_to & {around.get("id") for around in page.outside(each)}}
    found = [] if summaries or not wrong else ["no list of what is wrong"]
    for each in wrong:
        if each.get("name") not in led:
            found.append(f"no link leads to {each.get('name')}")
        if not each.get("aria-describedby"):
            found.append(f"no reason is tied to {each.get('name')}")
    return found


def typed_again(page: Page, address: str, sent: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What was sent and does not stand in the form that came back, as (sent, stands there)."""
    there: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    for each in page.controls(address):
        there.setdefault(each.name, []).extend(each.values)
        kinds[each.name] = each.type
    visible = {name for name, kind in kinds.items() if kind not in NEVER_SENT_BACK}
    return {name: (sent[name], there[name]) for name in visible & sent.keys() if set(there[name]) != set(sent[name])}

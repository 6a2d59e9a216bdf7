"""A feed of results as Atom 1.0 (RFC 4287): what was published, corrected and withdrawn, for a reader or a program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as Xml

from quality.core.clock import rfc3339
from quality.core.words import Text, _, in_script
from quality.pages.languages import lang_asked, tag_now
from quality.pages.published import in_a_sentence
from quality.pages.words import word
from quality.publication.feed import News
from quality.publication.models import ResultStatus
from quality.publication.search import visible

ATOM = "http://www.w3.org/2005/Atom"
LANGUAGE = f"{{{'http://www.w3.org/XML/1998/namespace'}}}lang"


def as_atom(found: Sequence[News], *, base: str, here: str, page: str, said: Sequence[str], since: datetime) -> bytes:
    """`base` is where this program is reached, `here` the feed's address and `page` that of its list, behind it.

    `said` names the filters; `since` is the moment of a feed in which nothing is.
    """
    title = " · ".join([str(_("Published results")), *said])
    feed = begun(title, base=base, here=here, page=page, updated=max([each.at for each in found], default=since))
    asked = f"?lang={lang_asked()}" if lang_asked() else ""
    for each in found:
        add(feed, each, base, asked)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def begun(title: str, *, base: str, here: str, page: str, updated: datetime) -> Xml.Element:
    """A feed with nothing in it yet."""
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(tag("feed"), {LANGUAGE: tag_now()})
    put(feed, "id", base + here)
    put(feed, "title", title)
    put(feed, "updated", rfc3339(updated))
    put(feed, "link", rel="self", type="application/atom+xml", href=base + here)
    put(feed, "link", rel="alternate", type="text/html", href=base + page)
    put(Xml.SubElement(feed, tag("author")), "name", str(_("Mingcha")))
    return feed


def add(feed: Xml.Element, news: News, base: str, language: str) -> None:
    """Each edition has an entry of its own, and so has a withdrawal: none changes under a reader who has seen it."""
    result, copy = news.result, news.result.copy
    address = f"{base}/results/{result.number}"
    entry = Xml.SubElement(feed, tag("entry"))
    put(entry, "id", f"{address}/v{result.edition}{f'/{result.status}' if news.is_gone else ''}")
    put(entry, "title", str(title_of(news)))
    put(entry, "updated", rfc3339(news.at))
    put(entry, "published", rfc3339(news.at))
    put(entry, "link", rel="alternate", type="text/html", href=address + language)
    put(Xml.SubElement(entry, tag("author")), "name", copy["agency"]["name"])
    put(entry, "summary", str(summary_of(news)))
    if not news.is_gone:
        put(entry, "category", term=copy["verdict"], label=str(word("finding_verdict", copy["verdict"])))
        put(entry, "category", term=copy["campaign"]["category"])


def title_of(news: News) -> Text:
    number, copy = news.result.number, news.result.copy
    if news.is_gone:
        is_over = news.result.status == ResultStatus.EXPIRED
        return (
            _("Time in public is over: %(number)s", number=number)
            if is_over
            else _("Withdrawn: %(number)s", number=number)
        )
    product, verdict = copy["product"]["name"] or number, word("finding_verdict", copy["verdict"])
    if news.is_correction:
        return _("Corrected: %(product)s: %(verdict)s", product=product, verdict=verdict)
    return _("%(product)s: %(verdict)s", product=product, verdict=verdict)


def summary_of(news: News) -> Text:
    """Of what is gone nothing but why: what it said is not said again."""
    if news.is_gone:
        return in_script(news.result.reason)
    answer = in_a_sentence(news.result.copy)
    if news.is_correction:
        return _("%(answer)s What changed: %(changed)s", answer=answer, changed=in_script(news.result.copy["changed"]))
    return answer


def tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def put(parent: Xml.Element, name: str, text: str = "", **given: str) -> None:
    """No character that XML cannot hold: nobody sees those anyway."""
    element = Xml.SubElement(parent, tag(name), {key: visible(value) for key, value in given.items()})
    element.text = visible(text) or None

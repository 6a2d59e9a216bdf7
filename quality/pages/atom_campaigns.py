"""A feed of campaigns as Atom 1.0: whose list is bound, what was drawn, what has ended and is announced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as Xml

from quality.core.clock import rfc3339
from quality.core.words import Text, _, in_script
from quality.pages.atom import begun, put, tag
from quality.pages.languages import lang_asked
from quality.publication.announced import CampaignNews, What


def campaigns_as_atom(found: Sequence[CampaignNews], *, base: str, here: str, page: str, since: datetime) -> bytes:
    """As `as_atom`."""
    title = str(_("Draws and announcements"))
    feed = begun(title, base=base, here=here, page=page, updated=max([each.at for each in found], default=since))
    asked = f"?lang={lang_asked()}" if lang_asked() else ""
    for each in found:
        add(feed, each, base, asked)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def add(feed: Xml.Element, news: CampaignNews, base: str, asked: str) -> None:
    """Each of its moments has an entry of its own, and so has each edition of its announcement."""
    about = news.about
    address = f"{base}/campaigns/{about.number}"
    entry = Xml.SubElement(feed, tag("entry"))
    put(entry, "id", f"{address}/{news.what}{f'/v{news.edition}' if news.edition else ''}")
    put(entry, "title", str(title_of(news)))
    put(entry, "updated", rfc3339(news.at))
    put(entry, "published", rfc3339(news.at))
    put(entry, "link", rel="alternate", type="text/html", href=base + page_of(news) + asked)
    if news.what == What.ANNOUNCED:
        put(entry, "link", rel="enclosure", type="application/pdf", href=f"{address}.pdf{asked}")
    put(Xml.SubElement(entry, tag("author")), "name", about.agency)
    put(entry, "summary", str(summary_of(news)))
    put(entry, "category", term=news.what)


def page_of(news: CampaignNews) -> str:
    match news.what:
        case What.FROZEN | What.DRAWN:
            return f"/draws/{news.about.number}"
        case What.CANCELLED:
            return "/draws"  # it has no page any more
    return f"/campaigns/{news.about.number}"


def title_of(news: CampaignNews) -> Text:
    number, title = news.about.number, in_script(news.about.title) or news.about.number
    match news.what:
        case What.FROZEN:
            return _("Frozen: %(number)s", number=number)
        case What.DRAWN:
            return _("Drawn: %(number)s", number=number)
        case What.CANCELLED:
            return _("Given up before the draw: %(number)s", number=number)
        case What.CLOSED:
            return _("Ended: %(title)s", title=title)
    if news.edition > 1:
        return _("Announced anew, edition %(edition)s: %(title)s", edition=news.edition, title=title)
    return _("Announced: %(title)s", title=title)


def summary_of(news: CampaignNews) -> Text:
    match news.what:
        case What.FROZEN:
            return _(
                "The list of listings and the design are frozen, before the number that decides exists. "
                "What binds the agency: %(commitment)s",
                commitment=news.about.commitment,
            )
        case What.DRAWN:
            return _("The sample is drawn. Which listings it names is public once the campaign has ended.")
        case What.CANCELLED:
            return _("Nothing was drawn and nothing was bought.")
        case What.CLOSED:
            return _(
                "What was to be bought is bought, and what was to be tested is tested: anybody can repeat the draw."
            )
    if news.edition > 1:
        return _("What is public of this campaign has changed. This edition stands in place of those before it.")
    return _("What was bought, tested and found, as a document whose code anybody can verify.")
